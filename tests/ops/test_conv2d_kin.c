/* gt_conv2d in groups and gt_conv2d_transpose, and the layers over them and over gt_gather: values worked by hand,
 * against plain formulas, gradients of both orders, bad calls. */
#include <math.h>
#include <string.h>

#include "core/gradcheck.h"
#include "models/layer.h"
#include "models/model.h"
#include "tests/support/layers.h"
#include "tests/support/messages.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

static gt_tape *tape;

static void make_tape(void)
{
    tape = gt_tape_new(GT_CPU);
}

static void free_tape(void)
{
    gt_tape_free(tape);
}

static gt_tensor *drawn(gt_shape shape, uint64_t stream)
{
    gt_tensor *tensor = gt_tensor_new(GT_FLOAT64, shape);
    gt_random random = gt_random_new(5, stream);
    gt_random_normal(&random, GT_FLOAT64, gt_tensor_size(tensor), 0, 1, gt_tensor_data_write(tensor));
    return tensor;
}

static double at4(const gt_tensor *tensor, int64_t a, int64_t b, int64_t c, int64_t d)
{
    const gt_shape shape = gt_tensor_shape(tensor);
    return gt_tensor_at(tensor, ((a * shape.dim[1] + b) * shape.dim[2] + c) * shape.dim[3] + d);
}

static void assert_fails(const gt_tensor *result, gt_status status, const char *message)
{
    ck_assert_ptr_null(result);
    ck_assert_int_eq(gt_tape_status(tape), status);
    ck_assert_contains(gt_tape_message(tape), message);
    gt_tape_reset(tape);
}

/* ---- groups ----------------------------------------------------------------------------------------------------- */

enum { IN = 36, SIZE = 3, OUT = 72 }; /* more groups than one concat takes */

/* The formula: filter o sees the channels of its group. */
static void assert_grouped(int64_t groups)
{
    gt_tensor *x = drawn(GT_SHAPE(1, SIZE, SIZE, IN), 1), *filter = drawn(GT_SHAPE(2, 2, IN / groups, OUT), 2);
    gt_tensor *bias = drawn(GT_SHAPE(OUT), 3);
    const gt_conv2d_options options = {.groups = groups};
    gt_tensor *y = gt_conv2d_bias(tape, x, filter, bias, &options);
    ck_assert_msg(y != NULL, "%s", gt_tape_message(tape));
    assert_shape(gt_tensor_shape(y), GT_SHAPE(1, SIZE - 1, SIZE - 1, OUT));
    for (int64_t i = 0; i < 2; i++)
        for (int64_t j = 0; j < 2; j++)
            for (int64_t o = 0; o < OUT; o++) {
                const int64_t first = o / (OUT / groups) * (IN / groups);
                double sum = gt_tensor_at(bias, o);
                for (int64_t u = 0; u < 2; u++)
                    for (int64_t v = 0; v < 2; v++)
                        for (int64_t c = 0; c < IN / groups; c++)
                            sum += at4(x, 0, i + u, j + v, first + c) * at4(filter, u, v, c, o);
                ck_assert_msg(fabs(at4(y, 0, i, j, o) - sum) < 1e-12, "(%d, %d, %d)", (int)i, (int)j, (int)o);
            }
    gt_tensor_free(x);
    gt_tensor_free(filter);
    gt_tensor_free(bias);
}

START_TEST(each_group_has_filters_of_its_own)
{
    assert_grouped(1);
    assert_grouped(2);
    assert_grouped(12);
    assert_grouped(IN); /* depthwise, two filters a channel */
}
END_TEST

START_TEST(groups_that_cannot_be_are_named)
{
    gt_tensor *x = drawn(GT_SHAPE(1, 3, 3, 4), 1), *filter = drawn(GT_SHAPE(2, 2, 2, 6), 2);
    assert_fails(gt_conv2d(tape, x, filter, &(gt_conv2d_options){.groups = 3}), GT_ERR_SHAPE, "in 3 groups");
    assert_fails(gt_conv2d(tape, x, filter, &(gt_conv2d_options){.groups = 4}), GT_ERR_SHAPE, "in 4 groups");
    assert_fails(gt_conv2d(tape, x, filter, &(gt_conv2d_options){.groups = -1}), GT_ERR_ARGUMENT, "groups is -1");
    assert_fails(gt_conv2d(tape, NULL, filter, &(gt_conv2d_options){.groups = 2}), GT_ERR_ARGUMENT, "NULL");
    assert_fails(gt_conv2d_bias(tape, x, filter, NULL, &(gt_conv2d_options){.groups = 2}), GT_ERR_ARGUMENT, "NULL");
    gt_tensor_free(x);
    gt_tensor_free(filter);
}
END_TEST

/* ---- transposed ------------------------------------------------------------------------------------------------- */

