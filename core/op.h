/* Ops: what one is, for authors of ops and for everything derived from the list of them.
 *
 * An op is one const descriptor. To add one to the library: a file in ops/, a line in ops/list.h, a reference in
 * tests/reference/. A program adds its own with gt_op_register, and gets the same checks. */
#ifndef GT_OP_H
#define GT_OP_H

#include "random.h"
#include "tape.h"

GT_PUBLIC_BEGIN

#define GT_MAX_INPUTS  32
#define GT_MAX_OUTPUTS 4
#define GT_VARIADIC    (-1) /* 1 to GT_MAX_INPUTS inputs */

typedef struct gt_op gt_op;
typedef struct gt_node gt_node;

/* ---- the shape rule ------------------------------------------------------------------------------------------- */

/* It sees dtypes, shapes and attributes, never values, and fills output[]; an op without outputs finds room for one, so
 * that it can share a rule. */
typedef struct gt_infer {
    const gt_op *op;
    const void *attributes;
    int inputs;
    const gt_spec *const *input;
    gt_spec *output;
} gt_infer;

/* Common rules. */
gt_status gt_infer_like_first(const gt_infer *call); /* all inputs: the first's float dtype and shape; so the output */
gt_status gt_infer_broadcast(const gt_infer *call);  /* float inputs of one dtype, broadcast to the output */
/* GT_ERR_DTYPE, naming the op and the input, unless input[i] is float, or of this dtype. */
gt_status gt_need_real(const gt_infer *call, int i);
gt_status gt_need_dtype(const gt_infer *call, int i, gt_dtype dtype);
/* GT_ERR_DTYPE unless inputs i and j have the same dtype; GT_ERR_SHAPE unless they have the same shape. */
gt_status gt_need_same_dtype(const gt_infer *call, int i, int j);
gt_status gt_need_same_shape(const gt_infer *call, int i, int j);

/* ---- the kernel ----------------------------------------------------------------------------------------------- */

typedef struct gt_operand {
    const gt_spec *spec;
    void *data;
} gt_operand;

typedef struct gt_call {
    const gt_op *op;
    const void *attributes;
    int inputs, outputs;
    const gt_operand *input;
    const gt_operand *output; /* uninitialised memory */
    gt_queue *queue;          /* of the device, that the kernel's work belongs to; NULL on the CPU */
    struct gt_scratch *scratch;
} gt_call;

/* Workspace on the call's device, freed when the kernel returns; NULL with the message set. A kernel takes all it
 * needs before its first write. */
void *gt_call_scratch(const gt_call *call, size_t bytes);

/* Elements of one operand. */
static inline int64_t gt_operand_size(const gt_operand *operand)
{
    return gt_shape_size(&operand->spec->shape);
}

typedef gt_status gt_kernel(const gt_call *call);

/* Where other devices' kernels are found: the only mutable part of an op. Backends fill the slots of the library's ops;
 * an op of a program's comes with kernel[GT_CUDA] set, if it has one. */
typedef struct gt_slot {
    gt_kernel *kernel[GT_DEVICES];
} gt_slot;
#ifndef __cplusplus
#define GT_SLOT (&(gt_slot){{0}})
#endif

/* ---- the vector-Jacobian product ------------------------------------------------------------------------------- */

/* Sets dx[i], the cotangent of input i, wherever gt_wants(node, i), by calling ops on the cotangents dy[] of the
 * outputs (at least one is not NULL; of several outputs, those without one are NULL). dx[] comes in as NULLs, and NULL
 * means a structural zero. Setting what is not wanted is an error. */
typedef void gt_vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[]);

bool gt_wants(const gt_node *node, int input);
/* A kept input or output (`keeps`); NULL, and an error on the tape, for another. */
gt_tensor *gt_node_input(const gt_node *node, int i);
gt_tensor *gt_node_output(const gt_node *node, int i);
/* Known for all. */
int gt_node_inputs(const gt_node *node);
const gt_spec *gt_node_input_spec(const gt_node *node, int i);
gt_device gt_node_input_device(const gt_node *node, int i);
const gt_spec *gt_node_output_spec(const gt_node *node, int i);
const void *gt_node_attributes(const gt_node *node);
const gt_op *gt_node_op(const gt_node *node);

/* ---- attributes ------------------------------------------------------------------------------------------------ */

typedef enum gt_field_type { GT_FIELD_INT, GT_FIELD_REAL, GT_FIELD_SHAPE } gt_field_type;

/* One member of an op's attribute struct: int64_t, double or gt_shape, `count` of them in a row. The members must tile
 * the struct: it is copied, compared and written out through this table. */
typedef struct gt_field {
    const char *name;
    gt_field_type type;
    size_t offset;
    int count;
} gt_field;

