"""The base of every explorer: controls, a picture, a sentence.

The figure is kept. Axes and background are drawn once; a move restores the background, draws the artists that moved
and encodes a PNG. The picture is an <img> with the sentence as its alternative text. Without a kernel the same cell
shows the PNG and the sentence that were stored with it.
"""

from __future__ import annotations

import asyncio
import base64
import html
import sys
import time
import zlib
from contextlib import contextmanager

import ipywidgets
import numpy as np
from matplotlib.lines import Line2D

from ..language import gettext
from ..parameters import declarations
from ..plots import new_figure, words_in_language
from .controls import field_controls

# Between two pictures of a burst of moves the kernel has so long to read the moves that wait: half of the time that the
# picture took, at least and at most this (seconds).
PAUSE, LONGEST_PAUSE = 0.01, 0.05
# so many backgrounds of an explorer are kept, 1 to 2 MB each
BACKGROUNDS = 12


class Explorer(ipywidgets.VBox):
    """Controls, a picture and a sentence. A subclass makes `controls` and artists, and defines `move()`.

    Every control is an attribute: `w.lr.value = 0.3` moves the slider, and `w.sentence` says what is then seen.
    `choosers` names the controls that decide which other controls there are; `look_for` says what there is to see.

    Moves that come from the page faster than pictures can be drawn are drawn together: the first at once, the last as
    soon as the moves that wait have been read. What a cell, a script or a test sets is drawn at once.
    """

    title = "Explorer"
    look_for = ""
    choosers: tuple[str, ...] = ()

    def __init__(self, width=7.0, height=3.5, columns=1):
        super().__init__()
        self.figure, self.axes = new_figure(width, height, columns)
        self._background = self._limits = None
        self._backgrounds = {}
        self._artists = []
        self._quiet = False
        self._waiting = None
        self._rest_until = 0.0
        self._sentence = ""
        self._png = b""
        self.controls = {}
        self.picture = ipywidgets.HTML()
        self.caption = ipywidgets.HTML()
        self.heading = ipywidgets.HTML(
            f'<p style="max-width:46em;line-height:1.4;margin:0"><b>{html.escape(gettext(self.title))}.</b> {html.escape(gettext(self.look_for))}</p>'
        )

    def __getattr__(self, name):
        controls = self.__dict__.get("controls", {})
        if name in controls:
            return controls[name]
        raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}; its controls: {', '.join(controls)}")

    @property
    def sentence(self) -> str:
        """What is seen, in words."""
        self.settle()
        return self._sentence

    def moving(self, *artists):
        """Declare the artists that are drawn anew at each move."""
        for artist in artists:
            artist.set_animated(True)
            # a line without data would be taken to lie in the corner of the figure
            artist.set_in_layout(False)
        self._artists.extend(artists)
        return artists[0] if len(artists) == 1 else artists

    def watch(self, *controls):
        for control in controls:
            control.observe(self._moved, "value")

    def _moved(self, change=None):
        if self._quiet:
            return
        loop = page_loop()
        if loop is None:
            self.redraw()
        elif self._waiting is None:
            left = self._rest_until - time.perf_counter()
            if left <= 0.0:
                self.redraw()
            else:
                self._waiting = loop.call_later(left, self.settle)

    def settle(self):
        """Draw now what waits to be drawn."""
        if self._waiting is not None:
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
        for name, value in values.items():
            options = getattr(self.controls.get(name), "options", None)
            if isinstance(self.controls.get(name), ipywidgets.Dropdown) and value not in _values(options):
                listed = ", ".join(map(str, _values(options)))
                raise ValueError(f"{type(self).__name__}: {name} must be one of {listed}, got {value!r}.")
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
        """Have axes and background drawn again at the next move, because what they show changed."""
        self._background = self._limits = None
        self._backgrounds.clear()

    def take_background(self, limits):
        """Draw on the background of these limits, which the axes have now: the one kept from before, or a new one."""
        self._background, self._limits = None, limits
        if limits in self._backgrounds:
            self._background, places = self._backgrounds[limits]
            for ax, place in zip(np.ravel(self.axes), places):
                ax.set_position(place)
                # set_position takes the axes out of the layout
                ax.set_in_layout(True)

    def redraw(self):
        begun = time.perf_counter()
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        with np.errstate(all="ignore"):
            try:
                sentence = self.move()
            except ValueError as reason:
                sentence = self.refused(reason)
        self._sentence = gettext(sentence)
        canvas = self.figure.canvas
        if self._background is None:
            words_in_language(self.figure)
            canvas.draw()
            self._background = canvas.copy_from_bbox(self.figure.bbox)
            if self._limits is not None:
                if len(self._backgrounds) >= BACKGROUNDS:
                    del self._backgrounds[next(iter(self._backgrounds))]
                self._backgrounds[self._limits] = self._background, [ax.get_position() for ax in np.ravel(self.axes)]
        canvas.restore_region(self._background)
        for artist in self._artists:
            artist.axes.draw_artist(artist)
        self._png = quick_png(canvas)
        encoded, said = base64.b64encode(self._png).decode(), html.escape(self._sentence)
        width, height = canvas.get_width_height()
        # the size and the decoding keep the page still while the picture changes
        self.picture.value = (
            f'<img alt="{said}" src="data:image/png;base64,{encoded}" width="{width}" height="{height}" '
            'decoding="sync" style="max-width:100%;height:auto">'
        )
        self.caption.value = f'<p role="status" style="max-width:46em;line-height:1.4">{said}</p>'
        ended = time.perf_counter()
        self._rest_until = ended + min(max(PAUSE, 0.5 * (ended - begun)), LONGEST_PAUSE)

    def move(self) -> str:
        """Set the artists from the controls and return the sentence. A ValueError becomes the sentence."""
        raise NotImplementedError

    def refused(self, reason, *lines) -> str:
        """Empty these lines, all by default, and say why there is nothing to draw."""
        for line in lines or [artist for artist in self._artists if isinstance(artist, Line2D)]:
            line.set_data([], [])
        return f"These settings do not go together. {reason}"

    def close(self):
        """End the explorer and all its parts, in the page and in memory."""
        waiting, self._waiting = self.__dict__.get("_waiting"), None
        if waiting is not None:
            waiting.cancel()
        for one in [*self.children, *self.__dict__.get("controls", {}).values()]:
            _close(one)
        super().close()

    def __repr__(self):
        return f"{gettext(self.title)}. {self.sentence}"

    def _repr_mimebundle_(self, **kwargs):
        self.settle()
        data = super()._repr_mimebundle_(**kwargs) or {}
        data["image/png"] = base64.b64encode(self._png).decode()
        data["text/plain"] = repr(self)
        return data, {"image/png": {"alt": self.sentence}}


