/* models/event_file, tensorboard: bytes against the formats' own descriptions, what fit writes, and failures. */
#include "models/event_file.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "core/memory.h"
#include "models/tensorboard.h"
#include "tests/support/models.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

/* ---- the checksum ----------------------------------------------------------------------------------------------- */

/* RFC 3720, appendix B.4, and the check value of the catalogue of CRCs. */
START_TEST(crc32c_gives_the_published_values)
{
    uint8_t bytes[32] = {0};
    ck_assert_uint_eq(gt_crc32c(0, "123456789", 9), 0xe3069283u);
    ck_assert_uint_eq(gt_crc32c(0, bytes, 32), 0x8a9136aau);
    memset(bytes, 0xff, 32);
    ck_assert_uint_eq(gt_crc32c(0, bytes, 32), 0x62a8ab43u);
    for (int i = 0; i < 32; i++)
        bytes[i] = (uint8_t)i;
    ck_assert_uint_eq(gt_crc32c(0, bytes, 32), 0x46dd794eu);
    ck_assert_uint_eq(gt_crc32c(gt_crc32c(0, "1234", 4), "56789", 5), 0xe3069283u);
    ck_assert_uint_eq(gt_crc32c(0, "", 0), 0);
}
END_TEST

/* ---- records ---------------------------------------------------------------------------------------------------- */

/* The one file of a folder, as bytes to be freed. */
static char *read_only_file(const char *folder, size_t *length)
{
    char path[640] = "";
    DIR *entries = opendir(folder);
    ck_assert_ptr_nonnull(entries);
    const struct dirent *entry;
    while ((entry = readdir(entries)))
        if (entry->d_name[0] != '.') {
            ck_assert_msg(!path[0], "two files in %s", folder);
            ck_assert_msg(strncmp(entry->d_name, "events.out.tfevents.", 20) == 0, "%s", entry->d_name);
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        }
    closedir(entries);
    return scratch_read(path, length);
}

static uint64_t number(const char *bytes, int count)
{
    uint64_t value = 0;
    for (int i = count - 1; i >= 0; i--)
        value = value << 8 | (uint8_t)bytes[i];
    return value;
}

static uint32_t unmasked(const char *bytes)
{
    const uint32_t rotated = (uint32_t)number(bytes, 4) - 0xa282ead8u;
    return rotated >> 17 | rotated << 15;
}

/* The message of the next record, whose checksums are held against its bytes; moves *at behind it. */
static const char *next_record(const char *bytes, size_t length, size_t *at, size_t *size)
{
    ck_assert_uint_ge(length - *at, 16);
    const char *record = bytes + *at;
    *size = (size_t)number(record, 8);
    ck_assert_uint_le(*size, length - *at - 16);
    ck_assert_uint_eq(unmasked(record + 8), gt_crc32c(0, record, 8));
    ck_assert_uint_eq(unmasked(record + 12 + *size), gt_crc32c(0, record + 12, *size));
    *at += 16 + *size;
    return record + 12;
}

/* Behind wall_time (field 1, fixed64) a message must be these bytes. */
static void assert_record(const char *bytes, size_t length, size_t *at, const char *expected, size_t expected_size)
{
    size_t size;
    const char *message = next_record(bytes, length, at, &size);
    double wall_time;
    ck_assert_uint_ge(size, 9);
    ck_assert_int_eq(message[0], 0x09);
    memcpy(&wall_time, message + 1, sizeof wall_time); /* on a little-endian machine */
    ck_assert(wall_time > 1.7e9 && wall_time < 1e11);
    ck_assert_uint_eq(size - 9, expected_size);
    ck_assert_mem_eq(message + 9, expected, expected_size);
}

#define ASSERT_RECORD(expected) assert_record(bytes, length, &at, expected, sizeof expected - 1)

