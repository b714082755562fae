import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import values

from lrlab import FEEDBACK, NETWORKS, OPTIMIZERS, SCHEDULES, SGD, SURFACES, Adam, Cosine, Interpolate, MultiStep, Noisy, PiecewiseConstant, StepDecay
from lrlab.parameters import Choice, Flag, Formula, Nested, Number, Several, Whole, declarations, table

CLASSES = {name: cls for part in (SCHEDULES, FEEDBACK, OPTIMIZERS, SURFACES, NETWORKS) for name, cls in part.items()}
FIELDS = [
    pytest.param(cls, field, id=f"{name}-{field}") for name, cls in CLASSES.items() for field in declarations(cls)
]
NUMBERS = [
    pytest.param(*item.values, id=item.id)
    for item in FIELDS
    if isinstance(declarations(item.values[0])[item.values[1]][0], Number)
]


def wrong_kinds(parameter):
    wrong = [1j, object]
    if not isinstance(parameter, Several) or parameter.least:
        wrong.append([])
    if not parameter.optional:
        wrong.append(None)
    if isinstance(parameter, Number):
        wrong += ["half", "0.5", True, np.True_, math.nan, np.nan, np.float32("nan"), math.inf, -math.inf]
    if isinstance(parameter, Whole):
        wrong += [parameter.low + 0.5, np.float64(parameter.low + 1.5)]
    if isinstance(parameter, Choice):
        wrong += ["no such choice", "", 1, True]
    if isinstance(parameter, Flag):
        wrong += [0, 1, 1.0, "yes", "True"]
    if isinstance(parameter, Several):
        wrong += [1, "1, 2", ["1"], [None], [[1, 2]], [True], (math.nan,), {1, 2}, [1.0, -1.0]]
        wrong += [(2, 1)] * parameter.rising + [(0.5,)] * isinstance(parameter.each, Whole)
    if isinstance(parameter, Formula):
        wrong += [0.1, "t", [lambda t: t]]
    if isinstance(parameter, Nested):
        wrong += [0.1, "Constant()", math.cos]
    return wrong


def outside(parameter):
    step = 1 if isinstance(parameter, Whole) else 0.25
    refused = []
    if parameter.low > -math.inf:
        low = int(parameter.low) if isinstance(parameter, Whole) else parameter.low
        refused += [low - step, low - 1000 * step]
        if not isinstance(parameter, Whole):
            refused.append(math.nextafter(low, -math.inf))
        if parameter.low_open:
            refused.append(low)
    if parameter.high < math.inf:
        high = int(parameter.high) if isinstance(parameter, Whole) else parameter.high
        refused += [high + step, high + 1000 * step]
        if not isinstance(parameter, Whole):
            refused.append(math.nextafter(high, math.inf))
        if parameter.high_open:
            refused.append(high)
    return refused


def assert_refused(cls, field, value):
    parameter, default = declarations(cls)[field]
    with pytest.raises(ValueError) as caught:
        cls(**{field: value})
    message = str(caught.value)
    assert message.startswith(f"{cls.__name__}: {field} must be ")
    assert parameter.range in message
    assert f", got {value!r}." in message
    assert message.endswith(f"; try {default!r}.")


@pytest.mark.parametrize("cls, field", FIELDS)
def test_a_value_of_the_wrong_kind_is_refused_with_name_value_range_and_remedy(cls, field):
    for value in wrong_kinds(declarations(cls)[field][0]):
        assert_refused(cls, field, value)


@pytest.mark.parametrize("cls, field", NUMBERS)
def test_a_number_outside_its_range_is_refused_with_name_value_range_and_remedy(cls, field):
    for value in outside(declarations(cls)[field][0]):
        assert_refused(cls, field, value)


@pytest.mark.parametrize("cls, field", FIELDS)
@given(data=st.data())
@settings(deadline=None, max_examples=25)
def test_a_value_inside_its_range_is_kept(cls, field, data):
    parameter, default = declarations(cls)[field]
    value = data.draw(values(parameter, default))
    assert parameter.check(cls.__name__, field, value, default) == value


@pytest.mark.parametrize("cls, field", NUMBERS)
def test_default_slider_ends_and_closed_bounds_are_inside_the_range(cls, field):
    parameter, default = declarations(cls)[field]
    inside = [default, *parameter.slider]
    inside += [parameter.low] * (parameter.low > -math.inf and not parameter.low_open)
    inside += [parameter.high] * (parameter.high < math.inf and not parameter.high_open)
    for value in inside:
        assert parameter.check(cls.__name__, field, value, default) == value
    assert parameter.slider[0] < parameter.slider[1]
    assert parameter.scale == "linear" or parameter.slider[0] > 0


