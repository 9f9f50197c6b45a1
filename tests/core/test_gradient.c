/* core/gradient: what can be asked for, what is refused, and the reason where there is no gradient. */
#include "core/op.h"
#include "core/tape.h"
#include "ops/ops.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

static gt_tape *persistent_tape(void)
{
    return gt_tape_new_with(&(gt_tape_options){.persistent = true});
}

/* y = a b; the derivative towards b does not exist by design. */
static gt_status product_kernel(const gt_call *call)
{
    const double *a = call->input[0].data, *b = call->input[1].data;
    for (int64_t i = 0; i < gt_operand_size(&call->output[0]); i++)
        ((double *)call->output[0].data)[i] = a[i] * b[i];
    return GT_OK;
}

static void product_vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_mul(tape, dy[0], gt_node_input(node, 1));
}

static const gt_op product = {.name = "product",
                              .inputs = 2,
                              .outputs = 1,
                              .infer = gt_infer_like_first,
                              .kernel = product_kernel,
                              .vjp = product_vjp,
                              .keeps = GT_KEEPS_INPUT(1),
                              .no_gradient = GT_INPUT(1),
                              .slot = GT_SLOT};

static const gt_op flat = {
    .name = "flat", .inputs = 2, .outputs = 1, .infer = gt_infer_like_first, .kernel = product_kernel, .slot = GT_SLOT};

/* ---- what can be asked for -------------------------------------------------------------------------------------- */

START_TEST(gradients_come_in_the_order_of_the_sources)
{
    gt_tensor *a = PARAMETER("a", 2), *b = PARAMETER("b", 3), *sources[] = {b, a}, *gradients[2];
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    ck_assert_int_eq(gt_tape_gradient(tape, gt_mul(tape, a, b), 2, sources, gradients), GT_OK);
    ck_assert_values(gradients[0], 2);
    ck_assert_values(gradients[1], 3);
    gt_tape_free(tape);
    gt_tensor_free(a);
    gt_tensor_free(b);
}
END_TEST

START_TEST(several_targets_are_summed_with_their_cotangents)
{
    gt_tensor *w = PARAMETER("w", 3), *ten = VECTOR(10), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *targets[] = {gt_square(tape, w), gt_neg(tape, w)}, *cotangents[] = {ten, NULL};
    const gt_gradient_options options = {.targets = 2, .cotangents = cotangents};
    ck_assert_int_eq(gt_tape_gradient_with(tape, targets, 1, &w, &gradient, &options), GT_OK);
    ck_assert_values(gradient, 59);
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(ten);
}
END_TEST

