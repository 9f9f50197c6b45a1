/* `gradtape mnist`: the Beras assignment's run, from four files to a test accuracy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/gradtape.h"
#include "tools/command.h"
#include "tools/device_option.h"
#include "tools/digits_folder.h"
#include "tools/fit_output.h"
#include "tools/mnist_models.h"
#include "tools/mnist_plots.h"
#include "tools/options.h"
#include "tools/training_options.h"

enum { ADVANCED = 1 };
static const char *const model_names[] = {"simple", "advanced", "cnn", NULL};
static const char *const optimizer_names[] = {"sgd",   "momentum", "rmsprop",  "adam",
                                              "adamw", "adagrad",  "adadelta", NULL};
static const char *const loss_names[] = {"softmax_cross_entropy", "categorical_crossentropy", "mean_squared_error",
                                         NULL};
static gt_loss *const losses[] = {gt_softmax_cross_entropy, gt_categorical_crossentropy, gt_mean_squared_error};
enum { FROM_LOGITS = 0 }; /* the loss that takes no Softmax in front of it */

/* Zero, and -1 for the optimizer, stand for the model's own setting. */
typedef struct settings {
    int model, optimizer, loss, device;
    const char *folder;
    double learning_rate;
    int64_t epochs, batch_size, seed, threads, train_size, test_size;
    bool quiet, tf32;
    training_options training;
    mnist_plots plots;
} settings;

/* What one run holds. */
typedef struct run {
    gt_digits digits;
    gt_tensor *train_x, *train_y, *test_x, *test_y; /* the rows that are used, labels one-hot */
    gt_tensor *test_labels;
    gt_one_hot_encoder *encoder;
    gt_model *model;
    int interrupted; /* by this signal */
} run;

static const char about[] =
    "Trains a network on handwritten digits and tests it on digits it has not seen. The models:\n"
    "  simple    Dense(784, 10), Softmax: rmsprop at 0.02, 10 epochs; the assignment's bar is 85 %\n"
    "  advanced  Dense(784, 398), BatchNorm, LeakyReLU(0), Dense(398, 10), Softmax: rmsprop at 0.02,\n"
    "            12 epochs; the bar is 95 %\n"
    "  cnn       two convolutions 3x3x32 with ReLU, max pooling, Dense(128), ReLU, Dense(10), Softmax:\n"
    "            adam at 0.001, 3 epochs\n"
    "The loss softmax_cross_entropy works from logits, so the Softmax is inside the loss: the same\n"
    "function, computed more exactly. '--loss categorical_crossentropy' is the assignment's literal form,\n"
    "with a Softmax layer and probabilities clipped at 1e-7. One seed, one result: for any number of threads, on one "
    "device.\n";

static int parse(int argc, char **argv, settings *s)
{
    const option options[] = {
        option_choice("model", &s->model, "NAME", model_names, "simple, advanced or cnn (default: advanced)"),
        option_text("data", &s->folder, "DIR",
                    "the folder with train-images-idx3-ubyte[.gz] and the three files\n"
                    "that go with it (default: the 5,000 digits that come with gradtape)"),
        option_integer("epochs", &s->epochs, "N", 1, 1000000, "passes over the data (default: the model's)"),
        option_integer("batch-size", &s->batch_size, "N", 1, INT32_MAX, "samples a step (default: 100)"),
        option_choice("optimizer", &s->optimizer, "NAME", optimizer_names,
                      "sgd, momentum, rmsprop, adam, adamw, adagrad or adadelta (default: the\nmodel's)"),
        option_positive("learning-rate", &s->learning_rate, "R",
                        "the step size (default: the model's; another optimizer's: its own)"),
        option_choice("loss", &s->loss, "NAME", loss_names,
                      "softmax_cross_entropy (default), categorical_crossentropy or\nmean_squared_error"),
        option_device(&s->device),
        option_flag("tf32", &s->tf32, "let float32 products on CUDA round their inputs to 10 bits of fraction"),
        option_integer("seed", &s->seed, "N", 0, INT64_MAX, "of initial weights and shuffling (default: 1)"),
        option_threads(&s->threads),
        option_integer("train-size", &s->train_size, "N", 1, INT32_MAX, "only the first N training images"),
        option_integer("test-size", &s->test_size, "N", 1, INT32_MAX, "only the first N test images"),
        TRAINING_OPTIONS(&s->training),
        option_plot(&s->plots),
        option_graph(&s->plots),
        option_flag("quiet", &s->quiet, "only the result"),
        {.name = NULL},
    };
    int status = options_parse(&(command_usage){"mnist", NULL, about, options}, argc, argv, NULL);
    return status < 0 ? training_check("mnist", &s->training) : status;
}

