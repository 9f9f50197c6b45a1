/* One batch: forward, sweep, update. After the first epochs a step asks the system for no memory: everything comes from
 * the tape's arenas and the pool. */
#include <math.h>

#include "core/memory.h"
#include "core/op.h"
#include "models/model_internal.h"

/* ---- forward ---------------------------------------------------------------------------------------------------- */

/* The mean loss of the samples; with weights, of weight times loss. */
static gt_tensor *find_loss(const gt_model *model, gt_tensor *prediction, const gt_batch *batch)
{
    if (!batch->weight)
        return model->loss(model->tape, prediction, batch->y);
    gt_tensor *each = model->sample_loss(model->tape, prediction, batch->y);
    return gt_mean(model->tape, gt_mul(model->tape, each, batch->weight), NULL);
}

/* Prediction and loss of rows that are `share` of the batch, recorded where `training`; the loss is scaled by it. */
static gt_status forward(gt_model *model, const gt_batch *batch, bool training, double share, gt_tensor **prediction,
                         gt_tensor **loss, gt_tensor **scaled)
{
    gt_tape *tape = model->tape;
    if (training)
        gt_tape_begin(tape);
    *prediction = gt_model_call(model, tape, batch->x, training);
    *loss = *prediction ? find_loss(model, *prediction, batch) : NULL;
    *scaled = share < 1 && *loss ? gt_scale(tape, *loss, share) : *loss;
    if (training)
        gt_tape_end(tape);
    if (gt_tape_status(tape) != GT_OK)
        return gt_fail(gt_tape_status(tape), "%s", gt_tape_message(tape));
    const gt_shape shape = gt_tensor_shape(*loss);
    if (!*loss || gt_shape_size(&shape) != 1)
        return gt_fail(GT_ERR_SHAPE, "%s: the loss is %s, a scalar is expected", model->name,
                       *loss ? gt_shape_text(&shape).text : "NULL");
    return GT_OK;
}

/* ---- gradients -------------------------------------------------------------------------------------------------- */

/* The trainable weights, with room for their gradients behind them; their number, or -1 when out of memory. */
static int find_trainable(gt_model *model)
{
    int count = gt_model_trainable_weights(model, model->trainable_capacity, model->trainable);
    if (count <= model->trainable_capacity)
        return count;
    gt_tensor **larger = gt_allocate(2 * (size_t)count * sizeof(gt_tensor *));
    if (!larger)
        return -1;
    gt_release(model->trainable);
    model->trainable = larger;
    model->trainable_capacity = count;
    return gt_model_trainable_weights(model, count, model->trainable);
}

static gt_tensor **gradients_of(const gt_model *model)
{
    return model->trainable + model->trainable_capacity;
}

static gt_status sweep(gt_model *model, gt_tensor *loss, int count, gt_tensor **gradients)
{
    if (count == 0) /* all layers are frozen */
        return GT_OK;
    gt_status status = gt_tape_gradient(model->tape, loss, count, model->trainable, gradients);
    return status == GT_OK ? GT_OK : gt_fail(status, "%s", gt_tape_message(model->tape));
}

static gt_status run_rows(gt_model *model, const gt_batch *batch, bool training, double share, gt_measure *measure,
                          void *context, int count, gt_tensor **gradients)
{
    gt_tensor *prediction, *loss, *scaled;
    gt_status status = forward(model, batch, training, share, &prediction, &loss, &scaled);
    if (status == GT_OK)
        status = measure(context, prediction, loss, batch->y, share);
    return status == GT_OK && training ? sweep(model, scaled, count, gradients) : status;
}

/* Adds a part's gradients to those so far, which outlive the tape's reset. */
static gt_status add_gradients(gt_model *model, int count, gt_tensor *const gradients[], gt_tensor *sums[])
{
    for (int i = 0; i < count; i++) {
        gt_tensor *sum = sums[i] && gradients[i] ? gt_add(model->tape, sums[i], gradients[i]) : gradients[i];
        gt_tensor *kept = sum ? gt_tensor_share(sum) : NULL;
        if (!kept)
            return gradients[i] ? gt_fail(GT_ERR_MEMORY, "out of memory for the gradients of '%s'", model->name)
                                : gt_fail(GT_ERR_GRADIENT, "%s: '%s' has no gradient", model->name,
                                          gt_tensor_name(model->trainable[i]));
        gt_tensor_free(sums[i]);
        sums[i] = kept;
    }
    return GT_OK;
}

