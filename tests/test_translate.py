import ast
import importlib.util
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parity.make_translate import OPTIMIZERS as KEPT_OPTIMIZERS
from parity.make_translate import SCHEDULES as KEPT_SCHEDULES
from parity.make_translate import STEPS, made
from parity.run_snippet import gradients, ours, run
from parity.store import load
from strategies import instances

from lrlab import OPTIMIZERS, SCHEDULES, AdaGrad, Adam, Constant, Cosine, Function, Linear, Product, Scaled, StepDecay
from lrlab import translate
from lrlab.parameters import declare
from lrlab.schedules import Schedule
from lrlab.translation.trace import PYTHON, Opaque, program

VERSIONS, CASES = load("translate")
DONE = [case for case in CASES if "text" in case]
REFUSED = [case for case in CASES if "refused" in case]
T = np.arange(300)


def name(case):
    return f"{case['library']}-{case['schedule']}-{case['optimizer']}"


def written(case):
    return translate(made(case["schedule"]), to=case["library"], optimizer=made(case["optimizer"]))


def assert_the_same_run(case, rates, last):
    our_rates, our_path = ours(made(case["schedule"]), made(case["optimizer"]), gradients(STEPS[case["varied"]]))
    if rates is not None:
        np.testing.assert_allclose(rates, our_rates, rtol=0, atol=1e-6 * max(our_rates))
    way = np.abs(np.diff(our_path, axis=0)).sum(axis=0)
    assert np.all(np.abs(last - our_path[-1]) <= 1e-6 * way)


# ---- what the libraries did with the snippets, kept ----


@pytest.mark.parametrize("case", DONE, ids=name)
def test_the_snippet_is_the_one_whose_run_is_kept_and_that_run_was_ours(case):
    assert written(case) == case["text"]
    assert_the_same_run(case, case["rates"], np.array(case["last"]))


@pytest.mark.parametrize("case", REFUSED, ids=name)
def test_what_is_refused_is_refused_with_the_same_reason(case):
    with pytest.raises(ValueError) as refusal:
        written(case)
    assert str(refusal.value) == case["refused"]
    assert case["refused"].startswith("translate: ") and case["refused"].endswith(".")


@pytest.mark.filterwarnings("ignore")  # of the libraries about themselves
@pytest.mark.parametrize("case", DONE, ids=name)
def test_the_snippet_runs_in_its_library(case):
    pytest.importorskip(case["library"])
    if case["library"] != "torch":
        pytest.importorskip("jax")
    rates, path = run(case["library"], case["text"], gradients(STEPS[case["varied"]]))
    assert_the_same_run(case, rates, path[-1])


def test_every_library_has_kept_runs_of_every_schedule_and_of_the_shared_optimizers():
    assert {"torch", "optax", "keras"} <= set(VERSIONS)
    for library in ("torch", "optax", "keras"):
        kept = {case["schedule"] for case in CASES if case["library"] == library}
        assert kept >= set(KEPT_SCHEDULES)
        assert {case["optimizer"] for case in CASES if case["library"] == library} == set(KEPT_OPTIMIZERS)
        # one schedule alone, the one with noise, is no formula
        refused = {case["schedule"] for case in REFUSED if case["library"] == library and case["varied"] == "schedule"}
        assert refused == {"Noisy(Cosine(lr=0.1, steps=40))"}


# ---- the general form: a schedule's own formula ----


def python(schedule):
    """The rates of the Python function written for a schedule."""
    space = {"math": math, "np": np}
    exec(program(schedule, PYTHON), space)
    return np.array([space["lr"](int(t)) for t in T])


@pytest.mark.parametrize("name", [name for name in SCHEDULES if name != "Noisy"])
@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_the_function_written_for_any_schedule_gives_its_rates(name, data):
    schedule = data.draw(instances(SCHEDULES[name]))
    try:
        found = python(schedule)
    except Opaque as reason:
        assert "too long" in str(reason)
        return
    np.testing.assert_allclose(found, schedule(T), rtol=1e-9, atol=1e-12)


def test_a_new_schedule_is_translated_by_being_defined():
    @SCHEDULES.define(formula="1 / (1 + sqrt(t))", source="this test, 2026")
    class Seventh(Schedule):
        """A seventh."""

        def curve(self, t):
            root = np.sqrt(t)
            return 1.0 / (1.0 + root)

    try:
        text = translate(Seventh(), to="torch")
        assert "def lr(t):\n    root = math.sqrt(t)\n    return 1.0 / (1.0 + root)\n" in text
        assert "# torch.optim.lr_scheduler has no class for Seventh.\n" in text
        assert "return 1.0 / (1.0 + root)" in translate(Seventh().warmup(3), to="keras")
    finally:
        del SCHEDULES["Seventh"]


