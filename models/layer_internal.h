/* What a layer is made of: for models/ alone. */
#ifndef GT_LAYER_INTERNAL_H
#define GT_LAYER_INTERNAL_H

#include "models/archive.h"
#include "models/layer.h"
#include "ops/window.h"

struct gt_layer {
    const gt_layer_class *type;
    char *name;     /* NULL until it is given one, joins a model, or is built */
    char snake[64]; /* the type in snake_case: what names are made from */
    bool owned;     /* by a model */
    bool frozen;    /* not trainable */
    bool built;
    gt_dtype dtype;         /* once built, as the shapes */
    gt_shape input, output; /* of one sample */
    gt_random *random;      /* while it is built */
    gt_archive *given;      /* where weights come from while it is built; NULL: they are drawn */
    gt_status failure;      /* of a weight, while it is built */
    gt_tensor **weight;     /* the first `trainable` can be trained */
    int weights, trainable, capacity;
    void *state;
};

/* A layer of the library: gt_layer_new with `state`, of type->state_size bytes, which is checked and copied. */
gt_layer *gt_layer_with(const gt_layer_class *type, const char *name, void *state);

/* The class of this type, of the library or registered; NULL if there is none. */
const gt_layer_class *gt_layer_class_named(const char *type);

/* Choices for settings. */
const char *gt_activation_choice(int value);
const char *gt_initializer_choice(int value);
const char *gt_padding_choice(int value);

/* Rows of settings tables. */
#define GT_SETTING(text, kind, state, member)                                                                          \
    {                                                                                                                  \
        .name = text, .type = kind, .offset = offsetof(state, member), .count = 1                                      \
    }
#define GT_SETTING_PAIR(text, state, member)                                                                           \
    {                                                                                                                  \
        .name = text, .type = GT_SETTING_INT, .offset = offsetof(state, member), .count = 2                            \
    }
#define GT_SETTING_OF(text, state, member, names)                                                                      \
    {                                                                                                                  \
        .name = text, .type = GT_SETTING_CHOICE, .offset = offsetof(state, member), .count = 1, .choice = names        \
    }

/* The name, or what it would be made from: for messages. */
const char *gt_layer_label(const gt_layer *layer);

/* Moves the weights, all or none. */
gt_status gt_layer_move(gt_layer *layer, gt_device device);

/* Frees the weights: the layer can be built again. */
void gt_layer_unbuild(gt_layer *layer);

/* gt_layer_call, but a layer that does nothing returns x itself. */
gt_tensor *gt_layer_run(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training);

/* GT_ERR_ARGUMENT, naming who, for values that are none of the enum. */
gt_status gt_activation_check(const char *who, gt_activation activation);
gt_status gt_initializer_check(const char *who, gt_initializer initializer);

/* GT_ERR_SHAPE, naming who, unless a batch of `what` can be a tensor. */
gt_status gt_layer_check_sample(const char *who, const char *what, gt_dtype dtype, const gt_shape *sample);

/* GT_ERR_SHAPE, naming the layer, unless samples are images (height, width, channels). */
gt_status gt_layer_need_image(const gt_layer *layer, const gt_shape *sample);

/* How many windows fit along one axis of the image. GT_ERR_SHAPE, naming the layer, where none does. */
gt_status gt_layer_slide(const gt_layer *layer, gt_window window, gt_padding padding, int64_t *count);

/* Height and width of the output of a convolution with a filter of this height and width. GT_ERR_SHAPE as above. */
gt_status gt_layer_convolve(const gt_layer *layer, const gt_conv2d_options *convolution, int64_t height, int64_t width,
                            gt_shape *output);

/* The shape that gt_layer_input was given; NULL for any other layer. */
const gt_shape *gt_layer_input_sample(const gt_layer *layer);

#endif
