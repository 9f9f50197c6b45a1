"""The models and ops of `gradtape bench` in PyTorch, eager: torch_peer.py WHAT THREADS REPEATS.
With PEER_DEVICE=cuda in the environment, models train on the GPU, from data on the CPU, as gradtape's do."""
import os

import torch
from torch import nn
from torch.nn import functional as F

from timing import arguments, median_of, print_row, print_version

DEVICE = os.environ.get("PEER_DEVICE", "cpu")
EPOCH = 600  # steps: 60,000 samples, 100 a step


def dense(sizes):
    layers = []
    for before, after in zip(sizes, sizes[1:]):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def advanced():
    return nn.Sequential(nn.Linear(784, 398), nn.BatchNorm1d(398), nn.ReLU(), nn.Linear(398, 10))


def cnn():
    return nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(32 * 12 * 12, 128), nn.ReLU(), nn.Linear(128, 10))


def signs():
    return nn.Sequential(nn.Conv2d(3, 8, 4, padding="same"), nn.ReLU(), nn.MaxPool2d(8),
                         nn.Conv2d(8, 16, 2, padding="same"), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten(),
                         nn.Linear(16 * 2 * 2, 6))


# What it is, the shape of a sample, classes, batch, optimizer, steps in a run, and how many the value counts.
MODELS = {
    "simple": (lambda: dense([784, 10]), (784,), 10, 100, torch.optim.RMSprop, 100, EPOCH),
    "mlp": (lambda: dense([784, 398, 10]), (784,), 10, 100, torch.optim.RMSprop, 20, EPOCH),
    "advanced": (advanced, (784,), 10, 100, torch.optim.RMSprop, 20, EPOCH),
    "lab": (lambda: dense([400, 25, 15, 10]), (400,), 10, 32, torch.optim.Adam, 100, 1),
    "cnn": (cnn, (1, 28, 28), 10, 64, torch.optim.Adam, 2, 1),
    "signs": (signs, (3, 64, 64), 6, 64, torch.optim.Adam, 4, 1),
}


def train(what, repeats, layout):
    build, sample, classes, batch, optimizer_class, steps, counted = MODELS[what]
    model, x = build(), torch.rand(steps * batch, *sample)
    y = torch.arange(steps * batch) % classes
    if layout is not None:
        model, x = model.to(memory_format=layout), x.to(memory_format=layout)
    model = model.to(DEVICE)
    if DEVICE == "cuda":
        x, y = x.pin_memory(), y.pin_memory()
    optimizer = optimizer_class(model.parameters(), lr=1e-3)

    def fit():
        for begin in range(0, steps * batch, batch):
            batch_x = x[begin:begin + batch].to(DEVICE, non_blocking=True)
            batch_y = y[begin:begin + batch].to(DEVICE, non_blocking=True)
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(model(batch_x), batch_y).backward()
            optimizer.step()
        if DEVICE == "cuda":
            torch.cuda.synchronize()

    return median_of(fit, repeats) * counted / steps


def layouts(images):
    """Images are timed in both layouts, of which the faster counts."""
    return [torch.contiguous_format, torch.channels_last] if images else [None]


def time_model(what, repeats):
    images = len(MODELS[what][1]) == 3
    print_row(what, min(train(what, repeats, layout) for layout in layouts(images)))


def pool(repeats, layout):
    """Forward, and the gradient alone."""
    x = torch.randn(64, 32, 24, 24).contiguous(memory_format=layout)
    y, indices = F.max_pool2d(x, 2, return_indices=True)
    dy = torch.randn_like(y)
    gradient = torch.ops.aten.max_pool2d_with_indices_backward
    return (median_of(lambda: F.max_pool2d(x, 2), repeats),
            median_of(lambda: gradient(dy, x, [2, 2], [2, 2], [0, 0], [1, 1], False, indices), repeats))


def time_ops(repeats):
    with torch.no_grad():
        big, rows = torch.randn(256, 1024), torch.randn(100, 398)
        gamma, beta, logits = torch.randn(398), torch.randn(398), torch.randn(100, 10)
        print_row("relu", median_of(lambda: torch.relu(big), repeats))
        print_row("sigmoid", median_of(lambda: torch.sigmoid(big), repeats))
        print_row("softmax", median_of(lambda: torch.softmax(logits, 1), repeats))
        print_row("batch_norm", median_of(lambda: F.batch_norm(rows, None, None, gamma, beta, True), repeats))
        forward, gradient = zip(*(pool(repeats, layout) for layout in layouts(True)))
        print_row("max_pool2d", min(forward))
        print_row("max_pool2d_grad", min(gradient))


def version():
    """What its own kernels are compiled for, and which BLAS multiplies for it."""
    show = torch.__config__.show()
    capability = next((line.split(":")[1].strip() for line in show.splitlines() if "CPU capability" in line), "unknown")
    with open("/proc/self/maps", encoding="ascii", errors="replace") as maps:
        paths = {line.split()[-1] for line in maps}
    blas = sorted(os.path.basename(path) for path in paths if "blas" in os.path.basename(path) or "libmkl" in path)
    return f"{torch.__version__}, {capability}, with {' '.join(blas) or 'no BLAS of its own'}"


def main():
    what, threads, repeats = arguments()
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    print_version(version())
    if what in MODELS:
        time_model(what, repeats)
    else:
        time_ops(repeats)


main()
