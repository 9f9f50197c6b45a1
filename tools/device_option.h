/* The options --device and --threads, the same in all subcommands. */
#ifndef TOOLS_DEVICE_OPTION_H
#define TOOLS_DEVICE_OPTION_H

#include "core/device.h"
#include "tools/options.h"

/* As `choice` of option_device: gt_device values, and one more. */
enum { DEVICE_AUTO = GT_DEVICES };

option option_device(int *choice);

/* The device that was asked for; AUTO's is CUDA where it is available, and is said on stdout unless `quiet`.
 * GT_ERR_DEVICE where the one asked for is not available. */
gt_status device_chosen(int choice, bool quiet, gt_device *device);

/* Zero: not given. */
option option_threads(int64_t *threads);
gt_status threads_chosen(int64_t threads);

#endif
