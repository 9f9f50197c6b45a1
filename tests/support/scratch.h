/* Files of a test's own: a new folder, removed with all that is in it. */
#ifndef TEST_SUPPORT_SCRATCH_H
#define TEST_SUPPORT_SCRATCH_H

#include <check.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch_folder[64];

static inline void scratch_make(void)
{
    snprintf(scratch_folder, sizeof scratch_folder, "/tmp/gradtape-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(scratch_folder));
}

/* "FOLDER/name", in one of four buffers in turn. */
static inline const char *scratch_path(const char *name)
{
    static char paths[4][sizeof scratch_folder + 256];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", scratch_folder, name);
    return path;
}

static inline int scratch_count(void)
{
    DIR *folder = opendir(scratch_folder);
    int count = -2; /* "." and ".." */
    while (folder && readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static inline void scratch_remove(void)
{
    DIR *folder = opendir(scratch_folder);
    const struct dirent *entry;
    while (folder && (entry = readdir(folder)))
        if (entry->d_name[0] != '.')
            unlink(scratch_path(entry->d_name));
    closedir(folder);
    ck_assert_int_eq(rmdir(scratch_folder), 0);
}

/* The whole file; to be freed. */
static inline char *scratch_read(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s cannot be opened", path);
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*length + 1);
    ck_assert_uint_eq(fread(bytes, 1, *length, file), *length);
    bytes[*length] = '\0';
    fclose(file);
    return bytes;
}

static inline void scratch_write(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    ck_assert_msg(file != NULL && fwrite(bytes, 1, length, file) == length && fclose(file) == 0, "%s", path);
}

#endif
