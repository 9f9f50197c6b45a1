/* Clipping, seen through plain gradient descent: at rate 1 from weights of 0, a step leaves minus the clipped gradient.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "optim/optimizer.h"
#include "tests/support/suite.h"
#include "tests/support/tapes.h"

static const double inf = (double)INFINITY, nan_value = (double)NAN;

static gt_optimizer *descent(gt_clipping clipping)
{
    gt_optimizer *sgd = gt_sgd(&(gt_sgd_options){.learning_rate = 1});
    ck_assert_msg(gt_optimizer_set_clipping(sgd, &clipping) == GT_OK, "%s", gt_last_error());
    return sgd;
}

/* What one step uses of gradients, times -1, in tensors of the test's. */
static void step(gt_optimizer *optimizer, int count, gt_tensor *const gradients[], gt_tensor *weights[])
{
    for (int i = 0; i < count; i++)
        weights[i] = own(gt_tensor_new(gt_tensor_dtype(gradients[i]), gt_tensor_shape(gradients[i])));
    ck_assert_msg(gt_optimizer_apply(optimizer, count, weights, gradients) == GT_OK, "%s", gt_last_error());
    gt_optimizer_free(optimizer);
}

static gt_tensor *vector(int64_t size, const double *values)
{
    return constant(GT_FLOAT64, GT_SHAPE(size), values);
}

START_TEST(by_value_clips_each_entry)
{
    gt_tensor *given = vector(7, VALUES(0.5, -0.5, 2, -3, inf, -inf, nan_value)), *weight;
    step(descent((gt_clipping){.value = 0.75}), 1, &given, &weight);
    expect(weight, GT_SHAPE(7), VALUES(-0.5, 0.5, -0.75, 0.75, -0.75, 0.75, nan_value), 0);
}
END_TEST

/* 3, 4, 5; 0.3, 0.4, 0.5. */
START_TEST(by_norm_scales_each_gradient_by_itself)
{
    gt_tensor *given[] = {vector(2, VALUES(3, -4)), vector(2, VALUES(0.3, 0.4))}, *weights[2];
    step(descent((gt_clipping){.norm = 2.5}), 2, given, weights);
    expect(weights[0], GT_SHAPE(2), VALUES(-1.5, 2), 0);
    expect(weights[1], GT_SHAPE(2), VALUES(-0.3, -0.4), 0);
}
END_TEST

/* 3^2 + 4^2 + 12^2 = 13^2. */
START_TEST(by_global_norm_scales_all_alike)
{
    gt_tensor *given[] = {vector(2, VALUES(3, -4)), constant(GT_FLOAT64, GT_SHAPE(1, 1), VALUES(12))}, *weights[2];
    step(descent((gt_clipping){.global_norm = 6.5}), 2, given, weights);
    expect(weights[0], GT_SHAPE(2), VALUES(-1.5, 2), 0);
    expect(weights[1], GT_SHAPE(1, 1), VALUES(-6), 0);
}
END_TEST

static gt_clipping clipping_by(int kind, double bound)
{
    return (gt_clipping){kind == 0 ? bound : 0, kind == 1 ? bound : 0, kind == 2 ? bound : 0};
}

/* Also where the norm is just the bound, and in float32; _i is the kind of clipping. */
START_TEST(what_is_within_the_bound_stays_bit_for_bit)
{
    gt_tensor *given[] = {vector(2, VALUES(3, 4)), constant(GT_FLOAT32, GT_SHAPE(3), VALUES(0.1, 1e-30, -0.7))};
    for (int i = 0; i < 2; i++) {
        const gt_shape shape = gt_tensor_shape(given[i]);
        const double exact[] = {-gt_tensor_at(given[i], 0), -gt_tensor_at(given[i], 1),
                                i ? -gt_tensor_at(given[i], 2) : 0};
        gt_tensor *weight;
        step(descent(clipping_by(_i, 5)), 1, &given[i], &weight);
        expect(weight, shape, exact, 0);
    }
}
END_TEST

START_TEST(zeros_and_nothing_stay_as_they_are)
{
    gt_tensor *given[] = {vector(2, VALUES(0, 0)), own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(0, 3)))}, *weights[2];
    step(descent(clipping_by(_i, 1e-300)), 2, given, weights);
    expect(weights[0], GT_SHAPE(2), VALUES(0, 0), 0);
    gt_optimizer *sgd = descent(clipping_by(_i, 1));
    ck_assert_int_eq(gt_optimizer_apply(sgd, 0, NULL, NULL), GT_OK);
    gt_optimizer_free(sgd);
}
END_TEST

