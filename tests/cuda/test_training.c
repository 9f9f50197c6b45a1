/* Training on CUDA against training on the CPU, step by step, and what a step costs beside computing. */
#include <math.h>
#include <stdlib.h>

#include "models/model.h"
#include "models/layer.h"
#include "tests/support/suite.h"

enum { STEPS = 20, BATCH = 8, CLASSES = 4 };

static void add(gt_model *model, gt_layer *layer)
{
    ck_assert_msg(gt_model_add(model, layer) == GT_OK, "%s", gt_last_error());
}

static gt_model *mlp(gt_dtype dtype)
{
    gt_model *model = gt_sequential(&(gt_model_options){.dtype = dtype, .seed = 3});
    add(model, gt_layer_flatten());
    add(model, gt_layer_dense(16, &(gt_dense_options){.activation = GT_RELU}));
    add(model, gt_layer_batch_norm(NULL));
    add(model, gt_layer_leaky_relu(0.1));
    add(model, gt_layer_dense(CLASSES, NULL));
    return model;
}

static gt_model *cnn(gt_dtype dtype)
{
    gt_model *model = gt_sequential(&(gt_model_options){.dtype = dtype, .seed = 4});
    add(model, gt_layer_conv2d(4, 3, 3, &(gt_conv2d_layer_options){.activation = GT_RELU}));
    add(model, gt_layer_conv2d(4, 3, 3, &(gt_conv2d_layer_options){.activation = GT_RELU}));
    add(model, gt_layer_max_pool2d(NULL));
    add(model, gt_layer_flatten());
    add(model, gt_layer_dense(8, &(gt_dense_options){.activation = GT_RELU}));
    add(model, gt_layer_dense(CLASSES, NULL));
    return model;
}

typedef gt_model *model_maker(gt_dtype dtype);
static model_maker *const makers[] = {mlp, cnn};

static gt_tensor *random_images(gt_dtype dtype, int64_t count)
{
    gt_tensor *x = gt_tensor_new(dtype, GT_SHAPE(count, 10, 10, 1));
    gt_random random = gt_random_new(5, 5);
    ck_assert_int_eq(gt_random_normal(&random, dtype, gt_tensor_size(x), 0, 1, gt_tensor_data_write(x)), GT_OK);
    return x;
}

static gt_tensor *labels_of(int64_t count)
{
    gt_tensor *y = gt_tensor_new(GT_INT32, GT_SHAPE(count));
    int32_t *values = gt_tensor_data_write(y);
    for (int64_t i = 0; i < count; i++)
        values[i] = (int32_t)((i * 7 + 3) % CLASSES);
    return y;
}

static gt_model *compiled(model_maker *make, gt_dtype dtype, const char *optimizer, gt_device device)
{
    gt_model *model = make(dtype);
    ck_assert_msg(gt_model_build(model, GT_SHAPE(10, 10, 1)) == GT_OK, "%s", gt_last_error());
    ck_assert_int_eq(gt_model_compile(model, &(gt_compile_options){.optimizer = gt_optimizer_named(optimizer, 0),
                                                                   .loss = gt_softmax_cross_entropy,
                                                                   .metric = &gt_categorical_accuracy}),
                     GT_OK);
    ck_assert_msg(gt_model_to(model, device) == GT_OK, "%s", gt_last_error());
    ck_assert_int_eq(gt_model_device(model), device);
    return model;
}

/* The losses of STEPS steps. */
static void train(model_maker *make, gt_dtype dtype, const char *optimizer, gt_device device, double losses[STEPS])
{
    gt_model *model = compiled(make, dtype, optimizer, device);
    gt_tensor *x = random_images(dtype, BATCH), *y = labels_of(BATCH);
    ck_assert_int_eq(gt_tensor_move(x, device), GT_OK);
    ck_assert_int_eq(gt_tensor_move(y, device), GT_OK);
    for (int i = 0; i < STEPS; i++) {
        gt_step_result result;
        ck_assert_msg(gt_model_batch_step(model, x, y, true, &result) == GT_OK, "%s", gt_last_error());
        losses[i] = result.loss;
    }
    gt_tensor_free(x);
    gt_tensor_free(y);
    gt_model_free(model);
}

