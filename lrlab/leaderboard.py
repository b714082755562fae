"""The contest of lesson 14: one problem, one optimizer, a fixed budget; only the schedule is yours.

An entry is text, the expression that makes the schedule:

    Linear(start=0.02, end=0.0, steps=450).warmup(50)

`parse` reads such a text without running it, so a teacher can score what students send. `score` trains with it on given
seeds, `enter` scores it on the held-out seeds and writes it into a file beside the notebook, `table` ranks all entries and
the baselines. `Practice` counts the runs on the practice seeds. `rank` is the ranking for scores of your own.

Scores are computed in float64, where the linear algebra library changes them by less than their twelfth digit, so they are
the same on every machine to all digits that are shown.
"""

from __future__ import annotations

import ast
import json
import math
import operator
import os
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from numbers import Real
from pathlib import Path
from typing import NamedTuple

import numpy as np

from . import progress
from .optimizers import SGD
from .problems import TeacherStudent
from .schedules import SCHEDULES, Constant, Schedule, Warmup
from .statistics import standard_error
from .training import train

__all__ = [
    *("PROBLEM", "OPTIMIZER", "STEPS", "RUNS", "PRACTICE", "HELD_OUT", "BASELINES"),
    *("parse", "score", "Practice", "Entry", "enter", "entries", "Place", "rank", "table"),
]

PROBLEM, OPTIMIZER = TeacherStudent(teacher=5, batch=8), SGD(momentum=0.9)
STEPS = 500  # updates of every run
RUNS = 50  # practice runs that each baseline was tuned with, and that an entry may use
PRACTICE, HELD_OUT = range(10), range(1000, 1020)

# each at the best of the rates 0.003, 0.006, 0.012, 0.024, 0.048 on the practice seeds, as lesson 14 measures
BASELINES = {
    "constant": "Constant(lr=0.006)",
    "linear": "Linear(start=0.024, end=0.0, steps=500)",
    "cosine": "Cosine(lr=0.024, steps=500)",
    "WSD": "WSD(lr=0.012, steps=500, warmup=0, cooldown=100)",
}

FILE = "lrlab-leaderboard.json"
LONGEST = 2000  # characters of an entry

# Function would bring code with it
CLASSES = {name: cls for name, cls in SCHEDULES.items() if name != "Function"} | {"Warmup": Warmup}
ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv}


def parse(text: str) -> Schedule:
    """The schedule that a text describes. Nothing in the text is run: what is no schedule is refused.

    Allowed are the schedules of the catalogue (all but Function, which holds code) with numbers, words, lists and schedules
    as arguments, `.then(schedule, at=n)`, `.warmup(n)`, a number times a schedule, a schedule times a schedule, and + - * / //
    between numbers. What a schedule prints as is such a text: parse(repr(s)) == s.

    Raises ValueError that says what is refused, and for a field out of its range the error of the schedule itself.

    >>> parse("Cosine(lr=0.1, steps=500 - 20).warmup(20)")
    Cosine(lr=0.1, steps=480, end=0.0).warmup(20)
    >>> parse("__import__('os').system('ls')")
    Traceback (most recent call last):
        ...
    ValueError: parse: __import__('os').system is no method of a schedule. There are .then(schedule, at=n) and .warmup(n).
    """
    if not isinstance(text, str):
        raise ValueError(f"parse: give the schedule as text in quotes, got {type(text).__name__}.")
    if len(text) > LONGEST:
        raise ValueError(f"parse: the text must be at most {LONGEST} characters long, got {len(text)}. Write a shorter schedule.")
    try:
        made = _value(ast.parse(text.strip(), mode="eval").body)
    except SyntaxError as reason:
        if "Function(" in text:
            raise ValueError(f"parse: Function is refused, it holds code. The schedules of an entry are {', '.join(CLASSES)}.") from None
        raise ValueError(f"parse: {text!r} is no Python expression ({reason.msg}). Try 'Cosine(lr=0.02, steps=500)'.") from None
    except (RecursionError, MemoryError):
        raise ValueError("parse: the text is nested too deeply. Write a shorter schedule.") from None
    except (TypeError, ZeroDivisionError, OverflowError) as reason:
        raise ValueError(f"parse: {text!r} makes no schedule ({reason}).") from None
    if isinstance(made, Real) and not isinstance(made, bool):
        made = Constant(lr=made)
    if not isinstance(made, Schedule):
        raise ValueError(f"parse: {text!r} is {made!r}, no schedule. Try 'Cosine(lr=0.02, steps=500)'.")
    return made


