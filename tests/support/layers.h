/* Layers built alone, and what they give, for suites of layers. */
#ifndef TEST_SUPPORT_LAYERS_H
#define TEST_SUPPORT_LAYERS_H

#include <check.h>

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

#endif
