/* conv2d: cases of PyTorch and of the course, edges, messages, threads. Samples against references, and gradients
 * against differences, are test_registry's. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/threads.h"
#include "ops/grads.h"
#include "ops/ops.h"
#include "tests/support/cases.h"
#include "tests/support/suite.h"
#include "tests/support/tapes.h"
#include "tests/support/torch.h"

static gt_tensor *ones(gt_shape shape)
{
    return gt_fill(tape, GT_FLOAT64, shape, 1);
}

static gt_conv2d_options options_of(const case_row *row)
{
    return (gt_conv2d_options){
        .stride = {case_integer(row, "stride_h", 1), case_integer(row, "stride_w", 1)},
        .dilation = {case_integer(row, "dilation_h", 1), case_integer(row, "dilation_w", 1)},
        .padding = torch_padding(row),
        .top = case_integer(row, "top", 0),
        .bottom = case_integer(row, "bottom", 0),
        .left = case_integer(row, "left", 0),
        .right = case_integer(row, "right", 0),
    };
}

/* The tolerance is of the largest entry, since sums round as their terms do; of 1 where all are smaller. */
static void expect_relative(const gt_tensor *tensor, const char *folder, const char *array, double tolerance)
{
    npy_array read;
    if (!npy_case(folder, array, &read))
        ck_abort_msg("%s", npy_message());
    double largest = 1;
    for (int64_t i = 0; i < read.count; i++)
        largest = fmax(largest, fabs(read.values[i]));
    npy_free(&read);
    expect_case(tensor, folder, array, tolerance * largest);
}

START_TEST(torch_cases)
{
    case_list cases;
    if (!cases_read("conv2d", &cases))
        ck_abort_msg("%s", npy_message());
    int ran = 0;
    for (size_t i = 0; i < cases.count; i++) {
        const case_row *row = &cases.row[i];
        if (case_integer(row, "groups", 1) != 1)
            continue; /* conv2d has no groups */
        char folder[64];
        snprintf(folder, sizeof folder, "torch_cases/conv2d/%s", row->name);
        gt_tensor *x = from_case(folder, "x", GT_FLOAT64), *filter = from_case(folder, "filter", GT_FLOAT64);
        gt_tensor *dy = from_case(folder, "dy", GT_FLOAT64), *sources[] = {x, filter}, *gradients[2];
        gt_tape_watch(tape, x);
        gt_tape_watch(tape, filter);
        const gt_conv2d_options options = options_of(row);
        gt_tensor *y = gt_conv2d(tape, x, filter, &options);
        expect_relative(y, folder, "y", 1e-10);
        ck_assert_int_eq(
            gt_tape_gradient_with(tape, &y, 2, sources, gradients, &(gt_gradient_options){.cotangents = &dy}), GT_OK);
        expect_relative(gradients[0], folder, "dx", 1e-10);
        expect_relative(gradients[1], folder, "dfilter", 1e-10);
        ran++;
    }
    ck_assert_int_eq(ran, 19); /* of 22: three have groups */
    cases_free(&cases);
}
END_TEST

/* The convolution labs: stride 1 and padding 2, and the original notebook's stride 2; with a bias added once. */
static gt_tensor *lab_convolution(gt_tensor *x, gt_tensor *w, gt_tensor *b, int64_t stride)
{
    const gt_conv2d_options options = {
        .stride = {stride, stride}, .padding = GT_PADDING_EXPLICIT, .top = 2, .bottom = 2, .left = 2, .right = 2};
    return gt_add(tape, gt_conv2d(tape, x, w, &options), b);
}

static void expect_lab_gradients(gt_tensor *z, gt_tensor *dz, gt_tensor *const sources[3], const char *folder,
                                 const char *suffix)
{
    static const char *const names[] = {"dA", "dW", "db"};
    gt_tensor *gradients[3];
    ck_assert_int_eq(gt_tape_gradient_with(tape, &z, 3, sources, gradients, &(gt_gradient_options){.cotangents = &dz}),
                     GT_OK);
    for (int i = 0; i < 3; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s", names[i], suffix);
        expect_relative(gradients[i], folder, name, 1e-11);
    }
}

