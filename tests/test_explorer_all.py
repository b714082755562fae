"""What every explorer keeps, whatever it shows: see moves.py for the list."""

import asyncio
import base64
import html
import io
import itertools
import re
from functools import cache
from html.parser import HTMLParser

import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets import widget as widget_module
from moves import MOVES
from PIL import Image

from lrlab import OPTIMIZERS, SCHEDULES
from lrlab import widgets as W
from lrlab.optimizers import Optimizer
from lrlab.parameters import number
from lrlab.schedules import Schedule
from lrlab.widgets import explorer as explorer_module
from lrlab.widgets.controls import NumbersText, ValueSlider
from lrlab.widgets.explorer import Explorer

every_explorer = pytest.mark.parametrize("name", MOVES)
# those whose controls are the fields of one declared class; the others have catalogues to choose from
OPEN = ("schedule", "schedule, time", "descent", "descent, two optimizers", "digits", "sweep")
every_settings_explorer = pytest.mark.parametrize("name", [name for name in MOVES if name not in OPEN])
KEYBOARD = (
    ValueSlider, ipywidgets.IntSlider, ipywidgets.Dropdown, ipywidgets.Checkbox, ipywidgets.SelectMultiple, NumbersText,
)  # fmt: skip


@cache
def made(name):
    return MOVES[name].make()


def shared(name):
    """One explorer for many tests, as it is when it has been made."""
    w = made(name)
    w.reset()
    return w


def seen(w):
    return w.sentence, w.picture.value


def parts(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from parts(child)


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def is_drawn(w):
    """There is a sentence, and a picture of the figure's size that has it as its alternative text."""
    assert w.sentence and w.sentence[-1] in ".:" or w.sentence.endswith("train."), w.sentence
    assert not re.search(r"\bnan\b|\bNone\b|Traceback", w.sentence.replace("=None", "")), w.sentence
    ((tag, attributes),) = Tags(w.picture.value).found
    assert tag == "img" and attributes["alt"] == w.sentence
    picture = Image.open(io.BytesIO(base64.b64decode(attributes["src"].removeprefix("data:image/png;base64,"))))
    width, height = w.figure.canvas.get_width_height()
    assert picture.size == (width, height) == (int(attributes["width"]), int(attributes["height"]))
    return np.asarray(picture)


def test_every_explorer_is_in_the_list():
    made = {type(moves.make()) for moves in MOVES.values()}
    assert made == {getattr(W, name) for name in W.__all__} - {Explorer}
    assert all(name.endswith("Explorer") for name in W.__all__)


@every_explorer
def test_a_page_without_a_kernel_has_a_picture_and_a_sentence(name):
    w = MOVES[name].make()
    picture = is_drawn(w)
    assert (picture != 255).any(axis=-1).mean() > 0.01
    data, metadata = w._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert data["text/plain"] == repr(w) == f"{w.title}. {w.sentence}"
    stored = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))))
    np.testing.assert_array_equal(stored, picture)
    assert metadata == {"image/png": {"alt": w.sentence}}
    assert len(data["image/png"]) < 150_000


@every_explorer
def test_title_and_what_to_look_for_are_said_above_the_controls(name):
    w = shared(name)
    assert w.children[0] is w.heading
    assert html.escape(w.title) in w.heading.value and len(w.look_for) > 60 and w.look_for.endswith((".", "?"))


@every_explorer
def test_every_control_is_said_in_words_and_reached_by_keyboard(name):
    w = shared(name)
    shown = [id(one) for one in parts(w)]
    words = [one.description for one in w.controls.values()]
    assert len(set(words)) == len(words)
    for one in w.controls.values():
        assert isinstance(one, KEYBOARD) and not one.disabled and one.tabbable is not False
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9 \[\]]{0,24}", one.description), one.description
        assert shown.count(id(one)) == 1
    buttons = [one for one in parts(w) if isinstance(one, ipywidgets.Button)]
    assert buttons and all(one.description and one.tooltip and not one.disabled for one in buttons)
    assert len({one.description for one in buttons}) == len(buttons)
    assert not any(isinstance(one, ipywidgets.Output) for one in parts(w))


