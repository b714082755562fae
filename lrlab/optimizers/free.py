"""Methods that find the length of their step themselves; their `lr` is a factor, or a cap."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..parameters import flag, number
from .base import OPTIMIZERS, Optimizer, beta1_field, beta2_field, eps_field, per_replica, weight_decay_field


def dot(a, b):
    """The inner product of each replica: (..., n), (..., n) -> (...)."""
    return (a * b).sum(axis=-1)


def rate(lr, w):
    """lr as an array of shape (...) or (), in w's precision."""
    return np.asarray(lr, dtype=np.result_type(w, np.float32))


def ratio(a, b):
    """a / b, 0 where b is 0, in a's precision."""
    return np.where(b > 0, a / np.where(b > 0, b, 1), 0).astype(a.dtype)


def distance_field():
    return number(
        1e-6, low=0.0, low_open=True, slider=(1e-8, 1.0), scale="log", text="first estimate of the distance to the minimum"
    )


def correction_field():
    return flag(False, text="choice to multiply lr by sqrt(1 - beta2^t) / (1 - beta1^t), as Optax does")


class PolyakState(NamedTuple):
    eta: np.ndarray  # (...), the step size taken last


@OPTIMIZERS.define(
    formula="eta = min((loss - f_star) / (c * |grad|^2), lr);  w = w - eta * grad",
    source="Polyak 1987, section 5.3; capped: Loizou et al. 2021, equation 3, https://arxiv.org/abs/2002.10542",
    elsewhere={"optax": "polyak_sgd"},
)
class Polyak(Optimizer):
    """The Polyak step: as far as a straight line would need to reach the smallest loss, f_star.

        eta = min((loss - f_star) / (c * |grad|^2), lr)
        w = w - eta * grad

    w, grad (..., n); loss (...) is the loss at w, which `step` takes after lr: opt.step(w, grad, state, lr, loss); lr (...)
    or a number is the cap on eta; |grad| is taken over all n weights of a replica. c = 1 is Polyak's step; on a convex
    loss no update leads away from the minimum. eta is 0 where the gradient is 0, and where loss < f_star: f_star
    is meant as a lower bound.

    If f_star is too low by d, the steps stay too long and the loss of |w| stalls d above its smallest. With batches this is the
    stochastic Polyak step (c = 1/2 in the paper's experiments), which needs the smallest loss of each batch.

    Optax agrees (max_learning_rate is the cap); its variant "sps" climbs where loss < f_star, "sps+" stands still, as here.

    Raises ValueError if c <= 0, and TypeError from `step` without a loss.

    >>> import numpy as np
    >>> opt, w = Polyak(), np.array([3.0])              # loss |w|: the first step lands on the minimum
    >>> w, state = opt.step(w, np.array([1.0]), opt.init(w), 10.0, 3.0)
    >>> w, float(state.eta)
    (array([0.]), 3.0)
    """

    needs_loss = True
    coordinatewise = False

    f_star: float = number(0.0, slider=(-1.0, 1.0), text="smallest loss there is")
    c: float = number(1.0, low=0.0, low_open=True, slider=(0.1, 10.0), scale="log", text="divisor of the step")

    def init(self, w, shapes=None):
        return PolyakState(eta=np.zeros(np.shape(w)[:-1], dtype=w.dtype))

    def step(self, w, grad, state, lr, loss):
        gap = np.maximum(rate(loss, w) - self.f_star, 0).astype(w.dtype)
        eta = np.minimum(ratio(gap, self.c * dot(grad, grad)), rate(lr, w))
        return w - eta[..., None] * grad, PolyakState(eta)


class DoGState(NamedTuple):
    x0: np.ndarray  # (..., n), the start
    r: np.ndarray  # (...), largest distance from the start so far
    G: np.ndarray  # (...), sum of |grad|^2


@OPTIMIZERS.define(
    formula="r = max(r, |w - x0|);  G = G + |grad|^2;  w = w - lr * r / sqrt(G + eps) * grad",
    source="Ivgi, Hinder and Carmon 2023, equations 1 and 2, https://arxiv.org/abs/2302.12022",
    elsewhere={"optax": "contrib.dog"},
)
class DoG(Optimizer):
    """DoG, distance over gradients: the step size is the distance travelled over the root of the summed squared gradients.

        r = max(r, |w - x0|)
        G = G + |grad|^2
        w = w - lr * r / sqrt(G + eps) * grad

    w, grad (..., n); r, G (...), one number a replica; x0 is the w given to `init`; lr (...) or a number, 1 unless there is
    a reason. r is r_eps * (1 + |x0|) and G is 0 at t = 0, so the first update has length lr * r_eps * (1 + |x0|); while
    the gradients agree the steps grow exponentially, until r is about the distance to the minimum.

    The paper judges an average of the iterates: `Averaged(inner=DoG())`. Optax agrees.

    Raises ValueError if r_eps <= 0 or eps <= 0.

    >>> import numpy as np
    >>> opt, w = DoG(r_eps=0.1, eps=1e-20), np.array([0.0])
    >>> state = opt.init(w)
    >>> for _ in range(3):
    ...     w, state = opt.step(w, np.array([5.0]), state, lr=1.0)
    >>> w.round(4)                     # -0.1 (1 + 1/sqrt(2)), then r = 0.1707 and 1/sqrt(3) of it
    array([-0.2693])
    """

    coordinatewise = False

    r_eps: float = number(
        1e-6, low=0.0, low_open=True, slider=(1e-8, 1.0), scale="log", text="first distance, as a share of 1 + |x0|"
    )
    eps: float = number(
        1e-8, low=0.0, low_open=True, slider=(1e-12, 1e-1), scale="log", text="number added to G inside the root"
    )

    def init(self, w, shapes=None):
        norm = np.sqrt(dot(w, w))
        return DoGState(x0=w.copy(), r=self.r_eps * (1 + norm), G=np.zeros_like(norm))

    def step(self, w, grad, state, lr):
        x0 = state.x0
        r = np.maximum(state.r, np.sqrt(dot(w - x0, w - x0)))
        G = state.G + dot(grad, grad)
        eta = rate(lr, w) * r / np.sqrt(G + self.eps)
        return w - eta[..., None] * grad, DoGState(x0, r, G)


