"""Many runs at once: every optimizer with every schedule, learning rate and seed."""

from __future__ import annotations

import dataclasses
import math
import numbers
import os
import re
import time
import warnings
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from .optimizers.base import Optimizer
from .parameters import Number, Whole
from .schedules import Constant, Schedule
from .store import Store
from .sweep_result import Best, Sweep
from .training import EVERY, STEPS, Rates, descend, driven, is_feedback, side_by_side

__all__ = ["sweep", "Sweep", "Best"]

# The weights of a chunk take at most this many bytes, and a chunk has at most this many replicas.
CHUNK_BYTES, CHUNK_REPLICAS = 2**20, 1024
# Problems of at most so many weights train replicas of different seeds side by side: there the time goes into numpy's calls.
# With more, each seed would drag its own batch through the cache.
FEW_WEIGHTS = 64
# So many times in a row workers may die before the sweep gives up.
PATIENCE = 3
# A sweep that should take less than this is done here: starting processes takes about as long. In an update a chunk takes
# about so long for numpy's calls, and so long for each weight.
QUICK, CALLS, EACH = 1.0, 1e-4, 2e-8

RATE = Number(low=0.0, text="learning rate")
SEED = Whole(low=0, text="seed")
POINTS = Whole(low=1, text="number of points that a loss curve keeps")
CHUNK = Whole(low=1, text="number of replicas trained side by side")


@dataclass(frozen=True)
class Plan:
    """What is asked of every replica; a replica is a number, counted in C order over the dims."""

    problem: object
    optimizers: tuple
    schedules: tuple
    lrs: tuple
    seeds: tuple
    steps: int
    evaluate_every: int | None
    hyper: dict | None
    observe: str | None
    observe_every: int
    dtype: str
    points: int

    @property
    def shape(self):
        return len(self.optimizers), len(self.schedules), len(self.lrs), len(self.seeds)

    @property
    def buckets(self):
        """The updates of each point of a curve: from buckets[k] to buckets[k + 1] - 1."""
        return np.unique(np.linspace(0, self.steps, min(self.points, self.steps) + 1).astype(int))


def train_chunk(plan: Plan, replicas) -> dict:
    """Train these replicas, all of one optimizer, side by side. The result: {name: array with a row for each replica}."""
    with one_blas_thread():
        return _train_chunk(plan, replicas)


