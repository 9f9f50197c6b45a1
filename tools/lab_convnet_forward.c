/* `gradtape lab convnet`: zero padding, one convolution step, convolution and pooling. "The original" is the notebook
 * that the documents were made from, whose numbers have the bias added once. */
#include <math.h>
#include <stdio.h>

#include "tools/lab.h"
#include "tools/lab_convnet.h"
#include "tools/lab_part.h"
#include "tools/plot.h"

static double mean_of(gt_tape *tape, gt_tensor *x)
{
    return gt_tensor_item(gt_mean(tape, x, NULL));
}

/* x[a, b] of (n, height, width, channels): (width, channels). */
static gt_tensor *row_at(gt_tape *tape, gt_tensor *x, int64_t a, int64_t b)
{
    const int64_t width = gt_tensor_dim(x, 2), channels = gt_tensor_dim(x, 3);
    const int64_t begin[] = {a, b, 0, 0}, size[] = {1, 1, width, channels};
    return gt_reshape(tape, gt_slice(tape, x, begin, size), GT_SHAPE(width, channels));
}

/* ---- zero padding ----------------------------------------------------------------------------------------------- */

enum { PAD = 2, SMALL = 3, PADDED = SMALL + 2 * PAD };

static double least(const gt_tensor *x)
{
    double value = 0; /* that of the padding */
    for (int64_t i = 0; i < gt_tensor_size(x); i++)
        value = fmin(value, gt_tensor_at(x, i));
    return value;
}

static double greatest(const gt_tensor *x)
{
    double value = 0;
    for (int64_t i = 0; i < gt_tensor_size(x); i++)
        value = fmax(value, gt_tensor_at(x, i));
    return value;
}

/* The first channel of the first image, with white around it, and of the padded one, both in the same greys. */
static gt_status draw_padding(const char *file, const void *context)
{
    static const char *const captions[] = {"x, 3 x 3", "x_pad, 7 x 7"};
    const gt_tensor *const *tensors = context;
    const double low = least(tensors[0]), range = greatest(tensors[0]) - low;
    gt_tensor *images = gt_tensor_new(GT_FLOAT32, GT_SHAPE(2, PADDED, PADDED));
    if (!images)
        return GT_ERR_MEMORY;
    float *values = gt_tensor_data_write(images);
    for (int row = 0; row < PADDED; row++)
        for (int column = 0; column < PADDED; column++) {
            const int y = row - PAD, x = column - PAD, at = row * PADDED + column;
            const bool inside = y >= 0 && y < SMALL && x >= 0 && x < SMALL;
            values[at] = inside ? (float)((gt_tensor_at(tensors[0], 2 * (SMALL * y + x)) - low) / range) : 1;
            values[PADDED * PADDED + at] = (float)((gt_tensor_at(tensors[1], 2 * at) - low) / range);
        }
    gt_status status = plot_images(
        file, &(plot_grid){.title = "Zero padding by 2", .images = images, .columns = 2, .caption = captions});
    gt_tensor_free(images);
    return status;
}

static gt_status show_padding(gt_tape *tape, const char *plot)
{
    static const double document[] = {0.90085595, -0.68372786, -0.12289023, -0.93576943, -0.26788808, 0.53035547};
    static const double zeros[2 * PADDED] = {0};
    lab_random random;
    lab_random_seed(&random, 1);
    gt_tensor *x = lab_random_normals(&random, GT_SHAPE(4, SMALL, SMALL, 2));
    lab_step("Zero padding: np.random.seed(1), x = randn(4, 3, 3, 2), two zeros around each image");
    gt_tensor *padded = gt_zero_pad(tape, x, PAD);
    const gt_shape before = gt_tensor_shape(x), after = gt_tensor_shape(padded);
    printf("x.shape = %s, x_pad.shape = %s\n", gt_shape_text(&before).text, gt_shape_text(&after).text);
    gt_tensor *row = row_at(tape, x, 1, 1), *padded_row = row_at(tape, padded, 1, 1);
    lab_compare_rows("x[1, 1]", row, LAB_NUMBERS(document), 5e-9);
    lab_compare_rows("x_pad[1, 1]", gt_reshape(tape, padded_row, GT_SHAPE(2 * PADDED)), LAB_NUMBERS(zeros), 0);
    gt_status status = padded ? lab_draw(plot, "padding", draw_padding, (const gt_tensor *const[]){x, padded}) : GT_OK;
    gt_status settled = lab_settle(tape);
    gt_tensor_free(x);
    return status == GT_OK ? settled : status;
}

/* ---- convolution ------------------------------------------------------------------------------------------------ */

