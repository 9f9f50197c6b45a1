#!/usr/bin/env bash
# tools/setup.sh, tools/run.sh and tools/run-mnist.sh on pretended machines: PATH is one folder of stand-ins, so nothing real is installed.
set -euo pipefail

tools=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/tools
export WORK
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
unset CC CMAKE_GENERATOR GRADTAPE_INSTALL

fail() {
    echo "FAILED: $test: $*"
    sed 's/^/    /' "$WORK/said"
    exit 1
}

# stand_in NAME <SCRIPT: a program of that name on the pretended machine.
stand_in() {
    rm -f "$WORK/bin/$1" # never write through a link
    { echo "#!$BASH" && cat; } >"$WORK/bin/$1"
    chmod +x "$WORK/bin/$1"
}

# Puts a compiler, cmake and make on the machine.
equip() { cp "$WORK"/packages/* "$WORK/bin"; }

# machine TEST USER_ID: a machine with no compiler, cmake or make, whose apt-get writes down its calls and installs all three.
machine() {
    test=$1
    rm -rf "${WORK:?}"/*
    mkdir "$WORK/bin" "$WORK/packages"
    : >"$WORK/calls"
    for program in bash chmod cp cut dirname env mkdir mktemp nproc paste rm sed sort tr; do
        ln -s "$(type -P "$program")" "$WORK/bin/$program"
    done
    stand_in cc <<<'exit 0'
    stand_in make <<<'exit 0'
    stand_in cmake <<<'echo "cmake version 3.22.1"'
    mv "$WORK"/bin/{cc,make,cmake} "$WORK/packages"
    stand_in id <<<"echo $2"
    stand_in apt-get <<'SCRIPT'
echo apt-get "$@" >>"$WORK/calls"
[[ $* != *install* ]] || cp "$WORK"/packages/* "$WORK/bin"
SCRIPT
}

# try PROGRAM ARGUMENT...: leaves the exit status in status and what was said in $WORK/said.
try() {
    status=0
    PATH=$WORK/bin "$@" >"$WORK/said" 2>&1 </dev/null || status=$?
}

expect_status() { [ "$status" -eq "$1" ] || fail "status $status, not $1"; }
expect_said() { [ "$(cat "$WORK/said")" = "$1" ] || fail "did not say exactly: $1"; }
expect_called() { grep -qE -- "$1" "$WORK/calls" || fail "did not call $1, only: $(cat "$WORK/calls")"; }
expect_no_calls() { [ ! -s "$WORK/calls" ] || fail "called $(cat "$WORK/calls")"; }

hint="Install them (Debian: apt-get install cmake gcc libc6-dev make)"

machine names_what_is_missing_in_one_line 1000
try "$tools/setup.sh" run
expect_status 1
expect_said "gradtape: missing: a C compiler, cmake (3.22 or newer), make or ninja. $hint or run as root"
expect_no_calls

machine needs_no_root_when_nothing_is_missing 1000
equip
try "$tools/setup.sh" run
expect_status 0
expect_said ""
expect_no_calls

machine installs_what_is_missing_as_root 0
try "$tools/setup.sh" run
expect_status 0
expect_said "gradtape: installing with apt-get: cmake gcc libc6-dev libjansson-dev make zlib1g-dev"
expect_called "^apt-get .*install .*cmake gcc libc6-dev libjansson-dev make zlib1g-dev$"

machine installs_through_sudo 1000
stand_in sudo <<'SCRIPT'
echo sudo "$@" >>"$WORK/calls"
[ "$1" = -n ] && shift
exec "$@"
SCRIPT
try "$tools/setup.sh" run
expect_status 0
expect_called "^sudo -n .*apt-get .*install"

machine says_so_when_apt_get_fails 0
stand_in apt-get <<<'echo "E: Unable to locate package" >&2; exit 100'
try "$tools/setup.sh" run
expect_status 1
grep -qF "gradtape: apt-get could not install cmake: E: Unable to locate package" "$WORK/said" || fail "no reason given"
[ "$(tail -n 1 "$WORK/said")" = "gradtape: missing: a C compiler, cmake (3.22 or newer), make or ninja. $hint" ] || fail "other last line"

machine installs_nothing_when_told_so 0
try env GRADTAPE_INSTALL=no "$tools/setup.sh" run
expect_status 1
expect_said "gradtape: missing: a C compiler, cmake (3.22 or newer), make or ninja. $hint"
expect_no_calls

machine takes_an_old_cmake_for_a_missing_one 1000
equip
stand_in cmake <<<'echo "cmake version 3.18.4"'
try "$tools/setup.sh" run
expect_status 1
expect_said "gradtape: missing: cmake (3.22 or newer). Install them (Debian: apt-get install cmake) or run as root"

machine run_mnist_stops_where_a_tool_is_missing 1000
try "$tools/run-mnist.sh" --epochs 1
expect_status 1
expect_said "gradtape: missing: a C compiler, cmake (3.22 or newer), make or ninja. $hint or run as root"

machine run_mnist_hands_on_arguments_and_exit_status 1000
equip
mkdir -p "$WORK/a copy"
cp -R "$tools" "$WORK/a copy/tools"
stand_in cmake <<'SCRIPT'
case $1 in
--version) echo "cmake version 3.25.1" ;;
--build)
    mkdir -p "$2"
    printf '#!%s\nprintf "[%%s]" "$@"\nexit 7\n' "$BASH" >"$2/gradtape"
    chmod +x "$2/gradtape"
    ;;
esac
SCRIPT
try "$WORK/a copy/tools/run-mnist.sh" --epochs 2 --data "some where"
expect_status 7
[ "$(tail -n 1 "$WORK/said")" = "[mnist][--epochs][2][--data][some where]" ] || fail "other arguments"

test=run_runs_any_command
try "$WORK/a copy/tools/run.sh" lab binary-digits --plot "a picture.png"
expect_status 7
[ "$(tail -n 1 "$WORK/said")" = "[lab][binary-digits][--plot][a picture.png]" ] || fail "other arguments"

machine run_gets_a_lab_what_draws 0
try "$tools/setup.sh" lab
expect_status 0
expect_called "^apt-get .*install .*libcairo2-dev.* libzip-dev"

for arguments in "lab convnet" "plot log.csv" "convert a.npy b.h5" "mnist --plot a.png" "mnist --plot=a.png"; do
    machine "run_gets_${arguments// /_}_what_it_needs" 0
    read -ra words <<<"$arguments"
    try "$tools/run.sh" "${words[@]}" # nothing is installed, so it ends there
    expect_called "^apt-get .*install .*libcairo2-dev.* libzip-dev"
done

machine run_mnist_shows_the_log_of_a_failed_build 1000
equip
mkdir -p "$WORK/a copy"
cp -R "$tools" "$WORK/a copy/tools"
stand_in cmake <<'SCRIPT'
case $1 in
--version) echo "cmake version 3.25.1" ;;
--build) echo "error: x.c" && exit 2 ;;
esac
SCRIPT
try "$WORK/a copy/tools/run-mnist.sh"
expect_status 1
grep -qx "error: x.c" "$WORK/said" || fail "no log"
[ "$(tail -n 1 "$WORK/said")" = "gradtape: failed: building" ] || fail "other last line"

echo "all passed"
