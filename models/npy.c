/* NPY: numpy.lib.format. */
#include "models/archive_internal.h"

bool gt_is_npy(const void *bytes, size_t length)
{
    (void)bytes, (void)length;
    return false;
}

gt_status gt_npy_load(const char *name, const void *bytes, size_t length, gt_tensor **tensor)
{
    (void)bytes, (void)length;
    *tensor = NULL;
    return gt_fail(GT_ERR_UNSUPPORTED, "%s: NPY", name);
}
