"""What each lesson promises: its exercises, questions and missions, and its two notebooks.

A new lesson is tested by being defined. Two tables are written by hand: `RIGHT`, other right answers to an exercise, and
`PLAUSIBLE`, wrong answers that a learner might give and that no exercise knows.
"""

import ast
import bisect
import inspect
import itertools
import json
import math
import re
import statistics
import sys
from fractions import Fraction
from functools import partial
from pathlib import Path

import nbformat
import numpy as np
import pytest

from lrlab import checking, course
from lrlab.authoring import BEGIN, END, STUB
from lrlab.checking import CORRECT, ERROR, NOT_ATTEMPTED, WRONG, judge, outcomes
from lrlab.widgets import DescentExplorer, ScheduleExplorer

ROOT = Path(__file__).resolve().parent.parent
LESSONS = [course.lesson(number) for number in course.numbers()]
EXERCISES = {exercise.id: exercise for lesson in LESSONS for exercise in lesson.exercises}
FUNCTIONS = {name: exercise for name, exercise in EXERCISES.items() if exercise.cases}
KNOWN = [(exercise, wrong) for exercise in EXERCISES.values() for wrong in exercise.wrong]
MISSIONS = {mission.id: mission for lesson in LESSONS for mission in lesson.missions}

every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.number)
every_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
every_function = pytest.mark.parametrize("exercise", FUNCTIONS.values(), ids=FUNCTIONS)
every_mission = pytest.mark.parametrize("mission", MISSIONS.values(), ids=MISSIONS)


# --- what a lesson module holds ---------------------------------------------------------------------------------------


@every_lesson
def test_a_lesson_has_its_parts_and_ids_in_order(lesson):
    assert re.fullmatch(r"\d\d", lesson.number) and lesson.title and 15 <= lesson.minutes <= 90
    for family, letter in (("recall", "r"), ("predictions", "p"), ("missions", "m"), ("exercises", ""), ("quiz", "q")):
        assert lesson.ids(family) == [f"{lesson.number}-{letter}{n + 1}" for n in range(len(getattr(lesson, family)))]
    assert len(lesson.recall) >= 3 and len(lesson.quiz) >= 5
    assert len(lesson.predictions) >= 1 and 2 <= len(lesson.missions) <= 3 and len(lesson.exercises) >= 3
    assert sum(exercise.minutes for exercise in lesson.exercises) < lesson.minutes


@every_lesson
def test_a_lesson_names_the_next_one(lesson):
    later = [other for other in LESSONS if other.number > lesson.number]
    if later or lesson.next:
        assert lesson.next.startswith(f"lesson {int(lesson.number) + 1:02}, ") and lesson.next.endswith(".")
    if later:
        title = later[0].title[0].lower() + later[0].title[1:]
        assert lesson.next.startswith(f"lesson {later[0].number}, {title}")


@every_lesson
def test_each_question_has_one_right_option_and_explains_every_option(lesson):
    for question in (*lesson.recall, *lesson.predictions, *lesson.quiz):
        assert sum(option.right for option in question.options) == 1 and len(question.options) >= 3, question.id
        assert question.text.strip()[-1] in "?." and "?" in question.text, question.id
        for texts in ([option.text for option in question.options], [option.why for option in question.options]):
            assert all(text.strip() for text in texts) and len(set(texts)) == len(texts), question.id


@every_lesson
def test_the_right_option_cannot_be_guessed_from_its_letter_or_its_length(lesson):
    for questions in (lesson.recall, lesson.quiz):
        assert len({question.answer for question in questions}) > 1
    longest = [max(question.options, key=lambda option: len(option.text)).right for question in lesson.quiz]
    assert not all(longest)


@every_exercise
def test_an_exercise_has_points_minutes_three_hints_and_three_known_wrong_answers(exercise):
    assert exercise.points in range(1, 10) and exercise.minutes in range(1, 31) and exercise.title
    assert len(exercise.hints) == 3 and all(hint.strip() for hint in exercise.hints) and len(set(exercise.hints)) == 3
    assert exercise.shows.endswith(".") and (exercise.cases or exercise.wanted)
    assert len(exercise.wrong) >= 3
    for texts in ([wrong.name for wrong in exercise.wrong], [wrong.message for wrong in exercise.wrong]):
        assert all(text.strip() for text in texts) and len(set(texts)) == len(texts)
    assert all(wrong.message[-1] in ".?" for wrong in exercise.wrong)


@every_exercise
def test_the_solution_passes_and_an_empty_answer_is_not_attempted(exercise):
    result = judge(exercise, exercise.solution)
    assert result.state == CORRECT and exercise.shows in result.lines[0]
    assert judge(exercise, ...).state == NOT_ATTEMPTED


@pytest.mark.parametrize("exercise, wrong", KNOWN, ids=[f"{exercise.id} {wrong.name}" for exercise, wrong in KNOWN])
def test_each_known_wrong_answer_gets_its_own_message_and_no_other(exercise, wrong):
    result = judge(exercise, wrong.answer)
    assert result.state in (WRONG, ERROR)
    said = "\n".join(result.lines)
    assert [other.name for other in exercise.wrong if other.message in said] == [wrong.name]
    assert f"Likely cause: {wrong.message}" in result.lines and result.lines[-1] == f'Stuck? Run hint("{exercise.id}").'


def leaves(value):
    return [leaf for one in value for leaf in leaves(one)] if isinstance(value, (list, tuple)) else np.ravel(value).tolist()


@every_function
def test_no_expected_number_is_so_small_that_it_passes_for_0(exercise):
    for outcome in outcomes(exercise.solution, exercise.cases):
        assert outcome.raised is None and not outcome.changed
        assert all(leaf == 0 or abs(leaf) > 1e6 * checking.SMALL for leaf in leaves(outcome.value))


