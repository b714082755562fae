"""Answers to lesson 08 that its module does not know: right ones, wrong ones, and settings for its missions."""

import math

import numpy as np

from lrlab import Adam, AdamW, AMSGrad
from lrlab.optimizers.adam_family import AMSGradState
from lrlab.optimizers.adaptive import AdamState
from lrlab.widgets import BiasExplorer


def bias(**settings):
    explorer = BiasExplorer()
    explorer.set(**settings)
    return explorer


@np.vectorize
def counted(t, beta1, beta2):
    m = v = 0.0
    for _ in range(t):
        m, v = beta1 * m + (1 - beta1), beta2 * v + (1 - beta2)
    return m / math.sqrt(v)


def of_the_library(w, grad, m, v, t, lr, beta1, beta2, eps):
    state = AdamState(t - 1, np.asarray(m), np.asarray(v))
    w, state = Adam(beta1=beta1, beta2=beta2, eps=eps).step(np.asarray(w), np.asarray(grad), state, lr)
    return w, state.m, state.v


def one_factor(w, grad, m, v, t, lr, beta1, beta2, eps):
    m = m + (1 - beta1) * (grad - m)
    v = v + (1 - beta2) * (grad * grad - v)
    root = math.sqrt(1 - beta2**t)
    return [w - lr * root / (1 - beta1**t) * m / (v**0.5 + eps * root), m, v]


def weight_by_weight(w, grad, m, v, t, lr, beta1, beta2, eps):
    if np.ndim(w):
        return tuple(np.array(rows) for rows in zip(*(weight_by_weight(*one, t, lr, beta1, beta2, eps) for one in zip(w, grad, m, v))))
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return w - lr * (m / (1 - beta1**t)) / (math.sqrt(v / (1 - beta2**t)) + eps), m, v


