"""Lesson 01: what a step is, and what the learning rate does to it."""

from __future__ import annotations

import math

import numpy as np

from .model import Exercise, Lesson, Mission, Option, Question, Wrong

RECALL = (
    Question(
        "01-r1",
        "The derivative of the loss at w is positive. In which direction does the loss grow?",
        (
            Option("towards larger w", "A positive slope means: more w, more loss. So a step that lowers the loss goes the other way.", True),
            Option("towards smaller w", "That is the direction in which it falls: against the sign of the derivative."),
            Option("that depends on the sign of w", "The slope alone decides; where w stands does not matter."),
        ),
    ),
    Question(
        "01-r2",
        "f(w) = 3 w^2. What is its derivative at w = 2?",
        (
            Option("6", "You took the derivative of 3 w. The derivative of w^2 is 2 w, so 3 w^2 gives 6 w."),
            Option("12", "6 w at w = 2.", True),
            Option("4", "That is 2 w at w = 2; the factor 3 stays."),
        ),
    ),
    Question(
        "01-r3",
        "g = np.array([0.5, -1.0]). What is 2 * g?",
        (
            Option("an error: a number times an array", "Numpy multiplies every entry."),
            Option("array([ 0.5, -1. ,  0.5, -1. ])", "That happens to a list, [0.5, -1.0] * 2. An array is multiplied entry by entry."),
            Option("array([ 1., -2.])", "Every entry is doubled.", True),
        ),
    ),
)

PREDICTIONS = (
    Question(
        "01-p1",
        "A bowl of curvature 1 has its minimum at 0. You start at w = 1 and use the learning rate 1.5. What happens?",
        (
            Option("w shrinks towards 0 without ever passing it", "That needs a rate of at most 1."),
            Option(
                "w jumps over the minimum at every step, and still converges",
                "Each step multiplies w by 1 - 1.5 = -0.5: the sign flips, the size halves.",
                True,
            ),
            Option("w jumps back and forth for ever", "That happens at exactly 2, where the factor is -1."),
            Option("w runs away", "That needs a rate above 2."),
        ),
    ),
    Question(
        "01-p2",
        "A network learns the digits with plain gradient descent. You double the rate again and again, from far too small. "
        "How does the loss after 185 updates change?",
        (
            Option("it falls, then rises gently: around the best rate a factor of ten hardly matters", "There is no gentle rise."),
            Option("it falls and falls, and then jumps up within one or two doublings", "The best rate stands next to a cliff.", True),
            Option("it rises from the start: smaller is safer", "Too small learns nothing in 185 updates."),
        ),
    ),
)


def _another_surface(explorer, wanted):
    """What to say where the explorer shows another surface than the wanted one."""
    return None if type(explorer.problem).__name__ == wanted else f"Choose the surface {wanted} first."


def _fast(explorer):
    if other := _another_surface(explorer, "Quadratic"):
        return other
    run = explorer.run
    loss = run.metrics["loss"][-1]
    return None if loss < 1e-8 else f"With rate {explorer.lr.value:.4g} the loss after {run.steps} updates is {loss:.3g}."


def _edge(explorer):
    if other := _another_surface(explorer, "Quadratic"):
        return other
    rate, loss = explorer.lr.value / explorer.problem.lr_limit, explorer.run.metrics["loss"]
    if not 0.97 <= rate < 1.0:
        return f"Your rate is {rate:.4g} times 2/L."
    return None if loss[-1] < loss[0] else f"The loss rose from {loss[0]:.3g} to {loss[-1]:.3g}."


def _bouncing(explorer):
    if other := _another_surface(explorer, "Himmelblau"):
        return other
    run = explorer.run
    if run.diverged:
        return f"At rate {explorer.lr.value:.4g} the run diverges: too large even for bouncing."
    loss = run.metrics["loss"][-10:]
    return None if loss.min() > 1 else f"At rate {explorer.lr.value:.4g} the loss falls to {loss.min():.3g}: it settles."


