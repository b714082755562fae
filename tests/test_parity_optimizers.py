"""The optimizers against Torch, Optax and Keras, whose numbers parity/make_optimizers.py has kept in float64.

A case is a constructor of a peer, ours, the rates, and how ours is driven: `plain`, or a short function that speaks the
peer's dialect. Where the peer differs, the case says how, and the gap is kept too.
"""

import dataclasses
import re

import numpy as np
import pytest
from parity.store import HERE, load

import lrlab
from lrlab.optimizers.base import eps_before_correction

STEPS = 45
TOLERANCE = 1e-10


def rates_of(case):
    t = np.arange(STEPS)
    return {"constant": np.full(STEPS, 0.05), "falling": 0.1 * 0.95**t, "bowl": np.full(STEPS, 0.1)}[case["rates"]]


def gradient_of(case, given):
    """The gradient at update t: given, or that of a bowl for the method that measures curvature."""
    if case["rates"] == "bowl":
        return lambda t, w: np.array([1.0, 5.0, 20.0, 0.5]) * w + np.sin(w)
    return lambda t, w: np.asarray(given["gradients"][t])


# ---- how ours is driven: each takes (opt, w, gradient, rates) and returns the weights after each update ----


def drive(opt, w, gradient, rates, state=None, at=lambda opt, t: opt):
    state, path = state or opt.init(w, shapes=[(3,), (1,)]), []
    for t, lr in enumerate(rates):
        w, state = at(opt, t).step(w, gradient(t, w), state, lr)
        path.append(w)
    return np.array(path)


def decay_in_the_gradient(opt, w, gradient, rates):
    return drive(opt, w, lambda t, w: gradient(t, w) + 0.1 * w, rates)


def eps_before(opt, w, gradient, rates):
    eps = eps_before_correction(opt.eps, opt.beta2)
    return drive(opt, w, gradient, rates, at=lambda opt, t: dataclasses.replace(opt, eps=eps(t)))


def ramps(opt, w, gradient, rates):
    return drive(opt, w, gradient, rates, at=lambda opt, t: dataclasses.replace(opt, beta3=0.9 + 0.002 * t, alpha=0.1 * t))


def averages_from(opt, w, gradient, rates):
    small = np.full_like(w, 1e-6)
    return drive(opt, w, gradient, rates, state=opt.init(w)._replace(m=small, v=small))


def late(opt, w, gradient, rates):
    """Each update is applied one step late, and not at all where the sign has turned meanwhile."""
    own = np.vstack([w, drive(opt, w, gradient, rates)])
    updates = np.diff(own, axis=0)
    g = np.array([gradient(t, w) for t in range(STEPS)])
    # after a turn optax's memory of the gradient is 0, as ours: a turn is seen against the last update
    applied = [np.zeros_like(w)] + [np.where(-updates[t - 1] * g[t] < 0, 0.0, updates[t - 1]) for t in range(1, STEPS)]
    return w + np.cumsum(applied, axis=0)


def first_by_the_2_norm(opt, w, gradient, rates):
    g = gradient(0, w)
    first = rates[0] * max(1, np.abs(g).sum()) / max(1, np.sqrt(g @ g))
    return drive(opt, w, gradient, [first, *rates[1:]])


def rate_plus_eps(opt, w, gradient, rates):
    t = np.arange(1, STEPS + 1)
    return drive(opt, w, gradient, (rates + opt.eps) * np.sqrt(t, dtype=np.float32) / np.sqrt(t))


DRIVEN = {
    "plain": drive,
    "decay in the gradient, 0.1": decay_in_the_gradient,
    "eps before the correction": eps_before,
    "rate of -1": lambda opt, w, gradient, rates: drive(opt, w, gradient, -np.ones(STEPS)),
    "averages from 1e-6": averages_from,
    "alpha and beta3 ramp": ramps,
    "rate plus eps, root in float32": rate_plus_eps,
    "one update late": late,
    "first update by the 2-norm": first_by_the_2_norm,
}


def gap(case, given):
    """The largest distance between a weight of the peer and ours."""
    opt = eval(case["ours"], {name: getattr(lrlab, name) for name in lrlab.OPTIMIZERS})
    path = DRIVEN[case["driven"]](opt, np.array(given["start"]), gradient_of(case, given), rates_of(case))
    return np.abs(path[::4] - np.array(case["path"])).max()


VERSIONS, (GIVEN, *CASES) = load("optimizers") if (HERE / "optimizers.json").exists() else ({}, [{}])
AGREE = [pytest.param(case, id=f"{case['peer']}-{case['rates']}") for case in CASES if "difference" not in case]
DIFFER = [pytest.param(case, id=case["difference"]) for case in CASES if "difference" in case]


@pytest.mark.parametrize("case", AGREE)
def test_the_peer_has_the_same_weights_after_every_update(case):
    assert gap(case, GIVEN) <= TOLERANCE


@pytest.mark.parametrize("case", DIFFER)
def test_where_the_peer_differs_the_gap_is_the_one_stated(case):
    assert case["gap"] > 1e-7
    assert gap(case, GIVEN) == pytest.approx(case["gap"], rel=1e-3)


def test_each_stated_difference_is_reproduced_by_a_field_or_a_dialect():
    reproduced = {case.values[0]["peer"] for case in AGREE}
    left = {case.values[0]["peer"] for case in DIFFER} - reproduced
    # eps_root and Optax's defaults: their agreeing cases give the peer's argument instead
    assert left == {"optax.adabelief(lr, eps=1e-4)", "optax.adan(lr)", "optax.lion(lr)"}


def test_every_optimizer_that_a_peer_has_is_compared_with_it():
    compared = {(re.match(r"\w+", case["ours"])[0], case["peer"].split(".")[0]) for case in CASES}
    modules = {"sgd", "adaptive", "adam_family", "newer", "sign", "quasi_newton"}
    own = {name: cls for name, cls in lrlab.OPTIMIZERS.items() if cls.__module__.split(".")[-1] in modules}
    assert compared == {(name, library) for name, cls in own.items() for library in cls.elsewhere}


def test_the_fixture_says_which_versions_made_it():
    assert {"torch", "optax", "keras", "jax"} <= set(VERSIONS)
