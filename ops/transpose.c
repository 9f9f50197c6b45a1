/* transpose: axis i of y is axis order[i] of x; any dtype. Moved in square tiles, so that both sides are read and
 * written along cache lines. */
#include <string.h>

#include "core/elementwise.h"
#include "ops/attributes.h"
#include "ops/gemm.h"
#include "ops/ops.h"

#define TILE 32

static gt_status infer(const gt_infer *call)
{
    const gt_order_attributes *attributes = call->attributes;
    const gt_shape *x = &call->input[0]->shape;
    gt_shape shape = {.rank = x->rank};
    uint32_t seen = 0;
    for (int64_t i = 0; i < x->rank; i++) {
        int64_t axis = attributes->order[i];
        if (axis < 0 || axis >= x->rank || seen >> axis & 1) {
            const gt_shape order = gt_shape_of((int)x->rank, attributes->order);
            return gt_fail(GT_ERR_ARGUMENT, "transpose: order %s is no permutation of the axes of %s",
                           gt_shape_text(&order).text, gt_shape_text(x).text);
        }
        seen |= UINT32_C(1) << axis;
        shape.dim[i] = x->dim[axis];
    }
    call->output[0] = (gt_spec){call->input[0]->dtype, shape};
    return GT_OK;
}

/* y's axes, the last one first; neighbours that x steps through evenly are joined. Strides count elements. */
typedef struct layout {
    const char *x;
    char *y;
    size_t element; /* bytes */
    int rank;
    int64_t dim[GT_MAX_RANK], stride_x[GT_MAX_RANK], stride_y[GT_MAX_RANK];
    int along;     /* the axis that is contiguous in x */
    int64_t tiles; /* that it is cut into */
} layout;

static void plan(layout *l, const gt_shape *x, const int64_t order[])
{
    int64_t stride[GT_MAX_RANK], step = 1;
    for (int64_t axis = x->rank - 1; axis >= 0; axis--) {
        stride[axis] = step;
        step *= x->dim[axis];
    }
    for (int64_t i = x->rank - 1; i >= 0; i--) {
        int64_t size = x->dim[order[i]], from = stride[order[i]];
        int last = l->rank - 1;
        if (size == 1)
            continue;
        if (last >= 0 && from == l->stride_x[last] * l->dim[last]) {
            l->dim[last] *= size;
            continue;
        }
        l->dim[l->rank] = size;
        l->stride_x[l->rank] = from;
        l->stride_y[l->rank] = last >= 0 ? l->stride_y[last] * l->dim[last] : 1;
        l->rank++;
    }
    if (l->rank == 0) { /* a single element */
        l->dim[0] = l->stride_x[0] = l->stride_y[0] = 1;
        l->rank = 1;
    }
    while (l->stride_x[l->along] != 1)
        l->along++;
}

/* The offsets of outer position `index`: all axes but the first and the one `along` x. */
static void outer_offsets(const layout *l, int64_t index, int64_t *x, int64_t *y)
{
    *x = *y = 0;
    for (int i = 1; i < l->rank; i++) {
        if (i == l->along)
            continue;
        *x += index % l->dim[i] * l->stride_x[i];
        *y += index % l->dim[i] * l->stride_y[i];
        index /= l->dim[i];
    }
}

/* y[i][j] = x[j][i], for `columns` rows of x and `rows` columns; steps in bytes. Elements of 4 and 8 bytes move as
 * floats do, whatever they are: no bit changes on the way. */
static void turn(const layout *l, const char *x, int64_t step_x, char *y, int64_t step_y, int64_t rows, int64_t columns)
{
    if (l->element == 4) {
        GT_PICK_ISA(gt_gemm_transpose_f32)((float *)y, step_y / 4, (const float *)x, step_x / 4, columns, rows);
        return;
    }
    if (l->element == 8) {
        GT_PICK_ISA(gt_gemm_transpose_f64)((double *)y, step_y / 8, (const double *)x, step_x / 8, columns, rows);
        return;
    }
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            y[i * step_y + j] = x[j * step_x + i];
}