def _value(node):
    """The number, word, tuple or schedule that a piece of the syntax tree stands for."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float, str, bool, type(None))):
        return node.value
    if isinstance(node, (ast.Tuple, ast.List)):
        return tuple(_value(one) for one in node.elts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        value = _value(node.operand)
        if isinstance(value, Real):
            return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        left, right = _value(node.left), _value(node.right)
        schedules = [isinstance(one, Schedule) for one in (left, right)]
        if all(one or isinstance(value, Real) for one, value in zip(schedules, (left, right))):
            if isinstance(node.op, ast.Mult) or not any(schedules):
                return ARITHMETIC[type(node.op)](left, right)
        raise ValueError(f"parse: {_short(node)} is refused. Schedules are multiplied, by a number or by a schedule.")
    if isinstance(node, ast.Call):
        return _called(node)
    raise ValueError(
        f"parse: {_short(node)} is refused. An entry is made of schedules and numbers, such as 'Cosine(lr=0.02, steps=500)'."
    )


def _called(node):
    function = node.func
    if isinstance(function, ast.Name):
        if function.id not in CLASSES:
            raise ValueError(f"parse: {function.id} is refused. The schedules of an entry are {', '.join(CLASSES)}.")
        call = CLASSES[function.id]
    else:
        allowed = isinstance(function, ast.Attribute) and function.attr in ("then", "warmup")
        owner = _value(function.value) if allowed else None
        if not isinstance(owner, Schedule):
            raise ValueError(
                f"parse: {_short(function)} is no method of a schedule. There are .then(schedule, at=n) and .warmup(n)."
            )
        call = getattr(owner, function.attr)
    if any(isinstance(one, ast.Starred) for one in node.args) or any(one.arg is None for one in node.keywords):
        raise ValueError(f"parse: {_short(node)} is refused. Write each argument out, without a star.")
    return call(*map(_value, node.args), **{one.arg: _value(one.value) for one in node.keywords})


def _short(node) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 60 else text[:57] + "..."


def _schedule(one) -> Schedule:
    return parse(one) if isinstance(one, str) else one if isinstance(one, Schedule) else Constant(lr=one)


def score(schedule, seeds=HELD_OUT) -> np.ndarray:
    """The excess loss after 500 updates on each of the seeds; lower is better, inf where the run diverged.

    `schedule` is a text, a schedule or a number (a fixed rate), or a list of them. The result has shape (seeds,) or
    (schedules, seeds). Same seed, same start and batches: differences between schedules are paired. A learner knows the
    held-out seeds of this module; who judges others takes seeds of their own.

    Raises ValueError if a text is no schedule or seeds is empty.
    """
    many = isinstance(schedule, (list, tuple))
    made = [_schedule(one) for one in schedule] if many else _schedule(schedule)
    seeds = [int(one) for one in seeds]
    # the problem's own start is float32
    start = np.array([PROBLEM.initial(np.random.default_rng([seed, 0])) for seed in seeds], dtype=np.float64)
    return train(PROBLEM, OPTIMIZER, made, STEPS, seeds, start=start, progress=False).final("excess")


@cache
def scored(text: str, seeds: tuple = tuple(HELD_OUT)) -> tuple:
    """The scores of a text, kept so that they are computed once."""
    return tuple(score(text, seeds).tolist())


class Practice:
    """Runs on the practice seeds, counted: `practice(schedules)` gives their scores, (schedules, seeds) or (seeds,).

    One run is one schedule on one seed. `left` runs are left of the budget, `used` are used.

    Raises ValueError if a call asks for more runs than are left, or for a seed that is no practice seed; then no run is used.

    >>> practice = Practice(runs=4)
    >>> practice(["Linear(start=0.02, end=0, steps=500)", 0.01], seeds=[0, 1]).shape, practice.left
    ((2, 2), 0)
    """

    def __init__(self, runs: int = RUNS):
        self.runs, self.used = runs, 0

    @property
    def left(self) -> int:
        return self.runs - self.used

    def __call__(self, schedules, seeds=PRACTICE) -> np.ndarray:
        seeds = list(seeds)
        strange = [seed for seed in seeds if seed not in PRACTICE]
        if strange:
            raise ValueError(
                f"Practice: {strange[0]} is no practice seed. They are {PRACTICE[0]} to {PRACTICE[-1]}; the others are held out."
            )
        asked = len(seeds) * (len(schedules) if isinstance(schedules, (list, tuple)) else 1)
        if asked > self.left:
            raise ValueError(
                f"Practice: that takes {asked} runs, and {self.left} of {self.runs} are left. Try fewer schedules or fewer seeds."
            )
        found = score(schedules, seeds)
        self.used += asked
        return found


@dataclass(frozen=True)
class Entry:
    """A line of the leaderboard: whose, which schedule, its held-out scores, the interval that was predicted for their mean.

    `attempt` counts the entries of this name: from the second on, the held-out seeds had been seen.
    """

    name: str
    schedule: str
    scores: tuple
    interval: tuple | None = None
    attempt: int = 1

    @property
    def title(self) -> str:
        return self.name if self.attempt == 1 else f"{self.name} ({self.attempt})"

    @property
    def inside(self) -> bool | None:
        """Whether the mean score lies in the predicted interval."""
        return None if self.interval is None else self.interval[0] <= float(np.mean(self.scores)) <= self.interval[1]


_memory: dict = {"entries": []}


def _path(folder) -> Path | None:
    """The file; None, which is memory, where progress is kept in memory too."""
    if folder is None:
        kept = progress.current().path
        return None if kept is None else kept.parent / FILE
    return Path(folder) / FILE


def _read(path) -> dict:
    if path is None:
        return _memory
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        for one in content["entries"]:
            _entry(one)
    except FileNotFoundError:
        return {"entries": []}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as reason:
        raise ValueError(f"the leaderboard {path} cannot be read ({reason}). Move it elsewhere, and a new one begins.") from None
    return content


def _entry(one) -> Entry:
    interval = one.get("interval")
    scores = tuple(math.inf if value is None else float(value) for value in one["scores"])
    return Entry(str(one["name"]), str(one["schedule"]), scores, interval and tuple(map(float, interval)), int(one["attempt"]))


def entries(folder=None) -> list[Entry]:
    """The entries of the file beside the notebook (or in `folder`), in the order in which they came."""
    return [_entry(one) for one in _read(_path(folder))["entries"]]


def enter(name: str, schedule, interval=None, folder=None) -> Entry:
    """Score a schedule on the held-out seeds and add it to the leaderboard file. No entry is ever changed or removed.

    `interval` is your prediction (low, high) for the mean score. The same schedule under the same name is found again, not
    scored again; another schedule under that name is a further attempt, and the table says so.

    Raises ValueError if the schedule cannot be parsed, the name is empty, low > high, or the file cannot be read or written.
    """
    name = " ".join(str(name).split())[:40]
    if not name:
        raise ValueError("enter: name must not be empty. Give a name for your entry.")
    if interval is not None:
        low, high = map(float, interval)
        if not low <= high:
            raise ValueError(f"enter: interval must be (low, high) with low <= high, got ({low:g}, {high:g}).")
        interval = (low, high)
    text = repr(_schedule(schedule))
    parse(text)  # what cannot be read back is no entry
    scores, path = scored(text), _path(folder)
    alone = progress._alone_in(path.parent) if path else suppress()
    with alone:
        content = _read(path)
        mine = [one for one in map(_entry, content["entries"]) if one.name == name]
        for one in mine:
            if one.schedule == text:
                return one
        new = Entry(name, text, scores, interval, len(mine) + 1)
        # JSON has no infinity
        content["entries"].append(asdict(new) | {"scores": [value if math.isfinite(value) else None for value in scores]})
        if path is not None:
            _write(path, content)
    return new


def _write(path, content):
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".lrlab-leaderboard-", suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"version": 1} | content, file, indent=1)
        os.replace(temporary, path)
    except OSError as reason:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)
        raise ValueError(f"the leaderboard {path} cannot be written ({reason.strerror or reason}). Make the folder writable.") from None


class Place(NamedTuple):
    """A place in a ranking: `tied` if another shares it; mean and standard error over the seeds; how many diverged."""

    place: int
    tied: bool
    name: str
    mean: float
    error: float
    diverged: int


def lower(a, b) -> bool:
    """Whether a is below b by more than two standard errors of the paired differences; what diverged is above all else."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        return int(np.sum(~np.isfinite(a))) < int(np.sum(~np.isfinite(b)))
    away = b - a
    return bool(away.mean() > 2 * standard_error(away))


