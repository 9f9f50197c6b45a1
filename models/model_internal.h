/* What a model is made of: for models/ alone. */
#ifndef GT_MODEL_INTERNAL_H
#define GT_MODEL_INTERNAL_H

#include "models/layer_internal.h"
#include "models/model.h"

/* One value an epoch, under each of up to four names. */
#define GT_HISTORY_NAMES 4
typedef struct gt_history {
    int names, epochs, capacity;
    char *name[GT_HISTORY_NAMES];
    double *values[GT_HISTORY_NAMES];
} gt_history;

struct gt_model {
    char *name;
    gt_dtype dtype;
    gt_random initial, order; /* streams: of the first weights; of shuffling. Dropout draws from the tape's. */
    gt_device device;
    uint64_t seed; /* of the tape */
    gt_tape *tape;
    gt_layer *input; /* what gt_layer_input made; not among the layers */
    gt_layer **layer;
    int layers, capacity;
    bool built;
    gt_shape sample;   /* once built */
    gt_status failure; /* the first of gt_model_add */
    char message[384];

    gt_optimizer *optimizer; /* NULL: not compiled */
    gt_loss *loss;
    const gt_metric *metric;
    gt_batch_step *batch_step;

    gt_tensor **trainable; /* the trainable weights, then as many gradients: work space of a step */
    int trainable_capacity;
    gt_history history;
};

/* Builds it for these data, or checks that it was built for such. `who` begins messages. */
gt_status gt_model_prepare(gt_model *model, const char *who, const gt_tensor *x);

/* What saving asks for: GT_ERR_STATE for a model that is not built. */
gt_status gt_model_check_saved(const char *who, const gt_model *model, const char *path);
/* Adds all weights under their names. */
gt_status gt_weights_to_archive(const gt_model *model, gt_archive *archive);

/* The tape that a model's steps run on. */
gt_tape *gt_model_new_tape(const gt_model *model, gt_device device);

/* Prediction and loss of a batch, recorded where `training`. GT_ERR_SHAPE unless the loss is a scalar. */
gt_status gt_model_forward(gt_model *model, gt_tensor *x, gt_tensor *y, bool training, gt_tensor **prediction,
                           gt_tensor **loss);
/* The gradients of the loss towards model->trainable, `count` of each. */
gt_status gt_model_gradients(gt_model *model, gt_tensor *loss, int *count, gt_tensor ***gradients);

/* The metric's count, on copies where the operands lie on another device. */
gt_status gt_metric_count_anywhere(const gt_metric *metric, gt_tape *tape, gt_tensor *prediction, gt_tensor *target,
                                   double *right, double *total);

/* Why a maker returned NULL: GT_ERR_MEMORY if memory ran out, else GT_ERR_ARGUMENT. By the thread's last message. */
gt_status gt_maker_failure(void);

void gt_history_clear(gt_history *history);
/* A name that values can be added under, from now on. NULL is fine where `prefix` alone is no name. */
gt_status gt_history_add_name(gt_history *history, const char *prefix, const char *name);
/* One value for each name. */
gt_status gt_history_append(gt_history *history, const double *values);

#endif
