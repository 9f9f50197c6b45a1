#!/usr/bin/env bash
# Finds the programs and libraries that gradtape's scripts need, and installs what is missing with apt-get (Debian, Ubuntu).
#
#   tools/setup.sh [run|lab|tests]  run (the default): to build and use gradtape; lab: with pictures too; tests: all that
#                                   tools/run-tests.sh uses
#
# A thing counts as present when it works, wherever it came from. Needs no root when nothing is missing, and uses sudo where
# there is one. GRADTAPE_INSTALL=no only reports. Sourced, it defines the functions and does nothing.
set -euo pipefail

say() { printf 'gradtape: %s\n' "$*" >&2; }

# ---- What is there -------------------------------------------------------------------------------------------------------

# Compiles and links standard input with the compiler "$1" and the options that follow.
compiles_with() {
    local folder status=0
    folder=$(mktemp -d)
    "$1" -x c - -o "$folder/probe" "${@:2}" >/dev/null 2>&1 || status=$?
    rm -rf "$folder"
    return "$status"
}

# The compiler that CMake would take.
compiler() {
    local candidate
    for candidate in ${CC:+"$CC"} cc gcc clang; do
        if command -v "$candidate" >/dev/null; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

have_compiler() {
    local cc
    cc=$(compiler) && compiles_with "$cc" -std=c11 -lm <<<'#include <math.h>
int main(void) { return 0; }'
}

have_cmake() {
    local version
    version=$(cmake --version 2>/dev/null | sed -n '1s/.*version //p') || return
    [[ $version =~ ^([0-9]+)\.([0-9]+) ]] && ((BASH_REMATCH[1] * 1000 + BASH_REMATCH[2] >= 3022))
}

have_make() { command -v ninja >/dev/null || command -v make >/dev/null; }

have_zlib() {
    local cc
    cc=$(compiler) && compiles_with "$cc" -lz <<<'#include <zlib.h>
int main(void) { return zlibVersion() == 0; }'
}

have_jansson() {
    local cc
    cc=$(compiler) && compiles_with "$cc" -ljansson <<<'#include <jansson.h>
int main(void) { json_decref(json_null()); return 0; }'
}

have_libzip() {
    local cc
    cc=$(compiler) && compiles_with "$cc" -lzip <<<'#include <zip.h>
int main(void) { return zip_libzip_version() == 0; }'
}

have_cairo() {
    local cc
    cc=$(compiler) && compiles_with "$cc" -I/usr/include/cairo -lcairo <<<'#include <cairo.h>
int main(void) { return cairo_version() == 0; }'
}

# Debian keeps its headers and its name apart, for the sake of the parallel build.
have_hdf5() {
    local cc library
    cc=$(compiler) || return
    for library in hdf5_serial hdf5; do
        ! compiles_with "$cc" -I/usr/include/hdf5/serial "-l$library" <<<'#include <hdf5.h>
int main(void) { return H5open(); }' || return 0
    done
    return 1
}

have_python_with() {
    local python
    for python in python3 /usr/bin/python3; do
        ! "$python" -c "import $1" >/dev/null 2>&1 || return 0
    done
    return 1
}

have_numpy() { have_python_with numpy; }

have_h5py() { have_python_with h5py; }

have_pkg_config() { command -v pkg-config >/dev/null; }

have_check() { have_pkg_config && pkg-config --exists check; }

# NVIDIA's packages leave it out of the path.
have_nvcc() { PATH=$PATH:/usr/local/cuda/bin nvcc --version >/dev/null 2>&1; }

have_clang() { command -v clang >/dev/null && compiles_with clang -std=c11 <<<'int main(void) { return 0; }'; }

have_cxx() { g++ -x c++ -std=c++11 -o /dev/null - >/dev/null 2>&1 <<<'int main() { return 0; }'; }

have_clang_runtime() { compiles_with clang -fsanitize=address,undefined <<<'int main(void) { return 0; }'; }

is_aarch64() { [ "$(uname -m)" = aarch64 ]; }

have_aarch64_compiler() {
    compiles_with aarch64-linux-gnu-gcc -std=c11 -lm <<<'#include <math.h>
int main(void) { return 0; }'
}

have_qemu() { qemu-aarch64 --version >/dev/null 2>&1; }

have_valgrind() { valgrind -q true >/dev/null 2>&1; }

# Other versions lay the sources out differently.
clang_format() {
    local candidate
    for candidate in clang-format-14 clang-format; do
        if "$candidate" --version 2>/dev/null | grep -q 'version 14\.'; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

have_clang_format() { clang_format >/dev/null; }

have_locale() {
    [ -f /usr/share/i18n/locales/de_DE ] && [ -f /usr/share/i18n/charmaps/UTF-8.gz ] && command -v localedef >/dev/null
}

have_python3() { python3 -c 'import http.server, json' 2>/dev/null; }

have_download() { command -v curl >/dev/null || command -v wget >/dev/null; }

# ---- What it is called -----------------------------------------------------------------------------------------------------

title() {
    case $1 in
    compiler) echo "a C compiler" ;;
    cmake) echo "cmake (3.22 or newer)" ;;
    make) echo "make or ninja" ;;
    zlib) echo "zlib's headers" ;;
    jansson) echo "jansson's headers" ;;
    libzip) echo "libzip's headers" ;;
    cairo) echo "cairo's headers" ;;
    hdf5) echo "libhdf5's headers" ;;
    numpy) echo "NumPy" ;;
    h5py) echo "h5py" ;;
    pkg_config) echo "pkg-config" ;;
    check) echo "Check" ;;
    cxx) echo "g++" ;;
    clang) echo "clang" ;;
    clang_runtime) echo "clang's sanitizers" ;;
    aarch64_compiler) echo "gcc for AArch64" ;;
    qemu) echo "qemu-aarch64" ;;
    valgrind) echo "valgrind" ;;
    clang_format) echo "clang-format 14" ;;
    locale) echo "the sources of locales" ;;
    python3) echo "python3" ;;
    download) echo "curl or wget" ;;
    esac
}

