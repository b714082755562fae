"""PyTorch: a scheduler object that is stepped after the optimizer."""

from __future__ import annotations

from functools import singledispatch

from .. import optimizers as opt
from .. import schedules as sch
from .snippet import Built, Differs, absent, call, name_of, only_while_constant, same_up_to_eps, short
from .trace import PYTHON, program

LOOP = """\
for inputs, targets in batches:
    loss = loss_function(model(inputs), targets)
    optimizer.zero_grad()
    loss.backward()
{before}    optimizer.step()
{after}"""
STEP = "    scheduler.step()  # after optimizer.step(), once per update\n"


@singledispatch
def native(schedule) -> tuple[float, str | None]:
    """The base rate of the optimizer and torch's own scheduler that gives the same rate at every t."""
    raise Differs(f"torch.optim.lr_scheduler has no class for {name_of(schedule)}")


@native.register
def _(s: sch.Constant):
    return s.lr, None


@native.register
def _(s: sch.StepDecay):
    return s.lr, call("StepLR", "optimizer", step_size=s.every, gamma=s.factor)


@native.register
def _(s: sch.ExponentialDecay):
    if s.end > 0:
        raise Differs("torch's ExponentialLR has no floor")
    if s.staircase:
        return s.lr, call("StepLR", "optimizer", step_size=s.every, gamma=s.factor)
    return s.lr, call("ExponentialLR", "optimizer", gamma=s.factor if s.every == 1 else f"{s.factor} ** (1 / {s.every})")


@native.register
def _(s: sch.Linear):
    if s.start == 0:
        raise Differs("torch's LinearLR refuses start_factor = 0")
    base = max(s.start, s.end)  # LinearLR takes factors of at most 1
    return base, call(
        "LinearLR", "optimizer", start_factor=s.start / base, end_factor=s.end / base, total_iters=s.steps
    )


@native.register
def _(s: sch.Cosine):
    raise Differs("torch's CosineAnnealingLR climbs back after T_max; here the rate stays at its end")


@native.register
def _(s: sch.MultiStep):
    return s.lr, call("MultiStepLR", "optimizer", milestones=list(s.milestones), gamma=s.factor)


@native.register
def _(s: sch.Polynomial):
    if s.end:
        raise Differs("torch's PolynomialLR always ends at 0")
    return s.lr, call("PolynomialLR", "optimizer", total_iters=s.steps, power=s.power)


@native.register
def _(s: sch.CosineRestarts):
    if s.decay != 1:
        raise Differs("torch's CosineAnnealingWarmRestarts does not shrink the peaks")
    if s.growth != int(s.growth):
        raise Differs("torch's CosineAnnealingWarmRestarts takes whole numbers for T_mult")
    growth = int(s.growth)
    return s.lr, call("CosineAnnealingWarmRestarts", "optimizer", T_0=s.period, T_mult=growth, eta_min=s.end)


@native.register
def _(s: sch.Cyclical):
    return s.low, call(
        "CyclicLR",
        "optimizer",
        base_lr=s.low,
        max_lr=s.high,
        step_size_up=s.up,
        step_size_down=s.down,
        mode=repr(s.mode),
        gamma=s.gamma if s.mode == "exp_range" else None,
        cycle_momentum=False,
    )


@native.register
def _(s: sch.OneCycle):
    raise Differs(
        "torch's OneCycleLR has its peak at warmup * steps - 1 and its end at steps - 1, and raises an error after steps"
    )


@native.register
def _(s: sch.RangeTest):
    raise Differs("torch's ExponentialLR goes on rising after the last step of the test")


def compose(schedule):
    raise Differs(
        "torch's SequentialLR and ChainedScheduler make all parts share the optimizer's one base rate "
        f"and cannot write {name_of(schedule)}"
    )


for _composition in (sch.Then, sch.Warmup, sch.Scaled, sch.Product):
    native.register(_composition, compose)


@singledispatch
def build(optimizer, lr, fixed) -> Built:
    """The optimizer as a call. `lr` is program text; `fixed` says that the rate never changes."""
    raise absent(optimizer, "torch")


OTHERWISE = {
    opt.Muon: "torch's Muon rounds to bfloat16 in its iteration, so its steps differ by about 1 %",
    opt.LBFGS: "torch's LBFGS takes a closure, evaluates it several times a step and starts with another rate",
}


@build.register(opt.Muon)
@build.register(opt.LBFGS)
def _(o, lr, fixed):
    raise Differs(OTHERWISE[type(o)])


def make(name, lr, **named):
    return call(f"torch.optim.{name}", "model.parameters()", lr=lr, **named)


