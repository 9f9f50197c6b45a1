/* avg_pool2d: the mean of each window, channel by channel, over the entries that are in the image: padding is not
 * counted, as in TensorFlow. */
#ifndef REAL

#include "core/threads.h"
#include "ops/grads.h"
#include "ops/pool2d_plan.h"
#include "ops/pool2d_samples.h"

static gt_status infer(const gt_infer *call)
{
    return gt_pool2d_infer(call, (const gt_pool2d_role[]){GT_POOL2D_IMAGES}, GT_POOL2D_POOLED);
}

typedef struct job {
    gt_pool2d_plan plan;
    const void *x;
    void *y;
} job;

#define KERNEL_FILE "ops/avg_pool2d.c"
#include "core/kernels.h"
GT_REAL_KERNEL(forward)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_avg_pool2d_grad(tape, dy[0], gt_node_attributes(node));
}

#define SAMPLE(title, x, y, window, stride, before, after)                                                             \
    {                                                                                                                  \
        .name = title, .inputs = {GT_NORMAL x}, .attributes = GT_POOL2D_SETTINGS(x, window, stride, before, after)     \
    }

static const gt_sample samples[] = {GT_POOL2D_SAMPLES(SAMPLE), {0}};
static const gt_sample workload = GT_POOL2D_WORKLOAD(SAMPLE);
#undef SAMPLE

const gt_op gt_op_avg_pool2d = {
    .name = "avg_pool2d",
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

gt_tensor *gt_avg_pool2d_with(gt_tape *tape, gt_tensor *x, const gt_pool2d_attributes *attributes)
{
    return gt_apply(tape, &gt_op_avg_pool2d, &x, 1, attributes);
}

gt_tensor *gt_avg_pool2d(gt_tape *tape, gt_tensor *x, const gt_pool2d_options *options)
{
    return gt_pool2d_apply(tape, &gt_op_avg_pool2d, x, options);
}

#else

static void KERNEL(mean)(const gt_pool2d_plan *p, const gt_pool2d_window *window, const REAL *image, REAL *y)
{
    for (int64_t c = 0; c < p->channels; c++)
        y[c] = 0;
    for (int64_t h = window->top; h < window->bottom; h++)
        for (int64_t w = window->left; w < window->right; w++)
            for (int64_t c = 0; c < p->channels; c++)
                y[c] += image[(h * p->width + w) * p->channels + c];
    const REAL count = (REAL)((window->bottom - window->top) * (window->right - window->left));
    for (int64_t c = 0; c < p->channels; c++)
        y[c] /= count;
}

/* Rows [begin, end) of all images of y. */
static void KERNEL(rows)(void *context, int64_t begin, int64_t end)
{
    const job *all = context;
    const gt_pool2d_plan *p = &all->plan;
    for (int64_t row = begin; row < end; row++) {
        const REAL *image = (const REAL *)all->x + row / p->y_h * p->height * p->width * p->channels;
        REAL *y = (REAL *)all->y + row * p->y_w * p->channels;
        for (int64_t j = 0; j < p->y_w; j++, y += p->channels) {
            const gt_pool2d_window window = gt_pool2d_window_at(p, row % p->y_h, j);
            KERNEL(mean)(p, &window, image, y);
        }
    }
}

static gt_status KERNEL(forward)(const gt_call *call)
{
    job all = {.x = call->input[0].data, .y = call->output[0].data};
    gt_pool2d_plan_make(&all.plan, call->attributes);
    const gt_pool2d_plan *p = &all.plan;
    gt_parallel(p->images * p->y_h, gt_pool2d_grain(p->y_w * p->channels), KERNEL(rows), &all);
    return GT_OK;
}

#endif