static void compare_training(model_maker *make, gt_dtype dtype, const char *optimizer, double bound)
{
    double cpu[STEPS], cuda[STEPS];
    train(make, dtype, optimizer, GT_CPU, cpu);
    train(make, dtype, optimizer, GT_CUDA, cuda);
    for (int i = 0; i < STEPS; i++)
        ck_assert_msg(fabs(cpu[i] - cuda[i]) <= bound * fmax(1, fabs(cpu[i])), "step %d: %.17g on cpu, %.17g on cuda",
                      i, cpu[i], cuda[i]);
    ck_assert_double_lt(cpu[STEPS - 1], cpu[0]); /* it learns: the numbers compared are of some use */
}

START_TEST(float64_losses_are_the_cpus)
{
    compare_training(makers[_i], GT_FLOAT64, "adam", 1e-10);
    compare_training(makers[_i], GT_FLOAT64, "momentum", 1e-10);
}
END_TEST

START_TEST(float32_losses_are_the_cpus)
{
    compare_training(makers[_i], GT_FLOAT32, "sgd", 1e-5);
}
END_TEST

static void fit(gt_model *model, int64_t count, int epochs)
{
    gt_tensor *x = random_images(GT_FLOAT64, count), *y = labels_of(count);
    ck_assert_msg(gt_model_fit(model, x, y, &(gt_fit_options){.epochs = epochs, .batch_size = BATCH}) == GT_OK, "%s",
                  gt_last_error());
    gt_tensor_free(x);
    gt_tensor_free(y);
}

/* Shuffled, with a short last batch; most steps are launches of captured graphs. */
static void compare_fits(model_maker *make, const gt_clipping *clipping)
{
    gt_device_statistics before, after;
    gt_model *model[] = {compiled(make, GT_FLOAT64, "adam", GT_CPU), compiled(make, GT_FLOAT64, "adam", GT_CUDA)};
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(gt_optimizer_set_clipping(gt_model_optimizer(model[i]), clipping), GT_OK);
    fit(model[0], 5 * BATCH + 3, 3);
    ck_assert_int_eq(gt_device_statistics_of(GT_CUDA, &before), GT_OK);
    fit(model[1], 5 * BATCH + 3, 3);
    ck_assert_int_eq(gt_device_statistics_of(GT_CUDA, &after), GT_OK);
    ck_assert_int_gt(after.graph_launches, before.graph_launches + 9);
    const char *const names[] = {"loss", "accuracy"};
    for (int n = 0; n < 2; n++) {
        int epochs;
        const double *cpu = gt_model_history(model[0], names[n], &epochs);
        const double *cuda = gt_model_history(model[1], names[n], NULL);
        ck_assert_int_eq(epochs, 3);
        for (int i = 0; i < 3; i++)
            ck_assert_double_eq_tol(cuda[i], cpu[i], 1e-9);
    }
    gt_model_free(model[0]);
    gt_model_free(model[1]);
}

START_TEST(fit_gives_the_cpus_history)
{
    compare_fits(makers[_i], NULL);
}
END_TEST

START_TEST(clipped_fit_gives_the_cpus_history)
{
    compare_fits(makers[_i], &(gt_clipping){.global_norm = 0.1});
    compare_fits(makers[_i], &(gt_clipping){.norm = 0.05});
}
END_TEST

