/* core/device: names, the CPU's backend, and the table that others enter. */
#include "core/device.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/device_internal.h"
#include "core/memory.h"
#include "tests/support/pretended.h"
#include "tests/support/suite.h"

START_TEST(devices_have_names)
{
    ck_assert_str_eq(gt_device_name(GT_CPU), "cpu");
    ck_assert_str_eq(gt_device_name(GT_CUDA), "cuda");
    ck_assert_str_eq(gt_device_name((gt_device)7), "unknown device");
}
END_TEST

START_TEST(only_the_cpu_is_there_at_first)
{
    ck_assert(gt_device_available(GT_CPU));
    ck_assert(!gt_device_available(GT_CUDA));
    ck_assert(!gt_device_available((gt_device)7));
    ck_assert(!gt_device_available((gt_device)-1));
}
END_TEST

START_TEST(the_cpu_takes_its_memory_from_the_pool)
{
    const gt_backend *cpu = gt_backend_of(GT_CPU);
    void *memory = cpu->allocate(NULL, 100);
    ck_assert_uint_eq(gt_memory_live(), 128);
    cpu->release(NULL, memory, 100);
    ck_assert_uint_eq(gt_memory_live(), 0);
}
END_TEST

START_TEST(the_cpu_copies_either_way)
{
    const gt_backend *cpu = gt_backend_of(GT_CPU);
    char host[] = "host", there[5], back[5];
    ck_assert_int_eq(cpu->copy_in(NULL, there, host, 5), GT_OK);
    ck_assert_int_eq(cpu->copy_out(NULL, back, there, 5), GT_OK);
    ck_assert_str_eq(back, "host");
    ck_assert_int_eq(cpu->copy(NULL, there, "copy", 5), GT_OK);
    ck_assert_str_eq(there, "copy");
    ck_assert_int_eq(cpu->copy(NULL, NULL, NULL, 0), GT_OK);
}
END_TEST

START_TEST(a_missing_device_is_an_error_that_names_it)
{
    ck_assert_ptr_null(gt_backend_of(GT_CUDA));
    ck_assert_str_eq(gt_last_error(),
                     "device cuda: not available: libgradtape_cuda.so.0 is not installed (gradtape built "
                     "with nvcc has it)");
    ck_assert_ptr_null(gt_backend_of((gt_device)7));
    ck_assert_str_eq(gt_last_error(), "device unknown device: not available");
}
END_TEST

START_TEST(a_registered_backend_makes_its_device_available)
{
    ck_assert_int_eq(gt_backend_register(&pretended), GT_OK);
    ck_assert(gt_device_available(GT_CUDA));
    ck_assert_ptr_eq(gt_backend_of(GT_CUDA), &pretended);
}
END_TEST

START_TEST(unregister_takes_the_device_away)
{
    gt_backend_register(&pretended);
    gt_backend_unregister(GT_CUDA);
    ck_assert(!gt_device_available(GT_CUDA));
    ck_assert_int_eq(gt_backend_register(&pretended), GT_OK);
}
END_TEST

START_TEST(the_cpu_cannot_be_taken_away)
{
    gt_backend_unregister(GT_CPU);
    gt_backend_unregister((gt_device)7);
    ck_assert(gt_device_available(GT_CPU));
    ck_assert_ptr_nonnull(gt_backend_of(GT_CPU));
}
END_TEST

START_TEST(a_device_has_one_backend)
{
    gt_backend second = pretended;
    ck_assert_int_eq(gt_backend_register(&pretended), GT_OK);
    ck_assert_int_eq(gt_backend_register(&second), GT_ERR_ARGUMENT);
    ck_assert_str_eq(gt_last_error(), "backend_register: cuda already has a backend");
    ck_assert_ptr_eq(gt_backend_of(GT_CUDA), &pretended);
}
END_TEST

START_TEST(the_cpu_and_unknown_devices_take_no_backend)
{
    gt_backend other = pretended;
    other.device = GT_CPU;
    ck_assert_int_eq(gt_backend_register(&other), GT_ERR_ARGUMENT);
    other.device = (gt_device)7;
    ck_assert_int_eq(gt_backend_register(&other), GT_ERR_ARGUMENT);
}
END_TEST

START_TEST(a_backend_needs_every_function)
{
    gt_backend partial[6];
    for (int i = 0; i < 6; i++)
        partial[i] = pretended;
    partial[0].allocate = NULL;
    partial[1].release = NULL;
    partial[2].copy_in = NULL;
    partial[3].copy_out = NULL;
    partial[4].copy = NULL;
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(gt_backend_register(&partial[i]), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_backend_register(NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_backend_register(&partial[5]), GT_OK);
}
END_TEST

/* Where tests share a process, none leaves a device behind. */
static void forget_device(void)
{
    gt_backend_unregister(GT_CUDA);
}

int main(void)
{
    return run_suite_with("device", NULL, forget_device,
                          (const suite_test[]){
                              TEST(devices_have_names),
                              TEST(only_the_cpu_is_there_at_first),
                              TEST(the_cpu_takes_its_memory_from_the_pool),
                              TEST(the_cpu_copies_either_way),
                              TEST(a_missing_device_is_an_error_that_names_it),
                              TEST(a_registered_backend_makes_its_device_available),
                              TEST(unregister_takes_the_device_away),
                              TEST(the_cpu_cannot_be_taken_away),
                              TEST(a_device_has_one_backend),
                              TEST(the_cpu_and_unknown_devices_take_no_backend),
                              TEST(a_backend_needs_every_function),
                              END_OF_TESTS,
                          });
}
