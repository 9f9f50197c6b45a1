/* `gradtape bench`: what the engine costs beside the arithmetic. One function a work, and a table of them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "models/gradtape.h"
#include "tools/command.h"
#include "tools/options.h"

enum { MOST_REPEATS = 1000 };

typedef struct settings {
    int64_t length, repeats;
} settings;

static double now(void) /* nanoseconds */
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return 1e9 * (double)time.tv_sec + (double)time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ---- tape: record and sweep a chain of tiny ops ----------------------------------------------------------------- */

/* Per op: nanoseconds, a value a repeat, and bytes. */
typedef struct chain_costs {
    double record[MOST_REPEATS], sweep[MOST_REPEATS], total[MOST_REPEATS];
    size_t baseline; /* bytes in use before there was a tape */
    double bytes;    /* of the latest run, beside the data: nodes, handles, headers of buffers, rounding */
} chain_costs;

static gt_status measure_chain(gt_tape *tape, gt_tensor *parameter, int64_t length, int repeat, chain_costs *costs)
{
    gt_tensor *gradient, *end = parameter;
    double begin = now();
    gt_tape_begin(tape);
    for (int64_t i = 0; i < length; i++)
        end = gt_neg(tape, end);
    gt_tape_end(tape);
    double recorded = now();
    gt_status status = gt_tape_gradient(tape, end, 1, &parameter, &gradient);
    double swept = now();
    costs->record[repeat] = (recorded - begin) / (double)length;
    costs->sweep[repeat] = (swept - recorded) / (double)length;
    costs->total[repeat] = (swept - begin) / (double)length;
    if (status == GT_OK)
        costs->bytes = (double)(gt_memory_live() - costs->baseline) / (double)length - sizeof(float);
    gt_tape_reset(tape);
    return status;
}

/* "120 (118-131)" */
static void print_spread(double *values, int64_t count)
{
    char cell[64];
    qsort(values, (size_t)count, sizeof *values, compare);
    double median = (values[(count - 1) / 2] + values[count / 2]) / 2;
    snprintf(cell, sizeof cell, "%.0f (%.0f-%.0f)", median, values[0], values[count - 1]);
    printf(" %18s", cell);
}

static gt_status bench_length(gt_tensor *parameter, int64_t length, int64_t repeats, chain_costs *costs)
{
    costs->baseline = gt_memory_live();
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_status status = tape ? measure_chain(tape, parameter, length, 0, costs) : GT_ERR_MEMORY;
    double first = costs->bytes;
    /* Warms up once more: from the second step on a tape also holds the handles of the step before. */
    if (status == GT_OK)
        status = measure_chain(tape, parameter, length, 0, costs);
    for (int64_t i = 0; status == GT_OK && i < repeats; i++)
        status = measure_chain(tape, parameter, length, (int)i, costs);
    gt_tape_free(tape);
    if (status != GT_OK)
        return status;
    printf("%10" PRId64, length);
    print_spread(costs->record, repeats);
    print_spread(costs->sweep, repeats);
    print_spread(costs->total, repeats);
    printf(" %9.0f %9.0f\n", first, costs->bytes);
    fflush(stdout);
    return GT_OK;
}

/* A hundredth and a tenth of the length too, where caches hold more of the graph. */
static gt_status bench_tape(const settings *s)
{
    gt_tensor *parameter = gt_parameter_new("x", GT_FLOAT32, GT_SCALAR);
    chain_costs *costs = malloc(sizeof *costs);
    gt_status status = parameter ? GT_OK : GT_ERR_MEMORY;
    if (!costs)
        status = gt_fail(GT_ERR_MEMORY, "out of memory");
    printf("tape: a chain of neg on one float32, nanoseconds an op: median (least-most) of %" PRId64 " runs;\n"
           "bytes an op beside the data, in a tape's first step and in later ones\n",
           s->repeats);
    printf("%10s %18s %18s %18s %9s %9s\n", "length", "record", "sweep", "total", "first", "later");
    for (int64_t part = 100; status == GT_OK && part >= 1; part /= 10)
        if (s->length / part > 0)
            status = bench_length(parameter, s->length / part, s->repeats, costs);
    free(costs);
    gt_tensor_free(parameter);
    return status;
}

/* ---- the works -------------------------------------------------------------------------------------------------- */

typedef struct work {
    const char *name;
    gt_status (*run)(const settings *s);
} work;

static const work works[] = {
    {"tape", bench_tape},
};
enum { WORKS = sizeof works / sizeof works[0] };

static const char about[] =
    "Measures what the engine costs beside the arithmetic. The works:\n"
    "  tape   recording and sweeping a chain of tiny ops: nanoseconds an op, and bytes an op that the\n"
    "         graph takes beside the data\n";

static const char *work_name_at(const void *names, int index)
{
    return ((const work *)names)[index].name;
}

int command_bench(int argc, char **argv)
{
    settings s = {1000000, 9};
    int count;
    const option options[] = {
        option_integer("length", &s.length, "N", 1, 100000000, "ops in the longest chain (default: 1000000)"),
        option_integer("repeat", &s.repeats, "N", 1, MOST_REPEATS, "runs of each (default: 9)"),
        {.name = NULL},
    };
    int status = options_parse(&(command_usage){"bench", "WORK", about, options}, argc, argv, &count);
    if (status >= 0)
        return status;
    if (count != 1)
        return usage_error("bench", "name one work, such as '%s'", works[0].name);
    for (int i = 0; i < WORKS; i++)
        if (strcmp(argv[1], works[i].name) == 0)
            return works[i].run(&s) == GT_OK ? STATUS_OK : failed("bench", "%s", gt_last_error());
    return usage_error("bench", "unknown work '%s'%s", argv[1], suggest(argv[1], WORKS, work_name_at, works).text);
}
