/* NPY: "\x93NUMPY", two bytes of version, the header's length in 2 bytes (version 1) or 4, the header, a Python
 * dictionary such as {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }, and the values.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "models/archive_internal.h"
#include "models/files.h"
#include "models/npy_internal.h"
#include "models/stored.h"

#define MAGIC     "\x93NUMPY"
#define ALIGNMENT 64 /* of the values in the file */

/* What a header says, and where the values are by that. */
typedef struct layout {
    gt_stored type;
    bool fortran; /* the first axis is contiguous */
    gt_shape shape;
    size_t begin, bytes;
} layout;

static size_t magic_length(void)
{
    return sizeof MAGIC - 1;
}

bool gt_is_npy(const void *bytes, size_t length)
{
    return length >= magic_length() && memcmp(bytes, MAGIC, magic_length()) == 0;
}

/* ---- the dictionary --------------------------------------------------------------------------------------------- */

/* The part of Python's syntax that NumPy writes, with any white space between tokens. */
typedef struct cursor {
    const char *name, *at, *end;
} cursor;

static gt_status malformed(const cursor *c)
{
    return gt_fail(GT_ERR_FORMAT,
                   "%s: its NPY header is not of the form {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }",
                   c->name);
}

static bool is_next(cursor *c, char expected)
{
    while (c->at < c->end && *c->at && strchr(" \t\r\n\f", *c->at))
        c->at++;
    return c->at < c->end && *c->at == expected;
}

static bool accept(cursor *c, char expected)
{
    const bool there = is_next(c, expected);
    c->at += there;
    return there;
}

static bool accept_word(cursor *c, const char *word)
{
    const size_t length = strlen(word);
    if (!is_next(c, word[0]) || (size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0)
        return false;
    c->at += length;
    return true;
}

/* A string without escapes, which nothing here needs. */
static bool accept_string(cursor *c, const char **text, int *length)
{
    const char quote = is_next(c, '"') ? '"' : '\'';
    if (!accept(c, quote))
        return false;
    *text = c->at;
    while (c->at < c->end && *c->at != quote && *c->at != '\\' && (unsigned char)*c->at >= ' ')
        c->at++;
    *length = (int)(c->at - *text);
    if (c->at == c->end || *c->at != quote)
        return false;
    c->at++;
    return true;
}

/* A size as Python writes it: no sign, no leading zeros. */
static bool accept_size(cursor *c, int64_t *size)
{
    is_next(c, '0');
    const char *first = c->at;
    *size = 0;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
        const int digit = *c->at - '0';
        if (*size > (INT64_MAX - digit) / 10)
            return false;
        *size = *size * 10 + digit;
    }
    return c->at > first && (*first != '0' || c->at == first + 1);
}

static gt_status unreadable(const cursor *c, int length, const char *descr)
{
    return gt_fail(GT_ERR_UNSUPPORTED, "%s: dtype '%.*s' cannot be read: plain numbers and truth values can", c->name,
                   length < 40 ? length : 40, descr);
}

/* An order of bytes, a kind and a size: '<f4'. */
static gt_status read_descr(cursor *c, layout *file)
{
    static const char kinds[] = "fiub";
    static const gt_stored_kind kind_of[] = {GT_STORED_FLOAT, GT_STORED_SIGNED, GT_STORED_UNSIGNED, GT_STORED_TRUTH};
    const char *descr;
    int length;
    if (is_next(c, '['))
        return gt_fail(GT_ERR_UNSUPPORTED, "%s: structured dtypes cannot be read: plain numbers can", c->name);
    if (!accept_string(c, &descr, &length))
        return malformed(c);
    const char *kind = length == 3 ? strchr(kinds, descr[1]) : NULL;
    if (!kind || !strchr("<>=|", descr[0]) || descr[2] < '0' || descr[2] > '9')
        return unreadable(c, length, descr);
    file->type = (gt_stored){kind_of[kind - kinds], (unsigned char)(descr[2] - '0'),
                             descr[0] == '>' || (descr[0] != '<' && gt_machine_is_big_endian())};
    gt_dtype dtype;
    return gt_stored_dtype(c->name, file->type, &dtype) == GT_OK ? GT_OK : unreadable(c, length, descr);
}

static gt_status read_order(cursor *c, layout *file)
{
    file->fortran = accept_word(c, "True");
    return file->fortran || accept_word(c, "False") ? GT_OK : malformed(c);
}

/* A tuple: (), (3,), (3, 4) or (3, 4,). */
static gt_status read_shape(cursor *c, layout *file)
{
    file->shape = (gt_shape){0};
    bool comma = true;
    if (!accept(c, '('))
        return malformed(c);
    while (!accept(c, ')')) {
        int64_t size;
        if (!comma || !accept_size(c, &size))
            return malformed(c);
        if (file->shape.rank == GT_MAX_RANK)
            return gt_fail(GT_ERR_UNSUPPORTED, "%s: more than %d axes cannot be read", c->name, GT_MAX_RANK);
        file->shape.dim[file->shape.rank++] = size;
        comma = accept(c, ',');
    }
    return file->shape.rank == 1 && !comma ? malformed(c) : GT_OK;
}

