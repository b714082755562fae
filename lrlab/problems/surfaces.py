"""Functions of a few variables with a known minimum: the bowls, valleys and egg boxes of the lessons."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from ..parameters import number, whole
from .base import SURFACES, Surface


def noise_field():
    return number(0.0, low=0.0, slider=(0.0, 3.0), text="standard deviation of the noise added to each gradient coordinate")


def coordinates(w):
    w = np.asarray(w, dtype=np.float64)
    # [()] makes a number of an array without axes, which is several times faster to compute with
    return w[..., 0][()], w[..., 1][()]


@SURFACES.define(
    formula="sum_i h_i * w_i^2 / 2, h from L / condition to L, axes turned by angle",
    source="Boyd and Vandenberghe 2004, section 9.3.2, https://web.stanford.edu/~boyd/cvxbook/",
)
class Quadratic(Surface):
    """The bowl: f(w) = sum_i h_i w_i^2 / 2, with curvatures h_i spaced evenly in the logarithm from L / condition to L.

        gradient_i = h_i w_i + noise_i

    `angle` turns the valleys' axes away from the weights' own: f(w) = sum_i h_i u_i^2 / 2 with u = R^T w. R, `rotation`,
    turns every pair of axes whose numbers differ in one binary digit, by the same angle: 0 leaves all as it is, 45 with
    dim a power of 2 gives every valley an equal share in every weight. Gradient descent does not notice; methods with
    a rate for each weight do. `tails` replaces the Gaussian noise by `noise` times a Student t with that many degrees
    of freedom: at 2 and below its variance is infinite.

    w (..., dim). The largest curvature L is `largest`, the smallest is L / condition (dim = 1 has only L). Gradient
    descent with a fixed rate converges exactly if lr < 2 / L = `lr_limit`, and without noise the fastest fixed rate
    is 2 / (L + L / condition) = `lr_best`. `noise` is the standard deviation of a Gaussian added to every gradient.

    Raises ValueError if dim < 1, condition < 1, largest <= 0, noise < 0, angle outside [0, 90] or tails <= 0.

    >>> bowl = Quadratic(dim=2, condition=10, largest=10)
    >>> bowl.h, bowl.lr_limit
    (array([ 1., 10.]), 0.2)
    >>> Quadratic(dim=2, condition=10, largest=10, angle=45).gradient([1.0, 0.0]).round(12)
    array([ 5.5, -4.5])
    """

    dim: int = whole(2, low=1, slider=(1, 100), text="number of weights")
    condition: float = number(10.0, low=1.0, slider=(1, 1000), scale="log", text="largest curvature over the smallest")
    largest: float = number(1.0, low=0.0, low_open=True, slider=(0.1, 100), scale="log", text="largest curvature L")
    noise: float = noise_field()
    angle: float = number(0.0, low=0.0, high=90.0, unit="degrees", text="angle by which each pair of axes is turned")
    tails: float | None = number(
        None, low=0.0, low_open=True, slider=(1.1, 10.0), optional=True, text="degrees of freedom of the noise; None: Gaussian"
    )

    @cached_property
    def h(self):
        # the last curvature is set, not computed, so that 2 / L is exact
        h = np.geomspace(self.largest / self.condition, self.largest, self.dim)
        h[-1] = self.largest
        return h

    @property
    def curvature(self):
        return self.largest

    @property
    def lr_best(self) -> float:
        return 2.0 / (self.h[0] + self.largest)

    @cached_property
    def rotation(self):
        """R (dim, dim), orthogonal; column i is the direction of curvature h_i."""
        c, s = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        R, stride = np.eye(self.dim), 1
        while stride < self.dim:
            for i in range(self.dim - stride):
                if not i & stride:
                    R[[i, i + stride]] = [[c, -s], [s, c]] @ R[[i, i + stride]]
            stride *= 2
        return R

    @property
    def minima(self):
        return np.zeros((1, self.dim))

    lowest = 0.0

    @property
    def start(self):
        return self.rotation @ np.ones(self.dim)

    window = ((-1.5, 1.5), (-1.5, 1.5))

    def batches(self, rng, steps):
        if self.noise and self.tails:
            return self.noise * rng.standard_t(self.tails, (steps, self.dim))
        return super().batches(rng, steps)

    def _along(self, w):
        return w @ self.rotation if self.angle else np.asarray(w)

    def loss(self, w):
        return 0.5 * (self.h * np.square(self._along(w))).sum(-1)

    def gradient(self, w):
        grad = self.h * self._along(w)
        return grad @ self.rotation.T if self.angle else grad


@SURFACES.define(
    formula="(1 - x)^2 + 100 (y - x^2)^2", source="Rosenbrock 1960, https://doi.org/10.1093/comjnl/3.3.175"
)
class Rosenbrock(Surface):
    """The banana valley: f(x, y) = (1 - x)^2 + 100 (y - x^2)^2, with its minimum 0 at (1, 1).

    w (..., 2). The floor of the valley is a curve; at the minimum the largest curvature is L = 1001.6, the smallest
    0.4, so the condition number is about 2500.

    >>> float(Rosenbrock().loss([1.0, 1.0])), round(Rosenbrock().lr_limit, 6)
    (0.0, 0.001997)
    """

    noise: float = noise_field()

    minima = np.array([[1.0, 1.0]])
    lowest = 0.0
    start = (-1.2, 1.0)
    window = ((-2.0, 2.0), (-1.0, 3.0))
    # eigenvalue of [[802, -400], [-400, 200]]
    curvature = 501.0 + math.sqrt(301.0**2 + 400.0**2)

    def loss(self, w):
        x, y = coordinates(w)
        return np.square(1 - x) + 100 * np.square(y - x * x)

    def gradient(self, w):
        x, y = coordinates(w)
        above = y - x * x
        grad = np.empty((*np.shape(above), 2))
        grad[..., 0] = -2 * (1 - x) - 400 * x * above
        grad[..., 1] = 200 * above
        return grad


@SURFACES.define(
    formula="(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
    source="Himmelblau 1972, Applied Nonlinear Programming (McGraw-Hill)",
)
class Himmelblau(Surface):
    """Four equal valleys: f(x, y) = (x^2 + y - 11)^2 + (x + y^2 - 7)^2, zero at four places.

    w (..., 2). Which of the four a run finds depends on the start and on the rate. `curvature` is the largest of the
    four minima's largest curvatures, at (-3.779310, -3.283186).

    >>> Himmelblau().loss(Himmelblau.minima).round(9)
    array([0., 0., 0., 0.])
    """

    noise: float = noise_field()

    minima = np.array(
        [
            [3.0, 2.0],
            [-2.805118086952745, 3.131312518250573],
            [-3.779310253377747, -3.283185991286170],
            [3.584428340330492, -1.848126526964404],
        ]
    )
    lowest = 0.0
    start = (0.0, 0.0)
    window = ((-5.0, 5.0), (-5.0, 5.0))

    @property
    def curvature(self):
        return float(np.linalg.eigvalsh(self.hessian(self.minima)).max())

    def hessian(self, w):
        x, y = coordinates(w)
        xx, yy, xy = 12 * x * x + 4 * y - 42, 12 * y * y + 4 * x - 26, 4 * (x + y)
        return np.stack([np.stack([xx, xy], axis=-1), np.stack([xy, yy], axis=-1)], axis=-2)

    def loss(self, w):
        x, y = coordinates(w)
        return np.square(x * x + y - 11) + np.square(x + y * y - 7)

    def gradient(self, w):
        x, y = coordinates(w)
        first, second = x * x + y - 11, x + y * y - 7
        return np.stack([4 * x * first + 2 * second, 2 * first + 4 * y * second], axis=-1)


@SURFACES.define(
    formula="10 n + sum_i (w_i^2 - 10 cos(2 pi w_i))",
    source="Rastrigin 1974, Systems of Extremal Control (Nauka)",
)
class Rastrigin(Surface):
    """The egg box: f(w) = 10 n + sum_i (w_i^2 - 10 cos(2 pi w_i)), a bowl with a local minimum near every integer.

    w (..., dim). The lowest is 0 at 0. There the curvature is L = 2 + 40 pi^2 = 396.8.

    >>> round(float(Rastrigin().loss([1.0, 0.0])), 6)
    1.0
    """

    dim: int = whole(2, low=1, slider=(1, 20), text="number of weights")
    noise: float = noise_field()

    lowest = 0.0
    window = ((-4.5, 4.5), (-4.5, 4.5))
    curvature = 2.0 + 40.0 * np.pi**2

    @property
    def minima(self):
        return np.zeros((1, self.dim))

    @property
    def start(self):
        return np.linspace(2.6, 3.4, self.dim)

    def loss(self, w):
        w = np.asarray(w, dtype=np.float64)
        return 10.0 * self.dim + (w**2 - 10.0 * np.cos(2 * np.pi * w)).sum(-1)

    def gradient(self, w):
        w = np.asarray(w, dtype=np.float64)
        return 2 * w + 20 * np.pi * np.sin(2 * np.pi * w)


@SURFACES.define(formula="|w|", source="Shor 1985, Minimization Methods for Non-Differentiable Functions (Springer)")
class Kink(Surface):
    """The kink: f(w) = |w| in one variable. The slope is 1 however near the minimum, so a fixed rate never settles.

    w (..., 1). The curvature at the minimum has no value: `lr_limit` is 0. A start is drawn from U(-5, 5).

    >>> Kink().gradient([[-2.0], [3.0]]).ravel()
    array([-1.,  1.])
    """

    noise: float = noise_field()

    minima = np.zeros((1, 1))
    lowest = 0.0
    start = (2.0,)
    window = ((-5.5, 5.5), (0.0, 5.5))
    curvature = np.inf

    def initial(self, rng):
        return rng.uniform(-5.0, 5.0, 1)

    def loss(self, w):
        return np.abs(np.asarray(w, dtype=np.float64)).sum(-1)

    def gradient(self, w):
        return np.sign(np.asarray(w, dtype=np.float64))


@SURFACES.define(
    formula="0.1 w^2 - depth * sum_k exp(-(w - c_k)^2 / (2 width^2))",
    source="lrlab; the idea after Kleinberg, Li and Yuan 2018, https://arxiv.org/abs/1802.06175",
)
class Traps(Surface):
    """A wide bowl with eight narrow traps: 0.1 w^2 - depth * sum_k exp(-(w - c_k)^2 / (2 width^2)) in one variable.

    w (..., 1); the traps lie at c = -4.5, -3.5, -2.5, -1.5, 1.5, 2.5, 3.5, 4.5. The best minimum is the wide one at 0,
    of curvature 0.2; a trap has curvature depth / width^2, so `trap_limit` = 2 width^2 / depth is the rate above which
    gradient descent cannot settle in a trap. A start is drawn from U(-5, 5). `found(w)` tells who is in the wide bowl.

    >>> traps = Traps()
    >>> round(traps.trap_limit, 4), traps.found([[0.3], [1.5]])
    (0.064, array([ True, False]))
    """

    depth: float = number(0.2, low=0.0, high=0.2, low_open=True, slider=(0.05, 0.2), text="depth of each trap")
    width: float = number(0.08, low=0.0, high=0.15, low_open=True, slider=(0.03, 0.15), text="width of each trap")
    noise: float = noise_field()

    centers = np.array([-4.5, -3.5, -2.5, -1.5, 1.5, 2.5, 3.5, 4.5])
    minima = np.zeros((1, 1))
    start = (4.0,)
    window = ((-5.5, 5.5), (-0.4, 3.2))
    curvature = 0.2

    @property
    def lowest(self):
        return float(self.loss(np.zeros(1)))

    @property
    def trap_limit(self) -> float:
        return 2.0 * self.width**2 / self.depth

    def initial(self, rng):
        return rng.uniform(-5.0, 5.0, 1)

    def _dips(self, w):
        # w has one coordinate; its last axis becomes the axis of the traps
        away = np.asarray(w, dtype=np.float64) - self.centers
        return away, self.depth * np.exp(-(away**2) / (2 * self.width**2))

    def loss(self, w):
        return 0.1 * np.square(w).sum(-1) - self._dips(w)[1].sum(-1)

    def gradient(self, w):
        away, dips = self._dips(w)
        return 0.2 * np.asarray(w) + (dips * away).sum(-1, keepdims=True) / self.width**2

    def found(self, w):
        return np.abs(np.asarray(w)[..., 0]) < 0.9


@SURFACES.define(
    formula="slope * (sqrt(1 + (x - mouth)^2) - 1) + steep * y^2 / 2",
    source="Wen et al. 2024, https://arxiv.org/abs/2410.05192, the river valley; this formula is lrlab's",
)
class RiverValley(Surface):
    """A river between steep hills: f(x, y) = slope (sqrt(1 + (x - mouth)^2) - 1) + steep y^2 / 2.

    w (..., 2), w = (x, y). Along the river the loss falls by `slope` for every unit of x, evenly until the mouth, the
    minimum at (mouth, 0); across it lies a steep bowl. The noise acts across the river alone. Progress along it is slope
    times the sum of the rates, so a decaying rate slows it; the noise holds the weights up the hills, at the mean height
    lr noise^2 / (2 (2 - lr steep)), until the rate falls. The largest curvature is L = the larger of slope and steep.

    Raises ValueError if slope, steep or mouth is not above 0, or noise < 0.

    >>> river = RiverValley()
    >>> river.loss([[0.0, 0.0], [20.0, 0.0], [40.0, 0.0]]).round(2), river.lr_limit
    (array([3.9, 1.9, 0. ]), 0.2)
    """

    slope: float = number(0.1, low=0.0, low_open=True, slider=(0.01, 2.0), scale="log", text="fall of the river per unit of x")
    steep: float = number(10.0, low=0.0, low_open=True, slider=(1.0, 100.0), scale="log", text="curvature of the hills")
    mouth: float = number(40.0, low=0.0, low_open=True, slider=(5.0, 100.0), text="place of the minimum on the river")
    noise: float = noise_field()

    lowest = 0.0
    start = (0.0, 0.5)

    @property
    def minima(self):
        return np.array([[self.mouth, 0.0]])

    @property
    def window(self):
        return (-1.0, 1.1 * self.mouth), (-1.5, 1.5)

    @property
    def curvature(self):
        return max(self.slope, self.steep)

    def batches(self, rng, steps):
        drawn = super().batches(rng, steps)
        return drawn * (0.0, 1.0) if self.noise else drawn

    def loss(self, w):
        x, y = np.moveaxis(np.asarray(w), -1, 0)
        return self.slope * (np.sqrt(1 + (x - self.mouth) ** 2) - 1) + self.steep * y**2 / 2

    def gradient(self, w):
        x, y = np.moveaxis(np.asarray(w), -1, 0)
        away = x - self.mouth
        return np.stack([self.slope * away / np.sqrt(1 + away**2), self.steep * y], axis=-1)
