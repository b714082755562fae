"""The contest of lesson 14: what an entry may be, how it is scored, entered and ranked."""

import json
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import instances

from lrlab import SCHEDULES, Constant, Cosine, Function, Linear, leaderboard, progress, train
from lrlab.leaderboard import BASELINES, HELD_OUT, PRACTICE, Entry, Practice, enter, entries, parse, rank, score, table

FLAT = Constant(lr=0.006)


@pytest.fixture
def quick(monkeypatch):
    """A contest of 20 updates, with nothing kept of other tests."""
    monkeypatch.setattr(leaderboard, "STEPS", 20)
    monkeypatch.setattr(leaderboard, "_memory", {"entries": []})
    leaderboard.scored.cache_clear()
    yield
    leaderboard.scored.cache_clear()


# --- parse ------------------------------------------------------------------------------------------------------------

schedules = st.sampled_from([cls for name, cls in SCHEDULES.items() if name != "Function"]).flatmap(instances)
composed = st.recursive(
    schedules,
    lambda inner: st.one_of(
        st.builds(lambda a, b, n: a.then(b, at=n), inner, inner, st.integers(0, 500)),
        st.builds(lambda a, n: leaderboard.Warmup(a, n), inner, st.integers(0, 500)),
        st.builds(lambda c, a: c * a, st.floats(0.0, 10.0), inner),
        st.builds(lambda a, b: a * b, inner, inner),
    ),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None)
@given(composed)
def test_what_a_schedule_prints_as_is_parsed_to_the_same_schedule(schedule):
    text = repr(schedule)
    if len(text) <= leaderboard.LONGEST and "inf" not in text:
        assert repr(parse(text)) == text
        assert np.array_equal(parse(text)(np.arange(0, 500, 7)), schedule(np.arange(0, 500, 7)))


@pytest.mark.parametrize(
    "text, made",
    [
        (" Cosine(lr=1/50, steps=500 - 2*10).warmup(20) ", Cosine(lr=0.02, steps=480).warmup(20)),
        ("Cosine(0.02, 500)", Cosine(lr=0.02, steps=500)),
        ("0.02", Constant(lr=0.02)),
        ("+0.5 * (2 * Linear(start=1.0, end=0, steps=9 // 2))", 0.5 * (2.0 * Linear(start=1.0, end=0.0, steps=4))),
        ("Constant(lr=1).then(Constant(lr=-(-2)), at=3) * Linear(1, 0, 10)", Constant(lr=1).then(Constant(lr=2), at=3) * Linear(1, 0, 10)),
        ("MultiStep(lr=0.1, milestones=[30, 60])", SCHEDULES["MultiStep"](lr=0.1, milestones=(30, 60))),
    ],
)
def test_entries_that_are_allowed(text, made):
    assert parse(text) == made


@pytest.mark.parametrize(
    "text, said",
    [
        ("__import__('os').system('touch stolen')", "is no method of a schedule"),
        ("open('stolen', 'w')", "open is refused"),
        ("Cosine.__class__", "is refused"),
        ("Cosine(lr=0.1).curve.__globals__", "is refused"),
        ("Cosine(lr=0.1).__class__(lr=0.2)", "is no method of a schedule"),
        ("(lambda: 0.1)()", "is no method of a schedule"),
        ("[Cosine(lr=x) for x in (1, 2)]", "is refused"),
        ("Function(lr=0.1, f=print)", "Function is refused"),
        ("Cosine(**{'lr': 0.1})", "without a star"),
        ("Cosine(*(0.1, 5))", "without a star"),
        ("f'{0.1}'", "is refused"),
        ("Cosine(lr=2 ** 9 ** 9 ** 9)", "is refused"),
        ("Cosine(lr=(9, 9) * 99999999)", "is refused"),
        ("'ab' * 99999999", "is refused"),
        ("Cosine(lr=0.1) + Cosine(lr=0.1)", "Schedules are multiplied"),
        ("Cosine(lr=1/0)", "makes no schedule"),
        ("Cosine(rate=0.1)", "makes no schedule"),
        ("Constant(lr=0.1).then()", "makes no schedule"),
        ("Cosine(lr=-1)", "Cosine: lr must be above 0"),
        ("Cosine(lr=0.1, steps=0)", "steps must be at least 1"),
        ("cosine please", "is no Python expression"),
        ("Cosine(", "is no Python expression"),
        ("Cosine(lr=0.1)\nprint(1)", "is no Python expression"),
        ("(1, 2)", "no schedule"),
        ("True", "no schedule"),
        ("-Cosine(lr=0.1)", "is refused"),
        ("", "is no Python expression"),
        ("(" * 900 + "1" + ")" * 900, ""),
        ("-" * 1900 + "1", "nested too deeply"),
        ("1" * 2001, "at most 2000 characters"),
        ("Cosine(lr=1" + "0" * 400 + ")", "lr must be"),
        ("\x00", ""),
        (0.1, "as text in quotes"),
        (None, "as text in quotes"),
    ],
)
def test_whatever_is_no_schedule_is_refused_with_a_reason_and_not_run(text, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError) as refused:
        parse(text)
    assert said in str(refused.value)
    assert not list(tmp_path.iterdir())


