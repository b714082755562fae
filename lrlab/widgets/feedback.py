"""Letting the loss decide: reduce on plateau under noise, and the range test with its rules that disagree."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..optimizers import SGD
from ..parameters import Declared, choice, declare, number, whole
from ..plots import COLORS, short
from ..problems import DigitsNetwork
from ..schedules import Constant, RangeTest, ReduceOnPlateau
from ..training import train
from .explorer import SettingsExplorer, inside

EVALUATIONS, BETWEEN = 200, 5  # evaluations, and updates from one to the next
CURVATURES = np.array([1.0, 0.2, 0.05])


@declare
class Plateaus(Declared):
    """Stochastic gradient descent on a noisy bowl whose rate is cut when the measured loss stops improving."""

    patience: int = whole(10, low=0, slider=(0, 50), unit="evaluations", text="evaluations without improvement that are borne before a cut")
    threshold: float = number(0.0, low=0.0, high=1.0, high_open=True, slider=(0.0, 0.2), text="share of the best loss by which a better one must be lower")
    factor: float = number(0.5, low=0.0, high=1.0, low_open=True, high_open=True, slider=(0.05, 0.95), text="factor applied to the rate at each cut")
    cooldown: int = whole(0, low=0, slider=(0, 50), unit="evaluations", text="evaluations after a cut that are not counted")
    noise: float = number(0.2, low=0.0, slider=(0.0, 1.0), text="noise of each evaluation, as a share of the loss")
    lr: float = number(0.5, low=0.0, low_open=True, slider=(1e-2, 1.9), scale="log", text="rate at the start")


class Cut(NamedTuple):
    lr: np.ndarray  # (EVALUATIONS,): rate after each evaluation
    loss: np.ndarray  # (EVALUATIONS,): expected loss, which is not seen by the rule
    measured: np.ndarray  # (EVALUATIONS,): the loss with noise, which is
    cuts: np.ndarray  # evaluations at which the rate was cut
    false: int  # cuts while the expected loss at that rate was still more than 5 % above the lowest it can reach
    last: float  # expected loss at the end
    fixed: float  # the same without any cut


def _floor(lr):
    """The expected loss that this fixed rate ends at: the sum over the directions of lr h / (2 (2 - lr h))."""
    return float((lr * CURVATURES / (2.0 * (2.0 - lr * CURVATURES))).sum()) if lr < 2.0 else np.inf


class PlateauExplorer(SettingsExplorer):
    """ReduceOnPlateau watching a noisy loss: cuts that come too early are false alarms, and they are counted.

    The expected loss is exact; the rule sees it times 1 + noise * a normal draw. A cut is a false alarm if the expected loss
    was still more than 5 % above the floor of the rate that is cut. `value` is (lr, loss, measured, cuts, false, last,
    fixed).

    >>> w = PlateauExplorer(noise=0.0, threshold=1e-3)
    >>> w.value.false
    0
    >>> w.set(noise=0.5, patience=2)
    >>> w.value.false > 2
    True
    """

    title = "Plateau or noise?"
    look_for = (
        "The dots are what the rule sees, the line is the truth. See which cuts come while the loss is still falling, "
        "and how much patience the noise asks for."
    )
    Settings = Plateaus
    columns = 2
    size = (8.2, 3.5)

    def build(self):
        left, right = self.axes
        left.set(xlabel="evaluation", ylabel="learning rate", yscale="log", xlim=(0, EVALUATIONS), ylim=(1e-6, 1e1))
        right.set(xlabel="evaluation", ylabel="loss", yscale="log", xlim=(0, EVALUATIONS), ylim=(1e-5, 1e2))
        self._lr = self.line(left, color=COLORS[0], linewidth=1.8, drawstyle="steps-post")
        self._seen = self.line(right, color="#999999", marker=".", markersize=3, linestyle="none", label="measured loss")
        self._loss = self.line(right, color=COLORS[0], linewidth=1.8, label="expected loss")
        self._good = self.line(right, color=COLORS[2], marker="o", linestyle="none", label="cut")
        self._false = self.line(right, color=COLORS[1], marker="X", markersize=8, linestyle="none", label="false alarm")
        self.legend(self._seen, self._loss, self._good, self._false)

    @property
    def milestones(self):
        return {
            "no noise": {"noise": 0.0},
            "no patience": {"patience": 0},
            "patience 25": {"patience": 25},
            "much noise": {"noise": 0.6},
            "threshold 0.05": {"threshold": 0.05},
            "cooldown 20": {"cooldown": 20},
        }

    @staticmethod
    @lru_cache(maxsize=64)
    def measure(settings):
        rule = ReduceOnPlateau(
            lr=settings.lr, factor=settings.factor, patience=settings.patience,
            threshold=settings.threshold, cooldown=settings.cooldown,
        )  # fmt: skip
        draws = np.maximum(1.0 + settings.noise * _draws(), 0.0)
        state, lr = rule.start(), settings.lr
        rates, loss, false, cuts = np.empty(EVALUATIONS), np.empty(EVALUATIONS), 0, []
        square, fixed = 2.0 / CURVATURES, 2.0 / CURVATURES
        for k in range(EVALUATIONS):
            loss[k] = (square * CURVATURES).sum() / 2.0
            now, state = rule.observe(state, loss[k] * draws[k])
            now = float(now)
            if now < lr:
                cuts.append(k)
                false += loss[k] > 1.05 * _floor(lr)
            rates[k] = lr = now
            square = _onward(square, lr)
            fixed = _onward(fixed, settings.lr)
        return Cut(rates, loss, loss * draws, np.array(cuts, dtype=int), int(false), float(loss[-1]), float((fixed * CURVATURES).sum() / 2.0))

    def draw(self, settings, value):
        left, right = self.axes
        k = np.arange(EVALUATIONS)
        self._lr.set_data(k, inside(left, value.lr))
        self._loss.set_data(k, inside(right, value.loss))
        self._seen.set_data(k, inside(right, value.measured))
        before = np.append(settings.lr, value.lr)[value.cuts]
        false = np.array([value.loss[k] > 1.05 * _floor(lr) for k, lr in zip(value.cuts, before)], dtype=bool)
        self._good.set_data(value.cuts[~false], inside(right, value.loss[value.cuts[~false]]))
        self._false.set_data(value.cuts[false], inside(right, value.loss[value.cuts[false]]))
        if not np.isfinite(value.last):
            return f"Learning rate {short(settings.lr)}: the expected loss has left all bounds."
        return (
            f"Patience {settings.patience}, threshold {short(settings.threshold)}, noise {short(settings.noise)}: {_cuts(len(value.cuts))} "
            f"in {EVALUATIONS} evaluations, of which {_false_alarms(value.false)}. The expected loss ends at {short(value.last)}, without cuts "
            f"at {short(value.fixed)}."
        )


def _cuts(number):
    return "1 cut" if number == 1 else f"{number} cuts"


def _false_alarms(number):
    return "1 false alarm" if number == 1 else f"{number} false alarms"


@cache
def _draws():
    return np.random.default_rng(0).standard_normal(EVALUATIONS)


def _onward(square, lr):
    """E w^2 of each direction after the updates between two evaluations: m = keep m + add, BETWEEN times."""
    keep = (1.0 - lr * CURVATURES) ** 2
    add = lr * lr * CURVATURES
    rest = add / np.where(keep == 1.0, 1.0, 1.0 - keep)
    return keep**BETWEEN * (square - rest) + rest


SEEDS = 10
LENGTHS = {"50 updates": 50, "100 updates": 100, "200 updates": 200}
LOW, HIGH = 1e-3, 30.0
STORED = Path(__file__).resolve().parent.parent / "data" / "range_tests.npz"
FIXED = np.geomspace(0.05, 12.8, 9)


@declare
class Ranges(Declared):
    """Range tests of a network on the digits: the rate climbs from 0.001 to 30 while it trains."""

    length: str = choice("100 updates", choices=tuple(LENGTHS), text="length of the test")
    smoothing: float = number(0.9, low=0.0, high=1.0, high_open=True, slider=(0.0, 0.98), text="share of the old average of the loss kept at each update")
    seed: int = whole(0, low=0, high=SEEDS - 1, slider=(0, SEEDS - 1), text="which of the ten runs is judged")


class Ranged(NamedTuple):
    rates: np.ndarray  # (updates,)
    losses: np.ndarray  # (SEEDS, updates): smoothed loss of each run
    steepest: float  # suggestion of the rule "where the loss falls fastest"
    lowest: float  # the rate at the lowest loss
    tenth: float  # the rule "a tenth of the rate at the lowest loss"
    spread: dict  # for each rule the smallest and the largest suggestion of the ten runs
    best: float  # fixed rate that is best in so many updates, of 9 rates, mean of three runs


def run_range_tests(updates, seeds=range(SEEDS)):
    """The rates of a test, the loss of each update of the ten runs, and the best fixed rate for so many updates."""
    problem, schedule = DigitsNetwork(batch=32), RangeTest(low=LOW, high=HIGH, steps=updates)
    losses = train(problem, SGD(), schedule, updates, seed=seeds, progress=False).loss
    fixed = train(problem, SGD(), [Constant(lr=lr) for lr in FIXED], updates, seed=range(3), progress=False)
    return schedule(np.arange(updates)), losses, float(FIXED[fixed.final("train_loss").mean(-1).argmin()])


@cache
def _tests(updates):
    # stored: seconds to run, and the last digits of a run at a high rate differ from machine to machine
    with np.load(STORED) as stored:
        losses, best = stored[f"losses_{updates}"].astype(float), float(stored[f"best_{updates}"])
    return RangeTest(low=LOW, high=HIGH, steps=updates)(np.arange(updates)), losses, best


def write_range_tests(path=None):
    """Run the range tests anew and store them where the explorer reads them."""
    arrays = {}
    for updates in LENGTHS.values():
        _, losses, best = run_range_tests(updates)
        arrays |= {f"losses_{updates}": losses.astype(np.float32), f"best_{updates}": np.array(best)}
    np.savez_compressed(STORED if path is None else path, **arrays)


class RangeTestExplorer(SettingsExplorer):
    """Ten range tests on the digits, and three rules that read a rate off them: they disagree.

    The test is Smith's: 2017, section 3.3, https://arxiv.org/abs/1506.01186. The smoothed loss is an average with the share
    `smoothing` of the old, divided by 1 - smoothing^(t + 1). The steepest fall is
    sought between the first tenth of the test and the lowest loss. The runs were made by `write_range_tests`. `value` is (rates, losses, steepest, lowest, tenth, spread, best).

    >>> w = RangeTestExplorer()
    >>> w.value.tenth == w.value.lowest / 10
    True
    """

    title = "The range test"
    look_for = (
        "One run whose rate climbs shows where the loss falls and where it explodes. See how far the rules are apart, and how much "
        "they move with the seed, the smoothing and the length of the test."
    )
    Settings = Ranges

    def build(self):
        ax = self.axes
        ax.set(xlabel="learning rate", ylabel="smoothed loss", xscale="log", yscale="log", xlim=(LOW, HIGH), ylim=(0.1, 50))
        self._others = [self.line(ax, color="#bbbbbb", linewidth=0.8) for _ in range(SEEDS)]
        self._loss = self.line(ax, color=COLORS[0], linewidth=1.8, label="this run")
        looks = ((COLORS[1], "v", "steepest"), (COLORS[2], "s", "a tenth of lowest"), (COLORS[3], "^", "lowest"))
        self._marks = [self.line(ax, color=color, marker=shape, markersize=9, linestyle="none", label=word) for color, shape, word in looks]
        self._best = self.line(ax, color="#555555", linestyle=":", linewidth=1.6, label="best fixed rate")
        self.legend(self._loss, *self._marks, self._best)

    @property
    def milestones(self):
        return {
            "no smoothing": {"smoothing": 0.0},
            "smoothing 0.9": {"smoothing": 0.9},
            "much smoothing": {"smoothing": 0.98},
            "short test": {"length": "50 updates"},
            "long test": {"length": "200 updates"},
            "another seed": {"seed": (self.seed.value + 1) % SEEDS},
        }

    @staticmethod
    @lru_cache(maxsize=64)
    def measure(settings):
        updates = LENGTHS[settings.length]
        rates, losses, best = _tests(updates)
        smooth, average = np.empty_like(losses), np.zeros(SEEDS)
        for t in range(updates):
            average = settings.smoothing * average + (1 - settings.smoothing) * losses[:, t]
            smooth[:, t] = average / (1 - settings.smoothing ** (t + 1))
        suggested = {"steepest": [], "lowest": [], "tenth": []}
        for one in smooth:
            lowest = int(one.argmin())
            # the first tenth is left out: the averages are short there, and jump
            begin = min(updates // 10, max(lowest - 1, 0))
            falls = np.diff(np.log(one[begin : max(lowest, begin + 1) + 1]))
            suggested["steepest"].append(float(rates[begin + falls.argmin()]))
            suggested["lowest"].append(float(rates[lowest]))
            suggested["tenth"].append(float(rates[lowest]) / 10)
        spread = {rule: (min(each), max(each)) for rule, each in suggested.items()}
        return Ranged(rates, smooth, **{rule: each[settings.seed] for rule, each in suggested.items()}, spread=spread, best=best)

    def draw(self, settings, value):
        ax = self.axes
        for line, losses in zip(self._others, value.losses):
            line.set_data(value.rates, inside(ax, losses))
        loss = value.losses[settings.seed]
        self._loss.set_data(value.rates, inside(ax, loss))
        for mark, at in zip(self._marks, (value.steepest, value.tenth, value.lowest)):
            mark.set_data([at], np.interp(np.log([at]), np.log(value.rates), inside(ax, loss)))
        self._best.set_data([value.best] * 2, ax.get_ylim())
        (a, b), (c, d) = value.spread["steepest"], value.spread["lowest"]
        return (
            f"Range test of {settings.length}, smoothing {short(settings.smoothing)}, run {settings.seed}: steepest at {value.steepest:.2g}, "
            f"a tenth of the lowest {value.tenth:.2g}, lowest at {value.lowest:.2g}. Over {SEEDS} runs steepest goes from {a:.2g} to {b:.2g} and lowest from "
            f"{c:.2g} to {d:.2g}; the best of {len(FIXED)} fixed rates is {value.best:.2g}."
        )
