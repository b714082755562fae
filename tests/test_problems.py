import pickle
from importlib import resources

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import instances

from lrlab import (
    NETWORKS,
    SURFACES,
    DigitsNetwork,
    DigitsSoftmax,
    Himmelblau,
    Kink,
    LeastSquares,
    Quadratic,
    Rastrigin,
    Rosenbrock,
    Traps,
    digits,
    join_weights,
    split_weights,
)

quick = settings(deadline=None, max_examples=25)
every_surface = pytest.mark.parametrize("name", SURFACES)
# the networks that learn labels from batches; the others are tested in test_problems_curvature.py
CLASSIFIERS = {name: cls for name, cls in NETWORKS.items() if hasattr(cls, "updates_per_epoch")}
every_network = pytest.mark.parametrize("name", CLASSIFIERS)
seeds = st.integers(0, 2**32 - 1)
SMALL = {"hidden": 3, "examples": 40, "batch": 6, "dim": 3}


def small(cls):
    """An instance with few weights and little data."""
    return cls(**{field: value for field, value in SMALL.items() if field in cls.__dataclass_fields__})


RANDOM = {**{name: small(cls) for name, cls in CLASSIFIERS.items()}, "LeastSquares": LeastSquares(40, 5, batch=6)}
RANDOM["wide LeastSquares"] = LeastSquares(examples=5, features=8, batch=3)
every_random = pytest.mark.parametrize("problem", RANDOM.values(), ids=RANDOM)


def slopes(loss, w, h):
    """Central differences of loss in every coordinate of w (..., n); the neighbours are leading axes."""
    away = h * np.eye(w.shape[-1])
    return (loss(w[..., None, :] + away) - loss(w[..., None, :] - away)) / (2 * h)


def points(surface, rng, shape):
    low, high = surface.window[0]
    return rng.uniform(low, high, (*shape, surface.minima.shape[-1]))


# ---- surfaces ----


@every_surface
@given(data=st.data(), seed=seeds)
@quick
def test_a_surface_gradient_is_the_slope_of_its_loss_with_replicas(name, data, seed):
    surface = data.draw(instances(SURFACES[name]))
    w = points(surface, np.random.default_rng(seed), (2, 3))
    if name == "Kink":
        w = np.where(np.abs(w) < 1e-3, 1.0, w)
    loss, grad = surface.loss_and_grad(w)
    assert loss.shape == (2, 3) and grad.shape == w.shape
    scale = np.abs(grad).max() + np.abs(loss).max()
    np.testing.assert_allclose(grad, slopes(surface.loss, w, 1e-5), rtol=0, atol=1e-6 * scale)
    for one in np.ndindex(2, 3):
        alone = surface.loss_and_grad(w[one])
        np.testing.assert_allclose(alone[0], loss[one], rtol=0, atol=1e-15 * scale)
        np.testing.assert_allclose(alone[1], grad[one], rtol=0, atol=1e-15 * scale)


@every_surface
@given(data=st.data())
@quick
def test_at_the_minima_the_gradient_is_zero_and_the_loss_is_lowest(name, data):
    surface = data.draw(instances(SURFACES[name]))
    loss, grad = surface.loss_and_grad(surface.minima)
    np.testing.assert_allclose(loss, surface.lowest, rtol=0, atol=1e-20)
    np.testing.assert_allclose(grad, 0.0, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(surface.evaluate(surface.minima)["distance"], 0.0)


@every_surface
@given(data=st.data(), seed=seeds)
@quick
def test_no_point_lies_below_the_lowest(name, data, seed):
    surface = data.draw(instances(SURFACES[name]))
    assert surface.loss(points(surface, np.random.default_rng(seed), (4000,))).min() >= surface.lowest


# where every minimum is unique up to a set of points, every one of them is listed
@pytest.mark.parametrize("surface", [Himmelblau(), Rosenbrock()], ids=repr)
def test_every_place_on_a_grid_with_a_loss_near_the_lowest_is_near_a_listed_minimum(surface):
    axis = np.linspace(-5, 5, 801)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1)
    values = surface.evaluate(grid)
    low = values["loss"] < surface.lowest + 0.01
    assert low.sum() >= 1
    assert values["distance"][low].max() < 0.25


