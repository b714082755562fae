"""Methods that see a layer's weights as a matrix: Adafactor, Shampoo, SOAP and Muon.

`init` is given the shapes of the weights. An entry with two sides is a matrix; every other entry is handled as a vector.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..parameters import flag, number, whole
from ..shapes import join_weights, shapes_of, split_weights
from .adaptive import Adam, AdamState
from .base import OPTIMIZERS, Optimizer, decay_field, eps_field, momentum_field, per_replica, weight_decay_field

# the quintic 3.4445 x - 4.7750 x^3 + 2.0315 x^5, chosen by Jordan for its slope at 0
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)


def transpose(X):
    return np.swapaxes(X, -1, -2)


def rms(x, shape):
    """The root of the mean square of each layer (..., *shape), with axes of length 1 in place of the layer's."""
    return np.sqrt(np.square(x).mean(axis=tuple(range(-len(shape), 0)), keepdims=True))


class AdafactorState(NamedTuple):
    t: int  # updates done
    V: tuple  # for each matrix (R, C): averages of grad^2 over its rows (..., rows) and columns; for each vector (V,)
    shapes: tuple


@OPTIMIZERS.define(
    formula="V = R C / mean(R);  U = grad / sqrt(V);  w = w - lr * max(eps2, rms(w)) * U / max(1, rms(U) / clip)",
    source="Shazeer and Stern 2018, algorithms 4 to 6, https://arxiv.org/abs/1804.04235",
    elsewhere={"torch": "Adafactor", "optax": "adafactor, no cap on lr", "keras": "Adafactor"},
)
class Adafactor(Optimizer):
    """Adafactor: Adam's second moment kept as one number for each row and one for each column of a matrix.

        beta2 = 1 - t^-decay
        R = beta2 * R + (1 - beta2) * mean of grad^2 + eps1 over each row        matrix
        C = beta2 * C + (1 - beta2) * mean of grad^2 + eps1 over each column
        V = R C / mean(R)
        V = beta2 * V + (1 - beta2) * (grad^2 + eps1)                            vector
        U = grad / sqrt(V)
        U = U / max(1, rms(U) / clip)
        w = w - min(lr, 1 / sqrt(t)) * max(eps2, rms(w)) * U

    w, grad (..., n), for each layer of `shapes`; R (..., rows), C (..., columns); lr (...) or a number; t counts updates,
    so it is 1 in the first, where beta2 is 0. The first update of a layer has rms lr * rms(w), or less: lr is a relative
    step. The paper sets lr = 0.01. Weight decay is decoupled: lr * weight_decay * w also goes off, with the uncapped lr.

    relative_step=False takes lr as it is, without the cap 1 / sqrt(t), as Optax does. Torch and Keras have the cap.
    Torch puts eps1 (about 2e-16) under V as a floor. Optax factors only matrices with 128 rows and columns or more.

    Raises ValueError if decay <= 0, clip <= 0, eps1 <= 0, eps2 < 0 or weight_decay < 0.

    >>> import numpy as np
    >>> opt, w = Adafactor(), np.array([3.0, 4.0, 0.0, 0.0])
    >>> w, state = opt.step(w, np.array([1.0, 2.0, 2.0, 4.0]), opt.init(w, shapes=[(2, 2)]), lr=0.01)
    >>> w.round(6)                     # the gradient has rank 1, so V = grad^2: 0.01 * rms(w) = 0.025 each
    array([ 2.975,  3.975, -0.025, -0.025])
    """

    coordinatewise = False

    decay: float = number(0.8, low=0.0, low_open=True, slider=(0.1, 1.0), text="power of t with which beta2 nears 1")
    clip: float = number(1.0, low=0.0, low_open=True, slider=(0.1, 10.0), scale="log", text="largest rms of U, called d")
    eps1: float = number(
        1e-30, low=0.0, low_open=True, slider=(1e-30, 1e-3), scale="log", text="number added to the squared gradient"
    )
    eps2: float = number(1e-3, low=0.0, slider=(1e-6, 1.0), scale="log", text="smallest rms of w that a step is relative to")
    weight_decay: float = weight_decay_field()
    relative_step: bool = flag(True, text="choice to cap lr at 1 / sqrt(t)")

    def init(self, w, shapes=None):
        shapes = shapes_of(w, shapes)
        zeros = [np.zeros_like(part) for part in split_weights(w, shapes)]
        V = tuple(
            (part[..., 0].copy(), part[..., 0, :].copy()) if len(shape) == 2 else (part,)
            for part, shape in zip(zeros, shapes)
        )
        return AdafactorState(t=0, V=V, shapes=shapes)

    def step(self, w, grad, state, lr):
        t, shapes = state.t + 1, state.shapes
        beta2 = 1 - t**-self.decay
        moments, updates = [], []
        for X, G, moment, shape in zip(split_weights(w, shapes), split_weights(grad, shapes), state.V, shapes):
            G2 = G**2 + self.eps1
            seen = (G2.mean(axis=-1), G2.mean(axis=-2)) if len(shape) == 2 else (G2,)
            moment = tuple(beta2 * old + (1 - beta2) * new for old, new in zip(moment, seen))
            if len(shape) == 2:
                R, C = moment
                V = (R / R.mean(axis=-1, keepdims=True))[..., :, None] * C[..., None, :]
            else:
                (V,) = moment
            U = G / np.sqrt(V)
            U = U / np.maximum(1.0, rms(U, shape) / self.clip)
            moments.append(moment)
            updates.append(np.maximum(self.eps2, rms(X, shape)) * U)
        rho = np.minimum(lr, 1 / math.sqrt(t)) if self.relative_step else lr
        w = w - per_replica(rho, w) * join_weights(updates, shapes) - per_replica(lr, w) * self.weight_decay * w
        return w, AdafactorState(t, tuple(moments), shapes)


