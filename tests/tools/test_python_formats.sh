#!/usr/bin/env bash
# What is written as NPY, NPZ, safetensors, HDF5 and CSV, read by Python: by NumPy, h5py, and by safetensors or, where that
# package is missing, by its format; and what NumPy and h5py write, read here. Ends with status 77 without NumPy, or in a
# build without libzip or jansson; HDF5 is left out without h5py or libhdf5.
set -euo pipefail

build=${TEST_BUILD:?the build folder}
flags=${TEST_FLAGS-} # sanitizers of the build under test
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Debian's packages are for Debian's Python.
find_python() {
    for python in "${PYTHON:-python3}" /usr/bin/python3; do
        ! "$python" -c "import $1" 2>/dev/null || return 0
    done
    return 1
}
find_python "numpy, h5py" || find_python numpy || exit 77

cat >"$work/write.c" <<'END'
#include <gradtape/gradtape.h>
#include <stdio.h>

/* Entry i of a tensor with this number is 100 number + i. */
static gt_tensor *make(gt_dtype dtype, int rank, int number)
{
    const int64_t dim[] = {2, 3, 1, 2, 1, 2, 1, 2};
    gt_tensor *tensor = gt_tensor_new(dtype, gt_shape_of(rank, dim));
    void *values = gt_tensor_data_write(tensor);
    for (int64_t i = 0; i < gt_tensor_size(tensor); i++) {
        const int64_t value = 100 * number + i;
        if (dtype == GT_FLOAT32)
            ((float *)values)[i] = (float)value;
        else if (dtype == GT_FLOAT64)
            ((double *)values)[i] = (double)value;
        else if (dtype == GT_INT32)
            ((int32_t *)values)[i] = (int32_t)value;
        else
            ((uint8_t *)values)[i] = (uint8_t)value;
    }
    return tensor;
}

static gt_status write_all(gt_archive *archive)
{
    gt_status status = GT_OK;
    for (int number = 0; status == GT_OK && number < 36; number++) {
        char name[32], file[32];
        snprintf(name, sizeof name, "blocks.%d/\303\244", number);
        snprintf(file, sizeof file, "%d.npy", number);
        gt_tensor *tensor = make((gt_dtype)(number % 4), number / 4, number);
        status = gt_archive_add(archive, name, tensor);
        if (status == GT_OK)
            status = gt_npy_write(tensor, file);
        gt_tensor_free(tensor);
    }
    if (status == GT_OK)
        status = gt_npz_write(archive, "stored.npz", false);
    if (status == GT_OK)
        status = gt_npz_write(archive, "packed.npz", true);
    gt_archive_set_text(archive, "schl\303\274ssel", "a \"b\"\n");
    if (status == GT_OK)
        status = gt_archive_write(archive, "all.safetensors");
    gt_archive_set_text(archive, "blocks.3/unit", "m");
    const gt_status hdf5 = status == GT_OK ? gt_hdf5_write(archive, "all.h5") : GT_ERR_UNSUPPORTED;
    return hdf5 == GT_ERR_UNSUPPORTED ? status : hdf5;
}

/* Numbers whose digits do not come out even. */
static gt_status write_tables(void)
{
    gt_tensor *real = gt_tensor_new(GT_FLOAT64, GT_SHAPE(50, 4)), *single = gt_tensor_new(GT_FLOAT32, GT_SHAPE(50, 4));
    double *doubles = gt_tensor_data_write(real);
    float *floats = gt_tensor_data_write(single);
    for (int i = 0; i < 200; i++) {
        doubles[i] = (i - 100) / 7.0 * (i % 3 ? 1 : 1e-300);
        floats[i] = (float)((i - 100) / 7.0);
    }
    gt_status status = gt_csv_write(real, "double.csv", NULL);
    if (status == GT_OK)
        status = gt_csv_write(single, "single.csv", &(gt_csv_options){.separator = ';'});
    gt_tensor_free(real);
    gt_tensor_free(single);
    return status;
}

int main(void)
{
    gt_archive *archive = gt_archive_new(), *nothing = gt_archive_new();
    gt_status status = write_all(archive);
    if (status == GT_OK)
        status = write_tables();
    if (status == GT_OK)
        status = gt_npz_write(nothing, "nothing.npz", false);
    if (status == GT_OK)
        status = gt_archive_write(nothing, "nothing.safetensors");
    gt_archive_free(archive);
    gt_archive_free(nothing);
    if (status != GT_OK)
        fprintf(stderr, "%s\n", gt_last_error());
    return status == GT_ERR_UNSUPPORTED ? 77 : status != GT_OK;
}
END
# shellcheck disable=SC2046,SC2086 # flags are words
"${CC:-cc}" -std=c11 -Wall -Werror $flags -I"$build/include" "$work/write.c" "$build/libgradtape.a" \
    $(sed -n 's/^Libs.private: //p' "$build/gradtape.pc") -o "$work/write"
cd "$work"
./write

