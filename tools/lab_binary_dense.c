/* A dense layer, y = sigmoid(x W + b), written three times; and how shapes broadcast. */
#include <math.h>
#include <stdio.h>

#include "tools/lab_binary.h"
#include "tools/lab_part.h"

/* ---- by loops --------------------------------------------------------------------------------------------------- */

/* my_dense of the document: one unit after the other. W is (count, units), row by row. */
static void dense_by_loops(int64_t count, int64_t units, const double *x, const gt_tensor *weight,
                           const gt_tensor *bias, double *y)
{
    for (int64_t j = 0; j < units; j++) {
        double z = gt_tensor_at(bias, j);
        for (int64_t i = 0; i < count; i++)
            z += x[i] * gt_tensor_at(weight, i * units + j);
        y[j] = 1 / (1 + exp(-z));
    }
}

/* my_sequential. */
double binary_by_loops(const gt_model *model, const float *x)
{
    enum { MOST = 400 };
    double now[MOST], next[MOST];
    for (int i = 0; i < MOST; i++)
        now[i] = x[i];
    for (int layer = 0; layer < DIGIT_LAYERS; layer++) {
        const gt_tensor *weight = gt_model_weight(model, 2 * layer), *bias = gt_model_weight(model, 2 * layer + 1);
        const int64_t units = gt_tensor_dim(weight, 1);
        dense_by_loops(gt_tensor_dim(weight, 0), units, now, weight, bias, next);
        for (int64_t j = 0; j < units; j++)
            now[j] = next[j];
    }
    return now[0];
}

/* ---- by products ------------------------------------------------------------------------------------------------ */

/* my_dense_v: all units and all samples at once; the bias broadcasts over the samples. */
static gt_tensor *dense_by_products(gt_tape *tape, gt_tensor *x, gt_tensor *weight, gt_tensor *bias)
{
    return gt_sigmoid(tape, gt_add(tape, gt_matmul(tape, x, weight, NULL), bias));
}

/* my_sequential_v. */
gt_tensor *binary_by_products(gt_tape *tape, const gt_model *model, gt_tensor *x)
{
    for (int layer = 0; layer < DIGIT_LAYERS; layer++)
        x = dense_by_products(tape, x, gt_model_weight(model, 2 * layer), gt_model_weight(model, 2 * layer + 1));
    return x;
}

/* ---- the document's numbers ------------------------------------------------------------------------------------- */

enum { INPUTS = 2, UNITS = 3, SAMPLES = 4 };
static const double printed[SAMPLES * UNITS] = {0.54735762, 0.57932425, 0.61063923, 0.57199613, 0.61301418, 0.65248946,
                                                0.5962827,  0.64565631, 0.6921095,  0.62010643, 0.67699586, 0.72908792};
static const double half_of_8_decimals = 5e-9;

/* 0.1, 0.2, ... as np.arange makes them. */
static gt_tensor *tenths(gt_shape shape)
{
    gt_tensor *tensor = gt_tensor_new(GT_FLOAT64, shape);
    double *values = tensor ? gt_tensor_data_write(tensor) : NULL;
    for (int64_t i = 0; i < gt_tensor_size(tensor); i++)
        values[i] = 0.1 * (double)(i + 1);
    return tensor;
}

/* The layer with given weights. */
static gt_tensor *dense_by_layer(gt_tape *tape, gt_layer *layer, gt_tensor *x, gt_tensor *weight, gt_tensor *bias)
{
    gt_random random = gt_random_new(1, 0);
    gt_status status = gt_layer_build(layer, GT_SHAPE(INPUTS), GT_FLOAT64, &random);
    if (status == GT_OK)
        status = gt_tensor_assign(gt_layer_weight_named(layer, "kernel"), weight);
    if (status == GT_OK)
        status = gt_tensor_assign(gt_layer_weight_named(layer, "bias"), bias);
    return status == GT_OK ? gt_layer_call(layer, tape, x, false) : NULL;
}

static gt_status compare_dense(gt_tape *tape, gt_layer *layer, gt_tensor *x, gt_tensor *weight, gt_tensor *bias)
{
    double by_loops[UNITS];
    lab_step("A dense layer by loops, one sample: x = [0.1 0.2]");
    lab_show("W", weight);
    lab_show("b", bias);
    dense_by_loops(INPUTS, UNITS, gt_tensor_data(x), weight, bias, by_loops);
    gt_tensor *one = gt_tensor_borrow(GT_FLOAT64, GT_SHAPE(UNITS), by_loops);
    lab_compare_rows("A by loops", one, printed, UNITS, half_of_8_decimals);
    gt_tensor_free(one);

    lab_step("The layer for four samples: by matrix products, and by the engine");
    lab_show("X", x);
    lab_compare_rows("A by products", dense_by_products(tape, x, weight, bias), LAB_NUMBERS(printed),
                     half_of_8_decimals);
    gt_tensor *by_layer = dense_by_layer(tape, layer, x, weight, bias);
    if (!by_layer)
        return gt_last_status();
    lab_compare_rows("A by gt_layer_dense", by_layer, LAB_NUMBERS(printed), half_of_8_decimals);
    return lab_settle(tape);
}

gt_status binary_dense(gt_tape *tape)
{
    gt_tensor *x = tenths(GT_SHAPE(SAMPLES, INPUTS)), *weight = tenths(GT_SHAPE(INPUTS, UNITS));
    gt_tensor *bias = tenths(GT_SHAPE(UNITS));
    gt_layer *layer = gt_layer_dense(UNITS, &(gt_dense_options){.activation = GT_SIGMOID});
    gt_status status = x && weight && bias && layer ? compare_dense(tape, layer, x, weight, bias) : gt_last_status();
    gt_layer_free(layer);
    gt_tensor_free(x);
    gt_tensor_free(weight);
    gt_tensor_free(bias);
    return status;
}

/* ---- broadcasting ----------------------------------------------------------------------------------------------- */

gt_status binary_broadcasting(gt_tape *tape)
{
    const double counted[SAMPLES] = {1, 2, 3, 4}, five = 5;
    lab_step("Broadcasting: axes of length 1 stretch");
    gt_tensor *column3 = gt_tensor_from(GT_FLOAT64, GT_SHAPE(3, 1), counted);
    gt_tensor *column4 = gt_tensor_from(GT_FLOAT64, GT_SHAPE(4, 1), counted);
    gt_tensor *row = gt_tensor_from(GT_FLOAT64, GT_SHAPE(1, 3), counted);
    gt_tensor *b = gt_tensor_from(GT_FLOAT64, GT_SCALAR, &five);
    lab_compare_rows("(3, 1) [1 2 3] + 5", gt_add(tape, column3, b), (const double[]){6, 7, 8}, 3, 0);
    lab_compare_rows("(3, 1) [1 2 3] * 5", gt_mul(tape, column3, b), (const double[]){5, 10, 15}, 3, 0);
    lab_compare_rows("(4, 1) [1 2 3 4] + (1, 3) [1 2 3]", gt_add(tape, column4, row),
                     (const double[]){2, 3, 4, 3, 4, 5, 4, 5, 6, 5, 6, 7}, 12, 0);
    gt_status status = lab_settle(tape);
    gt_tensor *const tensors[] = {column3, column4, row, b};
    for (int i = 0; i < 4; i++)
        gt_tensor_free(tensors[i]);
    return status;
}
