/* HDF5 files, through libhdf5: every dataset of numbers becomes a tensor under its path, every attribute that is text a
 * text under the path of what it belongs to. https://docs.hdfgroup.org/hdf5/v1_14/_f_m_t3.html. The file is read into
 * memory first, and libhdf5 sees those bytes alone: what leads out of them (links, external storage, virtual datasets,
 * filters that it would load as plugins) is left out. */
#include <string.h>

#include "models/archive_internal.h"

#define SIGNATURE "\x89HDF\r\n\x1a\n"

/* At the beginning, or behind a user's block of 512 bytes, 1024, 2048... */
bool gt_is_hdf5(const void *bytes, size_t length)
{
    const size_t size = sizeof SIGNATURE - 1;
    for (size_t at = 0; length >= size && at <= length - size; at = at ? 2 * at : 512)
        if (memcmp((const char *)bytes + at, SIGNATURE, size) == 0)
            return true;
    return false;
}

#ifdef GT_HAVE_HDF5

#include <stdio.h>

#include "core/memory.h"
#include "models/deflate.h"
#include "models/hdf5_internal.h"
#include "models/stored.h"

#define DEEPEST      64 /* groups in groups */
#define LONGEST_PATH 4096
/* No link or attribute takes fewer bytes of a file. Hard links may lead to one group from several places, and back to
 * itself, so that more are found than there are. */
#define LEAST_ENTRY  8

typedef struct reader {
    const char *name;
    gt_hdf5_budget budget;
    gt_archive *archive;
    gt_status status; /* of the first failure in a callback */
    char path[LONGEST_PATH], who[GT_HDF5_WHO];
    size_t path_length;
    int depth;
} reader;

/* Both names, for messages. */
static const char *who(reader *r)
{
    return gt_hdf5_who(r->who, r->name, r->path);
}

/* ---- numbers ---------------------------------------------------------------------------------------------------- */

/* IEEE 754's formats and bfloat16: where libhdf5 says that sign, exponent and fraction are. */
static bool is_known_float(hid_t type, gt_stored *stored)
{
    static const struct {
        gt_stored_kind kind;
        size_t size, exponent, fraction;
    } known[] = {{GT_STORED_FLOAT, 2, 5, 10},
                 {GT_STORED_FLOAT, 4, 8, 23},
                 {GT_STORED_FLOAT, 8, 11, 52},
                 {GT_STORED_BFLOAT, 2, 8, 7}};
    size_t sign, exponent_at, exponent, fraction_at, fraction;
    if (H5Tget_fields(type, &sign, &exponent_at, &exponent, &fraction_at, &fraction) < 0)
        return false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (H5Tget_size(type) == known[i].size && exponent == known[i].exponent && fraction == known[i].fraction &&
            sign == 8 * known[i].size - 1 && exponent_at == fraction && fraction_at == 0 &&
            H5Tget_ebias(type) == ((size_t)1 << (exponent - 1)) - 1 && H5Tget_norm(type) == H5T_NORM_IMPLIED) {
            stored->kind = known[i].kind;
            return true;
        }
    return false;
}

/* A truth value of h5py: an enum of one byte with FALSE = 0 and TRUE = 1. */
static bool is_truth(hid_t type)
{
    signed char no = -1, yes = -1;
    return H5Tget_size(type) == 1 && H5Tget_nmembers(type) == 2 && H5Tenum_valueof(type, "FALSE", &no) >= 0 &&
           H5Tenum_valueof(type, "TRUE", &yes) >= 0 && no == 0 && yes == 1;
}

static bool is_whole(hid_t type)
{
    return H5Tget_precision(type) == 8 * H5Tget_size(type) && H5Tget_offset(type) == 0;
}

static gt_status read_type(reader *r, hid_t type, gt_stored *stored)
{
    const H5T_class_t class = H5Tget_class(type);
    const H5T_order_t order = class == H5T_INTEGER || class == H5T_FLOAT ? H5Tget_order(type) : H5T_ORDER_LE;
    const size_t size = H5Tget_size(type);
    *stored = (gt_stored){.size = size < 16 ? (unsigned char)size : 0, .big_endian = order == H5T_ORDER_BE};
    bool known = order == H5T_ORDER_LE || order == H5T_ORDER_BE;
    if (class == H5T_INTEGER) {
        stored->kind = H5Tget_sign(type) == H5T_SGN_NONE ? GT_STORED_UNSIGNED : GT_STORED_SIGNED;
        known = known && is_whole(type);
    } else if (class == H5T_ENUM) {
        stored->kind = GT_STORED_TRUTH;
        known = is_truth(type);
    } else {
        known = known && class == H5T_FLOAT && is_known_float(type, stored);
    }
    gt_dtype dtype;
    return known ? gt_stored_dtype(who(r), *stored, &dtype)
                 : gt_fail(GT_ERR_UNSUPPORTED,
                           "%s: its type cannot be read: whole numbers, floats and truth values can", who(r));
}

