/* Compiles the body of the file that includes this one twice: with REAL as float, then as double.
 *
 *     #ifndef REAL
 *     #include "core/op.h"
 *     #define REAL_FILE "ops/softmax.c"
 *     #include "core/real.h"
 *     ... the descriptor, which uses the kernels of both ...
 *     #else
 *     static void NAMED(rows)(...)   -- rows_f32 and rows_f64
 *     #endif
 *
 * So a kernel is written once, and debuggers and sanitizers name its real lines. LIBM(exp) is expf or exp. No guard: a
 * file includes it once, as do the headers of scalar formulas that it includes. */
#define REAL        float
#define NAMED(name) name##_f32
#define LIBM(name)  name##f
#include REAL_FILE
#undef LIBM
#undef NAMED
#undef REAL
#define REAL        double
#define NAMED(name) name##_f64
#define LIBM(name)  name
#include REAL_FILE
#undef LIBM
#undef NAMED
#undef REAL
#undef REAL_FILE

#ifndef GT_REAL_KERNEL
/* The kernel that picks name_f32 or name_f64 by the dtype of input 0. */
#define GT_REAL_KERNEL(name)                                                                                           \
    static gt_status name(const gt_call *call)                                                                         \
    {                                                                                                                  \
        return call->input[0].spec->dtype == GT_FLOAT32 ? name##_f32(call) : name##_f64(call);                         \
    }
#endif
