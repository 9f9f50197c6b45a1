/* Clipping: gradients brought within a bound before a step. */
#include "optim/clipping.h"

#include <math.h>

#include "core/memory.h"
#include "core/tape_internal.h" /* gt_tape_join */
#include "ops/ops.h"

/* ---- the bound ------------------------------------------------------------------------------------------------- */

static gt_status check_bound(const char *who, const char *setting, double bound)
{
    if (bound >= 0 && isfinite(bound))
        return GT_OK;
    return gt_fail(GT_ERR_ARGUMENT, "%s: clipping's %s is %g, a positive number is expected, or 0 for none", who,
                   setting, bound);
}

gt_status gt_clipper_set(gt_clipper *clipper, const char *who, const gt_clipping *bound)
{
    const gt_clipping set = bound ? *bound : (gt_clipping){0};
    gt_status status = check_bound(who, "value", set.value);
    if (status == GT_OK)
        status = check_bound(who, "norm", set.norm);
    if (status == GT_OK)
        status = check_bound(who, "global_norm", set.global_norm);
    if (status == GT_OK && (set.value > 0) + (set.norm > 0) + (set.global_norm > 0) > 1)
        status = gt_fail(GT_ERR_ARGUMENT,
                         "%s: clipping by value (%g), norm (%g) and global_norm (%g): only one of them can be set", who,
                         set.value, set.norm, set.global_norm);
    if (status == GT_OK)
        clipper->bound = set;
    return status;
}

/* ---- clipping -------------------------------------------------------------------------------------------------- */

static gt_status make_room(gt_clipper *clipper, int count)
{
    if (count <= clipper->capacity)
        return GT_OK;
    gt_tensor **clipped = gt_allocate((size_t)count * sizeof *clipped);
    if (!clipped)
        return GT_ERR_MEMORY;
    gt_release(clipper->clipped);
    clipper->clipped = clipped;
    clipper->capacity = count;
    return GT_OK;
}

/* Only a step tells where the weights are: those of a model may be moved, before or after the bound is set. */
static gt_status open_tape(gt_clipper *clipper, gt_device device)
{
    if (clipper->tape && clipper->device == device)
        return GT_OK;
    gt_tape *tape = gt_tape_new(device);
    if (!tape)
        return gt_last_status();
    gt_tape_free(clipper->tape);
    clipper->tape = tape;
    clipper->device = device;
    return GT_OK;
}

/* What to divide by so that a norm is at most `bound`: 1 exactly where it is no larger, and NaN where it is not finite,
 * which the difference with itself tells. */
static gt_tensor *divisor(gt_tape *tape, gt_tensor *squares, double bound)
{
    gt_tensor *norm = gt_sqrt(tape, squares), *limit = gt_fill(tape, GT_FLOAT64, GT_SCALAR, bound);
    gt_tensor *ratio = gt_div(tape, gt_maximum(tape, norm, limit), limit);
    return gt_add(tape, ratio, gt_sub(tape, norm, norm));
}

static gt_tensor *divided(gt_tape *tape, gt_tensor *gradient, gt_tensor *by)
{
    return gt_div(tape, gradient, gt_cast(tape, by, gt_tensor_dtype(gradient)));
}

static void clip_values(gt_clipper *clipper, int count, gt_tensor *const gradients[])
{
    const double value = clipper->bound.value;
    for (int i = 0; i < count; i++)
        clipper->clipped[i] = gt_clip(clipper->tape, gradients[i], -value, value);
}

static void clip_norms(gt_clipper *clipper, int count, gt_tensor *const gradients[])
{
    gt_tape *tape = clipper->tape;
    for (int i = 0; i < count; i++) {
        gt_tensor *by = divisor(tape, gt_sum_of_squares(tape, gradients[i]), clipper->bound.norm);
        clipper->clipped[i] = divided(tape, gradients[i], by);
    }
}

static void clip_global_norm(gt_clipper *clipper, int count, gt_tensor *const gradients[])
{
    gt_tape *tape = clipper->tape;
    gt_tensor *squares = gt_sum_of_squares(tape, gradients[0]);
    for (int i = 1; i < count; i++)
        squares = gt_add(tape, squares, gt_sum_of_squares(tape, gradients[i]));
    gt_tensor *by = divisor(tape, squares, clipper->bound.global_norm);
    for (int i = 0; i < count; i++)
        clipper->clipped[i] = divided(tape, gradients[i], by);
}

gt_status gt_clipper_run(gt_clipper *clipper, const char *who, int count, gt_tensor *const **gradients)
{
    const gt_clipping *bound = &clipper->bound;
    if (count == 0 || (bound->value == 0 && bound->norm == 0 && bound->global_norm == 0))
        return GT_OK;
    gt_status status = make_room(clipper, count);
    if (status == GT_OK)
        status = open_tape(clipper, gt_tensor_device((*gradients)[0]));
    if (status != GT_OK)
        return status;
    gt_tape_join(clipper->tape, (*gradients)[0]);
    if (bound->value > 0)
        clip_values(clipper, count, *gradients);
    else if (bound->norm > 0)
        clip_norms(clipper, count, *gradients);
    else
        clip_global_norm(clipper, count, *gradients);
    status = gt_tape_status(clipper->tape);
    if (status == GT_OK)
        *gradients = clipper->clipped;
    else
        gt_fail(status, "%s: clipping: %s", who, gt_tape_message(clipper->tape));
    return status;
}

void gt_clipper_reset(gt_clipper *clipper)
{
    gt_tape_reset(clipper->tape);
}

void gt_clipper_free(gt_clipper *clipper)
{
    gt_tape_free(clipper->tape);
    gt_release(clipper->clipped);
}
