/* The gradients of every op on CUDA, at its samples, by differences. */
#include "tests/support/sampled.h"
#include "tests/support/suite.h"

START_TEST(gradients_agree_with_differences)
{
    sampled_gradients_agree(GT_CUDA, gt_op_at(_i), 1);
}
END_TEST

int main(void)
{
    return run_suite("cuda gradients",
                     (const suite_test[]){LOOP_TEST(gradients_agree_with_differences, gt_op_count()), END_OF_TESTS});
}
