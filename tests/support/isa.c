/* Finds the instruction sets by trying all names. */
#include "tests/support/isa.h"

#include <stddef.h>

#include "core/isa.h"

static const char *const names[] = {"baseline", "neon", "avx2", "avx512"};
enum { NAMES = sizeof names / sizeof names[0] };

int isa_count(void)
{
    int count = 0;
    for (int i = 0; i < NAMES; i++)
        count += gt_set_isa(names[i]) == GT_OK;
    gt_set_isa(NULL);
    return count;
}

const char *take_isa(int index)
{
    for (int i = 0; i < NAMES; i++)
        if (gt_set_isa(names[i]) == GT_OK && index-- == 0)
            return names[i];
    return NULL;
}
