/* max_pool2d_pick: the entry of g where each window of x has its first maximum: max_pool2d's derivative in the
 * direction g. It undoes what max_pool2d_grad does, and the two are each other's derivatives. */
#ifndef REAL

#include <string.h>

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
GT_REAL_KERNEL(forward)

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

/* Channels [0, n) of a window, from its last entry to its first, so that the first one with the maximum stays. */
static void KERNEL(pick)(const gt_pool2d_plan *p, const gt_pool2d_window *window, const REAL *g, const REAL *image,
                         int64_t n, REAL *restrict y)
{
    REAL max[GT_POOL2D_CHANNELS];
    KERNEL(gt_pool2d_max)(p, window, image, n, max);
    memset(y, 0, (size_t)n * sizeof(REAL));
    for (int64_t h = window->bottom - 1; h >= window->top; h--)
        for (int64_t w = window->right - 1; w >= window->left; w--) {
            const int64_t entry = (h * p->width + w) * p->channels;
            for (int64_t k = 0; k < n; k++)
                y[k] = KERNEL(gt_pool2d_is_max)(image[entry + k], max[k]) ? g[entry + k] : y[k];
        }
}

/* Rows [begin, end) of all images of y. */
static void KERNEL(rows)(void *context, int64_t begin, int64_t end)
{
    const job *all = context;
    const gt_pool2d_plan *p = &all->plan;
    for (int64_t row = begin; row < end; row++) {
        const int64_t image = row / p->y_h * p->height * p->width * p->channels;
        REAL *y = (REAL *)all->y + row * p->y_w * p->channels;
        for (int64_t j = 0; j < p->y_w; j++, y += p->channels) {
            const gt_pool2d_window window = gt_pool2d_window_at(p, row % p->y_h, j);
            for (int64_t c = 0; c < p->channels; c += GT_POOL2D_CHANNELS) {
                const int64_t rest = p->channels - c;
                KERNEL(pick)
                (p, &window, (const REAL *)all->g + image + c, (const REAL *)all->x + image + c,
                 rest < GT_POOL2D_CHANNELS ? rest : GT_POOL2D_CHANNELS, y + c);
            }
        }
    }
}

static gt_status KERNEL(forward)(const gt_call *call)
{
    job all = {.g = call->input[0].data, .x = call->input[1].data, .y = call->output[0].data};
    gt_pool2d_plan_make(&all.plan, call->attributes);
    const gt_pool2d_plan *p = &all.plan;
    gt_parallel(p->images * p->y_h, gt_pool2d_grain(p->y_w * p->channels), KERNEL(rows), &all);
    return GT_OK;
}

#endif
