"""Lesson 07: AdaGrad, RMSProp and AdaDelta, which give every weight a rate of its own."""

from __future__ import annotations

import numpy as np

from .model import Exercise, Lesson, Mission, Option, Question, Wrong

RECALL = (
    Question(
        "07-r1",
        "Momentum 0.9 and equal gradients, as in lesson 06. How long is a step in the end, compared with lr times the gradient?",
        (
            Option("as long", "So is the first step. The buffer goes on to fill."),
            Option("ten times as long", "The buffer grows to 1 / (1 - 0.9) gradients.", True),
            Option("a tenth as long", "That would be a moving average with its 0.1 left out. The gradients are added whole."),
        ),
    ),
    Question(
        "07-r2",
        "A noisy bowl, once with rate 0.1 and no momentum, once with rate 0.01 and momentum 0.9. Which noise floor is lower?",
        (
            Option("that with momentum, by far", "Momentum does not average the noise away: each push still arrives in full."),
            Option("that without momentum, by far", "At the same lr it would be. Here the effective rate is the same."),
            Option("they are nearly the same", "The floor belongs to the effective rate lr / (1 - momentum).", True),
        ),
    ),
    Question(
        "07-r3",
        "Exponential decay with the factor 0.9, from the rate 0.1. Why can a run with it freeze before it arrives?",
        (
            Option("all its rates together add up to 1, and no more", "0.1 / (1 - 0.9): the sum of the rates limits how far a run can travel.", True),
            Option("its rates reach 0 after ten updates", "They are never 0. But their sum is finite."),
            Option("its noise grows as the rate falls", "The noise falls with the rate."),
        ),
    ),
)

PREDICTIONS = (
    Question(
        "07-p1",
        "From noise 0.1 to noise 10, a hundred times more: what happens to the advantage of AdaGrad and RMSProp over SGD on the round bowl?",
        (
            Option("it grows: they are made for noise", "All weights have the same noise, so all get the same divisor: it is one rate again."),
            Option("it shrinks from large to small", "There is none to begin with. At noise 0.1 they are behind."),
            Option("there is none to speak of at any of them", "About level at noise 1, behind at 0.1 and at 10. No noise level brings either near half the loss of SGD.", True),
        ),
    ),
    Question(
        "07-p2",
        "Rates tuned until the first jump of the target. How does AdaGrad follow the later jumps?",
        (
            Option("as well as RMSProp: both divide by past gradients", "One forgets them, the other does not."),
            Option("worse and worse", "Every jump brings large gradients, and the sum keeps them all.", True),
            Option("better and better: it has learned how far targets jump", "What it has gathered is a sum that only makes the rate smaller."),
        ),
    ),
)


def _adaptive(explorer, name):
    found = explorer.settings.optimizer
    return None if found == name else f"The optimizer is {found}. Choose {name}."


def _stream(explorer):
    settings = explorer.settings
    if settings.ratio != 10:
        return f"The second feature is {settings.ratio} times rarer. Set the ratio to 10."
    return None if settings.jump == 200 else f"The target jumps at update {settings.jump}. Put the jump to 200."


def _rare(explorer):
    ratio = explorer.value.ratio
    if said := _adaptive(explorer, "AdaGrad"):
        return said
    if not np.isfinite(ratio):
        return "The rate of the rare feature is not known: it was not seen in the last updates. Make it a little less rare."
    return None if ratio >= 2.5 else f"The rare feature's rate is {ratio:.3g} times the common one's. Make it rarer."


def _asleep(explorer):
    value = explorer.value
    if said := _adaptive(explorer, "AdaGrad") or _stream(explorer):
        return said
    if not value.before <= 0.05:
        return f"The distance before the jump is {value.before:.3g}. Bring it to 0.05 or less with another rate."
    return None if value.after >= 0.5 else f"The distance at the end is {value.after:.3g}: it has followed. Try a smaller rate."


def _awake(explorer):
    if said := _adaptive(explorer, "RMSProp") or _stream(explorer):
        return said
    after = explorer.value.after
    return None if after <= 0.1 else f"The distance at the end is {after:.3g}. Is the rate too small to arrive, or so large that it jitters?"


