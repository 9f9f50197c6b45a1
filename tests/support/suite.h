/* A suite's main, over Check:
 *
 *     START_TEST(relu_keeps_nan)
 *     {
 *         ck_assert(...);
 *     }
 *     END_TEST
 *
 *     int main(void)
 *     {
 *         return run_suite("relu", (const suite_test[]){
 *             TEST(relu_keeps_nan),
 *             LOOP_TEST(every_sample_has_a_shape, sample_count()), // _i = 0, 1, ... in the test
 *             END_OF_TESTS});
 *     }
 *
 * Each test runs in a process of its own (unless CK_FORK=no), and fails if it leaves memory of the pool in use that it
 * did not find in use. */
#ifndef GT_TESTS_SUITE_H
#define GT_TESTS_SUITE_H

#include <check.h>

typedef struct suite_test {
    const TTest *test;
    int loops;
} suite_test;

/* clang-format off */
#define TEST(name) {(name), 1}
#define LOOP_TEST(name, count) {(name), (count)}
#define END_OF_TESTS {NULL, 0}
/* clang-format on */

/* The program's exit status: 0 only if tests ran, all of them passed, and no loop was empty. */
int run_suite(const char *name, const suite_test *tests);

/* The same with a function to run before and after each test, in its process; either may be NULL. */
int run_suite_with(const char *name, void (*before)(void), void (*after)(void), const suite_test *tests);

/* gt_set_threads, for a test of what several threads compute. Fails unless they are given; a build that has none must
 * refuse them, and computes on one. */
void use_threads(int count);

#endif
