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

# npy FILE DESCR SHAPE BYTES: as printf has them.
npy() {
    local header="{'descr': '$2', 'fortran_order': False, 'shape': $3, }"
    printf '\223NUMPY\1\0\166\0%-117s\n'"$4" "$header" >"$1"
}

test=labels_must_be_those_of_the_rows
small=$work/small.npy
"$program" convert "$digits/t10k-images-idx3-ubyte" "$small"
images=$digits/t10k-images-idx3-ubyte
try predict model.safetensors "$images" --labels "$digits/train-labels-idx1-ubyte"
expect_status 1
expect_err "train-labels-idx1-ubyte: 4000 labels for 1000 rows"
npy four.npy '|u1' '(4,)' '\1\2\3\4'
try predict model.safetensors "$images" --rows 5 --labels four.npy
expect_status 1
expect_err "four.npy: 4 labels for 1000 rows"
try predict model.safetensors "$images" --rows 4 --labels four.npy
expect_status 0
expect_out "^accuracy: [0-9.]+ % of 4 rows$"
npy two.npy '|u1' '(2, 2)' '\1\0\0\1'
try predict model.safetensors "$images" --rows 2 --labels two.npy
expect_status 1
expect_err "two.npy: (2, 2) is neither class numbers nor one-hot rows of 10 classes"
npy many.npy '|u1' '(2,)' '\1\12'
try predict model.safetensors "$images" --rows 2 --labels many.npy
expect_status 1
expect_err "many.npy: label 1 is 10, no class number from 0 to 9"
printf '1\n7.5\n' >half.csv
try predict model.safetensors "$images" --rows 2 --labels half.csv
expect_status 1
expect_err "half.csv: label 1 is 7.5, no class number from 0 to 9"

test=labels_may_be_one_hot
try predict model.safetensors "$images" --rows 1
class=$(sed -n 's/^0 \([0-9]\) .*/\1/p' "$work/out")
one_hot=$(for ((i = 0; i < 10; i++)); do printf '%d' $((i == class)); done | sed 's/./\\&/g')
npy hot.npy '|u1' '(1, 10)' "$one_hot"
try predict model.safetensors "$images" --rows 1 --labels hot.npy
expect_status 0
expect_out "^accuracy: 100.00 % of 1 rows$"
for bytes in '\1\1\0\0\0\0\0\0\0\0' '\0\0\0\0\0\0\0\0\0\0' '\2\0\0\0\0\0\0\0\0\0'; do
    npy cold.npy '|u1' '(1, 10)' "$bytes"
    try predict model.safetensors "$images" --rows 1 --labels cold.npy
    expect_status 1
    expect_err "cold.npy: label 0 is no one-hot row"
done

test=bytes_are_divided_and_other_numbers_are_not
"$program" convert "$small" images.csv 2>/dev/null
try predict model.safetensors "$images" --rows 3
cp "$work/out" scaled
expect_err "bytes are divided by 255 (--divide-by 1 leaves them as they are)"
try predict model.safetensors images.csv --rows 3
expect_no_err
! cmp -s scaled "$work/out" || fail "other numbers were divided"
cp "$work/out" plain
try predict model.safetensors images.csv --rows 3 --divide-by 255
cmp -s scaled "$work/out" || fail "not divided"
try predict model.safetensors "$images" --rows 3 --divide-by 1
expect_no_err
cmp -s plain "$work/out" || fail "divided"
npy truth.npy '|b1' '(1, 784)' "$(printf '\\1%.0s' {1..784})"
npy ones.npy '|u1' '(1, 784)' "$(printf '\\1%.0s' {1..784})"
try predict model.safetensors truth.npy
expect_no_err
cp "$work/out" truth
try predict model.safetensors ones.npy --divide-by 1
cmp -s truth "$work/out" || fail "truth values were divided"

test=rows_that_are_no_numbers_or_not_there_are_told
npy nan.npy '<f4' '(1, 784)' "$(printf '\\0\\0\\300\\177%.0s' {1..784})"
try predict model.safetensors nan.npy
expect_status 0
expect_out "^0 nan$"
npy none.npy '<f4' '(0, 784)' ''
try predict model.safetensors none.npy
expect_status 1
expect_err "none.npy: there are no rows"

test=outputs_replace_nothing_that_is_read
for file in model.safetensors "$images" hot.npy; do
    try predict model.safetensors "$images" --rows 1 --labels hot.npy --output "$file"
    expect_status 1
    expect_err "--output would replace the "
done

test=what_is_printed_goes_into_no_file
"$program" mnist --model simple --epochs 1 --train-size 100 --test-size 100 --data "$digits" --log closed.csv >&- 2>&- || true
[ "$(wc -l <closed.csv)" = 2 ] || fail "something is in the log: $(cat closed.csv)"

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
expect_usage_error "--checkpoint-every needs --checkpoint FILE" mnist --checkpoint-every 3

test=two_outputs_are_two_files
for two in "--save --log" "--log --checkpoint" "--checkpoint --graph" "--save --profile"; do
    read -ra options <<<"$two"
    try mnist --data "$digits" --epochs 1 "${options[0]}" both.x "${options[1]}" ./both.x
    expect_status 1
    expect_one_line_of_err
    expect_err "would both be written there"
    [ ! -e both.x ] || fail "wrote a file"
done

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
