"""Answers to lesson 04 that its module does not know: right ones, wrong ones, and settings for its missions."""

import numpy as np

from lrlab.widgets import DecayExplorer, ScheduleExplorer


def decay(**settings):
    explorer = DecayExplorer()
    explorer.set(**settings)
    return explorer


def schedule(**settings):
    explorer = ScheduleExplorer("InverseTime", steps=100)
    explorer.set(**settings)
    return explorer


def one_by_one(t, lr, factor, every):
    if np.ndim(t) == 0:
        return lr * factor ** (float(t) / every)
    return [one_by_one(one, lr, factor, every) for one in t]


def in_a_loop(t, lr, rate, every):
    if np.ndim(t):
        return tuple(in_a_loop(one, lr, rate, every) for one in t)
    divisor = 1.0
    for _ in range(int(t)):
        divisor += rate / every
    return lr / divisor


def halving_search(lr, lr_end, steps):
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        if lr * middle**steps < lr_end:
            low = middle
        else:
            high = middle
    return high


def added_up(lr, factor, steps):
    total = 0
    for _ in range(steps):
        total += lr
        lr *= factor
    return total


def counted_batches(factor, examples, batch):
    updates = 0
    while examples >= batch:
        examples -= batch
        updates += 1
    return pow(factor, 1 / updates)


def as_it_goes(path, start):
    average, k = np.zeros(path.shape[1]), 0
    for w in path[start + 1 :]:
        k += 1
        average = average + (w - average) / k
    return average


def weight_by_weight(path, start):
    return [sum(column[start + 1 :]) / (len(column) - start - 1) for column in path.T.tolist()]


# functions as they are; texts are the value that a function with the solution's arguments returns
RIGHT = {
    "04-1": [
        one_by_one,
        "lr * np.power(factor, np.divide(t, every))",
        "lr * np.exp(np.log(factor) * np.asarray(t) / every)",
        "lr * (factor ** (1 / every)) ** np.array(t)",
        "np.exp(np.log(lr) + np.multiply(t, np.log(factor) / every))",
    ],
    "04-2": [
        in_a_loop,
        "lr / (1 + rate * t / every)",
        "lr * every / (every + rate * np.array(t))",
        "lr * (1 + np.multiply(t, rate / every)) ** -1",
        "np.divide(lr, 1 + rate * np.divide(t, every))",
    ],
    "04-3": [
        halving_search,
        "math.exp(math.log(lr_end / lr) / steps)",
        "math.exp((math.log(lr_end) - math.log(lr)) / steps)",
        "np.power(lr_end / lr, 1.0 / steps)",
        "1 / (lr / lr_end) ** (1 / steps)",
        "10 ** (math.log10(lr_end / lr) / steps)",
    ],
    "04-4": [
        added_up,
        "sum(lr * factor**t for t in range(steps))",
        "np.sum(lr * factor ** np.arange(steps))",
        "lr * math.fsum(factor**t for t in range(steps))",
        "lr * np.polyval(np.ones(steps), factor)",
        "lr * (steps if factor == 1 else (factor**steps - 1) / (factor - 1))",
    ],
    "04-5": [
        counted_batches,
        "factor ** (1 / int(examples / batch))",
        "math.exp(math.log(factor) / (examples // batch))",
        "np.power(factor, 1 / np.floor(examples / batch))",
        "factor ** (batch / (examples - examples % batch))",
    ],
    "04-6": [["r", "s", "n", "n", "r", "s"], ("R", "S", "N", "N", "R", "S"), "r,s,n,n,r,s", "RSN NRS"],
    "04-7": [
        as_it_goes,
        weight_by_weight,
        "path[start + 1:].mean(axis=0)",
        "np.average(path[1:][start:], axis=0)",
        "path[start + 1:].sum(0) / (len(path) - 1 - start)",
        "(path[1:][::-1][:len(path) - 1 - start]).mean(0)",
    ],
}

