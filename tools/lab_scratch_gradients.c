/* `gradtape lab from-scratch`: gradients by differences, beside the tape's. */
#include <math.h>
#include <stdio.h>

#include "tools/lab.h"
#include "tools/lab_part.h"
#include "tools/lab_scratch.h"

/* ---- differences ------------------------------------------------------------------------------------------------ */

/* f with x[i] set to a value, and x put back. */
static gt_status value_at(gt_tape *tape, scratch_function *f, const void *context, gt_tensor *x, int64_t i,
                          double value, double *result)
{
    double *entries = gt_tensor_data_write(x);
    const double kept = entries[i];
    entries[i] = value;
    *result = gt_tensor_item(f(tape, x, context));
    ((double *)gt_tensor_data_write(x))[i] = kept;
    return lab_settle(tape);
}

/* (f(x + forward) - f(x - back)) / (forward + back), for each entry. */
static gt_tensor *differences(scratch_function *f, const void *context, gt_tensor *x, double forward, double back)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *result = gt_tensor_new(GT_FLOAT64, gt_tensor_shape(x));
    gt_status status = tape && result ? GT_OK : GT_ERR_MEMORY;
    double *slopes = gt_tensor_data_write(result);
    for (int64_t i = 0; status == GT_OK && i < gt_tensor_size(x); i++) {
        const double at = gt_tensor_at(x, i);
        double above, below;
        status = value_at(tape, f, context, x, i, at + forward, &above);
        if (status == GT_OK)
            status = value_at(tape, f, context, x, i, at - back, &below);
        if (status == GT_OK)
            slopes[i] = (above - below) / (forward + back);
    }
    gt_tape_free(tape);
    if (status == GT_OK)
        return result;
    gt_tensor_free(result);
    return NULL;
}

gt_tensor *scratch_forward_differences(scratch_function *f, const void *context, gt_tensor *x, double h)
{
    return differences(f, context, x, h, 0);
}

gt_tensor *scratch_central_differences(scratch_function *f, const void *context, gt_tensor *x, double h)
{
    return differences(f, context, x, h, h);
}

/* df/dx by the tape, which owns it; NULL after an error. */
static gt_tensor *tape_gradient(gt_tape *tape, scratch_function *f, const void *context, gt_tensor *x)
{
    gt_tensor *gradient = NULL;
    gt_tape_begin(tape);
    gt_tape_watch(tape, x);
    gt_tensor *y = f(tape, x, context);
    gt_tape_end(tape);
    gt_tape_gradient(tape, y, 1, &x, &gradient);
    return gt_copy(tape, gradient); /* of NULL it is an error that sticks, where a failed gradient does not */
}

/* ---- the sum of squares ----------------------------------------------------------------------------------------- */

gt_tensor *scratch_sum_of_squares(gt_tape *tape, gt_tensor *x, const void *context)
{
    (void)context;
    return gt_sum(tape, gt_square(tape, x), NULL);
}

static void show_too_small_step(gt_tensor *x)
{
    gt_tensor *nothing = scratch_forward_differences(scratch_sum_of_squares, NULL, x, 1e-50);
    lab_show("forward differences, h = 1e-50", nothing);
    lab_note("x + 1e-50 is x in float64 (and 1e-50 is 0 in float32), so no difference is left: h = 1e-4 is about right "
             "for central ones.");
    gt_tensor_free(nothing);
}

static gt_status show_sum_of_squares(gt_tape *tape)
{
    static const double at[] = {5, 6}, document[] = {10, 12};
    gt_tensor *x = gt_tensor_from(GT_FLOAT64, GT_SHAPE(2), at);
    lab_step("The gradient of f(x) = sum(x^2) at (5, 6), by both differences and by the tape");
    gt_tensor *forward = scratch_forward_differences(scratch_sum_of_squares, NULL, x, 1e-4);
    gt_tensor *central = scratch_central_differences(scratch_sum_of_squares, NULL, x, 1e-4);
    gt_tensor *exact = tape_gradient(tape, scratch_sum_of_squares, NULL, x);
    lab_compare_rows("central differences, h = 1e-4", central, LAB_NUMBERS(document), 1e-8);
    lab_compare_rows("the tape", exact, LAB_NUMBERS(document), 0);
    lab_show("forward differences, h = 1e-4: they give 2 x + h", forward);
    show_too_small_step(x);
    gt_status status = forward && central ? lab_settle(tape) : gt_last_status();
    gt_tensor_free(forward);
    gt_tensor_free(central);
    gt_tensor_free(x);
    return status;
}

