/* Vectors as wide as the registers of the instruction set, for kernels that compilers do not vectorise well from plain
 * loops. Included in the body of a kernel file (core/kernels.h), once for each set and type; hence no guard.
 *
 * KERNEL(vector) holds GT_LANES numbers; comparisons of them give KERNEL(bits), all ones or all zeros in each lane. */
typedef REAL KERNEL(vector) __attribute__((vector_size(GT_VECTOR_BYTES), aligned(REAL_BYTES), may_alias));
typedef __typeof__((KERNEL(vector)){0} < (KERNEL(vector)){0}) KERNEL(bits);

static inline __attribute__((always_inline)) KERNEL(vector)
    KERNEL(choose)(KERNEL(bits) mask, KERNEL(vector) where_set, KERNEL(vector) elsewhere)
{
    return (KERNEL(vector))(((KERNEL(bits))where_set & mask) | ((KERNEL(bits))elsewhere & ~mask));
}

/* The larger one; NaN where either is NaN. */
static inline __attribute__((always_inline)) KERNEL(vector) KERNEL(larger)(KERNEL(vector) a, KERNEL(vector) b)
{
    return KERNEL(choose)((a >= b) | (a != a), a, b);
}

/* Fewer numbers than a register holds, in pieces of 8, 4, 2 and 1: each a move, where a loop would be one for each. */
static inline __attribute__((always_inline)) void KERNEL(copy_lanes)(REAL *to, const REAL *from, int64_t lanes)
{
    int64_t at = 0;
    if (GT_LANES > 8 && (lanes & 8)) {
        memcpy(to, from, 8 * REAL_BYTES);
        at = 8;
    }
    if (GT_LANES > 4 && (lanes & 4)) {
        memcpy(to + at, from + at, 4 * REAL_BYTES);
        at += 4;
    }
    if (GT_LANES > 2 && (lanes & 2)) {
        memcpy(to + at, from + at, 2 * REAL_BYTES);
        at += 2;
    }
    if (lanes & 1)
        to[at] = from[at];
}

/* The first `lanes` lanes from memory, the others 0; and to memory. */
static inline __attribute__((always_inline)) KERNEL(vector) KERNEL(load)(const REAL *from, int64_t lanes)
{
    if (lanes >= GT_LANES)
        return *(const KERNEL(vector) *)from;
    REAL lane[GT_LANES] = {0};
    KERNEL(copy_lanes)(lane, from, lanes);
    return *(const KERNEL(vector) *)lane;
}

static inline __attribute__((always_inline)) void KERNEL(store)(REAL *to, KERNEL(vector) value, int64_t lanes)
{
    if (lanes >= GT_LANES) {
        *(KERNEL(vector) *)to = value;
        return;
    }
    REAL lane[GT_LANES];
    *(KERNEL(vector) *)lane = value;
    KERNEL(copy_lanes)(to, lane, lanes);
}
