/* IDX: two zero bytes, a type, the number of axes, each axis as a big-endian 32-bit number, then the values, big-endian
 * and row-major. http://yann.lecun.com/exdb/mnist/. A file is not to be trusted: its header decides how much memory is
 * asked for, so it is held against the file's length first. */
#include <limits.h>
#include <string.h>

#ifdef GT_HAVE_ZLIB
#include <zlib.h>
#endif

#include "core/memory.h"
#include "models/data_internal.h"
#include "models/deflate.h"
#include "models/files.h"
#include "models/stored.h"

/* Where bytes come from: memory as it is, or unpacked. */
typedef struct source {
    const char *name;
    const unsigned char *next;
    size_t left;
    size_t length; /* of the whole */
    bool packed;
#ifdef GT_HAVE_ZLIB
    z_stream stream;
    bool ended; /* the last gzip member is complete */
#endif
} source;

static gt_status truncated(const source *s)
{
    return gt_fail(GT_ERR_FORMAT, "%s: the file ends before its last value", s->name);
}

/* ---- gzip ------------------------------------------------------------------------------------------------------ */

static bool is_gzip(const unsigned char *bytes, size_t length)
{
    return length >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

#ifdef GT_HAVE_ZLIB

void *gt_zlib_allocate(void *context, unsigned count, unsigned size)
{
    (void)context;
    return gt_allocate((size_t)count * size);
}

void gt_zlib_release(void *context, void *block)
{
    (void)context;
    gt_release(block);
}

static gt_status open_gzip(source *s)
{
    s->stream = (z_stream){.zalloc = gt_zlib_allocate, .zfree = gt_zlib_release};
    const int gzip_only = 16 + MAX_WBITS;
    if (inflateInit2(&s->stream, gzip_only) != Z_OK)
        return gt_fail(GT_ERR_MEMORY, "%s: out of memory for unpacking", s->name);
    return GT_OK;
}

static void close_gzip(source *s)
{
    inflateEnd(&s->stream);
}

/* Unpacks up to `bytes`, over as many gzip members as there are; sets how many came before the end. */
static gt_status unpack(source *s, unsigned char *to, size_t bytes, size_t *got)
{
    for (*got = 0; *got < bytes;) {
        if (s->ended && s->left == 0)
            return GT_OK;
        if (s->ended && (inflateReset(&s->stream) != Z_OK || !is_gzip(s->next, s->left)))
            return gt_fail(GT_ERR_FORMAT, "%s: %zu bytes follow the gzip data", s->name, s->left);
        s->ended = false;
        const size_t room = bytes - *got;
        const unsigned in = s->left < UINT_MAX ? (unsigned)s->left : UINT_MAX;
        const unsigned out = room < UINT_MAX ? (unsigned)room : UINT_MAX;
        s->stream.next_in = (unsigned char *)s->next;
        s->stream.avail_in = in;
        s->stream.next_out = to + *got;
        s->stream.avail_out = out;
        int result = inflate(&s->stream, Z_NO_FLUSH);
        s->next += in - s->stream.avail_in;
        s->left -= in - s->stream.avail_in;
        *got += out - s->stream.avail_out;
        s->ended = result == Z_STREAM_END;
        if (result == Z_MEM_ERROR)
            return gt_fail(GT_ERR_MEMORY, "%s: out of memory for unpacking", s->name);
        if (result == Z_BUF_ERROR || (result == Z_OK && s->left == 0 && *got < bytes))
            return truncated(s);
        if (result != Z_OK && result != Z_STREAM_END)
            return gt_fail(GT_ERR_FORMAT, "%s: damaged gzip data: %s", s->name,
                           s->stream.msg ? s->stream.msg : "no valid block");
    }
    return GT_OK;
}

#else

static gt_status open_gzip(source *s)
{
    return gt_fail(GT_ERR_UNSUPPORTED, "%s: gzip: this build has no zlib; unpack the file first", s->name);
}

static void close_gzip(source *s)
{
    (void)s;
}

static gt_status unpack(source *s, unsigned char *to, size_t bytes, size_t *got)
{
    (void)to, (void)bytes, (void)got;
    return open_gzip(s);
}

#endif

/* ---- reading --------------------------------------------------------------------------------------------------- */

static gt_status take(source *s, void *to, size_t bytes)
{
    size_t got = 0;
    gt_status status = GT_OK;
    if (s->packed) {
        status = unpack(s, to, bytes, &got);
    } else {
        got = bytes < s->left ? bytes : s->left;
        if (got > 0) {
            memcpy(to, s->next, got);
            s->next += got;
            s->left -= got;
        }
    }
    return status == GT_OK && got < bytes ? truncated(s) : status;
}

/* Nothing may follow the last value; in gzip data, the checksum is also verified by reading to the end. */
static gt_status expect_end(source *s)
{
    unsigned char beyond;
    size_t got = s->left > 0;
    gt_status status = s->packed ? unpack(s, &beyond, 1, &got) : GT_OK;
    return status == GT_OK && got ? gt_fail(GT_ERR_FORMAT, "%s: bytes follow the last value", s->name) : status;
}

static gt_status read_type(const source *s, unsigned char type, gt_dtype *dtype)
{
    switch (type) {
    case 0x08:
        *dtype = GT_UINT8;
        return GT_OK;
    case 0x0c:
        *dtype = GT_INT32;
        return GT_OK;
    case 0x0d:
        *dtype = GT_FLOAT32;
        return GT_OK;
    case 0x0e:
        *dtype = GT_FLOAT64;
        return GT_OK;
    }
    return gt_fail(GT_ERR_FORMAT, "%s: IDX type 0x%02x: unsigned bytes, ints, floats and doubles can be read", s->name,
                   type);
}

static gt_status read_header(source *s, gt_dtype *dtype, gt_shape *shape)
{
    unsigned char magic[4], axis[4];
    gt_status status = take(s, magic, sizeof magic);
    if (status != GT_OK)
        return status;
    if (magic[0] != 0 || magic[1] != 0 || magic[3] < 1 || magic[3] > GT_MAX_RANK)
        return gt_fail(GT_ERR_FORMAT, "%s: no IDX file: it begins with %02x %02x %02x %02x", s->name, magic[0],
                       magic[1], magic[2], magic[3]);
    if ((status = read_type(s, magic[2], dtype)) != GT_OK)
        return status;
    *shape = (gt_shape){.rank = magic[3]};
    for (int64_t i = 0; i < shape->rank; i++) {
        if ((status = take(s, axis, sizeof axis)) != GT_OK)
            return status;
        shape->dim[i] = (int64_t)axis[0] << 24 | axis[1] << 16 | axis[2] << 8 | axis[3];
    }
    return GT_OK;
}

/* Whether the file can hold what its header promises, before memory for it is asked for. */
static gt_status check_promise(const source *s, gt_dtype dtype, const gt_shape *shape)
{
    if (gt_shape_check(s->name, dtype, shape) != GT_OK)
        return gt_fail(GT_ERR_FORMAT, "%s: its axes %s are more than memory has", s->name, gt_shape_text(shape).text);
    const size_t bytes = (size_t)gt_shape_size(shape) * gt_dtype_size(dtype);
    if (s->packed ? bytes / GT_MOST_UNPACKED <= s->length : bytes == s->left)
        return GT_OK;
    return gt_fail(GT_ERR_FORMAT, "%s: %s %s takes %zu bytes, which the file of %zu does not hold%s", s->name,
                   gt_dtype_name(dtype), gt_shape_text(shape).text, bytes, s->length, bytes < s->left ? " alone" : "");
}

static gt_status read_all(source *s, gt_tensor **tensor)
{
    gt_dtype dtype = GT_UINT8;
    gt_shape shape;
    gt_status status = read_header(s, &dtype, &shape);
    if (status == GT_OK)
        status = check_promise(s, dtype, &shape);
    if (status != GT_OK)
        return status;
    *tensor = gt_tensor_new(dtype, shape);
    if (!*tensor)
        return GT_ERR_MEMORY;
    const size_t size = gt_dtype_size(dtype);
    void *values = gt_tensor_data_write(*tensor);
    status = take(s, values, (size_t)gt_tensor_size(*tensor) * size);
    if (status == GT_OK)
        status = expect_end(s);
    if (status == GT_OK)
        gt_stored_swap(values, gt_tensor_size(*tensor), size, true);
    return status;
}

static gt_status parse(const char *name, const void *bytes, size_t length, gt_tensor **tensor)
{
    source s = {.name = name, .next = bytes, .left = length, .length = length};
    s.packed = is_gzip(bytes, length);
    *tensor = NULL;
    gt_status status = s.packed ? open_gzip(&s) : GT_OK;
    if (status != GT_OK)
        return status;
    status = read_all(&s, tensor);
    if (s.packed)
        close_gzip(&s);
    if (status != GT_OK) {
        gt_tensor_free(*tensor);
        *tensor = NULL;
    }
    return status;
}

gt_tensor *gt_idx_parse(const char *name, const void *bytes, size_t length)
{
    if (!name || (!bytes && length > 0)) {
        gt_fail(GT_ERR_ARGUMENT, "gt_idx_parse: the %s", name ? "bytes are NULL" : "name is NULL");
        return NULL;
    }
    gt_tensor *tensor;
    parse(name, bytes, length, &tensor);
    return tensor;
}

/* ---- files ----------------------------------------------------------------------------------------------------- */

gt_status gt_idx_load(const char *path, gt_tensor **tensor)
{
    *tensor = NULL;
    void *bytes;
    size_t length;
    gt_status status = gt_file_read(path, &bytes, &length);
    if (status == GT_OK)
        status = parse(path, bytes, length, tensor);
    gt_release(bytes);
    return status;
}

gt_tensor *gt_idx_read(const char *path)
{
    gt_tensor *tensor = NULL;
    if (path)
        gt_idx_load(path, &tensor);
    else
        gt_fail(GT_ERR_ARGUMENT, "gt_idx_read: the path is NULL");
    return tensor;
}
