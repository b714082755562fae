import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import instances

from lrlab import Himmelblau, Quadratic, RiverValley, Rosenbrock, TanhDigits, digits, hessian_vector, sharpness

quick = settings(deadline=None, max_examples=25)


# ---- quadratics in turned axes, with heavy tails ----


@given(bowl=instances(Quadratic))
@quick
def test_the_axes_are_orthogonal_and_the_curvatures_those_of_h(bowl):
    R = bowl.rotation
    np.testing.assert_allclose(R.T @ R, np.eye(bowl.dim), rtol=0, atol=1e-13)
    # column i is an eigenvector with eigenvalue h_i: the gradient at it is h_i times it
    np.testing.assert_allclose(bowl.gradient(R.T), bowl.h[:, None] * R.T, rtol=0, atol=1e-12 * bowl.largest)


@pytest.mark.parametrize("dim", [2, 4, 16])
def test_at_45_degrees_every_valley_has_an_equal_share_in_every_weight(dim):
    np.testing.assert_allclose(np.abs(Quadratic(dim=dim, angle=45).rotation), dim**-0.5, rtol=1e-12)
    np.testing.assert_array_equal(Quadratic(dim=dim).rotation, np.eye(dim))


def test_the_angle_turns_the_axes_by_that_angle():
    steep = Quadratic(dim=2, condition=10, angle=30).rotation[:, 1]
    np.testing.assert_allclose(steep, [-0.5, np.sqrt(3) / 2], rtol=1e-13)


@pytest.mark.parametrize("angle", [10.0, 45.0])
def test_gradient_descent_does_not_notice_the_angle(angle):
    straight, turned = Quadratic(dim=5, condition=50), Quadratic(dim=5, condition=50, angle=angle)
    w, v = straight.start, turned.start
    for _ in range(20):
        w, v = w - 1.5 * straight.gradient(w), v - 1.5 * turned.gradient(v)
    np.testing.assert_allclose(turned.rotation.T @ v, w, rtol=0, atol=1e-14)
    np.testing.assert_allclose(turned.loss(v), straight.loss(w), rtol=1e-10)


def test_the_tails_are_those_of_a_student_t():
    # with 1 degree of freedom a Student t is a Cauchy: its quartiles lie at -1 and 1
    drawn = Quadratic(dim=2, noise=0.5, tails=1.0).batches(np.random.default_rng(0), 20_000)
    share = np.mean(np.abs(drawn) < 0.5)
    assert drawn.shape == (20_000, 2) and abs(share - 0.5) < 5 * 0.5 / np.sqrt(drawn.size)
    assert np.abs(drawn).max() > 500
    assert Quadratic(noise=0.0, tails=1.0).batches(np.random.default_rng(0), 2) == [None, None]


def test_the_river_falls_evenly_and_the_hills_are_a_bowl():
    river = RiverValley(slope=0.2, steep=8.0, mouth=30.0)
    x = np.array([0.0, 10.0, 20.0])
    np.testing.assert_allclose(river.gradient(np.stack([x, 0 * x], -1))[:, 0], -0.2, rtol=0.01)
    np.testing.assert_allclose(river.loss([30.0, 0.5]), 1.0, rtol=1e-13)
    assert river.lr_limit == 0.25


# ---- Hessian times vector, and the sharpness ----


def test_hessian_vector_is_exact_for_a_quadratic_with_replicas():
    bowl = Quadratic(dim=4, condition=100, largest=7.0, angle=33)
    H = bowl.rotation * bowl.h @ bowl.rotation.T
    rng = np.random.default_rng(0)
    w, v = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 4))
    v[0, 0] = 0.0
    np.testing.assert_allclose(hessian_vector(bowl, w, v), v @ H, rtol=0, atol=1e-9)
    np.testing.assert_allclose(hessian_vector(bowl, w, 1e6 * v), 1e6 * v @ H, rtol=0, atol=1e-3)


def test_hessian_vector_of_a_function_that_is_no_quadratic():
    hills = Himmelblau()
    w = np.array([1.3, -0.4])
    for v in np.eye(2):
        np.testing.assert_allclose(hessian_vector(hills, w, v), hills.hessian(w) @ v, rtol=1e-6)