# --- score and practice -----------------------------------------------------------------------------------------------


def test_scores_are_those_of_the_problem_in_float64_the_same_alone_and_in_company(quick):
    together = score(["Constant(lr=0.006)", Cosine(lr=0.02, steps=20), 0.01], range(3))
    assert together.shape == (3, 3) and together.dtype == np.float64
    assert np.allclose(score(FLAT, [1]), together[0, 1], rtol=1e-12)
    single = train(leaderboard.PROBLEM, leaderboard.OPTIMIZER, FLAT, 20, [1]).final("excess")
    assert np.allclose(single, together[0, 1], rtol=1e-3) and not np.allclose(single, together[0, 1], rtol=1e-12)


def test_a_run_that_diverges_has_an_infinite_score(quick):
    assert np.all(np.isinf(score(1e6, [0, 1])))


def test_practice_counts_runs_and_refuses_more_and_other_seeds(quick):
    practice = Practice(runs=7)
    assert practice([FLAT, FLAT], seeds=[0, 1]).shape == (2, 2) and (practice.used, practice.left) == (4, 3)
    assert practice(FLAT, seeds=[5]).shape == (1,) and practice.left == 2
    with pytest.raises(ValueError, match="takes 10 runs, and 2 of 7 are left"):
        practice(FLAT)
    with pytest.raises(ValueError, match="1000 is no practice seed"):
        practice(FLAT, seeds=[0, HELD_OUT[0]])
    assert practice.left == 2


def test_no_seed_is_used_for_two_purposes():
    from lrlab.course.lesson_14 import REFEREE

    families = [set(PRACTICE), set(HELD_OUT), set(REFEREE)]
    assert len(set.union(*families)) == sum(map(len, families)) == 50


# --- enter ------------------------------------------------------------------------------------------------------------


def test_entries_are_added_and_never_changed(quick, tmp_path):
    first = enter("Ada", "Constant(lr=0.006)", (0.1, 9.0), folder=tmp_path)
    assert first.attempt == 1 and first.inside and len(first.scores) == 20
    again = enter("Ada", FLAT, (0.0, 0.1), folder=tmp_path)
    assert again == first, "the same schedule is found again, with the first prediction"
    second = enter(" Ada ", "Cosine(lr=0.02, steps=20)", folder=tmp_path)
    assert second.attempt == 2 and second.title == "Ada (2)" and second.inside is None
    other = enter("Bob", FLAT, (0.0, 0.1), folder=tmp_path)
    assert not other.inside
    assert entries(tmp_path) == [first, second, other]
    assert [path.name for path in tmp_path.iterdir()] == ["lrlab-leaderboard.json"]


def test_an_entry_that_diverges_is_kept_and_read_again(quick, tmp_path):
    enter("Eve", 1e6, folder=tmp_path)
    text = (tmp_path / "lrlab-leaderboard.json").read_text()
    assert "Infinity" not in text and json.loads(text)["entries"][0]["scores"] == [None] * 20
    assert entries(tmp_path)[0].scores == (math.inf,) * 20
    assert "20 of 20 diverged" in table(folder=tmp_path).splitlines()[-1]


