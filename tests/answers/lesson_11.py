"""Answers to lesson 11 that its module does not know: right ones, wrong ones, and settings for its missions."""

import math

import numpy as np

from lrlab.widgets import PlateauExplorer, RangeTestExplorer


def plateau(**settings):
    explorer = PlateauExplorer(patience=5, noise=0.2)
    explorer.set(**settings)
    return explorer


def ranges(**settings):
    explorer = RangeTestExplorer(length="100 updates", smoothing=0.9, seed=0)
    explorer.set(**settings)
    return explorer


def weighted(losses, keep):
    found = []
    for t in range(len(losses)):
        weights = [keep ** (t - k) for k in range(t + 1)]
        found.append(sum(w * loss for w, loss in zip(weights, losses)) / sum(weights))
    return found


def two_sums(losses, keep):
    m = total = 0.0
    found = np.zeros(len(losses))
    for t, loss in enumerate(losses):
        m, total = keep * m + (1 - keep) * loss, keep * total + (1 - keep)
        found[t] = m / total
    return found


def moving_share(losses, keep):
    found = []
    for t, loss in enumerate(losses):
        share = (1 - keep) / (1 - keep ** (t + 1))
        found.append(loss if not found else found[-1] + share * (loss - found[-1]))
    return found


def counted_down(losses, lr, factor, patience, threshold):
    left, best, rates = patience, None, []
    for loss in losses:
        if best is None or loss < best - best * threshold:
            best, left = loss, patience
        elif left > 0:
            left -= 1
        else:
            lr *= factor
            left = patience
        rates.append(lr)
    return tuple(rates)


def cuts_counted(losses, lr, factor, patience, threshold):
    cuts, bad, best, out = 0, 0, float("inf"), np.empty(len(losses))
    for i, loss in enumerate(losses):
        improved = loss < (1 - threshold) * best
        bad = 0 if improved else bad + 1
        best = loss if improved else best
        if bad == patience + 1:
            cuts += 1
            bad = 0
        out[i] = lr * factor**cuts
    return out


def since_the_best(losses, lr, factor, patience, threshold):
    mark, best, rates = 0, math.inf, []
    for k, loss in enumerate(losses):
        if loss < best * (1 - threshold):
            best, mark = loss, k
        elif k - mark >= patience + 1:
            lr, mark = lr * factor, k
        rates.append(lr)
    return rates


def multiplied(seen, patience):
    chance = 1.0
    for k in range(patience + 1):
        chance *= (seen + k) / (seen + k + 1)
    return chance


def pair_by_pair(rates, losses):
    best, found = math.inf, None
    for k in range(len(rates) - 1):
        slope = (losses[k + 1] - losses[k]) / (math.log10(rates[k + 1]) - math.log10(rates[k]))
        if slope < best:
            best, found = slope, rates[k]
    return float(found)


def sorted_slopes(rates, losses):
    falls = (losses[:-1] - losses[1:]) / np.log2(rates[1:] / rates[:-1])
    return rates[:-1][np.argsort(falls)[-1]]


def in_steps(w, grad, loss, f_star, largest):
    gap, square = max(loss - f_star, 0), float(grad @ grad)
    eta = gap / square if square > 0 else 0.0
    if eta > largest:
        eta = largest
    return np.array([a - eta * b for a, b in zip(w, grad)])


# functions as they are; texts are the value that a function with the solution's arguments returns
RIGHT = {
    "11-1": [weighted, two_sums, moving_share],
    "11-2": [counted_down, cuts_counted, since_the_best],
    "11-3": [
        multiplied,
        "1 - (patience + 1) / (seen + patience + 1)",
        "1 / (1 + (patience + 1) / seen)",
        "math.comb(seen + patience, patience + 1) / math.comb(seen + patience + 1, patience + 1)",
    ],
    "11-4": [
        pair_by_pair,
        sorted_slopes,
        "rates[np.argmax(-np.diff(losses) / np.diff(np.log10(rates)))]",
        "min(zip(np.diff(losses) / np.diff(np.log(rates)), rates))[1]",
    ],
    "11-5": [
        in_steps,
        "w - np.clip((loss - f_star) / max(grad @ grad, 1e-300), 0, largest) * grad",
        "w - (0 if not grad.any() else min(max(0, loss - f_star) / np.linalg.norm(grad) ** 2, largest)) * grad",
        "(w - grad * max(0, min(largest, (loss - f_star) / np.dot(grad, grad))) if grad.any() else w).tolist()",
    ],
    "11-6": [["t", "l", "n", "g"], ("T", "L", "N", "G"), "t l n g"],
}

