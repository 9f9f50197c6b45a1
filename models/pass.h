/* A pass over data, batch by batch, as fit and evaluate make it. */
#ifndef GT_PASS_H
#define GT_PASS_H

#include "models/device_run.h"

/* On a device the steps are only asked for, unless the user has a step of his own. */
typedef struct gt_pass {
    gt_model *model;
    gt_batches batches;
    bool training;
    bool on_device; /* with device_run; otherwise each step gives its result */
    gt_device_run device_run;
    double loss, metric; /* sums over the samples, without a device_run */
} gt_pass;

/* `data` must outlive it, and the pass must not be moved. batch_size 0: GT_DEFAULT_BATCH. */
gt_status gt_pass_init(gt_pass *p, gt_model *model, const gt_batch *data, int64_t batch_size, bool training,
                       bool shuffle);
void gt_pass_free(gt_pass *p);

/* From the first batch on, or from a later one with the sums so far. */
gt_status gt_pass_restart(gt_pass *p, double loss, double metric);
gt_status gt_pass_step(gt_pass *p, int64_t first);
/* These wait for a device. */
gt_status gt_pass_sums(const gt_pass *p, double *loss, double *metric);
gt_status gt_pass_means(const gt_pass *p, int64_t rows, gt_step_result *mean);

static inline int64_t gt_pass_steps(const gt_pass *p)
{
    return (p->batches.rows - 1) / p->batches.size + 1;
}

#endif
