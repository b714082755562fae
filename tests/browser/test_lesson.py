"""Lesson 01 from the first cell to the last, by keyboard, wrong answers included; then a pass over every lesson."""

import re
import shutil

import pytest
from conftest import PATIENCE, ROOT

LESSONS = sorted(path.name for path in (ROOT / "lessons").glob("*.ipynb"))
ANSWER = "def gd_step(w, grad, lr):\n    return {}"


def picture(cell):
    return cell.locator("img").first.get_attribute("src")


def test_a_learner_goes_through_lesson_01_by_keyboard(open_notebook, screenshots):
    opened = open_notebook(LESSONS[0])
    notebook, page = opened.notebook, opened.page
    notebook.run_all()

    explorer = notebook.cell("explorer = DescentExplorer(")
    handle = explorer.locator(".widget-inline-hbox", has_text="learning rate").locator(".noUi-handle").first
    handle.scroll_into_view_if_needed()
    handle.focus()
    before, sentence = picture(explorer), explorer.locator("p[role=status]").inner_text()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    notebook.until(lambda: picture(explorer) != before, "a new picture after a key")
    notebook.until(lambda: explorer.locator("p[role=status]").inner_text() != sentence, "a new sentence after a key")
    image, status = explorer.locator("img").first, explorer.locator("p[role=status]")
    notebook.until(lambda: image.get_attribute("alt") == status.inner_text(), "a picture and a sentence that agree")
    explorer.screenshot(path=screenshots / "explorer.png")

    answer, check = notebook.cell("def gd_step"), notebook.cell('check("01-1"')
    notebook.write(answer, ANSWER.format("w + lr * grad"))
    notebook.run(answer)
    notebook.run(check)
    told = check.locator(".jp-OutputArea").inner_text()
    assert "✗ Wrong" in told and "First difference" in told and "Likely cause" in told
    check.screenshot(path=screenshots / "wrong.png")
    notebook.write(answer, ANSWER.format("w - lr * grad"))
    notebook.run(answer)
    notebook.run(check)
    assert "✓ Correct" in check.locator(".jp-OutputArea").inner_text()

    quiz = notebook.cell("quiz(")
    first_options = quiz.locator("button.lrlab-option", has_text=re.compile(r"^a\)"))
    assert first_options.count() == 5
    for number in range(5):
        first_options.nth(number).focus()
        page.keyboard.press("Enter")
    notebook.until(lambda: "of 5 right at the first try" in quiz.inner_text(), "the score of the quiz")
    assert len(re.findall(r"✓ Right|✗ Not so", quiz.inner_text())) == 5
    quiz.screenshot(path=screenshots / "quiz.png")

    notebook.restart()
    begin = notebook.cell("begin(")
    notebook.run(begin)
    assert re.search(r"progress in this lesson: \d+ of \d+ points", begin.locator(".jp-OutputArea").inner_text())
    assert "nothing yet" not in begin.locator(".jp-OutputArea").inner_text()
    assert opened.complaints == []


@pytest.mark.parametrize("name", LESSONS)
def test_every_cell_of_a_lesson_runs_and_shows_something(open_notebook, lab, screenshots, name):
    # as it is handed out: JupyterLab may have saved what an earlier test did with it
    shutil.copy(ROOT / "lessons" / name, lab.folder / name)
    opened = open_notebook(name)
    notebook, page = opened.notebook, opened.page
    shown = ".jp-CodeCell .jp-OutputArea-output"
    notebook.run_all()
    notebook.until(lambda: page.locator(shown).count() >= 10, "outputs")
    errors = page.locator('[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"]')
    assert errors.all_inner_texts() == []
    outputs = page.locator(shown)
    empty = outputs.evaluate_all(
        "nodes => nodes.filter(node => !node.innerText.trim() && !node.querySelector('img, svg, canvas')).map(node => node.outerHTML.slice(0, 200))"
    )
    assert empty == []
    widgets = page.locator(".jp-OutputArea-output .widget-vbox img")
    notebook.until(lambda: widgets.count() >= 1, "the picture of an explorer")
    assert all(alt for alt in widgets.evaluate_all("nodes => nodes.map(node => node.alt)"))
    # the whole lesson in one picture
    tall = page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").evaluate("node => node.scrollHeight")
    page.set_viewport_size({"width": 1300, "height": min(tall + 200, 16_000)})
    page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").evaluate("node => node.scrollTo(0, 0)")
    page.screenshot(path=screenshots / f"{name[:2]}.png", timeout=PATIENCE)
    assert opened.complaints == []
