/* The NPY format: "\x93NUMPY", two version bytes, the length of the header, the header (a Python dict as text), the
 * entries. See numpy.lib.format. */
#include "tests/support/npy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { header_limit = 65536 };

static _Thread_local char message[512];

typedef struct format {
    char type[8]; /* "<f8" */
    size_t size;  /* bytes of one entry */
    bool fortran;
} format;

bool npy_fail(const char *path, const char *text, ...)
{
    int used = snprintf(message, sizeof message, "%s: ", path);
    size_t start = used < 0 ? 0 : (size_t)used < sizeof message ? (size_t)used : sizeof message - 1;
    va_list arguments;
    va_start(arguments, text);
    vsnprintf(message + start, sizeof message - start, text, arguments);
    va_end(arguments);
    return false;
}

/* What follows "'key':" in the header, without spaces; NULL if the key is missing. */
static const char *value_of(const char *header, const char *key)
{
    char quoted[32];
    snprintf(quoted, sizeof quoted, "'%s'", key);
    const char *at = strstr(header, quoted);
    if (at == NULL)
        return NULL;
    at += strlen(quoted);
    at += strspn(at, " ");
    if (*at != ':')
        return NULL;
    at++;
    return at + strspn(at, " ");
}

static bool parse_type(const char *path, const char *header, format *out)
{
    static const struct {
        const char *type;
        size_t size;
    } known[] = {{"<f8", 8}, {"<f4", 4}, {"<i8", 8}, {"<i4", 4}, {"|u1", 1}, {"|b1", 1}};
    const char *text = value_of(header, "descr");
    if (text == NULL || *text != '\'')
        return npy_fail(path, "no element type in the header, or a structured one");
    text++;
    size_t length = strcspn(text, "'");
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (length == strlen(known[i].type) && memcmp(text, known[i].type, length) == 0) {
            memcpy(out->type, known[i].type, length + 1);
            out->size = known[i].size;
            return true;
        }
    }
    return npy_fail(path, "element type '%.*s' is not read here", length < 32 ? (int)length : 32, text);
}

static bool parse_order(const char *path, const char *header, format *out)
{
    const char *text = value_of(header, "fortran_order");
    if (text != NULL && strncmp(text, "True", 4) == 0)
        out->fortran = true;
    else if (text != NULL && strncmp(text, "False", 5) == 0)
        out->fortran = false;
    else
        return npy_fail(path, "no fortran_order of True or False in the header");
    return true;
}

/* "()", "(3,)" or "(3, 4)". The product stays below 2^59, so that bytes fit in 63 bits. */
static bool parse_shape(const char *path, const char *header, npy_array *out)
{
    const char *text = value_of(header, "shape");
    if (text == NULL || *text != '(')
        return npy_fail(path, "no shape in the header");
    out->count = 1;
    text++;
    for (;;) {
        text += strspn(text, " ");
        if (*text == ')')
            return true;
        if (*text < '0' || *text > '9')
            return npy_fail(path, "the shape in the header is not a tuple of sizes");
        if (out->rank == NPY_MAX_RANK)
            return npy_fail(path, "more than %d axes", NPY_MAX_RANK);
        char *end = NULL;
        errno = 0;
        const long long size = strtoll(text, &end, 10);
        const int64_t limit = INT64_C(1) << 59;
        if (errno != 0 || size >= limit || (size > 0 && out->count >= limit / size))
            return npy_fail(path, "the shape is too large");
        out->dim[out->rank++] = size;
        out->count *= size;
        text = end + strspn(end, " ");
        if (*text == ',')
            text++;
        else if (*text != ')')
            return npy_fail(path, "the shape in the header is not a tuple of sizes");
    }
}

static bool read_header(FILE *file, const char *path, format *kind, npy_array *out)
{
    unsigned char start[12];
    if (fread(start, 1, 8, file) != 8 || memcmp(start, "\x93NUMPY", 6) != 0)
        return npy_fail(path, "not an NPY file");
    const int version = start[6];
    if (version < 1 || version > 3)
        return npy_fail(path, "NPY version %d.%d is not known", version, start[7]);
    const size_t width = version == 1 ? 2 : 4;
    if (fread(start, 1, width, file) != width)
        return npy_fail(path, "ends inside the header");
    size_t length = 0;
    for (size_t i = 0; i < width; i++)
        length |= (size_t)start[i] << (8 * i);
    if (length > header_limit)
        return npy_fail(path, "the header has %zu bytes, more than %d", length, header_limit);
    char *header = malloc(length + 1);
    if (header == NULL)
        return npy_fail(path, "out of memory");
    bool ok;
    if (fread(header, 1, length, file) != length) {
        ok = npy_fail(path, "ends inside the header");
    } else {
        header[length] = '\0';
        ok = parse_type(path, header, kind) && parse_order(path, header, kind) && parse_shape(path, header, out);
    }
    free(header);
    return ok;
}

