/* core/arena: pieces, marks, rollback, growth. */
#include "core/arena.h"

#include <stdint.h>
#include <string.h>

#include "core/memory.h"
#include "tests/support/suite.h"

START_TEST(pieces_are_aligned_to_16_and_do_not_overlap)
{
    enum { PIECES = 3000 };
    static unsigned char *piece[PIECES];
    gt_arena arena = {0};
    for (int i = 0; i < PIECES; i++) {
        piece[i] = gt_arena_take(&arena, (size_t)(i % 37 + 1));
        ck_assert_uint_eq((uintptr_t)piece[i] % 16, 0);
        memset(piece[i], i % 251, (size_t)(i % 37 + 1));
    }
    for (int i = 0; i < PIECES; i++)
        for (int k = 0; k < i % 37 + 1; k++)
            ck_assert_uint_eq(piece[i][k], (unsigned)(i % 251));
    gt_arena_free(&arena);
}
END_TEST

START_TEST(a_piece_larger_than_any_chunk_gets_its_own)
{
    gt_arena arena = {0};
    char *large = gt_arena_take(&arena, 3u << 20), *small = gt_arena_take(&arena, 16);
    ck_assert_ptr_nonnull(large);
    ck_assert_ptr_nonnull(small);
    memset(large, 1, 3u << 20);
    gt_arena_free(&arena);
}
END_TEST

START_TEST(rollback_gives_the_same_memory_again)
{
    gt_arena arena = {0};
    gt_arena_take(&arena, 100);
    gt_arena_mark mark = gt_arena_here(&arena);
    void *first = gt_arena_take(&arena, 64);
    for (int i = 0; i < 1000; i++)
        gt_arena_take(&arena, 64);
    size_t reserved = arena.reserved;
    gt_arena_rollback(&arena, mark);
    ck_assert_ptr_eq(gt_arena_take(&arena, 64), first);
    for (int i = 0; i < 1000; i++)
        gt_arena_take(&arena, 64);
    ck_assert_uint_eq(arena.reserved, reserved);
    gt_arena_free(&arena);
}
END_TEST

START_TEST(reset_keeps_the_chunks)
{
    gt_arena arena = {0};
    for (int round = 0; round < 5; round++) {
        gt_arena_reset(&arena);
        for (int i = 0; i < 10000; i++)
            ck_assert_ptr_nonnull(gt_arena_take(&arena, 48));
        ck_assert_uint_lt(arena.reserved, 3 * 48 * 10000);
    }
    size_t reserved = arena.reserved;
    gt_arena_reset(&arena);
    for (int i = 0; i < 10000; i++)
        gt_arena_take(&arena, 48);
    ck_assert_uint_eq(arena.reserved, reserved);
    gt_arena_free(&arena);
}
END_TEST

START_TEST(rollback_to_an_empty_arena_starts_over)
{
    gt_arena arena = {0};
    gt_arena_mark nothing = gt_arena_here(&arena);
    void *first = gt_arena_take(&arena, 16);
    gt_arena_rollback(&arena, nothing);
    ck_assert_ptr_eq(gt_arena_take(&arena, 16), first);
    gt_arena_free(&arena);
}
END_TEST

START_TEST(out_of_memory_leaves_the_arena_as_it_was)
{
    gt_arena arena = {0};
    char *kept = gt_arena_take(&arena, 16);
    *kept = 7;
    gt_arena_mark mark = gt_arena_here(&arena);
    gt_memory_limit(1);
    ck_assert_ptr_null(gt_arena_take(&arena, 8u << 20));
    gt_memory_limit(0);
    ck_assert_ptr_eq(arena.current, mark.current);
    ck_assert_uint_eq(arena.used, mark.used);
    ck_assert_ptr_nonnull(gt_arena_take(&arena, 16));
    ck_assert_int_eq(*kept, 7);
    gt_arena_free(&arena);
}
END_TEST

START_TEST(freeing_twice_is_harmless)
{
    gt_arena arena = {0};
    gt_arena_take(&arena, 16);
    gt_arena_free(&arena);
    gt_arena_free(&arena);
    ck_assert_uint_eq(arena.reserved, 0);
}
END_TEST

int main(void)
{
    return run_suite("arena", (const suite_test[]){
                                  TEST(pieces_are_aligned_to_16_and_do_not_overlap),
                                  TEST(a_piece_larger_than_any_chunk_gets_its_own),
                                  TEST(rollback_gives_the_same_memory_again),
                                  TEST(reset_keeps_the_chunks),
                                  TEST(rollback_to_an_empty_arena_starts_over),
                                  TEST(out_of_memory_leaves_the_arena_as_it_was),
                                  TEST(freeing_twice_is_harmless),
                                  END_OF_TESTS,
                              });
}
