/* What the works of `gradtape bench` share: how long a run takes, how much that varies, and where it is written. */
#ifndef TOOLS_BENCH_REPORT_H
#define TOOLS_BENCH_REPORT_H

#include "models/gradtape.h"

enum { MOST_REPEATS = 1000 };

/* Of several repeats of one thing. */
typedef struct spread {
    double median, least, most;
    int64_t count;
} spread;

/* One line of the results. */
typedef struct measurement {
    const char *work; /* lives as long as the program, as do the units */
    char name[48];
    char shape[80]; /* of what it ran on; "" where the name says it */
    const char *unit;
    double per_second; /* units in a second; 0 where the value is no time */
    spread value;
    double bytes, flops; /* of one run, 0 where they are not counted */
    double triad, peak;  /* GB/s and GFLOP/s that this machine can do; 0: not compared */
} measurement;

/* Settings, and what was measured so far. */
typedef struct bench {
    int64_t length, repeats;
    gt_device device;
    const char *only; /* rows whose name has one of these, between commas, in it; NULL: all */
    measurement *list;
    int64_t count, capacity;
    double peak; /* the best that machine_peak has seen */
} bench;

double bench_now(void);                              /* seconds, from some moment on */
spread spread_of(double *values, int64_t count);     /* sorts them */
bool bench_wants(const bench *b, const char *name);  /* --only lets this row through */
double rate_of(const measurement *m, double amount); /* 1e9 of it a second: GB/s of bytes, GFLOP/s of flops */

/* Times `run`, after runs that warm up: each repeat is as many runs as take a few milliseconds. The spread is of one
 * run, in seconds times `scale`. */
typedef gt_status bench_body(void *context);
gt_status bench_time(const bench *b, bench_body *run, void *context, double scale, spread *value);

/* A table: its title, its head, with columns for rates where `rates`, and its rows, which bench_row also keeps. */
void bench_heading(const char *title, bool rates);
gt_status bench_row(bench *b, const measurement *m);
/* Keeps a measurement that its work prints itself. */
gt_status bench_keep(bench *b, const measurement *m);

/* Where, and with what, everything was measured, in a line of text. */
void bench_print_machine(void);
/* GT_ERR_IO where no file can be made there: told before minutes of measuring. */
gt_status bench_json_check(const char *path);
/* Writes all measurements; on failure the file is as it was before. */
gt_status bench_json_write(const bench *b, const char *path);

#endif
