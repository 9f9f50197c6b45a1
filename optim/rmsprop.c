/* RMSprop: a step in units of the gradient's running root mean square. */
#include "ops/updates.h"
#include "optim/optimizer_internal.h"

static const gt_optimizer_kind kind = {
    .name = "rmsprop",
    .op = &gt_op_rmsprop_update,
    .slots = 1,
    .slot_name = {"mean_square"},
};

gt_optimizer *gt_rmsprop(const gt_rmsprop_options *options)
{
    gt_rmsprop_options set = options ? *options : (gt_rmsprop_options){0};
    if (gt_optimizer_positive("rmsprop", "learning_rate", &set.learning_rate, 0.001) != GT_OK ||
        gt_optimizer_decay("rmsprop", "beta", &set.beta, 0.9) != GT_OK ||
        gt_optimizer_positive("rmsprop", "epsilon", &set.epsilon, 1e-6) != GT_OK)
        return NULL;
    const gt_rmsprop_attributes attributes = {set.learning_rate, set.beta, set.epsilon};
    return gt_optimizer_new(&kind, &attributes);
}
