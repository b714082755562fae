"""Softmax regression and a one-hidden-layer network on the UCI digits, gradients written out.

For a batch of B images x (B, 64) with labels y, weights W (64, 10), c (10):

    z = x W + c                    logits (B, 10)
    p = softmax(z)
    loss = -mean log p[y]
    dz = (p - onehot(y)) / B       dW = x^T dz       dc = sum dz

and with a hidden layer of ReLU units, weights V (64, hidden), b (hidden), W (hidden, 10), c (10):

    a = max(x V + b, 0)            z = a W + c
    da = dz W^T, zero where a = 0  dV = x^T da       db = sum da
"""

from __future__ import annotations

import math
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..parameters import Catalogue, Declared, number, whole

NETWORKS = Catalogue()
DATA = Path(__file__).resolve().parent.parent / "data"


class Split(NamedTuple):
    train_x: np.ndarray  # (1437, 64), grey values / 16 less the mean training image
    train_y: np.ndarray  # (1437,)
    test_x: np.ndarray  # (360, 64)
    test_y: np.ndarray  # (360,)


@cache
def digits() -> Split:
    """The UCI digits (Alpaydin and Kaynak 1998, CC BY 4.0), 1797 images of 8 x 8, with a fixed train/test split.

    >>> split = digits()
    >>> split.train_x.shape, split.test_x.shape
    ((1437, 64), (360, 64))
    """
    with np.load(DATA / "digits.npz") as stored:
        x, y, tests = stored["x"] / 16.0, stored["y"].astype(np.int64), int(stored["tests"])
    x -= x[tests:].mean(axis=0)
    for array in (x, y):
        array.flags.writeable = False
    return Split(x[tests:], y[tests:], x[:tests], y[:tests])


def split_weights(w, shapes):
    """The flat w (..., n) as one array (..., *shape) for each shape."""
    w, parts, begin = np.asarray(w), [], 0
    for shape in shapes:
        end = begin + math.prod(shape)
        parts.append(w[..., begin:end].reshape(*w.shape[:-1], *shape))
        begin = end
    return parts


def join_weights(parts, shapes):
    """The inverse of `split_weights`."""
    lead = np.broadcast_shapes(*(part.shape[: part.ndim - len(shape)] for part, shape in zip(parts, shapes)))
    flat = [
        np.broadcast_to(part, lead + tuple(shape)).reshape(*lead, math.prod(shape)) for part, shape in zip(parts, shapes)
    ]
    return np.concatenate(flat, axis=-1)


def cross_entropy(z, y):
    """Mean of -log softmax(z)[y] over the batch, and its gradient with respect to z (..., B, classes)."""
    z = z - z.max(axis=-1, keepdims=True)
    e = np.exp(z)
    total = e.sum(axis=-1, keepdims=True)
    labels = np.broadcast_to(y, z.shape[:-1])[..., None]
    loss = (np.log(total) - np.take_along_axis(z, labels, axis=-1)).mean(axis=(-2, -1))
    dz = e / total
    np.put_along_axis(dz, labels, np.take_along_axis(dz, labels, axis=-1) - 1.0, axis=-1)
    return loss, dz / z.shape[-2]


def examples_field():
    return whole(1437, low=10, high=1437, slider=(50, 1437), unit="images", text="number of training images used")


def batch_field():
    return whole(32, low=1, high=1437, slider=(1, 256), unit="images", text="number of images in a batch")


def label_noise_field():
    return number(
        0.0, low=0.0, high=1.0, slider=(0.0, 0.5), text="share of training labels replaced by random ones"
    )


