"""Polyak, DoG, D-Adaptation, Prodigy and the schedule-free methods."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import instances

from lrlab import (
    OPTIMIZERS,
    SGD,
    Constant,
    DAdaptation,
    DigitsSoftmax,
    DoG,
    Linear,
    Polyak,
    Prodigy,
    Quadratic,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
    train,
)

NAMES = ("Polyak", "DoG", "DAdaptation", "Prodigy", "ScheduleFreeSGD", "ScheduleFreeAdamW")
every_free_optimizer = pytest.mark.parametrize("name", NAMES)
quick = settings(deadline=None, max_examples=25)
seeds = st.integers(0, 2**32 - 1)


def run(opt, w, grads, lr, losses=None):
    """The weights after each update, and the last state."""
    w = np.array(w, dtype=float)
    state, path = opt.init(w), []
    for t, (grad, rate) in enumerate(zip(grads, np.broadcast_to(lr, len(grads)))):
        loss = [losses[t]] if opt.needs_loss else []
        w, state = opt.step(w, np.array(grad, dtype=float), state, rate, *loss)
        path.append(w)
    return np.array(path), state


# ---- three updates by hand ----


def test_polyak_by_hand():
    # loss |w|^2 / 2 from (3, 4): eta = 12.5 / 25 = 1/2 halves w at every update
    w, opt = np.array([3.0, 4.0]), Polyak()
    state = opt.init(w)
    for expected in ([1.5, 2.0], [0.75, 1.0], [0.375, 0.5]):
        w, state = opt.step(w, w, state, 10.0, 0.5 * (w @ w))
        np.testing.assert_allclose(w, expected, rtol=1e-15)
        assert state.eta == 0.5
    # (5 - 1) / 4 = 1, (5 - 1) / (2 * 4) = 1/2, capped at 0.3; below f_star and without a gradient nothing
    for opt, lr, loss, grad, eta in (
        (Polyak(f_star=1.0), 10.0, 5.0, 2.0, 1.0),
        (Polyak(f_star=1.0, c=2.0), 10.0, 5.0, 2.0, 0.5),
        (Polyak(f_star=1.0), 0.3, 5.0, 2.0, 0.3),
        (Polyak(f_star=1.0), 10.0, 0.5, 2.0, 0.0),
        (Polyak(), 10.0, 5.0, 0.0, 0.0),
    ):
        w, state = opt.step(np.array([7.0]), np.array([grad]), opt.init(np.array([7.0])), lr, loss)
        assert state.eta == pytest.approx(eta) and w[0] == pytest.approx(7.0 - eta * grad)


def test_dog_by_hand():
    # x0 = 3: r = 0.25 * 4 = 1. G = 9, 25, 169
    # steps 1 * 3 / 3; then r stays 1: 4 / 5; then |w - x0| = 1.8: 1.8 * 12 / 13
    path, state = run(DoG(r_eps=0.25, eps=1e-30), [3.0], [[3.0], [4.0], [12.0]], 1.0)
    np.testing.assert_allclose(path.ravel(), [2.0, 1.2, 1.2 - 1.8 * 12 / 13], rtol=1e-14)
    assert state.r == pytest.approx(1.8) and state.G == 169.0 and state.x0 == 3.0
    # lr is a factor, eps stands inside the root: sqrt(9 + 7) = 4
    path, _ = run(DoG(r_eps=0.25, eps=7.0), [3.0], [[3.0]], 0.5)
    np.testing.assert_allclose(path.ravel(), [3.0 - 0.5 * 3 / 4], rtol=1e-14)


def test_dadaptation_by_hand():
    # beta1 = 0, sqrt(beta2) = 1/2, d = 1: m = g and v = 3/4 g^2 + 1/4 v
    opt = DAdaptation(beta1=0.0, beta2=0.25, eps=1e-30, d0=1.0)
    path, state = run(opt, [0.0], [[2.0], [4.0], [1.0]], 1.0)
    # v = 3, 12.75, 3.9375; s = 1, then 1/2 + 2 = 2.5
    # r = 0, then 1/2 * 4 * 1 / sqrt 3; d = r / (1/2 * 2.5) = 1.6 / sqrt 3 < 1: d stays 1
    assert 1.6 / sqrt(3) < 1
    # third: s = 1.25 + 0.5 = 1.75; r = 1 / sqrt 3 + 1/2 * 1 * 2.5 / sqrt 12.75; d = r / (1/2 * 1.75)
    r = 1 / sqrt(3) + 1.25 / sqrt(12.75)
    np.testing.assert_allclose(path.ravel(), -np.cumsum([2 / sqrt(3), 4 / sqrt(12.75), 1 / sqrt(3.9375)]), rtol=1e-14)
    np.testing.assert_allclose([state.s[0], state.r, state.d], [1.75, r, max(1.0, r / 0.875)], rtol=1e-14)
    assert state.d > 1
    # the next update is d times as long, its average m too
    moved, _ = opt.step(path[-1], np.array([1.0]), state, 1.0)
    np.testing.assert_allclose(path[-1] - moved, [state.d / sqrt(0.75 + 3.9375 / 4)], rtol=1e-14)
    # correction: lr * sqrt(1 - 1/4) / (1 - 0); decay: d * lr * 0.5 * w
    path, _ = run(DAdaptation(beta1=0.0, beta2=0.25, eps=1e-30, d0=1.0, bias_correction=True), [0.0], [[2.0]], 1.0)
    np.testing.assert_allclose(path.ravel(), [-1.0], rtol=1e-14)
    path, _ = run(DAdaptation(beta1=0.0, beta2=0.25, eps=1e-30, d0=2.0, weight_decay=0.5), [3.0], [[2.0]], 0.1)
    np.testing.assert_allclose(path.ravel(), [3.0 - 0.2 * 2 / sqrt(3) - 0.2 * 0.5 * 3], rtol=1e-14)


def test_prodigy_by_hand():
    # beta1 = 0, beta3 = sqrt(beta2) = 1/2, d = 1: step g / sqrt(v), v = 3/4 g^2 + 1/4 v
    opt = Prodigy(beta1=0.0, beta2=0.25, eps=0.0, d0=1.0)
    # v = 3, 12.75; w = 0, -2/sqrt 3, ...; s = 1, 2.5; r = 0, 1/2 * 4 * 2/sqrt 3; d = (4/sqrt 3) / 2.5 < 1
    second = -2 / sqrt(3) - 4 / sqrt(12.75)
    # third: dg = 1, v = 3/4 + 12.75/4; s = 1.75; r = 2/sqrt 3 + 1/2 * 1 * (0 - second); d = r / 1.75
    r = 2 / sqrt(3) - 0.5 * second
    path, state = run(opt, [0.0], [[2.0], [4.0], [1.0]], 1.0)
    np.testing.assert_allclose(path.ravel(), [-2 / sqrt(3), second, second - 1 / sqrt(3.9375)], rtol=1e-14)
    np.testing.assert_allclose([state.s[0], state.r, state.d], [1.75, r, r / 1.75], rtol=1e-14)
    assert state.d > 1
    # d multiplies the gradient that m and v average, and the rate
    moved, _ = opt.step(path[-1], np.array([1.0]), state, 1.0)
    d = state.d
    np.testing.assert_allclose(path[-1] - moved, [d * d / sqrt(0.75 * d * d + 3.9375 / 4)], rtol=1e-14)
    path, twice = run(Prodigy(beta1=0.0, beta2=0.25, eps=0.0, d0=1.0, d_coef=2.0), [0.0], [[2.0], [4.0], [0.0]], 1.0)
    assert twice.d > 1
    path, _ = run(Prodigy(beta1=0.0, beta2=0.25, eps=0.0, d0=2.0, weight_decay=0.5), [3.0], [[2.0]], 0.1)
    np.testing.assert_allclose(path.ravel(), [3.0 - 0.2 * 2 / sqrt(3) - 0.2 * 0.5 * 3], rtol=1e-14)
    path, _ = run(Prodigy(beta1=0.0, beta2=0.25, eps=0.0, d0=1.0, bias_correction=True), [0.0], [[2.0]], 1.0)
    np.testing.assert_allclose(path.ravel(), [-1.0], rtol=1e-14)


def test_schedule_free_sgd_by_hand():
    # z = -1, -3, -3.5; x = -1, -2, -2.5; y = z/4 + 3x/4
    opt = ScheduleFreeSGD(beta=0.75)
    path, state = run(opt, [0.0], [[1.0], [2.0], [0.5]], 1.0)
    np.testing.assert_allclose(path.ravel(), [-1.0, -2.25, -2.75], rtol=1e-15)
    np.testing.assert_allclose([state.z[0], opt.evaluate(path[-1], state)[0]], [-3.5, -2.5], rtol=1e-15)
    # rates 0, 1, 2: weights 0, 1, 4. z = 0, -1, -3; x = 0, -1, -1 - 0.8 * 2; a smaller rate keeps the weight 4
    path, state = run(opt, [0.0], [[1.0]] * 3, [0.0, 1.0, 2.0])
    np.testing.assert_allclose([state.z[0], state.x[0], state.total], [-3.0, -2.6, 5.0], rtol=1e-15)
    _, state = opt.step(path[-1], np.array([1.0]), state, 0.5)
    np.testing.assert_allclose([state.z[0], state.x[0], state.lr_max], [-3.5, -2.6 - 4 / 9 * 0.9, 2.0], rtol=1e-14)
    # an even average
    _, state = run(ScheduleFreeSGD(power=0.0), [0.0], [[1.0]] * 3, [0.0, 1.0, 2.0])
    np.testing.assert_allclose(state.x, [-4 / 3], rtol=1e-15)
    # decay at y, not at z: the third takes 1/2 y = 1/2 (z/4 + 3x/4)
    path, state = run(ScheduleFreeSGD(beta=0.75, weight_decay=0.5), [4.0], [[0.0]] * 3, 1.0)
    # z = 2; then y = 2: z = 1, x = 1.5, y = 1.375: z = 1 - 0.6875
    np.testing.assert_allclose([path[1][0], state.z[0]], [1.375, 0.3125], rtol=1e-15)


def test_schedule_free_adamw_by_hand():
    # v_hat = 4, 4.75 / 0.4375 (as in Adam's table): z = -0.1, then 4 of it up; x the mean; y half way
    opt = ScheduleFreeAdamW(beta1=0.5, beta2=0.75, eps=0.0)
    z = np.cumsum([-0.1, 0.4 / sqrt(4.75 / 0.4375), -0.1 / sqrt(3.8125 / 0.578125)])
    x = np.cumsum(z) / [1, 2, 3]
    path, state = run(opt, [0.0], [[2.0], [-4.0], [1.0]], 0.1)
    np.testing.assert_allclose(path.ravel(), (z + x) / 2, rtol=1e-13)
    np.testing.assert_allclose(opt.evaluate(path[-1], state), x[-1:], rtol=1e-13)
    # eps after the root, decay decoupled: 0.1 * (2 / (2 + 2) + 0.5 * 3)
    path, _ = run(ScheduleFreeAdamW(eps=2.0, weight_decay=0.5), [3.0], [[2.0]], 0.1)
    np.testing.assert_allclose(path, [[3.0 - 0.2]], rtol=1e-13)


# ---- properties ----


@pytest.mark.parametrize("name", ["DoG", "DAdaptation", "Prodigy"])
@given(data=st.data(), seed=seeds)
@quick
def test_the_estimated_distance_never_falls_and_stays_finite(name, data, seed):
    opt = data.draw(instances(OPTIMIZERS[name], weight_decay=0.0))
    rng = np.random.default_rng(seed)
    w = rng.normal(size=(2, 3))
    state, before = opt.init(w), np.zeros(2)
    for t in range(20):
        grad = rng.normal(size=(2, 3)) * [[1.0], [t % 3 > 0]]
        w, state = opt.step(w, grad, state, 1.0)
        now = state.r if name == "DoG" else state.d
        assert np.all(now >= before) and np.all(np.isfinite(now)) and np.all(np.isfinite(w))
        before = now


@pytest.mark.parametrize("opt", [DoG(eps=1e-30), DAdaptation(eps=1e-100), Prodigy(eps=0.0)], ids=lambda opt: type(opt).__name__)
@given(seed=seeds, power=st.integers(-20, 20))
@quick
def test_the_scale_of_the_loss_does_not_matter(opt, seed, power):
    rng = np.random.default_rng(seed)
    w, grads = rng.normal(size=3), rng.normal(size=(6, 3))
    np.testing.assert_allclose(run(opt, w, grads * 2.0**power, 1.0)[0], run(opt, w, grads, 1.0)[0], rtol=1e-9)


@given(seed=seeds, power=st.integers(-10, 10))
@quick
def test_polyak_finds_the_step_at_any_scale_of_the_loss(seed, power):
    rng = np.random.default_rng(seed)
    w, grads, losses = rng.normal(size=3), rng.normal(size=(6, 3)), rng.uniform(0, 2, 6)
    first = run(Polyak(), w, grads, 1e9, losses)[0]
    np.testing.assert_allclose(run(Polyak(), w, grads * 2.0**power, 1e9, losses * 2.0**power)[0], first, rtol=1e-9)


@given(seed=seeds)
@quick
def test_a_polyak_step_on_a_convex_loss_never_leads_away_from_the_minimum(seed):
    rng = np.random.default_rng(seed)
    h, w, opt = rng.uniform(0.01, 10.0, 4), rng.normal(size=4), Polyak()
    state = opt.init(w)
    for _ in range(20):
        moved, state = opt.step(w, h * w, state, np.inf, 0.5 * (h * w) @ w)
        assert moved @ moved <= (w @ w) * (1 + 1e-12)
        w = moved


@given(seed=seeds, beta=st.floats(0.0, 0.99))
@quick
def test_the_first_schedule_free_update_is_that_of_sgd(seed, beta):
    rng = np.random.default_rng(seed)
    w, grad = rng.normal(size=(2, 3)), rng.normal(size=(1, 2, 3))
    np.testing.assert_allclose(run(ScheduleFreeSGD(beta=beta), w, grad, 0.3)[0], w - 0.3 * grad, rtol=1e-13)


@given(seed=seeds)
@quick
def test_without_beta_schedule_free_sgd_is_averaged_sgd(seed):
    rng = np.random.default_rng(seed)
    w, grads = rng.normal(size=3), rng.normal(size=(8, 3))
    plain, _ = run(SGD(), w, grads, 0.1)
    path, state = run(ScheduleFreeSGD(beta=0.0), w, grads, 0.1)
    np.testing.assert_allclose(path, plain, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(state.x, plain.mean(axis=0), rtol=1e-12, atol=1e-14)


# ---- training ----


def test_polyak_is_given_the_loss_by_train():
    # at the same smallest and largest curvature, 1 and 100, the best fixed rate is 2 / 101
    problem = Quadratic(dim=2, largest=100.0, condition=100.0)
    run_polyak = train(problem, Polyak(), Constant(lr=1e6), 300, progress=False)
    fixed = train(problem, SGD(), Constant(lr=2 / 101), 300, progress=False)
    assert run_polyak.loss[-1] < 1e-3 * fixed.loss[-1]


def test_without_a_loss_polyak_says_what_is_missing():
    opt, w = Polyak(), np.ones(2)
    with pytest.raises(TypeError, match="loss"):
        opt.step(w, w, opt.init(w), 1.0)


@pytest.mark.parametrize("opt", [DoG(r_eps=1e-3), DAdaptation(), Prodigy()], ids=lambda opt: type(opt).__name__)
def test_at_lr_1_the_rate_free_methods_learn_the_digits(opt):
    problem = DigitsSoftmax(batch=64)
    done = train(problem, opt, Constant(lr=1.0), 200, seed=[0, 1], progress=False)
    assert done.final("test_error").max() < 0.15 and not done.diverged.any()


def test_train_judges_the_average_of_schedule_free():
    problem, opt, schedule = Quadratic(dim=4, largest=1.0, noise=1.0), ScheduleFreeSGD(), Constant(lr=0.5).warmup(20)
    done = train(problem, opt, schedule, 300, seed=3, progress=False)
    w = problem.initial(np.random.default_rng([3, 0]))
    state = opt.init(w)
    for t, batch in enumerate(problem.batches(np.random.default_rng([3, 1]), 300)):
        w, state = opt.step(w, problem.loss_and_grad(w, batch)[1], state, schedule(t))
    np.testing.assert_allclose(done.w, state.x, rtol=1e-9, atol=1e-12)


def test_schedule_free_needs_no_decay_where_sgd_does():
    problem, seeds = Quadratic(dim=4, largest=1.0, noise=1.0), list(range(10))

    def end(opt, schedule):
        return np.square(train(problem, opt, schedule, 1000, seed=seeds, progress=False).w).sum(-1).mean()

    free, fixed = end(ScheduleFreeSGD(), Constant(lr=0.5)), end(SGD(), Constant(lr=0.5))
    falling = end(SGD(), Linear(start=0.5, end=0.0, steps=1000))
    assert free < 0.3 * fixed and falling < 0.3 * fixed
