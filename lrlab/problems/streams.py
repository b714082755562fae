"""Streams: fresh data, or a fresh gradient, at every update. Nothing is seen twice, so nothing can be learned by heart."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..parameters import Declared, flag, number, whole
from ..shapes import join_weights, split_weights
from .base import STREAMS, drawn, log_softmax
from .networks import as_floats, cross_entropy, layers


@STREAMS.define(
    formula="student softmax(max(x V + b, 0) W + c), labels drawn from teacher softmax(tanh(2 x V*) W*)",
    source="the setting after Gardner and Derrida 1989, https://doi.org/10.1088/0305-4470/22/12/004; this form is lrlab's",
)
class TeacherStudent(Declared):
    """A student network learns from a fixed random teacher, from fresh examples at every update.

        x ~ N(0, I), 16 inputs       p* = softmax(tanh(2 x V*) W*), 4 classes       label ~ p*
        loss = -mean log p[label]    p = softmax(max(x V + b, 0) W + c), the student

    with V* (16, 16) of variance 1 / 16 and W* (16, 4) of variance 2.25. The labels are drawn, so even a perfect student
    has the teacher's entropy as its loss (`floor`): there is noise at the optimum that no amount of training removes, and
    no example comes twice, so there is no overfitting. The metric `excess` is the mean Kullback-Leibler divergence from
    teacher to student, in nats, over 4096 fixed inputs: exact given the inputs, free of the luck of the labels.

    w (..., n), float32, n = 676 with 32 hidden units. A batch is (batch, 21): the inputs, a one, the label
    one-hot. The start is He's: weights of variance 2 / inputs, biases 0.

    Raises ValueError if hidden or batch is below 1 or teacher below 0.

    >>> problem = TeacherStudent()
    >>> w = problem.initial(np.random.default_rng(0))
    >>> loss, grad = problem.loss_and_grad(w, problem.batches(np.random.default_rng(1), 1)[0])
    >>> grad.shape, bool(abs(problem.evaluate(np.zeros(676))["excess"] + problem.floor - np.log(4)) < 1e-6)
    ((676,), True)
    """

    hidden: int = whole(32, low=1, slider=(1, 128), unit="units", text="number of hidden units of the student")
    batch: int = whole(16, low=1, slider=(1, 256), unit="examples", text="number of fresh examples in an update")
    teacher: int = whole(0, low=0, slider=(0, 20), text="seed of the teacher")

    @property
    def shapes(self):
        return ((16, self.hidden), (self.hidden,), (self.hidden, 4), (4,))

    @cached_property
    def _teacher(self):
        rng = np.random.default_rng(self.teacher)
        return rng.standard_normal((16, 16)) / 4, rng.standard_normal((16, 4)) * 1.5

    def log_teacher(self, x):
        """log p* (..., 4) of inputs x (..., 16)."""
        V, W = self._teacher
        return log_softmax(np.tanh(2 * (x @ V)) @ W)

    @cached_property
    def _judged(self):
        x = np.random.default_rng([self.teacher, 1]).standard_normal((4096, 16))
        log_p = self.log_teacher(x)
        return x.astype(np.float32), np.exp(log_p)

    @cached_property
    def floor(self) -> float:
        """The teacher's mean entropy over the fixed inputs: the loss of a perfect student, in nats."""
        p = self._judged[1]
        return float(-(p * np.log(p)).sum(-1).mean())

    def initial(self, rng):
        parts = [
            rng.normal(0.0, np.sqrt(2.0 / shape[0]), shape) if len(shape) == 2 else np.zeros(shape) for shape in self.shapes
        ]
        return join_weights(parts, self.shapes).astype(np.float32)

    def batches(self, rng, steps):
        # two streams, so that a longer run begins as the shorter one
        inputs, labels = rng.spawn(2)
        x = inputs.standard_normal((steps, self.batch, 16), dtype=np.float32)
        label = drawn(np.exp(self.log_teacher(x)).cumsum(axis=-1), labels.random((steps, self.batch)))
        return np.concatenate([x, np.ones_like(x[..., :1]), np.eye(4, dtype=np.float32)[label]], axis=-1)

    def loss_and_grad(self, w, batch):
        # as in networks.py: arrays stand transposed, and an array with its bias row or its ones has a 1 in its name
        w = as_floats(w)
        rows = batch.astype(w.dtype, copy=False)
        x1T, target = rows[..., :17].mT, np.ascontiguousarray(rows[..., 17:].mT)
        V1, W1 = layers(w, self.shapes)
        lead = np.broadcast_shapes(V1.shape[:-2], x1T.shape[:-2])
        a1 = np.ones((*lead, self.hidden + 1, self.batch), w.dtype)
        np.matmul(V1.mT, x1T, out=a1[..., :-1, :])
        np.maximum(a1, 0.0, out=a1)
        loss, dz = cross_entropy(W1.mT @ a1, target)
        da = W1[..., :-1, :] @ dz
        da *= a1[..., :-1, :] > 0
        grad = np.empty((*lead, w.shape[-1]), w.dtype)
        dV1, dW1 = layers(grad, self.shapes)
        np.matmul(x1T, da.mT, out=dV1)
        np.matmul(a1, dz.mT, out=dW1)
        return loss, grad

    def evaluate(self, w):
        x, p = self._judged
        w = np.asarray(w)
        flat = w.reshape(-1, w.shape[-1])
        cross = np.empty(len(flat))
        for one, weights in enumerate(flat):  # one replica at a time stays in the cache
            V, b, W, c = split_weights(weights, self.shapes)
            log_p = log_softmax(np.maximum(x @ V + b, 0) @ W + c)
            cross[one] = -np.vdot(p, log_p.astype(np.float64)) / len(x)
        return {"excess": cross.reshape(w.shape[:-1]) - self.floor}