/* Each key once, in any order, and nothing behind. */
static gt_status read_dictionary(cursor *c, layout *file)
{
    static gt_status (*const read_value[])(cursor *, layout *) = {read_descr, read_order, read_shape};
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    bool seen[3] = {false}, comma = true;
    if (!accept(c, '{'))
        return malformed(c);
    while (!accept(c, '}')) {
        const char *key;
        int length, field = 0;
        if (!comma || !accept_string(c, &key, &length) || !accept(c, ':'))
            return malformed(c);
        while (field < 3 && ((size_t)length != strlen(keys[field]) || memcmp(key, keys[field], (size_t)length) != 0))
            field++;
        if (field == 3 || seen[field])
            return malformed(c);
        seen[field] = true;
        gt_status status = read_value[field](c, file);
        if (status != GT_OK)
            return status;
        comma = accept(c, ',');
    }
    is_next(c, '\n');
    return seen[0] && seen[1] && seen[2] && c->at == c->end ? GT_OK : malformed(c);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static gt_status read_header(const char *name, const unsigned char *bytes, size_t length, layout *file)
{
    const size_t before = magic_length() + 2; /* the header's length */
    if (!gt_is_npy(bytes, length))
        return gt_fail(GT_ERR_FORMAT, "%s: no NPY file: it does not begin as one", name);
    if (length >= before && (bytes[before - 2] < 1 || bytes[before - 2] > 3 || bytes[before - 1] != 0))
        return gt_fail(GT_ERR_UNSUPPORTED, "%s: NPY version %d.%d cannot be read, 1.0 to 3.0 can", name,
                       bytes[before - 2], bytes[before - 1]);
    const size_t width = length >= before && bytes[before - 2] > 1 ? 4 : 2;
    size_t header = 0;
    for (size_t i = width; length >= before + width && i > 0; i--)
        header = header << 8 | bytes[before + i - 1];
    if (length < before + width || header > length - before - width)
        return gt_fail(GT_ERR_FORMAT, "%s: the file of %zu bytes ends in its NPY header", name, length);
    if (header > GT_NPY_LONGEST_HEADER - before - width)
        return gt_fail(GT_ERR_FORMAT, "%s: an NPY header of %zu bytes is too long", name, header);
    cursor c = {name, (const char *)bytes + before + width, (const char *)bytes + before + width + header};
    file->begin = before + width + header;
    gt_status status = read_dictionary(&c, file);
    if (status != GT_OK)
        return status;
    if (gt_shape_check(name, GT_FLOAT64, &file->shape) != GT_OK)
        return gt_fail(GT_ERR_FORMAT, "%s: its axes %s are more than memory has", name,
                       gt_shape_text(&file->shape).text);
    file->bytes = (size_t)gt_shape_size(&file->shape) * file->type.size;
    return GT_OK;
}

gt_status gt_npy_promise(const char *name, const void *bytes, size_t length, size_t *whole)
{
    layout file;
    gt_status status = read_header(name, bytes, length, &file);
    *whole = 0;
    if (status == GT_OK)
        *whole = file.begin + file.bytes;
    return status;
}

/* Walks the result in row-major order, one index an axis, with the place in the values that the first axis is
 * contiguous in. */
static void reorder(const gt_shape *shape, size_t size, const char *from, char *to)
{
    int64_t index[GT_MAX_RANK] = {0}, stride[GT_MAX_RANK], place = 0;
    const int64_t count = gt_shape_size(shape);
    for (int64_t axis = 0, step = 1; axis < shape->rank; axis++) {
        stride[axis] = step;
        step *= shape->dim[axis];
    }
    for (int64_t i = 0; i < count; i++) {
        memcpy(to + (size_t)i * size, from + (size_t)place * size, size);
        for (int64_t axis = shape->rank - 1; axis >= 0; axis--) {
            place += stride[axis];
            if (++index[axis] < shape->dim[axis])
                break;
            place -= stride[axis] * index[axis];
            index[axis] = 0;
        }
    }
}

/* The same values, row-major. */
static gt_status from_fortran(gt_tensor **tensor)
{
    const gt_shape shape = gt_tensor_shape(*tensor);
    const gt_dtype dtype = gt_tensor_dtype(*tensor);
    gt_tensor *sorted = gt_tensor_new(dtype, shape);
    if (sorted)
        reorder(&shape, gt_dtype_size(dtype), gt_tensor_data(*tensor), gt_tensor_data_write(sorted));
    gt_tensor_free(*tensor);
    *tensor = sorted;
    return sorted ? GT_OK : GT_ERR_MEMORY;
}

gt_status gt_npy_load(const char *name, const void *bytes, size_t length, gt_tensor **tensor, const char **stored)
{
    layout file;
    *tensor = NULL;
    *stored = NULL;
    gt_status status = read_header(name, bytes, length, &file);
    if (status != GT_OK)
        return status;
    if (file.bytes != length - file.begin)
        return gt_fail(GT_ERR_FORMAT, "%s: %s of %d bytes each takes %zu bytes, %zu follow the NPY header", name,
                       gt_shape_text(&file.shape).text, file.type.size, file.bytes, length - file.begin);
    *stored = gt_stored_name(file.type);
    status = gt_stored_read(name, file.type, &file.shape, (const char *)bytes + file.begin, tensor);
    return status == GT_OK && file.fortran && file.shape.rank > 1 ? from_fortran(tensor) : status;
}

gt_tensor *gt_npy_parse(const char *name, const void *bytes, size_t length)
{
    if (!name || (!bytes && length > 0)) {
        gt_fail(GT_ERR_ARGUMENT, "gt_npy_parse: the %s", name ? "bytes are NULL" : "name is NULL");
        return NULL;
    }
    gt_tensor *tensor;
    const char *stored;
    gt_npy_load(name, bytes, length, &tensor, &stored);
    return tensor;
}

gt_tensor *gt_npy_read(const char *path)
{
    if (!path) {
        gt_fail(GT_ERR_ARGUMENT, "gt_npy_read: the path is NULL");
        return NULL;
    }
    void *bytes;
    size_t length;
    gt_tensor *tensor = NULL;
    const char *stored;
    if (gt_file_read(path, &bytes, &length) == GT_OK)
        gt_npy_load(path, bytes, length, &tensor, &stored);
    gt_release(bytes);
    return tensor;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

/* All that stands before the values. Spaces before its last character, a newline, align them. */
typedef struct beginning {
    char bytes[512];
    size_t length;
} beginning;

static beginning begin_of(const gt_tensor *tensor)
{
    static const char *const descr[] = {
        [GT_FLOAT32] = "<f4", [GT_FLOAT64] = "<f8", [GT_INT32] = "<i4", [GT_UINT8] = "|u1"};
    const gt_shape shape = gt_tensor_shape(tensor);
    gt_text axes = gt_shape_text(&shape);
    beginning b = {.bytes = MAGIC "\x01"};
    const size_t before = magic_length() + 4;
    b.length = before + (size_t)snprintf(b.bytes + before, sizeof b.bytes - before,
                                         "{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
                                         descr[gt_tensor_dtype(tensor)], axes.text);
    do
        b.bytes[b.length++] = ' ';
    while (b.length % ALIGNMENT != 0);
    b.bytes[b.length - 1] = '\n';
    b.bytes[before - 2] = (char)((b.length - before) & 255);
    b.bytes[before - 1] = (char)((b.length - before) >> 8);
    return b;
}

gt_status gt_npy_encode(const char *who, const gt_tensor *tensor, void **bytes, size_t *length)
{
    *bytes = NULL;
    const void *values = gt_tensor_data(tensor);
    const int64_t count = gt_tensor_size(tensor);
    if (!values && count > 0)
        return gt_fail(gt_last_status(), "%s: %s", who, gt_last_error());
    const beginning b = begin_of(tensor);
    const size_t size = gt_dtype_size(gt_tensor_dtype(tensor));
    *length = b.length + (size_t)count * size;
    char *file = gt_pool_allocate(*length);
    if (!file)
        return GT_ERR_MEMORY;
    memcpy(file, b.bytes, b.length);
    if (count > 0)
        memcpy(file + b.length, values, (size_t)count * size);
    gt_stored_swap(file + b.length, count, size, false);
    *bytes = file;
    return GT_OK;
}

static gt_status write_tensor(const gt_tensor *tensor, const char *path)
{
    void *bytes;
    size_t length;
    gt_status status = gt_npy_encode(path, tensor, &bytes, &length);
    gt_file *file;
    if (status == GT_OK)
        status = gt_file_begin(path, &file);
    if (status == GT_OK) {
        gt_file_write(file, bytes, length);
        status = gt_file_end(file);
    }
    gt_pool_release(bytes, length);
    return status;
}

gt_status gt_npy_write(const gt_tensor *tensor, const char *path)
{
    if (!tensor || !path)
        return gt_fail(GT_ERR_ARGUMENT, "gt_npy_write: the %s is NULL", tensor ? "path" : "tensor");
    gt_tensor *share = gt_archive_on_cpu(tensor);
    gt_status status = share ? write_tensor(share, path) : gt_last_status();
    gt_tensor_free(share);
    return status;
}