def inverse_root(H, p, floor):
    """H^(-1/p) of a symmetric matrix whose eigenvalues are at least `floor` but for rounding."""
    eigenvalues, Q = np.linalg.eigh(H)
    return (Q * np.maximum(eigenvalues, floor)[..., None, :] ** (-1 / p)) @ transpose(Q)


class ShampooState(NamedTuple):
    H: tuple  # for each matrix (L, R): (..., rows, rows) and (..., columns, columns); for each vector (s,)
    shapes: tuple


@OPTIMIZERS.define(
    formula="L = L + G G^T;  R = R + G^T G;  W = W - lr * L^(-1/4) G R^(-1/4)",
    source="Gupta, Koren and Singer 2018, algorithm 1, https://arxiv.org/abs/1802.09568",
)
class Shampoo(Optimizer):
    """Shampoo: AdaGrad with a full matrix for the rows and one for the columns of a layer.

        L = L + G G^T        R = R + G^T G
        W = W - lr * L^(-1/4) G R^(-1/4)            matrix
        s = s + g^2
        w = w - lr * g / sqrt(s)                    vector: the diagonal form, which is AdaGrad

    W, G (..., rows, columns) for each matrix of `shapes`, with L = eps I and R = eps I at t = 0; w, g, s (..., k) for each
    vector, with s = eps; lr (...) or a number. If eps is small, the first update of a matrix is lr * U V^T where
    G = U S V^T: all singular values are equal, whatever those of G, and a rotation of the rows or of the columns rotates it.

    The paper's algorithm alone: no momentum, no moving averages, roots taken at every update by eigendecomposition. Larger
    codes add these, and graft the length of another method's step. Torch, Optax and Keras have no Shampoo.

    Raises ValueError if eps <= 0.

    >>> import numpy as np
    >>> opt, w = Shampoo(eps=1e-12), np.zeros(4)
    >>> w, state = opt.step(w, np.array([5.0, 0.0, 0.0, 0.2]), opt.init(w, shapes=[(2, 2)]), lr=0.1)
    >>> w.round(6)
    array([-0.1,  0. ,  0. , -0.1])
    """

    coordinatewise = False

    eps: float = number(
        1e-6, low=0.0, low_open=True, slider=(1e-12, 1.0), scale="log", text="multiple of the identity that L and R start from"
    )

    def init(self, w, shapes=None):
        shapes = shapes_of(w, shapes)
        lead = np.shape(w)[:-1]
        start = tuple(
            tuple(np.tile(self.eps * np.eye(side, dtype=w.dtype), (*lead, 1, 1)) for side in shape)
            if len(shape) == 2
            else (np.full((*lead, *shape), self.eps, dtype=w.dtype),)
            for shape in shapes
        )
        return ShampooState(H=start, shapes=shapes)

    def step(self, w, grad, state, lr):
        kept, updates = [], []
        for G, H, shape in zip(split_weights(grad, state.shapes), state.H, state.shapes):
            if len(shape) == 2:
                L, R = H
                L, R = L + G @ transpose(G), R + transpose(G) @ G
                kept.append((L, R))
                updates.append(inverse_root(L, 4, self.eps) @ G @ inverse_root(R, 4, self.eps))
            else:
                s = H[0] + G**2
                kept.append((s,))
                updates.append(G / np.sqrt(s))
        return w - per_replica(lr, w) * join_weights(updates, state.shapes), ShampooState(tuple(kept), state.shapes)


