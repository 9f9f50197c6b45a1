/* Random graphs of ops, of every kind that shapes allow, against central differences to second order.
 *
 * A graph is a chain of 30 steps. Each takes the result of the one before it, and where it has a second operand any
 * tensor made so far, so that intermediates are shared and inputs reach the targets on many paths. Which ops, and which
 * operands, depends on the seed and on shapes alone, never on values; what grows is led through tanh or sigmoid. */
#include <math.h>
#include <string.h>

#include "core/gradcheck.h"
#include "ops/ops.h"
#include "tests/support/suite.h"

enum {
    SEEDS = 25,
    STEPS = 30,
    TARGETS = 4,
    REAL_INPUTS = 5,
    INPUTS = 6, /* the last: row numbers, for gather */
    MOST_ELEMENTS = 24,
    CANDIDATES = INPUTS + STEPS
};

typedef enum kind {
    NEG,
    SCALE,
    TANH,
    SIGMOID,
    LEAKY_RELU,
    SQUARE,
    EXP,
    LOG,
    SQRT,
    SOFTMAX,
    LOG_SOFTMAX,
    ADD,
    SUB,
    MUL,
    DIV,
    POW,
    MAXIMUM,
    WHERE,
    MATMUL,
    SUM,
    MEAN,
    VAR,
    MAX,
    RESHAPE,
    TRANSPOSE,
    SLICE,
    CONCAT,
    PAD,
    GATHER,
    BATCH_NORM,
    KINDS
} kind;

typedef struct graph {
    uint64_t seed;
    int used[KINDS]; /* steps of each kind, in the last run */
    int64_t length;  /* of the tape, after the last run */
} graph;

typedef struct builder {
    gt_tape *tape;
    uint64_t state;
    gt_tensor *row_numbers;
    gt_tensor *made[CANDIDATES]; /* float tensors: inputs, then one result a step */
    int count;
} builder;

/* SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): independent of the library's own generator. */
static int pick(builder *b, int choices)
{
    uint64_t z = b->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (int)((z ^ (z >> 31)) % (uint64_t)choices);
}

/* Values back to within 1.5, with a slope that does not fade over the chain. */
static gt_tensor *tame(builder *b, gt_tensor *x)
{
    if (pick(b, 3) == 0)
        return gt_scale(b->tape, gt_sigmoid(b->tape, x), 2);
    return gt_scale(b->tape, gt_tanh(b->tape, x), 1.5);
}

/* 1 + x^2: a denominator, a logarithm's or a root's argument. */
static gt_tensor *positive(builder *b, gt_tensor *x)
{
    return gt_add(b->tape, gt_square(b->tape, x), gt_fill(b->tape, GT_FLOAT64, GT_SCALAR, 1));
}

/* A tensor made before that broadcasts with x to no more than MOST_ELEMENTS; a scalar always does. */
static gt_tensor *partner(builder *b, gt_tensor *x)
{
    const gt_shape shape = gt_tensor_shape(x);
    const int start = pick(b, b->count);
    for (int i = 0; i < b->count; i++) {
        gt_tensor *other = b->made[(start + i) % b->count];
        const gt_shape with = gt_tensor_shape(other);
        gt_shape result;
        if (gt_shape_broadcast("partner", &shape, &with, &result) == GT_OK && gt_shape_size(&result) <= MOST_ELEMENTS)
            return other;
    }
    return x;
}

static gt_tensor *binary(builder *b, kind which, gt_tensor *x)
{
    gt_tape *tape = b->tape;
    gt_tensor *y = partner(b, x);
    if (pick(b, 2)) {
        gt_tensor *swapped = x;
        x = y;
        y = swapped;
    }
    switch (which) {
    case ADD:
        return gt_scale(tape, gt_add(tape, x, y), 0.6);
    case SUB:
        return gt_scale(tape, gt_sub(tape, x, y), 0.6);
    case MUL:
        return tame(b, gt_mul(tape, x, y));
    case DIV:
        return gt_div(tape, x, positive(b, y));
    case POW:
        return tame(b, gt_pow(tape, positive(b, x), gt_scale(tape, y, 0.5)));
    case MAXIMUM:
        return gt_maximum(tape, x, y);
    default:
        return gt_where(tape, gt_less(tape, x, y), gt_scale(tape, x, 1.2), gt_scale(tape, y, -0.8));
    }
}

