/* What the course page's code of the assignment computes wrongly, in numbers. Each is written here as that code has it,
 * and stands beside what the engine gives. */
#include <math.h>
#include <stdio.h>

#include "tools/lab_mnist.h"
#include "tools/lab_part.h"

enum { ROWS = 3, COLUMNS = 4 };

static gt_tensor *seeded_logits(void)
{
    lab_random random;
    lab_random_seed(&random, 0);
    return lab_random_normals(&random, GT_SHAPE(ROWS, COLUMNS));
}

/* exp(z - max) over the sum of all rows, where it should be the row's. */
static gt_tensor *softmax_over_the_batch(const gt_tensor *logits)
{
    gt_tensor *result = gt_tensor_new(GT_FLOAT64, GT_SHAPE(ROWS, COLUMNS));
    double *p = result ? gt_tensor_data_write(result) : NULL;
    if (!p)
        return NULL;
    double sum = 0;
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        const int row = i / COLUMNS * COLUMNS;
        double largest = gt_tensor_at(logits, row);
        for (int k = 1; k < COLUMNS; k++)
            largest = fmax(largest, gt_tensor_at(logits, row + k));
        p[i] = exp(gt_tensor_at(logits, i) - largest);
        sum += p[i];
    }
    for (int i = 0; i < ROWS * COLUMNS; i++)
        p[i] /= sum;
    return result;
}

static gt_status show_softmax(gt_tape *tape, gt_tensor *logits)
{
    gt_tensor *wrong = softmax_over_the_batch(logits);
    if (!wrong)
        return gt_last_status();
    lab_note("the course page's softmax divides by the sum over the whole batch: its rows do not sum to 1");
    lab_show("logits, np.random.seed(0); np.random.randn(3, 4)", logits);
    gt_tensor *p = gt_softmax(tape, logits, -1);
    const gt_axes along_the_row = {.count = 1, .axis = {-1}};
    lab_show("softmax", p);
    lab_show("the sums of its rows", gt_sum(tape, p, &along_the_row));
    lab_show("as the course page has it", wrong);
    lab_show("the sums of its rows", gt_sum(tape, wrong, &along_the_row));
    gt_status status = lab_settle(tape);
    gt_tensor_free(wrong);
    return status;
}

/* d mean cross-entropy / d logits. */
static gt_status show_loss_gradient(gt_tape *tape, gt_tensor *logits)
{
    const int32_t classes[ROWS] = {3, 0, 3};
    gt_tensor *labels = gt_tensor_from(GT_INT32, GT_SHAPE(ROWS), classes), *gradient;
    gt_tape_watch(tape, logits);
    gt_tape_begin(tape);
    gt_tensor *loss = gt_softmax_cross_entropy(tape, logits, labels);
    gt_tape_end(tape);
    gt_status status = gt_tape_gradient(tape, loss, 1, &logits, &gradient);
    if (status == GT_OK) {
        lab_note(
            "its loss is a mean over the batch, but the loss's gradient misses the 1/m: it is m = %d times as large",
            ROWS);
        lab_show("the gradient of the cross-entropy towards the logits, labels 3, 0 and 3", gradient);
        lab_show("as the course page has it", gt_scale(tape, gradient, ROWS));
    }
    gt_status settled = lab_settle(tape);
    gt_tensor_free(labels);
    return status == GT_OK ? settled : status;
}

static gt_status show_leaky_relu(gt_tape *tape)
{
    const double values[] = {-2, -0.5, 0, 0.5, 2};
    gt_tensor *x = gt_tensor_from(GT_FLOAT64, GT_SHAPE(5), values);
    lab_note("its LeakyReLU asks 'inputs.all() >= 0', which is always true: the identity");
    lab_show("LeakyReLU(0.3) of [-2 -0.5 0 0.5 2]", gt_leaky_relu(tape, x, 0.3));
    lab_show("as the course page has it", x);
    gt_status status = lab_settle(tape);
    gt_tensor_free(x);
    return status;
}

gt_status mnist_show_mistakes(gt_tape *tape)
{
    lab_step("Mistakes in the course page's code, which would spoil the training");
    gt_tensor *logits = seeded_logits();
    gt_status status = logits ? show_softmax(tape, logits) : gt_last_status();
    if (status == GT_OK)
        status = show_loss_gradient(tape, logits);
    if (status == GT_OK)
        status = show_leaky_relu(tape);
    lab_note("LeakyReLU's backward also edits the upstream gradient in place; RMSProp's result is dropped; evaluate() "
             "trains;\n      the initializers take the wrong fan. None of it is in what follows.");
    gt_tensor_free(logits);
    return status;
}
