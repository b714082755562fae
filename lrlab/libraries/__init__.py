"""What PyTorch, Optax and Keras do differently: schedules and optimizers that give their numbers, and the table of why."""

from .numbers import (
    keras_adam,
    keras_piecewise_constant,
    keras_polynomial,
    optax_one_cycle,
    optax_warmup_cosine,
    torch_cosine,
    torch_exponential,
    torch_one_cycle,
    torch_stepped_before,
    with_l2,
)
from .table import Dialects, dialects

__all__ = ["dialects"]
