"""Lesson 06: momentum, which gives the step a memory, and what a schedule does to it."""

from __future__ import annotations

import math

import numpy as np

from .model import Exercise, Lesson, Mission, Option, Question, Wrong

RECALL = (
    Question(
        "06-r1",
        "A cosine is planned for 1000 updates, and you stop at update 500. Which rate did the last update have?",
        (
            Option("practically 0", "That comes at update 1000. A cosine knows its horizon, not your plans."),
            Option("half the first rate", "At half the horizon a cosine has half its rate, so its noise is still in the weights.", True),
            Option("a quarter of the first rate", "A cosine falls slowly at first: at half time it is at one half, as a straight line is."),
        ),
    ),
    Question(
        "06-r2",
        "You set PyTorch's cosine to a horizon of 1000 updates and train for 1500. What does the rate do after update 1000?",
        (
            Option("it stays at its lowest value", "lrlab's does. PyTorch's formula goes on."),
            Option("it is an error", "Nothing is raised: the run goes on quietly."),
            Option("it climbs back up", "The cosine is periodic, and PyTorch follows it.", True),
        ),
    ),
    Question(
        "06-r3",
        "Step decay divides the rate by ten, and the loss falls fast. What has happened?",
        (
            Option("noise was taken away: the floor of the smaller rate is lower", "It is the sign of no progress, only of settling.", True),
            Option("the smaller rate learns faster", "It travels more slowly; it only settles lower."),
            Option("a local minimum was left", "A smaller rate leaves nothing. The large rate before it does."),
        ),
    ),
)

PREDICTIONS = (
    Question(
        "06-p1",
        "Without momentum a bowl allows rates up to 2/L. Where is the limit with momentum 0.9?",
        (
            Option("at about 0.2/L: each gradient counts ten times", "Only along a steady slope. At the limit the gradient changes its sign at every update."),
            Option("at 2/L as before", "That is the limit of one step without memory."),
            Option("at 3.8/L: higher than before", "In the steep direction the remembered gradients cancel.", True),
        ),
    ),
    Question(
        "06-p2",
        "Noisy bowl. One run has rate 0.1 and no momentum, the other rate 0.01 and momentum 0.9: the same effective rate. Whose noise floor is lower?",
        (
            Option("that of momentum, about ten times: it averages ten gradients", "The push of each of the ten still arrives in full."),
            Option("they are nearly the same", "The floor belongs to the effective rate.", True),
            Option("that of the plain rate: momentum piles the noise up", "It does at the same lr. Here its lr is a tenth."),
        ),
    ),
)


def _state(explorer):
    return explorer.settings, explorer.value


def _fast(explorer):
    settings, value = _state(explorer)
    if not math.isclose(settings.condition, 100, rel_tol=1e-6):
        return f"The condition is {settings.condition:g}. Keep it at 100."
    if not math.isclose(settings.largest, 1):
        return f"The largest curvature is {settings.largest:g}. Keep it at 1."
    if settings.lr < 3.5:
        return f"The rate is {settings.lr:.4g}. Find one of at least 3.5."
    return None if value.converges else f"At rate {settings.lr:.4g} and momentum {settings.momentum:.3g} the walk does not converge: the limit is {value.limit:.4g}."


def _critical(explorer):
    settings, value = _state(explorer)
    if not math.isclose(settings.condition, 100, rel_tol=1e-6):
        return f"The condition is {settings.condition:g}. Keep it at 100."
    if settings.lr * settings.largest > 1 + 1e-6:
        return f"The rate is {settings.lr:.4g}. Keep it at 1 or less."
    return None if value.updates < 75 else f"It takes about {value.updates:.0f} updates, not fewer than 75."


def _ringing(explorer):
    settings, value = _state(explorer)
    if not math.isclose(settings.condition, 100, rel_tol=1e-6):
        return f"The condition is {settings.condition:g}. Keep it at 100."
    if not math.isclose(settings.lr * settings.largest, 1, rel_tol=1e-3):
        return f"The rate is {settings.lr:.4g}. Keep it at 1."
    if not value.converges:
        return "The walk does not converge."
    return None if value.updates > 690 else f"It takes about {value.updates:.0f} updates, not more than 690."


MISSIONS = (
    Mission(
        "06-m1",
        "Condition 100, a rate of at least 3.5 with which the walk still converges.",
        _fast,
        "The limit is 2 (1 + momentum) / L. From momentum 0.75 on it is above 3.5.",
    ),
    Mission(
        "06-m2",
        "Condition 100, rate 1 or less, fewer than 75 updates to be a thousand times nearer.",
        _critical,
        "A little above (1 - 0.1)^2 = 0.81 the flat direction has just entered the middle region. Less creeps, more swings.",
    ),
    Mission(
        "06-m3",
        "Condition 100, rate 1, a momentum with which the walk converges and takes more than 690 updates.",
        _ringing,
        "Every direction shrinks by the root of the momentum. From 0.98 on that is slower than no momentum at all.",
    ),
)


def momentum_step(w, b, grad, lr, momentum):
    b = momentum * b + grad
    return w - lr * b, b


def step_length(t, lr, momentum):
    return lr * (1 - momentum ** (t + 1)) / (1 - momentum)


