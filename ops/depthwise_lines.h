/* Rows of an image as depthwise kernels read them, for both reals and each instruction set. Included in the body of a
 * kernel file; hence no guard. */

/* Rows first, first + step, ... of the image, `count` of them, each channel repeated; `row` elements from one to the
 * next. In place where channels need no repetition, else in the buffer. */
static const REAL *KERNEL(lines_of)(const gt_conv2d_plan *p, const REAL *image, int64_t first, int64_t step,
                                    int64_t count, REAL *buffer, int64_t *row)
{
    const int64_t length = p->width * p->in;
    if (p->out == 1) {
        *row = step * length;
        return image + first * length;
    }
    *row = length * p->out;
    for (int64_t i = 0; i < count; i++) {
        const REAL *from = image + (first + i * step) * length;
        REAL *to = buffer + i * *row;
        for (int64_t k = 0; k < length; k++)
            for (int64_t m = 0; m < p->out; m++)
                to[k * p->out + m] = from[k];
    }
    return buffer;
}
