"""Formulas of the schedules whose own definition loops, or looks values up in a list."""

from __future__ import annotations

import numpy as np

from .. import schedules as sch
from ..schedules.compose import RAMPS
from .trace import Opaque, called, formula, pick

# no count of updates in 32 bits goes beyond this, and no list in a snippet should be longer
LAST, LONGEST = 2**31, 64


@formula.register
def _(s: sch.PiecewiseConstant, t):
    value = s.values[-1]
    for boundary, before in zip(s.boundaries[::-1], s.values[-2::-1]):
        value = np.where(t < boundary, before, value)
    return value


@formula.register
def _(s: sch.Interpolate, t):
    value = s.values[-1]
    points = list(zip(s.knots, s.values))
    stretches = [(*a, *b) for a, b in zip(points, points[1:]) if b[0] > a[0]]
    for number, (begin, low, end, high) in list(enumerate(stretches, start=1))[::-1]:
        part = low + (high - low) * RAMPS[s.shape]((t - begin) / (end - begin))
        value = np.where(t < end, called(f"part_{number}", part), value)
    return np.where(t < s.knots[0], s.values[0], value) if s.knots[0] > 0 else value


@formula.register
def _(s: sch.OneCycle, t):
    values = (s.lr / s.div, s.lr, s.lr / (s.div * s.final_div))
    return formula(sch.Interpolate(values=values, knots=(0.0, s.peak, s.steps), shape=s.anneal), t)


@formula.register
def _(s: sch.CosineRestarts, t):
    if s.growth == 1:
        return s.curve(t)
    starts, length = [s.period], s.period * s.growth
    while starts[-1] < LAST:
        starts.append(starts[-1] + length)
        length *= s.growth
        if len(starts) > LONGEST:
            raise Opaque(f"with growth={s.growth} the list of its restarts is too long")
    starts = [int(one) if one == int(one) else round(one, 6) for one in starts[:-1]]
    cycle = np.searchsorted(starts, t, side="right")
    length = s.period * s.growth**cycle
    start = s.period * (s.growth**cycle - 1) / (s.growth - 1)
    progress = np.clip((t - start) / length, 0.0, 1.0)
    wave = (1.0 + np.cos(np.pi * progress)) / 2.0
    wave = wave if s.decay == 1 else s.decay**cycle * wave
    return s.end * (1.0 - wave) + s.lr * wave


@formula.register
def _(s: sch.Chebyshev, t):
    T = 2**s.doublings
    if T > LONGEST:
        raise Opaque(f"a list of {T} rates is too long")
    return pick(s(np.arange(T)).tolist(), t % T)


@formula.register
def _(s: sch.Function, t):
    return s.lr if s.f is None else s.lr * s.f(t)
