"""Lesson 11: rules that read the rate off the loss, a test, the gradient or the distance travelled."""

from __future__ import annotations

import math

import numpy as np

from .model import Exercise, Lesson, Mission, Option, Question, Wrong

RECALL = (
    Question(
        "11-r1",
        "The loss on a plateau at a fixed rate is flat. What did lesson 10 show about it?",
        (
            Option("the model has learned all it can", "Cool a copy down and see: the rate was at its floor, not the model."),
            Option("noise can hide progress, and only a cooldown shows it", "In the river valley the run with the higher loss was ahead.", True),
            Option("the rate is too small", "A rate that is too small gives a slow and smooth fall."),
        ),
    ),
    Question(
        "11-r2",
        "One trunk of WSD was cooled down at three horizons. How did its ends compare with a tuned cosine for each?",
        (
            Option("lower at each", "In the mean they were higher."),
            Option("twice as high", "They were less than 10 percent above."),
            Option("a few percent higher", "For two thirds of the updates.", True),
        ),
    ),
    Question(
        "11-r3",
        "Adam's averages begin at 0. After the first gradient g the average m is (1 - beta1) g. What does the bias correction divide it by?",
        (
            Option("1 - beta1", "The weights of the gradients so far add up to 1 - beta1^t, and t is 1 here. The result is g itself.", True),
            Option("beta1", "That is the share of the old average that is kept."),
            Option("the root of beta2", "That belongs to no correction: v is divided by 1 - beta2^t."),
        ),
    ),
)

PREDICTIONS = (
    Question(
        "11-p1",
        "How often does the rule cut the rate within the 200 evaluations, though the loss falls all the time?",
        (
            Option("never: the loss does fall", "Without noise that is so. With noise the best loss seen is a lucky one, and luck is hard to beat."),
            Option("once or twice", "It is far more often: within 10 evaluations the loss falls by 2 percent, and the noise of one is 5."),
            Option("about ten times", "Within 10 evaluations the loss falls by 2 percent, and the noise of one is 5. Noise decides.", True),
        ),
    ),
    Question(
        "11-p2",
        "You guess an f* that is 0.1 too low. Where does the loss |w| settle?",
        (
            Option("at 0: the step shrinks with the loss in any case", "It does not shrink to 0: loss - f* is 0.1 at the minimum."),
            Option("at 0.1", "There the step is (0.1 + 0.1) / 1 = 0.2, twice the way to the minimum: w jumps to -w and back, for ever.", True),
            Option("nowhere: it diverges", "From far away each step still comes nearer. It is near the minimum that the steps are too long."),
        ),
    ),
)


def _kept(settings, **wanted):
    for name, value in wanted.items():
        have = getattr(settings, name)
        if have != value:
            return f"Set {name} to {value:g}. It is {have:g}."
    return None


def _quiet(explorer):
    if refused := _kept(explorer.settings, noise=0.2, threshold=0.0, lr=0.5):
        return refused
    cuts, false = len(explorer.value.cuts), explorer.value.false
    if cuts >= 3 and false == 0:
        return None
    return f"There are {cuts} cuts, {false} of them false alarms. Too many false alarms ask for more patience, too few cuts for less."


def _alarm_without_noise(explorer):
    if refused := _kept(explorer.settings, noise=0.0):
        return refused
    if explorer.settings.patience < 10:
        return f"The patience is {explorer.settings.patience}. Keep it at 10 or more."
    false = explorer.value.false
    return None if false >= 2 else f"There are {false} false alarms. Without noise, what else can make a better loss count as no better?"


def _moved(explorer):
    if refused := _kept(explorer.settings, seed=0):
        return refused
    tenth = explorer.value.tenth
    return None if tenth > 0.7 else f"A tenth of the lowest is {tenth:.3g}. What does more smoothing do to the place of the lowest loss?"


MISSIONS = (
    Mission(
        "11-m1",
        "Noise 0.2, threshold 0, rate 0.5: at least 3 cuts and no false alarm.",
        _quiet,
        "Twenty to thirty evaluations are enough for real progress to beat luck here. Twice the noise does not ask for twice as much.",
    ),
    Mission(
        "11-m2",
        "Noise 0, patience at least 10, and at least 2 false alarms.",
        _alarm_without_noise,
        "A threshold larger than the progress within `patience` evaluations calls a falling loss a plateau.",
    ),
    Mission(
        "11-m3",
        "Run 0, and a tenth of the lowest above 0.7.",
        _moved,
        "The same network and the same rule. Length and smoothing alone move what it suggests by a factor of about 4, from 0.195 to 0.785 in this explorer.",
    ),
)


def smoothed(losses, keep):
    m, found = 0.0, []
    for t, loss in enumerate(losses):
        m = keep * m + (1 - keep) * loss
        found.append(m / (1 - keep ** (t + 1)))
    return found


