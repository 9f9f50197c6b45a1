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
    gt_tensor *best = gt_argmax(tape, x, 1);
    lab_show("argmax(x, axis=1)", best);
    lab_compare_rows("argmax", best, document, 0);
    gt_tensor_free(x);
}

/* -sum(t log(y + delta)): the document keeps log(0) away by adding a delta to each y. */
static gt_tensor *document_entropy(gt_tape *tape, gt_tensor *y, gt_tensor *t)
{
    gt_tensor *delta = gt_fill(tape, GT_FLOAT64, GT_SCALAR, 1e-7);
    return gt_neg(tape, gt_sum(tape, gt_mul(tape, t, gt_log(tape, gt_add(tape, y, delta))), NULL));
}

/* One prediction of a 2: the values follow from the formulas by hand. */
static void show_losses_of(gt_tape *tape, const char *what, const double probabilities[CLASSES], double half_sum,
                           double entropy)
{
    static const int32_t two = 2;
    gt_tensor *y = gt_tensor_from(GT_FLOAT64, GT_SHAPE(1, CLASSES), probabilities);
    gt_tensor *label = gt_tensor_from(GT_INT32, GT_SHAPE(1), &two);
    gt_tensor *t = gt_one_hot(tape, label, CLASSES, GT_FLOAT64);
    printf("%s:\n", what);
    gt_tensor *mean = gt_mean_squared_error(tape, y, t);
    lab_compare("0.5 sum((y - t)^2)", 0.5 * CLASSES * gt_tensor_item(mean), half_sum, 1e-12);
    printf("as a mean over the %d classes, which gt_mean_squared_error gives: %.6g\n", CLASSES, gt_tensor_item(mean));
    lab_compare("-sum(t log(y + 1e-7))", gt_tensor_item(document_entropy(tape, y, t)), entropy, 5e-9);
    printf("gt_categorical_crossentropy, one-hot and sparse labels: %.9f %.9f\n",
           gt_tensor_item(gt_categorical_crossentropy(tape, y, t)),
           gt_tensor_item(gt_categorical_crossentropy(tape, y, label)));
    gt_tensor_free(y);
    gt_tensor_free(label);
}

static void show_losses(gt_tape *tape)
{
    static const double right[CLASSES] = {0.1, 0.05, 0.6, 0, 0.05, 0.1, 0, 0.1, 0, 0};
    static const double wrong[CLASSES] = {0.1, 0.05, 0.1, 0, 0.05, 0.1, 0, 0.6, 0, 0};
    lab_step("Mean squared error and cross-entropy of one prediction; the label is 2");
    show_losses_of(tape, "0.6 for the 2", right, 0.0975, 0.510825457);
    show_losses_of(tape, "0.1 for the 2, 0.6 for the 7", wrong, 0.5975, 2.302584093);
    lab_note("the document's squared error is half the sum, others' is the mean: gradtape's is the mean. Its "
             "cross-entropy adds 1e-7 to every y; gradtape clips y to 1e-7, so that only y near 0 are changed.");
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
    lab_compare("their difference", gt_tensor_item(dense) - gt_tensor_item(sparse), 0, 1e-6);
    gt_status status = lab_settle(tape);
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
    show_losses(tape);
    gt_status status = lab_settle(tape);
    if (status == GT_OK)
        status = show_batch(tape, network, x, y);
    gt_tape_free(tape);
    return status;
}
