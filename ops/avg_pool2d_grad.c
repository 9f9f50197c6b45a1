/* avg_pool2d_grad: the cotangent of avg_pool2d's images: dy of each window, shared out evenly over its entries that are
 * in the image. Linear in dy, with avg_pool2d as its derivative. */
#ifndef REAL

#include <string.h>

#include "core/threads.h"
#include "ops/grads.h"
#include "ops/pool2d_plan.h"
#include "ops/pool2d_samples.h"

static gt_status infer(const gt_infer *call)
{
    return gt_pool2d_infer(call, (const gt_pool2d_role[]){GT_POOL2D_POOLED}, GT_POOL2D_IMAGES);
}

typedef struct job {
    gt_pool2d_plan plan;
    const void *dy;
    void *dx;
} job;

#define KERNEL_FILE "ops/avg_pool2d_grad.c"
#include "core/kernels.h"
GT_REAL_KERNEL(forward)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_avg_pool2d_with(tape, dy[0], gt_node_attributes(node));
}

#define SAMPLE(title, x, y, window, stride, before, after)                                                             \
    {                                                                                                                  \
        .name = title, .inputs = {GT_NORMAL y}, .attributes = GT_POOL2D_SETTINGS(x, window, stride, before, after)     \
    }

static const gt_sample samples[] = {GT_POOL2D_SAMPLES(SAMPLE), {0}};
static const gt_sample workload = GT_POOL2D_WORKLOAD(SAMPLE);
#undef SAMPLE

const gt_op gt_op_avg_pool2d_grad = {
    .name = "avg_pool2d_grad",
    .inputs = 1,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .attribute_size = sizeof(gt_pool2d_attributes),
    .fields = gt_pool2d_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_avg_pool2d_grad(gt_tape *tape, gt_tensor *dy, const gt_pool2d_attributes *attributes)
{
    return gt_apply(tape, &gt_op_avg_pool2d_grad, &dy, 1, attributes);
}

#else

static void KERNEL(share)(const gt_pool2d_plan *p, const gt_pool2d_window *window, const REAL *dy, REAL *restrict dx)
{
    const REAL part = 1 / (REAL)((window->bottom - window->top) * (window->right - window->left));
    for (int64_t h = window->top; h < window->bottom; h++)
        for (int64_t w = window->left; w < window->right; w++) {
            REAL *to = dx + (h * p->width + w) * p->channels;
            for (int64_t c = 0; c < p->channels; c++)
                to[c] = (p->tiles ? 0 : to[c]) + dy[c] * part;
        }
}

static void KERNEL(images)(void *context, int64_t begin, int64_t end)
{
    const job *all = context;
    const gt_pool2d_plan *p = &all->plan;
    const int64_t size = p->height * p->width * p->channels;
    for (int64_t n = begin; n < end; n++) {
        const REAL *dy = (const REAL *)all->dy + n * p->y_h * p->y_w * p->channels;
        REAL *dx = (REAL *)all->dx + n * size;
        if (!p->tiles)
            memset(dx, 0, (size_t)size * sizeof(REAL));
        for (int64_t i = 0; i < p->y_h; i++)
            for (int64_t j = 0; j < p->y_w; j++, dy += p->channels) {
                const gt_pool2d_window window = gt_pool2d_window_at(p, i, j);
                KERNEL(share)(p, &window, dy, dx);
            }
    }
}

static gt_status KERNEL(forward)(const gt_call *call)
{
    job all = {.dy = call->input[0].data, .dx = call->output[0].data};
    gt_pool2d_plan_make(&all.plan, call->attributes);
    const gt_pool2d_plan *p = &all.plan;
    gt_parallel(p->images, gt_pool2d_grain(p->height * p->width * p->channels), KERNEL(images), &all);
    return GT_OK;
}

#endif
