/* Weights that PyTorch wrote: which module's they are, and how their values lie. The layouts are those of torch.nn:
 * Linear (out, in), Conv2d (out, in, h, w), ConvTranspose2d (in, out, h, w), images (channels, height, width). */
#include <stdio.h>
#include <stdlib.h>

#include "core/memory.h"
#include "models/weights_file.h"

typedef enum rule {
    SAME,
    LINEAR,   /* (out, in) */
    FILTER,   /* the axes in reverse but for height and width: (out, in, h, w) to (h, w, in, out) */
    PER_VALUE /* one number for each of the features, which Flatten may have put into another order */
} rule;

static const struct {
    const char *layer, *ours, *theirs;
    rule rule;
} known[] = {
    {"Dense", "kernel", "weight", LINEAR},
    {"Dense", "bias", "bias", SAME},
    {"Conv2D", "kernel", "weight", FILTER},
    {"Conv2D", "bias", "bias", SAME},
    {"Conv2DTranspose", "kernel", "weight", FILTER},
    {"Conv2DTranspose", "bias", "bias", SAME},
    {"BatchNormalization", "gamma", "weight", PER_VALUE},
    {"BatchNormalization", "beta", "bias", PER_VALUE},
    {"BatchNormalization", "moving_mean", "running_mean", PER_VALUE},
    {"BatchNormalization", "moving_variance", "running_var", PER_VALUE},
    {"LayerNormalization", "gamma", "weight", PER_VALUE},
    {"LayerNormalization", "beta", "bias", PER_VALUE},
    {"Embedding", "embeddings", "weight", SAME},
};

bool gt_torch_ignores(const char *name)
{
    const char *last = strrchr(name, '.');
    return strcmp(last ? last + 1 : name, "num_batches_tracked") == 0;
}

/* ---- modules ---------------------------------------------------------------------------------------------------- */

/* What stands before the last dot: "fc1" of "fc1.weight". */
typedef struct module {
    const char *name;
    int length;
    long number; /* at the end of the name, as nn.Sequential gives them; -1: none */
    int stem;    /* the length before it */
} module;

static module module_of(const char *name)
{
    const char *last = strrchr(name, '.');
    module m = {.name = name, .length = last ? (int)(last - name) : 0, .number = -1};
    m.stem = m.length;
    while (m.stem > 0 && name[m.stem - 1] >= '0' && name[m.stem - 1] <= '9')
        m.stem--;
    if (m.stem < m.length && m.length - m.stem < 10)
        m.number = strtol(name + m.stem, NULL, 10);
    return m;
}

static bool same_module(const module *a, const module *b)
{
    return a->length == b->length && strncmp(a->name, b->name, (size_t)a->length) == 0;
}

static int by_number(const void *a, const void *b)
{
    const module *left = a, *right = b;
    return (left->number > right->number) - (left->number < right->number);
}

/* Each module once. */
static int list_modules(const gt_archive *archive, module *modules)
{
    int count = 0;
    for (int i = 0; i < gt_archive_count(archive); i++) {
        const module m = module_of(gt_archive_name(archive, i));
        bool listed = gt_torch_ignores(m.name);
        for (int j = 0; !listed && j < count; j++)
            listed = same_module(&m, &modules[j]);
        if (!listed)
            modules[count++] = m;
    }
    return count;
}

static const module *named_like(const gt_layer *layer, const module *modules, int count)
{
    const size_t length = strlen(gt_layer_label(layer));
    for (int i = 0; i < count; i++)
        if ((size_t)modules[i].length == length && strncmp(modules[i].name, gt_layer_label(layer), length) == 0)
            return &modules[i];
    return NULL;
}

/* Whether the modules are an nn.Sequential's: one stem with a number each. */
static bool are_numbered(const module *modules, int count)
{
    for (int i = 0; i < count; i++)
        if (modules[i].number < 0 || modules[i].stem != modules[0].stem ||
            strncmp(modules[i].name, modules[0].name, (size_t)modules[0].stem) != 0)
            return false;
    return count > 0;
}

static gt_status no_match(const gt_model *model, const module *modules, int count)
{
    char list[200] = "";
    size_t used = 0;
    for (int i = 0; i < count && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%.*s", i ? ", " : "", modules[i].length,
                                 modules[i].name);
    return gt_fail(GT_ERR_FORMAT,
                   "no layer of '%.60s' has the name of a module, and they are not numbered: name the layers as the "
                   "modules are: %s",
                   model->name, list);
}

/* ---- layouts ---------------------------------------------------------------------------------------------------- */

/* Axes from the last; each is `stride` entries apart in the file. */
static void add_axis(gt_weight_source *source, int64_t dim, int64_t stride)
{
    source->dim[source->axes] = dim;
    source->stride[source->axes++] = stride;
}

/* The features in our order: the image's, where Flatten made them of one. */
static void add_features(gt_weight_source *source, const gt_shape *image, int64_t count, int64_t stride)
{
    if (!image) {
        add_axis(source, count, stride);
        return;
    }
    add_axis(source, image->dim[0], stride * image->dim[1]);
    add_axis(source, image->dim[1], stride);
    add_axis(source, image->dim[2], stride * image->dim[0] * image->dim[1]);
}

