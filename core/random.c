/* Streams of random numbers over Philox. Each pair of numbers is one block, computed from its index alone. */
#include "core/random.h"

#include <math.h>

#include "core/philox.h"
#include "core/threads.h"

#define PAIRS_PER_PART 2048

gt_random gt_random_new(uint64_t seed, uint64_t stream)
{
    /* The key is a block of its own, under counters that numbers never use (their third word is 0). */
    uint32_t counter[4] = {(uint32_t)stream, (uint32_t)(stream >> 32), 0x67746b65u, 0x79000001u};
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    gt_philox_block(counter, key);
    return (gt_random){.key = (uint64_t)counter[1] << 32 | counter[0]};
}

uint64_t gt_random_take(gt_random *random, uint64_t blocks)
{
    uint64_t first = random->offset;
    random->offset += blocks;
    return first;
}

void gt_philox(uint64_t key, uint64_t offset, uint32_t words[4])
{
    const uint32_t parts[2] = {(uint32_t)key, (uint32_t)(key >> 32)};
    words[0] = (uint32_t)offset;
    words[1] = (uint32_t)(offset >> 32);
    words[2] = words[3] = 0;
    gt_philox_block(words, parts);
}

/* A block as two integers of 53 bits. */
typedef struct bits {
    uint64_t first, second;
} bits;

static bits draw(uint64_t key, uint64_t offset)
{
    uint32_t words[4];
    gt_philox(key, offset, words);
    return (bits){((uint64_t)words[1] << 32 | words[0]) >> 11, ((uint64_t)words[3] << 32 | words[2]) >> 11};
}

typedef struct pair {
    double first, second;
} pair;

/* In [0, 1). */
static pair uniform_pair(bits drawn)
{
    return (pair){(double)drawn.first * 0x1p-53, (double)drawn.second * 0x1p-53};
}

/* Box and Muller, "A note on the generation of random normal deviates", 1958. The first uniform is taken from (0, 1],
 * where the logarithm is finite. */
static pair normal_pair(bits drawn)
{
    double radius = sqrt(-2 * log((double)(drawn.first + 1) * 0x1p-53));
    double angle = 6.283185307179586476925 * ((double)drawn.second * 0x1p-53);
    return (pair){radius * cos(angle), radius * sin(angle)};
}

static double polynomial(const double coefficient[8], double x)
{
    double sum = coefficient[7];
    for (int i = 6; i >= 0; i--)
        sum = sum * x + coefficient[i];
    return sum;
}

/* The inverse of the normal distribution: M. J. Wichura, "Algorithm AS 241: The percentage points of the normal
 * distribution", Applied Statistics 37 (1988), routine PPND16, relative accuracy about 1e-16. Its third region, beyond
 * five standard deviations or so, is left out: callers stay within two. */
