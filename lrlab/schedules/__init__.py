"""The learning rate as a function of the number of updates done."""

# The order of these lines is the order of the catalogue: increasing complexity.
from .base import SCHEDULES, Schedule
from .compose import Product, Scaled, Then, Warmup
from .decay import Constant, Cosine, ExponentialDecay, Linear, StepDecay
from .piecewise import Interpolate, MultiStep, PiecewiseConstant
from .inverse import InverseSqrt, InverseTime
from .budget import REX, WSD, Polynomial, Tanh
from .cycles import Chebyshev, CosineRestarts, Cyclical, OneCycle
from .custom import Function, Noisy
from .probe import RangeTest
from .feedback import FEEDBACK, Feedback, Greedy, ReduceOnPlateau
from .units import epochs

__all__ = [
    *SCHEDULES,
    *FEEDBACK,
    *("SCHEDULES", "FEEDBACK", "Schedule", "Feedback", "Then", "Warmup", "Scaled", "Product", "epochs"),
]