@pytest.mark.parametrize("name", [name for name in SURFACES if name != "Kink"])
@given(data=st.data())
@quick
def test_curvature_is_the_largest_at_any_minimum_and_lr_limit_two_over_it(name, data):
    surface = data.draw(instances(SURFACES[name]))
    h = 1e-5
    away = h * np.eye(surface.minima.shape[-1])
    at = surface.minima[:, None, :]
    hessians = (surface.gradient(at + away) - surface.gradient(at - away)) / (2 * h)
    largest = np.linalg.eigvalsh((hessians + np.swapaxes(hessians, -1, -2)) / 2).max()
    np.testing.assert_allclose(surface.curvature, largest, rtol=1e-6)
    np.testing.assert_allclose(surface.lr_limit * surface.curvature, 2.0, rtol=1e-15)


def test_the_kink_has_no_rate_at_which_it_settles():
    kink = Kink()
    assert kink.lr_limit == 0.0
    w = np.array([2.05])
    for _ in range(100):
        w = w - 0.1 * kink.gradient(w)
    np.testing.assert_allclose(np.abs(w), 0.05, rtol=1e-10)


@pytest.mark.parametrize(
    "surface, point, loss",
    [
        (Quadratic(dim=3, condition=100, largest=10), [1.0, 2.0, 3.0], (0.1 * 1 + 1 * 4 + 10 * 9) / 2),
        (Rosenbrock(), [2.0, 3.0], 1 + 100),
        (Himmelblau(), [0.0, 0.0], 121 + 49),
        (Himmelblau(), [1.0, 2.0], 64 + 4),
        (Rastrigin(dim=3), [1.0, 2.0, 0.5], 1 + 4 + 0.25 + 20),
        (Kink(), [-2.5], 2.5),
        # between two traps, 0.5 from either: exp(-0.25 / 0.0128) of both
        (Traps(depth=0.2, width=0.08), [3.0], 0.9 - 0.4 * np.exp(-0.25 / 0.0128)),
        (Traps(depth=0.2, width=0.08), [2.5], 0.625 - 0.2),
    ],
    ids=repr,
)
def test_the_loss_is_the_one_worked_out_by_hand(surface, point, loss):
    np.testing.assert_allclose(surface.loss(point), loss, rtol=1e-13)


@every_surface
@given(data=st.data(), seed=seeds)
@quick
def test_distance_is_to_the_nearest_minimum(name, data, seed):
    surface = data.draw(instances(SURFACES[name]))
    w = points(surface, np.random.default_rng(seed), (3,))
    values = surface.evaluate(w)
    np.testing.assert_array_equal(values["loss"], surface.loss(w))
    for point, distance in zip(w, values["distance"]):
        nearest = min(np.linalg.norm(point - minimum) for minimum in surface.minima)
        np.testing.assert_allclose(distance, nearest, rtol=1e-14)


@every_surface
@given(data=st.data(), seed=seeds)
@quick
def test_a_start_has_one_number_for_each_weight_and_lies_in_the_window(name, data, seed):
    surface = data.draw(instances(SURFACES[name]))
    w = surface.initial(np.random.default_rng(seed))
    low, high = surface.window[0]
    assert w.shape == (surface.minima.shape[-1],) == surface.shapes[0] and w.dtype == np.float64
    assert low <= w[0] <= high
    np.testing.assert_array_equal(w, surface.initial(np.random.default_rng(seed)))


@every_surface
def test_noise_is_added_to_the_gradient_alone_with_the_declared_deviation(name):
    surface = SURFACES[name](noise=0.5)
    drawn = surface.batches(np.random.default_rng(0), 20_000)
    assert drawn.shape == (20_000, surface.minima.shape[-1])
    noisy = drawn
    if name == "RiverValley":
        # the noise acts across the river, not along it
        assert not drawn[:, 0].any()
        noisy = drawn[:, 1]
    # 6 standard errors
    assert abs(noisy.mean()) < 6 * 0.5 / np.sqrt(noisy.size)
    assert abs(noisy.std() - 0.5) < 6 * 0.5 / np.sqrt(2 * noisy.size)
    w = np.broadcast_to(surface.initial(np.random.default_rng(1)), (7, drawn.shape[1]))
    loss, grad = surface.loss_and_grad(w, drawn[:7])
    np.testing.assert_array_equal(loss, surface.loss(w))
    np.testing.assert_array_equal(grad, surface.gradient(w) + drawn[:7])
    assert list(SURFACES[name](noise=0.0).batches(np.random.default_rng(0), 3)) == [None] * 3


