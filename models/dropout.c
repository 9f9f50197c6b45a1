/* Dropout: in training, some entries are 0 and the rest scaled up; otherwise nothing happens. */
#include "models/layer_internal.h"

static gt_tensor *call(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    const double *rate = gt_layer_state(layer);
    return training ? gt_dropout(tape, x, *rate) : x;
}

static const gt_layer_class dropout_class = {"Dropout", sizeof(double), NULL, call};

gt_layer *gt_layer_dropout(double rate)
{
    if (!(rate >= 0 && rate < 1)) {
        gt_fail(GT_ERR_ARGUMENT, "dropout: rate is %g, at least 0 and below 1 is expected", rate);
        return NULL;
    }
    return gt_layer_with(&dropout_class, NULL, &rate);
}
