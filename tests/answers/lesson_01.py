"""Answers to lesson 01 that its module does not know: right ones, wrong ones, and settings for its missions."""

import math

import numpy as np

from lrlab.widgets import DescentExplorer


def bowl(**settings):
    explorer = DescentExplorer(steps=50)
    explorer.set(**settings)
    return explorer


def copied_then_changed(w, grad, lr):
    new = w.copy()
    new -= lr * grad
    return new


def entry_by_entry(w, grad, lr):
    new = np.zeros_like(w)
    for index in np.ndindex(w.shape):
        new[index] = w[index] - lr * grad[index]
    return new


def shrunk_until_small(lr, h, tolerance):
    factor = abs(1 - lr * h)
    if factor >= 1:
        return float("inf")
    n, size = 0, 1.0
    while size > tolerance:
        size *= factor
        n += 1
    return n


def walked_until_small(lr, h, tolerance):
    w, n = 1.0, 0
    while abs(w) > tolerance:
        w -= lr * h * w
        n += 1
        if abs(w) > 1e6 or n > 10_000:
            return np.inf
    return n


def by_numpy_logarithms(lr, h, tolerance):
    factor = np.abs(1 - lr * h)
    return np.inf if factor >= 1 else max(np.ceil(np.log(tolerance) / np.log(factor)), 1.0)


def by_decimal_logarithms(lr, h, tolerance):
    if lr * h >= 2:
        return math.inf
    factor = abs(1 - lr * h)
    return int(math.ceil(math.log10(tolerance) / math.log10(factor))) if factor else 1


def power_method(H):
    v = np.ones(len(H)) + 0.1 * np.arange(len(H))
    for _ in range(2000):
        v = H @ v
        v = v / np.sqrt(v @ v)
    return 2 / (v @ H @ v)


def changed_and_kept(w, grad, lr):
    w = w - lr * grad


def changed_in_place(w, grad, lr):
    w -= lr * grad


# functions as they are; texts are the value that a function with the solution's arguments returns
RIGHT = {
    "01-1": [
        copied_then_changed,
        entry_by_entry,
        "np.subtract(w, np.multiply(lr, grad))",
        "w + -lr * grad",
        "(w - lr * grad).tolist()",
        "[a - lr * b for a, b in zip(w, grad)]",
    ],
    "01-2": [
        shrunk_until_small,
        walked_until_small,
        by_numpy_logarithms,
        by_decimal_logarithms,
        "math.inf if lr * h >= 2 else next(n for n in range(20_000) if abs((1 - lr * h) ** n) <= tolerance)",
        "1 if lr * h == 1 else np.int64(math.ceil(math.log(tolerance, abs(1 - lr * h)))) if abs(1 - lr * h) < 1 else np.inf",
    ],
    "01-3": [
        power_method,
        "2 / max(np.linalg.eigvals(H))",
        "np.min(2 / np.linalg.eigvalsh(H))",
        "2 / np.linalg.norm(H, 2)",
        "2 / np.linalg.svd(H)[1][0]",
        "np.array(2 / sorted(np.linalg.eigh(H)[0])[-1])",
        "2 / np.linalg.eigvals(H.astype(complex)).max()",
    ],
    "01-4": [["s", "o", "d", "g"], ("s", "o", "d", "g"), "s, o, d, g", "SODG", " s o d g "],
    "01-5": [
        "(2 - lr * h) / h",
        "1 / h + (1 / h - lr)",
        "np.float64((1 + (1 - lr * h)) / h)",
        "2 / Fraction(h) - Fraction(lr)",
    ],
}

# wrong answers that no exercise knows
PLAUSIBLE = {
    "01-1": [
        changed_and_kept,
        changed_in_place,
        "grad - lr * w",
        "w - lr * np.sign(grad)",
        "w - lr * abs(grad)",
        "w - lr * grad.sum()",
        "w - lr * np.linalg.norm(grad)",
        "(w - lr) * grad",
        "w - lr * grad**2",
        "w - lr @ grad",
        "w[0] - lr * grad[0]",
        "w.__isub__(lr * grad)",
    ],
    "01-2": [
        "math.ceil(1 / (lr * h))",
        "math.ceil(tolerance / abs(1 - lr * h))",
        "-1 if lr * h >= 2 else 1 if lr * h == 1 else math.ceil(math.log(tolerance) / math.log(abs(1 - lr * h)))",
        "None if lr * h >= 2 else 1 if lr * h == 1 else math.ceil(math.log(tolerance) / math.log(abs(1 - lr * h)))",
        "math.inf if lr * h >= 2 else 1 if lr * h == 1 else math.ceil(math.log(abs(1 - lr * h)) / math.log(tolerance))",
        "math.inf if lr * h >= 2 else 1 if lr * h == 1 else math.ceil(math.log(h, abs(1 - lr * tolerance)))",
        "math.inf if lr * h >= 2 else math.ceil(-math.log(tolerance) / (lr * h))",
    ],
    "01-3": [
        "2 / np.linalg.det(H)",
        "2 / np.linalg.eigvalsh(H).mean()",
        "2 * np.linalg.eigvalsh(H).max()",
        "2 / abs(H).sum(axis=1).max()",
        "2 / np.linalg.eigh(H)",
        "2 / np.linalg.eigh(H)[1].max()",
        "2 / np.linalg.eigvalsh(H).max",
        "2 / np.linalg.eigvalsh(H * H).max()",
        "np.linalg.cond(H)",
        "2 / H",
    ],
    "01-4": ["", "good", "sodgs", "sod", "gdos", "ssss", "abcd", 4, ["so", "dx"], {"s": 1, "o": 2, "d": 3, "x": 4}, "s-o-d"],
    "01-5": ["2 / (h - lr)", "2 * h - lr", "lr - 2 / h", "2 / lr - h", "1 - lr * h", "abs(1 - lr * h)", "[lr, 2 / h - lr]"],
}

# what reaches a mission, what does not, and a word of what is then said
REACHED = [
    ("01-m1", bowl, {"lr": 0.175}),
    ("01-m2", bowl, {"lr": 0.97 * 0.2}),
    ("01-m2", bowl, {"lr": 0.199}),
    ("01-m3", bowl, {"surface": "Himmelblau", "lr": 0.028}),
]
MISSED = [
    ("01-m1", bowl, {"lr": 2 / 11}, "after 50 updates is"),
    ("01-m1", bowl, {"surface": "Himmelblau", "lr": 0.01}, "surface Quadratic"),
    ("01-m2", bowl, {"lr": 0.96 * 0.2}, "0.96 times 2/L"),
    ("01-m2", bowl, {"lr": 0.2}, "1 times 2/L"),
    ("01-m2", bowl, {"surface": "Rastrigin", "lr": 0.005}, "surface Quadratic"),
    ("01-m3", bowl, {"lr": 0.028}, "surface Himmelblau"),
    ("01-m3", bowl, {"surface": "Himmelblau", "lr": 0.01}, "settles"),
    ("01-m3", bowl, {"surface": "Himmelblau", "lr": 0.2}, "diverges"),
]
