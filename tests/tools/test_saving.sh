#!/usr/bin/env bash
# Saving, resuming, predicting and showing, as a user does it at the command line.
# shellcheck source=tests/tools/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
unpack_digits
cd "$work"
run=(mnist --data "$digits" --model simple --train-size 600 --test-size 200)

test=a_build_that_cannot_save_says_so
try "${run[@]}" --epochs 1 --save model.safetensors
if grep -q jansson "$work/err"; then
    expect_status 1
    expect_one_line_of_err
    exit 77
fi

test=a_model_is_saved
expect_status 0
expect_no_err
accuracy=$(sed -n 's/^test: .*accuracy \(.*\) %/\1/p' "$work/out")
[ "$(ls ./*.safetensors*)" = ./model.safetensors ] || fail "other files"

test=a_saved_model_predicts_as_it_was_tested
try predict model.safetensors "$digits/t10k-images-idx3-ubyte" --rows 200 --labels "$digits/t10k-labels-idx1-ubyte"
expect_status 0
expect_one_line_of_err
expect_err "gradtape predict: bytes are divided by 255 (--divide-by 1 leaves them as they are)"
expect_out "^accuracy: $accuracy % of 200 rows$"
[ "$(wc -l <"$work/out")" -eq 201 ] || fail "not a line a row"
expect_out "^0 [0-9] [-0-9.e]+$"

test=a_model_is_one_in_another_format_too
for ending in h5 npz; do
    "$program" convert model.safetensors "model.$ending" 2>/dev/null || continue
    try predict "model.$ending" "$digits/t10k-images-idx3-ubyte" --rows 200 --labels "$digits/t10k-labels-idx1-ubyte"
    case $ending in
    h5)
        expect_status 0
        expect_out "^accuracy: $accuracy % of 200 rows$"
        ;;
    npz) expect_status 1 ;; # without its texts
    esac
    rm "model.$ending"
done

test=every_output_is_printed_where_asked
try predict model.safetensors "$digits/t10k-images-idx3-ubyte" --rows 2 --all
expect_status 0
[ "$(awk '{ print NF }' "$work/out" | sort -u)" = 11 ] || fail "not ten outputs"

test=outputs_go_to_a_file
try predict model.safetensors "$digits/t10k-images-idx3-ubyte" --rows 7 --output outputs.npy
expect_status 0
[ ! -s "$work/out" ] || fail "printed"
try show outputs.npy
expect_status 0
expect_out "float32 +\(7, 10\)"
expect_out "^1 arrays, 70 values, 280 bytes$"

test=a_model_is_shown
try show model.safetensors
expect_status 0
expect_out '^Model: "simple"'
expect_out "^dense/bias +float32 +\(10,\) "
expect_out "^dense/kernel +float32 +\(784, 10\) "
expect_out "^gradtape.model: \{"
expect_out "^2 arrays, 7850 values, 31400 bytes$"

test=data_that_do_not_fit_are_named
try predict model.safetensors "$digits/t10k-labels-idx1-ubyte"
expect_status 1
expect_one_line_of_err
expect_err "t10k-labels-idx1-ubyte: (1000,) is not rows of the model's samples (784,)"
try predict model.safetensors nowhere.npy
expect_status 1
expect_err "nowhere.npy"
try predict "$digits/t10k-labels-idx1-ubyte" outputs.npy
expect_status 1
expect_one_line_of_err
try show "$root/README.md"
expect_status 1
expect_one_line_of_err
expect_usage_error "a model and data are needed" predict model.safetensors
expect_usage_error "a file is needed" show

test=an_array_of_several_is_chosen_by_name
try predict model.safetensors model.safetensors
expect_status 1
expect_err "it has 2 arrays, of which one is to be named: dense/bias, dense/kernel"
try predict model.safetensors model.safetensors --array dense/nothing
expect_status 1
expect_err "it has no array 'dense/nothing'"

test=a_run_goes_on_from_a_checkpoint_to_the_same_end
try "${run[@]}" --epochs 4 --log whole.csv
expect_status 0
grep '^test' "$work/out" >whole
try "${run[@]}" --epochs 2 --log parts.csv --checkpoint training
expect_status 0
try "${run[@]}" --epochs 4 --log parts.csv --resume training
expect_status 0
grep '^test' "$work/out" >parts
cmp -s whole parts || fail "another result: $(cat parts), not $(cat whole)"
cmp -s whole.csv parts.csv || fail "another log"
[ "$(head -1 parts.csv)" = epoch,loss,accuracy ] || fail "no line of names"

test=another_run_cannot_go_on_from_it
try "${run[@]}" --batch-size 50 --resume training
expect_status 1
expect_one_line_of_err
expect_err "training: its batch_size is 100, here it is 50"

# One that would last for minutes; it is interrupted once it has saved, and ends with 128 + the signal's number.
interrupt() { # SIGNAL
    rm -f training
    "$program" "${run[@]}" --epochs 100000 --checkpoint training --save model >"$work/out" 2>"$work/err" &
    local running=$!
    for _ in $(seq 600); do
        if [ -f training ]; then break; fi
        sleep 0.1
    done
    kill "-$1" $running
    status=0
    wait $running || status=$?
}

test=a_run_that_is_interrupted_saves_and_says_how_to_go_on
interrupt TERM
expect_status 143
expect_one_line_of_err
expect_err "stopped by a signal in step "
expect_err "the same command with --resume training goes on"
try show model
expect_status 0
epochs=$(grep -c '^Epoch' "$work/out" || true)
try "${run[@]}" --epochs "$((epochs + 1))" --resume training --quiet
expect_status 0

test=early_stopping_validates_and_takes_the_best
try "${run[@]}" --epochs 500 --early-stopping 2 --learning-rate 1 --optimizer sgd
expect_status 0
expect_out "^Restoring model weights from the end of the best epoch: [0-9]+\.$"
expect_out "^Epoch [0-9]+: early stopping$"
expect_out "val_loss: "

test=a_validation_split_is_printed
try "${run[@]}" --epochs 1 --validation-split 0.25
expect_status 0
expect_out "^5/5 .* - val_loss: .* - val_accuracy: "
try "${run[@]}" --epochs 1 --validation-split 1.5
expect_status 1
expect_err "validation_split is 1.5"

test=the_first_op_that_is_not_finite_is_named
try "${run[@]}" --epochs 1 --optimizer sgd --learning-rate 1e38 --check-finite
expect_status 1
expect_one_line_of_err
expect_err ": made "
expect_err "input 1, 'dense/kernel' (784, 10) float32, is in "

test=a_profile_is_written_and_printed
try "${run[@]}" --epochs 2 --profile trace.json
expect_status 0
expect_out "^profile of 5 steps, written to trace.json"
expect_out "^(linear|matmul) +(5|10) "
[ "$(grep -c '"ph":"X"' trace.json)" -gt 20 ] || fail "no trace"
try "${run[@]}" --epochs 1 --batch-size 600 --profile trace.json # one step: nothing warmed up
expect_status 0

test=what_cannot_be_written_is_an_error
try "${run[@]}" --epochs 1 --save nowhere/model
expect_status 1
expect_err "nowhere/model"
try "${run[@]}" --epochs 1 --log /dev/full
expect_status 1
expect_one_line_of_err
expect_err "/dev/full: No space left on device"

echo "all passed"
