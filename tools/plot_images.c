/* Grids of images with captions, and filters as images. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/plot.h"
#include "tools/plot_canvas.h"

enum {
    EDGE = 16,
    GAP = 10,
    CAPTION = 19, /* its height */
    WIDEST_CAPTION = 140,
    GRID_WIDTH = 880, /* what a grid is made to fill */
    SMALLEST = 28,    /* sides that an image is made to have, where there is room */
    LARGEST = 112,
    LARGEST_ALONE = 280,
    LEAST_HEIGHT = 24 /* of an image that is a strip */
};

/* How the images lie in memory, and how they are laid out. */
typedef struct layout {
    int64_t count, height, width, channels;
    int columns, rows, scale, scale_y;
    double cell_width, cell_height;
} layout;

/* ---- measuring -------------------------------------------------------------------------------------------------- */

static gt_status shape_error(const gt_tensor *images)
{
    const gt_shape shape = gt_tensor_shape(images);
    return gt_fail(
        GT_ERR_SHAPE,
        "plot_images: %s is no batch of images: (n, height, width), (n, height, width, 1 or 3) or (n, pixels)",
        gt_shape_text(&shape).text);
}

static gt_status find_sizes(const plot_grid *grid, layout *l)
{
    const gt_tensor *images = grid->images;
    const int rank = gt_tensor_rank(images);
    if (!images || rank < 2 || rank > 4)
        return images ? shape_error(images) : gt_fail(GT_ERR_ARGUMENT, "plot_images: the images are NULL");
    *l = (layout){.count = gt_tensor_dim(images, 0), .height = gt_tensor_dim(images, 1), .channels = 1};
    l->width = rank > 2 ? gt_tensor_dim(images, 2) : 0;
    if (rank == 2) {
        const int64_t pixels = gt_tensor_dim(images, 1);
        l->height = grid->height;
        l->width = grid->height > 0 && pixels % grid->height == 0 ? pixels / grid->height : 0;
    }
    if (rank == 4)
        l->channels = gt_tensor_dim(images, 3);
    if (l->width < 1 || l->height < 1 || (l->channels != 1 && l->channels != 3))
        return shape_error(images);
    if (l->width > PLOT_MOST_PIXELS || l->height > PLOT_MOST_PIXELS ||
        l->count > (int64_t)PLOT_MOST_PIXELS * PLOT_MOST_PIXELS)
        return gt_fail(GT_ERR_ARGUMENT, "plot_images: %lld images of %lld x %lld are too much for a picture",
                       (long long)l->count, (long long)l->width, (long long)l->height);
    const gt_dtype dtype = gt_tensor_dtype(images);
    if (dtype != GT_UINT8 && dtype != GT_FLOAT32 && dtype != GT_FLOAT64)
        return gt_fail(GT_ERR_DTYPE, "plot_images: images are uint8, float32 or float64, not %s", gt_dtype_name(dtype));
    return l->count == 0 || gt_tensor_data(images) ? GT_OK : gt_last_status();
}

/* About square, and without a short last row where that can be had. */
static int square_columns(int64_t count)
{
    const int least = (int)ceil(sqrt((double)count));
    for (int columns = least; columns <= 2 * least && columns <= count; columns++)
        if (count % columns == 0 && columns <= 2.6 * (double)count / columns)
            return columns;
    return least;
}

static double widest_caption(plot_canvas *canvas, const plot_grid *grid, int64_t count)
{
    const plot_style style = {.size = PLOT_SMALL, .bold = grid->marked != NULL};
    double widest = 0;
    for (int64_t i = 0; grid->caption && i < count; i++)
        widest = fmax(widest, canvas_text_width(canvas, &style, grid->caption[i]));
    return fmin(widest, WIDEST_CAPTION);
}

