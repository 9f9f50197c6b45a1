/* Shape rules that many ops share, and checks to build others from. */
#include "core/op.h"

gt_status gt_need_real(const gt_infer *call, int i)
{
    if (gt_dtype_is_real(call->input[i]->dtype))
        return GT_OK;
    return gt_fail(GT_ERR_DTYPE, "%s: input %d is %s, a float tensor is expected", call->op->name, i,
                   gt_dtype_name(call->input[i]->dtype));
}

gt_status gt_need_dtype(const gt_infer *call, int i, gt_dtype dtype)
{
    if (call->input[i]->dtype == dtype)
        return GT_OK;
    return gt_fail(GT_ERR_DTYPE, "%s: input %d is %s, %s is expected", call->op->name, i,
                   gt_dtype_name(call->input[i]->dtype), gt_dtype_name(dtype));
}

gt_status gt_need_same_dtype(const gt_infer *call, int i, int j)
{
    if (call->input[i]->dtype == call->input[j]->dtype)
        return GT_OK;
    return gt_fail(GT_ERR_DTYPE, "%s: dtypes differ: input %d is %s, input %d %s (gt_cast converts)", call->op->name, i,
                   gt_dtype_name(call->input[i]->dtype), j, gt_dtype_name(call->input[j]->dtype));
}

gt_status gt_need_same_shape(const gt_infer *call, int i, int j)
{
    if (gt_shape_equal(&call->input[i]->shape, &call->input[j]->shape))
        return GT_OK;
    return gt_fail(GT_ERR_SHAPE, "%s: shapes differ: input %d is %s, input %d %s", call->op->name, i,
                   gt_shape_text(&call->input[i]->shape).text, j, gt_shape_text(&call->input[j]->shape).text);
}

gt_status gt_infer_like_first(const gt_infer *call)
{
    gt_status status = gt_need_real(call, 0);
    for (int i = 1; status == GT_OK && i < call->inputs; i++) {
        status = gt_need_same_dtype(call, 0, i);
        if (status == GT_OK)
            status = gt_need_same_shape(call, 0, i);
    }
    call->output[0] = *call->input[0];
    return status;
}

gt_status gt_infer_broadcast(const gt_infer *call)
{
    gt_status status = gt_need_real(call, 0);
    gt_shape shape = call->input[0]->shape;
    for (int i = 1; status == GT_OK && i < call->inputs; i++) {
        const gt_shape before = shape;
        status = gt_need_same_dtype(call, 0, i);
        if (status == GT_OK)
            status = gt_shape_broadcast(call->op->name, &before, &call->input[i]->shape, &shape);
    }
    call->output[0] = (gt_spec){call->input[0]->dtype, shape};
    return status == GT_OK ? gt_shape_check(call->op->name, call->output[0].dtype, &shape) : status;
}
