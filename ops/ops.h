/* The Diffable ops. Each runs on a tape, which owns the result; see core/tape.h for recording, ownership and errors.
 *
 * Every op takes float32 or float64 unless it says otherwise, and gives the dtype it was given: dtypes are never mixed
 * silently (gt_cast). Axes count from 0, or from the end as -1, -2, ... Broadcasting follows NumPy. Size-0 tensors are
 * legal where a result is defined. `x` is any shape unless said. Every tensor argument is required: NULL never means an
 * optional one. An op returns NULL after an error, which sticks to the tape. */
#ifndef GT_OPS_H
#define GT_OPS_H

#include "../core/tape.h"

GT_PUBLIC_BEGIN

/* ---- element by element, one input ------------------------------------------------------------------------------ */

gt_tensor *gt_copy(gt_tape *tape, gt_tensor *x); /* any dtype */
/* The same values on another device (any dtype): the one op whose input may lie on another device than the tape's. A
 * gradient arrives on the device of x. */
gt_tensor *gt_to_device(gt_tape *tape, gt_tensor *x, gt_device device);
/* A new tensor of one value, of any dtype that can hold it (gt_dtype_holds). */
gt_tensor *gt_fill(gt_tape *tape, gt_dtype dtype, gt_shape shape, double value);
gt_tensor *gt_stop_gradient(gt_tape *tape, gt_tensor *x);        /* x, as a constant: its gradient is zero by nature */
gt_tensor *gt_cast(gt_tape *tape, gt_tensor *x, gt_dtype dtype); /* any dtypes; to integers truncates, saturating */
gt_tensor *gt_neg(gt_tape *tape, gt_tensor *x);
gt_tensor *gt_scale(gt_tape *tape, gt_tensor *x, double factor);
gt_tensor *gt_exp(gt_tape *tape, gt_tensor *x);
gt_tensor *gt_log(gt_tape *tape, gt_tensor *x);
gt_tensor *gt_sqrt(gt_tape *tape, gt_tensor *x);
gt_tensor *gt_square(gt_tape *tape, gt_tensor *x);
gt_tensor *gt_abs(gt_tape *tape, gt_tensor *x);  /* the derivative at 0 is 0 */
gt_tensor *gt_sign(gt_tape *tape, gt_tensor *x); /* -1, 0 or 1; the derivative is zero by nature */
gt_tensor *gt_sin(gt_tape *tape, gt_tensor *x);  /* radians */
gt_tensor *gt_cos(gt_tape *tape, gt_tensor *x);
gt_tensor *gt_tanh(gt_tape *tape, gt_tensor *x);
gt_tensor *gt_sigmoid(gt_tape *tape, gt_tensor *x); /* 1 / (1 + exp(-x)), without overflow */
gt_tensor *gt_relu(gt_tape *tape, gt_tensor *x);    /* max(x, 0); NaN stays; the derivative at 0 is 0 */
/* x where x > 0, else alpha x; the derivative at 0 is alpha, as in TensorFlow and PyTorch. */
gt_tensor *gt_leaky_relu(gt_tape *tape, gt_tensor *x, double alpha);
/* x where x > 0, else alpha (e^x - 1); the derivative at 0 is alpha. Clevert et al., ICLR 2016. */
gt_tensor *gt_elu(gt_tape *tape, gt_tensor *x, double alpha);
/* x P(X <= x), X standard normal; and its approximation by tanh, as GPT-2 has it. Both are 0 at minus infinity.
 * Hendrycks and Gimpel, arXiv:1606.08415. */