/* Images are enlarged by whole numbers, so that all pixels are of one size. */
static void find_scale(layout *l)
{
    const int64_t side = l->width > l->height ? l->width : l->height;
    const int64_t room = GRID_WIDTH / l->columns - GAP;
    const int64_t wanted = l->count == 1 ? LARGEST_ALONE : room > LARGEST ? LARGEST : room < SMALLEST ? SMALLEST : room;
    const int64_t scale = (wanted + side / 3) / side;
    l->scale = scale < 1 ? 1 : (int)scale;
    const int64_t scale_y = (LEAST_HEIGHT + l->height - 1) / l->height;
    l->scale_y = l->height * l->scale < LEAST_HEIGHT ? (int)scale_y : l->scale;
}

static gt_status lay_out(plot_canvas *canvas, const plot_grid *grid, layout *l)
{
    gt_status status = find_sizes(grid, l);
    if (status != GT_OK || l->count == 0)
        return status;
    l->columns = grid->columns > 0 ? grid->columns : square_columns(l->count);
    if (l->columns > l->count)
        l->columns = (int)l->count;
    l->rows = (int)((l->count + l->columns - 1) / l->columns);
    find_scale(l);
    const double caption = widest_caption(canvas, grid, l->count);
    l->cell_width = fmax((double)(l->width * l->scale), caption + 4) + GAP;
    l->cell_height = (double)(l->height * l->scale_y) + GAP + (grid->caption ? CAPTION : 0);
    return GT_OK;
}

/* ---- drawing ---------------------------------------------------------------------------------------------------- */

/* 0 to 255; a NaN is 0. */
static uint32_t brightness(const gt_tensor *images, int64_t index)
{
    const double value = gt_tensor_at(images, index) * (gt_tensor_dtype(images) == GT_UINT8 ? 1 : 255);
    return value > 0 ? (uint32_t)lrint(fmin(value, 255)) : 0;
}

static uint32_t pixel(const layout *l, const gt_tensor *images, int64_t image, int64_t row, int64_t column)
{
    const int64_t at = ((image * l->height + row) * l->width + column) * l->channels;
    if (l->channels == 1)
        return brightness(images, at) * 0x010101;
    return brightness(images, at) << 16 | brightness(images, at + 1) << 8 | brightness(images, at + 2);
}

static void draw_image(plot_canvas *canvas, const layout *l, const gt_tensor *images, int64_t image, double x, double y)
{
    const int width = (int)l->width * l->scale, height = (int)l->height * l->scale_y;
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    unsigned char *bytes = cairo_image_surface_get_data(surface);
    const int stride = cairo_image_surface_get_stride(surface);
    for (int row = 0; bytes && row < height; row++)
        for (int column = 0; column < width; column++) {
            const uint32_t colour = pixel(l, images, image, row / l->scale_y, column / l->scale);
            memcpy(bytes + (ptrdiff_t)row * stride + 4 * (ptrdiff_t)column, &colour, sizeof colour);
        }
    cairo_surface_mark_dirty(surface);
    cairo_set_source_surface(canvas->cairo, surface, x, y);
    cairo_paint(canvas->cairo);
    cairo_surface_destroy(surface);
}

static void draw_cell(plot_canvas *canvas, const plot_grid *grid, const layout *l, int64_t i, double x, double y)
{
    const bool marked = grid->marked && grid->marked[i];
    const plot_style style = {.size = PLOT_SMALL,
                              .bold = marked,
                              .align = PLOT_CENTRE,
                              .limit = l->cell_width - GAP,
                              .colour = marked ? PLOT_WRONG : PLOT_INK};
    const double width = (double)(l->width * l->scale), height = (double)(l->height * l->scale_y);
    const double left = floor(x + (l->cell_width - width) / 2), top = y + (grid->caption ? CAPTION : 0);
    if (grid->caption)
        canvas_text(canvas, &style, x + l->cell_width / 2, top - 5, grid->caption[i]);
    const double frame = marked ? 2 : 1; /* an image may be as white as the paper */
    canvas_fill(canvas, marked ? PLOT_WRONG : PLOT_PALE, left - frame, top - frame, width + 2 * frame,
                height + 2 * frame);
    draw_image(canvas, l, grid->images, i, left, top);
}

