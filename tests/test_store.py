import io
import os
import subprocess
import sys
import textwrap
import warnings

import numpy as np
import pytest

from lrlab import SGD, Adam, Constant, Cosine, Quadratic, Sweep, sweep
from lrlab.store import HEAD, MARK, Store, record, records, unfinished
from lrlab.sweeps import _Results

BOWL = Quadratic(dim=2, condition=4.0, noise=0.3)
CALL = {"optimizers": [SGD(), Adam()], "schedules": Cosine(steps=9), "lrs": [0.01, 0.1], "seeds": [0, 1], "steps": 9}


def go(store, **changes):
    options = {"problem": BOWL, **CALL, "chunk": 1, "n_jobs": 1, **changes}
    return sweep(store=store, **options)


def numbers(result):
    return [result.final("loss"), result.final("distance"), result.curves, result.diverged_at, result.finished]


def assert_equal(a, b):
    for left, right in zip(numbers(a), numbers(b)):
        np.testing.assert_array_equal(left, right)


@pytest.fixture
def trained(monkeypatch):
    """How many replicas have been trained (or taken from a store) by each call of `add`."""
    import lrlab.sweeps

    counted, train_chunk = [], lrlab.sweeps.train_chunk

    def counting(plan, replicas):
        counted.append(len(replicas))
        return train_chunk(plan, replicas)

    monkeypatch.setattr(lrlab.sweeps, "train_chunk", counting)
    return counted


def kept(path):
    """The replicas recorded in a store, in order."""
    found = []
    for _, _, _, content in records(path.read_bytes()):
        if not content.startswith(b"{"):
            found += np.load(io.BytesIO(content))["replicas"].tolist()
    return found


# ---- the same call goes on ----


def test_a_finished_sweep_is_read_back_and_nothing_is_trained(tmp_path, trained):
    reference = go(None)
    first = go(tmp_path / "s")
    assert_equal(first, reference)
    trained.clear()
    assert_equal(go(str(tmp_path / "s")), reference)
    assert not trained and sorted(kept(tmp_path / "s")) == list(range(8))


def test_the_store_remembers_replicas_not_chunks(tmp_path, trained, monkeypatch):
    reference, add = go(None), _Results.add

    def interrupted(self, found):
        if self.finished.sum() >= 3:
            raise KeyboardInterrupt
        return add(self, found)

    monkeypatch.setattr(_Results, "add", interrupted)
    with pytest.warns(UserWarning, match=r"interrupted. 3 of 8 .* The same call goes on from the store '.*s'\."):
        go(tmp_path / "s")
    monkeypatch.undo()
    before = kept(tmp_path / "s")
    assert len(before) == 4
    assert_equal(go(tmp_path / "s", chunk=3), reference)
    assert sorted(kept(tmp_path / "s")) == list(range(8)) and kept(tmp_path / "s")[:4] == before


def test_two_processes_fill_a_store_as_one_does(tmp_path):
    assert_equal(go(tmp_path / "s", n_jobs=2), go(None))
    assert sorted(kept(tmp_path / "s")) == list(range(8))


def test_functions_and_lambdas_are_known_by_their_values(tmp_path):
    def build(slope):
        schedules, hyper = {"a": lambda lr: Constant(lr=lr * slope)}, {"momentum": lambda t: 0.5 + 0 * t}
        return {"schedules": schedules, "hyper": hyper, "optimizers": SGD()}

    go(tmp_path / "s", **build(0.5))
    go(tmp_path / "s", **build(0.5))
    with pytest.raises(ValueError, match="belongs to another sweep. They differ in schedules"):
        go(tmp_path / "s", **build(0.25))


# ---- what is refused ----


@pytest.mark.parametrize(
    "change, words",
    [
        ({"steps": 10}, "steps .9 there, 10 here."),
        ({"lrs": [0.01, 0.2]}, "lrs .*0.1. there, .*0.2. here"),
        ({"seeds": [0, 2]}, "seeds"),
        ({"optimizers": [SGD(momentum=0.5), Adam()]}, "optimizers"),
        ({"schedules": Cosine(steps=8)}, "schedules .*steps=9.* there, .*steps=8"),
        ({"problem": Quadratic(dim=2, condition=5.0, noise=0.3)}, "problem .*n=4.0.* there, .*n=5.0.* here.; loss at"),
        ({"dtype": "float32"}, 'dtype .float64 there, float32 here.'),
        ({"points": 3, "evaluate_every": 2}, "evaluate_every .null there, 2 here.; points"),
    ],
    ids=lambda change: "+".join(change) if isinstance(change, dict) else "",
)
def test_a_store_of_another_sweep_is_refused_with_the_difference(tmp_path, change, words):
    path = tmp_path / "s"
    go(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=f"^sweep: the store '.*s' belongs to another sweep. They differ in {words}"):
        go(path, **change)
    assert path.read_bytes() == before


def test_other_data_behind_the_same_words_are_noticed(tmp_path):
    class Own:
        shapes = ((1,),)

        def __init__(self, height):
            self.height = height

        def initial(self, rng):
            return np.ones(1)

        def batches(self, rng, steps):
            return [None] * steps

        def loss_and_grad(self, w, batch=None):
            return self.height * np.square(w).sum(-1), 2 * self.height * w

        def evaluate(self, w):
            return {"loss": np.square(w).sum(-1), "distance": np.abs(w).sum(-1)}

    go(tmp_path / "s", problem=Own(1.0))
    go(tmp_path / "s", problem=Own(1.0))
    with pytest.raises(ValueError, match="They differ in loss at the start"):
        go(tmp_path / "s", problem=Own(2.0))


