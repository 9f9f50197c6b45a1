/* Shapes and texts on a canvas. */
#include <math.h>

#include "tools/plot_canvas.h"
#include "tools/plot_text.h"

/* ---- shapes ----------------------------------------------------------------------------------------------------- */

unsigned plot_line_colour(int index)
{
    static const unsigned colours[] = {PLOT_BLUE, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x000000, 0x56b4e9};
    return colours[(size_t)index % (sizeof colours / sizeof colours[0])];
}

unsigned plot_bar_colour(int index)
{
    static const unsigned colours[] = {PLOT_BLUE, 0xe69f00, 0x009e73, 0xf0e442, 0xd55e00, 0x56b4e9, 0xcc79a7};
    return colours[(size_t)index % (sizeof colours / sizeof colours[0])];
}

void canvas_colour(plot_canvas *canvas, unsigned colour)
{
    cairo_set_source_rgb(canvas->cairo, (colour >> 16 & 255) / 255.0, (colour >> 8 & 255) / 255.0,
                         (colour & 255) / 255.0);
}

void canvas_fill(plot_canvas *canvas, unsigned colour, double x, double y, double width, double height)
{
    canvas_colour(canvas, colour);
    cairo_rectangle(canvas->cairo, x, y, width, height);
    cairo_fill(canvas->cairo);
}

void canvas_line(plot_canvas *canvas, unsigned colour, double x0, double y0, double x1, double y1)
{
    canvas_colour(canvas, colour);
    cairo_set_line_width(canvas->cairo, 1);
    cairo_move_to(canvas->cairo, floor(x0) + 0.5, floor(y0) + 0.5);
    cairo_line_to(canvas->cairo, floor(x1) + 0.5, floor(y1) + 0.5);
    cairo_stroke(canvas->cairo);
}

/* ---- texts ------------------------------------------------------------------------------------------------------ */

static void set_font(plot_canvas *canvas, const plot_style *style, double scale)
{
    cairo_select_font_face(canvas->cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           style->bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(canvas->cairo, style->size * scale);
}

static double clean_width(plot_canvas *canvas, const char *clean)
{
    cairo_text_extents_t extents;
    cairo_text_extents(canvas->cairo, clean, &extents);
    return extents.x_advance;
}

double canvas_text_width(plot_canvas *canvas, const plot_style *style, const char *text)
{
    char clean[PLOT_TEXT];
    plot_text_clean(text, clean);
    set_font(canvas, style, 1);
    return clean_width(canvas, clean);
}

/* Sets the font and shortens the text so that it fits; returns its width. */
static double fit(plot_canvas *canvas, const plot_style *style, char clean[PLOT_TEXT])
{
    static const double least = 0.8; /* smaller is hard to read */
    set_font(canvas, style, 1);
    double width = clean_width(canvas, clean);
    if (style->limit <= 0 || width <= style->limit)
        return width;
    set_font(canvas, style, fmax(least, 0.99 * style->limit / width));
    width = clean_width(canvas, clean);
    while (width > style->limit && plot_text_shorten(clean))
        width = clean_width(canvas, clean);
    return width;
}

void canvas_text(plot_canvas *canvas, const plot_style *style, double x, double y, const char *text)
{
    char clean[PLOT_TEXT];
    plot_text_clean(text, clean);
    if (!clean[0])
        return;
    plot_text_write_xml(canvas->texts.file, clean);
    fputc('\n', canvas->texts.file);
    const double width = fit(canvas, style, clean);
    cairo_save(canvas->cairo);
    canvas_colour(canvas, style->colour);
    cairo_translate(canvas->cairo, x, y);
    cairo_rotate(canvas->cairo, -style->angle * acos(-1) / 180);
    cairo_move_to(canvas->cairo, style->align == PLOT_LEFT ? 0 : style->align == PLOT_RIGHT ? -width : -width / 2, 0);
    cairo_show_text(canvas->cairo, clean);
    cairo_restore(canvas->cairo);
}

/* ---- the heading ------------------------------------------------------------------------------------------------ */

enum { HEADING_HEIGHT = 38, HEADING_BASELINE = 26, HEADING_MARGIN = 16, HEADING_MOST = 720 };

static plot_style heading_style(double width)
{
    return (plot_style){.size = PLOT_TITLE,
                        .bold = true,
                        .align = PLOT_CENTRE,
                        .limit = width - 2 * HEADING_MARGIN,
                        .colour = PLOT_INK};
}

plot_heading canvas_heading(plot_canvas *canvas, const char *title, double width)
{
    if (!title || !title[0])
        return (plot_heading){width, 14};
    const plot_style style = heading_style(width);
    const double wanted = canvas_text_width(canvas, &style, title) + 2 * HEADING_MARGIN;
    return (plot_heading){fmax(width, fmin(wanted, HEADING_MOST)), HEADING_HEIGHT};
}

void canvas_draw_heading(plot_canvas *canvas, const char *title, double width)
{
    const plot_style style = heading_style(width);
    canvas_text(canvas, &style, width / 2, HEADING_BASELINE, title);
}
