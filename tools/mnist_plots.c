#include "tools/mnist_plots.h"

#include <stdio.h>

#include "models/files.h"
#include "models/rows.h"
#include "tools/plot.h"

enum { SHOWN = 10, SIDE = 28, CLASSES = 10 };

option option_plot(mnist_plots *plots)
{
    return option_text("plot", &plots->plot, "FILE",
                       "pictures, .png or .svg: for out.png, out-curves.png and beside it right,\n"
                       "wrong, confusion and, with --model cnn, filters");
}

option option_graph(mnist_plots *plots)
{
    return option_text("graph", &plots->graph, "FILE",
                       "the graph of a training step's forward pass, for Graphviz:\ndot -Tsvg FILE -o graph.svg");
}

void mnist_plots_outputs(const mnist_plots *plots, output_list *o)
{
    static const char *const parts[] = {"curves", "right", "wrong", "confusion", "filters", NULL};
    outputs_pictures(o, "--plot", plots->plot, parts);
    outputs_file(o, "--graph", plots->graph);
}

/* ---- curves ----------------------------------------------------------------------------------------------------- */

static gt_status draw_curves(const char *file, const mnist_tested *t, const int32_t *prediction)
{
    (void)prediction;
    enum { MOST = 4 }; /* loss and accuracy, of training and validation */
    const char *names[MOST] = {NULL};
    const double *values[MOST] = {NULL};
    plot_record record = {.names = gt_model_history_count(t->model), .name = names, .value = values};
    record.names = record.names < MOST ? record.names : MOST;
    for (int i = 0; i < record.names; i++) {
        names[i] = gt_model_history_name(t->model, i);
        values[i] = gt_model_history(t->model, names[i], &record.count);
    }
    return plot_training(file, &record);
}

/* ---- digits ----------------------------------------------------------------------------------------------------- */

/* The first digits that were classified correctly, or not, with their labels and predictions. */
typedef struct chosen {
    int count;
    int32_t row[SHOWN];
    char text[SHOWN][32];
    const char *caption[SHOWN];
} chosen;

static void choose(int64_t count, const int32_t *label, const int32_t *prediction, bool right, chosen *c)
{
    for (int32_t i = 0; i < count && c->count < SHOWN; i++) {
        if ((label[i] == prediction[i]) != right)
            continue;
        c->row[c->count] = i;
        snprintf(c->text[c->count], sizeof c->text[0], "%d, %d", label[i], prediction[i]);
        c->caption[c->count] = c->text[c->count];
        c->count++;
    }
}

static gt_status draw_digits(const char *file, const mnist_tested *t, const int32_t *prediction, bool right)
{
    chosen c = {.count = 0};
    choose(gt_tensor_dim(t->x, 0), gt_tensor_data(t->labels), prediction, right, &c);
    gt_tensor *images = gt_rows_like(t->x, c.count);
    gt_status status = images ? gt_rows_copy(images, t->x, c.row, c.count) : GT_ERR_MEMORY;
    if (status == GT_OK)
        status = plot_images(file, &(plot_grid){.title = right ? "Classified correctly: label, prediction"
                                                               : "Misclassified: label, prediction",
                                                .images = images,
                                                .height = SIDE,
                                                .caption = c.caption});
    gt_tensor_free(images);
    return status;
}

static gt_status draw_right(const char *file, const mnist_tested *t, const int32_t *prediction)
{
    return draw_digits(file, t, prediction, true);
}

static gt_status draw_wrong(const char *file, const mnist_tested *t, const int32_t *prediction)
{
    return draw_digits(file, t, prediction, false);
}

static gt_status draw_confusion(const char *file, const mnist_tested *t, const int32_t *prediction)
{
    static const char *const digit[CLASSES] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    double counts[CLASSES][CLASSES] = {{0}};
    const int32_t *label = gt_tensor_data(t->labels);
    const int64_t count = gt_tensor_dim(t->x, 0);
    int64_t right = 0;
    for (int64_t i = 0; i < count; i++) {
        counts[label[i]][prediction[i]]++;
        right += label[i] == prediction[i];
    }
    char title[96];
    snprintf(title, sizeof title, "%lld test digits, %lld classified correctly", (long long)count, (long long)right);
    return plot_table(file, &(plot_matrix){.title = title,
                                           .x_label = "prediction",
                                           .y_label = "label",
                                           .rows = CLASSES,
                                           .columns = CLASSES,
                                           .row_label = digit,
                                           .column_label = digit,
                                           .value = &counts[0][0]});
}

/* ---- filters ---------------------------------------------------------------------------------------------------- */

