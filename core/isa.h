/* The instruction set that the CPU's kernels use. Each kernel is compiled once for every set, from one source; the best
 * one that the processor has is picked when the program runs. */
#ifndef GT_ISA_H
#define GT_ISA_H

#include "error.h"

GT_PUBLIC_BEGIN

/* On x86-64 "baseline" (SSE2), "avx2" (AVX2 and FMA) or "avx512" (AVX-512 F, VL, DQ and BW), on AArch64 "neon",
 * elsewhere "baseline": the one that GRADTAPE_ISA names, else the best. NULL, with the message set, where GRADTAPE_ISA
 * names none of them or one that this processor lacks; every op then fails with that message. Results of one set are
 * the same bits on every run; between sets they differ in rounding. */
const char *gt_isa(void);

/* Takes another set from now on; NULL returns to the default. GT_ERR_ARGUMENT for one that is unknown or that this
 * processor lacks. Not while ops run on other threads. */
gt_status gt_set_isa(const char *name);

GT_PUBLIC_END

#endif
