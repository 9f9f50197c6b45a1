/* y[indices[i]] += updates[i], row by row, in the order of i: what scatter_add and gather_accumulate share.
 *
 * Equal indices must add up to the same bits every time, so nothing is added atomically. The indices are sorted with
 * their positions as a second key: blocks of 256 by counting smaller ones, then sorted runs are merged in pairs, in
 * which each entry finds its place by binary search in the other run. Then a thread for each column of each row that
 * occurs adds its updates one after another, as the CPU does. For n indices that is log2(n / 256) passes over 16 n
 * bytes, where searching all indices for each row would read n times as many as there are rows. */
#ifndef GT_CUDA_ADD_ROWS_H
#define GT_CUDA_ADD_ROWS_H

#include "cuda/indices.h"

/* A row in the upper half, the position of its update in the lower. */
typedef unsigned long long gt_row_key;

static __device__ __forceinline__ int64_t gt_key_row(gt_row_key key)
{
    return (int64_t)(key >> 32);
}

/* Runs of a block's size, sorted. An index out of range becomes the row behind the last one. */
static __global__ void gt_sort_blocks(gt_indices rows, gt_row_key *sorted, int64_t n)
{
    __shared__ gt_row_key run[GT_THREADS];
    const int64_t first = (int64_t)blockIdx.x * GT_THREADS, i = first + threadIdx.x;
    const int left = (int)(n - first), count = left < (int)GT_THREADS ? left : (int)GT_THREADS;
    if (i < n) {
        const int64_t row = rows.at(i);
        run[threadIdx.x] = (gt_row_key)(row < 0 ? rows.bound : row) << 32 | (gt_row_key)i;
    }
    __syncthreads();
    if (i >= n)
        return;
    int place = 0;
    for (int k = 0; k < count; k++)
        place += run[k] < run[threadIdx.x];
    sorted[first + place] = run[threadIdx.x];
}

/* Runs of `length`, a power of two, merged in pairs. */
static __global__ void gt_merge_runs(const gt_row_key *from, gt_row_key *to, int64_t length, int64_t n)
{
    for (int64_t i = gt_thread(); i < n; i += gt_threads()) {
        const int64_t begin = i & -length, pair = i & -(2 * length);
        const int64_t other = begin == pair ? pair + length : pair;
        int64_t low = other < n ? other : n, high = other + length < n ? other + length : n;
        const int64_t other_begin = low;
        while (low < high) {
            const int64_t middle = (low + high) / 2;
            if (from[middle] < from[i])
                low = middle + 1;
            else
                high = middle;
        }
        to[pair + (i - begin) + (low - other_begin)] = from[i];
    }
}

/* A thread for each entry of the updates; the one at a row's first occurrence adds them all. */
template <typename real>
static __global__ void gt_add_sorted(const gt_row_key *sorted, const real *updates, real *y, int64_t rows,
                                     int64_t width, int64_t n)
{
    for (int64_t i = gt_thread(); i < n * width; i += gt_threads()) {
        int64_t column;
        const int64_t first = gt_divide(i, width, &column), row = gt_key_row(sorted[first]);
        if (row >= rows || (first > 0 && gt_key_row(sorted[first - 1]) == row))
            continue;
        real sum = y[row * width + column];
        for (int64_t k = first; k < n && gt_key_row(sorted[k]) == row; k++)
            sum += updates[(int64_t)(uint32_t)sorted[k] * width + column];
        y[row * width + column] = sum;
    }
}

/* `y` has `rows` rows; `indices` is the number of the input with the indices. */
template <typename real>
static gt_status gt_run_add_rows(const gt_call *call, real *y, int64_t rows, const gt_operand *updates, int indices)
{
    const int64_t n = gt_operand_size(&call->input[indices]), width = n ? gt_operand_size(updates) / n : 0;
    if (n * width == 0)
        return gt_only_check_indices(call, indices, rows);
    if (n > UINT32_MAX)
        return gt_fail(GT_ERR_UNSUPPORTED, "%s: %lld indices, more than CUDA's kernel can sort", call->op->name,
                       (long long)n);
    const gt_indices of_rows = gt_indices_of(call, indices, rows);
    gt_row_key *sorted = of_rows.key ? gt_workspace<gt_row_key>(call, n) : nullptr;
    gt_row_key *other = sorted ? gt_workspace<gt_row_key>(call, n) : nullptr;
    if (!other)
        return of_rows.key ? GT_ERR_MEMORY : GT_ERR_DEVICE;
    GT_LAUNCH(gt_sort_blocks, (unsigned)((n + GT_THREADS - 1) / GT_THREADS), GT_THREADS, 0, gt_cuda_stream(call),
              of_rows, sorted, n);
    gt_status status = gt_cuda_launched(call);
    for (int64_t length = GT_THREADS; status == GT_OK && length < n; length *= 2) {
        GT_LAUNCH(gt_merge_runs, gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call), sorted, other, length, n);
        status = gt_cuda_launched(call);
        gt_row_key *merged = other;
        other = sorted;
        sorted = merged;
    }
    if (status != GT_OK)
        return status;
    GT_LAUNCH(gt_add_sorted<real>, gt_blocks(n * width), GT_THREADS, 0, gt_cuda_stream(call), sorted,
              static_cast<const real *>(updates->data), y, rows, width, n);
    return gt_cuda_launched(call);
}

#endif
