/* Schedules: a learning rate that changes from step to step.
 *
 *     const gt_schedule schedule = {.decay = GT_DECAY_COSINE, .learning_rate = 0.1, .decay_steps = 10000,
 *                                   .warm_up_steps = 500};
 *     gt_optimizer_set_learning_rate(sgd, gt_schedule_rate(&schedule, gt_optimizer_steps(sgd)));
 *     gt_optimizer_apply(sgd, 4, weights, gradients);
 *
 * A schedule is a plain struct without state: training that goes on from a checkpoint finds its rate by the steps. */
#ifndef GT_SCHEDULE_H
#define GT_SCHEDULE_H

#include <stdint.h>

#include "../core/error.h"

GT_PUBLIC_BEGIN

/* What follows the warm-up, s counting from its end:
 *   none: the rate stays;
 *   step: rate factor^floor(s / decay_steps);
 *   exponential: rate factor^(s / decay_steps) (Keras' ExponentialDecay);
 *   cosine: rate ((1 - final) (1 + cos(pi s / decay_steps)) / 2 + final), from s = decay_steps on rate final (Keras'
 *   CosineDecay; Loshchilov and Hutter, SGDR, ICLR 2017, without its restarts). */
typedef enum gt_decay { GT_DECAY_NONE, GT_DECAY_STEP, GT_DECAY_EXPONENTIAL, GT_DECAY_COSINE } gt_decay;

/* Zero in a field means the default, and NULL for the struct all defaults. Fields of another decay are not used. */
typedef struct gt_schedule {
    gt_decay decay;
    double learning_rate;  /* 0.001: after the warm-up */
    int64_t decay_steps;   /* of every decay: 1 or more, without a default */
    double factor;         /* of step and exponential, for every decay_steps: 0.1; positive */
    double final;          /* of cosine, its last rate as a fraction of the first: 0 to 1 */
    int64_t warm_up_steps; /* step s < warm_up_steps has learning_rate (s + 1) / warm_up_steps, where
                              Keras' first step has a rate of 0. 0: no warm-up */
} gt_schedule;

/* GT_ERR_ARGUMENT, naming the setting, for one out of range. */
gt_status gt_schedule_check(const gt_schedule *schedule);

/* The rate of a step, `step` being how many were applied before it (gt_optimizer_steps). NaN with the message set for a
 * negative step, or a schedule that gt_schedule_check refuses: gt_optimizer_set_learning_rate does not take it. */
double gt_schedule_rate(const gt_schedule *schedule, int64_t step);

GT_PUBLIC_END

#endif
