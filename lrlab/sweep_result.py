"""What a sweep leaves behind: labelled arrays, the best configuration, and how sure that is."""

from __future__ import annotations

import dataclasses
import io
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .statistics import Paired, paired, standard_error

DIMS = ("optimizer", "schedule", "lr", "seed")


@dataclass(frozen=True, repr=False)
class Best:
    """The best configuration of a sweep. Its text says all of it.

    mean, error          of the metric over the seeds; `lost` is the number of diverged seeds left out
    next, against_next   the next best configuration (optimizer, schedule, lr), and the comparison with it (None if there is
                         none, or no seed is shared)
    edge                 whether lr is the first or last of the grid
    """

    metric: str
    optimizer: str
    schedule: str
    lr: float
    mean: float
    error: float
    seeds: int
    lost: int
    next: tuple | None
    against_next: Paired | None
    edge: bool
    sentence: str

    def __repr__(self):
        return self.sentence


class Rows(list):
    """A table: a list of dicts, printed as text and shown as a table in a notebook."""

    def __init__(self, rows, sentence=""):
        super().__init__(rows)
        self.sentence = sentence

    def __repr__(self):
        names = list(self[0])
        cells = [names] + [[_shown(row[name]) for name in names] for row in self]
        widths = [max(len(line[k]) for line in cells) for k in range(len(names))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in cells]
        return "\n".join([*lines, *([self.sentence] if self.sentence else [])])

    def _repr_html_(self):
        from html import escape

        head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in self[0])
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(_shown(value))}</td>" for value in row.values()) + "</tr>" for row in self
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{escape(self.sentence)}</p>"


def _shown(value):
    return f"{value:.4g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, repr=False, eq=False)
