/* Models: Sequential, with compile, fit, evaluate, predict and summary, as Keras has them.
 *
 *     gt_model *model = gt_sequential(NULL);
 *     gt_model_add(model, gt_layer_dense(398, &(gt_dense_options){.activation = GT_RELU}));
 *     gt_model_add(model, gt_layer_dense(10, NULL));
 *     gt_model_compile(model, &(gt_compile_options){.optimizer = gt_adam(NULL), .loss = gt_softmax_cross_entropy,
 *                                                   .metric = &gt_categorical_accuracy});
 *     if (gt_model_fit(model, x, y, &(gt_fit_options){.epochs = 5}) != GT_OK) die(gt_last_error());
 */
#ifndef GT_MODEL_H
#define GT_MODEL_H

#include "../core/gradcheck.h"
#include "../optim/optimizer.h"
#include "../optim/schedule.h"
#include "callback.h"
#include "layer.h"
#include "metric.h"

GT_PUBLIC_BEGIN

typedef struct gt_model gt_model;

/* Settings of a new model; zero means the default. */
typedef struct gt_model_options {
    const char *name; /* "sequential" */
    gt_dtype dtype;   /* float32, or float64 to check gradients */
    uint64_t seed;    /* of the initial weights, shuffling and dropout */
} gt_model_options;
/* The caller's to free; NULL with the message set on failure. */
gt_model *gt_sequential(const gt_model_options *options);
void gt_model_free(gt_model *model);

/* Moves the weights, the optimizer's state and what the model computes to a device; weights that are made later are
 * made there. Random layers begin their stream anew. fit, evaluate and predict take data from the CPU as before, and
 * send it batch by batch; gt_model_call and gt_model_batch_step take it on the device. What a layer of one's own holds
 * beside its weights stays where it is. On failure everything is where it was. */
gt_status gt_model_to(gt_model *model, gt_device device);
gt_device gt_model_device(const gt_model *model);

/* Appends a layer; the model owns it from now on, also after a failure, which frees it. A NULL layer is the failure of
 * its maker, which is reported here again, so that only this needs checking; the first failure sticks, and
 * gt_model_build, fit and all that need a whole model report it. Behind gt_layer_input, which is not among the layers,
 * a layer is built as it is added. */
gt_status gt_model_add(gt_model *model, gt_layer *layer);
/* Makes all weights for samples of this shape; not needed after gt_layer_input, or before fit. */
gt_status gt_model_build(gt_model *model, gt_shape sample);

int gt_model_layer_count(const gt_model *model);
gt_layer *gt_model_layer(const gt_model *model, int index); /* -1 is the last; NULL outside */
gt_layer *gt_model_layer_named(const gt_model *model, const char *name);
/* The shape of one sample, once the model is built, or began with gt_layer_input; GT_SCALAR before. */
gt_shape gt_model_sample_shape(const gt_model *model);
const char *gt_model_name(const gt_model *model);
/* All weights of all layers in order: writes at most `capacity`, returns how many there are. */
int gt_model_weights(const gt_model *model, int capacity, gt_tensor **weights);
int gt_model_trainable_weights(const gt_model *model, int capacity, gt_tensor **weights);
/* One by its place among them, or by its name, "dense/kernel"; NULL where there is none. gt_tensor_assign sets it. */
gt_tensor *gt_model_weight(const gt_model *model, int index);
gt_tensor *gt_model_weight_named(const gt_model *model, const char *name);
int64_t gt_model_parameter_count(const gt_model *model, bool trainable_only);

/* Runs the layers on a batch, of the model's dtype; recorded if the tape records, which owns the result. Builds the
 * model if needed. NULL after an error, which sticks to the tape. */
gt_tensor *gt_model_call(gt_model *model, gt_tape *tape, gt_tensor *x, bool training);

/* A loss: any function of ops/ops.h with this form (gt_mean_squared_error, gt_softmax_cross_entropy, ...) or one's own,
 * that gives a scalar. */
typedef gt_tensor *gt_loss(gt_tape *tape, gt_tensor *prediction, gt_tensor *target);

typedef struct gt_step_result {
    double loss;   /* mean over the samples */
    double metric; /* fraction; NaN without one */
} gt_step_result;
/* One batch: forward, and where `training`, gradients and update. What fit and evaluate call; one's own may replace it,
 * and says by gt_fail why it fails. */
typedef gt_status gt_batch_step(gt_model *model, gt_tensor *x, gt_tensor *y, bool training, gt_step_result *result);

typedef struct gt_compile_options {
    gt_optimizer *optimizer; /* the model's from now on, also after a failure */
    gt_loss *loss;
    /* The loss of each sample, (n): what fit's weights multiply. Needed for weights with a loss of one's own; those of
     * ops/ops.h are known. */
    gt_loss *sample_loss;
    const gt_metric *metric;   /* may be NULL; must outlive the model */
    gt_batch_step *batch_step; /* NULL: gt_model_batch_step */
} gt_compile_options;
gt_status gt_model_compile(gt_model *model, const gt_compile_options *options);
gt_status gt_model_batch_step(gt_model *model, gt_tensor *x, gt_tensor *y, bool training, gt_step_result *result);
gt_optimizer *gt_model_optimizer(const gt_model *model);
/* The tape that batch_step runs on: lean, and reset after each batch. */
gt_tape *gt_model_tape(gt_model *model);

