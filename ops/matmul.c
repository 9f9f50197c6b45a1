/* matmul: C = A B over the last two axes, as numpy.matmul: leading axes are batches and broadcast. The op itself takes
 * matrices and stacks of them; gt_matmul makes matrices of vectors. */
#include "core/op.h"
#include "ops/attributes.h"
#include "ops/ops.h"
#include "ops/product.h"

extern const gt_op gt_op_matmul;

/* The last two axes, transposed or not; a vector is a row on the left and a column on the right. */
typedef struct matrix {
    int64_t rows, columns;
} matrix;

static matrix matrix_of(const gt_shape *shape, bool transpose, bool right)
{
    const int64_t last = shape->dim[shape->rank - 1];
    if (shape->rank == 1)
        return right ? (matrix){last, 1} : (matrix){1, last};
    const int64_t before = shape->dim[shape->rank - 2];
    return transpose ? (matrix){last, before} : (matrix){before, last};
}

static gt_shape batch_of(const gt_shape *shape)
{
    return gt_shape_of(shape->rank > 2 ? (int)shape->rank - 2 : 0, shape->dim);
}

static const char *flag(int64_t transposed)
{
    return transposed ? " transposed" : "";
}

/* Whether a product of these shapes is defined. */
static gt_status check(const gt_shape *a, const gt_shape *b, const gt_matmul_attributes *attributes)
{
    const int64_t ta = attributes->transpose_a, tb = attributes->transpose_b;
    if (a->rank == 0 || b->rank == 0)
        return gt_fail(GT_ERR_SHAPE, "matmul: a scalar is no matrix (gt_mul multiplies by one): %s x %s",
                       gt_shape_text(a).text, gt_shape_text(b).text);
    if ((a->rank == 1 && ta) || (b->rank == 1 && tb))
        return gt_fail(GT_ERR_SHAPE, "matmul: a vector cannot be transposed: %s%s x %s%s", gt_shape_text(a).text,
                       flag(ta), gt_shape_text(b).text, flag(tb));
    if (matrix_of(a, ta, false).columns != matrix_of(b, tb, true).rows)
        return gt_fail(GT_ERR_SHAPE, "matmul: inner sizes differ: %s%s x %s%s", gt_shape_text(a).text, flag(ta),
                       gt_shape_text(b).text, flag(tb));
    const gt_shape batch_a = batch_of(a), batch_b = batch_of(b);
    gt_shape batch;
    if (gt_shape_broadcast("matmul", &batch_a, &batch_b, &batch) != GT_OK)
        return gt_fail(GT_ERR_SHAPE, "matmul: leading axes do not broadcast: %s x %s", gt_shape_text(a).text,
                       gt_shape_text(b).text);
    return GT_OK;
}

static gt_status infer(const gt_infer *call)
{
    const gt_matmul_attributes *attributes = call->attributes;
    const gt_shape *a = &call->input[0]->shape, *b = &call->input[1]->shape;
    gt_status status = gt_need_real(call, 0);
    if (status == GT_OK)
        status = gt_need_same_dtype(call, 0, 1);
    if (status == GT_OK)
        status = check(a, b, attributes);
    if (status == GT_OK && (a->rank < 2 || b->rank < 2))
        status = gt_fail(GT_ERR_SHAPE, "matmul: the op takes two axes or more (gt_matmul takes vectors): %s x %s",
                         gt_shape_text(a).text, gt_shape_text(b).text);
    if (status != GT_OK)
        return status;
    const gt_shape batch_a = batch_of(a), batch_b = batch_of(b);
    gt_shape shape;
    status = gt_shape_broadcast("matmul", &batch_a, &batch_b, &shape);
    shape.dim[shape.rank++] = matrix_of(a, attributes->transpose_a, false).rows;
    shape.dim[shape.rank++] = matrix_of(b, attributes->transpose_b, true).columns;
    call->output[0] = (gt_spec){call->input[0]->dtype, shape};
    return status == GT_OK ? gt_shape_check("matmul", call->output[0].dtype, &shape) : status;
}

static gt_status forward(const gt_call *call)
{
    const gt_matmul_attributes *attributes = call->attributes;
    const bool ta = attributes->transpose_a, tb = attributes->transpose_b;
    const gt_shape *a = &call->input[0].spec->shape, *b = &call->input[1].spec->shape;
    const matrix of_a = matrix_of(a, ta, false), of_b = matrix_of(b, tb, true);
    const gt_product product = {
        .m = of_a.rows,
        .n = of_b.columns,
        .k = of_a.columns,
        .a_row = ta ? 1 : of_a.columns,
        .a_column = ta ? of_a.rows : 1,
        .b_row = tb ? 1 : of_b.columns,
        .b_column = tb ? of_b.rows : 1,
        .batch = batch_of(&call->output[0].spec->shape),
        .a_batch = batch_of(a),
        .b_batch = batch_of(b),
        .a = call->input[0].data,
        .b = call->input[1].data,
        .c = call->output[0].data,
    };
    return gt_product_run(call, call->output[0].spec->dtype, &product);
}

static gt_tensor *multiply(gt_tape *tape, gt_tensor *a, bool transpose_a, gt_tensor *b, bool transpose_b)
{
    const gt_matmul_attributes attributes = {transpose_a, transpose_b};
    return gt_apply(tape, &gt_op_matmul, (gt_tensor *[]){a, b}, 2, &attributes);
}

/* With A' and B' what is multiplied: dA' = dC B'^T and dB' = A'^T dC, turned back where A or B was transposed, and
 * summed over the axes along which a batch was stretched. */
