"""The rows of the table of dialects: the words, and the numbers that our own core gives for each library.

Every number here is compared with the number of the library itself in tests/test_dialects.py.
"""

from __future__ import annotations

from typing import Callable, NamedTuple

import numpy as np

from .. import optimizers as opt
from .. import schedules as sch
from . import numbers as their

RATES = np.array([0.1] * 10 + [0.01] * 10)
FLAT = np.ones(20)


def gradients(steps=20):
    """Made-up gradients of four sizes: (steps, 4)."""
    t = np.arange(steps)[:, None]
    return np.array([1.0, 0.1, 10.0, 1e-3]) * (np.sin(1.3 * t + np.arange(4)) + 0.5)


def path(optimizer, rates=0.1, *, grads=None, now=None, l2=0.0):
    """The weights after each update, from all ones: (steps, n). `now(optimizer, t)` is the optimizer of update t."""
    grads = gradients() if grads is None else np.asarray(grads, float)
    rates = np.broadcast_to(rates, len(grads))
    w = np.ones(grads.shape[1])
    state, weights = optimizer.init(w), []
    for t, (lr, grad) in enumerate(zip(rates, grads)):
        current = now(optimizer, t) if now else optimizer
        w, state = current.step(w, their.with_l2(grad, w, l2), state, lr)
        weights.append(w)
    return np.array(weights)


def told(feedback, losses):
    """The rate after each loss."""
    state, rates = feedback.start(), []
    for loss in losses:
        lr, state = feedback.observe(state, loss)
        rates.append(lr)
    return np.array(rates)


class Row(NamedTuple):
    """One disagreement. `numbers()` gives {library: array} from our core, or is None where it is told in words only.

    `measure` says what the numbers are: "rate" or "weight".
    """

    key: str
    symptom: str
    cause: str
    torch: str
    optax: str
    keras: str
    here: str
    numbers: Callable[[], dict] | None = None
    measure: str = "rate"


T8, T20 = np.arange(8), np.arange(20)
ONE_STEP = np.array([[1.0, 0.1, 0.01]])
TINY = np.array([[1e-9]])

