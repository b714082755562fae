"""What the explorers show is so: each against a second way to the same numbers."""

import asyncio

import numpy as np
import pytest

from lrlab import OPTIMIZERS, SGD, Adam, Constant, Cosine, CosineRestarts, Quadratic, ReduceOnPlateau, StepDecay, sweep, train
from lrlab import widgets as W
from lrlab.problems import DigitsNetwork
from lrlab.widgets import digits as digits_module
from lrlab.widgets import explorer as explorer_module
from lrlab.widgets import feedback, horizon, stability

# ---- stability ----


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("step", [0.01, 1.0, 1.99, 2.01, 3.7, 3.9, 4.2])
def test_the_factor_of_an_update_is_the_largest_eigenvalue_of_its_matrix(step, momentum):
    # (w, v) -> (w - step v', v') with v' = momentum v + w, in units where the curvature is 1
    matrix = np.array([[1 - step, -step * momentum], [1.0, momentum]])
    largest = np.abs(np.linalg.eigvals(matrix)).max()
    np.testing.assert_allclose(stability.factor(step, momentum), largest, rtol=1e-7)


def test_the_distances_are_those_of_a_run_of_sgd_with_momentum():
    w = W.StabilityExplorer(lr=0.12, momentum=0.7, condition=20.0, largest=5.0)
    run = train(Quadratic(dim=2, condition=20, largest=5), SGD(momentum=0.7), 0.12, steps=100)
    np.testing.assert_allclose(w.value.distance, np.abs(run.path[:, ::-1]).T, rtol=1e-9)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("largest", [0.3, 7.0, 10.0])
def test_the_limit_is_where_runs_begin_to_diverge(momentum, largest):
    limit = W.StabilityExplorer(momentum=momentum, largest=largest).value.limit
    for share, converges in ((0.98, True), (1.0, False), (1.02, False)):
        w = W.StabilityExplorer(lr=share * limit, momentum=momentum, largest=largest)
        assert w.value.converges == converges, share
        assert ("does not converge" in w.sentence) == (not converges)
    bowl = Quadratic(dim=2, condition=10, largest=largest)
    ends = [train(bowl, SGD(momentum=momentum), share * limit, steps=3000, progress=False).path[-1] for share in (0.98, 1.02)]
    assert np.abs(ends[0]).max() < 1e-3 and np.abs(ends[1]).max() > 1


def test_the_best_rates_are_the_best():
    w = W.StabilityExplorer()
    for milestone, root in (("best without momentum", (10 - 1) / (10 + 1)), ("best with momentum", (10**0.5 - 1) / (10**0.5 + 1))):
        w.jump(milestone)
        # at the double root rounding shows as its square root
        assert w.value.rate == pytest.approx(root, rel=1e-6)
        here, lr, momentum = w.value.rate, w.lr.value, w.momentum.value
        for change in ({"lr": 0.97 * lr}, {"lr": 1.03 * lr}):
            w.set(**change)
            assert w.value.rate > here
            w.set(lr=lr, momentum=momentum)


# ---- noise ----


@pytest.mark.parametrize("settings, floor", [
    ({"lr": 0.1}, 0.1 / (2 * 1.9)), ({"lr": 1.0}, 0.5), ({"lr": 0.1, "batch": 4}, 0.1 / 4 / (2 * 1.9)),
    ({"lr": 0.1, "noise": 2.0}, 4 * 0.1 / (2 * 1.9)), ({"lr": 0.1, "momentum": 0.9}, 0.1 * 1.9 / (2 * 0.1 * 3.7)),
])  # fmt: skip
def test_the_floor_is_the_formula_and_the_particles_arrive_there(settings, floor):
    value = W.NoiseFloorExplorer(**settings).value
    assert value.floor == pytest.approx(floor, rel=1e-12)
    assert value.measured == pytest.approx(floor, rel=0.1)
    assert value.loss[0] == 4.5 and value.loss.shape == (301,)


