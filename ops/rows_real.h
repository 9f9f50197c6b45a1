/* The steps of a softmax over one row, for both reals: included by ops/rows.h. */

/* The largest entry; NaN, or the entries before it, where there is a NaN: the sum below is NaN then. */
static inline REAL NAMED(gt_row_max)(const REAL *x, int64_t length, int64_t step)
{
    REAL max = x[0];
    for (int64_t i = 1; i < length; i++)
        max = x[i * step] > max ? x[i * step] : max;
    return max;
}

/* y = exp(x - max x), and its sum, in double: a row may be long. */
static inline double NAMED(gt_row_exp)(const REAL *x, int64_t length, int64_t step, REAL *y)
{
    const REAL max = NAMED(gt_row_max)(x, length, step);
    double sum = 0;
    for (int64_t i = 0; i < length; i++) {
        y[i * step] = NAMED(gt_exp_value)(x[i * step] - max);
        sum += (double)y[i * step];
    }
    return sum;
}

/* The sum of exp(x - max), at least 1 where all is finite. */
static inline REAL NAMED(gt_row_exp_sum)(const REAL *x, int64_t length, int64_t step, REAL max)
{
    double sum = 0;
    for (int64_t i = 0; i < length; i++)
        sum += (double)NAMED(gt_exp_value)(x[i * step] - max);
    return (REAL)sum;
}
