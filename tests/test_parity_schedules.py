"""Rates of the real libraries, recorded by tests/parity/make_schedules.py, and ours."""

import sys
from pathlib import Path

import numpy as np
import pytest

import lrlab
from lrlab import Cosine, OneCycle, PiecewiseConstant

sys.path.insert(0, str(Path(__file__).resolve().parent / "parity"))
from store import load  # noqa: E402

VERSIONS, CASES = load("schedules")
FEEDBACK_VERSIONS, FEEDBACK_CASES = load("feedback")
ALIKE = [pytest.param(one, id=f"{one['library']}: {one['made']}") for one in CASES if "ours" in one]
PLATEAUS = [pytest.param(one, id=f"{one['library']}, {one['trace']}: {one['ours']}") for one in FEEDBACK_CASES]
DIFFERENT = {one["made"]: np.array(one["rates"]) for one in CASES if "pinned" in one}


def ours(case):
    return eval(case["ours"], {name: getattr(lrlab, name) for name in lrlab.__all__})


@pytest.mark.parametrize("case", ALIKE)
def test_the_rates_are_those_of_the_library(case):
    rates = np.array(case["rates"])
    gap = np.abs(ours(case)(np.arange(len(rates))) - rates).max()
    # keras computes its schedules in float32
    assert gap <= (1e-6 if case["library"] == "keras" else 1e-10), (gap, VERSIONS)


def test_each_library_is_compared_at_many_settings():
    made = [one["library"] for one in CASES if "ours" in one]
    assert made.count("torch") >= 30 and made.count("optax") >= 20 and made.count("keras") >= 10
    assert {"torch", "optax", "keras"} <= set(VERSIONS)


@pytest.mark.parametrize("case", PLATEAUS)
def test_a_plateau_is_cut_where_the_library_cuts(case):
    schedule = ours(case)
    state, rates = schedule.start(), []
    for loss in case["losses"]:
        lr, state = schedule.observe(state, loss)
        rates.append(lr)
    # keras stores the rate as a float32
    np.testing.assert_allclose(rates, case["rates"], rtol=1e-6 if case["library"] == "keras" else 1e-12)


def test_the_plateau_traces_hold_cuts():
    cuts = [len(set(np.round(one["rates"], 7))) > 1 for one in FEEDBACK_CASES]
    assert np.mean(cuts) > 0.75


# ---- where a library differs on purpose ----


def test_torchs_cosine_climbs_back_after_its_end_and_ours_holds():
    torch = DIFFERENT["CosineAnnealingLR(20), 60 updates"]
    rates = Cosine(lr=0.5, steps=20)(np.arange(60))
    np.testing.assert_allclose(rates[:21], torch[:21], atol=1e-12)
    np.testing.assert_allclose(torch[[20, 30, 40]], [0.0, 0.25, 0.5], atol=1e-9)
    assert not rates[20:].any()


def test_torchs_one_cycle_peaks_one_update_early_and_ends_on_its_last_update():
    torch = DIFFERENT["OneCycleLR(1.0, 20)"]
    rates = OneCycle(lr=1.0, steps=20)(np.arange(21))
    assert np.argmax(torch) == 5 and np.argmax(rates) == 6
    assert torch[19] == pytest.approx(4e-6) and rates[20] == pytest.approx(4e-6)
    assert rates[19] > 0.01


def test_kerass_piecewise_constant_changes_one_update_later():
    keras = next(np.array(one["rates"]) for one in CASES if one["made"].startswith("PiecewiseConstantDecay"))
    rates = PiecewiseConstant(values=(0.5, 0.2, 0.1), boundaries=(10, 30))(np.arange(len(keras)))
    assert np.flatnonzero(np.abs(rates - keras) > 1e-6).tolist() == [10, 30]