class Basis(NamedTuple):
    L: np.ndarray  # (..., rows, rows), moving average of G G^T
    R: np.ndarray  # (..., columns, columns), moving average of G^T G
    QL: np.ndarray  # eigenvectors of L, in columns
    QR: np.ndarray  # eigenvectors of R

    def rotate(self, X):
        return transpose(self.QL) @ X @ self.QR

    def rotate_back(self, X):
        return self.QL @ X @ transpose(self.QR)


class SOAPState(NamedTuple):
    t: int  # gradients seen
    m: np.ndarray  # (..., n), moving average of grad
    v: np.ndarray  # (..., n), moving average of the squared gradient, of the rotated one in a matrix
    bases: tuple  # one Basis for each matrix
    shapes: tuple


@OPTIMIZERS.define(
    formula="G' = QL^T G QR;  W = W - lr * QL (M'_hat / (sqrt(V_hat) + eps)) QR^T",
    source="Vyas et al. 2024, algorithms 3 and 4, https://arxiv.org/abs/2409.11321",
)
class SOAP(Optimizer):
    """SOAP: Adam in the basis of the eigenvectors of Shampoo's two matrices.

        G' = QL^T G QR
        M = beta1 * M + (1 - beta1) * G             M' = QL^T M QR
        V = beta2 * V + (1 - beta2) * G'^2          M'_hat = M' / (1 - beta1^t),  V_hat = V / (1 - beta2^t)
        W = W - lr * QL (M'_hat / (sqrt(V_hat) + eps)) QR^T
        L = beta2 * L + (1 - beta2) * G G^T         R = beta2 * R + (1 - beta2) * G^T G
        every `every` updates:  QL = qr(L QL),  QR = qr(R QR)           one step of the power method

    W, G, M, V (..., rows, columns) for each matrix of `shapes`; a vector is not rotated, so it is stepped by Adam. lr (...)
    or a number; M, V, L, R are 0 before the first gradient. The first gradient only gives L, R and their eigenvectors: it
    moves nothing, so that no gradient meets a basis made from itself alone; t is 1 at the second. This and the
    bias correction, which the paper's listing leaves out, are the authors' code, https://github.com/nikhilvyas/SOAP.
    Weight decay is decoupled. Torch, Optax and Keras have no SOAP.

    Raises ValueError if beta1 or beta2 is outside [0, 1), eps < 0, every < 1 or weight_decay < 0.

    >>> import numpy as np
    >>> opt, w = SOAP(), np.zeros(4)
    >>> state = opt.init(w, shapes=[(2, 2)])
    >>> for _ in range(2):
    ...     w, state = opt.step(w, np.array([5.0, 0.0, 0.0, 0.2]), state, lr=0.1)
    >>> w.round(6) + 0.0
    array([-0.1,  0. ,  0. , -0.1])
    """

    coordinatewise = False

    beta1: float = decay_field(0.95, "share of the old average of the gradient kept at each update")
    beta2: float = decay_field(0.95, "share of the old averages of squares, V, L and R, kept at each update")
    eps: float = eps_field()
    weight_decay: float = weight_decay_field()
    every: int = whole(10, low=1, slider=(1, 100), unit="updates", text="number of updates between changes of basis, called f")

    def init(self, w, shapes=None):
        shapes = shapes_of(w, shapes)
        bases = []
        for rows, columns in (shape for shape in shapes if len(shape) == 2):
            left, right = (np.zeros((*np.shape(w)[:-1], side, side), dtype=w.dtype) for side in (rows, columns))
            bases.append(Basis(L=left, R=right, QL=left, QR=right))
        return SOAPState(t=0, m=np.zeros_like(w), v=np.zeros_like(w), bases=tuple(bases), shapes=shapes)

    def step(self, w, grad, state, lr):
        t, m, v, bases, shapes = state
        if t > 0:
            g = self._each_matrix(Basis.rotate, grad, bases, shapes)
            m = self.beta1 * m + (1 - self.beta1) * grad
            v = self.beta2 * v + (1 - self.beta2) * g**2
            m_hat = self._each_matrix(Basis.rotate, m, bases, shapes) / (1 - self.beta1**t)
            v_hat = v / (1 - self.beta2**t)
            n = self._each_matrix(Basis.rotate_back, m_hat / (np.sqrt(v_hat) + self.eps), bases, shapes)
            w = w - per_replica(lr, w) * (n + self.weight_decay * w)
        matrices = [G for G, shape in zip(split_weights(grad, shapes), shapes) if len(shape) == 2]
        bases = tuple(self._learn(basis, G, t) for basis, G in zip(bases, matrices))
        return w.copy() if t == 0 else w, SOAPState(t + 1, m, v, bases, shapes)

    def _learn(self, basis, G, t):
        L = self.beta2 * basis.L + (1 - self.beta2) * G @ transpose(G)
        R = self.beta2 * basis.R + (1 - self.beta2) * transpose(G) @ G
        if t == 0:
            return Basis(L, R, np.linalg.eigh(L).eigenvectors, np.linalg.eigh(R).eigenvectors)
        if t % self.every == 0:
            return Basis(L, R, np.linalg.qr(L @ basis.QL).Q, np.linalg.qr(R @ basis.QR).Q)
        return basis._replace(L=L, R=R)

    @staticmethod
    def _each_matrix(turn, x, bases, shapes):
        left = iter(bases)
        parts = [turn(next(left), X) if len(shape) == 2 else X for X, shape in zip(split_weights(x, shapes), shapes)]
        return join_weights(parts, shapes)


