#!/usr/bin/env bash
# Builds gradtape in every configuration and runs all tests: tools/run-tests.sh [--require-all] [--quick]
#
#   --require-all   a missing tool, or a test that skips itself, counts as a failure
#   --quick         only the release build: its suites, those of ops/ with each instruction set, the gradient checks and
#                   the format of the sources
#
# Installs what is missing first (see tools/setup.sh). The builds are build/<configuration>, what they printed is in
# build/logs/. The last line is 'N passed, N failed'.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/setup.sh
source tools/setup.sh

require_all=no
quick=no
for argument in "$@"; do
    case $argument in
    --require-all) require_all=yes ;;
    --quick) quick=yes ;;
    *)
        sed -n '2,/^[^#]/s/^# \{0,1\}//p' tools/run-tests.sh >&2
        exit 2
        ;;
    esac
done

# All that do not run the program.
library_suites='^(core|ops|optim|models)/'

# All of ops/ but ops/products, which takes long, and tries every instruction set by itself.
ops_suites='^ops/([^p]|p[^r])'

# What the small build does in another way: without threads, and without the libraries that read and write files.
small_suites='^(core|optim)/|^models/(data|idx|archive|npy|npz|safetensors|hdf5|csv|saving|resume|callbacks|torch_weights|keras_weights|saving_failures|kills|training|model|fit)$|^ops/(conv2d|matmul|pool2d)$|^tools/plot$'

# Where threads matter. Suites with 'thread' in their name join them.
threaded_suites='^(core/(threads|memory)|models/(model|fit|training))$|thread'

left_out=   # tests of run_suites that are not run
cuda_build= # the process that compiles the CUDA kernels
logs=build/logs
jobs=$(nproc)
summary=() # "release 41"
skipped=() # "clang"
other_sets=()
passed=0
failed=0

# ---- Reporting -------------------------------------------------------------------------------------------------------------

# tally GROUP PASSED FAILED
tally() {
    passed=$((passed + $2))
    failed=$((failed + $3))
    if [ "$3" -eq 0 ]; then
        summary+=("$1 $2")
    else
        summary+=("$1 $2 of $(($2 + $3))")
    fi
}

# skip WHAT WHY
skip() {
    echo "SKIPPED: $1 ($2)"
    skipped+=("$1")
    [ "$require_all" = no ] || failed=$((failed + 1))
}

# show_failure WHAT LOG
show_failure() {
    echo "FAILED: $1; the end of $2:"
    tail -n 100 "$2" | sed 's/^/    /'
}

# "a, b" for a b
join() { printf '%s\n' "$@" | paste -sd , | sed 's/,/, /g'; }

# ---- Configurations --------------------------------------------------------------------------------------------------------

