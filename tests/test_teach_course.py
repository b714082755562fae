"""The course that `lrlab teach init` writes, the rule for solutions, the progress of a class, the leaderboard."""

import csv
import json
import sys
from datetime import datetime, timedelta

import pytest
from classroom import students

from lrlab import authoring, cli, course, progress
from lrlab.lesson import check, solution
from lrlab.teach import attendance, initiate

NAME = students.NAME.removesuffix(".ipynb")


@pytest.fixture
def made(tmp_path):
    sources = {number: path for number, path in initiate.solutions().items() if number in ("01", "02")}
    folder = tmp_path / "course"
    settings, written, kept = initiate.write_course(folder, sources)
    assert kept == [] and settings.lessons == ("01", "02")
    return folder, sources


def notebook(folder):
    return json.loads((folder / "source" / NAME / students.NAME).read_text(encoding="utf-8"))


def test_the_course_holds_notebooks_rules_run_sheets_and_a_configuration(made):
    folder, _ = made
    assert (folder / "nbgrader_config.py").exists() and (folder / "source" / "header.ipynb").exists()
    compile((folder / "nbgrader_config.py").read_text(), "config", "exec")
    assert json.loads((folder / "source" / NAME / "lrlab-course.json").read_text()) == {"solutions": "after pass", "due": None}
    sheet = (folder / "run-sheets" / f"{NAME}.md").read_text()
    lesson = course.lesson("02")
    assert f"{lesson.minutes} minutes" in sheet
    for exercise in lesson.exercises:
        assert all(f"**{wrong.name}**: {wrong.message}" in sheet for wrong in exercise.wrong)
    assert all(question.text in sheet for question in (*lesson.recall, *lesson.predictions, *lesson.quiz))


def test_an_assignment_is_the_solution_with_one_question_more_and_no_outputs(made):
    cells = notebook(made[0])["cells"]
    marks = [cell["metadata"].get("nbgrader", {}) for cell in cells]
    ids = [one["grade_id"] for one in marks if one]
    assert len(ids) == len(set(ids))
    assert sum(one.get("points", 0) for one in marks if one.get("grade")) == 12 + 2
    assert not any(cell.get("outputs") for cell in cells)
    (answer,) = [cell for cell in cells if cell["id"] == "02-words"]
    assert "does not hold" in answer["source"] and answer["metadata"]["nbgrader"]["solution"]
    released = authoring.make_lesson(notebook(made[0]))
    (left,) = [cell for cell in released["cells"] if cell["id"] == "02-words"]
    assert left["source"] == "..."


def test_settings_change_points_and_lessons_and_what_the_teacher_wrote_stays(made):
    folder, sources = made
    (folder / initiate.SETTINGS).write_text(
        'lessons = ["02"]\nmanual_points = 0\nsolutions = "after deadline"\ndue = 2030-01-31\n[points]\n"02-1" = 7\n'
    )
    (folder / "run-sheets" / f"{NAME}.md").write_text("mine")
    settings, written, kept = initiate.write_course(folder, sources)
    assert kept == [f"run-sheets/{NAME}.md"] and f"source/{NAME}/{students.NAME}" in written
    assert sum(cell["metadata"].get("nbgrader", {}).get("points", 0) for cell in notebook(folder)["cells"]) == 12 + 4
    rules = json.loads((folder / "source" / NAME / "lrlab-course.json").read_text())
    assert rules["solutions"] == "after deadline" and datetime.fromisoformat(rules["due"]).utcoffset() is not None
    assert initiate.write_course(folder, sources)[1:] == ([], kept)
    assert (folder / "run-sheets" / f"{NAME}.md").read_text() == "mine"


