#!/usr/bin/env bash
# Installs the library into an empty prefix and builds the programs of the documentation against it, outside the tree:
# with pkg-config, static and shared, as C and as C++, and with CMake's add_subdirectory.
set -euo pipefail

build=${TEST_BUILD:?the build folder}
source=${TEST_SOURCE:?the source folder}
flags=${TEST_FLAGS-} # sanitizers of the build under test
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# extract FILE NAME: the C block of a document whose first line names the program.
extract() {
    awk -v name="/* $2 */" '
        /^```c$/ { getline; taking = ($0 == name) }
        /^```$/ { taking = 0 }
        taking' "$1" > "$work/$2"
    [ -s "$work/$2" ] || fail "no program $2 in $1"
}

# The README's own commands, in an empty home, from the folder of the sources.
mkdir "$work/home"
extract "$source/README.md" train.c
awk '/^cmake -B build -DGRADTAPE_TESTS=OFF/ { taking = 1 } /^```$/ { taking = 0 } taking' "$source/README.md" |
    sed "s|cmake -B build |&-S '$source' -DGRADTAPE_CUDA=OFF -DCMAKE_BUILD_TYPE=MinSizeRel |; s|~|$work/home|g; s|\./train models|./train $source/models|" > "$work/readme.sh"
grep -q '^\./train ' "$work/readme.sh" || fail "the README's commands were not found"
if [ -z "$flags" ]; then
    (cd "$work" && HOME=$work/home CMAKE_BUILD_PARALLEL_LEVEL=2 bash -euo pipefail readme.sh > readme.out 2>&1) ||
        { cat "$work/readme.out"; fail "the README's commands"; }
    [ "$(grep -c '^digit ' "$work/readme.out")" = 10 ] || fail "the README's commands did not end with ten digits"
fi

expect() { # expect TEXT FILE
    grep -qF -- "$1" "$2" || { cat "$2" >&2; fail "'$1' not in the output of $2"; }
}

cmake --install "$build" --prefix "$work/prefix" > "$work/install.log" || { cat "$work/install.log"; fail "install"; }
pc=$(find "$work/prefix" -name gradtape.pc)
[ -n "$pc" ] || fail "no gradtape.pc was installed"
export PKG_CONFIG_PATH=${pc%/*}
library=$(dirname "$(dirname "$pc")")
cflags=$(pkg-config --cflags gradtape)
cc=${CC:-cc}
# Of the same family as the C compiler, whose sanitizers' runtime it must share.
case ${cc##*/} in
clang*) cxx=${CXX:-clang++} ;;
*) cxx=${CXX:-g++} ;;
esac
strict="-Wall -Wextra -Wpedantic -Werror"

extract "$source/README.md" towers.c
extract "$source/README.md" check.c
extract "$source/docs/adding-an-op.md" swish.c
programs="train towers check swish"
if pkg-config --static --libs-only-l gradtape | grep -q jansson; then # what saving needs
    extract "$source/docs/saving.md" keep.c
    programs+=" keep"
fi

# shellcheck disable=SC2046,SC2086 # flags are words
for program in $programs; do
    $cc -std=c11 $strict $flags $cflags "$work/$program.c" "$library/libgradtape.a" \
        $(pkg-config --static --libs-only-l gradtape | sed 's/-lgradtape//') -pthread -o "$work/$program"
    (cd "$work" && "./$program" "$source/models/digits" > "$program.out" 2>&1) || { cat "$work/$program.out"; fail "$program"; }
done
expect "Epoch 5/5" "$work/train.out"
expect "test loss" "$work/train.out"
[ "$(grep -c '^digit ' "$work/train.out")" = 10 ] || fail "train did not predict ten digits"
[ "$(grep -c '^loss ' "$work/towers.out")" = 20 ] || fail "towers did not take 20 steps"
expect "order 1: passed, 3 entries" "$work/check.out"
expect "order 2: passed" "$work/check.out"
expect "matrix, order 2: passed" "$work/swish.out"
expect "swish(1) = 0.731059" "$work/swish.out"
if [ -f "$work/keep.out" ]; then
    expect "epochs 2, loss" "$work/keep.out"
    expect "epochs 4, loss" "$work/keep.out"
    expect "accuracy 0." "$work/keep.out"
fi

# The shared library, found at run time.
# shellcheck disable=SC2086
$cc -std=c11 $strict $flags $cflags "$work/towers.c" -L"$library" -lgradtape -Wl,-rpath,"$library" -lm -o "$work/towers-shared"
ldd "$work/towers-shared" > "$work/ldd.out"
expect "$library/libgradtape.so" "$work/ldd.out"
"$work/towers-shared" > "$work/shared.out"
cmp -s "$work/towers.out" "$work/shared.out" || fail "static and shared library disagree"

# Only gt_ names leave the shared library.
if [ -z "$flags" ]; then
    strangers=$(nm -D --defined-only "$library/libgradtape.so" | awk '{print $3}' | grep -v '^gt_' || true)
    [ -z "$strangers" ] || fail "the shared library exports $strangers"
fi

# C++.
cat > "$work/program.cpp" << 'END'
#include <gradtape/gradtape.h>
#include <cstdio>
int main()
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    const double three = 3;
    gt_tensor *x = gt_parameter_from("x", GT_FLOAT64, GT_SHAPE(1), &three);
    gt_tensor *gradient = nullptr;
    gt_tape_begin(tape);
    gt_tensor *y = gt_square(tape, x);
    gt_tape_end(tape);
    if (gt_tape_gradient(tape, y, 1, &x, &gradient) == GT_OK)
        std::printf("d(x^2)/dx at 3 = %g, version %s\n", gt_tensor_at(gradient, 0), gt_version());
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END
# shellcheck disable=SC2086
$cxx -std=c++11 $strict $flags $cflags "$work/program.cpp" -L"$library" -lgradtape -Wl,-rpath,"$library" -o "$work/cpp"
"$work/cpp" > "$work/cpp.out"
expect "d(x^2)/dx at 3 = 6, version 0.1.0" "$work/cpp.out"

# add_subdirectory, with the library's own tests off by themselves.
if [ -z "$flags" ]; then
    mkdir "$work/parent"
    cat > "$work/parent/CMakeLists.txt" << END
cmake_minimum_required(VERSION 3.22)
project(parent C)
add_subdirectory("$source" gradtape EXCLUDE_FROM_ALL)
add_executable(towers ../towers.c)
target_link_libraries(towers gradtape::gradtape)
END
    if ! { cmake -S "$work/parent" -B "$work/parent/build" -DCMAKE_BUILD_TYPE=Debug && cmake --build "$work/parent/build" -j2; } \
        > "$work/parent.log" 2>&1; then
        cat "$work/parent.log"
        fail "add_subdirectory"
    fi
    "$work/parent/build/towers" > "$work/parent.out"
    cmp -s "$work/towers.out" "$work/parent.out" || fail "the add_subdirectory build disagrees"
fi
echo "installed library: all programs build and run"
