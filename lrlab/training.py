"""The loop: one run, or many replicas at once."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import NamedTuple

import numpy as np

from .parameters import Number, Whole, declarations
from .schedules import Constant, Schedule

# A run has diverged when its loss is no longer finite or is this many times its starting loss (plus one).
DIVERGED = 1e6

STEPS = Whole(low=1, unit="updates", text="number of updates")
EVERY = Whole(low=1, unit="updates", text="number of updates from one to the next")
# Updates whose arrays have no more numbers than this, all together, are looked at in one go.
TOGETHER = 2**16

__all__ = ["train", "Run"]


@dataclass(frozen=True)
class Run:
    """What a training run leaves behind. `...` stands for the replicas: none, schedules, seeds, or schedules x seeds.

    lr, loss, grad_norm, update_norm   (..., steps): rate used, loss on the batch, lengths of gradient and update of each update
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
    problem,
    optimizer,
    schedule,
    steps: int,
    seed=0,
    *,
    hyper: dict | None = None,
    observe: str | None = None,
    observe_every: int = 1,
    start=None,
    evaluate_every: int | None = None,
    progress=None,
) -> Run:
    """Minimise `problem` for `steps` updates and return the `Run`.

    `schedule` is a schedule, a number (a fixed rate) or a list of them; `seed` is a whole number or a list. Lists make
    replicas: the result has shape (schedules, seeds), each axis only if a list was given. Replicas of the same seed
    start at the same weights and see the same batches, so their differences are paired.

    `hyper` lets schedules drive fields of the optimizer: hyper={"momentum": Linear(start=0.5, end=0.9, steps=100)} sets
    the momentum of update t to the schedule's value at t, the same for all replicas. Any function of t will do.

    A feedback schedule (one with `start()` and `observe(state, loss)`) watches each replica for itself, before the updates
    0, observe_every, 2 observe_every, ... It is told the mean loss on the batches seen since it last looked, that of
    this update included (so at t = 0 the first loss), or, with `observe`, the metric of that name at the weights of that
    moment. The rate it answers with is used until it looks again.

    `start` replaces the problem's own start; it has shape (n,) or the shape of the replicas and n. The metrics are
    evaluated before the first and after the last update, and also every `evaluate_every` updates. `progress` shows a
    bar; by default it appears after a second.

    A run whose loss leaves all bounds is stopped and flagged in `diverged`; nothing is raised or printed.

    >>> from lrlab import SGD, Constant, Linear, Quadratic
    >>> run = train(Quadratic(dim=1, largest=1.0), SGD(), Constant(lr=0.5), steps=3)
    >>> run.loss, run.path.ravel()
    (array([0.5    , 0.125  , 0.03125]), array([1.   , 0.5  , 0.25 , 0.125]))
    >>> bool(train(Quadratic(dim=1, largest=1.0), SGD(), 9.0, steps=100).diverged)
    True
    >>> rising = Linear(start=0.0, end=0.5, steps=2)
    >>> train(Quadratic(dim=1, largest=1.0), SGD(), 0.5, steps=3, hyper={"momentum": rising}).path.ravel()
    array([ 1.   ,  0.5  ,  0.125, -0.125])
    """
    steps = STEPS.check("train", "steps", steps, 100)
    many_schedules, many_seeds = isinstance(schedule, (list, tuple)), not np.isscalar(seed)
    seeds = [int(one) for one in seed] if many_seeds else [int(seed)]
    schedules = [as_schedule(one) for one in schedule] if many_schedules else [as_schedule(schedule)]
    if not seeds or not schedules:
        raise ValueError("train: the list of schedules or of seeds is empty. Give at least one of each.")
    lead = (len(schedules),) * many_schedules + (len(seeds),) * many_seeds

    def over_replicas(each):
        # one entry for each schedule, as the replicas are laid out
        each = each[:, None] if many_schedules and many_seeds else each if many_schedules else each[0]
        return np.broadcast_to(each, (*lead, *each.shape[len(lead) :]))

    owner = over_replicas(np.arange(len(schedules))).ravel()
    rates = Rates([schedules[k] for k in owner], lead, steps, observe, observe_every)

    # one stream for the start and one for the batches, so that neither shifts the other
    initial = [problem.initial(np.random.default_rng([one, 0])) for one in seeds]
    drawn = [problem.batches(np.random.default_rng([one, 1]), steps) for one in seeds]
    batches = side_by_side(drawn) if many_seeds else drawn[0]
    w = np.stack(initial) if many_seeds else initial[0]
    if start is not None:
        w = _as_start(start, initial[0].size, lead)
    w = np.broadcast_to(w, (*lead, w.shape[-1])).copy()

    # written update by update, the replicas side by side
    lr, loss, grad_norm, update_norm = (np.zeros((steps, *lead)) for _ in range(4))
    path = np.zeros((steps + 1, *w.shape)) if w.shape[-1] <= 3 else None

    def record(done):
        span = slice(done.t, done.t + len(done.loss))
        before, after = done.w
        lr[span], loss[span] = done.lr, done.loss
        grad_norm[span], update_norm[span] = _length(done.grad), _length(after - before)
        if path is not None:
            path[done.t + 1 :], path[span] = after[-1], before

    ended = descend(
        problem, driven(optimizer, hyper, steps), rates, w, _bar(batches, steps, progress), steps, record, evaluate_every
    )
    if ended.stopped < steps:
        lr[ended.stopped :] = rates.without_feedback(ended.stopped, steps)
    gone = np.arange(steps).reshape(-1, *[1] * len(lead)) >= ended.diverged_at
    loss[gone], grad_norm[gone], update_norm[gone] = np.inf, 0.0, 0.0
    lr, loss, grad_norm, update_norm = (np.ascontiguousarray(np.moveaxis(x, 0, -1)) for x in (lr, loss, grad_norm, update_norm))
    if path is not None:
        path = np.ascontiguousarray(np.moveaxis(path, 0, -2))

    return Run(
        problem=problem,
        optimizer=optimizer,
        schedule=schedules if many_schedules else schedules[0],
        seed=seeds if many_seeds else seeds[0],
        lr=lr,
        loss=loss,
        grad_norm=grad_norm,
        update_norm=update_norm,
        diverged=ended.diverged,
        diverged_at=ended.diverged_at,
        w=ended.w,
        path=path,
        evaluated_at=ended.evaluated_at,
        metrics=ended.metrics,
    )


