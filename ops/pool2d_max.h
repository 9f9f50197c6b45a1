/* The maximum of a pooling window, for as many channels as a register holds. Included in the bodies of kernel files,
 * after core/vector.h; hence no guard. */

/* NaN where there is one; `image` is where the first of the channels begins, `lanes` how many there are. */
static inline __attribute__((always_inline)) KERNEL(vector)
    KERNEL(window_max)(const gt_pool2d_plan *p, const gt_pool2d_window *window, const REAL *image, int64_t lanes)
{
    KERNEL(vector) max = KERNEL(load)(image + (window->top * p->width + window->left) * p->channels, lanes);
    for (int64_t h = window->top; h < window->bottom; h++)
        for (int64_t w = window->left; w < window->right; w++)
            max = KERNEL(larger)(max, KERNEL(load)(image + (h * p->width + w) * p->channels, lanes));
    return max;
}

/* Where x, an entry of a window with this maximum, has it. */
static inline __attribute__((always_inline)) KERNEL(bits) KERNEL(has_max)(KERNEL(vector) x, KERNEL(vector) max)
{
    return (x == max) | (x != x);
}
