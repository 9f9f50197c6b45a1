/* core/random: Philox against published vectors, distributions against their formulas, and the same numbers however
 * they are computed. */
#include "core/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/philox.h"
#include "core/threads.h"
#include "tests/support/suite.h"

/* From kat_vectors of the Random123 distribution, "philox4x32 10". */
static const struct {
    uint32_t counter[4], key[2], words[4];
} known[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};
enum { KNOWN = sizeof known / sizeof known[0] };

START_TEST(philox_gives_the_published_words)
{
    uint32_t counter[4];
    memcpy(counter, known[_i].counter, sizeof counter);
    gt_philox_block(counter, known[_i].key);
    ck_assert_mem_eq(counter, known[_i].words, sizeof counter);
}
END_TEST

START_TEST(philox_takes_key_and_offset_low_word_first)
{
    uint32_t words[4], expected[4] = {0x89abcdef, 0x01234567, 0, 0};
    gt_philox(0x1122334455667788u, 0x0123456789abcdefu, words);
    gt_philox_block(expected, (const uint32_t[]){0x55667788, 0x11223344});
    ck_assert_mem_eq(words, expected, sizeof words);
}
END_TEST

START_TEST(take_advances_the_stream)
{
    gt_random random = gt_random_new(1, 0);
    ck_assert_uint_eq(gt_random_take(&random, 5), 0);
    ck_assert_uint_eq(gt_random_take(&random, 2), 5);
    ck_assert_uint_eq(random.offset, 7);
}
END_TEST

START_TEST(every_seed_and_stream_has_a_key_of_its_own)
{
    enum { SEEDS = 30, STREAMS = 30 };
    uint64_t keys[SEEDS * STREAMS];
    for (uint64_t i = 0; i < SEEDS * STREAMS; i++)
        keys[i] = gt_random_new(i / STREAMS, i % STREAMS).key;
    for (int i = 0; i < SEEDS * STREAMS; i++)
        for (int j = 0; j < i; j++)
            if (keys[i] == keys[j])
                ck_abort_msg("keys %d and %d are equal", i, j);
}
END_TEST

START_TEST(the_high_words_of_seed_and_stream_count)
{
    uint64_t high = (uint64_t)1 << 32;
    ck_assert_uint_ne(gt_random_new(high, 0).key, gt_random_new(0, 0).key);
    ck_assert_uint_ne(gt_random_new(0, high).key, gt_random_new(0, 0).key);
}
END_TEST

/* The three fills, to be looped over; numbers of mean 0 and about unit size. */
typedef gt_status filler(gt_random *random, gt_dtype dtype, int64_t count, double first, double second, void *out);
static const struct {
    filler *fill;
    double first, second; /* low and high, or mean and deviation */
} fills[] = {{gt_random_uniform, -1, 1}, {gt_random_normal, 0, 1}, {gt_random_truncated, 0, 1}};
enum { FILLS = sizeof fills / sizeof fills[0], MANY = 100001 };

static double *numbers(int which, uint64_t seed, uint64_t stream, int64_t count)
{
    gt_random random = gt_random_new(seed, stream);
    double *out = calloc((size_t)count, sizeof *out);
    ck_assert_int_eq(fills[which].fill(&random, GT_FLOAT64, count, fills[which].first, fills[which].second, out),
                     GT_OK);
    return out;
}

static double moment(const double *x, int64_t count, int power)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += pow(x[i], power);
    return sum / (double)count;
}

START_TEST(a_fill_takes_half_as_many_blocks_as_numbers)
{
    gt_random random = gt_random_new(1, 2);
    double out[7];
    fills[_i].fill(&random, GT_FLOAT64, 7, 0, 1, out);
    ck_assert_uint_eq(random.offset, 4);
    fills[_i].fill(&random, GT_FLOAT64, 0, 0, 1, NULL);
    ck_assert_uint_eq(random.offset, 4);
}
END_TEST

