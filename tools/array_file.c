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

static gt_archive *only_holding(gt_tensor *tensor)
{
    gt_archive *archive = tensor ? gt_archive_new() : NULL;
    if (archive && gt_archive_add(archive, "", tensor) != GT_OK) {
        gt_archive_free(archive);
        archive = NULL;
    }
    gt_tensor_free(tensor);
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
        return only_holding(gt_idx_read(path));
    if (is_text(first, read))
        return only_holding(gt_csv_read(path, NULL));
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
        used += (size_t)snprintf(names.text + used, sizeof names.text - used, "%s%s", i ? ", " : "",
                                 gt_archive_name(archive, i));
    return names;
}

static gt_tensor *only_one(const char *path, const gt_archive *archive)
{
    if (gt_archive_count(archive) == 1)
        return gt_archive_at(archive, 0);
    gt_fail(GT_ERR_ARGUMENT, "%s: it has %d arrays, and --array says which: %s", path, gt_archive_count(archive),
            names_of(archive).text);
    return NULL;
}

gt_tensor *array_file_read(const char *path, const char *name)
{
    gt_archive *archive = array_file_open(path);
    if (!archive)
        return NULL;
    const gt_tensor *found = name ? gt_archive_find(archive, name) : only_one(path, archive);
    if (!found && name)
        gt_fail(GT_ERR_ARGUMENT, "%s: it has no array '%s'", path, name);
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

static void tell_dropped(const format *f, const gt_archive *archive, gt_writer *writer, void *context)
{
    for (int i = 0; !f->texts && i < gt_archive_text_count(archive); i++)
        gt_write(writer, context, "dropped: the text '%s': %s holds none\n", gt_archive_text_key(archive, i), f->name);
    if (!f->write_one || gt_archive_count(archive) != 1)
        return;
    const gt_shape shape = gt_tensor_shape(gt_archive_at(archive, 0));
    if (gt_archive_name(archive, 0)[0])
        gt_write(writer, context, "dropped: the name '%s': %s holds none\n", gt_archive_name(archive, 0), f->name);
    if (strcmp(f->name, "CSV") == 0 && shape.rank != 2)
        gt_write(writer, context, "dropped: the shape %s: CSV holds rows\n", gt_shape_text(&shape).text);
}

/* What the file gets: names for all, and texts where it holds them. */
static gt_status copy_for(const format *f, const gt_archive *archive, gt_archive *copy)
{
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < gt_archive_count(archive); i++) {
        const char *name = gt_archive_name(archive, i);
        status = gt_archive_add(copy, name[0] ? name : "data", gt_archive_at(archive, i));
    }
    for (int i = 0; status == GT_OK && f->texts && i < gt_archive_text_count(archive); i++) {
        const char *key = gt_archive_text_key(archive, i);
        status = gt_archive_set_text(copy, key, gt_archive_text(archive, key));
    }
    return status;
}

gt_status array_file_write(const gt_archive *archive, const char *path, gt_writer *writer, void *writer_context)
{
    const format *f = format_of(path);
    if (!f)
        return gt_last_status();
    if (f->write_one && gt_archive_count(archive) != 1)
        return gt_fail(GT_ERR_ARGUMENT, "%s: %s holds one array, and there are %d: --array says which: %s", path,
                       f->name, gt_archive_count(archive), names_of(archive).text);
    gt_archive *copy = gt_archive_new();
    gt_status status = copy ? copy_for(f, archive, copy) : GT_ERR_MEMORY;
    if (status == GT_OK)
        status = f->write_one ? f->write_one(gt_archive_at(copy, 0), path) : f->write(copy, path);
    gt_archive_free(copy);
    if (status == GT_OK)
        tell_dropped(f, archive, writer, writer_context);
    return status;
}
