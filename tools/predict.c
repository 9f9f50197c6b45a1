/* `gradtape predict`: what a saved model says of data in a file. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/gradtape.h"
#include "tools/array_file.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/outputs.h"

typedef struct settings {
    const char *array, *labels, *labels_array, *output;
    int64_t batch_size, rows;
    double divide_by; /* 0: what the dtype suggests */
    bool all;
} settings;

static const char about[] =
    "Runs MODEL, a file of 'gradtape mnist --save' or gt_model_save, on the rows of DATA: an IDX file (gzipped\n"
    "or not), NPY, NPZ, HDF5, safetensors or a CSV table. Rows of another shape than the model's samples, but as\n"
    "many values, are taken as they lie. Prints a line a row: its number, and, where the model has several outputs,\n"
    "the number of the greatest with its value, otherwise the output; 'nan' where an output is no number.\n";

static int parse(int argc, char **argv, settings *s, int *arguments)
{
    const option options[] = {
        option_text("array", &s->array, "NAME", "which array of a file with several (default: the only one)"),
        option_integer("rows", &s->rows, "N", 1, INT32_MAX, "only the first N rows"),
        option_positive("divide-by", &s->divide_by, "F",
                        "divides the data by F (default: bytes by 255, other numbers by 1)"),
        option_flag("all", &s->all, "every output of a row instead of the greatest"),
        option_text("labels", &s->labels, "FILE",
                    "class numbers, or one-hot rows, a file of the same kinds: the accuracy is\nprinted"),
        option_text("labels-array", &s->labels_array, "NAME", "which array of that file"),
        option_text("output", &s->output, "FILE", "writes the outputs as an NPY file instead of printing them"),
        option_integer("batch-size", &s->batch_size, "N", 1, INT32_MAX, "rows at a time (default: 100)"),
        {.name = NULL},
    };
    return options_parse(&(command_usage){"predict", "MODEL DATA", about, options}, argc, argv, arguments);
}

/* ---- the data --------------------------------------------------------------------------------------------------- */

/* Rows as the model takes them, and how many the file had. */
typedef struct samples {
    gt_tensor *x;
    int64_t in_file;
} samples;

/* Bytes are pixels; truth values, which are read as bytes too, are not. */
static double divisor_of(const settings *s, const gt_archive *archive, const gt_tensor *data)
{
    if (s->divide_by > 0 || gt_tensor_dtype(data) != GT_UINT8)
        return s->divide_by > 0 ? s->divide_by : 1;
    for (int i = 0; i < gt_archive_count(archive); i++)
        if (gt_archive_at(archive, i) == data && gt_archive_converted_from(archive, i))
            return 1;
    fprintf(stderr, "gradtape predict: bytes are divided by 255 (--divide-by 1 leaves them as they are)\n");
    return 255;
}

/* The first `rows` of the data in the model's dtype and shape of samples. */
static gt_tensor *as_samples(const gt_model *model, const gt_tensor *data, int64_t rows, double divisor)
{
    const gt_tensor *weight = gt_model_weight(model, 0);
    const gt_dtype dtype = weight ? gt_tensor_dtype(weight) : GT_FLOAT32;
    const gt_shape sample = gt_model_sample_shape(model);
    gt_shape batch = {.rank = sample.rank + 1, .dim = {rows}};
    memcpy(batch.dim + 1, sample.dim, (size_t)sample.rank * sizeof *sample.dim);
    gt_tensor *x = gt_tensor_new(dtype, batch);
    void *values = x ? gt_tensor_data_write(x) : NULL;
    for (int64_t i = 0; values && i < gt_shape_size(&batch); i++)
        if (dtype == GT_FLOAT64)
            ((double *)values)[i] = gt_tensor_at(data, i) / divisor;
        else
            ((float *)values)[i] = (float)(gt_tensor_at(data, i) / divisor);
    return x;
}

static gt_status check_rows(const gt_model *model, const gt_tensor *data, const char *path)
{
    const gt_shape sample = gt_model_sample_shape(model), shape = gt_tensor_shape(data);
    if (shape.rank < 1 || gt_shape_size(&shape) != shape.dim[0] * gt_shape_size(&sample))
        return gt_fail(GT_ERR_SHAPE, "%s: %s is not rows of the model's samples %s", path, gt_shape_text(&shape).text,
                       gt_shape_text(&sample).text);
    return shape.dim[0] > 0 ? GT_OK : gt_fail(GT_ERR_SHAPE, "%s: there are no rows", path);
}

static gt_status read_samples(const settings *s, const gt_model *model, const char *path, samples *read)
{
    gt_archive *archive = array_file_open(path);
    const gt_tensor *data = archive ? array_file_find(archive, path, s->array) : NULL;
    gt_status status = data ? check_rows(model, data, path) : gt_last_status();
    if (status == GT_OK) {
        read->in_file = gt_tensor_dim(data, 0);
        const int64_t rows = s->rows && s->rows < read->in_file ? s->rows : read->in_file;
        read->x = as_samples(model, data, rows, divisor_of(s, archive, data));
        status = read->x ? GT_OK : gt_last_status();
    }
    gt_archive_free(archive);
    return status;
}

/* ---- the answer ------------------------------------------------------------------------------------------------- */

/* Of one output, more than a half is class 1. -1 where an output is NaN. */
static int64_t class_of(const gt_tensor *y, int64_t row, int64_t width)
{
    int64_t best = 0;
    for (int64_t i = 0; i < width; i++) {
        const double value = gt_tensor_at(y, row * width + i);
        if (isnan(value))
            return -1;
        if (value > gt_tensor_at(y, row * width + best))
            best = i;
    }
    return width > 1 ? best : gt_tensor_at(y, row) > 0.5;
}