def test_above_the_limit_there_is_no_floor():
    for momentum in (0.0, 0.45):
        w = W.NoiseFloorExplorer(lr=2 * (1 + momentum), momentum=momentum)
        assert w.value.floor == np.inf and "no floor" in w.sentence


def test_the_expected_distances_of_the_decay_are_those_of_many_walks():
    value = W.DecayExplorer(a=0.7, power=0.6).value
    rng, steps, walks = np.random.default_rng(3), 300, 4000
    w, mean = np.full(walks, 10.0), np.zeros(walks)
    for t in range(steps):
        w = w - 0.7 * (t + 1) ** -0.6 * (w + rng.standard_normal(walks))
        mean = mean + (w - mean) / (t + 1)
    k = int(np.flatnonzero(value.t >= steps)[0])
    share = [np.interp(np.log(steps), np.log(value.t[k - 1 : k + 1]), np.log(each[k - 1 : k + 1])) for each in (value.last, value.mean)]
    np.testing.assert_allclose([np.square(w).mean(), np.square(mean).mean()], np.exp(share), rtol=0.08)


def test_robbins_and_monros_rate_is_best_at_a_1_and_averaging_forgives_the_rest():
    w = W.DecayExplorer()
    assert w.value.score == pytest.approx(1.0, rel=1e-9)
    scores = {a: W.DecayExplorer(a=a).value.score for a in (0.25, 2.0, 5.0)}
    # a^2 / (2 a - 1) above a = 1/2
    assert scores[2.0] == pytest.approx(4 / 3, rel=1e-3) and scores[5.0] == pytest.approx(25 / 9, rel=0.01) and scores[0.25] > 1000
    w.jump("power 0.5, averaged")
    assert w.value.score < 1.5 < 10 < W.DecayExplorer(a=0.5, power=0.5).value.score


# ---- adaptive ----


@pytest.mark.parametrize("gradients", ["equal", "random"])
def test_the_first_updates_are_those_of_adam(gradients):
    value = W.BiasExplorer(beta1=0.8, beta2=0.97, gradients=gradients).value
    grads = np.ones(50) if gradients == "equal" else np.random.default_rng(0).standard_normal(50)
    opt, w, sizes = Adam(beta1=0.8, beta2=0.97, eps=0.0), np.zeros(1), []
    state = opt.init(w)
    for grad in grads:
        after, state = opt.step(w, np.array([grad]), state, 1.0)
        sizes.append(abs(float(after[0] - w[0])))
        w = after
    np.testing.assert_allclose(value.corrected, sizes, rtol=1e-9)
    t = np.arange(1, 51)
    np.testing.assert_allclose(value.uncorrected, value.corrected * (1 - 0.8**t) / np.sqrt(1 - 0.97**t), rtol=1e-12)


def test_the_rate_of_adagrad_is_lr_over_the_root_of_what_it_has_seen_and_a_rare_feature_keeps_a_high_one():
    for ratio in (1, 4, 25):
        value = W.RatesExplorer("AdaGrad", ratio=ratio, jump=400).value
        assert value.rates.shape == (2, 400) and value.distance.shape == (2, 401)
        assert value.distance[:, 0].tolist() == [1.0, 1.0]
        if ratio > 1:
            assert value.ratio > 1.3
    np.testing.assert_allclose(W.RatesExplorer("SGD", lr=0.07).value.rates[0], 0.07, rtol=1e-9)


def test_every_optimizer_walks_down_the_stream_or_says_why_not():
    w = W.RatesExplorer(lr=0.05)
    for name in OPTIMIZERS:
        w.optimizer.value = name
        assert w.sentence.startswith((name, "These settings do not go together.")), name


def test_adagrad_is_slow_to_find_a_target_that_has_jumped():
    after = {name: W.RatesExplorer(name, lr=0.1, ratio=1).value.after for name in ("AdaGrad", "RMSProp", "SGD")}
    assert after["AdaGrad"] > 2 * max(after["RMSProp"], after["SGD"])


