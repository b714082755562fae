"""Lesson 10: rates that rise again, one cycle, and a plateau that is cooled down when it is time to stop."""

from __future__ import annotations

import math

import numpy as np

from .model import Exercise, Lesson, Mission, Option, Question, Wrong

RECALL = (
    Question(
        "10-r1",
        "A warmup of 10 updates follows lr * t / 10, t updates already done. What does the first update do?",
        (
            Option("a tenth of a full step", "That would be lr * (t + 1) / 10."),
            Option("nothing: its rate is 0", "t = 0 is the first update. One update is wasted.", True),
            Option("a full step", "That comes at t = 10."),
        ),
    ),
    Question(
        "10-r2",
        "A warmup was measured on a small transformer with Adam. What did it change most?",
        (
            Option("it widened the range of rates that work", "With it, rates work that fail without it. The best loss of all gained little.", True),
            Option("it lowered the loss at every rate", "Each at its best rate, runs with and without it ended within 0.05 nats of each other."),
            Option("it made the noise floor lower", "The floor belongs to the rates at the end, not to those at the start."),
        ),
    ),
    Question(
        "10-r3",
        "AdaGrad divides each coordinate's rate by the root of the sum of all its squared gradients so far. What can its rates never do?",
        (
            Option("differ between coordinates", "That is what it is for: a rare coordinate keeps a large rate."),
            Option("become small", "They do: the sum grows with every gradient."),
            Option("rise again", "A sum of squares never shrinks. If the target moves, AdaGrad is slow to follow.", True),
        ),
    ),
)

PREDICTIONS = (
    Question(
        "10-p1",
        "One cosine over 400 updates, or four cosines of 100, from the same top rate on a noisy bowl. Which has the lower mean loss, after 100 and after 400 updates?",
        (
            Option("four cycles both times: they settle, and go on from there", "A restart does not go on from there: the noise of the top rate is back within a few updates."),
            Option("four cycles after 100, one cosine after 400", "Whoever has just cooled down is ahead, and the slower cooldown goes lower.", True),
            Option("one cosine both times: restarts only disturb", "After 100 updates the first cycle is over, and the long cosine is still near its top rate."),
        ),
    ),
    Question(
        "10-p2",
        "At update 500 of 1000 the cosine run has the lower mean loss. Which run has the lower loss after 1000 updates?",
        (
            Option("the cosine: it is ahead, and its rate is the smoother", "It is lower at half time because its rate lets in less noise. On the river it is behind."),
            Option("they end alike", "The rates of WSD add up to nearly twice those of the cosine, and the way along the river is their sum."),
            Option("WSD: it has come further, and its cooldown takes the noise away", "The sum of the rates is the way along the river, and WSD keeps the large rate almost to the end.", True),
        ),
    ),
)


def _kept(settings, **wanted):
    for name, value in wanted.items():
        have = getattr(settings, name)
        if have != value:
            shown = value if isinstance(value, str) else f"{value:g}"
            return f"Set {name} to {shown}. It is {have if isinstance(have, str) else format(have, 'g')}."
    return None


def _low_end(explorer):
    if refused := _kept(explorer.settings, lr=0.5, noise=1.0):
        return refused
    value = explorer.value
    if len(value.ends) < 3:
        return f"Only {len(value.ends)} cycle(s) end within 400 updates. Let at least 3 end."
    return None if value.best < 0.015 else f"The best end of a cycle has loss {value.best:.3g}. Which cycle of the explorer's picture ends lowest, a short or a long one?"


def _cut_short(explorer):
    if refused := _kept(explorer.settings, lr=0.5, noise=1.0):
        return refused
    value = explorer.value
    if not len(value.ends):
        return "No cycle ends within 400 updates. Make the first one shorter."
    ratio = value.last / value.best
    return None if ratio > 5 else f"The loss after 400 updates is {ratio:.3g} times the best end of a cycle. What if update 400 falls into the first half of a cycle?"


def _nothing_to_cool(explorer):
    if refused := _kept(explorer.settings, schedule="WSD", horizon=400, stop=200, noise=1.0):
        return refused
    cost = explorer.value.cost
    return None if cost <= 1 else f"The plan costs a factor {cost:.3g}. Which rates have no noise floor to come down from within 200 updates?"


MISSIONS = (
    Mission(
        "10-m1",
        "Base rate 0.5, noise 1, at least 3 cycles ended, and the best end of a cycle below 0.015.",
        _low_end,
        "Growing cycles: the last one is long, and a long cycle is a slow cooldown. One cosine over all 400 is lower still.",
    ),
    Mission(
        "10-m2",
        "Base rate 0.5, noise 1, and the loss after 400 updates more than 5 times the best end of a cycle.",
        _cut_short,
        "Restarts must be planned too: a run that stops soon after a restart stops at the noise floor of the top rate.",
    ),
    Mission(
        "10-m3",
        "WSD planned for 400 and stopped at 200, noise 1, and the plan costs a factor of at most 1.",
        _nothing_to_cool,
        "At a small rate the run is still on its way at update 200. There is little noise to take away, and a cooldown would only slow it.",
    ),
)


def triangle_wave(t, low, high, up):
    s = np.mod(t, 2 * up)
    return low + (high - low) * (1 - np.abs(s - up) / up)


