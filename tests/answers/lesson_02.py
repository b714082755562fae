"""Answers to lesson 02 that its module does not know: right ones, wrong ones, and settings for its missions."""

import numpy as np

from lrlab.widgets import DescentExplorer


def noisy_bowl(**settings):
    explorer = DescentExplorer(steps=200, lr=0.15, noise=1.0)
    explorer.set(**settings)
    return explorer


def variance_followed(lr, h, sigma):
    V = 0.0
    for _ in range(5000):
        V = (1 - lr * h) ** 2 * V + lr**2 * sigma**2
        if V > 1e6 or lr * h == 2:
            return np.inf
    return np.float64(0.5 * h * V)


def added_up(losses):
    half, total = len(losses) // 2, 0
    for loss in losses[half:]:
        total += loss
    return total / (len(losses) - half)


def tried_one_by_one(batch, lr, new_lr, h):
    new = 1
    while new_lr / (new * (2 - new_lr * h)) > lr / (batch * (2 - lr * h)):
        new += 1
    return new


def rounded_up_by_hand(batch, lr, new_lr, h):
    needed = batch * new_lr * (2 - lr * h) / (lr * (2 - new_lr * h))
    return int(needed) if needed == int(needed) else int(needed) + 1


# functions as they are; texts are the value that a function with the solution's arguments returns
RIGHT = {
    "02-1": [
        variance_followed,
        "np.inf if lr >= 2 / h else lr * sigma * sigma / (4 - 2 * lr * h)",
        "h / 2 * lr**2 * sigma**2 / (1 - (1 - lr * h) ** 2) if lr * h < 2 else float('inf')",
        "np.where(lr * h < 2, lr * sigma**2 / (2 * (2 - np.float64(lr * h))), np.inf)",
    ],
    "02-2": [
        added_up,
        "losses[len(losses) // 2 :].mean()",
        "sum(losses[len(losses) // 2 :]) / len(losses[len(losses) // 2 :])",
        "statistics.mean(list(losses)[len(losses) // 2 :])",
        "np.average(np.array_split(losses[::-1], 2)[0])",
        "np.mean(losses[int(len(losses) / 2) :])",
    ],
    "02-3": [
        "floor / (sigma**2 / 4 + floor * h / 2)",
        "1 / (sigma**2 / (4 * floor) + h / 2)",
        "np.float64(4.0) * floor / np.add(sigma * sigma, 2 * h * floor)",
    ],
    "02-4": [["n", "s", "d", "z"], "N, S, D, Z", "ns dz"],
    "02-5": [tried_one_by_one, rounded_up_by_hand, "np.ceil(batch * (2 / lr - h) / (2 / new_lr - h))"],
}

# wrong answers that no exercise knows
PLAUSIBLE = {
    "02-1": [
        "math.inf if lr >= 2 else lr * sigma**2 / (2 * (2 - lr))",
        "math.inf if lr * h >= 2 else lr * h * sigma**2 / (2 * (2 - lr * h))",
        "math.inf if lr * h >= 2 else lr**2 * sigma**2 / (2 * (2 - lr * h))",
        "math.inf if lr * h >= 2 else math.sqrt(lr * sigma**2 / (2 * (2 - lr * h)))",
        "math.inf if lr * sigma >= 2 else lr * h**2 / (2 * (2 - lr * sigma))",
        "'inf' if lr * h >= 2 else lr * sigma**2 / (2 * (2 - lr * h))",
        "None if lr * h >= 2 else lr * sigma**2 / (2 * (2 - lr * h))",
        "math.inf if lr * h == 2 else abs(lr * sigma**2 / (2 * (2 - lr * h)))",
    ],
    "02-2": [
        "losses[len(losses) // 2]",
        "losses[len(losses) // 2 :]",
        "np.mean(losses) / 2",
        "np.mean(losses[-2:])",
        "np.mean(losses[2:])",
        "np.mean(losses[4:])",
        "np.mean(losses[len(losses) // 2 : -1])",
        "losses[len(losses) // 2 :].mean",
        "np.mean(np.sort(losses)[: len(losses) // 2])",
    ],
    "02-3": [
        "floor * sigma**2 / (2 * (2 - floor * h))",
        "2 * floor / (sigma**2 + 2 * floor * h)",
        "2 * floor * (2 - h) / sigma**2",
        "(sigma**2 + 2 * floor * h) / (4 * floor)",
        "4 * floor / (sigma**2 + 2 * h)",
        "4 * h / (sigma**2 + 2 * floor * h)",
        "4 * floor / (h**2 + 2 * floor * sigma)",
    ],
    "02-4": ["nsd", "nsdzz", "zdsn", "nnnn", 3, "A", ["n", "s", "d"], "n/s/d/z/"],
    "02-5": [
        "math.ceil(batch * (new_lr / (2 + new_lr * h)) / (lr / (2 + lr * h)))",
        "math.ceil(batch * (2 - new_lr * h) / (2 - lr * h))",
        "math.ceil(batch * lr / new_lr)",
        "math.ceil(new_lr / (2 - new_lr * h) / (lr / (2 - lr * h)))",
        "math.ceil(batch * (new_lr / (2 - new_lr)) / (lr / (2 - lr)))",
        "batch + math.ceil(new_lr / lr)",
    ],
}

# what reaches a mission, what does not, and a word of what is then said
REACHED = [
    ("02-m1", noisy_bowl, {"lr": 0.03}),
    ("02-m1", noisy_bowl, {"lr": 0.03, "noise": 1.2}),
    ("02-m2", noisy_bowl, {"lr": 0.15, "noise": 0.0}),
    ("02-m3", noisy_bowl, {"lr": 0.001}),
]
MISSED = [
    ("02-m1", noisy_bowl, {"lr": 0.15}, "the last 50 losses have mean"),
    ("02-m1", noisy_bowl, {"lr": 0.001}, "the last 50 losses have mean"),
    ("02-m1", noisy_bowl, {"lr": 0.03, "noise": 0.9}, "Put it back to 1 or more"),
    ("02-m2", noisy_bowl, {"lr": 0.14, "noise": 0.0}, "Keep it at 0.15"),
    ("02-m2", noisy_bowl, {"lr": 0.15}, "What else than the rate"),
    ("02-m3", noisy_bowl, {"lr": 0.03}, "The last 50 losses have mean"),
    ("02-m3", noisy_bowl, {"lr": 0.0001}, "The last 50 losses have mean"),
    ("02-m3", noisy_bowl, {"lr": 0.1727}, "far smaller rates"),
    ("02-m3", noisy_bowl, {"lr": 0.001, "noise": 0.5}, "Put it back to 1 or more"),
]