def nesterov_step(w, b, grad, lr, momentum):
    b = momentum * b + grad
    return w - lr * (grad + momentum * b), b


def largest_stable_lr(momentum, curvatures):
    return 2 * (1 + momentum) / max(curvatures)


def best_constants(smallest, largest):
    root = math.sqrt(largest / smallest)
    return 4 / (math.sqrt(largest) + math.sqrt(smallest)) ** 2, ((root - 1) / (root + 1)) ** 2


def momentum_floor(lr, momentum, h, sigma):
    limit = 2 * (1 + momentum)
    if lr * h >= limit:
        return math.inf
    return lr * sigma**2 * (1 + momentum) / (2 * (1 - momentum) * (limit - lr * h))


def _letters(value):
    return "".join(value).lower().replace(" ", "").replace(",", "")


def _buffer(make):
    """A momentum step with another buffer: make(b, grad, momentum)."""

    def step(w, b, grad, lr, momentum):
        b = make(b, grad, momentum)
        return w - lr * b, b

    return step


def _floor(level, limit=lambda momentum: 2 * (1 + momentum)):
    """A floor with another level below another limit."""

    def floor(lr, momentum, h, sigma):
        return math.inf if lr * h >= limit(momentum) else level(lr, momentum, h, sigma)

    return floor


def _lengths(function):
    return [float(function(t, 0.1, 0.9)) for t in range(40)]


_STEPS = (
    (np.array([1.0, 2.0]), np.array([0.5, -1.0]), np.array([0.2, 0.4]), 0.1, 0.9),
    (np.array([1.0, -3.0, 0.5]), np.zeros(3), np.array([2.0, -1.0, 0.0]), 0.3, 0.8),
    (1.0, 4.0, -2.0, 0.05, 0.7),
    (np.array([[0.0, 1.0], [2.0, 3.0]]), np.ones((2, 2)), np.array([[1.0, -1.0], [0.5, 0.0]]), 1.0, 0.0),
)

