/* The inner loops of depthwise convolution, for both reals and each instruction set. Included in the body of a kernel
 * file, behind core/vector.h; hence no guard. */

/* `vectors`, a constant, of them at once, or the first `lanes` lanes of one. */
static inline __attribute__((always_inline)) void KERNEL(sum_block)(const gt_depthwise_grid *grid, const REAL *a,
                                                                    const REAL *b, int vectors, int64_t lanes, REAL *y)
{
    KERNEL(vector) sum[4] = {{0}};
    for (int v = 0; grid->add && v < vectors; v++)
        sum[v] = KERNEL(load)(y + v * GT_LANES, lanes);
    for (int64_t i = 0; i < grid->rows; i++)
        for (int64_t j = 0; j < grid->columns; j++) {
            const REAL *from_a = a + i * grid->a_row + j * grid->a_column;
            const REAL *from_b = b + i * grid->b_row + j * grid->b_column;
            for (int v = 0; v < vectors; v++)
                sum[v] += KERNEL(load)(from_a + v * GT_LANES, lanes) * KERNEL(load)(from_b + v * GT_LANES, lanes);
        }
    for (int v = 0; v < vectors; v++)
        KERNEL(store)(y + v * GT_LANES, sum[v], lanes);
}

static void KERNEL(sum_grid)(const gt_depthwise_grid *grid, const REAL *a, const REAL *b, int64_t channels, REAL *y)
{
    int64_t k = 0;
    for (; k + 4 * GT_LANES <= channels; k += 4 * GT_LANES)
        KERNEL(sum_block)(grid, a + k, b + k, 4, GT_LANES, y + k);
    for (; k + GT_LANES <= channels; k += GT_LANES)
        KERNEL(sum_block)(grid, a + k, b + k, 1, GT_LANES, y + k);
    if (k < channels)
        KERNEL(sum_block)(grid, a + k, b + k, 1, channels - k, y + k);
}
