/* The network of `gradtape lab from-scratch`: read, trained, and run. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/fit_output.h"
#include "tools/lab_scratch.h"

enum { ARRAYS = 2 * SCRATCH_LAYERS };
static const int64_t sizes[SCRATCH_LAYERS + 1] = {784, 50, 100, 10};

static const char *const names[ARRAYS] = {"W1", "b1", "W2", "b2", "W3", "b3"};

/* Array i, under names[i] in a file. */
static gt_tensor **array_at(scratch_network *network, int i)
{
    return i % 2 ? &network->bias[i / 2] : &network->weight[i / 2];
}

static gt_shape array_shape(int i)
{
    return i % 2 ? GT_SHAPE(sizes[i / 2 + 1]) : GT_SHAPE(sizes[i / 2], sizes[i / 2 + 1]);
}

void scratch_network_free(scratch_network *network)
{
    for (int i = 0; i < ARRAYS; i++)
        gt_tensor_free(*array_at(network, i));
    *network = (scratch_network){.weight = {NULL}};
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

static gt_status read_array(const char *path, const gt_archive *archive, int i, gt_tensor **array)
{
    const gt_tensor *found = gt_archive_find(archive, names[i]);
    if (!found)
        return gt_fail(GT_ERR_FORMAT, "%s: there is no array '%s', of W1 b1 W2 b2 W3 b3", path, names[i]);
    const gt_shape is = gt_tensor_shape(found), wanted = array_shape(i);
    if (!gt_shape_equal(&is, &wanted) || !gt_dtype_is_real(gt_tensor_dtype(found)))
        return gt_fail(GT_ERR_FORMAT, "%s: '%s' is %s %s, not float %s", path, names[i],
                       gt_dtype_name(gt_tensor_dtype(found)), gt_shape_text(&is).text, gt_shape_text(&wanted).text);
    for (int64_t k = 0; k < gt_tensor_size(found); k++)
        if (!isfinite(gt_tensor_at(found, k)))
            return gt_fail(GT_ERR_VALUE, "%s: '%s' has %g in it", path, names[i], gt_tensor_at(found, k));
    *array = gt_tensor_new(GT_FLOAT32, wanted);
    return *array ? gt_tensor_assign(*array, found) : GT_ERR_MEMORY;
}

static gt_status refuse_pickle(const char *path)
{
    return gt_fail(GT_ERR_UNSUPPORTED,
                   "%s: a pickle, which only Python reads; this makes an NPZ file of it: python3 -c \"import numpy, "
                   "pickle; numpy.savez('weights.npz', **pickle.load(open('FILE.pkl', 'rb')))\"",
                   path);
}

gt_status scratch_network_read(const char *path, scratch_network *network)
{
    const char *ending = strrchr(path, '.');
    if (ending && (strcmp(ending, ".pkl") == 0 || strcmp(ending, ".pickle") == 0))
        return refuse_pickle(path);
    gt_archive *archive = gt_archive_read(path);
    gt_status status = archive ? GT_OK : gt_last_status();
    *network = (scratch_network){.weight = {NULL}};
    for (int i = 0; status == GT_OK && i < ARRAYS; i++)
        status = read_array(path, archive, i, array_at(network, i));
    if (status != GT_OK)
        scratch_network_free(network);
    gt_archive_free(archive);
    return status;
}

gt_status scratch_network_write(const scratch_network *network, const char *path)
{
    gt_archive *archive = gt_archive_new();
    gt_status status = archive ? GT_OK : GT_ERR_MEMORY;
    for (int i = 0; status == GT_OK && i < ARRAYS; i++)
        status = gt_archive_add(archive, names[i], i % 2 ? network->bias[i / 2] : network->weight[i / 2]);
    if (status == GT_OK)
        status = gt_npz_write(archive, path, false);
    gt_archive_free(archive);
    return status;
}

/* ---- training --------------------------------------------------------------------------------------------------- */

static gt_model *make_model(uint64_t seed)
{
    gt_model *model = gt_sequential(&(gt_model_options){.name = "from_scratch", .seed = seed});
    for (int i = 0; model && i < SCRATCH_LAYERS; i++)
        gt_model_add(
            model, gt_layer_dense(sizes[i + 1],
                                  &(gt_dense_options){.activation = i + 1 < SCRATCH_LAYERS ? GT_SIGMOID : GT_LINEAR}));
    return model;
}

static gt_status copy_weights(const gt_model *model, scratch_network *network)
{
    for (int i = 0; i < ARRAYS; i++) {
        *array_at(network, i) = gt_tensor_copy(gt_model_weight(model, i));
        if (!*array_at(network, i))
            return gt_last_status();
    }
    return GT_OK;
}

gt_status scratch_network_train(const gt_tensor *x, const gt_tensor *y, int epochs, uint64_t seed,
                                scratch_network *network)
{
    *network = (scratch_network){.weight = {NULL}};
    gt_model *model = make_model(seed);
    gt_status status = model ? GT_OK : GT_ERR_MEMORY;
    if (status == GT_OK)
        status = gt_model_compile(model, &(gt_compile_options){.optimizer = gt_adam(NULL),
                                                               .loss = gt_softmax_cross_entropy,
                                                               .metric = &gt_categorical_accuracy});
    const gt_fit_options fit = fit_on_stdout((gt_fit_options){.epochs = epochs});
    if (status == GT_OK)
        status = gt_model_fit(model, x, y, &fit);
    if (status == GT_OK)
        status = copy_weights(model, network);
    if (status != GT_OK)
        scratch_network_free(network);
    gt_model_free(model);
    return status;
}

/* ---- running ---------------------------------------------------------------------------------------------------- */

gt_tensor *scratch_network_predict(gt_tape *tape, const scratch_network *network, gt_tensor *x)
{
    for (int i = 0; i < SCRATCH_LAYERS; i++) {
        gt_tensor *sum = gt_linear(tape, x, network->weight[i], network->bias[i]);
        x = i + 1 < SCRATCH_LAYERS ? gt_sigmoid(tape, sum) : gt_softmax(tape, sum, -1);
    }
    return x;
}

static gt_status classify_rows(gt_tape *tape, const scratch_network *network, const gt_tensor *x, int64_t first,
                               int64_t count, int32_t *labels)
{
    gt_tensor *rows = gt_tensor_rows(x, first, count);
    gt_tensor *best = rows ? gt_argmax(tape, scratch_network_predict(tape, network, rows), -1) : NULL;
    gt_status status = best ? gt_tensor_read(best, labels + first, (size_t)count * sizeof *labels) : gt_last_status();
    gt_tape_reset(tape);
    gt_tensor_free(rows);
    return status;
}

gt_tensor *scratch_network_classify(const scratch_network *network, const gt_tensor *x, int64_t batch)
{
    const int64_t rows = gt_tensor_dim(x, 0);
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *labels = tape ? gt_tensor_new(GT_INT32, GT_SHAPE(rows)) : NULL;
    gt_status status = labels ? GT_OK : GT_ERR_MEMORY;
    for (int64_t first = 0; status == GT_OK && first < rows; first += batch)
        status = classify_rows(tape, network, x, first, batch < rows - first ? batch : rows - first,
                               gt_tensor_data_write(labels));
    gt_tape_free(tape);
    if (status == GT_OK)
        return labels;
    gt_tensor_free(labels);
    return NULL;
}
