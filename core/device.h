/* Devices: where a tensor's bytes lie and which kernel of an op runs. */
#ifndef GT_DEVICE_H
#define GT_DEVICE_H

#include <stdbool.h>

#include "error.h"

GT_PUBLIC_BEGIN

typedef enum gt_device { GT_CPU = 0, GT_CUDA = 1 } gt_device;
#define GT_DEVICES 2

const char *gt_device_name(gt_device device); /* "cpu", "cuda"; "unknown device" otherwise */

/* Whether tensors can be made there now. */
bool gt_device_available(gt_device device);

/* What a backend gives the core: memory and copies. Kernels go into the ops' slots (core/op.h). A backend's functions
 * set the message and return NULL or a status on failure. */
typedef struct gt_backend {
    gt_device device;
    void *(*allocate)(size_t bytes);
    void (*release)(void *memory, size_t bytes);
    gt_status (*copy_in)(void *to, const void *from_host, size_t bytes);
    gt_status (*copy_out)(void *to_host, const void *from, size_t bytes);
    gt_status (*copy)(void *to, const void *from, size_t bytes);
} gt_backend;

/* Makes a device available; `backend` must outlive its tensors. GT_ERR_ARGUMENT for the CPU, which is always there,
 * or where the device already has one; NULL functions are an error. gt_backend_unregister takes it back. */
gt_status gt_backend_register(const gt_backend *backend);
void gt_backend_unregister(gt_device device);

GT_PUBLIC_END

#endif