/* ---- the data --------------------------------------------------------------------------------------------------- */

/* The first `asked` rows of x (0: all), and their labels one-hot. */
static gt_status take_rows(run *r, const char *which, const gt_tensor *x, const gt_tensor *y, int64_t asked,
                           gt_tensor **rows_x, gt_tensor **rows_y)
{
    int64_t there = gt_tensor_dim(x, 0), count = asked ? asked : there;
    if (count > there)
        return gt_fail(GT_ERR_ARGUMENT, "--%s-size %lld: there are only %lld images", which, (long long)count,
                       (long long)there);
    *rows_x = gt_tensor_rows(x, 0, count);
    gt_tensor *labels = gt_tensor_rows(y, 0, count);
    *rows_y = labels ? gt_one_hot_encoder_forward(r->encoder, labels) : NULL;
    gt_tensor_free(labels);
    return *rows_x && *rows_y ? GT_OK : GT_ERR_VALUE;
}

static gt_status read_data(const settings *s, run *r)
{
    gt_status status = gt_digits_read(s->folder, mnist_models[s->model].as_images, &r->digits);
    if (status != GT_OK)
        return status;
    r->encoder = gt_one_hot_encoder_new();
    if (!r->encoder)
        return GT_ERR_MEMORY;
    status = gt_one_hot_encoder_fit(r->encoder, r->digits.train_y);
    if (status == GT_OK)
        status = take_rows(r, "train", r->digits.train_x, r->digits.train_y, s->train_size, &r->train_x, &r->train_y);
    if (status == GT_OK)
        status = take_rows(r, "test", r->digits.test_x, r->digits.test_y, s->test_size, &r->test_x, &r->test_y);
    if (status != GT_OK)
        return status;
    r->test_labels = gt_tensor_rows(r->digits.test_y, 0, gt_tensor_dim(r->test_x, 0));
    return r->test_labels ? GT_OK : GT_ERR_MEMORY;
}

/* ---- the model -------------------------------------------------------------------------------------------------- */

/* The shape of one image: x's without the leading axis. */
static gt_shape sample_shape(const gt_tensor *x)
{
    gt_shape shape = gt_tensor_shape(x);
    return gt_shape_of((int)shape.rank - 1, shape.dim + 1);
}

/* The model's own optimizer and rate, unless others were asked for; another optimizer comes with its own rate. */
static gt_optimizer *make_optimizer(const settings *s)
{
    const mnist_model *kind = &mnist_models[s->model];
    const char *name = s->optimizer >= 0 ? optimizer_names[s->optimizer] : kind->optimizer;
    bool own = strcmp(name, kind->optimizer) == 0;
    double rate = s->learning_rate > 0 ? s->learning_rate : own ? kind->learning_rate : 0;
    return gt_optimizer_named(name, rate);
}

static gt_layer *softmax(void)
{
    gt_layer *layer = gt_layer_activation(GT_SOFTMAX);
    if (layer)
        gt_layer_set_name(layer, "softmax");
    return layer;
}

static gt_status make_model(const settings *s, gt_device device, run *r)
{
    const mnist_model *kind = &mnist_models[s->model];
    r->model = gt_sequential(&(gt_model_options){.name = kind->name, .seed = (uint64_t)s->seed});
    if (!r->model)
        return GT_ERR_MEMORY;
    gt_status status = kind->add_layers(r->model, gt_one_hot_encoder_classes(r->encoder));
    if (status == GT_OK && s->loss != FROM_LOGITS)
        status = gt_model_add(r->model, softmax());
    if (status == GT_OK)
        status = gt_model_build(r->model, sample_shape(r->train_x));
    if (status == GT_OK)
        status = gt_model_to(r->model, device);
    if (status != GT_OK)
        return status;
    gt_optimizer *optimizer = make_optimizer(s);
    if (!optimizer)
        return GT_ERR_MEMORY;
    return gt_model_compile(
        r->model,
        &(gt_compile_options){.optimizer = optimizer, .loss = losses[s->loss], .metric = &gt_categorical_accuracy});
}

/* ---- the run ---------------------------------------------------------------------------------------------------- */

static int epochs_of(const settings *s)
{
    return s->epochs ? (int)s->epochs : mnist_models[s->model].epochs;
}

