"""Schedules that fall like 1/t and like 1/sqrt(t): they have no end and never stop falling."""

from __future__ import annotations

import numpy as np

from ..parameters import Whole, flag, number, whole
from .base import SCHEDULES, Schedule
from .decay import base_rate

# the time scale where there is neither a warmup nor a time scale to take it from
TIMESCALE = 10_000


@SCHEDULES.define(
    formula="lr / (1 + rate * t / every)",
    source="Robbins and Monro 1951, section 2, https://doi.org/10.1214/aoms/1177729586",
    elsewhere={
        "torch": "only inside Adagrad(lr_decay) and ASGD",
        "optax": "none",
        "keras": "InverseTimeDecay(decay_steps=every, decay_rate=rate)",
        "scikit-learn": "learning_rate='optimal', as 1 / (alpha (t0 + t))",
    },
)
class InverseTime(Schedule):
    """Inverse-time decay: the rate falls like 1/t.

        lr(t) = lr / (1 + rate * t / every)                 staircase=False
        lr(t) = lr / (1 + rate * floor(t / every))          staircase=True

    t is the number of updates already done; `every` counts updates. At t = 0: lr. It is halved at t = every / rate and
    tends to 0 without reaching it. With rate = every / t0 it is a / (t + t0), a = lr * t0: the sum of the rates grows
    without bound while the sum of their squares stays finite, which is what Robbins and Monro ask for.

    Raises ValueError if lr <= 0, rate < 0 or every < 1.
    Keras agrees; the other libraries have it only inside an optimizer.

    >>> InverseTime(lr=1.0, rate=0.5, every=10)([0, 20, 60, 140])
    array([1.   , 0.5  , 0.25 , 0.125])
    """

    lr: float = base_rate()
    rate: float = number(1.0, low=0.0, slider=(0.0, 10.0), text="growth of the divisor over `every` updates")
    every: int = whole(1, low=1, slider=(1, 100), unit="updates", text="updates over which the divisor grows by `rate`")
    staircase: bool = flag(False, text="choice to hold the rate between multiples of `every`")

    def curve(self, t):
        periods = t / self.every
        if self.staircase:
            periods = np.floor(periods)
        return self.lr / (1.0 + self.rate * periods)


@SCHEDULES.define(
    formula="lr * min(t / warmup, sqrt(timescale / (t - warmup + timescale)))",
    source="Vaswani et al. 2017, section 5.3, https://arxiv.org/abs/1706.03762",
    elsewhere={
        "torch": "LambdaLR of this formula",
        "optax": "none",
        "keras": "none",
        "transformers": "get_inverse_sqrt_schedule",
        "scikit-learn": "learning_rate='invscaling', without warmup",
    },
)
class InverseSqrt(Schedule):
    """Inverse square root with a linear warmup: up to `lr` over `warmup` updates, then down like 1/sqrt(t).

        lr(t) = lr * t / warmup                                          t < warmup
        lr(t) = lr * sqrt(timescale / (t - warmup + timescale))          t >= warmup

    t is the number of updates already done; `warmup` and `timescale` count updates. timescale=None takes the warmup's
    length, and then lr(t) = lr * sqrt(warmup / t). At t = 0: 0 (the first update does nothing). At t = warmup: lr, the
    largest rate. It tends to 0. With warmup=0 it begins at lr, and timescale=None is 10000.

    Raises ValueError if lr <= 0, warmup < 0 or timescale < 1.
    Transformers agrees. The Transformer's paper counts its steps from 1; see `noam`.

    >>> InverseSqrt(lr=1.0, warmup=4)([0, 1, 4, 16, 64])
    array([0.  , 0.25, 1.  , 0.5 , 0.25])
    """

    lr: float = base_rate(text="largest rate, reached at t = warmup")
    warmup: int = whole(100, low=0, slider=(0, 400), unit="updates", text="length of the linear warmup")
    timescale: int | None = whole(
        None, low=1, slider=(1, 1000), optional=True, unit="updates", text="time scale of the decay; None is the warmup's length"
    )

    @classmethod
    def noam(cls, d_model: int, warmup: int = 4000) -> InverseSqrt:
        """The schedule of the Transformer: d_model^-0.5 * min(s^-0.5, s * warmup^-1.5) at step s = t.

        The paper's steps begin at s = 1, so its first rate is this schedule's at t = 1.

        >>> f"{InverseSqrt.noam(d_model=512, warmup=4000)(4000):.3g}"
        '0.000699'
        """
        d_model = _MODEL.check("InverseSqrt.noam", "d_model", d_model, 512)
        warmup = _WARMUP.check("InverseSqrt.noam", "warmup", warmup, 4000)
        return cls(lr=(d_model * warmup) ** -0.5, warmup=warmup)

    def curve(self, t):
        timescale = self.timescale or self.warmup or TIMESCALE
        ramp = t / max(self.warmup, 1)
        decay = np.sqrt(timescale / (np.maximum(t - self.warmup, 0.0) + timescale))
        return self.lr * np.where(t < self.warmup, ramp, decay)


_MODEL = Whole(low=1, text="the width of the model")
_WARMUP = Whole(low=1, unit="updates", text="the length of the warmup")
