/* What an archive is made of: for models/ alone. */
#ifndef GT_ARCHIVE_INTERNAL_H
#define GT_ARCHIVE_INTERNAL_H

#include "models/archive.h"

typedef struct gt_archive_entry {
    char *name;
    gt_tensor *tensor;
    const char *stored; /* the type in the file; NULL for a tensor that was added */
} gt_archive_entry;

typedef struct gt_archive_text_entry {
    char *key, *text;
} gt_archive_text_entry;

/* What a reader left out. */
typedef struct gt_archive_skipped_entry {
    char *name, *reason;
    gt_status status;
} gt_archive_skipped_entry;

struct gt_archive {
    gt_archive_entry *entry;
    int count, capacity;
    gt_archive_text_entry *text;
    int texts, text_capacity;
    gt_archive_skipped_entry *skipped;
    int skips, skip_capacity;
};

/* For readers: they do not look whether the name is taken. The tensor is the archive's, also after a failure. `stored`
 * is gt_stored_name of its type in the file, or NULL. */
gt_status gt_archive_take(gt_archive *archive, const char *name, gt_tensor *tensor, const char *stored);
/* Leaves out what has this name, for the reason that gt_fail was just told. Gives the status back where it is none to
 * go on after: any but GT_ERR_UNSUPPORTED and GT_ERR_VALUE. */
gt_status gt_archive_skip(gt_archive *archive, const char *name, gt_status status);

gt_status gt_archive_take_text(gt_archive *archive, const char *key, const char *text);

/* Shares a tensor of the CPU, and copies another's values to it. */
gt_tensor *gt_archive_on_cpu(const gt_tensor *tensor);

/* Readers and what tells their files. `archive` is empty. */
bool gt_is_npz(const void *bytes, size_t length);
gt_status gt_npz_load(const char *name, const void *bytes, size_t length, gt_archive *archive);
bool gt_is_npy(const void *bytes, size_t length);
/* `stored` gets gt_stored_name of the type in the file. */
gt_status gt_npy_load(const char *name, const void *bytes, size_t length, gt_tensor **tensor, const char **stored);
bool gt_is_hdf5(const void *bytes, size_t length);
gt_status gt_hdf5_load(const char *name, const void *bytes, size_t length, gt_archive *archive);
gt_status gt_safetensors_load(const char *name, const void *bytes, size_t length, gt_archive *archive);

#endif
