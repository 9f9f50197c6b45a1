/* dropout on CUDA; see ops/dropout.c. A thread draws the Philox block of four entries, the same as on the CPU: 8 bytes
 * an entry of float, 419 G entries a second on an H100 (3.35 TB/s); some 40 integer operations an entry. */
#include "cuda/elementwise.h"

/* The entries of a block, moved 16 bytes at a time. */
template <typename real> struct alignas(16) quad {
    real value[4];
};

template <typename real> struct decision {
    gt_dropout_attributes attributes;
    real scale;

    __device__ __forceinline__ real operator()(real x, uint32_t word) const
    {
        return gt_dropout_keeps(&attributes, word) ? x * scale : 0;
    }
};

/* The first `quads` blocks whole, the others entry by entry. */
template <typename real>
static __global__ void drop(const real *x, real *y, decision<real> decide, int64_t quads, int64_t n)
{
    for (int64_t block = gt_thread(); 4 * block < n; block += gt_threads()) {
        uint32_t words[4];
        gt_dropout_words(&decide.attributes, block, words);
        if (block < quads) {
            quad<real> q = reinterpret_cast<const quad<real> *>(x)[block];
            for (int k = 0; k < 4; k++)
                q.value[k] = decide(q.value[k], words[k]);
            reinterpret_cast<quad<real> *>(y)[block] = q;
        } else {
            for (int k = 0; k < 4 && 4 * block + k < n; k++)
                y[4 * block + k] = decide(x[4 * block + k], words[k]);
        }
    }
}

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_dropout_attributes &attributes = gt_attributes<gt_dropout_attributes>(call);
    const decision<real> decide = {attributes, (real)(1 / (1 - attributes.rate))};
    const real *x = gt_input<real>(call, 0);
    real *y = gt_output<real>(call, 0);
    const int64_t n = gt_operand_size(&call->output[0]);
    if (n == 0)
        return GT_OK;
    const int64_t quads = gt_is_packable(x) && gt_is_packable(y) ? n / 4 : 0;
    GT_LAUNCH(drop<real>, gt_blocks(n, 4 * GT_THREADS), GT_THREADS, 0, gt_cuda_stream(call), x, y, decide, quads, n);
    return gt_cuda_launched(call);
}

GT_CUDA_REAL_KERNEL(dropout, run)
