"""Lesson 03: step decay, which travels at a large rate first and settles at smaller ones later."""

from __future__ import annotations

import math

import numpy as np

from .model import Exercise, Lesson, Mission, Option, Question, Wrong

RECALL = (
    Question(
        "03-r1",
        "A run with noisy gradients and a fixed rate has become flat. Which change lowers the loss most surely?",
        (
            Option("more updates", "It is at its noise floor. More of the same changes nothing."),
            Option("a smaller rate", "The floor is about proportional to the rate.", True),
            Option("more training examples", "A batch is as noisy as before."),
        ),
    ),
    Question(
        "03-r2",
        "A smaller rate has a lower floor. Why not use it from the start?",
        (
            Option("it would diverge", "Small rates never diverge on a bowl."),
            Option("its floor is lower only if it starts near the minimum", "The floor does not depend on the start."),
            Option("it needs far more updates to come down", "The number of updates grows as 1/lr.", True),
        ),
    ),
    Question(
        "03-r3",
        "A narrow valley has curvature 40 at its bottom. Which rates cannot stay in it?",
        (
            Option("rates above 0.05", "2/h: above it every jump is larger than the last, until the walk is thrown out.", True),
            Option("rates above 0.025", "Between 1/h and 2/h the walk overshoots and still settles."),
            Option("rates below 0.05", "Those settle."),
        ),
    ),
)

PREDICTIONS = (
    Question(
        "03-p1",
        "A noisy bowl, the rate drops to a fifth at update 150. What does the mean loss do?",
        (
            Option("it falls within a few updates and then stays at a new, lower level", "The floor of the smaller rate, reached as fast as the smaller rate can.", True),
            Option("it goes on falling steadily, without a new level", "The smaller rate is a fixed rate too, and has a floor of its own."),
            Option("nothing: at its floor the loss has stopped", "The floor belongs to the rate, and the rate has changed."),
        ),
    ),
    Question(
        "03-p2",
        "A wide bowl with eight narrow traps, exact gradients, 300 random starts. Rate 0.05 is just small enough to settle in a "
        "trap. You halve it every 250 updates. How many walks end in the wide bowl, compared with the fixed rate 0.05?",
        (
            Option("more: a decaying rate escapes local minima", "Every drop makes it harder to leave, not easier."),
            Option("exactly as many", "Without noise a walk that can settle in a trap at 0.05 stays there, at 0.05 and at every smaller rate.", True),
            Option("fewer: it is too slow to reach the bowl", "All walks have settled before the first drop."),
        ),
    ),
)


def _drops(explorer):
    schedule = explorer.value
    if type(schedule).__name__ != "StepDecay":
        return "Choose the schedule StepDecay."
    first, at_90 = schedule(0), schedule(90)
    if schedule.factor != 0.5:
        return f"The factor is {schedule.factor:g}. Keep it at 0.5."
    return None if np.isclose(at_90, first / 16) else f"At update 90 the rate is {at_90 / first:.4g} times the first, not 1/16."


def _nine(explorer):
    schedule = explorer.value
    if type(schedule).__name__ != "StepDecay":
        return "Choose the schedule StepDecay."
    rates = schedule(np.arange(100))
    drops, mean = len(np.unique(rates)) - 1, rates.mean() / rates[0]
    return None if drops == 9 and 0.24 <= mean <= 0.26 else f"There are {drops} drops, and the mean rate is {mean:.3g} times the first."


def _smooth(explorer):
    schedule = explorer.value
    if type(schedule).__name__ != "ExponentialDecay" or schedule.staircase:
        return "Choose the schedule ExponentialDecay, without staircase."
    rates = schedule([0, 10, 20])
    if np.allclose(rates, [0.8, 0.4, 0.2]):
        return None
    return "At updates 0, 10 and 20 the rate is {:.4g}, {:.4g} and {:.4g}, not 0.8, 0.4 and 0.2.".format(*rates)