@given(bowl=instances(Quadratic))
@quick
def test_curvatures_of_a_quadratic_run_evenly_in_the_logarithm_up_to_the_largest(bowl):
    assert bowl.h.shape == (bowl.dim,) and bowl.h[-1] == bowl.largest
    if bowl.dim > 1:
        np.testing.assert_allclose(bowl.h[0], bowl.largest / bowl.condition, rtol=1e-13)
        np.testing.assert_allclose(np.diff(np.log(bowl.h)), np.log(bowl.condition) / (bowl.dim - 1), rtol=0, atol=1e-12)


def descend(surface, w, lr, steps):
    path = [np.array(w)]
    for _ in range(steps):
        path.append(path[-1] - lr * surface.gradient(path[-1]))
    return np.array(path)


@pytest.mark.parametrize("share, ends", [(0.999, "converges"), (1.001, "grows")])
@pytest.mark.parametrize("dim, condition, largest", [(1, 1.0, 3.0), (2, 10.0, 1.0), (5, 1000.0, 50.0)])
def test_descent_multiplies_each_weight_by_1_minus_lr_h_and_turns_at_lr_limit(share, ends, dim, condition, largest):
    bowl = Quadratic(dim=dim, condition=condition, largest=largest)
    lr, steps = share * bowl.lr_limit, 3000
    path = descend(bowl, bowl.start, lr, steps)
    factors = 1 - lr * bowl.h
    np.testing.assert_allclose(path, factors ** np.arange(steps + 1)[:, None], rtol=1e-10, atol=1e-300)
    # the steepest weight decides: |1 - 2 share| per update
    np.testing.assert_allclose(factors[-1], 1 - 2 * share, rtol=1e-13)
    steepest = np.abs(path[:, -1])
    assert np.all(np.diff(steepest) < 0) if ends == "converges" else np.all(np.diff(steepest) > 0)
    assert steepest[-1] < 0.003 if ends == "converges" else steepest[-1] > 300


@pytest.mark.parametrize("dim, condition, largest", [(1, 10.0, 3.0), (2, 10.0, 1.0), (5, 40.0, 50.0)])
def test_lr_best_is_the_best_fixed_rate_on_a_grid(dim, condition, largest):
    bowl = Quadratic(dim=dim, condition=condition, largest=largest)
    shares = np.array([0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 1.0, 1.01, 1.05, 1.1])
    distances = [np.abs(descend(bowl, bowl.start, share * bowl.lr_best, 100)[-1]).max() for share in shares]
    assert shares[np.argmin(distances)] == 1.0


@pytest.mark.parametrize("depth, width", [(0.2, 0.08), (0.1, 0.04)])
def test_a_trap_holds_below_trap_limit_and_lets_go_above(depth, width):
    traps = Traps(depth=depth, width=width)
    # the bottom of the trap at 1.5, where the bowl's slope shifts it
    bottom = descend(traps, [1.5], 0.2 * traps.trap_limit, 2000)[-1]
    assert abs(traps.gradient(bottom)[0]) < 1e-10 and abs(bottom[0] - 1.5) < width
    nudged = bottom + 1e-6
    assert abs(descend(traps, nudged, 0.9 * traps.trap_limit, 500)[-1] - bottom)[0] < 1e-9
    assert abs(descend(traps, nudged, 1.3 * traps.trap_limit, 500)[-1] - bottom)[0] > 1e-3
    np.testing.assert_array_equal(traps.found([[0.0], [0.89], [-0.89], [0.91], [1.5], [-4.5]]), [1, 1, 1, 0, 0, 0])


# ---- data and networks ----


