/* Picking a kernel by instruction set: see core/kernels.h for how kernels are compiled. */
#ifndef GT_ISA_INTERNAL_H
#define GT_ISA_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "core/isa.h"

enum {
    GT_ISA_UNDECIDED = -1,
    GT_ISA_BASELINE,
#if defined(__x86_64__)
    GT_ISA_AVX2,
    GT_ISA_AVX512,
#endif
    GT_ISAS
};

extern _Atomic int gt_isa_chosen;

/* Decides, where nothing is decided yet; whoever runs kernels calls it first. */
gt_status gt_isa_decide(void);

static inline int gt_isa_in_use(void)
{
    return atomic_load_explicit(&gt_isa_chosen, memory_order_relaxed);
}

/* What a set is called by compilers; everything between GT_BEGIN_TARGET and GT_END_TARGET is compiled for it. */
#define GT_TARGET_AVX2   "avx2,fma"
#define GT_TARGET_AVX512 "avx2,fma,avx512f,avx512vl,avx512dq,avx512bw"

#define GT_PRAGMA(text)  GT_PRAGMA_(text)
#define GT_PRAGMA_(text) _Pragma(#text)
#ifdef __clang__
#define GT_BEGIN_TARGET(set) GT_PRAGMA(clang attribute push(__attribute__((target(set))), apply_to = function))
#define GT_END_TARGET        GT_PRAGMA(clang attribute pop)
#else
#define GT_BEGIN_TARGET(set) GT_PRAGMA(GCC push_options) GT_PRAGMA(GCC target(set))
#define GT_END_TARGET        GT_PRAGMA(GCC pop_options)
#endif

/* Before a loop whose steps do not depend on each other, though an output may be an input's memory. */
#ifdef __clang__
#define GT_IVDEP GT_PRAGMA(clang loop vectorize(assume_safety))
#else
#define GT_IVDEP GT_PRAGMA(GCC ivdep)
#endif

/* GT_FOR_EACH_ISA(define, ...) is define(target, set, ...) for each set, `target` being what the definition of a
 * function must begin with; GT_PICK_ISA(name) is the function name_<set> of the set in use. */
#if defined(__x86_64__)
#define GT_FOR_EACH_ISA(define, ...)                                                                                   \
    define(, baseline, __VA_ARGS__) define(__attribute__((target(GT_TARGET_AVX2))), avx2, __VA_ARGS__)                 \
        define(__attribute__((target(GT_TARGET_AVX512))), avx512, __VA_ARGS__)
#define GT_PICK_ISA(name)                                                                                              \
    (gt_isa_in_use() == GT_ISA_AVX512 ? name##_avx512 : gt_isa_in_use() == GT_ISA_AVX2 ? name##_avx2 : name##_baseline)
#else
#define GT_FOR_EACH_ISA(define, ...) define(, baseline, __VA_ARGS__)
#define GT_PICK_ISA(name)            name##_baseline
#endif

/* The same of kernels for both real types. */
#define GT_PICK(name, dtype) ((dtype) == GT_FLOAT32 ? GT_PICK_ISA(name##_f32) : GT_PICK_ISA(name##_f64))

/* The same of kernels whose vectors hold `count` entries at the most: half a register's worth is better served by the
 * set with half the registers. */
#if defined(__x86_64__)
#define GT_PICK_FOR(name, dtype, count)                                                                                \
    (gt_isa_in_use() == GT_ISA_AVX512 && (int64_t)gt_dtype_size(dtype) * (count) <= 32                                 \
         ? ((dtype) == GT_FLOAT32 ? name##_f32_avx2 : name##_f64_avx2)                                                 \
         : GT_PICK(name, dtype))
#else
#define GT_PICK_FOR(name, dtype, count) GT_PICK(name, dtype)
#endif

#endif