@build.register
def _(o: opt.SGD, lr, fixed):
    notes, before = [], ""
    if o.lr_inside and o.momentum:
        notes.append(only_while_constant(fixed, "torch keeps the rate outside the momentum buffer", "Use lr_inside=False."))
    if o.weight_decay:
        notes.append("torch's SGD(weight_decay) adds it to the gradient, inside the momentum buffer: the loop decouples it.")
        before = decoupled(o.weight_decay)
    text = make("SGD", lr, momentum=o.momentum or None, nesterov=o.nesterov or None)
    return Built(text, tuple(notes), before)


def decoupled(weight_decay):
    return (
        "    with torch.no_grad():\n"
        "        for group in optimizer.param_groups:\n"
        '            for parameter in group["params"]:\n'
        f'                parameter.mul_(1 - group["lr"] * {weight_decay})\n'
    )


@build.register
def _(o: opt.AdaGrad, lr, fixed):
    if o.eps_inside and o.eps:
        raise Differs("torch's Adagrad adds eps after the root and has no switch; use eps_inside=False")
    return Built(make("Adagrad", lr, initial_accumulator_value=o.initial or None, eps=o.eps))


@build.register
def _(o: opt.RMSProp, lr, fixed):
    if o.eps_inside and o.eps:
        raise Differs("torch's RMSprop adds eps after the root and has no switch; use eps_inside=False")
    notes = ()
    if o.lr_inside and o.momentum:
        notes = (only_while_constant(fixed, "torch keeps the rate outside the momentum buffer", "Use lr_inside=False."),)
    text = make("RMSprop", lr, alpha=o.decay, eps=o.eps, momentum=o.momentum or None, centered=o.centered or None)
    return Built(text, notes)


@build.register
def _(o: opt.Adam, lr, fixed):
    return Built(make("Adam", lr, betas=(o.beta1, o.beta2), eps=o.eps))


def adam(name, o, lr, **named):
    return make(name, lr, betas=(o.beta1, o.beta2), eps=o.eps, **named)


@build.register
def _(o: opt.AdamW, lr, fixed):
    return Built(adam("AdamW", o, lr, weight_decay=o.weight_decay))


@build.register
def _(o: opt.AMSGrad, lr, fixed):
    if o.corrected_max:
        raise Differs("torch takes the maximum before the bias correction; use corrected_max=False")
    return Built(adam("Adam", o, lr, amsgrad=True))


@build.register
def _(o: opt.Adamax, lr, fixed):
    if o.eps_outside and o.eps:
        raise Differs("torch adds eps inside the maximum; use eps_outside=False")
    return Built(adam("Adamax", o, lr))


@build.register
def _(o: opt.NAdam, lr, fixed):
    return Built(adam("NAdam", o, lr, momentum_decay=o.momentum_decay))


@build.register
def _(o: opt.RAdam, lr, fixed):
    notes = (same_up_to_eps(o, "torch's RAdam adds eps before the bias correction"),) if o.eps else ()
    eps = short(o.eps * (1 - o.beta2) ** 0.5)
    return Built(make("RAdam", lr, betas=(o.beta1, o.beta2), eps=eps), notes)


@build.register
def _(o: opt.AdaDelta, lr, fixed):
    return Built(make("Adadelta", lr, rho=o.decay, eps=o.eps))


@build.register
def _(o: opt.Rprop, lr, fixed):
    if not fixed:
        raise Differs("Rprop takes its first step from lr and never looks at it again, so a schedule would do nothing")
    return Built(make("Rprop", lr, etas=(o.eta_minus, o.eta_plus), step_sizes=(o.min_step, o.max_step)))


def scheduled(schedule, own: bool):
    """(base rate as text, the lines before the optimizer, those after it, notes)."""
    if own:
        base, text = native(schedule)
        return repr(base), "", f"scheduler = torch.optim.lr_scheduler.{text}\n" if text else "", ()
    after = "scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lr)\n"
    return "1.0", program(schedule, PYTHON) + "\n\n\n", after, ("LambdaLR multiplies the optimizer's rate, 1.0, by lr(t).",)


def assemble(schedule, optimizer, own):
    if schedule is None:
        base, before, after, notes = "lr", "lr = 0.001  # your learning rate\n", "", ()
    else:
        base, before, after, notes = scheduled(schedule, own)
    built = build(optimizer, base, not after)
    loop = LOOP.format(before=built.before, after=STEP if after else "")
    return before + f"optimizer = {built.text}\n" + after + "\n" + loop, (*notes, *built.notes), ("torch",)
