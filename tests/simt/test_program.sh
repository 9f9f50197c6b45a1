#!/usr/bin/env bash
# `gradtape` with the CUDA backend, which the host executor runs: with a device, with none, and without a driver.
# shellcheck source=tests/tools/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tools/program.sh"

unavailable="device cuda: not available"

test=every_op_has_a_kernel_for_both
try ops
expect_status 0
[ "$(awk 'NR > 1 && $5 == "yes" && $6 == "yes"' "$work/out" | wc -l)" -eq "$(tail -n +2 "$work/out" | wc -l)" ] ||
    fail "an op lacks a kernel"
cp "$work/out" "$work/ops"

test=the_column_needs_no_driver
SIMT_DEVICES=driver try ops
expect_status 0
cmp -s "$work/out" "$work/ops" || fail "the table is another one without a driver"

test=devices_describes_it
try devices
expect_out "^cuda +available: host executor, compute capability 8\.0, 1 multiprocessors, [0-9.]+ of [0-9.]+ GiB free$"

test=no_device_is_one_line
for command in "mnist --device cuda" "gradcheck relu --device=cuda" "bench ops --device cuda"; do
    # shellcheck disable=SC2086
    SIMT_DEVICES=0 try $command
    expect_status 1
    expect_one_line_of_err
    expect_err "$unavailable: no NVIDIA GPU was found"
done
SIMT_DEVICES=driver try mnist --device cuda
expect_status 1
expect_one_line_of_err
expect_err "$unavailable: no NVIDIA driver is installed, or one older than CUDA 13.0 needs"
SIMT_DEVICES=driver try devices
expect_status 0
expect_out "^cuda +$unavailable: no NVIDIA driver"

test=no_backend_is_one_line
GRADTAPE_CUDA=/nowhere/libgradtape_cuda.so try mnist --device cuda
expect_status 1
expect_one_line_of_err
expect_err "$unavailable: GRADTAPE_CUDA: /nowhere/libgradtape_cuda.so: cannot open shared object file"
GRADTAPE_CUDA=$GRADTAPE try mnist --device cuda
expect_status 1
expect_one_line_of_err

test=auto_says_what_it_chose
SIMT_DEVICES=0 try mnist --device auto --model simple --epochs 1 --train-size 100 --test-size 20
expect_status 0
expect_out "^device: cpu \($unavailable: no NVIDIA GPU was found\)$"
try mnist --device auto --model simple --epochs 1 --train-size 100 --test-size 20
expect_status 0
expect_out "^device: cuda, host executor, compute capability 8\.0, 1 multiprocessors$"

test=mnist_learns_the_same
small=(mnist --quiet --train-size 200 --test-size 50 --batch-size 50 --epochs 2)
for model in simple advanced cnn; do
    [ "$model" != cnn ] || small=(mnist --quiet --train-size 20 --test-size 10 --batch-size 5 --epochs 1)
    try "${small[@]}" --model "$model"
    expect_status 0
    sed -n 's/^test: loss \([0-9.]*\), .*/\1/p' "$work/out" >"$work/cpu"
    try "${small[@]}" --model "$model" --device cuda
    expect_status 0
    expect_no_err
    sed -n 's/^test: loss \([0-9.]*\), .*/\1/p' "$work/out" >"$work/cuda"
    paste "$work/cpu" "$work/cuda" |
        awk '{ d = $1 - $2; exit !(NF == 2 && d * d < 1e-6) }' || fail "$model: $(cat "$work/cuda") on cuda, $(cat "$work/cpu") on cpu"
done

test=gradcheck_checks_its_kernels
try gradcheck relu softmax matmul --device cuda
expect_status 0
expect_out "^order 1: [0-9]+ passed, 0 failed"
try gradcheck linear --device cuda --order 2
expect_status 0

test=bench_measures_it
try bench ops --only relu --device cuda --repeat 1
expect_status 0
expect_out "^relu +256x1024 "
expect_usage_error "gradtape bench: machine measures the cpu alone" bench machine --device cuda

echo "all passed"
