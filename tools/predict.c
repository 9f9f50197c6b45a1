/* `gradtape predict`: what a saved model says of data in a file. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/gradtape.h"
#include "tools/array_file.h"
#include "tools/command.h"
#include "tools/options.h"

typedef struct settings {
    const char *array, *labels, *output;
    int64_t batch_size, rows;
    bool all;
} settings;

static const char about[] =
    "Runs MODEL, a file of 'gradtape mnist --save' or gt_model_save, on the rows of DATA: an IDX file (gzipped\n"
    "or not), NPY, NPZ, HDF5, safetensors or a CSV table. Rows of another shape than the model's samples, but as\n"
    "many values, are taken as they lie; bytes are scaled to 0 to 1. Prints a line a row: its number, and, where the\n"
    "model has several outputs, the number of the greatest with its value, otherwise the output.\n";

static int parse(int argc, char **argv, settings *s, int *arguments)
{
    const option options[] = {
        option_text("array", &s->array, "NAME", "which array of a file with several (default: the only one)"),
        option_integer("rows", &s->rows, "N", 1, INT32_MAX, "only the first N rows"),
        option_flag("all", &s->all, "every output of a row instead of the greatest"),
        option_text("labels", &s->labels, "FILE", "class numbers, a file of the same kinds: the accuracy is printed"),
        option_text("output", &s->output, "FILE", "writes the outputs as an NPY file instead of printing them"),
        option_integer("batch-size", &s->batch_size, "N", 1, INT32_MAX, "rows at a time (default: 100)"),
        {.name = NULL},
    };
    return options_parse(&(command_usage){"predict", "MODEL DATA", about, options}, argc, argv, arguments);
}

/* ---- the data --------------------------------------------------------------------------------------------------- */

/* One number as the model wants it. */
static double value_at(const gt_tensor *data, int64_t i)
{
    const double value = gt_tensor_at(data, i);
    return gt_tensor_dtype(data) == GT_UINT8 ? value / 255 : value;
}

/* The data in the model's dtype and shape of samples. */
static gt_tensor *as_samples(const gt_model *model, const gt_tensor *data, const char *path)
{
    const gt_tensor *weight = gt_model_weight(model, 0);
    const gt_dtype dtype = weight ? gt_tensor_dtype(weight) : GT_FLOAT32;
    const gt_shape sample = gt_model_sample_shape(model), shape = gt_tensor_shape(data);
    const int64_t rows = gt_tensor_dim(data, 0), width = gt_shape_size(&sample);
    if (shape.rank < 1 || gt_tensor_size(data) != rows * width) {
        gt_fail(GT_ERR_SHAPE, "%s: %s is not rows of the model's samples %s", path, gt_shape_text(&shape).text,
                gt_shape_text(&sample).text);
        return NULL;
    }
    gt_shape batch = {.rank = sample.rank + 1, .dim = {rows}};
    memcpy(batch.dim + 1, sample.dim, (size_t)sample.rank * sizeof *sample.dim);
    gt_tensor *x = gt_tensor_new(dtype, batch);
    void *values = x ? gt_tensor_data_write(x) : NULL;
    for (int64_t i = 0; values && i < rows * width; i++)
        if (dtype == GT_FLOAT64)
            ((double *)values)[i] = value_at(data, i);
        else
            ((float *)values)[i] = (float)value_at(data, i);
    return x;
}

static gt_tensor *read_rows(const settings *s, const gt_model *model, const char *path)
{
    gt_tensor *data = array_file_read(path, s->array), *part = NULL;
    if (data && s->rows && s->rows < gt_tensor_dim(data, 0))
        part = gt_tensor_rows(data, 0, s->rows);
    gt_tensor *x = data ? as_samples(model, part ? part : data, path) : NULL;
    gt_tensor_free(part);
    gt_tensor_free(data);
    return x;
}

/* ---- the answer ------------------------------------------------------------------------------------------------- */

static int64_t greatest(const gt_tensor *y, int64_t row, int64_t width)
{
    int64_t best = 0;
    for (int64_t i = 1; i < width; i++)
        if (gt_tensor_at(y, row * width + i) > gt_tensor_at(y, row * width + best))
            best = i;
    return best;
}

static void print_rows(const settings *s, const gt_tensor *y)
{
    const int64_t rows = gt_tensor_dim(y, 0), width = rows ? gt_tensor_size(y) / rows : 0;
    for (int64_t row = 0; row < rows; row++) {
        printf("%lld", (long long)row);
        if (!s->all && width > 1) {
            const int64_t best = greatest(y, row, width);
            printf(" %lld %g\n", (long long)best, gt_tensor_at(y, row * width + best));
            continue;
        }
        for (int64_t i = 0; i < width; i++)
            printf(" %g", gt_tensor_at(y, row * width + i));
        putchar('\n');
    }
}

/* Of one output, more than a half is class 1. */
static gt_status print_accuracy(const settings *s, const gt_tensor *y)
{
    gt_tensor *labels = array_file_read(s->labels, NULL);
    if (!labels)
        return gt_last_status();
    const int64_t rows = gt_tensor_dim(y, 0), width = rows ? gt_tensor_size(y) / rows : 0;
    int64_t right = 0;
    gt_status status = GT_OK;
    if (gt_tensor_size(labels) < rows)
        status = gt_fail(GT_ERR_SHAPE, "%s: %lld labels for %lld rows", s->labels, (long long)gt_tensor_size(labels),
                         (long long)rows);
    for (int64_t row = 0; status == GT_OK && row < rows; row++) {
        const double label = gt_tensor_at(labels, row);
        right += label == (width > 1 ? (double)greatest(y, row, width) : (double)(gt_tensor_at(y, row) > 0.5));
    }
    if (status == GT_OK)
        printf("accuracy: %.2f %% of %lld rows\n", rows ? 100 * (double)right / (double)rows : (double)NAN,
               (long long)rows);
    gt_tensor_free(labels);
    return status;
}

static gt_status answer(const settings *s, gt_model *model, const gt_tensor *x)
{
    gt_tensor *y = gt_model_predict(model, x, s->batch_size);
    if (!y)
        return gt_last_status();
    gt_status status = s->output ? gt_npy_write(y, s->output) : GT_OK;
    if (!s->output)
        print_rows(s, y);
    if (status == GT_OK && s->labels)
        status = print_accuracy(s, y);
    gt_tensor_free(y);
    return status;
}

int command_predict(int argc, char **argv)
{
    settings s = {.batch_size = 100};
    int arguments;
    int usage_status = parse(argc, argv, &s, &arguments);
    if (usage_status >= 0)
        return usage_status;
    if (arguments != 2)
        return usage_error("predict", "a model and data are needed: gradtape predict MODEL DATA");
    gt_model *model = gt_model_load(argv[1]);
    gt_tensor *x = model ? read_rows(&s, model, argv[2]) : NULL;
    gt_status status = x ? answer(&s, model, x) : gt_last_status();
    if (status != GT_OK)
        failed("predict", "%s", gt_last_error());
    gt_tensor_free(x);
    gt_model_free(model);
    return status == GT_OK ? STATUS_OK : STATUS_FAILED;
}
