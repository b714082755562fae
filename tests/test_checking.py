import functools
import math
import signal
import sys
import threading
import warnings
from fractions import Fraction

import numpy as np
import pytest

from lrlab import checking
from lrlab.checking import CORRECT, ERROR, NOT_ATTEMPTED, WRONG, has_blank, judge, same, show
from lrlab.course import Exercise, Wrong


def halve(t, lr):
    return lr * 0.5 ** np.asarray(t)


def exercise(**changed):
    fields = {
        "id": "99-1",
        "title": "halve",
        "points": 1,
        "minutes": 1,
        "solution": halve,
        "cases": ((0, 0.8), (1, 0.8), (np.array([0, 1, 2]), 1.0)),
        "hints": ("a?", "b", "c"),
        "wrong": (
            Wrong("late", lambda t, lr: lr * 0.5 ** (np.asarray(t) + 1), "one halving too many."),
            Wrong("never", lambda t, lr: lr + 0 * np.asarray(t), "it never halves."),
            Wrong("refuses arrays", lambda t, lr: lr * 0.5 ** float(t), "float() takes one number."),
        ),
        "shows": "Halving is a power.",
    }
    return Exercise(**(fields | changed))


def value_exercise(**changed):
    wrong = (
        Wrong("upside down", 4.0, "upside down."),
        Wrong("negative", -1.0, "a rate is above 0.", lambda value: value < 0),
        Wrong("picky", "x", "never said.", lambda value: value.no_such_attribute),
    )
    return exercise(**({"solution": 0.25, "cases": (), "wrong": wrong, "wanted": "a rate"} | changed))


def text(result):
    return "\n".join(result.lines)


def test_a_right_function_passes_and_is_told_what_it_shows():
    result = judge(exercise(), lambda t, lr: lr / 2 ** np.asarray(t, dtype=float))
    assert (result.state, result.lines) == (CORRECT, ("All 3 cases agree. Halving is a power.",))


def test_a_wrong_function_is_told_the_first_difference_the_cause_and_where_hints_are():
    def mine(t, lr):
        return lr + 0 * np.asarray(t)

    result = judge(exercise(), mine)
    assert result.state == WRONG
    assert result.lines == (
        "First difference: mine(t=1, lr=0.8)",
        "  expected 0.4",
        "  got      0.8",
        "Likely cause: it never halves.",
        'Stuck? Run hint("99-1").',
    )


def test_a_wrong_answer_of_no_known_kind_gets_the_difference_and_no_cause():
    result = judge(exercise(), lambda t, lr: lr * 0.3 ** np.asarray(t))
    assert result.state == WRONG and "got      0.24" in text(result) and "Likely cause" not in text(result)


def test_an_answer_that_raises_is_shown_its_own_last_line_and_not_the_checkers():
    def helper(lr):
        return lr / 0

    def mine(t, lr):
        return helper(lr) + 1  # calls the line that fails

    line = mine.__code__.co_firstlineno - 3
    result = judge(exercise(), mine)
    assert result.state == ERROR
    assert result.lines[1] == f"  line {line + 1} of your cell: return lr / 0\n  ZeroDivisionError: float division by zero"
    assert "checking.py" not in text(result)


def test_an_error_inside_a_library_is_shown_at_the_learners_line():
    def mine(t, lr):
        return np.linalg.inv(np.zeros((2, 2)))

    result = judge(exercise(), mine)
    assert result.state == ERROR and "np.linalg.inv(np.zeros((2, 2)))\n  LinAlgError: Singular matrix" in text(result)


def test_an_error_has_a_likely_cause_when_a_known_answer_fails_in_the_same_way():
    def mine(t, lr):
        return lr * 0.5 ** int(t)

    result = judge(exercise(), mine)
    assert result.state == ERROR
    assert "First difference: mine(t=[0, 1, 2], lr=1)" in text(result)
    assert "TypeError" in text(result) and "Likely cause: float() takes one number." in text(result)


