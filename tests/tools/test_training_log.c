/* tools/training_log: logs as they are written, and every way they can be broken. */
#include "tools/training_log.h"

#include <math.h>

#include "tests/support/messages.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

static const char whole[] = "epoch,loss,val_loss\n1,0.5,0.75\n2,0.25,1e-3\n";

static gt_status read_text(const char *text, size_t length, training_log *log)
{
    scratch_write(scratch_path("log.csv"), text, length);
    return training_log_read(scratch_path("log.csv"), log);
}

static training_log good(const char *text)
{
    training_log log;
    ck_assert_msg(read_text(text, strlen(text), &log) == GT_OK, "%s", gt_last_error());
    return log;
}

static void refused(const char *text, const char *message)
{
    training_log log;
    ck_assert_int_eq(read_text(text, strlen(text), &log), GT_ERR_FORMAT);
    assert_message("log.csv: ");
    assert_message(message);
    ck_assert_ptr_null(log.values);
}

static void assert_is_the_whole_log(training_log *log)
{
    const double values[] = {1, 2, 0.5, 0.25, 0.75, 0.001};
    ck_assert_int_eq(log->columns, 3);
    ck_assert_int_eq(log->rows, 2);
    ck_assert_str_eq(log->name[0], "epoch");
    ck_assert_str_eq(log->name[2], "val_loss");
    for (int i = 0; i < 6; i++)
        ck_assert_double_eq(log->values[i], values[i]);
    training_log_free(log);
}

START_TEST(values_stand_by_column)
{
    training_log log = good(whole);
    assert_is_the_whole_log(&log);
}
END_TEST

START_TEST(other_line_ends_are_read)
{
    training_log log = good("epoch,loss,val_loss\r\n1,0.5,0.75\r\n2,0.25,1e-3\r\n");
    assert_is_the_whole_log(&log);
    log = good("epoch,loss,val_loss\n1,0.5,0.75\n2,0.25,1e-3");
    assert_is_the_whole_log(&log);
}
END_TEST

START_TEST(values_may_be_missing_or_not_finite)
{
    training_log log = good("epoch,a,b,c\n0,,NA,nan\n1,-nan,inf,-inf\n");
    for (int i = 2; i < 5; i++)
        ck_assert(isnan(log.values[i]));
    ck_assert(isinf(log.values[5]) && isnan(log.values[6]) && isinf(log.values[7]));
    training_log_free(&log);
}
END_TEST

START_TEST(broken_logs_are_refused_with_their_line)
{
    refused("", "line 1 has 1 column; a log has from 2 to 100");
    refused("epoch\n1\n", "line 1 has 1 column");
    refused("epoch,loss\n", "it has names and no epoch");
    refused("epoch,loss", "it has names and no epoch");
    refused("1,0.5\n2,0.25\n", "line 1 has '1' where the name of column 1 should be");
    refused("epoch,loss,loss\n1,2,3\n", "line 1 has the name 'loss' twice");
    refused("epoch,,loss\n1,2,3\n", "line 1 has '' where the name of column 2 should be");
    refused("epoch,loss\n1,0.5\n2\n", "line 3 has 1 column, line 1 has 2");
    refused("epoch,loss\n1,0.5\n\n3,0.25\n", "line 3 has 1 column, line 1 has 2");
    refused("epoch,loss\n1,0.5,0.25\n", "line 2 has 3 columns, line 1 has 2");
    refused("epoch,loss\n1,0.5\n2,zero\n", "line 3, column 2: 'zero' is no number");
    refused("epoch,loss\n1,0.5x\n", "line 2, column 2: '0.5x' is no number");
    refused("epoch,loss\n1,\"0.5\"\n", "line 2, column 2: '\"0.5\"' is no number");
}
END_TEST

START_TEST(binary_files_are_refused)
{
    training_log log;
    ck_assert_int_eq(read_text(whole, sizeof whole, &log), GT_ERR_FORMAT);
    assert_message("it is no text");
    ck_assert_int_eq(training_log_read(scratch_path("nosuch.csv"), &log), GT_ERR_IO);
    assert_message("nosuch.csv: No such file");
    ck_assert_int_eq(training_log_read("/tmp", &log), GT_ERR_IO);
}
END_TEST

START_TEST(too_many_columns_are_refused)
{
    char text[1000] = "c0";
    for (int i = 1; i <= 100; i++)
        strcat(text, ",c");
    refused(strcat(text, "\n"), "line 1 has 101 columns; a log has from 2 to 100");
}
END_TEST

START_TEST(every_beginning_of_a_log_is_read_or_refused)
{
    for (size_t length = 0; length < sizeof whole - 1; length++) {
        training_log log;
        if (read_text(whole, length, &log) == GT_OK)
            training_log_free(&log);
        else
            assert_message("log.csv: ");
    }
}
END_TEST

int main(void)
{
    return run_suite_with("training_log", scratch_make, scratch_remove,
                          (const suite_test[]){
                              TEST(values_stand_by_column),
                              TEST(other_line_ends_are_read),
                              TEST(values_may_be_missing_or_not_finite),
                              TEST(broken_logs_are_refused_with_their_line),
                              TEST(binary_files_are_refused),
                              TEST(too_many_columns_are_refused),
                              TEST(every_beginning_of_a_log_is_read_or_refused),
                              END_OF_TESTS,
                          });
}
