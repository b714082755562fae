"""The schedule explorer: any schedule of the catalogue, its fields as controls, several curves, the same in other libraries."""

from __future__ import annotations

import html

import ipywidgets
import numpy as np

from ..language import gettext
from ..parameters import declarations
from ..plots import COLORS, STYLES, short
from ..schedules import SCHEDULES, Schedule
from ..training import STEPS
from .chosen import Chosen
from .controls import LAYOUT, STYLE, said, words
from .explorer import Explorer, button, free_names, tell_apart

LIBRARIES = ("none", "torch", "optax", "keras")
KEPT = 4


class ScheduleExplorer(Explorer):
    """Draw a schedule, move its fields, keep up to four curves to compare with, and read it in another library's words.

    `keep()` leaves a copy of the curve; `kept` are the schedules kept. `code` is a control: "none", "torch", "optax" or
    "keras"; `snippet` is the text that is then shown, which follows the controls.

    >>> w = ScheduleExplorer("StepDecay", steps=40)
    >>> w.set(lr=0.8, every=10, t=10)
    >>> w.sentence
    'StepDecay(lr=0.8, every=10, factor=0.5) over 40 updates: 0.8 at update 0, 0.4 at update 10, 0.1 at update 39. The mean rate is 0.375.'
    >>> w.set(code="torch")
    >>> "StepLR(optimizer, step_size=10, gamma=0.5)" in w.snippet
    True
    """

    title = "Schedule explorer"
    look_for = "Move one field at a time: see which part of the curve it changes. Keep a curve to compare with the next."
    choosers = ("schedule",)

    def __init__(self, schedule: str | Schedule = "StepDecay", steps: int = 100):
        super().__init__()
        self.updates = STEPS.check("ScheduleExplorer", "steps", steps, 100)
        ax = self.axes
        ax.set(xlabel="update t", ylabel="learning rate", xlim=(0, self.updates))
        self._top = 0.0
        self.kept = []
        self._copies = [
            self.moving(ax.plot([], [], color=COLORS[1 + k], linestyle=STYLES[1 + k], linewidth=1.6)[0]) for k in range(KEPT)
        ]
        self._line = self.moving(ax.plot([], [], color=COLORS[0], linewidth=2.0)[0])
        # at update 0 the dot stands on the axis: it is not cut there
        self._dot = self.moving(ax.plot([], [], color="#000000", linestyle="none", clip_on=False, marker="o", markersize=8)[0])
        self._time = ipywidgets.IntSlider(
            value=0, min=0, max=self.updates - 1, description=gettext(words("t")), tooltip=gettext("updates already done"), style=STYLE, layout=LAYOUT
        )
        self._code = ipywidgets.Dropdown(
            options=[(gettext(name), name) for name in LIBRARIES], value="none", description=gettext("show code for"), tooltip=gettext("the same schedule in this library"), style=STYLE, layout=LAYOUT
        )
        self.code_text = ipywidgets.HTML()
        self.snippet = ""
        self._ready = False
        try:
            self._chosen = Chosen("schedule", SCHEDULES, schedule, self._build)
        except ValueError as reason:
            raise ValueError(f"ScheduleExplorer: {reason}") from None
        self._choice, self._fields = self._chosen.chooser, self._chosen.box
        buttons = ipywidgets.Box(
            [
                button("keep this curve", "leave a copy to compare with", self.keep),
                button("drop the kept curves", "take the copies away", self.drop),
                button("reset", "back to the first settings", self.reset),
            ],
            layout={"flex_flow": "row wrap"},
        )
        self.children = [
            self.heading, self._choice, self._fields, self._time, self._code, buttons, self.picture, self.caption, self.code_text,
        ]  # fmt: skip
        self.watch(self._time, self._code)
        self._ready = True
        self._build(self._chosen)

    def _build(self, chosen):
        if not self._ready:
            return
        fields = chosen.fields.values()
        self.controls = dict(zip(self.names(), [self._choice, *fields, self._time, self._code]))
        tell_apart([self._choice, self._time, self._code, *fields])
        self.watch(*fields)
        self.forget_background()
        self._moved()

    def names(self, **chosen):
        fields = declarations(SCHEDULES[chosen.get("schedule", self._choice.value)])
        return ("schedule", *free_names(fields, ("schedule", "t", "code"), "schedule", type(self)), "t", "code")

    @property
    def value(self) -> Schedule:
        """The schedule that the controls describe."""
        return self._chosen.make()

    def keep(self):
        """Leave a copy of the curve; beyond four the oldest goes."""
        try:
            schedule = self.value
        except ValueError:
            return
        self.kept = [*self.kept, schedule][-KEPT:]
        self._draw_kept()

    def drop(self):
        """Take the copies away."""
        self.kept = []
        self._draw_kept()

    def _draw_kept(self):
        for copy in self._copies:
            copy.set_data([], [])
        for copy, schedule in zip(self._copies, self.kept):
            copy.set_data(*self._stairs(schedule))
        for legend in list(self.figure.legends):
            legend.remove()
        if self.kept:
            labels = [said(schedule) for schedule in self.kept]
            labels = [label if len(label) <= 40 else label[:37] + "..." for label in labels]
            self.figure.legend(
                handles=[self._line, *self._copies[: len(labels)]], labels=["this curve", *labels], loc="outside upper left", ncols=2,
                frameon=False, fontsize=9,
            )  # fmt: skip
        self.forget_background()
        self._moved()

    def reset(self):
        with self.quietly():
            self._time.value, self._code.value = 0, "none"
            self.drop()
            self._chosen.reset()
        self.redraw()

    def _stairs(self, schedule):
        t = np.arange(self.updates)
        return np.append(np.repeat(t, 2)[1:], self.updates), np.repeat(schedule(t), 2)

    def move(self):
        try:
            schedule = self.value
            t, y = self._stairs(schedule)
        except ValueError as reason:
            self._show_code(None)
            return self.refused(reason, self._line, self._dot)
        now, last = self._time.value, self.updates - 1
        lr = y[::2]
        self._line.set_data(t, y)
        self._dot.set_data([now], [lr[now]])
        self._fit(max([1e-12, lr.max(), *(copy.get_ydata().max() for copy in self._copies[: len(self.kept)])]))
        self._show_code(schedule)
        told = ", ".join(f"{short(lr[t])} at update {t}" for t in sorted({0, now, last}))
        return f"{schedule} over {self.updates} updates: {told}. The mean rate is {short(lr.mean())}."

    def _show_code(self, schedule):
        library = self._code.value
        self.snippet = "" if schedule is None or library == "none" else _translated(schedule, library)
        shown = f'<pre style="overflow-x:auto" tabindex="0">{html.escape(self.snippet)}</pre>' if self.snippet else ""
        if self.code_text.value != shown:
            self.code_text.value = shown

    def _fit(self, peak):
        # the axis jumps to the next 1, 2 or 5 only when the curves leave it or become flat on it
        if self._background is None or not self._top / 10 <= peak <= self._top:
            power = 10.0 ** np.floor(np.log10(peak))
            self._top = next(step * power for step in (1, 2, 5, 10) if peak <= step * power * (1 + 1e-12))
            self.axes.set_ylim(0, 1.05 * self._top)
            self.take_background(self._top)


def _translated(schedule, library):
    """The schedule in a library's words, or the reason why there are none."""
    from ..translation import translate

    try:
        return str(translate(schedule, library))
    except ValueError as reason:
        return f"# {reason}"
