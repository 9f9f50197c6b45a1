#!/usr/bin/env bash
# `gradtape lab from-scratch` and `gradtape lab convnet`, run whole: they fail by themselves where a number is not the
# document's. Here: that they run to their end, what they print beside, and bad input.
# shellcheck source=tests/tools/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
unpack_digits

# ---- from-scratch -------------------------------------------------------------------------------------------------------
test=from_scratch_reproduces_its_document
try lab from-scratch --data "$digits" --epochs 8 --save-weights "$work/weights.npz"
if grep -q "libzip" "$work/err"; then
    zip=no
    try lab from-scratch --data "$digits" --epochs 8
fi
expect_status 0
expect_no_err
expect_out "^x_train +\(4000, 784\) float32$"
expect_out "^not normalised: the file's bytes +\(1000, 784\) +uint8 +first image from 0 to 25[0-9]$"
expect_out "^No --weights: one is trained"
expect_out "^one by one: +[0-9]+ right, accuracy 0\.[0-9]{4}$"
expect_out "^predicted alike: +1000$"
expect_out "^  ours +1 +2 +1 +0$"
expect_out "^squared error: half the sum 0\.0975, the mean over the 10 classes 0\.0195$"
expect_out "1e-7\)\) 0\.510825457; gt_categorical_crossentropy, one-hot and sparse: 0\.510825624 0\.510825624$"
expect_out "^loss without it: 2\.105582048$"
expect_out "^  ours +0\.23001268 +0\.29692202 +-0\.52693470$"
expect_out "^\[10\.0001 12\.0001\]$"
expect_out "1e-50 is x in float64"
[ "$(sed -n 's/^one by one: .*accuracy 0\.\([0-9][0-9]\).*/\1/p' "$work/out")" -ge 85 ] || fail "it did not learn"
[ "$(grep -c "^\[\[\?[01. ]*\]\]\?$\|^ \[[01. ]*\]\]\?$" "$work/out")" -ge 10 ] || fail "no ten one-hot rows"

if [ "${zip-yes}" = yes ]; then
    test=from_scratch_runs_the_network_it_saved
    grep "right, accuracy" "$work/out" >"$work/accuracies"
    try lab from-scratch --data "$digits" --weights "$work/weights.npz"
    expect_status 0
    expect_out "^weights from $work/weights.npz$"
    grep "right, accuracy" "$work/out" | cmp -s - "$work/accuracies" || fail "other accuracies"
fi

test=from_scratch_refuses_weights_that_are_none
try lab from-scratch --data "$digits" --weights "$work/sample.pkl"
expect_status 1
expect_one_line_of_err
expect_err "gradtape lab from-scratch: $work/sample.pkl: a pickle"
expect_err "python3 -c"
for file in "$work/none.npz" "$digits/t10k-labels-idx1-ubyte"; do
    try lab from-scratch --data "$digits" --weights "$file"
    expect_status 1
    expect_one_line_of_err
    expect_err "gradtape lab from-scratch: $file: "
done

test=from_scratch_looks_at_its_files_before_it_trains
try lab from-scratch --data "$digits" --save-weights "$work/nowhere/w.npz"
expect_status 1
expect_one_line_of_err
expect_err "$work/nowhere/w.npz: No such file"
[ ! -s "$work/out" ] || fail "printed"
cp "$digits/t10k-labels-idx1-ubyte" "$work/w.npz"
try lab from-scratch --data "$digits" --weights "$work/w.npz" --save-weights "$work/./w.npz"
expect_status 1
expect_err "--save-weights would replace the file of --weights"

test=from_scratch_needs_its_digits
try lab from-scratch --data "$work/nowhere"
expect_status 1
expect_one_line_of_err
expect_err "$work/nowhere"

