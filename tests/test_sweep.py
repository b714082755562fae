import os
import signal
import sys
import warnings
from types import SimpleNamespace

import joblib
import numpy as np
import pytest

import lrlab
from lrlab import (
    SGD,
    Adam,
    Constant,
    Cosine,
    DigitsNetwork,
    LeastSquares,
    Linear,
    Quadratic,
    Rosenbrock,
    Sweep,
    sweep,
    train,
)
from lrlab.sweeps import _Results, at_rate

ARRAYS = ("lrs", "seeds", "evaluated_at", "curve_at", "curves", "diverged", "diverged_at", "finished")
NETWORK = DigitsNetwork(hidden=4, examples=60, batch=8)
BOWL = Quadratic(dim=2, condition=4.0, noise=0.3)


def assert_equal(a, b):
    """Every number, bit by bit."""
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)
    assert a.metrics.keys() == b.metrics.keys()
    for name, values in a.metrics.items():
        np.testing.assert_array_equal(values, b.metrics[name], err_msg=name)
    assert a.coords.keys() == b.coords.keys() and a.optimizers == b.optimizers and a.schedules == b.schedules


class Halving:
    """A feedback schedule: half the rate whenever the loss has not fallen."""

    def __init__(self, lr):
        self.lr = lr

    def start(self):
        return np.inf, self.lr

    def observe(self, state, loss):
        best, lr = state
        lr = lr if loss < best else lr / 2
        return lr, (min(best, loss), lr)


def example(problem=BOWL, **options):
    options = {"evaluate_every": 8, "points": 5, **options}
    schedules = {"cosine": Cosine(steps=20), "ramp": Linear(start=0.0, end=1.0, steps=9), "halving": Halving}
    return sweep(problem, [SGD(momentum=0.5), Adam()], schedules, [0.01, 0.1, 1e6], [3, 0, 8], 20, **options)


# ---- the same numbers, however it is run ----


@pytest.mark.parametrize("problem", [BOWL, LeastSquares(examples=50, features=4), NETWORK], ids=lambda one: type(one).__name__)
def test_a_replica_of_a_sweep_is_the_single_run(problem):
    found = example(problem, n_jobs=1)
    assert found.shape == (2, 3, 3, 3) and found.finished.all()
    for o, optimizer in enumerate([SGD(momentum=0.5), Adam()]):
        for l, lr in enumerate(found.lrs.tolist()):
            schedules = [Cosine(lr=lr, steps=20), lr * Linear(start=0.0, end=1.0, steps=9), Halving(lr)]
            for s, schedule in enumerate(schedules):
                for r, seed in enumerate([3, 0, 8]):
                    one = train(problem, optimizer, schedule, 20, seed=seed, evaluate_every=8)
                    place = (o, s, l, r)
                    assert found.diverged[place] == one.diverged and found.diverged_at[place] == one.diverged_at
                    assert found.evaluated_at.tolist() == one.evaluated_at.tolist()
                    for name, values in one.metrics.items():
                        np.testing.assert_allclose(found.metrics[name][place], values, rtol=1e-12, atol=1e-12)
                    means = [one.loss[begin : begin + 4].mean() for begin in range(0, 20, 4)]
                    np.testing.assert_allclose(found.curves[place], means, rtol=1e-12)
    assert found.curve_at.tolist() == [4, 8, 12, 16, 20] and found.diverged.any() and not found.diverged.all()


@pytest.mark.parametrize("problem", [BOWL, NETWORK], ids=["Quadratic", "DigitsNetwork"])
def test_the_numbers_do_not_depend_on_the_chunks(problem):
    reference = example(problem, n_jobs=1)
    for chunk in (1, 2, 5, 1000):
        assert_equal(example(problem, n_jobs=1, chunk=chunk), reference)
    assert_equal(example(problem), reference)


