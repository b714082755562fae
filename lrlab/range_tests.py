"""The learning-rate range test: sweep the rate upwards in one short run, and read off where the loss falls and rises."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .optimizers import SGD
from .parameters import Number, Whole
from .problems import DigitsNetwork
from .schedules import RangeTest
from .training import train

__all__ = ["range_test", "RangeTestResult"]

# The test is over when the smoothed loss is this many times its lowest, as in fastai and Lightning.
STOP = 4.0
SMOOTHING = Number("share of the running average kept at each update", low=0.0, high=1.0, high_open=True)
SEEDS = Whole("number of runs", low=1)


def smoothed(loss, keep=0.9):
    """The running average of the losses along the last axis, corrected for its start at 0.

        m = keep * m + (1 - keep) * loss        smoothed = m / (1 - keep^(t + 1))

    >>> smoothed(np.array([1.0, 1.0, 0.0]), keep=0.5)
    array([1.        , 1.        , 0.42857143])
    """
    m, found = np.zeros(loss.shape[:-1]), np.empty(loss.shape)
    with np.errstate(all="ignore"):
        for t in range(loss.shape[-1]):
            m = keep * m + (1.0 - keep) * loss[..., t]
            found[..., t] = m / (1.0 - keep ** (t + 1))
    return found


def usable(loss) -> int:
    """How many updates come before the loss is more than 4 times its lowest so far, or no number."""
    over = ~(loss <= STOP * np.minimum.accumulate(loss)) | ~np.isfinite(loss)
    return int(np.argmax(over)) if over.any() else len(loss)


# Each rule gets the rates and the smoothed losses of the usable part, and returns the place of its suggestion.


def minimum(lr, loss):
    """A tenth of the rate at the lowest loss (fastai's `minimum`): the edge, and a margin."""
    return float(lr[np.argmin(loss)]) / 10.0


def steepest(lr, loss):
    """The rate before the lowest loss where the loss falls fastest over log(lr) (Lightning searches after it too)."""
    before = max(np.argmin(loss) + 1, 2)
    return float(lr[np.argmin(np.gradient(loss[:before], np.log(lr[:before])))])


def valley(lr, loss):
    """The rate two thirds along the longest stretch in which the loss falls (fastai's `valley`)."""
    ends, begin = (0, 0), 0
    for now in range(1, len(loss)):
        if loss[now] >= loss[now - 1]:
            begin = now
        if now - begin > ends[1] - ends[0]:
            ends = begin, now
    return float(lr[ends[0] + round(2 * (ends[1] - ends[0]) / 3)])


RULES = {"steepest": steepest, "valley": valley, "minimum/10": minimum}


@dataclass(frozen=True)
class RangeTestResult:
    """Losses of a range test over `seeds` runs.

    lr         (steps,)          the rates
    loss       (seeds, steps)    the losses on the batches, each before its update; inf from divergence on
    smooth     (seeds, steps)    their bias-corrected running averages
    stopped    (seeds,)          updates before the loss passed 4 times its lowest (steps, if never)
    suggested  {rule: (seeds,)}  the rates that the rules suggest
    """

    problem: object
    optimizer: object
    lr: np.ndarray
    loss: np.ndarray
    smooth: np.ndarray
    stopped: np.ndarray
    suggested: dict

    def suggestion(self, rule: str = "valley") -> float:
        """The suggestion of one rule: the geometric mean over the seeds."""
        if rule not in self.suggested:
            raise ValueError(f"range test: rule must be one of {', '.join(self.suggested)}, got {rule!r}.")
        return float(np.exp(np.mean(np.log(self.suggested[rule]))))

    @property
    def spread(self) -> float:
        """The largest suggestion of a rule over the smallest."""
        every = [self.suggestion(rule) for rule in self.suggested]
        return max(every) / min(every)

    def table(self) -> str:
        """One line for each rule: its suggestion, and the lowest and the highest over the seeds."""
        rows = [("rule", "suggests", "lowest", "highest")]
        for rule, rates in self.suggested.items():
            rows.append((rule, *(f"{one:.2g}" for one in (self.suggestion(rule), rates.min(), rates.max()))))
        widths = [max(map(len, column)) for column in zip(*rows)]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)

    @property
    def sentence(self) -> str:
        """What the rules say, and whether they agree."""
        told = ", ".join(f"{rule} {self.suggestion(rule):.2g}" for rule in self.suggested)
        spread = self.spread
        verdict = (
            f"The rules disagree by a factor of {spread:.1f}: take these as where to look, not as an answer."
            if spread >= 2.0
            else f"The rules agree within a factor of {spread:.1f}."
        )
        runs = f"{len(self.loss)} run{'s' * (len(self.loss) > 1)}"
        over = int(np.sum(self.stopped < len(self.lr)))
        if over:
            ended = f"the loss passed {STOP:g} times its lowest in {over} of them"
        else:
            ended = f"the loss never passed {STOP:g} times its lowest: sweep to a higher rate"
        return f"Range test of {runs} from {self.lr[0]:.2g} to {self.lr[-1]:.2g}; {ended}. Suggested: {told}. {verdict}"

    def plot(self):
        """Raw and smoothed loss over the rate, with a mark for each suggestion: a Picture."""
        from .plots import COLORS, STYLES, Picture, entitle, new_figure

        figure, ax = new_figure()
        for run, (loss, smooth, stop) in enumerate(zip(self.loss, self.smooth, self.stopped)):
            stop = max(int(stop), 1)
            raw = np.where(np.isfinite(loss[:stop]), loss[:stop], np.nan)
            ax.plot(self.lr[:stop], raw, color="#bbbbbb", linewidth=0.6, label="raw loss" if run == 0 else None)
            ax.plot(self.lr[:stop], smooth[:stop], color=COLORS[0], linewidth=1.2, label="smoothed loss" if run == 0 else None)
        for number, rule in enumerate(self.suggested, start=1):
            rate = self.suggestion(rule)
            ax.axvline(rate, color=COLORS[number], linestyle=STYLES[number], linewidth=1.8, label=f"{rule}: {rate:.2g}")
        ax.set(xscale="log", xlabel="learning rate", ylabel="loss on the batch")
        ax.legend(frameon=False, fontsize=9)
        entitle(ax, f"Range test with {type(self.optimizer).__name__} on {type(self.problem).__name__}")
        return Picture(figure, self.sentence)

    def __repr__(self):
        return f"{self.sentence}\n{self.table()}"


