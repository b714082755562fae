"""Short functions that give another library's numbers, where no field of a schedule or an optimizer does."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ..optimizers.base import eps_before_correction
from ..schedules import Cosine, ExponentialDecay, Function, OneCycle, PiecewiseConstant, Polynomial, Schedule


def torch_cosine(lr: float, T_max: int, eta_min: float = 0.0) -> Schedule:
    """torch's CosineAnnealingLR: a whole cosine wave, which climbs back after T_max.

    >>> torch_cosine(1.0, T_max=4)([0, 2, 4, 6, 8]).round(3)
    array([1. , 0.5, 0. , 0.5, 1. ])
    """
    return Function(lr=1.0, f=lambda t: eta_min + (lr - eta_min) * (1 + math.cos(math.pi * t / T_max)) / 2)


def torch_exponential(lr: float, gamma: float) -> Schedule:
    """torch's ExponentialLR: gamma is applied at every step(), whatever a step is.

    >>> torch_exponential(1.0, gamma=0.5)([0, 1, 2])
    array([1.  , 0.5 , 0.25])
    """
    return ExponentialDecay(lr=lr, factor=gamma, every=1)


def torch_stepped_before(schedule: Schedule) -> Schedule:
    """The rates used if scheduler.step() comes before optimizer.step(): the first one is skipped.

    >>> from lrlab import StepDecay
    >>> torch_stepped_before(StepDecay(lr=1.0, every=1, factor=0.5))([0, 1, 2])
    array([0.5  , 0.25 , 0.125])
    """
    return Function(lr=1.0, f=lambda t: float(schedule(t + 1)))


def torch_one_cycle(
    max_lr: float, total_steps: int, pct_start: float = 0.3, div_factor=25.0, final_div_factor=1e4, anneal="cosine"
) -> Schedule:
    """torch's OneCycleLR up to its last update, t = total_steps - 1, which has the smallest rate. Its peak is at
    pct_start * total_steps - 1. Raises ValueError if that is before the first update.

    >>> curve = torch_one_cycle(1.0, total_steps=20)(range(20))
    >>> int(curve.argmax()), f"{curve[-1]:.1e}"
    (5, '4.0e-06')
    """
    steps = total_steps - 1
    return OneCycle(max_lr, steps, (pct_start * total_steps - 1) / steps, div_factor, final_div_factor, anneal)


def optax_one_cycle(transition_steps: int, peak_value: float, pct_start=0.3, div_factor=25.0, final_div_factor=1e4) -> Schedule:
    """Optax's cosine_onecycle_schedule: its peak is at the whole number below pct_start * transition_steps.

    >>> int(optax_one_cycle(21, 1.0)(range(21)).argmax())
    6
    """
    peak = int(pct_start * transition_steps)
    return OneCycle(peak_value, transition_steps, peak / transition_steps, div_factor, final_div_factor)


def optax_warmup_cosine(init_value: float, peak_value: float, warmup_steps: int, decay_steps: int, end_value=0.0) -> Schedule:
    """Optax's warmup_cosine_decay_schedule: decay_steps is the whole length, warmup included.

    >>> optax_warmup_cosine(0.0, 1.0, warmup_steps=2, decay_steps=6)([0, 2, 4, 6])
    array([0. , 1. , 0.5, 0. ])
    """
    return Cosine(peak_value, decay_steps - warmup_steps, end_value).warmup(warmup_steps, start=init_value)


def keras_piecewise_constant(boundaries, values) -> Schedule:
    """Keras' PiecewiseConstantDecay: the old value is still used at step = boundary.

    >>> keras_piecewise_constant([3], [1.0, 0.1])([2, 3, 4])
    array([1. , 1. , 0.1])
    """
    return PiecewiseConstant(values=values, boundaries=[boundary + 1 for boundary in boundaries])


def keras_polynomial(lr: float, decay_steps: int, end_learning_rate: float = 1e-4, power: float = 1.0) -> Schedule:
    """Keras' PolynomialDecay, with its default end.

    >>> keras_polynomial(0.1, decay_steps=10)([0, 10])
    array([0.1   , 0.0001])
    """
    return Polynomial(lr, decay_steps, power, end_learning_rate)


def keras_adam(optimizer, t: int):
    """An Adam whose eps is added before the bias correction, as in Keras (and in torch's RAdam), for update t.

    >>> from lrlab import Adam
    >>> f"{keras_adam(Adam(eps=1e-7), t=0).eps:.3g}", f"{keras_adam(Adam(eps=1e-7), t=10_000).eps:.3g}"
    ('3.16e-06', '1e-07')
    """
    return replace(optimizer, eps=float(eps_before_correction(optimizer.eps, optimizer.beta2)(t)))


def with_l2(grad, w, weight_decay: float):
    """The gradient of the loss plus weight_decay * |w|^2 / 2: what torch's SGD, Adam, RMSprop call weight_decay.

    >>> with_l2(np.array([1.0]), w=np.array([2.0]), weight_decay=0.1)
    array([1.2])
    """
    return grad + weight_decay * w
