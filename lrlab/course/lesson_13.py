"""Lesson 13: the same schedule in PyTorch, Optax and Keras, why the numbers differ, and which differences matter."""

from __future__ import annotations

import numpy as np

from .model import Exercise, Lesson, Mission, Option, Question, Wrong

RECALL = (
    Question(
        "13-r1",
        "A colleague shows that X ends lower than Y: one run each, both at rate 0.1. What do you ask for first?",
        (
            Option("a longer run", "A longer run of the same kind is still one run, at a rate that suits one of the two."),
            Option("a second problem", "Later. This comparison is not yet one."),
            Option("the best rate of each, and the same few seeds for both", "Tune each by itself, then compare in pairs.", True),
        ),
    ),
    Question(
        "13-r2",
        "You do not know yet how long the run will be. Which schedule lets you decide late?",
        (
            Option("warmup-stable-decay", "The level part can go on as long as you like. Only the cooldown must know the end.", True),
            Option("a cosine over the longest time you may have", "Stopped early it is still at a large rate, and its noise is still there."),
            Option("one-cycle", "Its peak and its end depend on the length from the first update on."),
        ),
    ),
    Question(
        "13-r3",
        "You double the batch, and by the linear rule the rate. When does that stop working?",
        (
            Option("never, the noise stays the same", "The noise does. But the rate goes past the limit of lesson 01."),
            Option("when the rate is far above what the curvature allows", "From there on a larger batch buys little.", True),
            Option("at a batch of 32, on all problems", "Where it stops depends on the problem."),
        ),
    ),
)

PREDICTIONS = (
    Question(
        "13-p1",
        "Momentum 0.9, and the rate drops from 0.1 to 0.01 at update 200. With the rate outside the buffer or inside: what do the two losses do in the 20 updates after the drop?",
        (
            Option("the same: the rates are the same at every update", "The rates are. What is remembered of the old ones is not."),
            Option("both fall, the one with the rate inside a little later", "It does not fall later. First it goes the other way."),
            Option("outside it falls at once, inside it rises first", "Inside, the old steps go on at full length, and the new gradients count a tenth and cannot hold them.", True),
        ),
    ),
)


def _code(explorer, library, schedule):
    if explorer.controls["code"].value != library:
        return f"Show code for {library}."
    if type(explorer.value).__name__ != schedule:
        return f"Choose the schedule {schedule}."
    return None


def _step_lr(explorer):
    if missing := _code(explorer, "torch", "StepDecay"):
        return missing
    schedule = explorer.value
    if schedule.every == 30 and schedule.factor == 0.5 and "StepLR" in explorer.snippet:
        return None
    return f"The code has step_size {schedule.every} and gamma {schedule.factor:g}."


def _boundaries(explorer):
    if missing := _code(explorer, "keras", "MultiStep"):
        return missing
    milestones = tuple(explorer.value.milestones)
    drops = " and ".join(map(str, milestones)) or "no update"
    return None if milestones == (25, 75) else f"The rate drops at {drops}, not at 25 and 75."


def _polynomial(explorer):
    if missing := _code(explorer, "torch", "Polynomial"):
        return missing
    if explorer.value.steps != 60:
        return f"It takes {explorer.value.steps} updates, not 60."
    return None if "lr_scheduler.PolynomialLR(" in explorer.snippet else "The code does not use PolynomialLR. Its comment says why."


MISSIONS = (
    Mission(
        "13-m1",
        "Code for torch: a step decay written as StepLR with step_size 30 and gamma 0.5.",
        _step_lr,
        "Step decay is one of the schedules on which all three libraries agree.",
    ),
    Mission(
        "13-m2",
        "Code for keras: MultiStep that drops at updates 25 and 75.",
        _boundaries,
        "Keras needs each boundary one update earlier, and the code says so.",
    ),
    Mission(
        "13-m3",
        "Code for torch: a Polynomial over 60 updates that is written as PolynomialLR.",
        _polynomial,
        "PolynomialLR always ends at 0. With any other end a formula is written instead.",
    ),
)


