"""The base of every explorer: controls, a picture, a sentence.

The figure is kept. Axes and background are drawn once; a move restores the background, draws the artists that moved
and encodes a PNG. The picture is an <img> with the sentence as its alternative text. Without a kernel the same cell
shows the PNG and the sentence that were stored with it.
"""

from __future__ import annotations

import base64
import html
from contextlib import contextmanager

import ipywidgets

from ..plots import encode, new_figure


class Explorer(ipywidgets.VBox):
    """Controls, a picture and a sentence. A subclass makes `controls` and artists, and defines `move()`.

    Every control is an attribute: `w.lr.value = 0.3` moves the slider, and `w.sentence` says what is then seen.
    `choosers` names the controls that decide which other controls there are.
    """

    title = "Explorer"
    choosers: tuple[str, ...] = ()

    def __init__(self, width=7.0, height=3.5, columns=1):
        super().__init__()
        self.figure, self.axes = new_figure(width, height, columns)
        self._background = None
        self._artists = []
        self._quiet = False
        self.sentence = ""
        self._png = b""
        self.controls = {}
        self.picture = ipywidgets.HTML()
        self.caption = ipywidgets.HTML()

    def __getattr__(self, name):
        controls = self.__dict__.get("controls", {})
        if name in controls:
            return controls[name]
        raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}; its controls: {', '.join(controls)}")

    def moving(self, *artists):
        """Declare the artists that are drawn anew at each move."""
        for artist in artists:
            artist.set_animated(True)
        self._artists.extend(artists)
        return artists[0] if len(artists) == 1 else artists

    def watch(self, *controls):
        for control in controls:
            control.observe(self._moved, "value")

    def _moved(self, change=None):
        if not self._quiet:
            self.redraw()

    @contextmanager
    def quietly(self):
        """Controls that are set inside do not redraw."""
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before

    def names(self, **chosen) -> tuple[str, ...]:
        """The controls there are when the choosers stand at these values."""
        return tuple(self.controls)

    def set(self, **values):
        """Set several controls at once and redraw once. A name that is no control, or no choice, changes nothing."""
        chosen = {name: values[name] for name in self.choosers if name in values}
        for name, value in chosen.items():
            if value not in self.controls[name].options:
                options = ", ".join(self.controls[name].options)
                raise ValueError(f"{type(self).__name__}: {name} must be one of {options}, got {value!r}.")
        names = self.names(**chosen)
        unknown = sorted(set(values) - set(names))
        if unknown:
            raise ValueError(f"{type(self).__name__}: there is no control {unknown[0]!r}. There are: {', '.join(names)}.")
        try:
            with self.quietly():
                for name, value in (chosen | values).items():
                    self.controls[name].value = value
        finally:
            self.redraw()

    def forget_background(self):
        """Have axes and background drawn again at the next move, because their limits changed."""
        self._background = None

    def redraw(self):
        self.sentence = self.move()
        canvas = self.figure.canvas
        if self._background is None:
            canvas.draw()
            self._background = canvas.copy_from_bbox(self.figure.bbox)
        canvas.restore_region(self._background)
        for artist in self._artists:
            artist.axes.draw_artist(artist)
        self._png = encode(canvas)
        encoded, said = base64.b64encode(self._png).decode(), html.escape(self.sentence)
        self.picture.value = f'<img alt="{said}" src="data:image/png;base64,{encoded}" style="max-width:100%">'
        self.caption.value = f'<p role="status" style="max-width:46em;line-height:1.4">{said}</p>'

    def move(self) -> str:
        """Set the artists from the controls and return the sentence."""
        raise NotImplementedError

    def refused(self, reason, *lines) -> str:
        """Empty these lines and say why there is nothing to draw."""
        for line in lines:
            line.set_data([], [])
        return f"These settings do not go together. {reason}"

    def __repr__(self):
        return f"{self.title}. {self.sentence}"

    def _repr_mimebundle_(self, **kwargs):
        data = super()._repr_mimebundle_(**kwargs) or {}
        data["image/png"] = base64.b64encode(self._png).decode()
        data["text/plain"] = repr(self)
        return data, {"image/png": {"alt": self.sentence}}


def refill(box, controls):
    """Show these controls in a box in place of those that are there, which end."""
    old, box.children = box.children, tuple(controls)
    for control in old:
        control.close()


def button(words, tooltip, action):
    made = ipywidgets.Button(description=words, tooltip=tooltip, layout={"width": "auto"})
    made.on_click(lambda _: action())
    return made
