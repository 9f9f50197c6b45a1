/* tools/lab_scratch: the network of the lab from-scratch and its files, and gradients by differences. */
#include "tools/lab_scratch.h"

#include <math.h>
#include <string.h>

#include "tests/support/models.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "tools/lab_part.h"

static const struct {
    const char *name;
    int rank;
    int64_t dim[2];
} arrays[] = {{"W1", 2, {784, 50}}, {"b1", 1, {50}},      {"W2", 2, {50, 100}},
              {"b2", 1, {100}},     {"W3", 2, {100, 10}}, {"b3", 1, {10}}};
enum { ARRAYS = sizeof arrays / sizeof arrays[0] };

/* ---- differences ------------------------------------------------------------------------------------------------ */

/* f(x) = x0^3 + 2 x1: its slopes at (2, 1) are 12 and 2; forward differences add 3 x0 h + h^2 to the first, central
 * ones h^2. */
static gt_tensor *cubic(gt_tape *tape, gt_tensor *x, const void *context)
{
    ck_assert_ptr_eq(context, arrays);
    const int64_t second[] = {1}, one[] = {1}, first[] = {0};
    gt_tensor *a = gt_slice(tape, x, first, one), *b = gt_slice(tape, x, second, one);
    return gt_sum(tape, gt_add(tape, gt_mul(tape, a, gt_square(tape, a)), gt_scale(tape, b, 2)), NULL);
}

START_TEST(the_largest_difference_is_found_and_a_nan_is_one)
{
    gt_tensor *a = numbers(GT_SHAPE(3), (const double[]){1, 2, 3}),
              *b = numbers(GT_SHAPE(3), (const double[]){1, 4, 2});
    gt_tensor *c = numbers(GT_SHAPE(3), (const double[]){NAN, 2, 3});
    ck_assert(lab_largest_difference(a, a) == 0);
    ck_assert(lab_largest_difference(a, b) == 2);
    ck_assert(isnan(lab_largest_difference(a, c)));
    ck_assert(isnan(lab_largest_difference(a, NULL)));
    gt_tensor *const all[] = {a, b, c};
    for (int i = 0; i < 3; i++)
        gt_tensor_free(all[i]);
}
END_TEST

START_TEST(differences_are_those_of_the_formulas)
{
    const double at[] = {2, 1};
    gt_tensor *x = numbers(GT_SHAPE(2), at);
    gt_tensor *forward = scratch_forward_differences(cubic, arrays, x, 0.5);
    gt_tensor *central = scratch_central_differences(cubic, arrays, x, 0.5);
    assert_near(gt_tensor_at(forward, 0), 12 + 3 * 2 * 0.5 + 0.25, 1e-13);
    assert_near(gt_tensor_at(forward, 1), 2, 1e-13);
    assert_near(gt_tensor_at(central, 0), 12.25, 1e-13);
    assert_near(gt_tensor_at(central, 1), 2, 1e-13);
    ck_assert(gt_tensor_at(x, 0) == 2 && gt_tensor_at(x, 1) == 1); /* put back */
    gt_tensor_free(x);
    gt_tensor_free(forward);
    gt_tensor_free(central);
}
END_TEST

static gt_tensor *fails(gt_tape *tape, gt_tensor *x, const void *context)
{
    (void)context;
    return gt_matmul(tape, x, gt_fill(tape, GT_FLOAT64, GT_SHAPE(3), 1), NULL);
}

START_TEST(differences_report_a_function_that_fails)
{
    gt_tensor *x = numbers(GT_SHAPE(2), (const double[]){2, 1});
    ck_assert_ptr_null(scratch_central_differences(fails, NULL, x, 1e-4));
    assert_message("matmul");
    ck_assert(gt_tensor_at(x, 0) == 2);
    gt_tensor_free(x);
}
END_TEST

/* ---- the network ------------------------------------------------------------------------------------------------ */

/* Weights of zero, but that pixel k < 10 moves hidden unit k, which moves unit k of the next layer and class k: so the
 * brightest of the first ten pixels is the class. */
static scratch_network pointing(void)
{
    scratch_network network;
    for (int i = 0; i < ARRAYS; i++) {
        gt_tensor *array = gt_tensor_new(GT_FLOAT32, gt_shape_of(arrays[i].rank, arrays[i].dim));
        float *values = gt_tensor_data_write(array);
        for (int64_t k = 0; i % 2 == 0 && k < 10; k++)
            values[k * arrays[i].dim[1] + k] = 4;
        *(i % 2 ? &network.bias[i / 2] : &network.weight[i / 2]) = array;
    }
    return network;
}

static gt_tensor *bright_pixels(void)
{
    static const int bright[] = {3, 0, 9, 7, 7};
    gt_tensor *x = gt_tensor_new(GT_FLOAT32, GT_SHAPE(5, 784));
    for (int i = 0; i < 5; i++)
        ((float *)gt_tensor_data_write(x))[784 * i + bright[i]] = 1;
    return x;
}

static void assert_points(const scratch_network *network, int64_t batch)
{
    static const double expected[] = {3, 0, 9, 7, 7};
    gt_tensor *x = bright_pixels(), *labels = scratch_network_classify(network, x, batch);
    for (int i = 0; i < 5; i++)
        ck_assert(gt_tensor_at(labels, i) == expected[i]);
    gt_tensor_free(labels);
    gt_tensor_free(x);
}

START_TEST(batches_of_any_size_are_classified_alike)
{
    scratch_network network = pointing();
    assert_points(&network, 1);
    assert_points(&network, 2);
    assert_points(&network, 5);
    assert_points(&network, 100);
    scratch_network_free(&network);
}
END_TEST

