/* What NPZ files need of NPY: for models/ alone. */
#ifndef GT_NPY_INTERNAL_H
#define GT_NPY_INTERNAL_H

#include "core/tensor.h"

/* No header is longer, with what stands before it: as much as NumPy trusts. Its own have 128 bytes. */
#define GT_NPY_LONGEST_HEADER (12 + 10000)

/* How long the file is that begins with these bytes, by its header, which must be among them. Nothing may be assumed of
 * whether that many bytes are there. */
gt_status gt_npy_promise(const char *name, const void *bytes, size_t length, size_t *whole);

/* The file that holds the tensor; the caller's (gt_pool_release), NULL after a failure. */
gt_status gt_npy_encode(const char *who, const gt_tensor *tensor, void **bytes, size_t *length);

#endif
