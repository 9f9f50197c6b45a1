/* Calls that no caller should make: every op on inputs and attributes of a fixed random stream, from samples with one
 * thing changed to nonsense throughout. An op computes what its shape rule announced, or says by name what is wrong;
 * under sanitizers, it does so without a finding. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "core/memory.h"
#include "core/op.h"
#include "ops/ops.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

enum { CALLS = 160, MOST_INPUTS = 9, ATTRIBUTE_BYTES = 1024, MOST_DIM = 4 };

/* One call: what is passed, and what of it is to be freed. */
typedef struct bad_call {
    const gt_op *op;
    uint64_t random;
    int count; /* what is said to be passed; may be wrong */
    int made;
    gt_tensor *input[GT_MAX_INPUTS];
    bool has_attributes;
    _Alignas(8) char attributes[ATTRIBUTE_BYTES];
} bad_call;

/* xorshift64*: 0 <= result < bound. */
static int draw(bad_call *call, int bound)
{
    call->random ^= call->random >> 12;
    call->random ^= call->random << 25;
    call->random ^= call->random >> 27;
    return (int)((call->random * UINT64_C(2685821657736338717) >> 33) % (uint64_t)bound);
}

static bool one_in(bad_call *call, int chances)
{
    return draw(call, chances) == 0;
}

/* ---- attributes ------------------------------------------------------------------------------------------------ */

static int64_t draw_integer(bad_call *call)
{
    static const int64_t extremes[] = {
        INT64_MAX,        INT64_MIN,        INT64_MAX / 2, INT32_MAX, (int64_t)INT32_MAX + 1,
        INT64_C(1) << 32, INT64_C(1) << 60, INT32_MIN,     64};
    return one_in(call, 6) ? extremes[draw(call, sizeof extremes / sizeof extremes[0])] : draw(call, 9) - 3;
}

static double draw_real(bad_call *call)
{
    static const double extremes[] = {NAN, INFINITY, -INFINITY, -1, 1, 0, -0.0, 1e308, 1e-308, 1e300};
    return one_in(call, 2) ? extremes[draw(call, sizeof extremes / sizeof extremes[0])] : draw(call, 1000) / 999.0;
}

static gt_shape draw_dimensions(bad_call *call)
{
    gt_shape shape = {.rank = draw(call, 6)};
    for (int64_t i = 0; i < shape.rank; i++)
        shape.dim[i] = one_in(call, 8) ? 0 : 1 + draw(call, MOST_DIM);
    return shape;
}

static gt_shape draw_bad_shape(bad_call *call)
{
    gt_shape shape = draw_dimensions(call);
    if (one_in(call, 4))
        shape.rank = draw_integer(call);
    if (one_in(call, 3))
        shape.dim[draw(call, GT_MAX_RANK)] = draw_integer(call);
    return shape;
}

static void draw_field(bad_call *call, const gt_field *field, int i)
{
    char *at = call->attributes + field->offset;
    const int64_t integer = draw_integer(call);
    const double real = draw_real(call);
    const gt_shape shape = draw_bad_shape(call);
    if (field->type == GT_FIELD_INT)
        memcpy(at + (size_t)i * sizeof integer, &integer, sizeof integer);
    else if (field->type == GT_FIELD_REAL)
        memcpy(at + (size_t)i * sizeof real, &real, sizeof real);
    else
        memcpy(at + (size_t)i * sizeof shape, &shape, sizeof shape);
}

/* Each member anew with a probability of 1 / `chances`. */
static void draw_attributes(bad_call *call, int chances)
{
    for (const gt_field *field = call->op->fields; field && field->name; field++)
        for (int i = 0; i < field->count; i++)
            if (one_in(call, chances))
                draw_field(call, field, i);
}

/* ---- inputs ---------------------------------------------------------------------------------------------------- */