START_TEST(evaluate_and_predict_are_the_cpus)
{
    gt_model *model = compiled(makers[_i], GT_FLOAT64, "sgd", GT_CPU);
    gt_tensor *x = random_images(GT_FLOAT64, 11), *y = labels_of(11);
    gt_step_result cpu, cuda;
    ck_assert_int_eq(gt_model_evaluate(model, x, y, 4, &cpu), GT_OK);
    gt_tensor *there = gt_model_predict(model, x, 4);
    ck_assert_int_eq(gt_model_to(model, GT_CUDA), GT_OK);
    ck_assert_msg(gt_model_evaluate(model, x, y, 4, &cuda) == GT_OK, "%s", gt_last_error());
    ck_assert_double_eq_tol(cuda.loss, cpu.loss, 1e-11);
    ck_assert_double_eq(cuda.metric, cpu.metric);
    gt_tensor *here = gt_model_predict(model, x, 4);
    ck_assert_msg(here != NULL, "%s", gt_last_error());
    for (int64_t i = 0; i < gt_tensor_size(here); i++)
        ck_assert_double_eq_tol(gt_tensor_at(here, i), gt_tensor_at(there, i), 1e-11);
    gt_tensor_free(here);
    gt_tensor_free(there);
    gt_tensor_free(x);
    gt_tensor_free(y);
    gt_model_free(model);
}
END_TEST

/* What the device was asked for in an epoch of `count` samples. */
static gt_device_statistics epoch_of(gt_model *model, int64_t count)
{
    gt_device_statistics before, after;
    ck_assert_int_eq(gt_device_statistics_of(GT_CUDA, &before), GT_OK);
    fit(model, count, 1);
    ck_assert_int_eq(gt_device_statistics_of(GT_CUDA, &after), GT_OK);
    after.allocations -= before.allocations;
    after.copies_out -= before.copies_out;
    after.copies_in -= before.copies_in;
    after.waits -= before.waits;
    return after;
}

/* An epoch of three times the steps waits no more often, copies no more to the host, and allocates nothing. */
static void expect_no_waits(model_maker *make, const gt_clipping *clipping)
{
    gt_model *model = compiled(make, GT_FLOAT64, "adam", GT_CUDA);
    ck_assert_int_eq(gt_optimizer_set_clipping(gt_model_optimizer(model), clipping), GT_OK);
    epoch_of(model, 12 * BATCH);
    const gt_device_statistics few = epoch_of(model, 4 * BATCH), many = epoch_of(model, 12 * BATCH);
    ck_assert_int_eq(many.waits, few.waits);
    ck_assert_int_eq(many.copies_out, few.copies_out);
    ck_assert_int_eq(many.copies_in - few.copies_in, 8 * 2);
    ck_assert_int_eq(many.allocations, 0);
    gt_model_free(model);
}

START_TEST(steps_do_not_wait)
{
    expect_no_waits(makers[_i], NULL);
}
END_TEST

START_TEST(clipped_steps_do_not_wait)
{
    expect_no_waits(makers[_i], &(gt_clipping){.global_norm = 0.1});
}
END_TEST

/* Dropout draws new numbers every step, so its steps are not captured, and are the CPU's. */
START_TEST(dropout_trains_without_graphs)
{
    double loss[2];
    for (int device = 0; device < 2; device++) {
        gt_model *model = gt_sequential(&(gt_model_options){.dtype = GT_FLOAT64, .seed = 4});
        add(model, gt_layer_flatten());
        add(model, gt_layer_dense(16, &(gt_dense_options){.activation = GT_RELU}));
        add(model, gt_layer_dropout(0.3));
        add(model, gt_layer_dense(CLASSES, NULL));
        ck_assert_int_eq(gt_model_compile(model, &(gt_compile_options){.optimizer = gt_adam(NULL),
                                                                       .loss = gt_softmax_cross_entropy}),
                         GT_OK);
        ck_assert_int_eq(gt_model_to(model, (gt_device)device), GT_OK);
        fit(model, 6 * BATCH, 2);
        loss[device] = gt_model_history(model, "loss", NULL)[1];
        gt_model_free(model);
    }
    ck_assert_double_eq_tol(loss[0], loss[1], 1e-10);
}
END_TEST

