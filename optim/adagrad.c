/* Adagrad: a step in units of the root of all squared gradients so far, so that what rarely has one takes longer steps.
 */
#include "ops/updates.h"
#include "optim/optimizer_internal.h"

static double initial(const void *attributes)
{
    return ((const gt_adagrad_attributes *)attributes)->initial;
}

static const gt_optimizer_kind kind = {
    .name = "adagrad",
    .op = &gt_op_adagrad_update,
    .slots = 1,
    .slot_name = {"accumulator"},
    .initial = initial,
};

gt_optimizer *gt_adagrad(const gt_adagrad_options *options)
{
    gt_adagrad_options set = options ? *options : (gt_adagrad_options){0};
    if (gt_optimizer_positive("adagrad", "learning_rate", &set.learning_rate, 0.001) != GT_OK ||
        gt_optimizer_positive("adagrad", "initial_accumulator", &set.initial_accumulator, 0.1) != GT_OK ||
        gt_optimizer_positive("adagrad", "epsilon", &set.epsilon, 1e-7) != GT_OK)
        return NULL;
    const gt_adagrad_attributes attributes = {set.learning_rate, set.initial_accumulator, set.epsilon};
    return gt_optimizer_new(&kind, &attributes);
}
