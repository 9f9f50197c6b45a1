/* tools/plot: what is in the pictures, through the texts of an SVG and the header of a PNG; odd and bad input. A build
 * without cairo names it. */
#include "tools/plot.h"

#include <math.h>

#ifdef GT_HAVE_CAIRO
#include <cairo.h>
#endif

#include "core/memory.h"
#include "tests/support/messages.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

/* False in a build that cannot draw, whose message is looked at. */
static bool drawn(gt_status status)
{
    if (status == GT_ERR_UNSUPPORTED) {
        assert_message("this build has no cairo, which draws (Debian: libcairo2-dev)");
        ck_assert_int_eq(scratch_count(), 0);
        return false;
    }
    ck_assert_msg(status == GT_OK, "%s", gt_last_error());
    ck_assert_int_eq(scratch_count(), 1); /* nothing beside it */
    return true;
}

static bool refused(gt_status status, gt_status expected)
{
    ck_assert_int_eq(scratch_count(), 0);
    if (status == GT_ERR_UNSUPPORTED)
        return false;
    ck_assert_int_eq(status, expected);
    return true;
}

static bool can_draw(void)
{
    return plot_check(scratch_path("x.png")) == GT_OK;
}

/* Whether line by line these are the texts of the picture. */
static void assert_texts(const char *name, const char *texts)
{
    size_t length;
    char *bytes = scratch_read(scratch_path(name), &length);
    char *begin = strstr(bytes, "<desc>"), *end = begin ? strstr(begin, "</desc>") : NULL;
    ck_assert_msg(begin && end, "no description");
    *end = '\0';
    ck_assert_str_eq(begin + 6, texts);
    free(bytes);
}

static unsigned big_endian(const unsigned char *bytes)
{
    return (unsigned)bytes[0] << 24 | (unsigned)bytes[1] << 16 | (unsigned)bytes[2] << 8 | bytes[3];
}

/* ---- pixels ----------------------------------------------------------------------------------------------------- */

#ifdef GT_HAVE_CAIRO

enum { BLUE = 0x0072b2, FRAME = 0xb0b0b0 }; /* of a line or arrow; of an image */

typedef struct pixels {
    cairo_surface_t *surface;
    int width, height;
} pixels;

static pixels read_pixels(const char *name)
{
    pixels p = {cairo_image_surface_create_from_png(scratch_path(name)), 0, 0};
    ck_assert_int_eq(cairo_surface_status(p.surface), CAIRO_STATUS_SUCCESS);
    p.width = cairo_image_surface_get_width(p.surface);
    p.height = cairo_image_surface_get_height(p.surface);
    return p;
}

static unsigned pixel_at(const pixels *p, int x, int y)
{
    uint32_t colour;
    memcpy(&colour, cairo_image_surface_get_data(p->surface) + y * cairo_image_surface_get_stride(p->surface) + 4 * x,
           sizeof colour);
    return colour & 0xffffff;
}

/* BLUE itself, and what of it remains beside edges, where it is mixed with white or with the grey of the grid. */
static bool is_like(unsigned found, unsigned colour)
{
    return colour == BLUE ? (found & 255) > (found >> 16 & 255) + 0x40 : found == colour;
}

/* The least rectangle that holds all pixels of a colour. */
typedef struct box {
    int left, right, top, bottom; /* all within it */
} box;

static box box_of(const pixels *p, unsigned colour)
{
    box b = {p->width, -1, p->height, -1};
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++)
            if (is_like(pixel_at(p, x, y), colour)) {
                b.left = x < b.left ? x : b.left;
                b.right = x > b.right ? x : b.right;
                b.top = y < b.top ? y : b.top;
                b.bottom = y > b.bottom ? y : b.bottom;
            }
    ck_assert_msg(b.right >= 0, "no pixel is %06x", colour);
    return b;
}

#endif

