/* models/stored: every number of two bytes, the limits of whole numbers, and both orders of bytes. */
#include "models/stored.h"

#include <math.h>
#include <string.h>

#include "core/memory.h"
#include "tests/support/messages.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

static gt_tensor *read_bytes(gt_stored type, int64_t count, const void *bytes)
{
    gt_tensor *tensor;
    const gt_shape shape = GT_SHAPE(count);
    gt_status status = gt_stored_read("stored", type, &shape, bytes, &tensor);
    ck_assert(status == GT_OK ? tensor != NULL : tensor == NULL);
    return tensor;
}

/* All of two bytes, most significant first. */
static const unsigned char *every_pair(void)
{
    static unsigned char pairs[2 * 65536];
    for (int i = 0; i < 65536; i++) {
        pairs[2 * i] = (unsigned char)(i >> 8);
        pairs[2 * i + 1] = (unsigned char)i;
    }
    return pairs;
}

/* ---- reals of two bytes ----------------------------------------------------------------------------------------- */

/* IEEE 754-2008, 3.4: sign, a biased exponent of `bits` bits, and the rest as a fraction. */
static double value_of(int number, int bits)
{
    const int width = 15 - bits, fraction = number & ((1 << width) - 1);
    const int exponent = number >> width & ((1 << bits) - 1), bias = (1 << (bits - 1)) - 1;
    const double sign = number & 0x8000 ? -1 : 1;
    if (exponent == (1 << bits) - 1)
        return fraction ? NAN : sign * INFINITY;
    if (exponent == 0)
        return sign * ldexp(fraction, 1 - bias - width);
    return sign * ldexp((1 << width) + fraction, exponent - bias - width);
}

static const struct {
    gt_stored type;
    int bits;
} halves[] = {{{GT_STORED_FLOAT, 2, true}, 5}, {{GT_STORED_BFLOAT, 2, true}, 8}};

START_TEST(every_half_is_read_exactly)
{
    gt_tensor *tensor = read_bytes(halves[_i].type, 65536, every_pair());
    ck_assert_int_eq(gt_tensor_dtype(tensor), GT_FLOAT32);
    for (int i = 0; i < 65536; i++) {
        const double expected = value_of(i, halves[_i].bits), got = gt_tensor_at(tensor, i);
        ck_assert_msg(isnan(expected) ? isnan(got) : got == expected && !signbit(got) == !signbit(expected),
                      "%#x is read as %a, not %a", i, got, expected);
    }
    gt_tensor_free(tensor);
}
END_TEST

/* A NaN keeps its sign and fraction. */
START_TEST(nans_keep_their_bits)
{
    const unsigned char half[] = {0x01, 0xfe}, bfloat[] = {0x81, 0xff};
    const uint32_t from_half = 0xffc02000, from_bfloat = 0xff810000;
    gt_tensor *tensor = read_bytes((gt_stored){GT_STORED_FLOAT, 2, false}, 1, half);
    ck_assert_mem_eq(gt_tensor_data(tensor), &from_half, 4);
    gt_tensor_free(tensor);
    tensor = read_bytes((gt_stored){GT_STORED_BFLOAT, 2, false}, 1, bfloat);
    ck_assert_mem_eq(gt_tensor_data(tensor), &from_bfloat, 4);
    gt_tensor_free(tensor);
}
END_TEST

/* ---- whole numbers ---------------------------------------------------------------------------------------------- */

