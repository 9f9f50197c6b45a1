#!/usr/bin/env python3
"""Writes the files in this folder by NumPy, safetensors and h5py, and manifest.tsv: what their readers say is in them.

usage: make_archive_cases.py [FOLDER]      (default: the folder of this script)

A row of the manifest is one tensor or one text: file, name, dtype as gradtape has it ("text" for a text), shape as
"2x3" ("-" for a scalar or a text), and the values, as C's strtod reads them exactly, or the text.
"""
import io
import json
import pathlib
import struct
import sys
import warnings
import zipfile

import h5py
import ml_dtypes
import numpy as np
import safetensors.numpy

VALUES = {
    "f": [-1.5, 0.0, 0.25, 2.0, -0.0, 100.0],
    "i": [-2, -1, 0, 1, 2, 127],
    "u": [0, 1, 2, 3, 100, 200],
    "b": [1, 0, 1, 1, 0, 0],
}
# Zeros, the smallest and largest subnormal and normal numbers, infinities, 1 and its neighbours, a NaN.
HALF_BITS = [0x0000, 0x8000, 0x0001, 0x8001, 0x03FF, 0x0400, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x3C00, 0x3C01, 0x3BFF, 0x7E01]
BFLOAT_BITS = [0x0000, 0x8000, 0x0001, 0x8001, 0x007F, 0x0080, 0x7F7F, 0xFF7F, 0x7F80, 0xFF80, 0x3F80, 0x3F81, 0x3F7F, 0x7FC1]
AXES = (2, 3, 1, 2, 1, 2, 1, 2)
NAMES = ["weight", "blocks.0/ä", "数", "q'uo\"te", ""]


def dtype_of(array):
    if array.dtype.name == "bfloat16" or array.dtype.kind == "f":
        return "float64" if array.dtype.itemsize == 8 else "float32"
    return "uint8" if array.dtype.kind == "b" or array.dtype.str[1:] == "u1" else "int32"


def text_of(value):
    return str(int(value)) if np.asarray(value).dtype.kind in "biu" else float(value).hex()


class Cases:
    def __init__(self, folder):
        self.folder = folder
        self.rows = []

    def note(self, file, name, array):
        shape = "x".join(str(size) for size in array.shape) or "-"
        self.rows.append((file, name, dtype_of(array), shape, " ".join(text_of(value) for value in array.flat)))

    def npy(self, name, array, version=(1, 0)):
        with open(self.folder / name, "wb") as file:
            np.lib.format.write_array(file, array, version=version)
        self.note(name, "", np.load(self.folder / name))

    def npz(self, name, arrays, save=np.savez):
        save(self.folder / name, **arrays)
        with np.load(self.folder / name) as read:
            for key in read.files:
                self.note(name, key, read[key])

    def safetensors(self, name, arrays, texts=None):
        safetensors.numpy.save_file(arrays, self.folder / name, metadata=texts)
        read = safetensors.numpy.load_file(self.folder / name)
        length = struct.unpack("<Q", (self.folder / name).read_bytes()[:8])[0]
        header = json.loads((self.folder / name).read_bytes()[8 : 8 + length])
        header.pop("__metadata__", None)
        for key in sorted(header, key=lambda key: header[key]["data_offsets"]):
            self.note(name, key, read[key])
        for key, text in (texts or {}).items():
            self.rows.append((name, key, "text", "-", text))


    def hdf5(self, name, fill, **options):
        with h5py.File(self.folder / name, "w", **options) as file:
            fill(file)
            self.note_group(name, "", file)

    def note_texts(self, file, path, owner):
        """Not the lists, which a row does not hold."""
        for key, value in sorted(owner.attrs.items()):
            if isinstance(value, (str, bytes)):
                self.rows.append((file, path + key, "text", "-", value if isinstance(value, str) else value.decode()))

    def note_group(self, file, path, group):
        """Depth first, in the order of the names; links that are soft or lead out of the file are passed over."""
        self.note_texts(file, path, group)
        for key in sorted(group):
            if not isinstance(group.get(key, getlink=True), h5py.HardLink):
                continue
            if isinstance(group[key], h5py.Group):
                self.note_group(file, path + key + "/", group[key])
            elif isinstance(group[key], h5py.Dataset):
                self.note(file, path + key, group[key][()])
                self.note_texts(file, path + key + "/", group[key])


def of_every_kind():
    kinds = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]
    arrays = {kind: np.array(VALUES[kind[0]]).astype(kind).reshape(2, 3) for kind in kinds}
    for kind, array in arrays.items():
        if kind[0] in "iu" and array.dtype.itemsize > 1:
            array[1, 2] = 258  # bytes that differ
    return arrays


