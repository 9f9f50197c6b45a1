/* `gradtape lab multiclass-digits`: the document that reads the digits 0 to 9 with a 400-25-15-10 network: activations,
 * softmax, training from logits, and what the network gets wrong. */
#include <math.h>
#include <stdio.h>

#include "models/rows.h"
#include "tools/device_option.h"
#include "tools/lab_digit_steps.h"
#include "tools/lab_multiclass.h"
#include "tools/lab_part.h"
#include "tools/plot.h"

enum { PIXELS = 400, CLASSES = 10, DOCUMENT_ROWS = 5000, DOCUMENT_ERRORS = 15, DOCUMENT_TWO = 1015 };

static const char about[] =
    "The digits 0 to 9, step by step: activations, softmax, a 400-25-15-10 network trained from logits with\n"
    "Adam(0.001), one digit's probabilities, 64 digits, and those that were misread.\n";

static int parse(int argc, char **argv, digit_options *o)
{
    const option options[] = {
        option_digits(o),
        option_digit_epochs(o, "passes over the data (default: 40)"),
        option_digit_seed(o),
        option_threads(&o->threads),
        option_digit_plot(o, "pictures, .png or .svg: for out.png, out-activations.png and beside it\n"
                             "softmax, loss, two, digits and errors"),
        {.name = NULL},
    };
    return options_parse(&(command_usage){"lab multiclass-digits", NULL, about, options}, argc, argv, NULL);
}

/* ---- the model -------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int64_t units;
    gt_activation activation;
} layers[DIGIT_LAYERS] = {{"L1", 25, GT_RELU}, {"L2", 15, GT_RELU}, {"L3", CLASSES, GT_LINEAR}};

static gt_model *make_model(uint64_t seed)
{
    gt_model *model = gt_sequential(&(gt_model_options){.name = "my_model", .seed = seed});
    gt_model_add(model, gt_layer_input(GT_SHAPE(PIXELS)));
    for (int i = 0; i < DIGIT_LAYERS; i++)
        gt_model_add(model, gt_layer_dense(layers[i].units, &(gt_dense_options){.name = layers[i].name,
                                                                                .activation = layers[i].activation}));
    gt_status status =
        gt_model_compile(model, &(gt_compile_options){.optimizer = gt_adam(&(gt_adam_options){.learning_rate = 0.001}),
                                                      .loss = gt_softmax_cross_entropy});
    if (status == GT_OK)
        return model;
    gt_model_free(model);
    return NULL;
}

/* What the layer computes is compared with the op's result: the largest difference. */
static double difference_from(gt_tape *tape, gt_layer *layer, gt_activation activation)
{
    enum { ROWS = 8 };
    const int64_t inputs = gt_tensor_dim(gt_layer_weight(layer, 0), 0);
    gt_tensor *x = gt_tensor_new(GT_FLOAT32, GT_SHAPE(ROWS, inputs));
    gt_random random = gt_random_new(1, 0);
    if (!x || gt_random_normal(&random, GT_FLOAT32, gt_tensor_size(x), 0, 1, gt_tensor_data_write(x)) != GT_OK) {
        gt_tensor_free(x);
        return NAN;
    }
    gt_tensor *expected =
        gt_activate(tape, activation, gt_linear(tape, x, gt_layer_weight(layer, 0), gt_layer_weight(layer, 1)));
    const double difference =
        gt_tensor_item(gt_max(tape, gt_abs(tape, gt_sub(tape, gt_layer_call(layer, tape, x, false), expected)), NULL));
    gt_tensor_free(x);
    return difference;
}

