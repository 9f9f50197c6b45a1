/* Choosing and shuffling rows of a data set. */
#include "core/memory.h"
#include "models/data.h"
#include "models/rows.h"

/* New tensors of the rows order[0..count) of x, and of y where it is not NULL. */
static gt_status gather(const gt_tensor *x, const gt_tensor *y, const int32_t *order, int64_t count, gt_tensor **to_x,
                        gt_tensor **to_y)
{
    gt_tensor *new_x = gt_rows_like(x, count), *new_y = y ? gt_rows_like(y, count) : NULL;
    gt_status status = new_x && (new_y || !y) ? GT_OK : GT_ERR_MEMORY;
    if (status == GT_OK)
        status = gt_rows_copy(new_x, x, order, count);
    if (status == GT_OK && y)
        status = gt_rows_copy(new_y, y, order, count);
    if (status != GT_OK) {
        gt_tensor_free(new_x);
        gt_tensor_free(new_y);
        return status;
    }
    *to_x = new_x;
    if (y)
        *to_y = new_y;
    return GT_OK;
}

/* The rows that are wanted go into `order`; sets how many. */
static gt_status choose(const int32_t *labels, int64_t rows, int classes, const int32_t *class_list, int64_t limit,
                        int32_t *order, int64_t *chosen)
{
    *chosen = 0;
    for (int i = 0; i < classes; i++) {
        bool found = false;
        for (int64_t row = 0; row < rows && !found; row++)
            found = labels[row] == class_list[i];
        if (!found)
            return gt_fail(GT_ERR_VALUE, "gt_subset: no row has the label %d", class_list[i]);
    }
    for (int64_t row = 0; row < rows && *chosen < limit; row++) {
        bool wanted = false;
        for (int i = 0; i < classes && !wanted; i++)
            wanted = labels[row] == class_list[i];
        if (wanted)
            order[(*chosen)++] = (int32_t)row;
    }
    return GT_OK;
}

static gt_status check_subset(const gt_tensor *x, const gt_tensor *y, int classes, const int32_t *class_list,
                              int64_t count)
{
    if (!y)
        return gt_fail(GT_ERR_ARGUMENT, "gt_subset: y is NULL");
    gt_status status = gt_rows_check("gt_subset", x, y);
    if (status != GT_OK)
        return status;
    if (gt_tensor_dtype(y) != GT_INT32 || gt_tensor_rank(y) != 1)
        return gt_fail(GT_ERR_DTYPE, "gt_subset: y is %s of rank %d: int32 labels (n) are expected",
                       gt_dtype_name(gt_tensor_dtype(y)), gt_tensor_rank(y));
    if (!class_list)
        return gt_fail(GT_ERR_ARGUMENT, "gt_subset: the list of classes is NULL");
    if (classes < 1 || count < 0)
        return gt_fail(GT_ERR_ARGUMENT, "gt_subset: %d classes and %lld rows are asked for", classes, (long long)count);
    return gt_tensor_data(y) ? GT_OK : GT_ERR_DEVICE;
}

gt_status gt_subset(const gt_tensor *x, const gt_tensor *y, int classes, const int32_t *class_list, int64_t count,
                    gt_tensor **subset_x, gt_tensor **subset_y)
{
    if (!subset_x || !subset_y)
        return gt_fail(GT_ERR_ARGUMENT, "gt_subset: a result is NULL");
    *subset_x = *subset_y = NULL;
    gt_status status = check_subset(x, y, classes, class_list, count);
    if (status != GT_OK)
        return status;
    const int64_t rows = gt_tensor_dim(x, 0);
    int32_t *order = gt_allocate((size_t)(rows ? rows : 1) * sizeof *order);
    if (!order)
        return GT_ERR_MEMORY;
    int64_t chosen;
    status = choose(gt_tensor_data(y), rows, classes, class_list, count ? count : rows, order, &chosen);
    if (status == GT_OK)
        status = gather(x, y, order, chosen, subset_x, subset_y);
    gt_release(order);
    return status;
}

gt_status gt_shuffle(const gt_tensor *x, const gt_tensor *y, uint64_t seed, gt_tensor **shuffled_x,
                     gt_tensor **shuffled_y)
{
    if (!shuffled_x || (y && !shuffled_y))
        return gt_fail(GT_ERR_ARGUMENT, "gt_shuffle: a result is NULL");
    *shuffled_x = NULL;
    if (shuffled_y)
        *shuffled_y = NULL;
    gt_status status = gt_rows_check("gt_shuffle", x, y);
    if (status != GT_OK)
        return status;
    const int64_t rows = gt_tensor_dim(x, 0);
    int32_t *order = gt_allocate((size_t)(rows ? rows : 1) * sizeof *order);
    if (!order)
        return GT_ERR_MEMORY;
    gt_random random = gt_random_new(seed, 0);
    gt_random_permutation(&random, (int32_t)rows, order);
    status = gather(x, y, order, rows, shuffled_x, shuffled_y);
    gt_release(order);
    return status;
}
