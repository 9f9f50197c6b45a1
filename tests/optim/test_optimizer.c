/* Optimizers against their formulas, written out by hand here, and the course's numbers; failures change nothing. */
#include "optim/optimizer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/op.h"
#include "ops/attributes.h"
#include "ops/ops.h"
#include "tests/support/suite.h"
#include "tests/support/tapes.h"

enum { N = 3, STEPS = 3 };

static const double start[N] = {1, -2, 0.5}, slope[STEPS][N] = {{0.5, -1, 2}, {0.25, 3, -1}, {-4, 0, 1e-3}};

/* Runs three steps on one weight. */
static gt_tensor *after_three_steps(gt_optimizer *optimizer, gt_dtype dtype)
{
    gt_tensor *weight = constant(dtype, GT_SHAPE(N), start);
    ck_assert_msg(optimizer != NULL, "%s", gt_last_error());
    for (int step = 0; step < STEPS; step++) {
        gt_tensor *given = constant(dtype, GT_SHAPE(N), slope[step]);
        ck_assert_msg(gt_optimizer_apply(optimizer, 1, &weight, &given) == GT_OK, "%s", gt_last_error());
        expect(given, GT_SHAPE(N), VALUES(gt_tensor_at(given, 0), gt_tensor_at(given, 1), gt_tensor_at(given, 2)), 0);
    }
    ck_assert_int_eq(gt_optimizer_steps(optimizer), STEPS);
    gt_optimizer_free(optimizer);
    return weight;
}

START_TEST(sgd_by_hand)
{
    double w[N];
    memcpy(w, start, sizeof w);
    for (int step = 0; step < STEPS; step++)
        for (int i = 0; i < N; i++)
            w[i] -= 0.1 * slope[step][i];
    const gt_sgd_options options = {.learning_rate = 0.1};
    expect(after_three_steps(gt_sgd(&options), GT_FLOAT64), GT_SHAPE(N), w, 1e-15);
    expect(after_three_steps(gt_sgd(&options), GT_FLOAT32), GT_SHAPE(N), w, 1e-6);
}
END_TEST

/* Keras' forms; _i says whether Nesterov's. */
START_TEST(momentum_by_hand)
{
    double w[N], v[N] = {0};
    memcpy(w, start, sizeof w);
    for (int step = 0; step < STEPS; step++)
        for (int i = 0; i < N; i++) {
            v[i] = 0.9 * v[i] - 0.1 * slope[step][i];
            w[i] += _i ? 0.9 * v[i] - 0.1 * slope[step][i] : v[i];
        }
    const gt_sgd_options options = {.learning_rate = 0.1, .momentum = 0.9, .nesterov = _i != 0};
    expect(after_three_steps(gt_sgd(&options), GT_FLOAT64), GT_SHAPE(N), w, 1e-15);
}
END_TEST

START_TEST(rmsprop_by_hand)
{
    double w[N], v[N] = {0};
    memcpy(w, start, sizeof w);
    for (int step = 0; step < STEPS; step++)
        for (int i = 0; i < N; i++) {
            v[i] = 0.8 * v[i] + 0.2 * slope[step][i] * slope[step][i];
            w[i] -= 0.02 * slope[step][i] / (sqrt(v[i]) + 1e-3);
        }
    const gt_rmsprop_options options = {.learning_rate = 0.02, .beta = 0.8, .epsilon = 1e-3};
    expect(after_three_steps(gt_rmsprop(&options), GT_FLOAT64), GT_SHAPE(N), w, 1e-15);
}
END_TEST

START_TEST(adam_by_hand)
{
    double w[N], m[N] = {0}, v[N] = {0};
    memcpy(w, start, sizeof w);
    for (int step = 0; step < STEPS; step++)
        for (int i = 0; i < N; i++) {
            m[i] = 0.7 * m[i] + 0.3 * slope[step][i];
            v[i] = 0.9 * v[i] + 0.1 * slope[step][i] * slope[step][i];
            double mean = m[i] / (1 - pow(0.7, step + 1)), square = v[i] / (1 - pow(0.9, step + 1));
            w[i] -= 0.01 * mean / (sqrt(square) + 1e-4);
        }
    const gt_adam_options options = {.learning_rate = 0.01, .beta1 = 0.7, .beta2 = 0.9, .epsilon = 1e-4};
    expect(after_three_steps(gt_adam(&options), GT_FLOAT64), GT_SHAPE(N), w, 1e-15);
}
END_TEST

