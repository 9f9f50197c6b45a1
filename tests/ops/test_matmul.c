/* matmul and linear: numbers by hand, NumPy's rule for ranks, seed cases, messages, threads. Samples against
 * references, and gradients against differences, are test_registry's. */
#include <string.h>

#include "core/threads.h"
#include "ops/ops.h"
#include "tests/support/suite.h"
#include "tests/support/tapes.h"

static gt_tensor *ones(gt_shape shape)
{
    return gt_fill(tape, GT_FLOAT64, shape, 1);
}

/* 0, 1, 2, ... */
static gt_tensor *counting(gt_shape shape)
{
    double values[256];
    for (int i = 0; i < 256; i++)
        values[i] = i;
    ck_assert_int_le(gt_shape_size(&shape), 256);
    return variable(shape, values);
}

START_TEST(product_by_hand)
{
    gt_tensor *a = variable(GT_SHAPE(2, 3), VALUES(1, 2, 3, 4, 5, 6));
    gt_tensor *b = variable(GT_SHAPE(3, 2), VALUES(7, 8, 9, 10, 11, 12));
    gt_tensor *y = gt_matmul(tape, a, b, NULL);
    expect(y, GT_SHAPE(2, 2), VALUES(58, 64, 139, 154), 0);
    expect(gradient(y, a), GT_SHAPE(2, 3), VALUES(15, 19, 23, 15, 19, 23), 0);
    expect(gradient(y, b), GT_SHAPE(3, 2), VALUES(5, 5, 7, 7, 9, 9), 0);
}
END_TEST

START_TEST(transposed_operands_give_the_same_product)
{
    gt_tensor *a = variable(GT_SHAPE(3, 2), VALUES(1, 4, 2, 5, 3, 6));
    gt_tensor *b = variable(GT_SHAPE(2, 3), VALUES(7, 9, 11, 8, 10, 12));
    gt_tensor *y = gt_matmul(tape, a, b, &(gt_matmul_options){true, true});
    expect(y, GT_SHAPE(2, 2), VALUES(58, 64, 139, 154), 0);
    expect(gradient(y, a), GT_SHAPE(3, 2), VALUES(15, 15, 19, 19, 23, 23), 0);
    expect(gradient(y, b), GT_SHAPE(2, 3), VALUES(5, 7, 9, 5, 7, 9), 0);
}
END_TEST