gt_tensor *gt_gelu(gt_tape *tape, gt_tensor *x);
gt_tensor *gt_gelu_tanh(gt_tape *tape, gt_tensor *x);
gt_tensor *gt_silu(gt_tape *tape, gt_tensor *x);     /* x sigmoid(x), 0 at minus infinity: swish */
gt_tensor *gt_softplus(gt_tape *tape, gt_tensor *x); /* log(1 + e^x), without overflow */
/* min(max(x, low), high); the derivative is 1 from low to high, ends included (TensorFlow), and 0 outside. */
gt_tensor *gt_clip(gt_tape *tape, gt_tensor *x, double low, double high);
/* Sets each entry to 0 with probability `rate` (0 <= rate < 1), and scales the rest by 1 / (1 - rate). Draws from the
 * tape's stream (gt_tape_seed), whether the tape records or not. Srivastava et al., JMLR 15 (2014). */
gt_tensor *gt_dropout(gt_tape *tape, gt_tensor *x, double rate);

/* ---- element by element, two inputs, broadcast ------------------------------------------------------------------ */

gt_tensor *gt_add(gt_tape *tape, gt_tensor *a, gt_tensor *b);
gt_tensor *gt_sub(gt_tape *tape, gt_tensor *a, gt_tensor *b);
gt_tensor *gt_mul(gt_tape *tape, gt_tensor *a, gt_tensor *b);
gt_tensor *gt_div(gt_tape *tape, gt_tensor *a, gt_tensor *b);
/* a b, but 0 wherever b is 0, even if a is infinite or NaN (tf.math.multiply_no_nan): so zero cotangents stay zero. */
gt_tensor *gt_mul_no_nan(gt_tape *tape, gt_tensor *a, gt_tensor *b);
/* a^b. The derivative towards b is 0 where a is 0; a must be positive for it elsewhere. */
gt_tensor *gt_pow(gt_tape *tape, gt_tensor *a, gt_tensor *b);
/* NaN passes on. Where a equals b the whole derivative goes to a. */
gt_tensor *gt_maximum(gt_tape *tape, gt_tensor *a, gt_tensor *b);
gt_tensor *gt_minimum(gt_tape *tape, gt_tensor *a, gt_tensor *b);
/* a where condition (uint8) is not 0, else b; all three broadcast. The branch not taken gets a zero gradient, also
 * where its values are infinite. */
gt_tensor *gt_where(gt_tape *tape, gt_tensor *condition, gt_tensor *a, gt_tensor *b);

/* Comparisons of two tensors of one dtype, any, give uint8, 0 or 1. NaN compares unequal to all. */
gt_tensor *gt_equal(gt_tape *tape, gt_tensor *a, gt_tensor *b);
gt_tensor *gt_not_equal(gt_tape *tape, gt_tensor *a, gt_tensor *b);
gt_tensor *gt_less(gt_tape *tape, gt_tensor *a, gt_tensor *b);
gt_tensor *gt_less_equal(gt_tape *tape, gt_tensor *a, gt_tensor *b);
gt_tensor *gt_greater(gt_tape *tape, gt_tensor *a, gt_tensor *b);
gt_tensor *gt_greater_equal(gt_tape *tape, gt_tensor *a, gt_tensor *b);

/* ---- reductions ------------------------------------------------------------------------------------------------- */

/* Which axes, and whether they stay with size 1. NULL, or a count of 0: all axes. Naming an axis twice is an error. */
typedef struct gt_axes {
    int count;
    int axis[GT_MAX_RANK];
    bool keepdims;
} gt_axes;

gt_tensor *gt_sum(gt_tape *tape, gt_tensor *x, const gt_axes *axes);
gt_tensor *gt_mean(gt_tape *tape, gt_tensor *x, const gt_axes *axes); /* of nothing: NaN, as NumPy */
gt_tensor *gt_var(gt_tape *tape, gt_tensor *x, const gt_axes *axes);  /* biased: divided by n; two passes */
/* The sum of x^2 over all entries: a float64 scalar also where x is float32, since the squares could overflow. For
 * norms of gradients and penalties of weights. */