MISSIONS = (
    Mission(
        "01-m1",
        "on the bowl, a loss below 1e-8 after 50 updates.",
        _fast,
        "2 / (L + smallest) is the fastest rate in the long run. Within 50 updates a slightly smaller one wins, because the "
        "steep direction starts with ten times the loss: the best rate depends on how long you train.",
    ),
    Mission(
        "01-m2",
        "on the bowl, a rate of at least 0.97 times 2/L with which the loss still ends below its start.",
        _edge,
        "At the very edge it still converges. A hair above 2/L it would not.",
    ),
    Mission(
        "01-m3",
        "on Himmelblau's surface, a rate with which the walk neither settles nor diverges: the loss stays above 1.",
        _bouncing,
        "Away from a perfect bowl, too large need not mean infinity: the walk is thrown out of every valley it enters.",
    ),
)


def gd_step(w, grad, lr):
    return w - lr * grad


def _in_place(w, grad, lr):
    w -= lr * grad
    return w


def updates_needed(lr, h, tolerance):
    factor = abs(1 - lr * h)
    if factor >= 1:
        return math.inf
    if factor == 0:
        return 1
    return math.ceil(math.log(tolerance) / math.log(factor))


def _updates_by(factor_of, count=math.ceil, never=math.inf):
    """A variation of `updates_needed`: another factor, another rounding, another value for 'never'."""

    def answer(lr, h, tolerance):
        factor = factor_of(lr, h)
        if factor >= 1:
            return never
        if factor == 0:
            return 1
        return count(math.log(tolerance) / math.log(factor))

    return answer


def _without_abs(lr, h, tolerance):
    factor = 1 - lr * h
    if factor <= 0:
        return 1
    return math.ceil(math.log(tolerance) / math.log(factor))


def largest_stable_lr(H):
    return 2 / np.linalg.eigvalsh(H).max()


def twin(lr, h):
    return 2 / h - lr


def _letters(value):
    return "".join(value).lower().replace(" ", "").replace(",", "")


