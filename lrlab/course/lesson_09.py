"""Lesson 09: warmup, where it is needed, and two explanations of it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from .model import Exercise, Lesson, Mission, Option, Question, Wrong

RECALL = (
    Question(
        "09-r1",
        "Adam with its default settings: how large is the first update of a weight with the gradient 0.003?",
        (
            Option("0.003 lr", "The gradient is divided by its own size."),
            Option("lr", "The bias correction makes both averages right after one gradient.", True),
            Option("3.16 lr", "That is the first update without the correction."),
        ),
    ),
    Question(
        "09-r2",
        "SGD with momentum 0.9 and rate 0.1 walks down a long even slope. With which rate would plain SGD be as fast?",
        (
            Option("0.1", "The buffer adds up past gradients: after a while it is ten of them."),
            Option("0.19", "1 + 0.9 stands in the stability limit. The speed is lr / (1 - momentum)."),
            Option("1", "lr / (1 - momentum).", True),
        ),
    ),
    Question(
        "09-r3",
        "A bowl has the largest curvature 10. Up to which rate does momentum 0.9 converge on it?",
        (
            Option("0.38", "2 (1 + momentum) / L.", True),
            Option("0.2", "That is the limit without momentum, 2 / L."),
            Option("0.02", "A tenth of the limit without momentum. Momentum raises the limit."),
        ),
    ),
)

PREDICTIONS = (
    Question(
        "09-p1",
        "The network with the flat start has sharpness 3 and runs at the fixed rate 0.4. A rate of 0.4 is stable up to sharpness 2/0.4 = 5. Where does the sharpness go in 400 updates?",
        (
            Option("it stays near 3: nothing is unstable", "Stability says that it may stay. Training moves on, and the curvature changes on the way."),
            Option("down: training finds flatter places", "So it does from a start that is too steep."),
            Option("up to about 5, and stays there", "To the edge of stability, 2/lr. Above it the walk is thrown back.", True),
        ),
    ),
    Question(
        "09-p2",
        "Steep start, sharpness about 27, rate 0.8, so 2/lr is 2.5. Ten runs without warmup, ten with 100 updates of it. Which survive?",
        (
            Option("none: 0.8 is far too large for this network", "It is too large for the start. The network is elsewhere by the time the rate is 0.8."),
            Option("those with warmup", "While the rate climbs, the sharpness falls to 2/lr and below.", True),
            Option("all: gradient descent has no v that could be wrong", "No v, but a curvature of ten times 2/lr."),
        ),
    ),
)


def _large(explorer):
    settings, value = explorer.settings, explorer.value
    if settings.surface != "steep start":
        return "Choose the surface with the steep start."
    if settings.lr < 1.0:
        return f"The rate is {settings.lr:.3g}. Take 1 or more."
    if settings.warmup > 10:
        return f"The warmup takes {settings.warmup} updates. Take at most 10."
    return None if value.end < 0.01 else "The loss does not end below 0.01 of its start."


def _costs(explorer):
    settings, value = explorer.settings, explorer.value
    if settings.surface != "steep start":
        return "Choose the surface with the steep start."
    if settings.warmup < 100:
        return f"The warmup takes {settings.warmup} updates. Take 100 or more."
    none = explorer.measure(replace(settings, warmup=0)).end
    if not np.isfinite(none):
        return "Without warmup this rate diverges. Take a smaller one."
    return None if value.end >= 5 * none else f"It ends {value.end / none:.2g} times as high as without warmup."


def _same(explorer):
    settings, value = explorer.settings, explorer.value
    if settings.surface != "same everywhere":
        return "Choose the surface with the same curvature everywhere."
    if settings.lr < 0.05:
        return f"The rate is {settings.lr:.3g}. Take 0.05 or more."
    return None if value.end < 0.01 else "The loss does not end below 0.01 of its start."


MISSIONS = (
    Mission(
        "09-m1",
        "Steep start: a rate of 1 or more that ends below 0.01 of the start, with at most 10 updates of warmup.",
        _large,
        "Ten updates take the walk out of the steep part. At its minimum the curvature is 1, and a rate of 1 is fine.",
    ),
    Mission(
        "09-m2",
        "Steep start: a rate with which 100 or more updates of warmup end at least 5 times as high as none.",
        _costs,
        "A small rate was usable from the start. A ramp over 100 of 200 updates takes a quarter of the run's reach away, and here it gave nothing for it.",
    ),
    Mission(
        "09-m3",
        "Same curvature everywhere: a rate of 0.05 or more that ends below 0.01 of the start.",
        _same,
        "The limit is 2/28 = 0.071, and no warmup moves it: there is no flatter place to go to.",
    ),
)


def warmup_factor(t, warmup):
    return np.minimum(1.0, (np.asarray(t) + 1) / max(warmup, 1))


def warmed(t, warmup, schedule):
    ramp = np.minimum((np.asarray(t) + 1) / max(warmup, 1), 1.0)
    return ramp * schedule(np.maximum(np.asarray(t) - warmup, 0))


def warmup_updates(share, epochs, examples, batch):
    updates = epochs * (examples // batch)
    return round(share * updates)


def noam_peak(width, warmup):
    return warmup, (width * warmup) ** -0.5


def decay_steps(library, warmup, total):
    return total if library == "optax" else total - warmup


def scaled_rate(t, lr, batch, new_batch, warmup):
    target = lr * new_batch / batch
    return lr + (target - lr) * np.minimum(np.asarray(t) / warmup, 1.0)


def line_to_zero(t):
    """0.5, falling to 0 in a line over 20 updates."""
    return 0.5 * np.maximum(1.0 - np.asarray(t) / 20, 0.0)


def constant(t):
    """0.3 at all times."""
    return 0.3 + 0.0 * np.asarray(t)


def halves(t):
    """2, halved every 5 updates."""
    return 2.0 * 0.5 ** np.floor(np.asarray(t) / 5)


def _letters(value):
    return "".join(value).lower().replace(" ", "").replace(",", "")


def _ramp(function):
    return function(np.arange(30), 10)


def _ramp_and_line(function):
    return function(np.arange(40), 10, line_to_zero)


def _goyal(function):
    return function(np.arange(30), 0.1, 256, 1024, 20)


def _updates(share, epochs, examples, batch):
    return share * epochs * (examples // batch)


EXERCISES = (
    Exercise(
        id="09-1",
        title="a warmup that wastes nothing",
        points=2,
        minutes=4,
        solution=warmup_factor,
        curve=_ramp,
        cases=((0, 4), (3, 4), (4, 4), (2, 10), (np.arange(12), 8), (0, 1), (0, 0), (np.array([0, 5, 99, 100, 250]), 100), (np.arange(4), 0)),
        hints=(
            "What is the factor of the first update, t = 0, and of which update is it 1 for the first time?",
            "(t + 1) / W: 1/W at t = 0, 1 at t = W - 1. It must not grow beyond 1, and W = 0 must not divide.",
            "`np.minimum(1.0, (np.asarray(t) + 1) / max(..., 1))`",
        ),
        wrong=(
            Wrong("starts at 0", lambda t, warmup: np.minimum(1.0, np.asarray(t) / max(warmup, 1)) if warmup else np.ones(np.shape(t)), "the first factor is 0, so the first update does nothing. t counts the updates done: use t + 1."),
            Wrong("starts at 0, also without warmup", lambda t, warmup: np.minimum(1.0, np.asarray(t) / max(warmup, 1)), "the first factor is 0, so the first update does nothing, even with warmup 0. Use t + 1."),
            Wrong("peak never in time", lambda t, warmup: np.minimum(1.0, (np.asarray(t) + 1) / (warmup + 1)), "the denominator is W + 1, so the W-th update is still below 1. Divide by W."),
            Wrong("goes on growing", lambda t, warmup: (np.asarray(t) + 1) / max(warmup, 1), "it grows beyond 1. Stop at 1: np.minimum(1.0, ...)."),
            Wrong("falls", lambda t, warmup: np.maximum(1.0 - (np.asarray(t) + 1) / max(warmup, 1), 0.0), "it falls from 1 to 0. A warmup climbs."),
            Wrong("at least 1", lambda t, warmup: np.maximum(1.0, (np.asarray(t) + 1) / max(warmup, 1)), "`maximum` cuts away what is below 1. The ramp must stay, and what is above 1 must go: minimum."),
            Wrong("divides by 0", lambda t, warmup: np.minimum(1.0, (t + 1) / warmup), "with warmup 0 it divides by 0. Without warmup the factor is 1."),
            Wrong("one update too soon", lambda t, warmup: np.minimum(1.0, (np.asarray(t) + 1) / max(warmup - 1, 1)), "the denominator is W - 1, so 1 is reached one update too soon. Divide by W."),
            Wrong("from 0 to 1 in W updates", lambda t, warmup: np.minimum(1.0, np.asarray(t) / max(warmup - 1, 1)) if warmup > 1 else np.ones(np.shape(t)), "it goes from 0 in the first update to 1 in the W-th. The first update shall count: start at 1/W."),
            Wrong("nothing, then all", lambda t, warmup: np.where(np.asarray(t) < warmup, 0.0, 1.0), "it waits and then jumps. The factor grows evenly: (t + 1) / W."),
            Wrong("held at 1/W", lambda t, warmup: np.where(np.asarray(t) < warmup, 1 / max(warmup, 1), 1.0), "it stays at 1/W and then jumps. The factor grows by 1/W at every update."),
            Wrong("0 after the ramp", lambda t, warmup: np.where(np.asarray(t) < warmup, (np.asarray(t) + 1) / max(warmup, 1), 0.0), "after the ramp it is 0. From there on the factor is 1."),
            Wrong("one number only", lambda t, warmup: min(1.0, (t + 1) / max(warmup, 1)), "t may be an array, which `min` and `if` cannot take. Use np.minimum."),
            Wrong("a cosine", lambda t, warmup: 0.5 - 0.5 * np.cos(np.pi * np.minimum(1.0, (np.asarray(t) + 1) / max(warmup, 1))), "that ramp is half a cosine. Here the factor grows evenly, in a line."),
            Wrong("squared", lambda t, warmup: np.minimum(1.0, (np.asarray(t) + 1) / max(warmup, 1)) ** 2, "the ramp is squared, so it is not even."),
            Wrong("rounded down", lambda t, warmup: np.minimum(1, (np.asarray(t) + 1) // max(warmup, 1)), "`//` rounds down, so the ramp is 0 until its end. Divide with `/`."),
            Wrong("above 1 once", lambda t, warmup: np.where(np.asarray(t) <= warmup, (np.asarray(t) + 1) / max(warmup, 1), 1.0), "at t = W it is (W + 1)/W, above 1. The ramp has W updates, t = 0 to W - 1: compare with <."),
            Wrong("upside down", lambda t, warmup: np.minimum(1.0, warmup / (np.asarray(t) + 1)), "the quotient is upside down: it is 1 at first and falls. Divide t + 1 by W."),
            Wrong("multiplied", lambda t, warmup: np.minimum(1.0, (np.asarray(t) + 1) * warmup), "t + 1 is multiplied by W. Divide by it."),
            Wrong("again and again", lambda t, warmup: (np.asarray(t) + 1) % max(warmup, 1) / max(warmup, 1), "`%` starts the ramp again and again. It is climbed once."),
            Wrong("exponential", lambda t, warmup: np.minimum(1.0, np.exp(np.asarray(t) + 1.0 - warmup)), "that ramp is exponential. Here the factor grows by the same amount at every update."),
        ),
        shows="The W-th update is the first at the full rate, and none is wasted.",
    ),
    Exercise(
        id="09-2",
        title="before any schedule",
        points=3,
        minutes=7,
        solution=warmed,
        curve=_ramp_and_line,
        cases=(
            (0, 4, line_to_zero),
            (3, 4, line_to_zero),
            (4, 4, line_to_zero),
            (9, 4, line_to_zero),
            (np.arange(40), 10, line_to_zero),
            (np.arange(12), 5, constant),
            (np.arange(25), 3, halves),
            (7, 0, halves),
            (np.arange(6), 0, line_to_zero),
        ),
        hints=(
            "Which rate does the ramp climb to, and what time does the schedule show when the ramp is over?",
            "For t < W: schedule(0) (t + 1) / W. From t = W on: schedule(t - W). The schedule's own time is t - W, or 0 while that is negative.",
            "The factor of 09-1 times `schedule(np.maximum(np.asarray(t) - ..., 0))`",
        ),
        wrong=(
            Wrong("laid over", lambda t, warmup, schedule: warmup_factor(t, warmup) * schedule(t), "the ramp is laid over a schedule that has begun to fall, so the peak is never reached. Ramp up to schedule(0), then run schedule(t - warmup)."),
            Wrong("not shifted", lambda t, warmup, schedule: np.where(np.asarray(t) < warmup, schedule(0) * (np.asarray(t) + 1) / max(warmup, 1), schedule(t)), "after the ramp the schedule is at time t: its first updates are skipped. It runs in its own time, t - warmup."),
            Wrong("starts at 0", lambda t, warmup, schedule: np.where(np.asarray(t) < warmup, schedule(0) * np.asarray(t) / max(warmup, 1), schedule(np.maximum(np.asarray(t) - warmup, 0))), "the ramp starts at 0, so the first update does nothing: (t + 1) / warmup."),
            Wrong("one update late", lambda t, warmup, schedule: np.where(np.asarray(t) <= warmup, schedule(0) * np.minimum((np.asarray(t) + 1) / max(warmup, 1), 1.0), schedule(np.maximum(np.asarray(t) - warmup - 1, 0))), "the schedule begins one update late. At t = warmup it is at its own 0."),
            Wrong("one update early", lambda t, warmup, schedule: np.where(np.asarray(t) < warmup, schedule(0) * (np.asarray(t) + 1) / max(warmup, 1), schedule(np.maximum(np.asarray(t) - warmup + 1, 0))), "the schedule begins with its second rate. At t = warmup it is at its own 0: schedule(t - warmup)."),
            Wrong("climbs to 1", lambda t, warmup, schedule: np.where(np.asarray(t) < warmup, (np.asarray(t) + 1) / max(warmup, 1), schedule(np.maximum(np.asarray(t) - warmup, 0))), "the ramp climbs to 1. It must climb to the schedule's first rate, schedule(0)."),
            Wrong("climbs to the present rate", lambda t, warmup, schedule: np.where(np.asarray(t) < warmup, schedule(t) * (np.asarray(t) + 1) / max(warmup, 1), schedule(np.maximum(np.asarray(t) - warmup, 0))), "the ramp multiplies schedule(t), which falls meanwhile. It climbs to schedule(0)."),
            Wrong("times the ramp for ever", lambda t, warmup, schedule: (np.asarray(t) + 1) / max(warmup, 1) * schedule(np.maximum(np.asarray(t) - warmup, 0)), "the ramp goes on past its end, so the rate is scaled up there. From t = warmup on the factor is 1."),
            Wrong("W + 1", lambda t, warmup, schedule: np.where(np.asarray(t) < warmup, schedule(0) * (np.asarray(t) + 1) / (warmup + 1), schedule(np.maximum(np.asarray(t) - warmup, 0))), "the denominator is W + 1, so the ramp ends below schedule(0). Divide by W."),
            Wrong("no warmup", lambda t, warmup, schedule: schedule(t), "that is the schedule without its warmup."),
            Wrong("no schedule", lambda t, warmup, schedule: schedule(0) * warmup_factor(t, warmup), "after the ramp the rate stays at its peak. From t = warmup on it is schedule(t - warmup)."),
            Wrong("waits", lambda t, warmup, schedule: np.where(np.asarray(t) < warmup, 0.0, schedule(np.maximum(np.asarray(t) - warmup, 0))), "it waits at 0. The ramp climbs to schedule(0) meanwhile."),
            Wrong("asks an array", lambda t, warmup, schedule: schedule(0) * (t + 1) / max(warmup, 1) if t < warmup else schedule(t - warmup), "t may be an array, which `if` cannot ask. np.where chooses for all entries at once."),
            Wrong("divides by 0", lambda t, warmup, schedule: np.where(np.asarray(t) < warmup, schedule(0) * (np.asarray(t) + 1) / warmup, schedule(np.maximum(t - warmup, 0))) if not np.isscalar(t) or t < warmup or warmup else schedule(0) / warmup, "with warmup 0 it divides by 0. Divide by max(warmup, 1)."),
            Wrong("from the schedule's end", lambda t, warmup, schedule: np.where(np.asarray(t) < warmup, schedule(warmup) * (np.asarray(t) + 1) / max(warmup, 1), schedule(np.maximum(np.asarray(t) - warmup, 0))), "the ramp climbs to schedule(warmup). The schedule begins at schedule(0), in its own time."),
            Wrong("after the schedule's first W", lambda t, warmup, schedule: np.where(np.asarray(t) < warmup, schedule(warmup) * (np.asarray(t) + 1) / max(warmup, 1), schedule(t)), "the schedule's first updates are skipped. After the ramp it is at its own 0: schedule(t - warmup), and the ramp climbs to schedule(0)."),
            Wrong("laid over, from 0", lambda t, warmup, schedule: np.minimum(1.0, np.asarray(t) / max(warmup, 1)) * schedule(t), "two things: the ramp starts at 0, and it is laid over a schedule that has begun to fall. Use (t + 1) / warmup, times schedule(0)."),
            Wrong("added", lambda t, warmup, schedule: warmup_factor(t, warmup) + schedule(np.maximum(np.asarray(t) - warmup, 0)), "ramp and schedule are added. The ramp is a factor of schedule(0)."),
            Wrong("holds the peak", lambda t, warmup, schedule: schedule(np.maximum(np.asarray(t) - warmup, 0)), "during the warmup the rate is schedule(0) already. It has to climb to it: times (t + 1) / warmup."),
            Wrong("asks an array, not shifted", lambda t, warmup, schedule: schedule(0) * (t + 1) / max(warmup, 1) if t < warmup else schedule(t), "two things: `if` cannot ask an array (np.where can), and after the ramp the schedule is at time t - warmup."),
            Wrong("not shifted, laid over by hand", lambda t, warmup, schedule: np.where(np.asarray(t) < warmup, schedule(t) * np.asarray(t) / max(warmup, 1), schedule(np.maximum(np.asarray(t) - warmup, 0))), "the ramp starts at 0 and multiplies schedule(t), which falls meanwhile: schedule(0) * (t + 1) / warmup."),
            Wrong("the schedule backwards", lambda t, warmup, schedule: np.where(np.asarray(t) < warmup, schedule(np.abs(warmup - np.asarray(t))), schedule(np.maximum(np.asarray(t) - warmup, 0))), "the ramp is the schedule run backwards. It is a line from schedule(0) / warmup to schedule(0)."),
            Wrong("continues from t + W", lambda t, warmup, schedule: np.where(np.asarray(t) < warmup, schedule(0) * (np.asarray(t) + 1) / max(warmup, 1), schedule(np.asarray(t) + warmup)), "after the ramp the schedule is at t + warmup, far ahead. It begins at its own 0: t - warmup."),
            Wrong("waits, then peak", lambda t, warmup, schedule: np.where(np.asarray(t) < warmup, schedule(0) / max(warmup, 1), schedule(np.maximum(np.asarray(t) - warmup, 0))), "the ramp does not climb: it stays at schedule(0) / warmup. Multiply by t + 1."),
        ),
        shows="One function for all schedules: that is why lrlab has a method `warmup` and no WarmupCosine, WarmupLinear and so on.",
    ),
    Exercise(
        id="09-3",
        title="a share of the budget",
        points=2,
        minutes=5,
        solution=warmup_updates,
        cases=((0.1, 30, 1437, 32), (0.061, 7, 1000, 8), (0.0503, 3, 50_000, 128), (0.013, 11, 999, 10), (0.25, 1, 100, 30), (0.5, 10, 160, 100), (0.0, 5, 640, 64)),
        hints=(
            "How many updates does the whole training make?",
            "epochs times the full batches in one epoch. The warmup is a share of that, rounded once.",
            "`round(share * epochs * (examples ... batch))`, with the division that rounds down.",
        ),
        wrong=(
            Wrong("epochs", lambda share, epochs, examples, batch: round(share * epochs), "that is a number of epochs. The schedule counts updates."),
            Wrong("not rounded", _updates, "an update is whole: round to the nearest whole number."),
            Wrong("rounded down", lambda share, epochs, examples, batch: math.floor(_updates(share, epochs, examples, batch) + 1e-9), "rounded down. The nearest whole number is wanted."),
            Wrong("rounded up", lambda share, epochs, examples, batch: math.ceil(_updates(share, epochs, examples, batch) - 1e-9), "rounded up. The nearest whole number is wanted."),
            Wrong("the rest as a batch", lambda share, epochs, examples, batch: round(share * epochs * -(-examples // batch)), "the rest of an epoch counts as a batch here. It is left out: round the batches down."),
            Wrong("parts of batches", lambda share, epochs, examples, batch: round(share * epochs * examples / batch), "the rest of an epoch counts as a part of a batch. It is left out in every epoch: //."),
            Wrong("rounded in every epoch", lambda share, epochs, examples, batch: epochs * round(share * (examples // batch)), "it rounds for one epoch and multiplies the error. Round once, at the end."),
            Wrong("one epoch", lambda share, epochs, examples, batch: round(share * (examples // batch)), "that is a share of one epoch. The budget is all of them."),
            Wrong("all updates", lambda share, epochs, examples, batch: epochs * (examples // batch), "that is the whole training. The warmup is a share of it."),
            Wrong("the other share", lambda share, epochs, examples, batch: round((1 - share) * epochs * (examples // batch)), "that is what comes after the warmup: the share 1 - share."),
            Wrong("whole epochs", lambda share, epochs, examples, batch: round(share * epochs) * (examples // batch), "it rounds to whole epochs. Round once, at the end."),
            Wrong("examples", lambda share, epochs, examples, batch: round(share * epochs * examples), "that counts examples. One update takes a whole batch of them."),
            Wrong("batches times batch", lambda share, epochs, examples, batch: round(share * epochs * batch), "batch is how many examples an update takes. How many updates does an epoch make?"),
            Wrong("percent", lambda share, epochs, examples, batch: round(_updates(share, epochs, examples, batch) / 100), "share is a share already, not percent: 0.1 is a tenth."),
            Wrong("at least 1", lambda share, epochs, examples, batch: max(1, round(_updates(share, epochs, examples, batch))), "a share of 0 gives 0 updates, not 1. Nothing asks for a minimum."),
            Wrong("divided by the share", lambda share, epochs, examples, batch: round(epochs * (examples // batch) / share) if share else 0, "it divides by the share. A share of the updates is share times their number."),
            Wrong("raises for a share of 0", lambda share, epochs, examples, batch: round(epochs * (examples // batch) / (1 / share)), "it divides by the share, which may be 0. Multiply."),
            Wrong("rounded share", lambda share, epochs, examples, batch: round(share) * epochs * (examples // batch), "the share itself is rounded, to 0 or 1. Round the number of updates."),
            Wrong("rounded in every epoch, with the rest", lambda share, epochs, examples, batch: round(share * examples / batch) * epochs, "it rounds for one epoch and multiplies the error, and the rest counts as a part of a batch. Round once, at the end, and the batches down."),
            Wrong("less the share", lambda share, epochs, examples, batch: epochs * (examples // batch) - share, "it subtracts the share. Multiply by it."),
        ),
        shows="Epochs, shares, updates: three units for one number. Convert once, where the data set is known.",
    ),
    Exercise(
        id="09-4",
        title="the peak of the transformer schedule",
        points=2,
        minutes=5,
        solution=noam_peak,
        cases=((512, 4000), (64, 100), (100, 25), (16, 1), (1024, 8000)),
        hints=(
            "One part of the minimum grows with s, the other falls. Where is the smaller of the two largest?",
            "Where they meet: s^-0.5 = s W^-1.5. Put this s in, and multiply by d^-0.5.",
            "`return warmup, (width * ...) ** -0.5`",
        ),
        wrong=(
            Wrong("the rate alone", lambda width, warmup: (width * warmup) ** -0.5, "that is the rate alone. Return the pair: s first, then the rate."),
            Wrong("the other way round", lambda width, warmup: ((width * warmup) ** -0.5, warmup), "the pair is the other way round: first s, then the rate."),
            Wrong("no root", lambda width, warmup: (warmup, 1 / (width * warmup)), "the root is missing: both d and s stand under -1/2."),
            Wrong("without the width", lambda width, warmup: (warmup, warmup**-0.5), "the factor d^-0.5 is missing."),
            Wrong("without the warmup", lambda width, warmup: (warmup, width**-0.5), "that is the factor d^-0.5 alone. At s = W the minimum is W^-0.5."),
            Wrong("upside down", lambda width, warmup: (warmup, (width * warmup) ** 0.5), "upside down: the exponents are -1/2."),
            Wrong("power -1.5", lambda width, warmup: (warmup, width**-0.5 * warmup**-1.5), "that is the rate of the first update, s = 1. At s = W the growing part is W times as large."),
            Wrong("one late", lambda width, warmup: (warmup + 1, width**-0.5 * min((warmup + 1) ** -0.5, (warmup + 1) * warmup**-1.5)), "s counts from 1, and the two parts meet at s = W exactly. There is nothing to add."),
            Wrong("one early", lambda width, warmup: (warmup - 1, width**-0.5 * (warmup - 1) * warmup**-1.5), "s counts from 1, and the two parts meet at s = W exactly. There is nothing to subtract."),
            Wrong("off in s alone, late", lambda width, warmup: (warmup + 1, (width * warmup) ** -0.5), "the rate is right, s is one too large: s counts from 1 and the parts meet at s = W."),
            Wrong("off in s alone, early", lambda width, warmup: (warmup - 1, (width * warmup) ** -0.5), "the rate is right, s is one too small. It counts from 1, so no 1 has to be taken away."),
            Wrong("the first update", lambda width, warmup: (1, width**-0.5 * warmup**-1.5), "that is the first update. The rate climbs from there."),
            Wrong("a quotient", lambda width, warmup: (warmup, (width / warmup) ** -0.5), "d and W both make the peak lower: their product stands under the root."),
            Wrong("width without a root", lambda width, warmup: (warmup, width * warmup**-0.5), "d stands under the power -1/2 too."),
            Wrong("width without a root, below", lambda width, warmup: (warmup, warmup**-0.5 / width), "d stands under the power -1/2 too: d^-0.5, not 1/d."),
            Wrong("a sum", lambda width, warmup: (warmup, (width + warmup) ** -0.5), "d and W are added. d^-0.5 times W^-0.5 is the product to the power -1/2."),
            Wrong("root of s", lambda width, warmup: (warmup**0.5, (width * warmup) ** -0.5), "s is the root of W. Set s^-0.5 = s W^-1.5: then s^1.5 = W^1.5."),
        ),
        shows="A wider network and a longer warmup both lower the peak. For width 512 and 4000 updates it is 0.0007.",
    ),
    Exercise(
        id="09-5",
        title="who counts the warmup?",
        points=2,
        minutes=4,
        solution=decay_steps,
        cases=(("optax", 4, 12), ("keras", 4, 12), ("optax", 0, 100), ("keras", 0, 100), ("keras", 500, 10_000), ("optax", 500, 10_000), ("keras", 9, 10)),
        hints=(
            "Which of the two begins to count at the first update, and which when the ramp is over?",
            "Optax counts the ramp in, so it wants the whole length. Keras wants what is left after the ramp.",
            "`return total if library == ... else total - ...`",
        ),
        wrong=(
            Wrong("exchanged", lambda library, warmup, total: total - warmup if library == "optax" else total, "the two are exchanged: Optax counts the warmup in, Keras begins after it."),
            Wrong("always the whole", lambda library, warmup, total: total, "that is right for Optax. Keras adds the warmup to it, and is at its end too late."),
            Wrong("always the rest", lambda library, warmup, total: total - warmup, "that is right for Keras. Optax counts the warmup in, and is at its end too early."),
            Wrong("added for Optax", lambda library, warmup, total: total + warmup if library == "optax" else total, "the warmup is added. total holds it already: Optax wants total, Keras total - warmup."),
            Wrong("added for Keras", lambda library, warmup, total: total if library == "optax" else total + warmup, "the warmup is added for Keras. It has to be taken away there."),
            Wrong("added for both", lambda library, warmup, total: total + warmup, "the warmup is added. total is the whole length, with the warmup."),
            Wrong("one off", lambda library, warmup, total: total if library == "optax" else total - warmup - 1, "one too few for Keras: after `warmup` updates there are total - warmup left."),
            Wrong("one more", lambda library, warmup, total: total if library == "optax" else total - warmup + 1, "one too many for Keras: after `warmup` updates there are total - warmup left."),
            Wrong("one off for both", lambda library, warmup, total: total - 1 if library == "optax" else total - warmup - 1, "one too few for both: the end is reached after total updates, not in the last of them."),
            Wrong("taken away twice", lambda library, warmup, total: total - warmup if library == "optax" else total - 2 * warmup, "the warmup is taken away once too often, for both."),
            Wrong("the warmup alone", lambda library, warmup, total: warmup, "that is the length of the ramp."),
            Wrong("negative", lambda library, warmup, total: total if library == "optax" else warmup - total, "the difference is the wrong way round: after the warmup total - warmup updates are left."),
            Wrong("a share", lambda library, warmup, total: total if library == "optax" else total / max(warmup, 1), "a length is left when the warmup is taken away: subtract, do not divide."),
            Wrong("text", lambda library, warmup, total: (library, total), "it returns a pair. Return the number of updates alone."),
        ),
        shows="A run that ends at rate 0 too early, by just the length of its warmup: now you know where to look.",
    ),
    Exercise(
        id="09-6",
        title="diagnose four warmups",
        points=2,
        minutes=5,
        solution="pgez",
        accept=lambda value: _letters(value) == "pgez",
        wanted="four letters for the curves A, B, C, D",
        hints=(
            "Look at update 0, then for the 1, then at how long a value is held.",
            "Two curves begin at 0, and one of these never gets to 1. One curve stands still three updates at a time.",
            "One is z, one p, one e, one g. B begins at 0.25 and is 1 in its fourth update.",
        ),
        wrong=(
            Wrong("wasted and no peak exchanged", "zgep", "A and D both begin at 0, and only one of them ever gets to 1. The other is laid over a decay.", lambda v: _letters(v) == "zgep"),
            Wrong("good and wasted exchanged", "pzeg", "D begins at 0, so its first update is wasted. B begins at 1/4.", lambda v: _letters(v) == "pzeg"),
            Wrong("good and no peak exchanged", "gpez", "A is never at 1: its highest rate is 0.667. B gets to 1 in its fourth update.", lambda v: _letters(v) == "gpez"),
            Wrong("epochs and no peak exchanged", "egpz", "C stays three updates at each value: it counts epochs. A never gets to 1.", lambda v: _letters(v) == "egpz"),
            Wrong("epochs and wasted exchanged", "pgze", "C does not begin at 0, and it holds each value three updates long. D does begin at 0.", lambda v: _letters(v) == "pgze"),
            Wrong("good and epochs exchanged", "pegz", "C needs 10 updates to get to 1, three at each value. B needs 4.", lambda v: _letters(v) == "pegz"),
        ),
        shows="Print the first dozen rates of a new schedule. It takes a minute, and these faults cannot hide there.",
    ),
    Exercise(
        id="09-7",
        title="a larger batch",
        points=2,
        minutes=6,
        solution=scaled_rate,
        curve=_goyal,
        cases=(
            (0, 0.1, 256, 1024, 10),
            (5, 0.1, 256, 1024, 10),
            (10, 0.1, 256, 1024, 10),
            (100, 0.1, 256, 8192, 10),
            (np.arange(12), 0.4, 64, 96, 8),
            (np.arange(8), 0.8, 128, 32, 4),
            (np.array([0, 1, 2]), 0.3, 32, 320, 1),
        ),
        hints=(
            "What is the rate at the end of the warmup, and what at its beginning?",
            "From lr to lr k with k = new_batch / batch. In between a line, with the share t / warmup, which stops at 1.",
            "`lr + (target - lr) * np.minimum(np.asarray(t) / warmup, 1.0)`",
        ),
        wrong=(
            Wrong("starts at 0", lambda t, lr, batch, new_batch, warmup: lr * new_batch / batch * np.minimum(np.asarray(t) / warmup, 1.0), "the ramp starts at 0. It starts at the old rate, which is known to work."),
            Wrong("starts above 0", lambda t, lr, batch, new_batch, warmup: lr * new_batch / batch * np.minimum((np.asarray(t) + 1) / warmup, 1.0), "the ramp starts near 0. It starts at the old rate, which is known to work."),
            Wrong("root", lambda t, lr, batch, new_batch, warmup: lr + (lr * np.sqrt(new_batch / batch) - lr) * np.minimum(np.asarray(t) / warmup, 1.0), "the rate is scaled by the root of k. The linear rule takes k times the rate."),
            Wrong("no ramp", lambda t, lr, batch, new_batch, warmup: lr * new_batch / batch + 0.0 * np.asarray(t), "the new rate is used from the start. Climb to it over `warmup` updates."),
            Wrong("no scaling", lambda t, lr, batch, new_batch, warmup: lr + 0.0 * np.asarray(t), "the rate stays as it was. With k times the batch it becomes k times as large."),
            Wrong("upside down", lambda t, lr, batch, new_batch, warmup: lr + (lr * batch / new_batch - lr) * np.minimum(np.asarray(t) / warmup, 1.0), "the quotient is upside down: a larger batch takes a larger rate, new_batch / batch."),
            Wrong("past the end", lambda t, lr, batch, new_batch, warmup: lr + (lr * new_batch / batch - lr) * np.asarray(t) / warmup, "the ramp goes on past the warmup. Stop the share t / warmup at 1."),
            Wrong("adds the target", lambda t, lr, batch, new_batch, warmup: lr + lr * new_batch / batch * np.minimum(np.asarray(t) / warmup, 1.0), "the whole new rate is added to the old one. Add the difference of the two."),
            Wrong("one early", lambda t, lr, batch, new_batch, warmup: lr + (lr * new_batch / batch - lr) * np.minimum((np.asarray(t) + 1) / warmup, 1.0), "one update early: at t = 0 the rate is the old one, and at t = warmup the new one."),
            Wrong("reaches it at warmup - 1", lambda t, lr, batch, new_batch, warmup: lr + (lr * new_batch / batch - lr) * np.minimum(np.asarray(t) / max(warmup - 1, 1), 1.0), "the new rate is reached one update early. Divide t by warmup."),
            Wrong("jumps", lambda t, lr, batch, new_batch, warmup: np.where(np.asarray(t) < warmup, lr, lr * new_batch / batch), "it keeps the old rate and jumps. It grows evenly in between."),
            Wrong("evenly in the logarithm", lambda t, lr, batch, new_batch, warmup: lr * (new_batch / batch) ** np.minimum(np.asarray(t) / warmup, 1.0), "it multiplies by the same factor at every update. The ramp is a line: it adds the same amount."),
            Wrong("back to the old rate", lambda t, lr, batch, new_batch, warmup: np.where(np.asarray(t) < warmup, lr + (lr * new_batch / batch - lr) * np.asarray(t) / warmup, lr), "after the ramp it is back at the old rate. It stays at the new one."),
            Wrong("the batch as a factor", lambda t, lr, batch, new_batch, warmup: lr + (lr * new_batch - lr) * np.minimum(np.asarray(t) / warmup, 1.0), "it multiplies by the new batch. k is how many times as large it is: new_batch / batch."),
            Wrong("never smaller", lambda t, lr, batch, new_batch, warmup: lr + (lr * max(new_batch / batch, 1.0) - lr) * np.minimum(np.asarray(t) / warmup, 1.0), "a smaller batch takes a smaller rate: the rule holds in both directions."),
            Wrong("the difference alone", lambda t, lr, batch, new_batch, warmup: lr * (new_batch - batch) / batch * np.minimum(np.asarray(t) / warmup, 1.0), "that is what is added to the old rate. Add lr itself."),
            Wrong("backwards", lambda t, lr, batch, new_batch, warmup: lr * new_batch / batch + (lr - lr * new_batch / batch) * np.minimum(np.asarray(t) / warmup, 1.0), "the ramp goes from the new rate to the old one. It begins at the old one."),
            Wrong("k as a rate", lambda t, lr, batch, new_batch, warmup: lr + (new_batch / batch - lr) * np.minimum(np.asarray(t) / warmup, 1.0), "it climbs to new_batch / batch. The new rate is lr times that."),
            Wrong("old rate only", lambda t, lr, batch, new_batch, warmup: lr * np.minimum(np.asarray(t) / warmup, 1.0), "it climbs from 0 to the old rate. It begins there, and climbs to lr * new_batch / batch."),
            Wrong("twice", lambda t, lr, batch, new_batch, warmup: lr + lr * np.minimum(np.asarray(t) / warmup, 1.0), "it climbs to twice the old rate, whatever the batch. The new rate is lr * new_batch / batch."),
            Wrong("one number only", lambda t, lr, batch, new_batch, warmup: lr + (lr * new_batch / batch - lr) * min(t / warmup, 1.0), "t may be an array, which `min` and `if` cannot take. Use np.minimum."),
        ),
        shows="The old rate is usable at the start, as the old runs show. The new one is not known to be, and this is what the ramp is for.",
    ),
)

QUIZ = (
    Question(
        "09-q1",
        "In the contest on the transformer, what did warmup do?",
        (
            Option("it ended lower at every rate", "At the small rates the two ended close together."),
            Option("nothing that ten seeds could show", "At 0.08 the difference is more than 3 standard errors."),
            Option("it made a rate usable that was too large without it", "The largest usable rate went up; the best loss hardly moved.", True),
        ),
    ),
    Question(
        "09-q2",
        "v was filled by 30 gradients before any weight moved, and it did not help. Which explanation does this speak against?",
        (
            Option("that v rests on too few gradients at first", "It rested on 30 here, and the run failed as before.", True),
            Option("that the start is too steep for the rate", "The weights had not moved, so the start was as steep as before."),
            Option("that the rate was too large", "It was, from the first update on."),
        ),
    ),
    Question(
        "09-q3",
        "Gradient descent without noise runs at the rate 0.1 for a long time, and its sharpness was 4 at the start. Where will you look for it later?",
        (
            Option("at 4 or below", "Nothing holds it down there: 0.1 is stable up to 20."),
            Option("near 20", "2/lr, the edge of stability.", True),
            Option("near 10", "1/lr is where a step stops overshooting. The edge is at 2/lr."),
        ),
    ),
    Question(
        "09-q4",
        "A ramp is min(1, t/W). What does the first update do?",
        (
            Option("a step of lr / W", "That is min(1, (t + 1)/W)."),
            Option("nothing", "t = 0, so the rate is 0: a batch and a gradient for nothing.", True),
            Option("a full step", "The factor is 1 only from t = W on."),
        ),
    ),
    Question(
        "09-q5",
        "You move a schedule from Keras to Optax: decay_steps 900, warmup 100. The run has 1000 updates. What happens if you copy the numbers?",
        (
            Option("nothing: both mean the same", "Keras counts the 900 after the warmup, Optax with it."),
            Option("the run ends before the cosine does", "The other way round: the cosine is over first."),
            Option("the rate is 0 for the last 100 updates", "Optax ends after 900 in all. Give it 1000.", True),
        ),
    ),
    Question(
        "09-q6",
        "Suppose that a network trains well with RAdam and no warmup schedule, and badly with Adam. What does this say about the reason for warmup?",
        (
            Option("little: RAdam's factor is a ramp itself", "It climbs over a thousand updates, so it moves slowly at first, whatever the reason.", True),
            Option("that v was the reason", "A slow start helps under both explanations."),
            Option("that curvature was the reason", "A slow start helps under both explanations, so it cannot tell them apart."),
        ),
    ),
)

LESSON = Lesson(
    number="09",
    title="Warmup",
    minutes=40,
    recall=RECALL,
    predictions=PREDICTIONS,
    missions=MISSIONS,
    exercises=EXERCISES,
    quiz=QUIZ,
    next="lesson 10, cycles and cooldowns: rates that rise again, and a decay that waits for the end.",
)
