/* The core's functions, as the kernels call them: the shared object links no core of its own, it is given the table. */
#include <cstdarg>
#include <cstdio>

#include "core/broadcast.h"
#include "core/reduction.h"
#include "cuda/runtime.h"

const gt_core *gt_the_core;

gt_status gt_fail(gt_status status, const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return gt_the_core->fail(status, message);
}

int64_t gt_shape_size(const gt_shape *shape)
{
    return gt_the_core->shape_size(shape);
}

size_t gt_dtype_size(gt_dtype dtype)
{
    return gt_the_core->dtype_size(dtype);
}

const gt_op *gt_op_find(const char *name)
{
    return gt_the_core->op_find(name);
}

void *gt_call_scratch(const gt_call *call, size_t bytes)
{
    return gt_the_core->call_scratch(call, bytes);
}

bool gt_tf32_allowed(void)
{
    return gt_the_core->tf32_allowed();
}

void gt_broadcast_plan(gt_broadcast *plan, const gt_shape *output, int operands, const gt_shape *const operand[])
{
    gt_the_core->broadcast_plan(plan, output, operands, operand);
}

void gt_reduction_plan(gt_reduction *plan, const gt_shape *shape, uint32_t axes)
{
    gt_the_core->reduction_plan(plan, shape, axes);
}