static void print_rows(const settings *s, const gt_tensor *y)
{
    const int64_t rows = gt_tensor_dim(y, 0), width = gt_tensor_size(y) / rows;
    for (int64_t row = 0; row < rows; row++) {
        printf("%lld", (long long)row);
        const int64_t best = class_of(y, row, width);
        if (!s->all && width > 1 && best >= 0)
            printf(" %lld %g", (long long)best, gt_tensor_at(y, row * width + best));
        else if (!s->all && width > 1)
            printf(" nan");
        for (int64_t i = 0; (s->all || width == 1) && i < width; i++)
            printf(" %g", gt_tensor_at(y, row * width + i));
        putchar('\n');
    }
}

/* ---- the accuracy ----------------------------------------------------------------------------------------------- */

/* Labels as they are in their file: (n) or (n, 1) class numbers, or (n, classes) one-hot. */
typedef struct labels {
    const char *path;
    const gt_tensor *tensor;
    int64_t classes;
    bool one_hot;
} labels;

static gt_status check_labels(const labels *l, int64_t rows, int64_t in_file)
{
    const gt_shape shape = gt_tensor_shape(l->tensor);
    const int64_t width = shape.rank > 0 && shape.dim[0] > 0 ? gt_shape_size(&shape) / shape.dim[0] : 0;
    if (shape.rank < 1 || shape.rank > 2 || (width != 1 && (width != l->classes || l->classes < 2)))
        return gt_fail(GT_ERR_SHAPE, "%s: %s is neither class numbers nor one-hot rows of %lld classes", l->path,
                       gt_shape_text(&shape).text, (long long)(l->classes > 1 ? l->classes : 2));
    if (shape.dim[0] != in_file && shape.dim[0] != rows)
        return gt_fail(GT_ERR_SHAPE, "%s: %lld labels for %lld rows", l->path, (long long)shape.dim[0],
                       (long long)in_file);
    return GT_OK;
}

static gt_status no_label(const labels *l, int64_t row, const char *what)
{
    return gt_fail(GT_ERR_VALUE, "%s: label %lld %s", l->path, (long long)row, what);
}

/* The class number of a row. */
static gt_status label_at(const labels *l, int64_t row, int64_t *label)
{
    *label = -1;
    if (!l->one_hot) {
        const double value = gt_tensor_at(l->tensor, row);
        const double most = l->classes > 1 ? (double)l->classes - 1 : 1;
        if (!(value >= 0 && value <= most && value == floor(value))) {
            char what[80];
            snprintf(what, sizeof what, "is %g, no class number from 0 to %g", value, most);
            return no_label(l, row, what);
        }
        *label = (int64_t)value;
        return GT_OK;
    }
    for (int64_t i = 0; i < l->classes; i++) {
        const double value = gt_tensor_at(l->tensor, row * l->classes + i);
        if ((value != 0 && value != 1) || (value == 1 && *label >= 0))
            return no_label(l, row, "is no one-hot row");
        *label = value == 1 ? i : *label;
    }
    return *label >= 0 ? GT_OK : no_label(l, row, "is no one-hot row");
}

static gt_status print_right(const labels *l, const gt_tensor *y)
{
    const int64_t rows = gt_tensor_dim(y, 0);
    int64_t right = 0;
    for (int64_t row = 0; row < rows; row++) {
        int64_t label;
        gt_status status = label_at(l, row, &label);
        if (status != GT_OK)
            return status;
        right += label == class_of(y, row, l->classes);
    }
    printf("accuracy: %.2f %% of %lld rows\n", 100 * (double)right / (double)rows, (long long)rows);
    return GT_OK;
}

static gt_status print_accuracy(const settings *s, const gt_tensor *y, int64_t in_file)
{
    gt_archive *archive = array_file_open(s->labels);
    labels l = {.path = s->labels, .classes = gt_tensor_size(y) / gt_tensor_dim(y, 0)};
    l.tensor = archive ? array_file_find(archive, s->labels, s->labels_array) : NULL;
    l.one_hot = l.tensor && gt_tensor_size(l.tensor) != gt_tensor_dim(l.tensor, 0);
    gt_status status = l.tensor ? check_labels(&l, gt_tensor_dim(y, 0), in_file) : gt_last_status();
    if (status == GT_OK)
        status = print_right(&l, y);
    gt_archive_free(archive);
    return status;
}

/* ---- the run ---------------------------------------------------------------------------------------------------- */

static gt_status answer(const settings *s, gt_model *model, const samples *read)
{
    gt_tensor *y = gt_model_predict(model, read->x, s->batch_size);
    if (!y)
        return gt_last_status();
    gt_status status = s->output ? gt_npy_write(y, s->output) : GT_OK;
    if (!s->output)
        print_rows(s, y);
    if (status == GT_OK && s->labels)
        status = print_accuracy(s, y, read->in_file);
    gt_tensor_free(y);
    return status;
}

static gt_status check_output(const settings *s, const char *model, const char *data)
{
    output_list o = {.count = 0};
    outputs_keep(&o, "the model", model);
    outputs_keep(&o, "the data", data);
    outputs_keep(&o, "the labels", s->labels);
    outputs_file(&o, "--output", s->output);
    return outputs_check(&o);
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
    samples read = {.x = NULL};
    gt_status status = check_output(&s, argv[1], argv[2]);
    gt_model *model = status == GT_OK ? gt_model_load(argv[1]) : NULL;
    if (status == GT_OK)
        status = model ? read_samples(&s, model, argv[2], &read) : gt_last_status();
    if (status == GT_OK)
        status = answer(&s, model, &read);
    if (status != GT_OK)
        failed("predict", "%s", gt_last_error());
    gt_tensor_free(read.x);
    gt_model_free(model);
    return status == GT_OK ? STATUS_OK : STATUS_FAILED;
}
