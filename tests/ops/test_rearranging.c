/* stack, split, tile and flip: values and gradients by hand, edges, messages. Samples of flip against its reference are
 * test_registry's. */
#include <stdlib.h>
#include <string.h>

#include "core/threads.h"
#include "ops/ops.h"
#include "tests/support/composed.h"
#include "tests/support/suite.h"
#include "tests/support/tapes.h"

#define SIZES(...) ((const int64_t[]){__VA_ARGS__})
#define AXES(...)  (&(const gt_axes){GT_COUNT_ARGUMENTS(__VA_ARGS__), {__VA_ARGS__}, false})

static gt_tensor *matrix(void)
{
    return variable(GT_SHAPE(2, 3), VALUES(1, 2, 3, 4, 5, 6));
}

/* ---- stack ------------------------------------------------------------------------------------------------------- */

START_TEST(stack_makes_an_axis_anywhere)
{
    gt_tensor *a = variable(GT_SHAPE(2), VALUES(1, 2)), *b = variable(GT_SHAPE(2), VALUES(3, 4));
    gt_tensor *const both[] = {a, b, a};
    expect(gt_stack(tape, 3, both, 0), GT_SHAPE(3, 2), VALUES(1, 2, 3, 4, 1, 2), 0);
    expect(gt_stack(tape, 3, both, 1), GT_SHAPE(2, 3), VALUES(1, 3, 1, 2, 4, 2), 0);
    expect(gt_stack(tape, 3, both, -1), GT_SHAPE(2, 3), VALUES(1, 3, 1, 2, 4, 2), 0);
    expect(gt_stack(tape, 3, both, -2), GT_SHAPE(3, 2), VALUES(1, 2, 3, 4, 1, 2), 0);
    gt_tensor *weights = constant(GT_FLOAT64, GT_SHAPE(2, 3), VALUES(1, 10, 100, 2, 20, 200));
    gt_tensor *y = gt_mul(tape, gt_stack(tape, 3, both, 1), weights);
    expect(gradient(y, a), GT_SHAPE(2), VALUES(101, 202), 0);
    expect(gradient(y, b), GT_SHAPE(2), VALUES(10, 20), 0);
}
END_TEST

START_TEST(stack_takes_scalars_other_dtypes_and_many)
{
    gt_tensor *five = constant(GT_UINT8, GT_SCALAR, VALUES(5)), *six = constant(GT_UINT8, GT_SCALAR, VALUES(6));
    expect(gt_stack(tape, 2, (gt_tensor *[]){five, six}, 0), GT_SHAPE(2), VALUES(5, 6), 0);
    gt_tensor *many[70];
    for (int i = 0; i < 70; i++)
        many[i] = i % 2 ? five : six;
    const gt_tensor *y = gt_stack(tape, 70, many, -1);
    ck_assert_int_eq(gt_tensor_dim(y, 0), 70);
    for (int i = 0; i < 70; i++)
        ck_assert_double_eq(gt_tensor_at(y, i), i % 2 ? 5 : 6);
}
END_TEST

START_TEST(stack_reports_what_does_not_fit)
{
    gt_tensor *a = matrix(), *b = constant(GT_FLOAT64, GT_SHAPE(3, 2), VALUES(1, 2, 3, 4, 5, 6));
    gt_tensor *single = constant(GT_FLOAT32, GT_SHAPE(2, 3), VALUES(1, 2, 3, 4, 5, 6));
    gt_tensor *deep = own(gt_tensor_new(GT_FLOAT64, GT_SHAPE(1, 1, 1, 1, 1, 1, 1, 1)));
    expect_error(gt_stack(tape, 2, (gt_tensor *[]){a, b}, 0), GT_ERR_SHAPE,
                 "stack: input 1 is float64 (3, 2), input 0 float64 (2, 3)");
    expect_error(gt_stack(tape, 2, (gt_tensor *[]){a, single}, 0), GT_ERR_DTYPE, "stack: input 1 is float32 (2, 3)");
    expect_error(gt_stack(tape, 1, &a, 3), GT_ERR_ARGUMENT, "stack: axis 3 is out of range for a new axis of (2, 3)");
    expect_error(gt_stack(tape, 1, &a, -4), GT_ERR_ARGUMENT, "stack: axis -4");
    expect_error(gt_stack(tape, 1, &deep, 0), GT_ERR_SHAPE, "has 8 axes already");
    expect_error(gt_stack(tape, 2, (gt_tensor *[]){a, NULL}, 0), GT_ERR_ARGUMENT, "stack: input 1 is NULL");
    expect_error(gt_stack(tape, 1, (gt_tensor *[]){NULL}, 0), GT_ERR_ARGUMENT, "stack: input 0 is NULL");
    expect_error(gt_stack(tape, 0, &a, 0), GT_ERR_ARGUMENT, "stack: no tensors given");
    expect_error(gt_stack(tape, 1, NULL, 0), GT_ERR_ARGUMENT, "stack: the array is NULL");
}
END_TEST