def test_a_function_of_other_arguments_is_an_error_in_words():
    result = judge(exercise(), lambda t: t)
    assert result.state == ERROR and "takes 1 positional argument but 2 were given" in text(result)


def stub(t, lr):
    """The stub as the lessons have it."""
    ...


def half_done(t, lr):
    factor = ...
    return lr * factor


def unfinished(t, lr):
    return ...


@pytest.mark.parametrize("answer", [..., None, stub, half_done, unfinished])
def test_where_a_blank_is_left_nothing_is_judged(answer):
    result = judge(exercise(), answer)
    assert result.state == NOT_ATTEMPTED and "..." in text(result) and "99-1" in text(result)


def test_the_dots_of_an_index_a_text_or_a_type_are_no_blank():
    def mine(t: tuple[int, ...], lr):
        """A docstring with a ... in it."""
        return np.asarray(t)[..., None][(..., 0)] / 0 * len("...") + lr["..."]

    assert not has_blank(mine) and has_blank(half_done)
    assert judge(exercise(), mine).state == ERROR


def test_a_blank_in_code_that_gives_a_number_is_judged():
    def mine(t, lr):
        unused = ...
        return lr

    assert judge(exercise(), mine).state == WRONG


def test_a_function_without_source_is_judged_all_the_same():
    scope = {}
    exec("def mine(t, lr):\n    return", scope)
    result = judge(exercise(), scope["mine"])
    assert result.state == WRONG and "returns nothing" in text(result)
    assert judge(exercise(), functools.partial(halve, lr=1)).state == ERROR
    assert "your function(t=" in text(judge(exercise(), functools.partial(halve, lr=1)))


@pytest.mark.parametrize("answer", [0.5, "halve", np.arange(3), [halve], {"t": 1}])
def test_what_is_no_function_is_refused_in_words(answer):
    result = judge(exercise(), answer)
    assert result.state == WRONG and "must be a function" in text(result) and "without brackets" in text(result)


def test_an_endless_loop_ends_with_its_line_and_a_clear_word(monkeypatch):
    monkeypatch.setattr(checking, "TIME_LIMIT", 0.1)

    def mine(t, lr):
        try:
            while True:
                pass
        except Exception:
            return halve(t, lr)

    result = judge(exercise(), mine)
    assert result.state == ERROR
    assert "of your cell: " in text(result) and "it ran for more than 0.1 seconds. Does every loop in it end?" in text(result)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_only_the_first_endless_case_is_waited_for(monkeypatch):
    monkeypatch.setattr(checking, "TIME_LIMIT", 0.05)
    calls = []

    def mine(t, lr):
        calls.append(t)
        while True:
            pass

    judge(exercise(wrong=()), mine)
    assert len(calls) == 1


def test_the_signal_handler_is_put_back():
    before = signal.getsignal(signal.SIGALRM)
    judge(exercise(), halve)
    assert signal.getsignal(signal.SIGALRM) is before


def test_answers_are_judged_outside_the_main_thread_too():
    found = []
    answers = halve, lambda t, lr: lr, lambda t, lr: lr / 0
    thread = threading.Thread(target=lambda: found.extend(judge(exercise(), answer).state for answer in answers))
    thread.start()
    thread.join()
    assert found == [CORRECT, WRONG, ERROR]


def test_a_recursion_without_end_is_an_error():
    def mine(t, lr):
        return mine(t, lr)

    result = judge(exercise(), mine)
    assert result.state == ERROR and "return mine(t, lr)\n  RecursionError" in text(result)


@pytest.mark.parametrize("stop", [sys.exit, lambda: sys.exit("bye"), lambda: (_ for _ in ()).throw(StopIteration)])
def test_an_answer_that_wants_to_stop_the_program_is_an_error(stop):
    assert judge(exercise(), lambda t, lr: stop()).state == ERROR


def test_the_stop_button_is_left_to_the_learner():
    def mine(t, lr):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(exercise(), mine)


