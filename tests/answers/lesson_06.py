"""Answers to lesson 06 that its module does not know: right ones, wrong ones, and settings for its missions."""

import numpy as np

from lrlab.widgets import StabilityExplorer


def bowl(**settings):
    explorer = StabilityExplorer(lr=1.0, momentum=0.0, condition=100.0, largest=1.0)
    explorer.set(**settings)
    return explorer


def by_velocity(w, b, grad, lr, momentum):
    step = lr * momentum * b + lr * grad
    return w - step, momentum * b + grad


def number_by_number(w, b, grad, lr, momentum):
    if np.ndim(w) != 1:
        return w - lr * (grad + momentum * b), grad + b * momentum
    moved, kept = [], []
    for one, old, slope in zip(w, b, grad):
        kept.append(momentum * old + slope)
        moved.append(one - lr * kept[-1])
    return [moved, kept]


def buffer_filled(t, lr, momentum):
    b = 0.0
    for _ in range(t + 1):
        b = momentum * b + 1.0
    return lr * b


def two_heavy_balls(w, b, grad, lr, momentum):
    new = momentum * b + grad
    ahead = momentum * new + grad
    return np.array([w - lr * ahead, new])


def tried_by_simulation(momentum, curvatures):
    low, high, steepest = 0.0, 100.0, np.float64(max(curvatures))
    for _ in range(200):
        middle = (low + high) / 2
        roots = np.roots([1, -(1 + momentum - middle), momentum]) if momentum else np.array([1 - middle])
        low, high = (middle, high) if np.abs(roots).max() < 1 else (low, middle)
    return low / steepest


def borders_solved(smallest, largest):
    a, b = smallest**0.5, largest**0.5
    root_of_momentum = (b - a) / (b + a)
    return [(1 + root_of_momentum) ** 2 / largest, root_of_momentum**2]


def covariance_followed(lr, momentum, h, sigma):
    if lr * h >= 2 * (1 + momentum):
        return float("inf")
    A = np.array([[1 + momentum - lr * h, -momentum], [1, 0]])
    C = np.linalg.solve(np.eye(4) - np.kron(A, A), [lr**2 * sigma**2, 0, 0, 0])
    return h * C[0] / 2


# functions as they are; texts are the value that a function with the solution's arguments returns
RIGHT = {
    "06-1": [
        by_velocity,
        number_by_number,
        "(w - lr * (momentum * b + grad), momentum * b + grad)",
        "np.stack([w - lr * (np.multiply(momentum, b) + grad), grad + momentum * b])",
        "[w - lr * (b := grad + b * momentum), b]",
    ],
    "06-2": [
        buffer_filled,
        "lr * sum(momentum**k for k in range(t + 1))",
        "lr * np.sum(momentum ** np.arange(t + 1.0))",
        "lr / (1 - momentum) * (1 - momentum**t * momentum)",
        "lr * np.polyval(np.ones(t + 1), momentum)",
        "(lr - lr * math.pow(momentum, t + 1)) / (1 - momentum)",
    ],
    "06-3": [
        two_heavy_balls,
        "(w - lr * (grad + momentum * (momentum * b + grad)), momentum * b + grad)",
        "(w - lr * ((1 + momentum) * grad + momentum**2 * b), momentum * b + grad)",
        "(w - lr * grad - lr * momentum * (b := momentum * b + grad), b)",
    ],
    "06-4": [
        tried_by_simulation,
        "(2 + 2 * momentum) / np.max(curvatures)",
        "min(2 * (1 + momentum) / h for h in curvatures)",
        "2 / sorted(curvatures)[-1] * (1 + momentum)",
        "np.min(2 * (1 + momentum) / np.array(curvatures))",
    ],
    "06-5": [
        borders_solved,
        "(4 / (largest**0.5 + smallest**0.5) ** 2, ((largest**0.5 - smallest**0.5) / (largest**0.5 + smallest**0.5)) ** 2)",
        "((2 / (np.sqrt(largest) + np.sqrt(smallest))) ** 2, (1 - 2 / (1 + np.sqrt(largest / smallest))) ** 2)",
        "np.array([4 / (largest + smallest + 2 * math.sqrt(largest * smallest)), ((math.sqrt(largest / smallest) - 1) / (math.sqrt(largest / smallest) + 1)) ** 2])",
    ],
    "06-6": [["r", "p", "d", "g"], ("R", "P", "D", "G"), "r, p, d, g"],
    "06-7": [
        covariance_followed,
        "math.inf if lr >= 2 * (1 + momentum) / h else lr * sigma**2 / (1 - momentum) / (4 - 2 * lr * h / (1 + momentum))",
        "np.inf if 2 + 2 * momentum - lr * h <= 0 else 0.5 * lr * sigma * sigma * (1 + momentum) / ((1 - momentum) * (2 + 2 * momentum - lr * h))",
        "np.where(lr * h < 2 * (1 + momentum), lr * sigma**2 * (1 + momentum) / (2 * (1 - momentum)) / (2 * (1 + np.float64(momentum)) - lr * h), np.inf)",
    ],
}