typedef struct gt_fit_options {
    int epochs;         /* 0 means 1 */
    int64_t batch_size; /* 0 means 32; the short last batch is kept, and losses are weighted by samples */
    bool no_shuffle;
    const gt_tensor *validation_x, *validation_y; /* evaluated after each epoch */
    double validation_split;                      /* instead: this fraction of the rows, the last ones */
    /* What each sample's loss is multiplied by; the mean is over the samples all the same (Keras). Of the model's
     * dtype, (n); for all n rows of x, also where some are for validation. */
    const gt_tensor *sample_weight;
    const double *class_weight; /* likewise, by the class: `classes` of them */
    int classes;
    /* Rows at a time, where a whole batch takes too much memory: its parts' gradients are summed up for one step. The
     * same result but for rounding, and for layers that look at a whole batch (batch_norm). 0: whole batches. */
    int64_t micro_batch;
    const gt_schedule *schedule;   /* of the learning rate, by the optimizer's steps; NULL: it stays */
    gt_callback *const *callbacks; /* called in this order (models/callback.h) */
    int callback_count;
    /* A file of gt_training_save, written by a run with the same model, data and options, to go on from: with the same
     * number of epochs, the end is that of a run which was never stopped, to the bit. NULL: begins anew. */
    const char *resume;
    gt_writer *writer; /* progress as Keras prints it; NULL: silent */
    void *writer_context;
    bool terminal; /* redraw the bar in place, which needs a writer that flushes; otherwise one line an epoch */
    int columns;   /* of the terminal, so that no line wraps while it is redrawn; 0: wide enough */
} gt_fit_options;
/* Trains on all rows of x (n, sample..), of the model's dtype, and y (n, ...), of that dtype or int32, in an order
 * drawn anew for each epoch. NULL options: the defaults. GT_ERR_STATE before gt_model_compile. A failure in the
 * middle keeps the updates made before it. */
gt_status gt_model_fit(gt_model *model, const gt_tensor *x, const gt_tensor *y, const gt_fit_options *options);

/* The code that a callback stopped the last fit with; 0 where it went on to its end. */
int gt_model_stopped(const gt_model *model);
/* In a batch step of one's own, during fit: the weights of the batch's samples, (n); NULL where all count the same. */
gt_tensor *gt_model_sample_weights(const gt_model *model);

/* What fit recorded: one value an epoch under "loss", the metric's name, and "val_" with either. Names by index; NULL
 * and 0 where there is none. Valid until the next fit. */
int gt_model_history_count(const gt_model *model);
const char *gt_model_history_name(const gt_model *model, int index);
const double *gt_model_history(const gt_model *model, const char *name, int *epochs);

/* Mean loss and metric over all samples, without training. batch_size 0 means 32. */
gt_status gt_model_evaluate(gt_model *model, const gt_tensor *x, const gt_tensor *y, int64_t batch_size,
                            gt_step_result *result);
/* The outputs for all samples, as one tensor, the caller's; batch_size 0 means 32. NULL with the message set. */
gt_tensor *gt_model_predict(gt_model *model, const gt_tensor *x, int64_t batch_size);
/* The same into a tensor of the right shape on the CPU, which may be borrowed (gt_tensor_borrow), as x may: for a
 * program that predicts again and again. After the first call it asks the system for no memory. */
gt_status gt_model_predict_into(gt_model *model, const gt_tensor *x, int64_t batch_size, gt_tensor *y);

/* What a built model is going to take, in bytes, before it runs: an estimate from shapes. Beside it there are the data,
 * a kernel's workspace, what the pool rounds up (at most 12.5 %), and a few kilobytes a layer. */
typedef struct gt_memory_estimate {
    size_t weights;
    size_t gradients, optimizer; /* of training; the optimizer's state is that of the model's own, if it is compiled */
    size_t activations;          /* of a batch: results of layers, and in training their cotangents */
    size_t total;
} gt_memory_estimate;
gt_status gt_model_memory(const gt_model *model, int64_t batch_size, bool training, gt_memory_estimate *estimate);

/* Keras' table of layers, shapes and parameters. The model must be built. */
gt_status gt_model_summary(const gt_model *model, gt_writer *writer, void *context);

/* Checks the gradient of `loss` towards every trainable weight (at most GT_MAX_INPUTS) of a float64 model, on one
 * batch. `training` as in gt_model_call; dropout then draws the same numbers each time, and moving averages are put
 * back. */
gt_status gt_model_gradcheck(gt_model *model, gt_tensor *x, gt_tensor *y, gt_loss *loss, bool training,
                             gt_gradcheck_report *report);

GT_PUBLIC_END

#endif
