/* Writes IDX files, packed by gzip where the name says so. models/idx.c has the format. */
#include <limits.h>
#include <string.h>

#ifdef GT_HAVE_ZLIB
#include <zlib.h>
#endif

#include "core/memory.h"
#include "models/archive_internal.h"
#include "models/data.h"
#include "models/deflate.h"
#include "models/files.h"
#include "models/stored.h"

typedef struct header {
    unsigned char bytes[4 + 4 * GT_MAX_RANK];
    size_t length;
} header;

static gt_status make_header(const gt_tensor *tensor, const char *path, header *h)
{
    static const unsigned char types[] = {
        [GT_UINT8] = 0x08, [GT_INT32] = 0x0c, [GT_FLOAT32] = 0x0d, [GT_FLOAT64] = 0x0e};
    const int rank = gt_tensor_rank(tensor);
    if (rank < 1)
        return gt_fail(GT_ERR_SHAPE, "%s: a single number cannot be written as IDX, which has 1 axis or more", path);
    *h = (header){.bytes = {0, 0, types[gt_tensor_dtype(tensor)], (unsigned char)rank}, .length = 4};
    for (int i = 0; i < rank; i++) {
        const int64_t dim = gt_tensor_dim(tensor, i);
        if (dim > UINT32_MAX)
            return gt_fail(GT_ERR_SHAPE, "%s: axis %d of %lld entries is more than IDX can say", path, i,
                           (long long)dim);
        for (int shift = 24; shift >= 0; shift -= 8)
            h->bytes[h->length++] = (unsigned char)(dim >> shift);
    }
    return GT_OK;
}

/* ---- gzip ------------------------------------------------------------------------------------------------------- */

static bool wants_gzip(const char *path)
{
    const size_t length = strlen(path);
    return length > 3 && strcmp(path + length - 3, ".gz") == 0;
}

#ifdef GT_HAVE_ZLIB

/* Packs what the stream was given and writes what is complete. Z_BUF_ERROR says that there was nothing left to do. */
static bool drain(z_stream *stream, int flush, gt_file *file)
{
    int result;
    do {
        unsigned char packed[16384];
        stream->next_out = packed;
        stream->avail_out = sizeof packed;
        result = deflate(stream, flush);
        gt_file_write(file, packed, sizeof packed - stream->avail_out);
    } while (result == Z_OK && stream->avail_out == 0);
    return flush == Z_FINISH ? result == Z_STREAM_END : result == Z_OK || result == Z_BUF_ERROR;
}

/* zlib counts in unsigned. */
static bool pack(z_stream *stream, const void *bytes, size_t length, bool last, gt_file *file)
{
    const unsigned char *next = bytes;
    bool packed = true;
    do {
        const unsigned part = length < UINT_MAX ? (unsigned)length : UINT_MAX;
        stream->next_in = (unsigned char *)next;
        stream->avail_in = part;
        next += part;
        length -= part;
        packed = drain(stream, last && length == 0 ? Z_FINISH : Z_NO_FLUSH, file);
    } while (length > 0 && packed);
    return packed;
}

/* Without a time or a name, so that the same tensor gives the same file. */
static gt_status write_packed(gt_file *file, const char *path, const header *h, const void *values, size_t bytes)
{
    z_stream stream = {.zalloc = gt_zlib_allocate, .zfree = gt_zlib_release};
    const int gzip = 16 + MAX_WBITS, memory = 8;
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip, memory, Z_DEFAULT_STRATEGY) != Z_OK)
        return gt_fail(GT_ERR_MEMORY, "%s: out of memory for packing", path);
    const bool packed = pack(&stream, h->bytes, h->length, false, file) && pack(&stream, values, bytes, true, file);
    deflateEnd(&stream);
    return packed ? GT_OK : gt_fail(GT_ERR_IO, "%s: its values could not be packed", path);
}

#else

static gt_status write_packed(gt_file *file, const char *path, const header *h, const void *values, size_t bytes)
{
    (void)file, (void)h, (void)values, (void)bytes;
    return gt_fail(GT_ERR_UNSUPPORTED, "%s: gzip: this build has no zlib; a name without .gz is written unpacked",
                   path);
}

#endif

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static gt_status write_file(const char *path, const header *h, const void *values, size_t bytes)
{
    gt_file *file;
    gt_status status = gt_file_begin(path, &file);
    if (status != GT_OK)
        return status;
    if (wants_gzip(path)) {
        status = write_packed(file, path, h, values, bytes);
    } else {
        gt_file_write(file, h->bytes, h->length);
        gt_file_write(file, values, bytes);
    }
    if (status == GT_OK)
        return gt_file_end(file);
    gt_file_abandon(file);
    return status;
}

static gt_status write_tensor(const gt_tensor *tensor, const char *path)
{
    const size_t size = gt_dtype_size(gt_tensor_dtype(tensor)), bytes = (size_t)gt_tensor_size(tensor) * size;
    const void *values = gt_tensor_data(tensor);
    header h;
    gt_status status = make_header(tensor, path, &h);
    if (status != GT_OK)
        return status;
    if (!values && bytes > 0)
        return gt_last_status();
    if (size == 1 || bytes == 0)
        return write_file(path, &h, values, bytes);
    void *swapped = gt_pool_allocate(bytes);
    if (!swapped)
        return GT_ERR_MEMORY;
    memcpy(swapped, values, bytes);
    gt_stored_swap(swapped, gt_tensor_size(tensor), size, true);
    status = write_file(path, &h, swapped, bytes);
    gt_pool_release(swapped, bytes);
    return status;
}

gt_status gt_idx_write(const gt_tensor *tensor, const char *path)
{
    if (!tensor || !path)
        return gt_fail(GT_ERR_ARGUMENT, "gt_idx_write: the %s is NULL", tensor ? "path" : "tensor");
    gt_tensor *share = gt_archive_on_cpu(tensor);
    gt_status status = share ? write_tensor(share, path) : gt_last_status();
    gt_tensor_free(share);
    return status;
}