static double normal_quantile(double p)
{
    static const double middle_above[8] = {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                                           1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                                           3.3430575583588128105e4, 2.5090809287301226727e3};
    static const double middle_below[8] = {1.0,
                                           4.2313330701600911252e1,
                                           6.8718700749205790830e2,
                                           5.3941960214247511077e3,
                                           2.1213794301586595867e4,
                                           3.9307895800092710610e4,
                                           2.8729085735721942674e4,
                                           5.2264952788528545610e3};
    static const double outer_above[8] = {
        1.42343711074968357734e0, 4.63033784615654529590e0,  5.76949722146069140550e0,  3.64784832476320460504e0,
        1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double outer_below[8] = {1.0,
                                          2.05319162663775882187e0,
                                          1.67638483018380384940e0,
                                          6.89767334985100004550e-1,
                                          1.48103976427480074590e-1,
                                          1.51986665636164571966e-2,
                                          5.47593808499534494600e-4,
                                          1.05075007164441684324e-9};
    double centred = p - 0.5;
    if (fabs(centred) <= 0.425) {
        double x = 0.180625 - centred * centred;
        return centred * polynomial(middle_above, x) / polynomial(middle_below, x);
    }
    double x = sqrt(-log(centred < 0 ? p : 1 - p)) - 1.6;
    return copysign(polynomial(outer_above, x) / polynomial(outer_below, x), centred);
}

static double truncated(uint64_t drawn)
{
    const double below = 0.0227501319481792072; /* of the distribution lies under -2; as much over 2 */
    double u = ((double)drawn + 0.5) * 0x1p-53;
    double z = normal_quantile(below + u * (1 - 2 * below));
    return z < -2 ? -2 : z > 2 ? 2 : z;
}

static pair truncated_pair(bits drawn)
{
    return (pair){truncated(drawn.first), truncated(drawn.second)};
}

/* One fill: out[i] = start + scale * (standard number i), below `bound`. */
typedef struct fill {
    pair (*standard)(bits drawn);
    uint64_t key, offset;
    double start, scale;
    double bound; /* rounding may reach the end of a half-open interval; INFINITY: none */
    gt_dtype dtype;
    int64_t count;
    void *out;
} fill;

static void put(const fill *job, int64_t i, double standard)
{
    double value = job->start + job->scale * standard;
    if (job->dtype == GT_FLOAT64) {
        ((double *)job->out)[i] = value < job->bound ? value : nextafter(job->bound, job->start);
        return;
    }
    float rounded = (float)value;
    if (rounded >= job->bound)
        rounded = nextafterf(rounded, -INFINITY);
    ((float *)job->out)[i] = rounded;
}

static void fill_pairs(void *context, int64_t begin, int64_t end)
{
    const fill *job = context;
    for (int64_t i = begin; i < end; i++) {
        pair values = job->standard(draw(job->key, job->offset + (uint64_t)i));
        put(job, 2 * i, values.first);
        if (2 * i + 1 < job->count)
            put(job, 2 * i + 1, values.second);
    }
}

static gt_status run(const char *who, gt_random *random, fill job)
{
    if (!gt_dtype_is_real(job.dtype))
        return gt_fail(GT_ERR_DTYPE, "%s: %s is not a floating-point dtype", who, gt_dtype_name(job.dtype));
    if (!random || job.count < 0 || (!job.out && job.count > 0))
        return gt_fail(GT_ERR_ARGUMENT, "%s: needs a generator, a count of 0 or more, and room", who);
    int64_t pairs = job.count / 2 + job.count % 2;
    job.key = random->key;
    job.offset = gt_random_take(random, (uint64_t)pairs);
    gt_parallel(pairs, PAIRS_PER_PART, fill_pairs, &job);
    return GT_OK;
}

gt_status gt_random_uniform(gt_random *random, gt_dtype dtype, int64_t count, double low, double high, void *out)
{
    if (!(low <= high) || !isfinite(high - low))
        return gt_fail(GT_ERR_ARGUMENT, "random_uniform: [%g, %g) is not a finite interval", low, high);
    double bound = low < high ? high : INFINITY;
    return run("random_uniform", random, (fill){uniform_pair, 0, 0, low, high - low, bound, dtype, count, out});
}

static gt_status run_normal(const char *who, gt_random *random, pair (*standard)(bits), double mean, double deviation,
                            gt_dtype dtype, int64_t count, void *out)
{
    if (!isfinite(mean) || !isfinite(deviation) || deviation < 0)
        return gt_fail(GT_ERR_ARGUMENT, "%s: mean %g and deviation %g: both must be finite, and no deviation negative",
                       who, mean, deviation);
    return run(who, random, (fill){standard, 0, 0, mean, deviation, INFINITY, dtype, count, out});
}

gt_status gt_random_normal(gt_random *random, gt_dtype dtype, int64_t count, double mean, double deviation, void *out)
{
    return run_normal("random_normal", random, normal_pair, mean, deviation, dtype, count, out);
}

gt_status gt_random_truncated(gt_random *random, gt_dtype dtype, int64_t count, double mean, double deviation,
                              void *out)
{
    return run_normal("random_truncated", random, truncated_pair, mean, deviation, dtype, count, out);
}

/* A number in [0, bound) from one block. 64 bits that the modulo would favour are redrawn, once, from the block's other
 * half: that both are refused has a probability below 2^-66. */
static uint32_t below(uint64_t key, uint64_t offset, uint32_t bound)
{
    uint32_t words[4];
    gt_philox(key, offset, words);
    uint64_t drawn = (uint64_t)words[1] << 32 | words[0];
    uint64_t refused = (0 - (uint64_t)bound) % bound; /* 2^64 mod bound */
    if (drawn < refused)
        drawn = (uint64_t)words[3] << 32 | words[2];
    return (uint32_t)(drawn % bound);
}

void gt_random_permutation(gt_random *random, int32_t count, int32_t *out)
{
    if (count <= 0)
        return;
    uint64_t offset = gt_random_take(random, (uint64_t)count);
    for (int32_t i = 0; i < count; i++)
        out[i] = i;
    for (int32_t i = count - 1; i > 0; i--) {
        uint32_t other = below(random->key, offset + (uint64_t)i, (uint32_t)i + 1);
        int32_t moved = out[i];
        out[i] = out[other];
        out[other] = moved;
    }
}