/* By the formula, all in double: class 0 of a black image. Every hidden unit is sigmoid(0) or sigmoid(4 0.5). */
START_TEST(probabilities_are_those_of_the_formula)
{
    scratch_network network = pointing();
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *x = gt_tensor_new(GT_FLOAT32, GT_SHAPE(1, 784));
    ((float *)gt_tensor_data_write(x))[2] = 1;
    const double bright = 1 / (1 + exp(-4.0 / (1 + exp(-4.0)))), dark = 1 / (1 + exp(-4.0 / 2));
    const double sum = exp(4 * bright) + 9 * exp(4 * dark);
    gt_tensor *p = scratch_network_predict(tape, &network, x);
    assert_near(gt_tensor_at(p, 2), exp(4 * bright) / sum, 1e-6);
    assert_near(gt_tensor_at(p, 3), exp(4 * dark) / sum, 1e-6);
    gt_tape_free(tape);
    gt_tensor_free(x);
    scratch_network_free(&network);
}
END_TEST

/* ---- files ------------------------------------------------------------------------------------------------------ */

START_TEST(a_pickle_is_refused_with_how_to_convert_it)
{
    scratch_network network;
    ck_assert_int_eq(scratch_network_read("sample_weight.pkl", &network), GT_ERR_UNSUPPORTED);
    assert_message("sample_weight.pkl: a pickle");
    assert_message("python3 -c \"import numpy, pickle; numpy.savez(");
}
END_TEST

START_TEST(a_missing_file_is_reported)
{
    scratch_network network;
    ck_assert_int_eq(scratch_network_read(scratch_path("none.npz"), &network), GT_ERR_IO);
    assert_message("none.npz");
}
END_TEST

#ifdef GT_HAVE_LIBZIP

START_TEST(a_network_with_a_nan_is_refused)
{
    scratch_network written = pointing(), read;
    ((float *)gt_tensor_data_write(written.bias[1]))[7] = NAN;
    assert_ok(scratch_network_write(&written, scratch_path("w.npz")));
    ck_assert_int_eq(scratch_network_read(scratch_path("w.npz"), &read), GT_ERR_VALUE);
    assert_message("w.npz: 'b2' has nan in it");
    ck_assert_ptr_null(read.weight[0]);
    scratch_network_free(&written);
}
END_TEST

START_TEST(a_network_is_read_as_it_was_written)
{
    scratch_network written = pointing(), read;
    assert_ok(scratch_network_write(&written, scratch_path("w.npz")));
    assert_ok(scratch_network_read(scratch_path("w.npz"), &read));
    assert_points(&read, 5);
    scratch_network_free(&written);
    scratch_network_free(&read);
}
END_TEST

/* Arrays of zeros, but for one, which is left out, or of another shape or type. */
static gt_status read_with(const char *changed, gt_dtype dtype, gt_shape shape)
{
    gt_archive *archive = gt_archive_new();
    for (int i = 0; i < ARRAYS; i++) {
        const bool here = strcmp(arrays[i].name, changed) == 0;
        if (here && shape.rank < 0)
            continue;
        gt_tensor *array =
            gt_tensor_new(here ? dtype : GT_FLOAT64, here ? shape : gt_shape_of(arrays[i].rank, arrays[i].dim));
        assert_ok(gt_archive_add(archive, arrays[i].name, array));
        gt_tensor_free(array);
    }
    assert_ok(gt_npz_write(archive, scratch_path("w.npz"), false));
    gt_archive_free(archive);
    scratch_network network;
    gt_status status = scratch_network_read(scratch_path("w.npz"), &network);
    if (status == GT_OK)
        scratch_network_free(&network);
    return status;
}

START_TEST(arrays_must_be_there_and_fit)
{
    const gt_shape left_out = {.rank = -1};
    assert_ok(read_with("b2", GT_FLOAT32, GT_SHAPE(100)));
    assert_ok(read_with("b2", GT_FLOAT64, GT_SHAPE(100)));
    for (int i = 0; i < ARRAYS; i++) {
        ck_assert_int_eq(read_with(arrays[i].name, GT_FLOAT32, left_out), GT_ERR_FORMAT);
        assert_message(arrays[i].name);
        assert_message("w.npz: there is no array");
        ck_assert_int_eq(read_with(arrays[i].name, GT_FLOAT32, GT_SHAPE(0)), GT_ERR_FORMAT);
        assert_message("is float32 (0,), not float (");
    }
    ck_assert_int_eq(read_with("W2", GT_FLOAT32, GT_SHAPE(100, 50)), GT_ERR_FORMAT);
    assert_message("'W2' is float32 (100, 50), not float (50, 100)");
    ck_assert_int_eq(read_with("b3", GT_INT32, GT_SHAPE(10)), GT_ERR_FORMAT);
    assert_message("'b3' is int32 (10,), not float (10,)");
    ck_assert_int_eq(read_with("b3", GT_FLOAT32, GT_SHAPE(1, 10)), GT_ERR_FORMAT);
}
END_TEST

#endif

int main(void)
{
    return run_suite_with(
        "lab_scratch", scratch_make, scratch_remove,
        (const suite_test[]){
            TEST(the_largest_difference_is_found_and_a_nan_is_one), TEST(differences_are_those_of_the_formulas),
            TEST(differences_report_a_function_that_fails), TEST(batches_of_any_size_are_classified_alike),
            TEST(probabilities_are_those_of_the_formula), TEST(a_pickle_is_refused_with_how_to_convert_it),
            TEST(a_missing_file_is_reported),
#ifdef GT_HAVE_LIBZIP
            TEST(a_network_with_a_nan_is_refused), TEST(a_network_is_read_as_it_was_written),
            TEST(arrays_must_be_there_and_fit),
#endif
            END_OF_TESTS});
}
