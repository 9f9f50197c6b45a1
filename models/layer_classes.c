/* The classes of layers that a saved model can name: the library's and those of the program. */
#include <string.h>

#include "core/mutex.h"
#include "models/layer_classes.h"
#include "models/layer_internal.h"

static const gt_layer_class *const classes[] = {
    &gt_activation_class,        &gt_avg_pool2d_class, &gt_batch_norm_class,       &gt_conv2d_class,
    &gt_conv2d_transpose_class,  &gt_dense_class,      &gt_depthwise_conv2d_class, &gt_embedding_class,
    &gt_dropout_class,           &gt_elu_class,        &gt_flatten_class,          &gt_global_avg_pool2d_class,
    &gt_global_max_pool2d_class, &gt_layer_norm_class, &gt_leaky_relu_class,       &gt_max_pool2d_class,
};

/* Of the program; entries never move. */
#define MOST_REGISTERED 256
static gt_mutex mutex = GT_MUTEX_INITIALIZER;
static const gt_layer_class *registered[MOST_REGISTERED];
static int registered_count;

static const gt_layer_class *find_locked(const char *type)
{
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strcmp(classes[i]->type, type) == 0)
            return classes[i];
    for (int i = 0; i < registered_count; i++)
        if (strcmp(registered[i]->type, type) == 0)
            return registered[i];
    return NULL;
}

const gt_layer_class *gt_layer_class_named(const char *type)
{
    gt_mutex_lock(&mutex);
    const gt_layer_class *found = find_locked(type);
    gt_mutex_unlock(&mutex);
    return found;
}

gt_status gt_layer_register(const gt_layer_class *type)
{
    if (!type || !type->type || !type->type[0] || !type->call || !type->settings)
        return gt_fail(GT_ERR_ARGUMENT, "gt_layer_register: the class %s",
                       !type                           ? "is NULL"
                       : !type->type || !type->type[0] ? "has no name"
                       : type->call                    ? "has no settings"
                                                       : "has no function `call`");
    gt_mutex_lock(&mutex);
    const bool taken = find_locked(type->type) != NULL, full = registered_count == MOST_REGISTERED;
    if (!taken && !full)
        registered[registered_count++] = type;
    gt_mutex_unlock(&mutex);
    if (taken)
        return gt_fail(GT_ERR_ARGUMENT, "gt_layer_register: there is a class '%.100s' already", type->type);
    return full ? gt_fail(GT_ERR_MEMORY, "gt_layer_register: more than %d classes", MOST_REGISTERED) : GT_OK;
}