def test_the_digits_are_the_published_ones():
    split = digits()
    assert [part.shape for part in split] == [(1437, 64), (1437,), (360, 64), (360,)]
    with resources.files("lrlab").joinpath("data/digits.npz").open("rb") as file, np.load(file) as stored:
        grey, labels = stored["x"], stored["y"]
    # the numbers of UCI's test part, optdigits.tes
    assert grey.shape == (1797, 64) and grey.min() == 0 and grey.max() == 16 and grey.sum(dtype=int) == 561718
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    both = np.concatenate([split.test_y, split.train_y])
    assert np.bincount(both).tolist() == np.bincount(labels).tolist()
    assert len(np.unique(grey, axis=0)) == 1797


def test_the_images_are_grey_values_over_16_less_the_mean_training_image():
    split = digits()
    np.testing.assert_allclose(split.train_x.mean(axis=0), 0.0, rtol=0, atol=1e-14)
    assert np.abs(split.test_x.mean(axis=0)).max() > 1e-3
    # every pixel sits a whole number of sixteenths above the darkest training value
    above = 16 * (np.concatenate([split.train_x, split.test_x]) - split.train_x.min(axis=0))
    np.testing.assert_allclose(above, np.round(above), rtol=0, atol=1e-12)
    assert np.round(above).max() == 16


def test_the_digits_cannot_be_written_to():
    for part in digits():
        with pytest.raises(ValueError, match="read-only"):
            part[0] = 0
    assert digits() is digits()


def test_the_licence_of_the_digits_is_shipped():
    text = resources.files("lrlab").joinpath("data/DIGITS.md").read_text(encoding="utf-8")
    assert "10.24432/C50P49" in text and "CC BY 4.0" in text
    assert "creativecommons.org/licenses/by/4.0" in text and "Alpaydin" in text and "Kaynak" in text


@every_random
@pytest.mark.parametrize("full", [False, True], ids=["batch", "all"])
def test_a_gradient_is_the_slope_of_the_loss_on_the_same_batch_with_replicas(problem, full):
    rng = np.random.default_rng(1)
    n = problem.initial(rng).size
    w = rng.normal(0.0, 0.3, (2, n))
    # one batch for each replica, as in a sweep over seeds
    batch = None if full else np.stack([problem.batches(np.random.default_rng(seed), 1)[0] for seed in (1, 2)])
    loss, grad = problem.loss_and_grad(w, batch)
    assert loss.shape == (2,) and grad.shape == (2, n)
    for one in range(2):
        rows = None if full else batch[one]
        expected = slopes(lambda near: problem.loss_and_grad(near, rows)[0], w[one], 1e-5)
        np.testing.assert_allclose(grad[one], expected, rtol=0, atol=1e-8 * max(1.0, np.abs(grad).max()))
        alone = problem.loss_and_grad(w[one], rows)
        np.testing.assert_allclose(loss[one], alone[0], rtol=1e-13)
        np.testing.assert_allclose(grad[one], alone[1], rtol=0, atol=1e-13)
    if not full:
        assert np.abs(batch[0] - batch[1]).max() > 0


@every_random
def test_one_batch_serves_many_replicas(problem):
    rng = np.random.default_rng(3)
    n, batch = problem.initial(rng).size, problem.batches(rng, 1)[0]
    w = rng.normal(0.0, 0.3, (2, 3, n))
    loss, grad = problem.loss_and_grad(w, batch)
    for one in np.ndindex(2, 3):
        alone = problem.loss_and_grad(w[one], batch)
        np.testing.assert_allclose(loss[one], alone[0], rtol=1e-13)
        np.testing.assert_allclose(grad[one], alone[1], rtol=0, atol=1e-13)


@every_network
def test_the_loss_of_a_network_is_the_mean_cross_entropy_and_its_error_the_share_of_wrong_images(name):
    problem = small(NETWORKS[name])
    w = np.random.default_rng(0).normal(0.0, 0.5, sum(int(np.prod(shape)) for shape in problem.shapes))
    parts = split_weights(w, problem.shapes)
    values = problem.evaluate(w)
    sets = {"train": (digits().train_x[:40], digits().train_y[:40]), "test": (digits().test_x, digits().test_y)}
    for part, (x, y) in sets.items():
        losses, wrong = [], 0
        for image, label in zip(x, y):
            a = image
            for weights, bias in zip(parts[:-2:2], parts[1:-2:2]):
                a = np.maximum(a @ weights + bias, 0.0)
            z = a @ parts[-2] + parts[-1]
            p = np.exp(z) / np.exp(z).sum()
            losses.append(-np.log(p[label]))
            wrong += p.argmax() != label
        np.testing.assert_allclose(values[f"{part}_loss"], np.mean(losses), rtol=1e-12)
        assert values[f"{part}_error"] == wrong / len(y)
    np.testing.assert_allclose(problem.loss_and_grad(w)[0], values["train_loss"], rtol=1e-13)
    assert set(values) == {"train_loss", "train_error", "test_loss", "test_error"}


