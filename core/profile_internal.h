/* How the core notes ops in a profile. */
#ifndef GT_PROFILE_INTERNAL_H
#define GT_PROFILE_INTERNAL_H

#include <stdatomic.h>

#include "core/op.h"
#include "core/profile.h"

/* How many threads have a profile on: what is asked first, so that nothing else is paid while it is 0. */
extern atomic_int gt_profiles_on;
extern _Thread_local gt_profile *gt_profile_of_thread;

static inline gt_profile *gt_profile_here(void)
{
    const bool none = __builtin_expect(atomic_load_explicit(&gt_profiles_on, memory_order_relaxed) == 0, 1);
    return none ? NULL : gt_profile_of_thread;
}

/* Of `main`, its output or first input, the shape and dtype are noted. */
void gt_profile_note(gt_profile *profile, const gt_op *op, const gt_spec *main, size_t bytes, int64_t start,
                     int64_t end);

#endif