static gt_tensor *stacked_squares(gt_tape *on, gt_tensor *const inputs[])
{
    return gt_square(on, gt_stack(on, 2, inputs, 1));
}

START_TEST(stack_has_gradients_of_second_order)
{
    gt_tensor *x[] = {random_tensor(GT_FLOAT64, GT_SHAPE(2, 3), 1), random_tensor(GT_FLOAT64, GT_SHAPE(2, 3), 2)};
    gradients_agree("stack", stacked_squares, 2, x);
}
END_TEST

/* ---- split ------------------------------------------------------------------------------------------------------- */

START_TEST(split_gives_parts_of_given_sizes)
{
    gt_tensor *x = matrix(), *part[3];
    ck_assert_int_eq(gt_split(tape, x, -1, 3, SIZES(1, 0, 2), part), GT_OK);
    expect(part[0], GT_SHAPE(2, 1), VALUES(1, 4), 0);
    expect(part[1], GT_SHAPE(2, 0), NULL, 0);
    expect(part[2], GT_SHAPE(2, 2), VALUES(2, 3, 5, 6), 0);
    gt_tensor *loss = gt_add(tape, gt_sum(tape, part[0], NULL), gt_sum(tape, gt_square(tape, part[2]), NULL));
    expect(gradient(loss, x), GT_SHAPE(2, 3), VALUES(1, 4, 6, 1, 10, 12), 0);
}
END_TEST

START_TEST(split_gives_equal_parts_that_share_memory)
{
    gt_tensor *x = constant(GT_INT32, GT_SHAPE(4, 1), VALUES(1, 2, 3, 4)), *part[2];
    ck_assert_int_eq(gt_split(tape, x, 0, 2, NULL, part), GT_OK);
    expect(part[0], GT_SHAPE(2, 1), VALUES(1, 2), 0);
    expect(part[1], GT_SHAPE(2, 1), VALUES(3, 4), 0);
    ck_assert_ptr_eq(gt_tensor_data(part[1]), (const int32_t *)gt_tensor_data(x) + 2);
}
END_TEST

/* The parts come back as NULL, whatever stood there. */
static gt_tensor *failed_split(gt_tensor *x, int axis, int count, const int64_t *sizes)
{
    gt_tensor *part[4] = {x, x, x, x};
    ck_assert_int_ne(gt_split(tape, x, axis, count, sizes, part), GT_OK);
    for (int i = 0; i < count; i++)
        ck_assert_ptr_null(part[i]);
    return NULL;
}

START_TEST(split_reports_what_does_not_fit)
{
    gt_tensor *x = matrix();
    expect_error(failed_split(x, 1, 2, NULL), GT_ERR_SHAPE, "split: axis 1 of (2, 3) does not fall into 2 equal parts");
    expect_error(failed_split(x, 1, 2, SIZES(1, 3)), GT_ERR_SHAPE,
                 "split: part 1 of 3 entries does not fit the 2 left of (2, 3), axis 1");
    expect_error(failed_split(x, 1, 2, SIZES(-1, 4)), GT_ERR_SHAPE, "split: part 0 of -1 entries");
    expect_error(failed_split(x, 1, 2, SIZES(INT64_MAX, INT64_MAX)), GT_ERR_SHAPE, "split: part 0");
    expect_error(failed_split(x, -1, 2, SIZES(1, 1)), GT_ERR_SHAPE, "split: the parts leave 1 entries of (2, 3)");
    expect_error(failed_split(x, 2, 1, NULL), GT_ERR_ARGUMENT, "split: axis 2 is out of range for (2, 3)");
    expect_error(failed_split(x, 0, 0, NULL), GT_ERR_ARGUMENT, "split: no parts are asked for");
    expect_error(failed_split(NULL, 0, 1, NULL), GT_ERR_ARGUMENT, "split: input 0 is NULL");
    ck_assert_int_eq(gt_split(tape, x, 0, 1, NULL, NULL), GT_ERR_ARGUMENT);
    expect_error(NULL, GT_ERR_ARGUMENT, "split: the array for the parts is NULL");
}
END_TEST

