/* models/npy: NumPy's files, and every way a small one can be broken. */
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

/* A file of one row of three float32, whose header is this text. */
static gt_tensor *parse_version(int version, const char *header)
{
    const size_t text = strlen(header), width = version == 1 ? 2 : 4, length = 8 + width + text + 12;
    unsigned char *file = calloc(1, length);
    memcpy(file, "\x93NUMPY", 6);
    file[6] = (unsigned char)version;
    file[8] = (unsigned char)text;
    file[9] = (unsigned char)(text >> 8);
    memcpy(file + 8 + width, header, text);
    memcpy(file + length - 12, (const float[]){1, -2, 0.5f}, 12);
    gt_tensor *tensor = gt_npy_parse("small", file, length);
    free(file);
    return tensor;
}

static gt_tensor *parse(const char *header)
{
    return parse_version(1, header);
}

/* ---- what can be read ------------------------------------------------------------------------------------------- */

START_TEST(numpys_files_are_read)
{
    check_cases(".npy");
}
END_TEST

START_TEST(one_file_is_one_tensor)
{
    gt_tensor *tensor = gt_npy_read(case_path("big_i2.npy"));
    ck_assert_values(tensor, -2, -1, 0, 1, 2, 258);
    gt_tensor_free(tensor);
}
END_TEST

static const char *const readable[] = {
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }         \n",
    "{'descr':'<f4','fortran_order':False,'shape':(3,)}",
    "  { \"shape\" : ( 3 , ) ,\t'fortran_order'\n: True , 'descr' : \"<f4\" , }  ",
    "{'shape': (1, 3), 'fortran_order': False, 'descr': '<f4'}",
    "{'shape': (3, 1,), 'fortran_order': False, 'descr': '<f4'}\n\n",
};

START_TEST(headers_are_read_in_any_order_and_spacing)
{
    for (int version = 1; version <= 3; version++) {
        gt_tensor *tensor = parse_version(version, readable[_i]);
        ck_assert_values(tensor, 1, -2, 0.5);
        gt_tensor_free(tensor);
    }
}
END_TEST

/* A machine's own order of bytes is what the file was written in. */
START_TEST(numbers_without_an_order_are_the_machines)
{
    gt_tensor *tensor = parse("{'descr': '=f4', 'fortran_order': False, 'shape': (3,), }");
    ck_assert_values(tensor, 1, -2, 0.5);
    gt_tensor_free(tensor);
    tensor = parse("{'descr': '|u1', 'fortran_order': False, 'shape': (12,), }");
    ck_assert_int_eq(gt_tensor_dtype(tensor), GT_UINT8);
    gt_tensor_free(tensor);
}
END_TEST

/* ---- what cannot ------------------------------------------------------------------------------------------------ */

static const char *const malformed[] = {
    "",
    "\n",
    "{}",
    "['descr', '<f4']",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), ",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), } x",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }{",
    "{'descr': '<f4', 'fortran_order': False, }",
    "{'descr': '<f4', 'shape': (3,), }",
    "{'fortran_order': False, 'shape': (3,), }",
    "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (3,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'more': 1, }",
    "{'descr': '<f4' 'fortran_order': False, 'shape': (3,), }",
    "{'descr': '<f4',, 'fortran_order': False, 'shape': (3,), }",
    "{'descr' '<f4', 'fortran_order': False, 'shape': (3,), }",
    "{descr: '<f4', 'fortran_order': False, 'shape': (3,), }",
    "{'descr\": '<f4', 'fortran_order': False, 'shape': (3,), }",
    "{'desc\\162': '<f4', 'fortran_order': False, 'shape': (3,), }",
    "{'descr': '<f4', 'fortran_order': false, 'shape': (3,), }",
    "{'descr': '<f4', 'fortran_order': 0, 'shape': (3,), }",
    "{'descr': '<f4', 'fortran_order': Falsey, 'shape': (3,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': 3, }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': [3], }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-3,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (03,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3.0,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3 1), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3,,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (3,",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
    "{'descr': 4, 'fortran_order': False, 'shape': (3,), }",
};

START_TEST(other_headers_are_refused)
{
    ck_assert_msg(parse(malformed[_i]) == NULL, "%s", malformed[_i]);
    ck_assert_int_eq(gt_last_status(), GT_ERR_FORMAT);
    assert_message("small: its NPY header is not of the form {'descr': ");
}
END_TEST

static const char *const unknown[] = {"<f1", "<f3", "f16", "<f16", "<c8", "<i3", "|b2",  "|O",  "<U2",
                                      "|S4", "<V2", "f4",  "",     "<",   "?",   "<f44", "~f4", "<4f"};

START_TEST(other_dtypes_are_named)
{
    char header[128];
    snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (3,), }", unknown[_i]);
    ck_assert_ptr_null(parse(header));
    ck_assert_int_eq(gt_last_status(), GT_ERR_UNSUPPORTED);
    snprintf(header, sizeof header, "small: dtype '%s' cannot be read", unknown[_i]);
    assert_message(header);
}
END_TEST

