/* Optimizers against their formulas, written out by hand here, PyTorch's steps, and the course's numbers. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/op.h"
#include "ops/attributes.h"
#include "optim/optimizer.h"
#include "tests/support/cases.h"
#include "tests/support/suite.h"
#include "tests/support/tapes.h"

enum { N = 3, STEPS = 3 };

static const double start[N] = {1, -2, 0.5}, slope[STEPS][N] = {{0.5, -1, 2}, {0.25, 3, -1}, {-4, 0, 1e-3}};

/* Runs three steps on one weight. */
static gt_tensor *after_three_steps(gt_optimizer *optimizer, gt_dtype dtype)
{
    gt_tensor *weight = constant(dtype, GT_SHAPE(N), start);
    ck_assert_msg(optimizer != NULL, "%s", gt_last_error());
    for (int step = 0; step < STEPS; step++) {
        gt_tensor *given = constant(dtype, GT_SHAPE(N), slope[step]);
        ck_assert_msg(gt_optimizer_apply(optimizer, 1, &weight, &given) == GT_OK, "%s", gt_last_error());
        expect(given, GT_SHAPE(N), VALUES(gt_tensor_at(given, 0), gt_tensor_at(given, 1), gt_tensor_at(given, 2)), 0);
    }
    ck_assert_int_eq(gt_optimizer_steps(optimizer), STEPS);
    gt_optimizer_free(optimizer);
    return weight;
}

START_TEST(sgd_by_hand)
{
    double w[N];
    memcpy(w, start, sizeof w);
    for (int step = 0; step < STEPS; step++)
        for (int i = 0; i < N; i++)
            w[i] -= 0.1 * slope[step][i];
    const gt_sgd_options options = {.learning_rate = 0.1};
    expect(after_three_steps(gt_sgd(&options), GT_FLOAT64), GT_SHAPE(N), w, 1e-15);
    expect(after_three_steps(gt_sgd(&options), GT_FLOAT32), GT_SHAPE(N), w, 1e-6);
}
END_TEST

/* Keras' forms; _i says whether Nesterov's. */
START_TEST(momentum_by_hand)
{
    double w[N], v[N] = {0};
    memcpy(w, start, sizeof w);
    for (int step = 0; step < STEPS; step++)
        for (int i = 0; i < N; i++) {
            v[i] = 0.9 * v[i] - 0.1 * slope[step][i];
            w[i] += _i ? 0.9 * v[i] - 0.1 * slope[step][i] : v[i];
        }
    const gt_sgd_options options = {.learning_rate = 0.1, .momentum = 0.9, .nesterov = _i != 0};
    expect(after_three_steps(gt_sgd(&options), GT_FLOAT64), GT_SHAPE(N), w, 1e-15);
}
END_TEST

START_TEST(rmsprop_by_hand)
{
    double w[N], v[N] = {0};
    memcpy(w, start, sizeof w);
    for (int step = 0; step < STEPS; step++)
        for (int i = 0; i < N; i++) {
            v[i] = 0.8 * v[i] + 0.2 * slope[step][i] * slope[step][i];
            w[i] -= 0.02 * slope[step][i] / (sqrt(v[i]) + 1e-3);
        }
    const gt_rmsprop_options options = {.learning_rate = 0.02, .beta = 0.8, .epsilon = 1e-3};
    expect(after_three_steps(gt_rmsprop(&options), GT_FLOAT64), GT_SHAPE(N), w, 1e-15);
}
END_TEST

START_TEST(adam_by_hand)
{
    double w[N], m[N] = {0}, v[N] = {0};
    memcpy(w, start, sizeof w);
    for (int step = 0; step < STEPS; step++)
        for (int i = 0; i < N; i++) {
            m[i] = 0.7 * m[i] + 0.3 * slope[step][i];
            v[i] = 0.9 * v[i] + 0.1 * slope[step][i] * slope[step][i];
            double mean = m[i] / (1 - pow(0.7, step + 1)), square = v[i] / (1 - pow(0.9, step + 1));
            w[i] -= 0.01 * mean / (sqrt(square) + 1e-4);
        }
    const gt_adam_options options = {.learning_rate = 0.01, .beta1 = 0.7, .beta2 = 0.9, .epsilon = 1e-4};
    expect(after_three_steps(gt_adam(&options), GT_FLOAT64), GT_SHAPE(N), w, 1e-15);
}
END_TEST

