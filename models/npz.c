/* NPZ: a zip archive of NPY files, NAME.npy for the array NAME, as numpy.savez writes it.
 * https://numpy.org/doc/stable/reference/generated/numpy.savez.html. What an archive says of itself is not trusted:
 * a few bytes that claim to unpack to gigabytes are refused before memory for them is asked for. */
#include <string.h>

#include "models/archive_internal.h"

bool gt_is_npz(const void *bytes, size_t length)
{
    return length >= 4 && (memcmp(bytes, "PK\3\4", 4) == 0 || memcmp(bytes, "PK\5\6", 4) == 0); /* none in it */
}

#ifdef GT_HAVE_LIBZIP

#include <stdio.h>
#include <zip.h>

#include "core/memory.h"
#include "models/deflate.h"
#include "models/files.h"
#include "models/npy_internal.h"

#define ENDING   ".npy"
/* Midnight of 1980-01-01, where DOS begins to count, as NumPy has it: the same tensors give the same file. */
#define DOS_TIME 0
#define DOS_DATE 0x21

static gt_status zip_failed(const char *who, zip_error_t *error)
{
    if (zip_error_code_zip(error) == ZIP_ER_MEMORY)
        return gt_fail(GT_ERR_MEMORY, "%s: out of memory", who);
    return gt_fail(GT_ERR_FORMAT, "%s: %s", who, zip_error_strerror(error));
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* A member of an archive that is open. */
typedef struct member {
    char who[440]; /* both names, for messages */
    zip_file_t *file;
    size_t size; /* as the archive has it */
} member;

static gt_status take(const member *m, char *to, size_t bytes)
{
    for (size_t got = 0; got < bytes;) {
        const zip_int64_t now = zip_fread(m->file, to + got, bytes - got);
        if (now < 0)
            return zip_failed(m->who, zip_file_get_error(m->file));
        if (now == 0)
            return gt_fail(GT_ERR_FORMAT, "%s: it ends after %zu of %zu bytes", m->who, got, bytes);
        got += (size_t)now;
    }
    return GT_OK;
}

/* The checksum, too, is only compared at the end. */
static gt_status expect_end(const member *m)
{
    char beyond;
    const zip_int64_t got = zip_fread(m->file, &beyond, 1);
    if (got < 0)
        return zip_failed(m->who, zip_file_get_error(m->file));
    return got == 0 ? GT_OK : gt_fail(GT_ERR_FORMAT, "%s: it is longer than %zu bytes", m->who, m->size);
}

/* Memory is asked for when its NPY header, its size in the archive and what could be unpacked agree. */
static gt_status load_array(const member *m, gt_tensor **tensor, const char **stored)
{
    char header[GT_NPY_LONGEST_HEADER];
    const size_t first = m->size < sizeof header ? m->size : sizeof header;
    size_t whole;
    gt_status status = take(m, header, first);
    if (status == GT_OK)
        status = gt_npy_promise(m->who, header, first, &whole);
    if (status != GT_OK)
        return status;
    if (whole != m->size)
        return gt_fail(GT_ERR_FORMAT, "%s: %zu bytes by its NPY header, %zu in the archive", m->who, whole, m->size);
    char *bytes = gt_pool_allocate(whole);
    if (!bytes)
        return GT_ERR_MEMORY;
    memcpy(bytes, header, first);
    status = take(m, bytes + first, whole - first);
    if (status == GT_OK)
        status = expect_end(m);
    if (status == GT_OK)
        status = gt_npy_load(m->who, bytes, whole, tensor, stored);
    gt_pool_release(bytes, whole);
    return status;
}

/* What this reader takes a member to be, before it is opened. *left is what all that follow may unpack to. */
static gt_status check_member(const char *who, zip_t *zip, zip_uint64_t index, const zip_stat_t *about, size_t *left)
{
    const zip_uint64_t known = ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    const size_t length = strlen(about->name), ending = sizeof ENDING - 1;
    if (length < ending || strcmp(about->name + length - ending, ENDING) != 0)
        return gt_fail(GT_ERR_FORMAT, "%s: no NPY file: its name does not end in %s", who, ENDING);
    if (zip_name_locate(zip, about->name, 0) != (zip_int64_t)index)
        return gt_fail(GT_ERR_FORMAT, "%s: there are two of that name", who);
    if ((about->valid & known) != known)
        return gt_fail(GT_ERR_FORMAT, "%s: its size is missing", who);
    if (about->encryption_method != ZIP_EM_NONE)
        return gt_fail(GT_ERR_UNSUPPORTED, "%s: it is encrypted", who);
    if (about->comp_method != ZIP_CM_STORE && about->comp_method != ZIP_CM_DEFLATE)
        return gt_fail(GT_ERR_UNSUPPORTED, "%s: compression %d cannot be read: DEFLATE can", who, about->comp_method);
    if (about->size > *left)
        return gt_fail(GT_ERR_FORMAT, "%s: %llu bytes cannot have been packed into a file of this length", who,
                       (unsigned long long)about->size);
    *left -= (size_t)about->size;
    return GT_OK;
}

/* NULL after a failure. */
static gt_status open_array(member *m, zip_t *zip, zip_uint64_t index, gt_tensor **tensor, const char **stored)
{
    *tensor = NULL;
    m->file = zip_fopen_index(zip, index, 0);
    if (!m->file)
        return zip_failed(m->who, zip_get_error(zip));
    gt_status status = load_array(m, tensor, stored);
    zip_fclose(m->file);
    return status;
}

/* The array, or why there is none, under its member's name without the ending. */
static gt_status take_array(gt_archive *archive, const char *member_name, gt_status status, gt_tensor *tensor,
                            const char *stored)
{
    const size_t length = strlen(member_name), ending = sizeof ENDING - 1;
    char *name = gt_copy_string(member_name);
    if (!name) {
        gt_tensor_free(tensor);
        return GT_ERR_MEMORY;
    }
    name[length > ending ? length - ending : 0] = '\0';
    status = status == GT_OK ? gt_archive_take(archive, name, tensor, stored) : gt_archive_skip(archive, name, status);
    gt_release(name);
    return status;
}

static gt_status load_member(const char *name, zip_t *zip, zip_uint64_t index, size_t *left, gt_archive *archive)
{
    zip_stat_t about;
    if (zip_stat_index(zip, index, 0, &about) != 0)
        return zip_failed(name, zip_get_error(zip));
    if (!(about.valid & ZIP_STAT_NAME))
        return gt_fail(GT_ERR_FORMAT, "%s: a member without a name", name);
    member m;
    snprintf(m.who, sizeof m.who, "%.300s: '%.100s'", name, about.name);
    gt_tensor *tensor = NULL;
    const char *stored = NULL;
    gt_status status = check_member(m.who, zip, index, &about, left);
    m.size = (size_t)about.size;
    if (status == GT_OK)
        status = open_array(&m, zip, index, &tensor, &stored);
    return take_array(archive, about.name, status, tensor, stored);
}

/* Opens the bytes as an archive, which does not copy them. */
static gt_status open_bytes(const char *name, const void *bytes, size_t length, zip_t **zip)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(bytes, length, 0, &error);
    *zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    gt_status status = *zip ? GT_OK : zip_failed(name, &error);
    if (!*zip)
        zip_source_free(source);
    zip_error_fini(&error);
    return status;
}

