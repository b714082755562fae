"""How sure a difference is: standard errors, paired comparisons over seeds, bootstrap intervals, how many seeds it takes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .parameters import Number, Whole

__all__ = ["Paired", "standard_error", "paired", "bootstrap_interval", "seeds_needed", "t_quantile"]

SHARE = Number(low=0.0, high=1.0, low_open=True, high_open=True, text="share of intervals that hold the true value")
COUNT = Whole(low=1, text="number of values less the number estimated from them")


def standard_error(values, axis: int = -1):
    """The standard error of a mean: s / sqrt(n), with s^2 = sum (x - mean)^2 / (n - 1).

    One value says nothing about its spread: with n = 1 the answer is inf. Raises ValueError if there is no value.

    >>> float(standard_error([1.0, 2.0, 3.0, 4.0]).round(6))     # s = 1.290994
    0.645497
    """
    values = np.asarray(values, dtype=np.float64)
    n = values.shape[axis] if values.ndim else 0
    if n == 0:
        raise ValueError(f"standard_error: values must have at least one number on axis {axis}, got shape {values.shape}.")
    if n == 1:
        return np.full(np.delete(values.shape, axis), np.inf)[()]
    return values.std(axis=axis, ddof=1) / math.sqrt(n)


def _t_inside(t: float, df: int) -> float:
    # Abramowitz and Stegun 1964, 26.7.3 and 26.7.4: a finite sum, since df is whole
    angle = math.atan2(t, math.sqrt(df))
    c, s = math.cos(angle), math.sin(angle)
    total, term = 0.0, 1.0 if df % 2 == 0 else c
    for k in range(df % 2, df - 1, 2):
        total += term
        term *= c * c * (k + 1) / (k + 2)
    return s * total if df % 2 == 0 else 2.0 / math.pi * (angle + s * total)


def t_quantile(confidence: float, df: int) -> float:
    """The t such that Student's variable with df degrees of freedom lies within [-t, t] with probability `confidence`.

    The probability is the finite sum of Abramowitz and Stegun 1964, 26.7.3 and 26.7.4; t is found by halving. For large df
    it tends to the normal quantile, 1.96 for 0.95. Raises ValueError if confidence is outside (0, 1) or df < 1.

    >>> [round(t_quantile(0.95, df), 4) for df in (1, 2, 4, 9, 1000)]
    [12.7062, 4.3027, 2.7764, 2.2622, 1.9623]
    """
    confidence = SHARE.check("t_quantile", "confidence", confidence, 0.95)
    df = COUNT.check("t_quantile", "df", df, 4)
    low, high = 0.0, 1.0
    while _t_inside(high, df) < confidence and high < 1e300:
        low, high = high, 2.0 * high
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if _t_inside(middle, df) < confidence else (low, middle)
    return high


@dataclass(frozen=True)
class Paired:
    """The mean difference a - b of `pairs` pairs, its standard error, and the interval that holds the true one."""

    difference: float
    error: float
    low: float
    high: float
    pairs: int
    confidence: float

    @property
    def distinguishable(self) -> bool:
        """Whether 0 lies outside the interval."""
        return self.low > 0 or self.high < 0

    def __repr__(self):
        if self.pairs == 1:
            return f"difference {self.difference:.4g} in one pair, which says nothing about chance: take more seeds"
        word = "distinguishable" if self.distinguishable else "not distinguishable"
        share = f"{100 * self.confidence:g} % interval {self.low:.4g} to {self.high:.4g}"
        return f"difference {self.difference:.4g} +- {self.error:.2g} over {self.pairs} pairs, {share}: {word} from 0"


def paired(a, b, confidence: float = 0.95) -> Paired:
    """Compare a with b, value by value: a[i] and b[i] share what else is random, such as seed, start and batches.

        d_i = a_i - b_i        difference = mean d        error = s_d / sqrt(n)
        interval = difference -+ t * error,  t Student's quantile with n - 1 degrees of freedom

    What a pair shares cancels in d, so a few pairs can tell what many unpaired values cannot. With one pair the
    interval is all numbers. Identical values have error 0. The interval assumes that the d_i are about normal.

    Raises ValueError if a and b are no two lists of the same length, or hold a value that is not finite: leave diverged
    runs out, in both.
    Source: Student 1908, The probable error of a mean, https://doi.org/10.2307/2331554

    >>> paired([1.1, 2.2, 3.0, 4.1], [1.0, 2.0, 2.9, 3.8])
    difference 0.175 +- 0.048 over 4 pairs, 95 % interval 0.02265 to 0.3273: distinguishable from 0
    >>> paired([1.0], [2.0]).distinguishable
    False
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape or not a.size:
        raise ValueError(f"paired: give two lists of the same length, got shapes {a.shape} and {b.shape}.")
    if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        raise ValueError("paired: every value must be finite. Leave diverged runs out, in both lists.")
    confidence = SHARE.check("paired", "confidence", confidence, 0.95)
    d, n = a - b, a.size
    difference, error = float(d.mean()), float(standard_error(d))
    reach = t_quantile(confidence, n - 1) * error if n > 1 else math.inf
    return Paired(difference, error, difference - reach, difference + reach, n, confidence)


