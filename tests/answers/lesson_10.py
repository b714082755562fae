"""Answers to lesson 10 that its module does not know: right ones, wrong ones, and settings for its missions."""

import math

import numpy as np

from lrlab.widgets import HorizonExplorer, RestartsExplorer


def restarts(**settings):
    explorer = RestartsExplorer(lr=0.5, period=50, noise=1.0)
    explorer.set(**settings)
    return explorer


def horizon(**settings):
    explorer = HorizonExplorer(schedule="WSD", lr=0.5, horizon=400, stop=200)
    explorer.set(**settings)
    return explorer


def number_by_number(t, low, high, up):
    if np.ndim(t):
        return [number_by_number(one, low, high, up) for one in t]
    s = t % (2 * up)
    return low + (high - low) * s / up if s <= up else high - (high - low) * (s - up) / up


def summed_lengths(period, growth, steps):
    times, i = [], 1
    while (at := sum(period * growth**k for k in range(i))) < steps:
        times.append(at)
        i += 1
    return times


def every_update(period, growth, steps):
    times, left, length = [], period, period
    for t in range(1, steps):
        left -= 1
        if left == 0:
            times.append(t)
            length *= growth
            left = length
    return np.array(times, dtype=int)


def subtracting(t, lr, period, growth):
    while t >= period:
        t -= period
        period *= growth
    return lr * 0.5 * (1 + np.cos(np.pi * t / period))


def from_the_list(t, lr, period, growth):
    times = [0, *summed_lengths(period, growth, t + 1)]
    return lr * math.cos(math.pi * (t - times[-1]) / (period * growth ** (len(times) - 1)) / 2) ** 2


def recursive(t, lr, period, growth):
    if t >= period:
        return recursive(t - period, lr, period * growth, growth)
    return lr - lr * math.sin(math.pi * t / period / 2) ** 2


def share_of_the_way(t, lr, steps, warmup, div, final_div):
    top = steps * warmup
    if t <= top:
        share = t / top
        return (1 - share) * lr / div + share * lr
    share = min(1.0, (t - top) / (steps - top))
    return (1 - share) * lr + share * lr / div / final_div


def trunk_and_branches(horizons, cooldown):
    longest = sorted(horizons)[-1]
    total = longest - cooldown * longest
    for horizon in horizons:
        total += cooldown * horizon
    return total


def by_hand(horizons, cooldown):
    branches = [h - round(cooldown * h) for h in horizons]
    return max(branches) + sum(h - b for h, b in zip(horizons, branches))


# functions as they are; texts are the value that a function with the solution's arguments returns
RIGHT = {
    "10-1": [
        number_by_number,
        "low + (high - low) * np.minimum(np.mod(t, 2 * up), 2 * up - np.mod(t, 2 * up)) / up",
        "high - (high - low) * np.abs(np.asarray(t) % (2 * up) - up) / up",
        "np.interp(np.mod(t, 2 * up), [0, up, 2 * up], [low, high, low])",
        "low + (high - low) * np.maximum(0, 1 - np.abs(np.asarray(t) / up - 2 * np.floor(1 + np.asarray(t) / (2 * up)) + 1))",
        "low + (high - low) * np.arccos(np.cos(np.pi * np.asarray(t) / up)) / np.pi",
    ],
    "10-2": [
        summed_lengths,
        every_update,
        "[a for a in itertools.accumulate(period * growth**i for i in range(400)) if 0 < a < steps]",
        "tuple(t for t in itertools.takewhile(lambda a: a < steps, itertools.accumulate(period * growth**i for i in range(400))))",
        "[float(a) for a in itertools.takewhile(lambda a: a < steps, itertools.accumulate(period * growth**i for i in range(400)))]",
    ],
    "10-3": [subtracting, from_the_list, recursive],
    "10-4": [
        share_of_the_way,
        "np.interp(t, [0, warmup * steps, steps], [lr / div, lr, lr / (div * final_div)])",
        "lr / div + (lr - lr / div) * t / (warmup * steps) if t < warmup * steps else lr - (lr - lr / div / final_div) * min(1, (t - warmup * steps) / (steps - warmup * steps))",
        "min(lr / div + (lr - lr / div) * t / (warmup * steps), max(lr + (lr / div / final_div - lr) * (t - warmup * steps) / (steps - warmup * steps), lr / div / final_div))",
    ],
    "10-5": [
        trunk_and_branches,
        by_hand,
        "max(horizons) + cooldown * (sum(horizons) - max(horizons))",
        "np.max(horizons) * (1 - cooldown) + np.sum(cooldown * np.array(horizons))",
        "int(round(max(h * (1 - cooldown) for h in horizons) + sum(h * cooldown for h in horizons)))",
    ],
    "10-6": [["w", "o", "r", "c"], ("W", "O", "R", "C"), "w, o, r, c"],
}