static double draw_value(bad_call *call, gt_dtype dtype)
{
    static const double special[] = {NAN, INFINITY, -INFINITY, 0};
    if (!gt_dtype_is_real(dtype))
        return one_in(call, 20) ? INT32_MIN : draw(call, 4) - one_in(call, 20);
    return one_in(call, 10) ? special[draw(call, 4)] : draw(call, 4001) / 1000.0 - 2;
}

static gt_tensor *draw_tensor(bad_call *call, gt_dtype dtype, gt_shape shape)
{
    gt_tensor *tensor = gt_tensor_new(dtype, shape);
    ck_assert_msg(tensor != NULL, "%s", gt_last_error());
    void *data = gt_tensor_data_write(tensor);
    for (int64_t i = 0; i < gt_tensor_size(tensor); i++) {
        const double value = draw_value(call, dtype);
        if (dtype == GT_FLOAT32)
            ((float *)data)[i] = (float)value;
        else if (dtype == GT_FLOAT64)
            ((double *)data)[i] = value;
        else if (dtype == GT_INT32)
            ((int32_t *)data)[i] = (int32_t)value;
        else
            ((uint8_t *)data)[i] = (uint8_t)(int32_t)value;
    }
    return tensor;
}

static gt_dtype draw_dtype(bad_call *call)
{
    return (gt_dtype)draw(call, 4);
}

/* Like a sample's; one_in(`chances`) something else. */
static void sample_inputs(bad_call *call, const gt_sample *sample, int chances)
{
    const gt_dtype real = one_in(call, 2) ? GT_FLOAT32 : GT_FLOAT64;
    for (int i = 0; i < GT_SAMPLE_INPUTS && sample->inputs[i].kind != GT_SAMPLE_END; i++) {
        const gt_sample_kind kind = (gt_sample_kind)sample->inputs[i].kind;
        gt_dtype dtype = kind == GT_SAMPLE_INDEX                             ? GT_INT32
                         : kind == GT_SAMPLE_TRUTH || kind == GT_SAMPLE_BYTE ? GT_UINT8
                                                                             : real;
        gt_shape shape = gt_sample_shape(&sample->inputs[i]);
        if (one_in(call, chances))
            dtype = draw_dtype(call);
        if (one_in(call, chances))
            shape = draw_dimensions(call);
        if (shape.rank > 0 && one_in(call, chances))
            shape.dim[draw(call, (int)shape.rank)] = draw(call, MOST_DIM + 1);
        call->input[call->made++] = draw_tensor(call, dtype, shape);
    }
    call->count = call->made;
}

/* Of shapes and dtypes that are the same for all often enough to pass. */
static void random_inputs(bad_call *call)
{
    const gt_shape common = draw_dimensions(call);
    const gt_dtype dtype = draw_dtype(call);
    call->count = call->op->inputs == GT_VARIADIC ? 1 + draw(call, MOST_INPUTS) : call->op->inputs;
    while (call->made < call->count) {
        const gt_shape shape = one_in(call, 3) ? draw_dimensions(call) : common;
        call->input[call->made++] = draw_tensor(call, one_in(call, 3) ? draw_dtype(call) : dtype, shape);
    }
}

static bad_call draw_call(const gt_op *op, uint64_t seed)
{
    bad_call call = {.op = op, .random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1, .has_attributes = true};
    int samples = 0;
    while (op->samples[samples].name)
        samples++;
    const gt_sample *sample = &op->samples[draw(&call, samples)];
    ck_assert_uint_le(op->attribute_size, ATTRIBUTE_BYTES);
    if (op->attribute_size)
        memcpy(call.attributes, sample->attributes, op->attribute_size);
    const int fields = 8;
    switch (draw(&call, 4)) {
    case 0: /* a sample, with attributes a little off */
        sample_inputs(&call, sample, INT_MAX);
        draw_attributes(&call, fields);
        break;
    case 1: /* a sample, with inputs a little off */
        sample_inputs(&call, sample, 6);
        break;
    case 2: /* a sample's inputs a little off, attributes of any kind */
        sample_inputs(&call, sample, fields);
        draw_attributes(&call, 1);
        break;
    default:
        random_inputs(&call);
        draw_attributes(&call, 2);
        break;
    }
    if (one_in(&call, 20))
        call.count = draw(&call, MOST_INPUTS + 1) - 1;
    if (one_in(&call, 20))
        call.has_attributes = false;
    return call;
}