START_TEST(one_target_given_twice_counts_twice)
{
    gt_tensor *w = PARAMETER("w", 3), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = gt_square(tape, w), *targets[] = {y, y};
    ck_assert_int_eq(gt_tape_gradient_with(tape, targets, 1, &w, &gradient, &(gt_gradient_options){.targets = 2}),
                     GT_OK);
    ck_assert_values(gradient, 12);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(a_tensor_towards_itself_is_one)
{
    gt_tensor *w = PARAMETER("w", 3, 4), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_watch(tape, w);
    ck_assert_int_eq(gt_tape_gradient(tape, w, 1, &w, &gradient), GT_OK);
    ck_assert_values(gradient, 1, 1);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(an_intermediate_can_be_a_source)
{
    gt_tensor *w = PARAMETER("w", 3), *gradients[2];
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *h = gt_square(tape, w), *y = gt_square(tape, h), *sources[] = {h, w};
    ck_assert_int_eq(gt_tape_gradient(tape, y, 2, sources, gradients), GT_OK);
    ck_assert_values(gradients[0], 18);
    ck_assert_values(gradients[1], 108);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(stop_at_sources_makes_them_independent)
{
    gt_tensor *w = PARAMETER("w", 3), *gradients[2];
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *h = gt_square(tape, w), *y = gt_mul(tape, h, w), *sources[] = {w, h};
    const gt_gradient_options options = {.stop_at_sources = true};
    ck_assert_int_eq(gt_tape_gradient_with(tape, &y, 2, sources, gradients, &options), GT_OK);
    ck_assert_values(gradients[0], 9); /* without the path through h */
    ck_assert_values(gradients[1], 3);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(unconnected_source_is_null_or_zeros_as_asked)
{
    gt_tensor *w = PARAMETER("w", 3), *v = PARAMETER("v", 1, 2), *gradient;
    gt_tape *tape = persistent_tape();
    gt_tape_begin(tape);
    gt_tensor *y = gt_square(tape, w);
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &v, &gradient), GT_OK);
    ck_assert_ptr_null(gradient);
    const gt_gradient_options zeros = {.zeros_where_unconnected = true};
    ck_assert_int_eq(gt_tape_gradient_with(tape, &y, 1, &v, &gradient, &zeros), GT_OK);
    ck_assert_values(gradient, 0, 0);
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(v);
}
END_TEST

START_TEST(retain_lets_a_one_shot_tape_be_asked_again)
{
    gt_tensor *w = PARAMETER("w", 3), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = gt_square(tape, w);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(gt_tape_gradient_with(tape, &y, 1, &w, &gradient, &(gt_gradient_options){.retain = i < 2}),
                         GT_OK);
        ck_assert_values(gradient, 6);
    }
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_ERR_STATE);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(tape_rejects_second_gradient_when_one_shot)
{
    gt_tensor *w = PARAMETER("w", 3), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = gt_square(tape, w);
    gt_tape_gradient(tape, y, 1, &w, &gradient);
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_ERR_STATE);
    ck_assert_ptr_null(gradient);
    ck_assert_contains(gt_tape_message(tape), "a one-shot tape gives one gradient: make it persistent");
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(a_result_of_another_tape_is_a_constant)
{
    gt_tensor *w = PARAMETER("w", 3), *gradient;
    gt_tape *first = gt_tape_new(GT_CPU), *second = gt_tape_new(GT_CPU);
    gt_tape_begin(first);
    gt_tape_begin(second);
    gt_tensor *h = gt_square(first, w), *y = gt_mul(second, h, w);
    ck_assert_int_eq(gt_tape_gradient(second, y, 1, &w, &gradient), GT_OK);
    ck_assert_values(gradient, 9);
    gt_tape_free(first);
    gt_tape_free(second);
    gt_tensor_free(w);
}
END_TEST

START_TEST(no_sources_is_no_error)
{
    gt_tensor *w = PARAMETER("w", 3), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    ck_assert_int_eq(gt_tape_gradient(tape, gt_square(tape, w), 0, &w, &gradient), GT_OK);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

/* ---- what is refused -------------------------------------------------------------------------------------------- */

START_TEST(overwritten_value_is_an_error_not_a_wrong_gradient)
{
    gt_tensor *w = PARAMETER("w", 3), *x = VECTOR(5), *gradient;
    gt_tape *tape = persistent_tape();
    gt_tape_begin(tape);
    gt_tensor *y = gt_mul(tape, w, x);
    gt_tensor_write(x, &(double){7}, sizeof(double));
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_ERR_GRADIENT);
    ck_assert_ptr_null(gradient);
    ck_assert_str_eq(gt_tape_message(tape), "gradient of mul (node 1): input 1, (1,), was overwritten after it was "
                                            "recorded (version 0, now 1): take gradients before updating");
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(x);
}
END_TEST

START_TEST(a_view_overwritten_counts_too)
{
    gt_tensor *w = PARAMETER("w", 3), *data = VECTOR(5, 6), *row = gt_tensor_rows(data, 0, 1), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = gt_mul(tape, w, row);
    gt_tensor_data_write(data);
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_ERR_GRADIENT);
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(row);
    gt_tensor_free(data);
}
END_TEST

START_TEST(overwriting_what_no_vjp_reads_is_harmless)
{
    gt_tensor *w = PARAMETER("w", 3), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = gt_add(tape, w, w);
    gt_tensor_data_write(w);
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK);
    ck_assert_values(gradient, 2);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(a_derivative_that_is_not_implemented_is_an_error)
{
    gt_tensor *w = PARAMETER("w", 3), *x = PARAMETER("x", 5), *gradient;
    gt_tape *tape = persistent_tape();
    gt_tape_begin(tape);
    gt_tensor *inputs[] = {w, x}, *y = gt_apply(tape, &product, inputs, 2, NULL);
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK);
    ck_assert_values(gradient, 5);
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &x, &gradient), GT_ERR_GRADIENT);
    ck_assert_str_eq(gt_tape_message(tape),
                     "gradient of product (node 1): it offers no derivative towards input 1, 'x' (1,)");
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(x);
}
END_TEST

