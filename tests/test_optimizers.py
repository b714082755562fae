from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import instances

from lrlab import OPTIMIZERS, SGD, AdaGrad, Adam, Constant, RMSProp

quick = settings(deadline=None, max_examples=25)
every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)
seeds = st.integers(0, 2**32 - 1)


def run(opt, w, grads, lr):
    """The weights after each update; lr is one rate or one for each update."""
    w = np.array(w)
    state, path = opt.init(w), []
    for grad, rate in zip(grads, np.broadcast_to(lr, len(grads))):
        w, state = opt.step(w, np.array(grad), state, rate)
        path.append(w)
    return np.array(path)


# ---- three updates by hand: (optimizer, w, gradients, lr, weights after each) ----

BY_HAND = {
    "gradient descent": (SGD(), 1.0, [1.0, 2.0, -0.5], 0.1, [0.9, 0.7, 0.75]),
    # b = 1, 1.9, 2.71
    "momentum": (SGD(momentum=0.9), 0.0, [1.0, 1.0, 1.0], 0.1, [-0.1, -0.29, -0.561]),
    # b = 1, -1.5, 0.25
    "momentum, gradients that change": (SGD(momentum=0.5), 0.0, [1.0, -2.0, 1.0], 0.1, [-0.1, 0.05, 0.025]),
    # grad + 0.9 b = 1.9, 2.71, 3.439
    "nesterov": (SGD(momentum=0.9, nesterov=True), 0.0, [1.0, 1.0, 1.0], 0.1, [-0.19, -0.461, -0.8049]),
    # lr * (1 + 0.5 w) = 0.2, 0.19, 0.1805
    "weight decay": (SGD(weight_decay=0.5), 2.0, [1.0, 1.0, 1.0], 0.1, [1.8, 1.61, 1.4295]),
    # b = 1, 1.9, 2.71, free of w; lr * (b + 0.5 w) = 0.2, 0.28, 0.347
    "decoupled decay": (SGD(momentum=0.9, weight_decay=0.5), 2.0, [1.0, 1.0, 1.0], 0.1, [1.8, 1.52, 1.173]),
    # steps 0.1 * 1, 0.1 * 1.9, 0.01 * 2.71
    "lr outside the buffer": (SGD(momentum=0.9), 0.0, [1.0] * 3, [0.1, 0.1, 0.01], [-0.1, -0.29, -0.3171]),
    # b = 0.1, 0.09 + 0.1, 0.171 + 0.01
    "lr inside the buffer": (
        SGD(momentum=0.9, lr_inside=True), 0.0, [1.0] * 3, [0.1, 0.1, 0.01], [-0.1, -0.29, -0.471]
    ),
    # lr + 0.9 b = 0.1 + 0.09, 0.1 + 0.171, 0.01 + 0.1629
    "nesterov, lr inside": (
        SGD(momentum=0.9, nesterov=True, lr_inside=True), 0.0, [1.0] * 3, [0.1, 0.1, 0.01], [-0.19, -0.461, -0.6339]
    ),
    # b = 0.1, 0.19, 0.181; lr * 0.5 w = 0.1, 0.09, 0.0076
    "decay, lr inside": (
        SGD(momentum=0.9, weight_decay=0.5, lr_inside=True), 2.0, [1.0] * 3, [0.1, 0.1, 0.01], [1.8, 1.52, 1.3314]
    ),
    # sqrt(s) = 3, 5, 13
    "AdaGrad": (AdaGrad(eps=0.0), 0.0, [3.0, 4.0, 12.0], 0.1, [-0.1, -0.18, -0.18 - 1.2 / 13]),
    # sqrt(s) + eps = 4, 6, 14
    "AdaGrad, eps": (AdaGrad(eps=1.0), 0.0, [3.0, 4.0, 12.0], 0.1, [-0.075, -0.075 - 0.4 / 6, -0.075 - 0.4 / 6 - 1.2 / 14]),
    "AdaGrad from 0.1": (
        AdaGrad(eps=0.0, initial=0.1),
        0.0,
        [3.0, 3.0, 3.0],
        0.1,
        [-0.3 / sqrt(9.1), -0.3 / sqrt(9.1) - 0.3 / sqrt(18.1), -0.3 / sqrt(9.1) - 0.3 / sqrt(18.1) - 0.3 / sqrt(27.1)],
    ),
    # v = 1, 1.75, 2.3125
    "RMSProp": (
        RMSProp(decay=0.75, eps=0.0),
        0.0,
        [2.0, 2.0, 2.0],
        0.1,
        [-0.2, -0.2 - 0.2 / sqrt(1.75), -0.2 - 0.2 / sqrt(1.75) - 0.2 / sqrt(2.3125)],
    ),
    "RMSProp, eps": (
        RMSProp(decay=0.75, eps=1.0),
        0.0,
        [2.0, 2.0, 2.0],
        0.1,
        [-0.1, -0.1 - 0.2 / (sqrt(1.75) + 1), -0.1 - 0.2 / (sqrt(1.75) + 1) - 0.2 / (sqrt(2.3125) + 1)],
    ),
    # v + 3 = 4, 4.75, 5.3125
    "RMSProp, eps inside": (
        RMSProp(decay=0.75, eps=3.0, eps_inside=True),
        0.0,
        [2.0, 2.0, 2.0],
        0.1,
        [-0.1, -0.1 - 0.2 / sqrt(4.75), -0.1 - 0.2 / sqrt(4.75) - 0.2 / sqrt(5.3125)],
    ),
    # b = 2, 1 + 2 / sqrt(1.75), 0.5 + 1 / sqrt(1.75) + 2 / sqrt(2.3125)
    "RMSProp, momentum": (
        RMSProp(decay=0.75, eps=0.0, momentum=0.5),
        0.0,
        [2.0, 2.0, 2.0],
        0.1,
        [-0.2, -0.3 - 0.2 / sqrt(1.75), -0.35 - 0.3 / sqrt(1.75) - 0.2 / sqrt(2.3125)],
    ),
    # steps 0.1 * 2, 0.1 * b, 0.01 * b with the b above: the rate is outside the buffer
    "RMSProp, momentum, falling lr": (
        RMSProp(decay=0.75, eps=0.0, momentum=0.5),
        0.0,
        [2.0, 2.0, 2.0],
        [0.1, 0.1, 0.01],
        [-0.2, -0.3 - 0.2 / sqrt(1.75), -0.305 - 0.21 / sqrt(1.75) - 0.02 / sqrt(2.3125)],
    ),
    # v = 1, 1.75, 5.3125; m = 0.5, -0.125, 0.90625; v - m^2 = 0.75, 1.734375, 4.4912109375
    "RMSProp, centered": (
        RMSProp(decay=0.75, eps=0.0, centered=True),
        0.0,
        [2.0, -2.0, 4.0],
        0.1,
        [
            -0.2 / sqrt(0.75),
            -0.2 / sqrt(0.75) + 0.2 / sqrt(1.734375),
            -0.2 / sqrt(0.75) + 0.2 / sqrt(1.734375) - 0.4 / sqrt(4.4912109375),
        ],
    ),
    # v - m^2 + 0.25 = 1, 1.984375, 4.7412109375
    "RMSProp, centered, eps inside": (
        RMSProp(decay=0.75, eps=0.25, centered=True, eps_inside=True),
        0.0,
        [2.0, -2.0, 4.0],
        0.1,
        [-0.2, -0.2 + 0.2 / sqrt(1.984375), -0.2 + 0.2 / sqrt(1.984375) - 0.4 / sqrt(4.7412109375)],
    ),
    # m = 1, -1.5, -0.25; m_hat = 1 / 0.5, -1.5 / 0.75, -0.25 / 0.875
    # v = 1, 4.75, 3.8125; v_hat = 1 / 0.25, 4.75 / 0.4375, 3.8125 / 0.578125
    "Adam": (
        Adam(beta1=0.5, beta2=0.75, eps=0.0),
        0.0,
        [2.0, -4.0, 1.0],
        0.1,
        [
            -0.1,
            -0.1 + 0.2 / sqrt(4.75 / 0.4375),
            -0.1 + 0.2 / sqrt(4.75 / 0.4375) + 0.1 * (0.25 / 0.875) / sqrt(3.8125 / 0.578125),
        ],
    ),
    # sqrt(v_hat) + eps = 2 + 2, then as above + 2
    "Adam, eps": (
        Adam(beta1=0.5, beta2=0.75, eps=2.0),
        0.0,
        [2.0, -4.0, 1.0],
        0.1,
        [
            -0.05,
            -0.05 + 0.2 / (sqrt(4.75 / 0.4375) + 2),
            -0.05 + 0.2 / (sqrt(4.75 / 0.4375) + 2) + 0.1 * (0.25 / 0.875) / (sqrt(3.8125 / 0.578125) + 2),
        ],
    ),
    # m_hat = 3 and sqrt(v_hat) = 3 at every update
    "Adam, a constant gradient": (Adam(eps=0.0), 0.0, [3.0, 3.0, 3.0], 0.1, [-0.1, -0.2, -0.3]),
}