def test_an_answer_that_prints_is_judged_by_what_it_returns(capsys):
    assert judge(exercise(), lambda t, lr: print("debug") or halve(t, lr)).state == CORRECT
    result = judge(exercise(), lambda t, lr: print(halve(t, lr)))
    assert result.state == WRONG
    assert "Likely cause: the function returns nothing. End it with a return statement." in text(result)


def test_a_warning_of_the_answer_stays_out_of_the_cell():
    def mine(t, lr):
        warnings.warn("old", DeprecationWarning)
        np.log(np.array([-1.0, 0.0]))
        return halve(t, lr)

    def half_complex(t, lr):
        return halve(t, lr) + 1j

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert judge(exercise(), mine).state == CORRECT
        assert judge(exercise(curve=lambda f: f(np.arange(5), 1.0)), half_complex).state == WRONG
    assert seen == []


def step(w, grad):
    return w - grad


def in_place(w, grad):
    w -= grad
    return w


def steps(**changed):
    return exercise(solution=step, cases=((np.array([1.0, 2.0]), np.array([0.5, 0.5])),) * 2, wrong=(), **changed)


def test_an_answer_that_changes_its_input_is_found_out_although_its_numbers_are_right():
    result = judge(steps(), in_place)
    assert result.state == WRONG
    assert "Likely cause: the function changed its input array. Compute a new array and return it." in text(result)


def test_an_answer_that_empties_a_list_is_found_out():
    def last(milestones):
        return milestones.pop()

    asked = exercise(solution=lambda milestones: milestones[-1], cases=(([10, 20],),), wrong=())
    assert judge(asked, last).state == WRONG and asked.cases == (([10, 20],),)


def test_the_cases_are_copies_so_that_no_answer_spoils_them_for_the_next():
    asked = steps()
    for _ in range(2):
        judge(asked, in_place)
        judge(asked, lambda w, grad: w.fill(np.nan))
    np.testing.assert_array_equal(asked.cases[0][0], [1.0, 2.0])
    assert judge(asked, step).state == CORRECT
    assert judge(asked, lambda w, grad: w + grad).state == WRONG


def test_what_a_patched_numpy_would_give_is_not_what_is_expected(monkeypatch):
    floors = exercise(solution=lambda t, lr: lr * np.floor(t / 2), cases=((3, 1.0), (5, 1.0)), wrong=())
    monkeypatch.setattr(np, "floor", np.floor)  # put back after this test

    def mine(t, lr):
        np.floor = lambda x: 0.0
        return lr * np.floor(t / 2)

    result = judge(floors, mine)
    assert result.state == WRONG and "expected 1" in text(result) and "got      0" in text(result)


def test_an_answer_that_hands_out_one_array_or_list_again_and_again_is_judged_by_what_each_call_gave():
    memory, items = np.zeros(1), []

    def array(t, lr):
        memory[0] = t
        return memory

    def growing(t, lr):
        items.append(t)
        return items[-1:] if t == 5 else items

    asked = exercise(solution=lambda t, lr: np.array([t]), cases=((3, 1.0), (5, 1.0)), wrong=())
    assert judge(asked, array).state == CORRECT and judge(asked, growing).state == CORRECT


def test_an_answer_that_counts_its_calls_does_not_keep_its_state_in_the_check():
    calls = []

    def first_only(t, lr):
        calls.append(t)
        return halve(t, lr) if len(calls) == 1 else 0.0

    assert judge(exercise(), first_only).state == WRONG


@pytest.mark.parametrize(
    "value, said",
    [
        (None, "returns nothing"),
        ("0.8", "returns text"),
        (np.mean, "returns a function"),
        ((x for x in [0.8]), "one by one"),
        ([0.8], "shape (1,) where () is wanted"),
        (np.full((2, 2), 0.8), "shape (2, 2) where () is wanted"),
        ([], "shape (0,) where () is wanted"),
        ([[1.0], [1.0, 2.0]], "got      [[1.0], [1.0, 2.0]]"),
        (float("nan"), "got      nan"),
        (math.inf, "got      inf"),
        (0.8j, "got      0.8j"),
        ({"lr": 0.8}, "got      {'lr': 0.8}"),
        (object, "Likely cause: the function returns a function"),
        pytest.param(10**5000, "cannot be written", id="huge"),
        (b"0.8", "returns text"),
        (np.array("0.8"), "returns text"),
        (["0.8"], "returns text"),
    ],
)
def test_a_value_of_the_wrong_kind_is_wrong_and_said_so(value, said):
    result = judge(exercise(wrong=()), lambda t, lr: value)
    assert result.state == WRONG and said in text(result)