MISSIONS = (
    Mission(
        "07-m1",
        "AdaGrad, and a rate of the rare feature that is at least 2.5 times the common one's.",
        _rare,
        "The rarer a feature, the smaller its sum of squares, and the larger its rate.",
    ),
    Mission(
        "07-m2",
        "AdaGrad, 10 times rarer, jump at 200: at most 0.05 before the jump and at least 0.5 at the end.",
        _asleep,
        "A rate that was right for the first target is too small for the second. A larger one would have followed.",
    ),
    Mission(
        "07-m3",
        "RMSProp, 10 times rarer, jump at 200: a distance of at most 0.1 at the end.",
        _awake,
        "Its rate does not vanish, so it can follow. It has to be tuned all the same.",
    ),
)


def adagrad_step(w, s, grad, lr, eps):
    s = s + grad**2
    return w - lr * grad / (np.sqrt(s) + eps), s


def rmsprop_step(w, v, grad, lr, decay, eps):
    v = decay * v + (1 - decay) * grad**2
    return w - lr * grad / (np.sqrt(v) + eps), v


def adagrad_update(t, lr):
    return lr / np.sqrt(t)


def rmsprop_first(lr, decay):
    return lr / np.sqrt(1 - decay)


def clip_by_norm(grad, limit):
    norm = np.sqrt(np.sum(np.square(grad)))
    return grad * (limit / norm) if norm > limit else grad


def _letters(value):
    return "".join(value).lower().replace(" ", "").replace(",", "")


def _adagrad(new, move=lambda w, s, grad, lr, eps: w - lr * grad / (np.sqrt(np.abs(s)) + eps)):
    """A step with another sum, new(s, grad), or another use of it."""

    def step(w, s, grad, lr, eps):
        s = new(s, grad)
        return move(w, s, grad, lr, eps), s

    return step


def _rmsprop(new, move=lambda w, v, grad, lr, eps: w - lr * grad / (np.sqrt(np.abs(v)) + eps)):
    """A step with another average, new(v, grad, decay), or another use of it."""

    def step(w, v, grad, lr, decay, eps):
        v = new(v, grad, decay)
        return move(w, v, grad, lr, eps), v

    return step


def _summed(s, grad):
    return s + grad**2


def _averaged(v, grad, decay):
    return decay * v + (1 - decay) * grad**2


def _norm(grad):
    return np.sqrt(np.sum(np.square(grad)))


def _over(grad):
    """The norm, or 1 where it is 0."""
    return _norm(grad) or 1.0


_USES = (
    ("eps inside the root", lambda w, s, grad, lr, eps: w - lr * grad / np.sqrt(s + eps), "eps is inside the root. Here it is added after the root is taken: np.sqrt(...) + eps."),
    ("no root", lambda w, s, grad, lr, eps: w - lr * grad / (s + eps), "the root is missing: the gradient is divided by a square. Then its unit does not cancel."),
    ("uphill", lambda w, s, grad, lr, eps: w + lr * grad / (np.sqrt(s) + eps), "w goes up the slope. Subtract the step."),
    ("eps forgotten", lambda w, s, grad, lr, eps: w - lr * grad / np.where(s > 0, np.sqrt(s), 1), "eps is left out. Add it to the root, so that nothing is divided by 0."),
    ("multiplied", lambda w, s, grad, lr, eps: w - lr * grad * (np.sqrt(s) + eps), "the gradient is multiplied by the root. Divide, so that large gradients get a small rate."),
    ("the sign alone", lambda w, s, grad, lr, eps: w - lr * np.sign(grad), "that is the sign of the gradient: the past is not used. Divide by the root of what was gathered."),
    ("no rate", lambda w, s, grad, lr, eps: w - grad / (np.sqrt(s) + eps), "the rate lr is not used. It multiplies the step."),
    ("no gradient", lambda w, s, grad, lr, eps: w - lr / (np.sqrt(s) + eps), "the gradient is missing in the step: it has no sign, so w cannot know the way."),
    ("brackets", lambda w, s, grad, lr, eps: w - lr * grad / np.where(s > 0, np.sqrt(s), 1) + eps, "the brackets are missing below the line: eps is added to w. Write / (np.sqrt(...) + eps)."),
    ("one rate for all", lambda w, s, grad, lr, eps: w - lr * grad / (np.sqrt(np.sum(s)) + eps), "all weights share one divisor, the root of the total. Each weight has its own."),
)

