#!/usr/bin/env python3
"""Writes the files in this folder: the weights of two PyTorch networks as safetensors, an input, and what PyTorch
predicts from it, as .npy.

usage: make_torch_weights.py [FOLDER]      (default: the folder of this script)

`mlp`: an nn.Sequential, whose modules have numbers, with more than ten of them so that "10" must not come before "2".
`cnn`: a module with names of its own; its first Linear stands behind a flattened image, and its weights are stored in
bfloat16. `x` is NHWC for the cnn. Needs PyTorch and the packages numpy and safetensors.
"""
import pathlib
import sys

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn


def settle(model, x):
    """Moving averages that are neither zeros nor ones."""
    model.train()
    with torch.no_grad():
        for _ in range(3):
            model(x)
    return model.eval()


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 4, (3, 2), padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 5, 3, stride=2)
        self.bn2 = nn.BatchNorm1d(5 * 3 * 5)
        self.fc1 = nn.Linear(5 * 3 * 5, 7)
        self.fc2 = nn.Linear(7, 3)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.relu(self.conv2(x))
        x = self.bn2(torch.flatten(x, 1))
        return self.fc2(torch.tanh(self.fc1(x)))


def make_mlp():
    layers = [nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 5), nn.Tanh()]
    layers += [nn.Linear(5, 5), nn.Sigmoid(), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 4), nn.Softmax(dim=1)]
    return nn.Sequential(*layers)


def bfloat16_bits(value):
    return (value.to(torch.bfloat16).view(torch.int16)).numpy().view(np.uint16)


def save_bfloat16(state, path):
    """safetensors.numpy has no bfloat16: its bytes are written with the dtype put in."""
    import json
    header, data, at = {}, b"", 0
    for name, value in state.items():
        floating = value.is_floating_point()
        raw = bfloat16_bits(value).tobytes() if floating else value.numpy().tobytes()
        header[name] = {"dtype": "BF16" if floating else "I64", "shape": list(value.shape),
                        "data_offsets": [at, at + len(raw)]}
        data, at = data + raw, at + len(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    torch.manual_seed(20240229)
    mlp, x = make_mlp(), torch.randn(8, 6)
    settle(mlp, x)
    save_file({k: v.numpy() for k, v in mlp.state_dict().items()}, folder / "mlp.safetensors")
    np.save(folder / "mlp_x.npy", x.numpy())
    np.save(folder / "mlp_y.npy", mlp(x).detach().numpy())
    cnn, x = Cnn(), torch.randn(5, 2, 7, 10)
    settle(cnn, x)
    save_bfloat16(cnn.state_dict(), folder / "cnn.safetensors")
    rounded = {k: v.to(torch.bfloat16).to(v.dtype) if v.is_floating_point() else v
               for k, v in cnn.state_dict().items()}
    cnn.load_state_dict(rounded)
    np.save(folder / "cnn_x.npy", np.ascontiguousarray(x.permute(0, 2, 3, 1).numpy()))
    np.save(folder / "cnn_y.npy", cnn(x).detach().numpy())


if __name__ == "__main__":
    main()
