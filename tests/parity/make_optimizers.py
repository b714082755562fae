"""Runs the optimizers of Torch, Optax and Keras in float64 and keeps where the weights were, in optimizers.json.

    KERAS_BACKEND=jax python tests/parity/make_optimizers.py         needs the extra `peers`

A case names the peer's constructor, ours, and how ours is driven (a function of the same name in test_parity_optimizers.py).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import keras
import numpy as np
import optax
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from parity.store import save
from test_parity_optimizers import STEPS, gap, gradient_of, rates_of

keras.backend.set_floatx("float64")
torch.set_default_dtype(torch.float64)

# (peer, ours, rates, how ours is driven), where the numbers agree
AGREE = [
    ("torch.optim.SGD([p], lr, momentum=0.9)", "SGD(momentum=0.9)", "falling"),
    ("torch.optim.SGD([p], lr, momentum=0.8, nesterov=True)", "SGD(momentum=0.8, nesterov=True)", "falling"),
    ("torch.optim.SGD([p], lr, momentum=0.9, weight_decay=0.1)", "SGD(momentum=0.9)", "falling", "decay in the gradient, 0.1"),
    ("optax.sgd(lr, momentum=0.95, nesterov=True)", "SGD(momentum=0.95, nesterov=True)", "falling"),
    ("keras.optimizers.SGD(lr, momentum=0.9)", "SGD(momentum=0.9, lr_inside=True)", "falling"),
    ("keras.optimizers.SGD(lr, momentum=0.9, nesterov=True)", "SGD(momentum=0.9, nesterov=True, lr_inside=True)", "falling"),
    ("keras.optimizers.SGD(lr, weight_decay=0.1)", "SGD(weight_decay=0.1)", "falling"),
    ("torch.optim.Adagrad([p], lr)", "AdaGrad()", "falling"),
    ("torch.optim.Adagrad([p], lr, eps=1e-3, initial_accumulator_value=0.5)", "AdaGrad(eps=1e-3, initial=0.5)", "constant"),
    ("optax.adagrad(lr)", "AdaGrad(eps=1e-7, initial=0.1, eps_inside=True)", "falling"),
    ("keras.optimizers.Adagrad(lr)", "AdaGrad(eps=1e-7, initial=0.1, eps_inside=True)", "falling"),
    ("keras.optimizers.Adagrad(lr, 0.3, epsilon=1e-2)", "AdaGrad(eps=1e-2, initial=0.3, eps_inside=True)", "constant"),
    ("torch.optim.RMSprop([p], lr)", "RMSProp()", "falling"),
    ("torch.optim.RMSprop([p], lr, alpha=0.9, eps=1e-4, centered=True)", "RMSProp(0.9, 1e-4, centered=True)", "falling"),
    ("torch.optim.RMSprop([p], lr, alpha=0.95, momentum=0.8)", "RMSProp(0.95, momentum=0.8)", "falling"),
    ("torch.optim.RMSprop([p], lr, momentum=0.8, centered=True)", "RMSProp(momentum=0.8, centered=True)", "falling"),
    ("optax.rmsprop(lr)", "RMSProp(0.9, eps_inside=True)", "falling"),
    ("optax.rmsprop(lr, decay=0.8, eps=1e-4, centered=True)", "RMSProp(0.8, 1e-4, centered=True, eps_inside=True)", "falling"),
    ("optax.rmsprop(lr, decay=0.9, eps_in_sqrt=False)", "RMSProp(0.9)", "falling"),
    ("optax.rmsprop(lr, momentum=0.9)", "RMSProp(0.9, momentum=0.9, eps_inside=True, lr_inside=True)", "falling"),
    ("keras.optimizers.RMSprop(lr)", "RMSProp(0.9, 1e-7, eps_inside=True)", "falling"),
    ("keras.optimizers.RMSprop(lr, rho=0.95, momentum=0.8, centered=True)",
     "RMSProp(0.95, 1e-7, 0.8, centered=True, eps_inside=True, lr_inside=True)", "falling"),
    ("torch.optim.Adadelta([p], lr)", "AdaDelta()", "constant"),
    ("torch.optim.Adadelta([p], lr, rho=0.95, eps=1e-3)", "AdaDelta(0.95, 1e-3)", "falling"),
    ("optax.adadelta(lr, rho=0.8, eps=1e-4)", "AdaDelta(0.8, 1e-4)", "falling"),
    ("optax.adadelta()", "AdaDelta()", "constant", "rate of -1"),
    ("keras.optimizers.Adadelta(lr, rho=0.9, epsilon=1e-5)", "AdaDelta(0.9, 1e-5)", "falling"),
    ("torch.optim.Adam([p], lr)", "Adam()", "falling"),
    ("torch.optim.Adam([p], lr, betas=(0.5, 0.9), eps=1e-3)", "Adam(0.5, 0.9, 1e-3)", "constant"),
    ("torch.optim.Adam([p], lr, weight_decay=0.1)", "Adam()", "falling", "decay in the gradient, 0.1"),
    ("optax.adam(lr, b1=0.8, b2=0.95, eps=1e-4)", "Adam(0.8, 0.95, 1e-4)", "falling"),
    ("keras.optimizers.Adam(lr)", "Adam(eps=1e-7)", "falling", "eps before the correction"),
    ("keras.optimizers.Adam(lr, 0.8, 0.95, epsilon=1e-3)", "Adam(0.8, 0.95, 1e-3)", "falling", "eps before the correction"),
    ("torch.optim.AdamW([p], lr)", "AdamW()", "falling"),
    ("torch.optim.AdamW([p], lr, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.3)", "AdamW(0.8, 0.95, 1e-4, 0.3)", "falling"),
    ("optax.adamw(lr, b1=0.85, weight_decay=0.2)", "AdamW(beta1=0.85, weight_decay=0.2)", "falling"),
    ("keras.optimizers.AdamW(lr, 0.1)", "AdamW(eps=1e-7, weight_decay=0.1)", "falling", "eps before the correction"),
    ("torch.optim.Adam([p], lr, amsgrad=True)", "AMSGrad()", "falling"),
    ("torch.optim.Adam([p], lr, (0.7, 0.9), 1e-3, amsgrad=True)", "AMSGrad(0.7, 0.9, 1e-3)", "constant"),
    ("keras.optimizers.Adam(lr, 0.9, 0.99, amsgrad=True)", "AMSGrad(0.9, 0.99, 1e-7)", "falling", "eps before the correction"),
    ("optax.amsgrad(lr, b2=0.9)", "AMSGrad(beta2=0.9, corrected_max=True)", "falling"),
    ("torch.optim.Adamax([p], lr)", "Adamax()", "falling"),
    ("torch.optim.Adamax([p], lr, betas=(0.7, 0.9), eps=1e-2)", "Adamax(0.7, 0.9, 1e-2)", "constant"),
    ("optax.adamax(lr, b1=0.8, b2=0.95, eps=1e-3)", "Adamax(0.8, 0.95, 1e-3)", "falling"),
    ("keras.optimizers.Adamax(lr, epsilon=1e-3)", "Adamax(eps=1e-3, eps_outside=True)", "falling"),
    ("torch.optim.NAdam([p], lr)", "NAdam()", "falling"),
    ("torch.optim.NAdam([p], lr, betas=(0.8, 0.95), eps=1e-4, momentum_decay=0.1)", "NAdam(0.8, 0.95, 1e-4, 0.1)", "constant"),
    ("keras.optimizers.Nadam(lr)", "NAdam(eps=1e-7, momentum_decay=1.0)", "falling"),
    ("keras.optimizers.Nadam(lr, 0.8, 0.95)", "NAdam(0.8, 0.95, 1e-7, 1.0)", "constant"),
    ("optax.nadam(lr, b1=0.85)", "NAdam(beta1=0.85, momentum_decay=1e6)", "falling"),
    ("optax.radam(lr)", "RAdam()", "falling"),
    ("optax.radam(lr, b1=0.8, b2=0.9, eps=1e-3)", "RAdam(0.8, 0.9, 1e-3)", "constant"),
    ("torch.optim.RAdam([p], lr)", "RAdam()", "falling", "eps before the correction"),
    ("torch.optim.RAdam([p], lr, betas=(0.8, 0.95), eps=1e-3)", "RAdam(0.8, 0.95, 1e-3)", "constant", "eps before the correction"),
    ("optax.adabelief(lr)", "AdaBelief()", "falling"),
    ("optax.adabelief(lr, b1=0.8, b2=0.95, eps=1e-4, eps_root=1e-4)", "AdaBelief(0.8, 0.95, 1e-4)", "constant"),
    ("optax.chain(optax.scale_by_yogi(0.9, 0.99, 1e-3, initial_accumulator_value=0.0), optax.scale_by_learning_rate(lr))",
     "Yogi(beta2=0.99)", "falling"),
    ("optax.yogi(lr)", "Yogi()", "falling", "averages from 1e-6"),
    ("optax.adan(lr, eps_root=0.0)", "Adan(lookahead=0.08)", "falling"),
    ("optax.adan(lr, 0.9, 0.5, 0.95, eps=1e-4, eps_root=0.0, weight_decay=0.1)", "Adan(0.9, 0.5, 0.95, 1e-4, 0.1)", "falling"),
    ("optax.novograd(lr)", "NovoGrad(0.9, 0.25, 1e-6)", "falling"),
    ("optax.novograd(lr, 0.95, 0.98, 1e-4, weight_decay=0.1)", "NovoGrad(eps=1e-4, weight_decay=0.1)", "falling"),
    ("optax.contrib.ademamix(lr)", "AdEMAMix()", "falling"),
    ("optax.contrib.ademamix(lr, 0.8, 0.95, 0.99, 2.0, 1e-4, weight_decay=0.1)", "AdEMAMix(0.8, 0.95, 0.99, 2.0, 1e-4, 0.1)", "constant"),
    ("optax.contrib.ademamix(lr, b3=lambda t: 0.9 + 0.002 * t, alpha=lambda t: 0.1 * t)", "AdEMAMix()", "falling", "alpha and beta3 ramp"),
    ("optax.contrib.adopt(lr)", "ADOPT()", "falling"),
    ("optax.contrib.adopt(lr, 0.8, 0.95, 1e-3, use_clipping=False)", "ADOPT(0.8, 0.95, 1e-3, clipping=False)", "constant"),
    ("optax.contrib.madgrad(lr)", "MADGRAD()", "falling", "rate plus eps, root in float32"),
    ("optax.contrib.madgrad(lr, momentum=0.7, eps=1e-3)", "MADGRAD(0.7, 1e-3)", "constant", "rate plus eps, root in float32"),
    ("optax.sign_sgd(lr)", "SignSGD()", "falling"),
    ("optax.signum(lr, beta=0.9)", "SignSGD(momentum=0.9)", "falling"),
    ("optax.lion(lr, weight_decay=0.0)", "Lion()", "falling"),
    ("optax.lion(lr, 0.95, 0.98, weight_decay=0.1)", "Lion(0.95, 0.98, 0.1)", "falling"),
    ("keras.optimizers.Lion(lr, 0.8, 0.9, weight_decay=0.1)", "Lion(0.8, 0.9, 0.1)", "falling"),
    ("torch.optim.Rprop([p], lr)", "Rprop()", "constant"),
    ("torch.optim.Rprop([p], lr, etas=(0.3, 1.5), step_sizes=(1e-2, 0.5))", "Rprop(0.3, 1.5, 1e-2, 0.5)", "falling"),
    ("optax.rprop(lr0)", "Rprop()", "constant", "one update late"),
    ("torch.optim.LBFGS([p], lr, max_iter=1, history_size=3, tolerance_grad=0, tolerance_change=0)", "LBFGS(memory=3)", "bowl"),
    ("torch.optim.LBFGS([p], lr, max_iter=1, history_size=10, tolerance_grad=0, tolerance_change=0)", "LBFGS()", "bowl"),
    ("optax.lbfgs(lr, memory_size=4, linesearch=None)", "LBFGS(memory=4)", "bowl", "first update by the 2-norm"),
]

# (peer, ours, rates, what differs): the gap is kept in the file
DIFFER = [
    ("keras.optimizers.SGD(lr, momentum=0.9)", "SGD(momentum=0.9)", "falling", "Keras keeps lr inside the momentum buffer"),
    ("torch.optim.SGD([p], lr, momentum=0.9, weight_decay=0.1)", "SGD(momentum=0.9, weight_decay=0.1)", "falling",
     "Torch's SGD takes the decay through the momentum buffer"),
    ("torch.optim.Adam([p], lr, weight_decay=0.1)", "AdamW(weight_decay=0.1)", "falling", "Torch's Adam takes the decay through m and v"),
    ("optax.adagrad(lr)", "AdaGrad(eps=1e-7)", "falling", "Optax starts the sum at 0.1"),
    ("keras.optimizers.Adagrad(lr, 0.3, epsilon=1e-2)", "AdaGrad(eps=1e-2, initial=0.3)", "constant", "Keras has eps inside the root"),
    ("optax.rmsprop(lr)", "RMSProp(0.9)", "falling", "Optax has eps inside the root"),
    ("optax.rmsprop(lr, momentum=0.9)", "RMSProp(0.9, momentum=0.9, eps_inside=True)", "falling", "Optax keeps lr inside the buffer"),
    ("optax.adadelta()", "AdaDelta()", "constant", "without a rate Optax climbs"),
    ("keras.optimizers.Adam(lr, 0.8, 0.95, epsilon=1e-3)", "Adam(0.8, 0.95, 1e-3)", "falling", "Keras adds eps before the correction"),
    ("optax.amsgrad(lr, b2=0.9)", "AMSGrad(beta2=0.9)", "falling", "Optax takes the maximum of the corrected v"),
    ("keras.optimizers.Adamax(lr, epsilon=1e-3)", "Adamax(eps=1e-3)", "falling", "Keras adds eps to the maximum"),
    ("keras.optimizers.Nadam(lr)", "NAdam(eps=1e-7)", "falling", "Keras raises the momentum 250 times as fast"),
    ("optax.nadam(lr, b1=0.85)", "NAdam(beta1=0.85)", "falling", "Optax has a constant momentum"),
    ("torch.optim.RAdam([p], lr, betas=(0.8, 0.95), eps=1e-3)", "RAdam(0.8, 0.95, 1e-3)", "constant", "Torch adds eps before the correction"),
    ("optax.adabelief(lr, eps=1e-4)", "AdaBelief(eps=1e-4)", "constant", "Optax has an eps_root of its own"),
    ("optax.yogi(lr)", "Yogi()", "falling", "Optax starts m and v at 1e-6"),
    ("optax.adan(lr, eps_root=0.0)", "Adan()", "falling", "Optax looks ahead by 1 - b2"),
    ("optax.adan(lr)", "Adan(lookahead=0.08)", "falling", "Optax adds 1e-8 under the root"),
    ("optax.contrib.madgrad(lr, momentum=0.7, eps=1e-3)", "MADGRAD(0.7, 1e-3)", "constant", "Optax adds eps to the rate"),
    ("optax.lion(lr)", "Lion()", "falling", "Optax decays the weights by 1e-3"),
    ("optax.rprop(lr0)", "Rprop()", "constant", "Optax applies each update one step late"),
    ("optax.lbfgs(lr, memory_size=4, linesearch=None)", "LBFGS(memory=4)", "bowl", "Optax scales the first update by the 2-norm"),
]


def torch_path(code, start, rates, gradient):
    p = torch.nn.Parameter(torch.tensor(start))
    peer, path = eval(code, {"torch": torch, "p": p, "lr": float(rates[0])}), []
    for t in range(STEPS):
        peer.param_groups[0]["lr"] = float(rates[t])
        p.grad = torch.tensor(gradient(t, p.detach().numpy()))
        peer.step(*([lambda: torch.tensor(0.0)] if isinstance(peer, torch.optim.LBFGS) else []))
        path.append(p.detach().numpy().copy())
    return path


def optax_path(code, start, rates, gradient):
    table = jnp.asarray(rates)
    peer, path = eval(code, {"optax": optax, "lr": lambda t: table[t], "lr0": float(rates[0])}), []
    # two layers, for the optimizers that look at whole layers; L-BFGS is as well off with two
    w = [jnp.asarray(start[:3]), jnp.asarray(start[3:])]
    state = peer.init(w)
    for t in range(STEPS):
        grad = gradient(t, np.concatenate(w))
        updates, state = peer.update([jnp.asarray(grad[:3]), jnp.asarray(grad[3:])], state, w)
        w = optax.apply_updates(w, updates)
        path.append(np.concatenate(w))
    return path


def keras_path(code, start, rates, gradient):
    w = keras.Variable(start, dtype="float64")
    peer, path = eval(code, {"keras": keras, "lr": float(rates[0])}), []
    peer.build([w])
    for t in range(STEPS):
        peer.learning_rate = float(rates[t])
        grad = jnp.asarray(gradient(t, np.asarray(w.value)))
        peer.apply([grad], [w])
        path.append(np.asarray(w.value))
    return path


PATHS = {"torch": torch_path, "optax": optax_path, "keras": keras_path}


def main():
    rng = np.random.default_rng(20)
    scales = np.array([1.0, 0.1, 10.0, 1e-3])
    given = {
        "start": rng.normal(size=4),
        # signs that stay for a while, and one coordinate that sleeps
        "gradients": scales * (rng.normal(size=(STEPS, 4)) + 0.8 * np.sign(np.sin(np.arange(STEPS) / 4.0))[:, None]),
    }
    given["gradients"][10:14, 1] = 0.0
    cases = [given]
    for peer, ours, rates, *driven in AGREE:
        cases.append({"peer": peer, "ours": ours, "rates": rates, "driven": driven[0] if driven else "plain"})
    for peer, ours, rates, difference in DIFFER:
        cases.append({"peer": peer, "ours": ours, "rates": rates, "driven": "plain", "difference": difference})
    for case in cases[1:]:
        path = PATHS[case["peer"].split(".")[0]]
        case["path"] = np.array(path(case["peer"], given["start"], rates_of(case), gradient_of(case, given)))[::4]
        found = gap(case, given)
        if "difference" in case:
            case["gap"] = found
        print(f"{found:.1e}  {case['peer']}  {case['ours']}  {case.get('difference', case['driven'])}")
    save("optimizers", cases)


if __name__ == "__main__":
    main()