START_TEST(records_are_those_of_the_format)
{
    gt_event_file *file;
    assert_ok(gt_event_file_new(scratch_folder, &file));
    assert_ok(gt_event_file_scalar(file, "loss", 1, 0.25));
    assert_ok(gt_event_file_scalar(file, "x", 300, -2));
    assert_ok(gt_event_file_image(
        file, "w", 2, &(gt_event_image){.height = 5, .width = 200, .channels = 3, .png = "\211PNG", .length = 4}));
    assert_ok(gt_event_file_restart(file, 7));
    assert_ok(gt_event_file_close(file));
    size_t length, at = 0;
    char *bytes = read_only_file(scratch_folder, &length);
    ASSERT_RECORD("\x10\x00"
                  "\x1a\x0d"
                  "brain.Event:2");
    /* step; summary { value { tag, simple_value } } */
    ASSERT_RECORD("\x10\x01"
                  "\x2a\x0d"
                  "\x0a\x0b"
                  "\x0a\x04"
                  "loss"
                  "\x15\x00\x00\x80\x3e");
    ASSERT_RECORD("\x10\xac\x02"
                  "\x2a\x0a"
                  "\x0a\x08"
                  "\x0a\x01"
                  "x"
                  "\x15\x00\x00\x00\xc0");
    /* summary { value { tag, image { height, width, colorspace, encoded_image_string } } } */
    ASSERT_RECORD("\x10\x02"
                  "\x2a\x14"
                  "\x0a\x12"
                  "\x0a\x01"
                  "w"
                  "\x22\x0d"
                  "\x08\x05"
                  "\x10\xc8\x01"
                  "\x18\x03"
                  "\x22\x04\x89PNG");
    ASSERT_RECORD("\x10\x07"
                  "\x3a\x02\x08\x01"); /* session_log { status: START } */
    ck_assert_uint_eq(at, length);
    free(bytes);
}
END_TEST

START_TEST(a_record_can_be_large)
{
    enum { SIZE = 300000 };
    char *png = calloc(SIZE, 1);
    gt_event_file *file;
    assert_ok(gt_event_file_new(scratch_folder, &file));
    assert_ok(gt_event_file_image(
        file, "w", 1, &(gt_event_image){.height = 1, .width = 1, .channels = 1, .png = png, .length = SIZE}));
    assert_ok(gt_event_file_scalar(file, "x", 1, 1));
    assert_ok(gt_event_file_close(file));
    size_t length, at = 0, size;
    char *bytes = read_only_file(scratch_folder, &length);
    next_record(bytes, length, &at, &size);
    next_record(bytes, length, &at, &size);
    ck_assert_uint_gt(size, SIZE);
    ck_assert_uint_lt(size, SIZE + 64);
    next_record(bytes, length, &at, &size);
    ck_assert_uint_eq(at, length);
    free(bytes);
    free(png);
}
END_TEST

START_TEST(each_file_is_new)
{
    gt_event_file *files[3];
    for (int i = 0; i < 3; i++)
        assert_ok(gt_event_file_new(scratch_folder, &files[i]));
    ck_assert_int_eq(scratch_count(), 3);
    for (int i = 0; i < 3; i++)
        assert_ok(gt_event_file_close(files[i]));
}
END_TEST

/* ---- the callback ----------------------------------------------------------------------------------------------- */

/* The model that was fitted goes to *fitted, unless that is NULL. */
static gt_status fit_keeping(const char *folder, int epochs, gt_model **fitted)
{
    const rows data = noise(8, 5, 3);
    gt_model *model = classifier(1);
    gt_callback *callback = gt_tensorboard(folder);
    gt_status status = gt_model_fit(model, data.x, data.y,
                                    &(gt_fit_options){.epochs = epochs, .callbacks = &callback, .callback_count = 1});
    gt_callback_free(callback);
    free_rows(data);
    if (fitted)
        *fitted = model;
    else
        gt_model_free(model);
    return status;
}

static gt_status fit_into(const char *folder, int epochs)
{
    return fit_keeping(folder, epochs, NULL);
}

static bool holds(const char *message, size_t size, const char *tag)
{
    const size_t length = strlen(tag);
    for (size_t i = 0; i + length <= size; i++)
        if (memcmp(message + i, tag, length) == 0)
            return true;
    return false;
}

