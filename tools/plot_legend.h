/* A legend: what the lines or bars of a picture are, in rows above its box, where it hides nothing. */
#ifndef TOOLS_PLOT_LEGEND_H
#define TOOLS_PLOT_LEGEND_H

#include "tools/plot_canvas.h"

typedef struct plot_legend {
    int count;
    const void *entries;
    const char *(*label)(const void *entries, int index); /* NULL: it is left out */
    /* Draws the sample of an entry into PLOT_SAMPLE pixels from x on, around the height y. */
    void (*sample)(plot_canvas *canvas, const void *entries, int index, double x, double y);
} plot_legend;

enum { PLOT_SAMPLE = 34 };

/* Draws it in rows from (x, y) downwards, `width` wide, if `draw`; returns how high it is. */
double canvas_legend(plot_canvas *canvas, const plot_legend *legend, double x, double y, double width, bool draw);

#endif
