#!/usr/bin/env bash
# The `gradtape` program, run as a user runs it: what it prints, and its exit status.
# shellcheck source=tests/tools/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"

# ---- The command line ---------------------------------------------------------------------------------------------------
test=help_lists_every_command
try --help
expect_status 0
expect_no_err
for command in mnist lab plot predict convert show gradcheck ops devices bench; do
    expect_out "^  $command  "
done

test=help_of_a_command_is_the_same_either_way
for command in mnist lab plot predict convert show gradcheck ops devices bench; do
    try help "$command"
    expect_status 0
    expect_out "^usage: gradtape $command "
    expect_out "^  --help "
    mv "$work/out" "$work/help"
    try "$command" --help
    expect_status 0
    cmp -s "$work/out" "$work/help" || fail "$command --help is not help $command"
done

test=version_is_one_line
try --version
expect_status 0
[[ $(cat "$work/out") =~ ^gradtape\ [0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "no version"

test=no_command_is_a_usage_error
try
expect_status 2
expect_err "usage: gradtape COMMAND"

test=an_unknown_command_is_a_usage_error
expect_usage_error "gradtape: unknown command 'gradchek'; did you mean 'gradcheck'?" gradchek
expect_usage_error "gradtape: unknown command 'nosuch'" help nosuch
expect_usage_error "gradtape: unknown option '--nosuch'" --nosuch

test=a_bad_option_is_named
expect_usage_error "gradtape mnist: unknown option '--epoch'; did you mean 'epochs'?" mnist --epoch 3
expect_usage_error "--epochs: 'many' is no whole number" mnist --epochs many
expect_usage_error "--epochs: '3x' is no whole number" mnist --epochs=3x
expect_usage_error "--epochs: 0 is not in 1 to " mnist --epochs=0
expect_usage_error "--seed: -1 is not in 0 to " mnist --seed -1
expect_usage_error "--batch-size: 99999999999999999999 is not in 1 to " mnist --batch-size 99999999999999999999
expect_usage_error "--threads: 257 is not in 1 to 256" mnist --threads 257
expect_usage_error "--learning-rate: 'fast' is no number" mnist --learning-rate fast
expect_usage_error "--learning-rate: 0 is not above 0" mnist --learning-rate 0
expect_usage_error "--learning-rate: inf is not above 0 and finite" mnist --learning-rate inf
expect_usage_error "--learning-rate: nan is not above 0 and finite" mnist --learning-rate nan
expect_usage_error "--optimizer: 'adan' is none of sgd, momentum, rmsprop, adam" mnist --optimizer adan
expect_usage_error "--model: 'big' is none of simple, advanced, cnn" mnist --model=big
expect_usage_error "--data needs a value" mnist --data
expect_usage_error "--data needs a value" mnist --data=
expect_usage_error "--quiet takes no value, but 'yes' was given" mnist --quiet=yes
expect_usage_error "unknown option '-e'" mnist -e
expect_usage_error "unexpected argument 'relu'" mnist relu
expect_usage_error "unexpected argument '--quiet'" mnist -- --quiet
expect_usage_error "unknown work 'tap'; did you mean 'tape'?" bench tap
expect_usage_error "unknown work 'nosuch'" bench tape nosuch
expect_usage_error "--threads: 257 is not in 1 to 256" bench --threads 257
expect_usage_error "--repeat: 0 is not in 1 to 1000" bench --repeat 0
expect_usage_error "--json needs a value" bench --json

# ---- gradcheck ----------------------------------------------------------------------------------------------------------
test=gradcheck_passes_for_relu
for order in 1 2; do
    try gradcheck relu --order "$order"
    expect_status 0
    expect_no_err
    expect_out "^relu  matrix +[1-9][0-9]* .* pass$"
    expect_out "^order $order: [1-9][0-9]* passed, 0 failed,"
done

test=gradcheck_says_what_has_no_gradient
try gradcheck fill
expect_status 0
expect_out "no gradient$"

test=gradcheck_of_an_unknown_op_names_close_ones
expect_usage_error "gradtape gradcheck: unknown op 'nosuch'" gradcheck nosuch
expect_usage_error "unknown op 'rellu'; did you mean 'relu'" gradcheck relu rellu
expect_usage_error "name an op, or say --all" gradcheck
expect_usage_error "not both" gradcheck --all relu
expect_usage_error "--order: 3 is not in 1 to 2" gradcheck --order 3 relu

# ---- ops, devices, bench --------------------------------------------------------------------------------------------------
test=ops_lists_every_op
sed -nE 's/^ *(X|BARE)\(([a-z0-9_]*)\).*/\2/p' "$root/ops/list.h" >"$work/names"
[ -s "$work/names" ] || fail "no names in ops/list.h"
try ops
expect_status 0
cut -d' ' -f1 "$work/out" | tail -n +2 | cmp -s - "$work/names" || fail "other ops than ops/list.h"
try ops --markdown
expect_status 0
# shellcheck disable=SC2016
sed -n 's/^| `\([a-z0-9_]*\)` |.*/\1/p' "$work/out" | cmp -s - "$work/names" || fail "--markdown has other ops"

test=docs_ops_lists_every_op
# shellcheck disable=SC2016
sed -n 's/^| `\([a-z0-9_]*\)` |.*/\1/p' "$root/docs/ops.md" | cmp -s - "$work/names" ||
    fail "docs/ops.md has other ops: write it anew with 'gradtape ops --markdown >docs/ops.md'"

test=devices_lists_both
try devices
expect_status 0
expect_out "^cpu +available: [1-9][0-9]* threads, [1-9][0-9]* processors, instruction set [a-z0-9]+$"
expect_out "^cuda  "
GRADTAPE_THREADS=3 try devices
expect_out "^cpu +available: ${TEST_THREADS:-3} threads" # a build without them has one

test=devices_takes_the_instruction_set_of_the_environment
GRADTAPE_ISA="" try devices
best=$(sed -n 's/^cpu .* instruction set //p' "$work/out")
GRADTAPE_ISA=$best try devices
expect_status 0
expect_out "instruction set $best$"
GRADTAPE_ISA=sse9 try devices
expect_status 1
expect_one_line_of_err
expect_err "gradtape devices: GRADTAPE_ISA: 'sse9' is no instruction set of this build; $best is this processor's best"

test=bench_measures_the_tape
try bench tape --length 1000 --repeat 3
expect_status 0
expect_no_err
for length in 10 100 1000; do
    expect_out "^ +$length( +[0-9]+ \([0-9]+-[0-9]+\)){3} +[0-9]+ +[0-9]+$"
done

# Of every kind of work, what is quick.
few=(machine tape lab matmul conv ops start --only relu --length 100 --repeat 1 --threads 1)

test=bench_measures_what_it_is_asked_to
try bench "${few[@]}" matmul --only 32x400
expect_status 0
expect_no_err
expect_out "instruction set (baseline|avx2|avx512|neon), 1 threads"
expect_out "^lab +[0-9.]+ \([0-9.]+-[0-9.]+\) us/step$"
expect_out "^32x400x25 +[0-9.]+ \([0-9.]+-[0-9.]+\) us .* [0-9.]+ +[0-9.]+$"
expect_out "^first gradient +[0-9.]+ \([0-9.]+-[0-9.]+\) ms$"
[ "$(grep -c "^32x400x25" "$work/out")" -eq 2 ] || fail "a work named twice was not run twice"

test=bench_writes_json
try bench "${few[@]}" --json "$work/bench.json"
expect_status 0
expect_out "^relu  "
for member in gradtape date cpu cores compiler isa threads; do
    grep -q "\"$member\": " "$work/bench.json" || fail "no member $member"
done
for name in lab relu "first gradient" "later steps"; do
    grep -qE "\"name\": \"$name\".*\"unit\": .*\"median\": [0-9.e+-]+, \"min\": .*\"max\": .*\"n\": 1}" \
        "$work/bench.json" || fail "no measurement of $name"
done
if command -v python3 >/dev/null; then
    python3 -m json.tool "$work/bench.json" >/dev/null || fail "no valid JSON"
fi
[ ! -e "$work/bench.json.part" ] || fail "left a part of a file"

test=bench_counts_the_same_flops_for_fused_ops
try bench ops --only conv2d,linear --repeat 1 --threads 1 --json "$work/bench.json"
expect_status 0
for op in conv2d linear; do
    for name in $(grep -oE "\"$op(_bias)?(_relu)?\"" "$work/bench.json" | tr -d '"'); do
        grep -E "\"name\": \"$name\"" "$work/bench.json" | grep -oE "\"flops\": [0-9.e+]+" || echo "none of $name"
    done | sort -u >"$work/flops"
    [ "$(wc -l <"$work/flops")" -eq 1 ] || fail "$op and its kin: $(tr '\n' ';' <"$work/flops")"
done

test=bench_says_when_json_cannot_be_written
for path in "$work/nowhere/bench.json" /dev/full; do
    try bench start --repeat 1 --json "$path"
    expect_status 1
    expect_one_line_of_err
    expect_err "gradtape bench: $path"
done

# ---- mnist ----------------------------------------------------------------------------------------------------------------
unpack_digits
small=(--data "$digits" --epochs 1 --train-size 500 --test-size 200)
# Without durations, which differ from run to run.
without_times() { sed -E 's/[0-9]+(us|ms|s|:[0-9]+)(\/step|\/epoch)?//g' "$work/out"; }

test=mnist_trains_and_tests
try mnist "${small[@]}" --model simple
expect_status 0
expect_no_err
expect_out "^data: 500 of 4000 training and 200 of 1000 test images, 10 classes, from $digits$"
expect_out "^training: rmsprop, learning rate 0.02, loss softmax_cross_entropy, epochs 1, batch size 100, seed 1$"
expect_out '^Model: "simple"$'
expect_out "Total params: 7,850"
expect_out "^Epoch 1/1$"
expect_out "^5/5 - .*loss: [0-9.]+"
expect_out "^test: loss [0-9]+\.[0-9]{4}, accuracy [0-9]+\.[0-9]{2} %$"
expect_out "^bar: 85 % test accuracy: (met|missed)$"
expect_out "meant for training on MNIST's 60,000 images, not on 500"
[ "$(sed -n 's/^test: .*accuracy \([0-9]*\).*/\1/p' "$work/out")" -ge 50 ] || fail "it did not learn"

test=mnist_gives_the_same_for_any_number_of_threads
without_times >"$work/default"
for threads in 1 ${TEST_THREADS:-2}; do
    try mnist "${small[@]}" --model simple --threads "$threads"
    expect_status 0
    without_times | cmp -s - "$work/default" || fail "--threads $threads gives another result"
done
try mnist "${small[@]}" --model simple --seed 2
[ "$(grep '^test' "$work/out")" != "$(grep '^test' "$work/default")" ] || fail "--seed changes nothing"

test=mnist_trains_the_advanced_model
try mnist "${small[@]}"
expect_status 0
expect_out '^Model: "advanced"$'
expect_out "Total params: 318,012"
expect_out "^bar: 95 % test accuracy: "

test=mnist_trains_the_convolutional_model
try mnist --data "$digits" --epochs 1 --train-size 20 --test-size 10 --batch-size 10 --model cnn
expect_status 0
expect_out "^training: adam, learning rate 0.001,"
expect_out "Total params: 600,810"
! grep -q "^bar" "$work/out" || fail "a bar where the assignment has none"

test=mnist_takes_every_loss_and_optimizer
for loss in categorical_crossentropy mean_squared_error; do
    try mnist "${small[@]}" --model simple --loss "$loss"
    expect_status 0
    expect_out "loss $loss,"
    expect_out "^ softmax "
done
for optimizer in sgd momentum rmsprop adam adamw adagrad adadelta; do
    try mnist "${small[@]}" --model simple --optimizer "$optimizer" --learning-rate 0.015
    expect_status 0
    expect_out "^training: $optimizer, learning rate 0.015,"
done

test=mnist_prints_only_the_result_when_quiet
try mnist "${small[@]}" --model simple --quiet
expect_status 0
expect_no_err
[ "$(cut -c1-4 "$work/out" | xargs)" = "test bar: (The" ] || fail "other lines"

test=mnist_finds_the_digits_by_itself
try mnist --epochs 1 --train-size 200 --test-size 100 --model simple
if grep -q zlib "$work/err"; then # a build without it finds them too, and says what to do
    expect_status 1
    expect_one_line_of_err
    expect_err "digits/train-images-idx3-ubyte.gz: gzip: this build has no zlib; unpack the file first"
else
    expect_status 0
    expect_out "^data: 200 of 4000 .*digits$"
fi

test=mnist_names_the_file_that_is_missing
try mnist --data "$work/nowhere"
expect_status 1
expect_one_line_of_err
expect_err "gradtape mnist: "
expect_err "$work/nowhere/train-images-idx3-ubyte"

test=mnist_names_the_file_that_is_damaged
cp -R "$digits" "$work/damaged"
head -c 1000 "$digits/t10k-labels-idx1-ubyte" >"$work/damaged/t10k-labels-idx1-ubyte"
try mnist --data "$work/damaged"
expect_status 1
expect_one_line_of_err
expect_err "damaged/t10k-labels-idx1-ubyte"

test=mnist_says_how_many_images_there_are
try mnist "${small[@]}" --train-size 4001
expect_status 1
expect_one_line_of_err
expect_err "gradtape mnist: --train-size 4001: there are only 4000 images"

# ---- Output that cannot be written ------------------------------------------------------------------------------------------
test=a_full_disk_is_a_failure
for arguments in --help --version "help mnist" ops devices "gradcheck relu" \
    "mnist --data $digits --epochs 1 --train-size 100 --quiet"; do
    status=0
    # shellcheck disable=SC2086
    "$program" $arguments >/dev/full 2>"$work/err" || status=$?
    expect_status 1
    expect_err "gradtape: the output could not be written"
done

echo "all passed"
