import math

import numpy as np
import pytest

from lrlab.statistics import bootstrap_interval, paired, seeds_needed, standard_error, t_quantile


def test_the_standard_error_is_its_formula_along_any_axis():
    x = np.random.default_rng(0).normal(size=(3, 5))
    expected = np.sqrt(((x - x.mean(0)) ** 2).sum(0) / 2 / 3)
    np.testing.assert_allclose(standard_error(x, axis=0), expected, rtol=1e-14)
    assert standard_error([7.0]) == math.inf and standard_error(np.ones((2, 1))).tolist() == [math.inf] * 2
    for empty in ([], np.ones((2, 0)), 3.0):
        with pytest.raises(ValueError, match="^standard_error: values must have at least one number"):
            standard_error(empty)


@pytest.mark.parametrize(
    "confidence, df, expected",
    # Abramowitz and Stegun 1964, table 26.10
    [(0.95, 1, 12.706), (0.95, 2, 4.303), (0.99, 3, 5.841), (0.9, 5, 2.015), (0.95, 10, 2.228), (0.99, 30, 2.75)],
)
def test_student_s_quantiles_are_those_of_the_tables(confidence, df, expected):
    assert t_quantile(confidence, df) == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize("confidence, df", [(0.0, 3), (1.0, 3), (0.95, 0), (0.95, 1.5), (math.nan, 3)])
def test_a_quantile_that_is_none_is_refused(confidence, df):
    with pytest.raises(ValueError, match="^t_quantile: (confidence|df) must be"):
        t_quantile(confidence, df)


def test_pairs_see_what_is_hidden_in_the_spread_between_seeds():
    rng = np.random.default_rng(1)
    seed_effect = rng.normal(0, 10, 8)
    a, b = seed_effect + rng.normal(0, 0.1, 8) + 0.5, seed_effect + rng.normal(0, 0.1, 8)
    found = paired(a, b)
    d = a - b
    assert found.difference == pytest.approx(d.mean()) and found.error == pytest.approx(d.std(ddof=1) / np.sqrt(8))
    assert (found.high - found.low) / 2 == pytest.approx(2.364624 * found.error, rel=1e-6)
    assert found.distinguishable and not paired(a, np.roll(b, 1)).distinguishable
    assert (paired(b, a).low, paired(b, a).high) == (-found.high, -found.low)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(2)
    found = [paired(rng.normal(0.3, 1.0, 4), np.zeros(4), confidence=0.8) for _ in range(2000)]
    # 2000 draws: three standard errors are 0.027
    assert abs(np.mean([one.low <= 0.3 <= one.high for one in found]) - 0.8) < 0.027


def test_equal_lists_and_single_pairs():
    same = paired([1.0, 2.0], [1.0, 2.0])
    assert (same.difference, same.error, same.distinguishable) == (0.0, 0.0, False)
    one = paired([2.0], [1.0])
    assert (one.low, one.high, one.distinguishable) == (-math.inf, math.inf, False) and "take more seeds" in repr(one)


@pytest.mark.parametrize(
    "a, b", [([1.0], [1.0, 2.0]), ([], []), (1.0, 2.0), ([[1.0]], [[1.0]]), ([math.inf], [1.0]), ([1.0], [math.nan])]
)
def test_pairs_that_are_none_are_refused(a, b):
    with pytest.raises(ValueError, match="^paired: "):
        paired(a, b)


def test_the_bootstrap_is_repeatable_and_close_to_the_known_interval_of_a_mean():
    x = np.random.default_rng(3).normal(5.0, 2.0, 200)
    low, high = bootstrap_interval(x)
    assert (low, high) == bootstrap_interval(x) != bootstrap_interval(x, seed=1)
    half = 1.96 * x.std(ddof=1) / np.sqrt(200)
    assert low == pytest.approx(x.mean() - half, abs=0.05) and high == pytest.approx(x.mean() + half, abs=0.05)
    narrow = bootstrap_interval(x, confidence=0.5)
    assert low < narrow[0] < narrow[1] < high
    for bad in ([1.0], [1.0, math.inf], [[1.0, 2.0]]):
        with pytest.raises(ValueError, match="^bootstrap_interval: values must be"):
            bootstrap_interval(bad)
    with pytest.raises(ValueError, match="^bootstrap_interval: resamples must be"):
        bootstrap_interval(x, resamples=0)


def test_with_as_many_seeds_as_needed_the_difference_is_found_as_often_as_asked():
    n, rng = seeds_needed(spread=1.0, difference=0.8), np.random.default_rng(4)
    found = np.mean([paired(rng.normal(0.8, 1.0, n), np.zeros(n)).distinguishable for _ in range(2000)])
    assert 0.77 < found < 0.87


def test_seeds_needed_grows_with_the_spread_and_has_bounds():
    counts = [seeds_needed(spread, 1.0) for spread in (0.0, 0.5, 1.0, 2.0, 10.0)]
    assert counts == sorted(counts) and counts[0] == 2
    assert seeds_needed(1.0, -1.0) == seeds_needed(1.0, 1.0) < seeds_needed(1.0, 1.0, power=0.95)
    for call in ((-1.0, 1.0), (1.0, 0.0), (1.0, math.nan)):
        with pytest.raises(ValueError, match="^seeds_needed: "):
            seeds_needed(*call)
    with pytest.raises(ValueError, match="more than a million seeds"):
        seeds_needed(1.0, 1e-6)
