"""Every explorer, and a control of it to move: for the tests of all explorers and for the table of move times."""

from functools import cache
from typing import NamedTuple

import numpy as np

from lrlab import SGD, Adam, Constant, Cosine, Himmelblau, Quadratic, StepDecay, sweep
from lrlab import widgets as W


class Moves(NamedTuple):
    make: object  # () -> explorer
    control: str
    values: tuple  # what the control is moved through
    plain: bool = False  # whether it draws plain curves, with nothing to simulate


@cache
def small_sweep():
    schedules = [Constant(), StepDecay(every=20), Cosine(steps=60)]
    return sweep(
        Quadratic(condition=10, largest=10, noise=1.0), [SGD(), Adam()], schedules, lrs=np.geomspace(1e-3, 1.0, 7), seeds=range(3),
        steps=60, n_jobs=1, progress=False,
    )  # fmt: skip


RATES = tuple(float(f"{lr:.4g}") for lr in np.geomspace(2e-3, 1.5, 60))
CELLS = tuple(np.geomspace(1e-3, 1.0, 7)[k % 7] for k in range(60))
UPDATES = tuple(range(20, 140, 2))

MOVES = {
    "schedule": Moves(lambda: W.ScheduleExplorer("Cosine", steps=60), "lr", RATES, plain=True),
    "schedule, time": Moves(lambda: W.ScheduleExplorer("StepDecay", steps=140), "t", UPDATES, plain=True),
    "descent": Moves(lambda: W.DescentExplorer(steps=40), "lr", RATES),
    "descent, two optimizers": Moves(lambda: W.DescentExplorer(Himmelblau(), steps=40, lr=0.01, others=("Adam",)), "lr", RATES),
    "stability": Moves(W.StabilityExplorer, "lr", RATES, plain=True),
    "noise floor": Moves(W.NoiseFloorExplorer, "lr", RATES),
    "decay": Moves(W.DecayExplorer, "a", RATES),
    "rates": Moves(W.RatesExplorer, "lr", RATES),
    "bias": Moves(W.BiasExplorer, "beta2", tuple(np.linspace(0.5, 0.9995, 60).tolist()), plain=True),
    "warmup": Moves(W.WarmupExplorer, "warmup", UPDATES),
    "horizon": Moves(W.HorizonExplorer, "horizon", UPDATES),
    "restarts": Moves(W.RestartsExplorer, "period", UPDATES),
    "plateau": Moves(W.PlateauExplorer, "noise", tuple(np.linspace(0.0, 1.0, 60).tolist())),
    "range test": Moves(W.RangeTestExplorer, "smoothing", tuple(np.linspace(0.0, 0.98, 60).tolist())),
    "digits": Moves(lambda: W.DigitsExplorer(epochs=1), "lr", RATES),
    "sweep": Moves(lambda: W.SweepExplorer(small_sweep()), "lr", CELLS),
}
