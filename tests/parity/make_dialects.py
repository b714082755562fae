"""The numbers behind the table of dialects, from the libraries themselves. Run with the `peers` extra:

    KERAS_BACKEND=jax python tests/parity/make_dialects.py
"""

import contextlib
import os
import warnings

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
warnings.simplefilter("ignore")

import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import torch
from store import save

from lrlab.libraries.rows import FLAT, ONE_STEP, RATES, ROWS, T20, TINY, gradients


def torch_rates(make, count=8, lr=1.0, change=None, step_first=False):
    """The rates that the updates use, of a scheduler made for an optimizer of this rate."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler, rates = make(optimizer), []
    for t in range(count):
        if step_first:
            scheduler.step()
        if t == change:
            optimizer.param_groups[0]["lr"] *= 0.1
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if not step_first:
            scheduler.step()
    return np.array(rates)


def optax_rates(schedule, count=8):
    return np.array([float(schedule(t)) for t in range(count)])


keras_rates = optax_rates


def torch_path(make, rates=0.1, grads=None):
    grads = gradients() if grads is None else grads
    w = torch.nn.Parameter(torch.ones(grads.shape[1], dtype=torch.float64))
    optimizer, path = make([w]), []
    for lr, grad in zip(np.broadcast_to(rates, len(grads)), grads):
        optimizer.param_groups[0]["lr"] = float(lr)
        w.grad = torch.tensor(grad)
        optimizer.step()
        path.append(w.detach().numpy().copy())
    return np.array(path)


def optax_path(make, rates=0.1, grads=None):
    grads = gradients() if grads is None else grads
    with jax.enable_x64(True):
        rates = jnp.asarray(np.broadcast_to(rates, len(grads)))
        w = jnp.ones(grads.shape[1])
        optimizer = make(lambda count: rates[count])
        state, path = optimizer.init(w), []
        for grad in grads:
            updates, state = optimizer.update(jnp.asarray(grad), state, w)
            w = optax.apply_updates(w, updates)
            path.append(np.asarray(w))
    return np.array(path)


@contextlib.contextmanager
def keras_in_float64():
    with jax.enable_x64(True):
        keras.config.set_floatx("float64")
        yield
    keras.config.set_floatx("float32")


def keras_path(make, rates=0.1, grads=None):
    grads = gradients() if grads is None else grads
    with keras_in_float64():
        w = keras.Variable(np.ones(grads.shape[1]), dtype="float64")
        optimizer, path = make(0.1), []
        optimizer.build([w])
        for lr, grad in zip(np.broadcast_to(rates, len(grads)), grads):
            optimizer.learning_rate = float(lr)
            optimizer.apply([keras.ops.convert_to_tensor(grad, "float64")], [w])
            path.append(np.array(w.numpy()))
    return np.array(path)


def torch_plateau(**options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler, rates = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.1, eps=0, **options), []
    for loss in FLAT:
        scheduler.step(loss)
        rates.append(optimizer.param_groups[0]["lr"])
    return np.array(rates)


def optax_plateau(**options):
    with jax.enable_x64(True):
        transform, rates = optax.contrib.reduce_on_plateau(factor=0.1, **options), []
        state = transform.init(jnp.zeros(1))
        for loss in FLAT:
            _, state = transform.update(jnp.zeros(1), state, value=jnp.asarray(loss))
            rates.append(float(state.scale))
    return np.array(rates)


def keras_plateau(**options):
    with keras_in_float64():
        model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
        model.compile(optimizer=keras.optimizers.SGD(1.0), loss="mse")
        callback, rates = keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.1, **options), []
        callback.set_model(model)
        callback.on_train_begin()
        for epoch, loss in enumerate(FLAT):
            callback.on_epoch_end(epoch, {"loss": loss})
            rates.append(float(np.asarray(model.optimizer.learning_rate)))
    return np.array(rates)


S, O = torch.optim.lr_scheduler, torch.optim  # noqa: E741
K, M = keras.optimizers.schedules, keras.optimizers

THEIRS = {
    "after-the-end": {
        "torch": lambda: torch_rates(lambda o: S.CosineAnnealingLR(o, 4)),
        "optax": lambda: optax_rates(optax.cosine_decay_schedule(1.0, 4)),
        "keras": lambda: keras_rates(K.CosineDecay(1.0, 4)),
    },
    "boundary": {
        "torch": lambda: torch_rates(lambda o: S.MultiStepLR(o, [3], 0.1)),
        "optax": lambda: optax_rates(optax.piecewise_constant_schedule(1.0, {3: 0.1})),
        "keras": lambda: keras_rates(K.PiecewiseConstantDecay([3], [1.0, 0.1])),
    },
    "one-cycle-peak": {
        "torch": lambda: torch_rates(lambda o: S.OneCycleLR(o, 1.0, 20, cycle_momentum=False), count=20),
        "optax": lambda: optax_rates(optax.cosine_onecycle_schedule(20, 1.0), count=20),
    },
    "first-update": {
        "torch": lambda: torch_rates(lambda o: S.LinearLR(o, total_iters=4)),
        "optax": lambda: optax_rates(optax.warmup_constant_schedule(0.0, 1.0, 4)),
        "keras": lambda: keras_rates(K.CosineDecay(0.0, 10**6, warmup_target=1.0, warmup_steps=4)),
    },
    "decay-steps": {
        "optax": lambda: optax_rates(optax.warmup_cosine_decay_schedule(0.0, 1.0, 2, 6)),
        "keras": lambda: keras_rates(K.CosineDecay(0.0, 6, warmup_target=1.0, warmup_steps=2)),
    },
    "floor": {
        "torch": lambda: torch_rates(lambda o: S.PolynomialLR(o, 6), lr=1e-3),
        "optax": lambda: optax_rates(optax.polynomial_schedule(1e-3, 0.0, 1, 6)),
        "keras": lambda: keras_rates(K.PolynomialDecay(1e-3, 6)),
    },
    "alpha": {
        "torch": lambda: torch_rates(lambda o: S.CosineAnnealingLR(o, 7, eta_min=0.1), lr=0.5),
        "optax": lambda: optax_rates(optax.cosine_decay_schedule(0.5, 7, alpha=0.1)),
        "keras": lambda: keras_rates(K.CosineDecay(0.5, 7, alpha=0.1)),
    },
    "exponential-unit": {
        "torch": lambda: torch_rates(lambda o: S.ExponentialLR(o, 0.5)),
        "optax": lambda: optax_rates(optax.exponential_decay(1.0, 4, 0.5)),
        "keras": lambda: keras_rates(K.ExponentialDecay(1.0, 4, 0.5)),
    },
    "order": {
        "torch": lambda: torch_rates(lambda o: S.StepLR(o, 1, 0.5), step_first=True),
        "optax": lambda: optax_rates(optax.exponential_decay(1.0, 1, 0.5, staircase=True)),
        "keras": lambda: keras_rates(K.ExponentialDecay(1.0, 1, 0.5, staircase=True)),
    },
    "hand-over": {
        "torch": lambda: torch_rates(lambda o: S.SequentialLR(o, [S.ExponentialLR(o, 0.9), S.StepLR(o, 2, 0.5)], [3])),
        "optax": lambda: optax_rates(
            optax.join_schedules(
                [optax.exponential_decay(1.0, 1, 0.9), optax.exponential_decay(0.729, 2, 0.5, staircase=True)], [3]
            )
        ),
    },
    "changed-by-hand": {
        "torch": lambda: torch_rates(lambda o: S.CosineAnnealingLR(o, 10), change=4),
        "optax": lambda: optax_rates(optax.cosine_decay_schedule(1.0, 10)),
        "keras": lambda: keras_rates(K.CosineDecay(1.0, 10)),
    },
    "plateau-patience": {
        "torch": lambda: torch_plateau(patience=3),
        "optax": lambda: optax_plateau(patience=3),
        "keras": lambda: keras_plateau(patience=3),
    },
    "plateau-cooldown": {
        "torch": lambda: torch_plateau(patience=2, cooldown=3),
        "optax": lambda: optax_plateau(patience=2, cooldown=3),
        "keras": lambda: keras_plateau(patience=2, cooldown=3),
    },
    "restart-growth": {
        "torch": lambda: torch_rates(lambda o: S.CosineAnnealingWarmRestarts(o, 4), count=len(T20)),
        "keras": lambda: keras_rates(K.CosineDecayRestarts(1.0, 4), count=len(T20)),
    },
    "momentum-rate": {
        "torch": lambda: torch_path(lambda w: O.SGD(w, 0.1, momentum=0.9), RATES),
        "optax": lambda: optax_path(lambda lr: optax.sgd(lr, momentum=0.9), RATES),
        "keras": lambda: keras_path(lambda lr: M.SGD(lr, momentum=0.9), RATES),
    },
    "rmsprop-momentum": {
        "torch": lambda: torch_path(lambda w: O.RMSprop(w, alpha=0.9, momentum=0.9), RATES),
        "optax": lambda: optax_path(lambda lr: optax.rmsprop(lr, momentum=0.9), RATES),
        "keras": lambda: keras_path(lambda lr: M.RMSprop(lr, momentum=0.9, epsilon=1e-8), RATES),
    },
    "rmsprop-first-step": {
        "torch": lambda: torch_path(O.RMSprop),
        "optax": lambda: optax_path(optax.rmsprop),
        "keras": lambda: keras_path(M.RMSprop),
    },
    "rmsprop-eps": {
        "torch": lambda: torch_path(lambda w: O.RMSprop(w, alpha=0.9, eps=1e-7)),
        "optax": lambda: optax_path(lambda lr: optax.rmsprop(lr, eps=1e-7)),
        "keras": lambda: keras_path(lambda lr: M.RMSprop(lr, epsilon=1e-7)),
    },
    "adagrad-start": {
        "torch": lambda: torch_path(O.Adagrad, 1.0, ONE_STEP),
        "optax": lambda: optax_path(optax.adagrad, 1.0, ONE_STEP),
        "keras": lambda: keras_path(M.Adagrad, 1.0, ONE_STEP),
    },
    "adam-eps": {
        "torch": lambda: torch_path(lambda w: O.Adam(w, eps=1e-3)),
        "optax": lambda: optax_path(lambda lr: optax.adam(lr, eps=1e-3)),
        "keras": lambda: keras_path(lambda lr: M.Adam(lr, epsilon=1e-3)),
    },
    "adam-tiny": {
        "torch": lambda: torch_path(O.Adam, 1.0, TINY),
        "optax": lambda: optax_path(optax.adam, 1.0, TINY),
        "keras": lambda: keras_path(lambda lr: M.Adam(lr, epsilon=1e-8), 1.0, TINY),
    },
    "amsgrad-max": {
        "torch": lambda: torch_path(lambda w: O.Adam(w, betas=(0.9, 0.9), amsgrad=True)),
        "optax": lambda: optax_path(lambda lr: optax.amsgrad(lr, b2=0.9)),
        "keras": lambda: keras_path(lambda lr: M.Adam(lr, beta_2=0.9, epsilon=1e-8, amsgrad=True)),
    },
    "nadam-momentum": {
        "torch": lambda: torch_path(O.NAdam),
        "optax": lambda: optax_path(optax.nadam),
        "keras": lambda: keras_path(M.Nadam),
    },
    "radam-eps": {
        "torch": lambda: torch_path(lambda w: O.RAdam(w, eps=1e-3)),
        "optax": lambda: optax_path(lambda lr: optax.radam(lr, eps=1e-3)),
    },
    "adamax-eps": {
        "torch": lambda: torch_path(lambda w: O.Adamax(w, eps=1e-3)),
        "optax": lambda: optax_path(lambda lr: optax.adamax(lr, eps=1e-3)),
        "keras": lambda: keras_path(lambda lr: M.Adamax(lr, epsilon=1e-3)),
    },
    "weight-decay": {
        "torch": lambda: torch_path(lambda w: O.SGD(w, 0.1, momentum=0.9, weight_decay=0.1)),
        "keras": lambda: keras_path(lambda lr: M.SGD(lr, momentum=0.9, weight_decay=0.1)),
    },
    "adamw-default": {
        "torch": lambda: torch_path(O.AdamW),
        "optax": lambda: optax_path(optax.adamw),
        "keras": lambda: keras_path(M.AdamW),
    },
    "adadelta-still": {
        "torch": lambda: torch_path(O.Adadelta, 1.0),
        "optax": lambda: optax_path(optax.adadelta, 1.0),
        "keras": lambda: keras_path(M.Adadelta, 0.001),
    },
    "adadelta-climbs": {
        "torch": lambda: torch_path(O.Adadelta, 1.0),
        "optax": lambda: optax_path(lambda lr: optax.adadelta()),
    },
}

if __name__ == "__main__":
    measured = {row.key: row for row in ROWS if row.numbers}
    assert set(THEIRS) == set(measured), set(THEIRS) ^ set(measured)
    cases = []
    for key, libraries in THEIRS.items():
        ours = measured[key].numbers()
        assert set(libraries) == set(ours), key
        for library, make in libraries.items():
            numbers = make()
            print(f"{key:20} {library:6} {np.max(np.abs(numbers - ours[library])):.1e}")
            cases.append({"key": key, "library": library, "numbers": numbers})
    save("dialects", cases)
