"""The warmup explorer: where a slow start raises the largest usable rate, and where it does nothing."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..parameters import Declared, choice, declare, number, whole
from ..plots import COLORS, short
from ..schedules import Constant
from .explorer import SettingsExplorer, inside

UPDATES = 200
START = 3.0
RATES = np.geomspace(1e-3, 10.0, 81)
NOISE = 0.1  # standard deviation of the gradient noise, without which an unstable rate could sit on the minimum for ever
LAST = 20  # updates over which the loss at the end is averaged
USABLE = 1e-2  # share of the starting loss that a usable rate ends below


@declare
class Warm(Declared):
    """Gradient descent with a linear warmup, on a surface that is steepest where it begins or curved alike everywhere."""

    lr: float = number(0.5, low=0.0, low_open=True, slider=(1e-3, 10.0), scale="log", text="rate after the warmup")
    warmup: int = whole(0, low=0, high=UPDATES, slider=(0, 150), unit="updates", text="updates over which the rate climbs from 0")
    surface: str = choice("steep start", choices=("steep start", "same everywhere"), text="where the curvature is largest")


class Warmed(NamedTuple):
    ends: np.ndarray  # (81,): loss at the end over the loss at the start, for each of the rates
    cold: np.ndarray  # the same without warmup
    usable: float  # the largest of the rates that end below 1/100; 0 if none
    usable_cold: float
    loss: np.ndarray  # (UPDATES + 1,): loss at the chosen rate over that at the start
    edge: np.ndarray  # (UPDATES,): rate times curvature at each update; above 2 an update grows the distance
    end: float  # mean over the last 20 updates


def _descend(lr, warmup, steep):
    """Losses over the first (UPDATES + 1, ...), curvatures and shares of the rate, on w^2 / 2 (+ w^4 / 4 if steep)."""
    lr = np.asarray(lr, dtype=float)
    fourth = 1.0 if steep else 0.0
    shares = (Constant(lr=1.0).warmup(warmup) if warmup else Constant(lr=1.0))(np.arange(UPDATES))
    w = np.full(lr.shape, START)
    loss, curvature = np.empty((UPDATES + 1, *lr.shape)), np.empty((UPDATES, *lr.shape))
    noise = NOISE * np.random.default_rng(0).standard_normal(UPDATES)
    for t, (share, draw) in enumerate(zip(shares.tolist(), noise.tolist())):
        square = w * w
        loss[t] = square * (0.5 + 0.25 * fourth * square)
        curvature[t] = 1.0 + 3.0 * fourth * square
        w = w - lr * share * (w * (1.0 + fourth * square) + draw)
    loss[-1] = w * w * (0.5 + 0.25 * fourth * w * w)
    return np.nan_to_num(loss / loss[0], nan=np.inf), curvature, shares


def _usable(ends):
    good = np.flatnonzero(ends < USABLE)
    return float(RATES[good[-1]]) if good.size else 0.0


@lru_cache(maxsize=512)
def _rates_of(warmup, steep):
    return _descend(RATES if steep else 28.0 * RATES, warmup, steep)[0][-LAST:].mean(0)


class WarmupExplorer(SettingsExplorer):
    """Warmup against the largest usable rate on f(w) = w^2 / 2 + w^4 / 4 from w = 3: the curvature is 28 there, 1 at the minimum.

    The gradients have noise of standard deviation 0.1. A rate is usable if the loss of the last 20 of 200 updates is below a
    hundredth of the first. On the second surface, the bowl of curvature 28, it is the same everywhere. After
    Gilmer et al. 2022, https://arxiv.org/abs/2110.04369: warmup lets training leave the steep
    part before the rate is high. `value` is (ends, cold, usable, usable_cold, loss, edge, end).

    >>> w = WarmupExplorer(warmup=50)
    >>> w.value.usable > 4 * w.value.usable_cold
    True
    >>> w.surface.value = "same everywhere"
    >>> w.value.usable == w.value.usable_cold
    True
    """

    title = "Warmup"
    look_for = (
        "Left: which rates end well, with this warmup and without. Right: rate times curvature, which must not stay above 2. See how the warmup "
        "moves the cliff on the surface with a steep start, and not on the other."
    )
    Settings = Warm
    columns = 2
    size = (8.2, 3.5)

    def build(self):
        left, right = self.axes
        left.set(xlabel="learning rate", ylabel="loss at the end over the start", xscale="log", yscale="log", xlim=(1e-3, 10), ylim=(1e-6, 1e3))
        right.set(xlabel="update t", ylabel="learning rate times curvature", yscale="log", xlim=(0, UPDATES), ylim=(1e-3, 1e2))
        right.axhline(2.0, color="#555555", linewidth=1.0)
        left.axhline(USABLE, color="#555555", linewidth=1.0)
        self._ends = self.line(left, color=COLORS[0], linewidth=1.8, label="with this warmup")
        self._cold = self.line(left, color=COLORS[1], linewidth=1.8, linestyle="--", label="without")
        self._dot = self.line(left, color="#000000", marker="o", linestyle="none", clip_on=False, label="this rate")
        self._edge = self.line(right, color=COLORS[0], linewidth=1.8)
        self.legend(self._ends, self._cold, self._dot)

    @property
    def milestones(self):
        return {
            "no warmup": {"warmup": 0},
            "20 updates": {"warmup": 20},
            "100 updates": {"warmup": 100},
            "small rate": {"lr": 0.05},
            "same everywhere": {"surface": "same everywhere"},
            "steep start": {"surface": "steep start"},
        }

    @staticmethod
    @lru_cache(maxsize=64)
    def measure(settings):
        steep = settings.surface == "steep start"
        # the bowl of curvature 28 is the one of curvature 1 at 28 times the rate
        times = 1.0 if steep else 28.0
        ends, cold = _rates_of(settings.warmup, steep), _rates_of(0, steep)
        loss, curvature, shares = _descend(settings.lr * times, settings.warmup, steep)
        edge = settings.lr * shares * curvature * times
        return Warmed(ends, cold, _usable(ends), _usable(cold), loss, np.where(np.isfinite(loss[:-1]), edge, np.nan), float(loss[-LAST:].mean()))

    def draw(self, settings, value):
        left, right = self.axes
        self._ends.set_data(RATES, inside(left, value.ends))
        self._cold.set_data(RATES, inside(left, value.cold))
        self._dot.set_data([np.clip(settings.lr, 1e-3, 10)], np.clip([value.end], 1e-6, 1e3))
        self._edge.set_data(np.arange(UPDATES), np.where(np.isnan(value.edge), np.nan, inside(right, value.edge)))
        if not np.isfinite(value.end):
            end = "diverged"
        else:
            end = f"the loss ends at {short(value.end)} times its start"
        return (
            f"Curvature: {settings.surface}. Learning rate {short(settings.lr)} after {settings.warmup} updates of warmup: {end}. "
            f"The largest usable rate is {short(value.usable)} with this warmup and {short(value.usable_cold)} without."
        )
