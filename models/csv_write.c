/* Writes CSV tables. models/csv.c reads them. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/archive_internal.h"
#include "models/csv_internal.h"
#include "models/files.h"

/* ---- the locale ------------------------------------------------------------------------------------------------- */

gt_status gt_locale_set(gt_kept_locale *kept)
{
    kept->ours = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (kept->ours == (locale_t)0)
        return gt_fail(GT_ERR_MEMORY, "out of memory for a locale");
    kept->before = uselocale(kept->ours);
    return GT_OK;
}

void gt_locale_give_back(const gt_kept_locale *kept)
{
    uselocale(kept->before);
    freelocale(kept->ours);
}

gt_status gt_csv_check(const char *who, const gt_csv_options *options)
{
    if (options->separator && strchr("\"\n\r.+-0123456789eE", options->separator))
        return gt_fail(GT_ERR_ARGUMENT, "%s: '%c' cannot separate numbers", who, options->separator);
    return GT_OK;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

/* The fewest digits that read back to the same bits. */
static void write_real(gt_file *file, double value, bool single)
{
    char text[48];
    const double least = single ? FLT_MIN : DBL_MIN; /* below, fewer digits are exact */
    int digits = !(fabs(value) >= least) ? 1 : single ? FLT_DIG : DBL_DIG;
    do
        snprintf(text, sizeof text, "%.*g", digits, value);
    while (isfinite(value) && (single ? (double)strtof(text, NULL) : strtod(text, NULL)) != value && ++digits <= 17);
    const char *shown = isnan(value) ? "nan" : text;
    gt_file_write(file, shown, strlen(shown));
}

static void write_values(gt_file *file, const gt_tensor *tensor, char separator)
{
    const gt_dtype dtype = gt_tensor_dtype(tensor);
    const int64_t rows = gt_tensor_rank(tensor) > 0 ? gt_tensor_dim(tensor, 0) : 1;
    const int64_t columns = rows ? gt_tensor_size(tensor) / rows : 0;
    for (int64_t i = 0; i < rows * columns; i++) {
        const double value = gt_tensor_at(tensor, i);
        char text[24];
        if (gt_dtype_is_real(dtype))
            write_real(file, value, dtype == GT_FLOAT32);
        else
            gt_file_write(file, text, (size_t)snprintf(text, sizeof text, "%d", (int)value));
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