class Sweep:
    """What a sweep leaves behind. Every array begins with the dims optimizer, schedule, lr, seed; `coords` labels them.

    metrics                 {name: (..., evaluations)} at the update counts `evaluated_at`
    curves                  (..., points): mean loss on the batch of the updates up to curve_at[k] - 1, from curve_at[k - 1]
                            (first 0) on; inf from the point in which the replica diverged
    diverged, diverged_at   (...): whether, and at which update, as in `Run`. Means leave diverged replicas out and say so
    finished                (...): False for what an interrupted sweep did not come to; its numbers are nan
    """

    problem: str
    optimizers: tuple
    schedules: tuple
    lrs: np.ndarray
    seeds: np.ndarray
    steps: int
    evaluated_at: np.ndarray
    metrics: dict = field(repr=False)
    curve_at: np.ndarray
    curves: np.ndarray
    diverged: np.ndarray
    diverged_at: np.ndarray
    finished: np.ndarray

    dims = DIMS

    @property
    def coords(self) -> dict:
        """{dim: its labels}, in the order of the axes."""
        return dict(zip(DIMS, (self.optimizers, self.schedules, self.lrs, self.seeds)))

    @property
    def shape(self) -> tuple:
        return self.diverged.shape

    def __repr__(self):
        counts = zip(self.shape, DIMS)
        size = " x ".join(f"{count} {dim}{'s' if count != 1 else ''}" for count, dim in counts)
        lost, open_ = int(self.diverged.sum()), int((~self.finished).sum())
        more = [f"{lost} diverged"] * bool(lost) + [f"{open_} not finished"] * bool(open_)
        return f"Sweep({', '.join([self.problem.split('(')[0], size, f'{self.steps} updates', *more])})"

    def _metric(self, name):
        if name is None:
            losses = [one for one in self.metrics if "loss" in one]
            return (losses or list(self.metrics))[-1]
        if name not in self.metrics:
            raise ValueError(f"Sweep: there is no metric {name!r}. There are: {', '.join(self.metrics)}.")
        return name

    def final(self, metric: str | None = None) -> np.ndarray:
        """The last value of a metric for every replica: inf where it diverged, nan where it is not finished.

        Without a name: the last metric whose name has 'loss' in it (on networks test_loss), else the last.
        """
        return np.where(self.diverged, np.inf, self.metrics[self._metric(metric)][..., -1])

    def select(self, **labels) -> Sweep:
        """The part with these labels: select(optimizer="Adam", lr=[0.1, 0.01]). All four dims stay."""
        picked = [np.arange(size) for size in self.shape]
        for dim, wanted in labels.items():
            if dim not in DIMS:
                raise ValueError(f"Sweep: there is no dim {dim!r}. There are: {', '.join(DIMS)}.")
            have = list(self.coords[dim])
            wanted = list(wanted) if isinstance(wanted, (list, tuple, range, np.ndarray)) else [wanted]
            missing = [one for one in wanted if one not in have]
            if missing or not wanted:
                what = repr(missing[0]) if missing else "in an empty list"
                raise ValueError(f"Sweep: there is no {dim} {what}. There are: {', '.join(map(str, have))}.")
            picked[DIMS.index(dim)] = np.array([have.index(one) for one in wanted])
        grid = np.ix_(*picked)
        return dataclasses.replace(
            self,
            optimizers=tuple(self.optimizers[k] for k in picked[0]),
            schedules=tuple(self.schedules[k] for k in picked[1]),
            lrs=self.lrs[picked[2]],
            seeds=self.seeds[picked[3]],
            metrics={name: values[grid] for name, values in self.metrics.items()},
            curves=self.curves[grid],
            diverged=self.diverged[grid],
            diverged_at=self.diverged_at[grid],
            finished=self.finished[grid],
        )

    def mean(self, metric: str | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Mean, standard error and number of seeds that took part: three arrays (optimizer, schedule, lr).

        Diverged and unfinished replicas are left out. Where none is left the mean is inf, where one is, the error is inf.
        """
        kept, values = self.finished & ~self.diverged, self.final(metric)
        count = kept.sum(-1)
        mean, error = np.full(count.shape, np.inf), np.full(count.shape, np.inf)
        for place in zip(*np.nonzero(count)):
            mine = values[place][kept[place]]
            mean[place], error[place] = mine.mean(), standard_error(mine)
        return mean, error, count

    def _all_diverged(self):
        return f"All {int(self.finished.sum())} replicas diverged: take learning rates below {self.lrs.min():.4g}."

    def _compare(self, values, first, second):
        both = (self.finished & ~self.diverged)[first] & (self.finished & ~self.diverged)[second]
        return paired(values[second][both], values[first][both]) if both.any() else None

    def best(self, metric: str | None = None, *, largest: bool = False) -> Best:
        """The configuration with the smallest (or `largest`) mean of a metric over the seeds, and how sure that is.

        Configurations are compared by their means over the seeds; those with a diverged seed come after those without.
        The next best is compared seed by seed (see `paired`). Raises ValueError if every replica diverged.
        """
        name = self._metric(metric)
        mean, error, count = self.mean(name)
        if not count.any():
            raise ValueError(f"Sweep: there is no best. {self._all_diverged()}")
        lost = self.diverged.sum(-1)
        places = sorted(np.ndindex(mean.shape), key=lambda k: (count[k] == 0, lost[k], -mean[k] if largest else mean[k]))
        places = [place for place in places if count[place]]
        first, second = places[0], places[1] if len(places) > 1 else None
        values = self.final(name)
        against = self._compare(values, first, second) if second else None
        edge = len(self.lrs) > 1 and self.lrs[first[2]] in (self.lrs.min(), self.lrs.max())
        sentence = self._sentence(name, first, second, mean, error, count, lost, against, edge)
        return Best(
            metric=name,
            optimizer=self.optimizers[first[0]],
            schedule=self.schedules[first[1]],
            lr=float(self.lrs[first[2]]),
            mean=float(mean[first]),
            error=float(error[first]),
            seeds=int(count[first]),
            lost=int(lost[first]),
            next=self._labels(second) if second else None,
            against_next=against,
            edge=bool(edge),
            sentence=sentence,
        )

    def _labels(self, place):
        return self.optimizers[place[0]], self.schedules[place[1]], float(self.lrs[place[2]])

    def _called(self, place):
        optimizer, schedule, lr = self._labels(place)
        named = [optimizer] * (len(self.optimizers) > 1) + [schedule] * (len(self.schedules) > 1)
        return ", ".join([*named, f"lr {lr:.4g}"])

    def _sentence(self, name, first, second, mean, error, count, lost, against, edge):
        spread = f" +- {error[first]:.2g}" if np.isfinite(error[first]) else ""
        seeds = f"{count[first]} seed{'s' if count[first] != 1 else ''}"
        out = f", {lost[first]} diverged and left out" if lost[first] else ""
        words = [f"Best {name.replace('_', ' ')}: {mean[first]:.4g}{spread} ({seeds}{out}) with {self._called(first)}."]
        if second:
            called = f"{self._called(second)} ({mean[second]:.4g})"
            if against is None:
                words.append(f"The next, {called}, shares no seed with it.")
            elif against.pairs == 1:
                words.append(f"The next is {called}; one seed says nothing about chance.")
            else:
                can = "distinguishable" if against.distinguishable else "not distinguishable"
                words.append(f"It is {can} from the next, {called}.")
        if edge:
            words.append(
                f"The best learning rate, {self.lrs[first[2]]:.4g}, is at the edge of the grid "
                f"({self.lrs.min():.4g} to {self.lrs.max():.4g}): widen it."
            )
        if (gone := int(self.diverged.sum())) > lost[first]:
            words.append(f"{gone} of {self.diverged.size} replicas diverged.")
        if not self.finished.all():
            words.append(f"Only {int(self.finished.sum())} of {self.finished.size} replicas are finished.")
        return " ".join(words)

    def table(self, metric: str | None = None, *, largest: bool = False) -> Rows:
        """A row for each optimizer with each schedule, at its best learning rate; with one pair, for each learning rate.

        A row is a dict with optimizer, schedule, lr, mean, error, seeds, diverged, and how it compares to the best, seed by
        seed. With all replicas of a row diverged its mean is 'diverged'.
        """
        name = self._metric(metric)
        mean, error, count = self.mean(name)
        lost, sign = self.diverged.sum(-1), -1 if largest else 1

        def order(place):
            return count[place] == 0, lost[place], sign * mean[place]

        pairs = np.ndindex(mean.shape[:2])
        if mean.shape[:2] == (1, 1):
            places = list(np.ndindex(mean.shape))
        else:
            places = [min(((*pair, k) for k in range(mean.shape[2])), key=order) for pair in pairs]
        if count.any():
            first, sentence = min(np.ndindex(mean.shape), key=order), self.best(name, largest=largest).sentence
        else:
            first, sentence = None, self._all_diverged()
        values, rows = self.final(name), []
        for place in places:
            optimizer, schedule, lr = self._labels(place)
            if not count[place]:
                verdict = "diverged" if lost[place] else "not finished"
            elif place == first:
                verdict = "best"
            else:
                against = self._compare(values, first, place)
                if against is None or against.pairs == 1:
                    verdict = "too few seeds to say"
                else:
                    verdict = "not " * (not against.distinguishable) + "distinguishable from the best"
            rows.append(
                {
                    "optimizer": optimizer,
                    "schedule": schedule,
                    "lr": lr,
                    name: float(mean[place]) if count[place] else verdict,
                    "error": float(error[place]) if np.isfinite(error[place]) else "",
                    "seeds": int(count[place]),
                    "diverged": int(lost[place]),
                    "verdict": verdict,
                }
            )
        return Rows(rows, sentence)

    def plot(self, metric: str | None = None, **options):
        """The heat map of a metric over learning rates: see `lrlab.plots.heat_map`."""
        from .plots import heat_map

        return heat_map(self, self._metric(metric), **options)

    def plot_curves(self, metric: str | None = None, **options):
        """The loss over the updates, of each optimizer with each schedule at its best rate: see `lrlab.plots.curves`."""
        from .plots import curves

        return curves(self, self._metric(metric), **options)

    def to_dataframe(self):
        """A pandas table with a row for each replica: the four labels, the final metrics, diverged, diverged_at, finished."""
        try:
            import pandas
        except ImportError:
            raise ImportError("Sweep.to_dataframe needs pandas. Install it, or use Sweep.table() or Sweep.final().") from None
        index = pandas.MultiIndex.from_product(self.coords.values(), names=DIMS)
        columns = {name: self.final(name).ravel() for name in self.metrics}
        flags = {name: getattr(self, name).ravel() for name in ("diverged", "diverged_at", "finished")}
        return pandas.DataFrame({**columns, **flags}, index=index).reset_index()

    def save(self, path):
        """Write all of it to one file (npz: arrays, and labels as JSON; nothing that could run code)."""
        words = {name: getattr(self, name) for name in ("problem", "optimizers", "schedules", "steps")}
        words["metrics"] = list(self.metrics)
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        arrays |= {f"metric {k}": values for k, values in enumerate(self.metrics.values())}
        content = io.BytesIO()
        np.savez(content, words=np.frombuffer(json.dumps(words).encode(), dtype=np.uint8), **arrays)
        # a file that is there is replaced only by a complete one
        path = Path(path)
        partial = path.with_name(path.name + ".partial")
        partial.write_bytes(content.getvalue())
        partial.replace(path)

    @classmethod
    def load(cls, path) -> Sweep:
        """Read what `save` wrote. Raises ValueError if the file is something else."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                words = json.loads(stored["words"].tobytes())
                metrics = {name: stored[f"metric {k}"] for k, name in enumerate(words.pop("metrics"))}
                arrays = {name: stored[name] for name in _ARRAYS}
            words |= {name: tuple(words[name]) for name in ("optimizers", "schedules")}
        except FileNotFoundError:
            raise
        except Exception as error:
            raise ValueError(f"Sweep: {str(path)!r} is no sweep that save() wrote, or it is damaged ({error}).") from error
        return cls(**words, **arrays, metrics=metrics)


_ARRAYS = ("lrs", "seeds", "evaluated_at", "curve_at", "curves", "diverged", "diverged_at", "finished")