/* ---- calls ----------------------------------------------------------------------------------------------------- */

static void expect_reason(const bad_call *call, int number, gt_status status)
{
    const char *message = gt_last_error();
    ck_assert_msg(status != GT_OK && message[0] != '\0', "%s, call %d: no reason", call->op->name, number);
    ck_assert_msg(status == GT_ERR_MEMORY || strstr(message, call->op->name) != NULL,
                  "%s, call %d, does not name it: %s", call->op->name, number, message);
}

/* The outputs are what the shape rule says. */
static void expect_announced(const bad_call *call, int number, gt_tensor *const outputs[])
{
    gt_spec input[GT_MAX_INPUTS], output[GT_MAX_OUTPUTS];
    const gt_spec *pointer[GT_MAX_INPUTS];
    for (int i = 0; i < call->count; i++) {
        input[i] = (gt_spec){gt_tensor_dtype(call->input[i]), gt_tensor_shape(call->input[i])};
        pointer[i] = &input[i];
    }
    const gt_infer infer = {call->op, call->has_attributes ? call->attributes : NULL, call->count, pointer, output};
    ck_assert_msg(call->op->infer(&infer) == GT_OK, "%s, call %d: %s", call->op->name, number, gt_last_error());
    for (int i = 0; i < call->op->outputs; i++) {
        const gt_shape shape = gt_tensor_shape(outputs[i]);
        ck_assert_msg(gt_shape_check("shape", output[i].dtype, &shape) == GT_OK, "%s, call %d: %s", call->op->name,
                      number, gt_last_error());
        ck_assert_msg(gt_tensor_dtype(outputs[i]) == output[i].dtype && gt_shape_equal(&shape, &output[i].shape),
                      "%s, call %d: output %d is %s", call->op->name, number, i, gt_shape_text(&shape).text);
        for (int64_t k = 0; k < gt_tensor_size(outputs[i]); k++)
            (void)gt_tensor_at(outputs[i], k); /* every element is there to be read, or a sanitizer says so */
    }
}

/* Towards every input that can have one: a gradient of its shape, NULL, or a reason. */
static void try_gradients(const bad_call *call, int number, gt_tape *tape, gt_tensor *const outputs[])
{
    gt_tensor *target = NULL;
    for (int i = 0; i < call->op->outputs; i++)
        if (!target && gt_dtype_is_real(gt_tensor_dtype(outputs[i])))
            target = outputs[i];
    for (int i = 0; target && i < call->count; i++) {
        gt_tensor *source = call->input[i], *gradient = NULL;
        if (!gt_dtype_is_real(gt_tensor_dtype(source)))
            continue;
        gt_status status = gt_tape_gradient(tape, target, 1, &source, &gradient);
        if (status != GT_OK) {
            ck_assert_ptr_null(gradient);
            ck_assert_msg(gt_tape_message(tape)[0] != '\0', "%s, call %d: no reason", call->op->name, number);
            return; /* the tape's error sticks */
        }
        const gt_shape wanted = gt_tensor_shape(source), shape = gt_tensor_shape(gradient);
        ck_assert_msg(!gradient || gt_shape_equal(&wanted, &shape), "%s, call %d: gradient %d is %s", call->op->name,
                      number, i, gt_shape_text(&shape).text);
    }
}

