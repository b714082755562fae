"""Every schedule, optimizer and problem in one reference table."""

from __future__ import annotations

import html
import itertools

from .optimizers import OPTIMIZERS
from .parameters import Catalogue, declarations
from .problems import NETWORKS, STREAMS, SURFACES
from .schedules import SCHEDULES

__all__ = ["catalogue", "Reference"]

FAMILIES = {"schedules": SCHEDULES, "optimizers": OPTIMIZERS, "surfaces": SURFACES, "networks": NETWORKS, "streams": STREAMS}


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
        words = ("name", "formula", "fields", "source", "elsewhere")
        parts = ["<table><thead><tr>", *(f"<th scope='col'>{word}</th>" for word in words), "</tr></thead>"]
        for family, rows in itertools.groupby(self.rows(), key=lambda row: row[0]):
            parts.append(f"<tbody><tr><th scope='rowgroup' colspan='{len(words)}'>{family}</th></tr>")
            for _, name, formula, fields, source, elsewhere in rows:
                there = "; ".join(f"{library}: {word}" for library, word in elsewhere.items())
                cells = [f"<code>{html.escape(text)}</code>" for text in (formula, fields)]
                cells += [html.escape(text) for text in (source, there)]
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
