#include "tools/plot_canvas.h"

#include <cairo-svg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/files.h"
#include "tools/plot.h"
#include "tools/plot_text.h"

enum { MOST_PIXELS = 32000 }; /* along a side; cairo's images end at 32767 */

/* ---- files ------------------------------------------------------------------------------------------------------ */

static bool ends_with(const char *text, const char *ending)
{
    const size_t length = strlen(text), more = strlen(ending);
    return length > more && strcmp(text + length - more, ending) == 0;
}

static gt_status check_name(const char *file)
{
    if (file && (ends_with(file, ".png") || ends_with(file, ".svg")))
        return GT_OK;
    return gt_fail(GT_ERR_ARGUMENT, "%s: pictures end in .png or .svg", file ? file : "NULL");
}

gt_status plot_check(const char *file)
{
    gt_file *probe;
    gt_status status = check_name(file);
    if (status == GT_OK)
        status = gt_file_begin(file, &probe);
    if (status == GT_OK)
        gt_file_abandon(probe);
    return status;
}

static cairo_status_t write_piece(void *stream, const unsigned char *bytes, unsigned length)
{
    return fwrite(bytes, 1, length, stream) == length ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

/* What was drawn, on white, on a surface of the picture's size. */
static cairo_status_t replay(plot_canvas *canvas, cairo_surface_t *surface)
{
    cairo_t *cairo = cairo_create(surface);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    cairo_set_source_surface(cairo, cairo_get_target(canvas->cairo), 0, 0);
    cairo_paint(cairo);
    const cairo_status_t status = cairo_status(cairo);
    cairo_destroy(cairo);
    return status;
}

static cairo_status_t encode_png(plot_canvas *canvas, int width, int height, FILE *stream)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    cairo_status_t status = replay(canvas, surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_write_to_png_stream(surface, write_piece, stream);
    cairo_surface_destroy(surface);
    return status;
}

static cairo_status_t encode_svg(plot_canvas *canvas, int width, int height, FILE *stream)
{
    cairo_surface_t *surface = cairo_svg_surface_create_for_stream(write_piece, stream, width, height);
    cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
    cairo_status_t status = replay(canvas, surface);
    cairo_surface_finish(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    return status;
}

/* Cairo draws the letters of an SVG as shapes; a description behind its first tag keeps the texts for searches and
 * screen readers. */
static void write_bytes(gt_file *file, const plot_canvas *canvas, const char *bytes, size_t length)
{
    const char *tag = ends_with(canvas->file, ".svg") ? strstr(bytes, "<svg") : NULL;
    const char *end = tag ? strchr(tag, '>') : NULL;
    const size_t before = end ? (size_t)(end - bytes) + 1 : 0;
    if (end) {
        gt_file_write(file, bytes, before);
        gt_file_write(file, "\n<desc>", 7);
        gt_file_write(file, canvas->texts, canvas->texts_length);
        gt_file_write(file, "</desc>", 7);
    }
    gt_file_write(file, bytes + before, length - before);
}

static gt_status encode(plot_canvas *canvas, int width, int height, FILE *stream)
{
    const bool png = ends_with(canvas->file, ".png");
    cairo_status_t status = cairo_status(canvas->cairo);
    if (status == CAIRO_STATUS_SUCCESS)
        status = (png ? encode_png : encode_svg)(canvas, width, height, stream);
    if (status == CAIRO_STATUS_SUCCESS)
        return GT_OK;
    return gt_fail(status == CAIRO_STATUS_NO_MEMORY ? GT_ERR_MEMORY : GT_ERR_UNSUPPORTED, "%s: cairo: %s", canvas->file,
                   cairo_status_to_string(status));
}

static gt_status save(plot_canvas *canvas, int width, int height)
{
    char *bytes = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&bytes, &length);
    if (!stream)
        return gt_fail(GT_ERR_MEMORY, "%s: out of memory", canvas->file);
    gt_status status = encode(canvas, width, height, stream);
    if ((fclose(stream) != 0 || fflush(canvas->texts_file) != 0) && status == GT_OK)
        status = gt_fail(GT_ERR_MEMORY, "%s: out of memory", canvas->file);
    gt_file *file;
    if (status == GT_OK)
        status = gt_file_begin(canvas->file, &file);
    if (status == GT_OK) {
        write_bytes(file, canvas, bytes, length);
        status = gt_file_end(file);
    }
    free(bytes);
    return status;
}

/* ---- the canvas ------------------------------------------------------------------------------------------------- */

gt_status canvas_begin(plot_canvas *canvas, const char *file)
{
    *canvas = (plot_canvas){.file = file};
    gt_status status = check_name(file);
    if (status != GT_OK)
        return status;
    canvas->texts_file = open_memstream(&canvas->texts, &canvas->texts_length);
    if (!canvas->texts_file)
        return gt_fail(GT_ERR_MEMORY, "%s: out of memory", file);
    cairo_surface_t *surface = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL);
    canvas->cairo = cairo_create(surface); /* a failure sticks to it until canvas_end */
    cairo_surface_destroy(surface);
    cairo_font_options_t *fonts = cairo_font_options_create();
    cairo_font_options_set_antialias(fonts, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(fonts, CAIRO_HINT_STYLE_SLIGHT);
    cairo_font_options_set_hint_metrics(fonts, CAIRO_HINT_METRICS_OFF); /* PNG and SVG alike */
    cairo_set_font_options(canvas->cairo, fonts);
    cairo_font_options_destroy(fonts);
    return GT_OK;
}

gt_status canvas_end(plot_canvas *canvas, double width, double height)
{
    gt_status status =
        width > MOST_PIXELS || height > MOST_PIXELS
            ? gt_fail(GT_ERR_ARGUMENT, "%s: the picture would have %.0f x %.0f pixels; a side has at most %d",
                      canvas->file, width, height, MOST_PIXELS)
            : save(canvas, (int)ceil(width), (int)ceil(height));
    canvas_free(canvas);
    return status;
}

void canvas_free(plot_canvas *canvas)
{
    cairo_surface_finish(cairo_get_target(canvas->cairo)); /* or cairo 1.16 leaks the images that an SVG took */
    cairo_destroy(canvas->cairo);
    if (canvas->texts_file)
        fclose(canvas->texts_file);
    free(canvas->texts);
    *canvas = (plot_canvas){.file = NULL};
}

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
    plot_text_write_xml(canvas->texts_file, clean);
    fputc('\n', canvas->texts_file);
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
