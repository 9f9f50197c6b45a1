/* core/custom: gradients of the user's own, and checkpointing. */
#include "core/memory.h"
#include "core/op.h"
#include "core/tape.h"
#include "ops/ops.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

static gt_tape *persistent_tape(void)
{
    return gt_tape_new_with(&(gt_tape_options){.persistent = true});
}

/* ---- functions of this suite's own ------------------------------------------------------------------------------ */

static int released, forward_calls, vjp_calls;

static void count_release(void *context)
{
    (void)context;
    released++;
}

/* y = x^2, with a gradient of 100 instead of 2x, so that one sees whose vjp ran. */
static gt_status square_forward(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    (void)context;
    forward_calls++;
    ck_assert(!gt_tape_recording(tape));
    outputs[0] = gt_copy(tape, gt_square(tape, inputs[0]));
    return GT_OK;
}

static gt_status hundred_vjp(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *const outputs[],
                             gt_tensor *const cotangents[], gt_tensor *gradients[], void *context)
{
    (void)context, (void)inputs, (void)outputs;
    vjp_calls++;
    gradients[0] = gt_scale(tape, cotangents[0], 100);
    return GT_OK;
}

/* The true gradient, made of ops on inputs and outputs: y = x^2, dy/dx = 2 y / x. */
static gt_status true_vjp(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *const outputs[],
                          gt_tensor *const cotangents[], gt_tensor *gradients[], void *context)
{
    (void)context;
    gradients[0] = gt_mul(tape, cotangents[0], gt_scale(tape, gt_div(tape, outputs[0], inputs[0]), 2));
    return GT_OK;
}

static gt_status failing_vjp(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *const outputs[],
                             gt_tensor *const cotangents[], gt_tensor *gradients[], void *context)
{
    (void)tape, (void)inputs, (void)outputs, (void)cotangents, (void)gradients, (void)context;
    return gt_fail(GT_ERR_VALUE, "the user's vjp gave up");
}

static gt_status silently_failing_vjp(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *const outputs[],
                                      gt_tensor *const cotangents[], gt_tensor *gradients[], void *context)
{
    (void)tape, (void)inputs, (void)outputs, (void)cotangents, (void)gradients, (void)context;
    return GT_ERR_VALUE;
}

static gt_status failing_forward(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    (void)context;
    outputs[0] = gt_square(tape, inputs[0]);
    return gt_fail(GT_ERR_VALUE, "the user's forward gave up");
}

static gt_status identity_forward(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    (void)tape, (void)context;
    outputs[0] = inputs[0];
    return GT_OK;
}

static gt_status silent_forward(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    (void)tape, (void)inputs, (void)outputs, (void)context;
    return GT_OK; /* but no output */
}

static gt_status twin_forward(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    (void)context;
    outputs[0] = outputs[1] = gt_square(tape, inputs[0]);
    return GT_OK;
}

/* Uses the tensor given as context beside its inputs. */
static gt_status captured_forward(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    outputs[0] = gt_mul(tape, inputs[0], context);
    return GT_OK;
}

static gt_status resuming_forward(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    (void)context;
    gt_tape_pause(tape);
    outputs[0] = gt_square(tape, inputs[0]); /* and never resumes */
    return GT_OK;
}

static const gt_custom hundred = {"hundred", 1, square_forward, hundred_vjp, count_release, NULL};

typedef struct fixture {
    gt_tape *tape;
    gt_tensor *w, *gradient;
} fixture;

static fixture setup(bool persistent)
{
    fixture f = {persistent ? persistent_tape() : gt_tape_new(GT_CPU), PARAMETER("w", 3), NULL};
    gt_tape_begin(f.tape);
    return f;
}

static void teardown(fixture *f)
{
    gt_tape_free(f->tape);
    gt_tensor_free(f->w);
}

/* ---- gt_custom_gradient ----------------------------------------------------------------------------------------- */

