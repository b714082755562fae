"""The schedule explorer: any schedule of the catalogue, its fields as sliders."""

from __future__ import annotations

import ipywidgets
import numpy as np

from ..parameters import declarations
from ..plots import COLORS, STYLES, short
from ..schedules import SCHEDULES, Schedule
from ..training import STEPS
from .controls import LAYOUT, STYLE, field_controls, words
from .explorer import Explorer, button, refill


class ScheduleExplorer(Explorer):
    """Draw a schedule, move its fields, keep one curve to compare with.

    >>> w = ScheduleExplorer("StepDecay", steps=40)
    >>> w.set(lr=0.8, every=10, t=10)
    >>> w.sentence
    'StepDecay(lr=0.8, every=10, factor=0.5) over 40 updates: 0.8 at update 0, 0.4 at update 10, 0.1 at update 39. The mean rate is 0.375.'
    """

    title = "Schedule explorer"
    choosers = ("schedule",)

    def __init__(self, schedule: str | Schedule = "StepDecay", steps: int = 100):
        super().__init__()
        name = schedule if isinstance(schedule, str) else type(schedule).__name__
        if name not in SCHEDULES:
            raise ValueError(f"ScheduleExplorer: schedule must be one of {', '.join(SCHEDULES)}, got {schedule!r}.")
        self.updates = STEPS.check("ScheduleExplorer", "steps", steps, 100)
        self._first = name, None if isinstance(schedule, str) else schedule
        ax = self.axes
        ax.set(xlabel="update t", ylabel="learning rate", xlim=(0, self.updates))
        self._top = 0.0
        self._kept = self.moving(ax.plot([], [], color="#777777", linestyle=STYLES[3], linewidth=1.6)[0])
        self._line = self.moving(ax.plot([], [], color=COLORS[0], linewidth=2.0)[0])
        # at update 0 the dot stands on the axis: it is not cut there
        look = {"color": COLORS[1], "linestyle": "none", "clip_on": False}
        self._dot = self.moving(ax.plot([], [], marker="o", markersize=8, **look)[0])
        self._choice = ipywidgets.Dropdown(
            options=list(SCHEDULES), value=name, description="schedule", style=STYLE, layout=LAYOUT
        )
        self._time = ipywidgets.IntSlider(
            value=0, min=0, max=self.updates - 1, description=words("t"), tooltip="updates already done", style=STYLE, layout=LAYOUT
        )
        self._fields = ipywidgets.VBox()
        buttons = ipywidgets.HBox(
            [
                button("keep this curve", "leave a dotted copy to compare with", self.keep),
                button("reset", "back to the first settings", self.reset),
            ]
        )
        self.children = [self._choice, self._fields, self._time, buttons, self.picture, self.caption]
        self._choice.observe(lambda _: self._build(), "value")
        self.watch(self._time)
        self._build(self._first[1])

    def _build(self, instance=None):
        fields = field_controls(SCHEDULES[self._choice.value], instance)
        refill(self._fields, fields.values())
        self.controls = {"schedule": self._choice, **fields, "t": self._time}
        self.watch(*fields.values())
        self.forget_background()
        self._moved()

    def names(self, **chosen):
        fields = declarations(SCHEDULES[chosen.get("schedule", self._choice.value)])
        return ("schedule", *fields, "t")

    @property
    def value(self) -> Schedule:
        """The schedule that the sliders describe."""
        cls = SCHEDULES[self._choice.value]
        return cls(**{name: c.value for name, c in self.controls.items() if name not in ("schedule", "t")})

    def keep(self):
        self._kept.set_data(*self._line.get_data())
        self.redraw()

    def reset(self):
        name, instance = self._first
        with self.quietly():
            self._choice.value, self._time.value = name, 0
            self._kept.set_data([], [])
            self._build(instance)
        self.redraw()

    def move(self):
        try:
            schedule = self.value
        except ValueError as reason:
            return self.refused(reason, self._line, self._dot)
        t, now, last = np.arange(self.updates), self._time.value, self.updates - 1
        lr = schedule(t)
        self._line.set_data(np.append(np.repeat(t, 2)[1:], self.updates), np.repeat(lr, 2))
        self._dot.set_data([now], [lr[now]])
        self._fit(max([*self._kept.get_ydata(), lr.max(), 1e-12]))
        told = ", ".join(f"{short(lr[t])} at update {t}" for t in sorted({0, now, last}))
        return f"{schedule} over {self.updates} updates: {told}. The mean rate is {short(lr.mean())}."

    def _fit(self, peak):
        # the axis jumps to the next 1, 2 or 5 only when the curves leave it or become flat on it
        if self._background is None or not self._top / 10 <= peak <= self._top:
            power = 10.0 ** np.floor(np.log10(peak))
            self._top = next(step * power for step in (1, 2, 5, 10) if peak <= step * power * (1 + 1e-12))
            self.axes.set_ylim(0, 1.05 * self._top)
            self.forget_background()
