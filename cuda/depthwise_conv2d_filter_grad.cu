/* depthwise_conv2d_filter_grad on CUDA; see ops/depthwise_conv2d_filter_grad.c. A thread for each filter entry and
 * chunk of pixels, so that a warp reads neighbouring channels of x and dy; the chunks, cut by shape alone, are summed
 * in order by a second pass. Each pixel is read once for each filter entry, from the caches but for the first time. */
#include "cuda/depthwise.h"
#include "cuda/reduction.h"

static const int64_t MOST_PARTIAL = 1 << 18; /* entries of all chunks: threads enough for any GPU */
static const int64_t LEAST_CHUNK = 64;       /* pixels */

/* partial[chunk][u, v, k], the sum over the pixels of the chunk. */
template <typename real>
static __global__ void sum_chunks(gt_depthwise plan, const real *dy, const real *x, real *partial, int64_t entries,
                                  int64_t pixels, int64_t chunk, int64_t all)
{
    for (int64_t at = gt_thread(); at < all; at += gt_threads()) {
        int64_t entry, k, u, v, c, i, j, rest;
        const int64_t first = gt_divide(at, entries, &entry) * chunk;
        u = gt_divide(gt_divide(entry, plan.out, &k), plan.columns.entries, &v);
        c = gt_divide(k, plan.multiplier, &rest);
        int64_t image = gt_divide(gt_divide(first, plan.columns.windows, &j), plan.rows.windows, &i);
        const int64_t last = first + chunk < pixels ? first + chunk : pixels;
        real sum = 0;
        for (int64_t pixel = first; pixel < last; pixel++) {
            const int64_t row = plan.rows.under(i, u), column = plan.columns.under(j, v);
            if (plan.rows.is_inside(row) && plan.columns.is_inside(column))
                sum += x[plan.in_images(image, row, column) + c] * dy[pixel * plan.out + k];
            if (++j < plan.columns.windows)
                continue;
            j = 0;
            if (++i == plan.rows.windows) {
                i = 0;
                image++;
            }
        }
        partial[at] = sum;
    }
}

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_depthwise plan = gt_plan_depthwise(call, &call->input[0]);
    const int64_t entries = gt_operand_size(&call->output[0]);
    const int64_t pixels = plan.images * plan.rows.windows * plan.columns.windows;
    if (entries == 0)
        return GT_OK;
    const int64_t most = entries < MOST_PARTIAL ? MOST_PARTIAL / entries : 1, even = (pixels + most - 1) / most;
    const int64_t chunk = even > LEAST_CHUNK ? even : LEAST_CHUNK;
    const int64_t chunks = pixels > chunk ? (pixels + chunk - 1) / chunk : 1;
    real *dfilter = gt_output<real>(call, 0);
    real *partial = chunks == 1 ? dfilter : gt_workspace<real>(call, chunks * entries);
    if (!partial)
        return GT_ERR_MEMORY;
    GT_LAUNCH(sum_chunks<real>, gt_blocks(chunks * entries), GT_THREADS, 0, gt_cuda_stream(call), plan,
              gt_input<real>(call, 0), gt_input<real>(call, 1), partial, entries, pixels, chunk, chunks * entries);
    const gt_status status = gt_cuda_launched(call);
    if (status != GT_OK || chunks == 1)
        return status;
    const gt_shape shape = {2, {chunks, entries}};
    gt_reduction over_chunks;
    gt_reduction_plan(&over_chunks, &shape, 1);
    return gt_run_sum(call, &over_chunks, gt_sum_values<real>{partial}, dfilter, 1);
}

GT_CUDA_REAL_KERNEL(depthwise_conv2d_filter_grad, run)
