/* Pooling: cases of PyTorch and of the course, ties, NaN, edges, messages, threads. Samples against references, and
 * gradients against differences, are test_registry's. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/threads.h"
#include "ops/ops.h"
#include "tests/support/cases.h"
#include "tests/support/suite.h"
#include "tests/support/tapes.h"
#include "tests/support/torch.h"

typedef gt_tensor *pooling(gt_tape *tape, gt_tensor *x, const gt_pool2d_options *options);

static pooling *const poolings[] = {gt_max_pool2d, gt_avg_pool2d};
static const char *const names[] = {"max_pool2d", "avg_pool2d"};

static gt_tensor *ones(gt_shape shape)
{
    return gt_fill(tape, GT_FLOAT64, shape, 1);
}

/* d y / d x for the cotangent dy. */
static gt_tensor *gradient_of(gt_tensor *y, gt_tensor *dy, gt_tensor *x)
{
    gt_tensor *dx = NULL;
    ck_assert_int_eq(gt_tape_gradient_with(tape, &y, 1, &x, &dx, &(gt_gradient_options){.cotangents = &dy}), GT_OK);
    return dx;
}

static gt_tensor *watched_case(const char *folder, const char *array)
{
    gt_tensor *x = from_case(folder, array, GT_FLOAT64);
    gt_tape_watch(tape, x);
    return x;
}

static gt_pool2d_options options_of(const case_row *row)
{
    return (gt_pool2d_options){
        .window = {case_integer(row, "window_h", 0), case_integer(row, "window_w", 0)},
        .stride = {case_integer(row, "stride_h", 0), case_integer(row, "stride_w", 0)},
        .padding = torch_padding(row),
        .top = case_integer(row, "top", 0),
        .bottom = case_integer(row, "bottom", 0),
        .left = case_integer(row, "left", 0),
        .right = case_integer(row, "right", 0),
    };
}

START_TEST(torch_cases)
{
    case_list cases;
    if (!cases_read(names[_i], &cases))
        ck_abort_msg("%s", npy_message());
    ck_assert_int_eq((int)cases.count, 18);
    for (size_t i = 0; i < cases.count; i++) {
        char folder[64];
        snprintf(folder, sizeof folder, "torch_cases/%s/%s", names[_i], cases.row[i].name);
        gt_tensor *x = watched_case(folder, "x"), *dy = from_case(folder, "dy", GT_FLOAT64);
        const gt_pool2d_options options = options_of(&cases.row[i]);
        gt_tensor *y = poolings[_i](tape, x, &options);
        /* Entries are of size 1. */
        expect_case(y, folder, "y", 1e-10);
        expect_case(gradient_of(y, dy, x), folder, "dx", 1e-10);
    }
    cases_free(&cases);
}
END_TEST

START_TEST(lab_forward_is_the_seed_case)
{
    const char *folder = "seed_cases/pool_forward";
    gt_tensor *x = from_case(folder, "A_prev", GT_FLOAT64);
    const gt_pool2d_options options = {.window = {4, 4}, .stride = {1, 1}};
    expect_case(gt_max_pool2d(tape, x, &options), folder, "max", 1e-12);
    expect_case(gt_avg_pool2d(tape, x, &options), folder, "average", 1e-12);
}
END_TEST

START_TEST(lab_backward_is_the_seed_case)
{
    static const char *const folders[] = {"seed_cases/pool_backward", "seed_cases/pool_backward_stride2"};
    const char *folder = folders[_i];
    gt_tensor *x = watched_case(folder, "A_prev"), *dy = from_case(folder, "dA", GT_FLOAT64);
    const gt_pool2d_options options = {.window = {2, 2}, .stride = {1 + _i, 1 + _i}};
    expect_case(gradient_of(gt_max_pool2d(tape, x, &options), dy, x), folder, "dX_max", 1e-12);
    expect_case(gradient_of(gt_avg_pool2d(tape, x, &options), dy, x), folder, "dX_average", 1e-12);
}
END_TEST

