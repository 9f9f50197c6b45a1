#include "tools/plot_canvas.h"

#include <cairo-svg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/files.h"
#include "tools/plot.h"

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

static bool is_svg(const char *file)
{
    return ends_with(file, ".svg");
}

static gt_status no_memory(const char *file)
{
    return gt_fail(GT_ERR_MEMORY, "%s: out of memory", file);
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

/* What was drawn, on white, as an image of the picture's size. */
static cairo_status_t encode_png(plot_canvas *canvas, int width, int height)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    cairo_t *cairo = cairo_create(surface);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    cairo_set_source_surface(cairo, cairo_get_target(canvas->cairo), 0, 0);
    cairo_paint(cairo);
    cairo_status_t status = cairo_status(cairo);
    cairo_destroy(cairo);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_write_to_png_stream(surface, write_piece, canvas->picture.file);
    cairo_surface_destroy(surface);
    return status;
}

static gt_status encode(plot_canvas *canvas, int width, int height)
{
    cairo_surface_t *surface = cairo_get_target(canvas->cairo);
    cairo_status_t status = cairo_status(canvas->cairo);
    if (status == CAIRO_STATUS_SUCCESS && is_svg(canvas->file)) {
        cairo_surface_finish(surface);
        status = cairo_surface_status(surface);
    } else if (status == CAIRO_STATUS_SUCCESS) {
        status = encode_png(canvas, width, height);
    }
    if (status == CAIRO_STATUS_NO_MEMORY || status == CAIRO_STATUS_WRITE_ERROR)
        return no_memory(canvas->file);
    if (status != CAIRO_STATUS_SUCCESS)
        return gt_fail(GT_ERR_UNSUPPORTED, "%s: cairo: %s", canvas->file, cairo_status_to_string(status));
    return fflush(canvas->picture.file) == 0 && fflush(canvas->texts.file) == 0 ? GT_OK : no_memory(canvas->file);
}

/* An SVG was drawn before its size was known, so that its first tag is written here. Cairo draws letters as shapes; the
 * description behind the tag keeps the texts for searches and screen readers. */
static void write_svg(gt_file *file, const plot_canvas *canvas, const char *rest, int width, int height)
{
    char tag[256];
    snprintf(tag, sizeof tag,
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
             "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
             "width=\"%dpx\" height=\"%dpx\" viewBox=\"0 0 %d %d\" version=\"1.1\">\n<desc>",
             width, height, width, height);
    gt_file_write(file, tag, strlen(tag));
    gt_file_write(file, canvas->texts.bytes, canvas->texts.length);
    gt_file_write(file, "</desc>", 7);
    gt_file_write(file, rest, canvas->picture.length - (size_t)(rest - canvas->picture.bytes));
}

static gt_status save(plot_canvas *canvas, int width, int height)
{
    gt_file *file;
    const char *rest = NULL; /* behind an SVG's first tag */
    gt_status status = encode(canvas, width, height);
    if (status == GT_OK && is_svg(canvas->file)) {
        const char *tag = strstr(canvas->picture.bytes, "<svg"), *end = tag ? strchr(tag, '>') : NULL;
        if (!end)
            return gt_fail(GT_ERR_UNSUPPORTED, "%s: this cairo writes SVG in another way", canvas->file);
        rest = end + 1;
    }
    if (status == GT_OK)
        status = gt_file_begin(canvas->file, &file);
    if (status != GT_OK)
        return status;
    if (rest)
        write_svg(file, canvas, rest, width, height);
    else
        gt_file_write(file, canvas->picture.bytes, canvas->picture.length);
    return gt_file_end(file);
}

/* ---- the canvas ------------------------------------------------------------------------------------------------- */

static void set_fonts(cairo_t *cairo)
{
    cairo_font_options_t *fonts = cairo_font_options_create();
    cairo_font_options_set_antialias(fonts, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(fonts, CAIRO_HINT_STYLE_SLIGHT);
    cairo_font_options_set_hint_metrics(fonts, CAIRO_HINT_METRICS_OFF); /* PNG and SVG alike */
    cairo_set_font_options(cairo, fonts);
    cairo_font_options_destroy(fonts);
}

static void stream_open(plot_stream *stream)
{
    stream->file = open_memstream(&stream->bytes, &stream->length);
}

static void stream_free(plot_stream *stream)
{
    if (stream->file)
        fclose(stream->file);
    free(stream->bytes);
}

gt_status canvas_begin(plot_canvas *canvas, const char *file)
{
    *canvas = (plot_canvas){.file = file};
    gt_status status = check_name(file);
    if (status != GT_OK)
        return status;
    stream_open(&canvas->picture);
    stream_open(&canvas->texts);
    if (!canvas->picture.file || !canvas->texts.file) {
        canvas_free(canvas);
        return no_memory(file);
    }
    /* An SVG is drawn directly: cairo 1.16 never frees a recording that it was made from. */
    cairo_surface_t *surface = is_svg(file) ? cairo_svg_surface_create_for_stream(write_piece, canvas->picture.file,
                                                                                  PLOT_MOST_PIXELS, PLOT_MOST_PIXELS)
                                            : cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, NULL);
    canvas->cairo = cairo_create(surface); /* a failure sticks to it until canvas_end */
    cairo_surface_destroy(surface);
    set_fonts(canvas->cairo);
    if (is_svg(file))
        canvas_fill(canvas, PLOT_WHITE, 0, 0, PLOT_MOST_PIXELS, PLOT_MOST_PIXELS);
    return GT_OK;
}

gt_status canvas_end(plot_canvas *canvas, double width, double height)
{
    gt_status status =
        width > PLOT_MOST_PIXELS || height > PLOT_MOST_PIXELS
            ? gt_fail(GT_ERR_ARGUMENT, "%s: the picture would have %.0f x %.0f pixels; a side has at most %d",
                      canvas->file, width, height, PLOT_MOST_PIXELS)
            : save(canvas, (int)ceil(width), (int)ceil(height));
    canvas_free(canvas);
    return status;
}

void canvas_free(plot_canvas *canvas)
{
    cairo_destroy(canvas->cairo); /* which may write */
    stream_free(&canvas->picture);
    stream_free(&canvas->texts);
    *canvas = (plot_canvas){.file = NULL};
}
