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
    static const double numpy[] = {0.30096764, 0.07694629, 0.13723412, 0.48485195, 0.62874417, 0.03655758,
                                   0.25120137, 0.08349688, 0.11495471, 0.19216523, 0.14720124, 0.54567882};
    static const double page[] = {0.11315962, 0.02893073, 0.05159811, 0.18229756, 0.18229756, 0.01059947,
                                  0.07283311, 0.02420901, 0.03840347, 0.06419756, 0.04917623, 0.18229756};
    gt_tensor *wrong = softmax_over_the_batch(logits);
    if (!wrong)
        return gt_last_status();
    lab_note("the course page's softmax divides by the sum over the whole batch: its rows do not sum to 1");
    lab_show("logits, np.random.seed(0); np.random.randn(3, 4)", logits);
    gt_tensor *p = gt_softmax(tape, logits, -1);
    const gt_axes along_the_row = {.count = 1, .axis = {-1}};
    lab_compare_rows("softmax, and NumPy's", p, LAB_NUMBERS(numpy), 5e-9);
    lab_show("the sums of its rows", gt_sum(tape, p, &along_the_row));
    lab_compare_rows("as the course page has it", wrong, LAB_NUMBERS(page), 5e-9);
    lab_show("the sums of its rows", gt_sum(tape, wrong, &along_the_row));
    gt_status status = lab_settle(tape);
    gt_tensor_free(wrong);
    return status;
}

/* softmax - one-hot, without the mean's 1/m. The caller's; NULL with the message set. */
static gt_tensor *gradient_of_the_sum(const gt_tensor *p, const int32_t classes[ROWS])
{
    gt_tensor *result = gt_tensor_new(GT_FLOAT64, GT_SHAPE(ROWS, COLUMNS));
    double *gradient = result ? gt_tensor_data_write(result) : NULL;
    for (int i = 0; gradient && i < ROWS * COLUMNS; i++)
        gradient[i] = gt_tensor_at(p, i) - (i % COLUMNS == classes[i / COLUMNS]);
    return result;
}

/* d mean cross-entropy / d logits. */
static gt_status show_loss_gradient(gt_tape *tape, gt_tensor *logits)
{
    const int32_t classes[ROWS] = {3, 0, 3};
    gt_tensor *wrong = gradient_of_the_sum(gt_softmax(tape, logits, -1), classes);
    if (!wrong)
        return gt_last_status();
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
        lab_show("as the course page has it", wrong);
    }
    gt_status settled = lab_settle(tape);
    gt_tensor_free(labels);
    gt_tensor_free(wrong);
    return status == GT_OK ? settled : status;
}

/* np.where(inputs.all() >= 0, inputs, alpha * inputs): whether all are not 0 is one truth value, 0 or 1. */
static void leaky_relu_of_the_page(int count, const double *inputs, double alpha, double *outputs)
{
    int all = 1;
    for (int i = 0; i < count; i++)
        all = all && inputs[i] != 0;
    for (int i = 0; i < count; i++)
        outputs[i] = all >= 0 ? inputs[i] : alpha * inputs[i];
}

static gt_status show_leaky_relu(gt_tape *tape)
{
    enum { COUNT = 5 };
    const double values[COUNT] = {-2, -0.5, 0, 0.5, 2}, numpy[COUNT] = {-0.6, -0.15, 0, 0.5, 2};
    double outputs[COUNT];
    leaky_relu_of_the_page(COUNT, values, 0.3, outputs);
    gt_tensor *x = gt_tensor_from(GT_FLOAT64, GT_SHAPE(COUNT), values);
    gt_tensor *wrong = gt_tensor_from(GT_FLOAT64, GT_SHAPE(COUNT), outputs);
    lab_note("its LeakyReLU asks 'inputs.all() >= 0', which is always true: the identity");
    lab_compare_rows("LeakyReLU(0.3) of [-2 -0.5 0 0.5 2], and NumPy's", gt_leaky_relu(tape, x, 0.3),
                     LAB_NUMBERS(numpy), 1e-12);
    lab_show("as the course page has it", wrong);
    gt_status status = lab_settle(tape);
    gt_tensor_free(x);
    gt_tensor_free(wrong);
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
