/* Whole files: read into memory, and written so that the old one stays until the new one is complete. */
#ifndef GT_FILES_H
#define GT_FILES_H

#include "core/error.h"

/* Reads a regular file; *bytes is the caller's (gt_release), NULL after a failure. */
gt_status gt_file_read(const char *path, void **bytes, size_t *length);

/* A file being written: beside `path`, as `path`.gradtape-tmp. */
typedef struct gt_file gt_file;

/* GT_ERR_IO where `path` is there and no regular file, or another writer is at it now. NULL after a failure. */
gt_status gt_file_begin(const char *path, gt_file **file);
/* The first failure sticks, and gt_file_end reports it. */
void gt_file_write(gt_file *file, const void *bytes, size_t length);
/* Brings it to the disk and gives it its name, or, after any failure, removes it: `path` is as it was then. */
gt_status gt_file_end(gt_file *file);
/* Removes it. NULL is fine. */
void gt_file_abandon(gt_file *file);

#endif
