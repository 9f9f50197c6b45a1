/* core/memory and core/pool: size classes, counters, limits, injected failures, poison. */
#include "core/memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/poison.h"
#include "tests/support/suite.h"

/* An allocator that counts, and refuses its calls from number `fails_from` on (0: never). */
typedef struct counting {
    _Atomic long calls, held_blocks, held_bytes;
    long fails_from;
} counting;

static void *count_allocate(void *context, size_t alignment, size_t bytes)
{
    counting *counts = context;
    long call = atomic_fetch_add(&counts->calls, 1) + 1;
    if (counts->fails_from && call >= counts->fails_from)
        return NULL;
    void *memory = aligned_alloc(alignment, bytes);
    atomic_fetch_add(&counts->held_blocks, memory != NULL);
    atomic_fetch_add(&counts->held_bytes, memory ? (long)bytes : 0);
    return memory;
}

static void count_release(void *context, void *memory, size_t bytes)
{
    counting *counts = context;
    atomic_fetch_sub(&counts->held_blocks, 1);
    atomic_fetch_sub(&counts->held_bytes, (long)bytes);
    free(memory);
}

static void install(counting *counts, int direct)
{
    const gt_allocator table = {count_allocate, count_release, counts, direct};
    ck_assert_int_eq(gt_set_allocator(&table), GT_OK);
}

static void after(void)
{
    gt_memory_limit(0);
    ck_assert_int_eq(gt_set_allocator(NULL), GT_OK);
}

static const size_t sizes[] = {1, 8, 63, 64, 65, 512, 513, 640, 1000, 1024, 1025, 4096, 5000, 1 << 20, (3 << 20) + 1};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

START_TEST(blocks_are_aligned_to_64)
{
    for (int again = 0; again < 3; again++) {
        void *first = gt_pool_allocate(sizes[_i]), *second = gt_pool_allocate(sizes[_i]);
        ck_assert_uint_eq((uintptr_t)first % 64, 0);
        ck_assert_uint_eq((uintptr_t)second % 64, 0);
        gt_pool_release(first, sizes[_i]);
        gt_pool_release(second, sizes[_i]);
    }
}
END_TEST

START_TEST(blocks_do_not_overlap)
{
    enum { BLOCKS = 200 };
    unsigned char *blocks[BLOCKS];
    size_t bytes = sizes[_i] > 5000 ? 5000 : sizes[_i];
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = gt_pool_allocate(bytes);
        memset(blocks[i], i, bytes);
    }
    for (int i = 0; i < BLOCKS; i++) {
        size_t wrong = 0;
        for (size_t k = 0; k < bytes; k++)
            wrong += blocks[i][k] != (unsigned char)i;
        ck_assert_uint_eq(wrong, 0);
        gt_pool_release(blocks[i], bytes);
    }
}
END_TEST

START_TEST(zero_bytes_count_as_one)
{
    void *block = gt_pool_allocate(0);
    ck_assert_ptr_nonnull(block);
    ck_assert_uint_eq(gt_memory_live(), 64);
    gt_pool_release(block, 0);
    ck_assert_uint_eq(gt_memory_live(), 0);
}
END_TEST

START_TEST(releasing_null_does_nothing)
{
    gt_pool_release(NULL, 100);
    gt_release(NULL);
    ck_assert_uint_eq(gt_memory_live(), 0);
}
END_TEST

/* The class of the header: multiples of 64 to 512, then eight to each power of two. */
static size_t expected_class(size_t bytes)
{
    size_t step = 64;
    while (step * 16 < bytes)
        step *= 2;
    return (bytes + step - 1) / step * step;
}

START_TEST(size_classes_are_the_documented_ones)
{
    for (size_t bytes = 1; bytes < 70000; bytes += bytes < 3000 ? 1 : 61) {
        void *block = gt_pool_allocate(bytes);
        ck_assert_uint_eq(gt_memory_live(), expected_class(bytes));
        gt_pool_release(block, bytes);
    }
}
END_TEST

