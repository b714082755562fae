"""Lesson 08: Adam, its bias correction, its weight decay, and where it fails."""

from __future__ import annotations

import math

import numpy as np

from .model import Exercise, Lesson, Mission, Option, Question, Wrong

RECALL = (
    Question(
        "08-r1",
        "AdaGrad with initial accumulator 0 receives gradients of constant size. How large is its 100th update?",
        (
            Option("lr", "So is the first. The sum of squares has grown since."),
            Option("lr / 100", "The sum is 100 times as large, but it stands under a root."),
            Option("lr / 10", "lr / sqrt(t): the rate vanishes.", True),
        ),
    ),
    Question(
        "08-r2",
        "RMSProp with decay 0.99 begins at v = 0 and has no bias correction. How large is its first update?",
        (
            Option("10 lr", "lr / sqrt(1 - 0.99): v holds only a hundredth of the first squared gradient.", True),
            Option("lr", "That would be so if v were the squared gradient. It is a hundredth of it."),
            Option("lr / 10", "v is too small, and the gradient is divided by its root."),
        ),
    ),
    Question(
        "08-r3",
        "A cosine is planned for 1000 updates, and you stop the run at 500. What is the rate there?",
        (
            Option("0", "Only a cosine planned for 500 updates is there by then."),
            Option("half of the first rate", "The schedule has to know the length of the run.", True),
            Option("a quarter of the first rate", "At half its length a cosine is at half its height."),
        ),
    ),
)

PREDICTIONS = (
    Question(
        "08-p1",
        "Equal gradients, beta1 0.9, beta2 0.999, no bias correction. How large are the first dozen updates, compared with lr?",
        (
            Option("smaller: m begins at 0 and has to fill up", "It does, and in the first update it is ten times too small. But the root of v is 32 times too small."),
            Option("about lr: the two errors cancel", "They would if v filled up as fast as m, and had no root over it."),
            Option("larger: the root of v is even more too small than m", "0.1 over the root of 0.001 is 3.16, and it gets worse before it gets better.", True),
        ),
    ),
    Question(
        "08-p2",
        "Gradients 3, -1, -1, 3, -1, -1 and so on, beta2 0.1: where does Adam end?",
        (
            Option("at x = +1, the worst point", "Divided by its own size the 3 counts for one step, and the two others go the other way.", True),
            Option("at x = -1, the best point", "The mean gradient points there, and SGD follows it. Adam divides before it adds."),
            Option("it swings to and fro and stays near 0", "The three steps of a round do not add up to 0."),
        ),
    ),
)


def _first(explorer):
    settings, value = explorer.settings, explorer.value
    if settings.correction or settings.gradients != "equal":
        return "Switch the correction off, with equal gradients."
    if settings.beta1 != 0.9:
        return f"beta1 is {settings.beta1:g}. Leave it at 0.9."
    return None if 0.95 <= value.first <= 1.05 else f"The first update is {value.first:.3g} times lr."


def _never_larger(explorer):
    settings, value = explorer.settings, explorer.value
    if settings.correction or settings.gradients != "equal":
        return "Switch the correction off, with equal gradients."
    if settings.beta2 < 0.99:
        return f"beta2 is {settings.beta2:g}. Take 0.99 or more."
    if value.largest <= 1.0 + 1e-9:
        return None
    return f"Update {value.largest_at} is {value.largest:.3g} times lr."


def _above(explorer):
    settings, value = explorer.settings, explorer.value
    if not settings.correction:
        return "Switch the correction on."
    return None if value.largest > 1.5 else f"The largest of the 50 updates is {value.largest:.3g} times lr."


MISSIONS = (
    Mission(
        "08-m1",
        "Correction off, beta1 0.9, equal gradients: a first update between 0.95 and 1.05 times lr.",
        _first,
        "1 - beta1 equals sqrt(1 - beta2) at beta2 = 0.99. The second update is already larger than lr: one number cannot mend all updates.",
    ),
    Mission(
        "08-m2",
        "Correction off, beta2 0.99 or more, equal gradients: no update larger than lr.",
        _never_larger,
        "With beta1 as large as beta2 the size is sqrt(1 - beta^t) and never above 1. It is the difference of the two memories that makes the peak.",
    ),
    Mission(
        "08-m3",
        "Correction on: an update above 1.5 times lr.",
        _above,
        "Random gradients and a short memory in m do it. The correction makes the expected size right; it is no bound.",
    ),
)


def update_size(t, beta1, beta2):
    return (1 - beta1**t) / np.sqrt(1 - beta2**t)


