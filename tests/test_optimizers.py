import dataclasses
from math import sqrt
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import instances

from lrlab import (
    ADOPT, LBFGS, MADGRAD, OPTIMIZERS, SGD, AdaBelief, AdaDelta, AdaGrad, Adam, Adamax, AdamW, Adan, AdEMAMix, AMSGrad,
    Constant, Lion, NAdam, NovoGrad, Quadratic, RAdam, RMSProp, Rprop, SignSGD, Yogi, catalogue, train,
)
from lrlab.optimizers import Optimizer
from lrlab.parameters import number

quick = settings(deadline=None, max_examples=12)
every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)
seeds = st.integers(0, 2**32 - 1)


def run(opt, w, grads, lr):
    """The weights after each update; lr is one rate or one for each update."""
    w = np.array(w)
    state, path = opt.init(w), []
    for grad, rate in zip(grads, np.broadcast_to(lr, len(grads))):
        w, state = step(opt, w, np.array(grad), state, rate)
        path.append(w)
    return np.array(path)


def step(opt, w, grad, state, lr):
    """One update; an optimizer that needs the loss gets half the squared gradient."""
    loss = [0.5 * np.square(grad).sum(-1)] * opt.needs_loss
    return opt.step(w, grad, state, lr, *loss)


def leaves(state):
    """The arrays and numbers of a state; the state of a wrapper holds another state."""
    return [leaf for part in state for leaf in (leaves(part) if isinstance(part, tuple) else [part])]


# ---- three updates by hand: (optimizer, w, gradients, lr, weights after each) ----

# of RAdam with beta2 = 0.9 in the sixth update
RHO = 19 - 12 * 0.531441 / 0.468559

