/* What all optimizers share: settings, state, steps that fail and change nothing. Their formulas: test_formulas.c. */
#include "optim/optimizer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/op.h"
#include "ops/attributes.h"
#include "ops/ops.h"
#include "optim/optimizer_internal.h"
#include "tests/support/suite.h"
#include "tests/support/tapes.h"

START_TEST(defaults)
{
    gt_optimizer *all[] = {gt_sgd(NULL),
                           gt_rmsprop(NULL),
                           gt_adam(NULL),
                           gt_adamw(NULL),
                           gt_adagrad(NULL),
                           gt_adadelta(NULL),
                           gt_sgd(&(gt_sgd_options){.momentum = 0.5})};
    const double rates[] = {0.01, 0.001, 0.001, 0.001, 0.001, 0.001, 0.01};
    const char *const names[] = {"sgd", "rmsprop", "adam", "adamw", "adagrad", "adadelta", "momentum"};
    for (int i = 0; i < 7; i++) {
        ck_assert_double_eq(gt_optimizer_learning_rate(all[i]), rates[i]);
        ck_assert_str_eq(gt_optimizer_name(all[i]), names[i]);
        ck_assert_int_eq(gt_optimizer_steps(all[i]), 0);
        gt_optimizer_free(all[i]);
    }
}
END_TEST

enum { NAMES = 7 };
static const char *const known[NAMES] = {"sgd", "momentum", "rmsprop", "adam", "adamw", "adagrad", "adadelta"};

START_TEST(found_by_name)
{
    for (int i = 0; i < NAMES; i++) {
        gt_optimizer *optimizer = gt_optimizer_named(known[i], 0.25);
        ck_assert_msg(optimizer != NULL, "%s", gt_last_error());
        ck_assert_str_eq(gt_optimizer_name(optimizer), known[i]);
        ck_assert_double_eq(gt_optimizer_learning_rate(optimizer), 0.25);
        gt_optimizer_free(optimizer);
    }
    ck_assert_ptr_null(gt_optimizer_named("adamant", 0));
    ck_assert_ptr_nonnull(
        strstr(gt_last_error(),
               "no optimizer 'adamant': sgd, momentum, rmsprop, adam, adamw, adagrad and adadelta are known"));
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
    expect_refused(gt_adamw(&(gt_adamw_options){.weight_decay = -0.5}), "adamw: weight_decay is -0.5");
    expect_refused(gt_adamw(&(gt_adamw_options){.beta1 = 1}), "adamw: beta1 is 1");
    expect_refused(gt_adagrad(&(gt_adagrad_options){.learning_rate = -1}), "adagrad: learning_rate is -1");
    expect_refused(gt_adagrad(&(gt_adagrad_options){.initial_accumulator = -1}), "adagrad: initial_accumulator is -1");
    expect_refused(gt_adagrad(&(gt_adagrad_options){.epsilon = -1}), "adagrad: epsilon is -1");
    expect_refused(gt_adadelta(&(gt_adadelta_options){.learning_rate = -1}), "adadelta: learning_rate is -1");
    expect_refused(gt_adadelta(&(gt_adadelta_options){.rho = 1}), "adadelta: rho is 1");
    expect_refused(gt_adadelta(&(gt_adadelta_options){.epsilon = (double)NAN}), "adadelta: epsilon is");
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
    enum { N = 3 };
    const double start[N] = {1, -2, 0.5};
    gt_tensor *given = constant(GT_FLOAT64, GT_SHAPE(N), VALUES(0.5, -1, 2));
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

START_TEST(adagrads_accumulator_starts_at_its_initial_value)
{
    gt_optimizer *adagrad = gt_adagrad(&(gt_adagrad_options){.initial_accumulator = 0.5});
    gt_tensor *single = constant(GT_FLOAT32, GT_SHAPE(2), VALUES(1, 2)),
              *twofold = constant(GT_FLOAT64, GT_SCALAR, VALUES(1));
    gt_tensor *none = own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(0, 3)));
    expect(gt_optimizer_slot(adagrad, single, 0), GT_SHAPE(2), VALUES(0.5, 0.5), 0);
    expect(gt_optimizer_slot(adagrad, twofold, 0), GT_SCALAR, VALUES(0.5), 0);
    expect(gt_optimizer_slot(adagrad, none, 0), GT_SHAPE(0, 3), NULL, 0);
    ck_assert_str_eq(gt_optimizer_slot_name(adagrad, 0), "accumulator");
    gt_optimizer_free(adagrad);
    gt_optimizer *adadelta = gt_adadelta(NULL);
    ck_assert_int_eq(gt_optimizer_slots(adadelta), 2);
    ck_assert_str_eq(gt_optimizer_slot_name(adadelta, 0), "mean_square");
    ck_assert_str_eq(gt_optimizer_slot_name(adadelta, 1), "mean_square_step");
    expect(gt_optimizer_slot(adadelta, single, 1), GT_SHAPE(2), VALUES(0, 0), 0);
    gt_optimizer_free(adadelta);
}
END_TEST

