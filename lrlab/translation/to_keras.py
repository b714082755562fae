"""Keras: a schedule is a LearningRateSchedule given to the optimizer, which counts the updates."""

from __future__ import annotations

from functools import singledispatch

from .. import optimizers as opt
from .. import schedules as sch
from .snippet import Built, Differs, absent, call, name_of, only_while_constant, same_up_to_eps, share, short
from .trace import KERAS, program

GENERAL = '''


class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return ops.convert_to_tensor(lr(ops.cast(step, "float32")))

    def get_config(self):
        return {}


schedule = Schedule()
'''
LOOP = """\
model.compile(optimizer=optimizer, loss=loss_function)
model.fit(inputs, targets){counts}
"""
COUNTS = "  # the optimizer counts the updates: batches, not epochs"


@singledispatch
def native(schedule) -> str:
    """Keras' own schedule that gives the same rate at every t."""
    raise Differs(f"keras.optimizers.schedules has no class for {name_of(schedule)}")


def make(name, lr, **named):
    return call(f"keras.optimizers.schedules.{name}", lr, **named)


@native.register
def _(s: sch.StepDecay):
    return make("ExponentialDecay", s.lr, decay_steps=s.every, decay_rate=s.factor, staircase=True)


@native.register
def _(s: sch.ExponentialDecay):
    if s.end:
        raise Differs("Keras' ExponentialDecay has no floor")
    return make("ExponentialDecay", s.lr, decay_steps=s.every, decay_rate=s.factor, staircase=s.staircase or None)


@native.register
def _(s: sch.Linear):
    return make("PolynomialDecay", s.start, decay_steps=s.steps, end_learning_rate=s.end, power=1.0)


@native.register
def _(s: sch.Cosine):
    return make("CosineDecay", s.lr, decay_steps=s.steps, alpha=share(s.end, s.lr))


@native.register
def _(s: sch.MultiStep):
    milestones = sorted(set(s.milestones))
    rates = [float(s(at)) for at in milestones]
    return piecewise(milestones, [s.lr, *rates])


@native.register
def _(s: sch.PiecewiseConstant):
    return piecewise(s.boundaries, s.values)


def piecewise(boundaries, values):
    if not boundaries or len(set(boundaries)) < len(boundaries):
        raise Differs("Keras' PiecewiseConstantDecay needs boundaries, each once")
    late = "[" + ", ".join(f"{at} - 1" for at in boundaries) + "]"  # Keras still uses the old value at step = boundary
    return call("keras.optimizers.schedules.PiecewiseConstantDecay", boundaries=late, values=list(values))


@native.register
def _(s: sch.InverseTime):
    return make("InverseTimeDecay", s.lr, decay_steps=s.every, decay_rate=s.rate, staircase=s.staircase or None)


@native.register
def _(s: sch.Polynomial):
    return make("PolynomialDecay", s.lr, decay_steps=s.steps, end_learning_rate=s.end, power=s.power)


@native.register
def _(s: sch.CosineRestarts):
    if s.growth != 1:
        raise Differs("Keras' CosineDecayRestarts finds the cycle with a logarithm in float32, which may round to the wrong one")
    return make(
        "CosineDecayRestarts", s.lr, first_decay_steps=s.period, t_mul=1.0, m_mul=s.decay, alpha=share(s.end, s.lr)
    )


@native.register
def _(s: sch.RangeTest):
    raise Differs("Keras' ExponentialDecay goes on rising after the last step of the test")


@native.register
def _(s: sch.Warmup):
    inner = s.schedule
    if not isinstance(inner, sch.Cosine) or s.shape != "linear" or s.steps == 0:
        raise Differs("Keras warms up CosineDecay alone, in a straight line")
    return make(
        "CosineDecay",
        s.start,
        decay_steps=inner.steps,
        alpha=share(inner.end, inner.lr),
        warmup_target=inner.lr,
        warmup_steps=s.steps,
    )


def compose(schedule):
    raise Differs(f"Keras has no operator for {name_of(schedule)}")


for _composition in (sch.Then, sch.Scaled, sch.Product):
    native.register(_composition, compose)


@singledispatch
def build(optimizer, lr, fixed) -> Built:
    """The optimizer as a call. `lr` is program text; `fixed` says that the rate never changes."""
    raise absent(optimizer, "keras")


def keras(name, lr, **named):
    return call(f"keras.optimizers.{name}", lr, **named)


