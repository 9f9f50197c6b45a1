/* Gradients against central differences. */
#include "core/gradcheck.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/memory.h"

#define STEP         1e-5
#define ABSOLUTE     1e-8
#define RELATIVE     1e-6
#define MOST_SKIPPED 0.1

typedef struct checker {
    const gt_function *function;
    const gt_gradcheck_options *options;
    gt_gradcheck_report *report;
    int count;
    gt_tensor *const *inputs;
    gt_tape *tape;
    gt_tensor *cotangent[GT_MAX_INPUTS]; /* one per output; NULL for an integer one */
    gt_tensor *gradient[GT_MAX_INPUTS];  /* analytic; the checker's own; NULL for a structural zero */
} checker;

GT_PRINTF(2, 3) static gt_status wrong(checker *c, const char *format, ...)
{
    char message[192];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    snprintf(c->report->message, sizeof c->report->message, "%.160s%s: %s", c->function->name,
             c->options->order == 2 ? ", order 2" : "", message);
    return gt_fail(GT_ERR_GRADIENT, "%s", c->report->message);
}

static bool differentiated(const checker *c, int i)
{
    return gt_dtype_is_real(gt_tensor_dtype(c->inputs[i])) && !(c->options->constant >> i & 1);
}

/* ---- running the function --------------------------------------------------------------------------------------- */

/* The random stream starts anew, so that dropout does the same each time. */
static void start_again(checker *c)
{
    gt_tape_reset(c->tape);
    gt_tape_seed(c->tape, c->options->seed);
}

/* Values of the outputs, without recording; they stay until the tape is reset. */
static gt_status evaluate(checker *c, gt_tensor *outputs[])
{
    start_again(c);
    gt_status status = c->function->run(c->tape, c->inputs, outputs, c->function->context);
    if (gt_tape_status(c->tape) != GT_OK)
        return gt_fail(gt_tape_status(c->tape), "%s", gt_tape_message(c->tape));
    for (int i = 0; status == GT_OK && i < c->function->outputs; i++) {
        if (!outputs[i])
            status = gt_fail(GT_ERR_ARGUMENT, "%s: output %d is NULL", c->function->name, i);
        else if (gt_tensor_dtype(outputs[i]) == GT_FLOAT32)
            status = gt_fail(GT_ERR_DTYPE, "%s: output %d is float32: differences need float64", c->function->name, i);
    }
    return status;
}

static gt_status make_cotangents(checker *c)
{
    gt_tensor *outputs[GT_MAX_INPUTS] = {NULL};
    gt_status status = evaluate(c, outputs);
    gt_random random = gt_random_new(c->options->seed, 1);
    int64_t entries = 0;
    for (int i = 0; status == GT_OK && i < c->function->outputs; i++) {
        if (!gt_dtype_is_real(gt_tensor_dtype(outputs[i])))
            continue;
        c->cotangent[i] = gt_tensor_new(GT_FLOAT64, gt_tensor_shape(outputs[i]));
        if (!c->cotangent[i])
            return GT_ERR_MEMORY;
        entries += gt_tensor_size(outputs[i]);
        status = gt_random_normal(&random, GT_FLOAT64, gt_tensor_size(outputs[i]), 0, 1,
                                  gt_tensor_data_write(c->cotangent[i]));
    }
    if (status == GT_OK && entries == 0)
        status = gt_fail(GT_ERR_UNSUPPORTED, "%s: no float output to differentiate", c->function->name);
    return status;
}

/* One sweep; gradients become the caller's copies, NULL for structural zeros. */
static gt_status sweep(checker *c, gt_tensor *const cotangents[], gt_tensor *gradients[])
{
    start_again(c);
    gt_tape_begin(c->tape);
    gt_tensor *sources[GT_MAX_INPUTS], *found[GT_MAX_INPUTS] = {NULL}, *outputs[GT_MAX_INPUTS] = {NULL};
    int which[GT_MAX_INPUTS], count = 0;
    for (int i = 0; i < c->count; i++)
        if (differentiated(c, i)) {
            gt_tape_watch(c->tape, c->inputs[i]);
            which[count] = i;
            sources[count++] = c->inputs[i];
        }
    gt_status status = c->function->run(c->tape, c->inputs, outputs, c->function->context);
    gt_tape_end(c->tape);
    if (status != GT_OK && gt_tape_status(c->tape) == GT_OK)
        return status;
    gt_tensor *targets[GT_MAX_INPUTS], *weights[GT_MAX_INPUTS];
    gt_gradient_options options = {.targets = 0, .cotangents = weights};
    for (int i = 0; i < c->function->outputs; i++)
        if (cotangents[i]) {
            targets[options.targets] = outputs[i];
            weights[options.targets++] = cotangents[i];
        }
    status = gt_tape_gradient_with(c->tape, targets, count, sources, found, &options);
    for (int i = 0; status == GT_OK && i < count; i++)
        if (found[i] && !(gradients[which[i]] = gt_tensor_copy(found[i])))
            status = GT_ERR_MEMORY;
    return status;
}

