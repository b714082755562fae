"""Least squares on generated data: the problem whose size, noise and number of weights can be set one at a time."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..parameters import declare, number, whole, Declared


@declare
class LeastSquares(Declared):
    """Linear regression on generated data: f(w) = mean (x w - y)^2 / 2, with y = x w_true + noise.

    w (..., features), start 0. x has independent standard normal entries, w_true has length about 1, batches are drawn
    with replacement. The metric is the excess loss: training loss above the smallest training loss there is. With
    more features than examples that smallest loss is 0: the model interpolates.

    Raises ValueError if a count is below 1 or noise < 0.

    >>> problem = LeastSquares(examples=100, features=5, noise=0.0)
    >>> float(problem.evaluate(problem.w_best)["excess"].round(12))
    0.0
    """

    examples: int = whole(1000, low=1, slider=(10, 20_000), scale="log", text="number of training examples")
    features: int = whole(20, low=1, slider=(1, 400), text="number of weights")
    noise: float = number(1.0, low=0.0, slider=(0.0, 3.0), text="standard deviation of the noise on the targets")
    batch: int = whole(8, low=1, slider=(1, 256), unit="examples", text="number of examples in a batch")
    data_seed: int = whole(0, low=0, text="seed of the generated data")

    @property
    def shapes(self):
        return ((self.features,),)

    @cached_property
    def data(self):
        rng = np.random.default_rng(self.data_seed)
        x = rng.standard_normal((self.examples, self.features))
        w_true = rng.standard_normal(self.features) / np.sqrt(self.features)
        return x, x @ w_true + self.noise * rng.standard_normal(self.examples)

    @cached_property
    def w_best(self):
        x, y = self.data
        return np.linalg.lstsq(x, y, rcond=None)[0]

    @cached_property
    def _moments(self):
        # the excess is (w - w_best)^T H (w - w_best) / 2, which needs no pass through the data
        x, _ = self.data
        return x.T @ x / self.examples

    def initial(self, rng):
        return np.zeros(self.features)

    def batches(self, rng, steps):
        return rng.integers(0, self.examples, (steps, self.batch))

    def loss_and_grad(self, w, batch=None):
        x, y = self.data
        if batch is not None:
            x, y = x[batch], y[batch]
        w = np.asarray(w)
        residual = (x @ w[..., None])[..., 0] - y
        grad = (np.swapaxes(x, -1, -2) @ residual[..., None])[..., 0] / residual.shape[-1]
        return 0.5 * (residual**2).mean(axis=-1), grad

    def evaluate(self, w):
        away = np.asarray(w) - self.w_best
        return {"excess": 0.5 * (away * (away @ self._moments)).sum(-1)}
