import numpy as np
import pytest

from lrlab.checking import judge
from lrlab.course.model import Exercise


def exercise(solution, cases, **options):
    return Exercise(
        id="42-1", title="a trial", points=1, minutes=1, solution=solution, cases=tuple(cases), hints=("a", "b", "c"), wrong=(), shows="", **options
    )


def cause(solution, answer, cases):
    result = judge(exercise(solution, cases), answer)
    said = [line for line in result.lines if line.startswith("Likely cause: ")]
    assert result.state != "correct" and len(said) <= 1
    return said[0].removeprefix("Likely cause: ") if said else None


def decay(t, lr, factor):
    return lr * factor**t


CASES = ((0, 0.5, 0.9), (3, 0.5, 0.9), (5, 2.0, 0.25), (7, 0.1, 0.5))


def f(x):
    return x * x - 3 * x - 0.5


NUMBERS = [(x,) for x in (-2.0, 0.5, 1.5, 4.0, 6.25)]

RELATIONS = {
    "the sign is reversed everywhere.": lambda x: -f(x),
    "the result is 1.5 whatever it is given.": lambda x: 1.5,
    "the result is upside down: it is 1 over what is wanted.": lambda x: 1 / f(x),
    "the result is the square of what is wanted. Is a root missing, or a square too many?": lambda x: f(x) ** 2,
    "the sign is lost: where the result should be negative, it is positive.": lambda x: abs(f(x)),
    "the result is rounded down. Return it as it is.": lambda x: np.floor(f(x)),
    "the result is rounded up. Return it as it is.": lambda x: np.ceil(f(x)),
    "every result is too large by 0.25.": lambda x: f(x) + 0.25,
    "every result is too small by 2.": lambda x: f(x) - 2,
    "every result is 2 times what is wanted. Is a factor missing, or one too many?": lambda x: 2 * f(x),
    "every result is 1/4 of what is wanted. Is a factor missing, or one too many?": lambda x: f(x) / 4,
    "the function returns `x` as it was given.": lambda x: x,
}


@pytest.mark.parametrize("said", RELATIONS)
def test_a_plain_relation_to_the_wanted_results_is_named(said):
    assert cause(f, RELATIONS[said], NUMBERS) == said


def test_a_root_is_told_from_a_square():
    assert "is the root of what is wanted" in cause(lambda x: x + 1, lambda x: (x + 1) ** 0.5, [(1.0,), (3.0,), (8.0,)])


def test_counts_are_told_that_they_are_one_too_large_or_not_whole():
    counts = [(n,) for n in (3, 4, 7)]
    assert "one too large. Count again" in cause(lambda n: n**2, lambda n: n**2 + 1, counts)
    assert "one too small. Count again" in cause(lambda n: n**2, lambda n: n**2 - 1, counts)
    assert "must be rounded down" in cause(lambda n: n // 2, lambda n: n / 2, counts)


MISREAD = {
    "as if `t` were one larger": lambda t, lr, factor: decay(t + 1, lr, factor),
    "as if `t` were one smaller": lambda t, lr, factor: decay(t - 1, lr, factor),
    "as if `lr` and `factor` were exchanged": lambda t, lr, factor: decay(t, factor, lr),
    "as if `factor` were 1 - factor": lambda t, lr, factor: decay(t, lr, 1 - factor),
    "as if `lr` were replaced by its root": lambda t, lr, factor: decay(t, lr**0.5, factor),
    "as if `t` had the other sign": lambda t, lr, factor: decay(-t, lr, factor),
    "as if `lr` were squared": lambda t, lr, factor: decay(t, lr**2, factor),
}


@pytest.mark.parametrize("said", MISREAD)
def test_a_misread_argument_is_named(said):
    assert cause(decay, MISREAD[said], CASES) == f"the results are those one gets {said}."


def test_an_argument_that_is_never_used_is_named():
    assert cause(decay, lambda t, lr, factor: lr * 0.8**t, CASES) == "`factor` is never used: the result is the same whatever it is."
    assert cause(decay, lambda t, lr, factor: 0.9 * lr * factor, CASES) == "`t` is never used: the result is the same whatever it is."


def test_arrays_lists_and_pairs_are_compared_as_numbers():
    arrays = [(np.array([1.0, 2.0]),), (np.array([3.0, -4.0]),)]
    assert cause(lambda w: w - 1.0, lambda w: 1.0 - w, arrays) == "the sign is reversed everywhere."
    assert cause(lambda w: list(w + 1.0), lambda w: list(3 * (w + 1.0)), arrays).startswith("every result is 3 times")
    pair = lambda w: (w.sum(), w.max() + 1.0)  # noqa: E731
    assert cause(pair, lambda w: pair(w)[::-1], arrays) == "the results are right, in the reverse order."
    square = [(np.array([[1.0, 2.0], [3.0, 4.0]]),), (np.array([[0.0, 5.0], [1.0, 1.0]]),)]
    assert cause(lambda w: w, lambda w: w.T, square) == "rows and columns are exchanged: return the transpose."


@pytest.mark.parametrize(
    "answer",
    [
        lambda t, lr, factor: lr * factor**t * (1.0 if t < 6 else 1.1),  # right in all cases but one
        lambda t, lr, factor: np.sin(t) + lr * factor,
        lambda t, lr, factor: {},
        lambda t, lr, factor: object(),
        lambda t, lr, factor: np.nan,
        lambda t, lr, factor: float("inf"),
        lambda t, lr, factor: [],
    ],
)
def test_where_no_trace_fits_all_cases_nothing_is_guessed(answer):
    assert cause(decay, answer, CASES) in (None, *(f"the result has shape {shape} where () is wanted." for shape in ("(0,)",)))


def test_a_single_case_gives_no_relation():
    assert cause(lambda x: 2.0, lambda x: 4.0, [(1.0,)]) is None


def test_the_letters_that_are_not_right_are_named():
    runs = Exercise(id="42-2", title="a trial", points=1, minutes=1, solution="sodg", hints=("a", "b", "c"), wrong=(), shows="")

    def said(answer):
        return [line for line in judge(runs, answer).lines if line.startswith("Likely cause: ")]

    assert said("sodo") == ["Likely cause: 3 of 4 are right. Look again at D."]
    assert said("S, O, G, D") == ["Likely cause: 2 of 4 are right. Look again at C and D."]
    assert said("gdos") == ["Likely cause: 0 of 4 are right. Look again at A, B, C and D."]
    assert said("so") == ["Likely cause: there are 2 letters where 4 are wanted, one for each run."]
    assert said(3) == said("1234") == said(["s", 1]) == []
