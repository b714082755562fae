import base64
import html
import io
import re
from dataclasses import fields as dataclass_fields
from html.parser import HTMLParser

import ipywidgets
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from strategies import values

from lrlab import OPTIMIZERS, SCHEDULES, SURFACES, SGD, Adam, Constant, Cosine, Himmelblau, Kink, Quadratic, StepDecay, Traps
from lrlab.optimizers import Optimizer
from lrlab.parameters import Choice, Flag, Formula, Nested, Number, Several, Whole, choice, declarations, number, whole
from lrlab.schedules import Schedule
from lrlab.widgets import DescentExplorer, ScheduleExplorer
from lrlab.widgets.controls import Chooser, NumbersText, ValueSlider, control, field_controls, stops, value_slider
from lrlab.widgets.explorer import BACKGROUNDS
from lrlab.widgets.questions import Choice as OneQuestion
from lrlab.widgets.questions import Questions

quick = settings(deadline=None, max_examples=50)
KEYBOARD = (ValueSlider, ipywidgets.IntSlider, ipywidgets.Dropdown, ipywidgets.Checkbox, ipywidgets.SelectMultiple, NumbersText)
DRAWABLE = [name for name, cls in SURFACES.items() if cls().minima.shape[-1] == 2]
WITH_LR = [name for name, cls in SCHEDULES.items() if "lr" in declarations(cls)]


def png(explorer) -> bytes:
    """The picture that the browser shows."""
    return base64.b64decode(re.search(r'src="data:image/png;base64,([^"]+)"', explorer.picture.value)[1], validate=True)


def seen(explorer):
    return explorer.sentence, png(explorer)


def another(parameter, value):
    """A value of this field well away from this one."""
    if isinstance(parameter, Flag):
        return not value
    if isinstance(parameter, Choice):
        return next(one for one in parameter.choices if one != value)
    if isinstance(parameter, Several):
        # the last a little higher: rising stays rising, and as many as before
        return (*value[:-1], value[-1] + (7 if isinstance(parameter.each, Whole) else 0.05))
    if isinstance(parameter, Formula):
        return parameter.examples[0]
    if isinstance(parameter, Nested):
        return next(cls() for cls in parameter.catalogue.values() if cls() != value and not nested_fields(cls))
    if isinstance(parameter, Several):
        return tuple(1.5 * one if isinstance(one, float) else one + 5 for one in value)
    if isinstance(parameter, Formula):
        return parameter.examples[0]
    if isinstance(parameter, Nested):
        return Cosine(lr=0.3, steps=40)
    low, high = parameter.slider
    middle = np.sqrt(low * high) if parameter.scale == "log" else (low + high) / 2
    kind = int if isinstance(parameter, Whole) else float
    return next(kind(one) for one in (middle, 0.7 * high + 0.3 * low, high) if value is None or kind(one) != value)


def nested_fields(cls):
    return [name for name, (parameter, _) in declarations(cls).items() if isinstance(parameter, Nested)]


def draws(explorer, monkeypatch):
    """A list that grows by one whenever this explorer draws."""
    drawn, redraw = [], explorer.redraw
    monkeypatch.setattr(explorer, "redraw", lambda: (drawn.append(1), redraw()))
    return drawn


@pytest.fixture
def newcomer():
    """Two schedules and an optimizer that enter the catalogue, and leave it after the test."""
    names = []

    def define(catalogue, cls):
        names.append((catalogue, cls.__name__))
        cls.__qualname__ = cls.__name__
        return catalogue.define(formula="lr", source="this test, 2026")(cls)

    yield define
    for catalogue, name in names:
        del catalogue[name]


# ---- a slider keeps what it is given ----


@given(given_=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6))
@quick
def test_a_slider_keeps_exactly_any_number_set_from_python(given_):
    slider = ValueSlider(0.5, stops(1e-4, 10.0, "log"))
    for value in given_:
        slider.value = value
        assert slider.value == value
        assert slider._options_values[slider.index] == value
    assert list(slider._options_values) == sorted(set(slider._options_values))
    assert len(set(slider._options_labels)) == len(slider._options_labels) == len(slider._options_values)


def test_a_slider_keeps_numbers_that_differ_after_the_fourth_digit_apart():
    slider = ValueSlider(0.1, [0.1, 0.3])
    for value in (0.10000001, 0.3, 0.10000001, 0.1, np.nextafter(0.1, 1.0), 0.3, np.nextafter(0.1, 1.0)):
        slider.value = value
        assert slider.value == value and slider._options_values[slider.index] == value
    assert slider._options_labels == ("0.1", "0.10000000000000002", "0.10000001", "0.3")
    # what the browser does: it sends the index of a stop
    for index, value in enumerate(slider._options_values):
        slider.index = index
        assert slider.value == value


def test_a_slider_at_a_new_value_keeps_the_old_stops():
    slider = ValueSlider(0.3, [0.1, 0.2, 0.3])
    slider.value = 0.25
    assert slider._options_labels == ("0.1", "0.2", "0.25", "0.3")
    slider.index = 1
    assert slider.value == 0.2


@pytest.mark.parametrize("kind, wrong", [
    (float, "fast"), (float, None), (float, np.nan), (float, [1.0]), (float, "0.3"), (int, 10.5), (int, "ten"), (int, np.inf), (int, None),
])  # fmt: skip
def test_a_slider_refuses_what_is_no_number_and_stays_where_it_is(kind, wrong):
    slider = ValueSlider(3, range(10), kind=kind, description="every")
    word = "a whole number" if kind is int else "a number"
    with pytest.raises(ValueError, match=f"^every: the slider takes {word}, got "):
        slider.value = wrong
    assert slider.value == 3 and slider.index == 3 and len(slider._options_values) == 10


def test_a_slider_of_whole_numbers_gives_ints_of_floats_that_are_whole():
    slider = ValueSlider(3, range(10), kind=int)
    slider.value = 7.0
    assert slider.value == 7 and type(slider.value) is int


