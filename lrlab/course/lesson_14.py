"""Lesson 14: the capstone. A fixed budget, a schedule of your own, seeds that nobody has seen."""

from __future__ import annotations

import math
from functools import cache
from types import SimpleNamespace

import numpy as np

from .model import Exercise, Lesson, Mission, Option, Question, Wrong

RECALL = (
    Question(
        "14-r1",
        "You train on past T_max with PyTorch's CosineAnnealingLR. What does the rate do?",
        (
            Option("it stays at its end", "That is what lrlab, Optax and Keras do. PyTorch's cosine is a whole wave."),
            Option("it climbs back to where it began", "The cosine is a whole wave, so the second half of it goes up.", True),
            Option("it jumps back to the first rate at once", "That is a restart, CosineAnnealingWarmRestarts."),
        ),
    ),
    Question(
        "14-r2",
        "ReduceOnPlateau with patience 0 watches a noisy loss that still falls. What happens?",
        (
            Option("nothing: the loss falls, so it waits", "On average it falls. Single losses go up and down, and each one that is no new low counts."),
            Option("it cuts only once, at the noise floor", "It cannot tell a floor from one unlucky batch."),
            Option("it cuts again and again, for no reason", "Every loss that chance has made no new low is a cut. Patience is there to outlast the noise.", True),
        ),
    ),
    Question(
        "14-r3",
        "A range test ends with 'steepest at 0.3'. What is a fair reading?",
        (
            Option("the order of magnitude is about right; try rates around it", "The reading moves with the seed, the length of the test and the smoothing.", True),
            Option("0.3 is the best rate of the run", "The test is short and its rate never rests. It says where to look."),
            Option("above 0.3 the run diverges", "The steepest point lies below the largest usable rate."),
        ),
    ),
)

PREDICTIONS = (
    Question(
        "14-p1",
        "Constant, linear, cosine and WSD with a cooldown of a fifth, each at its best of five rates, on 20 seeds that were not used to choose. What will be seen?",
        (
            Option("a clear order of all four", "Four places would take differences larger than two standard errors between all neighbours. Look at linear and cosine."),
            Option("all four tie: with its own best rate any schedule will do", "The best rate of the fixed schedule is a compromise between quick and low, and it costs more than ten standard errors."),
            Option("linear and cosine tie in front, WSD and the constant are clearly behind", "Both reach 0 and spend about the same on travelling. The seeds cannot tell them apart, and tell both from the rest.", True),
        ),
    ),
    Question(
        "14-p2",
        "You try nine good schedules on one seed and take the best. It is ahead of the plain straight line there. How far ahead will it be on other seeds?",
        (
            Option("as far", "Part of its lead was the luck of that seed, and the luck does not come along."),
            Option("less far, or behind", "The best of many is best by merit and by luck. Only the merit is there again.", True),
            Option("further", "Nothing makes it better on seeds that it was not chosen for."),
        ),
    ),
)


def _rates(explorer):
    return explorer.value(np.arange(500))


def _flat_first(explorer):
    rates = _rates(explorer)
    flat = int(np.argmax(rates < rates.max())) if rates.min() < rates.max() else 500
    if rates[0] < rates.max():
        return "The first rate is not the largest. This one begins without a warmup."
    if flat < 100:
        return f"The largest rate is held for {flat} update(s), not for the first 100."
    last = rates[499] / rates.max()
    return None if last <= 0.02 else f"At update 499 the rate is {last:.3g} times the largest, not at most 0.02."


def _same_travel(explorer):
    if type(explorer.value).__name__ in ("Linear", "Polynomial"):
        return "That is the straight line itself, or one of its family. Choose another schedule."
    rates = _rates(explorer)
    mean, last = rates.mean() / rates.max(), rates[499] / rates.max()
    if not 0.48 <= mean <= 0.52:
        return f"The mean rate is {mean:.3g} times the largest, not between 0.48 and 0.52."
    return None if last <= 0.02 else f"At update 499 the rate is {last:.3g} times the largest, not at most 0.02."


MISSIONS = (
    Mission(
        "14-m1",
        "A schedule that holds its largest rate for the first 100 updates or longer, and has at most 0.02 times it at update 499.",
        _flat_first,
        "WSD without warmup does it, and so does Constant(...).then(...). Travel first, settle later, in your own proportions.",
    ),
    Mission(
        "14-m2",
        "Neither Linear nor Polynomial, but a mean rate between 0.48 and 0.52 times the largest, and at most 0.02 times it at update 499.",
        _same_travel,
        "The same travel and the same end as the straight line, with another curve between.",
    ),
)


def rates_affordable(updates, steps, shapes, seeds):
    return updates // (steps * shapes * seeds)


