/* The calling thread's last message, and text through a writer. */
#include "core/error_internal.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/memory.h"

static _Thread_local char last_message[512];
static _Thread_local gt_status last_status;
static _Thread_local uint64_t failures;

const char *gt_last_error(void)
{
    return last_message;
}

gt_status gt_last_status(void)
{
    return last_status;
}

const char *gt_status_name(gt_status status)
{
    switch (status) {
    case GT_OK:
        return "ok";
    case GT_ERR_ARGUMENT:
        return "argument";
    case GT_ERR_SHAPE:
        return "shape";
    case GT_ERR_DTYPE:
        return "dtype";
    case GT_ERR_DEVICE:
        return "device";
    case GT_ERR_VALUE:
        return "value";
    case GT_ERR_MEMORY:
        return "out of memory";
    case GT_ERR_STATE:
        return "state";
    case GT_ERR_GRADIENT:
        return "gradient";
    case GT_ERR_IO:
        return "input/output";
    case GT_ERR_FORMAT:
        return "format";
    case GT_ERR_UNSUPPORTED:
        return "unsupported";
    }
    return "unknown status";
}

gt_status gt_fail(gt_status status, const char *format, ...)
{
    /* Through a second buffer, because the last message may itself be an argument. */
    char message[sizeof last_message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    snprintf(last_message, sizeof last_message, "%s", message);
    last_status = status;
    failures++;
    return status;
}

uint64_t gt_failures(void)
{
    return failures;
}

gt_status gt_explained(gt_status status, uint64_t before, const char *who)
{
    if (status == GT_OK || failures != before)
        return status;
    return gt_fail(status, "%s: failed without a message (%s)", who, gt_status_name(status));
}

void gt_write_file(void *context, const char *text, size_t length)
{
    fwrite(text, 1, length, context);
}

void gt_write(gt_writer *writer, void *context, const char *format, ...)
{
    char line[256];
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(line, sizeof line, format, arguments);
    if (length >= 0 && (size_t)length < sizeof line) {
        writer(context, line, (size_t)length);
    } else if (length >= 0) {
        char *longer = gt_allocate((size_t)length + 1);
        if (longer)
            vsnprintf(longer, (size_t)length + 1, format, again);
        /* Out of memory, a line is cut rather than lost. */
        writer(context, longer ? longer : line, longer ? (size_t)length : sizeof line - 1);
        gt_release(longer);
    }
    va_end(again);
    va_end(arguments);
}
