/* Arrays from files of any format that the library reads, and into files of any that it writes. */
#ifndef TOOLS_ARRAY_FILE_H
#define TOOLS_ARRAY_FILE_H

#include "models/gradtape.h"

/* All that is in a file: safetensors, NPZ, HDF5, NPY, IDX, also gzipped, or a CSV table, by content. What has no name
 * is under "", a table's line of names a text, "columns". The caller's; NULL with the message set. */
gt_archive *array_file_open(const char *path);

/* One array of it, the archive's: the one of this name, or, for NULL, the only one. NULL with the message set, in which
 * `path` stands for the archive. */
gt_tensor *array_file_find(const gt_archive *archive, const char *path, const char *name);

/* The same of a file, for the caller to free. */
gt_tensor *array_file_read(const char *path, const char *name);

/* Writes one of the archive's arrays, or, for NULL, all there are, in the format that the file's name ends in:
 * .safetensors, .st, .npz, .h5, .hdf5, or, for one array, .npy, .csv, .idx, -ubyte, the last two also with .gz behind.
 * An array under
 * "" gets a name where one is needed. What was in the file that the archive is from, and is not in this one, is told to
 * the writer, a line each. GT_ERR_ARGUMENT for another ending, and for several arrays. */
gt_status array_file_write(const gt_archive *archive, const gt_tensor *only, const char *path, gt_writer *writer,
                           void *writer_context);

#endif