START_TEST(an_op_without_a_vjp_is_an_error_when_asked)
{
    gt_tensor *w = PARAMETER("w", 3), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = gt_apply(tape, &flat, (gt_tensor *[]){w, w}, 2, NULL);
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_ERR_GRADIENT);
    ck_assert_str_eq(gt_tape_message(tape), "gradient of flat (node 1): the op has no derivative");
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(wrong_arguments_are_named)
{
    gt_tensor *w = PARAMETER("w", 3), *two = VECTOR(1, 2), *labels = gt_tensor_new(GT_INT32, GT_SHAPE(1)), *gradient;
    gt_tape *tape = persistent_tape();
    gt_tape_begin(tape);
    gt_tensor *y = gt_square(tape, w), *null = NULL;
    ck_assert_int_eq(gt_tape_gradient(tape, NULL, 1, &w, &gradient), GT_ERR_ARGUMENT);
    ck_assert_str_eq(gt_tape_message(tape), "gt_tape_gradient: target 0 is NULL");
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &null, &gradient), GT_ERR_ARGUMENT);
    ck_assert_str_eq(gt_tape_message(tape), "gt_tape_gradient: source 0 is NULL");
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &labels, &gradient), GT_ERR_DTYPE);
    ck_assert_str_eq(gt_tape_message(tape), "gt_tape_gradient: source 0 is int32, which has no derivative");
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, NULL, &gradient), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tape_gradient(tape, y, -1, &w, &gradient), GT_ERR_ARGUMENT);
    const gt_gradient_options options = {.cotangents = &two};
    ck_assert_int_eq(gt_tape_gradient_with(tape, &y, 1, &w, &gradient, &options), GT_ERR_SHAPE);
    ck_assert_str_eq(gt_tape_message(tape), "gt_tape_gradient: cotangent 0 is float64 (2,), its target float64 (1,)");
    ck_assert_int_eq(gt_tape_status(tape), GT_OK); /* the tape is as it was */
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK);
    ck_assert_values(gradient, 6);
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(two);
    gt_tensor_free(labels);
}
END_TEST

/* ---- why not ---------------------------------------------------------------------------------------------------- */

typedef struct why_fixture {
    gt_tape *tape, *other;
    gt_tensor *w, *x, *v, *labels;
} why_fixture;

static why_fixture why_begin(void)
{
    why_fixture f = {persistent_tape(), gt_tape_new(GT_CPU),  PARAMETER("w", 1, 2),
                     VECTOR(3, 4),      PARAMETER("v", 5, 6), gt_tensor_new(GT_INT32, GT_SHAPE(2))};
    gt_tape_begin(f.tape);
    return f;
}

static void why_end(why_fixture *f, gt_tensor *target, gt_tensor *source, const char *reason)
{
    ck_assert_msg(gt_tape_status(f->tape) == GT_OK, "%s", gt_tape_message(f->tape));
    int64_t length = gt_tape_length(f->tape);
    ck_assert_str_eq(gt_tape_why_no_gradient(f->tape, target, source), reason);
    ck_assert_int_eq(gt_tape_length(f->tape), length);
    gt_tape_free(f->tape);
    gt_tape_free(f->other);
    gt_tensor_free(f->w);
    gt_tensor_free(f->x);
    gt_tensor_free(f->v);
    gt_tensor_free(f->labels);
}

START_TEST(why_says_nothing_where_there_is_a_gradient)
{
    why_fixture f = why_begin();
    why_end(&f, gt_square(f.tape, f.w), f.w, "");
}
END_TEST

START_TEST(why_tells_a_source_never_used)
{
    why_fixture f = why_begin();
    why_end(&f, gt_square(f.tape, f.w), f.v, "the source 'v' (2,) was never used by this tape");
}
END_TEST

START_TEST(why_tells_a_source_used_before_it_was_watched)
{
    why_fixture f = why_begin();
    why_end(&f, gt_mul(f.tape, f.w, f.x), f.x,
            "the source (2,) was used as a constant: gt_tape_watch it before its first use");
}
END_TEST

START_TEST(why_tells_a_source_not_between)
{
    why_fixture f = why_begin();
    gt_square(f.tape, f.v);
    why_end(&f, gt_square(f.tape, f.w), f.v, "the target does not depend on 'v' (2,)");
}
END_TEST

START_TEST(why_tells_an_integer)
{
    why_fixture f = why_begin();
    why_end(&f, gt_square(f.tape, f.w), f.labels, "the source is int32: integers have no derivative");
}
END_TEST

START_TEST(why_tells_a_path_through_integers)
{
    why_fixture f = why_begin();
    gt_tensor *y = gt_cast(f.tape, gt_cast(f.tape, f.w, GT_INT32), GT_FLOAT64);
    why_end(&f, y, f.w,
            "the target (2,) was computed while the tape was not recording, from nothing that is watched, or through "
            "integers");
}
END_TEST

START_TEST(why_tells_a_structural_zero)
{
    why_fixture f = why_begin();
    why_end(&f, gt_square(f.tape, gt_stop_gradient(f.tape, f.w)), f.w,
            "every path from 'w' (2,) is structurally zero (a stop_gradient, a sign, ...)");
}
END_TEST

START_TEST(why_tells_data_that_left_the_tape)
{
    why_fixture f = why_begin();
    gt_tape_pause(f.tape);
    gt_tensor *y = gt_square(f.tape, f.w);
    gt_tape_resume(f.tape);
    why_end(&f, y, f.w,
            "the target (2,) was computed while the tape was not recording, from nothing that is watched, or through "
            "integers");
}
END_TEST

