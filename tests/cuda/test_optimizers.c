/* Optimizers and clipping on CUDA against those on the CPU, step by step. */
#include <math.h>
#include <string.h>

#include "core/capture.h"
#include "core/random.h"
#include "ops/ops.h"
#include "optim/optimizer.h"
#include "tests/support/suite.h"

enum { WEIGHTS = 3, STEPS = 3, NAMES = 7, KINDS = 4 };

static const char *const names[NAMES] = {"sgd", "momentum", "rmsprop", "adam", "adamw", "adagrad", "adadelta"};
static const gt_clipping clippings[KINDS] = {{0}, {.value = 0.5}, {.norm = 2}, {.global_norm = 10}};
static const int64_t sizes[WEIGHTS] = {1, 131, 2500};

static gt_tensor *random_vector(gt_device device, int64_t size, uint64_t seed)
{
    gt_tensor *x = gt_tensor_new(GT_FLOAT64, GT_SHAPE(size));
    gt_random random = gt_random_new(seed, 0);
    ck_assert_int_eq(gt_random_normal(&random, GT_FLOAT64, size, 0, 1, gt_tensor_data_write(x)), GT_OK);
    ck_assert_msg(gt_tensor_move(x, device) == GT_OK, "%s", gt_last_error());
    return x;
}

static void take_step(gt_optimizer *optimizer, gt_device device, gt_tensor *const weights[], int step)
{
    gt_tensor *gradients[WEIGHTS];
    for (int i = 0; i < WEIGHTS; i++)
        gradients[i] = random_vector(device, sizes[i], (uint64_t)(100 + 10 * step + i));
    ck_assert_msg(gt_optimizer_apply(optimizer, WEIGHTS, weights, gradients) == GT_OK, "%s", gt_last_error());
    for (int i = 0; i < WEIGHTS; i++)
        gt_tensor_free(gradients[i]);
}

static gt_optimizer *make_optimizer(const char *name, const gt_clipping *clipping)
{
    gt_optimizer *optimizer = gt_optimizer_named(name, 0.1);
    ck_assert_msg(optimizer != NULL, "%s", gt_last_error());
    ck_assert_int_eq(gt_optimizer_set_clipping(optimizer, clipping), GT_OK);
    return optimizer;
}

/* The weights, on the CPU, after STEPS steps, of which the first `here` are taken there. */
static void train(const char *name, const gt_clipping *clipping, int here, gt_tensor *weights[WEIGHTS])
{
    gt_optimizer *optimizer = make_optimizer(name, clipping);
    for (int i = 0; i < WEIGHTS; i++)
        weights[i] = random_vector(GT_CPU, sizes[i], (uint64_t)i);
    for (int step = 0; step < STEPS; step++) {
        const gt_device device = step < here ? GT_CPU : GT_CUDA;
        ck_assert_int_eq(gt_optimizer_move(optimizer, device), GT_OK);
        for (int i = 0; i < WEIGHTS; i++)
            ck_assert_int_eq(gt_tensor_move(weights[i], device), GT_OK);
        take_step(optimizer, device, weights, step);
    }
    for (int i = 0; i < WEIGHTS; i++)
        ck_assert_int_eq(gt_tensor_move(weights[i], GT_CPU), GT_OK);
    gt_optimizer_free(optimizer);
}

static void expect_alike(gt_tensor *a[WEIGHTS], gt_tensor *b[WEIGHTS])
{
    for (int i = 0; i < WEIGHTS; i++) {
        for (int64_t k = 0; k < sizes[i]; k++)
            ck_assert_double_eq_tol(gt_tensor_at(a[i], k), gt_tensor_at(b[i], k), 1e-12);
        gt_tensor_free(b[i]);
    }
}

/* Every optimizer with every kind of clipping, all steps on CUDA, and moved there after the first. */
START_TEST(steps_are_the_cpus)
{
    const char *name = names[_i / KINDS];
    const gt_clipping *clipping = &clippings[_i % KINDS];
    gt_tensor *cpu[WEIGHTS], *cuda[WEIGHTS];
    train(name, clipping, STEPS, cpu);
    train(name, clipping, 0, cuda);
    expect_alike(cpu, cuda);
    train(name, clipping, 1, cuda);
    expect_alike(cpu, cuda);
    for (int i = 0; i < WEIGHTS; i++)
        gt_tensor_free(cpu[i]);
}
END_TEST

