#!/usr/bin/env python3
"""Writes the reference cases in this folder: outputs and gradients of gradtape's ops, and steps of its optimizers,
computed in float64 by PyTorch.

usage: make_torch_cases.py [FOLDER]      (default: the folder of this script)

Images are NHWC and filters HWIO, whatever PyTorch uses inside. Inputs are multiples of 2^-10 (a few probabilities, of a
smaller power of two), hence exact in float32 too. Each case draws from a generator of its own, seeded by the op's name
and the case's number: adding a case changes no other. What PyTorch lacks or does differently (TensorFlow's SAME
padding, pooling that never counts padding, the first of several equal maxima, losses on clipped probabilities) is
written here from PyTorch's primitives.
"""
import os
import pathlib
import shutil
import sys
import zlib

os.environ["ATEN_CPU_CAPABILITY"] = "default"  # before torch is imported: the same bits on every x86-64

import numpy as np
import torch
import torch.nn.functional as F

SEED = 20240229
GRID = 1024.0
CLIP = 1e-7  # Keras' epsilon: probabilities are clipped to [CLIP, 1 - CLIP]


class Writer:
    """Collects the rows of the manifest and writes each array as FOLDER/OP/case_NN/ARRAY.npy."""

    def __init__(self, folder):
        self.folder = folder
        self.rows = []
        self.numbers = {}

    def begin(self, op):
        """The next case of an op: its number and its own random generator."""
        number = self.numbers.get(op, 0) + 1
        self.numbers[op] = number
        return np.random.RandomState((SEED + zlib.crc32(f"{op}/{number}".encode())) % 2**32)

    def write(self, op, attributes, arrays):
        case = f"case_{self.numbers[op]:02d}"
        place = self.folder / op / case
        place.mkdir(parents=True)
        for name, value in arrays.items():
            if isinstance(value, torch.Tensor):
                value = value.detach().numpy()
            assert np.isfinite(value).all(), (op, case, name)
            # order="C" copies a rank-0 array as rank 0; np.ascontiguousarray would make it rank 1. Adding 0 turns -0
            # into 0.
            np.save(place / f"{name}.npy", np.array(value + value.dtype.type(0), order="C"))
        settings = " ".join(f"{key}={value}" for key, value in attributes.items())
        self.rows.append(f"{op}\t{case}\t{settings}\t{' '.join(arrays)}")

    def finish(self):
        (self.folder / "manifest.tsv").write_text("\n".join(["op\tcase\tattributes\tarrays", *self.rows]) + "\n")


def normal(random, shape, scale=1.0):
    return np.round(random.standard_normal(shape) * scale * GRID) / GRID


def uniform(random, shape, low, high):
    return np.round(random.uniform(low, high, shape) * GRID) / GRID


def leaf(array):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def run(writer, op, random, attributes, inputs, function, constants=None, outputs=None):
    """One case: the op on `inputs` (differentiated) and `constants` (not), a random cotangent, and the gradients.

    `function` returns y, or y and a dict of further arrays to store.
    """
    leaves = {name: leaf(value) for name, value in inputs.items()}
    constants = constants or {}
    y = function(*leaves.values(), *(torch.tensor(value) for value in constants.values()))
    more = {}
    if isinstance(y, tuple):
        y, more = y
    dy = normal(random, tuple(y.shape))
    gradients = torch.autograd.grad(y, list(leaves.values()), torch.tensor(dy))
    arrays = dict(inputs)
    arrays.update(constants)
    arrays.update(dy=dy, y=y)
    arrays.update(more)
    arrays.update({f"d{name}": gradient for name, gradient in zip(leaves, gradients)})
    writer.write(op, attributes, arrays)


# ---- windows: convolution and pooling


