/* Batches of the rows of x and y: on the CPU, or on their way to a device while it computes the one before. */
#ifndef GT_BATCHES_H
#define GT_BATCHES_H

#include "core/device_internal.h"
#include "core/tensor.h"

/* A batch on the device, and the queue that copies it there. */
typedef struct gt_batch_slot {
    gt_tensor *x, *y;
    gt_queue *queue;
    int64_t first; /* what it holds; -1: nothing */
} gt_batch_slot;

/* Rows in order are views; shuffled ones are gathered into the same two tensors each time. */
typedef struct gt_batches {
    const gt_tensor *x, *y;
    int64_t rows, size; /* of the data, which gt_rows_check lets an int32 count; of a batch */
    int32_t *order;     /* NULL: as they come */
    gt_tensor *shuffled_x, *shuffled_y;
    gt_device device;
    gt_batch_slot slot[2]; /* of a device: one is computed with while the other is filled */
} gt_batches;

gt_status gt_batches_init(gt_batches *b, const gt_tensor *x, const gt_tensor *y, int64_t size, bool shuffle,
                          gt_device device);
void gt_batches_free(gt_batches *b);

/* The rows' order is another now, or nothing is to be taken from the epoch before. */
void gt_batches_restart(gt_batches *b);

static inline int64_t gt_batch_count(const gt_batches *b, int64_t first)
{
    return b->rows - first < b->size ? b->rows - first : b->size;
}

static inline gt_batch_slot *gt_batch_slot_of(gt_batches *b, int64_t first)
{
    return &b->slot[first / b->size % 2];
}

/* The batch from row `first` of the order on, as views, the caller's to free. On a device, the batch behind it is sent
 * on its way. */
gt_status gt_batches_take(gt_batches *b, int64_t first, gt_tensor **x, gt_tensor **y);

#endif
