"""Answers to lesson 05 that its module does not know: right ones, wrong ones, and settings for its missions."""

import math

import numpy as np

from lrlab.widgets import HorizonExplorer, ScheduleExplorer


def horizon(**settings):
    explorer = HorizonExplorer(schedule="Cosine", horizon=400, stop=200)
    explorer.set(**settings)
    return explorer


def schedule(**settings):
    explorer = ScheduleExplorer("Polynomial", steps=100)
    explorer.set(**settings)
    return explorer


def cosine_one_by_one(t, lr, steps, end):
    if np.ndim(t):
        return [cosine_one_by_one(one, lr, steps, end) for one in t]
    if t >= steps:
        return end
    return end + (lr - end) * math.cos(math.pi * t / steps / 2) ** 2


def line_update_by_update(t, lr, steps, end):
    if np.ndim(t):
        return tuple(line_update_by_update(one, lr, steps, end) for one in t)
    return end if t > steps else lr - t * (lr - end) / steps


def added_up(lr, steps, end):
    total, rate = 0.0, lr
    for _ in range(steps):
        total += rate
        rate -= (lr - end) / steps
    return total / steps


def written_out(lr, epochs, per_epoch, stopped):
    rates = [lr * (1 + math.cos(math.pi * t / (epochs * per_epoch))) / 2 for t in range(epochs * per_epoch)]
    rates += [0.0] * max(stopped * per_epoch - len(rates), 0)
    return rates[: stopped * per_epoch][-1]


