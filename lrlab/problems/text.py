"""Texts drawn from known sources, so that the smallest possible loss is known exactly: a bigram table and a transformer."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..parameters import Declared, choice, number, whole
from ..shapes import join_weights, split_weights
from .base import STREAMS, drawn, log_softmax


@STREAMS.define(
    formula="cross-entropy of softmax(w[previous]) with P(next | previous), P(previous) ~ 1 / rank^exponent",
    source="Kunstner et al. 2024, https://arxiv.org/abs/2402.19449; Kunstner and Bach 2025, https://arxiv.org/abs/2505.19227",
)
class ZipfBigram(Declared):
    """A table of logits learns which token follows which, where few tokens are frequent and most are rare.

        P(x) ~ 1 / rank(x)^exponent              P(y | x) ~ d_x(y) / rank(y)^exponent, d_x drawn from Dirichlet(0.3)
        loss = -sum_x P(x) sum_y P(y | x) log softmax(w_x)[y]
        grad_x = P(x) (softmax(w_x) - P(. | x))

    w (..., tokens^2) is the table, row x the logits after token x; start 0. By default the gradient is that of the whole
    distribution: no noise at all. With batch > 0 the pairs (x, y) are drawn: a batch is (batch,), each x * tokens + y.
    exponent = 0 makes all tokens equally frequent. Metrics, in nats: `excess`, the loss above the entropy of the source
    (`floor`); `frequent` and `rare`, the mean Kullback-Leibler divergence of the rows of the most frequent tenth of the
    tokens and of the rarer half.

    Raises ValueError if tokens < 2, exponent < 0, batch < 0 or data_seed < 0.

    >>> problem = ZipfBigram(tokens=4)
    >>> w_best = np.log(problem.following).ravel()
    >>> {name: abs(float(value.round(12))) for name, value in problem.evaluate(w_best).items()}
    {'excess': 0.0, 'frequent': 0.0, 'rare': 0.0}
    """

    exponent: float = number(1.0, low=0.0, high=4.0, slider=(0.0, 2.0), text="how fast the frequency falls with the rank")
    tokens: int = whole(50, low=2, high=1000, slider=(4, 100), text="number of tokens")
    batch: int = whole(0, low=0, slider=(0, 256), unit="pairs", text="number of drawn pairs in an update; 0: exact gradient")
    data_seed: int = whole(0, low=0, slider=(0, 20), text="seed of the source")

    @property
    def shapes(self):
        return ((self.tokens, self.tokens),)

    @cached_property
    def frequency(self):
        """P(x), (tokens,)."""
        p = np.arange(1, self.tokens + 1) ** -self.exponent
        return p / p.sum()

    @cached_property
    def following(self):
        """P(y | x), row x, (tokens, tokens)."""
        # a Dirichlet row is a normalised row of gammas; the floor keeps every logarithm finite
        rows = np.random.default_rng(self.data_seed).standard_gamma(0.3, (self.tokens, self.tokens))
        rows = np.maximum(rows, 1e-12) * self.frequency
        return rows / rows.sum(axis=1, keepdims=True)

    @cached_property
    def _entropies(self):
        return -(self.following * np.log(self.following)).sum(axis=1)

    @cached_property
    def floor(self) -> float:
        """The entropy of the next token given the previous one, the smallest loss there is."""
        return float(self.frequency @ self._entropies)

    def initial(self, rng):
        return np.zeros(self.tokens**2)

    def batches(self, rng, steps):
        if not self.batch:
            return [None] * steps
        joint = np.cumsum(self.frequency[:, None] * self.following)
        return np.searchsorted(joint[:-1], rng.random((steps, self.batch)), side="right")

    def _shares(self, batch):
        """The share of each pair in a batch (..., tokens, tokens)."""
        rows = np.asarray(batch).reshape(-1, np.shape(batch)[-1])
        size = self.tokens**2
        counts = np.bincount((rows + size * np.arange(len(rows))[:, None]).ravel(), minlength=size * len(rows))
        return counts.reshape(*np.shape(batch)[:-1], self.tokens, self.tokens) / rows.shape[-1]

    def loss_and_grad(self, w, batch=None):
        pairs = self.frequency[:, None] * self.following if batch is None else self._shares(batch)
        log_p = log_softmax(w.reshape(*w.shape[:-1], self.tokens, self.tokens))
        loss = -(pairs * log_p).sum(axis=(-2, -1))
        grad = pairs.sum(axis=-1, keepdims=True) * np.exp(log_p) - pairs
        return loss, grad.reshape(w.shape).astype(w.dtype, copy=False)

    def evaluate(self, w):
        log_p = log_softmax(np.reshape(w, (*np.shape(w)[:-1], self.tokens, self.tokens)))
        rows = -(self.following * log_p).sum(axis=-1) - self._entropies
        tenth = -(-self.tokens // 10)
        return {
            "excess": rows @ self.frequency,
            "frequent": rows[..., :tenth].mean(axis=-1),
            "rare": rows[..., -(self.tokens // 2) :].mean(axis=-1),
        }


def layer_norm(x, gain, shift):
    """x with mean 0 and deviation 1 along the last axis, times gain plus shift; and what the way back needs."""
    away = x - x.mean(axis=-1, keepdims=True)
    scale = 1.0 / np.sqrt((away * away).mean(axis=-1, keepdims=True) + 1e-5)
    h = away * scale
    return h * gain + shift, (h, scale, gain)


def layer_norm_back(dy, kept, dgain, dshift):
    h, scale, gain = kept
    (dy * h).sum(axis=0, out=dgain)
    dy.sum(axis=0, out=dshift)
    dh = dy * gain
    return scale * (dh - dh.mean(axis=-1, keepdims=True) - h * (dh * h).mean(axis=-1, keepdims=True))


def attention(x, Wqkv, Wo, heads, length):
    """Causal attention within sequences of `length` rows of x (rows, width)."""
    rows, width = x.shape
    inner = width // heads
    q, k, v = (x @ Wqkv).reshape(-1, length, 3, heads, inner).transpose(2, 0, 3, 1, 4)
    s = q @ np.swapaxes(k, -1, -2)
    s *= s.dtype.type(inner**-0.5)
    s += np.triu(np.full((length, length), -np.inf, dtype=s.dtype), 1)
    s -= s.max(axis=-1, keepdims=True)
    p = np.exp(s, out=s)
    p /= p.sum(axis=-1, keepdims=True)
    mixed = (p @ v).transpose(0, 2, 1, 3).reshape(rows, width)
    return mixed @ Wo, (x, q, k, v, p, mixed, Wqkv, Wo)


def attention_back(dy, kept, dWqkv, dWo):
    x, q, k, v, p, mixed, Wqkv, Wo = kept
    sequences, heads, length, inner = q.shape
    np.matmul(mixed.T, dy, out=dWo)
    dmixed = (dy @ Wo.T).reshape(sequences, length, heads, inner).transpose(0, 2, 1, 3)
    ds = dmixed @ np.swapaxes(v, -1, -2)
    ds -= (ds * p).sum(axis=-1, keepdims=True)
    ds *= p
    ds *= ds.dtype.type(inner**-0.5)
    dqkv = np.stack([ds @ k, np.swapaxes(ds, -1, -2) @ q, np.swapaxes(p, -1, -2) @ dmixed])
    dqkv = dqkv.transpose(1, 3, 0, 2, 4).reshape(len(x), -1)
    np.matmul(x.T, dqkv, out=dWqkv)
    return dqkv @ Wqkv.T


def feed_forward(x, U, u, D, d):
    a = x @ U
    a += u
    np.maximum(a, 0, out=a)
    return a @ D + d, (x, a, U, D)


def feed_forward_back(dy, kept, dU, du, dD, dd):
    x, a, U, D = kept
    np.matmul(a.T, dy, out=dD)
    dy.sum(axis=0, out=dd)
    da = dy @ D.T
    da *= a > 0
    np.matmul(x.T, da, out=dU)
    da.sum(axis=0, out=du)
    return da @ U.T


@STREAMS.define(
    formula="cross-entropy of a transformer with P(c | a, b) = M1[b, c] / 2 + M2[a, c] / 2",
    source="Vaswani et al. 2017, https://arxiv.org/abs/1706.03762; the place of the norm: Xiong et al. 2020, "
    "https://arxiv.org/abs/2002.04745",
)
class MarkovText(Declared):
    """A tiny transformer reads a text in which the next symbol depends on the two before it, and nothing else.

        P(c | a, b) = M1[b, c] / 2 + M2[a, c] / 2           M1, M2: rows softmax(3 z), z standard normal

        x = E[symbol] + P[place]
        norm = "post":  x = LN(x + attention(x))            x = LN(x + feed_forward(x))
        norm = "pre":   x = x + attention(LN(x))            x = x + feed_forward(LN(x))        at the end  x = LN(x)
        loss = -mean log softmax(x U + u)[next symbol]

    with causal attention of `heads` heads and a feed-forward layer of 4 width ReLU units. What can be reached is known:
    log(symbols) knowing nothing, then `unigram`, `bigram` and `order2`, the entropies of a symbol given none, one and
    two symbols before it. A net stuck at `bigram` has not learned to attend. The first symbol of a sequence has no two
    symbols before it to go by; its successor is not scored.

    w (..., n), float32. A batch is (batch, context + 1) symbols, drawn anew for every update. Replicas are worked off one
    after the other, which the processor's cache prefers. Start: gains 1, shifts and biases 0, matrices of variance 1 / rows,
    E and P of deviation 1 with norm "post" and 0.1 with "pre". Metrics over 64 fixed sequences: `excess`, the mean
    Kullback-Leibler divergence from source to network, and `loss` = order2 + excess, in nats.

    Raises ValueError if a count is too small or width is not a multiple of heads.

    >>> problem = MarkovText()
    >>> [round(floor, 3) for floor in (problem.unigram, problem.bigram, problem.order2)]
    [3.005, 2.435, 1.907]
    """

    norm: str = choice("post", choices=("post", "pre"), text="place of the layer normalisation")
    layers: int = whole(1, low=1, high=12, slider=(1, 4), text="number of transformer blocks")
    width: int = whole(32, low=1, slider=(8, 64), text="number of entries in the vector of a symbol")
    heads: int = whole(2, low=1, slider=(1, 4), text="number of attention heads")
    context: int = whole(16, low=2, slider=(4, 32), unit="symbols", text="length of a sequence")
    batch: int = whole(16, low=1, slider=(1, 64), unit="sequences", text="number of fresh sequences in an update")
    symbols: int = whole(21, low=2, high=100, slider=(4, 40), text="number of different symbols")
    data_seed: int = whole(0, low=0, slider=(0, 20), text="seed of the source")

    def validate(self):
        if self.width % self.heads:
            raise ValueError(
                f"MarkovText: width must be a multiple of heads, got width={self.width} and heads={self.heads}. "
                f"Each head has width / heads entries; try width={self.heads * max(1, round(self.width / self.heads))}."
            )

    @cached_property
    def shapes(self):
        d, post = self.width, self.norm == "post"
        block = ((d,), (d,), (d, 3 * d), (d, d), (d,), (d,), (d, 4 * d), (4 * d,), (4 * d, d), (d,))
        last = () if post else ((d,), (d,))
        return ((self.symbols, d), (self.context, d), *block * self.layers, *last, (d, self.symbols), (self.symbols,))

    # ---- the source ----

    @cached_property
    def following(self):
        """P(c | a, b) as an array [a, b, c]."""
        first, second = np.exp(3.0 * np.random.default_rng(self.data_seed).standard_normal((2, self.symbols, self.symbols)))
        first /= first.sum(axis=1, keepdims=True)
        second /= second.sum(axis=1, keepdims=True)
        return 0.5 * first[None, :, :] + 0.5 * second[:, None, :]

    @cached_property
    def pairs(self):
        """How frequent each pair (a, b) is in the long run."""
        pairs, before = np.full((self.symbols, self.symbols), 1.0 / self.symbols**2), np.inf
        while np.abs(pairs - before).max() > 1e-16:
            before, pairs = pairs, np.einsum("ab,abc->bc", pairs, self.following)
            pairs /= pairs.sum()
        return pairs

    @cached_property
    def unigram(self) -> float:
        """The entropy of a symbol when none before it is known."""
        p = self.pairs.sum(axis=0)
        return float(-(p * np.log(p)).sum())

    @cached_property
    def bigram(self) -> float:
        """The entropy of a symbol when the one before it is known."""
        return float(-(self.pairs * np.log(self.pairs / self.pairs.sum(axis=1, keepdims=True))).sum())

    @cached_property
    def order2(self) -> float:
        """The entropy of a symbol when the two before it are known: the smallest loss there is."""
        return float(-np.einsum("ab,abc->", self.pairs, self.following * np.log(self.following)))

    def sample(self, rng, *shape):
        """Sequences of context + 1 symbols, (*shape, context + 1)."""
        u = rng.random((*shape, self.context + 1))
        text = np.empty(u.shape, dtype=np.int64)
        cumulative = self.following.cumsum(axis=-1)
        text[..., 0] = drawn(self.pairs.sum(axis=1).cumsum(), u[..., 0])
        second = (self.pairs / self.pairs.sum(axis=1, keepdims=True)).cumsum(axis=1)
        text[..., 1] = drawn(second[text[..., 0]], u[..., 1])
        for place in range(2, self.context + 1):
            text[..., place] = drawn(cumulative[text[..., place - 2], text[..., place - 1]], u[..., place])
        return text

    @cached_property
    def _judged(self):
        text = self.sample(np.random.default_rng([self.data_seed, 1]), 64)
        return text, self.following[text[:, :-2], text[:, 1:-1]]

    # ---- the network ----

    def initial(self, rng):
        table = 1.0 if self.norm == "post" else 0.1
        parts = [
            rng.standard_normal(shape) * (table if index < 2 else shape[0] ** -0.5) if len(shape) == 2 else np.zeros(shape)
            for index, shape in enumerate(self.shapes)
        ]
        for gain in self._gains:
            parts[gain] += 1.0
        return join_weights(parts, self.shapes).astype(np.float32)

    @property
    def _gains(self):
        gains = [2 + 10 * layer + norm for layer in range(self.layers) for norm in (0, 4)]
        return gains if self.norm == "post" else [*gains, len(self.shapes) - 4]

    def batches(self, rng, steps):
        return self.sample(rng, steps, self.batch)

    def _forward(self, parts, text):
        E, P, *blocks = parts
        length, post = text.shape[1], self.norm == "post"
        x = (E[text] + P[:length]).reshape(-1, self.width)
        kept = []
        for layer in range(self.layers):
            g1, s1, Wqkv, Wo, g2, s2, U, u, D, d = blocks[10 * layer : 10 * layer + 10]
            if post:
                a, of_a = attention(x, Wqkv, Wo, self.heads, length)
                x, of_1 = layer_norm(x + a, g1, s1)
                f, of_f = feed_forward(x, U, u, D, d)
                x, of_2 = layer_norm(x + f, g2, s2)
            else:
                h, of_1 = layer_norm(x, g1, s1)
                a, of_a = attention(h, Wqkv, Wo, self.heads, length)
                x = x + a
                h, of_2 = layer_norm(x, g2, s2)
                f, of_f = feed_forward(h, U, u, D, d)
                x = x + f
            kept.append((of_a, of_1, of_f, of_2))
        if not post:
            x, of_last = layer_norm(x, *parts[-4:-2])
            kept.append(of_last)
        return x, log_softmax(x @ parts[-2] + parts[-1]).reshape(*text.shape, self.symbols), kept

    def _backward(self, dz, x, kept, parts, grads, text):
        np.matmul(x.T, dz, out=grads[-2])
        dz.sum(axis=0, out=grads[-1])
        dx = dz @ parts[-2].T
        post = self.norm == "post"
        if not post:
            dx = layer_norm_back(dx, kept[-1], *grads[-4:-2])
        for layer in reversed(range(self.layers)):
            of_a, of_1, of_f, of_2 = kept[layer]
            g1, s1, Wqkv, Wo, g2, s2, *feed = grads[2 + 10 * layer : 12 + 10 * layer]
            if post:
                dx = layer_norm_back(dx, of_2, g2, s2)
                dx = dx + feed_forward_back(dx, of_f, *feed)
                dx = layer_norm_back(dx, of_1, g1, s1)
                dx = dx + attention_back(dx, of_a, Wqkv, Wo)
            else:
                dx = dx + layer_norm_back(feed_forward_back(dx, of_f, *feed), of_2, g2, s2)
                dx = dx + layer_norm_back(attention_back(dx, of_a, Wqkv, Wo), of_1, g1, s1)
        onehot = (text.ravel() == np.arange(self.symbols)[:, None]).astype(dx.dtype)
        np.matmul(onehot, dx, out=grads[0])
        grads[1][...] = dx.reshape(*text.shape, self.width).sum(axis=0)

    def _one(self, w, text, grad):
        """Loss of one replica; its gradient is written into grad."""
        parts, read, scored = split_weights(w, self.shapes), text[:, :-1], text[:, 2:]
        x, log_p, kept = self._forward(parts, read)
        share = w.dtype.type(1.0 / scored.size)
        onehot = scored[..., None] == np.arange(self.symbols)
        dz = np.zeros_like(log_p)
        dz[:, 1:] = (np.exp(log_p[:, 1:]) - onehot) * share
        self._backward(dz.reshape(-1, self.symbols), x, kept, parts, split_weights(grad, self.shapes), read)
        return -log_p[:, 1:][onehot].sum() * share

    def loss_and_grad(self, w, batch):
        w = np.asarray(w)
        lead = np.broadcast_shapes(w.shape[:-1], batch.shape[:-2])
        texts, weights = np.broadcast_to(batch, (*lead, *batch.shape[-2:])), np.broadcast_to(w, (*lead, w.shape[-1]))
        loss, grad = np.empty(lead, dtype=w.dtype), np.empty((*lead, w.shape[-1]), dtype=w.dtype)
        for one in np.ndindex(lead):
            loss[one] = self._one(weights[one], texts[one], grad[one])
        return loss[()], grad

    def evaluate(self, w):
        w = np.asarray(w)
        text, p = self._judged
        entropy = -(p * np.log(p)).sum(axis=-1).mean()
        excess = np.empty(w.shape[:-1])
        for one in np.ndindex(w.shape[:-1]):
            log_p = self._forward(split_weights(w[one], self.shapes), text[:, :-1])[1][:, 1:]
            excess[one] = -np.vdot(p, log_p.astype(np.float64)) / (text.shape[0] * (text.shape[1] - 2)) - entropy
        return {"excess": excess[()], "loss": excess[()] + self.order2}
