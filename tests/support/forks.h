/* Where a child of a process with threads cannot start threads of its own: ThreadSanitizer ends it, and qemu-user,
 * under which cross-built tests run, crashes. */
#ifndef GT_TESTS_FORKS_H
#define GT_TESTS_FORKS_H

#if defined(__SANITIZE_THREAD__) || defined(TEST_EMULATED)
#define NO_THREADS_AFTER_FORK 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NO_THREADS_AFTER_FORK 1
#endif
#endif

#endif
