"""A schedule's own definition, read off as program text.

`source(schedule, name, library)` calls the schedule's `curve` once with a symbol in place of t. Every numpy operation on a
symbol gives a larger symbol, so what comes back is the formula, with the numbers filled in; it is written as a
function of t in the words of a library. The local variables of `curve` give the intermediate names. Schedules inside a
schedule become functions of their own. What cannot be read off (a loop or a branch that depends on t) raises `Opaque`.
"""

from __future__ import annotations

import ast
import copy
import dataclasses
import keyword
import re
import sys
from functools import singledispatch
from typing import NamedTuple

import numpy as np

from ..schedules import Schedule


class Opaque(ValueError):
    """This schedule's definition is no formula that another library could evaluate."""


class Symbol(np.lib.mixins.NDArrayOperatorsMixin):
    """A number not known yet: an operation and what it is applied to."""

    def __init__(self, operation, inputs=(), name=None):
        self.operation, self.inputs, self.name = operation, inputs, name

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if method != "__call__" or options:
            raise Opaque(f"it uses numpy.{ufunc.__name__}.{method} on t")
        return _simple(ufunc.__name__, inputs)

    def __array_function__(self, function, types, inputs, options):
        if function.__name__ in {"full_like", "zeros_like", "ones_like"}:
            fill = {"zeros_like": 0.0, "ones_like": 1.0}
            return fill[function.__name__] if function.__name__ in fill else inputs[1]
        if function.__name__ == "searchsorted":
            knots, t, side = (*inputs, options.get("side", "left"))[:3]
            return Symbol("after" if side == "right" else "from", (np.asarray(knots).tolist(), t))
        if options or function.__name__ not in {"where", "clip", "interp"}:
            raise Opaque(f"it uses numpy.{function.__name__} on t")
        return Symbol(function.__name__, inputs)

    def __bool__(self):
        raise Opaque("it branches on t")

    def astype(self, kind):
        if np.issubdtype(kind, np.floating):
            return self
        raise Opaque("it works with the digits of t")

    def __getattr__(self, attribute):
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        raise Opaque(f"it uses t's {attribute}")

    __float__ = __int__ = __index__ = __len__ = __iter__ = __getitem__ = __bool__


def _simple(operation, inputs):
    """The operation, without multiplying by 1, adding 0 and the like."""
    constants = [None if isinstance(one, Symbol) else one for one in inputs]
    for constant, other in zip(constants, inputs[::-1]):
        if constant is not None and np.ndim(constant) == 0:
            if (operation, constant) in {("multiply", 1), ("add", 0)}:
                return other
            if (operation, constant) == ("multiply", 0):
                return 0.0
    if operation in {"subtract", "divide", "power"} and constants[1] is not None:
        if constants[1] == (0 if operation == "subtract" else 1):
            return inputs[0]
    return Symbol(operation, inputs)


class Words(NamedTuple):
    """How a library writes the operations: a template for each, and the prefix of the functions not listed."""

    prefix: str
    templates: dict
    knots: str = "{}"  # how a list of numbers is written


INFIX = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "floor_divide": "//", "remainder": "%", "power": "**",
    "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==", "not_equal": "!=",
}  # fmt: skip
COMMON = {
    **{name: f"({{0}} {sign} {{1}})" for name, sign in INFIX.items()},
    "negative": "(-{0})", "absolute": "abs({0})", "square": "({0} ** 2)", "reciprocal": "(1 / {0})",
}  # fmt: skip
PYTHON = Words(
    "math.",
    COMMON | {
        "minimum": "min({0}, {1})", "maximum": "max({0}, {1})", "where": "({1} if {0} else {2})",
        "clip": "min(max({0}, {1}), {2})", "logical_and": "({0} and {1})", "bitwise_and": "({0} and {1})",
        "after": "sum({1} >= one for one in {0})", "from": "sum({1} > one for one in {0})",
        "pick": "{0}[int({1})]",
        "interp": "float(np.interp({0}, {1}, {2}))",
    },
)  # fmt: skip
ARRAYS = COMMON | {
    "after": "{prefix}searchsorted({0}, {1}, side='right')", "from": "{prefix}searchsorted({0}, {1}, side='left')",
    "bitwise_and": "({0} & {1})",
}  # fmt: skip
JAX = Words("jnp.", ARRAYS | {"pick": "{0}[{1}]"}, "jnp.array({})")
# keras.ops has no interp, and its backends do not agree on what searchsorted takes
KERAS = Words(
    "ops.",
    ARRAYS
    | {"pick": "ops.take(ops.convert_to_tensor({0}), ops.cast({1}, 'int32'))"}
    | {name: "sum(ops.cast({1} %s one, 'float32') for one in {0})" % sign for name, sign in (("after", ">="), ("from", ">"))},
)