/* x times any matrix made before that fits, turned or not; x times itself turned always does. */
static gt_tensor *matrix_product(builder *b, gt_tensor *x)
{
    const gt_matmul_options turned = {.transpose_b = true};
    if (gt_tensor_rank(x) < 2)
        return tame(
            b, gt_matmul(b->tape, gt_reshape(b->tape, x, GT_SHAPE(-1)), gt_reshape(b->tape, x, GT_SHAPE(-1)), NULL));
    const int start = pick(b, b->count);
    for (int i = 0; i < b->count; i++) {
        gt_tensor *other = b->made[(start + i) % b->count];
        if (gt_tensor_rank(other) != 2 || other == x)
            continue;
        if (gt_tensor_dim(other, 0) == gt_tensor_dim(x, -1))
            return tame(b, gt_matmul(b->tape, x, other, NULL));
        if (gt_tensor_dim(other, 1) == gt_tensor_dim(x, -1))
            return tame(b, gt_matmul(b->tape, x, other, &turned));
    }
    return tame(b, gt_matmul(b->tape, x, x, &turned));
}

static gt_tensor *reduction(builder *b, kind which, gt_tensor *x)
{
    const int rank = gt_tensor_rank(x);
    gt_axes axes = {.keepdims = pick(b, 2)};
    if (rank > 0 && pick(b, 4) > 0) {
        axes.count = 1;
        axes.axis[0] = pick(b, rank);
    }
    switch (which) {
    case SUM:
        return tame(b, gt_sum(b->tape, x, &axes));
    case MEAN:
        return gt_mean(b->tape, x, &axes);
    case VAR:
        return tame(b, gt_var(b->tape, x, &axes));
    default:
        return gt_max(b->tape, x, &axes);
    }
}

static gt_tensor *reshape(builder *b, gt_tensor *x)
{
    const gt_shape shape = gt_tensor_shape(x);
    if (shape.rank == 2 && pick(b, 2))
        return gt_reshape(b->tape, x, GT_SHAPE(shape.dim[1], shape.dim[0]));
    const int64_t size = gt_tensor_size(x);
    return gt_reshape(b->tape, x, size % 2 == 0 ? GT_SHAPE(2, -1) : GT_SHAPE(-1, 1));
}

/* Any window that is not empty. */
static gt_tensor *window(builder *b, gt_tensor *x)
{
    int64_t begin[GT_MAX_RANK] = {0}, size[GT_MAX_RANK] = {0};
    for (int axis = 0; axis < gt_tensor_rank(x); axis++) {
        const int length = (int)gt_tensor_dim(x, axis);
        begin[axis] = pick(b, length);
        size[axis] = 1 + pick(b, length - (int)begin[axis]);
    }
    return gt_slice(b->tape, x, begin, size);
}

/* x, something of its shape, and x again. */
static gt_tensor *joined(builder *b, gt_tensor *x, int axis)
{
    gt_tensor *parts[] = {x, gt_square(b->tape, x), x};
    return gt_concat(b->tape, 3, parts, axis);
}

static gt_tensor *padded(builder *b, gt_tensor *x)
{
    int64_t before[GT_MAX_RANK] = {0}, after[GT_MAX_RANK] = {0};
    for (int axis = 0; axis < gt_tensor_rank(x); axis++) {
        before[axis] = pick(b, 2);
        after[axis] = pick(b, 2);
    }
    return gt_pad(b->tape, x, before, after, 0.25);
}

