/* The table of backends. The CPU's is always there; another device's comes with its shared object. */
#include "core/device_internal.h"

#include <stdatomic.h>
#include <string.h>

#include "core/memory.h"

static gt_status copy(void *to, const void *from, size_t bytes)
{
    if (bytes > 0) /* memcpy takes no NULL, even for nothing */
        memcpy(to, from, bytes);
    return GT_OK;
}

const gt_backend gt_cpu_backend = {
    .device = GT_CPU,
    .allocate = gt_pool_allocate,
    .release = gt_pool_release,
    .copy_in = copy,
    .copy_out = copy,
    .copy = copy,
};

static const gt_backend *_Atomic registered[GT_DEVICES];

static bool is_known(gt_device device)
{
    return (int)device >= 0 && (int)device < GT_DEVICES;
}

const char *gt_device_name(gt_device device)
{
    switch (device) {
    case GT_CPU:
        return "cpu";
    case GT_CUDA:
        return "cuda";
    }
    return "unknown device";
}

bool gt_device_available(gt_device device)
{
    return device == GT_CPU || (is_known(device) && atomic_load(&registered[device]));
}

const gt_backend *gt_backend_find(gt_device device)
{
    const gt_backend *found = is_known(device) ? atomic_load(&registered[device]) : NULL;
    if (!found)
        gt_fail(GT_ERR_DEVICE, "device %s: not available", gt_device_name(device));
    return found;
}

gt_status gt_backend_register(const gt_backend *backend)
{
    if (!backend || !backend->allocate || !backend->release || !backend->copy_in || !backend->copy_out ||
        !backend->copy)
        return gt_fail(GT_ERR_ARGUMENT, "backend_register: every function must be given");
    if (!is_known(backend->device) || backend->device == GT_CPU)
        return gt_fail(GT_ERR_ARGUMENT, "backend_register: %s takes no backend", gt_device_name(backend->device));
    const gt_backend *none = NULL;
    if (!atomic_compare_exchange_strong(&registered[backend->device], &none, backend))
        return gt_fail(GT_ERR_ARGUMENT, "backend_register: %s already has a backend", gt_device_name(backend->device));
    return GT_OK;
}

void gt_backend_unregister(gt_device device)
{
    if (is_known(device) && device != GT_CPU)
        atomic_store(&registered[device], NULL);
}
