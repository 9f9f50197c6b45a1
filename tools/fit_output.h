/* The progress of gt_model_fit on standard output. */
#ifndef TOOLS_FIT_OUTPUT_H
#define TOOLS_FIT_OUTPUT_H

#include "models/gradtape.h"

/* The same options with a writer: a bar that is redrawn on a terminal, a line an epoch elsewhere. */
gt_fit_options fit_on_stdout(gt_fit_options fit);

#endif
