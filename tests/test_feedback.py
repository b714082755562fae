import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import instances

from lrlab import FEEDBACK, Greedy, ReduceOnPlateau

quick = settings(deadline=None, max_examples=40)
every_feedback = pytest.mark.parametrize("name", FEEDBACK)
losses = st.lists(st.floats(-10.0, 10.0) | st.just(np.nan) | st.just(np.inf), min_size=1, max_size=60)


def rates(schedule, losses):
    state, found = schedule.start(), []
    for loss in losses:
        lr, state = schedule.observe(state, loss)
        found.append(lr)
    return np.array(found)


def cuts(schedule, losses):
    """The evaluations, counted from 1, at which the rate changes."""
    return (np.flatnonzero(np.diff([schedule.lr, *rates(schedule, losses)])) + 1).tolist()


def test_the_first_cut_on_a_flat_loss_comes_where_each_library_has_it():
    flat = np.ones(20)
    assert cuts(ReduceOnPlateau(lr=1.0, patience=3), flat)[0] == 5
    assert cuts(ReduceOnPlateau.keras(lr=1.0, patience=3), flat)[0] == 4
    assert cuts(ReduceOnPlateau.optax(lr=1.0, patience=3), flat)[0] == 4


def test_the_cooldown_counts_as_in_each_library():
    flat, fields = np.ones(16), {"lr": 1.0, "factor": 0.5, "patience": 2, "cooldown": 3}
    assert cuts(ReduceOnPlateau(**fields), flat) == [4, 10, 16]
    assert cuts(ReduceOnPlateau.keras(**fields), flat) == [3, 7, 11, 15]
    assert cuts(ReduceOnPlateau.optax(**fields), flat) == [3, 8, 13]


@pytest.mark.parametrize("schedule, seen, expected", [
    (ReduceOnPlateau(lr=1.0, factor=0.5, patience=0), [2, 2, 1, 1, 1], [1, 0.5, 0.5, 0.25, 0.125]),
    (ReduceOnPlateau(lr=1.0, factor=0.5, patience=1, end=0.3), [1] * 8, [1, 1, 0.5, 0.5, 0.3, 0.3, 0.3, 0.3]),
    (ReduceOnPlateau(lr=0.2, factor=0.5, patience=0, end=0.3), [1, 1, 1], [0.2, 0.2, 0.2]),
    (ReduceOnPlateau(lr=1.0, factor=0.5, patience=0, threshold=0.5), [4, 2, 1.9], [1, 0.5, 0.5]),
    (ReduceOnPlateau(lr=1.0, factor=0.5, patience=0, threshold=0, margin=1), [4, 3, 2.5], [1, 0.5, 0.5]),
    (ReduceOnPlateau(lr=1.0, factor=0.5, patience=0), [np.nan, 1, np.nan], [0.5, 0.5, 0.25]),
    (Greedy(lr=0.1, factor=0.5, patience=1), [4, 3, 2, 1], [0.1, 0.2, 0.2, 0.4]),
    (Greedy(lr=0.1, factor=0.5, patience=1, high=0.3), [8, 7, 6, 5, 4, 3], [0.1, 0.2, 0.2, 0.3, 0.3, 0.3]),
    (Greedy(lr=0.1, factor=0.5, patience=0, cooldown=2, low=0.02), [1, 1, 1, 1, 1, 1, 1], [0.2, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05]),
    (Greedy(lr=0.1, factor=0.5, patience=0, warmup=1), [4, 3, 2, 1], [0.2, 0.2, 0.4, 0.4]),
])  # fmt: skip
def test_the_rates_are_those_worked_out_by_hand(schedule, seen, expected):
    np.testing.assert_allclose(rates(schedule, seen), expected, rtol=1e-14)


@every_feedback
@given(data=st.data(), seen=losses)
@quick
def test_a_run_can_be_told_again_from_any_state(name, data, seen):
    schedule = data.draw(instances(FEEDBACK[name]))
    state = schedule.start()
    for loss in seen:
        before = tuple(state)
        first = schedule.observe(state, loss)
        assert tuple(state) == before
        np.testing.assert_equal(schedule.observe(state, loss), first)
        state = first[1]


@every_feedback
@given(data=st.data(), runs=st.lists(losses, min_size=2, max_size=4))
@quick
def test_replicas_at_once_are_the_single_runs(name, data, runs):
    schedule = data.draw(instances(FEEDBACK[name]))
    short = min(map(len, runs))
    together = rates(schedule, np.array([run[:short] for run in runs]).T)
    for replica, run in enumerate(runs):
        np.testing.assert_array_equal(together[:, replica], rates(schedule, run[:short]))


@every_feedback
@given(data=st.data(), seen=losses)
@quick
def test_the_rate_stays_between_its_bounds_or_where_it_started(name, data, seen):
    schedule = data.draw(instances(FEEDBACK[name]))
    low, high = (schedule.low, schedule.high) if name == "Greedy" else (schedule.end, schedule.lr)
    found = rates(schedule, seen)
    assert np.all(found >= min(low, schedule.lr)) and np.all(found <= max(high, schedule.lr))
    if name == "ReduceOnPlateau":
        assert np.all(np.diff([schedule.lr, *found]) <= 0)
