/* models/idx: whole files, and every way a small one can be broken. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "models/data.h"
#include "tests/support/archives.h"
#include "tests/support/messages.h"
#include "tests/support/npy.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

/* uint8 (2, 3) of 1, 2, 3, 250, 5, 6; then the same as Python's gzip packs it, in one member and in two. */
static const unsigned char plain[] = {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 250, 5, 6};
static const unsigned char packed[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0x63, 0x60,
                                       0xe0, 0x60, 0x62, 0x60, 0x60, 0x00, 0x61, 0x66, 0x46, 0x26, 0xe6, 0x5f,
                                       0xac, 0x6c, 0x00, 0x92, 0xca, 0x64, 0x5a, 0x12, 0x00, 0x00, 0x00};
static const unsigned char members[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0x63, 0x60, 0xe0, 0x60, 0x62, 0x60, 0x60, 0x00, 0x61,
    0x66, 0x00, 0xc7, 0xac, 0x3d, 0xa5, 0x0c, 0x00, 0x00, 0x00, 0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
    0xff, 0x63, 0x64, 0x62, 0xfe, 0xc5, 0xca, 0x06, 0x00, 0xfe, 0x29, 0xac, 0x3e, 0x06, 0x00, 0x00, 0x00};
/* 65536 x 65536 bytes in the header, and no values. */
static const unsigned char promise[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff,
                                        0x63, 0x60, 0xe0, 0x60, 0x62, 0x60, 0x64, 0x60, 0x00, 0x61,
                                        0x00, 0x9e, 0xcf, 0x41, 0xe1, 0x0c, 0x00, 0x00, 0x00};

static bool has_zlib(void)
{
    gt_tensor *tensor = gt_idx_parse("probe", packed, sizeof packed);
    bool has = tensor || !strstr(gt_last_error(), "no zlib");
    gt_tensor_free(tensor);
    return has;
}

static void assert_is_the_small_file(gt_tensor *tensor)
{
    ck_assert_msg(tensor != NULL, "%s", gt_last_error());
    const gt_shape shape = gt_tensor_shape(tensor);
    ck_assert_str_eq(gt_shape_text(&shape).text, "(2, 3)");
    ck_assert_int_eq(gt_tensor_dtype(tensor), GT_UINT8);
    ck_assert_mem_eq(gt_tensor_data(tensor), plain + 12, 6);
    gt_tensor_free(tensor);
}

/* A block of exactly these bytes, so that sanitizers see a read beyond them. */
static gt_tensor *parse(const unsigned char *bytes, size_t length)
{
    unsigned char *exact = malloc(length ? length : 1);
    memcpy(exact, bytes, length);
    gt_tensor *tensor = gt_idx_parse("small", exact, length);
    free(exact);
    return tensor;
}

/* A build without zlib says so. */
static void assert_unpacked(const unsigned char *bytes, size_t length)
{
    const bool unpacks = has_zlib();
    gt_tensor *tensor = parse(bytes, length);
    if (unpacks) {
        assert_is_the_small_file(tensor);
    } else {
        ck_assert_ptr_null(tensor);
        assert_message("small: gzip: this build has no zlib; unpack the file first");
    }
}

/* ---- what can be read ------------------------------------------------------------------------------------------ */

START_TEST(bytes_are_read_as_uint8)
{
    assert_is_the_small_file(parse(plain, sizeof plain));
}
END_TEST

START_TEST(gzip_is_recognised_by_content)
{
    assert_unpacked(packed, sizeof packed);
}
END_TEST

START_TEST(gzip_members_follow_each_other)
{
    assert_unpacked(members, sizeof members);
}
END_TEST

START_TEST(numbers_are_big_endian)
{
    const unsigned char ints[] = {0, 0, 0x0c, 1, 0, 0, 0, 2, 0, 0, 1, 2, 0xff, 0xff, 0xff, 0xfe};
    const unsigned char reals[] = {0, 0, 0x0d, 1, 0, 0, 0, 2, 0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0};
    const unsigned char doubles[] = {0, 0, 0x0e, 1, 0, 0, 0, 1, 0x40, 0x09, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18};
    gt_tensor *tensor = parse(ints, sizeof ints);
    ck_assert_int_eq(gt_tensor_dtype(tensor), GT_INT32);
    ck_assert_double_eq(gt_tensor_at(tensor, 0), 258);
    ck_assert_double_eq(gt_tensor_at(tensor, 1), -2);
    gt_tensor_free(tensor);
    tensor = parse(reals, sizeof reals);
    ck_assert_int_eq(gt_tensor_dtype(tensor), GT_FLOAT32);
    ck_assert_double_eq(gt_tensor_at(tensor, 0), 1);
    ck_assert_double_eq(gt_tensor_at(tensor, 1), -2.5);
    gt_tensor_free(tensor);
    tensor = parse(doubles, sizeof doubles);
    ck_assert_int_eq(gt_tensor_dtype(tensor), GT_FLOAT64);
    ck_assert_double_eq(gt_tensor_at(tensor, 0), 3.141592653589793);
    gt_tensor_free(tensor);
}
END_TEST

