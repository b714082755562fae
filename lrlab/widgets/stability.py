"""The stability explorer: what one update does to each direction of a bowl."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..optimizers.base import momentum_field
from ..parameters import Declared, declare, number
from ..plots import COLORS, short
from .explorer import SettingsExplorer, inside

UPDATES = 100
# the rates of the left axes, in units of 1 / L: momentum 0.99 is stable up to 3.98
RATES = np.linspace(0.0, 4.4, 441)


@declare
class Stability(Declared):
    """A bowl of two curvatures, and gradient descent with momentum on it."""

    lr: float = number(0.1, low=0.0, low_open=True, slider=(1e-3, 10.0), scale="log", text="how far each update goes for a given gradient")
    momentum: float = momentum_field()
    condition: float = number(10.0, low=1.0, slider=(1, 1000), scale="log", text="largest curvature over the smallest")
    largest: float = number(10.0, low=0.0, low_open=True, slider=(0.1, 100), scale="log", text="largest curvature L")


class Stable(NamedTuple):
    limit: float  # 2 (1 + momentum) / L: below it every direction shrinks
    steep: float  # factor per update, in the long run, along the largest curvature
    flat: float  # the same along the smallest
    rate: float  # the larger of the two
    converges: bool
    updates: float  # to be 1000 times nearer to the minimum, in the long run; inf if never
    distance: np.ndarray  # (2, UPDATES + 1): distance to the minimum along the steep and the flat direction, from 1


def factor(step, momentum):
    """The long-run factor per update of w'' = (1 + momentum - step) w' - momentum w, with step = lr * curvature.

    The larger root, in size, of z^2 - (1 + momentum - step) z + momentum = 0.
    """
    middle = 1.0 + momentum - np.asarray(step, dtype=float)
    inner = middle**2 - 4.0 * momentum
    return np.where(inner < 0.0, np.sqrt(momentum), (np.abs(middle) + np.sqrt(np.maximum(inner, 0.0))) / 2.0)


class StabilityExplorer(SettingsExplorer):
    """The size of each direction's factor per update, over the learning rate: 2 / L and what momentum makes of it.

    `value` is (limit, steep, flat, rate, converges, updates, distance).

    >>> w = StabilityExplorer()
    >>> w.jump("2/L")
    >>> w.lr.value, w.value.steep, w.value.converges
    (0.2, 1.0, False)
    >>> w.sentence
    'Learning rate 0.2, momentum 0, curvatures 1 and 10: an update multiplies the steep direction by 1 in size and the flat one by 0.8. The limit is 0.2: it does not converge.'
    """

    title = "Stability on a bowl"
    look_for = (
        "The left picture shows by how much one update shrinks each direction. Above 1 it grows. See where the steep direction "
        "crosses 1, where the two lines cross each other, and what momentum does to both."
    )
    Settings = Stability
    columns = 2
    size = (8.2, 3.5)

    def build(self):
        left, right = self.axes
        left.axhline(1.0, color="#555555", linewidth=1.0)
        left.set(xlabel="learning rate times L", ylabel="factor per update, in size", xlim=(0, 4.4), ylim=(0, 1.6))
        right.set(xlabel="update t", ylabel="distance to the minimum", yscale="log", xlim=(0, UPDATES), ylim=(1e-6, 1e6))
        looks = [{"color": COLORS[0], "linewidth": 1.8}, {"color": COLORS[1], "linewidth": 1.8, "linestyle": "--"}]
        self._factors = [self.line(left, label=word, **look) for word, look in zip(("steep direction", "flat direction"), looks)]
        self._dots = self.line(left, color="#000000", marker="o", linestyle="none", label="at this rate", clip_on=False)
        self._limit = self.line(left, color="#555555", linestyle=":", linewidth=1.6, label="limit of the rate")
        self._ways = [self.line(right, **look) for look in looks]
        self.legend(*self._factors, self._dots, self._limit)

    @property
    def milestones(self):
        L, condition = self.largest.value, self.condition.value
        root = np.sqrt(condition)
        return {
            "1/L": {"lr": 1 / L, "momentum": 0.0},
            "best without momentum": {"lr": 2 / (L + L / condition), "momentum": 0.0},
            "2/L": {"lr": 2 / L, "momentum": 0.0},
            "best with momentum": {"lr": float(4 * condition / (L * (1 + root) ** 2)), "momentum": float(((root - 1) / (root + 1)) ** 2)},
            "limit at momentum 0.9": {"lr": 3.8 / L, "momentum": 0.9},
        }

    @staticmethod
    @lru_cache(maxsize=64)
    def measure(settings):
        curvature = np.array([settings.largest, settings.largest / settings.condition])
        steep, flat = factor(settings.lr * curvature, settings.momentum).tolist()
        rate = max(steep, flat)
        # a rate at the limit is not below it, whatever the last bit says
        converges = rate < 1.0 - 1e-12
        distance, before, now = np.ones((UPDATES + 1, 2)), np.ones(2), np.ones(2)
        for t in range(UPDATES):
            before, now = now, (1 + settings.momentum - settings.lr * curvature) * now - settings.momentum * before
            distance[t + 1] = np.abs(now)
        return Stable(
            limit=2 * (1 + settings.momentum) / settings.largest,
            steep=steep,
            flat=flat,
            rate=rate,
            converges=converges,
            updates=float(np.log(1000.0) / -np.log(rate)) if converges and rate else 1.0 if converges else np.inf,
            distance=distance.T,
        )

    def draw(self, settings, value):
        left, right = self.axes
        for line, way, share, distance in zip(self._factors, self._ways, (1.0, settings.condition), value.distance):
            line.set_data(RATES, inside(left, factor(RATES / share, settings.momentum)))
            way.set_data(np.arange(UPDATES + 1), inside(right, distance))
        at = min(settings.lr * settings.largest, 4.4)
        self._dots.set_data([at, at], np.minimum([value.steep, value.flat], 1.6))
        self._limit.set_data([2 * (1 + settings.momentum)] * 2, left.get_ylim())
        curvatures = f"{short(settings.largest / settings.condition)} and {short(settings.largest)}"
        verdict = f"it takes about {value.updates:.0f} updates to be 1000 times nearer." if value.converges else "it does not converge."
        return (
            f"Learning rate {short(settings.lr)}, momentum {short(settings.momentum)}, curvatures {curvatures}: an update multiplies the "
            f"steep direction by {short(value.steep)} in size and the flat one by {short(value.flat)}. "
            f"The limit is {short(value.limit)}: {verdict}"
        )
