/* Errors: a status for the program, a message for the person. The library never prints, aborts or exits. */
#ifndef GT_ERROR_H
#define GT_ERROR_H

#include <stddef.h>

/* Everything between these two is public: C linkage, and visible in the shared library. */
#ifdef __cplusplus
#define GT_PUBLIC_BEGIN                                                                                                \
    _Pragma("GCC visibility push(default)") extern "C"                                                                 \
    {
#define GT_PUBLIC_END                                                                                                  \
    }                                                                                                                  \
    _Pragma("GCC visibility pop")
#else
#define GT_PUBLIC_BEGIN _Pragma("GCC visibility push(default)")
#define GT_PUBLIC_END   _Pragma("GCC visibility pop")
#endif

#define GT_PRINTF(text, first) __attribute__((format(printf, text, first)))

GT_PUBLIC_BEGIN

typedef enum gt_status {
    GT_OK = 0,
    GT_ERR_ARGUMENT = -1,    /* a NULL, an unknown name, a setting out of range */
    GT_ERR_SHAPE = -2,       /* shapes do not fit the op or each other */
    GT_ERR_DTYPE = -3,       /* dtypes do not fit; they are never mixed silently */
    GT_ERR_DEVICE = -4,      /* tensors on different devices, or a device or kernel that is missing */
    GT_ERR_VALUE = -5,       /* a value no op can work with: a label or an index out of range */
    GT_ERR_MEMORY = -6,      /* out of memory, or over gt_memory_limit */
    GT_ERR_STATE = -7,       /* not now: a used tape, a tensor of a step that was reset, a model not compiled */
    GT_ERR_GRADIENT = -8,    /* no gradient can be had: not differentiable, or a kept value was overwritten */
    GT_ERR_IO = -9,          /* the operating system refused to open, read or write */
    GT_ERR_FORMAT = -10,     /* a file is not what its format says */
    GT_ERR_UNSUPPORTED = -11 /* left out of this build */
} gt_status;

/* The last message of the calling thread: "" if nothing failed yet. Valid until the thread's next failure. */
const char *gt_last_error(void);

/* The status that came with it; GT_OK if nothing failed yet. For functions that return NULL. */
gt_status gt_last_status(void);

/* "shape", "out of memory", ...: a status in a word or two. Never NULL. */
const char *gt_status_name(gt_status status);

/* Sets the calling thread's message (cut after 511 bytes) and returns `status`, so that a failure is one line:
 * return gt_fail(GT_ERR_SHAPE, "matmul: inner sizes differ: %s x %s", ...). For authors of ops, layers and readers. */
gt_status gt_fail(gt_status status, const char *format, ...) GT_PRINTF(2, 3);

/* Where printing functions write: called with pieces of UTF-8 text, not NUL-terminated. */
typedef void gt_writer(void *context, const char *text, size_t length);

/* A gt_writer over stdio; `context` is the FILE *. */
void gt_write_file(void *context, const char *text, size_t length);

/* printf through a writer; lines of any length. */
void gt_write(gt_writer *writer, void *context, const char *format, ...) GT_PRINTF(3, 4);

GT_PUBLIC_END

#endif
