/* The gradient checker on a whole model: its trainable weights are the inputs, the loss the output. */
#include <stdio.h>

#include "core/memory.h"
#include "models/model_internal.h"

typedef struct check {
    gt_model *model;
    gt_tensor *x, *y;
    gt_loss *loss;
    bool training;
} check;

/* Every call draws the same numbers, so that dropout is a function too. */
static gt_status run(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    (void)inputs;
    const check *c = context;
    gt_tape_seed(tape, 0);
    gt_tensor *prediction = gt_model_call(c->model, tape, c->x, c->training);
    outputs[0] = prediction ? c->loss(tape, prediction, c->y) : NULL;
    if (outputs[0])
        return GT_OK;
    return gt_fail(gt_tape_status(tape) != GT_OK ? gt_tape_status(tape) : GT_ERR_ARGUMENT, "%s",
                   gt_tape_status(tape) != GT_OK ? gt_tape_message(tape) : "the loss returned NULL");
}

/* Training moves averages: copies of all weights, to be put back. Copies are NULL behind a failure. */
static gt_status save_weights(int count, gt_tensor *const weights[], gt_tensor *copies[])
{
    for (int i = 0; i < count; i++)
        if (!(copies[i] = gt_tensor_copy(weights[i])))
            return GT_ERR_MEMORY;
    return GT_OK;
}

static void restore_weights(int count, gt_tensor *const weights[], gt_tensor *copies[])
{
    for (int i = 0; i < count && copies[i]; i++) {
        const size_t bytes = (size_t)gt_tensor_size(copies[i]) * gt_dtype_size(gt_tensor_dtype(copies[i]));
        gt_tensor_write(weights[i], gt_tensor_data(copies[i]), bytes);
        gt_tensor_free(copies[i]);
    }
}

static gt_status check_arguments(gt_model *model, const gt_tensor *x, const gt_tensor *y, gt_loss *loss)
{
    static const char who[] = "gt_model_gradcheck";
    if (!model || !x || !y || !loss)
        return gt_fail(GT_ERR_ARGUMENT, "%s: the %s NULL", who, !model ? "model is" : loss ? "data are" : "loss is");
    if (model->dtype != GT_FLOAT64)
        return gt_fail(GT_ERR_DTYPE, "%s: the model '%s' is %s: gradients are checked in float64", who, model->name,
                       gt_dtype_name(model->dtype));
    gt_status status = gt_model_prepare(model, who, x);
    if (status != GT_OK)
        return status;
    int count = gt_model_trainable_weights(model, 0, NULL);
    if (count < 1 || count > GT_MAX_INPUTS)
        return gt_fail(GT_ERR_UNSUPPORTED, "%s: the model '%s' has %d trainable weights: 1 to %d can be checked", who,
                       model->name, count, GT_MAX_INPUTS);
    return GT_OK;
}

static gt_status check_model(check *c, gt_gradcheck_report *report)
{
    gt_tensor *trainable[GT_MAX_INPUTS];
    const int inputs = gt_model_trainable_weights(c->model, GT_MAX_INPUTS, trainable);
    const int count = gt_model_weights(c->model, 0, NULL);
    gt_tensor **weights = gt_allocate(2 * (size_t)count * sizeof(gt_tensor *));
    if (!weights)
        return GT_ERR_MEMORY;
    gt_tensor **copies = weights + count;
    gt_model_weights(c->model, count, weights);
    gt_status status = save_weights(count, weights, copies);
    const gt_function function = {gt_model_name(c->model), 1, run, c};
    if (status == GT_OK)
        status = gt_gradcheck(&function, inputs, trainable, NULL, report);
    restore_weights(count, weights, copies);
    gt_release(weights);
    return status;
}

gt_status gt_model_gradcheck(gt_model *model, gt_tensor *x, gt_tensor *y, gt_loss *loss, bool training,
                             gt_gradcheck_report *report)
{
    gt_gradcheck_report unused;
    report = report ? report : &unused;
    *report = (gt_gradcheck_report){0};
    gt_status status = check_arguments(model, x, y, loss);
    check c = {model, x, y, loss, training};
    if (status == GT_OK)
        status = check_model(&c, report);
    if (status != GT_OK && !report->message[0])
        snprintf(report->message, sizeof report->message, "%.380s", gt_last_error());
    return status;
}
