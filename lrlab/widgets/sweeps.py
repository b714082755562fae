"""The sweep explorer: the heat map of a sweep, cell by cell."""

from __future__ import annotations

from typing import NamedTuple

import ipywidgets
import numpy as np

from ..language import gettext
from ..plots import COLORS, short
from .controls import LAYOUT, STYLE, ValueSlider
from .explorer import Explorer, button


class Cell(NamedTuple):
    metric: str
    optimizer: str
    schedule: str
    lr: float  # of the sweep's rates the one that is nearest to the control's
    mean: float  # over the seeds that did not diverge, inf if all did
    error: float  # its standard error
    seeds: int  # that took part
    lost: int  # that diverged
    ratio: float  # mean over the smallest mean of all cells, nan where that is 0 or less


class SweepExplorer(Explorer):
    """The mean of a metric over the seeds of a `Sweep`: a row for each schedule, a column for each learning rate.

    Controls: metric, optimizer, schedule and lr choose what is drawn and the cell that is read. Right is the row of the cell, with
    its standard errors. Colours go from the best cell to ten times its value, on a logarithmic scale; a cross marks cells
    in which every seed diverged. `value` is (metric, optimizer, schedule, lr, mean, error, seeds, lost, ratio).

    >>> from lrlab import SGD, Constant, Cosine, Quadratic, sweep
    >>> found = sweep(Quadratic(noise=1.0), SGD(), [Constant(), Cosine(steps=50)], lrs=[0.1, 0.3, 3.0], seeds=range(4), steps=50)
    >>> w = SweepExplorer(found)
    >>> w.value.schedule, w.value.ratio                # it begins at the best cell
    ('Cosine', 1.0)
    >>> w.set(lr=3.0)
    >>> w.value.lost
    4
    """

    title = "A sweep, cell by cell"
    look_for = (
        "Each row is a schedule, each column a rate. See how wide the good region of each row is, whether the best cell lies at "
        "an edge, and whether the next best is within two standard errors."
    )

    def __init__(self, sweep, metric: str | None = None):
        super().__init__(8.6, 3.5, columns=2)
        self.sweep = sweep
        self._order = np.argsort(sweep.lrs, kind="stable")
        best = sweep.best(metric)
        self._best = best

        def chooser(word, options, value):
            return ipywidgets.Dropdown(options=list(options), value=value, description=gettext(word), style=STYLE, layout=LAYOUT)

        self.controls = {
            "metric": chooser("metric", sweep.metrics, best.metric),
            "optimizer": chooser("optimizer", sweep.optimizers, best.optimizer),
            "schedule": chooser("schedule", sweep.schedules, best.schedule),
            "lr": ValueSlider(best.lr, sweep.lrs.tolist(), description=gettext("learning rate"), style=STYLE, layout=LAYOUT),
        }
        left, right = self.axes
        rows, columns = len(sweep.schedules), len(sweep.lrs)
        left.grid(False)
        self._map = self.moving(left.imshow(np.zeros((rows, columns)), aspect="auto", cmap="cividis_r", vmin=0.0, vmax=1.0))
        self._crosses = self.line(left, color="#555555", marker="x", linestyle="none")
        self._ring = self.line(left, marker="o", markersize=13, markerfacecolor="none", markeredgecolor=COLORS[1], markeredgewidth=2.2, linestyle="none")
        bar = self.figure.colorbar(self._map, ax=left, ticks=[0.0, 0.5, 1.0])
        bar.ax.set_yticklabels([gettext("best"), "3 x", "10 x"], fontsize=8)
        ticks = np.unique(np.linspace(0, columns - 1, min(columns, 4)).astype(int))
        left.set_xticks(ticks, [f"{lr:.2g}" for lr in sweep.lrs[self._order][ticks]], fontsize=8)
        left.set_yticks(range(rows), [name if len(name) <= 18 else name[:15] + "..." for name in sweep.schedules], fontsize=8)
        left.set(xlabel="learning rate", xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
        lrs = sweep.lrs[sweep.lrs > 0]
        right.set(xlabel="learning rate", xscale="log", xlim=(lrs.min() / 1.3, lrs.max() * 1.3))
        self._row = self.line(right, color=COLORS[0], linewidth=1.6, marker="o", markersize=4)
        self._bars = [self.line(right, color=COLORS[0], linewidth=1.0) for _ in range(columns)]
        self._dot = self.line(right, marker="o", markersize=12, markerfacecolor="none", markeredgecolor=COLORS[1], markeredgewidth=2.2, linestyle="none", clip_on=False)
        row = {"flex_flow": "row wrap"}
        buttons = [
            button("best cell", "go to the best cell of this metric", self.jump_to_best),
            button("reset", "back to the first cell", self.reset),
        ]
        self.children = [
            self.heading, ipywidgets.Box(list(self.controls.values()), layout=row), ipywidgets.Box(buttons, layout=row), self.picture, self.caption,
        ]  # fmt: skip
        self.watch(*self.controls.values())
        self._means, self._drawn = {}, None
        self.redraw()

    def line(self, ax, **style):
        return self.moving(ax.plot([], [], **style)[0])

    def _mean(self, metric):
        if metric not in self._means:
            self._means[metric] = self.sweep.mean(metric)
        return self._means[metric]

    def _place(self):
        sweep, c = self.sweep, self.controls
        k = int(np.abs(np.log(np.maximum(sweep.lrs, 1e-300)) - np.log(max(c["lr"].value, 1e-300))).argmin())
        return sweep.optimizers.index(c["optimizer"].value), sweep.schedules.index(c["schedule"].value), k

    @property
    def value(self) -> Cell:
        """The cell that is chosen, in numbers."""
        metric, place = self.controls["metric"].value, self._place()
        mean, error, count = self._mean(metric)
        low, best = mean[np.isfinite(mean)].min(initial=np.inf), float(mean[place])
        return Cell(
            metric, self.controls["optimizer"].value, self.controls["schedule"].value, float(self.sweep.lrs[place[2]]),
            best, float(error[place]), int(count[place]), int(self.sweep.diverged[place].sum()), float(best / low) if low > 0 else np.nan,
        )  # fmt: skip

    def jump_to_best(self):
        best = self.sweep.best(self.controls["metric"].value)
        self.set(optimizer=best.optimizer, schedule=best.schedule, lr=best.lr)

    def reset(self):
        best = self._best
        self.set(metric=best.metric, optimizer=best.optimizer, schedule=best.schedule, lr=best.lr)

    def move(self):
        sweep, cell = self.sweep, self.value
        o, s, k = self._place()
        mean, error, _ = self._mean(cell.metric)
        shown = mean[o][:, self._order]
        self._map.set_data(_shades(shown, mean))
        gone = np.argwhere(~np.isfinite(shown))
        self._crosses.set_data(gone[:, 1], gone[:, 0])
        self._ring.set_data([int(np.flatnonzero(self._order == k)[0])], [s])
        left, right = self.axes
        if self._drawn != cell.metric:
            self._drawn = cell.metric
            _scale(right, mean[np.isfinite(mean)])
            right.set_ylabel(cell.metric.replace("_", " "))
            self.forget_background()
        lrs, values, errors = sweep.lrs[self._order], mean[o, s][self._order], error[o, s][self._order]
        there = np.isfinite(values)
        self._row.set_data(lrs[there], values[there])
        for bar, lr, value, wide in zip(self._bars, lrs, values, errors):
            known = np.isfinite(value) and np.isfinite(wide)
            bar.set_data([lr, lr] if known else [], [value - wide, value + wide] if known else [])
        self._dot.set_data([cell.lr] if np.isfinite(cell.mean) else [], [cell.mean] if np.isfinite(cell.mean) else [])
        name = cell.metric.replace("_", " ")
        told = f"{cell.optimizer} with {cell.schedule}, learning rate {short(cell.lr)}"
        lost = f" {cell.lost} of {cell.seeds + cell.lost} seeds diverged." if cell.lost else ""
        if not np.isfinite(cell.mean):
            return f"{told}: no result for {name}.{lost}"
        mean = f"{short(cell.mean)} with standard error {short(cell.error)}" if np.isfinite(cell.error) else short(cell.mean)
        times = "" if np.isnan(cell.ratio) else f" {short(cell.ratio)} times the best cell's."
        return f"{told}: {name} {mean} over {cell.seeds} seeds.{times}{lost}"


def _shades(shown, mean):
    """0 for the best cell, 1 for ten times its value; where the best is 0 or less 1 for the worst. Cells without result: nan."""
    finite = mean[np.isfinite(mean)]
    low, high = finite.min(initial=np.inf), finite.max(initial=-np.inf)
    shown = np.where(np.isfinite(shown), shown, np.nan)
    if low > 0:
        return np.ma.masked_invalid(np.log10(shown / low))
    return np.ma.masked_invalid((shown - low) / (high - low if high > low else 1.0))


def _scale(ax, finite):
    positive = finite[finite > 0]
    if positive.size == finite.size and finite.size and finite.max() > 3 * finite.min():
        ax.set(yscale="log", ylim=(finite.min() / 1.5, finite.max() * 1.5))
    elif finite.size:
        room = 0.1 * (finite.max() - finite.min()) or 0.1
        ax.set(yscale="linear", ylim=(finite.min() - room, finite.max() + room))