/* As many labels as MNIST's training set has, of which the MNIST notebook shows ten. */
START_TEST(the_documents_labels_stand_in_their_rows)
{
    enum { ROWS = 60000 };
    static unsigned char file[8 + ROWS] = {0, 0, 8, 1, 0, 0, ROWS >> 8, ROWS & 0xff};
    npy_array index, label;
    ck_assert_msg(npy_case("seed_cases/mnist_labels", "index", &index) &&
                      npy_case("seed_cases/mnist_labels", "label", &label),
                  "%s", npy_message());
    memset(file + 8, 10, ROWS); /* no label */
    for (int64_t i = 0; i < index.count; i++)
        file[8 + (int64_t)index.values[i]] = (unsigned char)label.values[i];
    gt_tensor *labels = parse(file, sizeof file);
    ck_assert_int_eq(gt_tensor_dim(labels, 0), ROWS);
    int64_t others = 0;
    for (int64_t row = 0; row < ROWS; row++)
        others += gt_tensor_at(labels, row) == 10;
    ck_assert_int_eq(index.count, 10);
    ck_assert_int_eq(others, ROWS - index.count);
    for (int64_t i = 0; i < index.count; i++)
        ck_assert_double_eq(gt_tensor_at(labels, (int64_t)index.values[i]), label.values[i]);
    npy_free(&index);
    npy_free(&label);
    gt_tensor_free(labels);
}
END_TEST

START_TEST(an_axis_of_0_gives_an_empty_tensor)
{
    const unsigned char empty[] = {0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 28};
    gt_tensor *tensor = parse(empty, sizeof empty);
    const gt_shape shape = gt_tensor_shape(tensor);
    ck_assert_str_eq(gt_shape_text(&shape).text, "(0, 28)");
    gt_tensor_free(tensor);
}
END_TEST

/* ---- what cannot ----------------------------------------------------------------------------------------------- */

START_TEST(every_truncation_is_an_error)
{
    for (size_t length = 0; length < sizeof plain; length++) {
        ck_assert_ptr_null(parse(plain, length));
        assert_message("small: ");
    }
    for (size_t length = 0; length < sizeof packed; length++)
        ck_assert_ptr_null(parse(packed, length));
    for (size_t length = 0; has_zlib() && length < sizeof members; length++)
        ck_assert_ptr_null(parse(members, length));
}
END_TEST

START_TEST(every_flipped_bit_of_a_header_is_an_error)
{
    for (size_t bit = 0; bit < 8 * 12; bit++) {
        unsigned char broken[sizeof plain];
        memcpy(broken, plain, sizeof plain);
        broken[bit / 8] ^= (unsigned char)(1 << bit % 8);
        ck_assert_msg(parse(broken, sizeof broken) == NULL, "bit %zu of byte %zu", bit % 8, bit / 8);
    }
}
END_TEST

START_TEST(a_flipped_bit_of_gzip_data_never_gives_other_values)
{
    for (size_t bit = 0; bit < 8 * sizeof packed; bit++) {
        unsigned char broken[sizeof packed];
        memcpy(broken, packed, sizeof packed);
        broken[bit / 8] ^= (unsigned char)(1 << bit % 8);
        gt_tensor *tensor = parse(broken, sizeof broken);
        if (tensor) /* the time, or the like */
            assert_is_the_small_file(tensor);
    }
}
END_TEST

START_TEST(bytes_that_follow_are_an_error)
{
    unsigned char longer[sizeof packed + 1];
    memcpy(longer, plain, sizeof plain);
    longer[sizeof plain] = 0;
    ck_assert_ptr_null(parse(longer, sizeof plain + 1));
    assert_message("small: uint8 (2, 3) takes 6 bytes");
    memcpy(longer, packed, sizeof packed);
    longer[sizeof packed] = 0;
    ck_assert_ptr_null(parse(longer, sizeof longer));
    assert_message(has_zlib() ? "1 bytes follow the gzip data" : "no zlib");
}
END_TEST