START_TEST(two_halves_equal_the_whole)
{
    double *whole = numbers(_i, 3, 4, MANY), *halves = calloc(MANY, sizeof *halves);
    gt_random random = gt_random_new(3, 4);
    fills[_i].fill(&random, GT_FLOAT64, 50000, fills[_i].first, fills[_i].second, halves);
    fills[_i].fill(&random, GT_FLOAT64, MANY - 50000, fills[_i].first, fills[_i].second, halves + 50000);
    ck_assert_int_eq(memcmp(whole, halves, MANY * sizeof *whole), 0);
    free(whole);
    free(halves);
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    gt_set_threads(1);
    double *one = numbers(_i, 5, 6, MANY);
    for (int threads = 2; threads <= 5; threads += 3) {
        gt_set_threads(threads);
        double *several = numbers(_i, 5, 6, MANY);
        ck_assert_int_eq(memcmp(one, several, MANY * sizeof *one), 0);
        free(several);
    }
    free(one);
}
END_TEST

START_TEST(float32_is_float64_rounded)
{
    double *exact = numbers(_i, 7, 8, MANY);
    float *rounded = calloc(MANY, sizeof *rounded);
    gt_random random = gt_random_new(7, 8);
    fills[_i].fill(&random, GT_FLOAT32, MANY, fills[_i].first, fills[_i].second, rounded);
    int wrong = 0;
    for (int i = 0; i < MANY; i++)
        wrong += rounded[i] != (float)exact[i] && exact[i] < 0.999999;
    ck_assert_int_eq(wrong, 0);
    free(exact);
    free(rounded);
}
END_TEST

START_TEST(different_streams_are_uncorrelated)
{
    double *first = numbers(_i, 9, 0, MANY), *second = numbers(_i, 9, 1, MANY), *third = numbers(_i, 10, 0, MANY);
    double with_stream = 0, with_seed = 0, with_next = 0;
    for (int i = 0; i < MANY - 1; i++) {
        with_stream += first[i] * second[i];
        with_seed += first[i] * third[i];
        with_next += first[i] * first[i + 1];
    }
    double bound = 5 * sqrt(MANY); /* five deviations: each product has a variance of at most 1 */
    ck_assert_double_lt(fabs(with_stream), bound);
    ck_assert_double_lt(fabs(with_seed), bound);
    ck_assert_double_lt(fabs(with_next), bound);
    free(first);
    free(second);
    free(third);
}
END_TEST

/* Means of x, x^2, x^3, x^4, from the distributions' formulas; 5 standard errors are at most 5 sqrt(105 / MANY), the
 * eighth moment of a normal being 105. */
START_TEST(moments_are_those_of_the_distribution)
{
    /* Truncated at a = 2: E x^2 = 1 - 2 a phi(a) / z and E x^4 = 3 E x^2 - 2 a^3 phi(a) / z with z = erf(a / sqrt 2).
     */
    double phi = exp(-2) / sqrt(2 * acos(-1)), z = erf(sqrt(2));
    double second = 1 - 4 * phi / z, fourth = 3 * second - 16 * phi / z;
    const double expected[FILLS][5] = {{0, 0, 1.0 / 3, 0, 1.0 / 5}, {0, 0, 1, 0, 3}, {0, 0, second, 0, fourth}};
    const double errors[] = {0, 1, 2, 15, 105}; /* E x^(2 k), for a normal: 1, 3, 15, 105; less for the others */
    double *x = numbers(_i, 11, 12, MANY);
    for (int power = 1; power <= 4; power++)
        ck_assert_double_eq_tol(moment(x, MANY, power), expected[_i][power], 5 * sqrt(errors[power] / MANY));
    free(x);
}
END_TEST

START_TEST(the_variance_of_truncated_numbers_is_0_774)
{
    double *x = numbers(2, 1, 1, MANY);
    ck_assert_double_eq_tol(moment(x, MANY, 2), 0.774, 0.02);
    free(x);
}
END_TEST

START_TEST(uniform_numbers_stay_in_the_half_open_interval)
{
    static float single[MANY];
    static double both[MANY];
    gt_random random = gt_random_new(1, 2), same = random;
    const double low = 1, high = 1 + 0x1p-20; /* so narrow that rounding would often reach its end */
    gt_random_uniform(&random, GT_FLOAT32, MANY, low, high, single);
    gt_random_uniform(&same, GT_FLOAT64, MANY, low, high, both);
    int outside = 0;
    for (int i = 0; i < MANY; i++)
        outside += !(single[i] >= low && single[i] < high) + !(both[i] >= low && both[i] < high);
    ck_assert_int_eq(outside, 0);
}
END_TEST

