import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import instances, times

import lrlab
from lrlab import (
    REX,
    SCHEDULES,
    WSD,
    Chebyshev,
    Constant,
    Cosine,
    CosineRestarts,
    Cyclical,
    ExponentialDecay,
    Function,
    Interpolate,
    InverseSqrt,
    InverseTime,
    Linear,
    MultiStep,
    Noisy,
    OneCycle,
    PiecewiseConstant,
    Polynomial,
    Product,
    RangeTest,
    Scaled,
    StepDecay,
    Tanh,
    Then,
    Warmup,
    catalogue,
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
    "multi-step": (MultiStep(lr=1.0, milestones=(6, 3, 6), factor=0.5), {0: 1.0, 2: 1.0, 3: 0.5, 5: 0.5, 6: 0.125, 10**9: 0.125}),
    "multi-step without milestones": (MultiStep(lr=0.3, milestones=()), {0: 0.3, 1000: 0.3}),
    "multi-step at 0": (MultiStep(lr=1.0, milestones=(0,), factor=0.5), {0: 0.5, 9: 0.5}),
    "piecewise constant": (
        PiecewiseConstant(values=(0.5, 0.0, 0.2), boundaries=(3, 7)),
        {0: 0.5, 2: 0.5, 2.9: 0.5, 3: 0.0, 6: 0.0, 7: 0.2, 10**9: 0.2},
    ),
    "piecewise constant of one value": (PiecewiseConstant(values=(0.4,), boundaries=()), {0: 0.4, 99: 0.4}),
    "interpolation": (
        Interpolate(values=(0.2, 1.0, 0.5), knots=(2, 6, 8)),
        {0: 0.2, 2: 0.2, 3: 0.4, 4: 0.6, 6: 1.0, 7: 0.75, 8: 0.5, 9: 0.5, 10**9: 0.5},
    ),
    "interpolation by cosines": (
        Interpolate(values=(0.0, 1.0), knots=(0, 4), shape="cosine"),
        {0: 0.0, 1: 0.14644660940672624, 2: 0.5, 3: 0.8535533905932737, 4: 1.0, 5: 1.0},
    ),
    "interpolation with a jump": (Interpolate(values=(1.0, 0.5, 0.1), knots=(0, 4, 4)), {0: 1.0, 2: 0.75, 3: 0.625, 4: 0.1, 5: 0.1}),
    "inverse time": (InverseTime(lr=0.6, rate=2.0, every=4), {0: 0.6, 2: 0.3, 4: 0.2, 10: 0.1, 118: 0.01}),
    "inverse time in stairs": (InverseTime(lr=0.6, rate=2.0, every=4, staircase=True), {0: 0.6, 3: 0.6, 4: 0.2, 7: 0.2, 8: 0.12}),
    "inverse square root": (InverseSqrt(lr=0.8, warmup=4), {0: 0.0, 1: 0.2, 3: 0.6, 4: 0.8, 16: 0.4, 64: 0.2, 400: 0.08}),
    "inverse square root with a time scale": (
        InverseSqrt(lr=0.8, warmup=4, timescale=12), {0: 0.0, 2: 0.4, 4: 0.8, 40: 0.4, 184: 0.2},
    ),
    "inverse square root without warmup": (InverseSqrt(lr=0.8, warmup=0), {0: 0.8, 30_000: 0.4}),
    "noam": (InverseSqrt.noam(d_model=4, warmup=25), {0: 0.0, 1: 0.004, 25: 0.1, 100: 0.05}),
    "polynomial": (Polynomial(lr=1.0, steps=4, power=3, end=0.2), {0: 1.0, 2: 0.3, 3: 0.2125, 4: 0.2, 9: 0.2}),
    "polynomial of one update": (Polynomial(lr=1.0, steps=1, power=0.5), {0: 1.0, 1: 0.0, 2: 0.0}),
    "rex": (REX(lr=1.0, steps=4, end=0.1), {0: 1.0, 2: 0.7, 3: 0.46, 4: 0.1, 5: 0.1, 10**6: 0.1}),
    "tanh": (
        Tanh(lr=1.0, steps=10, end=0.2, lb=-6.0, ub=4.0),
        {0: 0.2 + 0.4 * (1 + np.tanh(6.0)), 6: 0.6, 9: 0.2 + 0.4 * (1 - np.tanh(3.0)), 10: 0.2, 11: 0.2},
    ),
    "trapezoid": (
        WSD(lr=0.8, steps=20, warmup=4, cooldown=8, end=0.4),
        {0: 0.0, 1: 0.2, 3: 0.6, 4: 0.8, 12: 0.8, 13: 0.75, 16: 0.6, 19: 0.45, 20: 0.4, 21: 0.4, 10**6: 0.4},
    ),
    "trapezoid, cosine": (WSD(lr=0.8, steps=20, cooldown=8, warmup=0, shape="cosine"), {0: 0.8, 12: 0.8, 16: 0.4, 20: 0.0}),
    "trapezoid, 1-sqrt": (WSD(lr=0.8, steps=20, cooldown=8, warmup=0, shape="1-sqrt"), {12: 0.8, 14: 0.4, 16.5: 0.2, 20: 0.0}),
    "trapezoid, 1-square": (WSD(lr=0.8, steps=20, cooldown=8, warmup=0, shape="1-square"), {12: 0.8, 16: 0.6, 18: 0.35, 20: 0.0}),
    "trapezoid without cooldown": (WSD(lr=0.8, steps=9, warmup=2, cooldown=0, end=0.1), {0: 0.0, 1: 0.4, 2: 0.8, 8: 0.8, 9: 0.1}),
    "trapezoid that is all cooldown": (WSD(lr=0.8, steps=8, warmup=0, cooldown=8), {0: 0.8, 2: 0.6, 4: 0.4, 8: 0.0, 9: 0.0}),
    "trapezoid whose parts overlap": (WSD(lr=0.8, steps=8, warmup=4, cooldown=8), {0: 0.0, 2: 0.4, 4: 0.8, 6: 0.4, 8: 0.0}),
    "trapezoid that is all warmup": (WSD(lr=0.8, steps=4, warmup=8, cooldown=0), {0: 0.0, 3: 0.3, 4: 0.0, 5: 0.0}),
    "restarts": (
        CosineRestarts(lr=1.0, period=4, end=0.2),
        {0: 1.0, 2: 0.6, 3: 0.2 + 0.8 * 0.14644660940672624, 4: 1.0, 6: 0.6, 8: 1.0, 4 * 10**8 + 2: 0.6},
    ),
    "restarts that grow and shrink": (
        CosineRestarts(lr=1.0, period=2, growth=3, end=0.2, decay=0.5),
        {0: 1.0, 1: 0.6, 2: 0.6, 5: 0.4, 8: 0.4, 17: 0.3, 26: 0.3, 80: 0.25},
    ),
    "restarts at the sums of powers of 3": (
        CosineRestarts(lr=1.0, period=1, growth=3), {0: 1.0, 1: 1.0, 4: 1.0, 13: 1.0, 40: 1.0, 121: 1.0, 364: 1.0, 29524: 1.0},
    ),
    "restarts of growth 1.1": (CosineRestarts(lr=1.0, period=10, growth=1.1), {0: 1.0, 5: 0.5, 10: 1.0, 21: 1.0}),
    "a restart at each update": (CosineRestarts(lr=1.0, period=1), {0: 1.0, 1: 1.0, 7: 1.0}),
    "triangles": (
        Cyclical(low=0.1, high=0.5, up=4, down=2), {0: 0.1, 1: 0.2, 3: 0.4, 4: 0.5, 5: 0.3, 6: 0.1, 7: 0.2, 10: 0.5, 6 * 10**8: 0.1},
    ),
    "triangles that halve": (
        Cyclical(low=0.1, high=0.5, up=2, mode="triangular2"), {0: 0.1, 1: 0.3, 2: 0.5, 3: 0.3, 4: 0.1, 6: 0.3, 10: 0.2, 14: 0.15},
    ),
    "triangles that fade": (
        Cyclical(low=0.1, high=0.5, up=2, mode="exp_range", gamma=0.5), {0: 0.1, 1: 0.2, 2: 0.2, 3: 0.125, 4: 0.1, 6: 0.10625},
    ),
    "triangles upside down": (Cyclical(low=0.9, high=0.8, up=2), {0: 0.9, 1: 0.85, 2: 0.8, 3: 0.85, 4: 0.9}),
    "one-cycle": (
        OneCycle(lr=1.0, steps=10, warmup=0.4, div=10, final_div=5), {0: 0.1, 2: 0.55, 4: 1.0, 7: 0.51, 10: 0.02, 11: 0.02, 10**6: 0.02},
    ),
    "one-cycle in lines": (
        OneCycle(lr=1.0, steps=10, warmup=0.5, div=10, final_div=1, anneal="linear"), {0: 0.1, 1: 0.28, 5: 1.0, 6: 0.82, 10: 0.1, 99: 0.1},
    ),
    "one-cycle without warmup": (OneCycle(lr=1.0, steps=4, warmup=0, div=2, final_div=1), {0: 1.0, 2: 0.75, 4: 0.5}),
    "one-cycle that only climbs": (OneCycle(lr=1.0, steps=4, warmup=1, div=2, final_div=4), {0: 0.5, 2: 0.75, 4: 0.125, 5: 0.125}),
    "one-cycle's momentum": (
        OneCycle(steps=10, warmup=0.4).momentum(low=0.8, high=1.0), {0: 1.0, 2: 0.9, 4: 0.8, 7: 0.9, 10: 1.0, 99: 1.0},
    ),
    "chebyshev": (
        Chebyshev(smallest=1.0, largest=3.0, doublings=1),
        {0: 1 / (2 - np.sqrt(0.5)), 1: 1 / (2 + np.sqrt(0.5)), 2: 1 / (2 - np.sqrt(0.5)), 10**6 + 1: 1 / (2 + np.sqrt(0.5))},
    ),
    "chebyshev of one rate": (Chebyshev(smallest=1.0, largest=3.0, doublings=0), {0: 0.5, 1: 0.5}),
    "function": (Function(lr=0.5, f=lambda t: [1.0, 0.2][t] if t < 2 else 0.1), {0: 0.5, 1: 0.1, 2: 0.05, 999: 0.05}),
    "function of none": (Function(lr=0.5), {0: 0.5, 999: 0.5}),
    "noise of no spread": (Noisy(Linear(start=1.0, end=0.0, steps=4), spread=0.0), {0: 1.0, 1: 0.75, 4: 0.0}),
    "range test": (RangeTest(low=0.001, high=10.0, steps=4), {0: 0.001, 1: 0.01, 2: 0.1, 3: 1.0, 4: 10.0, 5: 10.0, 10**6: 10.0}),
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


DECAYS = ["StepDecay", "MultiStep", "ExponentialDecay", "InverseTime", "Polynomial", "REX", "Tanh", "Cosine"]


@pytest.mark.parametrize("name", DECAYS)
@given(data=st.data())
@quick
def test_a_decay_never_rises_and_stays_between_its_end_and_its_base_rate(name, data):
    lr = data.draw(st.floats(1e-3, 10.0))
    end = data.draw(st.floats(0.0, 1.0)) * lr
    schedule = data.draw(instances(SCHEDULES[name], lr=lr, end=end))
    rates = schedule(np.arange(500))
    assert np.all(np.diff(rates) <= 1e-15 * lr)
    assert np.all(rates <= lr * (1 + 1e-15)) and np.all(rates >= getattr(schedule, "end", 0.0) * (1 - 1e-15))


@pytest.mark.parametrize("name", ["CosineRestarts", "Cyclical", "OneCycle", "WSD", "Interpolate", "Chebyshev", "RangeTest", "InverseSqrt"])
@given(data=st.data())
@quick
def test_a_cycle_stays_between_its_extremes(name, data):
    schedule, t = data.draw(instances(SCHEDULES[name])), data.draw(times())
    extremes = {
        "CosineRestarts": lambda s: (s.lr, s.end),
        "Cyclical": lambda s: (s.low, s.high),
        "OneCycle": lambda s: (s.lr, s.lr / s.div / s.final_div),
        "WSD": lambda s: (0.0 if s.warmup else min(s.lr, s.end), s.lr, s.end),
        "Interpolate": lambda s: s.values,
        "Chebyshev": lambda s: (1 / s.smallest, 1 / s.largest),
        "RangeTest": lambda s: (s.low, s.high),
        "InverseSqrt": lambda s: (0.0, s.lr),
    }[name](schedule)
    rates = schedule(t)
    assert np.all(rates <= max(extremes) * (1 + 1e-14)) and np.all(rates >= min(extremes) * (1 - 1e-14))


@given(period=st.integers(1, 60), growth=st.integers(1, 5), cycle=st.integers(0, 40))
@quick
def test_restarts_are_at_the_whole_sums_however_late(period, growth, cycle):
    start = sum(period * growth**i for i in range(cycle))
    if start < 2**50:
        schedule = CosineRestarts(lr=1.0, period=period, growth=growth)
        assert schedule(start) == 1.0
        length = period * growth**cycle
        np.testing.assert_allclose(schedule(start + length / 2), 0.5, atol=1e-6)
        assert schedule(start + length - 1) == pytest.approx((1 + np.cos(np.pi * (length - 1) / length)) / 2, abs=1e-12)


@given(data=st.data())
@quick
def test_one_cycle_peaks_at_its_share_of_the_steps(data):
    schedule = data.draw(instances(OneCycle, warmup=data.draw(st.floats(0.0, 0.999))))
    assert schedule(schedule.peak) == schedule.lr
    assert schedule(schedule.steps) == schedule.lr / (schedule.div * schedule.final_div)
    momentum = schedule.momentum()
    assert momentum(schedule.peak) == 0.85 and momentum(schedule.steps) == 0.95


def test_chebyshev_steps_solve_a_quadratic_as_well_as_its_polynomial_says():
    # the error of curvature h after T updates is the product of 1 - lr h, at most 1 / T_T((M + m) / (M - m))
    m, M, T = 0.05, 1.0, 8
    h = np.linspace(m, M, 400)
    left = np.prod(1.0 - Chebyshev(smallest=m, largest=M, doublings=3)(np.arange(T))[:, None] * h, axis=0)
    bound = 1.0 / np.cosh(T * np.arccosh((M + m) / (M - m)))
    assert np.abs(left).max() == pytest.approx(bound, rel=1e-9)
    np.testing.assert_array_equal(np.argsort(-Chebyshev(doublings=3)(np.arange(8))).argsort() + 1, [1, 8, 4, 5, 2, 7, 3, 6])


def test_noise_is_uniform_differs_from_seed_to_seed_and_update_to_update_and_stays_within_its_spread():
    t = np.arange(20_000)
    one, other = (Noisy(Constant(lr=1.0), spread=0.5, seed=seed)(t) - 1.0 for seed in (1, 2))
    assert np.abs(one).max() <= 0.5 and np.abs(one).max() > 0.499
    assert abs(one.mean()) < 0.01 and one.std() == pytest.approx(0.5 / np.sqrt(3), rel=0.02)
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.03 and abs(np.corrcoef(one[1:], one[:-1])[0, 1]) < 0.03
    assert len(np.unique(one)) == len(t)
    assert Noisy(spread=0.5)(3.0) == Noisy(spread=0.5)(3.9)


def test_a_function_gets_whole_numbers_as_ints_and_must_return_a_rate():
    got = []
    Function(f=lambda t: got.append(t) or 1.0)([0, 2.5, 3])
    assert [type(one) for one in got] == [int, float, int]
    for wrong in (-0.1, np.nan, None, "0.1", [1.0, 2.0]):
        with pytest.raises(ValueError, match="^Function: f must return a finite number of at least 0, got .* at t = 4"):
            Function(f=lambda t, wrong=wrong: 1.0 if t < 4 else wrong)([0, 4])


@pytest.mark.parametrize("make", [
    lambda: WSD(steps=1, warmup=0, cooldown=1), lambda: WSD(steps=1, warmup=1, cooldown=1), lambda: OneCycle(steps=1),
    lambda: CosineRestarts(period=1, growth=2), lambda: Cyclical(up=1, down=1), lambda: Tanh(steps=1), lambda: REX(steps=1),
    lambda: InverseSqrt(warmup=0), lambda: RangeTest(steps=1), lambda: Interpolate(values=(0.1,), knots=(0,)),
])  # fmt: skip
def test_degenerate_lengths_give_rates_without_a_warning(make):
    rates = make()(np.arange(5))
    assert np.all(np.isfinite(rates)) and np.all(rates >= 0)


# ---- a schedule enters everything by being defined ----


def test_a_new_schedule_is_in_the_catalogue_the_strategies_and_the_reference_table_by_being_defined():
    from lrlab.parameters import several, whole
    from lrlab.schedules import Schedule

    class Stairs(Schedule):
        """values[t // every], the last one held."""

        values: tuple = several((0.3, 0.1), each=declarations(PiecewiseConstant)["values"][0].each, least=1, text="rates")
        every: int = whole(5, low=1, slider=(1, 50), unit="updates", text="updates of one stair")

        def curve(self, t):
            return np.asarray(self.values)[np.minimum(t // self.every, len(self.values) - 1).astype(int)]

    SCHEDULES.define(formula="values[t // every]", source="This test, 2026", elsewhere={"torch": "none"})(Stairs)
    try:
        assert SCHEDULES["Stairs"]()([0, 4, 5, 99]).tolist() == [0.3, 0.3, 0.1, 0.1]
        assert "  Stairs(values=(0.3, 0.1), every=5)\n      values[t // every]\n" in repr(catalogue("schedules"))
        assert "<th scope='row'>Stairs</th>" in catalogue("schedules")._repr_html_()

        @given(data=st.data())
        @quick
        def drawn_from_its_declaration(data):
            schedule, t = data.draw(instances(SCHEDULES["Stairs"])), data.draw(times())
            assert set(np.ravel(schedule(t))) <= set(schedule.values)

        drawn_from_its_declaration()
    finally:
        del SCHEDULES["Stairs"]


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


def test_a_composed_schedule_prints_as_the_algebra_that_makes_it():
    a, b = Constant(lr=0.5), Linear(start=1.0, end=0.0, steps=4)
    assert repr(0.5 * a.warmup(3).then(b, at=9)) == (
        "0.5 * Constant(lr=0.5).warmup(3).then(Linear(start=1.0, end=0.0, steps=4), at=9)"
    )
    space = {name: getattr(lrlab, name) for name in lrlab.__all__}
    for one in (
        a.then(b, at=3), b.warmup(4), b.warmup(4, start=0.1, shape="cosine"), 2 * a, a * b, a * (b * a), (a * b) * a, 2 * (a * b),
        (2 * a) * b, (2 * a).then(b * b, at=2), (a * b).warmup(2), 3 * (2 * a), Warmup(WSD(), 5), Noisy(a.then(b, at=2)),
    ):  # fmt: skip
        assert eval(repr(one), space) == one


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
