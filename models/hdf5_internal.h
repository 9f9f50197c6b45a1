/* What reading and writing HDF5 files have in common: for models/ alone, in a build with libhdf5. */
#ifndef GT_HDF5_INTERNAL_H
#define GT_HDF5_INTERNAL_H

#include <hdf5.h>

#include "models/archive_internal.h"

/* One call of ours at a time, since a usual build of libhdf5 is not for several threads; one that prints nothing, since
 * libhdf5 writes its errors to stderr unless told not to; and one that loads no plugins, which a file can ask for. */
typedef struct gt_hdf5_session {
    H5E_auto2_t print;
    void *print_context;
    unsigned plugins;
} gt_hdf5_session;

void gt_hdf5_begin(gt_hdf5_session *session);
void gt_hdf5_end(const gt_hdf5_session *session);

/* The failure of the call to libhdf5 just made, in a line: its innermost reason, behind who. */
gt_status gt_hdf5_failed(const char *who);

/* A name for a file in memory: libhdf5 looks whether there is one on the disk, so it is one that none can have. Within
 * a session. */
enum { GT_HDF5_IMAGE_NAME = 64 };
void gt_hdf5_image_name(char name[GT_HDF5_IMAGE_NAME]);

/* "FILE: 'PATH'", for messages; returns who. */
enum { GT_HDF5_WHO = 440 };
const char *gt_hdf5_who(char who[GT_HDF5_WHO], const char *file, const char *path);

/* What reading a file may take, so that a few bytes cannot ask for much. */
typedef struct gt_hdf5_budget {
    size_t length;  /* of the file */
    size_t bytes;   /* that all which follows may unpack to */
    size_t entries; /* links and attributes that may follow */
} gt_hdf5_budget;

/* Takes the attributes of a group or dataset that are text into the archive, under PATH/NAME, or NAME at the root,
 * where the path is "". `name` is the file's. */
gt_status gt_hdf5_read_texts(const char *name, hid_t object, const char *path, gt_hdf5_budget *budget,
                             gt_archive *archive);

/* Of whatever kind it is; a negative one, which stands for none, is fine. */
void gt_hdf5_close(hid_t id);

#endif
