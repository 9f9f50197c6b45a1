/* core/sweep: composition, sums where paths meet, in-place accumulation, higher orders, failures on the way. */
#include "core/op.h"
#include "core/tape.h"
#include "ops/ops.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

static gt_tape *persistent_tape(void)
{
    return gt_tape_new_with(&(gt_tape_options){.persistent = true});
}

/* ---- ops of this suite's own ------------------------------------------------------------------------------------ */

/* y = x, whose kernel and vjp fail on demand. */
static int kernel_fails_at, kernel_calls;
static bool vjp_fails;

static gt_status moody_kernel(const gt_call *call)
{
    if (++kernel_calls == kernel_fails_at)
        return gt_fail(GT_ERR_VALUE, "moody: not today");
    memcpy(call->output[0].data, call->input[0].data, (size_t)gt_operand_size(&call->input[0]) * sizeof(double));
    return GT_OK;
}

static const gt_op moody;

static void moody_vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    (void)node;
    if (vjp_fails)
        gt_tape_fail(tape, GT_ERR_VALUE, "moody: no gradient today");
    else
        dx[0] = gt_apply(tape, &moody, &dy[0], 1, NULL);
}

static const gt_op moody = {.name = "moody",
                            .inputs = 1,
                            .outputs = 1,
                            .infer = gt_infer_like_first,
                            .kernel = moody_kernel,
                            .vjp = moody_vjp,
                            .slot = GT_SLOT};

/* y = a + 2 b + c, whose vjp gives one tensor for a and for c. */
static gt_status sharing_kernel(const gt_call *call)
{
    const double *a = call->input[0].data, *b = call->input[1].data, *c = call->input[2].data;
    for (int64_t i = 0; i < gt_operand_size(&call->output[0]); i++)
        ((double *)call->output[0].data)[i] = a[i] + 2 * b[i] + c[i];
    return GT_OK;
}

static void sharing_vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *shared = gt_copy(tape, dy[0]);
    for (int i = 0; i < 3; i++)
        if (gt_wants(node, i))
            dx[i] = i == 1 ? gt_add(tape, dy[0], dy[0]) : shared;
}

static const gt_op sharing = {.name = "sharing",
                              .inputs = 3,
                              .outputs = 1,
                              .infer = gt_infer_like_first,
                              .kernel = sharing_kernel,
                              .vjp = sharing_vjp,
                              .slot = GT_SLOT};

/* An op whose vjp is wrong in the way of `mistake`. */
enum { WRONG_SHAPE, WRONG_DTYPE, NOT_WANTED, NOT_KEPT, DEAD_RESULT };
static int mistake;
static gt_tensor *dead_result;

static void mistaken_vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    switch (mistake) {
    case WRONG_SHAPE:
        dx[0] = gt_reshape(tape, dy[0], GT_SHAPE(1, -1));
        break;
    case WRONG_DTYPE:
        dx[0] = gt_cast(tape, dy[0], GT_FLOAT32);
        break;
    case NOT_WANTED:
        dx[0] = dx[1] = dy[0];
        break;
    case NOT_KEPT:
        dx[0] = gt_mul(tape, dy[0], gt_node_input(node, 1));
        break;
    case DEAD_RESULT:
        dx[0] = dead_result;
        break;
    }
}

static gt_status add_kernel(const gt_call *call)
{
    const double *a = call->input[0].data, *b = call->input[1].data;
    for (int64_t i = 0; i < gt_operand_size(&call->output[0]); i++)
        ((double *)call->output[0].data)[i] = a[i] + b[i];
    return GT_OK;
}

static const gt_op mistaken = {.name = "mistaken",
                               .inputs = 2,
                               .outputs = 1,
                               .infer = gt_infer_like_first,
                               .kernel = add_kernel,
                               .vjp = mistaken_vjp,
                               .slot = GT_SLOT};

