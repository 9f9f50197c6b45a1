/* Pairwise sums over any axes. */
#ifndef REAL

#include "core/reduction.h"

#include <string.h>

#include "core/threads.h"

enum {
    BLOCK = 1024,      /* elements of one output summed one after another, in registers of running sums */
    ROWS = 32,         /* elements of one output summed one after another, where outputs are summed side by side */
    TILE = 64,         /* outputs summed side by side, where they lie side by side */
    NARROW = TILE / 2, /* so few are summed in several columns, which fill the registers */
    CHUNKS = 16,       /* that the elements behind a single piece are cut into */
    PART = 32768       /* elements that are worth a thread's while */
};

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

/* What is summed in pieces: an output, or a tile of outputs side by side. Where there is but one piece with many
 * elements behind it, these are cut into chunks of whole blocks, each of which leaves its sums in `partial`. */
typedef struct sum_context {
    const gt_reduction *plan;
    const void *x;
    void *y;
    double scale;
    int64_t chunks;
    double partial[CHUNKS][TILE]; /* what a chunk gives; a float is a double exactly */
} sum_context;

/* Where a chunk begins. */
static int64_t chunk_begin(const sum_context *c, int64_t chunk, int64_t block)
{
    const int64_t count = c->plan->count, blocks = (count + block - 1) / block;
    const int64_t begin = blocks * chunk / c->chunks * block;
    return begin < count ? begin : count;
}

#define KERNEL_FILE "core/reduction.c"
#include "core/kernels.h"

void gt_reduce_sum(const gt_reduction *plan, gt_dtype dtype, const void *x, void *y, double scale)
{
    sum_context context;
    context.plan = plan, context.x = x, context.y = y, context.scale = scale;
    const bool side_by_side = plan->kept && plan->kept_stride[0] == 1 && plan->reduced && plan->kept_dim[0] > 1;
    const int64_t inner = side_by_side ? plan->kept_dim[0] : 1, width = inner < TILE ? inner : TILE;
    const int64_t pieces = plan->outputs / inner * ((inner + TILE - 1) / TILE);
    const int64_t work = width * (plan->count > 0 ? plan->count : 1);
    if (pieces == 1 && work >= 2 * PART) {
        context.chunks = work / PART < CHUNKS ? work / PART : CHUNKS;
        gt_parallel(context.chunks, 1, side_by_side ? GT_PICK(tile_chunks, dtype) : GT_PICK(run_chunks, dtype),
                    &context);
        GT_PICK(join_chunks, dtype)(&context, width);
        return;
    }
    gt_parallel(pieces, work >= PART ? 1 : PART / work,
                side_by_side ? GT_PICK(sum_tiles, dtype) : GT_PICK(sum_outputs, dtype), &context);
}

#else

#include "core/vector.h"

/* ---- one output ------------------------------------------------------------------------------------------------- */

static REAL KERNEL(sum_lanes)(KERNEL(vector) value)
{
    REAL lane[GT_LANES];
    KERNEL(store)(lane, value, GT_LANES);
    for (int width = GT_LANES / 2; width > 0; width /= 2)
        for (int k = 0; k < width; k++)
            lane[k] += lane[k + width];
    return lane[0];
}

