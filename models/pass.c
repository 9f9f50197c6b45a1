#include "models/pass.h"

#include <math.h>

gt_status gt_pass_init(gt_pass *p, gt_model *model, const gt_batch *data, int64_t batch_size, bool training,
                       bool shuffle)
{
    *p = (gt_pass){.model = model, .training = training};
    gt_status status =
        gt_batches_init(&p->batches, data, batch_size ? batch_size : GT_DEFAULT_BATCH, shuffle, model->device);
    if (status != GT_OK || model->device == GT_CPU || model->batch_step != gt_model_batch_step)
        return status;
    status = gt_device_run_init(&p->device_run, model, &p->batches, training);
    p->on_device = status == GT_OK;
    if (status != GT_OK)
        gt_batches_free(&p->batches);
    return status;
}

void gt_pass_free(gt_pass *p)
{
    if (p->on_device)
        gt_device_run_free(&p->device_run);
    gt_batches_free(&p->batches);
}

gt_status gt_pass_restart(gt_pass *p, double loss, double metric)
{
    gt_batches_restart(&p->batches);
    p->loss = loss;
    p->metric = metric;
    return p->on_device ? gt_device_run_restart(&p->device_run, loss, metric) : GT_OK;
}

gt_status gt_pass_step(gt_pass *p, int64_t first)
{
    if (p->on_device)
        return gt_device_run_step(&p->device_run, first);
    gt_model *model = p->model;
    gt_batch batch;
    gt_status status = gt_batches_take(&p->batches, first, &batch);
    gt_step_result result = {(double)NAN, (double)NAN};
    model->sample_weights = batch.weight;
    if (status == GT_OK)
        status = model->batch_step(model, batch.x, batch.y, p->training, &result);
    model->sample_weights = NULL;
    gt_tape_reset(model->tape);
    gt_batch_free(&batch);
    const double count = (double)gt_batch_count(&p->batches, first);
    p->loss += result.loss * count;
    p->metric += result.metric * count;
    return status;
}

gt_status gt_pass_sums(const gt_pass *p, double *loss, double *metric)
{
    if (p->on_device)
        return gt_device_run_sums(&p->device_run, loss, metric);
    *loss = p->loss;
    *metric = p->metric;
    return GT_OK;
}

gt_status gt_pass_means(const gt_pass *p, int64_t rows, gt_step_result *mean)
{
    double loss = 0, metric = 0;
    gt_status status = gt_pass_sums(p, &loss, &metric);
    *mean = (gt_step_result){loss / (double)rows, p->model->metric ? metric / (double)rows : (double)NAN};
    return status;
}