static void tiles(void *context, int64_t begin, int64_t end)
{
    const layout *l = context;
    const int64_t element = (int64_t)l->element;
    const int64_t step_x = l->stride_x[0] * element, step_y = l->stride_y[l->along] * element;
    for (int64_t piece = begin; piece < end; piece++) {
        int64_t from, to, row = piece % l->tiles * TILE, left = l->dim[l->along] - row;
        outer_offsets(l, piece / l->tiles, &from, &to);
        const int64_t rows = left < TILE ? left : TILE;
        const char *x = l->x + (from + row) * element;
        char *y = l->y + to * element + row * step_y;
        for (int64_t column = 0; column < l->dim[0]; column += TILE) {
            const int64_t columns = l->dim[0] - column < TILE ? l->dim[0] - column : TILE;
            turn(l, x + column * step_x, step_x, y + column * element, step_y, rows, columns);
        }
    }
}

/* Where the last axis stays the last: whole rows. */
static void rows(void *context, int64_t begin, int64_t end)
{
    const layout *l = context;
    const size_t bytes = (size_t)l->dim[0] * l->element;
    for (int64_t row = begin; row < end; row++) {
        int64_t from, to;
        outer_offsets(l, row, &from, &to);
        memcpy(l->y + (size_t)to * l->element, l->x + (size_t)from * l->element, bytes);
    }
}

static gt_status forward(const gt_call *call)
{
    const gt_spec *spec = call->input[0].spec;
    const int64_t size = gt_shape_size(&spec->shape);
    if (size == 0)
        return GT_OK;
    layout l = {.x = call->input[0].data, .y = call->output[0].data, .element = gt_dtype_size(spec->dtype)};
    plan(&l, &spec->shape, ((const gt_order_attributes *)call->attributes)->order);
    if (l.along == 0) {
        gt_parallel(size / l.dim[0], gt_row_grain(l.dim[0]), rows, &l);
        return GT_OK;
    }
    l.tiles = (l.dim[l.along] + TILE - 1) / TILE;
    gt_parallel(size / l.dim[0] / l.dim[l.along] * l.tiles, gt_row_grain(l.dim[0] * TILE), tiles, &l);
    return GT_OK;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_order_attributes *attributes = gt_node_attributes(node);
    int inverse[GT_MAX_RANK];
    for (int i = 0; i < gt_node_input_spec(node, 0)->shape.rank; i++)
        inverse[attributes->order[i]] = i;
    dx[0] = gt_transpose(tape, dy[0], inverse);
}

static const gt_field fields[] = {GT_INT(gt_order_attributes, order), {0}};

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_order_attributes){{1, 0}}},
    {.name = "past a tile", .inputs = {GT_NORMAL(35, 67)}, .attributes = &(const gt_order_attributes){{1, 0}}},
    {.name = "same order", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_order_attributes){{0, 1}}},
    {.name = "last stays", .inputs = {GT_NORMAL(2, 3, 4)}, .attributes = &(const gt_order_attributes){{1, 0, 2}}},
    {.name = "rotated", .inputs = {GT_NORMAL(2, 3, 4)}, .attributes = &(const gt_order_attributes){{2, 0, 1}}},
    {.name = "four axes", .inputs = {GT_NORMAL(2, 3, 4, 5)}, .attributes = &(const gt_order_attributes){{3, 1, 0, 2}}},
    {.name = "axes of size 1", .inputs = {GT_NORMAL(1, 3, 1)}, .attributes = &(const gt_order_attributes){{2, 1, 0}}},
    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}, .attributes = &(const gt_order_attributes){{0}}},
    {.name = "bytes", .inputs = {GT_BYTE(3, 5)}, .attributes = &(const gt_order_attributes){{1, 0}}},
    {.name = "empty", .inputs = {GT_NORMAL(0, 3)}, .attributes = &(const gt_order_attributes){{1, 0}}},
    {0},
};
static const gt_sample workload = {
    .name = "workload", .inputs = {GT_NORMAL(256, 1024)}, .attributes = &(const gt_order_attributes){{1, 0}}};

const gt_op gt_op_transpose = {
    .name = "transpose",
    .inputs = 1,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .attribute_size = sizeof(gt_order_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_transpose(gt_tape *tape, gt_tensor *x, const int *order)
{
    gt_order_attributes attributes = {{0}};
    const gt_shape shape = gt_tensor_shape(x);
    for (int i = 0; i < shape.rank; i++) {
        const int axis = order ? gt_shape_axis(&shape, order[i]) : (int)shape.rank - 1 - i;
        attributes.order[i] = axis < 0 ? order[i] : axis; /* the shape rule reports one out of range */
    }
    return gt_apply(tape, &gt_op_transpose, &x, 1, &attributes);
}
