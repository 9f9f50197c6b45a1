#!/usr/bin/env bash
# What is written as NPY, NPZ and safetensors, read by Python: by NumPy, and by safetensors or, where that package is
# missing, by its format. Ends with status 77 without NumPy, or in a build without libzip or jansson.
set -euo pipefail

build=${TEST_BUILD:?the build folder}
flags=${TEST_FLAGS-} # sanitizers of the build under test
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Debian's package is for Debian's Python.
for python in "${PYTHON:-python3}" /usr/bin/python3 ''; do
    ! "$python" -c 'import numpy' 2>/dev/null || break
done
[ -n "$python" ] || exit 77

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
    return status == GT_OK ? gt_archive_write(archive, "all.safetensors") : status;
}

int main(void)
{
    gt_archive *archive = gt_archive_new(), *nothing = gt_archive_new();
    gt_status status = write_all(archive);
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

cat >read.py <<'END'
import json
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
END
PYTHONUTF8=1 "$python" read.py
echo "all passed"
