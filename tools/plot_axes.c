#include "tools/plot_axes.h"

#include <math.h>

enum {
    TICK = 5,       /* its length */
    TICK_GAP = 4,   /* to its label */
    LABEL_GAP = 20, /* between labels along the x axis */
    ROW = 34,       /* between ticks of the y axis */
    NAME = 22,      /* what an axis' name takes */
    EDGE = 10       /* beside everything */
};

static const plot_style tick_style = {.size = PLOT_SMALL, .colour = PLOT_INK};

static double widest_label(plot_canvas *canvas, const plot_ticks *ticks)
{
    double widest = 0;
    for (int i = 0; i < ticks->count; i++) {
        char text[PLOT_TICK_TEXT];
        plot_tick_text(ticks, i, text);
        widest = fmax(widest, canvas_text_width(canvas, &tick_style, text));
    }
    return widest;
}

/* As many ticks along the x axis as have room for their labels. */
static plot_ticks x_ticks_in(plot_canvas *canvas, const plot_range *range, double width)
{
    plot_ticks ticks;
    for (int most = 11;; most--) {
        ticks = plot_ticks_in(range, most);
        const double apart = ticks.step / (range->high - range->low) * width;
        if (most == 2 || apart >= widest_label(canvas, &ticks) + LABEL_GAP)
            return ticks;
    }
}

void axes_measure(plot_canvas *canvas, plot_axes *axes, double width, double height)
{
    const int rows = (int)(height / ROW);
    axes->width = width;
    axes->height = height;
    axes->y_ticks = plot_ticks_in(&axes->y, rows > 2 ? rows : 2);
    if (axes->below <= 0)
        axes->x_ticks = x_ticks_in(canvas, &axes->x, width);
    axes->margin = EDGE + (axes->y_label ? NAME : 0) + widest_label(canvas, &axes->y_ticks) + TICK_GAP + TICK;
}

double axes_bottom(const plot_axes *axes)
{
    return (axes->below > 0 ? axes->below : TICK + TICK_GAP + PLOT_SMALL) + (axes->x_label ? NAME : 0) + EDGE;
}

double axes_x(const plot_axes *axes, double value)
{
    return axes->left + (value - axes->x.low) / (axes->x.high - axes->x.low) * axes->width;
}

double axes_y(const plot_axes *axes, double value)
{
    return axes->top + (axes->y.high - value) / (axes->y.high - axes->y.low) * axes->height;
}

static void draw_y_axis(plot_canvas *canvas, const plot_axes *axes)
{
    plot_style style = tick_style;
    style.align = PLOT_RIGHT;
    for (int i = 0; i < axes->y_ticks.count; i++) {
        char text[PLOT_TICK_TEXT];
        plot_tick_text(&axes->y_ticks, i, text);
        const double y = axes_y(axes, plot_tick_value(&axes->y_ticks, i));
        canvas_line(canvas, PLOT_GRID, axes->left, y, axes->left + axes->width, y);
        canvas_line(canvas, PLOT_FRAME, axes->left - TICK, y, axes->left, y);
        canvas_text(canvas, &style, axes->left - TICK - TICK_GAP, y + 0.36 * PLOT_SMALL, text);
    }
}

static void draw_x_axis(plot_canvas *canvas, const plot_axes *axes)
{
    const double bottom = axes->top + axes->height;
    plot_style style = tick_style;
    style.align = PLOT_CENTRE;
    for (int i = 0; i < axes->x_ticks.count; i++) {
        char text[PLOT_TICK_TEXT];
        plot_tick_text(&axes->x_ticks, i, text);
        const double x = axes_x(axes, plot_tick_value(&axes->x_ticks, i));
        canvas_line(canvas, PLOT_GRID, x, axes->top, x, bottom);
        canvas_line(canvas, PLOT_FRAME, x, bottom, x, bottom + TICK);
        canvas_text(canvas, &style, x, bottom + TICK + TICK_GAP + 0.8 * PLOT_SMALL, text);
    }
}

static void draw_names(plot_canvas *canvas, const plot_axes *axes)
{
    plot_style style = {.size = PLOT_LABEL, .align = PLOT_CENTRE, .limit = axes->width, .colour = PLOT_INK};
    canvas_text(canvas, &style, axes->left + axes->width / 2, axes->top + axes->height + axes_bottom(axes) - EDGE - 2,
                axes->x_label);
    style.limit = axes->height;
    style.angle = 90;
    canvas_text(canvas, &style, axes->left - axes->margin + EDGE + 0.8 * PLOT_LABEL, axes->top + axes->height / 2,
                axes->y_label);
}

void axes_draw(plot_canvas *canvas, const plot_axes *axes)
{
    const double right = axes->left + axes->width, bottom = axes->top + axes->height;
    draw_y_axis(canvas, axes);
    draw_x_axis(canvas, axes);
    draw_names(canvas, axes);
    canvas_line(canvas, PLOT_FRAME, axes->left, axes->top, axes->left, bottom);
    canvas_line(canvas, PLOT_FRAME, axes->left, bottom, right, bottom);
}

void axes_widen(plot_range *range, double part)
{
    const double room = part * (range->high - range->low), low = range->low - room, high = range->high + room;
    range->low = range->low >= 0 && low < 0 ? 0 : low;
    range->high = range->high <= 0 && high > 0 ? 0 : high;
}