START_TEST(first_maximum_takes_the_gradient)
{
    const char *folder = "seed_cases/pool_ties";
    gt_tensor *x = watched_case(folder, "A_prev"), *dy = from_case(folder, "dA", GT_FLOAT64);
    expect_case(gradient_of(gt_max_pool2d(tape, x, NULL), dy, x), folder, "dX_max", 0);
    /* Row by row: (0, 1) comes before (1, 0). */
    gt_tensor *z = variable(GT_SHAPE(1, 2, 2, 1), VALUES(1, 7, 7, 2));
    expect(gradient(gt_max_pool2d(tape, z, NULL), z), GT_SHAPE(1, 2, 2, 1), VALUES(0, 1, 0, 0), 0);
}
END_TEST

/* The mask that marks a window's maximum, and the value spread evenly over a window. */
START_TEST(gradients_within_one_window_are_the_seed_cases)
{
    gt_tensor *x = watched_case("seed_cases/mask_from_window", "x");
    gt_tensor *y =
        gt_max_pool2d(tape, gt_reshape(tape, x, GT_SHAPE(1, 2, 3, 1)), &(gt_pool2d_options){.window = {2, 3}});
    expect_case(gradient(y, x), "seed_cases/mask_from_window", "mask", 0);
    gt_tensor *dz = gt_reshape(tape, from_case("seed_cases/distribute_value", "dz", GT_FLOAT64), GT_SHAPE(1, 1, 1, 1));
    gt_tensor *a = variable(GT_SHAPE(2, 2), VALUES(0, 0, 0, 0));
    gt_tensor *mean = gt_avg_pool2d(tape, gt_reshape(tape, a, GT_SHAPE(1, 2, 2, 1)), NULL);
    expect_case(gradient_of(mean, dz, a), "seed_cases/distribute_value", "a", 0);
}
END_TEST

START_TEST(defaults_are_a_window_of_two_without_overlap)
{
    gt_tensor *x = variable(GT_SHAPE(1, 4, 5, 1), VALUES(1, 2, 3, 4, 9, 5, 6, 7, 8, 9, 4, 3, 2, 1, 9, 8, 7, 6, 5, 9));
    expect(gt_max_pool2d(tape, x, NULL), GT_SHAPE(1, 2, 2, 1), VALUES(6, 8, 8, 6), 0);
    expect(gt_avg_pool2d(tape, x, NULL), GT_SHAPE(1, 2, 2, 1), VALUES(3.5, 5.5, 5.5, 3.5), 0);
    /* Stride 0 is the window's, axis by axis. */
    expect(gt_max_pool2d(tape, x, &(gt_pool2d_options){.window = {4, 1}, .stride = {0, 3}}), GT_SHAPE(1, 1, 2, 1),
           VALUES(8, 8), 0);
}
END_TEST

START_TEST(padding_never_counts)
{
    gt_tensor *x = variable(GT_SHAPE(1, 1, 3, 1), VALUES(-1, -2, -6));
    const gt_pool2d_options options = {.window = {1, 2}, .padding = GT_PADDING_SAME};
    gt_tensor *largest = gt_max_pool2d(tape, x, &options), *mean = gt_avg_pool2d(tape, x, &options);
    expect(largest, GT_SHAPE(1, 1, 2, 1), VALUES(-1, -6), 0); /* the odd column goes behind */
    expect(mean, GT_SHAPE(1, 1, 2, 1), VALUES(-1.5, -6), 0);
    expect(gradient(mean, x), GT_SHAPE(1, 1, 3, 1), VALUES(0.5, 0.5, 1), 0);
}
END_TEST

START_TEST(nan_passes_on_and_takes_the_gradient)
{
    const double nan = (double)NAN, most = (double)INFINITY;
    gt_tensor *x = variable(GT_SHAPE(1, 2, 6, 1), VALUES(1, nan, nan, 2, -most, -most, 9, 3, nan, most, -most, -most));
    gt_tensor *y = gt_max_pool2d(tape, x, NULL);
    expect(y, GT_SHAPE(1, 1, 3, 1), VALUES(nan, nan, -most), 0);
    expect(gradient(y, x), GT_SHAPE(1, 2, 6, 1), VALUES(0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0), 0);
    expect(gt_avg_pool2d(tape, x, NULL), GT_SHAPE(1, 1, 3, 1), VALUES(nan, nan, -most), 0);
}
END_TEST