MISSIONS = (
    Mission(
        "03-m1",
        "StepDecay with factor 0.5 whose rate at update 90 is exactly 1/16 of the first.",
        _drops,
        "Four drops by update 90: floor(90 / every) = 4 holds for every = 19 to 22.",
    ),
    Mission(
        "03-m2",
        "StepDecay with 9 drops in 100 updates, and a mean rate between 0.24 and 0.26 times the first.",
        _nine,
        "The mean rate is how far a run can travel. Many small drops and few large ones can have the same.",
    ),
    Mission(
        "03-m3",
        "ExponentialDecay that meets StepDecay(lr=0.8, every=10, factor=0.5) at updates 0, 10 and 20.",
        _smooth,
        "The same two numbers without the stairs. Step decay is this curve, held still between the drops.",
    ),
)


def step_decay(t, lr, every, factor):
    return lr * factor ** np.floor(np.asarray(t) / every)


def drops_needed(lr, lr_end, factor):
    drops = 0
    while lr * factor**drops > lr_end:
        drops += 1
    return drops


def multi_step(t, lr, milestones, factor):
    passed = [milestone for milestone in milestones if milestone <= t]
    return lr * factor ** len(passed)


def every_in_updates(epochs, examples, batch):
    return epochs * (examples // batch)


def factor_for(every, half_life):
    return 0.5 ** (every / half_life)


def _letters(value):
    return "".join(value).lower().replace(" ", "").replace(",", "")


def _stairs(function):
    return function(np.arange(60), 0.8, 10, 0.5)


EXERCISES = (
    Exercise(
        id="03-1",
        title="step decay",
        points=3,
        minutes=6,
        solution=step_decay,
        curve=_stairs,
        cases=(
            (0, 0.8, 10, 0.5),
            (9, 0.8, 10, 0.5),
            (10, 0.8, 10, 0.5),
            (25, 0.8, 10, 0.5),
            (np.arange(40), 0.1, 7, 0.3),
            (np.array([0, 99, 100, 101, 250]), 1.0, 100, 0.1),
        ),
        hints=(
            "How many drops have happened when t updates are done, if one happens at every, at 2 every, at 3 every, and so on?",
            "That count is t / every, rounded down. Each drop multiplies by factor, so the count is a power.",
            "`return lr * factor ** np.floor(...)`",
        ),
        wrong=(
            Wrong("not rounded", lambda t, lr, every, factor: lr * factor ** (np.asarray(t) / every), "t / every is not rounded down, so the rate falls at every update. That is exponential decay; the stairs are missing."),
            Wrong("one update late", lambda t, lr, every, factor: lr * factor ** np.floor(np.maximum(np.asarray(t) - 1, 0) / every), "the drop comes one update late. Update t = every is the first to use the smaller rate."),
            Wrong("rounded up", lambda t, lr, every, factor: lr * factor ** np.ceil(np.asarray(t) / every), "t / every is rounded up, so the first drop comes at t = 1. Round down."),
            Wrong("rounded to nearest", lambda t, lr, every, factor: lr * factor ** np.round(np.asarray(t) / every), "t / every is rounded to the nearest number, so the first drop comes at half of every. Round down."),
            Wrong("one update early", lambda t, lr, every, factor: lr * factor ** np.floor((np.asarray(t) + 1) / every), "the drop comes one update early. t counts the updates done, so update t = every - 1 is the last of the first stair."),
            Wrong("one drop too many", lambda t, lr, every, factor: lr * factor ** (np.floor(np.asarray(t) / every) + 1), "one drop too many: before update t = every there is none, and factor to the power 0 is 1."),
            Wrong("one number only", lambda t, lr, every, factor: lr * factor ** math.floor(t / every), "t may be an array, and `math.floor`, `int` and `range` take one number. Use `np.floor`, or `//`, which takes both."),
            Wrong("asks an array", lambda t, lr, every, factor: lr * factor ** next(n for n in range(100) if t < (n + 1) * every), "t may be an array, which `if` and `while` cannot ask: some entries say yes, others no. Compute the count of drops for all at once."),
            Wrong("times the count", lambda t, lr, every, factor: lr * factor * np.floor(np.asarray(t) / every), "it multiplies by the count. The count is how often to multiply by factor: a power, `**`."),
            Wrong("a drop at every update", lambda t, lr, every, factor: lr * factor ** np.asarray(t, dtype=float), "it multiplies by factor at every update. Divide t by every first, and round down."),
            Wrong("back up again", lambda t, lr, every, factor: lr * np.where(np.asarray(t) % every == 0, factor, 1.0), "the rate drops for one update and goes back up. A drop stays: count all drops so far."),
            Wrong("a single drop", lambda t, lr, every, factor: np.where(np.asarray(t) >= every, lr * factor, lr), "it drops once and never again. The power counts the drops."),
            Wrong("the rest of the division", lambda t, lr, every, factor: lr * factor ** (np.asarray(t) % every), "t % every is how far you are within a stair. You want the number of the stair: `t // every`."),
            Wrong("subtracts", lambda t, lr, every, factor: lr - lr * (1 - factor) * np.floor(np.asarray(t) / every), "each drop takes away the same amount. Multiply instead: the second drop halves what is left."),
        ),
        shows="One line, no memory: the rate of update 250 needs no record of the 249 before it.",
    ),
    Exercise(
        id="03-2",
        title="how many drops?",
        points=2,
        minutes=5,
        solution=drops_needed,
        cases=((0.8, 0.3, 0.5), (0.8, 0.05, 0.5), (1.0, 0.0015, 0.1), (0.5, 0.04, 0.3), (0.1, 0.2, 0.5), (0.1, 0.001, 0.9), (1.0, 0.08, 0.3)),
        hints=(
            "After n drops the rate is lr times factor to the power n. What do you ask of it?",
            "Count up: start with n = 0 and go on while the rate is still above lr_end. Logarithms work too, rounded up, and never below 0.",
            "`n = 0`, `while lr * factor**n > ...: n += 1`, `return n`",
        ),
        wrong=(
            Wrong("rounds down", lambda lr, lr_end, factor: max(math.floor(math.log(lr_end / lr) / math.log(factor)), 0), "rounded down, the rate is still above lr_end. Round up."),
            Wrong("rounds to nearest", lambda lr, lr_end, factor: max(round(math.log(lr_end / lr) / math.log(factor)), 0), "rounded to the nearest number. When that is down, the rate is still above lr_end."),
            Wrong("not whole", lambda lr, lr_end, factor: max(math.log(lr_end / lr) / math.log(factor), 0), "there is no part of a drop. Round up, to a whole number."),
            Wrong("strictly below", lambda lr, lr_end, factor: max(math.floor(math.log(lr_end / lr) / math.log(factor)) + 1, 0), "one too many where the rate meets lr_end exactly: 'at most' includes that."),
            Wrong("at least one", lambda lr, lr_end, factor: max(math.ceil(math.log(lr_end / lr) / math.log(factor)), 1), "where lr is at most lr_end already, no drop is needed: ask before you count, not after."),
            Wrong("halving only", lambda lr, lr_end, factor: max(math.ceil(math.log2(lr / lr_end)), 0), "that counts halvings. The drop is `factor`, which need not be 0.5."),
            Wrong("one too many", lambda lr, lr_end, factor: max(math.ceil(math.log(lr_end / lr) / math.log(factor)), 0) + 1, "one too many: the first rate comes before any drop."),
            Wrong("negative", lambda lr, lr_end, factor: math.ceil(math.log(lr_end / lr) / math.log(factor)), "where lr is below lr_end already, no drop is needed: return 0, not a negative number."),
            Wrong("divides", lambda lr, lr_end, factor: math.ceil(lr / lr_end * factor), "drops multiply. After n of them the rate is lr * factor**n, so logarithms or a loop are needed."),
        ),
        shows="Three drops by ten make a thousandth. That is why so many recipes drop by ten and only two or three times.",
    ),
    Exercise(
        id="03-3",
        title="drops where you want them",
        points=2,
        minutes=6,
        solution=multi_step,
        cases=(
            (0, 0.1, [30, 60], 0.1),
            (29, 0.1, [30, 60], 0.1),
            (30, 0.1, [30, 60], 0.1),
            (75, 0.1, [30, 60], 0.1),
            (50, 0.8, [10, 20, 40, 80], 0.5),
            (20, 0.8, [10, 10, 40], 0.5),
            (5, 0.8, [], 0.5),
        ),
        hints=(
            "How many milestones has an update with number t reached?",
            "Count the milestones that are at most t, one listed twice counting twice. Each multiplies the rate by factor.",
            "`return lr * factor ** sum(... for milestone in milestones)`, with a comparison in place of the dots.",
        ),
        wrong=(
            Wrong("one update late", lambda t, lr, milestones, factor: lr * factor ** sum(t > m for m in milestones), "with > the drop comes one update late. At t = milestone the smaller rate is in use: >=."),
            Wrong("back up again", lambda t, lr, milestones, factor: lr * factor if t in milestones else lr, "the rate drops for one update and goes back up. A drop stays: count the milestones at or before t."),
            Wrong("times the count", lambda t, lr, milestones, factor: lr * factor * sum(t >= m for m in milestones), "it multiplies by the count. The count is how often to multiply by factor: a power, `**`."),
            Wrong("compares with a list", lambda t, lr, milestones, factor: lr * factor ** (t >= milestones), "a number cannot be compared with a whole list. Go through the milestones one by one."),
            Wrong("once for all", lambda t, lr, milestones, factor: lr * factor if any(t >= m for m in milestones) else lr, "it drops once, whatever the number of milestones. Count them."),
            Wrong("a set", lambda t, lr, milestones, factor: lr * factor ** sum(t >= m for m in set(milestones)), "a milestone listed twice drops twice. A set forgets the second."),
            Wrong("all of them", lambda t, lr, milestones, factor: lr * factor ** len(milestones), "that counts the milestones to come as well. Count those reached."),
            Wrong("t over the milestone", lambda t, lr, milestones, factor: lr * factor ** sum(t // m for m in milestones), "t // m counts multiples of a milestone, as step decay does. Here each acts once."),
        ),
        shows="Step decay is the case with milestones at every, 2 every, 3 every and so on.",
    ),
    Exercise(
        id="03-4",
        title="diagnose four schedules",
        points=2,
        minutes=5,
        solution="lrne",
        accept=lambda value: _letters(value) == "lrne",
        wanted="four letters for the runs A, B, C, D",
        hints=(
            "All four have the same loss at update 0. Which of them has not reached the floor of the large rate when it drops?",
            "A run that never drops keeps its floor to the end. One that drops too late has no time left to fall. One that drops too early still has a way to go.",
            "One run is e, one r, one l, one n. C ends where it was at update 100; D is still far up at update 100.",
        ),
        wrong=(
            Wrong("late and never exchanged", "nrle", "look at the last row: A has begun to fall below its floor, C has not.", lambda v: _letters(v) == "nrle"),
            Wrong("early and right exchanged", "lenr", "B is the lowest at the end. D has not arrived yet: it dropped when it was still travelling.", lambda v: _letters(v) == "lenr"),
            Wrong("late and right exchanged", "rlne", "A falls only in the last rows: it dropped too late. B ends lowest.", lambda v: _letters(v) == "rlne"),
            Wrong("early taken for late", "ernl", "A was at the floor of the large rate at update 100, so its drop was not early. D was not.", lambda v: _letters(v) == "ernl"),
        ),
        shows="Drop when the loss has become flat. Before that, the large rate is still earning its keep.",
    ),
    Exercise(
        id="03-5",
        title="from epochs to updates",
        points=2,
        minutes=4,
        solution=every_in_updates,
        cases=((30, 1437, 32), (1, 1437, 32), (10, 1000, 8), (5, 50_000, 128)),
        hints=(
            "How many updates does one pass through the data make?",
            "As many as full batches fit into the examples. A rest that fills no batch is left out here.",
            "`return epochs * (examples ... batch)`, with the division that rounds down.",
        ),
        wrong=(
            Wrong("no conversion", lambda epochs, examples, batch: epochs, "that is the number of epochs. The schedule counts updates."),
            Wrong("rounds up", lambda epochs, examples, batch: epochs * -(-examples // batch), "rounded up, the rest counts as a batch. Here it is left out: round down."),
            Wrong("rounds at the end", lambda epochs, examples, batch: epochs * examples // batch, "round down for one epoch, then multiply: the rest is left out in every epoch."),
            Wrong("not whole", lambda epochs, examples, batch: epochs * examples / batch, "an update is whole. Use // for the batches in one epoch."),
            Wrong("one epoch", lambda epochs, examples, batch: examples // batch, "that is one epoch. The recipe wants so many of them."),
            Wrong("the size of a batch", lambda epochs, examples, batch: epochs * batch, "batch is how many examples an update takes. How many updates does an epoch make?"),
            Wrong("examples", lambda epochs, examples, batch: epochs * examples, "that counts examples. One update takes a whole batch of them."),
        ),
        shows="`lrlab.epochs` does this once, so that every schedule can count in updates.",
    ),
    Exercise(
        id="03-6",
        title="the factor for a half-life",
        points=1,
        minutes=4,
        solution=factor_for,
        cases=((10, 10), (1, 10), (30, 10), (7, 100)),
        hints=(
            "After half_life updates the rate shall have halved. How many drops are that?",
            "half_life / every drops, so factor to that power is 0.5. Solve for factor.",
            "`return 0.5 ** (... / ...)`",
        ),
        wrong=(
            Wrong("upside down", lambda every, half_life: 0.5 ** (half_life / every), "upside down: longer stairs need a smaller factor for the same half-life."),
            Wrong("grows", lambda every, half_life: 2 ** (every / half_life), "that factor is above 1, so the rate would double. The power of one half is wanted."),
            Wrong("one update", lambda every, half_life: 0.5 ** (1 / half_life), "that is the factor of one update. A drop comes only once in `every` updates and has to make up for all of them."),
            Wrong("e in place of 2", lambda every, half_life: math.exp(-every / half_life), "that divides the rate by e, 2.718, in half_life updates. Halving takes a power of 0.5."),
            Wrong("a share", lambda every, half_life: 1 - 0.5 * every / half_life, "that subtracts in proportion. Drops multiply, so the answer is a power."),
            Wrong("always a half", lambda every, half_life: 0.5, "that is right only when every equals half_life."),
            Wrong("scaled", lambda every, half_life: 0.5 * every / half_life, "scaling the factor does not scale time. Use a power of 0.5."),
        ),
        shows="every and factor are two ways to say one thing: how soon the rate has halved.",
    ),
)

QUIZ = (
    Question(
        "03-q1",
        "StepDecay(lr=0.8, every=10, factor=0.5): which rate does update number t = 10 use?",
        (
            Option("0.8", "The drop is at t = every, not after it."),
            Option("0.4", "t = 10 is the first update of the second stair.", True),
            Option("0.2", "That begins at t = 20."),
        ),
    ),
    Question(
        "03-q2",
        "Right after a drop the loss falls faster than for a long time. What does that say?",
        (
            Option("the smaller rate learns faster", "It settles faster. It travels more slowly."),
            Option("noise is being taken away; about progress it says nothing", "A drop too early falls at once as well, and ends higher.", True),
            Option("the drop came at the right time", "A drop too early looks the same for a while."),
        ),
    ),
    Question(
        "03-q3",
        "Without noise, on a smooth bowl, what does step decay do, compared with the best fixed rate?",
        (
            Option("it ends lower", "There is no floor to lower."),
            Option("it ends higher: it only slows the run down", "Without noise or a kink a smaller rate has nothing to give.", True),
            Option("nothing", "The later rates are smaller, so the flat directions move less."),
        ),
    ),
    Question(
        "03-q4",
        "With traps and noise, high rate first and low rate last ended in the wide bowl nearly always; the reverse, half the time. Why?",
        (
            Option("the large rate leaves the traps, the small one then settles; in the reverse order the last word has the large rate", "First travel, then settle. The order is the point.", True),
            Option("the reverse order uses smaller rates", "Both use the same rates, in another order."),
            Option("the reverse order takes fewer updates", "Both take the same number."),
        ),
    ),
    Question(
        "03-q5",
        "A recipe says: multiply by 0.95 after every epoch. You apply it after every update, 1000 updates in all. What happens?",
        (
            Option("nothing much", "0.95 to the power 1000 is about 5e-23: after a few hundred updates training has stopped."),
            Option("the rate is practically 0 long before the end", "Units again: per epoch is not per update.", True),
            Option("it diverges", "A rate that is too small never diverges."),
        ),
    ),
)

LESSON = Lesson(
    number="03",
    title="Step decay",
    minutes=40,
    recall=RECALL,
    predictions=PREDICTIONS,
    missions=MISSIONS,
    exercises=EXERCISES,
    quiz=QUIZ,
    next="lesson 04, how fast to fall: exponential, inverse-time and polynomial decay.",
)
