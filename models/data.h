/* Data sets: IDX files, CSV tables, MNIST, one-hot labels, subsets, shuffling. */
#ifndef GT_DATA_H
#define GT_DATA_H

#include "../core/random.h"
#include "../core/tensor.h"

GT_PUBLIC_BEGIN

/* New tensors here are the caller's to free; on failure they are NULL, with the message set.
 *
 * Reads an IDX file (http://yann.lecun.com/exdb/mnist/), plain or gzipped, by content and not by name. Types: unsigned
 * byte (uint8), int (int32), float and double. NULL with a message that names the file: GT_ERR_IO, GT_ERR_FORMAT (a
 * wrong magic number, sizes that do not fit the file), GT_ERR_UNSUPPORTED (gzip in a build without zlib). */
gt_tensor *gt_idx_read(const char *path);
/* The same from memory. `name` stands for the path in messages. */
gt_tensor *gt_idx_parse(const char *name, const void *bytes, size_t length);

/* Writes one, of any dtype with 1 to 8 axes; gzipped where the path ends in ".gz". The file before stays until the new
 * one is complete. */
gt_status gt_idx_write(const gt_tensor *tensor, const char *path);

/* A table of numbers as text: fields between separators, perhaps in double quotes, a row a line; "nan" and "inf" are
 * numbers. A first line without any number, and with a field that does not begin as one, is a line of names. */
typedef struct gt_csv_options {
    char separator; /* 0: a comma. GT_ERR_ARGUMENT for what can be in a number, "nan" and "infinity" included, for a
                     * quote and for the ends of lines */
    bool float32;   /* reads float32, as models take it, rounded to nearest; otherwise float64, which keeps 15 digits */
    char **names;   /* gets the line of names as it is in the file, NULL where there is none; the caller's, to be freed
                     * with gt_release. NULL: not asked for */
} gt_csv_options;
/* (rows, columns). NULL with a message that names file, line and column: GT_ERR_IO; GT_ERR_FORMAT for rows that are not
 * of one length, a field that is empty or no number, a NUL byte; GT_ERR_VALUE for a number that the dtype cannot hold.
 */
gt_tensor *gt_csv_read(const char *path, const gt_csv_options *options);
/* The same from memory. `name` stands for the path in messages. */
gt_tensor *gt_csv_parse(const char *name, const void *bytes, size_t length, const gt_csv_options *options);
/* A line for each index of the first axis, with all entries of the other axes; no line of names. Numbers have the
 * fewest digits that read back to the same bits (of the options, only the separator is looked at). GT_ERR_SHAPE for a
 * tensor without entries. */
gt_status gt_csv_write(const gt_tensor *tensor, const char *path, const gt_csv_options *options);

/* Digits: x float32 in 0..1, (n, 784) or (n, 28, 28, 1); y int32 (n). All four are the caller's (gt_digits_free). */
typedef struct gt_digits {
    gt_tensor *train_x, *train_y, *test_x, *test_y;
} gt_digits;
/* Reads train-images-idx3-ubyte[.gz] and the three files that go with it from a folder. Fails as gt_idx_read does;
 * GT_ERR_FORMAT for files that hold something else, GT_ERR_VALUE for a label above 9. All NULL after a failure. */
gt_status gt_digits_read(const char *folder, bool as_images, gt_digits *digits);
void gt_digits_free(gt_digits *digits);

/* The rows whose label is one of the classes, at most `count` (0: all), in order, as new tensors. A class that does not
 * occur is an error. (get_subset of the Beras assignment.) */
gt_status gt_subset(const gt_tensor *x, const gt_tensor *y, int classes, const int32_t *class_list, int64_t count,
                    gt_tensor **subset_x, gt_tensor **subset_y);
/* Rows of x (any dtype) in a random order, the same for y (may be NULL). New tensors. (shuffle_data.) */
gt_status gt_shuffle(const gt_tensor *x, const gt_tensor *y, uint64_t seed, gt_tensor **shuffled_x,
                     gt_tensor **shuffled_y);

/* One-hot labels over the sorted unique values of what it was fitted to (int32, rank 1). */
typedef struct gt_one_hot_encoder gt_one_hot_encoder;
gt_one_hot_encoder *gt_one_hot_encoder_new(void);
void gt_one_hot_encoder_free(gt_one_hot_encoder *encoder);
gt_status gt_one_hot_encoder_fit(gt_one_hot_encoder *encoder, const gt_tensor *labels);
/* (n) labels to float32 (n, classes); fits first if nobody did. A label it was not fitted to is an error. */
gt_tensor *gt_one_hot_encoder_forward(gt_one_hot_encoder *encoder, const gt_tensor *labels);
/* Back from (n, classes), by the first maximum of each row; a NaN counts as one, as in gt_argmax. */
gt_tensor *gt_one_hot_encoder_inverse(const gt_one_hot_encoder *encoder, const gt_tensor *one_hot);
int64_t gt_one_hot_encoder_classes(const gt_one_hot_encoder *encoder);

GT_PUBLIC_END

#endif
