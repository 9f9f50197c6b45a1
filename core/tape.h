/* GradientTape: records Diffable ops in a graph; a reverse sweep composes their Jacobians into gradients.
 *
 *     gt_tape *tape = gt_tape_new(GT_CPU);
 *     gt_tape_begin(tape);
 *     gt_tensor *loss = gt_mean_squared_error(tape, gt_linear(tape, x, w, b), y);
 *     gt_tape_end(tape);
 *     if (gt_tape_gradient(tape, loss, 2, weights, grads) != GT_OK) die(gt_tape_message(tape));
 *     ...
 *     gt_tape_reset(tape);
 *
 * What an op returns belongs to its tape and stays readable until gt_tape_reset or gt_tape_free; a tape that is not
 * recording still runs ops and owns their results. A handle of the step before is recognised and reported when it is
 * used after gt_tape_reset; one of an older step, or of a freed tape, cannot be recognised: its memory is used again.
 *
 * The first error of an op, or misuse of the tape, sticks: every later op returns NULL and gt_tape_gradient reports it.
 * A tape belongs to one thread at a time. Modelled on tf.GradientTape. */
#ifndef GT_TAPE_H
#define GT_TAPE_H

#include "tensor.h"

GT_PUBLIC_BEGIN

typedef struct gt_tape gt_tape;

typedef struct gt_tape_options {
    gt_device device;
    bool persistent;   /* several gradients, and gradients of gradients; otherwise one gradient, then reset */
    bool lean;         /* the sweep frees results once it is done with them, except targets and pinned ones; a failed
                          sweep leaves such a tape to be reset. Not together with persistent. */
    bool trace;        /* records every op, also those no gradient flows through (for gt_tape_print) */
    bool manual_watch; /* parameters are not watched by themselves */
    uint64_t seed;     /* of random ops (dropout) */
} gt_tape_options;

/* A one-shot tape; gt_tape_new_with for the rest (NULL: a one-shot tape on the CPU). The caller's to free, with all its
 * results. NULL with the message set on failure. */
gt_tape *gt_tape_new(gt_device device);
gt_tape *gt_tape_new_with(const gt_tape_options *options);
void gt_tape_free(gt_tape *tape);

/* begin and end nest by depth. While paused (tf's stop_recording), ops run but are not recorded; pauses nest too.
 * GT_ERR_STATE, which sticks, for an end without begin, a resume without pause, and begin on a one-shot tape that gave
 * its gradient. */
gt_status gt_tape_begin(gt_tape *tape);
gt_status gt_tape_end(gt_tape *tape);
gt_status gt_tape_pause(gt_tape *tape);
gt_status gt_tape_resume(gt_tape *tape);
bool gt_tape_recording(const gt_tape *tape);

/* Ends recording, frees every result, forgets watches and errors; keeps settings, the random stream and memory. */
void gt_tape_reset(gt_tape *tape);

/* Asks for gradients towards a tensor that is no parameter. Must come before the tape uses it: afterwards it is an
 * error, because the earlier uses are already constants. Only float tensors can be watched. */
gt_status gt_tape_watch(gt_tape *tape, gt_tensor *tensor);
/* The parameters and watched tensors, in the order of their first use or watch, as handles of the tape: writes at most
 * `capacity` of them and returns how many there are. */
int gt_tape_watched(const gt_tape *tape, int capacity, gt_tensor **tensors);

/* Keeps a result of this tape, which a lean sweep or the end of a scope would free early, readable until reset. */
gt_status gt_tape_pin(gt_tape *tape, gt_tensor *tensor);

/* The first error since the last reset, of an op or a misuse of the tape, and its message ("" if none). A failed
 * gradient leaves its message too, but does not stick. */
gt_status gt_tape_status(const gt_tape *tape);
const char *gt_tape_message(const gt_tape *tape);

/* d target / d sources[i]: gradients[i] has the shape and dtype of sources[i], shares memory with nothing, and belongs
 * to the tape. A target that is no scalar is summed. A source the target does not depend on gives NULL
 * (gt_tape_why_no_gradient tells why). On failure every gradient is NULL and the tape is as it was before the call.
 * Called on a persistent tape while it records, the gradient is itself recorded, so that it can be differentiated. */
