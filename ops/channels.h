/* Tensors (..., channels) seen as rows of channels, for batch normalisation: sums over the rows, and shape rules. */
#ifndef GT_CHANNELS_H
#define GT_CHANNELS_H

#include "core/op.h"
#include "ops/attributes.h"
#include "ops/ops.h"

/* The first `whole` inputs have one shape (..., channels), the others are (channels); at least one leading axis; the
 * attributes are gt_epsilon_attributes. Sets no output. */
gt_status gt_infer_channels(const gt_infer *call, int whole);

/* The same where a single row (features) will do: for layer_norm. */
gt_status gt_infer_features(const gt_infer *call, int whole);

int64_t gt_channels_of(const gt_spec *spec);
int64_t gt_channel_rows(const gt_spec *spec);

/* Bytes of workspace that the sums need. */
size_t gt_channel_scratch(const gt_spec *spec);

/* sum[k] = scale * the sum over the rows of x[k], of (x[k] - mean[k])^2, or of a[k] (x[k] - mean[k]), 0 where a[k] is:
 * by whether `mean` and `a` are NULL. In blocks of rows, pairwise over the blocks; on all threads. */
void gt_channel_sum(const gt_spec *spec, const void *a, const void *x, const void *mean, double scale, void *scratch,
                    void *sum);

/* y = (x - mean[k]) slope[k] + shift[k], and 0 where that is negative if `relu`, row by row; on all threads. */
void gt_channel_map(const gt_spec *spec, const void *x, const void *mean, const void *slope, const void *shift,
                    bool relu, void *y);

/* inverse[k] = 1 / sqrt(variance[k] + epsilon) */
void gt_channel_inverse(int64_t channels, gt_dtype dtype, const void *variance, double epsilon, void *inverse);
/* The same of ops, for vjps. */
gt_tensor *gt_inverse_deviation(gt_tape *tape, gt_tensor *variance, double epsilon);

#endif
