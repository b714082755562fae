"""What is minimised: surfaces to look at, data to fit, small networks to train."""

from ..shapes import join_weights, split_weights
from .base import SURFACES, Surface
from .networks import NETWORKS, DigitsNetwork, DigitsSoftmax, digits
from .regression import LeastSquares
from .surfaces import Himmelblau, Kink, Quadratic, Rastrigin, Rosenbrock, Traps

__all__ = [
    *SURFACES,
    *NETWORKS,
    "LeastSquares",
    "SURFACES",
    "NETWORKS",
    "Surface",
    "digits",
    "split_weights",
    "join_weights",
]
