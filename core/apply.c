/* Running an op: checks, shape rule, memory, kernel, record. Everything is allocated before the kernel writes. */
#include <string.h>

#include "core/clock.h"
#include "core/device_internal.h"
#include "core/error_internal.h"
#include "core/finite.h"
#include "core/isa_internal.h"
#include "core/profile_internal.h"
#include "core/tape_internal.h"

/* ---- kernels --------------------------------------------------------------------------------------------------- */

#define SCRATCH_BLOCKS 8

typedef struct gt_scratch {
    gt_device device;
    gt_queue *queue;
    int count;
    void *block[SCRATCH_BLOCKS];
    size_t bytes[SCRATCH_BLOCKS];
} gt_scratch;

void *gt_call_scratch(const gt_call *call, size_t bytes)
{
    gt_scratch *scratch = call->scratch;
    if (scratch->count == SCRATCH_BLOCKS) {
        gt_fail(GT_ERR_ARGUMENT, "%s: a kernel may ask for at most %d workspaces", call->op->name, SCRATCH_BLOCKS);
        return NULL;
    }
    bytes = bytes ? bytes : 1;
    void *block = gt_backend_of(scratch->device)->allocate(scratch->queue, bytes);
    if (block) {
        scratch->block[scratch->count] = block;
        scratch->bytes[scratch->count++] = bytes;
    }
    return block;
}

bool gt_op_runs_on(const gt_op *op, gt_device device)
{
    if (!op || (unsigned)device >= GT_DEVICES)
        return false;
    if (op->view || op->transfers)
        return true;
    return device == GT_CPU ? op->kernel != NULL : op->slot && op->slot->kernel[device];
}

/* From the device of the input to that of the output. The values pass through the host where neither is the CPU. */
static gt_status transfer(gt_queue *queue, const gt_tensor *from, gt_tensor *to)
{
    const size_t bytes = gt_spec_bytes(&from->spec);
    const gt_backend *source = gt_backend_of((gt_device)from->device), *target = gt_backend_of((gt_device)to->device);
    if (from->device == to->device)
        return source->copy(queue, to->data, from->data, bytes);
    if (to->device == GT_CPU)
        return source->copy_out(queue, to->data, from->data, bytes);
    return target->copy_in(queue, to->data, from->data, bytes);
}

/* What the queue does next with these tensors waits for what other queues did. */
static gt_status use_all(gt_queue *queue, int count, gt_tensor *const tensors[])
{
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < count; i++)
        if (tensors[i]->device != GT_CPU)
            status = gt_buffer_use(tensors[i]->buffer, queue);
    return status;
}

static gt_status execute(const gt_op *op, gt_device device, gt_queue *queue, const void *attributes, int inputs,
                         gt_tensor *const input[], int outputs, gt_tensor *const output[])
{
    gt_kernel *kernel = device == GT_CPU ? op->kernel : op->slot ? op->slot->kernel[device] : NULL;
    if (!kernel && !op->transfers)
        return gt_fail(GT_ERR_DEVICE, "%s: no kernel for device %s", op->name, gt_device_name(device));
    gt_status status = device == GT_CPU ? gt_isa_decide() : use_all(queue, inputs, input);
    if (status == GT_OK && device != GT_CPU)
        status = gt_capture_note(queue, op, inputs, input);
    if (status == GT_OK && op->transfers)
        return transfer(queue, input[0], output[0]);
    if (status != GT_OK)
        return status;
    gt_operand in[GT_MAX_INPUTS], out[GT_MAX_OUTPUTS];
    for (int i = 0; i < inputs; i++)
        in[i] = (gt_operand){&input[i]->spec, input[i]->data};
    for (int i = 0; i < outputs; i++)
        out[i] = (gt_operand){&output[i]->spec, output[i]->data};
    gt_scratch scratch;
    scratch.device = device;
    scratch.queue = queue;
    scratch.count = 0;
    const gt_call call = {op, attributes, inputs, outputs, in, out, queue, &scratch};
    status = kernel(&call);
    for (int i = 0; i < scratch.count; i++)
        gt_backend_of(device)->release(queue, scratch.block[i], scratch.bytes[i]);
    return status;
}

/* The time of a device's work is its own where the queue is empty before, and waited for. */
static gt_status wait_for(gt_device device, gt_queue *queue)
{
    const gt_backend *backend = device == GT_CPU ? NULL : gt_backend_of(device);
    return backend && backend->synchronize ? backend->synchronize(queue) : GT_OK;
}

