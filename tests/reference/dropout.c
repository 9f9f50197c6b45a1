/* dropout: entry i stays where word i % 4 of Philox block offset + i / 4, over 2^32, is at least the rate. */
#include "tests/reference/reference.h"

/* Philox4x32-10 as Salmon et al. (SC 2011) define it: a bijection of four words (L0, R0, L1, R1) under two keys; each
 * round multiplies R0 and R1 by constants, mixes high halves with L and key, and exchanges the pairs. */
static double word(uint64_t key, uint64_t block, int which)
{
    uint64_t r0 = block % 4294967296u, l0 = block / 4294967296u, r1 = 0, l1 = 0;
    for (uint64_t i = 0; i < 10; i++) {
        uint64_t key0 = (key % 4294967296u + i * 0x9E3779B9u) % 4294967296u;
        uint64_t key1 = (key / 4294967296u + i * 0xBB67AE85u) % 4294967296u;
        uint64_t p0 = 0xD2511F53u * r0, p1 = 0xCD9E8D57u * r1;
        r0 = p1 / 4294967296u ^ l0 ^ key0;
        l0 = p1 % 4294967296u;
        r1 = p0 / 4294967296u ^ l1 ^ key1;
        l1 = p0 % 4294967296u;
    }
    const uint64_t words[] = {r0, l0, r1, l1};
    return (double)words[which];
}

void reference_dropout(const reference_call *call)
{
    const gt_dropout_attributes *attributes = call->attributes;
    for (int64_t i = 0; i < call->output[0].size; i++) {
        double u = word((uint64_t)attributes->key, (uint64_t)attributes->offset + (uint64_t)i / 4, (int)(i % 4));
        bool stays = u / 4294967296.0 >= attributes->rate;
        call->output[0].values[i] = stays ? call->input[0].values[i] / (1 - attributes->rate) : 0;
    }
}
