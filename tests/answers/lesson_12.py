"""Answers to lesson 12 that its module does not know: right ones, wrong ones, and settings for its missions."""

import math
import statistics
from functools import cache

import numpy as np

from lrlab import SGD, WSD, Adam, Constant, Cosine, Polynomial, Quadratic, StepDecay, sweep
from lrlab.widgets import SweepExplorer


@cache
def found():
    """The sweep of the lesson."""
    return sweep(
        Quadratic(dim=10, condition=30, largest=1.0, noise=0.5),
        {"SGD": SGD(), "momentum": SGD(momentum=0.9), "Adam": Adam()},
        {
            "constant": Constant(),
            "step": StepDecay(every=75, factor=0.3),
            "linear": Polynomial(steps=300),
            "cosine": Cosine(steps=300),
            "WSD": WSD(steps=300, warmup=0, cooldown=60),
        },
        lrs=[0.002 * 2**k for k in range(10)],
        seeds=range(20),
        steps=300,
        n_jobs=1,
        progress=False,
    )


def cell(**settings):
    explorer = SweepExplorer(found(), "loss")
    explorer.set(**settings)
    return explorer


def summed(values):
    n = len(values)
    mean = sum(values) / n
    return math.sqrt(sum((x - mean) ** 2 for x in values) / (n - 1)) / math.sqrt(n)


def subtracted_one_by_one(a, b):
    d = [x - y for x, y in zip(a, b)]
    return [sum(d) / len(d), statistics.stdev(d) / math.sqrt(len(d))]


def with_means_apart(a, b):
    d = np.array(a) - np.array(b)
    return np.array([np.mean(a) - np.mean(b), np.sqrt(d.var(ddof=1) / d.size)])


def counted_up(spread, difference):
    n = 2
    while n < 7.84 * spread**2 / difference**2:
        n += 1
    return n


def sorted_by_rate(rates, losses):
    order = np.argsort(rates)
    k = int(np.argmin(losses[order].sum(axis=1)))
    return np.asarray(rates)[order][k], k == 0 or k == len(rates) - 1


def by_dictionary(rates, losses):
    mean = {rate: np.mean(row) for rate, row in zip(rates, losses)}
    rate = min(mean, key=mean.get)
    return [rate, not min(rates) < rate < max(rates)]


def one_after_the_other(rates, losses):
    best, lowest = None, math.inf
    for rate, row in zip(rates, losses):
        if sum(row) / len(row) < lowest:
            best, lowest = rate, sum(row) / len(row)
    return best, int(best == max(rates) or best == min(rates))


def factor_first(lr, batch, new_batch, limit):
    k = new_batch / batch
    if lr * k > limit:
        return [lr * k, False]
    return [lr * k, True]


def per_example(lr, batch, new_batch, limit):
    scaled = lr / batch * new_batch
    return scaled, not scaled > limit * (1 + 1e-12)


def drawing_by_drawing(differences, rows):
    means = [np.mean([differences[k] for k in row]) for row in rows]
    return np.percentile(means, 2.5), np.percentile(means, 97.5)


def at_once(differences, rows):
    return np.quantile(np.take(differences, rows).mean(-1), [0.025, 0.975])


def sums(differences, rows):
    totals = np.array(differences)[rows].sum(axis=1) / rows.shape[1]
    return tuple(np.quantile(totals, [0.025, 0.975]))


RIGHT = {
    "12-1": [
        summed,
        "np.std(values) / np.sqrt(len(values) - 1)",
        "statistics.stdev(values) / math.sqrt(len(values))",
        "np.sqrt(np.var(values, ddof=1) / len(values))",
        "(np.sum((np.asarray(values) - np.mean(values)) ** 2) / len(values) / (len(values) - 1)) ** 0.5",
    ],
    "12-2": [
        subtracted_one_by_one,
        with_means_apart,
        "(np.mean(np.subtract(a, b)), np.std(np.subtract(a, b)) / np.sqrt(len(a) - 1))",
        "(-np.mean(np.subtract(b, a)), np.std(np.subtract(b, a), ddof=1) / len(a) ** 0.5)",
    ],
    "12-3": [
        counted_up,
        "max(math.ceil(7.84 * spread**2 / difference**2), 2)",
        "int(np.maximum(2, np.ceil(np.square(2.8 * spread / abs(difference)))))",
        "max(2.0, -(-((2.8 * spread / difference) ** 2) // 1))",
    ],
    "12-4": [
        sorted_by_rate,
        by_dictionary,
        one_after_the_other,
        "(rates[losses.mean(1).argmin()], sorted(rates).index(rates[losses.mean(1).argmin()]) in (0, len(rates) - 1))",
    ],
    "12-5": [
        factor_first,
        per_example,
        "(new_batch / batch * lr, int(new_batch / batch * lr <= limit))",
        "np.array([lr * new_batch / batch, lr * new_batch / batch <= limit])",
    ],
    "12-6": [["o", "e", "r", "t"], ("O", "E", "R", "T"), "o, e, r, t"],
    "12-7": [drawing_by_drawing, at_once, sums],
}

