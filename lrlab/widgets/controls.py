"""From a declared field to its slider."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import singledispatch

import ipywidgets
import numpy as np
from traitlets import Any, observe, validate

from ..language import gettext
from ..parameters import Choice, Flag, Formula, Nested, Number, Parameter, Several, Whole, declarations


@dataclass(frozen=True)
class Member(Parameter):
    """The name of a class of a catalogue: what is defined later can be chosen too. `having` are fields it must have."""

    catalogue: dict = field(default_factory=dict, compare=False, repr=False)
    having: tuple = ()

    @property
    def choices(self):
        return [name for name, cls in self.catalogue.items() if set(self.having) <= set(declarations(cls))]

    def accept(self, value):
        return value if isinstance(value, str) and value in self.choices else None

    @property
    def range(self):
        return "one of " + ", ".join(self.choices)


def member(default, **declaration):
    """Declare a dataclass field that holds the name of a class of a catalogue."""
    return field(default=default, metadata={"parameter": Member(**declaration)})


STYLE = {"description_width": "120px"}
LAYOUT = {"width": "420px", "max_width": "100%"}


class ValueSlider(ipywidgets.SelectionSlider):
    """A slider over numbers that keeps every number it is given.

    The float sliders of ipywidgets round a value set from Python to their step as soon as a browser shows them: 2/L
    becomes something else. Here the stops are a list, and a value that is not among them becomes a stop of its own.
    With `optional` the first stop is None.
    """

    def __init__(self, value, stops, kind=float, optional=False, **options):
        self._kind, self._optional, self._word = kind, optional, options.get("description", "value")
        value = self._taken(value)
        super().__init__(options=self._labelled({*self._first(), *map(kind, stops), value}), value=value, **options)

    def _first(self):
        return (None,) if self._optional else ()

    def _taken(self, value):
        """The value as this slider's kind of number; what is another number then, or none, is refused."""
        if value is None and self._optional:
            return None
        try:
            taken = self._kind(value)
        except (TypeError, ValueError, OverflowError):
            taken = None
        if taken is None or taken != value:
            kind = "a whole number" if self._kind is int else "a number"
            raise ValueError(f"{self._word}: the slider takes {kind}, got {value!r}.")
        return taken

    @staticmethod
    def _labelled(values):
        """Pairs of label and value in order. Values that four digits do not tell apart are written with all of theirs."""
        ordered = sorted(values, key=lambda value: (value is not None, value or 0))
        labels = [f"{value:.4g}" if isinstance(value, float) else gettext("none") if value is None else str(value) for value in ordered]
        seen = Counter(labels)
        return tuple((label if seen[label] == 1 else repr(value), value) for label, value in zip(labels, ordered))

    def _stock(self, values):
        self._options_full = self._labelled(values)
        self._options_values = tuple(stop for _, stop in self._options_full)
        self.set_trait("_options_labels", tuple(label for label, _ in self._options_full))

    @validate("value")
    def _validate_value(self, proposal):
        value = self._taken(proposal.value)
        if value not in self._options_values:
            with self.hold_sync():
                self._stock({*self._options_values, value})
        return value

    @observe("value")
    def _propagate_value(self, change):
        # None, which means no selection in ipywidgets, is a stop like any other or refused; no validator is asked about it
        if change.new is None and not self._optional:
            self.value = change.old
            self._taken(None)
        index = self._options_values.index(change.new)
        if self.index != index:
            self.index = index

    def restock(self, value, stops):
        """Replace all stops, and stand at `value`."""
        value = self._taken(value)
        with self.hold_sync():
            self._stock({*self._first(), *map(self._kind, stops), value})
            self.index = self._options_values.index(value)
            self.value = value


class NumbersText(ipywidgets.Text):
    """A text box for a list of numbers. Its value is a tuple; text that is no list of numbers stays as it is."""

    value = Any(()).tag(
        sync=True,
        to_json=lambda value, widget: value if isinstance(value, str) else ", ".join(f"{one!r}" for one in value or ()),
        from_json=lambda text, widget: _numbers(text),
    )

    @validate("value")
    def _validate_value(self, proposal):
        value = proposal.value
        return tuple(value) if isinstance(value, (list, range, np.ndarray)) else value


def _numbers(text):
    """The numbers of a text, parted by commas or blanks; the text itself if it holds anything else."""
    try:
        each = [float(one) for one in text.replace(",", " ").replace(";", " ").split()]
    except ValueError:
        return text
    return tuple(int(one) if one.is_integer() else one for one in each)


