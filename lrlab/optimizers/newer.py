"""Later answers to what Adam's two averages should average."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..parameters import flag, number
from ..shapes import shapes_of
from .adaptive import AdamState
from .base import (
    OPTIMIZERS,
    Optimizer,
    beta1_field,
    beta2_field,
    decay_field,
    eps_field,
    momentum_field,
    per_replica,
    weight_decay_field,
)


class AdaBeliefState(NamedTuple):
    t: int  # updates done
    m: np.ndarray  # (..., n), moving average of grad
    s: np.ndarray  # (..., n), moving average of (grad - m)^2


@OPTIMIZERS.define(
    formula="s = beta2 * s + (1 - beta2) * (grad - m)^2 + eps;  w = w - lr * m_hat / (sqrt(s_hat) + eps)",
    source="Zhuang et al. 2020, algorithm 2, https://arxiv.org/abs/2010.07468",
    elsewhere={"optax": "adabelief, eps in s is eps_root"},
)
class AdaBelief(Optimizer):
    """AdaBelief: Adam divided by how far the gradient is from what was expected, not by its size.

        t = t + 1
        m = beta1 * m + (1 - beta1) * grad                     m_hat = m / (1 - beta1^t)
        s = beta2 * s + (1 - beta2) * (grad - m)^2 + eps       s_hat = s / (1 - beta2^t)
        w = w - lr * m_hat / (sqrt(s_hat) + eps)

    w, grad, m, s (..., n); lr (...) or a number; t is 1 in the first update; m and s are 0 before it. There grad - m is
    beta1 * grad, so the first update has size lr / beta1. Under a constant gradient the steps grow to many times lr.

    Raises ValueError if beta1 or beta2 is outside [0, 1) or eps < 0.
    eps is added to s at every update, so s ends at eps / (1 - beta2) or above. It is 1e-8 in the paper's experiments on
    images, 1e-16 in the authors' later code and here. Optax agrees with eps_root=eps.

    >>> import numpy as np
    >>> opt, w = AdaBelief(beta1=0.5), np.array([0.0])
    >>> w, state = opt.step(w, np.array([-3.0]), opt.init(w), lr=0.1)
    >>> w.round(6)                     # 0.1 / 0.5
    array([0.2])
    """

    beta1: float = beta1_field()
    beta2: float = decay_field(0.999, "share of the old average of the squared surprise kept at each update")
    eps: float = eps_field(1e-16)

    def init(self, w, shapes=None):
        return AdaBeliefState(t=0, m=np.zeros_like(w), s=np.zeros_like(w))

    def step(self, w, grad, state, lr):
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * grad
        s = self.beta2 * state.s + (1 - self.beta2) * (grad - m) ** 2 + self.eps
        m_hat = m / (1 - self.beta1**t)
        s_hat = s / (1 - self.beta2**t)
        return w - per_replica(lr, w) * m_hat / (np.sqrt(s_hat) + self.eps), AdaBeliefState(t, m, s)


@OPTIMIZERS.define(
    formula="v = v - (1 - beta2) * sign(v - grad^2) * grad^2;  w = w - lr * m_hat / (sqrt(v_hat) + eps)",
    source="Zaheer et al. 2018, algorithm 2, https://papers.nips.cc/paper/8186-adaptive-methods-for-nonconvex-optimization",
    elsewhere={"optax": "yogi, m and v from 1e-6"},
)
class Yogi(Optimizer):
    """Yogi: Adam whose v moves towards grad^2 by a share of grad^2, not of v: after large gradients v falls slowly.

        t = t + 1
        m = beta1 * m + (1 - beta1) * grad                     m_hat = m / (1 - beta1^t)
        v = v - (1 - beta2) * sign(v - grad^2) * grad^2        v_hat = v / (1 - beta2^t)
        w = w - lr * m_hat / (sqrt(v_hat) + eps)

    w, grad, m, v (..., n); lr (...) or a number; t is 1 in the first update; m and v are 0 before it. The first update is
    Adam's: size lr for gradients well above eps.

    Raises ValueError if beta1 or beta2 is outside [0, 1) or eps < 0.
    The bias correction is that of Adam, as in Optax. Optax starts v, and m too, from 1e-6, so that it moves without a
    gradient: state = opt.init(w)._replace(m=np.full_like(w, 1e-6), v=np.full_like(w, 1e-6)).

    >>> import numpy as np
    >>> opt, w = Yogi(beta2=0.75), np.array([0.0])
    >>> state = opt.init(w)
    >>> for grad in (8.0, 2.0, 2.0):
    ...     w, state = opt.step(w, np.array([grad]), state, lr=0.1)
    ...     print(state.v)             # Adam: 16, 13, 10.75
    [16.]
    [15.]
    [14.]
    """

    beta1: float = beta1_field()
    beta2: float = decay_field(0.999, "1 minus the share of the squared gradient that v moves by")
    eps: float = eps_field(1e-3)

    def init(self, w, shapes=None):
        return AdamState(t=0, m=np.zeros_like(w), v=np.zeros_like(w))

    def step(self, w, grad, state, lr):
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * grad
        v = state.v - (1 - self.beta2) * np.sign(state.v - grad**2) * grad**2
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        return w - per_replica(lr, w) * m_hat / (np.sqrt(v_hat) + self.eps), AdamState(t, m, v)


class AdanState(NamedTuple):
    t: int  # updates done
    g: np.ndarray  # (..., n), the last gradient
    m: np.ndarray  # (..., n), moving average of grad
    v: np.ndarray  # (..., n), moving average of the differences of gradients
    n: np.ndarray  # (..., n), moving average of the squared look-ahead gradient


@OPTIMIZERS.define(
    formula="d = grad - g;  w = w - lr * (m_hat + beta2 * v_hat) / (sqrt(n_hat) + eps),  n from (grad + beta2 * d)^2",
    source="Xie et al. 2022, algorithm 1, https://arxiv.org/abs/2208.06677",
    elsewhere={"optax": "adan, lookahead 1 - b2, eps_root 1e-8"},
)
class Adan(Optimizer):
    """Adan: Adam with Nesterov's look-ahead written as the difference between two gradients, so that no second one is needed.

        t = t + 1
        d = grad - g                                           0 in the first update; g: the last gradient
        m = beta1 * m + (1 - beta1) * grad                     m_hat = m / (1 - beta1^t)
        v = beta2 * v + (1 - beta2) * d                        v_hat = v / (1 - beta2^t)
        n = beta3 * n + (1 - beta3) * (grad + beta2 * d)^2     n_hat = n / (1 - beta3^t)
        w = w - lr * ((m_hat + beta2 * v_hat) / (sqrt(n_hat) + eps) + weight_decay * w)

    w, grad, g, m, v, n (..., n); lr (...) or a number; t is 1 in the first update; all averages are 0 before it. The first
    update has size lr. `lookahead` replaces beta2 where it multiplies d and v_hat.

    Raises ValueError if beta1, beta2 or beta3 is outside [0, 1), or eps, weight_decay or lookahead < 0.
    The betas are shares kept, as in the authors' code; the paper writes 1 - beta for them and divides w by
    1 + lr * weight_decay instead of subtracting. Optax reads the paper's 1 - beta2 as 1 - b2 with the share kept for b2:
    lookahead=1 - b2, and eps_root=0 there.

    >>> import numpy as np
    >>> opt, w = Adan(beta1=0.5, beta2=0.5, beta3=0.5, eps=0.0), np.array([0.0])
    >>> state = opt.init(w)
    >>> for grad in (2.0, 4.0):
    ...     w, state = opt.step(w, np.array([grad]), state, lr=0.3)
    ...     print(w.round(6), state.m, state.v, state.n)
    [-0.3] [1.] [0.] [2.]
    [-0.582843] [2.5] [1.] [13.5]
    """

    beta1: float = decay_field(0.98, "share of the old average of the gradient kept at each update")
    beta2: float = decay_field(0.92, "share of the old average of the gradient's differences kept, and their weight")
    beta3: float = decay_field(0.99, "share of the old average of the squared look-ahead gradient kept at each update")
    eps: float = eps_field()
    weight_decay: float = weight_decay_field()
    lookahead: float | None = number(
        None, low=0.0, optional=True, slider=(0.0, 1.0), text="weight of the difference of gradients; None means beta2"
    )

    def init(self, w, shapes=None):
        zero = np.zeros_like(w)
        return AdanState(t=0, g=zero, m=zero, v=zero, n=zero)

    def step(self, w, grad, state, lr):
        t = state.t + 1
        ahead = self.beta2 if self.lookahead is None else self.lookahead
        d = grad - state.g if t > 1 else np.zeros_like(grad)
        m = self.beta1 * state.m + (1 - self.beta1) * grad
        v = self.beta2 * state.v + (1 - self.beta2) * d
        n = self.beta3 * state.n + (1 - self.beta3) * (grad + ahead * d) ** 2
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        n_hat = n / (1 - self.beta3**t)
        update = (m_hat + ahead * v_hat) / (np.sqrt(n_hat) + self.eps) + self.weight_decay * w
        return w - per_replica(lr, w) * update, AdanState(t, np.array(grad), m, v, n)


class NovoGradState(NamedTuple):
    t: int  # updates done
    m: np.ndarray  # (..., n), momentum of the normalised gradient
    v: np.ndarray  # (..., layers), moving average of the squared norm of each layer's gradient
    sizes: np.ndarray  # (layers,), number of weights of each layer


@OPTIMIZERS.define(
    formula="v = beta2 * v + (1 - beta2) * |grad|^2 for each layer;  m = beta1 * m + grad / (sqrt(v) + eps);  w = w - lr * m",
    source="Ginsburg et al. 2019, algorithm 1, https://arxiv.org/abs/1905.11286",
    elsewhere={"optax": "novograd, beta1 0.9, beta2 0.25, eps 1e-6"},
)
class NovoGrad(Optimizer):
    """NovoGrad: momentum of gradients that are divided by the norm of their whole layer, one number v for each layer.

        t = t + 1
        v = |grad|^2                                        in the first update, for each layer
        v = beta2 * v + (1 - beta2) * |grad|^2              later
        m = beta1 * m + grad / (sqrt(v) + eps) + weight_decay * w
        w = w - lr * m

    w, grad, m (..., n); v (..., layers); lr (...) or a number; m is 0 at t = 0. `shapes` of init says how w splits into
    layers; without it all of w is one. In the first update every layer moves by lr in its norm; under a constant gradient the
    step grows to lr / (1 - beta1).

    Raises ValueError if beta1 or beta2 is outside [0, 1), eps < 0, weight_decay < 0, or `shapes` does not fit w.
    The decay passes through the momentum, as in the paper. Optax agrees, with other defaults.

    >>> import numpy as np
    >>> opt, w = NovoGrad(), np.zeros(3)
    >>> w, state = opt.step(w, np.array([3.0, 4.0, -7.0]), opt.init(w, shapes=[(2,), (1,)]), lr=0.1)
    >>> w.round(6), state.v
    (array([-0.06, -0.08,  0.1 ]), array([25., 49.]))
    """

    coordinatewise = False

    beta1: float = decay_field(0.95, "share of the momentum kept at each update")
    beta2: float = decay_field(0.98, "share of the old average of the squared norm kept at each update")
    eps: float = eps_field()
    weight_decay: float = number(0.0, low=0.0, slider=(0.0, 0.5), text="share of w added to the normalised gradient")

    def init(self, w, shapes=None):
        sizes = np.array([math.prod(shape) for shape in shapes_of(w, shapes)])
        v = np.zeros((*np.shape(w)[:-1], len(sizes)), dtype=np.asarray(w).dtype)
        return NovoGradState(t=0, m=np.zeros_like(w), v=v, sizes=sizes)

    def step(self, w, grad, state, lr):
        t, sizes = state.t + 1, state.sizes
        norm2 = np.add.reduceat(grad**2, np.cumsum(sizes) - sizes, axis=-1)
        v = norm2 if t == 1 else self.beta2 * state.v + (1 - self.beta2) * norm2
        scale = np.repeat(np.sqrt(v) + self.eps, sizes, axis=-1)
        m = self.beta1 * state.m + grad / scale + self.weight_decay * w
        return w - per_replica(lr, w) * m, NovoGradState(t, m, v, sizes)


class AdEMAMixState(NamedTuple):
    t: int  # updates done
    m1: np.ndarray  # (..., n), fast moving average of grad
    m2: np.ndarray  # (..., n), slow moving average of grad
    v: np.ndarray  # (..., n), moving average of grad^2


@OPTIMIZERS.define(
    formula="w = w - lr * ((m1_hat + alpha * m2) / (sqrt(v_hat) + eps) + weight_decay * w)",
    source="Pagliardini, Ablin and Grangier 2024, algorithm 1, https://arxiv.org/abs/2409.03137",
    elsewhere={"optax": "contrib.ademamix"},
)
class AdEMAMix(Optimizer):
    """AdEMAMix: AdamW with a second, slow average of the gradient that remembers thousands of updates.

        t = t + 1
        m1 = beta1 * m1 + (1 - beta1) * grad        m1_hat = m1 / (1 - beta1^t)
        m2 = beta3 * m2 + (1 - beta3) * grad        not corrected: it comes in slowly
        v  = beta2 * v + (1 - beta2) * grad^2       v_hat = v / (1 - beta2^t)
        w  = w - lr * ((m1_hat + alpha * m2) / (sqrt(v_hat) + eps) + weight_decay * w)

    w, grad, m1, m2, v (..., n); lr (...) or a number; t is 1 in the first update; all averages are 0 before it. The first
    update has size lr * (1 + alpha * (1 - beta3)); under a constant gradient it grows to lr * (1 + alpha).

    Raises ValueError if beta1, beta2 or beta3 is outside [0, 1), or eps, alpha or weight_decay < 0.
    The paper also ramps alpha up from 0 and beta3 from beta1: drive these fields by schedules. Its experiments have alpha
    from 4 to 10, the authors' code 2, Optax 5. Optax agrees.

    >>> import numpy as np
    >>> opt, w = AdEMAMix(beta3=0.75, alpha=2.0), np.array([0.0])
    >>> w, state = opt.step(w, np.array([4.0]), opt.init(w), lr=0.1)
    >>> w.round(6)                     # -0.1 * (4 + 2 * 1) / 4
    array([-0.15])
    """

    beta1: float = decay_field(0.9, "share of the old fast average of the gradient kept at each update")
    beta2: float = beta2_field()
    beta3: float = decay_field(0.9999, "share of the old slow average of the gradient kept at each update")
    alpha: float = number(5.0, low=0.0, slider=(0.0, 10.0), text="weight of the slow average")
    eps: float = eps_field()
    weight_decay: float = weight_decay_field()

    def init(self, w, shapes=None):
        return AdEMAMixState(t=0, m1=np.zeros_like(w), m2=np.zeros_like(w), v=np.zeros_like(w))

    def step(self, w, grad, state, lr):
        t = state.t + 1
        m1 = self.beta1 * state.m1 + (1 - self.beta1) * grad
        m2 = self.beta3 * state.m2 + (1 - self.beta3) * grad
        v = self.beta2 * state.v + (1 - self.beta2) * grad**2
        m1_hat = m1 / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        update = (m1_hat + self.alpha * m2) / (np.sqrt(v_hat) + self.eps) + self.weight_decay * w
        return w - per_replica(lr, w) * update, AdEMAMixState(t, m1, m2, v)


@OPTIMIZERS.define(
    formula="m = beta1 * m + (1 - beta1) * clip(grad / max(sqrt(v), eps), t^(1/4));  w = w - lr * m;  then v takes in grad^2",
    source="Taniguchi et al. 2024, algorithm 2, https://arxiv.org/abs/2411.02853",
    elsewhere={"optax": "contrib.adopt"},
)
class ADOPT(Optimizer):
    """ADOPT: Adam that divides by the v of the past, before the new gradient is in it, and averages afterwards.

        v = grad^2                                          in the first update, which does not move w
        g = clip(grad / max(sqrt(v), eps), -t^(1/4), t^(1/4))           with the old v
        m = beta1 * m + (1 - beta1) * g
        w = w - lr * m
        v = beta2 * v + (1 - beta2) * grad^2

    w, grad, m, v (..., n); lr (...) or a number; t counts the updates done, so it is 0 in the first. The second update has
    size at most lr * (1 - beta1). clipping=False leaves out the clip (algorithm 1 of the paper).

    Raises ValueError if beta1 or beta2 is outside [0, 1) or eps < 0. Optax agrees.

    >>> import numpy as np
    >>> opt, w = ADOPT(beta1=0.5, beta2=0.5), np.array([0.0])
    >>> state = opt.init(w)
    >>> for grad in (2.0, 1.0, -4.0):
    ...     w, state = opt.step(w, np.array([grad]), state, lr=0.1)
    ...     print(w.round(6), state.v)
    [0.] [4.]
    [-0.025] [2.5]
    [0.02196] [9.25]
    """

    beta1: float = beta1_field()
    beta2: float = beta2_field(0.9999)
    eps: float = eps_field(1e-6, "smallest size of gradient to divide by")
    clipping: bool = flag(True, text="choice to bound the normalised gradient by the fourth root of t")

    def init(self, w, shapes=None):
        return AdamState(t=0, m=np.zeros_like(w), v=np.zeros_like(w))

    def step(self, w, grad, state, lr):
        t = state.t
        if t == 0:
            return np.array(w), AdamState(1, state.m, grad**2)
        g = grad / np.maximum(np.sqrt(state.v), self.eps)
        if self.clipping:
            g = np.clip(g, -(t**0.25), t**0.25)
        m = self.beta1 * state.m + (1 - self.beta1) * g
        v = self.beta2 * state.v + (1 - self.beta2) * grad**2
        return w - per_replica(lr, w) * m, AdamState(t + 1, m, v)


class MADGRADState(NamedTuple):
    t: int  # updates done
    s: np.ndarray  # (..., n), weighted sum of gradients
    nu: np.ndarray  # (..., n), weighted sum of squared gradients
    x0: np.ndarray  # (..., n), weights at the start


@OPTIMIZERS.define(
    formula="s, nu: sums of lr * sqrt(t + 1) times grad, grad^2;  z = x0 - s / (cbrt(nu) + eps);  w averages z",
    source="Defazio and Jelassi 2021, algorithm 1, https://arxiv.org/abs/2101.11075",
    elsewhere={"optax": "contrib.madgrad, eps added to lr too"},
)
class MADGRAD(Optimizer):
    """MADGRAD: dual averaging. The weights are the start minus the sum of all gradients over the cube root of their squares.

        lambda = lr * sqrt(t + 1)
        s  = s + lambda * grad
        nu = nu + lambda * grad^2
        z  = x0 - s / (cbrt(nu) + eps)
        w  = momentum * w + (1 - momentum) * z

    w, grad, s, nu, x0 (..., n); lr (...) or a number; t counts the updates done, so it is 0 in the first; s and nu are 0
    before it and x0 is the start. The first update is (1 - momentum) * (lr^2 * grad)^(1/3), the sign kept: the size of the
    gradient matters, by its cube root.

    Raises ValueError if momentum is outside [0, 1) or eps < 0.
    momentum is 1 - c of the paper. Optax and the authors' code add eps to lr too, which moves w even at rate 0: give
    lr + eps.

    >>> import numpy as np
    >>> opt, w = MADGRAD(momentum=0.5, eps=0.0), np.array([1.0])
    >>> w, state = opt.step(w, np.array([8.0]), opt.init(w), lr=1.0)
    >>> w                              # 1 - 0.5 * 8 / 4
    array([0.])
    """

    momentum: float = momentum_field(0.9, "share of the old weights kept at each update")
    eps: float = eps_field(1e-6)

    def init(self, w, shapes=None):
        return MADGRADState(t=0, s=np.zeros_like(w), nu=np.zeros_like(w), x0=np.array(w))

    def step(self, w, grad, state, lr):
        weight = per_replica(lr, w) * (state.t + 1) ** 0.5
        s = state.s + weight * grad
        nu = state.nu + weight * grad**2
        z = state.x0 - s / (np.cbrt(nu) + self.eps)
        # w + share * (z - w) keeps w exactly where z = w
        return w + (1 - self.momentum) * (z - w), MADGRADState(state.t + 1, s, nu, state.x0)
