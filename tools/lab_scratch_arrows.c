/* `gradtape lab from-scratch`: gradients of x0^2 + x1^2 as arrows. */
#include <math.h>

#include "tools/lab.h"
#include "tools/lab_part.h"
#include "tools/lab_scratch.h"
#include "tools/plot.h"

/* -gradient at each of the points (n, 2), by the tape; NULL with the message set, the caller's otherwise. */
static gt_tensor *downhill(gt_tensor *points)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    if (!tape)
        return NULL;
    gt_tensor *gradient = NULL;
    gt_tape_begin(tape);
    gt_tape_watch(tape, points);
    gt_tensor *y = scratch_sum_of_squares(tape, points, NULL);
    gt_tape_end(tape);
    gt_tape_gradient(tape, y, 1, &points, &gradient);
    gt_tensor *result = gradient ? gt_tensor_copy(gt_neg(tape, gradient)) : NULL;
    gt_tape_free(tape);
    return result;
}

/* Arrows from points (n, 2) along vectors (n, 2). */
typedef struct arrows {
    const char *title;
    const gt_tensor *from, *along;
} arrows;

static gt_status draw_arrows(const char *file, const void *context)
{
    const arrows *a = context;
    const int count = (int)gt_tensor_dim(a->from, 0);
    double *columns = gt_allocate(4 * sizeof(double) * (size_t)(count + 1));
    if (!columns)
        return GT_ERR_MEMORY;
    double *x = columns, *y = x + count, *u = y + count, *v = u + count;
    for (int i = 0; i < count; i++) {
        x[i] = gt_tensor_at(a->from, 2 * i);
        y[i] = gt_tensor_at(a->from, 2 * i + 1);
        u[i] = gt_tensor_at(a->along, 2 * i);
        v[i] = gt_tensor_at(a->along, 2 * i + 1);
    }
    gt_status status = plot_arrows(
        file, &(plot_field){
                  .title = a->title, .x_label = "x0", .y_label = "x1", .count = count, .x = x, .y = y, .u = u, .v = v});
    gt_release(columns);
    return status;
}

/* ---- the field -------------------------------------------------------------------------------------------------- */

enum { SIDE = 17 }; /* -2, -1.75, ..., 2 along both axes */

static gt_tensor *make_grid(void)
{
    gt_tensor *grid = gt_tensor_new(GT_FLOAT64, GT_SHAPE(SIDE * SIDE, 2));
    double *values = gt_tensor_data_write(grid);
    for (int i = 0; values && i < SIDE * SIDE; i++) {
        values[2 * i] = -2 + 0.25 * (i % SIDE);
        values[2 * i + 1] = -2 + 0.25 * (i / SIDE);
    }
    return grid;
}

static gt_status show_field(const char *plot)
{
    gt_tensor *grid = make_grid();
    gt_tensor *field = grid ? downhill(grid) : NULL;
    gt_tensor *numeric = field ? scratch_central_differences(scratch_sum_of_squares, NULL, grid, 1e-4) : NULL;
    if (!numeric) {
        gt_tensor_free(grid);
        gt_tensor_free(field);
        return gt_last_status();
    }
    double largest = 0; /* of their sums: one is the other's opposite */
    for (int64_t i = 0; i < gt_tensor_size(field); i++)
        largest = lab_worse(largest, fabs(gt_tensor_at(field, i) + gt_tensor_at(numeric, i)));
    lab_step("The gradient field of x0^2 + x1^2, at %d points from -2 to 2", SIDE * SIDE);
    gt_status status = lab_agree("the tape and central differences", largest, 1e-8);
    if (status == GT_OK)
        status = lab_draw(plot, "field", draw_arrows,
                          &(arrows){"Minus the gradient of x0\302\262 + x1\302\262: downhill", grid, field});
    gt_tensor_free(grid);
    gt_tensor_free(field);
    gt_tensor_free(numeric);
    return status;
}

/* ---- the small pictures ----------------------------------------------------------------------------------------- */

static gt_status show_three(const char *plot)
{
    static const double places[] = {3, 4, 0, 2, 3, 0};
    gt_tensor *from = gt_tensor_from(GT_FLOAT64, GT_SHAPE(3, 2), places);
    gt_tensor *along = from ? downhill(from) : NULL;
    lab_step("Arrows at (3, 4), (0, 2) and (3, 0)");
    if (along)
        lab_show("minus the gradient, -2 x", along);
    gt_status status =
        along ? lab_draw(plot, "three", draw_arrows, &(arrows){"Minus the gradient at three points", from, along})
              : gt_last_status();
    gt_tensor_free(from);
    gt_tensor_free(along);
    return status;
}

static gt_status show_one(const char *plot)
{
    static const double place[] = {1, 2, 1, 2}, both_ways[] = {2, 4, -2, -4};
    gt_tensor *from = gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 2), place);
    gt_tensor *along = gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 2), both_ways);
    lab_step("Arrows at (1, 2): the gradient (2, 4), uphill, and minus it, downhill");
    gt_status status = from && along
                           ? lab_draw(plot, "one", draw_arrows, &(arrows){"Uphill and downhill at (1, 2)", from, along})
                           : GT_ERR_MEMORY;
    gt_tensor_free(from);
    gt_tensor_free(along);
    return status;
}

gt_status scratch_arrows(const char *plot)
{
    gt_status status = show_field(plot);
    if (status == GT_OK)
        status = show_three(plot);
    if (status == GT_OK)
        status = show_one(plot);
    return status;
}