static void free_all(int count, gt_tensor *tensors[])
{
    for (int i = 0; i < count; i++) {
        gt_tensor_free(tensors[i]);
        tensors[i] = NULL;
    }
}

/* ---- the sweep's own properties ---------------------------------------------------------------------------------- */

/* Compares a second sweep, whose cotangents were scaled, with the first. A power of two scales without rounding. */
static gt_status compare_sweeps(checker *c, gt_tensor *const again[], double factor)
{
    for (int i = 0; i < c->count; i++) {
        int64_t size = c->gradient[i] ? gt_tensor_size(c->gradient[i]) : 0;
        for (int64_t j = 0; j < size; j++) {
            double first = factor * gt_tensor_at(c->gradient[i], j), second = gt_tensor_at(again[i], j);
            bool same = first == second || (factor != 1 && fabs(first - second) <= 1e-12 * fabs(first) + 1e-300);
            if (!same && !(isnan(first) && isnan(second)))
                return wrong(c, "input %d, entry %lld: the sweep %s: %.17g, then %.17g", i, (long long)j,
                             factor == 1 ? "run twice gave two results" : "is not linear in the cotangent", first,
                             second);
        }
    }
    return GT_OK;
}

static gt_status check_again(checker *c, double factor)
{
    gt_tensor *scaled[GT_MAX_INPUTS] = {NULL}, *again[GT_MAX_INPUTS] = {NULL};
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < c->function->outputs; i++) {
        if (!c->cotangent[i])
            continue;
        scaled[i] = gt_tensor_copy(c->cotangent[i]);
        double *values = scaled[i] ? gt_tensor_data_write(scaled[i]) : NULL;
        if (!values)
            status = GT_ERR_MEMORY;
        for (int64_t j = 0; status == GT_OK && j < gt_tensor_size(scaled[i]); j++)
            values[j] *= factor;
    }
    if (status == GT_OK)
        status = sweep(c, scaled, again);
    if (status == GT_OK)
        status = compare_sweeps(c, again, factor);
    free_all(c->function->outputs, scaled);
    free_all(c->count, again);
    return status;
}

/* ---- numerical differentiation ----------------------------------------------------------------------------------- */

/* The outputs at x + step in one entry, copied into `values` one output behind the other. */
static gt_status outputs_at(checker *c, double *entry, double x, double *values)
{
    *entry = x;
    gt_tensor *outputs[GT_MAX_INPUTS] = {NULL};
    gt_status status = evaluate(c, outputs);
    for (int i = 0; status == GT_OK && i < c->function->outputs; i++) {
        if (!c->cotangent[i])
            continue;
        size_t size = (size_t)gt_tensor_size(outputs[i]);
        if (gt_tensor_dtype(outputs[i]) != GT_FLOAT64 || size != (size_t)gt_tensor_size(c->cotangent[i]))
            return gt_fail(GT_ERR_SHAPE, "%s: output %d changes its shape or dtype", c->function->name, i);
        memcpy(values, gt_tensor_data(outputs[i]), size * sizeof *values);
        values += size;
    }
    return status;
}

/* sum of cotangent (a - b): differences are taken before summing, which keeps small ones exact. */
static double weighted_difference(const checker *c, const double *a, const double *b)
{
    double sum = 0;
    for (int i = 0; i < c->function->outputs; i++) {
        if (!c->cotangent[i])
            continue;
        const double *weight = gt_tensor_data(c->cotangent[i]);
        int64_t size = gt_tensor_size(c->cotangent[i]);
        for (int64_t j = 0; j < size; j++)
            sum += weight[j] * (a[j] - b[j]);
        a += size;
        b += size;
    }
    return sum;
}

/* Room for all outputs at three points. */
typedef struct workspace {
    double *values;
    int64_t outputs;
} workspace;

/* Slopes over [x - h, x], [x, x + h] and both. */
typedef struct slopes {
    double left, right, both;
} slopes;