def in_place(w, b, grad, lr, momentum):
    b *= momentum
    b += grad
    return w - lr * b, b


def loop_too_short(t, lr, momentum):
    b = 0.0
    for _ in range(t):
        b = momentum * b + 1
    return lr * b


# wrong answers that no exercise knows
PLAUSIBLE = {
    "06-1": [
        in_place,
        "(w - lr * (momentum * b + grad), grad)",
        "(w - lr * (momentum * b - grad), momentum * b + grad)",
        "(w * (1 - lr) - lr * (momentum * b + grad), momentum * b + grad)",
        "(w - lr * (momentum * w + grad), momentum * w + grad)",
        "(w - lr * (momentum**2 * b + grad), momentum**2 * b + grad)",
        "(w - lr * (lr * b + grad), lr * b + grad)",
        "w",
    ],
    "06-2": [
        loop_too_short,
        "lr * momentum / (1 - momentum)",
        "lr * (1 - momentum) ** (t + 1)",
        "lr * (1 - momentum) ** t",
        "lr * (momentum - momentum ** (t + 1)) / (1 - momentum)",
        "lr * t * momentum / (1 - momentum)",
        "(1 - momentum ** (t + 1)) / (1 - momentum)",
        "lr * (1 + momentum ** (t + 1))",
        "[lr * sum(momentum**k for k in range(n + 1)) for n in range(t + 1)]",
    ],
    "06-3": [
        "(w - lr * (grad - momentum * b), momentum * b + grad)",
        "(w - lr * (grad + momentum * b), momentum * b)",
        "(w - lr * (momentum * b), momentum * b + grad)",
        "(w - lr * (grad + b + momentum * grad), momentum * b + grad)",
        "(w - lr * momentum * b - lr * grad * momentum, momentum * b + grad)",
        "(w - momentum * b - lr * grad, momentum * b - lr * grad)",
        "(w - lr * (grad + momentum**2 * (momentum * b + grad)), momentum * b + grad)",
    ],
    "06-4": [
        "2 + 2 * momentum",
        "2 * (1 + momentum) / len(curvatures)",
        "2 * (1 + momentum) / np.median(curvatures)",
        "2 * (1 + momentum**2) / max(curvatures)",
        "2 * (1 + math.sqrt(momentum)) / max(curvatures)",
        "4 / (math.sqrt(max(curvatures)) + math.sqrt(min(curvatures))) ** 2",
        "2 * (1 + momentum) / math.sqrt(max(curvatures))",
        "2 * (1 + momentum) / max(curvatures) ** 2",
    ],
    "06-5": [
        "(4 / (math.sqrt(largest) - math.sqrt(smallest)) ** 2 if largest > smallest else 0, ((math.sqrt(largest) - math.sqrt(smallest)) / (math.sqrt(largest) + math.sqrt(smallest))) ** 2)",
        "(2 / math.sqrt(largest * smallest), (math.sqrt(largest / smallest) - 1) / math.sqrt(largest / smallest))",
        "(4 / math.sqrt(largest + smallest) ** 2, ((math.sqrt(largest / smallest) - 1) / (math.sqrt(largest / smallest) + 1)) ** 2)",
        "(4 / math.sqrt(largest), 1 / math.sqrt(largest / smallest))",
        "(2 * (1 + 0.9) / largest, 0.9)",
        "((1 + math.sqrt(largest / smallest)) ** 2, (1 - math.sqrt(largest / smallest)) ** 2)",
        "(4 / (largest + smallest), (largest - smallest) / (largest + smallest))",
    ],
    "06-6": ["rpd", "rpdgg", "rrdg", "rpgd", "drpg", 2, ["r", "p", "d"], "A"],
    "06-7": [
        "math.inf if lr * h >= 2 * (1 + momentum) else h * sigma**2 * (1 + momentum) / (2 * (1 - momentum) * (2 * (1 + momentum) - lr * h))",
        "math.inf if lr * h >= 2 * (1 + momentum) else lr * sigma**2 * (1 + momentum) ** 2 / (2 * (1 - momentum) * (2 * (1 + momentum) - lr * h))",
        "math.inf if lr * h >= 2 * (1 - momentum) else lr * sigma**2 * (1 + momentum) / (2 * (1 - momentum) * (2 * (1 + momentum) - lr * h))",
        "math.inf if lr * h >= 2 * (1 + momentum) else lr * sigma**2 / (2 * (1 - momentum))",
        "math.inf if lr * h >= 2 * (1 + momentum) else lr * sigma**2 * (1 + momentum) / (2 * (1 - momentum) * (2 * (1 + momentum) - lr))",
        "-1 if lr * h >= 2 * (1 + momentum) else lr * sigma**2 * (1 + momentum) / (2 * (1 - momentum) * (2 * (1 + momentum) - lr * h))",
    ],
}

