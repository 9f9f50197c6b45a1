/* `gradtape convert`: arrays from a file of one format into one of another. */
#include <stdio.h>

#include "tools/array_file.h"
#include "tools/command.h"
#include "tools/options.h"

static const char about[] =
    "Reads the arrays of IN, a safetensors, NPZ, HDF5, NPY or IDX file (gzipped or not) or a CSV table of numbers,\n"
    "and writes them to OUT, in the format that its name ends in: .safetensors, .npz or .h5, and for one array .npy,\n"
    ".csv, .idx or .idx.gz. CSV is read as float64. What OUT cannot hold is named on stderr.\n";

/* An archive of this array alone; NULL with the message set. */
static gt_archive *select_array(const char *path, const char *name, gt_archive *from)
{
    const gt_tensor *tensor = gt_archive_find(from, name);
    if (!tensor)
        gt_fail(GT_ERR_ARGUMENT, "%s: it has no array '%s'", path, name);
    gt_archive *archive = tensor ? gt_archive_new() : NULL;
    if (archive && gt_archive_add(archive, name, tensor) != GT_OK) {
        gt_archive_free(archive);
        archive = NULL;
    }
    if (archive && gt_archive_text_count(from) > 0)
        fprintf(stderr, "dropped: %d texts, which belong to the whole file\n", gt_archive_text_count(from));
    gt_archive_free(from);
    return archive;
}

int command_convert(int argc, char **argv)
{
    const char *array = NULL;
    const option options[] = {
        option_text("array", &array, "NAME", "only this array of IN"),
        {.name = NULL},
    };
    int arguments;
    int usage_status = options_parse(&(command_usage){"convert", "IN OUT", about, options}, argc, argv, &arguments);
    if (usage_status >= 0)
        return usage_status;
    if (arguments != 2)
        return usage_error("convert", "two files are needed: gradtape convert IN OUT");
    gt_archive *archive = array_file_open(argv[1]);
    if (archive && array)
        archive = select_array(argv[1], array, archive);
    gt_status status = archive ? array_file_write(archive, argv[2], gt_write_file, stderr) : gt_last_status();
    if (status != GT_OK)
        failed("convert", "%s", gt_last_error());
    gt_archive_free(archive);
    return status == GT_OK ? STATUS_OK : STATUS_FAILED;
}
