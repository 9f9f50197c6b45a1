#!/usr/bin/env bash
# The pictures that `gradtape mnist` and `gradtape plot` draw, read by Python: PNG by its format, SVG as XML. Ends with
# status 77 without Python.
# shellcheck source=tests/tools/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/program.sh"

command -v python3 >/dev/null || exit 77
unpack_digits
small=(--data "$digits" --epochs 2 --train-size 300 --test-size 100 --quiet)

cat >"$work/pictures.py" <<'END'
import struct
import sys
import xml.etree.ElementTree as ElementTree
import zlib


def read_png(path):
    """Rows of (r, g, b): https://www.w3.org/TR/png-3/, colours of 8 bits without interlacing."""
    content = open(path, "rb").read()
    assert content[:8] == b"\x89PNG\r\n\x1a\n", content[:8]
    at, data = 8, b""
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        kind, chunk = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        assert struct.unpack(">I", content[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + chunk)
        if kind == b"IHDR":
            width, height, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", chunk)
            assert (depth, interlaced) == (8, 0) and colours in (2, 6), (depth, colours, interlaced)
        data += chunk if kind == b"IDAT" else b""
        at += 12 + length
    samples = 3 if colours == 2 else 4
    return unfilter(zlib.decompress(data), width, height, samples)


def unfilter(raw, width, height, samples):
    stride, rows = width * samples, []
    before = bytearray(stride)
    for y in range(height):
        kind, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1 : (y + 1) * (stride + 1)])
        for i in range(stride):
            a = line[i - samples] if i >= samples else 0
            b = before[i]
            c = before[i - samples] if i >= samples else 0
            nearest = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
            line[i] = (line[i] + (0, a, b, (a + b) // 2, nearest)[kind]) & 255
        rows.append([tuple(line[x : x + 3]) for x in range(0, stride, samples)])
        before = line
    assert len(raw) == height * (stride + 1)
    return rows


def read_texts(path):
    """The lines of an SVG's description."""
    root = ElementTree.parse(path).getroot()
    svg = "{http://www.w3.org/2000/svg}"
    assert root.tag == svg + "svg" and root.get("width").endswith("px"), root.attrib
    return root.find(svg + "desc").text.strip().split("\n")


def read_idx(path, header):
    return open(path, "rb").read()[header:]


sys.dont_write_bytecode = True
END
try_python() {
    (cd "$work" && PYTHONPATH=$work PYTHONUTF8=1 python3 -B - "$digits") >"$work/out" 2>"$work/err" ||
        fail "the pictures are not right"
}

test=a_build_without_cairo_says_so_before_it_trains
try mnist "${small[@]}" --plot "$work/out.png"
if grep -q cairo "$work/err"; then
    expect_status 1
    expect_one_line_of_err
    expect_err "out.png: this build has no cairo, which draws (Debian: libcairo2-dev)"
    echo "epoch,loss" >"$work/log.csv"
    try plot "$work/log.csv"
    expect_status 1
    expect_err "no cairo"
    echo "all passed, without cairo"
    exit 0
fi

# ---- mnist ----------------------------------------------------------------------------------------------------------------
test=mnist_draws_pictures_of_the_size_they_say
expect_status 0
expect_no_err
for part in curves right wrong confusion; do
    [ -f "$work/out-$part.png" ] || fail "no picture of $part"
done
[ ! -e "$work/out-filters.png" ] || fail "filters of a model without a convolution"
try_python <<'END'
from pictures import *

for part in "curves", "right", "wrong", "confusion":
    rows = read_png(f"out-{part}.png")
    assert 200 < len(rows[0]) < 1000 and 100 < len(rows) < 1000, (part, len(rows[0]), len(rows))
    colours = {colour for row in rows for colour in row}
    assert len(colours) > 20, part
    edges = {rows[0][0], rows[-1][-1], *rows[0], *rows[-1], *(row[0] for row in rows), *(row[-1] for row in rows)}
    assert edges == {(255, 255, 255)}, part  # nothing is cut off
END

test=digits_stand_upright_as_the_file_has_them
try_python <<'END'
from pictures import *

rows = read_png("out-right.png")
frame = (0xB0, 0xB0, 0xB0)
top = next(y for y, row in enumerate(rows) if row.count(frame) > 100)
left = rows[top].index(frame)
right = next(x for x in range(left, len(rows[top])) if rows[top][x] != frame) - 1
scale, rest = divmod(right - left - 1, 28)
assert rest == 0 and scale >= 2, (left, right)
drawn = bytes(rows[top + 1 + scale * y][left + 1 + scale * x][0] for y in range(28) for x in range(28))
images = read_idx(sys.argv[1] + "/t10k-images-idx3-ubyte", 16)
assert drawn in [images[784 * i : 784 * (i + 1)] for i in range(100)], "no digit of the test data"
END

test=svg_texts_tell_what_the_test_told
try mnist "${small[@]}" --validation-split 0.1 --plot "$work/out.svg" --log "$work/log.csv"
expect_status 0
cp "$work/out" "$work/result.txt"
try_python <<'END'
from pictures import *

curves = read_texts("out-curves.svg")
assert [text for text in curves if text.isalpha()] == ["loss", "training", "validation", "epoch"] + [
    "accuracy", "training", "validation", "epoch"], curves
captions = {part: read_texts(f"out-{part}.svg") for part in ("right", "wrong")}
labels = read_idx(sys.argv[1] + "/t10k-labels-idx1-ubyte", 8)[:100]
for part, title in ("right", "Classified correctly"), ("wrong", "Misclassified"):
    assert captions[part][0] == title + ": label, prediction", captions
    pairs = [tuple(map(int, text.split(", "))) for text in captions[part][1:]]
    assert len(pairs) == 10 and all((a == b) == (part == "right") for a, b in pairs), pairs
    assert set(a for a, _ in pairs) <= set(labels)
title, prediction, label, *rest = read_texts("out-confusion.svg")
digits = [str(digit) for digit in range(10)]
assert (prediction, label, rest[:20]) == ("prediction", "label", 2 * digits)
counts = [int(text) for text in rest[20:]]
assert len(counts) == 100
for digit in range(10):
    assert sum(counts[10 * digit : 10 * digit + 10]) == labels.count(digit), digit
right = sum(counts[::11])
assert title == f"100 test digits, {right} classified correctly", title
assert f"accuracy {right}.00 %" in open("result.txt").read()
END

test=filters_of_a_convolution_and_the_graph_are_drawn
try mnist "${small[@]}" --model cnn --epochs 1 --train-size 20 --test-size 10 --batch-size 10 --plot "$work/cnn.svg" \
    --graph "$work/step.dot"
expect_status 0
try_python <<'END'
from pictures import *

assert read_texts("cnn-filters.svg") == ["Filters of the first convolution"]
END
cp "$work/step.dot" "$work/out"
expect_out '^digraph tape \{$'
expect_out 'label="images\\n\(10, 28, 28, 1\)"'
expect_out 'label="conv2d/kernel\\n\(3, 3, 1, 32\)"'
expect_out 'label="softmax_cross_entropy"'
expect_out '^}$'
! command -v dot >/dev/null || dot -Tsvg "$work/step.dot" >/dev/null 2>"$work/err" || fail "dot does not read it"

test=mnist_says_before_training_that_it_cannot_draw
for file in "$work/nowhere/out.png" "$work/out.gif"; do
    try mnist "${small[@]}" --plot "$file"
    expect_status 1
    expect_one_line_of_err
    expect_err "gradtape mnist: $file"
    [ ! -s "$work/out" ] || fail "it trained"
done
expect_err "out.gif: pictures end in .png or .svg"
try mnist "${small[@]}" --graph "$work/nowhere/step.dot"
expect_status 1
expect_err "$work/nowhere/step.dot"

# ---- plot -----------------------------------------------------------------------------------------------------------------
test=plot_draws_a_log
try plot "$work/log.csv"
expect_status 0
expect_no_err
expect_out "^picture: $work/log.png$"
cp "$work/log.csv" "$work/log"
try plot "$work/log" --output "$work/curves.svg"
expect_status 0
try_python <<'END'
from pictures import *

rows = read_png("log.png")
assert rows[0][0] == (255, 255, 255) and len(rows[0]) > 800
assert read_texts("curves.svg") == read_texts("out-curves.svg")  # of the same training
END

test=plot_escapes_what_a_log_has_for_names
printf 'epoch,<b>&\302,val_<b>&\302\n1,2,3\n' >"$work/names.csv"
try plot "$work/names.csv" --output "$work/names.svg"
expect_status 0
try_python <<'END'
from pictures import *

assert read_texts("names.svg")[:3] == ["<b>&?", "training", "validation"]
END

test=plot_names_the_line_of_a_broken_log
printf 'epoch,loss\n1,0.5\n2,zero\n' >"$work/broken.csv"
try plot "$work/broken.csv"
expect_status 1
expect_one_line_of_err
expect_err "gradtape plot: $work/broken.csv: line 3, column 2: 'zero' is no number"
[ ! -e "$work/broken.png" ] || fail "it drew a picture"

test=plot_needs_a_log_and_keeps_it
expect_usage_error "gradtape plot: which log?" plot
expect_usage_error "gradtape plot: one log at a time" plot a b
try plot "$work/nosuch.csv"
expect_status 1
expect_err "nosuch.csv: No such file or directory"
cp "$work/log.csv" "$work/mine.png"
try plot "$work/mine.png"
expect_status 1
expect_err "mine.png: the picture would replace the log"
cmp -s "$work/mine.png" "$work/log.csv" || fail "the log is gone"
try plot "$work/log.csv" --output /dev/full
expect_status 1
try plot "$work/log.csv" --output "$work/nowhere/x.svg"
expect_status 1
expect_err "$work/nowhere/x.svg"

echo "all passed"
