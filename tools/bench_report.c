/* Timing, spreads, and results as tables. */
#include "tools/bench_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Far above the clock's own cost, so that it does not matter. */
static const double least_seconds = 5e-3;

double bench_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

spread spread_of(double *values, int64_t count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    double median = (values[(count - 1) / 2] + values[count / 2]) / 2;
    return (spread){median, values[0], values[count - 1], count};
}

bool bench_wants(const bench *b, const char *name)
{
    char part[64];
    for (const char *at = b->only; at; at = strchr(at, ',')) {
        at += *at == ',';
        snprintf(part, sizeof part, "%.*s", (int)strcspn(at, ","), at);
        if (*part && strstr(name, part))
            return true;
    }
    return !b->only;
}

double rate_of(const measurement *m, double amount)
{
    return amount * m->per_second / m->value.median / 1e9;
}

/* ---- timing ------------------------------------------------------------------------------------------------------ */

/* What is asked of a device is done later: until all is, counts. */
static gt_status time_runs(const bench *b, bench_body *run, void *context, int64_t runs, double *seconds)
{
    gt_status status = GT_OK;
    double begin = bench_now();
    for (int64_t i = 0; status == GT_OK && i < runs; i++)
        status = run(context);
    if (status == GT_OK)
        status = gt_device_synchronize(b->device);
    *seconds = bench_now() - begin;
    return status;
}

gt_status bench_time(const bench *b, bench_body *run, void *context, double scale, spread *value)
{
    double values[MOST_REPEATS], seconds = 0;
    int64_t runs = 1;
    /* The first run pays for memory and threads. */
    gt_status status = run(context);
    if (status == GT_OK)
        status = time_runs(b, run, context, runs, &seconds);
    while (status == GT_OK && seconds < least_seconds) {
        runs *= seconds < least_seconds / 4 ? 4 : 2;
        status = time_runs(b, run, context, runs, &seconds);
    }
    for (int64_t i = 0; status == GT_OK && i < b->repeats; i++) {
        status = time_runs(b, run, context, runs, &values[i]);
        values[i] *= scale / (double)runs;
    }
    if (status == GT_OK)
        *value = spread_of(values, b->repeats);
    return status;
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

gt_status bench_keep(bench *b, const measurement *m)
{
    if (b->count == b->capacity) {
        int64_t capacity = b->capacity ? 2 * b->capacity : 64;
        measurement *list = realloc(b->list, (size_t)capacity * sizeof *list);
        if (!list)
            return gt_fail(GT_ERR_MEMORY, "out of memory");
        b->list = list;
        b->capacity = capacity;
    }
    b->list[b->count++] = *m;
    return GT_OK;
}

void bench_heading(const char *title, bool rates)
{
    printf("\n%s\n%-36s %-36s %24s", title, "", "", "median (least-most)");
    if (rates)
        printf(" %-8s %8s %7s %8s %7s", "", "GB/s", "% triad", "GFLOP/s", "% peak");
    putchar('\n');
}

/* About three digits of it. */
static int decimals(double value)
{
    return value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
}

static void print_rate(double rate, double limit)
{
    if (rate > 0)
        printf(" %8.*f", decimals(rate), rate);
    else
        printf(" %8s", "");
    if (rate > 0 && limit > 0)
        printf(" %7.1f", 100 * rate / limit);
    else
        printf(" %7s", "");
}

gt_status bench_row(bench *b, const measurement *m)
{
    char value[64];
    const spread *v = &m->value;
    int digits = decimals(v->median);
    snprintf(value, sizeof value, "%.*f (%.*f-%.*f)", digits, v->median, digits, v->least, digits, v->most);
    bool rates = m->bytes > 0 || m->flops > 0;
    printf("%-36s %-36s %24s %-*s", m->name, m->shape, value, rates ? 8 : 0, m->unit);
    if (rates) {
        print_rate(rate_of(m, m->bytes), m->triad);
        print_rate(rate_of(m, m->flops), m->peak);
    }
    putchar('\n');
    fflush(stdout); /* the next may take seconds */
    return bench_keep(b, m);
}
