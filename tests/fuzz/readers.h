/* What the readers' fuzz targets share. */
#ifndef TEST_FUZZ_READERS_H
#define TEST_FUZZ_READERS_H

#include <string.h>

#include "core/memory.h"
#include "models/archive.h"
#include "tests/fuzz/fuzz.h"

/* More than a few kilobytes may ask for. */
#define FUZZ_MEMORY ((size_t)64 << 20)

/* A failure names the file. */
static inline void fuzz_require_message(void)
{
    FUZZ_REQUIRE(gt_last_status() != GT_OK);
    FUZZ_REQUIRE(strncmp(gt_last_error(), "fuzz", 4) == 0 || gt_last_status() == GT_ERR_MEMORY);
}

/* Reads every entry, and nothing beyond. */
static inline void fuzz_read_tensor(const gt_tensor *tensor)
{
    const gt_shape shape = gt_tensor_shape(tensor);
    FUZZ_REQUIRE(gt_shape_check("fuzz", gt_tensor_dtype(tensor), &shape) == GT_OK);
    double sum = 0;
    for (int64_t i = 0; i < gt_tensor_size(tensor); i++)
        sum += gt_tensor_at(tensor, i);
    FUZZ_REQUIRE(sum == sum || gt_dtype_is_real(gt_tensor_dtype(tensor)));
}

static inline void fuzz_read_archive(const uint8_t *data, size_t size)
{
    gt_memory_limit(FUZZ_MEMORY);
    const size_t live = gt_memory_live();
    gt_archive *archive = gt_archive_parse("fuzz", data, size);
    if (!archive)
        fuzz_require_message();
    for (int i = 0; i < gt_archive_count(archive); i++) {
        FUZZ_REQUIRE(gt_archive_find(archive, gt_archive_name(archive, i)) == gt_archive_at(archive, i));
        fuzz_read_tensor(gt_archive_at(archive, i));
    }
    for (int i = 0; i < gt_archive_text_count(archive); i++)
        FUZZ_REQUIRE(gt_archive_text(archive, gt_archive_text_key(archive, i)) != NULL);
    gt_archive_free(archive);
    FUZZ_REQUIRE(gt_memory_live() == live);
}

#endif
