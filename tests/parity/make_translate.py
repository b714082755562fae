"""Every snippet of translate that is kept, run in its library: its text, the rates it used and where the weights were.

    python tests/parity/make_translate.py         needs the extra `peers`

A case names a schedule and an optimizer of lrlab as text. What translate refuses is kept with its reason.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from parity.run_snippet import gradients, ours, run
from parity.store import save

import lrlab
from lrlab import translate

SCHEDULES = [
    "Constant(lr=0.1)",
    "StepDecay(lr=0.1, every=10, factor=0.5)",
    "MultiStep(lr=0.1, milestones=(20, 35, 35), factor=0.3)",
    "PiecewiseConstant(values=(0.1, 0.03, 0.05), boundaries=(20, 40))",
    "ExponentialDecay(lr=0.1, factor=0.9)",
    "ExponentialDecay(lr=0.1, factor=0.3, every=7)",
    "ExponentialDecay(lr=0.1, factor=0.5, every=10, staircase=True)",
    "ExponentialDecay(lr=0.1, factor=0.9, end=0.02)",
    "InverseTime(lr=0.1, rate=0.5, every=10)",
    "InverseTime(lr=0.1, rate=0.5, every=10, staircase=True)",
    "InverseSqrt(lr=0.1, warmup=10)",
    "InverseSqrt(lr=0.1, warmup=10, timescale=30)",
    "Polynomial(lr=0.1, steps=40, power=2)",
    "Polynomial(lr=0.1, steps=40, power=0.5, end=0.01)",
    "Linear(start=0.1, end=0.0, steps=40)",
    "Linear(start=0.02, end=0.1, steps=40)",
    "Linear(start=0.0, end=0.1, steps=40)",
    "Cosine(lr=0.1, steps=40)",
    "Cosine(lr=0.1, steps=40, end=0.01)",
    "CosineRestarts(lr=0.1, period=7)",
    "CosineRestarts(lr=0.1, period=4, growth=3, end=0.01)",
    "CosineRestarts(lr=0.1, period=4, growth=1.5, decay=0.7)",
    "CosineRestarts(lr=0.1, period=7, decay=0.7, end=0.01)",
    "Cyclical(low=0.01, high=0.1, up=6)",
    "Cyclical(low=0.01, high=0.1, up=6, down=9, mode='triangular2')",
    "Cyclical(low=0.01, high=0.1, up=6, mode='exp_range', gamma=0.97)",
    "OneCycle(lr=0.1, steps=40)",
    "OneCycle(lr=0.1, steps=41, warmup=0.25)",
    "OneCycle(lr=0.1, steps=40, anneal='linear')",
    "WSD(lr=0.1, steps=40, warmup=5, cooldown=10)",
    "WSD(lr=0.1, steps=40, warmup=5, cooldown=10, shape='1-sqrt', end=0.01)",
    "WSD(lr=0.1, steps=40, warmup=0, cooldown=10, shape='cosine')",
    "REX(lr=0.1, steps=40)",
    "Tanh(lr=0.1, steps=40)",
    "Chebyshev(smallest=1.0, largest=20.0)",
    "Interpolate(values=(0.01, 0.1, 0.05, 0.02), knots=(5, 15, 15, 40))",
    "Interpolate(values=(0.01, 0.1, 0.02), knots=(0, 15, 40), shape='cosine')",
    "Function(lr=0.1, f=lambda t: 1 / (1 + t) ** 0.5)",
    "Noisy(Cosine(lr=0.1, steps=40))",
    "RangeTest(low=1e-3, high=0.1, steps=40)",
    "Cosine(lr=0.1, steps=40, end=0.01).warmup(10)",
    "Polynomial(lr=0.1, steps=40).warmup(10, start=0.02, shape='cosine')",
    "Constant(lr=0.1).then(Cosine(lr=0.1, steps=20), at=20)",
    "0.5 * Cosine(lr=0.1, steps=40)",
    "Cosine(lr=0.1, steps=50) * StepDecay(lr=1.0, every=15)",
    "(2 * OneCycle(lr=0.1, steps=20) * Cosine(lr=1.0, steps=40)).then(WSD(lr=0.1, steps=20), at=30).warmup(7)",
]
OPTIMIZERS = [
    "SGD()",
    "SGD(momentum=0.9)",
    "SGD(momentum=0.9, nesterov=True, weight_decay=0.1)",
    "SGD(weight_decay=0.1)",
    "SGD(momentum=0.9, lr_inside=True)",
    "AdaGrad()",
    "AdaGrad(eps=1e-3, initial=0.1, eps_inside=True)",
    "RMSProp()",
    "RMSProp(decay=0.9, eps=1e-3, centered=True)",
    "RMSProp(decay=0.9, eps=1e-3, eps_inside=True)",
    "RMSProp(momentum=0.8, centered=True)",
    "RMSProp(momentum=0.8, lr_inside=True, eps_inside=True)",
    "AdaDelta()",
    "Adam()",
    "Adam(beta1=0.8, beta2=0.95, eps=1e-3)",
    "AdamW(weight_decay=0.1)",
    "AMSGrad(beta2=0.9)",
    "AMSGrad(beta2=0.9, corrected_max=True)",
    "Adamax()",
    "Adamax(eps=1e-2)",
    "Adamax(eps=1e-2, eps_outside=True)",
    "NAdam()",
    "NAdam(momentum_decay=1)",
    "NAdam(momentum_decay=1e4)",
    "RAdam()",
    "RAdam(beta2=0.9, eps=1e-3)",
    "AdaBelief()",
    "Yogi()",
    "Adan()",
    "NovoGrad(weight_decay=0.1)",
    "AdEMAMix(weight_decay=0.1)",
    "ADOPT()",
    "MADGRAD()",
    "SignSGD(momentum=0.9, weight_decay=0.1)",
    "Lion(weight_decay=0.1)",
    "LARS()",
    "LAMB(weight_decay=0.1)",
    "Rprop()",
    "LBFGS()",
    "Muon()",
    "DoG()",
    "ScheduleFreeSGD()",
    "ScheduleFreeAdamW()",
    "Lookahead()",
]
FALLING = "Polynomial(lr=0.01, steps=30, end=0.001)"
STEPS = {"schedule": 60, "optimizer": 40}


def made(text):
    return eval(text, vars(lrlab) | {name: getattr(lrlab, name) for name in lrlab.__all__})


def pairs():
    """(what is varied, schedule, optimizer)"""
    yield from (("schedule", schedule, "SGD()") for schedule in SCHEDULES)
    for optimizer in OPTIMIZERS:
        yield from (("optimizer", schedule, optimizer) for schedule in ("Constant(lr=0.01)", FALLING))


def cases():
    for library in ("torch", "optax", "keras"):
        for varied, schedule, optimizer in pairs():
            case = {"library": library, "varied": varied, "schedule": schedule, "optimizer": optimizer}
            try:
                case["text"] = translate(made(schedule), to=library, optimizer=made(optimizer))
            except ValueError as reason:
                yield case | {"refused": str(reason)}
                continue
            given = gradients(STEPS[varied])
            rates, path = run(library, case["text"], given)
            our_rates, our_path = ours(made(schedule), made(optimizer), given)
            way = np.abs(np.diff(our_path, axis=0)).sum(axis=0)
            gaps = [np.max(np.abs(path - our_path) / way), *([] if rates is None else [np.max(np.abs(rates - our_rates))])]
            if not max(gaps) < 1e-6:
                print(library, schedule, optimizer, *(f"{gap:.1e}" for gap in gaps))
            yield case | {"rates": None if rates is None else np.round(rates, 12), "last": path[-1]}


if __name__ == "__main__":
    save("translate", list(cases()))
