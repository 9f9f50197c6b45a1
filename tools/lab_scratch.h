/* Parts of `gradtape lab from-scratch`, each printing some of its document's steps. */
#ifndef TOOLS_LAB_SCRATCH_H
#define TOOLS_LAB_SCRATCH_H

#include "models/gradtape.h"

/* The document's network: 784-50-100-10, sigmoid between the layers, softmax behind the last. float32. */
enum { SCRATCH_LAYERS = 3 };
typedef struct scratch_network {
    gt_tensor *weight[SCRATCH_LAYERS], *bias[SCRATCH_LAYERS];
} scratch_network;

/* Arrays W1 b1 W2 b2 W3 b3 of an NPZ file, float32 or float64. GT_ERR_FORMAT names what is missing or has another
 * shape; of a .pkl file, GT_ERR_UNSUPPORTED tells how to convert it. Nothing is to be freed after a failure. */
gt_status scratch_network_read(const char *path, scratch_network *network);
gt_status scratch_network_write(const scratch_network *network, const char *path);
/* Trains one on (n, 784) images and int32 labels. */
gt_status scratch_network_train(const gt_tensor *x, const gt_tensor *y, int epochs, uint64_t seed,
                                scratch_network *network);
void scratch_network_free(scratch_network *network);

/* Probabilities (n, 10) of images (n, 784), on the tape. */
gt_tensor *scratch_network_predict(gt_tape *tape, const scratch_network *network, gt_tensor *x);
/* Classifies all rows of x, `batch` at a time: int32 (n), the caller's. NULL with the message set. */
gt_tensor *scratch_network_classify(const scratch_network *network, const gt_tensor *x, int64_t batch);

/* (f(x+h) - f(x)) / h and (f(x+h) - f(x-h)) / 2h for each entry of x, float64, which is changed and put back. `f` gives
 * a scalar on a tape that does not record. The caller's; NULL with the message set. */
typedef gt_tensor *scratch_function(gt_tape *tape, gt_tensor *x, const void *context);
gt_tensor *scratch_forward_differences(scratch_function *f, const void *context, gt_tensor *x, double h);
gt_tensor *scratch_central_differences(scratch_function *f, const void *context, gt_tensor *x, double h);
/* The sum of x^2, float64, (n): the document's function. */
gt_tensor *scratch_sum_of_squares(gt_tape *tape, gt_tensor *x, const void *context);

/* -sum(t log(y + 1e-7)), float64: the document keeps log(0) away by adding to each y. */
gt_tensor *scratch_document_entropy(gt_tape *tape, gt_tensor *y, gt_tensor *t);

/* The steps. Pictures go to files named after `plot`, or nowhere for NULL. */
gt_status scratch_losses(const scratch_network *network, const gt_tensor *x, const gt_tensor *y);
gt_status scratch_gradients(void);
gt_status scratch_arrows(const char *plot);

#endif