def plateau_rates(losses, lr, factor, patience, threshold):
    best, bad, rates = math.inf, 0, []
    for loss in losses:
        if loss < best * (1 - threshold):
            best, bad = loss, 0
        else:
            bad = bad + 1
        if bad > patience:
            lr, bad = lr * factor, 0
        rates.append(lr)
    return rates


def chance_of_cut(seen, patience):
    return seen / (seen + patience + 1)


def steepest_rate(rates, losses):
    slopes = np.diff(losses) / np.diff(np.log(rates))
    return rates[np.argmin(slopes)]


def polyak_step(w, grad, loss, f_star, largest):
    square = np.sum(grad**2)
    if loss <= f_star or square == 0:
        return w
    return w - min((loss - f_star) / square, largest) * grad


def _letters(value):
    return "".join(value).lower().replace(" ", "").replace(",", "")


def _average(corrected, begin=0.0):
    """A wrong running average: `corrected` is given m, keep, t and the loss."""

    def answer(losses, keep):
        m, found = begin, []
        for t, loss in enumerate(losses):
            m = keep * m + (1 - keep) * loss
            found.append(corrected(m, keep, t, loss))
        return found

    return answer


def _from_the_first(losses, keep):
    m, found = None, []
    for loss in losses:
        m = loss if m is None else keep * m + (1 - keep) * loss
        found.append(m)
    return found


def _fed_back(losses, keep):
    m, found = 0.0, []
    for t, loss in enumerate(losses):
        m = (keep * m + (1 - keep) * loss) / (1 - keep ** (t + 1))
        found.append(m)
    return found


def _keep_exchanged(losses, keep):
    m, found = 0.0, []
    for t, loss in enumerate(losses):
        m = (1 - keep) * m + keep * loss
        found.append(m / (1 - (1 - keep) ** (t + 1)))
    return found


def _plain_mean(losses, keep):
    return [sum(losses[: t + 1]) / (t + 1) for t in range(len(losses))]


def _rule(
    *, better=lambda loss, best, threshold: loss < best * (1 - threshold), cut=lambda bad, patience: bad > patience, best_always=False,
    against_last=False, never_reset=False, cut_keeps_bad=False, forgets_best=False, first=math.inf, drop=lambda lr, factor: lr * factor,
    before=False, once=False, best_lower=False, rest=0,
):
    """A wrong plateau rule: each argument changes one thing of the right one."""

    def answer(losses, lr, factor, patience, threshold):
        best, bad, rates, resting, done = first, 0, [], 0, False
        for loss in losses:
            if before:
                rates.append(lr)
            if better(loss, best, threshold):
                best, bad = loss, 0 if not never_reset else bad
            else:
                bad = bad + 1
                if best_lower:
                    best = min(best, loss)
            if best_always or against_last:
                best = loss
            if resting:
                resting, bad = resting - 1, 0
            if cut(bad, patience) and not (once and done):
                lr, bad, done = drop(lr, factor), bad if cut_keeps_bad else 0, True
                resting = rest
                if forgets_best:
                    best = math.inf
            if not before:
                rates.append(lr)
        return rates

    return answer


def _slopes(axis):
    return lambda rates, losses: rates[np.argmin(np.diff(losses) / np.diff(axis(np.asarray(rates, dtype=float))))]


def _log_loss(rates, losses):
    return rates[np.argmin(np.diff(np.log(losses)) / np.diff(np.log(rates)))]


def _polyak(eta, forward=False):
    """A wrong step: eta is given grad, loss, f_star, largest; 0 where there is nothing to do, as in the right one."""

    def answer(w, grad, loss, f_star, largest):
        square = np.sum(grad**2)
        if loss <= f_star or square == 0:
            return w
        step = eta(grad, loss, f_star, largest, square) * grad
        return w + step if forward else w - step

    return answer


