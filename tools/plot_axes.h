/* A pair of axes: the box that values are drawn in, with ticks, a grid and names. */
#ifndef TOOLS_PLOT_AXES_H
#define TOOLS_PLOT_AXES_H

#include "tools/plot_canvas.h"
#include "tools/plot_ticks.h"

typedef struct plot_axes {
    const char *x_label, *y_label;
    plot_range x, y;                 /* settled */
    double below;                    /* what is written below the box instead of ticks is so high; 0: ticks */
    plot_ticks x_ticks, y_ticks;     /* by axes_measure, as all below */
    double margin;                   /* what the y axis takes to the left of the box */
    double left, top, width, height; /* of the box; the caller sets left and top */
} plot_axes;

enum { PLOT_RIGHT_MARGIN = 22 }; /* for half of the last label */

/* Sets ticks and the margin for a box of this size. */
void axes_measure(plot_canvas *canvas, plot_axes *axes, double width, double height);
/* What the x axis needs below the box. */
double axes_bottom(const plot_axes *axes);
/* The grid and everything around it; what stands in the box is drawn on top. */
void axes_draw(plot_canvas *canvas, const plot_axes *axes);
double axes_x(const plot_axes *axes, double value);
double axes_y(const plot_axes *axes, double value);

/* Widens a range by this part of it at both ends, but not beyond 0. */
void axes_widen(plot_range *range, double part);

#endif
