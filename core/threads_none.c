/* core/threads.h for a build without threads (GRADTAPE_THREADS=OFF): all parts run on the caller. They are cut as the
 * pool cuts them, so that results have the same bits. */
#include "core/threads.h"

static int64_t piece(int64_t left, int64_t grain)
{
    return left < grain ? left : grain;
}

void gt_parallel(int64_t count, int64_t grain, gt_range_body *body, void *context)
{
    for (int64_t begin = 0, length; begin < count; begin += length) {
        length = piece(count - begin, grain);
        body(context, begin, begin + length);
    }
}

void gt_parallel_slots(int64_t count, int64_t grain, int slots, gt_slot_body *body, void *context)
{
    (void)slots;
    for (int64_t begin = 0, length; begin < count; begin += length) {
        length = piece(count - begin, grain);
        body(context, 0, begin, begin + length);
    }
}

int gt_threads(void)
{
    return 1;
}

gt_status gt_set_threads(int count)
{
    if (count < 0 || count > GT_MAX_THREADS)
        return gt_fail(GT_ERR_ARGUMENT, "set_threads: %d is outside 0..%d", count, GT_MAX_THREADS);
    return count <= 1
               ? GT_OK
               : gt_fail(GT_ERR_UNSUPPORTED, "set_threads: %d threads in a build with GRADTAPE_THREADS=OFF", count);
}

void gt_threads_stop(void)
{
}
