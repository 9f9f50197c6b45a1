/* HDF5 files: made in memory by libhdf5, and then written as every other file is. A tensor "a/b" is the dataset b of
 * the group a, a text "a/b" the attribute b of the group or dataset a. The format is that of HDF5 1.0, which every
 * reader knows; without times, so that the same tensors give the same file. */
#include "models/archive_internal.h"

#ifdef GT_HAVE_HDF5

#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "models/files.h"
#include "models/hdf5_internal.h"

/* What is made over and over again. */
typedef struct writer {
    const char *path;
    hid_t file, links, plist, text;
    char who[GT_HDF5_WHO];
} writer;

static const char *who(writer *w, const char *name)
{
    return gt_hdf5_who(w->who, w->path, name);
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

/* Names with something between the slashes that is no way through the groups. */
static bool is_path(const char *name)
{
    for (const char *at = name;; at++) {
        const size_t part = strcspn(at, "/");
        if (part == 0 || (part == 1 && at[0] == '.'))
            return false;
        at += part;
        if (!*at)
            return true;
    }
}

/* Whether the first `length` bytes of the name lead through the tensor, which is no group. */
static bool leads_through(const char *name, size_t length, const char *tensor)
{
    const size_t shorter = strlen(tensor);
    return shorter < length && strncmp(name, tensor, shorter) == 0 && name[shorter] == '/';
}

static gt_status check_name(const char *path, const gt_archive *archive, const char *name, size_t length)
{
    if (!is_path(name))
        return gt_fail(GT_ERR_VALUE, "%s: '%.100s' is no name for HDF5: parts between slashes are expected", path,
                       name);
    for (int i = 0; i < archive->count; i++)
        if (leads_through(name, length, archive->entry[i].name))
            return gt_fail(GT_ERR_VALUE, "%s: '%.100s' cannot be below '%.100s', which is a tensor", path, name,
                           archive->entry[i].name);
    return GT_OK;
}

static gt_status check_names(const char *path, const gt_archive *archive)
{
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < archive->count; i++)
        status = check_name(path, archive, archive->entry[i].name, strlen(archive->entry[i].name));
    for (int i = 0; status == GT_OK && i < archive->texts; i++) {
        const char *key = archive->text[i].key, *owner_end = strrchr(key, '/');
        status = check_name(path, archive, key, owner_end ? (size_t)(owner_end - key) : 0);
    }
    return status;
}

/* ---- tensors ---------------------------------------------------------------------------------------------------- */