def test_restocking_replaces_all_stops_and_draws_at_most_once():
    slider = ValueSlider(0.3, [0.1, 0.2, 0.3])
    changes = []
    slider.observe(changes.append, "value")
    slider.value = 0.123
    slider.restock(0.3, [0.1, 0.2, 0.3])
    assert (slider.value, slider.index, slider._options_values) == (0.3, 2, (0.1, 0.2, 0.3))
    slider.restock(7.0, [5.0, 6.0])
    assert (slider.value, slider.index, slider._options_values) == (7.0, 2, (5.0, 6.0, 7.0))
    slider.restock(7.0, [7.0, 8.0, 9.0])
    assert (slider.value, slider.index) == (7.0, 0)
    assert [change["new"] for change in changes] == [0.123, 0.3, 7.0]


def test_an_optional_field_can_be_none_on_its_slider():
    slider = control(whole(None, low=1, slider=(1, 50), optional=True, text="timescale").metadata["parameter"], "timescale", None)
    assert slider.value is None and slider._options_labels[:3] == ("none", "1", "2")
    slider.value = 7
    assert slider.value == 7 and slider.index == 7
    slider.value = None
    assert slider.value is None and slider.index == 0
    words = control(choice(None, choices=("up", "down"), optional=True, text="way").metadata["parameter"], "way", None)
    words.value = "up"
    words.value = None
    assert words.value is None


@given(low=st.floats(1e-8, 1.0), factor=st.floats(1.5, 1e6), scale=st.sampled_from(["log", "linear"]))
@quick
def test_the_stops_of_a_slider_span_its_range_in_order_and_are_neither_few_nor_many(low, factor, scale):
    between = stops(low, low * factor, scale)
    assert all(np.diff(sorted(set(between))) > 0)
    assert min(between) == pytest.approx(low, rel=0.005) and max(between) == pytest.approx(low * factor, rel=0.005)
    assert len(between) >= 5 and len(between) <= (25 * 15 if scale == "log" else 110)


def test_the_stops_are_round_numbers():
    assert stops(0.0, 1.0)[:4] == [0.0, 0.0, 0.01, 0.02]
    assert {0.1, 1.0, 10.0} <= set(stops(1e-4, 10.0, "log"))
    assert {-5.0, 0.0, 2.5, 5.0} <= set(stops(-5.0, 5.0))


# ---- the controls of every declared field ----

EVERY_FIELD = [
    pytest.param(cls, name, id=f"{cls.__name__}-{name}")
    for table in (SCHEDULES, OPTIMIZERS, SURFACES)
    for cls in table.values()
    for name in declarations(cls)
]


@pytest.mark.parametrize("cls, name", EVERY_FIELD)
@given(data=st.data())
@settings(deadline=None, max_examples=10)
def test_the_control_of_a_field_takes_every_value_that_the_field_accepts(cls, name, data):
    parameter, default = declarations(cls)[name]
    made = control(parameter, name, default)
    assert made.value == default
    for _ in range(3):
        value = data.draw(values(parameter, default))
        made.value = value
        taken = parameter.check(cls.__name__, name, value, default)
        assert made.value == taken and type(made.value) is type(taken)


@pytest.mark.parametrize("cls, name", EVERY_FIELD)
def test_a_field_has_a_control_with_words_and_its_line_of_text(cls, name):
    parameter, default = declarations(cls)[name]
    made = field_controls(cls)[name]
    assert isinstance(made, KEYBOARD) and not made.disabled and made.tabbable is not False
    assert parameter.text in made.tooltip and parameter.unit in made.tooltip
    if isinstance(parameter, Number):
        low, high = parameter.slider
        reach = made._options_values[parameter.optional :]
        assert reach[0] <= low + 0.005 * abs(low) + 1e-12 and reach[-1] >= high - 0.005 * abs(high)


def test_a_parameter_without_a_control_is_said():
    with pytest.raises(TypeError, match="there is no control for"):
        control(object(), "x", 1)


# ---- the schedule explorer ----


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_field_of_every_schedule_is_an_attribute_that_changes_sentence_and_picture(name):
    fields = declarations(SCHEDULES[name])
    named = {field: f"schedule_{field}" if field in ("schedule", "t", "code") else field for field in fields}
    for field, (parameter, default) in fields.items():
        w = ScheduleExplorer(name, steps=120)
        assert list(w.controls) == ["schedule", *named.values(), "t", "code"]
        if field == "staircase":
            w.every.value = 7
        if field == "gamma":
            w.mode.value = "exp_range"
        before, curve = seen(w), w.value(np.arange(120))
        wanted = another(parameter, default)
        w.controls[named[field]].value = wanted
        try:
            assert getattr(w.value, field) == wanted
        except ValueError:
            # the class refuses what does not go together with the other fields
            assert w.sentence.startswith("These settings do not go together.")
            continue
        assert f"{field}={getattr(w.value, field)!r}" in w.sentence
        sentence, picture = seen(w)
        assert sentence != before[0], field
        # what is less than a pixel is not seen
        if np.abs(w.value(np.arange(120)) - curve).max() > 0.01 * curve.max():
            assert picture != before[1], field


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_curve_is_the_schedule_and_the_sentence_tells_its_rates(name):
    w = ScheduleExplorer(name, steps=50)
    w.set(t=20)
    schedule = SCHEDULES[name]()
    rates = schedule(np.arange(50))
    x, y = w._line.get_data()
    np.testing.assert_array_equal(np.asarray(x)[:-1:2], np.arange(50))
    np.testing.assert_array_equal(np.asarray(y)[::2], rates)
    np.testing.assert_array_equal(np.asarray(y)[1::2], rates)
    np.testing.assert_array_equal(w._dot.get_data(), [[20], [rates[20]]])
    assert w.value == schedule
    assert w.sentence == (
        f"{schedule} over 50 updates: {rates[0]:.4g} at update 0, {rates[20]:.4g} at update 20, {rates[49]:.4g} at update 49. "
        f"The mean rate is {rates.mean():.4g}."
    )


def test_choosing_another_schedule_shows_its_fields_and_ends_the_old_controls():
    w = ScheduleExplorer("StepDecay")
    old = w.every
    w.schedule.value = "Cosine"
    assert list(w.controls) == ["schedule", "lr", "steps", "end", "t", "code"]
    assert w._fields.children == (w.lr, w.steps, w.end)
    assert w.sentence.startswith("Cosine(lr=0.1, steps=100, end=0.0) over 100 updates: ")
    assert old.comm is None
    with pytest.raises(AttributeError, match="has no attribute 'every'; its controls: schedule, lr, steps, end, t, code$"):
        w.every


