/* Kernels that work element by element, from scalar formulas: formula_f32(x) and formula_f64(x).
 *
 * GT_CPU_UNARY(forward, formula): y = formula(x).
 * GT_CPU_UNARY_WITH(forward, formula, type): y = formula(x, attributes), attributes a `const type *`.
 * GT_CPU_BINARY(forward, formula): y = formula(a, b), a and b broadcast to y.
 * Each defines `static gt_status forward(const gt_call *)`. */
#ifndef GT_ELEMENTWISE_H
#define GT_ELEMENTWISE_H

#include "core/broadcast.h"
#include "core/isa_internal.h"
#include "core/op.h"
#include "core/threads.h"

/* Elements a thread takes at a time: enough that starting it pays. */
#define GT_ELEMENT_GRAIN 32768

static inline int64_t gt_row_grain(int64_t length)
{
    return length >= GT_ELEMENT_GRAIN ? 1 : GT_ELEMENT_GRAIN / (length > 0 ? length : 1);
}

/* Runs the body over all elements of output 0. */
static inline gt_status gt_each_element(const gt_call *call, gt_range_body *body)
{
    gt_parallel(gt_operand_size(&call->output[0]), GT_ELEMENT_GRAIN, body, (void *)call);
    return GT_OK;
}

/* Attributes come in as a copy that outputs cannot alias, so that they are read once. */
#define GT_UNARY_BODY(target, name, real, attributes, expression)                                                      \
    target static void name(void *context, int64_t begin, int64_t end)                                                 \
    {                                                                                                                  \
        const gt_call *call = context;                                                                                 \
        attributes;                                                                                                    \
        const real *x = call->input[0].data;                                                                           \
        real *y = call->output[0].data;                                                                                \
        GT_IVDEP                                                                                                       \
        for (int64_t i = begin; i < end; i++)                                                                          \
            y[i] = expression;                                                                                         \
    }

#define GT_UNARY_KERNEL(forward)                                                                                       \
    static gt_status forward(const gt_call *call)                                                                      \
    {                                                                                                                  \
        return gt_each_element(call, GT_PICK(forward, call->output[0].spec->dtype));                                   \
    }

#define GT_UNARY_BODIES(target, isa, forward, formula)                                                                 \
    GT_UNARY_BODY(target, forward##_f32_##isa, float, , formula##_f32(x[i]))                                           \
    GT_UNARY_BODY(target, forward##_f64_##isa, double, , formula##_f64(x[i]))

#define GT_CPU_UNARY(forward, formula)                                                                                 \
    GT_FOR_EACH_ISA(GT_UNARY_BODIES, forward, formula)                                                                 \
    GT_UNARY_KERNEL(forward)

#define GT_UNARY_BODIES_WITH(target, isa, forward, formula, type)                                                      \
    GT_UNARY_BODY(target, forward##_f32_##isa, float, const type with = *(const type *)call->attributes,               \
                  formula##_f32(x[i], &with))                                                                          \
    GT_UNARY_BODY(target, forward##_f64_##isa, double, const type with = *(const type *)call->attributes,              \
                  formula##_f64(x[i], &with))

#define GT_CPU_UNARY_WITH(forward, formula, type)                                                                      \
    GT_FOR_EACH_ISA(GT_UNARY_BODIES_WITH, forward, formula, type)                                                      \
    GT_UNARY_KERNEL(forward)

typedef struct gt_binary_context {
    const gt_call *call;
    gt_broadcast plan;
} gt_binary_context;

/* Runs a body over the rows of the broadcast of all inputs. */
static inline gt_status gt_each_row(const gt_call *call, gt_range_body *body)
{
    gt_binary_context context = {.call = call};
    const gt_shape *shapes[GT_BROADCAST_OPERANDS];
    for (int i = 0; i < call->inputs; i++)
        shapes[i] = &call->input[i].spec->shape;
    gt_broadcast_plan(&context.plan, &call->output[0].spec->shape, call->inputs, shapes);
    if (context.plan.length == 0) /* any number of rows without an entry */
        return GT_OK;
    /* One long row, which is the common case of equal shapes, is cut by elements instead. */
    if (context.plan.rows == 1)
        gt_parallel(context.plan.length, GT_ELEMENT_GRAIN, body, &context);
    else
        gt_parallel(context.plan.rows, gt_row_grain(context.plan.length), body, &context);
    return GT_OK;
}

#define GT_BINARY_BODY(target, name, real, out, formula)                                                               \
    target static void name##_row(const real *a, int64_t step_a, const real *b, int64_t step_b, out *y, int64_t n)     \
    {                                                                                                                  \
        if (step_a && step_b) {                                                                                        \
            GT_IVDEP                                                                                                   \
            for (int64_t i = 0; i < n; i++)                                                                            \
                y[i] = formula(a[i], b[i]);                                                                            \
        } else if (step_a) {                                                                                           \
            GT_IVDEP                                                                                                   \
            for (int64_t i = 0; i < n; i++)                                                                            \
                y[i] = formula(a[i], *b);                                                                              \
        } else {                                                                                                       \
            GT_IVDEP                                                                                                   \
            for (int64_t i = 0; i < n; i++)                                                                            \
                y[i] = formula(*a, b[i * step_b]);                                                                     \
        }                                                                                                              \
    }                                                                                                                  \
    target static void name(void *context, int64_t begin, int64_t end)                                                 \
    {                                                                                                                  \
        const gt_binary_context *c = context;                                                                          \
        const gt_broadcast *plan = &c->plan;                                                                           \
        const real *a = c->call->input[0].data, *b = c->call->input[1].data;                                           \
        out *y = c->call->output[0].data;                                                                              \
        if (plan->rows == 1) {                                                                                         \
            name##_row(a + begin * plan->step[0], plan->step[0], b + begin * plan->step[1], plan->step[1], y + begin,  \
                       end - begin);                                                                                   \
            return;                                                                                                    \
        }                                                                                                              \
        gt_broadcast_cursor at;                                                                                        \
        gt_broadcast_start(plan, begin, 2, &at);                                                                       \
        for (int64_t row = begin; row < end; row++, gt_broadcast_next(plan, 2, &at))                                   \
            name##_row(a + at.offset[0], plan->step[0], b + at.offset[1], plan->step[1], y + row * plan->length,       \
                       plan->length);                                                                                  \
    }

#define GT_BINARY_BODIES(target, isa, forward, formula)                                                                \
    GT_BINARY_BODY(target, forward##_f32_##isa, float, float, formula##_f32)                                           \
    GT_BINARY_BODY(target, forward##_f64_##isa, double, double, formula##_f64)

#define GT_CPU_BINARY(forward, formula)                                                                                \
    GT_FOR_EACH_ISA(GT_BINARY_BODIES, forward, formula)                                                                \
    static gt_status forward(const gt_call *call)                                                                      \
    {                                                                                                                  \
        return gt_each_row(call, GT_PICK(forward, call->input[0].spec->dtype));                                        \
    }

#endif
