/* Tensors (..., channels) seen as rows of channels, for batch normalisation: sums over the rows, and shape rules. */
#ifndef GT_CHANNELS_H
#define GT_CHANNELS_H

#include "core/op.h"
#include "ops/attributes.h"
#include "ops/ops.h"

/* The first `whole` inputs have one shape (..., channels), the others are (channels); at least one leading axis; the
 * attributes are gt_epsilon_attributes. Sets no output. */
gt_status gt_infer_channels(const gt_infer *call, int whole);

int64_t gt_channels_of(const gt_spec *spec);
int64_t gt_channel_rows(const gt_spec *spec);

/* Bytes of workspace that the sums need. */
size_t gt_channel_scratch(const gt_spec *spec);

/* sum[k] = scale * the sum over the rows of x[k], of (x[k] - mean[k])^2, or of a[k] (x[k] - mean[k]), 0 where a[k] is:
 * by whether `mean` and `a` are NULL. In blocks of rows, pairwise over the blocks; on all threads. */
void gt_channel_sum_f32(const gt_spec *spec, const float *a, const float *x, const float *mean, float scale,
                        void *scratch, float *sum);
void gt_channel_sum_f64(const gt_spec *spec, const double *a, const double *x, const double *mean, double scale,
                        void *scratch, double *sum);

/* y = (x - mean[k]) slope[k] + shift[k], row by row; on all threads. */
void gt_channel_map_f32(const gt_spec *spec, const float *x, const float *mean, const float *slope, const float *shift,
                        float *y);
void gt_channel_map_f64(const gt_spec *spec, const double *x, const double *mean, const double *slope,
                        const double *shift, double *y);

/* inverse[k] = 1 / sqrt(variance[k] + epsilon) */
void gt_channel_inverse_f32(int64_t channels, const float *variance, double epsilon, float *inverse);
void gt_channel_inverse_f64(int64_t channels, const double *variance, double epsilon, double *inverse);
/* The same of ops, for vjps. */
gt_tensor *gt_inverse_deviation(gt_tape *tape, gt_tensor *variance, double epsilon);

#endif