@pytest.mark.parametrize("problem", [BOWL, NETWORK], ids=["Quadratic", "DigitsNetwork"])
def test_the_numbers_do_not_depend_on_the_processes_or_the_backend(problem):
    reference = example(problem, n_jobs=1)
    assert_equal(example(problem, n_jobs=2, chunk=2), reference)
    with joblib.parallel_config(backend="threading", n_jobs=2):
        assert_equal(example(problem), reference)
    with joblib.parallel_config(backend="loky", n_jobs=2):
        assert_equal(example(problem, dtype="float64"), reference)


def test_a_backend_that_gives_only_complete_lists_will_do():
    with joblib.parallel_config(backend="multiprocessing", n_jobs=2), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert_equal(example(chunk=1), example(n_jobs=1))


def test_the_user_s_configuration_of_joblib_is_used():
    seen = []

    class Recording(joblib._parallel_backends.ThreadingBackend):
        def effective_n_jobs(self, n_jobs):
            seen.append(n_jobs)
            return super().effective_n_jobs(n_jobs)

    joblib.register_parallel_backend("recording", Recording)
    reference = example(n_jobs=1)
    assert not seen
    with joblib.parallel_config(backend="recording", n_jobs=2):
        assert_equal(example(chunk=1), reference)
    assert set(seen) == {2}


def test_single_precision_is_close_and_is_recorded_in_double():
    single, double = example(NETWORK, n_jobs=1, dtype=np.float32), example(NETWORK, n_jobs=1)
    assert single.final("test_loss").dtype == single.curves.dtype == np.float64
    kept = ~double.diverged
    np.testing.assert_allclose(single.final("train_loss")[kept], double.final("train_loss")[kept], rtol=1e-2)
    assert np.any(single.final("train_loss")[kept] != double.final("train_loss")[kept])


def test_what_is_kept_does_not_grow_with_the_number_of_updates():
    short, long = (sweep(BOWL, SGD(), Constant(), 0.1, [0, 1], steps, n_jobs=1) for steps in (100, 3000))
    assert short.curves.shape == long.curves.shape == (1, 1, 1, 2, 100)
    assert sweep(BOWL, SGD(), Constant(), 0.1, 0, 7, n_jobs=1).curve_at.tolist() == [1, 2, 3, 4, 5, 6, 7]


def test_hyper_and_observe_reach_the_runs():
    rising = Linear(start=0.5, end=0.9, steps=10)
    found = sweep(BOWL, SGD(), Constant(), [0.1], [4], 12, hyper={"momentum": rising}, points=12, n_jobs=1)
    np.testing.assert_array_equal(found.curves.ravel(), train(BOWL, SGD(), 0.1, 12, seed=4, hyper={"momentum": rising}).loss)
    found = sweep(BOWL, SGD(), Halving, [0.5], [4], 12, observe="distance", observe_every=3, points=12, n_jobs=1)
    alone = train(BOWL, SGD(), Halving(0.5), 12, seed=4, observe="distance", observe_every=3)
    np.testing.assert_array_equal(found.curves.ravel(), alone.loss)


# ---- schedules, labels ----


def test_a_shape_is_brought_to_a_rate_by_its_field_by_a_factor_or_by_the_function_itself():
    assert at_rate(Cosine(steps=7), 0.3) == Cosine(lr=0.3, steps=7)
    assert at_rate(Constant(lr=1.0).warmup(3), 0.3)([0, 3]).tolist() == [0.0, 0.3]
    assert at_rate(lambda lr: Cosine(lr=lr, steps=5), 0.3) == Cosine(lr=0.3, steps=5)
    assert at_rate(Cosine, 0.3) == Cosine(lr=0.3)
    assert at_rate(lambda lr: 2 * lr, 0.25) == Constant(lr=0.5)
    with pytest.raises(ValueError, match="^sweep: a function given as schedule must turn a learning rate into a schedule"):
        sweep(BOWL, SGD(), lambda lr: "fast", 0.1, 0, 5)