/* gamma and beta are the first row's own sum and mean: shared with x. */
static gt_tensor *normalised(builder *b, gt_tensor *x)
{
    const gt_axes rows = {.count = 1, .axis = {0}};
    gt_tensor *matrix = gt_reshape(b->tape, x, GT_SHAPE(-1, gt_tensor_rank(x) ? gt_tensor_dim(x, -1) : 1));
    return gt_batch_norm(b->tape, matrix, tame(b, gt_sum(b->tape, matrix, &rows)), gt_mean(b->tape, matrix, &rows), 0.1,
                         NULL, NULL);
}

static gt_tensor *apply(builder *b, kind which, gt_tensor *x)
{
    gt_tape *tape = b->tape;
    const int last = gt_tensor_rank(x) - 1;
    switch (which) {
    case NEG:
        return gt_neg(tape, x);
    case SCALE:
        return gt_scale(tape, x, 0.8);
    case TANH:
        return gt_tanh(tape, x);
    case SIGMOID:
        return gt_sigmoid(tape, x);
    case LEAKY_RELU:
        return gt_leaky_relu(tape, x, 0.3);
    case SQUARE:
        return tame(b, gt_square(tape, x));
    case EXP:
        return tame(b, gt_exp(tape, x));
    case LOG:
        return gt_log(tape, positive(b, x));
    case SQRT:
        return gt_sqrt(tape, positive(b, x));
    case SOFTMAX:
        return gt_scale(tape, gt_softmax(tape, x, pick(b, last + 1)), 2);
    case LOG_SOFTMAX:
        return tame(b, gt_log_softmax(tape, x, -1));
    case MATMUL:
        return matrix_product(b, x);
    case SUM:
    case MEAN:
    case VAR:
    case MAX:
        return reduction(b, which, x);
    case RESHAPE:
        return reshape(b, x);
    case TRANSPOSE:
        return gt_transpose(tape, x, NULL);
    case SLICE:
        return window(b, x);
    case CONCAT:
        return joined(b, x, pick(b, last + 1));
    case PAD:
        return padded(b, x);
    case GATHER: /* rows 0 and 1, of something that has both */
        return gt_gather(tape, joined(b, x, 0), b->row_numbers);
    case BATCH_NORM:
        return normalised(b, x);
    default:
        return binary(b, which, x);
    }
}

/* Cuts what has grown too large, and stretches a scalar, so that all steps have something to work on. */
static gt_tensor *fit(builder *b, gt_tensor *x)
{
    if (gt_tensor_size(x) > MOST_ELEMENTS) {
        const int64_t begin = 1, size = MOST_ELEMENTS / 2;
        return gt_reshape(b->tape, gt_slice(b->tape, gt_reshape(b->tape, x, GT_SHAPE(-1)), &begin, &size),
                          GT_SHAPE(3, 4));
    }
    if (gt_tensor_size(x) == 1)
        return gt_add(b->tape, gt_broadcast_to(b->tape, x, gt_tensor_shape(b->made[0])), b->made[0]);
    return x;
}

/* tanh(((a + b) D) c + e): every input reaches every step. */
static gt_tensor *begin(builder *b)
{
    gt_tape *tape = b->tape;
    gt_tensor *product = gt_matmul(tape, gt_add(tape, b->made[0], b->made[1]), b->made[3], NULL);
    return gt_tanh(tape, gt_add(tape, gt_mul(tape, product, b->made[2]), b->made[4]));
}

