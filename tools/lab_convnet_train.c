/* `gradtape lab convnet`: the network, its training with a cost every five epochs, and its accuracies. */
#include <stdio.h>

#include "tools/lab.h"
#include "tools/lab_convnet.h"
#include "tools/lab_part.h"
#include "tools/plot.h"

/* ---- the data --------------------------------------------------------------------------------------------------- */

static void print_shape(const char *name, gt_shape shape)
{
    printf("%-8s %s\n", name, gt_shape_text(&shape).text);
}

static void show_shapes(const convnet_data *data)
{
    lab_step("The data: images normalised to 0..1, labels one-hot");
    print_shape("X_train", gt_tensor_shape(data->train_x));
    print_shape("Y_train", GT_SHAPE(gt_tensor_dim(data->train_y, 0), data->classes));
    print_shape("X_test", gt_tensor_shape(data->test_x));
    print_shape("Y_test", GT_SHAPE(gt_tensor_dim(data->test_y, 0), data->classes));
    if (!data->signs)
        lab_note("the document's are (1080, 64, 64, 3) and (120, 64, 64, 3), with 6 classes.");
}

static gt_status show_example(const char *plot, const convnet_data *data)
{
    enum { EXAMPLE = 6 };
    if (gt_tensor_dim(data->train_x, 0) <= EXAMPLE)
        return GT_OK;
    gt_tensor *image = gt_tensor_rows(data->train_x, EXAMPLE, 1);
    if (!image)
        return gt_last_status();
    char title[40];
    snprintf(title, sizeof title, "Training image %d: y = %d", EXAMPLE, (int)gt_tensor_at(data->train_y, EXAMPLE));
    lab_step("An example");
    puts(title);
    gt_status status = lab_draw(plot, "example", lab_draw_images, &(plot_grid){.title = title, .images = image});
    gt_tensor_free(image);
    return status;
}

/* ---- the network ------------------------------------------------------------------------------------------------ */

static gt_layer *convolution(int64_t filters, int64_t size)
{
    return gt_layer_conv2d(filters, size, size,
                           &(gt_conv2d_layer_options){
                               .activation = GT_RELU, .convolution = {.padding = GT_PADDING_SAME}, .no_bias = true});
}

static gt_layer *pool(int64_t size)
{
    return gt_layer_max_pool2d(&(gt_pool2d_options){.window = {size, size}, .padding = GT_PADDING_SAME});
}

/* The first failure sticks in the model, and building it reports it. */
static gt_status build(gt_model *model, const convnet_data *data)
{
    gt_layer *layers[] = {convolution(8, 4),  pool(8),
                          convolution(16, 2), pool(4),
                          gt_layer_flatten(), gt_layer_dense(data->classes, NULL)};
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++)
        gt_model_add(model, layers[i]);
    const gt_shape shape = gt_tensor_shape(data->train_x);
    return gt_model_build(model, gt_shape_of(3, shape.dim + 1));
}

static gt_model *make_model(const convnet_settings *s, const convnet_data *data)
{
    gt_model *model = gt_sequential(&(gt_model_options){.name = "convnet", .seed = (uint64_t)s->seed});
    gt_status status = model ? build(model, data) : GT_ERR_MEMORY;
    if (status == GT_OK)
        status = gt_model_compile(
            model, &(gt_compile_options){.optimizer = gt_adam(&(gt_adam_options){.learning_rate = 0.009}),
                                         .loss = gt_softmax_cross_entropy,
                                         .metric = &gt_categorical_accuracy});
    if (status == GT_OK)
        return model;
    gt_model_free(model);
    return NULL;
}

static gt_status show_network(const gt_model *model, const convnet_data *data)
{
    enum { DOCUMENT_PARAMETERS = 4 * 4 * 3 * 8 + 2 * 2 * 8 * 16 + 64 * 6 + 6 };
    lab_step("The network: all paddings SAME, no bias in the convolutions");
    gt_status status = gt_model_summary(model, gt_write_file, stdout);
    if (data->signs)
        lab_compare("parameters", (double)gt_model_parameter_count(model, false), DOCUMENT_PARAMETERS, 0);
    lab_note("what the document prints of W1[1, 1, 1] and W2[1, 1, 1], of Z3, and as costs (1.523118, ...) comes from "
             "TensorFlow's random generator: its initial weights cannot be drawn again here.");
    return status;
}