static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_matmul_attributes *attributes = gt_node_attributes(node);
    const bool ta = attributes->transpose_a, tb = attributes->transpose_b;
    gt_tensor *a = gt_node_input(node, 0), *b = gt_node_input(node, 1);
    if (gt_wants(node, 0)) {
        gt_tensor *da = ta ? multiply(tape, b, tb, dy[0], true) : multiply(tape, dy[0], false, b, !tb);
        dx[0] = gt_sum_to(tape, da, &gt_node_input_spec(node, 0)->shape);
    }
    if (gt_wants(node, 1)) {
        gt_tensor *db = tb ? multiply(tape, dy[0], true, a, ta) : multiply(tape, a, !ta, dy[0], false);
        dx[1] = gt_sum_to(tape, db, &gt_node_input_spec(node, 1)->shape);
    }
}

static const gt_field fields[] = {
    GT_INT(gt_matmul_attributes, transpose_a),
    GT_INT(gt_matmul_attributes, transpose_b),
    {0},
};

static const gt_matmul_attributes plain = {0, 0}, left_flag = {1, 0}, right_flag = {0, 1}, both = {1, 1};

static const gt_sample samples[] = {
    {.name = "matrices", .inputs = {GT_NORMAL(3, 4), GT_NORMAL(4, 5)}, .attributes = &plain},
    {.name = "single entry", .inputs = {GT_NORMAL(1, 1), GT_NORMAL(1, 1)}, .attributes = &plain},
    {.name = "left transposed", .inputs = {GT_NORMAL(4, 3), GT_NORMAL(4, 5)}, .attributes = &left_flag},
    {.name = "right transposed", .inputs = {GT_NORMAL(3, 4), GT_NORMAL(5, 4)}, .attributes = &right_flag},
    {.name = "both transposed", .inputs = {GT_NORMAL(4, 3), GT_NORMAL(5, 4)}, .attributes = &both},
    {.name = "whole panels", .inputs = {GT_NORMAL(2, 3), GT_NORMAL(3, 16)}, .attributes = &plain},
    {.name = "past tiles and panels", .inputs = {GT_NORMAL(9, 3), GT_NORMAL(3, 19)}, .attributes = &plain},
    {.name = "past a block of the inner axis", .inputs = {GT_NORMAL(2, 261), GT_NORMAL(261, 2)}, .attributes = &plain},
    {.name = "batch", .inputs = {GT_NORMAL(2, 3, 4), GT_NORMAL(2, 4, 2)}, .attributes = &plain},
    {.name = "batch times matrix", .inputs = {GT_NORMAL(3, 2, 4), GT_NORMAL(4, 3)}, .attributes = &plain},
    {.name = "batches broadcast, transposed",
     .inputs = {GT_NORMAL(2, 1, 4, 3), GT_NORMAL(3, 2, 4)},
     .attributes = &both},
    {.name = "no inner axis", .inputs = {GT_NORMAL(3, 0), GT_NORMAL(0, 2)}, .attributes = &plain},
    {.name = "no rows", .inputs = {GT_NORMAL(0, 3), GT_NORMAL(3, 2)}, .attributes = &plain},
    {.name = "empty batch", .inputs = {GT_NORMAL(0, 2, 3), GT_NORMAL(3, 2)}, .attributes = &plain},
    {0},
};
static const gt_sample workload = {
    .name = "workload", .inputs = {GT_NORMAL(100, 784), GT_NORMAL(784, 398)}, .attributes = &plain};

const gt_op gt_op_matmul = {
    .name = "matmul",
    .inputs = 2,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1),
    .attribute_size = sizeof(gt_matmul_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

/* A vector as a matrix: x as a row on the left, as a column on the right. */
static gt_tensor *as_matrix(gt_tape *tape, gt_tensor *x, bool right)
{
    const int64_t n = gt_tensor_dim(x, 0);
    return gt_tensor_rank(x) == 1 ? gt_reshape(tape, x, right ? GT_SHAPE(n, 1) : GT_SHAPE(1, n)) : x;
}

/* The product's shape without the axes of size 1 that stand for vectors. */
static gt_shape drop_vector_axes(const gt_tensor *product, bool left_vector, bool right_vector)
{
    gt_shape shape = gt_tensor_shape(product);
    if (right_vector)
        shape.dim[--shape.rank] = 0;
    if (left_vector) {
        shape.dim[shape.rank - 2 + right_vector] = shape.dim[shape.rank - 1];
        shape.dim[--shape.rank] = 0;
    }
    return shape;
}

gt_tensor *gt_matmul(gt_tape *tape, gt_tensor *a, gt_tensor *b, const gt_matmul_options *options)
{
    const gt_matmul_attributes attributes = {options && options->transpose_a, options && options->transpose_b};
    const bool left_vector = gt_tensor_rank(a) == 1, right_vector = gt_tensor_rank(b) == 1;
    gt_tensor *inputs[] = {a, b};
    if (!left_vector && !right_vector)
        return gt_apply(tape, &gt_op_matmul, inputs, 2, &attributes);
    const gt_shape shape_a = gt_tensor_shape(a), shape_b = gt_tensor_shape(b);
    if (a && b && check(&shape_a, &shape_b, &attributes) != GT_OK)
        return gt_tape_fail(tape, GT_ERR_SHAPE, "%s", gt_last_error());
    gt_scope scope = gt_scope_begin(tape);
    inputs[0] = as_matrix(tape, a, false);
    inputs[1] = as_matrix(tape, b, true);
    gt_tensor *product = gt_apply(tape, &gt_op_matmul, inputs, 2, &attributes);
    if (product)
        product = gt_reshape(tape, product, drop_vector_axes(product, left_vector, right_vector));
    return gt_scope_end(tape, scope, product);
}