START_TEST(rounding_loses_at_most_an_eighth_above_512)
{
    for (size_t bytes = 513; bytes < 20000; bytes++) {
        void *block = gt_pool_allocate(bytes);
        size_t lost = gt_memory_live() - bytes;
        ck_assert_uint_le(8 * lost, bytes);
        gt_pool_release(block, bytes);
    }
}
END_TEST

START_TEST(live_counts_blocks_in_use)
{
    void *small = gt_pool_allocate(100), *large = gt_pool_allocate(2048);
    ck_assert_uint_eq(gt_memory_live(), 128 + 2048);
    gt_pool_release(small, 100);
    ck_assert_uint_eq(gt_memory_live(), 2048);
    gt_pool_release(large, 2048);
    ck_assert_uint_eq(gt_memory_live(), 0);
}
END_TEST

START_TEST(a_freed_block_is_used_again)
{
    void *first = gt_pool_allocate(sizes[_i]);
    gt_pool_release(first, sizes[_i]);
    void *second = gt_pool_allocate(sizes[_i]);
    ck_assert_ptr_eq(first, second);
    gt_pool_release(second, sizes[_i]);
}
END_TEST

static void use_many(int blocks)
{
    static void *block[3000];
    for (int i = 0; i < blocks; i++)
        block[i] = gt_pool_allocate((size_t)(i * 37 % 4000 + 1));
    for (int i = 0; i < blocks; i++)
        gt_pool_release(block[i], (size_t)(i * 37 % 4000 + 1));
}

START_TEST(a_steady_state_makes_no_call_to_the_allocator)
{
    counting counts = {0};
    install(&counts, 0);
    use_many(3000);
    long warm = counts.calls;
    for (int i = 0; i < 5; i++)
        use_many(3000);
    ck_assert_int_gt(warm, 0);
    ck_assert_int_eq(counts.calls, warm);
    after();
}
END_TEST

START_TEST(trim_gives_everything_back_that_is_free)
{
    use_many(3000);
    ck_assert_uint_gt(gt_memory_reserved(), 0);
    gt_memory_trim();
    ck_assert_uint_eq(gt_memory_reserved(), 0);
}
END_TEST

START_TEST(trim_keeps_what_is_in_use)
{
    char *kept = gt_pool_allocate(200), *large = gt_pool_allocate(9000);
    strcpy(kept, "kept");
    strcpy(large, "large");
    use_many(3000);
    gt_memory_trim();
    ck_assert_uint_gt(gt_memory_reserved(), 9000);
    ck_assert_uint_lt(gt_memory_reserved(), 100000);
    use_many(3000);
    ck_assert_str_eq(kept, "kept");
    ck_assert_str_eq(large, "large");
    gt_pool_release(kept, 200);
    gt_pool_release(large, 9000);
    gt_memory_trim();
    ck_assert_uint_eq(gt_memory_reserved(), 0);
}
END_TEST

START_TEST(all_memory_comes_from_the_allocator_and_goes_back)
{
    counting counts = {0};
    install(&counts, 0);
    use_many(3000);
    ck_assert_uint_eq(gt_memory_reserved(), (size_t)counts.held_bytes);
    after();
    ck_assert_int_eq(counts.held_blocks, 0);
    ck_assert_int_eq(counts.held_bytes, 0);
}
END_TEST

START_TEST(direct_mode_asks_for_every_block)
{
    counting counts = {0};
    install(&counts, 1);
    for (int i = 1; i <= 10; i++) {
        void *block = gt_pool_allocate(sizes[_i]);
        ck_assert_int_eq(counts.calls, i);
        ck_assert_uint_eq(gt_memory_live(), (sizes[_i] + 63) / 64 * 64);
        ck_assert_uint_eq(gt_memory_reserved(), gt_memory_live());
        gt_pool_release(block, sizes[_i]);
        ck_assert_int_eq(counts.held_bytes, 0);
    }
    after();
}
END_TEST

