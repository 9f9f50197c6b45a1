/* A field of arrows, as a gradient is drawn at many places. */
#include <math.h>

#include "tools/plot.h"
#include "tools/plot_axes.h"

enum { LONGER_SIDE = 420, SHORTEST_SIDE = 140, MOST_COMPARED = 2000 };

static bool drawable(const plot_field *f, int i)
{
    return plot_drawable(f->x[i]) && plot_drawable(f->y[i]) && plot_drawable(f->u[i]) && plot_drawable(f->v[i]);
}

/* The least distance between two places, in pixels; of very many, between each and some. */
static double closest(const plot_field *f, const plot_axes *axes)
{
    double least = INFINITY;
    for (int i = 0; i < f->count; i++)
        for (int j = i + 1; j < f->count && j <= i + MOST_COMPARED; j++) {
            const double apart =
                hypot(axes_x(axes, f->x[i]) - axes_x(axes, f->x[j]), axes_y(axes, f->y[i]) - axes_y(axes, f->y[j]));
            if (apart > 1 && apart < least)
                least = apart;
        }
    return fmin(fmax(least, 14), 80);
}

/* Whether all arrows begin at one place: then they are drawn as long as they are. */
static bool from_one_place(const plot_field *f)
{
    int first = -1;
    for (int i = 0; i < f->count; i++) {
        if (!drawable(f, i))
            continue;
        first = first < 0 ? i : first;
        if (f->x[i] != f->x[first] || f->y[i] != f->y[first])
            return false;
    }
    return true;
}

/* Both axes at one scale, so that arrows point where they should, unless the picture became a strip. */
static plot_axes make_axes(const plot_field *f, double *width, double *height)
{
    plot_axes axes = {.x_label = f->x_label, .y_label = f->y_label, .x = plot_range_empty(), .y = plot_range_empty()};
    const bool to_scale = from_one_place(f);
    for (int i = 0; i < f->count; i++) {
        if (!drawable(f, i))
            continue;
        plot_range_add(&axes.x, f->x[i]);
        plot_range_add(&axes.y, f->y[i]);
        if (to_scale) {
            plot_range_add(&axes.x, f->x[i] + f->u[i]);
            plot_range_add(&axes.y, f->y[i] + f->v[i]);
        }
    }
    axes.x.whole = axes.y.whole = false;
    plot_range_settle(&axes.x);
    plot_range_settle(&axes.y);
    const double wide = axes.x.high - axes.x.low, high = axes.y.high - axes.y.low, longer = fmax(wide, high);
    *width = fmax(SHORTEST_SIDE, LONGER_SIDE * wide / longer);
    *height = fmax(SHORTEST_SIDE, LONGER_SIDE * high / longer);
    return axes;
}

/* Room for arrows at the edges. */
static void widen(plot_range *range, double pixels, double size)
{
    const double room = pixels / (size - 2 * pixels) * (range->high - range->low);
    range->low -= room;
    range->high += room;
}

static void draw_arrow(plot_canvas *canvas, double x, double y, double dx, double dy)
{
    const double length = hypot(dx, dy), head = fmin(8, 0.45 * length);
    canvas_colour(canvas, PLOT_BLUE);
    if (length < 1) {
        cairo_arc(canvas->cairo, x, y, 1.5, 0, 2 * acos(-1));
        cairo_fill(canvas->cairo);
        return;
    }
    const double cosine = dx / length, sine = dy / length;
    cairo_set_line_width(canvas->cairo, 1.6);
    cairo_move_to(canvas->cairo, x, y);
    cairo_line_to(canvas->cairo, x + dx - head * 0.8 * cosine, y + dy - head * 0.8 * sine);
    cairo_stroke(canvas->cairo);
    cairo_move_to(canvas->cairo, x + dx, y + dy);
    cairo_line_to(canvas->cairo, x + dx - head * (cosine + 0.45 * sine), y + dy - head * (sine - 0.45 * cosine));
    cairo_line_to(canvas->cairo, x + dx - head * (cosine - 0.45 * sine), y + dy - head * (sine + 0.45 * cosine));
    cairo_close_path(canvas->cairo);
    cairo_fill(canvas->cairo);
}

/* The longest arrow is `longest` pixels long. */
static void draw_field(plot_canvas *canvas, const plot_field *f, const plot_axes *axes, double longest)
{
    double greatest = 0;
    for (int i = 0; i < f->count; i++)
        if (drawable(f, i))
            greatest = fmax(greatest, hypot(f->u[i], f->v[i]));
    for (int i = 0; i < f->count; i++)
        if (drawable(f, i))
            draw_arrow(canvas, axes_x(axes, f->x[i]), axes_y(axes, f->y[i]),
                       greatest > 0 ? longest * (f->u[i] / greatest) : 0,
                       greatest > 0 ? -longest * (f->v[i] / greatest) : 0);
}

static void draw_to_scale(plot_canvas *canvas, const plot_field *f, const plot_axes *axes)
{
    for (int i = 0; i < f->count; i++)
        if (drawable(f, i)) {
            const double x = axes_x(axes, f->x[i]), y = axes_y(axes, f->y[i]);
            draw_arrow(canvas, x, y, axes_x(axes, f->x[i] + f->u[i]) - x, axes_y(axes, f->y[i] + f->v[i]) - y);
        }
}

gt_status plot_arrows(const char *file, const plot_field *f)
{
    if (f->count > 0 && (!f->x || !f->y || !f->u || !f->v))
        return gt_fail(GT_ERR_ARGUMENT, "plot_arrows: the arrows have no values");
    plot_canvas canvas;
    gt_status status = canvas_begin(&canvas, file);
    if (status != GT_OK)
        return status;
    double width, height;
    plot_axes axes = make_axes(f, &width, &height);
    axes_measure(&canvas, &axes, width, height);
    const bool to_scale = from_one_place(f);
    const double longest = to_scale ? 20 : 0.95 * closest(f, &axes);
    widen(&axes.x, fmin(longest, 0.3 * width), width);
    widen(&axes.y, fmin(longest, 0.3 * height), height);
    axes_measure(&canvas, &axes, width, height);
    const double whole = axes.margin + width + PLOT_RIGHT_MARGIN;
    const plot_heading heading = canvas_heading(&canvas, f->title, whole);
    axes.left = (heading.width - whole) / 2 + axes.margin;
    axes.top = heading.height;
    canvas_draw_heading(&canvas, f->title, heading.width);
    axes_draw(&canvas, &axes);
    if (to_scale)
        draw_to_scale(&canvas, f, &axes);
    else
        draw_field(&canvas, f, &axes, longest);
    return canvas_end(&canvas, heading.width, axes.top + height + axes_bottom(&axes));
}
