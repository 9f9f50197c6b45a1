/* cumulative_sum on CUDA; see ops/cumulative_sum.c. A thread adds up a row, one by one, so that the order is the CPU's:
 * many short rows are bound by memory, 8 bytes an entry of float, 419 G entries a second on an H100 (3.35 TB/s); one
 * long row by the time of an addition and an access, some 10 ns an entry. */
#include "cuda/rows.h"

template <typename real>
static __global__ void add_up(gt_row_plan rows, gt_cumulative_attributes attributes, const real *x, real *y)
{
    const int64_t step = attributes.reverse ? -rows.step : rows.step;
    const int64_t start = attributes.reverse ? (rows.length - 1) * rows.step : 0;
    for (int64_t row = gt_thread(); row < rows.count; row += gt_threads()) {
        int64_t at = rows.begin(row) + start;
        real sum = 0;
        for (int64_t i = 0; i < rows.length; i++, at += step) {
            const real before = sum;
            sum += x[at];
            y[at] = attributes.exclusive ? before : sum;
        }
    }
}

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_cumulative_attributes &attributes = gt_attributes<gt_cumulative_attributes>(call);
    const gt_row_plan rows = gt_plan_rows(&call->input[0].spec->shape, attributes.axis);
    if (rows.count * rows.length == 0)
        return GT_OK;
    GT_LAUNCH(add_up<real>, gt_blocks(rows.count), GT_THREADS, 0, gt_cuda_stream(call), rows, attributes,
              gt_input<real>(call, 0), gt_output<real>(call, 0));
    return gt_cuda_launched(call);
}

GT_CUDA_REAL_KERNEL(cumulative_sum, run)
