/* models/npz: NumPy's archives, archives that lie, and what is written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "models/archive.h"
#include "tests/support/archives.h"
#include "tests/support/messages.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

static char path[128];

static void make_path(void)
{
    scratch_make();
    snprintf(path, sizeof path, "%s", scratch_path("written"));
}

#ifdef GT_HAVE_LIBZIP

/* ---- reading ---------------------------------------------------------------------------------------------------- */

START_TEST(numpys_archives_are_read)
{
    check_cases(".npz");
}
END_TEST

static const struct {
    const char *file;
    gt_status status;
    const char *message;
} refused[] = {
    {"refused_member.npz", GT_ERR_FORMAT, "'notes.txt': no NPY file: its name does not end in .npy"},
    {"refused_twice.npz", GT_ERR_FORMAT, "'a.npy': there are two of that name"},
    {"refused_bzip2.npz", GT_ERR_UNSUPPORTED, "'a.npy': compression 12 cannot be read: DEFLATE can"},
    {"refused_encrypted.npz", GT_ERR_UNSUPPORTED, "'a.npy': it is encrypted"},
    {"refused_no_array.npz", GT_ERR_FORMAT, "'a.npy': no NPY file"},
    {"refused_empty_member.npz", GT_ERR_FORMAT, "'a.npy': no NPY file"},
    {"refused_checksum.npz", GT_ERR_FORMAT, "'a.npy': CRC error"},
    {"refused_changed.npz", GT_ERR_FORMAT, "'a.npy': CRC error"},
    {"refused_longer.npz", GT_ERR_FORMAT, "'a.npy': 132 bytes by its NPY header, 100128 in the archive"},
    {"refused_lying.npz", GT_ERR_FORMAT, "'a.npy': it is longer than 132 bytes"},
    {"refused_shorter.npz", GT_ERR_FORMAT, "'a.npy': it ends after 132 of 1127 bytes"},
    {"refused_bomb.npz", GT_ERR_FORMAT, "'a.npy': 2147483776 bytes cannot have been packed into a file of this length"},
};

START_TEST(archives_that_lie_are_refused)
{
    gt_memory_reset_peak();
    const size_t before = gt_memory_peak();
    ck_assert_ptr_null(gt_archive_read(case_path(refused[_i].file)));
    ck_assert_int_eq(gt_last_status(), refused[_i].status);
    assert_message(refused[_i].file);
    assert_message(refused[_i].message);
    ck_assert_uint_lt(gt_memory_peak() - before, 1 << 20);
}
END_TEST

static const char *const broken[] = {"stored.npz", "packed.npz"};

START_TEST(a_damaged_archive_is_an_error_or_another_archive)
{
    check_damaged(broken[_i], 64);
}
END_TEST

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static const bool compressed[] = {false, true};

START_TEST(what_is_written_is_read_again)
{
    gt_archive *archive = archive_of_all_kinds("schlüssel/");
    ck_assert_msg(gt_npz_write(archive, path, compressed[_i]) == GT_OK, "%s", gt_last_error());
    gt_archive *read = gt_archive_read(path);
    check_same_archive(archive, read);
    gt_archive_free(archive);
    gt_archive_free(read);
}
END_TEST

START_TEST(the_same_tensors_give_the_same_file)
{
    size_t length, again;
    gt_archive *archive = archive_of_all_kinds("schlüssel/");
    ck_assert_int_eq(gt_npz_write(archive, path, compressed[_i]), GT_OK);
    unsigned char *first = bytes_of_file(path, &length);
    setenv("TZ", "Pacific/Auckland", 1);
    ck_assert_int_eq(gt_npz_write(archive, path, compressed[_i]), GT_OK);
    unsigned char *second = bytes_of_file(path, &again);
    ck_assert_uint_eq(length, again);
    ck_assert_mem_eq(first, second, length);
    free(first);
    free(second);
    gt_archive_free(archive);
}
END_TEST

START_TEST(zeros_are_packed)
{
    size_t length;
    gt_archive *archive = gt_archive_new(), *read;
    gt_tensor *zeros = gt_tensor_new(GT_FLOAT32, GT_SHAPE(100000));
    gt_archive_add(archive, "zeros", zeros);
    ck_assert_int_eq(gt_npz_write(archive, path, true), GT_OK);
    free(bytes_of_file(path, &length));
    ck_assert_uint_lt(length, 2000);
    read = gt_archive_read(path);
    check_same_archive(archive, read);
    ck_assert_int_eq(gt_npz_write(archive, path, false), GT_OK);
    free(bytes_of_file(path, &length));
    ck_assert_uint_gt(length, 400000);
    gt_tensor_free(zeros);
    gt_archive_free(archive);
    gt_archive_free(read);
}
END_TEST