class Chooser(ipywidgets.Dropdown):
    """A list of things to choose from that keeps every thing it is given."""

    @validate("value")
    def _validate_value(self, proposal):
        if not any(value is proposal.value or value == proposal.value for value in self._options_values):
            with self.hold_sync():
                self._options_full = (*self._options_full, (_called(proposal.value), proposal.value))
                self._options_values = tuple(value for _, value in self._options_full)
                self.set_trait("_options_labels", tuple(label for label, _ in self._options_full))
        return proposal.value


def _called(thing):
    return gettext("none") if thing is None else getattr(thing, "__name__", None) or repr(thing)


def stops(low, high, scale="linear"):
    """Round numbers between two bounds: 25 a decade on a logarithmic scale, about 100 in all on a linear one."""
    if scale == "log":
        count = int(round(25 * np.log10(high / low)))
        return [float(f"{value:.3g}") for value in np.geomspace(low, high, count + 1)]
    power = 10.0 ** np.floor(np.log10((high - low) / 100))
    step = next(round_step * power for round_step in (1, 2, 5, 10) if (high - low) / (round_step * power) <= 105)
    first = np.ceil(low / step - 1e-9)
    return [low, *(float(f"{step * k:.6g}") + 0.0 for k in np.arange(first, high / step + 1e-9)), high]


def words(name: str) -> str:
    return {"lr": "learning rate", "t": "update t"}.get(name, name.replace("_", " "))


@singledispatch
def control(parameter, name, value):
    """The control that sets a field declared like this; its tooltip is the field's line of text."""
    raise TypeError(f"there is no control for {parameter!r}")


def _common(parameter, name):
    unit = f" ({parameter.unit})" if parameter.unit else ""
    return {"description": gettext(words(name)), "tooltip": gettext(parameter.text + unit), "style": STYLE, "layout": LAYOUT}


@control.register
def _(parameter: Number, name, value):
    reach = stops(*parameter.slider, parameter.scale)
    return ValueSlider(value, reach, optional=parameter.optional, **_common(parameter, name))


@control.register
def _(parameter: Whole, name, value):
    low, high = map(int, parameter.slider)
    whole = range(low, high + 1) if high - low <= 400 else map(round, stops(low, high, parameter.scale))
    return ValueSlider(value, whole, kind=int, optional=parameter.optional, **_common(parameter, name))


@control.register(Choice)
@control.register(Member)
def _(parameter, name, value):
    options = [(gettext("none"), None)] * parameter.optional + [(gettext(choice), choice) for choice in parameter.choices]
    return ipywidgets.Dropdown(value=value, options=options, **_common(parameter, name))


@control.register
def _(parameter: Flag, name, value):
    return ipywidgets.Checkbox(value=value, indent=True, **_common(parameter, name))


@control.register
def _(parameter: Several, name, value):
    return NumbersText(value=tuple(value), continuous_update=False, **_common(parameter, name))


def _chooser(parameter, name, value, things):
    options = [(gettext("none"), None)] * parameter.optional + things
    if not any(thing == value for _, thing in options):
        options.append((_called(value), value))
    return Chooser(options=options, value=value, **_common(parameter, name))


@control.register
def _(parameter: Formula, name, value):
    return _chooser(parameter, name, value, [(_called(one), one) for one in parameter.examples])


@control.register
def _(parameter: Nested, name, value):
    made = {}
    for word, cls in (parameter.catalogue or {}).items():
        # a part that holds parts again is left out: it could hold itself
        if not any(isinstance(inner, Nested) for inner, _ in declarations(cls).values()):
            made[word] = cls()
    return _chooser(parameter, name, value, list(made.items()))


def value_slider(name, value, low, high, scale="linear", tooltip=""):
    """A slider that is not a declared field's."""
    return ValueSlider(
        value, stops(low, high, scale), description=gettext(words(name)), tooltip=gettext(tooltip), style=STYLE, layout=LAYOUT
    )


def field_controls(cls, instance=None, leave_out=()) -> dict:
    """One control for each declared field of a class, set to the instance's values or to the defaults."""
    return {
        name: control(parameter, name, default if instance is None else getattr(instance, name))
        for name, (parameter, default) in declarations(cls).items()
        if name not in leave_out
    }


def said(instance, leave_out=()) -> str:
    """A declared instance in a sentence: its name, and the fields that are not at their defaults."""
    fields = [
        f"{name}={getattr(instance, name)!r}"
        for name, (_, default) in declarations(instance).items()
        if name not in leave_out and getattr(instance, name) != default
    ]
    name = type(instance).__name__
    return f"{name}({', '.join(fields)})" if fields else name
