/* `gradtape lab convnet`: the backward passes, which the tape computes from the forward ones. */
#include <stdio.h>

#include "tools/lab.h"
#include "tools/lab_convnet.h"
#include "tools/lab_part.h"

static double mean_of(const gt_tensor *x)
{
    double sum = 0;
    for (int64_t i = 0; i < gt_tensor_size(x); i++)
        sum += gt_tensor_at(x, i);
    return sum / (double)gt_tensor_size(x);
}

/* ---- convolution ------------------------------------------------------------------------------------------------ */

enum { CONV_INPUTS = 3, PRODUCTS = 2 * 2 * 3 };

typedef struct backward_means {
    double value[CONV_INPUTS]; /* of dA, dW and db */
} backward_means;

/* Sends Z + (times - 1) b back through the convolution that made Z, as the document takes dZ = Z. */
static gt_status convolve_back(gt_tape *tape, gt_tensor *const inputs[CONV_INPUTS], int64_t stride, int times,
                               backward_means *means)
{
    const gt_conv2d_options options = {
        .stride = {stride, stride}, .padding = GT_PADDING_EXPLICIT, .top = 2, .bottom = 2, .left = 2, .right = 2};
    gt_tensor *gradients[CONV_INPUTS] = {NULL};
    gt_tape_begin(tape);
    for (int i = 0; i < CONV_INPUTS; i++)
        gt_tape_watch(tape, inputs[i]);
    gt_tensor *z = gt_conv2d_bias(tape, inputs[0], inputs[1], inputs[2], &options);
    gt_tape_end(tape);
    gt_tensor *dz = gt_add(tape, z, gt_scale(tape, inputs[2], times - 1));
    gt_status status =
        gt_tape_gradient_with(tape, &z, CONV_INPUTS, inputs, gradients, &(gt_gradient_options){.cotangents = &dz});
    for (int i = 0; i < CONV_INPUTS; i++)
        means->value[i] = mean_of(gradients[i]);
    gt_status settled = lab_settle(tape);
    return status == GT_OK ? settled : status;
}

static void compare_means(const char *which, const backward_means *means, const double expected[CONV_INPUTS],
                          double tolerance)
{
    static const char *const names[CONV_INPUTS] = {"dA", "dW", "db"};
    for (int i = 0; i < CONV_INPUTS; i++) {
        char what[64];
        snprintf(what, sizeof what, "mean of %s%s", names[i], which);
        lab_compare(what, means->value[i], expected[i], tolerance);
    }
}

static gt_status show_convolution(gt_tape *tape)
{
    static const double document[] = {9.608990675868995, 10.581741275547566, 76.37106919563735};
    static const double strided[] = {1.45243777754, 1.72699145831, 7.83923256462};
    lab_random random;
    lab_random_seed(&random, 1);
    gt_tensor *inputs[] = {lab_random_normals(&random, GT_SHAPE(10, 4, 4, 3)),
                           lab_random_normals(&random, GT_SHAPE(2, 2, 3, 8)), lab_random_normals(&random, GT_SHAPE(8))};
    backward_means biased, right, of_stride_2;
    lab_step("Convolution backward: dZ = Z");
    gt_status status = convolve_back(tape, inputs, 1, PRODUCTS, &biased);
    if (status == GT_OK)
        status = convolve_back(tape, inputs, 1, 1, &right);
    if (status == GT_OK)
        status = convolve_back(tape, inputs, 2, 1, &of_stride_2);
    if (status == GT_OK) {
        compare_means(", its dZ", &biased, document, 1e-11);
        lab_note("the document's backward pass is right, but its dZ is the Z with b added %d times. With the right Z "
                 "the means are %.10g, %.10g and %.10g.",
                 PRODUCTS, right.value[0], right.value[1], right.value[2]);
        compare_means(", stride 2 (original)", &of_stride_2, strided, 5e-12);
    }
    for (int i = 0; i < CONV_INPUTS; i++)
        gt_tensor_free(inputs[i]);
    return status;
}

/* ---- pooling ---------------------------------------------------------------------------------------------------- */

typedef gt_tensor *pooling(gt_tape *tape, gt_tensor *x, const gt_pool2d_options *options);

/* What a cotangent becomes on its way back; the tape's, NULL after an error. */
static gt_tensor *pool_back(gt_tape *tape, pooling *pool, gt_tensor *x, const gt_pool2d_options *options,
                            gt_tensor *cotangent)
{
    gt_tensor *gradient = NULL;
    gt_tape_begin(tape);
    gt_tape_watch(tape, x);
    gt_tensor *y = pool(tape, x, options);
    gt_tape_end(tape);
    gt_tape_gradient_with(tape, &y, 1, &x, &gradient, &(gt_gradient_options){.cotangents = &cotangent});
    return gt_copy(tape, gradient); /* of NULL it is an error that sticks, where a failed gradient does not */
}

