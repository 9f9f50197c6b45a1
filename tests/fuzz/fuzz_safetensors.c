/* models/safetensors, through gt_archive_parse: a valid archive, or an error that names the file. */
#include "tests/fuzz/readers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read_archive(data, size);
    return 0;
}
