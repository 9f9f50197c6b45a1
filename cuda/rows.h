/* Kernels that treat each row along an axis on its own: softmax, its kin, and losses over classes.
 *
 * A warp shares a row, or, where rows are long, a whole block does. */
#ifndef GT_CUDA_ROWS_H
#define GT_CUDA_ROWS_H

#include "cuda/formula.h"

enum {
    GT_ROW_WARPS = 8,  /* of a block */
    GT_LONG_ROW = 1024 /* entries from which on a block shares a row */
};

/* Row i begins at begin(i), and its entries lie `step` apart. */
struct gt_row_plan {
    int64_t count, length, step;

    __device__ __forceinline__ int64_t begin(int64_t i) const
    {
        if (step == 1)
            return i * length;
        int64_t inner, outer = gt_divide(i, step, &inner);
        return outer * step * length + inner;
    }
};

static inline gt_row_plan gt_plan_rows(const gt_shape *shape, int64_t axis)
{
    gt_row_plan rows = {1, shape->dim[axis], 1};
    for (int64_t i = 0; i < shape->rank; i++) {
        rows.count *= i == axis ? 1 : shape->dim[i];
        rows.step *= i > axis ? shape->dim[i] : 1;
    }
    return rows;
}

static inline bool gt_rows_are_long(const gt_row_plan *rows)
{
    return rows->length >= GT_LONG_ROW;
}

static inline unsigned gt_row_blocks(const gt_row_plan *rows)
{
    return gt_blocks(rows->count, gt_rows_are_long(rows) ? 1 : GT_ROW_WARPS);
}

/* The threads that share a row, of a block of (32, GT_ROW_WARPS). Each thread takes the entries lane, lane + size, ...;
 * all of them must call sum and max alike. `shared` has room for one value a warp. */
template <typename real> struct gt_row_team {
    int lane, size;
    int64_t row, rows; /* the first row, and how far the next one is */
    real *shared;

    __device__ gt_row_team(bool long_rows, real *room) : shared(room)
    {
        lane = (int)(long_rows ? threadIdx.y * GT_WARP + threadIdx.x : threadIdx.x);
        size = long_rows ? GT_WARP * GT_ROW_WARPS : GT_WARP;
        row = long_rows ? blockIdx.x : (int64_t)blockIdx.x * GT_ROW_WARPS + threadIdx.y;
        rows = (int64_t)gridDim.x * (long_rows ? 1 : GT_ROW_WARPS);
    }

    __device__ real sum(real value) const
    {
        value = gt_warp_sum(value);
        if (size == GT_WARP)
            return value;
        share(value);
        real total = 0;
        for (int i = 0; i < GT_ROW_WARPS; i++)
            total += shared[i];
        return total;
    }

    __device__ real max(real value) const
    {
        value = gt_warp_max(value);
        if (size == GT_WARP)
            return value;
        share(value);
        for (int i = 0; i < GT_ROW_WARPS; i++)
            value = shared[i] > value ? shared[i] : value;
        return value;
    }

  private:
    /* The first barrier lets every thread read what was shared before. */
    __device__ void share(real value) const
    {
        __syncthreads();
        if (threadIdx.x == 0)
            shared[threadIdx.y] = value;
        __syncthreads();
    }
};

/* What a row of logits comes to: their maximum, and the sum of exp(x - maximum), for each thread of the team. */
GT_FORMULA(gt_exp_formula, gt_exp_value)
GT_FORMULA(gt_log_formula, gt_log_value)

template <typename real>
static __device__ __forceinline__ real gt_row_max(const gt_row_team<real> &team, const real *x, int64_t length,
                                                  int64_t step)
{
    real max = x[0]; /* NaN there stays; elsewhere it makes the sum of exponentials NaN */
    for (int64_t i = team.lane; i < length; i += team.size)
        max = x[i * step] > max ? x[i * step] : max;
    return team.max(max);
}

template <typename real>
static __device__ __forceinline__ real gt_row_exp_sum(const gt_row_team<real> &team, const real *x, int64_t length,
                                                      int64_t step, real max)
{
    real sum = 0;
    for (int64_t i = team.lane; i < length; i += team.size)
        sum += gt_exp_formula()(x[i * step] - max);
    return team.sum(sum);
}

/* dx = map.value(at, the sum of map.part(at) over the row), entry by entry. */
template <typename real, typename functor>
static __global__ void gt_map_by_row_sums(gt_row_plan rows, bool long_rows, functor map, real *dx)
{
    __shared__ real shared[GT_ROW_WARPS];
    const gt_row_team<real> team(long_rows, shared);
    for (int64_t row = team.row; row < rows.count; row += team.rows) {
        const int64_t begin = rows.begin(row);
        real sum = 0;
        for (int64_t i = team.lane; i < rows.length; i += team.size)
            sum += map.part(begin + i * rows.step);
        sum = team.sum(sum);
        for (int64_t i = team.lane; i < rows.length; i += team.size)
            dx[begin + i * rows.step] = map.value(begin + i * rows.step, sum);
    }
}

/* Launches a kernel(plan, long rows, ...) over rows. */
#define GT_LAUNCH_ROWS(call, kernel, rows, ...)                                                                        \
    GT_LAUNCH(kernel, gt_row_blocks(&(rows)), dim3(GT_WARP, GT_ROW_WARPS), 0, gt_cuda_stream(call), rows,              \
              gt_rows_are_long(&(rows)), __VA_ARGS__)

/* Runs gt_map_by_row_sums over the rows of output 0 along the axis of the attributes. */
template <typename real, typename functor> static gt_status gt_run_row_map(const gt_call *call, functor map)
{
    const gt_row_plan rows = gt_plan_rows(&call->output[0].spec->shape, gt_attributes<gt_axis_attributes>(call).axis);
    if (rows.count * rows.length == 0)
        return GT_OK;
    GT_LAUNCH_ROWS(call, (gt_map_by_row_sums<real, functor>), rows, map, gt_output<real>(call, 0));
    return gt_cuda_launched(call);
}

#endif
