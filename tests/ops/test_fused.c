/* Ops that do in one pass what others do in several: the same bits, values and gradients, as the chain, and messages of
 * their own. Samples against references are test_registry's. */
#include <math.h>
#include <string.h>

#include "core/random.h"
#include "ops/ops.h"
#include "tests/support/elements.h"
#include "tests/support/isa.h"
#include "tests/support/suite.h"

static gt_tensor *normal(gt_shape shape, uint64_t stream)
{
    gt_tensor *tensor = gt_parameter_new("normal", GT_FLOAT32, shape);
    gt_random random = gt_random_new(5, stream);
    gt_random_normal(&random, GT_FLOAT32, gt_tensor_size(tensor), 0, 1, gt_tensor_data_write(tensor));
    return tensor;
}

static void expect_same_bits(const char *what, const gt_tensor *fused, const gt_tensor *chain)
{
    ck_assert_msg(fused && chain, "%s: %s", what, gt_last_error());
    const size_t bytes = (size_t)gt_tensor_size(chain) * sizeof(float);
    ck_assert_int_eq(gt_tensor_size(fused), gt_tensor_size(chain));
    ck_assert_msg(memcmp(gt_tensor_data(fused), gt_tensor_data(chain), bytes) == 0, "%s differs", what);
}

typedef gt_tensor *network(gt_tape *tape, gt_tensor *const w[]);

/* Both forms give the same result and the same gradients of sum(y^2) towards their three inputs. */
static void expect_same(network *fused, network *chain, gt_tensor *w[3])
{
    network *const forms[] = {fused, chain};
    gt_tape *tapes[2];
    gt_tensor *y[2], *gradients[2][3];
    for (int i = 0; i < 2; i++) {
        tapes[i] = gt_tape_new(GT_CPU);
        gt_tape_begin(tapes[i]);
        y[i] = forms[i](tapes[i], w);
        gt_tensor *loss = gt_sum(tapes[i], gt_square(tapes[i], y[i]), NULL);
        gt_tape_end(tapes[i]);
        ck_assert_msg(gt_tape_gradient(tapes[i], loss, 3, w, gradients[i]) == GT_OK, "%s", gt_last_error());
    }
    expect_same_bits("y", y[0], y[1]);
    for (int i = 0; i < 3; i++)
        expect_same_bits("a gradient", gradients[0][i], gradients[1][i]);
    for (int i = 0; i < 2; i++)
        gt_tape_free(tapes[i]);
    for (int i = 0; i < 3; i++)
        gt_tensor_free(w[i]);
}

static gt_tensor *dense(gt_tape *t, gt_tensor *const w[])
{
    return gt_linear_relu(t, w[0], w[1], w[2]);
}

static gt_tensor *dense_chain(gt_tape *t, gt_tensor *const w[])
{
    return gt_relu(t, gt_add(t, gt_matmul(t, w[0], w[1], NULL), w[2]));
}

START_TEST(linear_relu_is_its_chain)
{
    take_isa(_i);
    expect_same(dense, dense_chain,
                (gt_tensor *[]){normal(GT_SHAPE(33, 700), 1), normal(GT_SHAPE(700, 45), 2), normal(GT_SHAPE(45), 3)});
    /* Few columns: computed as the transpose. */
    expect_same(dense, dense_chain,
                (gt_tensor *[]){normal(GT_SHAPE(70, 20), 1), normal(GT_SHAPE(20, 3), 2), normal(GT_SHAPE(3), 3)});
}
END_TEST

static const gt_conv2d_options same = {.padding = GT_PADDING_SAME};

static gt_tensor *convolved(gt_tape *t, gt_tensor *const w[])
{
    return gt_conv2d_bias(t, w[0], w[1], w[2], &same);
}

static gt_tensor *convolved_chain(gt_tape *t, gt_tensor *const w[])
{
    return gt_add(t, gt_conv2d(t, w[0], w[1], &same), w[2]);
}

static gt_tensor *rectified(gt_tape *t, gt_tensor *const w[])
{
    return gt_conv2d_bias_relu(t, w[0], w[1], w[2], &same);
}

static gt_tensor *rectified_chain(gt_tape *t, gt_tensor *const w[])
{
    return gt_relu(t, convolved_chain(t, w));
}