def extremes(one):
    """The ends of a control, and values that nobody should give."""
    if isinstance(one, ValueSlider):
        stops = [stop for stop in one._options_values if stop is not None]
        silly = [-1, 0, 10**9] if one._kind is int else [-1.0, 0.0, 1e300, 1e-300]
        return [stops[0], stops[-1], *silly, *([None] if one._optional else [])]
    if isinstance(one, ipywidgets.IntSlider):
        return [one.min, one.max]
    if isinstance(one, ipywidgets.Checkbox):
        return [True, False]
    if isinstance(one, NumbersText):
        return [(), "ten, twenty", (3, 2, 1), (0.5,) * 50]
    options = [option[1] if isinstance(option, tuple) else option for option in one.options]
    # every class of the catalogues is chosen in the tests of the single explorers
    return [(), tuple(options[:6])] if isinstance(one, ipywidgets.SelectMultiple) else options[:: max(1, len(options) // 4)]


@every_explorer
def test_the_ends_of_every_control_and_silly_values_leave_a_sentence_and_reset_takes_them_back(name):
    w = shared(name)
    w.reset()
    first, picture, start = seen(w), is_drawn(w).astype(float), {field: one.value for field, one in w.controls.items()}
    axes = [ax.get_position().bounds for ax in np.ravel(w.axes)]
    for field in list(w.controls):
        for value in extremes(w.controls[field]):
            w.controls[field].value = value
            is_drawn(w)
            if field in getattr(w, "choosers", ()):
                for inner in set(w.controls) - set(start):
                    for end in extremes(w.controls[inner])[:2]:
                        w.controls[inner].value = end
                        is_drawn(w)
        w.reset()
        assert {field: one.value for field, one in w.controls.items()} == start, field
        assert w.sentence == first[0], field
        # axes that have been drawn anew may lie a hundredth of a pixel beside
        assert np.abs(is_drawn(w).astype(float) - picture).mean() < 1.0, field
    np.testing.assert_allclose([ax.get_position().bounds for ax in np.ravel(w.axes)], axes, atol=1e-3)


@every_explorer
def test_what_is_no_control_is_refused_and_changes_nothing(name):
    w = shared(name)
    before = seen(w)
    with pytest.raises(ValueError, match=f"^{type(w).__name__}: there is no control 'speed'. There are: .*{MOVES[name].control}"):
        w.set(speed=1, **{MOVES[name].control: MOVES[name].values[3]})
    with pytest.raises(AttributeError, match="its controls: "):
        w.speed
    assert seen(w) == before


@every_explorer
def test_a_control_that_moves_changes_the_picture_and_the_axes_stay(name):
    _, control, values, _ = MOVES[name]
    w = shared(name)
    w.controls[control].value = values[30]
    before, boxes = seen(w), [ax.get_position().bounds for ax in np.ravel(w.axes)]
    w.controls[control].value = values[34]
    after = seen(w)
    assert after[1] != before[1]
    assert [ax.get_position().bounds for ax in np.ravel(w.axes)] == boxes
    w.controls[control].value = values[30]
    assert seen(w) == before


@every_explorer
def test_the_axes_keep_their_limits_while_a_control_moves(name):
    _, control, values, _ = MOVES[name]
    w = shared(name)
    limits = set()
    # the schedule explorer follows the height of the curve in steps of 1, 2 and 5
    for value in values[30:36]:
        w.controls[control].value = value
        limits.add(tuple((ax.get_xlim(), ax.get_ylim()) for ax in np.ravel(w.axes)))
    assert len(limits) <= (2 if isinstance(w, W.ScheduleExplorer) else 1)


def boxes(w):
    """The boxes of all texts of the figure, in pixels."""
    figure = w.figure
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    found = {}
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            found[axis.label] = axis.label.get_text()
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks():
                for text in (tick.label1, tick.label2):
                    if text.get_visible() and low - 1e-9 <= tick.get_loc() <= high + 1e-9:
                        found[text] = text.get_text()
        for text in ax.texts:
            found[text] = text.get_text()
    for legend in figure.legends:
        for text in legend.get_texts():
            found[text] = text.get_text()
    return {text: text.get_window_extent(renderer) for text, words in found.items() if words and text.get_visible()}


@every_explorer
def test_no_text_overlaps_another_or_leaves_the_figure(name):
    _, control, values, _ = MOVES[name]
    for value in (None, values[0], values[-1]):
        w = shared(name)
        if value is not None:
            w.controls[control].value = value
        width, height = w.figure.canvas.get_width_height()
        found = boxes(w)
        assert len(found) > 8
        for text, box in found.items():
            assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1, text.get_text()
            assert text.get_fontsize() >= 8
        for (one, a), (other, b) in itertools.combinations(found.items(), 2):
            # the boxes of powers of ten have room above and below
            assert not a.padded(-1).overlaps(b), (one.get_text(), other.get_text())


@every_settings_explorer
def test_milestones_jump_to_their_settings_by_name_and_by_button(name):
    w = shared(name)
    assert len(w.milestones) >= 3
    for words in w.milestones:
        w.reset()
        wanted = w.milestones[words]
        w.jump(words)
        assert {field: w.controls[field].value for field in wanted} == wanted, words
        is_drawn(w)
        by_name = seen(w)
        w.reset()
        (press,) = [one for one in parts(w) if isinstance(one, ipywidgets.Button) and one.description == words]
        press.click()
        assert seen(w) == by_name, words
    with pytest.raises(ValueError, match=f"^{type(w).__name__}: milestone must be one of .*, got 'the moon'"):
        w.jump("the moon")


@every_settings_explorer
def test_start_values_are_keywords_and_show_hides_the_other_controls(name):
    w = shared(name)
    control, value = MOVES[name].control, MOVES[name].values[5]
    made = type(w)(**{control: value}, show=(control,))
    assert getattr(made.settings, control) == value
    assert {field for field, one in made.controls.items() if one.layout.display != "none"} == {control}
    made.set(**{control: MOVES[name].values[9]})
    made.reset()
    assert getattr(made.settings, control) == value
    for wrong in ({"speed": 1}, {"show": ("speed",)}):
        with pytest.raises(ValueError, match=f"^{type(w).__name__}: there is no .* 'speed'. There are: "):
            type(w)(**wrong)
    # what a mission asks is what is drawn
    assert type(w.value).__name__ and w.value is not None
    with pytest.raises(ValueError, match="must be"):
        type(w)(**{control: "fast"})


# ---- moves that pile up ----


class Page:
    """A kernel that handles what the page sends, one message after the other, in a loop of its own."""

    def __init__(self, monkeypatch):
        monkeypatch.setattr(explorer_module, "page_loop", lambda: self.loop)
        self.loop = None

    def send(self, w, control, values, pause=0.0):
        async def messages():
            self.loop = asyncio.get_running_loop()
            for value in values:
                w.controls[control].value = value
                await asyncio.sleep(pause)
            await asyncio.sleep(0.3)
            self.loop = None

        asyncio.run(messages())


def count_draws(w, monkeypatch):
    drawn, redraw = [], w.redraw
    monkeypatch.setattr(w, "redraw", lambda: (drawn.append(w.controls), redraw()))
    return drawn


@every_explorer
def test_a_burst_of_moves_is_drawn_a_few_times_and_the_last_one_wins(name, monkeypatch):
    make, control, values, _ = MOVES[name]
    w, fresh = make(), shared(name)
    drawn = count_draws(w, monkeypatch)
    Page(monkeypatch).send(w, control, values[20:50])
    assert 1 <= len(drawn) < 30
    assert w._waiting is None
    fresh.controls[control].value = values[49]
    assert w.sentence == fresh.sentence
    if not isinstance(w, W.ScheduleExplorer):
        # that one chooses the height of its axes by the way it came
        assert np.abs(is_drawn(w).astype(float) - is_drawn(fresh)).mean() < 1.0


def test_the_first_move_is_drawn_at_once_and_reading_the_sentence_draws_what_waits(monkeypatch):
    w = W.BiasExplorer()
    page, said = Page(monkeypatch), []

    async def messages():
        page.loop = asyncio.get_running_loop()
        await asyncio.sleep(0.2)
        w.beta2.value = 0.9
        said.append((w._sentence, w._waiting))
        w.beta2.value = 0.8
        said.append((w._sentence, w._waiting))
        said.append((w.sentence, w._waiting))

    asyncio.run(messages())
    assert "beta2 0.9," in said[0][0] and said[0][1] is None
    assert "beta2 0.9," in said[1][0] and said[1][1] is not None
    assert "beta2 0.8," in said[2][0] and said[2][1] is None


def test_slow_moves_are_all_drawn(monkeypatch):
    w = W.BiasExplorer()
    drawn = count_draws(w, monkeypatch)
    w._rest_until = 0.0

    class Late:
        def __init__(self):
            self.now = 0.0

        def __call__(self):
            self.now += 10.0
            return self.now

    monkeypatch.setattr(explorer_module.time, "perf_counter", Late())
    Page(monkeypatch).send(w, "beta2", (0.9, 0.8, 0.7, 0.6))
    assert len(drawn) == 4


def test_a_cell_draws_every_move_at_once():
    assert explorer_module.page_loop() is None

    async def cell():
        assert explorer_module.page_loop() is None
        w = W.BiasExplorer()
        for value in (0.9, 0.8, 0.7):
            w.beta2.value = value
            assert w._waiting is None and f"beta2 {value}" in w._sentence

    asyncio.run(cell())


# ---- two on a page, and none ----


@every_explorer
def test_two_explorers_do_not_know_each_other(name):
    make, control, values, _ = MOVES[name]
    one, other = make(), shared(name)
    before = seen(other)
    one.controls[control].value = values[2]
    one.redraw()
    assert seen(other) == before
    other.controls[control].value = values[50]
    assert one.controls[control].value == values[2]


@every_explorer
def test_closing_an_explorer_ends_all_its_parts(name):
    before = set(widget_module._instances)
    w = MOVES[name].make()
    w.controls[MOVES[name].control].value = MOVES[name].values[4]
    for chooser in w.choosers:
        w.controls[chooser].value = w.controls[chooser].options[0]
    w.reset()
    w.close()
    left = [widget_module._instances[key] for key in set(widget_module._instances) - before]
    # the layouts and styles are ipywidgets' own
    assert not [one for one in left if not isinstance(one, (ipywidgets.Layout, ipywidgets.Style))], left


# ---- a class enters the explorers by being defined ----


@pytest.fixture
def newcomers():
    @SCHEDULES.define(formula="lr (1 - t / steps)^3", source="this test, 2026")
    class Dive(Schedule):
        """lr (1 - t / steps)^3."""

        lr: float = number(0.1, low=0.0, low_open=True, slider=(1e-4, 10.0), scale="log", text="first rate")
        steps: float = number(100.0, low=1.0, slider=(1.0, 500.0), text="length")

        def curve(self, t):
            return self.lr * np.maximum(1 - t / self.steps, 0.0) ** 3

    @OPTIMIZERS.define(formula="w - lr tanh(grad)", source="this test, 2026")
    class Bounded(Optimizer):
        """w = w - lr * tanh(grad)."""

        def init(self, w, shapes=None):
            return ()

        def step(self, w, grad, state, lr):
            return w - np.asarray(lr)[..., None] * np.tanh(grad), state

    yield
    del SCHEDULES["Dive"], OPTIMIZERS["Bounded"]


def test_a_new_schedule_and_a_new_optimizer_can_be_chosen_wherever_there_is_a_choice(newcomers):
    for w, values in (
        (W.ScheduleExplorer("Dive"), {"lr": 0.2}),
        (W.HorizonExplorer(), {"schedule": "Dive"}),
        (W.RatesExplorer(), {"optimizer": "Bounded"}),
        (W.DigitsExplorer(epochs=1), {"schedule": "Dive", "optimizer": "Bounded", "lr": 0.5}),
        (W.DescentExplorer(others=("Bounded",)), {"schedule": "Dive", "optimizer": "Bounded"}),
    ):
        before = seen(w)
        w.set(**values)
        assert seen(w) != before
        is_drawn(w)
        assert "Dive" in w.sentence or "Bounded" in w.sentence
    assert "Dive" in OPTIMIZERS or "Dive" in SCHEDULES
    run = W.DigitsExplorer("Dive", "Bounded", epochs=1).run()
    assert run.finished and run.loss[-1] < run.loss[0]


def test_the_newcomers_are_gone():
    assert "Dive" not in SCHEDULES and "Bounded" not in OPTIMIZERS
    assert "Dive" not in str(W.HorizonExplorer().schedule.options)
