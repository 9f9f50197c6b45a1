/* models/progress: Keras' formats, drawn by a clock of the test's. */
#include "models/progress.h"

#include <math.h>
#include <string.h>

#include "tests/support/suite.h"

/* ---- parts ----------------------------------------------------------------------------------------------------- */

START_TEST(the_bar_is_30_wide)
{
    char text[GT_PROGRESS_TEXT];
    gt_progress_bar(text, 12, 32, GT_PROGRESS_BAR);
    ck_assert_str_eq(text, "12/32 [==========>...................]");
    gt_progress_bar(text, 32, 32, GT_PROGRESS_BAR);
    ck_assert_str_eq(text, "32/32 [==============================]");
    gt_progress_bar(text, 1, 1000, GT_PROGRESS_BAR);
    ck_assert_str_eq(text, "   1/1000 [..............................]");
    gt_progress_bar(text, 34, 1000, GT_PROGRESS_BAR);
    ck_assert_str_eq(text, "  34/1000 [>.............................]");
    gt_progress_bar(text, 999, 1000, GT_PROGRESS_BAR);
    ck_assert_str_eq(text, " 999/1000 [============================>.]");
    gt_progress_bar(text, INT64_MAX, INT64_MAX, GT_PROGRESS_BAR);
    ck_assert_uint_eq(strlen(text), 19 + 1 + 19 + 1 + 32);
}
END_TEST

static const struct {
    double seconds;
    const char *eta, *duration;
} times[] = {
    {0, "0s", "0s/step"},      {2e-6, "0s", "2us/step"},      {0.0004, "0s", "400us/step"},
    {0.001, "0s", "1ms/step"}, {0.0023, "0s", "2ms/step"},    {0.9994, "0s", "999ms/step"},
    {1, "1s", "1s/step"},      {5.9, "5s", "6s/step"},        {60, "60s", "60s/step"},
    {65, "1:05", "65s/step"},  {3600, "60:00", "3600s/step"}, {3723, "1:02:03", "3723s/step"},
};

START_TEST(times_are_written_as_keras_writes_them)
{
    char text[GT_PROGRESS_TEXT];
    gt_progress_eta(text, times[_i].seconds);
    ck_assert_str_eq(text, times[_i].eta);
    gt_progress_duration(text, times[_i].seconds);
    ck_assert_str_eq(text, times[_i].duration);
}
END_TEST

/* ---- lines ----------------------------------------------------------------------------------------------------- */

static double now;

static double test_clock(void)
{
    return now;
}

static char written[4096];

static void keep(void *context, const char *text, size_t length)
{
    (void)context;
    ck_assert_uint_lt(strlen(written) + length, sizeof written);
    strncat(written, text, length);
}

/* An epoch of `target` steps of 2 ms, the first of 100 ms. */
static gt_progress begin(bool terminal, int64_t target)
{
    gt_progress progress = {.writer = keep, .terminal = terminal, .clock = test_clock, .target = target};
    now = 1000;
    written[0] = '\0';
    gt_progress_begin(&progress, 1, 20);
    return progress;
}

static const gt_progress_value values[] = {{"loss", 0.6361}, {"accuracy", 0.81}};

START_TEST(off_a_terminal_there_is_one_line_an_epoch)
{
    gt_progress progress = begin(false, 32);
    for (int i = 1; i <= 32; i++) {
        now += i == 1 ? 0.1 : 0.002;
        gt_progress_step(&progress, i, 2, values);
    }
    ck_assert_str_eq(written, "Epoch 1/20\n");
    gt_progress_end(&progress, 2, values);
    ck_assert_str_eq(written, "Epoch 1/20\n32/32 - 0s - 2ms/step - loss: 0.6361 - accuracy: 0.8100\n");
}
END_TEST

START_TEST(on_a_terminal_the_bar_is_redrawn_in_place)
{
    gt_progress progress = begin(true, 32);
    now += 0.1;
    gt_progress_step(&progress, 1, 1, values);
    for (int i = 2; i <= 11; i++)
        gt_progress_step(&progress, i, 1, values); /* no time goes by: not drawn */
    now += 0.66;                                   /* 11 steps behind the first */
    gt_progress_step(&progress, 12, 1, values);
    gt_progress_step(&progress, 32, 1, values);
    gt_progress_end(&progress, 1, values);
    ck_assert_str_eq(written, "Epoch 1/20\n"
                              "\r 1/32 [..............................] - ETA: 3s - loss: 0.6361"
                              "\r12/32 [==========>...................] - ETA: 1s - loss: 0.6361"
                              "\r32/32 [==============================] - 1s 21ms/step - loss: 0.6361\n");
}
END_TEST

START_TEST(values_are_asked_for_only_when_they_are_drawn)
{
    gt_progress progress = begin(true, 32);
    ck_assert(gt_progress_due(&progress));
    gt_progress_step(&progress, 1, 1, values);
    ck_assert(!gt_progress_due(&progress));
    now += 0.04;
    ck_assert(!gt_progress_due(&progress));
    now += 0.02;
    ck_assert(gt_progress_due(&progress));
    written[0] = '\0';
    gt_progress_step(&progress, 2, 0, NULL); /* nobody asked for the values */
    ck_assert_str_eq(written, "");
    gt_progress quiet = begin(false, 32);
    ck_assert(!gt_progress_due(&quiet));
}
END_TEST

START_TEST(a_shorter_line_covers_the_longer_one_before_it)
{
    gt_progress progress = begin(true, 4);
    now += 100;
    gt_progress_step(&progress, 1, 1, &(gt_progress_value){"loss", 0.00001234});
    now += 1;
    written[0] = '\0';
    gt_progress_step(&progress, 3, 1, &(gt_progress_value){"loss", 0.5});
    ck_assert_str_eq(written, "\r3/4 [=====================>........] - ETA: 0s - loss: 0.5000      ");
}
END_TEST