/* ---- training --------------------------------------------------------------------------------------------------- */

/* The document counts epochs from 0. */
static int print_cost(gt_callback *callback, const gt_fit_event *event)
{
    (void)callback;
    if ((event->epoch - 1) % 5 == 0 || event->epoch == event->epochs)
        printf("Cost after epoch %d: %f\n", event->epoch - 1, gt_fit_event_value(event, "loss"));
    fflush(stdout);
    return 0;
}

static const gt_callback_class cost_class = {.type = "Cost", .epoch_end = print_cost};

static gt_status fit(const convnet_settings *s, gt_model *model, const convnet_data *data, int *interrupted)
{
    enum { BATCH = 64 };
    lab_step("Training: Adam(0.009), %lld epochs, batches of %d", (long long)s->epochs, BATCH);
    gt_callback *cost = gt_callback_new(&cost_class);
    if (!cost)
        return GT_ERR_MEMORY;
    gt_status status = training_run(
        &s->training, model, data->train_x, data->train_y,
        (gt_fit_options){.epochs = (int)s->epochs, .batch_size = BATCH, .callbacks = &cost, .callback_count = 1},
        interrupted);
    gt_callback_free(cost);
    if (status == GT_OK && *interrupted)
        training_interrupted("lab convnet", &s->training, model, *interrupted);
    else if (status == GT_OK)
        lab_note(
            "a cost here is the mean over the images. The document adds up the costs of all batches of %d, a short "
            "last one among them, and divides by int(m / %d), of m images.",
            BATCH, BATCH);
    return status;
}

static gt_status draw_costs(const char *file, const void *context)
{
    plot_line line = {.label = NULL};
    line.y = gt_model_history(context, "loss", &line.count);
    return plot_curves(
        file, 1,
        &(plot_panel){
            .title = "Adam, learning rate 0.009", .x_label = "epoch", .y_label = "cost", .lines = 1, .line = &line});
}

static gt_status draw_filters(const char *file, const void *context)
{
    return plot_filters(file, "Filters of the first convolution", gt_model_weight(context, 0));
}

static gt_status show_accuracies(gt_model *model, const convnet_data *data)
{
    gt_step_result train, test;
    lab_step("Accuracies");
    gt_status status = gt_model_evaluate(model, data->train_x, data->train_y, 0, &train);
    if (status == GT_OK)
        status = gt_model_evaluate(model, data->test_x, data->test_y, 0, &test);
    if (status != GT_OK)
        return status;
    printf("Train accuracy: %.4f%s\n", train.metric, data->signs ? "   (the document's network: about 0.94)" : "");
    printf("Test accuracy:  %.4f%s\n", test.metric, data->signs ? "   (the document's network: about 0.78)" : "");
    if (data->signs)
        lab_note(
            "both depend on the initial weights: seeds 1 to 4 gave 0.86 to 0.94 and 0.74 to 0.82 after 100 epochs.");
    return GT_OK;
}

static gt_status train(const convnet_settings *s, gt_model *model, const convnet_data *data, int *interrupted)
{
    gt_status status = show_network(model, data);
    if (status == GT_OK)
        status = fit(s, model, data, interrupted);
    if (status == GT_OK)
        status = lab_draw(s->plot, "cost", draw_costs, model);
    if (status == GT_OK)
        status = lab_draw(s->plot, "filters", draw_filters, model);
    return status == GT_OK && !*interrupted ? show_accuracies(model, data) : status;
}

gt_status convnet_train(const convnet_settings *s, const convnet_data *data, int *interrupted)
{
    *interrupted = 0;
    show_shapes(data);
    gt_status status = show_example(s->plot, data);
    if (status != GT_OK)
        return status;
    gt_model *model = make_model(s, data);
    if (!model)
        return gt_last_status();
    status = train(s, model, data, interrupted);
    gt_model_free(model);
    return status;
}