class Stretch(NamedTuple):
    """A few updates that were done: those from t on."""

    t: int
    lr: np.ndarray  # (updates, ...)
    loss: np.ndarray  # (updates, ...), before each update; meaningless where a replica has diverged
    w: tuple  # the weights before and those after each update, (updates, ..., n) each
    grad: np.ndarray  # (updates, ..., n)


class Ended(NamedTuple):
    """What `descend` leaves behind; the names are those of `Run`."""

    w: np.ndarray
    diverged: np.ndarray
    diverged_at: np.ndarray
    evaluated_at: np.ndarray
    metrics: dict
    stopped: int  # updates done before nothing was left to do


def descend(problem, optimizers, rates, w, batches, steps, record, evaluate_every=None) -> Ended:
    """The loop itself: `steps` updates of the weights w (..., n), with `record(stretch)` called after every few of them.

    `optimizers(t)` is the optimizer of update t. As long as all is well a stretch of updates is done first and looked at
    afterwards. If a replica has diverged in it, the stretch is done again, one update at a time, with the diverged
    replicas held still: the numbers are the same either way.
    """
    lead = w.shape[:-1]
    if evaluate_every is not None:
        evaluate_every = EVERY.check("train", "evaluate_every", evaluate_every, 100)
    times = sorted({0, steps, *range(0, steps, evaluate_every or steps)})
    longest = max(1, min(256, TOGETHER // max(w.size, 1)))
    batches = iter(batches)
    state = optimizers(0).init(w, getattr(problem, "shapes", None))
    alive, bound, diverged_at = np.ones(lead, dtype=bool), None, np.full(lead, steps)
    evaluations, t, batch = [], 0, None

    with np.errstate(all="ignore"):
        while t < steps and alive.any():
            due = times[len(evaluations)]
            end = min(t + longest, times[len(evaluations) + 1] if due == t else due)
            if len(some := list(islice(batches, end - t))) < end - t:
                raise ValueError(f"train: the problem has batches for {t + len(some)} updates, not for {steps}.")
            done = None
            if alive.all() and not rates.watches:
                done = _freely(problem, optimizers, rates, w, state, some, t, bound)
            if done is None:
                done = _guarded(problem, optimizers, rates, w, state, some, t, bound, alive)
            stretch, after, bound, dead = done
            diverged_at[alive & (dead < end)] = dead[alive & (dead < end)]
            if due == t:
                judged = optimizers(t).evaluate(w, state)
                # replicas that start at the same weights are judged once
                one = t == 0 and judged.ndim == 2 and np.array_equal(judged, np.broadcast_to(judged[0], judged.shape))
                evaluations.append(_evaluate(problem, judged[:1] if one else judged, diverged_at > t))
            record(stretch)
            w, state, t, batch, alive = stretch.w[1][-1], after, end, some[-1], diverged_at == steps
        last = optimizers(max(t - 1, 0)).evaluate(w, state)
        if alive.any():
            alive = alive & (problem.loss_and_grad(last, batch)[0] <= bound)
            evaluations.append(_evaluate(problem, last, alive))
        lost = {name: np.full(lead, np.inf) for name in evaluations[0]}
        evaluations += [lost] * (len(times) - len(evaluations))
    metrics = {name: np.stack([one[name] for one in evaluations], axis=-1) for name in evaluations[0]}
    return Ended(last, ~alive, diverged_at, np.array(times), metrics, t)


def _freely(problem, optimizers, rates, w, state, batches, t, bound):
    """The updates from t on, looked at when they are done; None if one of them should not have been done so."""
    lr = rates(t, t + len(batches))
    losses, weights, grads, dtype = [], [w], [], w.dtype
    try:
        for k, (batch, rate) in enumerate(zip(batches, lr), t):
            optimizer = optimizers(k)
            value, grad = problem.loss_and_grad(w, batch)
            if grad.dtype != dtype:
                grad = grad.astype(dtype)
            if optimizer.needs_loss:
                w, state = optimizer.step(w, grad, state, rate, value)
            else:
                w, state = optimizer.step(w, grad, state, rate)
            losses.append(value)
            grads.append(grad)
            weights.append(w)
    except Exception:
        # weights that are no numbers may break anything; a real error comes again under guard
        return None
    losses, grads = np.array(losses, dtype=np.float64), _stacked(grads)
    bound = DIVERGED * (1.0 + np.abs(losses[0])) if bound is None else bound
    if not (np.all(losses <= bound) and np.all(np.isfinite(np.vecdot(grads, grads)))):
        return None
    return Stretch(t, lr, losses, _before_after(weights), grads), state, bound, np.full(w.shape[:-1], t + len(batches))


def _guarded(problem, optimizers, rates, w, state, batches, t, bound, alive):
    """The same, with each update looked at before it is done and the diverged replicas held still."""
    lead = w.shape[:-1]
    dead = np.where(alive, t + len(batches), t)
    lrs, losses, weights, grads = [], [], [w], []
    for k, batch in enumerate(batches, t):
        optimizer = optimizers(k)
        value, grad = problem.loss_and_grad(w, batch)
        value = np.broadcast_to(np.asarray(value, dtype=np.float64), lead)
        bound = DIVERGED * (1.0 + np.abs(value)) if bound is None else bound
        now = alive & (value <= bound) & np.isfinite(np.vecdot(grad, grad))
        dead[alive & ~now] = k
        alive = now
        if rates.watches:
            rates.look(k, value, alive, problem, lambda: optimizer.evaluate(w, state))
        rate = rates(k, k + 1)[0]
        # a gradient that is no number would stop the optimizers that decompose matrices
        grad = np.where(alive[..., None], grad, 0.0).astype(w.dtype, copy=False)
        loss = (np.where(alive, value, 0.0),) if optimizer.needs_loss else ()
        moved, state = optimizer.step(w, grad, state, rate, *loss)
        w = np.where(alive[..., None], moved, w)
        lrs.append(np.broadcast_to(rate, lead))
        losses.append(value)
        grads.append(grad)
        weights.append(w)
    return Stretch(t, np.array(lrs), np.array(losses), _before_after(weights), _stacked(grads)), state, bound, dead


def _stacked(arrays):
    """Arrays of one shape side by side; one alone is not copied."""
    return arrays[0][None] if len(arrays) == 1 else np.array(arrays)


def _before_after(weights):
    if len(weights) == 2:
        return weights[0][None], weights[1][None]
    together = np.array(weights)
    return together[:-1], together[1:]


def _length(vectors):
    return np.sqrt(np.square(vectors).sum(-1))


class Rates:
    """The learning rates of replicas of shape `lead`: schedules[k] belongs to the k-th of them, counted in C order."""

    def __init__(self, schedules, lead, steps, observe=None, observe_every=1):
        self.lead, self.steps = lead, steps
        self.observe, self.every = observe, EVERY.check("train", "observe_every", observe_every, 10)
        self.owners = {}
        for replica, one in enumerate(schedules):
            self.owners.setdefault(id(one), (one, []))[1].append(replica)
        self.owners = list(self.owners.values())
        self.watches = {k: one for one, mine in self.owners if is_feedback(one) for k in mine}
        self.states = {k: one.start() for k, one in self.watches.items()}
        self.answer = dict.fromkeys(self.watches, 0.0)
        self.seen, self.count = np.zeros(lead), 0
        self.begin, self.table = 0, np.zeros((0, *lead))

    def __call__(self, t, end):
        """The rates of the updates t to end - 1: (end - t, *lead)."""
        if not self.begin <= t <= end <= self.begin + len(self.table):
            # in pieces: all rates of a long run of many replicas would fill the memory
            longer = max(end, min(self.steps, t + 256))
            self.begin, times = t, np.arange(t, longer)
            table = np.zeros((longer - t, int(np.prod(self.lead))))
            for one, mine in self.owners:
                if mine[0] not in self.watches:
                    table[:, mine] = one(times)[:, None]
            self.table = table.reshape(-1, *self.lead)
        found = self.table[t - self.begin : end - self.begin]
        if self.watches:
            found = found.copy()
            flat = found.reshape(len(found), -1)
            for replica, lr in self.answer.items():
                flat[:, replica] = lr
        return found

    def without_feedback(self, t, end):
        """The same for updates that nothing is trained in: feedback schedules stay at their last rate."""
        return np.concatenate([self(k, min(k + 256, end)) for k in range(t, end, 256)])

    def look(self, t, loss, alive, problem, judged):
        """Tell the feedback schedules what came before update t."""
        self.seen, self.count = self.seen + loss, self.count + 1
        if t % self.every:
            return
        told = self.seen / self.count
        if self.observe is not None:
            values = problem.evaluate(judged())
            if self.observe not in values:
                raise ValueError(f"train: there is no metric {self.observe!r} to observe. There are: {', '.join(values)}.")
            told = np.broadcast_to(values[self.observe], self.lead)
        told, living = np.ravel(told), np.ravel(alive)
        for k, one in self.watches.items():
            if living[k]:
                self.answer[k], self.states[k] = one.observe(self.states[k], float(told[k]))
        self.seen, self.count = np.zeros(self.lead), 0


def is_feedback(schedule) -> bool:
    """Whether the schedule answers to the loss instead of being a function of t."""
    return callable(getattr(schedule, "observe", None)) and callable(getattr(schedule, "start", None))


def driven(optimizer, hyper, steps):
    """The function t -> optimizer: the optimizer itself, or with the fields that `hyper` has schedules for."""
    if not hyper:
        return lambda t: optimizer
    numeric = [name for name, (parameter, _) in declarations(optimizer).items() if isinstance(parameter, Number)]
    unknown = [name for name in hyper if name not in numeric]
    if unknown:
        has = f"has {', '.join(numeric)}" if numeric else "has none"
        raise ValueError(
            f"train: hyper names {', '.join(map(repr, unknown))}, but {type(optimizer).__name__} has no number of that "
            f"name. It {has}."
        )
    for name, one in hyper.items():
        if not callable(one):
            raise ValueError(f"train: hyper[{name!r}] must be a schedule or another function of t, got {one!r}.")
    times = np.arange(steps)
    values = zip(*(np.asarray(one(times), dtype=np.float64).tolist() for one in hyper.values()))
    each, before = [], None
    for now in values:
        if now != before:
            optimizer = replace(optimizer, **dict(zip(hyper, now)))
        each.append(optimizer)
        before = now
    return each.__getitem__


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


def as_schedule(value):
    """Anything that can be called with t or told the loss; a number becomes the fixed schedule, rate 0 included."""
    if isinstance(value, Schedule) or is_feedback(value) or callable(value):
        return value
    return Constant(lr=value)


def side_by_side(drawn):
    """The batches of all seeds side by side: one row per seed."""
    if all(isinstance(one, np.ndarray) for one in drawn):
        return np.stack(drawn, axis=1)
    return (None if row[0] is None else np.stack(row) for row in zip(*drawn))


def _bar(batches, steps, progress):
    if progress is False or (progress is None and os.environ.get("LRLAB_QUIET")):
        return batches
    from tqdm.auto import tqdm

    return _counted(batches, tqdm(total=steps, desc="training", unit="update", leave=False, delay=1.0))


def _counted(batches, bar):
    try:
        for batch in batches:
            bar.update()
            yield batch
    finally:
        # in a notebook a bar that is closed before its end stays, in red; a run takes what it needs and no more
        bar.total = bar.n
        bar.close()