@pytest.mark.parametrize("cls, field", FIELDS)
def test_numpy_scalars_are_accepted_and_stored_as_python_values(cls, field):
    parameter, default = declarations(cls)[field]
    if default is None and isinstance(parameter, Number):
        default = type(parameter.slider[0])(parameter.slider[1])
    if isinstance(parameter, Several):
        kept = parameter.check(cls.__name__, field, np.array(default), default)
        assert kept == tuple(default) and {type(one) for one in kept} == {int if isinstance(parameter.each, Whole) else float}
        return
    if isinstance(parameter, (Formula, Nested)):
        return
    if isinstance(parameter, Whole):
        given_values, kind = [np.int64(default), np.uint16(default), np.float64(default), float(default)], int
    elif isinstance(parameter, Number):
        given_values, kind = [np.float64(default), np.float32(sum(parameter.slider) / 2)], float
    elif isinstance(parameter, Flag):
        given_values, kind = [np.bool_(default)], bool
    else:
        given_values, kind = [np.str_(default)], str
    for value in given_values:
        kept = getattr(cls(**{field: value}), field)
        assert isinstance(kept, kind) and kept == value
        assert kind is str or type(kept) is kind


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Cosine(lr=0.1, steps=0), "Cosine: steps must be at least 1, got 0"),
        (lambda: Cosine(steps=2.5), "Cosine: steps must be a whole number, at least 1, got 2.5"),
        (lambda: StepDecay(factor="half"), "StepDecay: factor must be a number above 0 and at most 1, got 'half'"),
        (lambda: SGD(momentum=1.5), "SGD: momentum must be at least 0 and below 1, got 1.5"),
        (lambda: SGD(nesterov=True), "SGD: nesterov needs momentum above 0, got momentum=0.0"),
        (lambda: MultiStep(milestones=30), "MultiStep: milestones must be a list of whole numbers, each at least 0, got 30"),
        (lambda: PiecewiseConstant(boundaries=(5,)), "PiecewiseConstant: values must be one more than boundaries, got 3 values and 1 bou"),
        (lambda: PiecewiseConstant(boundaries=(9, 5)), "PiecewiseConstant: boundaries must be a list of whole numbers, in rising order,"),
        (lambda: Interpolate(values=(1.0,)), "Interpolate: values must be as many as knots, got 1 values and 3 knots."),
        (lambda: Noisy(0.1), "Noisy: schedule must be a schedule, got 0.1. It is the schedule that the noise multiplies; try Constant("),
        (lambda: Adam(beta1=True), "Adam: beta1 must be a number at least 0 and below 1, got True"),
    ],
    ids=["steps=0", "steps=2.5", "factor=half", "momentum=1.5", "nesterov", "milestones=30", "too few", "falling", "one value", "number", "beta1=True"],
)
def test_the_error_says_what_is_wrong_in_these_words(make, message):
    with pytest.raises(ValueError) as caught:
        make()
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("make", [lambda: Cosine(lr=10**400), lambda: Cosine(steps=10**400)], ids=["lr", "steps"])
def test_a_whole_number_too_large_for_a_float_is_refused(make):
    with pytest.raises(ValueError, match="^Cosine: (lr|steps) must be "):
        make()


def test_a_whole_float_is_stored_as_an_int_and_a_whole_number_as_a_float_where_one_is_declared():
    schedule = Cosine(lr=1, steps=30.0)
    assert (schedule.steps, schedule.lr) == (30, 1.0)
    assert type(schedule.steps) is int and type(schedule.lr) is float


@pytest.mark.parametrize("name", CLASSES)
def test_an_instance_cannot_be_changed_and_equals_another_with_the_same_fields(name):
    one, other = CLASSES[name](), CLASSES[name]()
    assert one == other and hash(one) == hash(other)
    for field in declarations(one):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(one, field, getattr(one, field))


@pytest.mark.parametrize("name", CLASSES)
def test_the_docstring_holds_the_table_with_every_field_default_and_range(name):
    lines = [line.strip() for line in CLASSES[name].__doc__.splitlines()]
    rows = table(CLASSES[name]).splitlines()
    for (field, (parameter, default)), row in zip(declarations(CLASSES[name]).items(), rows[1:], strict=True):
        assert row in lines
        assert row.split()[0] == field
        assert repr(default) in row and parameter.range in row and row.endswith(parameter.text)


@pytest.mark.parametrize("name", CLASSES)
def test_the_catalogue_lists_a_class_under_its_own_name_with_formula_and_source(name):
    cls = CLASSES[name]
    assert cls.__name__ == name
    assert cls.formula.strip() and cls.source.strip()
