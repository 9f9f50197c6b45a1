/* tools/plot_ticks: ranges and ticks worked out by hand, and what holds for all of them. */
#include "tools/plot_ticks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/suite.h"

static plot_range range_of(double low, double high)
{
    plot_range range = plot_range_empty();
    plot_range_add(&range, low);
    plot_range_add(&range, high);
    plot_range_settle(&range);
    return range;
}

/* All labels, with a space between them. */
static const char *labels(plot_range range, int most)
{
    static char all[1024];
    const plot_ticks ticks = plot_ticks_in(&range, most);
    all[0] = '\0';
    for (int i = 0; i < ticks.count; i++) {
        char text[PLOT_TICK_TEXT];
        plot_tick_text(&ticks, i, text);
        strcat(strcat(all, i ? " " : ""), text);
    }
    return all;
}

START_TEST(ticks_are_multiples_of_1_2_or_5)
{
    ck_assert_str_eq(labels(range_of(0, 10), 6), "0 2 4 6 8 10");
    ck_assert_str_eq(labels(range_of(0.5, 3.2), 3), "1 2 3");
    ck_assert_str_eq(labels(range_of(-0.13, 1.13), 6), "0.0 0.5 1.0");
    ck_assert_str_eq(labels(range_of(-0.25, 0.25), 6), "-0.2 -0.1 0.0 0.1 0.2");
    ck_assert_str_eq(labels(range_of(0.31, 0.35), 5), "0.31 0.32 0.33 0.34 0.35");
    ck_assert_str_eq(labels(range_of(12000, 99000), 4), "50000");
}
END_TEST

START_TEST(one_tick_too_many_means_a_longer_step)
{
    ck_assert_str_eq(labels(range_of(0, 0.3), 3), "0.0 0.2"); /* by 0.1 there would be four */
}
END_TEST

START_TEST(whole_numbers_get_whole_ticks)
{
    ck_assert_str_eq(labels(range_of(1, 3), 11), "1 2 3");
    ck_assert_str_eq(labels(range_of(7, 7), 11), "7");
    ck_assert_str_eq(labels(range_of(1, 40), 5), "10 20 30 40");
}
END_TEST

START_TEST(very_small_and_large_labels_are_short)
{
    ck_assert_str_eq(labels(range_of(1e-6, 5e-6), 5), "1e-06 2e-06 3e-06 4e-06 5e-06");
    ck_assert_str_eq(labels(range_of(0, 2e7), 5), "0 5e+06 1e+07 1.5e+07 2e+07");
}
END_TEST

START_TEST(a_single_value_gets_room)
{
    const plot_range whole = range_of(3, 3), half = range_of(0.5, 0.5), zero = range_of(0, -0.0);
    ck_assert_double_eq(whole.low, 2.5);
    ck_assert_double_eq(whole.high, 3.5);
    ck_assert_double_eq_tol(half.low, 0.45, 1e-12);
    ck_assert_double_eq_tol(half.high, 0.55, 1e-12);
    ck_assert_double_eq(zero.low, -0.5);
    ck_assert_double_eq(zero.high, 0.5);
}
END_TEST

START_TEST(what_is_not_finite_is_no_value)
{
    plot_range range = plot_range_empty();
    plot_range_add(&range, NAN);
    plot_range_add(&range, INFINITY);
    plot_range_add(&range, -INFINITY);
    plot_range_add(&range, 1e308);
    ck_assert(range.low > range.high);
    plot_range_settle(&range);
    ck_assert_double_eq(range.low, 0);
    ck_assert_double_eq(range.high, 1);
}
END_TEST

/* Ranges of every size: from 1e-300 to 1e300, and narrow ones far from 0. */
START_TEST(ticks_lie_within_their_range_and_differ)
{
    srand(1);
    for (int round = 0; round < 20000; round++) {
        const double size = pow(10, rand() % 600 - 300), middle = rand() % 3 ? 0 : size * (rand() % 2000000);
        const plot_range range =
            range_of(middle + size * (rand() % 1000 - 700) / 1000, middle + size * (rand() % 1000) / 1000);
        const int most = 2 + rand() % 12;
        const plot_ticks ticks = plot_ticks_in(&range, most);
        ck_assert_msg(ticks.count >= 0 && ticks.count <= most, "%d ticks in %g to %g", ticks.count, range.low,
                      range.high);
        char before[PLOT_TICK_TEXT] = "";
        for (int i = 0; i < ticks.count; i++) {
            const double value = plot_tick_value(&ticks, i), room = 1e-5 * ticks.step;
            char text[PLOT_TICK_TEXT];
            plot_tick_text(&ticks, i, text);
            ck_assert(value >= range.low - room && value <= range.high + room);
            ck_assert_msg(strcmp(text, before) != 0, "two ticks are '%s' in %.17g to %.17g", text, range.low,
                          range.high);
            ck_assert_msg(fabs(strtod(text, NULL) - value) <= 1e-3 * ticks.step, "'%s' is %.17g", text, value);
            strcpy(before, text);
        }
    }
}
END_TEST

START_TEST(values_are_short)
{
    char text[PLOT_TICK_TEXT];
    plot_value_text(123456, text);
    ck_assert_str_eq(text, "123456");
    plot_value_text(0.64391, text);
    ck_assert_str_eq(text, "0.644");
    plot_value_text(-0.0, text);
    ck_assert_str_eq(text, "0");
    plot_value_text(1e8, text);
    ck_assert_str_eq(text, "1e+08");
}
END_TEST

int main(void)
{
    return run_suite("plot_ticks", (const suite_test[]){
                                       TEST(ticks_are_multiples_of_1_2_or_5),
                                       TEST(one_tick_too_many_means_a_longer_step),
                                       TEST(whole_numbers_get_whole_ticks),
                                       TEST(very_small_and_large_labels_are_short),
                                       TEST(a_single_value_gets_room),
                                       TEST(what_is_not_finite_is_no_value),
                                       TEST(ticks_lie_within_their_range_and_differ),
                                       TEST(values_are_short),
                                       END_OF_TESTS,
                                   });
}
