/* What the labs have in common: `gradtape lab NAME`, one file a lab. */
#ifndef TOOLS_LAB_H
#define TOOLS_LAB_H

#include "models/gradtape.h"
#include "tools/options.h"

/* Each prints its document's steps in their order. Returns a status of the program. */
int lab_binary_digits(int argc, char **argv);
int lab_multiclass_digits(int argc, char **argv);
int lab_from_scratch(int argc, char **argv);
int lab_mnist(int argc, char **argv);
int lab_convnet(int argc, char **argv);

/* A step's heading: a blank line, the text and a line below it. */
void lab_step(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A line of a comparison: what, ours, the document's, and 'same' or how far they are apart. `tolerance` is what the
 * document's print is worth (5e-9 for eight decimals). Lines that differ count: lab_finish tells how many did. */
void lab_compare(const char *what, double ours, double document, double tolerance);
/* The same for rows of numbers, the largest difference at the end. `document` has `count` of them; another count of
 * ours differs. */
void lab_compare_rows(const char *what, const gt_tensor *ours, const double *document, int64_t count, double tolerance);
/* An array and its count. */
#define LAB_NUMBERS(array) (array), (int64_t)(sizeof(array) / sizeof *(array))
/* A number that cannot be the document's, or a wrong one of the document's, with the reason. */
void lab_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Prints how many numbers were compared and how many differed. STATUS_FAILED where any did, or where `status` is not
 * GT_OK, which is reported under the lab's name. */
int lab_finish(const char *name, gt_status status);

/* NumPy's np.random.seed(seed); np.random.randn(...): MT19937 with Marsaglia's polar method. */
typedef struct lab_random {
    uint32_t state[624];
    int position;
    bool has_spare;
    double spare;
} lab_random;
void lab_random_seed(lab_random *random, uint32_t seed);
double lab_random_normal(lab_random *random);
/* A float64 tensor of such numbers, in row-major order. */
gt_tensor *lab_random_normals(lab_random *random, gt_shape shape);

/* 20x20 digits as the course stores them: x (n, 400) float32, each image column by column; y (n) int32. From two files
 * of arrays, or, for NULL, cut from the 5,000 digits that come with gradtape, in the order of their classes. */
typedef struct lab_digits {
    gt_tensor *x, *y;
} lab_digits;
gt_status lab_digits_read(const char *x_path, const char *y_path, lab_digits *digits);
void lab_digits_free(lab_digits *digits);
/* Only the classes below `classes`; the same rows, in new tensors. */
gt_status lab_digits_keep(lab_digits *digits, int classes);
/* Images of rows, upright: (n, 20, 20) float32, 0 to 1. The caller's; NULL with the message set. */
gt_tensor *lab_digits_upright(const gt_tensor *x);
/* One 28x28 image, row by row, as a 20x20 digit, column by column: the box that has ink in it, centred; scaled down,
 * its sides alike, where it is longer than 20. (MNIST's images are centred by mass, so their middle is not the box.) */
enum { LAB_IMAGE_SIDE = 28 };
void lab_digit_cut(const float *image, float *digit);

#endif
