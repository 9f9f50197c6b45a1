/* Compiles the body of the file that includes this one twice: with REAL as float, then as double. For scalar formulas,
 * which both devices use; a kernel does it through core/kernels.h.
 *
 *     #ifndef REAL
 *     #define REAL_FILE "ops/scalar.h"
 *     #include "core/real.h"
 *     #else
 *     static inline REAL NAMED(gt_exp_value)(REAL x)   -- gt_exp_value_f32 and gt_exp_value_f64
 *     #endif
 *
 * LIBM(exp) is expf or exp; REAL_BYTES is for the preprocessor. No guard: each file that does this includes it once. */
#define REAL        float
#define REAL_BYTES  4
#define NAMED(name) name##_f32
#define LIBM(name)  name##f
#include REAL_FILE
#undef LIBM
#undef NAMED
#undef REAL_BYTES
#undef REAL
#define REAL        double
#define REAL_BYTES  8
#define NAMED(name) name##_f64
#define LIBM(name)  name
#include REAL_FILE
#undef LIBM
#undef NAMED
#undef REAL_BYTES
#undef REAL
#undef REAL_FILE
