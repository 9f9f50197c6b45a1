/* Optimizer steps: one kernel reads and writes all that belongs to a weight.
 *
 * Adam moves 28 bytes an element of float (weight and two states read and written, the gradient read) and computes some
 * 15 operations: an H100 (3.35 TB/s) does at most 119 G weights a second, where its 67 TFLOP/s would do 4 T. */
#ifndef GT_CUDA_UPDATES_H
#define GT_CUDA_UPDATES_H

#include "cuda/formula.h"
#include "ops/update_scalar.h"

/* weight = step(weight, the addresses of its states, gradient); states that there are not are NULL. */
template <typename real, typename functor, int states>
static __global__ void gt_update(real *weight, real *first, real *second, const real *gradient, int64_t n, functor step)
{
    for (int64_t i = gt_thread(); i < n; i += gt_threads()) {
        if constexpr (states == 0)
            weight[i] = step(weight[i], gradient[i]);
        else if constexpr (states == 1)
            weight[i] = step(weight[i], &first[i], gradient[i]);
        else
            weight[i] = step(weight[i], &first[i], &second[i], gradient[i]);
    }
}

/* The inputs are the weight, its states, and the gradient. */
template <typename real, typename functor, int states> static gt_status gt_run_update(const gt_call *call, functor step)
{
    const int64_t n = gt_operand_size(&call->input[0]);
    if (n == 0)
        return GT_OK;
    real *first = states > 0 ? gt_written_input<real>(call, 1) : nullptr;
    real *second = states > 1 ? gt_written_input<real>(call, 2) : nullptr;
    GT_LAUNCH((gt_update<real, functor, states>), gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call),
              gt_written_input<real>(call, 0), first, second, gt_input<real>(call, states + 1), n, step);
    return gt_cuda_launched(call);
}

#define GT_CUDA_UPDATE(op, formula, type, states)                                                                      \
    GT_FORMULA_WITH(op##_formula, formula, type)                                                                       \
    GT_CUDA_KERNEL(op)                                                                                                 \
    {                                                                                                                  \
        const op##_formula step = {gt_attributes<type>(call)};                                                         \
        return call->input[0].spec->dtype == GT_FLOAT32 ? gt_run_update<float, op##_formula, states>(call, step)       \
                                                        : gt_run_update<double, op##_formula, states>(call, step);     \
    }

#endif
