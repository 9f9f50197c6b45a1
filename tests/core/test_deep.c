/* Depth and width: a million ops recorded, differentiated and freed on a small stack, and one tensor used ten
 * thousand times. Every expected number is a whole one, known in advance. */
#include <stdlib.h>

#include "core/memory.h"
#include "ops/ops.h"
#include "tests/support/stack.h"
#include "tests/support/suite.h"

enum { DEEP = 1000000, WIDE = 10000, SLICES = 100000, OVERHEAD = 400 };

/* What a thread with the small stack found; asserted outside of it, where Check can jump. */
typedef struct finding {
    gt_tape_options options;
    int ops;
    gt_status status;
    double value, gradient, second;
    size_t recorded; /* bytes in use that recording added */
    size_t left;     /* bytes in use after all was freed, less those before */
} finding;

static void on_a_small_stack(void *(*body)(void *), finding *found)
{
    run_on_a_small_stack(body, found);
    ck_assert_msg(found->status == GT_OK, "status %s", gt_status_name(found->status));
}

static gt_tensor *parameter(double value)
{
    return gt_parameter_from("x", GT_FLOAT64, GT_SCALAR, &value);
}

static void differentiate(gt_tape *tape, gt_tensor *y, gt_tensor *x, finding *found)
{
    gt_tensor *gradient = NULL;
    found->value = gt_tensor_item(y);
    found->status = gt_tape_gradient(tape, y, 1, &x, &gradient);
    found->gradient = gt_tensor_item(gradient);
}

/* x, doubled and halved in turn. */
static void *run_chain(void *context)
{
    finding *found = context;
    const size_t before = gt_memory_live();
    gt_tensor *x = parameter(3), *y = x;
    gt_tape *tape = gt_tape_new_with(&found->options);
    gt_tape_begin(tape);
    const size_t start = gt_memory_live();
    for (int i = 0; i < found->ops; i++)
        y = gt_scale(tape, y, i % 2 ? 0.5 : 2);
    found->recorded = gt_memory_live() - start;
    gt_tape_end(tape);
    differentiate(tape, y, x, found);
    gt_tape_free(tape);
    gt_tensor_free(x);
    found->left = gt_memory_live() - before;
    return NULL;
}

START_TEST(a_million_ops_deep_works_on_a_small_stack)
{
    finding found = {.ops = DEEP};
    on_a_small_stack(run_chain, &found);
    ck_assert_double_eq(found.value, 3);
    ck_assert_double_eq(found.gradient, 1);
    ck_assert_uint_eq(found.left, 0);
}
END_TEST

START_TEST(an_op_takes_at_most_400_bytes_beside_its_data)
{
    finding found = {.ops = DEEP / 4};
    on_a_small_stack(run_chain, &found);
    const double each = (double)found.recorded / found.ops - sizeof(double);
    ck_assert_msg(each > 0 && each <= OVERHEAD, "%.1f bytes an op", each);
}
END_TEST

START_TEST(lean_and_persistent_tapes_are_as_deep)
{
    finding found = {.options = {.lean = _i == 0, .persistent = _i == 1}, .ops = DEEP / 4};
    on_a_small_stack(run_chain, &found);
    ck_assert_double_eq(found.gradient, 1);
    ck_assert_uint_eq(found.left, 0);
}
END_TEST

/* y = x + x + ... + x: one tensor is both the deepest and the widest, and every op adds to its gradient. */
static void *run_sum(void *context)
{
    finding *found = context;
    const size_t before = gt_memory_live();
    gt_tensor *x = parameter(0.5), *y = x;
    gt_tape *tape = gt_tape_new_with(&found->options);
    gt_tape_begin(tape);
    for (int i = 1; i < found->ops; i++)
        y = gt_add(tape, y, x);
    gt_tape_end(tape);
    differentiate(tape, y, x, found);
    gt_tape_reset(tape);
    gt_tape_free(tape);
    gt_tensor_free(x);
    found->left = gt_memory_live() - before;
    return NULL;
}

START_TEST(uses_along_a_chain_add_up)
{
    finding found = {.ops = DEEP / 4};
    on_a_small_stack(run_sum, &found);
    ck_assert_double_eq(found.value, DEEP / 8);
    ck_assert_double_eq(found.gradient, DEEP / 4);
    ck_assert_uint_eq(found.left, 0);
}
END_TEST

