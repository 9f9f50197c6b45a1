/* Functions made of ops, checked by differences: what test_registry does for an op's samples. */
#ifndef TEST_SUPPORT_COMPOSED_H
#define TEST_SUPPORT_COMPOSED_H

#include <check.h>

#include "core/gradcheck.h"

typedef gt_tensor *composed(gt_tape *tape, gt_tensor *const inputs[]);

static inline gt_status run_composed(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    outputs[0] = (*(composed *const *)context)(tape, inputs);
    return gt_tape_status(tape);
}

/* Fails the test unless the gradients of first and of second order agree with differences at these float64 inputs. */
static inline void gradients_agree(const char *name, composed *function, int count, gt_tensor *const inputs[])
{
    const gt_function checked = {.name = name, .outputs = 1, .run = run_composed, .context = &function};
    for (int order = 1; order <= 2; order++) {
        gt_gradcheck_report report;
        ck_assert_msg(gt_gradcheck(&checked, count, inputs, &(gt_gradcheck_options){.order = order}, &report) == GT_OK,
                      "order %d: %s", order, report.message);
    }
}

#endif
