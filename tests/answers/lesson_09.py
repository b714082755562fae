"""Answers to lesson 09 that its module does not know: right ones, wrong ones, and settings for its missions."""

import math

import numpy as np

from lrlab.widgets import WarmupExplorer


def warmup(**settings):
    explorer = WarmupExplorer()
    explorer.set(**settings)
    return explorer


def climbed(t, warmup):
    if np.ndim(t):
        return [climbed(one, warmup) for one in t]
    factor = 0.0
    for _ in range(t + 1):
        factor += 1 / warmup if factor < 1 - 1e-9 and warmup else 0
    return factor if warmup else 1


def chosen(t, warmup):
    t = np.asarray(t, dtype=float)
    return np.where(t + 1 < warmup, (t + 1) / (warmup or 1), 1.0)


def one_by_one(t, warmup, schedule):
    def rate(one):
        return float(schedule(one - warmup)) if one >= warmup else float(schedule(0)) / warmup * (one + 1)

    return rate(t) if np.isscalar(t) else np.array([rate(one) for one in t.tolist()])


def factor_and_shift(t, warmup, schedule):
    factor = np.clip((np.asarray(t) + 1) / max(warmup, 1), None, 1.0)
    return factor * schedule(np.clip(np.asarray(t) - warmup, 0, None))


def chosen_by_where(t, warmup, schedule):
    t = np.asarray(t)
    ramp = schedule(0) * (t + 1) / max(warmup, 1)
    return np.where(t < warmup, ramp, schedule(np.maximum(t - warmup, 0)))


def two_parts(t, warmup, schedule):
    if np.ndim(t) == 0:
        return two_parts(np.array([t]), warmup, schedule)[0]
    rates = np.empty(len(t))
    early = t < warmup
    rates[early] = schedule(0) * (t[early] + 1) / warmup if warmup else 0
    rates[~early] = schedule(t[~early] - warmup)
    return rates


def counted(share, epochs, examples, batch):
    full = len(range(batch, examples + 1, batch))
    return int(np.rint(sum(share * full for _ in range(epochs))))


def searched(width, warmup):
    best = max(range(1, 2 * warmup + 2), key=lambda s: min(s**-0.5, s * warmup**-1.5))
    return [best, best**-0.5 / math.sqrt(width)]


def told_apart(library, warmup, total):
    if library.lower() == "keras":
        return total - warmup
    return total


def mixed(t, lr, batch, new_batch, warmup):
    done = np.clip(np.asarray(t) / warmup, 0, 1)
    return (1 - done) * lr + done * lr * (new_batch / batch)


def step_by_step(t, lr, batch, new_batch, warmup):
    if np.ndim(t):
        return np.array([step_by_step(int(one), lr, batch, new_batch, warmup) for one in t])
    rate, k = lr, new_batch / batch
    for _ in range(min(t, warmup)):
        rate += lr * (k - 1) / warmup
    return rate


# functions as they are; texts are the value that a function with the solution's arguments returns
RIGHT = {
    "09-1": [
        climbed,
        chosen,
        "np.clip((np.asarray(t) + 1) / max(1, warmup), 0, 1)",
        "np.minimum(np.asarray(t) + 1.0, warmup) / warmup if warmup else np.ones(np.shape(t))",
        "1 - np.maximum(warmup - 1 - np.asarray(t), 0) / max(warmup, 1)",
    ],
    "09-2": [one_by_one, factor_and_shift, chosen_by_where, two_parts],
    "09-3": [
        counted,
        "int(share * epochs * (examples // batch) + 0.5)",
        "np.round(share * (epochs * math.floor(examples / batch)))",
        "math.floor(0.5 + share * epochs * ((examples - examples % batch) / batch))",
    ],
    "09-4": [
        searched,
        "(warmup, width**-0.5 * warmup**-0.5)",
        "[warmup, 1 / math.sqrt(width * warmup)]",
        "np.array([warmup, 1 / np.sqrt(width) / np.sqrt(warmup)])",
    ],
    "09-5": [
        told_apart,
        "{'optax': total, 'keras': total - warmup}[library]",
        "total - warmup * (library == 'keras')",
        "float(total - (0 if library == 'optax' else warmup))",
    ],
    "09-6": [["p", "g", "e", "z"], ("P", "G", "E", "Z"), "p, g, e, z"],
    "09-7": [
        mixed,
        step_by_step,
        "lr * (1 + (new_batch / batch - 1) * np.clip(np.divide(t, warmup), 0, 1))",
        "np.where(np.asarray(t) < warmup, lr + lr * (new_batch / batch - 1) * np.asarray(t) / warmup, lr * new_batch / batch)",
        "np.interp(t, [0, warmup], [lr, lr * new_batch / batch])",
    ],
}

