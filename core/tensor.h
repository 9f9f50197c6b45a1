/* Tensors: dense, row-major arrays of up to 8 axes, on one device.
 *
 * A tensor made here is the caller's to free, at any time, also while a tape still refers to it. A tensor that an op
 * returned belongs to its tape (core/tape.h). Every accessor accepts NULL. */
#ifndef GT_TENSOR_H
#define GT_TENSOR_H

#include "device.h"
#include "shape.h"

GT_PUBLIC_BEGIN

typedef struct gt_tensor gt_tensor;

/* Making one. The caller's; NULL with the message set on failure. Values are zero where none are given. `values` is
 * copied, in row-major order and of the given dtype. A scalar that the dtype cannot hold (gt_dtype_holds) is
 * GT_ERR_VALUE. */
gt_tensor *gt_tensor_new(gt_dtype dtype, gt_shape shape);
gt_tensor *gt_tensor_from(gt_dtype dtype, gt_shape shape, const void *values);
gt_tensor *gt_tensor_scalar(gt_dtype dtype, double value);
gt_tensor *gt_tensor_new_on(gt_device device, gt_dtype dtype, gt_shape shape);

/* Uses the caller's array in place, on the CPU. The array must stay while the tensor, a view of it, or a tape that
 * recorded it may be read; it is never freed. Whoever writes into the array directly calls gt_tensor_data_write first.
 */
gt_tensor *gt_tensor_borrow(gt_dtype dtype, gt_shape shape, void *values);

/* The same memory as a tensor of the caller's own, without name and not trainable: it keeps the values of a tape's
 * result past gt_tape_reset, without copying them. */
gt_tensor *gt_tensor_share(const gt_tensor *tensor);

/* Moves the values to another device; name, serial number and all else stay. What shares the memory keeps it where it
 * is. GT_ERR_STATE for a tape's result (gt_to_device copies one), GT_ERR_DEVICE where the device is not available; the
 * tensor is as before then. */
gt_status gt_tensor_move(gt_tensor *tensor, gt_device device);

/* A copy that is the caller's, on the same device, without name and not trainable: how a tape's result outlives
 * gt_tape_reset. */
gt_tensor *gt_tensor_copy(const gt_tensor *tensor);

/* Rows [first, first + count) of the leading axis, sharing memory: a mini-batch of a data set. The caller's to free.
 * GT_ERR_SHAPE where there are no such rows. */
gt_tensor *gt_tensor_rows(const gt_tensor *tensor, int64_t first, int64_t count);

/* A trainable tensor: tapes watch it by themselves. The name (may be NULL) is copied; messages use it. */
gt_tensor *gt_parameter_new(const char *name, gt_dtype dtype, gt_shape shape);
gt_tensor *gt_parameter_from(const char *name, gt_dtype dtype, gt_shape shape, const void *values);

/* Frees the handle; memory goes when the last view or tape lets go of it. NULL is fine. GT_ERR_STATE, and nothing
 * happens, for a tensor that belongs to a tape. */
gt_status gt_tensor_free(gt_tensor *tensor);

/* What it is. For NULL: float32, an empty shape, rank and size 0, the CPU. */
gt_dtype gt_tensor_dtype(const gt_tensor *tensor);
gt_shape gt_tensor_shape(const gt_tensor *tensor);
int gt_tensor_rank(const gt_tensor *tensor);
int64_t gt_tensor_dim(const gt_tensor *tensor, int axis); /* -1 is the last; 0 where there is no such axis */
int64_t gt_tensor_size(const gt_tensor *tensor);
gt_device gt_tensor_device(const gt_tensor *tensor);

const char *gt_tensor_name(const gt_tensor *tensor); /* NULL if it has none */
/* The name is copied; NULL takes it away. Only for tensors of the caller's. */
gt_status gt_tensor_set_name(gt_tensor *tensor, const char *name);
bool gt_tensor_trainable(const gt_tensor *tensor);
/* Only float tensors of the caller's can be trainable. */
gt_status gt_tensor_set_trainable(gt_tensor *tensor, bool trainable);

/* The values on the CPU, row-major. NULL with the message set for NULL, for a tensor of another device, for one
 * that was freed early (gt_tape_pin), and for one of a step that was reset. */
const void *gt_tensor_data(const gt_tensor *tensor);
/* The same for writing. Counts as a write when called: a gradient that needs the old values reports it. */
void *gt_tensor_data_write(gt_tensor *tensor);
/* How often the memory was written since it was made; views share it. */
uint64_t gt_tensor_version(const gt_tensor *tensor);
/* A number no other tensor has, nor will have: what state is kept by, since addresses are used again. 0 for NULL. */
uint64_t gt_tensor_serial(const gt_tensor *tensor);

/* Copies out of, or into, a tensor on any device; `bytes` must be exactly the tensor's. */
gt_status gt_tensor_read(const gt_tensor *tensor, void *values, size_t bytes);
gt_status gt_tensor_write(gt_tensor *tensor, const void *values, size_t bytes);

/* Sets a tensor's values to another's, of its shape; between any devices, and between float32 and float64, to nearest.
 * GT_ERR_SHAPE and GT_ERR_DTYPE where they do not fit. */
gt_status gt_tensor_assign(gt_tensor *tensor, const gt_tensor *from);

/* The value of a tensor of size 1, as a double; NaN with the message set otherwise. */
double gt_tensor_item(const gt_tensor *tensor);
/* Element `index` in row-major order, as a double, from the CPU; NaN with the message set where there is none. */
double gt_tensor_at(const gt_tensor *tensor, int64_t index);

/* Prints values as NumPy's str() does: aligned columns, 8 digits, long axes shortened by "...", lines broken at 75
 * characters; a scalar with all its digits. A newline ends it. */
gt_status gt_tensor_print(const gt_tensor *tensor, gt_writer *writer, void *context);

GT_PUBLIC_END

#endif