def test_an_instance_is_where_the_explorer_begins_and_resets_to():
    w = ScheduleExplorer(Cosine(lr=0.037, steps=77, end=0.011), steps=90)
    first, start = seen(w), {name: one.value for name, one in w.controls.items()}
    assert w.value == Cosine(lr=0.037, steps=77, end=0.011)
    w.set(lr=3.0, steps=5, t=40)
    w.keep()
    w.set(schedule="StepDecay", factor=0.123)
    w.reset()
    assert seen(w) == first
    assert {name: one.value for name, one in w.controls.items()} == start
    assert w.lr._options_values == ScheduleExplorer(Cosine(lr=0.037), steps=90).lr._options_values


def test_kept_curves_are_copies_with_a_style_and_a_name_each_until_they_are_dropped():
    w = ScheduleExplorer(Constant(lr=0.1), steps=10)
    alone = png(w)
    for lr in (0.1, 0.08, 0.06, 0.04):
        w.lr.value = lr
        w.keep()
    w.set(schedule="Cosine", lr=0.09)
    assert w.kept == [Constant(lr=lr) for lr in (0.1, 0.08, 0.06, 0.04)]
    for copy, lr in zip(w._copies, (0.1, 0.08, 0.06, 0.04)):
        assert set(np.asarray(copy.get_ydata())) == {lr} and (min(copy.get_xdata()), max(copy.get_xdata())) == (0, 10)
    looks = [(copy.get_color(), copy.get_linestyle()) for copy in (w._line, *w._copies)]
    assert len({color for color, _ in looks}) == len(looks) and len({style for _, style in looks}) == 4
    (legend,) = w.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["this curve", "Constant", "Constant(lr=0.08)", "Constant(lr=0.06)", "Constant(lr=0.04)"]
    # the oldest makes room
    w.keep()
    assert w.kept[-1] == Cosine(lr=0.09) and len(w.kept) == 4
    w.drop()
    assert w.kept == [] and not w.figure.legends and all(len(copy.get_xdata()) == 0 for copy in w._copies)
    w.keep()
    w.reset()
    assert w.kept == [] and png(w) == alone


def test_the_code_of_a_library_follows_the_controls():
    w = ScheduleExplorer(StepDecay(lr=0.1, every=30), steps=10)
    assert w.snippet == "" == w.code_text.value
    for library, word in (("torch", "StepLR"), ("optax", "optax"), ("keras", "keras")):
        w.code.value = library
        assert word in w.snippet and html.escape(w.snippet) in w.code_text.value
        before = w.snippet
        w.every.value = 17 if w.every.value == 30 else 30
        assert w.snippet != before and str(w.every.value) in w.snippet
    w.every.value = 0
    assert w.sentence.startswith("These settings do not go together.") and w.snippet == "" == w.code_text.value
    w.reset()
    assert w.snippet == ""


def test_what_a_library_cannot_say_is_said():
    w = ScheduleExplorer("Noisy")
    w.code.value = "torch"
    assert w.snippet.startswith("# translate: ")


def test_a_list_of_numbers_is_typed_and_nonsense_becomes_a_sentence():
    w = ScheduleExplorer("PiecewiseConstant", steps=50)
    assert w.boundaries.value == (30, 60) and w.boundaries.get_state("value") == {"value": "30, 60"}
    # what the page sends
    w.boundaries.set_state({"value": "5; 20 "})
    assert w.boundaries.value == (5, 20) and "boundaries=(5, 20)" in w.sentence
    w.values.set_state({"value": "0.5, 0.25, 1e-2"})
    assert w.value.values == (0.5, 0.25, 0.01)
    for wrong in ("ten", "20, 5", "5", "5, 10, 15"):
        w.boundaries.set_state({"value": wrong})
        assert w.sentence.startswith("These settings do not go together. PiecewiseConstant: "), wrong
    w.boundaries.value = [10, 20]
    assert w.boundaries.value == (10, 20) and "boundaries=(10, 20)" in w.sentence


def test_a_part_is_chosen_from_a_catalogue_and_any_other_can_be_given():
    w = ScheduleExplorer("Noisy", steps=20)
    assert isinstance(w.controls["schedule_schedule"], Chooser)
    w.controls["schedule_schedule"].value = Cosine(lr=0.7, steps=20)
    assert w.value.schedule == Cosine(lr=0.7, steps=20) and "Cosine(lr=0.7" in w.sentence
    assert "Noisy" not in dict(w.controls["schedule_schedule"].options)


def test_a_kept_curve_stays_in_the_picture():
    w = ScheduleExplorer(Constant(lr=0.9), steps=10)
    w.keep()
    w.lr.value = 0.001
    assert w.axes.get_ylim()[1] >= 0.9
    w.schedule.value = "Cosine"
    assert w.axes.get_ylim()[1] >= 0.9


def test_the_axes_of_the_schedule_stay_while_the_curve_fits_and_jump_to_1_2_or_5():
    w = ScheduleExplorer(Constant(lr=0.5), steps=30)
    limits = []
    for lr in (0.5, 0.3, 0.051, 0.5, 0.049, 0.04, 0.051, 1.0, 3.0, 7.0):
        w.lr.value = lr
        assert w.axes.get_xlim() == (0, 30)
        limits.append(round(w.axes.get_ylim()[1] / 1.05, 9))
    assert limits == [0.5, 0.5, 0.5, 0.5, 0.05, 0.05, 0.1, 1.0, 5.0, 10.0]


@pytest.mark.parametrize("wrong", ["Kosinus", Constant().warmup(3), None, 0.1])
def test_a_schedule_that_is_none_is_refused_with_the_list(wrong):
    with pytest.raises(ValueError, match=f"^ScheduleExplorer: schedule must be one of {', '.join(SCHEDULES)}, got "):
        ScheduleExplorer(wrong)


@pytest.mark.parametrize("explorer, name", [(ScheduleExplorer, "ScheduleExplorer"), (DescentExplorer, "DescentExplorer")])
def test_a_number_of_updates_that_cannot_be_made_is_refused(explorer, name):
    for steps in (0, -5, 2.5, "many"):
        with pytest.raises(ValueError, match=f"^{name}: steps must be "):
            explorer(steps=steps)