START_TEST(adagrads_accumulator_starts_at_its_initial_value)
{
    gt_optimizer *adagrad = gt_adagrad(&(gt_adagrad_options){.initial_accumulator = 0.5});
    gt_tensor *weight = gt_tensor_new_on(GT_CUDA, GT_FLOAT32, GT_SHAPE(3));
    float values[3] = {0};
    ck_assert_int_eq(gt_tensor_read(gt_optimizer_slot(adagrad, weight, 0), values, sizeof values), GT_OK);
    for (int i = 0; i < 3; i++)
        ck_assert_float_eq(values[i], 0.5f);
    gt_tensor_free(weight);
    gt_optimizer_free(adagrad);
}
END_TEST

START_TEST(weights_of_two_devices_are_not_clipped_together)
{
    gt_optimizer *sgd = make_optimizer("sgd", &(gt_clipping){.global_norm = 1});
    gt_tensor *weights[] = {random_vector(GT_CPU, 2, 0), random_vector(GT_CUDA, 2, 1)};
    gt_tensor *gradients[] = {random_vector(GT_CPU, 2, 2), random_vector(GT_CUDA, 2, 3)};
    const double before = gt_tensor_at(weights[0], 0);
    ck_assert_int_eq(gt_optimizer_apply(sgd, 2, weights, gradients), GT_ERR_DEVICE);
    ck_assert_msg(strstr(gt_last_error(), "sgd: clipping: sum_of_squares: input 0") != NULL, "%s", gt_last_error());
    ck_assert_double_eq(gt_tensor_at(weights[0], 0), before);
    for (int i = 0; i < 2; i++) {
        gt_tensor_free(weights[i]);
        gt_tensor_free(gradients[i]);
    }
    gt_optimizer_free(sgd);
}
END_TEST

/* Each launch clips what the gradient is by then: (6, 8) at first, then (0.3, 0.4), of norms 10 and 0.5. */
START_TEST(a_clipped_step_can_be_captured)
{
    static const double given[2][2] = {{6, 8}, {0.3, 0.4}};
    static const double clipped[KINDS][2] = {{6.3, 8.4}, {0.8, 0.9}, {1.5, 2}, {6.3, 8.4}}; /* the sums of both */
    gt_tape *tape = gt_tape_new(GT_CUDA);
    gt_optimizer *sgd = gt_sgd(&(gt_sgd_options){.learning_rate = 1});
    ck_assert_int_eq(gt_optimizer_set_clipping(sgd, &clippings[_i]), GT_OK);
    gt_tensor *weight = gt_tensor_new_on(GT_CUDA, GT_FLOAT64, GT_SHAPE(2));
    gt_tensor *x = gt_tensor_new_on(GT_CUDA, GT_FLOAT64, GT_SHAPE(2));
    gt_graph *graph = NULL;
    for (int captured = 0; captured < 2; captured++) { /* gradients of 0 */
        if (captured)
            ck_assert_int_eq(gt_tape_capture_begin(tape), GT_OK);
        gt_tensor *gradient = gt_neg(tape, x);
        ck_assert_msg(gt_optimizer_apply(sgd, 1, &weight, &gradient) == GT_OK, "%s", gt_last_error());
        if (captured)
            graph = gt_tape_capture_end(tape);
        gt_tape_reset(tape);
    }
    ck_assert_msg(graph != NULL, "%s", gt_last_error());
    double values[2];
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(gt_tensor_write(x, given[i], sizeof given[i]), GT_OK);
        ck_assert_int_eq(gt_graph_launch(graph), GT_OK);
    }
    ck_assert_int_eq(gt_tensor_read(weight, values, sizeof values), GT_OK);
    for (int i = 0; i < 2; i++)
        ck_assert_double_eq_tol(values[i], clipped[_i][i], 1e-14);
    gt_graph_free(graph);
    gt_tensor_free(weight);
    gt_tensor_free(x);
    gt_optimizer_free(sgd);
    gt_tape_free(tape);
}
END_TEST

int main(void)
{
    return run_suite("cuda optimizers", (const suite_test[]){
                                            LOOP_TEST(steps_are_the_cpus, NAMES * KINDS),
                                            TEST(adagrads_accumulator_starts_at_its_initial_value),
                                            LOOP_TEST(a_clipped_step_can_be_captured, KINDS),
                                            TEST(weights_of_two_devices_are_not_clipped_together),
                                            END_OF_TESTS,
                                        });
}
