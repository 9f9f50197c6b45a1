/* Stochastic gradient descent, plain, with momentum, and with Nesterov's. */
#include "ops/updates.h"
#include "optim/optimizer_internal.h"

static const gt_optimizer_kind plain = {.name = "sgd", .op = &gt_op_sgd_update};

static const gt_optimizer_kind with_momentum = {
    .name = "momentum",
    .op = &gt_op_sgd_momentum_update,
    .slots = 1,
    .slot_name = {"velocity"},
};

gt_optimizer *gt_sgd(const gt_sgd_options *options)
{
    gt_sgd_options set = options ? *options : (gt_sgd_options){0};
    if (gt_optimizer_positive("sgd", "learning_rate", &set.learning_rate, 0.01) != GT_OK ||
        gt_optimizer_decay("sgd", "momentum", &set.momentum, 0) != GT_OK)
        return NULL;
    if (set.nesterov && set.momentum == 0) {
        gt_fail(GT_ERR_ARGUMENT, "sgd: nesterov needs a momentum");
        return NULL;
    }
    if (set.momentum == 0)
        return gt_optimizer_new(&plain, &(gt_sgd_attributes){set.learning_rate});
    const gt_sgd_momentum_attributes attributes = {set.learning_rate, set.momentum, set.nesterov};
    return gt_optimizer_new(&with_momentum, &attributes);
}