/* They are what a checkpoint writes: settings as they were given, and the learning rate as it is now. */
START_TEST(attributes_hold_the_settings)
{
    gt_optimizer *adagrad = gt_adagrad(&(gt_adagrad_options){0.25, 0.5, 0.125});
    const gt_op *op = NULL;
    const gt_adagrad_attributes *settings = gt_optimizer_attributes(adagrad, &op);
    ck_assert_ptr_eq(op, gt_op_find("adagrad_update"));
    ck_assert_double_eq(settings->learning_rate, 0.25);
    ck_assert_double_eq(settings->initial, 0.5);
    ck_assert_double_eq(settings->epsilon, 0.125);
    ck_assert_int_eq(gt_optimizer_set_learning_rate(adagrad, 0.75), GT_OK);
    ck_assert_double_eq(settings->learning_rate, 0.75);
    ck_assert_ptr_eq(gt_optimizer_attributes(adagrad, NULL), settings);
    ck_assert_ptr_null(gt_optimizer_attributes(NULL, &op));
    gt_optimizer_free(adagrad);
    gt_optimizer *adamw = gt_adamw(NULL);
    ck_assert_double_eq(((const gt_adam_attributes *)gt_optimizer_attributes(adamw, &op))->weight_decay, 0.01);
    ck_assert_ptr_eq(op, gt_op_find("adam_update"));
    gt_optimizer_free(adamw);
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

/* The n-th allocation fails, for every n: each failure is reported, leaks nothing, and leaves the weights. Adam's state
 * starts as zeros, Adagrad's is filled. */
START_TEST(out_of_memory_changes_nothing)
{
    const bool is_adam = _i % 2 == 0;
    const int most = _i / 2;
    const double after = is_adam ? 0.999 : 1 - 0.001 / sqrt(1.1);
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
    allocations_left = most;
    gt_optimizer *optimizer = is_adam ? gt_adam(NULL) : gt_adagrad(NULL);
    gt_status status = optimizer ? gt_optimizer_apply(optimizer, 2, weights, gradients) : GT_ERR_MEMORY;
    ck_assert(status == GT_OK || status == GT_ERR_MEMORY);
    ck_assert(status == GT_OK || allocations_left < 0);
    ck_assert(most < ALLOCATIONS - 1 || status == GT_OK); /* the loop goes past the last allocation */
    for (int i = 0; i < 2; i++)
        ck_assert(status == GT_OK || gt_tensor_at(weights[i], 0) == 1);
    allocations_left = 1000;
    if (optimizer && status != GT_OK) {
        ck_assert_int_eq(gt_optimizer_steps(optimizer), 0);
        ck_assert_int_eq(gt_optimizer_apply(optimizer, 2, weights, gradients), GT_OK);
    }
    ck_assert(!optimizer || fabs(gt_tensor_at(weights[1], 0) - after) < 1e-8);
    gt_optimizer_free(optimizer);
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
    static const double rates[NAMES] = {0.05, 0.05, 0.05, 0.05, 0.05, 0.5, 50};
    gt_optimizer *optimizer = gt_optimizer_named(known[_i], rates[_i]);
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

int main(void)
{
    return run_suite_with("optimizer", open_tape, close_tape,
                          (const suite_test[]){
                              TEST(defaults),
                              TEST(found_by_name),
                              TEST(bad_settings_are_named),
                              TEST(learning_rate_can_change),
                              TEST(a_missing_gradient_is_named_and_nothing_changes),
                              TEST(what_does_not_fit_is_named),
                              TEST(a_gradient_of_a_step_that_was_reset_is_refused),
                              TEST(nothing_to_update_is_a_step),
                              TEST(state_follows_the_weight),
                              TEST(saved_state_goes_on_alike),
                              TEST(adagrads_accumulator_starts_at_its_initial_value),
                              TEST(attributes_hold_the_settings),
                              TEST(every_function_accepts_null),
                              LOOP_TEST(out_of_memory_changes_nothing, 2 * ALLOCATIONS),
                              LOOP_TEST(every_optimizer_walks_downhill, NAMES),
                              END_OF_TESTS,
                          });
}
