"""The rate decided by the loss: state machines that are told each loss and answer with the next rate.

    state = s.start()
    lr, state = s.observe(state, loss)        after each evaluation; lr is for the updates that follow

Nothing is changed in place. The loss may be an array, one number for each replica; then so is the rate.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..parameters import Catalogue, Declared, number, whole
from .decay import base_rate

FEEDBACK = Catalogue()


class Feedback(Declared):
    """A rate that depends on the losses seen. A subclass has a field lr, and defines `observe`; see the module's text."""

    def start(self):
        raise NotImplementedError

    def observe(self, state, loss):
        raise NotImplementedError


def _factor(default):
    return number(
        default, low=0.0, high=1.0, low_open=True, high_open=True, slider=(0.05, 0.99), text="factor applied to the rate at each cut"
    )


def _patience(text):
    return whole(10, low=0, slider=(0, 50), unit="evaluations", text=text)


def _cooldown():
    return whole(0, low=0, slider=(0, 50), unit="evaluations", text="evaluations after a change that are not counted")


class Plateau(NamedTuple):
    """lr: the rate; best: the lowest loss so far; bad: evaluations in a row without improvement; rest: cooldown left."""

    lr: float
    best: float
    bad: int
    rest: int


@FEEDBACK.define(
    formula="lr <- max(factor * lr, end) after more than `patience` evaluations without improvement",
    source="Keras's callback and Torch's scheduler of this name, 2015-2017; measured against both and Optax in this package's tests",
    elsewhere={
        "torch": "ReduceLROnPlateau",
        "optax": "contrib.reduce_on_plateau, with patience + 1",
        "keras": "callbacks.ReduceLROnPlateau, with patience + 1 and cooldown + 1",
        "scikit-learn": "learning_rate='adaptive', factor 1/5",
    },
)
class ReduceOnPlateau(Feedback):
    """Reduce on plateau: cut the rate when the loss has stopped improving.

        better = loss < best * (1 - threshold) - margin
        better, or resting:      bad = 0               (resting: `cooldown` evaluations after a cut)
        else:                    bad = bad + 1
        bad > patience:          lr = max(factor * lr, end), bad = 0, and rest

    Time is counted in evaluations, not in updates: one call of `observe` is one. At the start: lr. The first loss always
    improves on best = inf, and one that is no number never does, so with a flat loss the first cut is at evaluation
    patience + 2. A rate at `end` stays there, and one below `end` is not raised. With a loss below 0 the relative
    `threshold` works against its sense, as in Torch: take threshold=0 and a `margin`.

    Raises ValueError if lr <= 0, factor outside (0, 1), patience < 0, threshold outside [0, 1), margin < 0, cooldown < 0
    or end < 0.
    The fields are Torch's, whose threshold_mode='abs' is threshold=0, margin=threshold; Torch also leaves out a cut that
    changes the rate by less than eps = 1e-8. Keras and Optax cut one evaluation earlier, and Keras counts the last
    evaluation of its cooldown: `keras` and `optax` make the schedule that does what theirs do.

    >>> s = ReduceOnPlateau(lr=1.0, factor=0.5, patience=1)
    >>> state, rates = s.start(), []
    >>> for loss in [3.0, 3.0, 3.0, 3.0, 3.0]:
    ...     lr, state = s.observe(state, loss)
    ...     rates.append(float(lr))
    >>> rates
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    lr: float = base_rate(text="rate at the start")
    factor: float = _factor(0.1)
    patience: int = _patience("evaluations without improvement that are borne before a cut")
    threshold: float = number(
        1e-4, low=0.0, high=1.0, high_open=True, slider=(0.0, 0.1), text="share of the best loss by which a better one must be lower"
    )
    margin: float = number(0.0, low=0.0, slider=(0.0, 0.1), text="amount by which a better loss must be lower")
    cooldown: int = _cooldown()
    end: float = number(0.0, low=0.0, slider=(0.0, 0.1), text="floor that the rate never goes below")

    @classmethod
    def keras(cls, lr, factor=0.1, patience=10, min_delta=1e-4, cooldown=0, min_lr=0.0) -> ReduceOnPlateau:
        """What keras.callbacks.ReduceLROnPlateau with these arguments does."""
        return cls(lr, factor, max(patience - 1, 0), 0.0, min_delta, max(cooldown - 1, 0), min_lr)

    @classmethod
    def optax(cls, lr, factor=0.1, patience=10, rtol=1e-4, atol=0.0, cooldown=0, min_scale=0.0) -> ReduceOnPlateau:
        """What optax.contrib.reduce_on_plateau with these arguments does to a rate `lr`."""
        return cls(lr, factor, patience - 1, rtol, atol, cooldown, min_scale * lr)

    def start(self) -> Plateau:
        return Plateau(lr=self.lr, best=np.inf, bad=0, rest=0)

    def observe(self, state: Plateau, loss):
        better = loss < state.best * (1.0 - self.threshold) - self.margin
        bad = np.where(better | (state.rest > 0), 0, state.bad + 1)
        cut = bad > self.patience
        lr = np.where(cut, np.minimum(state.lr, np.maximum(self.factor * state.lr, self.end)), state.lr)[()]
        rest = np.where(cut, self.cooldown, np.maximum(state.rest - 1, 0))[()]
        return lr, Plateau(lr, np.where(better, loss, state.best)[()], np.where(cut, 0, bad)[()], rest)


class Greed(NamedTuple):
    """lr: the rate; best: the lowest loss so far; good, bad: evaluations in a row with and without improvement; rest."""

    lr: float
    best: float
    good: int
    bad: int
    rest: int


@FEEDBACK.define(
    formula="lr <- min(lr / factor, high) after more than `patience` improvements in a row, max(lr * factor, low) after as many failures",
    source="Subramanian and Ganapathiraman 2025, algorithm 1 (with the patience of its code), https://arxiv.org/abs/2512.14527",
    elsewhere={"torch": "none", "optax": "none", "keras": "none", "transformers": "GreedyLR"},
)
class Greedy(Feedback):
    """Greedy: raise the rate while the loss improves, lower it while it does not.

        better = loss < best * (1 - threshold) - margin
        resting:                 good = bad = 0        (nothing is compared: `best` stays)
        better:                  good = good + 1, bad = 0, best = loss
        else:                    bad = bad + 1, good = 0
        good > patience:         lr = min(lr / factor, high), good = 0, and rest for `warmup` evaluations
        bad > patience:          lr = max(lr * factor, low), bad = 0, and rest for `cooldown` evaluations

    Time is counted in evaluations: one call of `observe` is one. At the start: lr. The first loss improves on best = inf.
    A loss that is no number does not improve. A start outside [low, high] is only ever moved towards it.

    Raises ValueError if lr <= 0, factor outside (0, 1), patience < 0, threshold outside [0, 1), margin < 0, cooldown < 0,
    warmup < 0, low < 0, high <= 0 or low > high.
    The paper has no patience: patience=0. Transformers can also smooth the losses, starts anew after 500 cuts at `low`,
    and leaves out a change below 1e-8. Torch, Optax and Keras do not have it.

    >>> s = Greedy(lr=0.5, factor=0.5, patience=0)
    >>> state, rates = s.start(), []
    >>> for loss in [3.0, 2.0, 1.0, 1.5, 1.5]:
    ...     lr, state = s.observe(state, loss)
    ...     rates.append(float(lr))
    >>> rates
    [1.0, 1.0, 1.0, 0.5, 0.25]
    """

    lr: float = base_rate(text="rate at the start")
    factor: float = _factor(0.95)
    patience: int = _patience("evaluations of one kind in a row that are waited for before a change")
    threshold: float = number(
        0.0, low=0.0, high=1.0, high_open=True, slider=(0.0, 0.1), text="share of the best loss by which a better one must be lower"
    )
    margin: float = number(1e-6, low=0.0, slider=(0.0, 0.1), text="amount by which a better loss must be lower")
    cooldown: int = _cooldown()
    warmup: int = whole(0, low=0, slider=(0, 50), unit="evaluations", text="evaluations after a rise that are not counted")
    low: float = number(1e-3, low=0.0, slider=(0.0, 0.01), text="floor that the rate is not lowered below")
    high: float = number(1.0, low=0.0, low_open=True, slider=(0.1, 10.0), text="ceiling that the rate is not raised above")

    def validate(self):
        if self.low > self.high:
            raise ValueError(f"Greedy: low must be at most high, got low={self.low} and high={self.high}.")

    def start(self) -> Greed:
        return Greed(lr=self.lr, best=np.inf, good=0, bad=0, rest=0)

    def observe(self, state: Greed, loss):
        counted = np.asarray(state.rest == 0)
        better = counted & (loss < state.best * (1.0 - self.threshold) - self.margin)
        good = np.where(better, state.good + 1, 0)
        bad = np.where(counted & ~better, state.bad + 1, 0)
        up, down = good > self.patience, bad > self.patience
        raised = np.maximum(state.lr, np.minimum(state.lr / self.factor, self.high))
        lowered = np.minimum(state.lr, np.maximum(state.lr * self.factor, self.low))
        lr = np.where(up, raised, np.where(down, lowered, state.lr))[()]
        rest = np.where(up, self.warmup, np.where(down, self.cooldown, np.maximum(state.rest - 1, 0)))[()]
        best = np.where(better, loss, state.best)[()]
        return lr, Greed(lr, best, np.where(up, 0, good)[()], np.where(down, 0, bad)[()], rest)
