/* Compiling a model: what it is trained with. */
#include "models/model_internal.h"

static gt_status check_compile(const gt_model *model, const gt_compile_options *options)
{
    if (!model || !options)
        return gt_fail(GT_ERR_ARGUMENT, "gt_model_compile: the %s", model ? "options are NULL" : "model is NULL");
    if (!options->optimizer)
        return gt_fail(gt_maker_failure(), "gt_model_compile: the optimizer is NULL: %s", gt_last_error());
    if (!options->loss && !options->batch_step)
        return gt_fail(GT_ERR_ARGUMENT, "gt_model_compile: the loss is NULL");
    if (options->metric && (!options->metric->name || !options->metric->count))
        return gt_fail(GT_ERR_ARGUMENT, "gt_model_compile: the metric has no %s",
                       options->metric->name ? "function" : "name");
    return GT_OK;
}

gt_status gt_model_compile(gt_model *model, const gt_compile_options *options)
{
    gt_status status = check_compile(model, options);
    if (status != GT_OK) {
        if (options && options->optimizer != gt_model_optimizer(model))
            gt_optimizer_free(options->optimizer);
        return status;
    }
    if (model->optimizer != options->optimizer)
        gt_optimizer_free(model->optimizer);
    model->optimizer = options->optimizer;
    model->loss = options->loss;
    model->sample_loss = options->sample_loss ? options->sample_loss : gt_sample_loss_of(options->loss);
    model->metric = options->metric;
    model->batch_step = options->batch_step ? options->batch_step : gt_model_batch_step;
    return GT_OK;
}