# ---- warmup, horizons, restarts ----


def test_warmup_raises_the_largest_usable_rate_where_the_start_is_steep_and_not_where_it_is_not():
    cold, warm = W.WarmupExplorer().value, W.WarmupExplorer(warmup=50).value
    assert cold.usable == cold.usable_cold == warm.usable_cold
    assert warm.usable > 4 * cold.usable and warm.usable < 2.0
    even = [W.WarmupExplorer(warmup=warmup, surface="same everywhere").value.usable for warmup in (0, 20, 100)]
    assert len(set(even)) == 1 and even[0] < 2 / 28


def test_the_run_at_one_rate_is_one_of_those_at_all_rates():
    value = W.WarmupExplorer(lr=float(W.warmup.RATES[30]), warmup=13).value
    assert value.end == pytest.approx(value.ends[30], rel=1e-12) and value.loss[0] == 1.0


def test_the_expected_loss_is_that_of_many_noisy_runs():
    schedule, h = CosineRestarts(lr=0.4, period=15), horizon.CURVATURES
    rng = np.random.default_rng(5)
    w = np.broadcast_to(np.sqrt(2 / h), (4000, 3)).copy()
    for t in range(40):
        w = w - schedule(t) * (h * w + np.sqrt(h) * rng.standard_normal(w.shape))
    expected = horizon.expected_loss(schedule(np.arange(40)), noise=1.0)
    assert expected.shape == (41,) and expected[0] == pytest.approx(3.0)
    assert expected[-1] == pytest.approx((h * w**2).sum(-1).mean() / 2, rel=0.05)


def test_a_run_planned_for_the_stop_costs_nothing_and_any_other_plan_something():
    for name in ("Cosine", "WSD", "OneCycle", "Polynomial"):
        w = W.HorizonExplorer(schedule=name, horizon=200, stop=200)
        assert w.value.cost == 1.0
        w.horizon.value = 400
        assert w.value.cost > 1.5
    at = horizon.HORIZONS.tolist().index(200)
    assert W.HorizonExplorer(horizon=200, stop=200).value.planned[at] == W.HorizonExplorer(horizon=50, stop=200).value.right


def test_the_ends_of_cycles_are_where_the_schedule_restarts():
    value = W.RestartsExplorer(period=30, growth=2.0).value
    assert value.ends.tolist() == [30, 90, 210]
    assert value.lr[[30, 90, 210]].tolist() == [0.5] * 3
    assert value.best == value.loss[value.ends].min() == value.loss[value.best_at]
    one = W.RestartsExplorer(period=400).value
    assert one.last == one.cosine and one.ends.tolist() == [400]
    assert W.RestartsExplorer(period=50, growth=1.5).value.ends.tolist() == [50, 125, 238]


# ---- plateau and range test ----


def test_the_cuts_are_those_of_reduce_on_plateau_on_the_measured_loss():
    value = W.PlateauExplorer(noise=0.4, patience=3, cooldown=5).value
    rule = ReduceOnPlateau(lr=0.5, factor=0.5, patience=3, threshold=0.0, cooldown=5)
    state, rates = rule.start(), []
    for loss in value.measured:
        lr, state = rule.observe(state, loss)
        rates.append(float(lr))
    assert value.lr.tolist() == rates
    assert value.cuts.tolist() == [k for k in range(200) if rates[k] < ([0.5, *rates])[k]]


def test_the_updates_between_two_evaluations_are_done_one_by_one():
    square = np.array([2.0, 10.0, 40.0])
    once = square
    for _ in range(feedback.BETWEEN):
        once = (1 - 0.3 * feedback.CURVATURES) ** 2 * once + 0.3**2 * feedback.CURVATURES
    np.testing.assert_allclose(feedback._onward(square, 0.3), once, rtol=1e-12)