START_TEST(why_tells_a_target_of_another_tape)
{
    why_fixture f = why_begin();
    gt_tape_begin(f.other);
    why_end(&f, gt_square(f.other, f.w), f.w,
            "the target (2,) is a result of another tape, which is a constant to this one");
}
END_TEST

START_TEST(why_tells_a_step_that_was_reset)
{
    why_fixture f = why_begin();
    gt_tensor *y = gt_square(f.tape, f.w);
    gt_tape_reset(f.tape);
    why_end(&f, y, f.w, "the target belongs to a step that was reset");
}
END_TEST

START_TEST(why_tells_the_error_that_a_gradient_gives)
{
    why_fixture f = why_begin();
    gt_tensor *y = gt_apply(f.tape, &flat, (gt_tensor *[]){f.w, f.w}, 2, NULL);
    why_end(&f, y, f.w, "gradient of flat (node 1): the op has no derivative");
}
END_TEST

START_TEST(why_works_on_a_one_shot_tape_before_and_after_its_gradient)
{
    gt_tensor *w = PARAMETER("w", 1), *v = PARAMETER("v", 2), *sources[] = {w, v}, *gradients[2];
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = gt_mul(tape, gt_square(tape, w), gt_stop_gradient(tape, v));
    for (int asked = 0; asked < 2; asked++) {
        ck_assert_str_eq(gt_tape_why_no_gradient(tape, y, w), "");
        ck_assert_contains(gt_tape_why_no_gradient(tape, y, v), "structurally zero");
        if (!asked)
            ck_assert_int_eq(gt_tape_gradient(tape, y, 2, sources, gradients), GT_OK);
    }
    ck_assert_values(gradients[0], 4);
    ck_assert_ptr_null(gradients[1]);
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(v);
}
END_TEST

START_TEST(asking_why_keeps_the_error_of_a_failed_tape)
{
    gt_tensor *w = PARAMETER("w", 1);
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = gt_square(tape, w);
    gt_relu(tape, NULL);
    ck_assert_str_eq(gt_tape_why_no_gradient(tape, y, w), "the tape failed: relu: input 0 is NULL");
    ck_assert_int_eq(gt_tape_status(tape), GT_ERR_ARGUMENT);
    ck_assert_str_eq(gt_tape_why_no_gradient(NULL, y, w), "the tape is NULL");
    ck_assert_str_eq(gt_tape_why_no_gradient(tape, NULL, w), "the target is NULL");
    ck_assert_str_eq(gt_tape_why_no_gradient(tape, y, NULL), "the source is NULL");
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

int main(void)
{
    return run_suite("gradient", (const suite_test[]){
                                     TEST(gradients_come_in_the_order_of_the_sources),
                                     TEST(several_targets_are_summed_with_their_cotangents),
                                     TEST(one_target_given_twice_counts_twice),
                                     TEST(a_tensor_towards_itself_is_one),
                                     TEST(an_intermediate_can_be_a_source),
                                     TEST(stop_at_sources_makes_them_independent),
                                     TEST(unconnected_source_is_null_or_zeros_as_asked),
                                     TEST(retain_lets_a_one_shot_tape_be_asked_again),
                                     TEST(tape_rejects_second_gradient_when_one_shot),
                                     TEST(a_result_of_another_tape_is_a_constant),
                                     TEST(no_sources_is_no_error),
                                     TEST(overwritten_value_is_an_error_not_a_wrong_gradient),
                                     TEST(a_view_overwritten_counts_too),
                                     TEST(overwriting_what_no_vjp_reads_is_harmless),
                                     TEST(a_derivative_that_is_not_implemented_is_an_error),
                                     TEST(an_op_without_a_vjp_is_an_error_when_asked),
                                     TEST(wrong_arguments_are_named),
                                     TEST(why_says_nothing_where_there_is_a_gradient),
                                     TEST(why_tells_a_source_never_used),
                                     TEST(why_tells_a_source_used_before_it_was_watched),
                                     TEST(why_tells_a_source_not_between),
                                     TEST(why_tells_an_integer),
                                     TEST(why_tells_a_path_through_integers),
                                     TEST(why_tells_a_structural_zero),
                                     TEST(why_tells_data_that_left_the_tape),
                                     TEST(why_tells_a_target_of_another_tape),
                                     TEST(why_tells_a_step_that_was_reset),
                                     TEST(why_tells_the_error_that_a_gradient_gives),
                                     TEST(why_works_on_a_one_shot_tape_before_and_after_its_gradient),
                                     TEST(asking_why_keeps_the_error_of_a_failed_tape),
                                     END_OF_TESTS,
                                 });
}
