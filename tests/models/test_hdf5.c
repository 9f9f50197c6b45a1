/* models/hdf5: h5py's files, files that lie or lead elsewhere, and what is written. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "models/archive.h"
#include "tests/support/archives.h"
#include "tests/support/messages.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

#ifdef GT_HAVE_HDF5

/* Of a damaged file libhdf5 itself leaks. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5";
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

START_TEST(h5pys_files_are_read)
{
    check_cases(".h5");
}
END_TEST

static const char *const with_texts[] = {"texts.h5", "latest.h5"};

START_TEST(a_list_of_texts_is_one_with_a_line_for_each)
{
    gt_archive *archive = gt_archive_read(case_path(with_texts[_i]));
    ck_assert_msg(archive != NULL, "%s", gt_last_error());
    ck_assert_int_eq(gt_archive_text_count(archive), 5);
    ck_assert_str_eq(gt_archive_text(archive, "dense/inner/weight_names"), "dense/kernel:0\ndense/bias:0");
    ck_assert_str_eq(gt_archive_text(archive, "dense/inner/variable"), "wert\nü 数");
    gt_archive_free(archive);
}
END_TEST

START_TEST(links_that_lead_elsewhere_are_left_out)
{
    gt_archive *archive = gt_archive_read(case_path("shapes.h5"));
    ck_assert_msg(archive != NULL, "%s", gt_last_error());
    ck_assert_ptr_nonnull(gt_archive_find(archive, "the same again"));
    ck_assert_ptr_null(gt_archive_find(archive, "a soft link"));
    assert_message("'a soft link': a soft or external link, which is not followed");
    ck_assert_ptr_null(gt_archive_find(archive, "another file"));
    assert_message("'another file': a soft or external link, which is not followed");
    ck_assert_ptr_null(gt_archive_find(archive, "a type"));
    assert_message("'a type': a type without values");
    gt_archive_free(archive);
}
END_TEST

static const struct {
    const char *file;
    gt_status status;
    const char *message;
} refused[] = {
    {"refused_text.h5", GT_ERR_UNSUPPORTED, "'a': its type cannot be read: whole numbers, floats and truth values can"},
    {"refused_complex.h5", GT_ERR_UNSUPPORTED, "'a': its type cannot be read"},
    {"refused_long.h5", GT_ERR_VALUE, "'a': entry 1 is 2147483648, more than int32 holds"},
    {"refused_null.h5", GT_ERR_UNSUPPORTED, "'a': it has no shape (a null dataspace)"},
    {"refused_axes.h5", GT_ERR_UNSUPPORTED, "'a': 9 axes, at most 8 can be read"},
    {"refused_lzf.h5", GT_ERR_UNSUPPORTED, "'a': filter 32000 cannot be read: gzip, shuffle and fletcher32 can"},
    {"refused_scaled.h5", GT_ERR_UNSUPPORTED, "'a': filter 6 cannot be read"},
    {"refused_external.h5", GT_ERR_UNSUPPORTED, "'a': its values are in other files, which are not read"},
    {"refused_virtual.h5", GT_ERR_UNSUPPORTED, "'a': a virtual dataset cannot be read"},
    {"refused_compact.h5", GT_ERR_UNSUPPORTED, "'a': its values are in other files, which are not read"},
    {"refused_path.h5", GT_ERR_FORMAT, "a link named 'ext/a', which is a path"},
    {"refused_promise.h5", GT_ERR_FORMAT, "(1048576, 1024) takes 4294967296 bytes, more than a file of this length"},
    {"refused_chunk.h5", GT_ERR_FORMAT, "'a': its chunks are more than a file of this length can hold"},
    {"refused_overflow.h5", GT_ERR_FORMAT, "(1099511627776, 1099511627776) are more than memory has"},
    {"refused_deep.h5", GT_ERR_FORMAT, "groups in groups, more than 64 deep"},
    {"refused_loop.h5", GT_ERR_FORMAT, "more links than a file of this length can hold"},
    {"refused_shared.h5", GT_ERR_FORMAT, "more links than a file of this length can hold"},
};

/* libhdf5's memory is not counted by ours. */
static long most_resident(void)
{
    struct rusage usage;
    ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

START_TEST(files_that_lie_or_lead_elsewhere_are_refused)
{
    const long resident = most_resident();
    gt_memory_reset_peak();
    const size_t before = gt_memory_peak();
    ck_assert_ptr_null(gt_archive_read(case_path(refused[_i].file)));
    ck_assert_int_eq(gt_last_status(), refused[_i].status);
    assert_message(refused[_i].file);
    assert_message(refused[_i].message);
    ck_assert_uint_lt(gt_memory_peak() - before, 1 << 20);
    ck_assert_int_lt(most_resident() - resident, 200 << 10); /* in KiB; one of them promises 4 GiB */
}
END_TEST

/* What a packed chunk takes beside the values is not counted twice. */
START_TEST(one_chunk_may_be_all_there_is)
{
    gt_archive *archive = gt_archive_read(case_path("one_chunk.h5"));
    ck_assert_msg(archive != NULL, "%s", gt_last_error());
    ck_assert_int_eq(gt_tensor_size(gt_archive_at(archive, 0)), 1 << 22);
    gt_archive_free(archive);
}
END_TEST

/* Two lists of 1,011 texts, each the same one of 2,000 bytes: the file has room for what one of them takes. */
START_TEST(texts_that_share_their_bytes_count_each)
{
    gt_archive *archive = gt_archive_read(case_path("shared_texts.h5"));
    ck_assert_msg(archive != NULL, "%s", gt_last_error());
    ck_assert_int_eq(gt_archive_text_count(archive), 1);
    ck_assert_uint_eq(strlen(gt_archive_text(archive, "first")), 1011 * 2001 - 1);
    ck_assert_int_eq(gt_archive_skipped_count(archive), 1);
    ck_assert_ptr_nonnull(strstr(gt_archive_skipped_reason(archive, 0), "a list of 1011 texts is too long"));
    gt_archive_free(archive);
}
END_TEST

static const char *const cut[] = {"small.h5", "packed.h5"};

START_TEST(a_file_cut_short_is_an_error)
{
    check_truncated(cut[_i]);
}
END_TEST

/* In a file that has checksums wherever it matters. In others libhdf5 itself (1.10) may read beyond its memory, as the
 * header says. */
START_TEST(a_damaged_file_is_an_error_or_another_archive)
{
    check_damaged("small.h5", 8);
}
END_TEST

/* libhdf5 prints a page of reasons for each error, unless it is told not to. */
START_TEST(nothing_is_printed)
{
    fflush(stderr);
    const int kept = dup(STDERR_FILENO), file = open(scratch_path("err"), O_CREAT | O_RDWR, 0600);
    ck_assert(kept >= 0 && file >= 0 && dup2(file, STDERR_FILENO) >= 0);
    ck_assert_ptr_null(gt_archive_parse("cut", "\x89HDF\r\n\x1a\n cut short", 18));
    fflush(stderr);
    ck_assert_int_ge(dup2(kept, STDERR_FILENO), 0);
    ck_assert_int_eq(lseek(file, 0, SEEK_END), 0);
    assert_message("cut: HDF5: ");
    ck_assert_ptr_null(strchr(gt_last_error(), '\n'));
    close(file);
    close(kept);
}
END_TEST

typedef struct reading {
    const char *path;
    int failures;
} reading;

static void *read_often(void *given)
{
    reading *r = given;
    for (int i = 0; i < 50; i++) {
        gt_archive *archive = gt_archive_read(r->path);
        r->failures += gt_archive_count(archive) != 22;
        gt_archive_free(archive);
    }
    return NULL;
}

START_TEST(threads_read_beside_each_other)
{
    enum { THREADS = 4 };
    pthread_t thread[THREADS];
    reading readings[THREADS];
    const char *path = case_path("kinds.h5");
    for (int i = 0; i < THREADS; i++) {
        readings[i] = (reading){.path = path};
        ck_assert_int_eq(pthread_create(&thread[i], NULL, read_often, &readings[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
        ck_assert_int_eq(readings[i].failures, 0);
    }
}
END_TEST

/* ---- writing ---------------------------------------------------------------------------------------------------- */

/* A text at the root, one of a group, of a dataset, and of a group that holds nothing else; one of 100,000 bytes. */
static void add_texts(gt_archive *archive)
{
    static char large[100001];
    memset(large, 'x', sizeof large - 1);
    gt_archive_set_text(archive, "format", "a \"b\"\n数");
    gt_archive_set_text(archive, "group/empty", "");
    gt_archive_set_text(archive, "group/schlüssel/00/unit", "m");
    gt_archive_set_text(archive, "other/group/large", large);
}

START_TEST(what_is_written_is_read_again)
{
    gt_archive *archive = archive_of_all_kinds("group/schlüssel/");
    add_texts(archive);
    ck_assert_msg(gt_hdf5_write(archive, scratch_path("x.h5")) == GT_OK, "%s", gt_last_error());
    gt_archive *read = gt_archive_read(scratch_path("x.h5"));
    check_same_archive(archive, read);
    ck_assert_int_eq(gt_archive_text_count(read), gt_archive_text_count(archive));
    for (int i = 0; i < gt_archive_text_count(archive); i++) {
        const char *key = gt_archive_text_key(archive, i);
        ck_assert_msg(gt_archive_text(read, key) != NULL, "no text '%s'", key);
        ck_assert_str_eq(gt_archive_text(read, key), gt_archive_text(archive, key));
    }
    ck_assert_int_eq(scratch_count(), 1);
    gt_archive_free(archive);
    gt_archive_free(read);
}
END_TEST

START_TEST(the_same_tensors_give_the_same_file)
{
    size_t length, again;
    gt_archive *archive = archive_of_all_kinds("group/schlüssel/");
    ck_assert_int_eq(gt_hdf5_write(archive, scratch_path("x.h5")), GT_OK);
    char *first = scratch_read(scratch_path("x.h5"), &length);
    sleep(1); /* times have seconds */
    ck_assert_int_eq(gt_hdf5_write(archive, scratch_path("x.h5")), GT_OK);
    char *second = scratch_read(scratch_path("x.h5"), &again);
    ck_assert_uint_eq(length, again);
    ck_assert_mem_eq(first, second, length);
    free(first);
    free(second);
    gt_archive_free(archive);
}
END_TEST

static const char *const no_paths[] = {"", "/a", "a/", "a//b", ".", "a/./b"};

START_TEST(names_that_are_no_path_are_refused)
{
    gt_tensor *tensor = VECTOR(1);
    gt_archive *archive = gt_archive_new();
    gt_archive_add(archive, no_paths[_i], tensor);
    ck_assert_int_eq(gt_hdf5_write(archive, scratch_path("x.h5")), GT_ERR_VALUE);
    assert_message("is no name for HDF5");
    ck_assert_int_eq(scratch_count(), 0);
    gt_tensor_free(tensor);
    gt_archive_free(archive);
}
END_TEST

START_TEST(a_tensor_below_another_is_refused)
{
    gt_tensor *tensor = VECTOR(1);
    gt_archive *archive = gt_archive_new();
    gt_archive_add(archive, "a", tensor);
    gt_archive_add(archive, "a/b", tensor);
    ck_assert_int_eq(gt_hdf5_write(archive, scratch_path("x.h5")), GT_ERR_VALUE);
    assert_message("x.h5: 'a/b' cannot be below 'a', which is a tensor");
    ck_assert_int_eq(scratch_count(), 0);
    gt_tensor_free(tensor);
    gt_archive_free(archive);
}
END_TEST

START_TEST(a_text_belongs_to_a_tensor_and_to_nothing_below_it)
{
    gt_tensor *tensor = VECTOR(1);
    gt_archive *archive = gt_archive_new();
    gt_archive_add(archive, "a", tensor);
    gt_archive_set_text(archive, "a/unit", "m");
    ck_assert_int_eq(gt_hdf5_write(archive, scratch_path("x.h5")), GT_OK);
    gt_archive *read = gt_archive_read(scratch_path("x.h5"));
    ck_assert_str_eq(gt_archive_text(read, "a/unit"), "m");
    gt_archive_free(read);
    gt_archive_set_text(archive, "a/x/unit", "m");
    ck_assert_int_eq(gt_hdf5_write(archive, scratch_path("x.h5")), GT_ERR_VALUE);
    assert_message("x.h5: 'a/x/unit' cannot be below 'a', which is a tensor");
    gt_tensor_free(tensor);
    gt_archive_free(archive);
}
END_TEST

/* libhdf5 looks for files of the name that it is given. */
START_TEST(files_on_the_disk_are_not_in_the_way)
{
    char before[4096];
    ck_assert_ptr_nonnull(getcwd(before, sizeof before));
    ck_assert_int_eq(chdir(scratch_folder), 0);
    ck_assert_int_eq(mkdir("gradtape", 0700), 0);
    gt_archive *read = gt_archive_read(case_path("small.h5"));
    ck_assert_msg(read != NULL, "%s", gt_last_error());
    ck_assert_int_eq(gt_hdf5_write(read, "x.h5"), GT_OK);
    ck_assert_int_eq(unlink("x.h5"), 0);
    ck_assert_int_eq(rmdir("gradtape"), 0);
    gt_archive_free(read);
    ck_assert_int_eq(chdir(before), 0);
}
END_TEST

START_TEST(missing_arguments_and_folders_are_errors)
{
    gt_archive *archive = gt_archive_new();
    ck_assert_int_eq(gt_hdf5_write(NULL, "x.h5"), GT_ERR_ARGUMENT);
    assert_message("gt_hdf5_write: the archive is NULL");
    ck_assert_int_eq(gt_hdf5_write(archive, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_hdf5_write(archive, "/no/such/folder/x.h5"), GT_ERR_IO);
    assert_message("/no/such/folder/x.h5");
    gt_archive_free(archive);
}
END_TEST

/* ---- memory ----------------------------------------------------------------------------------------------------- */

static gt_status read_one(void)
{
    gt_archive *archive = gt_archive_read(case_path("texts.h5"));
    gt_status status = archive ? GT_OK : gt_last_status();
    gt_archive_free(archive);
    return status;
}

START_TEST(reading_survives_the_want_of_memory)
{
    check_allocations(read_one);
}
END_TEST

static float values[] = {1, 2, 3};

static gt_status write_one(void)
{
    const char *path = scratch_path("one.h5");
    unlink(path);
    gt_archive *archive = gt_archive_new();
    gt_tensor *tensor = archive ? gt_tensor_borrow(GT_FLOAT32, GT_SHAPE(3), values) : NULL;
    gt_status status = tensor ? gt_archive_add(archive, "a/b", tensor) : gt_last_status();
    if (status == GT_OK)
        status = gt_archive_set_text(archive, "a/text", "text");
    if (status == GT_OK)
        status = gt_hdf5_write(archive, path);
    gt_tensor_free(tensor);
    gt_archive_free(archive);
    ck_assert_int_eq(access(path, F_OK), status == GT_OK ? 0 : -1);
    return status;
}

START_TEST(writing_survives_the_want_of_memory)
{
    check_allocations(write_one);
}
END_TEST

int main(void)
{
    return run_suite_with("hdf5", scratch_make, scratch_remove,
                          (const suite_test[]){
                              TEST(h5pys_files_are_read),
                              LOOP_TEST(a_list_of_texts_is_one_with_a_line_for_each, 2),
                              TEST(links_that_lead_elsewhere_are_left_out),
                              TEST(one_chunk_may_be_all_there_is),
                              TEST(texts_that_share_their_bytes_count_each),
                              LOOP_TEST(files_that_lie_or_lead_elsewhere_are_refused, sizeof refused / sizeof *refused),
                              LOOP_TEST(a_file_cut_short_is_an_error, sizeof cut / sizeof *cut),
                              TEST(a_damaged_file_is_an_error_or_another_archive),
                              TEST(nothing_is_printed),
                              TEST(threads_read_beside_each_other),
                              TEST(what_is_written_is_read_again),
                              TEST(the_same_tensors_give_the_same_file),
                              LOOP_TEST(names_that_are_no_path_are_refused, sizeof no_paths / sizeof *no_paths),
                              TEST(a_tensor_below_another_is_refused),
                              TEST(a_text_belongs_to_a_tensor_and_to_nothing_below_it),
                              TEST(files_on_the_disk_are_not_in_the_way),
                              TEST(missing_arguments_and_folders_are_errors),
                              TEST(reading_survives_the_want_of_memory),
                              TEST(writing_survives_the_want_of_memory),
                              END_OF_TESTS,
                          });
}

#else

START_TEST(a_build_without_libhdf5_says_so)
{
    gt_archive *archive = gt_archive_new();
    ck_assert_ptr_null(gt_archive_read(case_path("kinds.h5")));
    ck_assert_int_eq(gt_last_status(), GT_ERR_UNSUPPORTED);
    assert_message("kinds.h5: HDF5: this build has no libhdf5");
    ck_assert_int_eq(gt_hdf5_write(archive, scratch_path("x.h5")), GT_ERR_UNSUPPORTED);
    assert_message("this build has no libhdf5");
    ck_assert_int_eq(scratch_count(), 0);
    gt_archive_free(archive);
}
END_TEST

int main(void)
{
    return run_suite_with("hdf5", scratch_make, scratch_remove,
                          (const suite_test[]){TEST(a_build_without_libhdf5_says_so), END_OF_TESTS});
}

#endif
