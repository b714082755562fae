"""Schedules of your own making: any function, and any schedule with noise."""

from __future__ import annotations

import math

import numpy as np

from ..parameters import formula, nested, number, whole
from .base import SCHEDULES, Schedule
from .decay import Constant, base_rate


def cube_root(t):
    """1 / cube root of (1 + t)."""
    return (1.0 + t) ** (-1.0 / 3.0)


def sawtooth(t):
    """From 1 down to almost 0 in ten updates, again and again."""
    return 1.0 - t % 10 / 10


@SCHEDULES.define(
    formula="lr * f(t)",
    source="practice; Smith 2017, section 3, tries several shapes, https://arxiv.org/abs/1506.01186",
    elsewhere={
        "torch": "LambdaLR(lr_lambda=f)",
        "optax": "any function of the count",
        "keras": "a subclass of LearningRateSchedule",
        "ignite": "LambdaStateScheduler",
    },
)
class Function(Schedule):
    """Any function of t, as a schedule.

        lr(t) = lr * f(t)

    f is called with one t at a time: an int where t is whole, else a float. So f may branch, use `math` or look into a
    list. t is the number of updates already done. At t = 0: lr * f(0); there is no end but the one that f gives it. f=None
    is f(t) = 1. To give the rate itself, take lr=1: Function(lr=1.0, f=my_rate).

    Raises ValueError if lr <= 0 or f is no function; when called, if f returns anything but a finite number of at
    least 0.
    Torch's LambdaLR agrees. Torch's MultiplicativeLR multiplies the last rate by f(t), which is not a function of t alone.

    >>> Function(lr=0.5, f=lambda t: 1.0 if t < 3 else 0.1)([0, 2, 3, 10])
    array([0.5 , 0.5 , 0.05, 0.05])
    """

    lr: float = base_rate(text="number that multiplies the function")
    f: object = formula(None, optional=True, examples=(cube_root, sawtooth), text="function of t that multiplies lr; None is f(t) = 1")

    def curve(self, t):
        if self.f is None:
            return np.full_like(t, self.lr)
        shares = [self._share(int(one) if one.is_integer() else one) for one in t.ravel().tolist()]
        return self.lr * np.reshape(shares, t.shape)

    def _share(self, t):
        share = self.f(t)
        try:
            good = math.isfinite(float(share)) and share >= 0
        except (TypeError, ValueError):
            good = False
        if not good:
            raise ValueError(f"Function: f must return a finite number of at least 0, got {share!r} at t = {t}.")
        return float(share)


def uniform(t, seed):
    """A number in [0, 1) for each whole t below 2^53: the mixing function of SplitMix64 on seed and t, without a memory."""
    z = np.mod(np.floor(t), 2.0**53).astype(np.uint64)
    for add in (seed, 0):
        z = (z + np.uint64(add)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)) * 2.0**-53


@SCHEDULES.define(
    formula="schedule(t) * (1 + spread * xi_t), xi_t in [-1, 1) drawn from seed and floor(t)",
    source="timm, the recipes' lr-noise, 2020, https://github.com/huggingface/pytorch-image-models; "
    "generator: Steele, Lea and Flood 2014, https://doi.org/10.1145/2660193.2660195",
    elsewhere={
        "torch": "none",
        "optax": "none",
        "keras": "none",
        "timm": "lr_noise of every scheduler, a normal draw cut off at noise_pct",
    },
)
class Noisy(Schedule):
    """A schedule with noise: every update's rate is multiplied by a random factor around 1.

        lr(t) = schedule(t) * (1 + spread * xi_t)        xi_t uniform in [-1, 1), drawn from seed and floor(t)

    Pure in t all the same: the draw is computed from the seed and t, so calling twice, out of order or for a whole array
    gives the same rates. t is the number of updates already done. At every t the rate lies within `spread` of the
    schedule's own; spread=0 is the schedule.

    Raises ValueError if `schedule` is no schedule, spread outside [0, 1] or seed < 0.
    timm draws from a normal distribution, again until it lies within its bound.

    >>> noisy = Noisy(Constant(lr=1.0), spread=0.5, seed=1)
    >>> bool(noisy(7) == noisy([5, 7])[1] != noisy(5)), bool(abs(noisy(7) - 1.0) <= 0.5)
    (True, True)
    """

    schedule: Schedule = nested(Constant(), kind=Schedule, catalogue=SCHEDULES, text="schedule that the noise multiplies")
    spread: float = number(0.2, low=0.0, high=1.0, slider=(0.0, 1.0), text="largest share by which the rate is changed")
    seed: int = whole(0, low=0, high=2**32 - 1, slider=(0, 20), text="seed of the draws")

    def curve(self, t):
        return self.schedule(t) * (1.0 + self.spread * (2.0 * uniform(t, self.seed) - 1.0))