gt_tensor *gt_sum_of_squares(gt_tape *tape, gt_tensor *x);
/* NaN passes on. Of several equal ones the first, in row-major order, gets the gradient. Of nothing: an error. */
gt_tensor *gt_max(gt_tape *tape, gt_tensor *x, const gt_axes *axes);
gt_tensor *gt_min(gt_tape *tape, gt_tensor *x, const gt_axes *axes);
/* log(sum(exp(x))), without overflow: minus infinity where all are. Its gradient is softmax; where all are minus
 * infinity there is none, and it is NaN. */
gt_tensor *gt_log_sum_exp(gt_tape *tape, gt_tensor *x, const gt_axes *axes);
/* The index of the first maximum along one axis (the first NaN, if any), int32; that axis is dropped. */
gt_tensor *gt_argmax(gt_tape *tape, gt_tensor *x, int axis);

/* ---- shape ------------------------------------------------------------------------------------------------------ */

/* The same values in order; one axis may be -1 and is found. Shares memory with x. Any dtype. */
gt_tensor *gt_reshape(gt_tape *tape, gt_tensor *x, gt_shape shape);
/* Axis i of the result is axis order[i] of x; NULL reverses them all. Any dtype. */
gt_tensor *gt_transpose(gt_tape *tape, gt_tensor *x, const int *order);
/* x stretched to the shape, by NumPy's rule. */
gt_tensor *gt_broadcast_to(gt_tape *tape, gt_tensor *x, gt_shape shape);
/* One behind the other along an axis; any number of tensors, of one dtype, any. */
gt_tensor *gt_concat(gt_tape *tape, int count, gt_tensor *const x[], int axis);
/* Tensors of one shape and dtype, any, along a new axis in front of axis `axis`; -1: behind the last. */
gt_tensor *gt_stack(gt_tape *tape, int count, gt_tensor *const x[], int axis);
/* x[begin[0] : begin[0] + size[0], ...]; one begin and size for each axis; a size of -1 goes to the end. Shares memory
 * with x where only the leading axis is cut. Any dtype. */
gt_tensor *gt_slice(gt_tape *tape, gt_tensor *x, const int64_t *begin, const int64_t *size);
/* x in `count` parts along an axis, of sizes[i] entries each, which must make up the axis; NULL: equal parts. Parts of
 * the leading axis share memory with x. On failure every part is NULL. Any dtype. */
gt_status gt_split(gt_tape *tape, gt_tensor *x, int axis, int count, const int64_t *sizes, gt_tensor *parts[]);
/* x repeated repeats[i] times along axis i, for each axis; 0 leaves nothing of it. */
gt_tensor *gt_tile(gt_tape *tape, gt_tensor *x, const int64_t *repeats);
/* x turned round along some axes (`keepdims` does not matter). Any dtype. */
gt_tensor *gt_flip(gt_tape *tape, gt_tensor *x, const gt_axes *axes);
/* Surrounds x by `value`: before[i] entries in front of axis i, after[i] behind. Any dtype. */
gt_tensor *gt_pad(gt_tape *tape, gt_tensor *x, const int64_t *before, const int64_t *after, double value);
/* Zeros around the two middle axes of images (batch, height, width, channels), as the course material's zero_pad. */
gt_tensor *gt_zero_pad(gt_tape *tape, gt_tensor *x, int64_t pad);

/* ---- indexing --------------------------------------------------------------------------------------------------- */

/* Indices outside the range are GT_ERR_VALUE; negative ones do not count from the end.
 *
 * Rows of x (n, ...), of any dtype, by int32 indices of any shape: the result's shape is indices' + x's without its
 * first axis. */
