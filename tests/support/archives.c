#include "tests/support/archives.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

/* ---- files ------------------------------------------------------------------------------------------------------ */

const char *case_path(const char *file)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/archive_cases/%s", TEST_DATA, file);
    return path;
}

unsigned char *bytes_of_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s cannot be opened", path);
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*length ? *length : 1);
    ck_assert_uint_eq(fread(bytes, 1, *length, file), *length);
    fclose(file);
    return bytes;
}

unsigned char *case_bytes(const char *file, size_t *length)
{
    return bytes_of_file(case_path(file), length);
}

/* ---- the manifest ----------------------------------------------------------------------------------------------- */

typedef struct row {
    char line[8192];
    char *file, *name, *dtype, *shape, *values;
} row;

/* Fields may be empty. */
static bool read_row(FILE *manifest, row *r)
{
    char **const fields[] = {&r->file, &r->name, &r->dtype, &r->shape, &r->values};
    if (!fgets(r->line, sizeof r->line, manifest))
        return false;
    r->line[strcspn(r->line, "\n")] = '\0';
    char *at = r->line;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        ck_assert_msg(at != NULL, "a row of the manifest has too few fields");
        *fields[i] = at;
        at = strchr(at, '\t');
        if (at)
            *at++ = '\0';
    }
    return true;
}

static gt_shape shape_of(const char *text)
{
    gt_shape shape = {0};
    for (char *at = (char *)text; *at >= '0' && *at <= '9'; at += *at == 'x')
        shape.dim[shape.rank++] = strtol(at, &at, 10);
    return shape;
}

static void check_row(const row *r, const gt_tensor *tensor)
{
    const gt_shape shape = gt_tensor_shape(tensor), expected = shape_of(r->shape);
    ck_assert_msg(tensor != NULL, "%s: no '%s'", r->file, r->name);
    ck_assert_str_eq(gt_dtype_name(gt_tensor_dtype(tensor)), r->dtype);
    ck_assert_str_eq(gt_shape_text(&shape).text, gt_shape_text(&expected).text);
    char *at = r->values;
    for (int64_t i = 0; i < gt_tensor_size(tensor); i++) {
        char *start = at;
        const double value = strtod(start, &at), got = gt_tensor_at(tensor, i);
        ck_assert_msg(at != start, "%s: '%s' has more values than the manifest", r->file, r->name);
        ck_assert_msg(isnan(value) ? isnan(got) : got == value && signbit(got) == signbit(value),
                      "%s: '%s'[%lld] is %a, not %a", r->file, r->name, (long long)i, got, value);
    }
    ck_assert_str_eq(at, "");
}

/* Compares a row with what its file holds: `place` counts the file's tensors. */
static void check_in(const row *r, const gt_archive *archive, int *place)
{
    if (strcmp(r->dtype, "text") == 0) {
        ck_assert_msg(gt_archive_text(archive, r->name) != NULL, "%s: no text '%s'", r->file, r->name);
        ck_assert_str_eq(gt_archive_text(archive, r->name), r->values);
        return;
    }
    ck_assert_str_eq(gt_archive_name(archive, *place), r->name);
    ck_assert_ptr_eq(gt_archive_find(archive, r->name), gt_archive_at(archive, *place));
    check_row(r, gt_archive_at(archive, *place));
    ++*place;
}

void check_cases(const char *ending)
{
    static row r;
    char current[256] = "";
    gt_archive *archive = NULL;
    int place = 0, files = 0;
    FILE *manifest = fopen(case_path("manifest.tsv"), "r");
    ck_assert(manifest != NULL && read_row(manifest, &r)); /* the titles */
    while (read_row(manifest, &r)) {
        const size_t length = strlen(r.file);
        if (length < strlen(ending) || strcmp(r.file + length - strlen(ending), ending) != 0)
            continue;
        if (strcmp(r.file, current) != 0) {
            ck_assert_int_eq(gt_archive_count(archive), place);
            gt_archive_free(archive);
            snprintf(current, sizeof current, "%s", r.file);
            archive = gt_archive_read(case_path(r.file));
            ck_assert_msg(archive != NULL, "%s", gt_last_error());
            place = 0;
            files++;
        }
        check_in(&r, archive, &place);
    }
    ck_assert_int_eq(gt_archive_count(archive), place);
    ck_assert_int_gt(files, 0);
    gt_archive_free(archive);
    fclose(manifest);
}

/* ---- comparing -------------------------------------------------------------------------------------------------- */

void check_same_tensor(const gt_tensor *a, const gt_tensor *b)
{
    ck_assert_msg(a != NULL && b != NULL, "%s", gt_last_error());
    const gt_shape shape = gt_tensor_shape(a), other = gt_tensor_shape(b);
    ck_assert_int_eq(gt_tensor_dtype(a), gt_tensor_dtype(b));
    ck_assert_str_eq(gt_shape_text(&shape).text, gt_shape_text(&other).text);
    if (gt_tensor_size(a) > 0)
        ck_assert_mem_eq(gt_tensor_data(a), gt_tensor_data(b),
                         (size_t)gt_tensor_size(a) * gt_dtype_size(gt_tensor_dtype(a)));
}

