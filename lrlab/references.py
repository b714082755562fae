"""Every schedule, optimizer and problem in one reference table, with a small picture of each schedule and optimizer."""

from __future__ import annotations

import html
import itertools

import numpy as np

from .optimizers import OPTIMIZERS, Optimizer
from .parameters import Catalogue, declarations
from .problems import NETWORKS, STREAMS, SURFACES
from .schedules import FEEDBACK, SCHEDULES, Schedule

__all__ = ["catalogue", "Reference"]

FAMILIES = {
    "schedules": SCHEDULES,
    "feedback": FEEDBACK,
    "optimizers": OPTIMIZERS,
    "surfaces": SURFACES,
    "networks": NETWORKS,
    "streams": STREAMS,
}

WIDTH, HEIGHT = 120, 40
BOWL, BOWL_START, BOWL_STEPS = np.array([1.0, 8.0]), np.array([-1.0, 0.6]), 40


def line(x, y, sentence: str) -> str:
    """A small picture of a curve, which needs no library: SVG with alternative text."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    across = 2 + (WIDTH - 4) * (x - x.min()) / (np.ptp(x) or 1.0)
    down = HEIGHT - 2 - (HEIGHT - 4) * (y - min(y.min(), 0.0)) / ((y.max() - min(y.min(), 0.0)) or 1.0)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across, down))
    text = html.escape(sentence, quote=True)
    return (
        f"<svg role='img' aria-label='{text}' width='{WIDTH}' height='{HEIGHT}' viewBox='0 0 {WIDTH} {HEIGHT}'>"
        f"<title>{text}</title><polyline points='{points}' fill='none' stroke='#0072B2' stroke-width='1.5'/></svg>"
    )


def picture(name: str, cls) -> str:
    """The curve of a schedule with its default fields, or the way of an optimizer down a bowl; nothing for the others."""
    if issubclass(cls, Schedule):
        t = np.arange(121)
        lr = cls()(t)
        return line(t, lr, f"{name}: rate {lr[0]:.3g} at t = 0, {lr[60]:.3g} at t = 60, {lr[-1]:.3g} at t = 120")
    if issubclass(cls, Optimizer):
        optimizer, w = cls(), BOWL_START
        state, path = optimizer.init(w), [w]
        for _ in range(BOWL_STEPS):
            loss = (0.5 * np.sum(BOWL * w**2),) if optimizer.needs_loss else ()
            w, state = optimizer.step(w, BOWL * w, state, 0.05, *loss)
            path.append(w)
        x, y = np.array(path).T
        return line(x, y, f"{name}: {BOWL_STEPS} updates with rate 0.05 down a bowl, from the left end of the line")
    return ""


class Reference:
    """A table with one row for each class: text in a terminal, a table in a notebook."""

    def __init__(self, families: dict[str, Catalogue]):
        self.families = families

    def rows(self):
        for family, classes in self.families.items():
            for name, cls in classes.items():
                fields = ", ".join(f"{field}={default!r}" for field, (_, default) in declarations(cls).items())
                yield family, name, cls.formula, fields, cls.source, cls.elsewhere

    def __repr__(self):
        lines = []
        for family, name, formula, fields, source, elsewhere in self.rows():
            if not lines or family != shown:
                lines += [""] * bool(lines) + [f"{family.upper()}\n"]
                shown = family
            lines.append(f"  {name}({fields})\n      {formula}\n      {source}")
            lines.extend(f"      {library}: {there}" for library, there in elsewhere.items())
        return "\n".join(lines)

    def _repr_html_(self):
        words = ("name", "formula", "fields", "picture", "source", "elsewhere")
        parts = ["<table><thead><tr>", *(f"<th scope='col'>{word}</th>" for word in words), "</tr></thead>"]
        for family, rows in itertools.groupby(self.rows(), key=lambda row: row[0]):
            parts.append(f"<tbody><tr><th scope='rowgroup' colspan='{len(words)}'>{family}</th></tr>")
            for _, name, formula, fields, source, elsewhere in rows:
                there = "; ".join(f"{library}: {word}" for library, word in elsewhere.items())
                cells = [f"<code>{html.escape(text)}</code>" for text in (formula, fields)]
                cells += [picture(name, self.families[family][name]), *(html.escape(text) for text in (source, there))]
                parts += [f"<tr><th scope='row'>{name}</th>", *(f"<td>{cell}</td>" for cell in cells), "</tr>"]
            parts.append("</tbody>")
        return "".join([*parts, "</table>"])


def catalogue(family: str | None = None) -> Reference:
    """The reference table of all schedules, optimizers and problems, or of one family.

    >>> print(catalogue("schedules"))                                   # doctest: +ELLIPSIS
    SCHEDULES
    <BLANKLINE>
      Constant(lr=0.1)
          lr
    ...
    """
    if family is not None and family not in FAMILIES:
        raise ValueError(f"catalogue: family must be one of {', '.join(FAMILIES)}, got {family!r}.")
    return Reference(FAMILIES if family is None else {family: FAMILIES[family]})
