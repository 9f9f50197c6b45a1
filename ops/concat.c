/* concat: tensors one behind the other along an axis; any dtype, the same for all. */
#include <string.h>

#include "core/elementwise.h"
#include "core/memory.h"
#include "ops/axis.h"
#include "ops/ops.h"

/* GT_OK where input i differs from the first along the axis only. */
static gt_status check_like_first(const gt_infer *call, int i, int64_t axis)
{
    const gt_shape *first = &call->input[0]->shape, *shape = &call->input[i]->shape;
    gt_status status = gt_need_same_dtype(call, 0, i);
    bool fits = shape->rank == first->rank;
    for (int64_t k = 0; fits && k < first->rank; k++)
        fits = k == axis || shape->dim[k] == first->dim[k];
    if (status == GT_OK && !fits)
        return gt_fail(GT_ERR_SHAPE, "concat: input %d is %s, which does not fit %s along axis %lld", i,
                       gt_shape_text(shape).text, gt_shape_text(first).text, (long long)axis);
    return status;
}

static gt_status infer(const gt_infer *call)
{
    const int64_t axis = ((const gt_axis_attributes *)call->attributes)->axis;
    gt_spec *y = &call->output[0];
    *y = *call->input[0];
    gt_status status = gt_need_axis(call);
    for (int i = 1; status == GT_OK && i < call->inputs; i++) {
        status = check_like_first(call, i, axis);
        if (status != GT_OK)
            break;
        y->shape.dim[axis] += call->input[i]->shape.dim[axis];
        status = gt_shape_check("concat", y->dtype, &y->shape);
    }
    return status;
}

typedef struct pieces {
    const gt_call *call;
    size_t row;                   /* bytes of y between two positions of the outer axes */
    size_t length[GT_MAX_INPUTS]; /* the bytes of it that come from each input */
} pieces;

static void rows(void *context, int64_t begin, int64_t end)
{
    const pieces *p = context;
    for (int64_t row = begin; row < end; row++) {
        char *y = (char *)p->call->output[0].data + (size_t)row * p->row;
        for (int i = 0; i < p->call->inputs; i++) {
            const char *x = p->call->input[i].data;
            memcpy(y, x + (size_t)row * p->length[i], p->length[i]);
            y += p->length[i];
        }
    }
}

static gt_status forward(const gt_call *call)
{
    const int64_t axis = ((const gt_axis_attributes *)call->attributes)->axis;
    const gt_spec *spec = call->output[0].spec;
    size_t inner = gt_dtype_size(spec->dtype);
    int64_t outer = 1;
    for (int64_t k = 0; k < axis; k++)
        outer *= spec->shape.dim[k];
    for (int64_t k = axis + 1; k < spec->shape.rank; k++)
        inner *= (size_t)spec->shape.dim[k];
    pieces p = {.call = call, .row = inner * (size_t)spec->shape.dim[axis]};
    for (int i = 0; i < call->inputs; i++)
        p.length[i] = inner * (size_t)call->input[i].spec->shape.dim[axis];
    if (p.row > 0)
        gt_parallel(outer, gt_row_grain((int64_t)(p.row / gt_dtype_size(spec->dtype))), rows, &p);
    return GT_OK;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const int64_t axis = ((const gt_axis_attributes *)gt_node_attributes(node))->axis;
    int64_t begin[GT_MAX_RANK] = {0};
    for (int i = 0; i < gt_node_inputs(node); i++) {
        const gt_shape *shape = &gt_node_input_spec(node, i)->shape;
        if (gt_wants(node, i))
            dx[i] = gt_slice(tape, dy[0], begin, shape->dim);
        begin[axis] += shape->dim[axis];
    }
}

static const gt_sample samples[] = {
    {.name = "rows", .inputs = {GT_NORMAL(2, 3), GT_NORMAL(4, 3)}, .attributes = &(const gt_axis_attributes){0}},
    {.name = "columns",
     .inputs = {GT_NORMAL(3, 2), GT_NORMAL(3, 1), GT_NORMAL(3, 5)},
     .attributes = &(const gt_axis_attributes){1}},
    {.name = "middle",
     .inputs = {GT_NORMAL(2, 1, 3), GT_NORMAL(2, 2, 3)},
     .attributes = &(const gt_axis_attributes){1}},
    {.name = "one", .inputs = {GT_NORMAL(3)}, .attributes = &(const gt_axis_attributes){0}},
    {.name = "integers",
     .inputs = {GT_INDEX(0, 9, 2), GT_INDEX(0, 9, 3)},
     .attributes = &(const gt_axis_attributes){0}},
    {.name = "with an empty one",
     .inputs = {GT_NORMAL(2, 0), GT_NORMAL(2, 3)},
     .attributes = &(const gt_axis_attributes){1}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL(256, 512), GT_NORMAL(256, 512)},
                                   .attributes = &(const gt_axis_attributes){1}};

const gt_op gt_op_concat = {
    .name = "concat",
    .inputs = GT_VARIADIC,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .attribute_size = sizeof(gt_axis_attributes),
    .fields = gt_axis_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

/* More than an op takes: groups first, then the groups' results. */
static gt_tensor *concat_groups(gt_tape *tape, int count, gt_tensor *const x[], int axis)
{
    const int groups = (count + GT_MAX_INPUTS - 1) / GT_MAX_INPUTS;
    gt_tensor **group = gt_allocate((size_t)groups * sizeof *group);
    if (!group)
        return gt_tape_fail(tape, GT_ERR_MEMORY, "concat: %s", gt_last_error());
    gt_scope scope = gt_scope_begin(tape);
    for (int i = 0; i < groups; i++) {
        const int first = i * GT_MAX_INPUTS, left = count - first;
        group[i] = gt_concat(tape, left < GT_MAX_INPUTS ? left : GT_MAX_INPUTS, x + first, axis);
    }
    gt_tensor *result = gt_scope_end(tape, scope, gt_concat(tape, groups, group, axis));
    gt_release(group);
    return result;
}

gt_tensor *gt_concat(gt_tape *tape, int count, gt_tensor *const x[], int axis)
{
    if (count < 1 || !x)
        return gt_tape_fail(tape, GT_ERR_ARGUMENT, "concat: %s", x ? "no tensors given" : "the array is NULL");
    if (count > GT_MAX_INPUTS)
        return concat_groups(tape, count, x, axis);
    return gt_apply_along(tape, &gt_op_concat, x, count, axis);
}
