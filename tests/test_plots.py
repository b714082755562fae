import base64
import io
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex, to_rgb
from matplotlib.text import Annotation
from PIL import Image
from strategies import instances

from lrlab import SCHEDULES, SGD, Constant, Cosine, Himmelblau, Kink, Quadratic, Rosenbrock, StepDecay, Traps, plots, train

BOWL = Quadratic(dim=1, largest=1.0)
NOISY = Quadratic(dim=1, largest=1.0, noise=1.0)
quick = settings(deadline=None, max_examples=25)


def axes(picture):
    return picture.figure.axes[0]


def line(picture, number):
    """The data of a line, whatever was drawn before it left aside."""
    return axes(picture).lines[number].get_xydata()


def labels(picture):
    """What is written beside the axes, from the bottom up."""
    texts = [text for text in axes(picture).texts if isinstance(text, Annotation) and text.xy[0] == 1.0]
    return [text.get_text() for text in sorted(texts, key=lambda text: text.xy[1])]


def extents(picture):
    """The boxes of all texts that are seen, in pixels."""
    picture.figure.canvas.draw()
    ax = axes(picture)
    texts = [*ax.texts, ax.xaxis.label, ax.yaxis.label, ax.title, ax._left_title, *ticks(picture)]
    return {text: text.get_window_extent() for text in texts if text.get_text()}


def ticks(picture):
    """The numbers under the axes: those beyond its ends are not drawn."""
    ax = axes(picture)
    low, high = ax.get_xlim()
    return [text for text, at in zip(ax.get_xticklabels(), ax.get_xticks()) if low <= at <= high]


def apart(picture):
    """No end label overlaps another one, the axis below or the border of the figure."""
    boxes = extents(picture)
    ends = [text for text in boxes if isinstance(text, Annotation) and text.xy[0] == 1.0]
    for one, other in itertools.combinations(ends, 2):
        assert not boxes[one].overlaps(boxes[other]), (one.get_text(), other.get_text())
    for one, other in itertools.product(ends, ticks(picture)):
        assert not boxes[one].overlaps(boxes[other]), (one.get_text(), other.get_text())
    width, height = picture.figure.canvas.get_width_height()
    for text, box in boxes.items():
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1, (text.get_text(), box)


# ---- schedules ----


@given(schedule=st.sampled_from(sorted(SCHEDULES)).flatmap(lambda name: instances(SCHEDULES[name])), steps=st.integers(1, 120))
@quick
def test_the_line_of_a_schedule_is_the_rate_of_every_update_held_until_the_next(schedule, steps):
    drawn = plots.schedule(schedule, steps=steps)
    x, y = line(drawn, 0).T
    assert axes(drawn).lines[0].get_drawstyle() == "steps-post"
    np.testing.assert_array_equal(x, np.arange(steps + 1))
    np.testing.assert_array_equal(y, np.append(schedule(np.arange(steps)), schedule(steps - 1)))
    assert axes(drawn).get_xlim() == (0, steps) and axes(drawn).get_ylim()[0] == 0
    assert axes(drawn).get_ylim()[1] >= y.max()


def test_schedules_are_labelled_and_told():
    drawn = plots.schedule({"fixed": Constant(lr=0.5), "stairs": StepDecay(lr=1.0, every=10, factor=0.5)}, steps=40, title="Two")
    ax = axes(drawn)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title(loc="left")) == ("update t", "learning rate", "Two")
    assert ax.get_xscale() == ax.get_yscale() == "linear"
    assert labels(drawn) == ["stairs", "fixed"]
    assert drawn.sentence == (
        "Learning rate over 40 updates. fixed: 0.5 at update 0, 0.5 at update 20, 0.5 at update 39. "
        "stairs: 1 at update 0, 0.25 at update 20, 0.125 at update 39."
    )
    assert [to_hex(one.get_color()).upper() for one in ax.lines] == list(plots.COLORS[:2])
    assert [one.get_linestyle() for one in ax.lines] == ["-", "--"]


def test_schedules_of_one_class_are_labelled_by_their_fields_and_others_by_their_class():
    assert labels(plots.schedule([Cosine(), Constant()])) == ["Cosine", "Constant"]
    drawn = plots.schedule([Constant(lr=0.2), Constant(lr=0.1)])
    assert labels(drawn) == ["Constant(lr=0.1)", "Constant(lr=0.2)"]


