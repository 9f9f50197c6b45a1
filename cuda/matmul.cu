/* matmul on CUDA; see ops/matmul.c. One call of cuBLAS for all matrices, or for each run of them along which both
 * operands' batches step evenly. */
#include "core/broadcast.h"
#include "cuda/blas.h"

static gt_shape batch_of(const gt_shape *shape)
{
    gt_shape batch = *shape;
    batch.rank -= 2;
    return batch;
}

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_matmul_attributes &attributes = gt_attributes<gt_matmul_attributes>(call);
    const gt_shape *a = &call->input[0].spec->shape, *b = &call->input[1].spec->shape;
    const gt_shape *c = &call->output[0].spec->shape;
    const gt_shape batch = batch_of(c), batch_a = batch_of(a), batch_b = batch_of(b);
    const gt_shape *const operands[] = {&batch_a, &batch_b};
    gt_broadcast plan;
    gt_broadcast_plan(&plan, &batch, 2, operands);
    gt_blas_product product = {};
    product.m = c->dim[c->rank - 2];
    product.n = c->dim[c->rank - 1];
    product.k = a->dim[a->rank - (attributes.transpose_a ? 2 : 1)];
    product.transpose_a = attributes.transpose_a;
    product.transpose_b = attributes.transpose_b;
    product.count = plan.length;
    const int64_t a_size = product.m * product.k, b_size = product.k * product.n, c_size = product.m * product.n;
    product.a_apart = plan.step[0] * a_size;
    product.b_apart = plan.step[1] * b_size;
    /* A stack times one matrix is one tall product. */
    if (plan.rows == 1 && plan.step[0] && !plan.step[1] && !product.transpose_a) {
        product.m *= product.count;
        product.count = 1;
    }
    gt_status status = GT_OK;
    gt_broadcast_cursor at = {};
    for (int64_t i = 0; status == GT_OK && gt_shape_size(&batch) > 0 && i < plan.rows; i++) {
        status = gt_blas_run(call, &product, gt_input<real>(call, 0) + at.offset[0] * a_size,
                             gt_input<real>(call, 1) + at.offset[1] * b_size,
                             gt_output<real>(call, 0) + i * plan.length * c_size);
        gt_broadcast_next(&plan, 2, &at);
    }
    return status;
}

GT_CUDA_REAL_KERNEL(matmul, run)