def same(size, filter_size, stride, dilation):
    """TensorFlow's SAME: ceil(size / stride) outputs; the odd entry of padding goes after."""
    total = max((-(-size // stride) - 1) * stride + (filter_size - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def padding_of(padding, size, window, stride, dilation):
    """(top, bottom, left, right) of "valid", "same" or four numbers."""
    if padding == "valid":
        return 0, 0, 0, 0
    if padding == "same":
        return *same(size[0], window[0], stride[0], dilation[0]), *same(size[1], window[1], stride[1], dilation[1])
    return padding


def padding_attributes(padding):
    if isinstance(padding, str):
        return {"padding": padding}
    return {"padding": "explicit", **dict(zip(("top", "bottom", "left", "right"), padding))}


def pad(x, amounts, value):
    """Pads NCHW."""
    top, bottom, left, right = amounts
    return F.pad(x, (left, right, top, bottom), value=value)


def to_nchw(x):
    return x.permute(0, 3, 1, 2)


def to_nhwc(x):
    return x.permute(0, 2, 3, 1).contiguous()


def conv2d_cases(writer):
    # x (NHWC), filter (h, w, out), stride, dilation, padding, groups
    cases = [
        ((1, 5, 7, 1), (3, 3, 1), (1, 1), (1, 1), "valid", 1),
        ((2, 6, 5, 3), (3, 2, 4), (1, 1), (1, 1), "same", 1),
        ((3, 7, 4, 2), (1, 1, 3), (1, 1), (1, 1), "valid", 1),
        ((4, 5, 6, 2), (1, 1, 2), (2, 3), (1, 1), "same", 1),  # stride > filter
        ((2, 8, 7, 2), (3, 3, 3), (2, 2), (1, 1), "same", 1),
        ((1, 9, 6, 3), (5, 3, 2), (2, 1), (1, 1), "valid", 1),
        ((2, 7, 9, 1), (2, 3, 2), (1, 2), (2, 1), "valid", 1),
        ((1, 10, 8, 2), (3, 2, 2), (1, 1), (2, 3), "same", 1),
        ((2, 5, 5, 2), (3, 3, 2), (1, 1), (1, 1), (1, 0, 2, 1), 1),
        ((3, 4, 6, 3), (2, 4, 2), (3, 1), (1, 1), (0, 2, 1, 3), 1),
        ((1, 11, 10, 1), (2, 2, 3), (3, 3), (3, 2), (2, 1, 0, 4), 1),
        ((2, 3, 3, 2), (1, 1, 2), (1, 1), (1, 1), (2, 1, 0, 3), 1),  # windows that see padding only
        ((4, 3, 2, 1), (3, 2, 5), (1, 1), (1, 1), "valid", 1),  # one window
        ((1, 2, 3, 2), (5, 3, 2), (1, 1), (1, 1), "same", 1),  # filter larger than the image
        ((2, 9, 4, 2), (4, 1, 3), (3, 2), (1, 1), "same", 1),  # even filter, odd padding
        ((1, 1, 8, 2), (1, 5, 2), (1, 3), (1, 1), "same", 1),  # one row
        ((2, 8, 8, 1), (2, 2, 2), (3, 3), (1, 1), "valid", 1),  # stride > filter: entries that no window sees
        ((2, 12, 7, 2), (3, 3, 2), (2, 3), (3, 2), "same", 1),  # stride and dilation together
        ((1, 1, 1, 4), (3, 3, 3), (1, 1), (2, 2), "same", 1),
        ((2, 6, 5, 4), (3, 3, 6), (1, 1), (1, 1), "same", 2),
        ((1, 7, 6, 3), (3, 2, 3), (2, 1), (1, 2), "valid", 3),  # depthwise
        ((2, 5, 4, 4), (2, 3, 8), (1, 2), (1, 1), (1, 2, 0, 1), 4),
    ]
    for shape, (height, width, out), stride, dilation, padding, groups in cases:
        random = writer.begin("conv2d")
        amounts = padding_of(padding, shape[1:3], (height, width), stride, dilation)

        def conv2d(x, filters):
            y = F.conv2d(pad(to_nchw(x), amounts, 0.0), filters.permute(3, 2, 0, 1), None, stride, 0, dilation, groups)
            return to_nhwc(y)

        attributes = dict(stride_h=stride[0], stride_w=stride[1], dilation_h=dilation[0], dilation_w=dilation[1],
                          **padding_attributes(padding), groups=groups)
        inputs = dict(x=normal(random, shape), filter=normal(random, (height, width, shape[3] // groups, out), 0.5))
        run(writer, "conv2d", random, attributes, inputs, conv2d)


def max_pool2d(x, window, stride, amounts):
    """The first maximum of each window in row-major order: it alone gets the gradient. Padding is never chosen."""
    padded = pad(to_nchw(x), amounts, -float("inf"))
    batch, channels, height, width = padded.shape
    rows, columns = (height - window[0]) // stride[0] + 1, (width - window[1]) // stride[1] + 1
    windows = F.unfold(padded, window, stride=stride).reshape(batch, channels, window[0] * window[1], rows * columns)
    first = torch.tensor(np.argmax(windows.detach().numpy(), axis=2, keepdims=True))  # argmax returns the first
    return to_nhwc(windows.gather(2, first).reshape(batch, channels, rows, columns))


def avg_pool2d(x, window, stride, amounts):
    """The sum over each window divided by the number of its entries that are no padding."""
    ones = torch.ones_like(x, requires_grad=False)

    def total(values):
        return F.avg_pool2d(pad(to_nchw(values), amounts, 0.0), window, stride, divisor_override=1)

    return to_nhwc(total(x) / total(ones))


# x (NHWC), window, stride, padding, how x is drawn
POOL_CASES = [
    ((1, 4, 6, 1), (2, 2), (2, 2), "valid", "normal"),
    ((2, 5, 7, 3), (2, 2), (2, 2), "same", "normal"),
    ((3, 6, 5, 2), (3, 2), (1, 1), "valid", "normal"),
    ((2, 6, 5, 2), (3, 3), (1, 1), "same", "normal"),
    ((4, 7, 4, 2), (3, 4), (2, 3), "same", "normal"),
    ((1, 8, 9, 2), (2, 3), (3, 2), "valid", "normal"),
    ((2, 7, 8, 2), (1, 2), (3, 3), "same", "normal"),  # stride > window
    ((2, 5, 4, 3), (1, 1), (1, 1), "valid", "normal"),
    ((1, 9, 7, 1), (1, 1), (2, 3), "same", "normal"),
    ((2, 5, 6, 2), (3, 3), (2, 2), (1, 0, 2, 1), "normal"),
    ((3, 4, 4, 1), (4, 2), (1, 2), (3, 2, 0, 1), "normal"),
    ((1, 6, 6, 2), (4, 4), (3, 1), (2, 3, 1, 3), "negative"),  # zeros of padding would win or pull the mean
    ((2, 4, 5, 2), (3, 3), (1, 1), "same", "negative"),
    ((2, 6, 6, 2), (2, 2), (2, 2), "valid", "ties"),
    ((2, 5, 7, 1), (3, 3), (1, 2), "same", "ties"),
    ((1, 4, 4, 2), (2, 3), (1, 1), (1, 1, 2, 0), "equal"),
    ((2, 3, 4, 3), (3, 4), (1, 1), "valid", "ties"),  # one window
    ((1, 1, 7, 2), (4, 3), (1, 2), "same", "normal"),  # window larger than the image
]


def pool_input(random, shape, kind):
    if kind == "negative":
        return -5.0 - np.abs(normal(random, shape))
    if kind == "ties":
        return random.randint(-1, 2, shape).astype(np.float64)
    if kind == "equal":
        return np.full(shape, 0.75)
    return normal(random, shape)


def pool_cases(writer):
    for op, function in (("max_pool2d", max_pool2d), ("avg_pool2d", avg_pool2d)):
        for shape, window, stride, padding, kind in POOL_CASES:
            random = writer.begin(op)
            amounts = padding_of(padding, shape[1:3], window, stride, (1, 1))
            attributes = dict(window_h=window[0], window_w=window[1], stride_h=stride[0], stride_w=stride[1],
                              **padding_attributes(padding))
            run(writer, op, random, attributes, dict(x=pool_input(random, shape, kind)),
                lambda x: function(x, window, stride, amounts))


# ---- normalisation


def batch_norm_cases(writer):
    # x (last axis: channels), training, epsilon, scale, mean of x
    cases = [
        ((6, 4), 1, 1e-3, 1.0, 0.0),
        ((5, 1), 1, 1e-3, 2.0, 1.0),
        ((2, 3), 1, 1e-3, 1.0, 0.0),
        ((9, 7), 1, 1e-3, 0.02, 0.0),  # variance near epsilon
        ((8, 3), 1, 1e-5, 1.0, 1000.0),  # mean far from 0
        ((1, 4), 1, 1e-3, 1.0, 0.0),  # one row: variance 0, y = beta
        ((2, 3, 4, 3), 1, 1e-3, 1.0, 0.5),
        ((1, 5, 3, 2), 1, 1e-3, 3.0, -1.0),
        ((4, 1, 1, 5), 1, 1e-3, 1.0, 0.0),
        ((3, 2, 2, 1), 1, 1e-5, 1.0, 0.0),
        ((6, 4), 0, 1e-3, 1.0, 0.0),
        ((1, 3), 0, 1e-3, 1.0, 0.0),
        ((4, 6), 0, 1e-5, 2.0, 3.0),
        ((2, 3, 4, 3), 0, 1e-3, 1.0, 0.5),
        ((1, 4, 2, 2), 0, 1e-3, 5.0, 0.0),
        ((3, 1, 5, 1), 0, 1e-3, 1.0, -2.0),
    ]
    for shape, training, epsilon, scale, centre in cases:
        random = writer.begin("batch_norm")
        channels = shape[-1]
        axes = tuple(range(len(shape) - 1))

        def train(x, gamma, beta):
            mean = x.mean(axes)
            variance = ((x - mean) ** 2).mean(axes)  # biased: divided by n
            if x.numel() == channels:  # F.batch_norm refuses one value a channel
                y = gamma * (x - mean) / torch.sqrt(variance + epsilon) + beta
            else:
                rows = x.reshape(-1, channels)
                y = F.batch_norm(rows, None, None, gamma, beta, True, 0.0, epsilon).reshape(shape)
            return y, dict(mean=mean, variance=variance)

        def infer(x, gamma, beta, mean, variance):
            return F.batch_norm(x.reshape(-1, channels), mean, variance, gamma, beta, False, 0.0,
                                epsilon).reshape(shape)

        inputs = dict(x=normal(random, shape, scale) + centre, gamma=uniform(random, channels, 0.5, 1.5),
                      beta=normal(random, channels))
        constants = {}
        if not training:
            constants = dict(moving_mean=normal(random, channels), moving_variance=uniform(random, channels, 0.25, 2.0))
        run(writer, "batch_norm", random, dict(training=training, epsilon=epsilon), inputs,
            train if training else infer, constants)


def softmax_cases(writer):
    # x, axis, how x is drawn
    cases = [
        ((5,), 0, "normal"),
        ((1,), 0, "normal"),
        ((3, 4), 1, "normal"),
        ((3, 4), 0, "normal"),
        ((4, 1), 1, "normal"),
        ((1, 6), -1, "normal"),
        ((2, 3, 4), 2, "normal"),
        ((2, 3, 4), 1, "normal"),
        ((4, 1, 3), 1, "normal"),
        ((2, 3, 2, 4), 3, "normal"),
        ((2, 3, 2, 4), 2, "normal"),
        ((3, 2, 4, 1), -3, "normal"),
        ((3, 5), 1, "large"),
        ((2, 4, 3), 1, "large"),
        ((4,), -1, "offset"),
        ((2, 6), 1, "equal"),
        ((2, 37), 1, "normal"),  # longer than a vector register, odd tail
    ]
    for op, function in (("softmax", F.softmax), ("log_softmax", F.log_softmax)):
        for shape, axis, kind in cases:
            random = writer.begin(op)
            x = normal(random, shape)
            if kind == "large":
                x += random.choice([-1000.0, 0.0, 1000.0], shape)
            elif kind == "offset":
                x -= 1000.0
            elif kind == "equal":
                x = np.full(shape, 2.5)
            run(writer, op, random, dict(axis=axis), dict(x=x), lambda x: function(x, axis))


# ---- losses: y is a scalar, dy too


def mean_squared_error_cases(writer):
    # shape, scale, whether some predictions equal their target
    cases = [
        ((4, 3), 1.0, False), ((1, 1), 1.0, False), ((1,), 2.0, False), ((7,), 1.0, True),
        ((1, 10), 1.0, False), ((5, 1), 1.0, False), ((2, 3, 4), 1.0, False), ((3, 1, 5), 100.0, False),
        ((2, 4, 3, 2), 1.0, True), ((4, 1, 1, 1), 1.0, False), ((3, 33), 0.01, False), ((2, 5), 1000.0, True),
        ((6, 2), 1.0, True),
    ]
    for shape, scale, hits in cases:
        random = writer.begin("mean_squared_error")
        prediction, target = normal(random, shape, scale), normal(random, shape, scale)
        if hits:
            prediction.flat[::2] = target.flat[::2]
        run(writer, "mean_squared_error", random, {}, dict(prediction=prediction, target=target),
            lambda prediction, target: F.mse_loss(prediction, target))


def distribution(random, rows, classes):
    """Rows near a softmax, rounded to the grid: they sum to 1 within a rounding, and no op may rely on more."""
    weights = np.exp(random.standard_normal((rows, classes)))
    return np.maximum(np.round(weights / weights.sum(1, keepdims=True) * GRID), 1.0) / GRID


def one_hot(random, rows, classes):
    return np.eye(classes)[random.randint(0, classes, rows)]


def dense_labels(random, rows, classes, kind):
    if kind == "one_hot":
        return one_hot(random, rows, classes)
    if kind == "soft":
        return distribution(random, rows, classes)
    return normal(random, (rows, classes))  # "free": any sum, negative entries too


def categorical_crossentropy_cases(writer):
    # rows, classes, labels, whether probabilities of 0, 1 and below the clip occur
    cases = [
        (4, 3, "one_hot", False), (1, 2, "one_hot", False), (1, 10, "one_hot", False), (5, 10, "one_hot", False),
        (3, 1, "soft", False), (4, 5, "soft", False), (2, 7, "soft", False), (3, 4, "free", False),
        (4, 4, "one_hot", True), (3, 5, "soft", True), (2, 6, "free", True), (6, 2, "one_hot", True),
        (2, 37, "soft", False),
    ]
    for rows, classes, kind, extremes in cases:
        random = writer.begin("categorical_crossentropy")
        probabilities = distribution(random, rows, classes)
        if extremes:  # the last is nearly 1 (exact in float32) and not clipped; the gradient of a clipped entry is 0
            probabilities.flat[:4] = [0.0, 1.0, 2.0**-30, 1.0 - 2.0**-20]

        def loss(probabilities, labels):
            return -(labels * torch.log(torch.clamp(probabilities, CLIP, 1.0 - CLIP))).sum() / rows

        run(writer, "categorical_crossentropy", random, dict(labels="dense", kind=kind),
            dict(probabilities=probabilities, labels=dense_labels(random, rows, classes, kind)), loss)


def softmax_cross_entropy_cases(writer):
    # rows, classes, labels, scale of the logits
    cases = [
        (4, 3, "one_hot", 1.0), (1, 2, "one_hot", 1.0), (5, 10, "one_hot", 3.0), (3, 4, "one_hot", 1000.0),
        (4, 5, "soft", 1.0), (1, 7, "soft", 1.0), (2, 1, "soft", 1.0), (3, 6, "soft", 1000.0),
        (4, 6, "free", 1.0), (2, 3, "free", 100.0), (1, 5, "free", 1.0), (2, 37, "soft", 2.0),
        (4, 3, "sparse", 1.0), (1, 10, "sparse", 1.0), (6, 10, "sparse", 3.0), (3, 4, "sparse", 1000.0),
        (3, 1, "sparse", 1.0), (2, 37, "sparse", 1.0),
    ]
    for rows, classes, kind, scale in cases:
        random = writer.begin("softmax_cross_entropy")
        logits = normal(random, (rows, classes), scale)
        if kind == "sparse":
            labels = random.randint(0, classes, rows).astype(np.int32)
            run(writer, "softmax_cross_entropy", random, dict(labels="sparse"), dict(logits=logits),
                lambda logits, labels: F.cross_entropy(logits, labels.long()), dict(labels=labels))
        else:
            run(writer, "softmax_cross_entropy", random, dict(labels="dense", kind=kind),
                dict(logits=logits, labels=dense_labels(random, rows, classes, kind)),
                lambda logits, labels: -(labels * F.log_softmax(logits, 1)).sum() / rows)


def binary_crossentropy_cases(writer):
    # shape, whether from logits, hard labels, "plain" or extreme inputs
    cases = [
        ((4, 1), 0, True, "plain"), ((1, 1), 0, True, "plain"), ((6,), 0, True, "plain"), ((3, 5), 0, False, "plain"),
        ((4, 2), 0, True, "extreme"), ((2, 2, 3), 0, False, "extreme"), ((2, 3, 2, 2), 0, True, "plain"),
        ((4, 1), 1, True, "plain"), ((1,), 1, False, "plain"), ((3, 5), 1, False, "plain"),
        ((4, 2), 1, True, "extreme"), ((2, 2, 3), 1, False, "extreme"), ((2, 3, 2, 2), 1, True, "plain"),
        ((37,), 1, True, "plain"),
    ]
    for shape, from_logits, hard, kind in cases:
        random = writer.begin("binary_crossentropy")
        labels = random.randint(0, 2, shape).astype(np.float64) if hard else uniform(random, shape, 0.0, 1.0)
        if from_logits:
            x = normal(random, shape, 2.0)
            if kind == "extreme":
                x.flat[:6] = [0.0, 1000.0, -1000.0, 40.0, -40.0, -750.0]
        else:
            x = uniform(random, shape, 0.05, 0.95)
            if kind == "extreme":
                x.flat[:4] = [0.0, 1.0, 2.0**-30, 1.0 - 2.0**-20]

        def on_probabilities(probabilities, labels):
            p = torch.clamp(probabilities, CLIP, 1.0 - CLIP)
            return -(labels * torch.log(p) + (1.0 - labels) * torch.log(1.0 - p)).mean()

        run(writer, "binary_crossentropy", random, dict(from_logits=from_logits),
            {"logits" if from_logits else "probabilities": x, "labels": labels},
            F.binary_cross_entropy_with_logits if from_logits else on_probabilities)


# ---- optimizers: five steps; y has the weights after each


def optimizer_cases(writer):
    # name, class, settings, those of PyTorch
    cases = [
        ("rmsprop", torch.optim.RMSprop, dict(learning_rate=0.02, beta=0.8, epsilon=1e-3),
         dict(lr=0.02, alpha=0.8, eps=1e-3)),
        ("adam", torch.optim.Adam, dict(learning_rate=0.01, beta1=0.7, beta2=0.9, epsilon=1e-4),
         dict(lr=0.01, betas=(0.7, 0.9), eps=1e-4)),
        ("adamw", torch.optim.AdamW, dict(learning_rate=0.01, beta1=0.7, beta2=0.9, epsilon=1e-4, weight_decay=0.25),
         dict(lr=0.01, betas=(0.7, 0.9), eps=1e-4, weight_decay=0.25)),
        ("adamw", torch.optim.AdamW, {}, dict(lr=0.001, betas=(0.9, 0.999), eps=1e-7, weight_decay=0.01)),
        ("adagrad", torch.optim.Adagrad, dict(learning_rate=0.5, initial_accumulator=0.25, epsilon=1e-3),
         dict(lr=0.5, initial_accumulator_value=0.25, eps=1e-3)),
        ("adagrad", torch.optim.Adagrad, {}, dict(lr=0.001, initial_accumulator_value=0.1, eps=1e-7)),
        ("adadelta", torch.optim.Adadelta, dict(learning_rate=1.0, rho=0.75, epsilon=1e-2),
         dict(lr=1.0, rho=0.75, eps=1e-2)),
        ("adadelta", torch.optim.Adadelta, {}, dict(lr=0.001, rho=0.95, eps=1e-7)),
    ]
    for name, optimizer_class, settings, theirs in cases:
        random = writer.begin("optimizer")
        w, g = normal(random, (1, 12)), normal(random, (5, 12))
        g[:, :2] = 0.0  # a weight that no gradient reaches
        g[2:, 2:4] = 0.0
        weight = leaf(w)
        optimizer = optimizer_class([weight], **theirs)
        y = []
        for step in g:
            weight.grad = torch.tensor(step[None])
            optimizer.step()
            y.append(weight.detach().numpy()[0].copy())
        writer.write("optimizer", dict(name=name, **settings), dict(w=w, g=g, y=np.array(y)))


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    writer = Writer(folder)
    makers = [conv2d_cases, pool_cases, batch_norm_cases, softmax_cases, mean_squared_error_cases,
              categorical_crossentropy_cases, softmax_cross_entropy_cases, binary_crossentropy_cases, optimizer_cases]
    for old in sorted(folder.glob("*/case_[0-9][0-9]")):
        shutil.rmtree(old)
    for make in makers:
        make(writer)
    writer.finish()
    print(", ".join(f"{op} {number}" for op, number in writer.numbers.items()))


if __name__ == "__main__":
    main()
