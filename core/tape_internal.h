/* What a tape is made of: for core/ alone. */
#ifndef GT_TAPE_INTERNAL_H
#define GT_TAPE_INTERNAL_H

#include "core/arena.h"
#include "core/builtin.h"
#include "core/op.h"
#include "core/profile_internal.h"
#include "core/tensor_internal.h"

/* One recorded op. Operands are handles of the tape: inputs, then outputs. They, the versions of the kept ones and the
 * attributes follow the node in the same piece of the arena. */
struct gt_node {
    const gt_op *op;
    gt_node *previous, *next;
    gt_tensor **operand;
    uint32_t *version; /* one per operand: the buffer's, when it was recorded */
    void *attributes;
    const struct gt_custom_node *custom; /* a user's vjp instead of the op's */
    uint32_t number;                     /* in record order, from 1 */
    uint32_t wants;                      /* while its vjp runs: the inputs whose cotangent is asked for */
    int16_t inputs, outputs;
};

typedef struct gt_custom_node {
    gt_custom custom;
    gt_op op; /* its name and counts, so that a node always has an op */
    struct gt_custom_node *previous;
    uint32_t node;
} gt_custom_node;

/* A tensor from outside that the tape has met: constants and watched ones. */
typedef struct gt_leaf {
    uint64_t serial; /* of the outside tensor; 0: the slot is free */
    gt_tensor *handle;
} gt_leaf;

typedef struct gt_leaf_table {
    gt_leaf *slots; /* open addressing */
    size_t capacity, count;
} gt_leaf_table;

struct gt_tape {
    gt_tape_options options;
    gt_device here;           /* where ops without inputs run: the options', or that of the node whose vjp runs */
    gt_queue *queue;          /* of the options' device; NULL on the CPU */
    bool joined;              /* the queue is another tape's */
    bool check_finite;        /* every op's results */
    struct gt_graph *capture; /* what the work is noted in, instead of done; NULL: it is done */
    double began;             /* gt_tape_time_begin */
    gt_status status;         /* the first error; sticks */
    char message[512];
    int depth, paused;
    bool used; /* a one-shot tape gave its gradient */

    gt_arena nodes;
    gt_node *first, *last;
    uint32_t node_count;
    uint32_t values; /* numbers given to tracked tensors */
    gt_custom_node *customs;

    /* Two generations of handles: those of the step before are kept as tombstones, so that using one is reported. */
    gt_arena handles[2];
    int generation;
    gt_tensor *newest; /* live handles, newest first */
    gt_tensor *spare;  /* handles that only the library ever saw, to use again */
    uint64_t next_serial, end_serial;
    gt_leaf_table leaves;

    const gt_custom *guard; /* a user's forward is running: it must not use watched tensors beside its inputs */
    gt_tensor *const *guarded;
    int guarded_count;

    gt_random random;
    char why[384];
};

static inline bool gt_tape_is_recording(const gt_tape *tape)
{
    return tape->depth > 0 && tape->paused == 0;
}

/* Each op is looked at by itself, so that its work cannot be captured, or launched with others'. */
static inline bool gt_tape_is_watched(const gt_tape *tape)
{
    return tape->check_finite || gt_profile_here();
}

/* What random ops draw from: saved and set with the rest of a training's state. */
static inline gt_random *gt_tape_stream(gt_tape *tape)
{
    return &tape->random;
}

/* Errors: keeps the first. */
gt_status gt_tape_set_error(gt_tape *tape, gt_status status, const char *message);

/* A new live handle without values; NULL with the message set. */
gt_tensor *gt_handle_new(gt_tape *tape, gt_device device, const gt_spec *spec);
/* Lets go of the values; the handle stays. */
void gt_handle_release(gt_tensor *handle);
/* Releases what nobody can reach any more: the handle too, where no node refers to it; values that a vjp reads stay
 * until the sweep is done with them. */
void gt_handle_discard(gt_tape *tape, gt_tensor *handle);
/* Discards every handle made since `scope` that no cotangent slot holds, but leaves and `result`. */
void gt_handles_discard_since(gt_tape *tape, gt_scope scope, const gt_tensor *result);

/* The tape's own handle of any tensor: itself, or the leaf made at the first meeting. NULL with the message set. */
gt_tensor *gt_leaf_of(gt_tape *tape, const gt_tensor *tensor);
/* The leaf if there is one, else NULL. */
gt_tensor *gt_leaf_find(const gt_tape *tape, const gt_tensor *tensor);
/* Gives a leaf the values of its outside tensor, if it has none yet. */
void gt_leaf_attach(gt_tensor *leaf, const gt_tensor *tensor);
/* Makes a handle tracked: gradients can be asked for it. */
void gt_handle_track(gt_tape *tape, gt_tensor *handle, gt_node *producer);

/* Everything recorded since can be taken back. */
typedef struct gt_tape_mark {
    gt_arena_mark nodes;
    gt_node *last;
    uint32_t node_count, values;
    gt_scope scope;
} gt_tape_mark;
gt_tape_mark gt_tape_here(gt_tape *tape);
void gt_tape_rollback(gt_tape *tape, gt_tape_mark mark);
/* Lets go of what users attached to the nodes behind the first `node_count`. */
void gt_customs_forget_since(gt_tape *tape, uint32_t node_count);

/* Space for a node, linked by gt_node_link once its op has succeeded. NULL with the message set. */
gt_node *gt_node_new(gt_tape *tape, const gt_op *op, int inputs, int outputs, const void *attributes);
void gt_node_link(gt_tape *tape, gt_node *node);
/* Notes that the node's vjp reads operand `i`, and the version it saw. */
void gt_node_keep(gt_node *node, int i);

/* GT_ERR_GRADIENT if a user's forward is running and uses a watched tensor that it was not given. */
gt_status gt_guard_check(const gt_tape *tape, int count, gt_tensor *const inputs[]);

/* From now on the tape's work goes to the queue that used the tensor last, so that neither waits for the other, and
 * both use the same memory again; in a capture of that queue it is noted. The tape has no results. */
void gt_tape_join(gt_tape *tape, const gt_tensor *tensor);

/* The queue of the device that the tape's work there goes to. */
static inline gt_queue *gt_tape_queue(const gt_tape *tape, gt_device device)
{
    return device == tape->options.device ? tape->queue : NULL;
}

/* Notes what the op uses of memory from outside the capture, if the queue's work is captured. */
gt_status gt_capture_note(const gt_queue *queue, const gt_op *op, int inputs, gt_tensor *const input[]);

/* Runs the op's kernel, workspace and all; a transfer between the devices of input and output. */
gt_status gt_execute(const gt_op *op, gt_device device, gt_queue *queue, const void *attributes, int inputs,
                     gt_tensor *const input[], int outputs, gt_tensor *const output[]);

/* The reverse sweep. `first`: the earliest node to visit (NULL: all); `retain`: values stay for another sweep. */
typedef struct gt_sweep_request {
    int targets, sources;
    gt_tensor *const *target;
    gt_tensor *const *cotangent; /* may be NULL */
    gt_tensor *const *source;
    gt_tensor **gradient;
    gt_node *first;
    bool zeros, stop_at_sources, retain;
} gt_sweep_request;
gt_status gt_sweep(gt_tape *tape, const gt_sweep_request *request);

#endif
