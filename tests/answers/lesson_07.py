"""Answers to lesson 07 that its module does not know: right ones, wrong ones, and settings for its missions."""

import numpy as np

from lrlab.widgets import RatesExplorer


def stream(**settings):
    explorer = RatesExplorer()
    explorer.set(**settings)
    return explorer


def sum_by_product(w, s, grad, lr, eps):
    total = grad * grad + s
    return w - grad * (lr / (total**0.5 + eps)), total


def adagrad_by_numbers(w, s, grad, lr, eps):
    if np.ndim(w) != 1:
        total = np.add(s, np.multiply(grad, grad))
        return [w - lr / (np.sqrt(total) + eps) * grad, total]
    moved, kept = [], []
    for one, old, slope in zip(w, s, grad):
        kept.append(old + slope * slope)
        moved.append(one - lr * slope / (kept[-1] ** 0.5 + eps))
    return moved, kept


def average_by_difference(w, v, grad, lr, decay, eps):
    v = v + (1 - decay) * (grad * grad - v)
    return w - lr * grad / (v**0.5 + eps), v


def average_stacked(w, v, grad, lr, decay, eps):
    new = decay * v + (1 - decay) * np.square(grad)
    return np.array([w - lr / (eps + np.sqrt(new)) * grad, new])


def played(t, lr):
    return lr * np.array(t, dtype=float) ** -0.5


def counted(t, lr):
    def one(number):
        s = 0.0
        for _ in range(int(number)):
            s += 4.0
        return lr * 2.0 / s**0.5

    return one(t) if np.ndim(t) == 0 else [one(number) for number in t]


def first_step(lr, decay):
    v = decay * 0.0 + (1 - decay) * 3.0**2
    return lr * 3.0 / v**0.5


def shortened(grad, limit):
    norm = np.linalg.norm(grad)
    if norm <= limit:
        return grad
    return limit * grad / norm


# functions as they are; texts are the value that a function with the solution's arguments returns
RIGHT = {
    "07-1": [
        sum_by_product,
        adagrad_by_numbers,
        "(w - lr * grad / (np.sqrt(s + grad**2) + eps), s + grad**2)",
        "np.stack([w - lr * grad / (eps + np.sqrt(np.square(grad) + s)), s + np.square(grad)])",
    ],
    "07-2": [
        average_by_difference,
        average_stacked,
        "(w - lr * grad / (np.sqrt(decay * v + (1 - decay) * grad**2) + eps), decay * v + (1 - decay) * grad**2)",
    ],
    "07-3": [played, counted, "np.sqrt(lr**2 / np.asarray(t))", "np.divide(lr, np.power(t, 0.5))"],
    "07-4": [first_step, "lr * (1 - decay) ** -0.5", "math.sqrt(lr**2 / (1 - decay))", "lr / math.sqrt(1 - decay)"],
    "07-5": [["n", "a", "a", "n"], "N, A, A, N", " na an "],
    "07-6": [
        shortened,
        "grad * min(1.0, limit / max(np.linalg.norm(grad), 1e-300))",
        "grad / max(1.0, math.sqrt((grad**2).sum()) / limit)",
        "np.array([one * min(1.0, limit / (math.hypot(*grad) or limit)) for one in grad])",
    ],
}

# wrong answers that no exercise knows
PLAUSIBLE = {
    "07-1": [
        "(w - lr * grad**2 / (np.sqrt(s + grad**2) + eps), s + grad**2)",
        "(w - lr * grad / (np.sqrt(s + grad**2) - eps), s + grad**2)",
        "(w - lr / 2 * grad / (np.sqrt(s + grad**2) + eps), s + grad**2)",
        "(w - lr * grad / (np.sqrt(s) + np.sqrt(grad**2) + eps), s + grad**2)",
        "(w - lr * grad / (np.sqrt(s + grad**2) + eps), s + grad)",
        "(w, s + grad**2)",
    ],
    "07-2": [
        "(w - lr * grad / (np.sqrt(decay * v + (1 - decay) * grad**2) + eps), v + grad**2)",
        "(w - lr * grad**2 / (np.sqrt(decay * v + (1 - decay) * grad**2) + eps), decay * v + (1 - decay) * grad**2)",
        "(w - lr * grad / (decay * np.sqrt(v) + (1 - decay) * np.abs(grad) + eps), decay * v + (1 - decay) * grad**2)",
        "(w - lr * (1 - decay) * grad / (np.sqrt(decay * v + (1 - decay) * grad**2) + eps), decay * v + (1 - decay) * grad**2)",
        "(w, decay * v + (1 - decay) * grad**2)",
    ],
    "07-3": [
        "lr / (1 + np.sqrt(t))",
        "lr / np.log(np.asarray(t) + 1)",
        "lr / np.sqrt(2 * np.asarray(t))",
        "lr * 0.9 ** np.asarray(t)",
        "lr / np.cbrt(t)",
    ],
    "07-4": [
        "lr / np.sqrt(1 - decay**2)",
        "lr / (1 + decay)",
        "lr * (1 + decay)",
        "lr / (1 - decay) / 10",
        "0.0",
    ],
    "07-5": ["naa", "naann", "nnnn", "yes", 3, ["n", "a"], "anna"],
    "07-6": [
        "np.minimum(grad, limit)",
        "grad - limit",
        "grad * limit",
        "grad * min(1.0, limit / (abs(np.sum(grad)) or 1.0))",
        "-grad",
        "np.sign(grad) * limit",
    ],
}

# what reaches a mission, what does not, and a word of what is then said
REACHED = [
    ("07-m1", stream, {"optimizer": "AdaGrad", "lr": 0.3, "ratio": 50}),
    ("07-m2", stream, {"optimizer": "AdaGrad", "lr": 0.3, "ratio": 10, "jump": 200}),
    ("07-m3", stream, {"optimizer": "RMSProp", "lr": 0.05, "ratio": 10, "jump": 200}),
]
MISSED = [
    ("07-m1", stream, {"optimizer": "SGD", "lr": 0.1, "ratio": 50}, "Choose AdaGrad"),
    ("07-m1", stream, {"optimizer": "AdaGrad", "lr": 0.3, "ratio": 10}, "Make it rarer"),
    ("07-m2", stream, {"optimizer": "RMSProp", "lr": 0.02}, "Choose AdaGrad"),
    ("07-m2", stream, {"optimizer": "AdaGrad", "lr": 0.3, "ratio": 25}, "Set the ratio to 10"),
    ("07-m2", stream, {"optimizer": "AdaGrad", "lr": 0.3, "jump": 300}, "Put the jump to 200"),
    ("07-m2", stream, {"optimizer": "AdaGrad", "lr": 0.1}, "another rate"),
    ("07-m2", stream, {"optimizer": "AdaGrad", "lr": 0.5}, "it has followed"),
    ("07-m3", stream, {"optimizer": "AdaGrad", "lr": 1.0}, "Choose RMSProp"),
    ("07-m3", stream, {"optimizer": "RMSProp", "lr": 0.05, "ratio": 1}, "Set the ratio to 10"),
    ("07-m3", stream, {"optimizer": "RMSProp", "lr": 0.01}, "too small to arrive"),
    ("07-m3", stream, {"optimizer": "RMSProp", "lr": 0.3}, "jitters"),
]
