#!/usr/bin/env bash
# Builds gradtape in build/run and trains it on handwritten digits: tools/run-mnist.sh [options of 'gradtape mnist']
# Installs a C compiler, cmake and make first where they are missing (see tools/setup.sh).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tools/setup.sh
source "$root/tools/setup.sh"

# step TITLE COMMAND...: says the title; shows what the command printed only if it failed.
step() {
    local output
    say "$1"
    if ! output=$("${@:2}" 2>&1); then
        printf '%s\n' "$output" >&2
        say "failed: $1"
        exit 1
    fi
}

setup_run
if command -v ninja >/dev/null; then
    export CMAKE_GENERATOR=${CMAKE_GENERATOR:-Ninja}
fi
cuda=OFF # compiling it takes longer than all the rest
if nvidia-smi >/dev/null 2>&1; then cuda=AUTO; fi
step "configuring build/run" cmake -S "$root" -B "$root/build/run" -DCMAKE_BUILD_TYPE=Release -DGRADTAPE_TESTS=OFF \
    -DGRADTAPE_CUDA=$cuda
step "building" cmake --build "$root/build/run" --parallel "$(nproc)"
say "running: gradtape mnist${*:+ $*}"
exec "$root/build/run/gradtape" mnist "$@"
