/* A table of numbers whose cells are shaded by them: a confusion matrix. */
#include <math.h>

#include "tools/plot.h"
#include "tools/plot_canvas.h"
#include "tools/plot_ticks.h"

enum { EDGE = 16, NAME = 24, CELL_HEIGHT = 30, LEAST_WIDTH = 42, PADDING = 12, LONGEST_LABEL = 120 };

typedef struct layout {
    double left, top; /* of the first cell */
    double cell_width, row_label_width, greatest;
} layout;

static const plot_style plain = {.size = PLOT_SMALL, .align = PLOT_CENTRE, .colour = PLOT_INK};

static double widest(plot_canvas *canvas, int count, const char *const *label)
{
    double width = 0;
    for (int i = 0; label && i < count; i++)
        width = fmax(width, canvas_text_width(canvas, &plain, label[i]));
    return fmin(width, LONGEST_LABEL);
}

static layout lay_out(plot_canvas *canvas, const plot_matrix *m)
{
    layout l = {.row_label_width = widest(canvas, m->rows, m->row_label),
                .cell_width = fmax(LEAST_WIDTH, widest(canvas, m->columns, m->column_label) + PADDING)};
    for (int64_t i = 0; i < (int64_t)m->rows * m->columns; i++) {
        char text[PLOT_TICK_TEXT];
        plot_value_text(m->value[i], text);
        l.cell_width = fmax(l.cell_width, canvas_text_width(canvas, &plain, text) + PADDING);
        if (plot_drawable(m->value[i]))
            l.greatest = fmax(l.greatest, fabs(m->value[i]));
    }
    l.cell_width = ceil(l.cell_width);
    l.left = EDGE + (m->y_label ? NAME : 0) + ceil(l.row_label_width) + (m->row_label ? 8 : 0);
    return l;
}

/* From white to blue, or to the colour of what is negative; small values are lifted, so that a few errors are seen
 * beside hundreds that are right. */
static void draw_cell(plot_canvas *canvas, const layout *l, double value, double x, double y)
{
    const unsigned full = value < 0 ? PLOT_WRONG : PLOT_BLUE;
    const double share = plot_drawable(value) && l->greatest > 0 ? sqrt(fabs(value) / l->greatest) : 0;
    unsigned shade = 0;
    for (int bits = 16; bits >= 0; bits -= 8)
        shade |= (unsigned)lrint(255 - share * (255 - (double)(full >> bits & 255))) << bits;
    canvas_fill(canvas, shade, x, y, l->cell_width - 1, CELL_HEIGHT - 1);
    char text[PLOT_TICK_TEXT];
    plot_value_text(value, text);
    plot_style style = plain;
    style.colour = share > 0.65 ? PLOT_WHITE : PLOT_INK;
    canvas_text(canvas, &style, x + l->cell_width / 2, y + CELL_HEIGHT / 2.0 + 0.36 * PLOT_SMALL, text);
}

static void draw_labels(plot_canvas *canvas, const plot_matrix *m, const layout *l)
{
    plot_style style = plain;
    style.limit = l->cell_width - 4;
    for (int column = 0; m->column_label && column < m->columns; column++)
        canvas_text(canvas, &style, l->left + (column + 0.5) * l->cell_width, l->top - 8, m->column_label[column]);
    style.limit = LONGEST_LABEL;
    style.align = PLOT_RIGHT;
    for (int row = 0; m->row_label && row < m->rows; row++)
        canvas_text(canvas, &style, l->left - 8, l->top + (row + 0.5) * CELL_HEIGHT + 0.36 * PLOT_SMALL,
                    m->row_label[row]);
}

static void draw_names(plot_canvas *canvas, const plot_matrix *m, const layout *l, double names_top)
{
    plot_style style = {.size = PLOT_LABEL, .align = PLOT_CENTRE, .colour = PLOT_INK};
    style.limit = m->columns * l->cell_width;
    canvas_text(canvas, &style, l->left + style.limit / 2, names_top + 0.8 * PLOT_LABEL, m->x_label);
    style.limit = m->rows * CELL_HEIGHT;
    style.angle = 90;
    canvas_text(canvas, &style, EDGE + 0.8 * PLOT_LABEL, l->top + style.limit / 2, m->y_label);
}

gt_status plot_table(const char *file, const plot_matrix *m)
{
    if (m->rows < 1 || m->columns < 1 || !m->value)
        return gt_fail(GT_ERR_ARGUMENT, "plot_table: there are no cells");
    plot_canvas canvas;
    gt_status status = canvas_begin(&canvas, file);
    if (status != GT_OK)
        return status;
    layout l = lay_out(&canvas, m);
    const double width = l.left + m->columns * l.cell_width + EDGE;
    const plot_heading heading = canvas_heading(&canvas, m->title, width);
    l.left += (heading.width - width) / 2;
    l.top = heading.height + (m->x_label ? NAME : 0) + (m->column_label ? PLOT_SMALL + 10 : 0);
    canvas_draw_heading(&canvas, m->title, heading.width);
    draw_names(&canvas, m, &l, heading.height);
    draw_labels(&canvas, m, &l);
    canvas_fill(&canvas, PLOT_GRID, l.left - 1, l.top - 1, m->columns * l.cell_width + 1, m->rows * CELL_HEIGHT + 1.0);
    for (int row = 0; row < m->rows; row++)
        for (int column = 0; column < m->columns; column++)
            draw_cell(&canvas, &l, m->value[(int64_t)row * m->columns + column], l.left + column * l.cell_width,
                      l.top + row * CELL_HEIGHT);
    return canvas_end(&canvas, heading.width, l.top + m->rows * CELL_HEIGHT + EDGE);
}