gt_archive *archive_of_all_kinds(const char *prefix)
{
    static const gt_dtype dtypes[] = {GT_FLOAT32, GT_FLOAT64, GT_INT32, GT_UINT8};
    gt_archive *archive = gt_archive_new();
    ck_assert_ptr_nonnull(archive);
    for (int i = 0; i < 40; i++) {
        const int64_t dim[] = {2, i < 36 ? 3 : 0, 1, 2, 1, 2, 1, 2};
        const gt_dtype dtype = dtypes[i % 4];
        char name[64];
        snprintf(name, sizeof name, "%s%02d", prefix, i);
        gt_tensor *tensor = gt_tensor_new(dtype, gt_shape_of(i < 36 ? i / 4 : 2, dim));
        unsigned char *bytes = gt_tensor_data_write(tensor);
        for (size_t k = 0; k < (size_t)gt_tensor_size(tensor) * gt_dtype_size(dtype); k++)
            bytes[k] = (unsigned char)(k * 37 + (size_t)i);
        ck_assert_int_eq(gt_archive_add(archive, name, tensor), GT_OK);
        gt_tensor_free(tensor);
    }
    return archive;
}

void check_same_archive(const gt_archive *a, const gt_archive *b)
{
    ck_assert_msg(a != NULL && b != NULL, "%s", gt_last_error());
    ck_assert_int_eq(gt_archive_count(a), gt_archive_count(b));
    for (int i = 0; i < gt_archive_count(a); i++) {
        ck_assert_str_eq(gt_archive_name(a, i), gt_archive_name(b, i));
        check_same_tensor(gt_archive_at(a, i), gt_archive_at(b, i));
    }
}

/* ---- damage ----------------------------------------------------------------------------------------------------- */

/* Whether a copy of exactly these bytes is an archive. */
static bool parses(const char *file, const unsigned char *bytes, size_t length)
{
    unsigned char *exact = malloc(length ? length : 1);
    memcpy(exact, bytes, length);
    gt_archive *archive = gt_archive_parse(file, exact, length);
    const bool valid = archive != NULL;
    free(exact);
    if (!valid)
        ck_assert_msg(strncmp(gt_last_error(), file, strlen(file)) == 0, "the message is '%s'", gt_last_error());
    gt_archive_free(archive);
    return valid;
}

static void check_changes(const char *file, unsigned char *bytes, size_t length, size_t thorough)
{
    for (size_t i = 0; i < length; i++) {
        const unsigned char kept = bytes[i];
        const int step = i < thorough ? 1 : 37;
        for (int change = 1; change < 256; change += step) {
            bytes[i] = (unsigned char)(kept ^ change);
            parses(file, bytes, length);
        }
        bytes[i] = kept;
    }
}

void check_truncated(const char *file)
{
    size_t length;
    unsigned char *bytes = case_bytes(file, &length);
    ck_assert_msg(parses(file, bytes, length), "%s", gt_last_error());
    for (size_t cut = 0; cut < length; cut++)
        ck_assert_msg(!parses(file, bytes, cut), "%s: its first %zu bytes are an archive", file, cut);
    free(bytes);
}

void check_damaged(const char *file, size_t thorough)
{
    check_truncated(file);
    size_t length;
    unsigned char *bytes = case_bytes(file, &length);
    check_changes(file, bytes, length, thorough);
    free(bytes);
}

/* ---- memory ----------------------------------------------------------------------------------------------------- */

static struct {
    long asked, fail_at; /* allocations so far; which one fails */
    bool struck;
} injection;

static void *failing_allocate(void *context, size_t alignment, size_t bytes)
{
    (void)context;
    if (++injection.asked != injection.fail_at)
        return aligned_alloc(alignment, bytes);
    injection.struck = true;
    return NULL;
}

static void release(void *context, void *memory, size_t bytes)
{
    (void)context, (void)bytes;
    free(memory);
}

void check_allocations(gt_status (*scenario)(void))
{
    const gt_allocator allocator = {.allocate = failing_allocate, .release = release, .direct = 1};
    ck_assert_int_eq(gt_set_allocator(&allocator), GT_OK);
    long failures = -1;
    do {
        const size_t live = gt_memory_live();
        injection.asked = 0;
        injection.struck = false;
        injection.fail_at = ++failures + 1;
        gt_status status = scenario();
        const char *message = gt_last_error();
        ck_assert_msg(gt_memory_live() == live, "allocation %ld: %zu bytes are left", injection.fail_at,
                      gt_memory_live() - live);
        if (injection.struck)
            ck_assert_msg(status == GT_ERR_MEMORY && strstr(message, "out of memory"), "allocation %ld: %s: %s",
                          injection.fail_at, gt_status_name(status), message);
        else
            ck_assert_msg(status == GT_OK, "undisturbed: %s", message);
    } while (injection.struck);
    ck_assert_int_gt(failures, 0);
    ck_assert_int_eq(gt_set_allocator(NULL), GT_OK);
}