START_TEST(each_entry_is_spread_by_the_filter)
{
    /* One channel: x[0, 0] and x[0, 1], two apart, each times the filter. */
    const double xs[] = {1, 10}, fs[] = {1, 2, 3, 4};
    gt_tensor *x = gt_tensor_from(GT_FLOAT64, GT_SHAPE(1, 1, 2, 1), xs);
    gt_tensor *filter = gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 2, 1, 1), fs);
    gt_tensor *y = gt_conv2d_transpose(tape, x, filter, &(gt_conv2d_options){.stride = {2, 2}});
    assert_shape(gt_tensor_shape(y), GT_SHAPE(1, 2, 4, 1));
    ck_assert_values(y, 1, 2, 10, 20, 3, 4, 30, 40);
    /* One apart they overlap. */
    ck_assert_values(gt_conv2d_transpose(tape, x, filter, NULL), 1, 12, 20, 3, 34, 40);
    /* A column less on the left. */
    const gt_conv2d_options cut = {.padding = GT_PADDING_EXPLICIT, .left = 1};
    ck_assert_values(gt_conv2d_transpose(tape, x, filter, &cut), 12, 20, 34, 40);
    gt_tensor_free(x);
    gt_tensor_free(filter);
}
END_TEST

/* Keras' Conv2DTranspose: as many strides as there are entries. */
START_TEST(a_stride_beyond_the_filter_leaves_zeros_at_the_end)
{
    const double xs[] = {1, 10}, fs[] = {1, 2, 3, 4};
    gt_tensor *x = gt_tensor_from(GT_FLOAT64, GT_SHAPE(1, 1, 2, 1), xs);
    gt_tensor *filter = gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 2, 1, 1), fs);
    gt_tensor *y = gt_conv2d_transpose(tape, x, filter, &(gt_conv2d_options){.stride = {3, 3}});
    assert_shape(gt_tensor_shape(y), GT_SHAPE(1, 3, 6, 1));
    ck_assert_values(y, 1, 2, 0, 10, 20, 0, 3, 4, 0, 30, 40, 0, 0, 0, 0, 0, 0, 0);
    gt_layer *layer =
        built(gt_layer_conv2d_transpose(1, 2, 2, &(gt_conv2d_layer_options){.convolution = {.stride = {3, 3}}}),
              GT_SHAPE(1, 2, 1));
    assert_shape(gt_tensor_shape(gt_layer_call(layer, tape, x, false)), GT_SHAPE(1, 3, 6, 1));
    gt_layer_free(layer);
    gt_tensor_free(x);
    gt_tensor_free(filter);
}
END_TEST

/* PyTorch's ConvTranspose2d(stride=2, padding=1, output_padding=1) along a row: 1 2 13 20 30, less the first. */
START_TEST(output_padding_is_less_padding_at_the_end)
{
    const double xs[] = {1, 10}, fs[] = {1, 2, 3};
    gt_tensor *x = gt_tensor_from(GT_FLOAT64, GT_SHAPE(1, 1, 2, 1), xs);
    gt_tensor *filter = gt_tensor_from(GT_FLOAT64, GT_SHAPE(1, 3, 1, 1), fs);
    const gt_conv2d_options options = {.stride = {1, 2}, .padding = GT_PADDING_EXPLICIT, .left = 1, .right = 1 - 1};
    ck_assert_values(gt_conv2d_transpose(tape, x, filter, &options), 2, 13, 20, 30);
    gt_tensor_free(x);
    gt_tensor_free(filter);
}
END_TEST

START_TEST(it_is_conv2d_turned_round)
{
    /* <conv2d(a), x> is <a, transpose(x)> for every a: SAME, with a stride. */
    const gt_conv2d_options options = {.stride = {2, 3}, .padding = GT_PADDING_SAME};
    gt_tensor *x = drawn(GT_SHAPE(2, 3, 2, 4), 1), *filter = drawn(GT_SHAPE(3, 2, 5, 4), 2);
    gt_tensor *y = gt_conv2d_transpose(tape, x, filter, &options);
    assert_shape(gt_tensor_shape(y), GT_SHAPE(2, 6, 6, 5));
    gt_tensor *a = drawn(GT_SHAPE(2, 6, 6, 5), 3);
    gt_tensor *there = gt_sum(tape, gt_mul(tape, gt_conv2d(tape, a, filter, &options), x), NULL);
    gt_tensor *back = gt_sum(tape, gt_mul(tape, a, y), NULL);
    ck_assert(fabs(gt_tensor_item(there) - gt_tensor_item(back)) < 1e-10);
    gt_tensor_free(x);
    gt_tensor_free(filter);
    gt_tensor_free(a);
}
END_TEST

