/* `gradtape bench` of whole models: training through the public model API, in float32, on random data. */
#include <stdio.h>
#include <string.h>

#include "tools/bench.h"
#include "tools/mnist_models.h"

typedef struct model_work {
    const char *name, *about;
    gt_status (*add_layers)(gt_model *model, int64_t classes);
    gt_shape sample;
    const char *optimizer;
    int64_t classes, batch;
    int64_t steps;   /* in a repeat */
    int64_t counted; /* steps that the value is for: 600 are an epoch of 60,000 */
    const char *unit;
    double per_second;
} model_work;

/* ---- the models -------------------------------------------------------------------------------------------------- */

static gt_layer *dense_relu(int64_t units)
{
    return gt_layer_dense(units, &(gt_dense_options){.activation = GT_RELU});
}

/* A failure sticks in the model: only the last layer's needs to be looked at. */
static gt_status mlp(gt_model *model, int64_t classes)
{
    gt_model_add(model, dense_relu(398));
    return gt_model_add(model, gt_layer_dense(classes, NULL));
}

static gt_status lab(gt_model *model, int64_t classes)
{
    gt_model_add(model, dense_relu(25));
    gt_model_add(model, dense_relu(15));
    return gt_model_add(model, gt_layer_dense(classes, NULL));
}

static gt_layer *conv_same(int64_t filters, int64_t side)
{
    return gt_layer_conv2d(filters, side, side,
                           &(gt_conv2d_layer_options){.activation = GT_RELU, .convolution.padding = GT_PADDING_SAME});
}

static gt_layer *max_pool_same(int64_t side)
{
    return gt_layer_max_pool2d(
        &(gt_pool2d_options){.window = {side, side}, .stride = {side, side}, .padding = GT_PADDING_SAME});
}

static gt_status signs(gt_model *model, int64_t classes)
{
    gt_model_add(model, conv_same(8, 4));
    gt_model_add(model, max_pool_same(8));
    gt_model_add(model, conv_same(16, 2));
    gt_model_add(model, max_pool_same(4));
    gt_model_add(model, gt_layer_flatten());
    return gt_model_add(model, gt_layer_dense(classes, NULL));
}

static const model_work model_works[] = {
    {"simple", "784-10, RMSprop, batch 100", NULL, {1, {784}}, "rmsprop", 10, 100, 100, 600, "s/epoch", 1},
    {"mlp", "784-398-10, ReLU, RMSprop, batch 100", mlp, {1, {784}}, "rmsprop", 10, 100, 20, 600, "s/epoch", 1},
    {"advanced",
     "784-398-BatchNorm-ReLU-10, RMSprop, batch 100",
     NULL,
     {1, {784}},
     "rmsprop",
     10,
     100,
     20,
     600,
     "s/epoch",
     1},
    {"lab", "400-25-15-10, ReLU, Adam, batch 32", lab, {1, {400}}, "adam", 10, 32, 100, 1, "us/step", 1e6},
    {"cnn",
     "two conv 3x3x32, max-pool 2, 128-10, ReLU, Adam, batch 64",
     NULL,
     {3, {28, 28, 1}},
     "adam",
     10,
     64,
     2,
     1,
     "ms/step",
     1e3},
    {"signs",
     "conv 4x4x8, max-pool 8, conv 2x2x16, max-pool 4, 6, ReLU, Adam, batch 64",
     signs,
     {3, {64, 64, 3}},
     "adam",
     6,
     64,
     4,
     1,
     "ms/step",
     1e3},
};
enum { MODEL_WORKS = sizeof model_works / sizeof model_works[0] };

static const model_work *find(const char *name)
{
    for (int i = 0; i < MODEL_WORKS; i++)
        if (strcmp(model_works[i].name, name) == 0)
            return &model_works[i];
    return NULL;
}

/* What `gradtape mnist` trains too is built there. */
static gt_status add_layers(const model_work *w, gt_model *model)
{
    if (w->add_layers)
        return w->add_layers(model, w->classes);
    for (size_t i = 0; i < sizeof mnist_models / sizeof mnist_models[0]; i++)
        if (strcmp(mnist_models[i].name, w->name) == 0)
            return mnist_models[i].add_layers(model, w->classes);
    return gt_fail(GT_ERR_ARGUMENT, "no model '%s'", w->name);
}