static __attribute__((noinline)) gt_status execute_noting(gt_profile *profile, const gt_op *op, gt_device device,
                                                          gt_queue *queue, const void *attributes, int inputs,
                                                          gt_tensor *const input[], int outputs,
                                                          gt_tensor *const output[])
{
    size_t bytes = 0;
    for (int i = 0; i < inputs; i++)
        bytes += gt_spec_bytes(&input[i]->spec);
    for (int i = 0; i < outputs; i++)
        bytes += gt_spec_bytes(&output[i]->spec);
    gt_status status = wait_for(device, queue);
    const int64_t start = gt_nanoseconds();
    if (status == GT_OK)
        status = execute(op, device, queue, attributes, inputs, input, outputs, output);
    if (status == GT_OK)
        status = wait_for(device, queue);
    if (status == GT_OK)
        gt_profile_note(profile, op, outputs ? &output[0]->spec : &input[0]->spec, bytes, start, gt_nanoseconds());
    return status;
}

gt_status gt_execute(const gt_op *op, gt_device device, gt_queue *queue, const void *attributes, int inputs,
                     gt_tensor *const input[], int outputs, gt_tensor *const output[])
{
    gt_profile *profile = gt_profile_here();
    return profile ? execute_noting(profile, op, device, queue, attributes, inputs, input, outputs, output)
                   : execute(op, device, queue, attributes, inputs, input, outputs, output);
}

/* ---- checks ---------------------------------------------------------------------------------------------------- */

static gt_status check_arguments(const gt_op *op, int count, const void *attributes)
{
    if (op->attribute_size && !attributes)
        return gt_fail(GT_ERR_ARGUMENT, "%s: the attributes are NULL", op->name);
    if (op->inputs == GT_VARIADIC ? count >= 1 && count <= GT_MAX_INPUTS : count == op->inputs)
        return GT_OK;
    if (op->inputs == GT_VARIADIC)
        return gt_fail(GT_ERR_ARGUMENT, "%s: %d inputs given, 1 to %d expected", op->name, count, GT_MAX_INPUTS);
    return gt_fail(GT_ERR_ARGUMENT, "%s: %d inputs given, %d expected", op->name, count, op->inputs);
}

/* Why input `i` cannot be read: the slow path of check_inputs. */
static gt_status unreadable(const gt_op *op, int i, const gt_tensor *input)
{
    if (!input)
        return gt_fail(GT_ERR_ARGUMENT, "%s: input %d is NULL", op->name, i);
    if (input->flags & GT_TENSOR_DEAD)
        return gt_fail(GT_ERR_STATE, "%s: input %d belongs to a step that was reset (gt_tensor_copy keeps one)",
                       op->name, i);
    return gt_fail(GT_ERR_STATE,
                   "%s: the values of input %d, %s, were freed early by a lean tape (gt_tape_pin keeps "
                   "them)",
                   op->name, i, gt_tensor_label(input).text);
}

static gt_status check_inputs(const gt_op *op, gt_device device, gt_tensor *const inputs[], int count)
{
    for (int i = 0; i < count; i++) {
        const gt_tensor *input = inputs[i];
        if (!input || input->flags & GT_TENSOR_DEAD || !input->buffer)
            return unreadable(op, i, input);
        if (input->device != device && !op->transfers)
            return gt_fail(GT_ERR_DEVICE, "%s: input %d, %s, lies on %s, but the op runs on %s", op->name, i,
                           gt_tensor_label(input).text, gt_device_name((gt_device)input->device),
                           gt_device_name(device));
    }
    return GT_OK;
}

/* ---- one application -------------------------------------------------------------------------------------------- */

typedef struct application {
    gt_tape *tape;
    const gt_op *op;
    const void *attributes;
    gt_device device; /* that computes */
    gt_queue *queue;
    gt_tensor *const *inputs;
    int count;
    gt_tensor *handle[GT_MAX_INPUTS]; /* the tape's own handles of the inputs, where it records */
    bool tracked;                     /* a gradient can flow through an input */
    gt_node *node;                    /* NULL: not recorded */
    gt_tensor *output[GT_MAX_OUTPUTS];
} application;

/* Finds the tape's handles of the inputs, and whether any is tracked. */
static gt_status resolve(application *run)
{
    for (int i = 0; i < run->count; i++) {
        run->handle[i] = gt_leaf_of(run->tape, run->inputs[i]);
        if (!run->handle[i])
            return GT_ERR_MEMORY;
        if (run->handle[i]->flags & GT_TENSOR_TRACKED)
            run->tracked = true;
        else
            run->handle[i]->flags |= GT_TENSOR_CONSTANT;
    }
    return GT_OK;
}

/* Whether a user's forward was given this tensor, itself or as the tape's own handle. */
static bool is_guarded(const gt_tape *tape, const gt_tensor *input, const gt_tensor *own)
{
    for (int i = 0; i < tape->guarded_count; i++) {
        const gt_tensor *given = tape->guarded[i];
        if (given == input || (own && (given == own || gt_leaf_find(tape, given) == own)))
            return true;
    }
    return false;
}