gt_status gt_npz_load(const char *name, const void *bytes, size_t length, gt_archive *archive)
{
    zip_t *zip;
    gt_status status = open_bytes(name, bytes, length, &zip);
    if (status != GT_OK)
        return status;
    size_t left = gt_most_unpacked(length);
    const zip_int64_t members = zip_get_num_entries(zip, 0);
    for (zip_int64_t i = 0; status == GT_OK && i < members; i++)
        status = load_member(name, zip, (zip_uint64_t)i, &left, archive);
    zip_discard(zip);
    return status;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

/* An NPY file in memory, there until the archive is made. */
typedef struct encoded {
    void *bytes;
    size_t length;
} encoded;

static gt_status bad_name(const char *path, const char *name)
{
    return gt_fail(GT_ERR_VALUE, "%s: '%.100s' is no name for a zip archive: no UTF-8, or too long", path, name);
}

static gt_status add_named(const char *path, zip_t *zip, const char *name, const encoded *npy, bool compressed)
{
    if (strlen(name) > UINT16_MAX) /* libzip would cut it */
        return bad_name(path, name);
    zip_source_t *source = zip_source_buffer(zip, npy->bytes, npy->length, 0);
    const zip_int64_t index = source ? zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0) {
        const bool invalid = source && zip_error_code_zip(zip_get_error(zip)) == ZIP_ER_INVAL;
        zip_source_free(source);
        return invalid ? bad_name(path, name) : zip_failed(path, zip_get_error(zip));
    }
    const bool set =
        zip_set_file_compression(zip, (zip_uint64_t)index, compressed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0) == 0 &&
        zip_file_set_dostime(zip, (zip_uint64_t)index, DOS_TIME, DOS_DATE, 0) == 0;
    return set ? GT_OK : zip_failed(path, zip_get_error(zip));
}

