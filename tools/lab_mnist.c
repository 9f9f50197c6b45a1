/* `gradtape lab mnist`: the Beras assignment, its helpers and its two networks, with the log that its print_stats
 * prints. */
#include <stdio.h>

#include "tools/device_option.h"
#include "tools/digits_folder.h"
#include "tools/lab_mnist.h"
#include "tools/lab_part.h"
#include "tools/mnist_models.h"
#include "tools/mnist_plots.h"
#include "tools/plot.h"

enum { BATCH = 100, WHOLE = 60000, NETWORKS = 2 /* simple and advanced */ };

typedef struct settings {
    const char *folder;
    mnist_plots plots;
    int64_t epochs, seed, threads;
} settings;

static const char about[] =
    "The Beras assignment: one-hot labels, get_subset and shuffle_data, what goes wrong in the course page's code, "
    "and\n"
    "the simple and the advanced network. 'gradtape mnist' trains one of them with every option there is.\n";

static int parse(int argc, char **argv, settings *s)
{
    const option options[] = {
        option_text("data", &s->folder, "DIR",
                    "the folder with MNIST's four files (default: the 5,000 digits that come\nwith gradtape)"),
        option_integer("epochs", &s->epochs, "N", 1, 1000000, "passes over the data (default: 10 and 12)"),
        option_integer("seed", &s->seed, "N", 0, INT64_MAX, "of initial weights and shuffling (default: 1)"),
        option_threads(&s->threads),
        option_text("plot", &s->plots.plot, "FILE",
                    "pictures, .png or .svg: for out.png, out-simple-curves.png, right, wrong\n"
                    "and confusion, and the same of advanced"),
        {.name = NULL},
    };
    return options_parse(&(command_usage){"lab mnist", NULL, about, options}, argc, argv, NULL);
}

/* ---- a network -------------------------------------------------------------------------------------------------- */

/* The data as the loss takes it. */
typedef struct data {
    gt_digits digits;
    gt_one_hot_encoder *encoder;
    gt_tensor *train_y, *test_y; /* one-hot */
} data;

static gt_model *make_model(const mnist_model *kind, const settings *s, const data *d)
{
    gt_model *model = gt_sequential(&(gt_model_options){.name = kind->name, .seed = (uint64_t)s->seed});
    gt_model_add(model, gt_layer_input(GT_SHAPE(gt_tensor_dim(d->digits.train_x, 1))));
    gt_status status = model ? kind->add_layers(model, gt_one_hot_encoder_classes(d->encoder)) : gt_last_status();
    if (status == GT_OK)
        status = gt_model_compile(
            model, &(gt_compile_options){.optimizer = gt_optimizer_named(kind->optimizer, kind->learning_rate),
                                         .loss = gt_softmax_cross_entropy,
                                         .metric = &gt_categorical_accuracy});
    if (status == GT_OK)
        return model;
    gt_model_free(model);
    return NULL;
}

static gt_status train(gt_model *model, const data *d, int epochs)
{
    gt_callback *print_stats = mnist_print_stats();
    gt_status status = gt_model_fit(
        model, d->digits.train_x, d->train_y,
        &(gt_fit_options){.epochs = epochs, .batch_size = BATCH, .callbacks = &print_stats, .callback_count = 1});
    gt_callback_free(print_stats);
    return status;
}

static gt_status test(const mnist_model *kind, gt_model *model, const data *d)
{
    gt_step_result result;
    gt_status status = gt_model_evaluate(model, d->digits.test_x, d->test_y, BATCH, &result);
    if (status != GT_OK)
        return status;
    const double percent = 100 * result.metric;
    printf("test: {'loss': %.4f, 'acc': %.4f}\n", result.loss, result.metric);
    printf("the assignment's bar, %g %% test accuracy: %s\n", kind->bar, percent > kind->bar ? "met" : "missed");
    const long long rows = gt_tensor_dim(d->digits.train_x, 0);
    if (rows < WHOLE)
        lab_note("the bar is meant for training on MNIST's 60,000 images, not on %lld; tools/get-mnist.sh fetches them",
                 rows);
    return GT_OK;
}

