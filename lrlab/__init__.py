"""lrlab: learning-rate schedules and adaptive optimizers, by experiment.

The numeric core needs numpy alone. Every part loads when it is first used, pictures and widgets included.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOMES = (
    *("schedules", "optimizers", "problems", "training", "sweeps", "statistics", "range_tests"),
    *("references", "translation", "libraries"),
)
_MODULES = (*_HOMES, "parameters", "store", "plots", "widgets", "course", "lesson", "progress", "authoring", "cli")


def _public():
    return [name for home in _HOMES for name in import_module(f"{__name__}.{home}").__all__]


def __getattr__(name):
    if name in _MODULES:
        return import_module("." + name, __name__)
    if name == "__all__":
        return [*_public(), "__version__"]
    if not name.startswith("_"):
        for home in _HOMES:
            module = import_module(f"{__name__}.{home}")
            if name in module.__all__:
                globals()[name] = getattr(module, name)
                return globals()[name]
    raise AttributeError(f"module 'lrlab' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_public(), *_MODULES})