START_TEST(lab_forward_and_backward_are_the_seed_cases)
{
    const char *forward = "seed_cases/conv_forward", *backward = "seed_cases/conv_backward";
    gt_tensor *sources[3];
    static const char *const inputs[] = {"A_prev", "W", "b"};
    for (int i = 0; i < 3; i++) {
        sources[i] = from_case(forward, inputs[i], GT_FLOAT64);
        gt_tape_watch(tape, sources[i]);
    }
    gt_tensor *z = lab_convolution(sources[0], sources[1], sources[2], 1);
    expect_case(z, forward, "Z", 1e-12);
    expect_lab_gradients(z, from_case(backward, "dZ", GT_FLOAT64), sources, backward, "");
    /* The document's backward is right, and takes its own wrong Z. */
    expect_lab_gradients(z, from_case(backward, "dZ_seedbug", GT_FLOAT64), sources, backward, "_dZ_seedbug");
}
END_TEST

START_TEST(lab_with_stride_two_is_the_seed_case)
{
    const char *folder = "seed_cases/conv_forward_stride2";
    gt_tensor *sources[3];
    static const char *const inputs[] = {"A_prev", "W", "b"};
    for (int i = 0; i < 3; i++) {
        sources[i] = from_case(folder, inputs[i], GT_FLOAT64);
        gt_tape_watch(tape, sources[i]);
    }
    gt_tensor *z = lab_convolution(sources[0], sources[1], sources[2], 2);
    expect_case(z, folder, "Z", 1e-12);
    expect_lab_gradients(z, z, sources, folder, "");
}
END_TEST

START_TEST(single_step_is_the_seed_case)
{
    const char *folder = "seed_cases/conv_single_step";
    gt_tensor *x = gt_reshape(tape, from_case(folder, "a", GT_FLOAT64), GT_SHAPE(1, 4, 4, 3));
    gt_tensor *filter = gt_reshape(tape, from_case(folder, "W", GT_FLOAT64), GT_SHAPE(4, 4, 3, 1));
    gt_tensor *z = gt_add(tape, gt_conv2d(tape, x, filter, NULL), from_case(folder, "b", GT_FLOAT64));
    expect_case(gt_reshape(tape, z, GT_SHAPE(1)), folder, "Z_correct", 1e-12);
}
END_TEST

/* Explicit padding is what gt_zero_pad does before a valid convolution. */
START_TEST(padding_is_a_border_of_zeros)
{
    gt_tensor *x = from_case("seed_cases/zero_pad", "x", GT_FLOAT64);
    gt_tensor *one = ones(GT_SHAPE(1, 1, 2, 1));
    gt_tensor *copied =
        gt_conv2d(tape, x, one,
                  &(gt_conv2d_options){.padding = GT_PADDING_EXPLICIT, .top = 2, .bottom = 2, .left = 2, .right = 2});
    gt_tensor *padded = from_case("seed_cases/zero_pad", "x_pad", GT_FLOAT64);
    gt_tensor *sums = gt_sum(tape, padded, &(gt_axes){1, {-1}, true});
    for (int64_t i = 0; i < gt_tensor_size(sums); i++)
        ck_assert_double_eq(gt_tensor_at(copied, i), gt_tensor_at(sums, i));
    ck_assert_int_eq(gt_tensor_size(copied), 4 * 7 * 7);
}
END_TEST