def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path):
    (tmp_path / "notes").write_text("my notes")
    with pytest.raises(ValueError, match="is not the store of a sweep, or nothing in it can be read. Nothing was changed"):
        go(tmp_path / "notes")
    assert (tmp_path / "notes").read_text() == "my notes"
    with pytest.raises(ValueError, match="is a folder"):
        go(tmp_path)
    with pytest.raises(ValueError, match="folder of the store .* does not exist"):
        go(tmp_path / "none" / "s")


def test_a_store_in_use_is_refused(tmp_path):
    pytest.importorskip("fcntl")
    with Store(tmp_path / "s", {"a": 1}):
        with pytest.raises(ValueError, match="is in use by another process"):
            Store(tmp_path / "s", {"a": 1})
    Store(tmp_path / "s", {"a": 1}).close()


# ---- what is damaged ----


def test_a_store_cut_anywhere_goes_on_without_a_word_or_a_wrong_number(tmp_path):
    path, reference = tmp_path / "s", go(None)
    go(path)
    whole = path.read_bytes()
    ends = [end for _, end, _, _ in records(whole)]
    assert len(ends) == 9 and ends[-1] == len(whole)
    cuts = {0, 1, 7, 8, HEAD - 1, HEAD, ends[0] - 1, ends[0], ends[0] + 3, ends[3] - 1, ends[3], ends[3] + HEAD, len(whole) - 1}
    for cut in sorted(cuts):
        path.write_bytes(whole[:cut])
        assert_equal(go(path), reference)
        assert len(path.read_bytes()) == len(whole) and sorted(kept(path)) == list(range(8))


def test_damage_is_reported_and_what_is_whole_is_kept(tmp_path, trained):
    path, reference = tmp_path / "s", go(None)
    go(path)
    whole = path.read_bytes()
    spans = [(begin, end) for begin, end, _, _ in records(whole)]
    # (first byte, bytes): in the description, in a head, in the numbers, over a border, a whole record and more
    for begin, count, lost in (
        (spans[0][0] + HEAD + 5, 3, 0),
        (spans[3][0] + 9, 2, 1),
        (spans[5][0] + HEAD + 400, 1, 1),
        (spans[5][1] - 4, 8, 2),
        (spans[2][0] + 3, spans[4][1] - spans[2][0], 3 + 1),
        (spans[8][1] - 20, 20, 1),
        (0, 20, 0),
    ):
        harmed = bytearray(whole)
        for k in range(begin, min(begin + count, len(whole))):
            harmed[k] ^= 0xFF
        path.write_bytes(harmed)
        trained.clear()
        with pytest.warns(UserWarning, match=f"the store '.*s' is damaged: .* bytes cannot be read. {8 - lost} replicas in"):
            assert_equal(go(path), reference)
        assert sum(trained) == lost
        assert sorted(kept(path)) == list(range(8))


@pytest.mark.parametrize("seed", range(3))
def test_random_damage_never_gives_a_wrong_number(tmp_path, seed):
    path, reference, rng = tmp_path / "s", go(None), np.random.default_rng(seed)
    go(path)
    whole = path.read_bytes()
    for _ in range(15):
        harmed = bytearray(whole)
        for _ in range(rng.integers(1, 4)):
            begin = int(rng.integers(len(harmed)))
            harmed[begin : begin + int(rng.integers(1, 300))] = rng.bytes(int(rng.integers(0, 300)))
        path.write_bytes(harmed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert_equal(go(path), reference)


def test_a_store_whose_description_is_damaged_is_still_not_another_s(tmp_path):
    path = tmp_path / "s"
    go(path)
    path.write_bytes(path.read_bytes().replace(b'"steps"', b'"stops"'))
    with pytest.raises(ValueError, match="belongs to another sweep. Its description is damaged"):
        go(path, steps=10)


def test_records_and_unfinished_tails():
    data = record(bytes(32), b"one" + MARK) + record(bytes(32), b"")
    assert [content for _, _, _, content in records(data)] == [b"one" + MARK, b""]
    for cut in range(1, HEAD + 11):
        assert list(records(data[:cut])) == [] and unfinished(data[:cut])
    assert not unfinished(b"notes") and not unfinished(data)


# ---- kill -9 ----


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no kill -9 here")
def test_killed_at_twenty_random_moments_nothing_is_lost_or_wrong(tmp_path):
    """One process makes a child after the other, each with the same call, and kills it while it runs."""
    script = textwrap.dedent(
        """
        import os, random, signal, sys, time
        from lrlab import SGD, Adam, Constant, DigitsNetwork, sweep

        store = sys.argv[1] + "/s"
        def call(store=None):
            problem = DigitsNetwork(hidden=4, examples=60, batch=8)
            lrs = [0.001, 0.01, 0.1]
            return sweep(problem, [SGD(), Adam()], Constant(), lrs, range(12), 20, n_jobs=1, chunk=1, store=store)

        begin = os.times().elapsed
        call().save(sys.argv[1] + "/reference")
        seconds = os.times().elapsed - begin
        random.seed(0)
        sizes, killed = [0], 0
        while killed < 20:
            pid = os.fork()
            if not pid:
                try:
                    call(store)
                finally:
                    os._exit(0)
            time.sleep(random.uniform(0, seconds / 8))
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            killed += 1
            sizes.append(os.path.getsize(store) if os.path.exists(store) else 0)
        call(store).save(sys.argv[1] + "/found")
        print(sizes)
        """
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and not done.stderr, done.stderr
    found, reference = Sweep.load(tmp_path / "found"), Sweep.load(tmp_path / "reference")
    for name in ("train_loss", "test_error"):
        np.testing.assert_array_equal(found.final(name), reference.final(name))
    np.testing.assert_array_equal(found.curves, reference.curves)
    assert found.finished.all()
    # no finished replica was trained twice
    assert sorted(kept(tmp_path / "s")) == list(range(72))
