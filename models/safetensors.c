/* Safetensors: the header's length in 8 bytes, little-endian; the header, a JSON object of name to {"dtype", "shape",
 * "data_offsets": [begin, end]}, with texts under "__metadata__"; then the tensors' bytes, little-endian and row-major,
 * without gaps. https://github.com/huggingface/safetensors#format */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/archive_internal.h"

#ifdef GT_HAVE_JANSSON

#include "core/memory.h"
#include "models/files.h"
#include "models/json.h"
#include "models/stored.h"

#define LONGEST_HEADER 100000000
#define LENGTH_BYTES   8
#define METADATA       "__metadata__"

typedef struct stored_name {
    const char *name;
    gt_stored type;
} stored_name;

static const stored_name types[] = {
    {"F32", {GT_STORED_FLOAT, 4, false}},    {"F64", {GT_STORED_FLOAT, 8, false}},
    {"I32", {GT_STORED_SIGNED, 4, false}},   {"U8", {GT_STORED_UNSIGNED, 1, false}},
    {"F16", {GT_STORED_FLOAT, 2, false}},    {"BF16", {GT_STORED_BFLOAT, 2, false}},
    {"I64", {GT_STORED_SIGNED, 8, false}},   {"U64", {GT_STORED_UNSIGNED, 8, false}},
    {"U32", {GT_STORED_UNSIGNED, 4, false}}, {"I16", {GT_STORED_SIGNED, 2, false}},
    {"U16", {GT_STORED_UNSIGNED, 2, false}}, {"I8", {GT_STORED_SIGNED, 1, false}},
    {"BOOL", {GT_STORED_TRUTH, 1, false}},
};

/* One tensor, as the header describes it. */
typedef struct described {
    const char *name;
    gt_stored type;
    gt_shape shape;
    size_t begin, end;
    bool skipped; /* its type cannot be read */
} described;

static gt_status out_of_memory(const char *who)
{
    return gt_fail(GT_ERR_MEMORY, "%s: out of memory for its header", who);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static gt_status read_type(const char *who, const char *name, const json_t *value, gt_stored *type)
{
    const char *text = json_string_value(value);
    for (size_t i = 0; text && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, text) == 0) {
            *type = types[i].type;
            return GT_OK;
        }
    return gt_fail(text ? GT_ERR_UNSUPPORTED : GT_ERR_FORMAT, "%s: '%.100s': dtype %.20s cannot be read", who, name,
                   text ? text : "that is no string");
}

static gt_status read_shape(const char *who, const char *name, const json_t *value, gt_shape *shape)
{
    *shape = (gt_shape){.rank = (int64_t)json_array_size(value)};
    if (!json_is_array(value))
        return gt_fail(GT_ERR_FORMAT, "%s: '%.100s': its shape is no list", who, name);
    if (shape->rank > GT_MAX_RANK)
        return gt_fail(GT_ERR_UNSUPPORTED, "%s: '%.100s': %lld axes, at most %d can be read", who, name,
                       (long long)shape->rank, GT_MAX_RANK);
    for (int64_t i = 0; i < shape->rank; i++) {
        const json_t *axis = json_array_get(value, (size_t)i);
        shape->dim[i] = json_is_integer(axis) ? json_integer_value(axis) : -1;
        if (shape->dim[i] < 0)
            return gt_fail(GT_ERR_FORMAT, "%s: '%.100s': axis %lld is no size", who, name, (long long)i);
    }
    return GT_OK;
}

/* Its bytes lie within the data, and are as many as dtype and shape take. */
static gt_status read_range(const char *who, const json_t *value, size_t data, described *tensor)
{
    const json_t *begin = json_array_get(value, 0), *end = json_array_get(value, 1);
    const json_int_t first = json_integer_value(begin), last = json_integer_value(end);
    if (json_array_size(value) != 2 || !json_is_integer(begin) || !json_is_integer(end) || first < 0 || last < first ||
        (uint64_t)last > data)
        return gt_fail(GT_ERR_FORMAT, "%s: '%.100s': its data_offsets are no range within %zu bytes", who, tensor->name,
                       data);
    tensor->begin = (size_t)first;
    tensor->end = (size_t)last;
    if (tensor->skipped)
        return GT_OK;
    if (gt_shape_check(who, GT_FLOAT64, &tensor->shape) != GT_OK ||
        (uint64_t)gt_shape_size(&tensor->shape) * tensor->type.size != tensor->end - tensor->begin)
        return gt_fail(GT_ERR_FORMAT, "%s: '%.100s': %zu bytes are not what %s of %d bytes each takes", who,
                       tensor->name, tensor->end - tensor->begin, gt_shape_text(&tensor->shape).text,
                       tensor->type.size);
    return GT_OK;
}

