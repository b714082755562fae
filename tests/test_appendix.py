"""The appendix, a notebook without exercises: all that a notebook promises, and each claim measured, asserted and judged."""

import ast
import re
from types import SimpleNamespace

import pytest
import test_course
from test_course import code_cells, markdown, plain, source_of

from lrlab import course
from lrlab.lesson import COLUMNS, claims

APPENDIX = SimpleNamespace(number="15", title="The claims of the textbook")
CLAIMS = (
    "too small", "too large", "smooth and the data set small", "large data sets or complex models", "local minima",
    "smooth and the data set large", "much noise", "significantly improve", "depends on the problem",
)  # fmt: skip
# what every notebook promises, with exercises or without
PROMISES = (
    test_course.test_a_notebook_is_valid_small_and_names_its_kernel_and_nothing_else,
    test_course.test_every_code_cell_was_run_once_from_top_to_bottom,
    test_course.test_every_output_says_in_words_what_it_shows,
    test_course.test_cell_ids_are_words_and_unique,
    test_course.test_only_lrlab_numpy_and_the_standard_library_are_imported_and_all_of_it_at_the_top,
    test_course.test_headings_go_down_one_step_at_a_time_from_a_single_title,
    test_course.test_images_in_the_text_have_a_description,
)
both = pytest.mark.parametrize("folder", test_course.BOTH)


def said(cell):
    return "\n".join(map(plain, cell["outputs"]))


@both
@pytest.mark.parametrize("promise", PROMISES, ids=lambda one: one.__name__)
def test_the_appendix_keeps_what_every_notebook_promises(promise, folder):
    promise(folder, APPENDIX)


def test_the_appendix_is_no_lesson_and_both_its_notebooks_are_alike():
    assert APPENDIX.number not in course.numbers()
    lesson, solution = (test_course.notebook(folder, APPENDIX.number)["cells"] for folder in test_course.BOTH)
    assert lesson == solution
    assert not any("nbgrader" in cell["metadata"] for cell in lesson)


@both
def test_each_claim_is_measured_on_ten_seeds_or_more_asserted_and_judged(folder):
    rows = [cell for cell in code_cells(folder, "15") if re.search(r"^row\($", source_of(cell), flags=re.MULTILINE)]
    assert len(rows) == len(CLAIMS)
    for cell, claim in zip(rows, CLAIMS):
        text = said(cell)
        assert claim in text and text.startswith("Verdict: ") and "±" in text
        assert all(int(seeds) >= 10 for seeds in re.findall(r"(\d+) (?:seeds|sources)", text)) and re.search(r"\d+ seeds: ", text)
        assert any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(source_of(cell))))


@both
def test_the_table_has_every_claim_its_verdict_and_a_lesson_that_exists(folder):
    *rows, table, count = code_cells(folder, "15")
    text = said(table)
    verdicts = [said(cell).splitlines()[0].removeprefix("Verdict: ") for cell in rows if said(cell)]
    assert re.findall(r"^    verdict: (.+)", text, flags=re.MULTILINE) == verdicts
    assert all(claim in text for claim in CLAIMS)
    named = re.findall(r"^    lesson: (\d\d)$", text, flags=re.MULTILINE)
    assert len(named) == len(CLAIMS) and set(named) <= set(course.numbers())
    html = "".join(table["outputs"][0]["data"]["text/html"])
    assert html.count('scope="row"') == len(CLAIMS) and html.count('scope="col"') == len(COLUMNS) and "<caption>" in html
    numbers = [sum(one.startswith(word) for one in verdicts) for word in ("holds only", "does not hold")]
    assert re.findall(r"\d+", said(count)) == [str(len(CLAIMS)), str(len(CLAIMS) - sum(numbers)), *map(str, numbers)]


@both
def test_the_appendix_and_the_capstone_link_to_each_other_and_all_links_lead_to_files(folder):
    for link in re.findall(r"\]\(([^)\s]+)\)", markdown(folder, "15")):
        assert link.startswith("https://") or (test_course.ROOT / folder / link).is_file(), link
    assert "(14-capstone.ipynb)" in markdown(folder, "15") and f"({test_course.path_of(folder, '15').name})" in markdown(folder, "14")


def test_a_row_that_is_too_short_is_refused_and_text_is_escaped():
    with pytest.raises(ValueError, match="a row has 6 entries, claim, .* got 2"):
        claims("All", [("a", "b")])
    shown = claims("All", [("a < b", "two runs", 10, "1 ± 2", "holds", "01")])
    assert "a &lt; b" in shown._repr_mimebundle_()["text/html"] and "a < b\n    experiment: two runs\n    seeds: 10" in repr(shown)
