"""From a declared field to its slider."""

from __future__ import annotations

import math
from functools import singledispatch

import ipywidgets

from ..parameters import Choice, Flag, Number, Whole, declarations

STYLE = {"description_width": "110px"}
LAYOUT = {"width": "420px"}


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
    low, high = parameter.slider
    if parameter.scale == "log":
        return log_slider(name, value, low, high, **_common(parameter, name))
    step = (high - low) / 200
    return ipywidgets.FloatSlider(
        value=value, min=low, max=high, step=step, readout_format=".3g", **_common(parameter, name)
    )


@control.register
def _(parameter: Whole, name, value):
    low, high = parameter.slider
    return ipywidgets.IntSlider(value=value, min=int(low), max=int(high), **_common(parameter, name))


@control.register
def _(parameter: Choice, name, value):
    return ipywidgets.Dropdown(value=value, options=parameter.choices, **_common(parameter, name))


@control.register
def _(parameter: Flag, name, value):
    return ipywidgets.Checkbox(value=value, indent=True, **_common(parameter, name))


def log_slider(name, value, low, high, **options):
    options = {"description": words(name), "style": STYLE, "layout": LAYOUT} | options
    return ipywidgets.FloatLogSlider(
        value=value, min=math.log10(low), max=math.log10(high), step=0.02, readout_format=".3g", **options
    )


def field_controls(cls, instance=None, leave_out=()) -> dict:
    """One control for each declared field of a class, set to the instance's values or to the defaults."""
    return {
        name: control(parameter, name, default if instance is None else getattr(instance, name))
        for name, (parameter, default) in declarations(cls).items()
        if name not in leave_out
    }