def test_noise_makes_false_alarms_and_patience_bears_it():
    assert W.PlateauExplorer(noise=0.0, threshold=1e-3).value.false == 0
    assert W.PlateauExplorer(noise=0.5, patience=2).value.false > 10 > W.PlateauExplorer(noise=0.5, patience=40).value.false
    assert "of which 0 false alarms" in W.PlateauExplorer(noise=0.0, threshold=1e-3).sentence


def test_the_stored_range_tests_are_the_runs_they_say():
    rates, losses, best = feedback._tests(50)
    again, fresh, _ = feedback.run_range_tests(50, seeds=range(2))
    np.testing.assert_array_equal(rates, again)
    # later on, at high rates, the last digit of a sum grows into another run
    np.testing.assert_allclose(losses[:2, :35], fresh[:, :35], rtol=1e-4)
    assert best in feedback.FIXED and losses.shape == (10, 50)


def test_the_rules_of_the_range_test_disagree_and_move_with_the_seed():
    value = W.RangeTestExplorer().value
    assert value.tenth == value.lowest / 10 and value.tenth < value.steepest < value.lowest
    assert all(low < high for low, high in value.spread.values())
    assert value.lowest == value.rates[value.losses[0].argmin()]
    assert W.RangeTestExplorer(seed=3).value.lowest == value.rates[value.losses[3].argmin()]
    np.testing.assert_allclose(W.RangeTestExplorer(smoothing=0.0).value.losses, feedback._tests(100)[1])


# ---- digits ----


@pytest.mark.parametrize("optimizer", [SGD(momentum=0.9), Adam()])
def test_a_training_is_that_of_train(optimizer):
    schedule = StepDecay(lr=0.02, every=30)
    w = W.DigitsExplorer(schedule, optimizer, epochs=2, seed=3)
    run = train(DigitsNetwork(), optimizer, schedule, steps=88, seed=3, evaluate_every=44, progress=False)
    np.testing.assert_allclose(w.value.loss, run.loss, rtol=1e-6)
    np.testing.assert_array_equal(w.value.lr, run.lr)
    assert w.value.evaluated_at.tolist() == [44, 88] and w.value.finished
    np.testing.assert_allclose(w.value.test_error, run.metrics["test_error"][1:], atol=1 / 360 + 1e-12)


def test_a_moved_control_forgets_the_training_and_a_kept_run_stays():
    w = W.DigitsExplorer(epochs=1)
    w.keep()
    kept = w._kept.get_ydata().copy()
    w.lr.value = 0.2
    assert w.value.updates == 0 and "Press start to train." in w.sentence
    np.testing.assert_array_equal(w._kept.get_ydata(), kept)
    w._start.click()
    assert w.value.finished and len(w._average.get_xdata()) == 44
    w.reset()
    assert len(w._kept.get_xdata()) == 0 and w.value.finished


def test_divergence_is_said():
    w = W.DigitsExplorer(Constant(lr=1e4), epochs=1)
    assert w.value.diverged and not w.value.finished and w.value.train_loss == np.inf
    assert "diverged after" in w.sentence


def test_training_in_the_background_goes_on_in_slices_and_can_be_stopped(monkeypatch):
    monkeypatch.setattr(digits_module, "SLICE", 0.0)
    w = W.DigitsExplorer(epochs=2, trained=False)
    assert w.value.updates == 0
    between = []

    async def page():
        monkeypatch.setattr(digits_module, "page_loop", asyncio.get_running_loop)
        w._start.click()
        assert w.training and w.value.updates == 0
        for _ in range(6):
            # what else the kernel has to do is done between two slices
            await asyncio.sleep(0.004)
            between.append(w.value.updates)
        w._stop.click()
        assert not w.training
        stopped = w.value.updates
        await asyncio.sleep(0.05)
        assert w.value.updates == stopped < 88 and not w.value.finished
        w._start.click()
        while w.training:
            await asyncio.sleep(0.01)

    asyncio.run(page())
    assert len(set(between)) >= 2 and between == sorted(between)
    assert w.value.finished and f"{w.value.updates} of 88" in w.sentence
    loss = w.value.loss
    np.testing.assert_array_equal(loss, w.run().loss)