def one_blas_thread():
    """Where threadpoolctl is installed, one BLAS thread: for small products more are slower, and may round otherwise."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return nullcontext()
    return threadpool_limits(1, user_api="blas")


def _train_chunk(plan, replicas):
    o, s, l, r = np.unravel_index(replicas, plan.shape)
    problem, seeds = plan.problem, [plan.seeds[k] for k in sorted(set(r.tolist()))]
    shapes = {pair: at_rate(plan.schedules[pair[0]], plan.lrs[pair[1]]) for pair in set(zip(s.tolist(), l.tolist()))}
    rates = Rates(
        [shapes[pair] for pair in zip(s.tolist(), l.tolist())], (len(replicas),), plan.steps, plan.observe, plan.observe_every
    )
    which = np.searchsorted(np.unique(r), r)
    w = np.stack([problem.initial(np.random.default_rng([one, 0])) for one in seeds])[which].astype(plan.dtype)
    drawn = [problem.batches(np.random.default_rng([one, 1]), plan.steps) for one in seeds]
    if w.shape[-1] <= FEW_WEIGHTS:
        # always a batch for each replica: what a replica computes must not depend on its neighbours
        batches = (None if batch is None else batch[which] for batch in side_by_side(drawn))
    else:
        (batches,) = drawn
    buckets = plan.buckets
    of = np.repeat(np.arange(len(buckets) - 1), np.diff(buckets))
    curve = np.zeros((len(buckets) - 1, len(replicas)))

    def record(done):
        # one update after the other: how many come at once depends on the chunk, and sums depend on their order
        for k, loss in enumerate(done.loss, done.t):
            curve[of[k]] += loss

    optimizer = plan.optimizers[o[0]]
    ended = descend(
        problem, driven(optimizer, plan.hyper, plan.steps), rates, w, batches, plan.steps, record, plan.evaluate_every
    )
    curve /= np.diff(buckets)[:, None]
    curve[buckets[1:, None] > ended.diverged_at] = np.inf
    results = {f"metric {name}": values.astype(np.float64) for name, values in ended.metrics.items()}
    return {
        "replicas": np.asarray(replicas),
        "evaluated_at": ended.evaluated_at,
        "curve": curve.T,
        "diverged": ended.diverged,
        "diverged_at": ended.diverged_at,
        **results,
    }


def at_rate(shape, lr):
    """The schedule of this shape at this learning rate."""
    if _is_declared(shape) and any(item.name == "lr" for item in dataclasses.fields(shape)):
        return dataclasses.replace(shape, lr=lr)
    if isinstance(shape, Schedule):
        return lr * shape
    made = shape(lr)
    if isinstance(made, numbers.Real):
        made = Constant(lr=made)
    if not (isinstance(made, Schedule) or is_feedback(made) or callable(made)):
        raise ValueError(
            "sweep: a function given as schedule must turn a learning rate into a schedule; "
            f"{_name(shape)}({lr!r}) gave {made!r}."
        )
    return made


def sweep(
    problem,
    optimizers,
    schedules,
    lrs,
    seeds,
    steps: int,
    *,
    evaluate_every: int | None = None,
    hyper: dict | None = None,
    observe: str | None = None,
    observe_every: int = 1,
    dtype="float64",
    points: int = 100,
    chunk: int | None = None,
    n_jobs: int | None = None,
    store=None,
    progress: bool | None = None,
) -> Sweep:
    """Train every optimizer with every schedule, learning rate and seed for `steps` updates; return the `Sweep`.

    `optimizers` and `schedules` are one, a list, or a dict from label to one; `lrs` and `seeds` are numbers or lists. A
    schedule is a shape, and is brought to each learning rate: one with a field `lr` gets that field replaced, any other
    lrlab schedule is multiplied (its own peak should be 1), and a function of lr must return a schedule. Replicas of one
    seed start at the same weights and see the same batches, in all optimizers, so their differences are paired.

    **How it runs.** Replicas are trained side by side in chunks that fit the cache, and joblib spreads the chunks:

        sweep(...)                                    all cores of this machine, one process each
        sweep(..., n_jobs=1)                          this process alone
        with joblib.parallel_config(backend="dask"):  the cluster of the active dask.distributed client
            sweep(...)

    Processes are the default: threads share Python's lock, which small problems hold most of the time. The numbers are the
    same for any `chunk` (replicas in one), number of processes and backend. With threadpoolctl (extra `cluster`) each
    process uses one BLAS thread, which is faster wherever other programs run too.

    **What is kept.** For each replica the metrics before the first and after the last update and every `evaluate_every`
    updates, and the loss on the batch in at most `points` means over consecutive updates: 8 bytes times (metrics x
    evaluations + points + 2), whatever `steps` is. A chunk in training takes about 8 bytes times its replicas times weights
    times (4 + what the optimizer remembers), beside what the problem needs for a batch. dtype="float32" halves that and
    is faster; results are float64.

    **store** is the name of a file. Every finished chunk is recorded in it before the sweep goes on, so after a crash,
    even a power cut, the same call goes on where the file ends. A store made for another sweep is refused with the
    differences; one that is damaged is reported, and what is whole in it is used.

    A worker process that dies is replaced and its chunks are trained again. Ctrl-C (in Jupyter: interrupt) stops the sweep
    and returns what is finished, with a warning; if nothing is, it raises KeyboardInterrupt.

    `hyper`, `observe`, `observe_every` are those of `train`. `progress=False` hides the bar.

    Raises ValueError if a list is empty, has a value twice, or holds what it should not.

    >>> from lrlab import SGD, Constant, Quadratic
    >>> bowl = Quadratic(dim=2, condition=4, largest=1.0)
    >>> result = sweep(bowl, SGD(), Constant(), lrs=[0.5, 1.0, 1.5, 3.0], seeds=0, steps=50)
    >>> result
    Sweep(Quadratic, 1 optimizer x 1 schedule x 4 lrs x 1 seed, 50 updates, 1 diverged)
    >>> result.best("distance")
    Best distance: 6.223e-11 (1 seed) with lr 1.5. The next is lr 1 (5.663e-07); one seed says nothing about chance. \
