/* Where the greatest or the least elements of a reduction stand. */
#ifndef REAL

#include "ops/extremum.h"

#include "core/elementwise.h"

enum {
    TILE = 64,  /* results searched side by side, where they lie side by side */
    BLOCK = 128 /* elements of one result searched in vectors */
};

const gt_field gt_extremum_fields[] = {
    GT_INT(gt_extremum_attributes, axes),
    GT_INT(gt_extremum_attributes, keepdims),
    GT_INT(gt_extremum_attributes, minimum),
    {0},
};

gt_status gt_infer_extremum(const gt_infer *call)
{
    gt_status status = gt_infer_reduce(call);
    const gt_shape *x = &call->input[0]->shape;
    if (status == GT_OK && gt_reduce_count(x, ((const gt_reduce_attributes *)call->attributes)->axes) == 0)
        return gt_fail(GT_ERR_SHAPE, "%s: an axis of size 0 is reduced, of %s", call->op->name, gt_shape_text(x).text);
    return status;
}

typedef struct search {
    const gt_extremum *found;
    const void *x;
    bool minimum;
    int64_t inner; /* results that lie side by side */
    int64_t tiles; /* in these */
} search;

#define KERNEL_FILE "ops/extremum.c"
#include "core/kernels.h"

gt_status gt_extremum_find(const gt_call *call, const gt_operand *x, int64_t axes, bool minimum, gt_extremum *found)
{
    gt_reduction *plan = &found->plan;
    gt_reduction_plan(plan, &x->spec->shape, (uint32_t)axes);
    found->offset = gt_call_scratch(call, (size_t)plan->outputs * sizeof *found->offset);
    if (!found->offset)
        return GT_ERR_MEMORY;
    if (plan->outputs == 0)
        return GT_OK;
    bool side_by_side = plan->kept && plan->kept_stride[0] == 1;
    search context = {.found = found, .x = x->data, .minimum = minimum};
    context.inner = side_by_side ? plan->kept_dim[0] : 1;
    context.tiles = (context.inner + TILE - 1) / TILE;
    int64_t pieces = plan->outputs / context.inner * context.tiles;
    gt_parallel(pieces, gt_row_grain(plan->count * (context.inner < TILE ? context.inner : TILE)),
                GT_PICK(find, x->spec->dtype), &context);
    return GT_OK;
}

gt_status gt_extremum_pick_of(const gt_call *call, int i, int64_t axes, bool minimum)
{
    gt_extremum found;
    gt_status status = gt_extremum_find(call, &call->input[i], axes, minimum, &found);
    if (status != GT_OK)
        return status;
    GT_PICK(take, call->output[0].spec->dtype)(&found, call->input[0].data, call->output[0].data);
    return GT_OK;
}

#else

/* A NaN beats every number, and nothing beats it. */
static inline bool KERNEL(beats)(REAL value, REAL best, bool minimum)
{
    return best == best && (minimum ? !(value >= best) : !(value <= best));
}

#include "core/vector.h"

/* The extreme one of at most BLOCK numbers that lie side by side; NaN is the most extreme. */
static REAL KERNEL(extreme_of)(const REAL *x, int64_t n, bool minimum)
{
    KERNEL(vector) best = x[0] - (KERNEL(vector)){0};
    int64_t i = 0;
    for (; i + GT_LANES <= n; i += GT_LANES) {
        const KERNEL(vector) value = KERNEL(load)(x + i, GT_LANES);
        best = minimum ? -KERNEL(larger)(-best, -value) : KERNEL(larger)(best, value);
    }
    REAL lane[GT_LANES], extreme = x[0];
    KERNEL(store)(lane, best, GT_LANES);
    for (int k = 0; k < GT_LANES; k++)
        extreme = KERNEL(beats)(lane[k], extreme, minimum) ? lane[k] : extreme;
    for (; i < n; i++)
        extreme = KERNEL(beats)(x[i], extreme, minimum) ? x[i] : extreme;
    return extreme;
}

/* Where it first stands among any number: in the first block whose extreme beats those before. */
static int64_t KERNEL(find_run)(const REAL *x, int64_t n, bool minimum)
{
    REAL extreme = x[0];
    int64_t at = 0;
    for (int64_t begin = 0; begin < n; begin += BLOCK) {
        const REAL found = KERNEL(extreme_of)(x + begin, n - begin < BLOCK ? n - begin : BLOCK, minimum);
        if (KERNEL(beats)(found, extreme, minimum)) {
            extreme = found;
            at = begin;
        }
    }
    while (!(x[at] == extreme || x[at] != x[at]))
        at++;
    return at;
}

/* `width` results from `first` on. */
static void KERNEL(find_tile)(const search *c, int64_t first, int64_t width)
{
    const gt_reduction *plan = &c->found->plan;
    const int64_t start = gt_reduction_output(plan, first);
    const REAL *x = (const REAL *)c->x + start;
    if (width == 1 && plan->reduced == 1 && plan->reduced_stride[0] == 1) {
        c->found->offset[first] = start + KERNEL(find_run)(x, plan->count, c->minimum);
        return;
    }
    REAL best[TILE];
    int64_t where[TILE]; /* from the first element of x that belongs to each result */
    for (int64_t k = 0; k < width; k++) {
        best[k] = x[k];
        where[k] = 0;
    }
    int64_t run = plan->reduced ? plan->reduced_dim[0] : 1, step = plan->reduced ? plan->reduced_stride[0] : 0;
    for (int64_t j = 0; j < plan->count; j += run) {
        int64_t at = gt_reduction_element(plan, j);
        for (int64_t i = 0; i < run; i++, at += step)
            for (int64_t k = 0; k < width; k++)
                if (KERNEL(beats)(x[at + k], best[k], c->minimum)) { /* seldom: a branch is faster than a select */
                    best[k] = x[at + k];
                    where[k] = at;
                }
    }
    for (int64_t k = 0; k < width; k++)
        c->found->offset[first + k] = start + k + where[k];
}

static void KERNEL(find)(void *context, int64_t begin, int64_t end)
{
    const search *c = context;
    for (int64_t piece = begin; piece < end; piece++) {
        int64_t before = piece % c->tiles * TILE, left = c->inner - before;
        KERNEL(find_tile)(c, piece / c->tiles * c->inner + before, left < TILE ? left : TILE);
    }
}

static void KERNEL(take)(const gt_extremum *found, const void *values, void *y)
{
    for (int64_t i = 0; i < found->plan.outputs; i++)
        ((REAL *)y)[i] = ((const REAL *)values)[found->offset[i]];
}

#endif