static gt_status run_parts(gt_model *model, const gt_batch *batch, bool training, gt_measure *measure, void *context,
                           int count, gt_tensor **sums)
{
    const int64_t rows = gt_tensor_dim(batch->x, 0), size = model->micro_batch;
    gt_tensor **gradients = gt_allocate((size_t)(count + 1) * sizeof(gt_tensor *));
    gt_status status = gradients ? GT_OK : GT_ERR_MEMORY;
    for (int64_t first = 0; status == GT_OK && first < rows; first += size) {
        const int64_t part_rows = rows - first < size ? rows - first : size;
        gt_batch part;
        status = gt_batch_rows(batch, first, part_rows, &part);
        if (status == GT_OK)
            status =
                run_rows(model, &part, training, (double)part_rows / (double)rows, measure, context, count, gradients);
        if (status == GT_OK && training)
            status = add_gradients(model, count, gradients, sums);
        gt_tape_reset(model->tape);
        gt_batch_free(&part);
    }
    gt_release(gradients);
    return status;
}

gt_status gt_model_run_batch(gt_model *model, const gt_batch *batch, bool training, gt_measure *measure, void *context,
                             int *count, gt_tensor ***gradients)
{
    *count = 0;
    *gradients = NULL;
    gt_status status = gt_model_prepare(model, "gt_model_call", batch->x); /* the first batch makes the weights */
    if (status != GT_OK)
        return status;
    const int trainable = training ? find_trainable(model) : 0;
    if (trainable < 0)
        return GT_ERR_MEMORY;
    *count = trainable;
    *gradients = gradients_of(model);
    for (int i = 0; i < *count; i++)
        (*gradients)[i] = NULL;
    return model->micro_batch > 0 ? run_parts(model, batch, training, measure, context, *count, *gradients)
                                  : run_rows(model, batch, training, 1, measure, context, *count, *gradients);
}

void gt_model_end_batch(gt_model *model, int count)
{
    gt_tape_reset(model->tape);
    for (int i = 0; model->micro_batch > 0 && i < count; i++)
        gt_tensor_free(gradients_of(model)[i]); /* the others are the tape's */
}

/* ---- a step ----------------------------------------------------------------------------------------------------- */

typedef struct measured {
    const gt_model *model;
    gt_step_result *result;
} measured;

/* Loss and metric as numbers. */
static gt_status measure(void *context, gt_tensor *prediction, gt_tensor *loss, gt_tensor *y, double share)
{
    const measured *m = context;
    m->result->loss += share * gt_tensor_item(loss);
    if (!m->model->metric)
        return GT_OK;
    double right = 0, total = 0;
    gt_status status = gt_metric_count_anywhere(m->model->metric, m->model->tape, prediction, y, &right, &total);
    m->result->metric += share * (right / total);
    return status;
}

gt_status gt_model_batch_step(gt_model *model, gt_tensor *x, gt_tensor *y, bool training, gt_step_result *result)
{
    if (!model || !x || !y || !result)
        return gt_fail(GT_ERR_ARGUMENT, "gt_model_batch_step: %s is NULL",
                       !model ? "the model"
                       : !x   ? "x"
                       : !y   ? "y"
                              : "the result");
    if (!model->loss)
        return gt_fail(GT_ERR_STATE, "%s: the model has no loss: gt_model_compile sets it", model->name);
    const gt_batch batch = {.x = x, .y = y, .weight = model->sample_weights};
    *result = (gt_step_result){0, model->metric ? 0 : (double)NAN};
    measured m = {model, result};
    int count;
    gt_tensor **gradients;
    gt_status status = gt_model_run_batch(model, &batch, training, measure, &m, &count, &gradients);
    if (status == GT_OK && count > 0)
        status = gt_optimizer_apply(model->optimizer, count, model->trainable, gradients);
    gt_model_end_batch(model, count);
    return status;
}

gt_tensor *gt_model_sample_weights(const gt_model *model)
{
    return model ? model->sample_weights : NULL;
}
