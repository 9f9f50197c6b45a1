#define _XOPEN_SOURCE 700 /* realpath */
#include "tools/outputs.h"

#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "models/files.h"
#include "tools/plot.h"

/* ---- which file it is ------------------------------------------------------------------------------------------- */

/* The folder that a path leads through; false where there is none. */
static bool folder_of(const char *path, struct stat *folder)
{
    char *copy = gt_copy_string(path);
    const bool there = copy && stat(dirname(copy), folder) == 0;
    gt_release(copy);
    return there;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool same_entry(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Also of files that are not there yet. What is no file holds nothing that could be lost. */
static bool same_file(const char *a, const char *b)
{
    struct stat of_a, of_b;
    const bool a_there = stat(a, &of_a) == 0, b_there = stat(b, &of_b) == 0;
    if (a_there != b_there)
        return false;
    if (a_there)
        return S_ISREG(of_a.st_mode) && same_entry(&of_a, &of_b);
    return strcmp(last_part(a), last_part(b)) == 0 && folder_of(a, &of_a) && folder_of(b, &of_b) &&
           same_entry(&of_a, &of_b);
}

/* ---- what is asked for ------------------------------------------------------------------------------------------ */

static gt_status collision(const outputs_entry *there, const outputs_entry *added)
{
    if (!there->kept && !added->kept)
        return gt_fail(GT_ERR_ARGUMENT, "%s: %s and %s would both be written there", added->path, there->what,
                       added->what);
    const outputs_entry *kept = there->kept ? there : added, *written = there->kept ? added : there;
    return gt_fail(GT_ERR_ARGUMENT, "%s: %s would replace %s", written->path, written->what, kept->what);
}

static void add(output_list *o, const char *what, const char *path, bool kept)
{
    if (o->status != GT_OK || !path)
        return;
    const outputs_entry added = {what, gt_copy_string(path), kept};
    if (!added.path) {
        o->status = GT_ERR_MEMORY;
        return;
    }
    if (o->count == OUTPUTS_MOST)
        o->status = gt_fail(GT_ERR_ARGUMENT, "%s: more than %d files", path, OUTPUTS_MOST);
    for (int i = 0; i < o->count && o->status == GT_OK; i++)
        if (!(kept && o->entry[i].kept) && same_file(o->entry[i].path, path))
            o->status = collision(&o->entry[i], &added);
    if (o->status == GT_OK)
        o->entry[o->count++] = added;
    else
        gt_release(added.path);
}

static void probe(output_list *o, const char *path)
{
    gt_file *file;
    if (o->status == GT_OK && path && (o->status = gt_file_begin(path, &file)) == GT_OK)
        gt_file_abandon(file);
}

void outputs_keep(output_list *o, const char *what, const char *path)
{
    add(o, what, path, true);
}

void outputs_file(output_list *o, const char *what, const char *path)
{
    add(o, what, path, false);
    probe(o, path);
}

void outputs_stream(output_list *o, const char *what, const char *path)
{
    struct stat about;
    const bool device = path && stat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode);
    add(o, what, path, false);
    if (!device)
        probe(o, path);
}

void outputs_pictures(output_list *o, const char *what, const char *file, const char *const *parts)
{
    if (file && o->status == GT_OK)
        o->status = plot_check(file); /* named as the user did */
    for (int i = 0; file && parts[i] && o->status == GT_OK; i++) {
        char *name = plot_name(file, parts[i]);
        if (!name)
            o->status = GT_ERR_MEMORY;
        add(o, what, name, false);
        if (o->status == GT_OK)
            o->status = plot_check(name);
        gt_release(name);
    }
}

gt_status outputs_check(output_list *o)
{
    const gt_status status = o->status;
    for (int i = 0; i < o->count; i++)
        gt_release(o->entry[i].path);
    *o = (output_list){.count = 0};
    return status;
}