/* At most BLOCK neighbours. */
static REAL KERNEL(sum_run)(const REAL *x, int64_t n)
{
    KERNEL(vector) sum[4] = {{0}};
    int64_t i = 0;
    for (; i + 4 * GT_LANES <= n; i += 4 * GT_LANES)
        for (int k = 0; k < 4; k++)
            sum[k] += KERNEL(load)(x + i + k * GT_LANES, GT_LANES);
    for (; i < n; i += GT_LANES)
        sum[0] += KERNEL(load)(x + i, n - i);
    return KERNEL(sum_lanes)((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

/* At most BLOCK elements that lie apart. */
static REAL KERNEL(sum_apart)(const gt_reduction *plan, const REAL *x, int64_t begin, int64_t end)
{
    REAL lane[4] = {0};
    for (int64_t i = begin; i < end; i++)
        lane[i % 4] += x[gt_reduction_element(plan, i)];
    return (lane[0] + lane[1]) + (lane[2] + lane[3]);
}

static REAL KERNEL(sum_one)(const gt_reduction *plan, const REAL *x, int64_t begin, int64_t end)
{
    if (end - begin > BLOCK) {
        const int64_t half = middle(begin, end, BLOCK);
        return KERNEL(sum_one)(plan, x, begin, half) + KERNEL(sum_one)(plan, x, half, end);
    }
    if (plan->reduced == 1 && plan->reduced_stride[0] == 1)
        return KERNEL(sum_run)(x + begin, end - begin);
    return KERNEL(sum_apart)(plan, x, begin, end);
}

static void KERNEL(sum_outputs)(void *context, int64_t begin, int64_t end)
{
    const sum_context *c = context;
    const gt_reduction *plan = c->plan;
    REAL *y = c->y;
    for (int64_t i = begin; i < end; i++)
        y[i] =
            (REAL)c->scale * KERNEL(sum_one)(plan, (const REAL *)c->x + gt_reduction_output(plan, i), 0, plan->count);
}

static void KERNEL(run_chunks)(void *context, int64_t begin, int64_t end)
{
    sum_context *c = context;
    for (int64_t i = begin; i < end; i++)
        c->partial[i][0] =
            (double)KERNEL(sum_one)(c->plan, c->x, chunk_begin(c, i, BLOCK), chunk_begin(c, i + 1, BLOCK));
}

/* ---- outputs side by side --------------------------------------------------------------------------------------- */

/* At most ROWS rows, `step` apart, of which `width` columns are summed. */
static void KERNEL(sum_rows)(const REAL *x, int64_t step, int64_t width, int64_t rows, REAL *sum)
{
    for (int64_t k = 0; k < width; k += GT_LANES) {
        KERNEL(vector) total = {0};
        for (int64_t i = 0; i < rows; i++)
            total += KERNEL(load)(x + i * step + k, width - k);
        KERNEL(store)(sum + k, total, width - k);
    }
}

/* The same for rows that lie anywhere. */
static void KERNEL(sum_rows_apart)(const gt_reduction *plan, const REAL *x, int64_t width, int64_t begin, int64_t end,
                                   REAL *sum)
{
    memset(sum, 0, (size_t)width * sizeof *sum);
    for (int64_t i = begin; i < end; i++) {
        const REAL *row = x + gt_reduction_element(plan, i);
        for (int64_t k = 0; k < width; k++)
            sum[k] += row[k];
    }
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
    const int64_t step = plan->reduced_stride[0];
    if (plan->reduced == 1)
        KERNEL(sum_rows)(x + begin * step, step, width, end - begin, sum);
    else
        KERNEL(sum_rows_apart)(plan, x, width, begin, end, sum);
}

/* The same of a narrow matrix whose rows touch each other: as one of fewer, longer rows, whose columns are then summed
 * in turn. */
static void KERNEL(sum_narrow)(const gt_reduction *plan, const REAL *x, int64_t width, int64_t begin, int64_t end,
                               REAL *sum)
{
    if (width > NARROW || plan->reduced != 1 || plan->reduced_stride[0] != width) {
        KERNEL(sum_tile)(plan, x, width, begin, end, sum);
        return;
    }
    const int64_t fold = TILE / width, rows = (end - begin) / fold;
    const gt_reduction folded = {.reduced = 1, .reduced_stride = {fold * width}};
    REAL wide[TILE];
    KERNEL(sum_tile)(&folded, x + begin * width, fold * width, 0, rows, wide);
    KERNEL(sum_tile)(plan, x, width, begin + rows * fold, end, sum);
    for (int64_t i = 0; rows > 0 && i < fold; i++)
        for (int64_t k = 0; k < width; k++)
            sum[k] += wide[i * width + k];
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
        KERNEL(sum_narrow)(plan, (const REAL *)c->x + gt_reduction_output(plan, first), width, 0, plan->count, sum);
        for (int64_t k = 0; k < width; k++)
            y[first + k] = (REAL)c->scale * sum[k];
    }
}

static void KERNEL(tile_chunks)(void *context, int64_t begin, int64_t end)
{
    sum_context *c = context;
    const int64_t width = c->plan->kept_dim[0];
    for (int64_t i = begin; i < end; i++) {
        REAL sum[TILE];
        KERNEL(sum_narrow)(c->plan, c->x, width, chunk_begin(c, i, ROWS), chunk_begin(c, i + 1, ROWS), sum);
        for (int64_t k = 0; k < width; k++)
            c->partial[i][k] = (double)sum[k];
    }
}

/* ---- the chunks of a single piece ------------------------------------------------------------------------------- */

static void KERNEL(join_chunks)(const sum_context *c, int64_t width)
{
    REAL *y = c->y;
    for (int64_t k = 0; k < width; k++) {
        double sum = 0;
        for (int64_t i = 0; i < c->chunks; i++)
            sum += c->partial[i][k];
        y[k] = (REAL)c->scale * (REAL)sum;
    }
}

#endif