/* The signs network of the labs: SAME convolutions and poolings, shapes after each layer. */
START_TEST(shapes_of_the_signs_network_are_the_seed_case)
{
    gt_tensor *x = ones(GT_SHAPE(1, 64, 64, 3));
    gt_tensor *layer[4];
    const gt_conv2d_options same = {.padding = GT_PADDING_SAME};
    layer[0] = gt_conv2d(tape, x, ones(GT_SHAPE(4, 4, 3, 8)), &same);
    layer[1] = gt_max_pool2d(tape, layer[0], &(gt_pool2d_options){.window = {8, 8}, .padding = GT_PADDING_SAME});
    layer[2] = gt_conv2d(tape, layer[1], ones(GT_SHAPE(2, 2, 8, 16)), &same);
    layer[3] = gt_max_pool2d(tape, layer[2], &(gt_pool2d_options){.window = {4, 4}, .padding = GT_PADDING_SAME});
    double shapes[12];
    for (int i = 0; i < 4; i++)
        for (int axis = 0; axis < 3; axis++)
            shapes[3 * i + axis] = (double)gt_tensor_dim(layer[i], 1 + axis);
    expect_case(constant(GT_FLOAT64, GT_SHAPE(4, 3), shapes), "seed_cases/signs_convnet", "shapes", 0);
}
END_TEST

START_TEST(cross_correlation_by_hand)
{
    gt_tensor *x = variable(GT_SHAPE(1, 2, 3, 1), VALUES(1, 2, 3, 4, 5, 6));
    gt_tensor *filter = variable(GT_SHAPE(1, 2, 1, 1), VALUES(10, 1));
    gt_tensor *y = gt_conv2d(tape, x, filter, NULL);
    expect(y, GT_SHAPE(1, 2, 2, 1), VALUES(12, 23, 45, 56), 0);
    expect(gradient(y, x), GT_SHAPE(1, 2, 3, 1), VALUES(10, 11, 1, 10, 11, 1), 0);
    expect(gradient(y, filter), GT_SHAPE(1, 2, 1, 1), VALUES(12, 16), 0);
    gt_tensor *same = gt_conv2d(tape, x, filter, &(gt_conv2d_options){.padding = GT_PADDING_SAME, .stride = {2, 0}});
    expect(same, GT_SHAPE(1, 1, 3, 1), VALUES(12, 23, 30), 0); /* the odd zero goes behind */
}
END_TEST

/* y is bilinear: its mixed second derivative is an ordinary convolution again, and the pure ones vanish. */
START_TEST(second_derivative_by_hand)
{
    gt_tensor *x = variable(GT_SHAPE(1, 1, 3, 1), VALUES(1, 2, 3));
    gt_tensor *filter = variable(GT_SHAPE(1, 2, 1, 1), VALUES(10, 1));
    gt_tensor *y = gt_conv2d(tape, x, filter, NULL);
    gt_tensor *dx = gradient(y, x); /* (10, 11, 1) */
    gt_tensor *target = gt_mul(tape, dx, x), *second = gradient(target, filter);
    expect(second, GT_SHAPE(1, 2, 1, 1), VALUES(3, 5), 0);
    gt_tensor *none = x;
    ck_assert_int_eq(gt_tape_gradient(tape, dx, 1, &x, &none), GT_OK);
    ck_assert_ptr_null(none);
}
END_TEST

START_TEST(empty_batches_have_zero_filter_gradients)
{
    gt_tensor *x = own(gt_tensor_new(GT_FLOAT64, GT_SHAPE(0, 3, 3, 2)));
    gt_tensor *filter = own(gt_tensor_new(GT_FLOAT64, GT_SHAPE(2, 2, 2, 1)));
    gt_tape_watch(tape, filter);
    gt_tensor *y = gt_conv2d(tape, x, filter, NULL);
    expect(y, GT_SHAPE(0, 2, 2, 1), NULL, 0);
    expect(gradient(y, filter), GT_SHAPE(2, 2, 2, 1), VALUES(0, 0, 0, 0, 0, 0, 0, 0), 0);
}
END_TEST

