"""Noise in the gradient: the floor under a fixed rate, and the decay that goes below it."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from ..optimizers.base import momentum_field
from ..parameters import Declared, declare, flag, number, whole
from ..plots import COLORS, short
from .explorer import SettingsExplorer, inside

PARTICLES, UPDATES, LAST = 400, 300, 100
EDGES = np.linspace(-4.0, 4.0, 34)


@declare
class Noise(Declared):
    """Stochastic gradient descent with a fixed rate on f(w) = w^2 / 2 from w = 3; the noise is that of one example."""

    lr: float = number(0.1, low=0.0, low_open=True, slider=(1e-3, 3.0), scale="log", text="how far each update goes for a given gradient")
    noise: float = number(1.0, low=0.0, slider=(0.0, 3.0), text="standard deviation of the gradient of one example")
    batch: int = whole(1, low=1, slider=(1, 256), unit="examples", text="number of examples whose gradients are averaged")
    momentum: float = momentum_field()


class Floor(NamedTuple):
    floor: float  # theory: the mean loss in the long run; inf above the limit
    measured: float  # mean loss over all particles in the last 100 updates
    limit: float  # largest rate that converges: 2 (1 + momentum)
    loss: np.ndarray  # (UPDATES + 1,): mean loss over the particles
    w: np.ndarray  # (PARTICLES,): where they are at the end


@cache
def draws():
    return np.random.default_rng(0).standard_normal((UPDATES, PARTICLES))


class NoiseFloorExplorer(SettingsExplorer):
    """400 particles in a bowl with noisy gradients: the loss falls to lr * noise^2 / (2 batch (2 - lr)) and no further.

    With momentum b the floor is lr * noise^2 (1 + b) / (2 batch (1 - b) (2 (1 + b) - lr)): Mandt, Hoffman and Blei 2017,
    https://arxiv.org/abs/1704.04289, section 3, gives it for small rates.

    `value` is (floor, measured, limit, loss, w).

    >>> w = NoiseFloorExplorer(lr=0.5)
    >>> round(w.value.floor, 4)
    0.1667
    >>> w.set(batch=4)
    >>> round(w.value.floor, 4)
    0.0417
    """

    title = "The noise floor"
    look_for = (
        "The loss falls, then stays at a floor. See which controls move the floor, which only move the time to reach it, "
        "and which two undo each other."
    )
    Settings = Noise
    columns = 2
    size = (8.2, 3.5)

    def build(self):
        left, right = self.axes
        left.set(xlabel="update t", ylabel="mean loss", yscale="log", xlim=(0, UPDATES), ylim=(1e-5, 1e2))
        right.set(xlabel="w of the particles after the last update", ylabel="share of the highest bar", xlim=(-4, 4), ylim=(0, 1.15))
        self._loss = self.line(left, color=COLORS[0], linewidth=1.8, label="measured")
        self._floor = self.line(left, color=COLORS[1], linewidth=1.8, linestyle="--", label="theory of the floor")
        self._bars = self.line(right, color=COLORS[0], linewidth=1.4, drawstyle="steps-mid")
        self._bell = self.line(right, color=COLORS[1], linewidth=1.8, linestyle="--")
        self.legend(self._loss, self._floor)

    @property
    def milestones(self):
        return {
            "small rate": {"lr": 0.01, "momentum": 0.0},
            "rate 1": {"lr": 1.0, "momentum": 0.0},
            "rate 1.9": {"lr": 1.9, "momentum": 0.0},
            "batch 16": {"batch": 16},
            "momentum 0.9": {"momentum": 0.9},
            "no noise": {"noise": 0.0},
        }

    @staticmethod
    @lru_cache(maxsize=64)
    def measure(settings):
        lr, b, spread = settings.lr, settings.momentum, settings.noise / np.sqrt(settings.batch)
        w, v = np.full(PARTICLES, 3.0), np.zeros(PARTICLES)
        loss = np.empty(UPDATES + 1)
        for t, draw in enumerate(spread * draws()):
            loss[t] = 0.5 * (w @ w) / PARTICLES
            v = b * v + w + draw
            w = w - lr * v
        loss[-1] = 0.5 * (w @ w) / PARTICLES
        limit = 2 * (1 + b)
        floor = lr * spread**2 * (1 + b) / (2 * (1 - b) * (limit - lr)) if lr < limit else np.inf
        return Floor(float(floor), float(loss[-LAST:].mean()), limit, loss, w)

    def draw(self, settings, value):
        left, right = self.axes
        self._loss.set_data(np.arange(UPDATES + 1), inside(left, value.loss))
        self._floor.set_data([0, UPDATES], inside(left, [value.floor] * 2))
        bars = np.histogram(np.clip(np.nan_to_num(value.w, nan=9), -9, 9), EDGES)[0]
        self._bars.set_data((EDGES[1:] + EDGES[:-1]) / 2, bars / max(bars.max(), 1))
        spread = max(np.sqrt(2 * value.floor), 1e-3)
        x = np.linspace(-4.0, 4.0, 401)
        self._bell.set_data(x, np.exp(-((x / spread) ** 2) / 2) if np.isfinite(spread) else np.full_like(x, np.nan))
        told = (
            f"Learning rate {short(settings.lr)}, noise {short(settings.noise)}, batch {settings.batch}, momentum "
            f"{short(settings.momentum)}"
        )
        if not np.isfinite(value.floor):
            return told + f": the rate is not below {short(value.limit)}, so the loss has no floor: it grows without end."
        there = value.measured <= 1.5 * value.floor or value.measured < 1e-12
        arrived = "" if there else " It has not arrived there yet."
        return told + f": the floor is {short(value.floor)}, the mean loss of the last {LAST} of {UPDATES} updates {short(value.measured)}.{arrived}"


STEPS, SHOWN = 10_000, np.unique(np.geomspace(1, 10_000, 200).astype(int))


@declare
class Decay(Declared):
    """Stochastic gradient descent with lr(t) = a / (t + 1)^p on f(w) = w^2 / 2 from w = 10, with gradient noise."""

    a: float = number(1.0, low=0.0, low_open=True, slider=(0.01, 10.0), scale="log", text="first learning rate")
    power: float = number(1.0, low=0.0, slider=(0.0, 2.0), text="power p of the decay in a / (t + 1)^p")
    averaging: bool = flag(False, text="judge the mean of all weights so far in place of the last ones")
    noise: float = number(1.0, low=0.0, slider=(0.0, 3.0), text="standard deviation of the noise of the gradient")


class Decayed(NamedTuple):
    last: np.ndarray  # (n,): expected squared distance of the last weights, at the updates `t`
    mean: np.ndarray  # (n,): the same of the mean of all weights so far
    t: np.ndarray
    shown: np.ndarray  # the one of the two that `averaging` asks for
    score: float  # t * shown / noise^2 at the end: the best possible is about 1


class DecayExplorer(SettingsExplorer):
    """How fast a falling rate lets the weights settle: E w^2 after t updates, exact, against the best possible noise^2 / t.

    Robbins and Monro 1951, https://doi.org/10.1214/aoms/1177729586; averaging: Polyak and Juditsky 1992,
    https://doi.org/10.1137/0330046. `value` is (last, mean, t, shown, score).

    >>> w = DecayExplorer()
    >>> round(w.value.score, 2)
    1.0
    >>> w.jump("a = 0.25: too small")
    >>> w.value.score > 1000
    True
    """

    title = "Decay on purpose"
    look_for = (
        "The dashed line is the best that any method can do with so many noisy gradients. See which first rates and powers run "
        "along it, which hang above it for ever, and what averaging forgives."
    )
    Settings = Decay

    def build(self):
        ax = self.axes
        ax.set(xlabel="update t", ylabel="expected squared distance", xscale="log", yscale="log", xlim=(1, STEPS), ylim=(1e-5, 1e4))
        self._last = self.line(ax, color=COLORS[0], linewidth=1.8, label="last weights")
        self._mean = self.line(ax, color=COLORS[2], linewidth=1.8, linestyle="-.", label="mean of all weights")
        self._best = self.line(ax, color=COLORS[1], linewidth=1.8, linestyle="--", label="best possible: noise^2 / t")
        self._dot = self.line(ax, color="#000000", marker="o", linestyle="none", clip_on=False, label="judged")
        self.legend(self._last, self._mean, self._best, self._dot)

    @property
    def milestones(self):
        return {
            "a = 1, power 1": {"a": 1.0, "power": 1.0, "averaging": False},
            "a = 0.25: too small": {"a": 0.25, "power": 1.0, "averaging": False},
            "a = 5: too large": {"a": 5.0, "power": 1.0, "averaging": False},
            "fixed rate": {"a": 0.1, "power": 0.0, "averaging": False},
            "power 0.5, averaged": {"a": 0.5, "power": 0.5, "averaging": True},
        }

    @staticmethod
    @lru_cache(maxsize=64)
    def measure(settings):
        # with w' = (1 - lr) w - lr noise, the moments of w and of its mean m over w_1 ... w_t follow exactly
        rates = (settings.a * np.arange(1.0, STEPS + 1) ** -settings.power).tolist()
        variance, ww, mw, mm = settings.noise * settings.noise, 100.0, 0.0, 0.0
        last, mean = [0.0] * STEPS, [0.0] * STEPS
        for t, lr in enumerate(rates):
            keep, share = 1.0 - lr, 1.0 / (t + 1)
            ww = keep * keep * ww + lr * lr * variance
            mm, mw = (1 - share) ** 2 * mm + 2 * (1 - share) * share * keep * mw + share * share * ww, (1 - share) * keep * mw + share * ww
            last[t], mean[t] = ww, mm
        last, mean = np.array(last)[SHOWN - 1], np.array(mean)[SHOWN - 1]
        shown = mean if settings.averaging else last
        score = STEPS * shown[-1] / variance if variance else np.inf if shown[-1] else 0.0
        return Decayed(last, mean, SHOWN, shown, float(score))

    def draw(self, settings, value):
        ax = self.axes
        self._last.set_data(value.t, inside(ax, value.last))
        self._mean.set_data(value.t, inside(ax, value.mean))
        self._best.set_data(value.t, inside(ax, settings.noise * settings.noise / value.t))
        self._dot.set_data([STEPS], np.clip(np.nan_to_num(value.shown[-1:], nan=1e4), *ax.get_ylim()))
        judged = "mean of all weights has" if settings.averaging else "last weights have"
        if not np.isfinite(value.shown[-1]):
            end = f"the {judged} left all bounds: the first rates are too large."
        elif settings.noise == 0:
            end = f"the {judged} an expected squared distance of {short(value.shown[-1])} after {STEPS} updates, without noise."
        else:
            end = (
                f"the {judged} an expected squared distance of {short(value.shown[-1])} after {STEPS} updates, "
                f"{short(value.score)} times the best possible."
            )
        return f"lr(t) = {short(settings.a)} / (t + 1)^{short(settings.power)}, noise {short(settings.noise)}: {end}"
