/* Bar charts: one bar, or several beside each other, at each place of the x axis. */
#include <math.h>

#include "tools/plot.h"
#include "tools/plot_axes.h"
#include "tools/plot_legend.h"

enum { NARROWEST = 380, WIDEST = 900, BOX_HEIGHT = 270, LONGEST_LABEL = 160, LABEL_GAP = 8, SLOT = 64, BAR = 42 };

/* How the labels below the places are set. */
typedef struct labels {
    plot_style style;
    double height;
    int every; /* of those many, one is written */
} labels;

static const plot_style value_style = {.size = PLOT_SMALL, .align = PLOT_CENTRE, .colour = PLOT_INK};

static int groups_of(const plot_bar_chart *chart)
{
    return chart->groups > 1 ? chart->groups : 1;
}

static const char *legend_label(const void *chart, int index)
{
    const plot_bar_chart *c = chart;
    return c->legend ? c->legend[index] : NULL;
}

static void legend_sample(plot_canvas *canvas, const void *chart, int index, double x, double y)
{
    (void)chart;
    canvas_fill(canvas, plot_bar_colour(index), x + PLOT_SAMPLE - 16, y - 6, 16, 12);
}

/* Level where they have room, otherwise slanting; of very many, every second, third, ... */
static labels set_labels(plot_canvas *canvas, const plot_bar_chart *chart, double slot)
{
    labels l = {.style = {.size = PLOT_SMALL, .align = PLOT_CENTRE, .colour = PLOT_INK}, .height = 22, .every = 1};
    double widest = 0;
    for (int i = 0; chart->label && i < chart->count; i++)
        widest = fmax(widest, canvas_text_width(canvas, &l.style, chart->label[i]));
    if (widest + LABEL_GAP <= slot)
        return l;
    l.style.align = PLOT_RIGHT;
    l.style.angle = 45;
    l.style.limit = LONGEST_LABEL;
    l.height = fmin(widest, LONGEST_LABEL) * sqrt(0.5) + 20;
    while (l.every * slot < 1.6 * PLOT_SMALL)
        l.every++;
    return l;
}

static plot_axes make_axes(const plot_bar_chart *chart)
{
    plot_axes axes = {.x_label = chart->x_label,
                      .y_label = chart->y_label,
                      .x = {.low = 0, .high = chart->count},
                      .y = plot_range_empty()};
    for (int64_t i = 0; i < (int64_t)groups_of(chart) * chart->count; i++)
        plot_range_add(&axes.y, chart->value[i]);
    axes.y.whole = false;
    plot_range_add(&axes.y, 0); /* bars begin there */
    plot_range_settle(&axes.y);
    axes_widen(&axes.y, 0.08);
    return axes;
}

static double value_at(const plot_bar_chart *chart, int group, int place)
{
    return chart->value[(int64_t)group * chart->count + place];
}

/* Whether all values have room above their bars. */
static bool values_fit(plot_canvas *canvas, const plot_bar_chart *chart, double width)
{
    for (int64_t i = 0; i < (int64_t)groups_of(chart) * chart->count; i++) {
        char text[PLOT_TICK_TEXT];
        plot_value_text(chart->value[i], text);
        if (canvas_text_width(canvas, &value_style, text) > width)
            return false;
    }
    return true;
}

static void draw_bar(plot_canvas *canvas, const plot_axes *axes, unsigned colour, double value, double x, double width)
{
    const double zero = axes_y(axes, 0), end = axes_y(axes, value);
    canvas_fill(canvas, colour, x, fmin(zero, end), width, fabs(end - zero));
}

static void draw_value(plot_canvas *canvas, const plot_axes *axes, double value, double middle)
{
    char text[PLOT_TICK_TEXT];
    plot_value_text(value, text);
    canvas_text(canvas, &value_style, middle, axes_y(axes, value) + (value < 0 ? 14 : -4), text);
}

static void draw_bars(plot_canvas *canvas, const plot_bar_chart *chart, const plot_axes *axes, const labels *l)
{
    const double slot = axes->width / chart->count, group = 0.8 * slot, width = group / groups_of(chart);
    const double bottom = axes->top + axes->height;
    const bool with_values = values_fit(canvas, chart, width);
    for (int i = 0; i < chart->count; i++) {
        const double left = axes->left + (i + 0.5) * slot - group / 2;
        for (int g = 0; g < groups_of(chart); g++) {
            const double value = value_at(chart, g, i), x = left + g * width;
            if (!plot_drawable(value))
                continue;
            draw_bar(canvas, axes, plot_bar_colour(g), value, x, width > 4 ? width - 1 : width);
            if (with_values)
                draw_value(canvas, axes, value, x + width / 2);
        }
        if (chart->label && i % l->every == 0)
            canvas_text(canvas, &l->style, left + group / 2 + (l->style.angle > 0 ? 5 : 0), bottom + 17,
                        chart->label[i]);
    }
    canvas_line(canvas, PLOT_FRAME, axes->left, axes_y(axes, 0), axes->left + axes->width, axes_y(axes, 0));
}

/* Slanting labels reach to the left of their places: so far that the picture begins later. */
static double left_of(plot_canvas *canvas, const plot_bar_chart *chart, const plot_axes *axes, const labels *l)
{
    double margin = axes->margin;
    for (int i = 0; chart->label && l->style.angle > 0 && i < chart->count; i += l->every) {
        const double reach = fmin(canvas_text_width(canvas, &l->style, chart->label[i]), LONGEST_LABEL) * sqrt(0.5);
        margin = fmax(margin, reach + 12 - (i + 0.5) * axes->width / chart->count);
    }
    return margin;
}

gt_status plot_bars(const char *file, const plot_bar_chart *chart)
{
    if (chart->count < 1 || !chart->value)
        return gt_fail(GT_ERR_ARGUMENT, "plot_bars: there are no bars");
    plot_canvas canvas;
    gt_status status = canvas_begin(&canvas, file);
    if (status != GT_OK)
        return status;
    const double width = fmin(fmax(NARROWEST, chart->count * fmax(SLOT, BAR * groups_of(chart))), WIDEST);
    const labels l = set_labels(&canvas, chart, width / chart->count);
    plot_axes axes = make_axes(chart);
    axes.below = chart->label ? l.height : 8;
    axes_measure(&canvas, &axes, width, BOX_HEIGHT);
    axes.left = left_of(&canvas, chart, &axes, &l);
    const plot_legend legend = {groups_of(chart), chart, legend_label, legend_sample};
    const double legend_height = canvas_legend(&canvas, &legend, 0, 0, width, false);
    const plot_heading heading = canvas_heading(&canvas, chart->title, axes.left + width + PLOT_RIGHT_MARGIN);
    axes.top = heading.height + legend_height;
    canvas_draw_heading(&canvas, chart->title, heading.width);
    canvas_legend(&canvas, &legend, axes.left, heading.height, width, true);
    axes_draw(&canvas, &axes);
    draw_bars(&canvas, chart, &axes, &l);
    return canvas_end(&canvas, heading.width, axes.top + BOX_HEIGHT + axes_bottom(&axes));
}