START_TEST(uniform_numbers_fall_evenly)
{
    enum { BOXES = 100 };
    int boxes[BOXES] = {0};
    double *x = numbers(0, 21, 0, MANY), squares = 0;
    for (int i = 0; i < MANY; i++)
        boxes[(int)((x[i] + 1) / 2 * BOXES)]++;
    for (int i = 0; i < BOXES; i++)
        squares += pow(boxes[i] - (double)MANY / BOXES, 2) / ((double)MANY / BOXES);
    ck_assert_double_lt(squares, 99 + 5 * sqrt(2 * 99)); /* chi-squared of 99 degrees */
    free(x);
}
END_TEST

START_TEST(uniform_with_equal_ends_gives_that_number)
{
    gt_random random = gt_random_new(1, 2);
    double out[3] = {0};
    ck_assert_int_eq(gt_random_uniform(&random, GT_FLOAT64, 3, 2.5, 2.5, out), GT_OK);
    ck_assert_double_eq(out[2], 2.5);
}
END_TEST

START_TEST(normal_numbers_are_scaled_and_shifted)
{
    double *standard = numbers(1, 13, 14, 100), scaled[100];
    gt_random random = gt_random_new(13, 14);
    gt_random_normal(&random, GT_FLOAT64, 100, 10, 3, scaled);
    for (int i = 0; i < 100; i++)
        ck_assert_double_eq_tol(scaled[i], 10 + 3 * standard[i], 1e-13);
    free(standard);
}
END_TEST

START_TEST(normal_numbers_follow_the_distribution)
{
    double *x = numbers(1, 15, 16, MANY);
    for (double limit = -3; limit <= 3; limit += 0.5) {
        double p = erfc(-limit / sqrt(2)) / 2, below = 0;
        for (int i = 0; i < MANY; i++)
            below += x[i] < limit;
        ck_assert_double_eq_tol(below / MANY, p, 5 * sqrt(p * (1 - p) / MANY));
    }
    free(x);
}
END_TEST

START_TEST(truncated_numbers_stay_within_two_deviations)
{
    static float x[MANY];
    gt_random random = gt_random_new(17, 18);
    gt_random_truncated(&random, GT_FLOAT32, MANY, 0, 0.25, x);
    float most = 0;
    for (int i = 0; i < MANY; i++)
        most = fmaxf(most, fabsf(x[i]));
    ck_assert_float_le(most, 0.5f);
    ck_assert_float_gt(most, 0.49f);
}
END_TEST

START_TEST(truncated_numbers_invert_the_distribution)
{
    gt_random random = gt_random_new(19, 20);
    double *x = numbers(2, 19, 20, 20000), below = erfc(sqrt(2)) / 2;
    for (uint64_t i = 0; i < 20000; i += 2) {
        uint32_t words[4];
        gt_philox(random.key, i / 2, words);
        double u = ((double)(((uint64_t)words[1] << 32 | words[0]) >> 11) + 0.5) * 0x1p-53;
        /* The distribution is flattest at 2, where an error of 1e-15 in x is one of 5e-17 here. */
        ck_assert_double_eq_tol(erfc(-x[i] / sqrt(2)) / 2, below + u * (1 - 2 * below), 5e-16);
    }
    free(x);
}
END_TEST

START_TEST(fills_refuse_other_dtypes)
{
    gt_random random = gt_random_new(1, 2);
    int32_t out[2];
    ck_assert_int_eq(fills[_i].fill(&random, GT_INT32, 2, 0, 1, out), GT_ERR_DTYPE);
    ck_assert_uint_eq(random.offset, 0);
}
END_TEST

