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

typedef struct number_format {
    bool integer, scientific, single;
    int before, after; /* digits around the point; `before` counts a sign */
    int special;       /* width of the longest nan, inf or -inf */
} number_format;

typedef struct printer {
    const double *values;
    const gt_shape *shape;
    bool shortened;
    number_format format;
    gt_writer *writer;
    void *context;
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

/* The fewest digits behind the point from which the value can be read back, at most PRECISION. */
static int digits_needed(const number_format *format, double value, char *text, size_t size)
{
    for (int digits = 0;; digits++) {
        snprintf(text, size, format->scientific ? "%.*e" : "%.*f", digits, value);
        bool exact = format->single ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value;
        if (exact || digits == PRECISION)
            return digits;
    }
}

static void note_digits(double value, void *context)
{
    number_format *format = context;
    char text[400];
    if (!isfinite(value)) {
        format->special = larger(format->special, value < 0 ? 4 : 3);
        return;
    }
    int after = 0;
    if (format->integer)
        snprintf(text, sizeof text, "%.0f", value);
    else
        after = digits_needed(format, value, text, sizeof text);
    format->before = larger(format->before, (int)strcspn(text, ".e"));
    format->after = larger(format->after, after);
}

static void print_number(const printer *p, double value)
{
    const number_format *format = &p->format;
    int width = format->before + (format->integer ? 0 : 1 + format->after + (format->scientific ? 4 : 0));
    width = larger(width, format->special);
    char text[400];
    if (isnan(value))
        snprintf(text, sizeof text, "%*s", width, "nan");
    else if (isinf(value))
        snprintf(text, sizeof text, "%*s", width, value < 0 ? "-inf" : "inf");
    else if (format->integer)
        snprintf(text, sizeof text, "%*.0f", width, value);
    else
        snprintf(text, sizeof text, format->scientific ? "%#*.*e" : "%#*.*f", width, format->after, value);
    /* NumPy shows a value's own trailing zeros as spaces. */
    for (size_t i = strlen(text); !format->integer && !format->scientific && i > 0 && text[i - 1] == '0'; i--)
        text[i - 1] = ' ';
    gt_write(p->writer, p->context, "%s", text);
}

static void print_axis(const printer *p, int64_t axis, int64_t offset)
{
    if (axis == p->shape->rank) {
        print_number(p, p->values[offset]);
        return;
    }
    int64_t size = p->shape->dim[axis];
    bool innermost = axis == p->shape->rank - 1, skipping = false;
    gt_write(p->writer, p->context, "[");
    for (int64_t i = 0; i < size; i++) {
        bool shown = is_shown(p, axis, i);
        if (!shown && skipping)
            continue;
        if (i > 0 && innermost)
            gt_write(p->writer, p->context, " ");
        for (int64_t line = i > 0 && !innermost ? p->shape->rank - axis - 1 : 0; line > 0; line--)
            gt_write(p->writer, p->context, "\n");
        if (i > 0 && !innermost)
            gt_write(p->writer, p->context, "%*s", (int)axis + 1, "");
        skipping = !shown;
        if (shown)
            print_axis(p, axis + 1, offset * size + i);
        else
            gt_write(p->writer, p->context, "...");
    }
    gt_write(p->writer, p->context, "]");
}

static void choose_format(printer *p, gt_dtype dtype)
{
    p->format.integer = !gt_dtype_is_real(dtype);
    p->format.single = dtype == GT_FLOAT32;
    extremes e = {INFINITY, 0};
    each_shown(p, 0, 0, note_extreme, &e);
    if (!p->format.integer && e.largest > 0)
        p->format.scientific = e.largest >= 1e8 || e.smallest < 1e-4 || e.largest / e.smallest > 1e3;
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
        print_axis(&p, 0, 0);
        gt_write(writer, context, "\n");
    }
    gt_release(raw);
    gt_release(values);
    return status;
}
