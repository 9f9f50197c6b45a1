#include "tools/array_file.h"

#include <stdio.h>
#include <string.h>

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* IDX files begin with two zero bytes, gzip with 1f 8b; archives with neither, unless their header is tiny. */
static bool is_idx(const unsigned char *first, size_t read)
{
    return read >= 4 && ((first[0] == 0 && first[1] == 0 && first[2] != 0) || (first[0] == 0x1f && first[1] == 0x8b));
}

/* No other format begins with eight bytes of text: safetensors' length has zeros among them, NPZ's signature ends in
 * control characters. */
static bool is_text(const unsigned char *first, size_t read)
{
    for (size_t i = 0; i < read; i++)
        if ((first[i] < ' ' && !strchr("\t\r\n", first[i])) || first[i] == 0x7f || first[i] == 0)
            return false;
    return read > 0 && first[0] != 0x93 && first[0] != 0x89; /* NPY's and HDF5's beginnings */
}

/* An archive of this tensor, which it takes, with a text unless that is NULL. */
static gt_archive *only_holding(gt_tensor *tensor, const char *columns)
{
    gt_archive *archive = tensor ? gt_archive_new() : NULL;
    gt_status status = archive ? gt_archive_add(archive, "", tensor) : GT_ERR_MEMORY;
    if (status == GT_OK && columns)
        status = gt_archive_set_text(archive, "columns", columns);
    gt_tensor_free(tensor);
    if (status == GT_OK)
        return archive;
    gt_archive_free(archive);
    return NULL;
}

static gt_archive *open_table(const char *path)
{
    char *names = NULL;
    gt_tensor *table = gt_csv_read(path, &(gt_csv_options){.names = &names});
    gt_archive *archive = only_holding(table, names);
    gt_release(names);
    return archive;
}

gt_archive *array_file_open(const char *path)
{
    unsigned char first[8];
    FILE *file = fopen(path, "rb");
    const size_t read = file ? fread(first, 1, sizeof first, file) : 0;
    if (file)
        fclose(file);
    if (is_idx(first, read))
        return only_holding(gt_idx_read(path), NULL);
    if (is_text(first, read))
        return open_table(path);
    return gt_archive_read(path);
}

/* The names of an archive's arrays, as many as fit. */
typedef struct name_list {
    char text[256];
} name_list;

static name_list names_of(const gt_archive *archive)
{
    name_list names = {""};
    size_t used = 0;
    for (int i = 0; i < gt_archive_count(archive) && used < sizeof names.text; i++)
        used += (size_t)snprintf(names.text + used, sizeof names.text - used, "%s%s", i ? ", " : ": ",
                                 gt_archive_name(archive, i));
    return names;
}

static bool is_skipped(const gt_archive *archive, const char *name)
{
    for (int i = 0; i < gt_archive_skipped_count(archive); i++)
        if (strcmp(gt_archive_skipped_name(archive, i), name) == 0)
            return true;
    return false;
}

gt_tensor *array_file_find(const gt_archive *archive, const char *path, const char *name)
{
    const int count = gt_archive_count(archive);
    gt_tensor *found = name ? gt_archive_find(archive, name) : count == 1 ? gt_archive_at(archive, 0) : NULL;
    if (found || (name && is_skipped(archive, name))) /* then the message is its reason */
        return found;
    if (name)
        gt_fail(GT_ERR_ARGUMENT, "%s: it has no array '%s'", path, name);
    else if (count == 0)
        gt_fail(GT_ERR_ARGUMENT, "%s: it has no array", path);
    else
        gt_fail(GT_ERR_ARGUMENT, "%s: it has %d arrays, of which one is to be named%s", path, count,
                names_of(archive).text);
    return NULL;
}

gt_tensor *array_file_read(const char *path, const char *name)
{
    gt_archive *archive = array_file_open(path);
    const gt_tensor *found = archive ? array_file_find(archive, path, name) : NULL;
    gt_tensor *result = found ? gt_tensor_share(found) : NULL;
    gt_archive_free(archive);
    return result;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static gt_status write_npz(const gt_archive *archive, const char *path)
{
    return gt_npz_write(archive, path, false);
}

static gt_status write_csv(const gt_tensor *tensor, const char *path)
{
    return gt_csv_write(tensor, path, NULL);
}

typedef struct format {
    const char *ending, *name;
    bool texts; /* it holds them */
    gt_status (*write)(const gt_archive *archive, const char *path);
    gt_status (*write_one)(const gt_tensor *tensor, const char *path); /* a format of one array */
} format;

static const format formats[] = {
    {".safetensors", "safetensors", true, gt_archive_write, NULL},
    {".st", "safetensors", true, gt_archive_write, NULL},
    {".h5", "HDF5", true, gt_hdf5_write, NULL},
    {".hdf5", "HDF5", true, gt_hdf5_write, NULL},
    {".npz", "NPZ", false, write_npz, NULL},
    {".npy", "NPY", false, NULL, gt_npy_write},
    {".csv", "CSV", false, NULL, write_csv},
    {".idx", "IDX", false, NULL, gt_idx_write},
    {".idx.gz", "IDX", false, NULL, gt_idx_write},
    {"-ubyte", "IDX", false, NULL, gt_idx_write},
    {"-ubyte.gz", "IDX", false, NULL, gt_idx_write},
};

static const format *format_of(const char *path)
{
    const size_t length = strlen(path);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        const size_t ending = strlen(formats[i].ending);
        if (length > ending && strcmp(path + length - ending, formats[i].ending) == 0)
            return &formats[i];
    }
    gt_fail(GT_ERR_ARGUMENT,
            "%s: its name says no format: .safetensors, .npz, .h5, .npy, .csv, .idx or .idx.gz is expected", path);
    return NULL;
}

