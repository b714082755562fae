"""Pictures of schedules, runs and surfaces. Each comes with the one sentence that says what it shows.

A `Picture` is a pair (figure, sentence). In a notebook it shows as the figure, with the sentence as its alternative
text and as the plain text that regression tests compare.
"""

from __future__ import annotations

import base64
import io
import textwrap
from typing import NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from .language import gettext
from .schedules import Schedule
from .training import STEPS, Run

# Okabe and Ito's palette with its pale colours made dark enough for a line on white: contrast 3 and more. Yellow is left
# out, and orange has become brown, since a darker orange is vermilion to a colour-blind eye. The style says the same again.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#009ED2", "#6B3E00", "#000000")
STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
# The same colours for text, which needs contrast 4.5.
INKS = dict(zip(COLORS, ("#0072B2", "#C05500", "#008561", "#A26084", "#007EA8", "#6B3E00", "#000000")))


class Picture(NamedTuple):
    figure: Figure
    sentence: str

    def png(self) -> bytes:
        words_in_language(self.figure)
        self.figure.canvas.draw()
        return encode(self.figure.canvas)

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"image/png": base64.b64encode(self.png()).decode(), "text/plain": repr(self)}
        return data, {"image/png": {"alt": repr(self)}}

    def __repr__(self):
        return gettext(self.sentence)


def words_in_language(figure: Figure) -> None:
    """Translate the words that a figure shows, as it is drawn."""
    for text in figure.findobj(Text):
        english = text.get_text()
        if (said := gettext(english)) != english:
            text.set_text(said)


def encode(canvas: FigureCanvasAgg) -> bytes:
    """The canvas as PNG. Level 1 is twice as fast as the default and a tenth larger; no version or date is written."""
    from PIL import Image

    buffer = io.BytesIO()
    # from the buffer itself: a slice of an array is copied at twice the cost
    seen = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
    seen.convert("RGB").save(buffer, "png", compress_level=1)
    return buffer.getvalue()


def new_figure(width=7.0, height=3.5, columns=1, **layout):
    """A figure of its own, outside pyplot, and its axes (one, or an array of them)."""
    figure = Figure(figsize=(width, height), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, columns, **layout)
    for ax in np.ravel(axes):
        ax.grid(True, color="#dddddd", linewidth=0.6)
        ax.set_axisbelow(True)
        ax.spines[["top", "right"]].set_visible(False)
    return figure, axes


