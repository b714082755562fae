"""Answers to lesson 14 that its module does not know: right ones, wrong ones, and settings for its missions."""

import math
import statistics

import numpy as np

from lrlab import Linear
from lrlab.widgets import ScheduleExplorer


def drawn(**settings):
    explorer = ScheduleExplorer(Linear(start=0.024, end=0.0, steps=500), steps=500)
    explorer.set(schedule=settings.pop("schedule", "Linear"))
    explorer.set(**settings)
    return explorer


def counted(updates, steps, shapes, seeds):
    rates = 0
    while (rates + 1) * steps * shapes * seeds <= updates:
        rates += 1
    return rates


def by_cases(t, lr, steps, flat, power):
    if np.ndim(t):
        return [by_cases(one, lr, steps, flat, power) for one in t]
    if t < flat:
        return lr
    if t >= steps:
        return 0
    return lr * ((steps - t) / (steps - flat)) ** power


@np.vectorize
def what_is_left(t, lr, steps, flat, power):
    left = min(max(steps - t, 0) / (steps - flat), 1)
    return lr * left**power


def with_where(t, lr, steps, flat, power):
    t = np.asarray(t, dtype=float)
    with np.errstate(all="ignore"):
        falling = lr * (1 - (t - flat) / (steps - flat)) ** power
    return np.where(t < flat, lr, np.where(t < steps, falling, 0.0))


def row_by_row(scores):
    means = [sum(row) / len(row) for row in scores]
    best = scores[means.index(min(means))]
    kept = []
    for k, row in enumerate(scores):
        away = [a - b for a, b in zip(row, best)]
        if statistics.mean(away) <= 2 * statistics.stdev(away) / math.sqrt(len(away)):
            kept.append(k)
    return kept


def as_array(scores):
    away = scores - scores[np.argmin(np.mean(scores, axis=1))]
    n = away.shape[1]
    return np.where(np.mean(away, axis=1) - 2 * np.sqrt(np.var(away, axis=1, ddof=1) / n) <= 0)[0]


def plain_interval(scores, new, t):
    n = len(scores)
    mean = sum(scores) / n
    s = math.sqrt(sum((one - mean) ** 2 for one in scores) / (n - 1))
    reach = t * math.sqrt(s**2 / n + s**2 / new)
    return [mean - reach, mean + reach]


def from_the_right(G, steps):
    X = np.array(G, dtype=float) / np.linalg.norm(G)
    for _ in range(steps):
        A = X.T @ X
        X = X @ (3.4445 * np.eye(len(A)) - 4.7750 * A + 2.0315 * A @ A)
    return X


def by_singular_values(G, steps):
    U, s, V = np.linalg.svd(np.asarray(G), full_matrices=False)
    s = s / np.sqrt((s**2).sum())
    for _ in range(steps):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    return (U * s) @ V


def term_by_term(G, steps):
    X = G / (np.sqrt((G * G).sum()) + 1e-12)
    k = 0
    while k < steps:
        cubed = X @ X.T @ X
        X, k = 3.4445 * X - 4.7750 * cubed + 2.0315 * (X @ X.T @ cubed), k + 1
    return X


def never_scaled(G, steps):
    X = G
    for _ in range(steps):
        X = 3.4445 * X - 4.7750 * X**3 + 2.0315 * X**5
    return X


def scaled_each_time(G, steps):
    X = G
    for _ in range(steps):
        X = X / np.linalg.norm(X)
        A = X @ X.T
        X = 3.4445 * X + (-4.7750 * A + 2.0315 * A @ A) @ X
    return X


# functions as they are; texts are the value that a function with the solution's arguments returns
RIGHT = {
    "14-1": [
        counted,
        "math.floor(updates / (steps * shapes * seeds))",
        "updates // steps // shapes // seeds",
        "int(updates / steps / shapes / seeds)",
    ],
    "14-2": [["t", "s", "h", "e", "b"], "T,S,H,E,B", ("T", "s", "h", "e", "b")],
    "14-3": [
        by_cases,
        what_is_left,
        with_where,
        "lr * np.interp(t, [flat, steps], [1, 0]) ** power",
        "lr * np.minimum(np.maximum(steps - np.asarray(t), 0) / (steps - flat), 1) ** power",
    ],
    "14-4": [
        row_by_row,
        as_array,
        "[k for k, row in enumerate(scores) if np.mean(row - scores[np.argmin(scores.sum(axis=1))]) * np.sqrt(len(row)) <= 2 * np.std(row - scores[np.argmin(scores.sum(axis=1))], ddof=1)]",
    ],
    "14-5": [
        plain_interval,
        "np.mean(scores) + np.array([-1, 1]) * t * np.std(scores, ddof=1) * math.sqrt(1 / len(scores) + 1 / new)",
        "tuple(statistics.mean(scores) + sign * t * statistics.stdev(scores) * (1 / len(scores) + 1 / new) ** 0.5 for sign in (-1, 1))",
    ],
    "14-6": [
        "Linear(start=0.024, end=0.0, steps=500)",
        Linear(start=0.03, end=0.001, steps=500),
        "Cosine(lr=0.02, steps=480).warmup(20)",
        "2 * REX(lr=0.008, steps=500)",
        "StepDecay(lr=0.024, every=100, factor=0.4)",
    ],
    "14-7": [from_the_right, by_singular_values, term_by_term],
}