START_TEST(a_norm_that_is_not_finite_makes_nan_of_what_it_scales)
{
    const double bad = _i ? inf : nan_value;
    gt_tensor *given[] = {vector(2, VALUES(bad, 1)), vector(1, VALUES(3))}, *weights[2];
    step(descent((gt_clipping){.norm = 1}), 2, given, weights);
    expect(weights[0], GT_SHAPE(2), VALUES(nan_value, nan_value), 0);
    expect(weights[1], GT_SHAPE(1), VALUES(-1), 0);
    step(descent((gt_clipping){.global_norm = 1}), 2, given, weights);
    expect(weights[0], GT_SHAPE(2), VALUES(nan_value, nan_value), 0);
    expect(weights[1], GT_SHAPE(1), VALUES(nan_value), 0);
}
END_TEST

/* The squares of these float32 entries are no float32: 5 times 2^90 in all. */
START_TEST(gradients_that_explode_are_clipped_not_lost)
{
    gt_tensor *given[] = {constant(GT_FLOAT32, GT_SHAPE(2), VALUES(3 * 0x1p90, 0)),
                          constant(GT_FLOAT32, GT_SHAPE(1), VALUES(-4 * 0x1p90))},
              *weights[2];
    step(descent((gt_clipping){.global_norm = 5}), 2, given, weights);
    expect(weights[0], GT_SHAPE(2), VALUES(-3, 0), 0);
    expect(weights[1], GT_SHAPE(1), VALUES(4), 0);
}
END_TEST

START_TEST(dtypes_can_be_mixed)
{
    gt_tensor *given[] = {constant(GT_FLOAT32, GT_SHAPE(2), VALUES(3, 4)), vector(1, VALUES(12))}, *weights[2];
    step(descent((gt_clipping){.global_norm = 3.25}), 2, given, weights);
    expect(weights[0], GT_SHAPE(2), VALUES(-0.75, -1), 0);
    expect(weights[1], GT_SHAPE(1), VALUES(-3), 0);
}
END_TEST

/* Against a plain sum in double, of three gradients past a block each. */
START_TEST(global_norm_of_many_entries)
{
    static const int64_t size[3] = {3000, 1, 70001};
    gt_tensor *given[3], *weights[3];
    double squares = 0;
    for (int i = 0; i < 3; i++) {
        given[i] = random_tensor(GT_FLOAT32, GT_SHAPE(size[i]), (uint64_t)i + 1);
        for (int64_t k = 0; k < size[i]; k++)
            squares += pow(gt_tensor_at(given[i], k), 2);
    }
    step(descent((gt_clipping){.global_norm = 2}), 3, given, weights);
    for (int i = 0; i < 3; i++)
        for (int64_t k = 0; k < size[i]; k++)
            ck_assert_double_eq_tol(gt_tensor_at(weights[i], k), -gt_tensor_at(given[i], k) * 2 / sqrt(squares), 1e-8);
}
END_TEST

START_TEST(the_gradients_given_are_not_changed)
{
    gt_tensor *given = vector(2, VALUES(3, 4)), *weight;
    const uint64_t version = gt_tensor_version(given);
    step(descent(clipping_by(_i, 0.5)), 1, &given, &weight);
    expect(given, GT_SHAPE(2), VALUES(3, 4), 0);
    ck_assert_uint_eq(gt_tensor_version(given), version);
}
END_TEST

/* Adam's state sees the clipped gradient: mean = 0.1 g. */
START_TEST(state_is_made_of_clipped_gradients)
{
    gt_optimizer *adam = gt_adam(NULL);
    ck_assert_int_eq(gt_optimizer_set_clipping(adam, &(gt_clipping){.norm = 1}), GT_OK);
    gt_tensor *given = vector(2, VALUES(30, 40)), *weight = vector(2, VALUES(0, 0));
    ck_assert_int_eq(gt_optimizer_apply(adam, 1, &weight, &given), GT_OK);
    expect(gt_optimizer_slot(adam, weight, 0), GT_SHAPE(2), VALUES(0.06, 0.08), 1e-15);
    gt_optimizer_free(adam);
}
END_TEST

