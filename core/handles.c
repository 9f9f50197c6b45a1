/* A tape's handles: results that it owns, and leaves, its own handles of tensors from outside.
 *
 * Handles come from an arena that is swapped at reset, so that a handle of the step before is still there to be
 * recognised. Those that only the library ever saw are used again at once, so that a long sweep needs few. */
#include <string.h>

#include "core/device_internal.h"
#include "core/tape_internal.h"

#define SERIALS_AT_ONCE 4096

static void link_newest(gt_tape *tape, gt_tensor *handle)
{
    handle->newer = NULL;
    handle->older = tape->newest;
    if (tape->newest)
        tape->newest->newer = handle;
    tape->newest = handle;
}

static void unlink_handle(gt_tape *tape, gt_tensor *handle)
{
    if (handle->newer)
        handle->newer->older = handle->older;
    else
        tape->newest = handle->older;
    if (handle->older)
        handle->older->newer = handle->newer;
}

gt_tensor *gt_handle_new(gt_tape *tape, gt_device device, const gt_spec *spec)
{
    gt_tensor *handle = tape->spare;
    if (handle)
        tape->spare = handle->older;
    else if (!(handle = gt_arena_take(&tape->handles[tape->generation], sizeof *handle)))
        return NULL;
    if (tape->next_serial == tape->end_serial) {
        tape->next_serial = gt_take_serials(SERIALS_AT_ONCE);
        tape->end_serial = tape->next_serial + SERIALS_AT_ONCE;
    }
    *handle = (gt_tensor){.spec = *spec, .tape = tape, .serial = tape->next_serial++, .device = (uint8_t)device};
    link_newest(tape, handle);
    return handle;
}

void gt_handle_release(gt_tensor *handle)
{
    gt_buffer_drop(handle->buffer);
    handle->buffer = NULL;
    handle->data = NULL;
}

void gt_handle_discard(gt_tape *tape, gt_tensor *handle)
{
    if (handle->flags & GT_TENSOR_IN_NODE) {
        handle->flags |= GT_TENSOR_INTERNAL;
        if (!(handle->flags & GT_TENSOR_KEPT))
            gt_handle_release(handle);
        return;
    }
    gt_handle_release(handle);
    unlink_handle(tape, handle);
    handle->flags = GT_TENSOR_DEAD;
    handle->older = tape->spare;
    tape->spare = handle;
}

void gt_handles_discard_since(gt_tape *tape, gt_scope scope, const gt_tensor *result)
{
    for (gt_tensor *handle = tape->newest, *older; handle && handle->serial >= scope; handle = older) {
        older = handle->older;
        if (handle != result && !handle->holders && !(handle->flags & (GT_TENSOR_LEAF | GT_TENSOR_PINNED)))
            gt_handle_discard(tape, handle);
    }
}

void gt_handle_track(gt_tape *tape, gt_tensor *handle, gt_node *producer)
{
    handle->flags |= GT_TENSOR_TRACKED;
    handle->producer = producer;
    handle->value = ++tape->values;
}

/* ---- leaves ---------------------------------------------------------------------------------------------------- */