def rank(scores: dict) -> list[Place]:
    """Places from {name: scores on the same seeds}: the lowest mean first, ties shown as ties.

    An entry shares the place above it unless the first of that place is lower by more than two standard errors of the
    paired differences. A run that diverged counts more than any loss.

    >>> [(one.place, one.tied, one.name) for one in rank({"a": [1.0, 2.0, 3.0], "b": [1.1, 1.9, 3.0], "c": [4.0, 5.0, 6.1]})]
    [(1, True, 'a'), (1, True, 'b'), (3, False, 'c')]
    """
    lost = {name: int(np.sum(~np.isfinite(values))) for name, values in scores.items()}
    order = sorted(scores, key=lambda name: (lost[name], np.mean(scores[name])))
    places, first = [], None
    for at, name in enumerate(order, 1):
        if first is None or lower(scores[first], scores[name]):
            first, place = name, at
        places.append(place)
    return [
        Place(place, places.count(place) > 1, name, float(np.mean(scores[name])), _error(scores[name]), lost[name])
        for place, name in zip(places, order)
    ]


def _error(values):
    return float(standard_error(values)) if np.all(np.isfinite(values)) else math.inf


def table(given=None, folder=None) -> str:
    """The ranking of entries (those of the file, or `given`) and the baselines on the held-out seeds, as text.

    '=' after a place says that it is shared: the seeds cannot tell. '*' marks the baselines.
    """
    given = entries(folder) if given is None else list(given)
    scores = {f"{name} *": scored(text) for name, text in BASELINES.items()}
    made = {f"{name} *": text for name, text in BASELINES.items()}
    for one in given:
        scores[one.title], made[one.title] = one.scores, one.schedule
    wide = max(5, *map(len, scores))
    lines = [f"place  {'entry':{wide}}  score               schedule"]
    for one in rank(scores):
        said = f"{one.diverged} of {len(HELD_OUT)} diverged" if one.diverged else f"{one.mean:.4f} +- {one.error:.4f}"
        lines.append(f"{one.place:4}{'=' if one.tied else ' '}  {one.name:{wide}}  {said:18}  {made[one.name]}")
    return "\n".join(lines)