gt_tensor *gt_gather(gt_tape *tape, gt_tensor *x, gt_tensor *indices);
/* x[i, indices[i]] of x (n, m) and int32 indices (n): one entry of each row. */
gt_tensor *gt_gather_elements(gt_tape *tape, gt_tensor *x, gt_tensor *indices);
/* The reverse of gather: zeros of (rows, ...), with updates[i] added to row indices[i]; equal ones add up, in order. */
gt_tensor *gt_scatter_add(gt_tape *tape, gt_tensor *updates, gt_tensor *indices, int64_t rows);
/* gt_gather of a table (rows, width), as models of words call it. */
gt_tensor *gt_embedding(gt_tape *tape, gt_tensor *table, gt_tensor *indices);
/* Float numbers as int32 indices: each must be a whole number from 0 to bound - 1. */
gt_tensor *gt_to_indices(gt_tape *tape, gt_tensor *x, int64_t bound);
/* A 1 at each int32 index along a new last axis of `depth` entries, in a float dtype. */
gt_tensor *gt_one_hot(gt_tape *tape, gt_tensor *indices, int64_t depth, gt_dtype dtype);

/* ---- matrix products -------------------------------------------------------------------------------------------- */

typedef struct gt_matmul_options {
    bool transpose_a, transpose_b; /* of the last two axes */
} gt_matmul_options;

/* NumPy's matmul: leading axes are batches and broadcast; a rank-1 a is a row, a rank-1 b a column, dropped again. */
gt_tensor *gt_matmul(gt_tape *tape, gt_tensor *a, gt_tensor *b, const gt_matmul_options *options);
/* x W + b: x (..., in), W (in, out), b (out). */
gt_tensor *gt_linear(gt_tape *tape, gt_tensor *x, gt_tensor *weight, gt_tensor *bias);
/* gt_relu of gt_linear, in one pass. */
gt_tensor *gt_linear_relu(gt_tape *tape, gt_tensor *x, gt_tensor *weight, gt_tensor *bias);

/* ---- images: NHWC (batch, height, width, channels), filters HWIO (f_h, f_w, in, out) ----------------------------- */

typedef enum gt_padding {
    GT_PADDING_VALID,   /* none */
    GT_PADDING_SAME,    /* output size ceil(n / stride); the odd one goes behind, as in TensorFlow */
    GT_PADDING_EXPLICIT /* as given */
} gt_padding;

typedef struct gt_conv2d_options {
    int64_t stride[2];   /* height, width; 0 means 1 */
    int64_t dilation[2]; /* 0 means 1 */
    gt_padding padding;
    int64_t top, bottom, left, right; /* with GT_PADDING_EXPLICIT alone */
    /* The channels in as many groups, each with its share of the filters: the filter is (f_h, f_w, in / groups, out),
     * and both `in` and `out` are multiples. As many as `in`: depthwise. 0 means 1. */
    int64_t groups;
} gt_conv2d_options;

/* Cross-correlation of x (batch, height, width, in) with a filter (f_h, f_w, in, out): (batch, height',
 * width', out). Groups are computed one after another, but where each is a single channel: then it is
 * gt_depthwise_conv2d, whose filter is the same in memory. The border counts as zeros, whose
 * products are left out where that is cheaper: where a filter entry over the border is infinite or NaN, the result may
 * be either. */
gt_tensor *gt_conv2d(gt_tape *tape, gt_tensor *x, gt_tensor *filter, const gt_conv2d_options *options);
/* The same with a bias (out), and with gt_relu of that, in one pass. */
gt_tensor *gt_conv2d_bias(gt_tape *tape, gt_tensor *x, gt_tensor *filter, gt_tensor *bias,
                          const gt_conv2d_options *options);
gt_tensor *gt_conv2d_bias_relu(gt_tape *tape, gt_tensor *x, gt_tensor *filter, gt_tensor *bias,
                               const gt_conv2d_options *options);

/* Each channel with filters of its own (f_h, f_w, in, multiplier): (batch, height', width', in multiplier), the results
 * of channel c from c multiplier on (Keras' DepthwiseConv2D). `groups` stays 0. */
gt_tensor *gt_depthwise_conv2d(gt_tape *tape, gt_tensor *x, gt_tensor *filter, const gt_conv2d_options *options);

