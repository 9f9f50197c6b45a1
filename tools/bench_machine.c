/* What this machine can do: the rate of fused multiply-adds, with the vectors that kernels use, and of memory. The rest
 * of the program is compiled for any processor of its kind, so every set has functions of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bench.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* ---- multiply-adds ----------------------------------------------------------------------------------------------- */

/* A multiply-add takes 4 cycles or so and two can start in each: 12 in flight keep both units busy. */
enum { ACCUMULATORS = 12, ROUNDS = 20000 };

/* Separate variables, because compilers keep an array in memory. The empty asm makes of each a value that must be in a
 * register and cannot be foreseen, so that none is dropped or merged with another. */
#define PEAK(set, attribute, vector, constraint, broadcast, multiply_add)                                              \
    attribute static float peak_##set(void)                                                                            \
    {                                                                                                                  \
        vector a = broadcast(0.5f), b = broadcast(0.25f);                                                              \
        vector s0 = b, s1 = b, s2 = b, s3 = b, s4 = b, s5 = b, s6 = b, s7 = b, s8 = b, s9 = b, s10 = b, s11 = b;       \
        for (int round = 0; round < ROUNDS; round++) {                                                                 \
            s0 = multiply_add(s0, a, b);                                                                               \
            s1 = multiply_add(s1, a, b);                                                                               \
            s2 = multiply_add(s2, a, b);                                                                               \
            s3 = multiply_add(s3, a, b);                                                                               \
            s4 = multiply_add(s4, a, b);                                                                               \
            s5 = multiply_add(s5, a, b);                                                                               \
            s6 = multiply_add(s6, a, b);                                                                               \
            s7 = multiply_add(s7, a, b);                                                                               \
            s8 = multiply_add(s8, a, b);                                                                               \
            s9 = multiply_add(s9, a, b);                                                                               \
            s10 = multiply_add(s10, a, b);                                                                             \
            s11 = multiply_add(s11, a, b);                                                                             \
            __asm__ volatile(""                                                                                        \
                             : constraint(s0), constraint(s1), constraint(s2), constraint(s3), constraint(s4),         \
                               constraint(s5), constraint(s6), constraint(s7), constraint(s8), constraint(s9),         \
                               constraint(s10), constraint(s11));                                                      \
        }                                                                                                              \
        s0 += s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11;                                                  \
        return s0[0];                                                                                                  \
    }

#if defined(__x86_64__)
/* Without FMA: a multiplication and an addition, which count as much. */
#define SSE_MULTIPLY_ADD(x, a, b) _mm_add_ps(_mm_mul_ps(x, a), b)
PEAK(baseline, , __m128, "+x", _mm_set1_ps, SSE_MULTIPLY_ADD)
PEAK(avx2, __attribute__((target("avx2,fma"))), __m256, "+x", _mm256_set1_ps, _mm256_fmadd_ps)
PEAK(avx512, __attribute__((target("avx512f"))), __m512, "+v", _mm512_set1_ps, _mm512_fmadd_ps)
#elif defined(__aarch64__)
/* s + a b, because the instruction adds to its own result. */
PEAK(neon, , float32x4_t, "+w", vdupq_n_f32, vfmaq_f32)
#else
/* No register is known by name on any processor: through memory, which makes this a lower bound. */
#define SCALAR_MULTIPLY_ADD(x, a, b) ((x) * (a) + (b))
typedef float one_float __attribute__((vector_size(4)));
#define ONE_FLOAT(x)                 ((one_float){x})
PEAK(baseline, , one_float, "+m", ONE_FLOAT, SCALAR_MULTIPLY_ADD)
#endif

/* ---- memory ------------------------------------------------------------------------------------------------------ */

typedef struct triad {
    float *a;
    const float *b, *c;
    int64_t count;
    gt_range_body *body;
} triad;

#define TRIAD(set, attribute)                                                                                          \
    attribute static void triad_##set(void *context, int64_t begin, int64_t end)                                       \
    {                                                                                                                  \
        const triad *t = context;                                                                                      \
        float *restrict a = t->a;                                                                                      \
        const float *restrict b = t->b, *restrict c = t->c;                                                            \
        for (int64_t i = begin; i < end; i++)                                                                          \
            a[i] = b[i] + 3 * c[i];                                                                                    \
    }

#if defined(__x86_64__)
TRIAD(baseline, )
TRIAD(avx2, __attribute__((target("avx2"))))
TRIAD(avx512, __attribute__((target("avx512f"))))
#elif defined(__aarch64__)
TRIAD(neon, )
#else
TRIAD(baseline, )
#endif

/* ---- the sets ---------------------------------------------------------------------------------------------------- */

typedef struct instruction_set {
    const char *name;
    int lanes;
    float (*peak)(void);
    gt_range_body *triad;
} instruction_set;

/* Each includes those above it. */
static const instruction_set sets[] = {
#if defined(__x86_64__)
    {"baseline", 4, peak_baseline, triad_baseline},
    {"avx2", 8, peak_avx2, triad_avx2},
    {"avx512", 16, peak_avx512, triad_avx512},
#elif defined(__aarch64__)
    {"neon", 4, peak_neon, triad_neon},
#else
    {"baseline", 1, peak_baseline, triad_baseline},
#endif
};