def orthogonalize(X, steps=5, eps=1e-7):
    """Near to U V^T for X = U S V^T (..., rows, columns), by the Newton-Schulz iteration of Jordan 2024.

        X = X / (|X| + eps)                        |X| the Frobenius norm, so that no singular value is above 1
        X = a X + (b A + c A A) X,  A = X X^T      `steps` times, with (a, b, c) = (3.4445, -4.7750, 2.0315)

    Each step sends every singular value s to a s + b s^3 + c s^5. After five, all that were above 0.01 lie between 0.68
    and 1.14: the coefficients are chosen for few steps, not for convergence to 1.

    >>> np.linalg.svd(orthogonalize(np.diag([3.0, 1.0])), compute_uv=False).round(3)
    array([1.134, 0.753])
    """
    a, b, c = NEWTON_SCHULZ
    wide = X.shape[-2] <= X.shape[-1]
    X = X if wide else transpose(X)
    X = X / (np.sqrt(np.square(X).sum(axis=(-2, -1), keepdims=True)) + eps)
    for _ in range(steps):
        A = X @ transpose(X)
        X = a * X + (b * A + c * A @ A) @ X
    return X if wide else transpose(X)


class MuonState(NamedTuple):
    t: int  # updates done
    B: np.ndarray  # (..., k), momentum buffer of the k weights in matrices
    m: np.ndarray  # (..., n - k), Adam's moving average of grad of the other weights
    v: np.ndarray  # (..., n - k), Adam's moving average of grad^2
    shapes: tuple