static gt_status print_plan(const settings *s, const run *r)
{
    const gt_optimizer *optimizer = gt_model_optimizer(r->model);
    printf("data: %lld of %lld training and %lld of %lld test images, %lld classes, from %s\n",
           (long long)gt_tensor_dim(r->train_x, 0), (long long)gt_tensor_dim(r->digits.train_x, 0),
           (long long)gt_tensor_dim(r->test_x, 0), (long long)gt_tensor_dim(r->digits.test_x, 0),
           (long long)gt_one_hot_encoder_classes(r->encoder), s->folder);
    printf("training: %s, learning rate %g, loss %s, epochs %d, batch size %lld, seed %lld\n\n",
           gt_optimizer_name(optimizer), gt_optimizer_learning_rate(optimizer), loss_names[s->loss], epochs_of(s),
           (long long)s->batch_size, (long long)s->seed);
    gt_status status = gt_model_summary(r->model, gt_write_file, stdout);
    putchar('\n');
    return status;
}

static void print_result(const settings *s, const run *r, const gt_step_result *result)
{
    const mnist_model *kind = &mnist_models[s->model];
    double percent = 100 * result->metric;
    bool plain = result->loss >= 1e-3 && result->loss < 1e6;
    printf(plain ? "%stest: loss %.4f, accuracy %.2f %%\n" : "%stest: loss %.4e, accuracy %.2f %%\n",
           s->quiet ? "" : "\n", result->loss, percent);
    if (kind->bar > 0)
        printf("bar: %g %% test accuracy: %s\n", kind->bar, percent > kind->bar ? "met" : "missed");
    if (kind->bar > 0 && gt_tensor_dim(r->train_x, 0) < 60000)
        printf(
            "(The bar is meant for training on MNIST's 60,000 images, not on %lld; tools/get-mnist.sh fetches them.)\n",
            (long long)gt_tensor_dim(r->train_x, 0));
}

static gt_status draw_plots(const settings *s, const run *r)
{
    return mnist_plots_draw(&s->plots,
                            &(mnist_tested){.model = r->model,
                                            .loss = losses[s->loss],
                                            .encoder = r->encoder,
                                            .x = r->test_x,
                                            .labels = r->test_labels,
                                            .y = r->test_y,
                                            .batch_size = s->batch_size},
                            s->quiet);
}

static gt_status train_and_test(const settings *s, run *r)
{
    const gt_fit_options silent = {.epochs = epochs_of(s), .batch_size = s->batch_size};
    const gt_fit_options fit = s->quiet ? silent : fit_on_stdout(silent);
    gt_status status = s->quiet ? GT_OK : print_plan(s, r);
    fflush(stdout);
    if (status == GT_OK)
        status = training_run(&s->training, r->model, r->train_x, r->train_y, fit, &r->interrupted);
    if (status == GT_OK && r->interrupted) {
        training_interrupted("mnist", &s->training, r->model, r->interrupted);
        return GT_OK;
    }
    gt_step_result result;
    if (status == GT_OK)
        status = gt_model_evaluate(r->model, r->test_x, r->test_y, s->batch_size, &result);
    if (status != GT_OK)
        return status;
    print_result(s, r, &result);
    return draw_plots(s, r);
}

static void free_run(run *r)
{
    gt_model_free(r->model);
    gt_one_hot_encoder_free(r->encoder);
    gt_tensor *const tensors[] = {r->train_x, r->train_y, r->test_x, r->test_y, r->test_labels};
    for (size_t i = 0; i < sizeof tensors / sizeof tensors[0]; i++)
        gt_tensor_free(tensors[i]);
    gt_digits_free(&r->digits);
}

static gt_status check_outputs(const settings *s)
{
    output_list o = {.count = 0};
    training_outputs(&s->training, &o);
    mnist_plots_outputs(&s->plots, &o);
    return outputs_check(&o);
}

int command_mnist(int argc, char **argv)
{
    settings s = {.model = ADVANCED, .optimizer = -1, .folder = digits_folder(), .batch_size = 100, .seed = 1};
    int usage_status = parse(argc, argv, &s);
    if (usage_status >= 0)
        return usage_status;
    run r = {.model = NULL};
    gt_allow_tf32(s.tf32);
    gt_device device = GT_CPU;
    gt_status status = check_outputs(&s);
    if (status == GT_OK)
        status = threads_chosen(s.threads);
    if (status == GT_OK)
        status = device_chosen(s.device, s.quiet, &device);
    if (status == GT_OK)
        status = read_data(&s, &r);
    if (status == GT_OK)
        status = make_model(&s, device, &r);
    if (status == GT_OK)
        status = train_and_test(&s, &r);
    if (status != GT_OK)
        failed("mnist", "%s", gt_last_error());
    free_run(&r);
    return status != GT_OK ? STATUS_FAILED : r.interrupted ? 128 + r.interrupted : STATUS_OK;
}
