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

# Steps of this model are slow, and a bar that is not flushed stays in a buffer of ten bars.
test=mnist_draws_each_bar_at_once
script -qefc "stty cols 0; timeout 300 '$program' mnist --data '$digits' --model cnn --batch-size 400" \
    "$work/typescript" </dev/null >/dev/null 2>"$work/err" &
drawing=$!
for ((i = 0; i < 2000; i++)); do
    ! grep -q ETA "$work/typescript" 2>/dev/null || break
    sleep 0.05
done
cp "$work/typescript" "$work/out"
kill -KILL "$drawing" # which hangs up on the program
wait "$drawing" 2>/dev/null || true
bars=$(tr '\r' '\n' <"$work/out" | grep -c ETA) || fail "no bar was drawn"
[ "$bars" -lt 5 ] || fail "$bars bars came at once"

# Typed once the training has saved; a build without jansson cannot.
test=ctrl_c_finishes_the_step_and_saves
type_ctrl_c() {
    for ((i = 0; i < 600; i++)); do
        if [ -f "$work/training" ]; then break; fi
        sleep 0.1
    done
    printf '\003'
    sleep 1
}
try mnist --data "$digits" --model simple --epochs 1 --train-size 100 --save "$work/model"
if ! grep -q jansson "$work/err"; then
    command="'$program' mnist --data '$digits' --model simple --epochs 100000 --checkpoint '$work/training'"
    type_ctrl_c | script -qec "$command; echo status \$?" /dev/null >"$work/out" 2>"$work/err" || true
    expect_out "stopped by Ctrl-C in step [0-9]+; the same command with --resume .*training goes on"
    expect_out "^status 130"
fi

echo "all passed"