# wrong answers that no exercise knows
PLAUSIBLE = {
    "11-1": [
        "[keep * loss for loss in losses]",
        "[sum(losses) / len(losses)] * len(losses) if losses else []",
        "[min(losses[: t + 1]) for t in range(len(losses))]",
        "sum(losses) * (1 - keep)",
        "[keep * loss + (1 - keep) * losses[0] for loss in losses]",
    ],
    "11-2": [
        "[lr * factor ** (k // (patience + 1)) for k in range(len(losses))]",
        "[lr * factor ** sum(b >= a for a, b in zip(losses[:k], losses[1:k + 1])) for k in range(len(losses))]",
        "[lr * factor if loss >= min(losses) else lr for loss in losses]",
        "lr * factor",
        "[lr * factor ** (losses[: k + 1].count(min(losses)) > patience) for k in range(len(losses))]",
    ],
    "11-3": [
        "1 / (patience + 1)",
        "math.exp(-(patience + 1) / seen)",
        "1 - 1 / seen ** (patience + 1)",
        "(1 - 1 / (seen + 1)) ** patience",
        "seen * (patience + 1)",
        "(seen + 1) / (seen + patience + 2)",
    ],
    "11-4": [
        "rates[0]",
        "rates[len(rates) // 2]",
        "rates[np.argmin(losses) - 1]",
        "np.argmin(losses)",
        "rates[np.argmin(losses[1:] / rates[1:])]",
        "rates[np.argmin(np.diff(losses) / np.log(rates[1:]))]",
        "float(np.mean(rates))",
    ],
    "11-5": [
        "w - largest * grad",
        "w - min(np.sum(grad**2) / max(loss - f_star, 1e-9), largest) * grad",
        "w - (loss - f_star) * grad / largest",
        "w * (1 - min(max(loss - f_star, 0) / max(np.sum(grad**2), 1e-12), largest))",
        "w - min(max(loss - f_star, 0) / max(np.sum(w**2), 1e-12), largest) * grad",
        "w - min(max(loss - f_star, 0) / max(np.max(grad**2), 1e-12), largest) * grad",
    ],
    "11-6": ["tln", "tlngg", "gggg", "lntg", "plateau", 0, ["t", "l"], None.__class__],
}

# what reaches a mission, what does not, and a word of what is then said
REACHED = [
    *(("11-m1", plateau, {"patience": patience}) for patience in (20, 25, 30)),
    ("11-m2", plateau, {"noise": 0.0, "patience": 10, "threshold": 0.05}),
    ("11-m2", plateau, {"noise": 0.0, "patience": 12, "threshold": 0.2}),
    ("11-m3", ranges, {"length": "200 updates", "smoothing": 0.98}),
]
MISSED = [
    ("11-m1", plateau, {}, "false alarms"),
    ("11-m1", plateau, {"patience": 50}, "There are 1 cuts"),
    ("11-m1", plateau, {"patience": 25, "noise": 0.0}, "Set noise to 0.2"),
    ("11-m1", plateau, {"patience": 25, "threshold": 0.1}, "Set threshold to 0"),
    ("11-m2", plateau, {"noise": 0.0, "patience": 10}, "There are 0 false alarms"),
    ("11-m2", plateau, {"noise": 0.0, "patience": 0, "threshold": 0.2}, "10 or more"),
    ("11-m2", plateau, {"noise": 0.2, "patience": 10}, "Set noise to 0"),
    ("11-m3", ranges, {}, "A tenth of the lowest"),
    ("11-m3", ranges, {"length": "200 updates", "smoothing": 0.98, "seed": 1}, "Set seed to 0"),
]
