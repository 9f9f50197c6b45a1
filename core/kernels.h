/* Compiles the body of the file that includes this one for float and double and for each instruction set:
 *
 *     #ifndef REAL
 *     #include "core/op.h"
 *     #define KERNEL_FILE "ops/softmax.c"
 *     #include "core/kernels.h"
 *     ... the descriptor; GT_PICK(rows, dtype) is the function for the set in use ...
 *     #else
 *     static void KERNEL(rows)(...)   -- rows_f32_baseline, rows_f64_baseline, rows_f32_avx2, ...
 *     #endif
 *
 * So a kernel is written once, and debuggers and sanitizers name its real lines. Inside, REAL, NAMED and LIBM are those
 * of core/real.h (NAMED(gt_exp_value) is the scalar formula), and GT_VECTOR_BYTES is the width of the set's registers.
 * No guard: a file includes it once. */
#include "core/isa_internal.h"

#ifndef GT_KERNELS_H
#define GT_KERNELS_H

#include <string.h> /* for core/vector.h */

/* How many REALs a register holds. */
#define GT_LANES (GT_VECTOR_BYTES / REAL_BYTES)

#define GT_PASTE(a, b)  GT_PASTE_(a, b)
#define GT_PASTE_(a, b) a##b

/* The kernel that picks the right `name` by the dtype of input 0. */
#define GT_REAL_KERNEL(name)                                                                                           \
    static gt_status name(const gt_call *call)                                                                         \
    {                                                                                                                  \
        return GT_PICK(name, call->input[0].spec->dtype)(call);                                                        \
    }
#endif

#define KERNEL(name)    GT_PASTE(NAMED(name), _baseline)
#define GT_VECTOR_BYTES 16
#define REAL_FILE       KERNEL_FILE
#include "core/real.h"
#undef GT_VECTOR_BYTES
#undef KERNEL

#if defined(__x86_64__)

GT_BEGIN_TARGET(GT_TARGET_AVX2)
#define KERNEL(name)    GT_PASTE(NAMED(name), _avx2)
#define GT_VECTOR_BYTES 32
#define REAL_FILE       KERNEL_FILE
#include "core/real.h"
#undef GT_VECTOR_BYTES
#undef KERNEL
GT_END_TARGET

GT_BEGIN_TARGET(GT_TARGET_AVX512)
#define KERNEL(name)    GT_PASTE(NAMED(name), _avx512)
#define GT_VECTOR_BYTES 64
#define REAL_FILE       KERNEL_FILE
#include "core/real.h"
#undef GT_VECTOR_BYTES
#undef KERNEL
GT_END_TARGET

#endif

#undef KERNEL_FILE