@pytest.mark.parametrize(
    "name, schedule, interval, said",
    [
        ("  ", FLAT, None, "name must not be empty"),
        ("Ada", "print(1)", None, "print is refused"),
        ("Ada", FLAT, (0.4, 0.3), "low <= high"),
        ("Ada", FLAT, (math.nan, 0.3), "low <= high"),
        ("Ada", Function(lr=0.1, f=abs), None, "Function is refused"),
    ],
)
def test_what_cannot_be_entered_leaves_no_file(quick, tmp_path, name, schedule, interval, said):
    with pytest.raises(ValueError, match=said):
        enter(name, schedule, interval, folder=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", ["", "{", "[]", '{"entries": [{"name": "Ada"}]}', '{"entries": 3}'])
def test_a_damaged_file_is_left_as_it_is(quick, tmp_path, content):
    file = tmp_path / "lrlab-leaderboard.json"
    file.write_text(content)
    for call in (lambda: enter("Ada", FLAT, folder=tmp_path), lambda: table(folder=tmp_path)):
        with pytest.raises(ValueError, match="cannot be read .* Move it elsewhere"):
            call()
    assert file.read_text() == content


def test_what_a_later_version_wrote_beside_the_entries_stays(quick, tmp_path):
    file = tmp_path / "lrlab-leaderboard.json"
    file.write_text(json.dumps({"entries": [], "course": "spring"}))
    enter("Ada", FLAT, folder=tmp_path)
    assert json.loads(file.read_text())["course"] == "spring"


def test_entries_at_the_same_time_are_all_kept(quick, tmp_path):
    leaderboard.scored(repr(FLAT))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: enter(f"learner {k}", FLAT, folder=tmp_path), range(16)))
    assert {one.name for one in entries(tmp_path)} == {f"learner {k}" for k in range(16)}


def test_without_a_place_for_files_entries_stay_in_memory(quick, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(progress.SWITCH, "memory")
    enter("Ada", FLAT)
    assert [one.name for one in entries()] == ["Ada"] and not list(tmp_path.iterdir())
    monkeypatch.delenv(progress.SWITCH)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    assert entries() == []
    enter("Bob", FLAT)
    assert [path.name for path in tmp_path.iterdir()] == ["lrlab-leaderboard.json"]


# --- rank -------------------------------------------------------------------------------------------------------------


def test_places_ties_and_what_diverged():
    seeds = np.array([1.0, 3.0, 2.0, 4.0])
    places = rank(
        {
            "far": seeds + [3.0, 3.1, 2.9, 3.0],
            "lost twice": [1.0, 1.0, math.inf, math.inf],
            "best": seeds,
            "tie": seeds + [0.2, -0.2, 0.3, -0.1],
            "lost once": [9.0, math.inf, 9.0, 9.0],
        }
    )
    assert [(one.place, one.tied, one.name, one.diverged) for one in places] == [
        (1, True, "best", 0), (1, True, "tie", 0), (3, False, "far", 0), (4, False, "lost once", 1), (5, False, "lost twice", 2),
    ]  # fmt: skip


def test_ties_are_judged_by_paired_differences():
    luck = np.linspace(0.0, 50.0, 20)
    steady = luck + 0.1 + 0.01 * np.sin(np.arange(20))
    assert [one.place for one in rank({"a": luck, "b": steady})] == [1, 2], "a small steady difference under much luck"
    assert [one.place for one in rank({"a": luck, "b": luck[::-1] + 0.1})] == [1, 1]


def test_two_of_the_same_scores_tie():
    assert [(one.place, one.tied) for one in rank({"a": [1.0, 2.0], "b": [1.0, 2.0]})] == [(1, True), (1, True)]


def test_the_table_shows_entries_and_baselines_with_their_schedules(quick):
    shown = table([Entry("Ada", "Constant(lr=0.5)", tuple(np.linspace(0.1, 0.2, 20)), attempt=2)])
    head, *lines = shown.splitlines()
    assert head.split() == ["place", "entry", "score", "schedule"] and len(lines) == 1 + len(BASELINES)
    assert lines[0].split()[:4] == ["1", "Ada", "(2)", "0.1500"] and lines[0].endswith("Constant(lr=0.5)")
    assert all(f"{name} *" in shown and text in shown for name, text in BASELINES.items())


# --- the check of an entry --------------------------------------------------------------------------------------------


def test_the_check_of_an_entry_tells_what_was_measured_whatever_the_verdict():
    from lrlab import course
    from lrlab.checking import CORRECT, WRONG, judge

    exercise = course.lesson("14")["14-6"]
    right, wrong, unreadable = (judge(exercise, one) for one in (exercise.solution, "Linear(start=0.0064, end=0.0, steps=500)", "?"))
    assert right.state == CORRECT and "below the tuned constant" in right.lines[1]
    assert wrong.state == WRONG and "standard errors" in wrong.lines[1] and "Wanted" in wrong.lines[2]
    assert unreadable.state == WRONG and not any("referee's 20 seeds" in line for line in unreadable.lines)


def test_the_constant_itself_is_told_that_it_is_the_baseline():
    from lrlab import course
    from lrlab.checking import WRONG, judge

    result = judge(course.lesson("14")["14-6"], BASELINES["constant"])
    assert result.state == WRONG and "the very scores of the tuned constant" in result.lines[1]
