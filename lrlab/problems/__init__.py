"""What is minimised: surfaces to look at, data to fit, small networks to train."""

from ..shapes import join_weights, split_weights
from .base import STREAMS, SURFACES, Surface
from .curvature import Sharpness, hessian_vector, sharpness
from .networks import NETWORKS, DigitsNetwork, DigitsSoftmax, digits
from .regression import LeastSquares
from .stability import TanhDigits
from .streams import DriftingTarget, RareFeature, Reddi, SparseLogistic, TeacherStudent
from .surfaces import Himmelblau, Kink, Quadratic, Rastrigin, RiverValley, Rosenbrock, Traps
from .text import MarkovText, ZipfBigram

__all__ = [
    *SURFACES,
    *NETWORKS,
    *STREAMS,
    "LeastSquares",
    "SURFACES",
    "NETWORKS",
    "STREAMS",
    "Surface",
    "hessian_vector",
    "sharpness",
    "Sharpness",
    "digits",
    "split_weights",
    "join_weights",
]