# ---- the descent explorer ----


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_field_of_every_optimizer_is_an_attribute_that_changes_sentence_and_picture(name):
    for field, (parameter, default) in declarations(OPTIMIZERS[name]).items():
        # a falling rate and a momentum, so that no field is without effect
        w = DescentExplorer(Quadratic(condition=10, largest=10), name, "StepDecay", lr=0.05)
        w.set(**{one: 0.5 for one in ("momentum",) if one in w.controls and one != field})
        w.set(**{one: 0.1 for one in ("eps",) if one in w.controls and one != field})
        before, kept = seen(w), {one: w.controls[one].value for one in w.controls if one != field}
        path = w.run.path
        wanted = another(parameter, default)
        w.controls[field].value = wanted
        assert getattr(w.run.optimizer, field) == wanted
        sentence, picture = seen(w)
        assert sentence != before[0], field
        # some fields do nothing on this surface: what moves no dot by a hundredth is not seen
        if np.abs(w.run.path - path).max() > 0.02:
            assert picture != before[1], field
        assert f"{field}={getattr(w.run.optimizer, field)!r}" in sentence
        assert {one: w.controls[one].value for one in kept} == kept


@pytest.mark.parametrize("name", WITH_LR)
def test_every_field_of_every_schedule_drives_the_descent(name):
    for field, (parameter, default) in declarations(SCHEDULES[name]).items():
        w = DescentExplorer(schedule=name, lr=0.05)
        if field == "staircase":
            w.every.value = 7
        if field == "timescale":
            w.warmup.value = 5
        before, path = seen(w), w.run.path
        wanted = another(parameter, default) if field != "lr" else 0.13
        w.controls[f"schedule_{field}" if f"schedule_{field}" in w.controls else field].value = wanted
        assert getattr(w.run.schedule, field) == wanted
        if field == "end":
            # the last rates differ little: what is seen is where they lead
            assert w.run.lr[-1] != Cosine(lr=0.05)(49)
        assert seen(w)[0] != before[0], field
        # what begins after the 50 updates is not seen
        if np.abs(w.run.path - path).max() > 0.02:
            assert seen(w)[1] != before[1], field


@pytest.mark.parametrize("name", DRAWABLE)
def test_every_surface_can_be_chosen_and_shows_its_own_window_start_and_milestones(name):
    w = DescentExplorer(Quadratic(condition=3, largest=2) if name != "Quadratic" else Himmelblau(), lr=1e-3)
    before = seen(w)
    w.surface.value = name
    surface = SURFACES[name]()
    assert seen(w)[0] != before[0] and seen(w)[1] != before[1]
    left, right = w.axes
    assert (left.get_xlim(), left.get_ylim()) == surface.window
    assert [w.x.value, w.y.value] == list(surface.start)
    start = surface.loss(np.array(surface.start)) - surface.lowest
    assert f"loss {start:.4g} at the start" in w.sentence
    np.testing.assert_array_equal(right.get_ylim(), (start * 1e-9, start * 1e3))
    np.testing.assert_array_equal(np.transpose(w._begin.get_data()), [surface.start])
    stars = next(one for one in left.lines if one.get_marker() == "*")
    np.testing.assert_array_equal(stars.get_xydata(), surface.minima)
    assert len([one for one in left.lines if one.get_marker() == "*"]) == 1
    marks = [mark for mark in w.milestones if "2/L" in mark and "+" not in mark]
    w.jump(marks[0])
    assert w.lr.value == surface.lr_limit == 2 / surface.curvature
    assert "(1 times 2/L)" in w.sentence


@pytest.mark.parametrize("name", DRAWABLE)
def test_the_picture_of_a_chosen_surface_is_that_of_an_explorer_made_with_it(name):
    w = DescentExplorer(Quadratic(condition=3, largest=2) if name != "Quadratic" else Himmelblau(), lr=1e-3)
    w.surface.value = name
    assert seen(w) == seen(DescentExplorer(SURFACES[name](), lr=1e-3))


@pytest.mark.parametrize("name, value", [("lr", 0.123456789), ("x", -0.7), ("y", 0.31), ("noise", 1.7)])
def test_rate_start_and_noise_are_attributes_that_change_sentence_and_picture(name, value):
    w = DescentExplorer()
    before, limits = seen(w), [ax.axis() for ax in w.axes]
    getattr(w, name).value = value
    assert w.controls[name].value == value
    assert seen(w)[0] != before[0] and seen(w)[1] != before[1]
    assert [ax.axis() for ax in w.axes] == limits


def test_the_path_and_the_loss_are_those_of_the_run():
    w = DescentExplorer(optimizer=Adam(beta1=0.8), lr=0.01, steps=30)
    w.set(x=0.5, y=-1.25)
    run = w.run
    assert run.optimizer == Adam(beta1=0.8) and run.path[0].tolist() == [0.5, -1.25] and run.steps == 30
    np.testing.assert_array_equal(np.transpose(w._path.get_data()), run.path)
    np.testing.assert_array_equal(np.transpose(w._loss.get_data()), np.column_stack([np.arange(31), run.metrics["loss"]]))
    assert w.axes[1].get_yscale() == "log" and w.axes[1].get_xlim() == (0, 30)
    assert w.sentence == (
        f"Adam(beta1=0.8) with Constant, learning rate 0.01 (0.05 times 2/L): loss {0.5 * (0.25 + 10 * 1.5625):.4g} at the start, "
        f"{run.metrics['loss'][-1]:.4g} after 30 updates. It did not converge."
    )


def test_noise_reaches_the_gradients_and_not_the_loss_that_is_shown():
    w = DescentExplorer(noise=1.0)
    assert w.run.problem.noise == 1.0
    assert w.run.metrics["loss"][0] == 5.5
    assert not np.array_equal(w.run.path, DescentExplorer(noise=0.0).run.path)
    assert DescentExplorer(Quadratic(noise=0.7)).noise.value == 0.7


@pytest.mark.parametrize("bowl", [Quadratic(largest=3.0), Quadratic(condition=7, largest=10), Quadratic(largest=0.1), Quadratic(largest=49)])
def test_the_milestones_jump_to_exactly_their_rates(bowl):
    w = DescentExplorer(bowl)
    assert list(w.milestones) == ["1/L", "2/L", "best: 2/(L + smallest)"]
    for words, rate in zip(w.milestones, (1 / bowl.largest, 2 / bowl.largest, 2 / (bowl.largest + bowl.h[0]))):
        w.lr.value = 0.01
        w.jump(words)
        assert w.lr.value == rate, words
        w.lr.value = 0.01
        (press,) = [button for button in w._milestones.children if button.description == words]
        press.click()
        assert w.lr.value == rate, words
    with pytest.raises(ValueError, match="^DescentExplorer: milestone must be one of 1/L, 2/L, best"):
        w.jump("3/L")


