#include "models/stored.h"

#include <string.h>

bool gt_machine_is_big_endian(void)
{
    const uint16_t probe = 1;
    unsigned char first;
    memcpy(&first, &probe, 1);
    return first == 0;
}

void gt_stored_swap(void *values, int64_t count, size_t size, bool big_endian)
{
    if (size < 2 || big_endian == gt_machine_is_big_endian())
        return;
    unsigned char *byte = values;
    for (int64_t i = 0; i < count; i++, byte += size)
        for (size_t low = 0, high = size - 1; low < high; low++, high--) {
            const unsigned char kept = byte[low];
            byte[low] = byte[high];
            byte[high] = kept;
        }
}

gt_status gt_stored_dtype(const char *who, gt_stored type, gt_dtype *dtype)
{
    const bool power = type.size == 1 || type.size == 2 || type.size == 4 || type.size == 8;
    *dtype = GT_INT32;
    switch (type.kind) {
    case GT_STORED_FLOAT:
        *dtype = type.size == 8 ? GT_FLOAT64 : GT_FLOAT32;
        if (power && type.size > 1)
            return GT_OK;
        break;
    case GT_STORED_BFLOAT:
        *dtype = GT_FLOAT32;
        if (type.size == 2)
            return GT_OK;
        break;
    case GT_STORED_UNSIGNED:
        *dtype = type.size == 1 ? GT_UINT8 : GT_INT32;
        if (power)
            return GT_OK;
        break;
    case GT_STORED_SIGNED:
        if (power)
            return GT_OK;
        break;
    case GT_STORED_TRUTH:
        *dtype = GT_UINT8;
        if (type.size == 1)
            return GT_OK;
        break;
    }
    return gt_fail(GT_ERR_UNSUPPORTED, "%s: numbers of %d bytes of this kind cannot be read", who, type.size);
}

const char *gt_stored_name(gt_stored type)
{
    static const char *const names[][9] = {
        [GT_STORED_FLOAT] = {[2] = "float16", [4] = "float32", [8] = "float64"},
        [GT_STORED_BFLOAT] = {[2] = "bfloat16"},
        [GT_STORED_SIGNED] = {[1] = "int8", [2] = "int16", [4] = "int32", [8] = "int64"},
        [GT_STORED_UNSIGNED] = {[1] = "uint8", [2] = "uint16", [4] = "uint32", [8] = "uint64"},
        [GT_STORED_TRUTH] = {[1] = "bool"},
    };
    return names[type.kind][type.size];
}

/* ---- one number ------------------------------------------------------------------------------------------------- */

static float float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* IEEE 754 binary16: 1 bit sign, 5 bits exponent with bias 15, 10 bits fraction. */
static float widen_half(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 1023;
    if (exponent == 31)
        return float_of_bits(sign | 0x7f800000u | fraction << 13);
    if (exponent > 0)
        return float_of_bits(sign | (exponent + 112) << 23 | fraction << 13);
    const float magnitude = (float)fraction * 0x1p-24f;
    return sign ? -magnitude : magnitude;
}

static uint64_t bits_at(gt_stored type, const unsigned char *bytes)
{
    uint64_t bits = 0;
    for (int i = 0; i < type.size; i++)
        bits = bits << 8 | bytes[type.big_endian ? i : type.size - 1 - i];
    return bits;
}

/* Whether int32 holds the whole number that the bits mean. */
static bool as_int32(gt_stored type, uint64_t bits, int32_t *value)
{
    int64_t wide = (int64_t)bits;
    if (type.kind == GT_STORED_SIGNED && type.size < 8 && bits >> (8 * type.size - 1))
        wide = (int64_t)(bits | UINT64_MAX << (8 * type.size));
    *value = (int32_t)wide;
    return *value == wide && (type.kind == GT_STORED_SIGNED || wide >= 0);
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

static void widen(gt_stored type, const unsigned char *bytes, int64_t count, float *to)
{
    for (int64_t i = 0; i < count; i++, bytes += 2) {
        const uint16_t bits = (uint16_t)bits_at(type, bytes);
        to[i] = type.kind == GT_STORED_BFLOAT ? float_of_bits((uint32_t)bits << 16) : widen_half(bits);
    }
}

static gt_status narrow(const char *who, gt_stored type, const unsigned char *bytes, int64_t count, int32_t *to)
{
    for (int64_t i = 0; i < count; i++, bytes += type.size) {
        const uint64_t bits = bits_at(type, bytes);
        if (as_int32(type, bits, &to[i]))
            continue;
        if (type.kind == GT_STORED_SIGNED)
            return gt_fail(GT_ERR_VALUE, "%s: entry %lld is %lld, more than int32 holds", who, (long long)i,
                           (long long)bits);
        return gt_fail(GT_ERR_VALUE, "%s: entry %lld is %llu, more than int32 holds", who, (long long)i,
                       (unsigned long long)bits);
    }
    return GT_OK;
}

static gt_status check_truth(const char *who, const unsigned char *bytes, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (bytes[i] > 1)
            return gt_fail(GT_ERR_VALUE, "%s: entry %lld is %d, neither true nor false", who, (long long)i, bytes[i]);
    return GT_OK;
}

gt_status gt_stored_read(const char *who, gt_stored type, const gt_shape *shape, const void *bytes, gt_tensor **tensor)
{
    gt_dtype dtype;
    *tensor = NULL;
    gt_status status = gt_stored_dtype(who, type, &dtype);
    if (status == GT_OK)
        status = gt_shape_check(who, dtype, shape);
    gt_tensor *made = status == GT_OK ? gt_tensor_new(dtype, *shape) : NULL;
    if (!made)
        return status == GT_OK ? GT_ERR_MEMORY : status;
    const int64_t count = gt_shape_size(shape);
    void *values = gt_tensor_data_write(made);
    if (gt_dtype_is_real(dtype) && type.size == 2) {
        widen(type, bytes, count, values);
    } else if (dtype == GT_INT32 && !(type.kind == GT_STORED_SIGNED && type.size == 4)) {
        status = narrow(who, type, bytes, count, values);
    } else if (count > 0) {
        if (type.kind == GT_STORED_TRUTH)
            status = check_truth(who, bytes, count);
        memcpy(values, bytes, (size_t)count * type.size);
        gt_stored_swap(values, count, type.size, type.big_endian);
    }
    if (status == GT_OK)
        *tensor = made;
    else
        gt_tensor_free(made);
    return status;
}
