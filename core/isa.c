/* Finds out which instruction sets the processor has, and holds the choice. */
#include "core/isa.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/isa_internal.h"

_Atomic int gt_isa_chosen = GT_ISA_UNDECIDED;

/* From the most general to the best. */
#if defined(__x86_64__)
static const char *const names[GT_ISAS] = {"baseline", "avx2", "avx512"};
#elif defined(__aarch64__)
static const char *const names[GT_ISAS] = {"neon"};
#else
static const char *const names[GT_ISAS] = {"baseline"};
#endif

static bool processor_has(int isa)
{
#if defined(__x86_64__)
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (isa == GT_ISA_AVX2)
        return avx2;
    if (isa == GT_ISA_AVX512)
        return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
#endif
    return isa == GT_ISA_BASELINE;
}

static int best(void)
{
    int isa = GT_ISAS - 1;
    while (!processor_has(isa))
        isa--;
    return isa;
}

/* The set of this name; GT_ISA_UNDECIDED, with a message that begins with `who`, where there is none. */
static int find(const char *who, const char *name)
{
    for (int isa = 0; isa < GT_ISAS; isa++) {
        if (strcmp(name, names[isa]) != 0)
            continue;
        if (processor_has(isa))
            return isa;
        gt_fail(GT_ERR_ARGUMENT, "%s: this processor has no %s; %s is its best instruction set", who, name,
                names[best()]);
        return GT_ISA_UNDECIDED;
    }
    gt_fail(GT_ERR_ARGUMENT, "%s: '%s' is no instruction set of this build; %s is this processor's best", who, name,
            names[best()]);
    return GT_ISA_UNDECIDED;
}

gt_status gt_isa_decide(void)
{
    if (gt_isa_in_use() != GT_ISA_UNDECIDED)
        return GT_OK;
    const char *asked = getenv("GRADTAPE_ISA");
    const int isa = asked && *asked ? find("GRADTAPE_ISA", asked) : best();
    atomic_store_explicit(&gt_isa_chosen, isa, memory_order_relaxed);
    return isa == GT_ISA_UNDECIDED ? GT_ERR_ARGUMENT : GT_OK;
}

const char *gt_isa(void)
{
    return gt_isa_decide() == GT_OK ? names[gt_isa_in_use()] : NULL;
}

gt_status gt_set_isa(const char *name)
{
    const int isa = name ? find("set_isa", name) : GT_ISA_UNDECIDED;
    if (name && isa == GT_ISA_UNDECIDED)
        return GT_ERR_ARGUMENT;
    atomic_store_explicit(&gt_isa_chosen, isa, memory_order_relaxed);
    return GT_OK;
}
