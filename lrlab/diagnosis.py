"""What a wrong answer looks like when nobody has named it beforehand.

The exercise's known wrong answers come first. Where none of them fits, three kinds of trace are looked for, in this
order: a plain relation of the results to the wanted ones (the sign, a factor, an offset, the reciprocal ...); the
solution's own results for changed arguments (two of them swapped, one of them off by one, 1 - beta for beta ...); an
argument that the answer never looks at. A trace must fit all cases, so it is a hint at the cause and not a guess.
"""

from __future__ import annotations

import inspect
import itertools

import numpy as np


def numbers(value):
    """A number, an array, or lists and tuples of them as one flat float64 array; None for anything else."""
    try:
        if isinstance(value, (list, tuple)) and not all(np.isscalar(one) for one in value):
            parts = [numbers(one) for one in value]
            return None if any(part is None for part in parts) else np.concatenate(parts) if parts else np.zeros(0)
        array = np.asarray(value)
        return array.astype(np.float64).ravel() if array.dtype.kind in "biuf" else None
    except (TypeError, ValueError):
        return None


def relation(wanted, got, rtol) -> str | None:
    """How the results relate to the wanted ones, over all cases together."""
    pairs = [(numbers(one.value), numbers(other.value)) for one, other in zip(wanted, got) if other.raised is None]
    if len(pairs) < len(got) or any(e is None or g is None or e.size != g.size for e, g in pairs):
        return None
    if arranged := _order(wanted, got, rtol):
        return arranged
    e, g = (np.concatenate(side) for side in zip(*pairs))
    known = np.isfinite(e)
    if not np.array_equal(np.isfinite(g), known) or not np.array_equal(e[~known], g[~known], equal_nan=True):
        return None
    e, g = e[known], g[known]
    if len(np.unique(e)) < 2:
        return None

    def fits(other):
        return bool(np.all(np.isfinite(other)) and np.allclose(g, other, rtol=max(rtol, 1e-9), atol=1e-12) and not np.allclose(e, other, rtol=rtol, atol=1e-12))

    with np.errstate(all="ignore"):
        if fits(-e):
            return "the sign is reversed everywhere."
        if len(np.unique(g)) == 1:
            return f"the result is {g[0]:.6g} whatever it is given."
        if fits(1.0 / e):
            return "the result is upside down: it is 1 over what is wanted."
        if fits(np.square(e)):
            return "the result is the square of what is wanted. Is a root missing, or a square too many?"
        if fits(np.sqrt(np.abs(e))):
            return "the result is the root of what is wanted. Is a square missing, or a root too many?"
        if fits(np.abs(e)):
            return "the sign is lost: where the result should be negative, it is positive."
        for name, rounded in (("down", np.floor), ("up", np.ceil), ("to a whole number", np.rint)):
            if fits(rounded(e)):
                return f"the result is rounded {name}. Return it as it is."
            if np.array_equal(e, rounded(g)) and not np.array_equal(e, g):
                return f"the result is not whole. It must be rounded {name}."
        offset = g - e
        if fits(e + offset[0]):
            if np.array_equal(e, np.rint(e)) and abs(offset[0]) == 1:
                return f"every result is one too {'large' if offset[0] > 0 else 'small'}. Count again: where does it begin, and where does it end?"
            return f"every result is too {'large' if offset[0] > 0 else 'small'} by {abs(offset[0]):.6g}."
        nonzero = e != 0
        factor = g[nonzero][0] / e[nonzero][0]
        if fits(factor * e):
            times = f"{factor:.6g} times" if abs(factor) >= 1 else f"1/{1 / factor:.6g} of"
            return f"every result is {times} what is wanted. Is a factor missing, or one too many?"
    return None


def _order(wanted, got, rtol):
    """Results that are right but for the way they are arranged."""
    try:
        pairs = [(one.value, other.value) for one, other in zip(wanted, got)]
        if all(isinstance(e, tuple) and isinstance(g, (tuple, list)) and len(e) == len(g) > 1 for e, g in pairs):
            backwards = [(numbers(e[::-1]), numbers(list(g))) for e, g in pairs]
            if all(e is not None and g is not None and e.shape == g.shape and np.allclose(e, g, rtol=rtol) for e, g in backwards):
                return "the results are right, in the reverse order."
        if all(np.ndim(e) == 2 and np.shape(g) == np.shape(e)[::-1] and np.allclose(np.transpose(g), e, rtol=rtol) for e, g in pairs):
            return "rows and columns are exchanged: return the transpose."
    except (TypeError, ValueError):
        pass
    return None


