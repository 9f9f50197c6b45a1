/* core/handles: who owns what, what is freed early, and what a step costs. */
#include "core/tape.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/op.h"
#include "ops/ops.h"
#include "tests/support/stack.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

/* ---- who owns what
 * ---------------------------------------------------------------------------------------------------- */

START_TEST(freeing_a_result_is_refused)
{
    gt_tensor *x = VECTOR(2);
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *y = gt_square(tape, x);
    ck_assert_int_eq(gt_tensor_free(y), GT_ERR_STATE);
    ck_assert_values(y, 4);
    ck_assert_int_eq(gt_tensor_set_trainable(y, true), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tensor_set_name(y, "y"), GT_ERR_ARGUMENT);
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

START_TEST(inputs_may_be_freed_while_the_tape_refers_to_them)
{
    gt_tensor *w = PARAMETER("w", 3), *x = VECTOR(5), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = gt_mul(tape, w, x);
    gt_tensor_free(x);
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK);
    ck_assert_values(gradient, 5);
    gt_tensor_free(w);
    ck_assert_values(y, 15);
    gt_tape_free(tape);
}
END_TEST

START_TEST(a_result_of_the_step_before_is_reported)
{
    gt_tensor *x = VECTOR(2), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *old = gt_square(tape, x);
    gt_tape_reset(tape);
    gt_square(tape, x);
    ck_assert_ptr_null(gt_tensor_data(old));
    ck_assert_contains(gt_last_error(), "belongs to a step that was reset");
    ck_assert_int_eq(gt_tensor_free(old), GT_ERR_STATE);
    ck_assert_int_eq(gt_tape_gradient(tape, old, 1, &x, &gradient), GT_ERR_STATE);
    ck_assert_ptr_null(gt_add(tape, x, old));
    ck_assert_str_eq(gt_tape_message(tape), "add: input 1 belongs to a step that was reset (gt_tensor_copy keeps one)");
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

START_TEST(a_copy_outlives_the_step)
{
    gt_tensor *x = VECTOR(2);
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *copy = gt_tensor_copy(gt_square(tape, x));
    gt_tape_free(tape);
    ck_assert_values(copy, 4);
    gt_tensor_free(copy);
    gt_tensor_free(x);
}
END_TEST

START_TEST(a_tensor_at_an_address_used_before_is_another)
{
    gt_tape *tape = gt_tape_new_with(&(gt_tape_options){.persistent = true});
    gt_tape_begin(tape);
    gt_tensor *first = PARAMETER("first", 2), *address = first, *gradient;
    gt_tensor *y = gt_square(tape, first);
    gt_tensor_free(first);
    gt_tensor *second = PARAMETER("second", 10);
    ck_assert_ptr_eq(second, address); /* else this test shows nothing */
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &second, &gradient), GT_OK);
    ck_assert_ptr_null(gradient);
    gt_tensor *z = gt_square(tape, second);
    ck_assert_int_eq(gt_tape_gradient(tape, gt_add(tape, y, z), 1, &second, &gradient), GT_OK);
    ck_assert_values(gradient, 20);
    gt_tape_free(tape);
    gt_tensor_free(second);
}
END_TEST

