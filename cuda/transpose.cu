/* transpose on CUDA; see ops/transpose.c. Where the last axis moves, tiles of 32 x 32 pass through shared memory,
 * padded so that a column lies in 32 banks: both sides are read and written along cache lines, 8 bytes an element of
 * float, at most 419 G a second on an H100 (3.35 TB/s). */
#include "cuda/moves.h"

enum { TILE = 32, TILE_ROWS = 8 };

/* y's axes, the last one first; neighbours that x steps through evenly are joined. */
struct layout {
    int rank, along;                                              /* the axis that is contiguous in x */
    int64_t dim[GT_MAX_RANK], from[GT_MAX_RANK], to[GT_MAX_RANK]; /* strides in x and in y */

    /* Of position `index` of all axes but the first and `along`. */
    __device__ __forceinline__ void outer(int64_t index, int64_t *x, int64_t *y) const
    {
        *x = *y = 0;
        for (int axis = 1; axis < rank; axis++) {
            if (axis == along)
                continue;
            int64_t at;
            index = gt_divide(index, dim[axis], &at);
            *x += at * from[axis];
            *y += at * to[axis];
        }
    }
};

static layout plan(const gt_shape *x, const int64_t order[])
{
    layout l = {};
    int64_t stride[GT_MAX_RANK], step = 1;
    for (int64_t axis = x->rank - 1; axis >= 0; axis--) {
        stride[axis] = step;
        step *= x->dim[axis];
    }
    int64_t to = 1;
    for (int64_t i = x->rank - 1; i >= 0; i--) {
        const int64_t size = x->dim[order[i]], from = stride[order[i]];
        const int last = l.rank - 1;
        if (last >= 0 && from == l.from[last] * l.dim[last]) {
            l.dim[last] *= size;
        } else if (size > 1) {
            l.dim[l.rank] = size;
            l.from[l.rank] = from;
            l.to[l.rank++] = to;
        }
        to *= size;
    }
    while (l.along < l.rank && l.from[l.along] != 1)
        l.along++;
    return l;
}

/* The last axis stays: neighbours are neighbours in x too. */
template <typename element> static __global__ void move(const element *x, element *y, layout l, int64_t n)
{
    for (int64_t i = gt_thread(); i < n; i += gt_threads()) {
        int64_t rest = i, offset = 0;
        for (int axis = 0; axis < l.rank; axis++) {
            int64_t at;
            rest = gt_divide(rest, l.dim[axis], &at);
            offset += at * l.from[axis];
        }
        y[i] = x[offset];
    }
}

template <typename element> static __global__ void turn(const element *x, element *y, layout l, int64_t tiles)
{
    __shared__ element tile[TILE][TILE + 1];
    const int64_t across = (l.dim[0] + TILE - 1) / TILE, down = (l.dim[l.along] + TILE - 1) / TILE;
    for (int64_t t = blockIdx.x; t < tiles; t += gridDim.x) {
        int64_t first_column, first_row, from, to;
        l.outer(gt_divide(gt_divide(t, across, &first_column), down, &first_row), &from, &to);
        first_column *= TILE;
        first_row *= TILE;
        for (int64_t i = threadIdx.y; i < TILE && first_column + i < l.dim[0]; i += TILE_ROWS)
            if (first_row + threadIdx.x < l.dim[l.along])
                tile[i][threadIdx.x] = x[from + (first_column + i) * l.from[0] + first_row + threadIdx.x];
        __syncthreads();
        for (int64_t i = threadIdx.y; i < TILE && first_row + i < l.dim[l.along]; i += TILE_ROWS)
            if (first_column + threadIdx.x < l.dim[0])
                y[to + (first_row + i) * l.to[l.along] + first_column + threadIdx.x] = tile[threadIdx.x][i];
        __syncthreads();
    }
}

template <typename element> static gt_status run(const gt_call *call)
{
    const int64_t n = gt_operand_size(&call->output[0]);
    const layout l = plan(&call->input[0].spec->shape, gt_attributes<gt_order_attributes>(call).order);
    if (n == 0)
        return GT_OK;
    if (l.along == 0 || l.rank == 0) {
        GT_LAUNCH(move<element>, gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call), gt_input<element>(call, 0),
                  gt_output<element>(call, 0), l, n);
        return gt_cuda_launched(call);
    }
    const int64_t across = (l.dim[0] + TILE - 1) / TILE, down = (l.dim[l.along] + TILE - 1) / TILE;
    const int64_t tiles = n / l.dim[0] / l.dim[l.along] * across * down;
    GT_LAUNCH(turn<element>, gt_blocks(tiles, 1), dim3(TILE, TILE_ROWS), 0, gt_cuda_stream(call),
              gt_input<element>(call, 0), gt_output<element>(call, 0), l, tiles);
    return gt_cuda_launched(call);
}

GT_CUDA_MOVE_KERNEL(transpose, run)