static gt_status run_graph(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    graph *g = context;
    builder b = {.tape = tape, .state = g->seed, .row_numbers = inputs[REAL_INPUTS], .count = REAL_INPUTS};
    memcpy(b.made, inputs, REAL_INPUTS * sizeof *inputs);
    memset(g->used, 0, sizeof g->used);
    const int64_t before = gt_tape_length(tape);
    gt_tensor *const start = begin(&b), *x = start;
    for (int i = 0; i < STEPS && gt_tape_status(tape) == GT_OK; i++) {
        const kind which = (kind)pick(&b, KINDS);
        x = fit(&b, apply(&b, which, x));
        g->used[which]++;
        b.made[b.count++] = x;
    }
    g->length = gt_tape_length(tape) - before;
    if (gt_tape_status(tape) != GT_OK)
        return gt_tape_status(tape);
    outputs[0] = x;
    outputs[1] = start;
    for (int i = 2; i < TARGETS; i++)
        outputs[i] = gt_copy(tape, b.made[REAL_INPUTS + STEPS / 2 + pick(&b, STEPS / 2)]);
    return gt_tape_status(tape);
}

static void make_inputs(uint64_t seed, gt_tensor *inputs[INPUTS])
{
    const gt_shape shapes[REAL_INPUTS] = {GT_SHAPE(3, 4), GT_SHAPE(4), GT_SHAPE(3, 1), GT_SHAPE(4, 2), GT_SCALAR};
    gt_random random = gt_random_new(seed, 3);
    for (int i = 0; i < REAL_INPUTS; i++) {
        inputs[i] = gt_tensor_new(GT_FLOAT64, shapes[i]);
        gt_random_uniform(&random, GT_FLOAT64, gt_tensor_size(inputs[i]), -1.2, 1.2, gt_tensor_data_write(inputs[i]));
    }
    inputs[REAL_INPUTS] = gt_tensor_from(GT_INT32, GT_SHAPE(3), (int32_t[]){1, 0, 1});
}

static void free_inputs(gt_tensor *inputs[INPUTS])
{
    for (int i = 0; i < INPUTS; i++)
        gt_tensor_free(inputs[i]);
}

static void check_graph(int seed, int order)
{
    graph g = {.seed = (uint64_t)seed + 1};
    const gt_function function = {"random graph", TARGETS, run_graph, &g};
    gt_tensor *inputs[INPUTS];
    make_inputs(g.seed, inputs);
    gt_gradcheck_report report;
    const gt_gradcheck_options options = {.order = order, .seed = 11};
    const gt_status status = gt_gradcheck(&function, INPUTS, inputs, &options, &report);
    ck_assert_msg(status == GT_OK, "seed %d: %s", seed, report.message);
    ck_assert_int_ge(report.compared - report.zero, order == 1 ? 20 : 40);
    free_inputs(inputs);
}

START_TEST(gradients_of_random_graphs_are_right)
{
    check_graph(_i, 1);
}
END_TEST

START_TEST(second_derivatives_of_random_graphs_are_right)
{
    check_graph(_i, 2);
}
END_TEST

START_TEST(the_graphs_are_deep_and_hold_every_kind_of_op)
{
    int used[KINDS] = {0};
    for (int seed = 0; seed < SEEDS; seed++) {
        graph g = {.seed = (uint64_t)seed + 1};
        gt_tensor *inputs[INPUTS], *outputs[TARGETS] = {NULL};
        make_inputs(g.seed, inputs);
        gt_tape *tape = gt_tape_new_with(&(gt_tape_options){.trace = true});
        gt_tape_begin(tape);
        ck_assert_int_eq(run_graph(tape, inputs, outputs, &g), GT_OK);
        ck_assert_int_ge(g.length, STEPS);
        for (int i = 0; i < KINDS; i++)
            used[i] += g.used[i];
        gt_tape_free(tape);
        free_inputs(inputs);
    }
    for (int i = 0; i < KINDS; i++)
        ck_assert_msg(used[i] > 0, "kind %d of op occurs in no graph", i);
}
END_TEST

