"""The learning rate as a function of the number of updates done."""

from .base import SCHEDULES, Schedule
from .compose import Product, Scaled, Then, Warmup
from .decay import Constant, Cosine, ExponentialDecay, Linear, StepDecay
from .units import epochs

__all__ = [*SCHEDULES, "SCHEDULES", "Schedule", "Then", "Warmup", "Scaled", "Product", "epochs"]