class DAdaptationState(NamedTuple):
    t: int  # updates done
    m: np.ndarray  # (..., n), moving average of d * lr * grad
    v: np.ndarray  # (..., n), moving average of grad^2
    s: np.ndarray  # (..., n), slower moving average of d * lr * grad
    r: np.ndarray  # (...), moving average of d * lr * <grad, s / A>
    d: np.ndarray  # (...), estimate of the distance to the minimum


@OPTIMIZERS.define(
    formula="d = max(d, r / ((1 - sqrt(beta2)) |s|_1));  w = w - m / (sqrt(v) + eps),  m the average of d * lr * grad",
    source="Defazio and Mishchenko 2023, algorithm 5 (Adam), https://arxiv.org/abs/2301.07733",
    elsewhere={"optax": "contrib.dadapt_adamw, bias-corrected"},
)
class DAdaptation(Optimizer):
    """D-Adaptation for Adam: the rate is a growing estimate d of the distance from the start to the minimum.

        m = beta1 * m + (1 - beta1) * d * lr * grad
        s = sqrt(beta2) * s + (1 - sqrt(beta2)) * d * lr * grad
        r = sqrt(beta2) * r + (1 - sqrt(beta2)) * d * lr * <grad, s_old / (sqrt(v_old) + eps)>
        v = beta2 * v + (1 - beta2) * grad^2
        w = w - m / (sqrt(v) + eps)
        d = max(d, r / ((1 - sqrt(beta2)) * |s|_1))         for the next update

    w, grad, m, v, s (..., n); r, d (...), one number a replica; lr (...) or a number, 1 unless there is a reason (the
    paper's gamma, which may be a schedule). m, v, s, r are 0 and d is d0 at t = 0; |s|_1 is the sum of absolute values. The
    first update has size lr * d0 * (1 - beta1) / sqrt(1 - beta2) in every coordinate with a gradient: d0 * 3.16 by default.
    Weight decay is decoupled: lr * d * weight_decay * w also goes off. For gradient descent on a convex loss the paper proves
    that d stays below the distance; for this form there is no proof, and d may pass it.

    The inner product is weighted by v before this gradient, as in the authors' code and in Optax; the paper's listing has
    the new one. bias_correction=True multiplies lr by sqrt(1 - beta2^t) / (1 - beta1^t), as Optax always does.

    Raises ValueError if beta1 or beta2 is outside [0, 1), eps <= 0, d0 <= 0 or weight_decay < 0.

    >>> import numpy as np
    >>> opt, w = DAdaptation(), np.array([1.0])
    >>> state = opt.init(w)
    >>> for _ in range(300):           # loss w^2 / 2, from a distance of 1
    ...     w, state = opt.step(w, w, state, lr=1.0)
    >>> print(0.3 < state.d < 3.0, abs(w[0]) < 0.1)
    True True
    """

    coordinatewise = False

    beta1: float = beta1_field()
    beta2: float = beta2_field()
    eps: float = number(1e-8, low=0.0, low_open=True, slider=(1e-12, 1e-1), scale="log", text="number added to sqrt(v)")
    d0: float = distance_field()
    weight_decay: float = weight_decay_field()
    bias_correction: bool = correction_field()

    def init(self, w, shapes=None):
        zero, none = np.zeros_like(w), np.zeros(np.shape(w)[:-1], dtype=w.dtype)
        return DAdaptationState(t=0, m=zero, v=zero, s=zero, r=none, d=np.full_like(none, self.d0))

    def step(self, w, grad, state, lr):
        t, d, root = state.t + 1, state.d, math.sqrt(self.beta2)
        correction = math.sqrt(1 - self.beta2**t) / (1 - self.beta1**t) if self.bias_correction else 1.0
        dlr = d * rate(lr, w) * correction
        each = dlr[..., None]
        m = self.beta1 * state.m + (1 - self.beta1) * each * grad
        s = root * state.s + (1 - root) * each * grad
        r = root * state.r + (1 - root) * dlr * dot(grad, state.s / (np.sqrt(state.v) + self.eps))
        v = self.beta2 * state.v + (1 - self.beta2) * grad**2
        w = w - m / (np.sqrt(v) + self.eps) - each * self.weight_decay * w
        d = np.maximum(d, ratio(r, (1 - root) * np.abs(s).sum(axis=-1)))
        return w, DAdaptationState(t, m, v, s, r, d)


