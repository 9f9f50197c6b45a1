#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/error.h"

void fuzz_require(bool holds, const char *condition, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: %s does not hold; the last message: '%s'\n", file, line, condition, gt_last_error());
    abort();
}
