/* gt_checkpoint of core/custom: the same values and gradients, with the activations recomputed in the sweep. */
#include "core/memory.h"
#include "core/op.h"
#include "core/tape.h"
#include "ops/ops.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

static int runs;

/* inputs[0]^2 * inputs[1] */
static gt_tensor *body(gt_tape *tape, gt_tensor *const inputs[], void *context)
{
    (void)context;
    runs++;
    return gt_mul(tape, gt_square(tape, inputs[0]), inputs[1]);
}

static gt_tensor *dropout_body(gt_tape *tape, gt_tensor *const inputs[], void *context)
{
    (void)context;
    return gt_dropout(tape, inputs[0], 0.5);
}

static gt_tensor *nested_body(gt_tape *tape, gt_tensor *const inputs[], void *context)
{
    return gt_square(tape, gt_checkpoint(tape, body, context, 2, inputs));
}

/* Multiplies by the tensor given as context. */
static gt_tensor *capturing_body(gt_tape *tape, gt_tensor *const inputs[], void *context)
{
    return gt_mul(tape, inputs[0], context);
}

/* The inner checkpoint names the captured tensor, the outer does not. */
static gt_tensor *hiding_body(gt_tape *tape, gt_tensor *const inputs[], void *context)
{
    gt_tensor *all[] = {inputs[0], context};
    return gt_checkpoint(tape, body, NULL, 2, all);
}

static gt_tensor *null_body(gt_tape *tape, gt_tensor *const inputs[], void *context)
{
    (void)tape, (void)inputs, (void)context;
    return NULL;
}

/* Fails when it runs a second time. */
static gt_tensor *failing_body(gt_tape *tape, gt_tensor *const inputs[], void *context)
{
    (void)context;
    if (++runs == 2)
        return gt_tape_fail(tape, GT_ERR_VALUE, "the body gave up");
    return gt_square(tape, inputs[0]);
}

typedef struct fixture {
    gt_tape *tape;
    gt_tensor *sources[2], *gradients[2]; /* w = 3, v = 5 */
} fixture;

static fixture setup(gt_tape_options options)
{
    fixture f = {gt_tape_new_with(&options), {PARAMETER("w", 3), PARAMETER("v", 5)}, {NULL, NULL}};
    gt_tape_begin(f.tape);
    return f;
}

static void teardown(fixture *f)
{
    gt_tape_free(f->tape);
    gt_tensor_free(f->sources[0]);
    gt_tensor_free(f->sources[1]);
}

static void check_gradients(fixture *f, gt_tensor *y, double dw, double dv)
{
    ck_assert_msg(gt_tape_gradient(f->tape, y, 2, f->sources, f->gradients) == GT_OK, "%s", gt_tape_message(f->tape));
    ck_assert_values(f->gradients[0], dw);
    ck_assert_values(f->gradients[1], dv);
}

START_TEST(values_and_gradients_are_those_of_the_body)
{
    fixture f = setup((gt_tape_options){.persistent = _i == 1, .lean = _i == 2});
    gt_tensor *y = gt_checkpoint(f.tape, body, NULL, 2, f.sources);
    ck_assert_values(y, 45);
    ck_assert_int_eq(gt_tape_length(f.tape), 1);
    if (_i == 1)
        gt_tape_end(f.tape);
    check_gradients(&f, y, 30, 9);
    ck_assert_int_eq(runs, 2);
    ck_assert_int_eq(gt_tape_length(f.tape), 1); /* the second run was taken back */
    teardown(&f);
}
END_TEST

START_TEST(repeated_gradients_through_a_checkpoint_agree)
{
    fixture f = setup((gt_tape_options){.persistent = true});
    gt_tensor *y = gt_checkpoint(f.tape, body, NULL, 2, f.sources);
    gt_tape_end(f.tape);
    for (int i = 0; i < 3; i++)
        check_gradients(&f, y, 30, 9);
    teardown(&f);
}
END_TEST

