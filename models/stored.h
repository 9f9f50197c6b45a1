/* Numbers as files store them: of more types than tensors have, in either byte order. */
#ifndef GT_STORED_H
#define GT_STORED_H

#include "core/tensor.h"

typedef enum gt_stored_kind {
    GT_STORED_FLOAT,    /* IEEE 754: 2, 4 or 8 bytes */
    GT_STORED_BFLOAT,   /* the upper half of a float32 */
    GT_STORED_SIGNED,   /* 1, 2, 4 or 8 bytes */
    GT_STORED_UNSIGNED, /* likewise */
    GT_STORED_TRUTH     /* a byte, 0 or 1 */
} gt_stored_kind;

typedef struct gt_stored {
    gt_stored_kind kind;
    unsigned char size; /* bytes of a number */
    bool big_endian;
} gt_stored;

/* The dtype of a tensor that holds such numbers: float16 and bfloat16 widen to float32; whole numbers other than uint8
 * become int32. GT_ERR_UNSUPPORTED, naming who, for a size that the kind has not. */
gt_status gt_stored_dtype(const char *who, gt_stored type, gt_dtype *dtype);

/* As NumPy names it: "int64", "bool"; "bfloat16" of what NumPy has not. For types that gt_stored_dtype takes. */
const char *gt_stored_name(gt_stored type);

/* A new tensor of that dtype with the numbers at `bytes`, of which there must be as many as the shape has. GT_ERR_VALUE
 * for a whole number that int32 cannot hold, and for a truth value that is neither 0 nor 1. */
gt_status gt_stored_read(const char *who, gt_stored type, const gt_shape *shape, const void *bytes, gt_tensor **tensor);

bool gt_machine_is_big_endian(void);

/* Turns numbers of one byte order into this machine's, or back, in place. */
void gt_stored_swap(void *values, int64_t count, size_t size, bool big_endian);

#endif
