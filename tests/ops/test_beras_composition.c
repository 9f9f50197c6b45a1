/* The composition that the Beras assignment does by hand: Dense, LeakyReLU, Dense, Softmax, CategoricalCrossentropy.
 * Each op's local Jacobian is multiplied by plain loops here (compose_to_input, compose_to_weight), and must give what
 * the tape gives. */
#include <math.h>
#include <string.h>

#include "core/op.h"
#include "ops/attributes.h"
#include "ops/ops.h"
#include "tests/support/suite.h"

enum { BATCH = 3, IN = 4, HIDDEN = 5, CLASSES = 3, MOST = BATCH * HIDDEN };
#define ALPHA     0.3
#define TOLERANCE 1e-12

/* The network's tensors: x and weights in the order of their sources, then what each Diffable returned. */
typedef struct network {
    gt_tensor *x, *w1, *b1, *w2, *b2, *labels;
    gt_tensor *z1, *h, *z2, *p; /* copies */
    gt_tape *tape;
    gt_tensor *gradient[5]; /* the tape's, for x, w1, b1, w2, b2 */
} network;

static gt_tensor *normal(uint64_t stream, gt_shape shape, bool trainable)
{
    gt_tensor *tensor = gt_tensor_new(GT_FLOAT64, shape);
    gt_random random = gt_random_new(2024, stream);
    gt_random_normal(&random, GT_FLOAT64, gt_tensor_size(tensor), 0, 0.7, gt_tensor_data_write(tensor));
    gt_tensor_set_trainable(tensor, trainable);
    return tensor;
}

static void make_inputs(network *n)
{
    n->x = normal(1, GT_SHAPE(BATCH, IN), true);
    n->w1 = normal(2, GT_SHAPE(IN, HIDDEN), true);
    n->b1 = normal(3, GT_SHAPE(HIDDEN), true);
    n->w2 = normal(4, GT_SHAPE(HIDDEN, CLASSES), true);
    n->b2 = normal(5, GT_SHAPE(CLASSES), true);
    const double one_hot[BATCH * CLASSES] = {0, 1, 0, 1, 0, 0, 0, 0, 1};
    n->labels = gt_tensor_from(GT_FLOAT64, GT_SHAPE(BATCH, CLASSES), one_hot);
}

static void run_network(network *n)
{
    make_inputs(n);
    gt_tensor *sources[] = {n->x, n->w1, n->b1, n->w2, n->b2};
    n->tape = gt_tape_new(GT_CPU);
    gt_tape_begin(n->tape);
    gt_tensor *z1 = gt_linear(n->tape, n->x, n->w1, n->b1);
    gt_tensor *h = gt_leaky_relu(n->tape, z1, ALPHA);
    gt_tensor *z2 = gt_linear(n->tape, h, n->w2, n->b2);
    gt_tensor *p = gt_softmax(n->tape, z2, 1);
    gt_tensor *loss = gt_categorical_crossentropy(n->tape, p, n->labels);
    gt_tape_end(n->tape);
    ck_assert_msg(gt_tape_gradient(n->tape, loss, 5, sources, n->gradient) == GT_OK, "%s", gt_tape_message(n->tape));
    n->z1 = gt_tensor_copy(z1);
    n->h = gt_tensor_copy(h);
    n->z2 = gt_tensor_copy(z2);
    n->p = gt_tensor_copy(p);
}

static void free_network(network *n)
{
    gt_tensor *all[] = {n->x, n->w1, n->b1, n->w2, n->b2, n->labels, n->z1, n->h, n->z2, n->p};
    gt_tape_free(n->tape);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        gt_tensor_free(all[i]);
}

/* downstream[j] = sum_i upstream[i] d y[i] / d input[j]: the product with one op's local Jacobian. `result` may be
 * `upstream`. */
static void compose(const char *op, gt_tensor *const inputs[], int count, const void *attributes, int input,
                    const double *upstream, double *result)
{
    gt_tensor *jacobian = gt_op_jacobian(gt_op_find(op), inputs, count, attributes, input);
    ck_assert_msg(jacobian != NULL, "%s: %s", op, gt_last_error());
    const int64_t columns = gt_tensor_size(inputs[input]), rows = gt_tensor_size(jacobian) / columns;
    double product[MOST + IN * HIDDEN] = {0};
    ck_assert_int_le(columns, (int64_t)(sizeof product / sizeof *product));
    for (int64_t j = 0; j < columns; j++)
        for (int64_t i = 0; i < rows; i++)
            product[j] += upstream[i] * gt_tensor_at(jacobian, i * columns + j);
    memcpy(result, product, (size_t)columns * sizeof *result);
    gt_tensor_free(jacobian);
}

static void compare(const double *composed, const gt_tensor *gradient, const char *name)
{
    for (int64_t i = 0; i < gt_tensor_size(gradient); i++) {
        const double expected = gt_tensor_at(gradient, i);
        ck_assert_msg(fabs(composed[i] - expected) <= TOLERANCE, "%s, entry %lld: composed %.17g, tape %.17g", name,
                      (long long)i, composed[i], expected);
    }
}

static const gt_axis_attributes last_axis = {1};
static const gt_factor_attributes alpha = {ALPHA};

