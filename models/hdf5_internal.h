/* What reading and writing HDF5 files have in common: for models/ alone, in a build with libhdf5. */
#ifndef GT_HDF5_INTERNAL_H
#define GT_HDF5_INTERNAL_H

#include <hdf5.h>

#include "models/archive_internal.h"

/* One call of ours at a time, since a usual build of libhdf5 is not for several threads, and one that prints nothing:
 * libhdf5 writes its errors to stderr unless told not to. */
typedef struct gt_hdf5_session {
    H5E_auto2_t print;
    void *print_context;
} gt_hdf5_session;

void gt_hdf5_begin(gt_hdf5_session *session);
void gt_hdf5_end(const gt_hdf5_session *session);

/* The failure of the call to libhdf5 just made, in a line: its innermost reason, behind who. */
gt_status gt_hdf5_failed(const char *who);

/* Takes the attributes of a group or dataset that are text into the archive, under PATH/NAME, or NAME at the root,
 * where the path is "". `name` is the file's; `entries` is how many more the file can have. */
gt_status gt_hdf5_read_texts(const char *name, hid_t object, const char *path, size_t *entries, gt_archive *archive);

/* Of whatever kind it is; a negative one, which stands for none, is fine. */
void gt_hdf5_close(hid_t id);

#endif