def restart_times(period, growth, steps):
    times, length, at = [], period, period
    while at < steps and length >= 1:
        times.append(at)
        length = length * growth
        at = at + length
    return times


def cosine_restarts(t, lr, period, growth):
    start, length = 0, period
    while t >= start + length and length >= 1:
        start, length = start + length, length * growth
    return lr * (1 + math.cos(math.pi * (t - start) / length)) / 2


def one_cycle(t, lr, steps, warmup, div, final_div):
    peak, first = warmup * steps, lr / div
    last = first / final_div
    if t < peak:
        return first + (lr - first) * t / peak
    left = max(steps - t, 0) / (steps - peak)
    return last + (lr - last) * left


def updates_in_all(horizons, cooldown):
    trunk = max(horizons) * (1 - cooldown)
    return trunk + cooldown * sum(horizons)


def _letters(value):
    return "".join(value).lower().replace(" ", "").replace(",", "")


def _wave(shape):
    """A wrong triangle wave, from the shape of s / up."""
    return lambda t, low, high, up: low + (high - low) * shape(np.asarray(t, dtype=float), up)


def _times(period, growth, steps, *, first=None, at_end=False, shift=0):
    times, length, at = [], period, period if first is None else first
    while (at < steps or (at_end and at == steps)) and length >= 1:
        times.append(at + shift)
        length = length * growth
        at = at + length
    return times


def _powers(period, growth, steps):
    times, i = [], 0
    while period * growth**i < steps and i < 1000:
        times.append(period * growth**i)
        i += 1
    return times


def _added(period, growth, steps):
    times, length, at = [], period, period
    while at < steps and length >= 1:
        times.append(at)
        length = length + growth
        at = at + length
    return times


def _grows_first(period, growth, steps):
    times, length, at = [], period * growth, period * growth
    while at < steps and length >= 1:
        times.append(at)
        length, at = length * growth, at + length * growth
    return times


def _by_logarithm(period, growth, steps):
    count = math.ceil(math.log(1 + steps * (growth - 1) / period, growth)) - 1
    return [period * (growth**i - 1) / (growth - 1) for i in range(1, count + 1)]


def _cycle(t, period, growth, late=False):
    start, length = 0, period
    while length >= 1 and (t > start + length or (t == start + length and not late)):
        start, length = start + length, length * growth
    return t - start, length


def _restarted(shape, **ways):
    """A wrong restart: `shape` is given t_cur, the length of the cycle, and the first length."""
    return lambda t, lr, period, growth: lr * shape(*_cycle(t, period, growth, **ways), period)


def _half(x):
    return (1 + math.cos(math.pi * x)) / 2


def _power_restarts(t, lr, period, growth):
    if growth == 1:
        return lr * _half(t % period / period)
    start, end = 0, period
    while t >= end and end > start:
        start, end = end, end * growth
    return lr * _half((t - start) / (end - start))


def _with_logarithm(t, lr, period, growth):
    if growth == 1:
        return lr * _half(t % period / period)
    i = int(math.log(1 + t * (growth - 1) / period, growth))
    return lr * _half((t - period * (growth**i - 1) / (growth - 1)) / (period * growth**i))


def _logarithm_only(t, lr, period, growth):
    i = int(math.log(1 + t * (growth - 1) / period, growth))
    return lr * _half((t - period * (growth**i - 1) / (growth - 1)) / (period * growth**i))


def _grows_at_once(t, lr, period, growth):
    t_cur, length = _cycle(t, period * growth, growth)
    return lr * _half(t_cur / length)


def _growth_added(t, lr, period, growth):
    start, length = 0, period
    while t >= start + length and length >= 1:
        start, length = start + length, length + growth
    return lr * _half((t - start) / length)


def _line(t, lr, peak, end, first, last):
    if t < peak:
        return first + (lr - first) * t / peak
    return last + (lr - last) * max(end - t, 0) / (end - peak)


def _one_cycle(make):
    """A wrong one-cycle, from (peak, end, first rate, last rate)."""
    return lambda t, lr, steps, warmup, div, final_div: _line(t, lr, *make(lr, steps, warmup, div, final_div))


def _falls_from_the_start(t, lr, steps, warmup, div, final_div):
    peak, first = warmup * steps, lr / div
    if t < peak:
        return first + (lr - first) * t / peak
    last = first / final_div
    return last + (lr - last) * max(steps - t, 0) / steps


def _goes_on_falling(t, lr, steps, warmup, div, final_div):
    peak, first = warmup * steps, lr / div
    if t < peak:
        return first + (lr - first) * t / peak
    last = first / final_div
    return last + (lr - last) * (steps - t) / (steps - peak)


def _zero_after(t, lr, steps, warmup, div, final_div):
    return one_cycle(t, lr, steps, warmup, div, final_div) if t <= steps else 0.0


def _waves(t, lr, steps, warmup, div, final_div):
    peak, first = warmup * steps, lr / div
    if t < peak:
        return lr + (first - lr) * _half(t / peak)
    last = first / final_div
    return last + (lr - last) * _half(min((t - peak) / (steps - peak), 1))


def _climb_from_zero(t, lr, steps, warmup, div, final_div):
    return lr * t / (warmup * steps) if t < warmup * steps else one_cycle(t, lr, steps, warmup, div, final_div)