static gt_status write_values(writer *w, const gt_archive_entry *entry, hid_t dataset, hid_t in_memory)
{
    const void *values = gt_tensor_data(entry->tensor);
    if (gt_tensor_size(entry->tensor) == 0)
        return GT_OK;
    if (!values) /* it was moved to another device since */
        return gt_last_status();
    if (H5Dwrite(dataset, in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        return gt_hdf5_failed(who(w, entry->name));
    return GT_OK;
}

static gt_status write_tensor(writer *w, const gt_archive_entry *entry)
{
    const struct {
        hid_t stored, in_memory;
    } types[] = {[GT_FLOAT32] = {H5T_IEEE_F32LE, H5T_NATIVE_FLOAT},
                 [GT_FLOAT64] = {H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE},
                 [GT_INT32] = {H5T_STD_I32LE, H5T_NATIVE_INT32},
                 [GT_UINT8] = {H5T_STD_U8LE, H5T_NATIVE_UINT8}};
    const gt_dtype dtype = gt_tensor_dtype(entry->tensor);
    const int rank = gt_tensor_rank(entry->tensor);
    hsize_t dim[GT_MAX_RANK];
    for (int i = 0; i < rank; i++)
        dim[i] = (hsize_t)gt_tensor_dim(entry->tensor, i);
    const hid_t space = rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, dim, NULL);
    const hid_t dataset =
        space < 0 ? -1 : H5Dcreate2(w->file, entry->name, types[dtype].stored, space, w->links, w->plist, H5P_DEFAULT);
    gt_status status =
        dataset < 0 ? gt_hdf5_failed(who(w, entry->name)) : write_values(w, entry, dataset, types[dtype].in_memory);
    gt_hdf5_close(dataset);
    gt_hdf5_close(space);
    return status;
}

/* ---- texts ------------------------------------------------------------------------------------------------------ */

/* Opens what a text belongs to, and makes the groups that are not there. Sets *owner to -1 after a failure. */
static gt_status open_owner(writer *w, const char *path, hid_t *owner)
{
    gt_status status = GT_OK;
    char part[4096];
    *owner = H5Gopen2(w->file, "/", H5P_DEFAULT);
    for (const char *rest = path; *owner >= 0 && *rest; rest += *rest == '/') {
        const size_t length = strcspn(rest, "/");
        if (length >= sizeof part)
            return gt_fail(GT_ERR_VALUE, "%s: a part of %zu bytes between slashes", who(w, path), length);
        memcpy(part, rest, length);
        part[length] = '\0';
        const hid_t before = *owner;
        const htri_t there = H5Lexists(before, part, H5P_DEFAULT);
        *owner = there > 0    ? H5Oopen(before, part, H5P_DEFAULT)
                 : there == 0 ? H5Gcreate2(before, part, w->links, H5P_DEFAULT, H5P_DEFAULT)
                              : -1;
        if (*owner < 0) /* asked before another call clears the reason */
            status = gt_hdf5_failed(who(w, path));
        gt_hdf5_close(before);
        rest += length;
    }
    return *owner < 0 && status == GT_OK ? gt_hdf5_failed(who(w, path)) : status;
}

static gt_status write_attribute(writer *w, hid_t owner, const char *name, const gt_archive_text_entry *text)
{
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute = space < 0 ? -1 : H5Acreate2(owner, name, w->text, space, H5P_DEFAULT, H5P_DEFAULT);
    gt_status status = GT_OK;
    if (attribute < 0 || H5Awrite(attribute, w->text, &text->text) < 0)
        status = gt_hdf5_failed(who(w, text->key));
    gt_hdf5_close(attribute);
    gt_hdf5_close(space);
    return status;
}

static gt_status write_text(writer *w, const gt_archive_text_entry *text)
{
    char *path = gt_copy_string(text->key);
    if (!path)
        return GT_ERR_MEMORY;
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    hid_t owner;
    gt_status status = open_owner(w, slash ? path : "", &owner);
    if (status == GT_OK)
        status = write_attribute(w, owner, slash ? slash + 1 : path, text);
    gt_hdf5_close(owner);
    gt_release(path);
    return status;
}

/* ---- the file --------------------------------------------------------------------------------------------------- */

static bool prepare(writer *w)
{
    w->links = H5Pcreate(H5P_LINK_CREATE);
    w->plist = H5Pcreate(H5P_DATASET_CREATE);
    w->text = H5Tcopy(H5T_C_S1);
    return w->links >= 0 && H5Pset_create_intermediate_group(w->links, 1) >= 0 &&
           H5Pset_char_encoding(w->links, H5T_CSET_UTF8) >= 0 && w->plist >= 0 &&
           H5Pset_obj_track_times(w->plist, false) >= 0 && w->text >= 0 && H5Tset_size(w->text, H5T_VARIABLE) >= 0 &&
           H5Tset_cset(w->text, H5T_CSET_UTF8) >= 0;
}

/* An empty file that lives in memory. */
static gt_status create_image(writer *w)
{
    const size_t step = (size_t)1 << 20;
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    char image[GT_HDF5_IMAGE_NAME];
    gt_hdf5_image_name(image);
    if (access >= 0 && H5Pset_fapl_core(access, step, 0) >= 0 && H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0)
        w->file = H5Fcreate(image, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    gt_status status = w->file >= 0 && prepare(w) ? GT_OK : gt_hdf5_failed(w->path);
    gt_hdf5_close(access);
    return status;
}

static gt_status copy_out(const writer *w)
{
    const ssize_t length = H5Fflush(w->file, H5F_SCOPE_LOCAL) < 0 ? -1 : H5Fget_file_image(w->file, NULL, 0);
    if (length < 0)
        return gt_hdf5_failed(w->path);
    void *bytes = gt_pool_allocate((size_t)length);
    if (!bytes)
        return GT_ERR_MEMORY;
    gt_file *file;
    gt_status status =
        H5Fget_file_image(w->file, bytes, (size_t)length) < 0 ? gt_hdf5_failed(w->path) : gt_file_begin(w->path, &file);
    if (status == GT_OK) {
        gt_file_write(file, bytes, (size_t)length);
        status = gt_file_end(file);
    }
    gt_pool_release(bytes, (size_t)length);
    return status;
}

static gt_status write_all(writer *w, const gt_archive *archive)
{
    gt_status status = create_image(w);
    for (int i = 0; status == GT_OK && i < archive->count; i++)
        status = write_tensor(w, &archive->entry[i]);
    for (int i = 0; status == GT_OK && i < archive->texts; i++)
        status = write_text(w, &archive->text[i]);
    return status == GT_OK ? copy_out(w) : status;
}

gt_status gt_hdf5_write(const gt_archive *archive, const char *path)
{
    if (!archive || !path)
        return gt_fail(GT_ERR_ARGUMENT, "gt_hdf5_write: the %s is NULL", archive ? "path" : "archive");
    gt_status status = check_names(path, archive);
    if (status != GT_OK)
        return status;
    writer w = {.path = path, .file = -1, .links = -1, .plist = -1, .text = -1};
    gt_hdf5_session session;
    gt_hdf5_begin(&session);
    status = write_all(&w, archive);
    gt_hdf5_close(w.text);
    gt_hdf5_close(w.plist);
    gt_hdf5_close(w.links);
    gt_hdf5_close(w.file);
    gt_hdf5_end(&session);
    return status;
}

#else

gt_status gt_hdf5_write(const gt_archive *archive, const char *path)
{
    (void)archive;
    return gt_fail(GT_ERR_UNSUPPORTED, "%s: HDF5: this build has no libhdf5", path ? path : "gt_hdf5_write");
}

#endif