@OPTIMIZERS.define(
    formula="B = momentum * B + G;  W = W - lr * sqrt(max(1, columns / rows)) * orthogonalize(G + momentum * B)",
    source="Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/; "
    "rms: Liu et al. 2025, https://arxiv.org/abs/2502.16982",
    elsewhere={
        "torch": "Muon, matrices only, bfloat16",
        "optax": "contrib.muon, momentum bias-corrected",
        "keras": "Muon, rms=0.2",
    },
)
class Muon(Optimizer):
    """Muon: momentum whose matrix is orthogonalized, so that the step is equally long in every direction.

        B = momentum * B + G
        O = orthogonalize(G + momentum * B)          nesterov=False: orthogonalize(B)
        W = W - lr * sqrt(max(1, columns / rows)) * O

    W, G, B, O (..., rows, columns) for each matrix of `shapes`; lr (...) or a number; B is 0 at t = 0. A matrix here maps
    rows (inputs) to columns (outputs), x W; Torch stores the transpose, so its factor is rows / columns. The first
    update has singular values near lr * sqrt(max(1, columns / rows)) whatever those of G (0.68 to 1.14 of it; see
    `orthogonalize`). Vectors are stepped by Adam (adam_beta1, adam_beta2, adam_eps) at the rate vector_lr * lr, as the
    author and Keras do, and Optax with Nesterov's form of Adam; Torch refuses them. Weight decay is decoupled, for all.

    rms=0.2 replaces the factor by rms * sqrt(max(rows, columns)), so that a step is about as long as one of Adam: Keras's
    default, Torch's "match_rms_adamw", Optax's consistent_rms. bias_correction=True corrects the start of both terms of
    the momentum, as Optax does. Torch iterates in bfloat16: its first steps differ by about one percent.

    Raises ValueError if momentum, adam_beta1 or adam_beta2 is outside [0, 1), eps <= 0, or another field is out of range.

    >>> import numpy as np
    >>> opt, w = Muon(), np.zeros(4)
    >>> w, state = opt.step(w, np.array([3.0, 0.0, 0.0, 1.0]), opt.init(w, shapes=[(2, 2)]), lr=0.1)
    >>> w.round(4) + 0.0
    array([-0.0753,  0.    ,  0.    , -0.1134])
    """

    coordinatewise = False

    momentum: float = momentum_field(0.95)
    nesterov: bool = flag(True, text="choice to look one momentum step ahead")
    ns_steps: int = whole(5, low=1, high=99, slider=(1, 15), unit="steps", text="number of Newton-Schulz steps")
    eps: float = number(
        1e-7, low=0.0, low_open=True, slider=(1e-12, 1e-3), scale="log", text="number added to the norm of the momentum"
    )
    weight_decay: float = weight_decay_field()
    rms: float | None = number(
        None, optional=True, low=0.0, low_open=True, slider=(0.05, 1.0), text="root mean square of a step at lr = 1"
    )
    bias_correction: bool = flag(False, text="choice to correct the start of the momentum, as Optax does")
    vector_lr: float = number(1.0, low=0.0, slider=(0.01, 1.0), scale="log", text="rate of the vectors as a share of lr")
    adam_beta1: float = decay_field(0.9, "Adam's beta1, for the vectors")
    adam_beta2: float = decay_field(0.999, "Adam's beta2, for the vectors")
    adam_eps: float = eps_field()

    def init(self, w, shapes=None):
        shapes = shapes_of(w, shapes)
        inside = _in_a_matrix(shapes)
        rest = np.zeros_like(w[..., ~inside])
        return MuonState(t=0, B=np.zeros_like(w[..., inside]), m=rest, v=rest.copy(), shapes=shapes)

    def step(self, w, grad, state, lr):
        t, shapes = state.t + 1, state.shapes
        inside = _in_a_matrix(shapes)
        matrices = [shape for shape in shapes if len(shape) == 2]
        lr = np.asarray(lr)
        moved = w - per_replica(lr * self.weight_decay, w) * w

        G = grad[..., inside]
        B = self.momentum * state.B + G
        # under weights 1 - momentum^t the average of the gradients has no start-up bias
        last, next_ = (1 - self.momentum**t, 1 - self.momentum ** (t + 1)) if self.bias_correction else (1.0, 1.0)
        direction = G / last + self.momentum * B / next_ if self.nesterov else B
        steps = [
            self._length(*shape) * orthogonalize(X, self.ns_steps, self.eps)
            for X, shape in zip(split_weights(direction, matrices), matrices)
        ]
        if matrices:
            moved[..., inside] -= per_replica(lr, w) * join_weights(steps, matrices)

        adam = Adam(self.adam_beta1, self.adam_beta2, self.adam_eps)
        rest, adam_state = adam.step(
            moved[..., ~inside], grad[..., ~inside], AdamState(state.t, state.m, state.v), lr * self.vector_lr
        )
        moved[..., ~inside] = rest
        return moved, MuonState(t, B, adam_state.m, adam_state.v, shapes)

    def _length(self, rows, columns):
        return math.sqrt(max(1.0, columns / rows)) if self.rms is None else self.rms * math.sqrt(max(rows, columns))


def _in_a_matrix(shapes):
    """For each weight whether it belongs to a matrix: (n,)."""
    return np.repeat([len(shape) == 2 for shape in shapes], [math.prod(shape) for shape in shapes])