def test_labels_are_names_and_equal_names_are_told_apart():
    found = sweep(BOWL, [SGD(), Adam()], {"a": Constant(), "b": Cosine()}, [0.1], [0], 3, n_jobs=1)
    assert found.optimizers == ("SGD", "Adam") and found.schedules == ("a", "b")
    assert found.coords["lr"].tolist() == [0.1] and tuple(found.coords) == found.dims
    found = sweep(BOWL, [Adam(beta1=0.5), Adam()], [Halving, Halving], [0.1], [0], 3, n_jobs=1)
    assert found.optimizers == (repr(Adam(beta1=0.5)), repr(Adam())) and found.schedules == ("Halving", "Halving #2")


@pytest.mark.parametrize(
    "change, words",
    [
        ({"optimizers": []}, "optimizers is empty"),
        ({"optimizers": [SGD]}, "optimizers must be an optimizer"),
        ({"schedules": {}}, "schedules is empty"),
        ({"schedules": [0.1]}, "schedules must be a schedule"),
        ({"lrs": []}, "lrs is empty"),
        ({"lrs": [0.1, -1.0]}, "lrs must be at least 0, got -1.0"),
        ({"lrs": [0.1, np.nan]}, "lrs must be a number at least 0"),
        ({"lrs": [0.1, 0.2, 0.1]}, "lrs has 0.1 more than once"),
        ({"seeds": range(0)}, "seeds is empty"),
        ({"seeds": [0.5]}, "seeds must be a whole number"),
        ({"seeds": [-1]}, "seeds must be at least 0"),
        ({"steps": 0}, "steps must be at least 1"),
        ({"dtype": "float16"}, "dtype must be 'float64' or 'float32', got 'float16'"),
        ({"dtype": "fast"}, "dtype must be"),
        ({"points": 0}, "points must be at least 1"),
        ({"chunk": 0}, "chunk must be at least 1"),
        ({"evaluate_every": 0}, "evaluate_every must be at least 1"),
        ({"observe_every": 0}, "observe_every must be at least 1"),
    ],
)
def test_bad_input_is_refused_before_anything_is_trained(change, words):
    call = {"optimizers": SGD(), "schedules": Constant(), "lrs": [0.1], "seeds": [0], "steps": 5, **change}
    with pytest.raises(ValueError, match=f"^sweep: {words}"):
        sweep(None, **call)


def test_a_hyper_parameter_that_an_optimizer_has_not_is_refused_before_anything_is_trained():
    with pytest.raises(ValueError, match="hyper names 'momentum', but Adam"):
        sweep(None, [SGD(), Adam()], Constant(), 0.1, 0, 5, hyper={"momentum": Constant()})


# ---- the result ----


def made(values, diverged=None, lrs=None):
    """A sweep whose final loss is `values` (optimizers, schedules, lrs, seeds)."""
    values = np.array(values, dtype=float)
    diverged = np.zeros(values.shape, dtype=bool) if diverged is None else np.array(diverged)
    o, s, l, r = values.shape
    return Sweep(
        problem="Made()", optimizers=tuple(f"opt{k}" for k in range(o)), schedules=tuple(f"sch{k}" for k in range(s)),
        lrs=np.array(lrs or [0.1 * (k + 1) for k in range(l)]), seeds=np.arange(r), steps=10, evaluated_at=np.array([0, 10]),
        metrics={"loss": np.stack([np.ones_like(values), values], axis=-1), "error": np.stack([values, -values], axis=-1)},
        curve_at=np.array([5, 10]), curves=np.stack([np.ones_like(values), values], axis=-1),
        diverged=diverged, diverged_at=np.where(diverged, 4, 10), finished=np.ones(values.shape, dtype=bool),
    )  # fmt: skip


