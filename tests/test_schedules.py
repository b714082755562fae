import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import instances, times

from lrlab import (
    SCHEDULES,
    Constant,
    Cosine,
    ExponentialDecay,
    Linear,
    Product,
    Scaled,
    StepDecay,
    Then,
    Warmup,
    epochs,
)
from lrlab.parameters import declarations
from lrlab.schedules.compose import RAMPS

quick = settings(deadline=None, max_examples=25)
every_schedule = pytest.mark.parametrize("name", SCHEDULES)
any_schedule = st.sampled_from(sorted(SCHEDULES)).flatmap(lambda name: instances(SCHEDULES[name]))

# {t: rate}, worked out by hand from the formulas of the docstrings
TABLES = {
    "constant": (Constant(lr=0.1), {0: 0.1, 1: 0.1, 999: 0.1, 10**9: 0.1}),
    "step decay": (
        StepDecay(lr=0.8, every=10, factor=0.5),
        {0: 0.8, 9: 0.8, 9.5: 0.8, 10: 0.4, 19: 0.4, 20: 0.2, 29: 0.2, 30: 0.1, 99: 0.0015625, 100: 0.00078125},
    ),
    "step decay at every update": (StepDecay(lr=1.0, every=1, factor=0.1), {0: 1.0, 1: 0.1, 2: 0.01, 3: 0.001}),
    "step decay without a drop": (StepDecay(lr=0.3, every=10, factor=1.0), {0: 0.3, 9: 0.3, 10: 0.3, 10**6: 0.3}),
    "exponential": (
        ExponentialDecay(lr=1.0, factor=0.25, every=2),
        {0: 1.0, 1: 0.5, 2: 0.25, 3: 0.125, 4: 0.0625, 20: 2.0**-20, 10**6: 0.0},
    ),
    "exponential with a floor": (
        ExponentialDecay(lr=1.0, factor=0.25, every=2, end=0.1),
        {0: 1.0, 1: 0.5, 3: 0.125, 4: 0.1, 5: 0.1, 10**6: 0.1},
    ),
    "exponential below its floor": (ExponentialDecay(lr=0.1, end=0.2), {0: 0.2, 1: 0.2, 1000: 0.2}),
    "staircase": (
        ExponentialDecay(lr=0.8, factor=0.5, every=10, staircase=True),
        {0: 0.8, 9: 0.8, 10: 0.4, 19: 0.4, 20: 0.2, 29: 0.2, 30: 0.1},
    ),
    "staircase with a floor": (
        ExponentialDecay(lr=0.8, factor=0.5, every=10, staircase=True, end=0.15),
        {0: 0.8, 9: 0.8, 10: 0.4, 20: 0.2, 29: 0.2, 30: 0.15, 1000: 0.15},
    ),
    "line down": (Linear(start=1.0, end=0.0, steps=4), {0: 1.0, 1: 0.75, 2: 0.5, 3: 0.25, 4: 0.0, 5: 0.0, 100: 0.0}),
    "line down to an end": (Linear(start=0.5, end=0.1, steps=4), {0: 0.5, 1: 0.4, 3: 0.2, 4: 0.1, 5: 0.1}),
    "line up": (Linear(start=0.0, end=0.4, steps=4), {0: 0.0, 1: 0.1, 3: 0.3, 4: 0.4, 5: 0.4, 100: 0.4}),
    "line of one update": (Linear(start=0.2, end=0.7, steps=1), {0: 0.2, 1: 0.7, 2: 0.7}),
    "cosine": (
        Cosine(lr=1.0, steps=4),
        {0: 1.0, 1: 0.8535533905932737, 2: 0.5, 3: 0.14644660940672624, 4: 0.0, 5: 0.0, 8: 0.0, 100: 0.0},
    ),
    "cosine to an end": (
        Cosine(lr=0.5, steps=6, end=0.1),
        {0: 0.5, 2: 0.4, 3: 0.3, 4: 0.2, 5: 0.12679491924311228, 6: 0.1, 7: 0.1, 12: 0.1},
    ),
    "cosine of one update": (Cosine(lr=0.5, steps=1, end=0.1), {0: 0.5, 1: 0.1, 2: 0.1}),
    "constant, then a line": (
        Constant(lr=1.0).then(Linear(start=1.0, end=0.0, steps=2), at=3),
        {0: 1.0, 2: 1.0, 3: 1.0, 4: 0.5, 5: 0.0, 6: 0.0, 100: 0.0},
    ),
    "then takes over at its update": (Constant(lr=0.1).then(Constant(lr=0.5), at=3), {0: 0.1, 2: 0.1, 3: 0.5, 4: 0.5}),
    "then at once": (
        Constant(lr=0.1).then(StepDecay(lr=0.8, every=2, factor=0.5), at=0),
        {0: 0.8, 1: 0.8, 2: 0.4, 3: 0.4, 4: 0.2},
    ),
    "linear warmup": (Constant(lr=0.4).warmup(4), {0: 0.0, 1: 0.1, 2: 0.2, 3: 0.3, 4: 0.4, 5: 0.4, 100: 0.4}),
    "warmup from a rate": (Constant(lr=0.4).warmup(4, start=0.2), {0: 0.2, 1: 0.25, 3: 0.35, 4: 0.4, 5: 0.4}),
    "warmup from above": (Constant(lr=0.4).warmup(4, start=0.8), {0: 0.8, 1: 0.7, 3: 0.5, 4: 0.4}),
    "cosine warmup": (
        Constant(lr=1.0).warmup(4, shape="cosine"),
        {0: 0.0, 1: 0.14644660940672624, 2: 0.5, 3: 0.8535533905932737, 4: 1.0, 5: 1.0},
    ),
    "constant warmup": (Constant(lr=0.4).warmup(3, start=0.05, shape="constant"), {0: 0.05, 2: 0.05, 3: 0.4, 4: 0.4}),
    "no warmup": (Linear(start=1.0, end=0.0, steps=2).warmup(0, start=0.3), {0: 1.0, 1: 0.5, 2: 0.0}),
    "warmup, then cosine": (
        Cosine(lr=1.0, steps=4).warmup(2),
        {0: 0.0, 1: 0.5, 2: 1.0, 3: 0.8535533905932737, 4: 0.5, 5: 0.14644660940672624, 6: 0.0, 7: 0.0, 99: 0.0},
    ),
    "scaled": (0.1 * Linear(start=1.0, end=0.0, steps=4), {0: 0.1, 1: 0.075, 3: 0.025, 4: 0.0, 5: 0.0}),
    "scaled from the right": (Constant(lr=0.4) * 3, {0: 1.2, 7: 1.2}),
    "product": (
        Linear(start=1.0, end=0.0, steps=4) * StepDecay(lr=1.0, every=2, factor=0.5),
        {0: 1.0, 1: 0.75, 2: 0.25, 3: 0.125, 4: 0.0, 5: 0.0},
    ),
}


