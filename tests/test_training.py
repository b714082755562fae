import dataclasses
import warnings
from typing import NamedTuple

import numpy as np
import pytest

from lrlab import (
    SGD,
    Adam,
    Constant,
    Cosine,
    DigitsNetwork,
    DigitsSoftmax,
    Himmelblau,
    Kink,
    LeastSquares,
    Linear,
    Quadratic,
    RMSProp,
    Rosenbrock,
    StepDecay,
    train,
)
from lrlab.optimizers.base import Optimizer
from lrlab.training import DIVERGED

NETWORK = DigitsNetwork(hidden=4, examples=60, batch=8)
RECORDS = ("lr", "loss", "grad_norm", "update_norm", "diverged", "diverged_at", "w")


@pytest.fixture(autouse=True)
def no_progress_bar(monkeypatch):
    monkeypatch.setenv("LRLAB_QUIET", "1")


# ---- what is recorded ----


def test_a_run_on_a_one_dimensional_quadratic_is_the_closed_form():
    h, lr, steps = 2.0, 0.15, 40
    run = train(Quadratic(dim=1, largest=h), SGD(), lr, steps)
    w = (1 - lr * h) ** np.arange(steps + 1)
    np.testing.assert_allclose(run.path[:, 0], w, rtol=1e-13)
    np.testing.assert_allclose(run.loss, h * w[:-1] ** 2 / 2, rtol=1e-12)
    np.testing.assert_allclose(run.grad_norm, h * w[:-1], rtol=1e-13)
    np.testing.assert_allclose(run.update_norm, lr * h * w[:-1], rtol=1e-13)
    np.testing.assert_allclose(run.w, w[-1:], rtol=1e-13)
    np.testing.assert_allclose(run.final("distance"), w[-1], rtol=1e-13)
    assert run.steps == steps and not run.diverged and run.diverged_at == steps


def test_each_update_uses_the_rate_at_its_own_time():
    schedule = StepDecay(lr=0.5, every=3, factor=0.1)
    run = train(Quadratic(dim=1, largest=1.0), SGD(), schedule, 7)
    factors = [1.0, 0.5, 0.5, 0.5, 0.95, 0.95, 0.95, 0.995]
    np.testing.assert_allclose(run.path[:, 0], np.cumprod(factors), rtol=1e-13)
    np.testing.assert_array_equal(run.lr, schedule(np.arange(7)))


def test_the_recorded_rates_are_those_of_each_schedule_at_every_update():
    schedules = [Cosine(lr=0.1, steps=15), Constant(lr=0.01).warmup(4), 0.05]
    expected = np.stack([schedules[0](np.arange(20)), schedules[1](np.arange(20)), np.full(20, 0.05)])
    problem = Quadratic(noise=0.1)
    np.testing.assert_array_equal(train(problem, SGD(), schedules, 20).lr, expected)
    both = train(problem, SGD(), schedules, 20, seed=[0, 1])
    np.testing.assert_array_equal(both.lr, np.stack([expected, expected], axis=1))


@pytest.mark.parametrize("optimizer", [SGD(momentum=0.9), Adam(), RMSProp()], ids=repr)
def test_loss_and_lengths_belong_to_the_weights_before_and_after_each_update(optimizer):
    surface = Rosenbrock()
    run = train(surface, optimizer, [1e-4, 1e-3], 50)
    before, after = run.path[:, :-1], run.path[:, 1:]
    np.testing.assert_allclose(run.loss, surface.loss(before), rtol=1e-14)
    np.testing.assert_allclose(run.grad_norm, np.linalg.norm(surface.gradient(before), axis=-1), rtol=1e-14)
    np.testing.assert_allclose(run.update_norm, np.linalg.norm(after - before, axis=-1), rtol=1e-13)
    np.testing.assert_array_equal(run.w, run.path[:, -1])
    assert np.all(run.update_norm > 0)


def test_the_gradient_length_is_that_of_the_noisy_gradient_the_update_used():
    run = train(Quadratic(dim=2, noise=1.0), SGD(), 0.1, 30)
    np.testing.assert_allclose(run.update_norm, 0.1 * run.grad_norm, rtol=1e-12)
    exact = np.linalg.norm(Quadratic(dim=2).gradient(run.path[:-1]), axis=-1)
    assert np.all(np.abs(run.grad_norm - exact) > 1e-6)


