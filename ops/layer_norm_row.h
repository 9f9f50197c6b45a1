/* Sums over one row, for the kernels of layer_norm. Included in the body of a kernel file, behind core/vector.h; hence
 * no guard. In blocks, whose sums are added in double, because a row may be long. */

static inline REAL KERNEL(lane_sum)(KERNEL(vector) value)
{
    REAL lane[GT_LANES];
    KERNEL(store)(lane, value, GT_LANES);
    for (int width = GT_LANES / 2; width > 0; width /= 2)
        for (int k = 0; k < width; k++)
            lane[k] += lane[k + width];
    return lane[0];
}

/* The sum of a[i] b[i] c[i]; a factor that is NULL is left out. */
static inline __attribute__((always_inline)) double KERNEL(row_products)(const REAL *a, const REAL *b, const REAL *c,
                                                                         int64_t n)
{
    double sum = 0;
    for (int64_t begin = 0; begin < n; begin += GT_LAYER_NORM_BLOCK) {
        const int64_t end = n - begin < GT_LAYER_NORM_BLOCK ? n : begin + GT_LAYER_NORM_BLOCK;
        KERNEL(vector) part[2] = {{0}};
        for (int64_t i = begin, k = 0; i < end; i += GT_LANES, k ^= 1) {
            KERNEL(vector) product = KERNEL(load)(a + i, end - i);
            if (b)
                product *= KERNEL(load)(b + i, end - i);
            if (c)
                product *= KERNEL(load)(c + i, end - i);
            part[k] += product;
        }
        sum += (double)KERNEL(lane_sum)(part[0] + part[1]);
    }
    return sum;
}

/* The sum of (x[i] - mean)^2. */
static inline double KERNEL(row_squares)(const REAL *x, REAL mean, int64_t n)
{
    double sum = 0;
    for (int64_t begin = 0; begin < n; begin += GT_LAYER_NORM_BLOCK) {
        const int64_t end = n - begin < GT_LAYER_NORM_BLOCK ? n : begin + GT_LAYER_NORM_BLOCK;
        KERNEL(vector) part = {0};
        int64_t i = begin;
        for (; i + GT_LANES <= end; i += GT_LANES) {
            const KERNEL(vector) distance = KERNEL(load)(x + i, GT_LANES) - mean;
            part += distance * distance;
        }
        REAL rest = 0;
        for (; i < end; i++)
            rest += (x[i] - mean) * (x[i] - mean);
        sum += (double)(KERNEL(lane_sum)(part) + rest);
    }
    return sum;
}

/* The row's mean, and 1 / sqrt(variance + epsilon), in two passes. */
static inline void KERNEL(row_moments)(const REAL *x, int64_t n, double epsilon, REAL *mean, REAL *inverse)
{
    *mean = (REAL)(KERNEL(row_products)(x, NULL, NULL, n) / (double)n);
    *inverse = (REAL)(1 / sqrt(KERNEL(row_squares)(x, *mean, n) / (double)n + epsilon));
}