@pytest.mark.parametrize("kind", [float, np.float64, np.array, np.longdouble, complex, Fraction, lambda x: np.float32(x)])
def test_a_right_number_of_any_kind_is_right(kind):
    asked = exercise(cases=((0, 0.75), (1, 0.75), (2, 0.75)))
    assert judge(asked, lambda t, lr: kind(float(halve(t, lr)))).state == CORRECT


@pytest.mark.parametrize("kind", [list, tuple, np.ma.asarray, lambda a: a.astype(np.float32), lambda a: a[::-1][::-1]])
def test_right_numbers_in_any_container_are_right(kind):
    asked = exercise(cases=((np.array([0, 1, 2]), 1.0),))
    assert judge(asked, lambda t, lr: kind(halve(t, lr))).state == CORRECT


def test_a_difference_that_the_short_form_hides_is_written_in_full():
    result = judge(exercise(cases=((0, 1.0),), wrong=()), lambda t, lr: halve(t, lr) * (1 + 2e-6))
    assert result.lines[1:4] == ("  expected 1", "  got      1", "  in full: expected 1.0, got 1.000002")

    def at_seven(t, lr):
        return halve(t, lr) * np.where(t == 7, 2, 1)

    result = judge(exercise(cases=((np.arange(20), 1.0),), wrong=()), at_seven)
    assert result.lines[3] == "  at index 7: expected 0.0078125, got 0.015625"


def test_an_answer_whose_repr_fails_does_not_break_the_check():
    class Odd:
        def __repr__(self):
            raise RuntimeError("no")

        def __array__(self, *args, **kwargs):
            raise RuntimeError("neither")

        def __eq__(self, other):
            raise RuntimeError("nor this")

    result = judge(exercise(), lambda t, lr: Odd())
    assert result.state == WRONG and "Odd, which cannot be written" in text(result)
    assert judge(value_exercise(), Odd()).state == WRONG


def test_a_right_value_passes_and_a_wrong_one_gets_its_cause():
    assert judge(value_exercise(), 0.25).lines == ("Halving is a power.",)
    assert judge(value_exercise(), 1 / 4 + 1e-12).state == CORRECT
    result = judge(value_exercise(), 4)
    assert result.state == WRONG
    assert result.lines == ("Your answer: 4.", "Wanted: a rate.", "Likely cause: upside down.", 'Stuck? Run hint("99-1").')
    assert "Likely cause: a rate is above 0." in text(judge(value_exercise(), -3))
    assert "Likely cause" not in text(judge(value_exercise(), 0.5))


def test_many_values_can_be_right_and_one_that_breaks_the_test_is_wrong():
    asked = value_exercise(accept=lambda value: 0 < value < 1)
    assert judge(asked, 0.7).state == CORRECT
    assert judge(asked, 1.7).state == WRONG
    assert judge(asked, "0.7").state == WRONG
    assert judge(asked, [0.7]).state == WRONG
    assert judge(asked, np.array([0.7, 0.7])).state == WRONG


def test_the_curve_is_drawn_for_a_wrong_answer_that_has_one():
    asked = exercise(curve=lambda function: function(np.arange(5), 1.0))
    target, yours = judge(asked, lambda t, lr: lr + 0 * np.asarray(t)).curve
    np.testing.assert_array_equal(target, 0.5 ** np.arange(5))
    np.testing.assert_array_equal(yours, np.ones(5))
    assert judge(asked, halve).curve is None
    assert judge(asked, lambda t, lr: t / 0).curve is None