static gt_status draw_nothing(plot_canvas *canvas, const plot_grid *grid)
{
    const plot_style style = {.size = PLOT_LABEL, .align = PLOT_CENTRE, .colour = PLOT_FRAME};
    const plot_heading heading = canvas_heading(canvas, grid->title, 240);
    canvas_draw_heading(canvas, grid->title, heading.width);
    canvas_text(canvas, &style, heading.width / 2, heading.height + 24, "none");
    return canvas_end(canvas, heading.width, heading.height + 48);
}

static gt_status draw_grid(plot_canvas *canvas, const plot_grid *grid, const layout *l)
{
    const double width = l->columns * l->cell_width, height = l->rows * l->cell_height;
    const plot_heading heading = canvas_heading(canvas, grid->title, width + 2 * EDGE);
    if (heading.width > PLOT_MOST_PIXELS || height > PLOT_MOST_PIXELS) /* before thousands are drawn */
        return canvas_end(canvas, heading.width, height);
    canvas_draw_heading(canvas, grid->title, heading.width);
    for (int64_t i = 0; i < l->count; i++)
        draw_cell(canvas, grid, l, i, (heading.width - width) / 2 + (double)(i % l->columns) * l->cell_width,
                  heading.height + (double)(i / l->columns) * l->cell_height);
    return canvas_end(canvas, heading.width, heading.height + height + EDGE - GAP);
}

gt_status plot_images(const char *file, const plot_grid *grid)
{
    plot_canvas canvas;
    layout l = {.count = 0};
    gt_status status = canvas_begin(&canvas, file);
    if (status != GT_OK)
        return status;
    status = lay_out(&canvas, grid, &l);
    if (status != GT_OK) {
        canvas_free(&canvas);
        return status;
    }
    return l.count == 0 ? draw_nothing(&canvas, grid) : draw_grid(&canvas, grid, &l);
}

/* ---- filters ---------------------------------------------------------------------------------------------------- */

/* Filter `out` into image, (f_h, f_w, channels), from its least value to its greatest. */
static void scale_filter(const gt_tensor *filters, int64_t out, int64_t channels, float *image)
{
    const int64_t in = gt_tensor_dim(filters, 2), outs = gt_tensor_dim(filters, 3);
    const int64_t places = gt_tensor_dim(filters, 0) * gt_tensor_dim(filters, 1);
    double low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < places * channels; i++) {
        const double value = gt_tensor_at(filters, (i / channels * in + i % channels) * outs + out);
        image[i] = (float)value;
        low = fmin(low, value);
        high = fmax(high, value);
    }
    for (int64_t i = 0; i < places * channels; i++)
        image[i] = high > low ? (float)((image[i] - low) / (high - low)) : 0.5f;
}

gt_status plot_filters(const char *file, const char *title, const gt_tensor *filters)
{
    const gt_shape shape = gt_tensor_shape(filters);
    if (gt_tensor_rank(filters) != 4 || gt_tensor_size(filters) == 0)
        return gt_fail(GT_ERR_SHAPE, "plot_filters: %s is not (f_h, f_w, in, out)", gt_shape_text(&shape).text);
    if (!gt_tensor_data(filters))
        return gt_last_status();
    const int64_t channels = shape.dim[2] == 3 ? 3 : 1, size = shape.dim[0] * shape.dim[1] * channels;
    gt_tensor *images = gt_tensor_new(GT_FLOAT32, GT_SHAPE(shape.dim[3], shape.dim[0], shape.dim[1], channels));
    if (!images)
        return GT_ERR_MEMORY;
    float *values = gt_tensor_data_write(images);
    for (int64_t out = 0; out < shape.dim[3]; out++)
        scale_filter(filters, out, channels, values + out * size);
    gt_status status = plot_images(file, &(plot_grid){.title = title, .images = images});
    gt_tensor_free(images);
    return status;
}