@STREAMS.define(
    formula="log(1 + exp(-y x w)), 5 of dim features present, frequency ~ 1 / rank^exponent",
    source="the setting of Duchi, Hazan and Singer 2011, section 1.3, https://jmlr.org/papers/v12/duchi11a.html",
)
class SparseLogistic(Declared):
    """Logistic regression on rare features, from fresh examples at every update.

        x in {0, 1}^dim: 5 features drawn with probability ~ 1 / rank^exponent      y = sign(x w*) in {-1, 1}
        loss = mean log(1 + exp(-y x w))                                            grad = mean -y x / (1 + exp(y x w))

    w (..., dim), start 0; w* has independent normal entries of deviation 2. A feature drawn twice is present once. With
    exponent 0 all features are equally frequent; the larger the exponent, the rarer most of them. A batch is
    (batch, 5): the features of each example. Metrics on 4000 fixed further examples: test_loss, test_error.

    Raises ValueError if dim < 5, batch < 1, exponent < 0 or data_seed < 0.

    >>> problem = SparseLogistic()
    >>> {name: float(value.round(4)) for name, value in problem.evaluate(np.zeros(200)).items()}
    {'test_loss': 0.6931, 'test_error': 1.0}
    """

    exponent: float = number(1.0, low=0.0, slider=(0.0, 2.0), text="how fast the frequency falls with the rank")
    dim: int = whole(200, low=5, slider=(5, 1000), unit="features", text="number of features")
    batch: int = whole(8, low=1, slider=(1, 64), unit="examples", text="number of fresh examples in an update")
    data_seed: int = whole(0, low=0, slider=(0, 20), text="seed of the true weights and the test examples")

    @property
    def shapes(self):
        return ((self.dim,),)

    @cached_property
    def frequency(self):
        """The probability that a drawn feature is this one, (dim,)."""
        p = np.arange(1, self.dim + 1) ** -self.exponent
        return p / p.sum()

    @cached_property
    def w_true(self):
        return 2.0 * np.random.default_rng(self.data_seed).standard_normal(self.dim)

    @cached_property
    def _tests(self):
        return self._examples(self._features(np.random.default_rng([self.data_seed, 1]), 4000))

    def _features(self, rng, *shape):
        return rng.choice(self.dim, (*shape, 5), p=self.frequency)

    def _examples(self, features):
        x = np.zeros((*features.shape[:-1], self.dim))
        np.put_along_axis(x, features, 1.0, axis=-1)
        return x, np.where(x @ self.w_true > 0, 1.0, -1.0)

    def initial(self, rng):
        return np.zeros(self.dim)

    def batches(self, rng, steps):
        return self._features(rng, steps, self.batch)

    def loss_and_grad(self, w, batch):
        x, y = self._examples(batch)
        margin = y * (x @ w[..., None])[..., 0]
        # 1 / (1 + exp(margin)) without overflow
        pull = -0.5 * y * (1.0 - np.tanh(margin / 2)) / margin.shape[-1]
        grad = (pull[..., None, :] @ x)[..., 0, :]
        return np.logaddexp(0.0, -margin).mean(axis=-1), grad.astype(w.dtype, copy=False)

    def evaluate(self, w):
        x, y = self._tests
        margin = y * (w @ x.T)
        return {"test_loss": np.logaddexp(0.0, -margin).mean(axis=-1), "test_error": (margin <= 0).mean(axis=-1)}