START_TEST(clipping_can_change_and_end)
{
    gt_optimizer *sgd = descent((gt_clipping){.value = 1});
    gt_tensor *weight = vector(1, VALUES(0)), *given = vector(1, VALUES(8));
    ck_assert_int_eq(gt_optimizer_apply(sgd, 1, &weight, &given), GT_OK);
    ck_assert_int_eq(gt_optimizer_set_clipping(sgd, &(gt_clipping){.norm = 2}), GT_OK);
    ck_assert_double_eq(gt_optimizer_clipping(sgd).norm, 2);
    ck_assert_double_eq(gt_optimizer_clipping(sgd).value, 0);
    ck_assert_int_eq(gt_optimizer_apply(sgd, 1, &weight, &given), GT_OK);
    expect(weight, GT_SHAPE(1), VALUES(-3), 0);
    ck_assert_int_eq(gt_optimizer_set_clipping(sgd, NULL), GT_OK);
    ck_assert_double_eq(gt_optimizer_clipping(sgd).norm, 0);
    ck_assert_int_eq(gt_optimizer_apply(sgd, 1, &weight, &given), GT_OK);
    expect(weight, GT_SHAPE(1), VALUES(-11), 0);
    gt_optimizer_free(sgd);
}
END_TEST

static void expect_refused(gt_optimizer *optimizer, gt_clipping clipping, const char *part_of_message)
{
    ck_assert_int_eq(gt_optimizer_set_clipping(optimizer, &clipping), GT_ERR_ARGUMENT);
    ck_assert_msg(strstr(gt_last_error(), part_of_message) != NULL, "the message is '%s'", gt_last_error());
    ck_assert_double_eq(gt_optimizer_clipping(optimizer).value, 0.5);
}

START_TEST(bad_bounds_are_named_and_change_nothing)
{
    gt_optimizer *sgd = descent((gt_clipping){.value = 0.5});
    expect_refused(sgd, (gt_clipping){.value = -1}, "sgd: clipping's value is -1, a positive number is expected");
    expect_refused(sgd, (gt_clipping){.norm = inf}, "sgd: clipping's norm is inf");
    expect_refused(sgd, (gt_clipping){.global_norm = nan_value}, "sgd: clipping's global_norm is");
    expect_refused(sgd, (gt_clipping){.value = 1, .norm = 2},
                   "sgd: clipping by value (1), norm (2) and global_norm (0): only one of them can be set");
    expect_refused(sgd, (gt_clipping){.norm = 1, .global_norm = 2}, "only one of them can be set");
    gt_optimizer_free(sgd);
    ck_assert_int_eq(gt_optimizer_set_clipping(NULL, NULL), GT_ERR_ARGUMENT);
    ck_assert_double_eq(gt_optimizer_clipping(NULL).norm, 0);
}
END_TEST

START_TEST(a_missing_gradient_changes_nothing)
{
    gt_optimizer *sgd = descent(clipping_by(_i, 1));
    gt_tensor *weights[] = {vector(1, VALUES(1)), vector(1, VALUES(2))}, *given[] = {vector(1, VALUES(1)), NULL};
    ck_assert_int_eq(gt_optimizer_apply(sgd, 2, weights, given), GT_ERR_GRADIENT);
    expect(weights[0], GT_SHAPE(1), VALUES(1), 0);
    given[1] = given[0];
    ck_assert_int_eq(gt_optimizer_apply(sgd, 2, weights, given), GT_OK);
    gt_optimizer_free(sgd);
}
END_TEST

/* ---- memory ----------------------------------------------------------------------------------------------------- */

static int allocations, allocations_left;

static void *counted_allocate(void *context, size_t alignment, size_t bytes)
{
    (void)context;
    allocations++;
    return allocations_left-- > 0 ? aligned_alloc(alignment, bytes) : NULL;
}

static void counted_release(void *context, void *memory, size_t bytes)
{
    (void)context, (void)bytes;
    free(memory);
}

/* Two weights of 100 entries and gradients of ones, whose norms are 10. Ends the tape: the allocator can change only
 * while nothing is live. */
static void make_weights(gt_tensor *weights[2], gt_tensor *gradients[2], int direct)
{
    double ones[100];
    for (int i = 0; i < 100; i++)
        ones[i] = 1;
    close_tape();
    allocations_left = 1000;
    const gt_allocator counted = {.allocate = counted_allocate, .release = counted_release, .direct = direct};
    ck_assert_int_eq(gt_set_allocator(&counted), GT_OK);
    for (int i = 0; i < 2; i++) {
        weights[i] = gt_tensor_from(GT_FLOAT64, GT_SHAPE(100), ones);
        gradients[i] = gt_tensor_from(GT_FLOAT64, GT_SHAPE(100), ones);
    }
}