def _no_last(t, lr, steps, warmup, div, final_div):
    value = one_cycle(t, lr, steps, warmup, div, final_div)
    return value if t < warmup * steps else lr * max(steps - t, 0) / (steps - warmup * steps)


EXERCISES = (
    Exercise(
        id="10-1",
        title="a triangle wave",
        points=2,
        minutes=4,
        solution=triangle_wave,
        curve=lambda function: function(np.arange(61), 0.1, 0.5, 10),
        cases=(
            (0, 0.1, 0.5, 10),
            (5, 0.1, 0.5, 10),
            (10, 0.1, 0.5, 10),
            (17, 0.1, 0.5, 10),
            (np.arange(50), 0.1, 0.5, 10),
            (np.array([0, 1, 2, 3, 70]), 0.01, 2.0, 1),
            (np.array([3.5, 10.5, 24.0]), 0.2, 0.8, 7),
        ),
        hints=(
            "How far is s from the middle of the cycle, and how far at most?",
            "The middle is at s = up. The distance |s - up| is up at both ends and 0 in the middle. Turn it over, and scale it to 1.",
            "`1 - np.abs(...) / up`",
        ),
        wrong=(
            Wrong("never turns", _wave(lambda t, up: np.mod(t, 2 * up) / up), "it climbs on to twice the height and drops at the end of the cycle. After s = up it has to come down."),
            Wrong("a sawtooth", _wave(lambda t, up: np.mod(t, up) / up), "it jumps back to low at s = up. A triangle comes down as slowly as it went up: the cycle is 2 up long."),
            Wrong("a slow sawtooth", _wave(lambda t, up: np.mod(t, 2 * up) / (2 * up)), "it climbs through the whole cycle and jumps back. The top belongs in the middle, at s = up."),
            Wrong("upside down", _wave(lambda t, up: np.abs(np.mod(t, 2 * up) - up) / up), "it begins at high: |s - up| is largest at the ends. One minus it."),
            Wrong("not scaled", _wave(lambda t, up: np.minimum(np.mod(t, 2 * up), 2 * up - np.mod(t, 2 * up))), "the triangle goes up to `up`, not to 1. Divide by up."),
            Wrong("half the height", _wave(lambda t, up: np.minimum(np.mod(t, 2 * up), 2 * up - np.mod(t, 2 * up)) / (2 * up)), "it reaches only half of the height. The climb is up updates long, not 2 up."),
            Wrong("no absolute value", _wave(lambda t, up: 1 - (np.mod(t, 2 * up) - up) / up), "without the absolute value it falls all the way, from twice the height. The distance from the middle is |s - up|."),
            Wrong("a cosine wave", _wave(lambda t, up: (1 - np.cos(np.pi * np.mod(t, 2 * up) / up)) / 2), "that is a wave of cosines. It touches low and high at the right updates, but a triangle has straight sides."),
            Wrong("asks an array", lambda t, low, high, up: low + (high - low) * min(t % (2 * up), 2 * up - t % (2 * up)) / up, "t may be an array, which `min`, `max` and `if` cannot ask. Use `np.minimum`, or `np.abs`."),
            Wrong("t in place of s", _wave(lambda t, up: 1 - np.abs(t - up) / up), "it uses t, so there is one triangle only and then the rate falls below 0. s begins anew in each cycle."),
            Wrong("without low", lambda t, low, high, up: high * (1 - np.abs(np.mod(t, 2 * up) - up) / up), "it goes from 0 to high. The lower end is low: low + (high - low) * triangle."),
            Wrong("low counted twice", lambda t, low, high, up: low + high * (1 - np.abs(np.mod(t, 2 * up) - up) / up), "its top is low + high. What is added to low is high - low times the triangle."),
            Wrong("distance, not scaled", _wave(lambda t, up: np.abs(np.mod(t, 2 * up) - up)), "|s - up| is large at the ends and 0 in the middle, and as large as up. Divide by up, and take it from 1."),
            Wrong("one update ahead", _wave(lambda t, up: 1 - np.abs(np.mod(t + 1, 2 * up) - up) / up), "it is one update ahead. t counts the updates done: at t = 0 the rate is low."),
            Wrong("one update behind", _wave(lambda t, up: 1 - np.abs(np.mod(t - 1, 2 * up) - up) / up), "it is one update behind: the top belongs to t = up."),
            Wrong("two levels", _wave(lambda t, up: (np.mod(t, 2 * up) <= up) * 1.0), "it jumps between low and high. The triangle goes from one to the other in a line."),
            Wrong("multiplies", lambda t, low, high, up: low * (high / low) ** (1 - np.abs(np.mod(t, 2 * up) - up) / up), "it multiplies its way up, so the sides are curved. A triangle adds the same at every update."),
            Wrong("a sine", _wave(lambda t, up: np.abs(np.sin(np.pi * t / (2 * up)))), "that is a wave of sines. A triangle has straight sides."),
            Wrong("the middle at up / 2", _wave(lambda t, up: 1 - np.abs(np.mod(t, 2 * up) - up / 2) / up), "the distance is taken from up / 2. A cycle is 2 up long, so its middle, the top, is at s = up."),
            Wrong("clipped", lambda t, low, high, up: np.clip(1 - np.abs(np.mod(t, 2 * up) - up) / up, low, high), "the triangle from 0 to 1 is cut off at low and high. Stretch it instead: low + (high - low) * triangle."),
            Wrong("low forgotten in the height", lambda t, low, high, up: (high - low) * (1 - np.abs(np.mod(t, 2 * up) - up) / up), "it goes from 0 to high - low. Add low."),
        ),
        shows="Up and down take the same time, and the mean rate is halfway between low and high.",
    ),
    Exercise(
        id="10-2",
        title="when does it restart?",
        points=2,
        minutes=5,
        solution=restart_times,
        cases=((10, 2, 100), (10, 1, 40), (10, 2, 70), (1, 3, 400), (100, 2, 50), (7, 1, 8), (5, 3, 5), (4, 2, 200)),
        hints=(
            "When does the first cycle end? How long is the second, and when does that one end?",
            "Carry two numbers: the length of the present cycle, and the update at which it ends. Go on while that update is below steps.",
            "`at, length = period, period`, `while at < steps:` note at, then `length = length * growth` and `at = at + ...`",
        ),
        wrong=(
            Wrong("equal cycles", lambda period, growth, steps: list(range(period, steps, period)), "all cycles are as long as the first. Each is `growth` times as long as the one before."),
            Wrong("lengths in place of sums", _powers, "those are the lengths of the cycles, period * growth**i. A restart is where a cycle ends: the sum of all lengths so far."),
            Wrong("the start counts", lambda period, growth, steps: [0, *restart_times(period, growth, steps)], "t = 0 is no restart: it is where the first cycle begins."),
            Wrong("steps counts", lambda period, growth, steps: _times(period, growth, steps, at_end=True), "a restart at t = steps is never used, as the last update is t = steps - 1. Below steps, not at it."),
            Wrong("one late", lambda period, growth, steps: _times(period, growth, steps, shift=1), "each is one too late. t counts the updates done, so a cycle of 10 updates uses t = 0 to 9, and t = 10 restarts."),
            Wrong("one early", lambda period, growth, steps: _times(period, growth, steps, shift=-1), "each is one too early: t = period - 1 is the last update of the first cycle."),
            Wrong("the first cycle has grown", _grows_first, "the first cycle is period updates long already grown. It has to be period long; grow after it."),
            Wrong("growth is added", _added, "it adds growth to the length. Multiply: `length = length * growth`."),
            Wrong("a logarithm", _by_logarithm, "a logarithm to the base growth does not exist for growth 1, and rounds wrongly for others. Count the cycles with a loop."),
            Wrong("counts only", lambda period, growth, steps: len(restart_times(period, growth, steps)), "that is how many there are. Return the list of their updates."),
            Wrong("a single one", lambda period, growth, steps: restart_times(period, growth, steps)[:1], "it stops after the first. Go on while the end of the next cycle is below steps."),
            Wrong("goes past the end", lambda period, growth, steps: _times(period, growth, steps) + [(restart_times(period, growth, steps) or [0])[-1] + period * growth ** len(restart_times(period, growth, steps))], "the last one is not below steps. Ask before you append, not after."),
            Wrong("multiples of the second length", lambda period, growth, steps: list(range(period * growth, steps, period * growth)), "those are multiples of one length. The lengths grow from cycle to cycle, and the first is period."),
            Wrong("grows only once", lambda period, growth, steps: list(range(period, steps, period * growth)), "the second cycle has grown, and all later ones are as long as it. Each grows again."),
            Wrong("powers of growth + 1", lambda period, growth, steps: [a for a in (period * (1 + growth) ** i for i in range(60)) if a < steps], "that multiplies the end of the cycle by 1 + growth: right for the second restart only. Add the next length each time."),
            Wrong("the first only", lambda period, growth, steps: [period], "that is the first restart. List all of them below steps, and none if the first cycle is longer."),
        ),
        shows="Lengths 10, 20, 40 give restarts at 10, 30, 70. Libraries that use a logarithm miss some of them by rounding.",
    ),
    Exercise(
        id="10-3",
        title="cosine with restarts",
        points=3,
        minutes=7,
        solution=cosine_restarts,
        curve=lambda function: [function(t, 1.0, 10, 2) for t in range(80)],
        cases=(
            (0, 1.0, 10, 1),
            (9, 1.0, 10, 1),
            (10, 0.5, 10, 1),
            (25, 0.5, 10, 1),
            (9, 1.0, 10, 2),
            (10, 1.0, 10, 2),
            (25, 1.0, 10, 2),
            (29, 1.0, 10, 2),
            (30, 1.0, 10, 2),
            (45, 0.2, 10, 2),
            (100, 1.0, 20, 3),
            (121, 1.0, 1, 3),
        ),
        hints=(
            "In which cycle is t, when did that begin, and how long is it?",
            "Begin with start 0 and length period. While t is not inside the cycle, go to the next: start moves by length, length grows. Then it is a plain cosine of t - start.",
            "`while t >= start + length: start, length = ..., ...` and then `return lr * (1 + math.cos(math.pi * (t - start) / ...)) / 2`",
        ),
        wrong=(
            Wrong("equal cycles", lambda t, lr, period, growth: lr * _half(t % period / period), "every cycle has the first length: growth is not used. Each is `growth` times as long as the one before."),
            Wrong("the first length", _restarted(lambda t_cur, length, period: _half(t_cur / period)), "the restarts are right, but t_cur is divided by the first length. Divide by the length of the present cycle."),
            Wrong("one update late", _restarted(lambda t_cur, length, period: _half(t_cur / length), late=True), "the restart comes one update late: at t = start + length a new cycle begins, so >=."),
            Wrong("one update early", lambda t, lr, period, growth: lr * _half((lambda c: c[0] / c[1])(_cycle(t + 1, period, growth))), "it is one update ahead: at t = 0 the rate is lr, and the update before a restart is the last of its cycle."),
            Wrong("not from the restart", lambda t, lr, period, growth: lr * _half(t / _cycle(t, period, growth)[1]), "the cosine counts from t = 0. Count from the last restart: t - start."),
            Wrong("lengths in place of sums", _power_restarts, "it restarts at period * growth**i. Those are the lengths of the cycles; the restarts are their sums."),
            Wrong("a logarithm", _with_logarithm, "the logarithm rounds wrongly at some restarts, here at t = 121: log(243) / log(3) is a little below 5. Count the cycles with a loop."),
            Wrong("a logarithm to the base 1", _logarithm_only, "there is no logarithm to the base 1, so growth 1 fails. Count the cycles with a loop."),
            Wrong("down and up again", _restarted(lambda t_cur, length, period: (1 + math.cos(2 * math.pi * t_cur / length)) / 2), "the cosine goes down and up again in a cycle. Half a wave is enough: pi, not 2 pi."),
            Wrong("half a cycle", _restarted(lambda t_cur, length, period: math.cos(math.pi * t_cur / length / 2)), "a quarter of a wave falls slowly at first and fast at the end. SGDR takes (1 + cos(pi ...)) / 2."),
            Wrong("no half", _restarted(lambda t_cur, length, period: 1 + math.cos(math.pi * t_cur / length)), "1 + cos goes from 2 to 0. Halve it."),
            Wrong("no one", _restarted(lambda t_cur, length, period: math.cos(math.pi * t_cur / length)), "cos alone goes from 1 to -1, and a rate is not negative. Add 1 and halve."),
            Wrong("degrees", _restarted(lambda t_cur, length, period: (1 + math.cos(180 * t_cur / length)) / 2), "`math.cos` takes radians: half a turn is math.pi, not 180."),
            Wrong("a straight line", _restarted(lambda t_cur, length, period: 1 - t_cur / length), "it falls in a straight line. The shape is half a wave of a cosine."),
            Wrong("reaches 0", _restarted(lambda t_cur, length, period: _half(t_cur / max(length - 1, 1))), "it reaches 0 one update before the restart. The cycle has length updates, so divide by length, not by length - 1."),
            Wrong("the first cycle has grown", _grows_at_once, "the first cycle is too long already: it has period updates, and only the next one grows."),
            Wrong("growth is added", _growth_added, "it adds growth to the length. Multiply."),
            Wrong("smaller peaks", lambda t, lr, period, growth: lr / growth ** sum(r <= t for r in restart_times(period, growth, 1000)) * _half((lambda c: c[0] / c[1])(_cycle(t, period, growth))), "each peak is lower than the one before. growth is for the lengths; all peaks are lr."),
            Wrong("no restart", lambda t, lr, period, growth: lr * _half(t / period), "there is no restart: the wave of period goes on, down and up. Find the cycle, and count t from its start."),
            Wrong("one decay", lambda t, lr, period, growth: lr * _half(min(t / period, 1)), "it falls once and stays at 0. After each cycle the rate begins again at lr."),
            Wrong("equal cycles, too long", lambda t, lr, period, growth: lr * _half(t % (period * growth) / (period * growth)), "all cycles have the length period * growth. The first has period, and each later one growth times the one before."),
            Wrong("equal cycles, wrong length", lambda t, lr, period, growth: lr * _half(t % period / (period * growth)), "the restarts are equally far apart, and the cosine is as long as the second cycle. Both belong to the present cycle."),
            Wrong("the number of periods", lambda t, lr, period, growth: lr * _half(t % period / (period * growth ** (t // period))), "t // period is the number of the cycle only if all are equally long. Go through the cycles one by one."),
            Wrong("steps down", lambda t, lr, period, growth: lr * growth ** -float(t // period), "that is step decay. A cycle falls along a cosine, and begins again at lr."),
            Wrong("one long wave", lambda t, lr, period, growth: lr * _half(t / (period * growth)), "there is no restart: one wave of the length period * growth goes on for ever, down and up. Find the cycle, and count t from its start."),
            Wrong("upside down", _restarted(lambda t_cur, length, period: (1 - math.cos(math.pi * t_cur / length)) / 2), "it rises through each cycle. With 1 + cos in place of 1 - cos it falls."),
            Wrong("lr at restarts only", lambda t, lr, period, growth: lr * (_cycle(t, period, growth)[0] == 0), "the rate is lr at a restart and 0 in between. It falls along half a wave of a cosine."),
            Wrong("the factor alone", lambda t, lr, period, growth: cosine_restarts(t, 1.0, period, growth), "lr is left out. Multiply by it."),
        ),
        shows="Counting cycles never goes wrong. Torch's `step(epoch)` uses a logarithm, and gives 0 at update 121 for period 1 and growth 3.",
    ),
    Exercise(
        id="10-4",
        title="one cycle",
        points=3,
        minutes=6,
        solution=one_cycle,
        curve=lambda function: [function(t, 1.0, 100, 0.3, 10, 100) for t in range(121)],
        cases=(
            (0, 1.0, 100, 0.3, 25, 100),
            (15, 1.0, 100, 0.3, 25, 100),
            (30, 1.0, 100, 0.3, 25, 100),
            (65, 1.0, 100, 0.3, 25, 100),
            (100, 1.0, 100, 0.3, 25, 100),
            (150, 1.0, 100, 0.3, 25, 100),
            (3, 0.5, 20, 0.25, 10, 50),
            (5, 0.5, 20, 0.25, 10, 50),
            (12, 0.5, 20, 0.25, 10, 50),
            (19, 0.5, 20, 0.25, 10, 50),
            (1, 2.0, 3, 0.5, 4, 10),
        ),
        hints=(
            "Three points are given: (0, lr / div), (peak, lr) and (steps, lr / (div final_div)). What is between them?",
            "A line from a to b is a + (b - a) * share, with share 0 at its beginning and 1 at its end. The second line begins at the peak, and its share stays 1 after the end.",
            "`if t < peak: return first + (lr - first) * t / peak`, and below it the same with `(t - peak) / (steps - peak)`, at most 1.",
        ),
        wrong=(
            Wrong("last rate from the peak", _one_cycle(lambda lr, steps, warmup, div, final_div: (warmup * steps, steps, lr / div, lr / final_div)), "the last rate is lr / final_div, as in fastai. Here final_div divides the **first** rate: lr / (div * final_div)."),
            Wrong("ends at the first rate", _one_cycle(lambda lr, steps, warmup, div, final_div: (warmup * steps, steps, lr / div, lr / div)), "it comes back to the first rate. The end is final_div times lower than that."),
            Wrong("ends at 0", _no_last, "it falls to 0. The last rate is lr / (div * final_div), small but not 0."),
            Wrong("Torch's peak and end", _one_cycle(lambda lr, steps, warmup, div, final_div: (warmup * steps - 1, steps - 1, lr / div, lr / (div * final_div))), "peak and end come one update early, as in Torch. Here they are at warmup * steps and at steps."),
            Wrong("peak one update early", _one_cycle(lambda lr, steps, warmup, div, final_div: (warmup * steps - 1, steps, lr / div, lr / (div * final_div))), "the peak is one update early. It is at t = warmup * steps."),
            Wrong("end one update early", _one_cycle(lambda lr, steps, warmup, div, final_div: (warmup * steps, steps - 1, lr / div, lr / (div * final_div))), "the end is one update early. The last rate is reached at t = steps."),
            Wrong("warmup in updates", _one_cycle(lambda lr, steps, warmup, div, final_div: (warmup, steps, lr / div, lr / (div * final_div))), "warmup is taken for a number of updates. It is a share: the peak is at warmup * steps."),
            Wrong("peak in the middle", _one_cycle(lambda lr, steps, warmup, div, final_div: (steps / 2, steps, lr / div, lr / (div * final_div))), "the peak is in the middle whatever warmup says. It is at warmup * steps."),
            Wrong("starts at 0", _climb_from_zero, "it climbs from 0. The first rate is lr / div."),
            Wrong("adds up", lambda t, lr, steps, warmup, div, final_div: lr / div + lr * t / (warmup * steps) if t < warmup * steps else one_cycle(t, lr, steps, warmup, div, final_div), "the climb overshoots: it goes from lr / div to lr / div + lr. What is added is lr - lr / div times the share."),
            Wrong("falls from t = 0", _falls_from_the_start, "the way down counts from t = 0, so the rate jumps down at the peak. Count from the peak: (t - peak) / (steps - peak)."),
            Wrong("goes on falling", _goes_on_falling, "after t = steps the rate falls on, below 0. Hold it: the share is at most 1."),
            Wrong("0 after the end", _zero_after, "after t = steps it is 0. The last rate is held for ever."),
            Wrong("half waves", _waves, "those are half waves of a cosine, the usual shape. This exercise asks for straight lines."),
            Wrong("multiplies", _one_cycle(lambda lr, steps, warmup, div, final_div: (warmup * steps, steps, lr * div, lr * div * final_div)), "div and final_div divide: the cycle begins and ends below lr."),
            Wrong("down first", lambda t, lr, steps, warmup, div, final_div: lr + (lr / div - lr) * t / (warmup * steps) if t < warmup * steps else lr / div + (lr / (div * final_div) - lr / div) * min((t - warmup * steps) / (steps - warmup * steps), 1), "it begins at lr and falls. First up from lr / div to lr, then down."),
            Wrong("symmetric", lambda t, lr, steps, warmup, div, final_div: float(np.interp(t, [0, warmup * steps, 2 * warmup * steps, steps], [lr / div, lr, lr / div, lr / (div * final_div)])), "it comes down as fast as it went up, and then falls on from lr / div: the three phases of the paper. Here the way down is one line from the peak to the end."),
            Wrong("one update late", lambda t, lr, steps, warmup, div, final_div: float(np.interp(t, [1, warmup * steps + 1, steps], [lr / div, lr, lr / (div * final_div)])), "the climb comes one update late: t = 0 uses lr / div, and the peak is at t = warmup * steps."),
            Wrong("multiplies its way", lambda t, lr, steps, warmup, div, final_div: float(np.exp(np.interp(t, [0, warmup * steps, steps], np.log([lr / div, lr, lr / (div * final_div)])))), "the sides are exponential. This exercise asks for straight lines."),
            Wrong("whole peak", lambda t, lr, steps, warmup, div, final_div: float(np.interp(t, [0, int(warmup * steps), steps], [lr / div, lr, lr / (div * final_div)])), "the peak is rounded to a whole update, as in Optax. Here it is at warmup * steps, whole or not."),
            Wrong("no way down", lambda t, lr, steps, warmup, div, final_div: min(lr / div + (lr - lr / div) * t / (warmup * steps), lr), "it stays at lr after the climb: that is a warmup. Then comes the line down."),
            Wrong("no climb", lambda t, lr, steps, warmup, div, final_div: lr + (lr / (div * final_div) - lr) * min(t / steps, 1), "it only falls. First comes the climb, from lr / div to lr at t = warmup * steps."),
            Wrong("begins just below lr", _one_cycle(lambda lr, steps, warmup, div, final_div: (warmup * steps, steps, lr - lr / div, lr / (div * final_div))), "the first rate is lr - lr / div, which is hardly below lr. It is lr / div."),
            Wrong("divided twice by final_div", _one_cycle(lambda lr, steps, warmup, div, final_div: (warmup * steps, steps, lr / div, lr / final_div**2)), "the last rate is divided by final_div twice, and not by div. It is lr / (div * final_div)."),
        ),
        shows="Three points fix it. Libraries agree on the rates and differ by one update in where the peak and the end are.",
    ),
    Exercise(
        id="10-5",
        title="what the branches cost",
        points=2,
        minutes=4,
        solution=updates_in_all,
        cases=(([300, 600, 1200], 0.2), ([1000], 0.1), ([2000, 500, 1000], 0.2), ([100, 200, 400, 800], 0.5), ([400, 400], 0.25)),
        hints=(
            "How long must the trunk be, if the longest horizon branches off it last?",
            "The trunk ends where the longest horizon branches off. Each horizon adds its own cooldown, the longest too.",
            "`return max(horizons) * (1 - ...) + cooldown * sum(...)`",
        ),
        wrong=(
            Wrong("separate runs", lambda horizons, cooldown: sum(horizons), "that is one run for each horizon. The trunk is run once for all."),
            Wrong("the longest run", lambda horizons, cooldown: max(horizons), "that is the longest run alone. The other horizons have cooldowns of their own."),
            Wrong("trunk to the end", lambda horizons, cooldown: max(horizons) + cooldown * sum(horizons), "the trunk need not go on to the longest horizon: it ends where that one branches off."),
            Wrong("trunk only", lambda horizons, cooldown: max(horizons) * (1 - cooldown), "that is the trunk. Each horizon adds a cooldown."),
            Wrong("cooldowns only", lambda horizons, cooldown: cooldown * sum(horizons), "those are the cooldowns. The trunk comes before them."),
            Wrong("no cooldown for the longest", lambda horizons, cooldown: max(horizons) * (1 - cooldown) + cooldown * (sum(horizons) - max(horizons)), "the longest horizon has a cooldown too."),
            Wrong("equal cooldowns", lambda horizons, cooldown: max(horizons) * (1 - cooldown) + cooldown * max(horizons) * len(horizons), "each cooldown is a share of its own horizon, not of the longest."),
            Wrong("a trunk for each", lambda horizons, cooldown: (1 - cooldown) * sum(horizons), "that runs a trunk for each horizon and no cooldown. One trunk serves all."),
            Wrong("the last in the list", lambda horizons, cooldown: horizons[-1] * (1 - cooldown) + cooldown * sum(horizons), "the list need not be sorted: the trunk is as long as the **largest** horizon wants."),
            Wrong("the first in the list", lambda horizons, cooldown: horizons[0] * (1 - cooldown) + cooldown * sum(horizons), "it takes the first horizon for the trunk. The trunk is as long as the largest wants, wherever that stands."),
            Wrong("the smallest", lambda horizons, cooldown: min(horizons) * (1 - cooldown) + cooldown * sum(horizons), "the trunk ends at the branch of the smallest horizon. It has to reach the branch of the largest."),
            Wrong("cooldown in updates", lambda horizons, cooldown: max(horizons) * (1 - cooldown) + cooldown * len(horizons), "cooldown is a share of a horizon, not a number of updates: cooldown * T for each."),
            Wrong("longest cooldown", lambda horizons, cooldown: max(horizons) * cooldown, "that is the cooldown of the longest horizon. The trunk comes before it, and each horizon has its own cooldown."),
            Wrong("saved", lambda horizons, cooldown: sum(horizons) - updates_in_all(horizons, cooldown), "that is what is saved against separate runs. The updates you do run are wanted."),
            Wrong("a share", lambda horizons, cooldown: updates_in_all(horizons, cooldown) / sum(horizons), "that is the share of what separate runs would cost. The number of updates is wanted."),
            Wrong("share turned over", lambda horizons, cooldown: max(horizons) * cooldown + (1 - cooldown) * sum(horizons), "cooldown is the share that is cooled down, at the end. The trunk has 1 - cooldown."),
            Wrong("one cooldown, as a number", lambda horizons, cooldown: max(horizons) * (1 - cooldown) + cooldown, "the share itself is added, less than one update. Each horizon T adds cooldown * T."),
            Wrong("trunk divided", lambda horizons, cooldown: max(horizons) / (1 - cooldown), "dividing by 1 - cooldown makes the trunk longer than the longest run. The trunk is the share 1 - cooldown of it: multiply, and add the cooldowns."),
            Wrong("divided by the share", lambda horizons, cooldown: sum(h / cooldown for h in horizons), "a share of T is cooldown * T, not T / cooldown. And there is the trunk."),
        ),
        shows="Horizons 300, 600 and 1200 with a fifth to cool down: 1380 updates in place of 2100.",
    ),
    Exercise(
        id="10-6",
        title="diagnose four schedules",
        points=2,
        minutes=5,
        solution="worc",
        accept=lambda value: _letters(value) == "worc",
        wanted="four letters for the runs A, B, C, D",
        hints=(
            "Which run is still where it began after 10 updates? Which goes up again?",
            "A rate that climbs is slow at first. A restart lets the noise back in. A plateau is flat until its cooldown.",
            "B is at 1.463 after 10 updates. C rises from update 100 to 110. A does not move from update 50 to 300.",
        ),
        wrong=(
            Wrong("plateau and cosine exchanged", "corw", "A does not change from update 100 to 300: a cosine would. D falls all the way.", lambda v: _letters(v) == "corw"),
            Wrong("one-cycle and cosine exchanged", "wcro", "B is slow at first, when a cosine is at its largest rate. One-cycle begins at a small rate.", lambda v: _letters(v) == "wcro"),
            Wrong("plateau and one-cycle exchanged", "owrc", "A is quick at first, so it begins at the top rate. B has a small rate in its first updates.", lambda v: _letters(v) == "owrc"),
            Wrong("plateau and restarts exchanged", "rowc", "C rises again after updates 100 and 200. A is flat.", lambda v: _letters(v) == "rowc"),
            Wrong("restarts and cosine exchanged", "wocr", "C rises again after updates 100 and 200. A cosine never rises.", lambda v: _letters(v) == "wocr"),
            Wrong("restarts and one-cycle exchanged", "wroc", "C rises again and again; one-cycle climbs only once, at the start, and B is the one that is slow there.", lambda v: _letters(v) == "wroc"),
        ),
        shows="The loss of a noisy run follows its rate: slow where the rate is small, up where it rises, down where it cools.",
    ),
)

QUIZ = (
    Question(
        "10-q1",
        "Restarts with period 10 and growth 3. At which t is the second restart?",
        (
            Option("20", "That would be growth 1: cycles of 10 each."),
            Option("30", "30 is the length of the second cycle. It begins at 10."),
            Option("40", "10 + 30: the restarts are the sums of the lengths.", True),
        ),
    ),
    Question(
        "10-q2",
        "Why was the best of four ends of cycles lower than the end of one long cosine on the egg box?",
        (
            Option("each restart led to a better minimum than the one before", "About as many led to a worse one."),
            Option("it is the best of four, and four separate short runs did as well", "Several ends to choose from: that is what restarts are worth there.", True),
            Option("the cosine used too small a rate", "Each had its own best rate."),
        ),
    ),
    Question(
        "10-q3",
        "The loss on the plateau of WSD has been flat for a long time. What do you know?",
        (
            Option("that the rate is at its noise floor; whether there is progress shows only after a cooldown", "In the river valley the run came far while noise hid it.", True),
            Option("that the model has learned all it can", "Lesson 02: the rate has done all it can, not the model."),
            Option("that the rate is too small", "A rate that is too small gives a slow, smooth fall."),
        ),
    ),
    Question(
        "10-q4",
        "What did one trunk with three cooldowns give, compared with a tuned cosine for each horizon?",
        (
            Option("the same loss everywhere for fewer updates", "It was a few percent above in the mean: one rate cannot suit a short and a long run."),
            Option("a loss within 10 percent, for two thirds of the updates", "1380 in place of 2100 updates.", True),
            Option("a lower loss, as its rate stays large for longer", "The mean over the horizons was higher."),
            Option("nothing: a cosine that is stopped early does as well", "At a quarter of its length the stopped cosine was clearly higher."),
        ),
    ),
    Question(
        "10-q5",
        "A colleague moves OneCycleLR(total_steps=100, pct_start=0.3) from Torch to Optax with the same numbers. What changes?",
        (
            Option("nothing: the formulas are the same", "They differ in where the peak and the end lie."),
            Option("the largest rate", "That is the same."),
            Option("the peak moves from t = 29 to t = 30", "Torch: pct_start * total_steps - 1. Optax: pct_start * total_steps.", True),
        ),
    ),
)

LESSON = Lesson(
    number="10",
    title="Cycles and cooldowns",
    minutes=40,
    recall=RECALL,
    predictions=PREDICTIONS,
    missions=MISSIONS,
    exercises=EXERCISES,
    quiz=QUIZ,
    next="lesson 11, letting the loss decide: rules that look at the loss and set the rate.",
)
