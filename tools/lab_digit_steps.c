#include "tools/lab_digit_steps.h"

#include <stdio.h>

#include "models/rows.h"
#include "tools/device_option.h"
#include "tools/fit_output.h"
#include "tools/lab_part.h"
#include "tools/outputs.h"
#include "tools/plot.h"

/* ---- options ---------------------------------------------------------------------------------------------------- */

option option_digits(digit_options *o)
{
    return option_two_texts("data", o->data, "X.npy y.npy",
                            "the course's digits, (n, 400) and their labels (default: cut from the\n"
                            "5,000 digits that come with gradtape)");
}

option option_digit_plot(digit_options *o, const char *help)
{
    return option_text("plot", &o->plot, "FILE", help);
}

option option_digit_epochs(digit_options *o, const char *help)
{
    return option_integer("epochs", &o->epochs, "N", 1, 1000000, help);
}

option option_digit_seed(digit_options *o)
{
    return option_integer("seed", &o->seed, "N", 0, INT64_MAX,
                          "of initial weights, shuffling, and the digits shown (default: 1)");
}

gt_status digits_begin(const digit_options *o, const char *const *pictures, int classes, lab_digits *digits)
{
    output_list files = {.count = 0};
    outputs_pictures(&files, "--plot", o->plot, pictures);
    gt_status status = outputs_check(&files);
    if (status == GT_OK)
        status = threads_chosen(o->threads);
    if (status == GT_OK)
        status = lab_digits_read(o->data[0], o->data[1], digits);
    if (status != GT_OK)
        return status;
    printf("digits: %s\n", o->data[0] ? o->data[0] : "cut from the 28x28 digits that come with gradtape");
    status = lab_digits_keep(digits, classes);
    return status == GT_ERR_VALUE ? gt_fail(status, "%s: %s", o->data[1], gt_last_error()) : status;
}

/* ---- the data --------------------------------------------------------------------------------------------------- */

gt_status digits_show_data(const lab_digits *digits, int64_t rows, int classes)
{
    lab_step("The data set: 20x20 digits, one a row, each stored column by column");
    const int64_t there = gt_tensor_dim(digits->x, 0);
    gt_tensor *first = gt_tensor_rows(digits->x, 0, 1);
    if (!first)
        return gt_last_status();
    lab_show("X[0]", first);
    gt_tensor_free(first);
    const gt_shape x = gt_tensor_shape(digits->x), y = gt_tensor_shape(digits->y);
    printf("the shape of X is %s, of y %s (in the document a column)\n", gt_shape_text(&x).text,
           gt_shape_text(&y).text);
    if (there == rows) {
        lab_compare("the first label, y[0]", gt_tensor_at(digits->y, 0), 0, 0);
        lab_compare("the last label, y[-1]", gt_tensor_at(digits->y, there - 1), classes - 1, 0);
    } else {
        lab_note("other data than the document's %lld digits", (long long)rows);
    }
    return GT_OK;
}

int64_t digits_row_of(const lab_digits *digits, int32_t class_number, int64_t document)
{
    const int32_t *label = gt_tensor_data(digits->y);
    const int64_t rows = gt_tensor_size(digits->y);
    if (document < rows && label[document] == class_number)
        return document;
    for (int64_t i = 0; i < rows; i++)
        if (label[i] == class_number)
            return i;
    return -1;
}

/* ---- the model -------------------------------------------------------------------------------------------------- */

gt_status digits_show_layers(const gt_model *model, const int64_t document[DIGIT_LAYERS])
{
    gt_status status = gt_model_summary(model, gt_write_file, stdout);
    int64_t total = 0;
    putchar('\n');
    for (int i = 0; i < DIGIT_LAYERS; i++) {
        const gt_layer *layer = gt_model_layer(model, i);
        const gt_tensor *kernel = gt_layer_weight(layer, 0), *bias = gt_layer_weight(layer, 1);
        const gt_shape w = gt_tensor_shape(kernel), b = gt_tensor_shape(bias);
        char what[64];
        snprintf(what, sizeof what, "parameters of %s", gt_layer_name(layer));
        lab_compare(what, (double)(gt_tensor_size(kernel) + gt_tensor_size(bias)), (double)document[i], 0);
        printf("  W%d %s, b%d %s\n", i + 1, gt_shape_text(&w).text, i + 1, gt_shape_text(&b).text);
        total += document[i];
    }
    lab_compare("parameters in all", (double)gt_model_parameter_count(model, false), (double)total, 0);
    return status;
}

gt_status digits_fit(gt_model *model, const gt_tensor *x, const gt_tensor *y, const gt_fit_options *options)
{
    const gt_fit_options fit = fit_on_stdout(*options);
    return gt_model_fit(model, x, y, &fit);
}

gt_tensor *digits_predict_row(gt_model *model, const lab_digits *digits, int64_t row)
{
    gt_tensor *x = gt_tensor_rows(digits->x, row, 1);
    gt_tensor *output = x ? gt_model_predict(model, x, 1) : NULL;
    gt_tensor_free(x);
    return output;
}

/* ---- many digits ------------------------------------------------------------------------------------------------ */

typedef struct caption {
    char text[40];
    bool wrong;
} caption;

static caption caption_of(const lab_digits *digits, const digit_readings *read, int index)
{
    caption c;
    const int32_t row = read->row[index], label = ((const int32_t *)gt_tensor_data(digits->y))[row];
    const int32_t first = read->prediction[row], second = read->another ? read->another[row] : first;
    if (read->another)
        snprintf(c.text, sizeof c.text, "%d, %d, %d", label, first, second);
    else
        snprintf(c.text, sizeof c.text, "%d, %d", label, first);
    c.wrong = first != label || second != label;
    return c;
}

void digits_print(const lab_digits *digits, const digit_readings *read)
{
    enum { A_LINE = 8 };
    for (int i = 0; i < read->count; i++) {
        const caption c = caption_of(digits, read, i);
        printf("  %s%s%s", c.text, c.wrong ? "*" : " ", i % A_LINE == A_LINE - 1 || i == read->count - 1 ? "\n" : "");
    }
}

typedef struct picture {
    const char *title;
    const lab_digits *digits;
    const digit_readings *read;
} picture;

static gt_status draw_captioned(const char *file, const picture *p, const gt_tensor *images)
{
    caption captions[DIGITS_SHOWN];
    const char *texts[DIGITS_SHOWN];
    bool wrong[DIGITS_SHOWN];
    for (int i = 0; i < p->read->count; i++) {
        captions[i] = caption_of(p->digits, p->read, i);
        texts[i] = captions[i].text;
        wrong[i] = captions[i].wrong;
    }
    return plot_images(file, &(plot_grid){.title = p->title, .images = images, .caption = texts, .marked = wrong});
}

static gt_status draw(const char *file, const void *context)
{
    const picture *p = context;
    gt_tensor *rows = gt_rows_like(p->digits->x, p->read->count);
    gt_tensor *images = NULL;
    if (rows && gt_rows_copy(rows, p->digits->x, p->read->row, p->read->count) == GT_OK)
        images = lab_digits_upright(rows);
    gt_status status = images ? draw_captioned(file, p, images) : gt_last_status();
    gt_tensor_free(rows);
    gt_tensor_free(images);
    return status;
}

gt_status digits_draw(const char *plot, const char *part, const char *title, const lab_digits *digits,
                      const digit_readings *read)
{
    digit_readings fitting = *read;
    fitting.count = fitting.count < DIGITS_SHOWN ? fitting.count : DIGITS_SHOWN;
    return lab_draw(plot, part, draw, &(picture){title, digits, &fitting});
}
