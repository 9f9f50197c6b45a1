/* Activations as curves; softmax by loops and by the engine, beside the document's numbers. */
#include <math.h>
#include <stdio.h>

#include "tools/lab.h"
#include "tools/lab_multiclass.h"
#include "tools/lab_part.h"
#include "tools/plot.h"

/* ---- activations ------------------------------------------------------------------------------------------------ */

enum { ACTIVATIONS = 3, POINTS = 101 };
static const gt_activation activations[ACTIVATIONS] = {GT_LINEAR, GT_SIGMOID, GT_RELU};

static gt_status draw_activations(const char *file, const void *context)
{
    gt_tensor *const *values = context; /* z, and g(z) of each */
    plot_line line[ACTIVATIONS];
    plot_panel panel[ACTIVATIONS];
    for (int i = 0; i < ACTIVATIONS; i++) {
        line[i] = (plot_line){.count = POINTS, .x = gt_tensor_data(values[0]), .y = gt_tensor_data(values[i + 1])};
        panel[i] = (plot_panel){.title = gt_activation_name(activations[i]),
                                .x_label = "z",
                                .y_label = "g(z)",
                                .lines = 1,
                                .line = &line[i]};
    }
    return plot_curves(file, ACTIVATIONS, panel);
}

gt_status multiclass_activations(gt_tape *tape, const char *plot)
{
    enum { END = 5 };
    lab_step("Three activations: linear, sigmoid and ReLU");
    gt_tensor *values[1 + ACTIVATIONS] = {gt_tensor_new(GT_FLOAT64, GT_SHAPE(POINTS))};
    double *z = values[0] ? gt_tensor_data_write(values[0]) : NULL;
    if (!z)
        return gt_last_status();
    for (int i = 0; i < POINTS; i++)
        z[i] = -END + 2.0 * END * i / (POINTS - 1);
    for (int i = 0; i < ACTIVATIONS; i++)
        values[i + 1] = gt_activate(tape, activations[i], values[0]);
    printf("%-10s", "z");
    for (int at = 0; at < POINTS; at += 25)
        printf("%10.4f", z[at]);
    for (int i = 0; i < ACTIVATIONS; i++) {
        printf("\n%-10s", gt_activation_name(activations[i]));
        for (int at = 0; at < POINTS; at += 25)
            printf("%10.4f", gt_tensor_at(values[i + 1], at));
    }
    putchar('\n');
    gt_status status = gt_tape_status(tape);
    if (status == GT_OK)
        status = lab_draw(plot, "activations", draw_activations, values);
    gt_status settled = lab_settle(tape);
    gt_tensor_free(values[0]);
    return status == GT_OK ? settled : status;
}

/* ---- softmax ---------------------------------------------------------------------------------------------------- */

enum { LOGITS = 4, CLASSES = 10 };

/* my_softmax of the document: e^z divided by their sum. */
static void softmax_by_loops(int count, const double *z, double *a)
{
    double sum = 0;
    for (int k = 0; k < count; k++)
        sum += exp(z[k]);
    for (int k = 0; k < count; k++)
        a[k] = exp(z[k]) / sum;
}

static gt_status draw_bars(const char *file, const void *context)
{
    static const char *const labels[LOGITS] = {"z = 1", "z = 2", "z = 3", "z = 4"};
    return plot_bars(
        file, &(plot_bar_chart){
                  .title = "softmax of [1 2 3 4]", .y_label = "a", .count = LOGITS, .label = labels, .value = context});
}

/* The document's function, far from 0. */
static gt_status show_overflow(gt_tape *tape)
{
    const double far[LOGITS] = {1001, 1002, 1003, 1004};
    double naive[LOGITS];
    softmax_by_loops(LOGITS, far, naive);
    gt_tensor *z = gt_tensor_from(GT_FLOAT64, GT_SHAPE(LOGITS), far),
              *by_hand = gt_tensor_from(GT_FLOAT64, GT_SHAPE(LOGITS), naive);
    lab_note(
        "e^1001 is infinite: the document's softmax is not defined there; the engine's subtracts the maximum first");
    lab_show("softmax of [1001 1002 1003 1004] by loops", by_hand);
    lab_show("by the engine", gt_softmax(tape, z, -1));
    gt_tensor_free(z);
    gt_tensor_free(by_hand);
    return lab_settle(tape);
}

/* The document's logits of X[1015], printed to two decimals, and the probabilities that it printed. */
static gt_status compare_two(gt_tape *tape)
{
    static const double logits[CLASSES] = {-7.99, -2.23, 0.77, -2.41, -11.66, -11.15, -9.53, -3.36, -4.42, -7.17};
    static const double printed[CLASSES] = {1.42e-4, 4.49e-2, 8.98e-1, 3.76e-2, 3.61e-6,
                                            5.97e-6, 3.03e-5, 1.44e-2, 5.03e-3, 3.22e-4};
    double worst = 0;
    gt_tensor *z = gt_tensor_from(GT_FLOAT64, GT_SHAPE(1, CLASSES), logits);
    const gt_tensor *p = gt_softmax(tape, z, -1);
    printf("\nThe document's logits of X[1015]; probabilities, ours and the document's:\n");
    for (int k = 0; k < CLASSES; k++) {
        const double ours = gt_tensor_at(p, k);
        worst = lab_worse(worst, fabs(ours - printed[k]) / printed[k]);
        printf("  %d  %8.2f  %10.3e  %10.3e\n", k, logits[k], ours, printed[k]);
    }
    lab_compare("largest relative difference", worst, 0, 0.02); /* of logits rounded to 0.01 */
    gt_tensor_free(z);
    return lab_settle(tape);
}

gt_status multiclass_softmax(gt_tape *tape, const char *plot)
{
    static const double z[LOGITS] = {1, 2, 3, 4}, document[LOGITS] = {0.03, 0.09, 0.24, 0.64};
    double a[LOGITS];
    lab_step("Softmax of [1. 2. 3. 4.]");
    softmax_by_loops(LOGITS, z, a);
    gt_tensor *input = gt_tensor_from(GT_FLOAT64, GT_SHAPE(LOGITS), z);
    gt_tensor *by_loops = gt_tensor_from(GT_FLOAT64, GT_SHAPE(LOGITS), a), *by_engine = gt_softmax(tape, input, -1);
    lab_show("by the engine", by_engine);
    lab_compare_rows("by loops", by_loops, LAB_NUMBERS(document), 5e-3);
    lab_compare_rows("by the engine", by_engine, LAB_NUMBERS(document), 5e-3);
    gt_status status = lab_settle(tape);
    gt_tensor_free(input);
    gt_tensor_free(by_loops);
    if (status == GT_OK)
        status = lab_draw(plot, "softmax", draw_bars, a);
    if (status == GT_OK)
        status = show_overflow(tape);
    return status == GT_OK ? compare_two(tape) : status;
}
