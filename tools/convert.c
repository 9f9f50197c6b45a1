/* `gradtape convert`: arrays from a file of one format into one of another. */
#include <stdio.h>

#include "tools/array_file.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/outputs.h"

static const char about[] =
    "Reads the arrays of IN, a safetensors, NPZ, HDF5, NPY or IDX file (IDX gzipped or not) or a CSV table of "
    "numbers,\n"
    "and writes them to OUT, in the format that its name ends in: .safetensors, .npz or .h5, and for one array .npy,\n"
    ".csv, .idx or .idx.gz. CSV is read as float64, float16 as float32, bool as uint8, other whole numbers as int32.\n"
    "What is lost, and what of IN cannot be read, is named on stderr.\n";

static gt_status convert(const char *in, const char *out, const char *array)
{
    output_list o = {.count = 0};
    outputs_keep(&o, "IN", in);
    outputs_file(&o, "OUT", out);
    gt_status status = outputs_check(&o);
    gt_archive *archive = status == GT_OK ? array_file_open(in) : NULL;
    if (!archive)
        return status == GT_OK ? gt_last_status() : status;
    const gt_tensor *only = array ? array_file_find(archive, in, array) : NULL;
    status = array && !only ? gt_last_status() : array_file_write(archive, only, out, gt_write_file, stderr);
    gt_archive_free(archive);
    return status;
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
    return convert(argv[1], argv[2], array) == GT_OK ? STATUS_OK : failed("convert", "%s", gt_last_error());
}
