"""What every schedule can do: be called with t, be continued, be warmed up, be multiplied."""

from __future__ import annotations

import numpy as np

from ..parameters import Catalogue, Declared

SCHEDULES = Catalogue()
PIECE = 8192  # values of t computed at once


class Schedule(Declared):
    """The learning rate as a pure function of t, the number of updates already done.

    `schedule(t)` is the rate used by the next update. It takes an int, a float or an array of any shape and returns
    float64 of that shape. A subclass defines `curve(t)`, which receives a float64 array with at least one axis, all of
    it at least 0.
    """

    def __call__(self, t):
        t = np.asarray(t)
        # whole numbers are converted piece by piece
        t = t if t.dtype.kind == "i" else np.asarray(t, dtype=np.float64)
        if not np.all(t >= 0):
            raise ValueError(
                f"{type(self).__name__}: t must be at least 0, got {t.min()}. "
                "It is the number of updates already done, so the first update is t = 0."
            )
        if t.size > PIECE:
            # the curve of a piece is computed in the cache, twice as fast
            flat, lr = t.ravel(), np.empty(t.size)
            for begin in range(0, t.size, PIECE):
                piece = flat[begin : begin + PIECE].astype(np.float64)
                lr[begin : begin + PIECE] = self.curve(piece)
            return lr.reshape(t.shape)
        t = t.astype(np.float64)
        # numpy's powers of single numbers and of arrays differ in the last bit: one path for both
        lr = np.asarray(self.curve(np.atleast_1d(t)), dtype=np.float64)
        return lr[0] if t.ndim == 0 else lr

    def curve(self, t: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def then(self, schedule: Schedule, at: int) -> Schedule:
        """This schedule while t < at; from t = at on, `schedule` in its own time t - at."""
        from .compose import Then

        return Then(self, schedule, at)

    def warmup(self, steps: int, start: float = 0.0, shape: str = "linear") -> Schedule:
        """Ramp from `start` to this schedule's first rate over `steps` updates, then this schedule in its own time.

        WSD, OneCycle and InverseSqrt have a field `warmup` of their own; for a ramp before them write Warmup(schedule, steps).
        """
        from .compose import Warmup

        return Warmup(self, steps, start, shape)

    def __mul__(self, other) -> Schedule:
        """c * s scales a schedule by a number; a * b multiplies two schedules at every t."""
        from .compose import Product, Scaled

        return Product(self, other) if isinstance(other, Schedule) else Scaled(self, other)

    __rmul__ = __mul__