START_TEST(weights_may_be_shared_inside_and_outside)
{
    fixture f = setup((gt_tape_options){.device = GT_CPU});
    gt_tensor *h = gt_mul(f.tape, f.sources[0], f.sources[1]);                                  /* w v */
    gt_tensor *inputs[] = {h, f.sources[0]}, *y = gt_checkpoint(f.tape, body, NULL, 2, inputs); /* w^3 v^2 */
    y = gt_mul(f.tape, y, f.sources[0]);                                                        /* w^4 v^2 */
    check_gradients(&f, y, 4 * 27 * 25, 81 * 10);
    teardown(&f);
}
END_TEST

START_TEST(an_input_given_twice_counts_once_for_each_use)
{
    fixture f = setup((gt_tape_options){.device = GT_CPU});
    gt_tensor *inputs[] = {f.sources[0], f.sources[0]};
    gt_tensor *y = gt_mul(f.tape, gt_checkpoint(f.tape, body, NULL, 2, inputs), f.sources[1]); /* w^3 v */
    check_gradients(&f, y, 135, 27);
    teardown(&f);
}
END_TEST

START_TEST(checkpoints_nest)
{
    fixture f = setup((gt_tape_options){.lean = _i == 1});
    check_gradients(&f, gt_checkpoint(f.tape, nested_body, NULL, 2, f.sources), 4 * 27 * 25, 81 * 10);
    ck_assert_int_eq(gt_tape_length(f.tape), 1);
    teardown(&f);
}
END_TEST

START_TEST(second_order_goes_through_a_checkpoint)
{
    fixture f = setup((gt_tape_options){.persistent = true});
    gt_tensor *y = gt_checkpoint(f.tape, body, NULL, 2, f.sources), *dw, *second[2];
    ck_assert_int_eq(gt_tape_gradient(f.tape, y, 1, f.sources, &dw), GT_OK); /* 2 w v */
    ck_assert_int_eq(gt_tape_gradient(f.tape, dw, 2, f.sources, second), GT_OK);
    ck_assert_values(second[0], 10);
    ck_assert_values(second[1], 6);
    teardown(&f);
}
END_TEST

START_TEST(dropout_repeats_itself)
{
    enum { N = 100 };
    gt_tensor *w = gt_parameter_new("w", GT_FLOAT64, GT_SHAPE(N)), *gradient;
    double *values = gt_tensor_data_write(w);
    for (int i = 0; i < N; i++)
        values[i] = 1;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = gt_checkpoint(tape, dropout_body, NULL, 1, &w);
    gt_tensor *other = gt_dropout(tape, w, 0.5); /* the stream went on */
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK);
    ck_assert_mem_eq(gt_tensor_data(gradient), gt_tensor_data(y), N * sizeof(double));
    ck_assert(memcmp(gt_tensor_data(other), gt_tensor_data(y), N * sizeof(double)) != 0);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(dropout_behind_a_checkpoint_does_not_depend_on_the_sweep)
{
    gt_tensor *w = gt_parameter_new("w", GT_FLOAT64, GT_SHAPE(64)), *gradient, *masks[2];
    double *values = gt_tensor_data_write(w);
    for (int i = 0; i < 64; i++)
        values[i] = 1;
    for (int swept = 0; swept < 2; swept++) {
        gt_tape *tape = gt_tape_new(GT_CPU);
        gt_tape_begin(tape);
        gt_tensor *y = gt_checkpoint(tape, dropout_body, NULL, 1, &w);
        if (swept)
            gt_tape_gradient(tape, y, 1, &w, &gradient);
        masks[swept] = gt_tensor_copy(gt_dropout(tape, w, 0.5));
        gt_tape_free(tape);
    }
    ck_assert_mem_eq(gt_tensor_data(masks[0]), gt_tensor_data(masks[1]), 64 * sizeof(double));
    gt_tensor_free(masks[0]);
    gt_tensor_free(masks[1]);
    gt_tensor_free(w);
}
END_TEST

