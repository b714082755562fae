"""The table "why my Keras run differs from my PyTorch run": by symptom, with the measured size of each difference."""

from __future__ import annotations

import html
import itertools
import re

import numpy as np

from .rows import ROWS, Row

COLUMNS = ("symptom", "cause", "torch", "optax", "keras", "in lrlab", "difference")
SMALL_WORDS = set(
    "a an and are at by do does for from has have i in is it its my no not of on or the to too was why with".split()
)


def difference(row: Row) -> str:
    """The largest gap between two libraries, measured with our own core."""
    if row.numbers is None:
        return "not measured"
    found = list(row.numbers().values())
    gap = max(np.max(np.abs(a - b)) for a, b in itertools.combinations(found, 2))
    if row.measure == "rate":
        share = gap / max(np.max(np.abs(one)) for one in found)
        return f"{share:.0%} of the largest rate" if share >= 0.005 else f"{share:.1g} of the largest rate"
    updates = len(found[0])
    return f"{gap:.2g} in a weight after {updates} update{'s' if updates > 1 else ''}"


def cells(row: Row) -> tuple:
    return (row.symptom, row.cause, row.torch, row.optax, row.keras, row.here, difference(row))


def _words(text):
    return [word for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in SMALL_WORDS]


def _score(row, wanted):
    """How many of the words are in the row; those of the symptom count twice. A word matches by its first five letters."""
    symptom, rest = (_words(text) for text in (row.symptom, " ".join((row.cause, row.torch, row.optax, row.keras, row.here))))
    score = 0
    for word in wanted:
        score += 2 * any(one[:5] == word[:5] for one in symptom) or any(one[:5] == word[:5] for one in rest)
    return score


class Dialects:
    """Some rows of the table: text in a terminal, a table in a notebook."""

    def __init__(self, rows):
        self.rows = tuple(rows)

    def __len__(self):
        return len(self.rows)

    def __iter__(self):
        return iter(self.rows)

    def __repr__(self):
        blocks = []
        for row in self.rows:
            symptom, *others = cells(row)
            blocks.append("\n".join([symptom, *(f"    {name + ':':<12}{text}" for name, text in zip(COLUMNS[1:], others))]))
        return "\n\n".join(blocks)

    def _repr_html_(self):
        parts = ["<table><thead><tr>", *(f"<th scope='col'>{name}</th>" for name in COLUMNS), "</tr></thead><tbody>"]
        for row in self.rows:
            symptom, *others = (html.escape(text) for text in cells(row))
            parts += [f"<tr><th scope='row'>{symptom}</th>", *(f"<td>{text}</td>" for text in others), "</tr>"]
        return "".join([*parts, "</tbody></table>"])

    def markdown(self) -> str:
        """The rows as a table of Markdown."""
        lines = ["| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS)]
        lines += ["| " + " | ".join(text.replace("|", "\\|") for text in cells(row)) + " |" for row in self.rows]
        return "\n".join(lines)


def dialects(symptom: str = "") -> Dialects:
    """Why a run in Keras differs from one in PyTorch or Optax: one row for each disagreement, found by its symptom.

    Words of `symptom` pick the rows that have most of them, the best first. Without words: all rows. Every number behind
    the column "difference" is made by lrlab's own schedules and optimizers in the setting that the column "in lrlab"
    names; the tests compare each with the library itself.

    Raises ValueError if no row has any of the words.

    >>> dialects("loss jumps up at the end")
    The loss jumps up or gets noisy again at the end, when training goes on past the planned length
        cause:      Torch's cosine is a whole wave: after T_max the rate climbs back to its start.
        torch:      CosineAnnealingLR climbs
        optax:      cosine_decay_schedule holds the end
        keras:      CosineDecay holds the end
        in lrlab:   Cosine holds; libraries.torch_cosine climbs
        difference: 85% of the largest rate
    """
    if not isinstance(symptom, str):
        raise ValueError(f"dialects: symptom must be text, got {symptom!r}. Try dialects('adam') or dialects().")
    wanted = _words(symptom)
    if not wanted:
        return Dialects(ROWS)
    scores = {row: _score(row, wanted) for row in ROWS}
    best = max(scores.values())
    if best == 0:
        raise ValueError(f"dialects: no row has the words {symptom!r}. dialects() shows all {len(ROWS)} symptoms.")
    found = [row for row in ROWS if scores[row] > max(0.6 * best, 0)]
    return Dialects(sorted(found, key=lambda row: -scores[row]))


def page() -> str:
    """The text of docs/dialects.md."""
    numbers = []
    for row in ROWS:
        if row.numbers is None:
            continue
        found = row.numbers()
        numbers.append(f"### {row.symptom}\n")
        what = "Rates at t = 0, 1, ..." if row.measure == "rate" else "Weights after the last update, from all ones"
        numbers.append(f"{what}:\n")
        for library, values in found.items():
            shown = values[:8] if row.measure == "rate" else values[-1]
            numbers.append(f"- {library}: " + ", ".join(f"{value:.4g}" for value in shown))
        numbers.append("")
    return PAGE.format(table=Dialects(ROWS).markdown(), numbers="\n".join(numbers).rstrip())


PAGE = """\
# Why my Keras run differs from my PyTorch run

Find your symptom in the first column. In Python: `lrlab.dialects("words of the symptom")`.

Every difference is measured: lrlab computes each library's numbers with the setting in the column "in lrlab", and the
tests compare them with numbers that the libraries gave. Where it says "not measured", the row is told in words only.
`libraries.f` stands for `lrlab.libraries.f`.

{table}

## The numbers

{numbers}
"""