/* ---- composition ------------------------------------------------------------------------------------------------ */

START_TEST(chain_rule)
{
    gt_tensor *w = PARAMETER("w", 1, -2), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = gt_square(tape, gt_square(tape, w)); /* w^4 */
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK);
    ck_assert_values(gradient, 4, -32);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(shared_intermediate_is_summed_once_per_path)
{
    gt_tensor *w = PARAMETER("w", 3), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *h = gt_square(tape, w);                                   /* 9 */
    gt_tensor *y = gt_mul(tape, gt_add(tape, h, h), gt_square(tape, h)); /* 2 w^2 w^4 */
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK);
    ck_assert_values(gradient, 2916); /* 12 w^5 */
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(broadcast_is_summed_back)
{
    gt_tensor *w = gt_parameter_from("w", GT_FLOAT64, GT_SCALAR, &(double){2}), *x = VECTOR(1, 2, 3), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    ck_assert_int_eq(gt_tape_gradient(tape, gt_mul(tape, w, x), 1, &w, &gradient), GT_OK);
    ck_assert_values(gradient, 6);
    ck_assert_int_eq(gt_tensor_rank(gradient), 0);
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(x);
}
END_TEST

START_TEST(a_vjp_may_give_one_tensor_for_several_inputs)
{
    gt_tensor *x = PARAMETER("x", 1), *z = PARAMETER("z", 2), *sources[] = {x, z}, *gradients[2];
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = gt_apply(tape, &sharing, (gt_tensor *[]){x, x, z}, 3, NULL); /* 3 x + z */
    ck_assert_int_eq(gt_tape_gradient(tape, y, 2, sources, gradients), GT_OK);
    ck_assert_values(gradients[0], 3);
    ck_assert_values(gradients[1], 1);
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_tensor_free(z);
}
END_TEST

/* All of these cotangents are one tensor, held by as many slots at a time as there are terms. */
START_TEST(a_sum_of_70000_terms_counts_each_once)
{
    enum { TERMS = 70000 };
    gt_tensor *w = PARAMETER("w", 1), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    static gt_tensor *term[TERMS];
    gt_tape_begin(tape);
    for (int i = 0; i < TERMS; i++)
        term[i] = gt_neg(tape, w);
    gt_tensor *sum = term[0];
    for (int i = 1; i < TERMS; i++)
        sum = gt_add(tape, sum, term[i]);
    ck_assert_int_eq(gt_tape_gradient(tape, sum, 1, &w, &gradient), GT_OK);
    ck_assert_values(gradient, -TERMS);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(structural_zero_stops_a_path)
{
    gt_tensor *w = PARAMETER("w", 3), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = gt_mul(tape, w, gt_stop_gradient(tape, w));
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK);
    ck_assert_values(gradient, 3);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(only_the_part_between_source_and_target_is_visited)
{
    gt_tensor *w = PARAMETER("w", 2), *v = PARAMETER("v", 2), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *before = gt_apply(tape, &moody, &v, 1, NULL);
    gt_tensor *y = gt_mul(tape, before, w);
    gt_apply(tape, &moody, &y, 1, NULL);
    vjp_fails = true; /* which nobody asks for */
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK);
    ck_assert_values(gradient, 2);
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(v);
}
END_TEST

