"""Lesson 05: the horizon, which a schedule is planned for, and what a wrong one costs."""

from __future__ import annotations

import math

import numpy as np

from .model import Exercise, Lesson, Mission, Option, Question, Wrong

RECALL = (
    Question(
        "05-r1",
        "Exponential decay with factor 0.98 was right for a run of 300 updates. What is it in a run of 3000?",
        (
            Option("right again: a factor belongs to the problem", "It belongs to the length: it says how soon the rate is gone."),
            Option("too slow", "After 3000 updates the rate is long gone: 0.98 to the power 3000 is about 5e-27."),
            Option("too fast: the rate is gone after a few hundred updates", "The rest of the run does nothing.", True),
        ),
    ),
    Question(
        "05-r2",
        "The rates of a run add up to 2 in all, on a bowl of curvature 1 without noise. All of them are small. What is left of w?",
        (
            Option("about e^-2, 0.14 of it", "Each update multiplies by 1 - lr, about e^-lr, so the sum stands in the power.", True),
            Option("nothing: the rates fell to 0, so the run has arrived", "It has come to rest, and not arrived: the travel was finite."),
            Option("half of it", "That would be a travel of 0.69."),
        ),
    ),
    Question(
        "05-r3",
        "A noisy run stands at the floor of its fixed rate. The rate is halved. Where does the loss end, for small rates?",
        (
            Option("where it was", "The floor belongs to the rate."),
            Option("at about half the height above the minimum", "The floor is about proportional to the rate.", True),
            Option("at the minimum", "Half the rate still lets in noise."),
        ),
    ),
)

PREDICTIONS = (
    Question(
        "05-p1",
        "Both runs have made 500 updates: one as the first half of a cosine for 1000, the other as a whole cosine for 500. "
        "Which has the lower excess loss at that moment?",
        (
            Option("the first half: its rates were larger, so it has come farther", "It has travelled farther. It also stands on the noise floor of half its first rate."),
            Option("the whole one: its rate has come down", "It has paid off its noise. The other will do so later.", True),
            Option("neither: both began with the same rate and saw the same batches", "The same batches, with other rates for nearly all of them."),
        ),
    ),
    Question(
        "05-p2",
        "Cosine against a straight line to 0, both with their best first rate and the right horizon. What do you expect on the network?",
        (
            Option("the cosine ends clearly lower: it stays high for longer and lands softly", "It does both, and its middle is steeper for it."),
            Option("the cosine is as bad as the fixed rate", "The fixed rate stays on its floor. The cosine comes down."),
            Option("they are close, and the cosine is not ahead", "Same ends, same mean rate, nearly the same result.", True),
        ),
    ),
)


def _cosine(explorer, **kept):
    """What to say where the explorer's cosine is not set as the mission wants."""
    if explorer.schedule.value != "Cosine":
        return "Choose the schedule Cosine."
    for name, value in kept.items():
        there = getattr(explorer, name).value
        if not math.isclose(there, value, rel_tol=1e-9):
            words = {"lr": "base rate"}.get(name, name)
            return f"The {words} is {there:.4g}. Keep it at {value:g}."
    return None


def _cheap(explorer):
    if other := _cosine(explorer, lr=0.5, noise=1, horizon=400):
        return other
    if explorer.stop.value > 360:
        return f"The stop is at update {explorer.stop.value}. Stop at 360 or earlier."
    cost = explorer.value.cost
    return None if cost <= 1.1 else f"Stopped at update {explorer.stop.value} the plan costs a factor of {cost:.4g}."


def _longer(explorer):
    if other := _cosine(explorer, lr=0.5, horizon=400, stop=200):
        return other
    cost = explorer.value.cost
    return None if cost < 1 else f"The longer plan costs a factor of {cost:.4g}. What is it that the small rates at the end take away?"


def _area(explorer):
    schedule = explorer.value
    if type(schedule).__name__ != "Polynomial":
        return "Choose the schedule Polynomial."
    if schedule.steps != 100:
        return f"It is planned for {schedule.steps} updates. Let it end at update 100."
    if schedule.end != 0:
        return f"It ends at {schedule.end:.4g}. Let it fall to 0."
    share = schedule(np.arange(100)).mean() / schedule(0)
    return None if 0.24 <= share <= 0.26 else f"The mean rate is {share:.4g} times the first."


MISSIONS = (
    Mission(
        "05-m1",
        "cosine, base rate 0.5, noise 1, horizon 400, stopped at update 360 or earlier at a cost of at most a factor of 1.1.",
        _cheap,
        "Only the last tenth is nearly free: the rate has come down to a few percent by then. At half-way it costs a factor of 3.9.",
    ),
    Mission(
        "05-m2",
        "cosine, base rate 0.5, horizon 400, stop 200, and the longer plan is the better one, a factor below 1.",
        _longer,
        "With little noise there is no floor to come down from, and the larger rates of the longer plan are simply faster.",
    ),
    Mission(
        "05-m3",
        "Polynomial that falls to 0 at update 100, with a mean rate between 0.24 and 0.26 times the first.",
        _area,
        "The mean is about 1 / (power + 1): half for the straight line, a quarter for power 3.",
    ),
)


def cosine(t, lr, steps, end):
    progress = np.minimum(np.asarray(t) / steps, 1.0)
    return end + (lr - end) * (1 + np.cos(np.pi * progress)) / 2


def straight_line(t, lr, steps, end):
    done = np.clip(np.asarray(t) / steps, 0, 1)
    return (1 - done) * lr + done * end


def mean_rate(lr, steps, end):
    return lr - (lr - end) * (steps - 1) / (2 * steps)


