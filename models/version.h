/* The library's version. */
#ifndef GT_VERSION_H
#define GT_VERSION_H

#include "../core/error.h"

GT_PUBLIC_BEGIN

#define GT_VERSION_MAJOR 0
#define GT_VERSION_MINOR 1
#define GT_VERSION_PATCH 0
#define GT_VERSION       "0.1.0"

/* The version of the library that runs, which may be another than GT_VERSION, the one compiled against. */
const char *gt_version(void);

GT_PUBLIC_END

#endif
