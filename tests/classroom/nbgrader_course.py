"""A course from `lrlab teach init` to the exported grades, with nbgrader itself. Run by `make classroom-test`."""

import copy
import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from students import NAME, ROOT, SOLVED

from lrlab.teach import initiate

ASSIGNMENT = NAME.removesuffix(".ipynb")
WRONG = "def noise_floor(lr, h, sigma):\n    return math.inf if lr * h >= 2 else lr * sigma / (2 * (2 - lr * h))"


def short():
    """Lesson 02 without its experiments, which take time and earn no points."""
    notebook = copy.deepcopy(SOLVED)
    kept = ("02-title", "02-begin", "02-ex", "02-verdict", "02-quiz-text", "02-done")
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"].startswith(kept)]
    return notebook


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    (folder / "solutions").mkdir()
    (folder / "solutions" / NAME).write_text(json.dumps(short()))
    course = folder / "course"
    initiate.write_course(course, initiate.solutions(folder / "solutions"))
    # nbgrader calls alembic by name
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    environment.pop("LRLAB_PROGRESS", None)

    def command(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments], cwd=course, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    command("generate_assignment", ASSIGNMENT)
    released = json.loads((course / "release" / ASSIGNMENT / NAME).read_text())
    right = {cell["id"]: cell["source"] for cell in short()["cells"]}
    for student, answers in {"anna": right | {"02-words": "The batch is as noisy."}, "ben": right | {"02-ex1-answer": WRONG}, "carl": {}}.items():
        notebook = copy.deepcopy(released)
        for cell in notebook["cells"]:
            cell["source"] = answers.get(cell["id"], cell["source"])
        place = course / "submitted" / student / ASSIGNMENT
        place.mkdir(parents=True)
        (place / NAME).write_text(json.dumps(notebook))
    command("autograde", ASSIGNMENT)
    command("generate_feedback", ASSIGNMENT)
    command("export")
    return course, released


def test_what_is_handed_out_has_stubs_locked_checks_a_header_and_the_rule_for_solutions(run):
    course, released = run
    cells = {cell["id"]: cell | {"source": "".join(cell["source"])} for cell in released["cells"]}
    assert released["cells"][0]["id"] == "header"
    assert cells["02-ex1-answer"]["source"].endswith("\n    ...") and "SOLUTION" not in json.dumps(released)
    assert cells["02-ex1-check"]["metadata"]["nbgrader"]["locked"] and cells["02-words"]["source"] == "Your answer"
    assert (course / "release" / ASSIGNMENT / "lrlab-course.json").exists()


def test_a_failed_check_costs_its_points(run):
    rows = {row["student_id"]: row for row in csv.DictReader(open(run[0] / "grades.csv"))}
    assert {name: float(row["score"]) for name, row in rows.items()} == {"anna": 12.0, "ben": 9.0, "carl": 0.0}
    assert {float(row["max_score"]) for row in rows.values()} == {14.0}


def test_the_feedback_page_shows_the_message_of_the_check(run):
    page = (run[0] / "feedback" / "ben" / ASSIGNMENT / NAME.replace(".ipynb", ".html")).read_text()
    assert "sigma is the standard deviation" in page


def test_no_cell_writes_to_standard_error(run):
    for path in (run[0] / "autograded").rglob("*.ipynb"):
        outputs = [output for cell in json.loads(path.read_text())["cells"] for output in cell.get("outputs", [])]
        assert outputs and not [output for output in outputs if output.get("name") == "stderr"]
