/* The new file is written as "NAME.gradtape-tmp", synchronised, and renamed, so that a crash, a full disk or a kill at
 * any moment leaves either the old file or the new one. The name is fixed, so that what a killed process left is used
 * again and does not pile up; a lock keeps two writers apart. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "models/files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"

#define ENDING ".gradtape-tmp" /* no name that somebody gives a file */

struct gt_file {
    char *path, *temporary;
    int descriptor;
    int error;   /* errno of the first failure */
    size_t used; /* of the buffer */
    char buffer[65536];
};

static gt_status io_error(const char *path, int error)
{
    return gt_fail(GT_ERR_IO, "%s: %s", path, strerror(error));
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* All that the descriptor has. */
static gt_status read_all(const char *path, int descriptor, char *bytes, size_t length)
{
    while (length > 0) {
        const ssize_t got = read(descriptor, bytes, length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return gt_fail(GT_ERR_IO, "%s: %s", path, got ? strerror(errno) : "it became shorter while being read");
        bytes += got;
        length -= (size_t)got;
    }
    return GT_OK;
}

static gt_status read_open(const char *path, int descriptor, void **bytes, size_t *length)
{
    struct stat about;
    if (fstat(descriptor, &about) != 0)
        return io_error(path, errno);
    if (!S_ISREG(about.st_mode))
        return gt_fail(GT_ERR_IO, "%s: not a regular file", path);
    *length = (size_t)about.st_size;
    *bytes = gt_allocate(*length ? *length : 1);
    if (!*bytes)
        return GT_ERR_MEMORY;
    gt_status status = read_all(path, descriptor, *bytes, *length);
    if (status == GT_OK)
        return GT_OK;
    gt_release(*bytes);
    *bytes = NULL;
    return status;
}

gt_status gt_file_read(const char *path, void **bytes, size_t *length)
{
    *bytes = NULL;
    *length = 0;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe without a writer would wait */
    if (descriptor < 0)
        return io_error(path, errno);
    gt_status status = read_open(path, descriptor, bytes, length);
    close(descriptor);
    return status;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Names what the user knows, unless something stands where the temporary file is to be. */
static gt_status not_opened(const gt_file *file, int error)
{
    struct stat there;
    return io_error(lstat(file->temporary, &there) == 0 ? file->temporary : file->path, error);
}

/* Opens and locks the temporary file. Between the two, the writer before may have given it its final name: then it is
 * no longer ours to write, and the next round makes a new one. */
static gt_status open_locked(gt_file *file, mode_t mode)
{
    for (;;) {
        const int descriptor = open(file->temporary, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
        if (descriptor < 0)
            return not_opened(file, errno);
        struct stat opened, named;
        if (flock(descriptor, LOCK_EX | LOCK_NB) != 0 || fstat(descriptor, &opened) != 0) {
            const int error = errno;
            if (error != EWOULDBLOCK)
                unlink(file->temporary);
            close(descriptor);
            return error == EWOULDBLOCK ? gt_fail(GT_ERR_IO, "%s: it is being written already", file->path)
                                        : io_error(file->path, error);
        }
        if (stat(file->temporary, &named) == 0 && same_file(&opened, &named)) {
            file->descriptor = descriptor;
            const bool ready = ftruncate(descriptor, 0) == 0 && (!mode || fchmod(descriptor, mode) == 0);
            return ready ? GT_OK : io_error(file->path, errno);
        }
        close(descriptor);
    }
}

/* The mode of the file that is replaced; 0 where there is none yet. */
static gt_status find_mode(const char *path, mode_t *mode)
{
    struct stat about;
    *mode = 0;
    if (stat(path, &about) != 0)
        return errno == ENOENT ? GT_OK : io_error(path, errno);
    *mode = about.st_mode & 0777;
    return S_ISREG(about.st_mode) ? GT_OK : gt_fail(GT_ERR_IO, "%s: not a regular file", path);
}

gt_status gt_file_begin(const char *path, gt_file **file)
{
    *file = NULL;
    gt_file *opened = gt_allocate(sizeof *opened);
    if (!opened)
        return GT_ERR_MEMORY;
    opened->descriptor = -1;
    char resolved[PATH_MAX]; /* of a link, what it leads to is written */
    path = realpath(path, resolved) ? resolved : path;
    const size_t length = strlen(path);
    opened->path = gt_copy_string(path);
    opened->temporary = gt_allocate(length + sizeof ENDING);
    mode_t mode;
    gt_status status = opened->path && opened->temporary ? find_mode(path, &mode) : GT_ERR_MEMORY;
    if (status == GT_OK) {
        snprintf(opened->temporary, length + sizeof ENDING, "%s%s", path, ENDING);
        status = open_locked(opened, mode);
    }
    if (status == GT_OK)
        *file = opened;
    else
        gt_file_abandon(opened);
    return status;
}

static void write_out(gt_file *file, const char *bytes, size_t length)
{
    while (length > 0 && !file->error) {
        const ssize_t written = write(file->descriptor, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            file->error = written < 0 ? errno : ENOSPC;
            return;
        }
        bytes += written;
        length -= (size_t)written;
    }
}

static void flush(gt_file *file)
{
    write_out(file, file->buffer, file->used);
    file->used = 0;
}

void gt_file_write(gt_file *file, const void *bytes, size_t length)
{
    if (length == 0)
        return;
    if (length > sizeof file->buffer - file->used)
        flush(file);
    if (length > sizeof file->buffer) {
        write_out(file, bytes, length);
        return;
    }
    memcpy(file->buffer + file->used, bytes, length);
    file->used += length;
}

/* A rename is lasting once its folder is synchronised; a file system that cannot do so is not a failure to write. */
static void synchronise_folder(char *path)
{
    const int folder = open(dirname(path), O_RDONLY | O_CLOEXEC);
    if (folder < 0)
        return;
    fsync(folder);
    close(folder);
}

gt_status gt_file_end(gt_file *file)
{
    flush(file);
    if (!file->error && fsync(file->descriptor) != 0)
        file->error = errno;
    if (!file->error && rename(file->temporary, file->path) != 0)
        file->error = errno;
    if (file->error) {
        gt_status status = io_error(file->path, file->error);
        gt_file_abandon(file);
        return status;
    }
    close(file->descriptor);
    synchronise_folder(file->path);
    gt_release(file->temporary);
    gt_release(file->path);
    gt_release(file);
    return GT_OK;
}

void gt_file_abandon(gt_file *file)
{
    if (!file)
        return;
    if (file->descriptor >= 0) {
        unlink(file->temporary);
        close(file->descriptor);
    }
    gt_release(file->temporary);
    gt_release(file->path);
    gt_release(file);
}