def write_npy(cases):
    for kind, array in of_every_kind().items():
        cases.npy(f"little_{kind}.npy", array.astype("<" + kind))
        if array.dtype.itemsize > 1:
            cases.npy(f"big_{kind}.npy", array.astype(">" + kind))
    for rank in range(len(AXES) + 1):
        array = np.arange(int(np.prod(AXES[:rank]))).astype("u1").reshape(AXES[:rank])
        cases.npy(f"rank_{rank}.npy", array)
        if rank > 1:
            cases.npy(f"fortran_{rank}.npy", np.asfortranarray(array.astype("<i2")))
    cases.npy("empty.npy", np.zeros((2, 0, 3), "<f4"))
    cases.npy("empty_fortran.npy", np.asfortranarray(np.zeros((2, 0, 3), ">f8")))
    cases.npy("half.npy", np.array(HALF_BITS, "<u2").view("<f2"))
    cases.npy("version_2.npy", np.arange(3, dtype="<f4"), version=(2, 0))
    cases.npy("version_3.npy", np.arange(3, dtype="<f4"), version=(3, 0))


def write_refused(folder):
    """Valid files of what tensors cannot hold: each is refused, in tests/models/test_npy.c by name."""
    refused = {
        "structured": np.zeros(2, [("a", "<f4"), ("b", "<i4")]),
        "object": np.array([None, {}], object),
        "complex": np.zeros(2, "<c8"),
        "text": np.array(["ab", "c"]),
        "time": np.array(["2000-01-01"], "M8[D]"),
        "long": np.array([0, 2**31], "<i8"),
        "long_negative": np.array([-(2**31) - 1], ">i8"),
        "unsigned": np.array([1, 2, 2**64 - 1], "<u8"),
    }
    for name, array in refused.items():
        with open(folder / f"refused_{name}.npy", "wb") as file:
            np.lib.format.write_array(file, array)


def write_npz(cases):
    arrays = of_every_kind()
    cases.npz("stored.npz", {name: arrays[kind] for name, kind in zip(NAMES[:4], ["f4", "i8", "u1", "f8"])})
    cases.npz("packed.npz", {"ones": np.ones((40, 3), "<f4"), "scalar": np.float64(0.1)},
              save=np.savez_compressed)
    cases.npz("nothing.npz", {})


def packed(members, kind=zipfile.ZIP_DEFLATED):
    """A zip archive of these members, (name, bytes) each, as changeable bytes."""
    archive = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(archive, "w", kind) as file:
        warnings.simplefilter("ignore")  # of two members of one name
        for name, content in members:
            file.writestr(zipfile.ZipInfo(name), content, kind)
    return bytearray(archive.getvalue())