static const struct {
    const char *file;
    gt_status status;
    const char *message;
} refused[] = {
    {"refused_structured.npy", GT_ERR_UNSUPPORTED, "structured dtypes cannot be read"},
    {"refused_object.npy", GT_ERR_UNSUPPORTED, "dtype '|O' cannot be read"},
    {"refused_complex.npy", GT_ERR_UNSUPPORTED, "dtype '<c8' cannot be read"},
    {"refused_text.npy", GT_ERR_UNSUPPORTED, "dtype '<U2' cannot be read"},
    {"refused_time.npy", GT_ERR_UNSUPPORTED, "dtype '<M8[D]' cannot be read"},
    {"refused_long.npy", GT_ERR_VALUE, "entry 1 is 2147483648, more than int32 holds"},
    {"refused_long_negative.npy", GT_ERR_VALUE, "entry 0 is -2147483649, more than int32 holds"},
    {"refused_unsigned.npy", GT_ERR_VALUE, "entry 2 is 18446744073709551615, more than int32 holds"},
};

START_TEST(what_tensors_cannot_hold_is_told)
{
    ck_assert_ptr_null(gt_npy_read(case_path(refused[_i].file)));
    ck_assert_int_eq(gt_last_status(), refused[_i].status);
    assert_message(refused[_i].file);
    assert_message(refused[_i].message);
    ck_assert_ptr_null(gt_archive_read(case_path(refused[_i].file)));
    ck_assert_int_eq(gt_last_status(), refused[_i].status);
}
END_TEST

START_TEST(other_versions_are_named)
{
    ck_assert_ptr_null(parse_version(4, readable[0]));
    assert_message("small: NPY version 4.0 cannot be read, 1.0 to 3.0 can");
    ck_assert_ptr_null(parse_version(0, readable[0]));
    ck_assert_ptr_null(gt_npy_parse("small", "PNG!", 4));
    assert_message("small: no NPY file");
}
END_TEST

START_TEST(axes_are_held_against_the_bytes)
{
    ck_assert_ptr_null(parse("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }"));
    assert_message("small: (4,) of 4 bytes each takes 16 bytes, 12 follow the NPY header");
    ck_assert_ptr_null(parse("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"));
    assert_message("takes 8 bytes, 12 follow");
    ck_assert_ptr_null(parse("{'descr': '<f4', 'fortran_order': False, 'shape': (), }"));
    ck_assert_ptr_null(parse("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }"));
    ck_assert_ptr_null(parse("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,3), }"));
    assert_message("more than 8 axes");
    /* Products that come to 12 or 0 in 64 bits. */
    ck_assert_ptr_null(parse("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387907,), }"));
    assert_message("more than memory has");
    ck_assert_ptr_null(parse("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }"));
    assert_message("more than memory has");
}
END_TEST

START_TEST(no_memory_is_asked_for_that_the_file_cannot_fill)
{
    gt_memory_reset_peak();
    const size_t before = gt_memory_peak();
    ck_assert_ptr_null(parse("{'descr': '<f4', 'fortran_order': True, 'shape': (65536, 4096), }"));
    ck_assert_uint_lt(gt_memory_peak() - before, 1 << 20);
}
END_TEST

START_TEST(long_headers_are_refused)
{
    char header[10002];
    memset(header, ' ', sizeof header);
    memcpy(header, readable[1], strlen(readable[1]));
    header[10000] = '\0';
    gt_tensor *tensor = parse(header);
    ck_assert_values(tensor, 1, -2, 0.5);
    gt_tensor_free(tensor);
    header[10000] = ' ';
    header[10001] = '\0';
    ck_assert_ptr_null(parse_version(2, header));
    assert_message("small: an NPY header of 10001 bytes is too long");
}
END_TEST

START_TEST(a_truth_value_is_0_or_1)
{
    size_t length;
    unsigned char *bytes = case_bytes("little_b1.npy", &length);
    bytes[length - 1] = 2;
    ck_assert_ptr_null(gt_npy_parse("small", bytes, length));
    assert_message("small: entry 5 is 2, neither true nor false");
    free(bytes);
}
END_TEST

static const char *const broken[] = {"little_f4.npy", "fortran_2.npy", "little_b1.npy", "rank_0.npy", "version_2.npy"};

START_TEST(a_damaged_file_is_an_error_or_another_tensor)
{
    check_damaged(broken[_i], 64);
}
END_TEST

/* gt_archive_parse goes by the first bytes; this one does not. */
START_TEST(a_truncated_file_is_an_error)
{
    size_t length;
    unsigned char *bytes = case_bytes("version_3.npy", &length);
    for (size_t cut = 0; cut < length; cut++) {
        unsigned char *exact = malloc(cut ? cut : 1);
        memcpy(exact, bytes, cut);
        ck_assert_ptr_null(gt_npy_parse("small", exact, cut));
        free(exact);
    }
    free(bytes);
}
END_TEST

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static char path[128];

static void make_path(void)
{
    scratch_make();
    snprintf(path, sizeof path, "%s", scratch_path("written"));
}

