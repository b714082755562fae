"""How one flat vector of weights splits into matrices and vectors, and back."""

from __future__ import annotations

import math

import numpy as np


def split_weights(w, shapes):
    """The flat w (..., n) as one array (..., *shape) for each shape."""
    w, parts, begin = np.asarray(w), [], 0
    for shape in shapes:
        end = begin + math.prod(shape)
        parts.append(w[..., begin:end].reshape(*w.shape[:-1], *shape))
        begin = end
    return parts


def join_weights(parts, shapes):
    """The inverse of `split_weights`."""
    lead = np.broadcast_shapes(*(part.shape[: part.ndim - len(shape)] for part, shape in zip(parts, shapes)))
    flat = [
        np.broadcast_to(part, lead + tuple(shape)).reshape(*lead, math.prod(shape)) for part, shape in zip(parts, shapes)
    ]
    return np.concatenate(flat, axis=-1)


def shapes_of(w, shapes=None):
    """The shapes that w (..., n) splits into, as tuples; without any, one vector of n weights.

    >>> shapes_of(np.zeros((2, 8)), [[2, 3], [2]])
    ((2, 3), (2,))
    >>> shapes_of(np.zeros(8))
    ((8,),)
    """
    n = np.shape(w)[-1]
    if shapes is None:
        return ((n,),)
    shapes = tuple(tuple(int(side) for side in shape) for shape in shapes)
    total = sum(math.prod(shape) for shape in shapes)
    if total != n:
        raise ValueError(
            f"shapes: {shapes} hold {total} weights, but w has {n}. Give the shapes of the weights in their order in w."
        )
    return shapes