def look(index: int) -> dict:
    """Colour and line style of the line with this number; after one round of colours the styles move on by one."""
    style = STYLES[(index + index // len(COLORS)) % len(STYLES)]
    return {"color": COLORS[index % len(COLORS)], "linestyle": style, "linewidth": 1.8}


def entitle(ax, title):
    """The title, from the left end of the axes on, in as many lines as the figure's width asks for."""
    ax.set_title(textwrap.fill(gettext(title or ""), int(10 * ax.figure.get_size_inches()[0])), fontsize=11, loc="left")


def short(value: float) -> str:
    """A number as the sentences write it: four significant digits at most."""
    return f"{value:.4g}"


def named(things, kind) -> dict:
    """One thing, a list or a dict of things, as a dict from label to thing. A schedule may be any function of t."""

    def fits(thing):
        return isinstance(thing, kind) or (kind is Schedule and callable(thing))

    if fits(things):
        things = [things]
    each = list(things.values()) if isinstance(things, dict) else things
    if not isinstance(each, (list, tuple)) or not each or not all(map(fits, each)):
        word = kind.__name__.lower()
        raise ValueError(f"plots: give a {word}, a list of at least one, or a dict from label to {word}, got {things!r}.")
    if isinstance(things, dict):
        return things
    names = [getattr(thing, "__name__", type(thing).__name__) for thing in each]
    if kind is Run or len(set(names)) < len(names):
        names = [repr(thing) if kind is Schedule else f"run {number}" for number, thing in enumerate(each)]
    return dict(zip(names, each))


def label_ends(ax, ends):
    """Write each label to the right of its line's end (x, y, label, colour), pushed apart where they would overlap.

    The heights are the nearest to the lines' ends, in squares, that keep the order and the distances.
    """
    if not ends:
        return
    bottom, top = ax.get_ylim()
    scale = np.log if ax.get_yscale() == "log" else np.asarray
    wanted = np.array([scale(np.clip(y, bottom, top)) - scale(bottom) for _, y, _, _ in ends])
    wanted /= scale(top) - scale(bottom)
    order = np.argsort(wanted, kind="stable")
    texts = [textwrap.fill(gettext(ends[k][2]), 30) for k in order]
    # half of each label and of the one below it, in lines, as a share of the axes' height
    lines = np.array([text.count("\n") + 1 for text in texts])
    # in points: the axes are as high as the figure less numbers, name and title; a line of 9 points takes 12.2
    high = 72 * ax.figure.get_size_inches()[1] - 38 - 14 * len(ax.get_title(loc="left").splitlines())
    size = min(9.0, 9.0 * high / 12.2 / lines.sum())
    line = 12.2 * size / 9 / high
    away = line * np.cumsum(np.append(0.0, (lines[1:] + lines[:-1]) / 2))
    # neighbours that would overlap become a block around the mean of what they want (isotonic regression)
    blocks = []
    for height in wanted[order] - away:
        blocks.append((height, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, n), (b, m) = blocks[-2:]
            blocks[-2:] = [((a * n + b * m) / (n + m), n + m)]
    free = np.repeat(*zip(*blocks))
    lowest, highest = line * (lines[0] - 1) / 2, 1.0 - line * (lines[-1] - 1) / 2 - away[-1]
    for k, y, text in zip(order, np.clip(free, lowest, highest) + away, texts):
        ax.annotate(
            text, (1.0, y), xycoords="axes fraction", xytext=(6, 0), textcoords="offset points",
            va="center", fontsize=size, color=INKS.get(ends[k][3], ends[k][3]), annotation_clip=False,
        )  # fmt: skip


def schedule(schedules, steps: int = 100, *, title: str | None = None, sentence: str | None = None) -> Picture:
    """The learning rate over `steps` updates: one schedule, a list, or a dict from label to schedule.

    >>> from lrlab import Cosine
    >>> schedule({"cosine": Cosine(lr=1.0, steps=100)}, steps=100).sentence
    'Learning rate over 100 updates. cosine: 1 at update 0, 0.5 at update 50, 0.0002467 at update 99.'
    """
    steps = STEPS.check("plots.schedule", "steps", steps, 100)
    curves = named(schedules, Schedule)
    figure, ax = new_figure()
    t = np.arange(steps)
    ends, words = [], []
    for index, (label, one) in enumerate(curves.items()):
        lr = one(t)
        ax.step(np.append(t, steps), np.append(lr, lr[-1]), where="post", **look(index))
        ends.append((steps, lr[-1], label, COLORS[index % len(COLORS)]))
        told = sorted({0, steps // 2, steps - 1})
        words.append(f"{label}: " + ", ".join(f"{short(lr[k])} at update {k}" for k in told) + ".")
    ax.set(xlabel="update t", ylabel="learning rate", xlim=(0, steps))
    ax.set_ylim(bottom=0)
    entitle(ax, title)
    label_ends(ax, ends)
    return Picture(figure, sentence or f"Learning rate over {steps} updates. " + " ".join(words))


def losses(runs, *, metric: str | None = None, title: str | None = None, sentence: str | None = None) -> Picture:
    """The loss of one run, a list, or a dict from label to run, over the updates, on a logarithmic axis.

    Replicas are drawn as their mean with a band of one standard error; a diverged run ends in a cross. With `metric`
    the evaluated metric is drawn in place of the loss on the batch.
    """
    curves = named(runs, Run)
    figure, ax = new_figure()
    ends, words, arrived = [], [], []
    for index, (label, run) in enumerate(curves.items()):
        if metric is not None:
            run.final(metric)
        x = np.arange(run.steps) if metric is None else run.evaluated_at
        every = run.loss if metric is None else run.metrics[metric]
        y, error, lost = _mean_over_replicas(every, run.diverged)
        shown = np.where(np.isfinite(y) & (y > 0), y, np.nan)
        ax.plot(x, shown, **look(index))
        if error is not None:
            ax.fill_between(x, y - error, y + error, color=COLORS[index % len(COLORS)], alpha=0.2, linewidth=0)
        finite = np.flatnonzero(np.isfinite(shown))
        last = finite[-1] if finite.size else 0
        if lost == "all":
            ax.plot(x[last], shown[last], marker="X", markersize=10, color=COLORS[index % len(COLORS)])
            words.append(f"{label}: diverged.")
        else:
            words.append(f"{label}: from {short(y[0])} to {short(y[-1])}{lost}.")
        if y[-1] == 0 and finite.size:
            arrived.append((x[last : last + 2], shown[last], label, index))
        else:
            ends.append((x[last], shown[last] if finite.size else 1.0, label, COLORS[index % len(COLORS)]))
    ax.set_yscale("log")
    bottom = ax.get_ylim()[0]
    for when, value, label, index in arrived:
        # a loss of exactly 0 has no place on this axis: the line falls off it
        ax.plot(when, [value, bottom], **look(index), marker="v", markevery=[1], clip_on=False)
        ends.append((when[-1], bottom, f"{label}: 0", COLORS[index % len(COLORS)]))
    ax.set_ylim(bottom=bottom)
    name = (metric or "loss").replace("_", " ")
    ax.set(xlabel="update t", ylabel=name)
    entitle(ax, title)
    label_ends(ax, ends)
    steps = max(run.steps for run in curves.values())
    return Picture(figure, sentence or f"{name.capitalize()} over {steps} updates. " + " ".join(words))


def _mean_over_replicas(values, diverged):
    if values.ndim == 1:
        return values, None, "all" if diverged else ""
    kept = values.reshape(-1, values.shape[-1])[~np.ravel(diverged)]
    if not len(kept):
        return values.reshape(-1, values.shape[-1])[0], None, "all"
    lost = int(np.sum(diverged))
    error = kept.std(axis=0, ddof=1) / np.sqrt(len(kept)) if len(kept) > 1 else None
    return kept.mean(axis=0), error, f" ({lost} of {np.size(diverged)} diverged, left out)" if lost else ""


def background(ax, surface):
    """Draw a surface: contours of a function of two weights, the curve of a function of one."""
    (x0, x1), (y0, y1) = surface.window
    if surface.minima.shape[-1] == 1:
        x = np.linspace(x0, x1, 1001)
        ax.plot(x, surface.loss(x[:, None]), color="#888888", linewidth=1.2)
        ax.set(xlabel="w", ylabel="loss", xlim=(x0, x1))
        return
    x, y = np.meshgrid(np.linspace(x0, x1, 161), np.linspace(y0, y1, 161))
    z = surface.loss(np.stack([x, y], axis=-1)) - surface.lowest
    levels = np.geomspace(max(z.max() * 1e-4, 1e-9), z.max(), 14)
    ax.contour(x, y, z, levels=levels, colors="#8c8c8c", linewidths=0.7)
    inside = [m for m in surface.minima if x0 <= m[0] <= x1 and y0 <= m[1] <= y1]
    ax.plot(*np.transpose(inside), marker="*", markersize=11, color="#000000", linestyle="none", label="minimum")
    ax.set(xlabel="w[0]", ylabel="w[1]", xlim=(x0, x1), ylim=(y0, y1))


def path(surface, runs, *, title: str | None = None, sentence: str | None = None) -> Picture:
    """The way of one run, a list, or a dict from label to run, over a surface of one or two weights."""
    curves = named(runs, Run)
    figure, ax = new_figure(6.0, 4.2)
    background(ax, surface)
    words = []
    for index, (label, run) in enumerate(curves.items()):
        way = run.path
        if way is None or way.ndim != 2:
            raise ValueError("plots.path draws single runs: train with one schedule and one seed, on at most 3 weights.")
        y = surface.loss(way) if way.shape[-1] == 1 else way[:, 1]
        ax.plot(way[:, 0], y, marker="o", markersize=3.5, label=label, **look(index))
        if run.diverged:
            words.append(f"{label}: diverged at update {int(run.diverged_at)}.")
        else:
            gap = run.metrics["distance"]
            words.append(f"{label}: distance to the minimum {short(gap[0])} at the start, {short(gap[-1])} at the end.")
    (x0, x1), (y0, y1) = surface.window
    ax.set(xlim=(x0, x1), ylim=(y0, y1))
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=9)
    entitle(ax, title)
    name = type(surface).__name__
    return Picture(figure, sentence or f"Path over {name}, {run.steps} updates. " + " ".join(words))


def against(
    x, curves: dict, *, xlabel: str, ylabel: str, title: str | None = None, sentence: str, log: str = "xy", mark=None
) -> Picture:
    """Measured values over one variable: `curves` maps a label to the means, or to (means, standard errors).

    `log` names the logarithmic axes ('', 'x', 'y', 'xy'); `mark` is a pair (x, words) for a vertical line.
    """
    figure, ax = new_figure()
    ends = []
    for index, (label, values) in enumerate(curves.items()):
        mean, error = values if isinstance(values, tuple) else (values, None)
        mean = np.asarray(mean, dtype=float)
        shown = np.where(np.isfinite(mean), mean, np.nan)
        ax.errorbar(x, shown, yerr=error, marker="o", markersize=4, capsize=3, **look(index))
        finite = np.flatnonzero(np.isfinite(shown))
        if finite.size:
            ends.append((x[finite[-1]], shown[finite[-1]], label, COLORS[index % len(COLORS)]))
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if "x" in log:
        ax.set_xscale("log")
    if "y" in log and ends:
        ax.set_yscale("log")
    if mark is not None:
        ax.axvline(mark[0], color="#555555", linewidth=1.0, linestyle=(0, (2, 2)))
        # its words stand on the side with more room
        across = ax.transAxes.inverted().transform(ax.transData.transform((mark[0], ax.get_ylim()[0])))[0]
        side, shift = ("right", -4) if across > 0.5 else ("left", 4)
        ax.annotate(
            mark[1], (mark[0], 1.0), xycoords=("data", "axes fraction"), xytext=(shift, -4),
            textcoords="offset points", ha=side, va="top", fontsize=9, color="#555555",
        )  # fmt: skip
    entitle(ax, title)
    label_ends(ax, ends)
    return Picture(figure, sentence)


def heat_map(sweep, metric: str, *, title: str | None = None, sentence: str | None = None) -> Picture:
    """The mean of a metric over the seeds of a `Sweep`: a row for each optimizer with each schedule, a column for each rate.

    A cross marks where every seed diverged; a ring the best.
    """
    mean, _, count = sweep.mean(metric)
    rows = [_pair(sweep, o, s) for o in range(len(sweep.optimizers)) for s in range(len(sweep.schedules))]
    order = np.argsort(sweep.lrs, kind="stable")
    shown = mean.reshape(len(rows), -1)[:, order]
    finite = np.isfinite(shown)
    figure, ax = new_figure(7.0, 1.9 + 0.35 * len(rows))
    ax.grid(False)
    name = metric.replace("_", " ")
    if finite.any():
        low, high = shown[finite].min(), shown[finite].max()
        # the best of many rates lie close together: where a value is a multiple of another the colours are logarithmic
        norm = "log" if low > 0 and high > 3 * low else "linear"
        mesh = ax.imshow(np.ma.masked_invalid(shown), aspect="auto", cmap="cividis_r", norm=norm)
        figure.colorbar(mesh, ax=ax, label=name)
        best = sweep.best(metric)
        row = rows.index(_pair(sweep, sweep.optimizers.index(best.optimizer), sweep.schedules.index(best.schedule)))
        column = np.flatnonzero(sweep.lrs[order] == best.lr)[0]
        ax.plot(column, row, marker="o", markersize=13, fillstyle="none", color=COLORS[1], markeredgewidth=2.2)
    gone_y, gone_x = np.nonzero(~finite)
    ax.plot(gone_x, gone_y, marker="x", color="#555555", linestyle="none")
    ax.set_xlim(-0.5, shown.shape[1] - 0.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ticks = np.unique(np.linspace(0, len(order) - 1, min(len(order), 9)).astype(int))
    ax.set_xticks(ticks, [f"{lr:.2g}" for lr in sweep.lrs[order][ticks]])
    ax.set_yticks(range(len(rows)), rows)
    ax.set(xlabel="learning rate")
    entitle(ax, title)
    gone = f" A cross marks {int((~finite).sum())} of {finite.size} cells without a result." if not finite.all() else ""
    return Picture(figure, sentence or f"Heat map of {name} over learning rates. {sweep.table(metric).sentence}{gone}")


def _pair(sweep, o, s):
    """How a picture calls an optimizer with a schedule: by what is not the same in all rows."""
    words = [sweep.optimizers[o]] * (len(sweep.optimizers) > 1) + [sweep.schedules[s]] * (len(sweep.schedules) > 1)
    return ", ".join(words) or f"{sweep.optimizers[o]}, {sweep.schedules[s]}"


def curves(sweep, metric: str, *, title: str | None = None, sentence: str | None = None) -> Picture:
    """The training loss over the updates, of each optimizer with each schedule at its best learning rate for the metric.

    Mean over the seeds with a band of one standard error; diverged replicas are left out.
    """
    mean, _, count = sweep.mean(metric)
    lost = sweep.diverged.sum(-1)
    figure, ax = new_figure()
    ends, words = [], []
    for index, (o, s) in enumerate(np.ndindex(mean.shape[:2])):
        k = min(range(mean.shape[2]), key=lambda k: (count[o, s, k] == 0, lost[o, s, k], mean[o, s, k]))
        label = f"{_pair(sweep, o, s)}, lr {sweep.lrs[k]:.2g}"
        if not count[o, s, k]:
            words.append(f"{label}: diverged.")
            continue
        done = sweep.finished[o, s, k]
        y, error, left_out = _mean_over_replicas(sweep.curves[o, s, k][done], sweep.diverged[o, s, k][done])
        x = sweep.curve_at
        ax.plot(x, y, **look(index))
        if error is not None:
            ax.fill_between(x, y - error, y + error, color=COLORS[index % len(COLORS)], alpha=0.2, linewidth=0)
        ends.append((x[-1], y[-1], label, COLORS[index % len(COLORS)]))
        words.append(f"{label}: from {short(y[0])} to {short(y[-1])}{left_out}.")
    if ends and all(y > 0 for _, y, _, _ in ends):
        ax.set_yscale("log")
    ax.set(xlabel="update t", ylabel="training loss")
    entitle(ax, title)
    label_ends(ax, ends)
    return Picture(figure, sentence or f"Training loss over {sweep.steps} updates. " + " ".join(words))
