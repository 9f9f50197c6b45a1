/* The table of backends. The CPU's is always there; another device's comes with its shared object. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "core/device_internal.h"
#include "core/memory.h"
#include "core/mutex.h"

static void *allocate(gt_queue *queue, size_t bytes)
{
    (void)queue;
    return gt_pool_allocate(bytes);
}

static void release(gt_queue *queue, void *memory, size_t bytes)
{
    (void)queue;
    gt_pool_release(memory, bytes);
}

static gt_status copy(gt_queue *queue, void *to, const void *from, size_t bytes)
{
    (void)queue;
    if (bytes > 0) /* memcpy takes no NULL, even for nothing */
        memcpy(to, from, bytes);
    return GT_OK;
}

const gt_backend gt_cpu_backend = {
    .device = GT_CPU,
    .allocate = allocate,
    .release = release,
    .copy_in = copy,
    .copy_out = copy,
    .copy = copy,
};

static const gt_backend *_Atomic registered[GT_DEVICES];

/* A device's shared object is looked for once. */
typedef struct search {
    bool done;
    char reason[384]; /* why there is no such device */
} search;

static search searches[GT_DEVICES];
static gt_mutex search_lock = GT_MUTEX_INITIALIZER;

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

/* ---- finding one ------------------------------------------------------------------------------------------------ */

static const gt_backend *current(gt_device device)
{
    return is_known(device) ? atomic_load_explicit(&registered[device], memory_order_acquire) : NULL;
}

/* Loads and probes the shared object of the device, the first time. */
static void look_for(gt_device device)
{
    search *s = &searches[device];
    gt_mutex_lock(&search_lock);
    if (!s->done && !current(device)) {
        s->done = true;
        const gt_backend *found = gt_backend_load(device);
        if (!found || (found->probe && found->probe() != GT_OK) || gt_backend_register(found) != GT_OK)
            snprintf(s->reason, sizeof s->reason, "%.380s", gt_last_error());
    }
    gt_mutex_unlock(&search_lock);
}

const gt_backend *gt_backend_find(gt_device device)
{
    const gt_backend *found = current(device);
    if (!found && is_known(device)) {
        look_for(device);
        found = current(device);
    }
    if (found)
        return found;
    const char *reason = is_known(device) ? searches[device].reason : "";
    gt_fail(GT_ERR_DEVICE, "device %s: not available%s%s", gt_device_name(device), reason[0] ? ": " : "", reason);
    return NULL;
}

bool gt_device_available(gt_device device)
{
    return gt_backend_of(device) != NULL;
}

/* ---- entering one ------------------------------------------------------------------------------------------------ */

gt_status gt_backend_register(const gt_backend *backend)
{
    if (!backend || !backend->allocate || !backend->release || !backend->copy_in || !backend->copy_out ||
        !backend->copy)
        return gt_fail(GT_ERR_ARGUMENT, "backend_register: every function must be given");
    if (backend->queue_new && (!backend->queue_free || !backend->follow || !backend->synchronize))
        return gt_fail(GT_ERR_ARGUMENT, "backend_register: queues come with queue_free, follow and synchronize");
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

/* ---- what users ask of one --------------------------------------------------------------------------------------- */

gt_status gt_device_synchronize(gt_device device)
{
    const gt_backend *backend = gt_backend_of(device);
    if (!backend)
        return GT_ERR_DEVICE;
    return backend->synchronize ? backend->synchronize(NULL) : GT_OK;
}

static gt_status unsupported(const char *who, gt_device device)
{
    return gt_fail(GT_ERR_UNSUPPORTED, "%s: the %s does not offer it", who, gt_device_name(device));
}

gt_status gt_device_describe(gt_device device, gt_device_description *description)
{
    const gt_backend *backend = gt_backend_of(device);
    if (!backend || !description)
        return backend ? gt_fail(GT_ERR_ARGUMENT, "gt_device_describe: the description is NULL") : GT_ERR_DEVICE;
    return backend->describe ? backend->describe(description) : unsupported("gt_device_describe", device);
}

gt_status gt_device_statistics_of(gt_device device, gt_device_statistics *statistics)
{
    const gt_backend *backend = gt_backend_of(device);
    if (!backend || !statistics)
        return backend ? gt_fail(GT_ERR_ARGUMENT, "gt_device_statistics_of: the statistics are NULL") : GT_ERR_DEVICE;
    if (!backend->statistics)
        return unsupported("gt_device_statistics_of", device);
    backend->statistics(statistics);
    return GT_OK;
}

gt_status gt_device_memory_limit(gt_device device, size_t bytes)
{
    const gt_backend *backend = gt_backend_of(device);
    if (!backend)
        return GT_ERR_DEVICE;
    return backend->limit ? backend->limit(bytes) : unsupported("gt_device_memory_limit", device);
}

gt_status gt_device_memory_trim(gt_device device)
{
    const gt_backend *backend = gt_backend_of(device);
    if (!backend)
        return GT_ERR_DEVICE;
    return backend->trim ? backend->trim() : unsupported("gt_device_memory_trim", device);
}

static atomic_bool tf32;

void gt_allow_tf32(bool allowed)
{
    atomic_store_explicit(&tf32, allowed, memory_order_relaxed);
}

bool gt_tf32_allowed(void)
{
    return atomic_load_explicit(&tf32, memory_order_relaxed);
}
