/* dropout on CUDA; see ops/dropout.c. A thread draws the Philox block of four entries, the same as on the CPU: 8 bytes
 * an entry of float, 419 G entries a second on an H100 (3.35 TB/s); some 40 integer operations an entry. */
#include "cuda/kernel.h"
#include "ops/scalar.h"

template <typename real>
static __global__ void drop(const real *x, real *y, gt_dropout_attributes attributes, real scale, int64_t n)
{
    const int64_t blocks = (n + 3) / 4;
    for (int64_t block = gt_thread(); block < blocks; block += gt_threads()) {
        uint32_t words[4];
        gt_dropout_words(&attributes, block, words);
        for (int64_t i = 4 * block; i < 4 * block + 4 && i < n; i++)
            y[i] = gt_dropout_keeps(&attributes, words[i % 4]) ? x[i] * scale : 0;
    }
}

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_dropout_attributes &attributes = gt_attributes<gt_dropout_attributes>(call);
    const int64_t n = gt_operand_size(&call->output[0]);
    if (n == 0)
        return GT_OK;
    GT_LAUNCH(drop<real>, gt_blocks(n, 4 * GT_THREADS), GT_THREADS, 0, gt_cuda_stream(call), gt_input<real>(call, 0),
              gt_output<real>(call, 0), attributes, (real)(1 / (1 - attributes.rate)), n);
    return gt_cuda_launched(call);
}

GT_CUDA_REAL_KERNEL(dropout, run)
