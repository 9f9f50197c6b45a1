/* models/memory_estimate: worked by hand, and against what a step takes. */
#include "core/memory.h"
#include "core/threads.h"
#include "tests/support/models.h"
#include "tests/support/suite.h"

static gt_model *mlp(void)
{
    gt_model *model = gt_sequential(NULL);
    gt_model_add(model, gt_layer_input(GT_SHAPE(300)));
    gt_model_add(model, gt_layer_dense(400, &(gt_dense_options){.activation = GT_RELU}));
    gt_model_add(model, gt_layer_dense(200, &(gt_dense_options){.activation = GT_TANH}));
    gt_model_add(model, gt_layer_dense(10, NULL));
    assert_ok(
        gt_model_compile(model, &(gt_compile_options){.optimizer = gt_adam(NULL), .loss = gt_softmax_cross_entropy}));
    return model;
}

static gt_model *cnn(void)
{
    gt_model *model = gt_sequential(NULL);
    gt_model_add(model, gt_layer_input(GT_SHAPE(20, 20, 3)));
    gt_model_add(model, gt_layer_conv2d(16, 3, 3, &(gt_conv2d_layer_options){.activation = GT_RELU}));
    gt_model_add(model, gt_layer_batch_norm(NULL));
    gt_model_add(model, gt_layer_max_pool2d(NULL));
    gt_model_add(model, gt_layer_flatten());
    gt_model_add(model, gt_layer_dense(10, NULL));
    assert_ok(gt_model_compile(model,
                               &(gt_compile_options){.optimizer = gt_rmsprop(NULL), .loss = gt_softmax_cross_entropy}));
    return model;
}

START_TEST(it_is_a_sum_of_shapes)
{
    gt_model *model = mlp();
    gt_memory_estimate estimate;
    const size_t parameters = 300 * 400 + 400 + 400 * 200 + 200 + 200 * 10 + 10;
    assert_ok(gt_model_memory(model, 7, true, &estimate));
    ck_assert_uint_eq(estimate.weights, 4 * parameters);
    ck_assert_uint_eq(estimate.gradients, 4 * parameters);
    ck_assert_uint_eq(estimate.optimizer, 2 * 4 * parameters);
    /* The sample, relu in its op, tanh behind one; cotangents of the first layer. */
    ck_assert_uint_eq(estimate.activations, 7 * 4 * (300 + 400 + 2 * 200 + 10 + 300 + 2 * 400));
    ck_assert_uint_eq(estimate.total, 16 * parameters + estimate.activations);
    assert_ok(gt_model_memory(model, 7, false, &estimate));
    ck_assert_uint_eq(estimate.gradients + estimate.optimizer, 0);
    ck_assert_uint_eq(estimate.activations, 7 * 4 * (300 + 400 + 2 * 200 + 10));
    gt_model_free(model);
}
END_TEST

/* What a second step takes beside weights and the optimizer's state, which are there by then. */
static void assert_close(gt_model *model, gt_shape batch)
{
    const int64_t samples = batch.dim[0];
    gt_tensor *x = gt_tensor_new(GT_FLOAT32, batch), *y = gt_tensor_new(GT_INT32, GT_SHAPE(samples));
    gt_step_result result;
    gt_memory_estimate estimate;
    assert_ok(gt_set_threads(1));
    assert_ok(gt_model_batch_step(model, x, y, true, &result));
    gt_memory_trim();
    gt_memory_reset_peak();
    const size_t before = gt_memory_reserved();
    assert_ok(gt_model_batch_step(model, x, y, true, &result));
    assert_ok(gt_model_memory(model, samples, true, &estimate));
    const double taken = (double)(gt_memory_peak() - before);
    const double told = (double)(estimate.activations + estimate.gradients);
    ck_assert_msg(taken > 0.75 * told && taken < 1.33 * told, "%g bytes were taken, %g told", taken, told);
    gt_tensor_free(x);
    gt_tensor_free(y);
    gt_model_free(model);
}

START_TEST(a_step_takes_about_as_much)
{
    assert_close(mlp(), GT_SHAPE(2000, 300));
    assert_close(cnn(), GT_SHAPE(200, 20, 20, 3));
}
END_TEST

START_TEST(bad_arguments_are_errors)
{
    gt_model *model = mlp(), *empty = gt_sequential(NULL);
    gt_memory_estimate estimate;
    ck_assert_int_eq(gt_model_memory(NULL, 1, true, &estimate), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_model_memory(model, 0, true, &estimate), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_model_memory(model, 1, true, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_model_memory(empty, 1, true, &estimate), GT_ERR_STATE);
    gt_model_free(model);
    gt_model_free(empty);
}
END_TEST

int main(void)
{
    return run_suite("memory_estimate",
                     (const suite_test[]){TEST(it_is_a_sum_of_shapes), TEST(a_step_takes_about_as_much),
                                          TEST(bad_arguments_are_errors), END_OF_TESTS});
}