@pytest.mark.parametrize("title", BY_HAND)
def test_three_updates_are_those_worked_out_by_hand(title):
    opt, w, grads, lr, expected = BY_HAND[title]
    np.testing.assert_allclose(run(opt, [w], [[g] for g in grads], lr)[:, 0], expected, rtol=1e-13, atol=0)


# a gradient g and eps = 10 g: eps outside the root gives g / (g + 10 g), inside it about g / sqrt(10 g),
# and before Adam's bias correction g / (g + 316 g)
@pytest.mark.parametrize("opt", [Adam(eps=1e-8), AdaGrad(eps=1e-8), RMSProp(decay=0.0, eps=1e-8)], ids=repr)
def test_eps_is_added_after_the_root_and_after_the_bias_correction(opt):
    np.testing.assert_allclose(run(opt, [0.0], [[1e-9]], 0.1), [[-0.1 / 11]], rtol=1e-12)


def test_adam_takes_a_first_step_of_size_lr_whatever_the_gradient():
    first = run(Adam(eps=0.0), np.zeros(4), [[1e-6, -1e-3, 5.0, -1e6]], 0.1)[0]
    np.testing.assert_allclose(first, [-0.1, 0.1, -0.1, 0.1], rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_centered_rmsprop_stays_finite_under_a_constant_gradient(dtype):
    opt, w, grad = RMSProp(decay=0.9, centered=True), np.zeros(1000, dtype), np.linspace(0.1, 3.0, 1000, dtype=dtype)
    state = opt.init(w)
    with np.errstate(invalid="ignore"):
        for _ in range(600):
            w, state = opt.step(w, grad, state, 1e-3)
    assert np.all(np.isfinite(w))


# ---- what every optimizer of the catalogue keeps ----


def draw_run(seed, *, shape, dtype=np.float64, updates=4):
    rng = np.random.default_rng(seed)
    w = rng.normal(size=shape).astype(dtype)
    grads = rng.normal(size=(updates, *shape)).astype(dtype) * dtype(10.0 ** rng.integers(-2, 3))
    return w, grads, rng.uniform(1e-3, 1.0, updates)


@every_optimizer
@given(data=st.data(), seed=seeds)
@quick
def test_nothing_is_changed_in_place(name, data, seed):
    opt = data.draw(instances(OPTIMIZERS[name]))
    w, grads, lrs = draw_run(seed, shape=(2, 3))
    kept, before = w.copy(), repr(opt)
    state = opt.init(w)
    np.testing.assert_array_equal(w, kept)
    for grad, lr in zip(grads, lrs):
        state_kept = [np.copy(part) for part in state]
        grad_kept, w_kept = grad.copy(), w.copy()
        moved, new = opt.step(w, grad, state, lr)
        np.testing.assert_array_equal(w, w_kept)
        np.testing.assert_array_equal(grad, grad_kept)
        for part, copy in zip(state, state_kept, strict=True):
            np.testing.assert_array_equal(part, copy)
        assert not np.shares_memory(moved, w)
        w, state = moved, new
    assert repr(opt) == before


@every_optimizer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(3,), (1,), (2, 3), (2, 4, 3)], ids=str)
@given(data=st.data(), seed=seeds)
@settings(deadline=None, max_examples=8)
def test_dtype_and_shape_are_kept_by_weights_and_state(name, dtype, shape, data, seed):
    opt = data.draw(instances(OPTIMIZERS[name]))
    w, grads, lrs = draw_run(seed, shape=shape, dtype=dtype)
    state = opt.init(w)
    for grad, lr in zip(grads, lrs):
        # a float64 rate, one for all and one for each replica, must not widen float32 weights
        for rate in (float(lr), lr, np.full(shape[:-1], lr)):
            moved, new = opt.step(w, grad, state, rate)
            assert moved.shape == shape and moved.dtype == dtype
            assert [np.shape(part) for part in new] == [np.shape(part) for part in state]
            assert all(part.dtype == dtype for part in new if isinstance(part, np.ndarray) and part.dtype.kind == "f")
        w, state = moved, new
        judged = opt.evaluate(w, state)
        assert judged.shape == shape and judged.dtype == dtype


