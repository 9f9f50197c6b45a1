/* Philox4x32-10: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Shared
 * with the CUDA kernels, so that both devices draw the same words. */
#ifndef GT_PHILOX_H
#define GT_PHILOX_H

#include <stdint.h>

#ifdef __CUDACC__
#define GT_PHILOX_FUNCTION static inline __host__ __device__
#else
#define GT_PHILOX_FUNCTION static inline
#endif

/* Encrypts the counter, in place, under the key: ten rounds. */
GT_PHILOX_FUNCTION void gt_philox_block(uint32_t counter[4], const uint32_t key[2])
{
    uint32_t key0 = key[0], key1 = key[1];
    for (int i = 0; i < 10; i++) {
        uint64_t product0 = (uint64_t)0xD2511F53u * counter[0];
        uint64_t product1 = (uint64_t)0xCD9E8D57u * counter[2];
        uint32_t high0 = (uint32_t)(product1 >> 32) ^ counter[1] ^ key0;
        uint32_t high1 = (uint32_t)(product0 >> 32) ^ counter[3] ^ key1;
        counter[0] = high0;
        counter[1] = (uint32_t)product1;
        counter[2] = high1;
        counter[3] = (uint32_t)product0;
        key0 += 0x9E3779B9u; /* the golden ratio and sqrt(3) - 1: Weyl sequences */
        key1 += 0xBB67AE85u;
    }
}

#endif