START_TEST(slices_accumulate)
{
    enum { ROWS = 50 };
    gt_tensor *w = gt_parameter_new("w", GT_FLOAT64, GT_SHAPE(ROWS, 2)), *gradient, *sum = NULL;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    for (int64_t i = 0; i < ROWS; i++) {
        gt_tensor *row = gt_slice(tape, w, (const int64_t[]){i, 0}, (const int64_t[]){1, 2});
        row = gt_scale(tape, row, (double)(i + 1));
        sum = sum ? gt_add(tape, sum, row) : row;
    }
    sum = gt_add(tape, gt_sum(tape, sum, NULL), gt_sum(tape, w, NULL));
    ck_assert_int_eq(gt_tape_gradient(tape, sum, 1, &w, &gradient), GT_OK);
    for (int64_t i = 0; i < 2 * ROWS; i++)
        ck_assert(gt_tensor_at(gradient, i) == (double)(i / 2 + 2));
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

/* ---- nothing of the user's is written --------------------------------------------------------------------------- */

/* The add's cotangent goes to both inputs as one tensor; the second path to x must not be summed into it. */
START_TEST(accumulation_never_changes_a_given_cotangent)
{
    gt_tensor *x = PARAMETER("x", 1, 2), *cotangent = VECTOR(10, 20), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = gt_add(tape, gt_copy(tape, x), x);
    const gt_gradient_options options = {.cotangents = &cotangent};
    ck_assert_int_eq(gt_tape_gradient_with(tape, &y, 1, &x, &gradient, &options), GT_OK);
    ck_assert_values(gradient, 20, 40);
    ck_assert_values(cotangent, 10, 20);
    ck_assert_uint_eq(gt_tensor_version(cotangent), 0);
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_tensor_free(cotangent);
}
END_TEST

START_TEST(gradients_share_memory_with_nothing)
{
    gt_tensor *a = PARAMETER("a", 1), *b = PARAMETER("b", 2), *cotangent = VECTOR(5);
    gt_tensor *sources[] = {a, b, a, NULL}, *gradients[4];
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = sources[3] = gt_add(tape, a, b);
    const gt_gradient_options options = {.cotangents = &cotangent};
    ck_assert_int_eq(gt_tape_gradient_with(tape, &y, 4, sources, gradients, &options), GT_OK);
    const gt_tensor *all[] = {gradients[0], gradients[1], gradients[2], gradients[3], a, b, y, cotangent};
    for (int i = 0; i < 4; i++) {
        ck_assert_values(gradients[i], 5);
        for (int j = 0; j < 8; j++)
            ck_assert(i == j || gt_tensor_data(gradients[i]) != gt_tensor_data(all[j]));
    }
    gt_tape_free(tape);
    gt_tensor_free(a);
    gt_tensor_free(b);
    gt_tensor_free(cotangent);
}
END_TEST

/* A vjp may hand the value of a tensor on as a gradient, through a view. */
START_TEST(a_value_given_as_gradient_is_not_summed_into)
{
    gt_tensor *a = PARAMETER("a", 3), *b = PARAMETER("b", 4), *one = VECTOR(1), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = gt_add(tape, gt_mul(tape, a, b), gt_scale(tape, a, 10));
    const gt_gradient_options options = {.cotangents = &one};
    ck_assert_int_eq(gt_tape_gradient_with(tape, &y, 1, &a, &gradient, &options), GT_OK);
    ck_assert_values(gradient, 14);
    ck_assert_values(b, 4);
    ck_assert_values(one, 1);
    gt_tape_free(tape);
    gt_tensor_free(a);
    gt_tensor_free(b);
    gt_tensor_free(one);
}
END_TEST

START_TEST(repeated_gradient_gives_the_same_bits_not_twice_as_much)
{
    gt_tensor *w = PARAMETER("w", 0.1, 0.7), *first, *again;
    gt_tape *tape = persistent_tape();
    gt_tape_begin(tape);
    gt_tensor *h = gt_exp(tape, w), *y = gt_mul(tape, gt_add(tape, h, w), h);
    gt_tape_end(tape);
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &first), GT_OK);
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &again), GT_OK);
        ck_assert_ptr_ne(again, first);
        ck_assert_mem_eq(gt_tensor_data(again), gt_tensor_data(first), 2 * sizeof(double));
    }
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

/* ---- higher orders ---------------------------------------------------------------------------------------------- */

