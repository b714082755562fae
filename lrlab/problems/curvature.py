"""How curved a loss is at w: Hessian times vector from two gradients, and the largest curvature by power iteration."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..parameters import Number, Whole

STEP = Number(low=0.0, low_open=True, text="distance of the two gradients")
ITERATIONS = Whole(low=1, text="number of multiplications by the Hessian")


def hessian_vector(problem, w, v, batch=None, step=1e-4):
    """The Hessian at w times v, for each replica, from two gradients:

        H v = |v| (grad(w + step v / |v|) - grad(w - step v / |v|)) / (2 step)

    w, v and the result have shape (..., n); `batch` is what the loss is taken on. The error is of order step^2, and of
    the gradient's rounding error over step: use float64 weights. It is exact for a quadratic but for the rounding.

    >>> from lrlab import Quadratic
    >>> hessian_vector(Quadratic(dim=2, condition=10), np.zeros(2), np.array([1.0, 1.0])).round(8)
    array([0.1, 1. ])
    """
    step = STEP.check("hessian_vector", "step", step, 1e-4)
    w, v = np.asarray(w), np.asarray(v)
    length = np.sqrt(np.square(v).sum(axis=-1, keepdims=True))
    unit = v / np.where(length > 0, length, 1.0)
    ahead, behind = (problem.loss_and_grad(w + side * step * unit, batch)[1] for side in (1.0, -1.0))
    return length * (ahead - behind) / (2.0 * step)


class Sharpness(NamedTuple):
    value: np.ndarray  # (...), the curvature along `vector`
    vector: np.ndarray  # (..., n), of length 1


def sharpness(problem, w, batch=None, iterations=30, vector=None, step=1e-4) -> Sharpness:
    """The eigenvalue of the Hessian at w that is largest in size, and its direction, by power iteration.

        v = H v / |H v|, `iterations` times        value = v . H v of the last multiplication

    w (..., n) gives value (...) and vector (..., n). `vector` is where to begin: along a run, the vector of the last
    call, and then 3 or 4 iterations do; without it a fixed random one. Gradient descent of rate lr cannot settle where
    the sharpness is above 2 / lr.

    >>> from lrlab import Rosenbrock
    >>> float(sharpness(Rosenbrock(), np.array([1.0, 1.0])).value.round(3)), round(Rosenbrock().curvature, 3)
    (1001.601, 1001.601)
    """
    iterations = ITERATIONS.check("sharpness", "iterations", iterations, 30)
    w = np.asarray(w)
    v = np.random.default_rng(0).standard_normal(w.shape[-1]) if vector is None else np.asarray(vector)
    v = np.broadcast_to(v, w.shape)
    v = v / np.sqrt(np.square(v).sum(axis=-1, keepdims=True))
    for _ in range(iterations):
        Hv = hessian_vector(problem, w, v, batch, step)
        value = (v * Hv).sum(axis=-1)
        length = np.sqrt(np.square(Hv).sum(axis=-1, keepdims=True))
        v = np.where(length > 0, Hv / np.where(length > 0, length, 1.0), v)
    return Sharpness(value, v)