class ProdigyState(NamedTuple):
    t: int  # updates done
    x0: np.ndarray  # (..., n), the start
    m: np.ndarray  # (..., n), moving average of d * grad
    v: np.ndarray  # (..., n), moving average of d^2 * grad^2
    s: np.ndarray  # (..., n), moving average of lr * d^2 * grad
    r: np.ndarray  # (...), moving average of lr * d^2 * <grad, x0 - w>
    d: np.ndarray  # (...), estimate of the distance to the minimum


@OPTIMIZERS.define(
    formula="d = max(d, r / |s|_1);  w = w - lr * d * m / (sqrt(v) + d * eps),  m and v the averages of d grad and its square",
    source="Mishchenko and Defazio 2024, algorithm 4, https://arxiv.org/abs/2306.06101",
    elsewhere={"optax": "contrib.prodigy, bias-corrected"},
)
class Prodigy(Optimizer):
    """Prodigy: Adam whose rate is an estimate d of the distance to the minimum that grows faster than D-Adaptation's.

        m = beta1 * m + (1 - beta1) * d * grad
        v = beta2 * v + (1 - beta2) * d^2 * grad^2
        r = beta3 * r + (1 - beta3) * lr * d^2 * <grad, x0 - w>
        s = beta3 * s + (1 - beta3) * lr * d^2 * grad
        d_new = max(d, d_coef * r / |s|_1)                  for the next update
        w = w - lr * d * m / (sqrt(v) + d_new * eps)

    w, grad, m, v, s (..., n); r, d (...), one number a replica; x0 is the w given to `init`; lr (...) or a number, 1 unless
    there is a reason (the paper's gamma, which may be a schedule); beta3 is sqrt(beta2) if None. m, v, r, s are 0 and d is
    d0 at t = 0. The first update has size lr * d0 * (1 - beta1) / sqrt(1 - beta2) in every coordinate with a gradient.
    Weight decay is decoupled: lr * d * weight_decay * w also goes off.

    eps is multiplied by the new d, as in the authors' code and in Optax; the paper's listing has the old one.
    bias_correction=True multiplies lr by sqrt(1 - beta2^t) / (1 - beta1^t), as Optax always does.

    Raises ValueError if a beta is outside [0, 1), eps < 0, d0 <= 0, d_coef <= 0 or weight_decay < 0.

    >>> import numpy as np
    >>> opt, w = Prodigy(), np.array([1.0])
    >>> state = opt.init(w)
    >>> for _ in range(300):           # loss w^2 / 2, from a distance of 1
    ...     w, state = opt.step(w, w, state, lr=1.0)
    >>> print(0.1 < state.d <= 1.0, abs(w[0]) < 0.1)
    True True
    """

    coordinatewise = False

    beta1: float = beta1_field()
    beta2: float = beta2_field()
    beta3: float | None = number(
        None, optional=True, low=0.0, high=1.0, high_open=True, slider=(0.0, 0.9999), text="share of the old r and s kept"
    )
    eps: float = eps_field()
    d0: float = distance_field()
    d_coef: float = number(
        1.0, low=0.0, low_open=True, slider=(0.1, 10.0), scale="log", text="factor of the estimated distance"
    )
    weight_decay: float = weight_decay_field()
    bias_correction: bool = correction_field()

    def init(self, w, shapes=None):
        zero, none = np.zeros_like(w), np.zeros(np.shape(w)[:-1], dtype=w.dtype)
        return ProdigyState(t=0, x0=w.copy(), m=zero, v=zero, s=zero, r=none, d=np.full_like(none, self.d0))

    def step(self, w, grad, state, lr):
        t, x0, d = state.t + 1, state.x0, state.d
        beta3 = math.sqrt(self.beta2) if self.beta3 is None else self.beta3
        correction = math.sqrt(1 - self.beta2**t) / (1 - self.beta1**t) if self.bias_correction else 1.0
        lr = rate(lr, w) * correction
        dg = d[..., None] * grad
        m = self.beta1 * state.m + (1 - self.beta1) * dg
        v = self.beta2 * state.v + (1 - self.beta2) * dg**2
        r = beta3 * state.r + (1 - beta3) * lr * d**2 * dot(grad, x0 - w)
        s = beta3 * state.s + (1 - beta3) * (lr * d)[..., None] * dg
        d_new = np.maximum(d, self.d_coef * ratio(r, np.abs(s).sum(axis=-1)))
        move = m / (np.sqrt(v) + d_new[..., None] * self.eps) + self.weight_decay * w
        return w - (lr * d)[..., None] * move, ProdigyState(t, x0, m, v, s, r, d_new)
