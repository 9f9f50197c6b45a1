/* Names that a mistyped word may have meant, by edit distance (Wagner and Fischer, J. ACM 21, 1974). */
#include <stdio.h>
#include <string.h>

#include "tools/options.h"

enum { LONGEST = 63, MOST = 3, FAR = LONGEST + 1 };

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* How many letters must be put in, left out or exchanged to make one from the other. */
static int distance(const char *a, const char *b)
{
    size_t length = strlen(b);
    if (strlen(a) > LONGEST || length > LONGEST)
        return FAR;
    int row[LONGEST + 1];
    for (size_t j = 0; j <= length; j++)
        row[j] = (int)j;
    for (size_t i = 0; a[i]; i++) {
        int diagonal = row[0];
        row[0] = (int)i + 1;
        for (size_t j = 0; j < length; j++) {
            int exchanged = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = smaller(exchanged, smaller(row[j], row[j + 1]) + 1);
        }
    }
    return row[length];
}

/* 0 is best. A name that goes on where the word ends is as good as one with a wrong letter. */
static int unlikeness(const char *word, const char *name)
{
    size_t length = strlen(word);
    int far = distance(word, name);
    if (length >= 2 && strncmp(word, name, length) == 0)
        far = smaller(far, 1);
    return far <= smaller((int)(length + 2) / 3, 3) ? far : FAR;
}

suggestion suggest(const char *word, int count, const char *(*name_at)(const void *names, int index), const void *names)
{
    const char *best[MOST];
    int found = 0;
    for (int far = 0; far < FAR; far++)
        for (int i = 0; i < count && found < MOST; i++)
            if (unlikeness(word, name_at(names, i)) == far)
                best[found++] = name_at(names, i);
    suggestion result = {""};
    size_t used = 0;
    for (int i = 0; i < found && used < sizeof result.text; i++) {
        const char *before = i == 0 ? "; did you mean" : i + 1 < found ? "," : " or";
        used += (size_t)snprintf(result.text + used, sizeof result.text - used, "%s '%.40s'%s", before, best[i],
                                 i + 1 < found ? "" : "?");
    }
    return result;
}
