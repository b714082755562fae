"""Schedules given by a list: drops at milestones, a value for each stretch, a curve through knots."""

from __future__ import annotations

import numpy as np

from ..parameters import Number, Whole, choice, number, several
from .base import SCHEDULES, Schedule
from .compose import RAMPS
from .decay import base_rate

RATES = Number("", low=0.0, slider=(0.0, 1.0))


@SCHEDULES.define(
    formula="lr * factor^(number of milestones <= t)",
    source="He et al. 2016, section 4.2, https://arxiv.org/abs/1512.03385",
    elsewhere={
        "torch": "MultiStepLR(milestones, gamma=factor)",
        "optax": "piecewise_constant_schedule, boundaries with scales",
        "keras": "PiecewiseConstantDecay, which changes one update later",
        "timm": "MultiStepLRScheduler, which drops one update earlier",
    },
)
class MultiStep(Schedule):
    """Multi-step decay: multiply the rate by `factor` at each milestone.

        lr(t) = lr * factor^(number of milestones <= t)

    t is the number of updates already done; `milestones` are counts of updates, in any order. A milestone at 30 acts
    from t = 30 on; one listed twice applies twice; one at 0 applies at once. At t = 0: lr. After the last milestone the
    rate stays. Without milestones it is Constant.

    Raises ValueError if lr <= 0, a milestone is negative or not whole, or factor outside (0, 1].
    Torch and Optax agree. Keras drops at t = milestone + 1, timm at t = milestone - 1.

    >>> MultiStep(lr=1.0, milestones=(3, 6, 6), factor=0.1)([0, 2, 3, 5, 6, 100])
    array([1.   , 1.   , 0.1  , 0.1  , 0.001, 0.001])
    """

    lr: float = base_rate()
    milestones: tuple = several(
        (30, 60), each=Whole("", low=0, slider=(0, 100)), unit="updates", text="updates at which the rate drops"
    )
    factor: float = number(
        0.1, low=0.0, high=1.0, low_open=True, slider=(0.05, 1.0), text="factor applied to the rate at each milestone"
    )

    def curve(self, t):
        drops = np.searchsorted(np.sort(self.milestones), t, side="right")
        return self.lr * self.factor**drops.astype(float)


@SCHEDULES.define(
    formula="values[number of boundaries <= t]",
    source="Krizhevsky, Sutskever and Hinton 2012, section 5, https://doi.org/10.1145/3065386",
    elsewhere={
        "torch": "MultiStepLR, for equal factors",
        "optax": "join_schedules of constants, or piecewise_constant_schedule in factors",
        "keras": "PiecewiseConstantDecay(boundaries, values), which changes one update later",
    },
)
class PiecewiseConstant(Schedule):
    """A rate for each stretch: values[0] before the first boundary, values[i] from boundary i on.

        lr(t) = values[number of boundaries <= t]

    t is the number of updates already done; `boundaries` are counts of updates. A boundary at 30 acts from t = 30 on.
    At t = 0: values[0] (unless a boundary stands at 0). From the last boundary on: values[-1], for ever.

    Raises ValueError if there is not one value more than boundaries, a value is negative, or the boundaries are not
    whole numbers in rising order.
    Keras's PiecewiseConstantDecay still uses the old value at t = boundary: its boundary is one less than here.

    >>> PiecewiseConstant(values=(0.5, 0.1, 0.02), boundaries=(30, 60))([0, 29, 30, 60, 1000])
    array([0.5 , 0.5 , 0.1 , 0.02, 0.02])
    """

    values: tuple = several((0.1, 0.03, 0.01), each=RATES, least=1, extra=1, text="rates, one for each stretch")
    boundaries: tuple = several(
        (30, 60),
        each=Whole("", low=0, slider=(0, 100)),
        rising=True,
        unit="updates",
        text="updates at which the next value begins",
    )

    def validate(self):
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                f"PiecewiseConstant: values must be one more than boundaries, got {len(self.values)} values and "
                f"{len(self.boundaries)} boundaries. There is a value before, between and after the boundaries."
            )

    def curve(self, t):
        return np.asarray(self.values)[np.searchsorted(self.boundaries, t, side="right")]


@SCHEDULES.define(
    formula="a + (b - a) * ramp((t - i) / (j - i)) between the knots (i, a) and (j, b)",
    source="Smith and Topin 2018, section 3 (one-cycle is three knots), https://arxiv.org/abs/1708.07120",
    elsewhere={
        "torch": "SequentialLR of LinearLR",
        "optax": "piecewise_interpolate_schedule, in factors of the value before",
        "keras": "none",
        "ignite": "PiecewiseLinear(milestones_values)",
        "fastai": "combine_scheds",
    },
)
class Interpolate(Schedule):
    """Piecewise interpolation: a curve through the points (knots[i], values[i]).

        lr(t) = a + (b - a) * ramp((t - i) / (j - i))       i <= t < j neighbouring knots with values a and b

    ramp(p) is p for shape='linear', (1 - cos(pi p)) / 2 for 'cosine', and 0 for 'constant' (hold a until t = j). t is the
    number of updates already done; `knots` count updates and may be fractions. Up to the first knot: values[0]. From
    the last knot on: values[-1], for ever. A knot listed twice is a jump: the later of its values counts from there on.

    Raises ValueError if values and knots differ in number, a value is negative, or the knots are not in rising order.
    Optax gives each value as a factor of the one before.

    >>> Interpolate(values=(0.0, 1.0, 0.5), knots=(0, 4, 6))([0, 1, 4, 5, 6, 9])
    array([0.  , 0.25, 1.  , 0.75, 0.5 , 0.5 ])
    """

    values: tuple = several((0.0, 0.1, 0.0), each=RATES, least=1, text="rates at the knots")
    knots: tuple = several(
        (0.0, 30.0, 100.0),
        each=Number("", low=0.0, slider=(0.0, 100.0)),
        least=1,
        rising=True,
        unit="updates",
        text="updates at which the values are reached",
    )
    shape: str = choice("linear", choices=tuple(RAMPS), text="shape of the way from a knot to the next")

    def validate(self):
        if len(self.values) != len(self.knots):
            raise ValueError(
                f"Interpolate: values must be as many as knots, got {len(self.values)} values and "
                f"{len(self.knots)} knots. Each knot has the value that is reached there."
            )

    def curve(self, t):
        knots, values = np.asarray(self.knots), np.asarray(self.values)
        passed = np.searchsorted(knots, t, side="right")
        before, after = np.maximum(passed - 1, 0), np.minimum(passed, len(knots) - 1)
        span = knots[after] - knots[before]
        ramp = RAMPS[self.shape]((t - knots[before]) / np.where(span > 0, span, 1.0))
        between = values[before] * (1.0 - ramp) + values[after] * ramp
        return np.where(span > 0, between, values[before])
