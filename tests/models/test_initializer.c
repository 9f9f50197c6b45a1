/* models/initializer: limits, deviations, defaults. */
#include <math.h>
#include <string.h>

#include "models/layer.h"
#include "tests/support/npy.h"
#include "tests/support/suite.h"

enum { MANY = 40000 };

/* A tensor filled from stream 0 of seed 1. */
static gt_tensor *filled(gt_shape shape, gt_initializer initializer, int64_t fan_in, int64_t fan_out)
{
    gt_random random = gt_random_new(1, 0);
    gt_tensor *tensor = gt_tensor_new(GT_FLOAT64, shape);
    ck_assert_int_eq(gt_initialize(tensor, initializer, fan_in, fan_out, &random), GT_OK);
    return tensor;
}

static double largest(const gt_tensor *tensor)
{
    double most = 0;
    for (int64_t i = 0; i < gt_tensor_size(tensor); i++)
        most = fmax(most, fabs(gt_tensor_at(tensor, i)));
    return most;
}

static double variance(const gt_tensor *tensor)
{
    double sum = 0;
    for (int64_t i = 0; i < gt_tensor_size(tensor); i++)
        sum += pow(gt_tensor_at(tensor, i), 2);
    return sum / (double)gt_tensor_size(tensor);
}

START_TEST(glorot_uniform_stays_within_the_documents_limits)
{
    npy_array shapes, limits;
    ck_assert_msg(npy_case("seed_cases/glorot_uniform_limits", "shapes", &shapes), "%s", npy_message());
    ck_assert_msg(npy_case("seed_cases/glorot_uniform_limits", "limits", &limits), "%s", npy_message());
    for (int64_t row = 0; row < limits.count; row++) {
        const double *dim = shapes.values + 4 * row; /* f_h, f_w, in, out */
        int64_t area = (int64_t)(dim[0] * dim[1]);
        gt_tensor *filter =
            filled(GT_SHAPE(MANY), GT_INIT_GLOROT_UNIFORM, area * (int64_t)dim[2], area * (int64_t)dim[3]);
        ck_assert_double_le(largest(filter), limits.values[row]);
        ck_assert_double_gt(largest(filter), 0.999 * limits.values[row]);
        gt_tensor_free(filter);
    }
    npy_free(&shapes);
    npy_free(&limits);
}
END_TEST

START_TEST(he_uniform_stays_within_sqrt_6_over_in)
{
    gt_tensor *tensor = filled(GT_SHAPE(MANY), GT_INIT_HE_UNIFORM, 24, 1000);
    ck_assert_double_le(largest(tensor), 0.5);
    ck_assert_double_gt(largest(tensor), 0.499);
    gt_tensor_free(tensor);
}
END_TEST

/* The variance named is the one after truncation, which is at two deviations of the normal before it. The bound is five
 * standard errors: the fourth moment is at most 3. */
static const struct {
    gt_initializer initializer;
    double variance, largest;
} normals[] = {
    {GT_INIT_NORMAL, 1, 6},
    {GT_INIT_XAVIER, 2. / 50, 2 / .87962566103423978},
    {GT_INIT_KAIMING, 2. / 20, 2 / .87962566103423978},
};

START_TEST(normals_have_the_variance_they_name)
{
    double expected = normals[_i].variance;
    gt_tensor *tensor = filled(GT_SHAPE(MANY), normals[_i].initializer, 20, 30);
    ck_assert_double_eq_tol(variance(tensor) / expected, 1, 5 * sqrt(2. / MANY));
    ck_assert_double_le(largest(tensor), normals[_i].largest * sqrt(expected));
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(the_default_is_glorot_uniform_for_kernels_and_zero_for_biases)
{
    gt_tensor *kernel = filled(GT_SHAPE(20, 30), GT_INIT_DEFAULT, 20, 30);
    gt_tensor *glorot = filled(GT_SHAPE(20, 30), GT_INIT_GLOROT_UNIFORM, 20, 30);
    gt_tensor *bias = filled(GT_SHAPE(30), GT_INIT_DEFAULT, 30, 30);
    ck_assert_mem_eq(gt_tensor_data(kernel), gt_tensor_data(glorot), 600 * sizeof(double));
    ck_assert_double_eq(largest(bias), 0);
    gt_tensor_free(kernel);
    gt_tensor_free(glorot);
    gt_tensor_free(bias);
}
END_TEST

START_TEST(zero_and_one_are_what_they_say)
{
    gt_random random = gt_random_new(1, 0);
    gt_tensor *tensor = gt_tensor_new(GT_FLOAT32, GT_SHAPE(3));
    ck_assert_int_eq(gt_initialize(tensor, GT_INIT_ONE, 3, 3, &random), GT_OK);
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq(gt_tensor_at(tensor, i), 1);
    ck_assert_int_eq(gt_initialize(tensor, GT_INIT_ZERO, 3, 3, &random), GT_OK);
    ck_assert_double_eq(gt_tensor_at(tensor, 2), 0);
    ck_assert_uint_eq(random.offset, 0);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(float32_weights_are_the_float64_ones_rounded)
{
    gt_random random = gt_random_new(1, 0);
    gt_tensor *single = gt_tensor_new(GT_FLOAT32, GT_SHAPE(100));
    gt_tensor *both = filled(GT_SHAPE(100), GT_INIT_XAVIER, 5, 5);
    ck_assert_int_eq(gt_initialize(single, GT_INIT_XAVIER, 5, 5, &random), GT_OK);
    for (int i = 0; i < 100; i++)
        ck_assert_float_eq(((const float *)gt_tensor_data(single))[i], (float)gt_tensor_at(both, i));
    gt_tensor_free(single);
    gt_tensor_free(both);
}
END_TEST

START_TEST(what_cannot_be_filled_is_refused)
{
    gt_random random = gt_random_new(1, 0);
    gt_tensor *labels = gt_tensor_new(GT_INT32, GT_SHAPE(3)), *tensor = gt_tensor_new(GT_FLOAT32, GT_SHAPE(3));
    ck_assert_int_eq(gt_initialize(labels, GT_INIT_ONE, 3, 3, &random), GT_ERR_DTYPE);
    ck_assert_int_eq(gt_initialize(NULL, GT_INIT_ONE, 3, 3, &random), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_initialize(tensor, GT_INIT_NORMAL, 3, 3, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_initialize(tensor, GT_INIT_NORMAL, -1, 3, &random), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_initialize(tensor, (gt_initializer)77, 3, 3, &random), GT_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(gt_last_error(), "77"));
    gt_tensor_free(labels);
    gt_tensor_free(tensor);
}
END_TEST

int main(void)
{
    return run_suite("initializer",
                     (const suite_test[]){
                         TEST(glorot_uniform_stays_within_the_documents_limits),
                         TEST(he_uniform_stays_within_sqrt_6_over_in),
                         LOOP_TEST(normals_have_the_variance_they_name, sizeof normals / sizeof normals[0]),
                         TEST(the_default_is_glorot_uniform_for_kernels_and_zero_for_biases),
                         TEST(zero_and_one_are_what_they_say),
                         TEST(float32_weights_are_the_float64_ones_rounded),
                         TEST(what_cannot_be_filled_is_refused),
                         END_OF_TESTS,
                     });
}
