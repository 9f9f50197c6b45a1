/* The images of `gradtape lab convnet`: the SIGNS files, or the shipped digits. */
#include <stdio.h>

#include "tools/array_file.h"
#include "tools/digits_folder.h"
#include "tools/lab_convnet.h"

enum { SIGNS = 6 };

void convnet_data_free(convnet_data *data)
{
    gt_tensor_free(data->train_x);
    gt_tensor_free(data->train_y);
    gt_tensor_free(data->test_x);
    gt_tensor_free(data->test_y);
    *data = (convnet_data){.train_x = NULL};
}

static gt_status check_images(const char *path, const char *name, const gt_tensor *x)
{
    const gt_shape shape = gt_tensor_shape(x);
    if (gt_tensor_dtype(x) == GT_UINT8 && shape.rank == 4 && shape.dim[3] == 3 && gt_tensor_size(x) > 0)
        return GT_OK;
    return gt_fail(GT_ERR_FORMAT, "%s: %s is %s %s, not uint8 images (n, height, width, 3)", path, name,
                   gt_dtype_name(gt_tensor_dtype(x)), gt_shape_text(&shape).text);
}

static gt_status check_labels(const char *path, const char *name, const gt_tensor *y, int64_t count)
{
    const gt_shape shape = gt_tensor_shape(y);
    if (gt_tensor_dtype(y) != GT_INT32 || shape.rank != 1 || shape.dim[0] != count)
        return gt_fail(GT_ERR_FORMAT, "%s: %s is %s %s, not int32 (%lld,)", path, name,
                       gt_dtype_name(gt_tensor_dtype(y)), gt_shape_text(&shape).text, (long long)count);
    for (int64_t i = 0; i < count; i++)
        if (gt_tensor_at(y, i) < 0 || gt_tensor_at(y, i) >= SIGNS)
            return gt_fail(GT_ERR_VALUE, "%s: %s[%lld] is %g, not 0 to %d", path, name, (long long)i,
                           gt_tensor_at(y, i), SIGNS - 1);
    return GT_OK;
}

/* Bytes as float32, 0 to 1; NULL with the message set. */
static gt_tensor *normalised(const gt_tensor *bytes)
{
    const int64_t size = gt_tensor_size(bytes);
    gt_tensor *x = gt_tensor_new(GT_FLOAT32, gt_tensor_shape(bytes));
    float *to = gt_tensor_data_write(x);
    const uint8_t *from = gt_tensor_data(bytes);
    for (int64_t i = 0; x && i < size; i++)
        to[i] = (float)from[i] / 255;
    return x;
}

static gt_status read_half(const char *path, const char *which, gt_tensor **x, gt_tensor **y)
{
    gt_archive *archive = gt_archive_read(path);
    if (!archive)
        return gt_last_status();
    char x_name[32], y_name[32];
    snprintf(x_name, sizeof x_name, "%s_set_x", which);
    snprintf(y_name, sizeof y_name, "%s_set_y", which);
    const gt_tensor *images = array_file_find(archive, path, x_name);
    const gt_tensor *labels = images ? array_file_find(archive, path, y_name) : NULL;
    gt_status status = labels ? check_images(path, x_name, images) : gt_fail(GT_ERR_FORMAT, "%s", gt_last_error());
    if (status == GT_OK)
        status = check_labels(path, y_name, labels, gt_tensor_dim(images, 0));
    if (status == GT_OK) {
        *x = normalised(images);
        *y = *x ? gt_tensor_copy(labels) : NULL;
        status = *y ? GT_OK : gt_last_status();
    }
    gt_archive_free(archive);
    return status;
}

static gt_status check_sizes(const char *train, const char *test, const convnet_data *data)
{
    const gt_shape a = gt_tensor_shape(data->train_x), b = gt_tensor_shape(data->test_x);
    if (a.dim[1] == b.dim[1] && a.dim[2] == b.dim[2])
        return GT_OK;
    return gt_fail(GT_ERR_FORMAT, "%s has images of another size than %s: %s, %s", test, train, gt_shape_text(&b).text,
                   gt_shape_text(&a).text);
}

static bool is_document(const convnet_data *data)
{
    return gt_tensor_dim(data->train_x, 0) == 1080 && gt_tensor_dim(data->test_x, 0) == 120 &&
           gt_tensor_dim(data->train_x, 1) == 64 && gt_tensor_dim(data->train_x, 2) == 64;
}

gt_status convnet_data_read_signs(const char *train, const char *test, convnet_data *data)
{
    *data = (convnet_data){.classes = SIGNS};
    gt_status status = read_half(train, "train", &data->train_x, &data->train_y);
    if (status == GT_OK)
        status = read_half(test, "test", &data->test_x, &data->test_y);
    if (status == GT_OK)
        status = check_sizes(train, test, data);
    data->signs = is_document(data);
    if (status != GT_OK)
        convnet_data_free(data);
    return status;
}

gt_status convnet_data_read_digits(convnet_data *data)
{
    gt_digits digits;
    gt_status status = gt_digits_read(digits_folder(), true, &digits);
    *data = (convnet_data){.train_x = digits.train_x,
                           .train_y = digits.train_y,
                           .test_x = digits.test_x,
                           .test_y = digits.test_y,
                           .classes = 10};
    return status;
}
