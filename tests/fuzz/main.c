/* Runs a fuzz target on every file of a folder, where no libFuzzer does: fuzz_npy tests/fuzz/corpus/npy */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

/* From a block of exactly the file's length, so that sanitizers see a read beyond it. */
static int run_file(const char *path)
{
    static unsigned char bytes[1 << 16];
    FILE *file = fopen(path, "rb");
    if (!file)
        return 0;
    const size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    unsigned char *exact = malloc(length ? length : 1);
    for (size_t i = 0; i < length; i++)
        exact[i] = bytes[i];
    LLVMFuzzerTestOneInput(exact, length);
    free(exact);
    return 1;
}

int main(int count, char **arguments)
{
    DIR *folder = count == 2 ? opendir(arguments[1]) : NULL;
    if (!folder) {
        fprintf(stderr, "usage: %s FOLDER\n", arguments[0]);
        return 2;
    }
    int files = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", arguments[1], entry->d_name);
        if (entry->d_name[0] != '.')
            files += run_file(path);
    }
    closedir(folder);
    printf("%d files\n", files);
    return files > 0 ? 0 : 1;
}
