/* Weights that Keras wrote, as HDF5 files hold them. Keras 2 and Keras' "legacy" .h5
 * (keras/saving/legacy/hdf5_format.py): LAYER/.../kernel:0, below model_weights/ where the model is in the file too,
 * with the layers' order in the attribute layer_names. Keras 3's .weights.h5 (keras/src/saving/saving_lib.py):
 * layers/dense_1/vars/0, where dense_1 is the second layer of class Dense, whatever its name, and 0 its first weight.
 * Layouts are ours. */
#include <stdio.h>
#include <string.h>

#include "models/weights_file.h"

#define MODEL_WEIGHTS "model_weights/"
#define VARS          "/vars/"

/* Layers that have the same weights there, in the same order. */
static const char *const known[] = {
    "Dense", "Conv2D", "Conv2DTranspose", "DepthwiseConv2D", "BatchNormalization", "LayerNormalization", "Embedding"};

static gt_status check_known(const gt_layer *layer)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(gt_layer_type(layer), known[i]) == 0)
            return GT_OK;
    return gt_fail(GT_ERR_UNSUPPORTED, "%s: weights of a %s cannot be taken from Keras", gt_layer_label(layer),
                   gt_layer_type(layer));
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* What an optimizer, metrics and generators of random numbers keep. */
bool gt_keras_ignores(const char *name)
{
    static const char *const others[] = {"optimizer/",
                                         "optimizer_weights/",
                                         "_optimizer/",
                                         "metrics/",
                                         "_metrics/",
                                         "top_level_model_weights/",
                                         MODEL_WEIGHTS "top_level_model_weights/"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (starts_with(name, others[i]))
            return true;
    return strstr(name, "seed_generator") != NULL;
}

/* ---- Keras 3 ---------------------------------------------------------------------------------------------------- */

static bool is_keras_3(const gt_archive *archive)
{
    for (int i = 0; i < gt_archive_count(archive); i++)
        if (!gt_keras_ignores(gt_archive_name(archive, i)) && strstr(gt_archive_name(archive, i), VARS))
            return true;
    return false;
}

/* How many layers of its type are before it. */
static int place_among_its_type(const gt_model *model, int index)
{
    int place = 0;
    for (int i = 0; i < index; i++)
        place += strcmp(gt_layer_type(model->layer[i]), gt_layer_type(model->layer[index])) == 0;
    return place;
}

/* The tensor GROUP/vars/NUMBER, whatever the group is in. */
static int find_var(const gt_archive *archive, const char *group, int number)
{
    char ending[sizeof(((gt_layer *)NULL)->snake) + 48];
    snprintf(ending, sizeof ending, "/%s" VARS "%d", group, number);
    for (int i = 0; i < gt_archive_count(archive); i++) {
        const char *name = gt_archive_name(archive, i);
        const size_t length = strlen(name), least = strlen(ending);
        if (length >= least && strcmp(name + length - least, ending) == 0 && !gt_keras_ignores(name))
            return i;
    }
    return -1;
}

static void find_by_type(const gt_model *model, int index, const gt_archive *archive, gt_weight_source *sources)
{
    const gt_layer *layer = model->layer[index];
    const int place = place_among_its_type(model, index);
    char group[sizeof layer->snake + 16];
    if (place == 0)
        snprintf(group, sizeof group, "%s", layer->snake);
    else
        snprintf(group, sizeof group, "%s_%d", layer->snake, place);
    for (int i = 0; i < layer->weights; i++)
        sources[i].index = find_var(archive, group, i);
}

/* ---- Keras 2 ---------------------------------------------------------------------------------------------------- */

/* A layer's group; "" where there is none. */
typedef struct group {
    const char *name;
    size_t length;
} group;

static const char *below_model_weights(const char *name)
{
    return starts_with(name, MODEL_WEIGHTS) ? name + strlen(MODEL_WEIGHTS) : name;
}

static bool is_in(const char *name, group g)
{
    const char *path = below_model_weights(name);
    return g.length > 0 && strncmp(path, g.name, g.length) == 0 && path[g.length] == '/';
}

/* "kernel:0", "kernel", or "depthwise_kernel:0". */
static bool is_weight(const char *name, const char *ours)
{
    const char *last = strrchr(name, '/');
    last = last ? last + 1 : name;
    if (starts_with(last, "depthwise_"))
        last += strlen("depthwise_");
    const size_t length = strlen(ours);
    return strncmp(last, ours, length) == 0 && (last[length] == '\0' || last[length] == ':');
}

static bool has_weights(const gt_archive *archive, group g)
{
    for (int i = 0; i < gt_archive_count(archive); i++)
        if (is_in(gt_archive_name(archive, i), g) && !gt_keras_ignores(gt_archive_name(archive, i)))
            return true;
    return false;
}

/* The next line of layer_names that has weights. */
static group next_group(const gt_archive *archive, const char **rest)
{
    while (**rest) {
        const group g = {*rest, strcspn(*rest, "\n")};
        *rest += g.length + ((*rest)[g.length] == '\n');
        if (has_weights(archive, g))
            return g;
    }
    return (group){"", 0};
}

static void find_in_group(const gt_layer *layer, const gt_archive *archive, group g, gt_weight_source *sources)
{
    for (int i = 0; i < layer->weights; i++) {
        const char *ours = strrchr(gt_tensor_name(layer->weight[i]), '/') + 1;
        for (int j = 0; j < gt_archive_count(archive); j++)
            if (is_in(gt_archive_name(archive, j), g) && is_weight(gt_archive_name(archive, j), ours))
                sources[i].index = j;
    }
}

/* The layers' names, a line each; NULL where the file has none. */
static gt_status find_order(const gt_archive *archive, const char **order)
{
    static const char *const keys[] = {MODEL_WEIGHTS "layer_names", "layer_names"};
    *order = NULL;
    for (int k = 0; k < 2 && !*order; k++) {
        *order = gt_archive_text(archive, keys[k]);
        for (int i = 0; i < gt_archive_skipped_count(archive); i++)
            if (strcmp(gt_archive_skipped_name(archive, i), keys[k]) == 0)
                return gt_fail(GT_ERR_UNSUPPORTED, "%s", gt_archive_skipped_reason(archive, i));
        char piece[64];
        snprintf(piece, sizeof piece, "%s0", keys[k]); /* what Keras writes where one attribute cannot hold all */
        if (gt_archive_text(archive, piece))
            return gt_fail(GT_ERR_UNSUPPORTED, "'%s': a list of layers in pieces cannot be read", piece);
    }
    return GT_OK;
}

/* ---- both ------------------------------------------------------------------------------------------------------- */

/* By the layers' order, as Keras loads them itself; without it, by their names. */
gt_status gt_keras_find(const gt_model *model, const gt_archive *archive, gt_weight_source *sources)
{
    const bool by_type = is_keras_3(archive);
    const char *order;
    gt_status found = find_order(archive, &order);
    if (found != GT_OK)
        return found;
    for (int i = 0; i < model->layers; i++) {
        const gt_layer *layer = model->layer[i];
        if (layer->weights == 0)
            continue;
        gt_status status = check_known(layer);
        if (status != GT_OK)
            return status;
        const char *label = gt_layer_label(layer);
        if (by_type)
            find_by_type(model, i, archive, sources);
        else
            find_in_group(layer, archive, order ? next_group(archive, &order) : (group){label, strlen(label)}, sources);
        for (int k = 0; k < layer->weights; k++)
            sources[k].stored = gt_tensor_shape(layer->weight[k]);
        sources += layer->weights;
    }
    return GT_OK;
}