/* Where the maximum of a window is: what the gradient of max is multiplied by. */
static gt_status show_mask(gt_tape *tape)
{
    static const double document[] = {1, 0, 0, 0, 0, 0}, ties[] = {1, 1, 1, 1}, first[] = {1, 0, 0, 0}, one = 1;
    lab_random random;
    lab_random_seed(&random, 1);
    gt_tensor *x = lab_random_normals(&random, GT_SHAPE(1, 2, 3, 1));
    gt_tensor *equal = gt_tensor_from(GT_FLOAT64, GT_SHAPE(1, 2, 2, 1), ties);
    gt_tensor *dy = gt_tensor_from(GT_FLOAT64, GT_SHAPE(1, 1, 1, 1), &one);
    lab_step("The mask of a window: where its maximum is");
    lab_show("x", gt_reshape(tape, x, GT_SHAPE(2, 3)));
    gt_tape_reset(tape);
    gt_tensor *mask = pool_back(tape, gt_max_pool2d, x, &(gt_pool2d_options){.window = {2, 3}}, dy);
    lab_compare_rows("mask", gt_reshape(tape, mask, GT_SHAPE(2, 3)), LAB_NUMBERS(document), 0);
    gt_status status = lab_settle(tape);
    mask = pool_back(tape, gt_max_pool2d, equal, NULL, dy);
    lab_compare_rows("mask of four equal values", gt_reshape(tape, mask, GT_SHAPE(2, 2)), LAB_NUMBERS(first), 0);
    lab_note("the document's mask marks every maximum, so that four equal values would get the gradient four times; "
             "the first one gets it here.");
    gt_status settled = lab_settle(tape);
    gt_tensor_free(x);
    gt_tensor_free(equal);
    gt_tensor_free(dy);
    return status == GT_OK ? settled : status;
}

static gt_status show_distribution(gt_tape *tape)
{
    static const double document[] = {0.5, 0.5, 0.5, 0.5}, two = 2;
    gt_tensor *x = gt_tensor_new(GT_FLOAT64, GT_SHAPE(1, 2, 2, 1));
    gt_tensor *dz = gt_tensor_from(GT_FLOAT64, GT_SHAPE(1, 1, 1, 1), &two);
    lab_step("distribute_value: 2 over a window of (2, 2), as the gradient of an average is");
    gt_tensor *shares = pool_back(tape, gt_avg_pool2d, x, NULL, dz);
    lab_compare_rows("distribute_value", gt_reshape(tape, shares, GT_SHAPE(2, 2)), LAB_NUMBERS(document), 0);
    gt_status status = lab_settle(tape);
    gt_tensor_free(x);
    gt_tensor_free(dz);
    return status;
}

/* Entries [1, 1] of (5, 5, 3, 2). */
static gt_tensor *middle(gt_tape *tape, gt_tensor *x)
{
    const int64_t begin[] = {1, 1, 0, 0}, size[] = {1, 1, 3, 2};
    return gt_reshape(tape, gt_slice(tape, x, begin, size), GT_SHAPE(3, 2));
}

static gt_status show_pooling(gt_tape *tape)
{
    static const double largest[] = {0, 0, 5.05844394, -1.68282702, 0, 0};
    static const double average[] = {0.08485462, 0.2787552, 1.26461098, -0.25749373, 1.17975636, -0.53624893};
    static const gt_pool2d_options options = {.window = {2, 2}, .stride = {1, 1}};
    lab_random random;
    lab_random_seed(&random, 1);
    gt_tensor *x = lab_random_normals(&random, GT_SHAPE(5, 5, 3, 2));
    gt_tensor *dy = lab_random_normals(&random, GT_SHAPE(5, 4, 2, 2));
    lab_step("Pooling backward: A_prev (5, 5, 3, 2), windows of 2x2, stride 1");
    lab_compare("mean of dA", mean_of(dy), 0.145713902729, 5e-13);
    gt_tensor *max = middle(tape, pool_back(tape, gt_max_pool2d, x, &options, dy));
    lab_compare_rows("max: dA_prev[1, 1]", max, LAB_NUMBERS(largest), 5e-9);
    gt_status status = lab_settle(tape);
    gt_tensor *mean = middle(tape, pool_back(tape, gt_avg_pool2d, x, &options, dy));
    lab_compare_rows("average: dA_prev[1, 1]", mean, LAB_NUMBERS(average), 5e-9);
    gt_status settled = lab_settle(tape);
    gt_tensor_free(x);
    gt_tensor_free(dy);
    return status == GT_OK ? settled : status;
}

static gt_status show_strided_pooling(gt_tape *tape)
{
    lab_random random;
    lab_random_seed(&random, 2);
    gt_tensor *x = lab_random_normals(&random, GT_SHAPE(3, 6, 6, 2));
    gt_tensor *dy = lab_random_normals(&random, GT_SHAPE(3, 3, 3, 2));
    const double sent = mean_of(dy) * (double)gt_tensor_size(dy);
    lab_step("Pooling backward with stride 2: A_prev (3, 6, 6, 2), dA (3, 3, 3, 2)");
    lab_note("the document reads dA at the window's corner, dA[i, vert_start, horiz_start], and not at its place, "
             "dA[i, h, w]: with a stride of 2 that ends in an IndexError. Windows do not overlap here, so all that is "
             "sent back arrives, once.");
    gt_tensor *max = pool_back(tape, gt_max_pool2d, x, NULL, dy);
    const double by_max = mean_of(max) * (double)gt_tensor_size(max);
    gt_status status = lab_settle(tape);
    if (status == GT_OK)
        status = lab_agree("max: the sums of dA_prev and of dA", by_max - sent, 1e-12);
    gt_tensor *mean = pool_back(tape, gt_avg_pool2d, x, NULL, dy);
    const double by_average = mean_of(mean) * (double)gt_tensor_size(mean);
    gt_status settled = lab_settle(tape);
    if (status == GT_OK)
        status =
            settled == GT_OK ? lab_agree("average: the sums of dA_prev and of dA", by_average - sent, 1e-12) : settled;
    gt_tensor_free(x);
    gt_tensor_free(dy);
    return status;
}

gt_status convnet_backward(void)
{
    static gt_status (*const steps[])(gt_tape *) = {show_convolution, show_mask, show_distribution, show_pooling,
                                                    show_strided_pooling};
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_status status = tape ? GT_OK : GT_ERR_MEMORY;
    for (size_t i = 0; status == GT_OK && i < sizeof steps / sizeof steps[0]; i++)
        status = steps[i](tape);
    gt_tape_free(tape);
    return status;
}
