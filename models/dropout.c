/* Dropout: in training, some entries are 0 and the rest scaled up; otherwise nothing happens. */
#include "models/layer_classes.h"
#include "models/layer_internal.h"

static gt_tensor *call(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    const double *rate = gt_layer_state(layer);
    return training ? gt_dropout(tape, x, *rate) : x;
}

static gt_status check(void *state)
{
    const double rate = *(const double *)state;
    if (rate >= 0 && rate < 1)
        return GT_OK;
    return gt_fail(GT_ERR_ARGUMENT, "dropout: rate is %g, at least 0 and below 1 is expected", rate);
}

static const gt_setting settings[] = {
    {.name = "rate", .type = GT_SETTING_REAL, .count = 1},
    {.name = NULL},
};

const gt_layer_class gt_dropout_class = {"Dropout", sizeof(double), NULL, call, settings, check};

gt_layer *gt_layer_dropout(double rate)
{
    return gt_layer_with(&gt_dropout_class, NULL, &rate);
}
