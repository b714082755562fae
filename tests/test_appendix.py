"""The appendix, a notebook without exercises: executed, in words, and at one with the lessons it names."""

import ast
import json
import re
from pathlib import Path

import nbformat
import pytest

from lrlab import course

ROOT = Path(__file__).resolve().parent.parent
NAME = "15-the-claims-of-the-textbook.ipynb"
CLAIMS = (
    "too small", "too large", "smooth and the data set small", "complex models", "local minima", "smooth and the data set large",
    "much noise", "significantly improve", "depends on the problem",
)  # fmt: skip
both = pytest.mark.parametrize("folder", ["lessons", "solutions"])


def notebook(folder):
    return json.loads((ROOT / folder / NAME).read_text(encoding="utf-8"))


def code(folder):
    return [cell for cell in notebook(folder)["cells"] if cell["cell_type"] == "code"]


def source(cell):
    return "".join(cell["source"])


def said(cell):
    return "\n".join("".join(o.get("data", {}).get("text/plain", o.get("text", ""))) for o in cell["outputs"])


@both
def test_the_appendix_is_valid_and_every_cell_was_run_once_from_top_to_bottom(folder):
    nbformat.validate(nbformat.read(ROOT / folder / NAME, as_version=4))
    cells = code(folder)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert all(o.get("name", "stdout") == "stdout" and o["output_type"] != "error" for cell in cells for o in cell["outputs"])


@both
def test_each_claim_is_measured_asserted_and_judged(folder):
    rows = [cell for cell in code(folder) if re.search(r"^row\($", source(cell), flags=re.MULTILINE)]
    assert len(rows) == len(CLAIMS)
    for cell, claim in zip(rows, CLAIMS):
        text = said(cell)
        assert claim in text and text.startswith("Verdict: ") and "±" in text and re.search(r"(\d+) seeds: ", text)
        assert int(re.search(r"(\d+) seeds: ", text)[1]) >= 10
        assert any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(source(cell))))


@both
def test_the_table_has_every_claim_with_a_lesson_that_exists(folder):
    text = said(code(folder)[-1])
    assert all(claim in text for claim in CLAIMS)
    named = re.findall(r"\(lesson (\d\d)\)", text)
    assert len(named) == len(CLAIMS) and set(named) <= set(course.numbers())


@both
def test_its_links_lead_to_files_that_exist(folder):
    text = "\n".join(source(cell) for cell in notebook(folder)["cells"] if cell["cell_type"] == "markdown")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        assert link.startswith("https://") or (ROOT / folder / link).is_file(), link
