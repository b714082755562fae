"""Lesson 04: how fast to fall, which is a plan for the length of the run."""

from __future__ import annotations

import math

import numpy as np

from .model import Exercise, Lesson, Mission, Option, Question, Wrong

RECALL = (
    Question(
        "04-r1",
        "On a noisy bowl the loss has become flat. Then the rate drops to a fifth, and the loss falls. Why?",
        (
            Option("the smaller rate learns faster", "It travels more slowly. What falls is the noise."),
            Option("the floor of the smaller rate is lower", "Each stair is a fixed rate with the floor of that rate.", True),
            Option("the run has left a local minimum", "A bowl has only one minimum, and smaller rates leave none."),
        ),
    ),
    Question(
        "04-r2",
        "An epoch is 44 updates. A recipe divides the rate by ten after every 5 epochs. What is `every` in StepDecay?",
        (
            Option("220", "Schedules count updates: 5 times 44.", True),
            Option("5", "That is epochs. The rate would be gone within one of them."),
            Option("44", "That is one epoch."),
        ),
    ),
    Question(
        "04-r3",
        "A bowl of curvature 1, exact gradients. One update with rate 0.5, then one with rate 0.2. What is left of w?",
        (
            Option("0.3 of it", "That adds the rates. Each update multiplies by 1 - lr."),
            Option("0.1 of it", "That multiplies the rates. Each update multiplies by 1 - lr."),
            Option("0.4 of it", "0.5 times 0.8: each update multiplies by its own 1 - lr.", True),
        ),
    ),
)

PREDICTIONS = (
    Question(
        "04-p1",
        "On a noisy bowl the best factor for 300 updates is 0.98. Which is about the best for 3000 updates?",
        (
            Option("0.98: the factor belongs to the problem", "Its rate is gone after a few hundred updates, and the rest of the run does nothing."),
            Option("0.998: the rate should end where it ended before", "Ten times as many updates, a tenth as much taken away by each.", True),
            Option("0.9: with so many updates one can afford to settle sooner", "Then the travel is 5, and the noise of the first updates is frozen in."),
        ),
    ),
    Question(
        "04-p2",
        "A noisy bowl of curvature 1, from w = 3, 1000 updates with the rate a / (t + 1). It fulfils both conditions for every a. "
        "You take a = 0.25, a = 1 and a = 5. Which ends more than a hundred times above the best possible?",
        (
            Option("a = 5: its first rates are above the limit 2", "Only the first few are. What they do is forgotten soon."),
            Option("a = 0.25: it is too small to forget the start", "What is left of the start falls like t^-0.25 in w, slower than the noise.", True),
            Option("none of them: the conditions are fulfilled", "They promise an arrival in the end. They do not say when."),
            Option("both a = 0.25 and a = 5", "One of the two costs a factor below 3."),
        ),
    ),
)


def _decay(explorer, averaging):
    """What to say where the explorer does not average as wanted."""
    if bool(explorer.averaging.value) == averaging:
        return None
    return f"Averaging is {'off' if averaging else 'on'}. Switch it {'on' if averaging else 'off'}."


def _large(explorer):
    if other := _decay(explorer, averaging=False):
        return other
    if explorer.power.value != 1:
        return f"The power is {explorer.power.value:g}. Keep it at 1."
    if explorer.a.value < 1.5:
        return f"a is {explorer.a.value:.4g}. Take it at 1.5 or above."
    score = explorer.value.score
    return None if score <= 1.4 else f"With a = {explorer.a.value:.4g} it ends {score:.4g} times above the best possible."


def _averaged(explorer):
    if other := _decay(explorer, averaging=True):
        return other
    if explorer.a.value > 0.2:
        return f"a is {explorer.a.value:.4g}. Take it at 0.2 or below."
    if explorer.power.value < 0.1:
        return f"The power is {explorer.power.value:g}. Take it at 0.1 or above, so that the rate falls."
    score = explorer.value.score
    return None if score <= 2 else f"It ends {score:.4g} times above the best possible. Does the start still count, or the noise?"


def _tenth(explorer):
    schedule = explorer.value
    if type(schedule).__name__ != "InverseTime":
        return "Choose the schedule InverseTime."
    share = schedule(90) / schedule(0)
    return None if math.isclose(share, 1 / 10, rel_tol=1e-6) else f"At update 90 the rate is {share:.4g} times the first, not 1/10."


MISSIONS = (
    Mission(
        "04-m1",
        "power 1, no averaging, a of 1.5 or above, and within 1.4 times the best possible.",
        _large,
        "a^2 / (2a - 1) is 1.4 at a = 2.15. A first rate twice too large costs a third, one four times too small costs everything.",
    ),
    Mission(
        "04-m2",
        "averaging, a of 0.2 or below, power of 0.1 or above, and within 2 times the best possible.",
        _averaged,
        "With a small first rate the power has to be small too, so that the run arrives early and the mean is of places near the minimum.",
    ),
    Mission(
        "04-m3",
        "InverseTime whose rate at update 90 is exactly 1/10 of the first.",
        _tenth,
        "The divisor has to be 10 at t = 90, so rate * 90 / every is 9. By then another 90 updates only halve the rate.",
    ),
)


