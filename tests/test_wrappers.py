"""Lookahead, SAM and Averaged: optimizers around another optimizer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import instances

from lrlab import (
    OPTIMIZERS,
    SAM,
    SGD,
    Adam,
    AdamW,
    Averaged,
    Constant,
    DigitsNetwork,
    Lookahead,
    Muon,
    Polyak,
    Quadratic,
    train,
)
from lrlab.parameters import Nested, declarations, table

NAMES = ("Lookahead", "SAM", "Averaged")
every_wrapper = pytest.mark.parametrize("name", NAMES)
quick = settings(deadline=None, max_examples=25)
seeds = st.integers(0, 2**32 - 1)


def run(opt, w, grads, lr):
    """The weights after each update, those to judge, and the last state."""
    w = np.array(w, dtype=float)
    state, path, judged = opt.init(w), [], []
    for grad, rate in zip(grads, np.broadcast_to(lr, len(grads))):
        loss = [0.5 * np.square(grad).sum(-1)] * opt.needs_loss
        w, state = opt.step(w, np.array(grad, dtype=float), state, rate, *loss)
        path.append(w)
        judged.append(opt.evaluate(w, state))
    return np.array(path), np.array(judged), state


def draw_run(seed, shape=(2, 3), updates=7):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape), rng.normal(size=(updates, *shape)), rng.uniform(1e-3, 0.5, updates)


# ---- by hand ----


def test_lookahead_by_hand():
    # 1, 3, 6 forward, a third of it kept; the momentum goes on: b = 1, 1.5, 1.75, 1.875
    opt = Lookahead(inner=SGD(momentum=0.5), k=3, alpha=1 / 3)
    path, judged, _ = run(opt, [0.0], [[1.0]] * 4, 1.0)
    np.testing.assert_allclose(path.ravel(), [-1, -2.5, -4.25 / 3, -4.25 / 3 - 1.875], rtol=1e-14)
    np.testing.assert_allclose(judged.ravel(), [0, 0, -4.25 / 3, -4.25 / 3], rtol=1e-14)


def test_sam_by_hand():
    # loss h w^2 / 2 with h = (1, 4) from (3, 1): grad (3, 4), up by 0.5 * (0.6, 0.8) to (3.3, 1.4), grad (3.3, 5.6)
    opt, h, w = SAM(rho=0.5), np.array([1.0, 4.0]), np.array([3.0, 1.0])
    state = opt.init(w)
    up, state = opt.step(w, h * w, state, 0.1)
    np.testing.assert_allclose(up, [3.3, 1.4], rtol=1e-15)
    np.testing.assert_array_equal(opt.evaluate(up, state), w)
    down, state = opt.step(up, h * up, state, 0.1)
    np.testing.assert_allclose(down, [3 - 0.33, 1 - 0.56], rtol=1e-14)
    np.testing.assert_array_equal(opt.evaluate(down, state), down)
    # the third call climbs from there: grad (2.67, 1.76)
    up, state = opt.step(down, h * down, state, 0.1)
    np.testing.assert_allclose(up, down + 0.5 * h * down / np.hypot(2.67, 1.76), rtol=1e-14)
    # where the gradient is 0 there is no way up
    still, _ = opt.step(w, np.zeros(2), opt.init(w), 0.1)
    np.testing.assert_array_equal(still, w)


def test_sam_gives_the_inner_optimizer_the_second_gradient_and_its_rate_alone():
    # Adam sees 3 and 3: two steps of size lr; 100 and 1e-3 only say which way is up
    path, _, _ = run(SAM(inner=Adam(eps=0.0), rho=0.5), [0.0], [[100.0], [3.0], [-1e-3], [3.0]], [9.0, 0.1, 9.0, 0.2])
    np.testing.assert_allclose(path.ravel(), [0.5, -0.1, -0.6, -0.3], rtol=1e-13)


def test_averaged_by_hand():
    # w = -1, -3, -6: the means without the start
    grads = [[1.0], [2.0], [3.0]]
    path, judged, _ = run(Averaged(), [10.0], grads, 1.0)
    np.testing.assert_allclose(path.ravel(), [9, 7, 4], rtol=1e-15)
    np.testing.assert_allclose(judged.ravel(), [9, 8, 20 / 3], rtol=1e-14)
    np.testing.assert_allclose(run(Averaged(decay=0.75), [10.0], grads, 1.0)[1].ravel(), [9, 8.5, 7.375], rtol=1e-14)
    np.testing.assert_allclose(run(Averaged(start=1), [10.0], grads, 1.0)[1].ravel(), [9, 7, 5.5], rtol=1e-14)
    np.testing.assert_allclose(run(Averaged(start=2, decay=0.5), [10.0], grads, 1.0)[1].ravel(), [9, 7, 4], rtol=1e-14)
    np.testing.assert_array_equal(Averaged().init(np.ones(2)).average, np.ones(2))


# ---- the field for the inner optimizer ----


@every_wrapper
def test_the_inner_optimizer_is_a_field(name):
    cls = OPTIMIZERS[name]
    parameter, default = declarations(cls)["inner"]
    assert isinstance(parameter, Nested) and default == SGD() and cls().inner == SGD()
    assert cls(inner=Adam(beta1=0.5)) == cls(inner=Adam(beta1=0.5)) != cls(inner=Adam())
    assert "an optimizer" in table(cls) and "inner" in cls.__doc__
    for wrong in (3, "Adam", Adam, None):
        with pytest.raises(ValueError, match=rf"^{name}: inner must be an optimizer, got .*try SGD\("):
            cls(inner=wrong)


@every_wrapper
def test_a_wrapper_needs_what_the_optimizer_inside_needs(name):
    cls = OPTIMIZERS[name]
    assert not cls().needs_loss and cls(inner=Polyak()).needs_loss
    assert cls(inner=cls(inner=Polyak())).needs_loss
    assert not cls(inner=Muon()).coordinatewise and cls().coordinatewise == (name != "SAM")


@pytest.mark.parametrize("wrapper", [Lookahead(inner=Muon()), SAM(inner=Muon()), Averaged(inner=Muon())], ids=NAMES)
def test_the_shapes_reach_the_optimizer_inside(wrapper):
    shapes = ((4, 3), (3,))
    w, grads, lrs = draw_run(0, (15,))
    state = wrapper.init(w, shapes)
    assert state.inner.shapes == shapes
    start = state.inner
    for grad, lr in zip(grads, lrs):
        w, state = wrapper.step(w, grad, state, lr)
    assert state.inner.B.shape == (12,) and state.inner.t > start.t


# ---- what a wrapper adds, and what it does not ----


@given(data=st.data(), seed=seeds)
@quick
def test_lookahead_that_keeps_all_the_way_and_averaging_leave_the_inner_path_alone(data, seed):
    inner = data.draw(instances(SGD) | instances(AdamW))
    w, grads, lrs = draw_run(seed)
    path = run(inner, w, grads, lrs)[0]
    k = data.draw(st.integers(1, 4))
    np.testing.assert_allclose(run(Lookahead(inner=inner, k=k, alpha=1.0), w, grads, lrs)[0], path, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(run(Averaged(inner=inner, decay=0.9), w, grads, lrs)[0], path)
    np.testing.assert_array_equal(run(Lookahead(inner=inner, k=100), w, grads, lrs)[0], path)


@given(seed=seeds, start=st.integers(0, 5))
@quick
def test_the_mean_is_that_of_the_weights_since_the_start(seed, start):
    w, grads, lrs = draw_run(seed)
    path, judged, _ = run(Averaged(inner=Adam(), start=start), w, grads, lrs)
    for t in range(start, len(path)):
        np.testing.assert_allclose(judged[t], path[start : t + 1].mean(axis=0), rtol=1e-12, atol=1e-14)


@given(data=st.data(), seed=seeds)
@quick
def test_sam_without_a_radius_is_the_inner_optimizer_on_every_second_gradient(data, seed):
    inner = data.draw(instances(SGD) | instances(Adam))
    w, grads, lrs = draw_run(seed, updates=8)
    path = run(SAM(inner=inner, rho=0.0), w, grads, lrs)[0]
    np.testing.assert_array_equal(path[1::2], run(inner, w, grads[1::2], lrs[1::2])[0])


@given(seed=seeds, rho=st.floats(0.01, 2.0))
@quick
def test_sam_climbs_exactly_rho_and_judges_the_weights_it_left(seed, rho):
    w, grads, lrs = draw_run(seed, (4, 3), updates=8)
    path, judged, _ = run(SAM(rho=rho), w, grads, lrs)
    left = np.concatenate([[w], path[1::2]])[:-1]
    np.testing.assert_allclose(np.linalg.norm(path[::2] - left, axis=-1), rho, rtol=1e-9)
    np.testing.assert_array_equal(judged[::2], left)
    np.testing.assert_array_equal(judged[1::2], path[1::2])


# ---- training ----


def test_the_average_of_a_noisy_run_is_better_than_its_last_weights():
    problem, seeds = Quadratic(dim=4, largest=1.0, noise=1.0), list(range(10))
    last = train(problem, SGD(), Constant(lr=0.5), 1000, seed=seeds, progress=False)
    mean = train(problem, Averaged(start=100), Constant(lr=0.5), 1000, seed=seeds, progress=False)
    np.testing.assert_array_equal(mean.loss, last.loss)
    # V = lr sigma^2 / (h (2 - lr h)) for the last weights, about sigma^2 / (h^2 k) for the mean of k
    assert np.square(mean.w).sum(-1).mean() < 0.3 * np.square(last.w).sum(-1).mean()


@pytest.mark.parametrize("opt", [Lookahead(inner=Adam(), k=3), SAM(inner=Adam()), Averaged(inner=Muon(), decay=0.9)], ids=NAMES)
def test_wrapped_optimizers_train_the_network_with_replicas_that_equal_single_runs(opt):
    problem = DigitsNetwork(hidden=8, batch=32, examples=400)
    both = train(problem, opt, [0.02, 0.03], 60, seed=[0, 1], progress=False)
    assert both.final("train_loss").max() < 0.75 * both.metrics["train_loss"][..., 0].min()
    alone = train(problem, opt, 0.03, 60, seed=1, progress=False)
    np.testing.assert_allclose(alone.w, both.w[1, 1], rtol=1e-6, atol=1e-8)
