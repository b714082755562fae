"""Lesson 02: the fixed rate, and the noise floor that it cannot pass."""

from __future__ import annotations

import math

import numpy as np

from .model import Exercise, Lesson, Mission, Option, Question, Wrong

RECALL = (
    Question(
        "02-r1",
        "A bowl has curvatures 1 and 20. Below which fixed rate does gradient descent converge?",
        (
            Option("2", "That is the limit of the flat direction. The steep one diverges long before."),
            Option("0.05", "That is 1/L: above it the steep direction overshoots, and still converges."),
            Option("0.1", "2/L with L = 20.", True),
        ),
    ),
    Question(
        "02-r2",
        "On a bowl of curvature h one update multiplies w by 1 - lr h. What does a negative factor of size 0.5 do?",
        (
            Option("w jumps over the minimum and its distance halves", "The sign says overshoot, the size says converge.", True),
            Option("w runs away", "Only a factor of size above 1 does that."),
            Option("w halves without passing the minimum", "That is a factor of +0.5."),
        ),
    ),
    Question(
        "02-r3",
        "A run on a bowl needs 600 updates at rate 0.001. About how many at rate 0.002, far below 1/L?",
        (
            Option("600", "Twice the rate goes twice as far per update."),
            Option("300", "For small rates the number of updates grows as 1/lr.", True),
            Option("150", "The count goes with 1/lr, not with its square."),
        ),
    ),
)

PREDICTIONS = (
    Question(
        "02-p1",
        "A bowl with noise in every gradient. Two long runs, the second with half the rate of the first. "
        "How far above the minimum does its loss end, on average?",
        (
            Option("at the same height", "Then the rate would not matter in the end. It does."),
            Option("at about half the height", "The floor is about proportional to the rate.", True),
            Option("at a quarter of the height", "The step is half as long, its square a quarter; but the pull back is half as strong too."),
            Option("both reach the minimum, the second later", "No fixed rate reaches it: the last gradient is as noisy as the first."),
        ),
    ),
    Question(
        "02-p2",
        "Linear regression with a fixed rate. You change one thing at a time: 400 times as many examples, 10 times the noise on "
        "the targets, 64 times the batch. Which of them leaves the floor where it is?",
        (
            Option("the number of examples", "The gradient of one batch is as noisy, however many examples it is drawn from.", True),
            Option("the noise on the targets", "10 times the noise makes a floor 100 times as high."),
            Option("the batch", "A mean of 64 times as many gradients has a variance 64 times as small, and so has the floor."),
            Option("none of them", "One of the three does nothing."),
        ),
    ),
)


def _end(explorer):
    """The mean loss of the last 50 updates."""
    return explorer.run.metrics["loss"][-50:].mean()


def _near(explorer):
    if explorer.noise.value < 1:
        return f"The noise is {explorer.noise.value:g}. Put it back to 1 or more."
    end = _end(explorer)
    return None if end < 0.05 else f"With rate {explorer.lr.value:.4g} the last 50 losses have mean {end:.3g}."


def _fast_and_near(explorer):
    if explorer.lr.value < 0.15:
        return f"The rate is {explorer.lr.value:.4g}. Keep it at 0.15 or above."
    end = _end(explorer)
    return None if end < 0.001 else f"The last 50 losses have mean {end:.3g}. What else than the rate sets the floor?"


def _on_its_way(explorer):
    if explorer.noise.value < 1:
        return f"The noise is {explorer.noise.value:g}. Put it back to 1 or more."
    end = _end(explorer)
    if not 0.3 < end < 1:
        return f"The last 50 losses have mean {end:.3g}."
    if explorer.lr.value > 0.01:
        return f"At rate {explorer.lr.value:.4g} the loss has come down to its floor, and this floor is high. Look among far smaller rates."


MISSIONS = (
    Mission(
        "02-m1",
        "noise 1 or more, and a mean loss below 0.05 over the last 50 updates.",
        _near,
        "A small rate has a low floor. It must still be large enough to arrive in 200 updates.",
    ),
    Mission(
        "02-m2",
        "a rate of 0.15 or more, and a mean loss below 0.001 over the last 50 updates.",
        _fast_and_near,
        "Without noise a large rate has no floor. In a network you lower the noise with a larger batch.",
    ),
    Mission(
        "02-m3",
        "noise 1 or more, and a rate so small that the mean loss of the last 50 updates is still between 0.3 and 1.",
        _on_its_way,
        "That is no floor. It would go on falling, if you could wait.",
    ),
)


def noise_floor(lr, h, sigma):
    if lr * h >= 2:
        return math.inf
    return lr * sigma**2 / (2 * (2 - lr * h))