/* While a user's forward runs, a watched tensor that is not among its inputs would lose its gradient silently. */
gt_status gt_guard_check(const gt_tape *tape, int count, gt_tensor *const inputs[])
{
    for (int i = 0; i < count; i++) {
        const gt_tensor *input = inputs[i];
        const gt_tensor *own = input->tape == tape ? input : gt_leaf_find(tape, input);
        bool watched =
            own ? own->flags & GT_TENSOR_TRACKED : input->flags & GT_TENSOR_TRAINABLE && !tape->options.manual_watch;
        if (watched && !is_guarded(tape, input, own))
            return gt_fail(GT_ERR_GRADIENT,
                           "%s: %s is watched and used inside, but not among the inputs: its gradient "
                           "would be lost",
                           tape->guard->name, gt_tensor_label(input).text);
    }
    return GT_OK;
}

static bool can_carry_gradient(const application *run, const gt_spec *spec)
{
    if (!run->tracked)
        return false;
    for (int i = 0; i < run->op->outputs; i++)
        if (gt_dtype_is_real(spec[i].dtype))
            return true;
    return false;
}

static gt_status make_outputs(application *run, const gt_infer *infer, const gt_spec *spec)
{
    const gt_device device = run->op->transfers ? (gt_device) * (const int64_t *)run->attributes : run->device;
    gt_queue *queue = gt_tape_queue(run->tape, device);
    for (int i = 0; i < run->op->outputs; i++) {
        gt_tensor *output = gt_handle_new(run->tape, device, &spec[i]);
        run->output[i] = output;
        if (!output)
            return GT_ERR_MEMORY;
        if (run->op->view) {
            size_t offset = (size_t)run->op->view(infer) * gt_dtype_size(spec[i].dtype);
            output->buffer = gt_buffer_hold(run->inputs[0]->buffer);
            output->data = run->inputs[0]->data + offset;
            continue;
        }
        output->buffer = gt_buffer_new(device, queue, gt_spec_bytes(&spec[i]));
        if (!output->buffer)
            return GT_ERR_MEMORY;
        output->data = output->buffer->data;
    }
    return GT_OK;
}

static void record(application *run)
{
    gt_node *node = run->node;
    for (int i = 0; i < run->count; i++)
        node->operand[i] = run->handle[i];
    for (int i = 0; i < run->op->outputs; i++) {
        gt_tensor *output = run->output[i];
        node->operand[run->count + i] = output;
        if (run->tracked && gt_dtype_is_real(output->spec.dtype))
            gt_handle_track(run->tape, output, node);
        output->producer = node;
    }
    for (int i = 0; i < run->count; i++)
        if (run->op->keeps & GT_KEEPS_INPUT(i)) {
            gt_leaf_attach(run->handle[i], run->inputs[i]);
            gt_node_keep(node, i);
        }
    for (int i = 0; i < run->op->outputs; i++)
        if (run->op->keeps & GT_KEEPS_OUTPUT(i))
            gt_node_keep(node, run->count + i);
    gt_node_link(run->tape, node);
}

/* Shape rule, memory, kernel, record; what was made is undone by the caller on failure. */
static gt_status infer_and_compute(application *run)
{
    const gt_spec *input_spec[GT_MAX_INPUTS];
    for (int i = 0; i < run->count; i++)
        input_spec[i] = &run->inputs[i]->spec;
    gt_spec spec[GT_MAX_OUTPUTS];
    const gt_infer infer = {run->op, run->attributes, run->count, input_spec, spec};
    gt_status status = run->op->infer(&infer);
    if (status != GT_OK)
        return status;
    bool recording = gt_tape_is_recording(run->tape);
    if (recording && (status = resolve(run)) != GT_OK)
        return status;
    if (run->tape->guard && (status = gt_guard_check(run->tape, run->count, run->inputs)) != GT_OK)
        return status;
    if ((status = make_outputs(run, &infer, spec)) != GT_OK)
        return status;
    if (recording && (run->tape->options.trace || can_carry_gradient(run, spec))) {
        run->node = gt_node_new(run->tape, run->op, run->count, run->op->outputs, run->attributes);
        if (!run->node)
            return GT_ERR_MEMORY;
    }
    if (!run->op->view)
        status = gt_execute(run->op, run->device, run->queue, run->attributes, run->count, run->inputs,
                            run->op->outputs, run->output);
    if (status == GT_OK && run->tape->check_finite && !run->op->view)
        status = gt_finite_check(run->op, run->count, run->inputs, run->op->outputs, run->output);
    if (status != GT_OK)
        return status;
    if (run->node)
        record(run);
    return GT_OK;
}

