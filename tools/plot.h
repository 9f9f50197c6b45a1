/* Pictures, drawn with cairo into a PNG or an SVG file, as its name ends.
 *
 *     const plot_line line = {.label = "loss", .count = epochs, .y = loss};
 *     plot_curves("loss.png", 1, &(plot_panel){.title = "Training", .x_label = "epoch", .lines = 1, .line = &line});
 *
 * Files are written beside their final names and renamed. Where the build has no cairo, each function fails with
 * GT_ERR_UNSUPPORTED and names the library. Texts are UTF-8 and may be NULL. */
#ifndef TOOLS_PLOT_H
#define TOOLS_PLOT_H

#include "models/gradtape.h"

/* Whether a picture of this name can be drawn and written: to be asked before hours of training. GT_ERR_ARGUMENT for
 * another ending than .png and .svg. */
gt_status plot_check(const char *file);

/* "out/digits.png" and "errors" make "out/digits-errors.png": where one command draws several pictures. The caller's to
 * gt_release; NULL out of memory. */
char *plot_name(const char *file, const char *part);
/* "run/log.csv" makes "run/log.png": likewise. */
char *plot_name_of_log(const char *log);

typedef struct plot_line {
    const char *label; /* in the legend; NULL: not there */
    int count;
    const double *x; /* NULL: 1, 2, ..., count */
    const double *y; /* what is not finite leaves a gap */
    bool dashed;     /* as validation is drawn beside training */
} plot_line;

typedef struct plot_panel {
    const char *title, *x_label, *y_label;
    int lines;
    const plot_line *line;
} plot_panel;

/* Curves with axes, ticks and a legend; up to three panels stand side by side, more in rows. */
gt_status plot_curves(const char *file, int panels, const plot_panel *panel);

/* What a training recorded, under the names of gt_model_history: a panel for each metric, the one that "val_" stands in
 * front of beside it. */
typedef struct plot_record {
    const char *x_label; /* NULL: "epoch" */
    int count;           /* of values under each name */
    const double *x;     /* NULL: 1, 2, ..., count */
    int names;
    const char *const *name;
    const double *const *value;
} plot_record;

gt_status plot_training(const char *file, const plot_record *record);

typedef struct plot_grid {
    const char *title;
    const gt_tensor *images; /* (n, height, width), (n, height, width, 1 or 3), or (n, pixels): then `height` says how
                                many rows; uint8 0..255 or floats 0..1, cut off beyond */
    int64_t height;
    int columns;                /* 0: as many as make the grid about square */
    const char *const *caption; /* n of them, above each image; or NULL */
    const bool *marked;         /* n of them: captions in the colour of what is wrong; or NULL */
} plot_grid;

/* Images are enlarged by whole numbers; of none, the picture says so. */
gt_status plot_images(const char *file, const plot_grid *grid);

typedef struct plot_bar_chart {
    const char *title, *x_label, *y_label;
    int count, groups;         /* `groups` bars stand side by side at each of `count` places; 0 means 1 */
    const char *const *label;  /* below each place */
    const char *const *legend; /* of each group; NULL for one */
    const double *value;       /* (groups, count); what is not finite has no bar */
} plot_bar_chart;

gt_status plot_bars(const char *file, const plot_bar_chart *chart);

typedef struct plot_matrix {
    const char *title, *x_label, *y_label;
    int rows, columns;
    const char *const *row_label, *const *column_label;
    const double *value; /* (rows, columns), printed in the cells, whose shade goes with them */
} plot_matrix;

/* A confusion matrix, or any small table. */
gt_status plot_table(const char *file, const plot_matrix *matrix);

/* The filters (f_h, f_w, in, out) of a convolution, one image for each of the first input channel's, or in colours
 * where `in` is 3; each scaled from its least value to its greatest. */
gt_status plot_filters(const char *file, const char *title, const gt_tensor *filters);

typedef struct plot_field {
    const char *title, *x_label, *y_label;
    int count;
    const double *x, *y, *u, *v; /* arrows from (x, y) along (u, v) */
} plot_field;

/* Arrows, the longest as long as fits between two neighbours; from one place alone, as long as they are. */
gt_status plot_arrows(const char *file, const plot_field *field);

#endif