/* y = x^n at x = 1, factor by factor, and its gradient recorded: y' = n, y'' = n (n - 1). */
static void *run_power(void *context)
{
    finding *found = context;
    gt_tensor *x = parameter(1), *y = x, *first = NULL, *second = NULL;
    gt_tape *tape = gt_tape_new_with(&found->options);
    gt_tape_begin(tape);
    for (int i = 1; i < found->ops; i++)
        y = gt_mul(tape, y, x);
    found->status = gt_tape_gradient(tape, y, 1, &x, &first);
    gt_tape_end(tape);
    if (found->status == GT_OK)
        found->status = gt_tape_gradient(tape, first, 1, &x, &second);
    found->gradient = gt_tensor_item(first);
    found->second = gt_tensor_item(second);
    gt_tape_free(tape);
    gt_tensor_free(x);
    return NULL;
}

START_TEST(second_derivatives_of_a_deep_product_are_exact)
{
    finding found = {.options = {.persistent = true}, .ops = WIDE};
    on_a_small_stack(run_power, &found);
    ck_assert_double_eq(found.gradient, WIDE);
    ck_assert_double_eq(found.second, (double)WIDE * (WIDE - 1));
}
END_TEST

START_TEST(a_tensor_used_ten_thousand_times_gathers_its_gradient)
{
    gt_tensor *x = parameter(7), *gradient = NULL;
    gt_tensor **copies = malloc(WIDE * sizeof(gt_tensor *));
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    for (int i = 0; i < WIDE; i++)
        copies[i] = gt_scale(tape, x, 1);
    gt_tape_end(tape);
    const gt_gradient_options options = {.targets = WIDE};
    ck_assert_int_eq(gt_tape_gradient_with(tape, copies, 1, &x, &gradient, &options), GT_OK);
    ck_assert_double_eq(gt_tensor_item(gradient), WIDE);
    gt_tape_free(tape);
    gt_tensor_free(x);
    free(copies);
}
END_TEST

/* A ladder of sums doubles the paths at every rung: 2^50 of them, of which none may be walked alone. */
START_TEST(shared_intermediates_are_visited_once)
{
    gt_tensor *x = parameter(1), *y = x, *gradient = NULL;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    for (int i = 0; i < 50; i++)
        y = gt_add(tape, y, y);
    gt_tape_end(tape);
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &x, &gradient), GT_OK);
    ck_assert_double_eq(gt_tensor_item(gradient), (double)(INT64_C(1) << 50));
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

/* T slices of one tensor cost T, not T squared: that would be 160 GB of writing here, and Check's patience is 4 s. */
START_TEST(slices_accumulate_in_one_buffer)
{
    gt_tensor *x = gt_parameter_new("x", GT_FLOAT64, GT_SHAPE(2 * SLICES)), *gradient = NULL;
    gt_tensor **slices = malloc(SLICES * sizeof(gt_tensor *));
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    for (int64_t i = 0; i < SLICES; i++) {
        const int64_t size = 3; /* neighbours overlap by one entry */
        slices[i] = gt_slice(tape, x, &(int64_t){i < SLICES - 1 ? 2 * i : 2 * i - 1}, &size);
    }
    gt_tape_end(tape);
    const gt_gradient_options options = {.targets = SLICES};
    const size_t before = gt_memory_live();
    ck_assert_int_eq(gt_tape_gradient_with(tape, slices, 1, &x, &gradient, &options), GT_OK);
    ck_assert_uint_lt(gt_memory_live() - before, 64 * SLICES * sizeof(double));
    double sum = 0;
    for (int64_t i = 0; i < gt_tensor_size(gradient); i++)
        sum += gt_tensor_at(gradient, i);
    ck_assert_double_eq(sum, 3 * SLICES);
    ck_assert_double_eq(gt_tensor_at(gradient, 0), 1);
    ck_assert_double_eq(gt_tensor_at(gradient, 1), 1);
    ck_assert_double_eq(gt_tensor_at(gradient, 2), 2);
    gt_tape_free(tape);
    gt_tensor_free(x);
    free(slices);
}
END_TEST

int main(void)
{
    return run_suite("deep", (const suite_test[]){
                                 TEST(a_million_ops_deep_works_on_a_small_stack),
                                 TEST(an_op_takes_at_most_400_bytes_beside_its_data),
                                 LOOP_TEST(lean_and_persistent_tapes_are_as_deep, 2),
                                 TEST(uses_along_a_chain_add_up),
                                 TEST(second_derivatives_of_a_deep_product_are_exact),
                                 TEST(a_tensor_used_ten_thousand_times_gathers_its_gradient),
                                 TEST(shared_intermediates_are_visited_once),
                                 TEST(slices_accumulate_in_one_buffer),
                                 END_OF_TESTS,
                             });
}