def flat_then_fall(t, lr, steps, flat, power):
    p = np.clip((np.asarray(t) - flat) / (steps - flat), 0, 1)
    return lr * (1 - p) ** power


def not_told_apart(scores):
    scores = np.asarray(scores)
    away = scores - scores[scores.mean(axis=1).argmin()]
    error = away.std(axis=1, ddof=1) / np.sqrt(scores.shape[1])
    return np.flatnonzero(away.mean(axis=1) <= 2 * error).tolist()


def interval(scores, new, t):
    n = len(scores)
    reach = t * np.std(scores, ddof=1) * np.sqrt(1 / n + 1 / new)
    return np.mean(scores) - reach, np.mean(scores) + reach


def orthogonal(G, steps):
    X = np.asarray(G) / np.sqrt(np.sum(np.square(G)))
    for _ in range(steps):
        A = X @ X.T
        X = 3.4445 * X + (-4.7750 * A + 2.0315 * A @ A) @ X
    return X


ENTRY = "Constant(lr=0.024).then(Polynomial(lr=0.024, steps=400, power=1.5), at=100)"
REFEREE = tuple(range(700, 720))


def _text(value) -> str:
    """An entry as the text it prints as. Raises ValueError if it is none."""
    from ..leaderboard import parse

    return repr(parse(value if isinstance(value, str) else repr(value)))


@cache
def _facts(text):
    """What the referee measures of an entry."""
    from ..leaderboard import BASELINES, parse, scored

    schedule = parse(text)
    rates, later = schedule(np.arange(500)), schedule(np.arange(500, 5000))
    scores, fixed = np.array(scored(text, REFEREE)), np.array(scored(BASELINES["constant"], REFEREE))
    lost = int(np.sum(~np.isfinite(scores)))
    gain = fixed - scores
    with np.errstate(invalid="ignore"):
        error = gain.std(ddof=1) / np.sqrt(len(gain)) if not lost else math.inf
    top = max(rates.max(), 1e-300)
    return SimpleNamespace(
        lost=lost,
        gain=float(gain.mean()),
        error=float(error),
        passed=not lost and bool(gain.mean() > 2 * error),
        fixed=bool(np.all(rates == rates[0])),
        peak=int(rates.argmax()),
        last=rates[-1] / top,
        lowest=rates[int(rates.argmax()) :].min() / top,
        falls_later=bool(later.min() < 0.5 * rates[-1]),
        half=rates[250:].max() / top,
        mean=rates.mean(),
    )


def _readable(value):
    try:
        _text(value)
    except Exception:
        return False
    return True


def _such(condition):
    return lambda value: _readable(value) and condition(_facts(_text(value)))


def _code(value):
    return callable(value) and not hasattr(value, "curve") or "Function(" in repr(value)


def _measured(value):
    if not _readable(value):
        return ""
    facts = _facts(_text(value))
    if facts.lost:
        return f"On the referee's 20 seeds: {facts.lost} runs diverged."
    word = "below" if facts.gain >= 0 else "above"
    size = abs(facts.gain)
    return (
        f"On the referee's 20 seeds: {size:.4f} {word} the tuned constant, paired, with a standard error of {facts.error:.4f}: "
        f"{size / facts.error:.1f} standard errors."
        if facts.error
        else "On the referee's 20 seeds: the very scores of the tuned constant."
    )


def _letters(value):
    return "".join(value).lower().replace(" ", "").replace(",", "")


def _unpaired(scores):
    scores = np.asarray(scores)
    best, variance = scores.mean(axis=1).argmin(), scores.var(axis=1, ddof=1) / scores.shape[1]
    away = scores.mean(axis=1) - scores.mean(axis=1)[best]
    return np.flatnonzero(away <= 2 * np.sqrt(variance + variance[best])).tolist()


def _apart(scores, times=2.0, ddof=1, root=True, best=None):
    """not_told_apart with one thing changed."""
    scores = np.asarray(scores)
    best = scores.mean(axis=1).argmin() if best is None else best(scores)
    away = scores - scores[best]
    error = away.std(axis=1, ddof=ddof) / (np.sqrt(scores.shape[1]) if root else 1)
    return np.flatnonzero(away.mean(axis=1) <= times * error).tolist()


def _around(scores, reach):
    return np.mean(scores) - reach, np.mean(scores) + reach


def _s(scores, ddof=1):
    return np.std(scores, ddof=ddof)


def _iterated(G, steps, norm=None, a=3.4445, b=-4.7750, c=2.0315, product=None, turned=False):
    """orthogonal with one thing changed."""
    G = np.asarray(G)
    X = G / (np.sqrt(np.sum(np.square(G))) if norm is None else norm(G))
    for _ in range(steps):
        A = X.T @ X if turned else X @ X.T
        X = a * X + (X @ (b * A + c * A @ A) if turned else (b * A + c * (A @ A if product is None else product(A))) @ X)
    return X