# wrong answers that no exercise knows
PLAUSIBLE = {
    "09-1": [
        "np.minimum(1.0, warmup / (np.asarray(t) + 1))",
        "np.minimum(1.0, (np.asarray(t) + 1) * warmup)",
        "np.where(np.asarray(t) <= warmup, (np.asarray(t) + 1) / max(warmup, 1), 1.0)",
        "np.sqrt(np.minimum(1.0, (np.asarray(t) + 1) / max(warmup, 1)))",
        "np.minimum(1.0, np.exp(np.asarray(t) + 1 - warmup))",
        "(np.asarray(t) + 1) % max(warmup, 1) / max(warmup, 1)",
        "np.minimum(1.0, (np.asarray(t) + 2) / max(warmup, 1))",
        "1.0 * (np.asarray(t) >= warmup)",
    ],
    "09-2": [
        "np.minimum(1.0, np.asarray(t) / max(warmup, 1)) * schedule(t)",
        "np.minimum(1.0, (np.asarray(t) + 1) / max(warmup, 1)) + schedule(np.maximum(np.asarray(t) - warmup, 0))",
        "schedule(np.maximum(np.asarray(t) - warmup, 0))",
        "schedule(np.asarray(t) + warmup)",
        "np.where(np.asarray(t) < warmup, schedule(0), schedule(np.maximum(np.asarray(t) - warmup, 0)))",
        "np.where(np.asarray(t) < warmup, schedule(warmup - np.asarray(t)), schedule(np.maximum(np.asarray(t) - warmup, 0)))",
        "schedule(0) * (t + 1) / warmup if t < warmup else schedule(t)",
    ],
    "09-3": [
        "share * epochs * batch // examples",
        "round(share * examples / batch) * epochs",
        "epochs * (examples // batch) - share",
        "round(epochs * (examples // batch) / share) if share else 0",
        "max(1, round(share * epochs * (examples // batch)))",
        "round(share) * epochs * (examples // batch)",
    ],
    "09-4": [
        "(warmup, width**-0.5 * warmup**0.5)",
        "(warmup, width * warmup**-0.5)",
        "(width, (width * warmup) ** -0.5)",
        "(warmup**0.5, (width * warmup) ** -0.5)",
        "(warmup, (width + warmup) ** -0.5)",
        "warmup",
        "(4000, (width * 4000) ** -0.5)",
    ],
    "09-5": [
        "total if library == 'Optax' else total - warmup",
        "warmup - total if library == 'keras' else total",
        "total * 2 if library == 'optax' else total",
        "0",
        "str(total)",
        "total // warmup if warmup else total",
    ],
    "09-6": ["pge", "zzzz", "gpze", "pgezz", 7, "abcd"],
    "09-7": [
        "lr * (new_batch / batch) ** 2",
        "lr * np.minimum(np.asarray(t) / warmup, 1.0)",
        "lr + (new_batch / batch - lr) * np.minimum(np.asarray(t) / warmup, 1.0)",
        "lr * (new_batch - batch) / batch * np.minimum(np.asarray(t) / warmup, 1.0)",
        "lr + lr * np.minimum(np.asarray(t) / warmup, 1.0)",
        "lr * new_batch / batch + (lr - lr * new_batch / batch) * np.minimum(np.asarray(t) / warmup, 1.0)",
        "lr * (1 + np.minimum(np.asarray(t) / warmup, 1.0) * new_batch / batch)",
    ],
}

# what reaches a mission, what does not, and a word of what is then said
STEEP, SAME = "steep start", "same everywhere"
REACHED = [
    ("09-m1", warmup, {"surface": STEEP, "lr": 1.0, "warmup": 10}),
    ("09-m1", warmup, {"surface": STEEP, "lr": 1.2, "warmup": 10}),
    ("09-m2", warmup, {"surface": STEEP, "lr": 0.02, "warmup": 100}),
    ("09-m2", warmup, {"surface": STEEP, "lr": 0.015, "warmup": 150}),
    ("09-m3", warmup, {"surface": SAME, "lr": 0.05, "warmup": 0}),
    ("09-m3", warmup, {"surface": SAME, "lr": 0.06, "warmup": 100}),
]
MISSED = [
    ("09-m1", warmup, {"surface": SAME, "lr": 1.0, "warmup": 10}, "steep start"),
    ("09-m1", warmup, {"surface": STEEP, "lr": 0.9, "warmup": 10}, "Take 1 or more"),
    ("09-m1", warmup, {"surface": STEEP, "lr": 1.0, "warmup": 20}, "at most 10"),
    ("09-m1", warmup, {"surface": STEEP, "lr": 1.0, "warmup": 0}, "does not end below"),
    ("09-m2", warmup, {"surface": SAME, "lr": 0.02, "warmup": 100}, "steep start"),
    ("09-m2", warmup, {"surface": STEEP, "lr": 0.02, "warmup": 50}, "100 or more"),
    ("09-m2", warmup, {"surface": STEEP, "lr": 0.1, "warmup": 100}, "times as high"),
    ("09-m2", warmup, {"surface": STEEP, "lr": 0.5, "warmup": 100}, "diverges"),
    ("09-m3", warmup, {"surface": STEEP, "lr": 0.05}, "same curvature"),
    ("09-m3", warmup, {"surface": SAME, "lr": 0.04}, "0.05 or more"),
    ("09-m3", warmup, {"surface": SAME, "lr": 0.08, "warmup": 100}, "does not end below"),
]