/* The first convolution's; NULL where the model has none. */
static const gt_tensor *first_filters(const mnist_tested *t)
{
    const gt_tensor *weight = gt_model_weight(t->model, 0);
    return gt_tensor_rank(weight) == 4 ? weight : NULL;
}

static gt_status draw_filters(const char *file, const mnist_tested *t, const int32_t *prediction)
{
    (void)prediction;
    const gt_tensor *filters = first_filters(t);
    gt_tensor *on_cpu = gt_tensor_new(gt_tensor_dtype(filters), gt_tensor_shape(filters));
    gt_status status = on_cpu ? gt_tensor_assign(on_cpu, filters) : GT_ERR_MEMORY;
    if (status == GT_OK)
        status = plot_filters(file, "Filters of the first convolution", on_cpu);
    gt_tensor_free(on_cpu);
    return status;
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

static gt_status draw_parts(const char *file, const mnist_tested *t, const int32_t *prediction, bool quiet)
{
    static const struct {
        const char *part;
        gt_status (*draw)(const char *file, const mnist_tested *t, const int32_t *prediction);
    } parts[] = {{"curves", draw_curves},
                 {"right", draw_right},
                 {"wrong", draw_wrong},
                 {"confusion", draw_confusion},
                 {"filters", draw_filters}};
    gt_status status = GT_OK;
    for (size_t i = 0; status == GT_OK && i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].draw == draw_filters && !first_filters(t))
            continue;
        char *name = plot_name(file, parts[i].part);
        status = name ? parts[i].draw(name, t, prediction) : GT_ERR_MEMORY;
        if (status == GT_OK && !quiet)
            printf("picture: %s\n", name);
        gt_release(name);
    }
    return status;
}

static gt_status draw_all(const char *file, const mnist_tested *t, bool quiet)
{
    gt_tensor *outputs = gt_model_predict(t->model, t->x, t->batch_size);
    gt_tensor *predictions = outputs ? gt_one_hot_encoder_inverse(t->encoder, outputs) : NULL;
    gt_status status = predictions ? draw_parts(file, t, gt_tensor_data(predictions), quiet) : gt_last_status();
    gt_tensor_free(predictions);
    gt_tensor_free(outputs);
    return status;
}

/* ---- the graph -------------------------------------------------------------------------------------------------- */

static void write_piece(void *file, const char *text, size_t length)
{
    gt_file_write(file, text, length);
}

static gt_status write_graph(const char *path, const gt_tape *tape)
{
    gt_file *file;
    gt_status status = gt_file_begin(path, &file);
    if (status != GT_OK)
        return status;
    status = gt_tape_dot(tape, write_piece, file);
    if (status == GT_OK)
        return gt_file_end(file);
    gt_file_abandon(file);
    return status;
}

/* The first rows, as a tensor of its own on the model's device. */
static gt_tensor *batch_of(const mnist_tested *t, const gt_tensor *data)
{
    const int64_t there = gt_tensor_dim(data, 0);
    gt_tensor *rows = gt_tensor_rows(data, 0, t->batch_size < there ? t->batch_size : there);
    gt_tensor *batch = rows ? gt_tensor_copy(rows) : NULL;
    gt_tensor_free(rows);
    if (!batch || gt_tensor_move(batch, gt_model_device(t->model)) == GT_OK)
        return batch;
    gt_tensor_free(batch);
    return NULL;
}

static gt_status draw_graph(const char *path, const mnist_tested *t, bool quiet)
{
    gt_tensor *x = batch_of(t, t->x), *y = batch_of(t, t->y);
    gt_tape *tape = x && y ? gt_tape_new(gt_model_device(t->model)) : NULL;
    gt_status status = tape ? GT_OK : gt_last_status();
    if (status == GT_OK) {
        gt_tensor_set_name(x, "images");
        gt_tensor_set_name(y, "labels");
        gt_tape_begin(tape);
        const gt_tensor *loss = t->loss(tape, gt_model_call(t->model, tape, x, true), y);
        gt_tape_end(tape);
        status = loss ? write_graph(path, tape) : gt_fail(gt_tape_status(tape), "%s", gt_tape_message(tape));
    }
    if (status == GT_OK && !quiet)
        printf("graph: %s\n", path);
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_tensor_free(y);
    return status;
}

gt_status mnist_plots_draw(const mnist_plots *plots, const mnist_tested *tested, bool quiet)
{
    gt_status status = plots->plot ? draw_all(plots->plot, tested, quiet) : GT_OK;
    return status == GT_OK && plots->graph ? draw_graph(plots->graph, tested, quiet) : status;
}