# what reaches a mission, what does not, and a word of what is then said
REACHED = [
    ("06-m1", bowl, {"lr": 3.6, "momentum": 0.9}),
    ("06-m1", bowl, {"lr": 3.5, "momentum": 0.8}),
    ("06-m2", bowl, {"lr": 1.0, "momentum": 0.82}),
    ("06-m2", bowl, {"lr": 0.98, "momentum": 0.82}),
    ("06-m3", bowl, {"lr": 1.0, "momentum": 0.99}),
    ("06-m3", bowl, {"lr": 1.0, "momentum": 0.985}),
]
MISSED = [
    ("06-m1", bowl, {"lr": 3.8, "momentum": 0.9}, "does not converge"),
    ("06-m1", bowl, {"lr": 3.5, "momentum": 0.7}, "does not converge"),
    ("06-m1", bowl, {"lr": 3.4, "momentum": 0.9}, "at least 3.5"),
    ("06-m1", bowl, {"lr": 3.6, "momentum": 0.9, "condition": 10.0}, "Keep it at 100"),
    ("06-m1", bowl, {"lr": 36.0, "momentum": 0.9, "largest": 0.1}, "Keep it at 1"),
    ("06-m2", bowl, {"lr": 1.0, "momentum": 0.75}, "not fewer than 75"),
    ("06-m2", bowl, {"lr": 1.0, "momentum": 0.9}, "not fewer than 75"),
    ("06-m2", bowl, {"lr": 3.3, "momentum": 0.67}, "Keep it at 1 or less"),
    ("06-m2", bowl, {"lr": 1.0, "momentum": 0.3, "condition": 5.0}, "Keep it at 100"),
    ("06-m3", bowl, {"lr": 1.0, "momentum": 0.0}, "not more than 690"),
    ("06-m3", bowl, {"lr": 1.0, "momentum": 0.95}, "not more than 690"),
    ("06-m3", bowl, {"lr": 0.5, "momentum": 0.0}, "Keep it at 1"),
    ("06-m3", bowl, {"lr": 1.0, "momentum": 0.99, "condition": 10.0}, "Keep it at 100"),
]
