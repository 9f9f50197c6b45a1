/* Matrix products by OpenBLAS: openblas THREADS REPEATS. Declares what it calls, so that the library alone is needed.
 */
#include "timing.h"

enum { ROW_MAJOR = 101, NOT_TRANSPOSED = 111, TRANSPOSED = 112 };
void cblas_sgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda,
                 const float *b, int ldb, float beta, float *c, int ldc);
void openblas_set_num_threads(int threads);
char *openblas_get_config(void);
char *openblas_get_corename(void);

static void multiply(void *context)
{
    const operands *o = context;
    const product *p = &o->p;
    cblas_sgemm(ROW_MAJOR, p->transpose_a ? TRANSPOSED : NOT_TRANSPOSED, p->transpose_b ? TRANSPOSED : NOT_TRANSPOSED,
                p->m, p->n, p->k, 1, o->a, p->transpose_a ? p->m : p->k, o->b, p->transpose_b ? p->k : p->n, 0, o->c,
                p->n);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    openblas_set_num_threads(number(argv[1], 256));
    printf("version\t%s, kernels for %s\n", openblas_get_config(), openblas_get_corename());
    print_products(multiply, number(argv[2], MOST_REPEATS));
    return 0;
}
