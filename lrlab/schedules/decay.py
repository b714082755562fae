"""The closed-form schedules: a rate that stays, drops, fades or ramps."""

from __future__ import annotations

import numpy as np

from ..parameters import flag, number, whole
from .base import SCHEDULES, Schedule


def base_rate(default=0.1, text="base learning rate, used by the first update"):
    return number(default, low=0.0, low_open=True, slider=(1e-4, 10.0), scale="log", text=text)


def end_rate(text="learning rate reached at the end"):
    return number(0.0, low=0.0, slider=(0.0, 0.1), text=text)


def length(default=100, text="length of the decay", slider=(1, 400)):
    return whole(default, low=1, slider=slider, unit="updates", text=text)


@SCHEDULES.define(
    formula="lr",
    source="Robbins and Monro 1951 decay it; practice keeps it, https://doi.org/10.1214/aoms/1177729586",
    elsewhere={"torch": "ConstantLR(factor=1)", "optax": "constant_schedule", "keras": "a plain float"},
)
class Constant(Schedule):
    """The fixed schedule: the same rate for every update.

        lr(t) = lr

    t is the number of updates already done. At t = 0, at every later t and past any end: lr.

    Raises ValueError if lr is not above 0. No library differs.

    >>> Constant(lr=0.1)([0, 1, 1000])
    array([0.1, 0.1, 0.1])
    """

    lr: float = base_rate()

    def curve(self, t):
        return np.full_like(t, self.lr)


@SCHEDULES.define(
    formula="lr * factor^floor(t / every)",
    source="Krizhevsky, Sutskever and Hinton 2012, section 5, https://doi.org/10.1145/3065386",
    elsewhere={
        "torch": "StepLR(step_size=every, gamma=factor)",
        "optax": "exponential_decay(staircase=True)",
        "keras": "ExponentialDecay(staircase=True)",
    },
)
class StepDecay(Schedule):
    """Step decay: multiply the rate by `factor` once every `every` updates.

        lr(t) = lr * factor^floor(t / every)

    t is the number of updates already done; `every` counts updates. The first drop is at t = every: update number
    `every` (counted from 0) is the first to use the smaller rate. At t = 0: lr. It has no end and goes on dropping.

    Raises ValueError if lr <= 0, every < 1 or not whole, factor <= 0 or factor > 1.
    Torch, Optax and Keras agree; Torch says "epoch" for what is here an update, and counts its own `step()` calls.

    >>> StepDecay(lr=0.8, every=10, factor=0.5)([0, 9, 10, 19, 20])
    array([0.8, 0.8, 0.4, 0.4, 0.2])
    """

    lr: float = base_rate()
    every: int = whole(10, low=1, slider=(1, 100), unit="updates", text="updates between two drops")
    factor: float = number(
        0.5, low=0.0, high=1.0, low_open=True, slider=(0.05, 1.0), text="factor applied to the rate at each drop"
    )

    def curve(self, t):
        return self.lr * self.factor ** np.floor(t / self.every)


@SCHEDULES.define(
    formula="max(lr * factor^(t / every), end)",
    source="Li, Zhuang and Orabona 2021, section 3, https://arxiv.org/abs/2002.05273",
    elsewhere={
        "torch": "ExponentialLR(gamma=factor) for every=1",
        "optax": "exponential_decay",
        "keras": "ExponentialDecay",
    },
)
class ExponentialDecay(Schedule):
    """Exponential decay: multiply the rate by `factor` over every stretch of `every` updates, smoothly.

        lr(t) = max(lr * factor^(t / every), end)            staircase=False
        lr(t) = max(lr * factor^floor(t / every), end)       staircase=True

    t is the number of updates already done; `every` counts updates. At t = 0: lr (or `end`, if that is larger). It
    tends to `end`, a floor that it then holds. With staircase=True and end=0 it is StepDecay.

    Raises ValueError if lr <= 0, factor outside (0, 1], every < 1 or end < 0.
    Torch's ExponentialLR has every = 1 and no floor; Optax calls the floor `end_value`; Keras has none.

    >>> ExponentialDecay(lr=1.0, factor=0.5, every=2, end=0.2)([0, 2, 4, 100])
    array([1.  , 0.5 , 0.25, 0.2 ])
    """

    lr: float = base_rate()
    factor: float = number(
        0.95, low=0.0, high=1.0, low_open=True, slider=(0.5, 1.0), text="factor applied over `every` updates"
    )
    every: int = whole(1, low=1, slider=(1, 100), unit="updates", text="updates over which the factor applies once")
    staircase: bool = flag(False, text="choice to hold the rate between multiples of `every`")
    end: float = end_rate("floor that the rate never goes below")

    def curve(self, t):
        periods = t / self.every
        if self.staircase:
            periods = np.floor(periods)
        return np.maximum(self.lr * self.factor**periods, self.end)