static const struct {
    gt_stored_kind kind;
    unsigned char size, bytes[8]; /* most significant first */
    const char *error;            /* or */
    int32_t value;
} wholes[] = {
    {GT_STORED_SIGNED, 1, {0x80}, NULL, -128},
    {GT_STORED_SIGNED, 1, {0x7f}, NULL, 127},
    {GT_STORED_SIGNED, 2, {0x80, 0}, NULL, -32768},
    {GT_STORED_SIGNED, 2, {1, 2}, NULL, 258},
    {GT_STORED_SIGNED, 4, {0x80, 0, 0, 0}, NULL, INT32_MIN},
    {GT_STORED_SIGNED, 4, {1, 2, 3, 4}, NULL, 0x01020304},
    {GT_STORED_SIGNED, 8, {0xff, 0xff, 0xff, 0xff, 0x80, 0, 0, 0}, NULL, INT32_MIN},
    {GT_STORED_SIGNED, 8, {0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff}, NULL, INT32_MAX},
    {GT_STORED_SIGNED, 8, {0, 0, 0, 0, 0x80, 0, 0, 0}, "entry 0 is 2147483648, more than int32 holds", 0},
    {GT_STORED_SIGNED, 8, {0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff}, "entry 0 is -2147483649, more than", 0},
    {GT_STORED_SIGNED, 8, {0x80, 0, 0, 0, 0, 0, 0, 0}, "entry 0 is -9223372036854775808, more than", 0},
    {GT_STORED_SIGNED, 8, {1, 0, 0, 0, 0, 0, 0, 5}, "entry 0 is 72057594037927941, more than", 0},
    {GT_STORED_UNSIGNED, 2, {0xff, 0xfe}, NULL, 65534},
    {GT_STORED_UNSIGNED, 4, {0x7f, 0xff, 0xff, 0xff}, NULL, INT32_MAX},
    {GT_STORED_UNSIGNED, 4, {0x80, 0, 0, 0}, "entry 0 is 2147483648, more than int32 holds", 0},
    {GT_STORED_UNSIGNED, 8, {0, 0, 0, 0, 0, 0, 1, 2}, NULL, 258},
    {GT_STORED_UNSIGNED, 8, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "entry 0 is 18446744073709551615", 0},
};

START_TEST(whole_numbers_are_read_or_refused_at_their_limits)
{
    const gt_stored type = {wholes[_i].kind, wholes[_i].size, true};
    unsigned char reversed[8];
    for (int i = 0; i < type.size; i++)
        reversed[i] = wholes[_i].bytes[type.size - 1 - i];
    for (int big = 0; big < 2; big++) {
        gt_tensor *tensor = read_bytes((gt_stored){type.kind, type.size, big}, 1, big ? wholes[_i].bytes : reversed);
        if (wholes[_i].error) {
            ck_assert_ptr_null(tensor);
            ck_assert_int_eq(gt_last_status(), GT_ERR_VALUE);
            assert_message(wholes[_i].error);
            continue;
        }
        ck_assert_int_eq(gt_tensor_dtype(tensor), GT_INT32);
        ck_assert_values(tensor, wholes[_i].value);
        gt_tensor_free(tensor);
    }
}
END_TEST

START_TEST(bytes_and_truth_values_stay_bytes)
{
    const unsigned char bytes[] = {0, 1, 255, 2};
    gt_tensor *tensor = read_bytes((gt_stored){GT_STORED_UNSIGNED, 1, true}, 4, bytes);
    ck_assert_int_eq(gt_tensor_dtype(tensor), GT_UINT8);
    ck_assert_values(tensor, 0, 1, 255, 2);
    gt_tensor_free(tensor);
    tensor = read_bytes((gt_stored){GT_STORED_TRUTH, 1, false}, 2, bytes);
    ck_assert_int_eq(gt_tensor_dtype(tensor), GT_UINT8);
    ck_assert_values(tensor, 0, 1);
    gt_tensor_free(tensor);
    ck_assert_ptr_null(read_bytes((gt_stored){GT_STORED_TRUTH, 1, false}, 4, bytes));
    ck_assert_int_eq(gt_last_status(), GT_ERR_VALUE);
    assert_message("stored: entry 2 is 255, neither true nor false");
}
END_TEST

/* ---- the rest --------------------------------------------------------------------------------------------------- */