def last_rate(lr, epochs, per_epoch, stopped):
    t = stopped * per_epoch - 1
    progress = min(t / (epochs * per_epoch), 1.0)
    return lr * (1 + math.cos(math.pi * progress)) / 2


def decay_steps(epochs, examples, batch, done):
    return max(epochs * (examples // batch) - done, 0)


def new_horizon(t, lr, steps, at, new_steps):
    if t < at:
        return lr * (1 - t / steps)
    left = max(new_steps - t, 0) / (new_steps - at)
    return lr * (1 - at / steps) * left


def _letters(value):
    return "".join(value).lower().replace(" ", "").replace(",", "")


def _share(t, steps):
    return np.minimum(np.asarray(t) / steps, 1.0)


def _waved(share):
    """A cosine that goes wrong in its share: share(progress) in place of (1 + cos(pi progress)) / 2."""
    return lambda t, lr, steps, end: end + (lr - end) * share(_share(t, steps))


def _stopped(share):
    """The rate where the progress is share(epochs, per_epoch, stopped), cut at 1."""
    def rate(lr, epochs, per_epoch, stopped):
        return lr * (1 + math.cos(math.pi * min(share(epochs, per_epoch, stopped), 1.0))) / 2

    return rate


def _before(then):
    """new_horizon that is right before `at` and then(...) from there on."""
    def rate(t, lr, steps, at, new_steps):
        return lr * (1 - t / steps) if t < at else then(t, lr, steps, at, new_steps)

    return rate


EXERCISES = (
    Exercise(
        id="05-1",
        title="cosine decay",
        points=2,
        minutes=4,
        solution=cosine,
        curve=lambda function: function(np.arange(60), 0.8, 50, 0.1),
        cases=(
            (0, 0.8, 10, 0.0),
            (5, 0.8, 10, 0.2),
            (np.arange(20), 0.1, 20, 0.0),
            (np.array([0, 25, 50, 99, 100, 150, 200]), 1.0, 100, 0.1),
            (7.5, 0.4, 30, 0.04),
            (1, 0.3, 1, 0.03),
            (0, 0.3, 1, 0.03),
        ),
        hints=(
            "What is the cosine of 0, of a right angle, of half a turn? What should the share be there?",
            "It goes from 1 to -1. Move it up by 1 and halve it, and it goes from 1 to 0. Half a turn is pi.",
            "`(1 + np.cos(... * progress)) / 2`",
        ),
        wrong=(
            Wrong("degrees", _waved(lambda x: (1 + np.cos(180 * x)) / 2), "`np.cos` takes radians, not degrees: half a turn is np.pi, not 180."),
            Wrong("no pi", _waved(lambda x: (1 + np.cos(x)) / 2), "the angle goes from 0 to 1. Half a wave is an angle of np.pi: multiply the progress by it."),
            Wrong("a whole wave", _waved(lambda x: (1 + np.cos(2 * np.pi * x)) / 2), "that is a whole wave, down and up again. Half of it is wanted: np.pi in place of 2 np.pi."),
            Wrong("a quarter wave", _waved(lambda x: np.cos(np.pi / 2 * x)), "that is a quarter of a wave, steepest at the end. Half a wave, moved up by 1 and halved, is flat at both ends."),
            Wrong("not moved up", _waved(lambda x: np.cos(np.pi * x)), "the cosine goes down to -1. Add 1 and halve it."),
            Wrong("upside down", _waved(lambda x: (1 - np.cos(np.pi * x)) / 2), "with 1 - cos the share rises from 0 to 1. It should fall: 1 + cos."),
            Wrong("not halved", _waved(lambda x: 1 + np.cos(np.pi * x)), "1 + cos goes from 2 to 0. Halve it."),
            Wrong("halved too soon", _waved(lambda x: 1 + np.cos(np.pi * x) / 2), "only the cosine is halved. Put brackets around 1 + cos."),
            Wrong("moved up by a half", _waved(lambda x: np.cos(np.pi * x) / 2), "cos / 2 goes from 1/2 to -1/2. Add the 1 before you halve it."),
            Wrong("a sine", _waved(lambda x: (1 + np.sin(np.pi * x)) / 2), "that is a sine: it rises at first. Take the cosine."),
            Wrong("a straight line", _waved(lambda x: 1 - x), "that is the straight line."),
            Wrong("angle of progress and 1", _waved(lambda x: (1 + np.cos(np.pi + x)) / 2), "pi is added to the progress. Multiply."),
            Wrong("squared", _waved(lambda x: ((1 + np.cos(np.pi * x)) / 2) ** 2), "the share is squared. Leave out the power."),
            Wrong("no clip", lambda t, lr, steps, end: end + (lr - end) * (1 + np.cos(np.pi * np.asarray(t) / steps)) / 2, "after t = steps the rate climbs back up. Cut the progress at 1, with np.minimum."),
            Wrong("one update early", lambda t, lr, steps, end: end + (lr - end) * (1 + np.cos(np.pi * np.minimum(np.asarray(t) / max(steps - 1, 1), 1.0))) / 2, "it reaches the end one update early, at t = steps - 1. Divide by steps."),
            Wrong("end added", lambda t, lr, steps, end: end + lr * (1 + np.cos(np.pi * _share(t, steps))) / 2, "end is added on top, so it begins at lr + end. The wave is lr - end high."),
            Wrong("end as a floor", lambda t, lr, steps, end: np.maximum(lr * (1 + np.cos(np.pi * _share(t, steps))) / 2, end), "end is a floor there that cuts the wave off. The wave goes from lr to end: end + (lr - end) * share."),
            Wrong("end ignored", lambda t, lr, steps, end: lr * (1 + np.cos(np.pi * _share(t, steps))) / 2, "`end` is not used: the wave goes from lr to end, not to 0."),
            Wrong("one number only", lambda t, lr, steps, end: end + (lr - end) * (1 + math.cos(math.pi * _share(t, steps))) / 2, "t may be an array, and `math.cos` takes one number. Use `np.cos`."),
            Wrong("a quarter of the angle", _waved(lambda x: (1 + np.cos(np.pi * x / 2)) / 2), "the angle goes only to a quarter turn, so the share ends at a half. At progress 1 it is np.pi, half a turn."),
            Wrong("a quarter sine", _waved(lambda x: 1 - np.sin(np.pi / 2 * x)), "that is a quarter of a wave, steepest at the start. Half a cosine wave is flat at both ends."),
            Wrong("an arch", _waved(lambda x: np.sin(np.pi * x)), "a sine over half a turn is an arch: 0, 1, 0. Take the cosine, moved up by 1 and halved."),
            Wrong("e to the minus", _waved(lambda x: np.exp(-x)), "that is exponential, and does not get to 0. Take half a cosine wave."),
            Wrong("converted once more", _waved(lambda x: (1 + np.cos(np.radians(np.pi * x))) / 2), "np.pi * progress is in radians already. np.radians makes it small once more."),
            Wrong("counted from 1", lambda t, lr, steps, end: end + (lr - end) * (1 + np.cos(np.pi * np.minimum((np.asarray(t) + 1) / steps, 1.0))) / 2, "it is one update ahead: t counts the updates done, so at t = 0 the rate is lr."),
            Wrong("half outside", lambda t, lr, steps, end: end + (lr - end) * np.cos(np.pi * _share(t, steps)) / 2 + 0.5, "the half is added to the rate. It belongs to the share, inside the brackets that lr - end multiplies."),
            Wrong("brackets", lambda t, lr, steps, end: end + (lr - end) / 2 + np.cos(np.pi * _share(t, steps)), "the cosine is added, not multiplied: put brackets around 1 + cos."),
            Wrong("thirds", _waved(lambda x: (1 + np.cos(np.pi * x)) / 3), "1 + cos goes from 2 to 0, so divide by 2."),
            Wrong("lr plus end", lambda t, lr, steps, end: end + (lr + end) * (1 + np.cos(np.pi * _share(t, steps))) / 2, "the wave is lr - end high, not lr + end."),
            Wrong("end subtracted", lambda t, lr, steps, end: lr * (1 + np.cos(np.pi * _share(t, steps))) / 2 - end, "end is subtracted from a wave to 0. The wave goes from lr to end: end + (lr - end) * share."),
            Wrong("3.14", _waved(lambda x: (1 + np.cos(3.14 * x)) / 2), "3.14 is not exact enough. Use np.pi."),
        ),
        shows="Half-way it is the mean of lr and end, and the last update, t = steps - 1, is not quite at the end.",
    ),
    Exercise(
        id="05-2",
        title="a straight line to an end rate",
        points=3,
        minutes=5,
        solution=straight_line,
        curve=lambda function: function(np.arange(60), 0.8, 50, 0.1),
        cases=(
            (0, 0.8, 10, 0.0),
            (5, 0.8, 10, 0.2),
            (np.arange(20), 0.1, 20, 0.0),
            (np.array([0, 25, 50, 99, 100, 150, 200]), 1.0, 100, 0.1),
            (7.5, 0.4, 30, 0.04),
            (1, 0.3, 1, 0.03),
            (3, 0.2, 4, 0.2),
        ),
        hints=(
            "Which part of the way from lr to end is done at update t? And long after the end?",
            "t / steps, and never more than 1. That part of lr - end has been taken away.",
            "`progress = np.minimum(..., 1.0)`, `return lr + (end - lr) * ...`",
        ),
        wrong=(
            Wrong("no clip", lambda t, lr, steps, end: lr + (end - lr) * np.asarray(t) / steps, "after t = steps the line goes on, below end and below 0. Cut t / steps at 1, with np.minimum."),
            Wrong("end as a floor", lambda t, lr, steps, end: np.maximum(lr * (1 - np.asarray(t) / steps), end), "that is a line to 0 with end as a floor, which is met too soon. The line itself goes to end, and gets there at t = steps."),
            Wrong("end ignored", lambda t, lr, steps, end: lr * (1 - _share(t, steps)), "`end` is not used: the line goes from lr to end, not to 0."),
            Wrong("end added", lambda t, lr, steps, end: end + lr * (1 - _share(t, steps)), "end is added on top, so it begins at lr + end. The way down is lr - end long."),
            Wrong("one update early", lambda t, lr, steps, end: lr + (end - lr) * np.minimum(np.asarray(t) / max(steps - 1, 1), 1.0), "it reaches the end one update early, at t = steps - 1. Divide by steps."),
            Wrong("counted from 1", lambda t, lr, steps, end: lr + (end - lr) * np.minimum((np.asarray(t) + 1) / steps, 1.0), "it is one update ahead: t counts the updates done, so at t = 0 the rate is lr."),
            Wrong("steps + 1", lambda t, lr, steps, end: lr + (end - lr) * np.minimum(np.asarray(t) / (steps + 1), 1.0), "it reaches the end one update late. At t = steps the rate is end: divide by steps."),
            Wrong("cut to 0", lambda t, lr, steps, end: np.where(np.asarray(t) < steps, lr + (end - lr) * np.asarray(t) / steps, 0.0), "after t = steps the rate stays at end, not at 0."),
            Wrong("stays at lr", lambda t, lr, steps, end: np.where(np.asarray(t) < steps, lr + (end - lr) * np.asarray(t) / steps, lr), "after t = steps the rate stays at end, not at lr."),
            Wrong("backwards", lambda t, lr, steps, end: end + (lr - end) * _share(t, steps), "it runs backwards, from end to lr. At t = 0 the rate is lr."),
            Wrong("a cosine", cosine, "that is the cosine. The line takes away the same amount at every update."),
            Wrong("a factor", lambda t, lr, steps, end: lr * (max(end, 1e-9) / lr) ** _share(t, steps), "that is exponential decay, which multiplies. The line subtracts the same amount at every update."),
            Wrong("clipped at 0", lambda t, lr, steps, end: np.maximum(lr + (end - lr) * np.asarray(t) / steps, 0.0), "after t = steps the line goes on below end, down to 0. It stays at end: cut t / steps at 1."),
            Wrong("one number only", lambda t, lr, steps, end: lr + (end - lr) * min(t / steps, 1.0), "t may be an array, and `min` and `if` ask for one number. Use np.minimum."),
            Wrong("the way down only", lambda t, lr, steps, end: (lr - end) * (1 - _share(t, steps)), "that is the way still to go down. The rate is end more than that."),
            Wrong("lr - end from lr", lambda t, lr, steps, end: lr - lr * _share(t, steps) + end * (np.asarray(t) >= steps), "the line goes to 0 and then jumps to end. The line itself goes to end."),
            Wrong("end times the share", lambda t, lr, steps, end: lr - end * _share(t, steps), "it takes away end in place of lr - end. At t = steps nothing but end is left."),
            Wrong("lr plus end", lambda t, lr, steps, end: (lr + end) * (1 - _share(t, steps)), "that goes from lr + end to 0. The line goes from lr to end."),
            Wrong("rises", lambda t, lr, steps, end: lr + (lr - end) * _share(t, steps), "the sign of the way is wrong: the rate rises. From lr to end it is end - lr."),
            Wrong("whole only", lambda t, lr, steps, end: lr + (end - lr) * np.minimum(np.asarray(t) // steps, 1), "`//` rounds down, so nothing happens before t = steps. Use `/`."),
            Wrong("squared", lambda t, lr, steps, end: end + (lr - end) * (1 - _share(t, steps)) ** 2, "that is the polynomial with power 2. A line has power 1."),
            Wrong("not scaled", lambda t, lr, steps, end: np.maximum(lr - np.asarray(t) / steps, end), "it takes away t / steps itself. That is a share: of lr - end."),
            Wrong("inverse time", lambda t, lr, steps, end: end + (lr - end) / (1 + np.asarray(t) / steps), "that is inverse time. A line subtracts the same amount at every update."),
        ),
        shows="The same frame as the cosine, with another share. The frame is where the mistakes are: the cut, the end, the last update.",
    ),
    Exercise(
        id="05-3",
        title="the mean rate",
        points=2,
        minutes=5,
        solution=mean_rate,
        cases=((0.8, 10, 0.0), (0.1, 100, 0.0), (1.0, 4, 0.2), (0.5, 1, 0.1), (0.3, 2, 0.3), (0.2, 1000, 0.02)),
        hints=(
            "With lr = 1, end = 0 and steps = 4 the rates are 1, 0.75, 0.5, 0.25. What is their mean? It is not 0.5.",
            "On a straight line the mean is half-way between the first rate and the last. The last update is t = steps - 1. A loop and a division do as well.",
            "`first, last = lr, lr + (end - lr) * (...) / steps`, `return (first + last) / 2`",
        ),
        wrong=(
            Wrong("half-way to end", lambda lr, steps, end: (lr + end) / 2, "that is the mean of lr and end, as if some update used end. The last is t = steps - 1, one short of it."),
            Wrong("one rate too many", lambda lr, steps, end: sum(lr + (end - lr) * t / steps for t in range(steps + 1)) / steps, "the sum includes t = steps, which no update uses. `range(steps)` ends before it."),
            Wrong("without the first", lambda lr, steps, end: sum(lr + (end - lr) * t / steps for t in range(1, steps + 1)) / steps, "the sum goes from t = 1 to steps. The updates are t = 0 to steps - 1."),
            Wrong("the sum", lambda lr, steps, end: sum(lr + (end - lr) * t / steps for t in range(steps)), "that is the sum. Divide by the number of updates."),
            Wrong("divided by steps + 1", lambda lr, steps, end: sum(lr + (end - lr) * t / steps for t in range(steps)) / (steps + 1), "there are steps updates, not steps + 1."),
            Wrong("divided by steps - 1", lambda lr, steps, end: sum(lr + (end - lr) * t / steps for t in range(steps)) / (steps - 1), "there are steps updates, t = 0 to steps - 1. Divide by steps."),
            Wrong("to 0", lambda lr, steps, end: lr * (steps + 1) / (2 * steps), "that is the mean of the line to 0. This one goes to end."),
            Wrong("end added", lambda lr, steps, end: end + lr * (steps + 1) / (2 * steps), "end is added on top. The line is end plus lr - end times the share."),
            Wrong("half", lambda lr, steps, end: lr / 2, "half of lr is the line to 0, seen as a curve. Here are steps single updates, and an end."),
            Wrong("the way down only", lambda lr, steps, end: (lr - end) * (steps + 1) / (2 * steps), "that is the mean height above end. Add end."),
            Wrong("mean of the way down", lambda lr, steps, end: (lr - end) / 2, "that is half of the way down. The mean rate is what is left of lr."),
            Wrong("a geometric mean", lambda lr, steps, end: math.sqrt(lr * end), "that is the geometric mean, which suits factors. On a line it is the ordinary one."),
            Wrong("end at the last update", lambda lr, steps, end: sum(lr + (end - lr) * t / max(steps - 1, 1) for t in range(steps)) / steps, "there the last update uses end. The line reaches it at t = steps, one update later."),
            Wrong("the last rate", lambda lr, steps, end: lr + (end - lr) * (steps - 1) / steps, "that is the rate of the last update. The mean is half-way between the first and this one."),
            Wrong("two rates over steps", lambda lr, steps, end: (lr + end) / steps, "that divides two rates by the number of updates. Add up all steps rates first, or take the mean of the first and the last that is used."),
            Wrong("what an update takes away", lambda lr, steps, end: (lr - end) / steps, "that is how much one update takes away. The mean of the rates is wanted."),
            Wrong("the area of the curve", lambda lr, steps, end: (lr + end) / 2 * steps, "that is the area, close to the sum of the rates. Divide by steps; and the last update does not use end."),
            Wrong("lr times steps", lambda lr, steps, end: (lr * steps + end) / 2, "lr is the first rate only. Write down the rates for steps = 4 and add them up."),
            Wrong("end as a floor", lambda lr, steps, end: np.mean(np.maximum(lr * (1 - np.arange(steps) / steps), end)), "that is a line to 0 with end as a floor. The line itself goes to end."),
            Wrong("inner rates only", lambda lr, steps, end: np.mean(lr + (end - lr) * np.arange(1, steps) / steps), "the first rate is missing: t = 0 uses lr itself."),
        ),
        shows="For long runs it is the mean of lr and end, and the cosine has the same. So the two travel equally far.",
    ),
    Exercise(
        id="05-4",
        title="stopped early",
        points=2,
        minutes=5,
        solution=last_rate,
        cases=((0.8, 10, 44, 5), (0.1, 10, 44, 10), (1.0, 4, 10, 1), (0.5, 3, 7, 2), (0.3, 5, 20, 8), (0.2, 1, 4, 1), (0.4, 6, 1, 3)),
        hints=(
            "How many updates have been made when training stops, and which number has the last of them?",
            "Of n updates the last is number n - 1. The horizon is epochs * per_epoch updates. Past it the rate stays at 0.",
            "`t = stopped * per_epoch - ...`, then the cosine with end 0, its progress cut at 1.",
        ),
        wrong=(
            Wrong("the next update", _stopped(lambda e, p, s: s / e), "that is the rate of the next update, which is not made any more. Of n updates the last is number n - 1."),
            Wrong("no clip", lambda lr, e, p, s: lr * (1 + math.cos(math.pi * (s * p - 1) / (e * p))) / 2, "past the horizon the rate climbs back up. It stays at 0: cut the progress at 1."),
            Wrong("next update, no clip", lambda lr, e, p, s: lr * (1 + math.cos(math.pi * s / e)) / 2, "two things: that is the rate of the next update, and past the horizon it climbs back up."),
            Wrong("one epoch too early", _stopped(lambda e, p, s: (s - 1) / e), "that is one epoch too early. The last update is one update before the stop, not one epoch."),
            Wrong("a straight line", lambda lr, e, p, s: lr * max(1 - (s * p - 1) / (e * p), 0.0), "that is the straight line. The plan is a cosine."),
            Wrong("a straight line, next update", lambda lr, e, p, s: lr * max(1 - s / e, 0.0), "that is the straight line, at the next update. The plan is a cosine, and of n updates the last is number n - 1."),
            Wrong("horizon one short", _stopped(lambda e, p, s: (s * p - 1) / max(e * p - 1, 1)), "the horizon is epochs * per_epoch. Only the number of the update is one less than the count."),
            Wrong("stop in epochs", _stopped(lambda e, p, s: (s - 1) / (e * p)), "the stop is counted in epochs and the horizon in updates. Multiply stopped by per_epoch."),
            Wrong("horizon in epochs", _stopped(lambda e, p, s: (s * p - 1) / e), "the horizon is counted in epochs and the stop in updates. Multiply epochs by per_epoch."),
            Wrong("degrees", lambda lr, e, p, s: lr * (1 + math.cos(180 * min((s * p - 1) / (e * p), 1.0))) / 2, "`math.cos` takes radians, not degrees: half a turn is math.pi."),
            Wrong("the end", lambda lr, e, p, s: 0.0, "0 is the rate at the horizon. Training stops before it."),
            Wrong("planned for the stop", lambda lr, e, p, s: lr * (1 + math.cos(math.pi * (s * p - 1) / (s * p))) / 2, "that is the last rate of a cosine planned for the stop. This one is planned for epochs."),
            Wrong("one update more", _stopped(lambda e, p, s: (s * p + 1) / (e * p)), "that is two updates too far. Of n updates the last is number n - 1, since the first is number 0."),
            Wrong("upside down", lambda lr, e, p, s: lr * (1 - math.cos(math.pi * min((s * p - 1) / (e * p), 1.0))) / 2, "with 1 - cos the rate rises. It falls: 1 + cos."),
            Wrong("line, no clip", lambda lr, e, p, s: lr * (1 - (s * p - 1) / (e * p)), "that is the straight line, and past the horizon it goes below 0. The plan is a cosine that stays at 0."),
            Wrong("next update, horizon one short", _stopped(lambda e, p, s: s * p / max(e * p - 1, 1)), "the 1 is taken off the horizon. It belongs to the stop: of n updates the last is number n - 1."),
            Wrong("next update, horizon in epochs", _stopped(lambda e, p, s: s * p / e), "the horizon is counted in epochs and the stop in updates. Multiply epochs by per_epoch, and take 1 off the stop."),
            Wrong("a quarter wave", lambda lr, e, p, s: lr * math.cos(math.pi / 2 * min((s * p - 1) / (e * p), 1.0)), "that is a quarter of a wave. Cosine decay is half a wave, moved up by 1 and halved."),
            Wrong("not moved up", lambda lr, e, p, s: lr * math.cos(math.pi * min((s * p - 1) / (e * p), 1.0)), "the cosine goes down to -1. Add 1 and halve it."),
            Wrong("no pi", lambda lr, e, p, s: lr * (1 + math.cos(min((s * p - 1) / (e * p), 1.0))) / 2, "the angle goes from 0 to 1. Multiply the progress by math.pi."),
            Wrong("brackets", lambda lr, e, p, s: lr * (1 + math.cos(math.pi * min((s * p - 1) / (e * p), 1.0)) / 2), "only the cosine is halved. Put brackets around 1 + cos."),
            Wrong("what is left of the plan", _stopped(lambda e, p, s: max(e - s, 0) / e), "that is the part of the plan that is left. The progress is the part that is done."),
        ),
        shows="Half-way it is half of the first rate, whatever the length. That is the floor on which you stand.",
    ),
    Exercise(
        id="05-5",
        title="the length of the decay",
        points=2,
        minutes=4,
        solution=decay_steps,
        cases=((10, 1437, 32, 200), (1, 1437, 32, 0), (3, 1000, 8, 400), (2, 100, 32, 50), (5, 64, 64, 5), (4, 103, 10, 7), (20, 500, 4, 3)),
        hints=(
            "How many updates is the whole budget?",
            "epochs times the full batches of one epoch. Take off those that are done, and do not go below 0.",
            "`return max(epochs * (examples ... batch) - ..., 0)`",
        ),
        wrong=(
            Wrong("below 0", lambda epochs, examples, batch, done: epochs * (examples // batch) - done, "where the budget is used up there is nothing left: 0, not a negative number."),
            Wrong("the whole budget", lambda epochs, examples, batch, done: epochs * (examples // batch), "that is the whole budget. `done` updates of it are used."),
            Wrong("rounds up", lambda epochs, examples, batch, done: max(epochs * -(-examples // batch) - done, 0), "rounded up, the rest counts as a batch. Here it is left out: round down."),
            Wrong("rounds at the end", lambda epochs, examples, batch, done: max(epochs * examples // batch - done, 0), "round down for one epoch, then multiply: the rest is left out in every epoch."),
            Wrong("not whole", lambda epochs, examples, batch, done: max(epochs * examples / batch - done, 0), "an update is whole. Use // for the batches of one epoch."),
            Wrong("no conversion", lambda epochs, examples, batch, done: max(epochs - done, 0), "epochs are not updates. One epoch is examples // batch updates."),
            Wrong("done in epochs", lambda epochs, examples, batch, done: max((epochs - done) * (examples // batch), 0), "done counts updates already. Convert the epochs, then subtract."),
            Wrong("one too many", lambda epochs, examples, batch, done: max(epochs * (examples // batch) - done + 1, 0), "one too many. Of n updates, done of which are made, n - done are left."),
            Wrong("one too few", lambda epochs, examples, batch, done: max(epochs * (examples // batch) - done - 1, 0), "one too few. Of n updates, done of which are made, n - done are left."),
            Wrong("examples", lambda epochs, examples, batch, done: max(epochs * examples - done, 0), "that counts examples. One update takes a whole batch of them."),
            Wrong("the size of a batch", lambda epochs, examples, batch, done: max(epochs * batch - done, 0), "batch is how many examples an update takes. How many updates does an epoch make?"),
            Wrong("at least 1", lambda epochs, examples, batch, done: max(epochs * (examples // batch) - done, 1), "where the budget is used up there is nothing left: 0."),
            Wrong("the size of the difference", lambda epochs, examples, batch, done: abs(epochs * (examples // batch) - done), "where more is done than planned, nothing is left: 0, not the size of the difference."),
            Wrong("added", lambda epochs, examples, batch, done: epochs * (examples // batch) + done, "the updates done are part of the budget. Subtract them."),
            Wrong("rounds at the end, below 0", lambda epochs, examples, batch, done: epochs * examples // batch - done, "two things: the rest is left out in every epoch, so round down before you multiply; and nothing left is 0."),
            Wrong("done in every epoch", lambda epochs, examples, batch, done: max(epochs * (examples // batch - done), 0), "done is subtracted in every epoch. Subtract it once, from the whole budget."),
            Wrong("done in examples", lambda epochs, examples, batch, done: max(epochs * ((examples - done) // batch), 0), "done counts updates, not examples. Subtract it from the number of updates."),
            Wrong("the rest", lambda epochs, examples, batch, done: max(epochs * (examples % batch) - done, 0), "% is the rest that fills no batch. The full batches are examples // batch."),
            Wrong("the other way round", lambda epochs, examples, batch, done: done - epochs * (examples // batch), "that is how much more is done than planned. What is left is the budget less done."),
            Wrong("the larger", lambda epochs, examples, batch, done: max(done, epochs * (examples // batch)), "that is the larger of the two. Subtract done from the budget."),
            Wrong("batch of done", lambda epochs, examples, batch, done: max(epochs * (examples // batch) - done * batch, 0), "done counts updates already, whatever the size of the batch."),
            Wrong("rounds the examples", lambda epochs, examples, batch, done: max((epochs * examples - done) // batch, 0), "done counts updates, so it is subtracted after the division, not before."),
            Wrong("rounds up at the end", lambda epochs, examples, batch, done: max(math.ceil(epochs * examples / batch) - done, 0), "the rest is left out in every epoch: round down for one epoch, then multiply."),
            Wrong("rounds to nearest", lambda epochs, examples, batch, done: max(round(examples / batch) * epochs - done, 0), "rounded to the nearest number, the rest sometimes counts. It is left out: round down."),
            Wrong("in epochs", lambda epochs, examples, batch, done: epochs - done // (examples // batch), "that is in epochs. The schedule counts updates."),
        ),
        shows="Constant(...).then(Linear(start=lr, end=0, steps=this), at=done) is the plan: the second part counts from its own 0.",
    ),
    Exercise(
        id="05-6",
        title="diagnose four plans",
        points=2,
        minutes=5,
        solution="lcsr",
        accept=lambda value: _letters(value) == "lcsr",
        wanted="four letters for the runs A, B, C, D",
        hints=(
            "Which run has the lowest loss at update 400, and which does not move at all for more than half of the time?",
            "The one that stands still planned too short. One falls and then rises: its rate came back. One hardly falls: its rate has hardly come down.",
            "One run is r, one s, one l, one c. A is still near its first level at update 400; B is lowest at update 200.",
        ),
        wrong=(
            Wrong("right and short exchanged", "lcrs", "C is fixed from update 150 on: its rate is 0. D is still falling at update 350, and ends lower.", lambda v: _letters(v) == "lcrs"),
            Wrong("long and right exchanged", "rcsl", "A has hardly come down by update 400, and D ends lowest.", lambda v: _letters(v) == "rcsl"),
            Wrong("long and climbing exchanged", "clsr", "B falls to update 200 and then rises. A falls slowly all the time.", lambda v: _letters(v) == "clsr"),
            Wrong("climbing and short exchanged", "lscr", "a plan that is too short stands still after its end. B does not: it rises.", lambda v: _letters(v) == "lscr"),
            Wrong("short and long exchanged", "sclr", "A moves to the last row, slowly: its plan is too long. C stands still: its plan was over.", lambda v: _letters(v) == "sclr"),
            Wrong("right and climbing exchanged", "lrsc", "B is low at update 200 and back up at update 400. D ends lowest.", lambda v: _letters(v) == "lrsc"),
        ),
        shows="The loss tells what the rate did, if you know what to look for: standing still, still high, or coming back.",
    ),
    Exercise(
        id="05-7",
        title="a new horizon",
        points=2,
        minutes=6,
        solution=new_horizon,
        curve=lambda function: [function(t, 0.8, 40, 20, 60) for t in range(70)],
        cases=(
            (0, 0.8, 100, 40, 200),
            (39, 0.8, 100, 40, 200),
            (40, 0.8, 100, 40, 200),
            (120, 0.8, 100, 40, 200),
            (200, 0.8, 100, 40, 200),
            (250, 0.8, 100, 40, 200),
            (60, 1.0, 100, 50, 70),
            (69, 1.0, 100, 50, 70),
            (90, 1.0, 100, 50, 70),
            (5, 0.3, 10, 0, 20),
        ),
        hints=(
            "What is the rate at t = at? How many updates are then left to the new end, and how many at update t?",
            "Before at it is the old line. From at on, the rate at `at` is multiplied by the share of the way still to go: (new_steps - t) / (new_steps - at), never below 0.",
            "`if t < at: return lr * (1 - t / steps)`, then `return lr * (1 - at / steps) * max(..., 0) / (...)`",
        ),
        wrong=(
            Wrong("jumps to the new line", _before(lambda t, lr, steps, at, new: lr * max(1 - t / new, 0.0)), "at `at` the rate jumps onto the line that goes from lr to the new end. It should go on from where it is."),
            Wrong("the new line from the start", lambda t, lr, steps, at, new: lr * max(1 - t / new, 0.0), "before `at` nobody knew of the new end: there the old line holds."),
            Wrong("the old line", lambda t, lr, steps, at, new: lr * max(1 - t / steps, 0.0), "new_steps is not used: from `at` on the line goes to the new end."),
            Wrong("below 0", _before(lambda t, lr, steps, at, new: lr * (1 - at / steps) * (new - t) / (new - at)), "after the new end the line goes on below 0. It stays at 0."),
            Wrong("restarts from lr", _before(lambda t, lr, steps, at, new: lr * max(new - t, 0) / (new - at)), "at `at` it begins again with lr. It goes on from the rate it has by then, lr * (1 - at / steps)."),
            Wrong("the whole new length", _before(lambda t, lr, steps, at, new: lr * (1 - at / steps) * max(1 - (t - at) / new, 0.0)), "the new line is new_steps - at updates long: new_steps counts from the start of the run."),
            Wrong("global time", _before(lambda t, lr, steps, at, new: lr * (1 - at / steps) * max(1 - t / new, 0.0)), "the new line begins at t = at, so its share there is 1: (new_steps - t) / (new_steps - at)."),
            Wrong("holds", _before(lambda t, lr, steps, at, new: lr * (1 - at / steps) if t < new else 0.0), "the rate is held up to the new end. It should fall in a straight line."),
            Wrong("local time", _before(lambda t, lr, steps, at, new: lr * (1 - at / steps) * max(new - (t - at), 0) / (new - at)), "that mixes local and global time: new_steps and t both count from the start of the run."),
            Wrong("old length", _before(lambda t, lr, steps, at, new: lr * (1 - at / steps) * max(new - t, 0) / (new - steps)), "the new line begins at `at`, not at the old end: divide by new_steps - at."),
            Wrong("rate one update before", _before(lambda t, lr, steps, at, new: lr * (1 - (at - 1) / steps) * max(new - t, 0) / (new - at)), "the rate at t = at is lr * (1 - at / steps), not that of the update before."),
            Wrong("a cosine", _before(lambda t, lr, steps, at, new: lr * (1 - at / steps) * (1 + math.cos(math.pi * min((t - at) / (new - at), 1))) / 2), "that is half a cosine wave from there on. A straight line is wanted."),
            Wrong("added to the old line", lambda t, lr, steps, at, new: lr * max(1 - t / (steps + new), 0.0), "new_steps is the new end itself, not so many updates more; and before `at` the old line holds."),
            Wrong("no divisor", _before(lambda t, lr, steps, at, new: lr * (1 - at / steps) * max(new - t, 0)), "the updates left are not a share. Divide by new_steps - at, so that it is 1 at t = at."),
            Wrong("subtracts the share", _before(lambda t, lr, steps, at, new: lr * (1 - at / steps) - (t - at) / (new - at)), "it subtracts a share itself. It is a share of the rate at `at`: multiply."),
            Wrong("the way done", _before(lambda t, lr, steps, at, new: lr * at / steps * max(new - t, 0) / (new - at)), "at / steps is the part done. The rate at `at` is what is left: lr * (1 - at / steps)."),
            Wrong("fixed before", lambda t, lr, steps, at, new: lr if t < at else lr * (1 - at / steps) * max(new - t, 0) / (new - at), "before `at` the old line holds: the rate falls there too."),
            Wrong("new line backwards", lambda t, lr, steps, at, new: lr * (1 - at / steps) * max(new - t, 0) / (new - at), "right from `at` on. Before it the old line holds: lr * (1 - t / steps)."),
            Wrong("rises again", _before(lambda t, lr, steps, at, new: abs(lr * (1 - at / steps) * (new - t) / (new - at))), "after the new end the rate rises again. It stays at 0."),
            Wrong("jumps, below 0", _before(lambda t, lr, steps, at, new: lr * (1 - t / new)), "at `at` the rate jumps onto the line from lr to the new end, and after that end it goes below 0. It should go on from where it is, and stay at 0."),
            Wrong("the whole new length, below 0", _before(lambda t, lr, steps, at, new: lr * (1 - at / steps) * (1 - (t - at) / new)), "the new line is new_steps - at updates long, since new_steps counts from the start of the run; and it stays at 0 after its end."),
            Wrong("global time, below 0", _before(lambda t, lr, steps, at, new: lr * (1 - at / steps) * (1 - t / new)), "two things: the share is 1 where the new line begins, at t = at, and nowhere before; and after the new end the rate stays at 0."),
            Wrong("restarts from lr, below 0", _before(lambda t, lr, steps, at, new: lr * (1 - (t - at) / (new - at))), "at `at` it begins again with lr, and ends below 0. It goes on from lr * (1 - at / steps), and stays at 0."),
        ),
        shows="No jump, no wasted updates: a plan can be mended as long as it is noticed before its end.",
    ),
)

QUIZ = (
    Question(
        "05-q1",
        "Cosine(lr=0.4, steps=100): which rate does update number t = 50 use?",
        (
            Option("0.4 times the cosine of 0.5, 0.35", "The angle is pi times t / steps, and the wave is moved up and halved."),
            Option("0.2", "Half-way it is half of the first rate.", True),
            Option("0", "That is at t = 100."),
        ),
    ),
    Question(
        "05-q2",
        "A run with cosine decay to 0 is planned for 100 updates and makes 100. Which of them uses the rate 0?",
        (
            Option("the last, t = 99", "It uses 0.000247 times the first rate."),
            Option("the last, t = 100", "The updates are t = 0 to 99: there is no update number 100."),
            Option("none", "The rate is 0 at t = 100, one past the last update.", True),
        ),
    ),
    Question(
        "05-q3",
        "You have to stop a run half-way through its cosine, and can afford 10 % more updates. What do you do with them?",
        (
            Option("a short straight line from the present rate to 0", "Measured: 50 updates after 500 brought the run to where a plan for 500 ends.", True),
            Option("the next part of the cosine", "Its rate hardly changes in a tenth of the way, and neither does the floor."),
            Option("more updates at a larger rate, to travel farther", "The floor rises at once."),
        ),
    ),
    Question(
        "05-q4",
        "A table shows excess losses of 0.263 for the straight line and 0.265 for the cosine, one seed each. What follows?",
        (
            Option("the straight line is better", "One seed each, and the spread between seeds is larger than this."),
            Option("nothing: it takes many paired seeds and a standard error", "With 20 pairs of 500 updates the two could not be told apart.", True),
            Option("both are the same", "Not seen to differ is not the same as equal. On shorter runs they do differ."),
        ),
    ),
    Question(
        "05-q5",
        "With PyTorch's CosineAnnealingLR(T_max=100) you make 150 updates with one step() each. What does the rate do after update 100?",
        (
            Option("it stays at 0", "In lrlab, Optax and Keras it does."),
            Option("there is an error", "Nothing fails, and that is the trouble."),
            Option("it climbs back to half of the first rate", "It is a whole wave.", True),
        ),
    ),
    Question(
        "05-q6",
        "What do the cosine, the straight line and (1 - t/steps)^2 have in common, that the fixed rate has not?",
        (
            Option("a large rate first and a small one at the end, within the horizon", "That is most of what a schedule has to do under noise.", True),
            Option("the same mean rate", "The third has a third of the first rate, the other two half of it."),
            Option("a first rate that needs no tuning", "Each was given its own best."),
        ),
    ),
)

LESSON = Lesson(
    number="05",
    title="The horizon",
    minutes=40,
    recall=RECALL,
    predictions=PREDICTIONS,
    missions=MISSIONS,
    exercises=EXERCISES,
    quiz=QUIZ,
    next="lesson 06, momentum: the other half of the step.",
)
