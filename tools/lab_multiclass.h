/* Steps of `gradtape lab multiclass-digits` that need no digits. */
#ifndef TOOLS_LAB_MULTICLASS_H
#define TOOLS_LAB_MULTICLASS_H

#include "models/gradtape.h"

gt_status multiclass_activations(gt_tape *tape, const char *plot);
gt_status multiclass_softmax(gt_tape *tape, const char *plot);

#endif