/* The shapes that numpy.matmul gives. */
START_TEST(ranks_follow_numpy)
{
    static const struct {
        gt_shape a, b, y;
    } cases[] = {
        {{1, {3}}, {1, {3}}, {0, {0}}},
        {{1, {3}}, {2, {3, 4}}, {1, {4}}},
        {{2, {2, 3}}, {1, {3}}, {1, {2}}},
        {{2, {2, 3}}, {2, {3, 4}}, {2, {2, 4}}},
        {{1, {3}}, {3, {5, 3, 4}}, {2, {5, 4}}},
        {{3, {5, 2, 3}}, {1, {3}}, {2, {5, 2}}},
        {{1, {3}}, {4, {6, 5, 3, 4}}, {3, {6, 5, 4}}},
        {{4, {6, 5, 2, 3}}, {1, {3}}, {3, {6, 5, 2}}},
        {{3, {5, 2, 3}}, {2, {3, 4}}, {3, {5, 2, 4}}},
        {{2, {2, 3}}, {3, {5, 3, 4}}, {3, {5, 2, 4}}},
        {{3, {5, 2, 3}}, {3, {5, 3, 4}}, {3, {5, 2, 4}}},
        {{3, {1, 2, 3}}, {3, {5, 3, 4}}, {3, {5, 2, 4}}},
        {{4, {6, 1, 2, 3}}, {3, {5, 3, 4}}, {4, {6, 5, 2, 4}}},
        {{8, {1, 2, 1, 1, 2, 1, 2, 3}}, {2, {3, 4}}, {8, {1, 2, 1, 1, 2, 1, 2, 4}}},
        {{3, {0, 2, 3}}, {2, {3, 4}}, {3, {0, 2, 4}}},
        {{2, {0, 3}}, {2, {3, 4}}, {2, {0, 4}}},
        {{2, {2, 3}}, {2, {3, 0}}, {2, {2, 0}}},
        {{1, {3}}, {3, {0, 3, 4}}, {2, {0, 4}}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gt_tensor *a = own(gt_tensor_new(GT_FLOAT64, cases[i].a)), *b = own(gt_tensor_new(GT_FLOAT64, cases[i].b));
        gt_tape_watch(tape, a);
        gt_tape_watch(tape, b);
        gt_tensor *y = gt_matmul(tape, a, b, NULL);
        ck_assert_msg(y != NULL, "%s", gt_tape_message(tape));
        const gt_shape shape = gt_tensor_shape(y);
        ck_assert_msg(gt_shape_equal(&shape, &cases[i].y), "%s x %s is %s, expected %s",
                      gt_shape_text(&cases[i].a).text, gt_shape_text(&cases[i].b).text, gt_shape_text(&shape).text,
                      gt_shape_text(&cases[i].y).text);
        const gt_shape of_a = gt_tensor_shape(gradient(y, a)), of_b = gt_tensor_shape(gradient(y, b));
        ck_assert(gt_shape_equal(&of_a, &cases[i].a) && gt_shape_equal(&of_b, &cases[i].b));
    }
}
END_TEST

START_TEST(vectors_by_hand)
{
    gt_tensor *u = variable(GT_SHAPE(3), VALUES(1, 2, 3)), *v = variable(GT_SHAPE(3), VALUES(4, 5, 6));
    gt_tensor *m = variable(GT_SHAPE(3, 2), VALUES(1, 2, 3, 4, 5, 6));
    gt_tensor *dot = gt_matmul(tape, u, v, NULL);
    expect(dot, GT_SCALAR, VALUES(32), 0);
    expect(gradient(dot, u), GT_SHAPE(3), VALUES(4, 5, 6), 0);
    expect(gradient(dot, v), GT_SHAPE(3), VALUES(1, 2, 3), 0);
    gt_tensor *row = gt_matmul(tape, u, m, NULL);
    expect(row, GT_SHAPE(2), VALUES(22, 28), 0);
    expect(gradient(row, u), GT_SHAPE(3), VALUES(3, 7, 11), 0);
    expect(gradient(row, m), GT_SHAPE(3, 2), VALUES(1, 1, 2, 2, 3, 3), 0);
    gt_tensor *column = gt_matmul(tape, m, v, &(gt_matmul_options){.transpose_a = true});
    expect(column, GT_SHAPE(2), VALUES(49, 64), 0);
    expect(gradient(column, m), GT_SHAPE(3, 2), VALUES(4, 4, 5, 5, 6, 6), 0);
    gt_tensor *turned = gt_matmul(tape, gt_matmul(tape, u, m, NULL), m, &(gt_matmul_options){.transpose_b = true});
    expect(turned, GT_SHAPE(3), VALUES(78, 178, 278), 0);
}
END_TEST

START_TEST(batches_broadcast_and_their_gradients_are_summed)
{
    gt_tensor *a = counting(GT_SHAPE(2, 1, 1, 2)); /* ((0, 1)), ((2, 3)) */
    gt_tensor *b = counting(GT_SHAPE(3, 2, 1));    /* (0, 1), (2, 3), (4, 5) as columns */
    gt_tensor *y = gt_matmul(tape, a, b, NULL);
    expect(y, GT_SHAPE(2, 3, 1, 1), VALUES(1, 3, 5, 3, 13, 23), 0);
    expect(gradient(y, a), GT_SHAPE(2, 1, 1, 2), VALUES(6, 9, 6, 9), 0);
    expect(gradient(y, b), GT_SHAPE(3, 2, 1), VALUES(2, 4, 2, 4, 2, 4), 0);
}
END_TEST

START_TEST(no_inner_axis_gives_zeros)
{
    gt_tensor *a = own(gt_tensor_new(GT_FLOAT64, GT_SHAPE(2, 0))), *b = own(gt_tensor_new(GT_FLOAT64, GT_SHAPE(0, 3)));
    expect(gt_matmul(tape, a, b, NULL), GT_SHAPE(2, 3), VALUES(0, 0, 0, 0, 0, 0), 0);
    gt_tensor *none = own(gt_tensor_new(GT_FLOAT64, GT_SHAPE(0)));
    expect(gt_matmul(tape, none, none, NULL), GT_SCALAR, VALUES(0), 0);
    gt_tensor *bias = constant(GT_FLOAT64, GT_SHAPE(3), VALUES(1, 2, 3));
    expect(gt_linear(tape, a, b, bias), GT_SHAPE(2, 3), VALUES(1, 2, 3, 1, 2, 3), 0);
}
END_TEST

START_TEST(matmul_says_what_does_not_fit)
{
    const gt_matmul_options turn_a = {.transpose_a = true}, turn_b = {.transpose_b = true};
    expect_error(gt_matmul(tape, ones(GT_SHAPE(100, 784)), ones(GT_SHAPE(783, 398)), NULL), GT_ERR_SHAPE,
                 "matmul: inner sizes differ: (100, 784) x (783, 398)");
    expect_error(gt_matmul(tape, ones(GT_SHAPE(3, 2)), ones(GT_SHAPE(2, 3)), &turn_a), GT_ERR_SHAPE,
                 "matmul: inner sizes differ: (3, 2) transposed x (2, 3)");
    expect_error(gt_matmul(tape, ones(GT_SHAPE(3)), ones(GT_SHAPE(4)), NULL), GT_ERR_SHAPE,
                 "matmul: inner sizes differ: (3,) x (4,)");
    expect_error(gt_matmul(tape, ones(GT_SHAPE(3)), ones(GT_SHAPE(5, 4, 3)), NULL), GT_ERR_SHAPE,
                 "matmul: inner sizes differ: (3,) x (5, 4, 3)");
    expect_error(gt_matmul(tape, ones(GT_SHAPE(2, 3, 4)), ones(GT_SHAPE(5, 4, 3)), NULL), GT_ERR_SHAPE,
                 "matmul: leading axes do not broadcast: (2, 3, 4) x (5, 4, 3)");
    expect_error(gt_matmul(tape, ones(GT_SCALAR), ones(GT_SHAPE(3)), NULL), GT_ERR_SHAPE, "a scalar is no matrix");
    expect_error(gt_matmul(tape, ones(GT_SHAPE(3)), ones(GT_SHAPE(3, 2)), &turn_a), GT_ERR_SHAPE,
                 "a vector cannot be transposed: (3,) transposed x (3, 2)");
    expect_error(gt_matmul(tape, ones(GT_SHAPE(2, 3)), ones(GT_SHAPE(3)), &turn_b), GT_ERR_SHAPE,
                 "a vector cannot be transposed");
    gt_tensor *single = own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(3))),
              *integer = own(gt_tensor_new(GT_INT32, GT_SHAPE(3, 3)));
    expect_error(gt_matmul(tape, ones(GT_SHAPE(3, 3)), single, NULL), GT_ERR_DTYPE, "matmul: dtypes differ");
    expect_error(gt_matmul(tape, integer, integer, NULL), GT_ERR_DTYPE, "matmul: input 0 is int32");
    const int64_t large = INT64_C(1) << 40;
    gt_tensor *wide = own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(large, 0)));
    expect_error(gt_matmul(tape, wide, wide, &turn_b), GT_ERR_SHAPE, "more than memory can hold");
}
END_TEST