@every_optimizer
@pytest.mark.parametrize("lead", [(5,), (2, 3)], ids=str)
@given(data=st.data(), seed=seeds, many_rates=st.booleans())
@quick
def test_replicas_trained_at_once_are_the_single_runs(name, lead, data, seed, many_rates):
    opt = data.draw(instances(OPTIMIZERS[name]))
    w, grads, lrs = draw_run(seed, shape=(*lead, 3))
    if many_rates:
        lrs = np.random.default_rng(seed).uniform(1e-3, 1.0, (len(lrs), *lead))
    together, state = w, opt.init(w)
    for grad, lr in zip(grads, lrs):
        together, state = opt.step(together, grad, state, lr)
    for one in np.ndindex(lead):
        alone, own = w[one], opt.init(w[one])
        for grad, lr in zip(grads, lrs):
            alone, own = opt.step(alone, grad[one], own, lr[one] if many_rates else lr)
        np.testing.assert_allclose(together[one], alone, rtol=1e-12, atol=0)


@every_optimizer
@given(data=st.data(), seed=seeds)
@quick
def test_permuting_the_coordinates_permutes_the_weights(name, data, seed):
    opt = data.draw(instances(OPTIMIZERS[name]))
    w, grads, lrs = draw_run(seed, shape=(6,))
    order = np.random.default_rng(seed).permutation(6)
    np.testing.assert_allclose(run(opt, w[order], grads[:, order], lrs), run(opt, w, grads, lrs)[:, order], rtol=1e-12)