def measured_floor(losses):
    return np.mean(losses[len(losses) // 2 :])


def rate_for_floor(floor, h, sigma):
    return 4 * floor / (sigma**2 + 2 * floor * h)


def batch_needed(batch, lr, new_lr, h):
    return math.ceil(batch * (new_lr / (2 - new_lr * h)) / (lr / (2 - lr * h)))


def _letters(value):
    return "".join(value).lower().replace(" ", "").replace(",", "")


EXERCISES = (
    Exercise(
        id="02-1",
        title="the floor",
        points=3,
        minutes=6,
        solution=noise_floor,
        cases=((0.5, 1.0, 1.0), (0.1, 4.0, 2.0), (0.05, 10.0, 0.3), (1.9, 1.0, 1.0), (0.3, 10.0, 0.5), (0.2, 10.0, 1.0), (1.0, 1.0, 0.0)),
        hints=(
            "One update turns the variance V of w into (1 - lr h)^2 V + lr^2 sigma^2. At the floor it turns V into what?",
            "Set V equal to that and solve for V; the loss is h V / 2. Nothing settles if lr h is 2 or more.",
            "`if lr * h >= 2: return math.inf`, else `return lr * sigma**2 / (2 * (...))`",
        ),
        wrong=(
            Wrong("sigma not squared", lambda lr, h, sigma: math.inf if lr * h >= 2 else lr * sigma / (2 * (2 - lr * h)), "sigma is the standard deviation. The floor goes with the variance: square it."),
            Wrong("small rates only", lambda lr, h, sigma: math.inf if lr * h >= 2 else lr * sigma**2 / 4, "lr sigma^2 / 4 is the limit for small rates. Near 2/h the floor rises much faster: keep the factor 2 - lr h."),
            Wrong("the variance", lambda lr, h, sigma: math.inf if lr * h >= 2 else lr * sigma**2 / (h * (2 - lr * h)), "that is the variance of w. The loss is h/2 times it."),
            Wrong("no limit", lambda lr, h, sigma: lr * sigma**2 / (2 * (2 - lr * h)), "beyond 2/h there is no floor: the run diverges. Return `math.inf` there."),
            Wrong("brackets", lambda lr, h, sigma: math.inf if lr * h >= 2 else lr * sigma**2 / 2 * (2 - lr * h), "`a / 2 * b` divides by 2 and then multiplies by b. Put brackets around all that stands below the line."),
            Wrong("exactly 2/h", lambda lr, h, sigma: math.inf if lr * h > 2 else lr * sigma**2 / (2 * (2 - lr * h)), "at exactly 2/h nothing settles either. Write >= 2, and return `math.inf` there."),
            Wrong("overshooting taken for divergence", lambda lr, h, sigma: math.inf if lr * h >= 1 else noise_floor(lr, h, sigma), "between 1/h and 2/h the updates overshoot, and the loss settles all the same. There is no floor from 2/h on."),
            Wrong("no floor said as 0", lambda lr, h, sigma: 0.0 if lr * h >= 2 else noise_floor(lr, h, sigma), "0 would be the best of all floors. Where nothing settles, return `math.inf`."),
            Wrong("the mean loss without the half", lambda lr, h, sigma: math.inf if lr * h >= 2 else lr * sigma**2 / (2 - lr * h), "twice too high: the loss is h w^2 / 2, with the half."),
        ),
        shows="Rate and noise set the floor; the curvature hardly matters until lr comes near 2/h.",
    ),
    Exercise(
        id="02-2",
        title="measure a floor",
        points=2,
        minutes=5,
        solution=measured_floor,
        cases=(
            (np.array([8.0, 4.0, 2.0, 1.0, 0.5, 0.7, 0.4, 0.6]),),
            (np.array([5.0, 1.0, 0.2, 0.1, 0.3, 0.2]),),
            (np.array([1.0, 0.9, 1.1, 1.0]),),
            (np.array([9.0, 3.0, 1.0, 0.5, 0.25]),),
        ),
        hints=(
            "The first updates are the way down. Do they belong to the floor?",
            "Take the second half of the array, from index len(losses) // 2 on, and average it.",
            "`return np.mean(losses[... // 2 :])`",
        ),
        wrong=(
            Wrong("averages all", lambda losses: np.mean(losses), "you averaged the way down as well as the floor. Leave the first half out."),
            Wrong("the last loss", lambda losses: losses[-1], "one loss is one throw of the dice. Average many."),
            Wrong("the lowest loss", lambda losses: np.min(losses), "the lowest loss is luck, and it falls the longer you look. The floor is a mean."),
            Wrong("the first half", lambda losses: np.mean(losses[: len(losses) // 2]), "that is the first half, the way down. Take the second."),
            Wrong("the median", lambda losses: np.median(losses[len(losses) // 2 :]), "the median of squares lies below their mean, and the formula gives the mean."),
            Wrong("one too late", lambda losses: np.mean(losses[len(losses) // 2 + 1 :]), "the second half begins at index len(losses) // 2, and you left that one out."),
            Wrong("from the end", lambda losses: np.mean(losses[-(len(losses) // 2) :]), "with an odd number of losses, -(len(losses) // 2) leaves the middle one out. Count from the front."),
            Wrong("a fraction as index", lambda losses: np.mean(losses[len(losses) / 2 :]), "/ gives a fraction, and an index is a whole number. Use //."),
            Wrong("the sum", lambda losses: np.sum(losses[len(losses) // 2 :]), "that is the sum. Divide by how many there are, or use np.mean."),
        ),
        shows="A floor is measured after the way down, over many updates, and best over many seeds.",
    ),
    Exercise(
        id="02-3",
        title="the rate for a floor",
        points=3,
        minutes=6,
        solution=rate_for_floor,
        cases=((0.2, 5.0, 2.0), (0.01, 1.0, 1.0), (0.5, 1.0, 1.0), (1.0, 10.0, 0.5)),
        hints=(
            "You know the floor for a rate. Which equation do you have to turn round?",
            "floor * 2 * (2 - lr h) = lr sigma^2. Bring both terms with lr to one side.",
            "`return 4 * floor / (sigma**2 + ...)`",
        ),
        wrong=(
            Wrong("small rates only", lambda floor, h, sigma: 4 * floor / sigma**2, "that forgets the lr h in 2 - lr h. Fine for small rates; here the cases are not all small."),
            Wrong("a sign", lambda floor, h, sigma: 4 * floor / (sigma**2 - 2 * floor * h), "a sign got lost: floor * 2 * (2 - lr h) = lr sigma^2 gives 4 floor = lr (sigma^2 + 2 floor h)."),
            Wrong("brackets", lambda floor, h, sigma: 4 * floor / sigma**2 + 2 * floor * h, "`a / b + c` divides by b only. Put brackets around all that stands below the line."),
            Wrong("the half once only", lambda floor, h, sigma: 4 * floor / (sigma**2 + floor * h), "multiply out once more: floor * 2 * (2 - lr h) has the terms 4 floor and 2 floor lr h."),
            Wrong("a factor 2", lambda floor, h, sigma: 2 * floor / (sigma**2 + floor * h), "that would be right for a loss h w^2 without the half."),
            Wrong("sigma not squared", lambda floor, h, sigma: 4 * floor / (sigma + 2 * floor * h), "sigma is the standard deviation; the equation has its square."),
        ),
        shows="However low the floor you want, there is a rate for it. It is paid with time.",
    ),
    Exercise(
        id="02-4",
        title="diagnose four runs",
        points=2,
        minutes=4,
        solution="nsdz",
        accept=lambda value: _letters(value) == "nsdz",
        wanted="four letters for the runs A, B, C, D",
        hints=(
            "Which of the losses still changes between update 200 and 400? In which direction?",
            "A run at its floor keeps its loss. A run without noise goes on towards 0, however small it is already.",
            "One run is n, one s, one d, one z. A has not moved since update 20; B has, and is far from its floor.",
        ),
        wrong=(
            Wrong("slow taken for a floor", "sndz", "B still falls from row to row: it is on its way. A has stopped: it is at its floor.", lambda v: _letters(v) == "sndz"),
            Wrong("no noise taken for slow", "nzds", "D is below a millionth at update 400 and still falls: nothing holds it up. B is slow.", lambda v: _letters(v) == "nzds"),
            Wrong("divergence taken for a floor", "dsnz", "C grows without end. A does not grow: it has come down and stays.", lambda v: _letters(v) == "dsnz"),
            Wrong("a floor taken for no noise", "zsdn", "A stops at 0.1667, not at 0: there is noise. D has none.", lambda v: _letters(v) == "zsdn"),
        ),
        shows="Only for A does a smaller rate lower the loss. B wants a larger one, or time.",
    ),
    Exercise(
        id="02-5",
        title="pay with the batch",
        points=2,
        minutes=7,
        solution=batch_needed,
        cases=((32, 0.1, 0.2, 1.0), (32, 0.1, 0.2, 4.0), (10, 0.01, 0.05, 10.0), (64, 0.2, 0.1, 2.0), (32, 0.25, 0.25, 4.0)),
        hints=(
            "The mean of B gradients has the variance sigma^2 / B. What is then the floor?",
            "Set the two floors equal: lr / (B (2 - lr h)) = new_lr / (new_B (2 - new_lr h)). sigma cancels.",
            "`return math.ceil(batch * (new_lr / (2 - new_lr * h)) / (...))`",
        ),
        wrong=(
            Wrong("proportional", lambda batch, lr, new_lr, h: math.ceil(batch * new_lr / lr), "the rule 'twice the rate, twice the batch' holds for small rates. Keep 2 - lr h on both sides."),
            Wrong("the square", lambda batch, lr, new_lr, h: math.ceil(batch * (new_lr / lr) ** 2), "the step grows with the rate and its square with the square, but the pull back grows too: the floor goes with lr, not lr^2."),
            Wrong("the inverse", lambda batch, lr, new_lr, h: math.ceil(batch * (lr / (2 - lr * h)) / (new_lr / (2 - new_lr * h))), "upside down: a larger rate needs a larger batch."),
            Wrong("not whole", lambda batch, lr, new_lr, h: batch * (new_lr / (2 - new_lr * h)) / (lr / (2 - lr * h)), "a batch is a whole number. Round up: the floor must not be higher than before."),
            Wrong("rounds to nearest", lambda batch, lr, new_lr, h: round(batch * (new_lr / (2 - new_lr * h)) / (lr / (2 - lr * h))), "rounded to the nearest number. When that is down, the floor is a little higher than before: round up."),
            Wrong("one too many", lambda batch, lr, new_lr, h: math.floor(batch * (new_lr / (2 - new_lr * h)) / (lr / (2 - lr * h))) + 1, "one too many where the number is whole already: 'no higher' includes equal. `math.ceil` leaves a whole number alone."),
            Wrong("rounds down", lambda batch, lr, new_lr, h: math.floor(batch * (new_lr / (2 - new_lr * h)) / (lr / (2 - lr * h))), "rounded down, the floor is a little higher than before. Round up."),
        ),
        shows="Rate and batch are two handles on the same floor. For small rates only their ratio counts.",
    ),
)

QUIZ = (
    Question(
        "02-q1",
        "With a fixed rate and noisy gradients, the loss has stopped falling. What do you know?",
        (
            Option("the model has learned all it can", "The floor belongs to the rate, not to the model. A smaller rate lowers it."),
            Option("the rate has reached its noise floor; a smaller rate would lower the loss", "The pull to the minimum and the push of the noise are in balance.", True),
            Option("the run is about to diverge", "A diverging loss grows."),
        ),
    ),
    Question(
        "02-q2",
        "The floor at rate 0.02 is 0.01, far below 2/h. About where is it at rate 0.005?",
        (
            Option("0.0025", "A quarter of the rate, a quarter of the floor.", True),
            Option("0.000625", "The floor goes with lr, not with its square."),
            Option("0.01", "The floor depends on the rate."),
        ),
    ),
    Question(
        "02-q3",
        "Your data set grows from 1000 to a million examples of the same kind. What happens to the floor of your fixed rate?",
        (
            Option("it falls by a thousand", "The batch has not changed, and it is the batch that is noisy."),
            Option("it rises", "More of the same examples do not make a batch noisier."),
            Option("nothing", "Each batch is as noisy as before.", True),
        ),
    ),
    Question(
        "02-q4",
        "A model has more weights than examples and can fit every one of them. What does that do to the floor?",
        (
            Option("it rises, because the model is complex", "Where every example is fitted, every gradient is 0 at the minimum."),
            Option("it disappears", "At the minimum each example's own gradient is 0, so there is no noise left to keep w away.", True),
            Option("nothing", "The noise at the minimum is what makes the floor, and here it vanishes."),
        ),
    ),
    Question(
        "02-q5",
        "You need the loss far below the floor of a rate that is quick. What is the cheapest way?",
        (
            Option("the quick rate first, a smaller one later", "First travel, then settle. That is what schedules are for.", True),
            Option("a rate a hundred times smaller from the start", "It has the low floor, and takes a hundred times as many updates to come down."),
            Option("more updates at the quick rate", "At its floor, more updates change nothing."),
        ),
    ),
)

LESSON = Lesson(
    number="02",
    title="The fixed rate",
    minutes=40,
    recall=RECALL,
    predictions=PREDICTIONS,
    missions=MISSIONS,
    exercises=EXERCISES,
    quiz=QUIZ,
    next="lesson 03, step decay: travel first, settle later.",
)