static gt_status run_on_tape(bad_call *call, int number, gt_tape *tape)
{
    gt_tensor *outputs[GT_MAX_OUTPUTS] = {NULL};
    for (int i = 0; i < call->made; i++)
        if (call->input[i] && gt_dtype_is_real(gt_tensor_dtype(call->input[i])))
            ck_assert_int_eq(gt_tape_watch(tape, call->input[i]), GT_OK);
    gt_tape_begin(tape);
    const void *attributes = call->has_attributes ? call->attributes : NULL;
    gt_status status = gt_apply_all(tape, call->op, call->input, call->count, attributes, outputs);
    if (status != GT_OK) {
        for (int i = 0; i < call->op->outputs; i++)
            ck_assert_ptr_null(outputs[i]);
        ck_assert_int_eq(gt_tape_status(tape), status);
        expect_reason(call, number, status);
        return status;
    }
    expect_announced(call, number, outputs);
    try_gradients(call, number, tape, outputs);
    return status;
}

static gt_status run_call(bad_call *call, int number, gt_tape *tape)
{
    gt_tensor *missing = NULL;
    int gap = -1;
    if (call->made > 0 && one_in(call, 20)) {
        gap = draw(call, call->made);
        missing = call->input[gap];
        call->input[gap] = NULL;
    }
    gt_status status;
    if (call->op->writes ? !one_in(call, 10) : one_in(call, 20)) {
        status = gt_run(call->op, call->input, call->count, call->has_attributes ? call->attributes : NULL);
        if (status != GT_OK)
            expect_reason(call, number, status);
    } else {
        status = run_on_tape(call, number, tape);
    }
    if (missing)
        call->input[gap] = missing;
    return status;
}

START_TEST(nonsense_is_computed_or_refused)
{
    const gt_op *op = gt_op_at(_i);
    gt_tape *tape = gt_tape_new_with(&(const gt_tape_options){.persistent = true});
    gt_memory_limit(32 << 20);
    int passed = 0, refused = 0;
    for (int number = 0; number < CALLS; number++) {
        bad_call call = draw_call(op, (uint64_t)_i * 100003 + (uint64_t)number + 1);
        *(run_call(&call, number, tape) == GT_OK ? &passed : &refused) += 1;
        gt_tape_reset(tape);
        for (int i = 0; i < call.made; i++)
            gt_tensor_free(call.input[i]);
    }
    gt_tape_free(tape);
    ck_assert_msg(passed > 0 && refused > 0, "%s: %d passed, %d refused", op->name, passed, refused);
}
END_TEST

/* ---- public functions ------------------------------------------------------------------------------------------- */

static const int64_t far[GT_MAX_RANK] = {INT64_MAX, INT64_MIN, -1, 7};
static const gt_conv2d_options strange_conv = {
    .stride = {INT64_MIN, 2}, .padding = GT_PADDING_EXPLICIT, .top = INT64_MAX, .bottom = INT64_MAX};
static const gt_pool2d_options strange_pool = {.window = {INT32_MAX, INT64_MAX}, .padding = GT_PADDING_SAME};

