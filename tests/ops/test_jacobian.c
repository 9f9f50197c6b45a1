/* Whole Jacobians: shapes, several and unconnected sources, one-shot and recording tapes, batches, single ops. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/op.h"
#include "ops/attributes.h"
#include "ops/ops.h"
#include "tests/support/suite.h"
#include "tests/support/tapes.h"

static gt_tensor *jacobian(gt_tensor *target, gt_tensor *source)
{
    gt_tensor *result = NULL;
    ck_assert_msg(gt_tape_jacobian(tape, target, 1, &source, &result) == GT_OK, "%s", gt_tape_message(tape));
    return result;
}

START_TEST(of_an_elementwise_op_is_diagonal)
{
    gt_tensor *x = variable(GT_SHAPE(3), VALUES(1, 2, 3));
    expect(jacobian(gt_square(tape, x), x), GT_SHAPE(3, 3), VALUES(2, 0, 0, 0, 4, 0, 0, 0, 6), 0);
}
END_TEST

START_TEST(has_the_shape_of_target_and_source)
{
    gt_tensor *x = variable(GT_SHAPE(2, 3), VALUES(1, 2, 3, 4, 5, 6));
    gt_tensor *y = gt_sum(tape, gt_square(tape, x), &(gt_axes){1, {1}, false});
    expect(jacobian(y, x), GT_SHAPE(2, 2, 3), VALUES(2, 4, 6, 0, 0, 0, 0, 0, 0, 8, 10, 12), 0);
    expect(jacobian(gt_sum(tape, x, NULL), x), GT_SHAPE(2, 3), VALUES(1, 1, 1, 1, 1, 1), 0);
    gt_tensor *scalar = variable(GT_SCALAR, VALUES(5));
    expect(jacobian(gt_square(tape, scalar), scalar), GT_SCALAR, VALUES(10), 0);
}
END_TEST

START_TEST(of_a_tensor_by_itself_is_the_identity)
{
    gt_tensor *x = variable(GT_SHAPE(2), VALUES(7, 8));
    gt_tensor *y = gt_square(tape, x);
    expect(jacobian(x, x), GT_SHAPE(2, 2), VALUES(1, 0, 0, 1), 0);
    expect(jacobian(y, y), GT_SHAPE(2, 2), VALUES(1, 0, 0, 1), 0);
}
END_TEST

START_TEST(takes_several_sources_and_leaves_unconnected_ones_null)
{
    gt_tensor *a = variable(GT_SHAPE(2), VALUES(1, 2)), *b = variable(GT_SHAPE(1), VALUES(3));
    gt_tensor *unused = variable(GT_SHAPE(1), VALUES(9));
    gt_tensor *y = gt_mul(tape, a, b), *sources[] = {a, unused, b}, *found[3];
    ck_assert_int_eq(gt_tape_jacobian(tape, y, 3, sources, found), GT_OK);
    expect(found[0], GT_SHAPE(2, 2), VALUES(3, 0, 0, 3), 0);
    ck_assert_ptr_null(found[1]);
    expect(found[2], GT_SHAPE(2, 1), VALUES(1, 2), 0);
}
END_TEST

START_TEST(of_many_entries_joins_groups_of_rows)
{
    enum { N = 70 };
    double values[N];
    for (int i = 0; i < N; i++)
        values[i] = i;
    gt_tensor *x = variable(GT_SHAPE(N), values), *found = jacobian(gt_square(tape, x), x);
    for (int i = 0; i < N * N; i++)
        ck_assert_double_eq(gt_tensor_at(found, i), i / N == i % N ? 2.0 * (i / N) : 0);
}
END_TEST

START_TEST(uses_a_one_shot_tape_up)
{
    const double values[] = {1, 2};
    gt_tape *once = gt_tape_new(GT_CPU);
    gt_tensor *x = gt_tensor_from(GT_FLOAT64, GT_SHAPE(2), values), *found;
    gt_tape_watch(once, x);
    gt_tape_begin(once);
    gt_tensor *y = gt_square(once, x);
    gt_tape_end(once);
    ck_assert_int_eq(gt_tape_jacobian(once, y, 1, &x, &found), GT_OK);
    expect(found, GT_SHAPE(2, 2), VALUES(2, 0, 0, 4), 0);
    gt_tensor *again;
    ck_assert_int_eq(gt_tape_jacobian(once, y, 1, &x, &again), GT_ERR_STATE);
    ck_assert_ptr_null(again);
    expect(found, GT_SHAPE(2, 2), VALUES(2, 0, 0, 4), 0);
    gt_tape_free(once);
    gt_tensor_free(x);
}
END_TEST

START_TEST(works_on_a_lean_tape)
{
    const double values[] = {1, 2};
    gt_tape *lean = gt_tape_new_with(&(gt_tape_options){.lean = true});
    gt_tensor *x = gt_tensor_from(GT_FLOAT64, GT_SHAPE(2), values), *found;
    gt_tape_watch(lean, x);
    gt_tape_begin(lean);
    gt_tensor *y = gt_square(lean, gt_square(lean, x));
    gt_tape_end(lean);
    ck_assert_int_eq(gt_tape_jacobian(lean, y, 1, &x, &found), GT_OK);
    expect(found, GT_SHAPE(2, 2), VALUES(4, 0, 0, 32), 0);
    gt_tape_free(lean);
    gt_tensor_free(x);
}
END_TEST

/* Of x^3: the Jacobian of the gradient is the Hessian, and so on. */
START_TEST(can_be_differentiated)
{
    gt_tensor *x = variable(GT_SHAPE(2), VALUES(2, 3));
    gt_tensor *cubes = gt_mul(tape, gt_square(tape, x), x);
    gt_tensor *hessian = jacobian(gradient(gt_sum(tape, cubes, NULL), x), x);
    expect(hessian, GT_SHAPE(2, 2), VALUES(12, 0, 0, 18), 0);
    expect(jacobian(hessian, x), GT_SHAPE(2, 2, 2), VALUES(6, 0, 0, 0, 0, 0, 0, 6), 0);
    gt_tensor *first = jacobian(cubes, x);
    expect(first, GT_SHAPE(2, 2), VALUES(12, 0, 0, 27), 0);
    expect(gradient(gt_square(tape, first), x), GT_SHAPE(2), VALUES(2 * 12 * 12, 2 * 27 * 18), 0);
}
END_TEST