/* The document's unit test of the model: types, shapes and activations of its three layers. */
static gt_status check_structure(gt_tape *tape, const gt_model *model)
{
    lab_step("The structure, as the document's unit test checks it");
    static const double document_units[] = {25, 15, 10};
    const gt_shape sample = gt_model_sample_shape(model);
    gt_status status = GT_OK;
    lab_compare("layers", gt_model_layer_count(model), 3, 0);
    lab_compare("inputs", (double)sample.dim[0], 400, 0);
    for (int i = 0; i < DIGIT_LAYERS; i++) {
        gt_layer *layer = gt_model_layer(model, i);
        const gt_shape output = gt_layer_output_shape(layer);
        printf("%s: %s, output (None, %lld), %s\n", gt_layer_name(layer), gt_layer_type(layer),
               (long long)output.dim[0], gt_activation_name(layers[i].activation));
        lab_compare("  units", (double)output.dim[0], document_units[i], 0);
        status = lab_agree("  what it computes, and that activation of x W + b",
                           difference_from(tape, layer, layers[i].activation), 1e-5);
        if (status != GT_OK)
            break;
    }
    gt_status settled = lab_settle(tape);
    return status == GT_OK ? settled : status;
}

/* ---- training --------------------------------------------------------------------------------------------------- */

static gt_status draw_loss(const char *file, const void *context)
{
    const gt_model *model = context;
    int epochs;
    const double *loss = gt_model_history(model, "loss", &epochs);
    const plot_line line = {.label = "loss", .count = epochs, .y = loss};
    return plot_curves(
        file, 1,
        &(plot_panel){.title = "Cost", .x_label = "epoch", .y_label = "loss (cost)", .lines = 1, .line = &line});
}

static gt_status train(gt_model *model, const lab_digits *digits, const digit_options *o)
{
    lab_step("Training: sparse cross-entropy from logits, Adam(0.001), %d epochs, batches of 32", (int)o->epochs);
    gt_status status = digits_fit(model, digits->x, digits->y, &(gt_fit_options){.epochs = (int)o->epochs});
    if (status == GT_OK)
        lab_note("the document's losses need TensorFlow's random numbers and the course's own file: not compared");
    return status == GT_OK ? lab_draw(o->plot, "loss", draw_loss, model) : status;
}

/* ---- predictions ------------------------------------------------------------------------------------------------ */

static gt_status show_probabilities(gt_tape *tape, gt_tensor *logits)
{
    gt_tensor *p = gt_softmax(tape, logits, -1);
    gt_tensor *sum = gt_sum(tape, p, NULL), *best = gt_argmax(tape, p, -1);
    lab_show("the logits", logits);
    printf("the largest is that of %d\n", (int)gt_tensor_item(gt_argmax(tape, logits, -1)));
    lab_show("the probabilities, softmax of the logits", p);
    lab_compare("their sum", gt_tensor_item(sum), 1, 5e-4);
    printf("argmax of the probabilities: %d\n", (int)gt_tensor_item(best));
    return lab_settle(tape);
}

static gt_status show_two(gt_tape *tape, gt_model *model, const lab_digits *digits, const int32_t *prediction,
                          const char *plot)
{
    const int32_t row = (int32_t)digits_row_of(digits, 2, DOCUMENT_TWO);
    lab_step("X[%d], a 2", row);
    gt_tensor *logits = digits_predict_row(model, digits, row);
    if (!logits)
        return gt_last_status();
    gt_status status = show_probabilities(tape, logits);
    gt_tensor_free(logits);
    if (status != GT_OK)
        return status;
    char title[32];
    snprintf(title, sizeof title, "X[%d]: label, prediction", row);
    return digits_draw(plot, "two", title, digits,
                       &(digit_readings){.count = 1, .row = &row, .prediction = prediction});
}

static gt_status show_64(const lab_digits *digits, const int32_t *prediction, const digit_options *o)
{
    int32_t row[DIGITS_SHOWN];
    gt_status status = lab_choose_rows(gt_tensor_size(digits->y), (uint64_t)o->seed, DIGITS_SHOWN, row);
    if (status != GT_OK)
        return status;
    lab_step("%d digits by chance: label, prediction", DIGITS_SHOWN);
    const digit_readings read = {.count = DIGITS_SHOWN, .row = row, .prediction = prediction};
    digits_print(digits, &read);
    return digits_draw(o->plot, "digits", "Label, prediction", digits, &read);
}

