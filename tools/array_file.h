/* Arrays from files of any format that the library reads. */
#ifndef TOOLS_ARRAY_FILE_H
#define TOOLS_ARRAY_FILE_H

#include "models/gradtape.h"

/* IDX, also gzipped, NPY, or one array of an NPZ or safetensors file: the one of this name, or, for NULL, the only one.
 * The caller's; NULL with the message set. */
gt_tensor *array_file_read(const char *path, const char *name);

#endif
