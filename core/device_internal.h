/* How the core reaches a device's memory. */
#ifndef GT_DEVICE_INTERNAL_H
#define GT_DEVICE_INTERNAL_H

#include "core/backend.h"

extern const gt_backend gt_cpu_backend;

/* Loads the device's shared object and fills the slots of ops. NULL, with the message set, where there is none, or one
 * of another version. */
const gt_backend *gt_backend_load(gt_device device);

/* For any device but the CPU; see gt_backend_of. */
const gt_backend *gt_backend_find(gt_device device);

/* NULL, with the message set, where the device is not available: "device cuda: not available: ...". */
static inline const gt_backend *gt_backend_of(gt_device device)
{
    return device == GT_CPU ? &gt_cpu_backend : gt_backend_find(device);
}

#endif
