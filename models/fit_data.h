/* What fit is given: checked, split, and weighted. */
#ifndef GT_FIT_DATA_H
#define GT_FIT_DATA_H

#include "models/fit_internal.h"

gt_status gt_fit_check(gt_model *model, const gt_tensor *x, const gt_tensor *y, const gt_fit_options *options);

/* Sets the fit's data and validation, which are to be freed also after a failure. */
gt_status gt_fit_take_data(gt_fit *fit, const gt_tensor *x, const gt_tensor *y);

#endif
