/* The table behind the registry. */
#include "ops/list.h"

#include "core/builtin.h"

#define DECLARE(name) extern const gt_op gt_op_##name;
GT_OP_LIST(DECLARE)

#define ENTRY(name) &gt_op_##name,
const gt_op *const gt_builtin_ops[] = {GT_OP_LIST(ENTRY)};
const int gt_builtin_op_count = sizeof gt_builtin_ops / sizeof gt_builtin_ops[0];
