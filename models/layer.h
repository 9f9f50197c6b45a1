/* Layers: an op or two, with the weights they use. Named and set up as Keras' are.
 *
 * A layer learns its input's shape when its model is built, so only the first needs to be told (gt_layer_input), or
 * none where data is given first. Shapes here are of one sample, without the batch axis. */
#ifndef GT_LAYER_H
#define GT_LAYER_H

#include "../core/random.h"
#include "../core/tape.h"
#include "../ops/ops.h"

GT_PUBLIC_BEGIN

typedef struct gt_layer gt_layer;

typedef enum gt_initializer {
    GT_INIT_DEFAULT = 0, /* Keras': glorot_uniform for kernels, zero for biases */
    GT_INIT_ZERO,
    GT_INIT_ONE,
    GT_INIT_NORMAL,         /* N(0, 1) */
    GT_INIT_XAVIER,         /* N(0, 2 / (in + out)), truncated at two deviations: Keras' GlorotNormal */
    GT_INIT_KAIMING,        /* N(0, 2 / in), truncated likewise: Keras' HeNormal */
    GT_INIT_GLOROT_UNIFORM, /* within sqrt(6 / (in + out)) */
    GT_INIT_HE_UNIFORM,     /* within sqrt(6 / in) */
    GT_INIT_SMALL_UNIFORM   /* within 0.05: Keras' RandomUniform */
} gt_initializer;

/* Fills a float tensor; GT_INIT_DEFAULT is glorot_uniform for rank 2 and more, else zero. fan_in, fan_out: for a filter
 * (f_h, f_w, in, out) f_h f_w in and f_h f_w out; for a matrix its axes. Truncated normals are scaled so that their
 * variance after truncation is the one named (Keras divides by .87962566103423978). */
gt_status gt_initialize(gt_tensor *tensor, gt_initializer initializer, int64_t fan_in, int64_t fan_out,
                        gt_random *random);

typedef enum gt_activation {
    GT_LINEAR = 0,
    GT_RELU,
    GT_LEAKY_RELU, /* alpha 0.3, Keras' and the assignment's */
    GT_SIGMOID,
    GT_TANH,
    GT_SOFTMAX, /* over the last axis */
    GT_ELU,     /* alpha 1 */
    GT_GELU,
    GT_GELU_TANH,
    GT_SILU,
    GT_SOFTPLUS
} gt_activation;
const char *gt_activation_name(gt_activation activation); /* "relu" */
/* The op on a tape; x itself for GT_LINEAR. */
gt_tensor *gt_activate(gt_tape *tape, gt_activation activation, gt_tensor *x);

/* Options: zero in a field means the default, NULL all defaults. `name` is copied; without one Keras' scheme names the
 * layer when it joins a model ("dense", "dense_1"). All makers return NULL with the message set on failure. */
typedef struct gt_dense_options {
    const char *name;
    gt_activation activation;
    gt_initializer kernel_initializer, bias_initializer;
    bool no_bias;
} gt_dense_options;
/* x W + b over the last axis; weights 'kernel' (in, units) and 'bias' (units). */
gt_layer *gt_layer_dense(int64_t units, const gt_dense_options *options);

typedef struct gt_conv2d_layer_options {
    const char *name;
    gt_activation activation;
    gt_conv2d_options convolution;
    gt_initializer kernel_initializer, bias_initializer;
    bool no_bias;
} gt_conv2d_layer_options;
/* Weights 'kernel' (height, width, in / groups, filters) and 'bias' (filters). */
gt_layer *gt_layer_conv2d(int64_t filters, int64_t height, int64_t width, const gt_conv2d_layer_options *options);

/* The same by gt_conv2d_transpose; weights 'kernel' (height, width, filters, in) and 'bias' (filters). */
gt_layer *gt_layer_conv2d_transpose(int64_t filters, int64_t height, int64_t width,
                                    const gt_conv2d_layer_options *options);

typedef struct gt_depthwise_conv2d_layer_options {
    const char *name;
    gt_activation activation;
    gt_conv2d_options convolution; /* its groups stay 0 */
    int64_t multiplier;            /* filters for each channel; 1 */
    gt_initializer kernel_initializer, bias_initializer;
    bool no_bias;
} gt_depthwise_conv2d_layer_options;
/* gt_depthwise_conv2d; weights 'kernel' (height, width, in, multiplier) and 'bias' (in multiplier), Keras' of the same
 * shapes. */
gt_layer *gt_layer_depthwise_conv2d(int64_t height, int64_t width, const gt_depthwise_conv2d_layer_options *options);

/* Images as gt_max_pool2d, gt_avg_pool2d and their global kin take them. */
gt_layer *gt_layer_max_pool2d(const gt_pool2d_options *options);
gt_layer *gt_layer_avg_pool2d(const gt_pool2d_options *options);
gt_layer *gt_layer_global_avg_pool2d(void);
gt_layer *gt_layer_global_max_pool2d(void);
gt_layer *gt_layer_flatten(void); /* all axes but the batch's as one */

typedef struct gt_batch_norm_options {
    const char *name;
    gt_activation activation;
    double momentum; /* 0.99 */
    double epsilon;  /* 1e-3 */
} gt_batch_norm_options;
/* Weights 'gamma', 'beta' (trainable), 'moving_mean', 'moving_variance'. Training uses the batch's mean and variance
 * and updates the moving ones: m = momentum m + (1 - momentum) batch. */
