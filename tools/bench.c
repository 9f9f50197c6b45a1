/* `gradtape bench`: how fast the engine is, beside what the machine could do. A table of works. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bench.h"
#include "tools/command.h"
#include "tools/device_option.h"
#include "tools/options.h"

typedef struct work {
    const char *name;
    gt_status (*run)(bench *b, const char *work);
    bool on_devices; /* not of the CPU alone */
} work;

static const work works[] = {
    {"machine", bench_machine, false}, {"tape", bench_tape, false},     {"simple", bench_model, true},
    {"mlp", bench_model, true},        {"advanced", bench_model, true}, {"lab", bench_model, true},
    {"cnn", bench_model, true},        {"signs", bench_model, true},    {"matmul", bench_matmul, true},
    {"conv", bench_conv, true},        {"ops", bench_ops, true},        {"memory", bench_memory, false},
    {"start", bench_start, false},
};
enum { WORKS = sizeof works / sizeof works[0] };

static const char about[] =
    "Measures how fast training, products and single ops are, and what the engine costs beside them:\n"
    "all works, or those named. docs/bench.md explains the columns. The works:\n"
    "  machine   what the processor can do: multiply-adds a second, and a triad over memory\n"
    "  tape      recording and sweeping a chain of tiny ops: nanoseconds an op, and bytes an op that the\n"
    "            graph takes beside the data\n"
    "  simple, mlp, advanced, lab, cnn, signs\n"
    "            training of whole models on random data: seconds an epoch of 60,000, or time a step\n"
    "  matmul    matrix products of those models: GFLOP/s, and per cent of the processor's peak\n"
    "  conv      3x3 convolutions and both their gradients, likewise\n"
    "  ops       every op, forward: GB/s, and per cent of a triad over as much memory\n"
    "  memory    bytes that training takes beside the data\n"
    "  start     time from starting a process to its first gradient\n";

static const char *work_name_at(const void *names, int index)
{
    return ((const work *)names)[index].name;
}

static const work *find_work(const char *name)
{
    for (int i = 0; i < WORKS; i++)
        if (strcmp(name, works[i].name) == 0)
            return &works[i];
    return NULL;
}

static gt_status run_works(bench *b, int count, char **names)
{
    gt_status status = GT_OK;
    bench_print_machine();
    for (int i = 0; status == GT_OK && i < (count ? count : WORKS); i++) {
        const work *chosen = count ? find_work(names[i]) : &works[i];
        if (chosen->on_devices || b->device == GT_CPU)
            status = chosen->run(b, chosen->name);
    }
    return status;
}

static gt_status measure(bench *b, int64_t threads, const char *json, int count, char **names)
{
    gt_status status = threads_chosen(threads);
    if (status == GT_OK && !gt_isa())
        status = GT_ERR_ARGUMENT;
    if (status == GT_OK && json)
        status = bench_json_check(json);
    if (status == GT_OK)
        status = run_works(b, count, names);
    return status == GT_OK && json ? bench_json_write(b, json) : status;
}

int command_bench(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "probe") == 0) /* what bench_process.c starts; in no help */
        return bench_probe(argv[2], argv[3]) == GT_OK ? STATUS_OK : failed("bench", "%s", gt_last_error());
    bench b = {.length = 1000000, .repeats = 9};
    int64_t threads = 0;
    int choice = GT_CPU;
    const char *json = NULL;
    int count;
    const option options[] = {
        option_threads(&threads),
        option_device(&choice),
        option_integer("repeat", &b.repeats, "N", 1, MOST_REPEATS, "runs of each (default: 9)"),
        option_integer("length", &b.length, "N", 1, 100000000, "ops in tape's longest chain (default: 1000000)"),
        option_text("only", &b.only, "TEXT",
                    "of machine, matmul, conv and ops, only rows whose name has TEXT in it,\n"
                    "or one of several, as in 'relu,pool'"),
        option_text("json", &json, "FILE", "also write everything measured as JSON"),
        {.name = NULL},
    };
    int usage = options_parse(&(command_usage){"bench", "[WORK ...]", about, options}, argc, argv, &count);
    if (usage >= 0)
        return usage;
    for (int i = 1; i <= count; i++)
        if (!find_work(argv[i]))
            return usage_error("bench", "unknown work '%s'%s", argv[i],
                               suggest(argv[i], WORKS, work_name_at, works).text);
    if (device_chosen(choice, false, &b.device) != GT_OK)
        return failed("bench", "%s", gt_last_error());
    for (int i = 1; i <= count; i++)
        if (b.device != GT_CPU && !find_work(argv[i])->on_devices)
            return usage_error("bench", "%s measures the cpu alone", argv[i]);
    gt_status status = measure(&b, threads, json, count, argv + 1);
    free(b.list);
    return status == GT_OK ? STATUS_OK : failed("bench", "%s", gt_last_error());
}
