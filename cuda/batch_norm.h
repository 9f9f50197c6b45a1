/* What the ops of batch normalisation share: tensors (..., channels) as rows of channels, sums over the rows, and maps
 * whose coefficients are the channel's.
 *
 * batch_norm reads x three times and writes y: 16 bytes an element of float, at most 209 G elements a second on an H100
 * (3.35 TB/s); batch_norm_inference moves 8 bytes (419 G), the input's gradient 12 (279 G), gamma's 8. With fewer than
 * ten operations an element, of 67 TFLOP/s, all are bound by memory. */
#ifndef GT_CUDA_BATCH_NORM_H
#define GT_CUDA_BATCH_NORM_H

#include "cuda/channels.h"
#include "cuda/moments.h"

static inline int64_t gt_channels_of(const gt_operand *x)
{
    return x->spec->shape.dim[x->spec->shape.rank - 1];
}

static inline int64_t gt_channel_rows(const gt_operand *x)
{
    gt_shape leading = x->spec->shape;
    leading.rank--;
    return gt_shape_size(&leading);
}

/* Over all axes but the last. */
static inline gt_reduction gt_reduce_rows(const gt_operand *x)
{
    gt_reduction axes;
    gt_reduction_plan(&axes, &x->spec->shape, (UINT32_C(1) << (x->spec->shape.rank - 1)) - 1);
    return axes;
}

/* 1 / sqrt(variance + epsilon): in double, where no epsilon is lost. */
template <typename real> static __device__ __forceinline__ real gt_inverse_deviation(real variance, double epsilon)
{
    return (real)(1 / sqrt((double)variance + epsilon));
}

/* ---- maps -------------------------------------------------------------------------------------------------------- */

enum { GT_MAP_BLOCKS = 1024 /* fill a GPU */ };

/* y = map, row by row. The threads of a block's rows take neighbouring channels, whose coefficients it calculates once:
 * map.channel(k) gives those of a channel, map.values(i, own) the values from element i on, with those of each. */
template <typename pack, typename real, typename functor>
static __global__ void gt_map_channels(functor map, real *y, int64_t rows, int64_t channels)
{
    typedef typename functor::coefficients coefficients;
    __shared__ coefficients shared[GT_WARP * pack::size];
    const int lane = (int)(threadIdx.y * blockDim.x + threadIdx.x), width = (int)blockDim.x * pack::size;
    const int64_t first = (int64_t)blockIdx.x * width, channel = first + threadIdx.x * pack::size;
    if (lane < width && first + lane < channels)
        shared[lane] = map.channel(first + lane);
    __syncthreads();
    if (channel >= channels)
        return;
    coefficients own[pack::size];
    for (int k = 0; k < pack::size; k++)
        own[k] = shared[threadIdx.x * pack::size + k];
    const int64_t step = (int64_t)gridDim.y * blockDim.y;
    for (int64_t row = (int64_t)blockIdx.y * blockDim.y + threadIdx.y; row < rows; row += step) {
        const int64_t i = row * channels + channel;
        gt_store(y + i, map.template values<pack>(i, own));
    }
}

template <typename pack, typename real, typename functor>
static gt_status gt_launch_channel_map(const gt_call *call, functor map, int64_t rows, int64_t channels)
{
    const int64_t packs = channels / pack::size;
    unsigned width = 1;
    while (width < GT_WARP && width < packs)
        width *= 2;
    const dim3 block(width, GT_THREADS / width);
    const int64_t across = (packs + width - 1) / width, down = (rows + block.y - 1) / block.y;
    const int64_t most = across < GT_MAP_BLOCKS ? GT_MAP_BLOCKS / across : 1;
    const dim3 grid((unsigned)across, (unsigned)(down < most ? down : most));
    GT_LAUNCH((gt_map_channels<pack, real, functor>), grid, block, 0, gt_cuda_stream(call), map,
              gt_output<real>(call, 0), rows, channels);
    return gt_cuda_launched(call);
}

/* Output 0 = map, over the rows of input 0. */
template <typename real, typename functor> static gt_status gt_run_channel_map(const gt_call *call, functor map)
{
    const int64_t rows = gt_channel_rows(&call->input[0]), channels = gt_channels_of(&call->input[0]);
    if (rows == 0 || channels == 0)
        return GT_OK;
    return gt_channels_are_packable<real>(call, channels)
               ? gt_launch_channel_map<gt_pack<real>, real>(call, map, rows, channels)
               : gt_launch_channel_map<gt_single<real>, real>(call, map, rows, channels);
}

/* y = (x - mean) gamma / sqrt(variance + epsilon) + beta, and 0 where that is negative if `relu`. */
template <typename real> struct gt_normalised {
    const real *x, *gamma, *beta, *mean, *variance;
    double epsilon;
    bool relu;

    struct coefficients {
        real mean, slope, shift;
    };

    __device__ __forceinline__ coefficients channel(int64_t k) const
    {
        return {mean[k], gt_inverse_deviation(variance[k], epsilon) * gamma[k], beta[k]};
    }

    template <typename pack> __device__ __forceinline__ pack values(int64_t i, const coefficients own[]) const
    {
        pack values = gt_load<pack>(x + i);
        for (int k = 0; k < pack::size; k++) {
            const real value = (values.value[k] - own[k].mean) * own[k].slope + own[k].shift;
            values.value[k] = relu ? gt_relu_formula()(value) : value;
        }
        return values;
    }
};

/* batch_norm and batch_norm_relu: x, gamma and beta to y, mean and variance. */
template <typename real> static gt_status gt_run_batch_norm(const gt_call *call, bool relu)
{
    const gt_reduction axes = gt_reduce_rows(&call->input[0]);
    const real *x = gt_input<real>(call, 0);
    real *mean = gt_output<real>(call, 1), *variance = gt_output<real>(call, 2);
    const gt_status status = gt_run_moments(call, &axes, x, mean, variance);
    if (status != GT_OK)
        return status;
    const gt_normalised<real> y = {x,
                                   gt_input<real>(call, 1),
                                   gt_input<real>(call, 2),
                                   mean,
                                   variance,
                                   gt_attributes<gt_epsilon_attributes>(call).epsilon,
                                   relu};
    return gt_run_channel_map<real>(call, y);
}

#endif
