"""Answers to lesson 13 that its module does not know: right ones, wrong ones, and settings for its missions."""

import math

import numpy as np

from lrlab.widgets import ScheduleExplorer


def explorer(**settings):
    made = ScheduleExplorer("Cosine", steps=100)
    made.set(**settings)
    return made


def step_by_step(t, lr, every, factor):
    def rate(updates):
        now, steps = lr, 0
        for _ in range(int(updates) + 1):
            steps += 1
            if steps % every == 0:
                now *= factor
        return now

    return np.vectorize(rate)(t)


def shifted_schedule(t, lr, every, factor):
    right = lambda u: lr * factor ** np.floor(np.divide(u, every))
    return right(np.add(t, 1))


def epoch_by_epoch(t, lr, gamma, per_epoch):
    if np.ndim(t):
        return [epoch_by_epoch(one, lr, gamma, per_epoch) for one in t]
    while t >= per_epoch:
        t, lr = t - per_epoch, lr * gamma
    return lr


def appended(milestones):
    boundaries = []
    for milestone in milestones:
        boundaries.append(float(milestone - 1))
    return boundaries


def counted(total, warmup):
    keras = 0
    for t in range(total):
        keras += t >= warmup
    return [total, keras]


def piecewise(t, lr, decay_steps, alpha):
    t = np.asarray(t, dtype=float)
    falling = alpha * lr + (lr - alpha * lr) * 0.5 * (1 + np.cos(np.pi * t / decay_steps))
    return np.where(t < decay_steps, falling, alpha * lr)


def one_by_one(t, lr, decay_steps, alpha):
    if np.ndim(t):
        return [one_by_one(one, lr, decay_steps, alpha) for one in t]
    t = min(t, decay_steps)
    return lr * ((1 - alpha) * math.cos(math.pi * t / decay_steps / 2) ** 2 + alpha)


def from_the_two_steps(epsilon, beta2, t):
    """From Keras' own order: its rate is lr root / (1 - beta1^n)."""
    root = np.sqrt(1 - np.power(beta2, np.add(t, 1.0)))
    return epsilon * root**-1


RIGHT = {
    "13-1": [
        step_by_step,
        shifted_schedule,
        "lr * factor ** ((t + 1) // every)",
        "lr * np.power(factor, np.floor((np.asarray(t) + 1) / every))",
    ],
    "13-2": [
        epoch_by_epoch,
        "lr * gamma ** (t // per_epoch)",
        "lr * np.exp(np.log(gamma) * np.floor(np.divide(t, per_epoch)))",
        "lr * gamma ** np.divmod(t, per_epoch)[0]",
    ],
    "13-3": [
        appended,
        "list(map(lambda m: m - 1, milestones))",
        "tuple(m - 1 for m in milestones)",
        "np.array(milestones) - 1",
    ],
    "13-4": [
        counted,
        "(total, total - warmup)",
        "[warmup + (total - warmup), -(warmup - total)]",
        "np.array([total, total - warmup])",
    ],
    "13-5": [
        piecewise,
        one_by_one,
        "alpha * lr + (1 - alpha) * lr * (1 + np.cos(np.pi * np.clip(np.divide(t, decay_steps), 0, 1))) / 2",
        "lr * (1 - (1 - alpha) * np.sin(np.pi / 2 * np.minimum(t, decay_steps) / decay_steps) ** 2)",
    ],
    "13-6": [["e", "w", "c", "b"], ("E", "W", "C", "B"), "e, w, c, b"],
    "13-7": [
        from_the_two_steps,
        "epsilon / (1 - beta2 ** (t + 1)) ** 0.5",
        "epsilon * (1 - beta2 ** (t + 1)) ** -0.5",
        "np.divide(epsilon, np.sqrt(-np.expm1((np.asarray(t) + 1) * np.log(beta2))))",
    ],
}

