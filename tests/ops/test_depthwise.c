/* depthwise_conv2d, also as gt_conv2d with as many groups as channels: values by hand, against conv2d, wide tensors,
 * messages, threads. Samples against references, and gradients against differences, are test_registry's. */
#include <string.h>

#include "core/threads.h"
#include "ops/ops.h"
#include "tests/support/composed.h"
#include "tests/support/suite.h"
#include "tests/support/tapes.h"

START_TEST(each_channel_has_filters_of_its_own)
{
    /* Two channels, (1, 10), (2, 20), (3, 30) in a row; two filters each, of one row and two columns. */
    gt_tensor *x = variable(GT_SHAPE(1, 1, 3, 2), VALUES(1, 10, 2, 20, 3, 30));
    gt_tensor *filter = variable(GT_SHAPE(1, 2, 2, 2), VALUES(1, 2, 3, 4, /* */ 10, 20, 30, 40));
    gt_tensor *y = gt_depthwise_conv2d(tape, x, filter, NULL);
    expect(y, GT_SHAPE(1, 1, 2, 4), VALUES(21, 42, 630, 840, 32, 64, 960, 1280), 0);
    gt_tensor *weights = constant(GT_FLOAT64, GT_SHAPE(1, 1, 2, 4), VALUES(1, 0, 0, 1, 0, 2, 0, 0));
    gt_tensor *weighted = gt_mul(tape, y, weights);
    expect(gradient(weighted, x), GT_SHAPE(1, 1, 3, 2), VALUES(1, 4, 10 + 4, 40, 40, 0), 0);
    expect(gradient(weighted, filter), GT_SHAPE(1, 2, 2, 2), VALUES(1, 4, 0, 10, 2, 6, 0, 20), 0);
}
END_TEST

/* A filter (f_h, f_w, in, in m) that is 0 but where channel c meets its own outputs. */
static gt_tensor *spread_out(const gt_tensor *filter)
{
    const gt_shape from = gt_tensor_shape(filter);
    const int64_t in = from.dim[2], m = from.dim[3], out = in * m;
    gt_tensor *whole = own(gt_tensor_new(GT_FLOAT64, GT_SHAPE(from.dim[0], from.dim[1], in, out)));
    double *to = gt_tensor_data_write(whole);
    memset(to, 0, (size_t)gt_tensor_size(whole) * sizeof *to);
    for (int64_t i = 0; i < gt_tensor_size(filter); i++)
        to[i / out * in * out + i / m % in * out + i % out] = gt_tensor_at(filter, i);
    return whole;
}

START_TEST(it_is_conv2d_with_a_filter_of_zeros_elsewhere)
{
    static const gt_conv2d_options options[] = {
        {.padding = GT_PADDING_SAME},
        {.stride = {2, 3}, .padding = GT_PADDING_SAME},
        {.stride = {1, 2}, .dilation = {2, 2}, .padding = GT_PADDING_EXPLICIT, .top = 3, .right = 1},
        {.stride = {5, 4}},
    };
    gt_tensor *x = random_tensor(GT_FLOAT64, GT_SHAPE(3, 11, 9, 70), 1);
    for (int64_t multiplier = 1; multiplier <= 2; multiplier++) {
        gt_tensor *filter = random_tensor(GT_FLOAT64, GT_SHAPE(3, 2, 70, multiplier), 2);
        gt_tensor *y = gt_depthwise_conv2d(tape, x, filter, &options[_i]);
        gt_tensor *expected = gt_conv2d(tape, x, spread_out(filter), &options[_i]);
        expect(y, gt_tensor_shape(expected), gt_tensor_data(expected), 1e-13);
    }
}
END_TEST

static const gt_conv2d_options of_channels = {.padding = GT_PADDING_SAME, .groups = 3};

/* A bias and relu behind it, by way of groups; at points away from relu's kink. */
static gt_tensor *grouped(gt_tape *on, gt_tensor *const inputs[])
{
    return gt_conv2d_bias_relu(on, inputs[0], inputs[1], inputs[2], &of_channels);
}

START_TEST(as_many_groups_as_channels_are_depthwise)
{
    gt_tensor *input[] = {random_tensor(GT_FLOAT64, GT_SHAPE(2, 3, 4, 3), 1),
                          random_tensor(GT_FLOAT64, GT_SHAPE(2, 2, 1, 6), 2),
                          random_tensor(GT_FLOAT64, GT_SHAPE(6), 3)};
    const gt_conv2d_options same = {.padding = GT_PADDING_SAME};
    gt_tensor *filter = gt_reshape(tape, input[1], GT_SHAPE(2, 2, 3, 2));
    gt_tensor *plain = gt_depthwise_conv2d(tape, input[0], filter, &same);
    gt_tensor *biased = gt_add(tape, plain, input[2]);
    const gt_shape shape = GT_SHAPE(2, 3, 4, 6);
    expect(gt_conv2d(tape, input[0], input[1], &of_channels), shape, gt_tensor_data(plain), 0);
    expect(gt_conv2d_bias(tape, input[0], input[1], input[2], &of_channels), shape, gt_tensor_data(biased), 0);
    expect(grouped(tape, input), shape, gt_tensor_data(gt_relu(tape, biased)), 0);
    gradients_agree("conv2d_bias_relu by channels", grouped, 3, input);
}
END_TEST