START_TEST(what_cannot_be_transposed_is_named)
{
    gt_tensor *x = drawn(GT_SHAPE(1, 2, 2, 3), 1), *filter = drawn(GT_SHAPE(2, 2, 4, 3), 2);
    gt_tensor *other = drawn(GT_SHAPE(2, 2, 3, 4), 3);
    assert_fails(gt_conv2d_transpose(tape, x, other, NULL), GT_ERR_SHAPE, "(f_h, f_w, out, in) are expected");
    assert_fails(gt_conv2d_transpose(tape, x, NULL, NULL), GT_ERR_ARGUMENT, "NULL");
    assert_fails(gt_conv2d_transpose(tape, NULL, filter, NULL), GT_ERR_ARGUMENT, "NULL");
    assert_fails(gt_conv2d_transpose(tape, x, filter, &(gt_conv2d_options){.groups = 3}), GT_ERR_UNSUPPORTED, "groups");
    assert_fails(gt_conv2d_transpose(tape, x, filter, &(gt_conv2d_options){.stride = {-1, 1}}), GT_ERR_ARGUMENT,
                 "stride");
    assert_fails(gt_conv2d_transpose(tape, x, filter,
                                     &(gt_conv2d_options){.padding = GT_PADDING_EXPLICIT, .top = 2, .bottom = 1}),
                 GT_ERR_SHAPE, "give none");
    gt_tensor *const all[] = {x, filter, other};
    for (int i = 0; i < 3; i++)
        gt_tensor_free(all[i]);
}
END_TEST

/* ---- gradients -------------------------------------------------------------------------------------------------- */

static gt_status run_groups(gt_tape *on, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    outputs[0] = gt_conv2d(on, inputs[0], inputs[1], context);
    return GT_OK;
}

static gt_status run_transpose(gt_tape *on, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    outputs[0] = gt_conv2d_transpose(on, inputs[0], inputs[1], context);
    return GT_OK;
}

START_TEST(gradients_of_both_orders_are_right)
{
    gt_conv2d_options depthwise = {.groups = 3, .padding = GT_PADDING_SAME}, wide = {.stride = {2, 1}};
    gt_tensor *x = drawn(GT_SHAPE(1, 3, 3, 3), 1), *filter = drawn(GT_SHAPE(2, 2, 1, 6), 2);
    gt_tensor *spread = drawn(GT_SHAPE(2, 2, 2, 3), 3);
    const gt_function functions[] = {{.name = "groups", .outputs = 1, .run = run_groups, .context = &depthwise},
                                     {.name = "transpose", .outputs = 1, .run = run_transpose, .context = &wide}};
    gt_tensor *inputs[2][2] = {{x, filter}, {x, spread}};
    gt_gradcheck_report report;
    for (int order = 1; order <= 2; order++)
        ck_assert_msg(gt_gradcheck(&functions[_i], 2, inputs[_i], &(gt_gradcheck_options){.order = order}, &report) ==
                          GT_OK,
                      "order %d: %s", order, report.message);
    gt_tensor_free(x);
    gt_tensor_free(filter);
    gt_tensor_free(spread);
}
END_TEST

/* ---- layers ----------------------------------------------------------------------------------------------------- */

START_TEST(a_layer_in_groups_has_smaller_filters)
{
    gt_layer *layer =
        built(gt_layer_conv2d(8, 3, 3, &(gt_conv2d_layer_options){.convolution = {.groups = 4}}), GT_SHAPE(5, 5, 4));
    assert_shape(gt_tensor_shape(gt_layer_weight(layer, 0)), GT_SHAPE(3, 3, 1, 8));
    gt_tensor *x = drawn(GT_SHAPE(2, 5, 5, 4), 1);
    assert_shape(gt_tensor_shape(gt_layer_call(layer, tape, x, false)), GT_SHAPE(2, 3, 3, 8));
    gt_layer *uneven = gt_layer_conv2d(8, 3, 3, &(gt_conv2d_layer_options){.convolution = {.groups = 3}});
    gt_random random = gt_random_new(1, 0);
    ck_assert_int_eq(gt_layer_build(uneven, GT_SHAPE(5, 5, 4), GT_FLOAT64, &random), GT_ERR_SHAPE);
    assert_message("4 channels and 8 filters cannot be shared out among 3 groups");
    gt_tensor_free(x);
    gt_layer_free(layer);
    gt_layer_free(uneven);
}
END_TEST