@every_network
def test_logits_of_any_size_give_a_finite_loss(name):
    problem = small(NETWORKS[name])
    w = 1e4 * np.random.default_rng(0).normal(size=sum(int(np.prod(shape)) for shape in problem.shapes))
    loss, grad = problem.loss_and_grad(w)
    assert np.isfinite(loss) and loss > 1e3 and np.all(np.isfinite(grad))


@every_network
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(seed=seeds, many=st.integers(1, 40), batch=st.integers(1, 70))
@quick
def test_numbers_of_a_replica_do_not_depend_on_how_many_are_beside_it(name, dtype, seed, many, batch):
    problem = NETWORKS[name](batch=batch, examples=71)
    rng = np.random.default_rng(seed)
    w = rng.normal(0.0, 0.3, (many, problem.initial(rng).size)).astype(dtype)
    rows = problem.batches(rng, 1)[0]
    loss, grad = problem.loss_and_grad(w, rows)
    values = problem.evaluate(w)
    one = int(rng.integers(many))
    for few in (slice(one, one + 1), slice(0, one + 1), one):
        again = problem.loss_and_grad(w[few], rows)
        np.testing.assert_array_equal(again[0], loss[few])
        np.testing.assert_array_equal(again[1], grad[few])
        for metric, value in problem.evaluate(w[few]).items():
            np.testing.assert_array_equal(value, values[metric][few])


@every_network
@pytest.mark.parametrize("lead", [(), (4,), (2, 3)])
def test_a_network_computes_in_the_precision_of_its_weights(name, lead):
    problem = small(NETWORKS[name])
    rng = np.random.default_rng(2)
    w = rng.normal(0.0, 0.3, (*lead, problem.initial(rng).size)).astype(np.float32)
    rows = problem.batches(rng, 1)[0]
    loss, grad = problem.loss_and_grad(w, rows)
    exact_loss, exact_grad = problem.loss_and_grad(w.astype(np.float64), rows)
    assert loss.dtype == grad.dtype == np.float32 and exact_loss.dtype == exact_grad.dtype == np.float64
    np.testing.assert_allclose(loss, exact_loss, rtol=1e-5)
    np.testing.assert_allclose(grad, exact_grad, rtol=0, atol=1e-5 * np.abs(exact_grad).max())
    values, exact = problem.evaluate(w), problem.evaluate(w.astype(np.float64))
    for part in ("train", "test"):
        assert values[f"{part}_loss"].dtype == np.float32
        np.testing.assert_allclose(values[f"{part}_loss"], exact[f"{part}_loss"], rtol=1e-5)
        np.testing.assert_array_equal(values[f"{part}_error"], exact[f"{part}_error"])


@every_network
def test_whole_numbers_are_weights_too(name):
    problem = small(NETWORKS[name])
    w = np.random.default_rng(0).integers(-2, 3, problem.initial(np.random.default_rng(0)).size)
    for ours, floats in zip(problem.loss_and_grad(w), problem.loss_and_grad(w.astype(np.float64))):
        np.testing.assert_array_equal(ours, floats)


@every_network
def test_a_gradient_is_a_new_array_and_the_weights_stay(name):
    problem = small(NETWORKS[name])
    rng = np.random.default_rng(4)
    # every other row and column of a larger array, which may not be written to
    wide = rng.normal(0.0, 0.3, (6, 2 * problem.initial(rng).size))
    wide.flags.writeable = False
    w, rows = wide[::2, ::2], problem.batches(rng, 1)[0]
    grad = problem.loss_and_grad(w, rows)[1]
    kept = grad.copy()
    again = problem.loss_and_grad(2 * w, rows)[1]
    assert not np.shares_memory(grad, again) and np.any(again != grad)
    np.testing.assert_array_equal(grad, kept)
    # another order of memory may be another product, rounded otherwise
    np.testing.assert_allclose(grad, problem.loss_and_grad(w.copy(), rows)[1], rtol=1e-12, atol=1e-15)


