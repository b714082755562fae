"""What a gradient becomes: gradient descent and the methods that scale it per parameter."""

from .adaptive import AdaGrad, Adam, RMSProp
from .base import OPTIMIZERS, Optimizer
from .sgd import SGD

__all__ = [*OPTIMIZERS, "OPTIMIZERS", "Optimizer"]
