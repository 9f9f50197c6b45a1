/* Free memory made unreadable, for whoever watches: the address sanitizer where it is compiled in, valgrind where the
 * program runs under it. Private to the memory pool. */
#ifndef GT_POISON_H
#define GT_POISON_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define GT_HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GT_HAVE_ASAN 1
#endif
#endif
#if defined(GT_HAVE_ASAN)
#include <sanitizer/asan_interface.h>
#endif

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#define GT_HAVE_VALGRIND 1
#include <valgrind/memcheck.h>
#endif
#endif

static inline bool gt_poison_wants_valgrind(void)
{
#if defined(GT_HAVE_VALGRIND)
    return RUNNING_ON_VALGRIND;
#else
    return false;
#endif
}

/* `watched`: gt_poison_wants_valgrind(), asked once, because each request costs some nanoseconds also without valgrind.
 */
static inline void gt_poison(void *memory, size_t bytes, bool watched)
{
    (void)memory, (void)bytes, (void)watched;
#if defined(GT_HAVE_ASAN)
    __asan_poison_memory_region(memory, bytes);
#endif
#if defined(GT_HAVE_VALGRIND)
    if (watched)
        (void)VALGRIND_MAKE_MEM_NOACCESS(memory, bytes);
#endif
}

/* Usable again; its contents count as initialised only where `defined` says so. */
static inline void gt_unpoison(void *memory, size_t bytes, bool defined, bool watched)
{
    (void)memory, (void)bytes, (void)defined, (void)watched;
#if defined(GT_HAVE_ASAN)
    __asan_unpoison_memory_region(memory, bytes);
#endif
#if defined(GT_HAVE_VALGRIND)
    if (watched && defined)
        (void)VALGRIND_MAKE_MEM_DEFINED(memory, bytes);
    else if (watched)
        (void)VALGRIND_MAKE_MEM_UNDEFINED(memory, bytes);
#endif
}

/* A read that these tools report where the block is free already: a double release. */
static inline void gt_poison_check(const void *memory, bool watched)
{
    (void)memory, (void)watched;
#if defined(GT_HAVE_ASAN)
    (void)*(const volatile char *)memory;
#elif defined(GT_HAVE_VALGRIND)
    if (watched)
        (void)*(const volatile char *)memory;
#endif
}

#endif
