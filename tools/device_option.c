#include "tools/device_option.h"

#include <stdio.h>

#include "core/threads.h"

static const char *const names[] = {"cpu", "cuda", "auto", NULL};

option option_device(int *choice)
{
    return option_choice("device", choice, "NAME", names, "cpu (default), cuda, or auto: cuda where it is available");
}

gt_status device_chosen(int choice, bool quiet, gt_device *device)
{
    *device = choice == DEVICE_AUTO ? GT_CUDA : (gt_device)choice;
    if (gt_device_available(*device)) {
        gt_device_description description;
        if (choice == DEVICE_AUTO && !quiet && gt_device_describe(*device, &description) == GT_OK)
            printf("device: %s, %s\n", gt_device_name(*device), description.name);
        return GT_OK;
    }
    if (choice != DEVICE_AUTO)
        return gt_last_status();
    *device = GT_CPU;
    if (!quiet)
        printf("device: cpu (%s)\n", gt_last_error());
    return GT_OK;
}

option option_threads(int64_t *threads)
{
    return option_integer("threads", threads, "N", 1, GT_MAX_THREADS,
                          "(default: GRADTAPE_THREADS where it is set, or one a processor)");
}

gt_status threads_chosen(int64_t threads)
{
    return threads ? gt_set_threads((int)threads) : GT_OK;
}
