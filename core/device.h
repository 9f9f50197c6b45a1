/* Devices: where a tensor's bytes lie and which kernel of an op runs.
 *
 * The CPU is always there. CUDA comes with a shared object of its own, libgradtape_cuda, which is loaded when something
 * first asks for the device: it is looked for where GRADTAPE_CUDA says, beside the library or program, in the lib
 * folder beside a program's bin, and where the system looks. What is asked of a device is queued and done later;
 * reading a value waits for it. */
#ifndef GT_DEVICE_H
#define GT_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

GT_PUBLIC_BEGIN

typedef enum gt_device { GT_CPU = 0, GT_CUDA = 1 } gt_device;
#define GT_DEVICES 2

/* Work that a device does in the order it was asked for, beside that of other queues; every tape has its own. */
typedef struct gt_queue gt_queue;

const char *gt_device_name(gt_device device); /* "cpu", "cuda"; "unknown device" otherwise */

/* Whether tensors can be made there now; where not, gt_last_error() says why. */
bool gt_device_available(gt_device device);

/* Waits until all that was asked of the device is done. GT_ERR_VALUE for a bad label or index that a kernel met since
 * the last wait, GT_ERR_DEVICE where the device failed or is not available. Nothing to do on the CPU. */
gt_status gt_device_synchronize(gt_device device);

/* A device in words, and its memory in bytes. */
typedef struct gt_device_description {
    char name[128]; /* "NVIDIA H100 80GB HBM3, compute capability 9.0, 132 multiprocessors" */
    size_t memory, free_memory;
} gt_device_description;
/* GT_ERR_UNSUPPORTED for the CPU, GT_ERR_DEVICE where the device is not available. */
gt_status gt_device_describe(gt_device device, gt_device_description *description);

/* What a device has done since it was loaded. For the CPU, and where the device is not available, as above. */
typedef struct gt_device_statistics {
    size_t live, reserved, peak; /* bytes in use, held from the driver, and the most ever held */
    int64_t allocations;         /* requests to the driver; none in a steady training step */
    int64_t launches;            /* of kernels, library calls included */
    int64_t graph_launches;
    int64_t copies_in, copies_out, copies; /* host to device, device to host, on the device */
    int64_t waits;                         /* of the host for the device */
} gt_device_statistics;
gt_status gt_device_statistics_of(gt_device device, gt_device_statistics *statistics);

/* At most this many bytes are held on the device (0: no limit); beyond it, allocation fails with GT_ERR_MEMORY. The
 * CPU's limit is gt_memory_limit. */
gt_status gt_device_memory_limit(gt_device device, size_t bytes);
/* Gives cached blocks back to the driver. */
gt_status gt_device_memory_trim(gt_device device);

/* Whether float32 matrix products on CUDA may round their inputs to TF32 (10 bits of fraction), which tensor cores
 * multiply several times faster. Off until asked for. */
void gt_allow_tf32(bool allowed);
bool gt_tf32_allowed(void);

GT_PUBLIC_END

#endif
