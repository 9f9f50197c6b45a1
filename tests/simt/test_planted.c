/* The mistakes of tests/simt/planted.cmake are found: by the checker, or because results are not the CPU's. That the
 * kernels without them are found right is what the other suites show. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ops/ops.h"
#include "simt.h"
#include "tests/support/larger_samples.h"
#include "tests/support/sampled.h"
#include "tests/support/suite.h"

static const char *const planted_ops[] = {
    "relu",       "adam_update", "sum",    "softmax",     "conv2d", "conv2d_filter_grad",   "max_pool2d",
    "batch_norm", "transpose",   "gather", "scatter_add", "max",    "softmax_cross_entropy"};

static bool differ(const gt_tensor *a, const gt_tensor *b)
{
    for (int64_t i = 0; i < gt_tensor_size(a); i++) {
        const double x = gt_tensor_at(a, i), y = gt_tensor_at(b, i);
        if (!(isnan(x) && isnan(y)) && !(fabs(x - y) <= 1e-9 * (1 + fabs(y))))
            return true;
    }
    return false;
}

static bool results_differ(const gt_op *op, const gt_sample *sample)
{
    sampled cuda, cpu;
    sampled_run(GT_CUDA, op, sample, GT_FLOAT64, &cuda);
    sampled_run(GT_CPU, op, sample, GT_FLOAT64, &cpu);
    bool found = false;
    for (int i = 0; i < cuda.outputs; i++)
        found |= differ(cuda.output[i], cpu.output[i]);
    for (int i = 0; i < cuda.inputs; i++)
        found |= differ(cuda.input[i], cpu.input[i]);
    sampled_free(&cuda);
    sampled_free(&cpu);
    return found;
}

START_TEST(planted_mistake_is_found)
{
    const gt_op *op = gt_op_find(planted_ops[_i]);
    bool found = false;
    for (int s = 0; s < sample_count(op); s++)
        found |= results_differ(op, &op->samples[s]);
    for (int i = 0; i < larger_sample_count; i++)
        if (strcmp(larger_samples[i].op, op->name) == 0)
            found |= results_differ(op, &larger_samples[i].sample);
    ck_assert_msg(found || simt_findings() > 0, "the mistake in %s was not found", op->name);
}
END_TEST

/* The second tape reads what the first is still to write. */
START_TEST(missing_wait_is_found)
{
    gt_tape *writer = gt_tape_new(GT_CUDA), *reader = gt_tape_new(GT_CUDA);
    gt_tensor *x = gt_tensor_new_on(GT_CUDA, GT_FLOAT64, GT_SHAPE(4));
    ck_assert_msg(x != NULL, "%s", gt_last_error());
    simt_set_deferred(true);
    gt_tensor *ones = gt_fill(writer, GT_FLOAT64, GT_SHAPE(4), 1);
    gt_tensor *copy = gt_scale(reader, gt_tensor_share(ones), 2);
    double values[4];
    ck_assert_int_eq(gt_tensor_read(copy, values, sizeof values), GT_OK);
    ck_assert(!(values[0] == 2));
    exit(0); /* nothing is freed: the wrong order would go on */
}
END_TEST

int main(void)
{
    return run_suite("planted", (const suite_test[]){
                                    LOOP_TEST(planted_mistake_is_found, sizeof planted_ops / sizeof planted_ops[0]),
                                    TEST(missing_wait_is_found),
                                    END_OF_TESTS,
                                });
}