START_TEST(course_numbers)
{
    static const char folder[] = "seed_cases/optimizers";
    gt_optimizer *optimizers[] = {gt_sgd(NULL), gt_rmsprop(&(gt_rmsprop_options){.learning_rate = 0.02}),
                                  gt_adam(NULL)};
    static const char *const expected[] = {"sgd_w2", "rmsprop_w2", "adam_w2"};
    for (int i = 0; i < 3; i++) {
        gt_tensor *weight = from_case(folder, "w0", GT_FLOAT64);
        gt_tensor *steps[] = {from_case(folder, "g1", GT_FLOAT64), from_case(folder, "g2", GT_FLOAT64)};
        ck_assert_int_eq(gt_optimizer_apply(optimizers[i], 1, &weight, &steps[0]), GT_OK);
        ck_assert_int_eq(gt_optimizer_apply(optimizers[i], 1, &weight, &steps[1]), GT_OK);
        expect_case(weight, folder, expected[i], 1e-12);
        gt_optimizer_free(optimizers[i]);
    }
}
END_TEST

START_TEST(defaults)
{
    gt_optimizer *all[] = {gt_sgd(NULL), gt_rmsprop(NULL), gt_adam(NULL), gt_sgd(&(gt_sgd_options){.momentum = 0.5})};
    const double rates[] = {0.01, 0.001, 0.001, 0.01};
    const char *const names[] = {"sgd", "rmsprop", "adam", "momentum"};
    for (int i = 0; i < 4; i++) {
        ck_assert_double_eq(gt_optimizer_learning_rate(all[i]), rates[i]);
        ck_assert_str_eq(gt_optimizer_name(all[i]), names[i]);
        ck_assert_int_eq(gt_optimizer_steps(all[i]), 0);
        gt_optimizer_free(all[i]);
    }
}
END_TEST

START_TEST(found_by_name)
{
    static const char *const names[] = {"sgd", "momentum", "rmsprop", "adam"};
    for (int i = 0; i < 4; i++) {
        gt_optimizer *optimizer = gt_optimizer_named(names[i], 0.25);
        ck_assert_msg(optimizer != NULL, "%s", gt_last_error());
        ck_assert_str_eq(gt_optimizer_name(optimizer), names[i]);
        ck_assert_double_eq(gt_optimizer_learning_rate(optimizer), 0.25);
        gt_optimizer_free(optimizer);
    }
    ck_assert_ptr_null(gt_optimizer_named("adamant", 0));
    ck_assert_ptr_nonnull(strstr(gt_last_error(), "no optimizer 'adamant': sgd, momentum, rmsprop and adam are known"));
    ck_assert_ptr_null(gt_optimizer_named(NULL, 0));
    ck_assert_ptr_null(gt_optimizer_named("adam", -1));
}
END_TEST

static void expect_refused(const gt_optimizer *optimizer, const char *part_of_message)
{
    ck_assert_ptr_null(optimizer);
    ck_assert_msg(strstr(gt_last_error(), part_of_message) != NULL, "the message is '%s'", gt_last_error());
}

START_TEST(bad_settings_are_named)
{
    expect_refused(gt_sgd(&(gt_sgd_options){.learning_rate = -0.1}), "sgd: learning_rate is -0.1");
    expect_refused(gt_sgd(&(gt_sgd_options){.momentum = 1}), "sgd: momentum is 1, at least 0 and below 1");
    expect_refused(gt_sgd(&(gt_sgd_options){.nesterov = true}), "sgd: nesterov needs a momentum");
    expect_refused(gt_rmsprop(&(gt_rmsprop_options){.beta = -0.5}), "rmsprop: beta is -0.5");
    expect_refused(gt_rmsprop(&(gt_rmsprop_options){.epsilon = (double)INFINITY}), "rmsprop: epsilon is inf");
    expect_refused(gt_adam(&(gt_adam_options){.beta2 = 1.5}), "adam: beta2 is 1.5");
    expect_refused(gt_adam(&(gt_adam_options){.beta1 = (double)NAN}), "adam: beta1 is");
    expect_refused(gt_adam(&(gt_adam_options){.learning_rate = (double)NAN}), "adam: learning_rate is");
}
END_TEST

