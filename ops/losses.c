/* Shape rules and means of the losses. */
#include "ops/losses.h"

#include "core/reduction.h"

/* ---- shape rules ------------------------------------------------------------------------------------------------ */

int64_t gt_loss_entries(const gt_spec *predictions)
{
    return gt_shape_size(&predictions->shape);
}

int64_t gt_loss_rows(const gt_spec *predictions)
{
    gt_shape leading = predictions->shape;
    leading.rank--;
    return gt_shape_size(&leading);
}

/* Predictions and labels are the last two inputs; the cotangent of a gradient op stands before them. */
static gt_status finish(const gt_infer *call)
{
    int first = call->inputs - 2;
    const gt_spec *predictions = call->input[first];
    if (gt_shape_size(&predictions->shape) == 0)
        return gt_fail(GT_ERR_SHAPE, "%s: the mean of nothing: input %d is %s", call->op->name, first,
                       gt_shape_text(&predictions->shape).text);
    call->output[0] = first == 0 ? (gt_spec){predictions->dtype, GT_SCALAR} : *predictions;
    if (first == 0)
        return GT_OK;
    if (call->input[0]->shape.rank)
        return gt_fail(GT_ERR_SHAPE, "%s: input 0 is %s, the cotangent of a scalar is expected", call->op->name,
                       gt_shape_text(&call->input[0]->shape).text);
    return gt_need_same_dtype(call, first, 0);
}

gt_status gt_infer_entries_loss(const gt_infer *call)
{
    int first = call->inputs - 2;
    gt_status status = gt_need_real(call, first);
    if (status == GT_OK)
        status = gt_need_same_dtype(call, first, first + 1);
    if (status == GT_OK)
        status = gt_need_same_shape(call, first, first + 1);
    return status == GT_OK ? finish(call) : status;
}

static gt_status need_classes(const gt_infer *call)
{
    int first = call->inputs - 2;
    gt_status status = gt_need_real(call, first);
    if (status == GT_OK && call->input[first]->shape.rank == 0)
        status =
            gt_fail(GT_ERR_SHAPE, "%s: input %d is a scalar, (batch, ..., classes) is expected", call->op->name, first);
    return status;
}

static gt_status wrong_labels(const gt_infer *call)
{
    int first = call->inputs - 2;
    return gt_fail(GT_ERR_DTYPE,
                   "%s: labels are %s, %s like the predictions or int32 class numbers are expected "
                   "(gt_cast converts)",
                   call->op->name, gt_dtype_name(call->input[first + 1]->dtype),
                   gt_dtype_name(call->input[first]->dtype));
}

gt_status gt_infer_classes_loss(const gt_infer *call)
{
    int first = call->inputs - 2;
    gt_status status = need_classes(call);
    if (status == GT_OK && call->input[first]->dtype != call->input[first + 1]->dtype)
        status = wrong_labels(call);
    return status == GT_OK ? gt_infer_entries_loss(call) : status;
}

gt_status gt_infer_numbers_loss(const gt_infer *call)
{
    int first = call->inputs - 2;
    gt_status status = need_classes(call);
    if (status == GT_OK && call->input[first + 1]->dtype != GT_INT32)
        status = wrong_labels(call);
    if (status != GT_OK)
        return status;
    gt_shape expected = call->input[first]->shape;
    expected.dim[--expected.rank] = 0;
    if (!gt_shape_equal(&expected, &call->input[first + 1]->shape))
        return gt_fail(GT_ERR_SHAPE, "%s: class numbers are %s, %s is expected for predictions %s", call->op->name,
                       gt_shape_text(&call->input[first + 1]->shape).text, gt_shape_text(&expected).text,
                       gt_shape_text(&call->input[first]->shape).text);
    return finish(call);
}

/* ---- kernels ---------------------------------------------------------------------------------------------------- */

static int64_t classes_of(const gt_spec *predictions)
{
    return predictions->shape.rank ? predictions->shape.dim[predictions->shape.rank - 1] : 1;
}

gt_status gt_check_class_numbers(const gt_call *call)
{
    const gt_operand *labels = &call->input[call->inputs - 1];
    int64_t classes = classes_of(call->input[call->inputs - 2].spec), count = gt_operand_size(labels);
    const int32_t *label = labels->data;
    for (int64_t i = 0; i < count; i++)
        if (label[i] < 0 || label[i] >= classes)
            return gt_fail(GT_ERR_VALUE, "%s: label %d at %lld is outside 0..%lld", call->op->name, (int)label[i],
                           (long long)i, (long long)classes - 1);
    return GT_OK;
}

gt_status gt_mean_of_terms(const gt_call *call, int64_t terms, int64_t divisor, gt_range_body *body)
{
    const gt_spec *predictions = call->input[0].spec;
    gt_loss_context context = {.call = call, .classes = classes_of(predictions)};
    context.term = gt_call_scratch(call, (size_t)terms * gt_dtype_size(predictions->dtype));
    if (!context.term)
        return GT_ERR_MEMORY;
    gt_parallel(terms, gt_row_grain(gt_loss_entries(predictions) / terms), body, &context);
    gt_reduction plan;
    gt_reduction_plan(&plan, &GT_SHAPE(terms), 1);
    gt_reduce_sum(&plan, predictions->dtype, context.term, call->output[0].data, 1.0 / (double)divisor);
    return GT_OK;
}

gt_status gt_loss_slopes(const gt_call *call, int64_t parts, int64_t divisor, gt_range_body *body)
{
    const gt_spec *predictions = call->input[1].spec;
    bool single = predictions->dtype == GT_FLOAT32;
    double dy = single ? (double)*(const float *)call->input[0].data : *(const double *)call->input[0].data;
    gt_loss_context context = {.call = call, .factor = dy / (double)divisor, .classes = classes_of(predictions)};
    gt_parallel(parts, gt_row_grain(gt_loss_entries(predictions) / parts), body, &context);
    return GT_OK;
}

/* ---- vjps ------------------------------------------------------------------------------------------------------- */

gt_tensor *gt_loss_constant(gt_tape *tape, gt_tensor *like, double value)
{
    return gt_fill(tape, gt_tensor_dtype(like), GT_SCALAR, value);
}

gt_tensor *gt_loss_inner(gt_tape *tape, gt_tensor *a, gt_tensor *b)
{
    return gt_sum(tape, gt_mul(tape, a, b), NULL);
}
