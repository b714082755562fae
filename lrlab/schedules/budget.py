"""Decays over a fixed budget of updates: they know where they end."""

from __future__ import annotations

import numpy as np

from ..parameters import choice, number, whole
from .base import SCHEDULES, Schedule
from .decay import base_rate, end_rate, length

HELD = "rate at t = steps, held afterwards"


@SCHEDULES.define(
    formula="end + (lr - end) * (1 - min(t / steps, 1))^power",
    source="Chen et al. 2017 (DeepLab), section 4.1, https://arxiv.org/abs/1606.00915",
    elsewhere={
        "torch": "PolynomialLR, always to 0",
        "optax": "polynomial_schedule",
        "keras": "PolynomialDecay, to 1e-4 by default",
        "timm": "PolyLRScheduler, with power 0.5 by default",
        "transformers": "get_polynomial_decay_schedule_with_warmup, to 1e-7 by default",
    },
)
class Polynomial(Schedule):
    """Polynomial decay from `lr` to `end`.

        lr(t) = end + (lr - end) * (1 - min(t / steps, 1))^power

    t is the number of updates already done; `steps` counts updates. At t = 0: lr. At t = steps and for ever after: end.
    power=1 is the straight line, power=2 falls early, power=0.5 late.

    Raises ValueError if lr <= 0, steps < 1, power <= 0 or end < 0.
    Torch has no `end`; Keras's is 1e-4 by default, and its cycle=True stretches the decay in place of holding.

    >>> Polynomial(lr=1.0, steps=4, power=2)([0, 1, 2, 4, 9])
    array([1.    , 0.5625, 0.25  , 0.    , 0.    ])
    """

    lr: float = base_rate()
    steps: int = length()
    power: float = number(1.0, low=0.0, low_open=True, slider=(0.1, 4.0), text="exponent: above 1 falls early, below 1 late")
    end: float = end_rate(HELD)

    def curve(self, t):
        left = (1.0 - np.minimum(t / self.steps, 1.0)) ** self.power
        return self.end * (1.0 - left) + self.lr * left


@SCHEDULES.define(
    formula="end + (lr - end) * (1 - p) / (1 - p / 2), p = min(t / steps, 1)",
    source="Chen, Wolfe and Kyrillidis 2022, section 3, https://arxiv.org/abs/2107.04197",
    elsewhere={
        "torch": "LambdaLR of this formula",
        "optax": "none",
        "keras": "none",
        "pytorch_optimizer": "REXScheduler",
    },
)
class REX(Schedule):
    """REX, the reflected exponential: above the straight line everywhere, falling fastest at the end.

        p = min(t / steps, 1)
        lr(t) = end + (lr - end) * (1 - p) / (1 - p / 2)

    t is the number of updates already done; `steps` counts updates. At t = 0: lr. Half-way: a third of the way down. At
    t = steps and for ever after: end.

    Raises ValueError if lr <= 0, steps < 1 or end < 0.
    None of Torch, Optax and Keras has it.

    >>> REX(lr=0.9, steps=4)([0, 2, 4, 9])
    array([0.9, 0.6, 0. , 0. ])
    """

    lr: float = base_rate()
    steps: int = length()
    end: float = end_rate(HELD)

    def curve(self, t):
        p = np.minimum(t / self.steps, 1.0)
        left = (1.0 - p) / (1.0 - p / 2.0)
        return self.end * (1.0 - left) + self.lr * left


@SCHEDULES.define(
    formula="end + (lr - end) * (1 - tanh(lb * (1 - p) + ub * p)) / 2, p = t / steps; end from p = 1 on",
    source="Hsueh, Li and Wu 2019, section 3, https://arxiv.org/abs/1806.01593",
    elsewhere={
        "torch": "LambdaLR of this formula",
        "optax": "none",
        "keras": "none",
        "timm": "TanhLRScheduler",
    },
)
class Tanh(Schedule):
    """Hyperbolic-tangent decay (HTD): flat, then a smooth fall, then flat.

        p = t / steps
        lr(t) = end + (lr - end) * (1 - tanh(lb * (1 - p) + ub * p)) / 2        t < steps
        lr(t) = end                                                             t >= steps

    t is the number of updates already done; `steps` counts updates. `lb` and `ub` are the paper's L and U: the stretch of
    tanh that is used. The middle of the fall is at p = lb / (lb - ub). At t = 0: end + (lr - end) * (1 - tanh(lb)) / 2,
    just below lr for lb = -7. Just before t = steps what is left is (1 - tanh(ub)) / 2 of the way, 0.25 % for ub = 3; at
    t = steps and for ever after: end, exactly.

    Raises ValueError if lr <= 0, steps < 1, end < 0 or lb > ub.
    The paper uses L = -6, U = 3; timm lb = -7, ub = 3, and it too jumps to its minimum at the end.

    >>> Tanh(lr=1.0, steps=10)([0, 6, 7, 8, 10]).round(4)
    array([1.    , 0.8808, 0.5   , 0.1192, 0.    ])
    """

    lr: float = base_rate()
    steps: int = length()
    end: float = end_rate(HELD)
    lb: float = number(-7.0, low=-100.0, high=100.0, slider=(-10.0, 0.0), text="where on tanh the decay begins, L in the paper")
    ub: float = number(3.0, low=-100.0, high=100.0, slider=(0.0, 6.0), text="where on tanh the decay ends, U in the paper")

    def validate(self):
        if self.lb > self.ub:
            raise ValueError(f"Tanh: lb must be at most ub, got lb={self.lb} and ub={self.ub}. Between them the rate falls.")

    def curve(self, t):
        p = np.minimum(t / self.steps, 1.0)
        left = (1.0 - np.tanh(self.lb * (1.0 - p) + self.ub * p)) / 2.0
        left = np.where(t < self.steps, left, 0.0)
        return self.end * (1.0 - left) + self.lr * left


