/* The steps of a softmax over rows, for both reals: included by ops/rows.h. Rows that lie one behind the other are
 * taken some at a time: so all their exponentials are one loop, however short a row is, and the maxima and sums of
 * several rows, each a chain of operations that wait for each other, run side by side. */

/* What is known of each row: `sum` of exp(x - max), in double, because a row may be long. */
typedef struct NAMED(gt_row_block) {
    REAL max[GT_ROW_BLOCK], log_sum[GT_ROW_BLOCK];
    double sum[GT_ROW_BLOCK];
} NAMED(gt_row_block);

/* The largest entry; NaN, or the entries before it, where there is a NaN: the sum of exponentials is NaN then. */
static inline REAL NAMED(gt_row_max)(const REAL *x, int64_t length, int64_t step)
{
    REAL max = x[0];
    for (int64_t i = 1; i < length; i++)
        max = x[i * step] > max ? x[i * step] : max;
    return max;
}

static inline double NAMED(gt_row_sum)(const REAL *x, int64_t length)
{
    double even = 0, odd = 0;
    int64_t i = 0;
    for (; i + 2 <= length; i += 2) {
        even += (double)x[i];
        odd += (double)x[i + 1];
    }
    return i < length ? even + odd + (double)x[i] : even + odd;
}

/* y = exp(x - max x) of rows that lie one behind the other, at most GT_ROW_BLOCK; max and sum. */
static inline void NAMED(gt_rows_exp)(const REAL *x, int64_t rows, int64_t length, REAL *restrict y,
                                      NAMED(gt_row_block) * block)
{
    for (int64_t row = 0; row < rows; row++) {
        const REAL max = block->max[row] = NAMED(gt_row_max)(x + row * length, length, 1);
        for (int64_t i = row * length; i < (row + 1) * length; i++)
            y[i] = x[i] - max;
    }
    for (int64_t i = 0; i < rows * length; i++)
        y[i] = NAMED(gt_exp_value)(y[i]);
    for (int64_t row = 0; row < rows; row++)
        block->sum[row] = NAMED(gt_row_sum)(y + row * length, length);
}

/* max and log_sum, the logarithm of the sum of exponentials, of such rows. */
static inline void NAMED(gt_rows_log_sum)(const REAL *x, int64_t rows, int64_t length, NAMED(gt_row_block) * block)
{
    REAL part[GT_ROW_PART];
    if (rows * length <= GT_ROW_PART)
        NAMED(gt_rows_exp)(x, rows, length, part, block);
    else
        for (int64_t row = 0; row < rows; row++, x += length) {
            const REAL max = block->max[row] = NAMED(gt_row_max)(x, length, 1);
            block->sum[row] = 0;
            for (int64_t begin = 0; begin < length; begin += GT_ROW_PART) {
                const int64_t n = length - begin < GT_ROW_PART ? length - begin : GT_ROW_PART;
                for (int64_t i = 0; i < n; i++)
                    part[i] = NAMED(gt_exp_value)(x[begin + i] - max);
                block->sum[row] += NAMED(gt_row_sum)(part, n);
            }
        }
    for (int64_t row = 0; row < rows; row++)
        block->log_sum[row] = NAMED(gt_log_value)((REAL)block->sum[row]);
}

/* y = exp(x - max x) of one row whose entries lie `step` apart, and its sum. */
static inline double NAMED(gt_row_exp_apart)(const REAL *x, int64_t length, int64_t step, REAL *y)
{
    const REAL max = NAMED(gt_row_max)(x, length, step);
    double sum = 0;
    for (int64_t i = 0; i < length; i++) {
        y[i * step] = NAMED(gt_exp_value)(x[i * step] - max);
        sum += (double)y[i * step];
    }
    return sum;
}
