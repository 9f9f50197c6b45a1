/* models/archive: names, texts, and what shares memory; its files are in the suites of their formats. */
#include "models/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/tape.h"
#include "ops/ops.h"
#include "tests/support/archives.h"
#include "tests/support/messages.h"
#include "tests/support/pretended.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

/* ---- tensors ---------------------------------------------------------------------------------------------------- */

START_TEST(tensors_stay_in_the_order_they_came)
{
    gt_archive *archive = gt_archive_new();
    ck_assert_int_eq(gt_archive_count(archive), 0);
    for (int i = 0; i < 100; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", 99 - i);
        gt_tensor *tensor = gt_tensor_scalar(GT_INT32, i);
        ck_assert_int_eq(gt_archive_add(archive, name, tensor), GT_OK);
        gt_tensor_free(tensor);
    }
    ck_assert_int_eq(gt_archive_count(archive), 100);
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(atoi(gt_archive_name(archive, i)), 99 - i);
        ck_assert_double_eq(gt_tensor_item(gt_archive_at(archive, i)), i);
        ck_assert_ptr_eq(gt_archive_find(archive, gt_archive_name(archive, i)), gt_archive_at(archive, i));
    }
    gt_archive_free(archive);
}
END_TEST

START_TEST(a_tensor_shares_its_memory)
{
    gt_archive *archive = gt_archive_new();
    gt_tensor *tensor = VECTOR(1, 2);
    ck_assert_int_eq(gt_archive_add(archive, "x", tensor), GT_OK);
    ((double *)gt_tensor_data_write(tensor))[1] = 5;
    gt_tensor_free(tensor);
    ck_assert_values(gt_archive_find(archive, "x"), 1, 5);
    gt_archive_free(archive);
}
END_TEST