START_TEST(of_nothing_has_no_entries)
{
    gt_tensor *x = own(gt_tensor_new(GT_FLOAT64, GT_SHAPE(0, 3))), *unused = variable(GT_SHAPE(1), VALUES(1));
    gt_tape_watch(tape, x);
    gt_tensor *y = gt_square(tape, x), *sources[] = {x, unused}, *found[2];
    ck_assert_int_eq(gt_tape_jacobian(tape, y, 2, sources, found), GT_OK);
    expect(found[0], GT_SHAPE(0, 3, 0, 3), NULL, 0);
    ck_assert_ptr_null(found[1]);
    expect(jacobian(gt_sum(tape, x, NULL), x), GT_SHAPE(0, 3), NULL, 0);
}
END_TEST

/* What the sweeps made is freed: the tape holds little more than the Jacobian itself. */
START_TEST(leaves_nothing_behind)
{
    enum { N = 256 };
    gt_tensor *x = random_tensor(GT_FLOAT64, GT_SHAPE(N), 1);
    gt_tape_watch(tape, x);
    gt_tensor *y = gt_square(tape, x);
    gt_tape_end(tape);
    const size_t before = gt_memory_live();
    ck_assert_ptr_nonnull(jacobian(y, x));
    const size_t own_bytes = N * N * sizeof(double);
    ck_assert_uint_le(gt_memory_live() - before, own_bytes + own_bytes / 2);
}
END_TEST