/* ---- datasets --------------------------------------------------------------------------------------------------- */

typedef struct dataset {
    hid_t id, plist, space, type;
    gt_stored stored;
    gt_shape shape;
    size_t bytes;
} dataset;

/* DEFLATE, shuffle and a checksum: what h5py writes. A filter that libhdf5 does not know it would look for in folders
 * of plugins. */
static gt_status check_filters(reader *r, hid_t plist)
{
    const int filters = H5Pget_nfilters(plist);
    if (filters < 0)
        return gt_hdf5_failed(who(r));
    for (int i = 0; i < filters; i++) {
        unsigned flags, configuration;
        size_t values = 0;
        const H5Z_filter_t filter = H5Pget_filter2(plist, (unsigned)i, &flags, &values, NULL, 0, NULL, &configuration);
        if (filter < 0)
            return gt_hdf5_failed(who(r));
        if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32)
            return gt_fail(GT_ERR_UNSUPPORTED,
                           "%s: filter %d cannot be read: gzip, shuffle and fletcher32 can (h5repack -f NONE takes it "
                           "away)",
                           who(r), (int)filter);
    }
    return GT_OK;
}

/* Where its bytes are, before anything is read: within this file. */
static gt_status check_storage(reader *r, const dataset *d)
{
    const H5D_layout_t layout = H5Pget_layout(d->plist);
    if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED)
        return gt_fail(GT_ERR_UNSUPPORTED, "%s: a virtual dataset cannot be read: its values are in other files",
                       who(r));
    if (H5Pget_external_count(d->plist) != 0) /* libhdf5 follows them whatever the layout is */
        return gt_fail(GT_ERR_UNSUPPORTED, "%s: its values are in other files, which are not read", who(r));
    return check_filters(r, d->plist);
}

static gt_status read_shape(reader *r, hid_t space, gt_shape *shape)
{
    hsize_t dim[H5S_MAX_RANK];
    const int rank = H5Sget_simple_extent_ndims(space);
    if (rank < 0)
        return gt_hdf5_failed(who(r));
    if (H5Sget_simple_extent_type(space) == H5S_NULL)
        return gt_fail(GT_ERR_UNSUPPORTED, "%s: it has no shape (a null dataspace)", who(r));
    if (rank > GT_MAX_RANK)
        return gt_fail(GT_ERR_UNSUPPORTED, "%s: %d axes, at most %d can be read", who(r), rank, GT_MAX_RANK);
    if (H5Sget_simple_extent_dims(space, dim, NULL) < 0)
        return gt_hdf5_failed(who(r));
    *shape = (gt_shape){.rank = rank};
    for (int i = 0; i < rank; i++) {
        if (dim[i] > INT64_MAX)
            return gt_fail(GT_ERR_FORMAT, "%s: its axes are more than memory has", who(r));
        shape->dim[i] = (int64_t)dim[i];
    }
    if (gt_shape_check(who(r), GT_FLOAT64, shape) != GT_OK)
        return gt_fail(GT_ERR_FORMAT, "%s: its axes %s are more than memory has", who(r), gt_shape_text(shape).text);
    return GT_OK;
}

/* What of a chunk libhdf5 would unpack at once, also where the dataset itself is smaller. */
static gt_status check_chunk(reader *r, const dataset *d)
{
    hsize_t dim[H5S_MAX_RANK];
    size_t most = r->budget.bytes / d->stored.size;
    const int rank = H5Pget_chunk(d->plist, H5S_MAX_RANK, dim);
    if (rank < 0)
        return gt_hdf5_failed(who(r));
    for (int i = 0; i < rank; i++) {
        if (dim[i] == 0 || dim[i] > most)
            return gt_fail(GT_ERR_FORMAT, "%s: its chunks are more than a file of this length can hold", who(r));
        most /= (size_t)dim[i];
    }
    return GT_OK;
}