EXERCISES = (
    Exercise(
        id="11-1",
        title="a smoothed loss",
        points=2,
        minutes=4,
        solution=smoothed,
        curve=lambda function: function([3.0, 2.0, 2.5, 1.5, 1.8, 1.2, 1.3, 1.0, 1.1, 0.9], 0.9),
        cases=(
            ([2.0, 2.0, 2.0], 0.9),
            ([3.0, 1.0, 2.0, 0.5], 0.5),
            ([4.0], 0.98),
            ([1.0, 0.8, 0.9, 0.5, 0.6], 0.8),
            ([], 0.9),
            ([2.0, 1.0, 3.0], 0.0),
        ),
        hints=(
            "All losses are 2. What is m after the first, and what should the average be?",
            "After t + 1 losses their weights in m add up to 1 - keep^(t + 1). Divide by that.",
            "`1 - keep ** (...)`",
        ),
        wrong=(
            Wrong("not corrected", _average(lambda m, keep, t, loss: m), "m itself is too small at first, as it begins at 0. Divide by 1 - keep^(t + 1)."),
            Wrong("t in place of t + 1", _average(lambda m, keep, t, loss: m / (1 - keep**t)), "t counts from 0, so at the first loss this divides by 0. One loss is in m already: t + 1."),
            Wrong("t + 2", _average(lambda m, keep, t, loss: m / (1 - keep ** (t + 2))), "that is the sum of the weights one loss later. After loss t there are t + 1 of them."),
            Wrong("the first weight only", _average(lambda m, keep, t, loss: m / (1 - keep)), "1 - keep is the weight of one loss. All weights so far add up to 1 - keep^(t + 1)."),
            Wrong("fed back", _fed_back, "the corrected value is kept in m, so it is corrected again and again. Keep m as it is, and correct what you append."),
            Wrong("from the first loss", _from_the_first, "m begins at the first loss. That gives the first loss a large weight for a long time; begin at 0 and correct."),
            Wrong("keep exchanged", _keep_exchanged, "keep and 1 - keep are exchanged: keep is the share of the old average."),
            Wrong("a plain mean", _plain_mean, "that is the mean of all losses so far: it never forgets. The running average does."),
            Wrong("times the correction", _average(lambda m, keep, t, loss: m * (1 - keep ** (t + 1))), "it multiplies, and m becomes smaller still. Divide."),
            Wrong("times t", _average(lambda m, keep, t, loss: m / (1 - keep * (t + 1))), "keep * (t + 1) is a product. The weights that are missing are a power: keep ** (t + 1)."),
            Wrong("power of the sum", _average(lambda m, keep, t, loss: m / (1 - keep) ** (t + 1)), "the power belongs to keep alone: 1 - keep ** (t + 1)."),
            Wrong("the loss", _average(lambda m, keep, t, loss: loss), "those are the losses themselves. Append the corrected average."),
            Wrong("corrects the loss", lambda losses, keep: [loss / (1 - keep ** (t + 1)) for t, loss in enumerate(losses)], "it divides the loss itself. The average m is what is too small."),
            Wrong("a sum", lambda losses, keep: list(np.cumsum(losses)), "those are sums, which grow. An average stays among the losses."),
            Wrong("the best so far", lambda losses, keep: [min(losses[: t + 1]) for t in range(len(losses))], "that is the lowest loss so far, the luckiest. The average takes all of them in."),
            Wrong("the last average for all", lambda losses, keep: smoothed(losses, keep)[-1:] * len(losses), "every entry is the last average. Append after each loss."),
            Wrong("keep times the loss", lambda losses, keep: [keep * loss for loss in losses], "each loss is multiplied by keep, and nothing is remembered. Divide the average m by 1 - keep^(t + 1)."),
            Wrong("the mean of all for all", lambda losses, keep: [sum(losses) / len(losses)] * len(losses) if len(losses) else [], "every entry is the mean of all losses, the later ones too. After each loss only those so far are known, and the average forgets."),
            Wrong("between the loss and the first", lambda losses, keep: [keep * loss + (1 - keep) * losses[0] for loss in losses], "each loss is mixed with the first one alone. The average takes in all losses so far, through m."),
        ),
        shows="The correction of Adam. A range test without it begins far too low, and finds its steepest fall in the wrong place.",
    ),
    Exercise(
        id="11-2",
        title="the plateau rule",
        points=3,
        minutes=8,
        solution=plateau_rates,
        curve=lambda function: function([1.0] * 20, 1.0, 0.7, 2, 0.0),
        cases=(
            ([3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 1.5], 1.0, 0.5, 2, 0.0),
            ([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], 0.8, 0.1, 1, 0.0),
            ([1.0, 2.0, 3.0, 0.5, 0.6], 1.0, 0.5, 0, 0.0),
            ([10.0, 9.7, 9.4, 9.3, 9.2, 9.1, 9.0], 0.1, 0.5, 1, 0.05),
            ([4.0, 5.0, 4.5, 4.2, 3.9, 4.0, 3.95, 3.8], 1.0, 0.3, 2, 0.0),
            ([1.0, 2.0, 0.9, 2.0, 0.8, 2.0, 0.7, 2.0, 2.0], 1.0, 0.5, 1, 0.0),
            ([0.2, 0.19, 0.188, 0.187, 0.1, 0.095], 1.0, 0.5, 0, 0.1),
            ([1.0, 1.02, 1.01, 0.9, 0.92], 1.0, 0.5, 0, 0.05),
            ([2.0, 3.0, 4.0, 3.5, 3.0, 3.4, 2.5, 2.2, 2.1], 1.0, 0.5, 1, 0.0),
            ([], 1.0, 0.5, 2, 0.0),
        ),
        hints=(
            "Which two numbers must the rule remember from one loss to the next, and when does each change?",
            "The best changes only when a loss is better by the threshold; bad is 0 then, and one larger otherwise. The cut comes when bad is more than patience, and sets bad to 0.",
            "`if loss < best * (1 - threshold): best, bad = loss, 0`, `else: bad = bad + 1`, `if bad > patience: lr, bad = ..., 0`, then append.",
        ),
        wrong=(
            Wrong("one too soon", _rule(cut=lambda bad, patience: bad >= patience and bad > 0), "it cuts one evaluation too soon, as Keras and Optax do: with >= the rule bears patience - 1. Here it bears `patience` bad ones: >."),
            Wrong("cuts at once", _rule(cut=lambda bad, patience: bad >= patience), "with >= it cuts one too soon, and with patience 0 even when the loss is better. The cut comes when bad is more than patience."),
            Wrong("one too late", _rule(cut=lambda bad, patience: bad > patience + 1), "it cuts one evaluation too late. The bad one after `patience` bad ones cuts."),
            Wrong("against the loss before", _rule(against_last=True), "it compares with the loss before. Compare with the best of all: a loss that goes up and down makes no progress."),
            Wrong("best is lowered without the threshold", _rule(best_lower=True), "the best moves with every small improvement. A loss that is not better by the threshold leaves it, or slow progress could never add up to enough."),
            Wrong("threshold the wrong way", _rule(better=lambda loss, best, threshold: loss < best * (1 + threshold)), "with 1 + threshold a worse loss counts as better. It has to be lower by the threshold: 1 - threshold."),
            Wrong("absolute threshold", _rule(better=lambda loss, best, threshold: loss < best - threshold), "the threshold is taken off as an amount, as in Keras. Here it is a share of the best: best * (1 - threshold)."),
            Wrong("no threshold", _rule(better=lambda loss, best, threshold: loss < best), "threshold is not used. A loss must be lower than best * (1 - threshold)."),
            Wrong("equal is better", _rule(better=lambda loss, best, threshold: loss <= best * (1 - threshold)), "a loss equal to the best counts as better. On a flat loss the rule then never cuts: <, not <=."),
            Wrong("bad is never reset by progress", _rule(never_reset=True), "bad counts all bad losses, not those in a row. A better one sets it to 0."),
            Wrong("bad is never reset by a cut", _rule(cut_keeps_bad=True), "after a cut bad stays, so each bad loss cuts again. Set it to 0."),
            Wrong("forgets the best", _rule(forgets_best=True), "the best is forgotten at a cut, so the next loss counts as better. Keep it."),
            Wrong("the first loss is bad", _rule(first=-math.inf), "nothing is ever better: the best begins too low, at 0 perhaps. Begin at infinity, so that the first loss is better."),
            Wrong("the rate before", _rule(before=True), "it lists the rate before each loss was seen. Append after the cut."),
            Wrong("subtracts", _rule(drop=lambda lr, factor: lr - factor), "the cut subtracts factor. Multiply by it."),
            Wrong("divides", _rule(drop=lambda lr, factor: lr / factor), "the cut divides by factor, so the rate rises. Multiply."),
            Wrong("takes off the factor", _rule(drop=lambda lr, factor: lr * (1 - factor)), "it keeps 1 - factor of the rate. factor is what is kept: lr * factor."),
            Wrong("only once", _rule(once=True), "it cuts once and never again. After a cut the count begins anew."),
            Wrong("rests after a cut", _rule(rest=1), "one loss after each cut is not counted. That is a cooldown, and there is none here."),
            Wrong("the loss must rise", _rule(better=lambda loss, best, threshold: loss > best * (1 - threshold), first=-math.inf), "it waits for a **higher** loss, as for an accuracy. A lower loss is better."),
            Wrong("never", lambda losses, lr, factor, patience, threshold: [lr] * len(losses), "the rate never changes. When bad is more than patience, multiply it by factor."),
            Wrong("by the clock", lambda losses, lr, factor, patience, threshold: [lr * factor ** (k // (patience + 1)) for k in range(len(losses))], "it cuts at regular times, whatever the loss does: that is step decay. Count only losses that are not better, in a row."),
            Wrong("at every evaluation", lambda losses, lr, factor, patience, threshold: [lr * factor**k for k in range(len(losses))], "it cuts at every evaluation. Only after more than patience bad ones in a row."),
            Wrong("every bad loss", _rule(cut=lambda bad, patience: bad > 0), "it cuts at every bad loss: patience is not used. The rule bears `patience` of them."),
            Wrong("goes back up", lambda losses, lr, factor, patience, threshold: [lr if rate == before else lr * factor for before, rate in zip([lr, *plateau_rates(losses, lr, factor, patience, threshold)], plateau_rates(losses, lr, factor, patience, threshold))], "the rate goes back up after a cut. Keep what it was multiplied to."),
            Wrong("every rise", lambda losses, lr, factor, patience, threshold: [lr * factor ** sum(b >= a for a, b in zip(losses[:k], losses[1 : k + 1])) for k in range(len(losses))], "it cuts whenever a loss is not below the one before: patience is not used. Compare with the best of all, and count."),
            Wrong("knows the lowest beforehand", lambda losses, lr, factor, patience, threshold: [lr * factor if loss >= min(losses) else lr for loss in losses], "it compares with the lowest of **all** losses, those to come too. The rule knows only what it has seen."),
            Wrong("counts the best", lambda losses, lr, factor, patience, threshold: [lr * factor ** (list(losses[: k + 1]).count(min(losses)) > patience) for k in range(len(losses))], "it counts how often the lowest loss comes. Count the losses in a row that are **not** better than the best so far."),
        ),
        shows="On a flat loss the first cut is at evaluation patience + 2. Torch agrees, Keras and Optax cut one earlier.",
    ),
    Exercise(
        id="11-3",
        title="false alarms of pure noise",
        points=2,
        minutes=4,
        solution=chance_of_cut,
        cases=((10, 10), (1, 0), (50, 10), (10, 2), (5, 40), (200, 3)),
        hints=(
            "How many bad losses in a row does a cut take, if the rule bears `patience` of them?",
            "patience + 1. All losses together are seen + patience + 1, and the smallest of them is equally likely to be any one.",
            "`return seen / (...)`",
        ),
        wrong=(
            Wrong("one too few", lambda seen, patience: seen / (seen + patience), "a cut takes patience + 1 bad losses: the rule bears `patience` of them."),
            Wrong("one too many", lambda seen, patience: seen / (seen + patience + 2), "a cut takes patience + 1 bad losses, not patience + 2."),
            Wrong("the other event", lambda seen, patience: (patience + 1) / (seen + patience + 1), "that is the chance that the best comes later, so that the rule does **not** cut."),
            Wrong("coin tosses", lambda seen, patience: 0.5 ** (patience + 1), "each loss is not a toss of a coin: it must beat the best of all those seen, which is harder the more there are."),
            Wrong("independent tries", lambda seen, patience: (seen / (seen + 1)) ** (patience + 1), "the tries are not independent: if the best seen is a lucky one, all of them are hard. Ask where the smallest of all losses is."),
            Wrong("a single loss", lambda seen, patience: seen / (seen + 1), "that is the chance that one loss is no better. A cut takes patience + 1 of them."),
            Wrong("ratio", lambda seen, patience: seen / (patience + 1), "that can be above 1. The smallest of **all** seen + patience + 1 losses must be among those seen."),
            Wrong("upside down", lambda seen, patience: (seen + patience + 1) / seen, "upside down: a chance is at most 1."),
            Wrong("one over", lambda seen, patience: 1 / (seen + patience + 1), "that is the chance that one certain loss is the smallest. Any of those seen may be."),
            Wrong("the first is counted twice", lambda seen, patience: (seen - 1) / (seen + patience), "all those seen count, the first too: seen of seen + patience + 1."),
            Wrong("those to come", lambda seen, patience: patience / (seen + patience), "that is the chance that the best is among those to come, and with one too few of them."),
            Wrong("independent tries, one too few", lambda seen, patience: (seen / (seen + 1)) ** patience, "the tries are not independent, and there are patience + 1 of them. Ask where the smallest of all losses is."),
            Wrong("seen forgotten", lambda seen, patience: 1 / (patience + 2), "that is for a single loss seen. With more of them the best is lower."),
            Wrong("an exponential", lambda seen, patience: math.exp(-(patience + 1) / seen), "that is close when many losses are seen, and no more than close. Ask where the smallest of all losses is: exactly seen / (seen + patience + 1)."),
            Wrong("one minus a power", lambda seen, patience: 1 - 1 / seen ** (patience + 1), "the tries are not independent, and none of them has the chance 1 / seen. Ask where the smallest of all losses is."),
            Wrong("a product", lambda seen, patience: seen * (patience + 1), "that is larger than 1, and a chance is not. The smallest of all seen + patience + 1 losses must be among those seen."),
        ),
        shows="After 10 losses patience 10 cuts with chance 0.48, after 50 with 0.82: the longer the run, the harder its best is to beat.",
    ),
    Exercise(
        id="11-4",
        title="read a range test",
        points=2,
        minutes=6,
        solution=steepest_rate,
        cases=(
            (np.array([0.001, 0.01, 0.1, 1.0, 10.0]), np.array([2.3, 2.2, 1.5, 1.0, 9.0])),
            (np.array([0.001, 0.002, 0.01, 0.1, 0.2, 1.0, 2.0]), np.array([2.3, 2.28, 2.1, 1.6, 1.3, 0.7, 5.0])),
            (np.array([0.1, 0.2, 0.4, 3.2]), np.array([3.0, 2.5, 2.3, 1.5])),
            (np.array([0.01, 0.1, 0.2, 0.3, 0.4]), np.array([2.0, 1.1, 0.8, 0.78, 4.0])),
            (np.array([0.001, 0.01, 0.5, 1.0]), np.array([0.5, 0.1, 0.02, 0.9])),
            (np.array([0.01, 0.1, 0.2, 0.4]), np.array([3.0, 1.2, 0.6, 0.25])),
        ),
        hints=(
            "Between which two neighbours does the loss fall most, for the same growth of the rate?",
            "np.diff gives the differences of neighbours. A fall is a negative slope, so the steepest fall is the smallest slope.",
            "`slopes = np.diff(losses) / np.diff(np.log(rates))`, and then the rate at `np.argmin(...)`",
        ),
        wrong=(
            Wrong("linear axis", _slopes(lambda rates: rates), "the slope is taken over the rate itself, which makes the small rates look steep. Take it over log(rate)."),
            Wrong("not divided", lambda rates, losses: rates[np.argmin(np.diff(losses))], "that is the largest fall from one to the next. The rates are not equally far apart: divide by np.diff(np.log(rates))."),
            Wrong("largest slope", lambda rates, losses: rates[np.argmax(np.diff(losses) / np.diff(np.log(rates)))], "argmax finds the steepest **rise**, where the loss explodes. A fall is a negative slope: argmin."),
            Wrong("largest change", lambda rates, losses: rates[np.argmax(np.abs(np.diff(losses) / np.diff(np.log(rates))))], "the sign is lost, so the explosion counts as the steepest. Only falls count."),
            Wrong("lowest loss", lambda rates, losses: rates[np.argmin(losses)], "that is the rate of the lowest loss, close to where it explodes. Look for the steepest fall before it."),
            Wrong("a tenth of the lowest", lambda rates, losses: rates[np.argmin(losses)] / 10, "that is another rule, a tenth of the rate of the lowest loss."),
            Wrong("end of the interval", lambda rates, losses: rates[np.argmin(np.diff(losses) / np.diff(np.log(rates))) + 1], "that is the rate at the end of the steepest interval. The beginning is wanted."),
            Wrong("the place", lambda rates, losses: int(np.argmin(np.diff(losses) / np.diff(np.log(rates)))), "that is the place in the list. Return the rate there."),
            Wrong("the slope", lambda rates, losses: np.min(np.diff(losses) / np.diff(np.log(rates))), "that is the slope itself. Return the rate where it is smallest."),
            Wrong("logarithm of the loss", _log_loss, "the slope of log(loss) makes falls at a low loss look steep. The loss itself over log(rate)."),
            Wrong("the middle", lambda rates, losses: (lambda i: math.sqrt(rates[i] * rates[i + 1]))(np.argmin(np.diff(losses) / np.diff(np.log(rates)))), "that is the middle of the interval. The rate at its beginning is wanted."),
            Wrong("gradient at the points", lambda rates, losses: rates[np.argmin(np.gradient(losses, np.log(rates)))], "`np.gradient` takes both neighbours of each point. Take the slope of each interval, with np.diff."),
            Wrong("upside down", lambda rates, losses: rates[np.argmin(np.diff(np.log(rates)) / np.diff(losses))], "the slope is upside down: difference of the losses over difference of the logarithms."),
            Wrong("the logarithm of the rate", lambda rates, losses: np.log(rates)[np.argmin(np.diff(losses) / np.diff(np.log(rates)))], "that is the logarithm of the rate. Return the rate."),
            Wrong("divided by the logarithm", lambda rates, losses: rates[np.argmin(np.diff(losses) / np.log(rates[1:]))], "it divides by the logarithm of the rate. Divide by the **difference** of two logarithms: np.diff(np.log(rates))."),
            Wrong("highest loss", lambda rates, losses: rates[np.argmax(losses)], "that is the rate of the highest loss. Look for the steepest fall."),
            Wrong("before the lowest", lambda rates, losses: rates[np.argmin(losses) - 1], "that is the rate before the lowest loss, which need not be where it falls fastest. Compute the slopes."),
            Wrong("the first rate", lambda rates, losses: rates[0], "the losses are not looked at: it is always the first rate."),
            Wrong("the middle of the list", lambda rates, losses: rates[len(rates) // 2], "the losses are not looked at: it is always the rate in the middle of the list."),
            Wrong("loss over rate", lambda rates, losses: rates[np.argmin(losses[1:] / rates[1:])], "a loss over a rate is no slope. A slope is a **difference** of losses over a difference of logarithms: np.diff of both."),
            Wrong("the mean rate", lambda rates, losses: float(np.mean(rates)), "that is the mean of the rates, whatever the losses are. Compute the slopes."),
        ),
        shows="The rate at the steepest fall is where training is fastest for a moment. On the digits the best fixed rate was more than 1.4 times as large.",
    ),
    Exercise(
        id="11-5",
        title="polyak's step",
        points=3,
        minutes=5,
        solution=polyak_step,
        cases=(
            (np.array([3.0]), np.array([1.0]), 3.0, 0.0, 10.0),
            (np.array([1.0, 2.0]), np.array([1.0, 4.0]), 4.5, 0.0, 10.0),
            (np.array([1.0, 2.0]), np.array([1.0, 4.0]), 4.5, 1.1, 10.0),
            (np.array([1.0, 2.0]), np.array([1.0, 4.0]), 4.5, -0.6, 10.0),
            (np.array([1.0, -1.0]), np.array([0.1, 0.2]), 2.0, 0.0, 0.7),
            (np.array([2.0, 5.0]), np.array([0.0, 0.0]), 1.0, 0.5, 10.0),
            (np.array([2.0, 5.0]), np.array([1.0, 1.0]), 0.4, 0.5, 10.0),
            (np.array([0.5, 0.5, 0.5]), np.array([2.0, -1.0, 0.5]), 1.0, 0.25, 0.3),
        ),
        hints=(
            "A line with the slope of the gradient: how far must you go down it to lose loss - f_star?",
            "The step size is (loss - f_star) over the sum of the squares of grad, and at most `largest`. First the two cases in which w stays.",
            "`eta = min((loss - f_star) / np.sum(...), largest)`, `return w - eta * grad`",
        ),
        wrong=(
            Wrong("not squared", _polyak(lambda g, loss, f, top, sq: min((loss - f) / math.sqrt(sq), top)), "it divides by |g|. The step eta * g has the length eta |g| already, so eta needs |g| squared."),
            Wrong("f_star forgotten", lambda w, grad, loss, f_star, largest: w - (min(loss / np.sum(grad**2), largest) if np.any(grad) else 0) * grad, "f_star is not used: the step is for a smallest loss of 0. Take loss - f_star."),
            Wrong("f_star forgotten, but not where w stays", _polyak(lambda g, loss, f, top, sq: min(loss / sq, top)), "the step aims at a loss of 0. Take loss - f_star."),
            Wrong("f_star added", _polyak(lambda g, loss, f, top, sq: min((loss + f) / sq, top)), "f_star is added. What is left to lose is loss - f_star."),
            Wrong("no cap", _polyak(lambda g, loss, f, top, sq: (loss - f) / sq), "the step is never cut to `largest`. Take the smaller of the two."),
            Wrong("at least largest", _polyak(lambda g, loss, f, top, sq: max((loss - f) / sq, top)), "that is the larger of the two. `largest` is a cap: min."),
            Wrong("uphill", _polyak(lambda g, loss, f, top, sq: min((loss - f) / sq, top), forward=True), "it goes up. The step is subtracted."),
            Wrong("climbs below f_star", lambda w, grad, loss, f_star, largest: w - (min((loss - f_star) / np.sum(grad**2), largest) if np.any(grad) else 0) * grad, "where loss is below f_star the step is negative and leads up. There w stays."),
            Wrong("divides by 0", lambda w, grad, loss, f_star, largest: w if loss <= f_star else w - min((loss - f_star) / float(np.sum(grad**2)), largest) * grad, "where the gradient is 0 it divides by 0. There w stays."),
            Wrong("each coordinate", lambda w, grad, loss, f_star, largest: w if loss <= f_star else w - np.where(grad == 0, 0.0, np.minimum((loss - f_star) / np.where(grad == 0, 1.0, grad**2), largest) * grad), "each coordinate has a step size of its own. There is one for all: the sum of the squares."),
            Wrong("mean of the squares", _polyak(lambda g, loss, f, top, sq: min((loss - f) / np.mean(g**2), top)), "it divides by the **mean** of the squares. |g|^2 is their sum."),
            Wrong("square of the sum", _polyak(lambda g, loss, f, top, sq: min((loss - f) / np.sum(g) ** 2, top)), "it squares the sum. |g|^2 is the sum of the squares."),
            Wrong("half", _polyak(lambda g, loss, f, top, sq: min((loss - f) / (2 * sq), top)), "the step is half as long. On a bowl half a step would do, but Polyak's has no factor."),
            Wrong("twice", _polyak(lambda g, loss, f, top, sq: min(2 * (loss - f) / sq, top)), "the step is twice as long. Polyak's has no factor."),
            Wrong("the step only", lambda w, grad, loss, f_star, largest: -(w - polyak_step(w, grad, loss, f_star, largest)), "that is the change of w. Return the new w."),
            Wrong("cap on the length", lambda w, grad, loss, f_star, largest: w if loss <= f_star or not np.any(grad) else w - min((loss - f_star) / np.sum(grad**2), largest / math.sqrt(np.sum(grad**2))) * grad, "the cap is on the length of the step. It belongs on the step size, before it is multiplied by grad."),
            Wrong("not divided", _polyak(lambda g, loss, f, top, sq: min(loss - f, top)), "it does not divide by |g|^2, so a steep slope gives too long a step."),
            Wrong("upside down", _polyak(lambda g, loss, f, top, sq: min(sq / (loss - f), top)), "the step size is upside down: (loss - f_star) over |g|^2."),
            Wrong("the weights' squares", lambda w, grad, loss, f_star, largest: w - min(max(loss - f_star, 0) / np.sum(w**2), largest) * grad, "it divides by the squares of w. The slope is in grad: the sum of its squares."),
            Wrong("largest square", _polyak(lambda g, loss, f, top, sq: min((loss - f) / np.max(g**2), top)), "it divides by the largest square. |g|^2 is the sum of all."),
            Wrong("always the largest step", _polyak(lambda g, loss, f, top, sq: top), "the step size is always `largest`. That is only the cap."),
            Wrong("size 1", lambda w, grad, loss, f_star, largest: w - grad, "the step size is 1 whatever the loss. It is (loss - f_star) / |g|^2."),
            Wrong("upside down, kept from 0", lambda w, grad, loss, f_star, largest: w - min(np.sum(grad**2) / max(loss - f_star, 1e-9), largest) * grad, "the fraction is upside down, so the step is longest where nothing is left to lose. The step size is (loss - f_star) over |g|^2."),
            Wrong("divided by largest", lambda w, grad, loss, f_star, largest: w - (loss - f_star) * grad / largest, "it divides by `largest`. Divide by |g|^2, and then take no more than `largest`."),
            Wrong("along w", lambda w, grad, loss, f_star, largest: w * (1 - min(max(loss - f_star, 0) / max(np.sum(grad**2), 1e-12), largest)), "the step size is multiplied by w, so the step leads towards 0. It goes along the gradient: w - eta * grad."),
        ),
        shows="On |w| with the right f_star one step is enough. The rate has become a question about the smallest loss.",
    ),
    Exercise(
        id="11-6",
        title="diagnose four rules",
        points=2,
        minutes=5,
        solution="tlng",
        accept=lambda value: _letters(value) == "tlng",
        wanted="four letters for the runs A, B, C, D",
        hints=(
            "In which runs does the loss fall all the time? Why might a rule call that no progress?",
            "A smooth falling loss that is cut: the threshold. A ragged one: noise. Of the two that stall at evaluation 40, one is cut soon after and one is not.",
            "A falls by 1 percent per evaluation, without any noise. C goes up and down. B and D have the same losses.",
        ),
        wrong=(
            Wrong("noise and threshold exchanged", "nltg", "A is perfectly smooth, so no noise sets it off. C goes up and down.", lambda v: _letters(v) == "nltg"),
            Wrong("late and good exchanged", "tgnl", "B's rate is 1 to the end: no cut at all, 59 evaluations after the loss has stalled.", lambda v: _letters(v) == "tgnl"),
            Wrong("both exchanged", "ngtl", "A is smooth, so its cuts are not from noise; and B has no cut at all.", lambda v: _letters(v) == "ngtl"),
            Wrong("threshold taken for good", "glnt", "A's loss falls to the end, so its cuts are not at a plateau. D is cut after its loss has stalled.", lambda v: _letters(v) == "glnt"),
            Wrong("noise taken for good", "tlgn", "C's loss falls to the end: its cuts are not at a plateau. D has no noise at all.", lambda v: _letters(v) == "tlgn"),
        ),
        shows="Before you believe a cut, look at the loss: whether it falls, and how ragged it is.",
    ),
)

QUIZ = (
    Question(
        "11-q1",
        "The evaluations of a flat loss become half as noisy. What happens to the number of cuts of a plateau rule with threshold 0?",
        (
            Option("it halves", "The chance n / (n + p + 1) knows no size of noise."),
            Option("nothing", "Only the order of the losses counts, and half the noise keeps the order.", True),
            Option("it doubles", "Nothing becomes more frequent: only the order of the losses counts."),
        ),
    ),
    Question(
        "11-q2",
        "A Keras callback with patience 5 is replaced by Torch's ReduceLROnPlateau with patience 5. When does a flat loss cut the rate now?",
        (
            Option("one evaluation later", "Torch bears `patience` bad ones and cuts at the next; Keras cuts at the bad one number `patience`.", True),
            Option("at the same evaluation", "Torch cuts when bad > patience, Keras when it is >=."),
            Option("one evaluation earlier", "The other way round."),
        ),
    ),
    Question(
        "11-q3",
        "A range test on the digits has its lowest loss at 4. What do you make of a tenth of it, 0.4?",
        (
            Option("it is the best rate", "The best fixed rate was 3.2, and 0.4 had more than twice its training loss."),
            Option("it is too large: tests overestimate", "All suggestions lay below the best rate."),
            Option("the right power of ten; try larger rates too", "That is what a test of 100 updates can tell.", True),
        ),
    ),
    Question(
        "11-q4",
        "Polyak's step with f* = 0 was excellent on one linear regression and poor on another. What made the difference?",
        (
            Option("noisy targets: the smallest loss of a batch was not 0", "With the wrong f* the steps never shrink.", True),
            Option("the size of the batches", "They were the same."),
            Option("the condition of the problem", "The inputs were drawn in the same way."),
        ),
    ),
    Question(
        "11-q5",
        "What did schedule-free SGD spare you, on the stream of teacher and student?",
        (
            Option("the search for a rate", "Its rate was chosen from a grid."),
            Option("the horizon", "At 400 updates it was no higher than a line planned for 400, and at 200 it was lower.", True),
            Option("all numbers to tune", "beta 0.98 in place of 0.9 was clearly worse."),
        ),
    ),
)

LESSON = Lesson(
    number="11",
    title="Letting the loss decide",
    minutes=40,
    recall=RECALL,
    predictions=PREDICTIONS,
    missions=MISSIONS,
    exercises=EXERCISES,
    quiz=QUIZ,
    next="lesson 12, a fair comparison: sweeps, seeds and budgets.",
)
