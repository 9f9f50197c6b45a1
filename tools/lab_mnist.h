/* Parts of `gradtape lab mnist`, each printing some of the assignment's steps. */
#ifndef TOOLS_LAB_MNIST_H
#define TOOLS_LAB_MNIST_H

#include "tools/lab.h"

/* OneHotEncoder, get_subset and shuffle_data on the training digits. */
gt_status mnist_show_data(const gt_digits *digits, uint64_t seed);
/* What the course page's code computes wrongly, beside the right numbers. */
gt_status mnist_show_mistakes(gt_tape *tape);

/* Prints as Beras' print_stats does: batches of the first epoch, and the averages of each. NULL with the message set.
 */
gt_callback *mnist_print_stats(void);

#endif
