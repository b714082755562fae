import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import lrlab

PACKAGE = Path(lrlab.__file__).parent
HEAVY = {"matplotlib", "ipywidgets", "joblib", "tqdm", "IPython"}
# part of the numeric core: what it may import of lrlab beside itself
LAYERS = {
    "parameters": set(),
    "shapes": set(),
    "schedules": {"parameters"},
    "optimizers": {"parameters", "shapes"},
    "problems": {"parameters", "shapes"},
    "training": {"parameters", "schedules", "optimizers", "problems"},
}


def loaded_after(code):
    """The top-level names in sys.modules after running the code in a new interpreter."""
    script = f"import json, sys\n{code}\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_importing_lrlab_loads_no_pictures_widgets_or_processes():
    loaded = loaded_after("import lrlab")
    assert "lrlab" in loaded and not loaded & HEAVY


def test_using_the_numeric_core_loads_no_pictures_widgets_or_processes():
    loaded = loaded_after(
        "from lrlab import *\n"
        "train(Quadratic(noise=1.0), Adam(), Cosine(lr=0.1, steps=5).warmup(2), 5, progress=False)\n"
        "DigitsSoftmax().loss_and_grad(DigitsSoftmax().initial(None))"
    )
    assert "numpy" in loaded and not loaded & HEAVY


def sources(part):
    return sorted((PACKAGE / part).rglob("*.py")) if (PACKAGE / part).is_dir() else [PACKAGE / f"{part}.py"]


def imports(path):
    """The absolute names of all modules that a source file imports, anywhere in it."""
    package = ["lrlab", *path.relative_to(PACKAGE).parent.parts]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *filter(None, [node.module])])
            # `from . import x` and `from lrlab import x` name a module, or a name that lives in one
            found.update(f"{module}.{name.name}" for name in node.names) if module == "lrlab" else found.add(module)
    return found


@pytest.mark.parametrize("part", LAYERS)
def test_a_part_of_the_numeric_core_imports_only_what_lies_below_it(part):
    files = sources(part)
    assert files
    for path in files:
        inside = {name.split(".")[1] for name in imports(path) if name.split(".")[0] == "lrlab"}
        assert inside <= LAYERS[part] | {part}, path


@pytest.mark.parametrize("part", ["parameters", "shapes", "schedules", "optimizers", "problems"])
def test_a_part_of_the_numeric_core_needs_numpy_alone(part):
    for path in sources(part):
        outside = {name.split(".")[0] for name in imports(path)} - {"lrlab"}
        assert outside <= {"numpy"} | sys.stdlib_module_names, path


def test_every_public_name_of_a_part_is_a_public_name_of_lrlab():
    for part in ("schedules", "optimizers", "problems", "training", "references"):
        home = getattr(lrlab, part)
        for name in home.__all__:
            assert name in lrlab.__all__
            assert getattr(lrlab, name) is getattr(home, name)


def test_star_import_gives_every_public_name_and_no_other():
    space = {}
    exec("from lrlab import *", space)
    del space["__builtins__"]
    assert set(space) == set(lrlab.__all__)
    assert len(lrlab.__all__) == len(set(lrlab.__all__))
    taught = {"Constant", "StepDecay", "ExponentialDecay", "Linear", "Cosine", "epochs", "SGD", "AdaGrad", "RMSProp", "Adam"}
    taught |= {"Quadratic", "Rosenbrock", "LeastSquares", "DigitsNetwork", "train", "catalogue", "SCHEDULES"}
    assert taught <= set(space)


def test_dir_lists_the_public_names_and_an_unknown_name_raises():
    assert set(lrlab.__all__) <= set(dir(lrlab))
    with pytest.raises(AttributeError, match="'Adma'"):
        lrlab.Adma
