"""What every problem can do.

    shapes                          how the n weights split into matrices and vectors
    initial(rng) -> w               weights to start from, shape (n,)
    batches(rng, steps)             `steps` batches: an array with a row for each update, or any iterable
    loss_and_grad(w, batch)         w (..., n) -> loss (...), grad (..., n); leading axes are independent replicas
    evaluate(w) -> {name: value}    the numbers to judge w by, each of shape (...)

A batch is None (nothing random) or an array whose leading axes, if any, line up with the replicas.
"""

from __future__ import annotations

import numpy as np

from ..parameters import Catalogue, Declared

SURFACES = Catalogue()
STREAMS = Catalogue()


class Surface(Declared):
    """A function of a few variables with a known minimum, small enough to draw.

    `minima` (k, n) are all global minima, `lowest` the value there, `window` ((x0, x1), (y0, y1)) the part worth
    drawing, `start` a telling place to begin, `curvature` the largest curvature L at the minima: with a fixed rate,
    gradient descent cannot settle there above `lr_limit` = 2 / L.
    """

    noise: float = 0.0

    @property
    def shapes(self):
        return ((self.minima.shape[-1],),)

    @property
    def lr_limit(self) -> float:
        return 2.0 / self.curvature

    def loss(self, w):
        raise NotImplementedError

    def gradient(self, w):
        raise NotImplementedError

    def initial(self, rng):
        return np.array(self.start, dtype=np.float64)

    def batches(self, rng, steps):
        return rng.normal(0.0, self.noise, (steps, self.minima.shape[-1])) if self.noise else [None] * steps

    def loss_and_grad(self, w, batch=None):
        grad = self.gradient(w)
        return self.loss(w), grad if batch is None else grad + batch

    def evaluate(self, w):
        gap = np.asarray(w)[..., None, :] - self.minima
        return {"loss": self.loss(w), "distance": np.sqrt((gap**2).sum(-1)).min(-1)}


def log_softmax(z):
    """log of softmax over the last axis."""
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def drawn(cumulative, u):
    """The index that u, uniform in (0, 1), draws from a distribution whose cumulative sums lie on the last axis."""
    return (cumulative[..., :-1] < u[..., None]).sum(axis=-1)
