"""Softmax regression and a one-hidden-layer network on the UCI digits, gradients written out.

For a batch of B images x (B, 64) with labels y, weights W (64, 10), c (10):

    z = x W + c                    logits (B, 10)
    p = softmax(z)
    loss = -mean log p[y]
    dz = (p - onehot(y)) / B       dW = x^T dz       dc = sum dz

and with a hidden layer of ReLU units, weights V (64, hidden), b (hidden), W (hidden, 10), c (10):

    a = max(x V + b, 0)            z = a W + c
    da = dz W^T, zero where a = 0  dV = x^T da       db = sum da

Two arrangements make the code fast; neither changes the formulas. A bias is the weight of an input that is always 1:
in the flat w it follows its weights, so both are one matrix with the bias as last row, and x and a get a last column
of ones. And arrays stand transposed, (units, B): a sum over the ten classes then adds whole rows of B numbers. An array
is named after its formula; one with its bias row or its ones has a 1 in its name.

    z^T = W1^T x1^T                W1 = [W; c]   (..., 65, 10)      x1 = [x 1]   (B, 65)
    dW1 = x1^T dz                  holds dW and dc
"""

from __future__ import annotations

import math
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..parameters import Catalogue, Declared, number, whole
from ..shapes import join_weights, split_weights

NETWORKS = Catalogue()
DATA = Path(__file__).resolve().parent.parent / "data"
PIECE = 256  # images evaluated at once


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


def as_floats(w):
    """w as an array of float64, or of float32 if that is what it is."""
    w = np.asarray(w)
    return w.astype(np.result_type(w, np.float32), copy=False)


def layers(w, shapes):
    """The flat w (..., n) as one matrix for each layer, (..., inputs + 1, units): its weights, its biases the last row."""
    return split_weights(w, [(inputs + 1, units) for inputs, units in shapes[::2]])


def cross_entropy(z, target):
    """Mean of -log softmax(z)[y] over the batch, and its gradient with respect to z; z and the one-hot target (..., 10, B)."""
    z = z - z.max(axis=-2, keepdims=True)
    p = np.exp(z)
    total = p.sum(axis=-2, keepdims=True)
    loss = np.log(total).mean(axis=(-2, -1)) - np.vecdot(z, target).sum(axis=-1) / z.shape[-1]
    p /= total
    p -= target
    p /= z.shape[-1]
    return loss, p


def examples_field():
    return whole(1437, low=10, high=1437, slider=(50, 1437), unit="images", text="number of training images used")


def batch_field():
    return whole(32, low=1, high=1437, slider=(1, 256), unit="images", text="number of images in a batch")


def label_noise_field():
    return number(
        0.0, low=0.0, high=1.0, slider=(0.0, 0.5), text="share of training labels replaced by random ones"
    )


class Classifier(Declared):
    """What both digits problems share: the data, the batches, the evaluation. A subclass gives shapes and layers.

    Everything is computed in the precision of w, float64 or float32.
    """

    @cached_property
    def data(self) -> Split:
        split = digits()
        x, y = split.train_x[: self.examples], split.train_y[: self.examples].copy()
        rng = np.random.default_rng(0)
        replaced = rng.random(len(y)) < self.label_noise
        y[replaced] = rng.integers(0, 10, replaced.sum())
        return Split(x, y, split.test_x, split.test_y)

    @cached_property
    def _prepared(self) -> dict:
        return {}

    def prepared(self, dtype) -> Split:
        """The data as the products need it, in one precision: images with a last column of ones, labels one-hot (..., 10)."""
        if dtype not in self._prepared:
            parts = [part if part.ndim == 2 else np.eye(10)[part] for part in self.data]
            parts[::2] = [np.pad(x, ((0, 0), (0, 1)), constant_values=1.0) for x in parts[::2]]
            self._prepared[dtype] = Split(*(part.astype(dtype) for part in parts))
        return self._prepared[dtype]

    def __getstate__(self):
        # what was computed from the fields is not sent to other processes
        return {name: value for name, value in vars(self).items() if name in self.__dataclass_fields__}

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
        w, rows = as_floats(w), slice(None) if batch is None else batch
        data = self.prepared(w.dtype)
        return self.backward(w, data.train_x[rows].mT, np.ascontiguousarray(data.train_y[rows].mT))

    def evaluate(self, w):
        w, values = as_floats(w), {}
        data = self.prepared(w.dtype)
        for name, x1, target in (("train", data.train_x, data.train_y), ("test", data.test_x, data.test_y)):
            loss = wrong = 0
            # a piece of the images at a time: many replicas at once need little memory
            for begin in range(0, len(x1), PIECE):
                x1T, targetT = x1[begin : begin + PIECE].mT, target[begin : begin + PIECE].mT
                z = self.logits(w, x1T)
                loss = loss + cross_entropy(z, targetT)[0] * z.shape[-1]
                wrong = wrong + (z.argmax(axis=-2) != targetT.argmax(axis=-2)).sum(axis=-1)
            values[f"{name}_loss"], values[f"{name}_error"] = loss / len(x1), wrong / len(x1)
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

    def logits(self, w, x1T):
        (W1,) = layers(w, self.shapes)
        return W1.mT @ x1T

    def backward(self, w, x1T, target):
        loss, dz = cross_entropy(self.logits(w, x1T), target)
        grad = np.empty((*loss.shape, w.shape[-1]), w.dtype)
        (dW1,) = layers(grad, self.shapes)
        np.matmul(x1T, dz.mT, out=dW1)
        return loss, grad


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

    def hidden_units(self, w, x1T):
        V1, _ = layers(w, self.shapes)
        lead = np.broadcast_shapes(V1.shape[:-2], x1T.shape[:-2])
        a1 = np.ones((*lead, self.hidden + 1, x1T.shape[-1]), w.dtype)
        np.matmul(V1.mT, x1T, out=a1[..., :-1, :])
        return np.maximum(a1, 0.0, out=a1)

    def logits(self, w, x1T):
        _, W1 = layers(w, self.shapes)
        return W1.mT @ self.hidden_units(w, x1T)

    def backward(self, w, x1T, target):
        _, W1 = layers(w, self.shapes)
        a1 = self.hidden_units(w, x1T)
        loss, dz = cross_entropy(W1.mT @ a1, target)
        da = W1[..., :-1, :] @ dz
        da *= a1[..., :-1, :] > 0
        grad = np.empty((*loss.shape, w.shape[-1]), w.dtype)
        dV1, dW1 = layers(grad, self.shapes)
        np.matmul(x1T, da.mT, out=dV1)
        np.matmul(a1, dz.mT, out=dW1)
        return loss, grad
