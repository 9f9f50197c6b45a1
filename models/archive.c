/* Named tensors, and which reader a file needs. */
#include <string.h>

#include "core/memory.h"
#include "models/archive_internal.h"
#include "models/files.h"

gt_archive *gt_archive_new(void)
{
    return gt_allocate(sizeof(gt_archive));
}

void gt_archive_free(gt_archive *archive)
{
    if (!archive)
        return;
    for (int i = 0; i < archive->count; i++) {
        gt_release(archive->entry[i].name);
        gt_tensor_free(archive->entry[i].tensor);
    }
    for (int i = 0; i < archive->texts; i++) {
        gt_release(archive->text[i].key);
        gt_release(archive->text[i].text);
    }
    for (int i = 0; i < archive->skips; i++) {
        gt_release(archive->skipped[i].name);
        gt_release(archive->skipped[i].reason);
    }
    gt_release(archive->entry);
    gt_release(archive->text);
    gt_release(archive->skipped);
    gt_release(archive);
}

/* Room for one more of `count` elements. */
static gt_status reserve(void **array, int count, int *capacity, size_t size)
{
    if (count < *capacity)
        return GT_OK;
    if (*capacity > INT32_MAX / 2)
        return gt_fail(GT_ERR_MEMORY, "an archive of more than %d entries", *capacity);
    const int larger = *capacity ? 2 * *capacity : 16;
    void *moved = gt_allocate((size_t)larger * size);
    if (!moved)
        return GT_ERR_MEMORY;
    if (count)
        memcpy(moved, *array, (size_t)count * size);
    gt_release(*array);
    *array = moved;
    *capacity = larger;
    return GT_OK;
}

/* ---- tensors ---------------------------------------------------------------------------------------------------- */

gt_status gt_archive_take(gt_archive *archive, const char *name, gt_tensor *tensor, const char *stored)
{
    void *entries = archive->entry;
    gt_status status = reserve(&entries, archive->count, &archive->capacity, sizeof *archive->entry);
    archive->entry = entries;
    char *copy = status == GT_OK ? gt_copy_string(name) : NULL;
    if (!copy) {
        gt_tensor_free(tensor);
        return GT_ERR_MEMORY;
    }
    archive->entry[archive->count++] = (gt_archive_entry){copy, tensor, stored};
    return GT_OK;
}

gt_tensor *gt_archive_on_cpu(const gt_tensor *tensor)
{
    if (gt_tensor_device(tensor) == GT_CPU)
        return gt_tensor_share(tensor);
    gt_tensor *copy = gt_tensor_copy(tensor);
    if (copy && gt_tensor_move(copy, GT_CPU) != GT_OK) {
        gt_tensor_free(copy);
        return NULL;
    }
    return copy;
}

static gt_archive_entry *find_entry(const gt_archive *archive, const char *name)
{
    for (int i = 0; name && archive && i < archive->count; i++)
        if (strcmp(archive->entry[i].name, name) == 0)
            return &archive->entry[i];
    return NULL;
}

gt_status gt_archive_add(gt_archive *archive, const char *name, const gt_tensor *tensor)
{
    if (!archive || !name || !tensor)
        return gt_fail(GT_ERR_ARGUMENT, "gt_archive_add: the %s is NULL",
                       !archive ? "archive"
                       : name   ? "tensor"
                                : "name");
    if (find_entry(archive, name))
        return gt_fail(GT_ERR_ARGUMENT, "gt_archive_add: there is a tensor '%.100s' already", name);
    gt_tensor *share = gt_archive_on_cpu(tensor);
    return share ? gt_archive_take(archive, name, share, NULL) : gt_last_status();
}

int gt_archive_count(const gt_archive *archive)
{
    return archive ? archive->count : 0;
}

static bool has_entry(const gt_archive *archive, int index)
{
    return index >= 0 && index < gt_archive_count(archive);
}

const char *gt_archive_name(const gt_archive *archive, int index)
{
    return has_entry(archive, index) ? archive->entry[index].name : NULL;
}

gt_tensor *gt_archive_at(const gt_archive *archive, int index)
{
    return has_entry(archive, index) ? archive->entry[index].tensor : NULL;
}

gt_tensor *gt_archive_find(const gt_archive *archive, const char *name)
{
    const gt_archive_entry *entry = find_entry(archive, name);
    if (entry)
        return entry->tensor;
    for (int i = 0; name && i < gt_archive_skipped_count(archive); i++)
        if (strcmp(archive->skipped[i].name, name) == 0)
            gt_fail(archive->skipped[i].status, "%s", archive->skipped[i].reason);
    return NULL;
}

const char *gt_archive_converted_from(const gt_archive *archive, int index)
{
    const char *stored = has_entry(archive, index) ? archive->entry[index].stored : NULL;
    return stored && strcmp(stored, gt_dtype_name(gt_tensor_dtype(archive->entry[index].tensor))) != 0 ? stored : NULL;
}

/* ---- what is left out ------------------------------------------------------------------------------------------- */

