/* Tensors (..., channels) whose channels lie side by side: a thread takes 16 bytes of them, or, where their number or
 * the alignment of a view forbids that, a single one. */
#ifndef GT_CUDA_CHANNELS_H
#define GT_CUDA_CHANNELS_H

#include "cuda/elementwise.h"

/* A gt_pack of one element. */
template <typename real> struct gt_single {
    enum { size = 1 };
    real value[size];
};

template <typename pack, typename real> static __device__ __forceinline__ pack gt_load(const real *from)
{
    return *reinterpret_cast<const pack *>(from);
}

template <typename pack, typename real> static __device__ __forceinline__ void gt_store(real *to, const pack &values)
{
    *reinterpret_cast<pack *>(to) = values;
}

/* Whether every operand of the call can be read, or written, in packs of `channels` channels. */
template <typename real> static bool gt_channels_are_packable(const gt_call *call, int64_t channels)
{
    bool packable = channels % gt_pack<real>::size == 0;
    for (int i = 0; i < call->inputs; i++)
        packable = packable && gt_is_packable(call->input[i].data);
    for (int i = 0; i < call->outputs; i++)
        packable = packable && gt_is_packable(call->output[i].data);
    return packable;
}

#endif
