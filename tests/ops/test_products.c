/* Matrix products and convolutions past every edge of the kernels' tiles, panels, blocks and rectangles, for each
 * instruction set: against plain sums in double. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "core/random.h"
#include "core/threads.h"
#include "ops/ops.h"
#include "tests/support/isa.h"
#include "tests/support/suite.h"

typedef struct product_case {
    int64_t m, k, n;
} product_case;

/* Around tiles of 6 and 12 rows, panels of 4 to 32 columns and half panels, blocks of 256 to 1024, rectangles of 384
 * rows, rows of A that are 4 KiB apart, B in place where A has few rows, and no inner axis. */
static const product_case cases[] = {
    {1, 1, 1},      {1, 7, 64},     {3, 5, 33},      {5, 9, 48},   {6, 3, 8},    {7, 2, 9},
    {11, 4, 15},    {12, 6, 16},    {13, 8, 17},     {25, 31, 31}, {24, 10, 32}, {26, 27, 40},
    {385, 3, 65},   {769, 5, 4},    {7, 1030, 5},    {9, 2049, 3}, {3, 300, 70}, {100, 17, 10},
    {9, 1024, 257}, {1024, 9, 257}, {10, 1024, 300}, {17, 0, 40},
};
enum { CASES = sizeof cases / sizeof cases[0] };

/* Numbers in [-1, 1) that float holds exactly; the same ones again for the same seed. */
static double number(uint32_t seed, int64_t i)
{
    uint32_t x = seed * 2654435761u + (uint32_t)i * 40503u + 12345u;
    x ^= x >> 13;
    x *= 1540483477u;
    x ^= x >> 15;
    return (double)(x >> 16) / 32768 - 1;
}

static gt_tensor *numbers(gt_dtype dtype, gt_shape shape, uint32_t seed)
{
    gt_tensor *tensor = gt_tensor_new(dtype, shape);
    void *values = gt_tensor_data_write(tensor);
    for (int64_t i = 0; i < gt_tensor_size(tensor); i++)
        if (dtype == GT_FLOAT32)
            ((float *)values)[i] = (float)number(seed, i);
        else
            ((double *)values)[i] = number(seed, i);
    return tensor;
}

/* Of a sum of k products of numbers below 1: k roundings of partial sums that grow like sqrt(k) / 3 add up, as random
 * steps, to about k / 20 of the last one's unit; the worst of many thousands of sums is about four times that. A term
 * lost or taken twice is thousands of times larger. */
static double bound(gt_dtype dtype, int64_t k)
{
    return (dtype == GT_FLOAT32 ? (double)FLT_EPSILON : DBL_EPSILON) * (4 + (double)k / 4);
}

static void expect_product(const product_case *p, gt_dtype dtype, bool ta, bool tb, bool with_bias)
{
    gt_tensor *a = numbers(dtype, ta ? GT_SHAPE(p->k, p->m) : GT_SHAPE(p->m, p->k), 1);
    gt_tensor *b = numbers(dtype, tb ? GT_SHAPE(p->n, p->k) : GT_SHAPE(p->k, p->n), 2);
    gt_tensor *bias = numbers(dtype, GT_SHAPE(p->n), 3);
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *c = with_bias ? gt_linear(tape, a, b, bias) : gt_matmul(tape, a, b, &(gt_matmul_options){ta, tb});
    ck_assert_msg(c != NULL, "%s", gt_tape_message(tape));
    for (int64_t i = 0; i < p->m; i++)
        for (int64_t j = 0; j < p->n; j++) {
            double sum = with_bias ? number(3, j) : 0;
            for (int64_t q = 0; q < p->k; q++)
                sum += number(1, ta ? q * p->m + i : i * p->k + q) * number(2, tb ? j * p->k + q : q * p->n + j);
            const double value = gt_tensor_at(c, i * p->n + j);
            ck_assert_msg(fabs(value - sum) <= bound(dtype, p->k) * (1 + fabs(sum)),
                          "%d x %d x %d%s%s at (%d, %d): %.9g, %.9g is expected", (int)p->m, (int)p->k, (int)p->n,
                          ta ? ", A transposed" : "", tb ? ", B transposed" : "", (int)i, (int)j, value, sum);
        }
    gt_tape_free(tape);
    gt_tensor_free(a);
    gt_tensor_free(b);
    gt_tensor_free(bias);
}

START_TEST(products_are_right_for_every_set)
{
    take_isa(_i);
    for (int i = 0; i < CASES; i++)
        for (int how = 0; how < 5; how++)
            expect_product(&cases[i], GT_FLOAT32, how & 1, how >> 1 & 1, how == 4);
}
END_TEST

