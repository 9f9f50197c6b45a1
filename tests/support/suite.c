/* A suite's main, over Check. */
#include "tests/support/suite.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/threads.h"

static size_t live_before;

static void note_memory(void)
{
    live_before = gt_memory_live();
}

static void find_leaks(void)
{
    gt_threads_stop(); /* sanitizers and valgrind wait for threads that still run, or call their stacks lost */
    size_t live = gt_memory_live();
    ck_assert_msg(live == live_before, "%zu bytes of the pool are in use after the test, %zu before it", live,
                  live_before);
}

/* False where a loop is empty: Check would count it as passed. */
static bool add_tests(TCase *cases, const suite_test *tests)
{
    bool complete = true;
    for (; tests->test; tests++) {
        tcase_add_loop_test(cases, tests->test, 0, tests->loops);
        if (tests->loops > 0)
            continue;
        fprintf(stderr, "%s: a loop of %d tests\n", tests->test->name, tests->loops);
        complete = false;
    }
    return complete;
}

int run_suite_with(const char *name, void (*before)(void), void (*after)(void), const suite_test *tests)
{
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create(name);
    suite_add_tcase(suite, cases);
    /* Check runs the second pair inside the first. */
    tcase_add_checked_fixture(cases, note_memory, find_leaks);
    if (before || after)
        tcase_add_checked_fixture(cases, before, after);
    bool complete = add_tests(cases, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int ran = srunner_ntests_run(runner), failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (ran == 0)
        fprintf(stderr, "%s: no test ran\n", name);
    return complete && ran > 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int run_suite(const char *name, const suite_test *tests)
{
    return run_suite_with(name, NULL, NULL, tests);
}

void use_threads(int count)
{
#ifdef TEST_NO_THREADS
    ck_assert_int_eq(gt_set_threads(count), count > 1 ? GT_ERR_UNSUPPORTED : GT_OK);
#else
    ck_assert_msg(gt_set_threads(count) == GT_OK, "%s", gt_last_error());
#endif
}
