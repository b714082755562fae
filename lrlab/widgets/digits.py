"""The digits explorer: a network that learns while you watch, its schedule beside its loss."""

from __future__ import annotations

import asyncio
import time
from typing import NamedTuple

import ipywidgets
import numpy as np

from ..optimizers import OPTIMIZERS, SGD, Optimizer
from ..parameters import Whole, declarations
from ..plots import COLORS, short
from ..problems import DigitsNetwork
from ..schedules import SCHEDULES, Schedule, StepDecay
from ..training import DIVERGED
from .chosen import Chosen
from .controls import control, said
from .explorer import Explorer, button, free_names, inside, page_loop, tell_apart

EPOCHS = Whole(low=1, high=200, slider=(1, 50), unit="epochs", text="number of passes over the 1437 training images")
# a slice of training holds the kernel up for this long (seconds), a picture is drawn after so many of them
SLICE, SLICES = 0.02, 3


class DigitsRun(NamedTuple):
    updates: int  # done so far
    lr: np.ndarray  # (updates,): rate of each update
    loss: np.ndarray  # (updates,): loss on the batch of each update
    evaluated_at: np.ndarray  # updates after which the test images were looked at: the end of each epoch
    test_error: np.ndarray  # share of wrong test images there
    train_loss: float  # loss on all training images at the last evaluation, inf if diverged
    finished: bool
    diverged: bool


def updates(problem, optimizer, schedule, steps, seed):
    """Train, one update at a time: yields (loss, weights to judge) after each; ends early if the loss leaves all bounds."""
    w = problem.initial(np.random.default_rng([seed, 0]))
    state = optimizer.init(w, problem.shapes)
    rates, bound = schedule(np.arange(steps)), None
    for batch, lr in zip(problem.batches(np.random.default_rng([seed, 1]), steps), rates):
        with np.errstate(all="ignore"):
            loss, grad = problem.loss_and_grad(w, batch)
            bound = DIVERGED * (1.0 + abs(loss)) if bound is None else bound
            if not (loss <= bound and np.isfinite(grad).all()):
                return
            w, state = optimizer.step(w, grad, state, lr, *((loss,) if optimizer.needs_loss else ()))
        yield float(loss), optimizer.evaluate(w, state)


