"""LARS, LAMB, Adafactor, Shampoo, SOAP and Muon on weights that split into matrices and vectors."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import instances

from lrlab import LAMB, LARS, OPTIMIZERS, SOAP, Adafactor, Adam, AdaGrad, Constant, DigitsNetwork, Muon, Shampoo, train
from lrlab.optimizers.layerwise import norm_per_layer
from lrlab.optimizers.matrix import orthogonalize
from lrlab.shapes import shapes_of

NAMES = ("LARS", "LAMB", "Adafactor", "Shampoo", "SOAP", "Muon")
every_matrix_optimizer = pytest.mark.parametrize("name", NAMES)
quick = settings(deadline=None, max_examples=15)
seeds = st.integers(0, 2**32 - 1)
SHAPES = ((4, 3), (3,), (2, 5), (5,))
N = 30


def run(opt, w, grads, lr, shapes):
    w = np.array(w, dtype=float)
    state, path = opt.init(w, shapes), []
    for grad, rate in zip(grads, np.broadcast_to(lr, len(grads))):
        w, state = opt.step(w, np.array(grad, dtype=float), state, rate)
        path.append(w)
    return np.array(path)


def draw_run(seed, lead=(), dtype=np.float64, updates=5):
    rng = np.random.default_rng(seed)
    w = rng.normal(size=(*lead, N)).astype(dtype)
    return w, rng.normal(size=(updates, *lead, N)).astype(dtype), rng.uniform(1e-3, 0.1, updates)


def leaves(state):
    """All arrays of a state, those of its tuples included."""
    for part in state:
        if isinstance(part, tuple):
            yield from leaves(part)
        else:
            yield part


# ---- three updates by hand ----


def test_lars_by_hand():
    # two layers: |w| = 5 and 2. lambda = 0.1 * 5 / 10 and 0.1 * 2 / 0.5, so the steps have lengths 0.5 and 0.2
    w, grads = [3.0, 4.0, 2.0], [[6.0, 8.0, 0.5]]
    np.testing.assert_allclose(run(LARS(trust=0.1), w, grads, 1.0, [(2,), (1,)]), [[2.7, 3.6, 1.8]], rtol=1e-14)
    # one weight: lambda * grad = 0.5 * w * sign(grad). v = 4, 4/2 + 2, 4/2 - 0; w = 8, 4, 0, and from 0 by lambda = 1
    path = run(LARS(trust=0.5, momentum=0.5), [8.0], [[3.0], [0.1], [7.0]], 1.0, None)
    np.testing.assert_allclose(path.ravel(), [4.0, 0.0, 0.0 - (0.5 * 4.0 + 7.0)], rtol=1e-14, atol=1e-14)
    # the rate is inside the buffer: v = 2, then 0.5 * 2 + 0.1 * 0.5 * 2, then half of it alone
    path = run(LARS(trust=0.5, momentum=0.5), [4.0], [[1.0], [1.0], [0.0]], [1.0, 0.1, 0.1], None)
    np.testing.assert_allclose(path.ravel(), [2.0, 0.9, 0.35], rtol=1e-14)
    # decay: grad + 0.5 w = 3, lambda = 0.1 * 4 / (1 + 2); with one norm of the sum for grad = -1: 0.1 * 4 / 1
    np.testing.assert_allclose(run(LARS(trust=0.1, weight_decay=0.5), [4.0], [[1.0]], 1.0, None), [[3.6]], rtol=1e-14)
    np.testing.assert_allclose(
        run(LARS(trust=0.1, weight_decay=0.5), [4.0], [[-1.0]], 1.0, None), [[4.0 - 0.4 / 3]], rtol=1e-14
    )
    np.testing.assert_allclose(
        run(LARS(trust=0.1, weight_decay=0.5, joint_norm=True), [4.0], [[-1.0]], 1.0, None), [[3.6]], rtol=1e-14
    )


def test_lamb_by_hand():
    # beta = 0: r = (1, -1) whatever the gradient, |r| = sqrt 2. |w| = 5, then 5 * (w - 0.1 * 5 / sqrt 2 * r) and so on
    w = np.array([3.0, 4.0])
    expected = []
    for _ in range(3):
        w = w - 0.1 * np.hypot(*w) / sqrt(2) * np.array([1.0, -1.0])
        expected.append(w)
    opt = LAMB(beta1=0.0, beta2=0.0, eps=0.0)
    np.testing.assert_allclose(run(opt, [3.0, 4.0], [[1.0, -9.0], [5.0, -0.1], [2.0, -2.0]], 0.1, None), expected, rtol=1e-14)
    # one weight in a layer moves by lr * |w| * sign: 0.9, 0.81, 0.729 of it; a layer at 0 moves by lr * r
    path = run(opt, [2.0, 0.0], [[7.0, 7.0]] * 3, 0.1, [(1,), (1,)])
    np.testing.assert_allclose(path[:, 0], [1.8, 1.62, 1.458], rtol=1e-14)
    np.testing.assert_allclose(path[0, 1], -0.1, rtol=1e-14)
    # decay inside the ratio: u = (1 + 0.5 * 3, -1 + 0.5 * 4) = (2.5, 1)
    decayed = run(LAMB(beta1=0.0, beta2=0.0, eps=0.0, weight_decay=0.5), [3.0, 4.0], [[1.0, -9.0]], 0.1, None)
    np.testing.assert_allclose(decayed, [np.array([3.0, 4.0]) - 0.5 / np.hypot(2.5, 1.0) * np.array([2.5, 1.0])], rtol=1e-14)


def test_adafactor_by_hand():
    # a matrix: R = (1, 3), C = (1, 3), mean R = 2: V = R C / 2 = (1/2, 3/2; 3/2, 9/2) for grad^2 = (1, 1; 1, 5).
    G = np.array([[1.0, 1.0], [1.0, sqrt(5)]])
    U = G / np.sqrt([[0.5, 1.5], [1.5, 4.5]])
    U = U / max(1.0, sqrt(np.mean(U**2)))
    path = run(Adafactor(), [2.0, 2.0, -2.0, 2.0], [G.ravel()], 0.01, [(2, 2)])
    np.testing.assert_allclose(path[0], np.array([2.0, 2.0, -2.0, 2.0]) - 0.02 * U.ravel(), rtol=1e-13)
    # a vector of one weight, clip out of reach: beta2 = 0, 1 - 2^-0.8, 1 - 3^-0.8; V = 4, then averages of 4, 16, 1
    b2, b3 = 1 - 2**-0.8, 1 - 3**-0.8
    V2 = b2 * 4 + (1 - b2) * 16
    V3 = b3 * V2 + (1 - b3)
    w1 = 10.0 - 0.01 * 10.0
    w2 = w1 - 0.01 * w1 * 4 / sqrt(V2)
    w3 = w2 - 0.01 * w2 / sqrt(V3)
    path = run(Adafactor(clip=100.0), [10.0], [[2.0], [4.0], [1.0]], 0.01, None)
    np.testing.assert_allclose(path.ravel(), [w1, w2, w3], rtol=1e-13)
    # lr = 1 is capped at 1 / sqrt(t): w = 0 after the first; eps2 then is the smallest rms; no cap without relative_step
    path = run(Adafactor(clip=100.0), [10.0], [[2.0], [2.0]], 1.0, None)
    np.testing.assert_allclose(path.ravel(), [0.0, -1e-3 / sqrt(2)], rtol=1e-12, atol=1e-14)
    path = run(Adafactor(clip=100.0, relative_step=False), [10.0], [[2.0], [2.0]], 1.0, None)
    np.testing.assert_allclose(path.ravel(), [0.0, -1e-3], rtol=1e-12, atol=1e-14)
    # the clip: U has rms 1 at most, however much the gradient has grown
    big = run(Adafactor(), [10.0], [[1.0], [1e6]], 0.01, None)
    np.testing.assert_allclose(big.ravel(), [9.9, 9.9 * 0.99], rtol=1e-12)


def test_shampoo_by_hand():
    # diagonal gradients keep L and R diagonal: L = R = diag(1 + 3 + ..., ...) with eps = 1, so the step is g / sqrt(L)
    grads = [[sqrt(3), 0, 0, sqrt(8)], [sqrt(12), 0, 0, sqrt(7)], [3.0, 0, 0, 1.0]]
    first = [-0.1 * sqrt(3) / 2, -0.1 * sqrt(8) / 3]
    second = [first[0] - 0.1 * sqrt(12) / 4, first[1] - 0.1 * sqrt(7) / 4]
    third = [second[0] - 0.1 * 3 / 5, second[1] - 0.1 / sqrt(17)]
    path = run(Shampoo(eps=1.0), np.zeros(4), grads, 0.1, [(2, 2)])
    np.testing.assert_allclose(path[:, [0, 3]], [first, second, third], rtol=1e-13)
    np.testing.assert_allclose(path[:, [1, 2]], 0.0, atol=1e-15)
    # a row matrix: L = 1 + |g|^2 = 26, R = I + g g^T has 26 along g: 5 / sqrt(26) in all, along (3, 4) / 5
    path = run(Shampoo(eps=1.0), np.zeros(2), [[3.0, 4.0]], 0.1, [(1, 2)])
    np.testing.assert_allclose(path[0], -0.1 * np.array([3.0, 4.0]) / sqrt(26), rtol=1e-13)
    # a vector: s = 1 + 3 = 4
    np.testing.assert_allclose(run(Shampoo(eps=1.0), [0.0], [[sqrt(3)]], 0.1, None), [[-0.1 * sqrt(3) / 2]], rtol=1e-13)


def test_soap_by_hand():
    # diagonal gradients: the eigenvectors are the axes, so each diagonal entry is Adam from the second gradient on
    opt = SOAP(beta1=0.5, beta2=0.75, eps=0.0, every=1)
    path = run(opt, np.zeros(4), [[9.0, 0, 0, 1.0], [2.0, 1e-9, 1e-9, 1.0], [-4.0, 1e-9, 1e-9, 2.0]], 0.1, [(2, 2)])
    # m = 1, -1.5 and v = 1, 4.75 as in Adam's own table; 1 then 2: m = 0.5, 1.25 and v = 0.25, 1.1875
    np.testing.assert_array_equal(path[0], np.zeros(4))
    np.testing.assert_allclose(path[1:, 0], [-0.1, -0.1 + 0.2 / sqrt(4.75 / 0.4375)], rtol=1e-7)
    np.testing.assert_allclose(path[1:, 3], [-0.1, -0.1 - 0.1 * (1.25 / 0.75) / sqrt(1.1875 / 0.4375)], rtol=1e-7)


def test_soap_turns_the_gradient_into_the_eigenvectors_of_the_first():
    # G0 = (1, 2; 2, 1): eigenvectors (1, 1) and (1, -1). G1 = (3, 0; 0, 1) is 2 I + diag(1, -1): in that basis (2, 1; 1, 2)
    # up to signs, and Adam's first step there is 0.1 in every entry. Turned back, G' of signs (1, 1; 1, 1) gives (2, 0; 0, 0)
    path = run(SOAP(eps=0.0), np.zeros(4), [[1.0, 2.0, 2.0, 1.0], [3.0, 0.0, 0.0, 1.0]], 0.1, [(2, 2)])
    np.testing.assert_allclose(path[1], [-0.2, 0.0, 0.0, 0.0], atol=1e-14)


def newton_schulz(s, steps=5):
    for _ in range(steps):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    return s


def test_muon_by_hand():
    # diagonal gradients stay diagonal: the iteration is the quintic on each entry over the norm
    opt = Muon(momentum=0.5, eps=1e-15)
    grads = np.array([[3.0, 4.0], [0.0, 1.0], [-4.0, 0.0]])
    # B = (3, 4), (1.5, 3), (-3.25, 1.5); G + B / 2
    looked = np.array([[4.5, 6.0], [0.75, 2.5], [-5.625, 0.75]])
    steps = newton_schulz(looked / np.hypot(*looked.T)[:, None])
    path = run(opt, np.zeros(4), [[a, 0, 0, b] for a, b in grads], 0.1, [(2, 2)])
    np.testing.assert_allclose(path[:, [0, 3]], np.cumsum(-0.1 * steps, axis=0), rtol=1e-12)
    np.testing.assert_allclose(path[:, [1, 2]], 0.0, atol=1e-15)
    # a row: one singular value, along (3, 4) / 5; it maps 1 input to 2 outputs, so sqrt(2 / 1); a column has no factor
    row = run(Muon(), np.zeros(2), [[3.0, 4.0]], 0.1, [(1, 2)])
    np.testing.assert_allclose(row[0], -0.1 * sqrt(2) * newton_schulz(1.0) * np.array([0.6, 0.8]), rtol=1e-6)
    column = run(Muon(nesterov=False), np.zeros(2), [[3.0, 4.0]], 0.1, [(2, 1)])
    np.testing.assert_allclose(column[0], row[0] / sqrt(2), rtol=1e-6)
    # decay: 0.1 * 0.5 * w of all weights
    kept = run(Muon(weight_decay=0.5), np.ones(4), np.zeros((1, 4)), 0.1, [(1, 2), (2,)])
    np.testing.assert_allclose(kept, [[0.95] * 4], rtol=1e-14)


def test_the_quintic_five_times_sends_singular_values_near_1():
    X = np.diag(np.geomspace(0.01, 1.0, 12))
    s = np.linalg.svd(orthogonalize(X), compute_uv=False)
    np.testing.assert_allclose(np.sort(s), np.sort(newton_schulz(np.diag(X) / np.linalg.norm(X))), rtol=1e-6)
    reached = newton_schulz(np.linspace(0.01, 1.0, 2000))
    assert 0.68 < reached.min() and reached.max() < 1.14


# ---- matrices and vectors ----


def test_norm_per_layer_repeats_the_length_of_each_layer():
    x = np.array([[3.0, 4.0, 2.0], [0.0, 0.0, -1.0]])
    np.testing.assert_array_equal(norm_per_layer(x, [(1, 2), (1,)]), [[5, 5, 2], [0, 0, 1]])


@every_matrix_optimizer
def test_shapes_that_do_not_hold_all_weights_are_refused(name):
    with pytest.raises(ValueError, match=r"^shapes: \(\(2, 2\), \(3,\)\) hold 7 weights, but w has 8"):
        OPTIMIZERS[name]().init(np.zeros(8), [(2, 2), (3,)])


def test_without_shapes_all_weights_are_one_vector():
    assert shapes_of(np.zeros((3, 8))) == ((8,),)
    assert shapes_of(np.zeros(8), [[2, 3], (2,)]) == ((2, 3), (2,))


@pytest.mark.parametrize(
    "opt, vectors, skipped",
    [
        (Muon(adam_beta1=0.8, adam_beta2=0.9, adam_eps=1e-3), Adam(0.8, 0.9, 1e-3), 0),
        (SOAP(beta1=0.8, beta2=0.9, eps=1e-3), Adam(0.8, 0.9, 1e-3), 1),
        (Shampoo(eps=1e-30), AdaGrad(eps=0.0), 0),
    ],
    ids=["Muon", "SOAP", "Shampoo"],
)
def test_vectors_are_stepped_by_the_coordinatewise_method(opt, vectors, skipped):
    w, grads, lrs = draw_run(0)
    inside = np.r_[12:15, 25:30]
    path = run(opt, w, grads, lrs, SHAPES)
    alone = run(vectors, w[inside], grads[skipped:, inside], lrs[skipped:], None)
    np.testing.assert_allclose(path[skipped:, inside], alone, rtol=1e-12)
    # and the matrices are not
    assert np.abs(path - run(vectors, w, grads, lrs, None))[:, :12].max() > 1e-3


def test_muon_steps_vectors_at_a_rate_of_their_own():
    w, grads, lrs = draw_run(0)
    path = run(Muon(vector_lr=0.1), w, grads, lrs, SHAPES)
    np.testing.assert_allclose(path[:, 12:15], run(Adam(), w[12:15], grads[:, 12:15], 0.1 * lrs, None), rtol=1e-12)
    np.testing.assert_array_equal(path[:, :12], run(Muon(), w, grads, lrs, SHAPES)[:, :12])


# ---- what all keep ----


@every_matrix_optimizer
@given(data=st.data(), seed=seeds)
@quick
def test_layers_are_stepped_independently_of_one_another(name, data, seed):
    opt = data.draw(instances(OPTIMIZERS[name]))
    w, grads, lrs = draw_run(seed)
    together = run(opt, w, grads, lrs, SHAPES)
    begin = 0
    for shape in SHAPES:
        end = begin + int(np.prod(shape))
        alone = run(opt, w[begin:end], grads[:, begin:end], lrs, [shape])
        np.testing.assert_allclose(together[:, begin:end], alone, rtol=1e-9, atol=1e-12)
        begin = end


@every_matrix_optimizer
@pytest.mark.parametrize("lead", [(4,), (2, 3)], ids=str)
@given(data=st.data(), seed=seeds, many_rates=st.booleans())
@quick
def test_replicas_trained_at_once_are_the_single_runs(name, lead, data, seed, many_rates):
    opt = data.draw(instances(OPTIMIZERS[name]))
    w, grads, lrs = draw_run(seed, lead)
    if many_rates:
        lrs = np.random.default_rng(seed).uniform(1e-3, 0.1, (len(lrs), *lead))
    together, state = w, opt.init(w, SHAPES)
    for grad, lr in zip(grads, lrs):
        together, state = opt.step(together, grad, state, lr)
    for one in np.ndindex(lead):
        alone, own = w[one], opt.init(w[one], SHAPES)
        for grad, lr in zip(grads, lrs):
            alone, own = opt.step(alone, grad[one], own, lr[one] if many_rates else lr)
        np.testing.assert_allclose(together[one], alone, rtol=1e-9, atol=1e-12)


@every_matrix_optimizer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("lead", [(), (3,)], ids=str)
@given(data=st.data(), seed=seeds)
@settings(deadline=None, max_examples=6)
def test_dtype_is_kept_and_nothing_is_changed_in_place(name, dtype, lead, data, seed):
    opt = data.draw(instances(OPTIMIZERS[name]))
    w, grads, lrs = draw_run(seed, lead, dtype)
    state = opt.init(w, SHAPES)
    for grad, lr in zip(grads, lrs):
        kept = [np.copy(part) for part in leaves(state)]
        w_kept, grad_kept = w.copy(), grad.copy()
        moved, new = opt.step(w, grad, state, np.full(lead, lr) if lead else float(lr))
        np.testing.assert_array_equal(w, w_kept)
        np.testing.assert_array_equal(grad, grad_kept)
        for part, copy in zip(leaves(state), kept, strict=True):
            np.testing.assert_array_equal(part, copy)
        assert moved.dtype == dtype and moved.shape == w.shape and not np.shares_memory(moved, w)
        assert all(part.dtype == dtype for part in leaves(new) if isinstance(part, np.ndarray))
        assert [np.shape(part) for part in leaves(new)] == [np.shape(part) for part in leaves(state)]
        # resuming from the kept state gives the same
        np.testing.assert_array_equal(opt.step(w, grad, state, np.full(lead, lr) if lead else float(lr))[0], moved)
        w, state = moved, new


@every_matrix_optimizer
@given(data=st.data(), seed=seeds)
@quick
def test_without_a_gradient_the_weights_stay(name, data, seed):
    opt = data.draw(instances(OPTIMIZERS[name], weight_decay=0.0))
    w, grads, lrs = draw_run(seed, (2,))
    np.testing.assert_array_equal(run(opt, w, 0.0 * grads, lrs, SHAPES), np.broadcast_to(w, grads.shape))


def orthogonal(rng, side):
    return np.linalg.qr(rng.normal(size=(side, side))).Q


@pytest.mark.parametrize("opt", [Muon(weight_decay=0.1), Shampoo(eps=1e-4), SOAP(every=2)], ids=["Muon", "Shampoo", "SOAP"])
@given(seed=seeds)
@quick
def test_turning_rows_and_columns_turns_the_weights(opt, seed):
    rng = np.random.default_rng(seed)
    w, grads = rng.normal(size=(4, 3)), rng.normal(size=(5, 4, 3))
    left, right = orthogonal(rng, 4), orthogonal(rng, 3)
    path = run(opt, w.ravel(), grads.reshape(5, 12), 0.1, [(4, 3)]).reshape(5, 4, 3)
    turned = run(opt, (left @ w @ right).ravel(), (left @ grads @ right).reshape(5, 12), 0.1, [(4, 3)]).reshape(5, 4, 3)
    np.testing.assert_allclose(turned, left @ path @ right, rtol=1e-6, atol=1e-6)


def test_turning_changes_what_adam_does():
    rng = np.random.default_rng(0)
    w, grads, left = rng.normal(size=(4, 3)), rng.normal(size=(5, 4, 3)), orthogonal(rng, 4)
    path = run(Adam(), w.ravel(), grads.reshape(5, 12), 0.1, None).reshape(5, 4, 3)
    turned = run(Adam(), (left @ w).ravel(), (left @ grads).reshape(5, 12), 0.1, None).reshape(5, 4, 3)
    assert np.abs(turned - left @ path).max() > 0.1


@pytest.mark.parametrize(
    "opt",
    [LARS(), LAMB(eps=0.0), Adafactor(eps1=1e-300), Muon(eps=1e-300, adam_eps=0.0), SOAP(eps=0.0)],
    ids=lambda opt: type(opt).__name__,
)
@given(seed=seeds, power=st.integers(-20, 20))
@quick
def test_the_scale_of_the_gradient_does_not_matter(opt, seed, power):
    w, grads, lrs = draw_run(seed)
    expected = run(opt, w, grads, lrs, SHAPES)
    np.testing.assert_allclose(run(opt, w, grads * 2.0**power, lrs, SHAPES), expected, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("opt", [LARS(), LAMB(eps=0.0), Adafactor(eps2=0.0)], ids=lambda opt: type(opt).__name__)
@given(seed=seeds, power=st.integers(-20, 20))
@quick
def test_layerwise_steps_grow_with_the_weights(opt, seed, power):
    w, grads, lrs = draw_run(seed)
    expected = run(opt, w, grads, lrs, SHAPES)
    np.testing.assert_allclose(run(opt, w * 2.0**power, grads, lrs, SHAPES), expected * 2.0**power, rtol=1e-9)


def test_lars_and_lamb_move_each_layer_by_its_share():
    w, grads, _ = draw_run(1)
    for opt, share in ((LARS(trust=0.01), 0.01 * 0.5), (LAMB(), 0.5)):
        moved = run(opt, w, grads[:1], 0.5, SHAPES)[0]
        np.testing.assert_allclose(norm_per_layer(moved - w, SHAPES), share * norm_per_layer(w, SHAPES), rtol=1e-12)


def test_the_first_step_of_shampoo_and_muon_has_equal_singular_values():
    rng = np.random.default_rng(3)
    G = rng.normal(size=(4, 3)) @ np.diag([30.0, 3.0, 1.0])
    for opt, low, high in ((Shampoo(eps=1e-12), 0.999, 1.001), (Muon(), 0.68, 1.21)):
        moved = run(opt, np.zeros(12), [G.ravel()], 1.0, [(4, 3)])[0].reshape(4, 3)
        s = np.linalg.svd(moved, compute_uv=False)
        assert low < s.min() and s.max() < high


# ---- on the network of the digits ----

RATES = {"LARS": 12.0, "LAMB": 0.08, "Adafactor": 0.08, "Shampoo": 0.2, "SOAP": 0.04, "Muon": 0.08}


@every_matrix_optimizer
def test_each_learns_the_digits_with_replicas_that_equal_single_runs(name):
    problem, opt = DigitsNetwork(hidden=8, batch=32, examples=400), OPTIMIZERS[name]()
    state = opt.init(np.zeros((2, sum(int(np.prod(shape)) for shape in problem.shapes))), problem.shapes)
    assert state.shapes == problem.shapes
    rates = [Constant(lr=RATES[name]), Constant(lr=0.7 * RATES[name])]
    both = train(problem, opt, rates, 40, seed=[0, 1], progress=False)
    assert both.final("train_loss").max() < 0.75 * both.metrics["train_loss"][..., 0].min()
    alone = train(problem, opt, rates[1], 40, seed=1, progress=False)
    np.testing.assert_allclose(alone.w, both.w[1, 1], rtol=1e-6, atol=1e-8)


def test_muon_uses_that_the_weights_are_matrices():
    problem = DigitsNetwork(hidden=8, batch=32, examples=400)
    w = problem.initial(np.random.default_rng(0))
    grad = problem.loss_and_grad(w)[1]
    opt = Muon()
    moved = opt.step(w, grad, opt.init(w, problem.shapes), 1.0)[0]
    s = np.linalg.svd((moved - w)[: 64 * 8].reshape(64, 8), compute_uv=False)
    assert 0.3 < s.min() and s.max() < 1.21
    assert np.abs(moved - opt.step(w, grad, opt.init(w), 1.0)[0]).max() > 0.1
