/* The ops of core/ itself: what the sweep needs (add, fill, copy), and what their derivatives are made of. */
#ifndef GT_BUILTIN_H
#define GT_BUILTIN_H

#include "core/op.h"

extern const gt_op gt_op_add, gt_op_fill, gt_op_copy, gt_op_broadcast_to, gt_op_sum_to, gt_op_to_device;

/* The table of all ops, which ops/list.c makes from ops/list.h. */
extern const gt_op *const gt_builtin_ops[];
extern const int gt_builtin_op_count;

typedef struct gt_fill_attributes {
    double value;
    int64_t dtype;
    gt_shape shape;
} gt_fill_attributes;

/* to_device: a gt_device. */
typedef struct gt_to_device_attributes {
    int64_t to;
} gt_to_device_attributes;

/* The wanted shape, of broadcast_to and sum_to. */
typedef struct gt_shape_attributes {
    gt_shape shape;
} gt_shape_attributes;

#endif