def changes(names, cases):
    """Ways to misread the arguments: (what to say, the arguments as they were read)."""
    columns = list(zip(*cases))
    for i, j in itertools.combinations(range(len(names)), 2):
        swapped = [tuple(case[j] if k == i else case[i] if k == j else case[k] for k in range(len(case))) for case in cases]
        yield f"as if `{names[i]}` and `{names[j]}` were exchanged", swapped
    for i, name in enumerate(names):
        values = [np.asarray(value) for value in columns[i]]
        if not all(value.dtype.kind in "iuf" for value in values):
            continue
        whole = all(np.array_equal(value, np.rint(value)) for value in values)
        share = all(np.all((value > 0) & (value < 1)) for value in values)
        ways = [("were twice as large", lambda x: 2 * x), ("were half as large", lambda x: x / 2), ("were squared", lambda x: x**2)]
        ways += [("had the other sign", lambda x: -x)]
        if all(np.all(value > 0) for value in values):
            ways += [("were replaced by its root", lambda x: x**0.5), (f"were 1 / {name}", lambda x: 1 / x)]
        if whole:
            ways = [("were one larger", lambda x: x + 1), ("were one smaller", lambda x: x - 1), *ways]
        if share:
            ways = [(f"were 1 - {name}", lambda x: 1 - x), *ways]
        for words, way in ways:
            yield f"as if `{name}` {words}", [tuple(_changed(value, way) if k == i else value for k, value in enumerate(case)) for case in cases]


def _changed(value, way):
    """The argument after the change, of the same kind as before."""
    changed = way(np.asarray(value)) if not np.isscalar(value) else way(value)
    return changed.tolist() if isinstance(value, list) else tuple(changed.tolist()) if isinstance(value, tuple) else changed


def misread(exercise, names, expected, got, outcomes) -> str | None:
    """The misreading of the arguments with which the solution itself would give the learner's results."""
    for words, cases in changes(names, exercise.cases):
        theirs = outcomes(exercise.solution, cases)
        if any(one.raised is not None for one in theirs):
            continue
        differs = any(not one.same_as(other, exercise.rtol) for one, other in zip(theirs, expected))
        if differs and all(one.same_as(other, exercise.rtol) for one, other in zip(theirs, got)):
            return f"the results are those one gets {words}."
    return None


def unused(exercise, function, names, expected, got, outcomes) -> str | None:
    """The first argument that changes the solution's results and never the answer's."""
    found = [numbers(one.value) for one in got if one.raised is None]
    if len(found) < len(got) or not all(one is not None and one.size and np.all(np.isfinite(one)) for one in found):
        return None
    for i, name in enumerate(names):
        try:
            cases = [tuple(_changed(value, lambda x: 0.7 * x + 0.1) if k == i else value for k, value in enumerate(case)) for case in exercise.cases]
        except (TypeError, ValueError):
            continue
        theirs, mine = outcomes(exercise.solution, cases), outcomes(function, cases)
        matters = any(not one.same_as(other, exercise.rtol) for one, other in zip(theirs, expected))
        if matters and all(one.raised is None and one.same_as(other, exercise.rtol) for one, other in zip(mine, got)):
            return f"`{name}` is never used: the result is the same whatever it is."
    return None


def returns_argument(names, cases, got, same, rtol) -> str | None:
    for i, name in enumerate(names):
        if all(one.raised is None and same(one.value, case[i], rtol) for one, case in zip(got, cases)):
            return f"the function returns `{name}` as it was given."
    return None


def cause_of(exercise, function, expected, got, outcomes, same) -> str | None:
    """A likely cause in one sentence, or None, also where the answer's values break every comparison."""
    try:
        return _cause_of(exercise, function, expected, got, outcomes, same)
    except Exception:
        return None


def _cause_of(exercise, function, expected, got, outcomes, same):
    names = list(inspect.signature(exercise.solution).parameters)[: len(exercise.cases[0])]
    return (
        returns_argument(names, exercise.cases, got, same, exercise.rtol)
        or relation(expected, got, exercise.rtol)
        or misread(exercise, names, expected, got, outcomes)
        or unused(exercise, function, names, expected, got, outcomes)
    )


def cause_of_letters(wanted: str, given) -> str | None:
    """Which letters of a diagnosis are not right."""
    try:
        letters = "".join(given).lower().replace(" ", "").replace(",", "")
    except TypeError:
        return None
    if not letters.isalpha():
        return None
    if len(letters) != len(wanted):
        return f"there are {len(letters)} letters where {len(wanted)} are wanted, one for each run."
    runs = [chr(ord("A") + place) for place, (one, other) in enumerate(zip(wanted, letters)) if one != other]
    if not runs:
        return None
    right = len(wanted) - len(runs)
    return f"{right} of {len(wanted)} are right. Look again at {' and '.join(runs) if len(runs) < 3 else ', '.join(runs[:-1]) + ' and ' + runs[-1]}."
