/* models/safetensors: files of Python's safetensors, and every way a small one can be broken. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "models/archive.h"
#include "tests/support/archives.h"
#include "tests/support/messages.h"
#include "tests/support/pretended.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

static char path[128];

static void make_path(void)
{
    scratch_make();
    snprintf(path, sizeof path, "%s", scratch_path("written"));
}

#ifdef GT_HAVE_JANSSON

#include <jansson.h>

/* ---- reading ---------------------------------------------------------------------------------------------------- */

START_TEST(safetensors_files_are_read)
{
    check_cases(".safetensors");
}
END_TEST

/* A file of this header with so many bytes behind it: 0, 1, 2, ... */
static gt_archive *parse(const char *header, size_t data)
{
    const size_t text = strlen(header), length = 8 + text + data;
    unsigned char *file = calloc(1, length);
    file[0] = (unsigned char)text;
    file[1] = (unsigned char)(text >> 8);
    memcpy(file + 8, header, text);
    for (size_t i = 0; i < data; i++)
        file[8 + text + i] = (unsigned char)i;
    gt_archive *archive = gt_archive_parse("small", file, length);
    free(file);
    return archive;
}

START_TEST(tensors_lie_in_any_order_in_the_header)
{
    gt_archive *archive = parse("{\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]},"
                                "\"a\":{\"data_offsets\":[0,1],\"shape\":[],\"dtype\":\"I8\"}}   ",
                                3);
    ck_assert_msg(archive != NULL, "%s", gt_last_error());
    ck_assert_str_eq(gt_archive_name(archive, 0), "a");
    ck_assert_values(gt_archive_find(archive, "a"), 0);
    ck_assert_values(gt_archive_find(archive, "b"), 1, 2);
    gt_archive_free(archive);
}
END_TEST

#define TENSOR(type, shape, begin, end)                                                                                \
    "{\"x\":{\"dtype\":" type ",\"shape\":" shape ",\"data_offsets\":[" begin "," end "]}}"

