"""The dense models and some ops of `gradtape bench` in NumPy, float32: numpy_peer.py WHAT THREADS REPEATS.

Gradients are written by hand, as in a course's first network. Threads are the BLAS library's own."""
import numpy as np

from timing import arguments, median_of, print_row, print_version

EPOCH = 600  # steps: 60,000 samples, 100 a step


def rmsprop(weight, gradient, state):
    state[0] *= 0.9
    state[0] += 0.1 * gradient * gradient
    weight -= 1e-3 * gradient / (np.sqrt(state[0]) + 1e-6)


def adam(weight, gradient, state):
    """state: m, v, and the step."""
    state[2] += 1
    state[0] += 0.1 * (gradient - state[0])
    state[1] += 0.001 * (gradient * gradient - state[1])
    m, v = state[0] / (1 - 0.9 ** state[2]), state[1] / (1 - 0.999 ** state[2])
    weight -= 1e-3 * m / (np.sqrt(v) + 1e-7)


# Sizes, batch, optimizer, steps in a run, and how many the value counts.
MODELS = {
    "simple": ([784, 10], 100, rmsprop, 100, EPOCH),
    "mlp": ([784, 398, 10], 100, rmsprop, 20, EPOCH),
    "lab": ([400, 25, 15, 10], 32, adam, 100, 1),
}


def softmax(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


class Network:
    def __init__(self, sizes, optimize):
        random = np.random.default_rng(0)
        self.optimize = optimize
        self.weights = []
        for before, after in zip(sizes, sizes[1:]):
            self.weights.append((random.standard_normal((before, after)) * (2 / before) ** 0.5).astype(np.float32))
            self.weights.append(np.zeros(after, np.float32))
        self.states = [[np.zeros_like(w), np.zeros_like(w), 0] for w in self.weights]

    def step(self, x, y):
        layers, inputs = len(self.weights) // 2, [x]
        for i in range(layers):
            z = inputs[-1] @ self.weights[2 * i] + self.weights[2 * i + 1]
            inputs.append(np.maximum(z, 0) if i + 1 < layers else z)
        dz = softmax(inputs[-1])
        dz[np.arange(len(y)), y] -= 1
        dz /= len(y)
        gradients = []
        for i in reversed(range(layers)):
            gradients[:0] = [inputs[i].T @ dz, dz.sum(0)]
            if i:
                dz = (dz @ self.weights[2 * i].T) * (inputs[i] > 0)
        for weight, gradient, state in zip(self.weights, gradients, self.states):
            self.optimize(weight, gradient, state)


def time_model(what, repeats):
    sizes, batch, optimize, steps, counted = MODELS[what]
    network = Network(sizes, optimize)
    x = np.random.default_rng(1).random((steps * batch, sizes[0]), np.float32)
    y = np.arange(steps * batch) % sizes[-1]

    def fit():
        for begin in range(0, steps * batch, batch):
            network.step(x[begin:begin + batch], y[begin:begin + batch])

    print_row(what, median_of(fit, repeats) * counted / steps)


def time_ops(repeats):
    random = np.random.default_rng(0)
    big = random.standard_normal((256, 1024)).astype(np.float32)
    logits = random.standard_normal((100, 10)).astype(np.float32)
    print_row("relu", median_of(lambda: np.maximum(big, 0), repeats))
    print_row("sigmoid", median_of(lambda: 1 / (1 + np.exp(-big)), repeats))
    print_row("softmax", median_of(lambda: softmax(logits), repeats))


def main():
    what, _, repeats = arguments()
    print_version(np.__version__)
    if what in MODELS:
        time_model(what, repeats)
    else:
        time_ops(repeats)


main()
