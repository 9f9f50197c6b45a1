#include "tools/array_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* IDX files begin with two zero bytes, gzip with 1f 8b; archives with neither, unless their header is tiny. */
static bool is_idx(const char *path)
{
    unsigned char first[4] = {1, 1, 1, 1};
    FILE *file = fopen(path, "rb");
    const size_t read = file ? fread(first, 1, sizeof first, file) : 0;
    if (file)
        fclose(file);
    return read == sizeof first &&
           ((first[0] == 0 && first[1] == 0 && first[2] != 0) || (first[0] == 0x1f && first[1] == 0x8b));
}

static gt_tensor *only_one(const char *path, const gt_archive *archive)
{
    if (gt_archive_count(archive) == 1)
        return gt_archive_at(archive, 0);
    char names[256] = "";
    size_t used = 0;
    for (int i = 0; i < gt_archive_count(archive) && used < sizeof names; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", gt_archive_name(archive, i));
    gt_fail(GT_ERR_ARGUMENT, "%s: it has %d arrays, and --array says which: %s", path, gt_archive_count(archive),
            names);
    return NULL;
}

gt_tensor *array_file_read(const char *path, const char *name)
{
    if (is_idx(path))
        return gt_idx_read(path);
    gt_archive *archive = gt_archive_read(path);
    if (!archive)
        return NULL;
    const gt_tensor *found = name ? gt_archive_find(archive, name) : only_one(path, archive);
    if (!found && name)
        gt_fail(GT_ERR_ARGUMENT, "%s: it has no array '%s'", path, name);
    gt_tensor *result = found ? gt_tensor_share(found) : NULL;
    gt_archive_free(archive);
    return result;
}