def test_the_path_is_kept_for_at_most_three_weights():
    assert train(Quadratic(dim=3), SGD(), 0.1, 5, seed=[0, 1]).path.shape == (2, 6, 3)
    assert train(Quadratic(dim=4), SGD(), 0.1, 5).path is None


@pytest.mark.parametrize(
    "every, steps, expected",
    [
        (None, 10, [0, 10]),
        (3, 10, [0, 3, 6, 9, 10]),
        (5, 10, [0, 5, 10]),
        (1, 3, [0, 1, 2, 3]),
        (10, 10, [0, 10]),
        (99, 10, [0, 10]),
        (1, 1, [0, 1]),
    ],
)
def test_metrics_are_evaluated_first_last_and_at_every_multiple(every, steps, expected):
    surface = Himmelblau()
    run = train(surface, SGD(momentum=0.5), [1e-3, 1e-2], steps, evaluate_every=every)
    assert run.evaluated_at.tolist() == expected
    values = surface.evaluate(run.path[:, expected])
    assert set(run.metrics) == set(values)
    for name, value in values.items():
        np.testing.assert_allclose(run.metrics[name], value, rtol=1e-14)
        np.testing.assert_array_equal(run.final(name), run.metrics[name][:, -1])


def test_evaluating_does_not_change_the_run():
    often = train(NETWORK, Adam(), 0.01, 12, evaluate_every=1)
    np.testing.assert_array_equal(often.loss, train(NETWORK, Adam(), 0.01, 12).loss)
    assert often.metrics["test_error"].shape == (13,)


@pytest.mark.parametrize("every", [0, -3, 2.5, "often"])
def test_a_bad_number_of_updates_between_evaluations_is_refused(every):
    with pytest.raises(ValueError, match="^train: evaluate_every must be "):
        train(Quadratic(), SGD(), 0.1, 10, evaluate_every=every)


def test_an_unknown_metric_is_refused_with_the_names_of_the_known_ones():
    run = train(Quadratic(), SGD(), 0.1, 2)
    with pytest.raises(ValueError, match="'accuracy'.*loss, distance"):
        run.final("accuracy")


# ---- replicas ----


def assert_same(many, one, index, rtol):
    for record in RECORDS:
        np.testing.assert_allclose(getattr(many, record)[index], getattr(one, record), rtol=rtol, atol=rtol, err_msg=record)
    for name, values in one.metrics.items():
        np.testing.assert_allclose(many.metrics[name][index], values, rtol=rtol, atol=rtol, err_msg=name)
    if one.path is not None:
        np.testing.assert_allclose(many.path[index], one.path, rtol=rtol, atol=rtol)


@pytest.mark.parametrize(
    "problem, rtol",
    [
        (Quadratic(dim=3, noise=0.5), 0.0),
        (Kink(noise=0.1), 0.0),
        (LeastSquares(examples=50, features=4), 1e-12),
        (NETWORK, 1e-12),
        (DigitsSoftmax(examples=60, batch=8), 1e-12),
        (DigitsSoftmax(examples=60, batch=60), 1e-12),
    ],
    ids=repr,
)
@pytest.mark.parametrize("optimizer", [SGD(momentum=0.9), Adam()], ids=["SGD", "Adam"])
def test_replicas_of_schedules_and_seeds_are_the_single_runs(problem, rtol, optimizer):
    schedules, seeds = [Constant(lr=0.02), Linear(start=0.0, end=0.05, steps=10), 0.01], [3, 7]
    options = {"steps": 15, "evaluate_every": 6}
    both = train(problem, optimizer, schedules, seed=seeds, **options)
    across_schedules = train(problem, optimizer, schedules, seed=7, **options)
    across_seeds = train(problem, optimizer, schedules[1], seed=np.array(seeds), **options)
    assert both.loss.shape == (3, 2, 15) and across_schedules.loss.shape == (3, 15) and across_seeds.loss.shape == (2, 15)
    for i, schedule in enumerate(schedules):
        for j, seed in enumerate(seeds):
            alone = train(problem, optimizer, schedule, seed=seed, **options)
            assert alone.loss.shape == (15,)
            assert_same(both, alone, (i, j), rtol)
            if j == 1:
                assert_same(across_schedules, alone, i, rtol)
            if i == 1:
                assert_same(across_seeds, alone, j, rtol)