@singledispatch
def formula(schedule, t):
    """The rate of a schedule at a symbol t: its own `curve`, or what is registered for a curve that is no formula."""
    return schedule.curve(t)


def called(name, value):
    """The value, with a line of its own under this name."""
    if isinstance(value, Symbol):
        value.name = name
    return value


def pick(values, index):
    """values[index], for an index that is a whole-numbered symbol."""
    return Symbol("pick", (values, index))


def trace(schedule, call):
    """The schedule's rate as a symbol (or a plain number). `call(inner, t)` gives the symbol of a schedule inside it."""
    t = Symbol("t", name="t")
    opened = copy.copy(schedule)
    for field in dataclasses.fields(schedule):
        inner = getattr(schedule, field.name)
        if isinstance(inner, Schedule):
            now = lambda t, inner=inner: call(inner, t) if isinstance(t, Symbol) else inner(t)  # noqa: E731
            object.__setattr__(opened, field.name, now)
    codes = {type(schedule).curve.__code__, formula.dispatch(type(schedule)).__code__}

    def name_locals(frame, event, _):
        if event == "return" and frame.f_code in codes:
            for name, value in frame.f_locals.items():
                if isinstance(value, Symbol):
                    value.name = value.name or name

    before = sys.getprofile()
    sys.setprofile(name_locals)
    try:
        found = formula(opened, t)
    except Opaque:
        raise
    except Exception as problem:
        raise Opaque(f"its definition takes arrays only ({type(problem).__name__})") from problem
    finally:
        sys.setprofile(before)
    return found


class Program:
    """Functions of t in one library's words, each schedule its own, inner ones first."""

    def __init__(self, words: Words):
        self.words, self.functions = words, {}

    def function(self, schedule, name=None) -> str:
        """Write the function of a schedule and return its name."""
        name = name or self._free(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(schedule).__name__).lower())
        self.functions[name] = ""
        root = trace(schedule, lambda inner, t: Symbol("call", (self.function(inner), t)))
        text = f"def {name}(t):\n" + "".join(f"    {line}\n" for line in self._body(root))
        del self.functions[name]
        self.functions[name] = text
        return name

    @property
    def text(self) -> str:
        return "\n\n\n".join(text.rstrip() for text in self.functions.values())

    def _free(self, wish):
        taken = {"t", *self.functions}
        return next(one for one in (wish, *(f"{wish}_{n}" for n in range(2, 1000))) if one not in taken)

    def _body(self, root):
        uses, lines, written, names = {}, [], {}, {"t", *self.functions}

        def count(symbol):
            uses[id(symbol)] = uses.get(id(symbol), 0) + 1
            if uses[id(symbol)] == 1:
                for one in symbol.inputs:
                    if isinstance(one, Symbol):
                        count(one)

        def write(value):
            if not isinstance(value, Symbol):
                return self._constant(value)
            if value.operation == "t":
                return "t"
            if id(value) in written:
                return written[id(value)]
            inputs = [one if value.operation == "call" and at == 0 else write(one) for at, one in enumerate(value.inputs)]
            text = self._operation(value.operation, inputs)
            if value is not root and (value.name or uses[id(value)] > 1):
                name = value.name or "x"
                while name in names or keyword.iskeyword(name):
                    name += "_"
                names.add(name)
                lines.append(f"{name} = {_tidy(text)}")
                text = written[id(value)] = name
            return text

        if isinstance(root, Symbol):
            count(root)
        last = write(root)
        return [*lines, f"return {_tidy(last)}"]

    def _operation(self, operation, inputs):
        if operation == "call":
            return f"{inputs[0]}({inputs[1]})"
        default = f"{self.words.prefix}{operation}({', '.join('{%d}' % at for at in range(len(inputs)))})"
        return self.words.templates.get(operation, default).format(*inputs, prefix=self.words.prefix)

    def _constant(self, value):
        if np.ndim(value):
            return self.words.knots.format(np.asarray(value).tolist())
        value = value.item() if isinstance(value, np.generic) else value
        return {np.pi: "math.pi", -np.pi: "(-math.pi)"}.get(value, repr(value))


def _tidy(text):
    """The expression without superfluous parentheses."""
    return ast.unparse(ast.parse(text, mode="eval"))


def program(schedule, words: Words, name: str = "lr") -> str:
    """The schedule as the text of a function `name(t)`, after the functions of its parts.

    >>> from lrlab import Cosine
    >>> print(program(Cosine(lr=0.1, steps=50), PYTHON))
    def lr(t):
        progress = min(t / 50, 1.0)
        wave = (1.0 + math.cos(math.pi * progress)) / 2.0
        return 0.1 * wave
    """
    made = Program(words)
    made.function(schedule, name)
    return made.text