/* Transposed convolution: what gt_conv2d with these options sends back from x (batch, height, width, in) to images
 * (batch, height', width', out), through a filter (f_h, f_w, out, in). With r = (f_h - 1) dilation + 1, height' is
 * height stride with GT_PADDING_SAME, (height - 1) stride + max(r, stride) with GT_PADDING_VALID (both as Keras'
 * Conv2DTranspose), and (height - 1) stride + r - top - bottom with GT_PADDING_EXPLICIT (PyTorch's ConvTranspose2d with
 * bottom = padding - output_padding). No groups. */
gt_tensor *gt_conv2d_transpose(gt_tape *tape, gt_tensor *x, gt_tensor *filter, const gt_conv2d_options *options);

typedef struct gt_pool2d_options {
    int64_t window[2]; /* height, width; 0 means 2 */
    int64_t stride[2]; /* 0 means the window */
    gt_padding padding;
    int64_t top, bottom, left, right; /* with GT_PADDING_EXPLICIT alone */
} gt_pool2d_options;

/* Padding never counts: max ignores it, average divides by the entries that are in the image (TensorFlow). The first
 * maximum of a window, row by row, gets the gradient; NaN passes on. A window without an entry is an error. */
gt_tensor *gt_max_pool2d(gt_tape *tape, gt_tensor *x, const gt_pool2d_options *options);
gt_tensor *gt_avg_pool2d(gt_tape *tape, gt_tensor *x, const gt_pool2d_options *options);

/* The mean and the maximum of each channel over whole images: (batch, channels). Images have at least one entry. */
gt_tensor *gt_global_avg_pool2d(gt_tape *tape, gt_tensor *x);
gt_tensor *gt_global_max_pool2d(gt_tape *tape, gt_tensor *x);

/* ---- normalising ------------------------------------------------------------------------------------------------ */

/* exp(x) / sum(exp(x)) along an axis, and its logarithm, without overflow. */
gt_tensor *gt_softmax(gt_tape *tape, gt_tensor *x, int axis);
gt_tensor *gt_log_softmax(gt_tape *tape, gt_tensor *x, int axis);

/* Over all axes but the last, with the batch's mean and biased variance: y = gamma (x - mean) / sqrt(var + epsilon) +
 * beta. gamma and beta (channels). mean and variance (may be NULL) receive the batch's, for moving averages. Ioffe and
 * Szegedy, ICML 2015. */
gt_tensor *gt_batch_norm(gt_tape *tape, gt_tensor *x, gt_tensor *gamma, gt_tensor *beta, double epsilon,
                         gt_tensor **mean, gt_tensor **variance);
/* gt_relu of it, in one pass. */
gt_tensor *gt_batch_norm_relu(gt_tape *tape, gt_tensor *x, gt_tensor *gamma, gt_tensor *beta, double epsilon,
                              gt_tensor **mean, gt_tensor **variance);
/* gt_batch_norm with given mean and variance (channels). */
gt_tensor *gt_batch_norm_inference(gt_tape *tape, gt_tensor *x, gt_tensor *gamma, gt_tensor *beta, gt_tensor *mean,
                                   gt_tensor *variance, double epsilon);

/* The sums of x[0..i] along one axis, added one by one from the first on, in x's dtype (tf.cumsum). Zero in a field is
 * the default; NULL: all defaults. */
typedef struct gt_cumulative_options {
    bool exclusive; /* of x[0..i-1]: the first is 0 */
    bool reverse;   /* from the last on */
} gt_cumulative_options;
gt_tensor *gt_cumulative_sum(gt_tape *tape, gt_tensor *x, int axis, const gt_cumulative_options *options);
/* Over the last axis, with the mean and the biased variance of each row, in two passes: y = gamma (x - mean) /
 * sqrt(variance + epsilon) + beta. x (..., features), gamma and beta (features). Ba, Kiros, Hinton, 2016. */
gt_tensor *gt_layer_norm(gt_tape *tape, gt_tensor *x, gt_tensor *gamma, gt_tensor *beta, double epsilon);

