/* `gradtape bench start` and `memory`: what a whole process takes, measured on processes of their own. Each runs this
 * program again, as `gradtape bench probe WHAT THREADS`, which prints three numbers: when it was done, on the clock of
 * bench_now; and in bytes its peak resident set, and what the memory pool held beside the data. */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/bench.h"

extern char **environ;

/* ---- in the other process ---------------------------------------------------------------------------------------- */

/* Not getrusage's ru_maxrss: Linux keeps that over exec, so that it would count the program that started this one. */
static double peak_resident(void)
{
    char line[256];
    double kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtod(line + 6, NULL);
    if (file)
        fclose(file);
    return 1024 * kib;
}

/* d (x x) / dx at 2. */
static gt_status tiny_gradient(void)
{
    gt_tensor *x = gt_parameter_new("x", GT_FLOAT32, GT_SCALAR), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_status status = GT_ERR_MEMORY;
    if (x && tape) {
        gt_tape_begin(tape);
        gt_tensor *y = gt_mul(tape, x, x);
        gt_tape_end(tape);
        status = gt_tape_gradient(tape, y, 1, &x, &gradient);
    }
    gt_tape_free(tape);
    gt_tensor_free(x);
    return status;
}

gt_status bench_probe(const char *what, const char *threads)
{
    double data = 0;
    gt_status status = gt_set_threads((int)strtol(threads, NULL, 10));
    if (status == GT_OK)
        status = strcmp(what, "gradient") == 0 ? tiny_gradient() : bench_model_train(what, &data);
    if (status == GT_OK)
        printf("%.9f %.0f %.0f\n", bench_now(), peak_resident(), (double)gt_memory_peak() - data);
    return status;
}

/* ---- in this one ------------------------------------------------------------------------------------------------- */

typedef struct probe {
    double seconds, resident, pool; /* since the exec; bytes */
} probe;

static gt_status spawn(char *what, int output, pid_t *child)
{
    char program[] = "/proc/self/exe", name[] = "gradtape", command[] = "bench", hidden[] = "probe";
    char threads[16];
    snprintf(threads, sizeof threads, "%d", gt_threads());
    char *arguments[] = {name, command, hidden, what, threads, NULL};
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return gt_fail(GT_ERR_MEMORY, "out of memory");
    int error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (error == 0)
        error = posix_spawn(child, program, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error == 0 ? GT_OK : gt_fail(GT_ERR_IO, "%s could not be run again: %s", program, strerror(error));
}

static gt_status read_numbers(int input, double begin, probe *result)
{
    double end;
    FILE *file = fdopen(input, "r");
    if (!file) {
        close(input);
        return gt_fail(GT_ERR_MEMORY, "out of memory");
    }
    int numbers = fscanf(file, "%lf %lf %lf", &end, &result->resident, &result->pool);
    fclose(file);
    result->seconds = end - begin;
    return numbers == 3 ? GT_OK : gt_fail(GT_ERR_IO, "the process started to be measured failed");
}

static gt_status run_probe(char *what, probe *result)
{
    int ends[2], status;
    pid_t child;
    if (pipe(ends) != 0)
        return gt_fail(GT_ERR_IO, "no pipe: %s", strerror(errno));
    double begin = bench_now();
    gt_status started = spawn(what, ends[1], &child);
    close(ends[1]);
    if (started != GT_OK) {
        close(ends[0]);
        return started;
    }
    gt_status read = read_numbers(ends[0], begin, result);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return read;
}

/* One value of each kind, of `repeats` processes. */
typedef struct probes {
    double seconds[MOST_REPEATS], resident[MOST_REPEATS], pool[MOST_REPEATS];
} probes;

static gt_status run_probes(const bench *b, char *what, probes *all)
{
    gt_status status = GT_OK;
    for (int64_t i = 0; status == GT_OK && i < b->repeats; i++) {
        probe one = {0};
        status = run_probe(what, &one);
        all->seconds[i] = 1e3 * one.seconds;
        all->resident[i] = one.resident / 1048576;
        all->pool[i] = one.pool / 1048576;
    }
    return status;
}

static gt_status report(bench *b, const char *work, const char *what, const char *unit, double *values)
{
    measurement m = {.work = work, .unit = unit, .value = spread_of(values, b->repeats)};
    snprintf(m.name, sizeof m.name, "%s", what);
    return bench_row(b, &m);
}

gt_status bench_start(bench *b, const char *work)
{
    char what[] = "gradient";
    probes all;
    gt_status status = run_probes(b, what, &all);
    bench_heading("start: a process of its own, from before exec to its first gradient", false);
    if (status == GT_OK)
        status = report(b, work, "first gradient", "ms", all.seconds);
    return status == GT_OK ? report(b, work, "peak resident set", "MiB", all.resident) : status;
}

gt_status bench_memory(bench *b, const char *work)
{
    char models[][4] = {"lab", "cnn"}, name[48];
    gt_status status = GT_OK;
    bench_heading("memory: two training steps in a process of their own", false);
    for (size_t i = 0; status == GT_OK && i < sizeof models / sizeof models[0]; i++) {
        probes all;
        status = run_probes(b, models[i], &all);
        snprintf(name, sizeof name, "%s: pool beside the data, peak", models[i]);
        if (status == GT_OK)
            status = report(b, work, name, "MiB", all.pool);
        snprintf(name, sizeof name, "%s: peak resident set", models[i]);
        if (status == GT_OK)
            status = report(b, work, name, "MiB", all.resident);
    }
    return status;
}