START_TEST(lean_tape_frees_results_but_targets_and_pinned_ones)
{
    gt_tensor *w = PARAMETER("w", 2, -3), *gradient;
    gt_tape *tape = gt_tape_new_with(&(gt_tape_options){.lean = true});
    gt_tape_begin(tape);
    gt_tensor *a = gt_square(tape, w), *b = gt_neg(tape, a), *y = gt_square(tape, b);
    ck_assert_int_eq(gt_tape_pin(tape, b), GT_OK);
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK);
    ck_assert_values(gradient, 32, -108);
    ck_assert_values(y, 16, 81);
    ck_assert_values(b, -4, -9);
    ck_assert_ptr_null(gt_tensor_data(a));
    ck_assert_contains(gt_last_error(), "freed early by a lean tape");
    ck_assert_ptr_null(gt_neg(tape, a));
    ck_assert_contains(gt_tape_message(tape), "neg: the values of input 0, (2,), were freed early");
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(lean_tape_keeps_a_target_that_no_source_reaches)
{
    gt_tensor *w = PARAMETER("w", 2), *v = PARAMETER("v", 3), *gradient;
    gt_tape *tape = gt_tape_new_with(&(gt_tape_options){.lean = true});
    gt_tape_begin(tape);
    gt_tensor *first = gt_square(tape, w), *other = gt_square(tape, v), *last = gt_square(tape, first);
    gt_tensor *targets[] = {other, last};
    ck_assert_int_eq(gt_tape_gradient_with(tape, targets, 1, &w, &gradient, &(gt_gradient_options){.targets = 2}),
                     GT_OK);
    ck_assert_values(gradient, 32);
    ck_assert_values(other, 9);
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(v);
}
END_TEST