gt_status gt_archive_skip(gt_archive *archive, const char *name, gt_status status)
{
    if (status != GT_ERR_UNSUPPORTED && status != GT_ERR_VALUE)
        return status;
    char *reason = gt_copy_string(gt_last_error()), *copy = reason ? gt_copy_string(name) : NULL;
    void *skipped = archive->skipped;
    gt_status room =
        copy ? reserve(&skipped, archive->skips, &archive->skip_capacity, sizeof *archive->skipped) : GT_ERR_MEMORY;
    archive->skipped = skipped;
    if (room != GT_OK) {
        gt_release(reason);
        gt_release(copy);
        return room;
    }
    archive->skipped[archive->skips++] = (gt_archive_skipped_entry){copy, reason, status};
    return GT_OK;
}

int gt_archive_skipped_count(const gt_archive *archive)
{
    return archive ? archive->skips : 0;
}

const char *gt_archive_skipped_name(const gt_archive *archive, int index)
{
    return index >= 0 && index < gt_archive_skipped_count(archive) ? archive->skipped[index].name : NULL;
}

const char *gt_archive_skipped_reason(const gt_archive *archive, int index)
{
    return index >= 0 && index < gt_archive_skipped_count(archive) ? archive->skipped[index].reason : NULL;
}

/* ---- texts ------------------------------------------------------------------------------------------------------ */

static gt_archive_text_entry *find_text(const gt_archive *archive, const char *key)
{
    for (int i = 0; key && archive && i < archive->texts; i++)
        if (strcmp(archive->text[i].key, key) == 0)
            return &archive->text[i];
    return NULL;
}

gt_status gt_archive_take_text(gt_archive *archive, const char *key, const char *text)
{
    void *texts = archive->text;
    gt_status status = reserve(&texts, archive->texts, &archive->text_capacity, sizeof *archive->text);
    archive->text = texts;
    char *key_copy = status == GT_OK ? gt_copy_string(key) : NULL;
    char *copy = key_copy ? gt_copy_string(text) : NULL;
    if (!copy) {
        gt_release(key_copy);
        return GT_ERR_MEMORY;
    }
    archive->text[archive->texts++] = (gt_archive_text_entry){key_copy, copy};
    return GT_OK;
}

gt_status gt_archive_set_text(gt_archive *archive, const char *key, const char *text)
{
    if (!archive || !key || !text)
        return gt_fail(GT_ERR_ARGUMENT, "gt_archive_set_text: the %s is NULL",
                       !archive ? "archive"
                       : key    ? "text"
                                : "key");
    gt_archive_text_entry *there = find_text(archive, key);
    if (!there)
        return gt_archive_take_text(archive, key, text);
    char *copy = gt_copy_string(text);
    if (!copy)
        return GT_ERR_MEMORY;
    gt_release(there->text);
    there->text = copy;
    return GT_OK;
}

int gt_archive_text_count(const gt_archive *archive)
{
    return archive ? archive->texts : 0;
}

const char *gt_archive_text_key(const gt_archive *archive, int index)
{
    return index >= 0 && index < gt_archive_text_count(archive) ? archive->text[index].key : NULL;
}

const char *gt_archive_text(const gt_archive *archive, const char *key)
{
    const gt_archive_text_entry *there = find_text(archive, key);
    return there ? there->text : NULL;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static gt_status load_npy(const char *name, const void *bytes, size_t length, gt_archive *archive)
{
    gt_tensor *tensor;
    const char *stored;
    gt_status status = gt_npy_load(name, bytes, length, &tensor, &stored);
    return status == GT_OK ? gt_archive_take(archive, "", tensor, stored) : status;
}

gt_archive *gt_archive_parse(const char *name, const void *bytes, size_t length)
{
    if (!name || (!bytes && length > 0)) {
        gt_fail(GT_ERR_ARGUMENT, "gt_archive_parse: the %s", name ? "bytes are NULL" : "name is NULL");
        return NULL;
    }
    gt_archive *archive = gt_archive_new();
    if (!archive)
        return NULL;
    gt_status status = length == 0                 ? gt_fail(GT_ERR_FORMAT, "%s: the file is empty", name)
                       : gt_is_npz(bytes, length)  ? gt_npz_load(name, bytes, length, archive)
                       : gt_is_npy(bytes, length)  ? load_npy(name, bytes, length, archive)
                       : gt_is_hdf5(bytes, length) ? gt_hdf5_load(name, bytes, length, archive)
                                                   : gt_safetensors_load(name, bytes, length, archive);
    if (status == GT_OK && archive->count + archive->texts == 0 && archive->skips > 0)
        status = gt_fail(archive->skipped[0].status, "%s", archive->skipped[0].reason);
    if (status == GT_OK)
        return archive;
    gt_archive_free(archive);
    return NULL;
}

gt_archive *gt_archive_read(const char *path)
{
    if (!path) {
        gt_fail(GT_ERR_ARGUMENT, "gt_archive_read: the path is NULL");
        return NULL;
    }
    void *bytes;
    size_t length;
    if (gt_file_read(path, &bytes, &length) != GT_OK)
        return NULL;
    gt_archive *archive = gt_archive_parse(path, bytes, length);
    gt_release(bytes);
    return archive;
}
