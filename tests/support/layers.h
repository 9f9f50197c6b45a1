/* Layers built alone, and what they give, for suites of layers. */
#ifndef TEST_SUPPORT_LAYERS_H
#define TEST_SUPPORT_LAYERS_H

#include <check.h>
#include <math.h>

#include "models/layer.h"

static inline gt_layer *built(gt_layer *layer, gt_shape sample)
{
    gt_random random = gt_random_new(1, 0);
    ck_assert_msg(layer && gt_layer_build(layer, sample, GT_FLOAT64, &random) == GT_OK, "%s", gt_last_error());
    return layer;
}

static inline void assert_shape(gt_shape shape, gt_shape expected)
{
    ck_assert_str_eq(gt_shape_text(&shape).text, gt_shape_text(&expected).text);
}

static inline gt_tensor *numbers(gt_shape shape, const double *values)
{
    return gt_tensor_from(GT_FLOAT64, shape, values);
}

static inline void set_weight(gt_layer *layer, int index, const double *values, size_t count)
{
    ck_assert_int_eq(gt_tensor_write(gt_layer_weight(layer, index), values, count * sizeof *values), GT_OK);
}

static inline void assert_values(const gt_tensor *tensor, int64_t count, const double *expected, double tolerance)
{
    ck_assert_msg(tensor != NULL, "%s", gt_last_error());
    ck_assert_int_eq(gt_tensor_size(tensor), count);
    for (int64_t i = 0; i < count; i++)
        if (!(fabs(gt_tensor_at(tensor, i) - expected[i]) <= tolerance))
            ck_abort_msg("entry %d is %.17g, not %.17g", (int)i, gt_tensor_at(tensor, i), expected[i]);
}

#endif