static gt_tensor *product_of_parts(gt_tape *on, gt_tensor *const inputs[])
{
    gt_tensor *part[2];
    gt_split(on, inputs[0], 1, 2, NULL, part);
    return gt_mul(on, gt_square(on, part[0]), part[1]);
}

START_TEST(split_has_gradients_of_second_order)
{
    gt_tensor *x = random_tensor(GT_FLOAT64, GT_SHAPE(2, 4), 1);
    gradients_agree("split", product_of_parts, 1, &x);
}
END_TEST

/* ---- tile -------------------------------------------------------------------------------------------------------- */

START_TEST(tile_repeats_each_axis)
{
    gt_tensor *x = variable(GT_SHAPE(2, 2), VALUES(1, 2, 3, 4));
    expect(gt_tile(tape, x, SIZES(1, 2)), GT_SHAPE(2, 4), VALUES(1, 2, 1, 2, 3, 4, 3, 4), 0);
    expect(gt_tile(tape, x, SIZES(2, 1)), GT_SHAPE(4, 2), VALUES(1, 2, 3, 4, 1, 2, 3, 4), 0);
    gt_tensor *y = gt_tile(tape, x, SIZES(2, 3));
    expect(y, GT_SHAPE(4, 6), VALUES(1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4, 1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4), 0);
    expect(gradient(gt_square(tape, y), x), GT_SHAPE(2, 2), VALUES(12, 24, 36, 48), 0);
}
END_TEST

START_TEST(tile_of_ones_is_a_copy_and_of_zero_nothing)
{
    gt_tensor *x = matrix(), *scalar = constant(GT_FLOAT32, GT_SCALAR, VALUES(3));
    gt_tensor *y = gt_tile(tape, x, SIZES(1, 1));
    expect(y, GT_SHAPE(2, 3), VALUES(1, 2, 3, 4, 5, 6), 0);
    ck_assert_ptr_ne(gt_tensor_data(y), gt_tensor_data(x));
    expect(gt_tile(tape, scalar, NULL), GT_SCALAR, VALUES(3), 0);
    expect(gt_tile(tape, x, SIZES(0, 2)), GT_SHAPE(0, 6), NULL, 0);
    expect(gt_tile(tape, x, SIZES(2, 0)), GT_SHAPE(4, 0), NULL, 0);
}
END_TEST

/* More axes than one stretch takes, by the definition y[i] = x[i mod n]. */
START_TEST(tile_repeats_any_number_of_axes)
{
    gt_tensor *x = random_tensor(GT_FLOAT64, GT_SHAPE(2, 1, 3, 1, 2, 2, 1, 2), 1);
    const int64_t repeats[] = {2, 3, 1, 2, 2, 1, 2, 3};
    const gt_tensor *y = gt_tile(tape, x, repeats);
    const gt_shape from = gt_tensor_shape(x), to = gt_tensor_shape(y);
    for (int64_t i = 0; i < gt_shape_size(&to); i++) {
        int64_t at = 0, step = 1, rest = i;
        for (int axis = 7; axis >= 0; axis--) {
            ck_assert_int_eq(to.dim[axis], from.dim[axis] * repeats[axis]);
            at += rest % to.dim[axis] % from.dim[axis] * step;
            rest /= to.dim[axis];
            step *= from.dim[axis];
        }
        ck_assert_double_eq(gt_tensor_at(y, i), gt_tensor_at(x, at));
    }
}
END_TEST

START_TEST(tile_reports_bad_repeats)
{
    gt_tensor *x = matrix(), *integers = constant(GT_INT32, GT_SHAPE(1), VALUES(1));
    expect_error(gt_tile(tape, x, SIZES(2, -1)), GT_ERR_ARGUMENT, "tile: (2, 3) repeated (2, -1) times");
    expect_error(gt_tile(tape, x, SIZES(1, INT64_MAX)), GT_ERR_SHAPE, "more than memory can hold");
    expect_error(gt_tile(tape, x, SIZES(INT64_MAX / 8, 8)), GT_ERR_SHAPE, "more than memory can hold");
    expect_error(gt_tile(tape, x, NULL), GT_ERR_ARGUMENT, "tile: repeats is NULL");
    expect_error(gt_tile(tape, NULL, SIZES(1)), GT_ERR_ARGUMENT, "tile: input 0 is NULL");
    expect_error(gt_tile(tape, integers, SIZES(2)), GT_ERR_DTYPE, "tile: input 0 is int32");
}
END_TEST

