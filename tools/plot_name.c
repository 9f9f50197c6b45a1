#include <stdio.h>
#include <string.h>

#include "tools/plot.h"

/* How much of it is before the ending. */
static size_t stem_of(const char *file)
{
    const char *slash = strrchr(file, '/'), *dot = strrchr(slash ? slash + 1 : file, '.');
    return dot && dot != (slash ? slash + 1 : file) ? (size_t)(dot - file) : strlen(file);
}

char *plot_name(const char *file, const char *part)
{
    const size_t stem = stem_of(file), capacity = strlen(file) + strlen(part) + 2;
    char *name = gt_allocate(capacity);
    if (name)
        snprintf(name, capacity, "%.*s-%s%s", (int)stem, file, part, file + stem);
    return name;
}

char *plot_name_of_log(const char *log)
{
    const size_t stem = stem_of(log);
    char *name = gt_allocate(stem + sizeof ".png");
    if (name)
        snprintf(name, stem + sizeof ".png", "%.*s.png", (int)stem, log);
    return name;
}
