/* What the cross-entropies over classes share: rows along the last axis of the predictions, and class numbers. */
#ifndef GT_CUDA_CLASS_LOSSES_H
#define GT_CUDA_CLASS_LOSSES_H

#include "cuda/losses.h"
#include "cuda/rows.h"

/* `predictions` is never empty: there would be nothing to average. */
static inline gt_row_plan gt_plan_classes(const gt_operand *predictions)
{
    return gt_row_plan{gt_loss_row_count(predictions), gt_loss_class_count(predictions), 1};
}

/* Class numbers, one a row. */
struct gt_class_numbers {
    const int32_t *label;
    int64_t classes;
    unsigned long long *key;

    /* -1, after reporting it, for one that is no class. All threads that share the row may ask. */
    __device__ __forceinline__ int64_t at(int64_t row) const
    {
        const int32_t value = label[row];
        if (value >= 0 && value < classes)
            return value;
        gt_report_value(key, row, value);
        return -1;
    }
};

/* Of input i, for the predictions' classes; its key is NULL, with the message set, on failure. */
static inline gt_class_numbers gt_class_numbers_of(const gt_call *call, int i, const gt_operand *predictions)
{
    const int64_t classes = gt_loss_class_count(predictions);
    return gt_class_numbers{gt_input<int32_t>(call, i), classes, gt_cuda_value_key(call, GT_BAD_LABEL, classes)};
}

#endif
