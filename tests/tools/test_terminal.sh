#!/usr/bin/env bash
# What `gradtape mnist` draws on a terminal. Ends with status 77 where no terminal can be made.
# shellcheck source=tests/tools/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"

if ! script -qec true /dev/null </dev/null >"$work/out" 2>"$work/err"; then
    echo "no pseudo-terminal: $(cat "$work/err")"
    exit 77
fi
unpack_digits

# on_terminal COLUMNS COMMAND: runs it on a terminal of that width (0: one that does not say); $work/out is what came.
on_terminal() {
    script -qec "stty cols $1; $2" /dev/null </dev/null >"$work/out" 2>"$work/err" || true
}

test=mnist_redraws_one_line_on_a_terminal
on_terminal 0 "'$program' mnist --data '$digits' --model simple --epochs 2"
expect_out $'^\r? ?[0-9]+/40 \\[[=>.]{30}\\] - ETA: [0-9]+s - loss: [0-9.]+ - accuracy: [0-9.]+\r'
expect_out $'\r40/40 \\[={30}\\] - [0-9]+s [0-9]+[mu]?s/step - loss: [0-9.]+ - accuracy: [0-9.]+ *\r$'
[ "$(grep -c 'ETA' "$work/out")" -eq 2 ] || fail "not one line an epoch"

test=mnist_keeps_to_the_width_of_the_terminal
on_terminal 60 "'$program' mnist --data '$digits' --model simple --epochs 1"
grep 'ETA' "$work/out" | tr '\r' '\n' | grep 'ETA' >"$work/bars"
[ -s "$work/bars" ] || fail "no bar was drawn"
! grep -qE '.{60}' "$work/bars" || fail "a bar of 60 columns or more"

# What was not flushed is lost with the process: without it the last bar ends anywhere.
test=mnist_draws_each_bar_at_once
on_terminal 0 "timeout -s KILL 3 '$program' mnist --data '$digits' --batch-size 1 --epochs 1000"
tail -n 1 "$work/out" | tr '\r' '\n' | tail -n 1 |
    grep -qE '^ *[0-9]+/4000 .* - ETA: .* - loss: .* - accuracy: [0-9.]{6} *$' || fail "the last bar is not whole"

echo "all passed"
