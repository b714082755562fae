"""The same schedule or optimizer in PyTorch, Optax or Keras, as program text."""

from __future__ import annotations

import re
import textwrap

import numpy as np

from ..optimizers import SGD, Optimizer
from ..schedules import Constant, Schedule
from . import formulas, to_keras, to_optax, to_torch
from .snippet import Differs, Snippet, folded
from .trace import PYTHON, Opaque, program

__all__ = ["translate"]

LIBRARIES = {"torch": to_torch, "optax": to_optax, "keras": to_keras}
USED = {"math": "math.", "numpy as np": "np.", "jax": "jax.", "jax.numpy as jnp": "jnp.", "keras.ops as ops": "ops."}
CHECKED = np.arange(1000)


def translate(what, to: str, *, optimizer: Optimizer | None = None, native: bool = False) -> Snippet:
    """A schedule, an optimizer or both in the words of another library: imports, constructor and loop, ready to paste.

    `what` is a schedule or an optimizer of lrlab, `to` is "torch", "optax" or "keras". A schedule is given to
    `optimizer` (plain gradient descent if none is named); an optimizer alone gets a fixed rate to fill in.

    The rates agree to 1e-6 of the largest, at every update and past the end; so do the steps. Where the library's own
    class does that, it is used. Where it does not, the schedule's own formula is written as a function, and a comment
    says why; with native=True that is refused instead. An optimizer that the library cannot reproduce is refused.

    The snippet is a str. It expects `model`, `batches`, `loss_function` (Optax: also `params`; Keras: `inputs` and
    `targets`).

    Raises ValueError with the reason if nothing in the library gives the same numbers.

    >>> from lrlab import Adam, StepDecay, Cosine
    >>> translate(StepDecay(lr=0.1, every=30, factor=0.5), to="torch", optimizer=Adam())
    import torch
    <BLANKLINE>
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1, betas=(0.9, 0.999), eps=1e-08)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=30, gamma=0.5)
    <BLANKLINE>
    for inputs, targets in batches:
        loss = loss_function(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()  # after optimizer.step(), once per update
    >>> translate(Cosine(lr=0.1, steps=50), to="torch", native=True)        # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: translate: torch's CosineAnnealingLR climbs back after T_max; here the rate stays at its end. ...
    """
    if to not in LIBRARIES:
        raise ValueError(f"translate: to must be one of {', '.join(map(repr, LIBRARIES))}, got {to!r}.")
    schedule, optimizer = _sort(what, optimizer)
    library = LIBRARIES[to]
    own, why = True, ""
    if schedule is not None and not isinstance(schedule, Constant):
        try:
            library.native(schedule)
        except Differs as reason:
            own, why = False, str(reason)
            _must_be_a_formula(schedule, why)
    try:
        body, notes, imports = library.assemble(schedule, optimizer, own)
    except Differs as reason:
        raise ValueError(f"translate: {reason}.".replace("..", ".")) from None
    if why and native:
        snippet = _finish(body, notes, imports)
        raise ValueError(f"translate: {why}. This gives the same rates (native=False):\n\n{snippet}")
    return _finish(body, (*([f"{why}."] if why else []), *notes), imports)


def _sort(what, optimizer):
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise ValueError(f"translate: optimizer must be an optimizer of lrlab such as Adam(), got {optimizer!r}.")
    if isinstance(what, Schedule):
        return what, optimizer or SGD()
    if isinstance(what, Optimizer) and optimizer is None:
        return None, what
    if isinstance(what, Optimizer):
        raise ValueError("translate: two optimizers were given. The first argument is a schedule if `optimizer` is named.")
    raise ValueError(
        f"translate: what must be a schedule or an optimizer of lrlab, such as Cosine() or Adam(), got {what!r}."
    )


def _must_be_a_formula(schedule, why):
    """Refuse a schedule whose text, run as Python, does not give its own rates."""
    name = type(schedule).__name__
    try:
        space = {"math": __import__("math"), "np": np}
        exec(program(schedule, PYTHON), space)
        found = np.array([space["lr"](int(t)) for t in CHECKED])
    except Opaque as reason:
        raise ValueError(f"translate: {why}, and {name} cannot be written as a formula of t: {reason}.") from None
    wanted = schedule(CHECKED)
    if not np.allclose(found, wanted, rtol=0, atol=1e-9 * max(1e-300, np.max(wanted))):
        raise ValueError(f"translate: {why}, and {name} is no pure formula of t.")


def _finish(body, notes, imports):
    comments = ["\n".join(textwrap.wrap(note, 100, initial_indent="# ", subsequent_indent="# ")) for note in notes]
    wanted = [name for name in ("math", "numpy as np", *imports) if name not in USED or _uses(body, USED[name])]
    lines = [f"import {name}" if " as ops" not in name else "from keras import ops" for name in sorted(wanted, key=_order)]
    space = "\n\n\n" if body.startswith("def ") else "\n\n"
    code = "\n".join(folded(line) for line in body.rstrip("\n").split("\n"))
    return Snippet("\n".join([*comments, *lines]) + space + code)


def _uses(body, prefix):
    return re.search(rf"(?<![\w.]){re.escape(prefix)}", body)


def _order(name):
    return name.split()[0] != "math", name