static size_t slot_of(const gt_leaf_table *table, uint64_t serial)
{
    size_t at = (size_t)(serial * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (table->capacity - 1);
    while (table->slots[at].serial && table->slots[at].serial != serial)
        at = (at + 1) & (table->capacity - 1);
    return at;
}

gt_tensor *gt_leaf_find(const gt_tape *tape, const gt_tensor *tensor)
{
    if (!tape->leaves.count)
        return NULL;
    return tape->leaves.slots[slot_of(&tape->leaves, tensor->serial)].handle;
}

static gt_status grow(gt_leaf_table *table)
{
    gt_leaf_table larger = {.capacity = table->capacity ? table->capacity * 2 : 64, .count = table->count};
    larger.slots = gt_pool_allocate(larger.capacity * sizeof *larger.slots);
    if (!larger.slots)
        return GT_ERR_MEMORY;
    memset(larger.slots, 0, larger.capacity * sizeof *larger.slots);
    for (size_t i = 0; i < table->capacity; i++)
        if (table->slots[i].serial)
            larger.slots[slot_of(&larger, table->slots[i].serial)] = table->slots[i];
    gt_pool_release(table->slots, table->capacity * sizeof *table->slots);
    *table = larger;
    return GT_OK;
}

/* The name is copied: the outside tensor may be freed before the tape is reset. */
static gt_status copy_name(gt_tape *tape, gt_tensor *leaf, const gt_tensor *tensor)
{
    if (!tensor->name)
        return GT_OK;
    size_t bytes = strlen(tensor->name) + 1;
    char *name = gt_arena_take(&tape->handles[tape->generation], bytes);
    if (!name)
        return GT_ERR_MEMORY;
    memcpy(name, tensor->name, bytes);
    leaf->name = name;
    return GT_OK;
}

gt_tensor *gt_leaf_of(gt_tape *tape, const gt_tensor *tensor)
{
    if (tensor->tape == tape)
        return (gt_tensor *)tensor;
    gt_leaf_table *table = &tape->leaves;
    gt_tensor *leaf = gt_leaf_find(tape, tensor);
    if (leaf)
        return leaf;
    if (2 * (table->count + 1) > table->capacity && grow(table) != GT_OK)
        return NULL;
    leaf = gt_handle_new(tape, (gt_device)tensor->device, &tensor->spec);
    if (!leaf)
        return NULL;
    if (copy_name(tape, leaf, tensor) != GT_OK) {
        gt_handle_discard(tape, leaf);
        return NULL;
    }
    leaf->flags |= GT_TENSOR_LEAF;
    if (tensor->flags & GT_TENSOR_TRAINABLE && !tape->options.manual_watch) {
        gt_handle_track(tape, leaf, tape->last);
        gt_leaf_attach(leaf, tensor);
    }
    table->slots[slot_of(table, tensor->serial)] = (gt_leaf){tensor->serial, leaf};
    table->count++;
    return leaf;
}

void gt_leaf_attach(gt_tensor *leaf, const gt_tensor *tensor)
{
    if (leaf->buffer || leaf == tensor)
        return;
    leaf->buffer = gt_buffer_hold(tensor->buffer);
    leaf->data = tensor->data;
}

/* Leaves met since the mark are forgotten: they may refer to nodes that are taken back. */
static void forget_leaves_since(gt_tape *tape, gt_scope scope)
{
    gt_leaf_table *table = &tape->leaves;
    for (gt_tensor *handle = tape->newest; handle && handle->serial >= scope; handle = handle->older) {
        if (!(handle->flags & GT_TENSOR_LEAF))
            continue;
        for (size_t i = 0; i < table->capacity; i++) {
            if (table->slots[i].handle != handle)
                continue;
            /* Taking one out of a probe sequence: those behind it move up. */
            table->slots[i] = (gt_leaf){0};
            table->count--;
            for (size_t j = (i + 1) & (table->capacity - 1); table->slots[j].serial;
                 j = (j + 1) & (table->capacity - 1)) {
                gt_leaf moved = table->slots[j];
                table->slots[j] = (gt_leaf){0};
                table->slots[slot_of(table, moved.serial)] = moved;
            }
            break;
        }
        handle->flags &= (uint16_t)~GT_TENSOR_LEAF;
    }
}

/* ---- taking back ----------------------------------------------------------------------------------------------- */

gt_tape_mark gt_tape_here(gt_tape *tape)
{
    return (gt_tape_mark){gt_arena_here(&tape->nodes), tape->last, tape->node_count, tape->values,
                          gt_scope_begin(tape)};
}

void gt_customs_forget_since(gt_tape *tape, uint32_t node_count)
{
    while (tape->customs && tape->customs->node > node_count) {
        gt_custom_node *custom = tape->customs;
        tape->customs = custom->previous;
        if (custom->custom.release)
            custom->custom.release(custom->custom.context);
    }
}

void gt_tape_rollback(gt_tape *tape, gt_tape_mark mark)
{
    gt_customs_forget_since(tape, mark.node_count);
    forget_leaves_since(tape, mark.scope);
    /* Handles made since are in no node that stays; those held in slots, or still seen, become constants. */
    for (gt_tensor *handle = tape->newest; handle && handle->serial >= mark.scope; handle = handle->older) {
        handle->flags &= (uint16_t) ~(GT_TENSOR_IN_NODE | GT_TENSOR_KEPT | GT_TENSOR_TRACKED | GT_TENSOR_WATCHED);
        handle->producer = NULL;
        handle->value = 0;
    }
    tape->last = mark.last;
    if (mark.last)
        mark.last->next = NULL;
    else
        tape->first = NULL;
    tape->node_count = mark.node_count;
    tape->values = mark.values;
    gt_arena_rollback(&tape->nodes, mark.nodes);
}

gt_scope gt_scope_begin(gt_tape *tape)
{
    /* Serials only grow, so whatever is made from now on is at or past this one. */
    return tape ? (tape->newest ? tape->newest->serial + 1 : 1) : 0;
}

gt_tensor *gt_scope_end(gt_tape *tape, gt_scope scope, gt_tensor *result)
{
    if (tape)
        gt_handles_discard_since(tape, scope, result);
    return result;
}
