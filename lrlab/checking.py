"""How an answer is judged: run it on the cases, find the first difference, recognise the known wrong answers."""

from __future__ import annotations

import ast
import copy
import inspect
import re
import signal
import textwrap
import threading
import traceback
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from numbers import Number
from typing import Any

import numpy as np

from .course.model import Exercise
from .diagnosis import cause_of, cause_of_letters

NOT_ATTEMPTED, WRONG, ERROR, CORRECT = "not attempted", "wrong", "error in your code", "correct"
TIME_LIMIT = 5.0  # seconds for one case
SMALL = 1e-12  # how far a number may be from 0 where 0 is expected


@dataclass(frozen=True)
class Result:
    """What judging an answer found: one of the four states, the lines to show, and the curve to draw, if any."""

    state: str
    lines: tuple[str, ...]
    curve: tuple | None = None


@dataclass(frozen=True)
class Outcome:
    """What a function did on one case: the value it returned, or the exception, and whether it changed its input."""

    value: Any = None
    raised: BaseException | None = None
    changed: bool = False

    def same_as(self, other: Outcome, rtol: float) -> bool:
        if self.raised is not None or other.raised is not None:
            return type(self.raised) is type(other.raised)
        return self.changed == other.changed and same(self.value, other.value, rtol)


def judge(exercise: Exercise, answer) -> Result:
    """Judge an answer to an exercise. Its warnings are kept quiet: nbgrader gives no points for a cell that writes one."""
    if answer is ... or answer is None:
        return Result(NOT_ATTEMPTED, (f"Replace the ... by your answer. {stuck(exercise)}",))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _judge_function(exercise, answer) if exercise.cases else _judge_value(exercise, answer)


def stuck(exercise: Exercise) -> str:
    return f'Stuck? Run hint("{exercise.id}").'


def _judge_value(exercise, value):
    try:
        right = bool(exercise.accept(value)) if exercise.accept else same(value, exercise.solution, exercise.rtol)
    except Exception:
        right = False
    said = exercise.report(value) if exercise.report else ""
    report = (said,) if said else ()
    if right:
        return Result(CORRECT, (exercise.shows, *report))
    lines = [f"Your answer: {show(value)}.", *report]
    if exercise.wanted:
        lines.append(f"Wanted: {exercise.wanted}.")
    for wrong in exercise.wrong:
        if _matches_value(wrong, value, exercise.rtol):
            lines.append(f"Likely cause: {wrong.message}")
            break
    else:
        if isinstance(exercise.solution, str) and (cause := cause_of_letters(exercise.solution, value)):
            lines.append(f"Likely cause: {cause}")
    return Result(WRONG, (*lines, stuck(exercise)))


def _matches_value(wrong, value, rtol):
    try:
        return bool(wrong.when(value)) if wrong.when else same(value, wrong.answer, rtol)
    except Exception:
        return False


def _judge_function(exercise, function):
    if not callable(function):
        return Result(
            WRONG,
            (f"The answer must be a function, got {show(function)}. Hand over its name, without brackets.", stuck(exercise)),
        )
    expected = outcomes(exercise.solution, exercise.cases)
    got = outcomes(function, exercise.cases)
    pairs = list(zip(exercise.cases, expected, got))
    failing = [number for number, (_, want, have) in enumerate(pairs) if not have.same_as(want, exercise.rtol)]
    if not failing:
        return Result(CORRECT, (f"All {len(pairs)} cases agree. {exercise.shows}",))
    case, want, have = pairs[failing[0]]
    if (have.raised is not None or have.value is None or have.value is ...) and has_blank(function):
        return Result(NOT_ATTEMPTED, (f"There is still a ... in your code. {stuck(exercise)}",))
    lines = [f"First difference: {call(exercise.solution, function, case)}"]
    if have.raised is not None:
        state = ERROR
        lines.append(where(have.raised, function))
    else:
        state = WRONG
        lines += _compared(want.value, have.value, exercise.rtol)
    cause = (
        next((w.message for w in exercise.wrong if _behaves_like(w, exercise, got)), None)
        or _general(want, have)
        or cause_of(exercise, function, expected, got, outcomes, same)
    )
    if cause:
        lines.append(f"Likely cause: {cause}")
    curve = _curves(exercise, function) if state == WRONG else None
    return Result(state, (*lines, stuck(exercise)), curve)


def _compared(want, have, rtol):
    """Expected and got; where the two look alike, also the first number that differs, in full."""
    texts = show(want), show(have)
    lines = [f"  expected {texts[0]}", f"  got      {texts[1]}"]
    if texts[0] != texts[1]:
        return lines
    try:
        want, have = _numbers(want), _numbers(have)
        first = tuple(np.argwhere(~_close(have, want, rtol))[0])
        place = f"at index {', '.join(map(str, first))}" if first else "in full"
        return [*lines, f"  {place}: expected {want[first].item()!r}, got {have[first].item()!r}"]
    except Exception:  # no numbers, other shapes, or no difference but a changed input
        return lines


def _behaves_like(wrong, exercise, got):
    theirs = outcomes(wrong.answer, exercise.cases)
    return all(one.same_as(other, exercise.rtol) for one, other in zip(got, theirs))


