/* `gradtape devices`: where models can run here. */
#include <stdio.h>
#include <unistd.h>

#include "models/gradtape.h"
#include "tools/command.h"
#include "tools/options.h"

static void print_cpu(void)
{
    printf("%-5s available: %d threads, %ld processors, instruction set %s\n", gt_device_name(GT_CPU), gt_threads(),
           sysconf(_SC_NPROCESSORS_ONLN), gt_isa());
}

static void print_other(gt_device device)
{
    gt_device_description description;
    if (gt_device_describe(device, &description) == GT_OK)
        printf("%-5s available: %s, %.1f of %.1f GiB free\n", gt_device_name(device), description.name,
               (double)description.free_memory / 0x1p30, (double)description.memory / 0x1p30);
    else
        printf("%-5s %s\n", gt_device_name(device), gt_last_error());
}

int command_devices(int argc, char **argv)
{
    const option options[] = {{.name = NULL}};
    const char about[] = "Lists the devices, and for one that cannot be used here the reason.\n";
    int status = options_parse(&(command_usage){"devices", NULL, about, options}, argc, argv, NULL);
    if (status >= 0)
        return status;
    if (!gt_isa())
        return failed("devices", "%s", gt_last_error());
    print_cpu();
    for (int device = 1; device < GT_DEVICES; device++)
        print_other((gt_device)device);
    return STATUS_OK;
}