@every_optimizer
@given(data=st.data(), seed=seeds)
@quick
def test_without_a_gradient_and_without_decay_the_weights_stay(name, data, seed):
    opt = data.draw(instances(OPTIMIZERS[name], weight_decay=0.0))
    w, grads, lrs = draw_run(seed, shape=(2, 3))
    np.testing.assert_array_equal(run(opt, w, 0.0 * grads, lrs), np.broadcast_to(w, grads.shape))


@every_optimizer
@given(data=st.data(), seed=seeds)
@quick
def test_at_rate_zero_the_weights_stay(name, data, seed):
    opt = data.draw(instances(OPTIMIZERS[name]))
    w, grads, _ = draw_run(seed, shape=(2, 3))
    np.testing.assert_array_equal(run(opt, w, grads, 0.0)[0], w)


@every_optimizer
@given(data=st.data(), seed=seeds)
@quick
def test_the_same_run_twice_gives_the_same_weights(name, data, seed):
    opt = data.draw(instances(OPTIMIZERS[name]))
    w, grads, lrs = draw_run(seed, shape=(2, 3))
    first = run(opt, w, grads, lrs)
    run(opt, w + 1.0, 3.0 * grads, lrs)
    np.testing.assert_array_equal(run(opt, w, grads, lrs), first)


@pytest.mark.parametrize("cls, fixed", [(Adam, {}), (AdaGrad, {"initial": 0.0}), (RMSProp, {"centered": False})])
@given(data=st.data(), seed=seeds, power=st.integers(-30, 30))
@quick
def test_without_eps_the_scale_of_the_gradient_does_not_matter(cls, fixed, data, seed, power):
    opt = data.draw(instances(cls, eps=0.0, **fixed))
    w, grads, lrs = draw_run(seed, shape=(2, 3))
    expected = run(opt, w, grads, lrs)
    assert np.all(np.isfinite(expected)) and np.all(expected != w)
    # a power of two scales without rounding
    np.testing.assert_array_equal(run(opt, w, grads * 2.0**power, lrs), expected)


@given(data=st.data(), seed=seeds, a=st.floats(-3, 3), b=st.floats(-3, 3))
@quick
def test_sgd_without_decay_is_linear_in_the_gradients(data, seed, a, b):
    opt = data.draw(instances(SGD, weight_decay=0.0))
    w, first, lrs = draw_run(seed, shape=(2, 3))
    second = draw_run(seed + 1, shape=(2, 3))[1]
    origin = np.zeros_like(w)
    combined = run(opt, origin, a * first + b * second, lrs)
    np.testing.assert_allclose(
        combined,
        a * run(opt, origin, first, lrs) + b * run(opt, origin, second, lrs),
        rtol=0,
        atol=1e-13 * (np.abs(first).max() + np.abs(second).max()),
    )


@given(data=st.data(), seed=seeds, lr=st.floats(1e-3, 1.0))
@quick
def test_sgd_at_a_constant_rate_does_not_care_whether_lr_is_inside_the_buffer(data, seed, lr):
    opt = data.draw(instances(SGD, lr_inside=False))
    inside = SGD(opt.momentum, opt.nesterov, opt.weight_decay, lr_inside=True)
    w, grads, _ = draw_run(seed, shape=(3,))
    lrs = Constant(lr=lr)(np.arange(len(grads)))
    size = 1.0 + np.abs(grads).max()
    np.testing.assert_allclose(run(inside, w, grads, lrs), run(opt, w, grads, lrs), rtol=0, atol=1e-14 * size)


@every_optimizer
def test_a_state_is_a_named_tuple_that_does_not_depend_on_the_later_run(name):
    opt = OPTIMIZERS[name]()
    w, grads, lrs = draw_run(0, shape=(3,))
    state = opt.init(w)
    assert isinstance(state, tuple) and state._fields
    # resuming from a kept state repeats the run
    w1, kept = opt.step(w, grads[0], state, lrs[0])
    w2, _ = opt.step(w1, grads[1], kept, lrs[1])
    opt.step(w2, grads[2], kept, lrs[2])
    np.testing.assert_array_equal(opt.step(w1, grads[1], kept, lrs[1])[0], w2)
