/* Curves with axes, ticks and a legend, in panels beside each other. */
#include <math.h>
#include <stdlib.h>

#include "tools/plot.h"
#include "tools/plot_axes.h"
#include "tools/plot_legend.h"

enum { BOX_WIDTH = 400, BOX_HEIGHT = 270, MOST_MARKED = 40, MOST_POINTS = 4000 };

/* A panel that is laid out. */
typedef struct placed {
    const plot_panel *panel;
    plot_axes axes;
    plot_legend legend;
    double legend_height;
    bool empty; /* nothing can be drawn */
} placed;

static double x_of(const plot_line *line, int i)
{
    return line->x ? line->x[i] : i + 1;
}

static bool drawable(const plot_line *line, int i)
{
    return plot_drawable(line->y[i]) && plot_drawable(x_of(line, i));
}

/* ---- one line --------------------------------------------------------------------------------------------------- */

static void set_dashes(plot_canvas *canvas, const plot_line *line)
{
    static const double dashes[] = {7, 5};
    cairo_set_dash(canvas->cairo, dashes, line->dashed ? 2 : 0, 0);
    cairo_set_line_width(canvas->cairo, 2);
    cairo_set_line_join(canvas->cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(canvas->cairo, line->dashed ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
}

/* A filled shape by the line's number, so that lines are told apart without colour. */
static void draw_marker(plot_canvas *canvas, int number, double x, double y)
{
    static const int corners[] = {0, 4, 3, 4};
    static const double turns[] = {0, 0.125, 0.25, 0};
    static const double radii[] = {4, 5, 5.5, 5.5};
    const int shape = number % 4;
    if (corners[shape] == 0)
        cairo_arc(canvas->cairo, x, y, radii[shape], 0, 2 * acos(-1));
    for (int i = 0; i < corners[shape]; i++) {
        const double angle = 2 * acos(-1) * (turns[shape] + (double)i / corners[shape]);
        cairo_line_to(canvas->cairo, x + radii[shape] * cos(angle), y - radii[shape] * sin(angle));
    }
    cairo_close_path(canvas->cairo);
    canvas_colour(canvas, plot_line_colour(number));
    cairo_fill_preserve(canvas->cairo);
    canvas_colour(canvas, PLOT_WHITE);
    cairo_set_dash(canvas->cairo, NULL, 0, 0);
    cairo_set_line_width(canvas->cairo, 1);
    cairo_stroke(canvas->cairo);
}

static void draw_points(plot_canvas *canvas, const plot_axes *axes, const plot_line *line, int number)
{
    for (int i = 0; i < line->count; i++) {
        const bool alone = (i == 0 || !drawable(line, i - 1)) && (i + 1 == line->count || !drawable(line, i + 1));
        if (drawable(line, i) && (alone || line->count <= MOST_MARKED))
            draw_marker(canvas, number, axes_x(axes, x_of(line, i)), axes_y(axes, line->y[i]));
    }
}

/* The places of the least and the greatest value among [first, end); false where there is none. Sets *gap where one of
 * them is not drawn. */
static bool extremes(const plot_line *line, int first, int end, int at[2], bool *gap)
{
    bool any = false;
    *gap = false;
    for (int i = first; i < end; i++) {
        if (!drawable(line, i)) {
            *gap = true;
            continue;
        }
        if (!any)
            at[0] = at[1] = i;
        at[0] = line->y[i] < line->y[at[0]] ? i : at[0];
        at[1] = line->y[i] > line->y[at[1]] ? i : at[1];
        any = true;
    }
    return any;
}

/* Of many points, the least and the greatest of each few are enough. */
static void draw_line(plot_canvas *canvas, const plot_axes *axes, const plot_line *line, int number)
{
    const int group = line->count <= MOST_POINTS ? 1 : line->count / (MOST_POINTS / 2);
    bool gap = true, gap_in_group;
    cairo_new_path(canvas->cairo);
    for (int64_t first = 0; first < line->count; first += group) {
        const int64_t end = first + group < line->count ? first + group : line->count;
        int at[2];
        const bool there = extremes(line, (int)first, (int)end, at, &gap_in_group);
        for (int i = 0; there && i < (at[0] == at[1] ? 1 : 2); i++) {
            const int point = at[at[0] < at[1] ? i : 1 - i];
            (gap ? cairo_move_to : cairo_line_to)(canvas->cairo, axes_x(axes, x_of(line, point)),
                                                  axes_y(axes, line->y[point]));
            gap = false;
        }
        gap = !there || gap_in_group;
    }
    canvas_colour(canvas, plot_line_colour(number));
    set_dashes(canvas, line);
    cairo_stroke(canvas->cairo);
    draw_points(canvas, axes, line, number);
}

/* ---- a panel ---------------------------------------------------------------------------------------------------- */

static const char *line_label(const void *lines, int index)
{
    return ((const plot_line *)lines)[index].label;
}

static void line_sample(plot_canvas *canvas, const void *lines, int index, double x, double y)
{
    canvas_colour(canvas, plot_line_colour(index));
    set_dashes(canvas, (const plot_line *)lines + index);
    cairo_move_to(canvas->cairo, x, y);
    cairo_line_to(canvas->cairo, x + PLOT_SAMPLE, y);
    cairo_stroke(canvas->cairo);
    if (((const plot_line *)lines)[index].count <= MOST_MARKED)
        draw_marker(canvas, index, x + PLOT_SAMPLE / 2.0, y);
}

static placed place(plot_canvas *canvas, const plot_panel *panel)
{
    placed p = {.panel = panel,
                .axes = {.x_label = panel->x_label,
                         .y_label = panel->y_label,
                         .x = plot_range_empty(),
                         .y = plot_range_empty()},
                .empty = true,
                .legend = {panel->lines, panel->line, line_label, line_sample}};
    for (int i = 0; i < panel->lines; i++)
        for (int j = 0; j < panel->line[i].count; j++)
            if (drawable(&panel->line[i], j)) {
                plot_range_add(&p.axes.x, x_of(&panel->line[i], j));
                plot_range_add(&p.axes.y, panel->line[i].y[j]);
                p.empty = false;
            }
    p.axes.y.whole = false;
    plot_range_settle(&p.axes.x);
    plot_range_settle(&p.axes.y);
    axes_widen(&p.axes.x, 0.02);
    axes_widen(&p.axes.y, 0.05);
    axes_measure(canvas, &p.axes, BOX_WIDTH, BOX_HEIGHT);
    p.legend_height = canvas_legend(canvas, &p.legend, 0, 0, BOX_WIDTH, false);
    return p;
}

static void draw_panel(plot_canvas *canvas, placed *p, double x)
{
    const plot_style title = {
        .size = PLOT_TITLE, .bold = true, .align = PLOT_CENTRE, .limit = BOX_WIDTH, .colour = PLOT_INK};
    p->axes.left = x + p->axes.margin;
    canvas_text(canvas, &title, p->axes.left + BOX_WIDTH / 2.0, p->axes.top - p->legend_height - 12, p->panel->title);
    canvas_legend(canvas, &p->legend, p->axes.left, p->axes.top - p->legend_height, BOX_WIDTH, true);
    axes_draw(canvas, &p->axes);
    for (int i = 0; i < p->panel->lines; i++)
        draw_line(canvas, &p->axes, &p->panel->line[i], i);
    if (p->empty) {
        const plot_style remark = {.size = PLOT_LABEL, .align = PLOT_CENTRE, .limit = BOX_WIDTH, .colour = PLOT_INK};
        canvas_text(canvas, &remark, p->axes.left + BOX_WIDTH / 2.0, p->axes.top + BOX_HEIGHT / 2.0,
                    "no value that can be drawn");
    }
}

/* ---- the picture ------------------------------------------------------------------------------------------------ */

/* A row of panels whose boxes stand at one height. Returns where the next row begins; *width becomes at least its own.
 */
static double draw_row(plot_canvas *canvas, int panels, placed *p, double y, double *width)
{
    double above = 14, legend = 0, below = 0, x = 0;
    for (int i = 0; i < panels; i++) {
        above = p[i].panel->title ? 38 : above;
        legend = fmax(legend, p[i].legend_height);
        below = fmax(below, axes_bottom(&p[i].axes));
    }
    for (int i = 0; i < panels; i++) {
        p[i].axes.top = y + above + legend;
        draw_panel(canvas, &p[i], x);
        x += p[i].axes.margin + BOX_WIDTH + PLOT_RIGHT_MARGIN;
    }
    *width = fmax(*width, x);
    return y + above + legend + BOX_HEIGHT + below;
}

static gt_status check(int panels, const plot_panel *panel)
{
    if (panels < 1 || !panel)
        return gt_fail(GT_ERR_ARGUMENT, "plot_curves: there are no panels");
    for (int i = 0; i < panels; i++)
        for (int j = 0; j < panel[i].lines; j++)
            if (panel[i].line[j].count > 0 && !panel[i].line[j].y)
                return gt_fail(GT_ERR_ARGUMENT, "plot_curves: line %d of panel %d has no values", j + 1, i + 1);
    return GT_OK;
}

gt_status plot_curves(const char *file, int panels, const plot_panel *panel)
{
    gt_status status = check(panels, panel);
    if (status != GT_OK)
        return status;
    placed *placed_panels = calloc((size_t)panels, sizeof *placed_panels);
    if (!placed_panels)
        return gt_fail(GT_ERR_MEMORY, "%s: out of memory", file);
    plot_canvas canvas;
    status = canvas_begin(&canvas, file);
    if (status == GT_OK) {
        const int columns = panels <= 3 ? panels : panels == 4 ? 2 : 3;
        double y = 0, width = 0;
        for (int i = 0; i < panels; i++)
            placed_panels[i] = place(&canvas, &panel[i]);
        for (int i = 0; i < panels; i += columns)
            y = draw_row(&canvas, panels - i < columns ? panels - i : columns, placed_panels + i, y, &width);
        status = canvas_end(&canvas, width, y);
    }
    free(placed_panels);
    return status;
}