START_TEST(learning_rate_can_change)
{
    gt_optimizer *sgd = gt_sgd(&(gt_sgd_options){.learning_rate = 1});
    gt_tensor *weight = constant(GT_FLOAT64, GT_SCALAR, VALUES(1)), *one = constant(GT_FLOAT64, GT_SCALAR, VALUES(1));
    ck_assert_int_eq(gt_optimizer_set_learning_rate(sgd, 0.25), GT_OK);
    ck_assert_int_eq(gt_optimizer_apply(sgd, 1, &weight, &one), GT_OK);
    expect(weight, GT_SCALAR, VALUES(0.75), 0);
    ck_assert_int_eq(gt_optimizer_set_learning_rate(sgd, 0), GT_OK);
    ck_assert_int_eq(gt_optimizer_apply(sgd, 1, &weight, &one), GT_OK);
    expect(weight, GT_SCALAR, VALUES(0.75), 0);
    ck_assert_int_eq(gt_optimizer_set_learning_rate(sgd, -1), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_optimizer_set_learning_rate(sgd, (double)NAN), GT_ERR_ARGUMENT);
    ck_assert_double_eq(gt_optimizer_learning_rate(sgd), 0);
    gt_optimizer_free(sgd);
}
END_TEST

START_TEST(a_missing_gradient_is_named_and_nothing_changes)
{
    gt_optimizer *adam = gt_adam(NULL);
    gt_tensor *first = constant(GT_FLOAT32, GT_SHAPE(2), VALUES(1, 2));
    gt_tensor *kernel = own(gt_parameter_new("dense/kernel", GT_FLOAT32, GT_SHAPE(784, 10)));
    gt_tensor *weights[] = {first, kernel}, *gradients[] = {first, NULL};
    gradients[0] = constant(GT_FLOAT32, GT_SHAPE(2), VALUES(1, 1));
    ck_assert_int_eq(gt_optimizer_apply(adam, 2, weights, gradients), GT_ERR_GRADIENT);
    ck_assert_msg(strstr(gt_last_error(), "adam: no gradient for 'dense/kernel' (784, 10): ") != NULL, "%s",
                  gt_last_error());
    expect(first, GT_SHAPE(2), VALUES(1, 2), 0);
    ck_assert_int_eq(gt_optimizer_steps(adam), 0);
    ck_assert_int_eq((int)gt_tensor_version(first), (int)gt_tensor_version(gradients[0]));
    expect(gt_optimizer_slot(adam, first, 0), GT_SHAPE(2), VALUES(0, 0), 0);
    gt_optimizer_free(adam);
}
END_TEST

static void expect_failure(gt_optimizer *optimizer, gt_tensor *weight, gt_tensor *given, gt_status status,
                           const char *part_of_message)
{
    ck_assert_int_eq(gt_optimizer_apply(optimizer, 1, &weight, &given), status);
    ck_assert_msg(strstr(gt_last_error(), part_of_message) != NULL, "the message is '%s'", gt_last_error());
}

