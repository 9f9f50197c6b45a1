/* tools/lab_random: the arrays that the documents drew with NumPy, and MT19937's own first numbers. */
#include "tests/support/suite.h"
#include "tests/support/tapes.h"
#include "tools/lab.h"

/* The arrays were drawn one after the other; each is compared to the bit. */
static void expect_arrays(uint32_t seed, const char *folder, const char *const arrays[])
{
    lab_random random;
    lab_random_seed(&random, seed);
    for (int i = 0; arrays[i]; i++) {
        gt_tensor *drawn = own(lab_random_normals(&random, gt_tensor_shape(from_case(folder, arrays[i], GT_FLOAT64))));
        expect_case(drawn, folder, arrays[i], 0);
    }
}

START_TEST(normals_are_the_documents)
{
    expect_arrays(1, "seed_cases/zero_pad", (const char *const[]){"x", NULL});
    expect_arrays(1, "seed_cases/conv_forward", (const char *const[]){"A_prev", "W", "b", NULL});
    expect_arrays(1, "seed_cases/conv_single_step", (const char *const[]){"a", "W", "b", NULL});
    expect_arrays(2, "seed_cases/pool_backward_stride2", (const char *const[]){"A_prev", "dA", NULL});
    expect_arrays(0, "seed_cases/softmax_batch", (const char *const[]){"z", NULL});
}
END_TEST

/* An odd count leaves a number over, which the next array begins with; a seed forgets it. */
START_TEST(the_spare_number_belongs_to_the_stream)
{
    lab_random together, apart;
    lab_random_seed(&together, 7);
    lab_random_seed(&apart, 7);
    const gt_tensor *whole = own(lab_random_normals(&together, GT_SHAPE(8)));
    const gt_tensor *first = own(lab_random_normals(&apart, GT_SHAPE(3)));
    const gt_tensor *second = own(lab_random_normals(&apart, GT_SHAPE(5)));
    for (int i = 0; i < 8; i++)
        ck_assert_double_eq(gt_tensor_at(whole, i), i < 3 ? gt_tensor_at(first, i) : gt_tensor_at(second, i - 3));
    lab_random_normal(&apart);
    lab_random_seed(&apart, 7);
    ck_assert_double_eq(lab_random_normal(&apart), gt_tensor_at(whole, 0));
}
END_TEST

/* The state is made anew after 312 numbers of 53 bits; what follows must still be spread as normal numbers are. */
START_TEST(many_numbers_are_normal)
{
    enum { MANY = 100000 };
    lab_random random;
    lab_random_seed(&random, 5489);
    double sum = 0, squares = 0;
    int within = 0;
    for (int i = 0; i < MANY; i++) {
        const double x = lab_random_normal(&random);
        sum += x;
        squares += x * x;
        within += x > -1 && x < 1;
    }
    ck_assert_double_eq_tol(sum / MANY, 0, 0.015);
    ck_assert_double_eq_tol(squares / MANY, 1, 0.02);
    ck_assert_double_eq_tol((double)within / MANY, 0.6827, 0.007);
}
END_TEST

START_TEST(no_numbers_are_an_empty_tensor)
{
    lab_random random;
    lab_random_seed(&random, 1);
    ck_assert_int_eq(gt_tensor_size(own(lab_random_normals(&random, GT_SHAPE(0, 3)))), 0);
    ck_assert_ptr_null(lab_random_normals(&random, GT_SHAPE(-1)));
}
END_TEST

int main(void)
{
    return run_suite_with("lab_random", open_tape, close_tape,
                          (const suite_test[]){
                              TEST(normals_are_the_documents),
                              TEST(the_spare_number_belongs_to_the_stream),
                              TEST(many_numbers_are_normal),
                              TEST(no_numbers_are_an_empty_tensor),
                              END_OF_TESTS,
                          });
}