START_TEST(fills_refuse_what_is_no_array)
{
    gt_random random = gt_random_new(1, 2);
    double out[2];
    ck_assert_int_eq(fills[_i].fill(&random, GT_FLOAT64, -1, 0, 1, out), GT_ERR_ARGUMENT);
    ck_assert_int_eq(fills[_i].fill(&random, GT_FLOAT64, 2, 0, 1, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(fills[_i].fill(NULL, GT_FLOAT64, 2, 0, 1, out), GT_ERR_ARGUMENT);
}
END_TEST

START_TEST(fills_refuse_settings_that_are_no_distribution)
{
    gt_random random = gt_random_new(1, 2);
    double out[2];
    ck_assert_int_eq(fills[_i].fill(&random, GT_FLOAT64, 2, NAN, 1, out), GT_ERR_ARGUMENT);
    ck_assert_int_eq(fills[_i].fill(&random, GT_FLOAT64, 2, 0, INFINITY, out), GT_ERR_ARGUMENT);
    ck_assert_int_eq(fills[_i].fill(&random, GT_FLOAT64, 2, 0, -1, out), GT_ERR_ARGUMENT);
}
END_TEST

START_TEST(a_permutation_has_every_number_once)
{
    static int32_t order[1000];
    static int seen[1000];
    gt_random random = gt_random_new(1, 2);
    gt_random_permutation(&random, 1000, order);
    for (int i = 0; i < 1000; i++)
        seen[order[i]]++;
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(seen[i], 1);
    ck_assert_uint_eq(random.offset, 1000);
}
END_TEST

START_TEST(every_permutation_is_as_likely)
{
    enum { TIMES = 24000 };
    int times[256] = {0}, kinds = 0;
    double squares = 0;
    gt_random random = gt_random_new(3, 4);
    for (int i = 0; i < TIMES; i++) {
        int32_t order[4];
        gt_random_permutation(&random, 4, order);
        times[order[0] * 64 + order[1] * 16 + order[2] * 4 + order[3]]++;
    }
    for (int i = 0; i < 256; i++) {
        kinds += times[i] > 0;
        squares += times[i] > 0 ? pow(times[i] - TIMES / 24, 2) / (TIMES / 24) : 0;
    }
    ck_assert_int_eq(kinds, 24);
    ck_assert_double_lt(squares, 23 + 5 * sqrt(2 * 23)); /* chi-squared of 23 degrees */
}
END_TEST

START_TEST(permutations_of_nothing_and_of_one_are_trivial)
{
    gt_random random = gt_random_new(1, 2);
    int32_t order[1] = {7};
    gt_random_permutation(&random, 0, NULL);
    gt_random_permutation(&random, -5, NULL);
    ck_assert_uint_eq(random.offset, 0);
    gt_random_permutation(&random, 1, order);
    ck_assert_int_eq(order[0], 0);
}
END_TEST

int main(void)
{
    return run_suite("random", (const suite_test[]){
                                   LOOP_TEST(philox_gives_the_published_words, KNOWN),
                                   TEST(philox_takes_key_and_offset_low_word_first),
                                   TEST(take_advances_the_stream),
                                   TEST(every_seed_and_stream_has_a_key_of_its_own),
                                   TEST(the_high_words_of_seed_and_stream_count),
                                   LOOP_TEST(a_fill_takes_half_as_many_blocks_as_numbers, FILLS),
                                   LOOP_TEST(two_halves_equal_the_whole, FILLS),
                                   LOOP_TEST(any_number_of_threads_gives_the_same_bits, FILLS),
                                   LOOP_TEST(float32_is_float64_rounded, FILLS),
                                   LOOP_TEST(different_streams_are_uncorrelated, FILLS),
                                   LOOP_TEST(moments_are_those_of_the_distribution, FILLS),
                                   TEST(the_variance_of_truncated_numbers_is_0_774),
                                   TEST(uniform_numbers_stay_in_the_half_open_interval),
                                   TEST(uniform_numbers_fall_evenly),
                                   TEST(uniform_with_equal_ends_gives_that_number),
                                   TEST(normal_numbers_are_scaled_and_shifted),
                                   TEST(normal_numbers_follow_the_distribution),
                                   TEST(truncated_numbers_stay_within_two_deviations),
                                   TEST(truncated_numbers_invert_the_distribution),
                                   LOOP_TEST(fills_refuse_other_dtypes, FILLS),
                                   LOOP_TEST(fills_refuse_what_is_no_array, FILLS),
                                   LOOP_TEST(fills_refuse_settings_that_are_no_distribution, FILLS),
                                   TEST(a_permutation_has_every_number_once),
                                   TEST(every_permutation_is_as_likely),
                                   TEST(permutations_of_nothing_and_of_one_are_trivial),
                                   END_OF_TESTS,
                               });
}