START_TEST(what_does_not_fit_is_named)
{
    gt_optimizer *sgd = gt_sgd(NULL);
    gt_tensor *weight = constant(GT_FLOAT32, GT_SHAPE(2, 3), VALUES(0, 0, 0, 0, 0, 0));
    gt_tensor *doubles = constant(GT_FLOAT64, GT_SHAPE(2, 3), VALUES(0, 0, 0, 0, 0, 0));
    gt_tensor *row = constant(GT_FLOAT32, GT_SHAPE(3), VALUES(0, 0, 0));
    gt_tensor *whole = constant(GT_INT32, GT_SHAPE(3), VALUES(0, 0, 0));
    expect_failure(sgd, weight, row, GT_ERR_SHAPE, "sgd: the gradient of weight 0 (2, 3) is (3,)");
    expect_failure(sgd, weight, doubles, GT_ERR_DTYPE, "sgd: weight 0 (2, 3) is float32, its gradient float64");
    expect_failure(sgd, whole, whole, GT_ERR_DTYPE, "int32, which cannot be trained");
    gt_optimizer *adam = gt_adam(NULL);
    ck_assert_ptr_null(gt_optimizer_slot(adam, whole, 0));
    ck_assert_ptr_nonnull(strstr(gt_last_error(), "adam: weight 0 (3,) is int32, which cannot be trained"));
    gt_optimizer_free(adam);
    expect_failure(sgd, NULL, row, GT_ERR_ARGUMENT, "sgd: weight 0 is NULL");
    gt_tensor *twice[] = {row, row};
    ck_assert_int_eq(gt_optimizer_apply(sgd, 2, twice, twice), GT_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(gt_last_error(), "sgd: weight 1 (3,) is listed twice"));
    ck_assert_int_eq(gt_optimizer_apply(sgd, -1, NULL, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_optimizer_apply(sgd, 1, NULL, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_optimizer_steps(sgd), 0);
    gt_optimizer_free(sgd);
}
END_TEST

/* A gradient of a step that was reset is refused before the weight listed before it is written. */
START_TEST(a_gradient_of_a_step_that_was_reset_is_refused)
{
    gt_optimizer *sgd = gt_sgd(NULL);
    gt_tensor *first = constant(GT_FLOAT64, GT_SCALAR, VALUES(1)), *second = variable(GT_SCALAR, VALUES(3));
    gt_tensor *stale = gradient(gt_square(tape, second), second);
    gt_tape_reset(tape);
    gt_tensor *weights[] = {first, second}, *gradients[] = {constant(GT_FLOAT64, GT_SCALAR, VALUES(1)), stale};
    ck_assert_int_eq(gt_optimizer_apply(sgd, 2, weights, gradients), GT_ERR_STATE);
    expect(first, GT_SCALAR, VALUES(1), 0);
    gt_optimizer_free(sgd);
}
END_TEST

START_TEST(nothing_to_update_is_a_step)
{
    gt_optimizer *adam = gt_adam(NULL);
    gt_tensor *none = own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(0, 3)));
    ck_assert_int_eq(gt_optimizer_apply(adam, 0, NULL, NULL), GT_OK);
    ck_assert_int_eq(gt_optimizer_apply(adam, 1, &none, &(gt_tensor *){own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(0, 3)))}),
                     GT_OK);
    ck_assert_int_eq(gt_optimizer_steps(adam), 2);
    gt_optimizer_free(adam);
}
END_TEST

/* State belongs to the tensor, wherever it stands in the list and whatever lies at its address. */
START_TEST(state_follows_the_weight)
{
    enum { WEIGHTS = 40 };
    gt_optimizer *momentum = gt_optimizer_named("momentum", 1);
    gt_tensor *weights[WEIGHTS], *gradients[WEIGHTS], *reversed[WEIGHTS];
    for (int i = 0; i < WEIGHTS; i++) {
        weights[i] = constant(GT_FLOAT64, GT_SCALAR, VALUES(0));
        gradients[i] = constant(GT_FLOAT64, GT_SCALAR, VALUES(i));
        reversed[WEIGHTS - 1 - i] = weights[i];
    }
    gt_tensor *zeros[WEIGHTS];
    for (int i = 0; i < WEIGHTS; i++)
        zeros[i] = constant(GT_FLOAT64, GT_SCALAR, VALUES(0));
    ck_assert_int_eq(gt_optimizer_apply(momentum, WEIGHTS, weights, gradients), GT_OK);
    ck_assert_int_eq(gt_optimizer_apply(momentum, WEIGHTS, reversed, zeros), GT_OK);
    for (int i = 0; i < WEIGHTS; i++)
        expect(weights[i], GT_SCALAR, VALUES(-i - 0.9 * i), 1e-13);
    gt_tensor *fresh = gt_tensor_scalar(GT_FLOAT64, 5);
    ck_assert_int_eq(gt_optimizer_apply(momentum, 1, &fresh, &gradients[1]), GT_OK);
    gt_tensor_free(fresh);
    gt_tensor *next = own(gt_tensor_scalar(GT_FLOAT64, 5)); /* likely at the same address */
    expect(gt_optimizer_slot(momentum, next, 0), GT_SCALAR, VALUES(0), 0);
    gt_optimizer_free(momentum);
}
END_TEST