static gt_tensor *tiled_squares(gt_tape *on, gt_tensor *const inputs[])
{
    return gt_square(on, gt_tile(on, inputs[0], SIZES(2, 1, 3)));
}

START_TEST(tile_has_gradients_of_second_order)
{
    gt_tensor *x = random_tensor(GT_FLOAT64, GT_SHAPE(2, 2, 2), 1);
    gradients_agree("tile", tiled_squares, 1, &x);
}
END_TEST

/* ---- flip -------------------------------------------------------------------------------------------------------- */

START_TEST(flip_turns_axes_round)
{
    gt_tensor *x = matrix();
    expect(gt_flip(tape, x, AXES(0)), GT_SHAPE(2, 3), VALUES(4, 5, 6, 1, 2, 3), 0);
    expect(gt_flip(tape, x, AXES(-1)), GT_SHAPE(2, 3), VALUES(3, 2, 1, 6, 5, 4), 0);
    expect(gt_flip(tape, x, NULL), GT_SHAPE(2, 3), VALUES(6, 5, 4, 3, 2, 1), 0);
    gt_tensor *weights = constant(GT_FLOAT64, GT_SHAPE(2, 3), VALUES(1, 2, 3, 4, 5, 6));
    gt_tensor *y = gt_mul(tape, gt_flip(tape, x, AXES(1)), weights);
    expect(gradient(y, x), GT_SHAPE(2, 3), VALUES(3, 2, 1, 6, 5, 4), 0);
}
END_TEST

START_TEST(flip_reports_bad_axes)
{
    gt_tensor *x = matrix();
    expect_error(gt_flip(tape, x, AXES(2)), GT_ERR_ARGUMENT, "flip: axis 2 is out of range for (2, 3)");
    expect_error(gt_flip(tape, x, AXES(1, -1)), GT_ERR_ARGUMENT, "flip: axis -1 is named twice, of (2, 3)");
    expect_error(gt_flip(tape, NULL, NULL), GT_ERR_ARGUMENT, "flip: input 0 is NULL");
}
END_TEST

/* Twice is not at all; and pieces of lines on several threads are the lines. */
START_TEST(flip_of_large_tensors_undoes_itself)
{
    const gt_axes *axes[] = {AXES(0), AXES(1), AXES(0, 1), AXES(1, 2), AXES(0, 2)};
    const int64_t n[] = {67, 61, 53};
    gt_tensor *x = random_tensor(GT_FLOAT32, GT_SHAPE(n[0], n[1], n[2]), 1);
    gt_set_threads(3);
    const gt_tensor *y = gt_flip(tape, x, axes[_i]), *again = gt_flip(tape, (gt_tensor *)y, axes[_i]);
    ck_assert_mem_eq(gt_tensor_data(again), gt_tensor_data(x), (size_t)gt_tensor_size(x) * 4);
    const float *from = gt_tensor_data(x), *to = gt_tensor_data(y);
    for (int64_t i = 0; i < gt_tensor_size(x); i++) {
        int64_t at[] = {i / (n[1] * n[2]), i / n[2] % n[1], i % n[2]};
        for (int k = 0; k < axes[_i]->count; k++)
            at[axes[_i]->axis[k]] = n[axes[_i]->axis[k]] - 1 - at[axes[_i]->axis[k]];
        if (to[i] != from[(at[0] * n[1] + at[1]) * n[2] + at[2]])
            ck_abort_msg("entry %lld is %g", (long long)i, (double)to[i]);
    }
}
END_TEST

int main(void)
{
    return run_suite_with(
        "rearranging", open_tape, close_tape,
        (const suite_test[]){TEST(stack_makes_an_axis_anywhere), TEST(stack_takes_scalars_other_dtypes_and_many),
                             TEST(stack_reports_what_does_not_fit), TEST(stack_has_gradients_of_second_order),
                             TEST(split_gives_parts_of_given_sizes), TEST(split_gives_equal_parts_that_share_memory),
                             TEST(split_reports_what_does_not_fit), TEST(split_has_gradients_of_second_order),
                             TEST(tile_repeats_each_axis), TEST(tile_of_ones_is_a_copy_and_of_zero_nothing),
                             TEST(tile_repeats_any_number_of_axes), TEST(tile_reports_bad_repeats),
                             TEST(tile_has_gradients_of_second_order), TEST(flip_turns_axes_round),
                             TEST(flip_reports_bad_axes), LOOP_TEST(flip_of_large_tensors_undoes_itself, 5),
                             END_OF_TESTS});
}
