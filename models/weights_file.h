/* Where the weights of a model come from: for models/ alone. */
#ifndef GT_WEIGHTS_FILE_H
#define GT_WEIGHTS_FILE_H

#include <string.h>

#include "models/model_internal.h"

/* One weight's. The values of a turned one lie in another order: entry (i, j, ...) of `dim` is at i stride[0] +
 * j stride[1] + ... */
typedef struct gt_weight_source {
    int index;       /* of a tensor in the archive; -1: none */
    gt_shape stored; /* how the tensor there must be */
    bool turned;
    int axes;
    int64_t dim[4], stride[4];
    gt_tensor *copy; /* the values in our order */
} gt_weight_source;

/* PyTorch's. Sets index, stored and how it is turned; `sources` are as many as the model has weights, in order. */
gt_status gt_torch_find(const gt_model *model, const gt_archive *archive, gt_weight_source *sources);
/* Whether a name of a state_dict stands for nothing that a model here has. */
bool gt_torch_ignores(const char *name);
/* A new tensor of our shape; NULL when out of memory. */
gt_tensor *gt_torch_turn(const gt_tensor *tensor, const gt_weight_source *source, gt_shape ours);

/* The same for Keras' files. Nothing in them is turned. */
gt_status gt_keras_find(const gt_model *model, const gt_archive *archive, gt_weight_source *sources);
bool gt_keras_ignores(const char *name);

#endif
