"""Answers to lesson 03 that its module does not know: right ones, wrong ones, and settings for its missions."""

import numpy as np

from lrlab.widgets import ScheduleExplorer


def schedule(**settings):
    explorer = ScheduleExplorer("StepDecay", steps=100)
    explorer.set(**settings)
    return explorer


def stair_by_stair(t, lr, every, factor):
    rate = np.full(np.shape(t), lr)
    for drop in range(1, 50):
        rate = np.where(np.asarray(t) >= drop * every, rate * factor, rate)
    return rate


def number_or_array(t, lr, every, factor):
    if np.isscalar(t):
        for _ in range(t // every):
            lr *= factor
        return lr
    return [lr * factor ** (int(one) // every) for one in t]


@np.vectorize
def vectorized_loop(t, lr, every, factor):
    while t >= every:
        t, lr = t - every, lr * factor
    return lr


def dropped_until_low(lr, lr_end, factor):
    n = 0
    while lr > lr_end:
        lr *= factor
        n = n + 1
    return np.int64(n)


def milestone_by_milestone(t, lr, milestones, factor):
    for milestone in milestones:
        if t >= milestone:
            lr = lr * factor
    return lr


def sorted_first(t, lr, milestones, factor):
    drops = 0
    for milestone in sorted(milestones):
        if milestone > t:
            break
        drops += 1
    return lr * np.power(factor, drops)


def counted_batches(epochs, examples, batch):
    full = 0
    while (full + 1) * batch <= examples:
        full += 1
    return sum(full for _ in range(epochs))


# functions as they are; texts are the value that a function with the solution's arguments returns
RIGHT = {
    "03-1": [
        stair_by_stair,
        number_or_array,
        vectorized_loop,
        "lr * factor ** (t // every)",
        "lr * np.power(factor, np.trunc(np.divide(t, every)))",
        "lr * np.exp(np.log(factor) * np.floor_divide(t, every))",
        "np.multiply(lr, factor ** np.divmod(t, every)[0])",
    ],
    "03-2": [
        dropped_until_low,
        "max(math.ceil((math.log(lr_end) - math.log(lr)) / math.log(factor)), 0)",
        "0 if lr <= lr_end else np.ceil(np.log(lr_end / lr) / np.log(factor))",
        "next(n for n in itertools.count() if lr * factor**n <= lr_end)",
        "max(0, math.ceil(math.log(lr_end / lr, factor)))",
        "max(0, math.ceil(math.log10(lr / lr_end) / -math.log10(factor)))",
        "int(np.sum(lr * factor ** np.arange(1000.0) > lr_end))",
    ],
    "03-3": [
        milestone_by_milestone,
        sorted_first,
        "lr * factor ** bisect.bisect_right(milestones, t)",
        "lr * factor ** np.sum(np.array(milestones) <= t)",
        "lr * math.prod(factor for m in milestones if m <= t)",
        "lr * np.prod([factor if t >= m else 1 for m in milestones])",
    ],
    "03-4": [["l", "r", "n", "e"], ("L", "R", "N", "E"), "l,r,n,e"],
    "03-5": [
        counted_batches,
        "epochs * int(examples / batch)",
        "np.floor(examples / batch) * epochs",
        "(examples - examples % batch) / batch * epochs",
    ],
    "03-6": [
        "2 ** (-every / half_life)",
        "math.exp(-math.log(2) * every / half_life)",
        "(0.5 ** (1 / half_life)) ** every",
        "np.power(0.5, np.divide(every, half_life))",
        "1 / math.pow(2, every / half_life)",
    ],
}

# wrong answers that no exercise knows
PLAUSIBLE = {
    "03-1": [
        "lr * factor ** round(t / every)",
        "lr * (t // every) ** factor",
        "(lr * factor) ** (t // every)",
        "lr * factor ** (every // (t + 1))",
        "lr * factor ** (every // t)",
        "lr / factor ** (t // every)",
        "lr * (1 - factor) ** (t // every)",
        "lr * 0.5 ** (t // every)",
        "lr * factor ** (t // 10)",
        "lr * every ** (t // factor)",
        "factor * lr ** (t // every)",
        "lr * factor ** np.floor(np.atleast_1d(t) / every)",
        "float(lr * factor ** np.max(t // every))",
    ],
    "03-2": [
        "math.log(lr_end / lr) / math.log(factor)",
        "math.ceil(math.log(lr / lr_end) / math.log(factor))",
        "max(math.ceil(math.log(lr_end, factor)), 0)",
        "next(n for n in range(1000) if lr * factor ** (n + 1) <= lr_end)",
        "next(n for n in range(1000) if lr - n * factor <= lr_end)",
        "next(n for n in range(1000) if lr_end * factor**n <= lr)",
        "sum(1 for n in range(1000) if lr * factor**n >= lr_end)",
    ],
    "03-3": [
        "lr * factor ** max((i for i, m in enumerate(milestones) if t >= m), default=0)",
        "lr * factor ** (1 + sum(t >= m for m in milestones))",
        "lr * factor ** sum(t < m for m in milestones)",
        "lr * factor ** sum(m for m in milestones if m <= t)",
        "lr * factor ** (t // milestones[0])",
        "[lr * factor for m in milestones if t >= m]",
        "lr * factor ** (t >= np.array(milestones))",
        "lr / factor ** sum(t >= m for m in milestones)",
        "lr * factor ** sum(t >= milestones.pop() for _ in range(len(milestones)))",
    ],
    "03-4": ["lrn", "lrnel", "enrl", "rrrr", "late", 0, ["l", "r", "n"], None.__class__],
    "03-5": [
        "epochs // batch * examples",
        "epochs * (batch // examples)",
        "epochs * (examples % batch)",
        "round(epochs * examples / batch)",
        "math.ceil(epochs * examples / batch)",
        "epochs * examples * batch",
        "epochs * (examples // batch - 1)",
        "examples * (epochs // batch)",
    ],
    "03-6": [
        "0.5 ** (every * half_life)",
        "0.5**every",
        "0.5**half_life",
        "0.5 ** (every // half_life)",
        "every / half_life",
        "0.5 * half_life / every",
        "1 - 0.5 ** (every / half_life)",
        "(every / half_life) ** 0.5",
    ],
}

# what reaches a mission, what does not, and a word of what is then said
REACHED = [
    *(("03-m1", schedule, {"every": every, "factor": 0.5}) for every in (19, 20, 21, 22)),
    ("03-m1", schedule, {"lr": 0.1, "every": 20, "factor": 0.5}),
    ("03-m2", schedule, {"every": 10, "factor": 0.6}),
    ("03-m3", schedule, {"schedule": "ExponentialDecay", "lr": 0.8, "factor": 0.5, "every": 10}),
    ("03-m3", schedule, {"schedule": "ExponentialDecay", "lr": 0.8, "factor": 0.25, "every": 20}),
]
MISSED = [
    ("03-m1", schedule, {"every": 18, "factor": 0.5}, "not 1/16"),
    ("03-m1", schedule, {"every": 23, "factor": 0.5}, "not 1/16"),
    ("03-m1", schedule, {"every": 90, "factor": 1 / 16}, "Keep it at 0.5"),
    ("03-m1", schedule, {"schedule": "ExponentialDecay"}, "Choose the schedule StepDecay"),
    ("03-m2", schedule, {"every": 10, "factor": 0.5}, "mean rate"),
    ("03-m2", schedule, {"every": 11, "factor": 0.6}, "drops"),
    ("03-m3", schedule, {"every": 10, "factor": 0.5, "lr": 0.8}, "Choose the schedule ExponentialDecay"),
    ("03-m3", schedule, {"schedule": "ExponentialDecay", "lr": 0.4, "factor": 0.5, "every": 10}, "not 0.8, 0.4 and 0.2"),
    ("03-m3", schedule, {"schedule": "ExponentialDecay", "lr": 0.8, "factor": 0.6, "every": 10}, "not 0.8, 0.4 and 0.2"),
    (
        "03-m3", schedule,
        {"schedule": "ExponentialDecay", "lr": 0.8, "factor": 0.5, "every": 10, "staircase": True}, "without staircase",
    ),
]
