/* The CUDA kernels of all ops, entered in their slots. An op without its .cu does not link. */
#include "cuda/kernel.h"
#include "cuda/runtime.h"
#include "ops/list.h"

#define DECLARE(op) gt_status gt_cuda_##op(const gt_call *call);
#define BARE(op)
GT_OP_LIST_OF(DECLARE, BARE)

gt_status gt_fill_slots()
{
    static const struct {
        const char *op;
        gt_kernel *kernel;
    } kernels[] = {
#define ENTRY(op) {#op, gt_cuda_##op},
        GT_OP_LIST_OF(ENTRY, BARE)};
    for (const auto &entry : kernels) {
        const gt_op *op = gt_op_find(entry.op);
        if (!op || !op->slot)
            return gt_fail(GT_ERR_DEVICE, "the library has no op %s that libgradtape_cuda has a kernel for", entry.op);
        op->slot->kernel[GT_CUDA] = entry.kernel;
    }
    return GT_OK;
}