def test_a_control_that_moves_while_it_trains_stops_it(monkeypatch):
    monkeypatch.setattr(digits_module, "SLICE", 0.0)
    w = W.DigitsExplorer(epochs=2, trained=False)

    async def page():
        monkeypatch.setattr(digits_module, "page_loop", asyncio.get_running_loop)
        w.start()
        await asyncio.sleep(0.03)
        w.lr.value = 0.123
        assert not w.training and w.value.updates == 0
        await asyncio.sleep(0.03)

    asyncio.run(page())
    assert w.value.updates == 0 and "none done" in w.sentence


# ---- sweep ----


@pytest.fixture(scope="module")
def found():
    return sweep(
        Quadratic(noise=1.0), [SGD(), Adam()], [Constant(), Cosine(steps=40)], lrs=[0.3, 0.03, 3.0], seeds=range(4), steps=40, n_jobs=1
    )


def test_a_cell_is_the_sweeps_mean_and_error(found):
    w = W.SweepExplorer(found)
    mean, error, count = found.mean("loss")
    for o, optimizer in enumerate(found.optimizers):
        for s, schedule in enumerate(found.schedules):
            for k, lr in enumerate(found.lrs):
                w.set(metric="loss", optimizer=optimizer, schedule=schedule, lr=float(lr))
                cell = w.value
                assert (cell.mean, cell.error, cell.seeds) == (mean[o, s, k], error[o, s, k], count[o, s, k])
                assert (f"{cell.lost} of 4 seeds diverged" in w.sentence) == (cell.lost > 0)
    w.jump_to_best()
    assert w.value.ratio == 1.0 and w.value.mean == found.best("loss").mean


def test_the_map_has_a_row_for_each_schedule_and_the_columns_in_order(found):
    w = W.SweepExplorer(found, "loss")
    shades = w._map.get_array()
    mean = found.mean("loss")[0]
    o = found.optimizers.index(w.optimizer.value)
    assert shades.shape == (2, 3)
    finite = mean[np.isfinite(mean)]
    np.testing.assert_allclose(shades[1, 1], np.log10(mean[o, 1, 0] / finite.min()), atol=1e-12)
    assert [text.get_text() for text in w.axes[0].get_xticklabels()] == ["0.03", "0.3", "3"]


def test_a_rate_between_two_of_the_sweep_reads_the_nearer_one(found):
    w = W.SweepExplorer(found)
    w.lr.value = 0.05
    assert w.value.lr == 0.03


# ---- the base ----


def test_settings_that_contradict_each_other_are_said_and_the_next_good_ones_drawn():
    w = W.StabilityExplorer()
    good = w.sentence
    w.condition.value = 0.5
    assert w.sentence.startswith("These settings do not go together. Stability: condition must be at least 1, got 0.5.")
    assert all(len(line.get_xdata()) == 0 for line in w._factors)
    with pytest.raises(ValueError, match="condition must be at least 1"):
        w.value
    w.condition.value = 10.0
    assert w.sentence == good and len(w._factors[0].get_xdata())


def test_results_are_kept_for_settings_that_come_again():
    w = W.NoiseFloorExplorer(lr=0.123)
    first = w.value
    w.lr.value = 0.2
    w.lr.value = 0.123
    assert w.value is first


def test_values_outside_the_axes_are_drawn_leaving_them():
    _, ax = explorer_module.new_figure()
    ax.set(ylim=(0, 2))
    assert explorer_module.inside(ax, [1.0, 1e300, -1e300, np.inf, np.nan]).tolist() == [1.0, 4.0, -2.0, 4.0, 4.0]
    ax.set(yscale="log", ylim=(1e-3, 1e2))
    np.testing.assert_allclose(explorer_module.inside(ax, [1.0, 0.0, 1e300, np.inf]), [1.0, 1e-4, 1e3, 1e3])