# ---- convnet ------------------------------------------------------------------------------------------------------------
test=convnet_reproduces_its_document_and_trains_on_digits
try lab convnet --epochs 6
if [ "$zlib" = yes ]; then
    expect_status 0
    expect_no_err
    expect_out "^x.shape = \(4, 3, 3, 2\), x_pad.shape = \(4, 7, 7, 2\)$"
    expect_out "^Z = sum\(slice \* W\) \+ b = -6\.99908945068$"
    expect_out "^Z\.shape = \(10, 7, 7, 8\), its mean 0\.002812946286$"
    expect_out "^  ours +1\.74481176 +1\.69245460 +2\.10025514$"
    expect_out "4\.114581705, 9\.203677199 and 1\.37834368\."
    expect_out "IndexError"
    expect_out "^X_train +\(4000, 28, 28, 1\)$"
    expect_out "1\.523118"
    for epoch in 0 5; do
        expect_out "^Cost after epoch $epoch: [0-9]\.[0-9]{6}$"
    done
    expect_out "adds up the costs of all batches of 64, a short last one among them, and divides by int\(m / 64\)"
    [ "$(sed -n 's/^Test accuracy: *0\.\([0-9]\).*/\1/p' "$work/out")" -ge 8 ] || fail "it did not learn"
fi

test=convnet_says_what_is_wrong_with_its_files
expect_usage_error "--checkpoint-every needs --checkpoint FILE" lab convnet --checkpoint-every 5
expect_usage_error "--train and --test go together" lab convnet --train "$work/train.npz"
expect_usage_error "give --data, or --train and --test, not both" lab convnet --data "$work" --test "$work/test.npz"
try lab convnet --data "$work/nowhere"
expect_status 1
expect_one_line_of_err
expect_err "gradtape lab convnet: $work/nowhere/train_signs.h5: "

# ---- the SIGNS network, on made-up images: any file that gt_archive_read knows will do -----------------------------------
if [ "${zip-yes}" = no ] || ! command -v python3 >/dev/null; then
    echo "all passed, without the SIGNS network"
    exit 0
fi
python3 - "$work" <<'PYTHON'
import struct, sys, zipfile

def npy(descr, shape, data):
    header = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (descr, shape)
    header += ' ' * (63 - (10 + len(header)) % 64) + '\n'
    return b'\x93NUMPY\x01\x00' + struct.pack('<H', len(header)) + header.encode() + data

for half, count in ('train', 70), ('test', 12):
    with zipfile.ZipFile('%s/%s.npz' % (sys.argv[1], half), 'w') as archive:
        labels = [i % 6 for i in range(count)]
        # The label is how bright the image is.
        pixels = b''.join(bytes([40 * label + 10]) * (64 * 64 * 3) for label in labels)
        archive.writestr(half + '_set_x.npy', npy('|u1', (count, 64, 64, 3), pixels))
        archive.writestr(half + '_set_y.npy', npy('<i8', (count,), struct.pack('<%dq' % count, *labels)))
PYTHON

test=convnet_trains_the_signs_network
try lab convnet --train "$work/train.npz" --test "$work/test.npz" --epochs 6 --log "$work/log.csv"
expect_status 0
expect_no_err
expect_out "^Y_train +\(70, 6\)$"
expect_out "^Training image 6: y = 0$"
expect_out "\(None, 64, 64, 8\) +384"
expect_out "\(None, 8, 8, 16\) +512"
expect_out "\(None, 6\) +390"
expect_out "^Cost after epoch 5: "
expect_out "divides by int\(m / 64\)"
expect_out "^Train accuracy: [01]\.[0-9]{4}$"
[ "$(wc -l <"$work/log.csv")" -eq 7 ] || fail "no log of six epochs"

for option in --log --save --checkpoint --profile; do
    try lab convnet --train "$work/train.npz" --test "$work/test.npz" --epochs 1 "$option" "$work/test.npz"
    expect_status 1
    expect_one_line_of_err
    expect_err "$option would replace the file of --test"
done

echo "all passed"
