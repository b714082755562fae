"""A small smooth network with a squared loss and its whole data at every update: where the edge of stability shows."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..parameters import Declared, number, whole
from ..shapes import join_weights, split_weights
from .networks import NETWORKS, as_floats, digits


@NETWORKS.define(
    formula="mean |tanh(... tanh(x W1 + b1) ...) W + b - onehot|^2 / 2, no batches",
    source="Cohen et al. 2021, section 3, https://arxiv.org/abs/2103.00065; UCI digits: Alpaydin and Kaynak 1998",
)
class TanhDigits(Declared):
    """A narrow deep tanh network fits a few digits by least squares, all of them at every update: no noise anywhere.

        a_0 = x      a_k = tanh(a_(k-1) W_k + b_k),  k = 1 ... layers      z = a W + b
        loss = mean |z - onehot(label)|^2 / 2

    Under gradient descent its sharpness, the largest eigenvalue of the Hessian, rises until it reaches 2 / lr and stays
    there, while the loss falls on with small relapses: see `sharpness`.

    w (..., n), float64, n = 1754 as it stands. A batch is None. Start: matrices of variance scale^2 / rows, biases 0.
    Metrics: train_loss, train_error (the share of images whose largest output is the wrong one).

    Raises ValueError if a count is too small or scale <= 0.

    >>> problem = TanhDigits()
    >>> {name: float(value) for name, value in problem.evaluate(np.zeros(1754)).items()}["train_loss"]
    0.5
    """

    examples: int = whole(50, low=10, high=1437, slider=(10, 400), unit="images", text="number of training images used")
    hidden: int = whole(16, low=1, slider=(4, 64), unit="units", text="number of units in a hidden layer")
    layers: int = whole(3, low=1, high=12, slider=(1, 6), text="number of hidden layers")
    scale: float = number(0.7, low=0.0, low_open=True, slider=(0.3, 2.0), text="size of the weights at the start")

    @property
    def shapes(self):
        sizes = [64, *[self.hidden] * self.layers, 10]
        return tuple(shape for rows, columns in zip(sizes, sizes[1:]) for shape in ((rows, columns), (columns,)))

    @cached_property
    def _data(self):
        split = digits()
        return split.train_x[: self.examples], np.eye(10)[split.train_y[: self.examples]]

    def initial(self, rng):
        parts = [
            rng.normal(0.0, self.scale / np.sqrt(shape[0]), shape) if len(shape) == 2 else np.zeros(shape)
            for shape in self.shapes
        ]
        return join_weights(parts, self.shapes)

    def batches(self, rng, steps):
        return [None] * steps

    def _layers(self, w):
        """The input and the value of every layer (..., examples, units); w as its weights and biases."""
        parts, values = split_weights(w, self.shapes), [self._data[0].astype(w.dtype, copy=False)]
        for W, b in zip(parts[:-2:2], parts[1:-2:2]):
            z = values[-1] @ W
            z += b[..., None, :]
            values.append(np.tanh(z, out=z))
        return parts, values, values[-1] @ parts[-2] + parts[-1][..., None, :]

    def loss_and_grad(self, w, batch=None):
        w = as_floats(w)
        parts, values, z = self._layers(w)
        away = z - self._data[1].astype(w.dtype, copy=False)
        loss = 0.5 * np.square(away).sum(axis=-1).mean(axis=-1)
        grad = np.empty(w.shape, w.dtype)
        grads = split_weights(grad, self.shapes)
        dz = away / w.dtype.type(len(self._data[0]))
        for layer in reversed(range(self.layers + 1)):
            a = values[layer]
            np.matmul(a.mT, dz, out=grads[2 * layer])
            dz.sum(axis=-2, out=grads[2 * layer + 1])
            if layer:
                dz = dz @ parts[2 * layer].mT
                dz *= 1 - a * a
        return loss, grad

    def evaluate(self, w):
        z, onehot = self._layers(as_floats(w))[2], self._data[1]
        return {
            "train_loss": 0.5 * np.square(z - onehot).sum(axis=-1).mean(axis=-1),
            "train_error": (z.argmax(axis=-1) != onehot.argmax(axis=-1)).mean(axis=-1),
        }
