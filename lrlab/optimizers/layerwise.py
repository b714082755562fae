"""Methods that scale the step of each layer by the length of the layer's weights: LARS and LAMB."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..parameters import flag, number
from ..shapes import shapes_of, split_weights
from .base import OPTIMIZERS, Optimizer, decay_field, eps_field, momentum_field, per_replica


def norm_per_layer(x, shapes):
    """The Euclidean length of each layer of x (..., n), repeated for each of its weights: (..., n)."""
    layers = split_weights(x, [(math.prod(shape),) for shape in shapes])
    lengths = [np.sqrt(np.square(layer).sum(axis=-1, keepdims=True)) for layer in layers]
    return np.concatenate([np.broadcast_to(one, layer.shape) for one, layer in zip(lengths, layers)], axis=-1)


def trust_ratio(w_norm, u_norm, coefficient=1.0):
    """coefficient * w_norm / u_norm; 1 where either is 0, so that a layer that starts at 0 can leave it."""
    known = (w_norm > 0) & (u_norm > 0)
    return np.where(known, coefficient * w_norm / np.where(known, u_norm, 1.0), 1.0).astype(w_norm.dtype)


class LARSState(NamedTuple):
    v: np.ndarray  # (..., n), momentum buffer, lr inside
    shapes: tuple


@OPTIMIZERS.define(
    formula="v = momentum * v + lr * trust * |w| / |grad| * grad;  w = w - v",
    source="You, Gitman and Ginsburg 2017, algorithm 1, https://arxiv.org/abs/1708.03888",
    elsewhere={"optax": "lars, one norm of grad + weight_decay * w"},
)
class LARS(Optimizer):
    """LARS, layer-wise adaptive rate scaling: the step of a layer is a share of the length of its weights.

        lambda = trust * |w| / (|grad| + weight_decay * |w|)        for each layer
        v = momentum * v + lr * lambda * (grad + weight_decay * w)
        w = w - v

    w, grad, v (..., n); lr (...) or a number; a layer is one entry of `shapes`, without shapes all weights are one
    layer; |.| is the Euclidean length; v is 0 at t = 0. The first update of a layer has length lr * trust * |w|,
    whatever the size of its gradient. Where |w| or |grad + weight_decay * w| is 0, lambda is 1.

    The rate is inside the buffer and the decay goes through it, as in the paper. joint_norm=True divides by
    |grad + weight_decay * w|, as Optax does; without decay the two are the same.

    Raises ValueError if momentum is outside [0, 1), trust <= 0 or weight_decay < 0.

    >>> import numpy as np
    >>> opt, w = LARS(trust=0.01), np.array([3.0, 4.0])
    >>> w, state = opt.step(w, np.array([0.0, 250.0]), opt.init(w), lr=1.0)
    >>> w                              # moved by 0.01 * |w| = 0.05
    array([3.  , 3.95])
    """

    coordinatewise = False

    momentum: float = momentum_field(0.9)
    trust: float = number(
        0.001, low=0.0, low_open=True, slider=(1e-4, 1.0), scale="log", text="length of a step as a share of |w|, at lr = 1"
    )
    weight_decay: float = number(0.0, low=0.0, slider=(0.0, 0.5), text="multiple of w added to the gradient")
    nesterov: bool = flag(False, text="choice to look one momentum step ahead, which Optax offers and the paper has not")
    joint_norm: bool = flag(False, text="choice to divide by |grad + weight_decay * w|, as Optax does")

    def init(self, w, shapes=None):
        return LARSState(v=np.zeros_like(w), shapes=shapes_of(w, shapes))

    def step(self, w, grad, state, lr):
        g = grad + self.weight_decay * w
        w_norm, g_norm = norm_per_layer(w, state.shapes), norm_per_layer(g, state.shapes)
        apart = norm_per_layer(grad, state.shapes) + self.weight_decay * w_norm
        lam = trust_ratio(w_norm, g_norm if self.joint_norm else np.where(g_norm > 0, apart, 0.0), self.trust)
        move = per_replica(lr, w) * lam * g
        v = self.momentum * state.v + move
        return w - (self.momentum * v + move if self.nesterov else v), LARSState(v, state.shapes)


class LAMBState(NamedTuple):
    t: int  # updates done
    m: np.ndarray  # (..., n), moving average of grad
    v: np.ndarray  # (..., n), moving average of grad^2
    shapes: tuple


@OPTIMIZERS.define(
    formula="r = m_hat / (sqrt(v_hat) + eps);  w = w - lr * |w| / |r + weight_decay * w| * (r + weight_decay * w)",
    source="You et al. 2020, algorithm 2, https://arxiv.org/abs/1904.00962",
    elsewhere={"optax": "lamb", "keras": "Lamb, weight decay outside the ratio"},
)
class LAMB(Optimizer):
    """LAMB: Adam's direction, made as long in each layer as the layer's weights.

        m = beta1 * m + (1 - beta1) * grad          m_hat = m / (1 - beta1^t)
        v = beta2 * v + (1 - beta2) * grad^2        v_hat = v / (1 - beta2^t)
        r = m_hat / (sqrt(v_hat) + eps)
        w = w - lr * |w| / |r + weight_decay * w| * (r + weight_decay * w)      for each layer

    w, grad, m, v, r (..., n); lr (...) or a number; a layer is one entry of `shapes`, without shapes all weights are
    one layer; t counts updates, so it is 1 in the first; m and v are 0 before it. Every update of a layer has length
    lr * |w|: lr is the share of its length that it moves. Where |w| or |r + weight_decay * w| is 0 the ratio is 1.

    The paper's phi, which may bound |w|, is left out, as in Optax, which agrees. Keras has eps 1e-7 and takes
    lr * weight_decay * w off before the step, outside the ratio.

    Raises ValueError if beta1 or beta2 is outside [0, 1), eps < 0 or weight_decay < 0.

    >>> import numpy as np
    >>> opt, w = LAMB(eps=0.0), np.array([3.0, 4.0])
    >>> w, state = opt.step(w, np.array([1e-3, -70.0]), opt.init(w), lr=0.1)
    >>> w.round(6)                     # 0.1 * 5 / sqrt(2) in each coordinate
    array([2.646447, 4.353553])
    """

    coordinatewise = False

    beta1: float = decay_field(0.9, "share of the old average of the gradient kept at each update")
    beta2: float = decay_field(0.999, "share of the old average of the squared gradient kept at each update")
    eps: float = eps_field(1e-6)
    weight_decay: float = number(0.0, low=0.0, slider=(0.0, 0.5), text="multiple of w added to r, inside the ratio")

    def init(self, w, shapes=None):
        return LAMBState(t=0, m=np.zeros_like(w), v=np.zeros_like(w), shapes=shapes_of(w, shapes))

    def step(self, w, grad, state, lr):
        t, shapes = state.t + 1, state.shapes
        m = self.beta1 * state.m + (1 - self.beta1) * grad
        v = self.beta2 * state.v + (1 - self.beta2) * grad**2
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        r = m_hat / (np.sqrt(v_hat) + self.eps)
        u = r + self.weight_decay * w
        ratio = trust_ratio(norm_per_layer(w, shapes), norm_per_layer(u, shapes))
        return w - per_replica(lr, w) * ratio * u, LAMBState(t, m, v, shapes)