_STEPS = (
    (np.array([1.0, 2.0]), np.array([4.0, 0.25]), np.array([0.6, -1.5]), 0.1, 0.01),
    (np.array([1.0, -3.0, 0.5]), np.zeros(3), np.array([2.0, -0.3, 0.5]), 0.3, 0.1),
    (1.5, 9.0, -2.0, 0.05, 0.2),
    (np.array([[0.5, 1.0], [2.0, 3.0]]), np.ones((2, 2)), np.array([[3.0, -1.2], [0.5, 0.0]]), 1.0, 0.05),
)

EXERCISES = (
    Exercise(
        id="07-1",
        title="a step of AdaGrad",
        points=2,
        minutes=4,
        solution=adagrad_step,
        cases=_STEPS,
        hints=(
            "What does AdaGrad remember of all gradients so far? And may a negative gradient make it smaller?",
            "The old sum is kept whole, and the square of the new gradient is added.",
            "`s = (s + ...)`",
        ),
        wrong=(
            Wrong("the gradient itself", _adagrad(lambda s, g: s + g), "the gradient is added, not its square. Gradients of both signs would cancel: square it."),
            Wrong("its size", _adagrad(lambda s, g: s + np.abs(g)), "the size of the gradient is added, and the root is taken later: add the square."),
            Wrong("forgets the old sum", _adagrad(lambda s, g: g**2 + 0 * s), "the old sum is forgotten, so every step has about the size lr. Add the square to the sum."),
            Wrong("a moving average of halves", _adagrad(lambda s, g: (s + g**2) / 2), "that is a mean of old and new. AdaGrad keeps the whole sum."),
            Wrong("a moving average", _adagrad(lambda s, g: 0.9 * s + 0.1 * g**2), "that is RMSProp's moving average. AdaGrad forgets nothing and adds the whole square."),
            Wrong("the sum squared", _adagrad(lambda s, g: (s + g) ** 2), "the sum is squared as well. Only the gradient is: s + grad**2."),
            Wrong("the old sum squared", _adagrad(lambda s, g: s**2 + g**2), "the old sum holds squares already. Do not square it again."),
            Wrong("subtracted", _adagrad(lambda s, g: s - g**2), "the square is subtracted. Add it, or the sum falls below 0."),
            Wrong("doubled", _adagrad(lambda s, g: s + 2 * g), "2 * grad is not the square. Write grad**2."),
            Wrong("the sum over all weights", _adagrad(lambda s, g: s + np.sum(np.square(g))), "the squares of all weights are added up. Each weight has a sum of its own."),
            Wrong("the root in the sum", _adagrad(lambda s, g: np.sqrt(s + g**2)), "the root is taken in the sum, and again in the step. The sum holds squares."),
            Wrong("the old sum divides", lambda w, s, grad, lr, eps: (w - lr * grad / (np.sqrt(s) + eps), s + grad**2), "w is divided by the old sum. Add the new square first: without it the first step would be divided by eps."),
            Wrong("the old sum returned", lambda w, s, grad, lr, eps: (w - lr * grad / (np.sqrt(s + grad**2) + eps), s), "w is right, but the old sum is returned, so nothing is remembered."),
            Wrong("only w", lambda w, s, grad, lr, eps: w - lr * grad / (np.sqrt(s + grad**2) + eps), "only w is returned. The next step needs the sum too."),
            Wrong("the sum first", lambda w, s, grad, lr, eps: adagrad_step(w, s, grad, lr, eps)[::-1], "both are right, in the wrong order: the weights come first."),
            *(Wrong(name, _adagrad(_summed, move), message) for name, move, message in _USES),
        ),
        shows="One more array, as long as the weights. With it every weight has its own rate.",
    ),
    Exercise(
        id="07-2",
        title="a step of RMSProp",
        points=3,
        minutes=6,
        solution=rmsprop_step,
        cases=tuple((w, v, grad, lr, decay, eps) for (w, v, grad, lr, eps), decay in zip(_STEPS, (0.9, 0.99, 0.75, 0.6))),
        hints=(
            "Two shares make the new average. Which is the old average's, and what is left for the new square?",
            "v = decay * v + (1 - decay) * grad^2. Then divide the gradient by the root of the new v plus eps.",
            "`v = decay * v + (...) * grad**2`, then `return w - lr * ... / (np.sqrt(v) + ...), v`",
        ),
        wrong=(
            Wrong("a sum", _rmsprop(lambda v, g, d: v + g**2), "that is AdaGrad's sum. A moving average keeps the share decay of the old and adds 1 - decay of the new."),
            Wrong("a leaking sum", _rmsprop(lambda v, g, d: d * v + g**2), "the new square is added whole, as in momentum. In an average it has the share 1 - decay."),
            Wrong("shares exchanged", _rmsprop(lambda v, g, d: (1 - d) * v + d * g**2), "the shares are exchanged: decay is what is kept of the old average."),
            Wrong("not squared", _rmsprop(lambda v, g, d: d * v + (1 - d) * g), "the gradient is averaged, not its square. Both signs would cancel."),
            Wrong("its size", _rmsprop(lambda v, g, d: d * v + (1 - d) * np.abs(g)), "the size of the gradient is averaged. Average the square, as the root is taken later."),
            Wrong("forgets", _rmsprop(lambda v, g, d: (1 - d) * g**2 + 0 * v), "the old average is forgotten. Keep the share decay of it."),
            Wrong("all kept", _rmsprop(lambda v, g, d: v + (1 - d) * g**2), "the old average is kept whole, so it grows for ever. Keep only the share decay."),
            Wrong("the share squared", _rmsprop(lambda v, g, d: d * v + ((1 - d) * g) ** 2), "1 - decay is squared together with the gradient. Square the gradient alone."),
            Wrong("decay squared", _rmsprop(lambda v, g, d: d * (v + g**2)), "decay multiplies both. The new square has the share 1 - decay."),
            Wrong("bias correction", lambda w, v, grad, lr, decay, eps: (w - lr * grad / (np.sqrt(_averaged(v, grad, decay) / (1 - decay)) + eps), _averaged(v, grad, decay)), "the average is divided by 1 - decay: a bias correction. RMSProp has none, that comes with Adam."),
            Wrong("the old average divides", lambda w, v, grad, lr, decay, eps: (w - lr * grad / (np.sqrt(v) + eps), _averaged(v, grad, decay)), "w is divided by the old average. Compute the new one first."),
            Wrong("the old average returned", lambda w, v, grad, lr, decay, eps: (rmsprop_step(w, v, grad, lr, decay, eps)[0], v), "w is right, but the old average is returned, so nothing is remembered."),
            Wrong("only w", lambda w, v, grad, lr, decay, eps: rmsprop_step(w, v, grad, lr, decay, eps)[0], "only w is returned. The next step needs the average too."),
            Wrong("the average first", lambda w, v, grad, lr, decay, eps: rmsprop_step(w, v, grad, lr, decay, eps)[::-1], "both are right, in the wrong order: the weights come first."),
            *(Wrong(name, _rmsprop(_averaged, move), message) for name, move, message in _USES),
        ),
        shows="One word changed from AdaGrad: an average in place of a sum. Now the rate can rise again.",
    ),
    Exercise(
        id="07-3",
        title="AdaGrad's update number t",
        points=2,
        minutes=3,
        solution=adagrad_update,
        cases=((np.array([1, 2, 4, 9, 100]), 1.0), (1, 0.3), (100, 0.5), (7, 0.2), (np.array([16, 25, 10000]), 0.1)),
        hints=(
            "How large is the sum after t equal gradients g?",
            "t g^2. Its root is g sqrt(t), and the g above the line cancels.",
            "`return lr / np.sqrt(...)`",
        ),
        wrong=(
            Wrong("no root", lambda t, lr: lr / t, "that is lr / t. The sum is t squares, but it stands under a root."),
            Wrong("no fall", lambda t, lr: lr + 0.0 * np.asarray(t), "that is the first update's size for ever. The sum grows with every gradient."),
            Wrong("counts from 0", lambda t, lr: lr / np.sqrt(np.asarray(t) + 1), "one gradient too many: the first update is number 1 here, and its size is lr."),
            Wrong("one late", lambda t, lr: lr / np.sqrt(np.maximum(np.asarray(t) - 1, 1)), "one gradient is missing: the new square is in the sum before the step is taken."),
            Wrong("grows", lambda t, lr: lr * np.sqrt(t), "that grows. The root of the sum stands below the line."),
            Wrong("squared", lambda t, lr: lr / np.asarray(t) ** 2.0, "t is squared. The sum is t squares, and its root is sqrt(t) times the gradient."),
            Wrong("the way", lambda t, lr: np.vectorize(lambda n: sum(lr / np.sqrt(k) for k in range(1, int(n) + 1)))(t), "that is the way gone by all updates up to t. Wanted is the size of this one."),
            Wrong("RMSProp's", lambda t, lr: lr / np.sqrt(1 - 0.99 ** np.asarray(t)), "that is RMSProp's with decay 0.99. AdaGrad's sum forgets nothing."),
            Wrong("rate under the root", lambda t, lr: np.sqrt(lr / np.asarray(t)), "the rate is under the root too. Only t is."),
            Wrong("inverse", lambda t, lr: np.sqrt(t) / lr, "that is upside down: lr belongs above, the root below."),
            Wrong("rate left out", lambda t, lr: 1 / np.sqrt(t), "the rate is left out. It multiplies the step."),
        ),
        curve=lambda f: [float(f(t, 0.1)) for t in range(1, 60)],
        shows="The 100th update is lr / 10, the 10 000th lr / 100.",
    ),
    Exercise(
        id="07-4",
        title="RMSProp's first update",
        points=2,
        minutes=3,
        solution=rmsprop_first,
        cases=((1.0, 0.99), (0.1, 0.9), (0.02, 0.75), (0.5, 0.0), (0.3, 0.999)),
        hints=(
            "What is v after the first gradient g, when it was 0 before?",
            "(1 - decay) g^2. Divide g by the root of that.",
            "`return lr / np.sqrt(...)`",
        ),
        wrong=(
            Wrong("lr", lambda lr, decay: lr, "that would be so if v were the squared gradient. It holds only the share 1 - decay of it."),
            Wrong("no root", lambda lr, decay: lr / (1 - decay), "the root is missing: v is (1 - decay) g^2, and its root is taken."),
            Wrong("multiplied", lambda lr, decay: lr * np.sqrt(1 - decay), "the root of v stands below the line. A v that is too small makes the update too large."),
            Wrong("multiplied, no root", lambda lr, decay: lr * (1 - decay), "v is below the line and under a root. The update is larger than lr, not smaller."),
            Wrong("the other share", lambda lr, decay: lr / np.sqrt(decay) if decay else np.inf, "decay is what is kept of the old average, and that is 0. The new square has the share 1 - decay."),
            Wrong("decay itself", lambda lr, decay: lr * decay, "decay is the share of the old average. The first v is (1 - decay) times the square."),
            Wrong("a minus outside", lambda lr, decay: lr / (1 - np.sqrt(decay)), "the root is of decay alone. Take it of 1 - decay."),
            Wrong("plus", lambda lr, decay: lr / np.sqrt(1 + decay), "the share of the new square is 1 - decay, with a minus."),
            Wrong("squared", lambda lr, decay: lr / (1 - decay) ** 2, "that is a square in place of a root."),
            Wrong("ten times", lambda lr, decay: 10 * lr, "ten times lr is right for decay 0.99 only."),
            Wrong("rate under the root", lambda lr, decay: np.sqrt(lr / (1 - decay)), "the rate is under the root too. Only 1 - decay is."),
            Wrong("rate left out", lambda lr, decay: 1 / np.sqrt(1 - decay), "the rate is left out. It multiplies the step."),
        ),
        shows="10 lr for decay 0.99 and 3.16 lr for 0.9. Adam's bias correction, in lesson 08, takes this factor away.",
    ),
    Exercise(
        id="07-5",
        title="diagnose four problems",
        points=2,
        minutes=4,
        solution="naan",
        accept=lambda value: _letters(value) == "naan",
        wanted="four letters, a or n, for the problems A, B, C, D",
        hints=(
            "Do not look at the noise or the number of examples. In which problems do the two weights differ?",
            "A matrix with equal numbers on its diagonal treats both weights alike. A rare feature seldom gets a gradient.",
            "Two are a and two are n. D has curvatures 1 and 1000, but neither of them belongs to one weight.",
        ),
        wrong=(
            Wrong("noise and size", "anna", "that goes by noise and number of examples. Neither makes weights differ: look at the diagonal and at the frequencies.", lambda v: _letters(v) in ("anna", "anaa", "anan", "annn")),
            Wrong("the turned bowl", "naaa", "D is the bowl of B turned by 45 degrees: both weights have the same diagonal, so both get the same rate.", lambda v: _letters(v) == "naaa"),
            Wrong("the rare feature missed", "nann", "in C the second feature is there in one example of a thousand. Its weight has seen far less gradient than the first.", lambda v: _letters(v) in ("nann", "nana")),
            Wrong("the narrow bowl missed", "nnan", "in B one weight is a thousand times steeper than the other, along its own axis.", lambda v: _letters(v) in ("nnan", "nnaa")),
            Wrong("noise counted", "aaan", "A has noise of the same size in both weights, so both get the same divisor.", lambda v: _letters(v) in ("aaan", "aaaa", "aann", "aana")),
            Wrong("exchanged", "annan", "one letter for each problem: four letters in all.", lambda v: set(_letters(v)) <= {"a", "n"} and len(_letters(v)) != 4),
        ),
        shows="Scale differences between single weights, and nothing else, decide it here.",
    ),
    Exercise(
        id="07-6",
        title="clip by norm",
        points=1,
        minutes=4,
        solution=clip_by_norm,
        cases=(
            (np.array([3.0, 4.0]), 1.0),
            (np.array([0.3, -0.4]), 1.0),
            (np.array([6.0, -8.0]), 5.0),
            (np.zeros(3), 1.0),
            (np.array([0.6, 0.8, 0.0, 2.4]), 0.5),
            (np.array([0.6, 0.7, -0.5]), 1.5),
            (np.array([1.2, -0.9]), 2.0),
            (np.array([0.9, -0.9, 0.9]), 1.2),
            (np.array([-3.0]), 2.0),
        ),
        hints=(
            "How long is the gradient? By which factor must it be multiplied to have the length `limit`?",
            "limit / norm, if the norm is larger than limit. Else the factor is 1.",
            "`norm = np.sqrt(np.sum(grad**2))`, then `return grad * ... if norm > limit else grad`",
        ),
        wrong=(
            Wrong("entry by entry", lambda grad, limit: np.clip(grad, -limit, limit), "every entry is clipped by itself, which turns the direction. Shorten the whole gradient by one factor."),
            Wrong("always that long", lambda grad, limit: grad * limit / _over(grad), "short gradients are stretched to the limit too. Leave them as they are."),
            Wrong("the square of the norm", lambda grad, limit: grad * min(1.0, limit / _over(grad) ** 2), "the root is missing: that is the square of the length."),
            Wrong("the square compared", lambda grad, limit: grad * limit / _norm(grad) if np.sum(np.square(grad)) > limit else grad, "the square of the length is compared with the limit. Take the root first."),
            Wrong("to length 1", lambda grad, limit: grad / _norm(grad) if _norm(grad) > limit else grad, "that shortens it to length 1. It should have the length limit."),
            Wrong("the sum of sizes", lambda grad, limit: grad * min(1.0, limit / (np.sum(np.abs(grad)) or 1.0)), "the length is measured by the sum of the sizes. Take the root of the sum of the squares."),
            Wrong("the largest entry", lambda grad, limit: grad * min(1.0, limit / (np.max(np.abs(grad)) or 1.0)), "the largest entry is brought to the limit. It is the length of the whole gradient that counts."),
            Wrong("the mean square", lambda grad, limit: grad * min(1.0, limit / (np.sqrt(np.mean(np.square(grad))) or 1.0)), "the mean of the squares is taken, not the sum: that depends on the number of weights."),
            Wrong("thrown away", lambda grad, limit: np.where(_norm(grad) > limit, 0.0, grad), "long gradients are thrown away. Shorten them and keep their direction."),
            Wrong("never", lambda grad, limit: grad, "nothing is shortened. Multiply by limit / norm where the norm is above limit."),
            Wrong("the short ones", lambda grad, limit: grad * max(1.0, limit / _over(grad)), "that stretches the short ones and leaves the long ones: the smaller of 1 and limit / norm is wanted."),
            Wrong("upside down", lambda grad, limit: grad * _norm(grad) / limit if _norm(grad) > limit else grad, "the factor is upside down and makes the gradient longer: it is limit / norm."),
            Wrong("divided by the limit", lambda grad, limit: grad / limit if _norm(grad) > limit else grad, "that divides by the limit whatever the length is. Divide by the norm and multiply by limit."),
            Wrong("sign lost", lambda grad, limit: np.abs(grad) * min(1.0, limit / _over(grad)), "the signs are lost. Multiply the gradient itself."),
            Wrong("the number", lambda grad, limit: min(_norm(grad), limit), "that is the new length, one number. Return the gradient with that length."),
        ),
        shows="One factor for the whole gradient: the direction stays, which no rate per parameter can say.",
    ),
)

