/* models/architecture, through gt_model_parse: a model that can be used and saved, or an error that names the file. */
#include "models/saving.h"
#include "tests/fuzz/readers.h"

enum { LARGEST_SAMPLE = 1 << 16 };

/* Of one sample of zeros; that memory may run out for it is fine. */
static void predict(gt_model *model)
{
    const gt_shape sample = gt_model_sample_shape(model);
    gt_shape shape = {.rank = sample.rank + 1, .dim = {1}};
    if (sample.rank == GT_MAX_RANK || gt_shape_size(&sample) > LARGEST_SAMPLE)
        return;
    memcpy(shape.dim + 1, sample.dim, (size_t)sample.rank * sizeof *sample.dim);
    const gt_tensor *weight = gt_model_weight(model, 0);
    gt_tensor *x = gt_tensor_new(weight ? gt_tensor_dtype(weight) : GT_FLOAT32, shape);
    gt_tensor *y = gt_model_predict(model, x, 0);
    if (y)
        fuzz_read_tensor(y);
    else
        FUZZ_REQUIRE(gt_last_error()[0] != '\0');
    gt_tensor_free(x);
    gt_tensor_free(y);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gt_memory_limit(FUZZ_MEMORY);
    const size_t live = gt_memory_live();
    gt_model *model = gt_model_parse("fuzz", data, size);
    if (model)
        predict(model);
    else
        fuzz_require_message();
    gt_model_free(model);
    FUZZ_REQUIRE(gt_memory_live() == live);
    return 0;
}
