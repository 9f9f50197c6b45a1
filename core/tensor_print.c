/* Printing a tensor as NumPy prints an array: aligned columns, 8 significant digits, "..." where it is long. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/device_internal.h"
#include "core/tensor_internal.h"

#define LONG_ARRAY 1000 /* elements from which axes are shortened */
#define EDGE       3    /* entries shown at each end of a shortened axis */
#define PRECISION  8
#define LINE_WIDTH 75

/* Room for any float64: 309 digits before the point. */
typedef struct number_text {
    char text[400];
} number_text;

typedef struct number_format {
    bool integer, scientific, single;
    int before, after; /* digits around the point; `before` counts a sign */
    int exponent;      /* digits of the longest exponent */
    int special;       /* width of the longest nan, inf or -inf */
} number_format;

typedef struct printer {
    const double *values;
    const gt_shape *shape;
    bool shortened;
    number_format format;
    gt_writer *writer;
    void *context;
    int column; /* of the line so far */
    int spaces; /* owed at its end: left out where the line breaks */
} printer;

static bool is_shown(const printer *p, int64_t axis, int64_t i)
{
    int64_t size = p->shape->dim[axis];
    return !p->shortened || size <= 2 * EDGE || i < EDGE || i >= size - EDGE;
}

/* Calls `body` for every value that will be shown. */
static void each_shown(const printer *p, int64_t axis, int64_t offset, void (*body)(double, void *), void *context)
{
    if (axis == p->shape->rank) {
        body(p->values[offset], context);
        return;
    }
    for (int64_t i = 0; i < p->shape->dim[axis]; i++)
        if (is_shown(p, axis, i))
            each_shown(p, axis + 1, offset * p->shape->dim[axis] + i, body, context);
}

typedef struct extremes {
    double smallest, largest; /* of the finite values' magnitudes, zero left out */
} extremes;