static void free_weights(gt_tensor *weights[2], gt_tensor *gradients[2])
{
    for (int i = 0; i < 2; i++) {
        gt_tensor_free(weights[i]);
        gt_tensor_free(gradients[i]);
    }
    ck_assert_int_eq((int)gt_memory_live(), 0);
    ck_assert_int_eq(gt_set_allocator(NULL), GT_OK);
}

enum { KINDS = 3, ALLOCATIONS = 40 };

/* The n-th allocation fails, for every n and every kind of clipping: the step is reported, and can be taken again. */
START_TEST(out_of_memory_changes_nothing)
{
    const gt_clipping clipping = clipping_by(_i % KINDS, 0.1);
    const int most = _i / KINDS;
    gt_tensor *weights[2], *gradients[2];
    make_weights(weights, gradients, 1);
    allocations_left = most;
    gt_optimizer *sgd = gt_sgd(NULL);
    gt_status status = sgd ? gt_optimizer_set_clipping(sgd, &clipping) : GT_ERR_MEMORY;
    if (status == GT_OK)
        status = gt_optimizer_apply(sgd, 2, weights, gradients);
    ck_assert(status == GT_OK || (status == GT_ERR_MEMORY && allocations_left < 0));
    ck_assert(most < ALLOCATIONS - 1 || status == GT_OK); /* the loop goes past the last allocation */
    for (int i = 0; i < 2; i++)
        ck_assert(status == GT_OK || gt_tensor_at(weights[i], 0) == 1);
    allocations_left = 1000;
    if (sgd && status != GT_OK)
        ck_assert_msg(gt_optimizer_apply(sgd, 2, weights, gradients) == GT_OK, "%s", gt_last_error());
    ck_assert(!sgd || gt_tensor_at(weights[1], 0) < 1);
    gt_optimizer_free(sgd);
    free_weights(weights, gradients);
}
END_TEST

START_TEST(steps_ask_the_system_for_nothing_after_warm_up)
{
    const gt_clipping clipping = clipping_by(_i, 0.1);
    gt_tensor *weights[2], *gradients[2];
    make_weights(weights, gradients, 0);
    gt_optimizer *adam = gt_adam(NULL);
    ck_assert_int_eq(gt_optimizer_set_clipping(adam, &clipping), GT_OK);
    int after_warm_up = 0;
    size_t live = 0;
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(gt_optimizer_apply(adam, 2, weights, gradients), GT_OK);
        if (i == 1) {
            after_warm_up = allocations;
            live = gt_memory_live();
        }
    }
    ck_assert_int_eq(allocations, after_warm_up);
    ck_assert_uint_eq(gt_memory_live(), live);
    gt_optimizer_free(adam);
    free_weights(weights, gradients);
}
END_TEST

int main(void)
{
    return run_suite_with("clipping", open_tape, close_tape,
                          (const suite_test[]){
                              TEST(by_value_clips_each_entry),
                              TEST(by_norm_scales_each_gradient_by_itself),
                              TEST(by_global_norm_scales_all_alike),
                              LOOP_TEST(what_is_within_the_bound_stays_bit_for_bit, KINDS),
                              LOOP_TEST(zeros_and_nothing_stay_as_they_are, KINDS),
                              LOOP_TEST(a_norm_that_is_not_finite_makes_nan_of_what_it_scales, 2),
                              TEST(gradients_that_explode_are_clipped_not_lost),
                              TEST(dtypes_can_be_mixed),
                              TEST(global_norm_of_many_entries),
                              LOOP_TEST(the_gradients_given_are_not_changed, KINDS),
                              TEST(state_is_made_of_clipped_gradients),
                              TEST(clipping_can_change_and_end),
                              TEST(bad_bounds_are_named_and_change_nothing),
                              LOOP_TEST(a_missing_gradient_changes_nothing, KINDS),
                              LOOP_TEST(out_of_memory_changes_nothing, KINDS * ALLOCATIONS),
                              LOOP_TEST(steps_ask_the_system_for_nothing_after_warm_up, KINDS),
                              END_OF_TESTS,
                          });
}
