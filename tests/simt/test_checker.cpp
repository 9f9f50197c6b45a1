/* The checker finds what is wrong in kernels, says where, and says nothing of those that are right. Each kernel is
 * there with its fault and without. */
#include <cuda_runtime.h>

#include "simt.h"

extern "C" {
#include "tests/support/suite.h"
}

namespace
{

float *device_floats(int n, bool written)
{
    void *memory = nullptr;
    ck_assert_int_eq(cudaMalloc(&memory, (size_t)n * sizeof(float)), cudaSuccess);
    if (written)
        ck_assert_int_eq(cudaMemset(memory, 0, (size_t)n * sizeof(float)), cudaSuccess);
    return static_cast<float *>(memory);
}

void assert_clean()
{
    ck_assert_msg(simt_findings() == 0, "%s", simt_last_finding());
}

void assert_found(const char *what)
{
    ck_assert_uint_gt(simt_findings(), 0);
    ck_assert_msg(strstr(simt_last_finding(), what) != nullptr, "found: %s", simt_last_finding());
    ck_assert_msg(strstr(simt_last_finding(), "test_checker.cpp:") != nullptr, "no place: %s", simt_last_finding());
}

/* ---- barriers
 * ---------------------------------------------------------------------------------------------------------- */

/* A sum by halves, with barriers or without the one between the writing and the first reading. */
template <bool barrier> __global__ void sum_block(const float *x, float *y)
{
    __shared__ float part[128];
    part[threadIdx.x] = x[threadIdx.x];
    if constexpr (barrier)
        __syncthreads();
    for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
        if (threadIdx.x < half)
            part[threadIdx.x] += part[threadIdx.x + half];
        __syncthreads();
    }
    if (threadIdx.x == 0)
        *y = part[0];
}

START_TEST(missing_barrier_is_a_race)
{
    float *x = device_floats(128, true), *y = device_floats(1, false);
    GT_LAUNCH(sum_block<true>, 1, 128, 0, nullptr, x, y);
    assert_clean();
    GT_LAUNCH(sum_block<false>, 1, 128, 0, nullptr, x, y);
    assert_found("race");
}
END_TEST

/* Values go through one variable: its reading and its next writing need a barrier between them. */
template <bool barrier> __global__ void hand_round(float *y)
{
    __shared__ float value;
    for (unsigned i = 0; i < 3; i++) {
        if (threadIdx.x == i)
            value = (float)i;
        __syncthreads();
        y[3 * threadIdx.x + i] = value;
        if constexpr (barrier)
            __syncthreads();
    }
}

START_TEST(write_after_read_is_a_race)
{
    float *y = device_floats(3 * 64, false);
    GT_LAUNCH(hand_round<true>, 1, 64, 0, nullptr, y);
    assert_clean();
    GT_LAUNCH(hand_round<false>, 1, 64, 0, nullptr, y);
    assert_found("race");
}
END_TEST

/* A warp needs no block's barrier, but its own. */
template <bool barrier> __global__ void swap_in_warp(float *y)
{
    __shared__ float row[32];
    row[threadIdx.x] = (float)threadIdx.x;
    if constexpr (barrier)
        __syncwarp();
    y[threadIdx.x] = row[31 - threadIdx.x];
}

START_TEST(warp_needs_its_barrier)
{
    float *y = device_floats(32, false);
    GT_LAUNCH(swap_in_warp<true>, 1, 32, 0, nullptr, y);
    assert_clean();
    GT_LAUNCH(swap_in_warp<false>, 1, 32, 0, nullptr, y);
    ck_assert_uint_gt(simt_findings(), 0);
}
END_TEST

/* Lane 1 reads once more, behind barriers of its warp alone: that another warp has read is not forgotten. */
template <bool barrier> __global__ void read_in_two_warps(float *y)
{
    __shared__ float value;
    if (threadIdx.x == 0)
        value = 1;
    __syncthreads();
    if (threadIdx.x == 0 || threadIdx.x == 33)
        y[threadIdx.x] = value;
    if constexpr (barrier)
        __syncthreads();
    if (threadIdx.x >= 32)
        return;
    __syncwarp();
    if (threadIdx.x == 1)
        y[1] = value;
    __syncwarp();
    if (threadIdx.x == 2)
        value = 2;
}

