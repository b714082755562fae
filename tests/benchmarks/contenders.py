"""The contenders of the benchmarks: the same work done by lrlab and by others, one function for each.

A contender prepares everything outside the time that counts and returns `run`, which does the work once and returns
numbers by which the benchmark sees that all did the same work. Each contender lives in a process of its own,
`python contenders.py NAME`, that runs once for every line it reads and answers with a line of JSON.

The digits work: the network 64-hidden-10, batches of 64, Adam, one replica for each rate of `rates`, float32. All start
at the same weights and see the same batches; the numbers returned are the losses on the last batch.
"""

import gc
import json
import os
import resource
import sys
import time

import numpy as np

REPLICAS, STEPS, BATCH, HIDDEN = 256, 200, 64, 32
LOOPED = 16  # the loop, whose time is proportional to the replicas, trains each 16th


def rates(replicas=REPLICAS):
    return np.geomspace(1e-4, 1e-2, replicas)


def material(steps=STEPS, hidden=HIDDEN):
    """Images, labels, the batches' rows and the four parts of the start, as `lrlab.train` with seed 0 has them."""
    from lrlab import DigitsNetwork, split_weights

    problem = DigitsNetwork(hidden=hidden, batch=BATCH)
    rows = np.asarray(problem.batches(np.random.default_rng([0, 1]), steps))
    start = split_weights(problem.initial(np.random.default_rng([0, 0])).astype(np.float32), problem.shapes)
    return problem.data.train_x.astype(np.float32), problem.data.train_y, rows, start


def lrlab_digits(replicas=REPLICAS, steps=STEPS, hidden=HIDDEN, processes=1):
    from lrlab import Adam, Constant, DigitsNetwork, sweep

    problem = DigitsNetwork(hidden=hidden, batch=BATCH)

    def run():
        shared = {"dtype": "float32", "n_jobs": processes, "points": steps, "progress": False}
        return sweep(problem, Adam(), Constant(), rates(replicas), 0, steps, **shared).curves[..., -1]

    return run


def torch_loop():
    import torch

    x, y, rows, (V, b, W, c) = as_tensors(material())
    Linear = torch.nn.Linear

    def run():
        losses = []
        for lr in rates()[::LOOPED]:
            net = torch.nn.Sequential(Linear(64, HIDDEN), torch.nn.ReLU(), Linear(HIDDEN, 10))
            with torch.no_grad():
                for weights, start in zip(net.parameters(), (V.T, b, W.T, c)):
                    weights.copy_(start)
            optimizer = torch.optim.Adam(net.parameters(), lr=lr)
            for batch in rows:
                loss = torch.nn.functional.cross_entropy(net(x[batch]), y[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            losses.append(loss.item())
        return losses

    return run


def torch_vmap(beta1=0.9, beta2=0.999, eps=1e-8):
    import torch
    from torch.func import grad_and_value, vmap

    x, y, rows, start = as_tensors(material())

    def loss(weights, x, y):
        V, b, W, c = weights
        return torch.nn.functional.cross_entropy(torch.relu(x @ V + b) @ W + c, y)

    gradients = vmap(grad_and_value(loss), in_dims=(0, None, None))

    @torch.no_grad()
    def run():
        weights = [part.expand(REPLICAS, *part.shape).clone() for part in start]
        lr = [torch.tensor(rates(), dtype=torch.float32).reshape(-1, *[1] * part.ndim) for part in start]
        m, v = ([torch.zeros_like(part) for part in weights] for _ in range(2))
        for t, batch in enumerate(rows, 1):
            grads, losses = gradients(tuple(weights), x[batch], y[batch])
            for w, g, lr_w, m_w, v_w in zip(weights, grads, lr, m, v):
                m_w.mul_(beta1).add_(g, alpha=1 - beta1)
                v_w.mul_(beta2).addcmul_(g, g, value=1 - beta2)
                scale = (v_w / (1 - beta2**t)).sqrt_().add_(eps)
                w.sub_(lr_w / (1 - beta1**t) * m_w / scale)
        return losses.numpy()

    return run


def as_tensors(parts):
    import torch

    x, y, rows, start = parts
    return torch.tensor(x), torch.tensor(y), torch.tensor(rows), [torch.tensor(part) for part in start]


def optax_scan():
    import jax
    import jax.numpy as jnp
    import optax

    x, y, rows, start = material()
    x, y, rows, start = jnp.asarray(x), jnp.asarray(y), jnp.asarray(rows), [jnp.asarray(part) for part in start]
    lrs = jnp.asarray(rates(), dtype=jnp.float32)

    def loss(weights, x, y):
        V, b, W, c = weights
        z = jax.nn.relu(x @ V + b) @ W + c
        return optax.softmax_cross_entropy_with_integer_labels(z, y).mean()

    def train(lr, start, x, y, rows):
        optimizer = optax.adam(lr)

        def update(carry, batch):
            weights, state = carry
            value, grads = jax.value_and_grad(loss)(weights, x[batch], y[batch])
            change, state = optimizer.update(grads, state)
            return (optax.apply_updates(weights, change), state), value

        return jax.lax.scan(update, (start, optimizer.init(start)), rows)[1][-1]

    together = jax.jit(jax.vmap(train, in_axes=(0, None, None, None, None)))
    return lambda: np.asarray(together(lrs, start, x, y, rows))


def lrlab_rosenbrock():
    from lrlab import Adam, Rosenbrock, train

    return lambda: train(Rosenbrock(), Adam(), 0.01, steps=1000, progress=False).w


def torch_rosenbrock():
    import torch

    def run():
        w = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.Adam([w], lr=0.01)
        for _ in range(1000):
            x, y = w
            loss = (1 - x) ** 2 + 100 * (y - x**2) ** 2
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return w.tolist()

    return run


CURVE = 100_000


def lrlab_cosine():
    from lrlab import Cosine

    schedule, t = Cosine(lr=0.1, steps=CURVE), np.arange(CURVE)
    return lambda: schedule(t)[:: CURVE // 10]


def numpy_cos():
    x = np.pi * np.arange(CURVE) / CURVE
    return lambda: 0.05 + 0.05 * np.cos(x)[:: CURVE // 10]


def torch_cosine():
    import warnings

    import torch

    warnings.simplefilter("ignore")  # stepping the schedule without the optimizer is meant

    def run():
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=CURVE)
        curve = []
        for _ in range(CURVE):
            curve.append(schedule.get_last_lr()[0])
            schedule.step()
        return curve[:: CURVE // 10]

    return run


CONTENDERS = {
    name: contender
    for name, contender in list(globals().items())
    if name.startswith(("lrlab_", "torch_", "optax_", "numpy_"))
}


def main(name, options="{}"):
    run = CONTENDERS[name](**json.loads(options))
    print(json.dumps("ready"), flush=True)
    for _ in sys.stdin:
        gc.collect()
        cpu, begin = time.process_time(), time.perf_counter()
        numbers = run()
        seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        numbers = np.ravel(numbers).tolist()
        print(json.dumps({"seconds": seconds, "cpu": cpu, "memory": memory, "numbers": numbers}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