class DigitsExplorer(Explorer):
    """A network of 32 hidden units that learns the UCI digits, with the schedule and the optimizer that the controls describe.

    `run()` trains to the end and is deterministic. The button "start" trains in the background, in slices, so that the
    page goes on answering; "stop" stops; a moved control stops too. `value` is (updates, lr, loss, evaluated_at,
    test_error, train_loss, finished, diverged) of the last training. `keep()` leaves its curve to compare with.

    >>> w = DigitsExplorer(epochs=2)
    >>> w.value.updates, w.value.finished, bool(w.value.test_error[-1] < 0.2)
    (88, True, True)
    >>> w.lr.value = 1e-4
    >>> w.value.updates, w.sentence.endswith("Press start to train.")
    (0, True)
    >>> w.run().finished
    True
    """

    title = "Digits, learning"
    look_for = (
        "Left is the rate as a share of its peak, right the loss on each batch (thin), its average (thick) and the share of wrong test images (dots). See what the loss does "
        "where the rate changes, keep a run, and try to end lower."
    )
    choosers = ("optimizer", "schedule")

    def __init__(self, schedule: str | Schedule = StepDecay(lr=0.5, every=100, factor=0.3), optimizer: str | Optimizer = SGD(), epochs=5, seed=0, trained=True):
        super().__init__(8.2, 3.5, columns=2)
        self._first = {"epochs": EPOCHS.check("DigitsExplorer", "epochs", epochs, 5), "seed": int(seed)}
        self._problem = DigitsNetwork()
        self._task, self._training = None, None
        self._made = False
        self._epochs = control(EPOCHS, "epochs", self._first["epochs"])
        self._seed = control(Whole(low=0, slider=(0, 20), text="seed of the start and of the order of the images"), "seed", int(seed))
        try:
            self._schedule = Chosen("schedule", SCHEDULES, schedule, self._refilled)
            self._optimizer = Chosen("optimizer", OPTIMIZERS, optimizer, self._refilled)
        except ValueError as reason:
            raise ValueError(f"DigitsExplorer: {reason}") from None
        self._build()
        left, right = (
            ipywidgets.VBox([self._schedule.chooser, self._schedule.box, self._epochs]),
            ipywidgets.VBox([self._optimizer.chooser, self._optimizer.box, self._seed]),
        )
        self._start = button("start", "train in the background with these settings", self.start)
        self._stop = button("stop", "stop training", self.stop)
        buttons = [
            self._start,
            self._stop,
            button("keep this run", "leave the average loss of this run to compare with", self.keep),
            button("reset", "back to the first settings", self.reset),
        ]
        row = {"flex_flow": "row wrap"}
        self.children = [
            self.heading, ipywidgets.Box([left, right], layout=row), ipywidgets.Box(buttons, layout=row), self.picture, self.caption,
        ]  # fmt: skip
        self._made = True
        self._refilled()
        self.watch(self._epochs, self._seed)
        if trained:
            self.run()

    def _build(self):
        left, right = self.axes
        left.set(xlabel="update t", ylabel="learning rate over its peak", ylim=(0, 1.05))
        right.set(xlabel="update t", ylabel="loss", yscale="log", ylim=(1e-3, 1e1))
        self._plan = self.line(left, color=COLORS[0], linewidth=1.8, drawstyle="steps-post")
        self._dot = self.line(left, color="#000000", marker="o", linestyle="none", clip_on=False)
        self._batches = self.line(right, color="#9ecae1", linewidth=0.6)
        self._kept = self.line(right, color=COLORS[1], linewidth=1.8, linestyle="--", label="kept run")
        self._average = self.line(right, color=COLORS[0], linewidth=1.8, label="average loss")
        self._errors = self.line(right, color="#000000", marker="o", markersize=4, linestyle="none", clip_on=False, label="test error (share)")
        self.figure.legend(
            handles=[self._average, self._errors, self._kept], loc="outside upper left", ncols=3, frameon=False, fontsize=9
        )
        self._end = 0

    def line(self, ax, **style):
        return self.moving(ax.plot([], [], **style)[0])

    def _refilled(self, chosen=None):
        if not self._made:
            return
        names = self.names()
        fields = [*self._schedule.fields.values(), *self._optimizer.fields.values()]
        self.controls = dict(
            zip(names, [self._schedule.chooser, self._optimizer.chooser, self._epochs, self._seed, *fields])
        )
        tell_apart(self.controls.values())
        self.watch(*fields)
        self._moved()

    def names(self, **chosen):
        now = {"schedule": self._schedule.chooser.value, "optimizer": self._optimizer.chooser.value} | chosen
        ours = ["schedule", "optimizer", "epochs", "seed"]
        of_schedule = list(declarations(SCHEDULES[now["schedule"]]))
        of_schedule = free_names(of_schedule, ours, "schedule", type(self))
        of_optimizer = free_names(declarations(OPTIMIZERS[now["optimizer"]]), [*ours, *of_schedule], "optimizer", type(self))
        return (*ours, *of_schedule, *of_optimizer)

    @property
    def planned(self) -> int:
        return self._epochs.value * self._problem.updates_per_epoch

    @property
    def training(self) -> bool:
        """Whether a training goes on in the background."""
        return self._task is not None

    def _moved(self, change=None):
        if change is not None or self._training is not None:
            self._forget()
        super()._moved(change)

    def _forget(self):
        if self._task is not None:
            self._task.cancel()
        self._task = self._training = None
        self._losses, self._judged = [], []
        self._ended = False

    _losses, _judged, _ended = [], [], False

    def _begin(self):
        self._forget()
        EPOCHS.check("DigitsExplorer", "epochs", self._epochs.value, 5)
        steps = self.planned
        self._training = updates(self._problem, self._optimizer.make(), self._schedule.make(), steps, self._seed.value)
        self._losses, self._judged = [], []

    def _advance(self, seconds=None) -> bool:
        """Train for so long, or to the end; whether there is more to do."""
        until, epoch = None if seconds is None else time.perf_counter() + seconds, self._problem.updates_per_epoch
        for loss, w in self._training:
            self._losses.append(loss)
            if len(self._losses) % epoch == 0:
                values = self._problem.evaluate(w)
                self._judged.append((len(self._losses), float(values["test_error"]), float(values["train_loss"])))
            if until is not None and time.perf_counter() > until:
                return True
        self._ended = True
        return False

    def run(self) -> DigitsRun:
        """Train to the end with these settings, now."""
        try:
            self._begin()
            self._advance()
        except ValueError:
            self._forget()
        self.redraw()
        return self.value

    def start(self):
        """Train in the background if a page is there to watch, else to the end now."""
        loop = page_loop()
        if loop is None:
            self.run()
            return
        try:
            self._begin()
        except ValueError:
            self._forget()
            self.redraw()
            return
        self._task = loop.create_task(self._train())

    async def _train(self):
        training, slices = self._training, 0
        more = True
        while more and self._training is training:
            more = self._advance(SLICE)
            slices += 1
            if slices % SLICES == 0 or not more:
                self.redraw()
            # the kernel reads what the page has sent
            await asyncio.sleep(0.005)
        if self._training is training:
            self._task = None
            self.redraw()

    def stop(self):
        """Stop the training in the background; what has been done stays."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self._training = None
            self.redraw()

    def close(self):
        self._forget()
        super().close()

    def keep(self):
        self._kept.set_data(*self._average.get_data())
        self.redraw()

    def reset(self):
        with self.quietly():
            self._kept.set_data([], [])
            self._epochs.value, self._seed.value = self._first["epochs"], self._first["seed"]
            self._schedule.reset()
            self._optimizer.reset()
        self.run()

    def set(self, **values):
        with self.quietly():
            self._forget()
        super().set(**values)

    @property
    def value(self) -> DigitsRun:
        done = len(self._losses)
        at = np.array([t for t, _, _ in self._judged], dtype=int)
        diverged = self._ended and done < self.planned
        rates = self._schedule.make()(np.arange(done)) if done else np.zeros(0)
        last = self._judged[-1][2] if self._judged else np.inf
        return DigitsRun(
            done, rates, np.array(self._losses), at, np.array([error for _, error, _ in self._judged]),
            np.inf if diverged else last, self._ended and not diverged, diverged,
        )  # fmt: skip

    def move(self):
        EPOCHS.check("DigitsExplorer", "epochs", self._epochs.value, 5)
        schedule, optimizer, steps = self._schedule.make(), self._optimizer.make(), self.planned
        left, right = self.axes
        lr = schedule(np.arange(steps))
        if self._end != steps:
            self._end = steps
            for ax in self.axes:
                ax.set_xlim(0, steps)
            self.forget_background()
        shown = lr / max(lr.max(), 1e-300)
        value = self.value
        done = value.updates
        self._plan.set_data(np.arange(steps + 1), np.append(shown, shown[-1]))
        self._dot.set_data([done] if 0 < done < steps else [], [shown[done]] if 0 < done < steps else [])
        t = np.arange(done)
        self._batches.set_data(t, inside(right, value.loss))
        self._average.set_data(t, inside(right, smooth(value.loss)))
        self._errors.set_data(value.evaluated_at, np.clip(value.test_error, 1.1e-3, 1e1))
        told = f"{said(schedule)}, {said(optimizer)}, {self._epochs.value} epochs, seed {self._seed.value}"
        if not done and not value.diverged:
            return told + f": {steps} updates planned, none done. Press start to train."
        if value.diverged:
            return told + f": diverged after {'fewer than ' + str(_above(done)) if done else 'no'} updates."
        average = smooth(value.loss)[-1]
        trained = told + f": {done} of {steps} updates done, the average loss is below {_round_up(average)}"
        if len(at := value.evaluated_at) and at[-1]:
            return trained + f", fewer than {_round_up(100 * value.test_error[-1])} % of the test images are wrong."
        return trained + "."


def smooth(loss, share=0.95):
    """The moving average of the losses, corrected for its start at 0."""
    out, average = np.empty(len(loss)), 0.0
    for t, one in enumerate(loss):
        average = share * average + (1 - share) * one
        out[t] = average / (1 - share ** (t + 1))
    return out


def _round_up(value):
    """The next of 1, 2, 5, 10 above a value with 3 % to spare: what two machines agree on."""
    value = max(float(value) * 1.03, 1e-4)
    power = 10.0 ** np.floor(np.log10(value))
    return short(next(step * power for step in (1, 2, 5, 10) if value < step * power))


def _above(count):
    return 10 * (count // 10 + 2)