BY_HAND = {
    "gradient descent": (SGD(), 1.0, [1.0, 2.0, -0.5], 0.1, [0.9, 0.7, 0.75]),
    # b = 1, 1.9, 2.71
    "momentum": (SGD(momentum=0.9), 0.0, [1.0, 1.0, 1.0], 0.1, [-0.1, -0.29, -0.561]),
    # b = 1, -1.5, 0.25
    "momentum, gradients that change": (SGD(momentum=0.5), 0.0, [1.0, -2.0, 1.0], 0.1, [-0.1, 0.05, 0.025]),
    # grad + 0.9 b = 1.9, 2.71, 3.439
    "nesterov": (SGD(momentum=0.9, nesterov=True), 0.0, [1.0, 1.0, 1.0], 0.1, [-0.19, -0.461, -0.8049]),
    # lr * (1 + 0.5 w) = 0.2, 0.19, 0.1805
    "weight decay": (SGD(weight_decay=0.5), 2.0, [1.0, 1.0, 1.0], 0.1, [1.8, 1.61, 1.4295]),
    # b = 1, 1.9, 2.71, free of w; lr * (b + 0.5 w) = 0.2, 0.28, 0.347
    "decoupled decay": (SGD(momentum=0.9, weight_decay=0.5), 2.0, [1.0, 1.0, 1.0], 0.1, [1.8, 1.52, 1.173]),
    # steps 0.1 * 1, 0.1 * 1.9, 0.01 * 2.71
    "lr outside the buffer": (SGD(momentum=0.9), 0.0, [1.0] * 3, [0.1, 0.1, 0.01], [-0.1, -0.29, -0.3171]),
    # b = 0.1, 0.09 + 0.1, 0.171 + 0.01
    "lr inside the buffer": (
        SGD(momentum=0.9, lr_inside=True), 0.0, [1.0] * 3, [0.1, 0.1, 0.01], [-0.1, -0.29, -0.471]
    ),
    # lr + 0.9 b = 0.1 + 0.09, 0.1 + 0.171, 0.01 + 0.1629
    "nesterov, lr inside": (
        SGD(momentum=0.9, nesterov=True, lr_inside=True), 0.0, [1.0] * 3, [0.1, 0.1, 0.01], [-0.19, -0.461, -0.6339]
    ),
    # b = 0.1, 0.19, 0.181; lr * 0.5 w = 0.1, 0.09, 0.0076
    "decay, lr inside": (
        SGD(momentum=0.9, weight_decay=0.5, lr_inside=True), 2.0, [1.0] * 3, [0.1, 0.1, 0.01], [1.8, 1.52, 1.3314]
    ),
    # sqrt(s) = 3, 5, 13
    "AdaGrad": (AdaGrad(eps=0.0), 0.0, [3.0, 4.0, 12.0], 0.1, [-0.1, -0.18, -0.18 - 1.2 / 13]),
    # sqrt(s) + eps = 4, 6, 14
    "AdaGrad, eps": (AdaGrad(eps=1.0), 0.0, [3.0, 4.0, 12.0], 0.1, [-0.075, -0.075 - 0.4 / 6, -0.075 - 0.4 / 6 - 1.2 / 14]),
    "AdaGrad from 0.1": (
        AdaGrad(eps=0.0, initial=0.1),
        0.0,
        [3.0, 3.0, 3.0],
        0.1,
        [-0.3 / sqrt(9.1), -0.3 / sqrt(9.1) - 0.3 / sqrt(18.1), -0.3 / sqrt(9.1) - 0.3 / sqrt(18.1) - 0.3 / sqrt(27.1)],
    ),
    # v = 1, 1.75, 2.3125
    "RMSProp": (
        RMSProp(decay=0.75, eps=0.0),
        0.0,
        [2.0, 2.0, 2.0],
        0.1,
        [-0.2, -0.2 - 0.2 / sqrt(1.75), -0.2 - 0.2 / sqrt(1.75) - 0.2 / sqrt(2.3125)],
    ),
    "RMSProp, eps": (
        RMSProp(decay=0.75, eps=1.0),
        0.0,
        [2.0, 2.0, 2.0],
        0.1,
        [-0.1, -0.1 - 0.2 / (sqrt(1.75) + 1), -0.1 - 0.2 / (sqrt(1.75) + 1) - 0.2 / (sqrt(2.3125) + 1)],
    ),
    # v + 3 = 4, 4.75, 5.3125
    "RMSProp, eps inside": (
        RMSProp(decay=0.75, eps=3.0, eps_inside=True),
        0.0,
        [2.0, 2.0, 2.0],
        0.1,
        [-0.1, -0.1 - 0.2 / sqrt(4.75), -0.1 - 0.2 / sqrt(4.75) - 0.2 / sqrt(5.3125)],
    ),
    # b = 2, 1 + 2 / sqrt(1.75), 0.5 + 1 / sqrt(1.75) + 2 / sqrt(2.3125)
    "RMSProp, momentum": (
        RMSProp(decay=0.75, eps=0.0, momentum=0.5),
        0.0,
        [2.0, 2.0, 2.0],
        0.1,
        [-0.2, -0.3 - 0.2 / sqrt(1.75), -0.35 - 0.3 / sqrt(1.75) - 0.2 / sqrt(2.3125)],
    ),
    # steps 0.1 * 2, 0.1 * b, 0.01 * b with the b above: the rate is outside the buffer
    "RMSProp, momentum, falling lr": (
        RMSProp(decay=0.75, eps=0.0, momentum=0.5),
        0.0,
        [2.0, 2.0, 2.0],
        [0.1, 0.1, 0.01],
        [-0.2, -0.3 - 0.2 / sqrt(1.75), -0.305 - 0.21 / sqrt(1.75) - 0.02 / sqrt(2.3125)],
    ),
    # v = 1, 1.75, 5.3125; m = 0.5, -0.125, 0.90625; v - m^2 = 0.75, 1.734375, 4.4912109375
    "RMSProp, centered": (
        RMSProp(decay=0.75, eps=0.0, centered=True),
        0.0,
        [2.0, -2.0, 4.0],
        0.1,
        [
            -0.2 / sqrt(0.75),
            -0.2 / sqrt(0.75) + 0.2 / sqrt(1.734375),
            -0.2 / sqrt(0.75) + 0.2 / sqrt(1.734375) - 0.4 / sqrt(4.4912109375),
        ],
    ),
    # v - m^2 + 0.25 = 1, 1.984375, 4.7412109375
    "RMSProp, centered, eps inside": (
        RMSProp(decay=0.75, eps=0.25, centered=True, eps_inside=True),
        0.0,
        [2.0, -2.0, 4.0],
        0.1,
        [-0.2, -0.2 + 0.2 / sqrt(1.984375), -0.2 + 0.2 / sqrt(1.984375) - 0.4 / sqrt(4.7412109375)],
    ),
    # m = 1, -1.5, -0.25; m_hat = 1 / 0.5, -1.5 / 0.75, -0.25 / 0.875
    # v = 1, 4.75, 3.8125; v_hat = 1 / 0.25, 4.75 / 0.4375, 3.8125 / 0.578125
    "Adam": (
        Adam(beta1=0.5, beta2=0.75, eps=0.0),
        0.0,
        [2.0, -4.0, 1.0],
        0.1,
        [
            -0.1,
            -0.1 + 0.2 / sqrt(4.75 / 0.4375),
            -0.1 + 0.2 / sqrt(4.75 / 0.4375) + 0.1 * (0.25 / 0.875) / sqrt(3.8125 / 0.578125),
        ],
    ),
    # sqrt(v_hat) + eps = 2 + 2, then as above + 2
    "Adam, eps": (
        Adam(beta1=0.5, beta2=0.75, eps=2.0),
        0.0,
        [2.0, -4.0, 1.0],
        0.1,
        [
            -0.05,
            -0.05 + 0.2 / (sqrt(4.75 / 0.4375) + 2),
            -0.05 + 0.2 / (sqrt(4.75 / 0.4375) + 2) + 0.1 * (0.25 / 0.875) / (sqrt(3.8125 / 0.578125) + 2),
        ],
    ),
    # m_hat = 3 and sqrt(v_hat) = 3 at every update
    "Adam, a constant gradient": (Adam(eps=0.0), 0.0, [3.0, 3.0, 3.0], 0.1, [-0.1, -0.2, -0.3]),
    # s + 7 = 16, 32, 176
    "AdaGrad, eps inside": (
        AdaGrad(eps=7.0, eps_inside=True),
        0.0,
        [3.0, 4.0, 12.0],
        0.1,
        [-0.075, -0.075 - 0.4 / sqrt(32), -0.075 - 0.4 / sqrt(32) - 1.2 / sqrt(176)],
    ),
    # b = 0.1 * 2, 0.1 + 0.2 / sqrt(1.75), 0.05 + 0.1 / sqrt(1.75) + 0.02 / sqrt(2.3125)
    "RMSProp, momentum, lr inside": (
        RMSProp(decay=0.75, eps=0.0, momentum=0.5, lr_inside=True),
        0.0,
        [2.0, 2.0, 2.0],
        [0.1, 0.1, 0.01],
        [-0.2, -0.3 - 0.2 / sqrt(1.75), -0.35 - 0.3 / sqrt(1.75) - 0.02 / sqrt(2.3125)],
    ),
    # v + 0.25 = 0.5, 1.4375, 1.390625; u + 0.25 = 0.25, 0.375, 0.34375 + 0.375 / 1.4375; the last update has half the rate
    "AdaDelta": (
        AdaDelta(decay=0.75, eps=0.25),
        0.0,
        [1.0, 2.0, -1.0],
        [1.0, 1.0, 0.5],
        [
            -sqrt(0.5),
            -sqrt(0.5) - 2 * sqrt(0.375 / 1.4375),
            -sqrt(0.5) - 2 * sqrt(0.375 / 1.4375) + 0.5 * sqrt((0.34375 + 0.375 / 1.4375) / 1.390625),
        ],
    ),
    # each update takes 0.05 w from the w before it; the rest is Adam's above
    "AdamW": (
        AdamW(beta1=0.5, beta2=0.75, eps=0.0, weight_decay=0.5),
        2.0,
        [2.0, -4.0, 1.0],
        0.1,
        [
            1.8,
            1.71 + 0.2 / sqrt(4.75 / 0.4375),
            1.6245 + 0.19 / sqrt(4.75 / 0.4375) + 0.1 * (0.25 / 0.875) / sqrt(3.8125 / 0.578125),
        ],
    ),
    # v = 1, 4.75, 3.8125; the maximum stays 4.75
    "AMSGrad": (
        AMSGrad(beta1=0.5, beta2=0.75, eps=0.0),
        0.0,
        [2.0, -4.0, 1.0],
        0.1,
        [
            -0.1,
            -0.1 + 0.2 / sqrt(4.75 / 0.4375),
            -0.1 + 0.2 / sqrt(4.75 / 0.4375) + 0.1 * (0.25 / 0.875) / sqrt(4.75 / 0.578125),
        ],
    ),
    # v_hat = 4, 4.75 / 0.4375 = 10.9, 3.8125 / 0.578125 = 6.6
    "AMSGrad, maximum after the correction": (
        AMSGrad(beta1=0.5, beta2=0.75, eps=0.0, corrected_max=True),
        0.0,
        [2.0, -4.0, 1.0],
        0.1,
        [
            -0.1,
            -0.1 + 0.2 / sqrt(4.75 / 0.4375),
            -0.1 + 0.2 / sqrt(4.75 / 0.4375) + 0.1 * (0.25 / 0.875) / sqrt(4.75 / 0.4375),
        ],
    ),
    # m_hat = 2, -2, -2/7; u = 2, max(1, 4), max(2, 1)
    "Adamax": (
        Adamax(beta1=0.5, beta2=0.5, eps=0.0), 0.0, [2.0, -4.0, 1.0], 0.1, [-0.1, -0.05, -0.05 + 0.1 / 7]
    ),
    # u = 3, max(1.5, 5), max(2.5, 2)
    "Adamax, eps": (
        Adamax(beta1=0.5, beta2=0.5, eps=1.0),
        0.0,
        [2.0, -4.0, 1.0],
        0.1,
        [-0.2 / 3, -0.2 / 3 + 0.2 / 5, -0.2 / 3 + 0.2 / 5 + 0.2 / 7 / 2.5],
    ),
    # u + 1 = 3, 5, 3
    "Adamax, eps outside": (
        Adamax(beta1=0.5, beta2=0.5, eps=1.0, eps_outside=True),
        0.0,
        [2.0, -4.0, 1.0],
        0.1,
        [-0.2 / 3, -0.2 / 3 + 0.2 / 5, -0.2 / 3 + 0.2 / 5 + 0.2 / 7 / 3],
    ),
    # mu = 1/4 always; m = 1, -1.5, -0.25; v_hat as Adam's
    # m_hat = 1/4 / (15/16) + 3/4 * 2 / (3/4) = 34/15
    # m_hat = 1/4 * -1.5 / (63/64) - 3/4 * 4 / (15/16) = -8/21 - 16/5
    # m_hat = 1/4 * -0.25 / (255/256) + 3/4 / (63/64) = -16/255 + 16/21
    "NAdam, momentum that stays": (
        NAdam(beta1=0.5, beta2=0.75, eps=0.0, momentum_decay=0.0),
        0.0,
        [2.0, -4.0, 1.0],
        0.1,
        [
            -1.7 / 15,
            -1.7 / 15 + 0.1 * (8 / 21 + 16 / 5) / sqrt(4.75 / 0.4375),
            -1.7 / 15
            + 0.1 * (8 / 21 + 16 / 5) / sqrt(4.75 / 0.4375)
            - 0.1 * (16 / 21 - 16 / 255) / sqrt(3.8125 / 0.578125),
        ],
    ),
    # mu = 0.5 (1 - 0.96^t / 2) = 0.26, 0.2696, 0.278816, 0.28766336; products 0.26, 0.070096, 0.019543886336, p4
    "NAdam": (
        NAdam(beta1=0.5, beta2=0.75, eps=0.0, momentum_decay=1.0),
        0.0,
        [2.0, 2.0, 2.0],
        0.1,
        np.cumsum(
            [
                # m = 1, 1.5, 1.75 and sqrt(v_hat) = 2
                -0.05 * (0.2696 * 1 / (1 - 0.070096) + (1 - 0.26) * 2 / (1 - 0.26)),
                -0.05 * (0.278816 * 1.5 / (1 - 0.019543886336) + (1 - 0.2696) * 2 / (1 - 0.070096)),
                -0.05
                * (
                    0.28766336 * 1.75 / (1 - 0.019543886336 * 0.28766336)
                    + (1 - 0.278816) * 2 / (1 - 0.019543886336)
                ),
            ]
        ),
    ),
    # rho_inf = 19; rho = 1, 1.95, 2.9, 3.8, 4.6: momentum; then 19 - 12 * 0.531441 / 0.468559 = 5.39: rectified
    "RAdam": (
        RAdam(beta1=0.0, beta2=0.9, eps=0.0),
        0.0,
        [2.0, 2.0, 2.0, 2.0, 2.0, 2.0],
        0.1,
        [-0.2, -0.4, -0.6, -0.8, -1.0]
        + [-1.0 - 0.1 * sqrt((RHO - 4) * (RHO - 2) * 19 / (15 * 17 * RHO))],
    ),
    # m_hat = 2, -2, -2/7
    "RAdam, before it rectifies": (
        RAdam(beta1=0.5), 0.0, [2.0, -4.0, 1.0], 0.1, [-0.2, 0.0, 0.2 / 7]
    ),
    # grad - m = 1, -2.5, 1.25; s = 0.25, 1.75, 1.703125; s_hat = 1, 4, 1.703125 / 0.578125
    "AdaBelief": (
        AdaBelief(beta1=0.5, beta2=0.75, eps=0.0),
        0.0,
        [2.0, -4.0, 1.0],
        0.1,
        [-0.2, -0.1, -0.1 + 0.2 / 7 / sqrt(1.703125 / 0.578125)],
    ),
    # s = 1, 3.0625, 3.4375; s_hat = 4, 7, 3.4375 / 0.578125
    "AdaBelief, eps": (
        AdaBelief(beta1=0.5, beta2=0.75, eps=0.75),
        0.0,
        [2.0, -4.0, 1.0],
        0.1,
        [
            -0.2 / 2.75,
            -0.2 / 2.75 + 0.2 / (sqrt(7) + 0.75),
            -0.2 / 2.75 + 0.2 / (sqrt(7) + 0.75) + 0.2 / 7 / (sqrt(3.4375 / 0.578125) + 0.75),
        ],
    ),
    # m_hat = 4, 2, -2/7; v = 0 + 4, 4 - 0.25, 3.75 + 1; v_hat = 16, 60/7, 4.75 / 0.578125
    "Yogi": (
        Yogi(beta1=0.5, beta2=0.75, eps=0.0),
        0.0,
        [4.0, 1.0, -2.0],
        0.1,
        [-0.1, -0.1 - 0.2 / sqrt(60 / 7), -0.1 - 0.2 / sqrt(60 / 7) + 0.2 / 7 / sqrt(4.75 / 0.578125)],
    ),
    "Yogi, eps": (
        Yogi(beta1=0.5, beta2=0.75, eps=1.0),
        0.0,
        [4.0, 1.0, -2.0],
        0.1,
        [-0.08, -0.08 - 0.2 / (sqrt(60 / 7) + 1), -0.08 - 0.2 / (sqrt(60 / 7) + 1) + 0.2 / 7 / (sqrt(4.75 / 0.578125) + 1)],
    ),
    # d = 0, 2, -6; m_hat = 2, 10/3, 2/7; v_hat = 0, 4/3, -20/7
    # grad + d/2 = 2, 5, -5; n = 1, 7, 11.5; n_hat = 4, 16, 11.5 / 0.578125
    "Adan": (
        Adan(beta1=0.5, beta2=0.5, beta3=0.75, eps=0.0),
        0.0,
        [2.0, 4.0, -2.0],
        0.1,
        [-0.1, -0.2, -0.2 + 0.8 / 7 / sqrt(11.5 / 0.578125)],
    ),
    "Adan, eps and decay": (
        Adan(beta1=0.5, beta2=0.5, beta3=0.75, eps=2.0, weight_decay=0.5),
        2.0,
        [2.0, 4.0, -2.0],
        0.1,
        # 0.95 * 2 - 0.1 * 2 / 4, 0.95 * 1.85 - 0.1 * 4 / 6
        [1.85, 1.7575 - 0.4 / 6, 0.95 * (1.7575 - 0.4 / 6) + 0.8 / 7 / (sqrt(11.5 / 0.578125) + 2)],
    ),
    # grad + d/4 = 2, 4.5, -3.5; n = 1, 5.8125, 7.421875; m_hat + v_hat / 4 = 2, 11/3, -3/7
    "Adan, another look-ahead": (
        Adan(beta1=0.5, beta2=0.5, beta3=0.75, eps=0.0, lookahead=0.25),
        0.0,
        [2.0, 4.0, -2.0],
        0.1,
        [
            -0.1,
            -0.1 - 1.1 / 3 / sqrt(5.8125 / 0.4375),
            -0.1 - 1.1 / 3 / sqrt(5.8125 / 0.4375) + 0.3 / 7 / sqrt(7.421875 / 0.578125),
        ],
    ),
    # v = 4, 7, 5.5; m = 1, 0.5 - 4 / sqrt(7), 0.25 - 2 / sqrt(7) + 1 / sqrt(5.5)
    "NovoGrad": (
        NovoGrad(beta1=0.5, beta2=0.75, eps=0.0),
        0.0,
        [2.0, -4.0, 1.0],
        0.1,
        [-0.1, -0.15 + 0.4 / sqrt(7), -0.175 + 0.6 / sqrt(7) - 0.1 / sqrt(5.5)],
    ),
    # m = 1 + 1, 1 - 4 / sqrt(7) + 0.9, 0.95 - 2 / sqrt(7) + 1 / sqrt(5.5) + 0.5 * (1.61 + 0.4 / sqrt(7))
    "NovoGrad, decay through the momentum": (
        NovoGrad(beta1=0.5, beta2=0.75, eps=0.0, weight_decay=0.5),
        2.0,
        [2.0, -4.0, 1.0],
        0.1,
        [1.8, 1.61 + 0.4 / sqrt(7), 1.4345 + 0.58 / sqrt(7) - 0.1 / sqrt(5.5)],
    ),
    # m1_hat = 2, -2, -2/7; m2 = 0.5, -0.625, -0.21875; v_hat as Adam's
    "AdEMAMix": (
        AdEMAMix(beta1=0.5, beta2=0.75, beta3=0.75, alpha=2.0, eps=0.0),
        0.0,
        [2.0, -4.0, 1.0],
        0.1,
        [
            -0.15,
            -0.15 + 0.325 / sqrt(4.75 / 0.4375),
            -0.15 + 0.325 / sqrt(4.75 / 0.4375) + 0.1 * (2 / 7 + 0.4375) / sqrt(3.8125 / 0.578125),
        ],
    ),
    "AdEMAMix, decay": (
        AdEMAMix(beta1=0.5, beta2=0.75, beta3=0.75, alpha=2.0, eps=2.0, weight_decay=0.5),
        2.0,
        [2.0, -4.0],
        0.1,
        # 0.95 * 2 - 0.1 * 3 / 4
        [1.825, 0.95 * 1.825 + 0.325 / (sqrt(4.75 / 0.4375) + 2)],
    ),
    # old v = -, 4, 2.5; normalised gradient 1/2, -4 / sqrt(2.5) = -2.5 clipped to -2^(1/4); m = 0.25, 0.125 - 0.5 * 2^(1/4)
    "ADOPT": (
        ADOPT(beta1=0.5, beta2=0.5), 0.0, [2.0, 1.0, -4.0], 0.1, [0.0, -0.025, -0.0375 + 0.05 * 2**0.25]
    ),
    "ADOPT, no clipping": (
        ADOPT(beta1=0.5, beta2=0.5, clipping=False), 0.0, [2.0, 1.0, -4.0], 0.1, [0.0, -0.025, -0.0375 + 0.2 / sqrt(2.5)]
    ),
    # 1/4, -4/4; m = 0.125, -0.4375
    "ADOPT, eps": (ADOPT(beta1=0.5, beta2=0.5, eps=4.0), 0.0, [2.0, 1.0, -4.0], 0.1, [0.0, -0.0125, 0.03125]),
    # lambda = 1 always; cbrt(nu) = 1, 2, 3; s = 1, 1 + sqrt(7), 1 + sqrt(7) + sqrt(19)
    "MADGRAD": (
        MADGRAD(momentum=0.5, eps=0.0),
        1.0,
        [1.0, sqrt(7), sqrt(19)],
        [1.0, 1 / sqrt(2), 1 / sqrt(3)],
        [0.5, 0.75 - (1 + sqrt(7)) / 4, 0.875 - (1 + sqrt(7)) / 8 - (1 + sqrt(7) + sqrt(19)) / 6],
    ),
    # lambda = 1, sqrt(2), sqrt(3); z = 1 - s / (cbrt(s) + 1)
    "MADGRAD, a constant gradient, eps": (
        MADGRAD(momentum=0.0, eps=1.0),
        1.0,
        [1.0, 1.0, 1.0],
        1.0,
        [1 - s / (s ** (1 / 3) + 1) for s in (1.0, 1 + sqrt(2), 1 + sqrt(2) + sqrt(3))],
    ),
    "sign descent": (SignSGD(), 0.0, [2.0, -4.0, 1.0], 0.1, [-0.1, 0.0, -0.1]),
    # m = 1, -1.5, -0.25
    "sign descent, momentum": (SignSGD(momentum=0.5), 0.0, [2.0, -4.0, 1.0], 0.1, [-0.1, 0.0, 0.1]),
    "sign descent, decay": (SignSGD(weight_decay=0.5), 2.0, [2.0, -4.0, 1.0], 0.1, [1.8, 1.81, 1.6195]),
    # c = 2, 0.5 - 1, 0.125 - 0.05; m = 1, 0.25
    "Lion": (Lion(beta1=0.5, beta2=0.75), 0.0, [4.0, -2.0, -0.1], 0.1, [-0.1, 0.0, -0.1]),
    "Lion, decay": (Lion(beta1=0.5, beta2=0.75, weight_decay=0.5), 2.0, [4.0, -2.0, -0.1], 0.1, [1.8, 1.81, 1.6195]),
    # delta = 0.1, 0.12, 0.06 and a pause, 0.06, 0.072; the rates after the first do not matter
    "Rprop": (
        Rprop(), 0.0, [1.0, 5.0, -1.0, -2.0, -3.0], [0.1, 0.7, 0.0, 0.7, 0.7], [-0.1, -0.22, -0.22, -0.16, -0.088]
    ),
    # delta = 0.1, 0.2, 0.3, 0.09, 0.08
    "Rprop, bounds": (
        Rprop(eta_minus=0.3, eta_plus=2.0, min_step=0.08, max_step=0.3),
        0.0,
        [1.0, 1.0, 1.0, -1.0, -1.0, 1.0, 1.0],
        0.1,
        [-0.1, -0.3, -0.6, -0.6, -0.51, -0.51, -0.59],
    ),
    # 4 / 4; then in one dimension the inverse curvature s/y = 1/2, 1
    "L-BFGS": (LBFGS(), 0.0, [4.0, 2.0, 1.0], 1.0, [-1.0, -2.0, -3.0]),
    # s = -0.5, y = -1: inverse curvature 1/2; then s y < 0, so it stays 1/2
    "L-BFGS, negative curvature": (LBFGS(memory=1), 0.0, [2.0, 1.0, 3.0], 0.5, [-0.5, -0.75, -1.5]),
}


