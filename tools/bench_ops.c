/* `gradtape bench ops`: every op of the registry, forward, on its workload. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ops/attributes.h"
#include "tools/bench.h"

typedef struct trial {
    const gt_op *op;
    const gt_sample *sample;
    gt_device device;
    gt_tape *tape;
    int inputs;
    gt_tensor *input[GT_SAMPLE_INPUTS], *output[GT_MAX_OUTPUTS];
} trial;

static gt_status apply(trial *t)
{
    if (t->op->writes)
        return gt_run(t->op, t->input, t->inputs, t->sample->attributes);
    return gt_apply_all(t->tape, t->op, t->input, t->inputs, t->sample->attributes, t->output);
}

static gt_status run(void *context)
{
    trial *t = context;
    gt_status status = apply(t);
    gt_tape_reset(t->tape);
    return status;
}

/* ---- what a run moves and computes ------------------------------------------------------------------------------- */

static double bytes_of(const gt_tensor *tensor)
{
    return (double)gt_tensor_size(tensor) * (double)gt_dtype_size(gt_tensor_dtype(tensor));
}

/* The memory of inputs and outputs. */
static double count_memory(const trial *t)
{
    double bytes = 0;
    for (int i = 0; i < t->inputs; i++)
        bytes += bytes_of(t->input[i]);
    for (int i = 0; i < t->op->outputs; i++)
        bytes += bytes_of(t->output[i]);
    return bytes;
}

/* Of it, what is updated in place is read and written. A view moves nothing. */
static double count_moved(const trial *t)
{
    double bytes = count_memory(t);
    for (int i = 0; i < t->inputs; i++)
        if (t->op->writes & GT_INPUT(i))
            bytes += bytes_of(t->input[i]);
    return t->op->view ? 0 : bytes;
}

/* Of products; the others are bound by memory, or by functions that do not count in flops. */
static double count_flops(const trial *t)
{
    const char *name = t->op->name;
    if (strcmp(name, "matmul") == 0 || strncmp(name, "linear", 6) == 0) /* m k n is the root of all entries' product */
        return 2 * sqrt((double)gt_tensor_size(t->input[0]) * (double)gt_tensor_size(t->input[1]) *
                        (double)gt_tensor_size(t->output[0]));
    if (strncmp(name, "conv2d", 6) != 0)
        return 0;
    const gt_conv2d_attributes *attributes = t->sample->attributes;
    const gt_shape *filter = &attributes->filter;
    const gt_tensor *y = strstr(name, "_grad") ? t->input[0] : t->output[0]; /* or its cotangent */
    return 2.0 * (double)gt_tensor_size(y) * (double)(filter->dim[0] * filter->dim[1] * filter->dim[2]);
}

/* "100x784 784x398" */
static void print_shapes(const trial *t, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < t->inputs && used < size; i++) {
        gt_shape shape = gt_tensor_shape(t->input[i]);
        used += (size_t)snprintf(text + used, size - used, i ? " " : "");
        if (shape.rank == 0 && used < size)
            used += (size_t)snprintf(text + used, size - used, "scalar");
        for (int axis = 0; axis < shape.rank && used < size; axis++)
            used += (size_t)snprintf(text + used, size - used, axis ? "x%lld" : "%lld", (long long)shape.dim[axis]);
    }
}

/* ---- one op ------------------------------------------------------------------------------------------------------ */

static gt_status measure(bench *b, const char *work, trial *t)
{
    measurement m = {.work = work, .unit = "us", .per_second = 1e6};
    gt_status status = apply(t);
    if (status != GT_OK)
        return status;
    snprintf(m.name, sizeof m.name, "%s", t->op->name);
    print_shapes(t, m.shape, sizeof m.shape);
    double memory = count_memory(t);
    m.bytes = count_moved(t);
    m.flops = count_flops(t);
    gt_tape_reset(t->tape);
    status = bench_time(b, run, t, m.per_second, &m.value);
    if (status == GT_OK && m.bytes > 0)
        status = machine_triad(b, memory, &m.triad);
    if (status == GT_OK && m.flops > 0)
        status = machine_peak(b, &m.peak);
    return status == GT_OK ? bench_row(b, &m) : status;
}

/* A program's own op may have no workload: its first sample stands in. */
static gt_status bench_op(bench *b, const char *work, const gt_op *op)
{
    trial t = {.op = op, .sample = op->workload ? op->workload : op->samples, .device = b->device};
    if (!t.sample || !t.sample->name)
        return GT_OK;
    t.tape = gt_tape_new(t.device);
    t.inputs = gt_sample_inputs(t.sample, GT_FLOAT32, 1, t.input);
    gt_status status = t.tape && t.inputs >= 0 ? GT_OK : GT_ERR_MEMORY;
    for (int i = 0; status == GT_OK && i < t.inputs; i++)
        status = gt_tensor_move(t.input[i], t.device);
    if (status == GT_OK)
        status = measure(b, work, &t);
    for (int i = 0; i < t.inputs; i++)
        gt_tensor_free(t.input[i]);
    gt_tape_free(t.tape);
    return status;
}

gt_status bench_ops(bench *b, const char *work)
{
    gt_status status = GT_OK;
    bench_heading("ops: forward, float32; GB/s of inputs and outputs, beside a triad over as much memory", true);
    for (int i = 0; status == GT_OK && i < gt_op_count(); i++)
        if (bench_wants(b, gt_op_at(i)->name))
            status = bench_op(b, work, gt_op_at(i));
    return status;
}
