/* Saving and loading: models, weights, and training that is to go on.
 *
 *     gt_model_save(model, "digits.safetensors");
 *     ...
 *     gt_model *model = gt_model_load("digits.safetensors");
 *
 * All are safetensors files (models/archive.h says how they are written and what can be read), with weights under
 * their own names, "dense/kernel". What else there is stands as JSON under "gradtape." in the file's "__metadata__".
 * Saving and loading need a build with jansson (GT_ERR_UNSUPPORTED); weights are read from NPZ and HDF5 files too. */
#ifndef GT_SAVING_H
#define GT_SAVING_H

#include "archive.h"
#include "model.h"

GT_PUBLIC_BEGIN

/* Architecture and weights of a built model, which may be on any device. Not the optimizer and loss: see
 * gt_training_save. GT_ERR_UNSUPPORTED for a layer of one's own whose class was not registered (gt_layer_register).
 * `path` is as it was after a failure. */
gt_status gt_model_save(const gt_model *model, const char *path);
/* A built model on the CPU, the caller's, not compiled, from such a file or one of gt_training_save; NULL with the
 * message set. Weights that are missing, have another shape or dtype than the architecture says, or are unexpected, are
 * GT_ERR_FORMAT. */
gt_model *gt_model_load(const char *path);
/* The same from a file in memory, which can be freed afterwards. `name` stands for the path in messages. */
gt_model *gt_model_parse(const char *name, const void *bytes, size_t length);

gt_status gt_weights_save(const gt_model *model, const char *path);

/* All that training needs to go on: model, optimizer with its state, random streams, history, and during fit (from a
 * callback; gt_model_checkpoint does it) where it is and the callbacks' state. gt_fit_options.resume goes on from it.
 * The model must be compiled. Of the loss, the data and the order of callbacks nothing is kept but what fit compares.
 */
gt_status gt_training_save(const gt_model *model, const char *path);
/* For a loop of one's own: sets a compiled model of the same architecture, and its optimizer, of the same kind and
 * settings, to what was saved. GT_ERR_FORMAT and GT_ERR_STATE say what does not fit; nothing is changed then. */
gt_status gt_training_load(gt_model *model, const char *path);

typedef enum gt_weights_form {
    GT_WEIGHTS_OWN = 0, /* names and layouts of gt_weights_save */
    /* Those of PyTorch's state_dict: "fc1.weight", for modules Linear, Conv2d, ConvTranspose2d, BatchNorm, LayerNorm
     * and Embedding. Layouts are turned by the layer's type: Linear (out, in) to (in, out), filters (out, in, h, w) to
     * (h, w, in, out), and what follows Flatten from the order (channels, height, width) to (height, width, channels).
     * A module's name must be that of its layer; or all are those that nn.Sequential gives, numbers, which are taken in
     * their order. BatchNorm's epsilon is no weight: PyTorch's is 1e-5. */
    GT_WEIGHTS_TORCH,
    /* Those of Keras' HDF5 files (a build with libhdf5): what save_weights wrote as .h5 or .weights.h5, and a whole
     * model as .h5. Layers need no names: those of Keras 2 are taken in their order (layer_names), those of Keras 3 in
     * the order of each class. Dense, Conv2D, Conv2DTranspose, DepthwiseConv2D, BatchNormalization, LayerNormalization
     * and Embedding; what an optimizer keeps is passed over. */
    GT_WEIGHTS_KERAS
} gt_weights_form;

typedef struct gt_weights_options {
    gt_weights_form form;
    bool partial;      /* loads what fits; otherwise everything must fit, or nothing is changed */
    gt_writer *writer; /* gets a line for each name that does not fit; NULL: nobody */
    void *writer_context;
} gt_weights_options;

typedef struct gt_weights_report {
    int loaded;     /* how many weights of the model were found and fit */
    int missing;    /* weights of the model that the file has not */
    int unexpected; /* names of the file that the model has not */
    int misshapen;  /* names of both, with another shape */
} gt_weights_report;

/* Loads weights into a built model, wherever it is; float32 and float64 are converted, to nearest. A file of
 * gt_model_save does as well. GT_ERR_FORMAT, with the first few names, for what does not fit. `report` may be NULL. */
gt_status gt_weights_load(gt_model *model, const char *path, const gt_weights_options *options,
                          gt_weights_report *report);
gt_status gt_weights_load_from(gt_model *model, const gt_archive *archive, const gt_weights_options *options,
                               gt_weights_report *report);

GT_PUBLIC_END

#endif