def test_any_function_of_t_can_be_drawn():
    def halves(t):
        return 0.5 ** np.asarray(t, dtype=float)

    drawn = plots.schedule(halves, steps=3)
    assert line(drawn, 0)[:, 1].tolist() == [1.0, 0.5, 0.25, 0.25]
    assert labels(drawn) == ["halves"]


def test_what_can_be_drawn_is_not_repeated_where_updates_coincide():
    assert plots.schedule(Constant(lr=0.5), steps=1).sentence == "Learning rate over 1 updates. Constant: 0.5 at update 0."


@pytest.mark.parametrize("wrong", [[], {}, 0.1, [0.1], {"a": "cosine"}, [Constant(), None], "Cosine"])
def test_what_is_no_schedule_is_refused(wrong):
    with pytest.raises(ValueError, match="^plots: give a schedule, a list of at least one, or a dict from label to schedule, got "):
        plots.schedule(wrong)


@pytest.mark.parametrize("steps", [0, -1, 2.5])
def test_a_number_of_updates_that_cannot_be_drawn_is_refused(steps):
    with pytest.raises(ValueError, match="^plots.schedule: steps must be "):
        plots.schedule(Constant(), steps=steps)


# ---- losses ----


def test_the_line_of_a_run_is_its_loss_on_a_logarithmic_axis():
    run = train(BOWL, SGD(), 0.5, steps=20)
    drawn = plots.losses({"half": run}, title="Half")
    ax = axes(drawn)
    np.testing.assert_array_equal(line(drawn, 0), np.column_stack([np.arange(20), run.loss]))
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "log")
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title(loc="left")) == ("update t", "loss", "Half")
    assert len(ax.lines) == 1 and not ax.collections
    assert labels(drawn) == ["half"]
    # w halves at each update, so the loss 0.5 falls to 0.5 / 4^19
    assert drawn.sentence == "Loss over 20 updates. half: from 0.5 to 1.819e-12."


def test_a_metric_is_drawn_at_the_updates_where_it_was_evaluated():
    run = train(BOWL, SGD(), 0.5, steps=20, evaluate_every=5)
    drawn = plots.losses(run, metric="distance")
    np.testing.assert_array_equal(line(drawn, 0), [[0, 1.0], [5, 2.0**-5], [10, 2.0**-10], [15, 2.0**-15], [20, 2.0**-20]])
    assert axes(drawn).get_ylabel() == "distance"
    assert drawn.sentence == "Distance over 20 updates. run 0: from 1 to 9.537e-07."


def test_a_run_that_diverged_ends_in_a_cross_at_its_last_finite_loss():
    run = train(BOWL, SGD(), 3.0, steps=50)
    drawn = plots.losses({"three": run})
    alive = np.flatnonzero(np.isfinite(run.loss))
    assert alive[-1] == run.diverged_at - 1 < 49
    np.testing.assert_array_equal(line(drawn, 0)[alive, 1], run.loss[alive])
    assert np.isnan(line(drawn, 0)[alive[-1] + 1 :, 1]).all()
    cross = axes(drawn).lines[1]
    assert cross.get_marker() == "X"
    np.testing.assert_array_equal(cross.get_xydata(), [[alive[-1], run.loss[alive[-1]]]])
    assert drawn.sentence == "Loss over 50 updates. three: diverged."
    assert np.isfinite(axes(drawn).get_ylim()).all()


def test_a_run_that_diverged_at_once_can_be_drawn():
    drawn = plots.losses(train(Quadratic(), SGD(), 1e300, steps=5))
    assert drawn.sentence == "Loss over 5 updates. run 0: diverged."
    apart(drawn)


