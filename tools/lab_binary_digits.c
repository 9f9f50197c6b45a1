/* `gradtape lab binary-digits`: the document that tells 0 from 1 with a 400-25-15-1 network, and writes the network's
 * layers by hand. */
#include <stdio.h>

#include "tools/device_option.h"
#include "tools/lab_binary.h"
#include "tools/lab_part.h"

enum { PIXELS = 400, CLASSES = 2, DOCUMENT_ROWS = 1000, DOCUMENT_ONE = 500 };

enum { FIRST = 0, SECOND = 1, BOTH = 2 };

static const char about[] =
    "The digits 0 and 1, step by step: a 400-25-15-1 network with sigmoids, its layers by loops, by matrix products\n"
    "and by the engine, broadcasting; and the document's second form, with its own training loop and files.\n";

static int parse(int argc, char **argv, digit_options *o, int *form)
{
    static const char *const forms[] = {"1", "2", "both", NULL};
    const option options[] = {
        option_digits(o),
        option_choice("form", form, "N", forms,
                      "1: Adam(0.001), batches of 32; 2: Adam(0.01), batches of 10 in order,\n"
                      "saved at epoch 11; or both (default)"),
        option_digit_epochs(o, "passes over the data (default: 20)"),
        option_digit_seed(o),
        option_threads(&o->threads),
        option_digit_plot(o, "pictures, .png or .svg: for out.png, out-digits.png and beside it both\nand wrong"),
        {.name = NULL},
    };
    int status = options_parse(&(command_usage){"lab binary-digits", NULL, about, options}, argc, argv, NULL);
    if (status < 0 && *form == SECOND && o->plot)
        return usage_error("lab binary-digits", "--plot draws form 1");
    return status;
}

/* ---- the model -------------------------------------------------------------------------------------------------- */

gt_model *binary_model(double learning_rate, uint64_t seed)
{
    static const int64_t units[DIGIT_LAYERS] = {25, 15, 1};
    gt_model *model = gt_sequential(&(gt_model_options){.name = "my_model", .seed = seed});
    gt_model_add(model, gt_layer_input(GT_SHAPE(PIXELS)));
    for (int i = 0; i < DIGIT_LAYERS; i++)
        gt_model_add(model, gt_layer_dense(units[i], &(gt_dense_options){.activation = GT_SIGMOID}));
    gt_status status = gt_model_compile(
        model, &(gt_compile_options){.optimizer = gt_adam(&(gt_adam_options){.learning_rate = learning_rate}),
                                     .loss = gt_binary_crossentropy});
    if (status == GT_OK)
        return model;
    gt_model_free(model);
    return NULL;
}

gt_tensor *binary_targets(const lab_digits *digits)
{
    const int32_t *label = gt_tensor_data(digits->y);
    gt_tensor *targets = gt_tensor_new(GT_FLOAT32, GT_SHAPE(gt_tensor_size(digits->y), 1));
    float *target = targets ? gt_tensor_data_write(targets) : NULL;
    for (int64_t i = 0; i < gt_tensor_size(targets); i++)
        target[i] = (float)label[i];
    return targets;
}

static gt_status show_model(const gt_model *model)
{
    static const int64_t document[DIGIT_LAYERS] = {10025, 390, 16};
    lab_step("The model: 400-25-15-1, a sigmoid behind each layer");
    gt_status status = digits_show_layers(model, document);
    lab_show("the first layer's W", gt_model_weight(model, 0));
    lab_show("the last layer's W", gt_model_weight(model, 4));
    lab_show("the last layer's b", gt_model_weight(model, 5));
    lab_note("the weights are random: the document's need TensorFlow's generator");
    return status;
}