START_TEST(the_users_vjp_is_used)
{
    fixture f = setup(false);
    gt_tensor *y;
    ck_assert_int_eq(gt_custom_gradient(f.tape, &hundred, 1, &f.w, &y), GT_OK);
    ck_assert_values(y, 9);
    ck_assert_int_eq(gt_tape_length(f.tape), 1);
    ck_assert_int_eq(gt_tape_gradient(f.tape, gt_neg(f.tape, y), 1, &f.w, &f.gradient), GT_OK);
    ck_assert_values(f.gradient, -100);
    teardown(&f);
}
END_TEST

START_TEST(a_vjp_made_of_ops_is_differentiable)
{
    fixture f = setup(true);
    const gt_custom custom = {"true square", 1, square_forward, true_vjp, NULL, NULL};
    gt_tensor *y, *second;
    ck_assert_int_eq(gt_custom_gradient(f.tape, &custom, 1, &f.w, &y), GT_OK);
    ck_assert_int_eq(gt_tape_gradient(f.tape, y, 1, &f.w, &f.gradient), GT_OK);
    ck_assert_values(f.gradient, 6);
    ck_assert_int_eq(gt_tape_gradient(f.tape, f.gradient, 1, &f.w, &second), GT_OK);
    ck_assert_double_eq_tol(gt_tensor_item(second), 2, 1e-12);
    teardown(&f);
}
END_TEST