/* The queue that does the work: for a copy to another device, that of the one which is not the CPU. */
static gt_queue *work_queue(const gt_tape *tape, const gt_op *op, const void *attributes, gt_device device)
{
    if (op->transfers && device == GT_CPU)
        device = (gt_device) * (const int64_t *)attributes;
    return gt_tape_queue(tape, device);
}

static gt_status apply(gt_tape *tape, const gt_op *op, gt_tensor *const inputs[], int count, const void *attributes,
                       gt_tensor *outputs[])
{
    gt_status status = check_arguments(op, count, attributes);
    if (status == GT_OK)
        status = check_inputs(op, tape->here, inputs, count);
    if (status == GT_OK && op->writes)
        status = gt_fail(GT_ERR_ARGUMENT, "%s: writes its inputs: gt_run is for such ops", op->name);
    if (status != GT_OK)
        return status;
    application run;
    run.tape = tape;
    run.device = op->transfers ? (gt_device)inputs[0]->device : tape->here;
    run.queue = work_queue(tape, op, attributes, run.device);
    run.op = op;
    run.attributes = attributes;
    run.inputs = inputs;
    run.count = count;
    run.tracked = false;
    run.node = NULL;
    memset(run.output, 0, sizeof run.output);
    gt_arena_mark nodes = gt_arena_here(&tape->nodes);
    uint64_t failures = gt_failures();
    status = gt_explained(infer_and_compute(&run), failures, op->name);
    for (int i = 0; i < op->outputs; i++) {
        if (status == GT_OK)
            outputs[i] = run.output[i];
        else if (run.output[i])
            gt_handle_discard(tape, run.output[i]);
    }
    if (status != GT_OK)
        gt_arena_rollback(&tape->nodes, nodes);
    return status;
}

gt_status gt_apply_all(gt_tape *tape, const gt_op *op, gt_tensor *const inputs[], int count, const void *attributes,
                       gt_tensor *outputs[])
{
    for (int i = 0; op && i < op->outputs; i++)
        outputs[i] = NULL;
    if (!tape || !op)
        return gt_fail(GT_ERR_ARGUMENT, "%s: the %s is NULL", op ? op->name : "gt_apply", op ? "tape" : "op");
    if (tape->status != GT_OK)
        return tape->status;
    gt_status status = apply(tape, op, inputs, count, attributes, outputs);
    if (status != GT_OK)
        gt_tape_set_error(tape, status, gt_last_error());
    return status;
}

gt_tensor *gt_apply(gt_tape *tape, const gt_op *op, gt_tensor *const inputs[], int count, const void *attributes)
{
    gt_tensor *outputs[GT_MAX_OUTPUTS] = {NULL};
    gt_apply_all(tape, op, inputs, count, attributes, outputs);
    return outputs[0];
}

gt_status gt_run_check(const gt_op *op, gt_tensor *const inputs[], int count, const void *attributes)
{
    if (!op)
        return gt_fail(GT_ERR_ARGUMENT, "gt_run: the op is NULL");
    if (!op->writes || op->outputs)
        return gt_fail(GT_ERR_ARGUMENT, "%s: has outputs, which belong to a tape: use gt_apply", op->name);
    gt_status status = check_arguments(op, count, attributes);
    if (status != GT_OK)
        return status;
    const gt_device device = gt_tensor_device(inputs[0]);
    if ((status = check_inputs(op, device, inputs, count)) != GT_OK)
        return status;
    if (!gt_op_runs_on(op, device))
        return gt_fail(GT_ERR_DEVICE, "%s: no kernel for device %s", op->name, gt_device_name(device));
    const gt_spec *spec[GT_MAX_INPUTS];
    for (int i = 0; i < count; i++)
        spec[i] = &inputs[i]->spec;
    gt_spec unused[1]; /* for shape rules shared with ops that have an output */
    uint64_t failures = gt_failures();
    return gt_explained(op->infer(&(gt_infer){op, attributes, count, spec, unused}), failures, op->name);
}

gt_status gt_run(const gt_op *op, gt_tensor *const inputs[], int count, const void *attributes)
{
    uint64_t failures = gt_failures();
    gt_status status = gt_run_check(op, inputs, count, attributes);
    if (status != GT_OK)
        return status;
    for (int i = 0; i < count; i++)
        if (op->writes & GT_INPUT(i))
            gt_buffer_written(inputs[i]->buffer);
    /* The last input is what the others are updated from: on a device, its queue is the one that has to be waited for
     * anyway. */
    gt_queue *queue = atomic_load_explicit(&inputs[count - 1]->buffer->queue, memory_order_relaxed);
    status = gt_execute(op, (gt_device)inputs[0]->device, queue, attributes, count, inputs, 0, NULL);
    return gt_explained(status, failures, op->name);
}