cat >write.py <<'END'
import numpy as np

kinds = [np.dtype(kind) for kind in ("<f2", "<f4", ">f8", "<i1", ">i2", "<i4", ">i8", "<u1", "<u2", "<u8", "?")]
numbers = np.arange(24).reshape(2, 3, 4) % 5
arrays = {f"group/{i}": (numbers - (kind.kind in "fi")).astype(kind) for i, kind in enumerate(kinds)}
np.savez("theirs.npz", **{name.replace("/", "."): array for name, array in arrays.items()})
np.savetxt("theirs.csv", np.arange(12).reshape(4, 3) / 7, delimiter=",", header="a,b,c", comments="")
try:
    import h5py

    with h5py.File("theirs.h5", "w") as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array, compression="gzip" if array.itemsize == 8 else None)
        file.attrs["keras_version"] = "3.15"
except ImportError:
    print("without Python's h5py")
END
PYTHONUTF8=1 "$python" write.py
"${GRADTAPE:?}" convert theirs.csv theirs_csv.npy
"$GRADTAPE" convert theirs.npz theirs_npz.npz
if [ -e theirs.h5 ] && [ -e all.h5 ]; then
    "$GRADTAPE" convert theirs.h5 theirs_h5.npz 2>dropped
    grep -q "dropped: the text 'keras_version'" dropped
fi

cat >read.py <<'END'
import json
import os
import struct

import numpy as np


def read_safetensors(path):
    """Tensors and texts: https://github.com/huggingface/safetensors#format"""
    content = open(path, "rb").read()
    (length,) = struct.unpack("<Q", content[:8])
    header, data = json.loads(content[8 : 8 + length]), content[8 + length :]
    dtypes = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "U8": "|u1"}
    texts = header.pop("__metadata__", None)
    tensors = {}
    for name, tensor in header.items():
        begin, end = tensor["data_offsets"]
        tensors[name] = np.frombuffer(data[begin:end], dtypes[tensor["dtype"]]).reshape(tensor["shape"])
    return tensors, texts


def read_by_package(path):
    import safetensors.numpy

    with safetensors.safe_open(path, "np") as file:
        return safetensors.numpy.load_file(path), file.metadata()


def check(tensors):
    assert len(tensors) == 36, len(tensors)
    for number in range(36):
        array = tensors[f"blocks.{number}/ä"]
        shape = (2, 3, 1, 2, 1, 2, 1, 2)[: number // 4]
        dtype = ["<f4", "<f8", "<i4", "|u1"][number % 4]
        assert array.dtype.str == dtype and array.shape == shape, (number, array.dtype, array.shape)
        expected = (100 * number + np.arange(int(np.prod(shape)))).astype(dtype).reshape(shape)
        assert (array == expected).all(), (number, array)


readers = [read_safetensors]
try:
    import safetensors.numpy

    readers.append(read_by_package)
except ImportError:
    print("without Python's safetensors")

check({f"blocks.{number}/ä": np.load(f"{number}.npy") for number in range(36)})
for name in "stored.npz", "packed.npz":
    with np.load(name) as archive:
        check(dict(archive))
with np.load("nothing.npz") as archive:
    assert archive.files == []
for read in readers:
    tensors, texts = read("all.safetensors")
    check(tensors)
    assert texts == {"schlüssel": 'a "b"\n'}, texts
    assert read("nothing.safetensors")[0] == {}


def check_same(theirs, ours):
    """Of other types, ours are wider or narrower, with the same values."""
    assert sorted(theirs) == sorted(ours), (sorted(theirs), sorted(ours))
    for name in theirs:
        assert theirs[name].shape == ours[name].shape and (theirs[name] == ours[name]).all(), name


tables = np.arange(-100, 100) / 7
tables[::3] *= 1e-300
assert (np.loadtxt("double.csv", delimiter=",") == tables.reshape(50, 4)).all()
single = np.loadtxt("single.csv", delimiter=";", dtype="<f4")
assert (single == (np.arange(-100, 100) / 7).astype("<f4").reshape(50, 4)).all()
assert (np.load("theirs_csv.npy") == np.arange(12).reshape(4, 3) / 7).all()
check_same(dict(np.load("theirs.npz")), dict(np.load("theirs_npz.npz")))

if os.path.exists("theirs.h5") and os.path.exists("all.h5"):
    import h5py

    with h5py.File("all.h5") as file:
        check({f"blocks.{number}/ä": file[f"blocks.{number}/ä"][()] for number in range(36)})
        assert dict(file.attrs) == {"schlüssel": 'a "b"\n'}, dict(file.attrs)
        assert file["blocks.3"].attrs["unit"] == "m"
    with h5py.File("theirs.h5") as file:
        check_same({f"group/{i}": file[f"group/{i}"][()] for i in range(11)}, dict(np.load("theirs_h5.npz")))
else:
    print("without HDF5")
END
PYTHONUTF8=1 "$python" read.py
echo "all passed"
