/* The learning rate of a step: warm-up, then decay. */
#include "optim/schedule.h"

#include <math.h>

static gt_schedule with_defaults(const gt_schedule *schedule)
{
    gt_schedule set = schedule ? *schedule : (gt_schedule){0};
    if (set.learning_rate == 0)
        set.learning_rate = 0.001;
    if (set.factor == 0)
        set.factor = 0.1;
    return set;
}

gt_status gt_schedule_check(const gt_schedule *schedule)
{
    const gt_schedule set = with_defaults(schedule);
    if ((unsigned)set.decay > GT_DECAY_COSINE)
        return gt_fail(GT_ERR_ARGUMENT, "schedule: %d is not a decay", (int)set.decay);
    if (!(set.learning_rate > 0 && isfinite(set.learning_rate)))
        return gt_fail(GT_ERR_ARGUMENT, "schedule: learning_rate is %g, a positive number is expected",
                       set.learning_rate);
    if (set.decay_steps < 0 || (set.decay != GT_DECAY_NONE && set.decay_steps == 0))
        return gt_fail(GT_ERR_ARGUMENT, "schedule: decay_steps is %lld, a decay needs 1 or more",
                       (long long)set.decay_steps);
    if (!(set.factor > 0 && isfinite(set.factor)))
        return gt_fail(GT_ERR_ARGUMENT, "schedule: factor is %g, a positive number is expected", set.factor);
    if (!(set.final >= 0 && set.final <= 1))
        return gt_fail(GT_ERR_ARGUMENT, "schedule: final is %g, a fraction from 0 to 1 is expected", set.final);
    if (set.warm_up_steps < 0)
        return gt_fail(GT_ERR_ARGUMENT, "schedule: warm_up_steps is %lld, 0 or more is expected",
                       (long long)set.warm_up_steps);
    return GT_OK;
}

/* From 1 down to `final`. */
static double cosine(double progress, double final)
{
    const double pi = 3.14159265358979323846;
    return (1 - final) * (1 + cos(pi * fmin(progress, 1))) / 2 + final;
}

/* What is left of the rate, `step` steps after the warm-up. */
static double decayed(const gt_schedule *set, int64_t step)
{
    switch (set->decay) {
    case GT_DECAY_STEP:
        return pow(set->factor, (double)(step / set->decay_steps));
    case GT_DECAY_EXPONENTIAL:
        return pow(set->factor, (double)step / (double)set->decay_steps);
    case GT_DECAY_COSINE:
        return cosine((double)step / (double)set->decay_steps, set->final);
    case GT_DECAY_NONE:
        break;
    }
    return 1;
}

double gt_schedule_rate(const gt_schedule *schedule, int64_t step)
{
    if (gt_schedule_check(schedule) != GT_OK)
        return (double)NAN;
    if (step < 0) {
        gt_fail(GT_ERR_ARGUMENT, "gt_schedule_rate: step %lld is negative", (long long)step);
        return (double)NAN;
    }
    const gt_schedule set = with_defaults(schedule);
    if (step < set.warm_up_steps)
        return set.learning_rate * ((double)(step + 1) / (double)set.warm_up_steps);
    return set.learning_rate * decayed(&set, step - set.warm_up_steps);
}
