"""What every optimizer is: a frozen set of hyper-parameters with `init`, `step` and `evaluate`."""

from __future__ import annotations

import numpy as np

from ..parameters import Catalogue, Declared, number

OPTIMIZERS = Catalogue()


class Optimizer(Declared):
    """What a gradient becomes. The learning rate is not a field: it is given to every step.

        state = opt.init(w, shapes=None)
        w, state = opt.step(w, grad, state, lr)
        opt.evaluate(w, state)                     the weights to judge, here w

    w and grad have shape (..., n): leading axes are independent replicas. lr is a number or has shape (...). Nothing
    is changed in place; the state is a NamedTuple with the letters of the paper. An optimizer with `needs_loss` also takes
    the loss of shape (...) at w: opt.step(w, grad, state, lr, loss).
    """

    needs_loss = False

    def init(self, w, shapes=None):
        raise NotImplementedError

    def step(self, w, grad, state, lr):
        raise NotImplementedError

    def evaluate(self, w, state):
        return w


def per_replica(lr, w):
    """lr, a number or an array of shape (...), made ready to multiply w of shape (..., n), in w's precision."""
    return np.asarray(lr, dtype=np.result_type(w, np.float32))[..., None]


def momentum_field(default=0.0, text="share of the momentum buffer kept at each update"):
    return number(default, low=0.0, high=1.0, high_open=True, slider=(0.0, 0.99), text=text)


def eps_field(default=1e-8):
    return number(
        default, low=0.0, slider=(1e-12, 1e-1), scale="log", text="small number that keeps the division finite"
    )


def decay_field(default, text):
    return number(default, low=0.0, high=1.0, high_open=True, slider=(0.0, 0.9999), text=text)


def weight_decay_field(default=0.0):
    return number(
        default, low=0.0, slider=(0.0, 0.5), text="decoupled weight decay: each update also subtracts lr * weight_decay * w"
    )