def test_a_loss_of_exactly_zero_falls_off_the_axis_and_is_labelled_so():
    runs = {"slow": train(BOWL, SGD(), 0.5, steps=10), "exact": train(BOWL, SGD(), 1.0, steps=10)}
    assert runs["exact"].loss.tolist() == [0.5] + [0.0] * 9
    drawn = plots.losses(runs)
    fall = axes(drawn).lines[2]
    bottom = axes(drawn).get_ylim()[0]
    np.testing.assert_array_equal(fall.get_xydata(), [[0, 0.5], [1, bottom]])
    assert (fall.get_marker(), fall.get_markevery()) == ("v", [1])
    assert np.isnan(line(drawn, 1)[1:, 1]).all()
    assert 0 < bottom < runs["slow"].loss[-1]
    assert labels(drawn) == ["exact: 0", "slow"]
    assert "exact: from 0.5 to 0." in drawn.sentence


def test_replicas_are_their_mean_with_a_band_of_one_standard_error():
    run = train(NOISY, SGD(), 0.2, steps=30, seed=range(9))
    drawn = plots.losses({"nine": run})
    mean, error = run.loss.mean(axis=0), run.loss.std(axis=0, ddof=1) / 3
    np.testing.assert_array_equal(line(drawn, 0)[:, 1], mean)
    (band,) = axes(drawn).collections
    corners = {(x, y) for x, y in band.get_paths()[0].vertices.round(12)}
    for x in range(30):
        assert {(x, round(mean[x] - error[x], 12)), (x, round(mean[x] + error[x], 12))} <= corners
    assert drawn.sentence == f"Loss over 30 updates. nine: from {mean[0]:.4g} to {mean[-1]:.4g}."


def test_one_replica_has_no_band():
    drawn = plots.losses(train(NOISY, SGD(), 0.2, steps=30, seed=[4]))
    assert not axes(drawn).collections and len(axes(drawn).lines) == 1


def test_replicas_that_diverged_are_left_out_and_counted():
    run = train(BOWL, SGD(), [0.5, 3.0, 0.5, 4.0], steps=60)
    drawn = plots.losses({"four": run})
    np.testing.assert_array_equal(line(drawn, 0)[:, 1], run.loss[0])
    assert drawn.sentence.endswith(f"four: from 0.5 to {run.loss[0, -1]:.4g} (2 of 4 diverged, left out).")
    lost = plots.losses({"two": train(BOWL, SGD(), [3.0, 4.0], steps=60)})
    assert lost.sentence == "Loss over 60 updates. two: diverged."


def test_runs_of_different_lengths_are_told_by_the_longest():
    runs = {"long": train(BOWL, SGD(), 0.1, steps=30), "short": train(BOWL, SGD(), 0.1, steps=10)}
    drawn = plots.losses(runs)
    assert drawn.sentence.startswith("Loss over 30 updates. long: ")
    assert [len(line(drawn, k)) for k in (0, 1)] == [30, 10]


def test_an_unknown_metric_and_what_is_no_run_are_refused():
    run = train(BOWL, SGD(), 0.1, steps=3)
    with pytest.raises(ValueError, match="^Run: there is no metric 'accuracy'. There are: loss, distance.$"):
        plots.losses(run, metric="accuracy")
    for wrong in ([], {}, None, [run, 0.1], run.loss):
        with pytest.raises(ValueError, match="^plots: give a run, a list of at least one, or a dict from label to run, got "):
            plots.losses(wrong)


# ---- paths and measured values ----


@pytest.mark.parametrize("surface", [Quadratic(condition=10, largest=10), Himmelblau(), Rosenbrock()])
def test_a_path_is_the_weights_of_the_run_over_the_window_of_the_surface(surface):
    run = train(surface, SGD(), 0.001, steps=20)
    drawn = plots.path(surface, {"small": run}, title="Way")
    way = next(one for one in axes(drawn).lines if one.get_label() == "small")
    np.testing.assert_array_equal(way.get_xydata(), run.path)
    ax = axes(drawn)
    assert (ax.get_xlim(), ax.get_ylim()) == surface.window
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title(loc="left")) == ("w[0]", "w[1]", "Way")
    stars = next(one for one in ax.lines if one.get_marker() == "*")
    np.testing.assert_array_equal(stars.get_xydata(), surface.minima)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["minimum", "small"]
    gap = run.metrics["distance"]
    name = type(surface).__name__
    assert drawn.sentence == (
        f"Path over {name}, 20 updates. small: distance to the minimum {gap[0]:.4g} at the start, {gap[-1]:.4g} at the end."
    )


