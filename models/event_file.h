/* TensorBoard's event files, as they are written: records that each hold one protobuf message of type Event
 * (tensorflow/core/util/event.proto, framework/summary.proto), in TFRecord's framing. */
#ifndef GT_EVENT_FILE_H
#define GT_EVENT_FILE_H

#include <stdint.h>

#include "core/error.h"

/* CRC-32C (Castagnoli; RFC 3720, appendix B.4) of `bytes` behind others whose sum is `before`; 0: behind nothing. */
uint32_t gt_crc32c(uint32_t before, const void *bytes, size_t length);

/* Appends to a new file of its own, "events.out.tfevents.TIME.HOST.PID.N", in a folder that is made where it is
 * missing. */
typedef struct gt_event_file gt_event_file;

/* NULL after a failure, which leaves no file: GT_ERR_ARGUMENT for the folder "", GT_ERR_IO, GT_ERR_MEMORY. Those below
 * fail with the latter two, and with GT_ERR_IO for good after they did so once. */
gt_status gt_event_file_new(const char *folder, gt_event_file **file);
/* Steps from this one on, of files that were written before, no longer count. */
gt_status gt_event_file_restart(gt_event_file *file, int64_t step);
/* A number, rounded to float32, under a tag, "loss". */
gt_status gt_event_file_scalar(gt_event_file *file, const char *tag, int64_t step, double value);

/* An image's bytes as PNG. */
typedef struct gt_event_image {
    int64_t height, width;
    int channels; /* 1 grey, 3 RGB, 4 RGBA */
    const void *png;
    size_t length;
} gt_event_image;
/* A picture under a tag, whose step shows beside it. */
gt_status gt_event_file_image(gt_event_file *file, const char *tag, int64_t step, const gt_event_image *image);

/* Writes out what is buffered. */
gt_status gt_event_file_flush(gt_event_file *file);
/* The same, and frees it; a failure that was reported is not reported again. NULL is fine. */
gt_status gt_event_file_close(gt_event_file *file);

#endif
