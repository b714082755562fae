"""Optimizers around another optimizer: Lookahead, SAM and Averaged."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..parameters import nested, number, whole
from .base import OPTIMIZERS, Optimizer
from .sgd import SGD


def inner_field(text):
    return nested(SGD(), kind=Optimizer, catalogue=OPTIMIZERS, text=text)


class Wrapper(Optimizer):
    """What all three share: they need the loss if the optimizer inside does, and give it on."""

    @property
    def needs_loss(self):
        return self.inner.needs_loss

    @property
    def coordinatewise(self):
        return self.inner.coordinatewise


class LookaheadState(NamedTuple):
    t: int  # updates done
    phi: np.ndarray  # (..., n), the slow weights
    inner: tuple  # state of the inner optimizer


@OPTIMIZERS.define(
    formula="theta = inner(theta);  every k updates  phi = phi + alpha * (theta - phi),  theta = phi",
    source="Zhang et al. 2019, algorithm 1, https://arxiv.org/abs/1907.08610",
    elsewhere={"optax": "lookahead"},
)
class Lookahead(Wrapper):
    """Lookahead: k steps forward with the inner optimizer, then back to a point on the way.

        theta = inner(theta)
        every k updates:  phi = phi + alpha * (theta - phi)
                          theta = phi

    w is theta, the fast weights; phi (..., n), the slow ones, start at w and are what `evaluate` gives; lr (...) or a number
    goes to the inner optimizer. The first k - 1 updates are those of the inner optimizer. alpha=1 is the inner optimizer.
    Its state is kept when theta goes back, as in Optax with reset_state=False.

    Raises ValueError if k < 1, alpha is outside (0, 1] or inner is no optimizer.

    >>> import numpy as np
    >>> opt, w = Lookahead(k=2, alpha=0.5), np.array([0.0])
    >>> state = opt.init(w)
    >>> for _ in range(3):             # -1, then -2 and back half way to 0, then on from there
    ...     w, state = opt.step(w, np.array([1.0]), state, lr=1.0)
    ...     print(w, opt.evaluate(w, state))
    [-1.] [0.]
    [-1.] [-1.]
    [-2.] [-1.]
    """

    inner: Optimizer = inner_field("optimizer that makes the fast steps")
    k: int = whole(5, low=1, slider=(1, 20), unit="updates", text="number of fast steps for one slow step")
    alpha: float = number(0.5, low=0.0, low_open=True, high=1.0, slider=(0.05, 1.0), text="share of the way that is kept")

    def init(self, w, shapes=None):
        return LookaheadState(t=0, phi=w.copy(), inner=self.inner.init(w, shapes))

    def step(self, w, grad, state, lr, *loss):
        t, phi = state.t + 1, state.phi
        theta, inner = self.inner.step(w, grad, state.inner, lr, *loss)
        if t % self.k == 0:
            phi = phi + self.alpha * (theta - phi)
            theta = phi.copy()
        return theta, LookaheadState(t, phi, inner)

    def evaluate(self, w, state):
        return state.phi


class SAMState(NamedTuple):
    t: int  # calls done: even at the weights themselves, odd at the neighbour
    w: np.ndarray  # (..., n), the weights that were left for the neighbour
    inner: tuple  # state of the inner optimizer


@OPTIMIZERS.define(
    formula="w' = w + rho * grad(w) / |grad(w)|;  w = inner(w) with grad(w')",
    source="Foret et al. 2021, algorithm 1, https://arxiv.org/abs/2010.01412",
    elsewhere={"optax": "contrib.sam, sync_period=2"},
)
class SAM(Wrapper):
    """SAM, sharpness-aware minimization: step from w with the gradient of the worst neighbour at distance rho.

        call 1, 3, ...:  w' = w + rho * grad(w) / |grad(w)|        up: the next gradient is taken at w'
        call 2, 4, ...:  w = inner(w), with grad(w')               down, from w

    One update takes two gradients, so two calls of `step`: w', then the new w, as Optax's contrib.sam with sync_period=2.
    w, w', grad (..., n); |grad| is taken over all n weights of a replica, and where it is 0 w' = w. lr (...) or a number
    is used by the second call alone, where it goes to the inner optimizer. `evaluate` gives w also in between. The paper
    takes both gradients on the same batch; a loop that draws a batch for each call, as `train` does, takes them on two.

    Raises ValueError if rho < 0 or inner is no optimizer.

    >>> import numpy as np
    >>> opt, w = SAM(rho=0.5), np.array([1.0])
    >>> state = opt.init(w)
    >>> for _ in range(2):             # loss w^2 / 2: up to 1.5, then 1 - 0.1 * 1.5
    ...     w, state = opt.step(w, w, state, lr=0.1)
    ...     print(w, opt.evaluate(w, state))
    [1.5] [1.]
    [0.85] [0.85]
    """

    coordinatewise = False

    inner: Optimizer = inner_field("optimizer that steps down")
    rho: float = number(0.05, low=0.0, slider=(0.001, 2.0), scale="log", text="distance to the neighbour")

    def init(self, w, shapes=None):
        return SAMState(t=0, w=w.copy(), inner=self.inner.init(w, shapes))

    def step(self, w, grad, state, lr, *loss):
        t = state.t + 1
        if t % 2 == 1:
            norm = np.sqrt(np.square(grad).sum(axis=-1, keepdims=True))
            return w + self.rho * grad / np.where(norm > 0, norm, 1).astype(w.dtype), SAMState(t, w.copy(), state.inner)
        moved, inner = self.inner.step(state.w, grad, state.inner, lr, *loss)
        return moved, SAMState(t, moved.copy(), inner)

    def evaluate(self, w, state):
        return self.inner.evaluate(state.w if state.t % 2 == 1 else w, state.inner)


class AveragedState(NamedTuple):
    t: int  # updates done
    average: np.ndarray  # (..., n), what is judged
    inner: tuple  # state of the inner optimizer


@OPTIMIZERS.define(
    formula="w = inner(w);  average = average + (w - average) / k,  or decay * average + (1 - decay) * w",
    source="Polyak and Juditsky 1992, https://doi.org/10.1137/0330046; from a late start: Izmailov et al. 2018, "
    "https://arxiv.org/abs/1803.05407",
    elsewhere={"torch": "swa_utils.AveragedModel", "optax": "ema, of updates", "keras": "use_ema=True, with decay"},
)
class Averaged(Wrapper):
    """Averaged: the inner optimizer goes its way, and the average of its weights is judged.

        w = inner(w)
        average = average + (w - average) / k                      decay=None: the mean of the k weights since `start`
        average = decay * average + (1 - decay) * w                an exponential moving average

    w, average (..., n); lr (...) or a number goes to the inner optimizer. `evaluate` gives the average. k counts the updates
    after the first `start`; until then, and at k = 1, average = w: the start itself is not in the mean. The mean is that
    of Polyak and Ruppert; from a late start it is stochastic weight averaging.

    Torch's AveragedModel agrees, with get_ema_multi_avg_fn(decay) for the moving average, and so does Keras with
    use_ema=True. Torch's ASGD averages too, but also decays the weights.

    Raises ValueError if decay is outside [0, 1), start < 0 or inner is no optimizer.

    >>> import numpy as np
    >>> opt, w = Averaged(), np.array([0.0])
    >>> state = opt.init(w)
    >>> for _ in range(3):
    ...     w, state = opt.step(w, np.array([1.0]), state, lr=1.0)
    >>> w, opt.evaluate(w, state)
    (array([-3.]), array([-2.]))
    """

    inner: Optimizer = inner_field("optimizer whose weights are averaged")
    decay: float | None = number(
        None, optional=True, low=0.0, high=1.0, high_open=True, slider=(0.0, 0.9999), text="share of the old average kept"
    )
    start: int = whole(0, low=0, slider=(0, 1000), unit="updates", text="number of updates before the average begins")

    def init(self, w, shapes=None):
        return AveragedState(t=0, average=w.copy(), inner=self.inner.init(w, shapes))

    def step(self, w, grad, state, lr, *loss):
        t = state.t + 1
        k = t - self.start
        w, inner = self.inner.step(w, grad, state.inner, lr, *loss)
        share = 1 / max(k, 1) if self.decay is None or k <= 1 else 1 - self.decay
        average = w.copy() if share == 1 else state.average + share * (w - state.average)
        return w, AveragedState(t, average, inner)

    def evaluate(self, w, state):
        return state.average
