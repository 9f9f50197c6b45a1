#!/usr/bin/env bash
# `gradtape convert` between the formats, as far as this build has them.
# shellcheck source=tests/tools/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
cd "$work"

printf 'a,b,c\n1,2.5,-3\n0.1,1e100,nan\n' >table.csv
printf '1,2.5,-3\n0.1,1e+100,nan\n' >expected.csv
printf '\0\0\10\3\0\0\0\2\0\0\0\1\0\0\0\3\1\2\3\372\5\6' >bytes.idx

# has ENDING: whether this build writes such files.
has() {
    "$program" convert expected.csv "probe$1" >/dev/null 2>&1
}

test=a_table_goes_through_every_format
previous=table.csv
for ending in .npy .npz .h5 .hdf5 .safetensors .st .idx .idx.gz; do
    has "$ending" || continue
    try convert "$previous" "next$ending"
    expect_status 0
    [ ! -s "$work/out" ] || fail "printed"
    previous=next$ending
done
try convert "$previous" back.csv
expect_status 0
cmp -s back.csv expected.csv || fail "another table: $(cat back.csv)"

test=the_same_dtype_and_shape_come_out
for ending in .npy .npz .h5 .safetensors .idx .idx.gz; do
    has "$ending" || continue
    try convert bytes.idx "bytes$ending.x$ending"
    expect_status 0
    expect_no_err
    try show "bytes$ending.x$ending"
    expect_status 0
    expect_out "uint8 +\(2, 1, 3\) +1 +44.5 +250"
done
try convert bytes.idx copy-idx3-ubyte
expect_status 0
cmp -s bytes.idx copy-idx3-ubyte || fail "another file"

test=what_cannot_be_held_is_named
try convert bytes.idx bytes.csv
expect_status 0
expect_err "dropped: the shape (2, 1, 3): CSV holds rows"
expect_err "dropped: the dtype uint8: CSV holds numbers of none"
[ "$(cat bytes.csv)" = "$(printf '1,2,3\n250,5,6')" ] || fail "other rows"
if has .npz; then
    try convert expected.csv one.npz
    try convert one.npz one.npy
    expect_status 0
    expect_err "dropped: the name 'data': NPY holds none"
fi
try convert table.csv table.npy
expect_status 0
expect_err "dropped: the text 'columns': NPY holds none"
expect_one_line_of_err
for type in b1:bool:uint8 f2:float16:float32 i1:int8:int32 i8:int64:int32; do
    IFS=: read -r file from to <<<"$type"
    try convert "$root/tests/archive_cases/little_$file.npy" next.npy
    expect_status 0
    expect_one_line_of_err
    expect_err "changed: the dtype of '', from $from to $to"
    try convert "$root/tests/archive_cases/little_$file.npy" next.csv
    expect_err "dropped: the dtype $from: CSV holds numbers of none"
done
try convert expected.csv next.csv # float64 is what CSV is read as
expect_status 0
expect_no_err

test=what_it_reads_is_not_replaced
ln -s expected.csv link.csv
for out in expected.csv ./expected.csv link.csv; do
    try convert expected.csv "$out"
    expect_status 1
    expect_one_line_of_err
    expect_err "OUT would replace IN"
done
rm link.csv

test=a_file_of_nothing_is_named
: >empty.csv
try convert empty.csv x.npy
expect_status 1
expect_err "empty.csv: the file is empty"
printf '%s\r' 1,2 3,4 >old-mac.csv
try convert old-mac.csv x.npy
expect_status 1
expect_err "old-mac.csv: line 1, column 2: '2?3' is no number"
[ ! -e x.npy ] || fail "wrote a file"

test=errors_are_one_line
try convert nowhere.npy x.npy
expect_status 1
expect_one_line_of_err
expect_err "nowhere.npy"
try convert expected.csv x.txt
expect_status 1
expect_one_line_of_err
expect_err "x.txt: its name says no format: .safetensors, .npz, .h5, .npy, .csv, .idx or .idx.gz is expected"
try convert expected.csv .npy
expect_status 1
try convert expected.csv no/such/folder/x.npy
expect_status 1
expect_one_line_of_err
expect_err "no/such/folder/x.npy: No such file or directory"
printf '1,2\n3,four\n' >wrong.csv
try convert wrong.csv x.npy
expect_status 1
expect_one_line_of_err
expect_err "wrong.csv: line 2, column 2: 'four' is no number"
[ ! -e x.npy ] || fail "wrote a file"
expect_usage_error "two files are needed" convert expected.csv
expect_usage_error "unknown option '--arrays'" convert expected.csv x.npy --arrays a

if has .npz; then
    test=arrays_that_can_be_read_are_had_beside_others
    mixed=$root/tests/archive_cases/mixed.npz
    try convert "$mixed" x.npy --array x
    expect_status 0
    expect_one_line_of_err
    expect_err "dropped: the name 'x': NPY holds none"
    try convert "$mixed" x.npy --array names
    expect_status 1
    expect_one_line_of_err
    expect_err "mixed.npz: 'names.npy': dtype '<U3' cannot be read"
    try convert "$mixed" all.npz
    expect_status 0
    expect_err "dropped: $mixed: 'names.npy': dtype '<U3' cannot be read"
    expect_err "dropped: $mixed: 'time.npy': entry 0 is 2147483648, more than int32 holds"
    expect_err "changed: the dtype of 'long', from int64 to int32"
    try show "$mixed"
    expect_status 0
    expect_out "^long +int32 +\(2,\) .* \(int64 in the file\)$"
    expect_out "^not read: .*'names.npy': dtype '<U3' cannot be read"
    expect_out "^2 arrays, "
    try convert "$root/tests/archive_cases/nothing.npz" x.csv
    expect_status 1
    expect_err "x.csv: CSV holds one array, and there are 0"
fi

has .h5 && has .safetensors || exit 0

test=archives_keep_names_and_texts
try convert "$root/tests/archive_cases/texts.h5" texts.safetensors
expect_status 0
expect_no_err
try convert texts.safetensors texts.h5
expect_status 0
try show texts.h5
expect_out "^keras_version: 2.15.0$"
expect_out "^dense/inner/weight_names: dense/kernel:0 dense/bias:0$"
expect_out "^dense/inner/kernel:0 +float32 +\(1,\)"

test=one_of_several_is_chosen_by_name
kinds=$root/tests/archive_cases/kinds.h5
try convert "$kinds" kinds.csv
expect_status 1
expect_one_line_of_err
expect_err "kinds.csv: CSV holds one array, and there are 22, of which one is to be named: big/f2, big/f4"
try convert "$kinds" kinds.csv --array little/i4
expect_status 0
[ "$(cat kinds.csv)" = "$(printf '%s\n' -2,-1,0 1,2,258)" ] || fail "other values: $(cat kinds.csv)"
try convert "$kinds" kinds.csv --array little/nothing
expect_status 1
expect_err "kinds.h5: it has no array 'little/nothing'"
try convert "$root/tests/archive_cases/texts.h5" one.h5 --array dense/inner/kernel:0
expect_status 0
expect_err "dropped: 5 texts, which belong to the whole file"
try show one.h5
expect_out "^dense/inner/kernel:0 "
try convert "$root/tests/archive_cases/texts.h5" texts.npz
expect_status 0
expect_err "dropped: the text 'keras_version': NPZ holds none"
