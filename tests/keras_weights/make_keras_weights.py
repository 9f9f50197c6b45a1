#!/usr/bin/env python3
"""Writes the files in this folder: weights as Keras saves them, an input, and what Keras predicts for it.

usage: KERAS_BACKEND=jax make_keras_weights.py [FOLDER]      (default: the folder of this script)

cnn.weights.h5 and words.weights.h5 are Keras 3's save_weights, cnn.h5 its whole model in the old form. cnn_2.h5 is what
Keras 2's save_weights makes of the same weights, written by h5py: its layout is save_weights_to_hdf5_group of
keras/saving/hdf5_format.py (2.8), with names of the variables as TensorFlow gives them, "dense/kernel:0", and layers
numbered on from an earlier model, as they are in a session. Made with Keras 3.15, JAX 0.10 and h5py 3.16.
"""
import pathlib
import sys

import h5py
import keras
import numpy as np
from keras import layers


def cnn():
    return keras.Sequential([
        keras.Input((7, 9, 2)),
        layers.Conv2D(4, (3, 2), padding="same", activation="relu"),
        layers.BatchNormalization(),
        layers.DepthwiseConv2D(3, depth_multiplier=2),
        layers.Dropout(0.5),
        layers.Conv2DTranspose(3, 2, strides=2),
        layers.Conv2D(2, 3, strides=2),
        layers.Flatten(),
        layers.Dense(5, activation="tanh"),
        layers.LayerNormalization(),
        layers.Dense(5, use_bias=False),
        layers.Dense(3, activation="softmax"),
    ])


def words():
    return keras.Sequential([keras.Input((4,)), layers.Embedding(6, 3), layers.Flatten(), layers.Dense(2)])


def fill(model, random):
    """Weights that differ from each other; variances stay positive."""
    for weight in model.weights:
        values = random.normal(0, 0.5, weight.shape)
        weight.assign(np.abs(values) + 0.5 if "variance" in weight.path or "gamma" in weight.path else values)


def write_keras_2(model, path):
    numbers = {"dense": 7, "conv2d": 3}
    with h5py.File(path, "w") as file:
        names = []
        for layer in model.layers:
            stem = layer.name.rstrip("0123456789").rstrip("_")
            numbers[stem] = numbers.get(stem, -1) + 1
            names.append(f"{stem}_{numbers[stem]}" if numbers[stem] else stem)
        file.attrs["layer_names"] = [name.encode() for name in names]
        file.attrs["backend"] = b"tensorflow"
        file.attrs["keras_version"] = b"2.8.0"
        for name, layer in zip(names, model.layers):
            group = file.create_group(name)
            variables = []
            for weight in layer.weights:
                kind = weight.path.split("/")[-1]
                if isinstance(layer, layers.DepthwiseConv2D) and kind == "kernel":
                    kind = "depthwise_kernel"
                variables.append((f"{name}/{kind}:0", weight))
            group.attrs["weight_names"] = [variable.encode() for variable, _ in variables]
            for variable, weight in variables:
                group[variable] = np.array(weight)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    random = np.random.default_rng(1)
    model, x = cnn(), random.normal(size=(3, 7, 9, 2)).astype("f4")
    model.compile("adam", "mse")
    model.train_on_batch(x, np.zeros((3, 3), "f4"))  # so that there is an optimizer's state
    fill(model, random)
    model.save_weights(folder / "cnn.weights.h5")
    model.save(folder / "cnn.h5")
    write_keras_2(model, folder / "cnn_2.h5")
    np.save(folder / "cnn_x.npy", x)
    np.save(folder / "cnn_y.npy", model.predict(x, verbose=0))
    model, x = words(), np.array([[0, 1, 2, 5], [3, 3, 4, 0]], "i4")
    fill(model, random)
    model.save_weights(folder / "words.weights.h5")
    np.save(folder / "words_x.npy", x.astype("f4"))
    np.save(folder / "words_y.npy", model.predict(x, verbose=0))


if __name__ == "__main__":
    main()