static gt_status draw(const mnist_model *kind, gt_model *model, const settings *s, const data *d)
{
    if (!s->plots.plot)
        return GT_OK;
    char *name = plot_name(s->plots.plot, kind->name);
    gt_status status = name ? mnist_plots_draw(&(mnist_plots){.plot = name},
                                               &(mnist_tested){.model = model,
                                                               .loss = gt_softmax_cross_entropy,
                                                               .encoder = d->encoder,
                                                               .x = d->digits.test_x,
                                                               .labels = d->digits.test_y,
                                                               .y = d->test_y,
                                                               .batch_size = BATCH},
                                               false)
                            : GT_ERR_MEMORY;
    gt_release(name);
    return status;
}

static gt_status run_network(const mnist_model *kind, const settings *s, const data *d)
{
    const int epochs = s->epochs ? (int)s->epochs : kind->epochs;
    lab_step("The %s network: %s(%g), %d epochs, batches of %d", kind->name, kind->optimizer, kind->learning_rate,
             epochs, BATCH);
    gt_model *model = make_model(kind, s, d);
    gt_status status = model ? gt_model_summary(model, gt_write_file, stdout) : gt_last_status();
    putchar('\n');
    fflush(stdout);
    if (status == GT_OK)
        status = train(model, d, epochs);
    if (status == GT_OK)
        status = test(kind, model, d);
    if (status == GT_OK)
        status = draw(kind, model, s, d);
    gt_model_free(model);
    return status;
}

/* ---- the lab ---------------------------------------------------------------------------------------------------- */

static gt_status read_data(const settings *s, data *d)
{
    gt_status status = gt_digits_read(s->folder, false, &d->digits);
    if (status != GT_OK)
        return status;
    printf("digits from %s\n", s->folder);
    d->encoder = gt_one_hot_encoder_new();
    d->train_y = d->encoder ? gt_one_hot_encoder_forward(d->encoder, d->digits.train_y) : NULL;
    d->test_y = d->train_y ? gt_one_hot_encoder_forward(d->encoder, d->digits.test_y) : NULL;
    return d->test_y ? GT_OK : gt_last_status();
}

static void free_data(data *d)
{
    gt_tensor_free(d->train_y);
    gt_tensor_free(d->test_y);
    gt_one_hot_encoder_free(d->encoder);
    gt_digits_free(&d->digits);
}

static gt_status run_steps(gt_tape *tape, const settings *s, const data *d)
{
    gt_status status = mnist_show_data(&d->digits, (uint64_t)s->seed);
    if (status == GT_OK)
        status = mnist_show_mistakes(tape);
    for (int i = 0; i < NETWORKS && status == GT_OK; i++)
        status = run_network(&mnist_models[i], s, d);
    return status;
}

static gt_status check_outputs(const settings *s)
{
    output_list o = {.status = s->plots.plot ? plot_check(s->plots.plot) : GT_OK};
    for (int i = 0; s->plots.plot && i < NETWORKS; i++) {
        char *name = plot_name(s->plots.plot, mnist_models[i].name);
        if (!name)
            o.status = GT_ERR_MEMORY;
        mnist_plots_outputs(&(mnist_plots){.plot = name}, &o);
        gt_release(name);
    }
    return outputs_check(&o);
}

int lab_mnist(int argc, char **argv)
{
    settings s = {.folder = digits_folder(), .seed = 1};
    int usage_status = parse(argc, argv, &s);
    if (usage_status >= 0)
        return usage_status;
    data d = {.encoder = NULL};
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_status status = tape ? check_outputs(&s) : gt_last_status();
    if (status == GT_OK)
        status = threads_chosen(s.threads);
    if (status == GT_OK)
        status = read_data(&s, &d);
    if (status == GT_OK)
        status = run_steps(tape, &s, &d);
    free_data(&d);
    gt_tape_free(tape);
    return lab_finish("lab mnist", status);
}
