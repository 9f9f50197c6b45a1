/* core/error: messages per thread, and text through a writer. */
#include "core/error.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "tests/support/suite.h"

START_TEST(fail_returns_its_status)
{
    ck_assert_int_eq(gt_fail(GT_ERR_SHAPE, "no"), GT_ERR_SHAPE);
}
END_TEST

START_TEST(fail_formats_the_last_error)
{
    gt_fail(GT_ERR_VALUE, "label %d of %s", 7, "mnist");
    ck_assert_str_eq(gt_last_error(), "label 7 of mnist");
}
END_TEST

START_TEST(last_error_can_be_an_argument_of_the_next)
{
    gt_fail(GT_ERR_SHAPE, "inner");
    gt_fail(GT_ERR_SHAPE, "outer: %s", gt_last_error());
    ck_assert_str_eq(gt_last_error(), "outer: inner");
}
END_TEST

START_TEST(too_long_a_message_is_cut)
{
    gt_fail(GT_ERR_IO, "%2000d", 1);
    ck_assert_uint_lt(strlen(gt_last_error()), 2000);
    ck_assert_uint_gt(strlen(gt_last_error()), 200);
}
END_TEST

static void *fail_elsewhere(void *seen)
{
    strcpy(seen, gt_last_error());
    gt_fail(GT_ERR_IO, "elsewhere");
    return NULL;
}

START_TEST(each_thread_has_its_own_message_empty_at_first)
{
    char seen[64] = "?";
    pthread_t thread;
    gt_fail(GT_ERR_IO, "here");
    ck_assert_int_eq(pthread_create(&thread, NULL, fail_elsewhere, seen), 0);
    pthread_join(thread, NULL);
    ck_assert_str_eq(seen, "");
    ck_assert_str_eq(gt_last_error(), "here");
}
END_TEST

START_TEST(every_status_has_a_name_of_its_own)
{
    for (int i = 0; i >= GT_ERR_UNSUPPORTED; i--) {
        ck_assert_str_ne(gt_status_name((gt_status)i), "unknown status");
        for (int j = 0; j > i; j--)
            ck_assert_str_ne(gt_status_name((gt_status)i), gt_status_name((gt_status)j));
    }
}
END_TEST

START_TEST(an_unknown_status_is_called_so)
{
    ck_assert_str_eq(gt_status_name((gt_status)99), "unknown status");
}
END_TEST

typedef struct text {
    char content[4096];
    size_t length;
} text;

static void append(void *context, const char *piece, size_t length)
{
    text *all = context;
    memcpy(all->content + all->length, piece, length);
    all->length += length;
}

START_TEST(write_passes_formatted_text_on)
{
    text all = {.length = 0};
    gt_write(append, &all, "%d ops, ", 3);
    gt_write(append, &all, "%s", "done");
    ck_assert_uint_eq(all.length, strlen("3 ops, done"));
    ck_assert_mem_eq(all.content, "3 ops, done", all.length);
}
END_TEST

START_TEST(write_passes_long_lines_whole)
{
    text all = {.length = 0};
    gt_write(append, &all, "%3000d|", 5);
    ck_assert_uint_eq(all.length, 3001);
    ck_assert_mem_eq(all.content + 2998, " 5|", 3);
}
END_TEST

START_TEST(write_file_is_a_writer_over_stdio)
{
    char line[16];
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    gt_write(gt_write_file, file, "loss %.1f", 0.5);
    rewind(file);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    fclose(file);
    ck_assert_str_eq(line, "loss 0.5");
}
END_TEST

static void *refuse(void *context, size_t alignment, size_t bytes)
{
    (void)context, (void)alignment, (void)bytes;
    return NULL;
}

static void give_back(void *context, void *memory, size_t bytes)
{
    (void)context, (void)memory, (void)bytes;
}

START_TEST(long_line_is_cut_where_memory_is_out)
{
    static text all;
    const gt_allocator refusing = {.allocate = refuse, .release = give_back, .direct = 1};
    ck_assert_int_eq(gt_set_allocator(&refusing), GT_OK);
    gt_write(append, &all, "begin%3000d|", 5);
    ck_assert_int_eq(gt_set_allocator(NULL), GT_OK);
    ck_assert_uint_eq(all.length, 255);
    ck_assert_int_eq(strncmp(all.content, "begin   ", 8), 0);
}
END_TEST

START_TEST(last_status_is_that_of_the_last_failure)
{
    ck_assert_int_eq(gt_last_status(), GT_OK);
    gt_fail(GT_ERR_SHAPE, "first");
    gt_fail(GT_ERR_MEMORY, "second");
    ck_assert_int_eq(gt_last_status(), GT_ERR_MEMORY);
}
END_TEST

int main(void)
{
    return run_suite("error", (const suite_test[]){
                                  TEST(long_line_is_cut_where_memory_is_out),
                                  TEST(last_status_is_that_of_the_last_failure),
                                  TEST(fail_returns_its_status),
                                  TEST(fail_formats_the_last_error),
                                  TEST(last_error_can_be_an_argument_of_the_next),
                                  TEST(too_long_a_message_is_cut),
                                  TEST(each_thread_has_its_own_message_empty_at_first),
                                  TEST(every_status_has_a_name_of_its_own),
                                  TEST(an_unknown_status_is_called_so),
                                  TEST(write_passes_formatted_text_on),
                                  TEST(write_passes_long_lines_whole),
                                  TEST(write_file_is_a_writer_over_stdio),
                                  END_OF_TESTS,
                              });
}
