#include "tools/plot_legend.h"

#include <math.h>

enum { ROW = 22, GAP = 7, APART = 22 };

double canvas_legend(plot_canvas *canvas, const plot_legend *legend, double x, double y, double width, bool draw)
{
    const plot_style style = {.size = PLOT_SMALL, .limit = width - PLOT_SAMPLE - GAP, .colour = PLOT_INK};
    double at = 0, rows = 0;
    for (int i = 0; i < legend->count; i++) {
        const char *label = legend->label(legend->entries, i);
        if (!label || !label[0])
            continue;
        const double text = fmin(canvas_text_width(canvas, &style, label), style.limit);
        const double needed = PLOT_SAMPLE + GAP + text;
        if (rows == 0 || at + needed > width) {
            at = 0;
            rows++;
        }
        if (draw) {
            const double middle = y + (rows - 0.5) * ROW;
            legend->sample(canvas, legend->entries, i, x + at, middle);
            canvas_text(canvas, &style, x + at + PLOT_SAMPLE + GAP, middle + 0.36 * PLOT_SMALL, label);
        }
        at += needed + APART;
    }
    return rows > 0 ? rows * ROW + 4 : 0;
}