START_TEST(bad_input_is_named)
{
    gt_tensor *x = random_tensor(GT_FLOAT64, GT_SHAPE(1, 3, 3, 2), 1);
    gt_tensor *three = random_tensor(GT_FLOAT64, GT_SHAPE(2, 2, 3, 1), 2);
    gt_tensor *large = random_tensor(GT_FLOAT64, GT_SHAPE(4, 1, 2, 1), 3);
    gt_tensor *single = random_tensor(GT_FLOAT32, GT_SHAPE(2, 2, 2, 1), 4);
    gt_tensor *filter = random_tensor(GT_FLOAT64, GT_SHAPE(2, 2, 2, 1), 5);
    gt_tensor *turned = random_tensor(GT_FLOAT64, GT_SHAPE(2, 2, 1, 2), 6);
    gt_tensor *one = random_tensor(GT_FLOAT64, GT_SHAPE(1), 7);
    expect_error(gt_depthwise_conv2d(tape, x, three, NULL), GT_ERR_SHAPE,
                 "depthwise_conv2d: channels differ: images (1, 3, 3, 2), filter (2, 2, 3, 1)");
    expect_error(gt_depthwise_conv2d(tape, x, large, NULL), GT_ERR_SHAPE, "depthwise_conv2d: the filter (4, 1, 2, 1)");
    expect_error(gt_depthwise_conv2d(tape, x, single, NULL), GT_ERR_DTYPE, "depthwise_conv2d: dtypes differ");
    expect_error(gt_depthwise_conv2d(tape, one, filter, NULL), GT_ERR_SHAPE, "depthwise_conv2d: images");
    expect_error(gt_depthwise_conv2d(tape, x, NULL, NULL), GT_ERR_ARGUMENT, "depthwise_conv2d: input 1 is NULL");
    expect_error(gt_depthwise_conv2d(tape, x, filter, &(gt_conv2d_options){.groups = 2}), GT_ERR_ARGUMENT,
                 "depthwise_conv2d: groups is 2");
    const gt_conv2d_options two = {.groups = 2};
    expect_error(gt_conv2d_bias(tape, x, turned, one, &two), GT_ERR_SHAPE,
                 "conv2d_bias: the biases are (1,), (2,) are expected");
    expect_error(gt_conv2d_bias(tape, x, turned, NULL, &two), GT_ERR_ARGUMENT, "conv2d_bias: input 2 is NULL");
}
END_TEST

static gt_tensor *result_or_gradient(int which, gt_tensor *x, gt_tensor *filter)
{
    gt_tensor *y = gt_depthwise_conv2d(tape, x, filter, &(gt_conv2d_options){.padding = GT_PADDING_SAME});
    return which == 0 ? y : gradient(gt_square(tape, y), which == 1 ? x : filter);
}

START_TEST(bits_do_not_depend_on_threads)
{
    gt_tensor *x = random_tensor(GT_FLOAT32, GT_SHAPE(5, 23, 19, 33), 1);
    gt_tensor *filter = random_tensor(GT_FLOAT32, GT_SHAPE(3, 3, 33, 1 + _i % 2), 2);
    gt_tape_watch(tape, x);
    gt_tape_watch(tape, filter);
    gt_set_threads(1);
    const gt_tensor *one = result_or_gradient(_i / 2, x, filter);
    for (int threads = 2; threads <= 5; threads += 3) {
        gt_set_threads(threads);
        const gt_tensor *several = result_or_gradient(_i / 2, x, filter);
        ck_assert_mem_eq(gt_tensor_data(one), gt_tensor_data(several), (size_t)gt_tensor_size(one) * 4);
    }
}
END_TEST

int main(void)
{
    return run_suite_with("depthwise", open_tape, close_tape,
                          (const suite_test[]){TEST(each_channel_has_filters_of_its_own),
                                               LOOP_TEST(it_is_conv2d_with_a_filter_of_zeros_elsewhere, 4),
                                               TEST(as_many_groups_as_channels_are_depthwise), TEST(bad_input_is_named),
                                               LOOP_TEST(bits_do_not_depend_on_threads, 6), END_OF_TESTS});
}
