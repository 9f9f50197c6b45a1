#!/usr/bin/env bash
# `gradtape mnist --tensorboard`, its files read by Python's standard library alone: framing, checksums, and the messages
# of the format. Ends with status 77 without Python.
# shellcheck source=tests/tools/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"
command -v python3 >/dev/null || exit 77

cat >"$work/read.py" <<'PYTHON'
import struct, sys

def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff

def masked(data):
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + 0xa282ead8) & 0xffffffff

def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7f) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at

def fields(data):
    found, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 2:
            size, at = varint(data, at)
            assert at + size <= len(data)
            value, at = data[at:at + size], at + size
        else:
            kind = {1: '<d', 5: '<f'}[key & 7]
            value, at = struct.unpack_from(kind, data, at)[0], at + struct.calcsize(kind)
        found[key >> 3] = value
    return found

for path in sys.argv[1:]:
    data, at = open(path, 'rb').read(), 0
    while at < len(data):
        size, = struct.unpack_from('<Q', data, at)
        record = data[at + 12:at + 12 + size]
        sums = struct.unpack_from('<I', data, at + 8) + struct.unpack_from('<I', data, at + 12 + size)
        assert sums == (masked(data[at:at + 8]), masked(record)), 'a checksum is wrong'
        at += 16 + size
        event = fields(record)
        step = event.get(2, 0)
        if 3 in event:
            print('version', event[3].decode())
        if 7 in event:
            print('session', fields(event[7])[1], 'from', step)
        if 5 in event:
            value = fields(fields(event[5])[1])
            tag = value[1].decode()
            if 2 in value:
                print('scalar', tag, step, '%.4f' % value[2])
            else:
                image = fields(value[4])
                assert image[4][:8] == b'\x89PNG\r\n\x1a\n'
                assert struct.unpack_from('>II', image[4], 16) == (image[2], image[1])
                print('image', tag, step, 'of', image[3], 'channels')
PYTHON

# read_events FOLDER: the events of its files, in the order of their names, as lines in $work/out.
read_events() { python3 "$work/read.py" "$1"/events.out.tfevents.* >"$work/out" 2>"$work/err" || fail "cannot be read"; }

unpack_digits
small=(mnist --data "$digits" --model simple --train-size 300 --test-size 100 --validation-split 0.2)

test=mnist_writes_scalars_and_pictures
try "${small[@]}" --epochs 2 --log "$work/log.csv" --tensorboard "$work/new/run"
expect_status 0
pictures=yes
! grep -q "^TensorBoard gets no pictures" "$work/out" || pictures=no
read_events "$work/new/run"
[ "$(head -1 "$work/out")" = "version brain.Event:2" ] || fail "no version first"
expect_out "^scalar learning_rate 1 0.0200$"
expect_out "^scalar learning_rate 2 0.0200$"
[ "$pictures" = no ] || expect_out "^image dense/kernel 2 of 3 channels$"
python3 - "$work/log.csv" "$work/out" <<'PYTHON' || fail "other values than the log"
import csv, sys
scalars = {tuple(line.split()[1:3]): line.split()[3] for line in open(sys.argv[2]) if line.startswith('scalar')}
rows = list(csv.DictReader(open(sys.argv[1])))
assert len(rows) == 2 and set(rows[0]) == {'epoch', 'loss', 'accuracy', 'val_loss', 'val_accuracy'}
for row in rows:
    for name in set(row) - {'epoch'}:
        assert abs(float(scalars[name, row['epoch']]) - float(row[name])) < 1e-4, name
PYTHON
[ "$(find "$work/new/run" -type f | wc -l)" -eq 1 ] || fail "left other files"

test=a_run_that_goes_on_says_from_where
try "${small[@]}" --epochs 1 --checkpoint "$work/run.ckpt" --tensorboard "$work/run"
if ! grep -q jansson "$work/err"; then
    expect_status 0
    try "${small[@]}" --epochs 2 --resume "$work/run.ckpt" --tensorboard "$work/run"
    expect_status 0
    read_events "$work/run"
    expect_out "^session 1 from 2$"
    [ "$(grep -c "^scalar loss " "$work/out")" -eq 2 ] || fail "not one loss an epoch"
    [ "$(grep -c "^version" "$work/out")" -eq 2 ] || fail "not two files"
fi

test=a_folder_that_cannot_be_made_is_reported
touch "$work/file"
try "${small[@]}" --epochs 1 --tensorboard "$work/file/run"
expect_status 1
expect_one_line_of_err
expect_err "gradtape mnist: $work/file/run: Not a directory"

echo "all passed"