def test_means_leave_out_what_diverged_and_say_how_many_took_part():
    result = made([[[[1.0, 3.0, np.inf], [2.0, 4.0, 6.0], [np.inf] * 3]]], [[[[0, 0, 1], [0, 0, 0], [1, 1, 1]]]] == np.array(1))
    mean, error, count = result.mean("loss")
    assert mean.tolist() == [[[2.0, 4.0, np.inf]]] and count.tolist() == [[[2, 3, 0]]]
    np.testing.assert_allclose(error[0, 0], [1.0, 2 / np.sqrt(3), np.inf])
    # a mean without its diverged seed is no fair rival
    best = result.best("loss")
    assert (best.lr, best.mean, best.lost, best.seeds) == (0.2, 4.0, 0, 3)
    assert "4 of 9 replicas diverged" in best.sentence


def test_the_best_and_whether_the_next_can_be_told_from_it():
    noise = np.array([0.0, 5.0, -3.0, 1.0])
    apart = made([[[noise + 2.25, noise + 1.0, noise + 2.0 + 0.01 * noise]]])
    best = apart.best("loss")
    assert best.lr == 0.2 and best.next == ("opt0", "sch0", pytest.approx(0.3))
    assert best.against_next.distinguishable and not best.edge
    said = "Best loss: 1.75 +- 1.7 (4 seeds) with lr 0.2. It is distinguishable from the next, lr 0.3 (2.758)."
    assert best.sentence == said
    close = made([[[noise + 3.0, noise + 1.0, -noise + 3.0]]]).best("loss")
    assert not close.against_next.distinguishable and "It is not distinguishable from the next" in repr(close)
    assert apart.best("loss", largest=True).lr == pytest.approx(0.1)


def test_a_single_seed_says_nothing_about_chance():
    best = made([[[[1.0], [2.0]]], [[[3.0], [0.5]]]]).best("loss")
    assert (best.optimizer, best.error, best.against_next.pairs) == ("opt1", np.inf, 1)
    assert "one seed says nothing about chance" in best.sentence and "with opt1, lr 0.2" in best.sentence


@pytest.mark.parametrize("values, edge", [([3, 2, 1], True), ([1, 2, 3], True), ([2, 1, 3], False)])
def test_a_best_rate_at_the_edge_of_the_grid_is_said(values, edge):
    best = made([[[[float(value)] for value in values]]]).best("loss")
    assert best.edge == edge == ("is at the edge of the grid (0.1 to 0.3): widen it." in best.sentence)
    assert not made([[[[1.0, 2.0]]]]).best("loss").edge


def test_a_sweep_in_which_all_diverged_says_so():
    result = sweep(Quadratic(dim=1), [SGD(), SGD(momentum=0.5)], Constant(), [10.0, 30.0], [0, 1], 50, n_jobs=1)
    assert result.diverged.all() and repr(result).endswith("50 updates, 8 diverged)")
    with pytest.raises(ValueError, match="there is no best. All 8 replicas diverged: take learning rates below 10"):
        result.best()
    table = result.table()
    assert [row["verdict"] for row in table] == ["diverged"] * 2 and "All 8 replicas diverged" in repr(table)
    assert "diverged" in result.plot().sentence and "diverged" in result.plot_curves().sentence
    for picture in (result.plot(), result.plot_curves()):
        assert picture.png().startswith(b"\x89PNG")


def test_the_table_compares_each_pair_at_its_best_rate_with_the_best():
    noise = np.array([0.0, 5.0, -3.0, 1.0])
    result = made([[[noise + 2.0, noise + 1.0]], [[-noise + 4.0, noise + 4.0]], [[noise + 1.5 + 0.01 * noise, noise + 9.0]]])
    table = result.table("loss")
    assert [(row["optimizer"], row["lr"], row["verdict"]) for row in table] == [
        ("opt0", 0.2, "best"),
        ("opt1", 0.1, "not distinguishable from the best"),
        ("opt2", 0.1, "distinguishable from the best"),
    ]
    lines = repr(table).splitlines()
    assert lines[0].split() == ["optimizer", "schedule", "lr", "loss", "error", "seeds", "diverged", "verdict"]
    assert len(lines) == 5 and lines[4] == result.best("loss").sentence
    assert "<td>not distinguishable from the best</td>" in table._repr_html_()
    assert [row["lr"] for row in result.select(optimizer="opt0").table("loss")] == [0.1, 0.2]


