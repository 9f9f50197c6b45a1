#include <stdio.h>
#include <string.h>

#include "tools/plot.h"

char *plot_name(const char *file, const char *part)
{
    const char *slash = strrchr(file, '/'), *dot = strrchr(file, '.');
    const size_t stem = dot && (!slash || dot > slash) ? (size_t)(dot - file) : strlen(file);
    const size_t capacity = strlen(file) + strlen(part) + 2;
    char *name = gt_allocate(capacity);
    if (name)
        snprintf(name, capacity, "%.*s-%s%s", (int)stem, file, part, file + stem);
    return name;
}
