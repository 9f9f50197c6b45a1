#include "tools/lab_part.h"

#include <math.h>
#include <stdio.h>

#include "tools/plot.h"

gt_status lab_settle(gt_tape *tape)
{
    gt_status status = gt_tape_status(tape);
    if (status != GT_OK)
        gt_fail(status, "%s", gt_tape_message(tape));
    gt_tape_reset(tape);
    return status;
}

double lab_worse(double worst, double difference)
{
    return isnan(worst) || difference <= worst ? worst : difference;
}

double lab_largest_difference(const gt_tensor *a, const gt_tensor *b)
{
    double largest = a && b ? 0 : (double)NAN;
    for (int64_t i = 0; !isnan(largest) && i < gt_tensor_size(a); i++)
        largest = lab_worse(largest, fabs(gt_tensor_at(a, i) - gt_tensor_at(b, i)));
    return largest;
}

gt_status lab_agree(const char *what, double difference, double tolerance)
{
    printf("%s: they differ by %.3g\n", what, fabs(difference));
    return fabs(difference) <= tolerance
               ? GT_OK
               : gt_fail(GT_ERR_VALUE, "%s: they differ by %g, more than %g", what, fabs(difference), tolerance);
}

void lab_show(const char *name, const gt_tensor *tensor)
{
    printf("%s:\n", name);
    gt_tensor_print(tensor, gt_write_file, stdout);
}

void lab_shape(const char *name, const gt_tensor *tensor)
{
    const gt_shape shape = gt_tensor_shape(tensor);
    printf("%-8s %s %s\n", name, gt_shape_text(&shape).text, gt_dtype_name(gt_tensor_dtype(tensor)));
}

gt_status lab_choose_rows(int64_t rows, uint64_t seed, int count, int32_t *chosen)
{
    int32_t *order = gt_allocate((size_t)rows * sizeof *order);
    if (!order)
        return GT_ERR_MEMORY;
    gt_random random = gt_random_new(seed, 0);
    gt_random_permutation(&random, (int32_t)rows, order);
    for (int i = 0; i < count; i++)
        chosen[i] = order[i % rows];
    gt_release(order);
    return GT_OK;
}

gt_status lab_draw_images(const char *file, const void *grid)
{
    return plot_images(file, grid);
}

gt_status lab_draw(const char *plot, const char *part, lab_picture *picture, const void *context)
{
    if (!plot)
        return GT_OK;
    char *name = plot_name(plot, part);
    gt_status status = name ? picture(name, context) : GT_ERR_MEMORY;
    if (status == GT_OK)
        printf("picture: %s\n", name);
    gt_release(name);
    return status;
}
