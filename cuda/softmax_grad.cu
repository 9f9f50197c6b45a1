/* softmax_grad on CUDA; see ops/softmax_grad.c. Both inputs are read twice, from memory once: 12 bytes an entry of
 * float, 279 G entries a second on an H100 (3.35 TB/s); 5 operations an entry, of 67 TFLOP/s. */
#include "cuda/rows.h"

template <typename real> struct slopes {
    const real *dy, *y;
    __device__ __forceinline__ real part(int64_t at) const
    {
        return gt_product_no_nan()(y[at], dy[at]);
    }
    __device__ __forceinline__ real value(int64_t at, real sum) const
    {
        return gt_product_no_nan()(y[at], dy[at] - sum);
    }
};

template <typename real> static gt_status run(const gt_call *call)
{
    return gt_run_row_map<real>(call, slopes<real>{gt_input<real>(call, 0), gt_input<real>(call, 1)});
}

GT_CUDA_REAL_KERNEL(softmax_grad, run)