START_TEST(lean_tape_keeps_a_cotangent_that_it_made_while_it_is_needed)
{
    gt_tensor *w = PARAMETER("w", 3), *gradient;
    gt_tape *tape = gt_tape_new_with(&(gt_tape_options){.lean = true});
    gt_tape_begin(tape);
    gt_tensor *cotangent = gt_square(tape, w), *y = gt_copy(tape, gt_copy(tape, w));
    const gt_gradient_options options = {.cotangents = &cotangent};
    ck_assert_int_eq(gt_tape_gradient_with(tape, &y, 1, &w, &gradient, &options), GT_OK);
    ck_assert_values(gradient, 9);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(lean_and_persistent_exclude_each_other)
{
    ck_assert_ptr_null(gt_tape_new_with(&(gt_tape_options){.lean = true, .persistent = true}));
    ck_assert_contains(gt_last_error(), "cannot be persistent");
}
END_TEST

START_TEST(only_results_can_be_pinned)
{
    gt_tensor *x = VECTOR(1);
    gt_tape *tape = gt_tape_new(GT_CPU);
    ck_assert_int_eq(gt_tape_pin(tape, x), GT_ERR_ARGUMENT);
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

/* ---- what it costs
 * ---------------------------------------------------------------------------------------------------- */

static void step(gt_tape *tape, gt_tensor *w, gt_tensor *x)
{
    gt_tensor *gradient;
    gt_tape_begin(tape);
    gt_tensor *y = gt_mul(tape, w, x);
    for (int i = 0; i < 200; i++)
        y = gt_relu(tape, gt_add(tape, y, w));
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK);
    gt_tape_reset(tape);
}

static long system_calls;

static void *counting_allocate(void *context, size_t alignment, size_t bytes)
{
    (void)context;
    system_calls++;
    return aligned_alloc(alignment, bytes);
}

static void counting_release(void *context, void *memory, size_t bytes)
{
    (void)context, (void)bytes;
    system_calls++;
    free(memory);
}

START_TEST(after_warm_up_a_step_asks_the_system_for_nothing)
{
    const gt_allocator counting = {.allocate = counting_allocate, .release = counting_release};
    ck_assert_int_eq(gt_set_allocator(&counting), GT_OK);
    gt_tensor *w = PARAMETER("w", 1, 2), *x = VECTOR(3, 4);
    gt_tape *tape = gt_tape_new_with(&(gt_tape_options){.persistent = _i == 1, .lean = _i == 2});
    for (int i = 0; i < 3; i++)
        step(tape, w, x);
    long calls = system_calls;
    size_t overhead = gt_tape_overhead(tape), live = gt_memory_live();
    for (int i = 0; i < 100; i++)
        step(tape, w, x);
    ck_assert_int_eq(system_calls, calls);
    ck_assert_uint_eq(gt_tape_overhead(tape), overhead);
    ck_assert_uint_eq(gt_memory_live(), live);
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(x);
}
END_TEST

START_TEST(repeated_gradients_of_a_persistent_tape_keep_only_results)
{
    gt_tensor *w = PARAMETER("w", 1, 2), *gradient;
    gt_tape *tape = gt_tape_new_with(&(gt_tape_options){.persistent = true});
    gt_tape_begin(tape);
    gt_tensor *y = w;
    for (int i = 0; i < 100; i++)
        y = gt_relu(tape, gt_add(tape, y, w));
    gt_tape_end(tape);
    gt_tape_gradient(tape, y, 1, &w, &gradient);
    size_t overhead = gt_tape_overhead(tape), live = gt_memory_live();
    for (int i = 0; i < 10; i++)
        gt_tape_gradient(tape, y, 1, &w, &gradient);
    ck_assert_uint_eq(gt_tape_overhead(tape), overhead);
    ck_assert_uint_le(gt_memory_live(), live + 10 * 128); /* a small buffer each */
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

static void *run_deep_graph(void *unused)
{
    (void)unused;
    enum { DEPTH = 1000000 };
    gt_tensor *w = gt_parameter_from("w", GT_FLOAT32, GT_SCALAR, &(float){0.5f}), *gradient = NULL;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = w;
    for (int i = 0; i < DEPTH; i++)
        y = i % 2 ? gt_add(tape, y, w) : gt_neg(tape, y);
    gt_status status = gt_tape_gradient(tape, y, 1, &w, &gradient);
    /* y goes x, -x, w - x, x - w, 2w - x, ...: after 4 steps it is what it was. */
    double value = gt_tensor_item(gradient);
    int64_t length = gt_tape_length(tape);
    size_t overhead = gt_tape_overhead(tape);
    gt_tape_free(tape);
    gt_tensor_free(w);
    ck_assert_int_eq(status, GT_OK);
    ck_assert_int_eq(length, DEPTH);
    ck_assert(value == 1);
    ck_assert_msg(overhead <= 400 * (size_t)DEPTH, "%zu bytes an op beside its data", overhead / DEPTH);
    return NULL;
}

START_TEST(a_million_ops_deep_works_on_a_small_stack)
{
    run_on_a_small_stack(run_deep_graph, NULL);
}
END_TEST

/* ---- several tapes ---------------------------------------------------------------------------------------------- */

#ifndef TEST_NO_THREADS

static void *run_steps(void *shared)
{
    gt_tensor *w = shared, *x = VECTOR(3, 4);
    gt_tape *tape = gt_tape_new(GT_CPU);
    for (int i = 0; i < 50; i++)
        step(tape, w, x);
    gt_tape_free(tape);
    gt_tensor_free(x);
    return NULL;
}

START_TEST(tapes_on_several_threads_share_parameters)
{
    pthread_t threads[3];
    gt_tensor *w = PARAMETER("w", 1, 2);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_steps, w), 0);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    gt_tensor_free(w);
}
END_TEST

#endif

int main(void)
{
    return run_suite("handles", (const suite_test[]){
                                    TEST(freeing_a_result_is_refused),
                                    TEST(inputs_may_be_freed_while_the_tape_refers_to_them),
                                    TEST(a_result_of_the_step_before_is_reported),
                                    TEST(a_copy_outlives_the_step),
                                    TEST(a_tensor_at_an_address_used_before_is_another),
                                    TEST(lean_tape_frees_results_but_targets_and_pinned_ones),
                                    TEST(lean_tape_keeps_a_target_that_no_source_reaches),
                                    TEST(lean_tape_keeps_a_cotangent_that_it_made_while_it_is_needed),
                                    TEST(lean_and_persistent_exclude_each_other),
                                    TEST(only_results_can_be_pinned),
                                    LOOP_TEST(after_warm_up_a_step_asks_the_system_for_nothing, 3),
                                    TEST(repeated_gradients_of_a_persistent_tape_keep_only_results),
                                    TEST(a_million_ops_deep_works_on_a_small_stack),
#ifndef TEST_NO_THREADS
                                    TEST(tapes_on_several_threads_share_parameters),
#endif
                                    END_OF_TESTS,
                                });
}