1 of 4 replicas diverged.
    """
    plan, labels = _planned(
        problem, optimizers, schedules, lrs, seeds, steps,
        evaluate_every=evaluate_every, hyper=hyper, observe=observe, observe_every=observe_every, dtype=dtype, points=points,
    )  # fmt: skip
    if chunk is not None:
        chunk = CHUNK.check("sweep", "chunk", chunk, 64)
    results = _Results(plan)
    with ExitStack() as stack:
        kept = None
        if store is not None:
            kept = stack.enter_context(Store(store, _described(plan, labels)))
            for found in kept.chunks:
                results.add(found)
            kept.chunks.clear()
        bar = stack.enter_context(_bar(results, progress))

        def take(found):
            if kept is not None:
                kept.append(found)
            bar.update(results.add(found))

        interrupted = _spread(plan, results, chunk, n_jobs, take)
    if interrupted:
        if not results.finished.any():
            raise KeyboardInterrupt
        rest = f" The same call goes on from the store {os.fspath(store)!r}." if store is not None else ""
        warnings.warn(
            f"sweep: interrupted. {results.finished.sum()} of {results.total} replicas are finished and returned.{rest}",
            stacklevel=2,
        )
    return results.sweep(plan, labels)


def _planned(problem, optimizers, schedules, lrs, seeds, steps, **options):
    steps = STEPS.check("sweep", "steps", steps, 1000)
    optimizers = _labelled("optimizers", optimizers, lambda one: isinstance(one, Optimizer), "an optimizer, such as Adam()")
    schedules = _labelled(
        "schedules", schedules, lambda one: isinstance(one, Schedule) or is_feedback(one) or callable(one),
        "a schedule, such as Cosine(steps=1000), or a function from a learning rate to a schedule",
    )  # fmt: skip
    lrs, seeds = _numbers("lrs", lrs, RATE, 0.1), _numbers("seeds", seeds, SEED, 0)
    if options["evaluate_every"] is not None:
        EVERY.check("sweep", "evaluate_every", options["evaluate_every"], 100)
    EVERY.check("sweep", "observe_every", options["observe_every"], 10)
    options["points"] = POINTS.check("sweep", "points", options["points"], 100)
    try:
        options["dtype"] = np.dtype(options["dtype"]).name
    except TypeError:
        pass
    if options["dtype"] not in ("float64", "float32"):
        raise ValueError(f"sweep: dtype must be 'float64' or 'float32', got {options['dtype']!r}.")
    plan = Plan(problem, tuple(optimizers.values()), tuple(schedules.values()), lrs, seeds, steps, **options)
    for optimizer in plan.optimizers:
        driven(optimizer, plan.hyper, 1)
    for shape in plan.schedules:
        for lr in lrs:
            at_rate(shape, lr)
    return plan, (tuple(optimizers), tuple(schedules))


def _labelled(name, things, fits, wanted):
    """One thing, a list or a dict of things as a dict from label to thing; equal names get a number."""
    if isinstance(things, dict):
        found = {str(label): thing for label, thing in things.items()}
    else:
        things = list(things) if isinstance(things, (list, tuple)) else [things]
        names = [_name(thing) for thing in things]
        if len(set(names)) < len(names):
            names = [repr(thing) if _is_declared(thing) else name for thing, name in zip(things, names)]
        found = {}
        for label, thing in zip(names, things):
            count = sum(other == label or other.startswith(f"{label} #") for other in found)
            found[f"{label} #{count + 1}" if count else label] = thing
    if not found:
        raise ValueError(f"sweep: {name} is empty. Give at least one.")
    for thing in found.values():
        if not fits(thing):
            raise ValueError(f"sweep: {name} must be {wanted}, a list of them or a dict from label to one, got {thing!r}.")
    return found


def _name(thing):
    return getattr(thing, "__name__", type(thing).__name__)


def _numbers(name, values, parameter, default):
    values = [values] if np.ndim(values) == 0 and not isinstance(values, range) else list(values)
    if not values:
        raise ValueError(f"sweep: {name} is empty. Give at least one.")
    values = [value.item() if isinstance(value, np.generic) else value for value in values]
    found = tuple(parameter.check("sweep", name, value, default) for value in values)
    if len(set(found)) < len(found):
        twice = next(value for value in found if found.count(value) > 1)
        raise ValueError(f"sweep: {name} has {twice!r} more than once. Give each value once.")
    return found


def _described(plan, labels):
    """The sweep in words and numbers, the same in every process: what a store remembers it by."""
    from . import __version__

    problem = plan.problem
    at_start = problem.initial(np.random.default_rng([plan.seeds[0], 0]))
    batch = next(iter(problem.batches(np.random.default_rng([plan.seeds[0], 1]), plan.steps)))
    return {
        "lrlab": __version__,
        "problem": _words(problem),
        # data that the words do not show changes the loss
        "loss at the start": f"{float(np.mean(problem.loss_and_grad(at_start, batch)[0])):.6g}",
        "optimizers": {label: _words(one) for label, one in zip(labels[0], plan.optimizers)},
        "schedules": {
            label: _words(at_rate(one, plan.lrs[0]), plan.steps) for label, one in zip(labels[1], plan.schedules)
        },
        "lrs": list(plan.lrs),
        "seeds": list(plan.seeds),
        "steps": plan.steps,
        "evaluate_every": plan.evaluate_every,
        "hyper": {name: _words(one, plan.steps) for name, one in (plan.hyper or {}).items()},
        "observe": plan.observe,
        "observe_every": plan.observe_every,
        "dtype": plan.dtype,
        "points": plan.points,
    }


def _is_declared(thing):
    return dataclasses.is_dataclass(thing) and not isinstance(thing, type)


def _words(thing, steps=None):
    # an address is another one in every process
    words = re.sub(r" at 0x[0-9a-fA-F]+", "", repr(thing)) if _is_declared(thing) else _name(thing)
    if steps is None or is_feedback(thing) or words == repr(thing):
        return words
    # a function of t is known by its values
    times = np.unique(np.linspace(0, steps - 1, 9).astype(int))
    return f"{words}: " + ", ".join(f"{value:.6g}" for value in np.asarray(thing(times), dtype=np.float64))


def _chunks(plan, todo, chunk, jobs=1):
    """The replicas left to do in chunks: one optimizer in each, and one seed unless the problem is small."""
    n = plan.problem.initial(np.random.default_rng([plan.seeds[0], 0])).size
    fits = max(CHUNK_BYTES // (n * np.dtype(plan.dtype).itemsize), 1)
    size = chunk or min(fits, CHUNK_REPLICAS, math.ceil(len(todo) / jobs))
    o, _, _, r = np.unravel_index(todo, plan.shape)
    group = o if n <= FEW_WEIGHTS else o * len(plan.seeds) + r
    parts, groups = [], np.unique(group)
    for one in groups:
        mine = todo[group == one]
        count = math.ceil(len(mine) / size)
        if chunk is None and len(groups) == 1:
            # as many for each process: with three chunks for two, one would wait
            count = min(jobs * math.ceil(count / jobs), len(mine))
        # as equal as can be: a last chunk of one replica would cost as much as a full one
        parts += np.array_split(mine, count)
    return parts, plan.steps * sum(CALLS + EACH * len(part) * n for part in parts)


def _spread(plan, results, chunk, n_jobs, take) -> bool:
    """Train what is not finished, and hand every chunk's results to `take`. True if the user stopped it."""
    import joblib
    from concurrent.futures.process import BrokenProcessPool
    from joblib.parallel import get_active_backend

    backend, configured = get_active_backend()
    processes = type(backend).__name__ == "LokyBackend"
    free = n_jobs is None and configured is None
    if n_jobs is None:
        # without a word from the user or from parallel_config: all there is
        n_jobs = -1 if configured is None else configured
    # many small products: more than one BLAS thread in a process gains nothing
    inner = {"inner_max_num_threads": 1} if processes and backend.inner_max_num_threads is None else {}
    failures = 0
    try:
        with joblib.parallel_config(backend="loky" if inner else backend, n_jobs=n_jobs, **inner):
            if free and processes:
                _here(plan, results, chunk, take)
            while (todo := np.flatnonzero(~results.finished)).size:
                jobs = max(joblib.effective_n_jobs(n_jobs), 1)
                parts, _ = _chunks(plan, todo, chunk, jobs)
                try:
                    for found in _each([joblib.delayed(train_chunk)(plan, part) for part in parts], jobs, backend):
                        take(found)
                        failures = 0
                except BrokenProcessPool as error:
                    failures += 1
                    if failures >= PATIENCE:
                        raise RuntimeError(
                            f"sweep: worker processes died {failures} times in a row, with {results.finished.sum()} of "
                            f"{results.total} replicas finished. Perhaps the memory is too small: try a smaller chunk or "
                            "n_jobs=1. With a store the same call goes on where this one ended."
                        ) from error
    except KeyboardInterrupt:
        return True
    return False