START_TEST(a_taken_name_is_refused)
{
    gt_archive *archive = gt_archive_new();
    gt_tensor *tensor = VECTOR(1, 2);
    ck_assert_int_eq(gt_archive_add(archive, "", tensor), GT_OK);
    ck_assert_int_eq(gt_archive_add(archive, "x", tensor), GT_OK);
    ck_assert_int_eq(gt_archive_add(archive, "x", tensor), GT_ERR_ARGUMENT);
    assert_message("gt_archive_add: there is a tensor 'x' already");
    ck_assert_int_eq(gt_archive_count(archive), 2);
    gt_archive_free(archive);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(a_result_that_was_reset_is_refused)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *x = VECTOR(1, 2), *y = gt_copy(tape, x);
    gt_archive *archive = gt_archive_new();
    gt_tape_reset(tape);
    ck_assert_int_ne(gt_archive_add(archive, "y", y), GT_OK);
    ck_assert_int_eq(gt_archive_count(archive), 0);
    gt_archive_free(archive);
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

START_TEST(another_devices_values_are_copied_to_the_cpu)
{
    ck_assert_int_eq(gt_backend_register(&pretended), GT_OK);
    gt_archive *archive = gt_archive_new();
    gt_tensor *tensor = VECTOR(1, 2);
    ck_assert_int_eq(gt_tensor_move(tensor, GT_CUDA), GT_OK);
    ck_assert_int_eq(gt_archive_add(archive, "x", tensor), GT_OK);
    ck_assert_int_eq(gt_tensor_device(tensor), GT_CUDA);
    ck_assert_int_eq(gt_tensor_device(gt_archive_at(archive, 0)), GT_CPU);
    ck_assert_values(gt_archive_at(archive, 0), 1, 2);
    gt_archive_free(archive);
    gt_tensor_free(tensor);
}
END_TEST

/* ---- texts ------------------------------------------------------------------------------------------------------ */

START_TEST(texts_are_kept_and_replaced)
{
    gt_archive *archive = gt_archive_new();
    for (int i = 0; i < 40; i++) {
        char key[16];
        snprintf(key, sizeof key, "key %d", i);
        ck_assert_int_eq(gt_archive_set_text(archive, key, "before"), GT_OK);
    }
    ck_assert_int_eq(gt_archive_set_text(archive, "key 7", "after"), GT_OK);
    ck_assert_int_eq(gt_archive_set_text(archive, "key 7", gt_archive_text(archive, "key 7")), GT_OK);
    ck_assert_int_eq(gt_archive_text_count(archive), 40);
    ck_assert_str_eq(gt_archive_text_key(archive, 7), "key 7");
    ck_assert_str_eq(gt_archive_text(archive, "key 7"), "after");
    ck_assert_str_eq(gt_archive_text(archive, "key 39"), "before");
    ck_assert_ptr_null(gt_archive_text(archive, "key 40"));
    gt_archive_free(archive);
}
END_TEST

/* ---- bad arguments ---------------------------------------------------------------------------------------------- */

START_TEST(missing_arguments_are_errors)
{
    gt_archive *archive = gt_archive_new();
    gt_tensor *tensor = VECTOR(1);
    ck_assert_int_eq(gt_archive_add(NULL, "x", tensor), GT_ERR_ARGUMENT);
    assert_message("the archive is NULL");
    ck_assert_int_eq(gt_archive_add(archive, NULL, tensor), GT_ERR_ARGUMENT);
    assert_message("the name is NULL");
    ck_assert_int_eq(gt_archive_add(archive, "x", NULL), GT_ERR_ARGUMENT);
    assert_message("the tensor is NULL");
    ck_assert_int_eq(gt_archive_set_text(NULL, "x", "y"), GT_ERR_ARGUMENT);
    assert_message("the archive is NULL");
    ck_assert_int_eq(gt_archive_set_text(archive, NULL, "y"), GT_ERR_ARGUMENT);
    assert_message("the key is NULL");
    ck_assert_int_eq(gt_archive_set_text(archive, "x", NULL), GT_ERR_ARGUMENT);
    assert_message("the text is NULL");
    ck_assert_ptr_null(gt_archive_read(NULL));
    assert_message("gt_archive_read: the path is NULL");
    ck_assert_ptr_null(gt_archive_parse(NULL, "", 0));
    assert_message("gt_archive_parse: the name is NULL");
    ck_assert_ptr_null(gt_archive_parse("x", NULL, 1));
    assert_message("gt_archive_parse: the bytes are NULL");
    ck_assert_ptr_null(gt_archive_parse("x", NULL, 0));
    gt_tensor_free(tensor);
    gt_archive_free(archive);
    gt_archive_free(NULL);
}
END_TEST

START_TEST(what_is_not_there_is_null)
{
    gt_archive *archive = gt_archive_new();
    for (int i = -1; i < 2; i++) {
        ck_assert_ptr_null(gt_archive_name(archive, i));
        ck_assert_ptr_null(gt_archive_at(archive, i));
        ck_assert_ptr_null(gt_archive_text_key(archive, i));
        ck_assert_ptr_null(gt_archive_converted_from(archive, i));
        ck_assert_ptr_null(gt_archive_skipped_name(archive, i));
        ck_assert_ptr_null(gt_archive_skipped_reason(archive, i));
        ck_assert_ptr_null(gt_archive_name(NULL, i));
        ck_assert_ptr_null(gt_archive_at(NULL, i));
        ck_assert_ptr_null(gt_archive_text_key(NULL, i));
    }
    ck_assert_ptr_null(gt_archive_find(archive, "x"));
    ck_assert_ptr_null(gt_archive_find(archive, NULL));
    ck_assert_ptr_null(gt_archive_find(NULL, "x"));
    ck_assert_ptr_null(gt_archive_text(archive, NULL));
    ck_assert_ptr_null(gt_archive_text(NULL, "x"));
    ck_assert_int_eq(gt_archive_count(NULL), 0);
    ck_assert_int_eq(gt_archive_text_count(NULL), 0);
    ck_assert_int_eq(gt_archive_skipped_count(NULL), 0);
    gt_archive_free(archive);
}
END_TEST

START_TEST(files_of_no_known_format_are_named)
{
    ck_assert_ptr_null(gt_archive_read("/no/such/file"));
    assert_message("/no/such/file: No such file");
    ck_assert_ptr_null(gt_archive_read("/tmp"));
    assert_message("/tmp: not a regular file");
    ck_assert_ptr_null(gt_archive_parse("picture", "\x89PNG\r\n\x1a\n0000", 12));
    ck_assert_int_ne(gt_last_status(), GT_OK);
#ifdef GT_HAVE_JANSSON
    assert_message("picture: no safetensors, NPZ, NPY or HDF5 file, by how it begins");
#else
    assert_message("picture: safetensors: this build has no jansson");
#endif
    ck_assert_ptr_null(gt_archive_parse("nothing", "", 0));
    ck_assert_int_eq(gt_last_status(), GT_ERR_FORMAT);
    assert_message("nothing: the file is empty");
}
END_TEST

/* ---- memory ----------------------------------------------------------------------------------------------------- */

/* Also replaces a text, which must stay while there is no memory for the other. */
static gt_status fill(void)
{
    static double values[] = {1, 2};
    gt_archive *archive = gt_archive_new();
    gt_tensor *tensor = archive ? gt_tensor_borrow(GT_FLOAT64, GT_SHAPE(2), values) : NULL;
    gt_status status = tensor ? gt_archive_add(archive, "x", tensor) : gt_last_status();
    if (status == GT_OK)
        status = gt_archive_set_text(archive, "key", "before");
    if (status == GT_OK) {
        status = gt_archive_set_text(archive, "key", "after");
        ck_assert_str_eq(gt_archive_text(archive, "key"), status == GT_OK ? "after" : "before");
    }
    gt_tensor_free(tensor);
    gt_archive_free(archive);
    return status;
}

/* ---- what is left out ------------------------------------------------------------------------------------------- */

typedef struct left_out {
    const char *name, *reason;
} left_out;

/* What mixed.* holds beside 'x' and 'long', in the file's order. */
static const struct {
    const char *file;
    left_out skipped[6];
} mixed[] = {
#ifdef GT_HAVE_JANSSON
    {"mixed.safetensors",
     {{"eight", "mixed.safetensors: 'eight': dtype F8_E4M3 cannot be read"},
      {"time", "mixed.safetensors: time: entry 0 is 2147483648, more than int32 holds"}}},
#endif
#ifdef GT_HAVE_LIBZIP
    {"mixed.npz",
     {{"names", "mixed.npz: 'names.npy': dtype '<U3' cannot be read"},
      {"time", "mixed.npz: 'time.npy': entry 0 is 2147483648, more than int32 holds"}}},
#endif
#ifdef GT_HAVE_HDF5
    {"mixed.h5",
     {{"a link", "mixed.h5: 'a link': a soft or external link, which is not followed"},
      {"empty", "mixed.h5: 'empty': a group with nothing in it"},
      {"names", "mixed.h5: 'names': its type cannot be read: whole numbers, floats and truth values can"},
      {"time", "mixed.h5: 'time': entry 0 is 2147483648, more than int32 holds"},
      {"x/scale", "mixed.h5: attribute 'scale' of 'x': an attribute that is no text"}}},
#endif
    {NULL, {{NULL, NULL}}},
};

START_TEST(what_cannot_be_read_is_left_out_and_named)
{
    for (size_t i = 0; mixed[i].file; i++) {
        gt_archive *archive = gt_archive_read(case_path(mixed[i].file));
        ck_assert_msg(archive != NULL, "%s", gt_last_error());
        ck_assert_int_eq(gt_archive_count(archive), 2);
        ck_assert_values(gt_archive_find(archive, "x"), 1, 2);
        int count = 0;
        for (const left_out *expected = mixed[i].skipped; expected->name; expected++, count++) {
            ck_assert_str_eq(gt_archive_skipped_name(archive, count), expected->name);
            ck_assert_ptr_nonnull(strstr(gt_archive_skipped_reason(archive, count), expected->reason));
            ck_assert_ptr_null(gt_archive_find(archive, expected->name));
            assert_message(expected->reason);
        }
        ck_assert_int_eq(gt_archive_skipped_count(archive), count);
        gt_archive_free(archive);
    }
}
END_TEST

START_TEST(the_type_in_the_file_is_told_where_it_is_another)
{
    for (size_t i = 0; mixed[i].file; i++) {
        gt_archive *archive = gt_archive_read(case_path(mixed[i].file));
        for (int k = 0; k < gt_archive_count(archive); k++)
            if (strcmp(gt_archive_name(archive, k), "long") == 0)
                ck_assert_str_eq(gt_archive_converted_from(archive, k), "int64");
            else
                ck_assert_ptr_null(gt_archive_converted_from(archive, k));
        gt_archive_free(archive);
    }
}
END_TEST

static const struct {
    const char *file, *type; /* NULL: the tensor's own */
} converted[] = {
    {"little_b1.npy", "bool"}, {"little_f2.npy", "float16"}, {"little_f4.npy", NULL},     {"little_f8.npy", NULL},
    {"little_i1.npy", "int8"}, {"little_i2.npy", "int16"},   {"big_i4.npy", NULL},        {"big_i8.npy", "int64"},
    {"little_u1.npy", NULL},   {"little_u2.npy", "uint16"},  {"little_u4.npy", "uint32"}, {"big_u8.npy", "uint64"},
};

START_TEST(types_are_named_as_numpy_names_them)
{
    gt_archive *archive = gt_archive_read(case_path(converted[_i].file));
    ck_assert_pstr_eq(gt_archive_converted_from(archive, 0), converted[_i].type);
    gt_archive_free(archive);
}
END_TEST

static gt_status read_mixed(void)
{
    gt_archive *narrowed = gt_archive_read(case_path("little_i8.npy")); /* in a build without libraries, the only one */
    if (!narrowed)
        return gt_last_status();
    gt_archive_free(narrowed);
    for (size_t i = 0; mixed[i].file; i++) {
        size_t length;
        unsigned char *bytes = case_bytes(mixed[i].file, &length);
        gt_archive *archive = gt_archive_parse(mixed[i].file, bytes, length);
        gt_status status = archive ? GT_OK : gt_last_status();
        gt_archive_free(archive);
        free(bytes);
        if (status != GT_OK)
            return status;
    }
    return GT_OK;
}

START_TEST(leaving_out_survives_the_want_of_memory)
{
    check_allocations(read_mixed);
}
END_TEST

START_TEST(filling_one_survives_the_want_of_memory)
{
    check_allocations(fill);
}
END_TEST

int main(void)
{
    return run_suite("archive",
                     (const suite_test[]){
                         TEST(tensors_stay_in_the_order_they_came),
                         TEST(a_tensor_shares_its_memory),
                         TEST(a_taken_name_is_refused),
                         TEST(a_result_that_was_reset_is_refused),
                         TEST(another_devices_values_are_copied_to_the_cpu),
                         TEST(texts_are_kept_and_replaced),
                         TEST(missing_arguments_are_errors),
                         TEST(what_is_not_there_is_null),
                         TEST(files_of_no_known_format_are_named),
                         TEST(what_cannot_be_read_is_left_out_and_named),
                         TEST(the_type_in_the_file_is_told_where_it_is_another),
                         LOOP_TEST(types_are_named_as_numpy_names_them, sizeof converted / sizeof converted[0]),
                         TEST(leaving_out_survives_the_want_of_memory),
                         TEST(filling_one_survives_the_want_of_memory),
                         END_OF_TESTS,
                     });
}
