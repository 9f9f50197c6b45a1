/* The op API: any op of the registry on any tensors and attributes gives results, or an error with a message; so does
 * the sweep behind it. */
#include <math.h>

#include "core/memory.h"
#include "core/op.h"
#include "core/threads.h"
#include "tests/fuzz/fuzz.h"

/* The input as a stream of numbers: 0 behind its end. */
typedef struct stream {
    const uint8_t *next;
    size_t left;
} stream;

static unsigned take(stream *s, unsigned below)
{
    if (s->left == 0)
        return 0;
    s->left--;
    return *s->next++ % below;
}

/* Mostly sizes that fit each other. */
static gt_shape take_shape(stream *s)
{
    static const int64_t sizes[] = {2, 3, 1, 4, 0, 5, 7, 16};
    gt_shape shape = {.rank = take(s, 6)};
    if (shape.rank == 5)
        shape.rank = take(s, GT_MAX_RANK + 1);
    for (int64_t i = 0; i < shape.rank; i++)
        shape.dim[i] = sizes[take(s, shape.rank > 5 ? 3 : 8)];
    return shape;
}

static double take_real(stream *s)
{
    static const double reals[] = {0, 1, -1, 0.5, 1e-3, 2, (double)NAN, (double)INFINITY, -(double)INFINITY, 1e300};
    return reals[take(s, sizeof reals / sizeof reals[0])];
}

static int64_t take_integer(stream *s)
{
    static const int64_t odd[] = {INT64_MAX, INT64_MIN, INT32_MAX, -1, 1 << 20, INT64_MAX / 2};
    const unsigned kind = take(s, 10);
    return kind < 9 ? (int64_t)take(s, 6) : odd[take(s, sizeof odd / sizeof odd[0])];
}

static gt_tensor *take_tensor(stream *s)
{
    const unsigned kind = take(s, 24);
    if (kind == 23)
        return NULL;
    const gt_dtype dtype = kind < 12 ? GT_FLOAT32 : kind < 18 ? GT_FLOAT64 : kind < 21 ? GT_INT32 : GT_UINT8;
    const gt_shape shape = take_shape(s);
    gt_tensor *tensor = gt_tensor_new(dtype, shape);
    void *values = tensor ? gt_tensor_data_write(tensor) : NULL;
    for (int64_t i = 0; values && i < gt_shape_size(&shape); i++)
        switch (dtype) {
        case GT_FLOAT32:
            ((float *)values)[i] = (float)take(s, 9) - 3;
            break;
        case GT_FLOAT64:
            ((double *)values)[i] = take(s, 50) == 49 ? take_real(s) : (double)take(s, 9) - 3;
            break;
        case GT_INT32:
            ((int32_t *)values)[i] = (int32_t)take(s, 5) - (take(s, 40) == 39);
            break;
        case GT_UINT8:
            ((uint8_t *)values)[i] = (uint8_t)take(s, 3);
            break;
        }
    return tensor;
}

/* Half of the time shapes as the op's inputs have them, or near it. */
static void take_attributes(stream *s, const gt_op *op, gt_tensor *const inputs[], int count, char *attributes)
{
    for (const gt_field *field = op->fields; field && field->name; field++)
        for (int i = 0; i < field->count; i++) {
            void *at = attributes + field->offset;
            if (field->type == GT_FIELD_INT)
                ((int64_t *)at)[i] = take_integer(s);
            else if (field->type == GT_FIELD_REAL)
                ((double *)at)[i] = take_real(s);
            else if (take(s, 2))
                ((gt_shape *)at)[i] = gt_tensor_shape(inputs[take(s, (unsigned)count)]);
            else {
                gt_shape shape = take_shape(s);
                if (take(s, 8) == 7)
                    shape.dim[take(s, GT_MAX_RANK)] = take_integer(s);
                if (take(s, 16) == 15)
                    shape.rank = take_integer(s);
                ((gt_shape *)at)[i] = shape;
            }
        }
}

static void differentiate(stream *s, gt_tape *tape, int count, gt_tensor *const inputs[], gt_tensor *output)
{
    gt_tensor *gradients[GT_MAX_INPUTS], *sources[GT_MAX_INPUTS];
    int sources_count = 0;
    for (int i = 0; i < count; i++)
        if (gt_dtype_is_real(gt_tensor_dtype(inputs[i])) && inputs[i] && take(s, 4) < 3)
            sources[sources_count++] = inputs[i];
    if (gt_tape_gradient(tape, output, sources_count, sources, gradients) != GT_OK)
        FUZZ_REQUIRE(gt_tape_message(tape)[0] != '\0');
}

static void run(stream *s, const gt_op *op, int count, gt_tensor *const inputs[], const void *attributes)
{
    if (op->writes) {
        if (gt_run(op, inputs, count, attributes) != GT_OK)
            FUZZ_REQUIRE(gt_last_error()[0] != '\0');
        return;
    }
    gt_tensor *outputs[GT_MAX_OUTPUTS];
    gt_tape *tape = gt_tape_new(GT_CPU);
    for (int i = 0; tape && i < count; i++)
        if (inputs[i] && gt_dtype_is_real(gt_tensor_dtype(inputs[i])))
            gt_tape_watch(tape, inputs[i]);
    gt_tape_begin(tape);
    const gt_status status = gt_apply_all(tape, op, inputs, count, attributes, outputs);
    gt_tape_end(tape);
    if (status != GT_OK)
        FUZZ_REQUIRE(outputs[0] == NULL && gt_tape_message(tape)[0] != '\0');
    else
        differentiate(s, tape, count, inputs, outputs[0]);
    gt_tape_free(tape);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    stream s = {data, size};
    _Alignas(64) char attributes[1024] = {0};
    gt_tensor *inputs[GT_MAX_INPUTS] = {NULL};
    gt_set_threads(1);
    gt_memory_limit((size_t)16 << 20);
    const size_t live = gt_memory_live();
    const gt_op *op = gt_op_at((int)take(&s, (unsigned)gt_op_count()));
    const int count = op->inputs == GT_VARIADIC ? 1 + (int)take(&s, 4) : op->inputs;
    FUZZ_REQUIRE(op->attribute_size <= sizeof attributes);
    for (int i = 0; i < count; i++)
        inputs[i] = i > 0 && take(&s, 3) == 2 ? gt_tensor_copy(inputs[0]) : take_tensor(&s);
    if (count > 0)
        take_attributes(&s, op, inputs, count, attributes);
    run(&s, op, count, inputs, op->attribute_size && take(&s, 100) < 99 ? attributes : NULL);
    for (int i = 0; i < count; i++)
        gt_tensor_free(inputs[i]);
    FUZZ_REQUIRE(gt_memory_live() == live);
    return 0;
}
