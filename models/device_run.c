#include "models/device_run.h"

#include "core/memory.h"
#include "core/op.h"
#include "core/tape_internal.h" /* gt_tape_is_watched */
#include "ops/attributes.h"

extern const gt_op gt_op_sgd_update;

/* sum += factor value, on the device: as a step of gradient descent, sum -= rate value. */
static gt_status accumulate(gt_tape *tape, gt_tensor *sum, gt_tensor *value, double factor)
{
    const gt_sgd_attributes attributes = {-factor};
    gt_tensor *wide = gt_cast(tape, value, GT_FLOAT64);
    return wide ? gt_run(&gt_op_sgd_update, (gt_tensor *[]){sum, wide}, 2, &attributes) : gt_tape_status(tape);
}

/* A metric that has only a function for the CPU gets its operands there, which waits for the device. */
static gt_status add_counted(gt_device_run *run, gt_tensor *prediction, gt_tensor *y, double samples)
{
    gt_tape *tape = run->model->tape;
    double right = 0, total = 0;
    gt_status status = gt_metric_count_anywhere(run->model->metric, tape, prediction, y, &right, &total);
    gt_tensor *share = status == GT_OK ? gt_fill(tape, GT_FLOAT64, GT_SCALAR, right / total) : NULL;
    return share ? accumulate(tape, run->metric, share, samples) : status;
}

static gt_status add_to_sums(void *context, gt_tensor *prediction, gt_tensor *loss, gt_tensor *y, double share)
{
    (void)share; /* the sums are over samples, of whatever part */
    gt_device_run *run = context;
    gt_tape *tape = run->model->tape;
    const gt_metric *metric = run->model->metric;
    const double samples = (double)gt_tensor_dim(y, 0);
    gt_status status = accumulate(tape, run->loss, loss, samples);
    if (status != GT_OK || !metric)
        return status;
    if (!metric->right)
        return add_counted(run, prediction, y, samples);
    double total = 0;
    gt_tensor *right = metric->right(tape, prediction, y, &total);
    return right ? accumulate(tape, run->metric, right, samples / total) : gt_tape_status(tape);
}

/* Forward, sums, and where `training`, the gradients. */
static gt_status ask_for_batch(gt_device_run *run, const gt_batch *batch, int *count, gt_tensor ***gradients)
{
    gt_model *model = run->model;
    gt_status status = gt_model_run_batch(model, batch, run->training, add_to_sums, run, count, gradients);
    if (status != GT_OK && gt_tape_status(model->tape) != GT_OK)
        return gt_fail(gt_tape_status(model->tape), "%s", gt_tape_message(model->tape));
    return status;
}

static gt_status plain_step(gt_device_run *run, const gt_batch *batch)
{
    gt_model *model = run->model;
    int count;
    gt_tensor **gradients;
    gt_status status = ask_for_batch(run, batch, &count, &gradients);
    if (status == GT_OK && count > 0)
        status = gt_optimizer_apply(model->optimizer, count, model->trainable, gradients);
    gt_model_end_batch(model, count);
    return status;
}

/* ---- captured steps --------------------------------------------------------------------------------------------- */

static void free_captured(gt_captured_step *step)
{
    gt_graph_free(step->graph);
    for (int i = 0; i < step->count; i++)
        gt_tensor_free(step->gradients[i]);
    gt_release(step->gradients);
    *step = (gt_captured_step){.graph = NULL};
}

/* The gradients stay in the graph's memory when the tape is reset. */
static gt_status keep_gradients(gt_captured_step *step, int count, gt_tensor *const gradients[])
{
    step->gradients = gt_allocate((size_t)(count ? count : 1) * sizeof(gt_tensor *));
    if (!step->gradients)
        return GT_ERR_MEMORY;
    for (; step->count < count; step->count++) {
        step->gradients[step->count] = gt_tensor_share(gradients[step->count]);
        if (!step->gradients[step->count])
            return gt_last_status();
    }
    return GT_OK;
}

static gt_status capture(gt_device_run *run, gt_captured_step *step, const gt_batch *batch)
{
    gt_tape *tape = run->model->tape;
    gt_status status = gt_tape_capture_begin(tape);
    if (status != GT_OK)
        return status;
    int count = 0;
    gt_tensor **gradients = NULL;
    status = ask_for_batch(run, batch, &count, &gradients);
    if (status == GT_OK)
        status = keep_gradients(step, count, gradients);
    step->graph = gt_tape_capture_end(tape);
    if (status == GT_OK && !step->graph)
        status = gt_last_status();
    gt_tape_reset(tape);
    if (status != GT_OK)
        free_captured(step);
    return status;
}

static gt_status launch(gt_device_run *run, const gt_captured_step *step)
{
    gt_status status = gt_graph_launch(step->graph);
    if (status != GT_OK || step->count == 0)
        return status;
    return gt_optimizer_apply(run->model->optimizer, step->count, run->model->trainable, step->gradients);
}

/* ---- a run ------------------------------------------------------------------------------------------------------- */

gt_status gt_device_run_init(gt_device_run *run, gt_model *model, gt_batches *batches, bool training)
{
    *run = (gt_device_run){.model = model, .batches = batches, .training = training};
    run->loss = gt_tensor_new_on(model->device, GT_FLOAT64, GT_SCALAR);
    run->metric = gt_tensor_new_on(model->device, GT_FLOAT64, GT_SCALAR);
    run->uncapturable = model->micro_batch > 0; /* the tape is reset between a batch's parts */
    if (run->loss && run->metric)
        return GT_OK;
    gt_device_run_free(run);
    return gt_last_status();
}

void gt_device_run_free(gt_device_run *run)
{
    for (int i = 0; i < 2; i++)
        free_captured(&run->captured[i]);
    gt_tensor_free(run->loss);
    gt_tensor_free(run->metric);
}

gt_status gt_device_run_restart(gt_device_run *run, double loss, double metric)
{
    gt_status status = gt_tensor_write(run->loss, &loss, sizeof loss);
    return status == GT_OK ? gt_tensor_write(run->metric, &metric, sizeof metric) : status;
}

gt_status gt_device_run_step(gt_device_run *run, int64_t first)
{
    gt_batch batch;
    gt_status status = gt_batches_take(run->batches, first, &batch);
    if (status != GT_OK)
        return status;
    gt_captured_step *step = &run->captured[first / run->batches->size % 2];
    const bool whole =
        gt_batch_count(run->batches, first) == run->batches->size && !gt_tape_is_watched(run->model->tape);
    if (run->training && whole && step->warm && !step->graph && !run->uncapturable)
        run->uncapturable = capture(run, step, &batch) != GT_OK;
    status = whole && step->graph ? launch(run, step) : plain_step(run, &batch);
    step->warm |= whole;
    gt_batch_free(&batch);
    return status;
}

gt_status gt_device_run_sums(const gt_device_run *run, double *loss, double *metric)
{
    gt_status status = gt_tensor_read(run->loss, loss, sizeof *loss);
    return status == GT_OK ? gt_tensor_read(run->metric, metric, sizeof *metric) : status;
}