ROWS = (
    Row(
        "after-the-end",
        "The loss jumps up or gets noisy again at the end, when training goes on past the planned length",
        "Torch's cosine is a whole wave: after T_max the rate climbs back to its start.",
        "CosineAnnealingLR climbs",
        "cosine_decay_schedule holds the end",
        "CosineDecay holds the end",
        "Cosine holds; libraries.torch_cosine climbs",
        lambda: {
            "torch": their.torch_cosine(1.0, 4)(T8),
            "optax": sch.Cosine(1.0, 4)(T8),
            "keras": sch.Cosine(1.0, 4)(T8),
        },
    ),
    Row(
        "boundary",
        "The drop of the learning rate comes one update (or one epoch) late or early",
        "Keras still uses the old value at step = boundary; the others use the new one.",
        "MultiStepLR drops at the milestone",
        "piecewise_constant_schedule drops at the boundary",
        "PiecewiseConstantDecay drops one step later",
        "MultiStep, PiecewiseConstant drop at the boundary; libraries.keras_piecewise_constant one later",
        lambda: {
            "torch": sch.MultiStep(1.0, (3,), 0.1)(T8),
            "optax": sch.MultiStep(1.0, (3,), 0.1)(T8),
            "keras": their.keras_piecewise_constant([3], [1.0, 0.1])(T8),
        },
    ),
    Row(
        "one-cycle-peak",
        "One-cycle curves do not lie on each other: the peak is one update apart",
        "Torch counts its phases to pct_start * total_steps - 1 and total_steps - 1, Optax to pct_start * steps and steps.",
        "OneCycleLR: peak at t = 5 of 20, smallest rate at t = 19",
        "cosine_onecycle_schedule: peak at t = 6 of 20, smallest rate at t = 20",
        "has none",
        "OneCycle as Optax; libraries.torch_one_cycle, libraries.optax_one_cycle",
        lambda: {
            "torch": their.torch_one_cycle(1.0, 20)(T20),
            "optax": their.optax_one_cycle(20, 1.0)(T20),
        },
    ),
    Row(
        "first-update",
        "The first update does nothing: the weights have not moved after one step of warmup",
        "A warmup from 0 has rate 0 at t = 0. Torch's LinearLR refuses 0 and begins at a third of the rate.",
        "LinearLR begins at lr / 3 by default",
        "linear_schedule(0, lr, 4): 0 at the first update",
        "CosineDecay(0, warmup_target=lr): 0 at the first update",
        "warmup(n) begins at 0; warmup(n, start=lr / 3) as Torch",
        lambda: {
            "torch": sch.Constant(1.0).warmup(4, start=1 / 3)(T8),
            "optax": sch.Constant(1.0).warmup(4)(T8),
            "keras": sch.Cosine(1.0, 10**6).warmup(4)(T8),
        },
    ),
    Row(
        "decay-steps",
        "The rate reaches its end too early or too late, by the length of the warmup",
        "Optax counts the warmup into decay_steps; Keras counts decay_steps from the end of the warmup.",
        "no such class",
        "warmup_cosine_decay_schedule: decay_steps is the whole length",
        "CosineDecay: decay_steps comes after warmup_steps",
        "a schedule keeps its length under warmup, as in Keras; libraries.optax_warmup_cosine",
        lambda: {
            "optax": their.optax_warmup_cosine(0.0, 1.0, 2, 6)(T8),
            "keras": sch.Cosine(1.0, 6).warmup(2)(T8),
        },
    ),
    Row(
        "floor",
        "The rate stops at 0.0001 and goes no lower, or even rises to it from a smaller start",
        "Keras' PolynomialDecay ends at 1e-4 unless told otherwise; Torch's always ends at 0.",
        "PolynomialLR ends at 0",
        "polynomial_schedule(end_value) has no default",
        "PolynomialDecay(end_learning_rate=1e-4)",
        "Polynomial(end=0.0); libraries.keras_polynomial",
        lambda: {
            "torch": sch.Polynomial(1e-3, 6)(T8),
            "optax": sch.Polynomial(1e-3, 6)(T8),
            "keras": their.keras_polynomial(1e-3, 6)(T8),
        },
    ),
    Row(
        "alpha",
        "The last learning rate is off by a factor: a small end was asked for and another one came",
        "Optax and Keras give the end as a share of the first rate (alpha), Torch as a rate (eta_min).",
        "eta_min=0.1 is the rate 0.1",
        "alpha=0.1 is 0.1 of the first rate",
        "alpha=0.1 is 0.1 of the first rate",
        "end is a rate: end = alpha * lr",
        lambda: {
            "torch": sch.Cosine(0.5, 7, end=0.1)(T8),
            "optax": sch.Cosine(0.5, 7, end=0.1 * 0.5)(T8),
            "keras": sch.Cosine(0.5, 7, end=0.1 * 0.5)(T8),
        },
    ),
    Row(
        "exponential-unit",
        "Exponential decay kills the learning rate within an epoch, or hardly moves it",
        "Torch's gamma is applied at every step(); Optax and Keras apply decay_rate once per decay_steps, smoothly.",
        "ExponentialLR(gamma) per step() call",
        "exponential_decay(transition_steps)",
        "ExponentialDecay(decay_steps)",
        "ExponentialDecay(every=...); Torch is every=1. gamma = decay_rate ** (1 / decay_steps)",
        lambda: {
            "torch": their.torch_exponential(1.0, 0.5)(T8),
            "optax": sch.ExponentialDecay(1.0, 0.5, every=4)(T8),
            "keras": sch.ExponentialDecay(1.0, 0.5, every=4)(T8),
        },
    ),
    Row(
        "order",
        "The first learning rate is never used; a warning says lr_scheduler.step() before optimizer.step()",
        "In Torch the scheduler is an object that must be stepped after the optimizer. The others count for themselves.",
        "scheduler.step() first: every rate comes one update early",
        "cannot happen",
        "cannot happen",
        "cannot happen: lr = schedule(t). libraries.torch_stepped_before shows it",
        lambda: {
            "torch": their.torch_stepped_before(sch.StepDecay(1.0, 1, 0.5))(T8),
            "optax": sch.StepDecay(1.0, 1, 0.5)(T8),
            "keras": sch.StepDecay(1.0, 1, 0.5)(T8),
        },
    ),
    Row(
        "hand-over",
        "At the milestone of SequentialLR the rate jumps up instead of going on from where it was",
        "Each of Torch's schedulers starts from the optimizer's one base rate; in Optax each schedule has its own.",
        "SequentialLR restarts at the base rate",
        "join_schedules: each part says its own first rate",
        "has no such operator",
        "a.then(b, at=n): b says its own first rate, as in Optax",
        lambda: {
            "torch": sch.ExponentialDecay(1.0, 0.9).then(sch.StepDecay(1.0, 2, 0.5), at=3)(T8),
            "optax": sch.ExponentialDecay(1.0, 0.9).then(sch.StepDecay(0.729, 2, 0.5), at=3)(T8),
        },
    ),
    Row(
        "changed-by-hand",
        "After the learning rate was changed by hand (or by a callback) the whole rest of the curve is scaled",
        "Torch computes each rate from the one before; Optax and Keras from the count alone.",
        "the rest is scaled by the same factor",
        "the schedule knows nothing of it",
        "the schedule knows nothing of it",
        "schedule(t) has no memory; multiply: schedule * PiecewiseConstant(values=(1, 0.1), boundaries=(4,))",
        lambda: {
            "torch": (sch.Cosine(1.0, 10) * sch.PiecewiseConstant((1.0, 0.1), (4,)))(T8),
            "optax": sch.Cosine(1.0, 10)(T8),
            "keras": sch.Cosine(1.0, 10)(T8),
        },
    ),
    Row(
        "plateau-patience",
        "ReduceLROnPlateau reduces one evaluation earlier or later",
        "Torch reduces when more than `patience` evaluations were bad, Keras and Optax when `patience` were.",
        "patience=3: the rate is cut after the 5th flat evaluation",
        "after the 4th",
        "after the 4th",
        "ReduceOnPlateau as Torch; ReduceOnPlateau.keras, ReduceOnPlateau.optax",
        lambda: {
            "torch": told(sch.ReduceOnPlateau(1.0, 0.1, 3), FLAT),
            "optax": told(sch.ReduceOnPlateau.optax(1.0, 0.1, 3), FLAT),
            "keras": told(sch.ReduceOnPlateau.keras(1.0, 0.1, 3), FLAT),
        },
    ),
    Row(
        "plateau-cooldown",
        "With a cooldown ReduceLROnPlateau reduces the rate more often in one library",
        "In Keras the last evaluation of the cooldown already counts as bad; Torch and Optax differ in the patience.",
        "patience=2, cooldown=3: cuts after evaluations 4, 10, 16",
        "after 3, 8, 13, 18",
        "after 3, 7, 11, 15, 19",
        "ReduceOnPlateau as Torch; .keras and .optax",
        lambda: {
            "torch": told(sch.ReduceOnPlateau(1.0, 0.1, 2, cooldown=3), FLAT),
            "optax": told(sch.ReduceOnPlateau.optax(1.0, 0.1, 2, cooldown=3), FLAT),
            "keras": told(sch.ReduceOnPlateau.keras(1.0, 0.1, 2, cooldown=3), FLAT),
        },
    ),
    Row(
        "restart-growth",
        "Warm restarts come at other updates, with the defaults",
        "Keras doubles the length of each cycle by default, Torch keeps it.",
        "CosineAnnealingWarmRestarts(T_mult=1)",
        "sgdr_schedule: every cycle is listed",
        "CosineDecayRestarts(t_mul=2.0)",
        "CosineRestarts(growth=1)",
        lambda: {
            "torch": sch.CosineRestarts(1.0, 4)(T20),
            "keras": sch.CosineRestarts(1.0, 4, growth=2)(T20),
        },
    ),
    Row(
        "momentum-rate",
        "Momentum SGD overshoots right after the learning rate drops, or the loss is different from that update on",
        "Keras keeps the rate inside the momentum buffer: old, large steps live on after the rate has dropped.",
        "SGD: outside",
        "sgd: outside",
        "SGD: inside",
        "SGD(lr_inside=False); SGD(lr_inside=True) as Keras",
        lambda: {
            "torch": path(opt.SGD(momentum=0.9), RATES),
            "optax": path(opt.SGD(momentum=0.9), RATES),
            "keras": path(opt.SGD(momentum=0.9, lr_inside=True), RATES),
        },
        "weight",
    ),
    Row(
        "rmsprop-momentum",
        "RMSProp with momentum overshoots after a drop of the rate, in Optax and Keras",
        "Optax and Keras keep RMSProp's rate inside the momentum buffer (Optax keeps its sgd's outside).",
        "RMSprop: outside",
        "rmsprop: inside",
        "RMSprop: inside",
        "RMSProp(lr_inside=False); RMSProp(lr_inside=True)",
        lambda: {
            "torch": path(opt.RMSProp(0.9, 1e-8, momentum=0.9), RATES),
            "optax": path(opt.RMSProp(0.9, 1e-8, momentum=0.9, eps_inside=True, lr_inside=True), RATES),
            "keras": path(opt.RMSProp(0.9, 1e-8, momentum=0.9, eps_inside=True, lr_inside=True), RATES),
        },
        "weight",
    ),
    Row(
        "rmsprop-first-step",
        "RMSProp with default values moves three times as far in the first updates in one library",
        "Torch's decay (alpha) is 0.99, so the first step is 10 * lr; the others have 0.9, which gives 3.2 * lr.",
        "RMSprop(alpha=0.99), eps 1e-8 after the root",
        "rmsprop(decay=0.9), eps 1e-8 inside the root",
        "RMSprop(rho=0.9), epsilon 1e-7 inside the root",
        "RMSProp(decay=0.99); RMSProp(decay=0.9, eps_inside=True)",
        lambda: {
            "torch": path(opt.RMSProp()),
            "optax": path(opt.RMSProp(0.9, 1e-8, eps_inside=True)),
            "keras": path(opt.RMSProp(0.9, 1e-7, eps_inside=True)),
        },
        "weight",
    ),
    Row(
        "rmsprop-eps",
        "RMSProp leaves weights with tiny gradients (embeddings, biases) almost unmoved in one library",
        "sqrt(v + eps) with eps = 1e-7 is at least 3e-4; sqrt(v) + eps is not. Small gradients feel it.",
        "sqrt(v) + eps",
        "sqrt(v + eps), eps_in_sqrt=False as Torch",
        "sqrt(v + epsilon)",
        "RMSProp(eps_inside=True) as Optax and Keras",
        lambda: {
            "torch": path(opt.RMSProp(0.9, 1e-7)),
            "optax": path(opt.RMSProp(0.9, 1e-7, eps_inside=True)),
            "keras": path(opt.RMSProp(0.9, 1e-7, eps_inside=True)),
        },
        "weight",
    ),
    Row(
        "adagrad-start",
        "AdaGrad is much slower for small gradients in Keras and Optax",
        "Their sum of squares starts at 0.1, not 0, and eps stands inside the root: small gradients take small steps.",
        "Adagrad: sum from 0, eps 1e-10",
        "adagrad: sum from 0.1, eps 1e-7 inside",
        "Adagrad: sum from 0.1, epsilon 1e-7 inside",
        "AdaGrad(); AdaGrad(initial=0.1, eps=1e-7, eps_inside=True)",
        lambda: {
            "torch": path(opt.AdaGrad(), 1.0, grads=ONE_STEP),
            "optax": path(opt.AdaGrad(1e-7, 0.1, eps_inside=True), 1.0, grads=ONE_STEP),
            "keras": path(opt.AdaGrad(1e-7, 0.1, eps_inside=True), 1.0, grads=ONE_STEP),
        },
        "weight",
    ),
    Row(
        "adam-eps",
        "Adam barely moves weights with tiny gradients at first in Keras, or a large eps behaves differently",
        "Keras adds epsilon before the bias correction, so at the start it is 32 times as large; and its default is 1e-7.",
        "Adam: eps after the correction, 1e-8",
        "adam: eps after the correction, 1e-8",
        "Adam: epsilon before the correction, 1e-7",
        "Adam(); libraries.keras_adam gives each update Keras' eps",
        lambda: {
            "torch": path(opt.Adam(eps=1e-3)),
            "optax": path(opt.Adam(eps=1e-3)),
            "keras": path(opt.Adam(eps=1e-3), now=their.keras_adam),
        },
        "weight",
    ),
    Row(
        "adam-tiny",
        "With gradients around 1e-9 (mixed precision, large batches summed down) Adam stands still in Keras",
        "The same epsilon: with a gradient of 1e-9 and eps 1e-8 the first step is 0.09 lr, in Keras 0.003 lr.",
        "first step 0.0909 lr",
        "first step 0.0909 lr",
        "first step 0.0032 lr",
        "Adam(); libraries.keras_adam",
        lambda: {
            "torch": path(opt.Adam(), 1.0, grads=TINY),
            "optax": path(opt.Adam(), 1.0, grads=TINY),
            "keras": path(opt.Adam(), 1.0, grads=TINY, now=their.keras_adam),
        },
        "weight",
    ),
    Row(
        "amsgrad-max",
        "AMSGrad trains more slowly in Optax from the first updates on",
        "Optax takes the maximum of the corrected v, which is large at the start and then stays; the others of the raw v.",
        "Adam(amsgrad=True): max of v, then corrected",
        "amsgrad: max of the corrected v",
        "Adam(amsgrad=True): max of v, then corrected",
        "AMSGrad(); AMSGrad(corrected_max=True) as Optax",
        lambda: {
            "torch": path(opt.AMSGrad(beta2=0.9)),
            "optax": path(opt.AMSGrad(beta2=0.9, corrected_max=True)),
            "keras": path(opt.AMSGrad(beta2=0.9, eps=1e-8), now=their.keras_adam),
        },
        "weight",
    ),
    Row(
        "nadam-momentum",
        "NAdam's first steps differ by half a learning rate between libraries",
        "The momentum rises slowly in Torch (as in the paper), at once in Keras, and is constant in Optax.",
        "NAdam(momentum_decay=0.004): first step 1.06 lr for a constant gradient",
        "nadam: constant momentum, first step 1.47 lr",
        "Nadam: momentum_decay 1, first step 1.06 lr",
        "NAdam(momentum_decay=0.004); 1.0 as Keras; 1e4 as Optax",
        lambda: {
            "torch": path(opt.NAdam()),
            "optax": path(opt.NAdam(momentum_decay=1e4)),
            "keras": path(opt.NAdam(eps=1e-7, momentum_decay=1.0)),
        },
        "weight",
    ),
    Row(
        "radam-eps",
        "RAdam with a large eps differs between Torch and Optax",
        "Torch's RAdam adds eps to the root of the raw v, Optax's to that of the corrected v.",
        "RAdam: eps before the correction",
        "radam: eps after the correction",
        "has none",
        "RAdam() as Optax; libraries.keras_adam for Torch's eps",
        lambda: {
            "torch": path(opt.RAdam(eps=1e-3), now=their.keras_adam),
            "optax": path(opt.RAdam(eps=1e-3)),
        },
        "weight",
    ),
    Row(
        "adamax-eps",
        "Adamax with a large eps differs between Keras and the others",
        "Torch and Optax add eps inside the maximum, Keras to the maximum.",
        "Adamax: max(beta2 * u, |g| + eps)",
        "adamax: the same",
        "Adamax: u + epsilon",
        "Adamax(); Adamax(eps_outside=True) as Keras",
        lambda: {
            "torch": path(opt.Adamax(eps=1e-3)),
            "optax": path(opt.Adamax(eps=1e-3)),
            "keras": path(opt.Adamax(eps=1e-3, eps_outside=True)),
        },
        "weight",
    ),
    Row(
        "weight-decay",
        "The same weight_decay regularises much more or less in the other library",
        "Torch's SGD, Adam, RMSprop add weight_decay * w to the gradient, so momentum and scaling act on it; Keras never does.",
        "SGD(weight_decay): in the gradient. AdamW: decoupled",
        "add_decayed_weights where you put it. adamw: decoupled",
        "every weight_decay is decoupled, times lr",
        "weight_decay fields are decoupled; libraries.with_l2 puts it into the gradient",
        lambda: {
            "torch": path(opt.SGD(momentum=0.9), l2=0.1),
            "keras": path(opt.SGD(momentum=0.9, weight_decay=0.1)),
        },
        "weight",
    ),
    Row(
        "adamw-default",
        "AdamW regularises 100 times more in one library, without any argument given",
        "The default weight_decay is another one in each.",
        "AdamW(weight_decay=0.01)",
        "adamw(weight_decay=0.0001)",
        "AdamW(weight_decay=0.004)",
        "AdamW(weight_decay=0.01)",
        lambda: {
            "torch": path(opt.AdamW()),
            "optax": path(opt.AdamW(weight_decay=1e-4)),
            "keras": path(opt.AdamW(eps=1e-7, weight_decay=0.004), now=their.keras_adam),
        },
        "weight",
    ),
    Row(
        "adadelta-still",
        "AdaDelta does not learn at all in Keras, with the defaults",
        "AdaDelta needs no rate, so Torch has lr=1; Keras multiplies by 0.001.",
        "Adadelta(lr=1.0, rho=0.9)",
        "adadelta(learning_rate=1.0, rho=0.9)",
        "Adadelta(0.001, rho=0.95)",
        "AdaDelta() with lr=1",
        lambda: {
            "torch": path(opt.AdaDelta(), 1.0),
            "optax": path(opt.AdaDelta(), 1.0),
            "keras": path(opt.AdaDelta(0.95, 1e-7), 0.001),
        },
        "weight",
    ),
    Row(
        "adadelta-climbs",
        "The loss rises from the first update on with optax.adadelta()",
        "Without a learning rate Optax does not turn the sign of the update, so it climbs. Give learning_rate=1.0.",
        "descends",
        "adadelta() without a rate: climbs",
        "descends",
        "AdaDelta() with lr=1; lr=-1 climbs as Optax does",
        lambda: {
            "torch": path(opt.AdaDelta(), 1.0),
            "optax": path(opt.AdaDelta(), -1.0),
        },
        "weight",
    ),
    Row(
        "resume",
        "After a checkpoint is loaded the learning rate starts again, or keeps the old length",
        "In Torch the position is in the scheduler and the rate in the optimizer; both must be saved, and the scheduler made "
        "before optimizer.load_state_dict. Its state_dict brings the old T_max back.",
        "save and load both state_dicts",
        "the count is in opt_state",
        "optimizer.iterations is saved with the model",
        "schedule(t): only t is needed",
    ),
    Row(
        "units",
        "The schedule is over within the first epoch, or has hardly begun at the end",
        "Torch's step_size, T_max and milestones count calls of scheduler.step(), which its pages call epochs; Optax and Keras "
        "count updates. Keras' LearningRateScheduler callback counts epochs.",
        "calls of scheduler.step()",
        "updates",
        "updates (schedules), epochs (callbacks)",
        "updates; epochs(n, steps_per_epoch) converts",
    ),
    Row(
        "restart-missed",
        "A warm restart is missing: the rate is at its minimum where the new cycle should begin",
        "Torch's step(epoch) finds the cycle with a logarithm, which rounding puts just below a whole number: T_0=1, T_mult=3, t=121.",
        "step() is right, step(epoch) misses some",
        "sgdr_schedule lists the cycles",
        "CosineDecayRestarts takes a logarithm too, in float32",
        "CosineRestarts counts in whole numbers",
    ),
    Row(
        "rprop-late",
        "Rprop oscillates and is slower in Optax",
        "Its steps answer to the sign one update late.",
        "Rprop",
        "rprop: one update late",
        "has none",
        "Rprop as Torch",
    ),
    Row(
        "precision",
        "Rates agree to seven digits only",
        "Optax and Keras compute the schedule in float32, Torch and lrlab in float64.",
        "float64",
        "float32",
        "float32",
        "float64",
    ),
)
