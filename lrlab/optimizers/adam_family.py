"""Adam with one thing changed: the decay, the maximum, the norm, the look-ahead, the first updates."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..parameters import flag, number
from .adaptive import AdamState
from .base import OPTIMIZERS, Optimizer, beta1_field, beta2_field, decay_field, eps_field, per_replica, weight_decay_field


@OPTIMIZERS.define(
    formula="w = w - lr * (m_hat / (sqrt(v_hat) + eps) + weight_decay * w)",
    source="Loshchilov and Hutter 2019, algorithm 2, https://arxiv.org/abs/1711.05101",
    elsewhere={"torch": "AdamW", "optax": "adamw, weight_decay 1e-4", "keras": "AdamW, 0.004, eps before correction"},
)
class AdamW(Optimizer):
    """AdamW: Adam with weight decay that does not pass through the moving averages.

        t = t + 1
        m = beta1 * m + (1 - beta1) * grad          m_hat = m / (1 - beta1^t)
        v = beta2 * v + (1 - beta2) * grad^2        v_hat = v / (1 - beta2^t)
        w = w - lr * (m_hat / (sqrt(v_hat) + eps) + weight_decay * w)

    w, grad, m, v (..., n); lr (...) or a number; t is 1 in the first update; m and v are 0 before it. The first update is
    that of Adam and lr * weight_decay * w: every weight shrinks by the same share, whatever its gradients.

    Raises ValueError if beta1 or beta2 is outside [0, 1), eps < 0 or weight_decay < 0.
    The paper multiplies the decay by the schedule alone, not by the base rate; Torch, Optax and Keras by lr, as here. Keras
    adds eps (1e-7) before the correction: see `eps_before_correction`. Decay inside the gradient (`weight_decay` of
    Torch's Adam) is Adam given grad + weight_decay * w.

    >>> import numpy as np
    >>> opt, w = AdamW(weight_decay=0.5), np.array([2.0])
    >>> w, state = opt.step(w, np.array([1e-3]), opt.init(w), lr=0.1)
    >>> w.round(5)                     # 2 - 0.1 * (1 + 0.5 * 2)
    array([1.8])
    """

    beta1: float = beta1_field()
    beta2: float = beta2_field()
    eps: float = eps_field()
    weight_decay: float = weight_decay_field(0.01)

    def init(self, w, shapes=None):
        return AdamState(t=0, m=np.zeros_like(w), v=np.zeros_like(w))

    def step(self, w, grad, state, lr):
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * grad
        v = self.beta2 * state.v + (1 - self.beta2) * grad**2
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        update = m_hat / (np.sqrt(v_hat) + self.eps) + self.weight_decay * w
        return w - per_replica(lr, w) * update, AdamState(t, m, v)


class AMSGradState(NamedTuple):
    t: int  # updates done
    m: np.ndarray  # (..., n), moving average of grad
    v: np.ndarray  # (..., n), moving average of grad^2
    v_max: np.ndarray  # (..., n), the largest v so far


@OPTIMIZERS.define(
    formula="v_max = max(v_max, v);  w = w - lr * m_hat / (sqrt(v_max_hat) + eps)",
    source="Reddi, Kale and Kumar 2018, algorithm 2, https://arxiv.org/abs/1904.09237",
    elsewhere={
        "torch": "Adam(amsgrad=True)",
        "optax": "amsgrad, maximum of the corrected v",
        "keras": "Adam(amsgrad=True), eps before correction",
    },
)
class AMSGrad(Optimizer):
    """AMSGrad: Adam with the largest v so far, so that the step of a coordinate never grows again.

        t = t + 1
        m = beta1 * m + (1 - beta1) * grad          m_hat = m / (1 - beta1^t)
        v = beta2 * v + (1 - beta2) * grad^2
        v_max = max(v_max, v)                       v_hat = v_max / (1 - beta2^t)
        w = w - lr * m_hat / (sqrt(v_hat) + eps)

    w, grad, m, v, v_max (..., n); lr (...) or a number; t is 1 in the first update; m, v, v_max are 0 before it. The first
    update has size lr, as Adam's.

    Raises ValueError if beta1 or beta2 is outside [0, 1) or eps < 0.
    The paper has no bias correction. Torch and Keras correct the maximum of the raw v, as here (Keras adds eps before the
    correction: see `eps_before_correction`); Optax takes the maximum of the corrected v: corrected_max=True.

    >>> import numpy as np
    >>> opt, w = AMSGrad(beta1=0.0, beta2=0.5, eps=0.0), np.array([0.0])
    >>> state = opt.init(w)
    >>> for grad in (4.0, 0.0, 1.0):
    ...     w, state = opt.step(w, np.array([grad]), state, lr=1.0)
    >>> state.v, state.v_max           # v falls, the maximum stays
    (array([2.5]), array([8.]))
    """

    beta1: float = beta1_field()
    beta2: float = beta2_field()
    eps: float = eps_field()
    corrected_max: bool = flag(False, text="choice to take the maximum after the bias correction, as Optax does")

    def init(self, w, shapes=None):
        return AMSGradState(t=0, m=np.zeros_like(w), v=np.zeros_like(w), v_max=np.zeros_like(w))

    def step(self, w, grad, state, lr):
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * grad
        v = self.beta2 * state.v + (1 - self.beta2) * grad**2
        m_hat = m / (1 - self.beta1**t)
        correction = 1 - self.beta2**t
        v_max = np.maximum(state.v_max, v / correction if self.corrected_max else v)
        v_hat = v_max if self.corrected_max else v_max / correction
        return w - per_replica(lr, w) * m_hat / (np.sqrt(v_hat) + self.eps), AMSGradState(t, m, v, v_max)


class AdamaxState(NamedTuple):
    t: int  # updates done
    m: np.ndarray  # (..., n), moving average of grad
    u: np.ndarray  # (..., n), decaying maximum of |grad|


@OPTIMIZERS.define(
    formula="u = max(beta2 * u, |grad| + eps);  w = w - lr * m_hat / u",
    source="Kingma and Ba 2015, algorithm 2, https://arxiv.org/abs/1412.6980",
    elsewhere={"torch": "Adamax", "optax": "adamax", "keras": "Adamax, eps added to u"},
)
class Adamax(Optimizer):
    """Adamax: Adam with the maximum norm, a decaying maximum of |grad| in place of the root of v.

        t = t + 1
        m = beta1 * m + (1 - beta1) * grad          m_hat = m / (1 - beta1^t)
        u = max(beta2 * u, |grad| + eps)            eps_outside=True: u = max(beta2 * u, |grad|)
        w = w - lr * m_hat / u                      eps_outside=True: u + eps in place of u

    w, grad, m, u (..., n); lr (...) or a number; t is 1 in the first update; m and u are 0 before it. u needs no
    correction: the first update has size lr.

    Raises ValueError if beta1 or beta2 is outside [0, 1) or eps < 0.
    The paper has no eps. Torch and Optax add it inside the maximum, as here; Keras to u: eps_outside=True.

    >>> import numpy as np
    >>> opt, w = Adamax(beta1=0.0, beta2=0.5, eps=0.0), np.array([0.0])
    >>> state = opt.init(w)
    >>> for grad in (4.0, -1.0, 1.0):
    ...     w, state = opt.step(w, np.array([grad]), state, lr=0.1)
    ...     print(w.round(6), state.u)
    [-0.1] [4.]
    [-0.05] [2.]
    [-0.15] [1.]
    """

    beta1: float = beta1_field()
    beta2: float = decay_field(0.999, "share of the old maximum of the gradient's size kept at each update")
    eps: float = eps_field()
    eps_outside: bool = flag(False, text="choice to add eps to the maximum, as Keras does")

    def init(self, w, shapes=None):
        return AdamaxState(t=0, m=np.zeros_like(w), u=np.zeros_like(w))

    def step(self, w, grad, state, lr):
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * grad
        inside, outside = (0.0, self.eps) if self.eps_outside else (self.eps, 0.0)
        u = np.maximum(self.beta2 * state.u, np.abs(grad) + inside)
        m_hat = m / (1 - self.beta1**t)
        return w - per_replica(lr, w) * m_hat / (u + outside), AdamaxState(t, m, u)


class NAdamState(NamedTuple):
    t: int  # updates done
    mu_product: float  # mu_1 * ... * mu_t
    m: np.ndarray  # (..., n), moving average of grad
    v: np.ndarray  # (..., n), moving average of grad^2


@OPTIMIZERS.define(
    formula="m_hat = mu' * m / (1 - mu_1...mu_t mu') + (1 - mu) * grad / (1 - mu_1...mu_t);  then as Adam",
    source="Dozat 2016, Incorporating Nesterov momentum into Adam, https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ",
    elsewhere={"torch": "NAdam", "optax": "nadam, constant mu", "keras": "Nadam, momentum_decay 1"},
)
class NAdam(Optimizer):
    """NAdam: Adam that looks one momentum step ahead, with a momentum that warms up.

        t = t + 1
        mu  = beta1 * (1 - 0.96^(t * momentum_decay) / 2)
        mu' = the same at t + 1                     the momentum of the next update
        m = beta1 * m + (1 - beta1) * grad
        v = beta2 * v + (1 - beta2) * grad^2        v_hat = v / (1 - beta2^t)
        m_hat = mu' * m / (1 - mu_1 ... mu_t * mu') + (1 - mu) * grad / (1 - mu_1 ... mu_t)
        w = w - lr * m_hat / (sqrt(v_hat) + eps)

    w, grad, m, v (..., n); lr (...) or a number; t is 1 in the first update; m and v are 0 before it. mu rises from about
    beta1 / 2 to beta1. With the defaults the first update has size 1.056 lr.

    Raises ValueError if beta1 or beta2 is outside [0, 1), eps < 0 or momentum_decay < 0.
    momentum_decay is Dozat's 1 / 250. Torch agrees (it keeps the product of mu in float32). Keras has momentum_decay=1;
    Optax has mu = beta1 from the start, which momentum_decay=1e6 gives.

    >>> import numpy as np
    >>> opt, w = NAdam(), np.array([0.0])
    >>> w, state = opt.step(w, np.array([7.0]), opt.init(w), lr=1.0)
    >>> w.round(3), round(state.mu_product, 4)
    (array([-1.056]), 0.4501)
    """

    beta1: float = beta1_field()
    beta2: float = beta2_field()
    eps: float = eps_field()
    momentum_decay: float = number(
        0.004, low=0.0, slider=(1e-4, 1.0), scale="log", text="speed at which the momentum rises from beta1 / 2 to beta1"
    )

    def init(self, w, shapes=None):
        return NAdamState(t=0, mu_product=1.0, m=np.zeros_like(w), v=np.zeros_like(w))

    def step(self, w, grad, state, lr):
        t = state.t + 1
        mu = self.beta1 * (1 - 0.5 * 0.96 ** (t * self.momentum_decay))
        mu_next = self.beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * self.momentum_decay))
        product = state.mu_product * mu
        m = self.beta1 * state.m + (1 - self.beta1) * grad
        v = self.beta2 * state.v + (1 - self.beta2) * grad**2
        m_hat = mu_next / (1 - product * mu_next) * m + (1 - mu) / (1 - product) * grad
        v_hat = v / (1 - self.beta2**t)
        return w - per_replica(lr, w) * m_hat / (np.sqrt(v_hat) + self.eps), NAdamState(t, product, m, v)


@OPTIMIZERS.define(
    formula="rho > 5:  w = w - lr * r * m_hat / (sqrt(v_hat) + eps);  before:  w = w - lr * m_hat",
    source="Liu et al. 2020, algorithm 2, https://arxiv.org/abs/1908.03265",
    elsewhere={"torch": "RAdam, eps before correction", "optax": "radam"},
)
class RAdam(Optimizer):
    """RAdam: Adam whose step is rectified while v rests on few gradients; in the very first updates, momentum alone.

        t = t + 1
        m = beta1 * m + (1 - beta1) * grad          m_hat = m / (1 - beta1^t)
        v = beta2 * v + (1 - beta2) * grad^2        v_hat = v / (1 - beta2^t)
        rho_inf = 2 / (1 - beta2) - 1
        rho = rho_inf - 2 t beta2^t / (1 - beta2^t)                          gradients that v averages over
        r = sqrt((rho - 4) (rho - 2) rho_inf / ((rho_inf - 4) (rho_inf - 2) rho))
        w = w - lr * r * m_hat / (sqrt(v_hat) + eps)      if rho > 5
        w = w - lr * m_hat                                else

    w, grad, m, v (..., n); lr (...) or a number; t is 1 in the first update; m and v are 0 before it. With beta2 = 0.999 the
    first five updates are momentum: the first is lr * grad. r then rises from 0.026 to 1. With beta2 below 2/3 rho never
    passes 5.

    Raises ValueError if beta1 or beta2 is outside [0, 1) or eps < 0.
    The paper rectifies from rho > 4. Optax agrees (it rectifies from rho >= 5). Torch adds eps to sqrt(v) before the
    correction: see `eps_before_correction`.

    >>> import numpy as np
    >>> opt, w = RAdam(), np.array([0.0])
    >>> state = opt.init(w)
    >>> for _ in range(6):
    ...     w, state = opt.step(w, np.array([100.0]), state, lr=0.1)
    ...     print(w.round(4))          # five updates of lr * grad, then one of lr * r
    [-10.]
    [-20.]
    [-30.]
    [-40.]
    [-50.]
    [-50.0026]
    """

    beta1: float = beta1_field()
    beta2: float = beta2_field()
    eps: float = eps_field()

    def init(self, w, shapes=None):
        return AdamState(t=0, m=np.zeros_like(w), v=np.zeros_like(w))

    def step(self, w, grad, state, lr):
        t = state.t + 1
        m = self.beta1 * state.m + (1 - self.beta1) * grad
        v = self.beta2 * state.v + (1 - self.beta2) * grad**2
        update = m / (1 - self.beta1**t)
        rho_inf = 2 / (1 - self.beta2) - 1
        rho = rho_inf - 2 * t * self.beta2**t / (1 - self.beta2**t)
        if rho > 5:
            r = ((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho)) ** 0.5
            v_hat = v / (1 - self.beta2**t)
            update = r * update / (np.sqrt(v_hat) + self.eps)
        return w - per_replica(lr, w) * update, AdamState(t, m, v)