def test_the_edge_of_convergence_is_seen_at_exactly_two_over_l():
    w = DescentExplorer(Quadratic(dim=2, condition=10, largest=10), steps=100)
    w.jump("2/L")
    w.set(x=0.0)
    np.testing.assert_allclose(w.run.metrics["loss"], 5.0, rtol=1e-12)
    w.set(lr=w.lr.value * 1.2)
    assert re.search(r"diverged at update \d+\.$", w.sentence)


def test_a_diverged_run_is_said_and_drawn_inside_the_same_axes():
    w = DescentExplorer(steps=80)
    limits = [ax.axis() for ax in w.axes]
    for rate in (0.3, 5.0, 1e100, 1e300):
        w.lr.value = rate
        assert w.sentence.endswith(f"loss 5.5 at the start, diverged at update {int(w.run.diverged_at)}.")
        assert [ax.axis() for ax in w.axes] == limits
        for line in (w._path, w._loss):
            assert np.isfinite(line.get_xydata()).all()
        assert np.abs(w._path.get_xydata()).max() <= 1e6


def test_a_start_at_the_minimum_has_converged():
    w = DescentExplorer()
    w.set(x=0.0, y=0.0)
    assert w.sentence.endswith("loss 0 at the start, 0 after 50 updates.")


def test_an_instance_of_optimizer_and_schedule_is_where_the_explorer_begins_and_resets_to():
    w = DescentExplorer(Himmelblau(), SGD(momentum=0.9, nesterov=True), StepDecay(lr=0.0123, every=17), steps=40, noise=0.4)
    assert w.run.optimizer == SGD(momentum=0.9, nesterov=True)
    assert w.run.schedule == StepDecay(lr=0.0123, every=17)
    assert w.sentence.startswith("SGD(momentum=0.9, nesterov=True) with StepDecay(every=17), learning rate 0.0123 (")
    first, start = seen(w), {name: one.value for name, one in w.controls.items()}
    w.set(surface="Rosenbrock", optimizer="Adam", schedule="Cosine", lr=0.321, noise=0.0, x=0.1, y=0.2, beta1=0.5, end=0.01)
    w.reset()
    assert seen(w) == first
    assert {name: one.value for name, one in w.controls.items()} == start
    assert 0.321 not in w.lr._options_values


def test_choosing_another_optimizer_keeps_the_schedule_and_the_other_way_round():
    w = DescentExplorer(optimizer="SGD", schedule="StepDecay")
    w.set(every=7, momentum=0.4)
    w.optimizer.value = "RMSProp"
    assert w.every.value == 7 and "StepDecay(every=7)" in w.sentence
    w.decay.value = 0.5
    w.schedule.value = "Cosine"
    assert w.decay.value == 0.5 and w.sentence.startswith("RMSProp(decay=0.5) with Cosine, ")


def test_what_the_descent_explorer_cannot_start_from_is_refused():
    with pytest.raises(ValueError, match="^DescentExplorer: the surface must have 2 weights, Kink.* has 1"):
        DescentExplorer(Kink())
    with pytest.raises(ValueError, match="^DescentExplorer: the surface must have 2 weights"):
        DescentExplorer(Quadratic(dim=3))
    with pytest.raises(ValueError, match=f"^DescentExplorer: optimizer must be one of {', '.join(OPTIMIZERS)}, got 'Adem'"):
        DescentExplorer(optimizer="Adem")
    for wrong in ("Linear", "Cosinus"):
        with pytest.raises(ValueError, match=f"^DescentExplorer: schedule must be one of {', '.join(WITH_LR)}, got '{wrong}'"):
            DescentExplorer(schedule=wrong)
    with pytest.raises(ValueError, match="^DescentExplorer: show names 'speed', which is no control. There are: .*lr, "):
        DescentExplorer(show=("lr", "speed"))


def test_surfaces_of_one_variable_are_not_offered():
    offered = set(DescentExplorer().surface.options)
    assert offered == set(DRAWABLE) and not {"Kink", "Traps"} & offered
    assert Traps().minima.shape[-1] == 1


def test_show_hides_the_other_controls_which_still_work():
    w = DescentExplorer(show=("lr", "momentum"))
    assert {name for name, one in w.controls.items() if one.layout.display != "none"} == {"lr", "momentum"}
    before = seen(w)
    w.x.value = 0.5
    assert seen(w) != before
    w.optimizer.value = "Adam"
    assert {name for name, one in w.controls.items() if one.layout.display != "none"} == {"lr"}
    w.reset()
    assert {name for name, one in w.controls.items() if one.layout.display != "none"} == {"lr", "momentum"}
    assert all(one.layout.display != "none" for one in DescentExplorer().controls.values())


# ---- what all explorers keep ----

EXPLORERS = {
    "schedule": lambda: ScheduleExplorer("StepDecay", steps=50),
    "exponential": lambda: ScheduleExplorer("ExponentialDecay", steps=50),
    "descent": lambda: DescentExplorer(steps=30),
    "descent with noise": lambda: DescentExplorer(Himmelblau(), "Adam", "Cosine", steps=30, lr=0.1, noise=0.5),
}
every_explorer = pytest.mark.parametrize("name", EXPLORERS)


@every_explorer
def test_set_moves_several_controls_and_draws_once(name, monkeypatch):
    w = EXPLORERS[name]()
    drawn = draws(w, monkeypatch)
    w.set(lr=0.02, **({"t": 7, "factor": 0.7} if "schedule" not in w.choosers[1:] else {"noise": 0.3, "x": 0.1}))
    assert len(drawn) == 1 and w.lr.value == 0.02
    w.set(schedule="Cosine", lr=0.03, steps=9, end=0.002)
    assert len(drawn) == 2
    assert (w.schedule.value, w.lr.value, w.steps.value, w.end.value) == ("Cosine", 0.03, 9, 0.002)
    if name.startswith("descent"):
        w.set(y=0.25, lr=0.01, beta2=0.9, surface="Rosenbrock", optimizer="Adam", schedule="StepDecay", every=5)
        assert len(drawn) == 3
        assert (w.surface.value, w.y.value, w.lr.value, w.beta2.value, w.every.value) == ("Rosenbrock", 0.25, 0.01, 0.9, 5)
    w.lr.value = 0.05
    w.lr.value = 0.05
    assert len(drawn) == 3 + name.startswith("descent")
    w.reset()
    assert len(drawn) == 4 + name.startswith("descent")