START_TEST(derivatives_of_w_to_the_fifth_to_order_5)
{
    gt_tensor *w = PARAMETER("w", 2), *gradient;
    gt_tape *tape = persistent_tape();
    gt_tape_begin(tape);
    gt_tensor *y = gt_mul(tape, gt_square(tape, gt_square(tape, w)), w);
    static const double expected[] = {80, 160, 240, 240, 120};
    for (int order = 0; order < 5; order++) {
        ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK);
        ck_assert(gt_tensor_item(gradient) == expected[order]);
        y = gradient;
    }
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(a_gradient_after_end_is_a_constant)
{
    gt_tensor *w = PARAMETER("w", 2), *gradient, *second;
    gt_tape *tape = persistent_tape();
    gt_tape_begin(tape);
    gt_tensor *y = gt_mul(tape, gt_square(tape, w), w);
    gt_tape_end(tape);
    gt_tape_gradient(tape, y, 1, &w, &gradient);
    ck_assert_int_eq(gt_tape_gradient(tape, gradient, 1, &w, &second), GT_OK);
    ck_assert_ptr_null(second);
    ck_assert_contains(gt_tape_why_no_gradient(tape, gradient, w), "was computed while the tape was not recording");
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(gradient_penalty_mixes_orders)
{
    gt_tensor *w = PARAMETER("w", 3), *x = VECTOR(2), *dx, *dw;
    gt_tape *tape = persistent_tape();
    gt_tape_watch(tape, x);
    gt_tape_begin(tape);
    gt_tensor *y = gt_mul(tape, gt_square(tape, w), x); /* w^2 x */
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &x, &dx), GT_OK);
    gt_tensor *loss = gt_add(tape, y, gt_square(tape, dx)); /* w^2 x + w^4 */
    ck_assert_int_eq(gt_tape_gradient(tape, loss, 1, &w, &dw), GT_OK);
    ck_assert_values(dw, 12 + 108);
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(x);
}
END_TEST

START_TEST(the_cotangent_can_be_differentiated)
{
    gt_tensor *w = PARAMETER("w", 3), *v = PARAMETER("v", 5), *dw, *dv;
    gt_tape *tape = persistent_tape();
    gt_tape_begin(tape);
    gt_tensor *y = gt_square(tape, w);
    const gt_gradient_options options = {.cotangents = &v};
    ck_assert_int_eq(gt_tape_gradient_with(tape, &y, 1, &w, &dw, &options), GT_OK);
    ck_assert_values(dw, 30);
    ck_assert_int_eq(gt_tape_gradient(tape, dw, 1, &v, &dv), GT_OK); /* the forward derivative */
    ck_assert_values(dv, 6);
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(v);
}
END_TEST

/* ---- failures inside -------------------------------------------------------------------------------------------- */

static void fail_once(gt_tape *tape, gt_tensor *y, gt_tensor *w, const char *message)
{
    gt_tensor *sources[] = {w, w}, *gradients[] = {w, w};
    int64_t length = gt_tape_length(tape);
    ck_assert_int_eq(gt_tape_gradient(tape, y, 2, sources, gradients), GT_ERR_VALUE);
    ck_assert_ptr_null(gradients[0]);
    ck_assert_ptr_null(gradients[1]);
    ck_assert_str_eq(gt_tape_message(tape), message);
    ck_assert_int_eq(gt_tape_status(tape), GT_OK);
    ck_assert_int_eq(gt_tape_length(tape), length);
}

START_TEST(failure_inside_gives_nothing_and_takes_all_back)
{
    gt_tensor *w = PARAMETER("w", 1, 2), *gradient;
    gt_tape *tape = gt_tape_new_with(&(gt_tape_options){.persistent = _i > 0});
    gt_tape_begin(tape);
    gt_tensor *h = gt_apply(tape, &moody, &w, 1, NULL);
    gt_tensor *y = gt_square(tape, gt_square(tape, h));
    if (_i < 2)
        gt_tape_end(tape); /* else the sweep is recorded */
    vjp_fails = true;
    fail_once(tape, y, w, "gradient of moody (node 1): moody: no gradient today");
    vjp_fails = false;
    kernel_fails_at = 2;
    fail_once(tape, y, w, "gradient of moody (node 1): moody: not today");
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK); /* as if nothing had been */
    ck_assert_values(gradient, 4, 32);
    ck_assert_str_eq(gt_tape_message(tape), "");
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