static gt_status add_entry(const char *path, zip_t *zip, const gt_archive_entry *entry, bool compressed, encoded *npy)
{
    const size_t length = strlen(entry->name);
    gt_status status = gt_npy_encode(entry->name, entry->tensor, &npy->bytes, &npy->length);
    char *name = status == GT_OK ? gt_allocate(length + sizeof ENDING) : NULL;
    if (!name)
        return status == GT_OK ? GT_ERR_MEMORY : status;
    snprintf(name, length + sizeof ENDING, "%s%s", entry->name, ENDING);
    status = add_named(path, zip, name, npy, compressed);
    gt_release(name);
    return status;
}

/* Fills `source`, a growing buffer, with the archive. */
static gt_status pack(const char *path, const gt_archive *archive, bool compressed, zip_source_t *source, encoded *npy)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_t *zip = zip_open_from_source(source, ZIP_TRUNCATE, &error);
    gt_status status = zip ? GT_OK : zip_failed(path, &error);
    zip_error_fini(&error);
    if (!zip)
        return status;
    zip_source_keep(source);
    for (int i = 0; status == GT_OK && i < archive->count; i++)
        status = add_entry(path, zip, &archive->entry[i], compressed, &npy[i]);
    if (status == GT_OK && zip_close(zip) == 0)
        return GT_OK;
    if (status == GT_OK)
        status = zip_failed(path, zip_get_error(zip));
    zip_discard(zip);
    return status;
}

static gt_status copy_out(gt_file *file, const char *path, zip_source_t *source)
{
    char part[4096];
    zip_int64_t got = zip_source_open(source) == 0 ? 1 : -1;
    while (got > 0 && (got = zip_source_read(source, part, sizeof part)) > 0)
        gt_file_write(file, part, (size_t)got);
    gt_status status = got < 0 ? zip_failed(path, zip_source_error(source)) : GT_OK;
    zip_source_close(source);
    return status;
}

/* libzip makes no archive of nothing: that is an end without a beginning. */
static gt_status write_out(const gt_archive *archive, const char *path, zip_source_t *source)
{
    static const char nothing[22] = "PK\5\6";
    gt_file *file;
    gt_status status = gt_file_begin(path, &file);
    if (status == GT_OK && archive->count == 0)
        gt_file_write(file, nothing, sizeof nothing);
    else if (status == GT_OK)
        status = copy_out(file, path, source);
    if (status == GT_OK)
        return gt_file_end(file);
    gt_file_abandon(file);
    return status;
}

static gt_status write_archive(const gt_archive *archive, const char *path, bool compressed, encoded *npy)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &error);
    gt_status status = source ? pack(path, archive, compressed, source, npy) : zip_failed(path, &error);
    if (status == GT_OK)
        status = write_out(archive, path, source);
    zip_source_free(source);
    zip_error_fini(&error);
    return status;
}

gt_status gt_npz_write(const gt_archive *archive, const char *path, bool compressed)
{
    if (!archive || !path)
        return gt_fail(GT_ERR_ARGUMENT, "gt_npz_write: the %s is NULL", archive ? "path" : "archive");
    if (archive->texts > 0)
        return gt_fail(GT_ERR_ARGUMENT, "%s: NPZ files hold no texts: there is '%.100s'", path, archive->text[0].key);
    encoded *npy = gt_allocate((size_t)(archive->count + 1) * sizeof *npy);
    if (!npy)
        return GT_ERR_MEMORY;
    gt_status status = write_archive(archive, path, compressed, npy);
    for (int i = 0; i < archive->count; i++)
        gt_pool_release(npy[i].bytes, npy[i].length);
    gt_release(npy);
    return status;
}

#else

gt_status gt_npz_load(const char *name, const void *bytes, size_t length, gt_archive *archive)
{
    (void)bytes, (void)length, (void)archive;
    return gt_fail(GT_ERR_UNSUPPORTED, "%s: NPZ: this build has no libzip", name);
}

gt_status gt_npz_write(const gt_archive *archive, const char *path, bool compressed)
{
    (void)archive, (void)compressed;
    return gt_fail(GT_ERR_UNSUPPORTED, "%s: NPZ: this build has no libzip", path ? path : "gt_npz_write");
}

#endif