/* Checks above would prove little if gradients faded on the way. */
START_TEST(gradients_do_not_fade_over_the_chain)
{
    int alive = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
        graph g = {.seed = (uint64_t)seed + 1};
        gt_tensor *inputs[INPUTS], *outputs[TARGETS] = {NULL}, *gradients[REAL_INPUTS];
        make_inputs(g.seed, inputs);
        gt_tape *tape = gt_tape_new(GT_CPU);
        gt_tape_begin(tape);
        for (int i = 0; i < REAL_INPUTS; i++)
            gt_tape_watch(tape, inputs[i]);
        run_graph(tape, inputs, outputs, &g);
        gt_tape_end(tape);
        ck_assert_int_eq(gt_tape_gradient(tape, outputs[0], REAL_INPUTS, inputs, gradients), GT_OK);
        double largest = 0;
        for (int i = 0; i < REAL_INPUTS; i++)
            for (int64_t k = 0; k < gt_tensor_size(gradients[i]); k++)
                largest = fmax(largest, fabs(gt_tensor_at(gradients[i], k)));
        alive += largest > 1e-3;
        gt_tape_free(tape);
        free_inputs(inputs);
    }
    ck_assert_int_ge(alive, 20);
}
END_TEST

/* The gradients of all targets, each weighted by 1; they stay on the tape. */
static void sweep(gt_tape *tape, uint64_t seed, gt_tensor *inputs[INPUTS], bool recorded, gt_tensor *gradients[])
{
    graph g = {.seed = seed};
    gt_tensor *outputs[TARGETS] = {NULL};
    gt_tape_begin(tape);
    for (int i = 0; i < REAL_INPUTS; i++)
        gt_tape_watch(tape, inputs[i]);
    run_graph(tape, inputs, outputs, &g);
    if (!recorded)
        gt_tape_end(tape);
    const gt_gradient_options options = {.targets = TARGETS, .zeros_where_unconnected = true};
    ck_assert_msg(gt_tape_gradient_with(tape, outputs, REAL_INPUTS, inputs, gradients, &options) == GT_OK, "%s",
                  gt_tape_message(tape));
}

START_TEST(every_kind_of_tape_gives_the_same_bits)
{
    const gt_tape_options kinds[] = {{.persistent = false}, {.lean = true}, {.trace = true}, {.persistent = true}};
    const int count = sizeof kinds / sizeof *kinds;
    gt_tensor *inputs[INPUTS], *first[REAL_INPUTS];
    make_inputs((uint64_t)_i + 1, inputs);
    gt_tape *plain = gt_tape_new_with(&kinds[0]);
    sweep(plain, (uint64_t)_i + 1, inputs, false, first);
    for (int i = 1; i <= count; i++) { /* the last while it records: sums are not made in place */
        gt_tensor *again[REAL_INPUTS];
        gt_tape *tape = gt_tape_new_with(&kinds[i < count ? i : count - 1]);
        sweep(tape, (uint64_t)_i + 1, inputs, i == count, again);
        for (int j = 0; j < REAL_INPUTS; j++)
            for (int64_t k = 0; k < gt_tensor_size(first[j]); k++)
                ck_assert_msg(gt_tensor_at(again[j], k) == gt_tensor_at(first[j], k),
                              "seed %d, tape %d, input %d, entry %lld: %.17g, %.17g", _i, i, j, (long long)k,
                              gt_tensor_at(again[j], k), gt_tensor_at(first[j], k));
        gt_tape_free(tape);
    }
    gt_tape_free(plain);
    free_inputs(inputs);
}
END_TEST

int main(void)
{
    return run_suite("random_graphs", (const suite_test[]){
                                          LOOP_TEST(gradients_of_random_graphs_are_right, SEEDS),
                                          LOOP_TEST(second_derivatives_of_random_graphs_are_right, SEEDS),
                                          TEST(the_graphs_are_deep_and_hold_every_kind_of_op),
                                          TEST(gradients_do_not_fade_over_the_chain),
                                          LOOP_TEST(every_kind_of_tape_gives_the_same_bits, SEEDS),
                                          END_OF_TESTS,
                                      });
}
