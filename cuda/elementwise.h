/* Kernels that work element by element.
 *
 * Memory moves 16 bytes at a time where all operands are aligned for it, with a tail of single elements. A float in and
 * one out are 8 bytes an element, so an H100 (3.35 TB/s) does at most 419 G elements a second, far below what its
 * 67 TFLOP/s could compute: these kernels are bound by memory. */
#ifndef GT_CUDA_ELEMENTWISE_H
#define GT_CUDA_ELEMENTWISE_H

#include "core/broadcast.h"
#include "cuda/formula.h"

/* What one access moves. */
template <typename real> struct alignas(16) gt_pack {
    enum { size = 16 / sizeof(real) };
    real value[size];
};

static inline bool gt_is_packable(const void *memory)
{
    return reinterpret_cast<uintptr_t>(memory) % 16 == 0;
}

/* ---- one input -------------------------------------------------------------------------------------------------- */

/* y = formula(x) in `packs` packs, then element by element. */
template <typename real, typename functor>
static __global__ void gt_unary(const real *x, real *y, int64_t packs, int64_t n, functor formula)
{
    typedef gt_pack<real> pack;
    for (int64_t i = gt_thread(); i < packs; i += gt_threads()) {
        pack p = reinterpret_cast<const pack *>(x)[i];
        for (int k = 0; k < pack::size; k++)
            p.value[k] = formula(p.value[k]);
        reinterpret_cast<pack *>(y)[i] = p;
    }
    for (int64_t i = packs * pack::size + gt_thread(); i < n; i += gt_threads())
        y[i] = formula(x[i]);
}

template <typename real, typename functor> static gt_status gt_run_unary(const gt_call *call, functor formula)
{
    const real *x = gt_input<real>(call, 0);
    real *y = gt_output<real>(call, 0);
    const int64_t n = gt_operand_size(&call->output[0]);
    if (n == 0)
        return GT_OK;
    const int64_t packs = gt_is_packable(x) && gt_is_packable(y) ? n / gt_pack<real>::size : 0;
    GT_LAUNCH((gt_unary<real, functor>), gt_blocks(packs ? packs : n), GT_THREADS, 0, gt_cuda_stream(call), x, y, packs,
              n, formula);
    return gt_cuda_launched(call);
}

