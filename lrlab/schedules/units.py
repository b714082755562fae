"""Time is updates. This is the one place where epochs become updates."""

from __future__ import annotations

import math


def epochs(n: float, steps_per_epoch: int) -> int:
    """The number of updates in n epochs: round(n * steps_per_epoch).

    n may be a fraction. Raises ValueError if n < 0 or steps_per_epoch < 1.

    >>> epochs(30, steps_per_epoch=37)
    1110
    """
    if not (math.isfinite(n) and n >= 0):
        raise ValueError(f"epochs: n must be at least 0, got {n!r}. It is a number of passes through the data; try 1.")
    if not (math.isfinite(steps_per_epoch) and steps_per_epoch == int(steps_per_epoch) and steps_per_epoch >= 1):
        raise ValueError(
            f"epochs: steps_per_epoch must be a whole number, at least 1, got {steps_per_epoch!r}. "
            "It is the number of updates in one pass: examples divided by batch size, rounded up if the rest is used."
        )
    return round(n * int(steps_per_epoch))
