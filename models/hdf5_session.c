/* libhdf5's global state: held by one thread at a time, its printing turned off, its errors taken as messages. */
#include "models/archive_internal.h"

#ifdef GT_HAVE_HDF5

#include <stdio.h>

#include "core/mutex.h"
#include "models/hdf5_internal.h"

static gt_mutex lock = GT_MUTEX_INITIALIZER;

void gt_hdf5_begin(gt_hdf5_session *session)
{
    gt_mutex_lock(&lock);
    *session = (gt_hdf5_session){.print = NULL};
    H5open();
    H5Eget_auto2(H5E_DEFAULT, &session->print, &session->print_context);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5PLget_loading_state(&session->plugins);
    H5PLset_loading_state(0);
}

void gt_hdf5_end(const gt_hdf5_session *session)
{
    H5PLset_loading_state(session->plugins);
    H5Eclear2(H5E_DEFAULT);
    H5Eset_auto2(H5E_DEFAULT, session->print, session->print_context);
    gt_mutex_unlock(&lock);
}

void gt_hdf5_image_name(char name[GT_HDF5_IMAGE_NAME])
{
    static unsigned long long count; /* libhdf5 would find a file again that a damaged one left open */
    snprintf(name, GT_HDF5_IMAGE_NAME, "/dev/null/gradtape-%llu", count++);
}

const char *gt_hdf5_who(char who[GT_HDF5_WHO], const char *file, const char *path)
{
    snprintf(who, GT_HDF5_WHO, "%.300s: '%.100s'", file, path);
    return who;
}

typedef struct reason {
    const char *who;
    gt_status status; /* GT_OK until the first is found */
} reason;

static herr_t take_first(unsigned number, const H5E_error2_t *error, void *context)
{
    (void)number;
    reason *found = context;
    if (found->status != GT_OK)
        return 0;
    if (error->maj_num == H5E_RESOURCE && (error->min_num == H5E_NOSPACE || error->min_num == H5E_CANTALLOC))
        found->status = gt_fail(GT_ERR_MEMORY, "%s: HDF5: out of memory", found->who);
    else
        found->status = gt_fail(GT_ERR_FORMAT, "%s: HDF5: %.200s", found->who, error->desc ? error->desc : "damaged");
    return 0;
}

gt_status gt_hdf5_failed(const char *who)
{
    reason found = {.who = who};
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &found);
    return found.status != GT_OK ? found.status : gt_fail(GT_ERR_FORMAT, "%s: HDF5: failed without a reason", who);
}

void gt_hdf5_close(hid_t id)
{
    if (id >= 0)
        H5Idec_ref(id);
}

#endif