/* ---- training ---------------------------------------------------------------------------------------------------- */

typedef struct training {
    const model_work *work;
    gt_model *model;
    gt_tensor *x, *y;
} training;

static gt_status make_data(training *t, int64_t steps)
{
    const model_work *w = t->work;
    gt_shape shape = {.rank = w->sample.rank + 1, .dim = {steps * w->batch}};
    for (int i = 0; i < w->sample.rank; i++)
        shape.dim[i + 1] = w->sample.dim[i];
    t->x = gt_tensor_new(GT_FLOAT32, shape);
    t->y = gt_tensor_new(GT_INT32, GT_SHAPE(shape.dim[0]));
    if (!t->x || !t->y)
        return GT_ERR_MEMORY;
    gt_random random = gt_random_new(1, 1);
    int32_t *labels = gt_tensor_data_write(t->y);
    for (int64_t i = 0; i < shape.dim[0]; i++)
        labels[i] = (int32_t)((i * 7 + 3) % w->classes);
    return gt_random_uniform(&random, GT_FLOAT32, gt_tensor_size(t->x), 0, 1, gt_tensor_data_write(t->x));
}

static gt_status make_model(training *t, gt_device device)
{
    const model_work *w = t->work;
    t->model = gt_sequential(&(gt_model_options){.name = w->name, .seed = 1});
    if (!t->model)
        return GT_ERR_MEMORY;
    gt_status status = add_layers(w, t->model);
    if (status == GT_OK)
        status = gt_model_build(t->model, w->sample);
    if (status == GT_OK)
        status = gt_model_to(t->model, device);
    if (status != GT_OK)
        return status;
    gt_optimizer *optimizer = gt_optimizer_named(w->optimizer, 0);
    if (!optimizer)
        return GT_ERR_MEMORY;
    return gt_model_compile(t->model, &(gt_compile_options){.optimizer = optimizer, .loss = gt_softmax_cross_entropy});
}

/* In order, as the programs compared with take their batches. */
static gt_status fit(void *context)
{
    training *t = context;
    return gt_model_fit(t->model, t->x, t->y, &(gt_fit_options){.batch_size = t->work->batch, .no_shuffle = true});
}

static gt_status begin(training *t, const char *name, int64_t steps, gt_device device)
{
    *t = (training){.work = find(name)};
    gt_status status = t->work ? make_data(t, steps) : gt_fail(GT_ERR_ARGUMENT, "no model '%s'", name);
    return status == GT_OK ? make_model(t, device) : status;
}

static void end(training *t)
{
    gt_model_free(t->model);
    gt_tensor_free(t->x);
    gt_tensor_free(t->y);
}

gt_status bench_model_train(const char *name, double *data)
{
    training t;
    gt_status status = begin(&t, name, 2, GT_CPU);
    if (status == GT_OK)
        status = fit(&t);
    if (status == GT_OK)
        *data = (double)gt_tensor_size(t.x) * sizeof(float) + (double)gt_tensor_size(t.y) * sizeof(int32_t);
    end(&t);
    return status;
}

gt_status bench_model(bench *b, const char *work)
{
    training t;
    char title[192];
    gt_status status = begin(&t, work, find(work)->steps, b->device);
    const model_work *w = t.work;
    snprintf(title, sizeof title, "%s: %s; fit of %lld steps%s", work, w->about, (long long)w->steps,
             w->counted > 1 ? ", scaled to the 600 of an epoch of 60,000" : "");
    measurement m = {.work = w->name, .unit = w->unit, .per_second = w->per_second};
    snprintf(m.name, sizeof m.name, "%s", work);
    bench_heading(title, false);
    if (status == GT_OK)
        status = bench_time(b, fit, &t, w->per_second * (double)w->counted / (double)w->steps, &m.value);
    if (status == GT_OK)
        status = bench_row(b, &m);
    end(&t);
    return status;
}
