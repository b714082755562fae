"""Schedules that go up again: restarts, cycles, one cycle, Chebyshev steps."""

from __future__ import annotations

import numpy as np

from ..parameters import choice, number, whole
from .base import SCHEDULES, Schedule
from .decay import base_rate, end_rate, length
from .piecewise import Interpolate


def split_into_cycles(t, period, growth):
    """The cycle that each t falls into, the t at which it began, and its length: period * growth^cycle.

    Cycles are counted, not solved for with a logarithm, which misses restarts by rounding. A start that is a whole
    number but for rounding is that whole number.
    """
    if growth == 1.0:
        cycle = np.floor(t / period)
        return cycle, cycle * period, np.full_like(t, period)
    last = t.max(initial=0.0)
    lengths, starts = [float(period)], [0.0]
    while starts[-1] + lengths[-1] <= last * (1.0 + 1e-9):
        start = starts[-1] + lengths[-1]
        starts.append(float(round(start)) if abs(start - round(start)) < 1e-9 * start else start)
        lengths.append(lengths[-1] * growth)
    cycle = np.searchsorted(starts, t, side="right") - 1
    return cycle.astype(float), np.asarray(starts)[cycle], np.asarray(lengths)[cycle]


@SCHEDULES.define(
    formula="end + (lr - end) * decay^i * (1 + cos(pi * t_cur / T_i)) / 2, T_i = period * growth^i",
    source="Loshchilov and Hutter 2017, equation 5, https://arxiv.org/abs/1608.03983",
    elsewhere={
        "torch": "CosineAnnealingWarmRestarts(T_0=period, T_mult=growth, eta_min=end)",
        "optax": "sgdr_schedule, a list of the single cycles",
        "keras": "CosineDecayRestarts(t_mul=growth, m_mul=decay, alpha=end / lr)",
        "timm": "CosineLRScheduler(cycle_mul, cycle_decay, cycle_limit)",
        "transformers": "get_cosine_with_hard_restarts_schedule_with_warmup, equal cycles",
    },
)
class CosineRestarts(Schedule):
    """Cosine annealing with warm restarts (SGDR): cosine decays one after another, each restarting at the top.

        T_i = period * growth^i                             length of cycle i = 0, 1, 2, ...
        t_cur = t - (T_0 + ... + T_(i-1))                   updates since the last restart
        lr(t) = end + (lr - end) * decay^i * (1 + cos(pi * t_cur / T_i)) / 2

    t is the number of updates already done; `period` counts updates. Restarts are at t = period, period * (1 + growth),
    and so on; that update uses the peak already. At t = 0: lr. At the restart i: end + (lr - end) * decay^i. The last
    update of a cycle is one short of `end`: with whole cycles the minimum is approached and never used. With period=1
    and growth=1 each update is a restart, and the rate stays at the peaks. It goes on for ever.

    Raises ValueError if lr <= 0, period < 1, end < 0, decay outside (0, 1] or growth is neither 1 nor at least 1.01.
    Torch takes whole growths only, and Keras grows by 2 by default and computes in float32. Torch's step(epoch), Keras
    and timm find the cycle by a logarithm, which goes wrong at some restarts.

    >>> CosineRestarts(lr=1.0, period=2, growth=2, decay=0.5)([0, 1, 2, 4, 6, 10])
    array([1.   , 0.5  , 0.5  , 0.25 , 0.25 , 0.125])
    """

    lr: float = base_rate(text="rate at the first peak")
    period: int = whole(10, low=1, slider=(1, 100), unit="updates", text="length of the first cycle")
    growth: float = number(1.0, low=1.0, slider=(1.0, 4.0), text="factor from the length of a cycle to the next")
    end: float = end_rate("rate that each cycle falls towards")
    decay: float = number(1.0, low=0.0, high=1.0, low_open=True, slider=(0.05, 1.0), text="factor from a peak to the next")

    def validate(self):
        if 1.0 < self.growth < 1.01:
            raise ValueError(
                f"CosineRestarts: growth must be 1 or at least 1.01, got {self.growth}. "
                "It is the factor from the length of a cycle to the next; try 2."
            )

    def curve(self, t):
        i, start, T_i = split_into_cycles(t, self.period, self.growth)
        t_cur = t - start
        wave = self.decay**i * (1.0 + np.cos(np.pi * np.clip(t_cur / T_i, 0.0, 1.0))) / 2.0
        return self.end * (1.0 - wave) + self.lr * wave


