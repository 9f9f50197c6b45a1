/* The pictures of `gradtape mnist`. */
#ifndef TOOLS_MNIST_PLOTS_H
#define TOOLS_MNIST_PLOTS_H

#include "models/gradtape.h"
#include "tools/options.h"
#include "tools/outputs.h"

typedef struct mnist_plots {
    const char *plot, *graph; /* files; NULL: not asked for */
} mnist_plots;

/* Rows of an options table. */
option option_plot(mnist_plots *plots);
option option_graph(mnist_plots *plots);

/* The files that mnist_plots_draw may write. */
void mnist_plots_outputs(const mnist_plots *plots, output_list *o);

/* A trained model and what it is tested on. */
typedef struct mnist_tested {
    gt_model *model;
    gt_loss *loss;
    const gt_one_hot_encoder *encoder;
    const gt_tensor *x;      /* images, float32 on the CPU */
    const gt_tensor *labels; /* (n) int32 */
    const gt_tensor *y;      /* the labels one-hot */
    int64_t batch_size;
} mnist_tested;

/* Draws what was asked for, and prints the files' names unless `quiet`. The graph's forward pass is one of training, so
 * the model is to be saved before. */
gt_status mnist_plots_draw(const mnist_plots *plots, const mnist_tested *tested, bool quiet);

#endif
