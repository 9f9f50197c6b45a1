/* What the losses share. A loss op is (predictions, labels) -> scalar, its gradient op (dy, predictions, labels) -> the
 * gradient towards the predictions, with a scalar dy. */
#ifndef GT_LOSSES_H
#define GT_LOSSES_H

#include "core/elementwise.h"
#include "ops/loss_scalar.h"
#include "ops/ops.h"

/* The shape rules of both. `entries`: labels like predictions, of any shape, averaged over all entries. `classes`: the
 * same with classes along the last axis, averaged over the rest. `numbers`: int32 class numbers, of the predictions'
 * shape without the last axis. Nothing to average is an error. */
gt_status gt_infer_entries_loss(const gt_infer *call);
gt_status gt_infer_classes_loss(const gt_infer *call);
gt_status gt_infer_numbers_loss(const gt_infer *call);

/* What is averaged over, by the predictions. */
int64_t gt_loss_entries(const gt_spec *predictions);
int64_t gt_loss_rows(const gt_spec *predictions);

/* GT_ERR_VALUE, naming the first label that is no class, for kernels with class numbers. */
gt_status gt_check_class_numbers(const gt_call *call);

typedef struct gt_loss_context {
    const gt_call *call;
    void *term;    /* of a loss: what is summed */
    double factor; /* of a gradient: dy / what is averaged over */
    int64_t classes;
} gt_loss_context;

/* A loss: the body fills context->term[begin..end), and output 0 is their sum / divisor. */
gt_status gt_mean_of_terms(const gt_call *call, int64_t terms, int64_t divisor, gt_range_body *body);
/* A gradient: runs the body over `parts` entries or rows with context->factor = dy / divisor. */
gt_status gt_loss_slopes(const gt_call *call, int64_t parts, int64_t divisor, gt_range_body *body);

#define GT_LOSS_TERMS(target, name, real, formula)                                                                     \
    target static void name(void *opaque, int64_t begin, int64_t end)                                                  \
    {                                                                                                                  \
        const gt_loss_context *c = opaque;                                                                             \
        const real *prediction = c->call->input[0].data, *label = c->call->input[1].data;                              \
        real *term = c->term;                                                                                          \
        for (int64_t i = begin; i < end; i++)                                                                          \
            term[i] = formula(prediction[i], label[i]);                                                                \
    }

#define GT_LOSS_BODIES(target, isa, forward, formula)                                                                  \
    GT_LOSS_TERMS(target, forward##_f32_##isa, float, formula##_f32)                                                   \
    GT_LOSS_TERMS(target, forward##_f64_##isa, double, formula##_f64)

/* A loss that treats each entry alone: the sum of formula(prediction, label) / count(predictions). */
#define GT_CPU_LOSS(forward, formula, count)                                                                           \
    GT_FOR_EACH_ISA(GT_LOSS_BODIES, forward, formula)                                                                  \
    static gt_status forward(const gt_call *call)                                                                      \
    {                                                                                                                  \
        const gt_spec *predictions = call->input[0].spec;                                                              \
        return gt_mean_of_terms(call, gt_loss_entries(predictions), count(predictions),                                \
                                GT_PICK(forward, predictions->dtype));                                                 \
    }

/* A zero cotangent gives a zero gradient, whatever the slope. */
#define GT_LOSS_SLOPES(target, name, real, formula, multiply)                                                          \
    target static void name(void *opaque, int64_t begin, int64_t end)                                                  \
    {                                                                                                                  \
        const gt_loss_context *c = opaque;                                                                             \
        const real *prediction = c->call->input[1].data, *label = c->call->input[2].data;                              \
        real *dx = c->call->output[0].data, factor = (real)c->factor;                                                  \
        for (int64_t i = begin; i < end; i++)                                                                          \
            dx[i] = multiply(formula(prediction[i], label[i]), factor);                                                \
    }

#define GT_LOSS_GRAD_BODIES(target, isa, forward, formula)                                                             \
    GT_LOSS_SLOPES(target, forward##_f32_##isa, float, formula##_f32, gt_mul_no_nan_value_f32)                         \
    GT_LOSS_SLOPES(target, forward##_f64_##isa, double, formula##_f64, gt_mul_no_nan_value_f64)

/* Its gradient: dy / count(predictions) * formula(prediction, label). */
#define GT_CPU_LOSS_GRAD(forward, formula, count)                                                                      \
    GT_FOR_EACH_ISA(GT_LOSS_GRAD_BODIES, forward, formula)                                                             \
    static gt_status forward(const gt_call *call)                                                                      \
    {                                                                                                                  \
        const gt_spec *predictions = call->input[1].spec;                                                              \
        return gt_loss_slopes(call, gt_loss_entries(predictions), count(predictions),                                  \
                              GT_PICK(forward, predictions->dtype));                                                   \
    }

/* For vjps: a scalar constant like x; the sum of all entries of a product; and that of gradient ops towards dy, since
 * they are linear in it: the sum of dz times the gradient with dy = 1. */
gt_tensor *gt_loss_constant(gt_tape *tape, gt_tensor *like, double value);
gt_tensor *gt_loss_inner(gt_tape *tape, gt_tensor *a, gt_tensor *b);

#endif
