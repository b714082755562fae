"""The loop: one run, or many replicas at once."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import numpy as np

from .parameters import Whole
from .schedules import Constant, Schedule

# A run has diverged when its loss is no longer finite or is this many times its starting loss (plus one).
DIVERGED = 1e6

STEPS = Whole(low=1, unit="updates", text="number of updates")

__all__ = ["train", "Run"]


@dataclass(frozen=True)
class Run:
    """What a training run leaves behind. `...` stands for the replicas: none, schedules, seeds, or schedules x seeds.

    lr, loss, grad_norm, update_norm   (..., steps): rate, loss on the batch, lengths of gradient and update of each update
    metrics                            {name: (..., evaluations)} at the update counts `evaluated_at`
    diverged, diverged_at              (...): whether, and at which update (steps if never, or by the last one). From there
                                       on the replica stands still, its loss and metrics are inf, its other lengths 0
    w                                  (..., n): the weights to judge, after the last update
    path                               (..., steps + 1, n): all weights, for problems of at most 3 weights, else None
    """

    problem: object
    optimizer: object
    schedule: object
    seed: object
    lr: np.ndarray
    loss: np.ndarray
    grad_norm: np.ndarray
    update_norm: np.ndarray
    diverged: np.ndarray
    diverged_at: np.ndarray
    w: np.ndarray
    path: np.ndarray | None = field(repr=False)
    evaluated_at: np.ndarray = field(repr=False)
    metrics: dict = field(repr=False)

    @property
    def steps(self) -> int:
        return self.loss.shape[-1]

    def final(self, name: str) -> np.ndarray:
        """The last value of a metric, inf where the run diverged."""
        if name not in self.metrics:
            raise ValueError(f"Run: there is no metric {name!r}. There are: {', '.join(self.metrics)}.")
        return np.where(self.diverged, np.inf, self.metrics[name][..., -1])

    def __repr__(self):
        replicas = "x".join(map(str, self.loss.shape[:-1])) or "one"
        ends = ", ".join(f"{name} {np.mean(self.final(name)):.4g}" for name in self.metrics) if replicas == "one" else ""
        lost = f", {int(np.sum(self.diverged))} diverged" if np.any(self.diverged) else ""
        return f"Run({type(self.problem).__name__}, {replicas} replica(s), {self.steps} updates{lost}{ends and ': ' + ends})"


def train(
    problem, optimizer, schedule, steps: int, seed=0, *, start=None, evaluate_every: int | None = None, progress=None
) -> Run:
    """Minimise `problem` for `steps` updates and return the `Run`.

    `schedule` is a schedule, a number (a fixed rate) or a list of them; `seed` is a whole number or a list. Lists make
    replicas: the result has shape (schedules, seeds), each axis only if a list was given. Replicas of the same seed
    start at the same weights and see the same batches, so their differences are paired.

    `start` replaces the problem's own start; it has shape (n,) or the shape of the replicas and n. The metrics are
    evaluated before the first and after the last update, and also every `evaluate_every` updates. `progress` shows a
    bar; by default it appears after a second.

    A run whose loss leaves all bounds is stopped and flagged in `diverged`; nothing is raised or printed.

    >>> from lrlab import SGD, Constant, Quadratic
    >>> run = train(Quadratic(dim=1, largest=1.0), SGD(), Constant(lr=0.5), steps=3)
    >>> run.loss, run.path.ravel()
    (array([0.5    , 0.125  , 0.03125]), array([1.   , 0.5  , 0.25 , 0.125]))
    >>> bool(train(Quadratic(dim=1, largest=1.0), SGD(), 9.0, steps=100).diverged)
    True
    """
    steps = STEPS.check("train", "steps", steps, 100)
    many_schedules, many_seeds = isinstance(schedule, (list, tuple)), not np.isscalar(seed)
    seeds = [int(one) for one in seed] if many_seeds else [int(seed)]
    schedules = [_as_schedule(one) for one in schedule] if many_schedules else [_as_schedule(schedule)]
    if not seeds or not schedules:
        raise ValueError("train: the list of schedules or of seeds is empty. Give at least one of each.")
    lead = (len(schedules),) * many_schedules + (len(seeds),) * many_seeds

    rates = np.stack([one(np.arange(steps)) for one in schedules])
    rates = rates[:, None] if many_schedules and many_seeds else rates if many_schedules else rates[0]
    lr = np.broadcast_to(rates, (*lead, steps))

    # one stream for the start and one for the batches, so that neither shifts the other
    initial = [problem.initial(np.random.default_rng([one, 0])) for one in seeds]
    drawn = [problem.batches(np.random.default_rng([one, 1]), steps) for one in seeds]
    batches = _together(drawn) if many_seeds else drawn[0]
    w = np.stack(initial) if many_seeds else initial[0]
    if start is not None:
        w = _as_start(start, initial[0].size, lead)
    w = np.broadcast_to(w, (*lead, w.shape[-1])).copy()

    loss, grad_norm, update_norm = (np.zeros((*lead, steps)) for _ in range(3))
    diverged_at = np.full(lead, steps)
    path = np.zeros((*lead, steps + 1, w.shape[-1])) if w.shape[-1] <= 3 else None
    times = sorted({0, steps, *range(0, steps, evaluate_every or steps)})
    evaluations = []
    state = optimizer.init(w, getattr(problem, "shapes", None))
    alive = np.ones(lead, dtype=bool)

    with np.errstate(all="ignore"):
        for t, batch in enumerate(_bar(batches, steps, progress)):
            if path is not None:
                path[..., t, :] = w
            value, grad = problem.loss_and_grad(w, batch)
            length = np.sqrt(np.square(grad).sum(-1))
            if t == 0:
                bound = DIVERGED * (1.0 + np.abs(value))
            now = alive & (value <= bound) & np.isfinite(length)
            diverged_at[alive & ~now] = t
            alive = now
            if t == times[len(evaluations)]:
                evaluations.append(_evaluate(problem, optimizer.evaluate(w, state), alive))
            # a gradient that is no number would stop the optimizers that decompose matrices
            grad = np.where(alive[..., None], grad, 0.0)
            moved, state = optimizer.step(w, grad, state, lr[..., t])
            moved = np.where(alive[..., None], moved, w)
            loss[..., t] = np.where(alive, value, np.inf)
            grad_norm[..., t] = np.where(alive, length, 0.0)
            update_norm[..., t] = np.where(alive, np.sqrt(np.square(moved - w).sum(-1)), 0.0)
            w = moved
        if path is not None:
            path[..., steps, :] = w
        last = optimizer.evaluate(w, state)
        alive = alive & (problem.loss_and_grad(last, batch)[0] <= bound)
        evaluations.append(_evaluate(problem, last, alive))

    return Run(
        problem=problem,
        optimizer=optimizer,
        schedule=schedules if many_schedules else schedules[0],
        seed=seeds if many_seeds else seeds[0],
        lr=lr,
        loss=loss,
        grad_norm=grad_norm,
        update_norm=update_norm,
        diverged=~alive,
        diverged_at=diverged_at,
        w=last,
        path=path,
        evaluated_at=np.array(times),
        metrics={name: np.stack([one[name] for one in evaluations], axis=-1) for name in evaluations[0]},
    )


def _as_start(start, size, lead):
    w = np.asarray(start, dtype=np.float64)
    if w.shape[-1:] != (size,):
        raise ValueError(
            f"train: start must have {size} weights on its last axis, got shape {w.shape}. "
            "Give one number for each weight of the problem."
        )
    try:
        fits = np.broadcast_shapes(w.shape[:-1], lead) == lead
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            f"train: start must have shape ({size},) or {(*lead, size)}, got {w.shape}. "
            "Give one start for all, or one for each replica."
        )
    return w


def _evaluate(problem, w, alive):
    return {name: np.where(alive, value, np.inf) for name, value in problem.evaluate(w).items()}


def _as_schedule(value):
    """Anything that can be called with t; a number becomes the fixed schedule, rate 0 included."""
    if isinstance(value, Schedule) or callable(value):
        return value
    return Constant(lr=value)


def _together(drawn):
    """The batches of all seeds side by side: one row per seed."""
    if all(isinstance(one, np.ndarray) for one in drawn):
        return np.stack(drawn, axis=1)
    return (None if row[0] is None else np.stack(row) for row in zip(*drawn))


def _bar(batches, steps, progress):
    if progress is False or (progress is None and os.environ.get("LRLAB_QUIET")):
        return batches
    from tqdm.auto import tqdm

    return tqdm(batches, total=steps, desc="training", unit="update", leave=False, delay=1.0)
