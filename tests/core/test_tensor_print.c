/* core/tensor_print against what NumPy 1.24.2 prints: the expected texts are str() of the same arrays. */
#include <math.h>

#include "tests/support/suite.h"
#include "tests/support/tensors.h"

/* One that is counted up from `first` in steps, or given by its values. */
typedef struct print_case {
    const char *name;
    gt_dtype dtype;
    gt_shape shape;
    const double *values;
    double first, step;
    const char *expected;
} print_case;

#define VALUES(...)                                                                                                    \
    .values = (const double[])                                                                                         \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }

static const print_case cases[] = {
    {"small integers", GT_INT32, {1, {3}}, VALUES(1, -20, 3), .expected = "[  1 -20   3]\n"},
    {"bytes", GT_UINT8, {2, {2, 2}}, VALUES(0, 255, 7, 10), .expected = "[[  0 255]\n [  7  10]]\n"},
    {"digits as needed", GT_FLOAT64, {1, {3}}, VALUES(1, 2.5, -0.125), .expected = "[ 1.     2.5   -0.125]\n"},
    {"whole numbers", GT_FLOAT32, {2, {2, 2}}, VALUES(1, 2, 3, 4), .expected = "[[1. 2.]\n [3. 4.]]\n"},
    {"eight digits",
     GT_FLOAT64,
     {1, {3}},
     VALUES(1.0 / 3, 2.0 / 3, 100),
     .expected = "[  0.33333333   0.66666667 100.        ]\n"},
    {"float32 scientific",
     GT_FLOAT32,
     {1, {3}},
     VALUES(0.1, 100.1, 3.14159265),
     .expected = "[1.0000000e-01 1.0010000e+02 3.1415927e+00]\n"},
    {"float32 digits of each", GT_FLOAT32, {1, {2}}, VALUES(0.1, 3.14159265), .expected = "[0.1       3.1415927]\n"},
    {"large", GT_FLOAT64, {1, {2}}, VALUES(1e8, 1), .expected = "[1.e+08 1.e+00]\n"},
    {"small", GT_FLOAT64, {1, {2}}, VALUES(0.5, 1e-5), .expected = "[5.e-01 1.e-05]\n"},
    {"far apart", GT_FLOAT32, {1, {2}}, VALUES(2000.5, 1.25), .expected = "[2.0005e+03 1.2500e+00]\n"},
    {"three digits of exponent", GT_FLOAT64, {1, {2}}, VALUES(1e100, -1.5), .expected = "[ 1.0e+100 -1.5e+000]\n"},
    {"not finite",
     GT_FLOAT64,
     {1, {4}},
     VALUES((double)NAN, -(double)INFINITY, 1.5, (double)INFINITY),
     .expected = "[ nan -inf  1.5  inf]\n"},
    {"only not finite", GT_FLOAT32, {1, {2}}, VALUES((double)NAN, (double)INFINITY), .expected = "[nan inf]\n"},
    {"negative nan", GT_FLOAT64, {1, {1}}, VALUES(-(double)NAN), .expected = "[nan]\n"},
    {"negative zero", GT_FLOAT64, {1, {2}}, VALUES(-0.0, 0.0), .expected = "[-0.  0.]\n"},
    {"three axes",
     GT_INT32,
     {3, {2, 3, 2}},
     .step = 1,
     .expected = "[[[ 0  1]\n  [ 2  3]\n  [ 4  5]]\n\n [[ 6  7]\n  [ 8  9]\n  [10 11]]]\n"},
    {"lines break at 75",
     GT_FLOAT64,
     {1, {30}},
     .step = 1.5,
     .expected = "[ 0.   1.5  3.   4.5  6.   7.5  9.  10.5 12.  13.5 15.  16.5 18.  19.5\n"
                 " 21.  22.5 24.  25.5 27.  28.5 30.  31.5 33.  34.5 36.  37.5 39.  40.5\n"
                 " 42.  43.5]\n"},
    {"broken rows keep their indent",
     GT_INT32,
     {2, {2, 30}},
     .first = 1000,
     .step = 1,
     .expected = "[[1000 1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1011 1012 1013\n"
                 "  1014 1015 1016 1017 1018 1019 1020 1021 1022 1023 1024 1025 1026 1027\n"
                 "  1028 1029]\n"
                 " [1030 1031 1032 1033 1034 1035 1036 1037 1038 1039 1040 1041 1042 1043\n"
                 "  1044 1045 1046 1047 1048 1049 1050 1051 1052 1053 1054 1055 1056 1057\n"
                 "  1058 1059]]\n"},
    {"long axis", GT_INT32, {1, {1001}}, .step = 1, .expected = "[   0    1    2 ...  998  999 1000]\n"},
    {"long matrix",
     GT_FLOAT32,
     {2, {40, 50}},
     .step = 1,
     .expected = "[[0.000e+00 1.000e+00 2.000e+00 ... 4.700e+01 4.800e+01 4.900e+01]\n"
                 " [5.000e+01 5.100e+01 5.200e+01 ... 9.700e+01 9.800e+01 9.900e+01]\n"
                 " [1.000e+02 1.010e+02 1.020e+02 ... 1.470e+02 1.480e+02 1.490e+02]\n"
                 " ...\n"
                 " [1.850e+03 1.851e+03 1.852e+03 ... 1.897e+03 1.898e+03 1.899e+03]\n"
                 " [1.900e+03 1.901e+03 1.902e+03 ... 1.947e+03 1.948e+03 1.949e+03]\n"
                 " [1.950e+03 1.951e+03 1.952e+03 ... 1.997e+03 1.998e+03 1.999e+03]]\n"},
    {"empty", GT_FLOAT32, {2, {0, 3}}, .expected = "[]\n"},
    {"empty rows", GT_FLOAT32, {2, {2, 0}}, .expected = "[]\n"},
    {"scalar", GT_FLOAT64, {0, {0}}, VALUES(1.0 / 3), .expected = "0.3333333333333333\n"},
    {"whole scalar", GT_FLOAT32, {0, {0}}, VALUES(2), .expected = "2.0\n"},
    {"float32 scalar", GT_FLOAT32, {0, {0}}, VALUES(0.1), .expected = "0.1\n"},
    {"small scalar", GT_FLOAT64, {0, {0}}, VALUES(1e-5), .expected = "1e-05\n"},
    {"large scalar", GT_FLOAT32, {0, {0}}, VALUES(67108872), .expected = "67108870.0\n"},
    {"integer scalar", GT_INT32, {0, {0}}, VALUES(-5), .expected = "-5\n"},
    {"scalar that is none", GT_FLOAT64, {0, {0}}, VALUES((double)NAN), .expected = "nan\n"},
};
enum { CASES = sizeof cases / sizeof cases[0] };

