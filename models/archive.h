/* Archives: named tensors with some text beside them, in files that others read and write too.
 *
 *     gt_archive *weights = gt_archive_read("model.safetensors");
 *     if (!weights) die(gt_last_error());
 *     for (int i = 0; i < gt_archive_count(weights); i++)
 *         puts(gt_archive_name(weights, i));
 *     gt_archive_free(weights);
 *
 * Files are not trusted (but see HDF5 below): every size is held against the file's length before it is used. Numbers
 * of types that tensors have not are converted: float16 and bfloat16 to float32, truth values to uint8, whole numbers
 * but uint8 to int32 (GT_ERR_VALUE where one does not fit). A file is written beside its final name, synchronised and
 * renamed, so that a failure or a crash at any moment leaves the file of before; it is read whole into memory. Readers
 * return NULL with a message that names the file: GT_ERR_IO, GT_ERR_FORMAT, GT_ERR_UNSUPPORTED (a format left out of
 * this build, a type of number that is not known), GT_ERR_VALUE, GT_ERR_MEMORY. */
#ifndef GT_ARCHIVE_H
#define GT_ARCHIVE_H

#include "../core/tensor.h"

GT_PUBLIC_BEGIN

typedef struct gt_archive gt_archive;

/* An empty one, the caller's to free with its tensors. */
gt_archive *gt_archive_new(void);
void gt_archive_free(gt_archive *archive);

/* Adds a tensor under a name that is not taken. The archive shares its memory (gt_tensor_share): what is written into
 * the tensor before the archive is written to a file shows there; values of another device are copied to the CPU. */
gt_status gt_archive_add(gt_archive *archive, const char *name, const gt_tensor *tensor);
/* Text beside the tensors, as safetensors files hold it in "__metadata__"; replaces what was under the key. */
gt_status gt_archive_set_text(gt_archive *archive, const char *key, const char *text);

/* Tensors in the order they were added, or lie in the file. They stay the archive's. NULL where there is none. */
int gt_archive_count(const gt_archive *archive);
const char *gt_archive_name(const gt_archive *archive, int index);
gt_tensor *gt_archive_at(const gt_archive *archive, int index);
gt_tensor *gt_archive_find(const gt_archive *archive, const char *name);
/* The type of its numbers in the file, as NumPy names it ("int64", "bool"), where the tensor's is another. NULL where
 * it is the same, and of a tensor that was added. */
const char *gt_archive_converted_from(const gt_archive *archive, int index);

/* What is in the file that was read and not in the archive: arrays whose type, values or packing cannot be read, and,
 * of HDF5, links, groups with nothing in them and attributes that are no text. The reason is a message that names file
 * and array; gt_archive_find fails with it. A file of which nothing can be read is a failure of its reader, with the
 * first reason. NULL where there is none. */
int gt_archive_skipped_count(const gt_archive *archive);
const char *gt_archive_skipped_name(const gt_archive *archive, int index);
const char *gt_archive_skipped_reason(const gt_archive *archive, int index);
int gt_archive_text_count(const gt_archive *archive);
const char *gt_archive_text_key(const gt_archive *archive, int index);
const char *gt_archive_text(const gt_archive *archive, const char *key);

/* Safetensors (https://github.com/huggingface/safetensors), NPZ (numpy.lib.format: NPY files in a zip archive) and HDF5
 * (https://www.hdfgroup.org/solutions/hdf5) by content, and a single NPY file, under the name "". `name` stands for the
 * path in messages.
 *
 * Of HDF5, each dataset is a tensor under its path below the root, "model_weights/dense/dense/kernel:0", in the order
 * of the names, and each attribute that is text, or a list of texts (one a line), a text under the path of what it
 * belongs to: "keras_version", "model_weights/layer_names". Soft and external links are not followed. Datasets of
 * other types than numbers, whose values lie in other files, or with other filters than gzip, shuffle and fletcher32
 * cannot be read. libhdf5 does the reading, one call at a time: a lock keeps threads apart, and a program that
 * calls libhdf5 itself must not do so meanwhile, unless its build is thread-safe. What this library can check of a file
 * is checked, but a damaged one can crash libhdf5 (1.10 was seen to) or keep it busy for ever: HDF5 files are the one
 * format here that is safe only from where one would take a program. */
gt_archive *gt_archive_read(const char *path);
gt_archive *gt_archive_parse(const char *name, const void *bytes, size_t length);

/* A safetensors file, tensors in order of their names. Needs a build with jansson. */
gt_status gt_archive_write(const gt_archive *archive, const char *path);
/* An NPZ file, compressed or not, which holds no texts: GT_ERR_ARGUMENT where there are any. Needs a build with libzip.
 */
gt_status gt_npz_write(const gt_archive *archive, const char *path, bool compressed);

/* An HDF5 file, which is made in memory first: names with slashes lie in groups, texts are attributes. GT_ERR_VALUE for
 * a name that is no path ("", "a//b"), and for one below a tensor ("a/b" beside "a"). Needs a build with libhdf5. */
gt_status gt_hdf5_write(const gt_archive *archive, const char *path);

/* NPY files (numpy.lib.format, versions 1 to 3): one tensor. Both byte orders and both orders of axes are read;
 * little-endian, row-major version 1 is written. */
gt_tensor *gt_npy_read(const char *path);
gt_tensor *gt_npy_parse(const char *name, const void *bytes, size_t length);
gt_status gt_npy_write(const gt_tensor *tensor, const char *path);

GT_PUBLIC_END

#endif
