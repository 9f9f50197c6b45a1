/* Whole Jacobians, one sweep for each row: the cotangent of row k is 1 at entry k of the target and 0 elsewhere, a
 * window into one vector (0, ..., 0, 1, 0, ..., 0), so that no square of cotangents is held. */
#include "core/memory.h"
#include "core/op.h"
#include "ops/ops.h"

/* 2 n - 1 entries, with a 1 in the middle. */
static gt_tensor *impulse(gt_tape *tape, gt_dtype dtype, int64_t n)
{
    gt_tensor *middle = gt_fill(tape, GT_INT32, GT_SCALAR, (double)(n - 1));
    return gt_one_hot(tape, middle, 2 * n - 1, dtype);
}

/* The window of the impulse with its 1 at entry k of n. */
static gt_tensor *unit_vector(gt_tape *tape, gt_tensor *vector, int64_t n, int64_t k)
{
    const int64_t begin = n - 1 - k;
    return gt_slice(tape, vector, &begin, &n);
}

/* Shape a + b, b without its first `skip` axes; false, with the tape's error set, where that is too many axes. */
static bool join_shapes(gt_tape *tape, const gt_shape *a, const gt_shape *b, int64_t skip, gt_shape *joined)
{
    *joined = *a;
    if (a->rank + b->rank - skip > GT_MAX_RANK) {
        gt_tape_fail(tape, GT_ERR_SHAPE, "jacobian: target %s and source %s have more than %d axes together",
                     gt_shape_text(a).text, gt_shape_text(b).text, GT_MAX_RANK);
        return false;
    }
    for (int64_t axis = skip; axis < b->rank; axis++)
        joined->dim[joined->rank++] = b->dim[axis];
    return true;
}

/* A target without entries, or one that has no gradient, which the sweep reports: every Jacobian it is connected to has
 * no entries either. */
static gt_status empty_jacobians(gt_tape *tape, gt_tensor *target, int count, gt_tensor *const sources[],
                                 gt_tensor *jacobians[])
{
    gt_status status = gt_tape_gradient(tape, target, count, sources, jacobians);
    const gt_shape target_shape = gt_tensor_shape(target);
    for (int i = 0; status == GT_OK && i < count; i++) {
        const gt_shape source_shape = gt_tensor_shape(sources[i]);
        gt_shape shape;
        if (!jacobians[i])
            continue;
        if (join_shapes(tape, &target_shape, &source_shape, 0, &shape))
            jacobians[i] = gt_fill(tape, gt_tensor_dtype(sources[i]), shape, 0);
        status = gt_tape_status(tape);
    }
    return status;
}

/* One sweep: rows[i] = d target[k] / d sources[i]. The last one uses a one-shot tape up, as a gradient does. */
static gt_status sweep_row(gt_tape *tape, gt_tensor *target, gt_tensor *cotangent, bool last, int count,
                           gt_tensor *const sources[], gt_tensor *rows[])
{
    if (!cotangent)
        return gt_tape_status(tape);
    const gt_gradient_options options = {.cotangents = &cotangent, .retain = !last};
    return gt_tape_gradient_with(tape, &target, count, sources, rows, &options);
}

/* n rows, `stride` apart, one behind the other in one vector. */
static gt_tensor *join_rows(gt_tape *tape, int64_t n, gt_tensor *const rows[], int stride)
{
    gt_tensor **flat = gt_allocate((size_t)n * sizeof *flat);
    if (!flat)
        return gt_tape_fail(tape, GT_ERR_MEMORY, "jacobian: %s", gt_last_error());
    for (int64_t k = 0; k < n; k++)
        flat[k] = gt_reshape(tape, rows[k * stride], GT_SHAPE(-1));
    gt_tensor *joined = gt_concat(tape, (int)n, flat, 0);
    gt_release(flat);
    return joined;
}