/* Values that were never written take no bytes, and are the fill value; and some are packed. */
static gt_status check_promise(reader *r, dataset *d)
{
    d->bytes = (size_t)gt_shape_size(&d->shape) * d->stored.size;
    const bool chunked = H5Pget_layout(d->plist) == H5D_CHUNKED;
    const hsize_t stored = H5Dget_storage_size(d->id);
    if (!chunked && stored != 0 && stored < d->bytes)
        return gt_fail(GT_ERR_FORMAT, "%s: %s of %d bytes each takes %zu bytes, %llu are stored", who(r),
                       gt_shape_text(&d->shape).text, d->stored.size, d->bytes, (unsigned long long)stored);
    if (d->bytes > r->budget.bytes)
        return gt_fail(GT_ERR_FORMAT, "%s: %s takes %zu bytes, more than a file of this length can hold", who(r),
                       gt_shape_text(&d->shape).text, d->bytes);
    gt_status status = chunked ? check_chunk(r, d) : GT_OK;
    r->budget.bytes -= d->bytes;
    return status;
}

static gt_status read_values(reader *r, const dataset *d)
{
    void *bytes = gt_pool_allocate(d->bytes ? d->bytes : 1);
    if (!bytes)
        return GT_ERR_MEMORY;
    memset(bytes, 0, d->bytes); /* a dataset may say that unwritten values are anything */
    gt_status status = GT_OK;
    if (d->bytes > 0 && H5Dread(d->id, d->type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0)
        status = gt_hdf5_failed(who(r));
    gt_tensor *tensor;
    if (status == GT_OK)
        status = gt_stored_read(who(r), d->stored, &d->shape, bytes, &tensor);
    if (status == GT_OK)
        status = gt_archive_take(r->archive, r->path, tensor, gt_stored_name(d->stored));
    gt_pool_release(bytes, d->bytes ? d->bytes : 1);
    return status;
}

static gt_status read_dataset(reader *r, hid_t id)
{
    dataset d = {.id = id, .plist = H5Dget_create_plist(id), .space = -1, .type = -1};
    gt_status status = d.plist < 0 ? gt_hdf5_failed(who(r)) : check_storage(r, &d);
    if (status == GT_OK && (d.type = H5Dget_type(id)) < 0)
        status = gt_hdf5_failed(who(r));
    if (status == GT_OK)
        status = read_type(r, d.type, &d.stored);
    if (status == GT_OK && (d.space = H5Dget_space(id)) < 0)
        status = gt_hdf5_failed(who(r));
    if (status == GT_OK)
        status = read_shape(r, d.space, &d.shape);
    if (status == GT_OK)
        status = check_promise(r, &d);
    if (status == GT_OK)
        status = read_values(r, &d);
    gt_hdf5_close(d.space);
    gt_hdf5_close(d.type);
    gt_hdf5_close(d.plist);
    return status;
}

/* ---- groups ----------------------------------------------------------------------------------------------------- */

static gt_status read_object(reader *r, hid_t object);

/* Appends a name to the path; false where it becomes too long. */
static bool enter(reader *r, const char *name)
{
    const size_t length = strlen(name), slash = r->path_length > 0;
    if (length + slash >= sizeof r->path - r->path_length)
        return false;
    if (slash)
        r->path[r->path_length++] = '/';
    memcpy(r->path + r->path_length, name, length + 1);
    r->path_length += length;
    return true;
}

static void leave(reader *r, size_t length)
{
    r->path[length] = '\0';
    r->path_length = length;
}

static gt_status left_out(reader *r, const char *what)
{
    return gt_archive_skip(r->archive, r->path, gt_fail(GT_ERR_UNSUPPORTED, "%s: %s", who(r), what));
}

static gt_status follow(reader *r, hid_t group, const char *name, const H5L_info_t *about)
{
    if (r->budget.entries == 0)
        return gt_fail(GT_ERR_FORMAT, "%s: more links than a file of this length can hold", who(r));
    r->budget.entries--;
    if (about->type != H5L_TYPE_HARD)
        return left_out(r, "a soft or external link, which is not followed");
    const hid_t object = H5Oopen(group, name, H5P_DEFAULT);
    if (object < 0)
        return gt_hdf5_failed(who(r));
    gt_status status = read_object(r, object);
    gt_hdf5_close(object);
    return status;
}

/* libhdf5 would go where a path leads, through links of any kind. */
static bool is_name(const char *name)
{
    return name[0] && strcmp(name, ".") != 0 && !strchr(name, '/');
}

static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *about, void *context)
{
    reader *r = context;
    const size_t before = r->path_length;
    if (!is_name(name))
        r->status = gt_fail(GT_ERR_FORMAT, "%s: a link named '%.60s', which is a path", who(r), name);
    else if (!enter(r, name))
        r->status = gt_fail(GT_ERR_FORMAT, "%s: a name of more than %d bytes", who(r), LONGEST_PATH);
    else
        r->status = follow(r, group, name, about);
    leave(r, before);
    return r->status == GT_OK ? 0 : -1;
}