/* The op's kernel: y = formula(x). */
#define GT_CUDA_UNARY(op, formula)                                                                                     \
    GT_FORMULA(op##_formula, formula)                                                                                  \
    GT_CUDA_KERNEL(op)                                                                                                 \
    {                                                                                                                  \
        return call->output[0].spec->dtype == GT_FLOAT32 ? gt_run_unary<float>(call, op##_formula())                   \
                                                         : gt_run_unary<double>(call, op##_formula());                 \
    }

/* y = formula(x, attributes). */
#define GT_CUDA_UNARY_WITH(op, formula, type)                                                                          \
    GT_FORMULA_WITH(op##_formula, formula, type)                                                                       \
    GT_CUDA_KERNEL(op)                                                                                                 \
    {                                                                                                                  \
        const op##_formula held = {gt_attributes<type>(call)};                                                         \
        return call->output[0].spec->dtype == GT_FLOAT32 ? gt_run_unary<float>(call, held)                             \
                                                         : gt_run_unary<double>(call, held);                           \
    }

/* ---- two inputs ------------------------------------------------------------------------------------------------- */

/* y = formula(a, b) where both have y's shape. */
template <typename real, typename out, typename functor>
static __global__ void gt_binary(const real *a, const real *b, out *y, int64_t packs, int64_t n, functor formula)
{
    enum { size = gt_pack<real>::size };
    for (int64_t i = gt_thread(); i < packs; i += gt_threads()) {
        const gt_pack<real> p = reinterpret_cast<const gt_pack<real> *>(a)[i];
        const gt_pack<real> q = reinterpret_cast<const gt_pack<real> *>(b)[i];
        gt_pack<real> r;
        for (int k = 0; k < size; k++)
            r.value[k] = formula(p.value[k], q.value[k]);
        reinterpret_cast<gt_pack<real> *>(y)[i] = r;
    }
    for (int64_t i = packs * size + gt_thread(); i < n; i += gt_threads())
        y[i] = formula(a[i], b[i]);
}

/* Where element i of the output lies in each operand; see core/broadcast.h. */
template <int operands>
static __device__ __forceinline__ void gt_broadcast_offsets(const gt_broadcast &plan, int64_t i, int64_t offset[])
{
    int64_t column, row = gt_divide(i, plan.length, &column);
    for (int k = 0; k < operands; k++)
        offset[k] = column * plan.step[k];
    for (int axis = plan.rank - 1; axis >= 0; axis--) {
        int64_t index;
        row = gt_divide(row, plan.dim[axis], &index);
        for (int k = 0; k < operands; k++)
            offset[k] += index * plan.stride[k][axis];
    }
}

/* The same, broadcast. */
template <typename real, typename out, typename functor>
static __global__ void gt_binary_broadcast(const real *a, const real *b, out *y, gt_broadcast plan, int64_t n,
                                           functor formula)
{
    for (int64_t i = gt_thread(); i < n; i += gt_threads()) {
        int64_t offset[2];
        gt_broadcast_offsets<2>(plan, i, offset);
        y[i] = formula(a[offset[0]], b[offset[1]]);
    }
}

/* Plans how all inputs broadcast to output 0. */
static inline void gt_plan_inputs(const gt_call *call, gt_broadcast *plan)
{
    const gt_shape *shapes[GT_BROADCAST_OPERANDS];
    for (int i = 0; i < call->inputs; i++)
        shapes[i] = &call->input[i].spec->shape;
    gt_broadcast_plan(plan, &call->output[0].spec->shape, call->inputs, shapes);
}

/* `out` differs from `real` in comparisons, which are not packed. */
template <typename real, typename out, typename functor>
static gt_status gt_run_binary_to(const gt_call *call, functor formula)
{
    const real *a = gt_input<real>(call, 0), *b = gt_input<real>(call, 1);
    out *y = gt_output<out>(call, 0);
    const int64_t n = gt_operand_size(&call->output[0]);
    if (n == 0)
        return GT_OK;
    gt_broadcast plan;
    gt_plan_inputs(call, &plan);
    if (plan.rows == 1 && plan.step[0] && plan.step[1]) {
        const bool packable =
            sizeof(out) == sizeof(real) && gt_is_packable(a) && gt_is_packable(b) && gt_is_packable(y);
        const int64_t packs = packable ? n / gt_pack<real>::size : 0;
        GT_LAUNCH((gt_binary<real, out, functor>), gt_blocks(packs ? packs : n), GT_THREADS, 0, gt_cuda_stream(call), a,
                  b, y, packs, n, formula);
    } else {
        GT_LAUNCH((gt_binary_broadcast<real, out, functor>), gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call), a, b, y,
                  plan, n, formula);
    }
    return gt_cuda_launched(call);
}

/* The op's kernel: y = formula(a, b), a and b broadcast to y. */
#define GT_CUDA_BINARY(op, formula)                                                                                    \
    GT_FORMULA(op##_formula, formula)                                                                                  \
    GT_CUDA_KERNEL(op)                                                                                                 \
    {                                                                                                                  \
        return call->input[0].spec->dtype == GT_FLOAT32 ? gt_run_binary_to<float, float>(call, op##_formula())         \
                                                        : gt_run_binary_to<double, double>(call, op##_formula());      \
    }

/* y = formula(a, b, attributes). */
#define GT_CUDA_BINARY_WITH(op, formula, type)                                                                         \
    GT_FORMULA_WITH(op##_formula, formula, type)                                                                       \
    GT_CUDA_KERNEL(op)                                                                                                 \
    {                                                                                                                  \
        const op##_formula held = {gt_attributes<type>(call)};                                                         \
        return call->input[0].spec->dtype == GT_FLOAT32 ? gt_run_binary_to<float, float>(call, held)                   \
                                                        : gt_run_binary_to<double, double>(call, held);                \
    }

#endif
