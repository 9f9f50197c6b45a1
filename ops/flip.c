/* flip: x turned round along some axes: y[i, j] = x[n - 1 - i, j] along the first; any dtype. */
#include <string.h>

#include "core/elementwise.h"
#include "ops/reduce.h"

static gt_status infer(const gt_infer *call)
{
    call->output[0] = *call->input[0];
    return gt_need_axes(call, &call->input[0]->shape, ((const gt_flip_attributes *)call->attributes)->axes);
}

/* Lines along the last flipped axis, of `length` places with `run` neighbours each, which keep their order; flips of
 * the axes before it decide which line of x goes to which of y. */
typedef struct mirror {
    const char *x;
    char *y;
    const gt_shape *shape;
    int64_t axes, last; /* the mask; its highest axis, -1 where it is empty */
    int64_t length, run;
    size_t element;
} mirror;

static int64_t line_of_x(const mirror *m, int64_t line)
{
    int64_t from = 0, step = 1;
    for (int64_t axis = m->last - 1; axis >= 0; axis--) {
        const int64_t n = m->shape->dim[axis], at = line % n;
        from += (m->axes >> axis & 1 ? n - 1 - at : at) * step;
        line /= n;
        step *= n;
    }
    return from;
}

static inline void copy_places(size_t bytes, const char *last, char *y, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        memcpy(y + (size_t)i * bytes, last - (size_t)i * bytes, bytes);
}

/* With `bytes` a constant, so that memcpy is a move or two: elements, and pixels of three colours. */
static void reverse(size_t bytes, const char *last, char *y, int64_t n)
{
    switch (bytes) {
    case 1:
        copy_places(1, last, y, n);
        break;
    case 3:
        copy_places(3, last, y, n);
        break;
    case 4:
        copy_places(4, last, y, n);
        break;
    case 8:
        copy_places(8, last, y, n);
        break;
    case 12:
        copy_places(12, last, y, n);
        break;
    default:
        copy_places(bytes, last, y, n);
    }
}

/* Places [begin, end) of all lines of y. */
static void places(void *context, int64_t begin, int64_t end)
{
    const mirror *m = context;
    const size_t run = (size_t)m->run * m->element;
    for (int64_t at = begin, n; at < end; at += n) {
        const int64_t line = at / m->length, first = at % m->length;
        n = m->length - first < end - at ? m->length - first : end - at;
        const char *last = m->x + (size_t)((line_of_x(m, line) + 1) * m->length - 1 - first) * run;
        char *y = m->y + (size_t)at * run;
        reverse(run, last, y, n);
    }
}

static gt_status forward(const gt_call *call)
{
    const gt_spec *spec = call->input[0].spec;
    mirror m = {.x = call->input[0].data,
                .y = call->output[0].data,
                .shape = &spec->shape,
                .axes = ((const gt_flip_attributes *)call->attributes)->axes,
                .last = -1,
                .length = 1,
                .run = 1,
                .element = gt_dtype_size(spec->dtype)};
    for (int64_t axis = 0; axis < spec->shape.rank; axis++) {
        m.run *= spec->shape.dim[axis];
        if (m.axes >> axis & 1) {
            m.last = axis;
            m.length = spec->shape.dim[axis];
            m.run = 1;
        }
    }
    if (gt_operand_size(&call->output[0]) > 0)
        gt_parallel(gt_operand_size(&call->output[0]) / m.run, gt_row_grain(m.run), places, &m);
    return GT_OK;
}

static gt_tensor *flip_axes(gt_tape *tape, gt_tensor *x, int64_t axes);

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = flip_axes(tape, dy[0], ((const gt_flip_attributes *)gt_node_attributes(node))->axes);
}

static const gt_field fields[] = {GT_INT(gt_flip_attributes, axes), {0}};

#define AXES(mask)                                                                                                     \
    .attributes = &(const gt_flip_attributes)                                                                          \
    {                                                                                                                  \
        mask                                                                                                           \
    }
static const gt_sample samples[] = {
    {.name = "vector", .inputs = {GT_NORMAL(5)}, AXES(1)},
    {.name = "rows", .inputs = {GT_NORMAL(3, 4)}, AXES(1)},
    {.name = "columns", .inputs = {GT_NORMAL(3, 4)}, AXES(2)},
    {.name = "both", .inputs = {GT_NORMAL(3, 4)}, AXES(3)},
    {.name = "width of images", .inputs = {GT_NORMAL(2, 2, 5, 3)}, AXES(4)},
    {.name = "outer and inner", .inputs = {GT_NORMAL(3, 2, 4)}, AXES(5)},
    {.name = "no axes", .inputs = {GT_NORMAL(2, 3)}, AXES(0)},
    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}, AXES(0)},
    {.name = "bytes", .inputs = {GT_BYTE(3, 5)}, AXES(2)},
    {.name = "integers", .inputs = {GT_INDEX(0, 9, 2, 3)}, AXES(3)},
    {.name = "empty", .inputs = {GT_NORMAL(3, 0)}, AXES(1)},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(64, 32, 32, 3)}, AXES(4)};

const gt_op gt_op_flip = {
    .name = "flip",
    .inputs = 1,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .attribute_size = sizeof(gt_flip_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

static gt_tensor *flip_axes(gt_tape *tape, gt_tensor *x, int64_t axes)
{
    const gt_flip_attributes attributes = {axes};
    return gt_apply(tape, &gt_op_flip, &x, 1, &attributes);
}

gt_tensor *gt_flip(gt_tape *tape, gt_tensor *x, const gt_axes *axes)
{
    int64_t mask = 0;
    const gt_shape shape = gt_tensor_shape(x);
    if (x && !gt_find_axes(tape, "flip", &shape, axes, &mask))
        return NULL;
    return flip_axes(tape, x, mask);
}