static gt_status show_errors(const lab_digits *digits, const int32_t *prediction, const digit_options *o)
{
    const int64_t rows = gt_tensor_size(digits->y);
    const int32_t *label = gt_tensor_data(digits->y);
    int32_t shown[DIGITS_SHOWN];
    digit_readings read = {.row = shown, .prediction = prediction};
    int64_t errors = 0;
    for (int32_t i = 0; i < rows; i++)
        if (label[i] != prediction[i]) {
            if (read.count < DIGITS_SHOWN)
                shown[read.count++] = i;
            errors++;
        }
    lab_step("What was misread: label, prediction");
    digits_print(digits, &read);
    if (errors > read.count)
        printf("  and more\n");
    printf("%lld errors out of %lld digits\n", (long long)errors, (long long)rows);
    lab_note("the document's network made %d: that depends on TensorFlow's random numbers and on the course's own file",
             DOCUMENT_ERRORS);
    char title[64];
    snprintf(title, sizeof title, "%lld errors out of %lld: label, prediction", (long long)errors, (long long)rows);
    return digits_draw(o->plot, "errors", title, digits, &read);
}

/* argmax of each row, int32 (n), the caller's. */
static gt_tensor *classify(gt_model *model, const gt_tensor *x)
{
    gt_tensor *logits = gt_model_predict(model, x, 0);
    gt_tensor *result = logits ? gt_tensor_new(GT_INT32, GT_SHAPE(gt_tensor_dim(x, 0))) : NULL;
    int32_t *best = result ? gt_tensor_data_write(result) : NULL;
    for (int64_t i = 0; best && i < gt_tensor_size(result); i++)
        best[i] = (int32_t)gt_row_argmax(GT_FLOAT32, gt_tensor_data(logits), i, CLASSES);
    gt_tensor_free(logits);
    return result;
}

static gt_status show_predictions(gt_tape *tape, gt_model *model, const lab_digits *digits, const digit_options *o)
{
    gt_tensor *classified = classify(model, digits->x);
    if (!classified)
        return gt_last_status();
    const int32_t *prediction = gt_tensor_data(classified);
    gt_status status = show_two(tape, model, digits, prediction, o->plot);
    if (status == GT_OK)
        status = show_64(digits, prediction, o);
    if (status == GT_OK)
        status = show_errors(digits, prediction, o);
    gt_tensor_free(classified);
    return status;
}

/* ---- the lab ---------------------------------------------------------------------------------------------------- */

static gt_status run_network(gt_tape *tape, const lab_digits *digits, const digit_options *o)
{
    static const int64_t document[DIGIT_LAYERS] = {10025, 390, 160};
    gt_model *model = make_model((uint64_t)o->seed);
    if (!model)
        return gt_last_status();
    lab_step("The model: 400-25-15-10");
    gt_status status = digits_show_layers(model, document);
    if (status == GT_OK)
        status = check_structure(tape, model);
    if (status == GT_OK)
        status = train(model, digits, o);
    if (status == GT_OK)
        status = show_predictions(tape, model, digits, o);
    gt_model_free(model);
    return status;
}

int lab_multiclass_digits(int argc, char **argv)
{
    digit_options o = {.epochs = 40, .seed = 1};
    int usage_status = parse(argc, argv, &o);
    if (usage_status >= 0)
        return usage_status;
    static const char *const pictures[] = {"activations", "softmax", "loss", "two", "digits", "errors", NULL};
    lab_digits digits = {.x = NULL};
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_status status = tape ? digits_begin(&o, pictures, CLASSES, &digits) : gt_last_status();
    if (status == GT_OK)
        status = multiclass_activations(tape, o.plot);
    if (status == GT_OK)
        status = multiclass_softmax(tape, o.plot);
    if (status == GT_OK)
        status = digits_show_data(&digits, DOCUMENT_ROWS, CLASSES);
    if (status == GT_OK)
        status = run_network(tape, &digits, &o);
    lab_digits_free(&digits);
    gt_tape_free(tape);
    return lab_finish("lab multiclass-digits", status);
}
