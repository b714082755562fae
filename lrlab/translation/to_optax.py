"""Optax: a schedule is a function of the count, an optimizer a chain of transformations."""

from __future__ import annotations

from functools import singledispatch

from .. import optimizers as opt
from .. import schedules as sch
from .snippet import Built, Differs, absent, call, name_of, only_while_constant, same_up_to_eps, share, short
from .trace import JAX, program

LOOP = """\
opt_state = optimizer.init(params)

for batch in batches:
    grads = jax.grad(loss_function)(params, batch)
    updates, opt_state = optimizer.update(grads, opt_state, params){counts}
    params = optax.apply_updates(params, updates)
"""
COUNTS = "  # opt_state counts the updates"


@singledispatch
def native(schedule) -> str:
    """Optax's own schedule that gives the same rate at every t."""
    raise Differs(f"optax.schedules has no function for {name_of(schedule)}")


@native.register
def _(s: sch.Constant):
    return call("optax.constant_schedule", s.lr)


@native.register
def _(s: sch.StepDecay):
    return call(
        "optax.exponential_decay", init_value=s.lr, transition_steps=s.every, decay_rate=s.factor, staircase=True
    )


@native.register
def _(s: sch.ExponentialDecay):
    if s.end and s.factor == 1:
        raise Differs("optax takes end_value for a ceiling when decay_rate is 1")
    return call(
        "optax.exponential_decay",
        init_value=s.lr,
        transition_steps=s.every,
        decay_rate=s.factor,
        staircase=s.staircase or None,
        end_value=s.end or None,
    )


@native.register
def _(s: sch.Linear):
    return call("optax.linear_schedule", init_value=s.start, end_value=s.end, transition_steps=s.steps)


@native.register
def _(s: sch.Cosine):
    return call("optax.cosine_decay_schedule", init_value=s.lr, decay_steps=s.steps, alpha=share(s.end, s.lr))


@native.register
def _(s: sch.MultiStep):
    scales = {at: s.factor ** s.milestones.count(at) for at in sorted(set(s.milestones))}
    return call("optax.piecewise_constant_schedule", init_value=s.lr, boundaries_and_scales=scales)


@native.register
def _(s: sch.PiecewiseConstant):
    parts = ", ".join(call("optax.constant_schedule", value) for value in s.values)
    return call("optax.join_schedules", f"[{parts}]", boundaries=list(s.boundaries))


@native.register
def _(s: sch.Polynomial):
    if s.power != int(s.power):
        raise Differs("optax's polynomial_schedule, compiled in float32, rounds below 0 at the end, and the power is NaN")
    return call(
        "optax.polynomial_schedule", init_value=s.lr, end_value=s.end, power=s.power, transition_steps=s.steps
    )


@native.register
def _(s: sch.CosineRestarts):
    raise Differs("optax's sgdr_schedule takes a list of cycles and ends after the last")


@native.register
def _(s: sch.OneCycle):
    if s.anneal != "cosine":
        raise Differs("optax's linear_onecycle_schedule has three phases")
    if not (0 < s.peak < s.steps and int(s.warmup * s.steps) == s.peak):
        raise Differs("optax's cosine_onecycle_schedule has its peak at a whole update between the first and the last")
    return call(
        "optax.cosine_onecycle_schedule",
        transition_steps=s.steps,
        peak_value=s.lr,
        pct_start=s.warmup,
        div_factor=s.div,
        final_div_factor=s.final_div,
    )


@native.register
def _(s: sch.RangeTest):
    if s.low == s.high:
        return native(sch.Constant(lr=s.low))
    return call(
        "optax.exponential_decay",
        init_value=s.low,
        transition_steps=s.steps,
        decay_rate=f"{s.high} / {s.low}",
        end_value=s.high,
    )


@native.register
def _(s: sch.Then):
    return call("optax.join_schedules", f"[{native(s.first)}, {native(s.second)}]", boundaries=[s.at])


@native.register
def _(s: sch.Warmup):
    if s.shape != "linear":
        raise Differs(f"optax has no {s.shape} warmup")
    if s.steps == 0:
        return native(s.schedule)
    ramp = native(sch.Linear(start=s.start, end=float(s.schedule(0)), steps=s.steps))
    return call("optax.join_schedules", f"[{ramp}, {native(s.schedule)}]", boundaries=[s.steps])


@singledispatch
def build(optimizer, lr, fixed) -> Built:
    """The optimizer as a call. `lr` is program text; `fixed` says that the rate never changes."""
    raise absent(optimizer, "optax")


def chain(*parts):
    return call("optax.chain", *parts)


@build.register
def _(o: opt.SGD, lr, fixed):
    rate = call("optax.scale_by_learning_rate", lr)
    trace = call("optax.trace", o.momentum, nesterov=o.nesterov or None)
    if o.lr_inside and o.momentum:
        if o.weight_decay:
            raise Differs("optax has no transformation that decays the weights after the momentum buffer has the rate inside")
        return Built(chain(rate, trace))
    if o.weight_decay:
        decay = call("optax.add_decayed_weights", o.weight_decay)
        return Built(chain(*([trace] if o.momentum else []), decay, rate))
    return Built(call("optax.sgd", lr, momentum=o.momentum or None, nesterov=o.nesterov or None))


@build.register
def _(o: opt.AdaGrad, lr, fixed):
    notes, eps = (), o.eps
    if o.eps and not o.eps_inside:
        notes, eps = (same_up_to_eps(o, "optax's adagrad adds eps inside the root"),), short(o.eps**2)
    return Built(call("optax.adagrad", lr, initial_accumulator_value=o.initial, eps=eps), notes)


