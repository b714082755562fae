"""The matrix-aware, rate-free and schedule-free optimizers and the wrappers against torch, optax and keras, in float64."""

import numpy as np
import pytest
from parity import store
from parity.make_matrix import KEPT, draw, losses

from lrlab import OPTIMIZERS, Averaged

VERSIONS, CASES = store.load("matrix")
BY_NAME = {f"{case['peer']} {case['name']}": case for case in CASES}

# peers that work in float32 for a part: Optax in Adafactor's power of t, Keras in its mean (Adafactor) and norm (Muon)
FLOAT32 = {
    "optax adafactor",
    "optax adafactor, other settings",
    "keras Adafactor",
    "keras Adafactor, other settings",
    "keras Muon",
    "keras Muon with decay",
}
# each of these has a test below that says what differs
DIFFERENT = {
    "optax polyak_sgd sps",
    "optax schedule_free_sgd, warmup",
    "optax muon with vectors",
    "torch Muon, bfloat16",
    "keras Lamb with decay",
}


def ours(case, step=None):
    """The weights of our optimizer after the updates that the case keeps."""
    fields = dict(case["fields"])
    if "inner" in case:
        name, inner = case["inner"]
        fields["inner"] = OPTIMIZERS[name](**inner)
    opt = OPTIMIZERS[case["ours"]](**fields)
    w, grads = draw(case["layers"])
    state, path = opt.init(w, case["layers"]), []
    for t, (grad, lr) in enumerate(zip(grads, case["lr"], strict=True)):
        if step is not None:
            w = step(w, lr)
        w, state = opt.step(w, grad, state, lr, *[losses()[t]] * opt.needs_loss)
        path.append(opt.evaluate(w, state) if "judged" in case["name"] or case.get("judged") else w)
    return np.array(path)[KEPT]


def gap(case, **options):
    return np.abs(ours(case, **options) - case["path"]).max()


def test_every_algorithm_that_a_library_shares_is_compared():
    shared = {(peer, name) for name, cls in OPTIMIZERS.items() for peer in ("torch", "optax", "keras") if peer in cls.elsewhere}
    mine = {"LARS", "LAMB", "Adafactor", "Muon", "Polyak", "DoG", "DAdaptation", "Prodigy"}
    mine |= {"ScheduleFreeSGD", "ScheduleFreeAdamW", "Lookahead", "SAM", "Averaged"}
    compared = {(case["peer"], case["ours"]) for case in CASES}
    assert compared == {(peer, name) for peer, name in shared if name in mine} - {("optax", "Averaged")}
    assert VERSIONS["torch"].startswith("2.13") and len(KEPT) > 5 and KEPT[-1] + 1 >= 40


@pytest.mark.parametrize("title", [title for title in BY_NAME if title not in DIFFERENT])
def test_the_weights_are_the_peers(title):
    case = BY_NAME[title]
    tolerance = 1e-6 if title in FLOAT32 else 1e-10
    moved = np.abs(np.array(case["path"]) - draw(case["layers"])[0]).max()
    assert moved > 1e4 * tolerance
    assert gap(case) <= tolerance


def test_torch_iterates_muon_in_bfloat16():
    case = BY_NAME["torch Muon, bfloat16"]
    assert 1e-4 < gap(case) < 0.05
    # the same in float64 is one of the cases that agree


def test_optax_sps_climbs_where_the_loss_is_below_its_smallest_value():
    case = BY_NAME["optax polyak_sgd sps"]
    below = losses() < 0.8
    assert below.any() and gap(case) > 1e-3
    w, grads = draw(case["layers"])
    for t, grad in enumerate(grads):
        w = w - min((losses()[t] - 0.8) / (grad @ grad), case["lr"][t]) * grad
    np.testing.assert_allclose(w, case["path"][-1], rtol=0, atol=1e-10)


def test_optax_weighs_the_schedule_free_average_by_the_rate_of_the_next_update():
    case = BY_NAME["optax schedule_free_sgd, warmup"]
    assert gap(case) > 1e-3
    w, grads = draw(case["layers"])
    x, z, y, total = w, w, w, 0.0
    ahead = [*case["lr"][1:], case["lr"][-1]]
    for grad, lr, weight in zip(grads, case["lr"], ahead):
        z = z - lr * grad
        total += weight**2
        x = x + weight**2 / total * (z - x)
        y = 0.1 * z + 0.9 * x
    # its warmup runs in float32
    np.testing.assert_allclose(y, case["path"][-1], rtol=0, atol=1e-6)


def test_keras_takes_lamb_s_decay_off_before_the_step_and_outside_the_ratio():
    case = BY_NAME["keras Lamb with decay"]
    assert gap(case) > 1e-3
    decay = case["fields"]["weight_decay"]
    without = {**case, "fields": {**case["fields"], "weight_decay": 0.0}}
    assert gap(without, step=lambda w, lr: w - lr * decay * w) <= 1e-10


def test_optax_steps_muon_s_vectors_by_adam_with_nesterov():
    case = BY_NAME["optax muon with vectors"]
    apart = np.abs(ours(case) - case["path"])
    inside = np.r_[0:12, 15:25]
    assert apart[:, inside].max() <= 1e-10
    assert np.delete(apart, inside, axis=1).max() > 1e-3


def test_torch_and_keras_begin_a_moving_average_at_the_first_update():
    case = BY_NAME["torch AveragedModel, moving"]
    opt = Averaged(inner=OPTIMIZERS["SGD"](momentum=0.9), decay=0.9)
    w, grads = draw(case["layers"])
    moved, state = opt.step(w, grads[0], opt.init(w), case["lr"][0])
    np.testing.assert_array_equal(opt.evaluate(moved, state), moved)
    np.testing.assert_allclose(case["path"][0], moved, rtol=0, atol=1e-12)
