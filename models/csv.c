/* CSV tables of numbers (RFC 4180): fields between separators, perhaps in quotes, a row a line. The file's lines are
 * looked through once, before memory for the values is asked for. Numbers have a point, whatever the locale. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "models/csv_internal.h"
#include "models/files.h"

#define LONGEST_NUMBER 400 /* what is longer is no number here: 17 digits say all that float64 holds */

typedef struct field {
    const char *text; /* without spaces around it, and quotes */
    size_t length;
} field;

/* Where reading is: at the first byte of a field. */
typedef struct reader {
    const char *name, *at, *end;
    char separator;
    int64_t line, column; /* from 1 */
    bool line_ended;      /* the field just read was its line's last */
} reader;

static reader reader_of(const char *name, const void *bytes, size_t length, char separator)
{
    reader r = {.name = name, .at = bytes, .separator = separator, .line = 1};
    r.end = length ? r.at + length : r.at;
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) /* UTF-8's mark */
        r.at += 3;
    while (r.end > r.at && (r.end[-1] == '\n' || r.end[-1] == '\r')) /* empty lines may follow the last row */
        r.end--;
    return r;
}

/* ---- fields ----------------------------------------------------------------------------------------------------- */

static bool is_blank(const reader *r, char c)
{
    return (c == ' ' || c == '\t') && c != r->separator;
}

static bool at_line_end(const reader *r)
{
    return r->at == r->end || *r->at == '\n' || (*r->at == '\r' && (r->at + 1 == r->end || r->at[1] == '\n'));
}

static gt_status wrong(const reader *r, gt_status status, const char *what)
{
    return gt_fail(status, "%s: line %lld, column %lld: %s", r->name, (long long)r->line, (long long)r->column, what);
}

static void skip_line_end(reader *r)
{
    r->at += r->at < r->end && *r->at == '\r';
    r->at += r->at < r->end && *r->at == '\n';
}

/* Up to the closing quote, of which two stand for one. */
static gt_status read_quoted(reader *r, field *f)
{
    f->text = ++r->at;
    while (r->at < r->end && *r->at != '\n' && (*r->at != '"' || (r->at + 1 < r->end && r->at[1] == '"'))) {
        if (*r->at == '\0')
            return wrong(r, GT_ERR_FORMAT, "a NUL byte");
        r->at += *r->at == '"' ? 2 : 1;
    }
    if (r->at == r->end || *r->at != '"')
        return wrong(r, GT_ERR_FORMAT, "its line ends before its quote does");
    f->length = (size_t)(r->at++ - f->text);
    while (r->at < r->end && is_blank(r, *r->at))
        r->at++;
    if (!at_line_end(r) && *r->at != r->separator)
        return wrong(r, GT_ERR_FORMAT, "something follows its quote");
    return GT_OK;
}

static gt_status read_plain(reader *r, field *f)
{
    f->text = r->at;
    while (!at_line_end(r) && *r->at != r->separator) {
        if (*r->at == '\0')
            return wrong(r, GT_ERR_FORMAT, "a NUL byte");
        r->at++;
    }
    f->length = (size_t)(r->at - f->text);
    while (f->length > 0 && is_blank(r, f->text[f->length - 1]))
        f->length--;
    return GT_OK;
}

/* The next field, with its line and column; r->at is behind its separator, or its line, afterwards. */
static gt_status read_field(reader *r, field *f)
{
    if (r->line_ended) {
        r->line++;
        r->column = 0;
    }
    r->column++;
    while (r->at < r->end && is_blank(r, *r->at))
        r->at++;
    gt_status status = r->at < r->end && *r->at == '"' ? read_quoted(r, f) : read_plain(r, f);
    if (status != GT_OK)
        return status;
    r->line_ended = at_line_end(r);
    if (r->line_ended)
        skip_line_end(r);
    else
        r->at++;
    return GT_OK;
}

/* ---- numbers ---------------------------------------------------------------------------------------------------- */

static size_t digits_at(const char *text)
{
    return strspn(text, "0123456789");
}

/* What strtod takes beside this, hexadecimal digits and NaNs with a number, is no CSV. */
static bool is_number(const char *text)
{
    static const char *const words[] = {"nan", "inf", "infinity"};
    text += *text == '+' || *text == '-';
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t k = 0;
        while (words[i][k] && (text[k] | 0x20) == words[i][k])
            k++;
        if (!words[i][k] && !text[k])
            return true;
    }
    const size_t whole = digits_at(text);
    text += whole;
    const size_t part = *text == '.' ? digits_at(text + 1) : 0;
    text += *text == '.' ? part + 1 : 0;
    if (whole + part == 0)
        return false;
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '+' || *text == '-';
        if (digits_at(text) == 0)
            return false;
        text += digits_at(text);
    }
    return *text == '\0';
}

/* Whether the field is a number; *large where it is one that the dtype does not hold. */
static bool parse_number(const field *f, bool single, double *value, bool *large)
{
    char text[LONGEST_NUMBER];
    *large = false;
    if (f->length == 0 || f->length >= sizeof text)
        return false;
    memcpy(text, f->text, f->length);
    text[f->length] = '\0';
    if (!is_number(text))
        return false;
    errno = 0;
    *value = single ? (double)strtof(text, NULL) : strtod(text, NULL);
    *large = errno == ERANGE && isinf(*value);
    return true;
}

