"""One declaration per field.

A schedule, an optimizer or a problem is a frozen dataclass whose fields are made with `number`, `whole`, `choice`,
`flag`, `several`, `formula` or `nested`. From that one line come the validation, the error that teaches, the row of the reference table, the fields
section of the docstring, the slider of the widget and the strategy of the property tests.

>>> @declare
... class Spring(Declared):
...     "A spring."
...     stiffness: float = number(1.0, low=0.0, low_open=True, slider=(0.1, 10.0), scale="log",
...                               text="force per metre of stretch")
>>> Spring(stiffness=-2)
Traceback (most recent call last):
    ...
ValueError: Spring: stiffness must be above 0, got -2. It is the force per metre of stretch; try 1.0.
>>> print(table(Spring))
field      default  range    meaning
stiffness  1.0      above 0  force per metre of stretch
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import numbers
from dataclasses import dataclass, field

import numpy as np

INFINITY = math.inf


class Declared:
    """Base of every declared dataclass: checks each field when an instance is made."""

    def __post_init__(self):
        for name, (parameter, default) in declarations(type(self)).items():
            value = parameter.check(type(self).__name__, name, getattr(self, name), default)
            object.__setattr__(self, name, value)
        self.validate()

    def validate(self):
        """Check what concerns two fields at once; raise ValueError."""


def _is_real(value) -> bool:
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _is_whole(value) -> bool:
    return _is_real(value) and value == int(value)


@dataclass(frozen=True)
class Parameter:
    """What every kind of field declares: its one line of text, its unit, and where its slider runs."""

    text: str
    unit: str = ""
    optional: bool = False

    def check(self, owner: str, name: str, value, default):
        """Return the value in its canonical type, or raise a ValueError that names field, value, range and a remedy."""
        if value is None and self.optional:
            return None
        accepted = self.accept(value)
        if accepted is None:
            article = "" if self.text.startswith(("the ", "a ", "an ", "how ", "what ", "when ")) else "the "
            raise ValueError(
                f"{owner}: {name} must be {self.wanted(value)}, got {value!r}. "
                f"It is {article}{self.text}; try {default!r}."
            )
        return accepted

    def wanted(self, value) -> str:
        """What to ask for, given this refused value: the range, preceded by the kind if the kind is wrong."""
        return self.range

    def accept(self, value):
        raise NotImplementedError

    @property
    def range(self) -> str:
        raise NotImplementedError


@dataclass(frozen=True)
class Number(Parameter):
    """A float between two bounds, each of which may be excluded."""

    low: float = -INFINITY
    high: float = INFINITY
    low_open: bool = False
    high_open: bool = False
    slider: tuple[float, float] = (0.0, 1.0)
    scale: str = "linear"

    def accept(self, value):
        return self._inside(float(value)) if _is_real(value) else None

    def _inside(self, value):
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        return value if above and below else None

    @property
    def range(self) -> str:
        low = f"{'above' if self.low_open else 'at least'} {self.low:g}" if self.low > -INFINITY else ""
        high = f"{'below' if self.high_open else 'at most'} {self.high:g}" if self.high < INFINITY else ""
        return " and ".join(part for part in (low, high) if part) or "finite"

    def wanted(self, value) -> str:
        return self.range if _is_real(value) else f"a number {self.range}"


@dataclass(frozen=True)
class Whole(Number):
    """A whole number between two bounds; 30.0 is taken as 30."""

    def accept(self, value):
        return self._inside(int(value)) if _is_whole(value) else None

    def wanted(self, value) -> str:
        return self.range if _is_whole(value) else f"a whole number, {self.range}"


@dataclass(frozen=True)
class Choice(Parameter):
    """One of a few words."""

    choices: tuple = ()

    def accept(self, value):
        return value if isinstance(value, str) and value in self.choices else None

    @property
    def range(self) -> str:
        return "one of " + ", ".join(repr(choice) for choice in self.choices)


@dataclass(frozen=True)
class Flag(Parameter):
    """True or False."""

    def accept(self, value):
        return bool(value) if isinstance(value, (bool, np.bool_)) else None

    @property
    def range(self) -> str:
        return "True or False"


@dataclass(frozen=True)
class Several(Parameter):
    """A list of numbers, kept as a tuple. `rising` asks that none is below the one before it.

    Two such fields of one class have lengths that differ by the difference of their `extra`; the class checks it.
    """

    each: Number = Number("")
    least: int = 0
    rising: bool = False
    extra: int = 0

    def accept(self, value):
        if not isinstance(value, (list, tuple, range, np.ndarray)) or np.ndim(value) != 1 or len(value) < self.least:
            return None
        taken = tuple(self.each.accept(one) for one in value)
        if None in taken or (self.rising and any(b < a for a, b in zip(taken, taken[1:]))):
            return None
        return taken

    @property
    def range(self) -> str:
        kind = "whole numbers" if isinstance(self.each, Whole) else "numbers"
        bounds = f", each {self.each.range}" if self.each.range != "finite" else ""
        count = f" at least {self.least}" if self.least > 1 else ""
        return f"a list of{count} {kind}{', in rising order' if self.rising else ''}{bounds}"


@dataclass(frozen=True)
class Formula(Parameter):
    """A function of one number. `examples` are some to choose from."""

    examples: tuple = ()

    def accept(self, value):
        return value if callable(value) and not isinstance(value, type) else None

    @property
    def range(self) -> str:
        return "a function of t"


@dataclass(frozen=True)
class Nested(Parameter):
    """An instance of another declared class, such as the schedule inside a schedule; `catalogue` holds some to choose from."""

    kind: type = Declared
    catalogue: dict | None = field(default=None, compare=False, repr=False)

    def accept(self, value):
        return value if isinstance(value, self.kind) else None

    @property
    def range(self) -> str:
        word = self.kind.__name__.lower()
        return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _maker(kind):
    def declare_field(default, **declaration):
        return field(default=default, metadata={"parameter": kind(**declaration)})

    declare_field.__doc__ = f"Declare a dataclass field of kind `{kind.__name__}` with this default."
    return declare_field


number, whole, choice, flag = _maker(Number), _maker(Whole), _maker(Choice), _maker(Flag)
several, formula, nested = _maker(Several), _maker(Formula), _maker(Nested)


def declarations(cls) -> dict:
    """The declared fields of a class or an instance, in order: {name: (Parameter, default)}."""
    return {
        item.name: (item.metadata["parameter"], item.default)
        for item in dataclasses.fields(cls)
        if "parameter" in item.metadata
    }


def declare(cls):
    """Class decorator: make a frozen dataclass and write the declared fields into its docstring."""
    cls = dataclass(frozen=True)(cls)
    if declarations(cls):
        rows = "\n".join("    " + line for line in table(cls).splitlines())
        cls.__doc__ = f"{inspect.cleandoc(cls.__doc__)}\n\nFields:\n\n{rows}"
    return cls


def table(cls) -> str:
    """The declared fields as text: name, default, range with unit, meaning."""
    rows = [("field", "default", "range", "meaning")]
    for name, (parameter, default) in declarations(cls).items():
        unit = f" ({parameter.unit})" if parameter.unit else ""
        rows.append((name, repr(default), parameter.range + unit, parameter.text))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[3]]) for row in rows
    )


class Catalogue(dict):
    """Name -> class, in the order of definition. A class enters by being defined with the catalogue's decorator.

    `formula`, `source` and `elsewhere` (library -> its name there) go with the class, for the reference table.
    """

    def define(self, *, formula: str, source: str, elsewhere: dict | None = None):
        def decorate(cls):
            cls = declare(cls)
            cls.formula, cls.source, cls.elsewhere = formula, source, elsewhere or {}
            self[cls.__name__] = cls
            return cls

        return decorate
