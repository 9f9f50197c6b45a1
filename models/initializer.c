/* Initial weights: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks",
 * AISTATS 2010; He, Zhang, Ren, Sun, "Delving deep into rectifiers", ICCV 2015. */
#include <math.h>

#include "models/layer_internal.h"

/* The deviation of a standard normal that is cut off at two. */
#define TRUNCATED_DEVIATION .87962566103423978

const char *gt_initializer_choice(int value)
{
    static const char *const names[] = {"default",   "zero",           "one",        "random_normal", "glorot_normal",
                                        "he_normal", "glorot_uniform", "he_uniform", "small_uniform"};
    return value >= 0 && value < (int)(sizeof names / sizeof names[0]) ? names[value] : NULL;
}

gt_status gt_initializer_check(const char *who, gt_initializer initializer)
{
    if ((int)initializer >= GT_INIT_DEFAULT && (int)initializer <= GT_INIT_SMALL_UNIFORM)
        return GT_OK;
    return gt_fail(GT_ERR_ARGUMENT, "%s: there is no initializer %d", who, (int)initializer);
}

static void fill(gt_dtype dtype, void *values, int64_t count, double value)
{
    for (int64_t i = 0; i < count; i++)
        if (dtype == GT_FLOAT32)
            ((float *)values)[i] = (float)value;
        else
            ((double *)values)[i] = value;
}

static gt_status check(const gt_tensor *tensor, gt_initializer initializer, int64_t fan_in, int64_t fan_out,
                       const gt_random *random)
{
    gt_status status = gt_initializer_check("gt_initialize", initializer);
    if (status != GT_OK)
        return status;
    if (!tensor || !random)
        return gt_fail(GT_ERR_ARGUMENT, "gt_initialize: the %s is NULL", tensor ? "stream" : "tensor");
    if (fan_in < 0 || fan_out < 0)
        return gt_fail(GT_ERR_ARGUMENT, "gt_initialize: fan_in is %lld and fan_out %lld", (long long)fan_in,
                       (long long)fan_out);
    if (!gt_dtype_is_real(gt_tensor_dtype(tensor)))
        return gt_fail(GT_ERR_DTYPE, "gt_initialize: the tensor is %s, float32 or float64 is expected",
                       gt_dtype_name(gt_tensor_dtype(tensor)));
    return GT_OK;
}

gt_status gt_initialize(gt_tensor *tensor, gt_initializer initializer, int64_t fan_in, int64_t fan_out,
                        gt_random *random)
{
    gt_status status = check(tensor, initializer, fan_in, fan_out, random);
    if (status != GT_OK)
        return status;
    if (initializer == GT_INIT_DEFAULT)
        initializer = gt_tensor_rank(tensor) > 1 ? GT_INIT_GLOROT_UNIFORM : GT_INIT_ZERO;
    void *values = gt_tensor_data_write(tensor);
    if (!values)
        return GT_ERR_DEVICE;
    const gt_dtype dtype = gt_tensor_dtype(tensor);
    const int64_t count = gt_tensor_size(tensor);
    const double in = fmax(1, (double)fan_in), both = fmax(1, (double)fan_in + (double)fan_out);
    double deviation, limit;
    switch (initializer) {
    case GT_INIT_NORMAL:
        return gt_random_normal(random, dtype, count, 0, 1, values);
    case GT_INIT_XAVIER:
    case GT_INIT_KAIMING:
        deviation = sqrt(2 / (initializer == GT_INIT_XAVIER ? both : in)) / TRUNCATED_DEVIATION;
        return gt_random_truncated(random, dtype, count, 0, deviation, values);
    case GT_INIT_GLOROT_UNIFORM:
    case GT_INIT_HE_UNIFORM:
        limit = sqrt(6 / (initializer == GT_INIT_GLOROT_UNIFORM ? both : in));
        return gt_random_uniform(random, dtype, count, -limit, limit, values);
    case GT_INIT_SMALL_UNIFORM:
        return gt_random_uniform(random, dtype, count, -0.05, 0.05, values);
    case GT_INIT_DEFAULT:
    case GT_INIT_ZERO:
    case GT_INIT_ONE:
        break;
    }
    fill(dtype, values, count, initializer == GT_INIT_ONE);
    return GT_OK;
}
