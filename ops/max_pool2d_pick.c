/* max_pool2d_pick: the entry of g where each window of x has its first maximum: max_pool2d's derivative in the
 * direction g. It undoes what max_pool2d_grad does, and the two are each other's derivatives. */
#ifndef REAL

#include "core/threads.h"
#include "ops/grads.h"
#include "ops/pool2d_plan.h"
#include "ops/pool2d_samples.h"

static gt_status infer(const gt_infer *call)
{
    return gt_pool2d_infer(call, (const gt_pool2d_role[]){GT_POOL2D_IMAGES, GT_POOL2D_IMAGES}, GT_POOL2D_POOLED);
}

typedef struct job {
    gt_pool2d_plan plan;
    const void *g, *x;
    void *y;
} job;

#define KERNEL_FILE "ops/max_pool2d_pick.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    job all = {.g = call->input[0].data, .x = call->input[1].data, .y = call->output[0].data};
    gt_pool2d_plan_make(&all.plan, call->attributes);
    const gt_pool2d_plan *p = &all.plan;
    gt_parallel(p->images * p->y_h, gt_pool2d_grain(p->y_w * p->channels),
                GT_PICK_FOR(rows, call->input[0].spec->dtype, p->channels), &all);
    return GT_OK;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    /* A small step of x moves no maximum: the derivative towards it is zero. */
    if (gt_wants(node, 0))
        dx[0] = gt_max_pool2d_grad(tape, dy[0], gt_node_input(node, 1), gt_node_attributes(node));
}

#define SAMPLE(title, x, y, window, stride, before, after)                                                             \
    {                                                                                                                  \
        .name = title, .inputs = {GT_NORMAL x, GT_NORMAL x},                                                           \
        .attributes = GT_POOL2D_SETTINGS(x, window, stride, before, after), .zero_gradient = 2                         \
    }

static const gt_sample samples[] = {GT_POOL2D_SAMPLES(SAMPLE),
                                    {.name = "ties",
                                     .inputs = {GT_NORMAL(1, 4, 4, 2), GT_VALUE(1, 1, 4, 4, 2)},
                                     .attributes = GT_POOL2D_SETTINGS((1, 4, 4, 2), (2, 2), (2, 2), (0, 0), (0, 0)),
                                     .forward_only = true},
                                    {0}};
static const gt_sample workload = GT_POOL2D_WORKLOAD(SAMPLE);
#undef SAMPLE

const gt_op gt_op_max_pool2d_pick = {
    .name = "max_pool2d_pick",
    .inputs = 2,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(1),
    .attribute_size = sizeof(gt_pool2d_attributes),
    .fields = gt_pool2d_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_max_pool2d_pick(gt_tape *tape, gt_tensor *g, gt_tensor *x, const gt_pool2d_attributes *attributes)
{
    return gt_apply(tape, &gt_op_max_pool2d_pick, (gt_tensor *[]){g, x}, 2, attributes);
}

#else

#include "core/vector.h"
#include "ops/pool2d_max.h"

/* Some channels of a window, from its last entry to its first, so that the first one with the maximum stays. */
static inline __attribute__((always_inline)) KERNEL(vector)
    KERNEL(pick)(const gt_pool2d_plan *p, const gt_pool2d_window *window, const REAL *g, const REAL *image,
                 int64_t lanes)
{
    const KERNEL(vector) max = KERNEL(window_max)(p, window, image, lanes);
    KERNEL(vector) picked = {0};
    for (int64_t h = window->bottom - 1; h >= window->top; h--)
        for (int64_t w = window->right - 1; w >= window->left; w--) {
            const int64_t entry = (h * p->width + w) * p->channels;
            const KERNEL(bits) takes = KERNEL(has_max)(KERNEL(load)(image + entry, lanes), max);
            picked = KERNEL(choose)(takes, KERNEL(load)(g + entry, lanes), picked);
        }
    return picked;
}

/* Rows [begin, end) of all images of y. */
static void KERNEL(rows)(void *context, int64_t begin, int64_t end)
{
    const job *all = context;
    const gt_pool2d_plan *p = &all->plan;
    const int64_t n = p->channels;
    for (int64_t row = begin; row < end; row++) {
        const int64_t image = row / p->y_h * p->height * p->width * n;
        const REAL *g = (const REAL *)all->g + image, *x = (const REAL *)all->x + image;
        REAL *y = (REAL *)all->y + row * p->y_w * n;
        for (int64_t j = 0; j < p->y_w; j++, y += n) {
            const gt_pool2d_window window = gt_pool2d_window_at(p, row % p->y_h, j);
            int64_t c = 0;
            for (; c + GT_LANES <= n; c += GT_LANES)
                KERNEL(store)(y + c, KERNEL(pick)(p, &window, g + c, x + c, GT_LANES), GT_LANES);
            if (c < n)
                KERNEL(store)(y + c, KERNEL(pick)(p, &window, g + c, x + c, n - c), n - c);
        }
    }
}

#endif
