/* What tests ask of the executor: how it runs, what it has done, and what it found. In C and C++. */
#ifndef SIMT_H
#define SIMT_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In which order the threads of a block, and the blocks of a grid, have their turns. */
typedef enum simt_order { SIMT_IN_ORDER, SIMT_REVERSE, SIMT_RANDOM_THREAD, SIMT_RANDOM_WARP } simt_order;

/* The environment sets them first: SIMT_ORDER=in-order|reverse|random|warp, SIMT_SEED=N, SIMT_DEFER=1. */
void simt_set_order(simt_order order, unsigned long long seed);
/* Deferred work is done when something waits for it, and only as far as that needs: what forgets to wait sees old
 * values, as it might on a GPU. */
void simt_set_deferred(bool deferred);

/* What was found wrong: races, accesses out of bounds, barriers that not all threads reach. The first ones are also
 * printed; with SIMT_ABORT=1 the first one ends the program. */
unsigned long long simt_findings(void);
const char *simt_last_finding(void);
void simt_forget_findings(void);

/* Kernels that were run so far. */
unsigned long long simt_kernels_run(void);

#ifdef __cplusplus
}
#endif

#endif
