/* Adam: running means of the gradient and of its square, corrected for starting at zero; AdamW decays the weights
 * beside it. */
#include <math.h>

#include "ops/updates.h"
#include "optim/optimizer_internal.h"

static void prepare(void *attributes, int64_t step)
{
    gt_adam_attributes *adam = attributes;
    adam->correction1 = 1 - pow(adam->beta1, (double)step);
    adam->correction2 = 1 - pow(adam->beta2, (double)step);
}

static const gt_optimizer_kind adam = {
    .name = "adam",
    .op = &gt_op_adam_update,
    .slots = 2,
    .slot_name = {"mean", "mean_square"},
    .prepare = prepare,
};

/* Adam's op, with a weight decay: an op of its own would save nothing. */
static const gt_optimizer_kind adamw = {
    .name = "adamw",
    .op = &gt_op_adam_update,
    .slots = 2,
    .slot_name = {"mean", "mean_square"},
    .prepare = prepare,
};

static gt_optimizer *new_adam(const gt_optimizer_kind *kind, gt_adam_attributes set)
{
    if (gt_optimizer_positive(kind->name, "learning_rate", &set.learning_rate, 0.001) != GT_OK ||
        gt_optimizer_decay(kind->name, "beta1", &set.beta1, 0.9) != GT_OK ||
        gt_optimizer_decay(kind->name, "beta2", &set.beta2, 0.999) != GT_OK ||
        gt_optimizer_positive(kind->name, "epsilon", &set.epsilon, 1e-7) != GT_OK)
        return NULL;
    return gt_optimizer_new(kind, &set);
}

gt_optimizer *gt_adam(const gt_adam_options *options)
{
    const gt_adam_options set = options ? *options : (gt_adam_options){0};
    return new_adam(&adam, (gt_adam_attributes){set.learning_rate, set.beta1, set.beta2, set.epsilon, 1, 1, 0});
}

gt_optimizer *gt_adamw(const gt_adamw_options *options)
{
    gt_adamw_options set = options ? *options : (gt_adamw_options){0};
    if (gt_optimizer_positive("adamw", "weight_decay", &set.weight_decay, 0.01) != GT_OK)
        return NULL;
    return new_adam(&adamw,
                    (gt_adam_attributes){set.learning_rate, set.beta1, set.beta2, set.epsilon, 1, 1, set.weight_decay});
}