def counted(epochs, examples, batch, done):
    updates = [0 for _ in range(epochs) for _ in range(examples // batch)]
    return len(updates[done:])


def walked(t, lr, steps, at, new_steps):
    rate = lr
    for one in range(t):
        if one < at:
            rate -= lr / steps
        elif one < new_steps:
            rate -= lr * (1 - at / steps) / (new_steps - at)
    return rate if t < new_steps else 0


# functions as they are; texts are the value that a function with the solution's arguments returns
RIGHT = {
    "05-1": [
        cosine_one_by_one,
        "end + (lr - end) * np.cos(np.pi * np.clip(np.divide(t, steps), 0, 1) / 2) ** 2",
        "(lr + end) / 2 + (lr - end) / 2 * np.cos(np.pi * np.minimum(t, steps) / steps)",
        "lr - (lr - end) * np.sin(np.pi * np.minimum(t, steps) / (2 * steps)) ** 2",
        "np.where(np.asarray(t) < steps, end + (lr - end) * (1 + np.cos(np.pi * np.asarray(t) / steps)) / 2, end)",
    ],
    "05-2": [
        line_update_by_update,
        "end + (lr - end) * (1 - np.minimum(np.divide(t, steps), 1))",
        "np.interp(t, [0, steps], [lr, end])",
        "np.maximum(lr - (lr - end) * np.asarray(t) / steps, end)",
        "lr * (1 - np.clip(np.array(t) / steps, 0, 1)) + end * np.clip(np.array(t) / steps, 0, 1)",
        "np.where(np.asarray(t) < steps, lr + (end - lr) * np.asarray(t) / steps, end)",
    ],
    "05-3": [
        added_up,
        "np.mean(lr + (end - lr) * np.arange(steps) / steps)",
        "((steps + 1) * lr + (steps - 1) * end) / (2 * steps)",
        "(lr + lr + (end - lr) * (steps - 1) / steps) / 2",
        "np.linspace(lr, end, steps + 1)[:-1].mean()",
        "np.median(lr + (end - lr) * np.arange(steps) / steps)",
        "(lr + end) / 2 + (lr - end) / (2 * steps)",
    ],
    "05-4": [
        written_out,
        "lr * math.cos(math.pi / 2 * min((stopped - 1 / per_epoch) / epochs, 1)) ** 2",
        "lr / 2 * (1 + np.cos(np.pi * np.minimum((stopped * per_epoch - 1) / (epochs * per_epoch), 1)))",
        "0 if stopped > epochs else lr * (1 + math.cos(math.pi * (stopped * per_epoch - 1) / epochs / per_epoch)) / 2",
    ],
    "05-5": [
        counted,
        "max(0, int(examples / batch) * epochs - done)",
        "np.maximum(epochs * np.floor(examples / batch) - done, 0)",
        "epochs * (examples // batch) - min(done, epochs * (examples // batch))",
        "len(range(done, epochs * (examples // batch)))",
    ],
    "05-6": [["l", "c", "s", "r"], ("L", "C", "S", "R"), "l,c,s,r", "LC SR"],
    "05-7": [
        walked,
        "np.interp(t, [0, at, new_steps], [lr, lr * (1 - at / steps), 0]) if at else np.interp(t, [0, new_steps], [lr, 0])",
        "lr * (1 - t / steps) if t <= at else lr * (1 - at / steps) * (1 - min((t - at) / (new_steps - at), 1))",
        "lr * (steps - t) / steps if t < at else 0 if t >= new_steps else lr * (steps - at) / steps * (new_steps - t) / (new_steps - at)",
    ],
}

# wrong answers that no exercise knows
PLAUSIBLE = {
    "05-1": [
        "end + (lr - end) * (1 + np.cos(np.pi * np.asarray(t)) / steps) / 2",
        "end + (lr - end) * (1 + np.cos(np.asarray(t) / steps)) / np.pi",
        "end + (lr - end) * np.exp(-np.minimum(np.asarray(t) / steps, 1))",
        "lr * (1 + np.cos(np.pi * np.minimum(np.asarray(t) / steps, 1))) / 2 - end",
        "end + (lr - end) * (1 + np.cos(np.pi * np.minimum(np.asarray(t) / steps, 1))) / 3",
        "end + (lr + end) * (1 + np.cos(np.pi * np.minimum(np.asarray(t) / steps, 1))) / 2",
        "end * (lr - end) * (1 + np.cos(np.pi * np.minimum(np.asarray(t) / steps, 1))) / 2",
        "end + (lr - end) * (1 + np.cos(3.14 * np.minimum(np.asarray(t) / steps, 1))) / 2",
    ],
    "05-2": [
        "lr - end * np.minimum(np.asarray(t) / steps, 1)",
        "lr * end * (1 - np.minimum(np.asarray(t) / steps, 1))",
        "(lr + end) * (1 - np.minimum(np.asarray(t) / steps, 1))",
        "end + (lr - end) * (1 - np.minimum(np.asarray(t) / steps, 1)) ** 2",
        "end + (lr - end) / (1 + np.asarray(t) / steps)",
        "lr - (lr - end) * np.asarray(t)",
        "np.linspace(lr, end, steps)",
        "lr + (end - lr) * np.minimum(np.asarray(t) // steps, 1)",
    ],
    "05-3": [
        "(lr - end) / steps",
        "lr * steps / 2",
        "(lr + end) / steps",
        "lr - (lr - end) * steps / (2 * steps + 1)",
        "(lr + end) / 2 - (lr - end) / (2 * steps)",
        "np.mean([lr, end, (lr - end) / steps])",
        "np.linspace(lr, end, steps + 1)[1:-1].mean() if steps > 1 else lr",
    ],
    "05-4": [
        "lr * (1 + math.cos(math.pi * stopped * per_epoch)) / 2",
        "lr * (1 + math.cos(math.pi * min(epochs / stopped, 1))) / 2",
        "lr * 0.5",
        "lr * math.cos(math.pi * min((stopped * per_epoch - 1) / (epochs * per_epoch), 1))",
        "lr * (1 + math.cos(min((stopped * per_epoch - 1) / (epochs * per_epoch), 1))) / 2",
        "lr * math.cos(math.pi / 2 * min(stopped / epochs, 1))",
        "lr * (1 + math.cos(math.pi * min((stopped * per_epoch - 1) / (epochs * per_epoch), 1)))",
    ],
    "05-5": [
        "max(epochs * (examples // batch - done), 0)",
        "max(epochs * (batch // examples) - done, 0)",
        "max(epochs * (examples % batch) - done, 0)",
        "max(epochs * ((examples - done) // batch), 0)",
        "done - epochs * (examples // batch)",
        "max(done, epochs * (examples // batch))",
        "max(examples // batch - done, 0)",
    ],
    "05-6": ["lcs", "rrrr", "lcsrr", "srlc", "long", 4, ["l", "c"], "csrl"],
    "05-7": [
        "lr * (1 - t / steps) + lr * (1 - at / new_steps)",
        "lr * max(new_steps - t, 0) / new_steps if t >= at else lr",
        "lr * (1 - at / steps) * max(new_steps - t, 0) / (new_steps - at)",
        "lr * (1 - t / steps) if t < steps else 0",
        "lr * (1 - t / steps) if t < at else lr * (1 - at / steps) * max(new_steps - t, 0)",
        "lr * (1 - t / steps) if t < at else lr * (1 - at / new_steps) * max(new_steps - t, 0) / (new_steps - at)",
        "lr * (1 - t / steps) if t < at else lr * (1 - at / steps) - (t - at) / (new_steps - at)",
    ],
}

# what reaches a mission, what does not, and a word of what is then said
REACHED = [
    ("05-m1", horizon, {"lr": 0.5, "noise": 1.0, "stop": 360}),
    ("05-m1", horizon, {"lr": 0.5, "noise": 1.0, "stop": 359}),
    ("05-m2", horizon, {"noise": 0.0}),
    ("05-m2", horizon, {"noise": 0.2}),
    ("05-m3", schedule, {"steps": 100, "power": 3.0, "end": 0.0}),
    ("05-m3", schedule, {"steps": 100, "power": 3.05, "lr": 2.0, "end": 0.0}),
]
MISSED = [
    ("05-m1", horizon, {"stop": 300}, "costs a factor"),
    ("05-m1", horizon, {"stop": 380}, "360 or earlier"),
    ("05-m1", horizon, {"stop": 360, "horizon": 360}, "The horizon is 360. Keep it at 400"),
    ("05-m1", horizon, {"stop": 300, "lr": 0.01}, "The base rate is 0.01"),
    ("05-m1", horizon, {"stop": 360, "noise": 0.5}, "The noise is 0.5"),
    ("05-m1", horizon, {"stop": 360, "schedule": "REX"}, "Choose the schedule Cosine"),
    ("05-m2", horizon, {"noise": 1.0}, "costs a factor"),
    ("05-m2", horizon, {"noise": 0.0, "stop": 100}, "The stop is 100"),
    ("05-m2", horizon, {"noise": 0.0, "horizon": 300}, "The horizon is 300"),
    ("05-m3", schedule, {"steps": 100, "power": 2.0}, "times the first"),
    ("05-m3", schedule, {"steps": 50, "power": 1.0}, "Let it end at update 100"),
    ("05-m3", schedule, {"steps": 100, "power": 4.0, "end": 0.01}, "Let it fall to 0"),
    ("05-m3", schedule, {"schedule": "Cosine"}, "Choose the schedule Polynomial"),
]