static gt_status measure(checker *c, double *entry, double step, const workspace *work, slopes *s)
{
    double x = *entry;
    double *low = work->values, *middle = low + work->outputs, *high = middle + work->outputs;
    gt_status status = outputs_at(c, entry, x - step, low);
    if (status == GT_OK)
        status = outputs_at(c, entry, x + step, high);
    if (status == GT_OK)
        status = outputs_at(c, entry, x, middle);
    *entry = x;
    double below = x - (x - step), above = (x + step) - x; /* as represented */
    s->left = weighted_difference(c, middle, low) / below;
    s->right = weighted_difference(c, high, middle) / above;
    s->both = weighted_difference(c, high, low) / (below + above);
    return status;
}

static gt_text entry_text(const gt_shape *shape, int64_t flat)
{
    gt_shape index = *shape;
    for (int64_t axis = index.rank - 1; axis >= 0; axis--) {
        index.dim[axis] = flat % shape->dim[axis];
        flat /= shape->dim[axis];
    }
    return gt_shape_text(&index);
}

static double bound_of(double analytic, const slopes *s)
{
    return ABSOLUTE + RELATIVE * fmax(fabs(analytic), fabs(s->both));
}

/* At a kink the slopes on both sides differ, and any value between them is as good. */
static bool may_be_kink(double analytic, const slopes *s)
{
    double apart = fabs(s->left - s->right), slack = bound_of(analytic, s) + 1e-3 * apart;
    return apart > bound_of(analytic, s) && analytic >= fmin(s->left, s->right) - slack &&
           analytic <= fmax(s->left, s->right) + slack;
}

/* Curvature alone drives the two slopes apart too, but in proportion to the step. With smaller ones, a kink at x keeps
 * them as far apart, and one beside x is left outside at last, where the gradient agrees. */
static gt_status is_kink(checker *c, double *entry, double analytic, const workspace *work, const slopes *s, bool *kink)
{
    *kink = false;
    if (!may_be_kink(analytic, s))
        return GT_OK;
    double apart = fabs(s->left - s->right);
    for (double step = STEP / 16; !*kink && step > STEP / 300; step /= 16) {
        slopes near;
        gt_status status = measure(c, entry, step, work, &near);
        if (status != GT_OK)
            return status;
        bool at_x = fabs(near.left - near.right) > apart / 2 && may_be_kink(analytic, &near);
        bool beside_x =
            fabs(analytic - near.both) <= bound_of(analytic, &near) && fabs(near.both - s->both) > apart / 300;
        *kink = at_x || beside_x;
    }
    return GT_OK;
}

static gt_status compare_entry(checker *c, int i, int64_t j, double *entry, double analytic, const workspace *work)
{
    slopes s;
    gt_status status = measure(c, entry, STEP, work, &s);
    if (status != GT_OK)
        return status;
    double bound = bound_of(analytic, &s), error = fabs(analytic - s.both);
    if (isfinite(error) && error <= bound) {
        c->report->compared++;
        c->report->zero += analytic == 0 && s.both == 0;
        c->report->worst = fmax(c->report->worst, error / bound);
        return GT_OK;
    }
    bool kink;
    if ((status = is_kink(c, entry, analytic, work, &s, &kink)) != GT_OK)
        return status;
    if (kink) {
        c->report->skipped++;
        return GT_OK;
    }
    c->report->compared++;
    c->report->worst = isfinite(error) ? fmax(c->report->worst, error / bound) : INFINITY;
    const gt_shape shape = gt_tensor_shape(c->inputs[i]);
    return wrong(c, "input %d %.60s, entry %.60s: analytic %.10g, numeric %.10g", i, gt_shape_text(&shape).text,
                 entry_text(&shape, j).text, analytic, s.both);
}

static gt_status check_input(checker *c, int i, const workspace *work)
{
    int64_t size = gt_tensor_size(c->inputs[i]);
    int64_t compared = c->report->compared, zero = c->report->zero, skipped = c->report->skipped;
    double *values = gt_tensor_data_write(c->inputs[i]);
    gt_status status = values ? GT_OK : GT_ERR_ARGUMENT;
    for (int64_t j = 0; status == GT_OK && j < size; j++)
        status = compare_entry(c, i, j, &values[j], c->gradient[i] ? gt_tensor_at(c->gradient[i], j) : 0, work);
    if (status != GT_OK)
        return status;
    skipped = c->report->skipped - skipped;
    compared = c->report->compared - compared;
    if ((double)skipped > MOST_SKIPPED * (double)(compared + skipped))
        return wrong(c, "input %d: %lld of %lld entries lie at kinks: too many to skip", i, (long long)skipped,
                     (long long)(compared + skipped));
    bool nothing = compared == c->report->zero - zero && compared > 0;
    if (nothing && c->options->order != 2 && !(c->options->zero >> i & 1))
        return wrong(c, "input %d: every gradient is zero, so nothing was checked", i);
    return GT_OK;
}

