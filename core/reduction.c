/* Pairwise sums over any axes. */
#ifndef REAL

#include "core/reduction.h"

#include <string.h>

#include "core/threads.h"

#define BLOCK 128 /* elements summed one after another, in LANES running sums */
#define ROWS  32  /* elements summed one after another where outputs are summed side by side, in one sum each */
#define LANES 8
#define TILE  64 /* outputs summed side by side, where they lie side by side */

static void append(int *count, int64_t dim[], int64_t stride[], int64_t size, int64_t step)
{
    /* Called from the last axis to the first: entry 0 is the innermost. */
    if (*count && step == stride[*count - 1] * dim[*count - 1]) {
        dim[*count - 1] *= size;
        return;
    }
    dim[*count] = size;
    stride[(*count)++] = step;
}

void gt_reduction_plan(gt_reduction *plan, const gt_shape *shape, uint32_t axes)
{
    *plan = (gt_reduction){.outputs = 1, .count = 1};
    int64_t step = 1;
    for (int64_t axis = shape->rank - 1; axis >= 0; axis--) {
        int64_t size = shape->dim[axis];
        if (axes >> axis & 1) {
            plan->count *= size;
            if (size != 1)
                append(&plan->reduced, plan->reduced_dim, plan->reduced_stride, size, step);
        } else {
            plan->outputs *= size;
            if (size != 1)
                append(&plan->kept, plan->kept_dim, plan->kept_stride, size, step);
        }
        step *= size;
    }
}

static int64_t offset_of(int count, const int64_t dim[], const int64_t stride[], int64_t index)
{
    int64_t offset = 0;
    for (int i = 0; i < count; i++) {
        offset += index % dim[i] * stride[i];
        index /= dim[i];
    }
    return offset;
}

int64_t gt_reduction_output(const gt_reduction *plan, int64_t i)
{
    return offset_of(plan->kept, plan->kept_dim, plan->kept_stride, i);
}

int64_t gt_reduction_element(const gt_reduction *plan, int64_t j)
{
    return offset_of(plan->reduced, plan->reduced_dim, plan->reduced_stride, j);
}

/* Half of a range, a whole number of blocks. */
static int64_t middle(int64_t begin, int64_t end, int64_t block)
{
    int64_t blocks = (end - begin + block - 1) / block;
    return begin + blocks / 2 * block;
}

typedef struct sum_context {
    const gt_reduction *plan;
    const void *x;
    void *y;
    double scale;
} sum_context;

#define KERNEL_FILE "core/reduction.c"
#include "core/kernels.h"

void gt_reduce_sum(const gt_reduction *plan, gt_dtype dtype, const void *x, void *y, double scale)
{
    sum_context context = {.plan = plan, .x = x, .y = y, .scale = scale};
    bool side_by_side = plan->kept && plan->kept_stride[0] == 1 && plan->reduced && plan->kept_dim[0] > 1;
    int64_t width = side_by_side ? TILE : 1;
    int64_t inner = side_by_side ? plan->kept_dim[0] : 1;
    int64_t pieces = side_by_side ? plan->outputs / inner * ((inner + TILE - 1) / TILE) : plan->outputs;
    int64_t work = width * (plan->count > 0 ? plan->count : 1);
    int64_t grain = work >= 32768 ? 1 : 32768 / work;
    gt_parallel(pieces, grain, side_by_side ? GT_PICK(sum_tiles, dtype) : GT_PICK(sum_outputs, dtype), &context);
}

#else

/* At most BLOCK elements behind one output. */
static REAL KERNEL(sum_block)(const gt_reduction *plan, const REAL *x, int64_t begin, int64_t end)
{
    REAL lane[LANES] = {0};
    int64_t i = begin;
    if (plan->reduced == 1) {
        int64_t step = plan->reduced_stride[0];
        const REAL *from = x + begin * step;
        for (; i + LANES <= end; i += LANES, from += LANES * step)
            for (int k = 0; k < LANES; k++)
                lane[k] += from[k * step];
    }
    for (; i < end; i++)
        lane[i % LANES] += x[gt_reduction_element(plan, i)];
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

static REAL KERNEL(sum_one)(const gt_reduction *plan, const REAL *x, int64_t begin, int64_t end)
{
    if (end - begin <= BLOCK)
        return KERNEL(sum_block)(plan, x, begin, end);
    int64_t half = middle(begin, end, BLOCK);
    return KERNEL(sum_one)(plan, x, begin, half) + KERNEL(sum_one)(plan, x, half, end);
}

/* `width` neighbouring outputs at once, so that memory is read along its rows. */
static void KERNEL(sum_tile)(const gt_reduction *plan, const REAL *x, int64_t width, int64_t begin, int64_t end,
                             REAL *sum)
{
    if (end - begin > ROWS) {
        REAL right[TILE];
        int64_t half = middle(begin, end, ROWS);
        KERNEL(sum_tile)(plan, x, width, begin, half, sum);
        KERNEL(sum_tile)(plan, x, width, half, end, right);
        for (int64_t k = 0; k < width; k++)
            sum[k] += right[k];
        return;
    }
    memset(sum, 0, (size_t)width * sizeof *sum);
    for (int64_t i = begin; i < end; i++) {
        const REAL *row = x + gt_reduction_element(plan, i);
        for (int64_t k = 0; k < width; k++)
            sum[k] += row[k];
    }
}

/* Tiles of outputs [begin, end), each TILE wide but those at the end of an inner axis. */
static void KERNEL(sum_tiles)(void *context, int64_t begin, int64_t end)
{
    const sum_context *c = context;
    const gt_reduction *plan = c->plan;
    REAL *y = c->y;
    int64_t inner = plan->kept_dim[0], per_row = (inner + TILE - 1) / TILE;
    for (int64_t tile = begin; tile < end; tile++) {
        int64_t first = tile / per_row * inner + tile % per_row * TILE;
        int64_t left = inner - tile % per_row * TILE, width = left < TILE ? left : TILE;
        REAL sum[TILE];
        KERNEL(sum_tile)(plan, (const REAL *)c->x + gt_reduction_output(plan, first), width, 0, plan->count, sum);
        for (int64_t k = 0; k < width; k++)
            y[first + k] = (REAL)c->scale * sum[k];
    }
}

static void KERNEL(sum_outputs)(void *context, int64_t begin, int64_t end)
{
    const sum_context *c = context;
    REAL *y = c->y;
    for (int64_t i = begin; i < end; i++)
        y[i] = (REAL)c->scale *
               KERNEL(sum_one)(c->plan, (const REAL *)c->x + gt_reduction_output(c->plan, i), 0, c->plan->count);
}

#endif
