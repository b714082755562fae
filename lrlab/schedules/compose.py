"""Schedules made of schedules: one after another, after a ramp, scaled, multiplied.

The algebra, each line tested for every schedule of the catalogue:

    a.then(b, at=n)(t) = a(t)      for t < n         a * b = b * a
    a.then(b, at=n)(t) = b(t - n)  for t >= n        c * (a * b) = (c * a) * b
    a.warmup(n)(n + t) = a(t)                        1 * a = a

a.warmup(n) is Warmup(a, n), a.then(b, at=n) is Then(a, b, n). A schedule prints as the algebra that makes it.
"""

from __future__ import annotations

import numpy as np

from ..parameters import choice, declarations, declare, number, whole
from .base import Schedule

RAMPS = {
    "linear": lambda progress: progress,
    "cosine": lambda progress: (1.0 - np.cos(np.pi * progress)) / 2.0,
    "constant": lambda progress: np.zeros_like(progress),
}


def _need_schedule(owner, name, value):
    if not isinstance(value, Schedule):
        raise ValueError(
            f"{owner}: {name} must be a schedule, got {value!r}. "
            "Give one of lrlab's schedules, such as Constant(lr=0.1)."
        )


def _factor(part) -> str:
    """The part as written before `.then` or after `*`."""
    return f"({part!r})" if isinstance(part, (Scaled, Product)) else repr(part)


def _options(schedule) -> str:
    """The declared fields after the first that are not at their defaults, as arguments."""
    (first, _), *rest = declarations(schedule).items()
    changed = {name: getattr(schedule, name) for name, (_, default) in rest if getattr(schedule, name) != default}
    return f"{getattr(schedule, first)!r}" + "".join(f", {name}={value!r}" for name, value in changed.items())


@declare
class Then(Schedule):
    """One schedule after another.

        lr(t) = first(t)         while t < at
        lr(t) = second(t - at)   from t = at on

    `at` counts updates. At t = 0: first(0) (or second(0), if at = 0). The second schedule runs in local time: its own
    t starts at 0 when it takes over, so there is a jump unless first(at) = second(0).

    Raises ValueError if a part is not a schedule or at < 0.
    Optax's join_schedules does the same; Torch's SequentialLR too, but with both parts sharing one base rate.

    >>> from lrlab import Constant, Linear
    >>> Constant(lr=1.0).then(Linear(start=1.0, end=0.0, steps=2), at=3)([0, 2, 3, 4, 5])
    array([1. , 1. , 1. , 0.5, 0. ])
    """

    first: Schedule = None
    second: Schedule = None
    at: int = whole(0, low=0, unit="updates", text="update at which the second schedule takes over")

    def validate(self):
        _need_schedule("then", "the first part", self.first)
        _need_schedule("then", "the second part", self.second)

    def __repr__(self):
        return f"{_factor(self.first)}.then({self.second!r}, at={self.at})"

    def curve(self, t):
        return np.where(t < self.at, self.first(t), self.second(np.maximum(t - self.at, 0.0)))


@declare
class Warmup(Schedule):
    """A ramp up to a schedule's first rate, then the schedule.

        lr(t) = start + (schedule(0) - start) * ramp(t / steps)   while t < steps
        lr(t) = schedule(t - steps)                               from t = steps on

    ramp(p) is p for shape='linear', (1 - cos(pi p)) / 2 for 'cosine', and 0 for 'constant' (hold `start`). `steps`
    counts updates. At t = 0: start. At t = steps: schedule(0), exactly. With start = 0 the first update does nothing.

    Raises ValueError if steps < 0 or start < 0.
    Optax's warmup_cosine_decay_schedule counts the warmup into decay_steps, Keras does not; here, as in Keras, the
    schedule keeps its own length. Torch's LinearLR refuses start_factor = 0.

    >>> from lrlab import Constant
    >>> Constant(lr=1.0).warmup(4)([0, 1, 3, 4, 9])
    array([0.  , 0.25, 0.75, 1.  , 1.  ])
    """

    schedule: Schedule = None
    steps: int = whole(10, low=0, slider=(0, 100), unit="updates", text="length of the ramp")
    start: float = number(0.0, low=0.0, text="rate of the first update")
    shape: str = choice("linear", choices=tuple(RAMPS), text="shape of the ramp")

    def validate(self):
        _need_schedule("warmup", "what is warmed up", self.schedule)

    def __repr__(self):
        if "warmup" in declarations(self.schedule):
            return f"Warmup({self.schedule!r}, {_options(self)})"
        return f"{_factor(self.schedule)}.warmup({_options(self)})"

    def curve(self, t):
        peak = self.schedule(0)
        ramp = self.start + (peak - self.start) * RAMPS[self.shape](t / max(self.steps, 1))
        return np.where(t < self.steps, ramp, self.schedule(np.maximum(t - self.steps, 0.0)))


@declare
class Scaled(Schedule):
    """A schedule times a number: lr(t) = scale * schedule(t).

    Raises ValueError if the number is negative or not finite.

    >>> from lrlab import Linear
    >>> (0.1 * Linear(start=1.0, end=0.0, steps=4))([0, 2, 4])
    array([0.1 , 0.05, 0.  ])
    """

    schedule: Schedule = None
    scale: float = number(1.0, low=0.0, text="number that multiplies the schedule")

    def validate(self):
        _need_schedule("scaled", "what is scaled", self.schedule)

    def __repr__(self):
        return f"{self.scale!r} * {_factor(self.schedule)}"

    def curve(self, t):
        return self.scale * self.schedule(t)


@declare
class Product(Schedule):
    """Two schedules multiplied at every t: lr(t) = a(t) * b(t). It commutes.

    Raises ValueError if a part is not a schedule.

    >>> from lrlab import Constant, StepDecay
    >>> (Constant(lr=0.5) * StepDecay(lr=1.0, every=2))([0, 2])
    array([0.5 , 0.25])
    """

    a: Schedule = None
    b: Schedule = None

    def validate(self):
        _need_schedule("product", "the first factor", self.a)
        _need_schedule("product", "the second factor", self.b)

    def __repr__(self):
        return f"{self.a!r} * {_factor(self.b)}"

    def curve(self, t):
        return self.a(t) * self.b(t)
