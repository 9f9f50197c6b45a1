/* What parts of labs share beside tools/lab.h: a tape's end, numbers in rows, and pictures by name. */
#ifndef TOOLS_LAB_PART_H
#define TOOLS_LAB_PART_H

#include "models/gradtape.h"

/* Ends a step that ran on a tape: its first error, with the message in gt_last_error, and a reset. */
gt_status lab_settle(gt_tape *tape);
/* The larger of them; a NaN, once it is there, stays. */
double lab_worse(double worst, double difference);
/* Of the entries of two tensors of one size; NaN where one is NULL, or has a NaN. */
double lab_largest_difference(const gt_tensor *a, const gt_tensor *b);
/* Two results of ours that must agree: prints by how much they differ. GT_ERR_VALUE beyond the tolerance. */
gt_status lab_agree(const char *what, double difference, double tolerance);
/* A name and the tensor's values below it, as NumPy prints them. */
void lab_show(const char *name, const gt_tensor *tensor);

/* A name, the tensor's shape and its dtype, in a line. */
void lab_shape(const char *name, const gt_tensor *tensor);

/* `count` of so many rows by chance, all different where there are enough. */
gt_status lab_choose_rows(int64_t rows, uint64_t seed, int count, int32_t *chosen);

/* Draws "FILE-part.png" (or .svg, as `plot` ends), and prints its name; nothing where `plot` is NULL. */
typedef gt_status lab_picture(const char *file, const void *context);
/* One that draws a plot_grid. */
gt_status lab_draw_images(const char *file, const void *grid);
gt_status lab_draw(const char *plot, const char *part, lab_picture *picture, const void *context);

#endif