@pytest.mark.parametrize("surface", [Kink(), Traps()])
def test_a_path_in_one_variable_runs_along_the_curve_of_the_loss(surface):
    run = train(surface, SGD(), 0.1, steps=10)
    drawn = plots.path(surface, {"one": run})
    curve, way = axes(drawn).lines
    np.testing.assert_allclose(way.get_xydata(), np.column_stack([run.path[:, 0], surface.loss(run.path)]), rtol=1e-15)
    np.testing.assert_array_equal(curve.get_ydata(), surface.loss(curve.get_xdata()[:, None]))
    assert (axes(drawn).get_xlim(), axes(drawn).get_ylim()) == surface.window
    assert axes(drawn).get_ylabel() == "loss"


def test_a_path_that_diverged_says_when_and_leaves_the_window_as_it_is():
    bowl = Quadratic(condition=10, largest=10)
    for rate in (0.3, 1e300):
        run = train(bowl, SGD(), rate, steps=30)
        drawn = plots.path(bowl, {"far": run})
        assert drawn.sentence == f"Path over Quadratic, 30 updates. far: diverged at update {run.diverged_at}."
        assert (axes(drawn).get_xlim(), axes(drawn).get_ylim()) == bowl.window
        assert drawn.png()


def test_a_path_of_replicas_is_refused():
    bowl = Quadratic()
    for run in (train(bowl, SGD(), 0.1, steps=3, seed=range(2)), train(Quadratic(dim=5), SGD(), 0.1, steps=3)):
        with pytest.raises(ValueError, match="^plots.path draws single runs"):
            plots.path(bowl, run)


def test_measured_values_are_drawn_with_their_errors_and_without_what_is_not_finite():
    x = np.array([0.01, 0.1, 1.0])
    drawn = plots.against(
        x, {"plain": ([3.0, 2.0, np.inf], [0.3, 0.2, np.nan]), "other": np.array([4.0, 3.0, 1.0])},
        xlabel="rate", ylabel="excess", title="Both", sentence="Told.", mark=(0.2, "2/L"),
    )  # fmt: skip
    ax = axes(drawn)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title(loc="left")) == ("rate", "excess", "Both")
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    plain, other = (bars[0] for bars in ax.containers)
    np.testing.assert_array_equal(plain.get_xydata(), [[0.01, 3.0], [0.1, 2.0], [1.0, np.nan]])
    np.testing.assert_array_equal(other.get_xydata(), [[0.01, 4.0], [0.1, 3.0], [1.0, 1.0]])
    (bars,) = ax.containers[0][2]
    np.testing.assert_allclose([segment[:, 1] for segment in bars.get_segments()[:2]], [[2.7, 3.3], [1.8, 2.2]])
    assert labels(drawn) == ["other", "plain"]
    assert drawn.sentence == repr(drawn) == "Told."
    assert [one.get_xdata()[0] for one in ax.lines if len(set(one.get_xdata())) == 1 and len(one.get_xdata()) == 2] == [0.2]
    assert "2/L" in {text.get_text() for text in ax.texts}


@pytest.mark.parametrize("log, scales", [("", ("linear", "linear")), ("x", ("log", "linear")), ("y", ("linear", "log"))])
def test_the_logarithmic_axes_of_measured_values_are_chosen(log, scales):
    ax = axes(plots.against([1, 2], {"a": [1, 2]}, xlabel="x", ylabel="y", sentence="s", log=log))
    assert (ax.get_xscale(), ax.get_yscale()) == scales


def test_measured_values_that_all_diverged_leave_an_empty_picture():
    drawn = plots.against([1, 2], {"a": [np.inf, np.inf]}, xlabel="x", ylabel="y", sentence="All diverged.")
    assert labels(drawn) == [] and drawn.png()


@pytest.mark.parametrize("at", [0.011, 0.05, 0.9])
def test_the_words_of_a_mark_stay_inside_the_axes(at):
    drawn = plots.against([0.01, 1.0], {"a": [1, 2]}, xlabel="x", ylabel="y", sentence="s", mark=(at, "a remark of some length"))
    boxes = extents(drawn)
    words = next(box for text, box in boxes.items() if text.get_text() == "a remark of some length")
    frame = axes(drawn).get_window_extent()
    assert frame.x0 <= words.x0 and words.x1 <= frame.x1 and words.y1 <= frame.y1