/* ---- simpleNet -------------------------------------------------------------------------------------------------- */

typedef struct simple_net {
    gt_tensor *x, *t; /* (1, 2); (1, 3), one-hot */
    bool exact;       /* without the document's delta */
} simple_net;

/* The cross-entropy of softmax(x W). */
static gt_tensor *simple_loss(gt_tape *tape, gt_tensor *weights, const void *context)
{
    const simple_net *net = context;
    gt_tensor *logits = gt_matmul(tape, net->x, weights, NULL);
    if (net->exact)
        return gt_softmax_cross_entropy(tape, logits, net->t);
    return scratch_document_entropy(tape, gt_softmax(tape, logits, -1), net->t);
}

/* The document's prints; its weights come from an unseeded np.random.randn, so they are given as printed. */
static const double simple_weights[] = {-0.05811371, 0.41911804, 1.63684316, 0.13589681, 0.10144801, -2.26828293};
static const double simple_gradient[] = {0.23001268, 0.29692202, -0.5269347, 0.34501902, 0.44538303, -0.79040205};
static const double simple_printed_loss = 2.105581228438;

static gt_status show_simple_gradients(gt_tape *tape, simple_net *net, gt_tensor *weights)
{
    gt_tensor *numeric = scratch_central_differences(simple_loss, net, weights, 1e-4);
    if (!numeric)
        return gt_last_status();
    lab_compare_rows("dL/dW, central differences", numeric, LAB_NUMBERS(simple_gradient), 2e-8);
    gt_tensor *recorded = tape_gradient(tape, simple_loss, net, weights);
    lab_compare_rows("dL/dW, the tape, same formula", recorded, LAB_NUMBERS(simple_gradient), 2e-8);
    const double difference = lab_largest_difference(numeric, recorded);
    gt_status status = lab_settle(tape);
    if (status == GT_OK)
        status = lab_agree("central differences and the tape", difference, 1e-8);
    net->exact = true;
    if (status == GT_OK)
        lab_compare_rows("dL/dW, gt_softmax_cross_entropy", tape_gradient(tape, simple_loss, net, weights),
                         LAB_NUMBERS(simple_gradient), 1e-6);
    lab_note("without the 1e-7 the gradient is outer(x, softmax - t): that is what the last line has, 7e-7 away.");
    gt_tensor_free(numeric);
    return status == GT_OK ? lab_settle(tape) : status;
}

static gt_status show_simple_net(gt_tape *tape)
{
    static const double x[] = {0.6, 0.9}, t[] = {0, 0, 1};
    simple_net net = {.x = gt_tensor_from(GT_FLOAT64, GT_SHAPE(1, 2), x),
                      .t = gt_tensor_from(GT_FLOAT64, GT_SHAPE(1, 3), t)};
    gt_tensor *weights = gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 3), simple_weights);
    lab_step("simpleNet: one layer (2, 3), softmax and cross-entropy, and the gradient towards its weights");
    lab_show("W", weights);
    lab_show("x W", gt_matmul(tape, net.x, weights, NULL));
    lab_compare("loss, with the document's 1e-7", gt_tensor_item(simple_loss(tape, weights, &net)), simple_printed_loss,
                5e-8);
    printf("loss without it: %.9f\n",
           gt_tensor_item(simple_loss(tape, weights, &(simple_net){.x = net.x, .t = net.t, .exact = true})));
    gt_status status = lab_settle(tape);
    if (status == GT_OK)
        status = show_simple_gradients(tape, &net, weights);
    gt_tensor_free(weights);
    gt_tensor_free(net.x);
    gt_tensor_free(net.t);
    return status;
}

gt_status scratch_gradients(void)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    if (!tape)
        return GT_ERR_MEMORY;
    gt_status status = show_sum_of_squares(tape);
    if (status == GT_OK)
        status = show_simple_net(tape);
    gt_tape_free(tape);
    return status;
}
