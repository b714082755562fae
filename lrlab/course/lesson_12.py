"""Lesson 12: a fair comparison, with seeds, pairs, a rate for each method and seeds that did not choose; and the batch."""

from __future__ import annotations

import math

import numpy as np

from .model import Exercise, Lesson, Mission, Option, Question, Wrong

RECALL = (
    Question(
        "12-r1",
        "A schedule lowers the rate when the loss has not improved for `patience` evaluations. The loss is noisy and patience is 1. What happens?",
        (
            Option("nothing: noise averages out", "Nothing is averaged. Each evaluation is compared with the best one so far."),
            Option("the rate is cut again and again, long before the loss is flat", "A lucky low value is hard to beat by chance, and patience 1 bears one miss: the second in a row cuts.", True),
            Option("the rate is cut once, at the right time", "With a patience of 1 the noise decides when, and it decides often."),
        ),
    ),
    Question(
        "12-r2",
        "A range test raises the rate at every update and records the loss. Why not take the rate at which the loss is lowest?",
        (
            Option("there the rate is already near the one that diverges", "A rate that is borne for a moment is not one that is borne for a run: the curve turns up shortly after its minimum.", True),
            Option("the lowest loss belongs to the smallest rate", "The smallest rates have hardly moved the loss at all."),
            Option("the lowest loss says that training has finished", "The test is short. Its lowest loss is where the large rates begin to do harm."),
        ),
    ),
    Question(
        "12-r3",
        "What did warmup gain in the measurements of lesson 09?",
        (
            Option("a lower loss at every rate", "Each at its best rate, runs with and without it ended within 0.05 nats of each other."),
            Option("nothing, Adam's bias correction does the same", "Bias correction sets the size of the first steps. The surface at the start is as steep as before."),
            Option("larger rates became usable", "It widens the range of rates that train.", True),
        ),
    ),
)

PREDICTIONS = (
    Question(
        "12-p1",
        "The straight line is better than the cosine, by a few percent, for sure. You make one run of each, with different seeds. How often does the cosine look better?",
        (
            Option("hardly ever: in fewer than 5 of 100 cases", "The difference is real, and still smaller than what two seeds differ by."),
            Option("in more than a quarter of the cases", "Two seeds differ by more than the two schedules do.", True),
            Option("in half of the cases, as with a coin", "Almost. The difference is there and tips the coin a little."),
        ),
    ),
    Question(
        "12-p2",
        "From batch 8 to batch 512, and by the rule from rate 0.08 to 5.12, with the same 8192 examples. What happens to the excess loss?",
        (
            Option("it stays as it is: the rule keeps the noise the same", "It keeps the noise the same as long as the steps are small. Now they are not."),
            Option("it is more than 1.5 times as high", "The rate is far above what the curvature allows, and 16 updates are few.", True),
            Option("it is lower: larger batches have cleaner gradients", "The gradients are cleaner, and there are 64 times fewer of them."),
        ),
    ),
)


def _cell(explorer, control, wanted, enough, limit):
    cell = explorer.value
    if getattr(cell, control) != wanted:
        return f"Choose the {control} {wanted}."
    if not math.isfinite(cell.mean):
        return "In this cell every seed diverged."
    return None if enough(cell.ratio, limit) else f"This cell's loss is {cell.ratio:.3g} times the best cell's."


def _momentum(explorer):
    return _cell(explorer, "optimizer", "momentum", lambda ratio, limit: ratio <= limit, 1.1)


def _constant(explorer):
    return _cell(explorer, "schedule", "constant", lambda ratio, limit: ratio <= limit, 1.25)


def _linear(explorer):
    return _cell(explorer, "schedule", "linear", lambda ratio, limit: ratio > limit, 10)


MISSIONS = (
    Mission(
        "12-m1",
        "A cell of the optimizer momentum that is at most 1.1 times the best cell's loss.",
        _momentum,
        "At its own best rate, an eighth of SGD's, momentum is as good as the others.",
    ),
    Mission(
        "12-m2",
        "A cell of the schedule constant that is at most 1.25 times the best cell's loss.",
        _constant,
        "A fixed rate that is well chosen costs less than a quarter, with SGD and with Adam.",
    ),
    Mission(
        "12-m3",
        "A cell of the schedule linear that is more than 10 times the best cell's loss.",
        _linear,
        "The best schedule at a wrong rate costs ten times. Tune the rate first, then the schedule.",
    ),
)


def error_of_mean(values):
    return np.std(values, ddof=1) / np.sqrt(len(values))


def in_pairs(a, b):
    difference = np.subtract(a, b)
    return difference.mean(), difference.std(ddof=1) / np.sqrt(len(difference))


def pairs_needed(spread, difference):
    return max(2, math.ceil((2.8 * spread / difference) ** 2))


def best_rate(rates, losses):
    rate = rates[np.argmin(losses.mean(axis=1))]
    return rate, rate in (min(rates), max(rates))


def scaled_rate(lr, batch, new_batch, limit):
    scaled = lr * new_batch / batch
    return scaled, scaled <= limit


def bootstrap(differences, rows):
    means = differences[rows].mean(axis=1)
    return np.quantile(means, 0.025), np.quantile(means, 0.975)