def adam_step(w, grad, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def adamw_step(w, grad, m, v, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    update = m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)
    return w - lr * (update + weight_decay * w), m, v


def amsgrad_step(w, grad, m, v, v_max, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    v_max = np.maximum(v_max, v)
    update = m / (1 - beta1**t) / (np.sqrt(v_max / (1 - beta2**t)) + eps)
    return w - lr * update, m, v, v_max


def drift(grads, beta2, periods):
    v, t = 0.0, 0
    for _ in range(periods):
        move = 0.0
        for grad in grads:
            t += 1
            v = beta2 * v + (1 - beta2) * grad**2
            move -= grad / np.sqrt(v / (1 - beta2**t))
    return move


def _letters(value):
    return "".join(value).lower().replace(" ", "").replace(",", "")


def _first_sizes(function):
    return function(np.arange(1, 61), 0.9, 0.999)


def _variant(
    own_grad=lambda grad, w, decay: grad,
    average=lambda old, new, beta: beta * old + (1 - beta) * new,
    average_m=None,
    square=lambda grad: grad * grad,
    at_m=lambda t: t,
    at_v=lambda t: t,
    corrected_m=True,
    corrected_v=True,
    scale=lambda v_hat, eps, beta2, t: np.sqrt(v_hat) + eps,
    moved=lambda w, update, lr, decay, grad: w - lr * update,
    kept=lambda w, m, v, m_hat, v_hat: (w, m, v),
    swap=False,
    stale=False,
    one_beta=False,
):
    """Adam with one thing changed, as (w, grad, m, v, t, lr, beta1, beta2, eps, decay) -> (w, m, v)."""

    def step(w, grad, m, v, t, lr, beta1, beta2, eps, decay=0.0):
        beta1, beta2 = (beta2, beta1) if swap else (beta1, beta2)
        g = own_grad(grad, w, decay)
        new_m, new_v = (average_m or average)(m, g, beta1), average(v, square(g), beta2)
        used_m, used_v = (m, v) if stale else (new_m, new_v)
        m_hat = used_m / (1 - beta1 ** at_m(t)) if corrected_m else used_m
        v_hat = used_v / (1 - (beta1 if one_beta else beta2) ** at_v(t)) if corrected_v else used_v
        update = m_hat / scale(v_hat, eps, beta2, t)
        return kept(moved(w, update, lr, decay, grad), new_m, new_v, m_hat, v_hat)

    return step


def _decayed(w, update, lr, decay, grad):
    return w - lr * (update + decay * w)


_STEP_CASES = (
    (1.0, 2.0, 0.0, 0.0, 1, 0.1, 0.9, 0.999, 1e-8),
    (0.5, -0.3, 0.2, 0.05, 2, 0.01, 0.9, 0.99, 0.1),
    (np.array([1.0, -2.0, 0.5]), np.array([0.1, -3.0, 0.02]), np.array([0.3, 0.2, -0.1]), np.array([0.4, 2.0, 0.01]), 5, 0.05, 0.8, 0.95, 0.01),
    (2.0, 1.5, -0.4, 0.7, 12, 0.3, 0.5, 0.7, 0.5),
    (np.array([0.25, 4.0]), np.array([0.0, 1.0]), np.array([0.0, 0.5]), np.array([0.1, 0.3]), 3, 1.0, 0.0, 0.9, 0.02),
    (-1.0, -0.2, 0.6, 1.2, 400, 0.2, 0.9, 0.98, 0.05),
)


def _common(make, decayed=False):
    """The wrong answers that Adam and AdamW share; `make` is `_variant` with what AdamW adds."""
    return (
        Wrong("t from 0", make(at_m=lambda t: t - 1, at_v=lambda t: t - 1), "t - 1 stands in the exponent, so the first update divides by 1 - beta^0, which is 0. t is 1 in the first update: use it as it is."),
        Wrong("t one too large", make(at_m=lambda t: t + 1, at_v=lambda t: t + 1), "the exponent is one too large. t is 1 in the first update already: 1 - beta**t."),
        Wrong("no correction", make(corrected_m=False, corrected_v=False), "there is no bias correction: m and v are used as they are. Divide m by 1 - beta1**t and v by 1 - beta2**t first."),
        Wrong("only v corrected", make(corrected_m=False), "m is not corrected, only v. Divide m by 1 - beta1**t."),
        Wrong("only m corrected", make(corrected_v=False), "v is not corrected, only m. Divide v by 1 - beta2**t."),
        Wrong("beta1 for both corrections", make(one_beta=True), "v is corrected with beta1. Divide it by 1 - beta2**t: each average by its own."),
        Wrong("betas exchanged", make(swap=True), "beta1 and beta2 are exchanged. beta1 belongs to m, beta2 to v."),
        Wrong("eps inside the root", make(scale=lambda v_hat, eps, beta2, t: np.sqrt(v_hat + eps)), "eps stands inside the root. Here it is added after the root: sqrt(v_hat) + eps."),
        Wrong("eps before the correction", make(scale=lambda v_hat, eps, beta2, t: np.sqrt(v_hat) + eps / np.sqrt(1 - beta2**t)), "eps is added to sqrt(v) before the correction, as Keras does. Here it is added to the root of the corrected v."),
        Wrong("no eps", make(scale=lambda v_hat, eps, beta2, t: np.sqrt(v_hat)), "eps is missing. Add it to the root of v_hat."),
        Wrong("no root", make(scale=lambda v_hat, eps, beta2, t: v_hat + eps), "the root is missing: divide by sqrt(v_hat) + eps, which has the unit of a gradient."),
        Wrong("not squared", make(square=lambda grad: grad), "v averages the gradient, not its square. It must be `grad**2`, or its root is not a size."),
        Wrong("size in place of the square", make(square=np.abs), "v averages the size of the gradient. Adam averages the square, and takes the root afterwards."),
        Wrong("1 - beta in the wrong place", make(average=lambda old, new, beta: (1 - beta) * old + beta * new), "beta and 1 - beta are exchanged: the old average keeps the share beta, the new gradient gets 1 - beta."),
        Wrong("sums", make(average=lambda old, new, beta: beta * old + new), "the new gradient comes in with weight 1, so the averages are sums. It gets the share 1 - beta."),
        Wrong("m as a momentum buffer", make(average_m=lambda old, new, beta: beta * old + new), "m is SGD's momentum buffer here. In Adam it is a moving average: the new gradient gets the share 1 - beta1."),
        Wrong("upwards", make(moved=lambda w, update, lr, decay, grad: w + lr * (update + decay * w)), "it goes uphill. Subtract the update."),
        Wrong("keeps the corrected averages", make(kept=lambda w, m, v, m_hat, v_hat: (w, m_hat, v_hat)), "it returns m_hat and v_hat as the new averages, so the next update corrects them again. Return m and v as they are before the correction."),
        Wrong("forgets the averages", make(kept=lambda w, m, v, m_hat, v_hat: w), "it returns w alone. Without m and v the next update begins at 0 again: return all three."),
        Wrong("old averages", make(stale=True), "w moves by the old averages. Take the gradient into m and v first."),
        Wrong("no averages: the gradient itself", make(average_m=lambda old, new, beta: new, corrected_m=False), "the gradient stands where m_hat should, as in RMSProp. Use the average m, corrected."),
        Wrong("the rate corrected too", make(moved=lambda w, update, lr, decay, grad: w - lr * (update + decay * w), scale=lambda v_hat, eps, beta2, t: (np.sqrt(v_hat) + eps) / np.sqrt(1 - beta2**t), at_m=lambda t: t), "v is corrected twice: once itself, once in the rate. Do one of the two."),
        Wrong("falls with t", make(scale=lambda v_hat, eps, beta2, t: (np.sqrt(v_hat) + eps) * np.sqrt(t)), "the step is divided by sqrt(t) too. The rate is given; t stands in the corrections alone."),
        Wrong("1 - beta at every t", make(at_m=lambda t: 1, at_v=lambda t: 1), "each average is divided by 1 - beta. That is right in the first update only; afterwards it is 1 - beta**t."),
        Wrong("new gradient in full", make(average=lambda old, new, beta: old + (1 - beta) * new), "the averages never forget. The old average keeps the share beta: beta * m + (1 - beta) * grad."),
        Wrong("other order", make(kept=lambda w, m, v, m_hat, v_hat: (m, v, w)), "the order is m, v, w. Return w, m, v."),
        Wrong("the averages alone", make(kept=lambda w, m, v, m_hat, v_hat: (m, v)), "it returns m and v without the new w. Return w, m, v."),
        Wrong("mean over the weights", make(average=lambda old, new, beta: beta * old + (1 - beta) * np.mean(new)), "the gradients of all weights are averaged. Adam treats every weight for itself."),
        *(() if decayed else (Wrong("returns the update", make(moved=lambda w, update, lr, decay, grad: lr * update), "it returns the step and not the new weight. Subtract the step from w."),)),
    )


def _adamw(**changed):
    return _variant(**{"moved": _decayed} | changed)


def _ams(maximum=np.maximum, corrected=True, after=False, kept=lambda w, m, v, top: (w, m, v, top), scale=lambda v_hat, eps: np.sqrt(v_hat) + eps, corrected_m=True, average_from_top=False):
    """AMSGrad with one thing changed."""

    def step(w, grad, m, v, v_max, t, lr, beta1, beta2, eps):
        m = beta1 * m + (1 - beta1) * grad
        v = beta2 * (v_max if average_from_top else v) + (1 - beta2) * grad**2
        v_hat = v / (1 - beta2**t)
        top = maximum(v_max, v_hat if after else v)
        used = top if after or not corrected else top / (1 - beta2**t)
        m_hat = m / (1 - beta1**t) if corrected_m else m
        return kept(w - lr * m_hat / scale(used, eps), m, v, top)

    return step


def _plain_inside_ams(w, grad, m, v, v_max, t, lr, beta1, beta2, eps):
    w, m, v = adam_step(w, grad, m, v, t, lr, beta1, beta2, eps)
    return w, m, v, np.maximum(v_max, v)


def _before_the_gradient(w, grad, m, v, v_max, t, lr, beta1, beta2, eps):
    top = np.maximum(v_max, v)
    m, v = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2
    return w - lr * m / (1 - beta1**t) / (np.sqrt(top / (1 - beta2**t)) + eps), m, v, top


def _walk(corrected=True, summed="last", sign=-1.0, root=np.sqrt, fresh=False, restart=False, stale=False, squared=lambda g: g * g, swapped=False):
    """The drift with one thing changed."""

    def walk(grads, beta2, periods):
        v, t, moves = 0.0, 0, []
        for _ in range(periods):
            if fresh:
                v = 0.0
            if restart:
                t = 0
            moves.append(0.0)
            for g in grads:
                t += 1
                old, v = v, ((1 - beta2) * v + beta2 * squared(g) if swapped else beta2 * v + (1 - beta2) * squared(g))
                size = old if stale else v
                moves[-1] += sign * g / root(size / (1 - beta2**t) if corrected else size)
        return {"last": moves[-1], "sum": sum(moves), "first": moves[0], "mean": sum(moves) / len(moves), "step": sign * g / root(v / (1 - beta2**t))}[summed]

    return walk


def _per_period(grads, beta2, periods):
    v, move = 0.0, 0.0
    for period in range(1, periods + 1):
        move = 0.0
        for g in grads:
            v = beta2 * v + (1 - beta2) * g * g
            move -= g / np.sqrt(v / (1 - beta2**period))
    return move


EXERCISES = (
    Exercise(
        id="08-1",
        title="the size of the t-th update",
        points=2,
        minutes=4,
        solution=update_size,
        curve=_first_sizes,
        cases=(
            (1, 0.9, 0.999),
            (12, 0.9, 0.999),
            (np.array([1, 2, 5, 100, 1000, 5000]), 0.9, 0.999),
            (5, 0.9, 0.95),
            (np.arange(1, 20), 0.5, 0.9),
            (3, 0.0, 0.99),
        ),
        hints=(
            "After t equal gradients g, which share of g is m, and which share of g^2 is v?",
            "m = (1 - beta1^t) g and v = (1 - beta2^t) g^2. The update is m over the root of v.",
            "`(1 - beta1**t) / np.sqrt(...)`",
        ),
        wrong=(
            Wrong("t from 0", lambda t, beta1, beta2: (1 - beta1 ** (t - 1.0)) / np.sqrt(1 - beta2 ** (t - 1.0)), "t counts from 0 here. The first update has t = 1, and m is (1 - beta1) g after it."),
            Wrong("one too large", lambda t, beta1, beta2: (1 - beta1 ** (t + 1)) / np.sqrt(1 - beta2 ** (t + 1)), "the exponent is one too large: after the first update, t = 1, m has received one gradient."),
            Wrong("no root", lambda t, beta1, beta2: (1 - beta1**t) / (1 - beta2**t), "the root over v is missing. Adam divides by sqrt(v)."),
            Wrong("root over both", lambda t, beta1, beta2: np.sqrt((1 - beta1**t) / (1 - beta2**t)), "the root belongs to v alone, not to m."),
            Wrong("v alone", lambda t, beta1, beta2: 1 / np.sqrt(1 - beta2**t), "m is too small as well: multiply by 1 - beta1**t."),
            Wrong("m alone", lambda t, beta1, beta2: 1 - beta1**t, "that is m. Divide by the root of v, which is too small too."),
            Wrong("the first one only", lambda t, beta1, beta2: (1 - beta1) / np.sqrt(1 - beta2) + 0.0 * t, "that is the first update. After t of them the shares are 1 - beta1**t and 1 - beta2**t."),
            Wrong("power of 1 - beta", lambda t, beta1, beta2: (1 - beta1) ** t / np.sqrt((1 - beta2) ** t), "(1 - beta)**t shrinks. The share that is filled is 1 - beta**t, which grows to 1."),
            Wrong("upside down", lambda t, beta1, beta2: np.sqrt(1 - beta2**t) / (1 - beta1**t), "upside down: this is what the correction multiplies by. The update is m over the root of v."),
            Wrong("betas exchanged", lambda t, beta1, beta2: (1 - beta2**t) / np.sqrt(1 - beta1**t), "beta1 and beta2 are exchanged: beta1 belongs to m, beta2 to v, and v has the root."),
            Wrong("with the correction", lambda t, beta1, beta2: 1.0 + 0.0 * t, "that is Adam with its correction: always lr. Here the averages are used as they are."),
            Wrong("times t", lambda t, beta1, beta2: (1 - beta1 * t) / np.sqrt(np.abs(1 - beta2 * t)), "each update multiplies what is missing by beta: a power, `beta**t`, not a product."),
            Wrong("what is missing", lambda t, beta1, beta2: beta1**t / np.sqrt(beta2**t), "beta**t is the share that is still missing. The share that is there is 1 - beta**t."),
            Wrong("multiplied", lambda t, beta1, beta2: (1 - beta1**t) * np.sqrt(1 - beta2**t), "it multiplies by the root of v. The update is m divided by it."),
            Wrong("t for m alone", lambda t, beta1, beta2: (1 - beta1**t) / np.sqrt(1 - beta2), "v stands at its value after the first update. It fills up as well: 1 - beta2**t."),
            Wrong("t for v alone", lambda t, beta1, beta2: (1 - beta1) / np.sqrt(1 - beta2**t), "m stands at its value after the first update. It fills up as well: 1 - beta1**t."),
            Wrong("t for both, outside", lambda t, beta1, beta2: (1 - beta1) ** t / np.sqrt(1 - beta2**t), "(1 - beta1)**t shrinks. The share of m that is filled is 1 - beta1**t."),
            Wrong("t outside the root", lambda t, beta1, beta2: (1 - beta1**t) / np.sqrt(1 - beta2) ** t, "(1 - beta2) to the power t shrinks. The share of v that is filled is 1 - beta2**t, under the root."),
            Wrong("root of the power alone", lambda t, beta1, beta2: (1 - beta1**t) / (1 - np.sqrt(beta2**t)), "the root stands over beta2**t alone. It belongs over the whole of 1 - beta2**t."),
            Wrong("one number only", lambda t, beta1, beta2: (1 - beta1**t) / math.sqrt(1 - beta2**t), "t may be an array, and `math.sqrt`, `int` and `range` take one number. Use `np.sqrt`."),
            Wrong("turned exponents", lambda t, beta1, beta2: (1 - t**beta1) / np.sqrt(np.abs(1 - t**beta2)), "base and exponent are exchanged: beta**t, not t**beta."),
        ),
        shows="A weight that was silent for very long starts over with these sizes, and then no correction is left.",
    ),
    Exercise(
        id="08-2",
        title="one Adam update",
        points=3,
        minutes=7,
        solution=adam_step,
        cases=_STEP_CASES,
        hints=(
            "Which two averages take in the gradient, and what do they have to be divided by before they are used?",
            "First m and v, with shares beta and 1 - beta. Then m_hat and v_hat, without overwriting m and v. Then w, then return w, m, v.",
            "`m = beta1 * m + (1 - beta1) * grad`, the same for v with `grad**2`, and `w - lr * (m / (1 - beta1**t)) / (... + eps)`",
        ),
        wrong=_common(_variant),
        shows="Four lines and two arrays to keep: that is all of Adam.",
    ),
    Exercise(
        id="08-3",
        title="one AdamW update",
        points=2,
        minutes=5,
        solution=adamw_step,
        cases=tuple((*case, decay) for case, decay in zip(_STEP_CASES, (0.5, 0.1, 0.3, 0.2, 0.05, 1.0))),
        hints=(
            "Where may the decay not appear, so that it is not divided by the size of the gradients?",
            "m and v see the gradient alone. The decay stands beside the update, and lr multiplies both.",
            "`w - lr * (m_hat / (np.sqrt(v_hat) + eps) + ...)`",
        ),
        wrong=(
            Wrong("decay in the gradient", _variant(own_grad=lambda grad, w, decay: grad + decay * w), "the decay is added to the gradient and goes through m and v: that is L2 inside Adam. Keep it beside the update."),
            Wrong("decay not times lr", _variant(moved=lambda w, update, lr, decay, grad: w - lr * update - decay * w), "the decay is not multiplied by lr. Here lr multiplies both parts, so that the schedule acts on both."),
            Wrong("no decay", _variant(), "weight_decay does nothing here: this is Adam. Subtract lr * weight_decay * w as well."),
            Wrong("decay after the update", _variant(moved=lambda w, update, lr, decay, grad: (w - lr * update) * (1 - lr * decay)), "the decay shrinks the new weights, after the update. Take the old w for both parts."),
            Wrong("decay inside the division", lambda w, grad, m, v, t, lr, beta1, beta2, eps, decay: (lambda m, v: (w - lr * (m / (1 - beta1**t) + decay * w) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v))(beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2), "the decay is divided by the size of the gradients too. Close the division first, then add weight_decay * w."),
            Wrong("decay grows the weights", _variant(moved=lambda w, update, lr, decay, grad: w - lr * (update - decay * w)), "the sign of the decay is wrong: the weights grow. Subtract lr * weight_decay * w."),
            Wrong("decay without w", _variant(moved=lambda w, update, lr, decay, grad: w - lr * (update + decay)), "the same amount is taken from every weight. Decay takes a share: weight_decay * w."),
            Wrong("decay by the sign", _variant(moved=lambda w, update, lr, decay, grad: w - lr * (update + decay * np.sign(w))), "that takes the same amount from every weight (an L1 penalty). Decay takes a share: weight_decay * w."),
            Wrong("decay of the square", _variant(moved=lambda w, update, lr, decay, grad: w - lr * (update + decay * w * w)), "the decay takes a share of w, not of its square. The square stands in the penalty, not in the step."),
            Wrong("twice the decay", _variant(moved=lambda w, update, lr, decay, grad: w - lr * (update + 2 * decay * w)), "the decay is twice what is wanted: weight_decay is the share itself, without the 2 from a derivative."),
            Wrong("half the decay", _variant(moved=lambda w, update, lr, decay, grad: w - lr * (update + decay * w / 2)), "the decay is half of what is wanted: weight_decay is the share itself."),
            Wrong("lr twice", _variant(moved=lambda w, update, lr, decay, grad: w - lr * update - lr * lr * decay * w), "the decay is multiplied by lr twice. Once is enough."),
            Wrong("scaled alone", _variant(moved=lambda w, update, lr, decay, grad: (1 - lr * decay) * w - update), "the update is not multiplied by lr. lr multiplies both parts."),
            Wrong("decay for the whole step", _variant(moved=lambda w, update, lr, decay, grad: w * (1 - decay) - lr * update * (1 - decay)), "the whole new weight is multiplied by 1 - weight_decay. Subtract lr * weight_decay * w, of the old w."),
            Wrong("decay in m alone", lambda w, grad, m, v, t, lr, beta1, beta2, eps, decay: (lambda m, v: (w - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v))(beta1 * m + (1 - beta1) * (grad + decay * w), beta2 * v + (1 - beta2) * grad**2), "the decay goes into m, and is divided with it. Keep it beside the update."),
            Wrong("decay times the update", _variant(moved=lambda w, update, lr, decay, grad: w - lr * update * (1 + decay * w)), "the decay multiplies the update. It is added to it: update + weight_decay * w."),
            Wrong("decay falls with t", lambda w, grad, m, v, t, lr, beta1, beta2, eps, decay: (lambda new: (new[0] - lr * decay * w / t, *new[1:]))(adam_step(w, grad, m, v, t, lr, beta1, beta2, eps)), "the decay is divided by t. Only the averages are corrected."),
            *_common(_adamw, decayed=True),
        ),
        shows="A fixed rate lr leaves (1 - lr weight_decay)^T of every weight after T updates, whatever the gradients.",
    ),
    Exercise(
        id="08-4",
        title="one AMSGrad update",
        points=2,
        minutes=5,
        solution=amsgrad_step,
        cases=(
            (1.0, 2.0, 0.0, 0.0, 0.0, 1, 0.1, 0.9, 0.999, 1e-8),
            (0.5, -0.3, 0.2, 0.05, 0.4, 2, 0.01, 0.9, 0.99, 0.1),
            (np.array([1.0, -2.0, 0.5]), np.array([0.1, -3.0, 0.02]), np.array([0.3, 0.2, -0.1]), np.array([0.4, 2.0, 0.01]), np.array([0.5, 2.1, 0.3]), 5, 0.05, 0.8, 0.95, 0.01),
            (2.0, 1.5, -0.4, 0.7, 0.9, 12, 0.3, 0.5, 0.7, 0.5),
            (np.array([0.25, 4.0]), np.array([0.0, 1.0]), np.array([0.0, 0.5]), np.array([0.1, 0.3]), np.array([0.1, 5.0]), 3, 1.0, 0.0, 0.9, 0.02),
        ),
        hints=(
            "What has to be remembered besides m and v, so that no later step can forget a large gradient?",
            "Compute v as Adam does. v_max is the larger of the old v_max and v, weight by weight. Then go on as Adam, with v_max in place of v.",
            "`v_max = np.maximum(v_max, v)`, then `np.sqrt(v_max / (1 - beta2**t)) + eps`",
        ),
        wrong=(
            Wrong("maximum after the correction", _ams(after=True), "the maximum is taken of the corrected v, as Optax does. Here it is taken of v as it is, and corrected afterwards."),
            Wrong("no correction", _ams(corrected=False, corrected_m=False), "there is no bias correction. Divide m by 1 - beta1**t and v_max by 1 - beta2**t before you use them."),
            Wrong("v_max not corrected", _ams(corrected=False), "v_max is used without the correction. Divide it by 1 - beta2**t."),
            Wrong("m not corrected", _ams(corrected_m=False), "m is used without the correction. Divide it by 1 - beta1**t."),
            Wrong("the smaller one", _ams(maximum=np.minimum), "that keeps the smallest v so far. AMSGrad keeps the largest, so that steps cannot grow again."),
            Wrong("plain Adam", _plain_inside_ams, "v_max is kept and not used: the step divides by the root of v, as Adam does. Divide by the root of v_max."),
            Wrong("one maximum for all weights", _ams(maximum=lambda top, v: np.maximum(top, np.max(v)) + 0 * v), "`np.max` makes one number of all weights. Compare weight by weight: np.maximum(v_max, v)."),
            Wrong("forgets v", _ams(kept=lambda w, m, v, top: (w, m, top, top)), "v is replaced by its maximum, so it can never fall again. Keep both: v goes on as in Adam."),
            Wrong("average of the maximum", _ams(average_from_top=True), "v must go on from the old v, not from v_max. The maximum stands beside it."),
            Wrong("v_max as it was", _ams(kept=lambda w, m, v, top: (w, m, v)), "it returns three things. v_max is needed next time: return w, m, v, v_max."),
            Wrong("before the gradient", _before_the_gradient, "the maximum is taken before the new gradient has gone into v. Update v first."),
            Wrong("eps inside the root", _ams(scale=lambda v_hat, eps: np.sqrt(v_hat + eps)), "eps stands inside the root. Here it is added after the root."),
            Wrong("no root", _ams(scale=lambda v_hat, eps: v_hat + eps), "the root is missing: divide by the root of the corrected v_max, plus eps."),
            Wrong("no eps", _ams(scale=lambda v_hat, eps: np.sqrt(v_hat)), "eps is missing. Add it to the root."),
            Wrong("decaying maximum", lambda w, grad, m, v, v_max, t, lr, beta1, beta2, eps: _ams(maximum=lambda top, v: np.maximum(beta2 * top, v))(w, grad, m, v, v_max, t, lr, beta1, beta2, eps), "v_max is multiplied by beta2, so it forgets. It never falls: np.maximum(v_max, v)."),
            Wrong("largest gradient", lambda w, grad, m, v, v_max, t, lr, beta1, beta2, eps: _ams(maximum=lambda top, v: np.maximum(top, grad**2))(w, grad, m, v, v_max, t, lr, beta1, beta2, eps), "the maximum is taken of the squared gradients. It is that of their average v."),
            Wrong("asks an array", lambda w, grad, m, v, v_max, t, lr, beta1, beta2, eps: _ams(maximum=max)(w, grad, m, v, v_max, t, lr, beta1, beta2, eps), "`max` and `if` take single numbers. Use np.maximum(v_max, v), which compares weight by weight."),
            Wrong("keeps the corrected maximum", lambda w, grad, m, v, v_max, t, lr, beta1, beta2, eps: _ams(kept=lambda w, m, v, top: (w, m, v, top / (1 - beta2**t)))(w, grad, m, v, v_max, t, lr, beta1, beta2, eps), "it returns the corrected maximum, so the next update corrects it again. Return v_max as it was before the correction."),
            Wrong("sum", lambda w, grad, m, v, v_max, t, lr, beta1, beta2, eps: _ams(maximum=np.add)(w, grad, m, v, v_max, t, lr, beta1, beta2, eps), "v_max and v are added. The larger of the two is wanted: np.maximum."),
            Wrong("other order", lambda w, grad, m, v, v_max, t, lr, beta1, beta2, eps: _ams(kept=lambda w, m, v, top: (m, v, top, w))(w, grad, m, v, v_max, t, lr, beta1, beta2, eps), "the order is m, v, v_max, w. Return w, m, v, v_max."),
        ),
        shows="One line more than Adam, and one array more to keep.",
    ),
    Exercise(
        id="08-5",
        title="where does eps stand?",
        points=2,
        minutes=4,
        solution="ionb",
        accept=lambda value: _letters(value) == "ionb",
        wanted="four letters for the libraries A, B, C, D",
        hints=(
            "At which gradient has each library's first update fallen to about a half or less of lr?",
            "Outside and corrected: at g = eps. Before the correction: at 32 eps. Inside the root: at sqrt(eps) = 0.001. Without eps: never.",
            "One is o, one b, one i, one n. C is 1 throughout; B is one half at g = 1e-6.",
        ),
        wrong=(
            Wrong("inside and before exchanged", "boni", "inside the root eps = 1e-6 acts from gradients of 1e-3 on, where A has 0.707. D is still near 1 there.", lambda v: _letters(v) == "boni"),
            Wrong("after and before exchanged", "ibno", "B is exactly one half at g = eps: nothing is between eps and the corrected root. D fell 32 times earlier.", lambda v: _letters(v) == "ibno"),
            Wrong("inside and after exchanged", "oinb", "outside the root eps matters only near g = 1e-6. A has fallen to 0.707 at 1e-3 already.", lambda v: _letters(v) == "oinb"),
            Wrong("none and after exchanged", "inob", "without eps every first update is lr, whatever the gradient. Which column is 1 throughout?", lambda v: _letters(v) == "inob"),
            Wrong("turned round", "obni", "go by the gradient at which each falls: inside at 1e-3, before the correction near 3e-5, after it at 1e-6.", lambda v: _letters(v) == "obni"),
        ),
        shows="Print one first update with a tiny gradient, and you know what a library does with eps.",
    ),
    Exercise(
        id="08-6",
        title="the side Adam walks to",
        points=2,
        minutes=7,
        solution=drift,
        cases=(
            ([3.0, -1.0, -1.0], 0.1, 50),
            ([3.0, -1.0, -1.0], 0.4, 50),
            ([3.0, -1.0, -1.0], 0.6, 50),
            ([3.0, -1.0, -1.0], 0.999, 20),
            ([101.0] + [-1.0] * 100, 0.9, 3),
            ([2.0, 1.0, -4.0], 0.7, 1),
            ([5.0, -2.0], 0.0, 4),
        ),
        hints=(
            "beta1 is 0, so what is m? And which number has to be carried from one round to the next?",
            "m is the gradient itself. v and t go on through all the rounds; the move begins at 0 in every round, and the last one counts.",
            "`for _ in range(periods): move = 0`, `for grad in grads: t += 1; v = ...; move -= grad / np.sqrt(v / (1 - beta2**t))`",
        ),
        wrong=(
            Wrong("uphill", _walk(sign=1.0), "the sign is reversed: x moves against the gradient."),
            Wrong("all rounds", _walk(summed="sum"), "that is the move of all rounds together. Set the move to 0 at the beginning of each, so that the last one is left."),
            Wrong("the first round", _walk(summed="first"), "that is the first round: v and t must go on from one round to the next, and the last round counts."),
            Wrong("the mean round", _walk(summed="mean"), "that is the mean over the rounds. The last one is wanted."),
            Wrong("the last step", _walk(summed="step"), "that is the last step alone. Add up the steps of the whole last round."),
            Wrong("no correction", _walk(corrected=False), "v begins at 0 and is not corrected. Divide it by 1 - beta2**t."),
            Wrong("v anew in each round", _walk(fresh=True), "v begins at 0 in every round. Set it to 0 once, before the loops."),
            Wrong("t anew in each round", _walk(restart=True), "t begins at 0 in every round, so the correction is made again and again. t counts all updates."),
            Wrong("t counts rounds", _per_period, "t counts the rounds. It must count the updates, one for each gradient."),
            Wrong("no root", _walk(root=lambda x: x), "the root over v is missing."),
            Wrong("old v", _walk(stale=True), "the step divides by the old v. Take the gradient into v first, then divide."),
            Wrong("not squared", _walk(squared=lambda g: abs(g)), "v averages the size of the gradients. It averages the square."),
            Wrong("beta2 exchanged", _walk(swapped=True), "beta2 and 1 - beta2 are exchanged: the old v keeps the share beta2."),
            Wrong("plain sum", lambda grads, beta2, periods: -float(sum(grads)), "that is what SGD does. Adam divides each gradient by the root of v before it is added."),
            Wrong("signs", lambda grads, beta2, periods: -float(sum(np.sign(grads))), "that counts the signs, which is Adam with beta2 0. With a memory the steps have different sizes."),
            Wrong("signs of all rounds", lambda grads, beta2, periods: -periods * float(sum(np.sign(grads))), "that counts the signs, in all rounds. With a memory the steps have different sizes, and the last round is wanted."),
            Wrong("gradients of all rounds", lambda grads, beta2, periods: -periods * float(sum(grads)), "that is what SGD does in all rounds. Adam divides each gradient by the root of v before it is added."),
            Wrong("one v for the round", lambda grads, beta2, periods: -float(sum(grads)) / float(np.sqrt(np.mean(np.square(grads)))), "that divides by the mean square of the whole round. v changes with every gradient."),
            Wrong("divided by themselves", lambda grads, beta2, periods: -float(sum(np.sign(grads))) / np.sqrt(1 - beta2), "each gradient is divided by its own size alone. v also holds what came before it."),
        ),
        shows="With 3, -1, -1 the drift is positive for beta2 0.1 and 0.4 and negative for 0.6 and 0.999: the side changes in between.",
    ),
)

QUIZ = (
    Question(
        "08-q1",
        "Default betas, equal gradients. What does the bias correction do to the 12th update?",
        (
            Option("it makes it larger, since both averages begin at 0", "It divides m by 0.72 and the root of v by 0.11."),
            Option("it makes it about 6.6 times smaller", "Without it the update is 0.72 / 0.11 times lr.", True),
            Option("nothing: ten updates fill the averages", "They fill m. v needs thousands."),
        ),
    ),
    Question(
        "08-q2",
        "You multiply the loss by 1000. What has to be done to Adam's rate?",
        (
            Option("nothing", "The gradient is divided by its own size; only eps has become relatively smaller.", True),
            Option("divide it by 1000", "That is right for SGD."),
            Option("divide it by the root of 1000", "v grows by 1000 squared, and its root is taken."),
        ),
    ),
    Question(
        "08-q3",
        "The embedding of a rare word gets its first gradients after 20000 updates of training. How large can its updates be?",
        (
            Option("at most lr, thanks to the correction", "The correction counts updates, and after 20000 of them it is 1."),
            Option("at most lr / sqrt(20000)", "That is AdaGrad's sum. v forgets and is 0."),
            Option("several times lr", "m and v are both empty, as without a correction at the start.", True),
        ),
    ),
    Question(
        "08-q4",
        "AdamW runs 10000 updates with weight decay 0.1. You replace the fixed rate by a line from the same rate to 0. What happens to the decay of the weights?",
        (
            Option("it is about half as strong in total", "lr multiplies the decay, and the rates sum to half.", True),
            Option("nothing: the decay is decoupled", "Decoupled from the gradients, not from the rate."),
            Option("it is twice as strong", "The rates are smaller, so the decay is too."),
        ),
    ),
    Question(
        "08-q5",
        "Why does Adam at a fixed rate end higher than with a rate that falls?",
        (
            Option("its v goes on growing, so it stops too early", "That is AdaGrad. v forgets."),
            Option("near the minimum v measures the noise, which stays, so the steps stay too", "It adapts to the size of the gradients, not to the distance from the minimum.", True),
            Option("the bias correction is wrong for long runs", "It is 1 after some thousand updates."),
        ),
    ),
    Question(
        "08-q6",
        "In Reddi's case with beta2 0.1 Adam ends at the worst point. What does AMSGrad change?",
        (
            Option("it averages the gradient over more updates", "beta1 is the same. It is the division that changes."),
            Option("it corrects the bias of v", "Adam does that as well."),
            Option("it divides by the largest v so far, so the small gradients are not blown up", "A step after the 3 is then divided by 3 as well, and the 3 counts three times.", True),
        ),
    ),
)

LESSON = Lesson(
    number="08",
    title="Adam",
    minutes=40,
    recall=RECALL,
    predictions=PREDICTIONS,
    missions=MISSIONS,
    exercises=EXERCISES,
    quiz=QUIZ,
    next="lesson 09, warmup: where it is needed, and why that is still argued.",
)