gt_status gt_tape_gradient(gt_tape *tape, gt_tensor *target, int count, gt_tensor *const sources[],
                           gt_tensor *gradients[]);

typedef struct gt_gradient_options {
    int targets;                  /* 0 means 1 */
    gt_tensor *const *cotangents; /* one per target, of its shape; NULL, or a NULL entry: ones */
    bool zeros_where_unconnected; /* instead of NULL */
    bool stop_at_sources;         /* a source counts as independent of the other sources */
    bool retain;                  /* a one-shot tape can be asked again (PyTorch's retain_graph) */
} gt_gradient_options;

/* The same for several targets (their gradients are summed), with output cotangents. */
gt_status gt_tape_gradient_with(gt_tape *tape, gt_tensor *const targets[], int count, gt_tensor *const sources[],
                                gt_tensor *gradients[], const gt_gradient_options *options);

/* Why `target` has no gradient towards `source`, in a sentence; "" if it has one. Valid until the next call of it. */
const char *gt_tape_why_no_gradient(gt_tape *tape, gt_tensor *target, gt_tensor *source);

/* A gradient of the user's own, for 1 to 32 inputs. `forward` computes outputs (1 to 4) with recording paused; `vjp`
 * gets the outputs' cotangents (NULL where none arrived) and sets gradients[i] for each input, NULL for zero, by
 * calling ops. `release` (may be NULL) is called exactly once with `context`: when the tape forgets the node, or at
 * once where nothing is recorded, also after a failure. */
typedef struct gt_custom {
    const char *name; /* for messages; must outlive the tape's step */
    int outputs;
    gt_status (*forward)(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context);
    gt_status (*vjp)(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *const outputs[],
                     gt_tensor *const cotangents[], gt_tensor *gradients[], void *context);
    void (*release)(void *context);
    void *context;
} gt_custom;

/* Runs custom->forward and attaches custom->vjp to what it returned; its other results are freed, unless pinned
 * (gt_tape_pin) for the vjp. A watched tensor that forward uses without it being among the inputs is an error: its
 * gradient would be lost. */
gt_status gt_custom_gradient(gt_tape *tape, const gt_custom *custom, int count, gt_tensor *const inputs[],
                             gt_tensor *outputs[]);

/* Attaches custom->vjp to outputs that were computed while recording was paused, and not used since (custom->forward
 * is not used). */
gt_status gt_record(gt_tape *tape, const gt_custom *custom, int count, gt_tensor *const inputs[],
                    gt_tensor *const outputs[]);

/* Checkpointing (tf.recompute_grad): runs `body`, keeps its inputs and its output only, and runs it again in the sweep.
 * Every tensor that a gradient is wanted for must be among the inputs; `context` must outlive the step. NULL after an
 * error, which sticks. */
typedef gt_tensor *gt_checkpoint_body(gt_tape *tape, gt_tensor *const inputs[], void *context);
gt_tensor *gt_checkpoint(gt_tape *tape, gt_checkpoint_body *body, void *context, int count, gt_tensor *const inputs[]);

/* For finding where numbers go wrong: while on, the results of each op of this tape, in the sweep too, are searched for
 * NaN and infinity, and the first op that made one is an error, GT_ERR_VALUE: "log: made -inf at (3, 1) of float32
 * (4, 5); input 0, 'x' (4, 5) float32, is in 0..2.5". Where an input was not finite, that is said instead. Slow, and on
 * a device each op is waited for; nothing is paid while it is off. gt_tape_reset keeps it. GT_ERR_STATE while the
 * tape's work is captured. */
gt_status gt_tape_check_finite(gt_tape *tape, bool on);

/* Random ops draw from the tape's stream, which goes on after a reset; seeding starts it anew. */
gt_status gt_tape_seed(gt_tape *tape, uint64_t seed);

/* The graph as text, one node a line, and as Graphviz' dot. */
gt_status gt_tape_print(const gt_tape *tape, gt_writer *writer, void *context);
gt_status gt_tape_dot(const gt_tape *tape, gt_writer *writer, void *context);
/* How many ops are recorded now, and the bytes that nodes and handles take beside the data. */
int64_t gt_tape_length(const gt_tape *tape);
size_t gt_tape_overhead(const gt_tape *tape);

GT_PUBLIC_END

#endif