def _scaled(X):
    return X / np.sqrt(np.sum(np.square(X)))


def _powers(X, steps):
    X = _scaled(X)
    for _ in range(steps):
        X = 3.4445 * X - 4.7750 * X**3 + 2.0315 * X**5
    return X


def _scaled_each_time(X, steps):
    for _ in range(steps):
        X = _iterated(X, 1)
    return X


def _fall(t, flat, steps):
    return np.clip((np.asarray(t) - flat) / (steps - flat), 0, 1)


SCORES = np.array(
    [
        [0.302, 0.281, 0.296, 0.310, 0.288, 0.299],
        [0.299, 0.279, 0.295, 0.306, 0.287, 0.295],
        [0.301, 0.278, 0.298, 0.305, 0.285, 0.297],
        [0.330, 0.260, 0.315, 0.318, 0.290, 0.301],
    ]
)

EXERCISES = (
    Exercise(
        id="14-1",
        title="what the budget buys",
        points=2,
        minutes=4,
        solution=rates_affordable,
        cases=((100_000, 500, 4, 5), (25_000, 500, 1, 10), (52_000, 500, 4, 5), (99_999, 500, 4, 5), (30_000, 500, 3, 10), (400, 500, 1, 1), (120_000, 1000, 2, 7)),
        hints=(
            "How many updates does it take to try one rate with every shape on every seed?",
            "steps * shapes * seeds. How often does this fit into the budget as a whole?",
            "`return updates // (...)`",
        ),
        wrong=(
            Wrong("seeds forgotten", lambda updates, steps, shapes, seeds: updates // (steps * shapes), "each rate is tried on every seed, so a try takes `seeds` runs and not one."),
            Wrong("shapes forgotten", lambda updates, steps, shapes, seeds: updates // (steps * seeds), "every shape gets the same rates, so the budget is shared by `shapes` of them."),
            Wrong("updates taken for runs", lambda updates, steps, shapes, seeds: updates // (shapes * seeds), "the budget counts updates. A run takes `steps` of them."),
            Wrong("not whole", lambda updates, steps, shapes, seeds: updates / (steps * shapes * seeds), "a rate that is tried by half is not tried. Round down."),
            Wrong("rounded up", lambda updates, steps, shapes, seeds: -(-updates // (steps * shapes * seeds)), "rounded up, the last rate is over the budget. Round down."),
            Wrong("rounded to nearest", lambda updates, steps, shapes, seeds: round(updates / (steps * shapes * seeds)), "rounded to the nearest number, the budget may be overdrawn. Round down."),
            Wrong("runs in all", lambda updates, steps, shapes, seeds: updates // steps, "that is the number of runs in all. They are shared by shapes and seeds."),
            Wrong("at least one", lambda updates, steps, shapes, seeds: max(1, updates // (steps * shapes * seeds)), "where the budget does not pay for one rate, the answer is 0."),
            Wrong("from left to right", lambda updates, steps, shapes, seeds: updates // steps * shapes * seeds, "Python goes from left to right: this divides by steps and multiplies by the others. Put the product into brackets."),
            Wrong("what is left over", lambda updates, steps, shapes, seeds: updates % (steps * shapes * seeds), "% gives the rest of the division. Wanted is how often it fits: //."),
            Wrong("subtracted", lambda updates, steps, shapes, seeds: updates - steps * shapes * seeds, "that subtracts the cost of one rate once. How often can it be paid?"),
            Wrong("upside down", lambda updates, steps, shapes, seeds: (steps * shapes * seeds) // updates, "upside down: the budget is divided by what one rate costs."),
        ),
        shows="More seeds or more rates: the same budget pays for either. The seeds are what the choice stands on.",
    ),
    Exercise(
        id="14-2",
        title="referee five claims",
        points=3,
        minutes=6,
        solution="tsheb",
        accept=lambda value: _letters(value) == "tsheb",
        wanted="five letters for the claims A to E",
        hints=(
            "Of each card ask four things: which seeds chose, which seeds judged, was the best rate inside its grid, had both the same number of tries?",
            "Then divide the difference by its standard error. Below 2 nothing is shown, however the sentence reads.",
            "C has no fault. One card tells of other numbers of tries; one of a best rate that is the largest of its grid.",
        ),
        wrong=(
            Wrong("tie overlooked", "hsheb", "A: 0.0006 against a standard error of 0.0009. That is less than 2 standard errors.", lambda v: _letters(v)[0] == "h" and len(_letters(v)) == 5),
            Wrong("the largest difference believed", "thheb", "B: the seeds that chose the schedule also judged it. Its lead holds its luck.", lambda v: _letters(v)[1] == "h" and len(_letters(v)) == 5),
            Wrong("the sound one refused", "tsteb", "C: 0.0047 against 0.0011 is more than 4 standard errors, on seeds of its own.", lambda v: _letters(v)[2] == "t" and len(_letters(v)) == 5),
            Wrong("edge and budget exchanged", "tshbe", "D had as many tries as its rival, at rates whose best is the last. E had inside rates and more tries.", lambda v: _letters(v)[3:] == "be"),
            Wrong("the edge overlooked", "tshhb", "D: the rival's best rate is the largest one tried. Nobody knows how good it is at the next.", lambda v: _letters(v)[3] == "h" and len(_letters(v)) == 5),
            Wrong("the budget overlooked", "tsheh", "E: 40 tries against 5. The best of 40 has more luck in it, and more care.", lambda v: _letters(v)[4] == "h" and len(_letters(v)) == 5),
            Wrong("tie and seeds exchanged", "stheb", "A was judged on fresh seeds, and B was not. Look at how large A's difference is.", lambda v: _letters(v)[:2] == "st"),
        ),
        shows="A claim is as good as its card. The size of the difference was never what decided.",
    ),
    Exercise(
        id="14-3",
        title="a schedule of your own",
        points=3,
        minutes=6,
        solution=flat_then_fall,
        curve=lambda function: function(np.arange(60), 0.1, 50, 10, 1.5),
        cases=(
            (0, 0.1, 500, 100, 1.0),
            (100, 0.1, 500, 100, 2.0),
            (300, 0.1, 500, 100, 2.0),
            (np.arange(0, 60, 3), 0.2, 50, 20, 1.5),
            (np.array([0, 10, 25, 49, 50, 51, 400]), 1.0, 50, 0, 0.5),
            (700, 0.1, 500, 100, 2.0),
            (499, 0.3, 500, 250, 1.0),
        ),
        hints=(
            "Which share of the fall is done at update t? It is 0 up to t = flat and 1 from t = steps on.",
            "p = (t - flat) / (steps - flat), kept between 0 and 1. Then the rate is lr (1 - p)^power.",
            "`p = np.clip(..., 0, 1)`, then `return lr * (1 - p) ** power`",
        ),
        wrong=(
            Wrong("fall counted from 0", lambda t, lr, steps, flat, power: np.where(np.asarray(t) < flat, lr, lr * (1 - np.minimum(np.asarray(t) / steps, 1)) ** power), "the fall is counted from update 0, so the rate jumps at t = flat. Count from there: t - flat."),
            Wrong("fall too long", lambda t, lr, steps, flat, power: lr * (1 - np.clip((np.asarray(t) - flat) / steps, 0, 1)) ** power, "the fall takes `steps` updates and ends after the run. It has steps - flat of them."),
            Wrong("no flat part", lambda t, lr, steps, flat, power: lr * (1 - np.minimum(np.asarray(t) / steps, 1)) ** power, "the rate falls from the start. Hold it at lr while t < flat."),
            Wrong("not held at the start", lambda t, lr, steps, flat, power: lr * np.maximum(1 - (np.asarray(t) - flat) / (steps - flat), 0) ** power, "before t = flat the rate is above lr: p is negative there. Keep p at 0 or more."),
            Wrong("not held at the end", lambda t, lr, steps, flat, power: lr * np.abs(1 - np.maximum((np.asarray(t) - flat) / (steps - flat), 0)) ** power, "after t = steps the rate climbs again. Keep p at 1 or less."),
            Wrong("power of the progress", lambda t, lr, steps, flat, power: lr * (1 - _fall(t, flat, steps) ** power), "the power is on p. It belongs on what is left, 1 - p."),
            Wrong("power left out", lambda t, lr, steps, flat, power: lr * (1 - _fall(t, flat, steps)), "power is not used: the fall is a straight line."),
            Wrong("power of the rate", lambda t, lr, steps, flat, power: (lr * (1 - _fall(t, flat, steps))) ** power, "lr is raised to the power too. Only 1 - p is."),
            Wrong("root in place of power", lambda t, lr, steps, flat, power: lr * (1 - _fall(t, flat, steps)) ** (1 / power), "that is the power 1 / power: it falls late where it should fall early."),
            Wrong("one straight formula", lambda t, lr, steps, flat, power: lr * (1 - np.asarray(t) / steps) ** power, "there is neither a flat part nor an end: keep p = (t - flat) / (steps - flat) between 0 and 1."),
            Wrong("times power", lambda t, lr, steps, flat, power: lr * power * (1 - _fall(t, flat, steps)), "that multiplies by power. It is an exponent: (1 - p) ** power."),
            Wrong("power times p", lambda t, lr, steps, flat, power: lr - lr * _fall(t, flat, steps) * power, "that multiplies p by power. It is the exponent of 1 - p."),
            Wrong("exponential", lambda t, lr, steps, flat, power: lr * power ** _fall(t, flat, steps), "that is power to the p, an exponential. Wanted is 1 - p to the power."),
            Wrong("falls at once", lambda t, lr, steps, flat, power: lr * (1 - _fall(t, 0, steps - flat)) ** power, "the fall has the right length and begins at 0. It begins at t = flat."),
            Wrong("lr forgotten", lambda t, lr, steps, flat, power: (1 - _fall(t, flat, steps)) ** power, "that is the factor. Multiply it by lr."),
            Wrong("holds lr after the end", lambda t, lr, steps, flat, power: np.where((np.asarray(t) < flat) | (np.asarray(t) >= steps), lr, lr * (1 - _fall(t, flat, steps)) ** power), "from t = steps on the rate is 0, not lr again."),
            Wrong("progress in place of rest", lambda t, lr, steps, flat, power: lr * _fall(t, flat, steps) ** power, "that rises from 0 to lr. What is left is 1 - p."),
        ),
        shows="flat = 0 and power = 1 is the straight line; power = 1 is WSD without warmup. In lrlab: Constant(lr).then(Polynomial(lr, steps - flat, power), at=flat).",
    ),
    Exercise(
        id="14-4",
        title="which cannot be told apart",
        points=3,
        minutes=6,
        solution=not_told_apart,
        cases=(
            (SCORES,),
            (SCORES[::-1],),
            (SCORES[[0, 3]],),
            (SCORES[[1, 3, 1]],),
            (SCORES[:, :3],),
            (np.array([[1.0, 2.0, 3.0, 4.0], [1.2, 2.1, 3.3, 4.2], [1.3, 1.9, 3.2, 3.8], [9.0, 9.5, 9.0, 9.9]]),),
            (np.array([[1.0, 2.0, 3.0], [1.1, 3.1, 5.1], [1.0, 2.4, 2.9]]),),
            (np.array([[0.2, 0.5, 0.3, 0.6], [0.27, 0.51, 0.36, 0.61], [0.1, 0.9, 0.2, 0.8]]),),
        ),
        hints=(
            "Each column is a seed. Before you look at any spread, which row has the lowest mean, and what are the differences of each row from it?",
            "For each row: d = row - best, seed by seed. Its standard error is s_d / sqrt(number of seeds), with ddof=1.",
            "`away = scores - scores[best]`, then the rows with `away.mean(axis=1) <= 2 * error`, the best among them.",
        ),
        wrong=(
            Wrong("not paired", _unpaired, "the standard errors of the two means are combined as if the seeds were different ones. They are the same: take the differences first."),
            Wrong("the best alone", lambda scores: [int(np.mean(scores, axis=1).argmin())], "that is the row with the lowest mean. The question is which others may be as good."),
            Wrong("one standard error", lambda scores: _apart(scores, times=1.0), "rows within one standard error are kept. The text asks for two."),
            Wrong("standard deviation", lambda scores: _apart(scores, root=False), "that compares with the spread of single seeds. The standard error divides it by the root of their number."),
            Wrong("ddof 0", lambda scores: _apart(scores, ddof=0), "the deviation divides by n. Estimated from n values it divides by n - 1: ddof=1."),
            Wrong("highest mean", lambda scores: _apart(-np.asarray(scores)), "the scores are losses: the best row has the lowest mean."),
            Wrong("against the first row", lambda scores: _apart(scores, best=lambda rows: 0), "the differences are from row 0. Take them from the row with the lowest mean."),
            Wrong("the best left out", lambda scores: [k for k in not_told_apart(scores) if k != np.mean(scores, axis=1).argmin()], "the best row belongs to the answer: nothing tells it from itself."),
            Wrong("the others", lambda scores: [k for k in range(len(scores)) if k not in not_told_apart(scores)], "those are the rows that can be told from the best."),
            Wrong("a mask", lambda scores: [k in not_told_apart(scores) for k in range(len(scores))], "that is True or False for each row. Return the numbers of the rows; np.flatnonzero gives them."),
            Wrong("counted from 1", lambda scores: [k + 1 for k in not_told_apart(scores)], "the rows are counted from 0."),
            Wrong("below the mean of all", lambda scores: np.flatnonzero(np.mean(scores, axis=1) <= np.mean(scores)).tolist(), "rows below the overall mean are kept, and no standard error is asked. Use the paired differences from the best row."),
            Wrong("by wins", lambda scores: [k for k, row in enumerate(np.asarray(scores)) if np.sum(row > np.asarray(scores)[np.mean(scores, axis=1).argmin()]) <= len(row) / 2], "that counts the seeds on which a row loses. How much it loses by counts too."),
        ),
        shows="Paired differences tell apart what the means with their own errors cannot. Where even they cannot, take the simpler schedule.",
    ),
    Exercise(
        id="14-5",
        title="an interval for the next seeds",
        points=3,
        minutes=6,
        solution=interval,
        cases=(
            ([0.29, 0.31, 0.30, 0.28, 0.32], 20, 2.0),
            ([1.0, 2.0, 4.0], 3, 4.30),
            (np.array([0.5, 0.4, 0.6, 0.45, 0.62, 0.51]), 1, 2.57),
            ([10.0, 12.0], 100, 12.7),
        ),
        hints=(
            "Two means are random here: that of your practice seeds and that of the new ones. How large is the variance of their difference?",
            "Variances add: s^2 / n for yours, s^2 / new for the other. The interval is mean - reach to mean + reach.",
            "`reach = t * np.std(scores, ddof=1) * np.sqrt(1 / len(scores) + ...)`",
        ),
        wrong=(
            Wrong("new seeds forgotten", lambda scores, new, t: _around(scores, t * _s(scores) / np.sqrt(len(scores))), "that is an interval for the true mean. The mean of the new seeds has a chance error of its own: add 1 / new under the root."),
            Wrong("practice forgotten", lambda scores, new, t: _around(scores, t * _s(scores) / np.sqrt(new)), "your own mean is uncertain too: add 1 / n under the root."),
            Wrong("one new seed", lambda scores, new, t: _around(scores, t * _s(scores) * np.sqrt(1 + 1 / len(scores))), "that is for the score of one single new seed. The mean of `new` of them varies less: 1 / new."),
            Wrong("one practice seed", lambda scores, new, t: _around(scores, t * _s(scores) * np.sqrt(1 + 1 / new)), "under the root stands 1 + 1 / new, as if you had one practice seed. It is 1 / n + 1 / new."),
            Wrong("no root", lambda scores, new, t: _around(scores, t * _s(scores) * (1 / len(scores) + 1 / new)), "the root is missing: the reach is s times the root of 1 / n + 1 / new."),
            Wrong("errors added", lambda scores, new, t: _around(scores, t * _s(scores) * (1 / np.sqrt(len(scores)) + 1 / np.sqrt(new))), "the two errors are added. Their squares add, under one root."),
            Wrong("all seeds together", lambda scores, new, t: _around(scores, t * _s(scores) / np.sqrt(len(scores) + new)), "the new seeds have not been seen: they do not make your mean surer."),
            Wrong("the spread", lambda scores, new, t: _around(scores, t * _s(scores)), "that is the spread of single seeds. A mean varies less: multiply by the root of 1 / n + 1 / new."),
            Wrong("t forgotten", lambda scores, new, t: _around(scores, _s(scores) * np.sqrt(1 / len(scores) + 1 / new)), "t is not used: that is one standard error, which holds in two cases of three."),
            Wrong("ddof 0", lambda scores, new, t: _around(scores, t * _s(scores, 0) * np.sqrt(1 / len(scores) + 1 / new)), "np.std divides by n unless told otherwise. Estimated from n values it is ddof=1."),
            Wrong("variance", lambda scores, new, t: _around(scores, t * np.var(scores, ddof=1) * np.sqrt(1 / len(scores) + 1 / new)), "that takes the variance where the deviation is wanted."),
            Wrong("half the reach", lambda scores, new, t: _around(scores, t * _s(scores) * np.sqrt(1 / len(scores) + 1 / new) / 2), "the reach goes to both sides in full, not by half."),
            Wrong("mean and reach", lambda scores, new, t: (np.mean(scores), t * _s(scores) * np.sqrt(1 / len(scores) + 1 / new)), "that is the middle and the reach. Return both ends: mean - reach, mean + reach."),
            Wrong("smallest and largest", lambda scores, new, t: (np.min(scores), np.max(scores)), "the smallest and the largest score are about single seeds. Use mean, deviation and t."),
            Wrong("median", lambda scores, new, t: (np.median(scores) - t * _s(scores) * np.sqrt(1 / len(scores) + 1 / new), np.median(scores) + t * _s(scores) * np.sqrt(1 / len(scores) + 1 / new)), "the middle is the median. The leaderboard takes means."),
        ),
        shows="An interval that is too narrow is a claim too. This one can be held to its promise, and below it will be.",
    ),
    Exercise(
        id="14-6",
        title="your entry",
        points=4,
        minutes=10,
        solution=ENTRY,
        accept=lambda value: _facts(_text(value)).passed,
        report=_measured,
        wanted="a schedule, in quotes, that ends more than two standard errors below the tuned constant on the referee's seeds",
        hints=(
            "What did the best baselines have in common, at the first update, at the last, and in their mean?",
            "Begin at about 0.024 and reach 0 at update 500. The missions have two shapes that do.",
            '`entry = "Constant(lr=...).then(Polynomial(lr=..., steps=..., power=...), at=...)"`, with at + steps = 500.',
        ),
        wrong=(
            Wrong("code", lambda t: 0.024 * (1 - t / 500), "that is code, and the leaderboard runs no code. Write it with lrlab's schedules, such as \"Linear(start=0.02, end=0.0, steps=400)\".", _code),
            Wrong("cannot be read", "cosine, rate 0.02", "that is no schedule that lrlab can read. Give one in quotes; `parse(entry)` says what is refused.", lambda value: not _readable(value)),
            Wrong("diverged", "Linear(start=5.0, end=0.0, steps=500)", "some runs diverged: the rate is far too large.", _such(lambda f: f.lost > 0)),
            Wrong("fixed rate", "Constant(lr=0.01)", "that is a fixed rate, which is what you have to beat. Let it fall.", _such(lambda f: f.fixed)),
            Wrong("rises", "Linear(start=0.001, end=0.024, steps=500)", "the rate is largest at the end. Travel first, settle later.", _such(lambda f: f.peak > 400)),
            Wrong("warmup too long", "Linear(start=0.024, end=0.0, steps=200).warmup(400)", "the rate is at its largest only after half of the budget: the warmup takes what the travel needs.", _such(lambda f: f.peak > 250)),
            Wrong("too far a horizon", "Cosine(lr=0.024, steps=5000)", "it is planned for a longer run: at update 499 the rate is still high, and it would fall afterwards. The budget is 500 updates.", _such(lambda f: f.lowest > 0.3 and f.falls_later)),
            Wrong("does not come to rest", "CosineRestarts(lr=0.024, period=450)", "the last rate is still more than a third of the largest, so the noise is never let out. End near 0.", _such(lambda f: f.last > 1 / 3)),
            Wrong("too soon at rest", "StepDecay(lr=0.024, every=10, factor=0.5)", "in the second half of the run the rate is below a hundredth of the largest: half of the budget is spent at rest. Schedules count updates, not epochs.", _such(lambda f: f.half < 0.01)),
            Wrong("too small", "Linear(start=0.001, end=0.0, steps=500)", "the mean rate is so small that the run does not arrive. The tuned linear has a mean of 0.012.", _such(lambda f: f.mean < 0.003)),
            Wrong("too large", "Linear(start=0.3, end=0.0, steps=500)", "the mean rate is several times that of the tuned baselines, and too large for this problem.", _such(lambda f: f.mean > 0.03)),
            Wrong("not far enough", "Linear(start=0.0064, end=0.0, steps=500)", "on these seeds it is not two standard errors better than the constant. Compare it on the practice seeds with linear at 0.024, update by update.", _such(lambda f: True)),
        ),
        shows="It beats the tuned constant on seeds that neither of you had seen. Whether it beats the line is another question: enter it.",
    ),
    Exercise(
        id="14-7",
        title="Newton and Schulz",
        points=2,
        minutes=7,
        solution=orthogonal,
        rtol=1e-4,
        cases=(
            (np.array([[3.0, 0.0], [0.0, 1.0]]), 0),
            (np.array([[3.0, 0.0], [0.0, 1.0]]), 1),
            (np.array([[2.0, 1.0], [-1.0, 0.5]]), 5),
            (np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]]), 3),
            (np.array([[0.2, 0.1, 0.0], [0.0, 0.4, 0.1], [0.3, 0.0, 0.2]]), 2),
        ),
        hints=(
            "By which number must G be divided, so that no singular value is above 1? The root of the sum of all squares is never smaller than the largest of them.",
            "Divide once, before the loop. In the loop A = X X^T, and A A is a matrix product: @, not *.",
            "`A = X @ X.T`, then `X = a * X + (b * A + c * A @ A) @ X`",
        ),
        wrong=(
            Wrong("not scaled", lambda G, steps: _iterated(G, steps, norm=lambda G: 1.0), "G is not divided by its length, so singular values above 1 run away."),
            Wrong("largest entry", lambda G, steps: _iterated(G, steps, norm=lambda G: np.abs(G).max()), "G is divided by its largest entry. A singular value may be larger: divide by the root of the sum of squares."),
            Wrong("spectral norm", lambda G, steps: _iterated(G, steps, norm=lambda G: np.linalg.norm(G, 2)), "that divides by the largest singular value, which has to be computed first. The root of the sum of squares does."),
            Wrong("sum of squares", lambda G, steps: _iterated(G, steps, norm=lambda G: np.sum(np.square(G))), "the root is missing: divide by the root of the sum of squares."),
            Wrong("entry by entry", lambda G, steps: _iterated(G, steps, product=lambda A: A * A), "A * A squares each entry. The product of matrices is A @ A."),
            Wrong("no matrix products", lambda G, steps: _powers(np.asarray(G), steps), "the powers are of each entry. Use products of matrices: A = X @ X.T."),
            Wrong("scaled in the loop", lambda G, steps: _scaled_each_time(np.asarray(G), steps), "X is divided by its length in every iteration. Do it once, before the loop."),
            Wrong("scaled in the end", lambda G, steps: _scaled(_iterated(G, steps, norm=lambda G: 1.0)), "the division comes after the loop. Before it, singular values above 1 run away."),
            Wrong("five always", lambda G, steps: orthogonal(G, 5), "it always iterates 5 times. Use `steps`."),
            Wrong("one too many", lambda G, steps: orthogonal(G, steps + 1), "there is one iteration too many."),
            Wrong("signs", lambda G, steps: _iterated(G, steps, b=4.7750), "the coefficient of A X is -4.7750, with a minus."),
            Wrong("no last term", lambda G, steps: _iterated(G, steps, c=0.0), "the term with A A is missing."),
            Wrong("cubic", lambda G, steps: _iterated(G, steps, a=1.5, b=-0.5, c=0.0), "that is the classical iteration 1.5 X - 0.5 X X^T X. Muon's has three coefficients."),
            Wrong("returns the polar factor", lambda G, steps: np.linalg.svd(np.asarray(G), full_matrices=False)[0] @ np.linalg.svd(np.asarray(G), full_matrices=False)[2], "that is where the classical iteration ends. Muon's stops near it: iterate `steps` times."),
        ),
        shows="Every singular value is sent through 3.4445 s - 4.7750 s^3 + 2.0315 s^5: the small ones grow, the large ones stay. That is Muon's update.",
    ),
)

QUIZ = (
    Question(
        "14-q1",
        "Which seeds may tell how good your schedule is?",
        (
            Option("those on which you chose it, as long as the difference is large", "They chose it partly for its luck on them."),
            Option("those that had no part in any choice", "Only there is the luck not chosen along.", True),
            Option("any, if there are many", "With many the luck is smaller, and it is still chosen along."),
        ),
    ),
    Question(
        "14-q2",
        "Two schedules differ by 0.0007 with a paired standard error of 0.0010. What does the leaderboard show?",
        (
            Option("a tie: 20 seeds cannot tell them apart", "Less than two standard errors. A tie says that we do not know, not that they are the same.", True),
            Option("the lower one in front, since 20 seeds are more than most papers use", "Another 20 seeds would as likely as not have it the other way round."),
            Option("that they are equally good", "It shows that these seeds cannot tell. More seeds might."),
        ),
    ),
    Question(
        "14-q3",
        "Why does each baseline get as many practice runs as you?",
        (
            Option("so that all take the same time", "Time was not the point."),
            Option("so that the rates are the same", "Each finds a rate of its own."),
            Option("because the better tuned of two schedules wins, whatever its shape", "A rival at a published rate is a rival half asleep.", True),
        ),
    ),
    Question(
        "14-q4",
        "The recipe '0.1, divided by ten at a half and at three quarters' ended far behind. What follows?",
        (
            Option("step decay is a bad schedule, on this problem and on others", "It was not tried at its own best rate here."),
            Option("a rate from another problem is no rate for this one", "The shape travels. The rate has to be found again.", True),
            Option("the recipe is wrong", "It won where it comes from, with another network, batch and length."),
        ),
    ),
    Question(
        "14-q5",
        "Your interval was 0.285 to 0.303, and the held-out mean is 0.304. What is the honest word?",
        (
            Option("the interval is right one time in twenty less, and this may be that time", "A 95 % interval misses in one case of twenty. One miss says little; three in a row say that it is too narrow.", True),
            Option("the schedule is worse than it should be", "The schedule is what it was. It was your prediction that missed."),
            Option("score it again on other seeds", "Then the seeds would be chosen for their result."),
        ),
    ),
)

LESSON = Lesson(
    number="14",
    title="Capstone",
    minutes=60,
    recall=RECALL,
    predictions=PREDICTIONS,
    missions=MISSIONS,
    exercises=EXERCISES,
    quiz=QUIZ,
    next="lesson 15, the claims of the textbook: all of them in one table.",
)
