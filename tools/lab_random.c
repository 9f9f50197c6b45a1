/* Matsumoto and Nishimura's MT19937 ("Mersenne Twister", ACM TOMACS 8, 1998), seeded by their init_genrand, and normal
 * numbers by Marsaglia's polar method, in the order in which NumPy's RandomState draws them. */
#include <math.h>

#include "tools/lab.h"

enum { WORDS = 624, MIDDLE = 397 };

void lab_random_seed(lab_random *random, uint32_t seed)
{
    random->state[0] = seed;
    for (uint32_t i = 1; i < WORDS; i++) {
        const uint32_t before = random->state[i - 1];
        random->state[i] = 1812433253U * (before ^ (before >> 30)) + i;
    }
    random->position = WORDS;
    random->has_spare = false;
}

static void generate(uint32_t state[WORDS])
{
    for (int i = 0; i < WORDS; i++) {
        const uint32_t word = (state[i] & 0x80000000U) | (state[(i + 1) % WORDS] & 0x7fffffffU);
        state[i] = state[(i + MIDDLE) % WORDS] ^ (word >> 1) ^ (word & 1 ? 0x9908b0dfU : 0);
    }
}

static uint32_t next_word(lab_random *random)
{
    if (random->position == WORDS) {
        generate(random->state);
        random->position = 0;
    }
    uint32_t word = random->state[random->position++];
    word ^= word >> 11;
    word ^= (word << 7) & 0x9d2c5680U;
    word ^= (word << 15) & 0xefc60000U;
    return word ^ (word >> 18);
}

/* 53 random bits, 0 <= u < 1. */
static double uniform(lab_random *random)
{
    const double high = next_word(random) >> 5, low = next_word(random) >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
}

double lab_random_normal(lab_random *random)
{
    if (random->has_spare) {
        random->has_spare = false;
        return random->spare;
    }
    double x, y, square;
    do {
        x = 2 * uniform(random) - 1;
        y = 2 * uniform(random) - 1;
        square = x * x + y * y;
    } while (square >= 1 || square == 0);
    const double factor = sqrt(-2 * log(square) / square);
    random->spare = factor * x;
    random->has_spare = true;
    return factor * y;
}

gt_tensor *lab_random_normals(lab_random *random, gt_shape shape)
{
    gt_tensor *tensor = gt_tensor_new(GT_FLOAT64, shape);
    double *values = tensor ? gt_tensor_data_write(tensor) : NULL;
    for (int64_t i = 0; i < gt_tensor_size(tensor); i++)
        values[i] = lab_random_normal(random);
    return tensor;
}