def stepped_first(t, lr, every, factor):
    return lr * factor ** ((np.asarray(t) + 1) // every)


def stepped_per_epoch(t, lr, gamma, per_epoch):
    return lr * gamma ** (np.asarray(t) // per_epoch)


def keras_boundaries(milestones):
    return [milestone - 1 for milestone in milestones]


def decay_steps(total, warmup):
    return total, total - warmup


def cosine_alpha(t, lr, decay_steps, alpha):
    progress = np.minimum(np.asarray(t) / decay_steps, 1.0)
    wave = (1 + np.cos(np.pi * progress)) / 2
    return lr * (alpha + (1 - alpha) * wave)


def epsilon_outside(epsilon, beta2, t):
    return epsilon / np.sqrt(1 - beta2 ** (np.asarray(t) + 1))


def _letters(value):
    return "".join(value).lower().replace(" ", "").replace(",", "")


def _stairs(function):
    return function(np.arange(60), 0.8, 10, 0.5)


def _epochs(function):
    return function(np.arange(60), 0.8, 0.7, 10)


def _cosine(function):
    return function(np.arange(80), 0.8, 60, 0.1)


def _wave(t, decay_steps):
    return (1 + np.cos(np.pi * np.minimum(np.asarray(t) / decay_steps, 1.0))) / 2


def _a(t):
    return np.asarray(t)


EXERCISES = (
    Exercise(
        id="13-1",
        title="the scheduler steps first",
        points=2,
        minutes=4,
        solution=stepped_first,
        curve=_stairs,
        cases=(
            (0, 0.8, 10, 0.5),
            (0, 1.0, 1, 0.5),
            (8, 0.8, 10, 0.5),
            (9, 0.8, 10, 0.5),
            (19, 0.8, 10, 0.5),
            (np.arange(40), 0.1, 7, 0.3),
            (np.array([0, 98, 99, 100, 249]), 1.0, 100, 0.1),
        ),
        hints=(
            "Before update t = 0 the scheduler has been stepped once already. How often before update t?",
            "t + 1 times. The number of drops is that count over every, rounded down.",
            "`lr * factor ** ((np.asarray(t) + 1) // ...)`",
        ),
        wrong=(
            Wrong("the right order", lambda t, lr, every, factor: lr * factor ** (_a(t) // every), "these are the rates of the right order, optimizer first. Here the scheduler has made one step more before each update."),
            Wrong("one update late", lambda t, lr, every, factor: lr * factor ** (np.maximum(_a(t) - 1, 0) // every), "that is one update late. A scheduler that steps first is one early: t + 1."),
            Wrong("two early", lambda t, lr, every, factor: lr * factor ** ((_a(t) + 2) // every), "that is two updates early. Before update t the scheduler has been stepped t + 1 times."),
            Wrong("one drop too many", lambda t, lr, every, factor: lr * factor ** (_a(t) // every + 1), "the 1 is added to the count of drops. It is one step more, not one drop: add it to t before you divide, and round down."),
            Wrong("not rounded", lambda t, lr, every, factor: lr * factor ** ((_a(t) + 1) / every), "(t + 1) / every is not rounded down, so the rate falls at every update. Use //."),
            Wrong("every made shorter", lambda t, lr, every, factor: lr * factor ** (_a(t) // max(every - 1, 1)), "every is one shorter, so each drop comes earlier than the one before. The shift is one update once and for all: t + 1."),
            Wrong("every made longer", lambda t, lr, every, factor: lr * factor ** (_a(t) // (every + 1)), "every is one longer, so the drops come later and later. They come one update early: add 1 to t."),
            Wrong("rounded to nearest", lambda t, lr, every, factor: lr * factor ** np.round((_a(t) + 1) / every), "(t + 1) / every is rounded to the nearest number, so a drop comes at half of every. Round down."),
            Wrong("the rest of the division", lambda t, lr, every, factor: lr * factor ** ((_a(t) + 1) % every), "the rest is how far you are within a stair. The number of the stair is (t + 1) // every."),
            Wrong("stepped twice", lambda t, lr, every, factor: lr * factor ** (2 * _a(t) // every), "that is a scheduler stepped twice per update. It is stepped once, only at the wrong place."),
            Wrong("a drop at every update", lambda t, lr, every, factor: lr * factor ** (_a(t) + 1.0), "it multiplies by factor at every update. Divide t + 1 by every first, and round down."),
            Wrong("one number only", lambda t, lr, every, factor: lr * factor ** int((t + 1) / every), "t may be an array, and `int` takes one number. Use `//`, which takes both."),
            Wrong("asks an array", lambda t, lr, every, factor: lr * factor ** ((t + 1) // every) if t > 0 else lr * factor ** (1 // every), "t may be an array, which `if` cannot ask. One formula serves all updates, the first too."),
            Wrong("the first one kept", lambda t, lr, every, factor: np.where(_a(t) == 0, lr, lr * factor ** ((_a(t) + 1) // every)), "the first update still uses lr here. It does not: the scheduler stepped before it, and with every = 1 that shows."),
            Wrong("times the count", lambda t, lr, every, factor: lr * factor * ((_a(t) + 1) // every), "it multiplies by the count. The count is how often to multiply by factor: a power, `**`."),
            Wrong("rounded to nearest, one number", lambda t, lr, every, factor: lr * factor ** round((t + 1) / every), "(t + 1) / every is rounded to the nearest number, so a drop comes at half of every, and `round` takes no array. Round down, with //."),
        ),
        shows="With every = 1 the first rate is never used. With a warmup it is the smallest rate that is lost.",
    ),
    Exercise(
        id="13-2",
        title="once per epoch",
        points=3,
        minutes=5,
        solution=stepped_per_epoch,
        curve=_epochs,
        cases=(
            (0, 0.8, 0.9, 44),
            (43, 0.8, 0.9, 44),
            (44, 0.8, 0.9, 44),
            (90, 0.8, 0.9, 44),
            (np.arange(30), 0.1, 0.5, 7),
            (np.array([0, 1, 2, 3]), 1.0, 0.5, 1),
            (np.array([99, 100, 101, 350]), 0.2, 0.3, 100),
        ),
        hints=(
            "How many epochs are over when t updates are done?",
            "t over per_epoch, rounded down. gamma is applied once for each of them.",
            "`return lr * gamma ** (np.asarray(t) // ...)`",
        ),
        wrong=(
            Wrong("at every update", lambda t, lr, gamma, per_epoch: lr * gamma ** _a(t).astype(float), "gamma is applied at every update. The scheduler is stepped once per epoch: count the epochs that are over."),
            Wrong("smooth", lambda t, lr, gamma, per_epoch: lr * gamma ** (_a(t) / per_epoch), "t / per_epoch is not rounded down. Within an epoch the scheduler is not stepped, so the rate stands still."),
            Wrong("one epoch early", lambda t, lr, gamma, per_epoch: lr * gamma ** (_a(t) // per_epoch + 1), "one step too many: during the first epoch the scheduler has not been stepped yet."),
            Wrong("one update early", lambda t, lr, gamma, per_epoch: lr * gamma ** ((_a(t) + 1) // per_epoch), "one update early: the step comes after the last update of the epoch, so that update still has the old rate."),
            Wrong("one update late", lambda t, lr, gamma, per_epoch: lr * gamma ** (np.maximum(_a(t) - 1, 0) // per_epoch), "one update late: update t = per_epoch is the first of the second epoch, and has the new rate."),
            Wrong("rounded up", lambda t, lr, gamma, per_epoch: lr * gamma ** np.ceil(_a(t) / per_epoch), "rounded up, the first epoch has the smaller rate from its second update on. Round down."),
            Wrong("rounded to nearest", lambda t, lr, gamma, per_epoch: lr * gamma ** np.round(_a(t) / per_epoch), "rounded to the nearest number, the step comes in the middle of the epoch. Round down."),
            Wrong("within the epoch", lambda t, lr, gamma, per_epoch: lr * gamma ** (_a(t) % per_epoch), "t % per_epoch is how far the epoch has got. The number of the epoch is t // per_epoch."),
            Wrong("gamma divided", lambda t, lr, gamma, per_epoch: lr * (gamma / per_epoch) ** _a(t).astype(float), "gamma is divided by per_epoch. A factor is not shared out over updates by dividing it, and here it is applied whole, once per epoch."),
            Wrong("subtracts", lambda t, lr, gamma, per_epoch: lr - lr * (1 - gamma) * (_a(t) // per_epoch), "each epoch takes away the same amount. Multiply: the second time gamma acts on what is left."),
            Wrong("times the count", lambda t, lr, gamma, per_epoch: lr * gamma * (_a(t) // per_epoch), "it multiplies by the number of epochs. gamma is applied once for each: a power, `**`."),
            Wrong("only once", lambda t, lr, gamma, per_epoch: np.where(_a(t) >= per_epoch, lr * gamma, lr), "gamma is applied once and never again. Each epoch applies it."),
            Wrong("multiplied by the epoch length", lambda t, lr, gamma, per_epoch: lr * gamma ** (_a(t) * float(per_epoch)), "t is multiplied by per_epoch. An epoch has per_epoch updates, so divide."),
            Wrong("1 / (1 + gamma n)", lambda t, lr, gamma, per_epoch: lr / (1 + gamma * (_a(t) // per_epoch)), "that is inverse-time decay. An exponential scheduler multiplies by gamma each time."),
            Wrong("one number only", lambda t, lr, gamma, per_epoch: lr * gamma ** int(t / per_epoch), "t may be an array, and `int` takes one number. Use `//`, which takes both."),
            Wrong("restarted", lambda t, lr, gamma, per_epoch: lr * np.where(_a(t) % per_epoch == 0, gamma, 1.0), "the rate changes for one update and goes back up. A step of the scheduler stays."),
            Wrong("upside down", lambda t, lr, gamma, per_epoch: lr * gamma ** (per_epoch // (_a(t) + 1)), "the division is upside down: the number of epochs that are over is t // per_epoch."),
            Wrong("base and power exchanged", lambda t, lr, gamma, per_epoch: lr * (_a(t) // per_epoch) ** gamma, "base and power are exchanged: gamma is what is multiplied, the number of epochs says how often."),
        ),
        shows="A smooth curve became stairs, with per_epoch updates on each. The unit of gamma is the call of step().",
    ),
    Exercise(
        id="13-3",
        title="boundaries for Keras",
        points=2,
        minutes=3,
        solution=keras_boundaries,
        cases=(([30, 60],), ([100],), ([],), ([5, 5, 40],), ([1, 1000, 2000],)),
        hints=(
            "At which step does Keras use the new rate for the first time, if the boundary is 30?",
            "At 31. To have it at 30, the boundary must be one smaller.",
            "`[milestone - ... for milestone in milestones]`",
        ),
        wrong=(
            Wrong("as they are", lambda milestones: list(milestones), "with the same numbers Keras drops one update later: at step = boundary it still uses the old rate."),
            Wrong("one larger", lambda milestones: [m + 1 for m in milestones], "one larger makes it two updates late. Keras is late by one already: subtract."),
            Wrong("distances", lambda milestones: [b - a for a, b in zip([0, *milestones], milestones)], "these are the distances between the milestones. Keras counts boundaries from the first update, as we do."),
            Wrong("the list less one", lambda milestones: milestones - 1, "a list has no minus. Go through the milestones one by one."),
            Wrong("without doubles", lambda milestones: sorted({m - 1 for m in milestones}), "a milestone listed twice drops twice. A set forgets the second."),
            Wrong("the first only", lambda milestones: [m - (k == 0) for k, m in enumerate(milestones)], "only the first is shifted. Every boundary has the same off-by-one."),
            Wrong("the last left out", lambda milestones: [m - 1 for m in milestones[:-1]], "the last milestone is missing. Each needs its boundary."),
            Wrong("a growing shift", lambda milestones: [m - k - 1 for k, m in enumerate(milestones)], "the shift grows from one to the next. The steps are counted from the start, so it is one for each."),
            Wrong("back to front", lambda milestones: milestones[::-1], "the list is turned round. Only each number changes."),
            Wrong("half an update", lambda milestones: [m - 0.5 for m in milestones], "that drops at the right update, and is no whole number. Give the last step with the old rate: m - 1."),
            Wrong("halved", lambda milestones: [m / 2 for m in milestones], "the milestones are halved. The count is the same in both, only the boundary is one update earlier: m - 1."),
        ),
        shows="`translate(MultiStep(...), to=\"keras\")` writes 30 - 1, so that whoever reads it sees why.",
    ),
    Exercise(
        id="13-4",
        title="how long is decay_steps?",
        points=2,
        minutes=4,
        solution=decay_steps,
        cases=((1000, 100), (300, 20), (50, 0), (90, 30), (10, 9)),
        hints=(
            "From which update on does each library count, and where does both end?",
            "Optax counts from update 0 to the end. Keras counts from the end of the warmup to the end.",
            "`return total, total - ...`",
        ),
        wrong=(
            Wrong("exchanged", lambda total, warmup: (total - warmup, total), "the two are exchanged: it is Optax that counts the warmup in."),
            Wrong("both whole", lambda total, warmup: (total, total), "Keras begins to count after the warmup, so with the whole length it reaches its end `warmup` updates too late."),
            Wrong("both without", lambda total, warmup: (total - warmup, total - warmup), "Optax counts the warmup in, so without it the end comes `warmup` updates too early."),
            Wrong("added", lambda total, warmup: (total + warmup, total), "total holds the warmup already: do not add it again."),
            Wrong("added in Keras", lambda total, warmup: (total, total + warmup), "Keras counts from the end of the warmup, so its decay is shorter than the run, not longer."),
            Wrong("off by one", lambda total, warmup: (total - 1, total - warmup - 1), "one too few each: the end is to be reached at update `total`, not at the last update before."),
            Wrong("Keras off by one", lambda total, warmup: (total, total - warmup - 1), "Keras' is one too few: its decay runs from update `warmup` to update `total`."),
            Wrong("without and added", lambda total, warmup: (total - warmup, total + warmup), "both go the wrong way: Optax takes the whole length, Keras what comes after the warmup."),
            Wrong("the warmup first", lambda total, warmup: (warmup, total), "the first number is the warmup. Optax' decay_steps is the whole length, warmup counted in."),
            Wrong("two parts", lambda total, warmup: (warmup, total - warmup), "these are the two parts of the run. Keras' is right; Optax takes their sum."),
            Wrong("one number", lambda total, warmup: total - warmup, "only one number is returned. Two are wanted: Optax', then Keras'."),
            Wrong("the warmup", lambda total, warmup: (total, warmup), "the second number is the length of the warmup. Keras' decay_steps is what comes after it."),
        ),
        shows="In lrlab: `Cosine(steps=total - warmup).warmup(warmup)`, the same count as in Keras.",
    ),
    Exercise(
        id="13-5",
        title="cosine with alpha",
        points=3,
        minutes=5,
        solution=cosine_alpha,
        curve=_cosine,
        cases=(
            (0, 0.5, 100, 0.1),
            (50, 0.5, 100, 0.1),
            (100, 0.5, 100, 0.1),
            (150, 0.5, 100, 0.1),
            (30, 2.0, 60, 0.0),
            (np.arange(20), 0.2, 12, 0.25),
            (np.array([0, 3, 6, 9]), 0.1, 6, 1.0),
        ),
        hints=(
            "What is the rate at t = 0, halfway, at decay_steps, and long after? Write the four values down.",
            "The wave (1 + cos(pi p)) / 2 falls from 1 to 0 while p goes from 0 to 1, and p must stop at 1. Stretch it so that it falls from 1 to alpha, then times lr.",
            "`p = np.minimum(np.asarray(t) / decay_steps, 1.0)`, then `lr * (alpha + (1 - alpha) * ...)`",
        ),
        wrong=(
            Wrong("alpha as a rate", lambda t, lr, decay_steps, alpha: alpha + (lr - alpha) * _wave(t, decay_steps), "alpha is taken as a rate, as PyTorch's eta_min. In Optax and Keras it is a share: the end is alpha * lr."),
            Wrong("climbs back", lambda t, lr, decay_steps, alpha: lr * (alpha + (1 - alpha) * (1 + np.cos(np.pi * _a(t) / decay_steps)) / 2), "after decay_steps it climbs back, as PyTorch's. Optax and Keras stay at the end: let the progress stop at 1."),
            Wrong("added only", lambda t, lr, decay_steps, alpha: lr * (alpha + _wave(t, decay_steps)), "alpha is added and the wave not made smaller, so it begins above lr. The wave gets the share 1 - alpha."),
            Wrong("a floor", lambda t, lr, decay_steps, alpha: lr * np.maximum(_wave(t, decay_steps), alpha), "alpha is a floor here: the cosine goes to 0 and is cut off. It is stretched so that it ends at alpha."),
            Wrong("to 0", lambda t, lr, decay_steps, alpha: lr * _wave(t, decay_steps), "it falls to 0: alpha is not used."),
            Wrong("scaled", lambda t, lr, decay_steps, alpha: lr * (1 - alpha) * _wave(t, decay_steps), "it begins at (1 - alpha) lr and ends at 0. Add alpha to the wave's share."),
            Wrong("0 after the end", lambda t, lr, decay_steps, alpha: np.where(_a(t) > decay_steps, 0.0, lr * (alpha + (1 - alpha) * _wave(t, decay_steps))), "after decay_steps it is 0. It stays at its end, alpha * lr."),
            Wrong("a whole turn", lambda t, lr, decay_steps, alpha: lr * (alpha + (1 - alpha) * (1 + np.cos(2 * np.pi * np.minimum(_a(t) / decay_steps, 1))) / 2), "the cosine makes a whole turn and comes back up. Half a turn, pi, takes it from 1 to its lowest."),
            Wrong("a quarter turn", lambda t, lr, decay_steps, alpha: lr * (alpha + (1 - alpha) * np.cos(np.pi / 2 * np.minimum(_a(t) / decay_steps, 1))), "that is a quarter of a turn, which is steep at its end. The schedule takes half a turn, raised by 1 and halved."),
            Wrong("a straight line", lambda t, lr, decay_steps, alpha: lr * (1 - (1 - alpha) * np.minimum(_a(t) / decay_steps, 1)), "that is a straight line. The cosine of pi times the progress is missing."),
            Wrong("not halved", lambda t, lr, decay_steps, alpha: lr * (alpha + (1 - alpha) * (1 + np.cos(np.pi * np.minimum(_a(t) / decay_steps, 1)))), "1 + cos goes from 2 to 0. Halve it."),
            Wrong("not raised", lambda t, lr, decay_steps, alpha: lr * (alpha + (1 - alpha) * np.cos(np.pi * np.minimum(_a(t) / decay_steps, 1))), "the cosine goes from 1 to -1. Add 1 and halve it."),
            Wrong("degrees", lambda t, lr, decay_steps, alpha: lr * (alpha + (1 - alpha) * (1 + np.cos(180 * np.minimum(_a(t) / decay_steps, 1))) / 2), "np.cos takes radians: half a turn is np.pi, not 180."),
            Wrong("one step short", lambda t, lr, decay_steps, alpha: lr * (alpha + (1 - alpha) * _wave(t, decay_steps - 1)), "the end is reached one update early. It is at t = decay_steps."),
            Wrong("upside down", lambda t, lr, decay_steps, alpha: lr * (alpha + (1 - alpha) * (1 - _wave(t, decay_steps))), "it rises from alpha * lr to lr. With 1 + cos in place of 1 - cos it falls."),
            Wrong("begins again", lambda t, lr, decay_steps, alpha: lr * (alpha + (1 - alpha) * (1 + np.cos(np.pi * (_a(t) % decay_steps) / decay_steps)) / 2), "at decay_steps it begins again: those are warm restarts. Let the progress stop at 1."),
            Wrong("exponential", lambda t, lr, decay_steps, alpha: lr * np.power(float(alpha), np.minimum(_a(t) / decay_steps, 1)), "that is exponential decay down to alpha. The cosine is missing."),
            Wrong("a sine", lambda t, lr, decay_steps, alpha: lr * (alpha + (1 - alpha) * np.sin(np.pi * np.minimum(_a(t) / decay_steps, 1))), "the sine begins at 0, rises and falls. (1 + cos) / 2 begins at 1 and falls to 0."),
            Wrong("alpha subtracted", lambda t, lr, decay_steps, alpha: lr * (_wave(t, decay_steps) - alpha), "alpha is subtracted, so the rate ends below 0. It ends at alpha * lr."),
            Wrong("alpha and its rest exchanged", lambda t, lr, decay_steps, alpha: lr * ((1 - alpha) + alpha * _wave(t, decay_steps)), "alpha and 1 - alpha are exchanged: it ends at (1 - alpha) lr."),
            Wrong("one number only", lambda t, lr, decay_steps, alpha: lr * (alpha + (1 - alpha) * (1 + np.cos(np.pi * min(t / decay_steps, 1))) / 2), "t may be an array, which `min` and `if` cannot ask. Use `np.minimum`, which takes both."),
        ),
        shows="With alpha = end / lr this is `Cosine(lr, decay_steps, end)`. With eta_min = 0.1 and alpha = 0.1 two runs differ, unless lr is 1.",
    ),
    Exercise(
        id="13-6",
        title="diagnose by the numbers",
        points=2,
        minutes=5,
        solution="ewcb",
        accept=lambda value: _letters(value) == "ewcb",
        wanted="four letters for A, B, C, D",
        hints=(
            "Look for each pair at three places: the last rates, the middle, and the first that differs. Where are they the same?",
            "One pair differs by one update only, one is equal until the end of the curve, one has the same length and another end.",
            "A: the same shape, 0.1 and 0.05 at the end. B: both rise alike, one comes down sooner. C: one climbs.",
        ),
        wrong=(
            Wrong("end and length exchanged", "wecb", "A has no warmup: it begins at its largest rate. Its two curves take the same time and end at different rates. B's end at the same, at different times.", lambda v: _letters(v) == "wecb"),
            Wrong("climb and boundary exchanged", "ewbc", "D does not climb: it drops one update later. C climbs back from 0.", lambda v: _letters(v) == "ewbc"),
            Wrong("end and climb exchanged", "cweb", "A's curves stay at their ends, 0.1 and 0.05. It is C that climbs.", lambda v: _letters(v) == "cweb"),
            Wrong("length and climb exchanged", "ecwb", "B's curves never rise after their peak. C has no warmup: one of its curves comes back up after its end.", lambda v: _letters(v) == "ecwb"),
            Wrong("length and boundary exchanged", "ebcw", "B differs in a whole stretch, by the two updates of its warmup. D differs at two single updates, one after each drop.", lambda v: _letters(v) == "ebcw"),
        ),
        shows="Print the rates of both, side by side. It takes two lines, and the table of dialects begins with what you see.",
    ),
    Exercise(
        id="13-7",
        title="Keras' epsilon",
        points=1,
        minutes=4,
        solution=epsilon_outside,
        cases=(
            (1e-3, 0.999, 0),
            (1e-3, 0.999, 1),
            (1e-2, 0.9, 0),
            (1e-3, 0.99, 20),
            (0.1, 0.999, np.array([0, 9, 99, 9999])),
        ),
        hints=(
            "Keras divides by sqrt(v) + epsilon, and the correction of v is pulled into the rate. What must both be divided by, to have sqrt(v corrected) + something?",
            "By the root of 1 - beta2 to the power t + 1, since v corrected is v over that. Epsilon is divided by it as well.",
            "`return epsilon / np.sqrt(1 - beta2 ** (...))`",
        ),
        wrong=(
            Wrong("t without one", lambda epsilon, beta2, t: epsilon / np.sqrt(1 - beta2 ** np.maximum(_a(t), 1)), "the power is t. At the first update t is 0 and one gradient is in v: the power is t + 1."),
            Wrong("t as it is", lambda epsilon, beta2, t: epsilon / np.sqrt(1 - beta2 ** _a(t)), "the power is t, which divides by 0 at the first update. One gradient is in v by then: t + 1."),
            Wrong("no root", lambda epsilon, beta2, t: epsilon / (1 - beta2 ** (_a(t) + 1)), "the root is missing. v is corrected by 1 - beta2 ** (t + 1), so its root by the root of that."),
            Wrong("multiplied", lambda epsilon, beta2, t: epsilon * np.sqrt(1 - beta2 ** (_a(t) + 1)), "it is multiplied, which is the way back: from ours to Keras'. Divide."),
            Wrong("no correction", lambda epsilon, beta2, t: epsilon + 0.0 * _a(t), "the same epsilon gives the same step only after thousands of updates. At first Keras' counts for more: divide by the correction."),
            Wrong("the other beta's place", lambda epsilon, beta2, t: epsilon / np.sqrt(beta2 ** (_a(t) + 1)), "1 minus is missing: the correction is 1 - beta2 ** (t + 1)."),
            Wrong("no power", lambda epsilon, beta2, t: epsilon / np.sqrt(1 - beta2) + 0.0 * _a(t), "that is right at the first update only. The power t + 1 lets it fade."),
            Wrong("times the count", lambda epsilon, beta2, t: epsilon / np.sqrt(1 - beta2 * (_a(t) + 1)), "beta2 is multiplied by t + 1. It is a power."),
            Wrong("multiplied, no root", lambda epsilon, beta2, t: epsilon * (1 - beta2 ** (_a(t) + 1)), "it is multiplied, and the root is missing. Divide epsilon by the root of the correction."),
            Wrong("a root of the power", lambda epsilon, beta2, t: epsilon / (1 - np.sqrt(beta2 ** (_a(t) + 1))), "the root is taken of the power alone. It goes over the whole correction, 1 - beta2 ** (t + 1)."),
            Wrong("plus", lambda epsilon, beta2, t: epsilon / np.sqrt(1 + beta2 ** (_a(t) + 1)), "the correction is 1 minus the power, not 1 plus."),
            Wrong("squared", lambda epsilon, beta2, t: epsilon / (1 - beta2 ** (_a(t) + 1)) ** 2, "the correction is squared. Its root is wanted."),
            Wrong("epsilon inside the root", lambda epsilon, beta2, t: np.sqrt(epsilon / (1 - beta2 ** (_a(t) + 1))), "epsilon is under the root too. Only the correction of v is."),
            Wrong("two updates on", lambda epsilon, beta2, t: epsilon / np.sqrt(1 - beta2 ** (_a(t) + 2)), "the power is t + 2. t counts the updates done, and one gradient more is in v: t + 1."),
            Wrong("subtracted", lambda epsilon, beta2, t: epsilon - np.sqrt(1 - beta2 ** (_a(t) + 1)), "the root is subtracted. Both sqrt(v) and epsilon are divided by it."),
        ),
        shows="32 times at the first update, with beta2 = 0.999, and hardly more than 1 after a few thousand.",
    ),
)

QUIZ = (
    Question(
        "13-q1",
        "Why does momentum with the rate inside the buffer go wrong after a drop?",
        (
            Option("the momentum is larger in Keras", "It is the same number, 0.9."),
            Option("the buffer holds steps of the old rate, and they go on", "Up to the drop the two are one method.", True),
            Option("the drop comes one update later", "That is another row of the table, and hardly matters."),
        ),
    ),
    Question(
        "13-q2",
        "You train 20 % longer than planned, with PyTorch's CosineAnnealingLR as it was. What happens in the last part?",
        (
            Option("the rate stays at its smallest", "So it is in Optax, Keras and lrlab."),
            Option("an error is raised", "Nothing is said."),
            Option("the rate climbs, and with it the noise", "It is a whole wave: after T_max it goes back up.", True),
        ),
    ),
    Question(
        "13-q3",
        "A PyTorch recipe has eta_min=0.01, with lr=0.1. Which alpha is that in Optax?",
        (
            Option("0.1", "The end is 0.01, a tenth of the first rate.", True),
            Option("0.01", "That would end at 0.001: alpha is a share of lr."),
            Option("0.001", "alpha times lr is the end: 0.1 times what is 0.01?"),
        ),
    ),
    Question(
        "13-q4",
        "Which of these changed the loss by more than 5 % on the bowl?",
        (
            Option("a boundary one update later", "One update in 300: it hardly mattered."),
            Option("the warmup counted into the length, or not", "60 updates in 360.", True),
            Option("scheduler.step() before optimizer.step()", "All rates one update early: it hardly mattered there. With a warmup or every = 1 look twice."),
        ),
    ),
    Question(
        "13-q5",
        "You resume a run with momentum at t = 5000, and your schedule is a function of t. What must have been saved?",
        (
            Option("weights and t", "Then momentum begins at 0 again."),
            Option("weights, t, the optimizer's state and the schedule's state", "The schedule has none."),
            Option("weights, t and the optimizer's state", "The buffer is a sum of past gradients, and nothing else remembers them.", True),
        ),
    ),
)

LESSON = Lesson(
    number="13",
    title="Taking it home",
    minutes=40,
    recall=RECALL,
    predictions=PREDICTIONS,
    missions=MISSIONS,
    exercises=EXERCISES,
    quiz=QUIZ,
    next="lesson 14, capstone: a fixed budget, your own schedule, seeds that nobody has seen.",
)