EXERCISES = (
    Exercise(
        id="06-1",
        title="a step with momentum",
        points=2,
        minutes=3,
        solution=momentum_step,
        cases=_STEPS,
        hints=(
            "Two things make the new buffer: something old and something new. Which of them is multiplied by momentum?",
            "A share `momentum` of the old buffer is kept. The gradient is added whole.",
            "`b = (momentum * ... + ...)`",
        ),
        wrong=(
            Wrong("a moving average", _buffer(lambda b, g, m: m * b + (1 - m) * g), "that is a moving average: the gradient is multiplied by 1 - momentum. Here it is added whole, so that the buffer grows to 1 / (1 - momentum) gradients."),
            Wrong("rate inside", lambda w, b, grad, lr, momentum: (w - (momentum * b + lr * grad), momentum * b + lr * grad), "the rate is inside the buffer. Here the buffer holds gradients, and the rate multiplies it in the last line."),
            Wrong("rate twice", lambda w, b, grad, lr, momentum: (w - lr * (momentum * b + lr * grad), momentum * b + lr * grad), "the rate is applied twice, in the buffer and in the step. It stands in the last line only."),
            Wrong("forgets", _buffer(lambda b, g, m: g + 0 * b), "the old buffer is forgotten, so this is plain gradient descent. Keep the share `momentum` of it."),
            Wrong("keeps all", _buffer(lambda b, g, m: b + g), "the whole old buffer is kept, so it grows for ever. Keep only the share `momentum` of it."),
            Wrong("both scaled", _buffer(lambda b, g, m: m * (b + g)), "the new gradient is multiplied by momentum as well. Only the old buffer is."),
            Wrong("exchanged", _buffer(lambda b, g, m: b + m * g), "the share is taken of the gradient. It belongs to the old buffer."),
            Wrong("the other share", _buffer(lambda b, g, m: (1 - m) * b + g), "it keeps 1 - momentum of the old buffer. momentum is the share that is kept."),
            Wrong("the average turned round", _buffer(lambda b, g, m: (1 - m) * b + m * g), "that is a moving average with the shares exchanged. Keep `momentum` of the old buffer and add the whole gradient."),
            Wrong("minus the gradient", _buffer(lambda b, g, m: m * b - g), "the gradient is subtracted in the buffer, and the buffer is subtracted from w: the step goes uphill. Add it."),
            Wrong("a buffer of steps", lambda w, b, grad, lr, momentum: (w + lr * (momentum * b - grad), momentum * b - grad), "the buffer holds the steps, with the opposite sign. Here it holds gradients: add them, and subtract the buffer from w."),
            Wrong("looks ahead", lambda w, b, grad, lr, momentum: (w - lr * (grad + momentum * (momentum * b + grad)), momentum * b + grad), "that is Nesterov's step, which comes in 06-3. The heavy ball moves by the new buffer itself."),
            Wrong("nesterov's sum as buffer", _buffer(lambda b, g, m: g + m * (m * b + g)), "momentum is applied twice. One share of the old buffer, and the gradient."),
            Wrong("the old buffer moves", lambda w, b, grad, lr, momentum: (w - lr * b, momentum * b + grad), "w moves by the old buffer. Compute the new buffer first; the step uses it."),
            Wrong("the old buffer returned", lambda w, b, grad, lr, momentum: (w - lr * (momentum * b + grad), b), "w is right, but the old buffer is returned, so the next step remembers nothing of this one."),
            Wrong("only w", lambda w, b, grad, lr, momentum: w - lr * (momentum * b + grad), "only w is returned. The next step needs the buffer too: return both."),
            Wrong("the buffer first", lambda w, b, grad, lr, momentum: (momentum * b + grad, w - lr * (momentum * b + grad)), "both are right, in the wrong order: the weights come first."),
            Wrong("the gradient alone moves", lambda w, b, grad, lr, momentum: (w - lr * grad, momentum * b + grad), "w moves by the gradient alone, and the buffer is kept for nothing. Move by the new buffer."),
            Wrong("rate on one part", lambda w, b, grad, lr, momentum: (w - lr * grad - momentum * b, momentum * b + grad), "in the step only the gradient is multiplied by the rate. The rate belongs to the whole buffer."),
            Wrong("brackets", lambda w, b, grad, lr, momentum: (w - lr * momentum * b + grad, momentum * b + grad), "the brackets are missing in the step: lr multiplies the sum, and the minus belongs to all of it."),
            Wrong("gradient not kept", lambda w, b, grad, lr, momentum: (w - lr * (momentum * b + grad), momentum * b), "w is right. The gradient is missing in the buffer that is returned, so the next step knows nothing of it."),
            Wrong("divided", lambda w, b, grad, lr, momentum: (w - lr * (momentum * b + grad) / (1 - momentum), momentum * b + grad), "the step is divided by 1 - momentum. The buffer grows to that size by itself."),
            Wrong("uphill", lambda w, b, grad, lr, momentum: (w + lr * (momentum * b + grad), momentum * b + grad), "w goes up the slope. Subtract the step."),
        ),
        shows="One line more than lesson 01, and one array to remember between updates.",
    ),
    Exercise(
        id="06-2",
        title="the step after t updates",
        points=3,
        minutes=5,
        solution=step_length,
        curve=_lengths,
        cases=((0, 0.1, 0.9), (1, 0.1, 0.9), (2, 0.5, 0.5), (9, 0.02, 0.95), (1000, 0.1, 0.99), (5, 0.3, 0.0), (0, 0.4, 0.7)),
        hints=(
            "What is in the buffer when the first step is taken, at t = 0? And at t = 1?",
            "The buffer is 1 + momentum + momentum^2 + ... with t + 1 terms. Add them in a loop, or use the sum of a geometric series.",
            "`return lr * (1 - momentum ** (...)) / (1 - ...)`",
        ),
        wrong=(
            Wrong("one update late", lambda t, lr, momentum: lr * (1 - momentum**t) / (1 - momentum), "one term too few: at t = 0 the buffer already holds the first gradient, so the step is lr and not 0."),
            Wrong("one update early", lambda t, lr, momentum: lr * (1 - momentum ** (t + 2)) / (1 - momentum), "one term too many: at t = 0 the buffer holds one gradient, and the step is lr."),
            Wrong("the end", lambda t, lr, momentum: lr / (1 - momentum), "that is the step after very many updates. The buffer starts at 0 and needs time to fill."),
            Wrong("no memory", lambda t, lr, momentum: lr, "that is the step without momentum. The buffer holds the earlier gradients too."),
            Wrong("a moving average", lambda t, lr, momentum: lr * (1 - momentum ** (t + 1)), "that is the step of a moving average. Here each gradient is added whole, so the sum is divided by 1 - momentum."),
            Wrong("the oldest gradient", lambda t, lr, momentum: lr * momentum**t, "that is what is left of the first gradient. The buffer is the sum of all of them."),
            Wrong("all gradients whole", lambda t, lr, momentum: lr * (t + 1), "that keeps all earlier gradients whole. After k updates the share momentum**k of a gradient is left."),
            Wrong("only the last two", lambda t, lr, momentum: lr * (1 + (momentum if t else 0)), "only the last gradient but one is remembered. The buffer also holds a share of those before."),
            Wrong("the way", lambda t, lr, momentum: sum(lr * (1 - momentum ** (k + 1)) / (1 - momentum) for k in range(t + 1)), "that is the way gone by all steps up to t. Wanted is the length of step t alone."),
            Wrong("plus", lambda t, lr, momentum: lr * (1 + momentum ** (t + 1)) / (1 - momentum), "the sum of the series is (1 - momentum**(t + 1)) / (1 - momentum), with a minus above as well."),
            Wrong("a power of the whole", lambda t, lr, momentum: lr * (1 + momentum) ** t, "shares do not compound. The buffer is 1 + momentum + momentum**2 + ..., a sum of powers."),
            Wrong("a power of 1 - momentum", lambda t, lr, momentum: lr * (1 - momentum) ** (t + 1) / (1 - momentum), "the power belongs to momentum alone: 1 - momentum ** (t + 1)."),
            Wrong("upside down", lambda t, lr, momentum: lr * (1 - momentum) / (1 - momentum ** (t + 1)), "upside down: the steps grow, from lr at t = 0 to lr / (1 - momentum)."),
            Wrong("a product", lambda t, lr, momentum: lr * (1 - momentum * (t + 1)) / (1 - momentum), "momentum is multiplied by t + 1. It is to be raised to that power, `**`."),
            Wrong("a straight line", lambda t, lr, momentum: lr * (1 + momentum * t), "that counts each earlier gradient with the same share. One that is k updates old has momentum**k left."),
            Wrong("rate in the power", lambda t, lr, momentum: (1 - (lr * momentum) ** (t + 1)) / (1 - momentum), "the rate is inside the power. It multiplies the whole sum."),
            Wrong("divided by the wrong sum", lambda t, lr, momentum: lr * (1 - momentum ** (t + 1)) / (1 + momentum), "the sum of the series is divided by 1 - momentum. 1 + momentum belongs to the limit of the rate."),
        ),
        shows="After 1/(1 - momentum) updates about two thirds of the effective rate are reached: momentum warms itself up.",
    ),
    Exercise(
        id="06-3",
        title="nesterov's step",
        points=3,
        minutes=5,
        solution=nesterov_step,
        cases=_STEPS,
        hints=(
            "Which of the two lines has changed, compared with the heavy ball?",
            "The buffer is made as before. w then moves by the gradient plus momentum times the new buffer.",
            "`b = momentum * b + grad`, then `return w - lr * (grad + ...), b`",
        ),
        wrong=(
            Wrong("the heavy ball", momentum_step, "that is the heavy ball. In Nesterov's form w moves by grad + momentum * b with the **new** buffer b; with the old one it comes out as the heavy ball again."),
            Wrong("no share of the buffer", lambda w, b, grad, lr, momentum: (w - lr * (grad + momentum * b + grad), momentum * b + grad), "the new buffer is added whole. Only the share `momentum` of it is."),
            Wrong("no gradient", lambda w, b, grad, lr, momentum: (w - lr * momentum * (momentum * b + grad), momentum * b + grad), "the gradient itself is missing in the step: grad + momentum * b."),
            Wrong("all scaled", lambda w, b, grad, lr, momentum: (w - lr * momentum * (grad + momentum * b + grad), momentum * b + grad), "the gradient is multiplied by momentum too. In the step only the buffer is."),
            Wrong("the share of the gradient", lambda w, b, grad, lr, momentum: (w - lr * (momentum * grad + momentum * b + grad), momentum * b + grad), "the share is taken of the gradient. The step is the whole gradient plus a share of the new buffer."),
            Wrong("a moving average", lambda w, b, grad, lr, momentum: (w - lr * ((1 - momentum) * grad + momentum * (momentum * b + (1 - momentum) * grad)), momentum * b + (1 - momentum) * grad), "that is a moving average, with 1 - momentum at each gradient. Here gradients are added whole."),
            Wrong("an average in the buffer", lambda w, b, grad, lr, momentum: (w - lr * (grad + momentum * (momentum * b + (1 - momentum) * grad)), momentum * b + (1 - momentum) * grad), "the buffer is a moving average. Here it is momentum * b + grad, with the whole gradient."),
            Wrong("rate inside", lambda w, b, grad, lr, momentum: (w - lr * grad - momentum * (momentum * b + lr * grad), momentum * b + lr * grad), "the rate is inside the buffer. The walk is the same while lr is constant, but here the buffer holds gradients."),
            Wrong("the sum as buffer", lambda w, b, grad, lr, momentum: (w - lr * (grad + momentum * (momentum * b + grad)), grad + momentum * (momentum * b + grad)), "w is right. The buffer to keep is momentum * b + grad, not the sum that moved w."),
            Wrong("the old buffer returned", lambda w, b, grad, lr, momentum: (w - lr * (grad + momentum * (momentum * b + grad)), b), "w is right, but the old buffer is returned, so the next step remembers nothing of this one."),
            Wrong("the old buffer added", lambda w, b, grad, lr, momentum: (w - lr * (grad + b), momentum * b + grad), "the step takes the old buffer, and all of it. It wants the share `momentum` of the new one."),
            Wrong("only w", lambda w, b, grad, lr, momentum: w - lr * (grad + momentum * (momentum * b + grad)), "only w is returned. The next step needs the buffer too: return both."),
            Wrong("the buffer first", lambda w, b, grad, lr, momentum: (momentum * b + grad, w - lr * (grad + momentum * (momentum * b + grad))), "both are right, in the wrong order: the weights come first."),
            Wrong("uphill", lambda w, b, grad, lr, momentum: (w + lr * (grad + momentum * (momentum * b + grad)), momentum * b + grad), "w goes up the slope. Subtract the step."),
            Wrong("rate on one part", lambda w, b, grad, lr, momentum: (w - lr * grad - momentum * (momentum * b + grad), momentum * b + grad), "in the step only the gradient is multiplied by the rate. The rate belongs to both parts."),
            Wrong("minus", lambda w, b, grad, lr, momentum: (w - lr * (grad - momentum * (momentum * b + grad)), momentum * b + grad), "the share of the buffer is subtracted from the gradient. It is added."),
            Wrong("no memory", lambda w, b, grad, lr, momentum: (w - lr * grad, momentum * b + grad), "w moves by the gradient alone: the share of the new buffer is missing."),
            Wrong("gradient not kept", lambda w, b, grad, lr, momentum: (w - lr * (grad + momentum * (momentum * b + grad)), momentum * b), "w is right. The gradient is missing in the buffer that is returned."),
            Wrong("the whole buffer kept", lambda w, b, grad, lr, momentum: (w - lr * (grad + momentum * (b + grad)), b + grad), "the whole old buffer is kept, so it grows for ever. Keep only the share `momentum` of it."),
            Wrong("both steps", lambda w, b, grad, lr, momentum: (w - lr * (momentum * b + grad) - lr * momentum * (momentum * b + grad), momentum * b + grad), "w moves by the whole new buffer and then by a share of it again. The step is grad + momentum * b."),
        ),
        shows="The fresh gradient counts 1 + momentum times, an old one less: it answers sooner.",
    ),
    Exercise(
        id="06-4",
        title="the limit with momentum",
        points=2,
        minutes=4,
        solution=largest_stable_lr,
        cases=((0.9, [1.0, 10.0]), (0.0, [4.0, 2.0, 0.5]), (0.5, [0.1]), (0.99, [3.0, 50.0, 7.0]), (0.8, [2.5, 2.5])),
        hints=(
            "Which curvature grows first when you raise the rate? And does momentum move that point up or down?",
            "The steepest direction decides, and its limit is 2 (1 + momentum) over its curvature.",
            "`return 2 * (...) / max(...)`",
        ),
        wrong=(
            Wrong("no momentum", lambda momentum, curvatures: 2 / max(curvatures), "that is the limit without momentum. The memory raises it."),
            Wrong("lowered", lambda momentum, curvatures: 2 * (1 - momentum) / max(curvatures), "that keeps the effective rate below 2/L. In the steep direction the gradient changes its sign each time, so the remembered ones cancel: the limit rises, by 1 + momentum."),
            Wrong("raised by the effective rate", lambda momentum, curvatures: 2 / (1 - momentum) / max(curvatures), "1 / (1 - momentum) belongs to a steady slope. The limit rises by 1 + momentum, which is below 2."),
            Wrong("the flattest", lambda momentum, curvatures: 2 * (1 + momentum) / min(curvatures), "the flattest direction would allow that. The steepest grows long before: take the largest curvature."),
            Wrong("without the 2", lambda momentum, curvatures: (1 + momentum) / max(curvatures), "the factor 2 is missing: without momentum the limit is 2/L."),
            Wrong("Nesterov's", lambda momentum, curvatures: 2 * (1 + momentum) / ((1 + 2 * momentum) * max(curvatures)), "that is the limit of Nesterov's form. The heavy ball has 2 (1 + momentum) / L."),
            Wrong("the middle region", lambda momentum, curvatures: (1 + math.sqrt(momentum)) ** 2 / max(curvatures), "there the middle region ends, and the walk slows down. It converges up to 2 (1 + momentum) / L."),
            Wrong("brackets", lambda momentum, curvatures: (2 + momentum) / max(curvatures), "the brackets are missing: it is 2 * (1 + momentum)."),
            Wrong("the mean", lambda momentum, curvatures: 2 * (1 + momentum) / (sum(curvatures) / len(curvatures)), "the mean of the curvatures decides nothing. The steepest direction does."),
            Wrong("the sum", lambda momentum, curvatures: 2 * (1 + momentum) / sum(curvatures), "the curvatures are added up. Each direction has its own limit; the steepest has the lowest."),
            Wrong("smallest and largest", lambda momentum, curvatures: 2 * (1 + momentum) / (min(curvatures) + max(curvatures)), "2 / (smallest + largest) is the best rate without momentum. The limit needs the largest curvature alone."),
            Wrong("the first", lambda momentum, curvatures: 2 * (1 + momentum) / curvatures[0], "the list need not be sorted. Take its largest entry."),
            Wrong("the last", lambda momentum, curvatures: 2 * (1 + momentum) / curvatures[-1], "the last entry need not be the largest. Take the maximum of the list."),
            Wrong("not divided", lambda momentum, curvatures: 2 * (1 + momentum) * max(curvatures), "a steeper bowl allows smaller rates: divide by the curvature."),
            Wrong("the middle one", lambda momentum, curvatures: 2 * (1 + momentum) / sorted(curvatures)[len(curvatures) // 2], "the middle curvature decides nothing. The steepest direction does."),
            Wrong("momentum alone", lambda momentum, curvatures: 2 * momentum / max(curvatures), "with momentum 0 that is 0, and lesson 01's limit is 2/L: it is 2 (1 + momentum)."),
            Wrong("divided by 1 + momentum", lambda momentum, curvatures: 2 / (1 + momentum) / max(curvatures), "1 + momentum stands below the line. The limit rises with momentum: multiply."),
            Wrong("half of the effective rate", lambda momentum, curvatures: (1 - momentum) / max(curvatures), "that keeps the effective rate below 1/L. The limit has nothing to do with the effective rate: it rises, to 2 (1 + momentum) / L."),
            Wrong("one for each", lambda momentum, curvatures: [2 * (1 + momentum) / h for h in curvatures], "that is a list with the limit of each direction. One rate serves all: return the smallest."),
        ),
        shows="The limit can at most double. What momentum gains it gains in the flat directions.",
    ),
    Exercise(
        id="06-5",
        title="the best pair",
        points=3,
        minutes=5,
        solution=best_constants,
        cases=((1.0, 100.0), (1.0, 10.0), (4.0, 100.0), (2.0, 2.0), (0.5, 50.0), (0.01, 9.0)),
        hints=(
            "Both borders of the middle region must be met, by the flattest and by the steepest direction. Which two equations is that?",
            "lr * smallest = (1 - root of momentum)^2 and lr * largest = (1 + root of momentum)^2. The solution stands above the table of condition numbers.",
            "`root = math.sqrt(largest / smallest)`, `return 4 / (math.sqrt(...) + math.sqrt(...)) ** 2, (... / ...) ** 2`",
        ),
        wrong=(
            Wrong("not squared", lambda smallest, largest: (best_constants(smallest, largest)[0], math.sqrt(best_constants(smallest, largest)[1])), "the momentum is not squared. (root - 1) / (root + 1) is Nesterov's constant, and the factor per update here; the heavy ball's momentum is its square."),
            Wrong("no root in momentum", lambda smallest, largest: (best_constants(smallest, largest)[0], ((largest - smallest) / (largest + smallest)) ** 2), "the momentum is made of the condition number itself. Take its root first."),
            Wrong("no roots at all", lambda smallest, largest: (4 / (largest + smallest) ** 2, ((largest - smallest) / (largest + smallest)) ** 2), "the roots are missing, in both. Momentum works with the roots of the curvatures."),
            Wrong("no roots, no square", lambda smallest, largest: (2 / (largest + smallest), (largest - smallest) / (largest + smallest)), "those are the best rate without momentum and its factor per update. The pair is made of roots."),
            Wrong("lesson 01's rate", lambda smallest, largest: (2 / (largest + smallest), best_constants(smallest, largest)[1]), "that rate is the best one without momentum. With it, lr = 4 / (root of largest + root of smallest)^2."),
            Wrong("rate not squared", lambda smallest, largest: (4 / (math.sqrt(largest) + math.sqrt(smallest)), best_constants(smallest, largest)[1]), "the sum of the roots in the rate is not squared: its unit must be one over a curvature."),
            Wrong("2 in place of 4", lambda smallest, largest: (best_constants(smallest, largest)[0] / 2, best_constants(smallest, largest)[1]), "the rate is half of what it should be: 4 above the line, not 2."),
            Wrong("root of the sum", lambda smallest, largest: (4 / (largest + smallest), best_constants(smallest, largest)[1]), "the square of a sum of roots is not the sum. Add the roots, then square."),
            Wrong("rate 1/L", lambda smallest, largest: (1 / largest, best_constants(smallest, largest)[1]), "1/L is Nesterov's rate. The heavy ball's best is 4 / (root of largest + root of smallest)^2."),
            Wrong("Nesterov's pair", lambda smallest, largest: (1 / largest, math.sqrt(best_constants(smallest, largest)[1])), "that is Nesterov's pair. The heavy ball has a larger rate, and the square of that momentum."),
            Wrong("upside down", lambda smallest, largest: (best_constants(smallest, largest)[0], ((math.sqrt(largest) + math.sqrt(smallest)) / (math.sqrt(largest) - math.sqrt(smallest))) ** 2 if largest > smallest else math.inf), "the momentum is upside down: it must be below 1."),
            Wrong("exchanged", lambda smallest, largest: best_constants(smallest, largest)[::-1], "both are right, in the wrong order: the rate comes first."),
            Wrong("only the rate", lambda smallest, largest: best_constants(smallest, largest)[0], "only the rate is returned. The momentum is wanted too."),
            Wrong("only the momentum", lambda smallest, largest: best_constants(smallest, largest)[1], "only the momentum is returned. The rate comes first."),
            Wrong("to the fourth", lambda smallest, largest: (best_constants(smallest, largest)[0], best_constants(smallest, largest)[1] ** 2), "the momentum is squared twice."),
            Wrong("half a square", lambda smallest, largest: (best_constants(smallest, largest)[0], (math.sqrt(largest / smallest) - 1) / (math.sqrt(largest / smallest) + 1) ** 2), "only the lower part of the momentum is squared. Set brackets around the whole fraction."),
            Wrong("the usual momentum", lambda smallest, largest: (best_constants(smallest, largest)[0], 0.9), "0.9 is the usual momentum. The best one depends on the condition number."),
            Wrong("curvatures squared", lambda smallest, largest: (4 / (largest**2 + smallest**2) ** 2, ((largest**2 - smallest**2) / (largest**2 + smallest**2)) ** 2), "the curvatures are squared. Take their roots."),
            Wrong("difference of roots", lambda smallest, largest: (4 / (math.sqrt(largest) - math.sqrt(smallest)) ** 2 if largest > smallest else math.inf, best_constants(smallest, largest)[1]), "the roots are subtracted in the rate. Add them: a difference of 0 would allow an infinite rate."),
            Wrong("one minus", lambda smallest, largest: (best_constants(smallest, largest)[0], 1 - best_constants(smallest, largest)[1]), "that is 1 - momentum. A narrow bowl wants a momentum near 1, a round one none."),
        ),
        shows="At condition 1 the best momentum is 0: on a round bowl there is nothing to remember.",
    ),
    Exercise(
        id="06-6",
        title="diagnose four walks",
        points=2,
        minutes=4,
        solution="rpdg",
        accept=lambda value: _letters(value) == "rpdg",
        wanted="four letters for the walks A, B, C, D",
        hints=(
            "Three of them come nearer. Which of these three pass through 0, and which of them does so only once, at the end?",
            "No momentum: the same factor per update, no change of sign. Too much: through 0 and back, again and again. Beyond the limit: it grows.",
            "One each of p, g, r, d. C grows; A changes its sign and is far away again at update 65.",
        ),
        wrong=(
            Wrong("plain and good exchanged", "rgdp", "D has arrived when B is still at half the way. B has one factor per update and no momentum.", lambda v: _letters(v) == "rgdp"),
            Wrong("ringing taken for the limit", "dprg", "C grows from row to row, so C is beyond the limit. A swings and comes nearer.", lambda v: _letters(v) == "dprg"),
            Wrong("ringing taken for good", "gpdr", "A is at 0.7 after 65 updates, on the other side and back. D came down once and stayed.", lambda v: _letters(v) == "gpdr"),
            Wrong("ringing taken for plain", "prdg", "A changes its sign, which a flat direction without momentum never does.", lambda v: _letters(v) == "prdg"),
            Wrong("in the order of the list", "pgrd", "those are the letters in the order of the text. Look at each column.", lambda v: _letters(v) == "pgrd"),
            Wrong("words", "ringing, plain, diverges, good", "one letter for each walk is enough: p, g, r or d.", lambda v: any(len(str(one)) > 3 for one in (v if isinstance(v, (list, tuple)) else str(v).replace(",", " ").split())) and len(_letters(v)) > 6),
        ),
        shows="Long waves say too much memory, jumps that grow say too large a rate. The cures differ.",
    ),
    Exercise(
        id="06-7",
        title="the floor with momentum",
        points=2,
        minutes=7,
        solution=momentum_floor,
        cases=((0.1, 0.0, 1.0, 1.0), (0.01, 0.9, 1.0, 1.0), (0.1, 0.9, 2.0, 0.5), (0.3, 0.5, 4.0, 3.0), (2.5, 0.5, 1.0, 1.0), (1.0, 0.5, 3.0, 1.0), (4.5, 0.9, 1.0, 1.0)),
        hints=(
            "With momentum 0 your answer must be the floor of lesson 02. Which two places has momentum in the formula besides the limit?",
            "lr sigma^2 (1 + momentum), over 2 (1 - momentum) times what is left to the limit, 2 (1 + momentum) - lr h. At the limit and beyond, infinity.",
            "`limit = 2 * (1 + momentum)`, `if lr * h >= limit: return math.inf`, `return lr * sigma**2 * (...) / (2 * (...) * (limit - lr * h))`",
        ),
        wrong=(
            Wrong("no momentum", _floor(lambda lr, m, h, s: lr * s**2 / (2 * (2 - lr * h)), lambda m: 2), "that is the floor without momentum."),
            Wrong("at the effective rate", _floor(lambda lr, m, h, s: lr / (1 - m) * s**2 / (2 * (2 - lr / (1 - m) * h)), lambda m: 2 * (1 - m)), "that is lesson 02's floor at the effective rate. It is near for small rates, but the limit with momentum is 2 (1 + momentum), not 2 (1 - momentum)."),
            Wrong("only small rates", _floor(lambda lr, m, h, s: lr * s**2 / (4 * (1 - m))), "that is what is left for small rates. The exact formula also has the distance to the limit, 2 (1 + momentum) - lr h."),
            Wrong("the variance", _floor(lambda lr, m, h, s: 2 / h * momentum_floor(lr, m, h, s)), "that is the variance of w. The mean loss is h / 2 times it."),
            Wrong("the limit of lesson 02", _floor(momentum_floor, lambda m: 2), "between 2 and 2 (1 + momentum) the heavy ball still settles. Only the limit in your `if` is that of lesson 02."),
            Wrong("no limit", lambda lr, momentum, h, sigma: lr * sigma**2 * (1 + momentum) / (2 * (1 - momentum) * (2 * (1 + momentum) - lr * h)) if lr * h != 2 * (1 + momentum) else math.inf, "at or beyond the limit nothing settles, and the formula turns negative: return math.inf there."),
            Wrong("the limit itself", lambda lr, momentum, h, sigma: math.inf if lr * h > 2 * (1 + momentum) else lr * sigma**2 * (1 + momentum) / (2 * (1 - momentum) * (2 * (1 + momentum) - lr * h)) if lr * h != 2 * (1 + momentum) else 1 / 0, "at the limit itself the formula divides by 0. Nothing settles there: use >= in the comparison."),
            Wrong("no 1 + momentum above", _floor(lambda lr, m, h, s: momentum_floor(lr, m, h, s) / (1 + m)), "the factor 1 + momentum above the line is missing."),
            Wrong("no 1 - momentum below", _floor(lambda lr, m, h, s: momentum_floor(lr, m, h, s) * (1 - m)), "the factor 1 - momentum below the line is missing: the floor follows the effective rate."),
            Wrong("plus and minus exchanged", _floor(lambda lr, m, h, s: momentum_floor(lr, m, h, s) * ((1 - m) / (1 + m)) ** 2), "1 + momentum and 1 - momentum are exchanged. Momentum raises the floor at the same lr."),
            Wrong("sigma not squared", _floor(lambda lr, m, h, s: momentum_floor(lr, m, h, s) / s), "sigma is not squared. Variances add, not standard deviations."),
            Wrong("no curvature", lambda lr, momentum, h, sigma: momentum_floor(lr, momentum, 1.0, sigma), "the curvature is missing where lr meets the limit: 2 (1 + momentum) - lr h."),
            Wrong("rate squared", _floor(lambda lr, m, h, s: lr * momentum_floor(lr, m, h, s)), "lr is squared. One of the two cancels: the floor is about proportional to lr."),
            Wrong("twice", _floor(lambda lr, m, h, s: 2 * momentum_floor(lr, m, h, s)), "twice as high. The loss is h w^2 / 2: the 2 below the line is missing."),
            Wrong("brackets", _floor(lambda lr, m, h, s: lr * s**2 * (1 + m) / 2 * (1 - m) * (2 * (1 + m) - lr * h)), "a / b * c divides by b only. Put all that stands below the line in brackets."),
            Wrong("the limit lowered", _floor(momentum_floor, lambda m: 2 * (1 - m)), "the formula is right, but your `if` stops at 2 (1 - momentum). The limit rises with momentum: 2 (1 + momentum)."),
            Wrong("zero", lambda lr, momentum, h, sigma: 0 if lr * h >= 2 * (1 + momentum) else momentum_floor(lr, momentum, h, sigma), "right below the limit. Beyond it nothing settles: return math.inf, not 0."),
            Wrong("half of the effective floor", _floor(lambda lr, m, h, s: lr / (1 - m) * s**2 / (2 * (2 - lr * h))), "the effective rate stands above the line, but the limit below it is still that of lesson 02: it is 2 (1 + momentum) - lr h, with 1 + momentum above."),
            Wrong("averages", _floor(lambda lr, m, h, s: lr * s**2 * (1 - m) / (2 * (1 + m) * (2 - lr * h)), lambda m: 2), "that has momentum lower the floor, as if it averaged the noise away. It raises it, to that of the effective rate."),
        ),
        shows="Small rates: sigma^2 / 4 times lr / (1 - momentum). The memory spreads the noise over time, it does not remove it.",
    ),
)

QUIZ = (
    Question(
        "06-q1",
        "Momentum 0.9 with the rate 0.02 has run well. A colleague's library keeps the buffer as a moving average. Which rate takes the same steps there?",
        (
            Option("0.02", "There the steps would be ten times shorter."),
            Option("0.2", "In the moving average the effective rate is lr itself, so it must be lr / (1 - 0.9).", True),
            Option("0.002", "That makes the steps a hundred times shorter."),
        ),
    ),
    Question(
        "06-q2",
        "The steepest curvature is 10, momentum 0.5, heavy ball. Which is the largest of these rates that converges?",
        (
            Option("0.09", "It converges, but a larger one does too: the limit is 2 (1 + 0.5) / 10."),
            Option("0.19", "It converges, and would without momentum. The limit has risen."),
            Option("0.29", "2 (1 + 0.5) / 10 = 0.3.", True),
            Option("0.39", "Beyond the limit of 0.3."),
        ),
    ),
    Question(
        "06-q3",
        "You add momentum 0.9 and leave the rate as it is. The loss now levels off ten times as high. Why?",
        (
            Option("the effective rate is ten times as large, and the floor with it", "Divide lr by ten, and the old floor is back.", True),
            Option("the limit has been crossed", "Beyond the limit it would grow without end. And the limit has risen."),
            Option("momentum was too small to average the noise", "No momentum averages it away."),
        ),
    ),
    Question(
        "06-q4",
        "Where does momentum gain most?",
        (
            Option("on a round bowl, because it goes straight to the minimum", "Without momentum a round bowl takes one update."),
            Option("on a narrow bowl without noise, as the condition number counts by its root", "346 updates became 56 at condition 100.", True),
            Option("wherever the gradients are noisy", "The floor at the same effective rate is the same."),
        ),
    ),
    Question(
        "06-q5",
        "A schedule divides the rate by ten. For the next twenty updates the loss rises, then it falls. What do you suspect?",
        (
            Option("the rate is inside the momentum buffer, and the old steps live on", "They fade by the factor momentum per update, while the new gradients brake ten times less.", True),
            Option("the drop came too early", "Then the loss would crawl. It would not rise."),
            Option("the new rate is beyond the limit", "It is ten times smaller than one that was not."),
        ),
    ),
    Question(
        "06-q6",
        "You train without noise, with momentum 0.99, and the loss falls in long waves. What helps?",
        (
            Option("momentum 0.999", "Then everything shrinks by 0.9995 per update, and the waves are longer."),
            Option("a larger rate", "In the middle region the rate changes the length of the waves, and the factor stays the root of the momentum."),
            Option("less momentum", "The factor per update is the root of the momentum: 0.995 for 0.99, 0.95 for 0.9.", True),
        ),
    ),
)

LESSON = Lesson(
    number="06",
    title="Momentum",
    minutes=40,
    recall=RECALL,
    predictions=PREDICTIONS,
    missions=MISSIONS,
    exercises=EXERCISES,
    quiz=QUIZ,
    next="lesson 07, a rate per parameter: what each weight's own gradients say about its step.",
)
