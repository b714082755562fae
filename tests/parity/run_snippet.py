"""Run a translated snippet, loop included, in the library it is written for: rates used and weights passed through.

`run(library, snippet, gradients)` -> (rates (steps,), path (steps + 1, n)). Optax does not tell a fixed rate: None.
The loss is linear, so that the gradients are the given ones whatever the weights are.
"""

from __future__ import annotations

import os

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

START = (1.0, -0.5, 2.0)


def gradients(steps):
    """Gradients of different sizes and changing signs, never small."""
    t, scale = np.arange(steps)[:, None], np.array([1.0, 0.3, 4.0])
    return scale * (np.sin(1.7 * t + np.arange(3)) + 0.6 + 0.2 * np.arange(3))


def run_torch(snippet, given):
    import torch

    class Weights(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.w = torch.nn.Parameter(torch.tensor(START, dtype=torch.float64))

        def forward(self, _):
            return self.w

    model, rates, path = Weights(), [], []

    def batches():
        for one in given:
            rates.append(float(space["optimizer"].param_groups[0]["lr"]))
            path.append(model.w.detach().numpy().copy())
            yield None, torch.tensor(one)

    space = {"model": model, "batches": batches(), "loss_function": lambda w, gradient: (w * gradient).sum()}
    exec(snippet, space)
    return np.array(rates), np.array([*path, model.w.detach().numpy().copy()])


def run_optax(snippet, given):
    import jax
    import jax.numpy as jnp

    with jax.enable_x64(True):
        path = []

        def batches():
            for one in given:
                path.append(np.asarray(space["params"]))
                yield jnp.asarray(one)

        space = {"params": jnp.asarray(START), "batches": batches(), "loss_function": lambda w, gradient: (w * gradient).sum()}
        exec(snippet, space)
        path.append(np.asarray(space["params"]))
    rates = None
    if "schedule" in space:  # in float32 and compiled, as most people run it
        compiled = jax.jit(space["schedule"])
        rates = np.array([float(compiled(jnp.int32(t))) for t in range(len(given))])
    return rates, np.array(path)


def run_keras(snippet, given):
    import jax
    import keras

    class Model:
        def compile(self, optimizer, loss):
            self.optimizer = optimizer
            optimizer.build([w])

        def fit(self, inputs, targets):
            for one in given:
                rates.append(float(np.asarray(self.optimizer.learning_rate)))
                path.append(np.array(w.numpy()))
                self.optimizer.apply([keras.ops.convert_to_tensor(one, "float64")], [w])

    before = keras.config.floatx()
    with jax.enable_x64(True):
        keras.config.set_floatx("float64")
        try:
            w, rates, path = keras.Variable(np.array(START), dtype="float64"), [], []
            exec(snippet, {"model": Model(), "loss_function": None, "inputs": None, "targets": None})
            return np.array(rates), np.array([*path, np.array(w.numpy())])
        finally:
            keras.config.set_floatx(before)


RUN = {"torch": run_torch, "optax": run_optax, "keras": run_keras}


def run(library, snippet, given):
    return RUN[library](snippet, given)


def ours(schedule, optimizer, given):
    """The same from lrlab: rates and path."""
    w = np.array(START)
    state, path = optimizer.init(w), [w]
    rates = np.asarray(schedule(np.arange(len(given))))
    for lr, gradient in zip(rates, given):
        w, state = optimizer.step(w, gradient, state, lr)
        path.append(w)
    return rates, np.array(path)
