import copy
import json
import logging
import os
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab import authoring, cli
from lrlab.authoring import BEGIN, END, STUB, WIDGET_VIEW, build, differences, execute, make_lesson, read, strip_solution, tidy, write
from lrlab.progress import FILE

ROOT = Path(__file__).resolve().parent.parent
SOLUTIONS = sorted((ROOT / "solutions").glob("*.ipynb"))
every_solution = pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)


def graded(name, solution=False, points=None):
    """nbgrader's cell metadata, schema 3."""
    marked = {"grade": points is not None, "grade_id": name, "locked": not solution, "schema_version": 3, "solution": solution, "task": False}
    return marked | ({} if points is None else {"points": points})


def code(name, source, **metadata):
    return {"cell_type": "code", "id": name, "source": source, "metadata": metadata, "outputs": [], "execution_count": None}


def text(name, source, **metadata):
    return {"cell_type": "markdown", "id": name, "source": source, "metadata": metadata}


def answer(name, source, kind=code):
    return kind(name, source, nbgrader=graded(name, solution=True))


def notebook(*cells):
    return {"cells": list(cells), "metadata": copy.deepcopy(authoring.KEPT_METADATA), "nbformat": 4, "nbformat_minor": 5}


def dump(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def contents(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


# ---- what is stripped ----

STRIPPED = {
    "a whole cell": (f"{BEGIN}\nx = 1\n{END}", "..."),
    "between lines that stay": (f"a = 1\n{BEGIN}\nb = 2\nc = 3\n{END}\nd = 4", "a = 1\n...\nd = 4"),
    "at its own indentation": (f"def f():\n    {BEGIN}\n    return 1\n    {END}", "def f():\n    ..."),
    "at the indentation of its first line": (f"for k in a:\n        {BEGIN}\n    x\n  {END}\nprint(k)", "for k in a:\n        ...\nprint(k)"),
    "with tabs": (f"if a:\n\t{BEGIN}\n\tx\n\t{END}", "if a:\n\t..."),
    "two regions": (f"{BEGIN}\nx = 1\n{END}\ny = x\n{BEGIN}\nz = 2\n{END}", "...\ny = x\n..."),
    "an empty region": (f"x = 1\n{BEGIN}\n{END}", "x = 1\n..."),
    "no region": ("x = 1\n\ny = 2\n", "x = 1\n\ny = 2\n"),
    "empty lines around": (f"\n\n{BEGIN}\nx\n{END}\n\n", "\n\n...\n\n"),
    "words after the marks": (f"x = [  {BEGIN} of the list\n1,\n{END} of the list\n]", "...\n]"),
}  # fmt: skip


@pytest.mark.parametrize("title", STRIPPED)
def test_a_solution_region_becomes_three_dots(title):
    source, stripped = STRIPPED[title]
    assert strip_solution(source, "cell") == stripped


UNFIT = {
    "nested": (f"{BEGIN}\n{BEGIN}\nx\n{END}\n{END}", "ex1: a solution region begins inside another"),
    "two beginnings": (f"{BEGIN}\nx\n{BEGIN}\ny\n{END}", "ex1: a solution region begins inside another"),
    "unclosed": (f"a\n{BEGIN}\nx", "ex1: a solution region has no end"),
    "an end alone": (f"a\n{END}", "ex1: a solution region ends that never began"),
    "the second unclosed": (f"{BEGIN}\nx\n{END}\n{BEGIN}\ny", "ex1: a solution region has no end"),
    "ended twice": (f"{BEGIN}\nx\n{END}\n{END}", "ex1: a solution region ends that never began"),
}


@pytest.mark.parametrize("title", UNFIT)
def test_a_region_that_does_not_close_is_refused_with_the_name_of_its_cell(title):
    source, message = UNFIT[title]
    with pytest.raises(ValueError) as refused:
        strip_solution(source, "ex1")
    assert str(refused.value).startswith(message)
    assert BEGIN in str(refused.value) or END in str(refused.value)
    with pytest.raises(ValueError, match="^ex1: "):
        make_lesson(notebook(answer("ex1", source)))


WORDS = st.lists(st.sampled_from(["x = 1", "    y = 2", "", "# a remark", "SECRET"]), max_size=4)


@given(st.lists(st.tuples(WORDS, WORDS), max_size=4), WORDS)
def test_what_stands_outside_the_regions_stays_and_nothing_of_the_inside_does(parts, end):
    source, stripped = [], []
    for outside, inside in parts:
        outside = [line for line in outside if line != "SECRET"]
        source += [*outside, BEGIN, *inside, "SECRET", END]
        stripped += [*outside, STUB]
    end = [line for line in end if line != "SECRET"]
    left = strip_solution("\n".join([*source, *end]), "cell")
    assert left == "\n".join([*stripped, *end])
    assert "SECRET" not in left and "SOLUTION" not in left


# ---- from a solution to a lesson ----


def solved():
    return notebook(
        text("00-title", "# A title"),
        answer("00-ex1-answer", f"def f(x):\n    {BEGIN}\n    return 2 * x\n    {END}"),
        code("00-ex1-check", "print(f(2))", nbgrader=graded("00-ex1-check", points=3)),
        answer("00-words", f"Why?\n\n{BEGIN}\nBecause.\n{END}", kind=text),
    )


def test_a_lesson_has_the_cells_of_its_solution_without_answers_and_outputs():
    solution = solved()
    solution["cells"][1]["execution_count"] = 2
    solution["cells"][2] |= {"execution_count": 3, "outputs": [{"output_type": "stream", "name": "stdout", "text": "4\n"}]}
    before = copy.deepcopy(solution)
    lesson = make_lesson(solution)
    assert solution == before
    assert [cell["id"] for cell in lesson["cells"]] == ["00-title", "00-ex1-answer", "00-ex1-check", "00-words"]
    assert [cell["source"] for cell in lesson["cells"]] == ["# A title", "def f(x):\n    ...", "print(f(2))", "Why?\n\n..."]
    assert [cell["metadata"] for cell in lesson["cells"]] == [cell["metadata"] for cell in solution["cells"]]
    for cell in lesson["cells"]:
        assert ("outputs" in cell) == (cell["cell_type"] == "code")
        assert not cell.get("outputs") and cell.get("execution_count") is None
    assert lesson["metadata"] == authoring.KEPT_METADATA


def test_a_region_without_metadata_and_metadata_without_a_region_are_refused():
    for kind in (code, text):
        with pytest.raises(ValueError, match="^a1: it has a solution region but no nbgrader metadata with solution: true.$"):
            make_lesson(notebook(kind("a1", f"{BEGIN}\nx\n{END}")))
        with pytest.raises(ValueError, match="^a1: it is marked as a solution but has no ### BEGIN SOLUTION region.$"):
            make_lesson(notebook(answer("a1", "x = 42", kind=kind)))


@every_solution
def test_nothing_of_an_answer_is_left_in_a_lesson(path):
    solution = read(path)
    lesson = read(ROOT / "lessons" / path.name)
    assert "SOLUTION" not in json.dumps(lesson["cells"])
    for one, other in zip(solution["cells"], lesson["cells"]):
        assert (BEGIN in one["source"]) == (one["source"] != other["source"])
        assert BEGIN not in one["source"] or STUB in other["source"]


# ---- what differs from run to run ----


def untidy():
    made = solved()
    made["metadata"] |= {"widgets": {"application/vnd.jupyter.widget-state+json": {"state": {"1": {}}}}, "celltoolbar": "Edit"}
    made["metadata"]["language_info"] = {"name": "python", "version": "3.11.7"}
    for cell in made["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
        cell["metadata"] |= {"execution": {"iopub.execute_input": "2026-01-01"}, "collapsed": True, "tags": ["a"], "lrlab": {"k": 1}}
    view = {WIDGET_VIEW: {"model_id": "1"}, "image/png": "aGk=", "text/plain": "An explorer"}
    made["cells"][2]["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": ["one\n", "tw"]},
        {"output_type": "stream", "name": "stdout", "text": "o\n"},
        {"output_type": "stream", "name": "stderr", "text": "oh\n"},
        {"output_type": "display_data", "data": view, "metadata": {}},
        {"output_type": "stream", "name": "stdout", "text": "three\n"},
    ]
    return made


def test_tidying_takes_out_states_views_and_times_and_keeps_what_is_seen():
    made = tidy(untidy())
    assert made["metadata"] == authoring.KEPT_METADATA
    assert [cell["source"] for cell in made["cells"]] == [cell["source"] for cell in solved()["cells"]]
    for cell, plain in zip(made["cells"], solved()["cells"]):
        assert cell["metadata"] == plain["metadata"] | {"tags": ["a"], "lrlab": {"k": 1}}
    assert made["cells"][2]["outputs"] == [
        {"output_type": "stream", "name": "stdout", "text": "one\ntwo\n"},
        {"output_type": "stream", "name": "stderr", "text": "oh\n"},
        {"output_type": "display_data", "data": {"image/png": "aGk=", "text/plain": "An explorer"}, "metadata": {}},
        {"output_type": "stream", "name": "stdout", "text": "three\n"},
    ]
    assert tidy(copy.deepcopy(made)) == made


def test_tidying_does_not_share_its_metadata():
    one = tidy(solved())
    one["metadata"]["kernelspec"]["name"] = "other"
    assert tidy(solved())["metadata"]["kernelspec"]["name"] == "python3"


@every_solution
def test_the_committed_notebooks_are_as_a_build_leaves_them(path):
    for one in (path, ROOT / "lessons" / path.name):
        again = read(one)
        assert authoring.is_tidy(one)
        assert one.read_text(encoding="utf-8") == json.dumps(again, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


# ---- build --check ----


@pytest.fixture
def clone(tmp_path):
    """A clone of a repository with two solutions and their lessons."""
    for name in ("01-first.ipynb", "02-second.ipynb"):
        made = solved()
        for cell in made["cells"]:
            cell["id"] = name[:2] + cell["id"][2:]
        dump(tmp_path / "solutions" / name, made)
        dump(tmp_path / "lessons" / name, make_lesson(made))
    return tmp_path


def changed(path, change):
    made = json.loads(path.read_text(encoding="utf-8"))
    change(made["cells"], made)
    dump(path, made)


def test_check_finds_nothing_in_lessons_that_fit_and_changes_nothing(clone, capsys):
    before = contents(clone)
    assert build(clone, check=True) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("lrlab build --check: 2 lessons, 0 differences\n", "")
    assert contents(clone) == before


def with_source(number, source):
    return lambda cells, _: cells[number].update(source=source)


EXTRA = code("01-extra", "1 + 1")
FOUND = {
    "a line of a lesson": ("lessons", with_source(2, "print(f(3))"), "lessons/01-first.ipynb, cell 01-ex1-check: another source"),
    "a space in a lesson": ("lessons", with_source(2, "print(f(2)) "), "lessons/01-first.ipynb, cell 01-ex1-check: another source"),
    "an answer in a lesson": ("lessons", with_source(1, "def f(x):\n    return 2 * x"), "lessons/01-first.ipynb, cell 01-ex1-answer: another source"),
    "a line of a solution": ("solutions", with_source(0, "# Another title"), "lessons/01-first.ipynb, cell 01-title: another source"),
    "a cell more in a lesson": ("lessons", lambda cells, _: cells.append(EXTRA), "lessons/01-first.ipynb has other cells than its solution"),
    "a cell more in a solution": ("solutions", lambda cells, _: cells.insert(1, EXTRA), "lessons/01-first.ipynb has other cells than its solution"),
    "a cell less": ("lessons", lambda cells, _: cells.pop(), "lessons/01-first.ipynb has other cells than its solution"),
    "two cells in another order": ("lessons", lambda cells, _: cells.reverse(), "lessons/01-first.ipynb has other cells than its solution"),
    "another id": ("lessons", lambda cells, _: cells[0].update(id="01-other"), "lessons/01-first.ipynb has other cells than its solution"),
    "another type": ("lessons", lambda cells, _: cells[0].update(cell_type="raw"), "lessons/01-first.ipynb, cell 01-title: another cell_type"),
    "other points": ("lessons", lambda cells, _: cells[2]["metadata"]["nbgrader"].update(points=9), "lessons/01-first.ipynb, cell 01-ex1-check: another metadata"),
    "no grading": ("lessons", lambda cells, _: cells[2]["metadata"].clear(), "lessons/01-first.ipynb, cell 01-ex1-check: another metadata"),
    "another tag": ("solutions", lambda cells, _: cells[0]["metadata"].update(tags=["x"]), "lessons/01-first.ipynb, cell 01-title: another metadata"),
    "widget states": ("solutions", lambda _, made: made["metadata"].update(widgets={}), "solutions/01-first.ipynb holds widget views"),
    "widget views": (
        "lessons",
        lambda cells, _: cells[2].update(outputs=[{"output_type": "display_data", "metadata": {}, "data": {WIDGET_VIEW: {}}}]),
        "lessons/01-first.ipynb holds widget views",
    ),
    "times": ("lessons", lambda cells, _: cells[0]["metadata"].update(execution={}), "lessons/01-first.ipynb holds widget views"),
    "an unclosed region": ("solutions", with_source(1, BEGIN), "01-ex1-answer: a solution region has no end"),
    "an unmarked region": ("solutions", with_source(2, f"{BEGIN}\n{END}"), "01-ex1-check: it has a solution region but no nbgrader metadata"),
    "no id": ("solutions", lambda cells, _: cells[1].pop("id"), "solutions/01-first.ipynb: cell 1 has no id."),
    "no cells": ("lessons", lambda _, made: made.pop("cells"), "lessons/01-first.ipynb is not a notebook: KeyError, 'cells'."),
}  # fmt: skip


@pytest.mark.parametrize("title", FOUND)
def test_check_finds_each_difference_and_names_its_place(title, clone, capsys):
    folder, change, said = FOUND[title]
    changed(clone / folder / "01-first.ipynb", change)
    assert build(clone, check=True) == 1
    printed = capsys.readouterr()
    (line,) = printed.err.splitlines()
    assert line.startswith(f"lrlab build --check: {said}")
    assert printed.out == "lrlab build --check: 2 lessons, 1 differences, run lrlab build\n"


def test_check_finds_missing_and_superfluous_lessons(clone):
    (clone / "lessons" / "02-second.ipynb").rename(clone / "lessons" / "09-ninth.ipynb")
    assert differences(clone) == ["lessons/02-second.ipynb is missing", "lessons/09-ninth.ipynb has no solution"]
    for path in (clone / "lessons").iterdir():
        path.unlink()
    (clone / "lessons").rmdir()
    assert differences(clone) == ["lessons/01-first.ipynb is missing", "lessons/02-second.ipynb is missing"]


def test_check_names_a_file_that_is_no_notebook(clone, capsys):
    (clone / "solutions" / "01-first.ipynb").write_text("{", encoding="utf-8")
    assert build(clone, check=True) == 1
    assert "solutions/01-first.ipynb is not a notebook: JSONDecodeError" in capsys.readouterr().err


def test_outputs_are_no_difference(clone):
    def ran(cells, _):
        cells[2].update(execution_count=7, outputs=[{"output_type": "stream", "name": "stdout", "text": "4\n"}])

    changed(clone / "solutions" / "01-first.ipynb", ran)
    assert differences(clone) == []


def test_the_committed_lessons_fit_their_solutions(capsys):
    assert cli.main(["build", "--check", str(ROOT)]) == 0
    assert capsys.readouterr().out == f"lrlab build --check: {len(SOLUTIONS)} lessons, 0 differences\n"


# ---- running and writing ----


def printed(cell):
    return "".join(output["text"] for output in cell["outputs"] if output["output_type"] == "stream")


def test_running_keeps_the_progress_in_memory_and_leaves_the_learners_file_alone(tmp_path, monkeypatch):
    monkeypatch.delenv("LRLAB_PROGRESS", raising=False)
    monkeypatch.delenv("LRLAB_QUIET", raising=False)
    mine = json.dumps({"version": 1, "lessons": {"01": {"exercises": {"01-1": {"passed": False}}}}})
    (tmp_path / FILE).write_text(mine)
    before, environment = contents(tmp_path), dict(os.environ)
    record = 'from lrlab.progress import current\ncurrent().put("exercises", "01-1", {"passed": True})\n'
    ran = execute(
        notebook(
            code("00-put", record + 'print(current().get("exercises", "01-1"), current().path)'),
            code("00-where", "import os\nprint(os.getcwd(), os.environ['LRLAB_QUIET'])"),
        ),
        tmp_path,
    )
    assert printed(ran["cells"][0]) == "{'passed': True} None\n"
    assert printed(ran["cells"][1]) == f"{os.path.realpath(tmp_path)} 1\n"
    assert [cell["execution_count"] for cell in ran["cells"]] == [1, 2]
    assert contents(tmp_path) == before
    assert dict(os.environ) == environment


def test_a_build_runs_solution_and_lesson_and_writes_both(clone, capsys):
    for name in ("01-first.ipynb", "02-second.ipynb"):
        changed(clone / "solutions" / name, with_source(2, "y = f(2)\nprint(y)\nfrom IPython.display import display\nimport ipywidgets\nipywidgets.IntSlider()"))
    (clone / "lessons" / "02-second.ipynb").unlink()
    assert build(clone) == 0
    assert capsys.readouterr().out == "lrlab build: lessons/01-first.ipynb\nlrlab build: lessons/02-second.ipynb\n"
    assert differences(clone) == []
    for name in ("01-first.ipynb", "02-second.ipynb"):
        solution, lesson = (json.loads((clone / folder / name).read_text(encoding="utf-8")) for folder in ("solutions", "lessons"))
        assert (printed(solution["cells"][2]), printed(lesson["cells"][2])) == ("4\n", "None\n")
        assert [cell["execution_count"] for cell in lesson["cells"] if cell["cell_type"] == "code"] == [1, 2]
        assert "widget-view" not in json.dumps(solution) and "IntSlider(value=0)" in json.dumps(solution)
        assert solution["metadata"] == lesson["metadata"] == authoring.KEPT_METADATA
    assert sorted(contents(clone)) == [f"{folder}/{name}" for folder in ("lessons", "solutions") for name in ("01-first.ipynb", "02-second.ipynb")]


@pytest.mark.parametrize("source, error", [
    pytest.param("raise RuntimeError('no such luck')", "RuntimeError: no such luck", id="in the solution"),
    pytest.param("assert f(2), 'it must run unsolved'", "AssertionError: it must run unsolved", id="in the lesson"),
])  # fmt: skip
def test_a_cell_that_raises_fails_the_build_and_leaves_every_file_as_it_was(source, error, clone, capsys):
    changed(clone / "solutions" / "01-first.ipynb", with_source(0, "# Another title"))
    changed(clone / "solutions" / "02-second.ipynb", with_source(2, source))
    before = contents(clone)
    assert build(clone) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "lrlab build: solutions/02-second.ipynb or its lesson cannot be built:" in said.err
    assert error in said.err and said.err.endswith("lrlab build: nothing was written\n")
    assert "01-first" not in said.err and "\x1b" not in said.err
    assert contents(clone) == before


def test_a_region_that_does_not_close_fails_the_build_before_anything_runs(clone, capsys, monkeypatch):
    changed(clone / "solutions" / "01-first.ipynb", with_source(1, f"open('ran', 'w')\n{BEGIN}"))
    before = contents(clone)
    assert build(clone) == 1
    assert "01-ex1-answer: a solution region has no end" in capsys.readouterr().err
    assert contents(clone) == before


def test_a_notebook_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "lessons" / "01-first.ipynb"
    write(path, solved())
    assert read(path) == tidy(solved())
    before = contents(tmp_path)
    whole = Path.write_text

    def half(self, content, **options):
        whole(self, content[: len(content) // 2], **options)
        raise OSError(28, "No space left on device")

    def refuse(*names):
        raise OSError(13, "Permission denied")

    for target, name, broken in ((Path, "write_text", half), (os, "replace", refuse)):
        with monkeypatch.context() as patch:
            patch.setattr(target, name, broken)
            with pytest.raises(OSError):
                write(path, notebook(text("other", "other")))
        assert contents(tmp_path) == before
    write(path, notebook(text("other", "äöü")))
    assert "äöü" in path.read_text(encoding="utf-8")


def test_a_notebook_is_written_the_same_whatever_the_order_of_its_keys(tmp_path):
    made = solved()
    shuffled = [dict(random.Random(3).sample(list(cell.items()), len(cell))) for cell in made["cells"]]
    assert [list(cell) for cell in shuffled] != [list(cell) for cell in made["cells"]]
    write(tmp_path / "a" / "x.ipynb", made)
    write(tmp_path / "b" / "x.ipynb", made | {"cells": shuffled})
    assert (tmp_path / "a" / "x.ipynb").read_bytes() == (tmp_path / "b" / "x.ipynb").read_bytes()


# ---- as nbgrader does it ----


@every_solution
def test_nbgraders_preprocessors_give_the_same_cells(path):
    pytest.importorskip("nbgrader")
    import nbformat
    from nbgrader.preprocessors import ClearOutput, ClearSolutions

    logging.getLogger("traitlets").setLevel(logging.ERROR)
    solution = read(path)
    node, resources = nbformat.from_dict(copy.deepcopy(solution)), {}
    for preprocessor in (ClearSolutions(code_stub={"python": STUB}, text_stub=STUB), ClearOutput()):
        node, resources = preprocessor.preprocess(node, resources)
    theirs = json.loads(nbformat.writes(node))["cells"]
    for cell in theirs:
        cell["source"] = "".join(cell["source"])
    ours = make_lesson(solution)["cells"]
    # the appendix has no exercises
    assert sum(BEGIN in cell["source"] for cell in solution["cells"]) >= 5 or path.name.startswith("15-")
    assert theirs == ours