/* Fills rows[k * count + i] and the Jacobians. */
static gt_status sweep_all(gt_tape *tape, gt_tensor *target, int64_t n, int count, gt_tensor *const sources[],
                           gt_tensor *rows[], gt_tensor *jacobians[])
{
    const gt_shape target_shape = gt_tensor_shape(target);
    gt_tensor *vector = impulse(tape, gt_tensor_dtype(target), n);
    gt_status status = GT_OK;
    for (int64_t k = 0; status == GT_OK && k < n; k++) {
        gt_tensor *cotangent = gt_reshape(tape, unit_vector(tape, vector, n, k), target_shape);
        status = sweep_row(tape, target, cotangent, k == n - 1, count, sources, rows + k * count);
    }
    for (int i = 0; status == GT_OK && i < count; i++) {
        const gt_shape source_shape = gt_tensor_shape(sources[i]);
        gt_shape shape;
        if (!rows[i])
            continue;
        if (join_shapes(tape, &target_shape, &source_shape, 0, &shape)) {
            jacobians[i] = gt_reshape(tape, join_rows(tape, n, rows + i, count), shape);
            gt_tape_pin(tape, jacobians[i]); /* outlives the scope around this */
        }
        status = gt_tape_status(tape);
    }
    return status;
}

static gt_status check_request(gt_tape *tape, const gt_tensor *target, int count, gt_tensor *const sources[])
{
    if (gt_tensor_size(target) > INT32_MAX)
        gt_tape_fail(tape, GT_ERR_SHAPE, "jacobian: a target of more entries than an int32 counts");
    const gt_shape target_shape = gt_tensor_shape(target);
    for (int i = 0; i < count; i++) {
        const gt_shape source_shape = gt_tensor_shape(sources[i]);
        gt_shape shape;
        if (!join_shapes(tape, &target_shape, &source_shape, 0, &shape))
            break;
    }
    return gt_tape_status(tape);
}

gt_status gt_tape_jacobian(gt_tape *tape, gt_tensor *target, int count, gt_tensor *const sources[],
                           gt_tensor *jacobians[])
{
    for (int i = 0; jacobians && i < count; i++)
        jacobians[i] = NULL;
    const int64_t n = gt_tensor_size(target);
    if (!tape || n == 0 || count < 1 || !sources || !jacobians || !gt_dtype_is_real(gt_tensor_dtype(target)))
        return empty_jacobians(tape, target, count, sources, jacobians);
    gt_status status = check_request(tape, target, count, sources);
    if (status != GT_OK)
        return status;
    gt_tensor **rows = gt_allocate((size_t)n * (size_t)count * sizeof *rows);
    if (!rows) {
        gt_tape_fail(tape, GT_ERR_MEMORY, "jacobian: %s", gt_last_error());
        return GT_ERR_MEMORY;
    }
    gt_scope scope = gt_scope_begin(tape);
    status = sweep_all(tape, target, n, count, sources, rows, jacobians);
    gt_scope_end(tape, scope, NULL);
    gt_release(rows);
    for (int i = 0; status != GT_OK && i < count; i++)
        jacobians[i] = NULL;
    return status;
}

/* ---- batched ----------------------------------------------------------------------------------------------------- */

static bool check_batch(gt_tape *tape, const gt_tensor *target, const gt_tensor *source)
{
    if (!tape || !target || !source) {
        gt_tape_fail(tape, GT_ERR_ARGUMENT, "batch_jacobian: the %s is NULL",
                     !tape    ? "tape"
                     : target ? "source"
                              : "target");
        return false;
    }
    const gt_shape t = gt_tensor_shape(target), s = gt_tensor_shape(source);
    if (t.rank < 2 || s.rank < 2 || t.dim[0] != s.dim[0]) {
        gt_tape_fail(tape, GT_ERR_SHAPE, "batch_jacobian: (b, ...) and (b, ...) are expected, target %s, source %s",
                     gt_shape_text(&t).text, gt_shape_text(&s).text);
        return false;
    }
    return true;
}

/* Entry k of every example of the target at once: rows[k] has the source's shape. What the sweeps leave is freed. */
static gt_status sweep_batch(gt_tape *tape, gt_tensor *target, gt_tensor *source, int64_t n, gt_tensor *rows[])
{
    const gt_shape shape = gt_tensor_shape(target), example = gt_shape_of((int)shape.rank - 1, shape.dim + 1);
    gt_tensor *vector = impulse(tape, gt_tensor_dtype(target), n);
    gt_status status = GT_OK;
    for (int64_t k = 0; status == GT_OK && k < n; k++) {
        gt_scope scope = gt_scope_begin(tape);
        gt_tensor *one = gt_reshape(tape, unit_vector(tape, vector, n, k), example);
        status = sweep_row(tape, target, gt_broadcast_to(tape, one, shape), k == n - 1, 1, &source, &rows[k]);
        gt_scope_end(tape, scope, rows[k]);
    }
    return status;
}

