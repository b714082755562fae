import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import instances

from lrlab import (
    SGD,
    STREAMS,
    Adam,
    Constant,
    DriftingTarget,
    MarkovText,
    RareFeature,
    Reddi,
    SparseLogistic,
    TeacherStudent,
    ZipfBigram,
    train,
)

quick = settings(deadline=None, max_examples=25)
SMALL = {
    "TeacherStudent": [TeacherStudent(hidden=3, batch=5, teacher=1)],
    "SparseLogistic": [SparseLogistic(dim=12, batch=4)],
    "RareFeature": [RareFeature(rarity=2, noise=0.4)],
    "DriftingTarget": [DriftingTarget(dim=3, every=2, noise=0.0)],
    "Reddi": [Reddi(C=3), Reddi(C=4, period=3, random=True)],
    "ZipfBigram": [ZipfBigram(tokens=4), ZipfBigram(tokens=4, batch=6)],
    "MarkovText": [
        MarkovText(norm=norm, layers=2, width=6, heads=heads, context=4, batch=3, symbols=5)
        for norm, heads in (("post", 1), ("post", 2), ("pre", 2))
    ],
}
EVERY = [pytest.param(problem, id=repr(problem)) for name in STREAMS for problem in SMALL[name]]
every_stream = pytest.mark.parametrize("problem", EVERY)


def batches(problem, seed, steps):
    return problem.batches(np.random.default_rng(seed), steps)


def stacked(problem, seeds, steps=3):
    """The last of a few batches, for several seeds side by side, as train hands them out."""
    rows = [batches(problem, seed, steps)[-1] for seed in seeds]
    return None if rows[0] is None else np.stack(rows)