/* Each with one tensor in every place, and settings that fit some tensors, or none. */
#define PUBLIC_FUNCTIONS(F)                                                                                            \
    F(gt_copy(t, x))                                                                                                   \
    F(gt_fill(t, (gt_dtype)9, gt_tensor_shape(x), 1))                                                                  \
    F(gt_fill(t, GT_UINT8, (gt_shape){99, {1}}, 1))                                                                    \
    F(gt_fill(t, GT_INT32, GT_SCALAR, (double)NAN))                                                                    \
    F(gt_stop_gradient(t, x))                                                                                          \
    F(gt_cast(t, x, GT_UINT8))                                                                                         \
    F(gt_cast(t, x, (gt_dtype)-1))                                                                                     \
    F(gt_neg(t, x))                                                                                                    \
    F(gt_scale(t, x, (double)INFINITY))                                                                                \
    F(gt_exp(t, x))                                                                                                    \
    F(gt_log(t, x))                                                                                                    \
    F(gt_sqrt(t, x))                                                                                                   \
    F(gt_square(t, x))                                                                                                 \
    F(gt_abs(t, x))                                                                                                    \
    F(gt_sign(t, x))                                                                                                   \
    F(gt_tanh(t, x))                                                                                                   \
    F(gt_sigmoid(t, x))                                                                                                \
    F(gt_relu(t, x))                                                                                                   \
    F(gt_leaky_relu(t, x, 0.5))                                                                                        \
    F(gt_clip(t, x, -1, 1))                                                                                            \
    F(gt_dropout(t, x, 0.5))                                                                                           \
    F(gt_add(t, x, x))                                                                                                 \
    F(gt_sub(t, x, x))                                                                                                 \
    F(gt_mul(t, x, x))                                                                                                 \
    F(gt_div(t, x, x))                                                                                                 \
    F(gt_mul_no_nan(t, x, x))                                                                                          \
    F(gt_pow(t, x, x))                                                                                                 \
    F(gt_maximum(t, x, x))                                                                                             \
    F(gt_minimum(t, x, x))                                                                                             \
    F(gt_where(t, x, x, x))                                                                                            \
    F(gt_equal(t, x, x))                                                                                               \
    F(gt_not_equal(t, x, x))                                                                                           \
    F(gt_less(t, x, x))                                                                                                \
    F(gt_less_equal(t, x, x))                                                                                          \
    F(gt_greater(t, x, x))                                                                                             \
    F(gt_greater_equal(t, x, x))                                                                                       \
    F(gt_sum(t, x, NULL))                                                                                              \
    F(gt_sum(t, x, &(const gt_axes){2, {INT_MIN, INT_MAX}, true}))                                                     \
    F(gt_mean(t, x, &(const gt_axes){1, {-1}, false}))                                                                 \
    F(gt_var(t, x, &(const gt_axes){1, {1}, true}))                                                                    \
    F(gt_max(t, x, NULL))                                                                                              \
    F(gt_min(t, x, &(const gt_axes){1, {0}, false}))                                                                   \
    F(gt_argmax(t, x, INT_MIN))                                                                                        \
    F(gt_argmax(t, x, -1))                                                                                             \
    F(gt_reshape(t, x, GT_SHAPE(-1)))                                                                                  \
    F(gt_reshape(t, x, (gt_shape){INT64_MAX, {-1, -1}}))                                                               \
    F(gt_transpose(t, x, NULL))                                                                                        \
    F(gt_transpose(t, x, (const int[GT_MAX_RANK]){1, INT_MIN, INT_MAX}))                                               \
    F(gt_broadcast_to(t, x, GT_SHAPE(2, 2, 3)))                                                                        \
    F(gt_broadcast_to(t, x, GT_SHAPE(INT64_MAX, INT64_MAX)))                                                           \
    F(gt_concat(t, 2, (gt_tensor *[]){x, x}, -1))                                                                      \
    F(gt_concat(t, INT_MIN, &x, INT_MAX))                                                                              \
    F(gt_concat(t, 1, NULL, 0))                                                                                        \
    F(gt_slice(t, x, far, far))                                                                                        \
    F(gt_slice(t, x, NULL, NULL))                                                                                      \
    F(gt_pad(t, x, far, far, 0))                                                                                       \
    F(gt_pad(t, x, (const int64_t[GT_MAX_RANK]){1}, (const int64_t[GT_MAX_RANK]){0, 1}, 300))                          \
    F(gt_pad(t, x, NULL, far, 0))                                                                                      \
    F(gt_zero_pad(t, x, 1))                                                                                            \
    F(gt_zero_pad(t, x, INT64_MAX))                                                                                    \
    F(gt_gather(t, x, x))                                                                                              \
    F(gt_gather_elements(t, x, x))                                                                                     \
    F(gt_scatter_add(t, x, x, INT64_MAX))                                                                              \
    F(gt_one_hot(t, x, 4, GT_FLOAT32))                                                                                 \
    F(gt_one_hot(t, x, INT64_MIN, GT_FLOAT64))                                                                         \
    F(gt_matmul(t, x, x, NULL))                                                                                        \
    F(gt_matmul(t, x, x, &(const gt_matmul_options){.transpose_a = true}))                                             \
    F(gt_linear(t, x, x, x))                                                                                           \
    F(gt_linear_relu(t, x, x, x))                                                                                      \
    F(gt_conv2d(t, x, x, NULL))                                                                                        \
    F(gt_conv2d(t, x, x, &strange_conv))                                                                               \
    F(gt_conv2d_bias(t, x, x, x, NULL))                                                                                \
    F(gt_conv2d_bias_relu(t, x, x, x, &strange_conv))                                                                  \
    F(gt_max_pool2d(t, x, NULL))                                                                                       \
    F(gt_max_pool2d(t, x, &strange_pool))                                                                              \
    F(gt_avg_pool2d(t, x, NULL))                                                                                       \
    F(gt_avg_pool2d(t, x, &strange_pool))                                                                              \
    F(gt_softmax(t, x, -1))                                                                                            \
    F(gt_log_softmax(t, x, INT_MAX))                                                                                   \
    F(gt_batch_norm(t, x, x, x, 1e-3, NULL, NULL))                                                                     \
    F(gt_batch_norm_relu(t, x, x, x, 1e-3, NULL, NULL))                                                                \
    F(gt_batch_norm_inference(t, x, x, x, x, x, (double)NAN))                                                          \
    F(gt_mean_squared_error(t, x, x))                                                                                  \
    F(gt_categorical_crossentropy(t, x, x))                                                                            \
    F(gt_softmax_cross_entropy(t, x, x))                                                                               \
    F(gt_binary_crossentropy(t, x, x))                                                                                 \
    F(gt_sigmoid_cross_entropy(t, x, x))                                                                               \
    F(gt_op_jacobian(gt_op_find("relu"), &x, 1, NULL, -1))