def bootstrap_interval(values, statistic=np.mean, *, confidence: float = 0.95, resamples: int = 2000, seed: int = 0):
    """The percentile bootstrap interval (low, high) of a statistic of a list of values.

    `resamples` times, n of the n values are drawn with replacement and the statistic is computed; low and high are the
    quantiles (1 - confidence) / 2 and (1 + confidence) / 2 of the results. It assumes no distribution, but with few
    values (below about 10) it is too narrow: prefer `paired` there. The same seed gives the same interval.

    `statistic(x, axis=-1)` must work along an axis, as numpy's do. Raises ValueError if there are fewer than 2 values, one
    is not finite, or confidence or resamples is out of range.
    Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, section 13.3.

    >>> low, high = bootstrap_interval([1.0, 2.0, 3.0, 4.0, 5.0], np.median)
    >>> float(low), float(high)
    (1.0, 5.0)
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or values.size < 2 or not np.all(np.isfinite(values)):
        raise ValueError(
            f"bootstrap_interval: values must be a list of at least 2 finite numbers, got {values!r}. Leave diverged runs out."
        )
    confidence = SHARE.check("bootstrap_interval", "confidence", confidence, 0.95)
    resamples = COUNT.check("bootstrap_interval", "resamples", resamples, 2000)
    rows = np.random.default_rng(seed).integers(0, values.size, (resamples, values.size))
    found = statistic(values[rows], axis=-1)
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2])
    return low, high


def seeds_needed(spread: float, difference: float, *, confidence: float = 0.95, power: float = 0.8) -> int:
    """How many pairs it takes to tell a difference of this size from 0.

    The smallest n >= 2 with

        n >= ((t_a + t_b) * spread / difference)^2

    `spread` is the standard deviation of the paired differences; t_a is Student's two-sided quantile at `confidence`, t_b
    the one-sided at `power`, both with n - 1 degrees of freedom. With so many pairs `paired` finds the difference in a share
    `power` of the experiments.

    Raises ValueError if spread < 0, difference is 0, or confidence or power is outside (0, 1) (power: at least 0.5).
    Source: Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, section 2.4; t in place of his tables.

    >>> seeds_needed(spread=1.0, difference=1.0), seeds_needed(spread=1.0, difference=0.25)
    (10, 128)
    """
    spread = Number(low=0.0, text="standard deviation of the paired differences").check(
        "seeds_needed", "spread", spread, 1.0
    )
    size = abs(Number(text="difference to be told from 0").check("seeds_needed", "difference", difference, 0.1))
    if size == 0:
        raise ValueError("seeds_needed: difference must not be 0. No number of seeds tells 0 from 0.")
    confidence = SHARE.check("seeds_needed", "confidence", confidence, 0.95)
    power = Number(low=0.5, high=1.0, low_open=True, high_open=True, text="share of experiments that find it").check(
        "seeds_needed", "power", power, 0.8
    )

    def enough(n):
        t = t_quantile(confidence, n - 1) + t_quantile(2 * power - 1, n - 1)
        return n >= (t * spread / size) ** 2

    low, high = 1, 2
    while not enough(high):
        low, high = high, 2 * high
        if high > 10**6:
            raise ValueError(
                f"seeds_needed: a difference of {size:g} under a spread of {spread:g} takes more than a million seeds. "
                "Ask for a larger difference."
            )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