def test_sharpness_is_the_largest_eigenvalue_of_every_replica():
    bowls = Quadratic(dim=6, condition=100, largest=3.0, angle=20)
    value, vector = sharpness(bowls, np.zeros((2, 6)), iterations=60)
    np.testing.assert_allclose(value, [3.0, 3.0], rtol=1e-6)
    np.testing.assert_allclose(np.abs(vector @ bowls.rotation[:, -1]), 1.0, rtol=1e-5)
    w = np.array([[-1.2, 1.0], [1.0, 1.0]])
    hessians = [[[2 - 400 * y + 1200 * x**2, -400 * x], [-400 * x, 200.0]] for x, y in w]
    np.testing.assert_allclose(sharpness(Rosenbrock(), w).value, np.linalg.eigvalsh(hessians)[:, -1], rtol=1e-6)


def test_a_vector_from_before_saves_iterations():
    bowl = Quadratic(dim=10, condition=2)
    first = sharpness(bowl, np.zeros(10), iterations=50)
    again = sharpness(bowl, np.zeros(10), iterations=5, vector=first.vector)
    cold = sharpness(bowl, np.zeros(10), iterations=5)
    assert abs(again.value - 1) <= abs(first.value - 1) < abs(cold.value - 1)


def test_a_flat_place_has_sharpness_0_and_a_wrong_count_is_refused():
    class Flat:
        def loss_and_grad(self, w, batch=None):
            return np.zeros(w.shape[:-1]), np.zeros_like(w)

    assert sharpness(Flat(), np.zeros(3)).value == 0.0
    with pytest.raises(ValueError, match="sharpness: iterations must be at least 1, got 0"):
        sharpness(Flat(), np.zeros(3), iterations=0)
    with pytest.raises(ValueError, match="hessian_vector: step must be above 0, got 0"):
        hessian_vector(Flat(), np.zeros(3), np.ones(3), step=0)


# ---- the tanh network ----

SMALL = TanhDigits(examples=10, hidden=3, layers=2)


def test_a_gradient_of_the_tanh_network_is_the_slope_of_its_loss_with_replicas():
    n = SMALL.initial(np.random.default_rng(0)).size
    w = np.random.default_rng(1).normal(0.0, 0.4, (2, n))
    loss, grad = SMALL.loss_and_grad(w)
    for one in range(2):
        alone = SMALL.loss_and_grad(w[one])
        np.testing.assert_allclose(loss[one], alone[0], rtol=1e-13)
        np.testing.assert_allclose(grad[one], alone[1], rtol=0, atol=1e-13)
    away = 1e-5 * np.eye(n)
    slopes = (SMALL.loss_and_grad(w[1] + away)[0] - SMALL.loss_and_grad(w[1] - away)[0]) / 2e-5
    np.testing.assert_allclose(grad[1], slopes, rtol=0, atol=1e-9)
    assert SMALL.loss_and_grad(w.astype(np.float32))[1].dtype == np.float32


def test_the_loss_of_the_tanh_network_is_half_the_mean_squared_distance_to_the_labels():
    w = np.random.default_rng(1).normal(0.0, 0.4, SMALL.initial(np.random.default_rng(0)).size)
    W1, b1, W2, b2 = w[:192].reshape(64, 3), w[192:195], w[195:204].reshape(3, 3), w[204:207]
    W3, b3 = w[207:237].reshape(3, 10), w[237:]
    z = np.tanh(np.tanh(digits().train_x[:10] @ W1 + b1) @ W2 + b2) @ W3 + b3
    labels = digits().train_y[:10]
    values = SMALL.evaluate(w)
    np.testing.assert_allclose(values["train_loss"], np.square(z - np.eye(10)[labels]).sum() / 20, rtol=1e-12)
    np.testing.assert_allclose(SMALL.loss_and_grad(w)[0], values["train_loss"], rtol=1e-13)
    assert values["train_error"] == np.mean(z.argmax(1) != labels)


@given(problem=instances(TanhDigits, examples=10), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=10)
def test_the_start_of_the_tanh_network_fits_its_shapes_and_its_scale(problem, seed):
    w = problem.initial(np.random.default_rng(seed))
    assert w.shape == (sum(int(np.prod(shape)) for shape in problem.shapes),) and len(problem.shapes) == 2 * problem.layers + 2
    first = w[: 64 * problem.hidden]
    # 5 standard errors
    assert abs(first.std() * 8 / problem.scale - 1) < 5 / np.sqrt(2 * first.size)
    assert not w[-10:].any()


def test_gradient_descent_settles_below_the_edge_and_rises_to_it():
    problem = TanhDigits()
    w = problem.initial(np.random.default_rng(0))
    before = sharpness(problem, w).value
    for _ in range(800):
        w = w - 2 / 6 * problem.loss_and_grad(w)[1]
    after = sharpness(problem, w, iterations=60).value
    assert before < 4.0 and 5.0 < after < 7.0