@every_stream
def test_a_gradient_is_the_slope_of_the_loss_and_replicas_are_single_runs(problem):
    n = problem.initial(np.random.default_rng(0)).size
    w = np.random.default_rng(1).normal(0.0, 0.4, (2, 2, n))
    batch = stacked(problem, (1, 2))
    loss, grad = problem.loss_and_grad(w, batch)
    assert loss.shape == (2, 2) and grad.shape == w.shape and grad.dtype == np.float64
    for one in np.ndindex(2, 2):
        own = None if batch is None else batch[one[1]]
        alone = problem.loss_and_grad(w[one], own)
        np.testing.assert_allclose(loss[one], alone[0], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(grad[one], alone[1], rtol=0, atol=1e-12)
    own = None if batch is None else batch[1]
    slopes = [
        (problem.loss_and_grad(w[0, 1] + h, own)[0] - problem.loss_and_grad(w[0, 1] - h, own)[0]) / 2e-5
        for h in 1e-5 * np.eye(n)
    ]
    np.testing.assert_allclose(grad[0, 1], slopes, rtol=0, atol=2e-8 * max(1.0, np.abs(grad).max()))
    values = problem.evaluate(w)
    for name, value in values.items():
        assert value.shape == (2, 2)
        np.testing.assert_allclose(value[1, 0], problem.evaluate(w[1, 0])[name], rtol=1e-10, atol=1e-12)


@every_stream
def test_weights_of_float32_have_gradients_of_float32(problem):
    w = problem.initial(np.random.default_rng(0)).astype(np.float32) + np.float32(0.1)
    batch = batches(problem, 3, 1)[0]
    loss, grad = problem.loss_and_grad(w, batch)
    exact = problem.loss_and_grad(w.astype(np.float64), batch)
    assert grad.dtype == np.float32
    np.testing.assert_allclose(loss, exact[0], rtol=1e-5)
    np.testing.assert_allclose(grad, exact[1], rtol=0, atol=1e-5 * np.abs(exact[1]).max())


@every_stream
def test_a_start_has_the_size_of_the_shapes_and_comes_from_rng(problem):
    w = problem.initial(np.random.default_rng(5))
    assert w.shape == (sum(math.prod(shape) for shape in problem.shapes),)
    np.testing.assert_array_equal(w, problem.initial(np.random.default_rng(5)))


@every_stream
@given(seed=st.integers(0, 2**32 - 1), few=st.integers(1, 8), more=st.integers(0, 20))
@quick
def test_batches_come_from_the_seed_and_a_longer_run_begins_as_the_shorter(problem, seed, few, more):
    short, long = batches(problem, seed, few), batches(problem, seed, few + more)
    assert len(short) == few and len(long) == few + more
    np.testing.assert_array_equal(long[:few], short)


@pytest.mark.parametrize("name", [name for name in STREAMS if name != "Reddi"])
def test_two_seeds_and_two_updates_have_different_batches(name):
    problem = STREAMS[name](batch=5) if name == "ZipfBigram" else STREAMS[name]()
    first, other = batches(problem, 0, 2), batches(problem, 1, 2)
    assert np.any(first[0] != other[0]) and np.any(first[0] != first[1])


@every_stream
def test_a_seed_runs_the_same_alone_and_among_others(problem):
    together = train(problem, SGD(), Constant(lr=0.05), 5, seed=[3, 8])
    alone = train(problem, SGD(), Constant(lr=0.05), 5, seed=8)
    np.testing.assert_allclose(together.loss[1], alone.loss, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(together.w[1], alone.w, rtol=0, atol=1e-6)


# ---- teacher and student ----


def test_the_excess_is_the_mean_divergence_from_teacher_to_student():
    problem = TeacherStudent(hidden=5)
    w = np.random.default_rng(0).normal(size=problem.initial(np.random.default_rng(0)).size)
    V, b, W, c = w[:80].reshape(16, 5), w[80:85], w[85:105].reshape(5, 4), w[105:]
    x = np.random.default_rng([0, 1]).standard_normal((4096, 16))
    q = np.exp(np.maximum(x @ V + b, 0) @ W + c)
    q /= q.sum(1, keepdims=True)
    p = np.exp(problem.log_teacher(x))
    np.testing.assert_allclose(p.sum(1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(problem.evaluate(w)["excess"], (p * np.log(p / q)).sum(1).mean(), rtol=1e-5)
    np.testing.assert_allclose(problem.floor, -(p * np.log(p)).sum(1).mean(), rtol=1e-12)


def test_the_inputs_are_normal_and_the_labels_are_drawn_from_the_teacher():
    problem = TeacherStudent(batch=100)
    rows = batches(problem, 0, 400).reshape(-1, 21)
    x, ones, label = rows[:, :16], rows[:, 16], rows[:, 17:]
    np.testing.assert_array_equal(ones, 1.0)
    np.testing.assert_array_equal(np.sort(label, axis=1), np.broadcast_to([0, 0, 0, 1], label.shape))
    # 5 standard errors
    assert np.abs(x.mean(0)).max() < 5 / np.sqrt(len(x)) and np.abs(x.std(0) - 1).max() < 5 / np.sqrt(2 * len(x))
    p = np.exp(problem.log_teacher(x))
    error = np.sqrt((p * (1 - p)).sum(0))
    assert np.all(np.abs((label - p).sum(0)) < 5 * error)
    # and not only on average: where the teacher is sure of a class, it comes
    sure = p > 0.9
    assert abs((label - p)[sure].sum()) < 5 * np.sqrt((p * (1 - p))[sure].sum())


def test_the_students_loss_on_a_large_batch_is_its_excess_above_the_teachers_entropy():
    problem = TeacherStudent(batch=40_000)
    w = problem.initial(np.random.default_rng(0))
    loss = problem.loss_and_grad(w, batches(problem, 7, 1)[0])[0]
    np.testing.assert_allclose(loss, problem.floor + problem.evaluate(w)["excess"], rtol=0.05)


def test_another_teacher_is_another_problem():
    assert TeacherStudent(teacher=0).floor != TeacherStudent(teacher=1).floor


# ---- sparse features ----


def test_the_labels_are_those_of_the_true_weights_and_the_features_as_frequent_as_said():
    problem = SparseLogistic(dim=20, exponent=1.0, batch=50)
    assert problem.evaluate(problem.w_true)["test_error"] == 0.0
    np.testing.assert_allclose(problem.frequency[0] / problem.frequency[[1, 4, 9]], [2, 5, 10], rtol=1e-12)
    counts = np.bincount(batches(problem, 0, 400).ravel(), minlength=20)
    expected = counts.sum() * problem.frequency
    assert np.all(np.abs(counts - expected) < 5 * np.sqrt(expected))
    np.testing.assert_allclose(SparseLogistic(exponent=0).frequency, 1 / 200, rtol=1e-12)


def test_the_loss_of_one_sparse_example_is_the_one_worked_out_by_hand():
    problem = SparseLogistic(dim=6, batch=1)
    features = np.array([[0, 2, 2, 5, 5]])
    y = 1.0 if problem.w_true[[0, 2, 5]].sum() > 0 else -1.0
    w = np.array([0.1, 9.0, -0.2, 9.0, 9.0, 0.4])
    loss, grad = problem.loss_and_grad(w, features)
    np.testing.assert_allclose(loss, np.log(1 + np.exp(-y * 0.3)), rtol=1e-13)
    np.testing.assert_allclose(grad, -y / (1 + np.exp(y * 0.3)) * np.array([1, 0, 1, 0, 0, 1]), rtol=1e-13)
    assert problem.loss_and_grad(1e6 * w, features)[0] < np.inf


def test_the_rare_feature_comes_once_in_rarity_updates():
    present = batches(RareFeature(rarity=50), 0, 50_000)[:, 0]
    assert present[:, 0].all() and set(np.unique(present[:, 1])) == {0.0, 1.0}
    assert abs(present[:, 1].sum() - 1000) < 5 * np.sqrt(1000)
    w = np.array([0.2, 0.4])
    np.testing.assert_allclose(RareFeature(rarity=4).evaluate(w)["excess"], 0.64 / 2 + 0.36 / 8, rtol=1e-14)


# ---- a target that jumps, and the case against Adam ----


def test_the_target_jumps_every_so_many_updates_and_segments_are_means_between_jumps():
    problem = DriftingTarget(dim=2, every=3, noise=0.5, spread=4.0)
    drawn = batches(problem, 0, 3000)
    target, noise = drawn[:, 0], drawn[:, 1]
    jumps = np.flatnonzero(np.any(np.diff(target, axis=0) != 0, axis=1)) + 1
    np.testing.assert_array_equal(jumps, np.arange(3, 3000, 3))
    assert np.abs(target).max() < 4.0 and abs(noise.std() - 0.5) < 5 * 0.5 / np.sqrt(2 * noise.size)
    np.testing.assert_array_equal(problem.segments(np.arange(16.0).reshape(2, 8)), [[1, 4], [9, 12]])


def projected(problem, optimizer, steps):
    """The loop of the paper: project after every update."""
    w = np.zeros(1)
    state = optimizer.init(w)
    for t, batch in enumerate(batches(problem, 0, steps)):
        w, state = optimizer.step(w, problem.loss_and_grad(w, batch)[1], state, 0.5 / np.sqrt(t + 1))
        w = problem.project(w)
    return w[0]


@pytest.mark.parametrize(
    "C, beta2, side", [(3, 0.1, 1), (3, 0.3, 1), (3, 0.6, -1), (3, 0.999, -1), (10, 0.01, 1), (10, 0.2, -1)]
)
def test_adam_that_forgets_goes_to_the_worst_point_with_and_without_projection(C, beta2, side):
    problem, optimizer = Reddi(C=C), Adam(beta1=0.0, beta2=beta2)
    run = train(problem, optimizer, lambda t: 0.5 / np.sqrt(t + 1.0), 3000)
    assert run.final("x") == side
    assert abs(projected(problem, optimizer, 3000) - side) < 0.05
    np.testing.assert_allclose(run.final("regret"), problem.slope * (1 + side), rtol=1e-12)
    assert projected(problem, SGD(), 3000) < -0.95


def test_the_best_point_of_reddi_is_minus_one():
    for problem in (Reddi(C=3), Reddi(C=101, period=101), Reddi(C=5, random=True)):
        drawn = batches(problem, 0, 101 * 300)
        # 5 standard errors where the moments are drawn
        error = 5 * drawn.std() / np.sqrt(drawn.size) if problem.random else 1e-12
        assert abs(drawn.mean() - problem.slope) <= error and problem.slope > 0
        assert problem.evaluate(np.array([-2.0])) == {"x": -1.0, "regret": 0.0}
    with pytest.raises(ValueError, match=r"Reddi: C must be above period - 1 = 4, got 3.0\."):
        Reddi(C=3, period=5)


# ---- texts ----


@given(problem=instances(ZipfBigram, tokens=7, batch=0))
@quick
def test_the_floor_of_the_bigrams_is_the_loss_of_the_true_table_and_none_is_lower(problem):
    best = np.log(problem.following).ravel()
    loss, grad = problem.loss_and_grad(best)
    np.testing.assert_allclose(loss, problem.floor, rtol=1e-12)
    np.testing.assert_allclose(grad, 0.0, rtol=0, atol=1e-14)
    w = np.random.default_rng(0).normal(size=(50, 49))
    np.testing.assert_allclose(problem.evaluate(w)["excess"], problem.loss_and_grad(w)[0] - problem.floor, rtol=1e-9)
    assert problem.evaluate(w)["excess"].min() > 0
    np.testing.assert_allclose(problem.frequency[0] / problem.frequency, np.arange(1, 8) ** problem.exponent, rtol=1e-12)
    np.testing.assert_allclose(problem.following.sum(axis=1), 1.0, rtol=1e-12)


def test_rare_and_frequent_look_at_their_own_rows():
    problem = ZipfBigram(tokens=20)
    best = np.tile(np.log(problem.following), (20, 1, 1))
    best[np.arange(20), np.arange(20)] = 0.0  # one row forgotten in each replica
    values = problem.evaluate(best.reshape(20, -1))
    np.testing.assert_array_equal(values["frequent"] > 1e-9, np.arange(20) < 2)
    np.testing.assert_array_equal(values["rare"] > 1e-9, np.arange(20) >= 10)


def test_drawn_pairs_have_the_exact_gradient_as_their_mean():
    exact, drawn = ZipfBigram(tokens=5), ZipfBigram(tokens=5, batch=200_000)
    w = np.random.default_rng(0).normal(size=25)
    batch = batches(drawn, 0, 1)[0]
    assert batch.min() >= 0 and batch.max() < 25
    # a share of pairs has deviation at most 0.5 / sqrt(draws)
    gap = drawn.loss_and_grad(w, batch)[1] - exact.loss_and_grad(w)[1]
    assert np.abs(gap).max() < 5 * 2 * 0.5 / np.sqrt(200_000)


def test_the_floors_of_the_text_are_its_entropies():
    text = MarkovText(symbols=4, context=6)
    joint = text.pairs[:, :, None] * text.following
    np.testing.assert_allclose(joint.sum(), 1.0, rtol=1e-13)
    np.testing.assert_allclose(joint.sum(axis=0), text.pairs, rtol=0, atol=1e-14)

    def entropy(p):
        return -(p * np.log(p)).sum()

    # H(c | a, b) = H(a, b, c) - H(a, b) and H(b | a) = H(a, b) - H(a)
    np.testing.assert_allclose(text.order2, entropy(joint) - entropy(text.pairs), rtol=1e-12)
    np.testing.assert_allclose(text.bigram, entropy(text.pairs) - entropy(text.pairs.sum(axis=1)), rtol=1e-12)
    np.testing.assert_allclose(text.unigram, entropy(text.pairs.sum(axis=1)), rtol=1e-12)
    assert text.order2 < text.bigram < text.unigram < np.log(4)


def test_a_text_is_drawn_from_its_source():
    text = MarkovText(symbols=3, context=5)
    drawn = text.sample(np.random.default_rng(0), 20_000)
    assert drawn.shape == (20_000, 6) and drawn.min() == 0 and drawn.max() == 2
    joint = text.pairs[:, :, None] * text.following
    for begin in range(4):
        a, b, c = drawn[:, begin : begin + 3].T
        counts = np.bincount(9 * a + 3 * b + c, minlength=27)
        expected = 20_000 * joint.ravel()
        assert np.all(np.abs(counts - expected) < 5 * np.sqrt(expected))


def test_a_transformer_that_knows_nothing_has_the_loss_log_symbols():
    text = MarkovText(symbols=6, width=8, context=5)
    w = text.initial(np.random.default_rng(0)).astype(np.float64)
    w[-(8 * 6 + 6) :] = 0.0
    loss = text.loss_and_grad(w, batches(text, 0, 1)[0])[0]
    np.testing.assert_allclose(loss, np.log(6), rtol=1e-12)
    judged = text.sample(np.random.default_rng([0, 1]), 64)
    p = text.following[judged[:, :-2], judged[:, 1:-1]]
    np.testing.assert_allclose(text.evaluate(w)["excess"], np.log(6) + (p * np.log(p)).sum(-1).mean(), rtol=1e-12)
    np.testing.assert_allclose(text.evaluate(w)["loss"] - text.evaluate(w)["excess"], text.order2, rtol=1e-12)


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_a_transformer_does_not_look_ahead(norm):
    text = MarkovText(norm=norm, layers=2, width=8, heads=2, context=6, symbols=5)
    parts = np.split(text.initial(np.random.default_rng(0)), np.cumsum([math.prod(s) for s in text.shapes])[:-1])
    parts = [part.reshape(shape) for part, shape in zip(parts, text.shapes)]
    read = text.sample(np.random.default_rng(1), 1)[:, :-1]
    for place in range(6):
        changed = read.copy()
        changed[:, place] = (changed[:, place] + 1) % 5
        before, after = (text._forward(parts, one)[1] for one in (read, changed))
        moved = np.abs(after - before).max(axis=(0, 2)) > 1e-6
        np.testing.assert_array_equal(moved, np.arange(6) >= place)


def test_a_transformer_learns_more_than_the_symbols_frequencies():
    text = MarkovText(symbols=6, width=16, context=8)
    run = train(text, Adam(), lambda t: 0.01 * np.minimum(1.0, (t + 1) / 20.0), 200, seed=[0, 1])
    assert np.all(run.final("loss") < text.unigram - 0.1)
    assert np.all(run.final("excess") > 0)


def test_the_width_is_a_multiple_of_the_heads():
    with pytest.raises(ValueError, match=r"MarkovText: width must be a multiple of heads, got width=10 and heads=4\."):
        MarkovText(width=10, heads=4)


def test_where_the_norm_stands_decides_the_number_of_gains():
    post, pre = MarkovText(norm="post", layers=3), MarkovText(norm="pre", layers=3)
    for text, norms in ((post, 6), (pre, 7)):
        w = text.initial(np.random.default_rng(0))
        ends = np.cumsum([math.prod(shape) for shape in text.shapes])
        ones = [bool(np.all(w[end - math.prod(shape) : end] == 1)) for end, shape in zip(ends, text.shapes)]
        assert sum(ones) == norms