/* A piece of the field, with what cannot be printed as a question mark. */
static gt_status no_number(const reader *r, const field *f)
{
    char text[41], what[80];
    size_t length = f->length < sizeof text ? f->length : sizeof text - 1;
    for (size_t i = 0; i < length; i++)
        text[i] = (unsigned char)f->text[i] < ' ' || f->text[i] == 0x7f ? '?' : f->text[i];
    text[length] = '\0';
    snprintf(what, sizeof what, "'%s%s' is no number", text, length < f->length ? "..." : "");
    return wrong(r, GT_ERR_FORMAT, f->length > 0 ? what : "an empty field");
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

typedef struct table {
    int64_t rows, columns;
    bool header;
} table;

/* As "3rd", and as a line of numbers in which another separator was meant: "1;2;3". */
static bool begins_as_number(const field *f)
{
    return f->length > 0 && strchr("0123456789+-.", f->text[0]);
}

/* The first line: how many columns, and whether it is one of names. */
static gt_status measure_first(reader *r, table *t)
{
    bool numbers = false, names = false;
    do {
        field f;
        double value;
        bool large;
        gt_status status = read_field(r, &f);
        if (status != GT_OK)
            return status;
        t->columns++;
        numbers = numbers || parse_number(&f, false, &value, &large);
        names = names || (f.length > 0 && !begins_as_number(&f));
    } while (!r->line_ended);
    t->header = names && !numbers;
    t->rows = !t->header;
    return GT_OK;
}

static gt_status measure(reader r, table *t)
{
    *t = (table){0};
    if (r.at == r.end)
        return gt_fail(GT_ERR_FORMAT, "%s: no line is in it", r.name);
    gt_status status = measure_first(&r, t);
    while (status == GT_OK && r.at < r.end) {
        field f;
        do
            status = read_field(&r, &f);
        while (status == GT_OK && !r.line_ended);
        if (status == GT_OK && r.column != t->columns)
            status = gt_fail(GT_ERR_FORMAT, "%s: line %lld has %lld fields, line 1 has %lld", r.name, (long long)r.line,
                             (long long)r.column, (long long)t->columns);
        t->rows++;
    }
    return status;
}

static gt_status read_value(reader *r, bool single, double *value)
{
    field f;
    bool large;
    gt_status status = read_field(r, &f);
    if (status != GT_OK)
        return status;
    if (!parse_number(&f, single, value, &large))
        return no_number(r, &f);
    if (large)
        return wrong(r, GT_ERR_VALUE, single ? "more than float32 holds" : "more than float64 holds");
    return GT_OK;
}

static gt_status fill(reader r, const table *t, gt_tensor *tensor)
{
    const bool single = gt_tensor_dtype(tensor) == GT_FLOAT32;
    void *values = gt_tensor_data_write(tensor);
    gt_status status = GT_OK;
    field f;
    for (int64_t i = 0; t->header && i < t->columns; i++)
        read_field(&r, &f);
    for (int64_t i = 0; status == GT_OK && i < t->rows * t->columns; i++) {
        double value = 0;
        status = read_value(&r, single, &value);
        if (single)
            ((float *)values)[i] = (float)value;
        else
            ((double *)values)[i] = value;
    }
    return status;
}

/* A copy of the first line. */
static gt_status copy_names(reader r, const table *t, char **names)
{
    if (!t->header || !names)
        return GT_OK;
    const char *begin = r.at;
    while (!at_line_end(&r))
        r.at++;
    *names = gt_allocate((size_t)(r.at - begin) + 1);
    if (!*names)
        return GT_ERR_MEMORY;
    memcpy(*names, begin, (size_t)(r.at - begin));
    return GT_OK;
}

static gt_status load(const char *name, const void *bytes, size_t length, const gt_csv_options *options,
                      gt_tensor **tensor)
{
    const reader r = reader_of(name, bytes, length, options->separator ? options->separator : ',');
    const gt_dtype dtype = options->float32 ? GT_FLOAT32 : GT_FLOAT64;
    table t;
    *tensor = NULL;
    gt_status status = measure(r, &t);
    if (status != GT_OK)
        return status;
    const gt_shape shape = GT_SHAPE(t.rows, t.columns);
    status = gt_shape_check(name, dtype, &shape);
    if (status == GT_OK && !(*tensor = gt_tensor_new(dtype, shape)))
        status = GT_ERR_MEMORY;
    if (status == GT_OK)
        status = fill(r, &t, *tensor);
    if (status == GT_OK)
        status = copy_names(r, &t, options->names);
    if (status != GT_OK) {
        gt_tensor_free(*tensor);
        *tensor = NULL;
    }
    return status;
}

/* ---- for others ------------------------------------------------------------------------------------------------- */

gt_tensor *gt_csv_parse(const char *name, const void *bytes, size_t length, const gt_csv_options *options)
{
    gt_tensor *tensor = NULL;
    const gt_csv_options given = options ? *options : (gt_csv_options){0};
    if (given.names)
        *given.names = NULL;
    if (!name || (!bytes && length > 0)) {
        gt_fail(GT_ERR_ARGUMENT, "gt_csv_parse: the %s", name ? "bytes are NULL" : "name is NULL");
        return NULL;
    }
    gt_kept_locale kept = {0};
    if (gt_csv_check("gt_csv_parse", &given) != GT_OK || gt_locale_set(&kept) != GT_OK)
        return NULL;
    load(name, bytes, length, &given, &tensor);
    gt_locale_give_back(&kept);
    return tensor;
}

gt_tensor *gt_csv_read(const char *path, const gt_csv_options *options)
{
    if (options && options->names)
        *options->names = NULL;
    if (!path) {
        gt_fail(GT_ERR_ARGUMENT, "gt_csv_read: the path is NULL");
        return NULL;
    }
    void *bytes;
    size_t length;
    if (gt_file_read(path, &bytes, &length) != GT_OK)
        return NULL;
    gt_tensor *tensor = gt_csv_parse(path, bytes, length, options);
    gt_release(bytes);
    return tensor;
}
