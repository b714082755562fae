"""Each explorer on a page of its own, in JupyterLab: accessible, readable, keeping up with impatient fingers."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT

from lrlab import widgets

# a slider of ipywidgets gives its handle no name, and takes none from Python
UPSTREAM = {"aria-input-field-name"}
GATHER = f"import sys; sys.path.insert(0, {str(ROOT / 'tests')!r})\nfrom moves import MOVES"


def names():
    import sys

    sys.path.insert(0, str(ROOT / "tests"))
    from moves import MOVES

    shown = {type(move.make()).__name__: name for name, move in reversed(MOVES.items())}
    wanted = {name for name in widgets.__all__ if name.endswith("Explorer")} - {"Explorer"}
    assert set(shown) == wanted, f"tests/moves.py lacks {wanted - set(shown)}"
    return [shown[name] for name in sorted(shown)]


EXPLORERS = names()


def page_of(lab, name, *cells):
    """A notebook with these cells in the folder of JupyterLab."""
    made = [
        {"cell_type": "code", "id": f"cell-{k}", "metadata": {}, "execution_count": None, "outputs": [], "source": code}
        for k, code in enumerate(cells)
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook = {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (lab.folder / name).write_text(json.dumps(notebook))
    return name


def violations(page):
    found = Axe().run(page, context=".jp-OutputArea-output").response["violations"]
    return [
        (one["id"], [node["html"][:160] for node in one["nodes"]])
        for one in found
        if one["impact"] in ("serious", "critical") and one["id"] not in UPSTREAM
    ]


@pytest.fixture(scope="module")
def all_explorers():
    return [GATHER, *(f"MOVES[{name!r}].make()" for name in EXPLORERS)]


def test_no_explorer_has_a_serious_violation_and_all_are_readable_at_twice_the_size(open_notebook, lab, screenshots, all_explorers):
    opened = open_notebook(page_of(lab, "explorers.ipynb", *all_explorers))
    notebook, page = opened.notebook, opened.page
    notebook.run_all()
    pictures = page.locator(".jp-OutputArea-output .widget-vbox img")
    notebook.until(lambda: pictures.count() >= len(EXPLORERS), "a picture of every explorer")
    assert violations(page) == []
    for number, name in enumerate(EXPLORERS):
        cell = notebook.cell(f"MOVES[{name!r}]")
        cell.screenshot(path=screenshots / f"explorer-{name.replace(', ', '-').replace(' ', '-')}.png")
    # a page of half the width shows what a zoom of 200 % shows
    page.set_viewport_size({"width": 700, "height": 900})
    outputs = page.locator(".jp-OutputArea-output")
    notebook.until(lambda: outputs.evaluate_all("nodes => nodes.every(n => n.clientWidth < 700)"), "a narrow page")
    cut = outputs.evaluate_all("nodes => nodes.filter(n => n.scrollWidth > n.clientWidth + 40).map(n => n.innerText.slice(0, 80))")
    page.screenshot(path=screenshots / "zoomed.png")
    assert cut == []
    assert opened.complaints == []


def test_the_explorers_are_legible_in_the_dark(open_notebook, dark_lab, screenshots, all_explorers):
    opened = open_notebook(page_of(dark_lab, "dark.ipynb", *all_explorers), where=dark_lab)
    opened.notebook.run_all()
    page = opened.page
    assert page.evaluate("document.body.dataset.jpThemeLight") == "false"
    contrast = [one for one in violations(page) if one[0] == "color-contrast"]
    opened.notebook.cell("MOVES['descent']").screenshot(path=screenshots / "dark.png")
    assert contrast == []


def test_two_explorers_on_one_page_do_not_disturb_each_other(open_notebook, lab):
    code = "from lrlab.widgets import StabilityExplorer"
    opened = open_notebook(page_of(lab, "two.ipynb", code, "first = StabilityExplorer()\nfirst", "second = StabilityExplorer()\nsecond"))
    notebook, page = opened.notebook, opened.page
    notebook.run_all()
    first, second = notebook.cell("first = "), notebook.cell("second = ")
    second.locator("img").wait_for()
    kept, before = second.locator("img").get_attribute("src"), first.locator("img").get_attribute("src")
    first.locator(".noUi-handle").first.focus()
    page.keyboard.press("ArrowRight")
    notebook.until(lambda: first.locator("img").get_attribute("src") != before, "a new picture")
    assert second.locator("img").get_attribute("src") == kept


@pytest.mark.parametrize("name", EXPLORERS)
def test_after_a_burst_of_keys_the_picture_is_that_of_the_slider(open_notebook, lab, name):
    code = f"explorer = MOVES[{name!r}].make()\nexplorer"
    fresh = "explorer.redraw()\nprint(explorer.sentence)"
    opened = open_notebook(page_of(lab, f"burst-{name.replace(', ', '-').replace(' ', '-')}.ipynb", GATHER, code, fresh))
    notebook, page = opened.notebook, opened.page
    notebook.run_all()
    cell = notebook.cell("explorer = MOVES")
    handle = cell.locator(".widget-inline-hbox:visible .noUi-handle").first
    handle.wait_for()
    handle.scroll_into_view_if_needed()
    handle.focus()
    for key in ["ArrowRight"] * 12 + ["ArrowLeft"] * 8 + ["ArrowRight"] * 12:
        page.keyboard.press(key)
    notebook.idle()
    status, end = cell.locator("p[role=status]").first, notebook.cell("explorer.redraw()")

    def agrees():
        notebook.run(end)
        return end.locator(".jp-OutputArea-output").inner_text().strip() == status.inner_text().strip()

    notebook.until(agrees, "a picture as new as its slider")
    notebook.until(lambda: cell.locator("img").first.get_attribute("alt") == status.inner_text(), "a picture and a sentence that agree")
    assert opened.complaints == []