class SettingsExplorer(Explorer):
    """An explorer whose controls are the fields of one declared dataclass, `Settings`.

    A subclass defines

        Settings               a declared dataclass: one field for each control
        build()                make the artists
        measure(settings)      what is shown, as a NamedTuple: a pure function of the settings
        draw(settings, value)  set the artists and return the sentence
        milestones             {words: {control: value}}

    `w.settings` are the controls' values, `w.value` is measure(w.settings): what a mission looks at. Keyword
    arguments are the values to begin with; `show` names the controls to be seen, all by default.
    """

    Settings: type
    columns = 1
    size = (7.0, 3.5)

    def __init__(self, *, show: tuple[str, ...] | None = None, **start):
        super().__init__(*self.size, self.columns)
        fields = declarations(self.Settings)
        for word, given in (("argument", start), ("control to show", show or ())):
            unknown = sorted(set(given) - set(fields))
            if unknown:
                raise ValueError(f"{type(self).__name__}: there is no {word} {unknown[0]!r}. There are: {', '.join(fields)}.")
        self._start = self.Settings(**start)
        self.controls = field_controls(self.Settings, self._start)
        for name, control in self.controls.items():
            control.layout.display = None if show is None or name in show else "none"
        self.build()
        self._controls = ipywidgets.Box(list(self.controls.values()), layout={"flex_flow": "row wrap"})
        jumps = [button(word, _told(values), lambda word=word: self.jump(word)) for word, values in self.milestones.items()]
        self._buttons = ipywidgets.Box(
            [*jumps, button("reset", "back to the first settings", self.reset)], layout={"flex_flow": "row wrap"}
        )
        self.children = [self.heading, self._controls, self._buttons, self.picture, self.caption]
        self.watch(*self.controls.values())
        self.redraw()

    @property
    def milestones(self) -> dict:
        """Telling settings: {words: {control: value}}."""
        return {}

    @property
    def settings(self):
        """The values of all controls. Raises ValueError if they do not go together."""
        return self.Settings(**{name: control.value for name, control in self.controls.items()})

    @property
    def value(self):
        """What is shown, in numbers."""
        with np.errstate(all="ignore"):
            return self.measure(self.settings)

    def jump(self, milestone: str):
        """Set the controls to a named milestone."""
        if milestone not in self.milestones:
            listed = ", ".join(self.milestones)
            raise ValueError(f"{type(self).__name__}: milestone must be one of {listed}, got {milestone!r}.")
        self.set(**self.milestones[milestone])

    def reset(self):
        self.set(**{name: getattr(self._start, name) for name in self.controls})

    def build(self):
        raise NotImplementedError

    def measure(self, settings):
        raise NotImplementedError

    def draw(self, settings, value) -> str:
        raise NotImplementedError

    def move(self):
        settings = self.settings
        return self.draw(settings, self.measure(settings))

    def line(self, ax, **style):
        """A line that moves."""
        return self.moving(ax.plot([], [], **style)[0])

    def legend(self, *lines):
        """The names of the lines, above the axes."""
        self.figure.legend(handles=lines, loc="outside upper left", ncols=len(lines), frameon=False, fontsize=9)