START_TEST(other_types_and_ranks_are_named)
{
    const unsigned char shorts[] = {0, 0, 0x0b, 1, 0, 0, 0, 1, 0, 1}, scalar[] = {0, 0, 8, 0, 1};
    const unsigned char nine[4 + 36] = {0, 0, 8, 9};
    ck_assert_ptr_null(parse(shorts, sizeof shorts));
    assert_message("IDX type 0x0b");
    ck_assert_ptr_null(parse(scalar, sizeof scalar));
    assert_message("no IDX file: it begins with 00 00 08 00");
    ck_assert_ptr_null(parse(nine, sizeof nine));
    ck_assert_ptr_null(parse((const unsigned char *)"PNG!", 4));
    assert_message("no IDX file");
}
END_TEST

START_TEST(axes_that_overflow_are_refused)
{
    unsigned char huge[4 + 8 * 4] = {0, 0, 0x0e, 8};
    memset(huge + 4, 0xff, sizeof huge - 4);
    ck_assert_ptr_null(parse(huge, sizeof huge));
    assert_message("more than memory has");
    huge[4] = huge[5] = huge[6] = huge[7] = 0; /* nothing, times all that */
    ck_assert_ptr_null(parse(huge, sizeof huge));
}
END_TEST

START_TEST(no_memory_is_asked_for_that_the_file_cannot_fill)
{
    const unsigned char header[] = {0, 0, 8, 2, 0, 1, 0, 0, 0, 1, 0, 0};
    gt_memory_reset_peak();
    size_t before = gt_memory_peak();
    ck_assert_ptr_null(parse(header, sizeof header));
    ck_assert_ptr_null(parse(promise, sizeof promise));
    ck_assert_uint_lt(gt_memory_peak() - before, 1 << 20);
}
END_TEST

/* The header promises 10 bytes, 100,000 follow: 138 bytes of file. */
START_TEST(a_gzip_bomb_is_left_packed)
{
    unsigned char bomb[138] = {0x1f, 0x8b, 0x08, 0,    0,    0,    0,    0,    0x02, 0xff, 0xed,
                               0xc1, 0x31, 0x11, 0,    0x30, 0x08, 0,    0xb1, 0x67, 0xeb, 0xe1,
                               0x5f, 0x30, 0x36, 0x3a, 0x24, 0xa9, 0x37, 0xd5, 0x06};
    const unsigned char end[] = {0x7c, 0xeb, 0x00, 0x7f, 0x8e, 0x3f, 0xf1, 0xa8, 0x86, 0x01, 0x00};
    memcpy(bomb + sizeof bomb - sizeof end, end, sizeof end);
    const bool unpacks = has_zlib();
    ck_assert_ptr_null(parse(bomb, sizeof bomb));
    assert_message(unpacks ? "bytes follow the last value" : "no zlib");
}
END_TEST

START_TEST(missing_arguments_are_errors)
{
    ck_assert_ptr_null(gt_idx_parse(NULL, plain, sizeof plain));
    ck_assert_ptr_null(gt_idx_parse("x", NULL, 3));
    ck_assert_ptr_null(gt_idx_parse("x", NULL, 0));
    ck_assert_ptr_null(gt_idx_read(NULL));
}
END_TEST

/* ---- files ----------------------------------------------------------------------------------------------------- */

START_TEST(files_are_read_whole)
{
    scratch_write(scratch_path("small"), plain, sizeof plain);
    assert_is_the_small_file(gt_idx_read(scratch_path("small")));
}
END_TEST

START_TEST(paths_that_cannot_be_read_are_named)
{
    ck_assert_ptr_null(gt_idx_read("/no/such/file"));
    assert_message("/no/such/file: No such file");
    ck_assert_ptr_null(gt_idx_read("/tmp"));
    assert_message("/tmp: not a regular file");
    ck_assert_ptr_null(gt_idx_read("/dev/zero"));
    assert_message("/dev/zero: not a regular file");
}
END_TEST

/* ---- writing ---------------------------------------------------------------------------------------------------- */

START_TEST(what_is_written_is_the_small_file)
{
    size_t length;
    gt_tensor *tensor = gt_tensor_from(GT_UINT8, GT_SHAPE(2, 3), plain + 12);
    ck_assert_msg(gt_idx_write(tensor, scratch_path("x")) == GT_OK, "%s", gt_last_error());
    char *bytes = scratch_read(scratch_path("x"), &length);
    ck_assert_uint_eq(length, sizeof plain);
    ck_assert_mem_eq(bytes, plain, sizeof plain);
    free(bytes);
    gt_tensor_free(tensor);
}
END_TEST