@pytest.mark.parametrize("title", BY_HAND)
def test_three_updates_are_those_worked_out_by_hand(title):
    opt, w, grads, lr, expected = BY_HAND[title]
    np.testing.assert_allclose(run(opt, [w], [[g] for g in grads], lr)[:, 0], expected, rtol=1e-13, atol=1e-16)


def test_every_optimizer_of_the_modules_tested_here_has_a_run_worked_out_by_hand():
    done = {type(opt) for opt, *_ in BY_HAND.values()}
    modules = {cls.__module__ for cls in done}
    assert {cls for cls in OPTIMIZERS.values() if cls.__module__ in modules} == done


# a gradient g and eps = 10 g: eps outside the root gives g / (g + 10 g), inside it about g / sqrt(10 g),
# and before Adam's bias correction g / (g + 316 g)
AFTER_THE_ROOT = [RMSProp(decay=0.0, eps=1e-8), *(cls(eps=1e-8) for cls in (Adam, AdaGrad, AdamW, AMSGrad, Yogi, Adan))]


@pytest.mark.parametrize("opt", AFTER_THE_ROOT, ids=repr)
def test_eps_is_added_after_the_root_and_after_the_bias_correction(opt):
    np.testing.assert_allclose(run(opt, [0.0], [[1e-9]], 0.1), [[-0.1 / 11]], rtol=1e-12)