EXERCISES = (
    Exercise(
        id="01-1",
        title="one step",
        points=2,
        minutes=3,
        solution=gd_step,
        cases=(
            (np.array([1.0, -2.0]), np.array([0.5, -1.0]), 0.1),
            (np.array([3.0]), np.array([4.0]), 0.5),
            (np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[2.0, 0.0], [-2.0, 1.0]]), 0.25),
            (np.array([1.0, 1.0]), np.array([7.0, -7.0]), 0.0),
        ),
        hints=(
            "If the slope is positive, should w become larger or smaller?",
            "Go against the gradient, and let lr say how far: the step is lr times the gradient.",
            "`return w - (something) * (something)`, where one is the rate and the other the gradient.",
        ),
        wrong=(
            Wrong("adds the gradient", lambda w, grad, lr: w + lr * grad, "the step goes up the slope. The gradient points to where the loss grows, so subtract it."),
            Wrong("forgets the rate", lambda w, grad, lr: w - grad, "the whole gradient is subtracted. Multiply it by lr: the gradient has no idea how far to go."),
            Wrong("changes its input", _in_place, "`w -= ...` changes the caller's array as well. Write `w - ...`, which makes a new one."),
            Wrong("shrinks w", lambda w, grad, lr: w - lr * w, "w itself is subtracted, not the gradient. The step must depend on the slope."),
            Wrong("divides by the rate", lambda w, grad, lr: w - grad / lr if lr else w - grad, "the gradient is divided by lr. A larger rate must make a larger step."),
            Wrong("forgets the gradient", lambda w, grad, lr: w - lr, "lr itself is subtracted. It says how far to go for a given slope: multiply it by grad."),
            Wrong("returns how far", lambda w, grad, lr: lr * grad, "lr * grad is how far to go. Return where you arrive: subtract it from w."),
            Wrong("returns only the step", lambda w, grad, lr: -lr * grad, "that is the step alone. Add it to w to get the new weights."),
        ),
        shows="The same line works for one weight and for a million: the rate multiplies every entry of the gradient.",
    ),
    Exercise(
        id="01-2",
        title="how many updates?",
        points=3,
        minutes=8,
        solution=updates_needed,
        cases=tuple(
            (lr, h, tolerance)
            for lr, h, tolerance in (
                (0.1, 1.0, 1e-3), (0.5, 1.0, 1e-3), (1.5, 1.0, 1e-3), (1.9, 1.0, 1e-3), (0.01, 50.0, 1e-2),
                (0.03, 50.0, 1e-2), (1.0, 1.0, 1e-3), (2.0, 1.0, 1e-3), (2.5, 1.0, 1e-3), (0.05, 50.0, 1e-2), (0.3, 1.0, 1e-3),
                (0.5, 1.0, 0.25),
            )
        ),
        hints=(
            "One update multiplies w by 1 - lr h. By what do n updates multiply it?",
            "You want the smallest n with |1 - lr h|^n <= tolerance. Take logarithms, mind that both are negative, and round up.",
            "`factor = abs(1 - lr * h)`; return `math.inf` if factor >= 1, 1 if it is 0, else `math.ceil(math.log(...) / math.log(...))`.",
        ),
        wrong=(
            Wrong("no absolute value", _without_abs, "for lr above 1/h the factor 1 - lr h is negative. Only its size matters: take abs()."),
            Wrong("rounds down", _updates_by(lambda lr, h: abs(1 - lr * h), math.floor), "rounded down, so the last update is missing: after that many the tolerance is not reached yet. Round up."),
            Wrong("one too many", _updates_by(lambda lr, h: abs(1 - lr * h), lambda n: math.ceil(n) + 1), "one too many. The start is w after 0 updates; count updates, not points."),
            Wrong("never said as 0", _updates_by(lambda lr, h: abs(1 - lr * h), never=0), "for lr >= 2/h it never arrives; that is `math.inf`, not 0."),
            Wrong("rounds to nearest", _updates_by(lambda lr, h: abs(1 - lr * h), round), "rounded to the nearest number. When that is down, the tolerance is not reached yet: round up."),
            Wrong("not whole", _updates_by(lambda lr, h: abs(1 - lr * h), float), "you cannot make part of an update. Round up, to a whole number."),
            Wrong("strictly below", _updates_by(lambda lr, h: abs(1 - lr * h), lambda n: math.floor(n) + 1), "one too many where |w| meets the tolerance exactly: 'at most' includes that. Use <= in a loop, math.ceil with logarithms."),
            Wrong("no special cases", lambda lr, h, tolerance: math.ceil(math.log(tolerance) / math.log(abs(1 - lr * h))), "two cases need no logarithm: a factor of 0 arrives in one update, a factor of 1 or more never. Return there first."),
            Wrong("the logarithm of 0", lambda lr, h, tolerance: math.inf if abs(1 - lr * h) >= 1 else math.ceil(math.log(tolerance) / math.log(abs(1 - lr * h))), "at lr = 1/h the factor is 0, which has no logarithm. One update arrives: return 1 there."),
            Wrong("no update at 1/h", lambda lr, h, tolerance: 0 if lr * h == 1 else updates_needed(lr, h, tolerance), "at lr = 1/h the factor is 0, but it takes one update to get there: return 1."),
            Wrong("exactly 2/h", lambda lr, h, tolerance: math.inf if lr * h > 2 else 1 if lr * h == 1 else math.ceil(math.log(tolerance) / math.log(abs(1 - lr * h))), "at exactly 2/h the factor is -1: w jumps back and forth for ever. That is `math.inf` too, so write >=."),
            Wrong("never from 1/h on", lambda lr, h, tolerance: math.inf if lr * h >= 1 else updates_needed(lr, h, tolerance), "at 1/h one update arrives, and between 1/h and 2/h every update overshoots and w still shrinks. 'Never' begins at 2/h."),
            Wrong("overshooting taken for never", lambda lr, h, tolerance: math.inf if lr * h > 1 else updates_needed(lr, h, tolerance), "between 1/h and 2/h every update overshoots, and w shrinks all the same. 'Never' begins at 2/h."),
            Wrong("forgets the curvature", lambda lr, h, tolerance: updates_needed(lr, 1.0, tolerance), "right for h = 1 only. One update multiplies w by 1 - lr h."),
            Wrong("tracks the loss", _updates_by(lambda lr, h: abs(1 - lr * h) ** 2), "that is the count for the loss, which shrinks by the square of the factor. Here w itself must shrink."),
        ),
        shows="1.9 is exactly as slow as 0.1, and 1.0 arrives in one update.",
    ),
    Exercise(
        id="01-3",
        title="the last rate that converges",
        points=3,
        minutes=7,
        solution=largest_stable_lr,
        cases=(
            (np.diag([1.0, 10.0]),),
            (np.array([[2.0, 1.0], [1.0, 2.0]]),),
            (np.array([[5.0, 2.0, 0.0], [2.0, 3.0, 1.0], [0.0, 1.0, 1.0]]),),
            (np.array([[4.0]]),),
        ),
        hints=(
            "Which direction of the bowl breaks first when the rate grows: the flattest or the steepest?",
            "The steepest curvature of a symmetric matrix H is its largest eigenvalue; `np.linalg.eigvalsh` gives them all.",
            "`return 2 / np.linalg.eigvalsh(H)` ... and one word more, which picks the right eigenvalue.",
        ),
        wrong=(
            Wrong("1 over the largest", lambda H: 1 / np.linalg.eigvalsh(H).max(), "1/L is the last rate that never overshoots. Asked for is the last one that converges, twice as large."),
            Wrong("uses the smallest", lambda H: 2 / np.linalg.eigvalsh(H).min(), "the smallest eigenvalue is the flattest direction. The steepest one diverges first."),
            Wrong("uses the diagonal", lambda H: 2 / np.diag(H).max(), "the largest diagonal entry is the largest curvature only if H is diagonal. Turn the bowl, and it is not: use eigenvalues."),
            Wrong("uses the trace", lambda H: 2 / np.trace(H), "the trace is the sum of all curvatures. One direction decides: the steepest."),
            Wrong("best instead of last", lambda H: 2 / (np.linalg.eigvalsh(H).max() + np.linalg.eigvalsh(H).min()), "2 / (L + smallest) is the fastest rate. Asked for is the last one that converges."),
            Wrong("the curvature itself", lambda H: np.linalg.eigvalsh(H).max(), "that is the steepest curvature L. The limit of the rate is 2 / L."),
            Wrong("upside down", lambda H: np.linalg.eigvalsh(H).max() / 2, "upside down: a steeper bowl needs a smaller rate, so divide 2 by the largest eigenvalue."),
            Wrong("the norm of the entries", lambda H: 2 / np.linalg.norm(H), "`np.linalg.norm(H)` is the root of the sum of all squared entries, which mixes the curvatures. Take the largest eigenvalue."),
            Wrong("all of them", lambda H: 2 / np.linalg.eigvalsh(H), "you return one limit for each direction. The whole run needs them all at once: take the smallest limit."),
        ),
        shows="One number decides for the whole bowl, however many flat directions there are.",
    ),
    Exercise(
        id="01-4",
        title="diagnose four runs",
        points=2,
        minutes=4,
        solution="sodg",
        accept=lambda value: _letters(value) == "sodg",
        wanted="four letters for the runs A, B, C, D",
        hints=(
            "Which of the four losses go up? Which go down, but could have gone down faster?",
            "Look at the signs of w in the table: a sign that flips at every update means overshooting.",
            "One run is s, one o, one d, one g. C grows without end; D is at 0 after a single update.",
        ),
        wrong=(
            Wrong("overshooting taken for divergence", "sddg", "B flips its sign and shrinks: it overshoots and converges. Only what grows diverges.", lambda v: _letters(v) == "sddg"),
            Wrong("B and C exchanged", "sdog", "B and C both flip their sign. Which of them shrinks?", lambda v: _letters(v) == "sdog"),
            Wrong("slow taken for good", "gods", "A shrinks at every update, but by a tenth only: it is too small. D arrives at once.", lambda v: _letters(v) == "gods"),
            Wrong("A and B exchanged", "osdg", "an overshooting run changes its sign at every update. A never does.", lambda v: _letters(v) == "osdg"),
        ),
        shows="The sign of w tells overshooting; only the size of w tells divergence.",
    ),
    Exercise(
        id="01-5",
        title="the twin rate",
        points=2,
        minutes=5,
        solution=twin,
        cases=((0.1, 1.0), (0.5, 2.0), (0.03, 50.0), (1.9, 1.0)),
        hints=(
            "Two rates are equally fast if the factors 1 - lr h have the same size. What if one factor is negative?",
            "Solve 1 - h * twin = -(1 - h * lr) for twin.",
            "`return 2 / h - ...`",
        ),
        wrong=(
            Wrong("mirror at 1/h only", lambda lr, h: 1 / h - lr, "the mirror stands at 1/h, so the twin lies as far above 1/h as lr lies below: 2/h - lr."),
            Wrong("the mirror itself", lambda lr, h: 1 / h, "1/h is where the mirror stands. The twin lies as far beyond it as lr lies before it."),
            Wrong("the limit", lambda lr, h: 2 / h, "2/h is the limit, the twin of the rate 0. Go back from it by lr."),
            Wrong("beyond the limit", lambda lr, h: 2 / h + lr, "that lies beyond 2/h, where the run diverges. The twin lies as far below 2/h as lr lies above 0."),
            Wrong("the inverse", lambda lr, h: 1 / (lr * h * h), "a mirror, not an inverse: the distance to 1/h is the same on both sides."),
            Wrong("the same rate", lambda lr, h: lr, "that is the same rate. There is another one, on the other side of 1/h, which is just as fast."),
            Wrong("forgets the curvature", lambda lr, h: 2 - lr, "right for h = 1 only. The mirror stands at 1/h."),
        ),
        shows="Speed is symmetric about 1/h. That is why overshooting alone costs nothing.",
    ),
)

