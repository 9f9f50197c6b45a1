/* Attributes of HDF5 files that are text, or a list of texts, which become one with a line for each: so Keras keeps a
 * model's configuration and the order of its layers. */
#include "models/archive_internal.h"

#ifdef GT_HAVE_HDF5

#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "models/hdf5_internal.h"

/* In one attribute. */
#define MOST_STRINGS 65536

typedef struct texts {
    const char *name, *path;
    gt_hdf5_budget *budget;
    gt_archive *archive;
    gt_status status;
    char who[GT_HDF5_WHO];
} texts;

typedef struct attribute {
    hid_t id, type, space;
    size_t count, size; /* strings; bytes of one, or 0: each has its own */
} attribute;

/* The strings of an attribute, in either form. */
static size_t length_of(const attribute *a, const void *strings, size_t i)
{
    if (a->size == 0) {
        const char *string = ((char *const *)strings)[i];
        return string ? strlen(string) : 0;
    }
    const char *string = (const char *)strings + i * a->size;
    size_t length = strnlen(string, a->size);
    if (H5Tget_strpad(a->type) == H5T_STR_SPACEPAD)
        while (length > 0 && string[length - 1] == ' ')
            length--;
    return length;
}

static size_t joined_length(const attribute *a, const void *strings)
{
    size_t whole = 1;
    for (size_t i = 0; i < a->count; i++)
        whole += length_of(a, strings, i) + 1;
    return whole;
}

static char *join(const attribute *a, const void *strings, size_t joined)
{
    size_t at = 0;
    char *text = gt_allocate(joined);
    for (size_t i = 0; text && i < a->count; i++) {
        const size_t length = length_of(a, strings, i);
        if (i > 0)
            text[at++] = '\n';
        if (length > 0)
            memcpy(text + at, a->size ? (const char *)strings + i * a->size : ((char *const *)strings)[i], length);
        at += length;
    }
    return text;
}

static char *key_of(const texts *t, const char *name)
{
    const size_t room = strlen(t->path) + strlen(name) + 2;
    char *key = gt_allocate(room);
    if (key)
        snprintf(key, room, "%s%s%s", t->path, t->path[0] ? "/" : "", name);
    return key;
}

static gt_status take(texts *t, const char *name, const attribute *a, const void *strings)
{
    const size_t length = joined_length(a, strings);
    if (length > t->budget->bytes)
        return gt_fail(GT_ERR_FORMAT, "%s: texts of %zu bytes, more than a file of this length can hold", t->who,
                       length);
    t->budget->bytes -= length;
    char *key = key_of(t, name), *text = key ? join(a, strings, length) : NULL;
    gt_status status = text ? gt_archive_take_text(t->archive, key, text) : GT_ERR_MEMORY;
    gt_release(text);
    gt_release(key);
    return status;
}

static gt_status skip(texts *t, const char *name, gt_status status)
{
    char *key = key_of(t, name);
    status = key ? gt_archive_skip(t->archive, key, status) : GT_ERR_MEMORY;
    gt_release(key);
    return status;
}

static gt_status read_fixed(texts *t, const char *name, const attribute *a)
{
    char *bytes = gt_allocate(a->count * a->size + 1);
    if (!bytes)
        return GT_ERR_MEMORY;
    gt_status status = H5Aread(a->id, a->type, bytes) < 0 ? gt_hdf5_failed(t->who) : take(t, name, a, bytes);
    gt_release(bytes);
    return status;
}

static gt_status read_variable(texts *t, const char *name, const attribute *a)
{
    char **strings = gt_allocate((a->count + 1) * sizeof *strings);
    if (!strings)
        return GT_ERR_MEMORY;
    gt_status status;
    if (H5Aread(a->id, a->type, strings) < 0) {
        status = gt_hdf5_failed(t->who);
    } else {
        status = take(t, name, a, strings);
        H5Dvlen_reclaim(a->type, a->space, H5P_DEFAULT, strings);
    }
    gt_release(strings);
    return status;
}

/* The type in memory is the one in the file, so that libhdf5 converts nothing. */
static gt_status read_strings(texts *t, const char *name, attribute *a)
{
    a->space = H5Aget_space(a->id);
    const hssize_t count = a->space < 0 ? -1 : H5Sget_simple_extent_npoints(a->space);
    const htri_t variable = H5Tis_variable_str(a->type);
    if (count < 0 || variable < 0)
        return gt_hdf5_failed(t->who);
    a->count = (size_t)count;
    a->size = variable ? 0 : H5Tget_size(a->type);
    if (!variable && a->size == 0)
        return gt_hdf5_failed(t->who);
    /* Of variable length, each of them may be the same one, as long as the file; of fixed length, all are in it. */
    const size_t most = variable ? t->budget->bytes / t->budget->length : t->budget->length / a->size;
    if (a->count > MOST_STRINGS || a->count > most)
        return gt_fail(GT_ERR_UNSUPPORTED, "%s: a list of %llu texts is too long", t->who, (unsigned long long)count);
    return variable ? read_variable(t, name, a) : read_fixed(t, name, a);
}

static gt_status read_attribute(texts *t, hid_t object, const char *name)
{
    attribute a = {.id = H5Aopen(object, name, H5P_DEFAULT), .type = -1, .space = -1};
    gt_status status;
    if (a.id < 0 || (a.type = H5Aget_type(a.id)) < 0)
        status = gt_hdf5_failed(t->who);
    else if (H5Tget_class(a.type) == H5T_STRING)
        status = read_strings(t, name, &a);
    else
        status = gt_fail(GT_ERR_UNSUPPORTED, "%s: an attribute that is no text", t->who);
    gt_hdf5_close(a.space);
    gt_hdf5_close(a.type);
    gt_hdf5_close(a.id);
    return status;
}

static herr_t visit(hid_t object, const char *name, const H5A_info_t *about, void *context)
{
    (void)about;
    texts *t = context;
    snprintf(t->who, sizeof t->who, "%.250s: attribute '%.100s' of '%.60s'", t->name, name, t->path);
    t->status = t->budget->entries > 0 ? read_attribute(t, object, name)
                                       : gt_fail(GT_ERR_FORMAT, "%s: more than a file of this length can hold", t->who);
    t->budget->entries -= t->budget->entries > 0;
    if (t->status != GT_OK)
        t->status = skip(t, name, t->status);
    return t->status == GT_OK ? 0 : -1;
}

gt_status gt_hdf5_read_texts(const char *name, hid_t object, const char *path, gt_hdf5_budget *budget,
                             gt_archive *archive)
{
    texts t = {.name = name, .path = path, .budget = budget, .archive = archive};
    const herr_t result = H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, NULL, visit, &t);
    if (t.status != GT_OK)
        return t.status;
    if (result >= 0)
        return GT_OK;
    return gt_hdf5_failed(gt_hdf5_who(t.who, name, path));
}

#endif
