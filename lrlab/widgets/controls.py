"""From a declared field to its slider."""

from __future__ import annotations

from functools import singledispatch

import ipywidgets
import numpy as np
from traitlets import validate

from ..parameters import Choice, Flag, Number, Whole, declarations

STYLE = {"description_width": "110px"}
LAYOUT = {"width": "420px"}


class ValueSlider(ipywidgets.SelectionSlider):
    """A slider over numbers that keeps every number it is given.

    The float sliders of ipywidgets round a value set from Python to their step as soon as a browser shows them: 2/L
    becomes something else. Here the stops are a list, and a value that is not among them becomes a stop of its own.
    """

    def __init__(self, value, stops, kind=float, **options):
        self._kind = kind
        super().__init__(options=self._labelled({*map(kind, stops), kind(value)}), value=kind(value), **options)

    @staticmethod
    def _labelled(values):
        return [(f"{value:.4g}" if isinstance(value, float) else str(value), value) for value in sorted(values)]

    @validate("value")
    def _validate_value(self, proposal):
        value = self._kind(proposal.value)
        if value not in self._options_values:
            with self.hold_sync():
                self._options_full = tuple(self._labelled({*self._options_values, value}))
                self._options_values = tuple(stop for _, stop in self._options_full)
                self.set_trait("_options_labels", tuple(label for label, _ in self._options_full))
        return value

    def restock(self, value, stops):
        """Replace all stops, and stand at `value`."""
        self.options = self._labelled({*map(self._kind, stops), self._kind(value)})
        self.value = self._kind(value)


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
    return {"description": words(name), "tooltip": parameter.text + unit, "style": STYLE, "layout": LAYOUT}


@control.register
def _(parameter: Number, name, value):
    return ValueSlider(value, stops(*parameter.slider, parameter.scale), **_common(parameter, name))


@control.register
def _(parameter: Whole, name, value):
    low, high = map(int, parameter.slider)
    whole = range(low, high + 1) if high - low <= 400 else map(round, stops(low, high, parameter.scale))
    return ValueSlider(value, whole, kind=int, **_common(parameter, name))


@control.register
def _(parameter: Choice, name, value):
    return ipywidgets.Dropdown(value=value, options=parameter.choices, **_common(parameter, name))


@control.register
def _(parameter: Flag, name, value):
    return ipywidgets.Checkbox(value=value, indent=True, **_common(parameter, name))


def value_slider(name, value, low, high, scale="linear", tooltip=""):
    """A slider that is not a declared field's."""
    return ValueSlider(
        value, stops(low, high, scale), description=words(name), tooltip=tooltip, style=STYLE, layout=LAYOUT
    )


def field_controls(cls, instance=None, leave_out=()) -> dict:
    """One control for each declared field of a class, set to the instance's values or to the defaults."""
    return {
        name: control(parameter, name, default if instance is None else getattr(instance, name))
        for name, (parameter, default) in declarations(cls).items()
        if name not in leave_out
    }
