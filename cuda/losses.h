/* Losses that treat each entry alone, and their gradients; see ops/losses.h.
 *
 * A loss reads 8 bytes an entry of float, a gradient moves 12: at most 419 and 279 G entries a second on an H100
 * (3.35 TB/s). */
#ifndef GT_CUDA_LOSSES_H
#define GT_CUDA_LOSSES_H

#include "cuda/formula.h"
#include "cuda/reduction.h"
#include "ops/loss_scalar.h"

/* What is averaged over, by the predictions: all entries, or all but the last axis. */
static inline int64_t gt_loss_entry_count(const gt_operand *predictions)
{
    return gt_operand_size(predictions);
}

static inline int64_t gt_loss_class_count(const gt_operand *predictions)
{
    const gt_shape *shape = &predictions->spec->shape;
    return shape->rank ? shape->dim[shape->rank - 1] : 1;
}

static inline int64_t gt_loss_row_count(const gt_operand *predictions)
{
    return gt_operand_size(predictions) / gt_loss_class_count(predictions);
}

/* ---- the loss --------------------------------------------------------------------------------------------------- */

template <typename real, typename functor> struct gt_loss_terms {
    const real *prediction, *label;
    functor formula;

    __device__ __forceinline__ real operator()(int64_t offset, int64_t output) const
    {
        (void)output;
        return formula(prediction[offset], label[offset]);
    }
};

/* The sum of formula(prediction, label) over all entries, by the divisor. */
template <typename real, typename functor>
static gt_status gt_run_loss(const gt_call *call, functor formula, int64_t divisor)
{
    const gt_reduction all = gt_reduce_all(gt_operand_size(&call->input[0]));
    const gt_loss_terms<real, functor> terms = {gt_input<real>(call, 0), gt_input<real>(call, 1), formula};
    return gt_run_sum(call, &all, terms, gt_output<real>(call, 0), (double)divisor);
}

/* The mean of terms that a kernel wrote. */
template <typename real>
static gt_status gt_mean_of_terms(const gt_call *call, const real *terms, int64_t count, int64_t divisor)
{
    const gt_reduction all = gt_reduce_all(count);
    return gt_run_sum(call, &all, gt_sum_values<real>{terms}, gt_output<real>(call, 0), (double)divisor);
}

#define GT_CUDA_LOSS(op, functor, count)                                                                               \
    GT_CUDA_KERNEL(op)                                                                                                 \
    {                                                                                                                  \
        const int64_t divisor = count(&call->input[0]);                                                                \
        return call->input[0].spec->dtype == GT_FLOAT32 ? gt_run_loss<float>(call, functor(), divisor)                 \
                                                        : gt_run_loss<double>(call, functor(), divisor);               \
    }

/* ---- its gradient ----------------------------------------------------------------------------------------------- */

/* dx = dy / divisor * slope(prediction, label). */
template <typename real, typename functor>
static __global__ void gt_loss_slopes(const real *dy, const real *prediction, const real *label, real *dx, int64_t n,
                                      double divisor, functor slope)
{
    const real factor = (real)((double)*dy / divisor);
    for (int64_t i = gt_thread(); i < n; i += gt_threads())
        dx[i] = gt_product_no_nan()(slope(prediction[i], label[i]), factor);
}

template <typename real, typename functor>
static gt_status gt_run_loss_grad(const gt_call *call, functor slope, int64_t divisor)
{
    const int64_t n = gt_operand_size(&call->output[0]);
    GT_LAUNCH((gt_loss_slopes<real, functor>), gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call),
              gt_input<real>(call, 0), gt_input<real>(call, 1), gt_input<real>(call, 2), gt_output<real>(call, 0), n,
              (double)divisor, slope);
    return gt_cuda_launched(call);
}

#define GT_CUDA_LOSS_GRAD(op, functor, count)                                                                          \
    GT_CUDA_KERNEL(op)                                                                                                 \
    {                                                                                                                  \
        const int64_t divisor = count(&call->input[1]);                                                                \
        return call->input[1].spec->dtype == GT_FLOAT32 ? gt_run_loss_grad<float>(call, functor(), divisor)            \
                                                        : gt_run_loss_grad<double>(call, functor(), divisor);          \
    }

#endif