START_TEST(fit_writes_its_values_and_the_rate)
{
    static const char *const tags[] = {"brain.Event:2", "loss",     "accuracy",     "learning_rate",
                                       "loss",          "accuracy", "learning_rate"};
    gt_model *model;
    assert_ok(fit_keeping(scratch_folder, 2, &model));
    size_t length, at = 0;
    char *bytes = read_only_file(scratch_folder, &length);
    int epochs;
    const double *history[] = {gt_model_history(model, "loss", &epochs), gt_model_history(model, "accuracy", &epochs)};
    ck_assert(history[0][0] != history[0][1] && history[0][0] != history[1][0]);
    for (int i = 0; i < 7; i++) {
        size_t size;
        const char *message = next_record(bytes, length, &at, &size);
        ck_assert_msg(holds(message, size, tags[i]), "record %d is not of %s", i, tags[i]);
        ck_assert_int_eq(message[9], 0x10);
        ck_assert_int_eq(message[10], (i + 2) / 3); /* the epoch, after the version's 0 */
        float value;
        memcpy(&value, message + size - sizeof value, sizeof value);
        if (i % 3 == 0)
            ck_assert(i == 0 || value == 0.001F); /* Adam's default */
        else
            ck_assert(value == (float)history[(i - 1) % 3][(i - 1) / 3]);
    }
    ck_assert_uint_eq(at, length);
    free(bytes);
    gt_model_free(model);
}
END_TEST

#ifdef GT_HAVE_JANSSON

/* TensorBoard then forgets what an older file has of epoch 3. */
START_TEST(a_run_that_goes_on_says_from_where)
{
    const rows data = noise(8, 5, 3);
    char checkpoint[128];
    snprintf(checkpoint, sizeof checkpoint, "%s-checkpoint", scratch_folder);
    for (int resumed = 0; resumed < 2; resumed++) {
        gt_model *model = classifier(1);
        gt_callback *callbacks[] = {gt_model_checkpoint(checkpoint, NULL), gt_tensorboard(scratch_folder)};
        assert_ok(gt_model_fit(model, data.x, data.y,
                               &(gt_fit_options){.epochs = resumed ? 3 : 2,
                                                 .resume = resumed ? checkpoint : NULL,
                                                 .callbacks = callbacks,
                                                 .callback_count = resumed ? 2 : 1}));
        for (int i = 0; i < 2; i++)
            gt_callback_free(callbacks[i]);
        gt_model_free(model);
    }
    ck_assert_int_eq(unlink(checkpoint), 0);
    size_t length, at = 0, size;
    char *bytes = read_only_file(scratch_folder, &length);
    next_record(bytes, length, &at, &size);
    const char *restart = next_record(bytes, length, &at, &size);
    /* Event: wall_time, step 3, session_log {status START}. */
    ck_assert_uint_eq(size, 9 + 6);
    ck_assert_mem_eq(restart + 9, "\x10\3\x3a\2\x08\1", 6);
    free(bytes);
    free_rows(data);
}
END_TEST

#endif