def range_test(
    problem=None, optimizer=None, low: float = 1e-4, high: float = 10.0, steps: int = 200, seeds=5, smoothing: float = 0.9
) -> RangeTestResult:
    """Train with a rate that grows from `low` to `high` within `steps` updates, and say what several rules read off it.

    problem     by default DigitsNetwork()
    optimizer   by default SGD()
    seeds       a number of runs, or a list of seeds
    smoothing   share of the running average of the loss kept at each update

    A run counts until its smoothed loss is more than 4 times its lowest. The rules: `steepest`, where the loss falls
    fastest; `valley`, two thirds along the longest fall; `minimum/10`, a tenth of the rate of the lowest loss. They
    need not agree, and the result says by how much they do not. Rates found so hold for a short run from the start:
    they say nothing of what a long one bears.

    Raises ValueError if a number is out of its range (see RangeTest).
    Source: Smith 2017, section 3.3, https://arxiv.org/abs/1506.01186. Fastai smooths with 0.98, and stops as here.

    >>> from lrlab import Quadratic
    >>> found = range_test(Quadratic(dim=1, largest=1.0), low=0.02, high=100.0, steps=60, seeds=1, smoothing=0.0)
    >>> bool(found.stopped[0] < 60), sorted(found.suggested)
    (True, ['minimum/10', 'steepest', 'valley'])
    """
    problem = DigitsNetwork() if problem is None else problem
    optimizer = SGD() if optimizer is None else optimizer
    smoothing = SMOOTHING.check("range_test", "smoothing", smoothing, 0.9)
    seeds = list(range(SEEDS.check("range_test", "seeds", seeds, 5))) if np.isscalar(seeds) else list(seeds)
    sweep = RangeTest(low=low, high=high, steps=steps)
    run = train(problem, optimizer, sweep, sweep.steps, seed=seeds, progress=False)
    lr, loss = sweep(np.arange(sweep.steps)), np.asarray(run.loss, dtype=np.float64)
    smooth = smoothed(loss, smoothing)
    stopped = np.array([usable(one) for one in smooth])
    suggested = {rule: [] for rule in RULES}
    for one, stop in zip(smooth, stopped):
        if stop < 3:
            raise ValueError(f"range_test: the loss left its bounds after {stop} updates. Begin lower: low={low / 100:.2g}.")
        for rule, suggest in RULES.items():
            suggested[rule].append(suggest(lr[:stop], one[:stop]))
    return RangeTestResult(
        problem=problem,
        optimizer=optimizer,
        lr=lr,
        loss=loss,
        smooth=smooth,
        stopped=stopped,
        suggested={rule: np.array(rates) for rule, rates in suggested.items()},
    )