def _here(plan, results, chunk, take):
    """Train in this process as long as that is quick."""
    parts, seconds = _chunks(plan, np.flatnonzero(~results.finished), chunk)
    begin = time.perf_counter()
    while parts and seconds < QUICK and time.perf_counter() - begin < QUICK:
        take(train_chunk(plan, parts.pop(0)))


def _each(tasks, jobs, backend):
    """The results of the tasks as they come in, or in rounds from a backend that has only complete lists."""
    import joblib

    if backend.supports_return_generator:
        found = joblib.Parallel(batch_size=1, return_as="generator_unordered")(tasks)
        try:
            # not `yield from`: that would close it before what follows
            for one in found:
                yield one
        finally:
            with warnings.catch_warnings():
                # that tasks are cancelled is what was asked for
                warnings.simplefilter("ignore")
                found.close()
    else:
        for begin in range(0, len(tasks), 2 * jobs):
            yield from joblib.Parallel(batch_size=1)(tasks[begin : begin + 2 * jobs])


def _bar(results, progress):
    if progress is False or (progress is None and os.environ.get("LRLAB_QUIET")):
        return nullcontext(SimpleNamespace(update=lambda count: None))
    from tqdm.auto import tqdm

    done = int(results.finished.sum())
    return tqdm(total=results.total, initial=done, desc="sweep", unit="run", leave=False, delay=1.0)


