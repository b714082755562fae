"""What a translation is made of."""

from __future__ import annotations

import ast
from typing import NamedTuple


class Differs(ValueError):
    """The library has nothing that gives the same numbers; the message says why."""


class Snippet(str):
    """Program text. It prints as text, and shows as code in a notebook."""

    def __repr__(self):
        return str(self)

    def _repr_markdown_(self):
        return f"```python\n{self}\n```"


class Built(NamedTuple):
    """An optimizer in a library's words.

    text      the call that makes it
    notes     what a reader must know
    before    a line of the loop to run before the update, or ""
    """

    text: str
    notes: tuple = ()
    before: str = ""


def call(function, *positional, **named):
    """A call as program text. Arguments that are None are left out; text is taken as it is."""
    written = [str(one) for one in positional]
    written += [f"{name}={value}" for name, value in named.items() if value is not None]
    return f"{function}({', '.join(written)})"


def name_of(thing) -> str:
    return type(thing).__name__


def share(end, lr):
    """The end as a fraction of the base rate, in text; None if it is 0."""
    return f"{end} / {lr}" if end else None


def short(value):
    """A number to six digits, for where more would mean nothing."""
    return float(f"{value:.6g}")


def folded(line, width=100):
    """A line `name = call(...)` that is too long, with one argument a line."""
    if len(line) <= width or line[0] in "# ":
        return line
    statement = ast.parse(line).body[0]
    made = statement.value
    if not isinstance(made, ast.Call):
        return line
    arguments = [*made.args, *made.keywords]
    inner = "".join(f"    {ast.unparse(one)},\n" for one in arguments)
    return f"{ast.unparse(statement.targets[0])} = {ast.unparse(made.func)}(\n{inner})"


def absent(what, library):
    """What to say where no translation is written: the library has none, or its own is not known to agree."""
    there = what.elsewhere.get(library, "none")
    if there.startswith("none"):
        return Differs(f"{library} has no {name_of(what)}")
    return Differs(f"{library} has {there}, but lrlab has no translation of {name_of(what)} to it that is tested to agree")


NEGLIGIBLE = 1e-8


def same_up_to_eps(optimizer, why):
    """A note that eps hardly matters, or `Differs` if it does."""
    if optimizer.eps > NEGLIGIBLE:
        raise Differs(
            f"{why}. With eps={optimizer.eps:g} the steps differ by more than 1e-6; "
            f"take eps at most {NEGLIGIBLE:g}, which translates."
        )
    return f"{why}: the steps agree to 1e-6 while gradients are above {optimizer.eps * 1e6:g} in size."


def only_while_constant(fixed, why, remedy):
    """A note that the two agree as long as the rate does not change, or `Differs` if it does."""
    if not fixed:
        raise Differs(f"{why}: the same while the rate is constant, but not under a schedule. {remedy}")
    return f"{why}: the same while the rate is constant, not under a schedule."
