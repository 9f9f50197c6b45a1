#!/usr/bin/env bash
# Builds gradtape in build/run and runs it: tools/run.sh mnist --epochs 5, tools/run.sh lab binary-digits --plot out.png
# Installs a C compiler, cmake and make first where they are missing, and what labs, pictures and the formats of arrays need
# where the command is one of those (see tools/setup.sh).
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

case " $* " in
" lab "* | " plot "* | " convert "* | " show "* | " predict "* | *" --plot"*) setup_lab ;;
*) setup_run ;;
esac
if command -v ninja >/dev/null; then
    export CMAKE_GENERATOR=${CMAKE_GENERATOR:-Ninja}
fi
cuda=OFF # compiling it takes longer than all the rest
if nvidia-smi >/dev/null 2>&1; then cuda=AUTO; fi
step "configuring build/run" cmake -S "$root" -B "$root/build/run" -DCMAKE_BUILD_TYPE=Release -DGRADTAPE_TESTS=OFF \
    -DGRADTAPE_CUDA=$cuda
step "building" cmake --build "$root/build/run" --parallel "$(nproc)"
say "running: gradtape${*:+ $*}"
exec "$root/build/run/gradtape" "$@"