static gt_status train(gt_model *model, const lab_digits *digits, int epochs)
{
    lab_step("Training: binary cross-entropy, Adam(0.001), %d epochs, batches of 32", epochs);
    gt_tensor *y = binary_targets(digits);
    gt_status status =
        y ? digits_fit(model, digits->x, y, &(gt_fit_options){.epochs = epochs, .batch_size = 32}) : gt_last_status();
    gt_tensor_free(y);
    if (status == GT_OK)
        lab_note("the document's losses need TensorFlow's random numbers and the course's own file: not compared");
    return status;
}

/* ---- predictions ------------------------------------------------------------------------------------------------ */

gt_status binary_show_two(gt_model *model, const lab_digits *digits)
{
    static const char *const names[CLASSES] = {"zero", "one"};
    const int64_t rows[CLASSES] = {digits_row_of(digits, 0, 0), digits_row_of(digits, 1, DOCUMENT_ONE)};
    for (int i = 0; i < CLASSES; i++) {
        gt_tensor *p = digits_predict_row(model, digits, rows[i]);
        if (!p)
            return gt_last_status();
        const double probability = gt_tensor_item(p);
        printf("X[%lld], a %s: %.8g; after the threshold 0.5: %d\n", (long long)rows[i], names[i], probability,
               probability >= 0.5);
        gt_tensor_free(p);
    }
    return GT_OK;
}

/* 1 where the probability is at least 0.5: int32 (n), the caller's. NULL for NULL. */
static gt_tensor *threshold(const gt_tensor *probabilities)
{
    gt_tensor *result = probabilities ? gt_tensor_new(GT_INT32, GT_SHAPE(gt_tensor_size(probabilities))) : NULL;
    int32_t *one = result ? gt_tensor_data_write(result) : NULL;
    for (int64_t i = 0; i < gt_tensor_size(result); i++)
        one[i] = gt_tensor_at(probabilities, i) >= 0.5;
    return result;
}

/* What the engine and the loops say of each digit. */
typedef struct readings {
    gt_tensor *engine, *loops; /* int32 (n) */
} readings;

static gt_status show_64(const lab_digits *digits, const readings *r, const digit_options *o)
{
    int32_t row[DIGITS_SHOWN];
    gt_status status = lab_choose_rows(gt_tensor_size(digits->y), (uint64_t)o->seed, DIGITS_SHOWN, row);
    if (status != GT_OK)
        return status;
    digit_readings read = {.count = DIGITS_SHOWN, .row = row, .prediction = gt_tensor_data(r->engine)};
    lab_step("%d digits by chance: label, prediction", DIGITS_SHOWN);
    digits_print(digits, &read);
    status = digits_draw(o->plot, "digits", "Label, prediction", digits, &read);
    if (status != GT_OK)
        return status;
    read.another = gt_tensor_data(r->loops);
    lab_step("The same digits: label, the engine's prediction, that of the loops");
    digits_print(digits, &read);
    return digits_draw(o->plot, "both", "Label, prediction of the engine, of the loops", digits, &read);
}

static gt_status show_wrong(const lab_digits *digits, const readings *r, const digit_options *o)
{
    const int32_t *label = gt_tensor_data(digits->y), *prediction = gt_tensor_data(r->engine);
    const int64_t rows = gt_tensor_size(digits->y);
    int32_t first = 0, errors = 0;
    for (int32_t i = 0; i < rows; i++)
        if (label[i] != prediction[i] && errors++ == 0)
            first = i;
    lab_step("A misclassified digit");
    printf("%d of %lld digits are misclassified\n", errors, (long long)rows);
    const digit_readings read = {.count = errors > 0, .row = &first, .prediction = prediction};
    if (errors > 0)
        printf("the first is X[%d]: label, prediction\n", first);
    digits_print(digits, &read);
    return digits_draw(o->plot, "wrong", "Misclassified: label, prediction", digits, &read);
}

/* ---- by hand ---------------------------------------------------------------------------------------------------- */