/* ---- losses: scalars, means over the batch ----------------------------------------------------------------------- */

/* The mean of (prediction - target)^2 over all entries; both of one shape and dtype. */
gt_tensor *gt_mean_squared_error(gt_tape *tape, gt_tensor *prediction, gt_tensor *target);
/* -sum(labels log p) over the last axis, its mean over the rest. p is clipped to [1e-7, 1 - 1e-7] (Keras), and not
 * normalised. labels: of p's shape and dtype (one-hot or soft), or int32 class numbers of p's shape without the last
 * axis; a number out of range is an error. */
gt_tensor *gt_categorical_crossentropy(gt_tape *tape, gt_tensor *probabilities, gt_tensor *labels);
/* The same from logits, without forming probabilities. Labels need not sum to 1: the gradient is
 * (sum(labels) softmax - labels) / batch. */
gt_tensor *gt_softmax_cross_entropy(gt_tape *tape, gt_tensor *logits, gt_tensor *labels);
/* The mean of -(y log p + (1 - y) log(1 - p)) over all entries; p is clipped to [1e-7, 1 - 1e-7].
 * Labels of p's shape and dtype. */
gt_tensor *gt_binary_crossentropy(gt_tape *tape, gt_tensor *probabilities, gt_tensor *labels);
/* The same from logits: max(x, 0) - x y + log(1 + exp(-|x|)). */
gt_tensor *gt_sigmoid_cross_entropy(gt_tape *tape, gt_tensor *logits, gt_tensor *labels);
/* With e = prediction - target, the mean of e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2) (Huber, 1964;
 * Keras); delta is 1, or given: positive and finite. */
gt_tensor *gt_huber(gt_tape *tape, gt_tensor *prediction, gt_tensor *target);
gt_tensor *gt_huber_with(gt_tape *tape, gt_tensor *prediction, gt_tensor *target, double delta);
/* The mean of max(1 - target prediction, 0) over all entries; targets -1 or 1. */
gt_tensor *gt_hinge(gt_tape *tape, gt_tensor *prediction, gt_tensor *target);
/* sum(target log(target / prediction)) over the last axis, its mean over the rest; both clipped to [1e-7, 1] (Keras).
 */
gt_tensor *gt_kl_divergence(gt_tape *tape, gt_tensor *prediction, gt_tensor *target);
/* labels (1 - smoothing) + smoothing / classes, for one-hot or soft labels (..., classes) and any loss above; smoothing
 * from 0 to 1. Szegedy et al., CVPR 2016. */
gt_tensor *gt_label_smoothing(gt_tape *tape, gt_tensor *labels, double smoothing);

/* ---- whole Jacobians -------------------------------------------------------------------------------------------- */

/* d target / d sources[i], of shape target + source; one sweep for each entry of the target. A source the target does
 * not depend on gives NULL. They belong to the tape, and use a one-shot tape up as a gradient does. On a persistent
 * tape that records, the result can be differentiated. */
gt_status gt_tape_jacobian(gt_tape *tape, gt_tensor *target, int count, gt_tensor *const sources[],
                           gt_tensor *jacobians[]);
/* For a target (b, ...) whose row i depends on row i of the source (b, ...) alone: shape (b, target.., source..). Rank
 * and batch are checked; the independence is the caller's word. NULL, without an error, where the target does not
 * depend on the source. */
gt_tensor *gt_tape_batch_jacobian(gt_tape *tape, gt_tensor *target, gt_tensor *source);
/* The local Jacobian of one op's output 0 towards input i at the given inputs: what `compose_to_input` of the Beras
 * assignment multiplies with; of shape output + input. On a tape of its own; the result is the caller's, NULL with the
 * message set on failure. */
typedef struct gt_op gt_op;
gt_tensor *gt_op_jacobian(const gt_op *op, gt_tensor *const inputs[], int count, const void *attributes, int input);

GT_PUBLIC_END

#endif
