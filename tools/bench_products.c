/* `gradtape bench matmul` and `conv`: the products that training consists of, as GFLOP/s and per cent of the peak. */
#include <stdio.h>

#include "ops/grads.h"
#include "tools/bench.h"

/* One product: what `apply` runs on two operands. */
typedef struct product {
    gt_tape *tape;
    gt_tensor *a, *b;
    gt_tensor *(*apply)(const struct product *p);
    gt_matmul_options options;
    gt_conv2d_attributes attributes;
} product;

static gt_status run(void *context)
{
    const product *p = context;
    p->apply(p);
    gt_status status = gt_tape_status(p->tape);
    gt_tape_reset(p->tape);
    return status;
}

static gt_tensor *normal(gt_shape shape, uint64_t stream)
{
    gt_random random = gt_random_new(1, stream);
    gt_tensor *tensor = gt_tensor_new(GT_FLOAT32, shape);
    void *values = tensor ? gt_tensor_data_write(tensor) : NULL;
    if (values && gt_random_normal(&random, GT_FLOAT32, gt_tensor_size(tensor), 0, 1, values) == GT_OK)
        return tensor;
    gt_tensor_free(tensor);
    return NULL;
}

static gt_status measure(bench *b, product *p, gt_shape a, gt_shape second, measurement *m)
{
    p->tape = gt_tape_new(b->device);
    p->a = normal(a, 1);
    p->b = normal(second, 2);
    m->unit = "us";
    m->per_second = 1e6;
    gt_status status = p->tape && p->a && p->b ? machine_peak(b, &m->peak) : GT_ERR_MEMORY;
    if (status == GT_OK)
        status = gt_tensor_move(p->a, b->device);
    if (status == GT_OK)
        status = gt_tensor_move(p->b, b->device);
    if (status == GT_OK)
        status = bench_time(b, run, p, m->per_second, &m->value);
    if (status == GT_OK)
        status = bench_row(b, m);
    gt_tensor_free(p->a);
    gt_tensor_free(p->b);
    gt_tape_free(p->tape);
    return status;
}

/* ---- matrices ---------------------------------------------------------------------------------------------------- */

static gt_tensor *apply_matmul(const product *p)
{
    return gt_matmul(p->tape, p->a, p->b, &p->options);
}

/* C (m, n) = A (m, k) B (k, n), one of them perhaps stored transposed, as in the gradients. */
static const struct {
    int64_t m, k, n;
    bool transpose_a, transpose_b;
} matrices[] = {
    {1024, 1024, 1024, false, false}, {100, 784, 398, false, false}, {784, 100, 398, true, false},
    {100, 398, 784, false, true},     {100, 398, 10, false, false},  {398, 100, 10, true, false},
    {100, 10, 398, false, true},      {32, 400, 25, false, false},
};

gt_status bench_matmul(bench *b, const char *work)
{
    gt_status status = GT_OK;
    bench_heading("matmul: m x k x n, float32", true);
    for (size_t i = 0; status == GT_OK && i < sizeof matrices / sizeof matrices[0]; i++) {
        int64_t m = matrices[i].m, k = matrices[i].k, n = matrices[i].n;
        product p = {.apply = apply_matmul, .options = {matrices[i].transpose_a, matrices[i].transpose_b}};
        measurement row = {.work = work, .flops = 2.0 * (double)m * (double)k * (double)n};
        snprintf(row.name, sizeof row.name, "%lldx%lldx%lld%s", (long long)m, (long long)k, (long long)n,
                 p.options.transpose_a   ? " A transposed"
                 : p.options.transpose_b ? " B transposed"
                                         : "");
        if (bench_wants(b, row.name))
            status = measure(b, &p, p.options.transpose_a ? GT_SHAPE(k, m) : GT_SHAPE(m, k),
                             p.options.transpose_b ? GT_SHAPE(n, k) : GT_SHAPE(k, n), &row);
    }
    return status;
}

/* ---- convolutions ------------------------------------------------------------------------------------------------ */

static gt_tensor *apply_forward(const product *p)
{
    return gt_conv2d_with(p->tape, p->a, p->b, &p->attributes);
}

static gt_tensor *apply_input_grad(const product *p)
{
    return gt_conv2d_input_grad(p->tape, p->a, p->b, &p->attributes);
}

static gt_tensor *apply_filter_grad(const product *p)
{
    return gt_conv2d_filter_grad(p->tape, p->a, p->b, &p->attributes);
}

/* 3 x 3, batch 100, without padding: both layers of the cnn. */
static gt_status bench_layer(bench *b, const char *work, int64_t size, int64_t in, int64_t out)
{
    const gt_shape x = GT_SHAPE(100, size, size, in), filter = GT_SHAPE(3, 3, in, out);
    const gt_shape y = GT_SHAPE(100, size - 2, size - 2, out);
    const struct {
        const char *name;
        gt_tensor *(*apply)(const product *p);
        gt_shape a, b;
    } directions[] = {
        {"forward", apply_forward, x, filter},
        {"input gradient", apply_input_grad, y, filter},
        {"filter gradient", apply_filter_grad, y, x},
    };
    gt_status status = GT_OK;
    for (size_t i = 0; status == GT_OK && i < sizeof directions / sizeof directions[0]; i++) {
        product p = {.apply = directions[i].apply,
                     .attributes = {.stride = {1, 1}, .dilation = {1, 1}, .input = x, .filter = filter}};
        measurement row = {.work = work, .flops = 2.0 * 9 * (double)in * (double)gt_shape_size(&y)};
        snprintf(row.name, sizeof row.name, "%lld->%lld %s", (long long)in, (long long)out, directions[i].name);
        snprintf(row.shape, sizeof row.shape, "100x%lldx%lldx%lld, 3x3", (long long)size, (long long)size,
                 (long long)in);
        if (bench_wants(b, row.name))
            status = measure(b, &p, directions[i].a, directions[i].b, &row);
    }
    return status;
}

gt_status bench_conv(bench *b, const char *work)
{
    bench_heading("conv: 3x3 convolutions without padding, batch 100, float32", true);
    gt_status status = bench_layer(b, work, 26, 32, 32);
    return status == GT_OK ? bench_layer(b, work, 28, 1, 32) : status;
}
