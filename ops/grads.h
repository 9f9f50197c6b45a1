/* Gradient ops: the functions that vjps call. Each is an op of its own file, with its own vjp. In alphabetical order. */
#ifndef GT_GRADS_H
#define GT_GRADS_H

#include "core/tape.h"
#include "ops/attributes.h"

/* dy shared out evenly over the entries of each window. */
gt_tensor *gt_avg_pool2d_grad(gt_tape *tape, gt_tensor *dy, const gt_pool2d_attributes *attributes);
gt_tensor *gt_avg_pool2d_with(gt_tape *tape, gt_tensor *x, const gt_pool2d_attributes *attributes);
gt_tensor *gt_clip_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, double low, double high);
/* conv2d and its gradients by attributes: each is linear in both inputs, and the other two are its derivatives. */
gt_tensor *gt_conv2d_filter_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, const gt_conv2d_attributes *attributes);
gt_tensor *gt_conv2d_input_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *filter,
                                const gt_conv2d_attributes *attributes);
gt_tensor *gt_conv2d_with(gt_tape *tape, gt_tensor *x, gt_tensor *filter, const gt_conv2d_attributes *attributes);
/* dy / b, but 0 wherever dy is 0; broadcast. */
gt_tensor *gt_div_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *b);
/* dy sent to where x has its first maximum (or minimum) over the axes of the mask; and, the other way round, g picked
 * there. */
gt_tensor *gt_extremum_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, int64_t axes, int64_t keepdims, bool minimum);
gt_tensor *gt_extremum_pick(gt_tape *tape, gt_tensor *g, gt_tensor *x, int64_t axes, int64_t keepdims, bool minimum);
/* dy[i] at [i, indices[i]] in zeros of (n, columns). */
gt_tensor *gt_gather_elements_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *indices, int64_t columns);
gt_tensor *gt_leaky_relu_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, double alpha);
/* dy sent to the first maximum of each window of x; and, the other way round, g picked there. */
gt_tensor *gt_max_pool2d_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, const gt_pool2d_attributes *attributes);
gt_tensor *gt_max_pool2d_pick(gt_tape *tape, gt_tensor *g, gt_tensor *x, const gt_pool2d_attributes *attributes);
/* dy b, but 0 wherever either is 0; broadcast. */
gt_tensor *gt_mul_no_nan_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *b);
/* From the output y. */
gt_tensor *gt_relu_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *y);
/* From the output y. */
gt_tensor *gt_sigmoid_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *y);
/* dy in zeros of the shape `whole`, from `begin` on: a gt_pad. */
gt_tensor *gt_slice_grad(gt_tape *tape, gt_tensor *dy, const int64_t begin[], const gt_shape *whole);
/* From the output y. */
gt_tensor *gt_tanh_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *y);

gt_tensor *gt_batch_norm_gamma_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, gt_tensor *mean, gt_tensor *variance,
                                    double epsilon);
/* dgamma = sum(dy xhat) and dbeta = sum(dy). */
gt_tensor *gt_batch_norm_input_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, gt_tensor *gamma, gt_tensor *mean,
                                    gt_tensor *variance, gt_tensor *dgamma, gt_tensor *dbeta, double epsilon);

/* From the output y; the axis counts from 0. */
gt_tensor *gt_log_softmax_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *y, int64_t axis);
/* From the output y; the axis counts from 0. */
gt_tensor *gt_softmax_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *y, int64_t axis);

/* Losses: dy is a scalar, the result the gradient towards predictions. The sparse ones take int32 class numbers. */
gt_tensor *gt_binary_crossentropy_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *probabilities, gt_tensor *labels);
gt_tensor *gt_categorical_crossentropy_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *probabilities, gt_tensor *labels);
gt_tensor *gt_mean_squared_error_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *prediction, gt_tensor *target);
gt_tensor *gt_sigmoid_cross_entropy_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *logits, gt_tensor *labels);
gt_tensor *gt_softmax_cross_entropy_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *logits, gt_tensor *labels);
gt_tensor *gt_sparse_categorical_crossentropy_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *probabilities,
                                                   gt_tensor *labels);
gt_tensor *gt_sparse_softmax_cross_entropy_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *logits, gt_tensor *labels);
/* What gt_categorical_crossentropy and gt_softmax_cross_entropy are for class numbers. */
gt_tensor *gt_sparse_categorical_crossentropy(gt_tape *tape, gt_tensor *probabilities, gt_tensor *labels);
gt_tensor *gt_sparse_softmax_cross_entropy(gt_tape *tape, gt_tensor *logits, gt_tensor *labels);

#endif
