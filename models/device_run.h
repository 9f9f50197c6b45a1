/* Passes over the data on a device, where nothing is waited for inside a step: loss and metric add up on the device
 * until somebody asks for them. */
#ifndef GT_DEVICE_RUN_H
#define GT_DEVICE_RUN_H

#include "core/capture.h"
#include "models/batches.h"
#include "models/model_internal.h"

/* A training step on the batches of one slot, captured: what a launch leaves to do is the optimizer's. */
typedef struct gt_captured_step {
    gt_graph *graph;
    gt_tensor **gradients; /* of the trainable weights */
    int count;
    bool warm; /* the step ran without a graph, so that all is loaded */
} gt_captured_step;

typedef struct gt_device_run {
    gt_model *model;
    gt_batches *batches;
    bool training;
    gt_tensor *loss, *metric; /* float64 sums over the samples so far */
    gt_captured_step captured[2];
    bool uncapturable; /* a layer draws random numbers, or is one that does what a graph cannot hold */
} gt_device_run;

/* `batches` must outlive it. */
gt_status gt_device_run_init(gt_device_run *run, gt_model *model, gt_batches *batches, bool training);
void gt_device_run_free(gt_device_run *run);

/* Sets the sums. */
gt_status gt_device_run_restart(gt_device_run *run, double loss, double metric);
/* Asks for one step with the batch from row `first` on. */
gt_status gt_device_run_step(gt_device_run *run, int64_t first);
/* Waits, and gives the sums. What kernels found wrong is reported here. */
gt_status gt_device_run_sums(const gt_device_run *run, double *loss, double *metric);

#endif