/* Runs call number `number`, and returns its text; NULL if there is none. */
static const char *call_public(int number, gt_tape *t, gt_tensor *x, gt_tensor **result)
{
    int next = 0;
#define TRY(call)                                                                                                      \
    if (next++ == number) {                                                                                            \
        *result = call;                                                                                                \
        return #call;                                                                                                  \
    }
    PUBLIC_FUNCTIONS(TRY)
#undef TRY
    return NULL;
}

static void expect_result_or_reason(int number, gt_tape *tape, gt_tensor *x)
{
    gt_tensor *result = NULL;
    gt_fail(GT_OK, "%s", "");
    const char *text = call_public(number, tape, x, &result);
    ck_assert_msg(result || gt_last_error()[0] != '\0', "%s: no reason", text);
    ck_assert_msg((!tape || !x) ? !result || strstr(text, "gt_fill(") : true, "%s: of nothing", text);
    for (int64_t k = 0; k < gt_tensor_size(result); k++)
        (void)gt_tensor_at(result, k);
    if (tape)
        gt_tape_reset(tape);
}

START_TEST(public_functions_take_anything)
{
    static const gt_shape shapes[] = {
        {0, {0}},
        {1, {0}},
        {1, {3}},
        {2, {2, 3}},
        {2, {0, 3}},
        {2, {2, 2}},
        {3, {2, 2, 2}},
        {4, {2, 3, 3, 2}},
        {4, {0, 3, 3, 2}},
        {4, {2, 2, 2, 0}},
        {8, {1, 2, 1, 1, 2, 1, 1, 2}},
    };
    gt_tape *tape = gt_tape_new(GT_CPU);
    bad_call stream = {.random = 1};
    gt_tensor *ignored, *x = gt_tensor_new(GT_FLOAT32, GT_SHAPE(2, 3));
    for (int number = 0; call_public(number, NULL, NULL, &ignored); number++) {
        expect_result_or_reason(number, NULL, NULL);
        expect_result_or_reason(number, tape, NULL);
        expect_result_or_reason(number, NULL, x);
        for (size_t i = 0; i < 4 * sizeof shapes / sizeof shapes[0]; i++) {
            gt_tensor *any = draw_tensor(&stream, (gt_dtype)(i % 4), shapes[i / 4]);
            expect_result_or_reason(number, tape, any);
            gt_tensor_free(any);
        }
    }
    gt_tensor_free(x);
    gt_tape_free(tape);
}
END_TEST

