/* Samples: the inputs that ops are tried on, and the gradient check of one. */
#include <stdio.h>

#include "core/gradcheck.h"

/* Uniform in [0, 1): the same for every dtype that follows. */
static double draw(gt_random *random)
{
    uint32_t words[4];
    gt_philox(random->key, gt_random_take(random, 1), words);
    return (double)(((uint64_t)words[0] << 21) ^ (words[1] >> 11)) / 9007199254740992.0;
}

gt_shape gt_sample_shape(const gt_sample_input *input)
{
    gt_shape shape = {.rank = input->rank};
    for (int i = 0; i < input->rank && i < GT_SAMPLE_RANK; i++)
        shape.dim[i] = input->dim[i];
    return shape;
}

static double draw_value(const gt_sample_input *input, gt_random *random, int64_t i)
{
    double normal;
    switch ((gt_sample_kind)input->kind) {
    case GT_SAMPLE_NORMAL:
        gt_random_normal(random, GT_FLOAT64, 1, 0, 1, &normal);
        return normal;
    case GT_SAMPLE_UNIFORM:
        return input->low + (input->high - input->low) * draw(random);
    case GT_SAMPLE_VALUE:
        return input->low;
    case GT_SAMPLE_INDEX:
        return (double)(int64_t)(input->low + (double)(int64_t)((input->high - input->low) * draw(random)));
    case GT_SAMPLE_TRUTH:
        return draw(random) < 0.5;
    case GT_SAMPLE_BYTE:
        return (double)(int)(256 * draw(random));
    case GT_SAMPLE_ONE_HOT: {
        /* The classes go round, which needs no memory of the row's draw. */
        int64_t classes = input->rank ? input->dim[input->rank - 1] : 1;
        return i % classes == (i / classes * 7 + 3) % classes;
    }
    case GT_SAMPLE_END:
        break;
    }
    return 0;
}

static gt_dtype dtype_of(const gt_sample_input *input, gt_dtype real)
{
    if (input->kind == GT_SAMPLE_INDEX)
        return GT_INT32;
    return input->kind == GT_SAMPLE_TRUTH || input->kind == GT_SAMPLE_BYTE ? GT_UINT8 : real;
}

static gt_tensor *make_input(const gt_sample_input *input, gt_dtype real, gt_random random)
{
    gt_dtype dtype = dtype_of(input, real);
    gt_tensor *tensor = gt_tensor_new(dtype, gt_sample_shape(input));
    void *values = tensor ? gt_tensor_data_write(tensor) : NULL;
    for (int64_t i = 0; values && i < gt_tensor_size(tensor); i++) {
        double value = draw_value(input, &random, i);
        switch (dtype) {
        case GT_FLOAT32:
            ((float *)values)[i] = (float)value;
            break;
        case GT_FLOAT64: /* rounded, so that both dtypes see the same numbers */
            ((double *)values)[i] = (double)(float)value;
            break;
        case GT_INT32:
            ((int32_t *)values)[i] = (int32_t)value;
            break;
        case GT_UINT8:
            ((uint8_t *)values)[i] = (uint8_t)value;
            break;
        }
    }
    return tensor;
}

int gt_sample_inputs(const gt_sample *sample, gt_dtype dtype, uint64_t seed, gt_tensor *inputs[GT_SAMPLE_INPUTS])
{
    int count = 0;
    for (int i = 0; i < GT_SAMPLE_INPUTS; i++)
        inputs[i] = NULL;
    for (; count < GT_SAMPLE_INPUTS && sample->inputs[count].kind != GT_SAMPLE_END; count++) {
        inputs[count] = make_input(&sample->inputs[count], dtype, gt_random_new(seed, (uint64_t)count + 1));
        if (!inputs[count]) {
            while (count-- > 0)
                gt_tensor_free(inputs[count]);
            return -1;
        }
    }
    return count;
}

/* ---- the gradient check of a sample ------------------------------------------------------------------------------ */

typedef struct op_function {
    const gt_op *op;
    const gt_sample *sample;
    int count;
} op_function;

static gt_status run_op(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    const op_function *f = context;
    return gt_apply_all(tape, f->op, inputs, f->count, f->sample->attributes, outputs);
}

/* Inputs that the op's gradient does not reach: integers, and those it names itself. */
static bool can_be_checked(const gt_op *op, const gt_sample *sample, int count, gt_tensor *const inputs[])
{
    bool any = false;
    for (int i = 0; i < count; i++) {
        if (gt_tensor_size(inputs[i]) == 0)
            return false;
        any = any || (gt_dtype_is_real(gt_tensor_dtype(inputs[i])) && !(op->no_gradient & GT_INPUT(i)));
    }
    return any && op->vjp && !sample->forward_only;
}

gt_status gt_gradcheck_sample(const gt_op *op, const gt_sample *sample, int order, gt_gradcheck_report *report)
{
    return gt_gradcheck_sample_on(GT_CPU, op, sample, order, report);
}

gt_status gt_gradcheck_sample_on(gt_device device, const gt_op *op, const gt_sample *sample, int order,
                                 gt_gradcheck_report *report)
{
    gt_gradcheck_report unused;
    report = report ? report : &unused;
    *report = (gt_gradcheck_report){0};
    if (!op || !sample)
        return gt_fail(GT_ERR_ARGUMENT, "gt_gradcheck_sample: the %s is NULL", op ? "sample" : "op");
    gt_tensor *inputs[GT_SAMPLE_INPUTS];
    op_function function = {op, sample, gt_sample_inputs(sample, GT_FLOAT64, 1, inputs)};
    if (function.count < 0)
        return GT_ERR_MEMORY;
    char name[128];
    snprintf(name, sizeof name, "%s, sample '%s'", op->name, sample->name);
    gt_status status;
    if (can_be_checked(op, sample, function.count, inputs)) {
        const gt_gradcheck_options options = {
            .order = order, .seed = 7, .constant = op->no_gradient, .zero = sample->zero_gradient, .device = device};
        const gt_function checked = {name, op->outputs, run_op, &function};
        status = gt_gradcheck(&checked, function.count, inputs, &options, report);
    } else {
        status = gt_fail(GT_ERR_UNSUPPORTED, "%s: no gradient to check", name);
    }
    for (int i = 0; i < function.count; i++)
        gt_tensor_free(inputs[i]);
    return status;
}
