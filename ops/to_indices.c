/* to_indices: float numbers as int32 indices below a bound: 3.0 becomes 3; what is no such whole number is an error. So
 * that data sets of one float dtype can hold indices too. */
#include "core/op.h"
#include "ops/attributes.h"
#include "ops/ops.h"

static gt_status infer(const gt_infer *call)
{
    const int64_t bound = ((const gt_bound_attributes *)call->attributes)->bound;
    gt_status status = gt_need_real(call, 0);
    if (status == GT_OK && (bound < 0 || bound > (int64_t)INT32_MAX + 1))
        status = gt_fail(GT_ERR_ARGUMENT, "to_indices: a bound of %lld, 0 to 2^31 is expected", (long long)bound);
    call->output[0] = (gt_spec){GT_INT32, call->input[0]->shape};
    return status;
}

/* Checked one after another, so that the first bad one is named. */
static gt_status forward(const gt_call *call)
{
    const int64_t bound = ((const gt_bound_attributes *)call->attributes)->bound;
    const gt_operand *x = &call->input[0];
    int32_t *y = call->output[0].data;
    for (int64_t i = 0; i < gt_operand_size(x); i++) {
        const double value =
            x->spec->dtype == GT_FLOAT32 ? (double)((const float *)x->data)[i] : ((const double *)x->data)[i];
        if (!(value >= 0 && value < (double)bound) || value != (double)(int32_t)value)
            return gt_fail(GT_ERR_VALUE, "to_indices: %g at position %lld, expected a whole number 0 <= index < %lld",
                           value, (long long)i, (long long)bound);
        y[i] = (int32_t)value;
    }
    return GT_OK;
}

static const gt_field fields[] = {GT_INT(gt_bound_attributes, bound), {0}};

#define BELOW(n)                                                                                                       \
    .attributes = &(const gt_bound_attributes)                                                                         \
    {                                                                                                                  \
        n                                                                                                              \
    }
static const gt_sample samples[] = {
    {.name = "vector", .inputs = {GT_VALUE(3, 5)}, BELOW(4)},
    {.name = "one-hot rows", .inputs = {GT_ONE_HOT(3, 4)}, BELOW(2)},
    {.name = "scalar", .inputs = {GT_UNIFORM_SCALAR(0, 0)}, BELOW(1)},
    {.name = "largest", .inputs = {GT_VALUE(2147483520, 3)}, BELOW((int64_t)INT32_MAX + 1)},
    {.name = "empty", .inputs = {GT_NORMAL(0, 3)}, BELOW(0)},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_ONE_HOT(256, 64)}, BELOW(2)};

const gt_op gt_op_to_indices = {
    .name = "to_indices",
    .inputs = 1,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .attribute_size = sizeof(gt_bound_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_to_indices(gt_tape *tape, gt_tensor *x, int64_t bound)
{
    const gt_bound_attributes attributes = {bound};
    return gt_apply(tape, &gt_op_to_indices, &x, 1, &attributes);
}