def exponential(t, lr, factor, every):
    return lr * factor ** (np.asarray(t) / every)


def inverse_time(t, lr, rate, every):
    return lr / (1 + rate * np.asarray(t) / every)


def factor_for_end(lr, lr_end, steps):
    return (lr_end / lr) ** (1 / steps)


def travel(lr, factor, steps):
    if factor == 1:
        return lr * steps
    return lr * (1 - factor**steps) / (1 - factor)


def factor_per_update(factor, examples, batch):
    return factor ** (1 / (examples // batch))


def tail_average(path, start):
    return np.mean(path[start + 1 :], axis=0)


def _letters(value):
    return "".join(value).lower().replace(" ", "").replace(",", "")


def _compounded(t, lr, rate, every):
    """The rate divided again and again, as a loop that overwrites lr does."""
    t = np.asarray(t)
    rates = np.array([lr / np.prod(1 + rate * np.arange(1, int(one) + 1) / every) for one in t.ravel()])
    return rates.reshape(t.shape)


def _until(limit):
    """The sum of the rates over t = first ... last - 1."""
    return lambda lr, factor, steps: sum(lr * factor**t for t in range(*limit(steps)))


def _moving(path, start):
    average = path[start + 1]
    for w in path[start + 2 :]:
        average = 0.9 * average + 0.1 * w
    return average


_PATH = np.array([[8.0, -6.0], [4.0, -2.0], [1.0, 0.5], [-0.5, 1.5], [0.25, -1.0], [0.75, 0.5]])

EXERCISES = (
    Exercise(
        id="04-1",
        title="exponential decay",
        points=2,
        minutes=4,
        solution=exponential,
        curve=lambda function: function(np.arange(60), 0.8, 0.5, 10),
        cases=(
            (0, 0.8, 0.5, 10),
            (10, 0.8, 0.5, 10),
            (5, 0.8, 0.5, 10),
            (np.arange(30), 0.1, 0.9, 1),
            (np.array([0, 3, 7, 8, 54]), 1.0, 0.3, 7),
            (2.5, 0.4, 0.95, 2),
            (12, 0.3, 1.0, 5),
        ),
        hints=(
            "At t = every the factor has been applied once, at t = 2 every twice. How often at half of every?",
            "As often as `every` goes into t, and that need not be whole. How often is a power.",
            "`return lr * factor ** (t ... every)`, with one sign in place of the dots.",
        ),
        wrong=(
            Wrong("stairs", lambda t, lr, factor, every: lr * factor ** np.floor(np.asarray(t) / every), "t / every is rounded down, which makes stairs. That is step decay; leave out the rounding."),
            Wrong("per update", lambda t, lr, factor, every: lr * factor ** np.asarray(t, dtype=float), "the factor is applied at every update. It is for `every` updates: divide t by every."),
            Wrong("times every", lambda t, lr, factor, every: lr * factor ** (np.asarray(t, dtype=float) * every), "t is multiplied by every, so the rate falls the faster the longer every is. Divide."),
            Wrong("upside down", lambda t, lr, factor, every: lr * factor ** (every / np.asarray(t, dtype=float)), "every / t is upside down: it shrinks with t, and divides by 0 at the start."),
            Wrong("upside down, no numpy", lambda t, lr, factor, every: lr * factor ** (every / t), "every / t is upside down, and fails at t = 0. How often does every go into t?"),
            Wrong("whole only", lambda t, lr, factor, every: lr * factor ** np.round(np.asarray(t) / every), "t / every is rounded to a whole number, which makes stairs. Leave out the rounding."),
            Wrong("one update late", lambda t, lr, factor, every: lr * factor ** ((np.asarray(t) - 1) / every), "it is one update late. t counts the updates done, so at t = 0 nothing has been applied and the rate is lr."),
            Wrong("one update early", lambda t, lr, factor, every: lr * factor ** ((np.asarray(t) + 1) / every), "it is one update early: at t = 0 the rate is lr, not lr times a part of the factor."),
            Wrong("what is taken away", lambda t, lr, factor, every: lr * (1 - factor) ** (np.asarray(t) / every), "1 - factor is what is taken away. What is left is factor."),
            Wrong("a straight line", lambda t, lr, factor, every: lr * (1 - (1 - factor) * np.asarray(t) / every), "that takes away the same amount again and again, a straight line that goes below 0. Multiply again and again: a power."),
            Wrong("times the count", lambda t, lr, factor, every: lr * factor * np.asarray(t) / every, "it multiplies by t / every. That is how often to multiply by factor: a power, `**`."),
            Wrong("lr inside the power", lambda t, lr, factor, every: (lr * factor) ** (np.asarray(t) / every), "lr stands inside the power too. It is multiplied once, outside."),
            Wrong("e in place of the factor", lambda t, lr, factor, every: lr * np.exp(-np.asarray(t) / every), "that falls by e, 2.718, over every updates. Here it is by `factor`."),
            Wrong("e to the factor", lambda t, lr, factor, every: lr * np.exp(-factor * np.asarray(t) / every), "exp(-factor ...) takes factor for a speed. Here it is what is left after every updates: factor ** (...)."),
            Wrong("one number only", lambda t, lr, factor, every: lr * math.pow(factor, t / every), "t may be an array, and `math.pow` takes one number. `**` takes both."),
            Wrong("rounds up", lambda t, lr, factor, every: lr * factor ** np.ceil(np.asarray(t) / every), "t / every is rounded up, so the rate falls in stairs and too soon. Leave out the rounding."),
            Wrong("no brackets", lambda t, lr, factor, every: lr * factor ** np.asarray(t, dtype=float) / every, "`**` comes before `/`, so every divides the rate and not t. Put brackets around t / every."),
            Wrong("one stair too many", lambda t, lr, factor, every: lr * factor ** (np.asarray(t) // every + 1), "that counts stairs, and one too many. There are none: the power is t / every, not rounded."),
            Wrong("whole, one number only", lambda t, lr, factor, every: lr * factor ** int(t / every), "`int` rounds down, which makes stairs, and takes one number, where t may be an array. Leave it out."),
            Wrong("within a stair", lambda t, lr, factor, every: lr * factor ** (np.asarray(t) % every), "t % every begins again at every multiple, so the rate jumps back up. Divide instead: t / every."),
            Wrong("what has been taken away", lambda t, lr, factor, every: lr * (1 - factor ** (np.asarray(t) / every)), "that is what the decay has taken away so far, and rises. The rate is what is left: leave out the 1 - ..."),
            Wrong("e to what is taken away", lambda t, lr, factor, every: lr * np.exp(-(1 - factor) * np.asarray(t) / every), "exp(-(1 - factor)) is near factor, and not factor. Use factor itself: factor ** (t / every)."),
            Wrong("grows", lambda t, lr, factor, every: lr / factor ** (np.asarray(t) / every), "it divides by the power of a factor below 1, so the rate grows. Multiply."),
            Wrong("per update, one number only", lambda t, lr, factor, every: lr * math.exp(math.log(factor) * t), "every is not used, so the factor acts at each update; and `math.exp` takes one number, where t may be an array."),
        ),
        shows="Step decay with every = 10 and factor 0.5 touches this curve at every tenth update.",
    ),
    Exercise(
        id="04-2",
        title="inverse time",
        points=3,
        minutes=5,
        solution=inverse_time,
        curve=lambda function: function(np.arange(60), 0.8, 0.5, 10),
        cases=(
            (0, 0.8, 0.5, 10),
            (10, 0.8, 0.5, 10),
            (20, 0.8, 0.5, 10),
            (5, 1.0, 1.0, 1),
            (np.arange(30), 0.1, 2.0, 7),
            (np.array([0, 1, 99, 1000]), 0.5, 0.3, 4),
            (7, 0.2, 0.0, 3),
        ),
        hints=(
            "What is the divisor at t = 0, at t = every, at t = 2 every?",
            "1, 1 + rate, 1 + 2 rate: it grows in a straight line. lr is divided by it, once.",
            "`return lr / (1 + ... * ... / ...)`, with brackets around the whole divisor.",
        ),
        wrong=(
            Wrong("no 1", lambda t, lr, rate, every: lr / (rate * np.asarray(t, dtype=float) / every), "the 1 is missing, so at t = 0 it divides by 0."),
            Wrong("no 1, no numpy", lambda t, lr, rate, every: lr / (rate * t / every), "the divisor begins at 0, and Python does not divide by it. It has to begin at 1: add 1."),
            Wrong("no brackets", lambda t, lr, rate, every: lr / 1 + rate * np.asarray(t) / every, "without brackets only the 1 divides, and the rest is added: the rate grows. Put brackets around the divisor."),
            Wrong("stairs", lambda t, lr, rate, every: lr / (1 + rate * np.floor(np.asarray(t) / every)), "t / every is rounded down, which makes stairs. Leave out the rounding."),
            Wrong("no rate", lambda t, lr, rate, every: lr / (1 + np.asarray(t) / every), "`rate` is not used: the divisor grows by rate over every updates, not by 1."),
            Wrong("no every", lambda t, lr, rate, every: lr / (1 + rate * np.asarray(t)), "`every` is not used: the divisor grows by rate over every updates, not at each."),
            Wrong("times every", lambda t, lr, rate, every: lr / (1 + rate * np.asarray(t) * every), "t is multiplied by every. Divide: a longer every is a slower fall."),
            Wrong("exponential", lambda t, lr, rate, every: lr / (1 + rate) ** (np.asarray(t) / every), "that divides by 1 + rate again and again, which is exponential decay. Here the divisor grows in a straight line."),
            Wrong("a power", lambda t, lr, rate, every: lr / (1 + np.asarray(t) / every) ** rate, "rate is an exponent there. It is the slope of the divisor: rate times t / every."),
            Wrong("a root", lambda t, lr, rate, every: lr / np.sqrt(1 + rate * np.asarray(t) / every), "that is the inverse root. Inverse time has no root."),
            Wrong("a straight line", lambda t, lr, rate, every: lr * (1 - rate * np.asarray(t) / every), "that multiplies by 1 - ... and falls below 0. Divide by 1 + ..."),
            Wrong("times the divisor", lambda t, lr, rate, every: lr * (1 + rate * np.asarray(t) / every), "it multiplies by the divisor, so the rate grows. Divide."),
            Wrong("one update early", lambda t, lr, rate, every: lr / (1 + rate * (np.asarray(t) + 1) / every), "it is one update early: t counts the updates done, and at t = 0 the rate is lr."),
            Wrong("again and again", _compounded, "it divides a rate that has been divided already. Divide the first rate lr, once."),
            Wrong("e to the minus", lambda t, lr, rate, every: lr * np.exp(-rate * np.asarray(t) / every), "that is exponential decay. Inverse time divides by 1 + rate t / every."),
            Wrong("every and rate exchanged", lambda t, lr, rate, every: lr / (1 + every * np.asarray(t) / rate if rate else 1), "rate and every have changed places: rate multiplies, every divides."),
            Wrong("whole steps", lambda t, lr, rate, every: lr / (1 + rate * np.asarray(t) // every), "`//` rounds the whole of rate * t / every down, which makes stairs. Use `/`."),
            Wrong("adds the rate", lambda t, lr, rate, every: lr / (1 + rate + np.asarray(t) / every), "rate is added, so the divisor is not 1 at t = 0. It multiplies t / every."),
            Wrong("rate in place of 1", lambda t, lr, rate, every: lr / (rate + np.asarray(t) / every), "the divisor begins at rate and grows by 1. It begins at 1 and grows by rate."),
            Wrong("brackets too soon", lambda t, lr, rate, every: lr / (1 + rate) * np.asarray(t) / every, "the bracket closes too soon: only 1 + rate divides, and t multiplies. It closes after every."),
            Wrong("exponential, per update", lambda t, lr, rate, every: lr / (1 + rate / every) ** np.asarray(t), "a power of t is exponential decay. Here the divisor grows in a straight line: rate times t / every."),
            Wrong("squared", lambda t, lr, rate, every: lr / (1 + rate * np.asarray(t) / every) ** 2, "the divisor is squared. It divides once."),
            Wrong("subtracts", lambda t, lr, rate, every: lr - rate * np.asarray(t) / every, "it subtracts, which is a straight line below 0. Divide lr by 1 + rate t / every."),
            Wrong("one number only", lambda t, lr, rate, every: lr / (1 + rate * int(t) / every), "t may be an array, and `int` takes one number. Leave it out: numpy divides whole arrays."),
            Wrong("lr below", lambda t, lr, rate, every: 1 / (lr + rate * np.asarray(t) / every), "lr stands below the line, in place of the 1. It stands above, and the divisor begins at 1."),
            Wrong("t and every exchanged", lambda t, lr, rate, every: lr / (1 + rate * every / (np.asarray(t) + 1)), "every / t is upside down: the divisor must grow with t."),
            Wrong("the larger of the two", lambda t, lr, rate, every: lr / np.maximum(1, rate * np.asarray(t) / every), "that takes the larger of 1 and rate t / every. Add them."),
        ),
        shows="It needs every / rate updates to halve, then as many again to come down to a third. It never hurries and never stops.",
    ),
    Exercise(
        id="04-3",
        title="the factor for an end rate",
        points=2,
        minutes=4,
        solution=factor_for_end,
        cases=((0.5, 0.005, 200), (1.0, 0.5, 1), (0.1, 0.1, 50), (0.8, 0.1, 3), (2.0, 1e-4, 3000)),
        hints=(
            "After `steps` updates the rate is lr * factor**steps. What shall it be?",
            "factor**steps = lr_end / lr. Solve for the factor: take the root of that order.",
            "`return (lr_end / lr) ** (...)`, with 1 over something in place of the dots.",
        ),
        wrong=(
            Wrong("upside down", lambda lr, lr_end, steps: (lr / lr_end) ** (1 / steps), "lr / lr_end is upside down: that factor is above 1, so the rate would grow."),
            Wrong("no root", lambda lr, lr_end, steps: lr_end / lr, "that is the factor of the whole run. Each update applies it, so take the root of order steps."),
            Wrong("shared out", lambda lr, lr_end, steps: lr_end / lr / steps, "dividing by steps does not share out a factor: factors multiply. Take the root of order steps."),
            Wrong("power in place of the root", lambda lr, lr_end, steps: (lr_end / lr) ** steps, "that is the power. The root of order steps is the power 1 / steps."),
            Wrong("one update short", lambda lr, lr_end, steps: (lr_end / lr) ** (1 / (steps - 1)), "lr_end is the rate at t = steps, after steps factors. With steps - 1 it is reached one update too early."),
            Wrong("one update more", lambda lr, lr_end, steps: (lr_end / lr) ** (1 / (steps + 1)), "at t = steps the factor has been applied steps times, not steps + 1: at t = 0 it has not been applied."),
            Wrong("a straight line", lambda lr, lr_end, steps: 1 - (1 - lr_end / lr) / steps, "that takes away the same amount from each update, a straight line. Factors multiply."),
            Wrong("the logarithm only", lambda lr, lr_end, steps: math.log(lr_end / lr) / steps, "that is the logarithm of the factor. `math.exp` of it is the factor."),
            Wrong("the difference", lambda lr, lr_end, steps: (lr - lr_end) / steps, "that is what a straight line takes away per update. A factor comes from the ratio of the two rates."),
            Wrong("what is taken away", lambda lr, lr_end, steps: 1 - (lr_end / lr) ** (1 / steps), "that is the share taken away by each update. The factor is what is left."),
            Wrong("without lr", lambda lr, lr_end, steps: lr_end ** (1 / steps), "that is right only for lr = 1. Divide lr_end by lr."),
            Wrong("half-life", lambda lr, lr_end, steps: 0.5 ** (1 / steps), "that halves the rate in steps updates. It shall come down to lr_end."),
            Wrong("times lr", lambda lr, lr_end, steps: lr * (lr_end / lr) ** (1 / steps), "that is the rate of the second update. The factor alone is wanted, without lr."),
            Wrong("the difference, reversed", lambda lr, lr_end, steps: (lr_end - lr) / steps, "that is the slope of a straight line. A factor comes from the ratio of the two rates."),
            Wrong("the logarithm, reversed", lambda lr, lr_end, steps: math.log(lr / lr_end) / steps, "that is minus the logarithm of the factor. `math.exp` of its negative is the factor."),
            Wrong("root of the difference", lambda lr, lr_end, steps: (lr - lr_end) ** (1 / steps), "the root is taken of the difference. It is taken of the ratio: lr_end / lr."),
            Wrong("rounded", lambda lr, lr_end, steps: round((lr_end / lr) ** (1 / steps), 2), "rounded to two digits. Over hundreds of updates the rest matters: return it as it is."),
            Wrong("e to the difference", lambda lr, lr_end, steps: math.exp((lr_end - lr) / steps), "exp of the difference is not the ratio. `math.log` of both first, or the root of lr_end / lr."),
            Wrong("negative power", lambda lr, lr_end, steps: (lr_end / lr) ** -steps, "a root is the power 1 / steps, not -steps."),
        ),
        shows="This is how a recipe for 300 updates becomes one for 3000: keep both rates, compute the factor.",
    ),
    Exercise(
        id="04-4",
        title="how far can it travel?",
        points=2,
        minutes=6,
        solution=travel,
        cases=((0.1, 0.9, 10), (0.5, 0.98, 300), (0.1, 1.0, 50), (0.8, 0.5, 1), (0.3, 0.7, 0), (1.0, 0.5, 3), (0.2, 1.0, 0)),
        hints=(
            "With factor 0.5 and lr = 1 the rates are 1, 0.5, 0.25. How many of them are there for steps = 3, and what is their sum?",
            "A loop over t = 0 ... steps - 1 that adds lr * factor**t is enough. The formula of the geometric series needs an exception for factor 1.",
            "`return sum(lr * factor**t for t in ...)`",
        ),
        wrong=(
            Wrong("for ever", lambda lr, factor, steps: lr / (1 - factor), "that is the travel of a run without end, and it fails for factor 1. Stop after steps updates."),
            Wrong("divides by 0", lambda lr, factor, steps: lr * (1 - factor**steps) / (1 - factor), "right, but for factor 1 it divides by 0. All rates are lr there: return lr * steps."),
            Wrong("one too many", _until(lambda steps: (steps + 1,)), "one rate too many. There are steps of them, t = 0 to steps - 1."),
            Wrong("without the first", _until(lambda steps: (1, steps)), "the first rate is missing: the update t = 0 uses lr itself."),
            Wrong("from 1 to steps", _until(lambda steps: (1, steps + 1)), "the sum goes from t = 1 to steps. Updates are t = 0 to steps - 1."),
            Wrong("without the last", _until(lambda steps: (steps - 1,)), "the last rate is missing: `range(steps)` ends at steps - 1 already."),
            Wrong("a fixed rate", lambda lr, factor, steps: lr * steps, "that is the travel of a fixed rate. Each rate is factor times the one before."),
            Wrong("the last rate", lambda lr, factor, steps: lr * factor**steps, "that is the rate after steps updates. Add up the rates on the way."),
            Wrong("the mean", lambda lr, factor, steps: sum(lr * factor**t for t in range(steps)) / max(steps, 1), "that is the mean rate. The travel is the sum."),
            Wrong("a trapezoid", lambda lr, factor, steps: steps * (lr + lr * factor**steps) / 2, "the rates do not lie on a straight line, so the mean of first and last is not their mean."),
            Wrong("the integral", lambda lr, factor, steps: lr * (factor**steps - 1) / math.log(factor), "that is the integral over a smooth curve. There are steps single updates: a sum."),
            Wrong("squares", lambda lr, factor, steps: sum((lr * factor**t) ** 2 for t in range(steps)), "that adds up the squares, which is the noise put in. The travel is the sum of the rates."),
            Wrong("factor times t", lambda lr, factor, steps: sum(lr * factor * t for t in range(steps)), "factor * t is not a power. After t updates the factor has been applied t times: factor**t."),
            Wrong("for ever, and factor 1", lambda lr, factor, steps: lr * steps if factor == 1 else lr / (1 - factor), "that is the travel of a run without end. Multiply by 1 - factor**steps to stop after steps updates."),
            Wrong("no divisor", lambda lr, factor, steps: lr * steps if factor == 1 else lr * (1 - factor**steps), "the divisor 1 - factor of the geometric series is missing."),
            Wrong("negative", lambda lr, factor, steps: lr * steps if factor == 1 else lr * (factor**steps - 1) / (1 - factor), "the sign is reversed: above the line stands 1 - factor**steps."),
            Wrong("the same rate", lambda lr, factor, steps: lr * factor * steps, "that takes lr * factor for every rate. The rates are lr, lr * factor, lr * factor**2 and so on."),
            Wrong("what is taken away", lambda lr, factor, steps: sum(lr * (1 - factor) ** t for t in range(steps)), "1 - factor is what each update takes away. Each rate is `factor` times the one before."),
            Wrong("spread over the run", lambda lr, factor, steps: sum(lr * factor ** (t / steps) for t in range(steps)), "t / steps applies the factor once in the whole run. It is applied at every update: factor**t."),
            Wrong("product", lambda lr, factor, steps: math.prod(lr * factor**t for t in range(steps)), "that multiplies the rates. Add them up."),
            Wrong("divided by the factor", lambda lr, factor, steps: lr * (1 - factor**steps) / factor, "the divisor of the geometric series is 1 - factor, not factor."),
            Wrong("one rate for factor 1", lambda lr, factor, steps: lr if factor == 1 else lr * (1 - factor**steps) / (1 - factor), "for factor 1 all steps rates are lr: their sum is lr * steps."),
            Wrong("straight line", lambda lr, factor, steps: sum(lr - (1 - factor) * t for t in range(steps)), "that takes away the same amount each time. Each rate is factor times the one before."),
            Wrong("all the rates", lambda lr, factor, steps: np.cumsum(lr * factor ** np.arange(steps)), "those are the sums so far, one for each update. Return the last: `np.sum`."),
        ),
        shows="However long you wait, it stays below lr / (1 - factor): 5 for lr = 0.5 and factor 0.9.",
    ),
    Exercise(
        id="04-5",
        title="from per epoch to per update",
        points=2,
        minutes=3,
        solution=factor_per_update,
        cases=((0.9, 1437, 32), (0.5, 1000, 8), (0.95, 50_000, 128), (0.1, 64, 64), (1.0, 100, 7)),
        hints=(
            "How many updates make an epoch, and how often is the factor of one update applied in them?",
            "In an epoch of n updates the factor of one update, to the power n, must be `factor`. Solve for it.",
            "`return factor ** (1 / (examples ... batch))`, with the division that rounds down.",
        ),
        wrong=(
            Wrong("no conversion", lambda factor, examples, batch: factor, "that is the factor of an epoch. Applied after every update it acts so many times more."),
            Wrong("power in place of the root", lambda factor, examples, batch: factor ** (examples // batch), "that is what happens when the factor of an epoch is applied at every update. The root is wanted: the power 1 over the updates."),
            Wrong("shared out", lambda factor, examples, batch: factor / (examples // batch), "dividing does not share out a factor: factors multiply. Take the root."),
            Wrong("shares of what is taken away", lambda factor, examples, batch: 1 - (1 - factor) / (examples // batch), "close, for factors near 1. But the parts taken away do not add up: factors multiply, so take the root."),
            Wrong("not whole", lambda factor, examples, batch: factor ** (batch / examples), "the rest that fills no batch is left out: use // for the updates of an epoch."),
            Wrong("rounds up", lambda factor, examples, batch: factor ** (1 / -(-examples // batch)), "rounded up, the rest counts as a batch. Here it is left out: round down."),
            Wrong("per example", lambda factor, examples, batch: factor ** (1 / examples), "that is the factor of one example. An update takes a batch of them."),
            Wrong("the size of a batch", lambda factor, examples, batch: factor ** (1 / batch), "batch is how many examples an update takes. How many updates does an epoch make?"),
            Wrong("the logarithm only", lambda factor, examples, batch: math.log(factor) / (examples // batch), "that is the logarithm of the factor. `math.exp` of it is the factor."),
            Wrong("one update short", lambda factor, examples, batch: factor ** (1 / max(examples // batch - 1, 1)), "an epoch has examples // batch updates, and the factor is applied after each of them."),
            Wrong("what is taken away", lambda factor, examples, batch: (1 - factor) ** (1 / (examples // batch)), "1 - factor is what is taken away. The root is of what is left."),
            Wrong("taken away by one update", lambda factor, examples, batch: 1 - factor ** (1 / (examples // batch)), "that is the share taken away by one update. The factor is what is left."),
            Wrong("one update more", lambda factor, examples, batch: factor ** (1 / (examples // batch + 1)), "an epoch has examples // batch updates, none more: the root is of that order."),
            Wrong("power, not whole", lambda factor, examples, batch: factor ** (examples / batch), "that is the power. The root is wanted, the power 1 over the updates of an epoch, and those are whole."),
            Wrong("negative power", lambda factor, examples, batch: factor ** -(examples // batch), "a root is the power 1 / n, not -n."),
            Wrong("subtracts", lambda factor, examples, batch: factor - 1 / (examples // batch), "subtracting does not share out a factor. Take the root."),
            Wrong("times the updates", lambda factor, examples, batch: factor * (examples // batch), "that multiplies the factor by the number of updates. Factors multiply each other: take the root."),
            Wrong("the rest", lambda factor, examples, batch: factor ** (examples % batch), "% is the rest that fills no batch. The updates of an epoch are examples // batch, and the root of that order is wanted."),
            Wrong("a share", lambda factor, examples, batch: 1 - factor / (examples // batch), "factor is what is left after an epoch, and roots, not shares, make it from updates."),
        ),
        shows="0.9 per epoch of 44 updates is 0.9976 per update. Who writes 0.9 there trains for one epoch.",
    ),
    Exercise(
        id="04-6",
        title="which of them settle?",
        points=2,
        minutes=5,
        solution="rsnnrs",
        accept=lambda value: _letters(value) == "rsnnrs",
        wanted="six letters for the sequences A to F, each r, s or n",
        hints=(
            "For which of the six does the sum of the rates stop growing from one column to the next?",
            "Those have a finite travel: s. Of the others, look at the sum of the squares: where it goes on growing it is n. A sum that grows by the same amount with every factor of 100 is infinite, however slow it looks.",
            "Powers of 1/(t+1): the sum is finite above 1, so the first sum is infinite for powers up to 1, the second finite for powers above 1/2.",
        ),
        wrong=(
            Wrong("1/sqrt taken as settling", "rsrnrs", "the squares of C are 1/(t+1): their sum grows by 4.6 with every factor of 100, for ever.", lambda v: _letters(v) == "rsrnrs"),
            Wrong("1/t taken as stopping", "ssnnrs", "the sum of A grows by 4.6 with every factor of 100. Slow, but it has no limit.", lambda v: _letters(v) == "ssnnrs"),
            Wrong("1/t^2 taken as settling", "rsnnrr", "the sum of F stays at 1.64: it falls too fast to arrive.", lambda v: _letters(v) == "rsnnrr"),
            Wrong("0.99^t taken as settling", "rrnnrs", "the sum of B stays at 100, the first rate over 1 - 0.99. Large, but finite.", lambda v: _letters(v) == "rrnnrs"),
            Wrong("both finite taken as settling", "rrnnrr", "B and F have a finite sum of rates. The first condition asks for an infinite one.", lambda v: _letters(v) == "rrnnrr"),
            Wrong("the power 0.75 taken as noisy", "rsnnns", "the squares of E are (t+1)^-1.5: their sum hardly moves in the last two columns.", lambda v: _letters(v) == "rsnnns"),
            Wrong("stops and noise exchanged", "rnssrn", "s and n are exchanged. A travel that is finite stops too soon; a sum of squares that grows without end lets in noise.", lambda v: _letters(v) == "rnssrn"),
            Wrong("only 1/t", "rsnnss", "E goes on travelling: its first sum grows more than threefold with every factor of 100.", lambda v: _letters(v) == "rsnnss"),
        ),
        shows="Powers above 1/2 and up to 1 fulfil both. Faster ones freeze, slower ones let the noise in.",
    ),
    Exercise(
        id="04-7",
        title="the mean of the tail",
        points=2,
        minutes=5,
        solution=tail_average,
        cases=(
            (_PATH, 0),
            (_PATH, 2),
            (_PATH, 4),
            (np.array([[3.0], [1.0], [-2.0], [0.5]]), 1),
            (np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 4.0]]), 0),
        ),
        hints=(
            "Row 0 is the start. Which is the first row that counts, with start = 0 and with start = 2?",
            "The rows from number start + 1 on. The mean is taken down the rows, separately for each weight: along axis 0.",
            "`return np.mean(path[... :], axis=...)`",
        ),
        wrong=(
            Wrong("with the start", lambda path, start: np.mean(path[start:], axis=0), "one row too many: with start = 0 that includes the start itself. The first row that counts is start + 1."),
            Wrong("one row short", lambda path, start: np.mean(path[start + 2 :], axis=0), "one row is missing: the weights after update start + 1 are the first that count."),
            Wrong("the whole path", lambda path, start: np.mean(path, axis=0), "that is the mean of the whole path, the start included. Leave out the rows up to start."),
            Wrong("all but the start", lambda path, start: np.mean(path[1:], axis=0), "`start` is not used: leave out the first start updates too."),
            Wrong("the last row", lambda path, start: path[-1], "those are the last weights, without any averaging."),
            Wrong("one number", lambda path, start: np.mean(path[start + 1 :]), "that is one number for all weights together. Take the mean down the rows: axis=0."),
            Wrong("across", lambda path, start: np.mean(path[start + 1 :], axis=1), "that is the mean over the weights, one number for each update. Take it over the updates: axis=0."),
            Wrong("the head", lambda path, start: np.mean(path[: start + 1], axis=0), "that is the mean of the beginning. The tail begins after row start: path[start + 1:]."),
            Wrong("counted from the end", lambda path, start: np.mean(path[-(start + 1) :], axis=0), "that takes the last start + 1 rows. start counts from the beginning."),
            Wrong("without the last", lambda path, start: np.mean(path[start + 1 : -1], axis=0), "the last row is missing: it holds the weights after the last update, and counts."),
            Wrong("divided by all", lambda path, start: np.sum(path[start + 1 :], axis=0) / len(path), "the sum is of the tail, the divisor of the whole path. Divide by the rows that you added up."),
            Wrong("the median", lambda path, start: np.median(path[start + 1 :], axis=0), "that is the median. The mean is wanted."),
            Wrong("a moving average", _moving, "that is an exponential moving average. Here every weight of the tail counts the same."),
            Wrong("the sum", lambda path, start: np.sum(path[start + 1 :], axis=0), "that is the sum. Divide by the number of rows."),
            Wrong("one weight only", lambda path, start: np.mean(path[start + 1 :, 0]), "that is the mean of the first weight only. Give one number for each weight."),
            Wrong("divisor one too large", lambda path, start: np.sum(path[start + 1 :], axis=0) / len(path[start:]), "the divisor counts row start as well. The tail has one row fewer."),
            Wrong("one row", lambda path, start: path[start + 1], "that is the first row of the tail. Take the mean of all of them."),
            Wrong("the last start rows", lambda path, start: np.mean(path[-start:], axis=0), "path[-start:] are the last start rows, and all rows for start = 0. The tail begins after row start: path[start + 1:]."),
            Wrong("the rows before", lambda path, start: np.mean(path[:start], axis=0), "path[:start] are the rows before start. The tail is what comes after: path[start + 1:]."),
            Wrong("first and last", lambda path, start: (path[start + 1] + path[-1]) / 2, "that is half-way between the first and the last row. All rows of the tail count."),
            Wrong("start and last", lambda path, start: (path[start] + path[-1]) / 2, "that is half-way between row start and the last. Take the mean of all rows after start."),
            Wrong("sizes", lambda path, start: np.mean(np.abs(path[start + 1 :]), axis=0), "that averages the sizes. The signs are what cancels: leave them."),
            Wrong("the second half", lambda path, start: np.mean(path[len(path) // 2 :], axis=0), "that is the second half, whatever `start` is. The tail begins after row start."),
            Wrong("every other row", lambda path, start: np.mean(path[start + 1 :: 2], axis=0), "a slice with :: 2 takes every other row. All of them count."),
            Wrong("columns", lambda path, start: np.mean(path[:, start + 1 :], axis=0), "that cuts columns. Updates are rows: path[start + 1:]."),
        ),
        shows="`Averaged(inner=SGD(), start=...)` keeps this mean as it goes, without the path.",
    ),
)

QUIZ = (
    Question(
        "04-q1",
        "ExponentialDecay(lr=0.8, factor=0.5, every=10): which rate does update number t = 5 use?",
        (
            Option("0.8", "That is the stair of step decay. Exponential decay falls at every update."),
            Option("0.6", "That is half-way on a straight line. It multiplies, so half-way is the root."),
            Option("0.57", "0.8 times the root of one half.", True),
        ),
    ),
    Question(
        "04-q2",
        "Factor 0.98 was the best for 300 updates. What do you try first for 3000 updates of the same problem?",
        (
            Option("0.998: the rate then ends where it ended before", "The rate at the end carries over, and the factor is computed from it.", True),
            Option("0.98: it is the same problem", "Its rate is gone after a few hundred updates."),
            Option("0.98 with ten times the first rate", "That is gone hardly later: at 0.98 a factor of ten lasts 114 updates."),
        ),
    ),
    Question(
        "04-q3",
        "Exponential and step decay with the same first and last rate: where does one do well and the other badly?",
        (
            Option("exponential on smooth losses, step on rough ones", "Measured on a bowl, a noisy bowl and a kink: they ended within a factor of 2 of each other."),
            Option("in none of the contests of this lesson", "They help and hurt together.", True),
            Option("exponential on large data sets", "Its gain over a fixed rate was largest for the smallest data set."),
        ),
    ),
    Question(
        "04-q4",
        "The rates 1/(t+1)^2 fall to 0. What is wrong with them?",
        (
            Option("nothing: a rate that falls to 0 is safe", "The run comes to rest wherever it is by then."),
            Option("their squares add up to infinity", "They add up to about 1.08."),
            Option("they add up to a finite travel", "1.64 in all. What that does not reach is never reached.", True),
        ),
    ),
    Question(
        "04-q5",
        "On a bowl you use a / (t + 1), and do not know the curvature h. On which side of 1/h is it better to err?",
        (
            Option("larger: the cost grows slowly, a^2 h^2 / (2 a h - 1)", "At five times the best it is 2.8. Below half of the best there is no limit at all.", True),
            Option("smaller: smaller rates are safer", "Below a h = 1/2 the start is not forgotten in any time you have."),
            Option("it makes no difference: the conditions hold for every a", "They say nothing about the time it takes."),
        ),
    ),
    Question(
        "04-q6",
        "Why is the mean of the weights near the minimum while the last weights are not?",
        (
            Option("averaging lowers the rate", "The rate is the same. Only what is judged differs."),
            Option("the walk wanders around the minimum, and its errors cancel in the mean", "So the rate may fall slowly and forget the start.", True),
            Option("the mean leaves out the bad updates", "All of them count the same."),
        ),
    ),
)

LESSON = Lesson(
    number="04",
    title="How fast to fall",
    minutes=40,
    recall=RECALL,
    predictions=PREDICTIONS,
    missions=MISSIONS,
    exercises=EXERCISES,
    quiz=QUIZ,
    next="lesson 05, the horizon: cosine, the straight line, and stopping early.",
)
