/* Loads the shared object of a device, and gives it the core's functions. */
#define _GNU_SOURCE /* dladdr */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/broadcast.h"
#include "core/device_internal.h"
#include "core/memory.h"
#include "core/reduction.h"

static gt_status fail(gt_status status, const char *message)
{
    return gt_fail(status, "%s", message);
}

static const gt_core core = {
    .abi = GT_BACKEND_ABI,
    .fail = fail,
    .op_find = gt_op_find,
    .call_scratch = gt_call_scratch,
    .shape_size = gt_shape_size,
    .dtype_size = gt_dtype_size,
    .allocate = gt_allocate,
    .release = gt_release,
    .tf32_allowed = gt_tf32_allowed,
    .broadcast_plan = gt_broadcast_plan,
    .reduction_plan = gt_reduction_plan,
};

/* The folder of the library, or of the program that it is linked into; "" if it cannot be told. */
static void own_folder(char *folder, size_t size)
{
    Dl_info info;
    folder[0] = '\0';
    if (dladdr(&core, &info) && info.dli_fname)
        snprintf(folder, size, "%s", info.dli_fname);
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    else
        folder[0] = '\0';
}

/* The first of the places where it can be loaded. NULL with the message set. */
static void *open_object(gt_device device)
{
    const char *name = gt_device_name(device), *asked = getenv("GRADTAPE_CUDA");
    if (device == GT_CUDA && asked && *asked) {
        void *object = dlopen(asked, RTLD_NOW | RTLD_LOCAL);
        if (!object)
            gt_fail(GT_ERR_DEVICE, "GRADTAPE_CUDA: %s", dlerror());
        return object;
    }
    char folder[3072], path[3][4096];
    own_folder(folder, sizeof folder);
    snprintf(path[0], sizeof path[0], "%s/libgradtape_%s.so." GT_VERSION_MAJOR_TEXT, folder, name);
    snprintf(path[1], sizeof path[1], "%s/../" GT_LIBRARY_FOLDER "/libgradtape_%s.so." GT_VERSION_MAJOR_TEXT, folder,
             name);
    snprintf(path[2], sizeof path[2], "libgradtape_%s.so." GT_VERSION_MAJOR_TEXT, name);
    for (int i = folder[0] ? 0 : 2; i < 3; i++) {
        void *object = dlopen(path[i], RTLD_NOW | RTLD_LOCAL);
        if (object)
            return object;
        const char *why = dlerror();
        /* One that is there and does not load is the thing to tell of. */
        if (!strstr(why, "No such file")) {
            gt_fail(GT_ERR_DEVICE, "%s", why);
            return NULL;
        }
    }
    gt_fail(GT_ERR_DEVICE, "%s is not installed (gradtape built with nvcc has it)", path[2]);
    return NULL;
}

const gt_backend *gt_backend_load(gt_device device)
{
    void *object = open_object(device);
    if (!object)
        return NULL;
    /* POSIX lets dlsym return functions; ISO C knows no such conversion, but lets bytes be copied. */
    gt_backend_opener *opener = NULL;
    void *symbol = dlsym(object, GT_BACKEND_OPENER);
    memcpy(&opener, &symbol, sizeof opener);
    if (!opener) {
        gt_fail(GT_ERR_DEVICE, "the shared object for %s has no " GT_BACKEND_OPENER, gt_device_name(device));
        dlclose(object);
        return NULL;
    }
    const gt_backend *backend = opener(&core);
    if (!backend)
        dlclose(object);
    return backend;
}