/* max_pool2d is linear around x: the second derivative is zero, but that of max_pool2d(x)^2 / 2 picks the maxima. */
START_TEST(second_derivative_by_hand)
{
    gt_tensor *x = variable(GT_SHAPE(1, 2, 2, 1), VALUES(3, 5, 4, 1));
    gt_tensor *y = gt_max_pool2d(tape, x, NULL);
    gt_tensor *half = gt_scale(tape, gt_mul(tape, y, y), 0.5);
    gt_tensor *dx = gradient(half, x);
    expect(dx, GT_SHAPE(1, 2, 2, 1), VALUES(0, 5, 0, 0), 0);
    expect(gradient(dx, x), GT_SHAPE(1, 2, 2, 1), VALUES(0, 1, 0, 0), 0);
}
END_TEST

START_TEST(bad_input_is_named)
{
    const struct {
        gt_pool2d_options options;
        gt_status status;
        const char *message;
    } cases[] = {
        {{.window = {-1, 0}}, GT_ERR_ARGUMENT, "window -1 is outside 1.."},
        {{.window = {INT64_MAX, 0}, .padding = GT_PADDING_SAME}, GT_ERR_ARGUMENT, "window 9223372036854775807 is out"},
        {{.stride = {0, -3}}, GT_ERR_ARGUMENT, "stride -3 is outside 1.."},
        {{.padding = (gt_padding)-1}, GT_ERR_ARGUMENT, "-1 is not a padding"},
        {{.padding = GT_PADDING_EXPLICIT, .right = -1}, GT_ERR_ARGUMENT, "padding -1 is outside 0.."},
        {{.window = {5, 2}},
         GT_ERR_SHAPE,
         "the window (5, 2) is larger than the images (1, 4, 4, 1), padding 0 + 0, in height"},
        {{.window = {2, 7}, .padding = GT_PADDING_EXPLICIT, .left = 1, .right = 1},
         GT_ERR_SHAPE,
         "the window (2, 7) is larger than the images (1, 4, 4, 1), padding 1 + 1, in width"},
        {{.padding = GT_PADDING_EXPLICIT, .top = 2},
         GT_ERR_SHAPE,
         "a window (2, 2) holds no entry of the images (1, 4, 4, 1), padding 2 + 0, in height"},
        {{.padding = GT_PADDING_EXPLICIT, .right = 2},
         GT_ERR_SHAPE,
         "a window (2, 2) holds no entry of the images (1, 4, 4, 1), padding 0 + 2, in width"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char message[160];
        snprintf(message, sizeof message, "%s: %s", names[_i], cases[i].message);
        expect_error(poolings[_i](tape, ones(GT_SHAPE(1, 4, 4, 1)), &cases[i].options), cases[i].status, message);
    }
    expect_error(poolings[_i](tape, ones(GT_SHAPE(4, 4, 1)), NULL), GT_ERR_SHAPE,
                 "images (batch, height, width, channels) are expected: (4, 4, 1)");
    expect_error(poolings[_i](tape, own(gt_tensor_new(GT_FLOAT64, GT_SHAPE(1, 0, 4, 1))),
                              &(gt_pool2d_options){.padding = GT_PADDING_EXPLICIT, .top = 1, .bottom = 1}),
                 GT_ERR_SHAPE, "holds no entry");
    expect_error(poolings[_i](tape, own(gt_tensor_new(GT_UINT8, GT_SHAPE(1, 4, 4, 1))), NULL), GT_ERR_DTYPE,
                 "input 0 is uint8");
    expect_error(poolings[_i](tape, NULL, NULL), GT_ERR_ARGUMENT, "input 0 is NULL");
    ck_assert_ptr_null(poolings[_i](NULL, NULL, NULL));
}
END_TEST

START_TEST(bits_do_not_depend_on_threads)
{
    gt_tensor *x = random_tensor(GT_FLOAT32, GT_SHAPE(7, 33, 31, 67), 1);
    gt_tape_watch(tape, x);
    const gt_pool2d_options options = {.window = {3, 3}, .stride = {2, 1}, .padding = GT_PADDING_SAME};
    const int threads[] = {1, 2, 5};
    gt_tensor *y[3], *dx[3];
    for (int i = 0; i < 3; i++) {
        use_threads(threads[i]);
        y[i] = poolings[_i](tape, x, &options);
        dx[i] = gradient_of(y[i], y[i], x);
        ck_assert_mem_eq(gt_tensor_data(y[i]), gt_tensor_data(y[0]), (size_t)gt_tensor_size(y[0]) * sizeof(float));
        ck_assert_mem_eq(gt_tensor_data(dx[i]), gt_tensor_data(dx[0]), (size_t)gt_tensor_size(dx[0]) * sizeof(float));
    }
}
END_TEST

START_TEST(global_pooling_reduces_whole_images)
{
    gt_tensor *x = variable(GT_SHAPE(2, 1, 2, 2), VALUES(1, 2, 5, 0, -3, 7, -1, 8));
    gt_tensor *mean = gt_global_avg_pool2d(tape, x), *max = gt_global_max_pool2d(tape, x);
    expect(mean, GT_SHAPE(2, 2), VALUES(3, 1, -2, 7.5), 0);
    expect(max, GT_SHAPE(2, 2), VALUES(5, 2, -1, 8), 0);
    gt_tensor *weights = constant(GT_FLOAT64, GT_SHAPE(2, 2), VALUES(2, 4, 6, 8));
    expect(gradient(gt_mul(tape, mean, weights), x), GT_SHAPE(2, 1, 2, 2), VALUES(1, 2, 1, 2, 3, 4, 3, 4), 0);
    expect(gradient(gt_mul(tape, max, weights), x), GT_SHAPE(2, 1, 2, 2), VALUES(0, 4, 2, 0, 0, 0, 6, 8), 0);
}
END_TEST

/* A window as large as the image pools all of it. */
START_TEST(global_pooling_is_pooling_with_the_largest_window)
{
    gt_tensor *x = random_tensor(GT_FLOAT64, GT_SHAPE(2, 3, 5, 4), 1);
    const gt_pool2d_options whole = {.window = {3, 5}};
    gt_tensor *const pooled = poolings[_i](tape, x, &whole);
    gt_tensor *const global = _i == 0 ? gt_global_max_pool2d(tape, x) : gt_global_avg_pool2d(tape, x);
    expect(global, GT_SHAPE(2, 4), gt_tensor_data(gt_reshape(tape, pooled, GT_SHAPE(2, 4))), 1e-15);
}
END_TEST

START_TEST(global_pooling_needs_images)
{
    gt_tensor *matrix = ones(GT_SHAPE(2, 3)), *thin = ones(GT_SHAPE(2, 0, 3, 1));
    expect_error(gt_global_avg_pool2d(tape, matrix), GT_ERR_SHAPE,
                 "global_avg_pool2d: images (batch, height, width, channels) are expected: (2, 3)");
    expect_error(gt_global_max_pool2d(tape, thin), GT_ERR_SHAPE,
                 "global_max_pool2d: images without an entry: (2, 0, 3, 1)");
    expect_error(gt_global_max_pool2d(tape, NULL), GT_ERR_ARGUMENT, "global_max_pool2d: input 0 is NULL");
    expect(gt_global_max_pool2d(tape, ones(GT_SHAPE(0, 2, 3, 1))), GT_SHAPE(0, 1), NULL, 0);
}
END_TEST

int main(void)
{
    return run_suite_with("pool2d", open_tape, close_tape,
                          (const suite_test[]){
                              LOOP_TEST(torch_cases, 2),
                              TEST(lab_forward_is_the_seed_case),
                              LOOP_TEST(lab_backward_is_the_seed_case, 2),
                              TEST(first_maximum_takes_the_gradient),
                              TEST(gradients_within_one_window_are_the_seed_cases),
                              TEST(defaults_are_a_window_of_two_without_overlap),
                              TEST(padding_never_counts),
                              TEST(nan_passes_on_and_takes_the_gradient),
                              TEST(second_derivative_by_hand),
                              LOOP_TEST(bad_input_is_named, 2),
                              LOOP_TEST(bits_do_not_depend_on_threads, 2),
                              TEST(global_pooling_reduces_whole_images),
                              LOOP_TEST(global_pooling_is_pooling_with_the_largest_window, 2),
                              TEST(global_pooling_needs_images),
                              END_OF_TESTS,
                          });
}