START_TEST(direct_mode_fails_at_the_injected_call)
{
    counting counts = {.fails_from = 3};
    install(&counts, 1);
    void *first = gt_pool_allocate(10), *second = gt_pool_allocate(20000);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_nonnull(second);
    ck_assert_ptr_null(gt_pool_allocate(777));
    ck_assert_str_eq(gt_last_error(), "out of memory: 777 bytes asked for");
    ck_assert_int_eq(counts.calls, 3);
    gt_pool_release(first, 10);
    gt_pool_release(second, 20000);
    ck_assert_uint_eq(gt_memory_reserved(), 0);
    after();
}
END_TEST

START_TEST(a_refusing_allocator_is_an_error_and_leaves_no_trace)
{
    counting counts = {.fails_from = 1};
    install(&counts, 0);
    ck_assert_ptr_null(gt_pool_allocate(sizes[_i]));
    ck_assert_uint_eq(gt_memory_live(), 0);
    ck_assert_uint_eq(gt_memory_reserved(), 0);
    counts.fails_from = 0;
    void *block = gt_pool_allocate(sizes[_i]);
    ck_assert_ptr_nonnull(block);
    gt_pool_release(block, sizes[_i]);
    after();
}
END_TEST

START_TEST(the_allocator_cannot_change_while_blocks_are_live)
{
    counting counts = {0};
    const gt_allocator table = {count_allocate, count_release, &counts, 0};
    void *block = gt_pool_allocate(100);
    ck_assert_int_eq(gt_set_allocator(&table), GT_ERR_STATE);
    ck_assert_str_eq(gt_last_error(), "set_allocator: 128 bytes are in use");
    gt_pool_release(block, 100);
    ck_assert_int_eq(gt_set_allocator(&table), GT_OK);
    after();
}
END_TEST

START_TEST(an_allocator_needs_both_functions)
{
    ck_assert_int_eq(gt_set_allocator(&(gt_allocator){.allocate = count_allocate}), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_set_allocator(&(gt_allocator){.release = count_release}), GT_ERR_ARGUMENT);
}
END_TEST

START_TEST(the_limit_refuses_more)
{
    gt_memory_limit(1 << 20);
    void *half = gt_pool_allocate(1 << 19);
    ck_assert_ptr_nonnull(half);
    ck_assert_ptr_null(gt_pool_allocate((1 << 19) + 1));
    ck_assert_str_eq(gt_last_error(), "out of memory: 524289 bytes asked for");
    void *rest = gt_pool_allocate(1 << 19);
    ck_assert_ptr_nonnull(rest);
    ck_assert_uint_le(gt_memory_reserved(), 1 << 20);
    gt_pool_release(half, 1 << 19);
    gt_pool_release(rest, 1 << 19);
    after();
}
END_TEST

START_TEST(the_limit_gives_cached_blocks_back_first)
{
    gt_memory_limit(1 << 20);
    use_many(200);
    void *all = gt_pool_allocate(1 << 20);
    ck_assert_ptr_nonnull(all);
    gt_pool_release(all, 1 << 20);
    void *small = gt_pool_allocate(10);
    ck_assert_ptr_nonnull(small);
    gt_pool_release(small, 10);
    after();
}
END_TEST

START_TEST(more_than_an_address_space_is_an_error)
{
    ck_assert_ptr_null(gt_pool_allocate(SIZE_MAX));
    ck_assert_ptr_null(gt_pool_allocate((size_t)PTRDIFF_MAX));
    ck_assert_ptr_null(gt_allocate(SIZE_MAX));
    ck_assert_ptr_null(gt_allocate(SIZE_MAX - 3));
    ck_assert_uint_eq(gt_memory_live(), 0);
}
END_TEST