COOLDOWNS = {
    "linear": lambda u: 1.0 - u,
    "cosine": lambda u: (1.0 + np.cos(np.pi * u)) / 2.0,
    "1-sqrt": lambda u: 1.0 - np.sqrt(u),
    "1-square": lambda u: 1.0 - u * u,
}


@SCHEDULES.define(
    formula="lr * t / warmup, then lr, then end + (lr - end) * fall(u), u = (t - steps + cooldown) / cooldown",
    source="Hu et al. 2024 (MiniCPM), section 4.2, https://arxiv.org/abs/2404.06395; "
    "shapes: Hagele et al. 2024, section 3, https://arxiv.org/abs/2405.18392",
    elsewhere={
        "torch": "SequentialLR of LinearLR, ConstantLR and LinearLR",
        "optax": "join_schedules of linear_schedule, constant_schedule and linear_schedule",
        "keras": "none",
        "transformers": "get_wsd_schedule",
        "pytorch_optimizer": "get_wsd_schedule",
        "fastai": "fit_flat_cos, without warmup",
    },
)
class WSD(Schedule):
    """Warmup, stable, decay (the trapezoid): up, flat, and a cooldown at the end.

        lr(t) = lr * t / warmup                                   t < warmup
        lr(t) = lr                                                warmup <= t < steps - cooldown
        lr(t) = end + (lr - end) * fall(u)                        steps - cooldown <= t < steps
                u = (t - (steps - cooldown)) / cooldown
        lr(t) = end                                               t >= steps

    fall(u) is 1 - u for shape='linear', (1 + cos(pi u)) / 2 for 'cosine', 1 - sqrt(u) for '1-sqrt' and 1 - u^2 for
    '1-square'. t is the number of updates already done; steps, warmup and cooldown count updates, and `steps` is the
    whole length. At t = 0: 0, so the first update does nothing (lr with warmup=0). At t = warmup: lr. At t = steps and
    for ever after: end. With cooldown=0 the rate drops to `end` at t = steps. Where warmup and cooldown would overlap,
    the cooldown begins when the warmup is over and is as much shorter.

    Raises ValueError if lr <= 0, steps < 1, warmup < 0, cooldown < 0, end < 0 or the shape is no such word.
    Transformers takes the lengths of the three parts, and its cooldown is a cosine by default.

    >>> WSD(lr=1.0, steps=12, warmup=2, cooldown=4)([0, 1, 2, 8, 9, 11, 12, 50])
    array([0.  , 0.5 , 1.  , 1.  , 0.75, 0.25, 0.  , 0.  ])
    """

    lr: float = base_rate(text="rate of the stable part")
    steps: int = length(text="whole length, warmup and cooldown included")
    warmup: int = whole(10, low=0, slider=(0, 100), unit="updates", text="length of the linear warmup")
    cooldown: int = whole(20, low=0, slider=(0, 200), unit="updates", text="length of the cooldown, which ends at t = steps")
    shape: str = choice("linear", choices=tuple(COOLDOWNS), text="shape of the cooldown")
    end: float = end_rate(HELD)

    def curve(self, t):
        ramp = self.lr * t / max(self.warmup, 1)
        begin = max(self.steps - self.cooldown, self.warmup)
        u = np.clip((t - begin) / max(self.steps - begin, 1), 0.0, 1.0)
        left = COOLDOWNS[self.shape](u)
        fall = np.where(t < self.steps, self.end * (1.0 - left) + self.lr * left, self.end)
        return np.where((t < self.warmup) & (t < self.steps), ramp, fall)