# ---- nothing overlaps, nothing is cut ----

WAYS = {
    "runs that end close together": lambda: plots.losses({f"lr {k}": train(BOWL, SGD(), 1.0 + k / 1e6, steps=3) for k in range(-6, 0)}),
    "runs that end far apart": lambda: plots.losses({f"lr {lr}": train(BOWL, SGD(), lr, steps=200) for lr in (0.1, 0.5, 1.0, 1.9, 2.0, 2.5)}),
    "twelve runs": lambda: plots.losses([train(BOWL, SGD(), 0.3 + k / 1e4, steps=50) for k in range(12)]),
    "runs that all reach 0": lambda: plots.losses([train(BOWL, SGD(), 1.0, steps=5)] * 4),
    "schedules with long names": lambda: plots.schedule(
        [Cosine(lr=0.1, steps=90).warmup(10), Cosine(lr=0.2, steps=90).warmup(10), Cosine().warmup(10).then(Constant(lr=0.01), at=50)]
    ),
    "schedules that reach the top": lambda: plots.schedule([Constant(lr=0.1), Constant(lr=0.0999), Constant(lr=0.0998)]),
    "a long title": lambda: plots.schedule(Cosine(), title="What the learning rate of the cosine schedule is over one hundred updates " * 2),
    "a long title and long names": lambda: plots.schedule([Cosine(lr=0.2), Cosine(lr=0.1)], title="Two cosines of one hundred updates, " * 3),
    "a path with a long title": lambda: plots.path(BOWL_2, train(BOWL_2, SGD(), 0.1, steps=5), title="The way of gradient descent over a bowl " * 2),
    "measured values": lambda: plots.against(
        [1, 2, 3], {"one": [1, 1, 1], "two": [1, 1, 1.001], "three, which is long": [9, 9, 1]}, xlabel="x", ylabel="y", sentence="s"
    ),
}  # fmt: skip
BOWL_2 = Quadratic()


@pytest.mark.parametrize("title", WAYS)
def test_no_label_overlaps_another_and_nothing_is_cut(title):
    apart(WAYS[title]())


@given(ends=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=10), words=st.integers(0, 1))
@quick
def test_end_labels_keep_their_order_stay_beside_the_axes_and_move_no_more_than_they_must(ends, words):
    figure, ax = plots.new_figure()
    ax.set_ylim(0.0, 1.0)
    names = [f"line number {number}" + " with some more words" * words for number in range(len(ends))]
    plots.label_ends(ax, [(1.0, y, name, plots.COLORS[0]) for y, name in zip(ends, names)])
    apart(plots.Picture(figure, ""))
    at = [text.xy[1] for text in sorted(ax.texts, key=lambda text: names.index(text.get_text().replace("\n", " ")))]
    assert all((a <= b) == (x <= y) for (a, x), (b, y) in itertools.combinations(zip(ends, at), 2) if a != b)
    assert min(at) >= 0 and max(at) <= 1
    alone = [k for k, y in enumerate(ends) if all(abs(y - other) > 0.13 * len(ends) for j, other in enumerate(ends) if j != k)]
    margin = 0.04
    for k in alone:
        if margin < ends[k] < 1 - margin:
            assert at[k] == pytest.approx(ends[k], abs=1e-12)


def test_end_labels_that_share_a_height_stand_around_it():
    figure, ax = plots.new_figure()
    ax.set_ylim(0.0, 1.0)
    plots.label_ends(ax, [(1.0, y, str(y), "#000000") for y in (0.5, 0.5001, 0.4999, 0.1)])
    at = sorted(text.xy[1] for text in ax.texts)
    assert at[0] == pytest.approx(0.1)
    assert np.mean(at[1:]) == pytest.approx(0.5) and np.ptp(np.diff(at[1:])) < 1e-12 < np.diff(at).min()


# ---- the picture in a notebook ----