@STREAMS.define(
    formula="sum_i a_i (w_i - 1 + noise_i)^2 / 2, a = (1, 1 with probability 1 / rarity else 0)",
    source="lrlab; the two-feature case of Duchi, Hazan and Singer 2011, https://jmlr.org/papers/v12/duchi11a.html",
)
class RareFeature(Declared):
    """Two weights, one with a gradient at every update, one with a gradient at one update in `rarity`.

        a_1 = 1      a_2 = 1 with probability 1 / rarity, else 0
        loss = sum_i a_i (w_i - 1 + noise_i)^2 / 2              grad_i = a_i (w_i - 1 + noise_i)

    w (..., 2), start (0, 0), both targets at 1. A batch is (2, 2): a, then the noise. Metrics: `excess`, the expected
    loss above the smallest, ((w_1 - 1)^2 + (w_2 - 1)^2 / rarity) / 2, and the distances `frequent` and `rare` of the two.

    Raises ValueError if rarity < 1 or noise < 0.

    >>> {name: float(value) for name, value in RareFeature(rarity=50).evaluate(np.array([0.0, 0.0])).items()}
    {'excess': 0.51, 'frequent': 1.0, 'rare': 1.0}
    """

    rarity: float = number(
        50.0, low=1.0, slider=(1, 1000), scale="log", unit="updates", text="mean number of updates between two rare gradients"
    )
    noise: float = number(0.3, low=0.0, slider=(0.0, 3.0), text="standard deviation of the noise on the targets")

    shapes = ((2,),)

    def initial(self, rng):
        return np.zeros(2)

    def batches(self, rng, steps):
        present, noise = rng.spawn(2)
        a = np.stack([np.ones(steps), present.random(steps) < 1.0 / self.rarity], axis=-1)
        return np.stack([a, noise.normal(0.0, self.noise, (steps, 2))], axis=-2)

    def loss_and_grad(self, w, batch):
        a = batch[..., 0, :]
        away = w - 1.0 + batch[..., 1, :]
        return 0.5 * (a * away**2).sum(-1), (a * away).astype(w.dtype, copy=False)

    def evaluate(self, w):
        away = np.abs(np.asarray(w) - 1.0)
        return {
            "excess": 0.5 * (away**2 * (1.0, 1.0 / self.rarity)).sum(-1),
            "frequent": away[..., 0],
            "rare": away[..., 1],
        }


