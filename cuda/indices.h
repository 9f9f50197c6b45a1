/* int32 indices, and labels: each is checked where it is used; one out of range is reported and skipped. */
#ifndef GT_CUDA_INDICES_H
#define GT_CUDA_INDICES_H

#include "cuda/moves.h"

struct gt_indices {
    const int32_t *index;
    int64_t bound;
    unsigned long long *key;

    /* -1 for one out of range. */
    __device__ __forceinline__ int64_t at(int64_t i) const
    {
        const int32_t value = index[i];
        if (value >= 0 && value < bound)
            return value;
        gt_report_value(key, i, value);
        return -1;
    }
};

/* Of input i; the key is NULL, with the message set, on failure. */
static inline gt_indices gt_indices_of(const gt_call *call, int i, int64_t bound, gt_bad_value kind = GT_BAD_INDEX)
{
    return gt_indices{gt_input<int32_t>(call, i), bound, gt_cuda_value_key(call, kind, bound)};
}

static __global__ void gt_check_each(gt_indices indices, int64_t n)
{
    for (int64_t i = gt_thread(); i < n; i += gt_threads())
        indices.at(i);
}

/* For an op that has nothing to write: indices out of range are errors all the same, as on the CPU. */
static inline gt_status gt_only_check_indices(const gt_call *call, int i, int64_t bound)
{
    const int64_t n = gt_operand_size(&call->input[i]);
    if (n == 0)
        return GT_OK;
    const gt_indices indices = gt_indices_of(call, i, bound);
    if (!indices.key)
        return GT_ERR_DEVICE;
    GT_LAUNCH(gt_check_each, gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call), indices, n);
    return gt_cuda_launched(call);
}

#endif
