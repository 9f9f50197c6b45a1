/* Where a model's weights lie, and its work is done. */
#include <stdio.h>

#include "models/model_internal.h"

gt_device gt_model_device(const gt_model *model)
{
    return model ? model->device : GT_CPU;
}

gt_tape *gt_model_new_tape(const gt_model *model, gt_device device)
{
    return gt_tape_new_with(&(gt_tape_options){.device = device, .lean = true, .seed = model->seed});
}

gt_status gt_layer_move(gt_layer *layer, gt_device device)
{
    for (int i = 0; i < layer->weights; i++) {
        const gt_device before = gt_tensor_device(layer->weight[i]);
        gt_status status = gt_tensor_move(layer->weight[i], device);
        if (status == GT_OK)
            continue;
        while (--i >= 0)
            gt_tensor_move(layer->weight[i], before);
        return status;
    }
    return GT_OK;
}

static gt_status move_all(gt_model *model, gt_device device)
{
    gt_status status = model->optimizer ? gt_optimizer_move(model->optimizer, device) : GT_OK;
    for (int i = 0; status == GT_OK && i < model->layers; i++)
        status = gt_layer_move(model->layer[i], device);
    return status;
}

gt_status gt_model_to(gt_model *model, gt_device device)
{
    if (!model)
        return gt_fail(GT_ERR_ARGUMENT, "gt_model_to: the model is NULL");
    if (model->device == device)
        return GT_OK;
    gt_tape *tape = gt_model_new_tape(model, device);
    if (!tape)
        return gt_last_status();
    gt_status status = move_all(model, device);
    if (status != GT_OK) {
        char message[384];
        snprintf(message, sizeof message, "%s", gt_last_error());
        move_all(model, model->device);
        gt_tape_free(tape);
        return gt_fail(status, "gt_model_to: %s", message);
    }
    gt_tape_free(model->tape);
    model->tape = tape;
    model->device = device;
    return GT_OK;
}
