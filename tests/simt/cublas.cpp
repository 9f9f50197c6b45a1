/* A stand-in for cuBLAS: the same functions as plain loops, as work of the handle's stream. */
#include <cublas_v2.h>

#include "engine.h"

struct cublasContext {
    cudaStream_t stream;
};

namespace
{

/* Column-major; where `transposed`, as it lies. */
struct matrix {
    bool transposed;
    int leading;
    long long apart; /* to the next one of the batch */

    size_t at(int row, int column, int number) const
    {
        const long long flat = transposed ? column + (long long)row * leading : row + (long long)column * leading;
        return (size_t)(flat + number * apart);
    }
};

/* All that the last matrix of the batch reaches to. */
template <typename real> bool lies_on_device(const real *first, const matrix &of, int rows, int columns, int count)
{
    return rows == 0 || columns == 0 || count == 0 ||
           simt_is_device(first, (of.at(rows - 1, columns - 1, count - 1) + 1) * sizeof *first);
}

/* Each row of the matrix as it lies; where it is transposed, each column. */
template <typename real> void check_reads(const real *first, const matrix &of, int rows, int columns, int number)
{
    const int lines = of.transposed ? rows : columns, length = of.transposed ? columns : rows;
    for (int i = 0; i < lines; i++)
        simt_checker_read("cublas", &first[of.transposed ? of.at(i, 0, number) : of.at(0, i, number)],
                          (size_t)length * sizeof *first);
}

template <typename real>
cublasStatus_t multiply(cublasHandle_t handle, int m, int n, int k, real alpha, const real *a, const matrix &of_a,
                        const real *b, const matrix &of_b, real beta, real *c, const matrix &of_c, int count)
{
    const simt_guard guard(simt_lock);
    if (!handle)
        return CUBLAS_STATUS_NOT_INITIALIZED;
    if (m < 0 || n < 0 || k < 0 || count < 0 || of_a.leading < (of_a.transposed ? k : m) ||
        of_b.leading < (of_b.transposed ? n : k) || of_c.leading < m)
        return CUBLAS_STATUS_INVALID_VALUE;
    if (!lies_on_device(a, of_a, m, k, count) || !lies_on_device(b, of_b, k, n, count) ||
        !lies_on_device(c, of_c, m, n, count)) {
        simt_find("cublas: a matrix does not lie in one block of device memory");
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    simt_enqueue(handle->stream, [=] {
        for (int number = 0; number < count; number++) {
            check_reads(a, of_a, m, k, number);
            check_reads(b, of_b, k, n, number);
            for (int column = 0; column < n; column++)
                for (int row = 0; row < m; row++) {
                    real sum = 0;
                    for (int i = 0; i < k; i++)
                        sum += a[of_a.at(row, i, number)] * b[of_b.at(i, column, number)];
                    real *result = &c[of_c.at(row, column, number)];
                    *result = beta == 0 ? alpha * sum : alpha * sum + beta * *result; /* 0: C may be anything */
                    simt_checker_written(result, sizeof *result);
                }
        }
    });
    return CUBLAS_STATUS_SUCCESS;
}

} // namespace

cublasStatus_t cublasCreate_v2(cublasHandle_t *handle)
{
    *handle = new cublasContext{nullptr};
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy_v2(cublasHandle_t handle)
{
    delete handle;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream)
{
    handle->stream = stream;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void *workspace, size_t bytes)
{
    const simt_guard guard(simt_lock);
    return handle && simt_is_device(workspace, bytes) ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode)
{
    (void)mode;
    return handle ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_INITIALIZED;
}

const char *cublasGetStatusString(cublasStatus_t status)
{
    switch (status) {
    case CUBLAS_STATUS_SUCCESS:
        return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED:
        return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_ALLOC_FAILED:
        return "CUBLAS_STATUS_ALLOC_FAILED";
    case CUBLAS_STATUS_INVALID_VALUE:
        return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_EXECUTION_FAILED:
        return "CUBLAS_STATUS_EXECUTION_FAILED";
    }
    return "unknown status";
}

cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b, int m,
                                         int n, int k, const float *alpha, const float *a, int lda, long long stride_a,
                                         const float *b, int ldb, long long stride_b, const float *beta, float *c,
                                         int ldc, long long stride_c, int count)
{
    return multiply(handle, m, n, k, *alpha, a, matrix{op_a == CUBLAS_OP_T, lda, stride_a}, b,
                    matrix{op_b == CUBLAS_OP_T, ldb, stride_b}, *beta, c, matrix{false, ldc, stride_c}, count);
}

cublasStatus_t cublasDgemmStridedBatched(cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b, int m,
                                         int n, int k, const double *alpha, const double *a, int lda,
                                         long long stride_a, const double *b, int ldb, long long stride_b,
                                         const double *beta, double *c, int ldc, long long stride_c, int count)
{
    return multiply(handle, m, n, k, *alpha, a, matrix{op_a == CUBLAS_OP_T, lda, stride_a}, b,
                    matrix{op_b == CUBLAS_OP_T, ldb, stride_b}, *beta, c, matrix{false, ldc, stride_c}, count);
}
