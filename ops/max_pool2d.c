/* max_pool2d: the maximum of each window, channel by channel; padding never counts, NaN passes on. */
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

#define KERNEL_FILE "ops/max_pool2d.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    job all = {.x = call->input[0].data, .y = call->output[0].data};
    gt_pool2d_plan_make(&all.plan, call->attributes);
    const gt_pool2d_plan *p = &all.plan;
    gt_parallel(p->images * p->y_h, gt_pool2d_grain(p->y_w * p->channels),
                GT_PICK_FOR(rows, call->input[0].spec->dtype, p->channels), &all);
    return GT_OK;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_max_pool2d_grad(tape, dy[0], gt_node_input(node, 0), gt_node_attributes(node));
}

#define SAMPLE(title, x, y, window, stride, before, after)                                                             \
    {                                                                                                                  \
        .name = title, .inputs = {GT_NORMAL x}, .attributes = GT_POOL2D_SETTINGS(x, window, stride, before, after)     \
    }

static const gt_sample samples[] = {
    GT_POOL2D_SAMPLES(SAMPLE),
    {
        .name = "ties",
        .inputs = {GT_VALUE(1, 1, 4, 4, 2)},
        .attributes = GT_POOL2D_SETTINGS((1, 4, 4, 2), (2, 2), (2, 2), (0, 0), (0, 0)),
        .forward_only = true,
    },
    {0},
};
static const gt_sample workload = GT_POOL2D_WORKLOAD(SAMPLE);
#undef SAMPLE

const gt_op gt_op_max_pool2d = {
    .name = "max_pool2d",
    .inputs = 1,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0),
    .attribute_size = sizeof(gt_pool2d_attributes),
    .fields = gt_pool2d_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_max_pool2d(gt_tape *tape, gt_tensor *x, const gt_pool2d_options *options)
{
    return gt_pool2d_apply(tape, &gt_op_max_pool2d, x, options);
}

#else

#include "core/vector.h"
#include "ops/pool2d_max.h"

/* Rows [begin, end) of all images of y. */
static void KERNEL(rows)(void *context, int64_t begin, int64_t end)
{
    const job *all = context;
    const gt_pool2d_plan *p = &all->plan;
    const int64_t n = p->channels;
    for (int64_t row = begin; row < end; row++) {
        const REAL *image = (const REAL *)all->x + row / p->y_h * p->height * p->width * n;
        REAL *y = (REAL *)all->y + row * p->y_w * n;
        for (int64_t j = 0; j < p->y_w; j++, y += n) {
            const gt_pool2d_window window = gt_pool2d_window_at(p, row % p->y_h, j);
            int64_t c = 0;
            for (; c + GT_LANES <= n; c += GT_LANES)
                KERNEL(store)(y + c, KERNEL(window_max)(p, &window, image + c, GT_LANES), GT_LANES);
            if (c < n)
                KERNEL(store)(y + c, KERNEL(window_max)(p, &window, image + c, n - c), n - c);
        }
    }
}

#endif
