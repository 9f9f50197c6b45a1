/* Pictures for TensorBoard beside the scalars: what the first layer has learned, after each epoch. */
#ifndef TOOLS_TENSORBOARD_IMAGES_H
#define TOOLS_TENSORBOARD_IMAGES_H

#include "models/gradtape.h"

/* Adds pictures to the file of `tensorboard`, a callback of gt_tensorboard(folder), which must be called before this
 * one: the first filters of a convolution, or, for a dense layer on square images, the first units' weights. None for
 * other models; nor without cairo, which is told through fit's writer. NULL with the message set on failure. */
gt_callback *tensorboard_images(gt_callback *tensorboard, const char *folder);

#endif