QUIZ = (
    Question(
        "07-q1",
        "AdaGrad, sum from 0, gradients of constant size. How large is its 100th update?",
        (
            Option("lr / 100", "The sum is 100 squares, but it stands under a root."),
            Option("lr / 10", "lr / sqrt(100).", True),
            Option("lr", "That is the first one."),
        ),
    ),
    Question(
        "07-q2",
        "RMSProp with decay 0.99. How large is its first update, without bias correction?",
        (
            Option("10 lr", "lr / sqrt(1 - 0.99): v holds only a hundredth of the square.", True),
            Option("lr / 10", "v is too small, and the gradient is divided by its root: the update is too large."),
            Option("3.16 lr", "That is decay 0.9, the default of Optax and Keras."),
        ),
    ),
    Question(
        "07-q3",
        "Where did a rate per parameter gain most over SGD in this lesson?",
        (
            Option("on the round bowl with noise 10", "There it gained nothing: all weights were alike."),
            Option("on the bowl turned by 45 degrees", "Every valley had an equal share in every weight, so no rate per weight fitted."),
            Option("on the bowl with the valleys along the axes, without noise", "Curvatures from 0.001 to 1, each belonging to one weight.", True),
        ),
    ),
    Question(
        "07-q4",
        "You multiply the loss by 100, or you start 100 times as far away. What happens to the best rate of AdaGrad?",
        (
            Option("nothing in the first case, 100 times larger in the second", "The factor of the gradient cancels. The rate is a length in the unit of the weights.", True),
            Option("100 times smaller in the first case, nothing in the second", "That is SGD."),
            Option("nothing in both, as it is adaptive", "It has to know how far the weights must go."),
        ),
    ),
    Question(
        "07-q5",
        "What can AdaGrad's divisor never do, and RMSProp's can?",
        (
            Option("differ from weight to weight", "Both do, that is their purpose."),
            Option("become smaller again", "A sum of squares never shrinks. An average forgets.", True),
            Option("ignore the sign of the gradient", "Both do: they square it."),
        ),
    ),
)

LESSON = Lesson(
    number="07",
    title="A rate per parameter",
    minutes=40,
    recall=RECALL,
    predictions=PREDICTIONS,
    missions=MISSIONS,
    exercises=EXERCISES,
    quiz=QUIZ,
    next="lesson 08, adam: momentum and a rate per parameter in one, with its averages corrected.",
)