START_TEST(captured_watched_tensor_is_an_error)
{
    fixture f = setup((gt_tape_options){.device = GT_CPU});
    ck_assert_ptr_null(gt_checkpoint(f.tape, _i ? hiding_body : capturing_body, f.sources[1], 1, f.sources));
    ck_assert_str_eq(gt_tape_message(f.tape), "checkpoint: 'v' (1,) is watched and used inside, but not among the "
                                              "inputs: its gradient would be lost");
    teardown(&f);
}
END_TEST

START_TEST(captured_constant_is_fine)
{
    fixture f = setup((gt_tape_options){.device = GT_CPU});
    gt_tensor *x = VECTOR(7), *gradient;
    gt_tensor *y = gt_checkpoint(f.tape, capturing_body, x, 1, f.sources);
    ck_assert_int_eq(gt_tape_gradient(f.tape, y, 1, f.sources, &gradient), GT_OK);
    ck_assert_values(gradient, 7);
    teardown(&f);
    gt_tensor_free(x);
}
END_TEST

START_TEST(body_without_a_result_is_an_error)
{
    fixture f = setup((gt_tape_options){.device = GT_CPU});
    ck_assert_ptr_null(gt_checkpoint(f.tape, null_body, NULL, 1, f.sources));
    ck_assert_str_eq(gt_tape_message(f.tape), "checkpoint: the tensor is NULL");
    teardown(&f);
}
END_TEST

START_TEST(failure_of_the_second_run_is_taken_back)
{
    fixture f = setup((gt_tape_options){.persistent = _i == 1});
    gt_tensor *y = gt_neg(f.tape, gt_checkpoint(f.tape, failing_body, NULL, 1, f.sources)), *gradient;
    ck_assert_int_eq(gt_tape_gradient(f.tape, y, 1, f.sources, &gradient), GT_ERR_VALUE);
    ck_assert_ptr_null(gradient);
    ck_assert_str_eq(gt_tape_message(f.tape), "gradient of checkpoint (node 1): the body gave up");
    ck_assert_int_eq(gt_tape_length(f.tape), 2);
    ck_assert(gt_tape_recording(f.tape));
    ck_assert_int_eq(gt_tape_gradient(f.tape, y, 1, f.sources, &gradient), GT_OK);
    ck_assert_values(gradient, -6);
    teardown(&f);
}
END_TEST

/* Bytes in use after forward and after the sweep of a chain of 20 bodies on tensors of 80 kB. */
START_TEST(activations_are_not_kept)
{
    enum { N = 10000, BLOCKS = 20 };
    gt_tensor *w = gt_parameter_new("w", GT_FLOAT64, GT_SHAPE(N)), *gradient;
    gt_tape *tape = gt_tape_new_with(&(gt_tape_options){.lean = true});
    gt_tape_begin(tape);
    gt_tensor *y = w;
    for (int i = 0; i < BLOCKS; i++)
        y = gt_checkpoint(tape, body, NULL, 2, (gt_tensor *[]){y, w});
    const size_t one = N * sizeof(double);
    ck_assert_uint_lt(gt_memory_live(), (BLOCKS + 3) * one); /* outputs alone; with activations twice as much */
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK);
    ck_assert_uint_lt(gt_memory_live(), 6 * one); /* w, target, gradient; no output of a second run */
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

int main(void)
{
    return run_suite("checkpoint", (const suite_test[]){
                                       LOOP_TEST(values_and_gradients_are_those_of_the_body, 3),
                                       TEST(repeated_gradients_through_a_checkpoint_agree),
                                       TEST(weights_may_be_shared_inside_and_outside),
                                       TEST(an_input_given_twice_counts_once_for_each_use),
                                       LOOP_TEST(checkpoints_nest, 2),
                                       TEST(second_order_goes_through_a_checkpoint),
                                       TEST(dropout_repeats_itself),
                                       TEST(dropout_behind_a_checkpoint_does_not_depend_on_the_sweep),
                                       LOOP_TEST(captured_watched_tensor_is_an_error, 2),
                                       TEST(captured_constant_is_fine),
                                       TEST(body_without_a_result_is_an_error),
                                       LOOP_TEST(failure_of_the_second_run_is_taken_back, 2),
                                       TEST(activations_are_not_kept),
                                       END_OF_TESTS,
                                   });
}