static void lay_out(gt_weight_source *source, rule how, const gt_shape *ours, const gt_shape *image)
{
    const int64_t *dim = ours->dim;
    source->stored = *ours;
    source->turned = how == LINEAR || how == FILTER || (how == PER_VALUE && image);
    if (how == LINEAR) {
        source->stored = GT_SHAPE(dim[1], dim[0]);
        add_features(source, image, dim[0], 1);
        add_axis(source, dim[1], dim[0]);
    } else if (how == FILTER) {
        const int64_t area = dim[0] * dim[1];
        source->stored = GT_SHAPE(dim[3], dim[2], dim[0], dim[1]);
        add_axis(source, dim[0], dim[1]);
        add_axis(source, dim[1], 1);
        add_axis(source, dim[2], area);
        add_axis(source, dim[3], area * dim[2]);
    } else if (source->turned) {
        add_features(source, image, dim[0], 1);
    }
}

gt_tensor *gt_torch_turn(const gt_tensor *tensor, const gt_weight_source *source, gt_shape ours)
{
    gt_tensor *turned = gt_tensor_new(gt_tensor_dtype(tensor), ours);
    char *to = turned ? gt_tensor_data_write(turned) : NULL;
    const char *from = gt_tensor_data(tensor);
    const size_t size = gt_dtype_size(gt_tensor_dtype(tensor));
    const int64_t count = to ? gt_tensor_size(turned) : 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t rest = i, at = 0;
        for (int axis = source->axes - 1; axis >= 0; rest /= source->dim[axis--])
            at += rest % source->dim[axis] * source->stride[axis];
        memcpy(to + (size_t)i * size, from + (size_t)at * size, size);
    }
    return turned;
}

/* ---- finding ---------------------------------------------------------------------------------------------------- */

static int find_in_module(const gt_archive *archive, const module *m, const char *theirs)
{
    for (int i = 0; i < gt_archive_count(archive); i++) {
        const char *name = gt_archive_name(archive, i);
        const module other = module_of(name);
        if (same_module(&other, m) && strcmp(name + other.length + (other.length > 0), theirs) == 0)
            return i;
    }
    return -1;
}

/* The weights of a layer; `image` is what Flatten made its features of, or NULL. */
static gt_status find_layer(const gt_layer *layer, const gt_archive *archive, const module *m, const gt_shape *image,
                            gt_weight_source *sources)
{
    for (int i = 0; i < gt_layer_weight_count(layer); i++) {
        const gt_tensor *weight = gt_layer_weight(layer, i);
        const gt_shape shape = gt_tensor_shape(weight);
        const char *ours = strrchr(gt_tensor_name(weight), '/') + 1;
        size_t at = 0;
        while (at < sizeof known / sizeof known[0] &&
               (strcmp(known[at].layer, gt_layer_type(layer)) != 0 || strcmp(known[at].ours, ours) != 0))
            at++;
        if (at == sizeof known / sizeof known[0])
            return gt_fail(GT_ERR_UNSUPPORTED, "%s: weights of a %s cannot be taken from PyTorch",
                           gt_layer_label(layer), gt_layer_type(layer));
        lay_out(&sources[i], known[at].rule, &shape, image);
        sources[i].index = m ? find_in_module(archive, m, known[at].theirs) : -1;
    }
    return GT_OK;
}

static gt_status find_all(const gt_model *model, const gt_archive *archive, module *modules, int count,
                          gt_weight_source *sources)
{
    int by_name = 0, place = 0;
    for (int i = 0; i < model->layers; i++)
        by_name += model->layer[i]->weights > 0 && named_like(model->layer[i], modules, count);
    if (by_name == 0 && !are_numbered(modules, count))
        return no_match(model, modules, count);
    if (by_name == 0)
        qsort(modules, (size_t)count, sizeof *modules, by_number);
    const gt_shape *image = NULL;
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < model->layers; i++) {
        const gt_layer *layer = model->layer[i];
        if (strcmp(gt_layer_type(layer), "Flatten") == 0 && layer->input.rank == 3)
            image = &layer->input;
        if (layer->weights == 0)
            continue;
        const module *m = by_name ? named_like(layer, modules, count) : place < count ? &modules[place++] : NULL;
        status = find_layer(layer, archive, m, image, sources);
        sources += layer->weights;
        if (strcmp(gt_layer_type(layer), "Dense") == 0)
            image = NULL; /* what it gives has an order of its own */
    }
    return status;
}

gt_status gt_torch_find(const gt_model *model, const gt_archive *archive, gt_weight_source *sources)
{
    module *modules = gt_allocate((size_t)(gt_archive_count(archive) + 1) * sizeof *modules);
    if (!modules)
        return GT_ERR_MEMORY;
    gt_status status = find_all(model, archive, modules, list_modules(archive, modules), sources);
    gt_release(modules);
    return status;
}