#define GT_INT(type, member)                                                                                           \
    {                                                                                                                  \
#member, GT_FIELD_INT, offsetof(type, member), (int)(sizeof(((type *)0)->member) / 8)                          \
    }
#define GT_REAL(type, member)                                                                                          \
    {                                                                                                                  \
#member, GT_FIELD_REAL, offsetof(type, member), (int)(sizeof(((type *)0)->member) / 8)                         \
    }
#define GT_DIMS(type, member)                                                                                          \
    {                                                                                                                  \
#member, GT_FIELD_SHAPE, offsetof(type, member), 1                                                             \
    }

/* Writes "stride=2 padding=1 ..." through the table. */
void gt_attributes_print(const gt_op *op, const void *attributes, gt_writer *writer, void *context);

/* ---- samples --------------------------------------------------------------------------------------------------- */

typedef enum gt_sample_kind {
    GT_SAMPLE_END,
    GT_SAMPLE_NORMAL,  /* float: standard normal */
    GT_SAMPLE_UNIFORM, /* float: low <= x < high */
    GT_SAMPLE_VALUE,   /* float: all `low` */
    GT_SAMPLE_INDEX,   /* int32: low <= x < high */
    GT_SAMPLE_TRUTH,   /* uint8: 0 or 1 */
    GT_SAMPLE_BYTE,    /* uint8: 0 to 255 */
    GT_SAMPLE_ONE_HOT  /* float: a single 1 in each row of the last axis */
} gt_sample_kind;

/* Small, because a library has hundreds. */
#define GT_SAMPLE_RANK 6
typedef struct gt_sample_input {
    uint8_t kind; /* gt_sample_kind */
    uint8_t rank;
    uint16_t dim[GT_SAMPLE_RANK];
    double low, high;
} gt_sample_input;

