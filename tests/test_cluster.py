"""The same call on a cluster: two Dask worker processes on this machine."""

import joblib
import numpy as np
import pytest

pytest.importorskip("dask")

from lrlab import SGD, Adam, Cosine, DigitsNetwork, sweep


@pytest.fixture(scope="module")
def client():
    import dask
    from distributed import Client, LocalCluster

    with (
        dask.config.set({"distributed.worker.daemon": True, "distributed.comm.timeouts.connect": "60s"}),
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None) as cluster,
        Client(cluster) as connected,
    ):
        connected.wait_for_workers(2, timeout=60)
        yield connected


def call(**options):
    problem = DigitsNetwork(hidden=8, examples=100, batch=16)
    return sweep(
        problem, [SGD(momentum=0.9), Adam()], {"cosine": Cosine(steps=30), "own": lambda lr: Cosine(lr=lr, steps=20)},
        [0.01, 0.1, 1e6], range(2), 30, evaluate_every=10, **options,
    )  # fmt: skip


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_numbers_of_this_machine_bit_by_bit(client, tmp_path):
    here = call(n_jobs=1)
    assert here.diverged.any() and not here.diverged.all()
    with joblib.parallel_config(backend="dask"):
        there = call(chunk=2, store=tmp_path / "s")
    for name, values in here.metrics.items():
        np.testing.assert_array_equal(there.metrics[name], values, err_msg=name)
    for name in ("curves", "diverged", "diverged_at", "finished"):
        np.testing.assert_array_equal(getattr(there, name), getattr(here, name), err_msg=name)
    ran = client.run(lambda dask_worker: dask_worker.state.executed_count)
    assert len(ran) == 2 and sum(ran.values()) >= 12
    # the cluster's store is one for every machine
    np.testing.assert_array_equal(call(n_jobs=1, store=tmp_path / "s").curves, here.curves)