START_TEST(shapes_that_do_not_fit_are_named)
{
    expect_error(gt_conv2d(tape, ones(GT_SHAPE(2, 5, 5, 3)), ones(GT_SHAPE(3, 3, 4, 8)), NULL), GT_ERR_SHAPE,
                 "conv2d: channels differ: images (2, 5, 5, 3), filter (3, 3, 4, 8)");
    expect_error(gt_conv2d(tape, ones(GT_SHAPE(2, 2, 5, 1)), ones(GT_SHAPE(3, 3, 1, 1)), NULL), GT_ERR_SHAPE,
                 "conv2d: the filter (3, 3, 1, 1), dilation 1, is larger than the images (2, 2, 5, 1), padding 0 + 0, "
                 "in height");
    expect_error(gt_conv2d(tape, ones(GT_SHAPE(2, 5, 4, 1)), ones(GT_SHAPE(3, 3, 1, 1)),
                           &(gt_conv2d_options){.dilation = {1, 2}}),
                 GT_ERR_SHAPE, "in width");
    expect_error(gt_conv2d(tape, ones(GT_SHAPE(5, 5, 3)), ones(GT_SHAPE(3, 3, 3, 8)), NULL), GT_ERR_SHAPE,
                 "are expected: (5, 5, 3), (3, 3, 3, 8)");
    expect_error(gt_conv2d(tape, ones(GT_SHAPE(1, 5, 5, 3)), ones(GT_SHAPE(3, 3)), NULL), GT_ERR_SHAPE,
                 "are expected: (1, 5, 5, 3), (3, 3)");
    expect_error(gt_conv2d(tape, ones(GT_SHAPE(1, 5, 5, 3)), ones(GT_SHAPE(0, 3, 3, 2)), NULL), GT_ERR_ARGUMENT,
                 "conv2d: filter height 0 is outside 1..");
    gt_tensor *single = own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(3, 3, 3, 2)));
    expect_error(gt_conv2d(tape, ones(GT_SHAPE(1, 5, 5, 3)), single, NULL), GT_ERR_DTYPE, "conv2d: dtypes differ");
}
END_TEST