def decayed_of_the_library(w, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    state = AdamState(t - 1, np.asarray(m), np.asarray(v))
    w, state = AdamW(beta1=beta1, beta2=beta2, eps=eps, weight_decay=weight_decay).step(np.asarray(w), np.asarray(grad), state, lr)
    return w, state.m, state.v


def shrinks_first(w, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    w = w * (1 - lr * weight_decay)
    return weight_by_weight(w, grad, m, v, t, lr, beta1, beta2, eps)


def subtracts_last(w, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    new, m, v = one_factor(w, grad, m, v, t, lr, beta1, beta2, eps)
    return new - lr * weight_decay * w, m, v


def largest_of_the_library(w, grad, m, v, v_max, t, lr, beta1, beta2, eps):
    state = AMSGradState(t - 1, np.asarray(m), np.asarray(v), np.asarray(v_max))
    w, state = AMSGrad(beta1=beta1, beta2=beta2, eps=eps).step(np.asarray(w), np.asarray(grad), state, lr)
    return w, state.m, state.v, state.v_max


def chosen(w, grad, m, v, v_max, t, lr, beta1, beta2, eps):
    m, v = m * beta1 + grad * (1 - beta1), v * beta2 + grad * grad * (1 - beta2)
    top = np.where(v > v_max, v, v_max)
    return w - lr * m / (1 - beta1**t) / (np.sqrt(top) / np.sqrt(1 - beta2**t) + eps), m, v, top


def stacked(w, grad, m, v, v_max, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * np.square(grad)
    top = np.max([v, v_max + 0 * v], axis=0)
    step = lr * m / ((1 - beta1**t) * (np.sqrt(top / (1 - beta2**t)) + eps))
    return [w - step, m, v, top]


def one_long_list(grads, beta2, periods):
    v, steps = 0.0, []
    for t, g in enumerate(list(grads) * periods, start=1):
        v = beta2 * v + (1 - beta2) * g * g
        steps.append(-g / math.sqrt(v / (1 - beta2**t)))
    return sum(steps[-len(grads) :])


def with_the_library(grads, beta2, periods):
    optimizer, w = Adam(beta1=0.0, beta2=beta2, eps=0.0), np.zeros(1)
    state = optimizer.init(w)
    for _ in range(periods):
        before = w
        for g in grads:
            w, state = optimizer.step(w, np.array([g]), state, 1.0)
    return float((w - before)[0])


def weights_written_out(grads, beta2, periods):
    g = np.tile(grads, periods)
    k = np.arange(len(g))
    power = np.where(k[:, None] >= k, float(beta2) ** np.maximum(k[:, None] - k, 0), 0.0)
    v = power @ g**2 / power.sum(axis=1)
    return -(g / np.sqrt(v))[-len(grads) :].sum()


def _parts(w, grad, m, v, t, lr, beta1, beta2, eps):
    m, v = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2
    return m, v, m / (1 - beta1**t), v / (1 - beta2**t)


def in_place(w, grad, m, v, t, lr, beta1, beta2, eps):
    m *= beta1
    m += (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return w - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def other_order(*case):
    w, m, v = weight_by_weight(*case)
    return m, v, w


def gradient_of_the_corrected(w, grad, m, v, t, lr, beta1, beta2, eps):
    m, v, m_hat, v_hat = _parts(w, grad, m, v, t, lr, beta1, beta2, eps)
    return w - lr * grad * m_hat / (np.sqrt(v_hat) + eps), m, v


def rate_corrected_twice(w, grad, m, v, t, lr, beta1, beta2, eps):
    m, v, m_hat, v_hat = _parts(w, grad, m, v, t, lr, beta1, beta2, eps)
    return w - lr * np.sqrt(1 - beta2**t) / (1 - beta1**t) * m_hat / (np.sqrt(v_hat) + eps), m, v


def falls_by_itself(w, grad, m, v, t, lr, beta1, beta2, eps):
    m, v, m_hat, v_hat = _parts(w, grad, m, v, t, lr, beta1, beta2, eps)
    return w - lr / math.sqrt(t) * m_hat / (np.sqrt(v_hat) + eps), m, v


def correction_times_t(w, grad, m, v, t, lr, beta1, beta2, eps):
    m, v, *_ = _parts(w, grad, m, v, t, lr, beta1, beta2, eps)
    return w - lr * m / (1 - beta1 * t) / (np.sqrt(abs(v / (1 - beta2 * t))) + eps), m, v


def only_the_averages(*case):
    return weight_by_weight(*case)[1:]


def decay_on_m(w, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    new, m, v = weight_by_weight(w, grad, m, v, t, lr, beta1, beta2, eps)
    return new, m + weight_decay * w, v


def decay_on_m_hat(w, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    m, v, m_hat, v_hat = _parts(w, grad, m, v, t, lr, beta1, beta2, eps)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps) * (1 + weight_decay * w), m, v


def decay_times_lr_alone(w, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    new, m, v = weight_by_weight(w, grad, m, v, t, lr, beta1, beta2, eps)
    return new * (1 - weight_decay), m, v


def decay_by_update(w, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    new, m, v = weight_by_weight(w, grad, m, v, t, lr, beta1, beta2, eps)
    return new - lr * weight_decay * w / t, m, v


def decay_in_m_alone(w, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    m, v = beta1 * m + (1 - beta1) * (grad + weight_decay * w), beta2 * v + (1 - beta2) * grad**2
    return w - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def sum_of_both(w, grad, m, v, v_max, t, lr, beta1, beta2, eps):
    new, m, v = weight_by_weight(w, grad, m, v, t, lr, beta1, beta2, eps)
    return new, m, v, v + v_max


def largest_gradient(w, grad, m, v, v_max, t, lr, beta1, beta2, eps):
    m, v = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2
    top = np.maximum(v_max, grad**2)
    return w - lr * m / (1 - beta1**t) / (np.sqrt(top / (1 - beta2**t)) + eps), m, v, top


def largest_m(w, grad, m, v, v_max, t, lr, beta1, beta2, eps):
    m, v = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2
    top = np.maximum(v_max, m)
    return w - lr * m / (1 - beta1**t) / (np.sqrt(top / (1 - beta2**t)) + eps), m, v, top


def asks_an_array(w, grad, m, v, v_max, t, lr, beta1, beta2, eps):
    m, v = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2
    top = max(v_max, v)
    return w - lr * m / (1 - beta1**t) / (np.sqrt(top / (1 - beta2**t)) + eps), m, v, top


def decaying_maximum(w, grad, m, v, v_max, t, lr, beta1, beta2, eps):
    m, v = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2
    top = np.maximum(beta2 * v_max, v)
    return w - lr * m / (1 - beta1**t) / (np.sqrt(top / (1 - beta2**t)) + eps), m, v, top


def corrected_kept(w, grad, m, v, v_max, t, lr, beta1, beta2, eps):
    m, v = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2
    top = np.maximum(v_max, v) / (1 - beta2**t)
    return w - lr * m / (1 - beta1**t) / (np.sqrt(top) + eps), m, v, top


# functions as they are; texts are the value that a function with the solution's arguments returns
RIGHT = {
    "08-1": [
        counted,
        "np.subtract(1, beta1**t) * (1 - beta2**t) ** -0.5",
        "-np.expm1(t * np.log(beta1)) / np.sqrt(-np.expm1(t * np.log(beta2))) if beta1 else 1 / np.sqrt(1 - beta2**t)",
        "np.sqrt((1 - beta1**t) ** 2 / (1 - beta2**t))",
        "(1 - np.power(float(beta1), t)) / (1 - np.power(beta2, t)) ** 0.5",
    ],
    "08-2": [of_the_library, one_factor, weight_by_weight],
    "08-3": [decayed_of_the_library, shrinks_first, subtracts_last],
    "08-4": [largest_of_the_library, chosen, stacked],
    "08-5": [["i", "o", "n", "b"], ("I", "O", "N", "B"), "i, o, n, b"],
    "08-6": [one_long_list, with_the_library, weights_written_out],
}

# wrong answers that no exercise knows
PLAUSIBLE = {
    "08-1": [
        "(1 - beta1**t) * np.sqrt(1 - beta2**t)",
        "(1 - beta1) ** t / np.sqrt(1 - beta2**t)",
        "(1 - beta1**t) / np.sqrt(1 - beta2) ** t",
        "(1 - beta1**t) / (1 - np.sqrt(beta2**t))",
        "(1 - beta1**t) / np.sqrt(1 - beta2)",
        "(1 - beta1) / np.sqrt(1 - beta2**t)",
        "(1 - 0.9**t) / np.sqrt(1 - 0.999**t)",
        "(1 - t**beta1) / np.sqrt(np.abs(1 - t**beta2))",
        "(1 + beta1**t) / np.sqrt(1 + beta2**t)",
        "(1 - beta1**t) / math.sqrt(1 - beta2**t)",
    ],
    "08-2": [
        in_place,
        other_order,
        gradient_of_the_corrected,
        rate_corrected_twice,
        falls_by_itself,
        correction_times_t,
        only_the_averages,
    ],
    "08-3": [decay_on_m, decay_on_m_hat, decay_times_lr_alone, decay_by_update, decay_in_m_alone],
    "08-4": [sum_of_both, largest_gradient, largest_m, asks_an_array, decaying_maximum, corrected_kept],
    "08-5": ["ion", "ionbo", "nnnn", "bion", 0, "inside"],
    "08-6": [
        "-sum(g / np.sqrt(np.mean(np.square(grads))) for g in grads)",
        "-sum(grads) / len(grads)",
        "sum(1 if g < 0 else -1 for g in grads) * periods",
        "-sum(g / abs(g) ** beta2 for g in grads)",
        "0",
        "periods * -sum(grads)",
        "-sum(g / (beta2 * g**2) ** 0.5 if beta2 else 0 for g in grads)",
    ],
}

# what reaches a mission, what does not, and a word of what is then said
REACHED = [
    ("08-m1", bias, {"correction": False, "beta1": 0.9, "beta2": 0.99}),
    ("08-m1", bias, {"correction": False, "beta1": 0.9, "beta2": 0.9895}),
    ("08-m2", bias, {"correction": False, "beta1": 0.99, "beta2": 0.99}),
    ("08-m2", bias, {"correction": False, "beta1": 0.999, "beta2": 0.999}),
    ("08-m3", bias, {"correction": True, "beta1": 0.0, "gradients": "random"}),
]
MISSED = [
    ("08-m1", bias, {"correction": True, "beta2": 0.99}, "correction off"),
    ("08-m1", bias, {"correction": False, "beta2": 0.999}, "3.16 times lr"),
    ("08-m1", bias, {"correction": False, "beta1": 0.5, "beta2": 0.75}, "Leave it at 0.9"),
    ("08-m1", bias, {"correction": False, "beta2": 0.99, "gradients": "random"}, "equal gradients"),
    ("08-m2", bias, {"correction": False, "beta1": 0.9, "beta2": 0.95}, "Take 0.99 or more"),
    ("08-m2", bias, {"correction": False, "beta1": 0.9, "beta2": 0.99}, "times lr"),
    ("08-m2", bias, {"correction": True, "beta1": 0.99, "beta2": 0.99}, "correction off"),
    ("08-m3", bias, {"correction": False, "beta1": 0.9, "beta2": 0.999}, "correction on"),
    ("08-m3", bias, {"correction": True}, "1 times lr"),
]
