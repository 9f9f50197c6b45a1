/* A thread with a small stack. */
#include "tests/support/stack.h"

#include <check.h>
#include <pthread.h>
#include <unistd.h>

void run_on_a_small_stack(void *(*body)(void *), void *context)
{
    const long least = sysconf(_SC_THREAD_STACK_MIN); /* 128 KiB on AArch64 */
    pthread_attr_t attributes;
    pthread_t thread;
    ck_assert_int_eq(pthread_attr_init(&attributes), 0);
    ck_assert_int_eq(pthread_attr_setstacksize(&attributes, least > 65536 ? (size_t)least : 65536), 0);
    ck_assert_int_eq(pthread_create(&thread, &attributes, body, context), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
}