gt_layer *gt_layer_batch_norm(const gt_batch_norm_options *options);

typedef struct gt_layer_norm_options {
    const char *name;
    double epsilon; /* 1e-3 */
} gt_layer_norm_options;
/* gt_layer_norm over the last axis; weights 'gamma' and 'beta'. */
gt_layer *gt_layer_layer_norm(const gt_layer_norm_options *options);

/* A row of a table for each number of the samples, which are whole numbers from 0 to rows - 1 in the model's dtype
 * (float32 holds them to 2^24; any other is an error), or, for gt_layer_call alone, int32: samples (...) become
 * (..., width). Weight 'embeddings' (rows,
 * width), uniform within 0.05 as in Keras. The name may be NULL. */
gt_layer *gt_layer_embedding(int64_t rows, int64_t width, const char *name);

gt_layer *gt_layer_dropout(double rate); /* gt_dropout in training, nothing otherwise */
gt_layer *gt_layer_activation(gt_activation activation);
gt_layer *gt_layer_leaky_relu(double alpha); /* 0 is relu */
gt_layer *gt_layer_elu(double alpha);
/* The shape of one sample, as the first layer of a model. */
gt_layer *gt_layer_input(gt_shape sample);

/* A layer that a model owns is freed with the model: here it is left alone, with GT_ERR_STATE. NULL is fine. */
gt_status gt_layer_free(gt_layer *layer);

const char *gt_layer_name(const gt_layer *layer); /* NULL before it joined a model or was built, if it was given none */
/* Before it joins a model or is built: GT_ERR_STATE later, when weights carry the name. */
gt_status gt_layer_set_name(gt_layer *layer, const char *name);
const char *gt_layer_type(const gt_layer *layer); /* "Dense" */
/* A layer that is not trainable keeps its weights in fit, and its batch_norm runs as in inference (Keras). */
bool gt_layer_trainable(const gt_layer *layer);
gt_status gt_layer_set_trainable(gt_layer *layer, bool trainable);
/* Weights in order, trainable ones first; NULL outside the range. They stay the layer's. */
int gt_layer_weight_count(const gt_layer *layer);
gt_tensor *gt_layer_weight(const gt_layer *layer, int index);
/* By what stands behind the layer's name: "kernel" of "dense/kernel". NULL if it has none such. */
gt_tensor *gt_layer_weight_named(const gt_layer *layer, const char *name);

/* Makes the weights for samples of this shape (done by a model; once), drawn from the stream; none after a failure. */
gt_status gt_layer_build(gt_layer *layer, gt_shape sample, gt_dtype dtype, gt_random *random);
/* The output's shape for one sample, once built; GT_SCALAR before. */
gt_shape gt_layer_output_shape(const gt_layer *layer);
/* Runs the layer on a batch; recorded if the tape records. Builds it if needed, with weights from the tape's stream
 * (gt_tape_seed). NULL after an error, which sticks. */
gt_tensor *gt_layer_call(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training);

/* What of a layer's state is kept in a saved model: members of the struct, read and written through a table that ends
 * with a NULL name. */
typedef enum gt_setting_type {
    GT_SETTING_INT,    /* int64_t */
    GT_SETTING_REAL,   /* double */
    GT_SETTING_FLAG,   /* bool */
    GT_SETTING_CHOICE, /* an enum, kept by the names of its values */
    GT_SETTING_SHAPE   /* gt_shape */
} gt_setting_type;
typedef struct gt_setting {
    const char *name;
    gt_setting_type type;
    size_t offset;
    int count;                        /* of numbers in a row: {1, 1} */
    const char *(*choice)(int value); /* the name of an enum's value, from 0 without gaps; NULL for another */
} gt_setting;

/* A layer of one's own: `state` of state_size zeroed bytes comes with the layer. The class must outlive its layers. The
 * members behind `call` may be left out, but a model with such a layer can only be saved, and loaded again, if
 * `settings` lists what its maker sets in the state (none: a NULL name alone) and the class was registered. */
typedef struct gt_layer_class {
    const char *type; /* "Dense"; its snake_case form names the layers */
    size_t state_size;
    /* Makes weights with gt_layer_add_weight and sets the output's shape, which comes in as the input's. May be NULL:
     * no weights, same shape. What fails says why by gt_fail, as makers and ops have where they returned NULL. */
    gt_status (*build)(gt_layer *layer, const gt_shape *input, gt_shape *output);
    /* The batch's results, of the shape that `build` set. */
    gt_tensor *(*call)(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training);
    const gt_setting *settings;
    /* Says by gt_fail what is wrong with a state that was read from a file, and may change it. */
    gt_status (*check)(void *state);
} gt_layer_class;
gt_layer *gt_layer_new(const gt_layer_class *type, const char *name);
/* Makes a class known to gt_model_load, under its type; it must live as long as the program. GT_ERR_ARGUMENT where the
 * type is taken, or the class has no settings. */
gt_status gt_layer_register(const gt_layer_class *type);
void *gt_layer_state(gt_layer *layer);
/* For `build` only: a new weight, of the dtype the layer is built for, which is the layer's to free. NULL on failure,
 * which gt_layer_build then reports. */
gt_tensor *gt_layer_add_weight(gt_layer *layer, const char *name, gt_shape shape, gt_initializer initializer,
                               int64_t fan_in, int64_t fan_out, bool trainable);

GT_PUBLIC_END

#endif