START_TEST(null_operands_are_reported)
{
    expect_error(gt_matmul(tape, NULL, ones(GT_SHAPE(3)), NULL), GT_ERR_ARGUMENT, "matmul: input 0 is NULL");
    expect_error(gt_matmul(tape, ones(GT_SHAPE(3)), NULL, NULL), GT_ERR_ARGUMENT, "matmul: input 1 is NULL");
    expect_error(gt_matmul(tape, ones(GT_SHAPE(3, 3)), NULL, NULL), GT_ERR_ARGUMENT, "matmul: input 1 is NULL");
    expect_error(gt_linear(tape, ones(GT_SHAPE(3, 3)), NULL, NULL), GT_ERR_ARGUMENT, "linear: input 1 is NULL");
    gt_tensor *x = own(gt_tensor_new(GT_FLOAT64, GT_SHAPE(3)));
    ck_assert_ptr_null(gt_matmul(NULL, x, x, NULL));
    ck_assert_ptr_null(gt_linear(NULL, x, x, x));
}
END_TEST

START_TEST(linear_says_what_does_not_fit)
{
    gt_tensor *weight = ones(GT_SHAPE(784, 398)), *bias = ones(GT_SHAPE(398));
    expect_error(gt_linear(tape, ones(GT_SHAPE(100, 783)), weight, bias), GT_ERR_SHAPE,
                 "linear: inner sizes differ: (100, 783) x (784, 398)");
    weight = ones(GT_SHAPE(784, 398));
    expect_error(gt_linear(tape, ones(GT_SHAPE(100, 784)), weight, ones(GT_SHAPE(397))), GT_ERR_SHAPE,
                 "linear: the bias is (397,), but the weight (784, 398)");
    expect_error(gt_linear(tape, ones(GT_SCALAR), ones(GT_SHAPE(1, 1)), ones(GT_SHAPE(1))), GT_ERR_SHAPE,
                 "linear: x (..., in), weight (in, out), bias (out) are expected: () x (1, 1) + (1,)");
    expect_error(gt_linear(tape, ones(GT_SHAPE(2, 2)), ones(GT_SHAPE(2, 2)), ones(GT_SHAPE(1, 2))), GT_ERR_SHAPE,
                 "(2, 2) x (2, 2) + (1, 2)");
}
END_TEST

