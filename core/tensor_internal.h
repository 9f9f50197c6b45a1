/* What a tensor is made of: for core/ alone. */
#ifndef GT_TENSOR_INTERNAL_H
#define GT_TENSOR_INTERNAL_H

#include <stdatomic.h>

#include "core/memory.h"
#include "core/tensor.h"

typedef struct gt_node gt_node;
typedef struct gt_tape gt_tape;

/* Reference-counted memory. Small contents lie behind the header in the same block. */
typedef struct gt_buffer {
    atomic_int references;
    gt_device device;
    atomic_uint_fast64_t version; /* bumped by every write */
    void *data;
    _Atomic(gt_queue *) queue; /* of the device, that used it last; NULL: the backend's own */
    size_t block;              /* bytes to give back to the pool with this header */
    size_t apart;              /* bytes of a separate data block; 0: inline, or borrowed */
    uint32_t capture;          /* the number of the graph that it belongs to; 0: none */
} gt_buffer;

enum gt_tensor_flags {
    GT_TENSOR_DEAD = 1 << 0,      /* its step was reset */
    GT_TENSOR_TRAINABLE = 1 << 1, /* tapes watch it */
    GT_TENSOR_TRACKED = 1 << 2,   /* on its tape: a gradient can flow through it */
    GT_TENSOR_CONSTANT = 1 << 3,  /* on its tape: an op used it while it was not tracked */
    GT_TENSOR_IN_NODE = 1 << 4,   /* a node refers to the handle */
    GT_TENSOR_KEPT = 1 << 5,      /* a node's vjp reads the values */
    GT_TENSOR_INTERNAL = 1 << 6,  /* made inside a library function: nobody else has the handle */
    GT_TENSOR_PINNED = 1 << 7,
    GT_TENSOR_LEAF = 1 << 8,     /* the tape's own handle of a tensor from outside */
    GT_TENSOR_WATCHED = 1 << 9,  /* by gt_tape_watch */
    GT_TENSOR_ANSWERED = 1 << 10 /* a sweep gave a gradient towards it */
};

struct gt_tensor {
    gt_spec spec;
    gt_buffer *buffer; /* NULL once the values were freed early, or where a leaf's were never kept */
    char *data;        /* into the buffer */
    gt_tape *tape;     /* the owner; NULL: the caller */
    uint64_t serial;   /* never used again; addresses are */
    const char *name;
    gt_tensor *newer, *older; /* the tape's list of live handles */
    gt_node *producer;        /* the node that made it; for a leaf, the last node before it; NULL: none */
    uint32_t value;           /* its number on the tape, from 1; 0: not tracked */
    uint32_t holders;         /* cotangent slots that hold it, in a sweep: as many as paths meet at a sum */
    uint16_t flags;
    uint8_t device; /* gt_device; also when the values are gone */
};

/* The number of the graph that the queue's work is captured in; 0: it is done. */
uint32_t gt_capture_number(const gt_queue *queue);

/* A buffer with one reference, for work of the queue, or NULL with the message set. */
gt_buffer *gt_buffer_new(gt_device device, gt_queue *queue, size_t bytes);
/* The queue's further work on the buffer comes after all that other queues did with it. For devices but the CPU. */
gt_status gt_buffer_use(gt_buffer *buffer, gt_queue *queue);
void gt_buffer_drop(gt_buffer *buffer);

static inline gt_buffer *gt_buffer_hold(gt_buffer *buffer)
{
    atomic_fetch_add_explicit(&buffer->references, 1, memory_order_relaxed);
    return buffer;
}

static inline void gt_buffer_written(gt_buffer *buffer)
{
    atomic_fetch_add_explicit(&buffer->version, 1, memory_order_relaxed);
}

static inline uint64_t gt_buffer_version(const gt_buffer *buffer)
{
    return atomic_load_explicit(&buffer->version, memory_order_relaxed);
}

static inline size_t gt_spec_bytes(const gt_spec *spec)
{
    return (size_t)gt_shape_size(&spec->shape) * gt_dtype_size(spec->dtype);
}

/* Copies the host's values into a tensor of this queue's device, as work of the queue. */
gt_status gt_tensor_write_queued(gt_tensor *tensor, gt_queue *queue, const void *values, size_t bytes);

/* Hands out `count` serials that no other tensor has. */
uint64_t gt_take_serials(uint64_t count);

/* GT_OK if the values can be read; else the message says why not, beginning with `who`. */
gt_status gt_tensor_readable(const char *who, const gt_tensor *tensor);

/* One element of an array on the host, widened. */
double gt_element(gt_dtype dtype, const void *values, int64_t index);

/* "'dense/kernel' (784, 10)" or "(784, 10)". */
typedef struct gt_label {
    char text[128];
} gt_label;
gt_label gt_tensor_label(const gt_tensor *tensor);

#endif
