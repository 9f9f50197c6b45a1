/* What pictures are drawn on. A canvas has no size: what is on it decides, when it is saved, how large the picture
 * becomes, so that labels can be measured first. Lengths are pixels; y grows downwards. */
#ifndef TOOLS_PLOT_CANVAS_H
#define TOOLS_PLOT_CANVAS_H

#include <cairo.h>
#include <stdbool.h>
#include <stdio.h>

#include "core/error.h"

typedef struct plot_stream { /* of open_memstream */
    FILE *file;
    char *bytes;
    size_t length;
} plot_stream;

typedef struct plot_canvas {
    const char *file;
    cairo_t *cairo;      /* in the state that drawing left it; every function here sets what it needs */
    plot_stream picture; /* the file's content */
    plot_stream texts;   /* all that was written, a line each */
} plot_canvas;

/* Fails as plot_check does; then there is nothing to free. */
gt_status canvas_begin(plot_canvas *canvas, const char *file);
/* Writes the picture from (0, 0) on, and frees the canvas, also after a failure. */
gt_status canvas_end(plot_canvas *canvas, double width, double height);
void canvas_free(plot_canvas *canvas);

/* Colours that remain apart for the colour-blind (Okabe and Ito), as 0xRRGGBB. */
enum {
    PLOT_INK = 0x222222,   /* texts */
    PLOT_FRAME = 0x666666, /* axes */
    PLOT_PALE = 0xb0b0b0,  /* frames of images */
    PLOT_GRID = 0xe2e2e2,
    PLOT_BLUE = 0x0072b2,
    PLOT_WRONG = 0xd55e00, /* what is marked, and what is negative */
    PLOT_WHITE = 0xffffff
};
/* Of line or bar number `index`; neighbours differ in how dark they are, too. */
unsigned plot_line_colour(int index);
unsigned plot_bar_colour(int index);
void canvas_colour(plot_canvas *canvas, unsigned colour);
/* A filled rectangle, and a line from point to point, at whole pixels. */
void canvas_fill(plot_canvas *canvas, unsigned colour, double x, double y, double width, double height);
void canvas_line(plot_canvas *canvas, unsigned colour, double x0, double y0, double x1, double y1);

enum { PLOT_MOST_PIXELS = 32000 }; /* along a side; cairo's images end at 32767 */

enum { PLOT_TITLE = 16, PLOT_LABEL = 14, PLOT_SMALL = 13 }; /* sizes of type */
typedef enum plot_align { PLOT_LEFT, PLOT_CENTRE, PLOT_RIGHT } plot_align;
typedef struct plot_style {
    double size;
    bool bold;
    plot_align align;
    double limit; /* a wider text is set smaller, and shortened where that is not enough; 0: none */
    double angle; /* in degrees, counter-clockwise */
    unsigned colour;
} plot_style;

double canvas_text_width(plot_canvas *canvas, const plot_style *style, const char *text);
/* (x, y) is on the baseline. */
void canvas_text(plot_canvas *canvas, const plot_style *style, double x, double y, const char *text);

/* A title in the middle of a picture that is `width` wide without it; how wide it has to be, and how high the title. */
typedef struct plot_heading {
    double width, height;
} plot_heading;
plot_heading canvas_heading(plot_canvas *canvas, const char *title, double width);
void canvas_draw_heading(plot_canvas *canvas, const char *title, double width);

#endif