@pytest.mark.parametrize("title", TABLES)
def test_the_rate_is_the_one_worked_out_by_hand(title):
    schedule, rates = TABLES[title]
    for t, rate in rates.items():
        np.testing.assert_allclose(schedule(t), rate, rtol=1e-14, atol=1e-16, err_msg=f"at t = {t}")


# ---- what every schedule of the catalogue keeps ----


@every_schedule
@given(data=st.data())
@quick
def test_an_array_of_any_shape_gives_float64_of_that_shape_equal_to_the_scalar_calls(name, data):
    schedule, t = data.draw(instances(SCHEDULES[name])), data.draw(times())
    rates = schedule(t)
    assert rates.shape == t.shape and rates.dtype == np.float64
    one_by_one = [schedule(float(one)) for one in t.flat]
    assert all(isinstance(rate, np.float64) for rate in one_by_one)
    np.testing.assert_array_equal(np.ravel(rates), one_by_one)


@every_schedule
@given(data=st.data())
@quick
def test_the_rates_of_a_run_are_those_of_the_single_calls(name, data):
    schedule = data.draw(instances(SCHEDULES[name]))
    np.testing.assert_array_equal(schedule(np.arange(200)), [schedule(t) for t in range(200)])


@pytest.mark.parametrize("shape", [(20_000,), (2, 10_000)])
@every_schedule
def test_a_long_curve_equals_its_parts(name, shape):
    schedule = SCHEDULES[name]()
    t = np.arange(20_000).reshape(shape)
    rates = schedule(t)
    assert rates.shape == shape and rates.dtype == np.float64
    parts = [schedule(part) for part in np.split(t.ravel(), [3, 7000, 8193, 16_384, 19_999])]
    np.testing.assert_array_equal(rates.ravel(), np.concatenate(parts))


