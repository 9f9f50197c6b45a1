/* `gradtape lab from-scratch`: the MNIST notebook, which builds a network from NumPy alone: the data, a trained
 * network's predictions, losses, and gradients by differences. */
#include <stdio.h>
#include <unistd.h>

#include "tools/command.h"
#include "tools/device_option.h"
#include "tools/digits_folder.h"
#include "tools/lab.h"
#include "tools/lab_part.h"
#include "tools/lab_scratch.h"
#include "tools/outputs.h"
#include "tools/plot.h"

enum { SIDE = 28, PIXELS = SIDE * SIDE, CLASSES = 10, WHOLE_TRAIN = 60000, WHOLE_TEST = 10000 };

typedef struct settings {
    const char *folder, *weights, *save, *plot;
    int64_t epochs, seed, threads;
} settings;

static const char about[] =
    "The MNIST notebook, step by step: the data and its forms, a 784-50-100-10 network's predictions one by one\n"
    "and in batches, losses with one-hot and with sparse labels, gradients by differences and by the tape.\n";

static int parse(int argc, char **argv, settings *s)
{
    const option options[] = {
        option_text("data", &s->folder, "DIR",
                    "the folder with MNIST's four files (default: the 5,000 digits that come\nwith gradtape)"),
        option_text("weights", &s->weights, "FILE",
                    "the trained network: arrays W1 b1 W2 b2 W3 b3 of an NPZ file\n(default: one is trained)"),
        option_text("save-weights", &s->save, "FILE", "the network that was used, as such an NPZ file"),
        option_integer("epochs", &s->epochs, "N", 1, 1000000,
                       "passes over the data, where it is trained (default: 20)"),
        option_threads(&s->threads),
        option_integer("seed", &s->seed, "N", 0, INT64_MAX,
                       "of the training, and of the ten rows that are shown (default: 1)"),
        option_text("plot", &s->plot, "FILE",
                    "pictures, .png or .svg: for out.png, out-strip.png and beside it digit,\nfield, three and one"),
        {.name = NULL},
    };
    return options_parse(&(command_usage){"lab from-scratch", NULL, about, options}, argc, argv, NULL);
}

/* ---- the data --------------------------------------------------------------------------------------------------- */

static bool is_whole_mnist(const gt_digits *digits)
{
    return gt_tensor_dim(digits->train_x, 0) == WHOLE_TRAIN && gt_tensor_dim(digits->test_x, 0) == WHOLE_TEST;
}

static void show_shapes(const settings *s, const gt_digits *digits)
{
    lab_step("MNIST: images as rows of 784 numbers, and their labels");
    printf("from %s\n", s->folder);
    lab_shape("x_train", digits->train_x);
    lab_shape("t_train", digits->train_y);
    lab_shape("x_test", digits->test_x);
    lab_shape("t_test", digits->test_y);
    if (is_whole_mnist(digits))
        lab_compare("the first label, t_train[0]", gt_tensor_at(digits->train_y, 0), 5, 0);
    else
        lab_note("the document has MNIST's (60000, 784) and (10000, 784): tools/get-mnist.sh fetches them for --data");
}

