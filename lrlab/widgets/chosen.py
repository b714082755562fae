"""A class chosen from a catalogue, with a control for each of its fields."""

from __future__ import annotations

import ipywidgets

from ..language import gettext
from .controls import LAYOUT, STYLE, field_controls
from .explorer import refill


class Chosen:
    """A list of the classes of a catalogue and, in a box below it, the fields of the one that is chosen.

    `first` is a name or an instance. `changed()` is called when there are new fields. Every class that has all fields of
    `having` can be chosen, also one that is defined after this was made and before the list is next opened anew.
    """

    def __init__(self, word, catalogue, first, changed, having=(), leave_out=()):
        self.catalogue, self.leave_out, self._changed = catalogue, leave_out, changed
        self.first = first if isinstance(first, str) else type(first).__name__
        self._instance = None if isinstance(first, str) else first
        names = [name for name, cls in catalogue.items() if set(having) <= set(cls.__dataclass_fields__)]
        if self.first not in names:
            raise ValueError(f"{word} must be one of {', '.join(names)}, got {first!r}.")
        self.chooser = ipywidgets.Dropdown(options=names, value=self.first, description=gettext(word), style=STYLE, layout=LAYOUT)
        self.box, self.fields = ipywidgets.VBox(), {}
        self.chooser.observe(lambda _: self.refill(), "value")
        self.refill(self._instance)

    def refill(self, instance=None):
        self.fields = field_controls(self.catalogue[self.chooser.value], instance, self.leave_out)
        refill(self.box, self.fields.values())
        self._changed(self)

    def make(self, **rest):
        """The instance that the controls describe."""
        return self.catalogue[self.chooser.value](**{name: one.value for name, one in self.fields.items()}, **rest)

    def reset(self):
        self.chooser.value = self.first
        self.refill(self._instance)
