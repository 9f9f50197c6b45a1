/* What the labs on 20x20 digits share: options, and the steps that both documents take. */
#ifndef TOOLS_LAB_DIGIT_STEPS_H
#define TOOLS_LAB_DIGIT_STEPS_H

#include "tools/lab.h"

typedef struct digit_options {
    const char *data[2], *plot;
    int64_t epochs, seed, threads;
} digit_options;

/* Rows of an options table. */
option option_digits(digit_options *o);
option option_digit_plot(digit_options *o, const char *help);
option option_digit_epochs(digit_options *o, const char *help);
option option_digit_seed(digit_options *o);

/* Does what the options ask for before the first step, and reads the digits, those below `classes` alone. `pictures`
 * are the parts of --plot that will be drawn, up to NULL. */
gt_status digits_begin(const digit_options *o, const char *const *pictures, int classes, lab_digits *digits);

/* The first row, the first and the last label, the shapes. `rows` is the document's number of them. */
gt_status digits_show_data(const lab_digits *digits, int64_t rows, int classes);

/* Of both documents' networks. */
enum { DIGIT_LAYERS = 3 };
/* Keras' table; the parameters of each layer, those of the document, and in all; the shapes of W and b. */
gt_status digits_show_layers(const gt_model *model, const int64_t document[DIGIT_LAYERS]);

/* fit with Keras' log; y is in the form that the loss takes. */
gt_status digits_fit(gt_model *model, const gt_tensor *x, const gt_tensor *y, const gt_fit_options *options);

/* The row that the document shows, where it is one of this class, otherwise the first of the class; -1 without one. */
int64_t digits_row_of(const lab_digits *digits, int32_t class_number, int64_t document);

/* The model's output for one row, the caller's; NULL with the message set. */
gt_tensor *digits_predict_row(gt_model *model, const lab_digits *digits, int64_t row);

/* Digits with what was read: the second reading may be NULL. */
typedef struct digit_readings {
    int count;
    const int32_t *row;                  /* `count` of them */
    const int32_t *prediction, *another; /* of all rows */
} digit_readings;

enum { DIGITS_SHOWN = 64 };
/* The labels and readings, eight in a line, a star at what was read wrongly. */
void digits_print(const lab_digits *digits, const digit_readings *read);
/* As a picture, FILE-part; nothing where `plot` is NULL. */
gt_status digits_draw(const char *plot, const char *part, const char *title, const lab_digits *digits,
                      const digit_readings *read);

#endif