def always(value):
    return lambda *case: value


def raising(*case):
    raise ValueError("no")


@every_function
def test_answers_of_no_exercise_pass_none(exercise):
    solution, expected = exercise.solution, [outcome.value for outcome in outcomes(exercise.solution, exercise.cases)]
    answers = {
        **{f"always {value}": always(value) for value in expected},
        "zero": always(0.0),
        "one": always(1),
        "nothing": always(None),
        "not a number": always(math.nan),
        "infinity": always(math.inf),
        "text": lambda *case: f"= {solution(*case)}",
        "prints": lambda *case: print(solution(*case)),
        "in a list": lambda *case: [solution(*case)],
        "twice": lambda *case: (solution(*case), solution(*case)),
        "the function": lambda *case: solution,
        "the first argument": lambda first, *case: first,
        "the last argument": lambda *case: case[-1],
        "raises": raising,
        "no arguments": lambda: 1,
        "a generator": lambda *case: (one for one in [solution(*case)]),
        "the right value, not called": solution(*exercise.cases[0]),
    }
    passed = [name for name, answer in answers.items() if judge(exercise, answer).state not in (WRONG, ERROR)]
    assert passed == []


def rewritten(value):
    """The same value in the other forms that a learner's code may return it in."""
    if isinstance(value, np.ndarray):
        return [value.tolist(), tuple(value), value.astype(np.longdouble), value.reshape(value.shape)]
    if isinstance(value, (int, float, np.number)):
        forms = [float(value), np.float64(value), np.array(value), complex(value)]
        return forms + [int(value), np.int64(int(value))] if math.isfinite(value) and value == int(value) else forms
    return [value]


@every_function
def test_the_right_numbers_pass_in_any_form(exercise):
    forms = max(len(rewritten(outcome.value)) for outcome in outcomes(exercise.solution, exercise.cases))
    for form in range(forms):
        result = judge(exercise, lambda *case: (made := rewritten(exercise.solution(*case)))[form % len(made)])
        assert result.state == CORRECT, result.lines


# --- other right answers ----------------------------------------------------------------------------------------------


def copied_then_changed(w, grad, lr):
    new = w.copy()
    new -= lr * grad
    return new


def entry_by_entry(w, grad, lr):
    new = np.zeros_like(w)
    for index in np.ndindex(w.shape):
        new[index] = w[index] - lr * grad[index]
    return new


def shrunk_until_small(lr, h, tolerance):
    factor = abs(1 - lr * h)
    if factor >= 1:
        return float("inf")
    n, size = 0, 1.0
    while size > tolerance:
        size *= factor
        n += 1
    return n


def walked_until_small(lr, h, tolerance):
    w, n = 1.0, 0
    while abs(w) > tolerance:
        w -= lr * h * w
        n += 1
        if abs(w) > 1e6 or n > 10_000:
            return np.inf
    return n


def by_numpy_logarithms(lr, h, tolerance):
    factor = np.abs(1 - lr * h)
    return np.inf if factor >= 1 else max(np.ceil(np.log(tolerance) / np.log(factor)), 1.0)


def by_decimal_logarithms(lr, h, tolerance):
    if lr * h >= 2:
        return math.inf
    factor = abs(1 - lr * h)
    return int(math.ceil(math.log10(tolerance) / math.log10(factor))) if factor else 1


def power_method(H):
    v = np.ones(len(H)) + 0.1 * np.arange(len(H))
    for _ in range(2000):
        v = H @ v
        v = v / np.sqrt(v @ v)
    return 2 / (v @ H @ v)


def variance_followed(lr, h, sigma):
    V = 0.0
    for _ in range(5000):
        V = (1 - lr * h) ** 2 * V + lr**2 * sigma**2
        if V > 1e6 or lr * h == 2:
            return np.inf
    return np.float64(0.5 * h * V)


def added_up(losses):
    half, total = len(losses) // 2, 0
    for loss in losses[half:]:
        total += loss
    return total / (len(losses) - half)


def tried_one_by_one(batch, lr, new_lr, h):
    new = 1
    while new_lr / (new * (2 - new_lr * h)) > lr / (batch * (2 - lr * h)):
        new += 1
    return new


def rounded_up_by_hand(batch, lr, new_lr, h):
    needed = batch * new_lr * (2 - lr * h) / (lr * (2 - new_lr * h))
    return int(needed) if needed == int(needed) else int(needed) + 1


def stair_by_stair(t, lr, every, factor):
    rate = np.full(np.shape(t), lr)
    for drop in range(1, 50):
        rate = np.where(np.asarray(t) >= drop * every, rate * factor, rate)
    return rate