class Classifier(Declared):
    """What both digits problems share: the data, the batches, the evaluation. A subclass gives shapes and layers."""

    @cached_property
    def data(self) -> Split:
        split = digits()
        x, y = split.train_x[: self.examples], split.train_y[: self.examples].copy()
        rng = np.random.default_rng(0)
        replaced = rng.random(len(y)) < self.label_noise
        y[replaced] = rng.integers(0, 10, replaced.sum())
        return Split(x, y, split.test_x, split.test_y)

    @property
    def updates_per_epoch(self) -> int:
        return max(self.examples // self.batch, 1)

    def initial(self, rng):
        parts = [
            rng.normal(0.0, math.sqrt(2.0 / shape[0]), shape) if len(shape) == 2 else np.zeros(shape)
            for shape in self.shapes
        ]
        return join_weights(parts, self.shapes)

    def batches(self, rng, steps):
        """Row numbers (steps, batch): each epoch visits the training images in a new order, the rest is left out."""
        if self.batch >= self.examples:
            return [None] * steps
        passes = -(-steps // self.updates_per_epoch)
        used = self.updates_per_epoch * self.batch
        order = rng.permuted(np.tile(np.arange(self.examples), (passes, 1)), axis=1)[:, :used]
        return order.reshape(-1, self.batch)[:steps]

    def loss_and_grad(self, w, batch=None):
        rows = slice(None) if batch is None else batch
        return self.backward(w, self.data.train_x[rows], self.data.train_y[rows])

    def evaluate(self, w):
        values = {}
        for name, x, y in (
            ("train", self.data.train_x, self.data.train_y),
            ("test", self.data.test_x, self.data.test_y),
        ):
            z = self.logits(w, x)
            values[f"{name}_loss"] = cross_entropy(z, y)[0]
            values[f"{name}_error"] = (z.argmax(axis=-1) != y).mean(axis=-1)
        return values


@NETWORKS.define(formula="softmax(x W + c)", source="UCI digits: Alpaydin and Kaynak 1998, https://doi.org/10.24432/C50P49")
class DigitsSoftmax(Classifier):
    """Softmax regression on the UCI digits: a smooth, convex loss with 650 weights.

    w (..., 650). Metrics: train_loss, train_error, test_loss, test_error (error is the share of wrong images).

    >>> problem = DigitsSoftmax()
    >>> w = np.zeros(650)
    >>> loss, grad = problem.loss_and_grad(w)
    >>> float(loss.round(6)), grad.shape           # log(10): nothing learned yet
    (2.302585, (650,))
    """

    batch: int = batch_field()
    examples: int = examples_field()
    label_noise: float = label_noise_field()

    shapes = ((64, 10), (10,))

    def initial(self, rng):
        return np.zeros(650)

    def logits(self, w, x):
        W, c = split_weights(w, self.shapes)
        return x @ W + c[..., None, :]

    def backward(self, w, x, y):
        loss, dz = cross_entropy(self.logits(w, x), y)
        dW = np.swapaxes(x, -1, -2) @ dz
        return loss, join_weights([dW, dz.sum(axis=-2)], self.shapes)


@NETWORKS.define(
    formula="softmax(max(x V + b, 0) W + c)",
    source="UCI digits: Alpaydin and Kaynak 1998, https://doi.org/10.24432/C50P49; He et al. 2015 for the start",
)
class DigitsNetwork(Classifier):
    """A network with one hidden layer of ReLU units on the UCI digits: 2410 weights for 32 units, not convex.

    w (..., n). Metrics: train_loss, train_error, test_loss, test_error. The start is He's: weights of variance
    2 / inputs, biases 0.

    >>> DigitsNetwork(hidden=32).shapes
    ((64, 32), (32,), (32, 10), (10,))
    """

    hidden: int = whole(32, low=1, slider=(1, 128), unit="units", text="number of hidden units")
    batch: int = batch_field()
    examples: int = examples_field()
    label_noise: float = label_noise_field()

    @property
    def shapes(self):
        return ((64, self.hidden), (self.hidden,), (self.hidden, 10), (10,))

    def activations(self, w, x):
        V, b, W, c = split_weights(w, self.shapes)
        a = np.maximum(x @ V + b[..., None, :], 0.0)
        return a, a @ W + c[..., None, :]

    def logits(self, w, x):
        return self.activations(w, x)[1]

    def backward(self, w, x, y):
        a, z = self.activations(w, x)
        loss, dz = cross_entropy(z, y)
        W = split_weights(w, self.shapes)[2]
        da = (dz @ np.swapaxes(W, -1, -2)) * (a > 0)
        dV, dW = np.swapaxes(x, -1, -2) @ da, np.swapaxes(a, -1, -2) @ dz
        return loss, join_weights([dV, da.sum(axis=-2), dW, dz.sum(axis=-2)], self.shapes)