/* dense_single and dense_batch4: sigmoid(X W + b) of the binary digits lab. */
START_TEST(dense_layer_is_the_seed_case)
{
    static const char *const folders[] = {"seed_cases/dense_single", "seed_cases/dense_batch4"};
    const char *folder = folders[_i];
    gt_tensor *x = from_case(folder, "X", GT_FLOAT64), *w = from_case(folder, "W", GT_FLOAT64);
    gt_tensor *b = from_case(folder, "b", GT_FLOAT64);
    gt_tape_watch(tape, x);
    gt_tape_watch(tape, w);
    gt_tape_watch(tape, b);
    gt_tensor *z = gt_linear(tape, x, w, b), *a = gt_sigmoid(tape, z);
    expect_case(z, folder, "Z", 1e-12);
    expect_case(a, folder, "A", 1e-12);
    expect_case(a, folder, "A_printed", 5e-9);
    expect_case(gradient(a, x), folder, "dX", 1e-12);
    expect_case(gradient(a, w), folder, "dW", 1e-12);
    expect_case(gradient(a, b), folder, "db", 1e-12);
}
END_TEST

/* The sizes that a dense layer meets; 130 rows are two parts, 70 columns two, 300 steps two blocks. */
START_TEST(bits_do_not_depend_on_threads)
{
    gt_tensor *a = random_tensor(GT_FLOAT32, GT_SHAPE(3, 130, 300), 1),
              *b = random_tensor(GT_FLOAT32, GT_SHAPE(300, 70), 2);
    gt_tensor *bias = random_tensor(GT_FLOAT32, GT_SHAPE(70), 3);
    const int threads[] = {1, 2, 5};
    gt_tensor *y[3], *z[3];
    for (int i = 0; i < 3; i++) {
        use_threads(threads[i]);
        y[i] = gt_linear(tape, a, b, bias);
        z[i] = gt_matmul(tape, y[i], b, &(gt_matmul_options){.transpose_b = true});
        ck_assert_mem_eq(gt_tensor_data(y[i]), gt_tensor_data(y[0]), (size_t)gt_tensor_size(y[0]) * sizeof(float));
        ck_assert_mem_eq(gt_tensor_data(z[i]), gt_tensor_data(z[0]), (size_t)gt_tensor_size(z[0]) * sizeof(float));
    }
}
END_TEST

START_TEST(bias_meets_its_column_past_every_block)
{
    gt_tensor *x = random_tensor(GT_FLOAT64, GT_SHAPE(130, 3), 1), *w = random_tensor(GT_FLOAT64, GT_SHAPE(3, 150), 2);
    gt_tensor *bias = random_tensor(GT_FLOAT64, GT_SHAPE(150), 3);
    gt_tensor *y = gt_linear(tape, x, w, bias), *apart = gt_add(tape, gt_matmul(tape, x, w, NULL), bias);
    ck_assert_mem_eq(gt_tensor_data(y), gt_tensor_data(apart), 130 * 150 * sizeof(double));
}
END_TEST

/* Each entry against a plain sum, over all sizes around tiles, panels and blocks. */
START_TEST(every_size_around_a_tile_is_right)
{
    static const int64_t inner[] = {1, 2, 255, 257};
    const int64_t m = _i % 10 + 1, n = _i / 10 + 1;
    for (size_t s = 0; s < sizeof inner / sizeof inner[0]; s++) {
        const int64_t k = inner[s];
        gt_tensor *a = random_tensor(GT_FLOAT64, GT_SHAPE(m, k), 1), *b = random_tensor(GT_FLOAT64, GT_SHAPE(k, n), 2);
        gt_tensor *y = gt_matmul(tape, a, b, NULL);
        ck_assert_ptr_nonnull(y);
        for (int64_t i = 0; i < m; i++)
            for (int64_t j = 0; j < n; j++) {
                double sum = 0;
                for (int64_t p = 0; p < k; p++)
                    sum += gt_tensor_at(a, i * k + p) * gt_tensor_at(b, p * n + j);
                ck_assert_double_eq_tol(gt_tensor_at(y, i * n + j), sum, 1e-12);
            }
    }
}
END_TEST

int main(void)
{
    return run_suite_with("matmul", open_tape, close_tape,
                          (const suite_test[]){
                              TEST(product_by_hand),
                              TEST(transposed_operands_give_the_same_product),
                              TEST(ranks_follow_numpy),
                              TEST(vectors_by_hand),
                              TEST(batches_broadcast_and_their_gradients_are_summed),
                              TEST(no_inner_axis_gives_zeros),
                              TEST(matmul_says_what_does_not_fit),
                              TEST(null_operands_are_reported),
                              TEST(linear_says_what_does_not_fit),
                              LOOP_TEST(dense_layer_is_the_seed_case, 2),
                              TEST(bias_meets_its_column_past_every_block),
                              TEST(bits_do_not_depend_on_threads),
                              LOOP_TEST(every_size_around_a_tile_is_right, 10 * 18),
                              END_OF_TESTS,
                          });
}
