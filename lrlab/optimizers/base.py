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

    `coordinatewise` says that each coordinate moves by its own gradients alone. A class that looks at a whole layer, matrix
    or gradient sets it False.
    """

    needs_loss = False
    coordinatewise = True

    def init(self, w, shapes=None):
        raise NotImplementedError

    def step(self, w, grad, state, lr):
        raise NotImplementedError

    def evaluate(self, w, state):
        return w


def per_replica(lr, w):
    """lr, a number or an array of shape (...), made ready to multiply w of shape (..., n), in w's precision."""
    if np.ndim(lr) == 0:
        return float(lr)
    return np.asarray(lr, dtype=np.result_type(w, np.float32))[..., None]


def eps_before_correction(eps, beta2=0.999):
    """eps at update t for the libraries that add it to sqrt(v) before the bias correction (epsilon-hat of Kingma and Ba).

    Returns the schedule t -> eps / sqrt(1 - beta2^(t+1)), t counting updates done: it falls from eps / sqrt(1 - beta2) at
    t = 0 to eps. With this eps at each update Adam and AMSGrad give the numbers of Keras, and RAdam those of Torch.

    >>> float(eps_before_correction(1e-7, beta2=0.75)(0))
    2e-07
    """
    return lambda t: eps / np.sqrt(1 - beta2 ** (t + 1.0))


def momentum_field(default=0.0, text="share of the momentum buffer kept at each update"):
    return number(default, low=0.0, high=1.0, high_open=True, slider=(0.0, 0.99), text=text)


def eps_field(default=1e-8, text="small number that keeps the division finite"):
    return number(default, low=0.0, slider=(1e-12, 1e-1), scale="log", text=text)


def decay_field(default, text):
    return number(default, low=0.0, high=1.0, high_open=True, slider=(0.0, 0.9999), text=text)


def beta1_field(default=0.9):
    return decay_field(default, "share of the old average of the gradient kept at each update")


def beta2_field(default=0.999):
    return decay_field(default, "share of the old average of the squared gradient kept at each update")


def weight_decay_field(default=0.0):
    return number(
        default, low=0.0, slider=(0.0, 0.5), text="decoupled weight decay: each update also subtracts lr * weight_decay * w"
    )
