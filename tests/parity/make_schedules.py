"""Write schedules.json and feedback.json: rates of the schedules of Torch, Optax and Keras, and of their feedback schedules.

    KERAS_BACKEND=numpy JAX_ENABLE_X64=1 python tests/parity/make_schedules.py          (with the extra `peers`)

Each case says which of lrlab's schedules it is (as text to evaluate), what made it, and the rates at t = 0, 1, 2, ...
"""

from __future__ import annotations

import os
import warnings

os.environ.setdefault("KERAS_BACKEND", "numpy")
os.environ.setdefault("JAX_ENABLE_X64", "1")

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
import optax  # noqa: E402
import torch  # noqa: E402
from store import save  # noqa: E402
from torch.optim import lr_scheduler  # noqa: E402

LONG = 60


def torch_rates(lr, make, updates=LONG, field="lr"):
    """The rate (or momentum) of each update, with scheduler.step() after it."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr, momentum=0.9)
    scheduler = make(optimizer)
    rates = []
    for _ in range(updates):
        rates.append(float(optimizer.param_groups[0][field]))
        optimizer.step()
        scheduler.step()
    return rates


def torch_cases():
    s = lr_scheduler

    def case(ours, made, lr, make, updates=LONG, field="lr"):
        return {"library": "torch", "ours": ours, "made": made, "rates": torch_rates(lr, make, updates, field)}

    yield case("StepDecay(lr=0.8, every=7, factor=0.3)", "StepLR(7, gamma=0.3)", 0.8, lambda o: s.StepLR(o, 7, gamma=0.3))
    for stones, factor in (((5, 20, 20, 33), 0.5), ((12, 3), 0.1)):
        yield case(
            f"MultiStep(lr=0.2, milestones={stones}, factor={factor})", f"MultiStepLR({stones}, gamma={factor})", 0.2,
            lambda o: s.MultiStepLR(o, stones, gamma=factor),
        )  # fmt: skip
    yield case("ExponentialDecay(lr=0.3, factor=0.93)", "ExponentialLR(0.93)", 0.3, lambda o: s.ExponentialLR(o, 0.93))
    for power in (1.0, 2.0, 0.5):
        yield case(
            f"Polynomial(lr=0.4, steps=45, power={power})", f"PolynomialLR(45, power={power})", 0.4,
            lambda o: s.PolynomialLR(o, 45, power=power),
        )  # fmt: skip
    yield case("Linear(start=0.1, end=0.35, steps=17)", "LinearLR(0.2, 0.7, 17) of 0.5", 0.5, lambda o: s.LinearLR(o, 0.2, 0.7, 17))
    for end in (0.0, 0.03):
        yield case(
            f"Cosine(lr=0.25, steps=40, end={end})", f"CosineAnnealingLR(40, eta_min={end}), first 41", 0.25,
            lambda o: s.CosineAnnealingLR(o, 40, eta_min=end), updates=41,
        )  # fmt: skip
    for period, growth, end in ((10, 1, 0.0), (4, 2, 0.01), (1, 3, 0.0), (7, 3, 0.02), (1, 1, 0.0)):
        yield case(
            f"CosineRestarts(lr=0.5, period={period}, growth={growth}, end={end})",
            f"CosineAnnealingWarmRestarts({period}, T_mult={growth}, eta_min={end})", 0.5,
            lambda o: s.CosineAnnealingWarmRestarts(o, period, T_mult=growth, eta_min=end), updates=401 if growth == 3 else LONG,
        )  # fmt: skip
    for mode, gamma, up, down in (
        ("triangular", 1.0, 8, None), ("triangular", 1.0, 5, 11), ("triangular2", 1.0, 9, 4), ("triangular2", 1.0, 6, None),
        ("exp_range", 0.97, 6, 3), ("exp_range", 0.99, 10, None),
    ):  # fmt: skip
        yield case(
            f"Cyclical(low=0.02, high=0.3, up={up}, down={down}, mode={mode!r}, gamma={gamma})",
            f"CyclicLR(0.02, 0.3, {up}, {down}, {mode!r}, gamma={gamma})", 0.02,
            lambda o: s.CyclicLR(o, 0.02, 0.3, up, down, mode=mode, gamma=gamma),
        )  # fmt: skip
    yield case(
        "Cyclical(low=0.9, high=0.8, up=6, down=3)", "the momentum of CyclicLR(0.02, 0.3, 6, 3)", 0.02,
        lambda o: s.CyclicLR(o, 0.02, 0.3, 6, 3), field="momentum",
    )  # fmt: skip
    for total, pct, div, final, anneal in (
        (50, 0.3, 25.0, 1e4, "cos"), (60, 0.25, 10.0, 100.0, "cos"), (40, 0.45, 5.0, 30.0, "linear"), (50, 0.3, 25.0, 1e4, "linear"),
    ):  # fmt: skip
        # torch spans one update less: both its ends count from t = total - 1
        shape = "cosine" if anneal == "cos" else anneal
        ours = f"OneCycle(lr=0.6, steps={total - 1}, warmup={(pct * total - 1) / (total - 1)!r}, div={div}, final_div={final}, anneal={shape!r})"
        made = f"OneCycleLR(0.6, {total}, pct_start={pct}, div_factor={div}, final_div_factor={final}, anneal_strategy={anneal!r})"
        make = lambda o: s.OneCycleLR(  # noqa: E731
            o, 0.6, total, pct_start=pct, div_factor=div, final_div_factor=final, anneal_strategy=anneal
        )
        yield case(ours, made, 0.6, make, updates=total)
        yield case(f"{ours}.momentum()", f"the momentum of {made}", 0.6, make, updates=total, field="momentum")
    yield case(
        "Interpolate(values=(0.02, 0.5, 0.02, 0.0002), knots=(0, 11, 22, 39), shape='cosine')",
        "OneCycleLR(0.5, 40, three_phase=True, final_div_factor=100)", 0.5,
        lambda o: s.OneCycleLR(o, 0.5, 40, pct_start=0.3, three_phase=True, final_div_factor=100.0), updates=40,
    )  # fmt: skip
    yield case(
        "Cosine(lr=0.4, steps=30).warmup(8, start=0.04)", "SequentialLR of LinearLR(0.1, 1, 8) and CosineAnnealingLR(30)", 0.4,
        lambda o: s.SequentialLR(o, [s.LinearLR(o, 0.1, 1.0, 8), s.CosineAnnealingLR(o, 30)], [8]), updates=38,
    )  # fmt: skip
    yield case(
        "Constant(lr=0.06).then(ExponentialDecay(lr=0.2, factor=0.9), at=5)", "SequentialLR of ConstantLR(0.3) and ExponentialLR(0.9)",
        0.2, lambda o: s.SequentialLR(o, [s.ConstantLR(o, 0.3, 99), s.ExponentialLR(o, 0.9)], [5]),
    )  # fmt: skip
    yield case(
        "StepDecay(lr=0.7, every=9, factor=0.5) * ExponentialDecay(lr=1.0, factor=0.97)", "ChainedScheduler of StepLR and ExponentialLR",
        0.7, lambda o: s.ChainedScheduler([s.StepLR(o, 9, gamma=0.5), s.ExponentialLR(o, 0.97)]),
    )  # fmt: skip
    yield case(
        "Function(lr=0.3, f=lambda t: 1 / (1 + t // 7))", "LambdaLR(lambda t: 1 / (1 + t // 7))", 0.3,
        lambda o: s.LambdaLR(o, lambda t: 1 / (1 + t // 7)),
    )  # fmt: skip
    yield case(
        "InverseSqrt(lr=0.2, warmup=12)", "LambdaLR of the formula of transformers", 0.2,
        lambda o: s.LambdaLR(o, lambda t: t / 12 if t < 12 else 1 / ((t - 12 + 12) / 12) ** 0.5),
    )  # fmt: skip
    yield case(
        "InverseSqrt(lr=0.2, warmup=12, timescale=40)", "LambdaLR of the formula of transformers, timescale 40", 0.2,
        lambda o: s.LambdaLR(o, lambda t: t / 12 if t < 12 else 1 / ((t + 28) / 40) ** 0.5),
    )  # fmt: skip


def torch_differences():
    s = lr_scheduler
    yield {
        "library": "torch", "made": "CosineAnnealingLR(20), 60 updates",
        "rates": torch_rates(0.5, lambda o: s.CosineAnnealingLR(o, 20)), "pinned": "climbs back after T_max",
    }  # fmt: skip
    yield {
        "library": "torch", "made": "OneCycleLR(1.0, 20)", "rates": torch_rates(1.0, lambda o: s.OneCycleLR(o, 1.0, 20), updates=20),
        "pinned": "peak one update early, end at total - 1",
    }  # fmt: skip


def optax_cases():
    def case(ours, made, schedule, updates=LONG, **more):
        return {"library": "optax", "ours": ours, "made": made, "rates": [float(schedule(jnp.asarray(t))) for t in range(updates)], **more}

    yield case("Constant(lr=0.3)", "constant_schedule(0.3)", lambda t: optax.constant_schedule(0.3)(t), updates=3)
    for power, end in ((1.0, 0.01), (3.0, 0.0), (0.5, 0.1)):
        yield case(
            f"Polynomial(lr=0.4, steps=45, power={power}, end={end})", f"polynomial_schedule(0.4, {end}, {power}, 45)",
            optax.polynomial_schedule(0.4, end, power, 45),
        )  # fmt: skip
    yield case("Linear(start=0.05, end=0.5, steps=33)", "linear_schedule(0.05, 0.5, 33)", optax.linear_schedule(0.05, 0.5, 33))
    yield case(
        "MultiStep(lr=0.2, milestones=(5, 20, 33), factor=0.3)", "piecewise_constant_schedule(0.2, {5: 0.3, 20: 0.3, 33: 0.3})",
        lambda t: optax.piecewise_constant_schedule(0.2, {5: 0.3, 20: 0.3, 33: 0.3})(t),
    )  # fmt: skip
    for stairs, end in ((True, None), (False, None), (False, 0.05), (True, 0.05)):
        floor = f", end={end}" if end else ""
        yield case(
            f"ExponentialDecay(lr=0.4, factor=0.5, every=12, staircase={stairs}{floor})",
            f"exponential_decay(0.4, 12, 0.5, staircase={stairs}, end_value={end})",
            optax.exponential_decay(0.4, 12, 0.5, staircase=stairs, end_value=end),
        )  # fmt: skip
    for alpha in (0.0, 0.1):
        yield case(
            f"Cosine(lr=0.5, steps=44, end={0.5 * alpha})", f"cosine_decay_schedule(0.5, 44, alpha={alpha})",
            optax.cosine_decay_schedule(0.5, 44, alpha=alpha),
        )  # fmt: skip
    for total, pct, div, final in ((50, 0.3, 25.0, 1e4), (40, 0.25, 10.0, 100.0)):
        yield case(
            f"OneCycle(lr=0.6, steps={total}, warmup={pct}, div={div}, final_div={final})",
            f"cosine_onecycle_schedule({total}, 0.6, {pct}, {div}, {final})",
            optax.cosine_onecycle_schedule(total, 0.6, pct, div, final),
        )  # fmt: skip
    yield case(
        "Interpolate(values=(0.024, 0.6, 0.024, 0.0000024), knots=(0, 12, 34, 40))", "linear_onecycle_schedule(40, 0.6)",
        optax.linear_onecycle_schedule(40, 0.6),
    )  # fmt: skip
    for shape in ("linear", "cosine"):
        yield case(
            f"Interpolate(values=(0.2, 0.8, 0.08, 0.04), knots=(0, 8, 31, 50), shape={shape!r})",
            f"piecewise_interpolate_schedule({shape!r}, 0.2, {{8: 4.0, 31: 0.1, 50: 0.5}})",
            optax.piecewise_interpolate_schedule(shape, 0.2, {8: 4.0, 31: 0.1, 50: 0.5}),
        )  # fmt: skip
    yield case(
        "Cosine(lr=0.5, steps=35, end=0.02).warmup(10, start=0.1)", "warmup_cosine_decay_schedule(0.1, 0.5, 10, 45, 0.02)",
        optax.warmup_cosine_decay_schedule(0.1, 0.5, 10, 45, 0.02),
    )  # fmt: skip
    yield case(
        "ExponentialDecay(lr=0.5, factor=0.6, every=9, end=0.04).warmup(10)", "warmup_exponential_decay_schedule(0, 0.5, 10, 9, 0.6, end_value=0.04)",
        optax.warmup_exponential_decay_schedule(0.0, 0.5, 10, 9, 0.6, end_value=0.04),
    )  # fmt: skip
    cycles = [{"init_value": 0.5 * 0.8**k, "peak_value": 0.5 * 0.8**k, "warmup_steps": 0, "decay_steps": 5 * 2**k} for k in range(4)]
    yield case("CosineRestarts(lr=0.5, period=5, growth=2, decay=0.8)", "sgdr_schedule of 4 cycles", optax.sgdr_schedule(cycles), updates=74)
    parts = [optax.linear_schedule(0.0, 0.3, 8), optax.constant_schedule(0.3), optax.linear_schedule(0.3, 0.03, 12)]
    yield case(
        "WSD(lr=0.3, steps=50, warmup=8, cooldown=12, end=0.03)", "join_schedules of linear, constant, linear at 8 and 38",
        optax.join_schedules(parts, [8, 38]),
    )  # fmt: skip
    parts = [optax.linear_schedule(0.0, 0.3, 8), optax.constant_schedule(0.3), optax.cosine_decay_schedule(0.3, 12, alpha=0.1)]
    yield case(
        "WSD(lr=0.3, steps=50, warmup=8, cooldown=12, shape='cosine', end=0.03)", "join_schedules of linear, constant, cosine at 8 and 38",
        optax.join_schedules(parts, [8, 38]),
    )  # fmt: skip
    sweep = optax.exponential_decay(1e-4, 40, 1e4, end_value=1.0)
    yield case("RangeTest(low=1e-4, high=1.0, steps=40)", "exponential_decay(1e-4, 40, 1e4, end_value=1.0)", sweep)


def keras_cases():
    k = keras.optimizers.schedules

    def case(ours, made, schedule, updates=LONG, **more):
        rates = [float(keras.ops.convert_to_numpy(schedule(t))) for t in range(updates)]
        return {"library": "keras", "ours": ours, "made": made, "rates": rates, **more}

    for stairs in (False, True):
        yield case(
            f"ExponentialDecay(lr=0.4, factor=0.5, every=12, staircase={stairs})", f"ExponentialDecay(0.4, 12, 0.5, {stairs})",
            k.ExponentialDecay(0.4, 12, 0.5, stairs),
        )  # fmt: skip
        yield case(
            f"InverseTime(lr=0.4, rate=0.7, every=9, staircase={stairs})", f"InverseTimeDecay(0.4, 9, 0.7, {stairs})",
            k.InverseTimeDecay(0.4, 9, 0.7, stairs),
        )  # fmt: skip
    for power, end in ((1.0, 1e-4), (2.5, 0.02)):
        yield case(
            f"Polynomial(lr=0.4, steps=45, power={power}, end={end})", f"PolynomialDecay(0.4, 45, {end}, {power})",
            k.PolynomialDecay(0.4, 45, end, power),
        )  # fmt: skip
    for alpha in (0.0, 0.2):
        yield case(f"Cosine(lr=0.5, steps=44, end={0.5 * alpha})", f"CosineDecay(0.5, 44, {alpha})", k.CosineDecay(0.5, 44, alpha))
    yield case(
        "Cosine(lr=0.5, steps=35, end=0.05).warmup(10, start=0.1)", "CosineDecay(0.1, 35, 0.1, warmup_target=0.5, warmup_steps=10)",
        k.CosineDecay(0.1, 35, 0.1, warmup_target=0.5, warmup_steps=10),
    )  # fmt: skip
    for period, growth, decay, alpha in ((10, 2.0, 1.0, 0.0), (6, 1.0, 0.8, 0.1), (8, 1.5, 0.7, 0.2), (7, 2.0, 0.5, 0.1)):
        yield case(
            f"CosineRestarts(lr=0.5, period={period}, growth={growth}, decay={decay}, end={0.5 * alpha})",
            f"CosineDecayRestarts(0.5, {period}, {growth}, {decay}, {alpha})", k.CosineDecayRestarts(0.5, period, growth, decay, alpha),
        )  # fmt: skip
    yield case(
        "PiecewiseConstant(values=(0.5, 0.2, 0.1), boundaries=(11, 31))", "PiecewiseConstantDecay([10, 30], [0.5, 0.2, 0.1])",
        k.PiecewiseConstantDecay([10, 30], [0.5, 0.2, 0.1]),
    )  # fmt: skip


def traces():
    """Losses with falls, plateaus, noise and a number that is none."""
    rng = np.random.default_rng(3)
    falling = np.concatenate([np.linspace(2.0, 1.0, 8), np.full(17, 1.0), np.linspace(1.0, 0.8, 5), np.full(20, 0.8)])
    return {
        "flat": np.ones(30),
        "falling and flat": falling,
        "noisy": 1.0 + 0.5 / (1.0 + np.arange(60)) + 0.05 * rng.standard_normal(60),
        "small falls": 1.0 - 5e-5 * np.arange(40),
        "negative": -1.0 - 0.01 * (np.arange(40) % 7),
    }


def torch_plateau(losses, lr, **options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    # eps=0: every cut counts, however small
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, eps=0.0, **options)
    rates = []
    for loss in losses:
        scheduler.step(loss)
        rates.append(optimizer.param_groups[0]["lr"])
    return rates


def keras_plateau(losses, lr, **options):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.optimizer = keras.optimizers.SGD(lr)
    callback = keras.callbacks.ReduceLROnPlateau(monitor="loss", **options)
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, loss in enumerate(losses):
        callback.on_epoch_end(epoch, {"loss": loss})
        rates.append(float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)))
    return rates


def optax_plateau(losses, lr, **options):
    transform = optax.contrib.reduce_on_plateau(**options)

    def observe(state, loss):
        _, state = transform.update(jnp.zeros(1), state, value=loss)
        return state, state.scale

    _, scales = jax.lax.scan(observe, transform.init(jnp.zeros(1)), jnp.asarray(losses))
    return [lr * float(scale) for scale in scales]


def plateau_cases():
    settings = (
        {"factor": 0.5, "patience": 3}, {"factor": 0.5, "patience": 2, "cooldown": 3}, {"factor": 0.3, "patience": 1, "cooldown": 1},
        {"factor": 0.1, "patience": 4, "floor": 0.02},
    )  # fmt: skip
    for trace, losses in traces().items():
        for one in settings:
            rest = {key: value for key, value in one.items() if key != "floor"}
            floor = one.get("floor", 0.0)
            base = {"trace": trace, "losses": losses}
            text = ", ".join(f"{key}={value}" for key, value in rest.items())
            yield base | {
                "library": "torch", "ours": f"ReduceOnPlateau(lr=0.5, {text}, end={floor})",
                "rates": torch_plateau(losses, 0.5, min_lr=floor, **rest),
            }  # fmt: skip
            yield base | {
                "library": "torch", "ours": f"ReduceOnPlateau(lr=0.5, {text}, end={floor}, threshold=0, margin=0.02)",
                "rates": torch_plateau(losses, 0.5, min_lr=floor, threshold_mode="abs", threshold=0.02, **rest),
            }  # fmt: skip
            yield base | {
                "library": "keras", "ours": f"ReduceOnPlateau.keras(lr=0.5, {text}, min_lr={floor})",
                "rates": keras_plateau(losses, 0.5, min_lr=floor, **rest),
            }  # fmt: skip
            for atol in (0.0, 0.01):
                yield base | {
                    "library": "optax", "ours": f"ReduceOnPlateau.optax(lr=0.5, {text}, min_scale={2 * floor}, atol={atol})",
                    "rates": optax_plateau(losses, 0.5, min_scale=2 * floor, atol=atol, **rest),
                }  # fmt: skip


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    save("schedules", [*torch_cases(), *torch_differences(), *optax_cases(), *keras_cases()])
    save("feedback", list(plateau_cases()))
