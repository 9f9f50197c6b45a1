/* Adadelta: the gradient, in units of its running root mean square, times that of the steps: the weight's own unit. */
#include "ops/updates.h"
#include "optim/optimizer_internal.h"

static const gt_optimizer_kind kind = {
    .name = "adadelta",
    .op = &gt_op_adadelta_update,
    .slots = 2,
    .slot_name = {"mean_square", "mean_square_step"},
};

gt_optimizer *gt_adadelta(const gt_adadelta_options *options)
{
    gt_adadelta_options set = options ? *options : (gt_adadelta_options){0};
    if (gt_optimizer_positive("adadelta", "learning_rate", &set.learning_rate, 0.001) != GT_OK ||
        gt_optimizer_decay("adadelta", "rho", &set.rho, 0.95) != GT_OK ||
        gt_optimizer_positive("adadelta", "epsilon", &set.epsilon, 1e-7) != GT_OK)
        return NULL;
    const gt_adadelta_attributes attributes = {set.learning_rate, set.rho, set.epsilon};
    return gt_optimizer_new(&kind, &attributes);
}