START_TEST(an_archive_of_nothing_is_numpys)
{
    size_t length, written;
    gt_archive *archive = gt_archive_new();
    ck_assert_msg(gt_npz_write(archive, path, true) == GT_OK, "%s", gt_last_error());
    unsigned char *expected = case_bytes("nothing.npz", &length), *bytes = bytes_of_file(path, &written);
    ck_assert_uint_eq(written, length);
    ck_assert_mem_eq(bytes, expected, length);
    free(expected);
    free(bytes);
    gt_archive_free(archive);
}
END_TEST

START_TEST(names_that_no_archive_holds_are_refused)
{
    static char name[70000];
    memset(name, 'n', sizeof name - 1);
    gt_tensor *tensor = VECTOR(1);
    gt_archive *archive = gt_archive_new();
    gt_archive_add(archive, _i == 0 ? name : "no \xff UTF-8", tensor);
    ck_assert_int_eq(gt_npz_write(archive, path, false), GT_ERR_VALUE);
    assert_message("is no name for a zip archive: no UTF-8, or too long");
    ck_assert_int_eq(access(path, F_OK), -1);
    gt_tensor_free(tensor);
    gt_archive_free(archive);
}
END_TEST

START_TEST(texts_are_refused)
{
    gt_archive *archive = gt_archive_new();
    gt_archive_set_text(archive, "format", "np");
    ck_assert_int_eq(gt_npz_write(archive, path, false), GT_ERR_ARGUMENT);
    assert_message("NPZ files hold no texts: there is 'format'");
    ck_assert_int_eq(access(path, F_OK), -1);
    gt_archive_free(archive);
}
END_TEST

START_TEST(missing_arguments_and_folders_are_errors)
{
    gt_archive *archive = gt_archive_new();
    ck_assert_int_eq(gt_npz_write(NULL, path, false), GT_ERR_ARGUMENT);
    assert_message("gt_npz_write: the archive is NULL");
    ck_assert_int_eq(gt_npz_write(archive, NULL, false), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_npz_write(archive, "/no/such/folder/x.npz", false), GT_ERR_IO);
    assert_message("/no/such/folder/x.npz");
    gt_archive_free(archive);
}
END_TEST

/* ---- memory ----------------------------------------------------------------------------------------------------- */

static gt_status read_one(void)
{
    gt_archive *archive = gt_archive_read(case_path("stored.npz"));
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
    gt_archive *archive = gt_archive_new();
    gt_tensor *tensor = archive ? gt_tensor_borrow(GT_FLOAT32, GT_SHAPE(3), values) : NULL;
    gt_status status = tensor ? gt_archive_add(archive, "a", tensor) : gt_last_status();
    if (status == GT_OK)
        status = gt_archive_add(archive, "b", tensor);
    if (status == GT_OK)
        status = gt_npz_write(archive, path, true);
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
    return run_suite_with("npz", make_path, scratch_remove,
                          (const suite_test[]){
                              TEST(numpys_archives_are_read),
                              LOOP_TEST(archives_that_lie_are_refused, sizeof refused / sizeof *refused),
                              LOOP_TEST(a_damaged_archive_is_an_error_or_another_archive, 2),
                              LOOP_TEST(what_is_written_is_read_again, 2),
                              LOOP_TEST(the_same_tensors_give_the_same_file, 2),
                              TEST(zeros_are_packed),
                              TEST(an_archive_of_nothing_is_numpys),
                              LOOP_TEST(names_that_no_archive_holds_are_refused, 2),
                              TEST(texts_are_refused),
                              TEST(missing_arguments_and_folders_are_errors),
                              TEST(reading_survives_the_want_of_memory),
                              TEST(writing_survives_the_want_of_memory),
                              END_OF_TESTS,
                          });
}

#else

START_TEST(a_build_without_libzip_says_so)
{
    gt_archive *archive = gt_archive_new();
    ck_assert_ptr_null(gt_archive_read(case_path("stored.npz")));
    ck_assert_int_eq(gt_last_status(), GT_ERR_UNSUPPORTED);
    assert_message("stored.npz: NPZ: this build has no libzip");
    ck_assert_int_eq(gt_npz_write(archive, path, false), GT_ERR_UNSUPPORTED);
    assert_message("this build has no libzip");
    ck_assert_int_eq(access(path, F_OK), -1);
    gt_archive_free(archive);
}
END_TEST

int main(void)
{
    return run_suite_with("npz", make_path, scratch_remove,
                          (const suite_test[]){TEST(a_build_without_libzip_says_so), END_OF_TESTS});
}

#endif
