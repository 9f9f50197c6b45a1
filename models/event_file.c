/* Event files, record by record. A message is written from its end to its beginning, so that the length of an inner one
 * is known when its header is written in front of it (https://protobuf.dev/programming-guides/encoding). */
#include "models/event_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/memory.h"

struct gt_event_file {
    char *path;
    FILE *file;
    bool failed;      /* which was reported */
    uint8_t *message; /* what is being written: it ends at `capacity`, and begins at `begin` */
    size_t begin, capacity;
};

/* ---- checksums -------------------------------------------------------------------------------------------------- */

/* What each value of a byte adds: the polynomial 0x1EDC6F41, its bits reversed. */
static void make_table(uint32_t table[256])
{
    for (uint32_t value = 0; value < 256; value++) {
        table[value] = value;
        for (int bit = 0; bit < 8; bit++)
            table[value] = table[value] & 1 ? table[value] >> 1 ^ 0x82f63b78u : table[value] >> 1;
    }
}

uint32_t gt_crc32c(uint32_t before, const void *bytes, size_t length)
{
    uint32_t table[256], sum = ~before;
    make_table(table); /* 2,048 steps: nothing beside writing a record */
    for (size_t i = 0; i < length; i++)
        sum = table[(sum ^ ((const uint8_t *)bytes)[i]) & 0xff] ^ sum >> 8;
    return ~sum;
}

/* TFRecord's: a sum over bytes that hold their own sum would always be the same. */
static uint32_t masked_crc(const void *bytes, size_t length)
{
    const uint32_t sum = gt_crc32c(0, bytes, length);
    return (sum >> 15 | sum << 17) + 0xa282ead8u;
}

