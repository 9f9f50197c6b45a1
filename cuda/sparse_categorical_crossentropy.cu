/* sparse_categorical_crossentropy on CUDA; see ops/sparse_categorical_crossentropy.c. */
#include "cuda/class_losses.h"

GT_FORMULA(entropy, gt_categorical_value)

template <typename real> static __global__ void terms(const real *p, gt_indices labels, real *term, int64_t rows)
{
    for (int64_t row = gt_thread(); row < rows; row += gt_threads()) {
        const int64_t label = labels.at(row);
        term[row] = label < 0 ? 0 : entropy()(p[row * labels.bound + label], (real)1);
    }
}

template <typename real> static gt_status run(const gt_call *call)
{
    const int64_t rows = gt_operand_size(&call->input[1]);
    const gt_indices labels = gt_class_numbers_of(call, 1, &call->input[0]);
    real *term = labels.key ? gt_workspace<real>(call, rows) : nullptr;
    if (!term)
        return labels.key ? GT_ERR_MEMORY : GT_ERR_DEVICE;
    GT_LAUNCH(terms<real>, gt_blocks(rows), GT_THREADS, 0, gt_cuda_stream(call), gt_input<real>(call, 0), labels, term,
              rows);
    const gt_status status = gt_cuda_launched(call);
    return status == GT_OK ? gt_mean_of_terms(call, term, rows, rows) : status;
}

GT_CUDA_REAL_KERNEL(sparse_categorical_crossentropy, run)
