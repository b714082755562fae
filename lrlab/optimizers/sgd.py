"""Gradient descent, with and without momentum."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..parameters import flag
from .base import OPTIMIZERS, Optimizer, momentum_field, per_replica, weight_decay_field


class SGDState(NamedTuple):
    b: np.ndarray  # (..., n), the momentum buffer


@OPTIMIZERS.define(
    formula="b = momentum * b + grad;  w = w - lr * b",
    source="Robbins and Monro 1951; Polyak 1964; Sutskever et al. 2013, https://proceedings.mlr.press/v28/sutskever13.html",
    elsewhere={"torch": "SGD", "optax": "sgd", "keras": "SGD, with the rate inside the momentum buffer"},
)
class SGD(Optimizer):
    """Gradient descent; with momentum the heavy ball, with nesterov the look-ahead form.

        b = momentum * b + grad
        w = w - lr * b                          nesterov=False
        w = w - lr * (grad + momentum * b)      nesterov=True
        w = w - lr * weight_decay * w           also, with the old w on the right

    w (..., n) weights, grad (..., n), lr (...) or a number, b (..., n) momentum buffer, 0 at t = 0. The first update
    is -lr * grad (times 1 + momentum with nesterov); under a constant gradient the step grows to
    lr * grad / (1 - momentum).

    lr_inside=True puts the rate into the buffer: b = momentum * b + lr * grad and w = w - b (nesterov:
    w - lr * grad - momentum * b). The two agree while lr is constant and differ as soon as a schedule changes it.

    Raises ValueError if momentum is outside [0, 1), weight_decay < 0, or nesterov is asked for without momentum.
    Torch and Optax have the rate outside, as here; Keras has it inside. Torch adds weight_decay * w to the gradient
    (so it passes through the buffer); Keras decouples it, as here.

    >>> import numpy as np
    >>> opt, w = SGD(momentum=0.5), np.array([1.0])
    >>> state = opt.init(w)
    >>> for _ in range(3):
    ...     w, state = opt.step(w, np.array([1.0]), state, lr=0.1)
    ...     print(w.round(6), state.b)
    [0.9] [1.]
    [0.75] [1.5]
    [0.575] [1.75]
    """

    momentum: float = momentum_field()
    nesterov: bool = flag(False, text="choice to look one momentum step ahead")
    weight_decay: float = weight_decay_field()
    lr_inside: bool = flag(False, text="choice to keep lr inside the momentum buffer, as Keras does")

    def validate(self):
        if self.nesterov and self.momentum == 0:
            raise ValueError("SGD: nesterov needs momentum above 0, got momentum=0.0. Give momentum=0.9, say.")

    def init(self, w, shapes=None):
        return SGDState(b=np.zeros_like(w))

    def step(self, w, grad, state, lr):
        lr = per_replica(lr, w)
        inside, outside = (lr, 1.0) if self.lr_inside else (1.0, lr)
        g = inside * grad
        b = self.momentum * state.b + g
        update = g + self.momentum * b if self.nesterov else b
        return w - outside * update - lr * self.weight_decay * w, SGDState(b)