START_TEST(reads_of_other_warps_are_kept)
{
    float *y = device_floats(64, false);
    GT_LAUNCH(read_in_two_warps<true>, 1, 64, 0, nullptr, y);
    assert_clean();
    GT_LAUNCH(read_in_two_warps<false>, 1, 64, 0, nullptr, y);
    assert_found("race of a write with a read before it");
}
END_TEST

__global__ void diverge(float *y, unsigned from)
{
    if (threadIdx.x < from)
        __syncthreads();
    else
        __syncthreads();
    y[threadIdx.x] = 1;
}

START_TEST(barriers_in_different_places_are_found)
{
    float *y = device_floats(64, false);
    GT_LAUNCH(diverge, 1, 64, 0, nullptr, y, 64u);
    assert_clean();
    GT_LAUNCH(diverge, 1, 64, 0, nullptr, y, 32u);
    ck_assert_uint_gt(simt_findings(), 0);
    ck_assert_ptr_nonnull(strstr(simt_last_finding(), "different barriers"));
}
END_TEST

/* ---- memory
 * ------------------------------------------------------------------------------------------------------------ */

__global__ void copy_rows(const float *x, float *y, int n)
{
    const int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
    if (i < n)
        y[i] = x[i];
}

START_TEST(accesses_past_the_end_are_found)
{
    float *x = device_floats(100, true), *y = device_floats(100, false);
    GT_LAUNCH(copy_rows, 1, 128, 0, nullptr, x, y, 100);
    assert_clean();
    GT_LAUNCH(copy_rows, 1, 128, 0, nullptr, x, y, 101);
    assert_found("outside of device memory");
}
END_TEST

START_TEST(reads_of_what_nobody_wrote_are_found)
{
    float *x = device_floats(100, false), *y = device_floats(100, false);
    GT_LAUNCH(copy_rows, 1, 128, 0, nullptr, y, x, 0);
    assert_clean();
    GT_LAUNCH(copy_rows, 1, 128, 0, nullptr, x, y, 100);
    assert_found("global memory that nobody wrote");
}
END_TEST

__global__ void read_pairs(const float *x, float *y, int from)
{
    *y = (float)*reinterpret_cast<const double *>(x + from);
}

START_TEST(misaligned_accesses_are_found)
{
    float *x = device_floats(4, true), *y = device_floats(1, false);
    GT_LAUNCH(read_pairs, 1, 1, 0, nullptr, x, y, 2);
    assert_clean();
    GT_LAUNCH(read_pairs, 1, 1, 0, nullptr, x, y, 1);
    assert_found("misaligned");
}
END_TEST

/* ---- blocks
 * ------------------------------------------------------------------------------------------------------------ */

template <bool atomic> __global__ void count_blocks(int *sum)
{
    if (threadIdx.x > 0)
        return;
    if constexpr (atomic)
        atomicAdd(sum, 1);
    else
        *sum += 1;
}

START_TEST(blocks_race_in_global_memory)
{
    int *sum = reinterpret_cast<int *>(device_floats(1, true));
    GT_LAUNCH(count_blocks<true>, 4, 32, 0, nullptr, sum);
    assert_clean();
    GT_LAUNCH(count_blocks<false>, 4, 32, 0, nullptr, sum);
    assert_found("race");
}
END_TEST

/* Every block reads the first value, which the last block then overwrites behind a barrier of its own. */
template <bool own> __global__ void overwrite_after_reading(float *x, float *y)
{
    y[blockIdx.x * blockDim.x + threadIdx.x] = x[own ? blockIdx.x : 0];
    __syncthreads();
    if (blockIdx.x == gridDim.x - 1 && threadIdx.x == 0)
        x[own ? blockIdx.x : 0] = 5;
}

START_TEST(reads_of_other_blocks_are_kept)
{
    float *x = device_floats(4, true), *y = device_floats(4 * 32, false);
    GT_LAUNCH(overwrite_after_reading<true>, 4, 32, 0, nullptr, x, y);
    assert_clean();
    GT_LAUNCH(overwrite_after_reading<false>, 4, 32, 0, nullptr, x, y);
    assert_found("race of a write with a read before it");
}
END_TEST

