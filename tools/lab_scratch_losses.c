/* `gradtape lab from-scratch`: the row-wise argmax, and the losses, one-hot and sparse. */
#include <stdio.h>

#include "tools/lab.h"
#include "tools/lab_part.h"
#include "tools/lab_scratch.h"

enum { CLASSES = 10 };

static void show_argmax(gt_tape *tape)
{
    static const double rows[] = {0.1, 0.8, 0.1, 0.3, 0.1, 0.6, 0.2, 0.5, 0.3, 0.8, 0.1, 0.6};
    static const double document[] = {1, 2, 1, 0};
    gt_tensor *x = gt_tensor_from(GT_FLOAT64, GT_SHAPE(4, 3), rows);
    lab_step("The class of each row: argmax along the last axis");
    lab_show("x", x);
    lab_compare_rows("argmax(x, axis=1)", gt_argmax(tape, x, 1), LAB_NUMBERS(document), 0);
    gt_tensor_free(x);
}

gt_tensor *scratch_document_entropy(gt_tape *tape, gt_tensor *y, gt_tensor *t)
{
    gt_tensor *delta = gt_fill(tape, GT_FLOAT64, GT_SCALAR, 1e-7);
    return gt_neg(tape, gt_sum(tape, gt_mul(tape, t, gt_log(tape, gt_add(tape, y, delta))), NULL));
}

/* One prediction of a 2, whose losses can be worked out by hand. */
typedef struct example {
    const char *what;
    double y[CLASSES];
    double half_sum, entropy;
} example;

static const example examples[] = {
    {"0.6 for the 2", {0.1, 0.05, 0.6, 0, 0.05, 0.1, 0, 0.1, 0, 0}, 0.0975, 0.510825457},
    {"0.1 for the 2, 0.6 for the 7", {0.1, 0.05, 0.1, 0, 0.05, 0.1, 0, 0.6, 0, 0}, 0.5975, 2.302584093},
};

static gt_status show_example(gt_tape *tape, const example *e)
{
    static const int32_t two = 2;
    gt_tensor *y = gt_tensor_from(GT_FLOAT64, GT_SHAPE(1, CLASSES), e->y);
    gt_tensor *label = gt_tensor_from(GT_INT32, GT_SHAPE(1), &two);
    gt_tensor *t = gt_one_hot(tape, label, CLASSES, GT_FLOAT64);
    const double mean = gt_tensor_item(gt_mean_squared_error(tape, y, t));
    const double entropy = gt_tensor_item(scratch_document_entropy(tape, y, t));
    printf("%s:\n", e->what);
    printf("squared error: half the sum %.6g, the mean over the %d classes %.6g\n", 0.5 * CLASSES * mean, CLASSES,
           mean);
    gt_status status =
        lab_agree("  half the sum and 0.5 sum((y - t)^2) by hand", 0.5 * CLASSES * mean - e->half_sum, 1e-12);
    printf("cross-entropy: -sum(t log(y + 1e-7)) %.9f; gt_categorical_crossentropy, one-hot and sparse: %.9f %.9f\n",
           entropy, gt_tensor_item(gt_categorical_crossentropy(tape, y, t)),
           gt_tensor_item(gt_categorical_crossentropy(tape, y, label)));
    if (status == GT_OK)
        status = lab_agree("  the first and its value by hand", entropy - e->entropy, 1e-9);
    gt_tensor_free(y);
    gt_tensor_free(label);
    return status;
}

static gt_status show_losses(gt_tape *tape)
{
    lab_step("Mean squared error and cross-entropy of one prediction; the label is 2");
    gt_status status = show_example(tape, &examples[0]);
    if (status == GT_OK)
        status = show_example(tape, &examples[1]);
    lab_note("the document's squared error is half the sum, others' is the mean: gradtape's is the mean. Its "
             "cross-entropy adds 1e-7 to every y; gradtape clips y to 1e-7, so that only y near 0 are changed.");
    return status;
}

static gt_status show_batch(gt_tape *tape, const scratch_network *network, const gt_tensor *x, const gt_tensor *y)
{
    const int64_t batch = gt_tensor_dim(x, 0) < 100 ? gt_tensor_dim(x, 0) : 100;
    gt_tensor *rows = gt_tensor_rows(x, 0, batch), *labels = gt_tensor_rows(y, 0, batch);
    lab_step("The losses of a batch: %lld test images", (long long)batch);
    gt_tensor *p = scratch_network_predict(tape, network, rows);
    gt_tensor *one_hot = gt_one_hot(tape, labels, CLASSES, GT_FLOAT32);
    gt_tensor *dense = gt_categorical_crossentropy(tape, p, one_hot);
    gt_tensor *sparse = gt_categorical_crossentropy(tape, p, labels);
    printf("mean squared error: %.6f\n", gt_tensor_item(gt_mean_squared_error(tape, p, one_hot)));
    printf("cross-entropy: %.6f from one-hot labels, %.6f from class numbers\n", gt_tensor_item(dense),
           gt_tensor_item(sparse));
    const double difference = gt_tensor_item(dense) - gt_tensor_item(sparse);
    gt_status status = lab_settle(tape);
    if (status == GT_OK)
        status = lab_agree("one-hot and sparse", difference, 1e-6);
    gt_tensor_free(rows);
    gt_tensor_free(labels);
    return status;
}

gt_status scratch_losses(const scratch_network *network, const gt_tensor *x, const gt_tensor *y)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    if (!tape)
        return GT_ERR_MEMORY;
    show_argmax(tape);
    gt_status status = lab_settle(tape);
    if (status == GT_OK)
        status = show_losses(tape);
    if (status == GT_OK)
        status = lab_settle(tape);
    if (status == GT_OK)
        status = show_batch(tape, network, x, y);
    gt_tape_free(tape);
    return status;
}
