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
    assert_message("picture: ");
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

START_TEST(filling_one_survives_the_want_of_memory)
{
    check_allocations(fill);
}
END_TEST

int main(void)
{
    return run_suite("archive", (const suite_test[]){
                                    TEST(tensors_stay_in_the_order_they_came),
                                    TEST(a_tensor_shares_its_memory),
                                    TEST(a_taken_name_is_refused),
                                    TEST(a_result_that_was_reset_is_refused),
                                    TEST(another_devices_values_are_copied_to_the_cpu),
                                    TEST(texts_are_kept_and_replaced),
                                    TEST(missing_arguments_are_errors),
                                    TEST(what_is_not_there_is_null),
                                    TEST(files_of_no_known_format_are_named),
                                    TEST(filling_one_survives_the_want_of_memory),
                                    END_OF_TESTS,
                                });
}