START_TEST(reals_are_read_in_both_orders)
{
    const unsigned char pi[] = {0x40, 0x09, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18}, ip[] = {0, 0, 0x20, 0xc0};
    gt_tensor *tensor = read_bytes((gt_stored){GT_STORED_FLOAT, 8, true}, 1, pi);
    ck_assert_int_eq(gt_tensor_dtype(tensor), GT_FLOAT64);
    ck_assert_values(tensor, 3.141592653589793);
    gt_tensor_free(tensor);
    tensor = read_bytes((gt_stored){GT_STORED_FLOAT, 4, false}, 1, ip);
    ck_assert_int_eq(gt_tensor_dtype(tensor), GT_FLOAT32);
    ck_assert_values(tensor, -2.5);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(nothing_may_be_read)
{
    for (int kind = GT_STORED_FLOAT; kind <= GT_STORED_UNSIGNED; kind++) {
        gt_tensor *tensor = read_bytes((gt_stored){(gt_stored_kind)kind, 2, true}, 0, NULL);
        ck_assert_int_eq(gt_tensor_size(tensor), 0);
        gt_tensor_free(tensor);
    }
}
END_TEST

START_TEST(sizes_that_a_kind_has_not_are_refused)
{
    static const int bad[][5] = {
        {0, 1, 3, 16, 6}, {0, 1, 4, 8, 3}, {0, 3, 5, 16, 7}, {0, 3, 5, 16, 7}, {0, 2, 4, 8, 3}};
    gt_dtype dtype;
    for (int kind = GT_STORED_FLOAT; kind <= GT_STORED_TRUTH; kind++)
        for (int i = 0; i < 5; i++) {
            const gt_stored type = {(gt_stored_kind)kind, (unsigned char)bad[kind][i], false};
            ck_assert_int_eq(gt_stored_dtype("stored", type, &dtype), GT_ERR_UNSUPPORTED);
            assert_message("stored: numbers of ");
        }
    ck_assert_ptr_null(read_bytes((gt_stored){GT_STORED_FLOAT, 16, false}, 1, every_pair()));
    ck_assert_ptr_null(read_bytes((gt_stored){GT_STORED_FLOAT, 4, false}, -1, every_pair()));
    ck_assert_int_eq(gt_last_status(), GT_ERR_SHAPE);
}
END_TEST

START_TEST(swapping_twice_is_nothing)
{
    for (size_t size = 1; size <= 8; size *= 2) {
        unsigned char bytes[16], kept[16];
        for (size_t i = 0; i < sizeof bytes; i++)
            kept[i] = bytes[i] = (unsigned char)i;
        const bool other = !gt_machine_is_big_endian();
        gt_stored_swap(bytes, 2, size, !other);
        ck_assert_mem_eq(bytes, kept, sizeof bytes);
        gt_stored_swap(bytes, 2, size, other);
        for (size_t i = 0; i < 2 * size; i++)
            ck_assert_uint_eq(bytes[i], i / size * size + (size - 1 - i % size));
        ck_assert_mem_eq(bytes + 2 * size, kept + 2 * size, sizeof bytes - 2 * size);
        gt_stored_swap(bytes, 2, size, other);
        ck_assert_mem_eq(bytes, kept, sizeof bytes);
    }
}
END_TEST

int main(void)
{
    return run_suite("stored",
                     (const suite_test[]){
                         LOOP_TEST(every_half_is_read_exactly, 2),
                         TEST(nans_keep_their_bits),
                         LOOP_TEST(whole_numbers_are_read_or_refused_at_their_limits, sizeof wholes / sizeof *wholes),
                         TEST(bytes_and_truth_values_stay_bytes),
                         TEST(reals_are_read_in_both_orders),
                         TEST(nothing_may_be_read),
                         TEST(sizes_that_a_kind_has_not_are_refused),
                         TEST(swapping_twice_is_nothing),
                         END_OF_TESTS,
                     });
}