@every_explorer
def test_an_unknown_control_or_choice_is_refused_with_a_list_and_changes_nothing(name):
    w = EXPLORERS[name]()
    before, start = seen(w), {one: control.value for one, control in w.controls.items()}
    listed = ", ".join(w.controls)
    with pytest.raises(ValueError, match=rf"^{type(w).__name__}: there is no control 'rate'\. There are: {re.escape(listed)}\.$"):
        w.set(lr=0.7, rate=0.1)
    with pytest.raises(ValueError, match=f"^{type(w).__name__}: there is no control 'every'. There are: .*lr, .*"):
        w.set(schedule="Cosine", lr=0.7, every=3)
    with pytest.raises(ValueError, match=f"^{type(w).__name__}: schedule must be one of .*StepDecay, .*, got 'Cosinus'.$"):
        w.set(schedule="Cosinus", lr=0.7)
    assert seen(w) == before
    assert {one: control.value for one, control in w.controls.items()} == start
    with pytest.raises(AttributeError, match=re.escape(f"its controls: {listed}")):
        w.rate


@every_explorer
def test_a_value_that_a_slider_refuses_leaves_picture_and_controls_in_step(name):
    w = EXPLORERS[name]()
    with pytest.raises(ValueError, match="^learning rate: the slider takes a number, got 'fast'.$"):
        w.set(lr="fast")
    w.set(lr=0.02)
    assert "0.02" in w.sentence