static const struct {
    const char *header;
    gt_status status;
    const char *message;
} refused[] = {
    {"", GT_ERR_FORMAT, "small: its header is no JSON"},
    {"{", GT_ERR_FORMAT, "small: its header is no JSON"},
    {"{}x", GT_ERR_FORMAT, "small: its header is no JSON"},
    {"[]", GT_ERR_FORMAT, "small: its header is no JSON object"},
    {"{}", GT_ERR_FORMAT, "small: 4 bytes of data, of which its tensors take 0"},
    {"{\"x\":1}", GT_ERR_FORMAT, "'x': dtype, shape and data_offsets are expected"},
    {"{\"x\":{}}", GT_ERR_FORMAT, "'x': dtype, shape and data_offsets are expected"},
    {"{\"x\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4],\"more\":0}}", GT_ERR_FORMAT, "are expected"},
    {"{\"x\":{\"dtype\":\"U8\",\"shape\":[4],\"offsets\":[0,4]}}", GT_ERR_FORMAT, "data_offsets are no range"},
    {TENSOR("8", "[4]", "0", "4"), GT_ERR_FORMAT, "'x': dtype that is no string"},
    {TENSOR("\"F8_E4M3\"", "[4]", "0", "4"), GT_ERR_UNSUPPORTED, "'x': dtype F8_E4M3 cannot be read"},
    {TENSOR("\"f32\"", "[1]", "0", "4"), GT_ERR_UNSUPPORTED, "'x': dtype f32 cannot be read"},
    {TENSOR("\"U8\"", "4", "0", "4"), GT_ERR_FORMAT, "'x': its shape is no list"},
    {TENSOR("\"U8\"", "[\"4\"]", "0", "4"), GT_ERR_FORMAT, "'x': axis 0 is no size"},
    {TENSOR("\"U8\"", "[1,-4]", "0", "4"), GT_ERR_FORMAT, "'x': axis 1 is no size"},
    {TENSOR("\"U8\"", "[4.0]", "0", "4"), GT_ERR_FORMAT, "'x': axis 0 is no size"},
    {TENSOR("\"U8\"", "[1,1,1,1,1,1,1,1,4]", "0", "4"), GT_ERR_UNSUPPORTED, "'x': 9 axes, at most 8"},
    {TENSOR("\"U8\"", "[5]", "0", "4"), GT_ERR_FORMAT, "'x': 4 bytes are not what (5,) of 1 bytes each takes"},
    {TENSOR("\"F32\"", "[4611686018427387905]", "0", "4"), GT_ERR_FORMAT, "'x': 4 bytes are not what"},
    {TENSOR("\"U8\"", "[4294967296,4294967296]", "0", "0"), GT_ERR_FORMAT, "'x': 0 bytes are not what"},
    {TENSOR("\"U8\"", "[4]", "0", "5"), GT_ERR_FORMAT, "'x': its data_offsets are no range within 4 bytes"},
    {TENSOR("\"U8\"", "[0]", "5", "5"), GT_ERR_FORMAT, "no range"},
    {TENSOR("\"U8\"", "[4]", "4", "0"), GT_ERR_FORMAT, "no range"},
    {TENSOR("\"U8\"", "[4]", "-4", "0"), GT_ERR_FORMAT, "no range"},
    {TENSOR("\"U8\"", "[4]", "0", "4.0"), GT_ERR_FORMAT, "no range"},
    {TENSOR("\"U8\"", "[4]", "0", "4,4"), GT_ERR_FORMAT, "no range"},
    {TENSOR("\"U8\"", "[3]", "0", "3"), GT_ERR_FORMAT, "small: 4 bytes of data, of which its tensors take 3"},
    {TENSOR("\"U8\"", "[3]", "1", "4"), GT_ERR_FORMAT, "'x' begins at byte 1 of the data, 0 is expected"},
    {TENSOR("\"BOOL\"", "[4]", "0", "4"), GT_ERR_VALUE, "small: x: entry 2 is 2, neither true nor false"},
    {"{\"x\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
     "\"x\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}",
     GT_ERR_FORMAT, "duplicate"},
    {"{\"x\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
     "\"y\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}",
     GT_ERR_FORMAT, "'y' begins at byte 2 of the data, 3 is expected"},
    {"{\"__metadata__\":1}", GT_ERR_FORMAT, "small: its __metadata__ is no object"},
    {"{\"__metadata__\":{\"a\":1}}", GT_ERR_FORMAT, "small: __metadata__: 'a' is no string"},
    {"{\"\xff\":1}", GT_ERR_FORMAT, "small: its header is no JSON"},
    {"{\"a\\u0000b\":1}", GT_ERR_FORMAT, "small: its header is no JSON"},
};

START_TEST(headers_that_do_not_fit_are_refused)
{
    ck_assert_msg(parse(refused[_i].header, 4) == NULL, "%s", refused[_i].header);
    ck_assert_int_eq(gt_last_status(), refused[_i].status);
    assert_message(refused[_i].message);
}
END_TEST

