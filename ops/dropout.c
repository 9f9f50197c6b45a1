/* dropout: sets each entry to 0 with probability `rate` and scales the rest by 1 / (1 - rate), so that the mean stays.
 * N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15 (2014). Entry i is
 * decided by word i % 4 of block i / 4 of the stream, so the attributes alone repeat the mask: the gradient is dropout
 * of the cotangent. */
#ifndef REAL

#include "core/elementwise.h"
#include "ops/ops.h"
#include "ops/scalar.h"

static gt_status infer(const gt_infer *call)
{
    double rate = ((const gt_dropout_attributes *)call->attributes)->rate;
    if (!(rate >= 0 && rate < 1))
        return gt_fail(GT_ERR_ARGUMENT, "dropout: the rate is %g, 0 <= rate < 1 is expected", rate);
    return gt_infer_like_first(call);
}

static int64_t block_count(int64_t elements)
{
    return elements / 4 + (elements % 4 != 0);
}

#define KERNEL_FILE "ops/dropout.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    gt_parallel(block_count(gt_operand_size(&call->output[0])), GT_ELEMENT_GRAIN / 16, /* ten rounds a block */
                GT_PICK(blocks, call->output[0].spec->dtype), (void *)call);
    return GT_OK;
}

extern const gt_op gt_op_dropout;

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_apply(tape, &gt_op_dropout, dy, 1, gt_node_attributes(node));
}

static const gt_field fields[] = {
    GT_REAL(gt_dropout_attributes, rate),
    GT_INT(gt_dropout_attributes, key),
    GT_INT(gt_dropout_attributes, offset),
    {0},
};

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_dropout_attributes){0.5, 12345, 0}},
    {.name = "odd tail", .inputs = {GT_NORMAL(131)}, .attributes = &(const gt_dropout_attributes){0.1, -7, 1000}},
    {.name = "far in the stream",
     .inputs = {GT_NORMAL(2, 9)},
     .attributes = &(const gt_dropout_attributes){0.3, INT64_MIN, INT64_C(0xfffffffe)}},
    {.name = "rate 0", .inputs = {GT_NORMAL(7)}, .attributes = &(const gt_dropout_attributes){0, 1, 2}},
    {.name = "empty", .inputs = {GT_NORMAL(0)}, .attributes = &(const gt_dropout_attributes){0.5, 1, 2}},
    {0},
};
static const gt_sample workload = {
    .name = "workload", .inputs = {GT_NORMAL(256, 1024)}, .attributes = &(const gt_dropout_attributes){0.5, 12345, 0}};

const gt_op gt_op_dropout = {
    .name = "dropout",
    .inputs = 1,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .attribute_size = sizeof(gt_dropout_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_dropout(gt_tape *tape, gt_tensor *x, double rate)
{
    gt_random random = gt_tape_random(tape, (uint64_t)block_count(gt_tensor_size(x)));
    const gt_dropout_attributes attributes = {rate, (int64_t)random.key, (int64_t)random.offset};
    return gt_apply(tape, &gt_op_dropout, &x, 1, &attributes);
}

#else

static void KERNEL(blocks)(void *context, int64_t begin, int64_t end)
{
    const gt_call *call = context;
    const gt_dropout_attributes *attributes = call->attributes;
    const REAL *x = call->input[0].data;
    REAL *y = call->output[0].data;
    const REAL scale = (REAL)(1 / (1 - attributes->rate));
    int64_t n = gt_operand_size(&call->output[0]);
    for (int64_t block = begin; block < end; block++) {
        uint32_t words[4];
        gt_dropout_words(attributes, block, words);
        int64_t first = 4 * block, count = n - first < 4 ? n - first : 4;
        for (int64_t i = 0; i < count; i++) {
            REAL scaled = x[first + i] * scale; /* outside the choice, which is too random to branch on */
            y[first + i] = gt_dropout_keeps(attributes, words[i]) ? scaled : 0;
        }
    }
}

#endif