START_TEST(settings_out_of_range_are_named)
{
    const struct {
        gt_conv2d_options options;
        const char *message;
    } cases[] = {
        {{.stride = {-1, 0}}, "conv2d: stride -1 is outside 1.."},
        {{.stride = {0, -2}, .padding = GT_PADDING_SAME}, "conv2d: stride -2 is outside 1.."},
        {{.stride = {INT64_MAX, 1}, .padding = GT_PADDING_SAME}, "conv2d: stride 9223372036854775807 is outside"},
        {{.dilation = {0, -1}}, "conv2d: dilation -1 is outside 1.."},
        {{.dilation = {INT64_MAX, 1}, .padding = GT_PADDING_SAME}, "conv2d: dilation 9223372036854775807 is outside"},
        {{.padding = (gt_padding)3}, "conv2d: 3 is not a padding"},
        {{.top = 1}, "conv2d: top, bottom, left and right need GT_PADDING_EXPLICIT"},
        {{.padding = GT_PADDING_SAME, .right = 1}, "conv2d: top, bottom, left and right need GT_PADDING_EXPLICIT"},
        {{.padding = GT_PADDING_EXPLICIT, .left = -1}, "conv2d: padding -1 is outside 0.."},
        {{.padding = GT_PADDING_EXPLICIT, .bottom = INT64_MAX}, "conv2d: padding 9223372036854775807 is outside"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_error(gt_conv2d(tape, ones(GT_SHAPE(1, 5, 5, 1)), ones(GT_SHAPE(3, 3, 1, 1)), &cases[i].options),
                     GT_ERR_ARGUMENT, cases[i].message);
    /* In range, but the result is more than memory can hold. */
    const gt_conv2d_options vast = {
        .padding = GT_PADDING_EXPLICIT, .top = INT32_MAX, .bottom = INT32_MAX, .left = INT32_MAX, .right = INT32_MAX};
    expect_error(gt_conv2d(tape, ones(GT_SHAPE(1, 5, 5, 1)), ones(GT_SHAPE(3, 3, 1, 1)), &vast), GT_ERR_SHAPE,
                 "more than memory can hold");
}
END_TEST

/* y has a single entry, but the image with its border would have 2^62 of them. */
START_TEST(a_border_that_memory_cannot_hold_is_an_error)
{
    const int64_t far = INT64_C(1) << 30;
    const gt_conv2d_options options = {.padding = GT_PADDING_EXPLICIT, .dilation = {far, far}, .top = far, .left = far};
    gt_tensor *x = random_tensor(GT_FLOAT64, GT_SHAPE(1, 1, 1, 4), 1);
    gt_tensor *filter = random_tensor(GT_FLOAT64, GT_SHAPE(2, 2, 4, 1), 2);
    expect_error(gt_conv2d(tape, x, filter, &options), GT_ERR_SHAPE, "more than memory can hold");
    gt_conv2d_attributes attributes = {.stride = {1, 1},
                                       .dilation = {far, far},
                                       .before = {far, far},
                                       .input = GT_SHAPE(1, 1, 1, 4),
                                       .filter = GT_SHAPE(2, 2, 4, 1)};
    gt_tensor *dy = random_tensor(GT_FLOAT64, GT_SHAPE(1, 1, 1, 1), 3);
    x = random_tensor(GT_FLOAT64, GT_SHAPE(1, 1, 1, 4), 1);
    expect_error(gt_conv2d_filter_grad(tape, dy, x, &attributes), GT_ERR_SHAPE, "more than memory can hold");
}
END_TEST

/* The rows under as many output rows as are worth a thread's while, far more than there are, are past all numbers. */
START_TEST(a_band_ends_with_the_image)
{
    gt_tensor *x = ones(GT_SHAPE(1, 1, 65537, 1)), *filter = ones(GT_SHAPE(2, 2, 1, 1));
    const gt_conv2d_options options = {
        .padding = GT_PADDING_EXPLICIT, .stride = {INT32_MAX, 1}, .dilation = {1, 65536}, .top = 1};
    gt_tensor *y = gt_conv2d(tape, x, filter, &options);
    ck_assert_int_eq(gt_tensor_size(y), 1);
    ck_assert_double_eq(gt_tensor_at(y, 0), 2);
}
END_TEST

START_TEST(null_operands_are_reported)
{
    expect_error(gt_conv2d(tape, NULL, ones(GT_SHAPE(3, 3, 1, 1)), NULL), GT_ERR_ARGUMENT, "conv2d: input 0 is NULL");
    expect_error(gt_conv2d(tape, ones(GT_SHAPE(1, 3, 3, 1)), NULL, NULL), GT_ERR_ARGUMENT, "conv2d: input 1 is NULL");
    gt_tensor *x = own(gt_tensor_new(GT_FLOAT64, GT_SHAPE(1, 1, 1, 1)));
    ck_assert_ptr_null(gt_conv2d(NULL, x, x, NULL));
}
END_TEST

/* One entry of a valid convolution with stride 1. */
static double entry(const gt_tensor *x, const gt_tensor *filter, const int64_t at[4])
{
    const double *values = gt_tensor_data(x), *weights = gt_tensor_data(filter);
    const gt_shape of_x = gt_tensor_shape(x), of_filter = gt_tensor_shape(filter);
    double sum = 0;
    for (int64_t u = 0; u < of_filter.dim[0]; u++)
        for (int64_t v = 0; v < of_filter.dim[1]; v++)
            for (int64_t c = 0; c < of_filter.dim[2]; c++)
                sum += values[((at[0] * of_x.dim[1] + at[1] + u) * of_x.dim[2] + at[2] + v) * of_x.dim[3] + c] *
                       weights[((u * of_filter.dim[1] + v) * of_filter.dim[2] + c) * of_filter.dim[3] + at[3]];
    return sum;
}

static double inner_product(const gt_tensor *a, const gt_tensor *b)
{
    double sum = 0;
    for (int64_t i = 0; i < gt_tensor_size(a); i++)
        sum += gt_tensor_at(a, i) * gt_tensor_at(b, i);
    return sum;
}

/* Images of several blocks of rows, filters of several parts: y entry by entry, and the gradients by what makes them
 * gradients of a bilinear map: <y, dy> = <x, dx> = <filter, dfilter>. */
START_TEST(sizes_past_every_block_are_right)
{
    gt_tensor *x = random_tensor(GT_FLOAT64, GT_SHAPE(2, 20, 19, 50), 1);
    gt_tensor *filter = random_tensor(GT_FLOAT64, GT_SHAPE(3, 3, 50, 18), 2);
    gt_tensor *dy = random_tensor(GT_FLOAT64, GT_SHAPE(2, 18, 17, 18), 3);
    gt_tape_watch(tape, x);
    gt_tape_watch(tape, filter);
    gt_tensor *y = gt_conv2d(tape, x, filter, NULL), *sources[] = {x, filter}, *gradients[2];
    ck_assert_ptr_nonnull(y);
    for (int64_t i = 0; i < gt_tensor_size(y); i++) {
        const int64_t at[4] = {i / (18 * 17 * 18), i / (17 * 18) % 18, i / 18 % 17, i % 18};
        ck_assert_double_eq_tol(gt_tensor_at(y, i), entry(x, filter, at), 1e-11);
    }
    ck_assert_int_eq(gt_tape_gradient_with(tape, &y, 2, sources, gradients, &(gt_gradient_options){.cotangents = &dy}),
                     GT_OK);
    const double expected = inner_product(y, dy), tolerance = 1e-10 * fabs(expected);
    ck_assert_double_eq_tol(inner_product(x, gradients[0]), expected, tolerance);
    ck_assert_double_eq_tol(inner_product(filter, gradients[1]), expected, tolerance);
}
END_TEST

START_TEST(bits_do_not_depend_on_threads)
{
    /* 67 channels: past a run's 48 rows of the filter gradient; 19 filters: packed; 32: in place. */
    const int64_t out = _i % 2 ? 32 : 19;
    const gt_conv2d_options options = {
        .padding = GT_PADDING_SAME, .stride = {1 + _i / 2, 1}, .dilation = {1, 1 + _i / 4}};
    gt_tensor *x = random_tensor(GT_FLOAT32, GT_SHAPE(5, 13, 14, 67), 1);
    gt_tensor *filter = random_tensor(GT_FLOAT32, GT_SHAPE(3, 2, 67, out), 2);
    gt_tape_watch(tape, x);
    gt_tape_watch(tape, filter);
    const int threads[] = {1, 2, 5};
    gt_tensor *result[3][3], *sources[] = {x, filter};
    for (int i = 0; i < 3; i++) {
        use_threads(threads[i]);
        result[i][0] = gt_conv2d(tape, x, filter, &options);
        ck_assert_int_eq(gt_tape_gradient_with(tape, &result[i][0], 2, sources, &result[i][1],
                                               &(gt_gradient_options){.cotangents = &result[i][0]}),
                         GT_OK);
        for (int k = 0; k < 3; k++)
            ck_assert_mem_eq(gt_tensor_data(result[i][k]), gt_tensor_data(result[0][k]),
                             (size_t)gt_tensor_size(result[0][k]) * sizeof(float));
    }
}
END_TEST

int main(void)
{
    return run_suite_with("conv2d", open_tape, close_tape,
                          (const suite_test[]){
                              TEST(torch_cases),
                              TEST(lab_forward_and_backward_are_the_seed_cases),
                              TEST(lab_with_stride_two_is_the_seed_case),
                              TEST(single_step_is_the_seed_case),
                              TEST(padding_is_a_border_of_zeros),
                              TEST(shapes_of_the_signs_network_are_the_seed_case),
                              TEST(cross_correlation_by_hand),
                              TEST(second_derivative_by_hand),
                              TEST(empty_batches_have_zero_filter_gradients),
                              TEST(shapes_that_do_not_fit_are_named),
                              TEST(settings_out_of_range_are_named),
                              TEST(a_border_that_memory_cannot_hold_is_an_error),
                              TEST(a_band_ends_with_the_image),
                              TEST(null_operands_are_reported),
                              TEST(sizes_past_every_block_are_right),
                              LOOP_TEST(bits_do_not_depend_on_threads, 8),
                              END_OF_TESTS,
                          });
}