static void little_endian(uint8_t *bytes, uint64_t value, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

/* ---- messages --------------------------------------------------------------------------------------------------- */

enum { VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5 }; /* wire types */

/* Begins a message with room for `payload` bytes, and for the numbers and headers of any event here. */
static gt_status begin_message(gt_event_file *file, size_t payload)
{
    enum { NUMBERS_AND_HEADERS = 128 };
    if (payload > SIZE_MAX / 4)
        return gt_fail(GT_ERR_MEMORY, "%s: a record of %zu bytes", file->path, payload);
    if (payload + NUMBERS_AND_HEADERS > file->capacity) {
        gt_release(file->message);
        file->capacity = 0;
        file->message = gt_allocate(2 * payload + NUMBERS_AND_HEADERS);
        if (!file->message)
            return GT_ERR_MEMORY;
        file->capacity = 2 * payload + NUMBERS_AND_HEADERS;
    }
    file->begin = file->capacity;
    return GT_OK;
}

static void put_bytes(gt_event_file *file, const void *bytes, size_t length)
{
    file->begin -= length;
    memcpy(file->message + file->begin, bytes, length);
}

static void put_varint(gt_event_file *file, uint64_t value)
{
    uint8_t bytes[10];
    size_t count = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[count++] = (uint8_t)(value | 0x80);
    bytes[count++] = (uint8_t)value;
    put_bytes(file, bytes, count);
}

static void put_header(gt_event_file *file, unsigned field, unsigned wire_type)
{
    put_varint(file, field << 3 | wire_type);
}

static void put_integer(gt_event_file *file, unsigned field, int64_t value)
{
    put_varint(file, (uint64_t)value);
    put_header(file, field, VARINT);
}

static void put_float(gt_event_file *file, unsigned field, float value)
{
    uint32_t bits;
    uint8_t bytes[sizeof bits];
    memcpy(&bits, &value, sizeof bits);
    little_endian(bytes, bits, sizeof bytes);
    put_bytes(file, bytes, sizeof bytes);
    put_header(file, field, FIXED32);
}

static void put_double(gt_event_file *file, unsigned field, double value)
{
    uint64_t bits;
    uint8_t bytes[sizeof bits];
    memcpy(&bits, &value, sizeof bits);
    little_endian(bytes, bits, sizeof bytes);
    put_bytes(file, bytes, sizeof bytes);
    put_header(file, field, FIXED64);
}

static void put_string(gt_event_file *file, unsigned field, const void *bytes, size_t length)
{
    put_bytes(file, bytes, length);
    put_varint(file, length);
    put_header(file, field, LENGTH);
}

/* All from the message's beginning to `end` becomes a message within it. */
static void put_around(gt_event_file *file, unsigned field, size_t end)
{
    put_varint(file, end - file->begin);
    put_header(file, field, LENGTH);
}

static gt_status io_error(gt_event_file *file)
{
    file->failed = true;
    return gt_fail(GT_ERR_IO, "%s: %s", file->path, strerror(errno));
}

/* Behind half a record, a reader would find nothing any more. */
static gt_status broken(const gt_event_file *file)
{
    return gt_fail(GT_ERR_IO, "%s: what was to be written before could not be", file->path);
}

/* Writes the message, an Event but for its first two fields, as a record. */
static gt_status end_event(gt_event_file *file, int64_t step)
{
    enum { WALL_TIME = 1, STEP = 2 };
    if (file->failed)
        return broken(file);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    put_integer(file, STEP, step);
    put_double(file, WALL_TIME, (double)now.tv_sec + (double)now.tv_nsec * 1e-9);
    const uint8_t *message = file->message + file->begin;
    const size_t length = file->capacity - file->begin;
    uint8_t head[12], tail[4];
    little_endian(head, length, 8);
    little_endian(head + 8, masked_crc(head, 8), 4);
    little_endian(tail, masked_crc(message, length), 4);
    const bool written = fwrite(head, sizeof head, 1, file->file) == 1 && fwrite(message, length, 1, file->file) == 1 &&
                         fwrite(tail, sizeof tail, 1, file->file) == 1;
    return written ? GT_OK : io_error(file);
}

/* ---- events ----------------------------------------------------------------------------------------------------- */

enum { EVENT_FILE_VERSION = 3, EVENT_SUMMARY = 5, EVENT_SESSION_LOG = 7 };

static gt_status write_version(gt_event_file *file)
{
    static const char version[] = "brain.Event:2";
    gt_status status = begin_message(file, sizeof version);
    if (status != GT_OK)
        return status;
    put_string(file, EVENT_FILE_VERSION, version, sizeof version - 1);
    return end_event(file, 0);
}

gt_status gt_event_file_restart(gt_event_file *file, int64_t step)
{
    enum { STATUS = 1, START = 1 };
    gt_status status = begin_message(file, 0);
    if (status != GT_OK)
        return status;
    put_integer(file, STATUS, START);
    put_around(file, EVENT_SESSION_LOG, file->capacity);
    return end_event(file, step);
}

enum { SUMMARY_VALUE = 1, VALUE_TAG = 1, VALUE_SIMPLE = 2, VALUE_IMAGE = 4 };

/* Around a value: its tag, and the summary of it alone. */
static gt_status end_summary(gt_event_file *file, const char *tag, int64_t step)
{
    put_string(file, VALUE_TAG, tag, strlen(tag));
    put_around(file, SUMMARY_VALUE, file->capacity);
    put_around(file, EVENT_SUMMARY, file->capacity);
    return end_event(file, step);
}

gt_status gt_event_file_scalar(gt_event_file *file, const char *tag, int64_t step, double value)
{
    gt_status status = begin_message(file, strlen(tag));
    if (status != GT_OK)
        return status;
    put_float(file, VALUE_SIMPLE, (float)value);
    return end_summary(file, tag, step);
}

gt_status gt_event_file_image(gt_event_file *file, const char *tag, int64_t step, const gt_event_image *image)
{
    enum { HEIGHT = 1, WIDTH = 2, COLORSPACE = 3, ENCODED = 4 };
    gt_status status = begin_message(file, strlen(tag) + image->length);
    if (status != GT_OK)
        return status;
    put_string(file, ENCODED, image->png, image->length);
    put_integer(file, COLORSPACE, image->channels);
    put_integer(file, WIDTH, image->width);
    put_integer(file, HEIGHT, image->height);
    put_around(file, VALUE_IMAGE, file->capacity);
    return end_summary(file, tag, step);
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

static void make_one(const char *path, int *error)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        *error = errno;
}

/* With the folders above it. Whether that was needed shows when the file is made in it: *error is then why it failed.
 */
static gt_status make_folder(const char *folder, int *error)
{
    char *path = gt_copy_string(folder);
    *error = 0;
    if (!path)
        return GT_ERR_MEMORY;
    for (char *at = path + 1; *at; at++)
        if (*at == '/') {
            *at = '\0';
            make_one(path, error);
            *at = '/';
        }
    make_one(path, error);
    gt_release(path);
    return GT_OK;
}

static void host_name(char name[256])
{
    if (gethostname(name, 256) != 0)
        strcpy(name, "host");
    name[255] = '\0';
    for (char *at = name; *at; at++)
        if (*at == '/')
            *at = '_';
}

/* TensorBoard reads the files of a folder in the order of their names: by the time, then by the number that keeps
 * apart those of one second. */
static gt_status open_new(gt_event_file *file, const char *folder, int folder_error)
{
    char host[256];
    host_name(host);
    const size_t capacity = strlen(folder) + strlen(host) + 96;
    file->path = gt_allocate(capacity);
    if (!file->path)
        return GT_ERR_MEMORY;
    const long long now = (long long)time(NULL);
    for (int number = 0; !file->file && number < 1000; number++) {
        snprintf(file->path, capacity, "%s/events.out.tfevents.%010lld.%s.%ld.%03d", folder, now, host, (long)getpid(),
                 number);
        file->file = fopen(file->path, "wxe");
        if (!file->file && errno != EEXIST)
            return gt_fail(GT_ERR_IO, "%s: %s", folder,
                           strerror(errno == ENOENT && folder_error ? folder_error : errno));
    }
    return file->file ? GT_OK : io_error(file);
}

gt_status gt_event_file_new(const char *folder, gt_event_file **file)
{
    *file = NULL;
    if (!folder[0])
        return gt_fail(GT_ERR_ARGUMENT, "gt_event_file_new: the folder is empty");
    gt_event_file *made = gt_allocate(sizeof *made);
    if (!made)
        return GT_ERR_MEMORY;
    int folder_error;
    gt_status status = make_folder(folder, &folder_error);
    if (status == GT_OK)
        status = open_new(made, folder, folder_error);
    if (status == GT_OK)
        status = write_version(made);
    if (status == GT_OK)
        status = gt_event_file_flush(made);
    if (status == GT_OK) {
        *file = made;
        return GT_OK;
    }
    if (made->file)
        unlink(made->path);
    gt_event_file_close(made);
    return status;
}

gt_status gt_event_file_flush(gt_event_file *file)
{
    if (file->failed)
        return broken(file);
    return fflush(file->file) == 0 && !ferror(file->file) ? GT_OK : io_error(file);
}

gt_status gt_event_file_close(gt_event_file *file)
{
    if (!file)
        return GT_OK;
    gt_status status = GT_OK;
    if (file->file && fclose(file->file) != 0 && !file->failed)
        status = io_error(file);
    gt_release(file->message);
    gt_release(file->path);
    gt_release(file);
    return status;
}