@every_network
def test_a_network_is_sent_to_another_process_without_its_data(name):
    problem = NETWORKS[name](label_noise=0.2)
    w = np.random.default_rng(0).normal(size=problem.initial(np.random.default_rng(0)).size)
    loss = problem.loss_and_grad(w)[0]
    sent = pickle.dumps(problem)
    assert len(sent) < 1000
    received = pickle.loads(sent)
    assert received == problem and received.loss_and_grad(w)[0] == loss


@every_network
@given(examples=st.integers(10, 1437), batch=st.integers(1, 1437), seed=seeds, steps=st.integers(1, 60))
@quick
def test_every_epoch_visits_distinct_rows_in_an_order_drawn_from_rng(name, examples, batch, seed, steps):
    problem = NETWORKS[name](examples=examples, batch=batch)
    drawn = problem.batches(np.random.default_rng(seed), steps)
    assert len(drawn) == steps
    if batch >= examples:
        assert list(drawn) == [None] * steps
        return
    assert drawn.shape == (steps, batch) and drawn.min() >= 0 and drawn.max() < examples
    assert problem.updates_per_epoch == examples // batch
    for begin in range(0, steps, examples // batch):
        rows = drawn[begin : begin + examples // batch].ravel()
        assert len(np.unique(rows)) == len(rows)
    np.testing.assert_array_equal(drawn, problem.batches(np.random.default_rng(seed), steps))


def test_two_epochs_and_two_seeds_have_different_orders():
    problem = DigitsSoftmax(examples=100, batch=10)
    first = problem.batches(np.random.default_rng(0), 20)
    assert np.any(first[:10] != first[10:])
    assert np.any(first != problem.batches(np.random.default_rng(1), 20))
    assert sorted(first[:10].ravel()) == sorted(first[10:].ravel()) == list(range(100))


@pytest.mark.parametrize("problem", [*RANDOM.values(), Quadratic(noise=1.0)], ids=[*RANDOM, "Quadratic"])
@given(seed=seeds, few=st.integers(1, 10), more=st.integers(0, 30))
@quick
def test_a_longer_run_begins_with_the_batches_of_the_shorter(problem, seed, few, more):
    short = problem.batches(np.random.default_rng(seed), few)
    long = problem.batches(np.random.default_rng(seed), few + more)
    assert len(short) == few and len(long) == few + more
    np.testing.assert_array_equal(long[:few], short)


@every_network
def test_label_noise_replaces_its_share_of_the_training_labels_by_random_ones(name):
    clean = digits()
    for share in (0.0, 0.3, 1.0):
        problem = NETWORKS[name](label_noise=share)
        changed = np.mean(problem.data.train_y != clean.train_y)
        # a random label is the old one once in ten; 5 standard errors
        assert abs(changed - 0.9 * share) <= 5 * np.sqrt(0.9 * share * (1 - 0.9 * share) / 1437)
        assert set(np.unique(problem.data.train_y)) == set(range(10))
        np.testing.assert_array_equal(problem.data.test_y, clean.test_y)
        np.testing.assert_array_equal(problem.data.train_y, NETWORKS[name](label_noise=share).data.train_y)


@every_network
def test_examples_takes_the_first_rows_and_leaves_the_test_set(name):
    data = NETWORKS[name](examples=25).data
    np.testing.assert_array_equal(data.train_x, digits().train_x[:25])
    np.testing.assert_array_equal(data.train_y, digits().train_y[:25])
    assert data.test_x.shape == (360, 64)


@every_network
def test_a_start_has_the_size_of_the_shapes_and_comes_from_rng(name):
    problem = small(NETWORKS[name])
    w = problem.initial(np.random.default_rng(5))
    assert w.shape == (sum(int(np.prod(shape)) for shape in problem.shapes),) and w.dtype == np.float64
    np.testing.assert_array_equal(w, problem.initial(np.random.default_rng(5)))


def test_the_network_starts_with_weights_of_variance_2_over_inputs_and_no_biases():
    problem = DigitsNetwork(hidden=128)
    V, b, W, c = split_weights(problem.initial(np.random.default_rng(0)), problem.shapes)
    for weights in (V, W):
        # 5 standard errors of the standard deviation
        assert abs(weights.std() / np.sqrt(2.0 / weights.shape[0]) - 1.0) < 5 / np.sqrt(2 * weights.size)
        assert abs(weights.mean()) < 5 * np.sqrt(2.0 / weights.shape[0] / weights.size)
    assert not b.any() and not c.any()


@given(
    shapes=st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple), min_size=1, max_size=4),
    lead=st.sampled_from([(), (3,), (2, 3)]),
    seed=seeds,
)
@quick
def test_split_gives_views_of_the_shapes_in_order_and_join_undoes_it(shapes, lead, seed):
    n = sum(int(np.prod(shape)) for shape in shapes)
    w = np.random.default_rng(seed).normal(size=(*lead, n))
    parts = split_weights(w, shapes)
    assert [part.shape for part in parts] == [(*lead, *shape) for shape in shapes]
    assert all(np.shares_memory(part, w) for part in parts)
    np.testing.assert_array_equal(join_weights(parts, shapes), w)
    assert not np.shares_memory(join_weights(parts, shapes), w)
    for part, again in zip(parts, split_weights(join_weights(parts, shapes), shapes), strict=True):
        np.testing.assert_array_equal(part, again)
    np.testing.assert_array_equal(parts[0].reshape(*lead, -1), w[..., : int(np.prod(shapes[0]))])