static gt_status describe(const char *who, const char *name, const json_t *value, size_t data, gt_archive *archive,
                          described *tensor)
{
    tensor->name = name;
    if (json_object_size(value) != 3)
        return gt_fail(GT_ERR_FORMAT, "%s: '%.100s': dtype, shape and data_offsets are expected", who, name);
    gt_status status = read_type(who, name, json_object_get(value, "dtype"), &tensor->type);
    if (status == GT_OK)
        status = read_shape(who, name, json_object_get(value, "shape"), &tensor->shape);
    tensor->skipped = status != GT_OK;
    if (tensor->skipped)
        status = gt_archive_skip(archive, name, status);
    return status == GT_OK ? read_range(who, json_object_get(value, "data_offsets"), data, tensor) : status;
}

static gt_status read_texts(const char *who, json_t *metadata, gt_archive *archive)
{
    const char *key;
    json_t *value;
    if (!json_is_object(metadata))
        return gt_fail(GT_ERR_FORMAT, "%s: its %s is no object", who, METADATA);
    json_object_foreach(metadata, key, value)
    {
        if (!json_is_string(value))
            return gt_fail(GT_ERR_FORMAT, "%s: %s: '%.100s' is no string", who, METADATA, key);
        gt_status status = gt_archive_take_text(archive, key, json_string_value(value));
        if (status != GT_OK)
            return status;
    }
    return GT_OK;
}

static int by_place(const void *a, const void *b)
{
    const described *left = a, *right = b;
    if (left->begin != right->begin)
        return left->begin < right->begin ? -1 : 1;
    return (left->end > right->end) - (left->end < right->end);
}

/* Ranges that overlap, or leave a gap in which something could hide, are no such file. */
static gt_status check_tiling(const char *who, const described *tensors, size_t count, size_t data)
{
    size_t at = 0;
    for (size_t i = 0; i < count; at = tensors[i++].end)
        if (tensors[i].begin != at)
            return gt_fail(GT_ERR_FORMAT, "%s: '%.100s' begins at byte %zu of the data, %zu is expected", who,
                           tensors[i].name, tensors[i].begin, at);
    return at == data ? GT_OK
                      : gt_fail(GT_ERR_FORMAT, "%s: %zu bytes of data, of which its tensors take %zu", who, data, at);
}

static gt_status take_tensors(const char *who, const described *tensors, size_t count, const unsigned char *data,
                              gt_archive *archive)
{
    for (size_t i = 0; i < count; i++) {
        const described *t = &tensors[i];
        if (t->skipped)
            continue;
        gt_tensor *tensor;
        gt_status status = gt_stored_read(t->name, t->type, &t->shape, data + t->begin, &tensor);
        if (status == GT_OK)
            status = gt_archive_take(archive, t->name, tensor, gt_stored_name(t->type));
        else if (status != GT_ERR_MEMORY)
            status = gt_archive_skip(archive, t->name, gt_fail(status, "%s: %s", who, gt_last_error()));
        if (status != GT_OK)
            return status;
    }
    return GT_OK;
}