START_TEST(adamw_by_hand)
{
    double w[N], m[N] = {0}, v[N] = {0};
    memcpy(w, start, sizeof w);
    for (int step = 0; step < STEPS; step++)
        for (int i = 0; i < N; i++) {
            m[i] = 0.7 * m[i] + 0.3 * slope[step][i];
            v[i] = 0.9 * v[i] + 0.1 * slope[step][i] * slope[step][i];
            double mean = m[i] / (1 - pow(0.7, step + 1)), square = v[i] / (1 - pow(0.9, step + 1));
            w[i] = w[i] - 0.01 * 5 * w[i] - 0.01 * mean / (sqrt(square) + 1e-4);
        }
    const gt_adamw_options options = {
        .learning_rate = 0.01, .beta1 = 0.7, .beta2 = 0.9, .epsilon = 1e-4, .weight_decay = 5};
    expect(after_three_steps(gt_adamw(&options), GT_FLOAT64), GT_SHAPE(N), w, 1e-15);
}
END_TEST

START_TEST(adagrad_by_hand)
{
    double w[N], a[N] = {0.25, 0.25, 0.25};
    memcpy(w, start, sizeof w);
    for (int step = 0; step < STEPS; step++)
        for (int i = 0; i < N; i++) {
            a[i] += slope[step][i] * slope[step][i];
            w[i] -= 0.5 * slope[step][i] / (sqrt(a[i]) + 1e-3);
        }
    const gt_adagrad_options options = {.learning_rate = 0.5, .initial_accumulator = 0.25, .epsilon = 1e-3};
    expect(after_three_steps(gt_adagrad(&options), GT_FLOAT64), GT_SHAPE(N), w, 1e-15);
    expect(after_three_steps(gt_adagrad(&options), GT_FLOAT32), GT_SHAPE(N), w, 1e-6);
}
END_TEST

START_TEST(adadelta_by_hand)
{
    double w[N], v[N] = {0}, u[N] = {0};
    memcpy(w, start, sizeof w);
    for (int step = 0; step < STEPS; step++)
        for (int i = 0; i < N; i++) {
            v[i] = 0.75 * v[i] + 0.25 * slope[step][i] * slope[step][i];
            double d = sqrt(u[i] + 1e-2) / sqrt(v[i] + 1e-2) * slope[step][i];
            u[i] = 0.75 * u[i] + 0.25 * d * d;
            w[i] -= 0.5 * d;
        }
    const gt_adadelta_options options = {.learning_rate = 0.5, .rho = 0.75, .epsilon = 1e-2};
    expect(after_three_steps(gt_adadelta(&options), GT_FLOAT64), GT_SHAPE(N), w, 1e-15);
    expect(after_three_steps(gt_adadelta(&options), GT_FLOAT32), GT_SHAPE(N), w, 1e-6);
}
END_TEST

/* With the settings of a row of torch_cases; what it does not set has our default. */
static gt_optimizer *as_in_row(const case_row *row)
{
    const char *name = case_text(row, "name", "");
    const double rate = case_number(row, "learning_rate", 0), epsilon = case_number(row, "epsilon", 0);
    const double beta1 = case_number(row, "beta1", 0), beta2 = case_number(row, "beta2", 0);
    if (strcmp(name, "rmsprop") == 0)
        return gt_rmsprop(&(gt_rmsprop_options){rate, case_number(row, "beta", 0), epsilon});
    if (strcmp(name, "adam") == 0)
        return gt_adam(&(gt_adam_options){rate, beta1, beta2, epsilon});
    if (strcmp(name, "adamw") == 0)
        return gt_adamw(&(gt_adamw_options){rate, beta1, beta2, epsilon, case_number(row, "weight_decay", 0)});
    if (strcmp(name, "adagrad") == 0)
        return gt_adagrad(&(gt_adagrad_options){rate, case_number(row, "initial_accumulator", 0), epsilon});
    ck_assert_str_eq(name, "adadelta");
    return gt_adadelta(&(gt_adadelta_options){rate, case_number(row, "rho", 0), epsilon});
}

enum { CASES = 8 };

START_TEST(pytorch_takes_the_same_steps)
{
    case_list cases;
    npy_array y;
    if (!cases_read("optimizer", &cases) || !case_load(&cases.row[_i], "y", &y))
        ck_abort_msg("%s", npy_message());
    ck_assert_uint_eq(cases.count, CASES);
    char folder[64];
    snprintf(folder, sizeof folder, "torch_cases/optimizer/%s", cases.row[_i].name);
    gt_optimizer *optimizer = as_in_row(&cases.row[_i]);
    ck_assert_msg(optimizer != NULL, "%s", gt_last_error());
    gt_tensor *weight = from_case(folder, "w", GT_FLOAT64), *all = from_case(folder, "g", GT_FLOAT64);
    ck_assert_int_eq(gt_tensor_dim(all, 0), 5);
    for (int64_t step = 0; step < 5; step++) {
        gt_tensor *given = own(gt_tensor_rows(all, step, 1));
        ck_assert_msg(gt_optimizer_apply(optimizer, 1, &weight, &given) == GT_OK, "%s", gt_last_error());
        expect(weight, GT_SHAPE(1, 12), &y.values[12 * step], 1e-14);
    }
    gt_optimizer_free(optimizer);
    npy_free(&y);
    cases_free(&cases);
}
END_TEST