START_TEST(a_transposed_layer_makes_larger_images)
{
    const gt_conv2d_layer_options options = {.activation = GT_RELU,
                                             .convolution = {.stride = {2, 2}, .padding = GT_PADDING_SAME},
                                             .bias_initializer = GT_INIT_ONE};
    gt_layer *layer = built(gt_layer_conv2d_transpose(3, 4, 4, &options), GT_SHAPE(5, 6, 2));
    ck_assert_str_eq(gt_layer_type(layer), "Conv2DTranspose");
    assert_shape(gt_tensor_shape(gt_layer_weight(layer, 0)), GT_SHAPE(4, 4, 3, 2));
    gt_tensor *zeros = gt_tensor_new(GT_FLOAT64, GT_SHAPE(1, 5, 6, 2)), *y = gt_layer_call(layer, tape, zeros, false);
    assert_shape(gt_tensor_shape(y), GT_SHAPE(1, 10, 12, 3));
    ck_assert(gt_tensor_at(y, 0) == 1); /* the bias */
    gt_tensor_free(zeros);
    gt_layer_free(layer);
    ck_assert_ptr_null(gt_layer_conv2d_transpose(0, 4, 4, NULL));
}
END_TEST

START_TEST(an_embedding_gives_rows_and_learns_them)
{
    gt_layer *layer = built(gt_layer_embedding(5, 2, NULL), GT_SHAPE(3));
    gt_tensor *table = gt_layer_weight_named(layer, "embeddings"), *gradient;
    for (int64_t i = 0; i < 10; i++)
        ck_assert(fabs(gt_tensor_at(table, i)) <= 0.05);
    const double values[] = {4, 0, 4, 1, 1, 4};
    gt_tensor *x = gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 3), values);
    gt_tape_begin(tape);
    gt_tensor *y = gt_layer_call(layer, tape, x, true);
    gt_tape_end(tape);
    assert_shape(gt_tensor_shape(y), GT_SHAPE(2, 3, 2));
    for (int64_t i = 0; i < 6; i++)
        for (int64_t k = 0; k < 2; k++)
            ck_assert(gt_tensor_at(y, 2 * i + k) == gt_tensor_at(table, 2 * (int64_t)values[i] + k));
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &table, &gradient), GT_OK);
    ck_assert_values(gradient, 1, 1, 2, 2, 0, 0, 0, 0, 3, 3); /* how often each was asked for */
    gt_tape_reset(tape);
    gt_tensor *outside = gt_tensor_from(GT_FLOAT64, GT_SHAPE(1, 3), (const double[]){0, 5, 0});
    assert_fails(gt_layer_call(layer, tape, outside, false), GT_ERR_VALUE, "5");
    gt_tensor *between = gt_tensor_from(GT_FLOAT64, GT_SHAPE(1, 3), (const double[]){0, 4, 1.5});
    assert_fails(gt_layer_call(layer, tape, between, false), GT_ERR_VALUE,
                 "to_indices: 1.5 at position 2, expected a whole number 0 <= index < 5");
    gt_tensor_free(between);
    gt_tensor_free(x);
    gt_tensor_free(outside);
    gt_layer_free(layer);
    ck_assert_ptr_null(gt_layer_embedding(0, 2, NULL));
    ck_assert_ptr_null(gt_layer_embedding(2, 0, NULL));
    assert_message("embedding: 2 rows of 0: positive numbers are expected");
}
END_TEST

START_TEST(an_embedding_takes_int32_as_it_is)
{
    gt_layer *layer = gt_layer_embedding(5, 2, NULL);
    gt_tensor *x = gt_tensor_from(GT_INT32, GT_SHAPE(1, 2), (const int32_t[]){3, 0});
    gt_tensor *y = gt_layer_call(layer, tape, x, false);
    ck_assert_msg(y != NULL, "%s", gt_tape_message(tape));
    assert_shape(gt_tensor_shape(y), GT_SHAPE(1, 2, 2));
    ck_assert_int_eq(gt_tensor_dtype(y), GT_FLOAT32);
    ck_assert(gt_tensor_at(y, 1) == gt_tensor_at(gt_layer_weight(layer, 0), 7));
    gt_tensor *bytes = gt_tensor_from(GT_UINT8, GT_SHAPE(1, 2), (const uint8_t[]){3, 0});
    assert_fails(gt_layer_call(layer, tape, bytes, false), GT_ERR_DTYPE, "is uint8");
    gt_tensor_free(x);
    gt_tensor_free(bytes);
    gt_layer_free(layer);
}
END_TEST

int main(void)
{
    return run_suite_with(
        "conv2d_kin", make_tape, free_tape,
        (const suite_test[]){
            TEST(each_group_has_filters_of_its_own), TEST(groups_that_cannot_be_are_named),
            TEST(each_entry_is_spread_by_the_filter), TEST(a_stride_beyond_the_filter_leaves_zeros_at_the_end),
            TEST(output_padding_is_less_padding_at_the_end), TEST(it_is_conv2d_turned_round),
            TEST(what_cannot_be_transposed_is_named), LOOP_TEST(gradients_of_both_orders_are_right, 2),
            TEST(a_layer_in_groups_has_smaller_filters), TEST(a_transposed_layer_makes_larger_images),
            TEST(an_embedding_gives_rows_and_learns_them), TEST(an_embedding_takes_int32_as_it_is), END_OF_TESTS});
}
