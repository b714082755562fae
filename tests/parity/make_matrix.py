"""Write matrix.json: runs of torch, optax and keras on gradients that are drawn once.

    python tests/parity/make_matrix.py

Needs the `peers` extra. A case holds the peer's weights, float64, after the updates `KEPT`, and how to build the same with
lrlab: {"peer", "name", "ours": class, "fields", "layers": shapes, "lr": one for each update, "path"}. The gradients and the
start come from `draw`, which the test calls too. The layers of Torch stand transposed, as it stores them.
"""

import os

import numpy as np

UPDATES = 50
KEPT = [0, 1, 2, 4, 9, 19, 34, 49]
LAYERS = [[4, 3], [3], [2, 5], [5]]


def draw(shapes):
    """The start (n,) and the gradients (UPDATES, n), of different sizes in different coordinates."""
    rng = np.random.default_rng(20240607)
    n = sum(int(np.prod(shape)) for shape in shapes)
    w = rng.normal(size=n)
    return w, rng.normal(size=(UPDATES, n)) * 10.0 ** rng.uniform(-2, 1, n) + rng.normal(size=n)


def losses():
    return np.abs(np.random.default_rng(7).normal(size=UPDATES)) + 0.5


def split(x, shapes):
    sizes = [int(np.prod(shape)) for shape in shapes]
    return [part.reshape(shape) for part, shape in zip(np.split(x, np.cumsum(sizes)[:-1]), shapes)]


def flat(parts):
    return np.concatenate([np.asarray(part, dtype=np.float64).ravel() for part in parts])


def constant(lr):
    return [lr] * UPDATES


def falling(lr):
    return [lr * 0.97**t for t in range(UPDATES)]


def warming(lr, over=10):
    return [lr * min(1.0, t / over) for t in range(UPDATES)]


# ---- optax ----


def with_optax(make, shapes, lrs, judged=None, extra=None):
    """The weights after each update; `make(lr)` builds the transformation, lr a function of the count."""
    import jax
    import jax.numpy as jnp
    import optax

    w, grads = draw(shapes)
    table = jnp.asarray([*lrs, lrs[-1]])
    schedule = (lambda count: table[jnp.minimum(count, UPDATES)]) if len(set(lrs)) > 1 else lrs[0]
    transformation = make(schedule)
    params = [jnp.asarray(part) for part in split(w, shapes)]
    state, path, update = transformation.init(params), [], jax.jit(transformation.update)
    for t, grad in enumerate(grads):
        keywords = {} if extra is None else extra(t)
        updates, state = update([jnp.asarray(part) for part in split(grad, shapes)], state, params, **keywords)
        params = optax.apply_updates(params, updates)
        path.append(flat(params if judged is None else judged(state, params)))
    return np.array(path)[KEPT]