# wrong answers that no exercise knows
PLAUSIBLE = {
    "04-1": [
        "lr * factor ** (t // every + 1)",
        "lr - factor ** (t / every)",
        "lr / factor ** (t / every)",
        "factor * lr ** (t / every)",
        "lr * 0.5 ** (t / every)",
        "lr * factor ** (t / 10)",
        "lr * every ** (t / factor)",
        "lr * factor ** (t % every)",
        "lr * factor ** (np.asarray(t) / every) - lr",
        "lr * np.exp(np.asarray(t) / every * factor)",
        "max(lr * factor ** (np.max(t) / every), 0.1)",
    ],
    "04-2": [
        "lr / (1 + rate / every)",
        "lr / (1 + rate * every / (t + 1))",
        "1 / (lr + rate * np.asarray(t) / every)",
        "lr / (rate + np.asarray(t) / every)",
        "lr / (1 + rate * np.asarray(t) / every) ** 2",
        "lr / (1 + rate * (np.asarray(t) // every))",
        "lr / (1 + rate + np.asarray(t) / every)",
        "lr / (2 + rate * np.asarray(t) / every)",
        "lr / np.maximum(1, rate * np.asarray(t) / every)",
        "lr - rate * np.asarray(t) / every",
    ],
    "04-3": [
        "(lr_end - lr) / steps",
        "lr * (lr_end / lr) ** (1 / steps)",
        "(lr_end / lr) ** (2 / steps)",
        "(lr_end * lr) ** (1 / steps)",
        "math.log(lr / lr_end) / steps",
        "(lr_end / lr) ** (1 / 100)",
        "math.sqrt(lr_end / lr)",
        "math.exp(-1 / steps)",
        "(lr_end / lr) ** -steps",
    ],
    "04-4": [
        "lr * (1 - factor**steps)",
        "lr * factor * steps",
        "sum(lr * (1 - factor) ** t for t in range(steps))",
        "sum(lr * factor ** (t / steps) for t in range(steps))",
        "lr * (1 - factor) ** steps / (1 - factor) if factor < 1 else lr * steps",
        "[lr * factor**t for t in range(steps)]",
        "math.prod(lr * factor**t for t in range(steps))",
        "lr * (1 - factor ** (steps - 1)) / (1 - factor) if factor < 1 else lr * steps",
        "sum(factor**t for t in range(steps))",
    ],
    "04-5": [
        "factor ** (1 / (batch // examples + 1))",
        "factor ** (examples % batch)",
        "factor ** (1 / (examples * batch))",
        "1 - factor ** (1 / (examples // batch))",
        "factor - 1 / (examples // batch)",
        "math.sqrt(factor)",
        "factor ** (1 / (examples // batch + 1))",
        "math.exp(-factor / (examples // batch))",
    ],
    "04-6": ["rsnnr", "rrrrrr", "rsnnrss", "nsrrns", "yes", 6, ["r", "s"], "srnnrs"],
    "04-7": [
        "np.mean(path[start + 1 :], axis=0) / 2",
        "path[start + 1]",
        "path[start:].mean(axis=0) - path[0]",
        "np.mean(path[start + 1 :] ** 2, axis=0)",
        "(path[start + 1] + path[-1]) / 2",
        "np.mean(np.abs(path[start + 1 :]), axis=0)",
        "np.mean(path[len(path) // 2 :], axis=0)",
        "np.mean(path[:-start or None], axis=0)",
        "np.cumsum(path[start + 1 :], axis=0)",
    ],
}

# what reaches a mission, what does not, and a word of what is then said
REACHED = [
    ("04-m1", decay, {"a": 1.5, "power": 1.0}),
    ("04-m1", decay, {"a": 2.1, "power": 1.0}),
    ("04-m2", decay, {"a": 0.2, "power": 0.3, "averaging": True}),
    ("04-m2", decay, {"a": 0.2, "power": 0.1, "averaging": True}),
    ("04-m3", schedule, {"rate": 1.0, "every": 10}),
    ("04-m3", schedule, {"rate": 0.1, "every": 1, "lr": 3.0}),
]
MISSED = [
    ("04-m1", decay, {"a": 1.0, "power": 1.0}, "Take it at 1.5"),
    ("04-m1", decay, {"a": 3.0, "power": 1.0}, "times above"),
    ("04-m1", decay, {"a": 2.0, "power": 0.5}, "Keep it at 1"),
    ("04-m1", decay, {"a": 2.0, "power": 1.0, "averaging": True}, "Averaging is on"),
    ("04-m2", decay, {"a": 0.2, "power": 0.3}, "Averaging is off"),
    ("04-m2", decay, {"a": 0.5, "power": 0.5, "averaging": True}, "0.2 or below"),
    ("04-m2", decay, {"a": 0.1, "power": 0.0, "averaging": True}, "0.1 or above"),
    ("04-m2", decay, {"a": 0.2, "power": 0.5, "averaging": True}, "times above"),
    ("04-m3", schedule, {"rate": 1.0, "every": 9}, "not 1/10"),
    ("04-m3", schedule, {"rate": 10.0, "every": 90}, "not 1/10"),
    ("04-m3", schedule, {"schedule": "ExponentialDecay"}, "Choose the schedule InverseTime"),
]
