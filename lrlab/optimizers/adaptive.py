"""The classical adaptive methods: each parameter's step is divided by the size of its own past gradients."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..parameters import flag, number
from .base import OPTIMIZERS, Optimizer, beta1_field, beta2_field, decay_field, eps_field, momentum_field, per_replica


class AdaGradState(NamedTuple):
    s: np.ndarray  # (..., n), sum of squared gradients


@OPTIMIZERS.define(
    formula="s = s + grad^2;  w = w - lr * grad / (sqrt(s) + eps)",
    source="Duchi, Hazan and Singer 2011, section 1.1, https://jmlr.org/papers/v12/duchi11a.html",
    elsewhere={"torch": "Adagrad", "optax": "adagrad, s from 0.1", "keras": "Adagrad, s from 0.1"},
)
class AdaGrad(Optimizer):
    """AdaGrad: divide by the root of the sum of all past squared gradients.

        s = s + grad^2
        w = w - lr * grad / (sqrt(s) + eps)               eps_inside=True: sqrt(s + eps)

    w, grad, s (..., n); lr (...) or a number; s is `initial` at t = 0. With initial=0 the first update has size lr in
    every coordinate with a gradient; under gradients of constant size the t-th has size lr / sqrt(t): the rate vanishes.

    Raises ValueError if eps < 0 or initial < 0.
    Torch agrees. Optax and Keras start s at 0.1 and put eps inside the root: AdaGrad(1e-7, initial=0.1, eps_inside=True).

    >>> import numpy as np
    >>> opt, w = AdaGrad(), np.array([0.0])
    >>> state = opt.init(w)
    >>> for _ in range(4):
    ...     w, state = opt.step(w, np.array([3.0]), state, lr=0.1)
    >>> w.round(4)                     # -0.1 * (1 + 1/sqrt(2) + 1/sqrt(3) + 1/sqrt(4))
    array([-0.2784])
    """

    eps: float = eps_field(1e-10)
    initial: float = number(0.0, low=0.0, slider=(0.0, 1.0), text="value the accumulator starts from")
    eps_inside: bool = flag(False, text="choice to add eps before the root, as Optax and Keras do")

    def init(self, w, shapes=None):
        return AdaGradState(s=np.full_like(w, self.initial))

    def step(self, w, grad, state, lr):
        s = state.s + grad**2
        scale = np.sqrt(s + self.eps) if self.eps_inside else np.sqrt(s) + self.eps
        return w - per_replica(lr, w) * grad / scale, AdaGradState(s)


class RMSPropState(NamedTuple):
    v: np.ndarray  # (..., n), moving average of grad^2
    m: np.ndarray  # (..., n), moving average of grad, used if centered
    b: np.ndarray  # (..., n), momentum buffer


@OPTIMIZERS.define(
    formula="v = decay * v + (1 - decay) * grad^2;  w = w - lr * grad / (sqrt(v) + eps)",
    source="Tieleman and Hinton 2012, lecture 6.5; centered: Graves 2013, equation 40, https://arxiv.org/abs/1308.0850",
    elsewhere={"torch": "RMSprop", "optax": "rmsprop, eps inside the root", "keras": "RMSprop, eps inside the root"},
)
class RMSProp(Optimizer):
    """RMSProp: divide by the root of a moving average of the squared gradient.

        v = decay * v + (1 - decay) * grad^2
        m = decay * m + (1 - decay) * grad                centered=True:  use v - m^2 in place of v
        b = momentum * b + grad / (sqrt(v) + eps)         eps_inside=True: sqrt(v + eps)
        w = w - lr * b                                    lr_inside=True:  lr times the new term of b, not times b

    w, grad, v, m, b (..., n); lr (...) or a number; v, m, b are 0 at t = 0. There is no bias correction: the first
    update has size lr / sqrt(1 - decay), ten times lr for decay = 0.99.

    Raises ValueError if decay or momentum is outside [0, 1) or eps < 0.
    Torch agrees (it calls decay `alpha`). Optax and Keras have decay 0.9 and eps inside the root, and with momentum
    they keep lr inside the buffer: RMSProp(0.9, eps_inside=True, lr_inside=True).

    >>> import numpy as np
    >>> opt, w = RMSProp(decay=0.75), np.array([0.0])
    >>> w, state = opt.step(w, np.array([5.0]), opt.init(w), lr=0.1)
    >>> w.round(6)                     # -0.1 / sqrt(1 - 0.75)
    array([-0.2])
    """

    decay: float = decay_field(0.99, "share of the old average of the squared gradient kept at each update")
    eps: float = eps_field()
    momentum: float = momentum_field()
    centered: bool = flag(False, text="choice to subtract the squared mean, which leaves the variance")
    eps_inside: bool = flag(False, text="choice to add eps before the root, as Optax and Keras do")
    lr_inside: bool = flag(False, text="choice to keep lr inside the momentum buffer, as Optax and Keras do")

    def init(self, w, shapes=None):
        return RMSPropState(v=np.zeros_like(w), m=np.zeros_like(w), b=np.zeros_like(w))

    def step(self, w, grad, state, lr):
        v = self.decay * state.v + (1 - self.decay) * grad**2
        m = self.decay * state.m + (1 - self.decay) * grad if self.centered else state.m
        # v - m^2 is a variance: what falls below 0 is rounding
        spread = np.maximum(v - m**2, 0.0) if self.centered else v
        scale = np.sqrt(spread + self.eps) if self.eps_inside else np.sqrt(spread) + self.eps
        lr = per_replica(lr, w)
        inside, outside = (lr, 1.0) if self.lr_inside else (1.0, lr)
        b = self.momentum * state.b + inside * grad / scale
        return w - outside * b, RMSPropState(v, m, b)


class AdaDeltaState(NamedTuple):
    v: np.ndarray  # (..., n), moving average of grad^2
    u: np.ndarray  # (..., n), moving average of delta^2


@OPTIMIZERS.define(
    formula="delta = sqrt(u + eps) / sqrt(v + eps) * grad;  w = w - lr * delta",
    source="Zeiler 2012, algorithm 1, https://arxiv.org/abs/1212.5701",
    elsewhere={"torch": "Adadelta", "optax": "adadelta, climbs without a rate", "keras": "Adadelta, rho 0.95"},
)
class AdaDelta(Optimizer):
    """AdaDelta: the root mean square of past updates over that of past gradients, so that no rate is needed: lr = 1.

        v = decay * v + (1 - decay) * grad^2
        delta = sqrt(u + eps) / sqrt(v + eps) * grad      with the old u
        u = decay * u + (1 - decay) * delta^2
        w = w - lr * delta

    w, grad, v, u (..., n); lr (...) or a number, 1 in the paper; v and u are 0 at t = 0. delta does not know of lr. The
    first update has size lr * sqrt(eps / (1 - decay)) in every coordinate with a large gradient: eps sets the pace.

    Raises ValueError if decay is outside [0, 1) or eps < 0.
    The paper's E[g^2] and E[dx^2] are v and u, its rho is decay (0.95 there). Torch agrees (it calls decay `rho`), and so do
    Optax with a learning rate (without one its update has the wrong sign) and Keras (rho 0.95, eps 1e-7, lr 0.001).

    >>> import numpy as np
    >>> opt, w = AdaDelta(decay=0.75, eps=0.25), np.array([0.0])
    >>> w, state = opt.step(w, np.array([1.0]), opt.init(w), lr=1.0)
    >>> w.round(6), state.v            # -sqrt(0.25) / sqrt(0.25 + 0.25)
    (array([-0.707107]), array([0.25]))
    """

    decay: float = decay_field(0.9, "share of the old averages of the squared gradient and update kept at each update")
    eps: float = eps_field(1e-6, "small number in both roots, which starts the first updates")

    def init(self, w, shapes=None):
        return AdaDeltaState(v=np.zeros_like(w), u=np.zeros_like(w))

    def step(self, w, grad, state, lr):
        v = self.decay * state.v + (1 - self.decay) * grad**2
        delta = np.sqrt(state.u + self.eps) / np.sqrt(v + self.eps) * grad
        u = self.decay * state.u + (1 - self.decay) * delta**2
        return w - per_replica(lr, w) * delta, AdaDeltaState(v, u)


class AdamState(NamedTuple):
    t: int  # updates done
    m: np.ndarray  # (..., n), moving average of grad
    v: np.ndarray  # (..., n), moving average of grad^2


@OPTIMIZERS.define(
    formula="w = w - lr * m_hat / (sqrt(v_hat) + eps)",
    source="Kingma and Ba 2015, algorithm 1, https://arxiv.org/abs/1412.6980",
    elsewhere={"torch": "Adam", "optax": "adam", "keras": "Adam, eps before bias correction"},
)
class Adam(Optimizer):
    """Adam: a moving average of the gradient over the root of a moving average of its square, both bias-corrected.

        t = t + 1
        m = beta1 * m + (1 - beta1) * grad          m_hat = m / (1 - beta1^t)
        v = beta2 * v + (1 - beta2) * grad^2        v_hat = v / (1 - beta2^t)
        w = w - lr * m_hat / (sqrt(v_hat) + eps)

    w, grad, m, v (..., n); lr (...) or a number; t counts updates, so it is 1 in the first; m and v are 0 before it.
    The first update has size lr in every coordinate with a gradient, whatever the size of the gradient.

    Raises ValueError if beta1 or beta2 is outside [0, 1) or eps < 0.
    Torch and Optax agree. Keras adds eps (1e-7) to sqrt(v) before the correction, the paper's epsilon-hat: see
    `eps_before_correction`.

    >>> import numpy as np
    >>> opt, w = Adam(), np.zeros(2)
    >>> w, state = opt.step(w, np.array([1e-3, -50.0]), opt.init(w), lr=0.1)
    >>> w.round(5)
    array([-0.1,  0.1])
    """

    beta1: float = beta1_field()
    beta2: float = beta2_field()
    eps: float = eps_field()

    def init(self, w, shapes=None):
        return AdamState(t=0, m=np.zeros_like(w), v=np.zeros_like(w))

    def step(self, w, grad, state, lr):
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * grad
        v = self.beta2 * state.v + (1 - self.beta2) * grad**2
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        return w - per_replica(lr, w) * m_hat / (np.sqrt(v_hat) + self.eps), AdamState(t, m, v)