PLAUSIBLE = {
    "12-1": [
        "np.std(values, ddof=2) / np.sqrt(len(values))",
        "2 * np.std(values, ddof=1) / np.sqrt(len(values))",
        "np.sqrt(np.std(values, ddof=1) / len(values))",
        "np.std(values) / len(values)",
        "np.sqrt(np.sum((np.asarray(values) - np.mean(values)) ** 2)) / len(values)",
        "np.std(values, ddof=1) / np.sqrt(len(values)) / np.mean(values)",
        "statistics.pstdev(values)",
        "np.sqrt(len(values)) / np.std(values, ddof=1)",
    ],
    "12-2": [
        "(np.median(np.subtract(a, b)), np.std(np.subtract(a, b), ddof=1) / np.sqrt(len(a)))",
        "(np.mean(a) - np.mean(b), np.var(np.subtract(a, b), ddof=1) / len(a))",
        "(np.mean(a), np.mean(b))",
        "(np.mean(np.divide(a, b)), np.std(np.subtract(a, b), ddof=1) / np.sqrt(len(a)))",
        "(np.sum(np.subtract(a, b)), np.std(np.subtract(a, b), ddof=1) / np.sqrt(len(a)))",
        "(np.mean(np.subtract(a, b)), np.std(np.subtract(a, b), ddof=1) / np.sqrt(len(a)), len(a))",
        "(np.mean(np.subtract(a, b)), 1.96 * np.std(np.subtract(a, b), ddof=1) / np.sqrt(len(a)))",
        "np.subtract(a, b)",
    ],
    "12-3": [
        "max(2, math.ceil((2.8 * spread**2 / difference) ** 2))",
        "max(2, math.ceil((2.8 * spread / difference) ** 3))",
        "max(2, math.ceil((2.8 * (spread - difference)) ** 2))",
        "max(2, math.ceil(2 * (2.8 * spread / difference) ** 2))",
        "max(10, math.ceil((2.8 * spread / difference) ** 2))",
        "max(2, math.ceil(2.8 * spread / difference))",
        "math.ceil(math.sqrt(2.8 * spread / abs(difference)))",
        "2",
    ],
    "12-4": [
        "(rates[0], True)",
        "(min(rates), losses.mean())",
        "(rates[np.argmin(losses.mean(axis=1))], 'edge')",
        "(rates[np.argmin(losses.mean(axis=1))], True)",
        "(rates[np.argmin(losses.max(axis=1))], rates[np.argmin(losses.mean(axis=1))] in (min(rates), max(rates)))",
        "(rates[np.argmin(losses)], False)",
        "(np.argsort(losses.mean(axis=1))[0], False)",
    ],
    "12-5": [
        "(lr * new_batch / batch, lr * new_batch <= limit)",
        "(lr, lr * new_batch / batch <= limit)",
        "(lr + new_batch / batch, lr + new_batch / batch <= limit)",
        "(lr * (new_batch - batch), lr * (new_batch - batch) <= limit)",
        "(lr * new_batch / batch, 'yes')",
        "(lr * (new_batch / batch) ** 2, lr * (new_batch / batch) ** 2 <= limit)",
        "lr * new_batch / batch <= limit",
        "(lr * new_batch / batch, lr * new_batch / batch <= 2)",
    ],
    "12-6": ["oer", "oertt", "treo", "fair", 0, ["o", "e", "r"], "reto"],
    "12-7": [
        "np.quantile(differences[rows].mean(axis=1), 0.025)",
        "tuple(np.quantile(differences[rows].mean(axis=1), (0.25, 0.75)))",
        "tuple(np.quantile(differences[rows].mean(axis=1), (0.975, 0.025)))",
        "tuple(np.quantile(differences[rows].sum(axis=1), (0.025, 0.975)))",
        "(np.sort(differences[rows].mean(axis=1))[2], np.sort(differences[rows].mean(axis=1))[97])",
        "tuple(np.quantile(differences[rows[0]], (0.025, 0.975)))",
        "tuple(np.quantile(np.abs(differences[rows].mean(axis=1)), (0.025, 0.975)))",
    ],
}

REACHED = [
    ("12-m1", cell, {"optimizer": "momentum", "schedule": "linear", "lr": 0.016}),
    ("12-m1", cell, {"optimizer": "momentum", "schedule": "cosine", "lr": 0.016}),
    ("12-m2", cell, {"optimizer": "SGD", "schedule": "constant", "lr": 0.064}),
    ("12-m2", cell, {"optimizer": "Adam", "schedule": "constant", "lr": 0.032}),
    ("12-m3", cell, {"optimizer": "SGD", "schedule": "linear", "lr": 0.008}),
    ("12-m3", cell, {"optimizer": "Adam", "schedule": "linear", "lr": 0.002}),
]
MISSED = [
    ("12-m1", cell, {"optimizer": "SGD", "schedule": "linear", "lr": 0.128}, "Choose the optimizer momentum"),
    ("12-m1", cell, {"optimizer": "momentum", "schedule": "linear", "lr": 0.128}, "times the best cell's"),
    ("12-m2", cell, {"optimizer": "SGD", "schedule": "linear", "lr": 0.064}, "Choose the schedule constant"),
    ("12-m2", cell, {"optimizer": "momentum", "schedule": "constant", "lr": 0.004}, "times the best cell's"),
    ("12-m3", cell, {"optimizer": "SGD", "schedule": "cosine", "lr": 0.008}, "Choose the schedule linear"),
    ("12-m3", cell, {"optimizer": "SGD", "schedule": "linear", "lr": 0.064}, "times the best cell's"),
]