static gt_status read_group(reader *r, hid_t group)
{
    if (r->depth == DEEPEST)
        return gt_fail(GT_ERR_FORMAT, "%s: groups in groups, more than %d deep", who(r), DEEPEST);
    r->depth++;
    hsize_t at = 0;
    const herr_t result = H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &at, visit_link, r);
    r->depth--;
    if (r->status != GT_OK)
        return r->status;
    if (result < 0)
        return gt_hdf5_failed(who(r));
    return at == 0 && r->depth > 0 ? left_out(r, "a group with nothing in it") : GT_OK;
}

static gt_status read_object(reader *r, hid_t object)
{
    const H5I_type_t kind = H5Iget_type(object);
    if (kind != H5I_GROUP && kind != H5I_DATASET)
        return left_out(r, "a type without values");
    gt_status status = gt_hdf5_read_texts(r->name, object, r->path, &r->budget, r->archive);
    if (status != GT_OK)
        return status;
    if (kind == H5I_GROUP)
        return read_group(r, object);
    status = read_dataset(r, object);
    return status == GT_OK ? GT_OK : gt_archive_skip(r->archive, r->path, status);
}

/* ---- the file in memory ----------------------------------------------------------------------------------------- */

/* libhdf5 would copy the bytes; these have it take them as they are. It opens them for reading, and writes nothing. */
static void *image_take(size_t size, H5FD_file_image_op_t operation, void *bytes)
{
    (void)size, (void)operation;
    return bytes;
}

static void *image_copy(void *to, const void *from, size_t size, H5FD_file_image_op_t operation, void *bytes)
{
    (void)size, (void)operation, (void)bytes;
    return to == from ? to : NULL;
}

static void *image_grow(void *image, size_t size, H5FD_file_image_op_t operation, void *bytes)
{
    (void)image, (void)size, (void)operation, (void)bytes;
    return NULL;
}

static herr_t image_release(void *image, H5FD_file_image_op_t operation, void *bytes)
{
    (void)image, (void)operation, (void)bytes;
    return 0;
}

static void *context_copy(void *bytes)
{
    return bytes;
}

static herr_t context_release(void *bytes)
{
    (void)bytes;
    return 0;
}

static gt_status open_image(const char *name, void *bytes, size_t length, hid_t *file)
{
    H5FD_file_image_callbacks_t callbacks = {image_take,   image_copy,      image_grow, image_release,
                                             context_copy, context_release, bytes};
    const size_t step = 65536; /* by which it would grow */
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    char image[GT_HDF5_IMAGE_NAME];
    gt_hdf5_image_name(image);
    *file = -1;
    if (access >= 0 && H5Pset_fapl_core(access, step, 0) >= 0 && H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0 &&
        H5Pset_file_image_callbacks(access, &callbacks) >= 0 && H5Pset_file_image(access, bytes, length) >= 0)
        *file = H5Fopen(image, H5F_ACC_RDONLY, access);
    gt_status status = *file < 0 ? gt_hdf5_failed(name) : GT_OK;
    gt_hdf5_close(access);
    return status;
}

gt_status gt_hdf5_load(const char *name, const void *bytes, size_t length, gt_archive *archive)
{
    reader *r = gt_allocate(sizeof *r);
    if (!r)
        return GT_ERR_MEMORY;
    r->name = name;
    r->archive = archive;
    r->budget = (gt_hdf5_budget){length, gt_most_unpacked(length), length / LEAST_ENTRY};
    gt_hdf5_session session;
    gt_hdf5_begin(&session);
    hid_t file;
    gt_status status = open_image(name, (void *)bytes, length, &file);
    if (status == GT_OK) {
        const hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
        status = root < 0 ? gt_hdf5_failed(name) : read_object(r, root);
        gt_hdf5_close(root);
    }
    gt_hdf5_close(file);
    gt_hdf5_end(&session);
    gt_release(r);
    return status;
}

#else

gt_status gt_hdf5_load(const char *name, const void *bytes, size_t length, gt_archive *archive)
{
    (void)bytes, (void)length, (void)archive;
    return gt_fail(GT_ERR_UNSUPPORTED, "%s: HDF5: this build has no libhdf5", name);
}

#endif
