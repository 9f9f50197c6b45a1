/* max_pool2d_grad: the cotangent of max_pool2d's images: dy goes to the first maximum, row by row, of each window of x;
 * where windows overlap it adds up. x is searched again, so no positions need to be kept. */
#ifndef REAL

#include <string.h>

#include "core/threads.h"
#include "ops/grads.h"
#include "ops/pool2d_plan.h"
#include "ops/pool2d_samples.h"

static gt_status infer(const gt_infer *call)
{
    return gt_pool2d_infer(call, (const gt_pool2d_role[]){GT_POOL2D_POOLED, GT_POOL2D_IMAGES}, GT_POOL2D_IMAGES);
}

typedef struct job {
    gt_pool2d_plan plan;
    const void *dy, *x;
    void *dx;
} job;

#define KERNEL_FILE "ops/max_pool2d_grad.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    job all = {.dy = call->input[0].data, .x = call->input[1].data, .dx = call->output[0].data};
    gt_pool2d_plan_make(&all.plan, call->attributes);
    const gt_pool2d_plan *p = &all.plan;
    gt_parallel(p->images, gt_pool2d_grain(p->height * p->width * p->channels),
                GT_PICK_FOR(images, call->input[0].spec->dtype, p->channels), &all);
    return GT_OK;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    /* A small step of x moves no maximum: the derivative towards it is zero. */
    if (gt_wants(node, 0))
        dx[0] = gt_max_pool2d_pick(tape, dy[0], gt_node_input(node, 1), gt_node_attributes(node));
}

#define SAMPLE(title, x, y, window, stride, before, after)                                                             \
    {                                                                                                                  \
        .name = title, .inputs = {GT_NORMAL y, GT_NORMAL x},                                                           \
        .attributes = GT_POOL2D_SETTINGS(x, window, stride, before, after), .zero_gradient = 2                         \
    }

static const gt_sample samples[] = {GT_POOL2D_SAMPLES(SAMPLE),
                                    {.name = "ties",
                                     .inputs = {GT_NORMAL(1, 2, 2, 2), GT_VALUE(1, 1, 4, 4, 2)},
                                     .attributes = GT_POOL2D_SETTINGS((1, 4, 4, 2), (2, 2), (2, 2), (0, 0), (0, 0)),
                                     .forward_only = true},
                                    {0}};
static const gt_sample workload = GT_POOL2D_WORKLOAD(SAMPLE);
#undef SAMPLE

const gt_op gt_op_max_pool2d_grad = {
    .name = "max_pool2d_grad",
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

gt_tensor *gt_max_pool2d_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, const gt_pool2d_attributes *attributes)
{
    return gt_apply(tape, &gt_op_max_pool2d_grad, (gt_tensor *[]){dy, x}, 2, attributes);
}

#else

#include "core/vector.h"
#include "ops/pool2d_max.h"

/* Some channels of a window: the cotangent moves to the first entry that has the maximum. */
static inline __attribute__((always_inline)) void KERNEL(window_grad)(const gt_pool2d_plan *p,
                                                                      const gt_pool2d_window *window, const REAL *dy,
                                                                      const REAL *image, REAL *dx, int64_t lanes)
{
    const KERNEL(vector) none = {0}, max = KERNEL(window_max)(p, window, image, lanes);
    KERNEL(vector) left = KERNEL(load)(dy, lanes);
    for (int64_t h = window->top; h < window->bottom; h++)
        for (int64_t w = window->left; w < window->right; w++) {
            const int64_t entry = (h * p->width + w) * p->channels;
            const KERNEL(bits) takes = KERNEL(has_max)(KERNEL(load)(image + entry, lanes), max);
            KERNEL(vector) taken = KERNEL(choose)(takes, left, none);
            if (!p->tiles)
                taken += KERNEL(load)(dx + entry, lanes);
            KERNEL(store)(dx + entry, taken, lanes);
            left = KERNEL(choose)(takes, none, left);
        }
}

static void KERNEL(images)(void *context, int64_t begin, int64_t end)
{
    const job *all = context;
    const gt_pool2d_plan *p = &all->plan;
    const int64_t size = p->height * p->width * p->channels;
    for (int64_t n = begin; n < end; n++) {
        const REAL *x = (const REAL *)all->x + n * size;
        const REAL *dy = (const REAL *)all->dy + n * p->y_h * p->y_w * p->channels;
        REAL *dx = (REAL *)all->dx + n * size;
        if (!p->tiles)
            memset(dx, 0, (size_t)size * sizeof(REAL));
        for (int64_t i = 0; i < p->y_h; i++)
            for (int64_t j = 0; j < p->y_w; j++, dy += p->channels) {
                const gt_pool2d_window window = gt_pool2d_window_at(p, i, j);
                int64_t c = 0;
                for (; c + GT_LANES <= p->channels; c += GT_LANES)
                    KERNEL(window_grad)(p, &window, dy + c, x + c, dx + c, GT_LANES);
                if (c < p->channels)
                    KERNEL(window_grad)(p, &window, dy + c, x + c, dx + c, p->channels - c);
            }
    }
}

#endif