/* One entry from its little-endian bytes, whatever the machine's own order. */
static double decode(const unsigned char *bytes, const format *kind)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < kind->size; i++)
        bits |= (uint64_t)bytes[i] << (8 * i);
    const uint32_t low = (uint32_t)bits;
    double real;
    float single;
    int64_t wide;
    int32_t narrow;
    switch (kind->type[1]) {
    case 'f':
        if (kind->size == sizeof real) {
            memcpy(&real, &bits, sizeof real);
            return real;
        }
        memcpy(&single, &low, sizeof single);
        return (double)single;
    case 'i':
        if (kind->size == sizeof wide) {
            memcpy(&wide, &bits, sizeof wide);
            return (double)wide;
        }
        memcpy(&narrow, &low, sizeof narrow);
        return (double)narrow;
    default: /* u1, b1 */
        return (double)low;
    }
}

/* Where entry number `from` of a column-major array belongs in row-major order. */
static int64_t row_major(const npy_array *array, int64_t from)
{
    int64_t index[NPY_MAX_RANK] = {0}, to = 0;
    for (int axis = 0; axis < array->rank; axis++) {
        index[axis] = from % array->dim[axis];
        from /= array->dim[axis];
    }
    for (int axis = 0; axis < array->rank; axis++)
        to = to * array->dim[axis] + index[axis];
    return to;
}

static bool read_values(FILE *file, const char *path, const format *kind, npy_array *out)
{
    /* Grown as entries arrive: a damaged header that promises a huge array costs no memory. */
    int64_t room = 0;
    double *values = NULL;
    unsigned char bytes[8];
    for (int64_t i = 0; i < out->count; i++) {
        if (i == room || values == NULL) {
            room = room == 0 ? 1024 : 2 * room;
            room = room < out->count ? room : out->count;
            double *more = realloc(values, (size_t)room * sizeof *values);
            if (more == NULL) {
                free(values);
                return npy_fail(path, "out of memory");
            }
            values = more;
        }
        if (fread(bytes, 1, kind->size, file) != kind->size) {
            free(values);
            return npy_fail(path, "ends after %" PRId64 " of %" PRId64 " entries", i, out->count);
        }
        values[i] = decode(bytes, kind);
        if (kind->type[1] == 'i' && (values[i] >= 9007199254740992.0 || values[i] <= -9007199254740992.0)) {
            free(values);
            return npy_fail(path, "entry %" PRId64 " does not fit in a double", i);
        }
    }
    if (getc(file) != EOF) {
        free(values);
        return npy_fail(path, "bytes after the last entry");
    }
    if (kind->fortran && out->rank > 1 && out->count > 1) {
        double *sorted = malloc((size_t)out->count * sizeof *sorted);
        for (int64_t i = 0; sorted != NULL && i < out->count; i++)
            sorted[row_major(out, i)] = values[i];
        free(values);
        values = sorted;
    } else if (values == NULL) {
        values = malloc(sizeof *values);
    }
    out->values = values;
    return values != NULL || npy_fail(path, "out of memory");
}

bool npy_read(const char *path, npy_array *out)
{
    *out = (npy_array){0};
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return npy_fail(path, "%s", strerror(errno));
    format kind = {0};
    const bool ok = read_header(file, path, &kind, out) && read_values(file, path, &kind, out);
    fclose(file);
    if (!ok)
        *out = (npy_array){0};
    return ok;
}

bool npy_case(const char *folder, const char *array, npy_array *out)
{
    char path[1024];
    const int length = snprintf(path, sizeof path, TEST_DATA "/%s/%s.npy", folder, array);
    if (length < 0 || (size_t)length >= sizeof path) {
        *out = (npy_array){0};
        return npy_fail(folder, "the path is too long");
    }
    return npy_read(path, out);
}

void npy_free(npy_array *array)
{
    free(array->values);
    *array = (npy_array){0};
}

const char *npy_message(void)
{
    return message;
}