def test_schedules_inside_become_functions_of_their_own_with_names_of_their_own():
    text = program(Product(Cosine(), Scaled(Cosine(steps=7), 2.0)), PYTHON)
    assert [node.name for node in ast.parse(text).body] == ["cosine", "cosine_2", "scaled", "lr"]


def test_a_function_of_the_users_is_written_if_it_is_a_formula_and_refused_if_not():
    assert "0.1 * (1 / (1 + t))" in translate(Function(lr=0.1, f=lambda t: 1 / (1 + t)), to="optax")
    for f in (lambda t: 1.0 if t < 5 else 0.5, lambda t: math.exp(-t)):
        with pytest.raises(ValueError, match="translate: .*Function cannot be written as a formula of t"):
            translate(Function(f=f), to="torch")


def test_a_schedule_that_is_no_pure_formula_is_refused():
    @declare
    class Drifting(Schedule):
        """A rate that depends on how often it was asked."""

        asked = []

        def curve(self, t):
            self.asked.append(1)
            return len(self.asked) + 0.0 * t

    with pytest.raises(ValueError, match="Drifting is no pure formula of t"):
        translate(Drifting(), to="torch")


# ---- what a user meets ----


def test_native_insists_on_the_librarys_own_class_and_offers_the_form_that_works():
    with pytest.raises(ValueError, match="CosineAnnealingLR climbs back after T_max") as refusal:
        translate(Cosine(), to="torch", native=True)
    assert "LambdaLR(optimizer, lr)" in str(refusal.value)
    assert translate(StepDecay(), to="torch", native=True) == translate(StepDecay(), to="torch")


def test_the_text_is_a_string_that_prints_as_text_and_shows_as_code():
    text = translate(Cosine(), to="optax", optimizer=Adam())
    assert isinstance(text, str) and repr(text) == str(text)
    assert text._repr_markdown_() == f"```python\n{text}\n```"


@pytest.mark.parametrize("library", ["torch", "optax", "keras"])
def test_an_optimizer_alone_gets_a_rate_to_fill_in(library):
    text = translate(Adam(), to=library)
    assert "lr = 0.001  # your learning rate\n" in text
    assert "schedule" not in text


@pytest.mark.parametrize("case", DONE, ids=name)
def test_a_snippet_is_a_program_whose_every_import_is_used_and_whose_lines_are_short(case):
    tree = ast.parse(case["text"])
    imports = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    imported = {one.asname or one.name for node in imports for one in node.names}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert imported <= used
    code = [line for line in case["text"].splitlines() if "[" not in line and "#" not in line]
    assert max(map(len, code)) <= 128


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(what=Cosine(), to="jax"), "to must be one of 'torch', 'optax', 'keras', got 'jax'"),
        (dict(what=0.1, to="torch"), "what must be a schedule or an optimizer of lrlab, .* got 0.1"),
        (dict(what=Cosine(), to="torch", optimizer="adam"), "optimizer must be an optimizer of lrlab .* got 'adam'"),
        (dict(what=Adam(), to="torch", optimizer=Adam()), "two optimizers were given"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=f"^translate: {message}"):
        translate(**arguments)


def test_eps_that_matters_is_refused_where_the_library_puts_it_elsewhere():
    with pytest.raises(ValueError, match="Keras adds epsilon before the bias correction. With eps=0.001 the steps differ"):
        translate(Adam(eps=1e-3), to="keras")
    assert "agree to 1e-6 while gradients are above 0.01" in translate(Adam(), to="keras").replace("\n# ", " ")
    assert "eps=1e-20" in translate(AdaGrad(), to="optax")


def test_no_optimizer_says_that_a_library_has_none_where_the_catalogue_names_one():
    for name, cls in OPTIMIZERS.items():
        for library in ("torch", "optax", "keras"):
            try:
                translate(cls(), to=library)
            except ValueError as reason:
                if f"{library} has no {name}" in str(reason):
                    assert cls.elsewhere.get(library, "none").startswith("none")


def test_nothing_of_the_libraries_is_needed_to_translate():
    assert translate(Linear(start=0.0, end=0.1, steps=5), to="torch").startswith("# torch's LinearLR refuses start_factor = 0.")
    assert "Constant" not in translate(Constant(), to="keras")
    assert importlib.util.find_spec("lrlab.translation") is not None