static void print_range(const char *name, const gt_tensor *tensor)
{
    double low = gt_tensor_at(tensor, 0), high = low;
    for (int64_t i = 1; i < PIXELS; i++) {
        const double value = gt_tensor_at(tensor, i);
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    const gt_shape shape = gt_tensor_shape(tensor);
    printf("%-32s %-14s %-8s first image from %g to %g\n", name, gt_shape_text(&shape).text,
           gt_dtype_name(gt_tensor_dtype(tensor)), low, high);
}

/* What load_mnist(normalize, flatten, one_hot_label) chooses from. */
static gt_status show_options(gt_tape *tape, const gt_digits *digits)
{
    const int64_t rows = gt_tensor_dim(digits->test_x, 0);
    lab_step("The options of load_mnist: normalise, flatten, one-hot");
    print_range("normalised, flat", digits->test_x);
    print_range("normalised, as images", gt_reshape(tape, digits->test_x, GT_SHAPE(rows, SIDE, SIDE, 1)));
    gt_tensor *bytes = gt_add(tape, gt_scale(tape, digits->test_x, 255), gt_fill(tape, GT_FLOAT32, GT_SCALAR, 0.5));
    print_range("not normalised: the file's bytes", gt_cast(tape, bytes, GT_UINT8));
    gt_tensor *one_hot = gt_one_hot(tape, digits->test_y, CLASSES, GT_FLOAT32);
    const gt_shape shape = gt_tensor_shape(one_hot);
    printf("%-32s %-14s %s\n", "one-hot labels", gt_shape_text(&shape).text, gt_dtype_name(GT_FLOAT32));
    return lab_settle(tape);
}

/* ---- a digit ---------------------------------------------------------------------------------------------------- */

static void print_digit(const gt_tensor *x)
{
    static const char shades[] = " .:-=+*#%@";
    for (int row = 0; row < SIDE; row++) {
        for (int column = 0; column < SIDE; column++) {
            const char shade = shades[(int)(gt_tensor_at(x, row * SIDE + column) * 9.999)];
            putchar(shade), putchar(shade); /* characters are about twice as high as wide */
        }
        putchar('\n');
    }
}

static gt_status show_digit(gt_tape *tape, const settings *s, const gt_digits *digits)
{
    lab_step("The first training image: a strip of 784 numbers, and the picture that it makes in rows of 28");
    enum { THICK = 24 }; /* pixels that the strip is high, to be seen */
    const int64_t first[] = {0, 0}, one[] = {1, PIXELS}, thick[] = {1, THICK, 1};
    gt_tensor *row = gt_slice(tape, digits->train_x, first, one);
    gt_tensor *image = gt_reshape(tape, row, GT_SHAPE(1, SIDE, SIDE));
    lab_shape("strip", row);
    lab_shape("image", image);
    char title[64];
    snprintf(title, sizeof title, "The first training image, a %d", (int)gt_tensor_at(digits->train_y, 0));
    if (!image)
        return lab_settle(tape);
    print_digit(image);
    gt_tensor *strip = gt_tile(tape, gt_reshape(tape, row, GT_SHAPE(1, 1, PIXELS)), thick);
    gt_status status =
        lab_draw(s->plot, "strip", lab_draw_images,
                 &(plot_grid){.title = "The first training image as 784 numbers in a row", .images = strip});
    if (status == GT_OK)
        status = lab_draw(s->plot, "digit", lab_draw_images, &(plot_grid){.title = title, .images = image});
    gt_status settled = lab_settle(tape);
    return status == GT_OK ? settled : status;
}

/* ---- the network ------------------------------------------------------------------------------------------------ */

/* Trains it, unless it was read before. */
static gt_status get_network(const settings *s, const gt_digits *digits, scratch_network *network)
{
    lab_step("A 784-50-100-10 network, sigmoid, softmax behind the last layer");
    if (s->weights) {
        printf("weights from %s\n", s->weights);
        return GT_OK;
    }
    printf("No --weights: one is trained, on %lld images, by Adam(0.001), %lld epochs with batches of 32.\n",
           (long long)gt_tensor_dim(digits->train_x, 0), (long long)s->epochs);
    fflush(stdout);
    return scratch_network_train(digits->train_x, digits->train_y, (int)s->epochs, (uint64_t)s->seed, network);
}

static int64_t count_equal(const gt_tensor *a, const gt_tensor *b)
{
    int64_t equal = 0;
    for (int64_t i = 0; i < gt_tensor_size(a); i++)
        equal += gt_tensor_at(a, i) == gt_tensor_at(b, i);
    return equal;
}

static gt_status show_predictions(const scratch_network *network, const gt_tensor *x, const gt_tensor *y)
{
    enum { BATCH = 100 };
    const int64_t rows = gt_tensor_dim(x, 0);
    lab_step("The %lld test images, one by one and in batches of %d", (long long)rows, BATCH);
    gt_tensor *singly = scratch_network_classify(network, x, 1);
    gt_tensor *batched = singly ? scratch_network_classify(network, x, BATCH) : NULL;
    if (batched) {
        const int64_t right = count_equal(singly, y), right_batched = count_equal(batched, y);
        printf("one by one:        %lld right, accuracy %.4f\n", (long long)right, (double)right / (double)rows);
        printf("batches of %d:    %lld right, accuracy %.4f\n", BATCH, (long long)right_batched,
               (double)right_batched / (double)rows);
        printf("predicted alike:   %lld\n", (long long)count_equal(singly, batched));
    }
    gt_tensor_free(singly);
    gt_tensor_free(batched);
    return batched ? GT_OK : gt_last_status();
}

/* ---- ten rows --------------------------------------------------------------------------------------------------- */

enum { ROWS_SHOWN = 10 };

static gt_status show_rows(gt_tape *tape, const gt_digits *digits, const int32_t chosen[ROWS_SHOWN],
                           const double *document)
{
    gt_tensor *rows = gt_tensor_from(GT_INT32, GT_SHAPE(ROWS_SHOWN), chosen);
    gt_tensor *images = gt_gather(tape, digits->train_x, rows);
    gt_tensor *labels = gt_gather(tape, digits->train_y, rows);
    gt_tensor *one_hot = gt_one_hot(tape, labels, CLASSES, GT_FLOAT32);
    lab_show("rows", rows);
    lab_shape("images", images);
    lab_show("labels", labels);
    lab_show("one-hot", one_hot);
    if (document)
        lab_compare_rows("labels", labels, document, ROWS_SHOWN, 0);
    gt_tensor_free(rows);
    return lab_settle(tape);
}

static gt_status show_ten_rows(gt_tape *tape, const settings *s, const gt_digits *digits)
{
    static const int32_t document_rows[ROWS_SHOWN] = {57147, 30041, 12057, 53543, 31076,
                                                      33940, 43334, 28835, 9675,  23190};
    static const double document_labels[ROWS_SHOWN] = {6, 3, 0, 6, 7, 0, 8, 0, 0, 8};
    int32_t chosen[ROWS_SHOWN];
    lab_step("Ten random training rows and their one-hot labels");
    gt_status status = lab_choose_rows(gt_tensor_dim(digits->train_x, 0), (uint64_t)s->seed, ROWS_SHOWN, chosen);
    if (status == GT_OK)
        status = show_rows(tape, digits, chosen, NULL);
    if (status != GT_OK)
        return status;
    if (!is_whole_mnist(digits)) {
        lab_note("the document drew rows of the whole MNIST, from an unseeded generator; --data compares their labels");
        return GT_OK;
    }
    printf("\nThe document's rows:\n");
    return show_rows(tape, digits, document_rows, document_labels);
}

/* ---- the lab ---------------------------------------------------------------------------------------------------- */

static gt_status run_steps(const settings *s, gt_tape *tape, const gt_digits *digits, scratch_network *network)
{
    show_shapes(s, digits);
    gt_status status = show_options(tape, digits);
    if (status == GT_OK)
        status = show_digit(tape, s, digits);
    if (status == GT_OK)
        status = get_network(s, digits, network);
    if (status == GT_OK && s->save)
        status = scratch_network_write(network, s->save);
    if (status == GT_OK)
        status = show_predictions(network, digits->test_x, digits->test_y);
    if (status == GT_OK)
        status = show_ten_rows(tape, s, digits);
    if (status == GT_OK)
        status = scratch_losses(network, digits->test_x, digits->test_y);
    if (status == GT_OK)
        status = scratch_gradients();
    return status == GT_OK ? scratch_arrows(s->plot) : status;
}

static gt_status check_outputs(const settings *s)
{
    static const char *const pictures[] = {"strip", "digit", "field", "three", "one", NULL};
    output_list o = {.count = 0};
    outputs_keep(&o, "the file of --weights", s->weights);
    outputs_file(&o, "--save-weights", s->save);
    outputs_pictures(&o, "--plot", s->plot, pictures);
    return outputs_check(&o);
}

int lab_from_scratch(int argc, char **argv)
{
    settings s = {.folder = digits_folder(), .epochs = 20, .seed = 1};
    int usage_status = parse(argc, argv, &s);
    if (usage_status >= 0)
        return usage_status;
    gt_digits digits = {.train_x = NULL};
    scratch_network network = {.weight = {NULL}};
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_status status = tape ? check_outputs(&s) : gt_last_status();
    if (status == GT_OK)
        status = threads_chosen(s.threads);
    if (status == GT_OK)
        status = gt_digits_read(s.folder, false, &digits);
    if (status == GT_OK && s.weights)
        status = scratch_network_read(s.weights, &network);
    if (status == GT_OK)
        status = run_steps(&s, tape, &digits, &network);
    scratch_network_free(&network);
    gt_digits_free(&digits);
    gt_tape_free(tape);
    return lab_finish("lab from-scratch", status);
}
