#!/usr/bin/env bash
# `gradtape lab`, and the labs binary-digits, multiclass-digits and mnist with few epochs: what they print of their
# documents' numbers, pictures, and bad input. Without zlib, they run on no shipped digits.
# shellcheck source=tests/tools/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
unpack_digits

# ---- The command --------------------------------------------------------------------------------------------------------
labs=(binary-digits multiclass-digits from-scratch mnist convnet)

test=lab_alone_lists_the_labs
try lab
expect_status 0
expect_no_err
for lab in "${labs[@]}"; do
    expect_out "^$lab +"
done
[ "$(wc -l <"$work/out")" -eq ${#labs[@]} ] || fail "not one line a lab"

test=help_of_a_lab_is_the_same_either_way
for lab in "${labs[@]}"; do
    try help lab "$lab"
    expect_status 0
    expect_out "^usage: gradtape lab $lab "
    mv "$work/out" "$work/help"
    try lab "$lab" --help
    expect_status 0
    cmp -s "$work/out" "$work/help" || fail "lab $lab --help is not help lab $lab"
done

test=an_unknown_lab_is_a_usage_error
expect_usage_error "gradtape lab: unknown lab 'binary-digit'; did you mean 'binary-digits'?" lab binary-digit
expect_usage_error "gradtape lab: unknown option '--plot'" lab --plot x.png

test=data_has_two_files
for lab in binary-digits multiclass-digits; do
    expect_usage_error "--data needs two values: --data X.npy y.npy" lab $lab --data "$work/X.npy"
    expect_usage_error "--data needs two values" lab $lab --data
    expect_usage_error "--data needs two values" lab $lab --data=
    expect_usage_error "--data needs two values" lab $lab --data "$work/X.npy" ''
    expect_usage_error "unexpected argument 'z'" lab $lab --data "$work/X.npy" "$work/y.npy" z
    for data in "--data $work/X.npy" "--data=$work/X.npy"; do
        # shellcheck disable=SC2086
        try lab $lab $data "$work/y.npy"
        expect_status 1
        expect_one_line_of_err
        expect_err "gradtape lab $lab: $work/X.npy: No such file"
    done
done

# ---- The labs -----------------------------------------------------------------------------------------------------------
# Whether the lab could run: on the shipped digits, only where the build has zlib.
ran() {
    [ "$zlib" = yes ] || [ "${1-}" = without_zlib ] || return 1
    expect_status 0
    expect_no_err
    expect_out "^compared with the document: [1-9][0-9]*, the same: [1-9][0-9]*, other: 0$"
}

test=binary_digits_reproduces_its_document
mkdir "$work/temporary"
TMPDIR=$work/temporary try lab binary-digits --epochs 3
if ran; then
    expect_out "^the shape of X is \(1000, 400\), of y \(1000,\)"
    expect_out "^the last label, y\[-1\] +ours +1 +document +1 +same$"
    expect_out "^Total params: 10,431$"
    expect_out "^parameters in all +ours +10431 +document +10431 +same$"
    expect_out "^  W1 \(400, 25\), b1 \(25,\)$"
    expect_out "^32/32 - .* - loss: 0\.[0-9]{4}$"
    expect_out "^X\[0\], a zero: 0\.[0-9]+; after the threshold 0.5: [01]$"
    expect_out "^X\[500\], a one: 0\.[0-9]+; after the threshold 0.5: [01]$"
    expect_out "^  ours +0\.54735762 +0\.57932425 +0\.61063923$"
    expect_out "^ +0\.62010643 +0\.67699586 +0\.72908792$"
    [ "$(grep -c "^  ours  *0\.54735762" "$work/out")" -eq 3 ] || fail "not by loops, by products and by the engine"
    [ "$(grep -cE "^(  [01], [01][ *]){8}$" "$work/out")" -ge 8 ] || fail "no 64 digits"
    [ "$(grep -cE "^(  [01], [01], [01][ *]){8}$" "$work/out")" -eq 8 ] || fail "no 64 digits read twice"
    expect_out "^the engine and the loops \(float64\): they differ by [0-9.]+e-0[6-9]$"
    expect_out "^the engine and the products: they differ by (0|[0-9.]+e-0[6-9])$"
    expect_out "^[0-9]+ of 1000 digits are misclassified$"
    expect_out "^\(4, 1\) \[1 2 3 4\] \+ \(1, 3\) \[1 2 3\]:$"
    expect_out "^epoch 3, step 100: loss [0-9.]+$"
    expect_out "^\[\[ 8\.  9\. 10\. 11\.\]\]$"
    if grep -q "^epoch 3: the whole model saved" "$work/out"; then
        # Both loaded models say what the trained one said.
        for row in "0\], a zero" "500\], a one"; do
            [ "$(grep "^X\[$row" "$work/out" | tail -3 | sort -u | wc -l)" -eq 1 ] || fail "loaded models differ"
        done
    fi
    rmdir "$work/temporary" 2>/dev/null || fail "left files behind"
fi

test=binary_digits_saves_at_epoch_11
try lab binary-digits --form 2 --epochs 12
if ran; then
    if ! grep -q "no jansson" "$work/out"; then
        expect_out "^epoch 11: the whole model saved, and its weights alone$"
        [ "$(grep -A1 "loaded:$" "$work/out" | grep "^X" | sort -u | wc -l)" -eq 1 ] || fail "loaded models differ"
    fi
    ! grep -q "Adam(0.001)" "$work/out" || fail "ran the first form too"
fi
test=binary_digits_reports_a_folder_that_cannot_be_written
TMPDIR=$work/nowhere try lab binary-digits --form 2 --epochs 1
if [ "$zlib" = yes ]; then
    expect_status 1
    expect_one_line_of_err
    expect_err "gradtape lab binary-digits: no folder for the model's files can be made in $work/nowhere"
fi

test=multiclass_digits_reproduces_its_document
try lab multiclass-digits --epochs 5
if ran; then
    expect_out "^  ours +0\.03 +0\.09 +0\.24 +0\.64$"
    expect_out "^\[nan nan nan nan\]$"
    expect_out "^largest relative difference .* same$"
    expect_out "^Total params: 10,575$"
    expect_out "^parameters in all +ours +10575 +document +10575 +same$"
    expect_out "^L3: Dense, output \(None, 10\), linear$"
    expect_out "^157/157 - .* - loss: 0\.[0-9]{4}$"
    expect_out "^X\[1015\], a 2$"
    expect_out "^their sum +ours +1\.000 "
    expect_out "^argmax of the probabilities: [0-9]$"
    errors=$(sed -n 's/^\([0-9]*\) errors out of 5000 digits$/\1/p' "$work/out")
    [ "${errors:-5000}" -lt 500 ] || fail "it did not learn"
    expect_out "the document's network made 15"
    mv "$work/out" "$work/first"
    try lab multiclass-digits --epochs 5 --threads 1
    diff <(sed 's/ - .*step//' "$work/first") <(sed 's/ - .*step//' "$work/out") >/dev/null || fail "threads matter"
fi

test=mnist_is_the_assignment
try lab mnist --data "$digits" --epochs 2
expect_status 0
expect_no_err
expect_out "^training images: \(4000, 784\) float32$"
expect_out "^images: \(10, 784\) float32$"
[ "$(grep -cE "^labels +[37]( [37]){9}$" "$work/out")" -eq 1 ] || fail "the subset has other classes"
expect_out "^of an unknown class: gt_subset: no row has the label 12$"
[ "$(grep -E "^(shuffled|by the same seed) " "$work/out" | sed 's/^[a-z ]*//' | sort -u | wc -l)" -eq 1 ] ||
    fail "one seed, two orders"
expect_out "^\[0\.37598602 0\.28993916 0\.33407482\]$"
[ "$(grep -c "^ - Epoch  [12]: Average Stats : {'loss': [0-9.]*, 'acc': 0\.[0-9]*}$" "$work/out")" -eq 4 ] ||
    fail "not an average an epoch"
expect_out "^ - Epoch  1: Batch  40/40 : \{'loss': "
[ "$(grep -c "^the assignment's bar, [89]5 % test accuracy: " "$work/out")" -eq 2 ] || fail "no bars"

test=mnist_needs_its_digits
try lab mnist --data "$work/nowhere"
expect_status 1
expect_one_line_of_err
expect_err "gradtape lab mnist: $work/nowhere"

# ---- Files of one's own -------------------------------------------------------------------------------------------------
# write_npy FILE DESCR SHAPE: its data come from standard input.
write_npy() {
    local header="{'descr': '$2', 'fortran_order': False, 'shape': $3, }"
    { printf '\223NUMPY\001\000\166\000%-117s\n' "$header"; cat; } >"$1"
}
# Twelve digits; the label is which column has ink.
for ((i = 0; i < 12; i++)); do
    for ((k = 0; k < 20; k++)); do
        if [ $k -eq $((i % 10)) ]; then printf '\000\000\200\077%.0s' {1..20}; else head -c 80 /dev/zero; fi
    done
done | write_npy "$work/X.npy" '<f4' '(12, 400)'
printf '\000\001\002\003\004\005\006\007\010\011\000\001' | write_npy "$work/y.npy" '|u1' '(12, 1)'

test=a_few_digits_of_ones_own_will_do
for lab in binary-digits multiclass-digits; do
    try lab $lab --data "$work/X.npy" "$work/y.npy" --epochs 2
    ran without_zlib # which NPY files do not need
    expect_out "^digits: $work/X.npy$"
    expect_out "^note: other data than the document's"
done

test=labels_that_are_no_digits_are_refused
printf '\000\001\002\003\004\005\006\007\010\012\000\001' | write_npy "$work/ten.npy" '|u1' '(12,)'
for lab in binary-digits multiclass-digits; do
    try lab $lab --data "$work/X.npy" "$work/ten.npy"
    expect_status 1
    expect_one_line_of_err
    expect_err "gradtape lab $lab: $work/ten.npy: the label of row 9 is 10"
    try lab $lab --data "$work/y.npy" "$work/y.npy"
    expect_status 1
    expect_err "gradtape lab $lab: $work/y.npy: it holds (12, 1), not digits of 400 numbers"
done
printf '\000%.0s' {1..12} | write_npy "$work/zeros.npy" '|u1' '(12,)'
try lab binary-digits --data "$work/X.npy" "$work/zeros.npy"
expect_status 1
expect_one_line_of_err
expect_err "zeros.npy: gt_subset: no row has the label 1"

# ---- Pictures -----------------------------------------------------------------------------------------------------------
test=pictures_have_names_that_can_be_drawn
try lab binary-digits --plot "$work/out.svg" --data "$work/X.npy" "$work/y.npy" --epochs 1
if ! grep -q cairo "$work/err"; then
    expect_status 0
    for part in digits both wrong; do
        expect_out "^picture: $work/out-$part.svg$"
        [ -s "$work/out-$part.svg" ] || fail "no picture of $part"
    done
    try lab multiclass-digits --plot "$work/out.png" --data "$work/X.npy" "$work/y.npy" --epochs 1
    expect_status 0
    for part in activations softmax loss two digits errors; do
        expect_out "^picture: $work/out-$part.png$"
        [ -s "$work/out-$part.png" ] || fail "no picture of $part"
    done
    try lab mnist --plot "$work/out.png" --data "$digits" --epochs 1
    expect_status 0
    for model in simple advanced; do
        for part in curves right wrong confusion; do
            [ -s "$work/out-$model-$part.png" ] || fail "no picture of $model's $part"
        done
    done
    for lab in binary-digits multiclass-digits mnist; do
        try lab $lab --plot "$work/out.gif"
        expect_status 1
        expect_one_line_of_err
        expect_err "out.gif"
    done
fi

echo "all passed"