def test_a_part_is_selected_by_labels():
    result = example(n_jobs=1)
    part = result.select(optimizer="Adam", lr=[0.1, 0.01], seed=8)
    assert part.shape == (1, 3, 2, 1) and part.lrs.tolist() == [0.1, 0.01]
    np.testing.assert_array_equal(part.final("loss"), result.final("loss")[1:, :, [1, 0], 2:])
    wrong = (({"rate": 1}, "no dim 'rate'"), ({"lr": 0.5}, "no lr 0.5"), ({"seed": []}, "no seed in an empty list"))
    for labels, words in wrong:
        with pytest.raises(ValueError, match=words):
            result.select(**labels)


def test_the_metric_is_the_test_loss_unless_another_is_named():
    result = sweep(NETWORK, SGD(), Constant(), [0.1], [0], 3, n_jobs=1)
    np.testing.assert_array_equal(result.final(), result.metrics["test_loss"][..., -1])
    assert sweep(LeastSquares(), SGD(), Constant(), [0.1], [0], 3, n_jobs=1).best().metric == "excess"
    with pytest.raises(ValueError, match="no metric 'accuracy'. There are: train_loss"):
        result.best("accuracy")


def test_pictures_say_what_they_show():
    result = example(n_jobs=1)
    heat = result.plot("loss")
    assert heat.sentence.startswith("Heat map of loss over learning rates. Best loss: ") and "A cross marks" in heat.sentence
    lines = result.plot_curves("loss")
    assert lines.sentence.startswith("Training loss over 20 updates. SGD, cosine, lr 0.")
    for picture in (heat, lines):
        assert picture.png().startswith(b"\x89PNG")


def test_a_saved_sweep_is_the_same_when_loaded_and_holds_no_code(tmp_path):
    result = example(n_jobs=1)
    result.save(tmp_path / "kept")
    loaded = Sweep.load(tmp_path / "kept")
    assert_equal(loaded, result)
    assert repr(loaded) == repr(result) and repr(loaded.table()) == repr(result.table())
    assert os.listdir(tmp_path) == ["kept"]
    np.savez(tmp_path / "other.npz", words=np.array([{}], dtype=object))
    (tmp_path / "text").write_text("nothing")
    for name in ("other.npz", "text"):
        with pytest.raises(ValueError, match="is no sweep that save"):
            Sweep.load(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        Sweep.load(tmp_path / "none")


def test_a_table_for_pandas_has_a_row_for_each_replica(monkeypatch):
    result, frames = example(n_jobs=1), []

    class Frame(dict):
        def __init__(self, columns, index):
            super().__init__(columns)
            frames.append(index)

        def reset_index(self):
            return self

    product = SimpleNamespace(from_product=lambda labels, names: ([list(one) for one in labels], names))
    monkeypatch.setitem(sys.modules, "pandas", SimpleNamespace(MultiIndex=product, DataFrame=Frame))
    frame = result.to_dataframe()
    assert frames[0][1] == result.dims and list(map(len, frames[0][0])) == [2, 3, 3, 3]
    np.testing.assert_array_equal(frame["loss"], result.final("loss").ravel())
    assert list(frame) == ["loss", "distance", "diverged", "diverged_at", "finished"]
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="needs pandas"):
        result.to_dataframe()


# ---- what may go wrong on the way ----