/* rows (n, batch, source..) as (batch, n, source..), of the given shape. */
static gt_tensor *swap_batch(gt_tape *tape, int64_t n, gt_tensor *const rows[], gt_shape shape)
{
    const gt_shape stacked = GT_SHAPE(n, shape.dim[0], gt_tensor_size(rows[0]) / shape.dim[0]);
    gt_tensor *joined = gt_reshape(tape, join_rows(tape, n, rows, 1), stacked);
    return gt_reshape(tape, gt_transpose(tape, joined, (const int[]){1, 0, 2}), shape);
}

gt_tensor *gt_tape_batch_jacobian(gt_tape *tape, gt_tensor *target, gt_tensor *source)
{
    const gt_shape t = gt_tensor_shape(target), s = gt_tensor_shape(source);
    gt_shape shape;
    if (!check_batch(tape, target, source) || !join_shapes(tape, &t, &s, 1, &shape))
        return NULL;
    const bool empty = gt_tensor_size(target) == 0 || !gt_dtype_is_real(gt_tensor_dtype(target));
    const int64_t n = empty ? 1 : gt_tensor_size(target) / t.dim[0];
    gt_tensor **rows = gt_allocate((size_t)n * sizeof *rows);
    if (!rows)
        return gt_tape_fail(tape, GT_ERR_MEMORY, "batch_jacobian: %s", gt_last_error());
    gt_tensor *jacobian = NULL;
    gt_scope scope = gt_scope_begin(tape);
    gt_status status =
        empty ? gt_tape_gradient(tape, target, 1, &source, rows) : sweep_batch(tape, target, source, n, rows);
    if (status != GT_OK)
        gt_tape_fail(tape, status, "%s", gt_last_error());
    else if (rows[0])
        jacobian = empty ? gt_fill(tape, gt_tensor_dtype(source), shape, 0) : swap_batch(tape, n, rows, shape);
    gt_release(rows);
    return gt_scope_end(tape, scope, jacobian);
}

/* ---- one op ------------------------------------------------------------------------------------------------------ */

static gt_tensor *local_jacobian(gt_tape *tape, const gt_op *op, gt_tensor *inputs[], int count, const void *attributes,
                                 int input)
{
    gt_tensor *outputs[GT_MAX_OUTPUTS] = {NULL}, *jacobian = NULL;
    if (gt_tape_watch(tape, inputs[input]) != GT_OK || gt_tape_begin(tape) != GT_OK ||
        gt_apply_all(tape, op, inputs, count, attributes, outputs) != GT_OK || gt_tape_end(tape) != GT_OK ||
        gt_tape_jacobian(tape, outputs[0], 1, &inputs[input], &jacobian) != GT_OK)
        return NULL;
    if (jacobian)
        return gt_tensor_copy(jacobian);
    /* Structurally zero. */
    const gt_shape of = gt_tensor_shape(outputs[0]), to = gt_tensor_shape(inputs[input]);
    gt_shape shape;
    if (!join_shapes(tape, &of, &to, 0, &shape))
        return NULL;
    return gt_tensor_new_on(gt_tensor_device(inputs[input]), gt_tensor_dtype(inputs[input]), shape);
}

gt_tensor *gt_op_jacobian(const gt_op *op, gt_tensor *const inputs[], int count, const void *attributes, int input)
{
    if (!op || !inputs || count < 1 || count > GT_MAX_INPUTS || input < 0 || input >= count || !inputs[input]) {
        gt_fail(GT_ERR_ARGUMENT, "gt_op_jacobian: %s",
                !op       ? "the op is NULL"
                : !inputs ? "the inputs are NULL"
                          : "there is no such input");
        return NULL;
    }
    /* A copy of the input, so that the same tensor in another place stays a constant. */
    gt_tensor *own = gt_tensor_copy(inputs[input]);
    gt_tape *tape =
        own ? gt_tape_new_with(&(const gt_tape_options){.device = gt_tensor_device(own), .manual_watch = true}) : NULL;
    gt_tensor *given[GT_MAX_INPUTS], *jacobian = NULL;
    for (int i = 0; i < count; i++)
        given[i] = i == input ? own : inputs[i];
    if (tape)
        jacobian = local_jacobian(tape, op, given, count, attributes, input);
    gt_tape_free(tape);
    gt_tensor_free(own);
    return jacobian;
}