def test_adam_takes_a_first_step_of_size_lr_whatever_the_gradient():
    first = run(Adam(eps=0.0), np.zeros(4), [[1e-6, -1e-3, 5.0, -1e6]], 0.1)[0]
    np.testing.assert_allclose(first, [-0.1, 0.1, -0.1, 0.1], rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_centered_rmsprop_stays_finite_under_a_constant_gradient(dtype):
    opt, w, grad = RMSProp(decay=0.9, centered=True), np.zeros(1000, dtype), np.linspace(0.1, 3.0, 1000, dtype=dtype)
    state = opt.init(w)
    with np.errstate(invalid="ignore"):
        for _ in range(600):
            w, state = opt.step(w, grad, state, 1e-3)
    assert np.all(np.isfinite(w))


# ---- what every optimizer of the catalogue keeps ----


def draw_run(seed, *, shape, dtype=np.float64, updates=4):
    rng = np.random.default_rng(seed)
    w = rng.normal(size=shape).astype(dtype)
    grads = rng.normal(size=(updates, *shape)).astype(dtype) * dtype(10.0 ** rng.integers(-2, 3))
    return w, grads, rng.uniform(1e-3, 1.0, updates)


@every_optimizer
@given(data=st.data(), seed=seeds)
@quick
def test_nothing_is_changed_in_place(name, data, seed):
    opt = data.draw(instances(OPTIMIZERS[name]))
    w, grads, lrs = draw_run(seed, shape=(2, 3))
    kept, before = w.copy(), repr(opt)
    state = opt.init(w)
    np.testing.assert_array_equal(w, kept)
    for grad, lr in zip(grads, lrs):
        state_kept = [np.copy(part) for part in leaves(state)]
        grad_kept, w_kept = grad.copy(), w.copy()
        moved, new = step(opt, w, grad, state, lr)
        np.testing.assert_array_equal(w, w_kept)
        np.testing.assert_array_equal(grad, grad_kept)
        for part, copy in zip(leaves(state), state_kept, strict=True):
            np.testing.assert_array_equal(part, copy)
        assert not np.shares_memory(moved, w)
        w, state = moved, new
    assert repr(opt) == before


@every_optimizer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(data=st.data(), seed=seeds, shape=st.sampled_from([(3,), (1,), (2, 3), (2, 4, 3)]))
@quick
def test_dtype_and_shape_are_kept_by_weights_and_state(name, dtype, shape, data, seed):
    opt = data.draw(instances(OPTIMIZERS[name]))
    w, grads, lrs = draw_run(seed, shape=shape, dtype=dtype)
    state = opt.init(w)
    for grad, lr in zip(grads, lrs):
        # a float64 rate, one for all and one for each replica, must not widen float32 weights
        for rate in (float(lr), lr, np.array(lr), np.full(shape[:-1], lr)):
            moved, new = step(opt, w, grad, state, rate)
            assert moved.shape == shape and moved.dtype == dtype
            assert [np.shape(part) for part in leaves(new)] == [np.shape(part) for part in leaves(state)]
            arrays = [part for part in leaves(new) if isinstance(part, np.ndarray)]
            assert all(part.dtype == dtype for part in arrays if part.dtype.kind == "f")
        w, state = moved, new
        judged = opt.evaluate(w, state)
        assert judged.shape == shape and judged.dtype == dtype


@every_optimizer
@pytest.mark.parametrize("lead", [(5,), (2, 3)], ids=str)
@given(data=st.data(), seed=seeds, many_rates=st.booleans())
@quick
def test_replicas_trained_at_once_are_the_single_runs(name, lead, data, seed, many_rates):
    opt = data.draw(instances(OPTIMIZERS[name]))
    w, grads, lrs = draw_run(seed, shape=(*lead, 3))
    if many_rates:
        lrs = np.random.default_rng(seed).uniform(1e-3, 1.0, (len(lrs), *lead))
    together, state = w, opt.init(w)
    for grad, lr in zip(grads, lrs):
        together, state = step(opt, together, grad, state, lr)
    for one in np.ndindex(lead):
        alone, own = w[one], opt.init(w[one])
        for grad, lr in zip(grads, lrs):
            alone, own = step(opt, alone, grad[one], own, lr[one] if many_rates else lr)
        np.testing.assert_allclose(together[one], alone, rtol=1e-12 if opt.coordinatewise else 1e-9, atol=1e-13)


# a wrapper moves each coordinate by its own gradients if the optimizer inside it does
by_coordinate = pytest.mark.parametrize("name", [name for name, cls in OPTIMIZERS.items() if cls.coordinatewise])


@by_coordinate
@given(data=st.data(), seed=seeds)
@quick
def test_a_coordinate_moves_by_its_own_gradients_alone(name, data, seed):
    opt = data.draw(instances(OPTIMIZERS[name]))
    assume(opt.coordinatewise)
    w, grads, lrs = draw_run(seed, shape=(3,))
    together = run(opt, w, grads, lrs)
    for i in range(3):
        np.testing.assert_allclose(run(opt, w[i : i + 1], grads[:, i : i + 1], lrs), together[:, i : i + 1], rtol=1e-12)


@by_coordinate
@given(data=st.data(), seed=seeds)
@quick
def test_permuting_the_coordinates_permutes_the_weights(name, data, seed):
    opt = data.draw(instances(OPTIMIZERS[name]))
    assume(opt.coordinatewise)
    w, grads, lrs = draw_run(seed, shape=(6,))
    order = np.random.default_rng(seed).permutation(6)
    np.testing.assert_allclose(run(opt, w[order], grads[:, order], lrs), run(opt, w, grads, lrs)[:, order], rtol=1e-12)


@every_optimizer
@given(data=st.data(), seed=seeds)
@quick
def test_without_a_gradient_and_without_decay_the_weights_stay(name, data, seed):
    opt = data.draw(instances(OPTIMIZERS[name], weight_decay=0.0))
    # what a wrapper holds may decay the weights
    assume(getattr(getattr(opt, "inner", None), "weight_decay", 0.0) == 0.0)
    w, grads, lrs = draw_run(seed, shape=(2, 3))
    np.testing.assert_allclose(run(opt, w, 0.0 * grads, lrs), np.broadcast_to(w, grads.shape), rtol=1e-15)


@every_optimizer
@given(data=st.data(), seed=seeds)
@quick
def test_at_rate_zero_the_weights_to_judge_stay(name, data, seed):
    opt = data.draw(instances(OPTIMIZERS[name]))
    w, grads, _ = draw_run(seed, shape=(2, 3))
    moved, state = step(opt, w, grads[0], opt.init(w), 0.0)
    np.testing.assert_allclose(opt.evaluate(moved, state), w, rtol=1e-15)


@every_optimizer
@given(data=st.data(), seed=seeds)
@quick
def test_the_same_run_twice_gives_the_same_weights(name, data, seed):
    opt = data.draw(instances(OPTIMIZERS[name]))
    w, grads, lrs = draw_run(seed, shape=(2, 3))
    first = run(opt, w, grads, lrs)
    run(opt, w + 1.0, 3.0 * grads, lrs)
    np.testing.assert_array_equal(run(opt, w, grads, lrs), first)


SCALE_FREE = {
    Adam: {},
    AMSGrad: {},
    Adamax: {},
    NAdam: {},
    Yogi: {},
    Adan: {"weight_decay": 0.0},
    NovoGrad: {"weight_decay": 0.0},
    AdEMAMix: {"weight_decay": 0.0},
    AdaGrad: {"initial": 0.0},
    RMSProp: {"centered": False},
}


@pytest.mark.parametrize("cls, fixed", SCALE_FREE.items())
@given(data=st.data(), seed=seeds, power=st.integers(-30, 30))
@quick
def test_without_eps_the_scale_of_the_gradient_does_not_matter(cls, fixed, data, seed, power):
    opt = data.draw(instances(cls, eps=0.0, **fixed))
    w, grads, lrs = draw_run(seed, shape=(2, 3))
    expected = run(opt, w, grads, lrs)
    assert np.all(np.isfinite(expected)) and np.all(expected != w)
    # a power of two scales without rounding
    np.testing.assert_array_equal(run(opt, w, grads * 2.0**power, lrs), expected)


@pytest.mark.parametrize("opt", [AdaBelief(eps=0.0), ADOPT(eps=0.0), SignSGD(0.9), Lion(), Rprop()], ids=repr)
@given(seed=seeds, power=st.integers(-30, 30))
@quick
def test_beliefs_and_signs_do_not_depend_on_the_scale_of_the_gradient_either(opt, seed, power):
    w, grads, lrs = draw_run(seed, shape=(2, 3))
    expected = run(opt, w, grads, lrs)
    assert np.all(expected[-1] != w)
    np.testing.assert_array_equal(run(opt, w, grads * 2.0**power, lrs), expected)


@given(seed=seeds, power=st.integers(-10, 10))
@quick
def test_of_the_scale_of_the_gradient_madgrad_keeps_the_cube_root(seed, power):
    w, grads, lrs = draw_run(seed, shape=(2, 3))
    opt, origin = MADGRAD(eps=0.0), np.zeros_like(w)
    expected = 2.0**power * run(opt, origin, grads, lrs)
    np.testing.assert_allclose(run(opt, origin, grads * 8.0**power, lrs), expected, rtol=1e-12)


@given(data=st.data(), seed=seeds, a=st.floats(-3, 3), b=st.floats(-3, 3))
@quick
def test_sgd_without_decay_is_linear_in_the_gradients(data, seed, a, b):
    opt = data.draw(instances(SGD, weight_decay=0.0))
    w, first, lrs = draw_run(seed, shape=(2, 3))
    second = draw_run(seed + 1, shape=(2, 3))[1]
    origin = np.zeros_like(w)
    combined = run(opt, origin, a * first + b * second, lrs)
    np.testing.assert_allclose(
        combined,
        a * run(opt, origin, first, lrs) + b * run(opt, origin, second, lrs),
        rtol=0,
        atol=1e-13 * (np.abs(first).max() + np.abs(second).max()),
    )


@given(data=st.data(), seed=seeds, lr=st.floats(1e-3, 1.0))
@quick
def test_sgd_at_a_constant_rate_does_not_care_whether_lr_is_inside_the_buffer(data, seed, lr):
    opt = data.draw(instances(SGD, lr_inside=False))
    inside = dataclasses.replace(opt, lr_inside=True)
    w, grads, _ = draw_run(seed, shape=(3,))
    lrs = Constant(lr=lr)(np.arange(len(grads)))
    size = 1.0 + np.abs(grads).max()
    np.testing.assert_allclose(run(inside, w, grads, lrs), run(opt, w, grads, lrs), rtol=0, atol=1e-14 * size)


@every_optimizer
def test_a_state_is_a_named_tuple_that_does_not_depend_on_the_later_run(name):
    opt = OPTIMIZERS[name]()
    w, grads, lrs = draw_run(0, shape=(3,))
    state = opt.init(w)
    assert isinstance(state, tuple) and state._fields
    # resuming from a kept state repeats the run
    w1, kept = step(opt, w, grads[0], state, lrs[0])
    w2, _ = step(opt, w1, grads[1], kept, lrs[1])
    step(opt, w2, grads[2], kept, lrs[2])
    np.testing.assert_array_equal(step(opt, w1, grads[1], kept, lrs[1])[0], w2)


# ---- L-BFGS, NovoGrad: what looks at more than one coordinate ----


def dense_inverse_hessian(pairs, gamma, n):
    """H of Nocedal and Wright 2006, equation 7.16, built as a matrix from the oldest pair to the newest."""
    H = gamma * np.eye(n)
    for s, y in pairs:
        rho = 1.0 / (s @ y)
        H = (np.eye(n) - rho * np.outer(s, y)) @ H @ (np.eye(n) - rho * np.outer(y, s)) + rho * np.outer(s, s)
    return H


def test_lbfgs_moves_as_the_dense_inverse_hessian_of_its_last_pairs_does():
    rng = np.random.default_rng(3)
    A = rng.normal(size=(4, 4))
    A = A @ A.T + np.eye(4)
    opt, w = LBFGS(memory=3), rng.normal(size=4)
    state, pairs = opt.init(w), []
    for t in range(10):
        grad = A @ w + np.sin(w)
        moved, state = opt.step(w, grad, state, 0.7)
        if t:
            pairs = [*pairs, (w - old[0], grad - old[1])][-3:]
            s, y = pairs[-1]
            np.testing.assert_allclose(moved, w - 0.7 * dense_inverse_hessian(pairs, s @ y / (y @ y), 4) @ grad, rtol=1e-9)
        old, w = (w, grad), moved
    assert len(pairs) == 3


def test_lbfgs_skips_the_pair_of_one_replica_and_keeps_that_of_another():
    opt, w = LBFGS(memory=2), np.zeros((2, 2))
    state = opt.init(w)
    grads = np.array([[[1.0, 2.0]] * 2, [[0.5, 1.5]] * 2, [[0.25, 1.0], [3.0, 4.0]]])
    for grad in grads:
        before = state
        w, state = opt.step(w, grad, state, 1.0)
    assert state.rho[:, 0, 0].all() and state.rho[1, 1, 0] == before.rho[1, 1, 0] and state.rho[0, 1, 0] == 0
    np.testing.assert_array_equal(state.S[:, 1], before.S[:, 1])
    np.testing.assert_array_equal(state.S[0, 0], before.S[1, 0])


def test_lbfgs_finds_the_minimum_of_a_quadratic_that_gradient_descent_crawls_on():
    curvature, opt = np.array([1.0, 10.0, 1000.0]), LBFGS()
    w = np.ones(3)
    state = opt.init(w)
    for _ in range(30):
        w, state = opt.step(w, curvature * w, state, 1.0)
    assert np.abs(w).max() < 1e-9


def test_novograd_divides_each_layer_by_its_own_norm_and_refuses_layers_that_do_not_fit():
    opt, w = NovoGrad(eps=0.0), np.zeros((2, 5))
    grad = np.array([[3.0, 4.0, 0.0, 0.0, -7.0], [30.0, 40.0, 0.0, 0.0, 5.0]])
    moved, state = opt.step(w, grad, opt.init(w, shapes=((2, 2), (1,))), 0.1)
    np.testing.assert_allclose(moved, [[-0.06, -0.08, 0.0, 0.0, 0.1], [-0.06, -0.08, 0.0, 0.0, -0.1]], rtol=1e-14)
    np.testing.assert_array_equal(state.v, [[25.0, 49.0], [2500.0, 25.0]])
    # a layer for each weight: sign descent in the first update
    np.testing.assert_allclose(opt.step(w, grad + 1, opt.init(w, shapes=[(1,)] * 5), 0.1)[0], -0.1 * np.sign(grad + 1))
    with pytest.raises(ValueError, match="hold 3 weights, but w has 5"):
        opt.init(w, shapes=[(3,)])


def test_rprop_refuses_bounds_the_wrong_way_round():
    with pytest.raises(ValueError, match="^Rprop: min_step must be at most max_step, got 2.0 and 1.0. Swap them."):
        Rprop(min_step=2.0, max_step=1.0)


def test_rprop_leaves_a_first_rate_of_zero_behind():
    path = run(Rprop(), [0.0], [[1.0]] * 200, 0.0)
    assert path[0] == 0.0 and path[-1] < -1.0


# ---- a new optimizer is in the catalogue, the table and these tests by being defined ----


def test_an_optimizer_is_in_the_catalogue_and_in_the_reference_table_by_being_defined():
    class Count(NamedTuple):
        t: int

    @OPTIMIZERS.define(
        formula="w = w - lr * tanh(sharpness * grad)",
        source="This test, 2026",
        elsewhere={"torch": "none"},
    )
    class SoftSign(Optimizer):
        """Sign descent with a soft sign."""

        sharpness: float = number(2.0, low=0.0, low_open=True, slider=(0.1, 10.0), text="slope at 0")

        def init(self, w, shapes=None):
            return Count(0)

        def step(self, w, grad, state, lr):
            return w - lr * np.tanh(self.sharpness * grad), Count(state.t + 1)

    try:
        assert OPTIMIZERS["SoftSign"] is SoftSign
        row = "  SoftSign(sharpness=2.0)\n      w = w - lr * tanh(sharpness * grad)\n      This test, 2026"
        assert row in repr(catalogue())
        assert "SoftSign" in catalogue("optimizers")._repr_html_()
        assert "sharpness  2.0      above 0  slope at 0" in SoftSign.__doc__
        with pytest.raises(ValueError, match="^SoftSign: sharpness must be above 0, got -1. It is the slope at 0; try 2.0."):
            SoftSign(sharpness=-1)
        run_ = train(Quadratic(), SoftSign(), 0.01, steps=5, progress=False)
        assert run_.loss[-1] < run_.loss[0]
        # the property tests draw its fields and hold for it
        for test in (test_nothing_is_changed_in_place, test_a_coordinate_moves_by_its_own_gradients_alone):
            test("SoftSign")
    finally:
        del OPTIMIZERS["SoftSign"]
    assert "SoftSign" not in repr(catalogue())