static void set(gt_dtype dtype, void *values, int64_t i, double value)
{
    if (dtype == GT_FLOAT32)
        ((float *)values)[i] = (float)value;
    else if (dtype == GT_FLOAT64)
        ((double *)values)[i] = value;
    else if (dtype == GT_INT32)
        ((int32_t *)values)[i] = (int32_t)value;
    else
        ((uint8_t *)values)[i] = (uint8_t)value;
}

START_TEST(prints_as_numpy)
{
    const print_case *c = &cases[_i];
    gt_tensor *tensor = gt_tensor_new(c->dtype, c->shape);
    void *values = gt_tensor_data_write(tensor);
    for (int64_t i = 0; i < gt_tensor_size(tensor); i++)
        set(c->dtype, values, i, c->values ? c->values[i] : c->first + c->step * (double)i);
    printed out = {0};
    ck_assert_int_eq(gt_tensor_print(tensor, print_into, &out), GT_OK);
    ck_assert_msg(strcmp(out.text, c->expected) == 0, "%s:\n%sbut NumPy prints\n%s", c->name, out.text, c->expected);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(no_writer_is_an_error)
{
    gt_tensor *tensor = VECTOR(1);
    ck_assert_int_eq(gt_tensor_print(tensor, NULL, NULL), GT_ERR_ARGUMENT);
    gt_tensor_free(tensor);
}
END_TEST

int main(void)
{
    return run_suite("tensor_print", (const suite_test[]){
                                         LOOP_TEST(prints_as_numpy, CASES),
                                         TEST(no_writer_is_an_error),
                                         END_OF_TESTS,
                                     });
}