def _letters(value):
    return "".join(value).lower().replace(" ", "").replace(",", "")


def _error(a):
    return np.std(a, ddof=1) / np.sqrt(len(a))


def _edge(rates, rate):
    return rate in (min(rates), max(rates))


def _rows(n, seed, resamples=200):
    return np.random.default_rng(seed).integers(0, n, (resamples, n))


EXERCISES = (
    Exercise(
        id="12-1",
        title="the standard error",
        points=2,
        minutes=4,
        solution=error_of_mean,
        cases=(
            ([1.0, 2.0, 3.0, 4.0],),
            ([2.0, 5.0],),
            ([0.5, 0.5, 0.5],),
            (np.array([0.31, 0.29, 0.35, 0.28, 0.33, 0.30, 0.27, 0.36, 0.31]),),
            ([-3.0, 1.0, 4.0, -1.0, 5.0, 9.0],),
        ),
        hints=(
            "Two things decide how sure a mean is: how much single values differ, and how many there are. Which of them is s, which is n?",
            "s is `np.std` with n - 1 in place of n, which numpy calls `ddof=1`. Then divide by the root of n.",
            "`np.std(values, ddof=...) / np.sqrt(...)`",
        ),
        wrong=(
            Wrong("n in the variance", lambda values: np.std(values) / np.sqrt(len(values)), "the variance is divided by n. numpy does that by default: give it `ddof=1`, or the error is too small when seeds are few."),
            Wrong("the standard deviation", lambda values: np.std(values, ddof=1), "that is s, how much single runs differ. The mean of n runs is surer: divide by the root of n."),
            Wrong("the standard deviation, n", lambda values: np.std(values), "that is the standard deviation, with n in the variance. Use `ddof=1`, and divide by the root of n for the error of the mean."),
            Wrong("divided by n", lambda values: np.std(values, ddof=1) / len(values), "s is divided by n. It is the root of n: four times the seeds halve the error, and no more."),
            Wrong("the variance over n", lambda values: np.var(values, ddof=1) / len(values), "that is the square of the error: the variance over n. Take the root."),
            Wrong("the variance", lambda values: np.var(values, ddof=1) / np.sqrt(len(values)), "the variance stands where s should: s is its root."),
            Wrong("n - 1 twice", lambda values: np.std(values, ddof=1) / np.sqrt(len(values) - 1), "n - 1 is used twice. It belongs into the variance only; then divide by the root of n."),
            Wrong("half an interval", lambda values: 1.96 * np.std(values, ddof=1) / np.sqrt(len(values)), "that is 1.96 standard errors, half the width of a 95 % interval. One standard error is wanted."),
            Wrong("the error of a sum", lambda values: np.std(values, ddof=1) * np.sqrt(len(values)), "it is multiplied by the root of n: that is the error of the sum. For the mean divide."),
            Wrong("the root of s", lambda values: np.sqrt(np.std(values, ddof=1) / len(values)), "the root is taken of s over n. Only n stands under the root; s is a root already."),
            Wrong("n in the variance, divided by n", lambda values: np.std(values) / len(values), "n stands in the variance, and s is divided by n. Use `ddof=1`, and the root of n."),
            Wrong("upside down", lambda values: np.sqrt(len(values)) / np.std(values, ddof=1), "upside down: s is divided by the root of n."),
            Wrong("relative", lambda values: np.std(values, ddof=1) / np.sqrt(len(values)) / np.mean(values), "that is the error relative to the mean. The error itself is wanted."),
            Wrong("two errors", lambda values: 2 * np.std(values, ddof=1) / np.sqrt(len(values)), "that is two standard errors, about half the width of a 95 % interval. One is wanted."),
            Wrong("n - 2", lambda values: np.std(values, ddof=2) / np.sqrt(len(values)), "the variance is divided by n - 2. One number, the mean, was computed from the values: n - 1."),
            Wrong("the mean absolute deviation", lambda values: np.mean(np.abs(np.asarray(values) - np.mean(values))) / np.sqrt(len(values)), "deviations are taken without their sign instead of squared. s is the root of the mean square, with n - 1."),
            Wrong("the range", lambda values: (np.max(values) - np.min(values)) / np.sqrt(len(values)), "the range grows with the number of seeds. s is wanted, from all the values."),
            Wrong("the mean over the root", lambda values: np.mean(values) / np.sqrt(len(values)), "that is the mean over the root of n. How sure a mean is depends on how much the values differ: s."),
        ),
        shows="Four times the seeds for half the error. That is why pairing, which lowers s itself, is worth so much.",
    ),
    Exercise(
        id="12-2",
        title="in pairs",
        points=3,
        minutes=5,
        solution=in_pairs,
        cases=(
            ([1.0, 2.0, 3.0, 4.0, 5.0], [0.9, 1.8, 2.9, 3.8, 4.8]),
            ([0.31, 0.35], [0.30, 0.37]),
            ([5.0, 1.0, 3.0], [4.0, 2.0, 6.0]),
            (np.array([0.2, 0.5, 0.4, 0.9]), np.array([0.1, 0.6, 0.2, 1.0])),
            ([3.0, -1.0, 2.0, 0.5, 8.0, 4.0], [1.0, 0.0, 2.5, -0.5, 5.0, 4.5]),
        ),
        hints=(
            "What is random in one pair and not in the other? Which single list of numbers is free of it?",
            "Form the differences first, one for each seed. Then they are a list of results like any other: its mean, and its standard error as in 12-1.",
            "`d = np.subtract(a, b)`, then return `d.mean()` and d's standard error.",
        ),
        wrong=(
            Wrong("not in pairs", lambda a, b: (np.mean(a) - np.mean(b), np.hypot(_error(a), _error(b))), "the two errors are added in squares, as if the seeds had nothing in common. In pairs the luck they share cancels: take the standard error of the differences."),
            Wrong("errors added", lambda a, b: (np.mean(a) - np.mean(b), _error(a) + _error(b)), "the two errors are added up. In pairs the luck they share cancels: take the standard error of the differences."),
            Wrong("errors subtracted", lambda a, b: (np.mean(a) - np.mean(b), _error(a) - _error(b)), "the two errors are subtracted. Errors never cancel like that; form the differences first, then take their standard error."),
            Wrong("b - a", lambda a, b: (np.mean(np.subtract(b, a)), _error(np.subtract(b, a))), "the differences are b - a. Wanted is a - b."),
            Wrong("without sign", lambda a, b: (np.mean(np.abs(np.subtract(a, b))), _error(np.abs(np.subtract(a, b)))), "the differences have lost their sign. Then even two equal methods seem to differ."),
            Wrong("n in the variance", lambda a, b: (np.mean(np.subtract(a, b)), np.std(np.subtract(a, b)) / np.sqrt(len(a))), "the variance is divided by n. Use `ddof=1`, as in 12-1."),
            Wrong("the standard deviation", lambda a, b: (np.mean(np.subtract(a, b)), np.std(np.subtract(a, b), ddof=1)), "the second number is s, the spread of the differences. Divide it by the root of n."),
            Wrong("divided by n", lambda a, b: (np.mean(np.subtract(a, b)), np.std(np.subtract(a, b), ddof=1) / len(a)), "s is divided by n. It is the root of n."),
            Wrong("2 n runs", lambda a, b: (np.mean(np.subtract(a, b)), np.std(np.subtract(a, b), ddof=1) / np.sqrt(len(a) + len(b))), "n is the number of pairs, not of runs: each pair gives one difference."),
            Wrong("lists subtracted", lambda a, b: (np.mean(a - b), _error(a - b)), "Python's lists cannot be subtracted. Make arrays of them, or use `np.subtract(a, b)`."),
            Wrong("the variance over n", lambda a, b: (np.mean(np.subtract(a, b)), np.var(np.subtract(a, b), ddof=1) / len(a)), "the second number is the square of the error: the variance over n. Take the root."),
            Wrong("half an interval", lambda a, b: (np.mean(np.subtract(a, b)), 1.96 * _error(np.subtract(a, b))), "the second number is 1.96 standard errors. One standard error is wanted."),
            Wrong("the median difference", lambda a, b: (np.median(np.subtract(a, b)), _error(np.subtract(a, b))), "the first number is the median of the differences. The mean is wanted; the standard error is that of a mean."),
            Wrong("the sum", lambda a, b: (np.sum(np.subtract(a, b)), _error(np.subtract(a, b))), "the first number is the sum of the differences. Divide it by their number: the mean is wanted."),
            Wrong("two means", lambda a, b: (np.mean(a), np.mean(b)), "these are the two means. Form the differences, then return their mean and its standard error."),
            Wrong("the ratio", lambda a, b: (np.mean(np.divide(a, b)), _error(np.subtract(a, b))), "the first number is a mean ratio. Differences are wanted: a - b."),
            Wrong("sorted first", lambda a, b: (np.mean(np.subtract(sorted(a), sorted(b))), _error(np.subtract(sorted(a), sorted(b)))), "sorting breaks the pairs: a[i] and b[i] belong together because they share a seed."),
            Wrong("only the difference", lambda a, b: np.mean(np.subtract(a, b)), "only the mean difference is returned. Return its standard error as a second number."),
            Wrong("only the error", lambda a, b: _error(np.subtract(a, b)), "only the standard error is returned. The mean difference comes first."),
            Wrong("in standard errors", lambda a, b: (np.mean(np.subtract(a, b)), np.mean(np.subtract(a, b)) / _error(np.subtract(a, b))), "the second number is the difference in standard errors. The standard error itself is wanted."),
        ),
        shows="The first case is the worked example: the same ten numbers say nothing without pairs, and are quite sure in pairs.",
    ),
    Exercise(
        id="12-3",
        title="how many seeds?",
        points=2,
        minutes=4,
        solution=pairs_needed,
        cases=((1.0, 1.0), (0.006, 0.005), (1.0, -0.5), (0.1, 1.0), (0.0, 0.1), (0.02, 0.003), (3.0, 2.0)),
        hints=(
            "The rule gives a number with a fraction, for a small spread even one below 2. How many pairs can one run?",
            "Compute (2.8 spread / difference) squared, round it up, and take at least 2. The square takes care of the sign.",
            "`return max(2, math.ceil(...))`",
        ),
        wrong=(
            Wrong("not whole", lambda spread, difference: max(2, (2.8 * spread / difference) ** 2), "there is no part of a pair. Round up, to a whole number."),
            Wrong("rounds down", lambda spread, difference: max(2, math.floor((2.8 * spread / difference) ** 2)), "rounded down, the number is too small for the rule. Round up."),
            Wrong("rounds to nearest", lambda spread, difference: max(2, round((2.8 * spread / difference) ** 2)), "rounded to the nearest number. When that is down, it is too small for the rule: round up."),
            Wrong("no square", lambda spread, difference: max(2, math.ceil(abs(2.8 * spread / difference))), "the square is missing: half the difference takes four times the pairs."),
            Wrong("the factor is not squared", lambda spread, difference: max(2, math.ceil(2.8 * (spread / difference) ** 2)), "2.8 stands outside the square. All three are squared."),
            Wrong("upside down", lambda spread, difference: max(2, math.ceil((2.8 * difference / spread) ** 2)) if spread else 2, "upside down: a larger spread takes more pairs, a larger difference fewer."),
            Wrong("may be 0 or 1", lambda spread, difference: math.ceil((2.8 * spread / difference) ** 2), "one pair has no spread, and none is no experiment: never less than 2."),
            Wrong("at least 1", lambda spread, difference: max(1, math.ceil((2.8 * spread / difference) ** 2)), "one pair says nothing about chance: never less than 2."),
            Wrong("1.96", lambda spread, difference: max(2, math.ceil((1.96 * spread / difference) ** 2)), "with 1.96 the difference is found in only half of the experiments. 2.8 = 1.96 + 0.84 finds it in four of five."),
            Wrong("no factor", lambda spread, difference: max(2, math.ceil((spread / difference) ** 2)), "the factor 2.8 is missing: so many pairs make the difference one standard error, which is no evidence."),
            Wrong("one more", lambda spread, difference: max(2, math.ceil((2.8 * spread / difference) ** 2) + 1), "one too many: rounded up it is enough."),
            Wrong("no square, signed", lambda spread, difference: max(2, math.ceil(2.8 * spread / difference)), "the square is missing, and with it the sign went wrong: a negative difference needs as many pairs as a positive one."),
            Wrong("two groups", lambda spread, difference: max(2, math.ceil(2 * (2.8 * spread / difference) ** 2)), "the factor 2 belongs to two groups without pairs. `spread` is that of the differences already."),
            Wrong("the cube", lambda spread, difference: max(2, math.ceil(abs(2.8 * spread / difference) ** 3)), "the power is 2, not 3: the error falls with the root of n."),
            Wrong("at least 10", lambda spread, difference: max(10, math.ceil((2.8 * spread / difference) ** 2)), "the smallest number by the rule is wanted, from 2 on. Ten is a good habit, and not the question here."),
            Wrong("the difference subtracted", lambda spread, difference: max(2, math.ceil((2.8 * (spread - difference)) ** 2)), "the difference is subtracted from the spread. Divide: what counts is how many times the spread is the difference."),
            Wrong("the root", lambda spread, difference: max(2, math.ceil(math.sqrt(abs(2.8 * spread / difference)))), "a root stands where the square should."),
            Wrong("the sign before the square", lambda spread, difference: max(2, math.ceil(2.8 * spread / difference) ** 2), "it is rounded up before it is squared. Square first, then round up."),
            Wrong("the cube, signed", lambda spread, difference: max(2, math.ceil((2.8 * spread / difference) ** 3)), "a cube stands where the square should, and a cube keeps the sign: a negative difference needs as many pairs as a positive one."),
            Wrong("the root, may be 0 or 1", lambda spread, difference: math.ceil(math.sqrt(2.8 * spread / abs(difference))), "a root stands where the square should, and there is no least number: never less than 2."),
        ),
        shows="Half the difference takes four times the seeds, half the spread a quarter of them.",
    ),
    Exercise(
        id="12-4",
        title="the best rate, and is it inside?",
        points=3,
        minutes=5,
        solution=best_rate,
        cases=(
            ([0.01, 0.02, 0.04], np.array([[0.5, 0.6, 0.7], [0.3, 0.5, 0.4], [0.6, 0.1, 0.9]])),
            ([0.01, 0.02, 0.04], np.array([[0.5, 0.6, 0.7], [0.45, 0.5, 0.4], [0.2, 0.4, 0.3]])),
            ([0.1, 0.2, 0.4], np.array([[0.2, 0.3], [0.4, 0.3], [0.5, np.inf]])),
            ([0.4, 0.1, 0.2, 0.8], np.array([[0.2, 0.3], [0.4, 0.3], [0.5, 0.4], [0.9, 0.7]])),
            ([0.4, 0.1, 0.2, 0.8], np.array([[0.5, 0.3], [0.2, 0.3], [0.5, 0.4], [0.9, 0.7]])),
            ([0.3, 3.0, 1.0], np.array([[0.5, 0.3, 0.4], [0.01, 0.02, np.inf], [0.3, 0.2, 0.2]])),
            ([0.2, 0.1, 0.4], np.array([[0.5, 0.3], [0.6, 0.4], [0.2, 0.1]])),
            ([0.2, 0.4, 0.1], np.array([[0.5, 0.3], [0.2, 0.1], [0.6, 0.4]])),
            ([0.01, 0.02, 0.04, 0.08], np.array([[0.5, 0.5], [0.2, 0.7], [0.1, 1.0], [0.9, 0.9]])),
            ([0.1, 0.2, 0.05], np.array([[0.1, 0.1, 0.9], [0.3, 0.3, 0.3], [0.8, 0.8, 0.8]])),
        ),
        hints=(
            "Which axis of `losses` are the seeds? And what makes a rate an edge, its place in the list or its size?",
            "Average over axis 1 and take the place of the smallest mean: inf never wins. Then compare that rate with min(rates) and max(rates).",
            "`rate = rates[np.argmin(losses.mean(axis=...))]`, then return `rate` and `rate in (min(rates), max(rates))`.",
        ),
        wrong=(
            Wrong("the place in the list", lambda rates, losses: (rates[np.argmin(losses.mean(axis=1))], np.argmin(losses.mean(axis=1)) in (0, len(rates) - 1)), "an edge is judged by the place in the list, and the rates need not be sorted. Compare with the smallest and the largest rate."),
            Wrong("the luckiest run", lambda rates, losses: (lambda rate: (rate, _edge(rates, rate)))(rates[np.argmin(losses.min(axis=1))]), "that is the rate of the luckiest single run. Average over the seeds first."),
            Wrong("the median", lambda rates, losses: (lambda rate: (rate, _edge(rates, rate)))(rates[np.argmin(np.median(losses, axis=1))]), "that is the lowest median. It overlooks a seed that diverged; the mean does not."),
            Wrong("the first seed", lambda rates, losses: (lambda rate: (rate, _edge(rates, rate)))(rates[np.argmin(losses[:, 0])]), "only the first seed is looked at. Average over all of them."),
            Wrong("diverged runs left out", lambda rates, losses: (lambda rate: (rate, _edge(rates, rate)))(rates[np.argmin([row[np.isfinite(row)].mean() for row in losses])]), "diverged runs are left out of the mean, so a rate that diverges on some seeds can win. Let inf count: it never wins."),
            Wrong("the worst rate", lambda rates, losses: (lambda rate: (rate, _edge(rates, rate)))(rates[np.argmax(losses.mean(axis=1))]), "that is the rate with the highest mean: `argmin`, not `argmax`."),
            Wrong("over the rates", lambda rates, losses: (lambda rate: (rate, _edge(rates, rate)))(rates[np.argmin(losses.mean(axis=0))]), "the mean is taken over the rates. The seeds are the columns: average along axis 1."),
            Wrong("the place, not the rate", lambda rates, losses: (int(np.argmin(losses.mean(axis=1))), best_rate(rates, losses)[1]), "the place in the list is returned. Return the rate that stands there."),
            Wrong("the loss, not the rate", lambda rates, losses: (losses.mean(axis=1).min(), best_rate(rates, losses)[1]), "the lowest mean loss is returned. Return the rate it belongs to."),
            Wrong("no edge", lambda rates, losses: best_rate(rates, losses)[0], "only the rate is returned. Return a second value: whether it is at an edge."),
            Wrong("inside, not edge", lambda rates, losses: (best_rate(rates, losses)[0], not best_rate(rates, losses)[1]), "the second value says whether the rate is inside. True is for an edge."),
            Wrong("the upper edge only", lambda rates, losses: (best_rate(rates, losses)[0], best_rate(rates, losses)[0] == max(rates)), "only the largest rate is an edge here. If the smallest is the best, a still smaller one may be better."),
            Wrong("the lower edge only", lambda rates, losses: (best_rate(rates, losses)[0], best_rate(rates, losses)[0] == min(rates)), "only the smallest rate is an edge here. If the largest is the best, a still larger one may be better."),
            Wrong("always an edge", lambda rates, losses: (best_rate(rates, losses)[0], True), "the second value is always True. It is False when the best rate lies between the smallest and the largest."),
            Wrong("the worst seed", lambda rates, losses: (lambda rate: (rate, _edge(rates, rate)))(rates[np.argmin(losses.max(axis=1))]), "each rate is judged by its worst seed. Wanted is the lowest mean."),
            Wrong("argmin over all", lambda rates, losses: (lambda rate: (rate, _edge(rates, rate)))(rates[np.argmin(losses)]), "`np.argmin(losses)` counts through the whole array, so its answer is no place in `rates`. Average along axis 1 first."),
            Wrong("the first of the list", lambda rates, losses: (rates[0], True), "the losses are not looked at: it always answers with the first rate of the list."),
            Wrong("never an edge", lambda rates, losses: (best_rate(rates, losses)[0], False), "the second value is always False. It is True when the best rate is the smallest or the largest of the grid."),
            Wrong("the smallest rate", lambda rates, losses: (min(rates), losses.mean()), "it answers with the smallest rate and the mean of all losses. Look for the rate with the lowest mean over its seeds."),
            Wrong("the worst seed, the edge of the mean", lambda rates, losses: (rates[np.argmin(losses.max(axis=1))], best_rate(rates, losses)[1]), "the rate is judged by its worst seed, and the edge by the mean. Take the mean for both."),
            Wrong("argmin over all, never an edge", lambda rates, losses: (rates[np.argmin(losses)], False), "`np.argmin(losses)` counts through all runs, so its answer is no place in `rates`; and the second value is always False. Average along axis 1, then compare with the edges."),
        ),
        shows="`sweep(...).best()` says the same in words: widen the grid.",
    ),
    Exercise(
        id="12-5",
        title="a rate for another batch",
        points=2,
        minutes=4,
        solution=scaled_rate,
        cases=(
            (0.08, 8, 32, 2.0),
            (0.08, 8, 512, 2.0),
            (0.1, 32, 8, 1.0),
            (0.1, 10, 25, 1.0),
            (0.25, 8, 32, 1.0),
            (0.1, 8, 8, 0.5),
            (2.0, 4, 2, 1.5),
            (0.1, 64, 96, 1.0),
            (0.5, 16, 64, 1.9),
            (0.4, 8, 16, 0.5),
        ),
        hints=(
            "By what is the batch multiplied? What does the rule do with the rate?",
            "Scale first, then compare the scaled rate with the limit. At the limit it is still allowed.",
            "`scaled = lr * new_batch / batch`, then return `scaled` and `scaled <= ...`.",
        ),
        wrong=(
            Wrong("the square root", lambda lr, batch, new_batch, limit: (lambda s: (s, s <= limit))(lr * math.sqrt(new_batch / batch)), "that is the square-root rule. The linear rule multiplies the rate by the same number as the batch."),
            Wrong("upside down", lambda lr, batch, new_batch, limit: (lambda s: (s, s <= limit))(lr * batch / new_batch), "upside down: a larger batch takes a larger rate."),
            Wrong("the rate alone", lambda lr, batch, new_batch, limit: lr * new_batch / batch, "only the rate is returned. Return a second value: whether the rule still holds there."),
            Wrong("always allowed", lambda lr, batch, new_batch, limit: (lr * new_batch / batch, True), "the limit is not looked at: the second value is always True. It is False where the scaled rate is above the limit."),
            Wrong("cut at the limit", lambda lr, batch, new_batch, limit: (min(lr * new_batch / batch, limit), lr * new_batch / batch <= limit), "above the limit the rate is cut to the limit. That is no longer the rule. Return what the rule says, and False."),
            Wrong("cut and allowed", lambda lr, batch, new_batch, limit: (min(lr * new_batch / batch, limit), True), "above the limit the rate is cut to the limit, and called allowed. Nobody will notice that the rule has ended: return what it says, and False."),
            Wrong("strictly below", lambda lr, batch, new_batch, limit: (lambda s: (s, s < limit))(lr * new_batch / batch), "at the limit the rate still trains: `limit` is the largest that does. False is for rates above it."),
            Wrong("too large, not allowed", lambda lr, batch, new_batch, limit: (lambda s: (s, s > limit))(lr * new_batch / batch), "the second value is True where the rule has ended. It is to be True where it holds."),
            Wrong("the old rate is compared", lambda lr, batch, new_batch, limit: (lr * new_batch / batch, lr <= limit), "the old rate is compared with the limit. The scaled one is going to be used."),
            Wrong("the factor is compared", lambda lr, batch, new_batch, limit: (lr * new_batch / batch, new_batch / batch <= limit), "the factor is compared with the limit. `limit` is a rate: compare the scaled rate."),
            Wrong("the old rate", lambda lr, batch, new_batch, limit: (lr, lr * new_batch / batch <= limit), "the first value is the old rate. Return the scaled one."),
            Wrong("squared", lambda lr, batch, new_batch, limit: (lambda s: (s, s <= limit))(lr * (new_batch / batch) ** 2), "the factor is squared. The linear rule multiplies by it once."),
            Wrong("not divided in the comparison", lambda lr, batch, new_batch, limit: (lr * new_batch / batch, lr * new_batch <= limit), "the rate that is compared with the limit is not divided by the old batch. Compare what you return."),
            Wrong("added", lambda lr, batch, new_batch, limit: (lambda s: (s, s <= limit))(lr + new_batch / batch), "the factor is added to the rate. Multiply."),
            Wrong("the difference of the batches", lambda lr, batch, new_batch, limit: (lambda s: (s, s <= limit))(lr * (new_batch - batch)), "the rate is multiplied by the difference of the batches. How many times as large is the new one?"),
            Wrong("only whether", lambda lr, batch, new_batch, limit: lr * new_batch / batch <= limit, "only the second value is returned. The scaled rate comes first."),
            Wrong("whole factors only", lambda lr, batch, new_batch, limit: (lambda s: (s, s <= limit))(lr * (new_batch // batch)), "// rounds the factor down, and 25 is two and a half times 10. Use /."),
            Wrong("not divided", lambda lr, batch, new_batch, limit: (lambda s: (s, s <= limit))(lr * new_batch), "the rate is multiplied by the new batch. The factor is new_batch / batch."),
            Wrong("never smaller", lambda lr, batch, new_batch, limit: (lambda s: (s, s <= limit))(lr * max(1, new_batch / batch)), "the rule works both ways: a smaller batch takes a smaller rate."),
            Wrong("doublings counted", lambda lr, batch, new_batch, limit: (lambda s: (s, s <= limit))(lr * (1 + math.log2(new_batch / batch))), "the rate grows with the number of doublings. Each doubling of the batch doubles the rate."),
            Wrong("None above the limit", lambda lr, batch, new_batch, limit: (lambda s: (s, True) if s <= limit else (None, False))(lr * new_batch / batch), "above the limit the rate is None. Return what the rule says there too; the False says what to think of it."),
            Wrong("the old rate above the limit", lambda lr, batch, new_batch, limit: (lambda s: (s, True) if s <= limit else (lr, False))(lr * new_batch / batch), "above the limit the old rate is returned. Return what the rule says there too; the False says what to think of it."),
        ),
        shows="A rule with a limit should say when it has left it. Goyal and others took this one to a batch of 8192 images, with warmup.",
    ),
    Exercise(
        id="12-6",
        title="diagnose four studies",
        points=2,
        minutes=5,
        solution="oert",
        accept=lambda value: _letters(value) == "oert",
        wanted="four letters for the studies A, B, C, D",
        hints=(
            "For each study ask: how many rates were tried, where in the grid is the best, which seeds chose, which judged?",
            "One tried a single rate. One has a best rate that is the last of its grid. Of the other two, look at the seeds.",
            "C tried 0.128 alone; the last column shows whom it suits. In D the same ten seeds chose and judged.",
        ),
        wrong=(
            Wrong("seeds exchanged", "tero", "A was judged by seed 12 alone, which took no part in the choice. D was judged by the ten seeds that chose.", lambda v: _letters(v) == "tero"),
            Wrong("grids exchanged", "oret", "C tried one rate only, for both. B tried five, and SGD's best is the last of them.", lambda v: _letters(v) == "oret"),
            Wrong("the edge in the wide grid", "eort", "A's best rates lie well inside its grid, 0.002 to 1.024. In B SGD's best is the largest that was tried.", lambda v: _letters(v) == "eort"),
            Wrong("one rate seen in B", "orte", "B tried five rates for each. C tried one.", lambda v: _letters(v) == "orte"),
            Wrong("all the same", "oooo", "each letter is used once: look at rates, edges and seeds of each study in turn.", lambda v: len(set(_letters(v))) == 1 and len(_letters(v)) == 4),
        ),
        shows="Four flaws, and each is seen in the methods of a study, before its numbers. Ask for the grid and the seeds.",
    ),
    Exercise(
        id="12-7",
        title="a bootstrap interval",
        points=1,
        minutes=4,
        solution=bootstrap,
        cases=(
            (np.array([0.1, 0.2, 0.1, 0.2, 0.2]), _rows(5, 0)),
            (np.array([1.0, -1.0, 2.0, 0.5, 3.0, -0.5, 1.5, 0.2]), _rows(8, 1)),
            (np.array([5.0, 7.0, 4.0, 9.0, 6.0, 30.0]), _rows(6, 2, 501)),
        ),
        hints=(
            "What does `differences[rows]` give, when rows is an array of positions with two axes?",
            "An array of the same shape as rows, with a drawing in each row. Average along axis 1, then take two quantiles of the means.",
            "`means = differences[rows].mean(axis=1)`, then `np.quantile(means, ...)` twice.",
        ),
        wrong=(
            Wrong("90 %", lambda differences, rows: tuple(np.quantile(differences[rows].mean(axis=1), (0.05, 0.95))), "5 % are cut off at each end. That leaves 90 %; for 95 % cut off 2.5 % at each."),
            Wrong("the values, not their means", lambda differences, rows: tuple(np.quantile(differences[rows], (0.025, 0.975))), "these are quantiles of single values. Average each drawing first: the interval is for the mean."),
            Wrong("25 and 75 %", lambda differences, rows: tuple(np.quantile(differences[rows].mean(axis=1), (0.25, 0.75))), "that holds the middle half of the means. For 95 % cut off 0.025 at each end, not 0.25."),
            Wrong("sums", lambda differences, rows: tuple(np.quantile(differences[rows].sum(axis=1), (0.025, 0.975))), "these are sums of the drawings. Divide by n: the mean is wanted."),
            Wrong("without sign", lambda differences, rows: tuple(np.quantile(np.abs(differences[rows].mean(axis=1)), (0.025, 0.975))), "the means have lost their sign, so the interval can never reach below 0."),
            Wrong("one drawing", lambda differences, rows: tuple(np.quantile(differences[rows[0]], (0.025, 0.975))), "only the first drawing is used. Take the mean of every row, then the quantiles of all these means."),
            Wrong("the lower end alone", lambda differences, rows: np.quantile(differences[rows].mean(axis=1), 0.025), "only the lower end is returned. Return the 97.5 % quantile as well."),
            Wrong("no drawing", lambda differences, rows: tuple(np.quantile(differences, (0.025, 0.975))), "the drawings in `rows` are not used. Quantiles of the differences say how much single seeds differ."),
            Wrong("axis 0", lambda differences, rows: tuple(np.quantile(differences[rows].mean(axis=0), (0.025, 0.975))), "the mean is taken down the columns. A drawing is a row: axis 1."),
            Wrong("the ends", lambda differences, rows: (differences[rows].mean(axis=1).min(), differences[rows].mean(axis=1).max()), "smallest and largest mean hold all drawings, not 95 % of them. Use quantiles."),
            Wrong("percent taken for shares", lambda differences, rows: tuple(np.percentile(differences[rows].mean(axis=1), (0.025, 0.975))), "`np.percentile` counts in percent, so 0.975 is less than one of a hundred. Use `np.quantile`, or 2.5 and 97.5."),
            Wrong("medians", lambda differences, rows: tuple(np.quantile(np.median(differences[rows], axis=1), (0.025, 0.975))), "these are medians of the drawings. The mean is wanted."),
            Wrong("1.96 errors", lambda differences, rows: (np.mean(differences) - 1.96 * _error(differences), np.mean(differences) + 1.96 * _error(differences)), "that is the mean and 1.96 standard errors, which assumes a normal distribution. The bootstrap takes the quantiles of the drawn means."),
            Wrong("1.96 spreads of the means", lambda differences, rows: (differences[rows].mean() - 1.96 * differences[rows].mean(axis=1).std(), differences[rows].mean() + 1.96 * differences[rows].mean(axis=1).std()), "that goes 1.96 spreads of the drawn means to both sides. Take their quantiles, which need not lie evenly."),
            Wrong("one end only", lambda differences, rows: (np.quantile(differences[rows].mean(axis=1), 0.0), np.quantile(differences[rows].mean(axis=1), 0.95)), "all 5 % are cut off at the upper end. Cut off 2.5 % at each."),
            Wrong("places for 100 drawings", lambda differences, rows: (np.sort(differences[rows].mean(axis=1))[2], np.sort(differences[rows].mean(axis=1))[97]), "the places 2 and 97 would do for 100 drawings. `np.quantile` finds the right ones for any number."),
        ),
        shows="No table, no assumption of a normal distribution. The first case has only five differences: it gives 0.12 to 0.2, where `paired` says 0.092 to 0.228. With few seeds it is too narrow.",
    ),
)

QUIZ = (
    Question(
        "12-q1",
        "You have 10 seeds, and the standard error is 0.04. You want 0.02. How many seeds does that take?",
        (
            Option("20", "Twice the seeds lower the error by the root of 2 only."),
            Option("40", "The error falls as one over the root of n: half of it takes four times the seeds.", True),
            Option("14", "That lowers it to 0.034."),
        ),
    ),
    Question(
        "12-q2",
        "Why do pairs need fewer seeds?",
        (
            Option("what start and batches do to both methods alike cancels in the difference", "Only what the methods do differently is left.", True),
            Option("there are twice as many runs", "The number of runs is the same as without pairs."),
            Option("the differences are always positive", "They have signs, and must keep them."),
        ),
    ),
    Question(
        "12-q3",
        "A study compares two optimizers over the same seven rates. For one of them the largest rate is the best. What do you make of its result?",
        (
            Option("it is fair, the rates were the same", "The same grid need not hold the best rate of both."),
            Option("the winner is right, only its size is in doubt", "With a wider grid the other may win: nothing is known beyond the edge."),
            Option("nothing yet: the grid must be widened", "A best rate at the edge means that the best was not found.", True),
        ),
    ),
    Question(
        "12-q4",
        "You try 50 settings, take the one with the lowest test error, and report that error. What is wrong?",
        (
            Option("nothing, if the test set was never trained on", "It was not trained on, it was chosen by. That is enough to be fooled."),
            Option("the error is too low: it contains the luck of the winner", "Judge the chosen setting on examples or seeds that took no part in the choice.", True),
            Option("the error is too high: 50 settings are too many", "More settings make the best look better, not worse."),
        ),
    ),
    Question(
        "12-q5",
        "Batch 32 at rate 0.1 trains well. You take a batch of 64 and the rate 0.2, later one of 4096 and the rate 12.8. What should you expect?",
        (
            Option("both train as well as before", "12.8 is far beyond what most losses allow."),
            Option("neither does: the rate must stay", "For a doubled batch the rule is a good first guess."),
            Option("the first does, the second leaves the range of the rule", "It holds as long as k small steps and one large step go the same way.", True),
        ),
    ),
    Question(
        "12-q6",
        "On clean digits twenty seeds showed no gain in test error of a falling rate over a fixed one, each at its best. What follows?",
        (
            Option("that a gain, if there is one, is too small for twenty seeds, on this problem", "No more, and no less. The noisy stream showed one.", True),
            Option("that schedules do nothing", "On the noisy stream the falling rate ended 10 to 17 % lower."),
            Option("that the two are exactly equal", "Twenty seeds cannot show that: a small difference may be there, either way."),
        ),
    ),
)

LESSON = Lesson(
    number="12",
    title="A fair comparison",
    minutes=40,
    recall=RECALL,
    predictions=PREDICTIONS,
    missions=MISSIONS,
    exercises=EXERCISES,
    quiz=QUIZ,
    next="lesson 13, taking it home: the same schedule in PyTorch, Optax and Keras, and why the numbers differ.",
)