START_TEST(folders_are_made)
{
    char outer[96], inner[128], nested[160];
    snprintf(outer, sizeof outer, "%s/a", scratch_folder);
    snprintf(inner, sizeof inner, "%s/b", outer);
    snprintf(nested, sizeof nested, "%s/", inner);
    assert_ok(fit_into(nested, 1));
    size_t length;
    free(read_only_file(inner, &length));
    char command[160];
    snprintf(command, sizeof command, "rm -r %s", outer);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

/* ---- failures --------------------------------------------------------------------------------------------------- */

START_TEST(a_folder_that_cannot_be_made_makes_fit_fail)
{
    scratch_write(scratch_path("file"), "", 0);
    ck_assert_int_eq(fit_into(scratch_path("file"), 1), GT_ERR_IO);
    assert_message("/file: Not a directory");
    ck_assert_int_eq(fit_into(scratch_path("file/below"), 1), GT_ERR_IO);
    assert_message("/file/below: Not a directory");
    ck_assert_int_eq(fit_into("/proc/none", 1), GT_ERR_IO);
    assert_message("/proc/none: No such file");
    /* No folder can be made there: that is why, and not that it is missing. */
    ck_assert(mkdir("/sys/none", 0777) != 0);
    const char *reason = strerror(errno);
    ck_assert_int_eq(fit_into("/sys/none", 1), GT_ERR_IO);
    assert_message("/sys/none: ");
    assert_message(reason);
    gt_event_file *file;
    ck_assert_int_eq(gt_event_file_new("", &file), GT_ERR_ARGUMENT);
    ck_assert_ptr_null(file);
    ck_assert_ptr_null(gt_tensorboard(NULL));
    ck_assert_ptr_null(gt_tensorboard(""));
    assert_message("gt_tensorboard: the folder is empty");
}
END_TEST

/* As on a full disk, from some byte on. */
static gt_status fit_limited(rlim_t bytes)
{
    struct rlimit before, limit;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = bytes;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    gt_status status = fit_into(scratch_folder, 2);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    return status;
}

START_TEST(a_full_disk_makes_fit_fail)
{
    ck_assert_int_eq(fit_limited(10), GT_ERR_IO);
    assert_message("File too large");
    assert_message("events.out.tfevents.");
    ck_assert_int_eq(scratch_count(), 0);
    ck_assert_int_eq(fit_limited(100), GT_ERR_IO);
    ck_assert_int_eq(fit_limited(250), GT_ERR_IO);
    assert_ok(fit_limited(4000));
}
END_TEST

START_TEST(nothing_follows_half_a_record)
{
    enum { SIZE = 100000 };
    char *png = calloc(1, SIZE);
    struct rlimit before, limit;
    gt_event_file *file;
    signal(SIGXFSZ, SIG_IGN);
    assert_ok(gt_event_file_new(scratch_folder, &file));
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = SIZE / 2;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    const gt_event_image image = {.height = 1, .width = 1, .channels = 1, .png = png, .length = SIZE};
    ck_assert_int_eq(gt_event_file_image(file, "w", 1, &image), GT_ERR_IO);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert_int_eq(gt_event_file_scalar(file, "x", 1, 1), GT_ERR_IO);
    assert_message("what was to be written before could not be");
    ck_assert_int_eq(gt_event_file_flush(file), GT_ERR_IO);
    assert_ok(gt_event_file_close(file)); /* which was reported */
    size_t length;
    free(read_only_file(scratch_folder, &length));
    ck_assert_uint_le(length, SIZE / 2);
    free(png);
}
END_TEST

START_TEST(another_callback_has_no_file)
{
    gt_callback *callback = gt_csv_log("log.csv");
    ck_assert_ptr_null(gt_tensorboard_file(callback));
    ck_assert_ptr_null(gt_tensorboard_file(NULL));
    gt_callback_free(callback);
}
END_TEST

static struct {
    long asked, fail_at;
} injection;

static void *failing_allocate(void *context, size_t alignment, size_t bytes)
{
    (void)context;
    return ++injection.asked == injection.fail_at ? NULL : aligned_alloc(alignment, bytes);
}

static void release(void *context, void *memory, size_t bytes)
{
    (void)context, (void)bytes;
    free(memory);
}

START_TEST(every_allocation_may_fail)
{
    const gt_allocator allocator = {.allocate = failing_allocate, .release = release, .direct = 1};
    ck_assert_int_eq(gt_set_allocator(&allocator), GT_OK);
    int failures = 0;
    for (gt_status status = GT_ERR_MEMORY; status != GT_OK; failures++) {
        injection.asked = 0;
        injection.fail_at = failures + 1;
        gt_callback *callback = gt_tensorboard(scratch_folder);
        gt_event_file *file = NULL;
        status = callback ? gt_event_file_new(scratch_folder, &file) : gt_last_status();
        if (status == GT_OK)
            status = gt_event_file_image(
                file, "w", 1,
                &(gt_event_image){
                    .height = 1, .width = 1, .channels = 1, .png = scratch_folder, .length = sizeof scratch_folder});
        ck_assert(status == GT_OK || status == GT_ERR_MEMORY);
        assert_ok(gt_event_file_close(file));
        gt_callback_free(callback);
        ck_assert_uint_eq(gt_memory_live(), 0);
    }
    ck_assert_int_gt(failures, 6);
    ck_assert_int_eq(gt_set_allocator(NULL), GT_OK);
}
END_TEST

int main(void)
{
    return run_suite_with(
        "event_file", scratch_make, scratch_remove,
        (const suite_test[]){TEST(crc32c_gives_the_published_values), TEST(records_are_those_of_the_format),
                             TEST(a_record_can_be_large), TEST(each_file_is_new),
                             TEST(fit_writes_its_values_and_the_rate), TEST(folders_are_made),
                             TEST(a_folder_that_cannot_be_made_makes_fit_fail), TEST(a_full_disk_makes_fit_fail),
                             TEST(nothing_follows_half_a_record), TEST(another_callback_has_no_file),
#ifdef GT_HAVE_JANSSON
                             TEST(a_run_that_goes_on_says_from_where),
#endif
                             TEST(every_allocation_may_fail), END_OF_TESTS});
}
