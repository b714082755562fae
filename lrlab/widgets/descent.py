"""The descent explorer: a surface, an optimizer, a schedule; the path and the loss beside each other."""

from __future__ import annotations

from dataclasses import replace

import ipywidgets
import numpy as np

from ..optimizers import OPTIMIZERS, Optimizer
from ..plots import COLORS, background, short
from ..problems import SURFACES, Quadratic, Surface
from ..schedules import SCHEDULES, Schedule
from ..training import train
from .controls import LAYOUT, STYLE, field_controls, stops, value_slider
from .explorer import Explorer, button


def _drawable():
    made = {name: cls() for name, cls in SURFACES.items()}
    return {name: surface for name, surface in made.items() if surface.minima.shape[-1] == 2}


class DescentExplorer(Explorer):
    """Walk down a surface: choose optimizer, schedule, learning rate and start; see the path and the loss.

    `show` names the controls to be seen, all by default; the others keep their values and can be set from Python.

    >>> w = DescentExplorer(Quadratic(dim=2, condition=10, largest=10), steps=20)
    >>> w.jump("2/L")
    >>> w.lr.value
    0.2
    >>> w.sentence
    'SGD with Constant, learning rate 0.2 (1 times 2/L): loss 5.5 at the start, 5 after 20 updates. It did not converge.'
    """

    title = "Descent explorer"

    def __init__(
        self,
        surface: Surface | None = None,
        optimizer="SGD",
        schedule="Constant",
        steps=50,
        lr=0.05,
        noise=0.0,
        show: tuple[str, ...] | None = None,
    ):
        super().__init__(9.2, 3.9, columns=2)
        self._surfaces = _drawable()
        surface = Quadratic(dim=2, condition=10, largest=10) if surface is None else surface
        if surface.minima.shape[-1] != 2:
            raise ValueError(f"DescentExplorer: the surface must have 2 weights, {surface} has {surface.minima.shape[-1]}.")
        self._surfaces[type(surface).__name__] = surface
        first = optimizer if isinstance(optimizer, str) else type(optimizer).__name__
        first_schedule = schedule if isinstance(schedule, str) else type(schedule).__name__
        for name, table, word in ((first, OPTIMIZERS, "optimizer"), (first_schedule, SCHEDULES, "schedule")):
            if name not in table:
                raise ValueError(f"DescentExplorer: {word} must be one of {', '.join(table)}, got {name!r}.")
        self.steps = steps

        def chooser(word, options, value):
            return ipywidgets.Dropdown(
                options=list(options), value=value, description=word, style=STYLE, layout=LAYOUT
            )

        self._surface = chooser("surface", self._surfaces, type(surface).__name__)
        self._optimizer = chooser("optimizer", OPTIMIZERS, first)
        self._schedule = chooser("schedule", [name for name in SCHEDULES if _has_lr(SCHEDULES[name])], first_schedule)
        self._lr = value_slider("lr", lr, 1e-4, 10.0, "log", "how far each update goes for a given gradient")
        self._noise = value_slider(
            "gradient noise", noise, 0.0, 3.0, tooltip="standard deviation of the noise added to each gradient"
        )
        self._starts = [value_slider(word, 0.0, -5.0, 5.0) for word in ("start w[0]", "start w[1]")]
        self._optimizer_fields, self._schedule_fields = ipywidgets.VBox(), ipywidgets.VBox()
        self._milestones = ipywidgets.HBox()
        left, right = self.axes
        self._path = self.moving(left.plot([], [], color=COLORS[0], linewidth=1.4, marker="o", markersize=3.5)[0])
        self._begin = self.moving(left.plot([], [], color=COLORS[1], marker="s", markersize=8, linestyle="none")[0])
        self._loss = self.moving(right.plot([], [], color=COLORS[0], linewidth=1.8)[0])
        right.set(xlabel="update t", ylabel="loss above the minimum", yscale="log", xlim=(0, steps))
        self._show = show
        self._initial = {
            "surface": type(surface).__name__,
            "optimizer": (first, None if isinstance(optimizer, str) else optimizer),
            "schedule": (first_schedule, None if isinstance(schedule, str) else schedule),
            "lr": lr,
            "noise": noise,
        }
        controls = ipywidgets.HBox(
            [
                ipywidgets.VBox([self._surface, self._optimizer, self._optimizer_fields, self._starts[0], self._starts[1]]),
                ipywidgets.VBox([self._lr, self._schedule, self._schedule_fields, self._noise]),
            ],
            layout={"flex_flow": "row wrap"},
        )
        self.children = [controls, self._milestones, self.picture, self.caption]
        self._surface.observe(lambda _: self._new_surface(), "value")
        self._optimizer.observe(lambda _: self._new_fields(), "value")
        self._schedule.observe(lambda _: self._new_fields(), "value")
        self.watch(self._lr, self._noise, *self._starts)
        self._new_fields(self._initial["optimizer"][1], self._initial["schedule"][1], draw=False)
        self._new_surface()

    def _new_fields(self, optimizer: Optimizer | None = None, schedule: Schedule | None = None, draw=True):
        if self._quiet:
            return
        of_optimizer = field_controls(OPTIMIZERS[self._optimizer.value], optimizer)
        of_schedule = field_controls(SCHEDULES[self._schedule.value], schedule, leave_out=("lr",))
        self._optimizer_fields.children = tuple(of_optimizer.values())
        self._schedule_fields.children = tuple(of_schedule.values())
        self._fields = tuple(of_optimizer), tuple(of_schedule)
        self.controls = {
            "surface": self._surface, "optimizer": self._optimizer, **of_optimizer, "lr": self._lr,
            "schedule": self._schedule, **of_schedule, "noise": self._noise,
            "x": self._starts[0], "y": self._starts[1],
        }  # fmt: skip
        self.watch(*of_optimizer.values(), *of_schedule.values())
        for name, control in self.controls.items():
            control.layout.display = None if self._show is None or name in self._show else "none"
        if draw:
            self.redraw()

    def _new_surface(self):
        if self._quiet:
            return
        surface = self.problem
        left, right = self.axes
        for artist in [a for a in left.get_children() if a not in self._artists and (a in left.lines or a in left.collections)]:
            artist.remove()
        background(left, surface)
        self._quiet = True
        for slider, window, at in zip(self._starts, surface.window, surface.start):
            slider.restock(at, stops(*window))
        marks = [mark for mark in self.milestones.values() if 1e-4 <= mark <= 10.0]
        self._lr.restock(self._lr.value, [*stops(1e-4, 10.0, "log"), *marks])
        self._quiet = False
        top = float(surface.loss(np.asarray(surface.start)) - surface.lowest)
        right.set_ylim(top * 1e-9, top * 1e3)
        self._milestones.children = [
            *(button(word, f"set the learning rate to {short(value)}", lambda value=value: self.set(lr=value))
              for word, value in self.milestones.items()),
            button("reset", "back to the first settings", self.reset),
        ]  # fmt: skip
        self.forget_background()
        self.redraw()

    @property
    def problem(self) -> Surface:
        return self._surfaces[self._surface.value]

    @property
    def milestones(self) -> dict:
        """Telling learning rates for plain gradient descent on this surface."""
        surface = self.problem
        marks = {"1/L": surface.lr_limit / 2, "2/L": surface.lr_limit}
        if isinstance(surface, Quadratic):
            return marks | {"best: 2/(L + smallest)": surface.lr_best}
        return {f"{word} at the minimum": value for word, value in marks.items()}

    def jump(self, milestone: str):
        """Set the learning rate to a named milestone."""
        if milestone not in self.milestones:
            raise ValueError(f"DescentExplorer: milestone must be one of {', '.join(self.milestones)}, got {milestone!r}.")
        self.set(lr=self.milestones[milestone])

    def set(self, **values):
        for name, chooser in (("surface", self._surface), ("optimizer", self._optimizer), ("schedule", self._schedule)):
            if name in values:
                chooser.value = values.pop(name)
        super().set(**values)

    def reset(self):
        self._quiet = True
        self._surface.value = self._initial["surface"]
        (self._optimizer.value, optimizer), (self._schedule.value, schedule) = (
            self._initial["optimizer"], self._initial["schedule"],
        )  # fmt: skip
        self._lr.value, self._noise.value = self._initial["lr"], self._initial["noise"]
        self._quiet = False
        self._new_fields(optimizer, schedule, draw=False)
        self._new_surface()

    @property
    def run(self):
        """The run that the sliders describe."""
        of_optimizer, of_schedule = ({name: self.controls[name].value for name in names} for names in self._fields)
        return train(
            replace(self.problem, noise=self._noise.value),
            OPTIMIZERS[self._optimizer.value](**of_optimizer),
            SCHEDULES[self._schedule.value](lr=self._lr.value, **of_schedule),
            self.steps,
            start=[slider.value for slider in self._starts],
            evaluate_every=1,
            progress=False,
        )

    def move(self):
        try:
            run = self.run
        except ValueError as refused:
            self._path.set_data([], [])
            self._loss.set_data([], [])
            return f"These settings do not go together. {refused}"
        surface = self.problem
        loss = run.metrics["loss"] - surface.lowest
        alive = int(run.diverged_at) + 1
        with np.errstate(all="ignore"):
            self._path.set_data(*np.clip(run.path[:alive], -1e6, 1e6).T)
            self._begin.set_data(*run.path[:1].T)
            self._loss.set_data(run.evaluated_at[:alive], np.clip(loss[:alive], 1e-300, 1e300))
        lr = self._lr.value
        said = (
            f"{self._optimizer.value} with {self._schedule.value}, learning rate {short(lr)} "
            f"({short(lr / surface.lr_limit)} times 2/L): loss {short(loss[0])} at the start, "
        )
        if run.diverged:
            return said + f"diverged at update {int(run.diverged_at)}."
        verdict = "" if loss[-1] < 1e-3 * loss[0] else " It did not converge."
        return said + f"{short(loss[-1])} after {self.steps} updates.{verdict}"


def _has_lr(cls):
    return "lr" in cls.__dataclass_fields__