static gt_status read_header(const char *who, json_t *header, const unsigned char *data, size_t bytes,
                             gt_archive *archive)
{
    described *tensors = gt_allocate((json_object_size(header) + 1) * sizeof *tensors);
    size_t count = 0;
    const char *name;
    json_t *value;
    gt_status status = tensors ? GT_OK : GT_ERR_MEMORY;
    json_object_foreach(header, name, value)
    {
        if (status != GT_OK)
            break;
        status = strcmp(name, METADATA) == 0 ? read_texts(who, value, archive)
                                             : describe(who, name, value, bytes, archive, &tensors[count++]);
    }
    if (status == GT_OK) {
        qsort(tensors, count, sizeof *tensors, by_place);
        status = check_tiling(who, tensors, count, bytes);
    }
    if (status == GT_OK)
        status = take_tensors(who, tensors, count, data, archive);
    gt_release(tensors);
    return status;
}

gt_status gt_safetensors_load(const char *name, const void *bytes, size_t length, gt_archive *archive)
{
    const unsigned char *byte = bytes;
    uint64_t size = 0;
    for (int i = LENGTH_BYTES - 1; length >= LENGTH_BYTES && i >= 0; i--)
        size = size << 8 | byte[i];
    if (length < LENGTH_BYTES || size > LONGEST_HEADER)
        return gt_fail(GT_ERR_FORMAT, "%s: no safetensors, NPZ, NPY or HDF5 file, by how it begins", name);
    if (size > length - LENGTH_BYTES)
        return gt_fail(GT_ERR_FORMAT, "%s: no safetensors file: a header of %llu bytes in a file of %zu", name,
                       (unsigned long long)size, length);
    char what[480];
    snprintf(what, sizeof what, "%.400s: its header", name);
    json_t *header = gt_json_parse(what, (const char *)byte + LENGTH_BYTES, (size_t)size);
    if (!header)
        return gt_last_status();
    gt_status status =
        read_header(name, header, byte + LENGTH_BYTES + size, length - LENGTH_BYTES - (size_t)size, archive);
    json_decref(header);
    return status;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static const char *name_of_dtype(gt_dtype dtype)
{
    static const char *const names[] = {
        [GT_FLOAT32] = "F32", [GT_FLOAT64] = "F64", [GT_INT32] = "I32", [GT_UINT8] = "U8"};
    return names[dtype];
}

/* Whether a file can hold these names and texts. */
static gt_status check_names(const char *path, const gt_archive *archive)
{
    for (int i = 0; i < archive->count; i++) {
        const char *name = archive->entry[i].name;
        if (strcmp(name, METADATA) == 0)
            return gt_fail(GT_ERR_VALUE, "%s: '%s' is the name of the texts, and no tensor's", path, name);
        if (!gt_is_utf8(name))
            return gt_fail(GT_ERR_VALUE, "%s: the name '%.100s' is no UTF-8", path, name);
    }
    for (int i = 0; i < archive->texts; i++)
        if (!gt_is_utf8(archive->text[i].key) || !gt_is_utf8(archive->text[i].text))
            return gt_fail(GT_ERR_VALUE, "%s: the text '%.100s' is no UTF-8", path, archive->text[i].key);
    return GT_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const gt_archive_entry *const *)a)->name, (*(const gt_archive_entry *const *)b)->name);
}

static size_t bytes_of(const gt_tensor *tensor)
{
    return (size_t)gt_tensor_size(tensor) * gt_dtype_size(gt_tensor_dtype(tensor));
}

static json_t *describe_tensor(const gt_tensor *tensor, size_t begin)
{
    json_t *axes = json_array();
    bool failed = !axes;
    for (int i = 0; !failed && i < gt_tensor_rank(tensor); i++)
        failed = json_array_append_new(axes, json_integer(gt_tensor_dim(tensor, i))) != 0;
    if (failed) {
        json_decref(axes);
        return NULL;
    }
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", name_of_dtype(gt_tensor_dtype(tensor)), "shape", axes,
                     "data_offsets", (json_int_t)begin, (json_int_t)(begin + bytes_of(tensor)));
}

/* The header's text; NULL where memory ran out. */
static char *make_header(const gt_archive *archive, gt_archive_entry *const *sorted)
{
    json_t *header = json_object(), *texts = json_object();
    bool failed = !header || !texts;
    for (int i = 0; !failed && i < archive->texts; i++)
        failed = json_object_set_new(texts, archive->text[i].key, json_string(archive->text[i].text)) != 0;
    if (!failed && archive->texts > 0)
        failed = json_object_set(header, METADATA, texts) != 0;
    size_t at = 0;
    for (int i = 0; !failed && i < archive->count; i++) {
        failed = json_object_set_new(header, sorted[i]->name, describe_tensor(sorted[i]->tensor, at)) != 0;
        at += bytes_of(sorted[i]->tensor);
    }
    char *text = failed ? NULL : gt_json_text(header);
    json_decref(texts);
    json_decref(header);
    return text;
}