START_TEST(course_numbers)
{
    static const char folder[] = "seed_cases/optimizers";
    gt_optimizer *optimizers[] = {gt_sgd(NULL), gt_rmsprop(&(gt_rmsprop_options){.learning_rate = 0.02}),
                                  gt_adam(NULL)};
    static const char *const expected[] = {"sgd_w2", "rmsprop_w2", "adam_w2"};
    for (int i = 0; i < 3; i++) {
        gt_tensor *weight = from_case(folder, "w0", GT_FLOAT64);
        gt_tensor *steps[] = {from_case(folder, "g1", GT_FLOAT64), from_case(folder, "g2", GT_FLOAT64)};
        ck_assert_int_eq(gt_optimizer_apply(optimizers[i], 1, &weight, &steps[0]), GT_OK);
        ck_assert_int_eq(gt_optimizer_apply(optimizers[i], 1, &weight, &steps[1]), GT_OK);
        expect_case(weight, folder, expected[i], 1e-12);
        gt_optimizer_free(optimizers[i]);
    }
}
END_TEST

/* Means decay by 0.9 a step: 1e-29 is still kept, and what comes below 2^-100 ends as 0 before it is denormal. */
START_TEST(state_that_fades_ends_as_zero_and_is_never_denormal)
{
    const gt_adam_attributes settings = {
        .learning_rate = 0.1, .beta1 = 0.9, .beta2 = 0.5, .epsilon = 1e-7, .correction1 = 1, .correction2 = 1};
    gt_tensor *state[4] = {
        constant(GT_FLOAT32, GT_SHAPE(2), VALUES(1, -1)), constant(GT_FLOAT32, GT_SHAPE(2), VALUES(1e-29, -1e-29)),
        constant(GT_FLOAT32, GT_SHAPE(2), VALUES(4e-38, 1)), constant(GT_FLOAT32, GT_SHAPE(2), VALUES(0, 0))};
    for (int step = 1; step <= 40; step++) {
        ck_assert_int_eq(gt_run(gt_op_find("adam_update"), state, 4, &settings), GT_OK);
        for (int i = 1; i <= 2; i++)
            for (int k = 0; k < 2; k++)
                ck_assert_int_ne(fpclassify((float)gt_tensor_at(state[i], k)), FP_SUBNORMAL);
        if (step == 1)
            ck_assert_double_eq_tol(gt_tensor_at(state[1], 0), 9e-30, 1e-36);
    }
    expect(state[1], GT_SHAPE(2), VALUES(0, 0), 0);
    ck_assert_double_eq(gt_tensor_at(state[2], 0), 0);
    expect(state[0], GT_SHAPE(2), VALUES(1, -1), 0);
}
END_TEST

/* Far from any gradient, both of Adadelta's squares end as 0. */
START_TEST(adadeltas_state_ends_as_zero_and_is_never_denormal)
{
    const gt_adadelta_attributes settings = {.learning_rate = 1, .rho = 0.5, .epsilon = 1e-7};
    gt_tensor *state[4];
    for (int i = 0; i < 4; i++)
        state[i] = constant(GT_FLOAT32, GT_SCALAR, VALUES(i < 3 ? 4e-38 : 0));
    for (int step = 0; step < 5; step++) {
        ck_assert_int_eq(gt_run(gt_op_find("adadelta_update"), state, 4, &settings), GT_OK);
        for (int i = 1; i <= 2; i++)
            ck_assert_int_ne(fpclassify((float)gt_tensor_at(state[i], 0)), FP_SUBNORMAL);
    }
    expect(state[1], GT_SCALAR, VALUES(0), 0);
    expect(state[2], GT_SCALAR, VALUES(0), 0);
}
END_TEST

int main(void)
{
    return run_suite_with("formulas", open_tape, close_tape,
                          (const suite_test[]){
                              TEST(sgd_by_hand),
                              LOOP_TEST(momentum_by_hand, 2),
                              TEST(rmsprop_by_hand),
                              TEST(adam_by_hand),
                              TEST(adamw_by_hand),
                              TEST(adagrad_by_hand),
                              TEST(adadelta_by_hand),
                              LOOP_TEST(pytorch_takes_the_same_steps, CASES),
                              TEST(course_numbers),
                              TEST(state_that_fades_ends_as_zero_and_is_never_denormal),
                              TEST(adadeltas_state_ends_as_zero_and_is_never_denormal),
                              END_OF_TESTS,
                          });
}
