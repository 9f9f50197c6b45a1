/* Metrics of a training, each in a panel with that of the validation. */
#include <stdlib.h>
#include <string.h>

#include "tools/plot.h"

static const char prefix[] = "val_";
enum { PREFIX = sizeof prefix - 1 };

static bool of_validation(const char *name)
{
    return strncmp(name, prefix, PREFIX) == 0;
}

/* Where a metric of training or validation is; -1 where there is none. */
static int find(const plot_record *r, const char *metric, bool validation)
{
    for (int i = 0; i < r->names; i++)
        if (of_validation(r->name[i]) == validation && strcmp(r->name[i] + (validation ? PREFIX : 0), metric) == 0)
            return i;
    return -1;
}

static plot_panel make_panel(const plot_record *r, const char *metric, plot_line lines[2])
{
    const int at[] = {find(r, metric, false), find(r, metric, true)};
    plot_panel panel = {.title = metric, .x_label = r->x_label ? r->x_label : "epoch", .line = lines};
    for (int i = 0; i < 2; i++)
        if (at[i] >= 0)
            lines[panel.lines++] = (plot_line){.label = i ? "validation" : "training",
                                               .count = r->count,
                                               .x = r->x,
                                               .y = r->value[at[i]],
                                               .dashed = i == 1};
    if (panel.lines == 1 && at[0] >= 0)
        lines[0].label = NULL;
    return panel;
}

gt_status plot_training(const char *file, const plot_record *r)
{
    if (r->names < 1)
        return gt_fail(GT_ERR_ARGUMENT, "%s: there are no metrics to draw", file);
    plot_panel *panel = calloc((size_t)r->names, sizeof *panel);
    plot_line *line = calloc(2 * (size_t)r->names, sizeof *line);
    gt_status status = panel && line ? GT_OK : gt_fail(GT_ERR_MEMORY, "%s: out of memory", file);
    int panels = 0;
    for (int i = 0; status == GT_OK && i < r->names; i++) {
        const bool validation = of_validation(r->name[i]);
        const char *metric = r->name[i] + (validation ? PREFIX : 0);
        if (validation && find(r, metric, false) >= 0)
            continue; /* it is drawn with the training's */
        panel[panels] = make_panel(r, metric, line + 2 * (ptrdiff_t)panels);
        panels++;
    }
    if (status == GT_OK)
        status = plot_curves(file, panels, panel);
    free(panel);
    free(line);
    return status;
}