# wrong answers that no exercise knows
PLAUSIBLE = {
    "14-1": [
        "updates // (steps + shapes + seeds)",
        "updates - steps * shapes * seeds",
        "updates // (steps * shapes * seeds) + 1",
        "(updates - 1) // (steps * shapes * seeds)",
        "updates % (steps * shapes * seeds)",
        "updates // steps * shapes * seeds",
    ],
    "14-2": ["tsheh", "tshe", "bhets", "sssss", "no", 0],
    "14-3": [
        "lr * (1 - t / steps) ** power",
        "lr * np.clip((np.asarray(t) - flat) / (steps - flat), 0, 1)",
        "np.where(np.asarray(t) <= flat, lr, 0)",
        "lr * (1 - np.clip((np.asarray(t) + flat) / (steps + flat), 0, 1)) ** power",
        "lr * power * (1 - np.clip((np.asarray(t) - flat) / (steps - flat), 0, 1))",
        "lr * (1 - np.clip(np.asarray(t) / (steps - flat), 0, 1)) ** power",
        "lr * 0.5 * (1 + np.cos(np.pi * np.clip((np.asarray(t) - flat) / (steps - flat), 0, 1)))",
        "lr * power ** np.clip((np.asarray(t) - flat) / (steps - flat), 0, 1)",
        "max(lr * (1 - np.max((np.asarray(t) - flat) / (steps - flat))) ** power, 0)",
    ],
    "14-4": [
        "list(range(len(scores)))",
        "np.argsort(scores.mean(axis=1))",
        "[int(np.argmax(np.mean(scores, axis=1)))]",
        "[]",
        "np.flatnonzero(scores.mean(axis=1) <= scores.mean())",
        "np.argmin(scores, axis=0)",
        "np.flatnonzero(scores.mean(axis=1) <= scores.mean(axis=1).min() + 2 * scores.std() / np.sqrt(scores.size))",
    ],
    "14-5": [
        "np.mean(scores)",
        "(np.mean(scores) + t * np.std(scores, ddof=1), np.mean(scores) - t * np.std(scores, ddof=1))",
        "(np.mean(scores) - t, np.mean(scores) + t)",
        "(np.mean(scores) - 2 * np.std(scores, ddof=1) * np.sqrt(1 / len(scores) + 1 / new), np.mean(scores) + 2 * np.std(scores, ddof=1) * np.sqrt(1 / len(scores) + 1 / new))",
        "(0, np.mean(scores) + t * np.std(scores, ddof=1) * np.sqrt(1 / len(scores) + 1 / new))",
        "t * np.std(scores, ddof=1) * np.sqrt(1 / len(scores) + 1 / new)",
        "(np.mean(scores) - t * np.std(scores, ddof=1) * np.sqrt(1 / len(scores) - 1 / new), np.mean(scores) + t * np.std(scores, ddof=1) * np.sqrt(1 / len(scores) - 1 / new))",
    ],
    "14-6": [
        0.006,
        "Cosine",
        "Constant(lr=0.024)",
        "OneCycle(lr=0.024)",
        "InverseTime(lr=0.1, rate=10)",
        "Cyclical(low=0.005, high=0.05, up=60)",
        "open('entry.txt')",
        42j,
        [0.1, 0.2],
    ],
    "14-7": [
        never_scaled,
        scaled_each_time,
        "np.sign(G)",
        "G / np.linalg.norm(G)",
        "np.linalg.qr(G)[0]",
        "G",
        "np.eye(len(G))",
    ],
}

# what reaches a mission, what does not, and a word of what is then said
REACHED = [
    ("14-m1", drawn, {"schedule": "WSD", "lr": 0.024, "steps": 500, "warmup": 0, "cooldown": 400}),
    ("14-m1", drawn, {"schedule": "WSD", "lr": 0.1, "steps": 500, "warmup": 0, "cooldown": 100}),
    ("14-m2", drawn, {"schedule": "Cosine", "lr": 0.024, "steps": 500}),
    ("14-m2", drawn, {"schedule": "Cosine", "lr": 0.3, "steps": 495}),
]
MISSED = [
    ("14-m1", drawn, {"start": 0.024, "end": 0.0, "steps": 500}, "held for 1 update"),
    ("14-m1", drawn, {"schedule": "WSD", "lr": 0.024, "steps": 500, "warmup": 20, "cooldown": 300}, "first rate is not the largest"),
    ("14-m1", drawn, {"schedule": "WSD", "lr": 0.024, "steps": 500, "warmup": 0, "cooldown": 450}, "held for"),
    ("14-m1", drawn, {"schedule": "Constant", "lr": 0.024}, "not at most 0.02"),
    ("14-m2", drawn, {"start": 0.024, "end": 0.0, "steps": 500}, "straight line itself"),
    ("14-m2", drawn, {"schedule": "Constant", "lr": 0.024}, "mean rate is 1"),
    ("14-m2", drawn, {"schedule": "Cosine", "lr": 0.024, "steps": 300}, "mean rate"),
    ("14-m2", drawn, {"schedule": "WSD", "lr": 0.024, "steps": 500, "warmup": 0, "cooldown": 400}, "mean rate"),
]
