/* Batches of the rows of x, y and weights: on the CPU, or on their way to a device while it computes the one before. */
#ifndef GT_BATCHES_H
#define GT_BATCHES_H

#include "core/device_internal.h"
#include "core/tensor.h"

/* Rows that go together; `weight` is NULL where all count the same. */
typedef struct gt_batch {
    union {
        struct {
            gt_tensor *x, *y, *weight;
        };
        gt_tensor *part[3];
    };
} gt_batch;
enum { GT_BATCH_PARTS = 3 };

/* Frees the parts. */
void gt_batch_free(gt_batch *batch);
/* Rows of each part as views, the caller's. */
gt_status gt_batch_rows(const gt_batch *batch, int64_t first, int64_t count, gt_batch *rows);

/* A batch on the device, and the queue that copies it there. */
typedef struct gt_batch_slot {
    gt_batch batch;
    gt_queue *queue;
    int64_t first; /* what it holds; -1: nothing */
} gt_batch_slot;

/* Rows in order are views; shuffled ones are gathered into the same two tensors each time. */
typedef struct gt_batches {
    gt_batch data;      /* all rows; the caller's */
    int64_t rows, size; /* of the data, which gt_rows_check lets an int32 count; of a batch */
    int32_t *order;     /* NULL: as they come */
    gt_batch shuffled;
    gt_device device;
    gt_batch_slot slot[2]; /* of a device: one is computed with while the other is filled */
} gt_batches;

/* `data` must outlive it. */
gt_status gt_batches_init(gt_batches *b, const gt_batch *data, int64_t size, bool shuffle, gt_device device);
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
gt_status gt_batches_take(gt_batches *b, int64_t first, gt_batch *batch);

#endif