PLAUSIBLE = {
    "13-1": [
        "lr * factor ** (t // (every + 1))",
        "lr * factor ** ((t + 1) % every)",
        "lr / factor ** ((t + 1) // every)",
        "lr * (1 - factor) ** ((t + 1) // every)",
        "lr * factor ** round((t + 1) / every)",
        "lr * every ** ((t + 1) // factor)",
        "lr * factor ** ((t + every) // every)",
        "lr * factor",
    ],
    "13-2": [
        "lr * (gamma / per_epoch) ** t",
        "lr * gamma ** (per_epoch // (t + 1))",
        "lr * (1 - gamma) ** (t // per_epoch)",
        "lr - lr * (1 - gamma) * (t // per_epoch)",
        "lr * gamma ** per_epoch",
        "lr / gamma ** (t // per_epoch)",
        "lr * (t // per_epoch) ** gamma",
        "gamma * lr ** (t // per_epoch)",
    ],
    "13-3": [
        "[m - 2 for m in milestones]",
        "[m / 2 for m in milestones]",
        "milestones[::-1]",
        "[1 - m for m in milestones]",
        "len(milestones)",
        "[m - 1 for m in milestones if m > 30]",
        "[milestones[0] - 1]",
    ],
    "13-4": [
        "(total - warmup, total + warmup)",
        "(warmup, total)",
        "(total, total // 2)",
        "(total + 1, total - warmup + 1)",
        "total",
        "(total, total - 2 * warmup)",
        "(warmup, total - warmup)",
    ],
    "13-5": [
        "lr * alpha",
        "lr * (alpha + (1 - alpha) * np.sin(np.pi * np.minimum(np.asarray(t) / decay_steps, 1)))",
        "lr * alpha ** np.minimum(np.asarray(t) / decay_steps, 1)",
        "(1 + np.cos(np.pi * np.minimum(np.asarray(t) / decay_steps, 1))) / 2 * (1 - alpha) + alpha",
        "lr * (alpha + (1 - alpha) * (1 + np.cos(np.pi * np.minimum(np.asarray(t) / (decay_steps + 1), 1))) / 2)",
        "lr * ((1 + np.cos(np.pi * np.minimum(np.asarray(t) / decay_steps, 1))) / 2 - alpha)",
        "lr * (alpha + (1 - alpha) * (1 + np.cos(np.pi * (np.asarray(t) % decay_steps) / decay_steps)) / 2)",
    ],
    "13-6": ["ewc", "ewcbb", "bcwe", "cosi", 0, ["e", "w", "c"], "bwce"],
    "13-7": [
        "epsilon / np.sqrt(1 - (1 - beta2) ** (np.asarray(t) + 1))",
        "epsilon / (1 - np.sqrt(beta2 ** (np.asarray(t) + 1)))",
        "np.sqrt(1 - beta2 ** (np.asarray(t) + 1)) / epsilon",
        "epsilon * (1 - beta2 ** (np.asarray(t) + 1))",
        "epsilon / np.sqrt(np.asarray(t) + 1)",
        "epsilon - np.sqrt(1 - beta2 ** (np.asarray(t) + 1))",
        "epsilon / np.sqrt(1 + beta2 ** (np.asarray(t) + 1))",
    ],
}

REACHED = [
    ("13-m1", explorer, {"schedule": "StepDecay", "every": 30, "factor": 0.5, "code": "torch"}),
    ("13-m1", explorer, {"schedule": "StepDecay", "lr": 0.8, "every": 30, "factor": 0.5, "code": "torch"}),
    ("13-m2", explorer, {"schedule": "MultiStep", "milestones": (25, 75), "code": "keras"}),
    ("13-m3", explorer, {"schedule": "Polynomial", "steps": 60, "end": 0.0, "code": "torch"}),
    ("13-m3", explorer, {"schedule": "Polynomial", "steps": 60, "end": 0.0, "power": 2.0, "code": "torch"}),
]
MISSED = [
    ("13-m1", explorer, {"schedule": "StepDecay", "every": 30, "factor": 0.5}, "Show code for torch"),
    ("13-m1", explorer, {"schedule": "StepDecay", "every": 20, "factor": 0.5, "code": "torch"}, "step_size 20"),
    ("13-m1", explorer, {"schedule": "Cosine", "code": "torch"}, "Choose the schedule StepDecay"),
    ("13-m2", explorer, {"schedule": "MultiStep", "milestones": (24, 74), "code": "keras"}, "not at 25 and 75"),
    ("13-m2", explorer, {"schedule": "MultiStep", "milestones": (25, 75), "code": "optax"}, "Show code for keras"),
    ("13-m3", explorer, {"schedule": "Polynomial", "steps": 60, "end": 0.01, "code": "torch"}, "does not use PolynomialLR"),
    ("13-m3", explorer, {"schedule": "Polynomial", "steps": 50, "end": 0.0, "code": "torch"}, "not 60"),
    ("13-m3", explorer, {"schedule": "Cosine", "steps": 60, "code": "torch"}, "Choose the schedule Polynomial"),
]