def quick_png(canvas) -> bytes:
    """The canvas as PNG, without the search for each row's best filter that takes most of an encoder's time."""
    width, height = canvas.get_width_height()
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # a row begins with the number of its filter: 0, none
    rows[:, 1:].reshape(height, width, 3)[:] = np.asarray(canvas.buffer_rgba())[..., :3]
    header = width.to_bytes(4) + height.to_bytes(4) + bytes((8, 2, 0, 0, 0))  # 8 bits each of red, green and blue
    png = b"\x89PNG\r\n\x1a\n"
    for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")):
        png += len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)
    return png


def free_names(names, taken, word, cls):
    """Names of controls: one that another control or the explorer itself has already gets the word before it."""
    return [f"{word}_{name}" if name in taken or hasattr(cls, name) else name for name in names]


def tell_apart(controls):
    """Controls that would be called the same: the later is the inner one."""
    seen = set()
    for control in controls:
        if control.description in seen:
            control.description = gettext(f"inner {control.description}")
        seen.add(control.description)


def page_loop():
    """The kernel's event loop while it handles what the page sent; None in a cell, a script or a test."""
    ipython = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    parent = getattr(getattr(ipython, "kernel", None), "get_parent", dict)()
    if not parent or parent.get("header", {}).get("msg_type") != "comm_msg":
        return None
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def refill(box, controls):
    """Show these controls in a box in place of those that are there, which end."""
    old, box.children = box.children, tuple(controls)
    for control in old:
        _close(control)


def button(words, tooltip, action):
    made = ipywidgets.Button(description=gettext(words), tooltip=gettext(tooltip), layout={"width": "auto"})
    made.on_click(lambda _: action())
    return made


def inside(ax, values):
    """Values clipped a little beyond the axes' limits, so that what leaves the axes is drawn leaving them."""
    low, high = ax.get_ylim()
    if ax.get_yscale() == "log":
        return np.clip(np.nan_to_num(values, nan=high * 10, posinf=high * 10), low / 10, high * 10)
    reach = high - low
    return np.clip(np.nan_to_num(values, nan=high + reach, posinf=high + reach, neginf=low - reach), low - reach, high + reach)


def _values(options):
    return [one[1] if isinstance(one, tuple) else one for one in options]


def _told(values):
    return "set " + ", ".join(f"{name.replace('_', ' ')} to {value:.4g}" if isinstance(value, float) else
                              f"{name.replace('_', ' ')} to {value}" for name, value in values.items())


def _close(widget):
    for child in getattr(widget, "children", ()):
        _close(child)
    widget.close()
