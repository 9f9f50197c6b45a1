#!/usr/bin/env bash
# tools/bench-peers.py, with a stand-in for a peer: the real ones need not be installed.
# shellcheck source=tests/tools/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"

python3 -c 'import argparse, json' 2>/dev/null || exit 77

# As program.sh's try, for the script.
try_peers() {
    status=0
    python3 "$root/tools/bench-peers.py" --gradtape "$program" --rounds 1 --repeat 1 --threads 1 \
        --python /nowhere/python3 "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
}

printf '#!/bin/sh\nsleep 0.1\n' >"$work/kann"
chmod +x "$work/kann"

test=peers_are_compared_and_missing_ones_named
try_peers mlp --kann "$work/kann" --json "$work/peers.json" --markdown "$work/peers.md"
expect_status 0
expect_no_err
expect_out '^absent: PyTorch \(/nowhere/python3: No such file or directory\)$'
expect_out '^mlp +1 +[0-9.]+ \([0-9.]+-[0-9.]+\) +s/epoch +KANN +0\.[0-9]+ \([0-9.]+-[0-9.]+\) +[0-9.]+$'
python3 -m json.tool "$work/peers.json" >/dev/null || fail "no valid JSON"
grep -qE '^\| mlp \| [0-9.]+ \([0-9.]+-[0-9.]+\) \| s/epoch \| KANN \| ' "$work/peers.md" || fail "no row on the page"
grep -q '^- absent: NumPy ' "$work/peers.md" || fail "the page does not say what is absent"

test=peers_that_fail_are_named
printf '#!/bin/sh\necho broken >&2\nexit 1\n' >"$work/kann"
try_peers mlp --kann "$work/kann"
expect_status 0
expect_out '^absent: KANN \(mlp: kann failed: broken\)$'

test=peers_need_a_compiler
try_peers conv --cc nosuchcc
expect_status 0
expect_out "^absent: oneDNN \(no C compiler 'nosuchcc'\)$"

test=peers_reject_bad_arguments
for arguments in nosuch "--threads 0" "--threads x" "--threads 1,257" "--rounds 0" "--gradtape /nowhere/gradtape"; do
    # shellcheck disable=SC2086
    try_peers $arguments
    [ "$status" -ne 0 ] || fail "$arguments was accepted"
    grep -q '^bench-peers.py: ' "$work/err" || fail "$arguments was not reported"
    [ ! -s "$work/out" ] || fail "printed on stdout"
done

test=peers_say_when_a_file_cannot_be_written
try_peers start --json "$work/nowhere/peers.json"
expect_status 1
expect_err "bench-peers.py: $work/nowhere/peers.json could not be written: No such file or directory"

echo "all passed"
