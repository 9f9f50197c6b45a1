/* What a model is made of: for models/ alone. */
#ifndef GT_MODEL_INTERNAL_H
#define GT_MODEL_INTERNAL_H

#include "models/batches.h"
#include "models/layer_internal.h"
#include "models/model.h"

/* One value an epoch, under each of up to four names. */
#define GT_HISTORY_NAMES 4
typedef struct gt_history {
    int names, epochs, capacity;
    char *name[GT_HISTORY_NAMES];
    double *values[GT_HISTORY_NAMES];
} gt_history;

typedef struct gt_fit gt_fit;

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
    gt_loss *loss, *sample_loss;
    const gt_metric *metric;
    gt_batch_step *batch_step;

    gt_tensor **trainable; /* the trainable weights, then as many gradients: work space of a step */
    int trainable_capacity;
    gt_tensor *sample_weights; /* of the batch at hand; NULL: all count the same */
    int64_t micro_batch;       /* rows of the parts that a batch is computed in; 0: whole */
    gt_history history;
    int stopped;
    const gt_fit *fit; /* while it runs */
};

/* Builds it for these data, or checks that it was built for such. `who` begins messages. */
gt_status gt_model_prepare(gt_model *model, const char *who, const gt_tensor *x);

/* What saving asks for: GT_ERR_STATE for a model that is not built. */
gt_status gt_model_check_saved(const char *who, const gt_model *model, const char *path);
/* Whether a name in a file of gt_training_save stands for state of an optimizer or a callback. */
bool gt_is_training_state(const gt_archive *archive, const char *name);
/* Adds all weights under their names. */
gt_status gt_weights_to_archive(const gt_model *model, gt_archive *archive);

/* The tape that a model's steps run on. */
gt_tape *gt_model_new_tape(const gt_model *model, gt_device device);

/* What a step looks at before the sweep of a lean tape frees the prediction: prediction and mean loss of rows that are
 * `share` of the batch. */
typedef gt_status gt_measure(void *context, gt_tensor *prediction, gt_tensor *loss, gt_tensor *y, double share);
/* Computes a batch, in parts where the model is set to; where `training`, sets the `count` gradients towards
 * model->trainable, for gt_model_end_batch to free. */
gt_status gt_model_run_batch(gt_model *model, const gt_batch *batch, bool training, gt_measure *measure, void *context,
                             int *count, gt_tensor ***gradients);
void gt_model_end_batch(gt_model *model, int count);

/* The form of a loss of the library that gives a number a sample; NULL for another. */
gt_loss *gt_sample_loss_of(gt_loss *loss);

/* What fit, and evaluate, ask of a model and of data. */
gt_status gt_model_check_data(const char *who, gt_model *model, const gt_tensor *x, const gt_tensor *y,
                              int64_t batch_size);
#define GT_DEFAULT_BATCH 32

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