@every_schedule
@given(data=st.data())
@quick
def test_an_int_a_float_and_an_integer_array_give_the_same_rate(name, data):
    schedule, t = data.draw(instances(SCHEDULES[name])), data.draw(st.integers(0, 1000))
    assert schedule(t) == schedule(float(t)) == schedule(np.int32(t)) == schedule(np.array([t]))[0]
    assert schedule([t, t + 1]).shape == (2,)
    assert schedule(np.array([], dtype=int)).shape == (0,)


@every_schedule
@given(data=st.data())
@quick
def test_the_rate_is_finite_and_not_negative(name, data):
    rates = data.draw(instances(SCHEDULES[name]))(data.draw(times(longest=1e7)))
    assert np.all(np.isfinite(rates)) and np.all(rates >= 0)


@every_schedule
@given(data=st.data())
@quick
def test_a_call_has_no_memory_and_leaves_its_input_alone(name, data):
    schedule, t = data.draw(instances(SCHEDULES[name])), data.draw(times())
    kept, before = t.copy(), repr(schedule)
    first = schedule(t)
    expected = np.copy(first)
    if t.ndim:
        first[...] = -1.0
    schedule(t + 17.0)
    np.testing.assert_array_equal(schedule(t), expected)
    np.testing.assert_array_equal(t, kept)
    assert repr(schedule) == before


@every_schedule
@given(data=st.data())
@quick
def test_a_negative_or_nan_time_raises(name, data):
    schedule = data.draw(instances(SCHEDULES[name]))
    bad = data.draw(st.floats(max_value=0.0, exclude_max=True) | st.just(np.nan))
    for t in (bad, [0.0, bad, 1.0], [[bad]]):
        for one in (schedule, Warmup(schedule, 3), schedule.then(schedule, at=3), 2.0 * schedule, schedule * schedule):
            with pytest.raises(ValueError, match=f"^{type(one).__name__}: t must be at least 0, got "):
                one(t)


@pytest.mark.parametrize("name", [name for name, cls in SCHEDULES.items() if {"steps", "end"} <= {*declarations(cls)}])
@given(data=st.data())
@quick
def test_a_schedule_with_steps_and_end_reaches_its_end_at_steps_and_holds_it(name, data):
    schedule, past = data.draw(instances(SCHEDULES[name])), data.draw(times(longest=1e6))
    np.testing.assert_array_equal(schedule(schedule.steps), schedule.end)
    np.testing.assert_array_equal(schedule(schedule.steps + past), np.full(past.shape, schedule.end))


# ---- the algebra ----


@every_schedule
@given(data=st.data())
@quick
def test_then_is_the_first_before_at_and_the_second_in_local_time_from_there_on(name, data):
    a, b = data.draw(instances(SCHEDULES[name])), data.draw(any_schedule)
    n, t = data.draw(st.integers(0, 300)), data.draw(times(600, whole=True))
    for first, second in ((a, b), (b, a)):
        joined = first.then(second, at=n)
        np.testing.assert_array_equal(joined(n + t), second(t))
        before = np.minimum(t, n - 1)
        if n > 0:
            np.testing.assert_array_equal(joined(before), first(before))


@every_schedule
@given(data=st.data())
@quick
def test_after_its_warmup_a_schedule_runs_in_its_own_time(name, data):
    schedule, n, t = data.draw(instances(SCHEDULES[name])), data.draw(st.integers(0, 300)), data.draw(times(whole=True))
    shape = data.draw(st.sampled_from(sorted(RAMPS)))
    np.testing.assert_array_equal(Warmup(schedule, n, shape=shape)(n + t), schedule(t))