def test_a_list_of_one_makes_an_axis_of_one():
    assert train(Quadratic(), SGD(), [0.1], 4).loss.shape == (1, 4)
    assert train(Quadratic(), SGD(), 0.1, 4, seed=[0]).loss.shape == (1, 4)
    assert train(Quadratic(), SGD(), [0.1], 4, seed=[0]).w.shape == (1, 1, 2)


@pytest.mark.parametrize("problem", [Quadratic(noise=1.0), NETWORK], ids=["Quadratic", "DigitsNetwork"])
def test_the_seed_decides_the_run_and_is_shared_by_the_schedules(problem):
    run = train(problem, SGD(), [0.01, 0.01], 10, seed=[0, 1])
    np.testing.assert_array_equal(run.loss[0], run.loss[1])
    assert np.all(run.loss[0, 0, 1:] != run.loss[0, 1, 1:])
    np.testing.assert_array_equal(train(problem, SGD(), [0.01, 0.01], 10, seed=[0, 1]).loss, run.loss)


def test_a_longer_run_begins_as_the_shorter():
    short, long = (train(NETWORK, Adam(), 0.01, steps, seed=[0, 1]) for steps in (5, 25))
    np.testing.assert_array_equal(long.loss[:, :5], short.loss)


def test_a_start_replaces_that_of_the_problem_for_all_or_for_each_replica():
    bowl, start = Quadratic(dim=2), np.array([[2.0, 1.0], [-1.0, 3.0]])
    kept = start.copy()
    shared = train(bowl, SGD(), [0.1, 0.2], 3, start=start[0])
    np.testing.assert_array_equal(shared.path[:, 0], [start[0], start[0]])
    own = train(bowl, SGD(), [0.1, 0.2], 3, start=start)
    np.testing.assert_array_equal(own.path[:, 0], start)
    np.testing.assert_array_equal(own.path[0], shared.path[0])
    np.testing.assert_array_equal(train(bowl, SGD(), 0.1, 3, start=[2, 1]).path, shared.path[0])
    np.testing.assert_array_equal(start, kept)


# ---- divergence ----


def first_too_large(bowl, lr, steps):
    """From the closed form: the update before which the loss first exceeds its bound."""
    for t in range(steps):
        loss = 0.5 * sum(h * (1 - lr * h) ** (2 * t) for h in bowl.h.tolist())
        if loss > DIVERGED * (1 + 0.5 * sum(bowl.h.tolist())):
            return t
    return steps


