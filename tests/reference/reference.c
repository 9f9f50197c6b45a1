/* Finding a reference, and index arithmetic. */
#include "tests/reference/reference.h"

#include <string.h>

reference_function *reference_find(const char *name)
{
    static const struct {
        const char *name;
        reference_function *function;
    } all[] = {
#define ENTRY(op) {#op, reference_##op},
        GT_OP_LIST(ENTRY)
#undef ENTRY
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i].name, name) == 0)
            return all[i].function;
    return NULL;
}

void reference_unravel(const gt_shape *shape, int64_t i, int64_t index[GT_MAX_RANK])
{
    for (int64_t axis = shape->rank - 1; axis >= 0; axis--) {
        index[axis] = i % shape->dim[axis];
        i /= shape->dim[axis];
    }
}

int64_t reference_ravel(const gt_shape *shape, const int64_t index[GT_MAX_RANK])
{
    int64_t i = 0;
    for (int64_t axis = 0; axis < shape->rank; axis++)
        i = i * shape->dim[axis] + index[axis];
    return i;
}

double reference_broadcast(const reference_array *operand, const gt_shape *result, const int64_t index[GT_MAX_RANK])
{
    int64_t own[GT_MAX_RANK] = {0};
    int64_t missing = result->rank - operand->shape.rank;
    for (int64_t axis = 0; axis < operand->shape.rank; axis++)
        own[axis] = operand->shape.dim[axis] == 1 ? 0 : index[axis + missing];
    return operand->values[reference_ravel(&operand->shape, own)];
}