START_TEST(conv2d_bias_and_conv2d_bias_relu_are_their_chains)
{
    take_isa(_i);
    for (int64_t out = 5; out <= 37; out += 32) {
        const gt_shape x = GT_SHAPE(3, 9, 8, 4), filter = GT_SHAPE(3, 2, 4, out), bias = GT_SHAPE(out);
        expect_same(convolved, convolved_chain, (gt_tensor *[]){normal(x, 1), normal(filter, 2), normal(bias, 3)});
        expect_same(rectified, rectified_chain, (gt_tensor *[]){normal(x, 1), normal(filter, 2), normal(bias, 3)});
    }
}
END_TEST

static gt_tensor *normed(gt_tape *t, gt_tensor *const w[])
{
    return gt_batch_norm_relu(t, w[0], w[1], w[2], 1e-3, NULL, NULL);
}

static gt_tensor *normed_chain(gt_tape *t, gt_tensor *const w[])
{
    return gt_relu(t, gt_batch_norm(t, w[0], w[1], w[2], 1e-3, NULL, NULL));
}

START_TEST(batch_norm_relu_is_its_chain)
{
    take_isa(_i);
    expect_same(normed, normed_chain,
                (gt_tensor *[]){normal(GT_SHAPE(70, 37), 1), normal(GT_SHAPE(37), 2), normal(GT_SHAPE(37), 3)});
}
END_TEST

START_TEST(batch_norm_relu_gives_the_batchs_moments)
{
    gt_tensor *x = gt_reshape(tape, VARIABLE(1, 3), GT_SHAPE(2, 1)), *mean, *variance;
    gt_tensor *y = gt_batch_norm_relu(tape, x, VARIABLE(2), VARIABLE(1), 0, &mean, &variance);
    EXPECT(y, 0, 3); /* 2 (-1) + 1 is negative; 2 (1) + 1 */
    EXPECT(mean, 2);
    EXPECT(variance, 1);
}
END_TEST

START_TEST(nan_passes_the_fused_relu)
{
    gt_tensor *x = gt_reshape(tape, VARIABLE(NAN, -1), GT_SHAPE(2, 1));
    gt_tensor *w = gt_reshape(tape, VARIABLE(1), GT_SHAPE(1, 1));
    EXPECT(gt_linear_relu(tape, x, w, VARIABLE(0)), NAN, 0);
}
END_TEST

static gt_tensor *image(void)
{
    return gt_reshape(tape, VARIABLE(1, 2, 3, 4), GT_SHAPE(1, 2, 2, 1));
}

START_TEST(messages_name_the_fused_op)
{
    gt_tensor *x = gt_reshape(tape, VARIABLE(1, 2, 3, 4, 5, 6), GT_SHAPE(2, 3));
    expect_error(gt_linear_relu(tape, x, x, VARIABLE(1)), GT_ERR_SHAPE,
                 "linear_relu: inner sizes differ: (2, 3) x (2, 3)");
    gt_tensor *filter = gt_reshape(tape, VARIABLE(1, 2), GT_SHAPE(1, 1, 2, 1));
    expect_error(gt_conv2d_bias(tape, image(), filter, VARIABLE(1), NULL), GT_ERR_SHAPE,
                 "conv2d_bias: channels differ: images (1, 2, 2, 1), filter (1, 1, 2, 1)");
    filter = gt_reshape(tape, VARIABLE(1, 2), GT_SHAPE(1, 1, 1, 2));
    expect_error(gt_conv2d_bias_relu(tape, image(), filter, VARIABLE(1, 2, 3), NULL), GT_ERR_SHAPE,
                 "conv2d_bias_relu: the biases are (3,), the attributes ask for (2,)");
    x = gt_fill(tape, GT_FLOAT64, GT_SHAPE(0, 1), 0);
    expect_error(gt_batch_norm_relu(tape, x, VARIABLE(1), VARIABLE(1), 1e-3, NULL, NULL), GT_ERR_SHAPE,
                 "batch_norm_relu: the batch is empty: (0, 1)");
}
END_TEST

int main(void)
{
    return run_suite_with("fused", open_tape, close_tape,
                          (const suite_test[]){
                              LOOP_TEST(linear_relu_is_its_chain, isa_count()),
                              LOOP_TEST(conv2d_bias_and_conv2d_bias_relu_are_their_chains, isa_count()),
                              LOOP_TEST(batch_norm_relu_is_its_chain, isa_count()),
                              TEST(batch_norm_relu_gives_the_batchs_moments),
                              TEST(nan_passes_the_fused_relu),
                              TEST(messages_name_the_fused_op),
                              END_OF_TESTS,
                          });
}
