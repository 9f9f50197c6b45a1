/* models/npy: a valid tensor, which is the same again once it is written and read, or an error that names the file. */
#include "models/npy_internal.h"
#include "tests/fuzz/readers.h"

static void write_and_read(const gt_tensor *tensor)
{
    void *bytes;
    size_t length;
    FUZZ_REQUIRE(gt_npy_encode("fuzz", tensor, &bytes, &length) == GT_OK);
    gt_tensor *again = gt_npy_parse("again", bytes, length);
    FUZZ_REQUIRE(again != NULL);
    const gt_shape shape = gt_tensor_shape(tensor), other = gt_tensor_shape(again);
    FUZZ_REQUIRE(gt_shape_equal(&shape, &other) && gt_tensor_dtype(tensor) == gt_tensor_dtype(again));
    FUZZ_REQUIRE(gt_tensor_size(tensor) == 0 ||
                 memcmp(gt_tensor_data(tensor), gt_tensor_data(again),
                        (size_t)gt_tensor_size(tensor) * gt_dtype_size(gt_tensor_dtype(tensor))) == 0);
    gt_tensor_free(again);
    gt_pool_release(bytes, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gt_memory_limit(FUZZ_MEMORY);
    const size_t live = gt_memory_live();
    gt_tensor *tensor = gt_npy_parse("fuzz", data, size);
    if (tensor) {
        fuzz_read_tensor(tensor);
        write_and_read(tensor);
    } else {
        fuzz_require_message();
    }
    gt_tensor_free(tensor);
    FUZZ_REQUIRE(gt_memory_live() == live);
    return 0;
}
