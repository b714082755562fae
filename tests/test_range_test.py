import numpy as np
import pytest

from lrlab import DigitsNetwork, Quadratic, plots
from lrlab.range_tests import RULES, minimum, range_test, smoothed, steepest, usable, valley


@pytest.fixture(scope="module")
def found():
    return range_test(DigitsNetwork(hidden=8), seeds=3, steps=120)


def test_the_average_is_corrected_for_its_start():
    np.testing.assert_allclose(smoothed(np.array([3.0, 1.0, 2.0]), keep=0.5), [3.0, (0.75 + 0.5) / 0.75, (0.625 + 1.0) / 0.875])
    np.testing.assert_allclose(smoothed(np.full((2, 9), 0.7)), 0.7)
    np.testing.assert_array_equal(smoothed(np.array([3.0, 1.0]), keep=0.0), [3.0, 1.0])


@pytest.mark.parametrize("loss, updates", [
    ([2, 1, 3, 4, 5], 4), ([2, 1, 3, 4, 4.01, 1], 4), ([1, 2, 3], 3), ([1, np.inf, 1], 1), ([1, np.nan, 1], 1), ([1, 0.1, 0.5], 2),
])  # fmt: skip
def test_a_run_counts_until_its_loss_is_over_4_times_the_lowest(loss, updates):
    assert usable(np.array(loss, dtype=float)) == updates


def test_the_rules_read_off_the_curve():
    lr = np.geomspace(1e-3, 1e3, 7)
    loss = np.array([3.0, 2.9, 2.0, 1.0, 0.9, 0.8, 2.0])
    assert minimum(lr, loss) == pytest.approx(10.0)
    assert steepest(lr, loss) == pytest.approx(0.1)
    assert valley(lr, loss) == pytest.approx(1.0)
    # the longest fall counts, not the deepest
    assert valley(lr, np.array([9.0, 1.0, 2.0, 1.9, 1.8, 1.7, 5.0])) == pytest.approx(10.0)


def test_on_a_quadratic_the_loss_rises_from_2_over_the_curvature_on():
    found = range_test(Quadratic(dim=1, largest=4.0), low=0.0217, high=100.0, steps=80, seeds=1, smoothing=0.0)
    # the loss of an update is taken before it: the first that has risen follows the first rate above 2/L = 0.5
    lowest = np.argmin(found.loss[0])
    assert found.lr[lowest - 1] < 0.5 < found.lr[lowest] and lowest < found.stopped[0] < 80


def test_every_rule_suggests_a_rate_of_the_sweep_for_each_seed(found):
    assert list(found.suggested) == list(RULES) == ["steepest", "valley", "minimum/10"]
    for rule, rates in found.suggested.items():
        assert rates.shape == (3,)
        assert rates.min() <= found.suggestion(rule) <= rates.max()
        assert np.all(rates >= found.lr[0] / 10) and np.all(rates <= found.lr[-1])
    assert found.loss.shape == found.smooth.shape == (3, 120)
    with pytest.raises(ValueError, match="rule must be one of steepest, valley, minimum/10, got 'best'"):
        found.suggestion("best")


def test_the_sentence_says_whether_the_rules_agree(found):
    assert found.spread == max(map(found.suggestion, RULES)) / min(map(found.suggestion, RULES))
    word = "The rules disagree by a factor of " if found.spread >= 2 else "The rules agree within a factor of "
    assert word in found.sentence and found.sentence.startswith("Range test of 3 runs from 0.0001 to ")
    assert repr(found) == f"{found.sentence}\n{found.table()}"
    assert [line.split()[0] for line in found.table().splitlines()] == ["rule", *RULES]


def test_a_sweep_that_stays_low_says_so():
    assert "sweep to a higher rate" in range_test(DigitsNetwork(hidden=8), high=1e-3, steps=20, seeds=1).sentence


def test_a_sweep_that_begins_too_high_is_refused_with_a_remedy():
    with pytest.raises(ValueError, match="Begin lower: low=1."):
        range_test(Quadratic(dim=1, largest=1.0), low=100.0, high=1000.0, steps=20, seeds=1)


def test_the_picture_carries_the_sentence(found):
    picture = found.plot()
    assert isinstance(picture, plots.Picture) and picture.sentence == found.sentence
    assert picture.png().startswith(b"\x89PNG")
    labels = [text.get_text() for text in picture.figure.axes[0].get_legend().get_texts()]
    assert [label.split(":")[0] for label in labels[2:]] == list(RULES)