/* The header is filled up with spaces, so that the data are aligned. */
static void write_header(gt_file *file, const char *text)
{
    static const char spaces[] = "       ";
    const size_t length = strlen(text), fill = (LENGTH_BYTES - length % LENGTH_BYTES) % LENGTH_BYTES;
    unsigned char size[LENGTH_BYTES];
    for (int i = 0; i < LENGTH_BYTES; i++)
        size[i] = (unsigned char)((uint64_t)(length + fill) >> 8 * i);
    gt_file_write(file, size, sizeof size);
    gt_file_write(file, text, length);
    gt_file_write(file, spaces, fill);
}

/* On a machine of the other byte order, a swapped copy is written. */
static gt_status write_values(gt_file *file, const gt_tensor *tensor)
{
    const void *values = gt_tensor_data(tensor);
    const size_t bytes = bytes_of(tensor), size = gt_dtype_size(gt_tensor_dtype(tensor));
    if (!values && bytes > 0) /* it was moved to another device since */
        return gt_last_status();
    if (!gt_machine_is_big_endian() || size == 1 || bytes == 0) {
        gt_file_write(file, values, bytes);
        return GT_OK;
    }
    void *swapped = gt_pool_allocate(bytes);
    if (!swapped)
        return GT_ERR_MEMORY;
    memcpy(swapped, values, bytes);
    gt_stored_swap(swapped, gt_tensor_size(tensor), size, false);
    gt_file_write(file, swapped, bytes);
    gt_pool_release(swapped, bytes);
    return GT_OK;
}

static gt_status write_all(const char *path, const gt_archive *archive, gt_archive_entry *const *sorted)
{
    char *header = make_header(archive, sorted);
    if (!header)
        return out_of_memory(path);
    gt_file *file = NULL;
    gt_status status = GT_OK;
    if (strlen(header) > LONGEST_HEADER)
        status = gt_fail(GT_ERR_VALUE, "%s: its names and texts take more than %d bytes", path, LONGEST_HEADER);
    else
        status = gt_file_begin(path, &file);
    if (status == GT_OK)
        write_header(file, header);
    gt_release(header);
    for (int i = 0; status == GT_OK && i < archive->count; i++)
        status = write_values(file, sorted[i]->tensor);
    if (status == GT_OK)
        return gt_file_end(file);
    gt_file_abandon(file);
    return status;
}

gt_status gt_archive_write(const gt_archive *archive, const char *path)
{
    if (!archive || !path)
        return gt_fail(GT_ERR_ARGUMENT, "gt_archive_write: the %s is NULL", archive ? "path" : "archive");
    gt_status status = check_names(path, archive);
    if (status != GT_OK)
        return status;
    const gt_archive_entry **sorted = gt_allocate((size_t)(archive->count + 1) * sizeof *sorted);
    if (!sorted)
        return GT_ERR_MEMORY;
    for (int i = 0; i < archive->count; i++)
        sorted[i] = &archive->entry[i];
    qsort(sorted, (size_t)archive->count, sizeof *sorted, by_name);
    status = write_all(path, archive, (gt_archive_entry *const *)sorted);
    gt_release(sorted);
    return status;
}

#else

gt_status gt_safetensors_load(const char *name, const void *bytes, size_t length, gt_archive *archive)
{
    (void)bytes, (void)length, (void)archive;
    return gt_fail(GT_ERR_UNSUPPORTED, "%s: safetensors: this build has no jansson", name);
}

gt_status gt_archive_write(const gt_archive *archive, const char *path)
{
    (void)archive;
    return gt_fail(GT_ERR_UNSUPPORTED, "%s: safetensors: this build has no jansson", path ? path : "gt_archive_write");
}

#endif
