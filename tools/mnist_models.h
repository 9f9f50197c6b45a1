/* The networks of `gradtape mnist`. */
#ifndef TOOLS_MNIST_MODELS_H
#define TOOLS_MNIST_MODELS_H

#include "models/gradtape.h"

typedef struct mnist_model {
    const char *name;
    bool as_images; /* (28, 28, 1) instead of (784) */
    /* Adds the layers up to the logits. */
    gt_status (*add_layers)(gt_model *model, int64_t classes);
    const char *optimizer;
    double learning_rate;
    int epochs;
    double bar; /* the test accuracy in percent that the assignment asks for; 0: none */
} mnist_model;

/* In the order of their names in --model. */
extern const mnist_model mnist_models[3];

#endif
