"""A quasi-Newton method: the curvature is read off the last gradients."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..parameters import whole
from .base import OPTIMIZERS, Optimizer, per_replica

# a pair (s, y) is kept if the curvature s'y is above this, as in Torch
CURVATURE = 1e-10


class LBFGSState(NamedTuple):
    t: int  # updates done
    w: np.ndarray  # (..., n), weights before the last update
    g: np.ndarray  # (..., n), gradient there
    S: np.ndarray  # (memory, ..., n), differences of weights, the newest last
    Y: np.ndarray  # (memory, ..., n), differences of gradients
    rho: np.ndarray  # (memory, ..., 1), 1 / s'y, 0 for a place that is still empty
    gamma: np.ndarray  # (..., 1), s'y / y'y of the newest pair


@OPTIMIZERS.define(
    formula="w = w - lr * H grad, with the inverse Hessian H from the last pairs s = w - w_old, y = grad - grad_old",
    source="Nocedal 1980; Liu and Nocedal 1989; Nocedal and Wright 2006, algorithm 7.4, https://doi.org/10.1007/BF01589116",
    elsewhere={"torch": "LBFGS(max_iter=1)", "optax": "lbfgs(linesearch=None), first update by the 2-norm"},
)
class LBFGS(Optimizer):
    """L-BFGS: Newton's direction from the last `memory` changes of weights and gradient; a fixed rate, no line search.

        s = w - w_old,  y = grad - grad_old,  rho = 1 / s'y          kept if s'y > 0 (above 1e-10)
        q = grad
        for the pairs from the newest to the oldest:   alpha = rho s'q;  q = q - alpha y
        q = gamma q                                                  gamma = s'y / y'y of the newest pair
        for the pairs from the oldest to the newest:   beta = rho y'q;   q = q + (alpha - beta) s
        w = w - lr * q

    w, grad (..., n); lr (...) or a number, 1 near a minimum; each replica has pairs of its own. The first update has no
    pairs: it is lr * grad / max(1, |grad|_1). A pair without positive curvature is skipped, the older ones stay. For exact
    gradients: the difference of the gradients of two batches is not curvature.

    Raises ValueError if memory < 1.
    Torch agrees with max_iter=1 and both tolerances 0. Optax divides the first gradient by max(1, |grad|_2) and keeps pairs
    of negative curvature; both libraries can add a line search.

    >>> import numpy as np
    >>> opt, w, curvature = LBFGS(), np.array([1.0, 1.0]), np.array([1.0, 100.0])
    >>> state = opt.init(w)
    >>> for _ in range(12):
    ...     w, state = opt.step(w, curvature * w, state, lr=1.0)
    >>> bool(np.all(np.abs(w) < 1e-6))
    True
    """

    coordinatewise = False

    memory: int = whole(10, low=1, slider=(1, 20), text="number of pairs kept")

    def init(self, w, shapes=None):
        pairs = np.zeros((self.memory, *np.shape(w)), dtype=np.asarray(w).dtype)
        one = np.ones_like(w[..., :1])
        return LBFGSState(t=0, w=np.array(w), g=np.zeros_like(w), S=pairs, Y=pairs, rho=pairs[..., :1], gamma=one)

    def step(self, w, grad, state, lr):
        S, Y, rho, gamma = remember(state, w - state.w, grad - state.g)
        if state.t == 0:
            q = grad / np.maximum(1, np.abs(grad).sum(-1, keepdims=True))
        else:
            q, filled = grad, range(max(0, self.memory - state.t), self.memory)
            alpha = {}
            for i in reversed(filled):
                alpha[i] = rho[i] * dot(S[i], q)
                q = q - alpha[i] * Y[i]
            q = gamma * q
            for i in filled:
                beta = rho[i] * dot(Y[i], q)
                q = q + (alpha[i] - beta) * S[i]
        return w - per_replica(lr, w) * q, LBFGSState(state.t + 1, w, grad, S, Y, rho, gamma)


def dot(a, b):
    return (a * b).sum(-1, keepdims=True)


def remember(state, s, y):
    """The pairs with (s, y) as the newest, in the replicas where its curvature is positive."""
    sy = dot(s, y)
    keep = sy > CURVATURE
    safe = np.where(keep, sy, np.ones_like(sy))
    S, Y, rho = (
        np.where(keep, np.concatenate([old[1:], new[None]]), old)
        for old, new in ((state.S, s), (state.Y, y), (state.rho, 1 / safe))
    )
    gamma = np.where(keep, sy / np.where(keep, dot(y, y), np.ones_like(sy)), state.gamma)
    return S, Y, rho, gamma
