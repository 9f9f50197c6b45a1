/* Runs an op on a case of torch_cases. */
#include "tests/support/torch.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/tapes.h"

enum { MOST_INPUTS = 8 };

int torch_count(const char *op)
{
    case_list cases;
    if (!cases_read(op, &cases))
        return 0;
    int count = (int)cases.count;
    cases_free(&cases);
    return count;
}

static void compare(const case_row *row, const char *array, const gt_tensor *tensor, double tolerance)
{
    npy_array expected;
    if (!case_load(row, array, &expected))
        ck_abort_msg("%s", npy_message());
    ck_assert_msg(tensor != NULL, "%s: no %s: %s", row->name, array, gt_tape_message(tape));
    ck_assert_int_eq(gt_tensor_size(tensor), expected.count);
    double largest = 1;
    for (int64_t i = 0; i < expected.count; i++)
        largest = fmax(largest, fabs(expected.values[i]));
    for (int64_t i = 0; i < expected.count; i++) {
        double value = gt_tensor_at(tensor, i), wanted = expected.values[i];
        double scale = gt_tensor_dtype(tensor) == GT_FLOAT32 ? largest : fmax(1, fabs(wanted));
        ck_assert_msg(fabs(value - wanted) <= tolerance * scale, "%s, %s %s, element %lld: %.17g, torch %.17g",
                      row->name, gt_dtype_name(gt_tensor_dtype(tensor)), array, (long long)i, value, wanted);
    }
    npy_free(&expected);
}

static void run_case(const case_row *row, const char *const names[], torch_run *run, gt_dtype dtype, double tolerance)
{
    char folder[128], array[64];
    snprintf(folder, sizeof folder, "torch_cases/%s/%s", row->op, row->name);
    bool sparse = strcmp(case_text(row, "labels", ""), "sparse") == 0;
    gt_tensor *inputs[MOST_INPUTS], *gradients[MOST_INPUTS];
    int count = 0;
    for (; names[count]; count++) {
        bool numbers = sparse && strcmp(names[count], "labels") == 0;
        inputs[count] = from_case(folder, names[count], numbers ? GT_INT32 : dtype);
        if (!numbers)
            ck_assert_int_eq(gt_tape_watch(tape, inputs[count]), GT_OK);
    }
    gt_tensor *y = run(row, inputs);
    compare(row, "y", y, tolerance);
    gt_tensor *dy = own(gt_tensor_new(dtype, gt_tensor_shape(y))), *given = from_case(folder, "dy", dtype);
    ck_assert_int_eq(gt_tensor_size(dy), gt_tensor_size(given)); /* scalars may be stored as (1) */
    size_t bytes = (size_t)gt_tensor_size(dy) * gt_dtype_size(dtype);
    ck_assert_int_eq(gt_tensor_write(dy, gt_tensor_data(given), bytes), GT_OK);
    int sources = sparse ? count - 1 : count; /* labels come last */
    gt_gradient_options options = {.cotangents = &dy};
    ck_assert_msg(gt_tape_gradient_with(tape, &y, sources, inputs, gradients, &options) == GT_OK, "%s",
                  gt_tape_message(tape));
    for (int i = 0; i < sources; i++) {
        snprintf(array, sizeof array, "d%s", names[i]);
        if (case_has(row, array))
            compare(row, array, gradients[i], tolerance);
    }
}

void torch_expect(const char *op, int index, const char *const names[], torch_run *run, double tolerance)
{
    case_list cases;
    if (!cases_read(op, &cases))
        ck_abort_msg("%s", npy_message());
    ck_assert_int_lt(index, (int)cases.count);
    run_case(&cases.row[index], names, run, GT_FLOAT64, tolerance);
    run_case(&cases.row[index], names, run, GT_FLOAT32, 4e-6);
    cases_free(&cases);
}

gt_padding torch_padding(const case_row *row)
{
    const char *padding = case_text(row, "padding", "valid");
    if (strcmp(padding, "explicit") == 0)
        return GT_PADDING_EXPLICIT;
    ck_assert_msg(strcmp(padding, "same") == 0 || strcmp(padding, "valid") == 0, "'%s' is not a padding", padding);
    return padding[0] == 's' ? GT_PADDING_SAME : GT_PADDING_VALID;
}
