/* CSVLogger: keras/callbacks.py (2.8), with numbers that read back to the same bits. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/memory.h"
#include "models/callback_internal.h"
#include "models/csv_internal.h"
#include "models/files.h"

typedef struct csv_log {
    char *path;
    FILE *file;  /* while fit runs */
    bool titled; /* the line of names is there */
} csv_log;

static gt_status io_error(const csv_log *self)
{
    return gt_fail(GT_ERR_IO, "%s: %s", self->path, strerror(errno));
}

static gt_status close_log(csv_log *self)
{
    FILE *file = self->file;
    self->file = NULL;
    return file && fclose(file) != 0 ? io_error(self) : GT_OK;
}

/* How much of an older log is kept: the names, and a line for each epoch that is done. */
static size_t kept_length(const char *text, size_t length, int epochs)
{
    size_t at = 0;
    for (int line = 0; line <= epochs && at < length; line++) {
        const char *end = memchr(text + at, '\n', length - at);
        if (!end)
            return at;
        at = (size_t)(end - text) + 1;
    }
    return at;
}

/* Lines that a run wrote behind its last checkpoint are written again, so they go. */
static gt_status continue_log(csv_log *self, int epochs)
{
    struct stat about;
    if (stat(self->path, &about) != 0)
        return errno == ENOENT ? GT_OK : io_error(self);
    if (!S_ISREG(about.st_mode)) /* a terminal, a pipe */
        return GT_OK;
    void *text;
    size_t length;
    gt_status status = gt_file_read(self->path, &text, &length);
    if (status != GT_OK)
        return status;
    gt_file *file;
    const size_t kept = kept_length(text, length, epochs);
    status = gt_file_begin(self->path, &file);
    if (status == GT_OK) {
        gt_file_write(file, text, kept);
        status = gt_file_end(file);
    }
    self->titled = kept > 0;
    gt_release(text);
    return status;
}

static int train_begin(gt_callback *callback, const gt_fit_event *event)
{
    csv_log *self = callback->state;
    self->titled = false;
    close_log(self); /* of a fit that failed, and said so */
    gt_status status = GT_OK;
    if (event->resumed)
        status = continue_log(self, event->epoch - 1);
    if (status != GT_OK)
        return status;
    self->file = fopen(self->path, self->titled ? "ae" : "we");
    return self->file ? 0 : io_error(self);
}

/* In quotes where a comma would end it (RFC 4180). */
static void write_name(FILE *file, const char *name)
{
    const bool quoted = strpbrk(name, ",\"\r\n") != NULL;
    fputs(quoted ? ",\"" : ",", file);
    for (; *name; name++) {
        if (*name == '"')
            fputc('"', file);
        fputc(*name, file);
    }
    if (quoted)
        fputc('"', file);
}

static void write_epoch(csv_log *self, const gt_fit_event *event)
{
    if (!self->titled)
        fputs("epoch", self->file);
    for (int i = 0; !self->titled && i < event->count; i++)
        write_name(self->file, event->name[i]);
    if (!self->titled)
        fputc('\n', self->file);
    self->titled = true;
    fprintf(self->file, "%d", event->epoch);
    for (int i = 0; i < event->count; i++) {
        char text[GT_CSV_NUMBER];
        gt_csv_number(text, event->value[i], false);
        fprintf(self->file, ",%s", text);
    }
    fputc('\n', self->file);
}

static int epoch_end(gt_callback *callback, const gt_fit_event *event)
{
    csv_log *self = callback->state;
    gt_kept_locale kept;
    gt_status status = gt_locale_set(&kept);
    if (status != GT_OK)
        return status;
    write_epoch(self, event);
    gt_locale_give_back(&kept);
    return fflush(self->file) == 0 && !ferror(self->file) ? 0 : io_error(self);
}

static int train_end(gt_callback *callback, const gt_fit_event *event)
{
    (void)event;
    return close_log(callback->state);
}

static void release(gt_callback *callback)
{
    csv_log *self = callback->state;
    close_log(self);
    gt_release(self->path);
}

static const gt_callback_class csv_log_class = {
    .type = "CSVLogger",
    .state_size = sizeof(csv_log),
    .train_begin = train_begin,
    .epoch_end = epoch_end,
    .train_end = train_end,
    .release = release,
};

gt_callback *gt_csv_log(const char *path)
{
    if (!path || !path[0]) {
        gt_fail(GT_ERR_ARGUMENT, "gt_csv_log: the path is %s", path ? "empty" : "NULL");
        return NULL;
    }
    gt_callback *callback = gt_callback_new(&csv_log_class);
    char *copy = callback ? gt_copy_string(path) : NULL;
    if (!copy) {
        gt_callback_free(callback);
        return NULL;
    }
    ((csv_log *)callback->state)->path = copy;
    return callback;
}