/* What the writer got, as a terminal of this width shows it: "\r" returns to the start of the row, not of the line. */
static int rows_on_terminal(int columns)
{
    int row = 1, column = 0;
    for (const char *c = written; *c; c++) {
        if (*c == '\n')
            row++;
        else if (*c != '\r' && column == columns)
            row++;
        column = *c == '\n' || *c == '\r' ? 0 : column == columns ? 1 : column + 1;
    }
    return row;
}

START_TEST(what_is_redrawn_fits_the_terminal)
{
    const int columns = 20 + _i;
    gt_progress progress = begin(true, 1000);
    progress.columns = columns;
    for (int i = 1; i <= 999; i++) {
        now += 0.1;
        written[0] = '\0';
        gt_progress_step(&progress, i, 2, values);
        ck_assert_msg(rows_on_terminal(columns) == 1, "in %d columns: '%s'", columns, written);
        ck_assert_ptr_nonnull(strstr(written, "/1000 ["));
    }
}
END_TEST

START_TEST(the_bar_gives_way_to_the_numbers)
{
    gt_progress progress = begin(true, 40);
    progress.columns = 80;
    now += 1;
    gt_progress_step(&progress, 1, 1, values);
    now += 19;
    written[0] = '\0';
    gt_progress_step(&progress, 20, 2, values);
    ck_assert_str_eq(written, "\r20/40 [============>.............] - ETA: 20s - loss: 0.6361 - accuracy: 0.8100");
    written[0] = '\0';
    progress.columns = 50;
    progress.width = 0;
    now += 1;
    gt_progress_step(&progress, 21, 2, values);
    ck_assert_uint_eq(strlen(written), 1 + 49);
    written[0] = '\0';
    gt_progress_end(&progress, 2, values); /* is not drawn over: it may take a second row */
    ck_assert_str_eq(written, "\r40/40 [==========] - 21s 513ms/step - loss: 0.6361 - accuracy: 0.8100\n");
}
END_TEST

START_TEST(no_character_is_cut_in_two)
{
    gt_progress progress = begin(true, 4);
    for (progress.columns = 30; progress.columns < 45; progress.columns++) {
        now += 1;
        written[0] = '\0';
        progress.width = 0;
        gt_progress_step(&progress, 2, 1, &(gt_progress_value){"\u00e9\u00e9\u00e9\u00e9", 0.5});
        const size_t length = strlen(written);
        ck_assert_msg(length < 2 || (unsigned char)written[length - 1] != 0xc3, "'%s'", written);
    }
}
END_TEST

START_TEST(a_failure_ends_the_line_that_was_drawn)
{
    gt_progress progress = begin(true, 4);
    written[0] = '\0';
    gt_progress_stop(&progress);
    ck_assert_str_eq(written, "");
    now += 1;
    gt_progress_step(&progress, 1, 1, values);
    written[0] = '\0';
    gt_progress_stop(&progress);
    gt_progress_stop(&progress);
    ck_assert_str_eq(written, "\n");
}
END_TEST

START_TEST(small_numbers_are_written_with_an_exponent)
{
    gt_progress progress = begin(false, 1);
    now += 1.2;
    gt_progress_step(&progress, 1, 1, values);
    gt_progress_end(&progress, 2, (const gt_progress_value[]){{"loss", 0.00001234}, {"accuracy", 0}});
    ck_assert_str_eq(written, "Epoch 1/20\n1/1 - 1s - 1s/step - loss: 1.2340e-05 - accuracy: 0.0000e+00\n");
}
END_TEST

START_TEST(numbers_that_are_none_are_still_written)
{
    gt_progress progress = begin(false, 1);
    gt_progress_end(&progress, 2, (const gt_progress_value[]){{"loss", (double)NAN}, {"val_loss", 1e300}});
    ck_assert_ptr_nonnull(strstr(written, "loss: nan - val_loss: 1000"));
    ck_assert_int_eq(written[strlen(written) - 1], '\n');
}
END_TEST

START_TEST(without_a_writer_nothing_is_written)
{
    gt_progress progress = begin(true, 2);
    progress.writer = NULL;
    written[0] = '\0';
    gt_progress_begin(&progress, 2, 20);
    gt_progress_step(&progress, 1, 1, values);
    gt_progress_end(&progress, 1, values);
    ck_assert_str_eq(written, "");
}
END_TEST

START_TEST(the_clock_goes_forward)
{
    double before = gt_progress_clock();
    ck_assert_double_ge(gt_progress_clock(), before);
}
END_TEST

int main(void)
{
    return run_suite("progress", (const suite_test[]){
                                     TEST(the_bar_is_30_wide),
                                     LOOP_TEST(times_are_written_as_keras_writes_them, sizeof times / sizeof times[0]),
                                     TEST(off_a_terminal_there_is_one_line_an_epoch),
                                     TEST(on_a_terminal_the_bar_is_redrawn_in_place),
                                     TEST(values_are_asked_for_only_when_they_are_drawn),
                                     TEST(a_shorter_line_covers_the_longer_one_before_it),
                                     LOOP_TEST(what_is_redrawn_fits_the_terminal, 80),
                                     TEST(the_bar_gives_way_to_the_numbers),
                                     TEST(no_character_is_cut_in_two),
                                     TEST(a_failure_ends_the_line_that_was_drawn),
                                     TEST(small_numbers_are_written_with_an_exponent),
                                     TEST(numbers_that_are_none_are_still_written),
                                     TEST(without_a_writer_nothing_is_written),
                                     TEST(the_clock_goes_forward),
                                     END_OF_TESTS,
                                 });
}
