/* Schedules, against numbers worked out by hand. */
#include "optim/schedule.h"

#include <math.h>
#include <string.h>

#include "optim/optimizer.h"
#include "tests/support/suite.h"

typedef struct rate {
    int64_t step;
    double rate;
} rate;
#define RATES(...) ((const rate[]){__VA_ARGS__, {-1, 0}})

static void expect_rates(const gt_schedule *schedule, const rate *expected)
{
    for (; expected->step >= 0; expected++)
        ck_assert_double_eq_tol(gt_schedule_rate(schedule, expected->step), expected->rate, 1e-15);
}

START_TEST(without_a_decay_the_rate_stays)
{
    expect_rates(&(gt_schedule){.learning_rate = 0.25}, RATES({0, 0.25}, {1, 0.25}, {INT64_MAX, 0.25}));
    expect_rates(NULL, RATES({0, 0.001}, {7, 0.001}));
    expect_rates(&(gt_schedule){0}, RATES({0, 0.001}, {7, 0.001}));
}
END_TEST

START_TEST(step_decay_falls_at_every_decay_steps)
{
    const gt_schedule schedule = {.decay = GT_DECAY_STEP, .learning_rate = 0.5, .decay_steps = 10, .factor = 0.5};
    expect_rates(&schedule, RATES({0, 0.5}, {9, 0.5}, {10, 0.25}, {19, 0.25}, {20, 0.125}, {35, 0.0625}));
    const gt_schedule tenth = {.decay = GT_DECAY_STEP, .learning_rate = 1, .decay_steps = 1};
    expect_rates(&tenth, RATES({0, 1}, {1, 0.1}, {2, 0.01}, {INT64_MAX, 0}));
}
END_TEST

START_TEST(exponential_decay_is_smooth)
{
    const gt_schedule schedule = {.decay = GT_DECAY_EXPONENTIAL, .learning_rate = 2, .decay_steps = 2, .factor = 0.25};
    expect_rates(&schedule, RATES({0, 2}, {1, 1}, {2, 0.5}, {3, 0.25}, {4, 0.125}));
    const gt_schedule growing = {.decay = GT_DECAY_EXPONENTIAL, .learning_rate = 1, .decay_steps = 1, .factor = 2};
    expect_rates(&growing, RATES({3, 8}, {10, 1024}));
}
END_TEST

/* cos(pi / 3) = 1/2. */
START_TEST(cosine_decay_ends_at_its_final_rate)
{
    const gt_schedule to_nothing = {.decay = GT_DECAY_COSINE, .learning_rate = 2, .decay_steps = 3};
    expect_rates(&to_nothing, RATES({0, 2}, {1, 1.5}, {2, 0.5}, {3, 0}, {100, 0}));
    const gt_schedule to_a_tenth = {.decay = GT_DECAY_COSINE, .learning_rate = 2, .decay_steps = 3, .final = 0.1};
    expect_rates(&to_a_tenth, RATES({0, 2}, {1, 1.55}, {2, 0.65}, {3, 0.2}, {INT64_MAX, 0.2}));
}
END_TEST

START_TEST(warm_up_grows_evenly_and_the_decay_counts_from_its_end)
{
    const gt_schedule plain = {.learning_rate = 2, .warm_up_steps = 4};
    expect_rates(&plain, RATES({0, 0.5}, {1, 1}, {2, 1.5}, {3, 2}, {4, 2}, {5, 2}));
    const gt_schedule cosine = {.decay = GT_DECAY_COSINE, .learning_rate = 2, .decay_steps = 3, .warm_up_steps = 2};
    expect_rates(&cosine, RATES({0, 1}, {1, 2}, {2, 2}, {3, 1.5}, {4, 0.5}, {5, 0}));
    const gt_schedule step = {
        .decay = GT_DECAY_STEP, .learning_rate = 1, .decay_steps = 2, .factor = 0.5, .warm_up_steps = 1};
    expect_rates(&step, RATES({0, 1}, {1, 1}, {2, 1}, {3, 0.5}, {4, 0.5}));
}
END_TEST

