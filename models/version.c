/* The library's version: the build system's, which test_layer holds against the header's. */
#include "models/version.h"

const char *gt_version(void)
{
    return GT_VERSION_TEXT;
}
