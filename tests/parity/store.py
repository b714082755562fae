"""Fixtures made by running the real libraries: small JSON files that carry the versions they were made with.

    save("schedules", cases)      cases: a list of dicts; arrays become lists at full precision
    load("schedules")             -> (versions, cases)
"""

from __future__ import annotations

import json
import platform
from importlib import metadata
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
LIBRARIES = ("torch", "optax", "keras", "jax", "numpy")


def versions() -> dict:
    """The versions of Python and of the libraries that are installed."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _plain(value):
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"a fixture holds numbers, text, lists and dicts, got {type(value).__name__}")


def save(name: str, cases: list[dict]) -> None:
    """Write one case a line, so that a change of one case is a change of one line."""
    lines = ",\n".join(json.dumps(case, default=_plain, sort_keys=True) for case in cases)
    text = f'{{"versions": {json.dumps(versions(), sort_keys=True)},\n"cases": [\n{lines}\n]}}\n'
    (HERE / f"{name}.json").write_text(text, encoding="utf-8")


def load(name: str) -> tuple[dict, list[dict]]:
    stored = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    return stored["versions"], stored["cases"]