static void expect_refused(const gt_schedule *schedule, const char *part_of_message)
{
    ck_assert_int_eq(gt_schedule_check(schedule), GT_ERR_ARGUMENT);
    ck_assert_msg(strstr(gt_last_error(), part_of_message) != NULL, "the message is '%s'", gt_last_error());
    ck_assert(isnan(gt_schedule_rate(schedule, 0)));
}

START_TEST(bad_settings_are_named)
{
    expect_refused(&(gt_schedule){.decay = (gt_decay)4}, "schedule: 4 is not a decay");
    expect_refused(&(gt_schedule){.decay = (gt_decay)-1}, "is not a decay");
    expect_refused(&(gt_schedule){.learning_rate = -1}, "schedule: learning_rate is -1, a positive number");
    expect_refused(&(gt_schedule){.learning_rate = (double)INFINITY}, "schedule: learning_rate is inf");
    expect_refused(&(gt_schedule){.decay = GT_DECAY_COSINE}, "schedule: decay_steps is 0, a decay needs 1 or more");
    expect_refused(&(gt_schedule){.decay_steps = -3}, "schedule: decay_steps is -3");
    expect_refused(&(gt_schedule){.factor = -0.5}, "schedule: factor is -0.5, a positive number");
    expect_refused(&(gt_schedule){.factor = (double)NAN}, "schedule: factor is");
    expect_refused(&(gt_schedule){.final = 1.5}, "schedule: final is 1.5, a fraction from 0 to 1");
    expect_refused(&(gt_schedule){.final = (double)NAN}, "schedule: final is");
    expect_refused(&(gt_schedule){.warm_up_steps = -1}, "schedule: warm_up_steps is -1, 0 or more");
    ck_assert_int_eq(gt_schedule_check(NULL), GT_OK);
    ck_assert_int_eq(gt_schedule_check(&(gt_schedule){.decay = GT_DECAY_STEP, .decay_steps = 1}), GT_OK);
}
END_TEST

START_TEST(a_negative_step_has_no_rate)
{
    ck_assert(isnan(gt_schedule_rate(NULL, -1)));
    ck_assert_ptr_nonnull(strstr(gt_last_error(), "gt_schedule_rate: step -1 is negative"));
}
END_TEST

/* The first step runs at the rate of step 0. */
START_TEST(an_optimizer_follows_it)
{
    const gt_schedule schedule = {.decay = GT_DECAY_STEP, .learning_rate = 1, .decay_steps = 2, .factor = 0.5};
    gt_optimizer *sgd = gt_sgd(NULL);
    gt_tensor *weight = gt_tensor_scalar(GT_FLOAT64, 0), *one = gt_tensor_scalar(GT_FLOAT64, 1);
    for (int step = 0; step < 5; step++) {
        ck_assert_int_eq(gt_optimizer_set_learning_rate(sgd, gt_schedule_rate(&schedule, gt_optimizer_steps(sgd))),
                         GT_OK);
        ck_assert_int_eq(gt_optimizer_apply(sgd, 1, &weight, &one), GT_OK);
    }
    ck_assert_double_eq(gt_tensor_item(weight), -(1 + 1 + 0.5 + 0.5 + 0.25));
    gt_tensor_free(weight);
    gt_tensor_free(one);
    gt_optimizer_free(sgd);
}
END_TEST

int main(void)
{
    return run_suite("schedule", (const suite_test[]){
                                     TEST(without_a_decay_the_rate_stays),
                                     TEST(step_decay_falls_at_every_decay_steps),
                                     TEST(exponential_decay_is_smooth),
                                     TEST(cosine_decay_ends_at_its_final_rate),
                                     TEST(warm_up_grows_evenly_and_the_decay_counts_from_its_end),
                                     TEST(bad_settings_are_named),
                                     TEST(a_negative_step_has_no_rate),
                                     TEST(an_optimizer_follows_it),
                                     END_OF_TESTS,
                                 });
}
