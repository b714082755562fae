"""Hypothesis strategies made from the field declarations, so that a new class is tested by being defined."""

import math

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lrlab.parameters import Choice, Flag, Formula, Nested, Number, Several, Whole, declarations


def reach(parameter):
    """The ends of what is drawn: a closed finite bound itself, else as far as the slider goes."""
    low, high = parameter.slider
    if parameter.scale == "linear":
        if parameter.low > -math.inf and not parameter.low_open:
            low = parameter.low
        if parameter.high < math.inf and not parameter.high_open:
            high = parameter.high
    return low, high


def values(parameter, default, count=None):
    """Values that the field accepts; `count` sizes a list, less its `extra`. A kind not known here gives its default."""
    if isinstance(parameter, Number):
        low, high = reach(parameter)
        if isinstance(parameter, Whole):
            drawn = st.integers(math.ceil(low), math.floor(high))
        elif parameter.scale == "log":
            drawn = st.floats(math.log(low), math.log(high)).map(lambda x: min(max(math.exp(x), low), high))
        else:
            drawn = st.floats(low, high)
    elif isinstance(parameter, Choice):
        drawn = st.sampled_from(parameter.choices)
    elif isinstance(parameter, Flag):
        drawn = st.booleans()
    elif isinstance(parameter, Several):
        sizes = {"min_size": parameter.least, "max_size": 5}
        if count is not None:
            sizes = dict.fromkeys(sizes, count + parameter.extra)
        drawn = st.lists(values(parameter.each, None), **sizes).map(sorted if parameter.rising else list).map(tuple)
    elif isinstance(parameter, Formula):
        drawn = st.sampled_from(parameter.examples)
    elif isinstance(parameter, Nested) and parameter.catalogue:
        flat = [cls for cls in parameter.catalogue.values() if not any(isinstance(p, Nested) for p, _ in declarations(cls).values())]
        drawn = st.sampled_from(flat).flatmap(instances)
    else:
        drawn = st.just(default)
    return st.none() | drawn if parameter.optional else drawn


@st.composite
def instances(draw, cls, **fixed):
    """Instances of a declared class; `fixed` sets fields, and is ignored for fields the class does not have."""
    fields = declarations(cls)
    least = max((p.least - p.extra for p, _ in fields.values() if isinstance(p, Several)), default=0)
    count = draw(st.integers(least, 5))
    drawn = {name: draw(values(*fields[name], count=count)) for name in fields if name not in fixed}
    kept = {name: value for name, value in fixed.items() if name in fields}
    try:
        return cls(**drawn, **kept)
    except ValueError:
        # each value is fine alone (test_parameters shows it): the class refuses the combination
        assume(False)


def times(longest=2000.0, whole=False):
    """Arrays of any shape of update counts."""
    elements = st.integers(0, int(longest)).map(float) if whole else st.floats(0.0, longest)
    return hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=3, max_side=4), elements=elements)
