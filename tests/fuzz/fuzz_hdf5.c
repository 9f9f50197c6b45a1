/* models/hdf5, through gt_archive_parse: a valid archive, or an error that names the file. With made-up input libhdf5
 * itself may crash: models/archive.h says so, and only what is kept is run by itself. */
#include "tests/fuzz/readers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read_archive(data, size);
    return 0;
}