/* ---- no entries ------------------------------------------------------------------------------------------------ */

static gt_tensor *middle_of(gt_tape *tape, gt_tensor *x)
{
    return gt_slice(tape, x, (const int64_t[]){0, 1, 0, 0}, (const int64_t[]){-1, 1, -1, -1});
}

static gt_tensor *twice(gt_tape *tape, gt_tensor *x)
{
    return gt_concat(tape, 2, (gt_tensor *[]){x, x}, 1);
}

static gt_tensor *turned(gt_tape *tape, gt_tensor *x)
{
    return gt_transpose(tape, x, NULL);
}

static gt_tensor *times_column(gt_tape *tape, gt_tensor *x)
{
    return gt_mul(tape, x, gt_fill(tape, GT_FLOAT32, GT_SHAPE(2, 1), 3));
}

static gt_tensor *where_column(gt_tape *tape, gt_tensor *x)
{
    return gt_where(tape, gt_fill(tape, GT_UINT8, GT_SHAPE(2, 1), 1), x, x);
}

static gt_tensor *pooled(gt_tape *tape, gt_tensor *x)
{
    return gt_max_pool2d(tape, gt_avg_pool2d(tape, x, &(const gt_pool2d_options){.stride = {1, 1}, .window = {1, 1}}),
                         NULL);
}

static gt_tensor *convolved(gt_tape *tape, gt_tensor *x)
{
    return gt_conv2d(tape, x, gt_fill(tape, GT_FLOAT32, GT_SHAPE(2, 2, 0, 0), 0), NULL);
}

static gt_tensor *normalised(gt_tape *tape, gt_tensor *x)
{
    gt_tensor *none = gt_fill(tape, GT_FLOAT32, GT_SHAPE(0), 0);
    gt_tensor *y = gt_batch_norm(tape, x, none, none, 1e-3, NULL, NULL);
    return gt_batch_norm_inference(tape, y, none, none, none, none, 1e-3);
}

static gt_tensor *probable(gt_tape *tape, gt_tensor *x)
{
    return gt_softmax(tape, gt_log_softmax(tape, x, -1), 1);
}

static gt_tensor *summed(gt_tape *tape, gt_tensor *x)
{
    return gt_var(tape, x, &(const gt_axes){1, {0}, true});
}

static gt_tensor *(*const without_entries[])(gt_tape *, gt_tensor *) = {
    gt_relu, middle_of, twice, turned, times_column, where_column, pooled, convolved, normalised, probable, summed,
};

/* However many rows there are without an entry, nobody walks through them. */
START_TEST(a_tensor_without_entries_takes_no_time)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *x = gt_parameter_new("x", GT_FLOAT32, GT_SHAPE(INT64_C(1) << 48, 2, 2, 0)), *dx;
    gt_tape_begin(tape);
    gt_tensor *y = without_entries[_i](tape, x);
    gt_tape_end(tape);
    ck_assert_msg(y != NULL, "%s", gt_tape_message(tape));
    ck_assert_int_eq(gt_tensor_size(y), 0);
    ck_assert_msg(gt_tape_gradient(tape, y, 1, &x, &dx) == GT_OK, "%s", gt_tape_message(tape));
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

int main(void)
{
    return run_suite("bad_calls", (const suite_test[]){
                                      LOOP_TEST(nonsense_is_computed_or_refused, gt_op_count()),
                                      TEST(public_functions_take_anything),
                                      LOOP_TEST(a_tensor_without_entries_takes_no_time,
                                                sizeof without_entries / sizeof without_entries[0]),
                                      END_OF_TESTS,
                                  });
}
