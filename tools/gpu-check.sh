#!/usr/bin/env bash
# Checks gradtape's CUDA backend on the GPU of this machine, and writes a report: tools/gpu-check.sh [REPORT]
#
#   REPORT          the file to write (default: build/gpu-report.md)
#
# Builds for this GPU, runs every CUDA suite and the gradient checks on it, compute-sanitizer over the ops where it is
# installed, and the benchmark against the CPU, and against PyTorch where python3 has a torch that sees the GPU. Exits
# with 0 if all passed, 1 if something failed, 2 without a GPU or nvcc.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/setup.sh
source tools/setup.sh

report=${1:-build/gpu-report.md}
folder=build/gpu
failures=0

if ! command -v nvidia-smi >/dev/null || ! gpu=$(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null) ||
    [ -z "$gpu" ]; then
    say "gpu-check: no NVIDIA GPU was found"
    exit 2
fi
PATH=$PATH:/usr/local/cuda/bin
if ! command -v nvcc >/dev/null; then
    say "gpu-check: nvcc was not found (Debian: nvidia-cuda-toolkit)"
    exit 2
fi
setup compiler cmake make pkg_config check

mkdir -p "$folder" "$(dirname "$report")"
exec 3>"$report"

# section TITLE COMMAND...: what it printed becomes a part of the report.
section() {
    local status=0 log=$folder/section.log
    "${@:2}" >"$log" 2>&1 </dev/null || status=$?
    {
        printf '\n## %s\n\n' "$1"
        [ "$status" -eq 0 ] || printf 'FAILED with status %d.\n\n' "$status"
        printf '```\n'
        tail -n 400 "$log"
        printf '```\n'
    } >&3
    if [ "$status" -eq 0 ]; then
        echo "passed: $1"
    else
        echo "FAILED: $1 (see $report)"
        failures=$((failures + 1))
    fi
}

build_for_this_gpu() {
    local capability
    capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -n 1 | tr -d .)
    cmake -S . -B "$folder" -DCMAKE_BUILD_TYPE=Release -DGRADTAPE_CUDA=ON -DGRADTAPE_SIMT=OFF \
        -DCMAKE_CUDA_ARCHITECTURES="$capability" >"$folder/configure.log" 2>&1 &&
        cmake --build "$folder" --parallel "$(nproc)" >"$folder/build.log" 2>&1 && return
    tail -n 40 "$folder"/*.log
    return 1
}

suite() { env -C "$folder/tests" GRADTAPE_CUDA="$PWD/$folder/libgradtape_cuda.so" CK_FORK=yes CK_TIMEOUT_MULTIPLIER=15 "./test_cuda_$1"; }

# Exact blocks, so that it sees accesses past a tensor's end; without forks, which it does not follow.
sanitized() {
    env -C "$folder/tests" GRADTAPE_CUDA="$PWD/$folder/libgradtape_cuda.so" GRADTAPE_CUDA_DIRECT=1 CK_FORK=no \
        compute-sanitizer --tool "$1" --error-exitcode 9 ./test_cuda_ops
}

against_torch() {
    local model
    for model in simple mlp advanced lab cnn signs; do
        PEER_DEVICE=cuda python3 tools/peers/torch_peer.py "$model" 1 9 || return
    done
}

{
    # shellcheck disable=SC2016
    printf '# gradtape on a GPU\n\nWritten by `tools/gpu-check.sh` on %s.\n\n' "$(date -u +%F)"
    printf 'GPU and driver: %s. %s. gradtape %s.\n' "$gpu" "$(nvcc --version | tail -n 1)" \
        "$(git describe --always --dirty 2>/dev/null || echo 'without git')"
} >&3
if ! build_for_this_gpu; then
    say "gpu-check: the build failed: $folder/build.log"
    exit 1
fi
program=$folder/gradtape
section "Devices" "$program" devices
section "Every op against its reference and the CPU" suite ops
section "The backend: memory, queues, graphs, errors" suite backend
section "Optimizers against the CPU" suite optimizers
section "Training against the CPU" suite training
section "Gradients against differences" "$program" gradcheck --all --device cuda
if command -v compute-sanitizer >/dev/null; then
    section "compute-sanitizer memcheck" sanitized memcheck
    section "compute-sanitizer racecheck" sanitized racecheck
else
    printf '\n## compute-sanitizer\n\nSKIPPED: not installed.\n' >&3
    echo "SKIPPED: compute-sanitizer"
fi
section "MNIST, cnn" "$program" mnist --device cuda --model cnn --quiet
section "Benchmark: CUDA" "$program" bench --device cuda
section "Benchmark: CPU" "$program" bench simple mlp advanced lab cnn signs matmul conv
if python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
    section "Benchmark: PyTorch on the GPU" against_torch
else
    printf '\n## PyTorch on the GPU\n\nSKIPPED: not installed, or it sees no GPU.\n' >&3
    echo "SKIPPED: PyTorch"
fi
echo "report: $report"
[ "$failures" -eq 0 ]