@STREAMS.define(
    formula="|w - target_t|^2 / 2, a new target every `every` updates",
    source="lrlab; why RMSProp forgets: Tieleman and Hinton 2012, lecture 6.5",
)
class DriftingTarget(Declared):
    """Follow a target that jumps: every `every` updates all coordinates of the target are drawn anew.

        target ~ U(-spread, spread)^dim      loss = |w - target|^2 / 2      grad = w - target + noise

    w (..., dim), start 0. As on a surface the noise enters the gradient alone, so the losses of a run tell how well it
    follows; `segments` gives their mean between the jumps. A batch is (2, dim): the target, then the noise. The
    metric `length` is |w|: how good w is depends on when one asks.

    Raises ValueError if dim or every is below 1, noise < 0 or spread <= 0.

    >>> problem = DriftingTarget(dim=3, every=2)
    >>> [len(np.unique(problem.batches(np.random.default_rng(0), steps)[:, 0, 0])) for steps in (1, 2, 3, 5)]
    [1, 1, 2, 3]
    """

    dim: int = whole(20, low=1, slider=(1, 100), text="number of weights")
    every: int = whole(1000, low=1, slider=(10, 5000), unit="updates", text="number of updates between two jumps")
    noise: float = number(1.0, low=0.0, slider=(0.0, 3.0), text="standard deviation of the noise on each gradient coordinate")
    spread: float = number(5.0, low=0.0, low_open=True, slider=(0.5, 20.0), text="largest coordinate of a target")

    @property
    def shapes(self):
        return ((self.dim,),)

    def initial(self, rng):
        return np.zeros(self.dim)

    def batches(self, rng, steps):
        targets, noise = rng.spawn(2)
        drawn = targets.uniform(-self.spread, self.spread, (-(-steps // self.every), self.dim))
        target = np.repeat(drawn, self.every, axis=0)[:steps]
        return np.stack([target, noise.normal(0.0, self.noise, (steps, self.dim))], axis=-2)

    def loss_and_grad(self, w, batch):
        away = w - batch[..., 0, :]
        return 0.5 * (away**2).sum(-1), (away + batch[..., 1, :]).astype(w.dtype, copy=False)

    def evaluate(self, w):
        return {"length": np.sqrt(np.square(w).sum(-1))}

    def segments(self, loss):
        """The mean of loss (..., steps) between one jump and the next: (..., whole segments)."""
        whole_segments = loss.shape[-1] // self.every
        kept = loss[..., : whole_segments * self.every]
        return kept.reshape(*loss.shape[:-1], whole_segments, self.every).mean(axis=-1)


@STREAMS.define(
    formula="c_t x with x = clip(w, -1, 1), c = C once in `period` updates, else -1",
    source="Reddi, Kale and Kumar 2018, section 3, https://arxiv.org/abs/1904.09237",
)
class Reddi(Declared):
    """The case in which Adam goes to the worst point: linear losses, one large gradient among many small ones.

        c_t = C if t is a multiple of period, else -1        (random: C with probability 1 / period, else -1)
        loss_t = c_t x,  x in [-1, 1]                        grad_t = c_t

    w (..., 1), start 0. On average the slope is (C - period + 1) / period > 0, so x = -1 is best; an optimizer that divides
    a large gradient by its own size and forgets it before the next weighs it like a small one, and drifts to x = +1.

    The paper projects x onto [-1, 1] after every update. Here w goes free and x = clip(w, -1, 1) is judged: the gradients
    do not depend on w, so the drift, and with it the side that wins, is the same. A loop with the paper's projection calls
    `project` on w after each step. Metrics: `x`, and `regret` = slope * (x + 1), what an update at x costs more than at -1.

    Raises ValueError if period < 2, or unless C > period - 1 (else x = -1 is not best).

    >>> problem = Reddi(C=3)
    >>> problem.batches(np.random.default_rng(0), 4), round(problem.slope, 6)
    (array([ 3., -1., -1.,  3.]), 0.333333)
    """

    C: float = number(3.0, low=1.0, low_open=True, slider=(2.1, 20.0), text="size of the rare gradient")
    period: int = whole(3, low=2, slider=(2, 3), unit="updates", text="number of updates for one large gradient")
    random: bool = flag(False, text="choice to draw the moments of the large gradient")

    shapes = ((1,),)

    def validate(self):
        if self.C <= self.period - 1:
            raise ValueError(
                f"Reddi: C must be above period - 1 = {self.period - 1}, got {self.C!r}. "
                f"Otherwise -1 is not the best point; try C={float(self.period)}."
            )

    @property
    def slope(self) -> float:
        """The mean gradient (C - period + 1) / period."""
        return (self.C - self.period + 1) / self.period

    def initial(self, rng):
        return np.zeros(1)

    def batches(self, rng, steps):
        large = rng.random(steps) < 1.0 / self.period if self.random else np.arange(steps) % self.period == 0
        return np.where(large, self.C, -1.0)

    @staticmethod
    def project(w):
        """The nearest point of [-1, 1]."""
        return np.clip(w, -1.0, 1.0)

    def loss_and_grad(self, w, batch):
        grad = np.broadcast_to(np.asarray(batch, dtype=w.dtype)[..., None], w.shape)
        return (grad * self.project(w))[..., 0], grad

    def evaluate(self, w):
        x = self.project(np.asarray(w)[..., 0])
        return {"x": x, "regret": self.slope * (x + 1.0)}