# Debian's packages for it.
packages() {
    case $1 in
    compiler) echo gcc libc6-dev ;;
    cmake) echo cmake ;;
    make) echo make ;;
    zlib) echo zlib1g-dev ;;
    jansson) echo libjansson-dev ;;
    libzip) echo libzip-dev ;;
    cairo) echo libcairo2-dev ;;
    hdf5) echo libhdf5-dev ;;
    numpy) echo python3-numpy ;;
    h5py) echo python3-h5py ;;
    pkg_config) echo pkg-config ;;
    check) echo check ;;
    cxx) echo g++ ;;
    clang) echo clang libc6-dev ;;
    clang_runtime) clang_runtime_package ;;
    aarch64_compiler) echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross ;;
    qemu) echo qemu-user ;;
    valgrind) echo valgrind libc6-dbg ;;
    clang_format) echo clang-format-14 ;;
    locale) echo locales ;;
    python3) echo python3 ;;
    download) echo curl ca-certificates ;;
    esac
}

# The runtime must be of the same version as clang; up to Ubuntu 22.04 it is in another package.
clang_runtime_package() {
    local version package
    version=$(clang -dumpversion 2>/dev/null | cut -d. -f1) || version=14
    for package in "libclang-rt-$version-dev" "libclang-common-$version-dev"; do
        if apt-cache show "$package" >/dev/null 2>&1; then
            break
        fi
        package="libclang-rt-$version-dev"
    done
    echo "$package"
}

# ---- Installing ------------------------------------------------------------------------------------------------------------

# Those of the named things that are not there, one a line.
missing() {
    local thing
    for thing in "$@"; do
        "have_$thing" || echo "$thing"
    done
}

# "clang, valgrind" for clang valgrind
titles() {
    local thing text=
    for thing in "$@"; do
        text+="${text:+, }$(title "$thing")"
    done
    echo "$text"
}

packages_of() {
    local thing
    for thing in "$@"; do
        packages "$thing"
    done | tr ' ' '\n' | sort -u | paste -sd ' '
}

# Sets as_root to what a command must begin with to run as root; fails where there is no way.
find_root() {
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || return
        as_root=(sudo)
        [ -t 0 ] || as_root+=(-n) # nobody is there to type a password
    fi
}

# Runs apt-get quietly; what it said is left in apt_output.
apt() {
    apt_output=$("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 "$@" \
        </dev/null 2>&1)
}

# Tries to install the named things; whether that worked is for the caller to look at.
install() {
    local -a as_root list
    local thing apt_output
    if [ "${GRADTAPE_INSTALL:-yes}" = no ] || ! command -v apt-get >/dev/null || ! find_root; then
        return
    fi
    apt update || true # the lists at hand may do
    read -ra list <<<"$(packages_of "$@")"
    say "installing with apt-get: ${list[*]}"
    if apt install -y --no-install-recommends "${list[@]}"; then
        return
    fi
    for thing in "$@"; do # one package that does not exist must not keep the others away
        read -ra list <<<"$(packages "$thing")"
        apt install -y --no-install-recommends "${list[@]}" ||
            say "apt-get could not install ${list[*]}: ${apt_output##*$'\n'}"
    done
}

# setup REQUIRED... -- WANTED...: installs what is missing, fails with one line if something required stays missing.
setup() {
    local -a required=() wanted=() gone now=() later=()
    local thing hint
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        required+=("$1")
        shift
    done
    [ $# -eq 0 ] || wanted=("${@:2}")

    mapfile -t gone < <(missing "${required[@]}" "${wanted[@]}")
    for thing in "${gone[@]}"; do
        # The runtime's package is known once clang is there.
        if [ "$thing" = clang_runtime ] && ! have_clang; then later+=("$thing"); else now+=("$thing"); fi
    done
    [ ${#now[@]} -eq 0 ] || install "${now[@]}"
    [ ${#later[@]} -eq 0 ] || ! have_clang || have_clang_runtime || install "${later[@]}"

    mapfile -t gone < <(missing "${required[@]}")
    if [ ${#gone[@]} -gt 0 ]; then
        hint="Install them (Debian: apt-get install $(packages_of "${gone[@]}"))"
        [ "$(id -u)" -eq 0 ] || hint+=" or run as root"
        say "missing: $(titles "${gone[@]}"). $hint"
        return 1
    fi
    mapfile -t gone < <(missing "${wanted[@]}")
    if [ ${#gone[@]} -gt 0 ]; then
        say "doing without: $(titles "${gone[@]}") (Debian: apt-get install $(packages_of "${gone[@]}"))"
    fi
}

setup_run() { setup compiler cmake make -- zlib jansson; }

setup_lab() { setup compiler cmake make -- zlib jansson libzip hdf5 cairo; }

setup_tests() {
    local wanted=(zlib jansson libzip hdf5 cairo clang clang_runtime valgrind clang_format locale python3 numpy h5py download)
    is_aarch64 || wanted+=(aarch64_compiler qemu)
    setup compiler cxx cmake make pkg_config check -- "${wanted[@]}"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    case ${1:-run} in
    run | lab | tests) "setup_${1:-run}" ;;
    *)
        sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
    esac
fi