START_TEST(peak_is_the_largest_reserved)
{
    gt_memory_trim();
    gt_memory_reset_peak();
    gt_pool_release(gt_pool_allocate(1 << 20), 1 << 20);
    gt_memory_trim();
    ck_assert_uint_eq(gt_memory_reserved(), 0);
    ck_assert_uint_eq(gt_memory_peak(), 1 << 20);
    gt_memory_reset_peak();
    ck_assert_uint_eq(gt_memory_peak(), 0);
}
END_TEST

START_TEST(allocate_gives_zeroed_memory)
{
    static const char zeros[3000];
    for (int again = 0; again < 2; again++) {
        char *object = gt_allocate(sizeof zeros);
        ck_assert_mem_eq(object, zeros, sizeof zeros);
        memset(object, 7, sizeof zeros);
        gt_release(object);
    }
}
END_TEST

START_TEST(allocate_is_aligned_as_malloc_is)
{
    void *object = gt_allocate(3);
    ck_assert_uint_eq((uintptr_t)object % _Alignof(max_align_t), 0);
    gt_release(object);
}
END_TEST

START_TEST(copy_string_copies)
{
    char text[] = "weights";
    char *copy = gt_copy_string(text);
    text[0] = 'W';
    ck_assert_str_eq(copy, "weights");
    ck_assert_ptr_null(gt_copy_string(NULL));
    gt_release(copy);
}
END_TEST

#if defined(GT_HAVE_ASAN)
START_TEST(free_blocks_are_poisoned)
{
    char *block = gt_pool_allocate(sizes[_i]);
    gt_pool_release(block, sizes[_i]);
    for (size_t i = 0; i < sizes[_i]; i += 1 + sizes[_i] / 100)
        ck_assert(__asan_address_is_poisoned(block + i));
}
END_TEST

START_TEST(what_rounding_added_is_poisoned)
{
    char *block = gt_pool_allocate(sizes[_i]);
    ck_assert_ptr_null(__asan_region_is_poisoned(block, sizes[_i]));
    if (sizes[_i] < expected_class(sizes[_i]))
        ck_assert(__asan_address_is_poisoned(block + sizes[_i]));
    gt_pool_release(block, sizes[_i]);
}
END_TEST
#endif

/* A ring of blocks through which two threads hand memory to each other. */

int main(void)
{
    return run_suite(
        "memory", (const suite_test[]) {
            LOOP_TEST(blocks_are_aligned_to_64, SIZES), LOOP_TEST(blocks_do_not_overlap, SIZES),
                TEST(zero_bytes_count_as_one), TEST(releasing_null_does_nothing),
                TEST(size_classes_are_the_documented_ones), TEST(rounding_loses_at_most_an_eighth_above_512),
                TEST(live_counts_blocks_in_use), LOOP_TEST(a_freed_block_is_used_again, SIZES),
                TEST(a_steady_state_makes_no_call_to_the_allocator), TEST(trim_gives_everything_back_that_is_free),
                TEST(trim_keeps_what_is_in_use), TEST(all_memory_comes_from_the_allocator_and_goes_back),
                LOOP_TEST(direct_mode_asks_for_every_block, SIZES), TEST(direct_mode_fails_at_the_injected_call),
                LOOP_TEST(a_refusing_allocator_is_an_error_and_leaves_no_trace, SIZES),
                TEST(the_allocator_cannot_change_while_blocks_are_live), TEST(an_allocator_needs_both_functions),
                TEST(the_limit_refuses_more), TEST(the_limit_gives_cached_blocks_back_first),
                TEST(more_than_an_address_space_is_an_error), TEST(peak_is_the_largest_reserved),
                TEST(allocate_gives_zeroed_memory), TEST(allocate_is_aligned_as_malloc_is), TEST(copy_string_copies),
#if defined(GT_HAVE_ASAN)
                LOOP_TEST(free_blocks_are_poisoned, SIZES), LOOP_TEST(what_rounding_added_is_poisoned, SIZES),
#endif
                END_OF_TESTS
        });
}