def _general(want, have):
    """A cause that can be seen without knowing the exercise."""
    if have.raised is not None:
        return None
    if have.value is None:
        return "the function returns nothing. End it with a return statement."
    if have.changed and not want.changed:
        return "the function changed its input array. Compute a new array and return it."
    if callable(have.value):
        return "the function returns a function. Call it, with brackets."
    if inspect.isgenerator(have.value):
        return "the function makes its values one by one. Return them all at once, in an array or a list."
    try:
        wanted, there = np.asarray(want.value), np.asarray(have.value)
    except Exception:
        return None
    if there.dtype.kind in "US" and wanted.dtype.kind not in "US":
        return "the function returns text. Return numbers, without quotes and without formatting."
    if there.shape != wanted.shape:
        return f"the result has shape {there.shape} where {wanted.shape} is wanted."
    return None


class TooLong(BaseException):
    """The answer ran longer than an answer may. No `except Exception` of the answer's own catches it."""


@contextmanager
def time_limit(seconds: float):
    """Stop what runs inside after so many seconds, where the system can: not on Windows, not outside the main thread."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(signum, frame):
        raise TooLong(f"it ran for more than {seconds:g} seconds. Does every loop in it end?")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def outcomes(function, cases) -> list[Outcome]:
    """Run a function on copies of all cases; after one that ran too long the rest is not tried."""
    results = []
    for case in cases:
        if results and isinstance(results[-1].raised, TooLong):
            results.append(results[-1])
            continue
        handed = copy.deepcopy(case)
        try:
            with np.errstate(all="ignore"), time_limit(TIME_LIMIT):
                value = function(*handed)
                if isinstance(value, (np.ndarray, list, dict)):
                    with suppress(TypeError):  # what cannot be copied is judged as it is
                        value = copy.deepcopy(value)
            changed = any(not same(before, after, 0.0) for before, after in zip(case, handed))
            results.append(Outcome(value, changed=changed))
        except (Exception, SystemExit, TooLong) as raised:
            results.append(Outcome(raised=raised))
    return results


def same(a, b, rtol: float) -> bool:
    """Equal as text, as numbers within rtol, or item by item."""
    if isinstance(a, str) or isinstance(b, str):
        return isinstance(a, str) and isinstance(b, str) and a.strip().lower() == b.strip().lower()
    if isinstance(a, dict) or isinstance(b, dict):
        return isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys() and all(same(a[k], b[k], rtol) for k in a)
    if a is None or b is None:
        return a is b
    try:
        x, y = _numbers(a), _numbers(b)
    except Exception:
        if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
            return len(a) == len(b) and all(same(x, y, rtol) for x, y in zip(a, b))
        return a is b or _equal(a, b)
    return x.shape == y.shape and bool(_close(x, y, rtol).all())


def _close(x, y, rtol):
    return np.isclose(x, y, rtol=rtol, atol=SMALL if rtol else 0.0, equal_nan=True)


def _numbers(value):
    """The value as an array of numbers. Text and None are none, though numpy would turn "0.5" and None into numbers."""
    array = np.asarray(value)
    if array.dtype.kind not in "biufc" and not all(isinstance(one, Number) for one in array.flat):
        raise TypeError(f"{array.dtype} holds no numbers")
    return array.astype(np.complex128 if np.iscomplexobj(array) else np.float64)


def _equal(a, b):
    try:
        return bool(a == b)
    except Exception:
        return False


def show(value) -> str:
    """A value as the feedback writes it."""
    if isinstance(value, (float, np.floating)):
        return f"{value:.6g}"
    if isinstance(value, np.ndarray):
        return np.array2string(value, precision=6, separator=", ", threshold=12)
    if isinstance(value, (list, tuple)) and value and all(isinstance(one, (int, float, np.number)) for one in value):
        return show(np.asarray(value))
    try:
        text = re.sub(" at 0x[0-9a-fA-F]+", "", repr(value))
    except Exception as reason:  # such as a whole number of more than 4300 digits
        return f"{type(value).__name__}, which cannot be written ({type(reason).__name__})"
    return text if len(text) <= 120 else text[:117] + "..."


def call(signature_of, function, case) -> str:
    names = inspect.signature(signature_of).parameters
    arguments = ", ".join(f"{name}={show(value)}" for name, value in zip(names, case))
    return f"{getattr(function, '__name__', 'your function')}({arguments})"


def where(raised: BaseException, function) -> str:
    """The last line of the learner's own code, and what went wrong there."""
    own = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = [frame for frame in traceback.extract_tb(raised.__traceback__) if frame.filename == own]
    place = ""
    if frames:
        place = f"  line {frames[-1].lineno} of your cell: {frames[-1].line}\n" if frames[-1].line else ""
    return f"{place}  {type(raised).__name__}: {raised}"


def has_blank(function) -> bool:
    """Whether a ... that stands for missing code is left; the ... of an index such as w[..., 0] is none."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return False
    indices = {id(n) for s in ast.walk(tree) if isinstance(s, ast.Subscript) for n in ast.walk(s.slice)}
    return any(
        isinstance(node, ast.Constant) and node.value is ... and id(node) not in indices for node in ast.walk(tree)
    )


def _curves(exercise, function):
    if exercise.curve is None:
        return None
    try:
        with np.errstate(all="ignore"), time_limit(TIME_LIMIT):
            target, yours = (np.asarray(exercise.curve(f), dtype=np.float64) for f in (exercise.solution, function))
    except (Exception, SystemExit, TooLong):
        return None
    return (target, yours) if target.shape == yours.shape and np.all(np.isfinite(yours)) else None
