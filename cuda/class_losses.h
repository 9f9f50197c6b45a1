/* What the cross-entropies over classes share: rows along the last axis of the predictions, and class numbers. */
#ifndef GT_CUDA_CLASS_LOSSES_H
#define GT_CUDA_CLASS_LOSSES_H

#include "cuda/indices.h"
#include "cuda/losses.h"
#include "cuda/rows.h"

/* `predictions` is never empty: there would be nothing to average. */
static inline gt_row_plan gt_plan_classes(const gt_operand *predictions)
{
    return gt_row_plan{gt_loss_row_count(predictions), gt_loss_class_count(predictions), 1};
}

/* Class numbers, one a row: input i, for the predictions' classes. */
static inline gt_indices gt_class_numbers_of(const gt_call *call, int i, const gt_operand *predictions)
{
    return gt_indices_of(call, i, gt_loss_class_count(predictions), GT_BAD_LABEL);
}

#endif