@every_schedule
@given(data=st.data())
@quick
def test_a_warmup_begins_at_start_and_never_leaves_the_span_from_start_to_the_first_rate(name, data):
    schedule, n = data.draw(instances(SCHEDULES[name])), data.draw(st.integers(1, 300))
    start, shape = data.draw(st.floats(0.0, 1.0)), data.draw(st.sampled_from(sorted(RAMPS)))
    ramp = Warmup(schedule, n, start=start, shape=shape)(np.arange(n))
    assert ramp[0] == start
    low, high = sorted((start, schedule(0)))
    assert np.all(ramp >= low * (1 - 1e-15)) and np.all(ramp <= high * (1 + 1e-15))
    assert np.all(np.diff(ramp) * np.sign(schedule(0) - start) >= 0)


@every_schedule
@given(data=st.data())
@quick
def test_a_number_scales_every_rate_from_either_side(name, data):
    schedule, t, c = data.draw(instances(SCHEDULES[name])), data.draw(times()), data.draw(st.floats(0.0, 10.0))
    for scaled in (c * schedule, schedule * c, np.float64(c) * schedule):
        np.testing.assert_array_equal(scaled(t), c * schedule(t))
    np.testing.assert_array_equal((1 * schedule)(t), schedule(t))


@every_schedule
@given(data=st.data())
@quick
def test_a_product_multiplies_at_every_t_commutes_and_scales(name, data):
    a, b, t = data.draw(instances(SCHEDULES[name])), data.draw(any_schedule), data.draw(times())
    c = data.draw(st.floats(0.0, 10.0))
    np.testing.assert_array_equal((a * b)(t), a(t) * b(t))
    np.testing.assert_array_equal((a * b)(t), (b * a)(t))
    np.testing.assert_allclose((c * (a * b))(t), ((c * a) * b)(t), rtol=1e-14, atol=1e-300)


REFUSED = {
    "then a number": (lambda: Constant().then(0.1, at=3), "must be a schedule, got 0.1"),
    "a number, then": (lambda: Then(0.1, Constant(), at=3), "must be a schedule, got 0.1"),
    "then at -1": (lambda: Constant().then(Constant(), at=-1), "at must be at least 0, got -1"),
    "then at 2.5": (lambda: Constant().then(Constant(), at=2.5), "at must be a whole number, at least 0, got 2.5"),
    "warmup of a number": (lambda: Warmup(0.1), "must be a schedule, got 0.1"),
    "warmup of -1": (lambda: Constant().warmup(-1), "steps must be at least 0, got -1"),
    "warmup from -0.1": (lambda: Constant().warmup(3, start=-0.1), "start must be at least 0, got -0.1"),
    "round warmup": (lambda: Constant().warmup(3, shape="round"), "shape must be one of 'linear', 'cosine', 'constant', "),
    "scaled by -1": (lambda: -1 * Constant(), "scale must be at least 0, got -1"),
    "scaled by nan": (lambda: Constant() * np.nan, "scale must be a number at least 0, got nan"),
    "scaled by a word": (lambda: Constant() * "two", "scale must be a number at least 0, got 'two'"),
    "a number scaled": (lambda: Scaled(0.1, 2.0), "must be a schedule, got 0.1"),
    "product with a number": (lambda: Product(Constant(), 0.1), "must be a schedule, got 0.1"),
    "product of a number": (lambda: Product(0.1, Constant()), "must be a schedule, got 0.1"),
}


@pytest.mark.parametrize("title", REFUSED)
def test_what_cannot_be_composed_is_refused(title):
    make, message = REFUSED[title]
    with pytest.raises(ValueError) as caught:
        make()
    assert message in str(caught.value)


# ---- time ----


def test_epochs_become_updates():
    assert epochs(30, steps_per_epoch=37) == 1110
    assert epochs(0.5, steps_per_epoch=37) == 18
    assert epochs(0, steps_per_epoch=5) == 0
    assert type(epochs(1.5, steps_per_epoch=10.0)) is int


@pytest.mark.parametrize("n", [-1, np.nan, np.inf])
def test_a_bad_number_of_epochs_is_refused(n):
    with pytest.raises(ValueError, match="^epochs: n must be at least 0, got "):
        epochs(n, steps_per_epoch=10)


@pytest.mark.parametrize("steps_per_epoch", [0, -3, 2.5, np.nan, np.inf])
def test_a_bad_number_of_steps_per_epoch_is_refused(steps_per_epoch):
    with pytest.raises(ValueError, match="^epochs: steps_per_epoch must be a whole number, at least 1, got "):
        epochs(1, steps_per_epoch=steps_per_epoch)