/* Of each type, with an axis of 0, of 8 axes, and large enough to be packed in parts. */
START_TEST(what_is_written_is_read_again)
{
    const gt_dtype dtype = (gt_dtype)(_i / 2 % 4);
    const char *path = scratch_path(_i % 2 && has_zlib() ? "x.gz" : "x");
    const gt_shape shapes[] = {GT_SHAPE(3, 5), GT_SHAPE(0, 2), GT_SHAPE(1, 2, 1, 3, 1, 1, 2, 1), GT_SHAPE(70000, 3)};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        gt_tensor *tensor = gt_tensor_new(dtype, shapes[i]);
        unsigned char *bytes = gt_tensor_data_write(tensor);
        for (size_t k = 0; k < (size_t)gt_tensor_size(tensor) * gt_dtype_size(dtype); k++)
            bytes[k] = (unsigned char)(k * k * 37 >> 3);
        ck_assert_msg(gt_idx_write(tensor, path) == GT_OK, "%s", gt_last_error());
        gt_tensor *read = gt_idx_read(path);
        check_same_tensor(tensor, read);
        gt_tensor_free(tensor);
        gt_tensor_free(read);
    }
    ck_assert_int_eq(scratch_count(), 1);
}
END_TEST

START_TEST(a_name_that_ends_in_gz_is_packed)
{
    const bool packs = has_zlib();
    gt_tensor *tensor = gt_tensor_new(GT_FLOAT32, GT_SHAPE(1000));
    gt_status status = gt_idx_write(tensor, scratch_path("x.gz"));
    if (packs) {
        size_t length;
        ck_assert_int_eq(status, GT_OK);
        char *bytes = scratch_read(scratch_path("x.gz"), &length);
        ck_assert(length < 100 && bytes[0] == 0x1f && (unsigned char)bytes[1] == 0x8b);
        free(bytes);
    } else {
        ck_assert_int_eq(status, GT_ERR_UNSUPPORTED);
        assert_message("x.gz: gzip: this build has no zlib");
        ck_assert_int_eq(scratch_count(), 0);
    }
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(what_cannot_be_written_is_an_error)
{
    gt_tensor *number = gt_tensor_new(GT_FLOAT32, gt_shape_of(0, NULL)), *one = gt_tensor_new(GT_FLOAT32, GT_SHAPE(1));
    ck_assert_int_eq(gt_idx_write(number, scratch_path("x")), GT_ERR_SHAPE);
    assert_message("x: a single number cannot be written as IDX");
    ck_assert_int_eq(gt_idx_write(NULL, "x"), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_idx_write(one, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_idx_write(one, "/no/such/folder/x"), GT_ERR_IO);
    ck_assert_int_eq(scratch_count(), 0);
    gt_tensor_free(number);
    gt_tensor_free(one);
}
END_TEST

static gt_status write_one(void)
{
    static int32_t values[] = {1, 2, 3};
    gt_tensor *tensor = gt_tensor_borrow(GT_INT32, GT_SHAPE(3), values);
    gt_status status = tensor ? gt_idx_write(tensor, scratch_path("x")) : gt_last_status();
    gt_tensor_free(tensor);
    return status;
}

START_TEST(writing_survives_the_want_of_memory)
{
    check_allocations(write_one);
}
END_TEST

int main(void)
{
    return run_suite_with("idx", scratch_make, scratch_remove,
                          (const suite_test[]){
                              TEST(bytes_are_read_as_uint8),
                              TEST(gzip_is_recognised_by_content),
                              TEST(gzip_members_follow_each_other),
                              TEST(numbers_are_big_endian),
                              TEST(the_documents_labels_stand_in_their_rows),
                              TEST(an_axis_of_0_gives_an_empty_tensor),
                              TEST(every_truncation_is_an_error),
                              TEST(every_flipped_bit_of_a_header_is_an_error),
                              TEST(a_flipped_bit_of_gzip_data_never_gives_other_values),
                              TEST(bytes_that_follow_are_an_error),
                              TEST(other_types_and_ranks_are_named),
                              TEST(axes_that_overflow_are_refused),
                              TEST(no_memory_is_asked_for_that_the_file_cannot_fill),
                              TEST(a_gzip_bomb_is_left_packed),
                              TEST(missing_arguments_are_errors),
                              TEST(files_are_read_whole),
                              TEST(paths_that_cannot_be_read_are_named),
                              TEST(what_is_written_is_the_small_file),
                              LOOP_TEST(what_is_written_is_read_again, 8),
                              TEST(a_name_that_ends_in_gz_is_packed),
                              TEST(what_cannot_be_written_is_an_error),
                              TEST(writing_survives_the_want_of_memory),
                              END_OF_TESTS,
                          });
}
