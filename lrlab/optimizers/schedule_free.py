"""Schedule-free methods: a weighted average of the iterates takes the place of a falling rate."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..parameters import number
from .base import OPTIMIZERS, Optimizer, beta2_field, decay_field, eps_field, per_replica, weight_decay_field


def beta_field():
    return decay_field(0.9, "share of the average x in y, where the gradient is taken")


def power_field():
    return number(2.0, low=0.0, slider=(0.0, 4.0), text="power of the largest rate so far in the weights of the average")


class Average(NamedTuple):
    x: np.ndarray  # (..., n), weighted average of all z
    lr_max: np.ndarray  # (...), largest rate so far
    total: np.ndarray  # (...), sum of the weights

    def add(self, z, lr, power):
        """The average with z in it, of weight lr_max^power."""
        lr_max = np.maximum(self.lr_max, lr).astype(z.dtype)
        weight = lr_max**power
        total = self.total + weight
        c = np.where(total > 0, weight / np.where(total > 0, total, 1), 0).astype(z.dtype)
        return Average(self.x + c[..., None] * (z - self.x), lr_max, total)

    @classmethod
    def start(cls, w):
        nothing = np.zeros(np.shape(w)[:-1], dtype=w.dtype)
        return cls(w.copy(), nothing, nothing)


class ScheduleFreeSGDState(NamedTuple):
    z: np.ndarray  # (..., n), the iterate that the gradients move
    x: np.ndarray  # (..., n), weighted average of all z
    lr_max: np.ndarray  # (...), largest rate so far
    total: np.ndarray  # (...), sum of the weights


@OPTIMIZERS.define(
    formula="z = z - lr * grad(y);  x = (1 - c) * x + c * z;  y = (1 - beta) * z + beta * x",
    source="Defazio et al. 2024, equations 2 to 5, https://arxiv.org/abs/2405.15682",
    elsewhere={"optax": "contrib.schedule_free_sgd, weights one update ahead"},
)
class ScheduleFreeSGD(Optimizer):
    """Schedule-free SGD: gradients are taken at y, they move z, and the average x of all z is the result.

        z = z - lr * (grad + weight_decay * y)          grad is taken at y
        c = lr_max^power / sum of all lr_max^power      lr_max is the largest lr so far, this one included
        x = (1 - c) * x + c * z
        y = (1 - beta) * z + beta * x

    w is y: `step` takes y and returns the next y, `evaluate` gives x, the weights to judge. y, z, x, grad (..., n);
    lr (...) or a number; x = y = z at t = 0, so the first gradient is taken at the start and the first update is -lr * grad.
    The rate stays constant, after a warmup if one is wanted, which the schedule gives: Constant(lr=1.0).warmup(100). While
    lr is 0 nothing moves. With a constant rate c is 1 / t and x is the plain mean of z.

    Optax agrees while lr is constant; during a warmup its weights use the rate of the next update. Keras averages evenly:
    power=0.

    Raises ValueError if beta is outside [0, 1), weight_decay < 0 or power < 0.

    >>> import numpy as np
    >>> opt, w = ScheduleFreeSGD(beta=0.5), np.array([0.0])
    >>> state = opt.init(w)
    >>> for _ in range(3):             # z = -0.1, -0.2, -0.3; x their mean; y half way
    ...     w, state = opt.step(w, np.array([1.0]), state, lr=0.1)
    ...     print(state.z.round(6), opt.evaluate(w, state).round(6), w.round(6))
    [-0.1] [-0.1] [-0.1]
    [-0.2] [-0.15] [-0.175]
    [-0.3] [-0.2] [-0.25]
    """

    beta: float = beta_field()
    weight_decay: float = weight_decay_field()
    power: float = power_field()

    def init(self, w, shapes=None):
        return ScheduleFreeSGDState(w.copy(), *Average.start(w))

    def step(self, w, grad, state, lr):
        z = state.z - per_replica(lr, w) * (grad + self.weight_decay * w)
        average = Average(*state[1:]).add(z, lr, self.power)
        y = average.x + (1 - self.beta) * (z - average.x)
        return y, ScheduleFreeSGDState(z, *average)

    def evaluate(self, w, state):
        return state.x


class ScheduleFreeAdamWState(NamedTuple):
    t: int  # updates done
    v: np.ndarray  # (..., n), moving average of grad^2
    z: np.ndarray  # (..., n), the iterate that the gradients move
    x: np.ndarray  # (..., n), weighted average of all z
    lr_max: np.ndarray  # (...), largest rate so far
    total: np.ndarray  # (...), sum of the weights


@OPTIMIZERS.define(
    formula="z = z - lr * grad(y) / (sqrt(v_hat) + eps);  x = (1 - c) * x + c * z;  y = (1 - beta1) * z + beta1 * x",
    source="Defazio et al. 2024, algorithm 1, https://arxiv.org/abs/2405.15682",
    elsewhere={"optax": "contrib.schedule_free_adamw, weights one update ahead", "keras": "ScheduleFreeAdamW, power=0"},
)
class ScheduleFreeAdamW(Optimizer):
    """Schedule-free AdamW: the average x takes the place of the falling rate and of Adam's momentum.

        v = beta2 * v + (1 - beta2) * grad^2            v_hat = v / (1 - beta2^t), grad is taken at y
        z = z - lr * (grad / (sqrt(v_hat) + eps) + weight_decay * y)
        c = lr_max^power / sum of all lr_max^power      lr_max is the largest lr so far, this one included
        x = (1 - c) * x + c * z
        y = (1 - beta1) * z + beta1 * x

    w is y: `step` takes y and returns the next y, `evaluate` gives x, the weights to judge. y, z, x, v, grad (..., n);
    lr (...) or a number; x = y = z and v = 0 at t = 0; t counts updates, so it is 1 in the first, which has size lr in every
    coordinate with a gradient. The rate stays constant, after a warmup if one is wanted, which the schedule gives.

    The paper's listing multiplies lr by sqrt(1 - beta2^t), in the weights c too, in place of correcting v; the authors' code
    and Optax correct v, as here. Optax agrees while lr is constant; during a warmup its weights use the rate of the next
    update. Keras averages evenly: power=0.

    Raises ValueError if beta1 or beta2 is outside [0, 1), eps < 0, weight_decay < 0 or power < 0.

    >>> import numpy as np
    >>> opt, w = ScheduleFreeAdamW(), np.zeros(2)
    >>> w, state = opt.step(w, np.array([1e-3, -50.0]), opt.init(w), lr=0.1)
    >>> w.round(5), opt.evaluate(w, state).round(5)
    (array([-0.1,  0.1]), array([-0.1,  0.1]))
    """

    beta1: float = beta_field()
    beta2: float = beta2_field()
    eps: float = eps_field()
    weight_decay: float = weight_decay_field()
    power: float = power_field()

    def init(self, w, shapes=None):
        return ScheduleFreeAdamWState(0, np.zeros_like(w), w.copy(), *Average.start(w))

    def step(self, w, grad, state, lr):
        t = state.t + 1
        v = self.beta2 * state.v + (1 - self.beta2) * grad**2
        v_hat = v / (1 - self.beta2**t)
        z = state.z - per_replica(lr, w) * (grad / (np.sqrt(v_hat) + self.eps) + self.weight_decay * w)
        average = Average(*state[3:]).add(z, lr, self.power)
        y = average.x + (1 - self.beta1) * (z - average.x)
        return y, ScheduleFreeAdamWState(t, v, z, *average)

    def evaluate(self, w, state):
        return state.x