static const instruction_set *set_in_use(void)
{
    const instruction_set *set = sets;
    while (strcmp(set->name, gt_isa()) != 0)
        set++;
    return set;
}

/* A limit is the best that was seen: another program's share of the machine is not the machine's. */
static double best_rate(const measurement *m, double amount)
{
    return amount * m->per_second / m->value.least / 1e9;
}

/* ---- the peak ---------------------------------------------------------------------------------------------------- */

typedef struct peak_run {
    const instruction_set *set;
    int64_t parts;
} peak_run;

static void peak_body(void *context, int64_t begin, int64_t end)
{
    for (int64_t i = begin; i < end; i++) {
        volatile float kept = ((const peak_run *)context)->set->peak();
        (void)kept;
    }
}

static gt_status run_peak(void *context)
{
    gt_parallel(((peak_run *)context)->parts, 1, peak_body, context);
    return GT_OK;
}

/* Several parts a thread, so that one that is held up does not hold up all. */
static gt_status measure_peak(const bench *b, const instruction_set *set, measurement *m)
{
    peak_run run = {set, 8 * gt_threads()};
    m->unit = "ms";
    m->per_second = 1e3;
    m->flops = 2.0 * set->lanes * ACCUMULATORS * ROUNDS * (double)run.parts;
    return bench_time(b, run_peak, &run, m->per_second, &m->value);
}

/* Measured again for each row, since machines change speed under way. */
gt_status machine_peak(bench *b, double *rate)
{
    measurement m;
    *rate = 0;
    if (b->device != GT_CPU)
        return GT_OK;
    gt_status status = measure_peak(b, set_in_use(), &m);
    if (status == GT_OK && best_rate(&m, m.flops) > b->peak)
        b->peak = best_rate(&m, m.flops);
    *rate = b->peak;
    return status;
}

/* ---- the triad --------------------------------------------------------------------------------------------------- */

/* Below, calling it is what takes the time. It is cut as kernels cut element-by-element work. */
enum { LEAST_TRIAD = 256, TRIAD_GRAIN = 32768 };

static gt_status run_triad(void *context)
{
    triad *t = context;
    gt_parallel(t->count, TRIAD_GRAIN, t->body, t);
    return GT_OK;
}

static gt_status measure_triad(const bench *b, int64_t count, measurement *m)
{
    size_t bytes = (size_t)count * sizeof(float);
    float *arrays[3] = {NULL};
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < 3; i++) {
        arrays[i] = gt_pool_allocate(bytes);
        if (arrays[i])
            memset(arrays[i], 0, bytes);
        else
            status = GT_ERR_MEMORY;
    }
    triad t = {arrays[0], arrays[1], arrays[2], count, set_in_use()->triad};
    m->unit = "us";
    m->per_second = 1e6;
    m->bytes = 3.0 * (double)bytes;
    if (status == GT_OK)
        status = bench_time(b, run_triad, &t, m->per_second, &m->value);
    for (int i = 0; i < 3; i++)
        gt_pool_release(arrays[i], bytes);
    return status;
}

gt_status machine_triad(const bench *b, double bytes, double *rate)
{
    measurement m;
    int64_t count = (int64_t)(bytes / 3 / sizeof(float));
    *rate = 0;
    if (b->device != GT_CPU || count < LEAST_TRIAD)
        return GT_OK;
    gt_status status = measure_triad(b, count, &m);
    if (status == GT_OK)
        *rate = best_rate(&m, m.bytes);
    return status;
}

/* ---- the work ---------------------------------------------------------------------------------------------------- */

static gt_status report_triad(bench *b, int64_t kib)
{
    measurement m = {.work = "machine"};
    snprintf(m.name, sizeof m.name, "triad a = b + 3 c, %lld KiB", (long long)kib);
    if (!bench_wants(b, m.name))
        return GT_OK;
    gt_status status = measure_triad(b, kib * 1024 / 3 / (int64_t)sizeof(float), &m);
    return status == GT_OK ? bench_row(b, &m) : status;
}

gt_status bench_machine(bench *b, const char *work)
{
    static const int64_t kib[] = {24, 384, 3072, 24576, 196608};
    gt_status status = GT_OK;
    char title[96];
    snprintf(title, sizeof title, "%s: multiply-adds from registers, by instruction set, and memory", work);
    bench_heading(title, true);
    for (const instruction_set *set = sets; status == GT_OK && set <= set_in_use(); set++) {
        measurement m = {.work = "machine"};
        snprintf(m.name, sizeof m.name, "multiply-add, %s", set->name);
        if (bench_wants(b, m.name))
            status = measure_peak(b, set, &m);
        if (status == GT_OK && m.flops > 0)
            status = bench_row(b, &m);
    }
    for (size_t i = 0; status == GT_OK && i < sizeof kib / sizeof kib[0]; i++)
        status = report_triad(b, kib[i]);
    return status;
}
