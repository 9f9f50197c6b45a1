/* core/samples: the inputs that ops are tried on. */
#include <math.h>

#include "core/gradcheck.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

static const gt_sample every_kind = {
    .name = "every kind",
    .inputs = {GT_NORMAL(50), GT_UNIFORM(2, 3, 50), GT_VALUE(0.5, 3), GT_INDEX(-5, 5, 200), GT_TRUTH(50), GT_BYTE(200),
               GT_ONE_HOT(6, 4)},
};

static void release(int count, gt_tensor *inputs[])
{
    for (int i = 0; i < count; i++)
        gt_tensor_free(inputs[i]);
}

START_TEST(every_kind_has_its_dtype_and_range)
{
    gt_tensor *inputs[GT_SAMPLE_INPUTS];
    int count = gt_sample_inputs(&every_kind, GT_FLOAT64, 1, inputs);
    static const gt_dtype dtypes[] = {GT_FLOAT64, GT_FLOAT64, GT_FLOAT64, GT_INT32, GT_UINT8, GT_UINT8, GT_FLOAT64};
    static const double low[] = {-6, 2, 0.5, -5, 0, 0, 0}, high[] = {6, 3, 0.5, 4, 1, 255, 1};
    ck_assert_int_eq(count, 7);
    for (int i = 0; i < count; i++) {
        ck_assert_int_eq(gt_tensor_dtype(inputs[i]), dtypes[i]);
        for (int64_t j = 0; j < gt_tensor_size(inputs[i]); j++)
            ck_assert(gt_tensor_at(inputs[i], j) >= low[i] && gt_tensor_at(inputs[i], j) <= high[i]);
    }
    release(count, inputs);
}
END_TEST

START_TEST(indices_reach_both_ends)
{
    gt_tensor *inputs[GT_SAMPLE_INPUTS];
    int count = gt_sample_inputs(&every_kind, GT_FLOAT64, 1, inputs);
    bool seen[10] = {false};
    for (int64_t j = 0; j < 200; j++)
        seen[(int)gt_tensor_at(inputs[3], j) + 5] = true;
    for (int i = 0; i < 10; i++)
        ck_assert_msg(seen[i], "%d was never drawn", i - 5);
    release(count, inputs);
}
END_TEST

START_TEST(one_hot_rows_have_a_single_one)
{
    gt_tensor *inputs[GT_SAMPLE_INPUTS];
    int count = gt_sample_inputs(&every_kind, GT_FLOAT64, 1, inputs);
    for (int64_t row = 0; row < 6; row++) {
        double sum = 0;
        for (int64_t j = 0; j < 4; j++)
            sum += gt_tensor_at(inputs[6], 4 * row + j);
        ck_assert(sum == 1);
    }
    release(count, inputs);
}
END_TEST

START_TEST(both_float_dtypes_see_the_same_numbers)
{
    gt_tensor *single[GT_SAMPLE_INPUTS], *twice[GT_SAMPLE_INPUTS];
    int count = gt_sample_inputs(&every_kind, GT_FLOAT32, 9, single);
    ck_assert_int_eq(gt_sample_inputs(&every_kind, GT_FLOAT64, 9, twice), count);
    for (int i = 0; i < count; i++)
        for (int64_t j = 0; j < gt_tensor_size(single[i]); j++)
            ck_assert(gt_tensor_at(single[i], j) == gt_tensor_at(twice[i], j));
    release(count, single);
    release(count, twice);
}
END_TEST

START_TEST(another_seed_gives_other_numbers)
{
    gt_tensor *first[GT_SAMPLE_INPUTS], *second[GT_SAMPLE_INPUTS];
    int count = gt_sample_inputs(&every_kind, GT_FLOAT64, 1, first);
    gt_sample_inputs(&every_kind, GT_FLOAT64, 2, second);
    ck_assert(gt_tensor_at(first[0], 0) != gt_tensor_at(second[0], 0));
    ck_assert(gt_tensor_at(first[0], 0) != gt_tensor_at(first[0], 1));
    release(count, first);
    release(count, second);
}
END_TEST

START_TEST(impossible_shape_gives_nothing)
{
    const gt_sample sample = {.name = "impossible",
                              .inputs = {GT_NORMAL(3), GT_NORMAL(65535, 65535, 65535, 65535, 65535)}};
    gt_tensor *inputs[GT_SAMPLE_INPUTS];
    ck_assert_int_eq(gt_sample_inputs(&sample, GT_FLOAT64, 1, inputs), -1);
    ck_assert_contains(gt_last_error(), "is more than memory can hold");
}
END_TEST

int main(void)
{
    return run_suite("samples", (const suite_test[]){
                                    TEST(every_kind_has_its_dtype_and_range),
                                    TEST(indices_reach_both_ends),
                                    TEST(one_hot_rows_have_a_single_one),
                                    TEST(both_float_dtypes_see_the_same_numbers),
                                    TEST(another_seed_gives_other_numbers),
                                    TEST(impossible_shape_gives_nothing),
                                    END_OF_TESTS,
                                });
}
