"""Horizons and restarts: what a schedule that is planned for one number of updates is worth when it is stopped at another."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..parameters import Declared, declarations, declare, number, whole
from ..plots import COLORS, short
from ..schedules import SCHEDULES, Cosine, CosineRestarts
from .controls import member
from .explorer import SettingsExplorer, inside

UPDATES = 400
# three directions, each with a share of 1 in the loss at the start; the noise of a direction goes with its curvature
CURVATURES = np.array([1.0, 0.2, 0.05])
HORIZONS = np.arange(20, UPDATES + 1, 10)


def expected_loss(lr, noise):
    """The expected loss (..., steps + 1) of stochastic gradient descent with the rates lr (..., steps) on a bowl, exactly.

    E w_i^2 becomes (1 - lr h_i)^2 E w_i^2 + lr^2 noise^2 h_i, and the loss is the sum of h_i E w_i^2 / 2.
    """
    lr = np.asarray(lr)[..., None]
    keep, add = (1.0 - lr * CURVATURES) ** 2, (lr * noise) ** 2 * CURVATURES
    square = np.empty((*lr.shape[:-2], lr.shape[-2] + 1, len(CURVATURES)))
    square[..., 0, :] = 2.0 / CURVATURES
    for t in range(lr.shape[-2]):
        square[..., t + 1, :] = keep[..., t, :] * square[..., t, :] + add[..., t, :]
    return (square * CURVATURES).sum(-1) / 2.0


def rate_field():
    return number(0.5, low=0.0, low_open=True, slider=(1e-2, 2.0), scale="log", text="base rate of the schedule")


def noise_field():
    return number(1.0, low=0.0, slider=(0.0, 3.0), text="size of the gradient noise")


@declare
class Horizon(Declared):
    """A schedule planned for a number of updates, and the update at which training stops."""

    schedule: str = member("Cosine", catalogue=SCHEDULES, having=("lr", "steps"), text="schedule that needs to know its length")
    lr: float = rate_field()
    horizon: int = whole(400, low=10, high=2000, slider=(10, UPDATES), unit="updates", text="length that the schedule is planned for")
    stop: int = whole(200, low=1, high=UPDATES, slider=(1, UPDATES), unit="updates", text="update at which training stops")
    noise: float = noise_field()


class Stopped(NamedTuple):
    lr: np.ndarray  # (UPDATES,): rate of each update
    loss: np.ndarray  # (UPDATES + 1,): expected loss
    planned: np.ndarray  # (39,): loss at the end of a run planned for 20, 30, ... 400 updates
    stopped: float  # loss where training stops
    right: float  # loss there of a run planned for this
    cost: float  # stopped / right


def plan(name, lr, steps):
    """The schedule of this name over `steps` updates; where it has a warmup and a cooldown in updates they are shares of it."""
    fields = declarations(SCHEDULES[name])
    shares = {"warmup": steps // 20, "cooldown": steps // 5} if "cooldown" in fields else {}
    return SCHEDULES[name](lr=lr, steps=int(steps), **{field: value for field, value in shares.items() if field in fields})


@lru_cache(maxsize=64)
def _ends(name, lr, noise):
    rates = np.stack([plan(name, lr, steps)(np.arange(UPDATES)) for steps in HORIZONS])
    return expected_loss(rates, noise)[np.arange(len(HORIZONS)), HORIZONS]


class HorizonExplorer(SettingsExplorer):
    """Stop a schedule before its planned end, or go on after it: the loss against a run planned for that very length.

    The loss is exact: the expected loss of stochastic gradient descent on a bowl of curvatures 1, 0.2 and 0.05. Any
    schedule of the catalogue with a rate and a length can be chosen. The comparison is Hoffmann et al. 2022, appendix B,
    https://arxiv.org/abs/2203.15556; Haegele et al. 2024, https://arxiv.org/abs/2405.18392, for warmup-stable-decay.
    `value` is (lr, loss, planned, stopped, right, cost).

    >>> w = HorizonExplorer(horizon=400, stop=200)
    >>> w.value.cost > 1.5
    True
    >>> w.horizon.value = 200
    >>> w.value.cost
    1.0
    """

    title = "The horizon"
    look_for = (
        "The dots are runs that were planned for just as many updates. See how far a run that is stopped early lies above them, "
        "for which schedules the way there differs most from the dots, and what a longer plan costs."
    )
    Settings = Horizon
    columns = 2
    size = (8.2, 3.5)

    def build(self):
        left, right = self.axes
        left.set(xlabel="update t", ylabel="learning rate over base rate", xlim=(0, UPDATES), ylim=(0, 1.1))
        right.set(xlabel="update t", ylabel="expected loss", yscale="log", xlim=(0, UPDATES), ylim=(1e-2, 1e1))
        self._lr = self.line(left, color=COLORS[0], linewidth=1.8, label="this plan")
        self._loss = self.line(right, color=COLORS[0], linewidth=1.8)
        self._planned = self.line(right, color=COLORS[1], marker=".", markersize=6, linestyle="none", label="ends of runs planned so long")
        self._stops = [self.line(ax, color="#555555", linestyle=":", linewidth=1.6, label="stop") for ax in self.axes]
        self._dot = self.line(right, color="#000000", marker="o", linestyle="none", clip_on=False)
        self.legend(self._lr, self._planned, self._stops[0])

    @property
    def milestones(self):
        return {
            "planned for the stop": {"horizon": max(self.stop.value, 10)},
            "planned twice as long": {"horizon": 400, "stop": 200},
            "stop late": {"horizon": 100, "stop": 400},
            "warmup-stable-decay": {"schedule": "WSD"},
            "one cycle": {"schedule": "OneCycle"},
            "cosine": {"schedule": "Cosine"},
        }

    @staticmethod
    @lru_cache(maxsize=64)
    def measure(settings):
        name, lr, noise, stop = settings.schedule, settings.lr, settings.noise, settings.stop
        rates = np.stack([plan(name, lr, steps)(np.arange(UPDATES)) for steps in (settings.horizon, stop)])
        loss, right = expected_loss(rates, noise)
        stopped, best = float(loss[stop]), float(right[stop])
        return Stopped(rates[0], loss, _ends(name, lr, noise), stopped, best, stopped / best if best else np.inf)

    def draw(self, settings, value):
        left, right = self.axes
        t = np.arange(UPDATES + 1)
        self._lr.set_data(t[:-1], inside(left, value.lr / settings.lr))
        self._loss.set_data(t, inside(right, value.loss))
        self._planned.set_data(HORIZONS, inside(right, value.planned))
        self._dot.set_data([settings.stop], np.clip([value.stopped], *right.get_ylim()))
        for line, ax in zip(self._stops, self.axes):
            line.set_data([settings.stop] * 2, ax.get_ylim())
        told = f"{settings.schedule}, base rate {short(settings.lr)}, planned for {settings.horizon} updates and stopped at {settings.stop}"
        if not np.isfinite(value.stopped):
            return told + ": the expected loss has left all bounds."
        return told + (
            f": the expected loss is {short(value.stopped)}. Planned for {settings.stop} it is {short(value.right)}: the plan costs a factor {short(value.cost)}."
        )


@declare
class Restarts(Declared):
    """Cosine annealing with warm restarts over 400 updates."""

    lr: float = rate_field()
    period: int = whole(50, low=1, slider=(5, UPDATES), unit="updates", text="length of the first cycle")
    growth: float = number(1.0, low=1.0, slider=(1.0, 4.0), text="factor from the length of a cycle to the next")
    decay: float = number(1.0, low=0.0, high=1.0, low_open=True, slider=(0.05, 1.0), text="factor from a peak to the next")
    noise: float = noise_field()


class Restarted(NamedTuple):
    lr: np.ndarray  # (UPDATES,)
    loss: np.ndarray  # (UPDATES + 1,): expected loss
    ends: np.ndarray  # updates at which a cycle has ended
    best: float  # lowest loss at the end of a cycle
    best_at: int
    last: float  # loss after 400 updates
    cosine: float  # loss after 400 updates of one cosine


class RestartsExplorer(SettingsExplorer):
    """Restarts on a noisy bowl: the loss rises at each restart and is low at the end of each cycle.

    Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983; keeping the weights at the ends of cycles: Huang et al. 2017,
    https://arxiv.org/abs/1704.00109. The loss is exact, as in HorizonExplorer. `value` is (lr, loss, ends, best, best_at,
    last, cosine).

    >>> w = RestartsExplorer(period=50)
    >>> w.value.ends.tolist()
    [50, 100, 150, 200, 250, 300, 350, 400]
    >>> w.value.best > w.value.cosine
    True
    """

    title = "Restarts"
    look_for = (
        "The dots are the weights that one would keep: those at the end of a cycle. See how much a restart costs, how soon it is made "
        "good, and whether the last dot is as low as one long cosine."
    )
    Settings = Restarts
    columns = 2
    size = (8.2, 3.5)

    def build(self):
        left, right = self.axes
        left.set(xlabel="update t", ylabel="learning rate over base rate", xlim=(0, UPDATES), ylim=(0, 1.1))
        right.set(xlabel="update t", ylabel="expected loss", yscale="log", xlim=(0, UPDATES), ylim=(1e-2, 1e1))
        self._lr = self.line(left, color=COLORS[0], linewidth=1.8, label="with restarts")
        self._loss = self.line(right, color=COLORS[0], linewidth=1.8)
        look = {"color": COLORS[1], "linewidth": 1.8, "linestyle": "--"}
        self._cosine = [self.line(ax, label="one cosine", **look) for ax in self.axes]
        self._dots = self.line(right, color="#000000", marker="o", markersize=5, linestyle="none", clip_on=False, label="ends of cycles")
        self.legend(self._lr, self._cosine[0], self._dots)

    @property
    def milestones(self):
        return {
            "one cycle": {"period": 400, "growth": 1.0, "decay": 1.0},
            "eight cycles": {"period": 50, "growth": 1.0, "decay": 1.0},
            "doubling": {"period": 25, "growth": 2.0, "decay": 1.0},
            "shrinking": {"period": 50, "growth": 1.0, "decay": 0.7},
            "no noise": {"noise": 0.0},
        }

    @staticmethod
    @lru_cache(maxsize=64)
    def measure(settings):
        t = np.arange(UPDATES)
        schedule = CosineRestarts(lr=settings.lr, period=settings.period, growth=settings.growth, decay=settings.decay)
        rates = np.stack([schedule(t), Cosine(lr=settings.lr, steps=UPDATES)(t)])
        loss, cosine = expected_loss(rates, settings.noise)
        ends, length = [], float(settings.period)
        while sum(ends[-1:]) + length <= UPDATES + 1e-9:
            ends.append(sum(ends[-1:]) + length)
            length *= settings.growth
        ends = np.ceil(np.array(ends) - 1e-9).astype(int)
        best = int(ends[loss[ends].argmin()]) if ends.size else UPDATES
        return Restarted(rates[0], loss, ends, float(loss[best]), best, float(loss[-1]), float(cosine[-1]))

    def draw(self, settings, value):
        left, right = self.axes
        t = np.arange(UPDATES + 1)
        self._lr.set_data(t[:-1], inside(left, value.lr / settings.lr))
        self._loss.set_data(t, inside(right, value.loss))
        self._dots.set_data(value.ends, np.clip(value.loss[value.ends], *right.get_ylim()))
        cosine = Cosine(lr=settings.lr, steps=UPDATES)(t[:-1])
        self._cosine[0].set_data(t[:-1], cosine / settings.lr)
        self._cosine[1].set_data(t, inside(right, _cosine_loss(settings.lr, settings.noise)))
        kept = (
            f"the best end of a cycle has loss {short(value.best)}, at update {value.best_at}" if value.ends.size else "no cycle ends"
        )
        if not np.isfinite(value.last):
            return f"Base rate {short(settings.lr)}: the expected loss has left all bounds."
        return (
            f"Base rate {short(settings.lr)}, first cycle {settings.period} updates, growth {short(settings.growth)}, peaks times "
            f"{short(settings.decay)}: {kept}. After {UPDATES} updates the loss is {short(value.last)}, with one cosine {short(value.cosine)}."
        )


@lru_cache(maxsize=64)
def _cosine_loss(lr, noise):
    return expected_loss(Cosine(lr=lr, steps=UPDATES)(np.arange(UPDATES)), noise)
