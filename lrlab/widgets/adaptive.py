"""What the adaptive methods do to each parameter's rate, and what Adam's bias correction is for."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from ..optimizers import OPTIMIZERS, Adam
from ..optimizers.base import beta1_field, beta2_field
from ..parameters import Declared, choice, declare, flag, number, whole
from ..plots import COLORS, short
from .controls import member
from .explorer import SettingsExplorer, inside

FIRST = 50


@declare
class Bias(Declared):
    """The first updates of Adam from averages that begin at 0."""

    beta1: float = beta1_field()
    beta2: float = beta2_field()
    correction: bool = flag(True, text="divide each average by 1 - beta^t, as Adam does")
    gradients: str = choice("equal", choices=("equal", "random"), text="gradients: all 1, or drawn from a normal distribution")


class Biased(NamedTuple):
    corrected: np.ndarray  # (FIRST,): size of each update over lr, with the correction
    uncorrected: np.ndarray  # without
    shown: np.ndarray  # the one that `correction` asks for
    first: float
    largest: float
    largest_at: int  # number of the largest update, the first is 1


class BiasExplorer(SettingsExplorer):
    """The size of Adam's first 50 updates over lr, with and without bias correction.

    With equal gradients the t-th update without correction has size (1 - beta1^t) / sqrt(1 - beta2^t) times lr, with it
    size lr: Kingma and Ba 2015, section 3, https://arxiv.org/abs/1412.6980.
    `value` is (corrected, uncorrected, shown, first, largest, largest_at).

    >>> w = BiasExplorer(correction=False)
    >>> round(w.value.first, 3), round(w.value.largest, 3), w.value.largest_at
    (3.162, 6.569, 12)
    >>> w.set(correction=True)
    >>> round(w.value.largest, 3)
    1.0
    """

    title = "Adam's bias correction"
    look_for = (
        "Both averages begin at 0 and are too small at first. Switch the correction off: which beta makes the first updates too large, "
        "which too small, and how long does it last?"
    )
    Settings = Bias

    def build(self):
        ax = self.axes
        ax.set(xlabel="number of the update", ylabel="size of the update over lr", xlim=(0, FIRST + 1), ylim=(0, 8))
        ax.axhline(1.0, color="#555555", linewidth=1.0)
        self._other = self.line(ax, color=COLORS[1], linewidth=1.5, linestyle=":", label="the other way")
        self._shown = self.line(ax, color=COLORS[0], linewidth=1.6, marker="o", markersize=4, label="as set")
        self.legend(self._shown, self._other)

    @property
    def milestones(self):
        return {
            "no correction": {"beta1": 0.9, "beta2": 0.999, "correction": False, "gradients": "equal"},
            "beta2 0.99": {"beta2": 0.99, "correction": False},
            "beta2 0.95: too small": {"beta2": 0.95, "correction": False},
            "corrected": {"correction": True},
            "random gradients": {"gradients": "random"},
        }

    @staticmethod
    @lru_cache(maxsize=64)
    def measure(settings):
        Adam(beta1=settings.beta1, beta2=settings.beta2)
        grads = np.ones(FIRST) if settings.gradients == "equal" else np.random.default_rng(0).standard_normal(FIRST)
        m = v = 0.0
        with_it, without = np.empty(FIRST), np.empty(FIRST)
        for t, grad in enumerate(grads.tolist(), start=1):
            m = settings.beta1 * m + (1 - settings.beta1) * grad
            v = settings.beta2 * v + (1 - settings.beta2) * grad * grad
            without[t - 1] = abs(m) / np.sqrt(v)
            with_it[t - 1] = without[t - 1] * np.sqrt(1 - settings.beta2**t) / (1 - settings.beta1**t)
        shown = with_it if settings.correction else without
        return Biased(with_it, without, shown, float(shown[0]), float(shown.max()), int(shown.argmax()) + 1)

    def draw(self, settings, value):
        t = np.arange(1, FIRST + 1)
        self._shown.set_data(t, inside(self.axes, value.shown))
        self._other.set_data(t, inside(self.axes, value.uncorrected if settings.correction else value.corrected))
        said = "with" if settings.correction else "without"
        far = "" if value.largest <= 8 else " It leaves the picture."
        # with the correction the sizes are equal but for rounding
        first = value.shown.max() <= value.first * (1 + 1e-9)
        at = 1 if first else value.largest_at
        return (
            f"beta1 {short(settings.beta1)}, beta2 {short(settings.beta2)}, {settings.gradients} gradients, {said} correction: the first "
            f"update is {short(value.first)} times lr, the largest of {FIRST} is {short(value.largest)} times lr, at update {at}.{far}"
        )


UPDATES = 400
WINDOW = 40


@declare
class Stream(Declared):
    """Least squares on a stream of examples with two features, of which the second is rare."""

    optimizer: str = member("AdaGrad", catalogue=OPTIMIZERS, text="what becomes of the gradient")
    lr: float = number(0.1, low=0.0, low_open=True, slider=(1e-3, 10.0), scale="log", text="learning rate")
    ratio: int = whole(10, low=1, slider=(1, 100), text="how many times rarer the second feature is")
    jump: int = whole(200, low=0, slider=(0, UPDATES), unit="updates", text="update at which the target changes")
    noise: float = number(0.3, low=0.0, slider=(0.0, 3.0), text="standard deviation of the noise on the answers")


class Rates(NamedTuple):
    rates: np.ndarray  # (2, UPDATES): way gone over gradients received, of the common and the rare feature, moving window
    distance: np.ndarray  # (2, UPDATES + 1): distance of each weight from its target
    ratio: float  # rate of the rare feature over that of the common one, at the end
    before: float  # largest distance just before the jump
    after: float  # largest distance at the end


@cache
def _draws():
    rng = np.random.default_rng(0)
    return rng.random(UPDATES), rng.standard_normal((UPDATES, 2)), rng.standard_normal(UPDATES)


def _walk(optimizer, lr, x, y):
    """The weights before and after each update, and the size of each gradient."""
    w = np.zeros(2)
    state = optimizer.init(w, ((2,),))
    path, grads = np.empty((len(y) + 1, 2)), np.empty((len(y), 2))
    for t, (features, answer) in enumerate(zip(x, y.tolist())):
        path[t] = w
        residual = float(features @ w) - answer
        grads[t] = grad = residual * features
        if not abs(residual) < 1e100:
            path[t:], grads[t:] = np.inf, np.nan
            return path, grads
        loss = (np.float64(residual * residual / 2),) if optimizer.needs_loss else ()
        w, state = optimizer.step(w, grad, state, lr, *loss)
    path[-1] = w
    return path, np.abs(grads)


class RatesExplorer(SettingsExplorer):
    """The rate that each of two features really gets, of which one is rare, and what happens when the target jumps.

    The rate is measured: the way that a weight went in the last 40 updates over the gradients it received. It is lr for
    SGD without momentum. Every optimizer of the catalogue that can train two weights one example at a time can be chosen.
    `value` is (rates, distance, ratio, before, after).

    >>> w = RatesExplorer("SGD", lr=0.1)
    >>> round(w.value.ratio, 6)
    1.0
    >>> w.optimizer.value = "AdaGrad"
    >>> w.value.ratio > 2
    True
    """

    title = "A rate for each parameter"
    look_for = (
        "See which feature gets the larger rate, whether the rates go on falling, and who finds the target again after it has jumped."
    )
    Settings = Stream
    columns = 2
    size = (8.2, 3.5)

    def __init__(self, optimizer: str | None = None, **start):
        super().__init__(**start, **({} if optimizer is None else {"optimizer": optimizer}))

    def build(self):
        left, right = self.axes
        left.set(xlabel="update t", ylabel="way gone over gradient", yscale="log", xlim=(0, UPDATES), ylim=(1e-4, 1e2))
        right.set(xlabel="update t", ylabel="distance from the target", xlim=(0, UPDATES), ylim=(0, 3))
        looks = [{"color": COLORS[0], "linewidth": 1.8}, {"color": COLORS[1], "linewidth": 1.8, "linestyle": "--"}]
        words = ("common feature", "rare feature")
        self._rates = [self.line(left, label=word, **look) for word, look in zip(words, looks)]
        self._ways = [self.line(right, **look) for look in looks]
        self._jumps = [self.line(ax, color="#555555", linestyle=":", linewidth=1.6, label="the target jumps") for ax in self.axes]
        self.legend(*self._rates, self._jumps[0])

    @property
    def milestones(self):
        return {
            "SGD": {"optimizer": "SGD", "lr": 0.1},
            "AdaGrad": {"optimizer": "AdaGrad", "lr": 0.3},
            "RMSProp": {"optimizer": "RMSProp", "lr": 0.02},
            "Adam": {"optimizer": "Adam", "lr": 0.02},
            "equally common": {"ratio": 1},
            "very rare": {"ratio": 50},
            "no jump": {"jump": UPDATES},
        }

    @staticmethod
    @lru_cache(maxsize=64)
    def measure(settings):
        rare, values, noise = _draws()
        here = np.column_stack([np.ones(UPDATES), rare < 1.0 / settings.ratio])
        x = np.where(here, np.where(values >= 0, 1.0, -1.0), 0.0)
        target = np.where(np.arange(UPDATES)[:, None] < settings.jump, 1.0, -1.0)
        path, grads = _walk(OPTIMIZERS[settings.optimizer](), settings.lr, x, (x * target).sum(-1) + settings.noise * noise)
        way = np.abs(np.diff(path, axis=0))

        def window(values):
            total = np.cumsum(np.vstack([np.zeros((1, 2)), values]), axis=0)
            begin = np.maximum(np.arange(1, UPDATES + 1) - WINDOW, 0)
            return total[1:] - total[begin]

        received = window(grads)
        rates = np.where(received > 1e-12, window(way) / np.where(received > 1e-12, received, 1.0), np.nan)
        known = rates[np.isfinite(rates).all(-1)]
        distance = np.abs(path - np.vstack([target[:1], target]))
        return Rates(
            rates.T,
            distance.T,
            float(known[-1, 1] / known[-1, 0]) if len(known) and known[-1, 0] else np.nan,
            float(distance[min(settings.jump, UPDATES)].max()),
            float(distance[-1].max()),
        )

    def draw(self, settings, value):
        left, right = self.axes
        for line, way, rates, distance in zip(self._rates, self._ways, value.rates, value.distance):
            line.set_data(np.arange(UPDATES), np.where(np.isnan(rates), np.nan, inside(left, rates)))
            way.set_data(np.arange(UPDATES + 1), inside(right, distance))
        for line, ax in zip(self._jumps, self.axes):
            line.set_data([settings.jump] * 2, ax.get_ylim())
        told = (
            f"{settings.optimizer}, learning rate {short(settings.lr)}, second feature {settings.ratio} times rarer"
        )
        if not np.isfinite(value.after):
            return told + ": at the end the weights have left all bounds."
        rate = "the rates are not known" if np.isnan(value.ratio) else f"the rare feature's rate is {short(value.ratio)} times the common one's"
        jumped = f"before the target jumped at update {settings.jump}" if 0 < settings.jump < UPDATES else "at the last update"
        return told + f": at the end {rate}. The larger distance was {short(value.before)} {jumped} and is {short(value.after)} at the end."