@build.register
def _(o: opt.SGD, lr, fixed):
    notes = []
    if o.momentum and not o.lr_inside:
        notes.append(
            only_while_constant(
                fixed, "Keras keeps the rate inside the momentum buffer", "SGD(lr_inside=True) is what Keras does."
            )
        )
    text = keras(
        "SGD", lr, momentum=o.momentum or None, nesterov=o.nesterov or None, weight_decay=o.weight_decay or None
    )
    return Built(text, tuple(notes))


@build.register
def _(o: opt.AdaGrad, lr, fixed):
    notes, epsilon = (), o.eps
    if o.eps and not o.eps_inside:
        notes, epsilon = (same_up_to_eps(o, "Keras' Adagrad adds epsilon inside the root"),), short(o.eps**2)
    return Built(keras("Adagrad", lr, initial_accumulator_value=o.initial, epsilon=epsilon), notes)


@build.register
def _(o: opt.RMSProp, lr, fixed):
    notes, epsilon = [], o.eps
    if o.eps and not o.eps_inside:
        notes.append(same_up_to_eps(o, "Keras' RMSprop adds epsilon inside the root"))
        epsilon = short(o.eps**2)
    if o.momentum and not o.lr_inside:
        why = "Keras' RMSprop keeps the rate inside the momentum buffer"
        notes.append(only_while_constant(fixed, why, "RMSProp(lr_inside=True) is what Keras does."))
    text = keras(
        "RMSprop", lr, rho=o.decay, momentum=o.momentum or None, epsilon=epsilon, centered=o.centered or None
    )
    return Built(text, tuple(notes))


def hat(o):
    """Keras' epsilon for an Adam: (epsilon, notes). It is exact in the first update and smaller later."""
    if not o.eps:
        return 0.0, ()
    return short(o.eps * (1 - o.beta2) ** 0.5), (same_up_to_eps(o, "Keras adds epsilon before the bias correction"),)


@build.register
def _(o: opt.Adam, lr, fixed):
    epsilon, notes = hat(o)
    return Built(keras("Adam", lr, beta_1=o.beta1, beta_2=o.beta2, epsilon=epsilon), notes)


@build.register
def _(o: opt.AdamW, lr, fixed):
    epsilon, notes = hat(o)
    return Built(keras("AdamW", lr, beta_1=o.beta1, beta_2=o.beta2, epsilon=epsilon, weight_decay=o.weight_decay), notes)


@build.register
def _(o: opt.AMSGrad, lr, fixed):
    if o.corrected_max:
        raise Differs("Keras takes the maximum before the bias correction; use corrected_max=False")
    epsilon, notes = hat(o)
    return Built(keras("Adam", lr, beta_1=o.beta1, beta_2=o.beta2, epsilon=epsilon, amsgrad=True), notes)


@build.register
def _(o: opt.Adamax, lr, fixed):
    outside = o.eps_outside or not o.eps
    notes = () if outside else (same_up_to_eps(o, "Keras' Adamax adds epsilon to the maximum, not inside it"),)
    return Built(keras("Adamax", lr, beta_1=o.beta1, beta_2=o.beta2, epsilon=o.eps), notes)


@build.register
def _(o: opt.NAdam, lr, fixed):
    if o.momentum_decay != 1:
        raise Differs("Keras' Nadam has momentum_decay=1, fixed; use NAdam(momentum_decay=1)")
    return Built(keras("Nadam", lr, beta_1=o.beta1, beta_2=o.beta2, epsilon=o.eps))


@build.register
def _(o: opt.AdaDelta, lr, fixed):
    return Built(keras("Adadelta", lr, rho=o.decay, epsilon=o.eps))


@build.register
def _(o: opt.Lion, lr, fixed):
    return Built(keras("Lion", lr, beta_1=o.beta1, beta_2=o.beta2, weight_decay=o.weight_decay or None))


def assemble(schedule, optimizer, own):
    fixed = schedule is None or isinstance(schedule, sch.Constant)
    if schedule is None:
        lr, before = "lr", "lr = 0.001  # your learning rate\n"
    elif fixed:
        lr, before = repr(schedule.lr), ""
    else:
        lr = "schedule"
        before = f"schedule = {native(schedule)}\n" if own else program(schedule, KERAS) + GENERAL
    built = build(optimizer, lr, fixed)
    loop = LOOP.format(counts="" if fixed else COUNTS)
    return before + f"optimizer = {built.text}\n" + loop, built.notes, ("keras", "keras.ops as ops")