/* Moving there and back in the middle changes nothing. */
START_TEST(model_moves_with_its_optimizer)
{
    gt_model *model = compiled(mlp, GT_FLOAT64, "adam", GT_CPU), *other = compiled(mlp, GT_FLOAT64, "adam", GT_CPU);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(gt_model_to(other, i == 1 ? GT_CUDA : GT_CPU), GT_OK);
        fit(model, 2 * BATCH, 1);
        fit(other, 2 * BATCH, 1);
    }
    gt_tensor *a = gt_layer_weight(gt_model_layer(model, 1), 0), *b = gt_layer_weight(gt_model_layer(other, 1), 0);
    for (int64_t i = 0; i < gt_tensor_size(a); i++)
        ck_assert_double_eq_tol(gt_tensor_at(a, i), gt_tensor_at(b, i), 1e-9);
    gt_model_free(model);
    gt_model_free(other);
}
END_TEST

/* A metric of the user's own counts on the CPU. */
static gt_status count_nothing(const gt_tensor *prediction, const gt_tensor *target, double *right, double *total)
{
    ck_assert_ptr_nonnull(gt_tensor_data(prediction));
    ck_assert_ptr_nonnull(gt_tensor_data(target));
    *right = (double)gt_tensor_dim(prediction, 0);
    *total = 2 * *right;
    return GT_OK;
}

START_TEST(metric_without_ops_is_counted_on_copies)
{
    static const gt_metric half = {.name = "half", .count = count_nothing};
    gt_model *model = mlp(GT_FLOAT64);
    ck_assert_int_eq(
        gt_model_compile(
            model, &(gt_compile_options){.optimizer = gt_sgd(NULL), .loss = gt_softmax_cross_entropy, .metric = &half}),
        GT_OK);
    ck_assert_int_eq(gt_model_to(model, GT_CUDA), GT_OK);
    fit(model, 3 * BATCH, 1);
    ck_assert_double_eq(gt_model_history(model, "half", NULL)[0], 0.5);
    gt_model_free(model);
}
END_TEST

START_TEST(bad_label_is_reported_by_fit)
{
    gt_model *model = compiled(mlp, GT_FLOAT64, "sgd", GT_CUDA);
    gt_tensor *x = random_images(GT_FLOAT64, BATCH), *y = labels_of(BATCH);
    ((int32_t *)gt_tensor_data_write(y))[5] = CLASSES;
    ck_assert_int_eq(gt_model_fit(model, x, y, &(gt_fit_options){.batch_size = BATCH, .no_shuffle = true}),
                     GT_ERR_VALUE);
    ck_assert_str_eq(gt_last_error(), "sparse_softmax_cross_entropy: label 4 at 5 is outside 0..3");
    gt_tensor_free(x);
    gt_tensor_free(y);
    gt_model_free(model);
}
END_TEST

int main(void)
{
    const int models = sizeof makers / sizeof makers[0];
    return run_suite("cuda training", (const suite_test[]){
                                          LOOP_TEST(float64_losses_are_the_cpus, models),
                                          LOOP_TEST(float32_losses_are_the_cpus, models),
                                          LOOP_TEST(fit_gives_the_cpus_history, models),
                                          LOOP_TEST(clipped_fit_gives_the_cpus_history, models),
                                          LOOP_TEST(evaluate_and_predict_are_the_cpus, models),
                                          LOOP_TEST(steps_do_not_wait, models),
                                          LOOP_TEST(clipped_steps_do_not_wait, models),
                                          TEST(dropout_trains_without_graphs),
                                          TEST(model_moves_with_its_optimizer),
                                          TEST(metric_without_ops_is_counted_on_copies),
                                          TEST(bad_label_is_reported_by_fit),
                                          END_OF_TESTS,
                                      });
}
