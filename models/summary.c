/* Keras' table of layers: keras/utils/layer_utils.py (2.8), print_summary, with its 65 columns. */
#include <stdio.h>
#include <string.h>

#include "models/model_internal.h"

enum { COLUMNS = 3, LINE = 65 };
static const int ends[COLUMNS] = {29, 55, 65}; /* where each column ends */

typedef struct table {
    gt_writer *writer;
    void *context;
} table;

static void write_rule(const table *t, char c)
{
    char rule[LINE + 1];
    memset(rule, c, LINE);
    rule[LINE] = '\0';
    gt_write(t->writer, t->context, "%s\n", rule);
}

/* One row; what does not fit a column goes on in further lines, as Keras does it. */
static void write_row(const table *t, const char *const fields[COLUMNS])
{
    const char *left[COLUMNS] = {fields[0], fields[1], fields[2]};
    while (*left[0] || *left[1] || *left[2]) {
        char line[2 * LINE] = " ";
        int at = 1;
        for (int i = 0; i < COLUMNS; i++) {
            const int space = i < COLUMNS - 1 ? 2 : 0; /* between columns */
            const int room = ends[i] - (i ? ends[i - 1] : 0) - space;
            int length = (int)strlen(left[i]);
            length = length < room ? length : room;
            memcpy(line + at, left[i], (size_t)length);
            left[i] += length;
            at += length;
            const int end = at + space > ends[i] ? at + space : ends[i];
            memset(line + at, ' ', (size_t)(end - at));
            at = end;
        }
        line[at] = '\0';
        gt_write(t->writer, t->context, "%s\n", line);
    }
}

/* "(None, 28, 28, 1)": the batch axis is open. */
static void shape_text(const gt_shape *sample, char *text, size_t size)
{
    size_t at = (size_t)snprintf(text, size, sample->rank ? "(None" : "(None,");
    for (int64_t i = 0; i < sample->rank; i++)
        at += (size_t)snprintf(text + at, size - at, ", %lld", (long long)sample->dim[i]);
    snprintf(text + at, size - at, ")");
}

/* 10431 as "10,431". */
static void grouped(int64_t number, char text[32])
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)number), at = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = '\0';
}

static void write_layer(const table *t, const gt_layer *layer)
{
    char name[256], shape[256], parameters[32];
    int64_t count = 0;
    for (int i = 0; i < layer->weights; i++)
        count += gt_tensor_size(layer->weight[i]);
    snprintf(name, sizeof name, "%.120s (%.120s)", gt_layer_label(layer), gt_layer_type(layer));
    shape_text(&layer->output, shape, sizeof shape);
    snprintf(parameters, sizeof parameters, "%lld", (long long)count);
    write_row(t, (const char *const[COLUMNS]){name, shape, parameters});
    write_rule(t, ' ');
}

gt_status gt_model_summary(const gt_model *model, gt_writer *writer, void *context)
{
    if (!model || !writer)
        return gt_fail(GT_ERR_ARGUMENT, "gt_model_summary: the %s is NULL", model ? "writer" : "model");
    if (model->failure != GT_OK)
        return gt_fail(model->failure, "%s", model->message);
    if (!model->built)
        return gt_fail(GT_ERR_STATE,
                       "gt_model_summary: the model '%s' is not built: call gt_model_build, or begin with "
                       "gt_layer_input",
                       model->name);
    const table t = {writer, context};
    gt_write(writer, context, "Model: \"%s\"\n", model->name);
    write_rule(&t, '_');
    write_row(&t, (const char *const[COLUMNS]){"Layer (type)", "Output Shape", "Param #"});
    write_rule(&t, '=');
    for (int i = 0; i < model->layers; i++)
        write_layer(&t, model->layer[i]);
    write_rule(&t, '=');
    const int64_t all = gt_model_parameter_count(model, false), trained = gt_model_parameter_count(model, true);
    char total[32], trainable[32], rest[32];
    grouped(all, total);
    grouped(trained, trainable);
    grouped(all - trained, rest);
    gt_write(writer, context, "Total params: %s\nTrainable params: %s\nNon-trainable params: %s\n", total, trainable,
             rest);
    write_rule(&t, '_');
    return GT_OK;
}