@SCHEDULES.define(
    formula="low + (high - low) * triangle(t) * scale, scale = 1, 2^-cycle or gamma^t",
    source="Smith 2017, section 3, https://arxiv.org/abs/1506.01186",
    elsewhere={
        "torch": "CyclicLR(base_lr=low, max_lr=high, step_size_up=up, step_size_down=down)",
        "optax": "none",
        "keras": "none",
        "ignite": "LinearCyclicalScheduler",
    },
)
class Cyclical(Schedule):
    """Cyclical rates (CLR): a triangle wave between `low` and `high`.

        cycle = floor(t / (up + down))          s = t - cycle * (up + down)
        triangle = s / up                       s <= up
        triangle = (up + down - s) / down       s > up
        lr(t) = low + (high - low) * triangle * scale

    scale is 1 for mode='triangular', 2^-cycle for 'triangular2' (each peak half as high) and gamma^t for 'exp_range'
    (per update, not per cycle). t is the number of updates already done; up and down count updates, and down=None is
    `up`. At t = 0 and at the start of each cycle: low. At t = up: high (times the scale, above low). It goes on for ever.
    With low > high the wave is turned over, as momentum goes against the rate.

    Raises ValueError if low < 0, high < 0, up < 1, down < 1, gamma outside (0, 1] or the mode is no such word.
    Torch agrees, and by default cycles the momentum too; here that is a second schedule.

    >>> Cyclical(low=0.1, high=0.5, up=4, mode="triangular2")([0, 2, 4, 6, 8, 12, 16])
    array([0.1, 0.3, 0.5, 0.3, 0.1, 0.3, 0.1])
    """

    low: float = number(0.01, low=0.0, slider=(0.0, 1.0), text="rate at the start and between the cycles")
    high: float = number(0.1, low=0.0, slider=(0.0, 1.0), text="rate at the first peak")
    up: int = whole(20, low=1, slider=(1, 100), unit="updates", text="updates from low to high")
    down: int | None = whole(
        None, low=1, slider=(1, 100), optional=True, unit="updates", text="updates from high to low; None is as many as up"
    )
    mode: str = choice("triangular", choices=("triangular", "triangular2", "exp_range"), text="how the peaks shrink")
    gamma: float = number(
        1.0, low=0.0, high=1.0, low_open=True, slider=(0.9, 1.0), text="factor of each update, for the mode exp_range"
    )

    def curve(self, t):
        down = self.down or self.up
        cycle = np.floor(t / (self.up + down))
        s = t - cycle * (self.up + down)
        triangle = np.where(s <= self.up, s / self.up, (self.up + down - s) / down)
        scale = {"triangular": 1.0, "triangular2": 0.5**cycle, "exp_range": self.gamma**t}[self.mode]
        height = np.clip(triangle, 0.0, 1.0) * scale
        return self.low * (1.0 - height) + self.high * height


