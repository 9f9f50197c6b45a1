/* How the C programs here time: as `gradtape bench` does, each repeat several milliseconds long, and the median of all.
 * They print a line a row, for tools/bench-peers.py: "row", the name that gradtape has for it, seconds. */
#ifndef PEERS_TIMING_H
#define PEERS_TIMING_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_REPEATS = 1000 };

static double seconds_of(void (*run)(void *context), void *context, long runs)
{
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (long i = 0; i < runs; i++)
        run(context);
    clock_gettime(CLOCK_MONOTONIC, &end);
    return (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
}

static int compare_seconds(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_row(const char *name, void (*run)(void *context), void *context, int repeats)
{
    double seconds[MOST_REPEATS];
    long runs = 1;
    run(context); /* pays for memory and threads */
    while (seconds_of(run, context, runs) < 5e-3)
        runs *= 2;
    for (int i = 0; i < repeats; i++)
        seconds[i] = seconds_of(run, context, runs) / (double)runs;
    qsort(seconds, (size_t)repeats, sizeof *seconds, compare_seconds);
    printf("row\t%s\t%.9g\n", name, (seconds[(repeats - 1) / 2] + seconds[repeats / 2]) / 2);
}

/* A number of a command line from 1 to most; ends the program for another. */
static int number(const char *text, int most)
{
    long value = strtol(text, NULL, 10);
    if (value < 1 || value > most) {
        fprintf(stderr, "'%s' is not in 1 to %d\n", text, most);
        exit(2);
    }
    return (int)value;
}

/* Small numbers of both signs, never zero or denormal. */
static float *numbers(size_t count)
{
    float *values = malloc(count * sizeof *values);
    if (!values) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(i * 2654435761u % 1000) / 500 - 0.9995f;
    return values;
}

/* The products of `gradtape bench matmul`, by its names. */
typedef struct product {
    const char *name;
    int m, k, n, transpose_a, transpose_b;
} product;

static const product products[] = {
    {"1024x1024x1024", 1024, 1024, 1024, 0, 0},
    {"100x784x398", 100, 784, 398, 0, 0},
    {"784x100x398 A transposed", 784, 100, 398, 1, 0},
    {"100x398x784 B transposed", 100, 398, 784, 0, 1},
    {"100x398x10", 100, 398, 10, 0, 0},
    {"398x100x10 A transposed", 398, 100, 10, 1, 0},
    {"100x10x398 B transposed", 100, 10, 398, 0, 1},
    {"32x400x25", 32, 400, 25, 0, 0},
};

/* One of them, with its matrices. */
typedef struct operands {
    product p;
    float *a, *b, *c;
} operands;

static void print_products(void (*run)(void *context), int repeats)
{
    for (size_t i = 0; i < sizeof products / sizeof products[0]; i++) {
        const product *p = &products[i];
        operands o = {*p, numbers((size_t)p->m * (size_t)p->k), numbers((size_t)p->k * (size_t)p->n),
                      numbers((size_t)p->m * (size_t)p->n)};
        print_row(p->name, run, &o, repeats);
        free(o.a);
        free(o.b);
        free(o.c);
    }
}

#endif