@every_explorer
def test_a_picture_there_and_back_is_that_of_a_fresh_explorer(name):
    fresh = EXPLORERS[name]()
    for field, one in fresh.controls.items():
        w = EXPLORERS[name]()
        there = w.controls[field]
        first, before = there.value, seen(w)
        assert before == seen(fresh)
        if isinstance(there, ipywidgets.SelectMultiple):
            there.value = there.options[:2]
        elif isinstance(there, ipywidgets.Dropdown):
            there.value = next(option for option in there._options_values if option != first)
        elif isinstance(there, ipywidgets.Checkbox):
            w.set(**{"momentum": 0.5} if "momentum" in w.controls else {})
            there.value = not first
        else:
            # a move on the axes as they are
            there.value = there.options[len(there.options) // 2][1] if isinstance(there, ValueSlider) and field != "lr" else first * 0.9 + 3 * (field == "t")
        w.controls[field].value = first
        if isinstance(there, ipywidgets.Checkbox) and "momentum" in w.controls:
            w.set(momentum=fresh.momentum.value)
        assert seen(w) == before, field


@every_explorer
def test_a_picture_reached_through_many_moves_is_that_of_an_explorer_made_with_these_settings(name):
    w, fresh = EXPLORERS[name](), EXPLORERS[name]()
    rates = [0.09, 0.07, 0.055, 0.06, 0.051]
    for rate in rates:
        w.lr.value = rate
    fresh.lr.value = rates[-1]
    assert seen(w) == seen(fresh)
    for rate in reversed(rates):
        w.lr.value = rate
    w.lr.value = rates[-1]
    assert seen(w) == seen(fresh)


def test_a_picture_is_the_one_drawn_from_nothing_with_all_its_lines():
    w = ScheduleExplorer(StepDecay(lr=0.07, every=9), steps=50)
    # moving lines are drawn over the border of the axes, in a whole drawing they are under it
    w.axes.spines[:].set_visible(False)
    w.forget_background()
    w.set(lr=0.09, every=4, t=30)
    w.set(lr=0.07, every=9, t=25)
    for artist in w._artists:
        artist.set_animated(False)
    w.figure.canvas.draw()
    whole = np.asarray(w.figure.canvas.buffer_rgba())[..., :3]
    shown = np.asarray(Image.open(io.BytesIO(png(w))))
    np.testing.assert_array_equal(shown, whole)


def test_a_background_that_is_used_again_is_the_one_that_would_be_drawn_anew():
    kept, anew = (ScheduleExplorer(StepDecay(lr=0.07, every=9), steps=50) for _ in range(2))
    for lr in (0.002, 1.4, 0.03, 0.002, 1.4, 0.03, 1e-5, 0.002):
        anew.forget_background()
        kept.lr.value = anew.lr.value = lr
        assert seen(kept) == seen(anew)
    kept.keep()
    anew.keep()
    kept.lr.value = 1.4
    anew.forget_background()
    anew.lr.value = 1.4
    assert seen(kept) == seen(anew)


def test_few_backgrounds_are_kept():
    w = ScheduleExplorer(StepDecay(lr=0.07, every=9), steps=50)
    for power in range(-6, 1):
        for digit in (1, 2, 5):
            w.lr.value = digit * 10.0**power
    assert len(w._backgrounds) == BACKGROUNDS
    w.forget_background()
    assert w._backgrounds == {}


@every_explorer
def test_the_notebook_gets_the_live_view_a_picture_and_the_sentence(name):
    w = EXPLORERS[name]()
    w.lr.value = 0.033
    data, metadata = w._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == w.model_id
    assert data["text/plain"] == repr(w) == f"{w.title}. {w.sentence}"
    stored = base64.b64decode(data["image/png"], validate=True)
    assert stored == png(w)
    image = Image.open(io.BytesIO(stored))
    assert image.format == "PNG" and image.size == w.figure.canvas.get_width_height()
    assert metadata == {"image/png": {"alt": w.sentence}}
    assert "0.033" in data["text/plain"]


class Images(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


@every_explorer
def test_the_alternative_text_is_the_sentence(name):
    w = EXPLORERS[name]()
    for rate in (0.02, 0.08):
        w.lr.value = rate
        ((tag, attributes),) = Images(w.picture.value).found
        assert tag == "img" and attributes["alt"] == w.sentence
        ((tag, attributes),) = Images(w.caption.value).found
        assert (tag, attributes["role"]) == ("p", "status")
        assert html.unescape(re.sub("<[^>]+>", "", w.caption.value)) == w.sentence


def test_the_sentence_is_escaped_wherever_it_is_html():
    class Quoting(ScheduleExplorer):
        def move(self):
            super().move()
            return """a < b & "c" > 'd' <script>alert(1)</script>"""

    w = Quoting("Constant")
    assert w.sentence.startswith("a < b") and repr(w).endswith("</script>")
    ((tag, attributes),) = Images(w.picture.value).found
    assert tag == "img" and attributes["alt"] == w.sentence
    assert "<script" not in w.picture.value + w.caption.value
    assert [tag for tag, _ in Images(w.caption.value).found] == ["p"]


def test_settings_that_contradict_each_other_become_a_sentence_and_the_next_good_ones_are_drawn():
    w = DescentExplorer()
    good = seen(w)
    w.nesterov.value = True
    assert w.sentence == (
        "These settings do not go together. SGD: nesterov needs momentum above 0, got momentum=0.0. Give momentum=0.9, say."
    )
    assert png(w) != good[1] and len(w._path.get_xdata()) == len(w._loss.get_xdata()) == 0
    ((_, attributes),) = Images(w.picture.value).found
    assert attributes["alt"] == w.sentence
    w.momentum.value = 0.5
    assert w.sentence.startswith("SGD(momentum=0.5, nesterov=True) with Constant, ")
    w.set(momentum=0.0, nesterov=False)
    assert seen(w) == good


@pytest.mark.parametrize("make, name, wrong", [
    (lambda: ScheduleExplorer("StepDecay"), "lr", -1.0), (lambda: ScheduleExplorer("StepDecay"), "factor", 1.5),
    (lambda: ScheduleExplorer("StepDecay"), "every", 0), (lambda: ScheduleExplorer("Cosine"), "end", -0.1),
    (DescentExplorer, "lr", 0.0), (DescentExplorer, "momentum", 1.0), (DescentExplorer, "noise", -1.0),
])  # fmt: skip
def test_a_value_out_of_range_becomes_a_sentence_and_the_next_good_one_is_drawn(make, name, wrong):
    w = make()
    good, first = seen(w), w.controls[name].value
    w.controls[name].value = wrong
    assert re.match(rf"These settings do not go together\. \w+: {name} must be ", w.sentence)
    assert f"got {wrong!r}" in w.sentence
    w.controls[name].value = first
    assert seen(w) == good


def test_a_schedule_that_refuses_two_fields_together_becomes_a_sentence(newcomer):
    class Falling(Schedule):
        """Falls from lr to end.

        Raises ValueError if end > lr.
        """

        lr: float = number(0.1, low=0.0, slider=(0.0, 1.0), text="first rate")
        end: float = number(0.0, low=0.0, slider=(0.0, 1.0), text="last rate")

        def validate(self):
            if self.end > self.lr:
                raise ValueError(f"Falling: end must be at most lr, got end={self.end} and lr={self.lr}.")

        def curve(self, t):
            return np.where(t < 10, self.lr, self.end)

    newcomer(SCHEDULES, Falling)
    w = ScheduleExplorer("Falling")
    good = seen(w)
    w.end.value = 0.5
    assert w.sentence == "These settings do not go together. Falling: end must be at most lr, got end=0.5 and lr=0.1."
    assert len(w._line.get_xdata()) == len(w._dot.get_xdata()) == 0
    with pytest.raises(ValueError, match="end must be at most lr"):
        w.value
    w.set(lr=0.8)
    assert w.sentence.startswith("Falling(lr=0.8, end=0.5) over 100 updates: ")
    w.set(lr=0.1, end=0.0)
    w.reset()
    assert seen(w) == good
    d = DescentExplorer(schedule="Falling", lr=0.05)
    d.end.value = 0.5
    assert d.sentence.startswith("These settings do not go together. Falling: ")


@every_explorer
def test_every_control_has_a_description_in_words_and_is_reached_by_keyboard(name):
    w = EXPLORERS[name]()
    choosers = {chooser: w.controls[chooser].options for chooser in w.choosers}
    for chooser, options in choosers.items():
        for option in options:
            w.controls[chooser].value = option
            for one in w.controls.values():
                assert isinstance(one, KEYBOARD) and not one.disabled and one.tabbable is not False
                assert re.fullmatch(r"[A-Za-z][A-Za-z0-9 \[\]]*", one.description), one.description
            words = [one.description for one in w.controls.values()]
            assert len(set(words)) == len(words), words
    buttons = [one for one in everything(w) if isinstance(one, ipywidgets.Button)]
    assert len(buttons) >= 2 and all(one.description and one.tooltip and not one.disabled for one in buttons)


def everything(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from everything(child)


@every_explorer
def test_every_control_and_the_picture_are_shown_once(name):
    w = EXPLORERS[name]()
    shown = [id(one) for one in everything(w)]
    for one in (*w.controls.values(), w.picture, w.caption):
        assert shown.count(id(one)) == 1
    assert not any(isinstance(one, ipywidgets.Output) for one in everything(w))


# ---- a class enters the explorers by being defined ----


def test_a_new_schedule_appears_in_both_explorers_by_being_defined(newcomer):
    class Zigzag(Schedule):
        """Between lr and lr * low, turn and turn about."""

        lr: float = number(0.1, low=0.0, low_open=True, slider=(1e-4, 10.0), scale="log", text="upper rate")
        low: float = number(0.5, low=0.0, high=1.0, slider=(0.0, 1.0), text="lower rate over the upper")
        period: int | None = whole(None, low=1, slider=(1, 50), optional=True, unit="updates", text="updates before a turn")
        way: str = choice("down", choices=("down", "up"), text="way of the first turn")

        def curve(self, t):
            odd = t // (self.period or 10) % 2 == (self.way == "down")
            return self.lr * np.where(odd, self.low, 1.0)

    newcomer(SCHEDULES, Zigzag)
    assert {field.name for field in dataclass_fields(SCHEDULES["Zigzag"])} == {"lr", "low", "period", "way"}
    w = ScheduleExplorer("StepDecay", steps=40)
    w.schedule.value = "Zigzag"
    assert list(w.controls) == ["schedule", "lr", "low", "period", "way", "t", "code"]
    for name, value in (("low", 0.25), ("period", 3), ("way", "up")):
        before = seen(w)
        getattr(w, name).value = value
        assert seen(w)[0] != before[0] and seen(w)[1] != before[1]
    assert w.value == SCHEDULES["Zigzag"](low=0.25, period=3, way="up")
    w.period.value = None
    assert "period=None" in w.sentence
    d = DescentExplorer(schedule="Zigzag")
    d.set(low=0.3, period=4)
    assert d.sentence.startswith("SGD with Zigzag(low=0.3, period=4), learning rate 0.05 ")
    assert "Zigzag" not in DescentExplorer.__doc__


def test_the_newcomers_are_gone_after_their_test():
    assert not {"Zigzag", "Falling", "Fading", "Crawl"} & {*SCHEDULES, *OPTIMIZERS}


def test_a_field_that_optimizer_and_schedule_share_has_a_control_for_each(newcomer):
    class Fading(Schedule):
        """lr * decay^t."""

        lr: float = number(0.1, low=0.0, slider=(0.0, 1.0), text="first rate")
        decay: float = number(0.9, low=0.0, high=1.0, slider=(0.0, 1.0), text="factor of each update")
        noise: float = number(0.0, low=0.0, slider=(0.0, 1.0), text="a name that the explorer has already")

        def curve(self, t):
            return self.lr * self.decay**t

    newcomer(SCHEDULES, Fading)
    w = DescentExplorer(optimizer="RMSProp", schedule="Fading")
    w.set(decay=0.8, schedule_decay=0.7, schedule_noise=0.2, noise=0.3)
    assert (w.run.optimizer.decay, w.run.schedule.decay, w.run.schedule.noise, w.run.problem.noise) == (0.8, 0.7, 0.2, 0.3)
    w.optimizer.value = "SGD"
    assert w.decay.value == 0.7 and "schedule_decay" not in w.controls
    assert DescentExplorer(schedule="Fading", show=("schedule_decay",)).controls["decay"].layout.display == "none"


def test_a_new_optimizer_appears_in_the_descent_explorer_by_being_defined(newcomer):
    class Crawl(Optimizer):
        """w = w - lr * pace * sign(grad)."""

        pace: float = number(1.0, low=0.0, slider=(0.0, 5.0), text="how fast it crawls")

        def init(self, w, shapes=None):
            return ()

        def step(self, w, grad, state, lr):
            return w - np.asarray(lr)[..., None] * self.pace * np.sign(grad), state

    newcomer(OPTIMIZERS, Crawl)
    w = DescentExplorer()
    w.set(optimizer="Crawl", pace=3.0)
    np.testing.assert_allclose(w.run.path[1], [1 - 0.15, 1 - 0.15], rtol=1e-15)
    assert w.sentence.startswith("Crawl(pace=3.0) with Constant, ")


# ---- questions to click ----


class Asked:
    """A question as a lesson declares it."""

    def __init__(self, id, text, options, answer):
        self.id, self.text, self.answer = id, text, answer
        self.options = [type("Option", (), {"text": one})() for one in options]
        self.letters = "abcdef"[: len(options)]


TWO = [Asked("q1", "Is 1 < 2?", ["yes & no", "yes"], "b"), Asked("q2", "And 2 < 1?", ["no", "yes"], "a")]


def test_a_quiz_answers_at_once_and_counts_the_first_choices():
    finished = []
    quiz = Questions("Quiz", TWO, lambda question, letter: f"{question.id}: {letter == question.answer}", finished.append)
    quiz.buttons["q1"]["a"].click()
    assert "q1: False" in quiz.replies["q1"].value and finished == []
    quiz.buttons["q1"]["b"].click()
    assert "q1: True" in quiz.replies["q1"].value
    quiz.buttons["q2"]["a"].click()
    assert finished[0] == ["a", "a"]
    assert "1 of 2 right at the first try." in quiz._score.value


def test_every_option_is_a_button_that_a_keyboard_can_press_without_choosing_another():
    for asked in (Questions("Quiz", TWO, lambda *_: "", lambda _: None).buttons["q1"], OneQuestion("Predict", TWO[0], str).buttons):
        assert [type(one).__name__ for one in asked.values()] == ["Button", "Button"]
        assert [one.description for one in asked.values()] == ["a) yes & no", "b) yes"]


def test_a_prediction_is_recorded_once_and_keeps_the_focus():
    kept = []
    asked = OneQuestion("Predict", TWO[0], lambda letter: (kept.append(letter), kept[0])[1])
    asked.buttons["a"].click()
    assert kept == ["a"] and "Recorded: a." in asked.reply.value
    asked.buttons["b"].click()
    assert "Your first prediction stays: a." in asked.reply.value
    # a button that is switched off loses the keyboard's focus
    assert not any(one.disabled for one in asked.buttons.values())


@pytest.mark.parametrize("made", [
    lambda: Questions("Quiz", TWO, lambda question, letter: "", lambda chosen: None),
    lambda: OneQuestion("Predict", TWO[0], lambda letter: letter),
])  # fmt: skip
def test_questions_have_a_twin_in_text_and_in_html_for_pages_without_a_kernel(made):
    asked = made()
    data = asked._repr_mimebundle_()
    assert data["text/plain"] == repr(asked)
    assert "q1  Is 1 < 2?\n   a) yes & no\n   b) yes" in repr(asked)
    assert "Is 1 &lt; 2?" in data["text/html"] and "<li>yes &amp; no</li>" in data["text/html"]
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == asked.model_id


def test_what_stands_between_backticks_in_a_question_is_code():
    asked = Questions("Quiz", [Asked("q1", "What is `a<b`?", ["`x`", "a ` b"], "a")], lambda *_: "", lambda _: None)
    shown = asked._repr_mimebundle_()["text/html"]
    assert "What is <code>a&lt;b</code>?" in shown and "<li><code>x</code></li>" in shown and "a ` b" in shown
    assert "<code>a&lt;b</code>" in asked.children[1].value
    assert asked.buttons["q1"]["a"].description == "a) x"


# ---- a slider that is no declared field's ----


def test_a_slider_that_is_no_fields_has_words_too():
    made = value_slider("gradient noise", 0.5, 0.0, 3.0, tooltip="what it is")
    assert (made.value, made.description, made.tooltip) == (0.5, "gradient noise", "what it is")
    assert made._options_values[0] == 0.0 and made._options_values[-1] == 3.0
