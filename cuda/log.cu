/* log on CUDA; see ops/log.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY(log, gt_log_value)
