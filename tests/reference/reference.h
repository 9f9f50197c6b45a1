/* The ops once more: one plain float64 forward each, from the formula, sharing no loop or helper with the kernel.
 *
 * tests/reference/NAME.c defines `void reference_NAME(const reference_call *call)` for the op NAME. It reads
 * call->input[i].values (all dtypes widened to double) by shape, and fills call->output[i].values; an op that writes
 * its inputs changes those instead. Convolution and pooling pad a copy first. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "core/op.h"
#include "ops/attributes.h"
#include "ops/list.h"

typedef struct reference_array {
    gt_dtype dtype;
    gt_shape shape;
    int64_t size;
    double *values;
} reference_array;

typedef struct reference_call {
    const void *attributes;
    int inputs, outputs;
    reference_array *input, *output;
} reference_call;

typedef void reference_function(const reference_call *call);

#define DECLARE_REFERENCE(name) reference_function reference_##name;
GT_OP_LIST(DECLARE_REFERENCE)
#undef DECLARE_REFERENCE

/* The reference of a library op by name; NULL if there is none. */
reference_function *reference_find(const char *name);

/* Index arithmetic by the book: the multi-index of flat element i, and back. */
void reference_unravel(const gt_shape *shape, int64_t i, int64_t index[GT_MAX_RANK]);
int64_t reference_ravel(const gt_shape *shape, const int64_t index[GT_MAX_RANK]);
/* The element of a broadcast operand that stands at this multi-index of the result. */
double reference_broadcast(const reference_array *operand, const gt_shape *result, const int64_t index[GT_MAX_RANK]);

#endif