#define GT_DIMENSIONS(...)                                                                                             \
    {                                                                                                                  \
        GT_COUNT_ARGUMENTS(__VA_ARGS__),                                                                               \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define GT_SAMPLE(kind, low, high, ...)                                                                                \
    {                                                                                                                  \
        kind, GT_COUNT_ARGUMENTS(__VA_ARGS__), {__VA_ARGS__}, low, high                                                \
    }
#define GT_NORMAL(...) GT_SAMPLE(GT_SAMPLE_NORMAL, 0, 0, __VA_ARGS__)
#define GT_NORMAL_SCALAR                                                                                               \
    {                                                                                                                  \
        GT_SAMPLE_NORMAL, 0, {0}, 0, 0                                                                                 \
    }
#define GT_UNIFORM(low, high, ...) GT_SAMPLE(GT_SAMPLE_UNIFORM, low, high, __VA_ARGS__)
#define GT_UNIFORM_SCALAR(low, high)                                                                                   \
    {                                                                                                                  \
        GT_SAMPLE_UNIFORM, 0, {0}, low, high                                                                           \
    }
#define GT_VALUE(value, ...)     GT_SAMPLE(GT_SAMPLE_VALUE, value, value, __VA_ARGS__)
#define GT_INDEX(low, high, ...) GT_SAMPLE(GT_SAMPLE_INDEX, low, high, __VA_ARGS__)
#define GT_INDEX_SCALAR(low, high)                                                                                     \
    {                                                                                                                  \
        GT_SAMPLE_INDEX, 0, {0}, low, high                                                                             \
    }
#define GT_TRUTH(...)   GT_SAMPLE(GT_SAMPLE_TRUTH, 0, 0, __VA_ARGS__)
#define GT_BYTE(...)    GT_SAMPLE(GT_SAMPLE_BYTE, 0, 0, __VA_ARGS__)
#define GT_ONE_HOT(...) GT_SAMPLE(GT_SAMPLE_ONE_HOT, 0, 0, __VA_ARGS__)

gt_shape gt_sample_shape(const gt_sample_input *input);

/* A small input set that tests, gradcheck, benchmarks and docs run the op on. A list of them ends with a NULL name. */
#define GT_SAMPLE_INPUTS 7
typedef struct gt_sample {
    const char *name;
    gt_sample_input inputs[GT_SAMPLE_INPUTS]; /* ends at the first unused */
    const void *attributes;
    uint32_t zero_gradient; /* bit i: input i's gradient is zero by nature here */
    bool forward_only;      /* not a point to differentiate at (ties, a kink by construction) */
} gt_sample;

/* ---- the descriptor -------------------------------------------------------------------------------------------- */

#define GT_INPUT(i)        (UINT64_C(1) << (i))
#define GT_KEEPS_INPUT(i)  GT_INPUT(i)
#define GT_KEEPS_OUTPUT(i) (UINT64_C(1) << (GT_MAX_INPUTS + (i)))
#define GT_ALL_INPUTS      UINT64_C(0xffffffff)

struct gt_op {
    const char *name;
    int inputs;  /* or GT_VARIADIC */
    int outputs; /* 0 (an op that only writes its inputs) to GT_MAX_OUTPUTS */
    gt_status (*infer)(const gt_infer *call);
    gt_kernel *kernel;    /* the CPU's */
    gt_vjp *vjp;          /* NULL: not differentiable, which asking for a gradient reports */
    uint64_t keeps;       /* what the vjp reads: GT_KEEPS_INPUT(i) | GT_KEEPS_OUTPUT(i) */
    uint64_t no_gradient; /* GT_INPUT(i): a float input without a derivative, which asking for it reports */
    uint64_t writes;      /* GT_INPUT(i): updated in place; such an op has no vjp */
    /* Shares the first input's memory from this element on, and has no kernel; NULL for every other op. */
    int64_t (*view)(const gt_infer *call);
    /* Copies its only input to another device, which the attributes begin with as an int64_t; has no kernel. */
    bool transfers;
    /* The op that adds the vjp towards input 0 into an existing cotangent, so that T slices cost T and not T squared:
     * its inputs are (cotangent of input 0, dy, the kept inputs other than 0), its attributes this op's. */
    const gt_op *accumulate;
    size_t attribute_size;
    const gt_field *fields; /* ends with a NULL name */
    const gt_sample *samples;
    const gt_sample *workload; /* one input set at the size of real work, for benchmarks; may be NULL */
    gt_slot *slot;
};

/* ---- calling and listing ---------------------------------------------------------------------------------------- */

/* Runs an op on a tape, recording it where a gradient can flow. One output; NULL after an error, which sticks. */
gt_tensor *gt_apply(gt_tape *tape, const gt_op *op, gt_tensor *const inputs[], int count, const void *attributes);
/* The same for any number of outputs; on failure every one is NULL. */
gt_status gt_apply_all(gt_tape *tape, const gt_op *op, gt_tensor *const inputs[], int count, const void *attributes,
                       gt_tensor *outputs[]);
/* Runs an op that only writes its inputs (optimizer steps, moving averages): needs no tape. */
gt_status gt_run(const gt_op *op, gt_tensor *const inputs[], int count, const void *attributes);
/* What gt_run checks, without running: so that several runs can happen all or not at all. */
gt_status gt_run_check(const gt_op *op, gt_tensor *const inputs[], int count, const void *attributes);

/* Sets the tape's error (the first sticks) and returns NULL: for functions made of ops that check their arguments. */
gt_tensor *gt_tape_fail(gt_tape *tape, gt_status status, const char *format, ...) GT_PRINTF(3, 4);
/* Takes `blocks` Philox blocks from the tape's stream, to be kept in a random op's attributes. */
gt_random gt_tape_random(gt_tape *tape, uint64_t blocks);

/* The core's own ops, which vjps are often made of. Documented in ops/ops.h. */
gt_tensor *gt_add(gt_tape *tape, gt_tensor *a, gt_tensor *b);
gt_tensor *gt_copy(gt_tape *tape, gt_tensor *x);
gt_tensor *gt_fill(gt_tape *tape, gt_dtype dtype, gt_shape shape, double value);
gt_tensor *gt_broadcast_to(gt_tape *tape, gt_tensor *x, gt_shape shape);
gt_tensor *gt_to_device(gt_tape *tape, gt_tensor *x, gt_device device);
/* The reverse of broadcasting: sums over the axes along which `shape` was stretched to x's shape. `x` itself where it
 * has that shape already. */
gt_tensor *gt_sum_to(gt_tape *tape, gt_tensor *x, const gt_shape *shape);

/* A function made of ops: results made since gt_scope_begin, but `result`, are freed as early as gradients allow. */
typedef uint64_t gt_scope;
gt_scope gt_scope_begin(gt_tape *tape);
gt_tensor *gt_scope_end(gt_tape *tape, gt_scope scope, gt_tensor *result);

/* The registry: the library's ops in alphabetical order, then those registered. */
int gt_op_count(void);
const gt_op *gt_op_at(int index);          /* NULL outside 0..count-1 */
const gt_op *gt_op_find(const char *name); /* NULL, without a message, if there is none */
/* Adds a user's op; the descriptor must live as long as the program. GT_ERR_ARGUMENT says what is wrong with it. */
gt_status gt_op_register(const gt_op *op);
/* What gt_op_register checks: names, counts, masks, an attribute table that tiles the struct. */
gt_status gt_op_check(const gt_op *op);
/* Whether the op can run on the device; another device's kernels are known once it was asked for
 * (gt_device_available). */
bool gt_op_runs_on(const gt_op *op, gt_device device);

GT_PUBLIC_END

#endif
