/* `gradtape show`: what is in a file of tensors. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/array_file.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/plot_text.h"

static const char about[] =
    "Lists the arrays of a safetensors, NPZ, HDF5, NPY, IDX (gzipped or not) or CSV file: name, dtype, shape, and of\n"
    "their values the least, the mean, the greatest, the standard deviation and how many are not finite. Of a saved\n"
    "model, its layers too.\n";

typedef struct statistics {
    double least, mean, greatest, deviation; /* of the finite values */
    int64_t not_finite;
} statistics;

/* Two passes, so that the deviation does not cancel, with the exponents of long double, so that no sum overflows. */
static statistics look_at(const gt_tensor *tensor)
{
    statistics s = {.least = HUGE_VAL, .greatest = -HUGE_VAL};
    const int64_t size = gt_tensor_size(tensor);
    long double sum = 0, squares = 0;
    for (int64_t i = 0; i < size; i++) {
        const double value = gt_tensor_at(tensor, i);
        if (!isfinite(value)) {
            s.not_finite++;
            continue;
        }
        sum += value;
        s.least = fmin(s.least, value);
        s.greatest = fmax(s.greatest, value);
    }
    const double count = (double)(size - s.not_finite);
    s.mean = (double)(sum / count);
    for (int64_t i = 0; i < size; i++) {
        const long double value = gt_tensor_at(tensor, i), away = value - s.mean;
        squares += isfinite(value) ? away * away : 0;
    }
    s.deviation = (double)sqrtl(squares / count);
    return s;
}

static int longest_name(const gt_archive *archive)
{
    int longest = 4; /* "name" */
    for (int i = 0; i < gt_archive_count(archive); i++) {
        const int length = (int)strlen(gt_archive_name(archive, i));
        longest = length > longest ? length : longest;
    }
    return longest < 60 ? longest : 60;
}

static void print_tensors(const gt_archive *archive)
{
    const int width = longest_name(archive);
    printf("%-*s  %-7s  %-18s %12s %12s %12s %12s\n", width, "name", "dtype", "shape", "least", "mean", "greatest",
           "deviation");
    for (int i = 0; i < gt_archive_count(archive); i++) {
        const gt_tensor *tensor = gt_archive_at(archive, i);
        const gt_shape shape = gt_tensor_shape(tensor);
        char name[PLOT_TEXT];
        plot_text_clean(gt_archive_name(archive, i), name);
        printf("%-*s  %-7s  %-18s", width, name, gt_dtype_name(gt_tensor_dtype(tensor)), gt_shape_text(&shape).text);
        const statistics s = look_at(tensor);
        if (gt_tensor_size(tensor) > s.not_finite)
            printf(" %12.5g %12.5g %12.5g %12.5g", s.least, s.mean, s.greatest, s.deviation);
        if (s.not_finite)
            printf("  %lld not finite", (long long)s.not_finite);
        if (gt_archive_converted_from(archive, i))
            printf("  (%s in the file)", gt_archive_converted_from(archive, i));
        putchar('\n');
    }
}

static void print_totals(const gt_archive *archive)
{
    int64_t values = 0, bytes = 0;
    for (int i = 0; i < gt_archive_count(archive); i++) {
        const gt_tensor *tensor = gt_archive_at(archive, i);
        values += gt_tensor_size(tensor);
        bytes += gt_tensor_size(tensor) * (int64_t)gt_dtype_size(gt_tensor_dtype(tensor));
    }
    printf("%d arrays, %lld values, %lld bytes\n", gt_archive_count(archive), (long long)values, (long long)bytes);
}

/* Texts in a line, the long ones cut. */
static void print_texts(const gt_archive *archive)
{
    enum { MOST = 90 };
    for (int i = 0; i < gt_archive_text_count(archive); i++) {
        const char *key = gt_archive_text_key(archive, i);
        char clean[PLOT_TEXT], text[PLOT_TEXT];
        plot_text_clean(key, clean);
        plot_text_clean(gt_archive_text(archive, key), text);
        while (strlen(text) > MOST)
            plot_text_shorten(text);
        printf("%s: %s\n", clean, text);
    }
}

/* What is in the file and could not be read. */
static void print_skipped(const gt_archive *archive)
{
    for (int i = 0; i < gt_archive_skipped_count(archive); i++) {
        char reason[PLOT_TEXT];
        plot_text_clean(gt_archive_skipped_reason(archive, i), reason);
        printf("not read: %s\n", reason);
    }
}

int command_show(int argc, char **argv)
{
    const option options[] = {{.name = NULL}};
    int arguments;
    int usage_status = options_parse(&(command_usage){"show", "FILE", about, options}, argc, argv, &arguments);
    if (usage_status >= 0)
        return usage_status;
    if (arguments != 1)
        return usage_error("show", "a file is needed: gradtape show FILE");
    gt_archive *archive = array_file_open(argv[1]);
    if (!archive)
        return failed("show", "%s", gt_last_error());
    gt_model *model = gt_archive_text(archive, "gradtape.model") ? gt_model_load(argv[1]) : NULL;
    if (model) {
        gt_model_summary(model, gt_write_file, stdout);
        putchar('\n');
    }
    print_texts(archive);
    print_tensors(archive);
    print_skipped(archive);
    print_totals(archive);
    gt_model_free(model);
    gt_archive_free(archive);
    return STATUS_OK;
}
