# shellcheck shell=bash
# Running the `gradtape` program as a user does: sourced by the tests of it. GRADTAPE holds its path.
set -euo pipefail

program=${GRADTAPE:?must hold the path of the program}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034 # for the scripts that source this
zlib=${TEST_ZLIB:?must be yes or no}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
test=

fail() {
    echo "FAILED: $test: $*"
    sed 's/^/    out: /' "$work/out"
    sed 's/^/    err: /' "$work/err"
    exit 1
}

# try ARGUMENT...: leaves the exit status in status, and what was printed in $work/out and $work/err.
try() {
    status=0
    "$program" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
}

expect_status() { [ "$status" -eq "$1" ] || fail "status $status, not $1"; }
expect_out() { grep -qE -- "$1" "$work/out" || fail "did not print: $1"; }
expect_err() { grep -qF -- "$1" "$work/err" || fail "did not report: $1"; }
expect_no_err() { [ ! -s "$work/err" ] || fail "printed on stderr"; }
expect_one_line_of_err() { [ "$(wc -l <"$work/err")" -eq 1 ] || fail "not one line on stderr"; }

# expect_usage_error MESSAGE ARGUMENT...: exit 2, the message, and nothing on stdout.
expect_usage_error() {
    try "${@:2}"
    expect_status 2
    expect_err "$1"
    expect_err "Try 'gradtape "
    [ ! -s "$work/out" ] || fail "printed on stdout"
}

# Sets digits to a folder with the shipped digits, unpacked, so that a build without zlib can read them too.
unpack_digits() {
    local file
    digits=$work/digits
    mkdir "$digits"
    for file in "$root"/models/digits/*.gz; do
        gzip -dc "$file" >"$digits/$(basename "$file" .gz)"
    done
}