QUIZ = (
    Question(
        "01-q1",
        "On a bowl of curvature 4, which is the largest fixed rate below which gradient descent converges?",
        (
            Option("0.25", "That is 1/h: the rate that lands in one update, and the last that never overshoots."),
            Option("0.5", "2/h.", True),
            Option("2", "2/h with h = 4 is 0.5. The limit shrinks as the bowl gets steeper."),
            Option("4", "A steeper bowl needs a smaller rate."),
        ),
    ),
    Question(
        "01-q2",
        "A run jumps over the minimum at every update. What follows?",
        (
            Option("the rate is too large", "Not by itself: between 1/h and 2/h every update overshoots, and the run converges."),
            Option("the rate is above 1/h in the steepest direction, and nothing more", "Overshooting starts at 1/h, failure at 2/h.", True),
            Option("the run will diverge", "Only if the jumps grow."),
        ),
    ),
    Question(
        "01-q3",
        "A bowl has curvatures 1 and 100. Which direction limits the rate, and which one makes the run slow?",
        (
            Option("the steep one limits, the flat one is slow", "The limit is 2/100; at such a rate the flat direction moves by 2 % an update at most.", True),
            Option("the flat one limits, the steep one is slow", "The flat direction would bear a rate of almost 2. The steep one breaks first."),
            Option("the steep one does both", "At a rate of 1/100 the steep direction arrives in one update. The flat one is left."),
        ),
    ),
    Question(
        "01-q4",
        "You divide the rate by ten, to be safe. The best rate was just below the cliff. What does it cost on a bowl?",
        (
            Option("nothing: smaller is safer", "Every update now goes a tenth of the way: about ten times as many are needed."),
            Option("about ten times as many updates", "For small rates, the number of updates grows as 1/lr.", True),
            Option("a hundred times as many", "The count grows as 1/lr, not as its square."),
        ),
    ),
    Question(
        "01-q5",
        "Why did the widget's run on Himmelblau's surface not go to infinity above 2/L?",
        (
            Option("because 2/L is the limit at the minimum; elsewhere the surface bends differently", "2/L says whether a minimum can hold the walk. Where the walk goes when it is thrown out is another question.", True),
            Option("because gradient descent always converges in the end", "It never settled: the loss stayed above 1."),
            Option("because the rate was small enough after all", "It was above 2/L, and no minimum could hold the walk."),
        ),
    ),
)

LESSON = Lesson(
    number="01",
    title="What a step is",
    minutes=35,
    recall=RECALL,
    predictions=PREDICTIONS,
    missions=MISSIONS,
    exercises=EXERCISES,
    quiz=QUIZ,
    next="lesson 02, the fixed rate and the noise floor it cannot pass.",
)