/* Entries of all float outputs; cotangents for them must have been made. */
static int64_t output_entries(const checker *c)
{
    int64_t entries = 0;
    for (int i = 0; i < c->function->outputs; i++)
        entries += c->cotangent[i] ? gt_tensor_size(c->cotangent[i]) : 0;
    return entries;
}

static gt_status check_all(checker *c)
{
    gt_status status = make_cotangents(c);
    workspace work = {.outputs = status == GT_OK ? output_entries(c) : 0};
    if (status == GT_OK)
        status = sweep(c, c->cotangent, c->gradient);
    if (status == GT_OK)
        status = check_again(c, 1);
    if (status == GT_OK)
        status = check_again(c, 2);
    work.values = status == GT_OK ? gt_allocate(3 * (size_t)work.outputs * sizeof *work.values) : NULL;
    if (status == GT_OK && !work.values)
        status = GT_ERR_MEMORY;
    for (int i = 0; status == GT_OK && i < c->count; i++)
        if (differentiated(c, i))
            status = check_input(c, i, &work);
    gt_release(work.values);
    uint64_t expected = c->options->zero;
    bool all_zero_expected = true;
    for (int i = 0; i < c->count; i++)
        all_zero_expected = all_zero_expected && (!differentiated(c, i) || expected >> i & 1);
    if (status == GT_OK && c->report->compared == c->report->zero && !all_zero_expected)
        status = wrong(c, "no entry that is not zero was compared");
    return status;
}

static gt_status check_arguments(const gt_function *function, int count, gt_tensor *const inputs[],
                                 const gt_gradcheck_options *options)
{
    if (!function || !function->run || !function->name || !inputs)
        return gt_fail(GT_ERR_ARGUMENT, "gt_gradcheck: the function, its name, or the inputs are NULL");
    if (count < 1 || count > GT_MAX_INPUTS || function->outputs < 1 || function->outputs > GT_MAX_INPUTS)
        return gt_fail(GT_ERR_ARGUMENT, "gt_gradcheck: %s: %d inputs and %d outputs, 1 to %d are possible",
                       function->name, count, function->outputs, GT_MAX_INPUTS);
    if (options->order < 0 || options->order > 2)
        return gt_fail(GT_ERR_ARGUMENT, "gt_gradcheck: order %d, 1 or 2 is possible", options->order);
    for (int i = 0; i < count; i++) {
        if (!inputs[i])
            return gt_fail(GT_ERR_ARGUMENT, "gt_gradcheck: %s: input %d is NULL", function->name, i);
        if (gt_tensor_device(inputs[i]) != GT_CPU)
            return gt_fail(GT_ERR_DEVICE, "gt_gradcheck: %s: input %d lies on %s, the cpu is expected", function->name,
                           i, gt_device_name(gt_tensor_device(inputs[i])));
        if (gt_tensor_dtype(inputs[i]) == GT_FLOAT32 && !(options->constant >> i & 1))
            return gt_fail(GT_ERR_DTYPE, "gt_gradcheck: %s: input %d is float32: differences need float64",
                           function->name, i);
    }
    return GT_OK;
}

/* ---- on another device ------------------------------------------------------------------------------------------ */

typedef struct device_function {
    const gt_function *function;
    gt_device device;
    int inputs;
} device_function;

/* The function between copies to the device and back. */
static gt_status run_on_device(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    const device_function *f = context;
    gt_tensor *there[GT_MAX_INPUTS], *results[GT_MAX_INPUTS] = {NULL};
    for (int i = 0; i < f->inputs; i++)
        there[i] = gt_to_device(tape, inputs[i], f->device);
    gt_status status = f->function->run(tape, there, results, f->function->context);
    for (int i = 0; status == GT_OK && i < f->function->outputs; i++)
        outputs[i] = results[i] ? gt_to_device(tape, results[i], GT_CPU) : NULL;
    return status;
}

/* ---- order 2: the gradient as a function of inputs and cotangents -------------------------------------------------
 */

typedef struct gradient_function {
    const gt_function *function;
    int inputs;
    uint64_t real_outputs; /* bit i: output i is a float, and has a cotangent among the inputs */
    uint64_t constant;
} gradient_function;