static gt_tensor *read_by_loops(const gt_model *model, const lab_digits *digits)
{
    const float *x = gt_tensor_data(digits->x);
    gt_tensor *p = gt_tensor_new(GT_FLOAT64, GT_SHAPE(gt_tensor_size(digits->y)));
    double *probability = p ? gt_tensor_data_write(p) : NULL;
    for (int64_t i = 0; i < gt_tensor_size(p); i++)
        probability[i] = binary_by_loops(model, x + i * PIXELS);
    return p;
}

/* The trained network three times over all digits. */
static gt_status read_all(gt_tape *tape, gt_model *model, const lab_digits *digits, readings *r)
{
    lab_step("The trained network by loops and by matrix products, over all digits");
    gt_tensor *engine = gt_model_predict(model, digits->x, 0), *loops = read_by_loops(model, digits);
    const gt_tensor *products = binary_by_products(tape, model, digits->x);
    gt_status agreed = GT_OK;
    if (engine && loops && products) {
        const int64_t one = digits_row_of(digits, 1, DOCUMENT_ONE), zero = digits_row_of(digits, 0, 0);
        printf("by loops: X[%lld], a zero: %.8g; X[%lld], a one: %.8g\n", (long long)zero, gt_tensor_at(loops, zero),
               (long long)one, gt_tensor_at(loops, one));
        const gt_shape shape = gt_tensor_shape(products);
        printf("by products, all at once: %s\n", gt_shape_text(&shape).text);
        agreed = lab_agree("the engine and the loops (float64)", lab_largest_difference(engine, loops), 1e-5);
        if (agreed == GT_OK)
            agreed = lab_agree("the engine and the products", lab_largest_difference(engine, products), 1e-5);
    }
    r->engine = threshold(engine);
    r->loops = threshold(loops);
    gt_tensor_free(engine);
    gt_tensor_free(loops);
    gt_status status = agreed == GT_OK ? lab_settle(tape) : agreed;
    return status != GT_OK ? status : r->engine && r->loops ? GT_OK : gt_last_status();
}

/* ---- the lab ---------------------------------------------------------------------------------------------------- */

static gt_status show_readings(gt_tape *tape, gt_model *model, const lab_digits *digits, const digit_options *o)
{
    readings r = {.engine = NULL};
    gt_status status = binary_dense(tape);
    if (status == GT_OK)
        status = read_all(tape, model, digits, &r);
    if (status == GT_OK)
        status = show_64(digits, &r, o);
    if (status == GT_OK)
        status = show_wrong(digits, &r, o);
    gt_tensor_free(r.engine);
    gt_tensor_free(r.loops);
    return status;
}

static gt_status first_form(gt_tape *tape, const lab_digits *digits, const digit_options *o)
{
    gt_model *model = binary_model(0.001, (uint64_t)o->seed);
    gt_status status = model ? show_model(model) : gt_last_status();
    if (status == GT_OK)
        status = train(model, digits, (int)o->epochs);
    if (status == GT_OK) {
        lab_step("Predictions");
        status = binary_show_two(model, digits);
    }
    if (status == GT_OK)
        status = show_readings(tape, model, digits, o);
    if (status == GT_OK)
        status = binary_broadcasting(tape);
    gt_model_free(model);
    return status;
}

int lab_binary_digits(int argc, char **argv)
{
    digit_options o = {.epochs = 20, .seed = 1};
    int form = BOTH;
    int usage_status = parse(argc, argv, &o, &form);
    if (usage_status >= 0)
        return usage_status;
    static const char *const pictures[] = {"digits", "both", "wrong", NULL};
    lab_digits digits = {.x = NULL};
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_status status = tape ? digits_begin(&o, pictures, CLASSES, &digits) : gt_last_status();
    if (status == GT_OK)
        status = digits_show_data(&digits, DOCUMENT_ROWS, CLASSES);
    if (status == GT_OK && form != SECOND)
        status = first_form(tape, &digits, &o);
    if (status == GT_OK && form != FIRST)
        status = binary_second_form(tape, &digits, &o);
    lab_digits_free(&digits);
    gt_tape_free(tape);
    return lab_finish("lab binary-digits", status);
}