def optax_cases():
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    import optax
    from optax import contrib

    def case(name, ours, fields, make, lrs, shapes=LAYERS, **rest):
        return {
            "peer": "optax", "name": name, "ours": ours, "fields": fields, "layers": shapes, "lr": lrs,
            "path": with_optax(make, shapes, lrs, **rest),
        }  # fmt: skip

    yield case("lars", "LARS", {}, lambda lr: optax.lars(lr), falling(1.0))
    yield case(
        "lars with decay", "LARS", {"trust": 0.02, "momentum": 0.8, "weight_decay": 0.1, "joint_norm": True},
        lambda lr: optax.lars(lr, trust_coefficient=0.02, momentum=0.8, weight_decay=0.1), falling(0.5),
    )  # fmt: skip
    yield case(
        "lars with nesterov", "LARS", {"trust": 0.01, "momentum": 0.7, "nesterov": True},
        lambda lr: optax.lars(lr, trust_coefficient=0.01, momentum=0.7, nesterov=True), falling(0.5),
    )  # fmt: skip
    yield case("lamb", "LAMB", {}, lambda lr: optax.lamb(lr), falling(0.02))
    yield case(
        "lamb with decay", "LAMB", {"beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "weight_decay": 0.1},
        lambda lr: optax.lamb(lr, b1=0.8, b2=0.95, eps=1e-3, weight_decay=0.1), falling(0.05),
    )  # fmt: skip
    yield case(
        "adafactor", "Adafactor", {"relative_step": False},
        lambda lr: optax.adafactor(lr, min_dim_size_to_factor=1), falling(0.01), shapes=[[3, 4], [3], [2, 5], [5]],
    )  # fmt: skip
    yield case(
        "adafactor, other settings", "Adafactor", {"relative_step": False, "decay": 0.6, "clip": 0.5, "eps1": 1e-6},
        lambda lr: optax.adafactor(lr, min_dim_size_to_factor=1, decay_rate=0.6, clipping_threshold=0.5, eps=1e-6),
        falling(0.1), shapes=[[3, 4], [3], [2, 5], [5]],
    )  # fmt: skip
    yield case(
        "muon", "Muon", {"bias_correction": True, "eps": 1e-15, "adam_eps": 1e-15},
        lambda lr: contrib.muon(lr, eps=1e-15), falling(0.02), shapes=[[4, 3], [2, 5]],
    )  # fmt: skip
    yield case(
        "muon with vectors", "Muon", {"bias_correction": True, "eps": 1e-15, "adam_eps": 1e-15},
        lambda lr: contrib.muon(lr, eps=1e-15), falling(0.02),
    )  # fmt: skip
    yield case(
        "muon with decay and rms", "Muon",
        {
            "bias_correction": True, "eps": 1e-15, "adam_eps": 1e-15, "momentum": 0.8, "nesterov": False, "ns_steps": 3,
            "weight_decay": 0.1, "rms": 0.2, "adam_beta1": 0.8, "adam_beta2": 0.95,
        },
        lambda lr: contrib.muon(
            lr, eps=1e-15, beta=0.8, nesterov=False, ns_steps=3, weight_decay=0.1, adam_weight_decay=0.1,
            consistent_rms=0.2, adam_b1=0.8, adam_b2=0.95,
        ),
        falling(0.05),
    )  # fmt: skip
    value = losses()
    for variant, fields, options in (
        ("sps+", {}, {}),
        ("sps+", {"f_star": 0.8}, {"f_min": 0.8}),
    ):
        yield case(
            f"polyak_sgd {variant} {options}", "Polyak", fields,
            lambda lr, variant=variant, options=options: contrib_polyak(optax, lr, variant, options), constant(0.01),
            extra=lambda t: {"value": jnp.asarray(value[t])},
        )  # fmt: skip
    yield case(
        "polyak_sgd sps", "Polyak", {"f_star": 0.8}, lambda lr: contrib_polyak(optax, lr, "sps", {"f_min": 0.8}),
        constant(0.01), extra=lambda t: {"value": jnp.asarray(value[t])},
    )  # fmt: skip
    yield case("dog", "DoG", {}, lambda lr: contrib.dog(lr), constant(1.0))
    yield case(
        "dog, other settings", "DoG", {"r_eps": 1e-2, "eps": 1e-3},
        lambda lr: contrib.dog(lr, init_step=("heuristic", 1e-2), eps=1e-3), falling(2.0),
    )  # fmt: skip
    yield case("dadapt_adamw", "DAdaptation", {"bias_correction": True}, lambda lr: contrib.dadapt_adamw(lr), constant(1.0))
    yield case(
        "dadapt_adamw, other settings", "DAdaptation",
        {"bias_correction": True, "beta1": 0.8, "beta2": 0.95, "eps": 1e-4, "d0": 1e-3, "weight_decay": 0.1},
        lambda lr: contrib.dadapt_adamw(lr, betas=(0.8, 0.95), eps=1e-4, estim_lr0=1e-3, weight_decay=0.1), falling(1.0),
    )  # fmt: skip
    yield case("prodigy", "Prodigy", {"bias_correction": True}, lambda lr: contrib.prodigy(lr), constant(1.0))
    yield case(
        "prodigy, other settings", "Prodigy",
        {
            "bias_correction": True, "beta1": 0.8, "beta2": 0.95, "beta3": 0.9, "eps": 1e-4, "d0": 1e-3, "d_coef": 2.0,
            "weight_decay": 0.1,
        },
        lambda lr: contrib.prodigy(
            lr, betas=(0.8, 0.95), beta3=0.9, eps=1e-4, estim_lr0=1e-3, estim_lr_coef=2.0, weight_decay=0.1
        ),
        falling(1.0),
    )  # fmt: skip
    judged = contrib.schedule_free_eval_params
    yield case("schedule_free_sgd", "ScheduleFreeSGD", {}, lambda lr: contrib.schedule_free_sgd(lr), constant(0.1))
    yield case(
        "schedule_free_sgd, judged", "ScheduleFreeSGD", {"beta": 0.8, "weight_decay": 0.1},
        lambda lr: contrib.schedule_free_sgd(lr, b1=0.8, weight_decay=0.1), constant(0.1), judged=judged,
    )  # fmt: skip
    yield case(
        "schedule_free_sgd, warmup", "ScheduleFreeSGD", {},
        lambda lr: contrib.schedule_free_sgd(0.1, warmup_steps=10), warming(0.1),
    )  # fmt: skip
    yield case("schedule_free_adamw", "ScheduleFreeAdamW", {}, lambda lr: contrib.schedule_free_adamw(lr), constant(0.01))
    yield case(
        "schedule_free_adamw, judged", "ScheduleFreeAdamW",
        {"beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "weight_decay": 0.1},
        lambda lr: contrib.schedule_free_adamw(lr, b1=0.8, b2=0.95, eps=1e-3, weight_decay=0.1), constant(0.05),
        judged=judged,
    )  # fmt: skip
    for k, alpha in ((5, 0.5), (3, 0.8)):
        yield {
            "peer": "optax", "name": f"lookahead {k} {alpha}", "ours": "Lookahead", "inner": ["SGD", {"momentum": 0.9}],
            "fields": {"k": k, "alpha": alpha}, "layers": LAYERS, "lr": falling(0.05),
            "path": optax_lookahead(falling(0.05), k, alpha),
        }  # fmt: skip
    for rho, inner, make in (
        (0.05, ["SGD", {"momentum": 0.9}], lambda lr: optax.sgd(lr, momentum=0.9)),
        (0.3, ["Adam", {}], lambda lr: optax.adam(lr)),
    ):
        yield case(
            f"sam {rho}", "SAM", {"rho": rho},
            lambda lr, rho=rho, make=make: contrib.sam(make(lr), optax.chain(contrib.normalize(), optax.sgd(rho))),
            constant(0.02),
        ) | {"inner": inner}  # fmt: skip


def contrib_polyak(optax, lr, variant, options):
    return optax.polyak_sgd(max_learning_rate=lr, variant=variant, **options)


def optax_lookahead(lrs, k, alpha):
    import jax
    import jax.numpy as jnp
    import optax

    w, grads = draw(LAYERS)
    table = jnp.asarray([*lrs, lrs[-1]])
    transformation = optax.lookahead(optax.sgd(lambda count: table[count], momentum=0.9), k, alpha)
    params = optax.LookaheadParams.init_synced([jnp.asarray(part) for part in split(w, LAYERS)])
    state, path, update = transformation.init(params), [], jax.jit(transformation.update)
    for grad in grads:
        updates, state = update([jnp.asarray(part) for part in split(grad, LAYERS)], state, params)
        params = optax.apply_updates(params, updates)
        path.append(flat(params.fast))
    return np.array(path)[KEPT]


# ---- torch ----


def with_torch(make, shapes, lrs, average=None):
    import torch

    w, grads = draw(shapes)
    layers = [torch.nn.Parameter(torch.tensor(part.T.copy(), dtype=torch.float64)) for part in split(w, shapes)]
    optimizer, path = make(layers), []
    model = torch.nn.ParameterList(layers)
    averaged = None if average is None else average(model)
    for t, grad in enumerate(grads):
        optimizer.param_groups[0]["lr"] = lrs[t]
        for layer, part in zip(layers, split(grad, shapes)):
            layer.grad = torch.tensor(part.T.copy())
        optimizer.step()
        if averaged is not None:
            averaged.update_parameters(model)
        shown = layers if averaged is None else averaged.module
        path.append(flat([layer.detach().numpy().T for layer in shown]))
    return np.array(path)[KEPT]


def torch_cases():
    import torch
    from torch.optim import swa_utils

    def case(name, ours, fields, make, lrs, shapes=LAYERS, **rest):
        return {
            "peer": "torch", "name": name, "ours": ours, "fields": fields, "layers": shapes, "lr": lrs,
            "path": with_torch(make, shapes, lrs, **rest),
        }  # fmt: skip

    yield case("Adafactor", "Adafactor", {}, lambda p: torch.optim.Adafactor(p), constant(0.01))
    yield case(
        "Adafactor, other settings", "Adafactor", {"decay": 0.6, "clip": 1.1, "eps2": 0.1, "weight_decay": 0.1},
        lambda p: torch.optim.Adafactor(p, beta2_decay=-0.6, d=1.1, eps=(1e-15, 0.1), weight_decay=0.1), falling(0.3),
    )  # fmt: skip
    matrices = [[4, 3], [2, 5]]
    yield case("Muon, bfloat16", "Muon", {}, lambda p: torch.optim.Muon(p, weight_decay=0.0), falling(0.02), shapes=matrices)

    def exact(grad, coefficients, steps, eps):
        a, b, c = coefficients
        X = grad.T if grad.size(0) > grad.size(1) else grad
        X = X / X.norm().clamp(min=eps)
        for _ in range(steps):
            A = X @ X.T
            X = a * X + (b * A + c * A @ A) @ X
        return X.T if grad.size(0) > grad.size(1) else X

    module = torch.optim._muon
    kept, module._zeropower_via_newtonschulz = module._zeropower_via_newtonschulz, exact
    try:
        yield case(
            "Muon, Newton-Schulz in float64", "Muon", {"eps": 1e-15},
            lambda p: torch.optim.Muon(p, weight_decay=0.0, eps=1e-15), falling(0.02), shapes=matrices,
        )  # fmt: skip
        yield case(
            "Muon, Newton-Schulz in float64, other settings", "Muon",
            {"eps": 1e-15, "momentum": 0.8, "nesterov": False, "ns_steps": 3, "weight_decay": 0.1, "rms": 0.2},
            lambda p: torch.optim.Muon(
                p, weight_decay=0.1, momentum=0.8, nesterov=False, ns_steps=3, eps=1e-15, adjust_lr_fn="match_rms_adamw"
            ),
            falling(0.05), shapes=matrices,
        )  # fmt: skip
    finally:
        module._zeropower_via_newtonschulz = kept
    for name, fields, average in (
        ("AveragedModel", {}, lambda model: swa_utils.AveragedModel(model)),
        ("AveragedModel, moving", {"decay": 0.9},
         lambda model: swa_utils.AveragedModel(model, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.9))),
    ):  # fmt: skip
        yield case(
            name, "Averaged", fields, lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), falling(0.05), average=average
        ) | {"inner": ["SGD", {"momentum": 0.9}], "judged": True}