/* Inputs: those of the function, then a cotangent for each float output. Outputs: a gradient for each float input. */
static gt_status run_gradient(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *gradients[], void *context)
{
    const gradient_function *g = context;
    gt_tensor *outputs[GT_MAX_INPUTS] = {NULL}, *targets[GT_MAX_INPUTS], *sources[GT_MAX_INPUTS];
    int targets_count = 0, count = 0;
    gt_tape_begin(tape);
    for (int i = 0; i < g->inputs; i++)
        if (gt_dtype_is_real(gt_tensor_dtype(inputs[i])) && !(g->constant >> i & 1)) {
            gt_tape_watch(tape, inputs[i]);
            sources[count++] = inputs[i];
        }
    gt_status status = g->function->run(tape, inputs, outputs, g->function->context);
    for (int i = 0; i < g->function->outputs; i++)
        if (g->real_outputs >> i & 1)
            targets[targets_count++] = outputs[i];
    const gt_gradient_options options = {
        .targets = targets_count, .cotangents = inputs + g->inputs, .zeros_where_unconnected = true};
    if (status == GT_OK)
        status = gt_tape_gradient_with(tape, targets, count, sources, gradients, &options);
    gt_tape_end(tape);
    return status;
}

static gt_status check_order(const gt_function *function, int count, gt_tensor *const inputs[],
                             const gt_gradcheck_options *options, gt_gradcheck_report *report)
{
    checker c = {.function = function, .options = options, .report = report, .count = count, .inputs = inputs};
    c.tape = gt_tape_new_with(&(gt_tape_options){.device = options->device, .persistent = true});
    gt_status status = c.tape ? check_all(&c) : gt_last_status();
    free_all(function->outputs, c.cotangent);
    free_all(count, c.gradient);
    gt_tape_free(c.tape);
    return status;
}

static gt_status check_second_order(const gt_function *function, int count, gt_tensor *const inputs[],
                                    const gt_gradcheck_options *options, gt_gradcheck_report *report)
{
    gradient_function g = {.function = function, .inputs = count, .constant = options->constant};
    gt_tensor *all[GT_MAX_INPUTS] = {NULL};
    int total = count, gradients = 0;
    for (int i = 0; i < count; i++) {
        all[i] = inputs[i];
        gradients += gt_dtype_is_real(gt_tensor_dtype(inputs[i])) && !(options->constant >> i & 1);
    }
    checker first = {.function = function, .options = options, .report = report, .count = count, .inputs = inputs};
    first.tape = gt_tape_new_with(&(gt_tape_options){.device = options->device, .persistent = true});
    gt_status status = first.tape ? make_cotangents(&first) : gt_last_status();
    gt_tape_free(first.tape);
    for (int i = 0; status == GT_OK && i < function->outputs; i++) {
        if (!first.cotangent[i])
            continue;
        g.real_outputs |= UINT64_C(1) << i;
        if (total == GT_MAX_INPUTS)
            status = gt_fail(GT_ERR_ARGUMENT, "gt_gradcheck: %s: too many inputs for order 2", function->name);
        else
            all[total++] = first.cotangent[i];
    }
    if (status == GT_OK && gradients > 0) {
        gt_gradcheck_options second = *options;
        second.seed = options->seed + 1;
        /* Where every gradient is zero by nature, so is every second one, also towards the cotangents. */
        second.zero |= UINT64_MAX << count;
        const gt_function gradient = {function->name, gradients, run_gradient, &g};
        status = check_order(&gradient, total, all, &second, report);
    }
    free_all(function->outputs, first.cotangent);
    return status;
}

gt_status gt_gradcheck(const gt_function *function, int count, gt_tensor *const inputs[],
                       const gt_gradcheck_options *options, gt_gradcheck_report *report)
{
    const gt_gradcheck_options defaults = {0};
    options = options ? options : &defaults;
    gt_gradcheck_report unused;
    report = report ? report : &unused;
    *report = (gt_gradcheck_report){0};
    gt_status status = check_arguments(function, count, inputs, options);
    device_function elsewhere = {function, options->device, count};
    const gt_function there = {function ? function->name : NULL, function ? function->outputs : 0, run_on_device,
                               &elsewhere};
    const gt_function *checked = options->device == GT_CPU ? function : &there;
    if (status == GT_OK)
        status = options->order == 2 ? check_second_order(checked, count, inputs, options, report)
                                     : check_order(checked, count, inputs, options, report);
    if (status != GT_OK && !report->message[0])
        snprintf(report->message, sizeof report->message, "%.380s", gt_last_error());
    return status;
}