def header_of(count):
    """What an NPY file of so many bytes begins with."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (count,)})
    return header.getvalue()


def patch(archive, offset, layout, value):
    """Sets a field of a one-member archive in both of its headers; `offset` counts in the local one."""
    struct.pack_into(layout, archive, offset, value)
    struct.pack_into(layout, archive, archive.rindex(b"PK\1\2") + offset + 2, value)
    return archive


def write_refused_npz(folder):
    """Archives that lie, or hold what is no array; tests/models/test_npz.c says what is wrong with each."""
    four = header_of(4) + b"\1\2\3\4"
    much = header_of(4) + bytes(100000)
    stored = packed([("a.npy", four)], zipfile.ZIP_STORED)
    refused = {
        "member": packed([("a.npy", four), ("notes.txt", b"?")]),
        "twice": packed([("a.npy", four), ("b.npy", four), ("a.npy", four)]),
        "bzip2": packed([("a.npy", four)], zipfile.ZIP_BZIP2),
        "encrypted": patch(packed([("a.npy", four)]), 6, "<H", 1),
        "no_array": packed([("a.npy", b"text")]),
        "empty_member": packed([("a.npy", b"")]),
        "checksum": patch(packed([("a.npy", four)]), 14, "<L", 1),
        "changed": stored.replace(b"\1\2\3\4", b"\1\2\3\5"),
        "longer": packed([("a.npy", much)]),
        "lying": patch(packed([("a.npy", much)]), 22, "<L", len(four)),
        "shorter": patch(packed([("a.npy", header_of(999) + b"\1\2\3\4")]), 22, "<L", 999 + 128),
        "bomb": patch(packed([("a.npy", header_of(2**31))]), 22, "<L", 2**31 + 128),
    }
    for name, archive in refused.items():
        (folder / f"refused_{name}.npz").write_bytes(archive)


def write_safetensors(cases):
    bfloat = np.array(BFLOAT_BITS, "<u2").view(ml_dtypes.bfloat16)
    cases.safetensors("kinds.safetensors", dict(of_every_kind(), bf2=bfloat))
    shapes = {f"rank {rank}": np.arange(int(np.prod(AXES[:rank]))).astype("<f4").reshape(AXES[:rank]) for rank in range(9)}
    cases.safetensors("ranks.safetensors", shapes)
    names = {name: np.array([place], "<i4") for place, name in enumerate(NAMES)}
    cases.safetensors("texts.safetensors", names, {"format": "np", "schlüssel": "wert \"ü\" 数"})
    cases.safetensors("nothing.safetensors", {})
    cases.safetensors("empty.safetensors", {"a": np.zeros((0, 3), "<f4"), "b": np.zeros((2,), "<f4"), "c": np.zeros((2, 0))})


# With checksums, and yet what libhdf5 1.10 reads.
NEWER = ("v110", "v110")


def fill_kinds(file):
    for kind, array in of_every_kind().items():
        file[f"little/{kind}"] = array.astype("<" + kind)
        if array.dtype.itemsize > 1:
            file[f"big/{kind}"] = array.astype(">" + kind)
    file["half"] = np.array(HALF_BITS, "<u2").view("<f2")


def fill_shapes(file):
    for rank in range(len(AXES) + 1):
        file[f"ranks/{rank}"] = np.arange(int(np.prod(AXES[:rank]))).astype("<f4").reshape(AXES[:rank])
    file["empty"] = np.zeros((2, 0, 3), "<f4")
    file.create_dataset("never written", (3, 4), "<f8", fillvalue=2.5)
    file.create_dataset("grown", data=np.arange(7, dtype="<i2"), chunks=(3,), maxshape=(None,))
    file["blocks.0/ä"] = np.array([1], "u1")
    file["a soft link"] = h5py.SoftLink("/empty")
    file["a link to itself"] = h5py.SoftLink("/a link to itself")
    file["another file"] = h5py.ExternalLink("elsewhere.h5", "/secret")
    file["a type"] = np.dtype("<f4")
    file["the same again"] = file["empty"]


def fill_packed(file):
    file.create_dataset("ones", data=np.ones((40, 3), "<f4"), compression="gzip", shuffle=True, fletcher32=True)
    file.create_dataset("chunks", data=np.arange(24, dtype="<f8").reshape(4, 6), chunks=(3, 4), compression="gzip")


def fill_texts(file):
    file.attrs["keras_version"] = "2.15.0"
    file.attrs["fixed"] = np.bytes_(b"of a fixed length")
    group = file.create_group("dense/inner")
    group.attrs["weight_names"] = [b"dense/kernel:0", b"dense/bias:0"]
    group.attrs.create("variable", ["wert", "ü 数"], dtype=h5py.string_dtype())
    group.create_dataset("kernel:0", data=np.array([1.5], "<f4")).attrs["unit"] = "m"


def write_hdf5(cases):
    cases.hdf5("kinds.h5", fill_kinds)
    cases.hdf5("shapes.h5", fill_shapes)
    cases.hdf5("packed.h5", fill_packed)
    cases.hdf5("texts.h5", fill_texts)
    cases.hdf5("block.h5", lambda file: file.create_dataset("a", data=[1, 2]), userblock_size=1024)
    cases.hdf5("latest.h5", fill_texts, libver=NEWER)
    cases.hdf5("small.h5", lambda file: file.create_dataset("a", data=np.array([1, 2], "<f4")), libver=NEWER)
    cases.hdf5("nothing.h5", lambda file: None)


def nest(group, depth):
    for _ in range(depth):
        group = group.create_group("g")


def share(file):
    """Two ways from each of 25 groups to the next: 2**25 to the last."""
    groups = [file] + [file.create_group(f"g{i:02}") for i in range(25)]
    for here, there in zip(groups, groups[1:]):
        here["a"], here["b"] = there, there


def point_elsewhere(file):
    layout = h5py.VirtualLayout((4,), "<f4")
    layout[:] = h5py.VirtualSource("elsewhere.h5", "secret", (4,))
    file.create_virtual_dataset("a", layout)


def write_refused_hdf5(folder):
    """Valid files that are refused; tests/models/test_hdf5.c says why."""
    refused = {
        "text": lambda file: file.create_dataset("a", data="text"),
        "complex": lambda file: file.create_dataset("a", data=np.zeros(2, "<c8")),
        "long": lambda file: file.create_dataset("a", data=np.array([0, 2**31], "<i8")),
        "null": lambda file: file.create_dataset("a", data=h5py.Empty("<f4")),
        "axes": lambda file: file.create_dataset("a", data=np.zeros((1,) * 9, "<f4")),
        "lzf": lambda file: file.create_dataset("a", data=np.zeros(9, "<f4"), compression="lzf"),
        "scaled": lambda file: file.create_dataset("a", data=np.zeros(9, "<i4"), scaleoffset=2),
        "external": lambda file: file.create_dataset("a", (4,), "<f4", external="elsewhere.raw"),
        "virtual": point_elsewhere,
        "promise": lambda file: file.create_dataset("a", (2**20, 2**10), "<f4", chunks=(64, 64)),
        "chunk": lambda file: file.create_dataset("a", (2,), "<f4", chunks=(2**28,), maxshape=(None,)),
        "overflow": lambda file: file.create_dataset("a", (2**40, 2**40), "<f4", chunks=(64, 64)),
        "deep": lambda file: nest(file, 70),
        "loop": lambda file: file.create_group("g").__setitem__("g", file["/"]),
        "shared": share,
    }
    for name, fill in refused.items():
        with h5py.File(folder / f"refused_{name}.h5", "w", libver=NEWER) as file:
            fill(file)


def hdf5_bytes(fill):
    """A file in the oldest format, which has no checksums, to be changed."""
    image = io.BytesIO()
    with h5py.File(image, "w") as file:
        fill(file)
    return image.getvalue()


def fill_path(file):
    file["ext"] = h5py.ExternalLink("elsewhere.h5", "/")
    file.create_dataset("extXa", data=np.zeros(2, "<f4"))


def change(content, before, after):
    assert content.count(before) == 1, (content.count(before), before)
    return content.replace(before, after)


def fill_shared_texts(file):
    for name in ("first", "second"):
        file.attrs.create(name, ["x" * 2000] + [""] * 1010, dtype=h5py.string_dtype())


def share_texts(content):
    """Every text of a list becomes its first: each refers to it by its length, where a heap is, and its place there."""
    content, begin, found = bytearray(content), struct.pack("<L", 2000), 0
    at = content.find(begin)
    while at >= 0:
        if content[at + 4 : at + 12] == content[at + 20 : at + 28]:  # the next text's heap
            content[at + 16 : at + 16 * 1011] = content[at : at + 16] * 1010
            found += 1
            at += 16 * 1010
        at = content.find(begin, at + 1)
    assert found == 2, found
    return content


def write_changed_hdf5(folder):
    """What libhdf5 itself follows out of a file: a hard link whose name leads through an external one, and external
    values behind a layout that says that they are in its own header (version 3, class 1 at no address; then class 0)."""
    path = change(hdf5_bytes(fill_path), b"extXa", b"ext/a")
    external = hdf5_bytes(lambda file: file.create_dataset("a", (4,), "<f4", external="elsewhere.raw"))
    compact = change(external, b"\3\1" + b"\xff" * 8, b"\3\0" + struct.pack("<H", 0) + b"\xff" * 6)
    (folder / "refused_path.h5").write_bytes(path)
    (folder / "refused_compact.h5").write_bytes(compact)
    (folder / "shared_texts.h5").write_bytes(share_texts(hdf5_bytes(fill_shared_texts)))
    with h5py.File(folder / "one_chunk.h5", "w", libver=NEWER) as file:
        file.create_dataset("zeros", data=np.zeros(2**22, "u1"), chunks=(2**22,), compression="gzip")


def fill_mixed(file):
    file["x"] = np.array([1, 2], "<f4")
    file["names"] = ["one", "two"]
    file["time"] = np.array([2**31], "<i8")
    file["long"] = np.array([1, 2], "<i8")
    file["a link"] = h5py.SoftLink("/x")
    file.create_group("empty")
    file["x"].attrs["scale"] = 0.5


def write_mixed(folder):
    """One array that can be read, "x", beside what cannot: tests/models/test_archive.c tells them apart."""
    one = np.array([1, 2], "<f4")
    np.savez(folder / "mixed.npz", x=one, names=np.array(["one"]), time=np.array([2**31]), long=np.array([1, 2]))
    with h5py.File(folder / "mixed.h5", "w", libver=NEWER) as file:
        fill_mixed(file)
    header = json.dumps({
        "x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
        "eight": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [8, 12]},
        "time": {"dtype": "I64", "shape": [1], "data_offsets": [12, 20]},
        "long": {"dtype": "I64", "shape": [2], "data_offsets": [20, 36]},
    }).encode()
    content = one.tobytes() + bytes(4) + np.array([2**31, 1, 2], "<i8").tobytes()
    (folder / "mixed.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + content)


def main():
    cases = Cases(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent))
    write_npy(cases)
    write_refused(cases.folder)
    write_npz(cases)
    write_refused_npz(cases.folder)
    write_safetensors(cases)
    write_hdf5(cases)
    write_refused_hdf5(cases.folder)
    write_changed_hdf5(cases.folder)
    write_mixed(cases.folder)
    with open(cases.folder / "manifest.tsv", "w", encoding="utf-8") as manifest:
        manifest.write("file\tname\tdtype\tshape\tvalues\n")
        for row in cases.rows:
            manifest.write("\t".join(row) + "\n")


if __name__ == "__main__":
    main()