class _Results:
    """The arrays that chunks are put into."""

    def __init__(self, plan):
        self.shape, self.total = plan.shape, math.prod(plan.shape)
        self.finished = np.zeros(self.total, dtype=bool)
        self.arrays = {}

    def add(self, found) -> int:
        found = dict(found)
        rows, self.evaluated_at = found.pop("replicas"), found.pop("evaluated_at")
        new = int((~self.finished[rows]).sum())
        for name, values in found.items():
            if name not in self.arrays:
                empty = np.nan if values.dtype.kind == "f" else 0
                self.arrays[name] = np.full((self.total, *values.shape[1:]), empty, values.dtype)
            self.arrays[name][rows] = values
        self.finished[rows] = True
        return new

    def sweep(self, plan, labels):
        arrays = {name: values.reshape(*self.shape, *values.shape[1:]) for name, values in self.arrays.items()}
        return Sweep(
            problem=_words(plan.problem),
            optimizers=labels[0],
            schedules=labels[1],
            lrs=np.array(plan.lrs),
            seeds=np.array(plan.seeds),
            steps=plan.steps,
            evaluated_at=self.evaluated_at,
            metrics={name.split(" ", 1)[1]: values for name, values in arrays.items() if name.startswith("metric ")},
            curve_at=plan.buckets[1:],
            curves=arrays["curve"],
            diverged=arrays["diverged"],
            diverged_at=arrays["diverged_at"],
            finished=self.finished.reshape(self.shape),
        )
