#include "tools/profile_option.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { WARM_UP = 3, STEPS = 5, MOST_EVENTS = 20000, TOP = 12 };

typedef struct profiling {
    const char *path;
    gt_profile *profile;
    int64_t steps; /* done */
    bool written;
} profiling;

static gt_status write_trace(const profiling *self)
{
    FILE *file = fopen(self->path, "w");
    gt_status status = file ? gt_profile_write_trace(self->profile, gt_write_file, file) : GT_OK;
    if (!file || ferror(file))
        status = gt_fail(GT_ERR_IO, "%s: %s", self->path, strerror(errno));
    if (file && fclose(file) != 0 && status == GT_OK)
        status = gt_fail(GT_ERR_IO, "%s: %s", self->path, strerror(errno));
    return status;
}

static gt_status finish(profiling *self, int64_t steps)
{
    gt_profile_stop();
    self->written = true;
    gt_status status = write_trace(self);
    if (status != GT_OK)
        return status;
    printf("\nprofile of %lld steps, written to %s (chrome://tracing, ui.perfetto.dev):\n", (long long)steps,
           self->path);
    return gt_profile_write_summary(self->profile, gt_write_file, stdout, TOP);
}

static int batch_end(gt_callback *callback, const gt_fit_event *event)
{
    (void)event;
    profiling *self = gt_callback_state(callback);
    self->steps++;
    if (self->steps == WARM_UP)
        return gt_profile_start(self->profile);
    return self->steps == WARM_UP + STEPS ? finish(self, STEPS) : GT_OK;
}

static int train_end(gt_callback *callback, const gt_fit_event *event)
{
    (void)event;
    profiling *self = gt_callback_state(callback);
    return !self->written && self->steps > WARM_UP ? finish(self, self->steps - WARM_UP) : GT_OK;
}

static void release(gt_callback *callback)
{
    profiling *self = gt_callback_state(callback);
    gt_profile_stop(); /* of a fit that failed */
    gt_profile_free(self->profile);
}

static const gt_callback_class profiling_class = {.type = "Profile",
                                                  .state_size = sizeof(profiling),
                                                  .batch_end = batch_end,
                                                  .train_end = train_end,
                                                  .release = release};

gt_callback *profile_steps(const char *path)
{
    gt_callback *callback = gt_callback_new(&profiling_class);
    profiling *self = gt_callback_state(callback);
    if (!self)
        return NULL;
    self->path = path;
    self->profile = gt_profile_new(MOST_EVENTS);
    if (self->profile)
        return callback;
    gt_callback_free(callback);
    return NULL;
}
