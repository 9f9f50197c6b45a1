/* `gradtape plot`: the curves of a training, from its log. */
#include <stdio.h>

#include "models/gradtape.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/outputs.h"
#include "tools/plot.h"
#include "tools/training_log.h"

static const char about[] =
    "Draws what a training recorded (gt_csv_log, 'gradtape mnist --log LOG.csv', Keras' CSVLogger): a panel for\n"
    "each metric, training and validation together, as a PNG or an SVG file.\n";

static gt_status draw(const char *path, const char *output)
{
    training_log log;
    gt_status status = training_log_read(path, &log);
    if (status != GT_OK)
        return status;
    const double *values[TRAINING_LOG_COLUMNS];
    const int names = log.columns - 1;
    for (int i = 0; i < names; i++)
        values[i] = log.values + (size_t)(i + 1) * (size_t)log.rows;
    status = plot_training(output, &(plot_record){.x_label = log.name[0],
                                                  .count = log.rows,
                                                  .x = log.values,
                                                  .names = names,
                                                  .name = (const char *const *)log.name + 1,
                                                  .value = values});
    training_log_free(&log);
    return status;
}

static gt_status check_output(const char *log, const char *picture)
{
    output_list o = {.count = 0};
    outputs_keep(&o, "the log", log);
    outputs_file(&o, "the picture", picture);
    gt_status status = outputs_check(&o);
    return status == GT_OK ? plot_check(picture) : status;
}

int command_plot(int argc, char **argv)
{
    const char *output = NULL;
    const option options[] = {
        option_text("output", &output, "FILE", "the picture, .png or .svg (default: the log's name with .png)"),
        {.name = NULL},
    };
    int arguments;
    int usage_status = options_parse(&(command_usage){"plot", "LOG.csv", about, options}, argc, argv, &arguments);
    if (usage_status >= 0)
        return usage_status;
    if (arguments != 1)
        return usage_error("plot", arguments ? "one log at a time" : "which log?");
    char *name = output ? gt_copy_string(output) : plot_name_of_log(argv[1]);
    gt_status status = name ? check_output(argv[1], name) : GT_ERR_MEMORY;
    if (status == GT_OK)
        status = draw(argv[1], name);
    if (status == GT_OK)
        printf("picture: %s\n", name);
    else
        failed("plot", "%s", gt_last_error());
    gt_release(name);
    return status == GT_OK ? STATUS_OK : STATUS_FAILED;
}