/* The first thread of all sets the sum to zero and adds to it itself, before the others add to it. */
template <bool barrier> __global__ void clear_and_count(int *sum)
{
    if (blockIdx.x == 0 && threadIdx.x == 0)
        *sum = 0;
    if constexpr (barrier)
        __syncthreads();
    atomicAdd(sum, 1);
}

START_TEST(atomics_do_not_hide_writes)
{
    int *sum = reinterpret_cast<int *>(device_floats(1, false));
    GT_LAUNCH(clear_and_count<true>, 1, 64, 0, nullptr, sum);
    assert_clean();
    GT_LAUNCH(clear_and_count<false>, 1, 64, 0, nullptr, sum);
    assert_found("race");
}
END_TEST

/* A barrier holds back no other block. */
START_TEST(atomics_do_not_hide_writes_of_other_blocks)
{
    int *sum = reinterpret_cast<int *>(device_floats(1, true));
    GT_LAUNCH(clear_and_count<true>, 2, 64, 0, nullptr, sum);
    assert_found("race");
}
END_TEST

struct quadruple {
    int value[4];
};

__global__ void copy_quadruples(const quadruple *x, quadruple *y)
{
    y[threadIdx.x] = x[threadIdx.x];
}

/* A struct needs the alignment of its members, whatever its size. */
START_TEST(structs_are_aligned_as_declared)
{
    float *x = device_floats(33, true), *y = device_floats(33, false);
    GT_LAUNCH(copy_quadruples, 1, 8, 0, nullptr, reinterpret_cast<const quadruple *>(x + 1),
              reinterpret_cast<quadruple *>(y + 1));
    assert_clean();
}
END_TEST

START_TEST(copies_write_no_more_than_their_source)
{
    float *x = device_floats(64, false), *y = device_floats(64, false), *z = device_floats(64, false), here[64];
    cudaMemset(x, 0, 32 * sizeof(float));
    cudaMemcpy(y, x, 64 * sizeof(float), cudaMemcpyDeviceToDevice);
    GT_LAUNCH(copy_rows, 1, 32, 0, nullptr, y, z, 32);
    cudaMemcpy(here, y, 32 * sizeof(float), cudaMemcpyDeviceToHost);
    assert_clean();
    GT_LAUNCH(copy_rows, 1, 64, 0, nullptr, y, z, 64);
    assert_found("global memory that nobody wrote");
    simt_forget_findings();
    cudaMemcpy(here, y, 64 * sizeof(float), cudaMemcpyDeviceToHost);
    ck_assert_str_eq(simt_last_finding(), "a copy to the host reads global memory that nobody wrote");
}
END_TEST

/* Neighbouring bytes of one word are no race. */
__global__ void write_bytes(unsigned char *y)
{
    y[threadIdx.x] = (unsigned char)threadIdx.x;
}

START_TEST(bytes_are_told_apart)
{
    GT_LAUNCH(write_bytes, 1, 64, 0, nullptr, reinterpret_cast<unsigned char *>(device_floats(16, false)));
    assert_clean();
}
END_TEST

} // namespace

int main()
{
    static const suite_test tests[] = {
        TEST(missing_barrier_is_a_race),
        TEST(write_after_read_is_a_race),
        TEST(warp_needs_its_barrier),
        TEST(reads_of_other_warps_are_kept),
        TEST(barriers_in_different_places_are_found),
        TEST(accesses_past_the_end_are_found),
        TEST(reads_of_what_nobody_wrote_are_found),
        TEST(misaligned_accesses_are_found),
        TEST(blocks_race_in_global_memory),
        TEST(reads_of_other_blocks_are_kept),
        TEST(atomics_do_not_hide_writes),
        TEST(atomics_do_not_hide_writes_of_other_blocks),
        TEST(structs_are_aligned_as_declared),
        TEST(copies_write_no_more_than_their_source),
        TEST(bytes_are_told_apart),
        END_OF_TESTS,
    };
    return run_suite("checker", tests);
}