START_TEST(headers_longer_than_the_file_are_refused)
{
    ck_assert_ptr_null(gt_archive_parse("small", "\x03\0\0\0\0\0\0\0{}", 10));
    assert_message("small: no safetensors file: a header of 3 bytes in a file of 10");
    ck_assert_ptr_null(gt_archive_parse("small", "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10));
    assert_message("small: no safetensors, NPZ, NPY or HDF5 file, by how it begins");
    ck_assert_ptr_null(gt_archive_parse("small", "\x02\0\0", 3));
    assert_message("small: no safetensors, NPZ, NPY or HDF5 file");
}
END_TEST

START_TEST(deep_headers_are_refused)
{
    static char deep[60001];
    memset(deep, '[', sizeof deep - 1);
    ck_assert_ptr_null(parse(deep, 0));
    assert_message("small: its header is no JSON");
}
END_TEST

static const char *const broken[] = {"texts.safetensors", "empty.safetensors"};

START_TEST(a_damaged_file_is_an_error_or_another_archive)
{
    check_damaged(broken[_i], 64);
}
END_TEST

/* ---- writing ---------------------------------------------------------------------------------------------------- */

START_TEST(what_is_written_is_read_again)
{
    gt_archive *archive = archive_of_all_kinds("a \"ä\\数\n");
    gt_archive_set_text(archive, "schlüssel", "wert \"ü\"\n\t数\x01");
    gt_archive_set_text(archive, "", "");
    ck_assert_msg(gt_archive_write(archive, path) == GT_OK, "%s", gt_last_error());
    gt_archive *read = gt_archive_read(path);
    check_same_archive(archive, read);
    ck_assert_int_eq(gt_archive_text_count(read), 2);
    ck_assert_str_eq(gt_archive_text(read, "schlüssel"), "wert \"ü\"\n\t数\x01");
    ck_assert_str_eq(gt_archive_text(read, ""), "");
    gt_archive_free(archive);
    gt_archive_free(read);
}
END_TEST

START_TEST(files_are_in_order_of_names_and_aligned)
{
    static const char expected[] = "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                                   "\"b\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[1,5]}}";
    gt_archive *archive = gt_archive_new();
    gt_tensor *a = gt_tensor_from(GT_UINT8, GT_SHAPE(1), "\x07"), *b = gt_tensor_scalar(GT_INT32, 1);
    gt_archive_add(archive, "b", b);
    gt_archive_add(archive, "a", a);
    ck_assert_int_eq(gt_archive_write(archive, path), GT_OK);
    size_t length;
    unsigned char *bytes = bytes_of_file(path, &length);
    const size_t text = strlen(expected), header = (text + 7) / 8 * 8;
    ck_assert_uint_eq(length, 8 + header + 5);
    ck_assert_uint_eq(bytes[0], header);
    ck_assert_mem_eq(bytes + 1, "\0\0\0\0\0\0", 7);
    ck_assert_mem_eq(bytes + 8, expected, text);
    ck_assert_mem_eq(bytes + 8 + text, "       ", header - text);
    ck_assert_mem_eq(bytes + 8 + header, "\x07\x01\0\0", 5);
    free(bytes);
    gt_tensor_free(a);
    gt_tensor_free(b);
    gt_archive_free(archive);
}
END_TEST

START_TEST(an_archive_of_nothing_is_a_file)
{
    gt_archive *archive = gt_archive_new();
    ck_assert_int_eq(gt_archive_write(archive, path), GT_OK);
    gt_archive *read = gt_archive_read(path);
    ck_assert_ptr_nonnull(read);
    ck_assert_int_eq(gt_archive_count(read), 0);
    gt_archive_free(archive);
    gt_archive_free(read);
}
END_TEST

/* Overlong forms, surrogates, beyond the last character, and cut ones. */
static const char *const no_utf8[] = {"\xff",
                                      "\x80",
                                      "\xc0\xaf",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xc3",
                                      "\xe6\x95",
                                      "a\xc3(",
                                      "\xf0\x9f\x98"};

START_TEST(names_and_texts_are_utf8)
{
    static const char *const good[] = {"\x7f",         "\xc2\x80",         "\xe0\xa0\x80",
                                       "\xed\x9f\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
    gt_tensor *tensor = VECTOR(1);
    gt_archive *archive = gt_archive_new();
    gt_archive_add(archive, no_utf8[_i], tensor);
    ck_assert_int_eq(gt_archive_write(archive, path), GT_ERR_VALUE);
    assert_message("is no UTF-8");
    gt_archive_free(archive);
    for (int in_key = 0; in_key < 2; in_key++) {
        archive = gt_archive_new();
        gt_archive_set_text(archive, in_key ? no_utf8[_i] : "key", in_key ? "text" : no_utf8[_i]);
        ck_assert_int_eq(gt_archive_write(archive, path), GT_ERR_VALUE);
        assert_message("is no UTF-8");
        gt_archive_free(archive);
    }
    ck_assert_int_eq(access(path, F_OK), -1);
    archive = gt_archive_new();
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        gt_archive_add(archive, good[i], tensor);
    ck_assert_msg(gt_archive_write(archive, path) == GT_OK, "%s", gt_last_error());
    gt_archive_free(archive);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(the_name_of_the_texts_is_no_tensors)
{
    gt_tensor *tensor = VECTOR(1);
    gt_archive *archive = gt_archive_new();
    gt_archive_add(archive, "__metadata__", tensor);
    ck_assert_int_eq(gt_archive_write(archive, path), GT_ERR_VALUE);
    assert_message("'__metadata__' is the name of the texts, and no tensor's");
    ck_assert_int_eq(access(path, F_OK), -1);
    gt_archive_free(archive);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(headers_that_no_reader_takes_are_refused)
{
    const size_t length = 100000000;
    char *text = malloc(length + 1);
    memset(text, 'x', length);
    text[length] = '\0';
    gt_archive *archive = gt_archive_new();
    gt_archive_set_text(archive, "key", text);
    free(text);
    ck_assert_int_eq(gt_archive_write(archive, path), GT_ERR_VALUE);
    assert_message("its names and texts take more than 100000000 bytes");
    ck_assert_int_eq(access(path, F_OK), -1);
    gt_archive_free(archive);
}
END_TEST

START_TEST(a_tensor_that_was_moved_since_is_refused)
{
    ck_assert_int_eq(gt_backend_register(&pretended), GT_OK);
    gt_tensor *tensor = VECTOR(1, 2);
    gt_archive *archive = gt_archive_new();
    gt_archive_add(archive, "x", tensor);
    ck_assert_int_eq(gt_tensor_move(gt_archive_at(archive, 0), GT_CUDA), GT_OK);
    ck_assert_int_eq(gt_archive_write(archive, path), GT_ERR_DEVICE);
    ck_assert_int_eq(gt_npz_write(archive, path, false), GT_ERR_DEVICE);
    ck_assert_int_eq(access(path, F_OK), -1);
    gt_archive_free(archive);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(missing_arguments_and_folders_are_errors)
{
    gt_archive *archive = gt_archive_new();
    ck_assert_int_eq(gt_archive_write(NULL, path), GT_ERR_ARGUMENT);
    assert_message("gt_archive_write: the archive is NULL");
    ck_assert_int_eq(gt_archive_write(archive, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_archive_write(archive, "/no/such/folder/x"), GT_ERR_IO);
    assert_message("/no/such/folder/x");
    gt_archive_free(archive);
}
END_TEST

/* ---- memory ----------------------------------------------------------------------------------------------------- */

static gt_archive *undisturbed; /* what was read without a failure, once that is known */

static gt_status read_one(void)
{
    gt_archive *archive = gt_archive_read(case_path("texts.safetensors"));
    gt_status status = archive ? GT_OK : gt_last_status();
    if (archive && undisturbed)
        check_same_archive(archive, undisturbed);
    gt_archive_free(archive);
    return status;
}

START_TEST(reading_survives_the_want_of_memory)
{
    check_allocations(read_one);
}
END_TEST

/* Writes over a file that is there, which stays where that fails. */
static gt_status write_one(void)
{
    static float values[] = {1, 2, 3};
    FILE *file = fopen(path, "w");
    fputs("old", file);
    fclose(file);
    gt_archive *archive = gt_archive_new();
    gt_tensor *tensor = archive ? gt_tensor_borrow(GT_FLOAT32, GT_SHAPE(3, 1), values) : NULL;
    gt_status status = tensor ? gt_archive_add(archive, "b", tensor) : gt_last_status();
    if (status == GT_OK)
        status = gt_archive_add(archive, "a", tensor);
    if (status == GT_OK)
        status = gt_archive_set_text(archive, "key", "text");
    if (status == GT_OK)
        status = gt_archive_write(archive, path);
    gt_tensor_free(tensor);
    gt_archive_free(archive);
    size_t length;
    unsigned char *bytes = bytes_of_file(path, &length);
    static const char header[] = "{\"__metadata__\":{\"key\":\"text\"},"
                                 "\"a\":{\"dtype\":\"F32\",\"shape\":[3,1],\"data_offsets\":[0,12]},"
                                 "\"b\":{\"dtype\":\"F32\",\"shape\":[3,1],\"data_offsets\":[12,24]}}";
    if (status == GT_OK)
        ck_assert_mem_eq(bytes + 8, header, sizeof header - 1);
    else
        ck_assert(length == 3 && memcmp(bytes, "old", 3) == 0);
    free(bytes);
    return status;
}

START_TEST(writing_survives_the_want_of_memory)
{
    check_allocations(write_one);
}
END_TEST

static long foreign_asked, foreign_fails_at;

static void *foreign_malloc(size_t bytes)
{
    return ++foreign_asked == foreign_fails_at ? NULL : malloc(bytes);
}

static gt_status (*const scenarios[])(void) = {read_one, write_one};

/* jansson asks for memory of its own. It does not always tell a failure from a malformed text, and some it does not
 * mind: then all must be as without. */
START_TEST(both_survive_the_want_of_memory_in_jansson)
{
    undisturbed = gt_archive_read(case_path("texts.safetensors"));
    json_set_alloc_funcs(foreign_malloc, free);
    do {
        foreign_asked = 0;
        foreign_fails_at++;
        gt_status status = scenarios[_i]();
        ck_assert_msg(status == GT_OK || status == GT_ERR_MEMORY || (_i == 0 && status == GT_ERR_FORMAT),
                      "allocation %ld: %s", foreign_fails_at, gt_last_error());
    } while (foreign_asked >= foreign_fails_at);
    ck_assert_int_gt(foreign_fails_at, 20);
    gt_archive_free(undisturbed);
}
END_TEST

#define LOOP_OVER(name, array) LOOP_TEST(name, sizeof(array) / sizeof *(array))

int main(void)
{
    return run_suite_with("safetensors", make_path, scratch_remove,
                          (const suite_test[]){
                              TEST(safetensors_files_are_read),
                              TEST(tensors_lie_in_any_order_in_the_header),
                              LOOP_OVER(headers_that_do_not_fit_are_refused, refused),
                              TEST(headers_longer_than_the_file_are_refused),
                              TEST(deep_headers_are_refused),
                              LOOP_OVER(a_damaged_file_is_an_error_or_another_archive, broken),
                              TEST(what_is_written_is_read_again),
                              TEST(files_are_in_order_of_names_and_aligned),
                              TEST(an_archive_of_nothing_is_a_file),
                              LOOP_OVER(names_and_texts_are_utf8, no_utf8),
                              TEST(the_name_of_the_texts_is_no_tensors),
                              TEST(headers_that_no_reader_takes_are_refused),
                              TEST(a_tensor_that_was_moved_since_is_refused),
                              TEST(missing_arguments_and_folders_are_errors),
                              TEST(reading_survives_the_want_of_memory),
                              TEST(writing_survives_the_want_of_memory),
                              LOOP_TEST(both_survive_the_want_of_memory_in_jansson, 2),
                              END_OF_TESTS,
                          });
}

#else

START_TEST(a_build_without_jansson_says_so)
{
    gt_archive *archive = gt_archive_new();
    ck_assert_ptr_null(gt_archive_read(case_path("texts.safetensors")));
    ck_assert_int_eq(gt_last_status(), GT_ERR_UNSUPPORTED);
    assert_message("texts.safetensors: safetensors: this build has no jansson");
    ck_assert_int_eq(gt_archive_write(archive, path), GT_ERR_UNSUPPORTED);
    assert_message("this build has no jansson");
    ck_assert_int_eq(access(path, F_OK), -1);
    gt_archive_free(archive);
}
END_TEST

int main(void)
{
    return run_suite_with("safetensors", make_path, scratch_remove,
                          (const suite_test[]){TEST(a_build_without_jansson_says_so), END_OF_TESTS});
}

#endif
