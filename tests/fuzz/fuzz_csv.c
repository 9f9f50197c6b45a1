/* models/csv: a valid table, or an error that names the file. */
#include "models/data.h"
#include "tests/fuzz/readers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gt_memory_limit(FUZZ_MEMORY);
    const size_t live = gt_memory_live();
    for (int i = 0; i < 2; i++) {
        const gt_csv_options options = {.separator = i ? '\t' : 0, .float32 = i};
        gt_tensor *tensor = gt_csv_parse("fuzz", data, size, &options);
        if (tensor)
            fuzz_read_tensor(tensor);
        else
            fuzz_require_message();
        gt_tensor_free(tensor);
    }
    FUZZ_REQUIRE(gt_memory_live() == live);
    return 0;
}
