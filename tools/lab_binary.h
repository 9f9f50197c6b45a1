/* Parts of `gradtape lab binary-digits`, each printing some of its document's steps. */
#ifndef TOOLS_LAB_BINARY_H
#define TOOLS_LAB_BINARY_H

#include "tools/lab_digit_steps.h"

/* 400-25-15-1 with sigmoids, binary cross-entropy and Adam. NULL with the message set. */
gt_model *binary_model(double learning_rate, uint64_t seed);
/* Labels as the loss takes them: float32 (n, 1), the caller's. */
gt_tensor *binary_targets(const lab_digits *digits);
/* The model's probabilities for a 0 and for a 1 of the digits. */
gt_status binary_show_two(gt_model *model, const lab_digits *digits);

/* A dense layer with a sigmoid three times: unit by unit; by matrix products; by the engine's layer. With the
 * document's numbers. */
gt_status binary_dense(gt_tape *tape);
/* One sample through the model's layers by loops: the probability. */
double binary_by_loops(const gt_model *model, const float *x);
/* All samples by matrix products: (n, 1), of the tape. */
gt_tensor *binary_by_products(gt_tape *tape, const gt_model *model, gt_tensor *x);

gt_status binary_broadcasting(gt_tape *tape);

/* The second form: a training loop over the tape, Adam(0.01), batches of 10 in order; saving and loading. */
gt_status binary_second_form(gt_tape *tape, const lab_digits *digits, const digit_options *o);

#endif
