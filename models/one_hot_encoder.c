/* One-hot labels over the sorted unique values of what the encoder was fitted to. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "models/data.h"
#include "models/rows.h"

struct gt_one_hot_encoder {
    int32_t *label; /* sorted, each once; NULL: not fitted */
    int64_t classes;
};

gt_one_hot_encoder *gt_one_hot_encoder_new(void)
{
    return gt_allocate(sizeof(gt_one_hot_encoder));
}

void gt_one_hot_encoder_free(gt_one_hot_encoder *encoder)
{
    if (encoder)
        gt_release(encoder->label);
    gt_release(encoder);
}

int64_t gt_one_hot_encoder_classes(const gt_one_hot_encoder *encoder)
{
    return encoder ? encoder->classes : 0;
}

static int compare(const void *a, const void *b)
{
    const int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;
    return (left > right) - (left < right);
}

static gt_status check_labels(const char *who, const gt_one_hot_encoder *encoder, const gt_tensor *labels)
{
    if (!encoder || !labels)
        return gt_fail(GT_ERR_ARGUMENT, "%s: the %s NULL", who, encoder ? "labels are" : "encoder is");
    if (gt_tensor_dtype(labels) != GT_INT32)
        return gt_fail(GT_ERR_DTYPE, "%s: the labels are %s, int32 is expected", who,
                       gt_dtype_name(gt_tensor_dtype(labels)));
    const gt_shape shape = gt_tensor_shape(labels);
    if (shape.rank != 1)
        return gt_fail(GT_ERR_SHAPE, "%s: the labels are %s, one axis is expected", who, gt_shape_text(&shape).text);
    return gt_tensor_data(labels) ? GT_OK : GT_ERR_DEVICE;
}

gt_status gt_one_hot_encoder_fit(gt_one_hot_encoder *encoder, const gt_tensor *labels)
{
    gt_status status = check_labels("gt_one_hot_encoder_fit", encoder, labels);
    if (status != GT_OK)
        return status;
    const size_t count = (size_t)gt_tensor_size(labels);
    if (count == 0)
        return gt_fail(GT_ERR_SHAPE, "gt_one_hot_encoder_fit: there are no labels");
    int32_t *sorted = gt_allocate(count * sizeof *sorted);
    if (!sorted)
        return GT_ERR_MEMORY;
    memcpy(sorted, gt_tensor_data(labels), count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare);
    size_t classes = 1;
    for (size_t i = 1; i < count; i++)
        if (sorted[i] != sorted[classes - 1])
            sorted[classes++] = sorted[i];
    gt_release(encoder->label);
    encoder->label = sorted;
    encoder->classes = (int64_t)classes;
    return GT_OK;
}

gt_tensor *gt_one_hot_encoder_forward(gt_one_hot_encoder *encoder, const gt_tensor *labels)
{
    static const char who[] = "gt_one_hot_encoder_forward";
    if (check_labels(who, encoder, labels) != GT_OK ||
        (!encoder->label && gt_one_hot_encoder_fit(encoder, labels) != GT_OK))
        return NULL;
    const int64_t rows = gt_tensor_size(labels), classes = encoder->classes;
    gt_tensor *one_hot = gt_tensor_new(GT_FLOAT32, GT_SHAPE(rows, classes));
    float *values = one_hot ? gt_tensor_data_write(one_hot) : NULL;
    const int32_t *label = gt_tensor_data(labels);
    for (int64_t i = 0; values && i < rows; i++) {
        const int32_t *found = bsearch(&label[i], encoder->label, (size_t)classes, sizeof *found, compare);
        if (!found) {
            gt_fail(GT_ERR_VALUE, "%s: label %lld is %d, which the encoder was not fitted to", who, (long long)i,
                    label[i]);
            gt_tensor_free(one_hot);
            return NULL;
        }
        values[i * classes + (found - encoder->label)] = 1;
    }
    return one_hot;
}

gt_tensor *gt_one_hot_encoder_inverse(const gt_one_hot_encoder *encoder, const gt_tensor *one_hot)
{
    static const char who[] = "gt_one_hot_encoder_inverse";
    const gt_shape shape = gt_tensor_shape(one_hot);
    const gt_dtype dtype = gt_tensor_dtype(one_hot);
    if (!encoder || !encoder->label || !one_hot) {
        gt_fail(encoder && one_hot ? GT_ERR_STATE : GT_ERR_ARGUMENT, "%s: the encoder %s", who,
                !encoder || !one_hot ? "or its input is NULL" : "was not fitted");
        return NULL;
    }
    if (shape.rank != 2 || shape.dim[1] != encoder->classes) {
        gt_fail(GT_ERR_SHAPE, "%s: input %s: (n, %lld) is expected", who, gt_shape_text(&shape).text,
                (long long)encoder->classes);
        return NULL;
    }
    const void *values = gt_tensor_data(one_hot);
    gt_tensor *labels = values ? gt_tensor_new(GT_INT32, GT_SHAPE(shape.dim[0])) : NULL;
    int32_t *label = labels ? gt_tensor_data_write(labels) : NULL;
    for (int64_t row = 0; label && row < shape.dim[0]; row++)
        label[row] = encoder->label[gt_row_argmax(dtype, values, row, encoder->classes)];
    return labels;
}
