/* What vjps call: gradient ops, each of a file of its own with its own vjp, and ops by their attributes. In
 * alphabetical order. A gradient op takes the cotangent dy first; y is the output of the op itself. */
#ifndef GT_GRADS_H
#define GT_GRADS_H

#include "core/tape.h"
#include "ops/attributes.h"

/* dy of each window, shared out evenly over its entries. */
gt_tensor *gt_avg_pool2d_grad(gt_tape *tape, gt_tensor *dy, const gt_pool2d_attributes *attributes);
/* gt_avg_pool2d by attributes: the derivative of its gradient. */
gt_tensor *gt_avg_pool2d_with(gt_tape *tape, gt_tensor *x, const gt_pool2d_attributes *attributes);
/* dgamma: the sums of dy (x - mean) / sqrt(variance + epsilon), one for each channel. */
gt_tensor *gt_batch_norm_gamma_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, gt_tensor *mean, gt_tensor *variance,
                                    double epsilon);
/* dx, from the sums dgamma and dbeta. */
gt_tensor *gt_batch_norm_input_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, gt_tensor *gamma, gt_tensor *mean,
                                    gt_tensor *variance, gt_tensor *dgamma, gt_tensor *dbeta, double epsilon);
/* Towards the probabilities; dy is a scalar, as for every loss. */
gt_tensor *gt_binary_crossentropy_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *probabilities, gt_tensor *labels);
/* Towards the probabilities. */
gt_tensor *gt_categorical_crossentropy_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *probabilities, gt_tensor *labels);
/* dy where x is from low to high, else 0. */
gt_tensor *gt_clip_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, double low, double high);
/* Towards the filter. conv2d and its gradients are linear in both inputs, and each other's derivatives. */
gt_tensor *gt_conv2d_filter_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, const gt_conv2d_attributes *attributes);
/* Towards the images. */
gt_tensor *gt_conv2d_input_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *filter,
                                const gt_conv2d_attributes *attributes);
/* gt_conv2d by attributes. */
gt_tensor *gt_conv2d_with(gt_tape *tape, gt_tensor *x, gt_tensor *filter, const gt_conv2d_attributes *attributes);
/* Towards the filter. The three of depthwise_conv2d are as conv2d's. */
gt_tensor *gt_depthwise_conv2d_filter_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x,
                                           const gt_conv2d_attributes *attributes);
/* Towards the images. */
gt_tensor *gt_depthwise_conv2d_input_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *filter,
                                          const gt_conv2d_attributes *attributes);
/* gt_depthwise_conv2d by attributes. */
gt_tensor *gt_depthwise_conv2d_with(gt_tape *tape, gt_tensor *x, gt_tensor *filter,
                                    const gt_conv2d_attributes *attributes);
/* dy / b, but 0 wherever dy is 0; broadcast. */
gt_tensor *gt_div_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *b);
/* dy where x is above 0, else alpha e^x dy. */
gt_tensor *gt_elu_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, double alpha);
/* dy where x has its first maximum (or minimum) over the axes of the mask, else 0. */
gt_tensor *gt_extremum_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, int64_t axes, int64_t keepdims, bool minimum);
/* The other way round: g, picked there. */
gt_tensor *gt_extremum_pick(gt_tape *tape, gt_tensor *g, gt_tensor *x, int64_t axes, int64_t keepdims, bool minimum);
/* dy[i] at [i, indices[i]] in zeros of (n, columns). */
gt_tensor *gt_gather_elements_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *indices, int64_t columns);
/* dy times the derivative at x. */
gt_tensor *gt_gelu_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x);
gt_tensor *gt_gelu_tanh_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x);
/* dgamma: the sums over the rows of dy (x - mean) / sqrt(variance + epsilon), mean and variance those of each row. */
gt_tensor *gt_layer_norm_gamma_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, double epsilon);
/* Towards x. */
gt_tensor *gt_layer_norm_input_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, gt_tensor *gamma, double epsilon);
/* dy where x is above 0, else alpha dy. */
gt_tensor *gt_leaky_relu_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, double alpha);
/* From y; the axis counts from 0. */
gt_tensor *gt_log_softmax_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *y, int64_t axis);
/* dy of each window, where x has its first maximum in it. */
gt_tensor *gt_max_pool2d_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, const gt_pool2d_attributes *attributes);
/* The other way round: g, picked there. */
gt_tensor *gt_max_pool2d_pick(gt_tape *tape, gt_tensor *g, gt_tensor *x, const gt_pool2d_attributes *attributes);
/* Towards the prediction. */
gt_tensor *gt_mean_squared_error_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *prediction, gt_tensor *target);
/* dy b, but 0 wherever either is 0; broadcast. */
gt_tensor *gt_mul_no_nan_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *b);
/* From y. */
gt_tensor *gt_relu_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *y);
/* Towards the logits. */
gt_tensor *gt_sigmoid_cross_entropy_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *logits, gt_tensor *labels);
/* From y. */
gt_tensor *gt_sigmoid_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *y);
/* dy times the derivative at x. */
gt_tensor *gt_silu_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x);
/* dy in zeros of the shape `whole`, from `begin` on: a gt_pad. */
gt_tensor *gt_slice_grad(gt_tape *tape, gt_tensor *dy, const int64_t begin[], const gt_shape *whole);
/* Towards the logits. */
gt_tensor *gt_softmax_cross_entropy_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *logits, gt_tensor *labels);
/* From y; the axis counts from 0. */
gt_tensor *gt_softmax_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *y, int64_t axis);
/* What gt_categorical_crossentropy is for int32 class numbers. */
gt_tensor *gt_sparse_categorical_crossentropy(gt_tape *tape, gt_tensor *probabilities, gt_tensor *labels);
/* Towards the probabilities, for int32 class numbers. */
gt_tensor *gt_sparse_categorical_crossentropy_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *probabilities,
                                                   gt_tensor *labels);
/* What gt_softmax_cross_entropy is for int32 class numbers. */
gt_tensor *gt_sparse_softmax_cross_entropy(gt_tape *tape, gt_tensor *logits, gt_tensor *labels);
/* Towards the logits, for int32 class numbers. */
gt_tensor *gt_sparse_softmax_cross_entropy_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *logits, gt_tensor *labels);
/* From y. */
gt_tensor *gt_tanh_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *y);
/* Of ops: dy where the condition holds (`taken`; else where it does not), 0 elsewhere, summed to the branch's shape. */
gt_tensor *gt_where_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *condition, bool taken, const gt_shape *shape);

#endif