/* NumPy's own file, byte by byte. */
START_TEST(files_are_those_that_numpy_writes)
{
    static const char *const files[] = {"little_f4.npy", "little_f8.npy", "little_i4.npy", "little_u1.npy",
                                        "rank_0.npy",    "rank_1.npy",    "rank_8.npy",    "empty.npy"};
    size_t length, written;
    unsigned char *expected = case_bytes(files[_i], &length);
    gt_tensor *tensor = gt_npy_parse(files[_i], expected, length);
    ck_assert_msg(gt_npy_write(tensor, path) == GT_OK, "%s", gt_last_error());
    unsigned char *bytes = bytes_of_file(path, &written);
    ck_assert_uint_eq(written, length);
    ck_assert_mem_eq(bytes, expected, length);
    gt_tensor_free(tensor);
    free(bytes);
    free(expected);
}
END_TEST

/* A header of more than 118 bytes needs 64 more. */
START_TEST(the_values_are_aligned)
{
    gt_tensor *tensor = gt_tensor_new(GT_FLOAT64, GT_SHAPE(10, 10, 10, 10, 10, 0, 10, 10000000)), *read;
    ck_assert_msg(gt_npy_write(tensor, path) == GT_OK, "%s", gt_last_error());
    size_t length;
    unsigned char *bytes = bytes_of_file(path, &length);
    ck_assert_uint_eq(length % 64, 0);
    ck_assert_int_eq(bytes[length - 1], '\n');
    read = gt_npy_parse("read", bytes, length);
    check_same_tensor(tensor, read);
    gt_tensor_free(tensor);
    gt_tensor_free(read);
    free(bytes);
}
END_TEST

START_TEST(a_file_that_cannot_be_written_is_named)
{
    gt_tensor *tensor = VECTOR(1, 2);
    ck_assert_int_eq(gt_npy_write(tensor, "/no/such/folder/x.npy"), GT_ERR_IO);
    assert_message("/no/such/folder/x.npy");
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(missing_arguments_are_errors)
{
    gt_tensor *tensor = VECTOR(1);
    ck_assert_ptr_null(gt_npy_read(NULL));
    ck_assert_ptr_null(gt_npy_parse(NULL, "x", 1));
    ck_assert_ptr_null(gt_npy_parse("x", NULL, 1));
    assert_message("gt_npy_parse: the bytes are NULL");
    ck_assert_ptr_null(gt_npy_parse("x", NULL, 0));
    assert_message("x: no NPY file");
    ck_assert_int_eq(gt_npy_write(NULL, path), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_npy_write(tensor, NULL), GT_ERR_ARGUMENT);
    ck_assert_ptr_null(gt_npy_read("/no/such/file"));
    assert_message("/no/such/file: No such file");
    gt_tensor_free(tensor);
}
END_TEST

/* ---- memory ----------------------------------------------------------------------------------------------------- */

static gt_status read_one(void)
{
    gt_tensor *tensor = gt_npy_read(case_path("fortran_8.npy"));
    gt_status status = tensor ? GT_OK : gt_last_status();
    gt_tensor_free(tensor);
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
    gt_tensor *tensor = gt_tensor_borrow(GT_FLOAT32, GT_SHAPE(3), values);
    gt_status status = tensor ? gt_npy_write(tensor, path) : gt_last_status();
    gt_tensor_free(tensor);
    ck_assert_int_eq(access(path, F_OK), status == GT_OK ? 0 : -1);
    return status;
}

START_TEST(writing_survives_the_want_of_memory)
{
    check_allocations(write_one);
}
END_TEST

#define LOOP_OVER(name, array) LOOP_TEST(name, sizeof(array) / sizeof *(array))

int main(void)
{
    return run_suite_with("npy", make_path, scratch_remove,
                          (const suite_test[]){
                              TEST(numpys_files_are_read),
                              TEST(one_file_is_one_tensor),
                              LOOP_OVER(headers_are_read_in_any_order_and_spacing, readable),
                              TEST(numbers_without_an_order_are_the_machines),
                              LOOP_OVER(other_headers_are_refused, malformed),
                              LOOP_OVER(other_dtypes_are_named, unknown),
                              LOOP_OVER(what_tensors_cannot_hold_is_told, refused),
                              TEST(other_versions_are_named),
                              TEST(axes_are_held_against_the_bytes),
                              TEST(no_memory_is_asked_for_that_the_file_cannot_fill),
                              TEST(long_headers_are_refused),
                              TEST(a_truth_value_is_0_or_1),
                              LOOP_OVER(a_damaged_file_is_an_error_or_another_tensor, broken),
                              TEST(a_truncated_file_is_an_error),
                              LOOP_TEST(files_are_those_that_numpy_writes, 8),
                              TEST(the_values_are_aligned),
                              TEST(a_file_that_cannot_be_written_is_named),
                              TEST(missing_arguments_are_errors),
                              TEST(reading_survives_the_want_of_memory),
                              TEST(writing_survives_the_want_of_memory),
                              END_OF_TESTS,
                          });
}