class Deadly(Rosenbrock):
    """Kills the process that trains it, as often as there are files in a folder."""

    def loss_and_grad(self, w, batch=None):
        for name in sorted(os.listdir(os.environ["LRLAB_DEADLY"])):
            try:
                os.remove(os.path.join(os.environ["LRLAB_DEADLY"], name))
            except FileNotFoundError:
                continue
            os.kill(os.getpid(), signal.SIGKILL)
        return super().loss_and_grad(w, batch)


def deadly(**options):
    return sweep(Deadly(), [SGD(), Adam()], Constant(), [1e-4, 1e-3], [0, 1], 5, n_jobs=2, chunk=1, **options)


@pytest.fixture
def deaths(tmp_path, monkeypatch):
    # the workers take their environment from when they were started
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True)
    monkeypatch.setenv("LRLAB_DEADLY", str(tmp_path))
    yield lambda count: [(tmp_path / f"{k}").touch() for k in range(count)]
    get_reusable_executor().shutdown(wait=True)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")
def test_a_worker_that_is_killed_loses_nothing(deaths):
    deaths(0)
    reference = deadly()
    deaths(1)
    assert_equal(deadly(), reference)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")
def test_workers_that_die_again_and_again_end_the_sweep_in_words(deaths):
    deaths(100)
    with pytest.raises(RuntimeError, match="died 3 times in a row, with 0 of 8 replicas .* With a store the same call"):
        deadly()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_ctrl_c_returns_what_is_finished_and_says_so(n_jobs, monkeypatch):
    whole, add = example(n_jobs=1), _Results.add

    def interrupted(self, found):
        if self.finished.sum() >= 5:
            raise KeyboardInterrupt
        return add(self, found)

    monkeypatch.setattr(_Results, "add", interrupted)
    with pytest.warns(UserWarning, match="interrupted. 5 of 54 replicas are finished and returned"):
        part = example(n_jobs=n_jobs, chunk=1)
    assert part.finished.sum() == 5 and repr(part).endswith(", 49 not finished)")
    np.testing.assert_array_equal(part.final("loss")[part.finished], whole.final("loss")[part.finished])
    assert np.all(np.isnan(part.final("loss")[~part.finished]))
    assert part.mean("loss")[2].sum() == (part.finished & ~part.diverged).sum()
    if not part.diverged[part.finished].all():
        assert "Only 5 of 54 replicas are finished." in part.best("loss").sentence
    assert part.plot("loss").png() and part.plot_curves("loss").png() and repr(part.table("loss"))


def test_ctrl_c_before_anything_is_finished_is_raised(monkeypatch):
    def interrupted(self, found):
        raise KeyboardInterrupt

    monkeypatch.setattr(_Results, "add", interrupted)
    with pytest.raises(KeyboardInterrupt):
        example(n_jobs=1)


def test_an_error_in_a_run_is_shown_as_it_is():
    class Broken(SGD):
        def step(self, w, grad, state, lr):
            raise KeyError("broken")

    with pytest.raises(KeyError, match="broken"):
        sweep(BOWL, Broken(), Constant(), [0.1], [0], 3, n_jobs=1)


def test_a_bar_is_shown_unless_it_is_quiet(monkeypatch, capsys):
    example(n_jobs=1)
    assert capsys.readouterr() == ("", "")
    monkeypatch.delenv("LRLAB_QUIET")
    import tqdm.auto

    bars = []

    class Bar(tqdm.tqdm):
        def __init__(self, **options):
            super().__init__(**{**options, "delay": 0})
            bars.append(self)

    monkeypatch.setattr(tqdm.auto, "tqdm", Bar)
    example(n_jobs=1, progress=False)
    assert not bars
    example(n_jobs=1)
    assert len(bars) == 1 and bars[0].n == bars[0].total == 54
    assert "sweep" in capsys.readouterr().err


def test_the_function_is_lrlab_sweep():
    assert callable(lrlab.sweep) and lrlab.sweep is sweep and lrlab.Sweep is Sweep