/* compose_to_input from the loss down to the first op's output: d loss / d z2, and d loss / d z1. */
static void compose_downwards(const network *n, double *to_z2, double *to_z1)
{
    const double one = 1;
    compose("categorical_crossentropy", (gt_tensor *[]){n->p, n->labels}, 2, NULL, 0, &one, to_z2);
    compose("softmax", (gt_tensor *[]){n->z2}, 1, &last_axis, 0, to_z2, to_z2);
    compose("linear", (gt_tensor *[]){n->h, n->w2, n->b2}, 3, NULL, 0, to_z2, to_z1);
    compose("leaky_relu", (gt_tensor *[]){n->z1}, 1, &alpha, 0, to_z1, to_z1);
}

START_TEST(compose_to_input_gives_the_tapes_gradient)
{
    network n;
    double to_z2[MOST], to_z1[MOST], to_x[MOST];
    run_network(&n);
    compose_downwards(&n, to_z2, to_z1);
    compose("linear", (gt_tensor *[]){n.x, n.w1, n.b1}, 3, NULL, 0, to_z1, to_x);
    compare(to_x, n.gradient[0], "x");
    free_network(&n);
}
END_TEST

START_TEST(compose_to_weight_gives_the_tapes_gradients)
{
    network n;
    double to_z2[MOST], to_z1[MOST], to_weight[IN * HIDDEN];
    run_network(&n);
    compose_downwards(&n, to_z2, to_z1);
    compose("linear", (gt_tensor *[]){n.x, n.w1, n.b1}, 3, NULL, 1, to_z1, to_weight);
    compare(to_weight, n.gradient[1], "w1");
    compose("linear", (gt_tensor *[]){n.x, n.w1, n.b1}, 3, NULL, 2, to_z1, to_weight);
    compare(to_weight, n.gradient[2], "b1");
    compose("linear", (gt_tensor *[]){n.h, n.w2, n.b2}, 3, NULL, 1, to_z2, to_weight);
    compare(to_weight, n.gradient[3], "w2");
    compose("linear", (gt_tensor *[]){n.h, n.w2, n.b2}, 3, NULL, 2, to_z2, to_weight);
    compare(to_weight, n.gradient[4], "b2");
    free_network(&n);
}
END_TEST

/* The composed gradient at the logits is known in closed form: (softmax - labels) / batch. */
START_TEST(loss_and_softmax_compose_to_the_difference_of_probabilities_and_labels)
{
    network n;
    double to_z2[MOST], to_z1[MOST];
    run_network(&n);
    compose_downwards(&n, to_z2, to_z1);
    for (int64_t row = 0; row < BATCH; row++) {
        double sum = 0;
        for (int64_t k = 0; k < CLASSES; k++)
            sum += exp(gt_tensor_at(n.z2, row * CLASSES + k));
        for (int64_t k = 0; k < CLASSES; k++) {
            const int64_t i = row * CLASSES + k;
            const double expected = (exp(gt_tensor_at(n.z2, i)) / sum - gt_tensor_at(n.labels, i)) / BATCH;
            ck_assert_double_eq_tol(to_z2[i], expected, TOLERANCE);
        }
    }
    free_network(&n);
}
END_TEST

/* The Jacobian of softmax is diag(s) - s s^T within a row, and 0 between rows. */
START_TEST(the_jacobian_of_softmax_is_the_textbooks)
{
    network n;
    run_network(&n);
    gt_tensor *jacobian = gt_op_jacobian(gt_op_find("softmax"), &n.z2, 1, &last_axis, 0);
    ck_assert_int_eq(gt_tensor_rank(jacobian), 4);
    for (int64_t i = 0; i < BATCH * CLASSES; i++)
        for (int64_t j = 0; j < BATCH * CLASSES; j++) {
            const double of_i = gt_tensor_at(n.p, i), of_j = gt_tensor_at(n.p, j);
            const double expected = i / CLASSES == j / CLASSES ? (i == j ? of_i : 0) - of_i * of_j : 0;
            ck_assert_double_eq_tol(gt_tensor_at(jacobian, i * BATCH * CLASSES + j), expected, TOLERANCE);
        }
    gt_tensor_free(jacobian);
    free_network(&n);
}
END_TEST

/* d y[n, o] / d W[i, k] is x[n, i] where o = k, else 0. */
START_TEST(the_jacobian_of_dense_towards_its_weights_holds_the_inputs)
{
    network n;
    run_network(&n);
    gt_tensor *inputs[] = {n.x, n.w1, n.b1};
    gt_tensor *jacobian = gt_op_jacobian(gt_op_find("linear"), inputs, 3, NULL, 1);
    const gt_shape shape = gt_tensor_shape(jacobian), expected_shape = GT_SHAPE(BATCH, HIDDEN, IN, HIDDEN);
    ck_assert(gt_shape_equal(&shape, &expected_shape));
    int64_t at = 0;
    for (int64_t row = 0; row < BATCH; row++)
        for (int64_t unit = 0; unit < HIDDEN; unit++)
            for (int64_t i = 0; i < IN; i++)
                for (int64_t k = 0; k < HIDDEN; k++)
                    ck_assert_double_eq(gt_tensor_at(jacobian, at++), unit == k ? gt_tensor_at(n.x, row * IN + i) : 0);
    gt_tensor_free(jacobian);
    free_network(&n);
}
END_TEST

int main(void)
{
    return run_suite("beras_composition",
                     (const suite_test[]){
                         TEST(compose_to_input_gives_the_tapes_gradient),
                         TEST(compose_to_weight_gives_the_tapes_gradients),
                         TEST(loss_and_softmax_compose_to_the_difference_of_probabilities_and_labels),
                         TEST(the_jacobian_of_softmax_is_the_textbooks),
                         TEST(the_jacobian_of_dense_towards_its_weights_holds_the_inputs),
                         END_OF_TESTS,
                     });
}
