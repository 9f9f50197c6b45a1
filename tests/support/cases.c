/* Reads torch_cases/manifest.tsv: a heading, then one row a case: op, case, "key=value key=value", "array array". */
#include "tests/support/cases.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANIFEST TEST_DATA "/torch_cases/manifest.tsv"

/* The whole file as text, NUL-terminated; NULL with a message. */
static char *read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        npy_fail(path, "%s", strerror(errno));
        return NULL;
    }
    size_t room = 4096, used = 0;
    char *text = malloc(room);
    while (text != NULL) {
        used += fread(text + used, 1, room - 1 - used, file);
        if (used < room - 1)
            break;
        room *= 2;
        char *more = realloc(text, room);
        if (more == NULL)
            free(text);
        text = more;
    }
    const bool broken = ferror(file) != 0;
    fclose(file);
    if (text == NULL || broken) {
        npy_fail(path, text == NULL ? "out of memory" : "cannot be read");
        free(text);
        return NULL;
    }
    text[used] = '\0';
    return text;
}

/* Cuts the text at the first `separator` and moves on behind it; NULL once the text is used up. Unlike strtok it gives
 * empty pieces too: mean_squared_error has no settings. */
static char *cut(char **text, char separator)
{
    char *piece = *text;
    if (piece == NULL)
        return NULL;
    char *end = strchr(piece, separator);
    *text = end == NULL ? NULL : end + 1;
    if (end != NULL)
        *end = '\0';
    return piece;
}

static bool parse_attributes(char *text, case_row *row)
{
    for (char *value; (value = cut(&text, ' ')) != NULL;) {
        if (*value == '\0')
            continue;
        char *key = cut(&value, '=');
        if (value == NULL)
            return npy_fail(MANIFEST, "%s/%s: '%s' is no key=value", row->op, row->name, key);
        if (row->attributes == CASE_MAX_ATTRIBUTES)
            return npy_fail(MANIFEST, "%s/%s: more than %d settings", row->op, row->name, CASE_MAX_ATTRIBUTES);
        row->attribute[row->attributes].key = key;
        row->attribute[row->attributes++].value = value;
    }
    return true;
}

static bool parse_arrays(char *text, case_row *row)
{
    for (char *name; (name = cut(&text, ' ')) != NULL;) {
        if (*name == '\0')
            continue;
        if (row->arrays == CASE_MAX_ARRAYS)
            return npy_fail(MANIFEST, "%s/%s: more than %d arrays", row->op, row->name, CASE_MAX_ARRAYS);
        row->array[row->arrays++] = name;
    }
    return true;
}

static bool parse_row(char *line, case_row *row)
{
    *row = (case_row){0};
    row->op = cut(&line, '\t');
    row->name = cut(&line, '\t');
    char *attributes = cut(&line, '\t');
    char *arrays = cut(&line, '\t');
    if (arrays == NULL || line != NULL)
        return npy_fail(MANIFEST, "the row of '%s' has not 4 columns", row->op);
    return parse_attributes(attributes, row) && parse_arrays(arrays, row);
}

static bool add_row(case_list *list, const case_row *row)
{
    case_row *more = realloc(list->row, (list->count + 1) * sizeof *more);
    if (more == NULL)
        return npy_fail(MANIFEST, "out of memory");
    list->row = more;
    list->row[list->count++] = *row;
    return true;
}

bool cases_read(const char *op, case_list *out)
{
    *out = (case_list){.text = read_text(MANIFEST)};
    if (out->text == NULL)
        return false;
    char *rest = out->text;
    bool ok = true;
    cut(&rest, '\n'); /* the heading */
    for (char *line; ok && (line = cut(&rest, '\n')) != NULL;) {
        case_row row;
        if (*line == '\0')
            continue;
        ok = parse_row(line, &row);
        if (ok && (op == NULL || strcmp(op, row.op) == 0))
            ok = add_row(out, &row);
    }
    if (ok && out->count == 0)
        ok = npy_fail(MANIFEST, "no case of %s", op == NULL ? "any op" : op);
    if (!ok)
        cases_free(out);
    return ok;
}

void cases_free(case_list *list)
{
    free(list->row);
    free(list->text);
    *list = (case_list){0};
}

const char *case_text(const case_row *row, const char *key, const char *fallback)
{
    for (size_t i = 0; i < row->attributes; i++) {
        if (strcmp(row->attribute[i].key, key) == 0)
            return row->attribute[i].value;
    }
    return fallback;
}

int64_t case_integer(const case_row *row, const char *key, int64_t fallback)
{
    const char *text = case_text(row, key, NULL);
    if (text == NULL)
        return fallback;
    char *end = NULL;
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0')
        ck_abort_msg("%s/%s: %s=%s is no integer", row->op, row->name, key, text);
    return value;
}

double case_number(const case_row *row, const char *key, double fallback)
{
    const char *text = case_text(row, key, NULL);
    if (text == NULL)
        return fallback;
    char *end = NULL;
    const double value = strtod(text, &end);
    if (end == text || *end != '\0')
        ck_abort_msg("%s/%s: %s=%s is no number", row->op, row->name, key, text);
    return value;
}

bool case_has(const case_row *row, const char *array)
{
    for (size_t i = 0; i < row->arrays; i++) {
        if (strcmp(row->array[i], array) == 0)
            return true;
    }
    return false;
}

bool case_load(const case_row *row, const char *array, npy_array *out)
{
    char folder[256];
    const int length = snprintf(folder, sizeof folder, "torch_cases/%s/%s", row->op, row->name);
    if (length < 0 || (size_t)length >= sizeof folder) {
        *out = (npy_array){0};
        return npy_fail(MANIFEST, "%s/%s: the path is too long", row->op, row->name);
    }
    return npy_case(folder, array, out);
}
