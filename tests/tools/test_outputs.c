/* tools/outputs: what would be lost, and what cannot be written, before anything is. */
#include "tools/outputs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/messages.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

/* Paths in the scratch folder: scratch_path keeps one at a time. */
typedef struct name {
    char text[160];
} name;

static name in_scratch(const char *file)
{
    name n;
    snprintf(n.text, sizeof n.text, "%s/%s", scratch_folder, file);
    return n;
}

static gt_status check_two(const char *a, const char *b)
{
    output_list o = {.count = 0};
    outputs_file(&o, "--save", in_scratch(a).text);
    outputs_file(&o, "--graph", in_scratch(b).text);
    return outputs_check(&o);
}

static gt_status check_kept(const char *kept, const char *written)
{
    output_list o = {.count = 0};
    outputs_keep(&o, "the data", in_scratch(kept).text);
    outputs_file(&o, "--output", in_scratch(written).text);
    return outputs_check(&o);
}

START_TEST(different_files_may_be_written)
{
    ck_assert_int_eq(check_two("a", "b"), GT_OK);
    ck_assert_int_eq(check_kept("a", "b"), GT_OK);
    ck_assert_int_eq(scratch_count(), 0);
    scratch_write(in_scratch("a").text, "old", 3);
    ck_assert_int_eq(check_two("a", "b"), GT_OK);
    ck_assert_int_eq(check_two("b", "a"), GT_OK);
    size_t length;
    char *text = scratch_read(in_scratch("a").text, &length);
    ck_assert_str_eq(text, "old");
    free(text);
}
END_TEST

START_TEST(nothing_asked_for_is_nothing_wrong)
{
    output_list o = {.count = 0};
    outputs_keep(&o, "the data", NULL);
    outputs_file(&o, "--save", NULL);
    outputs_stream(&o, "--log", NULL);
    outputs_pictures(&o, "--plot", NULL, (const char *const[]){"a", NULL});
    ck_assert_int_eq(outputs_check(&o), GT_OK);
}
END_TEST

/* Of files that are there, and of such that are not. */
START_TEST(one_file_under_two_names_is_refused)
{
    const name folder = in_scratch("folder"), link = in_scratch("link"), hard = in_scratch("hard");
    ck_assert_int_eq(mkdir(folder.text, 0700), 0);
    for (int there = 0; there < 2; there++) {
        if (there)
            scratch_write(in_scratch("a").text, "old", 3);
        ck_assert_int_eq(check_two("a", "a"), GT_ERR_ARGUMENT);
        assert_message("/a: --save and --graph would both be written there");
        ck_assert_int_eq(check_two("a", "./a"), GT_ERR_ARGUMENT);
        ck_assert_int_eq(check_two("folder/../a", "a"), GT_ERR_ARGUMENT);
        ck_assert_int_eq(check_two("folder/a", "a"), GT_OK);
    }
    ck_assert_int_eq(symlink("a", link.text), 0);
    ck_assert_int_eq(linkat(AT_FDCWD, in_scratch("a").text, AT_FDCWD, hard.text, 0), 0);
    ck_assert_int_eq(check_two("a", "link"), GT_ERR_ARGUMENT);
    ck_assert_int_eq(check_two("hard", "a"), GT_ERR_ARGUMENT);
    ck_assert_int_eq(unlink(link.text) | unlink(hard.text) | rmdir(folder.text), 0);
}
END_TEST

START_TEST(what_is_read_is_not_replaced)
{
    scratch_write(in_scratch("a").text, "old", 3);
    ck_assert_int_eq(check_kept("a", "./a"), GT_ERR_ARGUMENT);
    assert_message("/./a: --output would replace the data");
    output_list o = {.count = 0};
    outputs_file(&o, "--output", in_scratch("a").text);
    outputs_keep(&o, "the labels", in_scratch("./a").text);
    ck_assert_int_eq(outputs_check(&o), GT_ERR_ARGUMENT);
    assert_message("/a: --output would replace the labels");
    outputs_keep(&o, "the data", in_scratch("a").text);
    outputs_keep(&o, "the labels", in_scratch("a").text);
    ck_assert_int_eq(outputs_check(&o), GT_OK);
}
END_TEST

START_TEST(what_cannot_be_written_is_named)
{
    output_list o = {.count = 0};
    outputs_file(&o, "--save", in_scratch("none/a").text);
    outputs_file(&o, "--graph", in_scratch("b").text); /* the first failure stays */
    ck_assert_int_eq(outputs_check(&o), GT_ERR_IO);
    assert_message("/none/a: No such file");
    outputs_file(&o, "--save", scratch_folder);
    ck_assert_int_eq(outputs_check(&o), GT_ERR_IO);
    assert_message("not a regular file");
    outputs_stream(&o, "--log", scratch_folder);
    ck_assert_int_eq(outputs_check(&o), GT_ERR_IO);
    outputs_file(&o, "--save", "/dev/null");
    ck_assert_int_eq(outputs_check(&o), GT_ERR_IO);
    ck_assert_int_eq(scratch_count(), 0);
}
END_TEST

START_TEST(streams_may_go_to_one_device)
{
    output_list o = {.count = 0};
    outputs_stream(&o, "--log", "/dev/null");
    outputs_stream(&o, "--profile", "/dev/null");
    ck_assert_int_eq(outputs_check(&o), GT_OK);
    outputs_stream(&o, "--log", in_scratch("a").text);
    outputs_stream(&o, "--profile", in_scratch("a").text);
    ck_assert_int_eq(outputs_check(&o), GT_ERR_ARGUMENT);
}
END_TEST

START_TEST(each_picture_is_looked_at)
{
    static const char *const parts[] = {"curves", "wrong", NULL};
    output_list o = {.count = 0};
    outputs_pictures(&o, "--plot", in_scratch("out.png").text, parts);
    const gt_status status = outputs_check(&o);
    if (status == GT_ERR_UNSUPPORTED) /* a build that cannot draw */
        return;
    ck_assert_int_eq(status, GT_OK);
    outputs_pictures(&o, "--plot", in_scratch("out.gif").text, parts);
    ck_assert_int_eq(outputs_check(&o), GT_ERR_ARGUMENT);
    assert_message("/out.gif: pictures end in .png or .svg");
    ck_assert_int_eq(mkdir(in_scratch("out-wrong.png").text, 0700), 0);
    outputs_pictures(&o, "--plot", in_scratch("out.png").text, parts);
    ck_assert_int_eq(outputs_check(&o), GT_ERR_IO);
    assert_message("/out-wrong.png: not a regular file");
    ck_assert_int_eq(rmdir(in_scratch("out-wrong.png").text), 0);
    outputs_file(&o, "--graph", in_scratch("out-curves.svg").text);
    outputs_pictures(&o, "--plot", in_scratch("out.svg").text, parts);
    ck_assert_int_eq(outputs_check(&o), GT_ERR_ARGUMENT);
    assert_message("/out-curves.svg: --graph and --plot would both be written there");
}
END_TEST

int main(void)
{
    return run_suite_with("outputs", scratch_make, scratch_remove,
                          (const suite_test[]){
                              TEST(different_files_may_be_written),
                              TEST(nothing_asked_for_is_nothing_wrong),
                              TEST(one_file_under_two_names_is_refused),
                              TEST(what_is_read_is_not_replaced),
                              TEST(what_cannot_be_written_is_named),
                              TEST(streams_may_go_to_one_device),
                              TEST(each_picture_is_looked_at),
                              END_OF_TESTS,
                          });
}