START_TEST(products_of_doubles_are_right_for_every_set)
{
    take_isa(_i);
    for (int i = 0; i < CASES; i++)
        expect_product(&cases[i], GT_FLOAT64, i & 1, i >> 1 & 1, false);
}
END_TEST

typedef struct convolution_case {
    gt_shape x, filter;
    gt_conv2d_options options;
} convolution_case;

#define CONVOLUTION(images, size, in, f, out, s, d, how)                                                               \
    {                                                                                                                  \
        {4, {images, size, size, in}}, {4, {f, f, in, out}},                                                           \
        {                                                                                                              \
            .stride = {s, s}, .dilation = {d, d}, .padding = how                                                       \
        }                                                                                                              \
    }

/* Around bands of rows, panels of output channels, chunks of images, and dy in place and packed. */
static const convolution_case convolutions[] = {
    CONVOLUTION(1, 5, 1, 3, 1, 1, 1, GT_PADDING_VALID),   CONVOLUTION(2, 9, 3, 3, 8, 1, 1, GT_PADDING_SAME),
    CONVOLUTION(17, 6, 2, 3, 5, 1, 1, GT_PADDING_SAME),   CONVOLUTION(3, 13, 2, 3, 32, 1, 1, GT_PADDING_VALID),
    CONVOLUTION(2, 8, 5, 4, 33, 2, 1, GT_PADDING_SAME),   CONVOLUTION(2, 11, 3, 3, 17, 1, 2, GT_PADDING_VALID),
    CONVOLUTION(2, 12, 16, 2, 40, 1, 1, GT_PADDING_SAME), CONVOLUTION(1, 40, 33, 3, 64, 1, 1, GT_PADDING_SAME),
    CONVOLUTION(5, 7, 4, 5, 9, 3, 1, GT_PADDING_SAME),
};
enum { CONVOLUTIONS = sizeof convolutions / sizeof convolutions[0], DRAWN = 60 };

static int64_t draw(gt_random *random, int64_t low, int64_t high)
{
    double value;
    gt_random_uniform(random, GT_FLOAT64, 1, (double)low, (double)high + 1, &value);
    return (int64_t)value;
}

/* A convolution whose two axes have nothing to do with each other. */
static convolution_case drawn_case(uint32_t seed)
{
    static const int64_t outs[] = {1, 3, 4, 8, 9, 16, 17, 33};
    gt_random random = gt_random_new(11, seed);
#define DRAW(low, high) draw(&random, low, high)
    convolution_case c = {.filter = GT_SHAPE(DRAW(1, 4), DRAW(1, 4), DRAW(1, 5), outs[DRAW(0, 7)]),
                          .options = {.stride = {DRAW(1, 3), DRAW(1, 3)},
                                      .dilation = {DRAW(1, 3), DRAW(1, 3)},
                                      .padding = GT_PADDING_EXPLICIT,
                                      .top = DRAW(0, 4),
                                      .bottom = DRAW(0, 4),
                                      .left = DRAW(0, 4),
                                      .right = DRAW(0, 4)}};
    /* Large enough for one window. */
    const gt_conv2d_options *o = &c.options;
    const int64_t high = (c.filter.dim[0] - 1) * o->dilation[0] + 1 - o->top - o->bottom;
    const int64_t wide = (c.filter.dim[1] - 1) * o->dilation[1] + 1 - o->left - o->right;
    c.x =
        GT_SHAPE(DRAW(1, 3), (high > 1 ? high : 1) + DRAW(0, 9), (wide > 1 ? wide : 1) + DRAW(0, 14), c.filter.dim[2]);
#undef DRAW
    return c;
}

typedef struct convolved {
    gt_shape x, filter, y;
    int64_t stride[2], dilation[2], before[2];
} convolved;

/* Calls add(context, index of y, of x, of the filter) for each product of the convolution. */
static void walk(const convolved *c, void (*add)(void *context, int64_t y, int64_t x, int64_t filter), void *context)
{
    const int64_t *x = c->x.dim, *f = c->filter.dim, *y = c->y.dim;
    for (int64_t n = 0; n < y[0]; n++)
        for (int64_t i = 0; i < y[1]; i++)
            for (int64_t j = 0; j < y[2]; j++)
                for (int64_t u = 0; u < f[0]; u++)
                    for (int64_t v = 0; v < f[1]; v++) {
                        const int64_t h = i * c->stride[0] + u * c->dilation[0] - c->before[0];
                        const int64_t w = j * c->stride[1] + v * c->dilation[1] - c->before[1];
                        if (h < 0 || h >= x[1] || w < 0 || w >= x[2])
                            continue;
                        for (int64_t k = 0; k < f[2]; k++)
                            for (int64_t o = 0; o < f[3]; o++)
                                add(context, ((n * y[1] + i) * y[2] + j) * y[3] + o,
                                    ((n * x[1] + h) * x[2] + w) * x[3] + k, ((u * f[1] + v) * f[2] + k) * f[3] + o);
                    }
}