@pytest.mark.parametrize(
    "of_an_array",
    [lambda: 1 / 0, lambda: sys.exit(), lambda: "text", lambda: np.full(5, np.nan), lambda: np.ones(3), lambda: None],
)
def test_a_curve_that_cannot_be_drawn_is_left_out(of_an_array):
    asked = exercise(curve=lambda function: function(np.arange(5), 1.0))
    result = judge(asked, lambda t, lr: of_an_array() if np.ndim(t) else 0.0)
    assert result.state == WRONG and result.curve is None


def test_a_curve_without_end_is_left_out(monkeypatch):
    monkeypatch.setattr(checking, "TIME_LIMIT", 0.05)

    def mine(t, lr):
        while np.size(t) == 5:
            pass
        return 0.0

    result = judge(exercise(curve=lambda function: function(np.arange(5), 1.0)), mine)
    assert result.state == WRONG and result.curve is None


@pytest.mark.parametrize(
    "a, b, equal",
    [
        (1, 1.0, True),
        (1.0, 1.0 + 1e-7, True),
        (1.0, 1.0 + 1e-5, False),
        (0.0, 1e-13, True),
        (0.0, 1e-11, False),
        (True, 1, True),
        (math.inf, np.inf, True),
        (math.inf, -math.inf, False),
        (math.inf, 1e308, False),
        (math.nan, np.nan, True),
        (math.nan, 0.0, False),
        (1 + 0j, 1.0, True),
        (1 + 1j, 1.0, False),
        ([1, 2], np.array([1.0, 2.0]), True),
        ([1, 2], (1, 2), True),
        ([1, 2], [1, 2, 3], False),
        ([1, 2], [[1, 2]], False),
        ([[1, 2], [3]], [[1, 2], [3]], True),
        ([[1, 2], [3]], [[1, 2], [4]], False),
        (1.0, [1.0], False),
        ([], [], True),
        ("Adam ", "adam", True),
        ("adam", "adamw", False),
        ("1", 1, False),
        (["1"], [1], False),
        (np.array(["1"]), np.array([1]), False),
        (b"1", 1, False),
        (["a", 1], ["a", 1.0], True),
        (["a", 1], ["b", 1], False),
        (None, None, True),
        (None, math.nan, False),
        ([None], [math.nan], False),
        ([None], [None], True),
        ({"lr": 0.1}, {"lr": 0.1 + 1e-12}, True),
        ({"lr": 0.1}, {"lr": 0.2}, False),
        ({"lr": 0.1}, {"lr": 0.1, "beta": 0.9}, False),
        ({"lr": 0.1}, [0.1], False),
        (Fraction(1, 4), 0.25, True),
        (10**400, 10**400, True),
        (10**400, 10**401, False),
        (10**400, math.inf, False),
        ({1, 2}, {2, 1}, True),
        ({1, 2}, {1, 3}, False),
        (halve, halve, True),
    ],
)
def test_equal_means_equal_as_text_as_numbers_or_item_by_item(a, b, equal):
    assert same(a, b, 1e-6) is equal and same(b, a, 1e-6) is equal


def test_without_a_tolerance_the_last_bit_counts():
    assert not same(0.0, 1e-300, 0.0) and not same(1.0, np.nextafter(1.0, 2.0), 0.0) and same(math.nan, math.nan, 0.0)


@pytest.mark.parametrize(
    "value, shown",
    [
        (0.1 + 0.2, "0.3"),
        (np.float64(2.0), "2"),
        (3, "3"),
        ([1, 2.5], "[1. , 2.5]"),
        (np.arange(3), "[0, 1, 2]"),
        ("a", "'a'"),
        ([], "[]"),
        (object(), "<object object>"),
        ("x" * 500, "'" + "x" * 116 + "..."),
    ],
)
def test_values_are_shown_short_and_the_same_on_every_machine(value, shown):
    assert show(value) == shown
