/* The losses of ops/ops.h, one number a sample instead of their mean: for weights of samples and classes. */
#include "core/op.h"
#include "models/model_internal.h"
#include "ops/losses.h" /* GT_PROBABILITY_MARGIN */

/* The mean over all axes but the first. */
static gt_tensor *mean_of_rows(gt_tape *tape, gt_tensor *x)
{
    gt_axes rest = {.count = gt_tensor_rank(x) - 1};
    for (int i = 0; i < rest.count; i++)
        rest.axis[i] = i + 1;
    return rest.count > 0 ? gt_mean(tape, x, &rest) : x;
}

static gt_tensor *clipped_log(gt_tape *tape, gt_tensor *p)
{
    return gt_log(tape, gt_clip(tape, p, GT_PROBABILITY_MARGIN, 1 - GT_PROBABILITY_MARGIN));
}

/* 1 - x. */
static gt_tensor *complement(gt_tape *tape, gt_tensor *x)
{
    return gt_sub(tape, gt_fill(tape, gt_tensor_dtype(x), GT_SCALAR, 1), x);
}

/* -sum(labels logs) over the last axis; labels one-hot, or class numbers. */
static gt_tensor *cross_entropy(gt_tape *tape, gt_tensor *logs, gt_tensor *labels)
{
    const gt_axes last = {.count = 1, .axis = {-1}};
    if (gt_tensor_dtype(labels) == GT_INT32)
        labels = gt_one_hot(tape, labels, gt_tensor_dim(logs, -1), gt_tensor_dtype(logs));
    return mean_of_rows(tape, gt_neg(tape, gt_sum(tape, gt_mul_no_nan(tape, logs, labels), &last)));
}

static gt_tensor *squared_error(gt_tape *tape, gt_tensor *prediction, gt_tensor *target)
{
    return mean_of_rows(tape, gt_square(tape, gt_sub(tape, prediction, target)));
}

static gt_tensor *categorical(gt_tape *tape, gt_tensor *probabilities, gt_tensor *labels)
{
    return cross_entropy(tape, clipped_log(tape, probabilities), labels);
}

static gt_tensor *softmax(gt_tape *tape, gt_tensor *logits, gt_tensor *labels)
{
    return cross_entropy(tape, gt_log_softmax(tape, logits, -1), labels);
}

static gt_tensor *binary(gt_tape *tape, gt_tensor *p, gt_tensor *y)
{
    gt_tensor *yes = gt_mul(tape, y, clipped_log(tape, p));
    gt_tensor *no = gt_mul(tape, complement(tape, y), clipped_log(tape, complement(tape, p)));
    return mean_of_rows(tape, gt_neg(tape, gt_add(tape, yes, no)));
}

/* log(1 + e^x) - x y. */
static gt_tensor *sigmoid(gt_tape *tape, gt_tensor *x, gt_tensor *y)
{
    return mean_of_rows(tape, gt_sub(tape, gt_softplus(tape, x), gt_mul(tape, x, y)));
}

gt_loss *gt_sample_loss_of(gt_loss *loss)
{
    static const struct {
        gt_loss *mean, *each;
    } known[] = {
        {gt_mean_squared_error, squared_error}, {gt_categorical_crossentropy, categorical},
        {gt_softmax_cross_entropy, softmax},    {gt_binary_crossentropy, binary},
        {gt_sigmoid_cross_entropy, sigmoid},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].mean == loss)
            return known[i].each;
    return NULL;
}