START_TEST(saved_state_goes_on_alike)
{
    gt_tensor *given = constant(GT_FLOAT64, GT_SHAPE(N), slope[0]);
    gt_tensor *one = constant(GT_FLOAT64, GT_SHAPE(N), start), *two = constant(GT_FLOAT64, GT_SHAPE(N), start);
    gt_optimizer *straight = gt_adam(NULL), *resumed = gt_adam(NULL);
    for (int step = 0; step < 4; step++)
        ck_assert_int_eq(gt_optimizer_apply(straight, 1, &one, &given), GT_OK);
    gt_optimizer *before = gt_adam(NULL);
    for (int step = 0; step < 2; step++)
        ck_assert_int_eq(gt_optimizer_apply(before, 1, &two, &given), GT_OK);
    ck_assert_int_eq(gt_optimizer_slots(before), 2);
    for (int slot = 0; slot < 2; slot++)
        ck_assert_int_eq(gt_tensor_write(gt_optimizer_slot(resumed, two, slot),
                                         gt_tensor_data(gt_optimizer_slot(before, two, slot)), N * sizeof(double)),
                         GT_OK);
    ck_assert_int_eq(gt_optimizer_set_steps(resumed, gt_optimizer_steps(before)), GT_OK);
    for (int step = 0; step < 2; step++)
        ck_assert_int_eq(gt_optimizer_apply(resumed, 1, &two, &given), GT_OK);
    ck_assert_mem_eq(gt_tensor_data(one), gt_tensor_data(two), N * sizeof(double));
    ck_assert_str_eq(gt_optimizer_slot_name(resumed, 1), "mean_square");
    gt_optimizer_free(straight);
    gt_optimizer_free(before);
    gt_optimizer_free(resumed);
}
END_TEST

START_TEST(every_function_accepts_null)
{
    gt_optimizer_free(NULL);
    ck_assert_str_eq(gt_optimizer_name(NULL), "");
    ck_assert(isnan(gt_optimizer_learning_rate(NULL)));
    ck_assert_int_eq(gt_optimizer_set_learning_rate(NULL, 1), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_optimizer_steps(NULL), 0);
    ck_assert_int_eq(gt_optimizer_set_steps(NULL, 1), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_optimizer_slots(NULL), 0);
    ck_assert_ptr_null(gt_optimizer_slot_name(NULL, 0));
    ck_assert_ptr_null(gt_optimizer_slot(NULL, NULL, 0));
    ck_assert_int_eq(gt_optimizer_apply(NULL, 0, NULL, NULL), GT_ERR_ARGUMENT);
    gt_optimizer *sgd = gt_sgd(NULL);
    ck_assert_ptr_null(gt_optimizer_slot(sgd, NULL, 0));
    ck_assert_int_eq(gt_optimizer_set_steps(sgd, -1), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_optimizer_set_steps(sgd, INT64_MAX), GT_ERR_ARGUMENT);
    gt_optimizer_free(sgd);
}
END_TEST

/* ---- out of memory ---------------------------------------------------------------------------------------------- */

static int allocations_left;

static void *scarce_allocate(void *context, size_t alignment, size_t bytes)
{
    (void)context;
    return allocations_left-- > 0 ? aligned_alloc(alignment, bytes) : NULL;
}

static void scarce_release(void *context, void *memory, size_t bytes)
{
    (void)context, (void)bytes;
    free(memory);
}

enum { ALLOCATIONS = 40 };

/* The n-th allocation fails, for every n: each failure is reported, leaks nothing, and leaves the weights. */
START_TEST(out_of_memory_changes_nothing)
{
    const gt_allocator scarce = {.allocate = scarce_allocate, .release = scarce_release, .direct = 1};
    close_tape(); /* the allocator can change only while nothing is live */
    ck_assert_int_eq(gt_set_allocator(&scarce), GT_OK);
    allocations_left = 1000;
    const double ones[100] = {1};
    gt_tensor *weights[2], *gradients[2];
    for (int i = 0; i < 2; i++) {
        weights[i] = gt_tensor_from(GT_FLOAT64, GT_SHAPE(100), ones);
        gradients[i] = gt_tensor_from(GT_FLOAT64, GT_SHAPE(100), ones);
    }
    allocations_left = _i;
    gt_optimizer *adam = gt_adam(NULL);
    gt_status status = adam ? gt_optimizer_apply(adam, 2, weights, gradients) : GT_ERR_MEMORY;
    ck_assert(status == GT_OK || status == GT_ERR_MEMORY);
    ck_assert(status == GT_OK || allocations_left < 0);
    ck_assert(_i < ALLOCATIONS - 1 || status == GT_OK); /* the loop goes past the last allocation */
    for (int i = 0; i < 2; i++)
        ck_assert(status == GT_OK || gt_tensor_at(weights[i], 0) == 1);
    allocations_left = 1000;
    if (adam && status != GT_OK) {
        ck_assert_int_eq(gt_optimizer_steps(adam), 0);
        ck_assert_int_eq(gt_optimizer_apply(adam, 2, weights, gradients), GT_OK);
    }
    ck_assert(!adam || fabs(gt_tensor_at(weights[1], 0) - 0.999) < 1e-9);
    gt_optimizer_free(adam);
    for (int i = 0; i < 2; i++) {
        gt_tensor_free(weights[i]);
        gt_tensor_free(gradients[i]);
    }
    ck_assert_int_eq((int)gt_memory_live(), 0);
    ck_assert_int_eq(gt_set_allocator(NULL), GT_OK);
}
END_TEST

