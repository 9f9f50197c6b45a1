/* What the comparisons share: operands of any one dtype, uint8 results. */
#ifndef GT_COMPARE_H
#define GT_COMPARE_H

#include "core/elementwise.h"

static inline gt_status gt_infer_comparison(const gt_infer *call)
{
    gt_status status = gt_need_same_dtype(call, 0, 1);
    gt_shape shape = {0, {0}};
    if (status == GT_OK)
        status = gt_shape_broadcast(call->op->name, &call->input[0]->shape, &call->input[1]->shape, &shape);
    call->output[0] = (gt_spec){GT_UINT8, shape};
    return status == GT_OK ? gt_shape_check(call->op->name, GT_UINT8, &shape) : status;
}

#define GT_COMPARISON_BODIES(target, isa, forward, formula)                                                            \
    GT_BINARY_BODY(target, forward##_f32_##isa, float, uint8_t, formula)                                               \
    GT_BINARY_BODY(target, forward##_f64_##isa, double, uint8_t, formula)                                              \
    GT_BINARY_BODY(target, forward##_i32_##isa, int32_t, uint8_t, formula)                                             \
    GT_BINARY_BODY(target, forward##_u8_##isa, uint8_t, uint8_t, formula)

/* Defines `static gt_status forward(const gt_call *)`: y = formula(a, b), a macro for every dtype. */
#define GT_CPU_COMPARISON(forward, formula)                                                                            \
    GT_FOR_EACH_ISA(GT_COMPARISON_BODIES, forward, formula)                                                            \
    static gt_status forward(const gt_call *call)                                                                      \
    {                                                                                                                  \
        gt_range_body *const body[] = {[GT_FLOAT32] = GT_PICK_ISA(forward##_f32),                                      \
                                       [GT_FLOAT64] = GT_PICK_ISA(forward##_f64),                                      \
                                       [GT_INT32] = GT_PICK_ISA(forward##_i32),                                        \
                                       [GT_UINT8] = GT_PICK_ISA(forward##_u8)};                                        \
        return gt_each_row(call, body[call->input[0].spec->dtype]);                                                    \
    }

#endif
