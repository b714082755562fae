"""The schedule of the learning-rate range test."""

from __future__ import annotations

import numpy as np

from ..parameters import number
from .base import SCHEDULES, Schedule
from .decay import length


@SCHEDULES.define(
    formula="low * (high / low)^min(t / steps, 1)",
    source="Smith 2017, section 3.3, https://arxiv.org/abs/1506.01186",
    elsewhere={
        "torch": "ExponentialLR(gamma=(high / low)^(1 / steps))",
        "optax": "exponential_decay(transition_steps=steps, decay_rate=high / low)",
        "keras": "ExponentialDecay(decay_steps=steps, decay_rate=high / low)",
        "fastai": "lr_find",
        "lightning": "Tuner.lr_find",
    },
)
class RangeTest(Schedule):
    """An exponential sweep from a low to a high rate: the schedule of the range test (lr_find).

        lr(t) = low * (high / low)^min(t / steps, 1)

    t is the number of updates already done; `steps` counts updates. Every update multiplies the rate by the same factor.
    At t = 0: low. Half-way: sqrt(low * high). At t = steps and for ever after: high. `lrlab.range_test` trains with it
    and reads the losses.

    Raises ValueError if low <= 0, high <= 0, steps < 1 or low > high.
    Fastai sweeps from 1e-7 to 10 in 100 updates, Lightning from 1e-8 to 1. Smith's own test is a straight line.

    >>> RangeTest(low=0.01, high=1.0, steps=4)([0, 2, 4, 9])
    array([0.01, 0.1 , 1.  , 1.  ])
    """

    low: float = number(1e-5, low=0.0, low_open=True, slider=(1e-8, 1e-2), scale="log", text="rate of the first update")
    high: float = number(
        10.0, low=0.0, low_open=True, slider=(1e-1, 100.0), scale="log", text="rate at t = steps, held afterwards"
    )
    steps: int = length(text="length of the sweep")

    def validate(self):
        if self.low > self.high:
            raise ValueError(
                f"RangeTest: low must be at most high, got low={self.low} and high={self.high}. The sweep goes upwards."
            )

    def curve(self, t):
        p = np.minimum(t / self.steps, 1.0)
        return self.low ** (1.0 - p) * self.high**p
