/* CUDA graphs: the work of a step, captured once and launched again as a whole, so that a small model is not bound by
 * the time that each launch takes.
 *
 *     step(tape);                                     once without, so that everything is loaded
 *     gt_tape_reset(tape);
 *     gt_tape_capture_begin(tape);
 *     step(tape);                                     nothing is computed yet
 *     gt_graph *graph = gt_tape_capture_end(tape);
 *     for (...) {
 *         gt_tensor_write(x, ...);                    the tensors that the step used, with new values
 *         gt_graph_launch(graph);
 *     }
 *
 * See Gray, Getting Started with CUDA Graphs, 2019. */
#ifndef GT_CAPTURE_H
#define GT_CAPTURE_H

#include "tape.h"

GT_PUBLIC_BEGIN

typedef struct gt_graph gt_graph;

/* Between the two calls, what the tape's ops, its gradient and gt_run on its results ask of the device is noted instead
 * of done. Reading a value, copying from the host, and random ops (which would repeat their numbers) are errors there;
 * attributes, such as a learning rate, are noted as they are. One capture a thread at a time; GT_ERR_STATE for a
 * second one, or an end without begin; GT_ERR_UNSUPPORTED on the CPU. */
gt_status gt_tape_capture_begin(gt_tape *tape);
/* The caller's to free; NULL with the message set, also where an op failed since the begin. */
gt_graph *gt_tape_capture_end(gt_tape *tape);

/* Asks the device for all of it again, on the tape's queue: with the values that the tensors from outside have then,
 * into the same results, which stay readable until the tape is reset. The graph holds on to those tensors' memory, and
 * must not be launched once its tape was freed. */
gt_status gt_graph_launch(gt_graph *graph);
void gt_graph_free(gt_graph *graph);

/* Milliseconds that the device took for what was asked of it between the two calls, by its own clock; the second waits
 * for it. On the CPU, the milliseconds that passed. */
gt_status gt_tape_time_begin(gt_tape *tape);
gt_status gt_tape_time_end(gt_tape *tape, double *milliseconds);

GT_PUBLIC_END

#endif