/* What a library function made inside is freed early, but not before the sweep has succeeded. */
START_TEST(a_one_shot_tape_can_be_asked_again_after_a_failure)
{
    gt_tensor *w = PARAMETER("w", 2), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *h = gt_apply(tape, &moody, &w, 1, NULL);
    gt_scope scope = gt_scope_begin(tape);
    gt_tensor *y = gt_scope_end(tape, scope, gt_square(tape, gt_exp(tape, gt_square(tape, h))));
    vjp_fails = true;
    fail_once(tape, y, w, "gradient of moody (node 1): moody: no gradient today");
    vjp_fails = false;
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK);
    ck_assert_double_eq_tol(gt_tensor_item(gradient), 4 * 2 * gt_tensor_item(y), 1e-9); /* exp(2 w^2) */
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(mistakes_of_a_vjp_are_named)
{
    static const char *messages[] = {
        "its vjp gave float64 (1, 2) for input 0, which is float64 (2,)",
        "its vjp gave float32 (2,) for input 0, which is float64 (2,)",
        "its vjp computed the gradient of input 1, which was not asked for",
        "mistaken: its vjp reads input 1, which `keeps` does not name",
        "its vjp's result: the tensor belongs to a step that was reset",
    };
    gt_tensor *w = PARAMETER("w", 1, 2), *x = VECTOR(3, 4), *gradient;
    gt_tape *tape = persistent_tape();
    dead_result = gt_add(tape, x, x);
    gt_tape_reset(tape);
    gt_tape_begin(tape);
    gt_tensor *y = gt_apply(tape, &mistaken, (gt_tensor *[]){w, x}, 2, NULL);
    y = gt_add(tape, y, gt_scale(tape, w, 2)); /* so that a wrong tensor would also meet another */
    mistake = _i;
    ck_assert_int_ne(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK);
    ck_assert_contains(gt_tape_message(tape), "gradient of mistaken (node 1): ");
    ck_assert_contains(gt_tape_message(tape), messages[_i]);
    ck_assert_ptr_null(gradient);
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(x);
}
END_TEST

int main(void)
{
    return run_suite("sweep", (const suite_test[]){
                                  TEST(chain_rule),
                                  TEST(shared_intermediate_is_summed_once_per_path),
                                  TEST(broadcast_is_summed_back),
                                  TEST(a_vjp_may_give_one_tensor_for_several_inputs),
                                  TEST(a_sum_of_70000_terms_counts_each_once),
                                  TEST(structural_zero_stops_a_path),
                                  TEST(only_the_part_between_source_and_target_is_visited),
                                  TEST(slices_accumulate),
                                  TEST(accumulation_never_changes_a_given_cotangent),
                                  TEST(gradients_share_memory_with_nothing),
                                  TEST(a_value_given_as_gradient_is_not_summed_into),
                                  TEST(repeated_gradient_gives_the_same_bits_not_twice_as_much),
                                  TEST(derivatives_of_w_to_the_fifth_to_order_5),
                                  TEST(a_gradient_after_end_is_a_constant),
                                  TEST(gradient_penalty_mixes_orders),
                                  TEST(the_cotangent_can_be_differentiated),
                                  LOOP_TEST(failure_inside_gives_nothing_and_takes_all_back, 3),
                                  TEST(a_one_shot_tape_can_be_asked_again_after_a_failure),
                                  LOOP_TEST(mistakes_of_a_vjp_are_named, 5),
                                  END_OF_TESTS,
                              });
}