@build.register
def _(o: opt.RMSProp, lr, fixed):
    named = {"decay": o.decay, "eps": o.eps, "eps_in_sqrt": None if o.eps_inside else False}
    if o.lr_inside or not o.momentum:
        return Built(call("optax.rmsprop", lr, **named, centered=o.centered or None, momentum=o.momentum or None))
    scale = call("optax.scale_by_stddev" if o.centered else "optax.scale_by_rms", **named)
    parts = (scale, call("optax.trace", o.momentum), call("optax.scale_by_learning_rate", lr))
    return Built(chain(*parts), ("optax.rmsprop keeps the rate inside the momentum buffer: the chain keeps it outside.",))


def adam(name, o, lr, **named):
    return call(f"optax.{name}", lr, b1=o.beta1, b2=o.beta2, eps=o.eps, **named)


@build.register
def _(o: opt.Adam, lr, fixed):
    return Built(adam("adam", o, lr))


@build.register
def _(o: opt.AdamW, lr, fixed):
    return Built(adam("adamw", o, lr, weight_decay=o.weight_decay))


@build.register
def _(o: opt.AMSGrad, lr, fixed):
    if not o.corrected_max:
        raise Differs("optax takes the maximum after the bias correction; use corrected_max=True")
    return Built(adam("amsgrad", o, lr))


@build.register
def _(o: opt.Adamax, lr, fixed):
    if o.eps_outside and o.eps:
        raise Differs("optax adds eps inside the maximum; use eps_outside=False")
    return Built(adam("adamax", o, lr))


@build.register
def _(o: opt.NAdam, lr, fixed):
    if 0.96**o.momentum_decay > 1e-9:
        raise Differs("optax's nadam has a constant momentum; use NAdam(momentum_decay=1e4), whose momentum is beta1 at once")
    return Built(adam("nadam", o, lr))


@build.register
def _(o: opt.RAdam, lr, fixed):
    return Built(adam("radam", o, lr))


@build.register
def _(o: opt.AdaDelta, lr, fixed):
    return Built(call("optax.adadelta", lr, rho=o.decay, eps=o.eps))


@build.register
def _(o: opt.Rprop, lr, fixed):
    raise Differs("optax's rprop uses the sign of the gradient before: it is one update late")


@build.register
def _(o: opt.AdaBelief, lr, fixed):
    return Built(adam("adabelief", o, lr, eps_root=o.eps))


@build.register
def _(o: opt.Yogi, lr, fixed):
    scale = call("optax.scale_by_yogi", b1=o.beta1, b2=o.beta2, eps=o.eps, initial_accumulator_value=0.0)
    note = "optax.yogi starts both averages at 1e-6, the gradient's too: the chain starts them at 0."
    return Built(chain(scale, call("optax.scale_by_learning_rate", lr)), (note,))


@build.register
def _(o: opt.NovoGrad, lr, fixed):
    return Built(adam("novograd", o, lr, weight_decay=o.weight_decay))


@build.register
def _(o: opt.AdEMAMix, lr, fixed):
    named = {"b1": o.beta1, "b2": o.beta2, "b3": o.beta3, "alpha": o.alpha, "eps": o.eps}
    return Built(call("optax.contrib.ademamix", lr, **named, weight_decay=o.weight_decay))


@build.register
def _(o: opt.ADOPT, lr, fixed):
    return Built(adam("contrib.adopt", o, lr, use_clipping=None if o.clipping else False))


@build.register
def _(o: opt.LAMB, lr, fixed):
    return Built(adam("lamb", o, lr, weight_decay=o.weight_decay), ("A layer is a leaf of params.",))


@build.register
def _(o: opt.DoG, lr, fixed):
    text = call("optax.contrib.dog", lr, init_step=("heuristic", o.r_eps), eps=o.eps)
    return Built(text)


AVERAGE = "Judge the averaged weights: optax.contrib.schedule_free_eval_params(opt_state, params)."


@build.register
def _(o: opt.ScheduleFreeSGD, lr, fixed):
    named = {"b1": o.beta, "weight_decay": o.weight_decay or None, "weight_lr_power": o.power}
    return Built(call("optax.contrib.schedule_free_sgd", lr, **named), (AVERAGE,))


@build.register
def _(o: opt.ScheduleFreeAdamW, lr, fixed):
    named = {"b1": o.beta1, "b2": o.beta2, "eps": o.eps, "weight_decay": o.weight_decay, "weight_lr_power": o.power}
    return Built(call("optax.contrib.schedule_free_adamw", lr, **named), (AVERAGE,))


@build.register
def _(o: opt.SignSGD, lr, fixed):
    decay = [call("optax.add_decayed_weights", o.weight_decay)] if o.weight_decay else []
    mean = [call("optax.ema", o.momentum, debias=False)] if o.momentum else []
    if not decay and not mean:
        return Built(call("optax.sign_sgd", lr))
    return Built(chain(*mean, "optax.scale_by_sign()", *decay, call("optax.scale_by_learning_rate", lr)))


@build.register
def _(o: opt.Lion, lr, fixed):
    return Built(call("optax.lion", lr, b1=o.beta1, b2=o.beta2, weight_decay=o.weight_decay))


def assemble(schedule, optimizer, own):
    fixed = schedule is None or isinstance(schedule, sch.Constant)
    if schedule is None:
        lr, before = "lr", "lr = 0.001  # your learning rate\n"
    elif fixed:
        lr, before = repr(schedule.lr), ""
    else:
        lr = "schedule"
        before = f"schedule = {native(schedule)}\n" if own else program(schedule, JAX, "schedule") + "\n\n\n"
    built = build(optimizer, lr, fixed)
    loop = LOOP.format(counts="" if fixed else COUNTS)
    return before + f"optimizer = {built.text}\n" + loop, built.notes, ("jax", "jax.numpy as jnp", "optax")