def test_join_repeats_a_part_without_replicas_for_every_replica():
    shapes = ((2, 2), (2,))
    joined = join_weights([np.zeros((3, 2, 2)), np.array([1.0, 2.0])], shapes)
    np.testing.assert_array_equal(joined, [[0, 0, 0, 0, 1, 2]] * 3)


# ---- least squares ----


@given(problem=instances(LeastSquares, examples=30), seed=seeds)
@quick
def test_excess_is_the_loss_above_the_smallest_loss_there_is(problem, seed):
    w = np.random.default_rng(seed).normal(size=(2, problem.features))
    lowest, slope = problem.loss_and_grad(problem.w_best)
    loss = problem.loss_and_grad(w)[0]
    np.testing.assert_allclose(problem.evaluate(w)["excess"], loss - lowest, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(slope, 0.0, rtol=0, atol=1e-11)
    np.testing.assert_array_equal(problem.evaluate(problem.w_best)["excess"], 0.0)
    if problem.features >= 30:
        assert lowest < 1e-15


def test_the_targets_are_a_linear_function_of_the_inputs_plus_noise_of_the_declared_deviation():
    x, y = LeastSquares(examples=4000, features=20, noise=0.5).data
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    # 5 standard errors
    assert abs(np.sqrt((residual**2).sum() / (4000 - 20)) / 0.5 - 1) < 5 / np.sqrt(2 * 4000)
    clean_x, clean_y = LeastSquares(examples=4000, features=20, noise=0.0).data
    np.testing.assert_array_equal(clean_x, x)
    w_true = np.linalg.lstsq(clean_x, clean_y, rcond=None)[0]
    np.testing.assert_allclose(clean_x @ w_true, clean_y, rtol=0, atol=1e-12)
    assert abs((w_true**2).sum() - 1) < 5 * np.sqrt(2 / 20)


def test_the_data_seed_alone_decides_the_data():
    def data(seed):
        return LeastSquares(examples=20, features=3, data_seed=seed).data

    np.testing.assert_array_equal(data(0)[1], data(0)[1])
    assert np.all(data(0)[1] != data(1)[1])


def test_batches_of_least_squares_are_rows_of_the_data_drawn_with_replacement():
    drawn = LeastSquares(examples=10, features=2, batch=5).batches(np.random.default_rng(0), 2000)
    assert drawn.shape == (2000, 5)
    counts = np.bincount(drawn.ravel(), minlength=10)
    assert len(counts) == 10
    # 5 standard errors of a count of 10000 draws at 1/10
    assert np.abs(counts - 1000).max() < 5 * np.sqrt(10_000 * 0.1 * 0.9)
    assert any(len(set(row)) < 5 for row in drawn.tolist())
