/* What stands for the pictures in a build without cairo. */
#include "tools/plot.h"

static gt_status no_cairo(const char *file)
{
    return gt_fail(GT_ERR_UNSUPPORTED, "%s: this build has no cairo, which draws (Debian: libcairo2-dev)", file);
}

gt_status plot_check(const char *file)
{
    return no_cairo(file);
}

gt_status plot_curves(const char *file, int panels, const plot_panel *panel)
{
    (void)panels, (void)panel;
    return no_cairo(file);
}

gt_status plot_images(const char *file, const plot_grid *grid)
{
    (void)grid;
    return no_cairo(file);
}

gt_status plot_bars(const char *file, const plot_bar_chart *chart)
{
    (void)chart;
    return no_cairo(file);
}

gt_status plot_table(const char *file, const plot_matrix *matrix)
{
    (void)matrix;
    return no_cairo(file);
}

gt_status plot_filters(const char *file, const char *title, const gt_tensor *filters)
{
    (void)title, (void)filters;
    return no_cairo(file);
}

gt_status plot_arrows(const char *file, const plot_field *field)
{
    (void)field;
    return no_cairo(file);
}