static void note_extreme(double value, void *context)
{
    extremes *e = context;
    double size = fabs(value);
    if (!isfinite(value) || size == 0)
        return;
    e->smallest = fmin(e->smallest, size);
    e->largest = fmax(e->largest, size);
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static bool reads_back(const char *text, double value, bool single)
{
    return single ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value;
}

/* With the fewest digits behind the point from which the value can be read back, at most PRECISION. Returns them. */
static int shortest(const number_format *format, double value, number_text *number)
{
    for (int digits = 0;; digits++) {
        snprintf(number->text, sizeof number->text, format->scientific ? "%.*e" : "%.*f", digits, value);
        if (digits == PRECISION || reads_back(number->text, value, format->single))
            break;
    }
    /* What rounding left as zeros at the end is not shown. */
    size_t end = strcspn(number->text, "e"), digits = end;
    while (strchr(number->text, '.') && number->text[digits - 1] == '0')
        digits--;
    digits -= number->text[digits - 1] == '.';
    memmove(number->text + digits, number->text + end, strlen(number->text + end) + 1);
    const char *point = strchr(number->text, '.');
    return point ? (int)(digits - 1 - (size_t)(point - number->text)) : 0;
}

static void note_digits(double value, void *context)
{
    number_format *format = context;
    number_text number;
    if (!isfinite(value)) {
        format->special = larger(format->special, value < 0 ? 4 : 3);
        return;
    }
    int after = 0;
    if (format->integer)
        snprintf(number.text, sizeof number.text, "%.0f", value);
    else
        after = shortest(format, value, &number);
    format->before = larger(format->before, (int)strcspn(number.text, ".e"));
    format->after = larger(format->after, after);
    if (format->scientific)
        format->exponent = larger(format->exponent, (int)strlen(strchr(number.text, 'e')) - 2);
}

static void add(number_text *number, const char *text)
{
    size_t used = strlen(number->text);
    snprintf(number->text + used, sizeof number->text - used, "%s", text);
}

static void fill(number_text *number, const char *with, int count)
{
    for (int i = 0; i < count; i++)
        add(number, with);
}

/* A number of an array: spaces in front, and behind the point where others have more digits. Before an exponent, all
 * have as many. */
static number_text format_number(const number_format *format, double value)
{
    int tail = format->integer ? 0 : 1 + format->after + (format->scientific ? 2 + format->exponent : 0);
    int width = larger(format->before + tail, format->special);
    number_text number, padded = {""};
    size_t size = sizeof number.text;
    if (!isfinite(value) || format->integer) {
        snprintf(number.text, size, "%.0f", value);
        fill(&padded, " ", width - (isnan(value) ? 3 : (int)strlen(number.text)));
        add(&padded, isnan(value) ? "nan" : number.text); /* without the sign that some have */
        return padded;
    }
    if (format->scientific)
        snprintf(number.text, size, "%#.*e", format->after, value);
    int after = format->scientific ? 0 : shortest(format, value, &number);
    fill(&padded, " ", width - tail - (int)strcspn(number.text, "."));
    if (format->scientific) {
        char *exponent = strchr(number.text, 'e') + 2;
        snprintf(number.text + (exponent - number.text), size - (size_t)(exponent - number.text), "%0*ld",
                 format->exponent, strtol(exponent, NULL, 10));
        add(&padded, number.text);
        return padded;
    }
    add(&padded, number.text);
    fill(&padded, ".", after == 0);
    fill(&padded, " ", format->after - after);
    return padded;
}

/* A number that stands alone, as NumPy prints a scalar: all digits, "1.0", "1e-05". */
static number_text format_scalar(gt_dtype dtype, double value)
{
    number_text number;
    size_t size = sizeof number.text;
    bool single = dtype == GT_FLOAT32;
    if (isnan(value)) {
        snprintf(number.text, size, "nan"); /* without a sign */
        return number;
    }
    if (!gt_dtype_is_real(dtype) || !isfinite(value)) {
        snprintf(number.text, size, "%.0f", value);
        return number;
    }
    int digits = 0;
    do
        snprintf(number.text, size, "%.*e", digits, value);
    while (!reads_back(number.text, value, single) && digits++ < 17);
    if (value != 0 && (fabs(value) < 1e-4 || fabs(value) >= 1e16))
        return number;
    int exponent = (int)strtol(strchr(number.text, 'e') + 1, NULL, 10);
    double rounded = strtod(number.text, NULL); /* so that the digits of a float32 end where they did */
    snprintf(number.text, size, "%.*f", larger(1, digits - exponent), rounded);
    return number;
}

/* ---- lines ------------------------------------------------------------------------------------------------------ */

static void put(printer *p, const char *text)
{
    size_t length = strlen(text), shown = length;
    while (shown > 0 && text[shown - 1] == ' ')
        shown--;
    if (shown > 0)
        gt_write(p->writer, p->context, "%*s%.*s", p->spaces, "", (int)shown, text);
    p->spaces = (shown > 0 ? 0 : p->spaces) + (int)(length - shown);
    p->column += (int)length;
}

static void new_line(printer *p, int lines, int indent)
{
    for (; lines > 0; lines--)
        gt_write(p->writer, p->context, "\n");
    p->column = p->spaces = indent;
}

/* A word of the innermost axis: on a line of its own where it does not fit any more. */
static void put_word(printer *p, const char *word)
{
    int indent = (int)p->shape->rank;
    if (p->column > indent && p->column + (int)strlen(word) > LINE_WIDTH - indent)
        new_line(p, 1, indent);
    put(p, word);
}

static void print_axis(printer *p, int64_t axis, int64_t offset)
{
    int64_t size = p->shape->dim[axis];
    bool innermost = axis == p->shape->rank - 1, skipping = false;
    put(p, "[");
    for (int64_t i = 0; i < size; i++) {
        bool shown = is_shown(p, axis, i);
        if (!shown && skipping)
            continue;
        if (i > 0 && innermost)
            put(p, " ");
        else if (i > 0)
            new_line(p, (int)(p->shape->rank - axis - 1), (int)axis + 1);
        skipping = !shown;
        if (!shown && innermost)
            put_word(p, "...");
        else if (!shown)
            put(p, "...");
        else if (innermost)
            put_word(p, format_number(&p->format, p->values[offset * size + i]).text);
        else
            print_axis(p, axis + 1, offset * size + i);
    }
    gt_write(p->writer, p->context, "%*s", p->spaces, "");
    p->spaces = 0;
    put(p, "]");
}

static void choose_format(printer *p, gt_dtype dtype)
{
    p->format.integer = !gt_dtype_is_real(dtype);
    p->format.single = dtype == GT_FLOAT32;
    extremes e = {INFINITY, 0};
    each_shown(p, 0, 0, note_extreme, &e);
    if (!p->format.integer && e.largest > 0)
        p->format.scientific =
            e.largest >= 1e8 || e.smallest < 1e-4 ||
            (p->format.single ? (double)(float)(e.largest / e.smallest) : e.largest / e.smallest) > 1e3;
    each_shown(p, 0, 0, note_digits, &p->format);
}

gt_status gt_tensor_print(const gt_tensor *tensor, gt_writer *writer, void *context)
{
    gt_status status = gt_tensor_readable("gt_tensor_print", tensor);
    if (status != GT_OK)
        return status;
    if (!writer)
        return gt_fail(GT_ERR_ARGUMENT, "gt_tensor_print: the writer is NULL");
    int64_t size = gt_tensor_size(tensor);
    size_t bytes = gt_spec_bytes(&tensor->spec);
    char *raw = gt_allocate(bytes + 1);
    double *values = gt_allocate(((size_t)size + 1) * sizeof *values);
    status = raw && values ? gt_tensor_read(tensor, raw, bytes) : GT_ERR_MEMORY;
    for (int64_t i = 0; status == GT_OK && i < size; i++)
        values[i] = gt_element(tensor->spec.dtype, raw, i);
    if (status == GT_OK) {
        printer p = {.values = values, .shape = &tensor->spec.shape, .writer = writer, .context = context};
        p.shortened = size > LONG_ARRAY;
        choose_format(&p, tensor->spec.dtype);
        if (size == 0)
            gt_write(writer, context, "[]");
        else if (p.shape->rank == 0)
            gt_write(writer, context, "%s", format_scalar(tensor->spec.dtype, values[0]).text);
        else
            print_axis(&p, 0, 0);
        gt_write(writer, context, "\n");
    }
    gt_release(raw);
    gt_release(values);
    return status;
}