static gt_status show_single_step(gt_tape *tape)
{
    enum { SIZE = 4, CHANNELS = 3, PRODUCTS = SIZE * SIZE * CHANNELS };
    lab_random random;
    lab_random_seed(&random, 1);
    gt_tensor *slice = lab_random_normals(&random, GT_SHAPE(1, SIZE, SIZE, CHANNELS));
    gt_tensor *filter = lab_random_normals(&random, GT_SHAPE(SIZE, SIZE, CHANNELS, 1));
    gt_tensor *bias = lab_random_normals(&random, GT_SHAPE(1));
    lab_step("One step of a convolution: a 4x4x3 slice, one filter, one bias");
    const double z = gt_tensor_item(gt_conv2d_bias(tape, slice, filter, bias, NULL)), b = gt_tensor_item(bias);
    printf("Z = sum(slice * W) + b = %.12g\n", z);
    lab_compare("Z (the original)", z, -6.99908945068, 5e-12);
    lab_compare("Z + 47 b", z + (PRODUCTS - 1) * b, -23.16021220252078, 1e-12);
    lab_note("the document adds b to each of the f*f*C = %d products and so to Z %d times: sum(slice * W + b). Once is "
             "right.",
             PRODUCTS, PRODUCTS);
    gt_status status = lab_settle(tape);
    gt_tensor_free(slice);
    gt_tensor_free(filter);
    gt_tensor_free(bias);
    return status;
}

/* The document's arrays, in the order it draws them: A_prev (10, 4, 4, 3), W (2, 2, 3, 8), b (8). */
typedef struct convolution {
    gt_tensor *x, *filter, *bias;
} convolution;

static void show_biased(gt_tape *tape, const convolution *c)
{
    enum { PRODUCTS = 2 * 2 * 3 };
    static const gt_conv2d_options options = {
        .padding = GT_PADDING_EXPLICIT, .top = 2, .bottom = 2, .left = 2, .right = 2};
    static const double slice[] = {-0.20075807, 0.18656139, 0.41005165};
    gt_tensor *z = gt_conv2d_bias(tape, c->x, c->filter, c->bias, &options);
    const gt_shape shape = gt_tensor_shape(z);
    const double mean = mean_of(tape, z);
    printf("Z.shape = %s, its mean %.10g\n", gt_shape_text(&shape).text, mean);
    lab_compare("mean of Z + 11 b", mean_of(tape, gt_add(tape, z, gt_scale(tape, c->bias, PRODUCTS - 1))),
                0.15585932488906465, 1e-15);
    lab_note("again b is added f*f*C = %d times in the document. Added once, the mean is %.10g.", PRODUCTS, mean);
    const int64_t begin[] = {1, 2, 3, 0}, size[] = {1, 1, 1, 3};
    lab_compare_rows("A_prev[1, 2, 3]", gt_slice(tape, c->x, begin, size), LAB_NUMBERS(slice), 5e-9);
}

static void show_strided(gt_tape *tape, const convolution *c)
{
    static const gt_conv2d_options options = {
        .stride = {2, 2}, .padding = GT_PADDING_EXPLICIT, .top = 2, .bottom = 2, .left = 2, .right = 2};
    gt_tensor *z = gt_conv2d_bias(tape, c->x, c->filter, c->bias, &options);
    lab_compare("mean of Z, stride 2 (original)", mean_of(tape, z), 0.0489952035289, 5e-14);
}

static gt_status show_convolution(gt_tape *tape)
{
    lab_random random;
    lab_random_seed(&random, 1);
    const convolution c = {.x = lab_random_normals(&random, GT_SHAPE(10, 4, 4, 3)),
                           .filter = lab_random_normals(&random, GT_SHAPE(2, 2, 3, 8)),
                           .bias = lab_random_normals(&random, GT_SHAPE(8))};
    lab_step("Convolution: A_prev (10, 4, 4, 3), W (2, 2, 3, 8), stride 1, padding 2");
    show_biased(tape, &c);
    show_strided(tape, &c);
    gt_status status = lab_settle(tape);
    gt_tensor_free(c.x);
    gt_tensor_free(c.filter);
    gt_tensor_free(c.bias);
    return status;
}

/* ---- pooling ---------------------------------------------------------------------------------------------------- */

static gt_status show_pooling(gt_tape *tape)
{
    static const gt_pool2d_options options = {.window = {4, 4}, .stride = {1, 1}};
    static const double largest[] = {1.74481176, 1.6924546, 2.10025514, 1.19891788, 1.51981682, 2.18557541};
    static const double average[] = {-0.09498456, 0.11180064, -0.14263511, -0.09525108, 0.28325018, 0.33035185};
    lab_random random;
    lab_random_seed(&random, 1);
    gt_tensor *x = lab_random_normals(&random, GT_SHAPE(2, 4, 4, 3));
    lab_step("Pooling: A_prev (2, 4, 4, 3), windows of 4x4");
    gt_tensor *max = gt_max_pool2d(tape, x, &options), *mean = gt_avg_pool2d(tape, x, &options);
    lab_compare_rows("max pooling", gt_reshape(tape, max, GT_SHAPE(2, 3)), LAB_NUMBERS(largest), 5e-9);
    lab_compare_rows("average pooling", gt_reshape(tape, mean, GT_SHAPE(2, 3)), LAB_NUMBERS(average), 5e-9);
    gt_status status = lab_settle(tape);
    gt_tensor_free(x);
    return status;
}

gt_status convnet_forward(const char *plot)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    if (!tape)
        return GT_ERR_MEMORY;
    gt_status status = show_padding(tape, plot);
    if (status == GT_OK)
        status = show_single_step(tape);
    if (status == GT_OK)
        status = show_convolution(tape);
    if (status == GT_OK)
        status = show_pooling(tape);
    gt_tape_free(tape);
    return status;
}
