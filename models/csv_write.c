/* Writes CSV tables. models/csv.c reads them. */
#include <stdio.h>

#include "models/archive_internal.h"
#include "models/csv_internal.h"
#include "models/files.h"

static void write_values(gt_file *file, const gt_tensor *tensor, char separator)
{
    const gt_dtype dtype = gt_tensor_dtype(tensor);
    const int64_t rows = gt_tensor_rank(tensor) > 0 ? gt_tensor_dim(tensor, 0) : 1;
    const int64_t columns = rows ? gt_tensor_size(tensor) / rows : 0;
    for (int64_t i = 0; i < rows * columns; i++) {
        const double value = gt_tensor_at(tensor, i);
        char text[GT_CSV_NUMBER];
        const int length = gt_dtype_is_real(dtype) ? gt_csv_number(text, value, dtype == GT_FLOAT32)
                                                   : snprintf(text, sizeof text, "%d", (int)value);
        gt_file_write(file, text, (size_t)length);
        gt_file_write(file, i % columns == columns - 1 ? "\n" : &separator, 1);
    }
}

static gt_status write_table(const gt_tensor *tensor, const char *path, char separator)
{
    if (gt_tensor_size(tensor) == 0)
        return gt_fail(GT_ERR_SHAPE, "%s: a table without values cannot be written as CSV", path);
    if (!gt_tensor_data(tensor))
        return gt_last_status();
    gt_file *file;
    gt_status status = gt_file_begin(path, &file);
    if (status != GT_OK)
        return status;
    write_values(file, tensor, separator);
    return gt_file_end(file);
}

gt_status gt_csv_write(const gt_tensor *tensor, const char *path, const gt_csv_options *options)
{
    const gt_csv_options given = options ? *options : (gt_csv_options){0};
    if (!tensor || !path)
        return gt_fail(GT_ERR_ARGUMENT, "gt_csv_write: the %s is NULL", tensor ? "path" : "tensor");
    gt_kept_locale kept = {0};
    gt_status status = gt_csv_check("gt_csv_write", &given);
    gt_tensor *share = status == GT_OK ? gt_archive_on_cpu(tensor) : NULL;
    if (!share)
        return status == GT_OK ? gt_last_status() : status;
    status = gt_locale_set(&kept);
    if (status == GT_OK) {
        status = write_table(share, path, given.separator ? given.separator : ',');
        gt_locale_give_back(&kept);
    }
    gt_tensor_free(share);
    return status;
}
