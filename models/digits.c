/* MNIST's four files, or a sample of the same form. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "models/data_internal.h"

enum { SIDE = 28, CLASSES = 10 };

/* Reads FOLDER/NAME, or else FOLDER/NAME.gz, and hands out the path that it read, to be released. */
static gt_status read_either(const char *folder, const char *name, char **path, gt_tensor **tensor)
{
    size_t bytes = strlen(folder) + strlen(name) + sizeof "/.gz";
    *path = gt_allocate(bytes);
    if (!*path)
        return GT_ERR_MEMORY;
    snprintf(*path, bytes, "%s/%s", folder, name);
    if (access(*path, F_OK) != 0)
        snprintf(*path, bytes, "%s/%s.gz", folder, name);
    return gt_idx_load(*path, tensor);
}

/* x as float32 in 0..1. */
static gt_status scale_images(const char *path, const gt_tensor *bytes, bool as_images, gt_tensor **x)
{
    const gt_shape shape = gt_tensor_shape(bytes);
    if (gt_tensor_dtype(bytes) != GT_UINT8 || shape.rank != 3 || shape.dim[1] != SIDE || shape.dim[2] != SIDE)
        return gt_fail(GT_ERR_FORMAT, "%s: %s %s: images uint8 (n, %d, %d) are expected", path,
                       gt_dtype_name(gt_tensor_dtype(bytes)), gt_shape_text(&shape).text, SIDE, SIDE);
    const int64_t rows = shape.dim[0];
    *x = gt_tensor_new(GT_FLOAT32, as_images ? GT_SHAPE(rows, SIDE, SIDE, 1) : GT_SHAPE(rows, SIDE * SIDE));
    if (!*x)
        return GT_ERR_MEMORY;
    const uint8_t *from = gt_tensor_data(bytes);
    float *to = gt_tensor_data_write(*x);
    for (int64_t i = 0; i < rows * SIDE * SIDE; i++)
        to[i] = (float)from[i] / 255;
    return GT_OK;
}

/* y as int32. */
static gt_status widen_labels(const char *path, const gt_tensor *bytes, int64_t rows, gt_tensor **y)
{
    const gt_shape shape = gt_tensor_shape(bytes);
    if (gt_tensor_dtype(bytes) != GT_UINT8 || shape.rank != 1 || shape.dim[0] != rows)
        return gt_fail(GT_ERR_FORMAT, "%s: %s %s: one label for each of %lld images, uint8, is expected", path,
                       gt_dtype_name(gt_tensor_dtype(bytes)), gt_shape_text(&shape).text, (long long)rows);
    *y = gt_tensor_new(GT_INT32, shape);
    if (!*y)
        return GT_ERR_MEMORY;
    const uint8_t *from = gt_tensor_data(bytes);
    int32_t *to = gt_tensor_data_write(*y);
    for (int64_t i = 0; i < rows; i++) {
        if (from[i] >= CLASSES)
            return gt_fail(GT_ERR_VALUE, "%s: label %lld is %d: 0 to %d are digits", path, (long long)i, from[i],
                           CLASSES - 1);
        to[i] = from[i];
    }
    return GT_OK;
}

static gt_status read_pair(const char *folder, const char *images_name, const char *labels_name, bool as_images,
                           gt_tensor **x, gt_tensor **y)
{
    char *images_path = NULL, *labels_path = NULL;
    gt_tensor *images = NULL, *labels = NULL;
    gt_status status = read_either(folder, images_name, &images_path, &images);
    if (status == GT_OK)
        status = read_either(folder, labels_name, &labels_path, &labels);
    if (status == GT_OK)
        status = scale_images(images_path, images, as_images, x);
    if (status == GT_OK)
        status = widen_labels(labels_path, labels, gt_tensor_dim(images, 0), y);
    gt_tensor_free(images);
    gt_tensor_free(labels);
    gt_release(images_path);
    gt_release(labels_path);
    return status;
}

gt_status gt_digits_read(const char *folder, bool as_images, gt_digits *digits)
{
    if (!folder || !digits)
        return gt_fail(GT_ERR_ARGUMENT, "gt_digits_read: the %s is NULL", folder ? "result" : "folder");
    *digits = (gt_digits){0};
    gt_status status = read_pair(folder, "train-images-idx3-ubyte", "train-labels-idx1-ubyte", as_images,
                                 &digits->train_x, &digits->train_y);
    if (status == GT_OK)
        status = read_pair(folder, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", as_images, &digits->test_x,
                           &digits->test_y);
    if (status != GT_OK)
        gt_digits_free(digits);
    return status;
}

void gt_digits_free(gt_digits *digits)
{
    if (!digits)
        return;
    gt_tensor_free(digits->train_x);
    gt_tensor_free(digits->train_y);
    gt_tensor_free(digits->test_x);
    gt_tensor_free(digits->test_y);
    *digits = (gt_digits){0};
}