START_TEST(what_forward_made_on_the_way_is_freed)
{
    const size_t bytes = 10000 * sizeof(double);
    gt_tensor *w = gt_parameter_new("w", GT_FLOAT64, GT_SHAPE(10000)), *y;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    ck_assert_int_eq(gt_custom_gradient(tape, &hundred, 1, &w, &y), GT_OK);
    ck_assert_uint_gt(gt_memory_live(), 2 * bytes); /* w and y, but not the square that y is a copy of */
    ck_assert_uint_lt(gt_memory_live(), 3 * bytes);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(overwritten_input_of_a_custom_gradient_is_reported)
{
    fixture f = setup(false);
    gt_tensor *y;
    gt_custom_gradient(f.tape, &hundred, 1, &f.w, &y);
    gt_tensor_data_write(f.w);
    ck_assert_int_eq(gt_tape_gradient(f.tape, y, 1, &f.w, &f.gradient), GT_ERR_GRADIENT);
    ck_assert_contains(gt_tape_message(f.tape), "gradient of hundred (node 1): input 0, 'w' (1,), was overwritten");
    teardown(&f);
}
END_TEST

START_TEST(failing_vjp_is_reported_under_its_name)
{
    fixture f = setup(false);
    const gt_custom custom = {"mine", 1, square_forward, failing_vjp, NULL, NULL};
    gt_tensor *y;
    gt_custom_gradient(f.tape, &custom, 1, &f.w, &y);
    ck_assert_int_eq(gt_tape_gradient(f.tape, y, 1, &f.w, &f.gradient), GT_ERR_VALUE);
    ck_assert_str_eq(gt_tape_message(f.tape), "gradient of mine (node 1): the user's vjp gave up");
    ck_assert_ptr_null(f.gradient);
    teardown(&f);
}
END_TEST

START_TEST(vjp_that_fails_without_a_message_does_not_show_an_older_one)
{
    fixture f = setup(false);
    const gt_custom custom = {"mine", 1, square_forward, silently_failing_vjp, NULL, NULL};
    gt_tensor *y;
    gt_custom_gradient(f.tape, &custom, 1, &f.w, &y);
    ck_assert_int_eq(gt_tape_gradient(f.tape, y, 1, &f.w, &f.gradient), GT_ERR_VALUE);
    ck_assert_str_eq(gt_tape_message(f.tape), "gradient of mine (node 1): mine: failed without a message (value)");
    ck_assert_ptr_null(f.gradient);
    teardown(&f);
}
END_TEST

START_TEST(forward_may_pause_and_the_tape_still_records)
{
    fixture f = setup(false);
    const gt_custom custom = {"resuming", 1, resuming_forward, hundred_vjp, NULL, NULL};
    gt_tensor *y;
    ck_assert_int_eq(gt_custom_gradient(f.tape, &custom, 1, &f.w, &y), GT_OK);
    ck_assert(gt_tape_recording(f.tape));
    teardown(&f);
}
END_TEST

/* Keeps exp(x) for its vjp. */
static gt_status keeping_forward(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    gt_tensor **kept = context;
    *kept = gt_exp(tape, inputs[0]);
    gt_tape_pin(tape, *kept);
    outputs[0] = gt_neg(tape, *kept);
    return GT_OK;
}

static gt_status keeping_vjp(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *const outputs[],
                             gt_tensor *const cotangents[], gt_tensor *gradients[], void *context)
{
    (void)inputs, (void)outputs;
    gradients[0] = gt_neg(tape, gt_mul(tape, cotangents[0], *(gt_tensor **)context));
    return GT_OK;
}

START_TEST(forward_may_pin_a_result_for_its_vjp)
{
    fixture f = setup(false);
    gt_tensor *kept, *y;
    const gt_custom custom = {"keeping", 1, keeping_forward, keeping_vjp, NULL, &kept};
    ck_assert_int_eq(gt_custom_gradient(f.tape, &custom, 1, &f.w, &y), GT_OK);
    for (int i = 0; i < 20; i++)
        gt_neg(f.tape, y); /* would take its place */
    ck_assert_int_eq(gt_tape_gradient(f.tape, y, 1, &f.w, &f.gradient), GT_OK);
    ck_assert(gt_tensor_item(f.gradient) == gt_tensor_item(y));
    teardown(&f);
}
END_TEST

/* ---- a vjp that asks the same tape for a gradient -----------------------------------------------------------------
 */

typedef struct question {
    gt_tensor *target, *source;
    gt_status status;
} question;

/* d inner / d source, times the cotangent; where that fails, the cotangent itself for both inputs. */
static gt_status asking_vjp(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *const outputs[],
                            gt_tensor *const cotangents[], gt_tensor *gradients[], void *context)
{
    (void)inputs, (void)outputs;
    question *q = context;
    gt_tensor *inner;
    const gt_gradient_options options = {.cotangents = cotangents};
    q->status = gt_tape_gradient_with(tape, &q->target, 1, &q->source, &inner, &options);
    gradients[0] = q->status == GT_OK ? inner : cotangents[0];
    gradients[1] = cotangents[0];
    return GT_OK;
}

static gt_status sum_forward(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    (void)context;
    outputs[0] = gt_add(tape, inputs[0], inputs[1]);
    return GT_OK;
}

START_TEST(a_vjp_may_ask_the_same_tape_for_a_gradient)
{
    fixture f = setup(true);
    gt_tensor *v = PARAMETER("v", 1), *inputs[] = {f.w, v}, *gradients[2], *y;
    question q = {gt_square(f.tape, f.w), f.w, GT_OK};
    const gt_custom custom = {"asking", 1, sum_forward, asking_vjp, NULL, &q};
    ck_assert_int_eq(gt_custom_gradient(f.tape, &custom, 2, inputs, &y), GT_OK);
    y = gt_scale(f.tape, y, 10);
    if (_i == 0)
        gt_tape_end(f.tape); /* else the sweeps are recorded */
    ck_assert_int_eq(gt_tape_gradient(f.tape, y, 2, inputs, gradients), GT_OK);
    ck_assert_int_eq(q.status, GT_OK);
    ck_assert_values(gradients[0], 60);
    ck_assert_values(gradients[1], 10);
    teardown(&f);
    gt_tensor_free(v);
}
END_TEST

static const gt_op flat = {.name = "flat", .inputs = 1, .outputs = 1, .infer = gt_infer_like_first, .slot = GT_SLOT};

static int64_t whole(const gt_infer *call)
{
    (void)call;
    return 0;
}

/* The outer sweep's cotangent went through the inner one, which must leave it as held as it was. */
START_TEST(a_failed_inner_gradient_does_not_disturb_the_outer)
{
    fixture f = setup(false);
    gt_op undifferentiable = flat;
    undifferentiable.view = whole;
    gt_tensor *v = PARAMETER("v", 1), *inputs[] = {f.w, v}, *gradients[2], *y;
    question q = {gt_apply(f.tape, &undifferentiable, &f.w, 1, NULL), f.w, GT_OK};
    const gt_custom custom = {"asking", 1, sum_forward, asking_vjp, NULL, &q};
    gt_tensor *twice = gt_scale(f.tape, f.w, 2);
    ck_assert_int_eq(gt_custom_gradient(f.tape, &custom, 2, inputs, &y), GT_OK);
    ck_assert_int_eq(gt_tape_gradient(f.tape, gt_add(f.tape, twice, y), 2, inputs, gradients), GT_OK);
    ck_assert_int_eq(q.status, GT_ERR_GRADIENT);
    ck_assert_values(gradients[0], 3);
    ck_assert_values(gradients[1], 1);
    ck_assert_str_eq(gt_tape_message(f.tape), "");
    teardown(&f);
    gt_tensor_free(v);
}
END_TEST

START_TEST(captured_watched_tensor_is_an_error)
{
    fixture f = setup(false);
    gt_tensor *v = PARAMETER("v", 2), *y = v;
    const gt_custom custom = {"captured", 1, captured_forward, hundred_vjp, count_release, v};
    ck_assert_int_eq(gt_custom_gradient(f.tape, &custom, 1, &f.w, &y), GT_ERR_GRADIENT);
    ck_assert_str_eq(gt_tape_message(f.tape), "captured: 'v' (1,) is watched and used inside, but not among the "
                                              "inputs: its gradient would be lost");
    ck_assert_ptr_null(y);
    ck_assert_int_eq(released, 1);
    teardown(&f);
    gt_tensor_free(v);
}
END_TEST

START_TEST(captured_input_and_captured_constant_are_fine)
{
    fixture f = setup(false);
    gt_tensor *x = VECTOR(2), *y;
    const gt_custom constant = {"constant", 1, captured_forward, hundred_vjp, NULL, x};
    const gt_custom input = {"input", 1, captured_forward, hundred_vjp, NULL, f.w};
    ck_assert_int_eq(gt_custom_gradient(f.tape, &constant, 1, &f.w, &y), GT_OK);
    ck_assert_int_eq(gt_custom_gradient(f.tape, &input, 1, &f.w, &y), GT_OK);
    ck_assert_values(y, 9);
    teardown(&f);
    gt_tensor_free(x);
}
END_TEST

START_TEST(input_given_as_the_tapes_own_handle_is_the_same_input)
{
    fixture f = setup(false);
    gt_tensor *own, *y;
    gt_tape_watch(f.tape, f.w);
    ck_assert_int_eq(gt_tape_watched(f.tape, 1, &own), 1);
    const gt_custom custom = {"own", 1, captured_forward, hundred_vjp, NULL, f.w};
    ck_assert_int_eq(gt_custom_gradient(f.tape, &custom, 1, &own, &y), GT_OK);
    teardown(&f);
}
END_TEST

/* ---- wrong use, and the context's release ----------------------------------------------------------------------- */

START_TEST(release_is_called_once_when_the_tape_forgets)
{
    fixture f = setup(false);
    gt_tensor *y;
    gt_custom_gradient(f.tape, &hundred, 1, &f.w, &y);
    gt_tape_gradient(f.tape, y, 1, &f.w, &f.gradient);
    ck_assert_int_eq(released, 0);
    if (_i == 0)
        gt_tape_reset(f.tape);
    else
        gt_tape_free(f.tape), f.tape = NULL;
    ck_assert_int_eq(released, 1);
    teardown(&f);
    ck_assert_int_eq(released, 1);
}
END_TEST

START_TEST(release_is_called_at_once_where_nothing_is_recorded)
{
    gt_tensor *x = VECTOR(3), *w = PARAMETER("w", 3), *y;
    gt_tape *tape = gt_tape_new(GT_CPU);
    if (_i == 0) {
        gt_tape_begin(tape);
        ck_assert_int_eq(gt_custom_gradient(tape, &hundred, 1, &x, &y), GT_OK); /* no watched input */
    } else {
        ck_assert_int_eq(gt_custom_gradient(tape, &hundred, 1, &w, &y), GT_OK); /* not recording */
    }
    ck_assert_int_eq(released, 1);
    ck_assert_values(y, 9);
    gt_tape_free(tape);
    ck_assert_int_eq(released, 1);
    gt_tensor_free(x);
    gt_tensor_free(w);
}
END_TEST

typedef struct misuse {
    gt_custom custom;
    int count;
    const char *message;
} misuse;

static const misuse misuses[] = {
    {{"f", 1, failing_forward, hundred_vjp, count_release, NULL}, 1, "the user's forward gave up"},
    {{"f", 1, identity_forward, hundred_vjp, count_release, NULL}, 1, "f: output 0 must be a result of this tape"},
    {{"f", 1, silent_forward, hundred_vjp, count_release, NULL}, 1, "f: the tensor is NULL"},
    {{"f", 2, twin_forward, hundred_vjp, count_release, NULL}, 1, "f: output 1 must be a result of this tape"},
    {{"f", 1, NULL, hundred_vjp, count_release, NULL}, 1, "f: forward is NULL"},
    {{"f", 1, square_forward, NULL, count_release, NULL}, 1, "gt_custom_gradient: vjp is NULL"},
    {{NULL, 1, square_forward, hundred_vjp, count_release, NULL}, 1, "gt_custom_gradient: name is NULL"},
    {{"f", 1, square_forward, hundred_vjp, count_release, NULL}, 0, "f: 0 inputs and 1 outputs"},
    {{"f", 5, square_forward, hundred_vjp, count_release, NULL}, 1, "f: 1 inputs and 5 outputs"},
};
enum { MISUSES = sizeof misuses / sizeof misuses[0] };

START_TEST(misuse_is_an_error_that_releases_once)
{
    fixture f = setup(false);
    gt_tensor *y[5] = {f.w, f.w, f.w, f.w, f.w};
    const misuse *m = &misuses[_i];
    ck_assert_int_ne(gt_custom_gradient(f.tape, &m->custom, m->count, &f.w, y), GT_OK);
    ck_assert_contains(gt_tape_message(f.tape), m->message);
    for (int i = 0; i < m->custom.outputs && i < GT_MAX_OUTPUTS; i++)
        ck_assert_ptr_null(y[i]);
    ck_assert_int_eq(released, 1);
    teardown(&f);
    ck_assert_int_eq(released, 1);
}
END_TEST

START_TEST(a_failed_tape_releases_at_once_and_gives_null)
{
    fixture f = setup(false);
    gt_tensor *y = f.w;
    gt_relu(f.tape, NULL);
    ck_assert_int_eq(gt_custom_gradient(f.tape, &hundred, 1, &f.w, &y), GT_ERR_ARGUMENT);
    ck_assert_ptr_null(y);
    ck_assert_int_eq(forward_calls, 0);
    ck_assert_int_eq(released, 1);
    ck_assert_str_eq(gt_tape_message(f.tape), "relu: input 0 is NULL");
    teardown(&f);
}
END_TEST

START_TEST(null_arguments_are_errors)
{
    fixture f = setup(false);
    gt_tensor *y = f.w, *null = NULL;
    ck_assert_int_eq(gt_custom_gradient(NULL, &hundred, 1, &f.w, &y), GT_ERR_ARGUMENT);
    ck_assert_ptr_null(y);
    ck_assert_int_eq(released, 1);
    ck_assert_int_eq(gt_custom_gradient(f.tape, &hundred, 1, &null, &y), GT_ERR_ARGUMENT);
    gt_tape_reset(f.tape);
    ck_assert_int_eq(gt_custom_gradient(f.tape, NULL, 1, &f.w, &y), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tape_status(f.tape), GT_ERR_ARGUMENT);
    gt_tape_reset(f.tape);
    ck_assert_int_eq(gt_record(f.tape, &hundred, 1, &f.w, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(released, 3);
    ck_assert_ptr_null(gt_checkpoint(f.tape, NULL, NULL, 1, &f.w));
    teardown(&f);
}
END_TEST

/* ---- gt_record -------------------------------------------------------------------------------------------------- */

START_TEST(record_attaches_a_vjp_to_what_was_computed_while_paused)
{
    fixture f = setup(false);
    gt_tape_pause(f.tape);
    gt_tensor *y = gt_square(f.tape, f.w);
    gt_tape_resume(f.tape);
    ck_assert_int_eq(gt_record(f.tape, &hundred, 1, &f.w, &y), GT_OK);
    ck_assert_int_eq(gt_tape_gradient(f.tape, y, 1, &f.w, &f.gradient), GT_OK);
    ck_assert_values(f.gradient, 100);
    ck_assert_int_eq(forward_calls, 0);
    teardown(&f);
    ck_assert_int_eq(released, 1);
}
END_TEST

START_TEST(record_refuses_an_output_that_has_an_origin)
{
    fixture f = setup(false);
    gt_tensor *x = VECTOR(2), *inputs[] = {f.w, NULL}, *output = NULL;
    gt_tape_pause(f.tape);
    gt_tensor *constant = gt_square(f.tape, x);
    gt_tape_resume(f.tape);
    inputs[1] = constant;
    switch (_i) {
    case 0: /* recorded already */
        output = gt_square(f.tape, f.w);
        break;
    case 1: /* used as a constant since */
        gt_mul(f.tape, constant, f.w);
        output = constant;
        break;
    case 2: /* an input that is no watched one */
        output = constant;
        break;
    case 3: /* the user's own */
        output = x;
        break;
    }
    ck_assert_int_eq(gt_record(f.tape, &hundred, _i == 2 ? 2 : 1, inputs, &output), GT_ERR_STATE);
    ck_assert_contains(gt_tape_message(f.tape), "hundred: output 0 must be a result of this tape");
    ck_assert_int_eq(released, 1);
    teardown(&f);
    gt_tensor_free(x);
}
END_TEST

int main(void)
{
    return run_suite("custom", (const suite_test[]){
                                   TEST(the_users_vjp_is_used),
                                   TEST(a_vjp_made_of_ops_is_differentiable),
                                   TEST(what_forward_made_on_the_way_is_freed),
                                   TEST(overwritten_input_of_a_custom_gradient_is_reported),
                                   TEST(failing_vjp_is_reported_under_its_name),
                                   TEST(vjp_that_fails_without_a_message_does_not_show_an_older_one),
                                   TEST(forward_may_pause_and_the_tape_still_records),
                                   TEST(forward_may_pin_a_result_for_its_vjp),
                                   LOOP_TEST(a_vjp_may_ask_the_same_tape_for_a_gradient, 2),
                                   TEST(a_failed_inner_gradient_does_not_disturb_the_outer),
                                   TEST(captured_watched_tensor_is_an_error),
                                   TEST(captured_input_and_captured_constant_are_fine),
                                   TEST(input_given_as_the_tapes_own_handle_is_the_same_input),
                                   LOOP_TEST(release_is_called_once_when_the_tape_forgets, 2),
                                   LOOP_TEST(release_is_called_at_once_where_nothing_is_recorded, 2),
                                   LOOP_TEST(misuse_is_an_error_that_releases_once, MISUSES),
                                   TEST(a_failed_tape_releases_at_once_and_gives_null),
                                   TEST(null_arguments_are_errors),
                                   TEST(record_attaches_a_vjp_to_what_was_computed_while_paused),
                                   LOOP_TEST(record_refuses_an_output_that_has_an_origin, 4),
                                   END_OF_TESTS,
                               });
}
