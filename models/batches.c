#include "models/batches.h"

#include "core/memory.h"
#include "core/tensor_internal.h" /* gt_tensor_write_queued */
#include "models/rows.h"

void gt_batch_free(gt_batch *batch)
{
    for (int i = 0; i < GT_BATCH_PARTS; i++) {
        gt_tensor_free(batch->part[i]);
        batch->part[i] = NULL;
    }
}

gt_status gt_batch_rows(const gt_batch *batch, int64_t first, int64_t count, gt_batch *rows)
{
    *rows = (gt_batch){.x = NULL};
    for (int i = 0; i < GT_BATCH_PARTS; i++)
        if (batch->part[i] && !(rows->part[i] = gt_tensor_rows(batch->part[i], first, count))) {
            gt_batch_free(rows);
            return gt_last_status();
        }
    return GT_OK;
}

/* Room for `rows` rows of each part. */
static gt_status rows_on(gt_device device, const gt_batch *like, int64_t rows, gt_batch *batch)
{
    for (int i = 0; i < GT_BATCH_PARTS; i++) {
        if (!like->part[i])
            continue;
        gt_shape shape = gt_tensor_shape(like->part[i]);
        shape.dim[0] = rows;
        batch->part[i] = gt_tensor_new_on(device, gt_tensor_dtype(like->part[i]), shape);
        if (!batch->part[i])
            return gt_last_status();
    }
    return GT_OK;
}

static gt_status init_slots(gt_batches *b)
{
    const gt_backend *backend = gt_backend_of(b->device);
    if (!backend)
        return GT_ERR_DEVICE;
    for (int i = 0; i < 2; i++) {
        gt_status status = rows_on(b->device, &b->data, b->size, &b->slot[i].batch);
        if (status != GT_OK || (backend->queue_new && !(b->slot[i].queue = backend->queue_new())))
            return gt_last_status();
    }
    return GT_OK;
}

gt_status gt_batches_init(gt_batches *b, const gt_batch *data, int64_t size, bool shuffle, gt_device device)
{
    *b = (gt_batches){.data = *data, .rows = gt_tensor_dim(data->x, 0), .device = device};
    b->size = size < b->rows ? size : b->rows;
    gt_batches_restart(b);
    gt_status status = device == GT_CPU ? GT_OK : init_slots(b);
    if (status == GT_OK && shuffle) {
        b->order = gt_allocate((size_t)b->rows * sizeof *b->order);
        status = b->order ? rows_on(GT_CPU, data, b->size, &b->shuffled) : GT_ERR_MEMORY;
    }
    if (status != GT_OK)
        gt_batches_free(b);
    return status;
}

void gt_batches_free(gt_batches *b)
{
    for (int i = 0; i < 2; i++) {
        gt_batch_free(&b->slot[i].batch);
        if (b->slot[i].queue)
            gt_backend_of(b->device)->queue_free(b->slot[i].queue);
    }
    gt_release(b->order);
    gt_batch_free(&b->shuffled);
}

void gt_batches_restart(gt_batches *b)
{
    b->slot[0].first = b->slot[1].first = -1;
}

/* On the CPU. */
static gt_status take_rows(const gt_batches *b, int64_t first, gt_batch *batch)
{
    const int64_t count = gt_batch_count(b, first);
    if (!b->order)
        return gt_batch_rows(&b->data, first, count, batch);
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < GT_BATCH_PARTS; i++)
        if (b->data.part[i])
            status = gt_rows_copy(b->shuffled.part[i], b->data.part[i], b->order + first, count);
    return status == GT_OK ? gt_batch_rows(&b->shuffled, 0, count, batch) : status;
}

static gt_status send(gt_queue *queue, const gt_batch *rows, const gt_batch *to)
{
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < GT_BATCH_PARTS; i++) {
        if (!rows->part[i])
            continue;
        const void *values = gt_tensor_data(rows->part[i]);
        status = values ? gt_tensor_write_queued(to->part[i], queue, values, gt_spec_bytes(&to->part[i]->spec))
                        : GT_ERR_DEVICE;
    }
    return status;
}

/* Sends the batch to its slot, unless it is there; the copies wait for the step that used the slot last. */
static gt_status fill_slot(gt_batches *b, int64_t first)
{
    gt_batch_slot *slot = gt_batch_slot_of(b, first);
    if (slot->first == first)
        return GT_OK;
    gt_batch rows = {.x = NULL}, to = {.x = NULL};
    gt_status status = take_rows(b, first, &rows);
    if (status == GT_OK)
        status = gt_batch_rows(&slot->batch, 0, gt_batch_count(b, first), &to);
    if (status == GT_OK)
        status = send(slot->queue, &rows, &to);
    slot->first = status == GT_OK ? first : -1;
    gt_batch_free(&rows);
    gt_batch_free(&to);
    return status;
}

gt_status gt_batches_take(gt_batches *b, int64_t first, gt_batch *batch)
{
    *batch = (gt_batch){.x = NULL};
    if (b->device == GT_CPU)
        return take_rows(b, first, batch);
    gt_status status = fill_slot(b, first);
    if (status == GT_OK && first + b->size < b->rows)
        status = fill_slot(b, first + b->size);
    if (status != GT_OK)
        return status;
    return gt_batch_rows(&gt_batch_slot_of(b, first)->batch, 0, gt_batch_count(b, first), batch);
}
