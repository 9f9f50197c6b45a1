/* The dense layers' ops: shape rule, product, and derivatives. The bias is added, and what is negative cut off, as each
 * piece of the product is done. */
#include "ops/linear_parts.h"

#include "ops/ops.h"
#include "ops/product.h"

gt_status gt_infer_linear(const gt_infer *call)
{
    const gt_shape *x = &call->input[0]->shape, *weight = &call->input[1]->shape, *bias = &call->input[2]->shape;
    gt_status status = gt_need_real(call, 0);
    for (int i = 1; status == GT_OK && i < 3; i++)
        status = gt_need_same_dtype(call, 0, i);
    if (status != GT_OK)
        return status;
    if (x->rank < 1 || weight->rank != 2 || bias->rank != 1)
        return gt_fail(GT_ERR_SHAPE, "%s: x (..., in), weight (in, out), bias (out) are expected: %s x %s + %s",
                       call->op->name, gt_shape_text(x).text, gt_shape_text(weight).text, gt_shape_text(bias).text);
    if (x->dim[x->rank - 1] != weight->dim[0])
        return gt_fail(GT_ERR_SHAPE, "%s: inner sizes differ: %s x %s", call->op->name, gt_shape_text(x).text,
                       gt_shape_text(weight).text);
    if (bias->dim[0] != weight->dim[1])
        return gt_fail(GT_ERR_SHAPE, "%s: the bias is %s, but the weight %s", call->op->name, gt_shape_text(bias).text,
                       gt_shape_text(weight).text);
    call->output[0] = *call->input[0];
    call->output[0].shape.dim[x->rank - 1] = weight->dim[1];
    return gt_shape_check(call->op->name, call->output[0].dtype, &call->output[0].shape);
}

/* The product of all axes but the last. */
static int64_t rows_of(const gt_shape *shape)
{
    int64_t rows = 1;
    for (int i = 0; i < shape->rank - 1; i++)
        rows *= shape->dim[i];
    return rows;
}

gt_status gt_linear_run(const gt_call *call, bool relu)
{
    const gt_shape *weight = &call->input[1].spec->shape;
    const gt_product product = {
        .m = rows_of(&call->input[0].spec->shape),
        .n = weight->dim[1],
        .k = weight->dim[0],
        .a_row = weight->dim[0],
        .a_column = 1,
        .b_row = weight->dim[1],
        .b_column = 1,
        .a = call->input[0].data,
        .b = call->input[1].data,
        .bias = call->input[2].data,
        .relu = relu,
        .c = call->output[0].data,
    };
    return gt_product_run(call, call->output[0].spec->dtype, &product);
}

/* x (..., n) as (rows, n). */
static gt_tensor *as_rows(gt_tape *tape, gt_tensor *x, const gt_shape *shape)
{
    return shape->rank == 2 ? x : gt_reshape(tape, x, GT_SHAPE(rows_of(shape), shape->dim[shape->rank - 1]));
}

void gt_linear_vjp(gt_tape *tape, const gt_node *node, gt_tensor *dz, gt_tensor *dx[])
{
    if (gt_wants(node, 0))
        dx[0] = gt_matmul(tape, dz, gt_node_input(node, 1), &(gt_matmul_options){.transpose_b = true});
    if (gt_wants(node, 1)) {
        gt_tensor *x = as_rows(tape, gt_node_input(node, 0), &gt_node_input_spec(node, 0)->shape);
        gt_tensor *rows = as_rows(tape, dz, &gt_node_output_spec(node, 0)->shape);
        dx[1] = gt_matmul(tape, x, rows, &(gt_matmul_options){.transpose_a = true});
    }
    if (gt_wants(node, 2))
        dx[2] = gt_sum_to(tape, dz, &gt_node_input_spec(node, 2)->shape);
}

const gt_sample gt_linear_samples[] = {
    {.name = "batch", .inputs = {GT_NORMAL(5, 3), GT_NORMAL(3, 4), GT_NORMAL(4)}},
    {.name = "single entry", .inputs = {GT_NORMAL(1, 1), GT_NORMAL(1, 1), GT_NORMAL(1)}},
    {.name = "vector", .inputs = {GT_NORMAL(3), GT_NORMAL(3, 4), GT_NORMAL(4)}},
    {.name = "three axes", .inputs = {GT_NORMAL(2, 3, 4), GT_NORMAL(4, 2), GT_NORMAL(2)}},
    {.name = "past tiles and panels", .inputs = {GT_NORMAL(9, 2), GT_NORMAL(2, 19), GT_NORMAL(19)}},
    {.name = "whole panels", .inputs = {GT_NORMAL(2, 3), GT_NORMAL(3, 16), GT_NORMAL(16)}},
    {.name = "no inner axis", .inputs = {GT_NORMAL(3, 0), GT_NORMAL(0, 2), GT_NORMAL(2)}},
    {.name = "empty batch", .inputs = {GT_NORMAL(0, 3), GT_NORMAL(3, 2), GT_NORMAL(2)}},
    {0},
};
const gt_sample gt_linear_workload = {.name = "workload",
                                      .inputs = {GT_NORMAL(100, 784), GT_NORMAL(784, 398), GT_NORMAL(398)}};