def test_a_lesson_taken_out_of_the_settings_is_said_to_be_there_still(tmp_path, capsys):
    (tmp_path / initiate.SETTINGS).write_text('lessons = ["01", "02"]')
    assert cli.main(["teach", "init", str(tmp_path)]) == 0 and "no longer" not in capsys.readouterr().out
    (tmp_path / initiate.SETTINGS).write_text('lessons = ["01"]')
    assert cli.main(["teach", "init", str(tmp_path)]) == 0
    assert "02-the-fixed-rate is no longer among the lessons; its files stay until you delete them" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text, words",
    [
        ("lessons = [", "is no TOML"),
        ("lesons = []", "there is no setting 'lesons'. There are: course, "),
        ('lessons = ["77"]', "there is no lesson '77'"),
        ("lessons = []", "lessons must be a list of numbers in quotes"),
        ('course = "a b"', "course must be letters"),
        ('solutions = "maybe"', "must be one of 'after pass', 'after deadline', 'never', got 'maybe'"),
        ('solutions = "after deadline"', "needs a due date"),
        ('due = "tomorrow"', "due must be a time without quotes"),
        ('[points]\n"02-9" = 1', "there is no exercise '02-9'"),
        ('[points]\n"02-1" = -1', "must be a number from 0 on, got -1"),
        ("manual_points = true", "must be a number from 0 on, got True"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(text, words, tmp_path, capsys):
    (tmp_path / initiate.SETTINGS).write_text(text)
    assert cli.main(["teach", "init", str(tmp_path)]) == 1
    assert words in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [initiate.SETTINGS]


@pytest.fixture
def beside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(progress, "_current", {})

    def write(policy, due=None):
        content = {"solutions": policy, "due": due.isoformat() if due else None}
        (tmp_path / progress.COURSE_FILE).write_text(json.dumps(content))

    return write


def passes():
    check("02-2", course.lesson("02")["02-2"].solution)


def is_open():
    return solution("02-2").heading.startswith("A solution of 02-2")


def test_after_pass_three_tries_open_nothing_and_a_pass_does(beside):
    beside("after pass")
    for n in range(4):
        check("02-2", lambda losses: n)
    assert not is_open() and solution("02-2").heading == "The solution of 02-2 opens when you pass."
    passes()
    assert is_open()


def test_never_is_never_and_a_damaged_rule_keeps_closed(beside, tmp_path):
    beside("never")
    passes()
    assert solution("02-2").heading == "In this course the solutions stay closed."
    (tmp_path / progress.COURSE_FILE).write_text('{"solutions": "free"}')
    assert "cannot be read" in solution("02-2").heading and not is_open()


def test_after_the_deadline_the_solution_opens_by_itself_and_not_before(beside):
    now = datetime.now().astimezone()
    beside("after deadline", now + timedelta(hours=1))
    passes()
    assert "opens after the deadline" in solution("02-2").heading
    beside("after deadline", now - timedelta(hours=1))
    assert is_open()


def test_the_progress_of_a_class_is_a_table_of_the_files_handed_in(tmp_path, capsys):
    mine, handed_in = tmp_path / "mine", tmp_path / "in"
    mine.mkdir(), handed_in.mkdir()
    kept = progress.Progress(mine)
    kept.put("exercises", "02-1", {"passed": True, "hints": 2}), kept.put("quiz", "02-quiz", {"right": 4, "of": 5})
    assert cli.main(["progress", str(mine), "--export", str(handed_in / "anna.json")]) == 0
    (handed_in / "ben").mkdir()
    (handed_in / "ben" / "my progress.json").write_text('{"lessons": {}}')
    (handed_in / "carl.json").write_text('{"lessons": {"02": {"exercises": 3}}}')
    (handed_in / "dora.json").write_text("{")
    (handed_in / "emil").mkdir()
    (handed_in / "fay\x1b[31m.json").write_text('{"lessons": {}}')
    capsys.readouterr()
    assert cli.main(["teach", "progress", str(handed_in), "-o", str(tmp_path / "t.csv")]) == 0
    said = capsys.readouterr().out
    assert "fay?[31m " in said and "\x1b" not in said
    assert "anna" in said and " 3/12" in said
    assert "carl: it is no progress file of lrlab." in said and "dora: it is no" in said and "emil: there are 0 files" in said
    rows = {(row["student"], row["lesson"]): row for row in csv.DictReader(open(tmp_path / "t.csv"))}
    assert (rows["anna", "02"]["points"], rows["anna", "02"]["quiz"], rows["ben", "02"]["points"]) == ("3", "4", "0")
    assert attendance.collect(handed_in)[0].keys() == {"anna", "ben", "fay\x1b[31m"}
