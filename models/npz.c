/* NPZ: NPY files in a zip archive. */
#include "models/archive_internal.h"

bool gt_is_npz(const void *bytes, size_t length)
{
    (void)bytes, (void)length;
    return false;
}

gt_status gt_npz_load(const char *name, const void *bytes, size_t length, gt_archive *archive)
{
    (void)bytes, (void)length, (void)archive;
    return gt_fail(GT_ERR_UNSUPPORTED, "%s: NPZ", name);
}