static void assert_png(const char *name, unsigned least_width, unsigned most_width)
{
    size_t length;
    char *bytes = scratch_read(scratch_path(name), &length);
    ck_assert_uint_gt(length, 100);
    ck_assert_mem_eq(bytes, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
    const unsigned width = big_endian((const unsigned char *)bytes + 16);
    ck_assert_msg(width >= least_width && width <= most_width, "it is %u pixels wide", width);
    free(bytes);
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

START_TEST(parts_stand_before_the_ending)
{
    static const char *const cases[][3] = {{"out/digits.png", "errors", "out/digits-errors.png"},
                                           {"a.b/c", "d", "a.b/c-d"},
                                           {"a.tar.svg", "x", "a.tar-x.svg"},
                                           {".png", "x", ".png-x"}};
    for (int i = 0; i < 4; i++) {
        char *name = plot_name(cases[i][0], cases[i][1]);
        ck_assert_str_eq(name, cases[i][2]);
        gt_release(name);
    }
}
END_TEST

START_TEST(a_logs_picture_has_its_name)
{
    static const char *const cases[][2] = {
        {"run/log.csv", "run/log.png"}, {"a.b/log", "a.b/log.png"}, {".", "..png"}, {"a/.log", "a/.log.png"}};
    for (int i = 0; i < 4; i++) {
        char *name = plot_name_of_log(cases[i][0]);
        ck_assert_str_eq(name, cases[i][1]);
        gt_release(name);
    }
}
END_TEST

START_TEST(names_are_checked_beforehand)
{
    if (!can_draw())
        return;
    ck_assert_int_eq(plot_check(scratch_path("x.svg")), GT_OK);
    ck_assert_int_eq(scratch_count(), 0);
    static const char *const wrong[] = {"x.gif", "x", "png", ".png", "x.PNG", ""};
    for (int i = 0; i < 6; i++) {
        ck_assert_int_eq(plot_check(wrong[i]), GT_ERR_ARGUMENT);
        assert_message(": pictures end in .png or .svg");
    }
    ck_assert_int_eq(plot_check("/nowhere/x.png"), GT_ERR_IO);
    assert_message("/nowhere/x.png");
    ck_assert_int_eq(plot_table("/nowhere/x.png", &(plot_matrix){.rows = 1, .columns = 1, .value = (double[]){1}}),
                     GT_ERR_IO);
}
END_TEST

START_TEST(a_picture_replaces_the_old_one)
{
    const plot_matrix matrix = {.rows = 1, .columns = 1, .value = (double[]){1}};
    scratch_write(scratch_path("x.png"), "old", 3);
    if (!can_draw())
        return;
    ck_assert(drawn(plot_table(scratch_path("x.png"), &matrix)));
    assert_png("x.png", 40, 200);
}
END_TEST

/* ---- curves ----------------------------------------------------------------------------------------------------- */

START_TEST(curves_have_ticks_names_and_a_legend)
{
    const double loss[] = {1, 0.5, 0.25}, other[] = {1, 0.75, 0};
    const plot_line lines[] = {{"training", 3, NULL, loss, false}, {"a < b & c", 3, NULL, other, true}};
    const plot_panel panel = {"Loss", "epoch", "mean", 2, lines};
    if (drawn(plot_curves(scratch_path("x.svg"), 1, &panel)))
        assert_texts("x.svg", "Loss\ntraining\na &lt; b &amp; c\n"
                              "0.0\n0.2\n0.4\n0.6\n0.8\n1.0\n1\n2\n3\nepoch\nmean\n");
}
END_TEST

START_TEST(odd_values_are_drawn)
{
    const double odd[] = {NAN, 1, INFINITY, -INFINITY, 1e308, -1e308, 0, NAN}, equal[] = {3, 3}, tiny[] = {0, 1e-320};
    const plot_line lines[] = {
        {"odd", 8, NULL, odd, false}, {"nothing", 0, NULL, NULL, false}, {"one", 1, NULL, equal, true}};
    const plot_line nothing = {"nan", 1, NULL, odd, false}, same = {NULL, 2, equal, equal, false},
                    small = {NULL, 2, tiny, tiny, false};
    const plot_panel panels[] = {{.title = "odd", .lines = 3, .line = lines},
                                 {.lines = 1, .line = &nothing},
                                 {.lines = 0},
                                 {.lines = 1, .line = &same},
                                 {.lines = 1, .line = &small}};
    if (drawn(plot_curves(scratch_path("x.png"), 5, panels)))
        assert_png("x.png", 1200, 1600);
}
END_TEST

#ifdef GT_HAVE_CAIRO

/* The axes go a twentieth beyond the values, 270 pixels in all: without the few high ones, the line has two fifths. */
static void assert_whole_height(void)
{
    const pixels p = read_pixels("x.png");
    const box line = box_of(&p, BLUE);
    ck_assert_int_ge(line.bottom - line.top, 235);
    ck_assert_int_le(line.bottom - line.top, 265);
    cairo_surface_destroy(p.surface);
}

#endif

START_TEST(many_points_make_a_small_file)
{
    enum { MANY = 300000 };
    double *y = calloc(MANY, sizeof *y);
    for (int i = 0; i < MANY; i++)
        y[i] = i % 1000 == 7 ? 5 : i % 3;
    const plot_line line = {NULL, MANY, NULL, y, false};
    size_t length;
#ifdef GT_HAVE_CAIRO
    ck_assert(drawn(plot_curves(scratch_path("x.png"), 1, &(plot_panel){.lines = 1, .line = &line})));
    assert_whole_height();
    ck_assert_int_eq(unlink(scratch_path("x.png")), 0);
#endif
    if (drawn(plot_curves(scratch_path("x.svg"), 1, &(plot_panel){.lines = 1, .line = &line}))) {
        free(scratch_read(scratch_path("x.svg"), &length));
        ck_assert_uint_lt(length, 400000);
    }
    free(y);
}
END_TEST

#ifdef GT_HAVE_CAIRO

/* How often the picture's lines begin. */
static int count_beginnings(const plot_line *line)
{
    size_t length;
    ck_assert(drawn(plot_curves(scratch_path("x.svg"), 1, &(plot_panel){.lines = 1, .line = line})));
    char *text = scratch_read(scratch_path("x.svg"), &length);
    int count = 0;
    for (const char *at = text; (at = strstr(at, "M ")); at++)
        count++;
    free(text);
    return count;
}

START_TEST(one_missing_value_among_many_leaves_a_gap)
{
    enum { MANY = 12000 };
    double *y = calloc(MANY, sizeof *y);
    const plot_line line = {NULL, MANY, NULL, y, false};
    const int whole = count_beginnings(&line);
    y[MANY / 2 + 1] = NAN;
    ck_assert_int_eq(count_beginnings(&line), whole + 1);
    free(y);
}
END_TEST

#endif

START_TEST(a_panel_without_values_says_so)
{
    const double nothing[] = {NAN, INFINITY, 1e301};
    const plot_line line = {NULL, 3, NULL, nothing, false};
    if (drawn(plot_curves(scratch_path("x.svg"), 1, &(plot_panel){.lines = 1, .line = &line})))
        assert_texts("x.svg", "0.0\n0.2\n0.4\n0.6\n0.8\n1.0\n0.0\n0.2\n0.4\n0.6\n0.8\n1.0\n"
                              "no value that can be drawn\n");
}
END_TEST

START_TEST(missing_values_of_curves_are_errors)
{
    const plot_line line = {"a", 3, NULL, NULL, false};
    if (refused(plot_curves(scratch_path("x.png"), 1, &(plot_panel){.lines = 1, .line = &line}), GT_ERR_ARGUMENT))
        assert_message("line 1 of panel 1 has no values");
    refused(plot_curves(scratch_path("x.png"), 0, NULL), GT_ERR_ARGUMENT);
}
END_TEST

START_TEST(a_metric_stands_beside_its_validation)
{
    const double values[] = {1, 2};
    const char *const names[] = {"loss", "accuracy", "val_loss", "val_other"};
    const double *const value[] = {values, values, values, values};
    const plot_record record = {.count = 2, .names = 4, .name = names, .value = value};
    if (drawn(plot_training(scratch_path("x.svg"), &record)))
        assert_texts("x.svg", "loss\ntraining\nvalidation\n1.0\n1.2\n1.4\n1.6\n1.8\n2.0\n1\n2\nepoch\n"
                              "accuracy\n1.0\n1.2\n1.4\n1.6\n1.8\n2.0\n1\n2\nepoch\n"
                              "other\nvalidation\n1.0\n1.2\n1.4\n1.6\n1.8\n2.0\n1\n2\nepoch\n");
}
END_TEST

/* ---- images ----------------------------------------------------------------------------------------------------- */

static gt_tensor *noise(gt_dtype dtype, gt_shape shape)
{
    gt_tensor *images = gt_tensor_new(dtype, shape);
    for (int64_t i = 0; dtype == GT_FLOAT32 && i < gt_tensor_size(images); i++)
        ((float *)gt_tensor_data_write(images))[i] = i % 7 ? (float)(i % 5) / 2 - 0.5f : NAN;
    return images;
}

START_TEST(images_have_their_captions)
{
    gt_tensor *images = noise(GT_UINT8, GT_SHAPE(3, 5, 4));
    const char *const captions[] = {"7, 7", "\xff", "2, 3"};
    const bool marked[] = {false, false, true};
    const plot_grid grid = {.title = "Digits", .images = images, .caption = captions, .marked = marked};
    if (drawn(plot_images(scratch_path("x.svg"), &grid)))
        assert_texts("x.svg", "Digits\n7, 7\n?\n2, 3\n");
    gt_tensor_free(images);
}
END_TEST

/* n, height, width, channels (0: no such axis), rows of flat images, columns. */
static const int grids[][6] = {{1, 1, 1, 0, 0, 0},    {64, 20, 20, 0, 0, 8},     {100, 28, 28, 1, 0, 50},
                               {7, 8, 8, 3, 0, 3},    {2, 28 * 28, 0, 0, 28, 0}, {1, 784, 0, 0, 1, 0},
                               {3, 64, 64, 3, 0, 99}, {1, 600, 2, 0, 0, 0}};
enum { GRIDS = sizeof grids / sizeof grids[0] };

START_TEST(images_of_every_shape_are_drawn)
{
    const int *g = grids[_i];
    const int64_t dim[] = {g[0], g[1], g[2], g[3]};
    gt_tensor *images = noise(GT_FLOAT32, gt_shape_of(g[3] ? 4 : g[2] ? 3 : 2, dim));
    const plot_grid grid = {.images = images, .height = g[4], .columns = g[5]};
    if (drawn(plot_images(scratch_path("x.png"), &grid)))
        assert_png("x.png", 20, 2200);
    gt_tensor_free(images);
}
END_TEST

START_TEST(no_images_are_said_to_be_none)
{
    gt_tensor *images = gt_tensor_new(GT_FLOAT32, GT_SHAPE(0, 28, 28));
    if (drawn(plot_images(scratch_path("x.svg"), &(plot_grid){.title = "Wrong", .images = images})))
        assert_texts("x.svg", "Wrong\nnone\n");
    gt_tensor_free(images);
}
END_TEST

START_TEST(what_is_no_image_is_refused)
{
    gt_tensor *const wrong[] = {gt_tensor_new(GT_FLOAT32, GT_SHAPE(3)), gt_tensor_new(GT_FLOAT32, GT_SHAPE(3, 10)),
                                gt_tensor_new(GT_FLOAT32, GT_SHAPE(3, 4, 4, 2)),
                                gt_tensor_new(GT_FLOAT32, GT_SHAPE(3, 0, 4)),
                                gt_tensor_new(GT_FLOAT32, GT_SHAPE(1, 40000, 1))};
    for (int i = 0; i < 5; i++) {
        refused(plot_images(scratch_path("x.png"), &(plot_grid){.images = wrong[i], .height = 3}),
                i < 4 ? GT_ERR_SHAPE : GT_ERR_ARGUMENT);
        gt_tensor_free(wrong[i]);
    }
    gt_tensor *numbers = gt_tensor_new(GT_INT32, GT_SHAPE(1, 2, 2));
    refused(plot_images(scratch_path("x.png"), &(plot_grid){.images = numbers}), GT_ERR_DTYPE);
    refused(plot_images(scratch_path("x.png"), &(plot_grid){.images = NULL}), GT_ERR_ARGUMENT);
    gt_tensor_free(numbers);
}
END_TEST

START_TEST(pictures_beyond_the_largest_are_refused)
{
    gt_tensor *images = gt_tensor_new(GT_UINT8, GT_SHAPE(3000, 28, 28));
    if (refused(plot_images(scratch_path("x.png"), &(plot_grid){.images = images, .columns = 3000}), GT_ERR_ARGUMENT))
        assert_message("a side has at most 32000");
    gt_tensor_free(images);
}
END_TEST

#ifdef GT_HAVE_CAIRO

/* In the middle of each quarter of the only image. */
static void assert_quarters(const unsigned colours[4])
{
    const pixels p = read_pixels("x.png");
    const box frame = box_of(&p, FRAME);
    const int width = frame.right - frame.left + 1, height = frame.bottom - frame.top + 1;
    for (int i = 0; i < 4; i++) {
        const unsigned found =
            pixel_at(&p, frame.left + width * (1 + 2 * (i % 2)) / 4, frame.top + height * (1 + 2 * (i / 2)) / 4);
        for (int bits = 0; bits < 24; bits += 8) /* as cairo rounds */
            ck_assert_msg(abs((int)(found >> bits & 255) - (int)(colours[i] >> bits & 255)) <= 1, "quarter %d: %06x", i,
                          found);
    }
    cairo_surface_destroy(p.surface);
    ck_assert_int_eq(unlink(scratch_path("x.png")), 0);
}

START_TEST(filters_are_scaled_each_from_black_to_white)
{
    /* (2, 2, 1, 1), and (2, 2, 3, 1): red, green and blue of each place. */
    const float grey[] = {-1, 0, 1, 3}, coloured[] = {4, 0, 0, 0, 4, 0, 0, 0, 4, 4, 2, 0};
    gt_tensor *one = gt_tensor_from(GT_FLOAT32, GT_SHAPE(2, 2, 1, 1), grey);
    gt_tensor *three = gt_tensor_from(GT_FLOAT32, GT_SHAPE(2, 2, 3, 1), coloured);
    ck_assert(drawn(plot_filters(scratch_path("x.png"), NULL, one)));
    assert_quarters((const unsigned[]){0x000000, 0x404040, 0x808080, 0xffffff});
    ck_assert(drawn(plot_filters(scratch_path("x.png"), NULL, three)));
    assert_quarters((const unsigned[]){0xff0000, 0x00ff00, 0x0000ff, 0xff8000});
    gt_tensor_free(one);
    gt_tensor_free(three);
}
END_TEST

START_TEST(of_several_filters_each_is_its_own)
{
    /* (2, 2, 2, 2): the first input channel of filter 0 is 0 1 2 3, of filter 1 all the same. */
    const float values[] = {0, 5, 9, 9, 1, 5, 9, 9, 2, 5, 9, 9, 3, 5, 9, 9};
    gt_tensor *filters = gt_tensor_from(GT_FLOAT32, GT_SHAPE(2, 2, 2, 2), values);
    ck_assert(drawn(plot_filters(scratch_path("x.png"), NULL, filters)));
    const pixels p = read_pixels("x.png");
    const box frame = box_of(&p, FRAME), black = box_of(&p, 0x000000), dark = box_of(&p, 0x555555);
    ck_assert_int_lt(black.right, p.width / 2); /* on the left, and its neighbour right of it */
    ck_assert_int_eq(dark.left, black.right + 1);
    ck_assert_int_eq(dark.top, black.top);
    const unsigned middle = pixel_at(&p, (frame.right + p.width / 2) / 2, (frame.top + frame.bottom) / 2);
    ck_assert(middle == 0x7f7f7f || middle == 0x808080);
    cairo_surface_destroy(p.surface);
    gt_tensor_free(filters);
}
END_TEST

#endif

START_TEST(filters_of_any_number_of_channels_are_drawn)
{
    for (int in = 1; in <= 4; in++) {
        gt_tensor *filters = noise(GT_FLOAT32, GT_SHAPE(3, 3, in, 6));
        if (drawn(plot_filters(scratch_path("x.png"), "Filters", filters)))
            ck_assert_int_eq(unlink(scratch_path("x.png")), 0);
        gt_tensor_free(filters);
    }
    gt_tensor *flat = gt_tensor_new(GT_FLOAT32, GT_SHAPE(3, 6));
    ck_assert_int_ne(plot_filters(scratch_path("y.png"), NULL, flat), GT_OK);
    gt_tensor_free(flat);
}
END_TEST

/* ---- bars, tables, arrows --------------------------------------------------------------------------------------- */

START_TEST(bars_carry_their_values)
{
    const double softmax[] = {0.03, 0.09, 0.24, 0.64};
    const char *const labels[] = {"z0", "z1", "z2", "z3"};
    const plot_bar_chart chart = {.title = "softmax", .count = 4, .label = labels, .value = softmax};
    if (drawn(plot_bars(scratch_path("x.svg"), &chart)))
        assert_texts("x.svg", "softmax\n0.0\n0.1\n0.2\n0.3\n0.4\n0.5\n0.6\n"
                              "0.03\nz0\n0.09\nz1\n0.24\nz2\n0.64\nz3\n");
}
END_TEST

START_TEST(bars_in_groups_have_a_legend)
{
    const double values[] = {1, -2, 3, NAN};
    const char *const legend[] = {"loops", "engine"};
    const plot_bar_chart chart = {
        .x_label = "x", .y_label = "y", .count = 2, .groups = 2, .legend = legend, .value = values};
    if (drawn(plot_bars(scratch_path("x.svg"), &chart)))
        assert_texts("x.svg", "loops\nengine\n-2\n-1\n0\n1\n2\n3\nx\ny\n1\n3\n-2\n");
}
END_TEST

START_TEST(odd_bars_are_drawn)
{
    double values[500];
    const char *labels[500];
    for (int i = 0; i < 500; i++) {
        values[i] = i % 2 ? NAN : 0;
        labels[i] = "a label that is far too long to be written below a bar of two pixels";
    }
    if (drawn(plot_bars(scratch_path("x.png"), &(plot_bar_chart){.count = 500, .label = labels, .value = values})))
        assert_png("x.png", 900, 1200);
    ck_assert_int_ne(plot_bars(scratch_path("y.png"), &(plot_bar_chart){.count = 0}), GT_OK);
}
END_TEST

START_TEST(tables_print_their_cells)
{
    const double values[] = {12, 0.5, -3, NAN, 0, 1e9};
    const char *const rows[] = {"cat", "dog"}, *const columns[] = {"a", "b", "c"};
    const plot_matrix matrix = {"T", "prediction", "label", 2, 3, rows, columns, values};
    if (drawn(plot_table(scratch_path("x.svg"), &matrix)))
        assert_texts("x.svg", "T\nprediction\nlabel\na\nb\nc\ncat\ndog\n12\n0.5\n-3\nnan\n0\n1e+09\n");
    ck_assert_int_ne(plot_table(scratch_path("y.png"), &(plot_matrix){.rows = 0}), GT_OK);
}
END_TEST

#ifdef GT_HAVE_CAIRO

/* The pixels of the colour in a column, or in a row. */
static int count_across(const pixels *p, bool column, int at)
{
    int count = 0;
    for (int i = 0; i < (column ? p->height : p->width); i++)
        count += is_like(pixel_at(p, column ? at : i, column ? i : at), BLUE);
    return count;
}

/* Where the head of the only arrow is, the widest part: in which third along it, from left or top. */
static int third_of_head(bool column)
{
    const pixels p = read_pixels("x.png");
    const box arrow = box_of(&p, BLUE);
    const int begin = column ? arrow.left : arrow.top, end = column ? arrow.right : arrow.bottom;
    int widest = begin;
    for (int at = begin; at <= end; at++)
        widest = count_across(&p, column, at) > count_across(&p, column, widest) ? at : widest;
    cairo_surface_destroy(p.surface);
    ck_assert_int_gt(end - begin, 30);
    return 3 * (widest - begin) / (end - begin + 1);
}

START_TEST(arrows_point_where_they_should)
{
    const double zero = 0, one[] = {1, -1};
    for (int i = 0; i < 2; i++) {
        const plot_field along = {.count = 1, .x = &zero, .y = &zero, .u = &one[i], .v = &zero};
        ck_assert(drawn(plot_arrows(scratch_path("x.png"), &along)));
        ck_assert_int_eq(third_of_head(true), i ? 0 : 2);
        const plot_field up = {.count = 1, .x = &zero, .y = &zero, .u = &zero, .v = &one[i]};
        ck_assert(drawn(plot_arrows(scratch_path("x.png"), &up)));
        ck_assert_int_eq(third_of_head(false), i ? 2 : 0);
    }
}
END_TEST

/* Two from one place are as long as they are, also beside one that cannot be drawn. */
START_TEST(arrows_from_one_place_are_to_scale)
{
    const double zero[] = {0, 0, NAN}, u[] = {4, 0, 1}, v[] = {0, 1, 1};
    ck_assert(
        drawn(plot_arrows(scratch_path("x.png"), &(plot_field){.count = 3, .x = zero, .y = zero, .u = u, .v = v})));
    const pixels p = read_pixels("x.png");
    const box arrows = box_of(&p, BLUE);
    const double ratio = (double)(arrows.right - arrows.left) / (arrows.bottom - arrows.top);
    ck_assert_double_ge(ratio, 2.5);
    cairo_surface_destroy(p.surface);
}
END_TEST

#endif

START_TEST(arrows_of_every_kind_are_drawn)
{
    const double x[] = {0, 1, 0, NAN}, v[] = {0, 1, INFINITY, -2}, zero[] = {0, 0, 0, 0};
    const plot_field fields[] = {{"field", "x", "y", 4, x, v, v, x},
                                 {.count = 0},
                                 {.count = 1, .x = zero, .y = zero, .u = zero, .v = zero},
                                 {.count = 4, .x = zero, .y = zero, .u = x, .v = v}};
    for (int i = 0; i < 4; i++)
        if (drawn(plot_arrows(scratch_path("x.png"), &fields[i]))) {
            assert_png("x.png", 150, 600);
            ck_assert_int_eq(unlink(scratch_path("x.png")), 0);
        }
    ck_assert_int_ne(plot_arrows(scratch_path("y.png"), &(plot_field){.count = 1}), GT_OK);
}
END_TEST

int main(void)
{
    return run_suite_with("plot", scratch_make, scratch_remove,
                          (const suite_test[]){
                              TEST(parts_stand_before_the_ending),
                              TEST(a_logs_picture_has_its_name),
                              TEST(names_are_checked_beforehand),
                              TEST(a_picture_replaces_the_old_one),
                              TEST(curves_have_ticks_names_and_a_legend),
                              TEST(odd_values_are_drawn),
                              TEST(many_points_make_a_small_file),
#ifdef GT_HAVE_CAIRO
                              TEST(one_missing_value_among_many_leaves_a_gap),
                              TEST(filters_are_scaled_each_from_black_to_white),
                              TEST(of_several_filters_each_is_its_own),
                              TEST(arrows_point_where_they_should),
                              TEST(arrows_from_one_place_are_to_scale),
#endif
                              TEST(a_panel_without_values_says_so),
                              TEST(missing_values_of_curves_are_errors),
                              TEST(a_metric_stands_beside_its_validation),
                              TEST(images_have_their_captions),
                              LOOP_TEST(images_of_every_shape_are_drawn, GRIDS),
                              TEST(no_images_are_said_to_be_none),
                              TEST(what_is_no_image_is_refused),
                              TEST(pictures_beyond_the_largest_are_refused),
                              TEST(filters_of_any_number_of_channels_are_drawn),
                              TEST(bars_carry_their_values),
                              TEST(bars_in_groups_have_a_legend),
                              TEST(odd_bars_are_drawn),
                              TEST(tables_print_their_cells),
                              TEST(arrows_of_every_kind_are_drawn),
                              END_OF_TESTS,
                          });
}