# ---- keras ----


def with_keras(make, shapes, lrs, judged=None):
    import jax
    import keras

    jax.config.update("jax_enable_x64", True)
    keras.backend.set_floatx("float64")
    w, grads = draw(shapes)
    variables = [keras.Variable(part, dtype="float64") for part in split(w, shapes)]
    optimizer, path = make(), []
    optimizer.build(variables)
    for t, grad in enumerate(grads):
        optimizer.learning_rate = lrs[t]
        optimizer.apply([keras.ops.convert_to_tensor(part, dtype="float64") for part in split(grad, shapes)], variables)
        path.append(flat([np.asarray(one) for one in (variables if judged is None else judged(optimizer))]))
    return np.array(path)[KEPT]


def keras_cases():
    from keras import optimizers

    def case(name, ours, fields, make, lrs, shapes=LAYERS, **rest):
        return {
            "peer": "keras", "name": name, "ours": ours, "fields": fields, "layers": shapes, "lr": lrs,
            "path": with_keras(make, shapes, lrs, **rest),
        }  # fmt: skip

    yield case("Lamb", "LAMB", {"eps": 1e-7}, lambda: optimizers.Lamb(), falling(0.02))
    yield case(
        "Lamb, other settings", "LAMB", {"beta1": 0.8, "beta2": 0.95, "eps": 1e-3},
        lambda: optimizers.Lamb(beta_1=0.8, beta_2=0.95, epsilon=1e-3), falling(0.05),
    )  # fmt: skip
    yield case(
        "Lamb with decay", "LAMB", {"eps": 1e-7, "weight_decay": 0.1}, lambda: optimizers.Lamb(weight_decay=0.1), constant(0.05)
    )
    yield case("Adafactor", "Adafactor", {}, lambda: optimizers.Adafactor(), constant(0.01))
    yield case(
        "Adafactor, other settings", "Adafactor", {"decay": 0.6, "clip": 0.5, "eps2": 0.1},
        lambda: optimizers.Adafactor(beta_2_decay=-0.6, clip_threshold=0.5, epsilon_2=0.1), falling(0.3),
    )  # fmt: skip
    matrices = [[4, 3], [2, 5]]
    yield case(
        "Muon", "Muon", {"rms": 0.2, "weight_decay": 0.0},
        lambda: optimizers.Muon(weight_decay=None, adam_weight_decay=None), falling(0.02), shapes=matrices,
    )  # fmt: skip
    yield case(
        "Muon with decay", "Muon", {"rms": 0.3, "weight_decay": 0.1, "momentum": 0.8, "nesterov": False, "ns_steps": 3},
        lambda: optimizers.Muon(
            weight_decay=0.1, adam_weight_decay=0.1, momentum=0.8, nesterov=False, ns_steps=3, rms_rate=0.3
        ),
        falling(0.05), shapes=matrices,
    )  # fmt: skip
    yield case("ScheduleFreeAdamW", "ScheduleFreeAdamW", {"power": 0.0}, lambda: optimizers.ScheduleFreeAdamW(), constant(0.01))
    yield case(
        "ScheduleFreeAdamW, other settings", "ScheduleFreeAdamW", {"power": 0.0, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3},
        lambda: optimizers.ScheduleFreeAdamW(beta_1=0.8, beta_2=0.95, epsilon=1e-3), falling(0.05),
    )  # fmt: skip
    yield case(
        "use_ema", "Averaged", {"decay": 0.9}, lambda: optimizers.SGD(momentum=0.0, use_ema=True, ema_momentum=0.9),
        falling(0.05), judged=lambda optimizer: optimizer._model_variables_moving_average,
    ) | {"inner": ["SGD", {}], "judged": True}  # fmt: skip


if __name__ == "__main__":
    from store import save

    os.environ.setdefault("KERAS_BACKEND", "jax")
    save("matrix", [*optax_cases(), *torch_cases(), *keras_cases()])
