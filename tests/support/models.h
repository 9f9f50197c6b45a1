/* Small models and data sets, for suites that train. */
#ifndef TEST_SUPPORT_MODELS_H
#define TEST_SUPPORT_MODELS_H

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/model.h"
#include "tests/support/messages.h"

#define assert_ok(call)        ck_assert_msg((call) == GT_OK, "%s", gt_last_error())
#define assert_near(x, y, tol) ck_assert_msg(fabs((x) - (y)) <= (tol), "%.17g is not %.17g", (double)(x), (double)(y))

static inline gt_tensor *numbers(gt_shape shape, const double *values)
{
    return gt_tensor_from(GT_FLOAT64, shape, values);
}

/* y = w x + b in float64, with w and b given; sgd of this rate, squared error. */
static inline gt_model *line(double w, double b, double rate)
{
    gt_model *model = gt_sequential(&(gt_model_options){.dtype = GT_FLOAT64});
    gt_model_add(model, gt_layer_input(GT_SHAPE(1)));
    gt_model_add(model, gt_layer_dense(1, NULL));
    assert_ok(
        gt_model_compile(model, &(gt_compile_options){.optimizer = gt_sgd(&(gt_sgd_options){.learning_rate = rate}),
                                                      .loss = gt_mean_squared_error}));
    gt_tensor_write(gt_layer_weight(gt_model_layer(model, 0), 0), &w, sizeof w);
    gt_tensor_write(gt_layer_weight(gt_model_layer(model, 0), 1), &b, sizeof b);
    return model;
}

static inline double weight_of(const gt_model *model, int index)
{
    return gt_tensor_at(gt_layer_weight(gt_model_layer(model, 0), index), 0);
}

/* Noise of `features` columns; the label is which of the first `classes` is largest. */
typedef struct rows {
    gt_tensor *x, *y;
} rows;

static inline rows noise(int64_t count, int64_t features, int classes)
{
    gt_random random = gt_random_new(7, 0);
    rows r = {gt_tensor_new(GT_FLOAT32, GT_SHAPE(count, features)), gt_tensor_new(GT_INT32, GT_SHAPE(count))};
    float *x = gt_tensor_data_write(r.x);
    int32_t *y = gt_tensor_data_write(r.y);
    assert_ok(gt_random_normal(&random, GT_FLOAT32, count * features, 0, 1, x));
    for (int64_t i = 0; i < count; i++)
        for (int32_t k = 1; k < classes; k++)
            if (x[i * features + k] > x[i * features + y[i]])
                y[i] = k;
    return r;
}

static inline void free_rows(rows r)
{
    gt_tensor_free(r.x);
    gt_tensor_free(r.y);
}

/* Dense, batch_norm, relu, dropout, dense: whatever draws numbers or sums. */
static inline gt_model *classifier(uint64_t seed)
{
    gt_model *model = gt_sequential(&(gt_model_options){.seed = seed});
    gt_model_add(model, gt_layer_dense(64, NULL));
    gt_model_add(model, gt_layer_batch_norm(NULL));
    gt_model_add(model, gt_layer_leaky_relu(0));
    gt_model_add(model, gt_layer_dropout(0.1));
    gt_model_add(model, gt_layer_dense(3, NULL));
    assert_ok(gt_model_compile(model, &(gt_compile_options){.optimizer = gt_adam(NULL),
                                                            .loss = gt_softmax_cross_entropy,
                                                            .metric = &gt_categorical_accuracy}));
    return model;
}

/* All weights, one behind the other; to be freed. */
static inline float *all_weights(const gt_model *model, size_t *bytes)
{
    gt_tensor *weights[16];
    int count = gt_model_weights(model, 16, weights);
    float *values = malloc((size_t)gt_model_parameter_count(model, false) * sizeof *values);
    size_t at = 0;
    for (int i = 0; i < count; i++) {
        memcpy(values + at, gt_tensor_data(weights[i]), (size_t)gt_tensor_size(weights[i]) * sizeof *values);
        at += (size_t)gt_tensor_size(weights[i]);
    }
    *bytes = at * sizeof *values;
    return values;
}

#endif