/* ---- what is lost ----------------------------------------------------------------------------------------------- */

typedef struct loss_report {
    const gt_archive *archive;
    const gt_tensor *only; /* what of it is written; NULL: all */
    const format *format;
    gt_writer *writer;
    void *context;
} loss_report;

static void tell_texts(const loss_report *r)
{
    const int texts = gt_archive_text_count(r->archive);
    for (int i = 0; !r->only && !r->format->texts && i < texts; i++)
        gt_write(r->writer, r->context, "dropped: the text '%s': %s holds none\n", gt_archive_text_key(r->archive, i),
                 r->format->name);
    if (r->only && texts > 0)
        gt_write(r->writer, r->context, "dropped: %d texts, which belong to the whole file\n", texts);
}

/* What reading changed, and what CSV, which is read as float64, changes. */
static void tell_dtype(const loss_report *r, int i)
{
    const gt_dtype dtype = gt_tensor_dtype(gt_archive_at(r->archive, i));
    const char *name = gt_archive_name(r->archive, i), *before = gt_archive_converted_from(r->archive, i);
    const bool csv = strcmp(r->format->name, "CSV") == 0;
    if (csv && (before || dtype != GT_FLOAT64))
        gt_write(r->writer, r->context, "dropped: the dtype %s: CSV holds numbers of none\n",
                 before ? before : gt_dtype_name(dtype));
    else if (before)
        gt_write(r->writer, r->context, "changed: the dtype of '%s', from %s to %s\n", name, before,
                 gt_dtype_name(dtype));
}

static void tell_only_array(const loss_report *r, int i)
{
    const gt_shape shape = gt_tensor_shape(gt_archive_at(r->archive, i));
    if (gt_archive_name(r->archive, i)[0])
        gt_write(r->writer, r->context, "dropped: the name '%s': %s holds none\n", gt_archive_name(r->archive, i),
                 r->format->name);
    if (strcmp(r->format->name, "CSV") == 0 && shape.rank != 2)
        gt_write(r->writer, r->context, "dropped: the shape %s: CSV holds rows\n", gt_shape_text(&shape).text);
}

static void tell_losses(const loss_report *r)
{
    for (int i = 0; !r->only && i < gt_archive_skipped_count(r->archive); i++)
        gt_write(r->writer, r->context, "dropped: %s\n", gt_archive_skipped_reason(r->archive, i));
    tell_texts(r);
    for (int i = 0; i < gt_archive_count(r->archive); i++)
        if (!r->only || gt_archive_at(r->archive, i) == r->only) {
            tell_dtype(r, i);
            if (r->format->write_one)
                tell_only_array(r, i);
        }
}

/* ---- the file --------------------------------------------------------------------------------------------------- */

/* "data", or, where that is taken, "data_2". */
static gt_status add_unnamed(gt_archive *copy, const gt_archive *archive, const gt_tensor *tensor)
{
    char name[24] = "data";
    for (int i = 2; gt_archive_find(archive, name); i++)
        snprintf(name, sizeof name, "data_%d", i);
    return gt_archive_add(copy, name, tensor);
}

/* What the file gets: names for all, and texts where it holds them. */
static gt_status copy_for(const loss_report *r, gt_archive *copy)
{
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < gt_archive_count(r->archive); i++) {
        const char *name = gt_archive_name(r->archive, i);
        gt_tensor *tensor = gt_archive_at(r->archive, i);
        if (!r->only || tensor == r->only)
            status = name[0] ? gt_archive_add(copy, name, tensor) : add_unnamed(copy, r->archive, tensor);
    }
    for (int i = 0; status == GT_OK && !r->only && r->format->texts && i < gt_archive_text_count(r->archive); i++) {
        const char *key = gt_archive_text_key(r->archive, i);
        status = gt_archive_set_text(copy, key, gt_archive_text(r->archive, key));
    }
    return status;
}

static gt_status write_copy(const loss_report *r, const char *path)
{
    gt_archive *copy = gt_archive_new();
    gt_status status = copy ? copy_for(r, copy) : GT_ERR_MEMORY;
    if (status == GT_OK)
        status =
            r->format->write_one ? r->format->write_one(gt_archive_at(copy, 0), path) : r->format->write(copy, path);
    gt_archive_free(copy);
    return status;
}

gt_status array_file_write(const gt_archive *archive, const gt_tensor *only, const char *path, gt_writer *writer,
                           void *writer_context)
{
    const loss_report r = {archive, only, format_of(path), writer, writer_context};
    const int count = gt_archive_count(archive);
    if (!r.format)
        return gt_last_status();
    if (!only && r.format->write_one && count != 1)
        return gt_fail(GT_ERR_ARGUMENT, "%s: %s holds one array, and there are %d%s%s", path, r.format->name, count,
                       count ? ", of which one is to be named" : "", names_of(archive).text);
    gt_status status = write_copy(&r, path);
    if (status == GT_OK)
        tell_losses(&r);
    return status;
}
