/* The works of `gradtape bench`, one file a family. */
#ifndef TOOLS_BENCH_H
#define TOOLS_BENCH_H

#include "tools/bench_report.h"

/* `work` is the name it was asked for by. */
gt_status bench_tape(bench *b, const char *work);
gt_status bench_model(bench *b, const char *work);
gt_status bench_ops(bench *b, const char *work);
gt_status bench_matmul(bench *b, const char *work);
gt_status bench_conv(bench *b, const char *work);
gt_status bench_machine(bench *b, const char *work);
gt_status bench_memory(bench *b, const char *work);
gt_status bench_start(bench *b, const char *work);

/* GFLOP/s of fused multiply-adds on all threads in use, with the kernels' instruction set: the best so far; 0 where a
 * device is measured. */
gt_status machine_peak(bench *b, double *rate);
/* GB/s of a = b + 3 c over arrays of `bytes` together, on all threads in use; 0 where they are too small to time,
 * or a device is measured. */
gt_status machine_triad(const bench *b, double bytes, double *rate);

/* Trains a model of bench_model's for two steps; `data` is the bytes of what it was trained on. */
gt_status bench_model_train(const char *name, double *data);
/* What bench_memory and bench_start run in a process of its own: "gradient" or a model's name. */
gt_status bench_probe(const char *what, const char *threads);

#endif