# configure NAME [OPTION...]: by its preset, or, where options are given, without one.
configure() {
    local how=(--preset "$1")
    [ $# -eq 1 ] || how=(-S . -B "build/$1" "${@:2}")
    cmake "${how[@]}" >"$logs/$1-configure.log" 2>&1 && return
    show_failure "configuring $1" "$logs/$1-configure.log"
    tally "$1" 0 1
    return 1
}

# build NAME [TARGET...]
build() {
    cmake --build "build/$1" --parallel "$jobs" ${2:+--target "${@:2}"} >"$logs/$1-build.log" 2>&1 && return
    show_failure "building $1" "$logs/$1-build.log"
    tally "$1" 0 1
    return 1
}

# suites NAME REGEX: the tests of a configuration that match.
suites() { ctest --test-dir "build/$1" -N | sed -n 's/^ *Test *#[0-9]*: //p' | grep -E "$2" || true; }

# "convert|labs" for the scripts of tests/tools.
shell_suites() {
    find tests/tools -name 'test_*.sh' | sed -E 's#.*/test_(.*)\.sh$#\1#' | sort | paste -sd '|'
}

# targets NAME REGEX: the programs of those tests (a shell test has none), and gradtape, which some of them call.
targets() {
    local suite
    echo gradtape
    for suite in $(suites "$1" "$2"); do
        [ ! -f "tests/${suite%/*}/test_${suite##*/}.c" ] || echo "test_${suite//\//_}"
        [ "${suite%/*}" != fuzz ] || echo "fuzz_${suite##*/}"
    done
}

# run_suites NAME [REGEX [GROUP]]: runs a configuration's tests through the command in runner, tallied as GROUP.
run_suites() {
    local group=${3:-$1} status=0 log good bad name
    log=$logs/$group-test.log
    "${runner[@]}" ctest --test-dir "build/$1" -j "$jobs" --output-on-failure --no-tests=error ${2:+-R "$2"} \
        ${left_out:+-E "$left_out"} >"$log" 2>&1 </dev/null || status=$?
    good=$(grep -cE '^ *[0-9]+/[0-9]+ Test +#.* Passed ' "$log") || true
    bad=$(grep -E '^ *[0-9]+/[0-9]+ Test +#.*\*\*\*' "$log" | grep -cv '\*\*\*Skipped') || true
    if [ "$status" -ne 0 ]; then
        [ "$bad" -gt 0 ] || bad=1
        show_failure "$group" "$log"
    fi
    tally "$group" "$good" "$bad"
    echo "$group: $good passed, $bad failed ($((SECONDS - began)) s)"
    while read -r name; do
        skip "$group $name" "it skipped itself"
    done < <(sed -nE 's/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: ([^ ]+) .*\*\*\*Skipped.*/\1/p' "$log")
}

# configuration NAME [REGEX]: configures, builds and runs; with a regular expression only the tests that match.
configuration() {
    local only=()
    began=$SECONDS
    configure "$1" || return 0
    [ $# -eq 1 ] || mapfile -t only < <(targets "$1" "$2")
    build "$1" "${only[@]}" || return 0
    run_suites "$@"
}

# ---- Processors -------------------------------------------------------------------------------------------------------------

# Sets other_sets to the instruction sets that this processor has beside the one that programs take by themselves. One
# that it lacks is not a tool that could be installed, and so no failure for --require-all.
find_other_sets() {
    local isa default said
    other_sets=()
    default=$(build/release/gradtape devices | sed -n 's/^cpu .* instruction set //p') || return 0
    for isa in baseline avx2 avx512 neon; do
        [ "$isa" != "$default" ] || continue
        if said=$(GRADTAPE_ISA=$isa build/release/gradtape devices 2>&1); then
            other_sets+=("$isa")
        elif [[ $said = *"this processor has no"* ]]; then # otherwise it is of another kind of processor
            echo "SKIPPED: $isa (this processor has none)"
            skipped+=("$isa")
        fi
    done
}

# run_other_sets NAME REGEX [SET]: a configuration's tests that match, with each of those but SET.
run_other_sets() {
    local isa
    [ -x "build/$1/gradtape" ] || return 0
    for isa in "${other_sets[@]}"; do
        [ "$isa" != "${3:-}" ] || continue
        began=$SECONDS
        GRADTAPE_ISA=$isa run_suites "$1" "$2" "$1-$isa"
    done
}

# Unpacks Check for AArch64 into build/aarch64-root, where cmake/aarch64.cmake looks. apt-get has its own state there, and
# needs no root: the system goes on knowing one kind of processor.
fetch_aarch64_check() {
    local root=$PWD/build/aarch64-root package
    [ ! -f "$root/usr/include/check.h" ] || return 0
    [ "${GRADTAPE_INSTALL:-yes}" != no ] || return
    rm -rf "$root"
    mkdir -p "$root/apt/lists/partial" "$root/apt/archives/partial"
    local get=(env -C "$root/apt" apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64
        -o Dir::State="$root/apt" -o Dir::State::status=/dev/null -o Dir::Cache="$root/apt" -o APT::Sandbox::User=root)
    "${get[@]}" update && "${get[@]}" download libsubunit-dev check || return
    for package in "$root"/apt/libsubunit-dev_*.deb "$root"/apt/check_*.deb; do
        dpkg -x "$package" "$root" || return
    done
    rm -rf "$root/apt"
}

# Suites but those of tools/, whose scripts start the program without qemu. Forks of processes with threads, which qemu
# does not survive, are left out where they are tested: tests/support/forks.h.
aarch64() {
    local gone
    mapfile -t gone < <(missing aarch64_compiler qemu)
    if [ ${#gone[@]} -gt 0 ]; then
        skip aarch64 "not installed: $(titles "${gone[@]}")"
        return
    fi
    if ! fetch_aarch64_check >"$logs/aarch64-check.log" 2>&1; then
        skip aarch64 "Check for it could not be fetched: $logs/aarch64-check.log"
        return
    fi
    # What is about the engine and not the processor, and takes long under qemu.
    local left_out='^(models/(steady_state|memory_estimate)|core/(deep|threads_training|random_graphs))$'
    configuration aarch64 "$library_suites"
}

# ---- Sanitizers ------------------------------------------------------------------------------------------------------------

# works COMMAND...: whether it succeeds ten times in a row, since where addresses are random so is the trouble.
works() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        timeout 20 "$@" >/dev/null 2>&1 || return
    done
}

# Sets runner to what a program built with -fsanitize=$1 has to be started through. Older sanitizers do not start where
# addresses are more random than 28 bits; without randomness they do.
find_runner() {
    local probe=build/sanitizer-probe fixed
    fixed=(setarch "$(uname -m)" -R)
    runner=()
    "$(compiler)" -x c -fsanitize="$1" - -o "$probe" >/dev/null 2>&1 <<<'#include <stdlib.h>
int main(void) { free(malloc(1)); return 0; }' || return
    if [ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28)" -le 28 ] && works "$probe"; then
        return
    fi
    if works "${fixed[@]}" "$probe"; then
        runner=("${fixed[@]}")
        return
    fi
    works "$probe"
}

# ---- Checks that run beside each other ---------------------------------------------------------------------------------------

check_groups=()
check_names=()
check_pids=()

# start GROUP NAME COMMAND...: waits for a free processor, then starts the command.
start() {
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
        sleep 0.1
    done
    timeout 900 "${@:3}" >"$logs/$1-${2//\//_}.log" 2>&1 </dev/null &
    check_groups+=("$1")
    check_names+=("$2")
    check_pids+=($!)
}

# Waits for all that was started and counts it, group by group.
finish() {
    local group i good bad
    [ ${#check_groups[@]} -gt 0 ] || return 0
    for group in $(printf '%s\n' "${check_groups[@]}" | uniq); do
        good=0
        bad=0
        for i in "${!check_groups[@]}"; do
            [ "${check_groups[i]}" = "$group" ] || continue
            if wait "${check_pids[i]}"; then
                good=$((good + 1))
            else
                bad=$((bad + 1))
                show_failure "$group ${check_names[i]}" "$logs/$group-${check_names[i]//\//_}.log"
            fi
        done
        tally "$group" "$good" "$bad"
        echo "$group: $good passed, $bad failed"
    done
    check_groups=()
    check_names=()
    check_pids=()
}

start_format() {
    local files
    mapfile -t files < <(find core ops optim models cuda tools tests -name '*.[ch]' -o -name '*.cu' -o -name '*.cpp')
    start format sources "$(clang_format)" --dry-run -Werror "${files[@]}"
}

start_gradcheck() {
    start gradcheck "order 1" build/release/gradtape gradcheck --all
    start gradcheck "order 2" build/release/gradtape gradcheck --all --order 2
}

# The suites of core/ and those that train. Each test is a process of its own, forked without exec, so valgrind follows it.
start_valgrind() {
    local suite chosen
    # Threads wait for each other under valgrind, and deep graphs take long; other sanitizers run those.
    mapfile -t chosen < <(suites release '^(core/|models/(fit|training)$)' | grep -vE '^core/(threads_training|deep)$')
    for suite in "${chosen[@]}"; do
        start valgrind "$suite" env -C build/release/tests CK_FORK=yes CK_TIMEOUT_MULTIPLIER=100 \
            GRADTAPE="$PWD/build/release/gradtape" \
            valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
            "./test_${suite//\//_}"
    done
}

# ---- CUDA ------------------------------------------------------------------------------------------------------------------

# all_on_cuda BACKEND: every op has a kernel for both devices.
all_on_cuda() {
    GRADTAPE_CUDA=$1 build/release/gradtape ops | awk 'NR > 1 && ($5 != "yes" || $6 != "yes") { print; bad = 1 } END { exit bad || NR < 2 }'
}

# Without a driver, or a GPU, --device cuda is one line and status 1; with one, it works.
one_line_or_works() {
    local status=0
    GRADTAPE_CUDA=$1 build/release/gradtape mnist --device cuda --model simple --epochs 1 2>&1 | tee "$logs/cuda-mnist" || status=$?
    [ "$status" -eq 0 ] || { [ "$status" -eq 1 ] && [ "$(wc -l <"$logs/cuda-mnist")" -eq 1 ]; }
}

# nvcc compiles every kernel: always anew, because it tells of what it compiles. In the background, since tests under
# qemu leave a processor free.
start_cuda() {
    rm -rf build/cuda/CMakeFiles/gradtape_cuda.dir
    { cmake --preset cuda && cmake --build build/cuda --parallel "$jobs" --target gradtape_cuda; } \
        >"$logs/cuda-build.log" 2>&1 </dev/null &
    cuda_build=$!
}

# Waits for it. No kernel spills registers.
cuda() {
    local backend=$PWD/build/cuda/libgradtape_cuda.so
    if ! wait "$cuda_build"; then
        show_failure "building cuda" "$logs/cuda-build.log"
        tally cuda 0 1
        return
    fi
    start cuda "no kernel spills" tools/ptxas-table.sh "$logs/cuda-build.log"
    export -f all_on_cuda one_line_or_works
    export logs
    start cuda "every op has a kernel" bash -c "all_on_cuda $backend"
    start cuda "one line without a GPU" bash -o pipefail -c "one_line_or_works $backend"
    finish
}

# ---- The run ---------------------------------------------------------------------------------------------------------------

if ! setup_tests; then
    echo "0 passed, 1 failed"
    exit 1
fi
mkdir -p "$logs"
unset GRADTAPE_ISA
# What is started in the background does not hear Ctrl-C.
# shellcheck disable=SC2046
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
if command -v ninja >/dev/null; then
    export CMAKE_GENERATOR=${CMAKE_GENERATOR:-Ninja}
fi
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:die_after_fork=0}

runner=()
configuration release
if have_clang_format; then start_format; else skip format "clang-format 14 is not installed"; fi
if [ -x build/release/gradtape ]; then
    find_other_sets
    if [ "$quick" = yes ]; then run_other_sets release "$ops_suites"; else run_other_sets release "$library_suites"; fi
    start_gradcheck
    if [ "$quick" = yes ]; then
        :
    elif have_valgrind; then
        start_valgrind
    else
        skip valgrind "not installed"
    fi
fi
finish

if [ "$quick" = no ]; then
    # What builds by itself, scripts, and what only looks at the program from outside: once is enough.
    left_out='^tools/(install|run_scripts|get_mnist|bench_peers|python_formats|terminal)$'
    if find_runner address,undefined; then
        configuration sanitize
        run_other_sets sanitize "$ops_suites" baseline # the same code as the others, without their intrinsics
    else
        skip sanitize "no such programs run here"
    fi
    runner=()
    if have_clang; then
        # The program is the same one from outside, whatever has compiled it.
        left_out="^tools/($(shell_suites))\$"
        configuration clang
    else
        skip clang "not installed"
    fi
    if have_clang && have_clang_runtime; then configuration fuzz '^fuzz/'; else skip fuzz "not installed"; fi
    left_out=
    if find_runner thread; then
        configuration thread "$threaded_suites"
    else
        skip thread "no such programs run here"
    fi
    runner=()
    configuration small "$small_suites"
    if have_nvcc; then start_cuda; else skip cuda "nvcc is not installed"; fi
    is_aarch64 || aarch64 # there, all of the above was it
    [ -z "$cuda_build" ] || cuda
fi

result="all tests passed"
[ "$failed" -eq 0 ] || result="$failed failed"
echo "gradtape: $result: $(join "${summary[@]}"); skipped: $(join "${skipped[@]:-none}")"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