@SCHEDULES.define(
    formula="start + (end - start) * min(t / steps, 1)",
    source="Goyal et al. 2017, section 2.2 (as a ramp up), https://arxiv.org/abs/1706.02677",
    elsewhere={
        "torch": "LinearLR, in factors of the base rate",
        "optax": "linear_schedule",
        "keras": "PolynomialDecay(power=1)",
    },
)
class Linear(Schedule):
    """A straight line from `start` to `end`, up or down.

        lr(t) = start + (end - start) * min(t / steps, 1)

    t is the number of updates already done; `steps` counts updates. At t = 0: start. At t = steps and for ever after:
    end. The last update of a run of `steps` updates is t = steps - 1 and does not reach `end` yet.

    Raises ValueError if start < 0, end < 0 or steps < 1.
    Torch's LinearLR takes factors of the optimizer's rate and refuses start_factor = 0; Keras writes the falling line
    as PolynomialDecay(power=1) with an end of 1e-4 by default.

    >>> Linear(start=1.0, end=0.0, steps=4)([0, 1, 3, 4, 9])
    array([1.  , 0.75, 0.25, 0.  , 0.  ])
    """

    start: float = number(0.1, low=0.0, slider=(0.0, 1.0), text="rate of the first update")
    end: float = end_rate("rate at t = steps, held afterwards")
    steps: int = length(text="length of the ramp")

    def curve(self, t):
        progress = np.minimum(t / self.steps, 1.0)
        return self.start * (1.0 - progress) + self.end * progress


@SCHEDULES.define(
    formula="end + (lr - end) * (1 + cos(pi * min(t / steps, 1))) / 2",
    source="Loshchilov and Hutter 2017, equation 5 (without restarts), https://arxiv.org/abs/1608.03983",
    elsewhere={
        "torch": "CosineAnnealingLR, which climbs back after T_max",
        "optax": "cosine_decay_schedule",
        "keras": "CosineDecay",
    },
)
class Cosine(Schedule):
    """Cosine decay: half a cosine wave from `lr` down to `end`.

        lr(t) = end + (lr - end) * (1 + cos(pi * min(t / steps, 1))) / 2

    t is the number of updates already done; `steps` counts updates. At t = 0: lr. Half-way: (lr + end) / 2. At
    t = steps and for ever after: end.

    Raises ValueError if lr <= 0, steps < 1 or end < 0.
    Torch's CosineAnnealingLR does not stop at T_max = steps: it climbs back up. Optax and Keras stop, and give `end`
    as a fraction `alpha` of lr.

    >>> Cosine(lr=1.0, steps=4)([0, 2, 4, 8])
    array([1. , 0.5, 0. , 0. ])
    """

    lr: float = base_rate()
    steps: int = length()
    end: float = end_rate("rate at t = steps, held afterwards")

    def curve(self, t):
        progress = np.minimum(t / self.steps, 1.0)
        wave = (1.0 + np.cos(np.pi * progress)) / 2.0
        return self.end * (1.0 - wave) + self.lr * wave