START_TEST(bad_requests_are_reported)
{
    gt_tensor *x = variable(GT_SHAPE(1, 1, 1, 1, 1), VALUES(2)), *y = gt_square(tape, x), *found = x;
    ck_assert_int_eq(gt_tape_jacobian(tape, y, 1, &x, &found), GT_ERR_SHAPE);
    expect_error(found, GT_ERR_SHAPE, "jacobian: target (1, 1, 1, 1, 1) and source (1, 1, 1, 1, 1)");
    gt_tensor *integers = constant(GT_INT32, GT_SHAPE(1), VALUES(1)), *null = NULL;
    ck_assert_int_eq(gt_tape_jacobian(tape, integers, 1, &x, &found), GT_ERR_DTYPE);
    ck_assert_int_eq(gt_tape_jacobian(tape, NULL, 1, &x, &found), GT_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(gt_tape_message(tape), "target 0 is NULL"));
    gt_tensor *z = variable(GT_SHAPE(2), VALUES(1, 2)), *w = gt_square(tape, z);
    ck_assert_int_eq(gt_tape_jacobian(tape, w, 1, &null, &found), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tape_jacobian(tape, w, 1, &z, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tape_jacobian(tape, w, 1, NULL, &found), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tape_jacobian(tape, w, 0, NULL, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tape_jacobian(NULL, w, 1, &z, &found), GT_ERR_ARGUMENT);
    ck_assert_ptr_null(found);
}
END_TEST

START_TEST(reports_an_overwritten_value_and_gives_nothing)
{
    gt_tensor *x = variable(GT_SHAPE(2), VALUES(1, 2)), *y = gt_square(tape, x), *found;
    gt_tensor_data_write(x);
    ck_assert_int_eq(gt_tape_jacobian(tape, y, 1, &x, &found), GT_ERR_GRADIENT);
    ck_assert_ptr_null(found);
    ck_assert_ptr_nonnull(strstr(gt_tape_message(tape), "was overwritten"));
}
END_TEST

static int allocations_left;

static void *allocate_some(void *context, size_t alignment, size_t bytes)
{
    (void)context;
    if (allocations_left-- <= 0)
        return NULL;
    return aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}

static void release(void *context, void *memory, size_t bytes)
{
    (void)context;
    (void)bytes;
    free(memory);
}

/* Each allocation of the calls fails once: an error each time, and no Jacobian, until all succeed. */
START_TEST(out_of_memory_is_an_error_like_any_other)
{
    close_tape();
    const gt_allocator some = {.allocate = allocate_some, .release = release, .direct = 1};
    allocations_left = 1 << 30;
    ck_assert_int_eq(gt_set_allocator(&some), GT_OK);
    gt_status status = GT_ERR_MEMORY;
    int tries = 0;
    for (; status != GT_OK; tries++) {
        allocations_left = 1 << 30;
        open_tape();
        gt_tensor *x = variable(GT_SHAPE(2, 17), (const double[34]){1, 2, 3});
        gt_tensor *y = gt_square(tape, x), *found = NULL, *batched = NULL;
        allocations_left = tries;
        status = gt_tape_jacobian(tape, y, 1, &x, &found);
        if (status == GT_OK)
            batched = gt_tape_batch_jacobian(tape, y, x);
        allocations_left = 1 << 30;
        if (status != GT_OK)
            ck_assert_ptr_null(found);
        else if (!batched)
            status = gt_tape_status(tape);
        ck_assert(status == GT_OK || status == GT_ERR_MEMORY);
        close_tape();
    }
    ck_assert_int_gt(tries, 100);
    ck_assert_int_eq(gt_set_allocator(NULL), GT_OK);
    open_tape();
}
END_TEST

/* ---- batched ----------------------------------------------------------------------------------------------------- */

START_TEST(batched_takes_each_example_alone)
{
    gt_tensor *x = variable(GT_SHAPE(2, 3), VALUES(1, 2, 3, 4, 5, 6));
    gt_tensor *y =
        gt_concat(tape, 2, (gt_tensor *[]){gt_square(tape, x), gt_sum(tape, x, &(gt_axes){1, {1}, true})}, 1);
    expect(gt_tape_batch_jacobian(tape, y, x), GT_SHAPE(2, 4, 3),
           VALUES(2, 0, 0, 0, 4, 0, 0, 0, 6, 1, 1, 1, 8, 0, 0, 0, 10, 0, 0, 0, 12, 1, 1, 1), 0);
}
END_TEST

START_TEST(batched_can_be_differentiated)
{
    gt_tensor *x = variable(GT_SHAPE(2, 2), VALUES(1, 2, 3, 4));
    gt_tensor *cubes = gt_mul(tape, gt_square(tape, x), x);
    gt_tensor *slopes = gt_tape_batch_jacobian(tape, cubes, x);
    expect(slopes, GT_SHAPE(2, 2, 2), VALUES(3, 0, 0, 12, 27, 0, 0, 48), 0);
    expect(gradient(slopes, x), GT_SHAPE(2, 2), VALUES(6, 12, 18, 24), 0);
}
END_TEST

START_TEST(batched_of_unconnected_is_null_without_error)
{
    gt_tensor *x = variable(GT_SHAPE(2, 1), VALUES(1, 2)), *other = variable(GT_SHAPE(2, 1), VALUES(3, 4));
    ck_assert_ptr_null(gt_tape_batch_jacobian(tape, gt_square(tape, x), other));
    ck_assert_int_eq(gt_tape_status(tape), GT_OK);
    gt_tensor *nothing = own(gt_tensor_new(GT_FLOAT64, GT_SHAPE(0, 3)));
    gt_tape_watch(tape, nothing);
    expect(gt_tape_batch_jacobian(tape, gt_square(tape, nothing), nothing), GT_SHAPE(0, 3, 3), NULL, 0);
}
END_TEST

START_TEST(batched_checks_rank_and_batch)
{
    gt_tensor *x = variable(GT_SHAPE(2, 1), VALUES(1, 2)), *vector = variable(GT_SHAPE(2), VALUES(1, 2));
    gt_tensor *longer = variable(GT_SHAPE(3, 1), VALUES(1, 2, 3));
    expect_error(gt_tape_batch_jacobian(tape, vector, x), GT_ERR_SHAPE,
                 "batch_jacobian: (b, ...) and (b, ...) are expected, target (2,), source (2, 1)");
    expect_error(gt_tape_batch_jacobian(tape, x, vector), GT_ERR_SHAPE, "target (2, 1), source (2,)");
    expect_error(gt_tape_batch_jacobian(tape, x, longer), GT_ERR_SHAPE, "target (2, 1), source (3, 1)");
    expect_error(gt_tape_batch_jacobian(tape, NULL, x), GT_ERR_ARGUMENT, "batch_jacobian: the target is NULL");
    expect_error(gt_tape_batch_jacobian(tape, x, NULL), GT_ERR_ARGUMENT, "batch_jacobian: the source is NULL");
    gt_tensor *integers = constant(GT_INT32, GT_SHAPE(2, 1), VALUES(1, 2));
    expect_error(gt_tape_batch_jacobian(tape, integers, x), GT_ERR_DTYPE, "target 0 is int32");
    ck_assert_ptr_null(gt_tape_batch_jacobian(NULL, x, x));
}
END_TEST

/* ---- one op ------------------------------------------------------------------------------------------------------ */

START_TEST(local_jacobian_of_an_op)
{
    gt_tensor *a = constant(GT_FLOAT64, GT_SHAPE(2), VALUES(3, 5)),
              *b = constant(GT_FLOAT64, GT_SHAPE(2), VALUES(7, 9));
    gt_tensor *inputs[] = {a, b};
    gt_tensor *towards_a = own(gt_op_jacobian(gt_op_find("mul"), inputs, 2, NULL, 0));
    expect(towards_a, GT_SHAPE(2, 2), VALUES(7, 0, 0, 9), 0);
    gt_tensor *towards_b = own(gt_op_jacobian(gt_op_find("mul"), inputs, 2, NULL, 1));
    expect(towards_b, GT_SHAPE(2, 2), VALUES(3, 0, 0, 5), 0);
}
END_TEST

START_TEST(of_softmax_is_the_seed_case)
{
    gt_tensor *z = from_case("seed_cases/softmax4", "z", GT_FLOAT64);
    const gt_axis_attributes last = {0};
    gt_tensor *local = own(gt_op_jacobian(gt_op_find("softmax"), &z, 1, &last, 0));
    expect_case(local, "seed_cases/softmax4", "jacobian", 1e-12);
    gt_tape_watch(tape, z);
    expect_case(jacobian(gt_softmax(tape, z, -1), z), "seed_cases/softmax4", "jacobian", 1e-12);
}
END_TEST

/* Towards one place, also where the same tensor, a parameter at that, stands in another. */
START_TEST(local_jacobian_tells_places_apart)
{
    const double values[] = {3, 5};
    gt_tensor *x = own(gt_parameter_from("x", GT_FLOAT64, GT_SHAPE(2), values));
    gt_tensor *found = own(gt_op_jacobian(gt_op_find("mul"), (gt_tensor *[]){x, x}, 2, NULL, 0));
    expect(found, GT_SHAPE(2, 2), VALUES(3, 0, 0, 5), 0);
}
END_TEST

START_TEST(local_jacobian_uses_attributes)
{
    gt_tensor *x = constant(GT_FLOAT32, GT_SHAPE(2, 2), VALUES(1, 2, 3, 4));
    const gt_reduce_attributes columns = {2, 0};
    gt_tensor *found = own(gt_op_jacobian(gt_op_find("sum"), &x, 1, &columns, 0));
    expect(found, GT_SHAPE(2, 2, 2), VALUES(1, 1, 0, 0, 0, 0, 1, 1), 0);
}
END_TEST

START_TEST(local_jacobian_of_a_structural_zero_is_zeros)
{
    gt_tensor *x = constant(GT_FLOAT64, GT_SHAPE(2), VALUES(1, 2));
    gt_tensor *found = own(gt_op_jacobian(gt_op_find("stop_gradient"), &x, 1, NULL, 0));
    expect(found, GT_SHAPE(2, 2), VALUES(0, 0, 0, 0), 0);
}
END_TEST

START_TEST(local_jacobian_reports_errors)
{
    gt_tensor *x = constant(GT_FLOAT64, GT_SHAPE(2), VALUES(1, 2)),
              *y = constant(GT_FLOAT64, GT_SHAPE(3), VALUES(1, 2, 3));
    const gt_op *mul = gt_op_find("mul");
    ck_assert_ptr_null(gt_op_jacobian(NULL, &x, 1, NULL, 0));
    ck_assert_ptr_null(gt_op_jacobian(mul, NULL, 2, NULL, 0));
    ck_assert_ptr_null(gt_op_jacobian(mul, (gt_tensor *[]){x, x}, 2, NULL, 2));
    ck_assert_ptr_nonnull(strstr(gt_last_error(), "there is no such input"));
    ck_assert_ptr_null(gt_op_jacobian(mul, (gt_tensor *[]){x, NULL}, 2, NULL, 0));
    ck_assert_ptr_nonnull(strstr(gt_last_error(), "mul: input 1 is NULL"));
    ck_assert_ptr_null(gt_op_jacobian(mul, (gt_tensor *[]){x, y}, 2, NULL, 0));
    ck_assert_ptr_nonnull(strstr(gt_last_error(), "mul: (2,) and (3,) do not broadcast"));
    gt_tensor *index = constant(GT_INT32, GT_SHAPE(1), VALUES(0));
    ck_assert_ptr_null(gt_op_jacobian(gt_op_find("gather"), (gt_tensor *[]){x, index}, 2, NULL, 1));
}
END_TEST

int main(void)
{
    return run_suite_with("jacobian", open_tape, close_tape,
                          (const suite_test[]){TEST(of_an_elementwise_op_is_diagonal),
                                               TEST(has_the_shape_of_target_and_source),
                                               TEST(of_a_tensor_by_itself_is_the_identity),
                                               TEST(takes_several_sources_and_leaves_unconnected_ones_null),
                                               TEST(of_many_entries_joins_groups_of_rows),
                                               TEST(uses_a_one_shot_tape_up),
                                               TEST(works_on_a_lean_tape),
                                               TEST(can_be_differentiated),
                                               TEST(of_nothing_has_no_entries),
                                               TEST(leaves_nothing_behind),
                                               TEST(bad_requests_are_reported),
                                               TEST(reports_an_overwritten_value_and_gives_nothing),
                                               TEST(out_of_memory_is_an_error_like_any_other),
                                               TEST(batched_takes_each_example_alone),
                                               TEST(batched_can_be_differentiated),
                                               TEST(batched_of_unconnected_is_null_without_error),
                                               TEST(batched_checks_rank_and_batch),
                                               TEST(of_softmax_is_the_seed_case),
                                               TEST(local_jacobian_of_an_op),
                                               TEST(local_jacobian_tells_places_apart),
                                               TEST(local_jacobian_uses_attributes),
                                               TEST(local_jacobian_of_a_structural_zero_is_zeros),
                                               TEST(local_jacobian_reports_errors),
                                               END_OF_TESTS});
}
