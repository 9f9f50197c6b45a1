/* `gradtape bench tape`: what recording and sweeping cost beside the arithmetic, on a chain of tiny ops. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bench.h"

/* Per op: nanoseconds, a value a repeat, and bytes. */
typedef struct chain_costs {
    double record[MOST_REPEATS], sweep[MOST_REPEATS], total[MOST_REPEATS];
    size_t baseline; /* bytes in use before there was a tape */
    double bytes;    /* of the latest run, beside the data: nodes, handles, headers of buffers, rounding */
} chain_costs;

static gt_status measure_chain(gt_tape *tape, gt_tensor *parameter, int64_t length, int64_t repeat, chain_costs *costs)
{
    gt_tensor *gradient, *end = parameter;
    double begin = bench_now();
    gt_tape_begin(tape);
    for (int64_t i = 0; i < length; i++)
        end = gt_neg(tape, end);
    gt_tape_end(tape);
    double recorded = bench_now();
    gt_status status = gt_tape_gradient(tape, end, 1, &parameter, &gradient);
    double swept = bench_now();
    costs->record[repeat] = 1e9 * (recorded - begin) / (double)length;
    costs->sweep[repeat] = 1e9 * (swept - recorded) / (double)length;
    costs->total[repeat] = 1e9 * (swept - begin) / (double)length;
    if (status == GT_OK)
        costs->bytes = (double)(gt_memory_live() - costs->baseline) / (double)length - sizeof(float);
    gt_tape_reset(tape);
    return status;
}

/* One value for bytes, which do not vary. */
static spread once(double value)
{
    return (spread){value, value, value, 1};
}

static void print_cell(const spread *value)
{
    char cell[64];
    snprintf(cell, sizeof cell, "%.0f (%.0f-%.0f)", value->median, value->least, value->most);
    printf(" %18s", cell);
}

static gt_status report_length(bench *b, int64_t length, chain_costs *costs, double first)
{
    const struct {
        const char *name, *unit;
        spread value;
    } cells[] = {
        {"record", "ns/op", spread_of(costs->record, b->repeats)},
        {"sweep", "ns/op", spread_of(costs->sweep, b->repeats)},
        {"total", "ns/op", spread_of(costs->total, b->repeats)},
        {"first step", "bytes/op", once(first)},
        {"later steps", "bytes/op", once(costs->bytes)},
    };
    gt_status status = GT_OK;
    printf("%10" PRId64, length);
    for (size_t i = 0; status == GT_OK && i < sizeof cells / sizeof cells[0]; i++) {
        measurement m = {.work = "tape", .unit = cells[i].unit, .value = cells[i].value};
        snprintf(m.name, sizeof m.name, "%s", cells[i].name);
        snprintf(m.shape, sizeof m.shape, "%" PRId64 " ops", length);
        if (strcmp(m.unit, "ns/op") == 0)
            print_cell(&m.value);
        else
            printf(" %9.0f", m.value.median);
        status = bench_keep(b, &m);
    }
    putchar('\n');
    fflush(stdout);
    return status;
}

static gt_status bench_length(bench *b, gt_tensor *parameter, int64_t length, chain_costs *costs)
{
    costs->baseline = gt_memory_live();
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_status status = tape ? measure_chain(tape, parameter, length, 0, costs) : GT_ERR_MEMORY;
    double first = costs->bytes;
    /* Warms up once more: from the second step on a tape also holds the handles of the step before. */
    if (status == GT_OK)
        status = measure_chain(tape, parameter, length, 0, costs);
    for (int64_t i = 0; status == GT_OK && i < b->repeats; i++)
        status = measure_chain(tape, parameter, length, i, costs);
    gt_tape_free(tape);
    return status == GT_OK ? report_length(b, length, costs, first) : status;
}

/* A hundredth and a tenth of the length too, where caches hold more of the graph. */
gt_status bench_tape(bench *b, const char *work)
{
    (void)work;
    gt_tensor *parameter = gt_parameter_new("x", GT_FLOAT32, GT_SCALAR);
    chain_costs *costs = malloc(sizeof *costs);
    gt_status status = parameter ? GT_OK : GT_ERR_MEMORY;
    if (!costs)
        status = gt_fail(GT_ERR_MEMORY, "out of memory");
    printf("\ntape: a chain of neg on one float32, nanoseconds an op: median (least-most) of %" PRId64 " runs;\n"
           "bytes an op beside the data, in a tape's first step and in later ones\n",
           b->repeats);
    printf("%10s %18s %18s %18s %9s %9s\n", "length", "record", "sweep", "total", "first", "later");
    for (int64_t part = 100; status == GT_OK && part >= 1; part /= 10)
        if (b->length / part > 0)
            status = bench_length(b, parameter, b->length / part, costs);
    free(costs);
    gt_tensor_free(parameter);
    return status;
}
