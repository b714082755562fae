"""Methods that keep of the gradient, or of its average, only the sign."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..parameters import number
from .base import OPTIMIZERS, Optimizer, beta1_field, decay_field, momentum_field, per_replica, weight_decay_field


class SignSGDState(NamedTuple):
    m: np.ndarray  # (..., n), moving average of grad


@OPTIMIZERS.define(
    formula="m = momentum * m + (1 - momentum) * grad;  w = w - lr * sign(m)",
    source="Bernstein et al. 2018, algorithms 1 and 2, https://arxiv.org/abs/1802.04434",
    elsewhere={"optax": "sign_sgd; with momentum signum"},
)
class SignSGD(Optimizer):
    """Sign descent: every coordinate moves by exactly lr, against the sign of its gradient; with momentum, Signum.

        m = momentum * m + (1 - momentum) * grad
        w = w - lr * sign(m) - lr * weight_decay * w

    w, grad, m (..., n); lr (...) or a number; m is 0 at t = 0. Every update has size lr from the first on; a coordinate
    with m = 0 stays.

    Raises ValueError if momentum is outside [0, 1) or weight_decay < 0. Optax agrees; its signum has momentum 0.9.

    >>> import numpy as np
    >>> opt, w = SignSGD(), np.zeros(3)
    >>> w, state = opt.step(w, np.array([1e-9, -50.0, 0.0]), opt.init(w), lr=0.1)
    >>> w
    array([-0.1,  0.1,  0. ])
    """

    momentum: float = momentum_field(text="share of the old average of the gradient kept at each update")
    weight_decay: float = weight_decay_field()

    def init(self, w, shapes=None):
        return SignSGDState(m=np.zeros_like(w))

    def step(self, w, grad, state, lr):
        m = self.momentum * state.m + (1 - self.momentum) * grad
        return w - per_replica(lr, w) * (np.sign(m) + self.weight_decay * w), SignSGDState(m)


class LionState(NamedTuple):
    m: np.ndarray  # (..., n), moving average of grad


@OPTIMIZERS.define(
    formula="w = w - lr * sign(beta1 * m + (1 - beta1) * grad);  m = beta2 * m + (1 - beta2) * grad",
    source="Chen et al. 2023, algorithm 2, https://arxiv.org/abs/2302.06675",
    elsewhere={"optax": "lion, weight_decay 1e-3", "keras": "Lion"},
)
class Lion(Optimizer):
    """Lion: the sign of a short average of the gradient, kept in a longer one.

        c = beta1 * m + (1 - beta1) * grad
        w = w - lr * (sign(c) + weight_decay * w)
        m = beta2 * m + (1 - beta2) * grad

    w, grad, m (..., n); lr (...) or a number; m is 0 at t = 0. Every update has size lr from the first on.

    Raises ValueError if beta1 or beta2 is outside [0, 1) or weight_decay < 0.
    Optax agrees (its weight_decay is 1e-3) and so does Keras.

    >>> import numpy as np
    >>> opt, w = Lion(beta1=0.5, beta2=0.5), np.array([0.0])
    >>> state = opt.init(w)
    >>> for grad in (4.0, -1.0, -3.0):
    ...     w, state = opt.step(w, np.array([grad]), state, lr=0.1)
    ...     print(w.round(6), state.m)
    [-0.1] [2.]
    [-0.2] [0.5]
    [-0.1] [-1.25]
    """

    beta1: float = decay_field(0.9, "share of the old average in the direction of the update")
    beta2: float = decay_field(0.99, "share of the old average of the gradient kept at each update")
    weight_decay: float = weight_decay_field()

    def init(self, w, shapes=None):
        return LionState(m=np.zeros_like(w))

    def step(self, w, grad, state, lr):
        c = self.beta1 * state.m + (1 - self.beta1) * grad
        m = self.beta2 * state.m + (1 - self.beta2) * grad
        return w - per_replica(lr, w) * (np.sign(c) + self.weight_decay * w), LionState(m)


class RpropState(NamedTuple):
    t: int  # updates done
    delta: np.ndarray  # (..., n), the step of each coordinate
    g: np.ndarray  # (..., n), the last gradient, 0 where its sign had turned


@OPTIMIZERS.define(
    formula="delta = delta * (eta_plus if the sign of grad stayed else eta_minus);  w = w - delta * sign(grad)",
    source="Riedmiller and Braun 1993; Igel and Hüsken 2003, iRprop-, https://doi.org/10.1016/S0925-2312(01)00700-7",
    elsewhere={"torch": "Rprop", "optax": "rprop, which applies each step one update late"},
)
class Rprop(Optimizer):
    """Rprop: each coordinate has a step of its own, longer while the sign of its gradient stays, shorter when it turns.

        s = sign(grad * g)                                    g: the last gradient
        delta = eta_plus * delta if s > 0,  eta_minus * delta if s < 0;  then clipped to [min_step, max_step]
        g = 0 if s < 0 else grad                              after a turn the coordinate waits for one update
        w = w - delta * sign(g)

    w, grad, delta, g (..., n); lr (...) or a number: delta is lr in the first update, and the rates of later updates do not
    matter, so a schedule does not either. For exact gradients: the noise of small batches turns signs at random.

    Raises ValueError if eta_minus is outside (0, 1), eta_plus <= 1, or min_step is above max_step.
    Torch agrees. Optax applies each update one step late.

    >>> import numpy as np
    >>> opt, w = Rprop(), np.array([0.0])
    >>> state = opt.init(w)
    >>> for grad in (1.0, 1.0, -1.0, -1.0):
    ...     w, state = opt.step(w, np.array([grad]), state, lr=0.1)
    ...     print(w.round(6), state.delta.round(6))
    [-0.1] [0.1]
    [-0.22] [0.12]
    [-0.22] [0.06]
    [-0.16] [0.06]
    """

    eta_minus: float = number(
        0.5, low=0.0, high=1.0, low_open=True, high_open=True, slider=(0.1, 0.9), text="factor of a step whose gradient turned"
    )
    eta_plus: float = number(1.2, low=1.0, low_open=True, slider=(1.05, 2.0), text="factor of a step whose gradient stayed")
    min_step: float = number(1e-6, low=0.0, slider=(1e-9, 1e-2), scale="log", text="smallest step")
    max_step: float = number(50.0, low=0.0, low_open=True, slider=(0.1, 100.0), scale="log", text="largest step")

    def validate(self):
        if self.min_step > self.max_step:
            raise ValueError(f"Rprop: min_step must be at most max_step, got {self.min_step} and {self.max_step}. Swap them.")

    def init(self, w, shapes=None):
        return RpropState(t=0, delta=np.zeros_like(w), g=np.zeros_like(w))

    def step(self, w, grad, state, lr):
        s = np.sign(grad) * np.sign(state.g)
        if state.t == 0:
            delta = np.zeros_like(w) + per_replica(lr, w)
        else:
            scaled = np.where(s > 0, self.eta_plus * state.delta, np.where(s < 0, self.eta_minus * state.delta, state.delta))
            delta = np.clip(scaled, self.min_step, self.max_step)
        g = np.where(s < 0, np.zeros_like(grad), grad)
        return w - delta * np.sign(g), RpropState(state.t + 1, delta, g)
