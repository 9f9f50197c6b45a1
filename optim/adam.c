/* Adam: running means of the gradient and of its square, corrected for starting at zero. */
#include <math.h>

#include "ops/updates.h"
#include "optim/optimizer_internal.h"

static void prepare(void *attributes, double learning_rate, int64_t step)
{
    gt_adam_attributes *adam = attributes;
    adam->learning_rate = learning_rate;
    adam->correction1 = 1 - pow(adam->beta1, (double)step);
    adam->correction2 = 1 - pow(adam->beta2, (double)step);
}

static const gt_optimizer_kind kind = {
    .name = "adam",
    .op = &gt_op_adam_update,
    .slots = 2,
    .slot_name = {"mean", "mean_square"},
    .prepare = prepare,
};

gt_optimizer *gt_adam(const gt_adam_options *options)
{
    gt_adam_options set = options ? *options : (gt_adam_options){0};
    if (gt_optimizer_positive("adam", "learning_rate", &set.learning_rate, 0.001) != GT_OK ||
        gt_optimizer_decay("adam", "beta1", &set.beta1, 0.9) != GT_OK ||
        gt_optimizer_decay("adam", "beta2", &set.beta2, 0.999) != GT_OK ||
        gt_optimizer_positive("adam", "epsilon", &set.epsilon, 1e-7) != GT_OK)
        return NULL;
    const gt_adam_attributes attributes = {set.learning_rate, set.beta1, set.beta2, set.epsilon, 1, 1};
    return gt_optimizer_new(&kind, set.learning_rate, &attributes);
}