# wrong answers that no exercise knows
PLAUSIBLE = {
    "10-1": [
        "low + (high - low) * (1 - np.abs(np.mod(t, up) - up) / up)",
        "high + (low - high) * (1 - np.abs(np.mod(t, 2 * up) - up) / up)",
        "low + (high - low) * np.maximum(np.mod(t, 2 * up), 2 * up - np.mod(t, 2 * up)) / up",
        "low + (high - low) * (1 - np.abs(np.mod(t, 2 * up) - up / 2) / up)",
        "low * (high / low) ** (1 - np.abs(np.mod(t, 2 * up) - up) / up)",
        "np.clip((1 - np.abs(np.mod(t, 2 * up) - up) / up), low, high)",
    ],
    "10-2": [
        "[t for t in range(1, steps) if t % (period * growth) == 0]",
        "list(range(period, steps + 1, period))",
        "[period * (1 + growth) ** i for i in range(1000) if period * (1 + growth) ** i < steps]",
        "[period ** i for i in range(1, 100) if period ** i < steps]",
        "sum(period * growth**i for i in range(3))",
        "steps // period",
        "[a for a in itertools.accumulate(period * growth**i for i in range(3)) if a < steps]",
    ],
    "10-3": [
        "lr * (1 + math.cos(math.pi * t / (period * growth))) / 2",
        "lr * (1 + math.sin(math.pi * (t % period) / period)) / 2",
        "lr * (1 + math.cos(math.pi * (t % period) / (period * growth))) / 2",
        "lr * (1 - math.cos(math.pi * (t % period) / period)) / 2",
        "lr * (1 + math.cos(math.pi * (t % (period * growth)) / (period * growth))) / 2",
        "lr * (1 + math.cos(math.pi * (t - period * (t // period)) / period / growth ** (t // period))) / 2",
        "lr if t % period == 0 else 0",
        "lr * abs(math.cos(math.pi * t / period / 2))",
    ],
    "10-4": [
        "lr / div",
        "lr if t >= warmup * steps else lr / div",
        "lr * min(t / (warmup * steps), 1)",
        "lr / div + (lr - lr / div) * (1 - abs(t - warmup * steps) / (warmup * steps))",
        "np.interp(t, [0, warmup * steps, steps], [lr / div, lr, lr / final_div / final_div])",
        "np.interp(t, [0, steps - warmup * steps, steps], [lr / div, lr, lr / (div * final_div)])",
        "np.interp(t, [0, warmup * steps, 2 * warmup * steps, steps], [lr / div, lr, lr / div, lr / (div * final_div)])",
        "np.interp(t, [0, warmup * steps, steps], [lr * (1 - 1 / div), lr, lr / (div * final_div)])",
        "np.exp(np.interp(t, [0, warmup * steps, steps], np.log([lr / div, lr, lr / (div * final_div)])))",
    ],
    "10-5": [
        "(1 - cooldown) * max(horizons) + cooldown",
        "max(horizons) + min(horizons)",
        "sum(horizons) * (1 - cooldown) + cooldown * max(horizons)",
        "(1 - cooldown) * min(horizons) + cooldown * sum(horizons)",
        "max(horizons) / (1 - cooldown)",
        "sum(h / cooldown for h in horizons)",
    ],
    "10-6": ["wor", "worcc", "rwco", "cccc", "wsd", 0, ["w", "o", "r"], None.__class__],
}

# what reaches a mission, what does not, and a word of what is then said
REACHED = [
    *(("10-m1", restarts, {"period": period, "growth": growth}) for period, growth in ((10, 3.0), (19, 4.0))),
    *(("10-m2", restarts, {"period": period, "growth": 2.0}) for period in (25, 26, 57)),
    *(("10-m3", horizon, {"lr": lr}) for lr in (0.1, 0.05)),
]
MISSED = [
    ("10-m1", restarts, {}, "best end of a cycle"),
    ("10-m1", restarts, {"period": 80, "growth": 4.0}, "at least 3"),
    ("10-m1", restarts, {"period": 10, "growth": 3.0, "noise": 0.0}, "Set noise to 1"),
    ("10-m1", restarts, {"period": 10, "growth": 3.0, "lr": 0.2}, "Set lr to 0.5"),
    ("10-m2", restarts, {}, "times the best end"),
    ("10-m2", restarts, {"period": 57, "growth": 2.0, "noise": 0.5}, "Set noise to 1"),
    ("10-m3", horizon, {}, "costs a factor"),
    ("10-m3", horizon, {"lr": 0.1, "stop": 400}, "Set stop to 200"),
    ("10-m3", horizon, {"lr": 0.1, "schedule": "Cosine"}, "Set schedule to WSD"),
    ("10-m3", horizon, {"lr": 0.1, "noise": 0.0}, "Set noise to 1"),
]
