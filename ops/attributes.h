/* The attribute structs of the ops: shared by an op's file, its CUDA side, and its reference in tests/. int64_t, double
 * and gt_shape members only, so that there is no padding (gt_op_check tests it). */
#ifndef GT_ATTRIBUTES_H
#define GT_ATTRIBUTES_H

#include "core/builtin.h" /* gt_fill_attributes, gt_shape_attributes */

/* scale: the factor; leaky_relu and its gradient: alpha. */
typedef struct gt_factor_attributes {
    double factor;
} gt_factor_attributes;

/* clip and its gradient. */
typedef struct gt_range_attributes {
    double low, high;
} gt_range_attributes;

/* dropout: the stream's key and the first block, as two's complement. */
typedef struct gt_dropout_attributes {
    double rate;
    int64_t key, offset;
} gt_dropout_attributes;

/* cast, one_hot. */
typedef struct gt_dtype_attributes {
    int64_t dtype;
} gt_dtype_attributes;

typedef struct gt_one_hot_attributes {
    int64_t depth, dtype;
} gt_one_hot_attributes;

/* Reductions: bit i stands for axis i of the input. */
typedef struct gt_reduce_attributes {
    int64_t axes, keepdims;
} gt_reduce_attributes;

/* extremum_grad and extremum_pick: max's, or min's where `minimum` is 1. */
typedef struct gt_extremum_attributes {
    int64_t axes, keepdims, minimum;
} gt_extremum_attributes;

/* flip: bit i stands for axis i. */
typedef struct gt_flip_attributes {
    int64_t axes;
} gt_flip_attributes;

/* One axis, not negative: softmax, log_softmax, concat, argmax. */
typedef struct gt_axis_attributes {
    int64_t axis;
} gt_axis_attributes;

/* cumulative_sum; the axis comes first, as above. */
typedef struct gt_cumulative_attributes {
    int64_t axis;
    int64_t exclusive, reverse;
} gt_cumulative_attributes;

/* transpose. */
typedef struct gt_order_attributes {
    int64_t order[GT_MAX_RANK];
} gt_order_attributes;

/* slice, slice_rows and slice_accumulate: the first entry of each axis, and how many of each. */
typedef struct gt_slice_attributes {
    int64_t begin[GT_MAX_RANK];
    gt_shape size;
} gt_slice_attributes;

typedef struct gt_pad_attributes {
    int64_t before[GT_MAX_RANK], after[GT_MAX_RANK];
    double value;
} gt_pad_attributes;

/* scatter_add: the length of the leading axis. */
typedef struct gt_rows_attributes {
    int64_t rows;
} gt_rows_attributes;

/* to_indices: what every index is below. */
typedef struct gt_bound_attributes {
    int64_t bound;
} gt_bound_attributes;

/* gather_elements_grad: the length of a row. */
typedef struct gt_columns_attributes {
    int64_t columns;
} gt_columns_attributes;

typedef struct gt_matmul_attributes {
    int64_t transpose_a, transpose_b;
} gt_matmul_attributes;

/* conv2d, depthwise_conv2d and their gradients, with the padding resolved to numbers. `input` and `filter` are the
 * shapes of x and of the filter, which the gradients need. */
typedef struct gt_conv2d_attributes {
    int64_t stride[2], dilation[2];
    int64_t before[2], after[2]; /* rows above and below, columns left and right */
    gt_shape input, filter;
} gt_conv2d_attributes;

/* Pooling and its gradients, likewise. */
typedef struct gt_pool2d_attributes {
    int64_t window[2], stride[2];
    int64_t before[2], after[2];
    gt_shape input;
} gt_pool2d_attributes;

/* batch_norm and layer_norm. */
typedef struct gt_epsilon_attributes {
    double epsilon;
} gt_epsilon_attributes;

/* Optimizer steps; see optim/optimizer.h for the formulas. */
typedef struct gt_sgd_attributes {
    double learning_rate;
} gt_sgd_attributes;

typedef struct gt_sgd_momentum_attributes {
    double learning_rate, momentum;
    int64_t nesterov;
} gt_sgd_momentum_attributes;

typedef struct gt_rmsprop_attributes {
    double learning_rate, beta, epsilon;
} gt_rmsprop_attributes;

/* `correction1` = 1 - beta1^t, `correction2` = 1 - beta2^t at step t; `weight_decay` is AdamW's, and 0 for Adam. */
typedef struct gt_adam_attributes {
    double learning_rate, beta1, beta2, epsilon, correction1, correction2, weight_decay;
} gt_adam_attributes;

/* `initial` is what the accumulator starts at: the optimizer reads it when it makes the state, the step does not. */
typedef struct gt_adagrad_attributes {
    double learning_rate, initial, epsilon;
} gt_adagrad_attributes;

typedef struct gt_adadelta_attributes {
    double learning_rate, rho, epsilon;
} gt_adadelta_attributes;

/* average = momentum average + (1 - momentum) value. */
typedef struct gt_momentum_attributes {
    double momentum;
} gt_momentum_attributes;

#endif