def test_a_picture_is_a_png_with_the_sentence_as_its_alternative_text():
    drawn = plots.schedule(Constant(lr=0.1), steps=10)
    data, metadata = drawn._repr_mimebundle_()
    assert set(data) == {"image/png", "text/plain"}
    assert data["text/plain"] == repr(drawn) == drawn.sentence
    assert metadata == {"image/png": {"alt": drawn.sentence}}
    image = Image.open(io.BytesIO(base64.b64decode(data["image/png"], validate=True)))
    assert image.format == "PNG" and image.size == (700, 350) and image.mode == "RGB"
    assert not image.info.get("Software") and not image.text
    assert len(np.unique(np.asarray(image).reshape(-1, 3), axis=0)) > 10


def test_a_picture_drawn_twice_is_the_same_picture():
    drawn = plots.losses(train(NOISY, SGD(), 0.2, steps=30, seed=range(5)))
    assert drawn.png() == drawn.png()
    assert plots.schedule(Cosine()).png() == plots.schedule(Cosine()).png()
    assert plots.schedule(Cosine()).png() != plots.schedule(Cosine(lr=0.05)).png()


@pytest.mark.parametrize("draw", [
    lambda **words: plots.schedule(Constant(), **words),
    lambda **words: plots.losses(train(BOWL, SGD(), 0.1, steps=3), **words),
    lambda **words: plots.path(BOWL_2, train(BOWL_2, SGD(), 0.1, steps=3), **words),
])  # fmt: skip
def test_the_sentence_can_be_given(draw):
    assert draw(sentence="In other words.").sentence == "In other words."


# ---- colours that everyone can tell apart ----

# Machado, Oliveira and Fernandes 2009, table 1, severity 1: how linear RGB looks without one of the three cones
COLOUR_BLIND = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "no colour blindness": np.eye(3),
}
XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])


def linear(color):
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIE L*a*b* of a linear RGB colour, under D65."""
    xyz = XYZ @ rgb / (XYZ @ np.ones(3))
    x, y, z = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast_on_white(color):
    """WCAG 2.2: the ratio of the luminances, each raised by 0.05."""
    return 1.05 / (linear(color) @ [0.2126, 0.7152, 0.0722] + 0.05)


@pytest.mark.parametrize("eye", COLOUR_BLIND)
def test_every_two_colours_differ_to_every_eye(eye):
    seen = [lab(np.clip(np.asarray(COLOUR_BLIND[eye]) @ linear(color), 0, 1)) for color in plots.COLORS]
    # a difference of 2.3 is just noticeable side by side; lines far apart need several times that
    for (i, one), (j, other) in itertools.combinations(enumerate(seen), 2):
        assert np.linalg.norm(one - other) > 10, (eye, plots.COLORS[i], plots.COLORS[j])


@pytest.mark.parametrize("color", plots.COLORS)
def test_every_line_has_contrast_3_and_every_label_4_and_a_half(color):
    assert contrast_on_white(color) >= 3
    assert contrast_on_white(plots.INKS[color]) >= 4.5
    # the label is a darker shade of its line, no other colour's
    shade = [np.linalg.norm(lab(linear(plots.INKS[color])) - lab(linear(one))) for one in plots.COLORS]
    assert plots.COLORS[int(np.argmin(shade))] == color


def test_the_labels_have_the_ink_of_their_lines():
    drawn = plots.schedule({str(k): Constant(lr=0.1 * (k + 1)) for k in range(7)})
    inks = {text.get_text(): text.get_color() for text in axes(drawn).texts}
    assert inks == {str(k): plots.INKS[color] for k, color in enumerate(plots.COLORS)}


def test_no_two_of_forty_lines_look_alike_and_neighbours_differ_in_style_too():
    looks = [plots.look(index) for index in range(40)]
    assert len({(one["color"], one["linestyle"]) for one in looks}) == 40
    for one, other in itertools.combinations(looks[:7], 2):
        assert one["color"] != other["color"] and one["linestyle"] != other["linestyle"]


def test_the_surface_under_a_path_has_contrast_3():
    for surface in (Quadratic(), Traps()):
        figure, ax = plots.new_figure()
        plots.background(ax, surface)
        colors = [to_hex(one.get_color()) for one in ax.lines] + [to_hex(c) for one in ax.collections for c in one.get_edgecolor()]
        assert colors and min(map(contrast_on_white, colors)) >= 3