def number_or_array(t, lr, every, factor):
    if np.isscalar(t):
        for _ in range(t // every):
            lr *= factor
        return lr
    return [lr * factor ** (int(one) // every) for one in t]


@np.vectorize
def vectorized_loop(t, lr, every, factor):
    while t >= every:
        t, lr = t - every, lr * factor
    return lr


def dropped_until_low(lr, lr_end, factor):
    n = 0
    while lr > lr_end:
        lr *= factor
        n = n + 1
    return np.int64(n)


def milestone_by_milestone(t, lr, milestones, factor):
    for milestone in milestones:
        if t >= milestone:
            lr = lr * factor
    return lr


def sorted_first(t, lr, milestones, factor):
    drops = 0
    for milestone in sorted(milestones):
        if milestone > t:
            break
        drops += 1
    return lr * np.power(factor, drops)


def counted_batches(epochs, examples, batch):
    full = 0
    while (full + 1) * batch <= examples:
        full += 1
    return sum(full for _ in range(epochs))


# functions as they are; texts are the value that a function with the solution's arguments returns
RIGHT = {
    "01-1": [
        copied_then_changed,
        entry_by_entry,
        "np.subtract(w, np.multiply(lr, grad))",
        "w + -lr * grad",
        "(w - lr * grad).tolist()",
        "[a - lr * b for a, b in zip(w, grad)]",
    ],
    "01-2": [
        shrunk_until_small,
        walked_until_small,
        by_numpy_logarithms,
        by_decimal_logarithms,
        "math.inf if lr * h >= 2 else next(n for n in range(20_000) if abs((1 - lr * h) ** n) <= tolerance)",
        "1 if lr * h == 1 else np.int64(math.ceil(math.log(tolerance, abs(1 - lr * h)))) if abs(1 - lr * h) < 1 else np.inf",
    ],
    "01-3": [
        power_method,
        "2 / max(np.linalg.eigvals(H))",
        "np.min(2 / np.linalg.eigvalsh(H))",
        "2 / np.linalg.norm(H, 2)",
        "2 / np.linalg.svd(H)[1][0]",
        "np.array(2 / sorted(np.linalg.eigh(H)[0])[-1])",
        "2 / np.linalg.eigvals(H.astype(complex)).max()",
    ],
    "01-4": [["s", "o", "d", "g"], ("s", "o", "d", "g"), "s, o, d, g", "SODG", " s o d g "],
    "01-5": [
        "(2 - lr * h) / h",
        "1 / h + (1 / h - lr)",
        "np.float64((1 + (1 - lr * h)) / h)",
        "2 / Fraction(h) - Fraction(lr)",
    ],
    "02-1": [
        variance_followed,
        "np.inf if lr >= 2 / h else lr * sigma * sigma / (4 - 2 * lr * h)",
        "h / 2 * lr**2 * sigma**2 / (1 - (1 - lr * h) ** 2) if lr * h < 2 else float('inf')",
        "np.where(lr * h < 2, lr * sigma**2 / (2 * (2 - np.float64(lr * h))), np.inf)",
    ],
    "02-2": [
        added_up,
        "losses[len(losses) // 2 :].mean()",
        "sum(losses[len(losses) // 2 :]) / len(losses[len(losses) // 2 :])",
        "statistics.mean(list(losses)[len(losses) // 2 :])",
        "np.average(np.array_split(losses[::-1], 2)[0])",
        "np.mean(losses[int(len(losses) / 2) :])",
    ],
    "02-3": [
        "floor / (sigma**2 / 4 + floor * h / 2)",
        "1 / (sigma**2 / (4 * floor) + h / 2)",
        "np.float64(4.0) * floor / np.add(sigma * sigma, 2 * h * floor)",
    ],
    "02-4": [["n", "s", "d", "z"], "N, S, D, Z", "ns dz"],
    "02-5": [tried_one_by_one, rounded_up_by_hand, "np.ceil(batch * (2 / lr - h) / (2 / new_lr - h))"],
    "03-1": [
        stair_by_stair,
        number_or_array,
        vectorized_loop,
        "lr * factor ** (t // every)",
        "lr * np.power(factor, np.trunc(np.divide(t, every)))",
        "lr * np.exp(np.log(factor) * np.floor_divide(t, every))",
        "np.multiply(lr, factor ** np.divmod(t, every)[0])",
    ],
    "03-2": [
        dropped_until_low,
        "max(math.ceil((math.log(lr_end) - math.log(lr)) / math.log(factor)), 0)",
        "0 if lr <= lr_end else np.ceil(np.log(lr_end / lr) / np.log(factor))",
        "next(n for n in itertools.count() if lr * factor**n <= lr_end)",
        "max(0, math.ceil(math.log(lr_end / lr, factor)))",
        "max(0, math.ceil(math.log10(lr / lr_end) / -math.log10(factor)))",
        "int(np.sum(lr * factor ** np.arange(1000.0) > lr_end))",
    ],
    "03-3": [
        milestone_by_milestone,
        sorted_first,
        "lr * factor ** bisect.bisect_right(milestones, t)",
        "lr * factor ** np.sum(np.array(milestones) <= t)",
        "lr * math.prod(factor for m in milestones if m <= t)",
        "lr * np.prod([factor if t >= m else 1 for m in milestones])",
    ],
    "03-4": [["l", "r", "n", "e"], ("L", "R", "N", "E"), "l,r,n,e"],
    "03-5": [
        counted_batches,
        "epochs * int(examples / batch)",
        "np.floor(examples / batch) * epochs",
        "(examples - examples % batch) / batch * epochs",
    ],
    "03-6": [
        "2 ** (-every / half_life)",
        "math.exp(-math.log(2) * every / half_life)",
        "(0.5 ** (1 / half_life)) ** every",
        "np.power(0.5, np.divide(every, half_life))",
        "1 / math.pow(2, every / half_life)",
    ],
}

# --- wrong answers that no exercise knows -----------------------------------------------------------------------------


def changed_and_kept(w, grad, lr):
    w = w - lr * grad


def changed_in_place(w, grad, lr):
    w -= lr * grad


PLAUSIBLE = {
    "01-1": [
        changed_and_kept,
        changed_in_place,
        "grad - lr * w",
        "w - lr * np.sign(grad)",
        "w - lr * abs(grad)",
        "w - lr * grad.sum()",
        "w - lr * np.linalg.norm(grad)",
        "(w - lr) * grad",
        "w - lr * grad**2",
        "w - lr @ grad",
        "w[0] - lr * grad[0]",
        "w.__isub__(lr * grad)",
    ],
    "01-2": [
        "math.ceil(1 / (lr * h))",
        "math.ceil(tolerance / abs(1 - lr * h))",
        "-1 if lr * h >= 2 else 1 if lr * h == 1 else math.ceil(math.log(tolerance) / math.log(abs(1 - lr * h)))",
        "None if lr * h >= 2 else 1 if lr * h == 1 else math.ceil(math.log(tolerance) / math.log(abs(1 - lr * h)))",
        "math.inf if lr * h >= 2 else 1 if lr * h == 1 else math.ceil(math.log(abs(1 - lr * h)) / math.log(tolerance))",
        "math.inf if lr * h >= 2 else 1 if lr * h == 1 else math.ceil(math.log(h, abs(1 - lr * tolerance)))",
        "math.inf if lr * h >= 2 else math.ceil(-math.log(tolerance) / (lr * h))",
    ],
    "01-3": [
        "2 / np.linalg.det(H)",
        "2 / np.linalg.eigvalsh(H).mean()",
        "2 * np.linalg.eigvalsh(H).max()",
        "2 / abs(H).sum(axis=1).max()",
        "2 / np.linalg.eigh(H)",
        "2 / np.linalg.eigh(H)[1].max()",
        "2 / np.linalg.eigvalsh(H).max",
        "2 / np.linalg.eigvalsh(H * H).max()",
        "np.linalg.cond(H)",
        "2 / H",
    ],
    "01-4": ["", "good", "sodgs", "sod", "gdos", "ssss", "abcd", 4, ["so", "dx"], {"s": 1, "o": 2, "d": 3, "x": 4}, "s-o-d"],
    "01-5": ["2 / (h - lr)", "2 * h - lr", "lr - 2 / h", "2 / lr - h", "1 - lr * h", "abs(1 - lr * h)", "[lr, 2 / h - lr]"],
    "02-1": [
        "math.inf if lr >= 2 else lr * sigma**2 / (2 * (2 - lr))",
        "math.inf if lr * h >= 2 else lr * h * sigma**2 / (2 * (2 - lr * h))",
        "math.inf if lr * h >= 2 else lr**2 * sigma**2 / (2 * (2 - lr * h))",
        "math.inf if lr * h >= 2 else math.sqrt(lr * sigma**2 / (2 * (2 - lr * h)))",
        "math.inf if lr * sigma >= 2 else lr * h**2 / (2 * (2 - lr * sigma))",
        "'inf' if lr * h >= 2 else lr * sigma**2 / (2 * (2 - lr * h))",
        "None if lr * h >= 2 else lr * sigma**2 / (2 * (2 - lr * h))",
        "math.inf if lr * h == 2 else abs(lr * sigma**2 / (2 * (2 - lr * h)))",
    ],
    "02-2": [
        "losses[len(losses) // 2]",
        "losses[len(losses) // 2 :]",
        "np.mean(losses) / 2",
        "np.mean(losses[-2:])",
        "np.mean(losses[2:])",
        "np.mean(losses[4:])",
        "np.mean(losses[len(losses) // 2 : -1])",
        "losses[len(losses) // 2 :].mean",
        "np.mean(np.sort(losses)[: len(losses) // 2])",
    ],
    "02-3": [
        "floor * sigma**2 / (2 * (2 - floor * h))",
        "2 * floor / (sigma**2 + 2 * floor * h)",
        "2 * floor * (2 - h) / sigma**2",
        "(sigma**2 + 2 * floor * h) / (4 * floor)",
        "4 * floor / (sigma**2 + 2 * h)",
        "4 * h / (sigma**2 + 2 * floor * h)",
        "4 * floor / (h**2 + 2 * floor * sigma)",
    ],
    "02-4": ["nsd", "nsdzz", "zdsn", "nnnn", 3, "A", ["n", "s", "d"], "n/s/d/z/"],
    "02-5": [
        "math.ceil(batch * (new_lr / (2 + new_lr * h)) / (lr / (2 + lr * h)))",
        "math.ceil(batch * (2 - new_lr * h) / (2 - lr * h))",
        "math.ceil(batch * lr / new_lr)",
        "math.ceil(new_lr / (2 - new_lr * h) / (lr / (2 - lr * h)))",
        "math.ceil(batch * (new_lr / (2 - new_lr)) / (lr / (2 - lr)))",
        "batch + math.ceil(new_lr / lr)",
    ],
    "03-1": [
        "lr * factor ** round(t / every)",
        "lr * (t // every) ** factor",
        "(lr * factor) ** (t // every)",
        "lr * factor ** (every // (t + 1))",
        "lr * factor ** (every // t)",
        "lr / factor ** (t // every)",
        "lr * (1 - factor) ** (t // every)",
        "lr * 0.5 ** (t // every)",
        "lr * factor ** (t // 10)",
        "lr * every ** (t // factor)",
        "factor * lr ** (t // every)",
        "lr * factor ** np.floor(np.atleast_1d(t) / every)",
        "float(lr * factor ** np.max(t // every))",
    ],
    "03-2": [
        "math.log(lr_end / lr) / math.log(factor)",
        "math.ceil(math.log(lr / lr_end) / math.log(factor))",
        "max(math.ceil(math.log(lr_end, factor)), 0)",
        "next(n for n in range(1000) if lr * factor ** (n + 1) <= lr_end)",
        "next(n for n in range(1000) if lr - n * factor <= lr_end)",
        "next(n for n in range(1000) if lr_end * factor**n <= lr)",
        "sum(1 for n in range(1000) if lr * factor**n >= lr_end)",
    ],
    "03-3": [
        "lr * factor ** max((i for i, m in enumerate(milestones) if t >= m), default=0)",
        "lr * factor ** (1 + sum(t >= m for m in milestones))",
        "lr * factor ** sum(t < m for m in milestones)",
        "lr * factor ** sum(m for m in milestones if m <= t)",
        "lr * factor ** (t // milestones[0])",
        "[lr * factor for m in milestones if t >= m]",
        "lr * factor ** (t >= np.array(milestones))",
        "lr / factor ** sum(t >= m for m in milestones)",
        "lr * factor ** sum(t >= milestones.pop() for _ in range(len(milestones)))",
    ],
    "03-4": ["lrn", "lrnel", "enrl", "rrrr", "late", 0, ["l", "r", "n"], None.__class__],
    "03-5": [
        "epochs // batch * examples",
        "epochs * (batch // examples)",
        "epochs * (examples % batch)",
        "round(epochs * examples / batch)",
        "math.ceil(epochs * examples / batch)",
        "epochs * examples * batch",
        "epochs * (examples // batch - 1)",
        "examples * (epochs // batch)",
    ],
    "03-6": [
        "0.5 ** (every * half_life)",
        "0.5**every",
        "0.5**half_life",
        "0.5 ** (every // half_life)",
        "every / half_life",
        "0.5 * half_life / every",
        "1 - 0.5 ** (every / half_life)",
        "(every / half_life) ** 0.5",
    ],
}

NAMES = {"math": math, "np": np, "bisect": bisect, "statistics": statistics, "itertools": itertools, "Fraction": Fraction}


def answers(table):
    """(exercise, answer) of a table, a text made into the function that returns its value."""
    for name, group in table.items():
        exercise = EXERCISES[name]
        for answer in group:
            if isinstance(answer, str) and exercise.cases:
                made = eval(f"lambda {', '.join(inspect.signature(exercise.solution).parameters)}: {answer}", dict(NAMES))
            else:
                made = answer
            yield pytest.param(exercise, made, id=f"{name} {getattr(answer, '__name__', answer)}")


@pytest.mark.parametrize("exercise, answer", list(answers(RIGHT)))
def test_another_right_answer_passes(exercise, answer):
    result = judge(exercise, answer)
    assert result.state == CORRECT, "\n".join(result.lines)


@pytest.mark.parametrize("exercise, answer", list(answers(PLAUSIBLE)))
def test_a_plausible_wrong_answer_does_not_pass(exercise, answer):
    assert judge(exercise, answer).state in (WRONG, ERROR)


def test_the_first_lessons_have_other_right_answers_and_unknown_wrong_ones():
    first = [name for name in EXERCISES if name[:2] in ("01", "02", "03")]
    assert sorted(RIGHT) == sorted(PLAUSIBLE) == first
    assert min(map(len, RIGHT.values())) >= 3 and min(map(len, PLAUSIBLE.values())) >= 5


def test_a_count_that_never_ends_is_an_error_that_asks_for_the_end_of_the_loop(monkeypatch):
    monkeypatch.setattr(checking, "TIME_LIMIT", 0.2)

    def updates_needed(lr, h, tolerance):
        n, size = 0, 1.0
        while size > tolerance:
            size *= abs(1 - lr * h)
            n += 1
        return n

    result = judge(EXERCISES["01-2"], updates_needed)
    assert result.state == ERROR and "lr=2, h=1" in result.lines[0] and "Does every loop in it end?" in result.lines[1]


# --- missions ---------------------------------------------------------------------------------------------------------


def bowl(**settings):
    explorer = DescentExplorer(steps=50)
    explorer.set(**settings)
    return explorer


def noisy_bowl(**settings):
    explorer = DescentExplorer(steps=200, lr=0.15, noise=1.0)
    explorer.set(**settings)
    return explorer


def schedule(**settings):
    explorer = ScheduleExplorer("StepDecay", steps=100)
    explorer.set(**settings)
    return explorer


# what reaches a mission, what does not, and a word of what is then said
REACHED = [
    ("01-m1", bowl, {"lr": 0.175}),
    ("01-m2", bowl, {"lr": 0.97 * 0.2}),
    ("01-m2", bowl, {"lr": 0.199}),
    ("01-m3", bowl, {"surface": "Himmelblau", "lr": 0.028}),
    ("02-m1", noisy_bowl, {"lr": 0.03}),
    ("02-m1", noisy_bowl, {"lr": 0.03, "noise": 1.2}),
    ("02-m2", noisy_bowl, {"lr": 0.15, "noise": 0.0}),
    ("02-m3", noisy_bowl, {"lr": 0.001}),
    *(("03-m1", schedule, {"every": every, "factor": 0.5}) for every in (19, 20, 21, 22)),
    ("03-m1", schedule, {"lr": 0.1, "every": 20, "factor": 0.5}),
    ("03-m2", schedule, {"every": 10, "factor": 0.6}),
    ("03-m3", schedule, {"schedule": "ExponentialDecay", "lr": 0.8, "factor": 0.5, "every": 10}),
    ("03-m3", schedule, {"schedule": "ExponentialDecay", "lr": 0.8, "factor": 0.25, "every": 20}),
]
MISSED = [
    ("01-m1", bowl, {"lr": 2 / 11}, "after 50 updates is"),
    ("01-m1", bowl, {"surface": "Himmelblau", "lr": 0.01}, "surface Quadratic"),
    ("01-m2", bowl, {"lr": 0.96 * 0.2}, "0.96 times 2/L"),
    ("01-m2", bowl, {"lr": 0.2}, "1 times 2/L"),
    ("01-m2", bowl, {"surface": "Rastrigin", "lr": 0.005}, "surface Quadratic"),
    ("01-m3", bowl, {"lr": 0.028}, "surface Himmelblau"),
    ("01-m3", bowl, {"surface": "Himmelblau", "lr": 0.01}, "settles"),
    ("01-m3", bowl, {"surface": "Himmelblau", "lr": 0.2}, "diverges"),
    ("02-m1", noisy_bowl, {"lr": 0.15}, "the last 50 losses have mean"),
    ("02-m1", noisy_bowl, {"lr": 0.001}, "the last 50 losses have mean"),
    ("02-m1", noisy_bowl, {"lr": 0.03, "noise": 0.9}, "Put it back to 1 or more"),
    ("02-m2", noisy_bowl, {"lr": 0.14, "noise": 0.0}, "Keep it at 0.15"),
    ("02-m2", noisy_bowl, {"lr": 0.15}, "What else than the rate"),
    ("02-m3", noisy_bowl, {"lr": 0.03}, "The last 50 losses have mean"),
    ("02-m3", noisy_bowl, {"lr": 0.0001}, "The last 50 losses have mean"),
    ("02-m3", noisy_bowl, {"lr": 0.1727}, "far smaller rates"),
    ("02-m3", noisy_bowl, {"lr": 0.001, "noise": 0.5}, "Put it back to 1 or more"),
    ("03-m1", schedule, {"every": 18, "factor": 0.5}, "not 1/16"),
    ("03-m1", schedule, {"every": 23, "factor": 0.5}, "not 1/16"),
    ("03-m1", schedule, {"every": 90, "factor": 1 / 16}, "Keep it at 0.5"),
    ("03-m1", schedule, {"schedule": "ExponentialDecay"}, "Choose the schedule StepDecay"),
    ("03-m2", schedule, {"every": 10, "factor": 0.5}, "mean rate"),
    ("03-m2", schedule, {"every": 11, "factor": 0.6}, "drops"),
    ("03-m3", schedule, {"every": 10, "factor": 0.5, "lr": 0.8}, "Choose the schedule ExponentialDecay"),
    ("03-m3", schedule, {"schedule": "ExponentialDecay", "lr": 0.4, "factor": 0.5, "every": 10}, "not 0.8, 0.4 and 0.2"),
    ("03-m3", schedule, {"schedule": "ExponentialDecay", "lr": 0.8, "factor": 0.6, "every": 10}, "not 0.8, 0.4 and 0.2"),
    (
        "03-m3", schedule,
        {"schedule": "ExponentialDecay", "lr": 0.8, "factor": 0.5, "every": 10, "staircase": True}, "without staircase",
    ),
]  # fmt: skip


@pytest.mark.parametrize("mission, explorer, settings", REACHED)
def test_a_mission_is_reached_by_what_its_text_demands(mission, explorer, settings):
    assert MISSIONS[mission].missing(explorer(**settings)) is None


@pytest.mark.parametrize("mission, explorer, settings, said", MISSED)
def test_a_mission_is_missed_by_what_its_text_does_not_allow(mission, explorer, settings, said):
    assert said in MISSIONS[mission].missing(explorer(**settings))


def numbers_in(thing, seen):
    """All numbers that a function is written with: its own, its helpers' and its module's constants."""
    if id(thing) in seen:
        return set()
    seen.add(id(thing))
    if isinstance(thing, (int, float)):
        return {abs(float(thing))}
    if isinstance(thing, (tuple, list, frozenset)):
        return set().union(*(numbers_in(one, seen) for one in thing))
    if isinstance(thing, partial):
        return numbers_in((thing.func, *thing.args, *thing.keywords.values()), seen)
    if inspect.iscode(thing):
        return numbers_in(thing.co_consts, seen)
    if inspect.isfunction(thing) and thing.__module__.startswith("lrlab.course."):
        cells = [cell.cell_contents for cell in thing.__closure__ or ()]
        names = itertools.chain(thing.__code__.co_names, *(c.co_names for c in thing.__code__.co_consts if inspect.iscode(c)))
        there = [thing.__globals__[name] for name in names if name in thing.__globals__]
        return numbers_in((thing.__code__, *cells, *(thing.__defaults__ or ()), *there), seen)
    return set()


NUMBER = r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.]\d)"


@every_mission
def test_the_numbers_of_a_missions_text_are_those_it_demands(mission):
    assert mission.text.endswith(".") and mission.shows.endswith(".")
    text = re.sub(r"\d/L", "", mission.text)
    explorers = "\n".join(source_of(cell) for cell in code_cells("lessons", mission.id[:2]) if "Explorer(" in source_of(cell))
    there = numbers_in(mission.missing, set()) | set(map(float, re.findall(NUMBER, explorers)))
    assert {float(one) for one in re.findall(NUMBER, text)} - there <= {0.0, 1.0, 2.0}


# --- notebooks --------------------------------------------------------------------------------------------------------

BOTH = ("lessons", "solutions")
every_notebook = pytest.mark.parametrize(
    "folder, lesson", list(itertools.product(BOTH, LESSONS)), ids=lambda one: getattr(one, "number", one)
)


def path_of(folder, number):
    (path,) = (ROOT / folder).glob(f"{number}-*.ipynb")
    return path


def notebook(folder, number):
    return json.loads(path_of(folder, number).read_text(encoding="utf-8"))


def source_of(cell):
    return "".join(cell["source"])


def code_cells(folder, number):
    return [cell for cell in notebook(folder, number)["cells"] if cell["cell_type"] == "code"]


def markdown(folder, number):
    return "\n\n".join(source_of(cell) for cell in notebook(folder, number)["cells"] if cell["cell_type"] == "markdown")


def outputs_of(cells):
    return [(cell["id"], output) for cell in cells for output in cell["outputs"]]


def plain(output):
    return "".join(output.get("data", {}).get("text/plain", output.get("text", "")))


def calls(cells, name):
    """The calls of a function in cells, with the cell: (cell, [arguments as constants or None])."""
    for cell in cells:
        for node in ast.walk(ast.parse(source_of(cell))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield cell, node.args


def first_constants(cells, name):
    return [arguments[0].value for _, arguments in calls(cells, name)]


def test_every_lesson_has_its_two_notebooks_and_every_notebook_its_lesson():
    for folder in BOTH:
        assert sorted(path.name[:2] for path in (ROOT / folder).glob("*.ipynb")) == list(course.numbers())
    assert [path.name for path in sorted((ROOT / "lessons").iterdir()) if path.suffix == ".ipynb"] == [
        path.name for path in sorted((ROOT / "solutions").iterdir()) if path.suffix == ".ipynb"
    ]


@every_notebook
def test_a_notebook_is_valid_small_and_names_its_kernel_and_nothing_else(folder, lesson):
    path = path_of(folder, lesson.number)
    nbformat.validate(nbformat.read(path, as_version=4))
    assert path.stat().st_size < 1_000_000
    metadata = notebook(folder, lesson.number)["metadata"]
    assert metadata["kernelspec"]["name"] == "python3" and "widgets" not in metadata
    assert set(metadata) == {"kernelspec", "language_info"}


@every_notebook
def test_every_code_cell_was_run_once_from_top_to_bottom(folder, lesson):
    cells = code_cells(folder, lesson.number)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    for name, output in outputs_of(cells):
        assert output["output_type"] in ("stream", "display_data", "execute_result"), name
        assert output.get("name", "stdout") == "stdout", name


@every_notebook
def test_every_output_says_in_words_what_it_shows(folder, lesson):
    for name, output in outputs_of(code_cells(folder, lesson.number)):
        assert plain(output).strip(), name
        assert not re.match(r"<|\w+\((?:children|value|\w+=)", plain(output)), name
        data = output.get("data", {})
        assert not any("widget" in kind or kind == "image/svg+xml" for kind in data), name
        if "image/png" in data:
            assert output["metadata"]["image/png"]["alt"].strip(), name
        for image in re.findall(r"<img\b[^>]*>", "".join(data.get("text/html", ""))):
            assert re.search(r'\balt="[^"]+"', image), name


@every_notebook
def test_the_explorers_are_stored_as_a_picture_and_the_questions_as_a_list(folder, lesson):
    cells = code_cells(folder, lesson.number)
    explorers = [cell for cell in cells if "Explorer(" in source_of(cell)]
    assert explorers and all(any("image/png" in output.get("data", {}) for output in cell["outputs"]) for cell in explorers)
    if folder == "lessons":
        asking = [cell for name in ("recall", "predict", "quiz") for cell, _ in calls(cells, name)]
        assert all("<ol" in "".join(cell["outputs"][0]["data"]["text/html"]) for cell in asking)


@every_notebook
def test_cell_ids_are_words_and_unique(folder, lesson):
    names = [cell["id"] for cell in notebook(folder, lesson.number)["cells"]]
    assert len(set(names)) == len(names)
    for name in names:
        number, *words = name.split("-")
        assert number == lesson.number and words, name
        assert all(re.fullmatch(r"[a-z]+|\d|ex\d{1,2}", word) for word in words), name


@every_notebook
def test_only_lrlab_numpy_and_the_standard_library_are_imported_and_all_of_it_at_the_top(folder, lesson):
    first, *later = code_cells(folder, lesson.number)
    imported = set()
    for node in ast.walk(ast.parse(source_of(first))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add(node.module.split(".")[0])
    assert imported <= {"lrlab", "numpy", *sys.stdlib_module_names}
    nodes = [node for cell in later for node in ast.walk(ast.parse(source_of(cell)))]
    assert not any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in nodes)


@every_notebook
def test_each_lesson_calls_everything_that_a_lesson_is_made_of(folder, lesson):
    cells = code_cells(folder, lesson.number)
    assert first_constants(cells, "begin") == first_constants(cells, "recall") == [lesson.number]
    assert first_constants(cells, "quiz") == first_constants(cells, "done") == [lesson.number]
    assert [cell["id"] for cell, _ in calls(cells, "begin")] == [cells[0]["id"]]
    assert [cell["id"] for cell, _ in calls(cells, "done")] == [cells[-1]["id"]]
    assert first_constants(cells, "predict") == first_constants(cells, "reveal") == lesson.ids("predictions")
    assert first_constants(cells, "mission") == lesson.ids("missions")
    assert first_constants(cells, "check") == lesson.ids("exercises")
    assert len(list(calls(cells, "verdict"))) >= 1
    order = [cell["id"] for cell in cells]
    for prediction in lesson.ids("predictions"):
        predicted, revealed = (
            next(order.index(cell["id"]) for cell, arguments in calls(cells, name) if arguments[0].value == prediction)
            for name in ("predict", "reveal")
        )
        assert predicted < revealed


@every_notebook
def test_each_exercise_has_its_answer_cell_and_its_locked_check_with_its_points(folder, lesson):
    cells = code_cells(folder, lesson.number)
    graded = [cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade")]
    assert [source_of(cell).split('"')[1] for cell in graded] == lesson.ids("exercises")
    for exercise, check in zip(lesson.exercises, graded):
        answer = cells[cells.index(check) - 1]
        common = {"schema_version": 3, "task": False}
        assert answer["metadata"]["nbgrader"] == common | {
            "grade": False, "grade_id": answer["id"], "locked": False, "solution": True,
        }  # fmt: skip
        assert check["metadata"]["nbgrader"] == common | {
            "grade": True, "grade_id": check["id"], "locked": True, "points": exercise.points, "solution": False,
        }  # fmt: skip
        (call,) = ast.parse(source_of(check)).body
        name = call.value.args[1].id
        made = [node for node in ast.parse(source_of(answer)).body if getattr(node, "name", None) == name]
        if exercise.cases:
            assert [argument.arg for argument in made[0].args.args] == list(inspect.signature(exercise.solution).parameters)
            assert name == exercise.solution.__name__
        assert STUB in source_of(answer) or folder == "solutions"
    asked = [cell for name in ("recall", "predict", "mission", "quiz") for cell, _ in calls(cells, name)]
    assert all(cell["metadata"]["nbgrader"]["solution"] and not cell["metadata"]["nbgrader"]["grade"] for cell in asked)


@every_notebook
def test_the_checks_missions_and_questions_say_what_they_should(folder, lesson):
    cells = code_cells(folder, lesson.number)
    recall, quiz = len(lesson.recall), len(lesson.quiz)
    starts = {
        "lessons": {
            "recall": "Recall\n",
            "quiz": "Exit quiz\n",
            "predict": "Your prediction\n",
            "reveal": "○ Predict first.",
            "mission": "○ Mission {}: not reached yet\n",
            "check": "○ Not attempted: exercise {}, ",
        },
        "solutions": {
            "recall": f"Recall: {recall} of {recall} right",
            "quiz": f"Exit quiz: {quiz} of {quiz} right",
            "predict": "Recorded:\n",
            "mission": "✓ Mission {}: reached\n",
            "check": "✓ Correct: exercise {}, ",
        },
    }[folder]
    for name, start in starts.items():
        for cell, arguments in calls(cells, name):
            said, output = start.format(arguments[0].value), cell["outputs"][-1]
            assert plain(output).startswith(said), cell["id"]
            assert f"<strong>{said.strip()}" in "".join(output["data"]["text/html"]), cell["id"]
    end = plain(cells[-1]["outputs"][-1])
    points = sum(exercise.points for exercise in lesson.exercises)
    done = f"{points if folder == 'solutions' else 0} of {points} points"
    assert done in end and ("Still open" in end) == (folder == "lessons")


@every_lesson
def test_no_line_of_a_solution_is_left_in_a_lesson(lesson):
    text = path_of("lessons", lesson.number).read_text(encoding="utf-8")
    assert BEGIN not in text and END not in text
    cells, solved = (notebook(folder, lesson.number)["cells"] for folder in BOTH)
    there = [line for cell in cells for line in source_of(cell).splitlines()]
    there += [line for cell in cells for output in cell.get("outputs", ()) for line in shown(output)]
    there = {line.strip() for line in there}
    found = 0
    for cell, original in zip(cells, solved):
        own = source_of(cell) + json.dumps(cell["metadata"])
        for line in solution_lines(source_of(original)):
            found += 1
            assert line not in map(str.strip, source_of(cell).splitlines())
            if len(line) >= 12:
                assert line not in own and line not in there
    assert found >= len(lesson.exercises) + len(lesson.missions) + len(lesson.predictions) + 2


def solution_lines(source):
    inside = False
    for line in source.splitlines():
        if BEGIN in line or END in line:
            inside = BEGIN in line
        elif inside and line.strip():
            yield line.strip()


def shown(output):
    texts = [output.get("text", ""), *(data for kind, data in output.get("data", {}).items() if kind.startswith("text/"))]
    return [line for text in texts for line in "".join(text).splitlines()]


@every_notebook
def test_headings_go_down_one_step_at_a_time_from_a_single_title(folder, lesson):
    text = re.sub(r"```.*?```", "", markdown(folder, lesson.number), flags=re.DOTALL)
    levels = [len(mark) for mark in re.findall(r"^(#+) ", text, flags=re.MULTILINE)]
    assert levels[0] == 1 and levels.count(1) == 1 and max(levels) <= 3
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))
    assert text.startswith(f"# {lesson.number} · {lesson.title}\n")


@every_notebook
def test_the_text_tells_the_modules_minutes_points_and_titles(folder, lesson):
    text = markdown(folder, lesson.number)
    assert f"Time {lesson.minutes} minutes" in text
    pattern = r"^## Exercise (\S+) · (.+)\n\n\*(\d+) points?, (\d+) minutes?\.\*"
    found = re.findall(pattern, text, flags=re.MULTILINE)
    assert [(one[0], int(one[2]), int(one[3])) for one in found] == [(e.id, e.points, e.minutes) for e in lesson.exercises]
    for (_, title, *_), exercise in zip(found, lesson.exercises):
        assert title.removesuffix(" (stretch)").lower() == exercise.title.lower()
    (listed,) = re.findall(r"^### Missions\n\n((?:\d\. .+\n)+)", text, flags=re.MULTILINE)
    assert len(listed.splitlines()) == len(lesson.missions)


@every_notebook
def test_the_objectives_name_exercises_of_the_lesson(folder, lesson):
    (objectives,) = re.findall(r"^## Objectives\n(.+?)\n## ", markdown(folder, lesson.number), flags=re.MULTILINE | re.DOTALL)
    named = re.findall(r"\b\d\d-\d+\b", objectives)
    assert named and set(named) <= set(lesson.ids("exercises"))


@every_notebook
def test_links_lead_to_files_that_exist_and_to_both_neighbours(folder, lesson):
    text = markdown(folder, lesson.number)
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    for link in links:
        assert link.startswith("https://") or (ROOT / folder / link).is_file(), link
    title = source_of(notebook(folder, lesson.number)["cells"][0])
    numbers = list(course.numbers())
    at = numbers.index(lesson.number)
    for word, near in (("Before", numbers[at - 1 : at] if at else []), ("Next", numbers[at + 1 : at + 2])):
        wanted = [f"[{word}: {n} {course.lesson(n).title}]({path_of(folder, n).name})" for n in near]
        assert re.findall(rf"\[{word}: [^\]]+\]\([^)]+\)", title) == wanted


@every_notebook
def test_images_in_the_text_have_a_description(folder, lesson):
    text = markdown(folder, lesson.number)
    assert all(description.strip() for description in re.findall(r"!\[([^\]]*)\]\(", text))
    assert "<img" not in text