@SCHEDULES.define(
    formula="from lr / div up to lr at t = warmup * steps, down to lr / (div * final_div) at t = steps",
    source="Smith and Topin 2018, section 3, https://arxiv.org/abs/1708.07120",
    elsewhere={
        "torch": "OneCycleLR, with the peak at warmup * total - 1 and the end at total - 1",
        "optax": "cosine_onecycle_schedule; linear_onecycle_schedule has three phases",
        "keras": "none",
        "fastai": "fit_one_cycle, with final_div in parts of the peak",
    },
)
class OneCycle(Schedule):
    """One-cycle: from lr / div up to lr, then down to almost nothing.

        lr(0) = lr / div        lr(warmup * steps) = lr        lr(steps) = lr / (div * final_div), held afterwards

    and between them half a cosine wave (anneal='cosine') or a straight line ('linear'). t is the number of updates
    already done; `steps` counts updates and `warmup` is a share of them. With warmup=0 it begins at lr; with warmup=1
    it climbs until t = steps and drops there. `momentum()` is the momentum that goes against it.

    Raises ValueError if lr <= 0, steps < 1, warmup outside [0, 1], div < 1 or final_div < 1.
    Torch spans one update less: OneCycleLR(total_steps=N, pct_start=q) is OneCycle(steps=N-1, warmup=(q*N-1)/(N-1)).
    Optax rounds the peak down to a whole update. Fastai's div_final is div * final_div. Torch's three_phase=True and
    Optax's linear_onecycle_schedule are an Interpolate with four knots.

    >>> OneCycle(lr=1.0, steps=10, warmup=0.3, div=10, final_div=100, anneal="linear")([0, 1, 3, 10, 99])
    array([0.1  , 0.4  , 1.   , 0.001, 0.001])
    """

    lr: float = base_rate(text="largest rate, reached at t = warmup * steps")
    steps: int = length(text="length of the cycle")
    warmup: float = number(0.3, low=0.0, high=1.0, slider=(0.0, 1.0), text="share of the steps that climbs")
    div: float = number(25.0, low=1.0, slider=(1.0, 100.0), scale="log", text="largest rate over the first")
    final_div: float = number(1e4, low=1.0, slider=(1.0, 1e5), scale="log", text="first rate over the last")
    anneal: str = choice("cosine", choices=("cosine", "linear"), text="shape of the way up and down")

    @property
    def peak(self) -> float:
        """The t of the largest rate: warmup * steps, whole where it is whole but for rounding."""
        return round(self.warmup * self.steps, 9)

    def momentum(self, low: float = 0.85, high: float = 0.95) -> Interpolate:
        """The momentum of the same cycle: from `high` down to `low` at the largest rate, and back up to `high` at t = steps.

        >>> OneCycle(steps=10, anneal="linear").momentum()([0, 3, 10, 99])
        array([0.95, 0.85, 0.95, 0.95])
        """
        return Interpolate(values=(high, low, high), knots=(0.0, self.peak, self.steps), shape=self.anneal)

    def curve(self, t):
        values = (self.lr / self.div, self.lr, self.lr / (self.div * self.final_div))
        return Interpolate(values=values, knots=(0.0, self.peak, self.steps), shape=self.anneal).curve(t)


@SCHEDULES.define(
    formula="2 / (M + m - (M - m) * cos((s + 1/2) * pi / T)), s = fractal order of t mod T",
    source="Agarwal, Goel and Zhang 2021, section 3, https://arxiv.org/abs/2103.01338",
    elsewhere={
        "torch": "LambdaLR of this formula",
        "optax": "none",
        "keras": "none",
        "pytorch_optimizer": "get_chebyshev_schedule",
    },
)
class Chebyshev(Schedule):
    """Chebyshev steps in fractal order: the fastest fixed list of rates for a quadratic, large and small interlaced.

        T = 2^doublings        m = smallest, M = largest
        lr(t) = 2 / (M + m - (M - m) * cos((s + 1/2) * pi / T))        s = order[t mod T]

    The rates are the inverses of the roots of the Chebyshev polynomial on [m, M], the curvatures of the loss: T updates
    of gradient descent with them shrink the error of every curvature by as much as any T rates can. In falling order they
    overflow; in fractal order, order_2T = interlace(order_T, 2T - 1 - order_T), each large step is soon made good.
    t is the number of updates already done; a fraction of an update counts as its start. All rates lie between 1/M and
    1/m. At t = 0: the largest, just below 1/m. After T updates the list repeats, for ever. With doublings=0 or m = M it
    is the fixed rate 2/(M + m).

    Raises ValueError if smallest <= 0, largest <= 0, smallest > largest or doublings outside 0..12.
    None of Torch, Optax and Keras has it.

    >>> Chebyshev(smallest=1.0, largest=3.0, doublings=1)([0, 1, 2]).round(6)
    array([0.773459, 0.369398, 0.773459])
    """

    smallest: float = number(0.1, low=0.0, low_open=True, slider=(1e-3, 1.0), scale="log", text="smallest curvature of the loss, m")
    largest: float = number(1.0, low=0.0, low_open=True, slider=(1.0, 1e3), scale="log", text="largest curvature of the loss, M")
    doublings: int = whole(3, low=0, high=12, slider=(0, 8), text="number of doublings of the list: T = 2^doublings rates")

    def validate(self):
        if self.smallest > self.largest:
            raise ValueError(
                f"Chebyshev: smallest must be at most largest, got smallest={self.smallest} and largest={self.largest}. "
                "They are the ends of the range of curvatures."
            )

    def curve(self, t):
        order = np.zeros(1)
        for _ in range(self.doublings):
            order = np.stack([order, 2 * len(order) - 1 - order], axis=1).ravel()
        T, m, M = len(order), self.smallest, self.largest
        rates = 2.0 / (M + m - (M - m) * np.cos((order + 0.5) * np.pi / T))
        return rates[np.mod(np.floor(t), T).astype(int)]
