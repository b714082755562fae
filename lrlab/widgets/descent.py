"""The descent explorer: a surface, an optimizer, a schedule; the path and the loss beside each other."""

from __future__ import annotations

from dataclasses import replace

import ipywidgets
import numpy as np

from ..language import gettext
from ..optimizers import OPTIMIZERS, Optimizer
from ..parameters import declarations
from ..plots import COLORS, STYLES, background, short
from ..problems import SURFACES, Quadratic, Surface
from ..schedules import SCHEDULES, Schedule
from ..training import STEPS, train
from .controls import LAYOUT, STYLE, field_controls, said, stops, value_slider
from .explorer import Explorer, button, free_names, refill, tell_apart

# how many optimizers are drawn besides the one that is chosen
OTHERS = 4


def _drawable():
    made = {name: cls() for name, cls in SURFACES.items()}
    return {name: surface for name, surface in made.items() if surface.minima.shape[-1] == 2}


class DescentExplorer(Explorer):
    """Walk down a surface: choose optimizer, schedule, learning rate and start; see the path and the loss.

    `lr` is the schedule's own if an instance is given, else 0.05; `noise` is the surface's own. `show` names the controls
    to be seen, all by default; the others keep their values and can be set from Python. A field that optimizer and
    schedule both have, `decay` say, is `schedule_decay` for the schedule. `others` are up to four more optimizers that walk
    from the same start, with the same schedule and their own defaults. `run` and `runs` are the runs drawn.

    >>> w = DescentExplorer(Quadratic(dim=2, condition=10, largest=10), steps=20)
    >>> w.jump("2/L")
    >>> w.lr.value
    0.2
    >>> w.sentence
    'SGD with Constant, learning rate 0.2 (1 times 2/L): loss 5.5 at the start, 5 after 20 updates. It did not converge.'
    """

    title = "Descent explorer"
    look_for = (
        "Each dot is an update. See where the path goes straight, where it zigzags and where it leaves; the right picture says what "
        "that does to the loss."
    )
    choosers = ("surface", "optimizer", "schedule")

    def __init__(
        self,
        surface: Surface | None = None,
        optimizer="SGD",
        schedule="Constant",
        steps=50,
        lr: float | None = None,
        noise: float | None = None,
        show: tuple[str, ...] | None = None,
        others: tuple[str, ...] = (),
    ):
        super().__init__(9.2, 3.9, columns=2)
        self._surfaces = _drawable()
        surface = Quadratic(dim=2, condition=10, largest=10) if surface is None else surface
        if surface.minima.shape[-1] != 2:
            raise ValueError(f"DescentExplorer: the surface must have 2 weights, {surface} has {surface.minima.shape[-1]}.")
        self._surfaces[type(surface).__name__] = surface
        first = optimizer if isinstance(optimizer, str) else type(optimizer).__name__
        first_schedule = schedule if isinstance(schedule, str) else type(schedule).__name__
        for name, table, word in ((first, OPTIMIZERS, "optimizer"), (first_schedule, _with_lr(), "schedule")):
            if name not in table:
                raise ValueError(f"DescentExplorer: {word} must be one of {', '.join(table)}, got {name!r}.")
        lr = getattr(schedule, "lr", 0.05) if lr is None else lr
        noise = surface.noise if noise is None else noise
        self.updates = STEPS.check("DescentExplorer", "steps", steps, 50)

        def chooser(word, options, value):
            return ipywidgets.Dropdown(
                options=list(options), value=value, description=gettext(word), style=STYLE, layout=LAYOUT
            )

        self._surface = chooser("surface", self._surfaces, type(surface).__name__)
        self._optimizer = chooser("optimizer", OPTIMIZERS, first)
        self._schedule = chooser("schedule", _with_lr(), first_schedule)
        self._lr = value_slider("lr", lr, 1e-4, 10.0, "log", "how far each update goes for a given gradient")
        self._noise = value_slider(
            "gradient noise", noise, 0.0, 3.0, tooltip="standard deviation of the noise added to each gradient"
        )
        others = tuple(others)
        for name in others:
            if name not in OPTIMIZERS:
                raise ValueError(f"DescentExplorer: others must be among {', '.join(OPTIMIZERS)}, got {name!r}.")
        self._others = ipywidgets.SelectMultiple(
            options=list(OPTIMIZERS), value=others, rows=4, description=gettext("also draw"),
            tooltip=gettext(f"up to {OTHERS} more optimizers, at their defaults, with the same schedule and start"), style=STYLE, layout=LAYOUT,
        )  # fmt: skip
        self._starts = [
            value_slider(f"start w[{k}]", 0.0, -5.0, 5.0, tooltip=tooltip)
            for k, tooltip in enumerate(("where the first weight begins", "where the second weight begins"))
        ]
        self._optimizer_fields, self._schedule_fields = ipywidgets.VBox(), ipywidgets.VBox()
        self._milestones, self._marks = ipywidgets.HBox(), {}
        left, right = self.axes
        self._path = self.moving(left.plot([], [], color=COLORS[0], linewidth=1.4, marker="o", markersize=3.5)[0])
        self._begin = self.moving(left.plot([], [], color=COLORS[1], marker="s", markersize=8, linestyle="none")[0])
        self._loss = self.moving(right.plot([], [], color=COLORS[0], linewidth=1.8)[0])
        looks = [{"color": COLORS[2 + k], "linestyle": STYLES[1 + k], "linewidth": 1.4} for k in range(OTHERS)]
        self._more = [[self.moving(ax.plot([], [], **look)[0]) for ax in (left, right)] for look in looks]
        right.set(xlabel="update t", ylabel="loss above the minimum", yscale="log", xlim=(0, self.updates))
        self._show = show if show is None else self._known(show)
        self._initial = {
            "surface": type(surface).__name__,
            "optimizer": (first, None if isinstance(optimizer, str) else optimizer),
            "schedule": (first_schedule, None if isinstance(schedule, str) else schedule),
            "lr": lr,
            "noise": noise,
            "others": others,
        }
        controls = ipywidgets.HBox(
            [
                ipywidgets.VBox([self._surface, self._optimizer, self._optimizer_fields, self._starts[0], self._starts[1]]),
                ipywidgets.VBox([self._lr, self._schedule, self._schedule_fields, self._noise, self._others]),
            ],
            layout={"flex_flow": "row wrap"},
        )
        buttons = ipywidgets.Box(
            [self._milestones, button("reset", "back to the first settings", self.reset)], layout={"flex_flow": "row wrap"}
        )
        self.children = [self.heading, controls, buttons, self.picture, self.caption]
        self._surface.observe(lambda _: self._new_surface(), "value")
        self._optimizer.observe(lambda _: self._new_optimizer(), "value")
        self._schedule.observe(lambda _: self._new_schedule(), "value")
        self.watch(self._lr, self._noise, *self._starts)
        self._others.observe(lambda _: self._new_others(), "value")
        self._of_optimizer = self._of_schedule = {}
        with self.quietly():
            self._new_optimizer(self._initial["optimizer"][1])
            self._new_schedule(self._initial["schedule"][1])
            self._new_others()
        self._new_surface()

    def names(self, **chosen):
        now = {name: self.controls[name].value for name in self.choosers} | chosen
        of_optimizer, of_schedule = OPTIMIZERS[now["optimizer"]], SCHEDULES[now["schedule"]]
        return _names(declarations(of_optimizer), [name for name in declarations(of_schedule) if name != "lr"])

    @staticmethod
    def _known(show):
        optimizers, schedules = ([name for cls in table.values() for name in declarations(cls)] for table in (OPTIMIZERS, SCHEDULES))
        known = {*_names(optimizers, schedules), *schedules}
        unknown = sorted(set(show) - known)
        if unknown:
            raise ValueError(f"DescentExplorer: show names {unknown[0]!r}, which is no control. There are: {', '.join(sorted(known))}.")
        return tuple(show)

    def _new_optimizer(self, optimizer: Optimizer | None = None):
        self._of_optimizer = field_controls(OPTIMIZERS[self._optimizer.value], optimizer)
        refill(self._optimizer_fields, self._of_optimizer.values())
        self.watch(*self._of_optimizer.values())
        self._gather()

    def _new_schedule(self, schedule: Schedule | None = None):
        self._of_schedule = field_controls(SCHEDULES[self._schedule.value], schedule, leave_out=("lr",))
        refill(self._schedule_fields, self._of_schedule.values())
        self.watch(*self._of_schedule.values())
        self._gather()

    def _new_others(self):
        for legend in list(self.figure.legends):
            legend.remove()
        names = self._others.value[:OTHERS]
        if names:
            lines = [self._path, *(path for path, _ in self._more[: len(names)])]
            self.figure.legend(
                handles=lines, labels=["the optimizer above", *names], loc="outside upper left", ncols=len(lines), frameon=False, fontsize=9
            )
        self.forget_background()
        self._moved()

    def _gather(self):
        every = [
            self._surface, self._optimizer, *self._of_optimizer.values(), self._lr,
            self._schedule, *self._of_schedule.values(), self._noise, *self._starts, self._others,
        ]  # fmt: skip
        self.controls = dict(zip(_names(self._of_optimizer, self._of_schedule), every))
        tell_apart(every)
        for name, control in self.controls.items():
            control.layout.display = None if self._show is None or name in self._show else "none"
        self._moved()

    def _new_surface(self):
        surface = self.problem
        left, right = self.axes
        for artist in [a for a in left.get_children() if a not in self._artists and (a in left.lines or a in left.collections)]:
            artist.remove()
        background(left, surface)
        with self.quietly():
            for slider, window, at in zip(self._starts, surface.window, surface.start):
                slider.restock(at, stops(*window))
            marks = [mark for mark in self.milestones.values() if 1e-4 <= mark <= 10.0]
            self._lr.restock(self._lr.value, [*stops(1e-4, 10.0, "log"), *marks])
        top = float(surface.loss(np.asarray(surface.start)) - surface.lowest)
        right.set_ylim(top * 1e-9, top * 1e3)
        # buttons that stay keep the keyboard's focus
        if self._marks != self.milestones:
            self._marks = self.milestones
            refill(
                self._milestones,
                [
                    button(word, f"set the learning rate to {short(value)}", lambda value=value: self.set(lr=value))
                    for word, value in self._marks.items()
                ],
            )
        self.forget_background()
        self._moved()

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

    def reset(self):
        (optimizer, of_optimizer), (schedule, of_schedule) = self._initial["optimizer"], self._initial["schedule"]
        with self.quietly():
            self._surface.value, self._optimizer.value, self._schedule.value = self._initial["surface"], optimizer, schedule
            self._lr.value, self._noise.value = self._initial["lr"], self._initial["noise"]
            self._others.value = self._initial["others"]
            self._new_optimizer(of_optimizer)
            self._new_schedule(of_schedule)
            self._new_surface()
        self.redraw()

    @property
    def run(self):
        """The run that the sliders describe."""
        return self._run_of(OPTIMIZERS[self._optimizer.value](**_values(self._of_optimizer)))

    @property
    def runs(self) -> dict:
        """The runs of the other optimizers that are drawn: {name: Run}."""
        return {name: self._run_of(OPTIMIZERS[name]()) for name in self._others.value[:OTHERS]}

    def _run_of(self, optimizer):
        return train(
            replace(self.problem, noise=self._noise.value),
            optimizer,
            SCHEDULES[self._schedule.value](lr=self._lr.value, **_values(self._of_schedule)),
            self.updates,
            start=[slider.value for slider in self._starts],
            evaluate_every=1,
            progress=False,
        )

    def move(self):
        try:
            run, more = self.run, self.runs
        except ValueError as reason:
            return self.refused(reason)
        surface = self.problem
        loss = self._trace(run, self._path, self._loss)
        self._begin.set_data(*run.path[:1].T)
        told_more = ""
        for lines in self._more:
            for line in lines:
                line.set_data([], [])
        for lines, (name, one) in zip(self._more, more.items()):
            last = self._trace(one, *lines)[-1]
            told_more += f" {name}: diverged at update {int(one.diverged_at)}." if one.diverged else f" {name}: {short(last)}."
        lr = self._lr.value
        told = (
            f"{said(run.optimizer)} with {said(run.schedule, leave_out=('lr',))}, learning rate {short(lr)} "
            f"({short(lr / surface.lr_limit)} times 2/L): loss {short(loss[0])} at the start"
        )
        if run.diverged:
            return told + f", diverged at update {int(run.diverged_at)}.{told_more}"
        verdict = "" if loss[-1] <= 1e-3 * loss[0] else " It did not converge."
        return told + f", {short(loss[-1])} after {self.updates} updates.{verdict}{told_more}"

    def _trace(self, run, path, line):
        """Draw a run's path and loss, and return the loss above the minimum."""
        # just above the minimum rounding can go below it
        loss = np.maximum(run.metrics["loss"] - self.problem.lowest, 0.0)
        alive = int(run.diverged_at) + 1
        path.set_data(*np.clip(run.path[:alive], -1e6, 1e6).T)
        line.set_data(run.evaluated_at[:alive], np.clip(loss[:alive], 1e-300, 1e300))
        return loss


def _with_lr():
    return [name for name, cls in SCHEDULES.items() if "lr" in declarations(cls)]


def _names(of_optimizer, of_schedule):
    """The names of all controls, in the order of the explorer; the schedule's field gives way to another of its name."""
    before = ("surface", "optimizer", *of_optimizer, "lr", "schedule")
    after = ("noise", "x", "y", "others")
    return (*before, *free_names(of_schedule, (*before, *after), "schedule", DescentExplorer), *after)


def _values(controls):
    return {name: control.value for name, control in controls.items()}
