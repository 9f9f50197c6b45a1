#include "models/batches.h"

#include "core/memory.h"
#include "core/tensor_internal.h" /* gt_tensor_write_queued */
#include "models/rows.h"

static gt_tensor *rows_on(gt_device device, const gt_tensor *like, int64_t rows)
{
    gt_shape shape = gt_tensor_shape(like);
    shape.dim[0] = rows;
    return gt_tensor_new_on(device, gt_tensor_dtype(like), shape);
}

static gt_status init_slots(gt_batches *b)
{
    const gt_backend *backend = gt_backend_of(b->device);
    if (!backend)
        return GT_ERR_DEVICE;
    for (int i = 0; i < 2; i++) {
        gt_batch_slot *slot = &b->slot[i];
        slot->x = rows_on(b->device, b->x, b->size);
        slot->y = rows_on(b->device, b->y, b->size);
        if (!slot->x || !slot->y || (backend->queue_new && !(slot->queue = backend->queue_new())))
            return gt_last_status();
    }
    return GT_OK;
}

gt_status gt_batches_init(gt_batches *b, const gt_tensor *x, const gt_tensor *y, int64_t size, bool shuffle,
                          gt_device device)
{
    *b = (gt_batches){.x = x, .y = y, .rows = gt_tensor_dim(x, 0), .device = device};
    b->size = size < b->rows ? size : b->rows;
    gt_batches_restart(b);
    gt_status status = device == GT_CPU ? GT_OK : init_slots(b);
    if (status == GT_OK && shuffle) {
        b->order = gt_allocate((size_t)b->rows * sizeof *b->order);
        b->shuffled_x = gt_rows_like(x, b->size);
        b->shuffled_y = gt_rows_like(y, b->size);
        status = b->order && b->shuffled_x && b->shuffled_y ? GT_OK : GT_ERR_MEMORY;
    }
    if (status != GT_OK)
        gt_batches_free(b);
    return status;
}

void gt_batches_free(gt_batches *b)
{
    for (int i = 0; i < 2; i++) {
        gt_tensor_free(b->slot[i].x);
        gt_tensor_free(b->slot[i].y);
        if (b->slot[i].queue)
            gt_backend_of(b->device)->queue_free(b->slot[i].queue);
    }
    gt_release(b->order);
    gt_tensor_free(b->shuffled_x);
    gt_tensor_free(b->shuffled_y);
}

void gt_batches_restart(gt_batches *b)
{
    b->slot[0].first = b->slot[1].first = -1;
}

static gt_status views(const gt_tensor *all_x, const gt_tensor *all_y, int64_t first, int64_t count, gt_tensor **x,
                       gt_tensor **y)
{
    *x = gt_tensor_rows(all_x, first, count);
    *y = *x ? gt_tensor_rows(all_y, first, count) : NULL;
    if (*y)
        return GT_OK;
    gt_tensor_free(*x);
    *x = NULL;
    return GT_ERR_MEMORY;
}

/* On the CPU. */
static gt_status take_rows(const gt_batches *b, int64_t first, gt_tensor **x, gt_tensor **y)
{
    const int64_t count = gt_batch_count(b, first);
    if (!b->order)
        return views(b->x, b->y, first, count, x, y);
    gt_status status = gt_rows_copy(b->shuffled_x, b->x, b->order + first, count);
    if (status == GT_OK)
        status = gt_rows_copy(b->shuffled_y, b->y, b->order + first, count);
    return status == GT_OK ? views(b->shuffled_x, b->shuffled_y, 0, count, x, y) : status;
}

static gt_status send(gt_queue *queue, const gt_tensor *rows, gt_tensor *to)
{
    const void *values = gt_tensor_data(rows);
    return values ? gt_tensor_write_queued(to, queue, values, gt_spec_bytes(&to->spec)) : GT_ERR_DEVICE;
}

/* Sends the batch to its slot, unless it is there; the copies wait for the step that used the slot last. */
static gt_status fill_slot(gt_batches *b, int64_t first)
{
    gt_batch_slot *slot = gt_batch_slot_of(b, first);
    if (slot->first == first)
        return GT_OK;
    gt_tensor *x = NULL, *y = NULL, *to_x = NULL, *to_y = NULL;
    gt_status status = take_rows(b, first, &x, &y);
    if (status == GT_OK)
        status = views(slot->x, slot->y, 0, gt_batch_count(b, first), &to_x, &to_y);
    if (status == GT_OK)
        status = send(slot->queue, x, to_x);
    if (status == GT_OK)
        status = send(slot->queue, y, to_y);
    slot->first = status == GT_OK ? first : -1;
    gt_tensor *const made[] = {x, y, to_x, to_y};
    for (int i = 0; i < 4; i++)
        gt_tensor_free(made[i]);
    return status;
}

gt_status gt_batches_take(gt_batches *b, int64_t first, gt_tensor **x, gt_tensor **y)
{
    *x = *y = NULL;
    if (b->device == GT_CPU)
        return take_rows(b, first, x, y);
    gt_status status = fill_slot(b, first);
    if (status == GT_OK && first + b->size < b->rows)
        status = fill_slot(b, first + b->size);
    const gt_batch_slot *slot = gt_batch_slot_of(b, first);
    return status == GT_OK ? views(slot->x, slot->y, 0, gt_batch_count(b, first), x, y) : status;
}