typedef struct sums {
    double *y, *dx, *dfilter;
} sums;

static void add_products(void *context, int64_t y, int64_t x, int64_t filter)
{
    const sums *s = context;
    s->y[y] += number(1, x) * number(2, filter);
    s->dx[x] += number(3, y) * number(2, filter);
    s->dfilter[filter] += number(3, y) * number(1, x);
}

static void expect_sums(const char *what, const gt_tensor *tensor, const double *sum, int64_t terms)
{
    for (int64_t i = 0; i < gt_tensor_size(tensor); i++) {
        const double value = gt_tensor_at(tensor, i);
        ck_assert_msg(fabs(value - sum[i]) <= bound(gt_tensor_dtype(tensor), terms) * (1 + fabs(sum[i])),
                      "%s at %d: %.9g, %.9g is expected", what, (int)i, value, sum[i]);
    }
}

static void expect_convolution(const convolution_case *p, gt_dtype dtype)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *x = numbers(dtype, p->x, 1);
    gt_tensor *filter = numbers(dtype, p->filter, 2);
    gt_tape_begin(tape);
    gt_tape_watch(tape, x);
    gt_tape_watch(tape, filter);
    gt_tensor *y = gt_conv2d(tape, x, filter, &p->options);
    gt_tape_end(tape);
    ck_assert_msg(y != NULL, "%s", gt_tape_message(tape));
    gt_tensor *dy = numbers(dtype, gt_tensor_shape(y), 3), *sources[] = {x, filter}, *gradients[2];
    const gt_gradient_options with = {.cotangents = &dy};
    ck_assert_int_eq(gt_tape_gradient_with(tape, &y, 2, sources, gradients, &with), GT_OK);

    const gt_conv2d_options *o = &p->options;
    convolved c = {p->x,
                   p->filter,
                   gt_tensor_shape(y),
                   {o->stride[0], o->stride[1]},
                   {o->dilation[0], o->dilation[1]},
                   {o->top, o->left}};
    for (int axis = 0; axis < 2 && o->padding == GT_PADDING_SAME; axis++) {
        const int64_t reach =
            (c.y.dim[1 + axis] - 1) * c.stride[axis] + (c.filter.dim[axis] - 1) * c.dilation[axis] + 1;
        c.before[axis] = reach > c.x.dim[1 + axis] ? (reach - c.x.dim[1 + axis]) / 2 : 0;
    }
    const sums s = {calloc((size_t)gt_tensor_size(y), 8), calloc((size_t)gt_tensor_size(x), 8),
                    calloc((size_t)gt_tensor_size(filter), 8)};
    walk(&c, add_products, (void *)&s);
    const int64_t area = p->filter.dim[0] * p->filter.dim[1];
    expect_sums("y", y, s.y, area * p->filter.dim[2]);
    expect_sums("dx", gradients[0], s.dx, area * p->filter.dim[3]);
    expect_sums("dfilter", gradients[1], s.dfilter, p->x.dim[0] * c.y.dim[1] * c.y.dim[2]);
    free(s.y), free(s.dx), free(s.dfilter);
    gt_tape_free(tape);
    gt_tensor_free(x), gt_tensor_free(filter), gt_tensor_free(dy);
}

START_TEST(convolutions_and_their_gradients_are_right_for_every_set)
{
    take_isa(_i);
    gt_set_threads(2);
    for (int i = 0; i < CONVOLUTIONS; i++) {
        expect_convolution(&convolutions[i], GT_FLOAT32);
        expect_convolution(&convolutions[i], GT_FLOAT64);
    }
    for (uint32_t seed = 0; seed < DRAWN; seed++) {
        const convolution_case drawn = drawn_case(seed);
        expect_convolution(&drawn, seed % 2 ? GT_FLOAT32 : GT_FLOAT64);
    }
}
END_TEST

int main(void)
{
    return run_suite("products", (const suite_test[]){
                                     LOOP_TEST(products_are_right_for_every_set, isa_count()),
                                     LOOP_TEST(products_of_doubles_are_right_for_every_set, isa_count()),
                                     LOOP_TEST(convolutions_and_their_gradients_are_right_for_every_set, isa_count()),
                                     END_OF_TESTS,
                                 });
}
