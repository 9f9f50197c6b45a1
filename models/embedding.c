/* Embedding: a row of a table for each index. keras/layers/embeddings.py. */
#include "models/layer_classes.h"
#include "models/layer_internal.h"

typedef struct embedding {
    int64_t rows, width;
    gt_tensor *table; /* the layer's weight */
} embedding;

static gt_status build(gt_layer *layer, const gt_shape *input, gt_shape *output)
{
    embedding *self = gt_layer_state(layer);
    if (input->rank >= GT_MAX_RANK - 1)
        return gt_fail(GT_ERR_SHAPE, "%s: samples %s have too many axes", gt_layer_label(layer),
                       gt_shape_text(input).text);
    output->dim[output->rank++] = self->width;
    self->table = gt_layer_add_weight(layer, "embeddings", GT_SHAPE(self->rows, self->width), GT_INIT_SMALL_UNIFORM,
                                      self->rows, self->width, true);
    return self->table ? GT_OK : GT_ERR_MEMORY;
}

/* A model's data are of its dtype, indices too: whole numbers, exact to 2^24 in float32. */
static gt_tensor *call(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)training;
    const embedding *self = gt_layer_state(layer);
    gt_tensor *indices = gt_tensor_dtype(x) == GT_INT32 ? x : gt_to_indices(tape, x, self->rows);
    return gt_embedding(tape, self->table, indices);
}

static gt_status check(void *state)
{
    const embedding *self = state;
    if (self->rows >= 1 && self->width >= 1)
        return GT_OK;
    return gt_fail(GT_ERR_ARGUMENT, "embedding: %lld rows of %lld: positive numbers are expected",
                   (long long)self->rows, (long long)self->width);
}

static const gt_setting settings[] = {
    GT_SETTING("rows", GT_SETTING_INT, embedding, rows),
    GT_SETTING("width", GT_SETTING_INT, embedding, width),
    {.name = NULL},
};

const gt_layer_class gt_embedding_class = {"Embedding", sizeof(embedding), build, call, settings, check};

gt_layer *gt_layer_embedding(int64_t rows, int64_t width, const char *name)
{
    embedding self = {.rows = rows, .width = width};
    return gt_layer_with(&gt_embedding_class, name, &self);
}