def test_a_diverged_replica_is_flagged_where_its_loss_left_the_bound_and_stands_still_while_others_go_on(capfd):
    bowl, steps = Quadratic(dim=2, condition=10.0, largest=10.0), 60
    rates = [0.05, 0.21, 0.3, 1.0, 1e5]
    expected = [first_too_large(bowl, lr, steps) for lr in rates]
    assert expected[0] == expected[1] == steps and expected[2:] == sorted(expected[2:], reverse=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = train(bowl, SGD(), rates, steps)
    assert capfd.readouterr() == ("", "")
    assert run.diverged_at.tolist() == expected
    assert run.diverged.tolist() == [False, False, True, True, True]
    for replica, t in enumerate(expected):
        assert np.all(np.isfinite(run.loss[replica, :t])) and np.all(run.loss[replica, t:] == np.inf)
        assert np.all(run.grad_norm[replica, :t] > 0) and not run.grad_norm[replica, t:].any()
        assert np.all(run.update_norm[replica, :t] > 0) and not run.update_norm[replica, t:].any()
        assert np.all(run.path[replica, t:] == run.path[replica, t])
        if t == steps:
            assert_same(run, train(bowl, SGD(), rates[replica], steps), replica, 0.0)
    assert np.isfinite(run.final("loss")).tolist() == [True, True, False, False, False]
    assert np.all(run.final("distance")[2:] == np.inf)


@pytest.mark.parametrize("lr", [0.1, 9.0])
def test_the_bar_has_come_to_its_end_when_it_is_closed_also_where_all_runs_stop_early(lr, monkeypatch):
    import tqdm.auto

    closed = []

    class Bar(tqdm.tqdm):
        def close(self):
            closed.append((self.n, self.total))
            super().close()

    monkeypatch.delenv("LRLAB_QUIET")
    monkeypatch.setattr(tqdm.auto, "tqdm", Bar)
    run = train(Quadratic(dim=1, largest=1.0), SGD(), lr, steps=100_000 if lr > 1 else 100)
    (n, total), *_ = closed
    assert n == total
    assert (n < run.steps) if run.diverged else (n == run.steps)


@pytest.mark.parametrize("optimizer", [SGD(), SGD(momentum=0.9), Adam(), RMSProp(centered=True)], ids=repr)
def test_weights_that_overflow_are_a_result_without_a_warning_or_a_nan(optimizer, capfd, monkeypatch):
    # with the progress bar, as a user has it
    monkeypatch.delenv("LRLAB_QUIET")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = train(Quadratic(dim=2, largest=100.0), optimizer, [1e-3, 1e308], 8)
    assert capfd.readouterr() == ("", "")
    assert run.diverged.tolist() == [False, True] and run.diverged_at.tolist() == [8, 1]
    assert run.final("loss")[1] == np.inf
    for record in (run.loss, run.grad_norm, run.update_norm):
        assert not np.any(np.isnan(record))
    assert np.all(run.loss[1, 1:] == np.inf)
    assert not run.grad_norm[1, 1:].any() and not run.update_norm[1, 1:].any()
    assert_same(run, train(Quadratic(dim=2, largest=100.0), optimizer, 1e-3, 8), 0, 0.0)


def test_a_network_that_overflows_leaves_the_other_seeds_and_rates_untouched():
    run = train(NETWORK, SGD(), [0.05, 1e200], 6, seed=[0, 1])
    assert run.diverged.tolist() == [[False, False], [True, True]]
    for j, seed in enumerate([0, 1]):
        assert_same(run, train(NETWORK, SGD(), 0.05, 6, seed=seed), (0, j), 1e-12)


@pytest.mark.parametrize("lr", [1e10, 1e308])
@pytest.mark.parametrize("problem", [Rosenbrock(), NETWORK], ids=["Rosenbrock", "DigitsNetwork"])
def test_a_run_that_blows_up_in_its_last_update_is_flagged_too(problem, lr):
    run = train(problem, SGD(), [1e-4, lr], 1)
    assert run.diverged.tolist() == [False, True]
    for name in run.metrics:
        assert np.isfinite(run.final(name)[0]) and run.final(name)[1] == np.inf


def test_a_loss_that_starts_at_nan_is_diverged_at_the_first_update():
    run = train(Quadratic(), SGD(), 0.1, 3, start=[np.nan, 1.0])
    assert run.diverged and run.diverged_at == 0
    np.testing.assert_array_equal(run.loss, [np.inf] * 3)


def test_training_leaves_numpys_error_state_as_it_was():
    with np.errstate(all="raise"):
        train(Quadratic(), SGD(), 1e200, 5)
        assert np.geterr() == dict.fromkeys(("divide", "over", "under", "invalid"), "raise")


def test_a_large_loss_at_the_start_is_not_divergence():
    run = train(Quadratic(dim=1), SGD(), 0.5, 3, start=[1e5])
    assert run.loss[0] > DIVERGED and not run.diverged
    np.testing.assert_allclose(run.path[:, 0], [1e5, 5e4, 2.5e4, 1.25e4], rtol=1e-15)


# ---- optimizers that need the loss, schedules that watch it, schedules of hyper-parameters ----


class PolyakStep(Optimizer):
    needs_loss = True

    def init(self, w, shapes=None):
        return ()

    def step(self, w, grad, state, lr, loss):
        return w - (lr * loss / np.maximum((grad**2).sum(-1), 1e-300))[..., None] * grad, state


def test_an_optimizer_that_needs_the_loss_gets_that_of_its_own_replica():
    bowl = Quadratic(dim=1, largest=2.0)
    run = train(bowl, PolyakStep(), [1.0, 0.5], 3, start=[[1.0], [-4.0]])
    # loss w^2 and gradient 2 w: each update takes away lr w / 2
    np.testing.assert_allclose(run.path[0, :, 0], [1, 0.5, 0.25, 0.125], rtol=1e-14)
    np.testing.assert_allclose(run.path[1, :, 0], [-4, -3, -2.25, -1.6875], rtol=1e-14)
    lost = train(bowl, PolyakStep(), [1.0, 1e9], 9)
    assert lost.diverged.tolist() == [False, True]
    np.testing.assert_array_equal(lost.loss[0], train(bowl, PolyakStep(), 1.0, 9).loss)


class Seen(NamedTuple):
    losses: tuple


@dataclasses.dataclass
class Recorder:
    """A feedback schedule whose k-th answer is rates[k], and that remembers what it was told."""

    rates: tuple

    def __post_init__(self):
        self.told = []

    def start(self):
        return Seen(())

    def observe(self, state, loss):
        state = Seen((*state.losses, loss))
        self.told.append(state.losses)
        return self.rates[min(len(state.losses), len(self.rates)) - 1], state


def test_a_feedback_schedule_is_told_the_loss_before_each_update_and_its_rate_is_the_one_used():
    schedule = Recorder((0.5, 0.25, 0.1))
    run = train(Quadratic(dim=1, largest=1.0), SGD(), schedule, 5)
    np.testing.assert_array_equal(run.lr, [0.5, 0.25, 0.1, 0.1, 0.1])
    np.testing.assert_allclose(run.path[:, 0], np.cumprod([1, 0.5, 0.75, 0.9, 0.9, 0.9]), rtol=1e-14)
    assert schedule.told[-1] == tuple(run.loss.tolist())


def test_a_feedback_schedule_that_looks_seldom_is_told_the_mean_since_it_last_looked():
    schedule = Recorder((0.5, 0.25, 0.1))
    run = train(Quadratic(dim=2, noise=0.3), SGD(), schedule, 8, observe_every=3)
    np.testing.assert_array_equal(run.lr, [0.5] * 3 + [0.25] * 3 + [0.1] * 2)
    expected = [run.loss[0], run.loss[1:4].mean(), run.loss[4:7].mean()]
    np.testing.assert_allclose(schedule.told[-1], expected, rtol=1e-14)


def test_a_feedback_schedule_can_watch_a_metric():
    schedule, problem = Recorder((0.1,)), Rosenbrock()
    run = train(problem, SGD(), schedule, 5, observe="distance", observe_every=2, start=[1.0, 1.001])
    np.testing.assert_allclose(schedule.told[0][0], problem.evaluate(run.path[0])["distance"], rtol=1e-14)
    with pytest.raises(ValueError, match="^train: there is no metric 'accuracy' to observe. There are: loss, distance"):
        train(problem, SGD(), schedule, 5, observe="accuracy")
    with pytest.raises(ValueError, match="^train: observe_every must be at least 1, got 0"):
        train(problem, SGD(), schedule, 5, observe_every=0)


def test_feedback_is_for_each_replica_alone_and_beside_other_schedules():
    class Halves:
        def start(self):
            return 0.4

        def observe(self, lr, loss):
            return (lr, lr) if loss > 0.1 else (lr / 2, lr / 2)

    problem, others = Quadratic(dim=2, noise=0.4), Linear(start=0.0, end=0.5, steps=30)
    both = train(problem, SGD(), [Halves(), others, 1e9], 30, seed=[0, 1])
    assert np.any(both.lr[0, 0] != both.lr[0, 1]) and both.diverged.tolist() == [[False] * 2, [False] * 2, [True] * 2]
    for j in (0, 1):
        assert_same(both, train(problem, SGD(), Halves(), 30, seed=j), (0, j), 0.0)
        assert_same(both, train(problem, SGD(), others, 30, seed=j), (1, j), 0.0)


def test_a_feedback_schedule_of_a_diverged_run_keeps_its_last_rate():
    run = train(Quadratic(dim=1, largest=1.0), SGD(), Recorder((3.0, 1e9, 7.0)), 40)
    assert run.diverged_at == 2 and run.lr.tolist() == [3.0] + [1e9] * 39


def test_a_schedule_drives_a_field_of_the_optimizer_at_every_update():
    rising = Linear(start=0.5, end=0.0, steps=2)
    run = train(Quadratic(dim=1, largest=1.0), SGD(), 0.5, 3, hyper={"momentum": rising, "weight_decay": lambda t: 0.0 * t})
    # by hand: w 1, b 1; w 1/2, b 1/4 + 1/2; w 1/8, b 0 + 1/8
    np.testing.assert_array_equal(run.path[:, 0], [1.0, 0.5, 0.125, 0.0625])
    assert run.optimizer == SGD()
    fixed = train(NETWORK, Adam(beta1=0.5), 0.01, 12, seed=[0, 1])
    driven = train(NETWORK, Adam(), 0.01, 12, seed=[0, 1], hyper={"beta1": Constant(lr=0.5)})
    np.testing.assert_array_equal(driven.loss, fixed.loss)


def test_a_hyper_parameter_that_is_none_or_has_no_schedule_or_leaves_its_range_is_refused():
    def go(hyper):
        train(Quadratic(), SGD(momentum=0.5), 0.1, 5, hyper=hyper)

    with pytest.raises(ValueError, match="^train: hyper names 'momentun', 'nesterov', but SGD .* has momentum, weight_decay"):
        go({"momentun": Constant(lr=0.1), "momentum": Constant(lr=0.1), "nesterov": Constant(lr=1.0)})
    with pytest.raises(ValueError, match=r"^train: hyper\['momentum'\] must be a schedule"):
        go({"momentum": 0.9})
    with pytest.raises(ValueError, match="^SGD: momentum must be at least 0 and below 1, got 1.0"):
        go({"momentum": Linear(start=0.0, end=1.0, steps=3)})


@pytest.mark.parametrize("steps", [255, 256, 257, 600])
def test_a_long_run_in_stretches_is_the_run_update_by_update(steps):
    surface, schedule = Rosenbrock(noise=0.1), Cosine(lr=2e-3, steps=500)
    run = train(surface, Adam(), schedule, steps, evaluate_every=100)
    noise = surface.batches(np.random.default_rng([0, 1]), steps)
    w, optimizer = np.array(surface.start), Adam()
    state = optimizer.init(w)
    for t in range(steps):
        np.testing.assert_array_equal(run.path[t], w)
        w, state = optimizer.step(w, surface.gradient(w) + noise[t], state, schedule(t))
    np.testing.assert_array_equal(run.path[steps], w)


def test_an_optimizer_that_cannot_take_what_is_no_number_sees_only_numbers():
    class Decomposing(SGD):
        def step(self, w, grad, state, lr):
            if not np.all(np.isfinite(grad)):
                raise np.linalg.LinAlgError("SVD did not converge")
            return super().step(w, grad, state, lr)

    run = train(Quadratic(dim=2), Decomposing(), [0.1, 1e300], 300)
    assert run.diverged.tolist() == [False, True]


def test_an_error_of_the_problem_is_shown_as_it_is():
    class Broken(SGD):
        def step(self, w, grad, state, lr):
            raise KeyError("broken")

    with pytest.raises(KeyError, match="broken"):
        train(Quadratic(), Broken(), 0.1, 3)


# ---- what is refused ----


@pytest.mark.parametrize("steps", [0, -1, 2.5, True, "10", "ten", None, np.nan, np.inf])
def test_a_bad_number_of_steps_is_refused(steps):
    with pytest.raises(ValueError, match="^train: steps must be (a whole number, )?at least 1, got "):
        train(Quadratic(), SGD(), 0.1, steps)


def test_whole_floats_and_numpy_integers_are_numbers_of_steps():
    assert train(Quadratic(), SGD(), 0.1, 3.0).loss.shape == train(Quadratic(), SGD(), 0.1, np.int64(3)).loss.shape == (3,)


@pytest.mark.parametrize("start", [[1.0], [1.0, 2.0, 3.0], 1.0, np.ones((2, 3))])
def test_a_start_with_another_number_of_weights_is_refused(start):
    with pytest.raises(ValueError, match="^train: start must have 2 weights on its last axis, got shape "):
        train(Quadratic(dim=2), SGD(), [0.1, 0.2], 3, start=start)


@pytest.mark.parametrize("start", [np.ones((3, 2)), np.ones((1, 2, 2))], ids=["3 for 2", "too deep"])
def test_a_start_for_another_number_of_replicas_is_refused(start):
    with pytest.raises(ValueError, match="^train: start must "):
        train(Quadratic(dim=2), SGD(), [0.1, 0.2], 3, start=start)


@pytest.mark.parametrize("schedule, seed", [([], 0), (0.1, []), ([], [])])
def test_an_empty_list_of_schedules_or_seeds_is_refused(schedule, seed):
    with pytest.raises(ValueError, match="^train: the list of schedules or of seeds is empty"):
        train(Quadratic(), SGD(), schedule, 3, seed=seed)


def test_a_rate_that_is_no_rate_is_refused():
    for rate in (-0.1, np.nan, "fast", None):
        with pytest.raises(ValueError, match="lr must be "):
            train(Quadratic(), SGD(), rate, 3)
