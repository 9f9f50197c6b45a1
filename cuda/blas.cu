/* cuBLAS: found when the program runs, so that gradtape starts without it. */
#include "cuda/blas.h"

#include <cublas_v2.h>
#include <dlfcn.h>

#include <climits>

#include "cuda/runtime.h"

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)
#define LIBRARY         "libcublas.so." TEXT(CUBLAS_VER_MAJOR)

namespace
{

/* The functions of cuBLAS that are used. */
struct blas {
    decltype(&cublasCreate_v2) create;
    decltype(&cublasSetStream_v2) set_stream;
    decltype(&cublasSetWorkspace_v2) set_workspace;
    decltype(&cublasSetMathMode) set_math_mode;
    decltype(&cublasGetStatusString) status_string;
    decltype(&cublasSgemmStridedBatched) multiply_f32;
    decltype(&cublasDgemmStridedBatched) multiply_f64;
};

template <typename function> bool find(void *library, const char *name, function *result)
{
    *result = reinterpret_cast<function>(dlsym(library, name));
    return *result != nullptr;
}

/* NULL with the message set; a missing library is looked for again at the next product. */
const blas *open_blas(const char *who)
{
    static std::mutex lock;
    static blas functions;
    static bool opened;
    const std::lock_guard<std::mutex> guard(lock);
    if (opened)
        return &functions;
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        gt_fail(GT_ERR_DEVICE, "%s: cuBLAS is needed for matrix products: %s", who, dlerror());
        return nullptr;
    }
    opened = find(library, "cublasCreate_v2", &functions.create) &&
             find(library, "cublasSetStream_v2", &functions.set_stream) &&
             find(library, "cublasSetWorkspace_v2", &functions.set_workspace) &&
             find(library, "cublasSetMathMode", &functions.set_math_mode) &&
             find(library, "cublasGetStatusString", &functions.status_string) &&
             find(library, "cublasSgemmStridedBatched", &functions.multiply_f32) &&
             find(library, "cublasDgemmStridedBatched", &functions.multiply_f64);
    if (opened)
        return &functions;
    gt_fail(GT_ERR_DEVICE, "%s: " LIBRARY " lacks a function: %s", who, dlerror());
    return nullptr;
}

gt_status check(const blas *functions, cublasStatus_t status, const char *who)
{
    if (status == CUBLAS_STATUS_SUCCESS)
        return GT_OK;
    return gt_fail(GT_ERR_DEVICE, "%s: cuBLAS: %s", who, functions->status_string(status));
}

/* A workspace of its own, instead of one that cuBLAS allocates, keeps a queue's products the same from run to run. */
const size_t WORKSPACE = 32 << 20;

/* The queue's handle; made at its first product. */
gt_status handle_of(const blas *functions, gt_queue *queue, const char *who, cublasHandle_t *handle)
{
    if (!queue->blas) {
        cublasHandle_t made;
        gt_status status = gt_refuse_capture(queue, "the first matrix product of a tape");
        if (status == GT_OK)
            status = check(functions, functions->create(&made), who);
        if (status == GT_OK)
            status = check(functions, functions->set_stream(made, queue->stream), who);
        void *workspace = status == GT_OK ? gt_memory_allocate(queue, WORKSPACE) : nullptr;
        if (!workspace)
            return status == GT_OK ? GT_ERR_MEMORY : status;
        if ((status = check(functions, functions->set_workspace(made, workspace, WORKSPACE), who)) != GT_OK)
            return status;
        queue->blas = made;
    }
    *handle = static_cast<cublasHandle_t>(queue->blas);
    /* Default: full float32. */
    const cublasMath_t mode = gt_tf32_allowed() ? CUBLAS_TF32_TENSOR_OP_MATH : CUBLAS_DEFAULT_MATH;
    return check(functions, functions->set_math_mode(*handle, mode), who);
}

/* cuBLAS knows columns: a row-major C = A B is its C' = B' A'. */
template <typename real, typename function>
cublasStatus_t multiply(function gemm, cublasHandle_t handle, const gt_blas_product *p, const real *a, const real *b,
                        real *c)
{
    const real one = 1, zero = 0;
    const int m = (int)p->m, n = (int)p->n, k = (int)p->k;
    return gemm(handle, p->transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N, p->transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N, n, m, k,
                &one, b, p->transpose_b ? k : n, p->b_apart, a, p->transpose_a ? m : k, p->a_apart, &zero, c, n,
                p->m * p->n, (int)p->count);
}

cublasStatus_t run(const blas *functions, cublasHandle_t handle, const gt_blas_product *p, const float *a,
                   const float *b, float *c)
{
    return multiply(functions->multiply_f32, handle, p, a, b, c);
}

cublasStatus_t run(const blas *functions, cublasHandle_t handle, const gt_blas_product *p, const double *a,
                   const double *b, double *c)
{
    return multiply(functions->multiply_f64, handle, p, a, b, c);
}

} // namespace

template <typename real>
gt_status gt_blas_run(const gt_call *call, const gt_blas_product *p, const real *a, const real *b, real *c)
{
    const char *who = call->op->name;
    if (p->m == 0 || p->n == 0 || p->count == 0)
        return GT_OK;
    if (p->m > INT_MAX || p->n > INT_MAX || p->k > INT_MAX || p->count > INT_MAX)
        return gt_fail(GT_ERR_UNSUPPORTED, "%s: cuBLAS takes at most %d rows, columns and matrices", who, INT_MAX);
    if (p->k == 0) {
        const size_t bytes = (size_t)(p->count * p->m * p->n) * sizeof *c;
        return gt_cuda_check(cudaMemsetAsync(c, 0, bytes, gt_cuda_stream(call)), who);
    }
    const blas *functions = open_blas(who);
    gt_queue *queue = functions ? gt_queue_of(call->queue) : nullptr;
    if (!queue)
        return GT_ERR_DEVICE;
    const std::lock_guard<std::mutex> guard(queue->lock);
    cublasHandle_t handle = nullptr;
    gt_status status = handle_of(functions, queue, who, &handle);
    if (status == GT_OK)
        status = check(functions, run(functions, handle, p, a, b, c), who);
    if (status == GT_OK)
        gt_counts.launches++;
    return status;
}

template gt_status gt_blas_run(const gt_call *, const gt_blas_product *, const float *, const float *, float *);
template gt_status gt_blas_run(const gt_call *, const gt_blas_product *, const double *, const double *, double *);
