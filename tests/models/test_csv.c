/* models/csv: tables as spreadsheets and NumPy write them, every way a small one can be wrong, and what is written. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "models/data.h"
#include "tests/support/archives.h"
#include "tests/support/messages.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

/* From a block of exactly its length, so that sanitizers see a read beyond it. */
static gt_tensor *parse_bytes(const char *bytes, size_t length, const gt_csv_options *options)
{
    char *exact = malloc(length ? length : 1);
    memcpy(exact, bytes, length);
    gt_tensor *tensor = gt_csv_parse("t.csv", exact, length, options);
    free(exact);
    return tensor;
}

static gt_tensor *parse(const char *text)
{
    return parse_bytes(text, strlen(text), NULL);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static const char *const forms[] = {
    "1,2.5,-3\n4e2,.5,6.\n",
    "1,2.5,-3\n4e2,.5,6.",
    "1,2.5,-3\r\n4e2,.5,6.\r\n\r\n",
    "\xef\xbb\xbf+1,2.5,-3\n4E+2,.5,6.\n\n\n",
    " 1 ,\t2.5, -3\n\"4e2\", \"0.5\" ,\"6\"\n",
    "one,two,three\n1,2.5,-3\n400,5e-1,6\n",
    "\"a, \"\"b\"\"\",,3rd\n1,2.5,-3\n400,0.5,6\n",
};

START_TEST(a_table_is_read_in_every_form)
{
    gt_tensor *tensor = parse(forms[_i]);
    ck_assert_msg(tensor != NULL, "%s", gt_last_error());
    ck_assert_int_eq(gt_tensor_dtype(tensor), GT_FLOAT64);
    ck_assert_int_eq(gt_tensor_rank(tensor), 2);
    ck_assert_int_eq(gt_tensor_dim(tensor, 0), 2);
    ck_assert_values(tensor, 1, 2.5, -3, 400, 0.5, 6);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(words_for_numbers_are_read)
{
    gt_tensor *tensor = parse("nan,inf,-Inf,+INFINITY\n-NaN,1e-400,4.9e-324,0\n");
    ck_assert_msg(tensor != NULL, "%s", gt_last_error());
    ck_assert(isnan(gt_tensor_at(tensor, 0)) && isnan(gt_tensor_at(tensor, 4)));
    ck_assert(gt_tensor_at(tensor, 1) == HUGE_VAL && gt_tensor_at(tensor, 2) == -HUGE_VAL);
    ck_assert(gt_tensor_at(tensor, 3) == HUGE_VAL && gt_tensor_at(tensor, 5) == 0);
    ck_assert(gt_tensor_at(tensor, 6) == DBL_TRUE_MIN);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(a_line_of_names_alone_is_a_table_without_rows)
{
    gt_tensor *tensor = parse("a,b,c\n");
    ck_assert_int_eq(gt_tensor_dim(tensor, 0), 0);
    ck_assert_int_eq(gt_tensor_dim(tensor, 1), 3);
    gt_tensor_free(tensor);
}
END_TEST

/* Each line of them was looked for beyond all others: a megabyte took minutes. */
START_TEST(many_empty_lines_are_no_burden)
{
    enum { LINES = 4 << 20 };
    char *text = malloc(LINES + 2);
    memset(text, '\n', LINES + 2);
    text[0] = '1';
    gt_tensor *tensor = parse_bytes(text, LINES, NULL);
    ck_assert_msg(tensor != NULL, "%s", gt_last_error());
    ck_assert_values(tensor, 1);
    gt_tensor_free(tensor);
    text[LINES] = '2';
    ck_assert_ptr_null(parse_bytes(text, LINES + 1, NULL));
    assert_message("t.csv: line 2, column 1: an empty field");
    free(text);
}
END_TEST

static const struct {
    const char *text, *names; /* NULL: there are none */
} titled[] = {
    {"a,b\n1,2\n", "a,b"}, {"\xef\xbb\xbf\"a\", b \r\n1,2", "\"a\", b "}, {"a,b", "a,b"}, {"nan,inf\n1,2\n", NULL},
    {"1,2\n", NULL},
};

START_TEST(the_line_of_names_is_given_to_who_asks)
{
    char *names = "before";
    gt_tensor *tensor = parse_bytes(titled[_i].text, strlen(titled[_i].text), &(gt_csv_options){.names = &names});
    ck_assert_msg(tensor != NULL, "%s", gt_last_error());
    ck_assert_pstr_eq(names, titled[_i].names);
    gt_release(names);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(a_wrong_table_has_no_names)
{
    char *names = "before";
    ck_assert_ptr_null(parse_bytes("a,b\n1\n", 6, &(gt_csv_options){.names = &names}));
    ck_assert_ptr_null(names);
    names = "before";
    ck_assert_ptr_null(gt_csv_read("/nowhere/x.csv", &(gt_csv_options){.names = &names}));
    ck_assert_ptr_null(names);
}
END_TEST

START_TEST(options_choose_separator_and_dtype)
{
    const gt_csv_options tabs = {.separator = '\t', .float32 = true};
    gt_tensor *tensor = parse_bytes("1\t16777217\n 0.1\t3\n", 18, &tabs);
    ck_assert_msg(tensor != NULL, "%s", gt_last_error());
    ck_assert_int_eq(gt_tensor_dtype(tensor), GT_FLOAT32);
    ck_assert_values(tensor, 1, 16777216, 0.1f, 3);
    gt_tensor_free(tensor);
    const gt_csv_options semicolons = {.separator = ';'};
    tensor = parse_bytes("1;2\n3;4", 7, &semicolons);
    ck_assert_values(tensor, 1, 2, 3, 4);
    gt_tensor_free(tensor);
    ck_assert_ptr_null(parse_bytes("1,2", 3, &(gt_csv_options){.separator = '.'}));
    ck_assert_int_eq(gt_last_status(), GT_ERR_ARGUMENT);
    assert_message("'.' cannot separate numbers");
    for (const char *letter = "aefintyAEFINTY\"\n0"; *letter; letter++)
        ck_assert_ptr_null(parse_bytes("1,2", 3, &(gt_csv_options){.separator = *letter}));
}
END_TEST

static const struct {
    const char *text;
    size_t length; /* 0: the text's */
    gt_status status;
    const char *message;
} wrong[] = {
    {"", 0, GT_ERR_FORMAT, "t.csv: no line is in it"},
    {"\n\r\n", 0, GT_ERR_FORMAT, "t.csv: no line is in it"},
    {"1,,2\n3,4,5\n", 0, GT_ERR_FORMAT, "t.csv: line 1, column 2: an empty field"},
    {",,\n1,2,3\n", 0, GT_ERR_FORMAT, "t.csv: line 1, column 1: an empty field"},
    {"1,x\n3,4\n", 0, GT_ERR_FORMAT, "t.csv: line 1, column 2: 'x' is no number"},
    {"a,1\n3,4\n", 0, GT_ERR_FORMAT, "t.csv: line 1, column 1: 'a' is no number"},
    {"1;2;3\n4;5;6\n", 0, GT_ERR_FORMAT, "t.csv: line 1, column 1: '1;2;3' is no number"},
    {"1,2\r3,4\r", 0, GT_ERR_FORMAT, "t.csv: line 1, column 2: '2?3' is no number"},
    {"1,2\n3\n", 0, GT_ERR_FORMAT, "t.csv: line 2 has 1 fields, line 1 has 2"},
    {"1,2\n3,4,\n", 0, GT_ERR_FORMAT, "t.csv: line 2 has 3 fields, line 1 has 2"},
    {"1,2\n\n3,4\n", 0, GT_ERR_FORMAT, "t.csv: line 2 has 1 fields, line 1 has 2"},
    {"1,2\n3,\n", 0, GT_ERR_FORMAT, "t.csv: line 2, column 2: an empty field"},
    {"1\n\n3\n", 0, GT_ERR_FORMAT, "t.csv: line 2, column 1: an empty field"},
    {"1,2\n3,four\n", 0, GT_ERR_FORMAT, "t.csv: line 2, column 2: 'four' is no number"},
    {"1\n0x10\n", 0, GT_ERR_FORMAT, "'0x10' is no number"},
    {"1\nnan(1)\n", 0, GT_ERR_FORMAT, "'nan(1)' is no number"},
    {"1\n1e\n", 0, GT_ERR_FORMAT, "'1e' is no number"},
    {"1\n.\n", 0, GT_ERR_FORMAT, "'.' is no number"},
    {"1\n--1\n", 0, GT_ERR_FORMAT, "'--1' is no number"},
    {"1\n1 2\n", 0, GT_ERR_FORMAT, "'1 2' is no number"},
    {"1\n\033[2J\n", 0, GT_ERR_FORMAT, "'?[2J' is no number"},
    {"1,2\n3,\0\n", 8, GT_ERR_FORMAT, "t.csv: line 2, column 2: a NUL byte"},
    {"1,2\n3,\"4\0\"\n", 11, GT_ERR_FORMAT, "t.csv: line 2, column 2: a NUL byte"},
    {"\"a\0b\",c\n1,2\n", 12, GT_ERR_FORMAT, "t.csv: line 1, column 1: a NUL byte"},
    {"1,\"2\n3,4\n", 0, GT_ERR_FORMAT, "t.csv: line 1, column 2: its line ends before its quote does"},
    {"1,\"2", 0, GT_ERR_FORMAT, "t.csv: line 1, column 2: its line ends before its quote does"},
    {"1,\"2\"3\n", 0, GT_ERR_FORMAT, "t.csv: line 1, column 2: something follows its quote"},
    {"1,2\n1,1e999\n", 0, GT_ERR_VALUE, "t.csv: line 2, column 2: more than float64 holds"},
};

START_TEST(a_wrong_table_is_refused_with_its_place)
{
    ck_assert_ptr_null(parse_bytes(wrong[_i].text, wrong[_i].length ? wrong[_i].length : strlen(wrong[_i].text), NULL));
    ck_assert_int_eq(gt_last_status(), wrong[_i].status);
    assert_message(wrong[_i].message);
}
END_TEST

START_TEST(more_than_float32_holds_is_refused_where_that_is_asked_for)
{
    const gt_csv_options options = {.float32 = true};
    ck_assert_ptr_null(parse_bytes("1\n-1e39\n", 8, &options));
    ck_assert_int_eq(gt_last_status(), GT_ERR_VALUE);
    assert_message("t.csv: line 2, column 1: more than float32 holds");
}
END_TEST

/* One line of a million fields is a table; a million digits are no number, and the message stays short. */
START_TEST(huge_lines_are_read_or_refused)
{
    enum { COUNT = 1000000 };
    char *text = malloc(2 * COUNT);
    for (int i = 0; i < COUNT; i++)
        memcpy(text + 2 * i, "7,", 2);
    gt_tensor *tensor = parse_bytes(text, 2 * COUNT - 1, NULL);
    ck_assert_msg(tensor != NULL, "%s", gt_last_error());
    ck_assert_int_eq(gt_tensor_dim(tensor, 1), COUNT);
    gt_tensor_free(tensor);
    memset(text, '7', 2 * COUNT);
    memcpy(text, "1\n", 2);
    ck_assert_ptr_null(parse_bytes(text, 2 * COUNT, NULL));
    assert_message("line 2, column 1: '77777");
    assert_message("...' is no number");
    ck_assert_uint_lt(strlen(gt_last_error()), 100);
    free(text);
}
END_TEST

/* A first line that promises a million columns, and a million lines that have one each. */
START_TEST(memory_is_asked_for_when_all_lines_agree)
{
    enum { COUNT = 200000 };
    char *text = malloc(4 * COUNT);
    for (int i = 0; i < COUNT; i++) {
        memcpy(text + 2 * i, "7,", 2);
        memcpy(text + 2 * (COUNT + i), "7\n", 2);
    }
    gt_memory_reset_peak();
    const size_t before = gt_memory_peak();
    ck_assert_ptr_null(parse_bytes(text, 4 * COUNT, NULL));
    assert_message("line 2 has 1 fields, line 1 has 200001");
    ck_assert_uint_lt(gt_memory_peak() - before, 1 << 16);
    free(text);
}
END_TEST

START_TEST(every_truncation_and_change_is_a_table_or_an_error)
{
    static const char text[] = "a,\"b\"\r\n1.5,-2e3\r\nnan,\"0.25\"\n";
    char changed[sizeof text];
    for (size_t i = 0; i < sizeof text - 1; i++) {
        gt_tensor_free(parse_bytes(text, i, NULL));
        for (int value = 0; value < 256; value++) {
            memcpy(changed, text, sizeof text);
            changed[i] = (char)value;
            gt_tensor *tensor = parse_bytes(changed, sizeof text - 1, NULL);
            if (!tensor)
                ck_assert_int_eq(strncmp(gt_last_error(), "t.csv: ", 7), 0);
            gt_tensor_free(tensor);
        }
    }
}
END_TEST

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static void assert_writes(const gt_tensor *tensor, const char *expected)
{
    size_t length;
    ck_assert_msg(gt_csv_write(tensor, scratch_path("t.csv"), NULL) == GT_OK, "%s", gt_last_error());
    char *text = scratch_read(scratch_path("t.csv"), &length);
    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(numbers_have_the_fewest_digits)
{
    const double doubles[] = {0.1, 1.0 / 3, 1e100, -0.0, DBL_TRUE_MIN, NAN, -HUGE_VAL, 5};
    const float floats[] = {0.1f, 16777216, 3.4028235e38f, 1.0f / 3};
    gt_tensor *tensor = gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 4), doubles);
    assert_writes(tensor, "0.1,0.3333333333333333,1e+100,-0\n5e-324,nan,-inf,5\n");
    gt_tensor_free(tensor);
    tensor = gt_tensor_from(GT_FLOAT32, GT_SHAPE(4), floats);
    assert_writes(tensor, "0.1\n16777216\n3.4028235e+38\n0.33333334\n");
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(whole_numbers_and_other_shapes_are_rows)
{
    const int32_t integers[] = {-2147483647 - 1, 2, 3, 4};
    const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 255};
    gt_tensor *tensor = gt_tensor_from(GT_INT32, GT_SHAPE(2, 2), integers);
    assert_writes(tensor, "-2147483648,2\n3,4\n");
    gt_tensor_free(tensor);
    tensor = gt_tensor_from(GT_UINT8, GT_SHAPE(2, 2, 2), bytes);
    assert_writes(tensor, "1,2,3,4\n5,6,7,255\n");
    gt_tensor_free(tensor);
    tensor = gt_tensor_from(GT_UINT8, gt_shape_of(0, NULL), bytes);
    assert_writes(tensor, "1\n");
    gt_tensor_free(tensor);
}
END_TEST

/* Numbers of every size, from their bits: what is written is read back to the same ones. */
START_TEST(what_is_written_is_read_again_to_the_same_bits)
{
    enum { COUNT = 3000 };
    static double values[COUNT];
    uint64_t bits = 1;
    for (int i = 0; i < COUNT; i++) {
        do {
            bits = bits * 6364136223846793005u + 1442695040888963407u;
            memcpy(&values[i], &bits, sizeof bits);
        } while (!isfinite(values[i]));
        if (_i == 1) {
            const uint32_t half = (uint32_t)(bits >> 32) & 0xff7fffff;
            memcpy((float *)values + i, &half, sizeof half);
        }
    }
    const gt_csv_options options = {.separator = ';', .float32 = _i == 1};
    gt_tensor *tensor = gt_tensor_from(_i ? GT_FLOAT32 : GT_FLOAT64, GT_SHAPE(COUNT / 3, 3), values);
    ck_assert_int_eq(gt_csv_write(tensor, scratch_path("t.csv"), &options), GT_OK);
    gt_tensor *read = gt_csv_read(scratch_path("t.csv"), &options);
    check_same_tensor(tensor, read);
    gt_tensor_free(tensor);
    gt_tensor_free(read);
}
END_TEST

START_TEST(what_cannot_be_written_is_an_error)
{
    gt_tensor *tensor = VECTOR(1), *nothing = gt_tensor_new(GT_FLOAT32, GT_SHAPE(0, 3));
    ck_assert_int_eq(gt_csv_write(NULL, "t.csv", NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_csv_write(tensor, NULL, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_csv_write(tensor, "/no/such/folder/t.csv", NULL), GT_ERR_IO);
    assert_message("/no/such/folder/t.csv");
    ck_assert_int_eq(gt_csv_write(nothing, scratch_path("t.csv"), NULL), GT_ERR_SHAPE);
    ck_assert_int_eq(gt_csv_write(tensor, scratch_path("t.csv"), &(gt_csv_options){.separator = '5'}), GT_ERR_ARGUMENT);
    ck_assert_ptr_null(gt_csv_read(NULL, NULL));
    ck_assert_ptr_null(gt_csv_read(scratch_path("nowhere.csv"), NULL));
    ck_assert_int_eq(gt_last_status(), GT_ERR_IO);
    ck_assert_int_eq(scratch_count(), 0);
    gt_tensor_free(tensor);
    gt_tensor_free(nothing);
}
END_TEST

static gt_status write_and_read(void)
{
    static float values[] = {1, 2, 3};
    gt_tensor *tensor = gt_tensor_borrow(GT_FLOAT32, GT_SHAPE(3), values), *read = NULL;
    gt_status status = tensor ? gt_csv_write(tensor, scratch_path("t.csv"), NULL) : gt_last_status();
    if (status == GT_OK && !(read = gt_csv_read(scratch_path("t.csv"), NULL)))
        status = gt_last_status();
    char *names = NULL;
    gt_tensor_free(read);
    read = status == GT_OK ? parse_bytes("a\n1\n", 4, &(gt_csv_options){.names = &names}) : NULL;
    if (status == GT_OK && !read)
        status = gt_last_status();
    gt_release(names);
    gt_tensor_free(tensor);
    gt_tensor_free(read);
    return status;
}

START_TEST(both_survive_the_want_of_memory)
{
    check_allocations(write_and_read);
}
END_TEST

int main(void)
{
    return run_suite_with("csv", scratch_make, scratch_remove,
                          (const suite_test[]){
                              LOOP_TEST(a_table_is_read_in_every_form, sizeof forms / sizeof *forms),
                              TEST(words_for_numbers_are_read),
                              TEST(a_line_of_names_alone_is_a_table_without_rows),
                              LOOP_TEST(the_line_of_names_is_given_to_who_asks, sizeof titled / sizeof titled[0]),
                              TEST(a_wrong_table_has_no_names),
                              TEST(many_empty_lines_are_no_burden),
                              TEST(options_choose_separator_and_dtype),
                              LOOP_TEST(a_wrong_table_is_refused_with_its_place, sizeof wrong / sizeof *wrong),
                              TEST(more_than_float32_holds_is_refused_where_that_is_asked_for),
                              TEST(huge_lines_are_read_or_refused),
                              TEST(memory_is_asked_for_when_all_lines_agree),
                              TEST(every_truncation_and_change_is_a_table_or_an_error),
                              TEST(numbers_have_the_fewest_digits),
                              TEST(whole_numbers_and_other_shapes_are_rows),
                              LOOP_TEST(what_is_written_is_read_again_to_the_same_bits, 2),
                              TEST(what_cannot_be_written_is_an_error),
                              TEST(both_survive_the_want_of_memory),
                              END_OF_TESTS,
                          });
}
