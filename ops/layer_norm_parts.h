/* What layer_norm and its gradients share. */
#ifndef GT_LAYER_NORM_PARTS_H
#define GT_LAYER_NORM_PARTS_H

#include "core/op.h"

enum { GT_LAYER_NORM_BLOCK = 1024 }; /* entries of a row that are summed in one go */

extern const gt_field gt_layer_norm_fields[];

#define GT_LAYER_NORM_EPSILON(value)                                                                                   \
    .attributes = &(const gt_epsilon_attributes)                                                                       \
    {                                                                                                                  \
        value                                                                                                          \
    }

#endif