/* ---- in use ----------------------------------------------------------------------------------------------------- */

START_TEST(every_optimizer_walks_downhill)
{
    static const char *const names[] = {"sgd", "momentum", "rmsprop", "adam"};
    gt_optimizer *optimizer = gt_optimizer_named(names[_i], 0.05);
    gt_tensor *weight = own(gt_parameter_from("w", GT_FLOAT32, GT_SHAPE(2), (const float[]){3, -2}));
    gt_tensor *target = constant(GT_FLOAT32, GT_SHAPE(2), VALUES(1, 1)), *dw;
    for (int step = 0; step < 300; step++) {
        gt_tape_reset(tape);
        gt_tape_begin(tape);
        gt_tensor *loss = gt_mean_squared_error(tape, weight, target);
        gt_tape_end(tape);
        ck_assert_int_eq(gt_tape_gradient(tape, loss, 1, &weight, &dw), GT_OK);
        ck_assert_int_eq(gt_optimizer_apply(optimizer, 1, &weight, &dw), GT_OK);
    }
    expect(weight, GT_SHAPE(2), VALUES(1, 1), 0.05);
    gt_optimizer_free(optimizer);
}
END_TEST

/* Means decay by 0.9 a step: 1e-29 is still kept, and what comes below 2^-100 ends as 0 before it is denormal. */
START_TEST(state_that_fades_ends_as_zero_and_is_never_denormal)
{
    const gt_adam_attributes settings = {
        .learning_rate = 0.1, .beta1 = 0.9, .beta2 = 0.5, .epsilon = 1e-7, .correction1 = 1, .correction2 = 1};
    gt_tensor *state[4] = {
        constant(GT_FLOAT32, GT_SHAPE(2), VALUES(1, -1)), constant(GT_FLOAT32, GT_SHAPE(2), VALUES(1e-29, -1e-29)),
        constant(GT_FLOAT32, GT_SHAPE(2), VALUES(4e-38, 1)), constant(GT_FLOAT32, GT_SHAPE(2), VALUES(0, 0))};
    for (int step = 1; step <= 40; step++) {
        ck_assert_int_eq(gt_run(gt_op_find("adam_update"), state, 4, &settings), GT_OK);
        for (int i = 1; i <= 2; i++)
            for (int k = 0; k < 2; k++)
                ck_assert_int_ne(fpclassify((float)gt_tensor_at(state[i], k)), FP_SUBNORMAL);
        if (step == 1)
            ck_assert_double_eq_tol(gt_tensor_at(state[1], 0), 9e-30, 1e-36);
    }
    expect(state[1], GT_SHAPE(2), VALUES(0, 0), 0);
    ck_assert_double_eq(gt_tensor_at(state[2], 0), 0);
    expect(state[0], GT_SHAPE(2), VALUES(1, -1), 0);
}
END_TEST

int main(void)
{
    return run_suite_with("optimizer", open_tape, close_tape,
                          (const suite_test[]){
                              TEST(sgd_by_hand),
                              LOOP_TEST(momentum_by_hand, 2),
                              TEST(rmsprop_by_hand),
                              TEST(adam_by_hand),
                              TEST(course_numbers),
                              TEST(defaults),
                              TEST(found_by_name),
                              TEST(bad_settings_are_named),
                              TEST(learning_rate_can_change),
                              TEST(a_missing_gradient_is_named_and_nothing_changes),
                              TEST(what_does_not_fit_is_named),
                              TEST(a_gradient_of_a_step_that_was_reset_is_refused),
                              TEST(nothing_to_update_is_a_step),
                              TEST(state_follows_the_weight),
                              TEST(state_that_fades_ends_as_zero_and_is_never_denormal),
                              TEST(saved_state_goes_on_alike),
                              TEST(every_function_accepts_null),
                              LOOP_TEST(out_of_memory_changes_nothing, ALLOCATIONS),
                              LOOP_TEST(every_optimizer_walks_downhill, 4),
                              END_OF_TESTS,
                          });
}
